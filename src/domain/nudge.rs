//! When somebody who agreed to nudges may be nudged: at fixed marks before a start, one a day, three a week, none at night, none
//! when they said "not this week".

use super::time::{DAY, HOUR, MINUTE, Timestamp, Zone};

/// Nudges are counted over this long.
pub const WEEK_S: i64 = 7 * DAY;
const A_DAY: usize = 1;
const A_WEEK: usize = 3;
/// How long before the start of a booking that is alone its member may hear of somebody else nearby.
pub const MARKS_S: [i64; 4] = [DAY, 3 * HOUR, HOUR, 30 * MINUTE];
/// Nobody is nudged from this hour of the evening until that of the morning, on their own clock.
const NIGHT: (i8, i8) = (21, 8);
/// Nobody is nudged about a time that is night for them.
const WORK: (i8, i8) = (6, 23);

/// What is known about somebody who agreed to nudges.
#[derive(Clone, Debug)]
pub struct Nudged {
    pub zone: Zone,
    /// Until when none are wanted.
    pub none_until: Timestamp,
    /// When they were nudged, of the last week at least.
    pub at: Vec<Timestamp>,
}

impl Nudged {
    /// Whether a mark before `start` lies in (`since`, `now`]. One that falls into the night waits for the morning.
    pub fn is_marked(&self, start: Timestamp, since: Timestamp, now: Timestamp) -> bool {
        if !may_be_marked(start, since, now) {
            return false;
        }
        let marks = MARKS_S.iter().map(|ahead| self.by_day(start.plus(-ahead)));
        marks.into_iter().any(|mark| since < mark && mark <= now && mark < start)
    }

    /// The same instant, or the morning after it.
    fn by_day(&self, at: Timestamp) -> Timestamp {
        let wall = self.zone.wall(at);
        let morning = |days: i64| self.zone.at(wall.date().saturating_add(jiff::Span::new().days(days)).at(NIGHT.1, 0, 0, 0));
        match wall.hour() {
            hour if hour < NIGHT.1 => morning(0),
            hour if hour >= NIGHT.0 => morning(1),
            _ => at,
        }
    }

    /// Whether one more may be sent at this moment, about company at `start`.
    pub fn may_be(&self, start: Timestamp, now: Timestamp) -> bool {
        let within = |span: i64| self.at.iter().filter(|at| now.since(**at) < span).count();
        let hour = self.zone.wall(now).hour();
        let then = self.zone.wall(start).hour();
        now >= self.none_until
            && (NIGHT.1..NIGHT.0).contains(&hour)
            && (WORK.0..WORK.1).contains(&then)
            && within(DAY) < A_DAY
            && within(WEEK_S) < A_WEEK
    }
}

/// Whether a mark before `start` may lie in (`since`, `now`] on anybody's clock: a night moves it by half a day at the most.
pub fn may_be_marked(start: Timestamp, since: Timestamp, now: Timestamp) -> bool {
    MARKS_S.iter().map(|ahead| start.plus(-ahead)).any(|mark| mark <= now && since < mark.plus(DAY / 2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn noon() -> Timestamp {
        Zone::utc().at(date(2026, 11, 18).at(12, 0, 0, 0))
    }

    fn nudged(zone: &str, hours_ago: &[i64]) -> Nudged {
        let at = hours_ago.iter().map(|h| noon().plus(-h * HOUR)).collect();
        Nudged { zone: Zone::or_utc(zone), none_until: Timestamp(0), at }
    }

    #[test]
    fn one_a_day_and_three_a_week() {
        let may = |ago: &[i64]| nudged("UTC", ago).may_be(noon().plus(HOUR), noon());
        assert!(may(&[]) && may(&[24]) && may(&[30, 60]));
        assert!(!may(&[23]) && !may(&[30, 60, 90]) && may(&[30, 60, 168]));
    }

    #[test]
    fn none_at_night_and_none_about_the_night() {
        let may = |zone: &str, ahead: i64| nudged(zone, &[]).may_be(noon().plus(ahead * HOUR), noon());
        assert!(may("UTC", 1) && !may("UTC", 12));
        assert!(!may("Asia/Tokyo", 1), "it is nine in the evening there");
        assert!(!may("America/Los_Angeles", 6), "it is four in the morning there");
    }

    #[test]
    fn each_mark_comes_once_and_one_in_the_night_waits_for_the_morning() {
        let ana = nudged("UTC", &[]);
        let marks = |start: Timestamp, from: Timestamp, hours: i64| -> Vec<i64> {
            let ticks = (0..hours * 12).map(|n| from.plus(n * 5 * MINUTE));
            ticks
                .filter(|tick| ana.is_marked(start, tick.plus(-5 * MINUTE), *tick))
                .map(|tick| start.since(tick) / MINUTE)
                .collect()
        };
        let day_before = noon().plus(-30 * HOUR);
        assert_eq!(marks(noon(), day_before, 30), [24 * 60, 180, 60, 30]);
        // At seven in the morning: a day before it is night, and so are the other three; nobody is woken for the same day.
        let seven = noon().plus(-5 * HOUR);
        assert_eq!(marks(seven, seven.plus(-30 * HOUR), 30), [23 * 60]);
        // Half past eight: three hours and one hour before fall together at eight, beside the half hour.
        let early = noon().plus(-3 * HOUR - 30 * MINUTE);
        assert_eq!(marks(early, early.plus(-30 * HOUR), 30), [24 * 60, 30]);
        assert!(ana.is_marked(noon(), day_before, noon().plus(-MINUTE)), "what a sleeping server missed is made up for");
    }

    #[test]
    fn not_this_week_is_kept() {
        let mut ana = nudged("UTC", &[]);
        ana.none_until = noon().plus(1);
        assert!(!ana.may_be(noon().plus(HOUR), noon()));
        assert!(ana.may_be(noon().plus(HOUR), noon().plus(1)));
    }
}
