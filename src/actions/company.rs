//! What a member is told about company for one of their bookings: looked for, promised, promised by name soon; and why.

use super::deciding::{others_around, would_meet};
use super::{Fault, book, hours, nudge, seat};
use crate::domain::company::NAMES_S;
use crate::domain::id::{BookingId, MemberId};
use crate::domain::matching::Rule;
use crate::domain::time::{HOUR, Timestamp};
use crate::domain::view::{Company, Near};
use crate::store::booking::SeatRow;
use crate::store::company::{self, OpenRow};
use crate::store::member;
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::sync::Arc;

/// How far around a lone start somebody else is worth naming.
const NEAR_S: i64 = HOUR;
/// People near a lone start who are looked at.
const NEAR_MOST: usize = 4;

/// What is known about company for a booking that waits; `matched` says who would be brought together at a start.
pub(super) fn of(
    conn: &Connection,
    row: &SeatRow,
    now: Timestamp,
    matched: impl FnOnce(Timestamp) -> Result<Arc<BTreeSet<BookingId>>, Fault>,
) -> Result<Company, Fault> {
    if row.pending.is_some() {
        return Ok(Company::Pending);
    }
    let Some(own) = company::open(conn, row.booking.id)? else { return Ok(Company::default()) };
    if own.company.is_exact() && own.start.since(now) > NAMES_S && matched(own.start)?.contains(&own.booking) {
        return Ok(Company::Promised { names_at: own.start.plus(-NAMES_S) });
    }
    let around = others_around(conn, &own, now)?.len();
    let lone = around == 0 && own.company.is_exact();
    let near = if lone { near(conn, &own, now)? } else { None };
    let may_ask = around == 0 && nudge::may_ask(conn, own.booking)?;
    Ok(Company::Looking { earliest: own.company.earliest, latest: own.company.latest, around, near, may_ask })
}

/// Who waits nearest to a start at which nobody is, if moving there brings company and their name may be said.
pub(super) fn near(conn: &Connection, own: &OpenRow, now: Timestamp) -> Result<Option<Near>, Fault> {
    let mut wide = own.clone();
    (wide.company.earliest, wide.company.latest) = (own.start.plus(-NEAR_S), own.start.plus(NEAR_S));
    let mut rows = others_around(conn, &wide, now)?;
    rows.retain(|row| row.length == own.length && row.start > now && row.company.is_exact() && row.pending.is_none());
    rows.sort_by_key(|row| (row.start.since(own.start).abs(), row.start));
    for row in rows.iter().take(NEAR_MOST) {
        let Some(other) = member::member(conn, row.member)?.filter(|other| !other.as_someone) else { continue };
        if hours::open_at(conn, own.member, row.start, own.length).is_err() {
            continue;
        }
        let free = book::in_the_way(conn, own.member, (row.start, row.start), own.length)?;
        if free.iter().all(|mine| mine.booking.id == own.booking) && would_meet(conn, own, row.start, now)? {
            return Ok(Some(Near { name: other.name, start: row.start }));
        }
    }
    Ok(None)
}

/// "Why Ana?": the rule that brought this booking of mine together with who sits beside me.
///
/// # Errors
/// `gone` when the booking is not mine.
pub fn why(conn: &Connection, who: MemberId, id: BookingId) -> Result<Option<Rule>, Fault> {
    seat::mine(conn, who, id)?;
    Ok(company::rule_of(conn, id)?)
}
