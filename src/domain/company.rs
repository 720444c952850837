//! What a booking says about its company: how far it may move, whom it asks for, whether a third may sit down.
//!
//! A window is bounded, lies on the house's grid, and holds the start that was asked for. Nothing here decides who sits with whom.

use super::booking::Length;
use super::grid;
use super::id::{GroupId, MemberId};
use super::matching::Whom;
use super::refusal::Refusal;
use super::time::{HOUR, MINUTE, Timestamp, Zone};
use jiff::civil::Time;

/// A start may move this far in all.
pub const WINDOW_MOST_S: i64 = 4 * HOUR;
/// Names are said this long before the start: until then who booked the same start may still change.
pub const NAMES_S: i64 = 2 * HOUR;
/// From here on every start is decided about, and on each change anew.
pub const DUE_S: i64 = 15 * MINUTE;
/// The last minute: thirds are named.
pub const LAST_S: i64 = MINUTE;

/// How far the start may move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flexibility {
    #[default]
    Exact,
    /// Earlier or later by so many minutes: 15, 30 or 60.
    Within(i64),
    /// Anywhere between two times of that day on the member's own clock, begun and ended.
    Between(Time, Time),
}

/// What is asked for with a booking. `trio` is `None` when it was left to what the member said before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompanyAsk {
    pub flexibility: Flexibility,
    pub any_length: bool,
    pub trio: Option<bool>,
    pub whom: Whom,
    /// Only with members of this group.
    pub inside: Option<GroupId>,
    /// If nobody is there: seat me with others by itself.
    pub by_itself: bool,
}

/// The same as it is kept with a booking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Company {
    pub earliest: Timestamp,
    pub latest: Timestamp,
    pub any_length: bool,
    pub trio: bool,
    pub whom: Whom,
    pub inside: Option<GroupId>,
    pub by_itself: bool,
}

/// The other starts to which a booking could still come, beside the one at which it stands: those of its window on the house's grid,
/// in order.
pub fn starts_beside(
    (earliest, latest): (Timestamp, Timestamp),
    stands_at: Timestamp,
    (step, house): (i64, &Zone),
) -> impl Iterator<Item = Timestamp> {
    let on_grid = move |at: Timestamp| grid::next_start(at, step, house.offset_s(at));
    // Who is not flexible stands where they stand, whatever the grid is.
    let first = (earliest < latest).then(|| on_grid(earliest));
    std::iter::successors(first, move |at| Some(on_grid(at.plus(1))))
        .take_while(move |at| *at <= latest)
        .filter(move |at| *at != stands_at)
}

/// Fewer sessions than this make a newcomer.
pub const NEWCOMER_BELOW: i64 = 3;

impl Company {
    /// One start, anyone, two.
    pub fn exact(start: Timestamp) -> Self {
        Self { earliest: start, latest: start, ..Self::default() }
    }

    pub fn is_exact(&self) -> bool {
        self.earliest == self.latest
    }
}

impl Flexibility {
    /// The first and the last start, on the grid and not before `now`.
    ///
    /// # Errors
    /// A refusal when the time between is shorter than the session.
    pub fn window(
        self,
        (start, length): (Timestamp, Length),
        mine: &Zone,
        (step, house): (i64, &Zone),
        now: Timestamp,
    ) -> Result<(Timestamp, Timestamp), Refusal> {
        let (from, to) = match self {
            Self::Exact => return Ok((start, start)),
            Self::Within(minutes) => (start.plus(-minutes * MINUTE), start.plus(minutes * MINUTE)),
            Self::Between(from, to) => {
                let day = mine.date(start);
                let at = |time: Time| mine.at(day.to_datetime(time));
                (at(from), at(to).plus(-length.seconds()))
            }
        };
        let on_grid = |at: Timestamp| grid::next_start(at, step, house.offset_s(at));
        let first = on_grid(from.max(now));
        let last = Some(on_grid(to)).filter(|at| *at == to).unwrap_or_else(|| on_grid(to).plus(-step * MINUTE));
        if matches!(self, Self::Between(..)) && last < first {
            return Err(Refusal::new("between", "The time between is too short for that session, or over. Give it more room."));
        }
        let first = if matches!(self, Self::Between(..)) { first } else { first.min(start) };
        let last = last.max(first).min(first.plus(WINDOW_MOST_S));
        Ok((first, if matches!(self, Self::Between(..)) { last } else { last.max(start) }))
    }
}

impl Whom {
    /// Whether a booking that asks for these asks for that member, too; `favorite` says whether they are one of its member's.
    pub fn asks_for(self, other: MemberId, favorite: impl FnOnce() -> bool) -> bool {
        match self {
            Self::Anyone | Self::FavoritesFirst => true,
            Self::FavoritesOnly => favorite(),
            Self::Member(only) => only == other,
        }
    }

    /// Whether there is anybody whom it does not ask for.
    pub fn is_narrow(self) -> bool {
        matches!(self, Self::FavoritesOnly | Self::Member(_))
    }
}

/// The word under which it is stored whom a booking asks for.
pub fn whom_word(whom: Whom) -> &'static str {
    match whom {
        Whom::Anyone => "anyone",
        Whom::FavoritesFirst => "first",
        Whom::FavoritesOnly => "favorites",
        Whom::Member(_) => "member",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::time;

    const NINE: Timestamp = Timestamp(1_794_819_600);

    fn window(flexibility: Flexibility, now: Timestamp) -> Result<(i64, i64), Refusal> {
        let utc = Zone::utc();
        let (first, last) = flexibility.window((NINE, Length::Middle), &utc, (15, &utc), now)?;
        Ok((first.since(NINE) / MINUTE, last.since(NINE) / MINUTE))
    }

    #[test]
    fn a_start_moves_as_far_as_it_was_said_and_never_before_this_moment() {
        let early = NINE.plus(-6 * HOUR);
        assert_eq!(window(Flexibility::Exact, early), Ok((0, 0)));
        assert_eq!(window(Flexibility::Within(30), early), Ok((-30, 30)));
        assert_eq!(window(Flexibility::Within(60), NINE.plus(-20 * MINUTE)), Ok((-15, 60)));
    }

    #[test]
    fn fifty_minutes_between_nine_and_eleven_begin_and_end_there() {
        let early = NINE.plus(-6 * HOUR);
        assert_eq!(window(Flexibility::Between(time(9, 0, 0, 0), time(11, 0, 0, 0)), early), Ok((0, 60)));
        assert_eq!(window(Flexibility::Between(time(9, 5, 0, 0), time(10, 55, 0, 0)), early), Ok((15, 60)));
        assert_eq!(window(Flexibility::Between(time(6, 0, 0, 0), time(23, 0, 0, 0)), early), Ok((-180, 60)));
        assert!(window(Flexibility::Between(time(9, 0, 0, 0), time(9, 45, 0, 0)), early).is_err());
        assert!(window(Flexibility::Between(time(11, 0, 0, 0), time(9, 0, 0, 0)), early).is_err());
    }

    #[test]
    fn who_is_flexible_could_come_to_every_other_start_of_the_window() {
        let (utc, nepal) = (Zone::utc(), Zone::or_utc("Asia/Kathmandu"));
        let beside = |(earliest, latest): (i64, i64), at: i64, step, zone: &Zone| -> Vec<i64> {
            let minute = |n: i64| NINE.plus(n * MINUTE);
            let starts = starts_beside((minute(earliest), minute(latest)), minute(at), (step, zone));
            starts.map(|start| start.since(NINE) / MINUTE).collect()
        };
        assert_eq!(beside((-30, 30), 0, 15, &utc), [-30, -15, 15, 30]);
        assert_eq!(beside((-30, 30), 30, 15, &utc), [-30, -15, 0, 15]);
        assert_eq!(beside((0, 0), 0, 15, &utc), [0_i64; 0]);
        // Who booked before the grid became coarser comes to a start that it has, and who is exact stays between two.
        assert_eq!(beside((-45, 75), 15, 60, &utc), [0, 60]);
        assert_eq!(beside((15, 15), 15, 60, &utc), [0_i64; 0]);
        assert_eq!(beside((-60, 60), 0, 60, &nepal), [-45, 15]);
    }

    #[test]
    fn windows_lie_on_the_wall_clock_of_a_quarter_hour_zone() {
        let zone = Zone::or_utc("Asia/Kathmandu");
        let start = grid::next_start(NINE, 60, zone.offset_s(NINE));
        let found = Flexibility::Within(60).window((start, Length::Short), &zone, (60, &zone), NINE.plus(-6 * HOUR));
        assert_eq!(found, Ok((start.plus(-HOUR), start.plus(HOUR))));
    }
}
