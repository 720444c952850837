//! What comes in from a client: media to pass on, reports and requests.
//!
//! The hot path is [`Sfu::rtp`]: open in place, find the stream, note what a receiver must note, and seal once per subscriber.
//! It allocates nothing but what history and lists grow by. A stream that is not known by its SSRC is recognised by the names in
//! its header extensions, or by a payload type that only one line has; a repetition becomes the packet that it repeats.

use std::time::{Duration, Instant};

use super::super::history::Packet;
use super::super::layers::Choice;
use super::super::leg::{Again, Known, Leg};
use super::super::offer::Codec;
use super::super::picture;
use super::super::rewrite::Stream;
use super::super::room::louder;
use super::super::rtcp::{self, Item};
use super::super::rtp::{self, Notes, Rtp};
use super::super::slot::Passing;
use super::super::{Event, Key, Role};
use super::{Sfu, leg_mut, leg_ref, tell};
use crate::path::{Outbox, Path};

/// Streams that one client may send.
const MOST_KNOWN: usize = 24;
const REPORT_PAUSE: Duration = Duration::from_millis(60);

/// What the header extensions of a packet say.
#[derive(Default)]
struct Said<'a> {
    mid: &'a [u8],
    rid: &'a [u8],
    repaired: &'a [u8],
    notes: Notes,
}

impl Sfu {
    pub(super) fn rtp(&mut self, now: Instant, path: Path, bytes: &mut [u8], out: &mut Outbox) {
        let Some(&index) = self.by_path.get(&path) else { return };
        let micros = self.micros(now);
        let Some(leg) = leg_mut(&mut self.legs, index) else { return };
        let key = Key { index, serial: leg.serial };
        let (Some(unprotect), Some(rtp)) = (&mut leg.unprotect, Rtp::parse(bytes)) else { return };
        let Some(end) = unprotect.open_rtp(bytes, &rtp) else { return };
        leg.selected = Some(path);
        leg.dtls.rest();
        let said = said(leg, micros, &rtp, bytes);
        let notes = said.notes;
        let Some(known) = recognised(leg, &rtp, &said) else { return };
        let Some(end) = rtp::unpadded(bytes, &rtp, end) else { return };
        if leg.inbox_media == 0 {
            leg.inbox_media = rtp.ssrc;
        }
        let mut start = rtp.header_len;
        let Some(upstream) = leg.upstreams.get_mut(usize::from(known.upstream)) else { return };
        let Some((line, _)) = upstream.codec(rtp.payload_type) else { return };
        let codec = line.codec;
        let Some(layer) = upstream.layers.get_mut(usize::from(known.layer)) else { return };
        let mut sequence = rtp.sequence;
        if known.repair {
            let Some(original) = bytes.get(start..end).and_then(|payload| payload.first_chunk()) else { return };
            sequence = u16::from_be_bytes(*original);
            start += 2;
            if !layer.reception.wants(sequence) {
                return;
            }
        } else {
            layer.reception.clock(now, rtp.timestamp, codec.clock_rate());
        }
        let Some(arrival) = layer.reception.arrive(now, sequence) else { return };
        let payload = &bytes[start..end];
        // Padding on a stream of its own is no sign of a picture.
        let starts = !payload.is_empty() && !layer.is_sent(now);
        layer.last_at = if payload.is_empty() { layer.last_at } else { Some(now) };
        layer.meter.add(now, end);
        if arrival.torn && layer.watched {
            layer.want_key_frame();
        }
        let begins = picture::begins_key_frame(codec, payload);
        if begins {
            layer.key_frame_came();
            layer.width = picture::width(codec, payload).or(layer.width);
        }
        let due = [layer.reception.deadline(), layer.key_frame_due(), Some(now + REPORT_PAUSE)];
        let stream = Stream { leg: key, upstream: known.upstream, layer: known.layer, epoch: layer.epoch };
        let packet = Packet { index: arrival.index, timestamp: rtp.timestamp, marker: rtp.marker, codec, notes };
        let alone = upstream.layers.len() == 1;
        let appears = upstream.role == Role::Screen && !payload.is_empty() && !std::mem::replace(&mut upstream.shown, true);
        if codec == Codec::Opus {
            hear(leg, now, notes, payload.len());
        } else if starts {
            leg.shared_at = now;
        }
        due.into_iter().flatten().for_each(|at| leg.wake(at));
        let (room, participant, due) = (leg.room, leg.participant, leg.due);
        self.wake(due);
        let numbers = picture::numbers(codec, payload);
        if appears {
            self.tell(Event::ScreenOn { room, participant });
            self.arrange(now, room);
        }
        if starts && codec != Codec::Opus {
            self.reconsider(now, room, out);
        }
        self.pass_on((now, micros), &Passing { stream, packet: &packet, numbers, payload, begins, alone }, out);
    }

    /// Seals a packet for everybody who watches its layer.
    #[inline]
    fn pass_on(&mut self, at: (Instant, i64), passing: &Passing<'_>, out: &mut Outbox) {
        let Passing { stream, packet, payload, .. } = *passing;
        let mut subscribers = std::mem::take(&mut self.lists.subscribers);
        let source = leg_mut(&mut self.legs, stream.leg.index).and_then(|leg| leg.upstreams.get(usize::from(stream.upstream)));
        subscribers.clear();
        subscribers.extend(source.iter().flat_map(|upstream| upstream.subscribers.iter().copied()));
        let (mut wanted, mut held) = (false, false);
        for &(index, slot) in &subscribers {
            let Some(leg) = leg_mut(&mut self.legs, index) else { continue };
            let passed = deliver(leg, at, usize::from(slot), passing, out);
            // A packet that overtook its key frame is passed on when it is asked for.
            self.soonest = self.soonest.map(|soonest| soonest.min(leg.due));
            let choice = leg.slots.get(usize::from(slot)).map(|slot| slot.choice);
            wanted |= passed || choice == Some(Choice::Layer(stream.layer));
            held |= choice == Some(Choice::Still(stream.layer));
        }
        self.lists.subscribers = subscribers;
        // Voices are not asked for again: it would come too late.
        if packet.codec != Codec::Opus {
            let source = leg_mut(&mut self.legs, stream.leg.index);
            let upstream = source.and_then(|leg| leg.upstreams.get_mut(usize::from(stream.upstream)));
            if let Some(layer) = upstream.and_then(|upstream| upstream.layers.get_mut(usize::from(stream.layer))) {
                layer.watched = wanted || held;
                if wanted {
                    layer.history.push(at.0, packet, payload);
                }
            }
        }
    }

    /// A layer has appeared: subscribers who may want it are asked before its first packet, which begins a key frame.
    fn reconsider(&mut self, now: Instant, room: u64, out: &mut Outbox) {
        let members = self.rooms.get(&room).map(|room| room.members.clone()).unwrap_or_default();
        for member in members {
            if leg_mut(&mut self.legs, member).is_some_and(|leg| leg.is_connected()) {
                self.share(now, member, out);
            }
        }
    }

    pub(super) fn rtcp(&mut self, now: Instant, path: Path, bytes: &mut [u8], out: &mut Outbox) {
        let Some(&index) = self.by_path.get(&path) else { return };
        let ntp = super::tick::ntp_middle(self.micros(now));
        let Some(leg) = leg_mut(&mut self.legs, index) else { return };
        let Some(end) = leg.unprotect.as_mut().and_then(|unprotect| unprotect.open_rtcp(bytes)) else { return };
        leg.selected = Some(path);
        leg.dtls.rest();
        let mut wanted = std::mem::take(&mut self.lists.sequences);
        let mut requests: [Option<(usize, usize, usize)>; 8] = [None; 8];
        let mut pictures: [Option<u32>; 8] = [None; 8];
        wanted.clear();
        rtcp::read(&bytes[..end], |item| match item {
            Item::Sender { ssrc, ntp, .. } => sender_report(leg, now, ssrc, ntp),
            Item::Block(block) if block.last_report != 0 && leg.slots.iter().any(|slot| slot.ssrc == block.ssrc) => {
                let middle = ntp.wrapping_sub(block.last_report).wrapping_sub(block.delay);
                if middle < 10 << 16 {
                    let fresh = Duration::from_micros((u64::from(middle) * 1_000_000) >> 16);
                    leg.round_trip = (leg.round_trip * 3 + fresh) / 4;
                }
            }
            Item::Nack { media, pairs } => {
                let from = wanted.len();
                wanted.extend(rtcp::nacked(pairs).take(200));
                if let (Some((slot, _)), Some(free)) = (leg.slot_of(media), requests.iter_mut().find(|place| place.is_none())) {
                    *free = Some((slot, from, wanted.len()));
                }
            }
            Item::KeyFrame { media } => {
                if let Some(free) = pictures.iter_mut().find(|place| place.is_none()) {
                    *free = Some(media);
                }
            }
            Item::Transport(body) => {
                leg.bandwidth.feedback(now, body);
            }
            Item::Estimate(bits) => leg.bandwidth.told_estimate(now, bits, leg.sent.rate().saturating_sub(leg.voice.rate())),
            _ => {}
        });
        for media in pictures.into_iter().flatten() {
            self.want_key_frame(now, index, media);
        }
        for (slot, from, to) in requests.into_iter().flatten() {
            for &sequence in &wanted[from..to] {
                self.repeat(now, index, slot, sequence, out);
            }
        }
        self.lists.sequences = wanted;
    }

    /// A subscriber's decoder needs a key frame in the slot with this SSRC.
    fn want_key_frame(&mut self, now: Instant, index: u32, media: u32) {
        let Some(leg) = leg_mut(&mut self.legs, index) else { return };
        let Some(stream) = leg.slot_of(media).and_then(|(_, slot)| slot.rewrite.current()) else { return };
        let source = leg_mut(&mut self.legs, stream.leg.index).filter(|leg| leg.serial == stream.leg.serial);
        let Some(source) = source else { return };
        source.due = now;
        let upstream = source.upstreams.get_mut(usize::from(stream.upstream));
        if let Some(layer) = upstream.and_then(|upstream| upstream.layers.get_mut(usize::from(stream.layer))) {
            layer.want_key_frame();
        }
        self.wake(now);
    }

    /// Sends a packet again that left a slot with this number.
    fn repeat(&mut self, now: Instant, index: u32, slot: usize, sequence: u16, out: &mut Outbox) {
        let at = (now, self.micros(now));
        let Some(leg) = leg_mut(&mut self.legs, index) else { return };
        let Some((stream, number, timestamp, shift)) = leg.slots.get(slot).and_then(|slot| slot.rewrite.origin(sequence)) else {
            return;
        };
        let source = leg_ref(&self.legs, stream.leg).and_then(|leg| leg.upstreams.get(usize::from(stream.upstream)));
        let layer = source.and_then(|upstream| upstream.layers.get(usize::from(stream.layer)));
        let layer = layer.filter(|layer| layer.epoch == stream.epoch);
        let Some((packet, payload)) = layer.and_then(|layer| layer.history.find(number)) else { return };
        let packet = *packet;
        self.lists.bytes.clear();
        self.lists.bytes.extend_from_slice(payload);
        let again = Again { sequence, packet: &packet, payload: &self.lists.bytes, timestamp, shift };
        if let Some(leg) = leg_mut(&mut self.legs, index) {
            leg.repeat(at, slot, &again, out);
        }
    }

    /// Screens from which nothing has come for a while are taken down.
    pub(super) fn take_down_screens(&mut self, now: Instant, index: u32) {
        const SILENT: Duration = Duration::from_secs(5);
        let Some(leg) = leg_mut(&mut self.legs, index) else { return };
        let silent = |at: Option<Instant>| at.is_none_or(|at| now.saturating_duration_since(at) > SILENT);
        let (room, participant, gone) = (leg.room, leg.participant, leg.gone);
        let mut down = false;
        for upstream in leg.upstreams.iter_mut().filter(|upstream| upstream.role == Role::Screen && upstream.shown) {
            if gone || silent(upstream.last_at()) {
                upstream.shown = false;
                down = true;
            }
        }
        if down {
            tell(&mut self.events, Event::ScreenOff { room, participant });
            self.arrange(now, room);
        }
    }
}

#[inline]
fn deliver(leg: &mut Leg, at: (Instant, i64), slot: usize, passing: &Passing<'_>, out: &mut Outbox) -> bool {
    if leg.protect.is_none() || leg.gone {
        return false;
    }
    let Some(own) = leg.slots.get_mut(slot) else { return false };
    if !own.lets_through(at.0, passing) {
        if !own.still.queue.is_empty() {
            leg.wake(at.0 + Duration::from_millis(20));
        }
        return false;
    }
    if passing.packet.codec == Codec::Opus {
        leg.voice.add(at.0, passing.payload.len() + 50);
    }
    leg.forward(at, slot, passing, out)
}

/// Reads the extensions, and notes the arrival for the feedback.
fn said<'a>(leg: &mut Leg, micros: i64, rtp: &Rtp, bytes: &'a [u8]) -> Said<'a> {
    let mut said = Said::default();
    let ids = leg.ids;
    for (id, value) in rtp.extensions(bytes) {
        match (Some(id), value) {
            (id, [high, low, ..]) if id == ids.transport => leg.inbox.arrive(micros, u16::from_be_bytes([*high, *low])),
            (id, _) if id == ids.mid => said.mid = value,
            (id, _) if id == ids.rid => said.rid = value,
            (id, _) if id == ids.repaired => said.repaired = value,
            (id, [level, ..]) if id == ids.level => said.notes.level = Some(*level),
            (id, [rotation, ..]) if id == ids.rotation => said.notes.rotation = Some(*rotation),
            _ => {}
        }
    }
    said
}

/// Where a stream belongs; a new one is noted.
fn recognised(leg: &mut Leg, rtp: &Rtp, said: &Said<'_>) -> Option<Known> {
    if let Some(known) = leg.known.iter().find(|known| known.ssrc == rtp.ssrc) {
        return Some(*known);
    }
    let by_mid = leg.upstreams.iter().position(|upstream| !said.mid.is_empty() && upstream.mid.as_bytes() == said.mid);
    let number = by_mid.or_else(|| {
        let mut able = leg.upstreams.iter().enumerate().filter(|(_, upstream)| upstream.codec(rtp.payload_type).is_some());
        let first = able.next().map(|(n, _)| n);
        first.filter(|_| able.next().is_none())
    })?;
    let upstream = leg.upstreams.get_mut(number)?;
    let (_, repair) = upstream.codec(rtp.payload_type)?;
    let rid = if repair && !said.repaired.is_empty() { said.repaired } else { said.rid };
    let place = match upstream.layers.as_slice() {
        [_] => 0,
        layers => layers.iter().position(|layer| !rid.is_empty() && layer.rid.as_bytes() == rid)?,
    };
    let layer = &mut upstream.layers[place];
    if repair {
        layer.repair = Some(rtp.ssrc);
    } else {
        layer.restart(rtp.ssrc);
    }
    let known = Known { ssrc: rtp.ssrc, upstream: number as u8, layer: place as u8, repair };
    leg.known.retain(|other| (other.upstream, other.layer, other.repair) != (known.upstream, known.layer, known.repair));
    if leg.known.len() == MOST_KNOWN {
        leg.known.remove(0);
    }
    leg.known.push(known);
    Some(known)
}

/// A voice packet's loudness; without a level, a long packet is taken for speech.
fn hear(leg: &mut Leg, now: Instant, notes: Notes, length: usize) {
    let level = notes.level.unwrap_or(if length > 30 { 40 } else { 127 });
    leg.loudness = louder(leg.loudness, level);
    leg.loud_at = now;
}

fn sender_report(leg: &mut Leg, now: Instant, ssrc: u32, ntp: u64) {
    for layer in leg.upstreams.iter_mut().flat_map(|upstream| &mut upstream.layers) {
        if layer.ssrc == Some(ssrc) {
            layer.report = Some(((ntp >> 16) as u32, now));
        }
    }
}
