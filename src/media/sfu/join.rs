//! Coming in and going out.
//!
//! One offer, one answer: the answer fixes every slot for as long as the client's peer connection lives. The same connection may
//! come again with new ICE credentials (an ICE restart); then nothing changes but those. Another connection of the same
//! participant takes the place of the one before.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::answer::{self, Candidate, Gives, Reply, Transport};
use super::super::bandwidth::Bandwidth;
use super::super::dtls::Dtls;
use super::super::leg::{Leg, credentials};
use super::super::offer::{CodecLine, Ids, JoinError, Kind, Line, Offer};
use super::super::room::MOST_MEMBERS;
use super::super::slot::Slot;
use super::super::transport::Inbox;
use super::super::upstream::{Meter, Upstream};
use super::super::{Key, Quality, Role};
use super::{Sfu, leg_mut};
use crate::path::Outbox;

/// Clients of the whole server.
const MOST_LEGS: usize = 4096;
/// Slots of one client: 4 voices, 15 cameras, 2 screens, and some for other shapes.
const MOST_SLOTS: usize = 40;

/// Somebody who wants to come in.
#[derive(Clone, Copy)]
pub struct Join<'a> {
    pub room: u64,
    pub participant: u64,
    pub offer: &'a str,
    pub candidates: &'a [Candidate],
    /// How many of the last video lines that only receive are for screens.
    pub screens: usize,
    /// My own picture and sound come back, and nobody else's.
    pub echo: bool,
}

/// What one line of the offer became.
#[derive(Clone, Copy, Default)]
struct Use {
    upstream: Option<Role>,
    slot: Option<Role>,
}

impl Sfu {
    /// Answers an offer.
    pub fn join(&mut self, now: Instant, join: Join<'_>) -> Result<String, JoinError> {
        let mut offer = Offer::parse(join.offer)?;
        offer.lines.iter_mut().for_each(agree);
        let known = self.by_participant.get(&join.participant).copied();
        if let Some(leg) = known.and_then(|index| leg_mut(&mut self.legs, index))
            && leg.is_same_connection(&offer)
            && leg.room == join.room
        {
            return self.again(now, known.unwrap_or_default(), &offer, join.candidates);
        }
        let members = self.rooms.get(&join.room).map_or(0, |room| room.members.len());
        let legs = self.legs.iter().flatten().count();
        if members >= MOST_MEMBERS || legs >= MOST_LEGS {
            return Err(JoinError::Full);
        }
        let uses = uses(&offer.lines, join.screens)?;
        if let Some(index) = known {
            self.remove(now, index);
        }
        let leg = self.new_leg(now, &join, &offer, &uses);
        let answer = self.answer(&leg, &offer, join.candidates);
        let index = self.place(Box::new(leg));
        self.rooms.entry(join.room).or_default().members.push(index);
        self.arrange(now, join.room);
        Ok(answer)
    }

    /// Lets a participant go.
    pub fn leave(&mut self, now: Instant, participant: u64, out: &mut Outbox) {
        let Some(&index) = self.by_participant.get(&participant) else { return };
        self.say_goodbye(now, index, out);
        self.remove(now, index);
    }

    /// Lets everybody of a room go.
    pub fn end_room(&mut self, now: Instant, room: u64, out: &mut Outbox) {
        let members = self.rooms.get(&room).map(|room| room.members.clone()).unwrap_or_default();
        for index in members {
            self.say_goodbye(now, index, out);
            self.remove(now, index);
        }
    }

    fn say_goodbye(&mut self, now: Instant, index: u32, out: &mut Outbox) {
        let Some(leg) = leg_mut(&mut self.legs, index) else { return };
        if let Some(path) = leg.selected {
            leg.dtls.close(now, &self.identity, |datagram| out.push(path, datagram));
        }
    }

    /// Takes a leg out of every table, and its streams out of every slot.
    pub(super) fn remove(&mut self, now: Instant, index: u32) {
        let Some(leg) = self.legs.get_mut(index as usize).and_then(Option::take) else { return };
        self.by_participant.remove(&leg.participant);
        self.by_ufrag.remove(&leg.credentials.ufrag);
        if let Some(former) = &leg.former {
            self.by_ufrag.remove(&former.ufrag);
        }
        for path in &leg.paths {
            self.by_path.remove(path);
        }
        self.unsubscribe(index);
        if let Some(room) = self.rooms.get_mut(&leg.room) {
            room.members.retain(|member| *member != index);
            if room.members.is_empty() {
                self.rooms.remove(&leg.room);
            } else {
                self.arrange(now, leg.room);
            }
        }
        self.wake_anew();
    }

    /// The same connection once more: new ICE credentials if it has new ones.
    fn again(&mut self, now: Instant, index: u32, offer: &Offer, candidates: &[Candidate]) -> Result<String, JoinError> {
        let fresh = credentials(&mut *self.dice);
        let Some(mut leg) = self.legs.get_mut(index as usize).and_then(Option::take) else { return Err(JoinError::Full) };
        let mids =
            |leg: &Leg| leg.upstreams.iter().map(|u| u.mid.clone()).chain(leg.slots.iter().map(|s| s.mid.clone())).collect();
        let own: Vec<String> = mids(&leg);
        let all_there = own.iter().all(|mid| offer.lines.iter().any(|line| line.mid == *mid));
        let answer = if all_there {
            if leg.client_ufrag != offer.ufrag {
                leg.client_ufrag.clone_from(&offer.ufrag);
                self.by_ufrag.insert(fresh.ufrag, index);
                let former = std::mem::replace(&mut leg.credentials, fresh);
                if let Some(older) = leg.former.replace(former) {
                    self.by_ufrag.remove(&older.ufrag);
                }
                leg.heard_at = now;
            }
            leg.version += 1;
            Ok(self.answer(&leg, offer, candidates))
        } else {
            Err(JoinError::Unsupported("other media lines than at the join"))
        };
        self.legs[index as usize] = Some(leg);
        answer
    }

    fn new_leg(&mut self, now: Instant, join: &Join<'_>, offer: &Offer, uses: &[Use]) -> Leg {
        self.serial = self.serial.wrapping_add(1);
        let mut upstreams = Vec::with_capacity(uses.iter().filter(|used| used.upstream.is_some()).count());
        let mut slots = Vec::with_capacity(uses.iter().filter(|used| used.slot.is_some()).count());
        let mut lists = Vec::new();
        let mut ids = Ids::default();
        let mut known = Vec::new();
        for (line, used) in offer.lines.iter().zip(uses) {
            let codecs = shared(&mut lists, &line.codecs);
            if let Some(role) = used.upstream {
                merge(&mut ids, &line.ids);
                let mut upstream = Upstream::new(role, line, codecs.clone());
                if line.rids.is_empty()
                    && let Some((ssrc, repair)) = line.ssrcs.first()
                {
                    upstream.layers[0].restart(*ssrc);
                    upstream.layers[0].repair = *repair;
                    let number = upstreams.len() as u8;
                    let own = super::super::leg::Known { ssrc: *ssrc, upstream: number, layer: 0, repair: false };
                    known.push(own);
                    known.extend(repair.map(|ssrc| super::super::leg::Known { ssrc, repair: true, ..own }));
                }
                upstreams.push(upstream);
            }
            if let Some(role) = used.slot {
                let (ssrc, repair, start) = (self.number(), self.number(), self.number());
                slots.push(Slot::new(role, line, codecs, (ssrc, repair), ((start >> 16) as u16, start as u16)));
            }
        }
        let credentials = credentials(&mut *self.dice);
        let numbered = slots.iter().any(|slot| {
            slot.ids.transport.is_some() && slot.role != Role::Voice && slot.codecs.iter().any(|codec| codec.transport_cc)
        });
        Leg {
            serial: self.serial,
            participant: join.participant,
            room: join.room,
            echo: join.echo,
            session: offer.session.clone(),
            version: 1,
            client_ufrag: offer.ufrag.clone(),
            fingerprint: offer.fingerprint,
            credentials,
            former: None,
            paths: Default::default(),
            selected: None,
            born_at: now,
            heard_at: now,
            gone: false,
            hushed: false,
            dtls: Dtls::new(offer.fingerprint),
            protect: None,
            unprotect: None,
            ids,
            upstreams,
            known,
            slots,
            ssrc: self.number(),
            inbox: Inbox::default(),
            inbox_media: 0,
            bandwidth: Bandwidth::new(now),
            numbered,
            round_trip: Duration::from_millis(100),
            repeat_credit: 30_000,
            sent: Meter::default(),
            voice: Meter::default(),
            loudness: 0.0,
            loud_at: now,
            quality: Quality::Good,
            reported_at: now,
            told_at: now,
            shared_at: now,
            due: now + Duration::from_secs(1),
        }
    }

    fn place(&mut self, leg: Box<Leg>) -> u32 {
        let (participant, ufrag) = (leg.participant, leg.credentials.ufrag);
        let free = self.legs.iter().position(Option::is_none);
        let index = free.unwrap_or(self.legs.len()) as u32;
        match free {
            Some(n) => self.legs[n] = Some(leg),
            None => self.legs.push(Some(leg)),
        }
        self.by_participant.insert(participant, index);
        self.by_ufrag.insert(ufrag, index);
        self.wake_anew();
        index
    }

    /// A random number that is not zero: an SSRC.
    fn number(&mut self) -> u32 {
        let mut bytes = [0; 4];
        (self.dice)(&mut bytes);
        u32::from_ne_bytes(bytes).max(1)
    }

    fn answer(&self, leg: &Leg, offer: &Offer, candidates: &[Candidate]) -> String {
        let ufrag = String::from_utf8_lossy(&leg.credentials.ufrag);
        let transport = Transport {
            ufrag: &ufrag,
            pwd: &leg.credentials.pwd,
            fingerprint: &self.identity.fingerprint,
            candidates,
            session: (u64::from(leg.ssrc) | 1 << 40, leg.version),
        };
        let names: Vec<String> = (0..leg.slots.len()).map(|n| format!("slot{n}")).collect();
        let reply = |line: &Line| {
            let upstream = leg.upstreams.iter().find(|upstream| upstream.mid == line.mid);
            let slot = leg.slots.iter().position(|slot| slot.mid == line.mid);
            if upstream.is_none() && slot.is_none() {
                return Reply::Refused;
            }
            let mut ids = line.ids;
            if upstream.is_none()
                && let Some(slot) = slot
            {
                ids = leg.slots[slot].ids;
            }
            Reply::Agreed {
                codecs: upstream.map(|u| &u.codecs).or(slot.map(|n| &leg.slots[n].codecs)).map_or(&[][..], |codecs| codecs),
                ids,
                takes: upstream.is_some(),
                gives: slot.map(|n| Gives { ssrc: leg.slots[n].ssrc, repair: leg.slots[n].repair, cname: &names[n] }),
            }
        };
        let lines: Vec<(&Line, Reply<'_>)> = offer.lines.iter().map(|line| (line, reply(line))).collect();
        answer::write(&transport, &lines)
    }

    /// Forgets that a leg watches or is watched.
    fn unsubscribe(&mut self, index: u32) {
        for leg in self.legs.iter_mut().flatten() {
            for upstream in &mut leg.upstreams {
                upstream.subscribers.retain(|(subscriber, _)| *subscriber != index);
            }
        }
    }

    /// The leg behind a participant.
    pub(super) fn find(&self, participant: u64) -> Option<Key> {
        self.by_participant.get(&participant).and_then(|index| self.key(*index))
    }
}

/// A list of codecs, kept once for all lines that have the same: browsers write a dozen codecs anew in each of their lines.
fn shared(lists: &mut Vec<Arc<[CodecLine]>>, own: &[CodecLine]) -> Arc<[CodecLine]> {
    if let Some(list) = lists.iter().find(|list| ***list == *own) {
        return list.clone();
    }
    let list: Arc<[CodecLine]> = own.into();
    lists.push(list.clone());
    list
}

/// Leaves in a line only what is agreed to.
fn agree(line: &mut Line) {
    if line.ids.transport.is_some() && !line.codecs.iter().any(|codec| codec.transport_cc) {
        line.ids.transport = None;
    }
    if line.rids.len() > 1 && line.kind == Kind::Audio {
        line.rids.clear();
    }
}

fn uses(lines: &[Line], screens: usize) -> Result<Vec<Use>, JoinError> {
    let usable = |line: &Line| !line.rejected && line.kind != Kind::Other && !line.codecs.is_empty();
    let mut only_receive =
        lines.iter().filter(|line| usable(line) && line.kind == Kind::Video && line.receives && !line.sends).count();
    let (mut voices, mut pictures, mut slots) = (0, 0, 0);
    let uses: Vec<Use> = lines
        .iter()
        .map(|line| {
            let mut used = Use::default();
            if !usable(line) {
                return used;
            }
            if line.sends {
                let count = if line.kind == Kind::Audio { &mut voices } else { &mut pictures };
                *count += 1;
                used.upstream = match (line.kind, *count) {
                    (Kind::Audio, 1) => Some(Role::Voice),
                    (Kind::Video, 1) => Some(Role::Camera),
                    (Kind::Video, 2) => Some(Role::Screen),
                    _ => None,
                };
            }
            if line.receives && slots < MOST_SLOTS {
                slots += 1;
                let screen = line.kind == Kind::Video && !line.sends && only_receive <= screens;
                only_receive -= usize::from(line.kind == Kind::Video && !line.sends);
                used.slot = Some(match line.kind {
                    Kind::Audio => Role::Voice,
                    _ if screen => Role::Screen,
                    _ => Role::Camera,
                });
            }
            used
        })
        .collect();
    if uses.iter().all(|used| used.upstream.is_none() && used.slot.is_none()) {
        return Err(JoinError::Unsupported("nothing but unknown media"));
    }
    Ok(uses)
}

fn merge(ids: &mut Ids, other: &Ids) {
    let pairs = [
        (&mut ids.mid, other.mid),
        (&mut ids.rid, other.rid),
        (&mut ids.repaired, other.repaired),
        (&mut ids.level, other.level),
        (&mut ids.transport, other.transport),
        (&mut ids.time, other.time),
        (&mut ids.rotation, other.rotation),
    ];
    for (own, other) in pairs {
        *own = own.or(other);
    }
}
