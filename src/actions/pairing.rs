//! Seats move into one session, or part again. Shared by the verbs that book, cancel, block and decide.

use super::{Effects, Fault, deciding, keeper, orders};
use crate::domain::id::{BookingId, MemberId, SessionId};
use crate::domain::keeper::Figure;
use crate::domain::matching::Rule;
use crate::domain::time::{Timestamp, Zone};
use crate::store::booking::{self, SeatRow, WaitingRow};
use crate::store::company::{self, OpenRow};
use crate::store::{Tx, member, orders as order_rows};

/// Whether somebody has really opened the session page and has not gone.
pub(super) fn is_there(tx: &Tx<'_>, id: BookingId) -> bool {
    matches!(booking::seat(tx.conn, id), Ok(Some(row)) if row.opened_at.is_some() && row.left_at.is_none())
}

/// Who waits under this booking, if somebody does.
pub(super) fn waits(tx: &Tx<'_>, start: Timestamp, id: BookingId) -> Result<Option<WaitingRow>, Fault> {
    Ok(booking::waiting_between(tx.conn, start, start.plus(1))?.into_iter().find(|w| w.booking == id))
}

/// Moves all these bookings into the session of the first.
pub(super) fn seat_together(tx: &Tx<'_>, ids: &[BookingId], rule: Rule, effects: &mut Effects) -> Result<(), Fault> {
    seat_in(tx, ids, None, rule, effects)?;
    for id in ids {
        let Some(row) = company::open(tx.conn, *id)? else { continue };
        // What there was to say about a change is complete once there is somebody again.
        if let Some(news) = &row.news {
            let names = names_beside(tx, ids, row.member)?;
            booking::booking_news(tx.conn, *id, Some(&format!("{news} You are with {names}.")))?;
        }
    }
    Ok(())
}

/// Moves all these bookings into one session: `session`, else that of the first.
pub(super) fn seat_in(
    tx: &Tx<'_>,
    ids: &[BookingId],
    session: Option<SessionId>,
    rule: Rule,
    effects: &mut Effects,
) -> Result<(), Fault> {
    let mut rows = Vec::with_capacity(ids.len());
    for id in ids {
        rows.extend(booking::seat(tx.conn, *id)?);
    }
    let session = match session.or(rows.first().map(|row| row.booking.session)) {
        Some(session) => session,
        None => return Ok(()),
    };
    for row in &rows {
        let own = &row.booking;
        effects.touch(own.start, own.member, own.session);
        super::push_new(&mut effects.sessions, session);
        if own.session != session {
            booking::booking_move(tx.conn, own.id, session)?;
        }
        if row.pending.is_some() {
            company::pending_set(tx.conn, own.id, None)?;
        }
        // Who only takes in a third knows already why the other is there.
        if rule != Rule::Third || own.session != session || company::rule_of(tx.conn, own.id)?.is_none() {
            company::seated_insert(tx.conn, own.id, session, reason(tx, own.id, rule)?, tx.now)?;
        }
    }
    booking::session_recount(tx.conn, session)?;
    Ok(())
}

/// Whose time was found by the house reads why it was this one; to the partner it is the same start and length.
fn reason(tx: &Tx<'_>, id: BookingId, rule: Rule) -> Result<Rule, Fault> {
    let found = if rule == Rule::SameSlot { order_rows::found_by(tx.conn, id)? } else { None };
    Ok(found.unwrap_or(rule))
}

/// What becomes of whoever is taken out of a session, and so what the keeper's figures call it for those who stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaves {
    /// The booking was cancelled.
    Cancelled,
    /// It goes on by itself: at another time, or parted by a rule.
    Elsewhere,
}

/// Takes one seat out of its session, for a cancel or a block; those who stay are told `news` and looked after anew.
/// The seat itself is left in a session of its own, unless it was cancelled.
pub(super) fn part(tx: &Tx<'_>, leaver: &SeatRow, news: &str, leaves: Leaves, effects: &mut Effects) -> Result<(), Fault> {
    let left = &leaver.booking;
    effects.touch(left.start, left.member, left.session);
    let kept = if leaves == Leaves::Elsewhere { Some(booking::session_insert(tx.conn, tx.now)?) } else { None };
    if let Some(own) = kept {
        booking::booking_move(tx.conn, left.id, own)?;
        super::push_new(&mut effects.sessions, own);
    }
    booking::session_unlock(tx.conn, left.session)?;
    booking::session_recount(tx.conn, left.session)?;
    let stay = booking::seats_of_session(tx.conn, left.session)?;
    if stay.iter().filter(|row| row.booking.id != left.id).count() < 2 {
        company::pending_clear(tx.conn, left.session)?;
    }
    for row in stay.iter().filter(|row| row.booking.id != left.id) {
        effects.touch(row.booking.start, row.booking.member, left.session);
        if row.booking.ends_at() > tx.now {
            booking::booking_news(tx.conn, row.booking.id, Some(news))?;
            let cause = if leaves == Leaves::Cancelled { Figure::PartnerCancelled } else { Figure::PartnerMoved };
            keeper::note_change(tx, row.booking.start, cause)?;
            deciding::look_at(tx, row.booking.start, effects)?;
        }
    }
    // The leaver waits only from here on: whoever is free comes to those who were left.
    if let Some(own) = kept {
        booking::session_recount(tx.conn, own)?;
    }
    orders::look_again(tx, left.start, effects)
}

pub(super) fn name_of(tx: &Tx<'_>, who: MemberId) -> Result<String, Fault> {
    Ok(member::member(tx.conn, who)?.map(|m| m.name).unwrap_or_default())
}

/// An instant as a member's own clock shows it.
pub(super) fn clock_of(tx: &Tx<'_>, who: MemberId, at: Timestamp) -> Result<String, Fault> {
    let zone = member::member(tx.conn, who)?.map_or_else(Zone::utc, |m| m.zone);
    let wall = zone.wall(at);
    Ok(format!("{}:{:02}", wall.hour(), wall.minute()))
}

/// "at 9:15", "on Thursday at 9:15", "on 26 Nov at 9:15": an instant as a member says it, in words that stay true until then.
pub(super) fn day_and_clock_of(tx: &Tx<'_>, who: MemberId, at: Timestamp) -> Result<String, Fault> {
    let zone = member::member(tx.conn, who)?.map_or_else(Zone::utc, |m| m.zone);
    let (wall, today) = (zone.wall(at), zone.date(tx.now));
    let days = wall.date().since(today).map_or(i64::MAX, |span| i64::from(span.get_days()));
    let day = match days {
        0 => String::new(),
        1..=6 => format!("on {} ", wall.strftime("%A")),
        _ => format!("on {} ", wall.strftime("%-d %b")),
    };
    Ok(format!("{day}at {}:{:02}", wall.hour(), wall.minute()))
}

/// "Ana", "Ana and Ben": the others of a match.
pub(super) fn names_of(tx: &Tx<'_>, rows: &[&OpenRow], but: MemberId) -> Result<String, Fault> {
    let others = rows.iter().filter(|row| row.member != but);
    Ok(others.map(|row| name_of(tx, row.member)).collect::<Result<Vec<_>, _>>()?.join(" and "))
}

fn names_beside(tx: &Tx<'_>, ids: &[BookingId], but: MemberId) -> Result<String, Fault> {
    let mut names = Vec::new();
    for id in ids {
        if let Some(row) = booking::seat(tx.conn, *id)?.filter(|row| row.booking.member != but) {
            names.push(name_of(tx, row.booking.member)?);
        }
    }
    Ok(names.join(" and "))
}
