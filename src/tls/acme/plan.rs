//! When to renew and when to try again. Told the time and given the dice; asks nobody.

const MINUTE_S: i64 = 60;
const HOUR_S: i64 = 3600;
const DAY_S: i64 = 24 * HOUR_S;

/// How often it is looked whether something is due, at least and at most, in seconds.
pub const SHORTEST_LOOK_S: i64 = MINUTE_S;
pub const LONGEST_LOOK_S: i64 = HOUR_S;

/// A certificate that lives no longer is renewed at half its life: the short-lived ones leave few days for trouble.
const SHORT_LIFE_S: i64 = 10 * DAY_S;

/// After how long an order is tried again: public authorities allow few failures an hour and few orders a week.
const PAUSES_S: [i64; 6] = [10 * MINUTE_S, 30 * MINUTE_S, 2 * HOUR_S, 6 * HOUR_S, 12 * HOUR_S, DAY_S];

/// After a refusal nobody has it asked again before so long: public authorities allow five in an hour.
pub const SOONEST_AGAIN_S: i64 = 15 * MINUTE_S;

/// How often an authority is asked when to renew, whatever it says; and where it says nothing.
const ADVICE_S: (i64, i64) = (HOUR_S, DAY_S);
const NO_ADVICE_S: i64 = 6 * HOUR_S;

/// From when to when a certificate holds, in Unix seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    pub not_before: i64,
    pub not_after: i64,
}

/// When the authority wants it renewed (RFC 9773 section 4.2), and in how many seconds it wants to be asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub start: i64,
    pub end: i64,
    pub look_again_s: i64,
}

/// What became of the last question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advice {
    window: Option<(i64, i64)>,
    /// The moment in the window that the dice gave; it stays while the window does.
    moment: Option<i64>,
    pub again_at: i64,
}

impl Advice {
    /// After an answer, or none. An advice that was had before stays when a question goes unanswered.
    pub fn of(window: Option<Window>, before: Option<&Self>, now: i64, dice: u32) -> Self {
        let Some(window) = window.filter(|window| window.start <= window.end) else {
            let kept = before.copied().unwrap_or(Self { window: None, moment: None, again_at: 0 });
            return Self { again_at: now + NO_ADVICE_S, ..kept };
        };
        let same = before.filter(|before| before.window == Some((window.start, window.end))).and_then(|before| before.moment);
        let span = i128::from(window.end - window.start) * i128::from(dice) / i128::from(u32::MAX);
        Self {
            window: Some((window.start, window.end)),
            moment: Some(same.unwrap_or(window.start + span as i64)),
            again_at: now + window.look_again_s.clamp(ADVICE_S.0, ADVICE_S.1),
        }
    }
}

/// When this certificate is to be renewed: when its authority says so, but never in its last tenth; else at two thirds of its life, a
/// short one at half.
pub fn due(life: Life, advice: Option<&Advice>) -> i64 {
    let length = (life.not_after - life.not_before).max(0);
    let latest = life.not_after - length / 10;
    let usual = life.not_before + if length <= SHORT_LIFE_S { length / 2 } else { length / 3 * 2 };
    advice.and_then(|advice| advice.moment).unwrap_or(usual).min(latest)
}

/// How long to wait after so many failures in a row, up to a fifth longer by the dice, so that houses don't come in step.
pub fn pause_s(failures: u32, dice: u32) -> i64 {
    let pause = PAUSES_S[(failures.max(1) as usize - 1).min(PAUSES_S.len() - 1)];
    pause + pause / 5 * i64::from(dice >> 16) / i64::from(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIFE: Life = Life { not_before: 0, not_after: 90 * DAY_S };

    #[test]
    fn a_long_life_is_renewed_at_two_thirds_and_a_short_one_at_half() {
        assert_eq!(due(LIFE, None), 60 * DAY_S);
        assert_eq!(due(Life { not_before: 0, not_after: 160 * HOUR_S }, None), 80 * HOUR_S);
    }

    #[test]
    fn the_authoritys_advice_goes_before_and_never_into_the_last_tenth() {
        let window = |start, end| Some(Window { start, end, look_again_s: 0 });
        let early = Advice::of(window(-5, -1), None, 0, 7);
        assert!(due(LIFE, Some(&early)) < 0, "a window that is past means at once");
        let within = Advice::of(window(70 * DAY_S, 72 * DAY_S), None, 0, u32::MAX / 2);
        let moment = due(LIFE, Some(&within));
        assert!((moment - 71 * DAY_S).abs() < 60, "{moment}");
        let late = Advice::of(window(89 * DAY_S, 90 * DAY_S), None, 0, 0);
        assert_eq!(due(LIFE, Some(&late)), 81 * DAY_S);
        let nonsense = Advice::of(window(5, 1), None, 0, 0);
        assert_eq!(due(LIFE, Some(&nonsense)), 60 * DAY_S);
    }

    #[test]
    fn the_moment_stays_while_the_window_does_and_survives_silence() {
        let window = Some(Window { start: 0, end: 1000, look_again_s: 5 });
        let first = Advice::of(window, None, 0, 1 << 31);
        let again = Advice::of(window, Some(&first), 10, 0);
        assert_eq!(first.moment, again.moment);
        assert_eq!(again.again_at, 10 + HOUR_S, "no authority is asked more often than hourly");
        let silent = Advice::of(None, Some(&again), 20, 0);
        assert_eq!((silent.moment, silent.again_at), (first.moment, 20 + NO_ADVICE_S));
        let moved = Advice::of(Some(Window { start: 1, end: 1, look_again_s: 5 }), Some(&silent), 30, 9);
        assert_eq!(moved.moment, Some(1));
    }

    #[test]
    fn after_each_failure_the_pause_is_longer_and_never_more_than_a_day_and_a_fifth() {
        let pauses: Vec<i64> = (1..10).map(|failures| pause_s(failures, 0)).collect();
        assert!(pauses.is_sorted() && pauses[0] == 10 * MINUTE_S && pauses[8] == DAY_S);
        assert!((0..10).all(|failures| pause_s(failures, u32::MAX) <= DAY_S / 5 * 6));
    }
}
