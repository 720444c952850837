//! Rows of `report` (the moderators' queue) and `audit`.

use super::StoreError;
use crate::domain::id::{MemberId, ReportId};
use crate::domain::matching::Rule;
use crate::domain::time::Timestamp;
use crate::domain::view::Report;
use rusqlite::{Connection, named_params};

pub fn report_insert(
    conn: &Connection,
    by: MemberId,
    about: MemberId,
    session_start: Timestamp,
    room: Option<&str>,
    text: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    conn.prepare_cached(
        "INSERT INTO report (by_member, about_member, session_start, room, text, made_at)
         VALUES (:by, :about, :start, :room, :text, :now)",
    )?
    .execute(named_params! {
        ":by": by.0,
        ":about": about.0,
        ":start": session_start.0,
        ":room": room,
        ":text": text,
        ":now": now.0,
    })?;
    Ok(())
}

/// Open reports first, then the settled ones; newest first.
pub fn reports(conn: &Connection) -> Result<Vec<Report>, StoreError> {
    let mut query = conn.prepare_cached(
        "SELECT r.id, coalesce(b.name, 'a former member'), coalesce(a.name, 'a former member'), coalesce(r.about_member, 0),
                r.text, r.session_start, r.made_at, r.settled_at, r.room,
                (SELECT s.rule FROM booking own JOIN seated s ON s.booking = own.id JOIN seated o ON o.session = s.session
                        JOIN booking other ON other.id = o.booking
                 WHERE own.member = r.by_member AND own.start = r.session_start AND other.member = r.about_member AND r.room IS NULL
                       AND s.rule <> 'sent_on' AND o.rule <> 'sent_on'
                 ORDER BY s.at DESC LIMIT 1)
         FROM report r LEFT JOIN member b ON b.id = r.by_member LEFT JOIN member a ON a.id = r.about_member
         ORDER BY r.settled_at IS NOT NULL, r.id DESC LIMIT 200",
    )?;
    let rows = query
        .query_map([], |row| {
            Ok(Report {
                id: ReportId(row.get(0)?),
                by: row.get(1)?,
                about: row.get(2)?,
                about_id: MemberId(row.get(3)?),
                text: row.get(4)?,
                session_start: Timestamp(row.get(5)?),
                made: Timestamp(row.get(6)?),
                settled: row.get::<_, Option<i64>>(7)?.map(Timestamp),
                room: row.get(8)?,
                rule: row.get_ref(9)?.as_str_or_null()?.and_then(Rule::from_word),
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(rows)
}

pub fn reports_open(conn: &Connection) -> Result<i64, StoreError> {
    Ok(conn.prepare_cached("SELECT count(*) FROM report WHERE settled_at IS NULL")?.query_row([], |row| row.get(0))?)
}

/// Settles an open report; `false` when there is none of that number.
pub fn report_settle(conn: &Connection, id: ReportId, by: MemberId, now: Timestamp) -> Result<bool, StoreError> {
    let done = conn
        .prepare_cached("UPDATE report SET settled_at = :now, settled_by = :by WHERE id = :id AND settled_at IS NULL")?
        .execute(named_params! { ":now": now.0, ":by": by.0, ":id": id.0 })?;
    Ok(done == 1)
}

/// Notes an act of power: who did what to what.
pub fn audit_insert(
    conn: &Connection,
    actor: Option<MemberId>,
    what: &str,
    subject: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    conn.prepare_cached("INSERT INTO audit (at, actor, what, subject) VALUES (:now, :actor, :what, :subject)")?
        .execute(named_params! { ":now": now.0, ":actor": actor.map(|a| a.0), ":what": what, ":subject": subject })?;
    Ok(())
}
