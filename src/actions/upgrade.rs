//! What the house says of itself after another version of the program has started on it: to each admin, once.

use super::notices::say;
use super::{Effects, Fault, set_up};
use crate::domain::member::Role;
use crate::domain::news;
use crate::domain::time::DAY;
use crate::domain::view::NoticeKind;
use crate::store::notice::NewNotice;
use crate::store::{Tx, house, member};
use rusqlite::Connection;

/// The version that runs, and the one that ran before it.
const RUNS: &str = "version";
const BEFORE: &str = "version_before";
/// Who has not read it by then has other things to read.
const SAID_FOR_S: i64 = 90 * DAY;

/// Writes down which version runs; after an upgrade the calendar of each admin says so, with the way to what is new.
///
/// # Errors
/// Only those of the store.
pub fn started(tx: &Tx<'_>, running: &str) -> Result<(), Fault> {
    if !set_up::is_done(tx.conn)? {
        return Ok(());
    }
    let before = house::setting(tx.conn, RUNS)?;
    if before.as_deref() == Some(running) {
        return Ok(());
    }
    house::setting_put(tx.conn, RUNS, running)?;
    house::setting_put(tx.conn, BEFORE, before.as_deref().unwrap_or_default())?;
    if before.is_some_and(|before| !news::later(running, &before)) {
        return Ok(());
    }
    let text = format!("Alongside was upgraded here, to version {running}. Everything is where it was.");
    for admin in member::members(tx.conn)?.into_iter().filter(|m| m.role == Role::Admin) {
        let new = NewNotice {
            member: admin.id,
            kind: NoticeKind::Upgraded,
            text: &text,
            booking: None,
            appointment: None,
            until: tx.now.plus(SAID_FOR_S),
        };
        // Nobody looks at a page yet: the port opens later.
        say(tx, &new, &mut Effects::default())?;
    }
    Ok(())
}

/// A house that is founded by this version is told of none.
pub(super) fn founded(tx: &Tx<'_>) -> Result<(), Fault> {
    Ok(house::setting_put(tx.conn, RUNS, env!("CARGO_PKG_VERSION"))?)
}

/// Which version ran here before this one, if another did.
///
/// # Errors
/// Only those of the store.
pub fn before(conn: &Connection) -> Result<Option<String>, Fault> {
    Ok(house::setting(conn, BEFORE)?)
}
