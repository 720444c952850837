//! Moves a booking of mine to another start: the same booking, at another time. Who sat with me is told and looked after.

use super::{Effects, Fault, book, house_of, pairing, seat};
use crate::domain::grid;
use crate::domain::id::{BookingId, MemberId};
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::store::{Tx, booking, member, notice};
use jiff::civil::DateTime;

/// Where to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    Start(Timestamp),
    /// A day and a time on my own clock.
    Wall(DateTime),
}

/// Moves a booking that has not begun; gives where it lies from then on.
///
/// # Errors
/// `gone`, `begun`, what makes a start impossible, or `overlap` with another of mine.
pub fn move_to(tx: &Tx<'_>, who: MemberId, id: BookingId, to: To) -> Result<(Timestamp, Effects), Fault> {
    let row = seat::mine(tx.conn, who, id)?;
    let own = &row.booking;
    if own.start <= tx.now {
        return Err(Refusal::new("begun", "That session has begun. Book another time for what comes next.").into());
    }
    let me = member::member(tx.conn, who)?.ok_or_else(Refusal::gone)?;
    let start = match to {
        To::Start(start) => start,
        To::Wall(wall) => me.zone.at(wall),
    };
    let mut effects = Effects::default();
    if start == own.start {
        return Ok((start, effects));
    }
    let house = house_of(tx.conn)?;
    grid::start_checked(start, house.step, house.zone.offset_s(start), tx.now)?;
    book::free_but(tx, who, start, own.length, Some(id))?;
    effects.touch(own.start, who, own.session);
    if booking::seats_of_session(tx.conn, own.session)?.len() > 1 {
        pairing::part(tx, &row, &format!("{} had to move to another time.", me.name), pairing::Leaves::Elsewhere, &mut effects)?;
    }
    booking::booking_reschedule(tx.conn, id, start, start.plus(own.length.footprint_s()))?;
    // What was said about the time before holds no more, and the others may be asked about this one.
    notice::booking_forget(tx.conn, id)?;
    if let Some(moved) = booking::seat(tx.conn, id)? {
        effects.touch(start, who, moved.booking.session);
    }
    book::made(tx, id, &mut effects)?;
    Ok((start, effects))
}
