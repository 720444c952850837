//! What has come of one upstream stream: which packets, which are missing, and how it reports (RFC 3550 section 6.4, 4585).
//!
//! **Each index is let through once.** A packet may come twice, as itself and as its repetition; forwarding both would seal one
//! SRTP index twice. Missing packets are asked for again after a short wait for reordering, then once a round trip, a bounded
//! number of times; a gap too wide to mend asks for a key frame instead.

use std::time::{Duration, Instant};

use super::rtcp::Block;

/// Packets that are remembered as seen, behind the newest.
const WINDOW: u64 = 1024;
/// A gap wider than this is not mended, and no more is missing at once.
const MOST_MISSING: usize = 200;
/// How often one packet is asked for.
const MOST_REQUESTS: u8 = 7;
/// Reordering is given this long before a gap counts as loss.
const PATIENCE: Duration = Duration::from_millis(12);
/// A repetition may itself be lost: it is asked for again after a round trip, but not sooner or later than this.
const SHORTEST: Duration = Duration::from_millis(20);
const LONGEST: Duration = Duration::from_millis(300);
/// After this long a packet is of no use.
const LATEST: Duration = Duration::from_millis(900);

struct Missing {
    index: u64,
    since: Instant,
    asked: u8,
    ask_at: Instant,
}

/// How a packet stands to those before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arrival {
    pub index: u64,
    /// The gap before it is too wide to mend.
    pub torn: bool,
}

#[derive(Default)]
pub struct Reception {
    started: bool,
    first: u64,
    newest: u64,
    seen: [u64; (WINDOW / 64) as usize],
    missing: Vec<Missing>,
    received: u64,
    reported: (u64, u64),
    /// Interarrival jitter in 1/16 of a clock tick, and the last transit.
    jitter: u32,
    transit: Option<(Instant, u32)>,
}

impl Reception {
    /// Takes a packet as received; nothing for a copy or one that is too old.
    pub fn arrive(&mut self, now: Instant, sequence: u16) -> Option<Arrival> {
        if !self.started {
            self.started = true;
            self.newest = 0x1_0000 | u64::from(sequence);
            self.first = self.newest;
            self.received = 1;
            self.mark(self.newest);
            return Some(Arrival { index: self.newest, torn: false });
        }
        let ahead = i64::from(sequence.wrapping_sub(self.newest as u16) as i16);
        let index = self.newest.checked_add_signed(ahead)?;
        let mut torn = false;
        if ahead > 0 {
            torn = self.advance(now, index);
        } else {
            if self.newest - index >= WINDOW || index < self.first.saturating_sub(WINDOW) || self.is_marked(index) {
                return None;
            }
            self.missing.retain(|missing| missing.index != index);
        }
        self.mark(index);
        self.received += 1;
        Some(Arrival { index, torn })
    }

    /// Whether this number is missing and worth having: what a repetition must be.
    pub fn wants(&self, sequence: u16) -> bool {
        let index = self.newest.checked_add_signed(i64::from(sequence.wrapping_sub(self.newest as u16) as i16));
        self.started
            && index.is_some_and(|index| self.newest.checked_sub(index).is_some_and(|b| b < WINDOW) && !self.is_marked(index))
    }

    /// Interarrival jitter (RFC 3550 appendix A.8).
    pub fn clock(&mut self, now: Instant, timestamp: u32, rate: u32) {
        if let Some((then, before)) = self.transit {
            let passed = now.saturating_duration_since(then).as_micros() as i64 * i64::from(rate) / 1_000_000;
            let difference = (passed - i64::from(timestamp.wrapping_sub(before) as i32)).unsigned_abs().min(1 << 24) as u32;
            self.jitter = (self.jitter + difference).saturating_sub((self.jitter + 8) >> 4);
        }
        self.transit = Some((now, timestamp));
    }

    /// Numbers to ask for again at this moment, into `sequences`; whether something was given up.
    pub fn requests(&mut self, now: Instant, round_trip: Duration, sequences: &mut Vec<u16>) -> bool {
        let before = self.missing.len();
        self.missing.retain(|missing| missing.asked < MOST_REQUESTS && now.saturating_duration_since(missing.since) < LATEST);
        let given_up = self.missing.len() < before;
        let pause = round_trip.mul_f32(1.2).clamp(SHORTEST, LONGEST);
        for missing in self.missing.iter_mut().filter(|missing| missing.ask_at <= now) {
            missing.asked += 1;
            missing.ask_at = now + pause;
            sequences.push(missing.index as u16);
        }
        given_up
    }

    /// What is missing is of no use to anybody.
    pub fn forget(&mut self) {
        self.missing.clear();
    }

    /// When [`Self::requests`] next has something to say.
    pub fn deadline(&self) -> Option<Instant> {
        self.missing.iter().map(|missing| missing.ask_at).min()
    }

    /// Whether anything has come since the last block, and the block.
    pub fn block(&mut self, ssrc: u32) -> Option<Block> {
        let expected = self.newest - self.first + 1;
        let (expected_before, received_before) = self.reported;
        if !self.started || expected == expected_before {
            return None;
        }
        let due = expected - expected_before;
        let lost = due.saturating_sub(self.received - received_before);
        self.reported = (expected, self.received);
        Some(Block {
            ssrc,
            fraction: (lost * 256 / due).min(255) as u8,
            lost: expected.saturating_sub(self.received).min(0x7f_ffff) as u32,
            highest: self.newest as u32,
            jitter: self.jitter >> 4,
            last_report: 0,
            delay: 0,
        })
    }

    /// Moves the window on; whether the gap is too wide to mend.
    fn advance(&mut self, now: Instant, index: u64) -> bool {
        let gap = index - self.newest - 1;
        for between in (self.newest + 1..=index).rev().take(WINDOW as usize) {
            self.seen[(between / 64 % (WINDOW / 64)) as usize] &= !(1 << (between % 64));
        }
        let torn = gap as usize + self.missing.len() > MOST_MISSING;
        if torn {
            self.missing.clear();
        } else {
            let ask_at = now + PATIENCE;
            let missing = |index| Missing { index, since: now, asked: 0, ask_at };
            self.missing.extend((self.newest + 1..index).map(missing));
        }
        self.newest = index;
        torn
    }

    fn mark(&mut self, index: u64) {
        self.seen[(index / 64 % (WINDOW / 64)) as usize] |= 1 << (index % 64);
    }

    fn is_marked(&self, index: u64) -> bool {
        self.seen[(index / 64 % (WINDOW / 64)) as usize] & 1 << (index % 64) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn asked(reception: &mut Reception, now: Instant) -> Vec<u16> {
        let mut sequences = Vec::new();
        reception.requests(now, Duration::from_millis(30), &mut sequences);
        sequences
    }

    #[test]
    fn a_gap_is_asked_for_after_a_short_wait_and_not_once_it_is_filled() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut reception = Reception::default();
        for sequence in [65_533, 65_534, 1, 0] {
            assert!(reception.arrive(at(0), sequence).is_some());
        }
        assert!(asked(&mut reception, at(5)).is_empty());
        assert!(reception.wants(65_535) && !reception.wants(65_534) && !reception.wants(2));
        assert_eq!(asked(&mut reception, at(20)), [65_535]);
        assert!(asked(&mut reception, at(40)).is_empty());
        assert_eq!(asked(&mut reception, at(70)), [65_535]);
        assert_eq!(reception.arrive(at(80), 65_535), Some(Arrival { index: 0x1_ffff, torn: false }));
        assert_eq!(reception.arrive(at(81), 65_535), None, "a copy");
        assert!(asked(&mut reception, at(300)).is_empty());
        assert_eq!(reception.deadline(), None);
    }

    #[test]
    fn asking_ends() {
        let start = Instant::now();
        let mut reception = Reception::default();
        reception.arrive(start, 10);
        reception.arrive(start, 12);
        let total: usize = (0..200).map(|n| asked(&mut reception, start + Duration::from_millis(20 * n)).len()).sum();
        assert!((1..=usize::from(MOST_REQUESTS)).contains(&total), "{total}");
        assert!(reception.arrive(start, 2000).expect("an arrival").torn);
    }

    #[test]
    fn loss_is_reported_by_what_came_since_the_last_report() {
        let start = Instant::now();
        let mut reception = Reception::default();
        for sequence in (0..100).filter(|n| n % 4 != 1) {
            reception.arrive(start, sequence);
        }
        let block = reception.block(9).expect("a block");
        assert_eq!((block.fraction, block.lost, block.highest & 0xffff), (64, 25, 99));
        assert_eq!(reception.block(9), None);
    }

    proptest! {
        #[test]
        fn no_number_comes_twice(sequences in proptest::collection::vec(any::<u16>(), 0..300), step in 1u16..60) {
            let start = Instant::now();
            let mut reception = Reception::default();
            let mut seen = std::collections::HashSet::new();
            for (n, sequence) in sequences.iter().enumerate() {
                let sequence = if n % 3 == 0 { *sequence } else { (n as u16).wrapping_mul(step) };
                if let Some(arrival) = reception.arrive(start, sequence) {
                    prop_assert!(seen.insert(arrival.index));
                    prop_assert_eq!(arrival.index as u16, sequence);
                }
                prop_assert!(reception.missing.len() <= MOST_MISSING);
            }
        }
    }
}
