//! What an admin does: members and the house. Every act of power is noted.

use super::{Effects, Fault, house_of, pairing, set_up};
use crate::domain::booking::Lengths;
use crate::domain::grid::STEPS;
use crate::domain::id::MemberId;
use crate::domain::member::Role;
use crate::domain::refusal::Refusal;
use crate::domain::roll;
use crate::domain::time::Timestamp;
use crate::domain::view::{FocusHour, House, HouseForm, Managed};
use crate::store::{Tx, account, booking, house, login, member, report};
use rusqlite::Connection;

const TEXT_CHARS: usize = 20_000;

/// Lets admins pass.
pub(super) fn admin(conn: &Connection, who: MemberId) -> Result<(), Fault> {
    let role = member::member(conn, who)?.map(|m| m.role);
    if role == Some(Role::Admin) { Ok(()) } else { Err(Refusal::not_allowed().into()) }
}

/// Whether this member looks after the house.
///
/// # Errors
/// `not_allowed` for everybody else.
pub fn is_admin(conn: &Connection, who: MemberId) -> Result<(), Fault> {
    admin(conn, who)
}

/// Writes down that somebody took a backup away: everything is in it.
///
/// # Errors
/// `not_allowed` for everybody but admins.
pub fn backup_taken(tx: &Tx<'_>, who: MemberId, name: &str) -> Result<(), Fault> {
    admin(tx.conn, who)?;
    Ok(report::audit_insert(tx.conn, Some(who), "backup downloaded", name, tx.now)?)
}

/// Figures of the admin's front page: members, open reports.
///
/// # Errors
/// `not_allowed` for a plain member.
pub fn overview(conn: &Connection, who: MemberId) -> Result<(i64, i64), Fault> {
    report_desk(conn, who)?;
    Ok((member::members_count(conn)?, report::reports_open(conn)?))
}

fn report_desk(conn: &Connection, who: MemberId) -> Result<(), Fault> {
    super::report::moderator(conn, who)
}

/// Lets an admin look at how the machine fares.
///
/// # Errors
/// `not_allowed`.
pub fn examiner(conn: &Connection, who: MemberId) -> Result<(), Fault> {
    admin(conn, who)
}

/// How much the log says is changed for everybody who reads it, so it is written down who did.
///
/// # Errors
/// `not_allowed`.
pub fn log_changed(tx: &Tx<'_>, who: MemberId, more: bool) -> Result<(), Fault> {
    admin(tx.conn, who)?;
    Ok(report::audit_insert(tx.conn, Some(who), if more { "log says more" } else { "log says as usual" }, "", tx.now)?)
}

/// All members, by name.
///
/// # Errors
/// `not_allowed`.
pub fn members(conn: &Connection, who: MemberId) -> Result<Vec<Managed>, Fault> {
    admin(conn, who)?;
    let (rows, accounts, zone) = (member::members(conn)?, account::accounts(conn)?, house_of(conn)?.zone);
    let managed = |m: member::MemberRow| {
        let account = accounts.get(&m.id);
        let last_day = account.and_then(|a| a.ends_at).map(|at| roll::last_of(at, &zone));
        let came = account.is_some_and(|a| a.came);
        Managed { id: m.id, name: m.name, email: m.email, role: m.role, since: m.made_at, paused: m.paused, last_day, came }
    };
    Ok(rows.into_iter().map(managed).collect())
}

/// Gives a member another role.
///
/// # Errors
/// `not_allowed`, `gone`, or `last_admin`.
pub fn set_role(tx: &Tx<'_>, who: MemberId, about: MemberId, role: Role) -> Result<(), Fault> {
    let row = target(tx, who, about)?;
    if row.role == Role::Admin && role != Role::Admin {
        another_admin(tx, about)?;
    }
    member::role_set(tx.conn, about, role)?;
    Ok(report::audit_insert(tx.conn, Some(who), &format!("role {}", role.word()), &row.name, tx.now)?)
}

/// Keeps a member out (their logins end, their bookings ahead are cancelled), or lets them in again.
///
/// # Errors
/// `not_allowed`, `gone`, or `last_admin`.
pub fn set_paused(tx: &Tx<'_>, who: MemberId, about: MemberId, paused: bool) -> Result<Effects, Fault> {
    let row = target(tx, who, about)?;
    let mut effects = Effects::default();
    if paused {
        if row.role == Role::Admin {
            another_admin(tx, about)?;
        }
        keep_out(tx, &row, Running::IsLeft, &mut effects)?;
    } else {
        let over = account::account(tx.conn, about)?.and_then(|a| a.ends_at).is_some_and(|at| at <= tx.now);
        if over {
            account::ends_set(tx.conn, about, None)?;
        }
        member::paused_set(tx.conn, about, None)?;
    }
    report::audit_insert(tx.conn, Some(who), if paused { "paused" } else { "let in again" }, &row.name, tx.now)?;
    Ok(effects)
}

/// What becomes of the session that somebody who is kept out sits in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Running {
    /// They leave it at once.
    IsLeft,
    /// Nobody is sent out in the middle: it is the last.
    GoesOn,
}

/// Ends a member's logins and cancels their bookings ahead.
pub(super) fn keep_out(tx: &Tx<'_>, row: &member::MemberRow, running: Running, effects: &mut Effects) -> Result<(), Fault> {
    login::logins_delete(tx.conn, row.id, None)?;
    cancel_all(tx, row.id, &row.name, running, effects)?;
    Ok(member::paused_set(tx.conn, row.id, Some(tx.now))?)
}

/// Deletes a member and all that is theirs.
///
/// # Errors
/// `not_allowed`, `gone`, or `last_admin`.
pub fn remove(tx: &Tx<'_>, who: MemberId, about: MemberId) -> Result<Effects, Fault> {
    let row = target(tx, who, about)?;
    if row.role == Role::Admin {
        another_admin(tx, about)?;
    }
    let mut effects = Effects::default();
    cancel_all(tx, about, &row.name, Running::IsLeft, &mut effects)?;
    // Noted first: who removes their own account is no actor any more a moment later.
    report::audit_insert(tx.conn, Some(who), "removed", "a member", tx.now)?;
    member::member_delete(tx.conn, about)?;
    Ok(effects)
}

fn target(tx: &Tx<'_>, who: MemberId, about: MemberId) -> Result<member::MemberRow, Fault> {
    admin(tx.conn, who)?;
    Ok(member::member(tx.conn, about)?.ok_or_else(Refusal::gone)?)
}

fn another_admin(tx: &Tx<'_>, about: MemberId) -> Result<(), Fault> {
    if member::admins_count_but(tx.conn, about)? > 0 {
        return Ok(());
    }
    Err(Refusal::new(
        "last_admin",
        "That is the only admin. Make somebody else an admin first, so that the house keeps its keys.",
    )
    .into())
}

fn cancel_all(tx: &Tx<'_>, about: MemberId, name: &str, running: Running, effects: &mut Effects) -> Result<(), Fault> {
    let mut open = booking::seats_of_member(tx.conn, about, tx.now, Timestamp(i64::MAX / 2))?;
    // What was worked to the end stays done, for both.
    open.retain(|row| row.booking.ends_at() > tx.now && (running == Running::IsLeft || row.booking.start > tx.now));
    for row in open {
        booking::booking_cancel(tx.conn, row.booking.id, tx.now)?;
        pairing::part(tx, &row, &format!("{name} had to cancel."), pairing::Leaves::Cancelled, effects)?;
    }
    Ok(())
}

/// The house as the admin's form shows it.
///
/// # Errors
/// `not_allowed`.
pub fn house_form(conn: &Connection, who: MemberId) -> Result<House, Fault> {
    admin(conn, who)?;
    house_of(conn)
}

/// The house as anybody may see it; `None` before it is set up.
///
/// # Errors
/// Only those of the store.
pub fn house(conn: &Connection) -> Result<Option<House>, Fault> {
    Ok(house::house(conn)?)
}

/// Changes the house.
///
/// # Errors
/// `not_allowed`, or a refusal that names the field.
pub fn change_house(tx: &Tx<'_>, who: MemberId, form: &HouseForm) -> Result<(), Fault> {
    admin(tx.conn, who)?;
    let old = house_of(tx.conn)?;
    if !STEPS.contains(&form.step) {
        return Err(Refusal::new("step", "Sessions may start every 5, 15, 30 or 60 minutes.").into());
    }
    let lengths = Lengths::of(&form.lengths).ok_or_else(|| Refusal::new("lengths", "Offer at least one length of sessions."))?;
    let mut focus_hours: Vec<FocusHour> = form.focus_hours.iter().copied().filter(|f| f.weekday < 7 && f.minute < 1440).collect();
    focus_hours.sort_unstable();
    focus_hours.dedup();
    let text = |typed: &str| -> String { typed.replace("\r\n", "\n").trim().chars().take(TEXT_CHARS).collect() };
    let rules = text(&form.rules);
    let house = House {
        name: set_up::instance_cleaned(&form.name)?,
        zone: super::account::zone_named(&form.zone)?,
        step: form.step,
        lengths,
        focus_hours,
        hours: old.hours,
        rules_version: old.rules_version + i64::from(rules != old.rules),
        rules,
        welcome: text(&form.welcome),
    };
    house::house_put(tx.conn, &house)?;
    Ok(report::audit_insert(tx.conn, Some(who), "house changed", &house.name, tx.now)?)
}
