//! One thing that a client sends: a voice, a camera in up to three layers, or a screen.
//!
//! Holds per layer what has come, what can be repeated, and whether a key frame is wanted. Requests for key frames are limited
//! to one in half a second per layer, whoever asks. Which subscribers watch is kept here, so that forwarding is one loop.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Role;
use super::history::History;
use super::offer::{CodecLine, Line};
use super::reception::Reception;

/// Key frames are asked for at most this often, per layer.
pub const KEY_FRAME_PAUSE: Duration = Duration::from_millis(500);
/// A layer from which nothing has come for so long is not sent.
const SILENT: Duration = Duration::from_millis(2500);
const METER: Duration = Duration::from_millis(500);

/// Bits a second, over half-second windows.
#[derive(Default)]
pub struct Meter {
    since: Option<Instant>,
    bytes: u64,
    rate: u64,
}

impl Meter {
    pub fn add(&mut self, now: Instant, bytes: usize) {
        self.bytes += bytes as u64;
        let since = *self.since.get_or_insert(now);
        let passed = now.saturating_duration_since(since);
        if passed >= METER {
            let fresh = self.bytes * 8_000_000 / passed.as_micros().max(1) as u64;
            self.rate = if self.rate == 0 { fresh } else { (self.rate + fresh) / 2 };
            (self.since, self.bytes) = (Some(now), 0);
        }
    }

    /// Zero until the first window is full.
    pub fn rate(&self) -> u64 {
        self.rate
    }
}

pub struct Layer {
    pub rid: String,
    pub ssrc: Option<u32>,
    pub repair: Option<u32>,
    /// Counts the SSRCs that the layer has had.
    pub epoch: u8,
    pub reception: Reception,
    pub history: History,
    pub meter: Meter,
    pub width: Option<u16>,
    pub last_at: Option<Instant>,
    /// Middle of the NTP time of the last sender report, and when it came.
    pub report: Option<(u32, Instant)>,
    /// Whether the newest packet was for anybody: nothing is asked for again on a layer that nobody watches.
    pub watched: bool,
    key_wanted: bool,
    asked_at: Option<Instant>,
}

impl Layer {
    fn new(rid: &str) -> Self {
        Self {
            rid: rid.to_owned(),
            ssrc: None,
            repair: None,
            epoch: 0,
            reception: Reception::default(),
            history: History::default(),
            meter: Meter::default(),
            width: None,
            last_at: None,
            report: None,
            watched: false,
            key_wanted: false,
            asked_at: None,
        }
    }

    /// Begins anew with another SSRC.
    pub fn restart(&mut self, ssrc: u32) {
        if self.ssrc != Some(ssrc) {
            self.epoch = self.epoch.wrapping_add(1);
            self.ssrc = Some(ssrc);
            self.reception = Reception::default();
            self.history.clear();
            self.report = None;
        }
    }

    pub fn is_sent(&self, now: Instant) -> bool {
        self.last_at.is_some_and(|at| now.saturating_duration_since(at) < SILENT)
    }

    pub fn want_key_frame(&mut self) {
        self.key_wanted = true;
    }

    pub fn key_frame_came(&mut self) {
        self.key_wanted = false;
    }

    /// When the next request is to leave.
    pub fn key_frame_due(&self) -> Option<Instant> {
        let at = self.asked_at.map(|at| at + KEY_FRAME_PAUSE);
        self.key_wanted.then_some(at)?.or(self.last_at)
    }

    /// The SSRC to ask at this moment. It stays wanted, and is asked for again, until one comes.
    pub fn take_key_frame_request(&mut self, now: Instant) -> Option<u32> {
        let due = self.key_frame_due().filter(|due| *due <= now && self.is_sent(now));
        due.and(self.ssrc).inspect(|_| self.asked_at = Some(now))
    }
}

pub struct Upstream {
    pub role: Role,
    pub mid: String,
    pub codecs: Arc<[CodecLine]>,
    pub layers: Vec<Layer>,
    /// Legs by index, and their slots.
    pub subscribers: Vec<(u32, u8)>,
    /// For screens: whether it was announced as being shown.
    pub shown: bool,
}

impl Upstream {
    pub fn new(role: Role, line: &Line, codecs: Arc<[CodecLine]>) -> Self {
        let mut rids: Vec<&str> = line.rids.iter().map(String::as_str).collect();
        rids.sort_by_key(|rid| rank(rid));
        let mut layers: Vec<Layer> = rids.into_iter().map(Layer::new).collect();
        if layers.is_empty() {
            layers.push(Layer::new(""));
        }
        Self { role, mid: line.mid.clone(), codecs, layers, subscribers: Vec::new(), shown: false }
    }

    /// When something last came.
    pub fn last_at(&self) -> Option<Instant> {
        self.layers.iter().filter_map(|layer| layer.last_at).max()
    }

    /// The codec behind a payload type, and whether it is a repetition.
    pub fn codec(&self, payload_type: u8) -> Option<(&CodecLine, bool)> {
        self.codecs.iter().find_map(|line| match payload_type {
            number if number == line.payload_type => Some((line, false)),
            number if Some(number) == line.rtx => Some((line, true)),
            _ => None,
        })
    }

    /// Bits a second and width of each layer by rank, where it is being sent.
    pub fn offered(&self, now: Instant) -> [Option<super::layers::Layer>; 3] {
        let mut offered = [None; 3];
        let top = self.layers.len().saturating_sub(1);
        for (rank, layer) in self.layers.iter().enumerate().take(3) {
            if layer.is_sent(now) {
                // Until it was measured: what browsers send at 320, 640 and 1280 pixels.
                let guess = if top == 0 { 100_000 } else { [150_000, 500_000, 1_500_000][rank] };
                let bitrate = if layer.meter.rate() > 0 { layer.meter.rate() } else { guess };
                let width = layer.width.unwrap_or(1280 >> (top - rank));
                offered[rank] = Some(super::layers::Layer { bitrate, width });
            }
        }
        offered
    }
}

/// The usual names of layers, from small to large; others stand as listed.
fn rank(rid: &str) -> u8 {
    match rid {
        "l" | "q" | "lo" | "low" => 0,
        "h" => 2,
        "f" | "hi" | "high" => 3,
        _ => 1,
    }
}
