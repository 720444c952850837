//! Rows of `booking` (a wish, and the seat that comes of it), `session` and `goal`.

use super::StoreError;
use crate::domain::booking::{Booking, Length, TaskType, Wishes};
use crate::domain::company::{Company, WINDOW_MOST_S};
use crate::domain::id::{BookingId, GroupId, MemberId, SessionId};
use crate::domain::matching::Whom;
use crate::domain::session::{Goal, Outcome};
use crate::domain::time::{Timestamp, Zone};
use crate::domain::view::Partner;
use rusqlite::{Connection, OptionalExtension, Row, named_params};

/// A whole row: the wish and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeatRow {
    pub booking: Booking,
    pub news: Option<String>,
    pub cancelled: bool,
    pub opened_at: Option<Timestamp>,
    pub sat_at: Option<Timestamp>,
    pub left_at: Option<Timestamp>,
    pub left_note: Option<String>,
    pub late_minutes: Option<u8>,
    pub no_show: bool,
    pub settled: bool,
    pub company: Company,
    /// Promised company in this session, and not named yet.
    pub pending: Option<SessionId>,
}

macro_rules! columns {
    () => {
        "b.id, b.member, b.session, b.start, b.minutes, b.task, b.quiet, b.camera_off_ok, b.mic_muted, b.sharing, b.title,
         b.news, b.cancelled_at, b.opened_at, b.sat_at, b.left_at, b.left_note, b.late_minutes, b.no_show, b.settled_at,
         b.earliest, b.latest, b.any_length, b.trio, b.whom, b.whom_member, b.inside, b.by_itself, b.pending"
    };
}

pub(super) fn wishes_of(row: &Row<'_>, first: usize) -> rusqlite::Result<Wishes> {
    Ok(Wishes {
        task: TaskType::from_word(row.get_ref(first)?.as_str()?).unwrap_or_default(),
        quiet: row.get(first + 1)?,
        camera_off_ok: row.get(first + 2)?,
        mic_muted: row.get(first + 3)?,
        sharing: row.get(first + 4)?,
        title: row.get(first + 5)?,
    })
}

pub(super) fn length_of(minutes: i64) -> Length {
    Length::try_from(minutes).unwrap_or(Length::Middle)
}

fn seat_of(row: &Row<'_>) -> rusqlite::Result<SeatRow> {
    let at = |n: usize| -> rusqlite::Result<Option<Timestamp>> { Ok(row.get::<_, Option<i64>>(n)?.map(Timestamp)) };
    Ok(SeatRow {
        booking: Booking {
            id: BookingId(row.get(0)?),
            member: MemberId(row.get(1)?),
            session: SessionId(row.get(2)?),
            start: Timestamp(row.get(3)?),
            length: length_of(row.get(4)?),
            wishes: wishes_of(row, 5)?,
        },
        news: row.get(11)?,
        cancelled: at(12)?.is_some(),
        opened_at: at(13)?,
        sat_at: at(14)?,
        left_at: at(15)?,
        left_note: row.get(16)?,
        late_minutes: row.get(17)?,
        no_show: row.get(18)?,
        settled: at(19)?.is_some(),
        company: super::company::company_of(row, 20)?,
        pending: row.get::<_, Option<i64>>(28)?.map(SessionId),
    })
}

/// Makes a session with no seat yet.
pub fn session_insert(conn: &Connection, now: Timestamp) -> Result<SessionId, StoreError> {
    conn.prepare_cached("INSERT INTO session (made_at) VALUES (:now)")?.execute(named_params! { ":now": now.0 })?;
    Ok(SessionId(conn.last_insert_rowid()))
}

/// Marks a pair as fixed: it changes only if one cancels.
pub fn session_lock(conn: &Connection, session: SessionId, now: Timestamp) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE session SET locked_at = coalesce(locked_at, :now) WHERE id = :id")?
        .execute(named_params! { ":now": now.0, ":id": session.0 })?;
    Ok(())
}

pub fn session_unlock(conn: &Connection, session: SessionId) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE session SET locked_at = NULL WHERE id = :id")?.execute(named_params! { ":id": session.0 })?;
    Ok(())
}

/// Inserts a wish, alone in its session. What its member said about sessions of three holds for it until it says otherwise.
pub fn booking_insert(
    conn: &Connection,
    member: MemberId,
    session: SessionId,
    start: Timestamp,
    length: Length,
    wishes: &Wishes,
    now: Timestamp,
) -> Result<BookingId, StoreError> {
    conn.prepare_cached(
        "INSERT INTO booking (member, session, start, earliest, latest, minutes, closes, task, quiet, camera_off_ok, mic_muted, sharing, title, made_at, trio)
         VALUES (:member, :session, :start, :start, :start, :minutes, :closes, :task, :quiet, :camera, :mic, :sharing, :title, :now,
                 coalesce((SELECT trio FROM member WHERE id = :member), 0))",
    )?
    .execute(named_params! {
        ":member": member.0,
        ":session": session.0,
        ":start": start.0,
        ":minutes": length.minutes(),
        ":closes": start.plus(length.footprint_s()).0,
        ":task": wishes.task.word(),
        ":quiet": wishes.quiet,
        ":camera": wishes.camera_off_ok,
        ":mic": wishes.mic_muted,
        ":sharing": wishes.sharing,
        ":title": wishes.title,
        ":now": now.0,
    })?;
    Ok(BookingId(conn.last_insert_rowid()))
}

pub fn booking_cancel(conn: &Connection, id: BookingId, now: Timestamp) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE booking SET cancelled_at = :now WHERE id = :id")?
        .execute(named_params! { ":now": now.0, ":id": id.0 })?;
    Ok(())
}

/// Gives a booking another start: whatever was known or opened at the one before is forgotten.
pub fn booking_reschedule(conn: &Connection, id: BookingId, start: Timestamp, closes: Timestamp) -> Result<(), StoreError> {
    conn.prepare_cached(
        "UPDATE booking SET start = :start, earliest = :start, latest = :start, closes = :closes, looked = 0, pending = NULL, news = NULL,
                late_minutes = NULL, opened_at = NULL, sat_at = NULL
         WHERE id = :id",
    )?
    .execute(named_params! { ":start": start.0, ":closes": closes.0, ":id": id.0 })?;
    Ok(())
}

/// Moves a booking's seat into another session.
pub fn booking_move(conn: &Connection, id: BookingId, session: SessionId) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE booking SET session = :session WHERE id = :id")?
        .execute(named_params! { ":session": session.0, ":id": id.0 })?;
    Ok(())
}

/// Sets `alone` of every open seat of a session from how many there are.
pub fn session_recount(conn: &Connection, session: SessionId) -> Result<(), StoreError> {
    conn.prepare_cached(
        "UPDATE booking SET alone = (SELECT count(*) FROM booking o WHERE o.session = :session AND o.cancelled_at IS NULL) <= 1
         WHERE session = :session AND cancelled_at IS NULL",
    )?
    .execute(named_params! { ":session": session.0 })?;
    Ok(())
}

/// A sentence for the member about their partner, or none.
pub fn booking_news(conn: &Connection, id: BookingId, news: Option<&str>) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE booking SET news = :news WHERE id = :id")?
        .execute(named_params! { ":news": news, ":id": id.0 })?;
    Ok(())
}

pub fn seat(conn: &Connection, id: BookingId) -> Result<Option<SeatRow>, StoreError> {
    Ok(conn
        .prepare_cached(concat!("SELECT ", columns!(), " FROM booking b WHERE b.id = :id"))?
        .query_row(named_params! { ":id": id.0 }, seat_of)
        .optional()?)
}

/// The open seats of a session, in order of booking.
pub fn seats_of_session(conn: &Connection, session: SessionId) -> Result<Vec<SeatRow>, StoreError> {
    let mut query = conn.prepare_cached(concat!(
        "SELECT ",
        columns!(),
        " FROM booking b WHERE b.session = :session AND b.cancelled_at IS NULL ORDER BY b.id"
    ))?;
    let rows = query.query_map(named_params! { ":session": session.0 }, seat_of)?.collect::<Result<_, _>>()?;
    Ok(rows)
}

/// The other open seats of a session, with their members.
pub fn partners(conn: &Connection, session: SessionId, but: BookingId) -> Result<Vec<Partner>, StoreError> {
    let mut query = conn.prepare_cached(
        "SELECT b.task, b.quiet, b.camera_off_ok, b.mic_muted, b.sharing, b.title, b.late_minutes, m.name, m.zone, m.sessions, m.welcomes
         FROM booking b JOIN member m ON m.id = b.member
         WHERE b.session = :session AND b.cancelled_at IS NULL AND b.id <> :but ORDER BY b.id",
    )?;
    let rows = query
        .query_map(named_params! { ":session": session.0, ":but": but.0 }, |row| {
            Ok(Partner {
                wishes: wishes_of(row, 0)?,
                late_minutes: row.get(6)?,
                name: row.get(7)?,
                zone: Zone::or_utc(row.get_ref(8)?.as_str()?),
                sessions: row.get(9)?,
                welcomes: row.get(10)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(rows)
}

/// A member's next open seats that are not over.
pub fn seats_ahead(conn: &Connection, member: MemberId, now: Timestamp, most: usize) -> Result<Vec<SeatRow>, StoreError> {
    let mut query = conn.prepare_cached(concat!(
        "SELECT ",
        columns!(),
        " FROM booking b
          WHERE b.member = :member AND b.cancelled_at IS NULL AND b.start >= :now - 5400 AND b.closes > :now
          ORDER BY b.start LIMIT :most"
    ))?;
    let rows = query
        .query_map(named_params! { ":member": member.0, ":now": now.0, ":most": most as i64 }, seat_of)?
        .collect::<Result<_, _>>()?;
    Ok(rows)
}

/// A member's open seats that touch [from, to).
pub fn seats_of_member(conn: &Connection, member: MemberId, from: Timestamp, to: Timestamp) -> Result<Vec<SeatRow>, StoreError> {
    let mut query = conn.prepare_cached(concat!(
        "SELECT ",
        columns!(),
        " FROM booking b
          WHERE b.member = :member AND b.cancelled_at IS NULL AND b.start >= :from - 5400 AND b.start < :to AND b.closes > :from
          ORDER BY b.start"
    ))?;
    let rows = query
        .query_map(named_params! { ":member": member.0, ":from": from.0, ":to": to.0 }, seat_of)?
        .collect::<Result<_, _>>()?;
    Ok(rows)
}

/// Somebody who waits, with what the calendar shows of them.
#[derive(Clone, Debug)]
pub struct WaitingRow {
    pub booking: BookingId,
    pub member: MemberId,
    pub session: SessionId,
    pub start: Timestamp,
    pub length: Length,
    pub wishes: Wishes,
    pub earliest: Timestamp,
    pub latest: Timestamp,
    pub name: std::sync::Arc<str>,
    pub zone: std::sync::Arc<str>,
    pub sessions: i64,
    pub pick: crate::domain::member::Pick,
    pub as_someone: bool,
    /// Open only to members of this group.
    pub inside: Option<GroupId>,
    /// Open only to whom it asks for.
    pub whom: Whom,
}

/// Everybody who waits with a start in [from, to), by start.
pub fn waiting_between(conn: &Connection, from: Timestamp, to: Timestamp) -> Result<Vec<WaitingRow>, StoreError> {
    waiting(conn, from, to, 0)
}

/// The same, with everybody whose window reaches into it.
pub fn waiting_around(conn: &Connection, from: Timestamp, to: Timestamp) -> Result<Vec<WaitingRow>, StoreError> {
    waiting(conn, from, to, WINDOW_MOST_S)
}

fn waiting(conn: &Connection, from: Timestamp, to: Timestamp, reach_s: i64) -> Result<Vec<WaitingRow>, StoreError> {
    let mut query = conn.prepare_cached(
        "SELECT b.id, b.member, b.session, b.start, b.minutes, b.task, b.quiet, b.camera_off_ok, b.mic_muted, b.sharing, b.title,
                m.name, m.zone, m.sessions, m.pick, m.as_someone, b.earliest, b.latest, b.inside, b.whom, b.whom_member
         FROM booking b JOIN member m ON m.id = b.member
         WHERE b.start >= :from - :reach AND b.start < :to + :reach AND b.alone = 1 AND b.cancelled_at IS NULL
           AND (b.start >= :from AND b.start < :to OR b.earliest < :to AND b.latest >= :from AND b.earliest < b.latest)
           AND b.left_at IS NULL AND m.paused_at IS NULL
         ORDER BY b.start, b.minutes, b.id",
    )?;
    let rows = query
        .query_map(named_params! { ":from": from.0, ":to": to.0, ":reach": reach_s }, |row| {
            Ok(WaitingRow {
                booking: BookingId(row.get(0)?),
                member: MemberId(row.get(1)?),
                session: SessionId(row.get(2)?),
                start: Timestamp(row.get(3)?),
                length: length_of(row.get(4)?),
                wishes: wishes_of(row, 5)?,
                name: row.get_ref(11)?.as_str()?.into(),
                zone: row.get_ref(12)?.as_str()?.into(),
                sessions: row.get(13)?,
                pick: crate::domain::member::Pick::from_word(row.get_ref(14)?.as_str()?).unwrap_or_default(),
                as_someone: row.get(15)?,
                earliest: Timestamp(row.get(16)?),
                latest: Timestamp(row.get(17)?),
                inside: row.get::<_, Option<i64>>(18)?.map(GroupId),
                whom: super::company::whom_of(row, 19)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(rows)
}

pub fn seat_opened(conn: &Connection, id: BookingId, now: Timestamp) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE booking SET opened_at = coalesce(opened_at, :now), no_show = 0 WHERE id = :id")?
        .execute(named_params! { ":now": now.0, ":id": id.0 })?;
    Ok(())
}

pub fn seat_sat(conn: &Connection, id: BookingId, now: Timestamp) -> Result<(), StoreError> {
    conn.prepare_cached(
        "UPDATE booking SET sat_at = coalesce(sat_at, :now), opened_at = coalesce(opened_at, :now), left_at = NULL, left_note = NULL WHERE id = :id",
    )?
    .execute(named_params! { ":now": now.0, ":id": id.0 })?;
    Ok(())
}

pub fn seat_left(conn: &Connection, id: BookingId, note: &str, now: Timestamp) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE booking SET left_at = coalesce(left_at, :now), left_note = :note WHERE id = :id")?
        .execute(named_params! { ":now": now.0, ":note": note, ":id": id.0 })?;
    Ok(())
}

pub fn seat_late(conn: &Connection, id: BookingId, minutes: u8) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE booking SET late_minutes = :minutes WHERE id = :id")?
        .execute(named_params! { ":minutes": minutes, ":id": id.0 })?;
    Ok(())
}

/// Marks as no-show each matched seat that started at or before `started_by` and whose member never opened the page.
/// Gives back the sessions touched.
pub fn seats_mark_no_show(conn: &Connection, started_by: Timestamp, now: Timestamp) -> Result<Vec<SessionId>, StoreError> {
    let mut query = conn.prepare_cached(
        "UPDATE booking SET no_show = 1
         WHERE cancelled_at IS NULL AND settled_at IS NULL AND start <= :by AND start > :by - 7200 AND closes > :now
           AND opened_at IS NULL AND no_show = 0 AND alone = 0
         RETURNING session",
    )?;
    let rows = query
        .query_map(named_params! { ":by": started_by.0, ":now": now.0 }, |row| row.get(0).map(SessionId))?
        .collect::<Result<_, _>>()?;
    Ok(rows)
}

/// The goals of a seat, in order.
pub fn goals(conn: &Connection, id: BookingId) -> Result<Vec<Goal>, StoreError> {
    let mut query = conn.prepare_cached("SELECT text, outcome FROM goal WHERE booking = :id ORDER BY line")?;
    let rows = query
        .query_map(named_params! { ":id": id.0 }, |row| {
            let outcome: Option<String> = row.get(1)?;
            Ok(Goal { text: row.get(0)?, outcome: outcome.as_deref().and_then(Outcome::from_word) })
        })?
        .collect::<Result<_, _>>()?;
    Ok(rows)
}

/// Puts a list of goals in the place of what was there.
pub fn goals_replace(conn: &Connection, id: BookingId, goals: &[Goal]) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM goal WHERE booking = :id")?.execute(named_params! { ":id": id.0 })?;
    let mut insert =
        conn.prepare_cached("INSERT INTO goal (booking, line, text, outcome) VALUES (:id, :line, :text, :outcome)")?;
    for (line, goal) in goals.iter().enumerate() {
        insert.execute(
            named_params! { ":id": id.0, ":line": line as i64, ":text": goal.text, ":outcome": goal.outcome.map(Outcome::word) },
        )?;
    }
    Ok(())
}

/// Sets how one goal ended; `false` when there is no such line.
pub fn goal_mark(conn: &Connection, id: BookingId, line: usize, outcome: Option<Outcome>) -> Result<bool, StoreError> {
    let done = conn
        .prepare_cached("UPDATE goal SET outcome = :outcome WHERE booking = :id AND line = :line")?
        .execute(named_params! { ":outcome": outcome.map(Outcome::word), ":id": id.0, ":line": line as i64 })?;
    Ok(done == 1)
}

/// The unfinished goals of a member's last session that ended before `before`.
pub fn goals_unfinished(conn: &Connection, member: MemberId, before: Timestamp) -> Result<Vec<String>, StoreError> {
    let mut query = conn.prepare_cached(
        "SELECT text FROM goal
         WHERE booking = (SELECT id FROM booking WHERE member = :member AND cancelled_at IS NULL AND start < :before
                          AND EXISTS (SELECT 1 FROM goal g WHERE g.booking = booking.id) ORDER BY start DESC LIMIT 1)
           AND (outcome IS NULL OR outcome <> 'done')
         ORDER BY line",
    )?;
    let rows = query
        .query_map(named_params! { ":member": member.0, ":before": before.0 }, |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    Ok(rows)
}

/// When the next thing is due: a no-show to note or a seat to settle.
pub fn next_due(conn: &Connection, now: Timestamp, no_show_s: i64) -> Result<Option<Timestamp>, StoreError> {
    let closes: Option<i64> = conn
        .prepare_cached("SELECT min(closes) FROM booking WHERE cancelled_at IS NULL AND settled_at IS NULL")?
        .query_row([], |row| row.get(0))?;
    let starts: Option<i64> = conn
        .prepare_cached(
            "SELECT min(start) FROM booking
             WHERE cancelled_at IS NULL AND settled_at IS NULL AND start > :after",
        )?
        .query_row(named_params! { ":after": now.0 - no_show_s }, |row| row.get(0))?;
    // Those whose minute passed while nobody looked, as `seats_mark_no_show` will find them.
    let missed: Option<i64> = conn
        .prepare_cached(
            "SELECT min(start) FROM booking
             WHERE cancelled_at IS NULL AND settled_at IS NULL AND start <= :after AND start > :after - 7200 AND closes > :now
               AND opened_at IS NULL AND no_show = 0 AND alone = 0",
        )?
        .query_row(named_params! { ":after": now.0 - no_show_s, ":now": now.0 }, |row| row.get(0))?;
    let starts = [starts, missed].into_iter().flatten().map(|s| s + no_show_s);
    Ok(closes.into_iter().chain(starts).min().map(Timestamp))
}
