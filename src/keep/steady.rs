//! Whether the wall clock can be believed: it is held against a clock that only ever runs forward.
//!
//! A clock that jumps by more than a day (a dead battery, a wrong hand, a time server that lies) is not believed for a quarter of
//! an hour. Meanwhile nothing is done that cannot be undone: nobody is marked as absent, nothing is deleted. If it jumps back,
//! nothing has happened. A machine that slept looks the same, and loses a quarter of an hour by it.

/// A jump that is too large to be a correction, in milliseconds.
const JUMP_MS: i64 = 86_400_000;
/// How long a jumped clock has to stay where it is to be believed.
const HOLD_MS: i64 = 15 * 60_000;
/// A machine that was off for longer than that is asked the same question at its start.
const OFF_MS: i64 = 30 * JUMP_MS;

/// What is known of the wall clock.
#[derive(Clone, Copy, Debug)]
pub struct Steady {
    /// Wall clock minus steady clock, where it is believed.
    track: i64,
    /// Since when, by the steady clock, and how far off.
    doubt: Option<(i64, i64)>,
}

/// What a look at the clocks says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    Steady,
    /// It jumped by that many milliseconds since the last look.
    Jumped(i64),
    /// It jumped a while ago and is not believed yet.
    Doubted,
    /// It is believed again.
    Believed,
}

impl Steady {
    /// Begins at a start; `seen` is the last instant that the database knows of, in milliseconds like the others.
    pub fn begin(steady: i64, wall: i64, seen: Option<i64>) -> Self {
        let offset = wall - steady;
        let odd = seen.is_some_and(|seen| wall < seen - JUMP_MS || wall > seen + OFF_MS);
        match seen {
            Some(seen) if odd => Self { track: seen - steady, doubt: Some((steady, offset)) },
            _ => Self { track: offset, doubt: None },
        }
    }

    /// Whether it is doubted at this moment.
    pub fn is_doubted(&self) -> bool {
        self.doubt.is_some()
    }

    /// Looks at both clocks.
    pub fn look(&mut self, steady: i64, wall: i64) -> Look {
        let offset = wall - steady;
        if near(offset, self.track) {
            self.track = offset;
            return if self.doubt.take().is_some() { Look::Believed } else { Look::Steady };
        }
        match self.doubt {
            Some((since, at)) if near(at, offset) && steady - since >= HOLD_MS => {
                (self.track, self.doubt) = (offset, None);
                Look::Believed
            }
            Some((_, at)) if near(at, offset) => Look::Doubted,
            _ => {
                self.doubt = Some((steady, offset));
                Look::Jumped(offset - self.track)
            }
        }
    }
}

fn near(a: i64, b: i64) -> bool {
    a.abs_diff(b) <= JUMP_MS as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = JUMP_MS;

    #[test]
    fn a_clock_that_runs_or_is_corrected_by_hours_is_believed() {
        let mut clock = Steady::begin(0, 1_000, Some(900));
        assert_eq!(clock.look(20_000, 21_000), Look::Steady);
        assert_eq!(clock.look(40_000, 41_000 + 3 * 3_600_000), Look::Steady);
        assert!(!clock.is_doubted());
    }

    #[test]
    fn a_jump_that_is_taken_back_leaves_no_trace() {
        let mut clock = Steady::begin(0, 0, None);
        assert_eq!(clock.look(10_000, 10_000 + 400 * DAY), Look::Jumped(400 * DAY));
        assert_eq!(clock.look(30_000, 30_000 + 400 * DAY), Look::Doubted);
        assert_eq!(clock.look(50_000, 50_000), Look::Believed);
        assert_eq!(clock.look(60_000, 60_000), Look::Steady);
    }

    #[test]
    fn a_clock_that_stays_where_it_jumped_to_is_believed_after_a_quarter_of_an_hour() {
        let mut clock = Steady::begin(0, 0, None);
        clock.look(0, 2 * DAY);
        assert_eq!(clock.look(HOLD_MS - 1, 2 * DAY + HOLD_MS - 1), Look::Doubted);
        assert_eq!(clock.look(HOLD_MS, 2 * DAY + HOLD_MS), Look::Believed);
        assert_eq!(clock.look(HOLD_MS + 1, 2 * DAY + HOLD_MS + 1), Look::Steady);
    }

    #[test]
    fn a_start_with_a_clock_from_before_the_last_end_is_doubted() {
        let mut clock = Steady::begin(0, 0, Some(20_000 * DAY));
        assert!(clock.is_doubted());
        assert_eq!(clock.look(60_000, 20_000 * DAY + 60_000), Look::Believed);
        assert!(Steady::begin(0, 90 * DAY, Some(0)).is_doubted());
        assert!(!Steady::begin(0, 20 * DAY, Some(0)).is_doubted());
    }
}
