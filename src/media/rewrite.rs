//! One unbroken stream made of many: the numbers that a subscriber sees behind one slot.
//!
//! Whoever is shown in a slot, in whichever layer, the subscriber sees one SSRC whose sequence numbers, timestamps and picture
//! numbers go on. Each change of the stream behind begins a [`Segment`]; the last few are kept, so that late packets and requests
//! for repetition find their place. **No index leaves twice**: segments never overlap, and a packet that would land beyond the
//! end of its own is dropped.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::history::Packet;
use super::picture::{Numbers, Shift};

/// Segments that are kept; older packets are of no use to anybody.
const MOST_SEGMENTS: usize = 6;

/// What can stand behind a slot: one layer of one upstream of one leg. `epoch` changes when the sender begins anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stream {
    pub leg: super::Key,
    pub upstream: u8,
    pub layer: u8,
    pub epoch: u8,
}

#[derive(Clone, Copy)]
struct Segment {
    stream: Stream,
    first_in: u64,
    first_out: u64,
    /// First index of the segment after it.
    end_out: u64,
    timestamp: u32,
    shift: Shift,
}

/// Where a packet goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    pub index: u64,
    pub timestamp: u32,
    pub shift: Shift,
}

pub struct Rewrite {
    segments: VecDeque<Segment>,
    /// The index after the highest one that left.
    next: u64,
    /// Time stamp of the newest packet that left, and when.
    pub newest: Option<(u32, Instant)>,
    numbers: (u16, u8),
}

impl Rewrite {
    /// `start` is the first index that leaves, a random 15-bit number.
    pub fn new(start: u16) -> Self {
        Self { segments: VecDeque::new(), next: u64::from(start & 0x7fff), newest: None, numbers: (0, 0) }
    }

    /// The stream that stands behind the slot.
    pub fn current(&self) -> Option<Stream> {
        self.segments.back().map(|segment| segment.stream)
    }

    /// Puts another stream behind the slot, beginning with this packet.
    pub fn begin(&mut self, now: Instant, stream: Stream, packet: &Packet, numbers: Numbers, payload: &[u8]) {
        let timestamp = match self.newest {
            // A picture later than the last by as much time as has passed, and by one frame at least.
            Some((timestamp, at)) => {
                let rate = packet.codec.clock_rate();
                let passed = now.saturating_duration_since(at).min(Duration::from_secs(3600)).as_micros() as u64;
                let ticks = (passed * u64::from(rate) / 1_000_000).max(u64::from(rate) / 100) as u32;
                timestamp.wrapping_add(ticks).wrapping_sub(packet.timestamp)
            }
            None => 0,
        };
        let (picture, base_layer) = numbers.read(payload);
        let shift = Shift {
            picture: picture.map_or(0, |number| self.numbers.0.wrapping_add(1).wrapping_sub(number)),
            base_layer: base_layer.map_or(0, |number| self.numbers.1.wrapping_add(1).wrapping_sub(number)),
        };
        if let Some(last) = self.segments.back_mut() {
            last.end_out = self.next;
        }
        if self.segments.len() == MOST_SEGMENTS {
            self.segments.pop_front();
        }
        let (first_in, first_out) = (packet.index, self.next);
        self.segments.push_back(Segment { stream, first_in, first_out, end_out: u64::MAX, timestamp, shift });
    }

    /// Ends the stream behind the slot: its next packet needs a new beginning.
    pub fn end(&mut self) {
        if let Some(last) = self.segments.back_mut() {
            last.end_out = last.end_out.min(self.next);
        }
    }

    /// Whether the stream behind the slot goes on.
    pub fn is_open(&self, stream: Stream) -> bool {
        self.segments.back().is_some_and(|segment| segment.stream == stream && segment.end_out == u64::MAX)
    }

    /// Where a packet that has just come goes.
    pub fn place(&mut self, now: Instant, stream: Stream, packet: &Packet, numbers: Numbers, payload: &[u8]) -> Option<Place> {
        let of = |segment: &&Segment| segment.stream == stream && segment.first_in <= packet.index;
        let segment = *self.segments.iter().rev().find(of)?;
        let index = segment.first_out + (packet.index - segment.first_in);
        if index >= segment.end_out || index.saturating_sub(self.next) > 30_000 {
            return None;
        }
        let timestamp = packet.timestamp.wrapping_add(segment.timestamp);
        if index >= self.next {
            self.next = index + 1;
            let newer = self.newest.is_none_or(|(newest, _)| timestamp.wrapping_sub(newest) as i32 > 0);
            if newer {
                self.newest = Some((timestamp, now));
            }
            let (picture, base_layer) = numbers.read(payload);
            if let Some(picture) = picture {
                self.numbers.0 = picture.wrapping_add(segment.shift.picture);
            }
            if let Some(base_layer) = base_layer {
                self.numbers.1 = base_layer.wrapping_add(segment.shift.base_layer);
            }
        }
        Some(Place { index, timestamp, shift: segment.shift })
    }

    /// Which packet of which stream left with this number, and how its fields are to be moved to be sent again.
    pub fn origin(&self, sequence: u16) -> Option<(Stream, u64, u32, Shift)> {
        let last = self.next.checked_sub(1)?;
        let index =
            last.checked_add_signed(i64::from(sequence.wrapping_sub(last as u16) as i16)).filter(|index| *index < self.next)?;
        let segment = self.segments.iter().rev().find(|segment| (segment.first_out..segment.end_out).contains(&index))?;
        Some((segment.stream, segment.first_in + (index - segment.first_out), segment.timestamp, segment.shift))
    }

    /// The time stamp that a packet of this moment would have.
    pub fn timestamp_at(&self, now: Instant, rate: u32) -> Option<u32> {
        let (timestamp, at) = self.newest?;
        let passed = now.saturating_duration_since(at).as_micros() as u64;
        Some(timestamp.wrapping_add((passed * u64::from(rate) / 1_000_000) as u32))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Key;
    use super::super::offer::Codec;
    use super::super::rtp::Notes;
    use super::*;

    fn stream(layer: u8) -> Stream {
        Stream { leg: Key { index: 0, serial: 0 }, upstream: 1, layer, epoch: 0 }
    }

    fn packet(index: u64, timestamp: u32) -> Packet {
        Packet { index, timestamp, marker: false, codec: Codec::Vp8, notes: Notes::default() }
    }

    fn place(rewrite: &mut Rewrite, now: Instant, layer: u8, packet: Packet) -> Option<(u64, u32)> {
        let place = rewrite.place(now, stream(layer), &packet, Numbers::default(), &[])?;
        Some((place.index, place.timestamp))
    }

    #[test]
    fn a_change_of_layer_leaves_no_gap_and_time_goes_on() {
        let start = Instant::now();
        let mut rewrite = Rewrite::new(100);
        rewrite.begin(start, stream(0), &packet(5000, 90_000), Numbers::default(), &[]);
        assert_eq!(place(&mut rewrite, start, 0, packet(5000, 90_000)), Some((100, 90_000)));
        assert_eq!(place(&mut rewrite, start, 0, packet(5003, 93_000)), Some((103, 93_000)));
        assert_eq!(place(&mut rewrite, start, 0, packet(5002, 93_000)), Some((102, 93_000)), "a late one fills its gap");
        let later = start + Duration::from_millis(100);
        rewrite.begin(later, stream(2), &packet(70, 7), Numbers::default(), &[]);
        assert_eq!(place(&mut rewrite, later, 2, packet(70, 7)), Some((104, 102_000)));
        assert_eq!(place(&mut rewrite, later, 0, packet(5001, 90_000)), Some((101, 90_000)), "late, of the layer before");
        assert_eq!(place(&mut rewrite, later, 0, packet(5004, 96_000)), None, "its number belongs to the new layer");
        assert_eq!(place(&mut rewrite, later, 2, packet(69, 1)), None, "before the key frame");
        assert_eq!(rewrite.origin(103).map(|(stream, index, ..)| (stream.layer, index)), Some((0, 5003)));
        assert_eq!(rewrite.origin(104).map(|(stream, index, ..)| (stream.layer, index)), Some((2, 70)));
        assert_eq!(rewrite.origin(105), None);
    }

    #[test]
    fn picture_numbers_go_on() {
        let start = Instant::now();
        let mut rewrite = Rewrite::new(0);
        let payload = |high: u8, low: u8| [0x90, 0x80, 0x80 | high, low, 0];
        let mut sent = Vec::new();
        for (layer, index, high, low) in [(0, 1, 0x10, 1), (0, 2, 0x10, 2), (1, 1, 0x55, 9), (1, 2, 0x55, 10)] {
            let bytes = payload(high, low);
            let numbers = super::super::picture::numbers(Codec::Vp8, &bytes);
            if rewrite.current() != Some(stream(layer)) {
                rewrite.begin(start, stream(layer), &packet(index, 0), numbers, &bytes);
            }
            let place = rewrite.place(start, stream(layer), &packet(index, 0), numbers, &bytes).expect("a place");
            let mut bytes = bytes;
            numbers.write(&mut bytes, place.shift);
            sent.push(numbers.read(&bytes).0.expect("a number"));
        }
        assert_eq!(sent, [1, 2, 3, 4]);
    }
}
