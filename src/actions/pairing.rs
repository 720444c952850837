//! Carries out what the matcher decides: seats move into one session, or part again. Shared by the verbs that book,
//! cancel and block.

use super::{Effects, Fault};
use crate::domain::booking::Length;
use crate::domain::grid::LATE_BOOKING_S;
use crate::domain::id::{BookingId, MemberId};
use crate::domain::matching::{self, Pool, Talk, Wish};
use crate::domain::time::Timestamp;
use crate::store::booking::{self, SeatRow, WaitingRow};
use crate::store::{Tx, member, past, relation};

/// Lets the matcher look at one slot, and seats whom it pairs.
pub(super) fn match_slot(tx: &Tx<'_>, start: Timestamp, length: Length, effects: &mut Effects) -> Result<(), Fault> {
    let mut waiting = waiting_at(tx, start, length)?;
    if start.plus(LATE_BOOKING_S) < tx.now {
        // Under way: company for those who are there; who never came is not called a no-show for somebody's sake.
        waiting.retain(|w| is_there(tx, w.booking));
    }
    if waiting.len() < 2 {
        return Ok(());
    }
    for meeting in matching::plan(&pool_of(tx, &waiting)?, tx.now) {
        seat_together(tx, &meeting.bookings, effects)?;
    }
    Ok(())
}

/// Whether somebody has really opened the session page and has not gone.
pub(super) fn is_there(tx: &Tx<'_>, id: BookingId) -> bool {
    matches!(booking::seat(tx.conn, id), Ok(Some(row)) if row.opened_at.is_some() && row.left_at.is_none())
}

/// Who waits at exactly this slot.
pub(super) fn waiting_at(tx: &Tx<'_>, start: Timestamp, length: Length) -> Result<Vec<WaitingRow>, Fault> {
    let mut waiting = booking::waiting_between(tx.conn, start, start.plus(1))?;
    waiting.retain(|w| w.length == length);
    Ok(waiting)
}

fn pool_of(tx: &Tx<'_>, waiting: &[WaitingRow]) -> Result<Pool, Fault> {
    let mut pool = Pool::default();
    for (n, row) in waiting.iter().enumerate() {
        let standing = relation::standing(tx.conn, row.member, tx.now)?;
        pool.never.extend(standing.never.iter().map(|other| (row.member, *other)));
        pool.favorites.extend(standing.favorites.iter().map(|other| (row.member, *other)));
        for other in &waiting[n + 1..] {
            if past::have_met(tx.conn, row.member, other.member)? {
                pool.met.insert((row.member, other.member));
            }
        }
        let mut wish = Wish::exact(row.booking, row.member, row.start, row.length);
        wish.manner.talk = if row.wishes.quiet { Talk::Quiet } else { Talk::Any };
        pool.wishes.push(wish);
    }
    Ok(pool)
}

/// Moves all these bookings into the session of the first.
pub(super) fn seat_together(tx: &Tx<'_>, ids: &[BookingId], effects: &mut Effects) -> Result<(), Fault> {
    let mut rows = Vec::with_capacity(ids.len());
    for id in ids {
        rows.extend(booking::seat(tx.conn, *id)?);
    }
    let Some(session) = rows.first().map(|row| row.booking.session) else { return Ok(()) };
    for row in &rows {
        let own = &row.booking;
        effects.touch(own.start, own.member, own.session);
        if own.session != session {
            booking::booking_move(tx.conn, own.id, session)?;
        }
        if let Some(news) = &row.news {
            let names = names_of_others(tx, &rows, own.member)?;
            booking::booking_news(tx.conn, own.id, Some(&format!("{news} You are with {names}.")))?;
        }
    }
    booking::session_recount(tx.conn, session)?;
    Ok(())
}

/// Takes one seat out of its session, for a cancel or a block; those who stay are told `news` and looked after anew.
/// The seat itself is left in a session of its own, unless it was cancelled.
pub(super) fn part(tx: &Tx<'_>, leaver: &SeatRow, news: &str, keep_leaver: bool, effects: &mut Effects) -> Result<(), Fault> {
    let left = &leaver.booking;
    effects.touch(left.start, left.member, left.session);
    let kept = if keep_leaver { Some(booking::session_insert(tx.conn, tx.now)?) } else { None };
    if let Some(own) = kept {
        booking::booking_move(tx.conn, left.id, own)?;
        super::push_new(&mut effects.sessions, own);
    }
    booking::session_unlock(tx.conn, left.session)?;
    booking::session_recount(tx.conn, left.session)?;
    for row in booking::seats_of_session(tx.conn, left.session)?.iter().filter(|row| row.booking.id != left.id) {
        effects.touch(row.booking.start, row.booking.member, left.session);
        if row.booking.ends_at() > tx.now {
            booking::booking_news(tx.conn, row.booking.id, Some(news))?;
            match_slot(tx, row.booking.start, row.booking.length, effects)?;
        }
    }
    // The leaver waits only from here on: whoever is free comes to those who were left.
    if let Some(own) = kept {
        booking::session_recount(tx.conn, own)?;
    }
    Ok(())
}

fn names_of_others(tx: &Tx<'_>, rows: &[SeatRow], but: MemberId) -> Result<String, Fault> {
    let mut names = Vec::new();
    for row in rows.iter().filter(|row| row.booking.member != but) {
        names.extend(member::member(tx.conn, row.booking.member)?.map(|m| m.name));
    }
    Ok(names.join(" and "))
}
