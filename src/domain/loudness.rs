//! How much the log says: as much as usual, or more for an hour. Nobody has to remember to end it.

use super::time::{HOUR, Timestamp};

/// What was asked of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loudness {
    more_until: Option<Timestamp>,
}

impl Loudness {
    /// More, from now on for an hour; asked again, the hour begins anew.
    pub fn more(now: Timestamp) -> Self {
        Self { more_until: Some(now.plus(HOUR)) }
    }

    /// As much as usual.
    pub fn usual() -> Self {
        Self::default()
    }

    /// Until when it says more, if it does at that moment. A clock that was set back makes it no longer than an hour.
    pub fn until(self, now: Timestamp) -> Option<Timestamp> {
        self.more_until.filter(|until| (1..=HOUR).contains(&until.since(now)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_an_hour_the_log_says_as_much_as_usual_by_itself() {
        let now = Timestamp(1_000_000);
        let asked = Loudness::more(now);
        assert_eq!(asked.until(now), Some(now.plus(HOUR)));
        assert_eq!(asked.until(now.plus(HOUR - 1)), Some(now.plus(HOUR)));
        assert_eq!([asked.until(now.plus(HOUR)), asked.until(now.plus(-1))], [None, None]);
        assert_eq!(Loudness::usual().until(now), None);
        assert_eq!(Loudness::more(now.plus(600)).until(now.plus(HOUR)), Some(now.plus(HOUR + 600)));
    }
}
