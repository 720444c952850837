//! Rate limits that count failures, not successes: a whole class behind one address gets in, a guesser does not.
//!
//! A bucket per key leaks with time; the table is bounded, and the fullest news replaces the stalest key.

use super::time::Timestamp;
use std::collections::HashMap;
use std::hash::Hash;

/// How many failures are forgiven and how fast they are forgotten.
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    /// Failures in a row before the door closes.
    pub burst: u32,
    /// Seconds until one failure is forgotten.
    pub forget_s: i64,
}

/// Failures by key.
#[derive(Debug)]
pub struct Failures<K> {
    allowance: Allowance,
    most_keys: usize,
    counts: HashMap<K, (u32, Timestamp)>,
}

impl<K: Eq + Hash + Clone> Failures<K> {
    /// A table of at most `most_keys` keys.
    pub fn new(allowance: Allowance, most_keys: usize) -> Self {
        Self { allowance, most_keys, counts: HashMap::new() }
    }

    /// Seconds to wait before the next try; 0 when the door is open.
    pub fn wait_s(&self, key: &K, now: Timestamp) -> i64 {
        let (count, at) = self.level(key, now);
        if count < self.allowance.burst { 0 } else { (self.allowance.forget_s - now.since(at)).max(1) }
    }

    /// Counts one failure.
    pub fn failed(&mut self, key: K, now: Timestamp) {
        let (count, at) = self.level(&key, now);
        let at = if count == 0 { now } else { at };
        if self.counts.len() >= self.most_keys && !self.counts.contains_key(&key) {
            self.make_room(now);
        }
        self.counts.insert(key, (count.saturating_add(1).min(self.allowance.burst + 1), at));
    }

    /// Forgets a key after a success.
    pub fn succeeded(&mut self, key: &K) {
        self.counts.remove(key);
    }

    /// The failures still counted, and since when the oldest of them is being forgotten.
    fn level(&self, key: &K, now: Timestamp) -> (u32, Timestamp) {
        let Some((count, at)) = self.counts.get(key) else { return (0, now) };
        let forgotten = (now.since(*at).max(0) / self.allowance.forget_s).min(i64::from(u32::MAX)) as u32;
        (count.saturating_sub(forgotten), at.plus(i64::from(forgotten) * self.allowance.forget_s))
    }

    fn make_room(&mut self, now: Timestamp) {
        let stale: Vec<K> = self.counts.keys().filter(|k| self.level(k, now).0 == 0).cloned().collect();
        for key in stale {
            self.counts.remove(&key);
        }
        if self.counts.len() >= self.most_keys {
            let oldest = self.counts.iter().min_by_key(|(_, (count, at))| (*count, *at)).map(|(k, _)| k.clone());
            if let Some(oldest) = oldest {
                self.counts.remove(&oldest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALLOWANCE: Allowance = Allowance { burst: 5, forget_s: 60 };

    #[test]
    fn two_hundred_pupils_who_know_their_passwords_are_never_slowed_down() {
        let mut failures = Failures::new(ALLOWANCE, 100);
        for pupil in 0..200 {
            assert_eq!(failures.wait_s(&"school", Timestamp(pupil)), 0);
            failures.succeeded(&"nobody");
        }
    }

    #[test]
    fn a_guesser_waits_and_is_let_in_again_later() {
        let mut failures = Failures::new(ALLOWANCE, 100);
        for _ in 0..5 {
            failures.failed("guesser", Timestamp(0));
        }
        assert_eq!(failures.wait_s(&"guesser", Timestamp(10)), 50);
        assert_eq!(failures.wait_s(&"guesser", Timestamp(61)), 0);
        assert_eq!(failures.wait_s(&"other", Timestamp(10)), 0);
    }

    #[test]
    fn the_table_never_grows_past_its_bound() {
        let mut failures = Failures::new(ALLOWANCE, 50);
        for key in 0..10_000 {
            failures.failed(key, Timestamp(0));
        }
        assert!(failures.counts.len() <= 50);
    }
}
