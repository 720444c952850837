//! Opens the session page: my seat, what is already written on it, and who sits beside me.

use super::{Fault, calendar, house_of, me, seat};
use crate::domain::id::{BookingId, MemberId};
use crate::domain::refusal::Refusal;
use crate::domain::time::{DAY, Timestamp};
use crate::domain::view::{NextSession, Past, SessionDoor};
use crate::store::{booking, company, member};
use rusqlite::Connection;

/// What the page shows before its live connection is up.
///
/// # Errors
/// `gone` when the seat is not mine; `closed` when I left and blocked somebody there.
pub fn door(conn: &Connection, who: MemberId, id: BookingId, now: Timestamp) -> Result<SessionDoor, Fault> {
    let row = seat::to_enter(conn, who, id, now)?;
    let goals = booking::goals(conn, id)?;
    let carried = if goals.is_empty() { booking::goals_unfinished(conn, who, row.booking.start)? } else { Vec::new() };
    Ok(SessionDoor {
        me: me(conn, who)?,
        now,
        booking: id,
        start: row.booking.start,
        length: row.booking.length,
        partners: calendar::partners(conn, &row)?,
        next: next_after(conn, who, &row)?,
        wishes: row.booking.wishes,
        goals,
        carried,
        sessions: member::member(conn, who)?.map_or(0, |m| m.sessions),
        rules: house_of(conn)?.rules,
    })
}

/// My next booking within a day after this one.
fn next_after(conn: &Connection, who: MemberId, row: &booking::SeatRow) -> Result<Option<NextSession>, Fault> {
    let over = row.booking.closes_at();
    let later = booking::seats_of_member(conn, who, over, over.plus(DAY))?;
    let Some(next) = later.into_iter().find(|s| s.booking.start >= over) else { return Ok(None) };
    let partners = calendar::partners(conn, &next)?.into_iter().map(|p| p.name).collect();
    Ok(Some(NextSession { booking: next.booking.id, start: next.booking.start, partners }))
}

/// A booking of mine as a calendar file needs it.
///
/// # Errors
/// `gone` when it is not mine.
pub fn for_calendar_file(conn: &Connection, who: MemberId, id: BookingId) -> Result<(SessionDoor, String), Fault> {
    let door = door(conn, who, id, Timestamp(0))?;
    let with = door.partners.iter().map(|p| p.name.clone()).collect::<Vec<_>>().join(" and ");
    Ok((door, with))
}

/// A seat that is over, as the history shows it.
pub(super) fn past_of(conn: &Connection, row: &booking::SeatRow) -> Result<Past, Fault> {
    let mut others = booking::seats_of_session(conn, row.booking.session)?;
    // Somebody else had come in the place of who left: both stay in the list.
    for id in company::companions(conn, row.booking.id)? {
        if !others.iter().any(|s| s.booking.id == id) {
            others.extend(booking::seat(conn, id)?.filter(|s| s.sat_at.is_some() && !s.cancelled));
        }
    }
    others.retain(|s| s.booking.id != row.booking.id);
    let mut partners = Vec::new();
    for seat in &others {
        let member = member::member(conn, seat.booking.member)?.ok_or_else(Refusal::gone)?;
        partners.push((seat.booking.id, member.name));
    }
    Ok(Past {
        booking: row.booking.id,
        start: row.booking.start,
        length: row.booking.length,
        partners,
        goals: booking::goals(conn, row.booking.id)?,
        attended: row.sat_at.is_some(),
        stood_up: !others.is_empty() && others.iter().all(|s| s.no_show),
    })
}
