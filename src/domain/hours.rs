//! When the house is open: spans of the week on the house's own wall clock, and whole days on which it is closed.
//!
//! **A session lies in open time from its start to the end of its length**; its break may reach past the closing time, as it
//! does for half-days and for "between two times". A wall-clock time is the first instant at which the house's clock shows it
//! or has leapt over it: what is skipped in spring opens with the leap, what comes twice in autumn counts the first time. A
//! span may pass midnight; a closed day is closed from midnight to midnight, whatever began the evening before. Rooms are no
//! sessions: they have no hours.

mod form;

use super::booking::Length;
use super::grid;
use super::refusal::Refusal;
use super::time::{DAY, Timestamp, Zone};
pub use form::HoursForm;
use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time};
use serde::{Deserialize, Serialize};

/// Spans that a day may have.
pub const SPANS_MOST: usize = 4;
/// Entries that the list of closed days may have.
pub const CLOSED_MOST: usize = 60;
/// How far ahead it is looked for when the house opens again, in steps of two weeks.
const LOOK_AHEAD: i64 = 30;
/// Before and after everything.
const EVER: (Timestamp, Timestamp) = (Timestamp(i64::MIN / 4), Timestamp(i64::MAX / 4));

/// Open from one wall-clock time of a weekday to another; one that is not later is that of the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// 0 is Monday.
    pub weekday: u8,
    /// Minutes after midnight.
    pub from: u16,
    pub to: u16,
}

/// Days on which the house is closed, the first and the last included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "(String, String)", into = "(String, String)")]
pub struct Closed {
    pub first: Date,
    pub last: Date,
}

/// The opening hours; no span means around the clock.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Hours {
    pub week: Vec<Span>,
    pub closed: Vec<Closed>,
}

/// Open time as instants, in order and apart; nothing listed means always.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Open(Option<Vec<(Timestamp, Timestamp)>>);

impl Span {
    /// Whether it goes on after midnight: until the time `to` of the next day.
    pub fn passes_midnight(self) -> bool {
        self.to <= self.from
    }

    /// How long it is on an ordinary day, in minutes.
    pub fn minutes(self) -> u16 {
        if self.passes_midnight() { 1440 - self.from + self.to } else { self.to - self.from }
    }

    /// From when to when it is open on that date, if the clock leaves anything of it.
    fn on(self, date: Date, zone: &Zone) -> Option<(Timestamp, Timestamp)> {
        let end = if self.passes_midnight() { date.saturating_add(1.days()) } else { date };
        let (from, to) = (zone.reaches(wall(date, self.from)), zone.reaches(wall(end, self.to)));
        (from < to).then_some((from, to))
    }
}

fn wall(date: Date, minute: u16) -> DateTime {
    date.to_datetime(time(minute))
}

/// Minutes after midnight as a time.
pub fn time(minute: u16) -> Time {
    Time::constant((minute / 60 % 24) as i8, (minute % 60) as i8, 0, 0)
}

impl TryFrom<(String, String)> for Closed {
    type Error = jiff::Error;
    fn try_from((first, last): (String, String)) -> Result<Self, Self::Error> {
        Ok(Self { first: first.parse()?, last: last.parse()? })
    }
}

impl From<Closed> for (String, String) {
    fn from(closed: Closed) -> Self {
        (closed.first.to_string(), closed.last.to_string())
    }
}

impl Hours {
    /// Open around the clock, on every day.
    pub fn is_always(&self) -> bool {
        self.week.is_empty() && self.closed.is_empty()
    }

    /// The spans of a weekday, in order.
    pub fn of_day(&self, weekday: u8) -> impl Iterator<Item = Span> {
        self.week.iter().copied().filter(move |span| span.weekday == weekday)
    }

    /// The open time that matters to sessions that start in [from, to].
    pub fn open(&self, zone: &Zone, from: Timestamp, to: Timestamp) -> Open {
        if self.is_always() {
            return Open(None);
        }
        let mut open = if self.week.is_empty() { vec![EVER] } else { self.spans(zone, from, to) };
        for closed in &self.closed {
            let (first, after) = (closed.first, closed.last.saturating_add(1.days()));
            let gap = (zone.reaches(wall(first, 0)), zone.reaches(wall(after, 0)));
            open = open.into_iter().flat_map(|span| without(span, gap)).collect();
        }
        Open(Some(open))
    }

    /// The spans around [from, to] as instants; those that touch are one.
    fn spans(&self, zone: &Zone, from: Timestamp, to: Timestamp) -> Vec<(Timestamp, Timestamp)> {
        // The evening before may reach into the first day, and a session of the last into the day after.
        let (mut date, last) = (zone.date(from.plus(-DAY)), zone.date(to.plus(DAY)));
        let mut spans = Vec::new();
        while date <= last {
            let weekday = date.weekday().to_monday_zero_offset() as u8;
            spans.extend(self.of_day(weekday).filter_map(|span| span.on(date, zone)));
            let Ok(next) = date.tomorrow() else { break };
            date = next;
        }
        spans.sort_unstable();
        spans.dedup_by(|next, kept| {
            let touch = next.0 <= kept.1;
            if touch {
                kept.1 = kept.1.max(next.1);
            }
            touch
        });
        spans
    }

    /// The first instant from `at` on at which a session of so many seconds could begin; `None` where the house stays closed for
    /// longer than a year.
    pub fn opens_after(&self, zone: &Zone, at: Timestamp, seconds: i64) -> Option<Timestamp> {
        (0..LOOK_AHEAD).find_map(|n| {
            let from = at.plus(n * 14 * DAY);
            self.open(zone, from, from.plus(14 * DAY)).opens_after(from, seconds)
        })
    }

    /// Why a session cannot begin then, if it cannot, on the clock of who asks.
    ///
    /// # Errors
    /// `closed`, with when the house opens or closes.
    pub fn checked(&self, house: &Zone, (start, length): (Timestamp, Length), mine: &Zone) -> Result<(), Refusal> {
        let open = self.open(house, start, start);
        if open.holds(start, length.seconds()) {
            return Ok(());
        }
        if let Some(closes) = open.closes_after(start) {
            let sentence = format!(
                "The house closes at {}, before {} minutes from then are over. Pick an earlier start or a shorter session.",
                mine.wall(closes).strftime("%-H:%M"),
                length.minutes()
            );
            return Err(Refusal::new("closed", sentence));
        }
        let opens = self.opens_after(house, start, length.seconds());
        Err(Refusal::new("closed", format!("The house is closed then. {}", opens_words(opens, start, mine))))
    }
}

/// "It opens Tuesday at 9:00.", seen from another instant.
pub fn opens_words(opens: Option<Timestamp>, from: Timestamp, mine: &Zone) -> String {
    let Some(opens) = opens else { return "It doesn’t open again within a year.".to_owned() };
    let (there, here) = (mine.wall(opens), mine.wall(from));
    let form = match opens.since(from) {
        _ if there.date() == here.date() => "It opens at %-H:%M.",
        ahead if ahead < 6 * DAY => "It opens %A at %-H:%M.",
        ahead if ahead < 300 * DAY => "It opens %A %-d %B at %-H:%M.",
        _ => "It opens on %-d %B %Y at %-H:%M.",
    };
    there.strftime(form).to_string()
}

/// What is left of a span beside a gap.
fn without((from, to): (Timestamp, Timestamp), gap: (Timestamp, Timestamp)) -> impl Iterator<Item = (Timestamp, Timestamp)> {
    let parts = [(from, to.min(gap.0)), (from.max(gap.1), to)];
    parts.into_iter().filter(|(from, to)| from < to)
}

impl Open {
    /// Whether nothing is ever closed.
    pub fn is_always(&self) -> bool {
        self.0.is_none()
    }

    /// The span that an instant lies in.
    fn around(&self, at: Timestamp) -> Option<(Timestamp, Timestamp)> {
        let Some(spans) = &self.0 else { return Some(EVER) };
        let n = spans.partition_point(|span| span.0 <= at);
        spans[..n].last().copied().filter(|span| at < span.1)
    }

    /// Whether a session that starts then lies in open time to its end.
    pub fn holds(&self, start: Timestamp, seconds: i64) -> bool {
        self.around(start).is_some_and(|(_, to)| start.plus(seconds) <= to)
    }

    /// When it closes, if it is open at that moment.
    fn closes_after(&self, at: Timestamp) -> Option<Timestamp> {
        self.around(at).map(|(_, to)| to)
    }

    /// The first instant from `at` on at which a session of so many seconds could begin, as far as is known.
    pub fn opens_after(&self, at: Timestamp, seconds: i64) -> Option<Timestamp> {
        let Some(spans) = &self.0 else { return Some(at) };
        spans.iter().map(|(from, to)| ((*from).max(at), *to)).find(|(from, to)| from.plus(seconds) <= *to).map(|(from, _)| from)
    }

    /// What is open of a window of starts: the start that was asked for, or the nearest of the window, and the starts of the grid
    /// around it between which no other is closed. `None` where the house is closed all along.
    pub fn window(
        &self,
        (start, length): (Timestamp, Length),
        (earliest, latest): (Timestamp, Timestamp),
        (step, house): (i64, &Zone),
    ) -> Option<(Timestamp, (Timestamp, Timestamp))> {
        let is_open = |at: Timestamp| self.holds(at, length.seconds());
        if self.is_always() || earliest == latest {
            return is_open(start).then_some((start, (earliest, latest)));
        }
        let on_grid = |at: Timestamp| grid::next_start(at, step, house.offset_s(at));
        let mut starts: Vec<Timestamp> = std::iter::successors(Some(on_grid(earliest)), |at| Some(on_grid(at.plus(1))))
            .take_while(|at| *at <= latest)
            .collect();
        // A start that was booked on a finer grid stays one.
        if let Err(place) = starts.binary_search(&start) {
            starts.insert(place, start);
        }
        let runs = starts.chunk_by(|a, b| is_open(*a) == is_open(*b)).filter(|run| is_open(run[0]));
        let nearest = |run: &[Timestamp]| run.iter().copied().min_by_key(|at| (at.since(start).abs(), *at));
        runs.filter_map(|run| Some((nearest(run)?, (run[0], run[run.len() - 1])))).min_by_key(|(at, _)| at.since(start).abs())
    }
}

#[cfg(test)]
mod tests;
