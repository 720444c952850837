//! Figures about the whole house, without a name in them.

use super::StoreError;
use crate::domain::time::{DAY, Timestamp};
use rusqlite::{Connection, named_params};

/// What the database counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HouseFigures {
    pub members: i64,
    /// Bookings ever made: their highest number, which deletion does not lower.
    pub booked: i64,
    /// Bookings to come, and those of the next day that have nobody yet.
    pub upcoming: i64,
    pub unmatched: i64,
    /// Seats of the last week whose start has passed: all, those in company, those nobody came to, and whose members they are.
    pub seats: i64,
    pub in_company: i64,
    pub no_shows: i64,
    pub people: i64,
}

pub fn house_figures(conn: &Connection, now: Timestamp) -> Result<HouseFigures, StoreError> {
    let mut query = conn.prepare_cached(
        "SELECT
           (SELECT count(*) FROM member),
           (SELECT coalesce(max(id), 0) FROM booking),
           (SELECT count(*) FROM booking WHERE cancelled_at IS NULL AND start > :now),
           (SELECT count(*) FROM booking WHERE cancelled_at IS NULL AND alone = 1 AND start > :now AND start <= :tomorrow),
           count(*),
           count(*) FILTER (WHERE alone = 0),
           count(*) FILTER (WHERE no_show = 1),
           count(DISTINCT member)
         FROM booking
         WHERE cancelled_at IS NULL AND start > :week_ago AND start <= :now",
    )?;
    let times = named_params! { ":now": now.0, ":tomorrow": now.plus(DAY).0, ":week_ago": now.plus(-7 * DAY).0 };
    Ok(query.query_row(times, |row| {
        Ok(HouseFigures {
            members: row.get(0)?,
            booked: row.get(1)?,
            upcoming: row.get(2)?,
            unmatched: row.get(3)?,
            seats: row.get(4)?,
            in_company: row.get(5)?,
            no_shows: row.get(6)?,
            people: row.get(7)?,
        })
    })?)
}
