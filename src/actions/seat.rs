//! What happens to a seat while its session lives: opened, sat down, goals, outcomes, late, left.
//!
//! Each is saved before it is acknowledged; a seat belongs to its member and nobody else may touch it.

use super::{Effects, Fault};
use crate::domain::id::{BookingId, MemberId, SessionId};
use crate::domain::matching::Rule;
use crate::domain::refusal::Refusal;
use crate::domain::seat::Came;
use crate::domain::session::{Goal, Outcome, Phase, goals_cleaned, phase};
use crate::domain::time::Timestamp;
use crate::domain::view::RelationKind;
use crate::store::booking::{self, SeatRow};
use crate::store::member::{self, MemberRow};
use crate::store::{Tx, company, past, relation};
use rusqlite::Connection;

/// The most characters of a note on leaving.
pub const NOTE_CHARS: usize = 300;

/// A seat with its member, goals and whom of the others they have met.
#[derive(Clone, Debug)]
pub struct SeatFacts {
    pub row: SeatRow,
    pub member: MemberRow,
    pub goals: Vec<Goal>,
    /// Other members of this session met in the last 30 days.
    pub met: Vec<MemberId>,
    /// How the company here changed while the session ran.
    pub came: Option<Came>,
}

/// My seat, if it is mine and still stands.
///
/// # Errors
/// `gone` when it is not there or not mine: the two are not told apart.
pub fn mine(conn: &Connection, who: MemberId, id: BookingId) -> Result<SeatRow, Fault> {
    let row = booking::seat(conn, id)?.filter(|row| row.booking.member == who && !row.cancelled);
    Ok(row.ok_or_else(Refusal::gone)?)
}

/// My seat, to be taken or looked at from inside: also after leaving, but not where I blocked somebody who sits there.
///
/// # Errors
/// `gone`, or `closed` after a block.
pub fn to_enter(conn: &Connection, who: MemberId, id: BookingId, now: Timestamp) -> Result<SeatRow, Fault> {
    let row = mine(conn, who, id)?;
    if is_closed_to(conn, &row, now)? {
        return Err(Refusal::new(
            "closed",
            "You left this session and blocked somebody in it, so it stays closed for you. It doesn't count against you.",
        )
        .into());
    }
    Ok(row)
}

/// Whether the way back is closed: its member left, and has blocked somebody of the session.
pub(super) fn is_closed_to(conn: &Connection, row: &SeatRow, now: Timestamp) -> Result<bool, Fault> {
    if row.left_at.is_none() {
        return Ok(false);
    }
    let mut blocked = relation::relations(conn, row.booking.member, now)?;
    blocked.retain(|one| one.kind == RelationKind::Block);
    let others = booking::seats_of_session(conn, row.booking.session)?;
    Ok(others.iter().any(|seat| blocked.iter().any(|one| one.member == seat.booking.member)))
}

/// All open seats of a session with what a live room needs to know, in order of booking.
///
/// # Errors
/// Only those of the store.
pub fn of_session(conn: &Connection, session: SessionId) -> Result<Vec<SeatFacts>, Fault> {
    let rows = booking::seats_of_session(conn, session)?;
    let members: Vec<MemberId> = rows.iter().map(|row| row.booking.member).collect();
    let mut seats = Vec::with_capacity(rows.len());
    for row in rows {
        let id = row.booking.member;
        let Some(member) = member::member(conn, id)? else { continue };
        let mut met = Vec::new();
        for other in &members {
            if *other != id && past::have_met(conn, id, *other)? {
                met.push(*other);
            }
        }
        let goals = booking::goals(conn, row.booking.id)?;
        let came = company::cause(conn, row.booking.id, session)?;
        let came = came.map(|(rule, cause)| Came {
            by_itself: rule.is_some_and(Rule::is_by_itself),
            parted: !rule.is_some_and(Rule::is_of_lounge),
            cause,
        });
        seats.push(SeatFacts { row, member, goals, met, came });
    }
    Ok(seats)
}

/// The page was opened: from here on the member is no no-show.
///
/// # Errors
/// `gone`. Before the lobby and after the break nothing is noted.
pub fn opened(tx: &Tx<'_>, who: MemberId, id: BookingId) -> Result<Effects, Fault> {
    let row = mine(tx.conn, who, id)?;
    if matches!(phase_at(tx, &row), Phase::Ahead | Phase::Closed) {
        return Ok(Effects::default());
    }
    booking::seat_opened(tx.conn, id, tx.now)?;
    Ok(effects(&row))
}

/// "Take my seat." Once both sit, the pair is fixed.
///
/// # Errors
/// `gone`, `closed`, `early`, `over` when the break has ended, or `overlap` when another was booked after leaving this one.
pub fn sat(tx: &Tx<'_>, who: MemberId, id: BookingId) -> Result<Effects, Fault> {
    let row = to_enter(tx.conn, who, id, tx.now)?;
    match phase_at(tx, &row) {
        Phase::Ahead => {
            return Err(Refusal::new("early", "The lobby opens ten minutes before the start. Your seat is kept.").into());
        }
        Phase::Closed => return Err(Refusal::new("over", "This session is over. Your goals are kept.").into()),
        _ => {}
    }
    if row.left_at.is_some() {
        // Who left was free to book another session in its place.
        super::book::free_at(tx, who, row.booking.start, row.booking.length)?;
    }
    booking::seat_sat(tx.conn, id, tx.now)?;
    let seats = booking::seats_of_session(tx.conn, row.booking.session)?;
    if seats.len() > 1 && seats.iter().all(|s| s.sat_at.is_some()) {
        booking::session_lock(tx.conn, row.booking.session, tx.now)?;
    }
    Ok(effects(&row))
}

/// Puts a whole list of goals in the place of the old one. Outcomes already given stay with the same words.
///
/// # Errors
/// `gone` or `over`.
pub fn set_goals(tx: &Tx<'_>, who: MemberId, id: BookingId, goals: Vec<Goal>) -> Result<Effects, Fault> {
    let row = open(tx, who, id)?;
    booking::goals_replace(tx.conn, id, &goals_cleaned(goals))?;
    Ok(effects(&row))
}

/// How one goal ended; `None` takes it back.
///
/// # Errors
/// `gone`, `over`, or `no_goal` when there is no such line.
pub fn mark(tx: &Tx<'_>, who: MemberId, id: BookingId, line: usize, outcome: Option<Outcome>) -> Result<Effects, Fault> {
    let row = open(tx, who, id)?;
    if !booking::goal_mark(tx.conn, id, line, outcome)? {
        return Err(Refusal::new("no_goal", "That goal isn't there any more. The others are safe.").into());
    }
    Ok(effects(&row))
}

/// "I'm three minutes late."
///
/// # Errors
/// `gone` or `over`.
pub fn late(tx: &Tx<'_>, who: MemberId, id: BookingId, minutes: u8) -> Result<Effects, Fault> {
    let row = open(tx, who, id)?;
    booking::seat_late(tx.conn, id, minutes.clamp(1, 10))?;
    let mut effects = effects(&row);
    for other in booking::seats_of_session(tx.conn, row.booking.session)? {
        super::push_new(&mut effects.members, other.booking.member);
    }
    Ok(effects)
}

/// Leaves the session, early or at the end, with a note that the partner reads.
///
/// # Errors
/// `gone`.
pub fn left(tx: &Tx<'_>, who: MemberId, id: BookingId, note: &str) -> Result<Effects, Fault> {
    let row = mine(tx.conn, who, id)?;
    let note: String = note.trim().chars().filter(|c| !c.is_control()).take(NOTE_CHARS).collect();
    booking::seat_left(tx.conn, id, &note, tx.now)?;
    Ok(effects(&row))
}

/// My seat, while something may still be written on it: until the break is over.
fn open(tx: &Tx<'_>, who: MemberId, id: BookingId) -> Result<SeatRow, Fault> {
    let row = mine(tx.conn, who, id)?;
    if phase_at(tx, &row) == Phase::Closed {
        return Err(Refusal::new("over", "This session is over. What you wrote before is kept.").into());
    }
    Ok(row)
}

fn phase_at(tx: &Tx<'_>, row: &SeatRow) -> Phase {
    phase(row.booking.start, row.booking.length, tx.now)
}

fn effects(row: &SeatRow) -> Effects {
    let mut effects = Effects::default();
    super::push_new(&mut effects.members, row.booking.member);
    super::push_new(&mut effects.sessions, row.booking.session);
    effects
}
