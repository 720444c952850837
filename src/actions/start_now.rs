//! "Start now": whoever waits at this moment, else the next start that works. Whom it is, the matcher says.

use super::{Effects, Fault, book, hours, house_of, pairing, pool};
use crate::domain::booking::{Length, Wishes};
use crate::domain::company::Company;
use crate::domain::grid;
use crate::domain::id::{BookingId, MemberId, SessionId};
use crate::domain::matching::{Rule, starting};
use crate::domain::refusal::Refusal;
use crate::domain::session::{LOBBY_S, NO_SHOW_S};
use crate::domain::time::{HOUR, MINUTE, Timestamp};
use crate::store::booking::{self, WaitingRow};
use crate::store::company::{self, OpenRow};
use crate::store::{Tx, member};

/// The number under which the matcher knows a session that is not booked yet: no booking has it.
const UNBOOKED: BookingId = BookingId(-1);

/// What came of it.
#[derive(Clone, Debug)]
pub struct Started {
    pub booking: BookingId,
    pub start: Timestamp,
    pub partners: Vec<String>,
    pub effects: Effects,
}

/// Sits down with one who waits now for the same length (or a shorter one), else books the next start that is free.
/// Somebody whose session is open already is led there.
///
/// # Errors
/// `closed` when the house is, and `busy` when the next two hours are booked.
pub fn start_now(tx: &Tx<'_>, who: MemberId, length: Length, wishes: &Wishes) -> Result<Started, Fault> {
    let mut effects = Effects::default();
    if let Some(open) = open_session(tx, who)? {
        return Ok(Started { booking: open.0, start: open.1, partners: book::partner_names(tx, open.0)?, effects });
    }
    let house = house_of(tx.conn)?;
    house.lengths.checked(length)?;
    for (waiting, rule) in who_waits(tx, who, length, wishes)? {
        let booking = match book::insert(tx, who, waiting.start, waiting.length, wishes, &mut effects) {
            Ok(booking) => booking,
            // Theirs would overlap one of mine; somebody else's may not.
            Err(Fault::Refusal(_)) => continue,
            Err(fault) => return Err(fault),
        };
        book::take_start(tx, waiting.booking, waiting.start, waiting.length)?;
        pairing::seat_together(tx, &[waiting.booking, booking], rule, &mut effects)?;
        return Ok(Started { booking, start: waiting.start, partners: book::partner_names(tx, booking)?, effects });
    }
    let step_s = house.step * MINUTE;
    let first = grid::next_start(tx.now, house.step, house.zone.offset_s(tx.now));
    hours::open_at(tx.conn, who, first, length)?;
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

/// The people to sit down with, as the matcher puts them in order, and by which rule.
fn who_waits(tx: &Tx<'_>, who: MemberId, length: Length, wishes: &Wishes) -> Result<Vec<(WaitingRow, Rule)>, Fault> {
    let mut waiting = booking::waiting_between(tx.conn, tx.now.plus(-NO_SHOW_S), tx.now.plus(LOBBY_S + 1))?;
    waiting.retain(|w| w.member != who && (w.start > tx.now || pairing::is_there(tx, w.booking)));
    let mut rows = vec![as_open(tx, who, length, wishes)?];
    for one in &waiting {
        let row = company::open(tx.conn, one.booking)?;
        // Who may move starts where they wait at this moment.
        rows.extend(row.map(|row| OpenRow { company: Company { earliest: row.start, latest: row.start, ..row.company }, ..row }));
    }
    let told = pool::tell(tx.conn, tx.now, tx.now, &rows, &[])?;
    let chosen = starting::choices(&told.pool, UNBOOKED, told.said(tx.now));
    let row = |id: BookingId| waiting.iter().find(|w| w.booking == id).cloned();
    Ok(chosen.into_iter().filter_map(|(id, rule)| Some((row(id)?, rule))).collect())
}

/// What is asked for at this moment, as the matcher sees it before it is booked.
fn as_open(tx: &Tx<'_>, who: MemberId, length: Length, wishes: &Wishes) -> Result<OpenRow, Fault> {
    let me = member::member(tx.conn, who)?.ok_or_else(Refusal::gone)?;
    Ok(OpenRow {
        booking: UNBOOKED,
        member: who,
        session: SessionId(0),
        start: tx.now,
        length,
        wishes: wishes.clone(),
        company: Company::exact(tx.now),
        pending: None,
        sessions: me.sessions,
        welcomes: company::welcomes(tx.conn, who)?,
        left_out: 0,
        locked: false,
        news: None,
    })
}
