//! My plans as the calendar and their own page show them, and what time itself does about them.

use super::{Effects, Fault, appointment as appointments, me, nudge, orders as found};
use crate::domain::id::MemberId;
use crate::domain::plan::monday_of;
use crate::domain::refusal::Refusal;
use crate::domain::time::{DAY, Timestamp, Zone};
use crate::domain::view::{Agreement, AppointmentView, FoundWeek, OrderView, Plans, PlansPage};
use crate::store::appointment::{self, AppointmentRow};
use crate::store::orders::{self, PlaceRow};
use crate::store::{Tx, member, notice};
use jiff::civil::Date;
use rusqlite::Connection;

/// Notices that are shown at one time.
const NOTICES_SHOWN: usize = 6;
/// Booked dates of an appointment that are listed.
const DATES_SHOWN: usize = 4;

/// What the calendar shows: notices, and the times that were found or are looked for.
///
/// # Errors
/// Only those of the store.
pub(super) fn of(conn: &Connection, who: MemberId, zone: &Zone, now: Timestamp) -> Result<Plans, Fault> {
    let places = orders::places_of(conn, who, monday_of(zone, now))?;
    Ok(Plans {
        notices: notice::notices(conn, who, now, NOTICES_SHOWN)?,
        weeks: weeks(places.iter(), now),
        parts: orders::parts_last(conn, who)?,
    })
}

/// Places gathered by their week; what is over and was not found is left out.
fn weeks<'a>(places: impl Iterator<Item = &'a PlaceRow>, now: Timestamp) -> Vec<FoundWeek> {
    let mut weeks: Vec<FoundWeek> = Vec::new();
    for place in places {
        let (found, looking) = (place.found, !place.placed && place.last > now);
        if found.is_none() && !looking {
            continue;
        }
        if weeks.last().is_none_or(|week| week.week != place.week) {
            weeks.push(FoundWeek { week: place.week, found: Vec::new(), looking: 0 });
        }
        if let Some(week) = weeks.last_mut() {
            week.found.extend(found);
            week.looking += usize::from(looking);
        }
    }
    weeks.iter_mut().for_each(|week| week.found.sort_by_key(|(_, start)| *start));
    weeks
}

/// The page of my plans.
///
/// # Errors
/// `gone` when the account was removed.
pub fn page(conn: &Connection, who: MemberId, now: Timestamp) -> Result<PlansPage, Fault> {
    let me = me(conn, who)?;
    let places = orders::places_of(conn, who, monday_of(&me.zone, now))?;
    let mine = orders::orders_of(conn, who)?.into_iter().map(|order| OrderView {
        id: order.id,
        length: order.length,
        times: order.times,
        parts: order.parts,
        every_week: order.every_week,
        weeks: weeks(places.iter().filter(|place| place.order == order.id), now),
    });
    let orders = mine.filter(|order| order.every_week || !order.weeks.is_empty()).collect();
    let kept = appointment::appointments_of(conn, who)?;
    let appointments = kept.iter().map(|row| appointment_of(conn, who, row, now)).collect::<Result<_, _>>()?;
    Ok(PlansPage {
        now,
        lengths: super::house_of(conn)?.lengths,
        appointments,
        orders,
        holiday: appointment::holiday(conn, who)?,
        waits: notice::waits_of(conn, who, now)?,
        nudges: notice::nudges(conn, who)?.0,
        me,
    })
}

fn appointment_of(conn: &Connection, who: MemberId, row: &AppointmentRow, now: Timestamp) -> Result<AppointmentView, Fault> {
    let other = row.people().into_iter().find(|other| *other != who);
    let partner = match other {
        Some(other) => Some(member::member(conn, other)?.ok_or_else(Refusal::gone)?.name),
        None => None,
    };
    let ahead = appointment::bookings_ahead(conn, row.id, now)?;
    let booked = ahead.into_iter().filter(|one| one.member == who).take(DATES_SHOWN).map(|one| one.start).collect();
    let state = match (row.agreed, row.member == who) {
        (true, _) => Agreement::Holds,
        (false, true) => Agreement::WaitsForThem,
        (false, false) => Agreement::WaitsForMe,
    };
    Ok(AppointmentView { id: row.id, weekly: row.weekly.clone(), length: row.length, partner, state, booked })
}

/// When something of all this is due next.
pub(super) fn next_due(conn: &Connection, now: Timestamp) -> Result<Option<Timestamp>, Fault> {
    let due = [found::next_due(conn, now)?, appointments::next_due(conn)?, nudge::next_due(conn, now)?];
    Ok(due.into_iter().flatten().min())
}

/// Does what is due.
pub(super) fn settle(tx: &Tx<'_>, effects: &mut Effects) -> Result<(), Fault> {
    appointments::settle(tx, effects)?;
    found::settle(tx, effects)?;
    nudge::settle(tx, effects)
}

/// Forgets what is over.
pub(super) fn purge(tx: &Tx<'_>) -> Result<(), Fault> {
    notice::notices_purge(tx.conn, tx.now)?;
    found::purge(tx)?;
    let day: Date = Zone::utc().date(tx.now.plus(-2 * DAY));
    Ok(appointment::appointments_purge(tx.conn, tx.now, day)?)
}
