//! One stream that a client is given: fixed SSRCs behind which the people change.
//!
//! A slot knows who stands in it, which layer it should have and has, and seals each packet straight into the arena. When the way
//! is too narrow for pictures that move, the slot holds one key frame and lets it go packet by packet between the voice's.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::history::Packet;
use super::layers::Choice;
use super::offer::{Codec, CodecLine, Ids, Line};
use super::picture::Numbers;
use super::rewrite::{Rewrite, Stream};
use super::{Key, Role};

/// A still picture is renewed this long after the last one was through.
pub const STILL_PAUSE: Duration = Duration::from_secs(4);
const MOST_STILL: usize = 96;

/// A packet that is being passed on.
#[derive(Clone, Copy)]
pub struct Passing<'a> {
    pub stream: Stream,
    pub packet: &'a Packet,
    pub numbers: Numbers,
    pub payload: &'a [u8],
    /// A key frame begins with it.
    pub begins: bool,
    /// It comes of a source without layers.
    pub alone: bool,
}

/// One frame on its way out, slowly.
#[derive(Default)]
pub struct Still {
    /// Time stamp of the frame that is being taken.
    pub taking: Option<u32>,
    pub queue: VecDeque<(Packet, Stream, Vec<u8>)>,
    /// Bytes that may leave.
    pub credit: f64,
    pub due: Option<Instant>,
}

pub struct Slot {
    pub role: Role,
    pub mid: String,
    pub codecs: Arc<[CodecLine]>,
    pub ids: Ids,
    pub ssrc: u32,
    pub repair: Option<u32>,
    /// Next index of the repair stream.
    pub repair_index: u64,
    pub rewrite: Rewrite,
    /// Leg and upstream that stand behind it.
    pub source: Option<(Key, u8)>,
    pub who: Option<u64>,
    pub pinned: Option<u64>,
    pub width: u16,
    pub choice: Choice,
    pub still: Still,
    pub packets: u32,
    pub octets: u32,
}

impl Slot {
    pub fn new(role: Role, line: &Line, codecs: Arc<[CodecLine]>, (ssrc, repair): (u32, u32), start: (u16, u16)) -> Self {
        let repairs = codecs.iter().any(|codec| codec.rtx.is_some() && codec.nack);
        let mut ids = line.ids;
        (ids.rid, ids.repaired) = (None, None);
        if ids.transport.is_some() {
            ids.time = None;
        }
        Self {
            role,
            mid: line.mid.clone(),
            codecs,
            ids,
            ssrc,
            repair: repairs.then_some(repair),
            repair_index: u64::from(start.1 & 0x7fff),
            rewrite: Rewrite::new(start.0),
            source: None,
            who: None,
            pinned: None,
            width: u16::MAX,
            choice: Choice::Off,
            still: Still::default(),
            packets: 0,
            octets: 0,
        }
    }

    /// Puts somebody else, or nobody, behind the slot.
    pub fn assign(&mut self, source: Option<(Key, u8)>, who: Option<u64>) {
        self.rewrite.end();
        self.source = source;
        self.who = who;
        self.choice = if source.is_some() && self.role == Role::Voice { Choice::Layer(0) } else { Choice::Off };
        self.still = Still::default();
    }

    /// The client's payload types for a codec. H264 profiles that are not listed go as one with the same packetization.
    pub fn payload_types(&self, codec: Codec) -> Option<(u8, Option<u8>)> {
        let same = |line: &&CodecLine| line.codec == codec;
        let close = |line: &&CodecLine| match (line.codec, codec) {
            (Codec::H264 { mode: own, .. }, Codec::H264 { mode, .. }) => own == mode,
            (Codec::Vp9 { .. }, Codec::Vp9 { .. }) => true,
            _ => false,
        };
        let line = self.codecs.iter().find(same).or_else(|| self.codecs.iter().find(close))?;
        Some((line.payload_type, line.rtx.filter(|_| line.nack)))
    }

    /// The layer that it shows, if its stream goes on.
    pub fn has(&self) -> Option<u8> {
        self.rewrite.current().filter(|stream| self.rewrite.is_open(*stream)).map(|stream| stream.layer)
    }

    /// Whether a packet of this stream is to leave at this moment; begins the stream where it may.
    pub fn lets_through(&mut self, now: Instant, passing: &Passing<'_>) -> bool {
        let Passing { stream, packet, numbers, payload, begins, alone } = *passing;
        match self.choice {
            Choice::Still(rank) => {
                if rank == stream.layer && self.source == Some((stream.leg, stream.upstream)) {
                    self.hold(now, passing);
                }
                false
            }
            _ if self.rewrite.is_open(stream) => true,
            Choice::Layer(rank) if rank == stream.layer && (begins || self.may_begin_anywhere(alone)) => {
                self.rewrite.begin(now, stream, packet, numbers, payload);
                true
            }
            // Late ones of an earlier stream still have their places.
            _ => true,
        }
    }

    /// Whether a stream may begin with a packet that begins no key frame. A decoder that has seen nothing waits for one by itself,
    /// and its sender need not be one who answers requests; one that has shown somebody else would mix the two.
    fn may_begin_anywhere(&self, alone: bool) -> bool {
        self.role == Role::Voice || (alone && self.rewrite.current().is_none())
    }

    fn hold(&mut self, now: Instant, passing: &Passing<'_>) {
        let Passing { stream, packet, payload, begins, .. } = *passing;
        let still = &mut self.still;
        if begins && still.taking.is_none() && still.queue.is_empty() && still.due.is_none_or(|due| due <= now) {
            still.taking = Some(packet.timestamp);
        }
        if still.taking == Some(packet.timestamp) && still.queue.len() < MOST_STILL {
            still.queue.push_back((*packet, stream, payload.to_vec()));
            if packet.marker {
                still.due = Some(now + STILL_PAUSE);
            }
        }
    }
}
