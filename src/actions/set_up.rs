//! The first half hour: a one-time link, the first admin, the house.

use super::Fault;
use super::account::zone_named;
use crate::domain::booking::Lengths;
use crate::domain::hours::Hours;
use crate::domain::id::MemberId;
use crate::domain::member::{Role, name_cleaned};
use crate::domain::pins::Pins;
use crate::domain::policy::Kind;
use crate::domain::refusal::Refusal;
use crate::domain::texts;
use crate::domain::view::House;
use crate::domain::way_in::Choice;
use crate::store::login::{self, Hash};
use crate::store::member::NewMember;
use crate::store::{Tx, house, member};
use rusqlite::Connection;

/// What the setup form holds.
#[derive(Clone, Debug)]
pub struct SetUp {
    pub instance: String,
    pub zone: String,
    pub name: String,
    pub kind: Kind,
    /// From where people come; none where that is fixed outside the pages.
    pub way_in: Option<Choice>,
}

/// Whether the instance has been set up.
///
/// # Errors
/// Only those of the store.
pub fn is_done(conn: &Connection) -> Result<bool, Fault> {
    Ok(house::setting(conn, "name")?.is_some())
}

/// Puts a setup link in force for 30 minutes; the one before ends.
///
/// # Errors
/// `done` when the instance has been set up.
pub fn link(tx: &Tx<'_>, hash: &Hash) -> Result<(), Fault> {
    if is_done(tx.conn)? {
        return Err(Refusal::new(
            "done",
            "This instance is set up already. Use `alongside admin recover` if no admin can get in.",
        )
        .into());
    }
    Ok(login::pass_insert(tx.conn, "setup", hash, None, tx.now.plus(super::login::SETUP_S))?)
}

/// Whether a setup link is good.
///
/// # Errors
/// Only those of the store.
pub fn link_is_good(conn: &Connection, hash: &Hash, now: crate::domain::time::Timestamp) -> Result<bool, Fault> {
    Ok(!is_done(conn)? && login::pass_look(conn, "setup", hash, now)?.is_some())
}

/// Makes the house and its first admin, and uses the link up.
///
/// # Errors
/// `link` when the link is not good; a refusal that names the field.
pub fn set_up(tx: &Tx<'_>, link: &Hash, form: &SetUp, password_hash: &str) -> Result<MemberId, Fault> {
    if !link_is_good(tx.conn, link, tx.now)? {
        return Err(Refusal::new(
            "link",
            "This setup link has been used or has run out. Run `alongside setup-link` on the server for another.",
        )
        .into());
    }
    let who = found(tx, form, password_hash)?;
    login::pass_use(tx.conn, link, tx.now)?;
    Ok(who)
}

/// Puts what the keeper has fixed into the house; before the setup there is nothing to do.
///
/// # Errors
/// Only those of the store.
pub fn fix(tx: &Tx<'_>, pins: &Pins) -> Result<(), Fault> {
    let Some(house) = house::house(tx.conn)? else { return Ok(()) };
    let fixed = pins.over(house.clone());
    if fixed == house { Ok(()) } else { Ok(house::house_put(tx.conn, &fixed)?) }
}

/// Checks a setup form without changing anything.
///
/// # Errors
/// A refusal that names the field.
pub fn checked(form: &SetUp) -> Result<(), Refusal> {
    instance_cleaned(&form.instance)?;
    zone_named(&form.zone)?;
    name_cleaned(&form.name).map(|_| ())
}

/// The founding itself; the demo comes here too.
pub(super) fn found(tx: &Tx<'_>, form: &SetUp, password_hash: &str) -> Result<MemberId, Fault> {
    let zone = zone_named(&form.zone)?;
    let house = House {
        name: instance_cleaned(&form.instance)?,
        zone: zone.clone(),
        step: 15,
        lengths: Lengths::default(),
        focus_hours: Vec::new(),
        hours: Hours::default(),
        rules: texts::rules(form.kind).to_owned(),
        welcome: texts::welcome(form.kind).to_owned(),
        rules_version: 1,
    };
    house::house_put(tx.conn, &house)?;
    house::setting_put(tx.conn, "kind", form.kind.word())?;
    super::upgrade::founded(tx)?;
    if let Some(choice) = &form.way_in {
        house::choice_put(tx.conn, choice)?;
    }
    let name = name_cleaned(&form.name)?;
    let new = NewMember {
        name: &name,
        email: None,
        password_hash,
        role: Role::Admin,
        zone: &zone,
        pick: form.kind.defaults().pick,
        rules_version: 1,
    };
    Ok(member::member_insert(tx.conn, &new, tx.now)?.ok_or_else(|| super::account::name_taken(&name))?)
}

pub(super) fn instance_cleaned(typed: &str) -> Result<String, Refusal> {
    let name = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    let sound = !name.is_empty() && name.chars().count() <= 60 && !name.chars().any(char::is_control);
    if sound {
        Ok(name)
    } else {
        Err(Refusal::new("instance", "Give the place a name of up to 60 characters, such as Maple Street School."))
    }
}
