//! What time does: repetitions are asked for, reports leave, ways are shared out, the silent are let go.
//!
//! Each leg says when it is next due; nothing is polled that has nothing to do. Requests for repetition and key frames leave
//! within 20 ms, transport feedback every 60 ms while media comes, reports once a second.

use std::time::{Duration, Instant};

use super::super::layers::Choice;
use super::super::leg::Leg;
use super::super::rtcp;
use super::super::slot::Passing;
use super::super::{Event, Role};
use super::{Sfu, leg_mut};
use crate::path::Outbox;

/// Nothing authentic heard for so long: others are told (RFC 7675 has 30 s for the other direction).
const CONSENT: Duration = Duration::from_secs(15);
/// Keys of a silent leg are kept for an ICE restart.
const FORGOTTEN: Duration = Duration::from_secs(90);
/// A join that never led to anything.
const UNUSED: Duration = Duration::from_secs(30);
const REPORT: Duration = Duration::from_secs(1);
const TELL: Duration = Duration::from_millis(60);
const SHARE: Duration = Duration::from_millis(200);
const SOON: Duration = Duration::from_millis(20);
const ROOM: Duration = Duration::from_millis(100);
/// Silence of a voice after which it counts as quiet.
const QUIET: Duration = Duration::from_millis(250);

impl Sfu {
    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant, out: &mut Outbox) {
        for index in 0..self.legs.len() as u32 {
            if self.legs[index as usize].as_ref().is_some_and(|leg| leg.due <= now) {
                self.leg_due(now, index, out);
            }
        }
        let due: Vec<u64> =
            self.rooms.iter().filter(|(_, room)| room.due.is_some_and(|at| at <= now)).map(|(id, _)| *id).collect();
        for room in due {
            self.listen(now, room);
        }
        self.wake_anew();
    }

    fn leg_due(&mut self, now: Instant, index: u32, out: &mut Outbox) {
        let micros = self.micros(now);
        let mut sequences = std::mem::take(&mut self.lists.sequences);
        let Some(leg) = leg_mut(&mut self.legs, index) else { return };
        leg.due = now + REPORT;
        if let Some(path) = leg.selected {
            leg.dtls.handle_timeout(now, |datagram| out.push(path, datagram));
        }
        if leg.protect.is_some() && !leg.gone {
            ask(leg, now, &mut sequences, out);
            if now.saturating_duration_since(leg.told_at) >= TELL && !leg.inbox.is_empty() {
                leg.told_at = now;
                tell_arrivals(leg, out);
            }
            if now.saturating_duration_since(leg.reported_at) >= REPORT {
                leg.reported_at = now;
                report(leg, now, micros, out);
            }
            release_stills(leg, now, micros, out);
        }
        self.lists.sequences = sequences;
        let shares = leg_mut(&mut self.legs, index).is_some_and(|leg| leg.is_connected() && leg.shared_at <= now);
        if shares {
            self.share(now, index, out);
            if let Some(leg) = leg_mut(&mut self.legs, index) {
                let limited = leg.bandwidth.estimate(leg.numbered).is_some();
                leg.shared_at = now + if limited { SHARE } else { REPORT };
            }
        }
        self.take_down_screens(now, index);
        if let Some(leg) = leg_mut(&mut self.legs, index) {
            leg.due = next_due(leg, now);
        }
        self.let_go(now, index);
    }

    /// Whoever was not heard for too long is gone, and after a while forgotten.
    fn let_go(&mut self, now: Instant, index: u32) {
        let Some(leg) = leg_mut(&mut self.legs, index) else { return };
        let silent = now.saturating_duration_since(leg.heard_at);
        let (participant, room) = (leg.participant, leg.room);
        let unused = leg.protect.is_none() && now.saturating_duration_since(leg.born_at) > UNUSED;
        if unused || silent > FORGOTTEN {
            let told = leg.gone;
            self.remove(now, index);
            if !told {
                self.tell(Event::Gone { participant });
            }
        } else if silent > CONSENT && !leg.gone && leg.protect.is_some() {
            leg.gone = true;
            self.tell(Event::Gone { participant });
            self.take_down_screens(now, index);
            self.arrange(now, room);
        }
    }

    /// Who speaks, and who of many is heard.
    fn listen(&mut self, now: Instant, id: u64) {
        let Some(members) = self.rooms.get(&id).map(|room| room.members.clone()) else { return };
        let mut lively = false;
        for &member in &members {
            if let Some(leg) = leg_mut(&mut self.legs, member) {
                let silent = now.saturating_duration_since(leg.loud_at);
                if silent > QUIET {
                    leg.loudness *= 0.6;
                }
                lively |= leg.loudness > 1.0 || silent < Duration::from_secs(2);
            }
        }
        let voices = self.sources(&members, Role::Voice);
        let Some(room) = self.rooms.get_mut(&id) else { return };
        room.due = Some(now + if lively { ROOM } else { 10 * ROOM });
        if room.listen(now, &voices) {
            let who = room.speaker;
            self.tell(Event::Speaking { room: id, who });
        }
        for &member in &members {
            let slots =
                leg_mut(&mut self.legs, member).map_or(0, |leg| leg.slots.iter().filter(|s| s.role == Role::Voice).count());
            if slots > 0 && voices.len() > slots {
                self.fill(now, member, Role::Voice, &voices);
            }
        }
    }
}

/// Missing packets and key frames, asked of the client.
fn ask(leg: &mut Leg, now: Instant, sequences: &mut Vec<u16>, out: &mut Outbox) {
    let (own, round_trip) = (leg.ssrc, leg.round_trip);
    let mut upstreams = std::mem::take(&mut leg.upstreams);
    for upstream in &mut upstreams {
        let video = upstream.role != Role::Voice;
        let repeats = upstream.codecs.iter().any(|codec| codec.nack);
        for layer in &mut upstream.layers {
            let Some(ssrc) = layer.ssrc else { continue };
            sequences.clear();
            if !layer.watched {
                layer.reception.forget();
            } else if layer.reception.requests(now, round_trip, sequences) && video {
                layer.want_key_frame();
            }
            if repeats && video && !sequences.is_empty() {
                leg.send_rtcp(out, |buffer| rtcp::write_nack(buffer, own, ssrc, sequences));
            }
            if video && let Some(ssrc) = layer.take_key_frame_request(now) {
                leg.send_rtcp(out, |buffer| rtcp::write_key_frame_request(buffer, own, ssrc));
            }
        }
    }
    leg.upstreams = upstreams;
}

fn tell_arrivals(leg: &mut Leg, out: &mut Outbox) {
    let (own, media) = (leg.ssrc, leg.inbox_media);
    let mut inbox = std::mem::take(&mut leg.inbox);
    leg.send_rtcp(out, |buffer| {
        rtcp::packet(buffer, 15, 205, |body| {
            body.extend_from_slice(&own.to_be_bytes());
            body.extend_from_slice(&media.to_be_bytes());
            inbox.write(body);
        });
    });
    leg.inbox = inbox;
}

/// Sender reports of the slots that show somebody, receiver blocks of what came.
fn report(leg: &mut Leg, now: Instant, micros: i64, out: &mut Outbox) {
    let own = leg.ssrc;
    let ntp = ntp(micros);
    let mut blocks = Vec::new();
    for layer in leg.upstreams.iter_mut().flat_map(|upstream| &mut upstream.layers) {
        layer.history.expire(now);
        let (Some(ssrc), Some(mut block)) = (layer.ssrc, layer.ssrc.and_then(|ssrc| layer.reception.block(ssrc))) else {
            continue;
        };
        if let Some((middle, at)) = layer.report {
            block.last_report = middle;
            block.delay = (now.saturating_duration_since(at).as_micros() * 65_536 / 1_000_000) as u32;
        }
        block.ssrc = ssrc;
        blocks.push(block);
    }
    let mut senders = Vec::new();
    for slot in &leg.slots {
        let rate = if slot.role == Role::Voice { 48_000 } else { 90_000 };
        if let Some(timestamp) = slot.rewrite.timestamp_at(now, rate).filter(|_| slot.source.is_some()) {
            senders.push((slot.ssrc, timestamp, slot.packets, slot.octets));
        }
    }
    leg.send_rtcp(out, |buffer| {
        for &(ssrc, timestamp, packets, octets) in &senders {
            rtcp::write_sender_report(buffer, ssrc, ntp, timestamp, packets, octets);
        }
        if senders.is_empty() || !blocks.is_empty() {
            rtcp::write_receiver_report(buffer, own, &blocks);
        }
        rtcp::write_description(buffer, own, "slots");
    });
}

/// Still pictures leave between the voice's packets, as fast as the way allows.
fn release_stills(leg: &mut Leg, now: Instant, micros: i64, out: &mut Outbox) {
    let budget = leg.bandwidth.estimate(leg.numbered).unwrap_or(u64::MAX).saturating_sub(leg.voice.rate().max(32_000));
    let waiting =
        leg.slots.iter().filter(|slot| matches!(slot.choice, Choice::Still(_)) || !slot.still.queue.is_empty()).count().max(1);
    let bytes = (budget as f64 / 8.0 * 0.9).clamp(1_500.0, 100_000.0) / waiting as f64 * SOON.as_secs_f64();
    for n in 0..leg.slots.len() {
        let slot = &mut leg.slots[n];
        if slot.still.queue.is_empty() {
            continue;
        }
        slot.still.credit = (slot.still.credit + bytes).min(3_000.0);
        while let Some((packet, stream, payload)) = leg.slots[n].still.queue.pop_front() {
            let slot = &mut leg.slots[n];
            if slot.still.credit < payload.len() as f64 {
                slot.still.queue.push_front((packet, stream, payload));
                break;
            }
            slot.still.credit -= payload.len() as f64;
            let numbers = super::super::picture::numbers(packet.codec, &payload);
            if !slot.rewrite.is_open(stream) {
                slot.rewrite.begin(now, stream, &packet, numbers, &payload);
            }
            let passing = Passing { stream, packet: &packet, numbers, payload: &payload, begins: false, alone: false };
            leg.forward((now, micros), n, &passing, out);
        }
        let slot = &mut leg.slots[n];
        if slot.still.queue.is_empty() && slot.still.due.is_some_and(|due| due > now) {
            slot.still.taking = None;
            slot.rewrite.end();
        }
    }
}

fn next_due(leg: &Leg, now: Instant) -> Instant {
    let mut due = now + REPORT;
    let mut no_later = |at: Option<Instant>| due = at.map_or(due, |at| due.min(at));
    no_later(leg.dtls.poll_timeout());
    if leg.is_connected() {
        for layer in leg.upstreams.iter().flat_map(|upstream| &upstream.layers) {
            no_later(layer.reception.deadline());
            no_later(layer.key_frame_due().filter(|_| layer.is_sent(now)));
        }
        no_later((!leg.inbox.is_empty()).then(|| leg.told_at + TELL));
        no_later(Some(leg.reported_at + REPORT));
        no_later(Some(leg.shared_at));
        no_later(leg.slots.iter().any(|slot| !slot.still.queue.is_empty()).then(|| now + SOON));
    }
    due.max(now + Duration::from_millis(5))
}

/// An NTP time that counts from the machine's birth; only differences are taken of it.
fn ntp(micros: i64) -> u64 {
    const ERA: u64 = 3_900_000_000;
    let micros = micros.max(0) as u64;
    let fraction = ((micros % 1_000_000) << 32) / 1_000_000;
    (ERA + micros / 1_000_000) << 32 | fraction
}

/// The middle 32 bits, as report blocks have them.
pub(super) fn ntp_middle(micros: i64) -> u32 {
    (ntp(micros) >> 16) as u32
}
