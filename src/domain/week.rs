//! The calendar week as a member sees it: seven days in their zone, right across daylight saving.
//!
//! A row is a wall-clock time. A day on which an hour is skipped has no cell there; an hour that happens twice gets
//! rows of its own, in which the other days have no cell. So every start of the week is in exactly one cell.

use super::time::{DAY, MINUTE, Timestamp, Zone};
use jiff::ToSpan;
use jiff::civil::{Date, Time};

/// A week of starts.
#[derive(Clone, Debug)]
pub struct Week {
    pub zone: Zone,
    pub days: Vec<Day>,
    pub rows: Vec<Row>,
    pub step_minutes: i64,
}

/// A day of the week: from its midnight to the next, 23 to 25 hours.
#[derive(Clone, Debug, PartialEq)]
pub struct Day {
    pub date: Date,
    pub from: Timestamp,
    pub to: Timestamp,
}

/// A wall-clock time and what instant it is on each day, if any.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub time: Time,
    /// The second time around, when the clocks were put back.
    pub again: bool,
    pub cells: [Option<Timestamp>; 7],
}

impl Week {
    /// The week that begins on `first`, with a start every `step_minutes` (a divisor of 60) of the zone's own clock.
    pub fn new(zone: &Zone, first: Date, step_minutes: i64) -> Self {
        Self::on_grid(zone, first, step_minutes, zone)
    }

    /// The same, with the starts of an instance whose clock is `house`: every full hour there is a quarter to in Kathmandu.
    pub fn on_grid(zone: &Zone, first: Date, step_minutes: i64, house: &Zone) -> Self {
        let step_minutes = if step_minutes > 0 && 60 % step_minutes == 0 { step_minutes } else { 15 };
        let days: Vec<Day> = (0..7)
            .map(|n| {
                let date = first.saturating_add(n.days());
                let next = date.saturating_add(1.day());
                Day { date, from: zone.midnight(date), to: zone.midnight(next) }
            })
            .collect();
        let rows = rows(zone, &days, step_minutes, house);
        Self { zone: zone.clone(), days, rows, step_minutes }
    }

    /// The Monday on or before that date.
    pub fn monday(date: Date) -> Date {
        let back = i64::from(date.weekday().to_monday_zero_offset());
        date.saturating_sub(back.days())
    }

    pub fn from(&self) -> Timestamp {
        self.days[0].from
    }

    pub fn to(&self) -> Timestamp {
        self.days[6].to
    }

    /// Which day (0 to 6) an instant falls on.
    pub fn day_of(&self, at: Timestamp) -> Option<usize> {
        self.days.iter().position(|d| d.from <= at && at < d.to)
    }

    /// Row and day of a start that is on the grid.
    pub fn cell_of(&self, at: Timestamp) -> Option<(usize, usize)> {
        let day = self.day_of(at)?;
        let is_there = |row: &Row| row.cells[day] == Some(at);
        // But for two weeks of the year the place follows from the time since midnight.
        let likely = usize::try_from(at.since(self.days[day].from) / (self.step_minutes * MINUTE)).ok()?;
        let row = if self.rows.get(likely).is_some_and(is_there) { likely } else { self.rows.iter().position(is_there)? };
        Some((row, day))
    }
}

/// All rows, in the order in which a day goes by.
fn rows(zone: &Zone, days: &[Day], step_minutes: i64, house: &Zone) -> Vec<Row> {
    // All clocks agree on the quarters of an hour; only coarser steps need the house's own.
    if step_minutes <= 15 && days.iter().all(|day| is_plain(zone, day)) {
        return plain_rows(days, step_minutes);
    }
    uneven_rows(zone, days, step_minutes, house)
}

/// Whether the clock runs through that day from midnight to midnight. No zone puts its clocks forward and back in one day.
fn is_plain(zone: &Zone, day: &Day) -> bool {
    day.to.since(day.from) == DAY
        && zone.wall(day.from).time() == Time::midnight()
        && zone.offset_s(day.from) == zone.offset_s(day.to.plus(-1))
}

fn plain_rows(days: &[Day], step_minutes: i64) -> Vec<Row> {
    let row = |minute: i64| Row {
        time: Time::constant((minute / 60) as i8, (minute % 60) as i8, 0, 0),
        again: false,
        cells: std::array::from_fn(|day| days.get(day).map(|day| day.from.plus(minute * MINUTE))),
    };
    (0..24 * 60).step_by(step_minutes as usize).map(row).collect()
}

/// The rows of any week, found by walking through it in steps of five minutes.
fn uneven_rows(zone: &Zone, days: &[Day], step_minutes: i64, house: &Zone) -> Vec<Row> {
    let step = step_minutes * MINUTE;
    let is_start = |at: Timestamp, minute: i8| match step_minutes {
        ..=15 => i64::from(minute) % step_minutes == 0,
        _ => (at.0 + i64::from(house.offset_s(at))).rem_euclid(step) == 0,
    };
    let mut rows: Vec<Row> = Vec::with_capacity(100);
    for (day, Day { date, from, to }) in days.iter().enumerate() {
        let mut at = *from;
        while at < *to {
            let wall = zone.wall(at);
            if wall.date() == *date && is_start(at, wall.minute()) {
                let again = zone.at(wall) != at;
                row_at(&mut rows, wall.time(), again).cells[day] = Some(at);
            }
            at = at.plus(5 * MINUTE);
        }
    }
    rows
}

/// The row of that time, made in its place if it is the first of its kind. The repeated hour follows the whole first one.
fn row_at(rows: &mut Vec<Row>, time: Time, again: bool) -> &mut Row {
    let place = rows.iter().position(|r| r.time == time && r.again == again);
    let place = place.unwrap_or_else(|| {
        let after = if again {
            rows.iter().rposition(|r| r.time.hour() == time.hour() && (!r.again || r.time < time))
        } else {
            rows.iter().rposition(|r| r.time < time)
        };
        let place = after.map_or(0, |n| n + 1);
        rows.insert(place, Row { time, again, cells: [None; 7] });
        place
    });
    &mut rows[place]
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn starts(week: &Week) -> Vec<Timestamp> {
        let mut all: Vec<_> = week.rows.iter().flat_map(|r| r.cells).flatten().collect();
        all.sort();
        all
    }

    #[test]
    fn an_ordinary_week_has_ninety_six_rows_and_no_gap() {
        let week = Week::new(&Zone::or_utc("Europe/Berlin"), date(2026, 11, 16), 15);
        assert_eq!(week.rows.len(), 96);
        assert!(week.rows.iter().all(|r| r.cells.iter().all(Option::is_some)));
    }

    #[test]
    fn the_hour_that_happens_twice_is_there_twice() {
        let week = Week::new(&Zone::or_utc("Europe/Berlin"), date(2026, 10, 19), 15);
        assert_eq!(week.rows.len(), 100);
        let times: Vec<_> = week.rows.iter().skip(8).take(8).map(|r| (r.time.to_string(), r.again)).collect();
        assert_eq!(times[0], ("02:00:00".into(), false));
        assert_eq!(times[4], ("02:00:00".into(), true));
        assert_eq!(week.rows.iter().filter(|r| r.again).count(), 4);
        assert!(week.rows.iter().filter(|r| r.again).all(|r| r.cells.iter().flatten().count() == 1));
    }

    #[test]
    fn the_hour_that_is_skipped_has_no_cell() {
        let week = Week::new(&Zone::or_utc("America/New_York"), date(2026, 3, 2), 15);
        let two = week.rows.iter().find(|r| r.time.hour() == 2).expect("other days have a two o'clock");
        assert_eq!(two.cells[6], None);
        assert!(two.cells[5].is_some());
    }

    #[test]
    fn every_start_of_a_year_is_in_exactly_one_cell_in_every_kind_of_zone() {
        for name in ["Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns", "Africa/Casablanca", "UTC"] {
            let zone = Zone::or_utc(name);
            let mut monday = date(2026, 1, 5);
            let mut last = zone.midnight(monday).plus(-15 * MINUTE);
            for _ in 0..52 {
                for at in starts(&Week::new(&zone, monday, 15)) {
                    assert_eq!(at.since(last), 15 * MINUTE, "{name} {monday}");
                    last = at;
                }
                monday = monday.saturating_add(7.days());
            }
        }
    }

    #[test]
    fn an_ordinary_week_is_the_one_that_a_walk_through_it_finds() {
        for (name, step) in [("Asia/Kathmandu", 15), ("America/St_Johns", 5), ("UTC", 60)] {
            let week = Week::new(&Zone::or_utc(name), date(2026, 11, 16), step);
            assert_eq!(week.rows, uneven_rows(&week.zone, &week.days, step, &week.zone), "{name}");
        }
    }

    #[test]
    fn a_start_is_found_again_in_its_cell() {
        let week = Week::new(&Zone::or_utc("Asia/Kathmandu"), date(2026, 11, 16), 15);
        let at = week.rows[37].cells[3].expect("a cell");
        assert_eq!(week.cell_of(at), Some((37, 3)));
        assert_eq!(week.cell_of(at.plus(60)), None);
    }
}
