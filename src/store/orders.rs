//! Rows of `weekly_order` ("find me two times") and `order_place`, one for each session that is looked for in a week.

use super::StoreError;
use super::booking::length_of;
use crate::domain::booking::Length;
use crate::domain::id::{BookingId, MemberId};
use crate::domain::matching::Rule;
use crate::domain::plan::Parts;
use crate::domain::time::{Timestamp, Zone};
use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension, Row, named_params};

/// An order as it was made.
#[derive(Clone, Debug)]
pub struct OrderRow {
    pub id: i64,
    pub member: MemberId,
    pub length: Length,
    pub times: i64,
    pub parts: Parts,
    pub every_week: bool,
    /// The Monday of the week that is opened next.
    pub week: Date,
}

/// A session that is looked for, with what the matcher asks about its member.
#[derive(Clone, Debug)]
pub struct OpenPlace {
    pub id: i64,
    pub order: i64,
    pub member: MemberId,
    pub week: Date,
    pub length: Length,
    pub parts: Parts,
    pub since: Timestamp,
    pub said: bool,
    /// A time that was found and has lost its company: kept until another is found.
    pub held: Option<BookingId>,
    /// The last start that would do, as far as was known when the week was opened.
    pub last: Timestamp,
    pub zone: Zone,
    pub trio: bool,
    pub sessions: i64,
    pub welcomes: bool,
    pub left_out: u32,
}

/// A session that was looked for, as its member sees it.
#[derive(Clone, Debug)]
pub struct PlaceRow {
    pub order: i64,
    pub week: Date,
    pub last: Timestamp,
    pub placed: bool,
    /// Its booking and start, unless that was cancelled.
    pub found: Option<(BookingId, Timestamp)>,
}

pub(super) fn date_of(text: &str) -> Date {
    text.parse().unwrap_or(Date::constant(1970, 1, 1))
}

fn order_of(row: &Row<'_>) -> rusqlite::Result<OrderRow> {
    Ok(OrderRow {
        id: row.get(0)?,
        member: MemberId(row.get(1)?),
        length: length_of(row.get(2)?),
        times: row.get(3)?,
        parts: Parts(row.get(4)?),
        every_week: row.get(5)?,
        week: date_of(row.get_ref(6)?.as_str()?),
    })
}

/// Makes an order whose first week is to be opened at once.
pub fn order_insert(conn: &Connection, order: &OrderRow, now: Timestamp) -> Result<i64, StoreError> {
    conn.prepare_cached(
        "INSERT INTO weekly_order (member, minutes, times, parts, every_week, week, next_at, made_at)
         VALUES (:member, :minutes, :times, :parts, :every, :week, :now, :now)",
    )?
    .execute(named_params! {
        ":member": order.member.0,
        ":minutes": order.length.minutes(),
        ":times": order.times,
        ":parts": order.parts.0,
        ":every": order.every_week,
        ":week": order.week.to_string(),
        ":now": now.0,
    })?;
    Ok(conn.last_insert_rowid())
}

/// A member's orders that have not ended, the first made first.
pub fn orders_of(conn: &Connection, member: MemberId) -> Result<Vec<OrderRow>, StoreError> {
    let mut query = conn.prepare_cached(
        "SELECT id, member, minutes, times, parts, every_week, week FROM weekly_order
         WHERE member = :member AND ended_at IS NULL ORDER BY id",
    )?;
    let rows = query.query_map(named_params! { ":member": member.0 }, order_of)?.collect::<Result<_, _>>()?;
    Ok(rows)
}

/// The parts that a member ticked last.
pub fn parts_last(conn: &Connection, member: MemberId) -> Result<Parts, StoreError> {
    let parts: Option<u32> = conn
        .prepare_cached("SELECT parts FROM weekly_order WHERE member = :member ORDER BY id DESC LIMIT 1")?
        .query_row(named_params! { ":member": member.0 }, |row| row.get(0))
        .optional()?;
    Ok(Parts(parts.unwrap_or(0)))
}

/// Orders of which a week is to be opened.
pub fn orders_to_open(conn: &Connection, now: Timestamp, most: usize) -> Result<Vec<OrderRow>, StoreError> {
    let mut query = conn.prepare_cached(
        "SELECT id, member, minutes, times, parts, every_week, week FROM weekly_order
         WHERE next_at <= :now AND ended_at IS NULL ORDER BY next_at, id LIMIT :most",
    )?;
    let rows = query.query_map(named_params! { ":now": now.0, ":most": most as i64 }, order_of)?.collect::<Result<_, _>>()?;
    Ok(rows)
}

/// Which week is opened next, and when; `None` when there is none.
pub fn order_next(conn: &Connection, id: i64, week: Date, at: Option<Timestamp>) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE weekly_order SET week = :week, next_at = :at WHERE id = :id")?
        .execute(named_params! { ":week": week.to_string(), ":at": at.map(|t| t.0), ":id": id })?;
    Ok(())
}

/// Nothing is looked for any more; what was found stays.
pub fn order_end(conn: &Connection, id: i64, now: Timestamp) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE weekly_order SET ended_at = :now, next_at = NULL WHERE id = :id")?
        .execute(named_params! { ":now": now.0, ":id": id })?;
    conn.prepare_cached("DELETE FROM order_place WHERE weekly_order = :id AND placed_at IS NULL")?
        .execute(named_params! { ":id": id })?;
    Ok(())
}

pub fn place_insert(conn: &Connection, order: i64, week: Date, last: Timestamp, now: Timestamp) -> Result<(), StoreError> {
    conn.prepare_cached("INSERT INTO order_place (weekly_order, week, since, last) VALUES (:order, :week, :now, :last)")?
        .execute(named_params! { ":order": order, ":week": week.to_string(), ":last": last.0, ":now": now.0 })?;
    Ok(())
}

/// What is looked for and could still be found at or after `from`: of each order and week the first.
pub fn places_open(conn: &Connection, from: Timestamp, most: usize) -> Result<Vec<OpenPlace>, StoreError> {
    let mut query = conn.prepare_cached(
        "SELECT min(p.id), p.weekly_order, o.member, p.week, o.minutes, o.parts, p.since, p.said_at IS NOT NULL,
                m.zone, coalesce(m.trio, 0), m.sessions, m.welcomes, m.left_out, p.booking, p.last
         FROM order_place p JOIN weekly_order o ON o.id = p.weekly_order JOIN member m ON m.id = o.member
         WHERE p.placed_at IS NULL AND p.last >= :from AND o.ended_at IS NULL AND m.paused_at IS NULL
         GROUP BY p.weekly_order, p.week ORDER BY 1 LIMIT :most",
    )?;
    let rows = query
        .query_map(named_params! { ":from": from.0, ":most": most as i64 }, |row| {
            Ok(OpenPlace {
                id: row.get(0)?,
                order: row.get(1)?,
                member: MemberId(row.get(2)?),
                week: date_of(row.get_ref(3)?.as_str()?),
                length: length_of(row.get(4)?),
                parts: Parts(row.get(5)?),
                since: Timestamp(row.get(6)?),
                said: row.get(7)?,
                zone: Zone::or_utc(row.get_ref(8)?.as_str()?),
                trio: row.get(9)?,
                sessions: row.get(10)?,
                welcomes: row.get(11)?,
                left_out: row.get::<_, i64>(12)?.count_ones(),
                held: row.get::<_, Option<i64>>(13)?.map(BookingId),
                last: Timestamp(row.get(14)?),
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(rows)
}

/// Whether anything is looked for that could still be found at or after `from`.
pub fn is_looking(conn: &Connection, from: Timestamp) -> Result<bool, StoreError> {
    Ok(conn
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM order_place WHERE placed_at IS NULL AND last >= :from)")?
        .query_row(named_params! { ":from": from.0 }, |row| row.get(0))?)
}

/// The last start that would do is a later one than when the week was opened.
pub fn places_last(conn: &Connection, order: i64, week: Date, last: Timestamp) -> Result<(), StoreError> {
    conn.prepare_cached(
        "UPDATE order_place SET last = :last WHERE weekly_order = :order AND week = :week AND placed_at IS NULL",
    )?
    .execute(named_params! { ":order": order, ":week": week.to_string(), ":last": last.0 })?;
    Ok(())
}

/// When a week is to be opened next.
pub fn next_opening(conn: &Connection) -> Result<Option<Timestamp>, StoreError> {
    let at: Option<i64> = conn
        .prepare_cached("SELECT min(next_at) FROM weekly_order WHERE next_at IS NOT NULL")?
        .query_row([], |row| row.get(0))?;
    Ok(at.map(Timestamp))
}

/// It was found.
pub fn place_found(conn: &Connection, id: i64, booking: BookingId, rule: Rule, now: Timestamp) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE order_place SET booking = :booking, rule = :rule, placed_at = :now WHERE id = :id")?
        .execute(named_params! { ":booking": booking.0, ":rule": rule.word(), ":now": now.0, ":id": id })?;
    Ok(())
}

/// A time that was found has lost its company: another is looked for, if one at or after `from` would do. Nothing more is said
/// while there is none.
pub fn place_reopen(conn: &Connection, booking: BookingId, from: Timestamp, now: Timestamp) -> Result<bool, StoreError> {
    let done = conn
        .prepare_cached(
            "UPDATE order_place SET placed_at = NULL, rule = NULL, since = :now, said_at = :now
             WHERE booking = :booking AND placed_at IS NOT NULL AND last >= :from
               AND weekly_order IN (SELECT id FROM weekly_order WHERE ended_at IS NULL)",
        )?
        .execute(named_params! { ":booking": booking.0, ":from": from.0, ":now": now.0 })?;
    Ok(done > 0)
}

/// The time that is held stays after all.
pub fn place_keep(conn: &Connection, id: i64, now: Timestamp) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE order_place SET placed_at = :now WHERE id = :id")?
        .execute(named_params! { ":now": now.0, ":id": id })?;
    Ok(())
}

/// It was said that nothing was found so far, of all that an order still looks for in a week; gives how many.
pub fn places_said(conn: &Connection, order: i64, week: Date, now: Timestamp) -> Result<usize, StoreError> {
    Ok(conn
        .prepare_cached(
            "UPDATE order_place SET said_at = :now
             WHERE weekly_order = :order AND week = :week AND placed_at IS NULL AND said_at IS NULL",
        )?
        .execute(named_params! { ":now": now.0, ":order": order, ":week": week.to_string() })?)
}

/// The starts that were found for an order in a week and still stand.
pub fn starts_found(conn: &Connection, order: i64, week: Date) -> Result<Vec<Timestamp>, StoreError> {
    let mut query = conn.prepare_cached(
        "SELECT b.start FROM order_place p JOIN booking b ON b.id = p.booking AND b.cancelled_at IS NULL
         WHERE p.weekly_order = :order AND p.week = :week",
    )?;
    let rows = query
        .query_map(named_params! { ":order": order, ":week": week.to_string() }, |row| row.get(0).map(Timestamp))?
        .collect::<Result<_, _>>()?;
    Ok(rows)
}

/// All that was or is looked for in weeks from `week` on, for one member.
pub fn places_of(conn: &Connection, member: MemberId, week: Date) -> Result<Vec<PlaceRow>, StoreError> {
    let mut query = conn.prepare_cached(
        "SELECT p.weekly_order, p.week, p.last, p.placed_at IS NOT NULL, b.id, b.start
         FROM weekly_order o JOIN order_place p ON p.weekly_order = o.id
         LEFT JOIN booking b ON b.id = p.booking AND b.cancelled_at IS NULL
         WHERE o.member = :member AND p.week >= :week ORDER BY p.week, b.start, p.id",
    )?;
    let rows = query
        .query_map(named_params! { ":member": member.0, ":week": week.to_string() }, |row| {
            let booking: Option<i64> = row.get(4)?;
            Ok(PlaceRow {
                order: row.get(0)?,
                week: date_of(row.get_ref(1)?.as_str()?),
                last: Timestamp(row.get(2)?),
                placed: row.get(3)?,
                found: booking.map(BookingId).zip(row.get::<_, Option<i64>>(5)?.map(Timestamp)),
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(rows)
}

/// The rule by which the time of a booking was found, if the house found it.
pub fn found_by(conn: &Connection, id: BookingId) -> Result<Option<Rule>, StoreError> {
    let word: Option<String> = conn
        .prepare_cached("SELECT rule FROM order_place WHERE booking = :id")?
        .query_row(named_params! { ":id": id.0 }, |row| row.get(0))
        .optional()?
        .flatten();
    Ok(word.as_deref().and_then(Rule::from_word))
}

/// Deletes orders that have ended and places of weeks that are over.
pub fn orders_purge(conn: &Connection, before: Timestamp) -> Result<(), StoreError> {
    conn.execute("DELETE FROM order_place WHERE last < ?1", [before.0])?;
    conn.execute(
        "DELETE FROM weekly_order WHERE (ended_at < ?1 OR (next_at IS NULL AND ended_at IS NULL))
           AND NOT EXISTS (SELECT 1 FROM order_place p WHERE p.weekly_order = weekly_order.id)",
        [before.0],
    )?;
    Ok(())
}
