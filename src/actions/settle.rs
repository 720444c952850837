//! What time itself does: starts that are decided about, no-shows, the counting of sessions that are over, and the daily deletion.
//!
//! Each is found in the database by its due time, so that a restart in between changes nothing.

use super::{Effects, Fault, deciding, keeper, plans, roll};
use crate::domain::id::{BookingId, SessionId};
use crate::domain::session::{NO_SHOW_S, Outcome};
use crate::domain::time::{DAY, MINUTE, Timestamp};
use crate::store::booking::{self, SeatRow};
use crate::store::{Tx, account, company, house, login, member, past};
use rusqlite::Connection;

/// Seats that one transaction settles, so that a long sleep does not make a long wait.
const BATCH: i64 = 200;
/// Pairs remember the last day they met for this long.
const MET_S: i64 = 30 * DAY;
const PICKS_S: i64 = 8 * DAY;

/// When there is something to do next.
///
/// # Errors
/// Only those of the store.
pub fn next_due(conn: &Connection, now: Timestamp) -> Result<Timestamp, Fault> {
    let seats = booking::next_due(conn, now, NO_SHOW_S)?;
    let purge = past::job_ran_at(conn, "purge")?.map_or(now, |ran| after(ran, now));
    let look = deciding::next_look(conn, now)?;
    let (end, planned) = (account::ends_next(conn)?, plans::next_due(conn, now)?);
    Ok([seats, look, end, planned].into_iter().flatten().fold(purge, Timestamp::min))
}

/// When the daily deletion last ran: an instant at which the server was certainly up.
///
/// # Errors
/// Only those of the store.
pub fn last_seen(conn: &Connection) -> Result<Option<Timestamp>, Fault> {
    Ok(past::job_ran_at(conn, "purge")?)
}

/// A day after it ran; at once if it ran in what is the future, because a clock was wrong then.
fn after(ran: Timestamp, now: Timestamp) -> Timestamp {
    if ran > now { now } else { ran.plus(DAY) }
}

/// Does what is due.
///
/// # Errors
/// Only those of the store.
pub fn settle(tx: &Tx<'_>) -> Result<Effects, Fault> {
    let mut effects = Effects::default();
    deciding::look_at_what_is_due(tx, &mut effects)?;
    roll::end_what_is_due(tx, &mut effects)?;
    plans::settle(tx, &mut effects)?;
    for session in booking::seats_mark_no_show(tx.conn, tx.now.plus(-NO_SHOW_S), tx.now)? {
        super::push_new(&mut effects.sessions, session);
    }
    let due = past::seats_to_settle(tx.conn, tx.now, BATCH)?;
    let all = (due.len() as i64) < BATCH;
    for id in due {
        if let Some(row) = booking::seat(tx.conn, id)? {
            settle_seat(tx, &row)?;
            super::push_new(&mut effects.members, row.booking.member);
            super::push_new(&mut effects.sessions, row.booking.session);
        }
    }
    // Only what was counted is deleted, so the counting comes first, however much of it there is.
    if all && past::job_ran_at(tx.conn, "purge")?.is_none_or(|ran| after(ran, tx.now) <= tx.now) {
        purge(tx)?;
    }
    Ok(effects)
}

/// Counts one seat for its own member: what others did or did not do never takes anything away.
fn settle_seat(tx: &Tx<'_>, row: &SeatRow) -> Result<(), Fault> {
    let own = &row.booking;
    past::seat_settled(tx.conn, own.id, tx.now)?;
    let Some(sat_at) = row.sat_at.filter(|at| *at < own.ends_at()) else { return Ok(()) };
    let from = sat_at.max(own.start);
    let to = row.left_at.unwrap_or(own.ends_at()).min(own.ends_at());
    if to <= from {
        // Gone again before it began.
        return Ok(());
    }
    let minutes = (to.since(from) + MINUTE / 2) / MINUTE;
    let goals = booking::goals(tx.conn, own.id)?;
    let met = goals.iter().filter(|g| g.outcome == Some(Outcome::Done)).count() as i64;
    let zone = member::member(tx.conn, own.member)?.map(|m| m.zone).unwrap_or_else(crate::domain::time::Zone::utc);
    past::count_add(tx.conn, own.member, &zone.date(own.start).to_string(), minutes, met)?;
    let letters: String = goals.iter().filter_map(|g| g.outcome).map(|o| &o.word()[..1]).collect();
    past::outcomes_append(tx.conn, own.member, &letters)?;
    let (mut alone, others) = (true, companions(tx, own.id, own.session)?);
    keeper::note_seat(tx, row, (from, to), &others)?;
    for other in others.iter().filter(|other| other.sat_at.is_some() && !other.cancelled) {
        alone = false;
        past::met_insert(tx.conn, own.member, other.booking.member, own.start)?;
    }
    company::left_out_note(tx.conn, own.member, alone)?;
    Ok(())
}

/// Everybody who sat in a session of this booking, also in one that it was taken out of on the way.
fn companions(tx: &Tx<'_>, own: BookingId, session: SessionId) -> Result<Vec<SeatRow>, Fault> {
    let mut all = company::companions(tx.conn, own)?;
    all.extend(booking::seats_of_session(tx.conn, session)?.iter().map(|row| row.booking.id).filter(|id| *id != own));
    all.sort_unstable();
    all.dedup();
    let mut rows = Vec::with_capacity(all.len());
    for id in all {
        rows.extend(booking::seat(tx.conn, id)?);
    }
    Ok(rows)
}

/// Deletes what may not be kept.
fn purge(tx: &Tx<'_>) -> Result<(), Fault> {
    keeper::count_people(tx)?;
    let days = house::kind(tx.conn)?.defaults().history_days;
    let gone = past::purge(tx.conn, tx.now.plus(-days * DAY), tx.now.plus(-MET_S), tx.now.plus(-PICKS_S), tx.now)?;
    plans::purge(tx)?;
    login::logins_purge(tx.conn, tx.now.plus(-super::login::IDLE_S))?;
    past::job_ran(tx.conn, "purge", tx.now)?;
    if gone > 0 {
        tracing::info!(rows = gone, "Old sessions were deleted.");
    }
    Ok(())
}
