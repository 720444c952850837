//! What a member plans by the week: half-days in which times are to be found, appointments of every week, holidays.
//!
//! All of it lies on the member's own wall clock, so that nine o'clock stays nine o'clock when the clocks are changed.

use super::booking::Length;
use super::grid;
use super::refusal::Refusal;
use super::time::{DAY, HOUR, MINUTE, Timestamp, Zone};
use super::week::Week;
use jiff::ToSpan;
use jiff::civil::{Date, Time};

/// Sessions that one order may ask for in a week.
pub const TIMES_MOST: i64 = 5;
/// Orders, and appointments, that a member may have.
pub const PLANS_MOST: usize = 12;
/// Appointments are booked this far ahead.
pub const AHEAD_S: i64 = 28 * DAY;
/// The week after this one is opened for an order of every week so long before it begins.
pub const OPENS_S: i64 = 3 * DAY;
/// Times are found on this grid, or a coarser one if the house has that.
const STEP_LEAST: i64 = 15;
/// Holidays may be this long, in days.
const HOLIDAY_MOST: i32 = 366;

/// A part of a day: what the research calls a half-day, and the evening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Morning,
    Afternoon,
    Evening,
}

impl Part {
    pub const ALL: [Self; 3] = [Self::Morning, Self::Afternoon, Self::Evening];

    /// From which hour to which.
    pub fn hours(self) -> (i8, i8) {
        match self {
            Self::Morning => (7, 12),
            Self::Afternoon => (12, 18),
            Self::Evening => (18, 22),
        }
    }
}

/// Parts of the days of a week that somebody has ticked, a bit each: day times three plus part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parts(pub u32);

impl Parts {
    /// The number of a part: Monday morning is 0, Sunday evening 20.
    pub fn number(day: usize, part: Part) -> u32 {
        (day * Part::ALL.len()) as u32 + part as u32
    }

    /// Those of these numbers that exist.
    pub fn of(numbers: impl Iterator<Item = u32>) -> Self {
        Self(numbers.filter(|n| *n < 21).fold(0, |bits, n| bits | 1 << n))
    }

    pub fn has(self, day: usize, part: Part) -> bool {
        self.0 & (1 << Self::number(day, part)) != 0
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Every start of a week at which a session of this length begins and ends within a ticked part, on the house's grid.
    pub fn starts(self, monday: Date, length: Length, mine: &Zone, (step, house): (i64, &Zone)) -> Vec<Timestamp> {
        let step = step.max(STEP_LEAST);
        let mut starts = Vec::new();
        for (day, part) in (0..7).flat_map(|day| Part::ALL.map(|part| (day, part))).filter(|(day, part)| self.has(*day, *part)) {
            let date = monday.saturating_add((day as i64).days());
            let (from, to) = part.hours();
            let [from, to] = [from, to].map(|hour| mine.at(date.at(hour, 0, 0, 0)));
            let mut at = grid::next_start(from, step, house.offset_s(from));
            while at.plus(length.seconds()) <= to {
                starts.push(at);
                at = at.plus(step * MINUTE);
            }
        }
        starts
    }
}

/// The Monday of the week that an instant falls into, on somebody's own clock.
pub fn monday_of(zone: &Zone, at: Timestamp) -> Date {
    Week::monday(zone.date(at))
}

/// When the week of that Monday is opened for an order of every week.
pub fn opens_at(zone: &Zone, monday: Date) -> Timestamp {
    zone.midnight(monday).plus(-OPENS_S)
}

/// "Every Tuesday at 9:00" in a zone.
#[derive(Clone, Debug, PartialEq)]
pub struct Weekly {
    pub zone: Zone,
    /// 0 is Monday.
    pub weekday: i8,
    /// Minutes after midnight, on the wall clock.
    pub minute: i16,
}

impl Weekly {
    /// The weekday and time at which that start lies.
    pub fn of(zone: &Zone, start: Timestamp) -> Self {
        let wall = zone.wall(start);
        let minute = i16::from(wall.hour()) * 60 + i16::from(wall.minute());
        Self { zone: zone.clone(), weekday: wall.date().weekday().to_monday_zero_offset(), minute }
    }

    pub fn time(&self) -> Time {
        Time::constant((self.minute / 60).clamp(0, 23) as i8, (self.minute % 60).clamp(0, 59) as i8, 0, 0)
    }

    /// The instant on that date. A time that the clocks skip is the one an hour later; of two the earlier.
    pub fn start_on(&self, date: Date) -> Timestamp {
        self.zone.at(date.to_datetime(self.time()))
    }

    /// The first of its dates that is not before `date`.
    pub fn next_date(&self, date: Date) -> Date {
        let ahead = i64::from(self.weekday - date.weekday().to_monday_zero_offset()).rem_euclid(7);
        date.saturating_add(ahead.days())
    }

    /// When that date is to be booked.
    pub fn books_at(&self, date: Date) -> Timestamp {
        self.start_on(date).plus(-AHEAD_S)
    }
}

/// Days on which nothing is planned, the first and the last included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holiday {
    pub first: Date,
    pub last: Date,
}

impl Holiday {
    /// A holiday that is not over.
    ///
    /// # Errors
    /// A refusal that says what is wrong with the two days.
    pub fn checked(first: Date, last: Date, today: Date) -> Result<Self, Refusal> {
        if last < first || last < today {
            return Err(Refusal::new(
                "holiday",
                "A holiday ends after it begins, and not before today. Look at the two days again.",
            ));
        }
        if first.saturating_add(HOLIDAY_MOST.days()) < last {
            return Err(Refusal::new(
                "holiday",
                "That is more than a year. End your plans instead, and make them anew when you are back.",
            ));
        }
        Ok(Self { first, last })
    }

    pub fn holds(&self, date: Date) -> bool {
        self.first <= date && date <= self.last
    }
}

/// How long a sentence about a start stays in the page at most: no partner's name outlives a week.
pub fn said_until(start: Timestamp, now: Timestamp) -> Timestamp {
    start.min(now.plus(7 * DAY)).max(now.plus(HOUR))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const MONDAY: Date = date(2026, 11, 16);

    #[test]
    fn sessions_begin_and_end_within_the_parts_that_were_ticked() {
        let utc = Zone::utc();
        let tuesday_morning = Parts::of([Parts::number(1, Part::Morning), 99].into_iter());
        let starts = tuesday_morning.starts(MONDAY, Length::Middle, &utc, (60, &utc));
        let hours: Vec<i8> = starts.iter().map(|s| utc.wall(*s).hour()).collect();
        assert_eq!(hours, [7, 8, 9, 10, 11]);
        assert!(starts.iter().all(|s| utc.date(*s) == date(2026, 11, 17)));
        let long = tuesday_morning.starts(MONDAY, Length::Long, &utc, (15, &utc));
        assert_eq!(utc.wall(*long.last().expect("some")).time(), Time::constant(10, 45, 0, 0));
        assert_eq!(
            tuesday_morning.starts(MONDAY, Length::Long, &utc, (5, &utc)).len(),
            long.len(),
            "no finer than a quarter hour"
        );
    }

    #[test]
    fn parts_lie_on_my_clock_and_starts_on_that_of_the_house() {
        let (mine, house) = (Zone::or_utc("Asia/Kathmandu"), Zone::utc());
        let starts = Parts::of([0].into_iter()).starts(MONDAY, Length::Short, &mine, (60, &house));
        assert!(starts.iter().all(|s| s.0 % HOUR == 0 && mine.wall(*s).minute() == 45), "{starts:?}");
    }

    #[test]
    fn nine_o_clock_stays_nine_o_clock_when_the_clocks_are_changed() {
        let zone = Zone::or_utc("Europe/Berlin");
        let weekly = Weekly::of(&zone, zone.at(date(2026, 10, 20).at(9, 0, 0, 0)));
        let (before, after) = (weekly.start_on(date(2026, 10, 20)), weekly.start_on(date(2026, 10, 27)));
        assert_eq!(after.since(before), 7 * DAY + HOUR);
        assert_eq!(zone.wall(after).hour(), 9);
        assert_eq!(weekly.next_date(date(2026, 10, 21)), date(2026, 10, 27));
        assert_eq!(weekly.next_date(date(2026, 10, 27)), date(2026, 10, 27));
    }

    #[test]
    fn a_time_that_is_skipped_is_an_hour_later_that_day() {
        let zone = Zone::or_utc("Europe/Berlin");
        let weekly = Weekly { zone: zone.clone(), weekday: 6, minute: 150 };
        assert_eq!(zone.wall(weekly.start_on(date(2026, 3, 29))).time(), Time::constant(3, 30, 0, 0));
    }

    #[test]
    fn a_holiday_has_a_beginning_and_an_end_that_is_ahead() {
        let day = |d: i8| date(2026, 11, d);
        assert!(Holiday::checked(day(20), day(19), day(16)).is_err());
        assert!(Holiday::checked(day(10), day(12), day(16)).is_err());
        assert!(Holiday::checked(day(16), date(2028, 1, 1), day(16)).is_err());
        let holiday = Holiday::checked(day(16), day(18), day(16)).expect("it is sound");
        assert!(holiday.holds(day(16)) && holiday.holds(day(18)) && !holiday.holds(day(19)));
    }
}
