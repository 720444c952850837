//! The keeper's figures of company: what one attended session adds to its week, and what a change of the house would have brought.
//!
//! Sums by week, without a name; a week of fewer than five people is not shown. Words and bounds are those of matching: company is at
//! least five minutes of it, and who is without a partner for two minutes in a session under way is stranded.

use super::id::MemberId;
use super::matching::{self, Pool};
use super::time::{HOUR, MINUTE, Timestamp};
use super::view::FocusHour;
use jiff::civil::Date;
use std::collections::BTreeSet;

/// Figures of fewer people are hidden.
pub const PEOPLE_LEAST: i64 = 5;
/// Weeks that are kept and drawn.
pub const WEEKS: i64 = 26;
/// Less of it is no company, in seconds.
const COMPANY_S: i64 = 5 * MINUTE;
/// Alone for longer than this in a session is stranded, in seconds.
const STRANDED_S: i64 = 2 * MINUTE;
/// New company within this is rescued soon, in seconds.
const SOON_S: i64 = MINUTE;

/// What is summed up by week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Figure {
    /// Different people who came.
    People,
    /// Sessions that were attended, one a seat.
    Attended,
    /// Of these: with company, without a match at the start, and without a partner later on.
    InCompany,
    Unmatched,
    Stranded,
    /// Of the two before: found new company, and within a minute.
    Rescued,
    RescuedSoon,
    /// Seconds that the rescued were alone, after waiting for who was expected.
    RescueSeconds,
    /// Minutes of the attended sessions, and those alone.
    Minutes,
    MinutesAlone,
    /// Partner changes after company was announced, by their cause.
    PartnerCancelled,
    PartnerMoved,
    ForMoreCompany,
}

impl Figure {
    pub const ALL: [Self; 13] = [
        Self::People,
        Self::Attended,
        Self::InCompany,
        Self::Unmatched,
        Self::Stranded,
        Self::Rescued,
        Self::RescuedSoon,
        Self::RescueSeconds,
        Self::Minutes,
        Self::MinutesAlone,
        Self::PartnerCancelled,
        Self::PartnerMoved,
        Self::ForMoreCompany,
    ];

    /// The word that is stored.
    pub fn word(self) -> &'static str {
        match self {
            Self::People => "people",
            Self::Attended => "attended",
            Self::InCompany => "in_company",
            Self::Unmatched => "unmatched",
            Self::Stranded => "stranded",
            Self::Rescued => "rescued",
            Self::RescuedSoon => "rescued_soon",
            Self::RescueSeconds => "rescue_seconds",
            Self::Minutes => "minutes",
            Self::MinutesAlone => "minutes_alone",
            Self::PartnerCancelled => "partner_cancelled",
            Self::PartnerMoved => "partner_moved",
            Self::ForMoreCompany => "for_more_company",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|figure| figure.word() == word)
    }
}

/// Somebody's presence in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Presence {
    pub from: Timestamp,
    pub to: Timestamp,
    /// Whether they belonged to it before it began.
    pub matched: bool,
}

/// What an attended seat adds to its week: `own` is the time from the start on that its member was there, `others` everybody who shared
/// the session; who was matched and never came has an empty presence.
pub fn of_seat(own: (Timestamp, Timestamp), matched: bool, others: &[Presence]) -> Vec<(Figure, i64)> {
    let (from, to) = own;
    let all_s = to.since(from).max(0);
    let mut stays: Vec<(Timestamp, Timestamp)> =
        others.iter().map(|other| (other.from.max(from), other.to.min(to))).filter(|(a, b)| a < b).collect();
    stays.sort_unstable();
    // The gaps between their presences are the time alone.
    let (mut gaps, mut reached) = (Vec::new(), from);
    for (begin, end) in stays {
        if begin > reached {
            gaps.push((reached, begin));
        }
        reached = reached.max(end);
    }
    if reached < to {
        gaps.push((reached, to));
    }
    let alone_s: i64 = gaps.iter().map(|(a, b)| b.since(*a)).sum();
    let stranded = matched && gaps.iter().any(|(a, b)| b.since(*a) >= STRANDED_S);
    let mut sums = vec![(Figure::Attended, 1), (Figure::Minutes, minutes(all_s)), (Figure::MinutesAlone, minutes(alone_s))];
    let mut add = |figure, amount: i64| {
        if amount > 0 {
            sums.push((figure, amount));
        }
    };
    add(Figure::InCompany, (all_s - alone_s >= COMPANY_S).into());
    add(Figure::Unmatched, (!matched).into());
    add(Figure::Stranded, stranded.into());
    let came_later = others
        .iter()
        .filter(|other| !other.matched && other.from < to && other.to > from)
        .map(|other| other.from.max(from))
        .min();
    if let (Some(came), true) = (came_later, stranded || !matched) {
        let waited = gaps.iter().find(|(_, end)| *end == came).map_or(0, |(begin, end)| end.since(*begin));
        // An absent partner is waited for first.
        let patience =
            if matched && gaps.first().is_some_and(|(begin, end)| *begin == from && *end == came) { STRANDED_S } else { 0 };
        add(Figure::Rescued, 1);
        add(Figure::RescuedSoon, (waited <= patience + SOON_S).into());
        add(Figure::RescueSeconds, waited - patience);
    }
    sums
}

fn minutes(seconds: i64) -> i64 {
    (seconds + MINUTE / 2) / MINUTE
}

/// One week's sums.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Week {
    /// Its Monday, in the house's zone.
    pub monday: Date,
    amounts: [i64; Figure::ALL.len()],
}

impl Week {
    pub fn new(monday: Date) -> Self {
        Self { monday, amounts: [0; Figure::ALL.len()] }
    }

    pub fn set(&mut self, figure: Figure, amount: i64) {
        self.amounts[figure as usize] = amount;
    }

    /// A sum; it is for those who have asked [`Self::is_shown`].
    pub fn of(&self, figure: Figure) -> i64 {
        self.amounts[figure as usize]
    }

    /// Whether enough people came that nobody can be read out of it.
    pub fn is_shown(&self) -> bool {
        self.of(Figure::People) >= PEOPLE_LEAST
    }

    /// A figure's share of the attended sessions, in whole per cent.
    pub fn share(&self, figure: Figure) -> i64 {
        per(self.of(figure), self.of(Figure::Attended), 100)
    }

    /// Minutes alone per 100 booked hours.
    pub fn alone_per_100_hours(&self) -> i64 {
        per(self.of(Figure::MinutesAlone), self.of(Figure::Minutes), 6_000)
    }
}

fn per(part: i64, whole: i64, scale: i64) -> i64 {
    if whole == 0 { 0 } else { (part * scale + whole / 2) / whole }
}

/// A booking as it tells when people like to work: weekday from Monday, minute of the day in the house's zone, who, and how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Habit {
    pub weekday: u8,
    pub minute: i64,
    pub member: MemberId,
    pub length_s: i64,
}

/// So many focus hours a day are plenty: more would gather nobody.
const A_DAY: usize = 3;

/// The starts where people gather already: full hours around which most different people begin, at least two, as many as their hours
/// can fill (one for every three booked hours), with two hours between those of a day and no more than [`A_DAY`] of them. In the
/// order of the week.
pub fn gatherings(habits: &[Habit]) -> Vec<FocusHour> {
    let room = habits.iter().map(|habit| habit.length_s).sum::<i64>() / (3 * HOUR);
    let around = |weekday: u8, minute: i64| {
        let near = habits.iter().filter(|habit| habit.weekday == weekday && (habit.minute - minute).abs() <= 60);
        let far: i64 = near.clone().map(|habit| (habit.minute - minute).abs()).sum();
        (near.map(|habit| habit.member).collect::<BTreeSet<_>>().len(), far)
    };
    let hours = (0..7u8).flat_map(|weekday| (0..24u16).map(move |hour| FocusHour { weekday, minute: hour * 60 }));
    let mut all: Vec<_> = hours.map(|hour| (around(hour.weekday, i64::from(hour.minute)), hour)).collect();
    // Most people first; among as many, the hour that is nearest to when they begin.
    all.sort_by_key(|((people, far), hour)| (std::cmp::Reverse(*people), *far, *hour));
    let mut found: Vec<FocusHour> = Vec::new();
    for (_, hour) in all.into_iter().filter(|((people, _), _)| *people >= 2) {
        let apart = |other: &FocusHour| other.weekday != hour.weekday || other.minute.abs_diff(hour.minute) >= 120;
        let that_day = found.iter().filter(|other| other.weekday == hour.weekday).count();
        if (found.len() as i64) < room && that_day < A_DAY && found.iter().all(apart) {
            found.push(hour);
        }
    }
    found.sort_unstable();
    found
}

/// What the admin could change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Starts on a coarser grid, in minutes.
    Grid(i64),
    /// Bookings within an hour of a focus hour move to it.
    FocusHours,
    /// Everybody agrees to sessions of three.
    Trios,
    /// Groups and walls are open to each other.
    OpenGroups,
}

/// What a change would have brought to the days that are still known: bookings without company as it was decided with all of them
/// known, and with the change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advice {
    pub change: Change,
    pub bookings: i64,
    pub alone_now: i64,
    pub alone_then: i64,
}

/// Tries each change on the days' pools, told on the house's wall clock; those that bring nobody company are left out, the best is first.
pub fn advise(days: &[Pool], step_minutes: i64, focus: &[i64]) -> Vec<Advice> {
    let bookings: i64 = days.iter().map(|day| day.wishes.len() as i64).sum();
    let alone_now: i64 = days.iter().map(alone).sum();
    let mut changes: Vec<Change> = [30, 60].into_iter().filter(|grid| *grid > step_minutes).map(Change::Grid).collect();
    if !focus.is_empty() {
        changes.push(Change::FocusHours);
    }
    changes.extend([Change::Trios, Change::OpenGroups]);
    let tried = changes.into_iter().map(|change| {
        let alone_then = days.iter().map(|day| alone(&changed(day, change, focus))).sum();
        Advice { change, bookings, alone_now, alone_then }
    });
    let mut useful: Vec<Advice> = tried.filter(|advice| advice.alone_then < advice.alone_now).collect();
    useful.sort_by_key(|advice| advice.alone_then);
    useful
}

/// Bookings of the pool that nobody could sit with.
fn alone(pool: &Pool) -> i64 {
    let seated: BTreeSet<_> =
        matching::plan(pool, Timestamp(i64::MIN / 4)).into_iter().flat_map(|meeting| meeting.bookings).collect();
    pool.wishes.iter().filter(|wish| !seated.contains(&wish.booking)).count() as i64
}

fn changed(day: &Pool, change: Change, focus: &[i64]) -> Pool {
    let mut pool = day.clone();
    match change {
        Change::Grid(minutes) => {
            let grid = minutes * MINUTE;
            pool.rules.grid_s = grid;
            let near = |at: Timestamp| Timestamp((at.0 + grid / 2).div_euclid(grid) * grid);
            for wish in &mut pool.wishes {
                (wish.start, wish.earliest, wish.latest) = (near(wish.start), near(wish.earliest), near(wish.latest));
            }
        }
        Change::FocusHours => {
            for wish in &mut pool.wishes {
                let near = focus.iter().map(|at| Timestamp(*at)).min_by_key(|at| at.since(wish.start).abs());
                if let Some(at) = near.filter(|at| at.since(wish.start).abs() <= 60 * MINUTE) {
                    (wish.start, wish.earliest, wish.latest) = (at, at, at);
                }
            }
        }
        Change::Trios => pool.wishes.iter_mut().for_each(|wish| wish.trio = true),
        Change::OpenGroups => {
            pool.walls.clear();
            pool.wishes.iter_mut().for_each(|wish| wish.inside = None);
        }
    }
    pool
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::booking::Length;
    use crate::domain::id::BookingId;
    use crate::domain::matching::Wish;
    use jiff::civil::date;

    const START: Timestamp = Timestamp(1_790_000_000);

    fn at(minute: i64) -> Timestamp {
        START.plus(minute * MINUTE)
    }

    fn there(from: i64, to: i64, matched: bool) -> Presence {
        Presence { from: at(from), to: at(to), matched }
    }

    fn sums(matched: bool, others: &[Presence]) -> Vec<(&'static str, i64)> {
        let all = of_seat((at(0), at(50)), matched, others);
        all.into_iter().map(|(figure, amount)| (figure.word(), amount)).collect()
    }

    #[test]
    fn a_session_in_company_counts_as_such_and_nobody_is_stranded_by_a_minute() {
        let all = sums(true, &[there(-3, 20, true), there(21, 50, true)]);
        assert_eq!(all, [("attended", 1), ("minutes", 50), ("minutes_alone", 1), ("in_company", 1)]);
    }

    #[test]
    fn who_sits_alone_the_whole_time_was_unmatched_or_stranded() {
        assert_eq!(sums(false, &[]), [("attended", 1), ("minutes", 50), ("minutes_alone", 50), ("unmatched", 1)]);
        let absent = there(0, 0, true);
        assert_eq!(sums(true, &[absent]), [("attended", 1), ("minutes", 50), ("minutes_alone", 50), ("stranded", 1)]);
    }

    #[test]
    fn a_rescue_is_soon_when_it_took_a_minute_after_waiting_for_who_was_expected() {
        let absent = there(0, 0, true);
        let soon = sums(true, &[absent, there(3, 50, false)]);
        assert!(soon.contains(&("rescued", 1)) && soon.contains(&("rescued_soon", 1)) && soon.contains(&("in_company", 1)));
        let late = sums(true, &[absent, there(9, 50, false)]);
        assert!(late.contains(&("rescued", 1)) && !late.contains(&("rescued_soon", 1)));
        assert!(soon.contains(&("rescue_seconds", 60)) && late.contains(&("rescue_seconds", 420)));
        let unmatched = sums(false, &[there(3, 50, false)]);
        assert!(unmatched.contains(&("rescued", 1)) && !unmatched.contains(&("rescued_soon", 1)));
        // Gone in the middle, and somebody came half a minute later; a third who joins company rescues nobody.
        let left = of_seat(
            (at(0), at(50)),
            true,
            &[there(0, 20, true), Presence { from: at(20).plus(150), to: at(50), matched: false }],
        );
        assert!(left.contains(&(Figure::Rescued, 1)) && !left.contains(&(Figure::RescuedSoon, 1)));
        assert!(!sums(true, &[there(0, 50, true), there(10, 50, false)]).contains(&("rescued", 1)));
    }

    #[test]
    fn a_week_of_a_few_people_is_not_shown() {
        let mut week = Week::new(date(2026, 11, 16));
        week.set(Figure::People, 4);
        assert!(!week.is_shown());
        week.set(Figure::People, 5);
        week.set(Figure::Attended, 8);
        week.set(Figure::InCompany, 6);
        week.set(Figure::Minutes, 400);
        week.set(Figure::MinutesAlone, 100);
        assert!(week.is_shown());
        assert_eq!((week.share(Figure::InCompany), week.alone_per_100_hours()), (75, 1_500));
        assert_eq!(Week::new(week.monday).share(Figure::InCompany), 0);
    }

    #[test]
    fn people_gather_where_different_ones_begin_within_an_hour_and_their_hours_fill_it() {
        let habit = |weekday, minute, member| Habit { weekday, minute, member: MemberId(member), length_s: 50 * MINUTE };
        let mut habits: Vec<_> = (1..=4).map(|who| habit(0, 530 + who * 10, who)).collect();
        habits.extend([habit(2, 840, 1), habit(2, 855, 2), habit(4, 600, 3), habit(4, 600, 3)]);
        // Nearly seven hours: two gatherings; one person alone on Friday is none.
        let hour = |weekday, minute| FocusHour { weekday, minute };
        assert_eq!(gatherings(&habits), [hour(0, 540), hour(2, 840)]);
        assert!(gatherings(&habits[..2]).is_empty() && gatherings(&[]).is_empty());
    }

    #[test]
    fn a_house_that_is_busy_all_day_is_told_of_its_three_busiest_hours() {
        let hours =
            |who| (0..24).map(move |hour| Habit { weekday: 1, minute: hour * 60, member: MemberId(who), length_s: 50 * MINUTE });
        let mut habits: Vec<_> = (1..=3).flat_map(hours).collect();
        habits.extend((4..=6).map(|who| Habit { weekday: 1, minute: 600, member: MemberId(who), length_s: 50 * MINUTE }));
        let found = gatherings(&habits);
        assert_eq!(found.len(), 3);
        assert!(found.contains(&FocusHour { weekday: 1, minute: 600 }), "the busiest is among them");
    }

    fn day(starts: &[i64]) -> Pool {
        let wish = |(n, minute): (usize, &i64)| {
            let id = n as i64 + 1;
            Wish::exact(BookingId(id), MemberId(id), Timestamp(minute * MINUTE), Length::Middle)
        };
        Pool { wishes: starts.iter().enumerate().map(wish).collect(), ..Pool::default() }
    }

    #[test]
    fn advice_says_what_a_change_would_have_brought_and_keeps_quiet_about_what_would_not() {
        // Nine o'clock and a quarter past: half hours would keep them apart, hours would not.
        let days = [day(&[540, 555])];
        let all = advise(&days, 15, &[]);
        assert_eq!(all.first(), Some(&Advice { change: Change::Grid(60), bookings: 2, alone_now: 2, alone_then: 0 }));
        assert!(all.iter().all(|advice| advice.change != Change::OpenGroups));
        let odd = advise(&[day(&[540, 540, 540])], 60, &[]);
        assert_eq!(odd, [Advice { change: Change::Trios, bookings: 3, alone_now: 1, alone_then: 0 }]);
        let focus = advise(&[day(&[510, 585])], 60, &[540 * MINUTE]);
        assert_eq!(focus.first().map(|advice| (advice.change, advice.alone_then)), Some((Change::FocusHours, 0)));
        assert!(advise(&[day(&[540, 540])], 15, &[]).is_empty() && advise(&[], 15, &[]).is_empty());
    }
}
