//! My own account: name, address, zone, who may pick me, password, logins.

use super::{Fault, me};
use crate::domain::id::MemberId;
use crate::domain::member::{Pick, email_cleaned, name_cleaned};
use crate::domain::refusal::Refusal;
use crate::domain::time::{Timestamp, Zone};
use crate::domain::view::{Account, Login};
use crate::store::{Tx, company, login, member, notice, relation};
use rusqlite::Connection;

/// My settings page; `this_login` is the browser that asks.
///
/// # Errors
/// `gone` when the account was removed.
pub fn account(conn: &Connection, who: MemberId, this_login: i64, now: Timestamp) -> Result<Account, Fault> {
    let row = member::member(conn, who)?.ok_or_else(Refusal::gone)?;
    let logins = login::logins(conn, who)?
        .into_iter()
        .map(|l| Login { browser: l.browser, since: l.made_at, seen: l.seen_at, this_one: l.id == this_login })
        .collect();
    Ok(Account {
        me: me(conn, who)?,
        email: row.email,
        pick: row.pick,
        as_someone: row.as_someone,
        trio: company::trio(conn, who)?,
        welcomes: company::welcomes(conn, who)?,
        nudges: notice::nudges(conn, who)?.0,
        logins,
        relations: relation::relations(conn, who, now)?,
    })
}

/// What the settings form holds.
#[derive(Clone, Debug)]
pub struct Change {
    pub name: String,
    pub email: String,
    pub zone: String,
    pub pick: String,
    pub as_someone: bool,
}

/// Changes my settings, all or nothing.
///
/// # Errors
/// A refusal that names the field.
pub fn change(tx: &Tx<'_>, who: MemberId, change: &Change) -> Result<(), Fault> {
    let name = name_cleaned(&change.name)?;
    let email = email_cleaned(&change.email)?;
    let zone = zone_named(&change.zone)?;
    let pick = Pick::from_word(&change.pick).ok_or_else(|| Refusal::new("pick", "Choose who may pick you."))?;
    if !member::member_update(tx.conn, who, &name, email.as_deref(), &zone, pick, change.as_someone)? {
        return Err(name_taken(&name).into());
    }
    Ok(())
}

/// Says whether a third may sit down with me, for bookings to come, whether I welcome newcomers, and whether I may be nudged.
///
/// # Errors
/// Only those of the store.
pub fn change_company(tx: &Tx<'_>, who: MemberId, trio: bool, welcomes: bool, nudges: bool) -> Result<(), Fault> {
    company::trio_set(tx.conn, who, trio)?;
    notice::nudges_set(tx.conn, who, nudges)?;
    Ok(company::welcomes_set(tx.conn, who, welcomes)?)
}

/// Shows times in another zone from here on.
///
/// # Errors
/// `zone` for a name that is not known.
pub fn change_zone(tx: &Tx<'_>, who: MemberId, zone: &str) -> Result<(), Fault> {
    Ok(member::zone_set(tx.conn, who, &zone_named(zone)?)?)
}

/// Puts a new password in place and ends every other login.
///
/// # Errors
/// Only those of the store; the old password was checked before.
pub fn change_password(tx: &Tx<'_>, who: MemberId, hash: &str, this_login: Option<i64>) -> Result<(), Fault> {
    member::password_set(tx.conn, who, hash)?;
    Ok(login::logins_delete(tx.conn, who, this_login)?)
}

/// The test session was done.
///
/// # Errors
/// Only those of the store.
pub fn tested(tx: &Tx<'_>, who: MemberId) -> Result<(), Fault> {
    Ok(member::tested_set(tx.conn, who, tx.now)?)
}

pub(super) fn zone_named(name: &str) -> Result<Zone, Refusal> {
    Zone::named(name)
        .ok_or_else(|| Refusal::new("zone", "That time zone isn't known here. Pick one from the list, such as Europe/Lisbon."))
}

pub(super) fn name_taken(name: &str) -> Refusal {
    Refusal::new("name_taken", format!("Somebody here is called {name} already. Add an initial or a nickname."))
}
