//! From where people come: chosen at the setup, and by an admin at any time after.

use super::{Fault, admin};
use crate::domain::id::MemberId;
use crate::domain::way_in::Choice;
use crate::store::{Tx, house, report};
use rusqlite::Connection;

/// What was chosen; the house's own network before anybody has chosen.
///
/// # Errors
/// Only those of the store.
pub fn chosen(conn: &Connection) -> Result<Choice, Fault> {
    Ok(house::choice(conn)?)
}

/// Chooses anew. It is noted: who comes from where is a decision about everybody.
///
/// # Errors
/// `not_allowed` for everybody but admins.
pub fn choose(tx: &Tx<'_>, who: MemberId, choice: &Choice) -> Result<(), Fault> {
    admin::admin(tx.conn, who)?;
    if house::choice(tx.conn)? == *choice {
        return Ok(());
    }
    house::choice_put(tx.conn, choice)?;
    Ok(report::audit_insert(tx.conn, Some(who), "way in", choice.opening.word(), tx.now)?)
}

/// Whether this server answers to the machine's name in its own network.
///
/// # Errors
/// Only those of the store.
pub fn answers_to_name(conn: &Connection) -> Result<bool, Fault> {
    Ok(house::answers_to_name(conn)?)
}

/// Has it answer to that name, or not. It is noted, as everything is by which people find the house.
///
/// # Errors
/// `not_allowed` for everybody but admins.
pub fn answer_to_name(tx: &Tx<'_>, who: MemberId, answers: bool) -> Result<(), Fault> {
    admin::admin(tx.conn, who)?;
    if house::answers_to_name(tx.conn)? == answers {
        return Ok(());
    }
    house::answers_to_name_put(tx.conn, answers)?;
    Ok(report::audit_insert(tx.conn, Some(who), "name here", if answers { "on" } else { "off" }, tx.now)?)
}
