//! Reports: from the session and for seven days after, to a list for the admins and moderators.

use super::{Fault, relate};
use crate::domain::id::{BookingId, MemberId, ReportId};
use crate::domain::member::Role;
use crate::domain::refusal::Refusal;
use crate::domain::view::Report;
use crate::store::{Tx, member, report};
use rusqlite::Connection;

const TEXT_CHARS: usize = 2_000;

/// Reports the person in a seat that I shared a session with.
///
/// # Errors
/// `gone` when we did not share one in the last seven days; `text` when nothing was written.
pub fn report(tx: &Tx<'_>, who: MemberId, mine: BookingId, theirs: BookingId, text: &str) -> Result<(), Fault> {
    let other = relate::shared(tx, who, mine, theirs)?;
    let text = cleaned(text)?;
    Ok(report::report_insert(tx.conn, who, other.booking.member, other.booking.start, None, &text, tx.now)?)
}

/// What was written, within its bounds.
pub(super) fn cleaned(text: &str) -> Result<String, Refusal> {
    let text: String = text.trim().chars().filter(|c| !c.is_control() || *c == '\n').take(TEXT_CHARS).collect();
    if text.is_empty() {
        return Err(Refusal::new("text", "Say in a few words what happened, so that somebody can act on it."));
    }
    Ok(text)
}

/// The queue.
///
/// # Errors
/// `not_allowed` for a plain member.
pub fn queue(conn: &Connection, who: MemberId) -> Result<Vec<Report>, Fault> {
    moderator(conn, who)?;
    Ok(report::reports(conn)?)
}

/// Takes a report off the queue.
///
/// # Errors
/// `not_allowed` for a plain member, `gone` when it is not open.
pub fn settle(tx: &Tx<'_>, who: MemberId, id: ReportId) -> Result<(), Fault> {
    moderator(tx.conn, who)?;
    if !report::report_settle(tx.conn, id, who, tx.now)? {
        return Err(Refusal::gone().into());
    }
    Ok(report::audit_insert(tx.conn, Some(who), "report settled", &id.to_string(), tx.now)?)
}

pub(super) fn moderator(conn: &Connection, who: MemberId) -> Result<(), Fault> {
    let role = member::member(conn, who)?.map(|m| m.role);
    if role >= Some(Role::Moderator) { Ok(()) } else { Err(Refusal::not_allowed().into()) }
}
