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
