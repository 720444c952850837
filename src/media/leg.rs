//! One client: its transport, what it sends and what it is given.
//!
//! The way to the client is the one that it nominated or that its last authentic packet came by, so a change of network needs
//! nothing but a check from the new address. Everything that leaves for the client is written here, into the arena.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::Quality;
use super::bandwidth::{Bandwidth, PROBE_PACKET};
use super::dtls::Dtls;
use super::history::Packet;
use super::ice::UFRAG;
use super::offer::{Ids, Offer};
use super::rewrite::Place;
use super::rtp::{Extensions, Head, write_header};
use super::slot::{Passing, Slot};
use super::srtp::{Protect, Unprotect};
use super::transport::Inbox;
use super::upstream::{Meter, Upstream};
use crate::path::{Outbox, Path};

/// Ways to one client that are known at once.
const MOST_PATHS: usize = 8;
/// Repetitions may take a quarter of what is sent, and this much at once, in bytes.
const REPEAT_SHARE: i64 = 4;
const MOST_REPEAT: i64 = 120_000;
const SRTP_TAG: usize = 16;

pub struct Credentials {
    pub ufrag: [u8; UFRAG],
    pub pwd: String,
}

/// Where a stream of the client belongs.
#[derive(Clone, Copy)]
pub struct Known {
    pub ssrc: u32,
    pub upstream: u8,
    pub layer: u8,
    pub repair: bool,
}

pub struct Leg {
    pub serial: u32,
    pub participant: u64,
    pub room: u64,
    /// Its own picture and voice come back.
    pub echo: bool,
    pub session: String,
    pub version: u64,
    pub client_ufrag: String,
    pub fingerprint: [u8; 32],
    pub credentials: Credentials,
    /// Those from before an ICE restart; they hold until the new ones are used.
    pub former: Option<Credentials>,
    pub paths: VecDeque<Path>,
    pub selected: Option<Path>,
    pub born_at: Instant,
    pub heard_at: Instant,
    /// Nothing was heard for so long that others were told.
    pub gone: bool,
    /// Their voice is passed on to nobody.
    pub hushed: bool,
    pub dtls: Dtls,
    pub protect: Option<Protect>,
    pub unprotect: Option<Unprotect>,
    pub ids: Ids,
    pub upstreams: Vec<Upstream>,
    pub known: Vec<Known>,
    pub slots: Vec<Slot>,
    /// Our own SSRC in reports, and our name.
    pub ssrc: u32,
    pub inbox: Inbox,
    pub inbox_media: u32,
    pub bandwidth: Bandwidth,
    pub numbered: bool,
    pub round_trip: Duration,
    pub repeat_credit: i64,
    pub sent: Meter,
    pub voice: Meter,
    pub loudness: f32,
    pub loud_at: Instant,
    pub quality: Quality,
    pub reported_at: Instant,
    pub told_at: Instant,
    pub shared_at: Instant,
    pub due: Instant,
}

impl Leg {
    pub fn is_connected(&self) -> bool {
        self.protect.is_some() && !self.gone
    }

    pub fn wake(&mut self, at: Instant) {
        self.due = self.due.min(at);
    }

    /// Remembers a way that a valid check came by. Gives back a way that had to make room.
    pub fn learn(&mut self, path: Path, nominated: bool) -> Option<Path> {
        let mut evicted = None;
        if !self.paths.contains(&path) {
            if self.paths.len() == MOST_PATHS {
                let oldest = self.paths.iter().position(|known| Some(*known) != self.selected);
                evicted = oldest.and_then(|n| self.paths.remove(n));
            }
            self.paths.push_back(path);
        }
        if nominated || self.selected.is_none() {
            self.selected = Some(path);
        }
        evicted
    }

    pub fn slot_of(&mut self, ssrc: u32) -> Option<(usize, &mut Slot)> {
        self.slots.iter_mut().enumerate().find(|(_, slot)| slot.ssrc == ssrc || slot.repair == Some(ssrc))
    }

    /// Seals one packet of the stream behind a slot into the arena; whether it left.
    #[inline]
    pub fn forward(&mut self, at: (Instant, i64), slot: usize, passing: &Passing<'_>, out: &mut Outbox) -> bool {
        let Passing { stream, packet, numbers, payload, .. } = *passing;
        let (Some(slot), Some(path)) = (self.slots.get_mut(slot), self.selected) else { return false };
        let Some((payload_type, _)) = slot.payload_types(packet.codec) else { return false };
        let Some(place) = slot.rewrite.place(at.0, stream, packet, numbers, payload) else { return false };
        let Some(protect) = self.protect.as_mut().filter(|_| !self.gone) else { return false };
        let Place { index, timestamp, shift } = place;
        slot.packets = slot.packets.wrapping_add(1);
        slot.octets = slot.octets.wrapping_add(payload.len() as u32);
        let size = payload.len() + SRTP_TAG + 12 + 8;
        let extensions = Extensions {
            transport: slot.ids.transport.map(|_| self.bandwidth.number(at.1, size, false)),
            time: slot.ids.time.map(|_| send_time(at.1)),
            notes: packet.notes,
        };
        let head = Head { marker: packet.marker, payload_type, sequence: index as u16, timestamp, ssrc: slot.ssrc };
        out.push_with(path, |arena| {
            let start = arena.len();
            let length = write_header(arena, &head, &extensions, &slot.ids);
            arena.extend_from_slice(payload);
            numbers.write(&mut arena[start + length..], shift);
            protect.seal_rtp(arena, start, length, slot.ssrc, index);
        });
        self.sent.add(at.0, size);
        self.repeat_credit = (self.repeat_credit + size as i64 / REPEAT_SHARE).min(MOST_REPEAT);
        true
    }

    /// Sends a packet once more in the slot's repair stream (RFC 4588). The numbers are those it left with.
    pub fn repeat(&mut self, at: (Instant, i64), slot: usize, again: &Again<'_>, out: &mut Outbox) {
        let (Some(slot), Some(path)) = (self.slots.get_mut(slot), self.selected) else { return };
        let Some((_, Some(payload_type))) = slot.payload_types(again.packet.codec) else { return };
        let (Some(ssrc), Some(protect)) = (slot.repair, self.protect.as_mut()) else { return };
        let size = again.payload.len() + SRTP_TAG + 12 + 10;
        if self.repeat_credit < size as i64 {
            return;
        }
        self.repeat_credit -= size as i64;
        let index = slot.repair_index;
        slot.repair_index += 1;
        let extensions = Extensions {
            transport: slot.ids.transport.map(|_| self.bandwidth.number(at.1, size, false)),
            time: slot.ids.time.map(|_| send_time(at.1)),
            notes: again.packet.notes,
        };
        let timestamp = again.packet.timestamp.wrapping_add(again.timestamp);
        let head = Head { marker: again.packet.marker, payload_type, sequence: index as u16, timestamp, ssrc };
        out.push_with(path, |arena| {
            let start = arena.len();
            let length = write_header(arena, &head, &extensions, &slot.ids);
            arena.extend_from_slice(&again.sequence.to_be_bytes());
            arena.extend_from_slice(again.payload);
            let numbers = super::picture::numbers(again.packet.codec, again.payload);
            numbers.write(&mut arena[start + length + 2..], again.shift);
            protect.seal_rtp(arena, start, length, ssrc, index);
        });
    }

    /// Sends a burst of padding in a repair stream, so that its spread tells what the way carries.
    pub fn probe(&mut self, at: (Instant, i64), packets: usize, out: &mut Outbox) {
        const PADDING: u8 = 255;
        let usable = |slot: &&mut Slot| slot.repair.is_some() && slot.ids.transport.is_some() && slot.rewrite.newest.is_some();
        let Some(slot) = self.slots.iter_mut().find(usable) else { return };
        let (Some(ssrc), Some(path), Some(protect)) = (slot.repair, self.selected, self.protect.as_mut()) else { return };
        let Some(payload_type) = slot.codecs.iter().find_map(|codec| codec.rtx) else { return };
        for _ in 0..packets {
            let index = slot.repair_index;
            slot.repair_index += 1;
            let transport = Some(self.bandwidth.number(at.1, PROBE_PACKET, true));
            let extensions = Extensions { transport, time: None, notes: Default::default() };
            let timestamp = slot.rewrite.newest.map_or(0, |(timestamp, _)| timestamp);
            let head = Head { marker: false, payload_type, sequence: index as u16, timestamp, ssrc };
            out.push_with(path, |arena| {
                let start = arena.len();
                let length = write_header(arena, &head, &extensions, &slot.ids);
                arena[start] |= 0x20;
                arena.resize(arena.len() + usize::from(PADDING) - 1, 0);
                arena.push(PADDING);
                protect.seal_rtp(arena, start, length, ssrc, index);
            });
        }
    }

    /// Seals a compound that `write` appends; an empty one does not leave.
    pub fn send_rtcp(&mut self, out: &mut Outbox, write: impl FnOnce(&mut Vec<u8>)) {
        let (Some(path), Some(protect)) = (self.selected, self.protect.as_mut()) else { return };
        out.push_with(path, |arena| {
            let start = arena.len();
            write(arena);
            if arena.len() > start {
                protect.seal_rtcp(arena, start);
            }
        });
    }

    /// Whether an offer comes from the same peer connection.
    pub fn is_same_connection(&self, offer: &Offer) -> bool {
        self.fingerprint == offer.fingerprint && self.session == offer.session
    }

    /// Our password for a user fragment of ours; the second says whether it is that of before a restart.
    pub fn password(&self, ufrag: &[u8; UFRAG]) -> Option<(&str, bool)> {
        if self.credentials.ufrag == *ufrag {
            return Some((&self.credentials.pwd, false));
        }
        self.former.as_ref().filter(|former| former.ufrag == *ufrag).map(|former| (former.pwd.as_str(), true))
    }
}

/// A packet to be repeated, and how it is to be moved.
pub struct Again<'a> {
    /// The number that it left with.
    pub sequence: u16,
    pub packet: &'a Packet,
    pub payload: &'a [u8],
    pub timestamp: u32,
    pub shift: super::picture::Shift,
}

/// 24 bits of 6.18 fixed point seconds.
fn send_time(now_us: i64) -> u32 {
    ((now_us as u64 * (1 << 18) / 1_000_000) & 0xff_ffff) as u32
}

/// Random letters and digits of which ICE credentials are made.
pub fn credentials(dice: &mut dyn FnMut(&mut [u8])) -> Credentials {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = [0; UFRAG + 24];
    dice(&mut bytes);
    let mut letters = bytes.map(|byte| LETTERS[usize::from(byte & 63)]);
    let (ufrag, pwd) = letters.split_at_mut(UFRAG);
    let mut own = [0; UFRAG];
    own.copy_from_slice(ufrag);
    Credentials { ufrag: own, pwd: String::from_utf8_lossy(pwd).into_owned() }
}
