//! The opening hours: what they refuse, and how an admin changes them.
//!
//! **What is booked stays booked** when hours change: how much of it then lies in closed time is said before anything is saved.
//! Only who is flexible goes along: their windows keep what is open of them.

use super::{Effects, Fault, admin, house_of, pairing};
use crate::domain::booking::Length;
use crate::domain::hours::{Hours, HoursForm};
use crate::domain::id::MemberId;
use crate::domain::refusal::Refusal;
use crate::domain::time::{DAY, Timestamp};
use crate::domain::view::House;
use crate::store::company::{self, Ahead};
use crate::store::{Tx, booking, house, member, report};
use rusqlite::Connection;

/// Weeks ahead in which somebody may have a calendar open.
const WEEKS_SEEN: i64 = 13;

/// What became of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changed {
    Saved(Effects),
    /// So many bookings would lie in closed time; nothing was saved.
    Leaves(usize),
}

/// Refuses a session while the house is closed, on the clock of who asks. A house without hours pays one look at its setting.
pub(super) fn open_at(conn: &Connection, who: MemberId, start: Timestamp, length: Length) -> Result<(), Fault> {
    let Some((hours, zone)) = house::opening(conn)? else { return Ok(()) };
    let mine = member::member(conn, who)?.ok_or_else(Refusal::gone)?.zone;
    Ok(hours.checked(&zone, (start, length), &mine)?)
}

/// Why there is no session then, for somebody's own clock.
pub(super) fn why_closed(conn: &Connection, who: MemberId, start: Timestamp, length: Length) -> Result<String, Fault> {
    match open_at(conn, who, start, length) {
        Err(Fault::Refusal(refusal)) => Ok(refusal.sentence),
        other => other.map(|()| String::new()),
    }
}

/// The house and its hours as the admin's form shows them.
///
/// # Errors
/// `not_allowed`.
pub fn form(conn: &Connection, who: MemberId) -> Result<(House, HoursForm), Fault> {
    admin::admin(conn, who)?;
    let house = house_of(conn)?;
    let form = HoursForm::of(&house.hours);
    Ok((house, form))
}

/// Changes the opening hours. `agreed` is how many bookings the admin was told would lie in closed time.
///
/// # Errors
/// `not_allowed`, or what cannot be meant.
pub fn change(tx: &Tx<'_>, who: MemberId, form: &HoursForm, agreed: Option<usize>) -> Result<Changed, Fault> {
    admin::admin(tx.conn, who)?;
    let house = house_of(tx.conn)?;
    let hours = form.read(house.zone.date(tx.now))?;
    let ahead = company::ahead(tx.conn, tx.now)?;
    let left = left_outside(&house, &hours, &ahead, tx.now);
    if left > 0 && agreed != Some(left) {
        return Ok(Changed::Leaves(left));
    }
    house::opening_put(tx.conn, &hours)?;
    let mut effects = Effects::default();
    go_along(tx, &House { hours, ..house }, &ahead, &mut effects)?;
    // Every week that somebody looks at is drawn anew.
    effects.slots.extend((0..=WEEKS_SEEN).map(|n| tx.now.plus(n * 7 * DAY)));
    report::audit_insert(tx.conn, Some(who), "opening hours changed", "", tx.now)?;
    Ok(Changed::Saved(effects))
}

/// How many bookings these hours would leave in closed time that lie in open time as it is.
fn left_outside(house: &House, hours: &Hours, ahead: &[Ahead], now: Timestamp) -> usize {
    let until = ahead.iter().map(|one| one.window.1).max().unwrap_or(now);
    let (before, after) = (house.hours.open(&house.zone, now, until), hours.open(&house.zone, now, until));
    let is_left = |one: &&Ahead| {
        let grid = (house.step, &house.zone);
        before.holds(one.start, one.length.seconds()) && after.window((one.start, one.length), one.window, grid).is_none()
    };
    ahead.iter().filter(is_left).count()
}

/// Windows keep what is open of them; where the start before is closed, they stand at the nearest that is open.
fn go_along(tx: &Tx<'_>, house: &House, ahead: &[Ahead], effects: &mut Effects) -> Result<(), Fault> {
    let until = ahead.iter().map(|one| one.window.1).max().unwrap_or(tx.now);
    let open = house.hours.open(&house.zone, tx.now, until);
    if open.is_always() {
        return Ok(());
    }
    for one in ahead.iter().filter(|one| one.window.0 < one.window.1) {
        let from = one.window.0.max(tx.now).min(one.start);
        let window = open.window((one.start, one.length), (from, one.window.1), (house.step, &house.zone));
        let (start, window) = window.unwrap_or((one.start, (one.start, one.start)));
        if window == one.window && start == one.start {
            continue;
        }
        company::window_set(tx.conn, one.booking, start, window, start.plus(one.length.footprint_s()))?;
        if start != one.start {
            let at = pairing::day_and_clock_of(tx, one.member, start)?;
            booking::booking_news(
                tx.conn,
                one.booking,
                Some(&format!("The opening hours have changed. Your session begins {at}.")),
            )?;
        }
        effects.touch(one.start, one.member, one.session);
        effects.touch(start, one.member, one.session);
    }
    Ok(())
}
