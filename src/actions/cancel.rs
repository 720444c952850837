//! Cancels a booking, also at the last second; the partner is told and looked after at once.

use super::{Effects, Fault, pairing, seat};
use crate::domain::id::{BookingId, MemberId};
use crate::domain::refusal::Refusal;
use crate::store::{Tx, booking, member};

/// Cancels one of my bookings that has not begun. A no-show is not undone by it.
///
/// # Errors
/// `gone`, or `begun` when the session runs: then one leaves instead.
pub fn cancel(tx: &Tx<'_>, who: MemberId, id: BookingId) -> Result<Effects, Fault> {
    let row = seat::mine(tx.conn, who, id)?;
    if row.booking.start <= tx.now && (row.sat_at.is_some() || row.no_show || row.booking.ends_at() <= tx.now) {
        return Err(
            Refusal::new("begun", "That session has begun. Open it and press Leave; your partner reads your note.").into()
        );
    }
    let name = member::member(tx.conn, who)?.ok_or_else(Refusal::gone)?.name;
    let mut effects = Effects::default();
    booking::booking_cancel(tx.conn, id, tx.now)?;
    pairing::part(tx, &row, &format!("{name} had to cancel."), pairing::Leaves::Cancelled, &mut effects)?;
    Ok(effects)
}
