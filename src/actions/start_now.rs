//! "Start now": whoever waits at this moment, else the next start that works.

use super::{Effects, Fault, book, deciding, house_of, pairing};
use crate::domain::booking::{Length, Wishes};
use crate::domain::company::NEWCOMER_BELOW;
use crate::domain::grid;
use crate::domain::id::{BookingId, MemberId};
use crate::domain::matching::Rule;
use crate::domain::refusal::Refusal;
use crate::domain::session::{LOBBY_S, NO_SHOW_S};
use crate::domain::time::{HOUR, MINUTE, Timestamp};
use crate::store::booking::{self, WaitingRow};
use crate::store::{Tx, company, member, relation};

/// What came of it.
#[derive(Clone, Debug)]
pub struct Started {
    pub booking: BookingId,
    pub start: Timestamp,
    pub partners: Vec<String>,
    pub effects: Effects,
}

/// Sits down with whoever waits now for the same length (or a shorter one), else books the next start that is free.
/// Somebody whose session is open already is led there.
///
/// # Errors
/// `busy` when the next two hours are booked.
pub fn start_now(tx: &Tx<'_>, who: MemberId, length: Length, wishes: &Wishes) -> Result<Started, Fault> {
    let mut effects = Effects::default();
    if let Some(open) = open_session(tx, who)? {
        return Ok(Started { booking: open.0, start: open.1, partners: book::partner_names(tx, open.0)?, effects });
    }
    for waiting in who_waits(tx, who, length)? {
        let booking = match book::insert(tx, who, waiting.start, waiting.length, wishes, &mut effects) {
            Ok(booking) => booking,
            // Theirs would overlap one of mine; somebody else's may not.
            Err(Fault::Refusal(_)) => continue,
            Err(fault) => return Err(fault),
        };
        let rule = if waiting.length == length { Rule::SameSlot } else { Rule::OtherLength };
        book::take_start(tx, waiting.booking, waiting.start, waiting.length)?;
        pairing::seat_together(tx, &[waiting.booking, booking], rule, &mut effects)?;
        return Ok(Started { booking, start: waiting.start, partners: book::partner_names(tx, booking)?, effects });
    }
    let house = house_of(tx.conn)?;
    let step_s = house.step * MINUTE;
    let first = grid::next_start(tx.now, house.step, house.zone.offset_s(tx.now));
    for n in 0..=(2 * HOUR / step_s) {
        let start = first.plus(n * step_s);
        match book::insert(tx, who, start, length, wishes, &mut effects) {
            Ok(booking) => {
                member::usual_set(tx.conn, who, length)?;
                book::made(tx, booking, &mut effects)?;
                return Ok(Started { booking, start, partners: book::partner_names(tx, booking)?, effects });
            }
            Err(Fault::Refusal(_)) => {}
            Err(fault) => return Err(fault),
        }
    }
    Err(Refusal::new("busy", "You are booked for the next two hours. Your sessions are on the calendar.").into())
}

/// My session that is in its lobby or under way, if I have not left it.
fn open_session(tx: &Tx<'_>, who: MemberId) -> Result<Option<(BookingId, Timestamp)>, Fault> {
    let seats = booking::seats_of_member(tx.conn, who, tx.now, tx.now.plus(LOBBY_S + 1))?;
    Ok(seats.iter().find(|s| s.left_at.is_none() && s.booking.ends_at() > tx.now).map(|s| (s.booking.id, s.booking.start)))
}

/// The people to sit down with: same length first, then those who start soonest.
fn who_waits(tx: &Tx<'_>, who: MemberId, length: Length) -> Result<Vec<WaitingRow>, Fault> {
    let never = relation::standing(tx.conn, who, tx.now)?.never;
    let mut waiting = booking::waiting_between(tx.conn, tx.now.plus(-NO_SHOW_S), tx.now.plus(LOBBY_S + 1))?;
    waiting.retain(|w| w.member != who && !never.contains(&w.member) && w.length <= length);
    waiting.retain(|w| w.start > tx.now || pairing::is_there(tx, w.booking));
    let mut open = Vec::with_capacity(waiting.len());
    for one in waiting {
        if let Some(row) = company::open(tx.conn, one.booking)?
            && deciding::is_open_to(tx.conn, &row, who)?
        {
            open.push(one);
        }
    }
    // Who is new comes to somebody who likes to welcome newcomers, where one of the two waits.
    let me = member::member(tx.conn, who)?.ok_or_else(Refusal::gone)?;
    let welcomes = |who: MemberId| company::welcomes(tx.conn, who).unwrap_or(false);
    let (new, host) = (me.sessions < NEWCOMER_BELOW, welcomes(who));
    let fits = |w: &WaitingRow| (new && welcomes(w.member)) || (host && w.sessions < NEWCOMER_BELOW);
    open.sort_by_cached_key(|w| (w.length != length, !fits(w), w.start, w.booking));
    Ok(open)
}
