//! Figures about the whole house, without a name in them.

use super::StoreError;
use crate::domain::keeper::Figure;
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
    /// Who was alone in a session and found new company, of the weeks that are kept and had enough people; and how long that took them
    /// together, in seconds.
    pub rematches: i64,
    pub rematch_s: i64,
}

/// `people_least`: weeks with fewer people are passed over.
pub fn house_figures(conn: &Connection, people_least: i64, now: Timestamp) -> Result<HouseFigures, StoreError> {
    let mut query = conn.prepare_cached(
        "SELECT
           (SELECT count(*) FROM member),
           (SELECT coalesce(max(id), 0) FROM booking),
           (SELECT count(*) FROM booking WHERE cancelled_at IS NULL AND start > :now),
           (SELECT count(*) FROM booking WHERE cancelled_at IS NULL AND alone = 1 AND start > :now AND start <= :tomorrow),
           count(*),
           count(*) FILTER (WHERE alone = 0),
           count(*) FILTER (WHERE no_show = 1),
           count(DISTINCT member),
           (SELECT coalesce(sum(r.amount), 0) FROM company_week r JOIN company_week p ON p.week = r.week AND p.figure = :people
            WHERE r.figure = :rematches AND p.amount >= :least),
           (SELECT coalesce(sum(r.amount), 0) FROM company_week r JOIN company_week p ON p.week = r.week AND p.figure = :people
            WHERE r.figure = :seconds AND p.amount >= :least)
         FROM booking
         WHERE cancelled_at IS NULL AND start > :week_ago AND start <= :now",
    )?;
    let asked = named_params! {
        ":now": now.0, ":tomorrow": now.plus(DAY).0, ":week_ago": now.plus(-7 * DAY).0, ":least": people_least,
        ":people": Figure::People.word(), ":rematches": Figure::Rescued.word(), ":seconds": Figure::RescueSeconds.word(),
    };
    Ok(query.query_row(asked, |row| {
        Ok(HouseFigures {
            members: row.get(0)?,
            booked: row.get(1)?,
            upcoming: row.get(2)?,
            unmatched: row.get(3)?,
            seats: row.get(4)?,
            in_company: row.get(5)?,
            no_shows: row.get(6)?,
            people: row.get(7)?,
            rematches: row.get(8)?,
            rematch_s: row.get(9)?,
        })
    })?)
}
