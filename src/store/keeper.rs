//! Rows of `company_week`, and the bookings of the last days as the matcher would have seen them.

use super::StoreError;
use crate::domain::id::BookingId;
use crate::domain::keeper::{Figure, Week};
use crate::domain::time::Timestamp;
use jiff::civil::Date;
use rusqlite::{Connection, named_params};
use std::collections::BTreeMap;

/// Adds to a week's sum.
pub fn figure_add(conn: &Connection, week: Date, figure: Figure, amount: i64) -> Result<(), StoreError> {
    conn.prepare_cached(
        "INSERT INTO company_week (week, figure, amount) VALUES (:week, :figure, :amount)
         ON CONFLICT DO UPDATE SET amount = amount + excluded.amount",
    )?
    .execute(named_params! { ":week": week.to_string(), ":figure": figure.word(), ":amount": amount })?;
    Ok(())
}

/// Raises a week's sum to at least this.
pub fn figure_raise(conn: &Connection, week: Date, figure: Figure, amount: i64) -> Result<(), StoreError> {
    conn.prepare_cached(
        "INSERT INTO company_week (week, figure, amount) VALUES (:week, :figure, :amount)
         ON CONFLICT DO UPDATE SET amount = max(amount, excluded.amount)",
    )?
    .execute(named_params! { ":week": week.to_string(), ":figure": figure.word(), ":amount": amount })?;
    Ok(())
}

/// The weeks from that one on, the oldest first.
pub fn weeks(conn: &Connection, from: Date) -> Result<Vec<Week>, StoreError> {
    let mut query = conn.prepare_cached("SELECT week, figure, amount FROM company_week WHERE week >= :from ORDER BY week")?;
    let mut rows = query.query(named_params! { ":from": from.to_string() })?;
    let mut weeks: BTreeMap<Date, Week> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let (Ok(monday), Some(figure)) =
            (row.get_ref(0)?.as_str().unwrap_or_default().parse(), Figure::from_word(&row.get::<_, String>(1)?))
        else {
            continue;
        };
        weeks.entry(monday).or_insert_with(|| Week::new(monday)).set(figure, row.get(2)?);
    }
    Ok(weeks.into_values().collect())
}

/// Deletes the weeks before that one.
pub fn weeks_purge(conn: &Connection, before: Date) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM company_week WHERE week < :before")?
        .execute(named_params! { ":before": before.to_string() })?;
    Ok(())
}

/// Different people who sat in sessions that began in [from, to), as far as they are still known.
pub fn people_between(conn: &Connection, from: Timestamp, to: Timestamp) -> Result<i64, StoreError> {
    Ok(conn
        .prepare_cached(
            "SELECT count(DISTINCT member) FROM booking
             WHERE start >= :from AND start < :to AND sat_at IS NOT NULL AND settled_at IS NOT NULL",
        )?
        .query_row(named_params! { ":from": from.0, ":to": to.0 }, |row| row.get(0))?)
}

/// When a booking first came to sit with somebody.
pub fn first_seated(conn: &Connection, id: BookingId) -> Result<Option<Timestamp>, StoreError> {
    Ok(conn
        .prepare_cached("SELECT min(at) FROM seated WHERE booking = :id AND rule <> 'sent_on'")?
        .query_row(named_params! { ":id": id.0 }, |row| row.get::<_, Option<i64>>(0))?
        .map(Timestamp))
}
