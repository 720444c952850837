//! How often one source may make the server speak to a sender who has proved nothing.
//!
//! A token bucket per slot of a fixed table. Sources share slots by a hash with a secret key, so the table never grows and
//! nobody can choose whom to share with. Time comes in as an argument.

use crate::source::Source;
use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

/// How many slots: 4096 of 12 to 24 bytes each.
const SLOTS: usize = 4096;

/// Buckets of tokens, one for each source or, rarely, for a few that share a slot.
pub struct Rate {
    slots: Box<[Slot]>,
    key: RandomState,
    burst: u32,
    /// The time in which one token grows back.
    interval: Duration,
}

#[derive(Clone, Copy)]
struct Slot {
    /// The moment at which the bucket is full again; in the past means full.
    full_at: Instant,
}

impl Rate {
    /// Allows `burst` at once and `per_second` for ever after, starting with every bucket full.
    pub fn new(burst: u32, per_second: u32, now: Instant) -> Self {
        let slots = vec![Slot { full_at: now }; SLOTS].into_boxed_slice();
        let interval = Duration::from_secs(1) / per_second.max(1);
        Self { slots, key: RandomState::new(), burst, interval }
    }

    /// Takes a token of this source; false where there is none.
    pub fn allow(&mut self, source: Source, now: Instant) -> bool {
        let slot = self.key.hash_one(source) as usize % self.slots.len();
        let slot = &mut self.slots[slot];
        let full_at = slot.full_at.max(now) + self.interval;
        if full_at.duration_since(now) > self.interval * self.burst {
            return false;
        }
        slot.full_at = full_at;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_gets_its_burst_and_then_its_rate() {
        let start = Instant::now();
        let mut rate = Rate::new(5, 10, start);
        assert_eq!((0..20).filter(|_| rate.allow(Source::V4(1), start)).count(), 5);
        let later = start + Duration::from_millis(200);
        assert_eq!((0..20).filter(|_| rate.allow(Source::V4(1), later)).count(), 2);
        let much_later = start + Duration::from_secs(3600);
        assert_eq!((0..20).filter(|_| rate.allow(Source::V4(1), much_later)).count(), 5);
    }

    #[test]
    fn a_million_sources_do_not_make_the_table_grow() {
        let start = Instant::now();
        let mut rate = Rate::new(1, 1, start);
        let allowed = (0..1_000_000).filter(|n| rate.allow(Source::V4(*n), start)).count();
        assert!(allowed <= SLOTS);
        assert_eq!(rate.slots.len(), SLOTS);
    }
}
