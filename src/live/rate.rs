//! How fast one connection may speak: a bucket of tokens that fills with the time it is told.

/// Messages a second, and messages at once, that one connection may send.
const PER_SECOND: i64 = 40;
const BURST: i64 = 120;

/// The allowance of one connection, counted in thousandths of a message.
#[derive(Debug)]
pub struct Bucket {
    thousandths: i64,
    at_ms: i64,
    /// Whether the dry spell was already spoken of.
    told: bool,
}

/// Whether a message may pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    Fine,
    /// Too many: the first of a dry spell, which is to be told.
    TellSlowDown,
    /// Too many, and it was told.
    Dropped,
}

impl Bucket {
    /// A full bucket.
    pub fn full(now_ms: i64) -> Self {
        Self { thousandths: BURST * 1000, at_ms: now_ms, told: false }
    }

    /// Takes one message out.
    pub fn take(&mut self, now_ms: i64) -> Pace {
        let since = now_ms.saturating_sub(self.at_ms).clamp(0, 60_000);
        self.at_ms = now_ms;
        self.thousandths = (self.thousandths + since * PER_SECOND).min(BURST * 1000);
        if self.thousandths >= 1000 {
            self.thousandths -= 1000;
            self.told = false;
            return Pace::Fine;
        }
        if std::mem::replace(&mut self.told, true) { Pace::Dropped } else { Pace::TellSlowDown }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_a_flood_is_told_once_and_quiet_heals_it() {
        let mut bucket = Bucket::full(0);
        let paces: Vec<Pace> = (0..BURST + 3).map(|_| bucket.take(0)).collect();
        assert_eq!(paces.iter().filter(|p| **p == Pace::Fine).count() as i64, BURST);
        assert_eq!(paces[BURST as usize..], [Pace::TellSlowDown, Pace::Dropped, Pace::Dropped]);
        assert_eq!(bucket.take(1_000), Pace::Fine);
    }

    #[test]
    fn a_clock_that_goes_back_gives_nothing_away_and_breaks_nothing() {
        let mut bucket = Bucket::full(1_000_000);
        for _ in 0..BURST {
            bucket.take(1_000_000);
        }
        assert_eq!(bucket.take(0), Pace::TellSlowDown);
        assert_eq!(bucket.take(i64::MIN), Pace::Dropped);
        assert_eq!(bucket.take(i64::MAX), Pace::Fine);
    }
}
