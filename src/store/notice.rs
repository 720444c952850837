//! Rows of `notice` (a sentence in the page), `nudge` and `asked` (what was sent, for the caps), and `wait_list`.

use super::StoreError;
use crate::domain::id::{BookingId, MemberId};
use crate::domain::nudge::{Nudged, WEEK_S};
use crate::domain::time::{Timestamp, Zone};
use crate::domain::view::{Notice, NoticeKind};
use rusqlite::{Connection, OptionalExtension, named_params};

/// A sentence for one member, with what it is about.
#[derive(Clone, Debug)]
pub struct NewNotice<'a> {
    pub member: MemberId,
    pub kind: NoticeKind,
    pub text: &'a str,
    pub booking: Option<BookingId>,
    pub appointment: Option<i64>,
    pub until: Timestamp,
}

pub fn notice_insert(conn: &Connection, new: &NewNotice<'_>, now: Timestamp) -> Result<(), StoreError> {
    conn.prepare_cached(
        "INSERT INTO notice (member, kind, text, booking, appointment, made_at, until)
         VALUES (:member, :kind, :text, :booking, :appointment, :now, :until)",
    )?
    .execute(named_params! {
        ":member": new.member.0,
        ":kind": new.kind.word(),
        ":text": new.text,
        ":booking": new.booking.map(|b| b.0),
        ":appointment": new.appointment,
        ":now": now.0,
        ":until": new.until.0,
    })?;
    Ok(())
}

/// What there is to tell a member, the newest first. Who was met by then waits no more, and is not told of.
pub fn notices(conn: &Connection, member: MemberId, now: Timestamp, most: usize) -> Result<Vec<Notice>, StoreError> {
    let mut query = conn.prepare_cached(
        "SELECT n.id, n.kind, n.text, n.booking, n.appointment, b.start, b.minutes,
                m.pick = 'everyone' OR (m.pick = 'favorites' AND EXISTS
                  (SELECT 1 FROM relation r WHERE r.member = m.id AND r.other = :member AND r.kind = 'favorite'))
         FROM notice n LEFT JOIN booking b ON b.id = n.booking LEFT JOIN member m ON m.id = b.member
         WHERE n.member = :member AND n.until > :now
           AND (n.booking IS NULL OR (b.cancelled_at IS NULL AND b.alone = 1 AND b.left_at IS NULL))
         ORDER BY n.id DESC LIMIT :most",
    )?;
    let rows = query
        .query_map(named_params! { ":member": member.0, ":now": now.0, ":most": most as i64 }, |row| {
            Ok(Notice {
                id: row.get(0)?,
                kind: NoticeKind::from_word(row.get_ref(1)?.as_str()?),
                text: row.get(2)?,
                booking: row.get::<_, Option<i64>>(3)?.map(BookingId),
                appointment: row.get(4)?,
                start: row.get::<_, Option<i64>>(5)?.map(Timestamp),
                length: super::booking::length_of(row.get::<_, Option<i64>>(6)?.unwrap_or_default()),
                pickable: row.get::<_, Option<bool>>(7)?.unwrap_or(false),
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(rows)
}

/// Puts a notice of a member away.
pub fn notice_delete(conn: &Connection, member: MemberId, id: i64) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM notice WHERE id = :id AND member = :member")?
        .execute(named_params! { ":id": id, ":member": member.0 })?;
    Ok(())
}

/// Forgets what was said and asked about a booking, because it lies elsewhere.
pub fn booking_forget(conn: &Connection, booking: BookingId) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM notice WHERE booking = :booking")?.execute(named_params! { ":booking": booking.0 })?;
    conn.prepare_cached("DELETE FROM asked WHERE booking = :booking")?.execute(named_params! { ":booking": booking.0 })?;
    Ok(())
}

/// Puts away the nudges of a member.
pub fn nudges_delete(conn: &Connection, member: MemberId) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM notice WHERE member = :member AND kind IN ('asked', 'shift')")?
        .execute(named_params! { ":member": member.0 })?;
    Ok(())
}

/// Puts away all that was said to a member about an appointment.
pub fn notices_of_appointment(conn: &Connection, appointment: i64, member: MemberId) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM notice WHERE appointment = :appointment AND member = :member")?
        .execute(named_params! { ":appointment": appointment, ":member": member.0 })?;
    Ok(())
}

/// Whether a member agreed to nudges, and until when none are wanted.
pub fn nudges(conn: &Connection, member: MemberId) -> Result<(bool, Timestamp), StoreError> {
    let found = conn
        .prepare_cached("SELECT nudges, no_nudges_until FROM member WHERE id = :id")?
        .query_row(named_params! { ":id": member.0 }, |row| Ok((row.get(0)?, Timestamp(row.get(1)?))))
        .optional()?;
    Ok(found.unwrap_or((false, Timestamp(0))))
}

pub fn nudges_set(conn: &Connection, member: MemberId, yes: bool) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE member SET nudges = :yes WHERE id = :id")?
        .execute(named_params! { ":yes": yes, ":id": member.0 })?;
    Ok(())
}

pub fn no_nudges_until(conn: &Connection, member: MemberId, until: Timestamp) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE member SET no_nudges_until = :until WHERE id = :id")?
        .execute(named_params! { ":until": until.0, ":id": member.0 })?;
    Ok(())
}

/// Who agreed to nudges and sits in no session at this moment; whom it is longest since comes first.
pub fn nudgeable(conn: &Connection, now: Timestamp, most: usize) -> Result<Vec<MemberId>, StoreError> {
    let mut query = conn.prepare_cached(
        "SELECT m.id FROM member m
         WHERE m.nudges = 1 AND m.paused_at IS NULL AND m.no_nudges_until <= :now
           AND NOT EXISTS (SELECT 1 FROM booking b WHERE b.member = m.id AND b.cancelled_at IS NULL AND b.left_at IS NULL
                             AND b.start > :now - 5400 AND b.start <= :now AND b.closes > :now)
         ORDER BY coalesce((SELECT max(at) FROM nudge n WHERE n.member = m.id), 0), m.id LIMIT :most",
    )?;
    let rows = query
        .query_map(named_params! { ":now": now.0, ":most": most as i64 }, |row| row.get(0).map(MemberId))?
        .collect::<Result<_, _>>()?;
    Ok(rows)
}

/// Whether anybody agreed to nudges.
pub fn anybody_nudgeable(conn: &Connection) -> Result<bool, StoreError> {
    Ok(conn
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM member WHERE nudges = 1 AND paused_at IS NULL)")?
        .query_row([], |row| row.get(0))?)
}

/// What decides whether a member may be nudged.
pub fn nudged(conn: &Connection, member: MemberId, now: Timestamp) -> Result<Option<Nudged>, StoreError> {
    let found = conn
        .prepare_cached("SELECT zone, no_nudges_until FROM member WHERE id = :id")?
        .query_row(named_params! { ":id": member.0 }, |row| Ok((Zone::or_utc(row.get_ref(0)?.as_str()?), Timestamp(row.get(1)?))))
        .optional()?;
    let Some((zone, none_until)) = found else { return Ok(None) };
    let mut query = conn.prepare_cached("SELECT at FROM nudge WHERE member = :member AND at > :since")?;
    let at = query
        .query_map(named_params! { ":member": member.0, ":since": now.0 - WEEK_S }, |row| row.get(0).map(Timestamp))?
        .collect::<Result<_, _>>()?;
    Ok(Some(Nudged { zone, none_until, at }))
}

pub fn nudge_insert(conn: &Connection, member: MemberId, now: Timestamp) -> Result<(), StoreError> {
    conn.prepare_cached("INSERT INTO nudge (member, at) VALUES (:member, :now)")?
        .execute(named_params! { ":member": member.0, ":now": now.0 })?;
    Ok(())
}

/// Notes that something was sent about a booking; `false` when it had been before.
pub fn asked_insert(conn: &Connection, booking: BookingId, kind: &str, now: Timestamp) -> Result<bool, StoreError> {
    let done = conn
        .prepare_cached("INSERT OR IGNORE INTO asked (booking, kind, at) VALUES (:booking, :kind, :now)")?
        .execute(named_params! { ":booking": booking.0, ":kind": kind, ":now": now.0 })?;
    Ok(done == 1)
}

pub fn was_asked(conn: &Connection, booking: BookingId, kind: &str) -> Result<bool, StoreError> {
    Ok(conn
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM asked WHERE booking = :booking AND kind = :kind)")?
        .query_row(named_params! { ":booking": booking.0, ":kind": kind }, |row| row.get(0))?)
}

/// Lone bookings of those who agreed to nudges, within a stretch of time, about which nobody was nudged yet.
pub fn lone_to_nudge(
    conn: &Connection,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<(MemberId, BookingId, Timestamp)>, StoreError> {
    let mut query = conn.prepare_cached(
        "SELECT b.member, b.id, b.start FROM booking b JOIN member m ON m.id = b.member
         WHERE b.alone = 1 AND b.cancelled_at IS NULL AND b.start > :from AND b.start <= :to AND b.earliest = b.latest
           AND b.pending IS NULL AND m.nudges = 1 AND m.paused_at IS NULL
           AND NOT EXISTS (SELECT 1 FROM asked a WHERE a.booking = b.id AND a.kind = 'nudge')
         ORDER BY b.start, b.id",
    )?;
    let rows = query
        .query_map(named_params! { ":from": from.0, ":to": to.0 }, |row| {
            Ok((MemberId(row.get(0)?), BookingId(row.get(1)?), Timestamp(row.get(2)?)))
        })?
        .collect::<Result<_, _>>()?;
    Ok(rows)
}

pub fn wait_put(conn: &Connection, member: MemberId, start: Timestamp, until: Timestamp) -> Result<(), StoreError> {
    conn.prepare_cached("INSERT OR REPLACE INTO wait_list (member, start, until) VALUES (:member, :start, :until)")?
        .execute(named_params! { ":member": member.0, ":start": start.0, ":until": until.0 })?;
    Ok(())
}

pub fn wait_delete(conn: &Connection, member: MemberId, start: Timestamp) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM wait_list WHERE member = :member AND start = :start")?
        .execute(named_params! { ":member": member.0, ":start": start.0 })?;
    Ok(())
}

/// Who wants to be told of a start, and since which start they ask.
pub fn waits_for(conn: &Connection, start: Timestamp) -> Result<Vec<(MemberId, Timestamp)>, StoreError> {
    let mut query = conn
        .prepare_cached("SELECT member, start FROM wait_list WHERE until > :start AND start <= :start ORDER BY member, start")?;
    let rows = query
        .query_map(named_params! { ":start": start.0 }, |row| Ok((MemberId(row.get(0)?), Timestamp(row.get(1)?))))?
        .collect::<Result<_, _>>()?;
    Ok(rows)
}

/// The hours that a member asks about: from and until.
pub fn waits_of(conn: &Connection, member: MemberId, now: Timestamp) -> Result<Vec<(Timestamp, Timestamp)>, StoreError> {
    let mut query =
        conn.prepare_cached("SELECT start, until FROM wait_list WHERE member = :member AND until > :now ORDER BY start")?;
    let rows = query
        .query_map(named_params! { ":member": member.0, ":now": now.0 }, |row| {
            Ok((Timestamp(row.get(0)?), Timestamp(row.get(1)?)))
        })?
        .collect::<Result<_, _>>()?;
    Ok(rows)
}

/// Deletes what is over: no name stays in a notice.
pub fn notices_purge(conn: &Connection, now: Timestamp) -> Result<(), StoreError> {
    conn.execute("DELETE FROM notice WHERE until < ?1", [now.0])?;
    conn.execute("DELETE FROM wait_list WHERE until < ?1", [now.0])?;
    conn.execute("DELETE FROM nudge WHERE at < ?1", [now.0 - WEEK_S])?;
    Ok(())
}
