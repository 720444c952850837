//! What whoever watches the machine may know of the house: sums, and no sum that speaks of a few people only.

use super::Fault;
use crate::domain::keeper::PEOPLE_LEAST;
use crate::domain::time::Timestamp;
use crate::store::figures::{self, HouseFigures};
use rusqlite::Connection;

/// The figures, and whether those about conduct speak of enough people to be shown.
///
/// # Errors
/// Only those of the store.
pub fn figures(conn: &Connection, now: Timestamp) -> Result<(HouseFigures, bool), Fault> {
    let figures = figures::house_figures(conn, PEOPLE_LEAST, now)?;
    Ok((figures, figures.people >= PEOPLE_LEAST))
}
