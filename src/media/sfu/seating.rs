//! Who is given whom, carried out: slots are filled, subscribers noted, people told.
//!
//! `room` decides; this file knows the legs. A change of source asks for a key frame, and the client is told of every change of
//! its slots. Bandwidth is shared out here as well, because it is the same question asked of layers.

use std::time::Instant;

use super::super::bandwidth::PROBE_PACKET;
use super::super::layers::{Choice, Want, share};
use super::super::leg::Leg;
use super::super::room::{Seat, Source, seated};
use super::super::{Event, Key, Quality, Role, Shown, Wish};
use super::{Sfu, leg_mut, leg_ref, tell};
use crate::path::Outbox;

/// The voice's part of a way, until it was measured: one voice, in bits a second.
const ONE_VOICE: u64 = 32_000;

impl Sfu {
    /// What a participant wants in the slot with this mid.
    pub fn wish(&mut self, now: Instant, participant: u64, mid: &str, wish: Wish) {
        let Some(key) = self.find(participant) else { return };
        let Some(leg) = leg_mut(&mut self.legs, key.index) else { return };
        let room = leg.room;
        let Some(slot) = leg.slots.iter_mut().find(|slot| slot.mid == mid && slot.role != Role::Voice) else { return };
        slot.width = wish.width;
        let moved = std::mem::replace(&mut slot.pinned, wish.who) != wish.who;
        leg.shared_at = now;
        leg.due = now;
        self.wake(now);
        if moved {
            self.arrange(now, room);
        }
    }

    /// Passes a participant's voice on to nobody, or again to all: whatever their page does.
    pub fn hush(&mut self, now: Instant, participant: u64, hushed: bool) {
        let Some(leg) = self.find(participant).and_then(|key| leg_mut(&mut self.legs, key.index)) else { return };
        let room = leg.room;
        if std::mem::replace(&mut leg.hushed, hushed) != hushed {
            self.arrange(now, room);
        }
    }

    /// Fills the slots of everybody in a room.
    pub(super) fn arrange(&mut self, now: Instant, room: u64) {
        let Some(members) = self.rooms.get(&room).map(|room| room.members.clone()) else { return };
        for role in [Role::Voice, Role::Camera, Role::Screen] {
            let sources = self.sources(&members, role);
            for &member in &members {
                self.fill(now, member, role, &sources);
            }
        }
        if let Some(room) = self.rooms.get_mut(&room) {
            room.due.get_or_insert(now);
        }
        self.wake(now);
    }

    /// Everything of one role that is there to be seen or heard.
    pub(super) fn sources(&self, members: &[u32], role: Role) -> Vec<Source> {
        let mut sources = Vec::new();
        for key in members.iter().filter_map(|index| self.key(*index)) {
            let Some(leg) = leg_ref(&self.legs, key).filter(|leg| !leg.gone) else { continue };
            for (n, upstream) in leg.upstreams.iter().enumerate() {
                let silent = role == Role::Voice && leg.hushed;
                if upstream.role == role && !silent && (role != Role::Screen || upstream.shown) {
                    sources.push(Source { leg: key, upstream: n as u8, who: leg.participant, loudness: leg.loudness });
                }
            }
        }
        sources
    }

    /// Fills one member's slots of one role.
    pub(super) fn fill(&mut self, now: Instant, member: u32, role: Role, sources: &[Source]) {
        let Some(leg) = leg_mut(&mut self.legs, member) else { return };
        let serial = leg.serial;
        let own = |source: &&Source| (source.leg == Key { index: member, serial }) == leg.echo;
        let sources: Vec<Source> = sources.iter().filter(own).copied().collect();
        let places: Vec<usize> = (0..leg.slots.len()).filter(|n| leg.slots[*n].role == role).collect();
        let seats: Vec<Seat> = places.iter().map(|n| Seat { has: leg.slots[*n].source, pinned: leg.slots[*n].pinned }).collect();
        let mut changes = Vec::new();
        for (n, source) in places.into_iter().zip(seated(&seats, &sources, role == Role::Voice)) {
            let slot = &mut leg.slots[n];
            let place = source.map(|source| (source.leg, source.upstream));
            if slot.source != place {
                changes.push((n as u8, slot.source, place));
                slot.assign(place, source.map(|source| source.who));
            }
        }
        if changes.is_empty() {
            return;
        }
        leg.shared_at = now;
        leg.due = now;
        let participant = leg.participant;
        let shown = |slot: &super::super::slot::Slot| Shown { mid: slot.mid.clone(), role: slot.role, who: slot.who };
        let slots = leg.slots.iter().map(shown).collect();
        tell(&mut self.events, Event::Slots { participant, slots });
        for (n, before, after) in changes {
            for (place, joins) in [(before, false), (after, true)] {
                let Some((key, upstream)) = place else { continue };
                let source = leg_mut(&mut self.legs, key.index).filter(|leg| leg.serial == key.serial);
                let Some(upstream) = source.and_then(|leg| leg.upstreams.get_mut(usize::from(upstream))) else { continue };
                upstream.subscribers.retain(|subscriber| *subscriber != (member, n));
                if joins {
                    upstream.subscribers.push((member, n));
                }
            }
        }
    }

    /// A leg's keys are agreed: whoever it is given begins with a key frame.
    pub(super) fn connected(&mut self, now: Instant, index: u32) {
        if let Some(leg) = leg_mut(&mut self.legs, index) {
            leg.heard_at = now;
            leg.shared_at = now;
            leg.due = now;
            let room = leg.room;
            self.arrange(now, room);
        }
    }

    /// A leg that was gone is back with the same keys.
    pub(super) fn returned(&mut self, now: Instant, index: u32) {
        let Some(leg) = leg_mut(&mut self.legs, index) else { return };
        let participant = leg.participant;
        if leg.protect.is_some() {
            self.tell(Event::Connected { participant });
        }
        self.connected(now, index);
    }

    /// Shares a subscriber's way out among its pictures.
    pub(super) fn share(&mut self, now: Instant, index: u32, out: &mut Outbox) {
        let micros = self.micros(now);
        let Some(mut leg) = self.legs.get_mut(index as usize).and_then(Option::take) else { return };
        let speaker = self.rooms.get(&leg.room).and_then(|room| room.speaker);
        let mut places: Vec<usize> = (0..leg.slots.len()).filter(|n| leg.slots[*n].role != Role::Voice).collect();
        places.sort_by_key(|n| {
            let slot = &leg.slots[*n];
            let speaks = speaker.is_some() && slot.who == speaker;
            (!(slot.role == Role::Screen), !speaks, std::cmp::Reverse(slot.width), *n)
        });
        let own = Key { index, serial: leg.serial };
        let mut wants: Vec<Want> = places.iter().map(|n| self.want(now, &leg, own, *n)).collect();
        if leg.bandwidth.is_new(now, micros, leg.numbered) {
            wants.iter_mut().for_each(|want| want.width = want.width.min(1));
        }
        let voices = leg.voice.rate().max(ONE_VOICE);
        let budget = leg.bandwidth.estimate(leg.numbered).map(|estimate| estimate.saturating_sub(voices));
        let (choices, wish) = share(budget, &wants);
        let quality = quality(&wants, &choices, leg.bandwidth.loss());
        if std::mem::replace(&mut leg.quality, quality) != quality {
            tell(&mut self.events, Event::Quality { participant: leg.participant, quality });
        }
        for (n, choice) in places.into_iter().zip(choices) {
            self.choose(now, &mut leg, own, n, choice);
        }
        if leg.numbered
            && let Some(packets) = leg.bandwidth.plan_probe(now, wish + voices)
        {
            leg.probe((now, micros), packets, out);
            leg.sent.add(now, packets * PROBE_PACKET);
        }
        self.legs[index as usize] = Some(leg);
    }

    fn want(&self, now: Instant, leg: &Leg, own: Key, slot: usize) -> Want {
        let slot = &leg.slots[slot];
        let offered = slot.source.and_then(|(key, upstream)| {
            let source = if key == own { Some(leg) } else { leg_ref(&self.legs, key) };
            Some(source?.upstreams.get(usize::from(upstream))?.offered(now))
        });
        Want { width: slot.width, layers: offered.unwrap_or_default(), has: slot.has() }
    }

    fn choose(&mut self, now: Instant, leg: &mut Leg, own: Key, slot: usize, choice: Choice) {
        let slot = &mut leg.slots[slot];
        let has = slot.has();
        if slot.choice != choice {
            slot.choice = choice;
            match choice {
                Choice::Layer(_) => slot.still = Default::default(),
                Choice::Off | Choice::Still(_) => slot.rewrite.end(),
            }
        }
        let layer = match choice {
            Choice::Layer(rank) if has != Some(rank) => Some(rank),
            Choice::Still(rank) if slot.still.queue.is_empty() && slot.still.due.is_none_or(|due| due <= now) => Some(rank),
            _ => None,
        };
        let (Some(rank), Some((key, upstream))) = (layer, slot.source) else { return };
        let source =
            if key == own { Some(leg) } else { leg_mut(&mut self.legs, key.index).filter(|leg| leg.serial == key.serial) };
        let Some(source) = source else { return };
        source.due = now;
        let layers = source.upstreams.get_mut(usize::from(upstream)).map(|upstream| &mut upstream.layers);
        if let Some(layer) = layers.and_then(|layers| layers.get_mut(usize::from(rank))) {
            layer.want_key_frame();
        }
    }
}

fn quality(wants: &[Want], choices: &[Choice], loss: f64) -> Quality {
    let best = |want: &Want| share(None, &[*want]).0[0];
    if choices.iter().any(|choice| matches!(choice, Choice::Still(_))) || loss > 0.15 {
        return Quality::Weak;
    }
    let reduced = wants.iter().zip(choices).any(|(want, choice)| match (best(want), choice) {
        (Choice::Layer(best), Choice::Layer(rank)) => *rank < best,
        _ => false,
    });
    if reduced { Quality::Reduced } else { Quality::Good }
}
