//! The keeper's figures of company: noted as sessions are counted, shown to admins by week, with advice tried on the last days.

use super::{Fault, admin, house_of, pool};
use crate::domain::id::{BookingId, MemberId};
use crate::domain::keeper::{self, Advice, Figure, Habit, Presence, WEEKS, Week};
use crate::domain::plan::monday_of;
use crate::domain::time::{DAY, MINUTE, Timestamp, Zone};
use crate::domain::view::{FocusHour, House};
use crate::store::booking::SeatRow;
use crate::store::company::OpenRow;
use crate::store::keeper as rows;
use crate::store::{Tx, company, house, report};
use jiff::civil::Date;
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};

/// Bookings of one day that advice is tried on; more need none, for they find company anyway.
const DAY_MOST: usize = 250;

/// Notes what an attended seat adds to its week; `own` is the time from the start on that its member was there.
pub(super) fn note_seat(tx: &Tx<'_>, row: &SeatRow, own: (Timestamp, Timestamp), companions: &[SeatRow]) -> Result<(), Fault> {
    let start = row.booking.start;
    let early = |id: BookingId| Ok::<_, Fault>(rows::first_seated(tx.conn, id)?.is_some_and(|at| at <= start));
    let (mut others, mut matched) = (Vec::new(), false);
    let own_early = early(row.booking.id)?;
    for other in companions.iter().filter(|other| !other.cancelled) {
        let was_matched = own_early && early(other.booking.id)?;
        matched |= was_matched;
        let ends = other.booking.ends_at();
        // Who was expected and never came is there for no time.
        let (from, to) = other.sat_at.map_or((start, start), |sat| (sat, other.left_at.unwrap_or(ends).min(ends)));
        others.push(Presence { from, to, matched: was_matched });
    }
    let week = week_of(tx.conn, start)?;
    for (figure, amount) in keeper::of_seat(own, matched, &others) {
        rows::figure_add(tx.conn, week, figure, amount)?;
    }
    Ok(())
}

/// Notes that somebody's announced partner changed.
pub(super) fn note_change(tx: &Tx<'_>, start: Timestamp, cause: Figure) -> Result<(), Fault> {
    Ok(rows::figure_add(tx.conn, week_of(tx.conn, start)?, cause, 1)?)
}

fn week_of(conn: &Connection, at: Timestamp) -> Result<Date, Fault> {
    Ok(monday_of(&zone(conn)?, at))
}

fn zone(conn: &Connection) -> Result<Zone, Fault> {
    Ok(house::house(conn)?.map_or_else(Zone::utc, |house| house.zone))
}

/// Counts the people of this week and the last while their bookings are still known, and deletes weeks that are too old. Once a day,
/// before bookings are deleted.
pub(super) fn count_people(tx: &Tx<'_>) -> Result<(), Fault> {
    let zone = zone(tx.conn)?;
    for back in [0, 7] {
        let monday = monday_of(&zone, tx.now.plus(-back * DAY));
        let people = people_of(tx.conn, &zone, monday)?;
        if people > 0 {
            rows::figure_raise(tx.conn, monday, Figure::People, people)?;
        }
    }
    Ok(rows::weeks_purge(tx.conn, monday_of(&zone, tx.now.plus(-WEEKS * 7 * DAY)))?)
}

fn people_of(conn: &Connection, zone: &Zone, monday: Date) -> Result<i64, Fault> {
    let next = monday.checked_add(jiff::Span::new().days(7)).unwrap_or(monday);
    Ok(rows::people_between(conn, zone.midnight(monday), zone.midnight(next))?)
}

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Company {
    /// The oldest first; those of fewer than five people are to be passed over.
    pub weeks: Vec<Week>,
    /// Tried on the days that are still known; none where too few people booked.
    pub advice: Vec<Advice>,
    /// Starts where people gather already and that the calendar doesn't put forward yet.
    pub gatherings: Vec<FocusHour>,
    /// Days that the advice rests on.
    pub days: i64,
}

/// The figures of the last half year and what follows from the last days.
///
/// # Errors
/// `not_allowed` for everybody but admins.
pub fn company_of_the_house(conn: &Connection, who: MemberId, now: Timestamp) -> Result<Company, Fault> {
    admin::is_admin(conn, who)?;
    let house = house_of(conn)?;
    let from = monday_of(&house.zone, now.plus(-WEEKS * 7 * DAY));
    let mut weeks = rows::weeks(conn, from)?;
    // The week that runs is counted once a day; whoever looks sees it as it is.
    for week in weeks.iter_mut().rev().take(2) {
        let people = people_of(conn, &house.zone, week.monday)?;
        week.set(Figure::People, people.max(week.of(Figure::People)));
    }
    let days = house::kind(conn)?.defaults().history_days;
    let booked = company::booked_between(conn, now.plus(-days * DAY), now)?;
    if !are_enough(&booked) {
        return Ok(Company { weeks, advice: Vec::new(), gatherings: Vec::new(), days });
    }
    let gatherings = gatherings_beside(&house, &booked);
    let mut by_day: BTreeMap<Date, Vec<_>> = BTreeMap::new();
    for row in booked {
        let day = by_day.entry(house.zone.date(row.start)).or_default();
        if day.len() < DAY_MOST {
            day.push(row);
        }
    }
    let (mut pools, mut focus) = (Vec::new(), Vec::new());
    for (day, rows) in by_day {
        let midnight = house.zone.midnight(day);
        let told = pool::tell(conn, midnight, now, &rows, &[])?;
        let weekday = u8::try_from(day.weekday().to_monday_zero_offset()).unwrap_or_default();
        let anchors = house.focus_hours.iter().filter(|hour| hour.weekday == weekday);
        focus.extend(anchors.map(|hour| told.said(midnight.plus(i64::from(hour.minute) * MINUTE)).0));
        pools.push(told.pool);
    }
    Ok(Company { weeks, advice: keeper::advise(&pools, house.step, &focus), gatherings, days })
}

fn are_enough(booked: &[OpenRow]) -> bool {
    booked.iter().map(|row| row.member).collect::<BTreeSet<_>>().len() as i64 >= keeper::PEOPLE_LEAST
}

/// Where people gather, without the focus hours there are.
fn gatherings_beside(house: &House, booked: &[OpenRow]) -> Vec<FocusHour> {
    let habit = |row: &OpenRow| {
        let wall = house.zone.wall(row.start);
        let weekday = u8::try_from(wall.weekday().to_monday_zero_offset()).unwrap_or_default();
        let minute = i64::from(wall.hour()) * 60 + i64::from(wall.minute());
        Habit { weekday, minute, member: row.member, length_s: row.length.seconds() }
    };
    let habits: Vec<Habit> = booked.iter().map(habit).collect();
    keeper::gatherings(&habits).into_iter().filter(|hour| !house.focus_hours.contains(hour)).collect()
}

/// Lets the calendar put forward the starts where people gather, beside those it puts forward already.
///
/// # Errors
/// `not_allowed` for everybody but admins.
pub fn put_forward(tx: &Tx<'_>, who: MemberId) -> Result<(), Fault> {
    admin::is_admin(tx.conn, who)?;
    let mut house = house_of(tx.conn)?;
    let days = house::kind(tx.conn)?.defaults().history_days;
    let booked = company::booked_between(tx.conn, tx.now.plus(-days * DAY), tx.now)?;
    if are_enough(&booked) {
        let more = gatherings_beside(&house, &booked);
        house.focus_hours.extend(more);
        house.focus_hours.sort_unstable();
        house::house_put(tx.conn, &house)?;
        report::audit_insert(tx.conn, Some(who), "gathering starts put forward", "", tx.now)?;
    }
    Ok(())
}
