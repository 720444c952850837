//! What remains of a session: the settled seat, lifetime counts without names, and the daily deletion.

use super::StoreError;
use super::booking::SeatRow;
use crate::domain::id::{BookingId, MemberId};
use crate::domain::time::Timestamp;
use crate::domain::view::Totals;
use rusqlite::{Connection, OptionalExtension, named_params};

/// Seats whose break is over and that were not counted yet.
pub fn seats_to_settle(conn: &Connection, now: Timestamp, most: i64) -> Result<Vec<BookingId>, StoreError> {
    let mut query = conn.prepare_cached(
        "SELECT id FROM booking WHERE cancelled_at IS NULL AND settled_at IS NULL AND closes <= :now ORDER BY closes LIMIT :most",
    )?;
    let rows = query
        .query_map(named_params! { ":now": now.0, ":most": most }, |row| row.get(0).map(BookingId))?
        .collect::<Result<_, _>>()?;
    Ok(rows)
}

pub fn seat_settled(conn: &Connection, id: BookingId, now: Timestamp) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE booking SET settled_at = :now WHERE id = :id")?
        .execute(named_params! { ":now": now.0, ":id": id.0 })?;
    Ok(())
}

/// Adds one attended session to a member's lifetime counts and to the day's.
pub fn count_add(conn: &Connection, member: MemberId, day: &str, minutes: i64, goals_met: i64) -> Result<(), StoreError> {
    conn.prepare_cached(
        "UPDATE member SET sessions = sessions + 1, minutes = minutes + :minutes, goals_met = goals_met + :met WHERE id = :member",
    )?
    .execute(named_params! { ":minutes": minutes, ":met": goals_met, ":member": member.0 })?;
    conn.prepare_cached(
        "INSERT INTO day_count (member, day, sessions, minutes, goals_met) VALUES (:member, :day, 1, :minutes, :met)
         ON CONFLICT DO UPDATE SET sessions = sessions + 1, minutes = minutes + excluded.minutes, goals_met = goals_met + excluded.goals_met",
    )?
    .execute(named_params! { ":member": member.0, ":day": day, ":minutes": minutes, ":met": goals_met })?;
    Ok(())
}

/// Appends to the ring of a member's own last 20 outcomes, a letter each.
pub fn outcomes_append(conn: &Connection, member: MemberId, letters: &str) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE member SET outcomes = substr(outcomes || :letters, -20) WHERE id = :member")?
        .execute(named_params! { ":letters": letters, ":member": member.0 })?;
    Ok(())
}

pub fn totals(conn: &Connection, member: MemberId) -> Result<Totals, StoreError> {
    let totals = conn
        .prepare_cached("SELECT sessions, minutes, goals_met FROM member WHERE id = :id")?
        .query_row(named_params! { ":id": member.0 }, |row| {
            Ok(Totals { sessions: row.get(0)?, minutes: row.get(1)?, goals_met: row.get(2)? })
        })
        .optional()?;
    Ok(totals.unwrap_or_default())
}

/// Sessions by day since that day.
pub fn days_since(conn: &Connection, member: MemberId, day: &str) -> Result<Vec<(String, i64)>, StoreError> {
    let mut query =
        conn.prepare_cached("SELECT day, sessions FROM day_count WHERE member = :member AND day >= :day ORDER BY day")?;
    let rows = query
        .query_map(named_params! { ":member": member.0, ":day": day }, |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    Ok(rows)
}

/// Notes that two members met; the pair is kept with its smaller number first.
pub fn met_insert(conn: &Connection, a: MemberId, b: MemberId, at: Timestamp) -> Result<(), StoreError> {
    conn.prepare_cached(
        "INSERT INTO met (low, high, at) VALUES (min(:a, :b), max(:a, :b), :at) ON CONFLICT DO UPDATE SET at = max(at, excluded.at)",
    )?
    .execute(named_params! { ":a": a.0, ":b": b.0, ":at": at.0 })?;
    Ok(())
}

pub fn have_met(conn: &Connection, a: MemberId, b: MemberId) -> Result<bool, StoreError> {
    let met = conn
        .prepare_cached("SELECT 1 FROM met WHERE low = min(:a, :b) AND high = max(:a, :b)")?
        .query_row(named_params! { ":a": a.0, ":b": b.0 }, |_| Ok(()))
        .optional()?;
    Ok(met.is_some())
}

/// Deletes what may not be kept: bookings (with goals and notes) closed before `history`, cancelled ones of that age,
/// meetings before `met`, picks before `picks`, links that are over, settled reports before `history`.
pub fn purge(
    conn: &Connection,
    history: Timestamp,
    met: Timestamp,
    picks: Timestamp,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let gone = conn
        .prepare_cached("DELETE FROM booking WHERE closes < :history AND (settled_at IS NOT NULL OR cancelled_at IS NOT NULL)")?
        .execute(named_params! { ":history": history.0 })?;
    conn.execute(
        "DELETE FROM session WHERE made_at < ?1 AND NOT EXISTS (SELECT 1 FROM booking b WHERE b.session = session.id)",
        [history.0],
    )?;
    conn.execute("DELETE FROM met WHERE at < ?1", [met.0])?;
    conn.execute("DELETE FROM picked WHERE at < ?1", [picks.0])?;
    conn.execute("DELETE FROM pass WHERE expires_at < ?1", [now.0])?;
    conn.execute("DELETE FROM relation WHERE until IS NOT NULL AND until < ?1", [now.0])?;
    conn.execute("DELETE FROM report WHERE settled_at IS NOT NULL AND settled_at < ?1", [met.0])?;
    Ok(gone)
}

/// The member's seats of the last days, newest first, attended or not.
pub fn seats_past(conn: &Connection, member: MemberId, since: Timestamp, now: Timestamp) -> Result<Vec<SeatRow>, StoreError> {
    let mut seats = super::booking::seats_of_member(conn, member, since, now)?;
    seats.retain(|s| s.booking.ends_at() <= now);
    seats.reverse();
    Ok(seats)
}

/// When a job ran last.
pub fn job_ran_at(conn: &Connection, name: &str) -> Result<Option<Timestamp>, StoreError> {
    Ok(conn
        .prepare_cached("SELECT ran_at FROM job WHERE name = :name")?
        .query_row(named_params! { ":name": name }, |row| row.get(0).map(Timestamp))
        .optional()?)
}

pub fn job_ran(conn: &Connection, name: &str, now: Timestamp) -> Result<(), StoreError> {
    conn.prepare_cached(
        "INSERT INTO job (name, ran_at) VALUES (:name, :now) ON CONFLICT DO UPDATE SET ran_at = excluded.ran_at",
    )?
    .execute(named_params! { ":name": name, ":now": now.0 })?;
    Ok(())
}
