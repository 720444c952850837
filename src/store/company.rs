//! Rows of `booking` as the matcher needs them, what it decided (`seated`), and what is to be looked at next.

use super::StoreError;
use super::booking::{length_of, wishes_of};
use super::member::Listed;
use crate::domain::booking::{Length, Wishes};
use crate::domain::company::{Company, DUE_S, LAST_S, NAMES_S, WINDOW_MOST_S, whom_word};
use crate::domain::id::{BookingId, GroupId, MemberId, SessionId};
use crate::domain::matching::{Rule, Whom};
use crate::domain::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, named_params};

/// An open booking with what the matcher asks about its member.
#[derive(Clone, Debug)]
pub struct OpenRow {
    pub booking: BookingId,
    pub member: MemberId,
    pub session: SessionId,
    pub start: Timestamp,
    pub length: Length,
    pub wishes: Wishes,
    pub company: Company,
    pub pending: Option<SessionId>,
    pub sessions: i64,
    pub welcomes: bool,
    /// How often nobody came, of the last ten.
    pub left_out: u32,
    pub locked: bool,
    pub news: Option<String>,
}

macro_rules! booked_row {
    ($which:literal) => {
        concat!(
            "SELECT b.id, b.member, b.session, b.start, b.minutes, b.task, b.quiet, b.camera_off_ok, b.mic_muted, b.sharing, b.title,
                    b.earliest, b.latest, b.any_length, b.trio, b.whom, b.whom_member, b.inside, b.by_itself, b.pending,
                    m.sessions, m.welcomes, m.left_out, s.locked_at, b.news
             FROM booking b JOIN member m ON m.id = b.member JOIN session s ON s.id = b.session
             WHERE b.cancelled_at IS NULL AND m.paused_at IS NULL AND ",
            $which
        )
    };
}

macro_rules! open_row {
    ($which:literal) => {
        concat!(booked_row!("b.left_at IS NULL AND "), $which)
    };
}

pub(super) fn company_of(row: &Row<'_>, first: usize) -> rusqlite::Result<Company> {
    Ok(Company {
        earliest: Timestamp(row.get(first)?),
        latest: Timestamp(row.get(first + 1)?),
        any_length: row.get(first + 2)?,
        trio: row.get(first + 3)?,
        whom: whom_of(row, first + 4)?,
        inside: row.get::<_, Option<i64>>(first + 6)?.map(GroupId),
        by_itself: row.get(first + 7)?,
    })
}

/// Whom a booking asks for, in two columns.
pub(super) fn whom_of(row: &Row<'_>, first: usize) -> rusqlite::Result<Whom> {
    let member: Option<i64> = row.get(first + 1)?;
    Ok(match (row.get_ref(first)?.as_str().unwrap_or_default(), member) {
        ("first", _) => Whom::FavoritesFirst,
        ("member", Some(id)) => Whom::Member(MemberId(id)),
        // Whom they asked for is gone: whom they like is nearest to it.
        ("favorites" | "member", _) => Whom::FavoritesOnly,
        _ => Whom::Anyone,
    })
}

fn open_of(row: &Row<'_>) -> rusqlite::Result<OpenRow> {
    Ok(OpenRow {
        booking: BookingId(row.get(0)?),
        member: MemberId(row.get(1)?),
        session: SessionId(row.get(2)?),
        start: Timestamp(row.get(3)?),
        length: length_of(row.get(4)?),
        wishes: wishes_of(row, 5)?,
        company: company_of(row, 11)?,
        pending: row.get::<_, Option<i64>>(19)?.map(SessionId),
        sessions: row.get(20)?,
        welcomes: row.get(21)?,
        left_out: row.get::<_, i64>(22)?.count_ones(),
        locked: row.get::<_, Option<i64>>(23)?.is_some(),
        news: row.get(24)?,
    })
}

/// Who waits and could start somewhere in [from, to].
pub fn open_between(conn: &Connection, from: Timestamp, to: Timestamp) -> Result<Vec<OpenRow>, StoreError> {
    let mut query = conn.prepare_cached(open_row!(
        "b.alone = 1 AND b.start BETWEEN :from - :most AND :to + :most AND b.earliest <= :to AND b.latest >= :from ORDER BY b.id"
    ))?;
    let rows = query
        .query_map(named_params! { ":from": from.0, ":to": to.0, ":most": WINDOW_MOST_S }, open_of)?
        .collect::<Result<_, _>>()?;
    Ok(rows)
}

/// Who started in [from, to), whatever became of it, in order.
pub fn booked_between(conn: &Connection, from: Timestamp, to: Timestamp) -> Result<Vec<OpenRow>, StoreError> {
    let mut query = conn.prepare_cached(booked_row!("b.start >= :from AND b.start < :to ORDER BY b.start, b.id"))?;
    let rows = query.query_map(named_params! { ":from": from.0, ":to": to.0 }, open_of)?.collect::<Result<_, _>>()?;
    Ok(rows)
}

/// Who starts exactly then and has company, by session.
pub fn matched_at(conn: &Connection, start: Timestamp) -> Result<Vec<OpenRow>, StoreError> {
    let mut query =
        conn.prepare_cached(open_row!("b.alone = 0 AND b.settled_at IS NULL AND b.start = :start ORDER BY b.session, b.id"))?;
    let rows = query.query_map(named_params! { ":start": start.0 }, open_of)?.collect::<Result<_, _>>()?;
    Ok(rows)
}

/// Sessions of three that start exactly then.
pub fn threes_at(conn: &Connection, start: Timestamp) -> Result<usize, StoreError> {
    let count: i64 = conn
        .prepare_cached(
            "SELECT count(*) FROM (
               SELECT session FROM booking
               WHERE start = :start AND alone = 0 AND cancelled_at IS NULL AND left_at IS NULL AND settled_at IS NULL
               GROUP BY session HAVING count(*) > 2
             )",
        )?
        .query_row(named_params! { ":start": start.0 }, |row| row.get(0))?;
    Ok(count.max(0) as usize)
}

/// One booking as the matcher sees it, whatever its state.
pub fn open(conn: &Connection, id: BookingId) -> Result<Option<OpenRow>, StoreError> {
    Ok(conn.prepare_cached(open_row!("b.id = :id"))?.query_row(named_params! { ":id": id.0 }, open_of).optional()?)
}

/// Keeps what a booking says about its company.
pub fn company_set(conn: &Connection, id: BookingId, company: &Company) -> Result<(), StoreError> {
    let member = if let Whom::Member(member) = company.whom { Some(member.0) } else { None };
    conn.prepare_cached(
        "UPDATE booking SET earliest = :earliest, latest = :latest, any_length = :any, trio = :trio, whom = :whom, whom_member = :member,
                inside = :inside, by_itself = :by_itself, looked = :latest > :earliest
         WHERE id = :id",
    )?
    .execute(named_params! {
        ":earliest": company.earliest.0,
        ":latest": company.latest.0,
        ":any": company.any_length,
        ":trio": company.trio,
        ":whom": whom_word(company.whom),
        ":member": member,
        ":inside": company.inside.map(|g| g.0),
        ":by_itself": company.by_itself,
        ":id": id.0,
    })?;
    Ok(())
}

/// The start is settled: it moves no more.
pub fn start_settle(conn: &Connection, id: BookingId, start: Timestamp, closes: Timestamp) -> Result<(), StoreError> {
    conn.prepare_cached(
        "UPDATE booking SET start = :start, earliest = :start, latest = :start, closes = :closes, pending = NULL WHERE id = :id",
    )?
    .execute(named_params! { ":start": start.0, ":closes": closes.0, ":id": id.0 })?;
    Ok(())
}

/// Nobody was there at the start before: the next one is looked at in its turn.
pub fn start_move_on(conn: &Connection, id: BookingId, start: Timestamp, closes: Timestamp) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE booking SET start = :start, closes = :closes, looked = 1 WHERE id = :id")?
        .execute(named_params! { ":start": start.0, ":closes": closes.0, ":id": id.0 })?;
    Ok(())
}

/// A booking that has not begun: where it stands, and between which starts it may still move.
#[derive(Clone, Copy, Debug)]
pub struct Ahead {
    pub booking: BookingId,
    pub member: MemberId,
    pub session: SessionId,
    pub start: Timestamp,
    pub length: Length,
    pub window: (Timestamp, Timestamp),
}

/// Every booking that has not begun.
pub fn ahead(conn: &Connection, now: Timestamp) -> Result<Vec<Ahead>, StoreError> {
    let mut query = conn.prepare_cached(
        "SELECT id, member, session, start, minutes, earliest, latest FROM booking
         WHERE start > :now AND cancelled_at IS NULL AND left_at IS NULL ORDER BY start, id",
    )?;
    let rows = query.query_map(named_params! { ":now": now.0 }, |row| {
        Ok(Ahead {
            booking: BookingId(row.get(0)?),
            member: MemberId(row.get(1)?),
            session: SessionId(row.get(2)?),
            start: Timestamp(row.get(3)?),
            length: length_of(row.get(4)?),
            window: (Timestamp(row.get(5)?), Timestamp(row.get(6)?)),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A booking stands there, and may come to these starts only.
pub fn window_set(
    conn: &Connection,
    id: BookingId,
    start: Timestamp,
    (earliest, latest): (Timestamp, Timestamp),
    closes: Timestamp,
) -> Result<(), StoreError> {
    conn.prepare_cached(
        "UPDATE booking SET start = :start, earliest = :earliest, latest = :latest, closes = :closes, looked = :latest > :earliest
         WHERE id = :id",
    )?
    .execute(named_params! {
        ":start": start.0,
        ":earliest": earliest.0,
        ":latest": latest.0,
        ":closes": closes.0,
        ":id": id.0,
    })?;
    Ok(())
}

/// Promises company in a session without saying with whom, or takes the promise back.
pub fn pending_set(conn: &Connection, id: BookingId, session: Option<SessionId>) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE booking SET pending = :session WHERE id = :id AND pending IS NOT :session")?
        .execute(named_params! { ":session": session.map(|s| s.0), ":id": id.0 })?;
    Ok(())
}

/// Promises in a session that has no company to offer any more.
pub fn pending_clear(conn: &Connection, session: SessionId) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE booking SET pending = NULL WHERE pending = :session")?
        .execute(named_params! { ":session": session.0 })?;
    Ok(())
}

/// Everybody who waits at this start was looked at.
pub fn looked_set(conn: &Connection, start: Timestamp, call: i64) -> Result<(), StoreError> {
    conn.prepare_cached(
        "UPDATE booking SET looked = :call WHERE start = :start AND cancelled_at IS NULL AND alone = 1 AND looked < :call",
    )?
    .execute(named_params! { ":start": start.0, ":call": call })?;
    Ok(())
}

/// Flexible bookings whose start passed while nobody looked: id, length, last start.
pub fn left_behind(conn: &Connection, now: Timestamp, most: usize) -> Result<Vec<(BookingId, Length, Timestamp)>, StoreError> {
    let mut query = conn.prepare_cached(
        "SELECT id, minutes, latest FROM booking
         WHERE looked = 1 AND start <= :now AND latest > start AND cancelled_at IS NULL AND alone = 1 AND settled_at IS NULL LIMIT :most",
    )?;
    let rows = query
        .query_map(named_params! { ":now": now.0, ":most": most as i64 }, |row| {
            Ok((BookingId(row.get(0)?), length_of(row.get(1)?), Timestamp(row.get(2)?)))
        })?
        .collect::<Result<_, _>>()?;
    Ok(rows)
}

/// When a start is to be looked at next.
pub fn next_look(conn: &Connection, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    if !left_behind(conn, now, 1)?.is_empty() {
        return Ok(Some(now));
    }
    let mut query = conn.prepare_cached(
        "SELECT min(start) FROM booking WHERE looked = :looked AND start > :now AND cancelled_at IS NULL AND alone = 1",
    )?;
    let mut next: Option<i64> = None;
    for (looked, ahead) in [(0, NAMES_S), (1, DUE_S), (2, LAST_S)] {
        let start: Option<i64> = query.query_row(named_params! { ":looked": looked, ":now": now.0 }, |row| row.get(0))?;
        next = next.into_iter().chain(start.map(|s| s - ahead)).min();
    }
    Ok(next.map(Timestamp))
}

/// The first start after `after` that a window holds before the one that was asked for; it may lie between two points of the grid.
pub fn window_next(conn: &Connection, after: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    // Windows are bounded, so the soonest booking says how far others need to be looked at.
    let found: Option<i64> = conn
        .prepare_cached(
            "WITH soonest AS (
               SELECT start FROM booking
               WHERE looked = 1 AND start > :after AND earliest < start AND cancelled_at IS NULL AND alone = 1 ORDER BY start LIMIT 1
             )
             SELECT min(max(b.earliest, :after)) FROM soonest s JOIN booking b ON b.start BETWEEN s.start AND s.start + :most
             WHERE b.looked = 1 AND b.earliest < b.start AND b.cancelled_at IS NULL AND b.alone = 1",
        )?
        .query_row(named_params! { ":after": after.0, ":most": WINDOW_MOST_S }, |row| row.get(0))?;
    Ok(found.map(Timestamp))
}

/// The starts that are to be looked at, soonest first.
pub fn starts_to_look_at(conn: &Connection, now: Timestamp, most: usize) -> Result<Vec<Timestamp>, StoreError> {
    let mut query = conn.prepare_cached(
        "SELECT DISTINCT start FROM booking
         WHERE looked = :looked AND start > :now AND start <= :now + :ahead AND cancelled_at IS NULL AND alone = 1
         ORDER BY start LIMIT :most",
    )?;
    let mut starts = Vec::new();
    for (looked, ahead) in [(2, LAST_S), (1, DUE_S), (0, NAMES_S)] {
        let found = query
            .query_map(named_params! { ":looked": looked, ":now": now.0, ":ahead": ahead, ":most": most as i64 }, |row| {
                row.get(0).map(Timestamp)
            })?;
        for start in found {
            starts.push(start?);
        }
    }
    starts.sort_unstable();
    starts.dedup();
    Ok(starts)
}

/// Keeps by which rule somebody came into a session; a later one replaces it.
pub fn seated_insert(conn: &Connection, id: BookingId, session: SessionId, rule: Rule, now: Timestamp) -> Result<(), StoreError> {
    conn.prepare_cached("INSERT OR REPLACE INTO seated (booking, session, rule, at) VALUES (:id, :session, :rule, :now)")?
        .execute(named_params! { ":id": id.0, ":session": session.0, ":rule": rule.word(), ":now": now.0 })?;
    Ok(())
}

/// They did not come to sit together after all: keeps where somebody was sent on from, and what they are told where they sit alone again.
/// **Neither row is company**: whoever asks who sat with whom, and when first, passes them over.
pub fn sent_on_insert(
    conn: &Connection,
    id: BookingId,
    (from, to): (SessionId, SessionId),
    cause: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut insert = conn.prepare_cached(
        "INSERT OR REPLACE INTO seated (booking, session, rule, at, cause) VALUES (:id, :session, 'sent_on', :now, :cause)",
    )?;
    for (session, cause) in [(from, ""), (to, cause)] {
        insert.execute(named_params! { ":id": id.0, ":session": session.0, ":now": now.0, ":cause": cause })?;
    }
    Ok(())
}

/// Whether those of this session have sent somebody on: they go on as they are.
pub fn has_sent_on(conn: &Connection, session: SessionId) -> Result<bool, StoreError> {
    let query = "SELECT EXISTS (SELECT 1 FROM seated s JOIN booking b ON b.id = s.booking
                                WHERE s.session = :session AND s.rule = 'sent_on' AND b.session <> s.session)";
    Ok(conn.prepare_cached(query)?.query_row(named_params! { ":session": session.0 }, |row| row.get(0))?)
}

/// Whether this booking sits where it is because it was sent on, and nobody came since.
pub fn was_sent_on(conn: &Connection, id: BookingId, session: SessionId) -> Result<bool, StoreError> {
    let query = "SELECT EXISTS (SELECT 1 FROM seated WHERE booking = :id AND session = :session AND rule = 'sent_on')";
    Ok(conn.prepare_cached(query)?.query_row(named_params! { ":id": id.0, ":session": session.0 }, |row| row.get(0))?)
}

/// Who came into a session last as its third and is still there.
pub fn came_last(conn: &Connection, session: SessionId) -> Result<Option<BookingId>, StoreError> {
    let found = conn
        .prepare_cached(
            "SELECT b.id FROM seated s JOIN booking b ON b.id = s.booking AND b.session = s.session
             WHERE s.session = :session AND s.rule IN ('free_chair', 'free_chair_itself', 'third') AND b.cancelled_at IS NULL AND b.left_at IS NULL
             ORDER BY s.at DESC, s.rule, b.id DESC LIMIT 1",
        )?
        .query_row(named_params! { ":session": session.0 }, |row| row.get(0).map(BookingId))
        .optional()?;
    Ok(found)
}

/// Keeps what its member is told about a change of company in a session under way.
pub fn cause_set(conn: &Connection, id: BookingId, session: SessionId, cause: &str) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE seated SET cause = :cause WHERE booking = :id AND session = :session")?
        .execute(named_params! { ":cause": cause, ":id": id.0, ":session": session.0 })?;
    Ok(())
}

/// What was said about the company in the session that this booking is in, and by which rule they came; none where they were sent on.
pub fn cause(conn: &Connection, id: BookingId, session: SessionId) -> Result<Option<(Option<Rule>, String)>, StoreError> {
    let found: Option<(String, String)> = conn
        .prepare_cached("SELECT rule, cause FROM seated WHERE booking = :id AND session = :session AND cause <> ''")?
        .query_row(named_params! { ":id": id.0, ":session": session.0 }, |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(found.map(|(rule, cause)| (Rule::from_word(&rule), cause)))
}

/// The rule that brought this booking into the session it is in.
pub fn rule_of(conn: &Connection, id: BookingId) -> Result<Option<Rule>, StoreError> {
    let word: Option<String> = conn
        .prepare_cached(
            "SELECT s.rule FROM seated s JOIN booking b ON b.id = s.booking AND b.session = s.session WHERE s.booking = :id",
        )?
        .query_row(named_params! { ":id": id.0 }, |row| row.get(0))
        .optional()?;
    Ok(word.as_deref().and_then(Rule::from_word))
}

/// Others who shared a session with this booking, also one that it has left since.
pub fn companions(conn: &Connection, id: BookingId) -> Result<Vec<BookingId>, StoreError> {
    let mut query = conn.prepare_cached(
        "SELECT DISTINCT o.booking FROM seated s JOIN seated o ON o.session = s.session AND o.booking <> s.booking
         WHERE s.booking = :id AND s.rule <> 'sent_on' AND o.rule <> 'sent_on' ORDER BY o.booking",
    )?;
    let rows = query.query_map(named_params! { ":id": id.0 }, |row| row.get(0).map(BookingId))?.collect::<Result<_, _>>()?;
    Ok(rows)
}

/// What a member said about sessions of three; `None` until they were asked.
pub fn trio(conn: &Connection, member: MemberId) -> Result<Option<bool>, StoreError> {
    Ok(conn
        .prepare_cached("SELECT trio FROM member WHERE id = :id")?
        .query_row(named_params! { ":id": member.0 }, |row| row.get(0))
        .optional()?
        .flatten())
}

pub fn trio_set(conn: &Connection, member: MemberId, yes: bool) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE member SET trio = :yes WHERE id = :id")?
        .execute(named_params! { ":yes": yes, ":id": member.0 })?;
    Ok(())
}

/// Whether a member offers to welcome newcomers.
pub fn welcomes(conn: &Connection, member: MemberId) -> Result<bool, StoreError> {
    let found = conn
        .prepare_cached("SELECT welcomes FROM member WHERE id = :id")?
        .query_row(named_params! { ":id": member.0 }, |row| row.get(0))
        .optional()?;
    Ok(found.unwrap_or(false))
}

pub fn welcomes_set(conn: &Connection, member: MemberId, yes: bool) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE member SET welcomes = :yes WHERE id = :id")?
        .execute(named_params! { ":yes": yes, ":id": member.0 })?;
    Ok(())
}

/// Notes for a member whether somebody came, in a ring of ten.
pub fn left_out_note(conn: &Connection, member: MemberId, alone: bool) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE member SET left_out = ((left_out << 1) | :alone) & 1023 WHERE id = :id")?
        .execute(named_params! { ":alone": alone, ":id": member.0 })?;
    Ok(())
}

/// Who of a list has met whom, each pair once.
pub fn met_among(conn: &Connection, members: &Listed) -> Result<Vec<(MemberId, MemberId)>, StoreError> {
    let mut query = conn.prepare_cached(
        "SELECT low, high FROM met
         WHERE low IN (SELECT value FROM json_each(:members)) AND high IN (SELECT value FROM json_each(:members))",
    )?;
    let rows = query
        .query_map(named_params! { ":members": members.0 }, |row| Ok((MemberId(row.get(0)?), MemberId(row.get(1)?))))?
        .collect::<Result<_, _>>()?;
    Ok(rows)
}
