//! Company for who is present and alone in a session under way: what can be offered, and what follows from a tap.
//!
//! Who is present is known to the living sessions and told; everything else is read here, and read again when somebody says
//! yes. Nobody who has company is moved, and whoever a pair would rather not take in sits alone again, unhurt.

use super::pool::{self, Told};
use super::{Effects, Fault};
use crate::domain::id::{BookingId, MemberId, SessionId};
use crate::domain::lounge::{Before, By, Found, With, gone_on, moved, sent_on};
use crate::domain::matching::lounge::{self, Offer};
use crate::domain::matching::{Live, Lone};
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::store::company::{self, OpenRow};
use crate::store::{Tx, booking, member, past};
use rusqlite::Connection;

/// Pairs under way that are asked for a free chair at one time.
const PAIRS_MOST: usize = 1_000;

/// What the lone could be offered at this moment, one by one.
///
/// # Errors
/// Only those of the store.
pub fn offers(
    conn: &Connection,
    alone: &[BookingId],
    pairs: &[(SessionId, [BookingId; 2])],
    now: Timestamp,
) -> Result<Vec<Found>, Fault> {
    let mut found = Vec::new();
    for offer in decide(conn, alone, pairs, now)? {
        match offer {
            Offer::Together { bookings, .. } => {
                for own in &bookings {
                    let names = names(conn, bookings.iter().filter(|id| *id != own))?;
                    found.push(Found { booking: *own, with: With::Together(bookings.clone()), names });
                }
            }
            Offer::Joins { booking, session, .. } => {
                let pair = pairs.iter().find(|(id, _)| *id == session).map(|(_, pair)| *pair).unwrap_or([booking; 2]);
                found.push(Found { booking, with: With::Joins(session), names: names(conn, pair.iter())? });
            }
        }
    }
    Ok(found)
}

fn decide(
    conn: &Connection,
    alone: &[BookingId],
    pairs: &[(SessionId, [BookingId; 2])],
    now: Timestamp,
) -> Result<Vec<Offer>, Fault> {
    let mut rows = Vec::new();
    let mut chairs = Vec::new();
    for (session, pair) in pairs.iter().take(PAIRS_MOST) {
        // Who said "not now" goes on as two, also after a restart of the server.
        if !company::has_sent_on(conn, *session)? {
            chairs.push((*session, *pair));
        }
    }
    for id in alone.iter().chain(chairs.iter().flat_map(|(_, pair)| pair)) {
        rows.extend(company::open(conn, *id)?);
    }
    let mut told = pool::tell(conn, now, now, &rows, &[])?;
    // Two at a time: each says yes to the one that they read of.
    told.pool.rules.lone_trios = false;
    let row = |id: &BookingId| rows.iter().find(|row| row.booking == *id);
    let lone: Vec<Lone> = alone.iter().filter_map(row).map(|row| present(&told, row)).collect();
    let pair = |(session, pair): &(SessionId, [BookingId; 2])| {
        let seats: Vec<&OpenRow> = pair.iter().filter_map(row).collect();
        let [a, b] = seats[..] else { return None };
        let start = told.said(a.start.min(b.start));
        Some(Live { session: *session, start, joins: 0, seats: vec![present(&told, a), present(&told, b)] })
    };
    let live: Vec<Live> = chairs.iter().filter_map(pair).collect();
    Ok(lounge::rematch(&told.pool, &lone, &live, told.said(now)))
}

fn present(told: &Told, row: &OpenRow) -> Lone {
    let ends_at = told.said(row.start.plus(row.length.seconds()));
    Lone { wish: pool::wish(told, row), ends_at, stays_alone: false }
}

fn names<'a>(conn: &Connection, ids: impl Iterator<Item = &'a BookingId>) -> Result<Vec<String>, Fault> {
    let mut names = Vec::new();
    for id in ids {
        if let Some(row) = booking::seat(conn, *id)? {
            names.extend(member::member(conn, row.booking.member)?.map(|m| m.name));
        }
    }
    Ok(names)
}

/// Two who are alone sit down together, in a session of their own; each with how yes was said.
///
/// # Errors
/// `found_company` when one of them is not alone any more, may not meet the other, or was to be asked.
pub fn together(tx: &Tx<'_>, all: &[(BookingId, By)]) -> Result<Effects, Fault> {
    let ids: Vec<BookingId> = all.iter().map(|(id, _)| *id).collect();
    let still = decide(tx.conn, &ids, &[], tx.now)?;
    if !matches!(&still[..], [Offer::Together { bookings, .. }] if bookings.len() == ids.len()) {
        return Err(gone());
    }
    let session = booking::session_insert(tx.conn, tx.now)?;
    let mut effects = Effects::default();
    for (id, by) in all {
        let names = names(tx.conn, ids.iter().filter(|other| *other != id))?;
        sit_in(tx, *id, session, (&With::Together(Vec::new()), *by), &names, &mut effects)?;
    }
    booking::session_recount(tx.conn, session)?;
    Ok(effects)
}

/// Who is alone takes the free chair of a pair.
///
/// # Errors
/// `found_company` when the chair is taken, was never free for them, or they were to be asked.
pub fn join(tx: &Tx<'_>, who: MemberId, id: BookingId, session: SessionId, by: By) -> Result<Effects, Fault> {
    super::seat::mine(tx.conn, who, id)?;
    let here: Vec<BookingId> = booking::seats_of_session(tx.conn, session)?
        .into_iter()
        .filter(|row| row.left_at.is_none() && row.sat_at.is_some())
        .map(|row| row.booking.id)
        .collect();
    let [a, b] = here[..] else { return Err(gone()) };
    if decide(tx.conn, &[id], &[(session, [a, b])], tx.now)?.is_empty() {
        return Err(gone());
    }
    let mut effects = Effects::default();
    let names = names(tx.conn, here.iter())?;
    sit_in(tx, id, session, (&With::Joins(session), by), &names, &mut effects)?;
    booking::session_recount(tx.conn, session)?;
    Ok(effects)
}

/// "Not now": whoever came as the third sits alone again, reads why, and is looked after anew. The two are offered nobody any more.
///
/// # Errors
/// `gone` when the seat is not theirs.
pub fn decline(tx: &Tx<'_>, who: MemberId, id: BookingId) -> Result<Effects, Fault> {
    let own = super::seat::mine(tx.conn, who, id)?;
    let mut effects = Effects::default();
    let session = own.booking.session;
    let Some(id) = company::came_last(tx.conn, session)? else { return Ok(effects) };
    let Some(third) = booking::seat(tx.conn, id)? else { return Ok(effects) };
    let fresh = booking::session_insert(tx.conn, tx.now)?;
    booking::booking_move(tx.conn, third.booking.id, fresh)?;
    let two: Vec<BookingId> = booking::seats_of_session(tx.conn, session)?
        .into_iter()
        .filter(|row| row.left_at.is_none() && row.sat_at.is_some() && row.booking.id != third.booking.id)
        .map(|row| row.booking.id)
        .collect();
    company::sent_on_insert(tx.conn, third.booking.id, (session, fresh), &sent_on(&names(tx.conn, two.iter())?), tx.now)?;
    booking::session_recount(tx.conn, fresh)?;
    booking::session_recount(tx.conn, session)?;
    for at in [session, fresh] {
        effects.touch(third.booking.start, third.booking.member, at);
    }
    Ok(effects)
}

/// Moves a seat out of where nobody is. Those who stay away keep what they are: no count of theirs changes by it; who comes back
/// reads what became of the other.
fn sit_in(
    tx: &Tx<'_>,
    id: BookingId,
    session: SessionId,
    (with, by): (&With, By),
    names: &[String],
    effects: &mut Effects,
) -> Result<(), Fault> {
    let row = booking::seat(tx.conn, id)?.ok_or_else(Refusal::gone)?;
    // Nobody is moved by itself who did not choose it with this booking.
    if by == By::Itself && !row.company.by_itself {
        return Err(gone());
    }
    let own = &row.booking;
    let me = member::member(tx.conn, own.member)?.ok_or_else(Refusal::gone)?;
    let mut before = Before { sent_on: company::was_sent_on(tx.conn, id, own.session)?, ..Before::default() };
    for other in booking::seats_of_session(tx.conn, own.session)? {
        if other.booking.id == id || other.cancelled {
            continue;
        }
        if other.sat_at.is_some() && row.sat_at.is_some() {
            past::met_insert(tx.conn, own.member, other.booking.member, own.start)?;
        }
        let name = member::member(tx.conn, other.booking.member)?.map(|m| m.name);
        if other.left_at.is_some() {
            before.left.extend(name);
        } else {
            before.missing.extend(name);
            company::cause_set(tx.conn, other.booking.id, own.session, &gone_on(&me.name))?;
        }
    }
    effects.touch(own.start, own.member, own.session);
    super::push_new(&mut effects.sessions, session);
    booking::booking_move(tx.conn, id, session)?;
    company::pending_set(tx.conn, id, None)?;
    company::seated_insert(tx.conn, id, session, with.rule(by), tx.now)?;
    Ok(company::cause_set(tx.conn, id, session, &moved(&before, names, by))?)
}

fn gone() -> Fault {
    Refusal::new("found_company", "They have found company meanwhile. We look on for you.").into()
}
