//! Favorite, snooze, block: silent for the other, and a block parts what was announced.

use super::{Effects, Fault, deciding, pairing, seat};
use crate::domain::id::{BookingId, MemberId};
use crate::domain::refusal::Refusal;
use crate::domain::time::{DAY, Timestamp};
use crate::domain::view::RelationKind;
use crate::store::booking::{self, SeatRow};
use crate::store::{Tx, company, group, member, relation};

/// A snooze lasts two weeks.
const SNOOZE_S: i64 = 14 * DAY;
/// For how long after a session its people may be reported or blocked from it.
pub const AFTERWARDS_S: i64 = 7 * DAY;

/// Sets what somebody is to me, or clears it with `None`.
///
/// # Errors
/// `gone` when there is no such member, or it is me.
pub fn relate(tx: &Tx<'_>, who: MemberId, other: MemberId, kind: Option<RelationKind>) -> Result<Effects, Fault> {
    if who == other || member::member(tx.conn, other)?.is_none() {
        return Err(Refusal::gone().into());
    }
    let mut effects = Effects::default();
    let Some(kind) = kind else {
        relation::relation_clear(tx.conn, who, other)?;
        return Ok(effects);
    };
    let until = (kind == RelationKind::Snooze).then(|| tx.now.plus(SNOOZE_S));
    relation::relation_put(tx.conn, who, other, kind, until, tx.now)?;
    if kind == RelationKind::Block {
        part_from(tx, who, other, &mut effects)?;
    }
    Ok(effects)
}

/// The same, of somebody I know by their number, as the page of people tells it: whom a wall keeps from me is nobody there, unless I
/// said before what they are to me.
///
/// # Errors
/// `gone` as [`relate`], and when a wall is between us.
pub fn relate_by_number(tx: &Tx<'_>, who: MemberId, other: MemberId, kind: Option<RelationKind>) -> Result<Effects, Fault> {
    let known = || relation::relations(tx.conn, who, tx.now).map(|all| all.iter().any(|one| one.member == other));
    if group::walled_off(tx.conn, who)?.contains(&other) && !known()? {
        return Err(Refusal::gone().into());
    }
    relate(tx, who, other, kind)
}

/// The same, of the person in a seat that I shared a session with.
///
/// # Errors
/// `gone` when we did not share one in the last seven days.
pub fn relate_by_seat(
    tx: &Tx<'_>,
    who: MemberId,
    mine: BookingId,
    theirs: BookingId,
    kind: RelationKind,
) -> Result<Effects, Fault> {
    let other = shared(tx, who, mine, theirs)?;
    relate(tx, who, other.booking.member, Some(kind))
}

/// The other's seat, if we sat or sit in one session that ended less than seven days ago.
pub(super) fn shared(tx: &Tx<'_>, who: MemberId, mine: BookingId, theirs: BookingId) -> Result<SeatRow, Fault> {
    let own = seat::mine(tx.conn, who, mine)?;
    let other = booking::seat(tx.conn, theirs)?.ok_or_else(Refusal::gone)?;
    let shares = own.booking.session == other.booking.session || company::companions(tx.conn, mine)?.contains(&theirs);
    let together = shares && own.booking.member != other.booking.member;
    if !together || own.booking.closes_at().plus(AFTERWARDS_S) < tx.now {
        return Err(Refusal::gone().into());
    }
    Ok(other)
}

/// Parts every session ahead that the two share; the other hears what is said at any cancel. One that runs is left.
fn part_from(tx: &Tx<'_>, who: MemberId, other: MemberId, effects: &mut Effects) -> Result<(), Fault> {
    let name = member::member(tx.conn, who)?.ok_or_else(Refusal::gone)?.name;
    for row in booking::seats_of_member(tx.conn, who, tx.now, Timestamp(i64::MAX / 2))? {
        let shares = booking::seats_of_session(tx.conn, row.booking.session)?.iter().any(|s| s.booking.member == other);
        if !shares {
            continue;
        }
        if row.booking.start <= tx.now {
            booking::seat_left(tx.conn, row.booking.id, "", tx.now)?;
            super::push_new(&mut effects.sessions, row.booking.session);
        } else {
            pairing::part(tx, &row, &format!("{name} had to cancel."), pairing::Leaves::Elsewhere, effects)?;
            deciding::look_at(tx, row.booking.start, effects)?;
        }
    }
    Ok(())
}
