//! The only doors to real time and real randomness.
//!
//! Everything else is told the time and given the dice. A test clock is the real one plus an offset that a file holds
//! (only with the hidden flag `--test-clock`), or a fixed one that is moved by hand.

use crate::domain::time::Timestamp;
use ring::rand::{SecureRandom, SystemRandom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::watch;

/// A handle on the time; cheap to clone.
#[derive(Clone, Debug)]
pub struct Clock {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// `None`: the system's clock is the base.
    fixed: Option<AtomicI64>,
    offset_ms: AtomicI64,
    began: Instant,
    jumps: watch::Sender<u64>,
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self::over(None)
    }

    /// A clock that stands still at that instant until it is moved.
    pub fn fixed(at: Timestamp) -> Self {
        Self::over(Some(at.0 * 1000))
    }

    fn over(fixed: Option<i64>) -> Self {
        let (fixed, offset_ms) = (fixed.map(AtomicI64::new), AtomicI64::new(0));
        Self { inner: Arc::new(Inner { fixed, offset_ms, began: Instant::now(), jumps: watch::Sender::new(0) }) }
    }

    /// Milliseconds since 1970 UTC.
    pub fn now_ms(&self) -> i64 {
        let base = match &self.inner.fixed {
            Some(fixed) => fixed.load(Ordering::Relaxed),
            None => SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as i64),
        };
        base + self.inner.offset_ms.load(Ordering::Relaxed)
    }

    /// Whether a test has shifted it.
    pub fn is_shifted(&self) -> bool {
        self.inner.offset_ms.load(Ordering::Relaxed) != 0
    }

    /// The machine's own clock without a test's offset, beside one that only runs forward; both in milliseconds.
    pub fn machine_ms(&self) -> (i64, i64) {
        let wall = self.now_ms() - self.inner.offset_ms.load(Ordering::Relaxed);
        (self.inner.began.elapsed().as_millis() as i64, wall)
    }

    /// The instant, in whole seconds.
    pub fn now(&self) -> Timestamp {
        Timestamp(self.now_ms().div_euclid(1000))
    }

    /// Moves a fixed or shifted clock forward and wakes every sleeper.
    pub fn advance(&self, by: Duration) {
        self.shift_to(self.inner.offset_ms.load(Ordering::Relaxed) + by.as_millis() as i64);
    }

    fn shift_to(&self, offset_ms: i64) {
        if self.inner.offset_ms.swap(offset_ms, Ordering::Relaxed) != offset_ms {
            self.inner.jumps.send_modify(|n| *n += 1);
        }
    }

    /// Sleeps until that instant by this clock; a jump of the clock is noticed at once.
    pub async fn sleep_until_ms(&self, at_ms: i64) {
        let mut jumps = self.inner.jumps.subscribe();
        loop {
            let left = at_ms - self.now_ms();
            if left <= 0 {
                return;
            }
            // A suspended machine's timers stand still: look again at least once a minute.
            let nap = Duration::from_millis(left.min(60_000) as u64);
            let real = self.inner.fixed.is_none();
            tokio::select! {
                () = tokio::time::sleep(nap), if real => {}
                _ = jumps.changed() => {}
            }
        }
    }

    /// Takes the offset, in seconds, that a file holds.
    pub fn follow_once(&self, file: &Path) {
        let offset = std::fs::read_to_string(file).ok().and_then(|text| text.trim().parse::<f64>().ok());
        if let Some(seconds) = offset {
            self.shift_to((seconds * 1000.0) as i64);
        }
    }

    /// Follows such a file, every 20 ms, until the task is dropped.
    pub async fn follow(self, file: PathBuf) {
        loop {
            self.follow_once(&file);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// A source of randomness fit for secrets.
#[derive(Clone, Copy, Debug, Default)]
pub struct Dice;

impl Dice {
    /// Random bytes. The system's source does not fail once it has been opened; if it does, nothing is safe to go on.
    pub fn bytes<const N: usize>(self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// The same, into a slice.
    pub fn fill(self, bytes: &mut [u8]) {
        if SystemRandom::new().fill(bytes).is_err() {
            tracing::error!("The system gives no random numbers; stopping, because no secret would be safe.");
            std::process::abort();
        }
    }

    /// A word of `N` random bytes in URL-safe letters.
    pub fn word<const N: usize>(self) -> String {
        data_encoding::BASE64URL_NOPAD.encode(&self.bytes::<N>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_sleeper_wakes_when_the_clock_is_moved_past_its_hour() {
        let clock = Clock::fixed(Timestamp(1_000));
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep_until_ms(1_060_000).await }
        });
        tokio::task::yield_now().await;
        clock.advance(Duration::from_secs(59));
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished());
        clock.advance(Duration::from_secs(1));
        sleeper.await.expect("it wakes");
        assert_eq!(clock.now(), Timestamp(1_060));
    }

    #[test]
    fn words_are_long_and_never_the_same() {
        let dice = Dice;
        assert_eq!(dice.word::<16>().len(), 22);
        assert_ne!(dice.word::<16>(), dice.word::<16>());
    }
}
