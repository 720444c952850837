//! Rows of `member` as accounts: when they end, and whether somebody has come to them yet.

use super::StoreError;
use crate::domain::id::MemberId;
use crate::domain::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, named_params};
use std::collections::{HashMap, HashSet};

/// What an account's own state is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountRow {
    /// When it ends; nobody can sign in from then on.
    pub ends_at: Option<Timestamp>,
    /// Whether a password was chosen: one made from a list has none before its slip is used.
    pub came: bool,
}

fn account_of(row: &Row<'_>) -> rusqlite::Result<(MemberId, AccountRow)> {
    let ends_at = row.get::<_, Option<i64>>(1)?.map(Timestamp);
    Ok((MemberId(row.get(0)?), AccountRow { ends_at, came: row.get(2)? }))
}

pub fn account(conn: &Connection, id: MemberId) -> Result<Option<AccountRow>, StoreError> {
    Ok(conn
        .prepare_cached("SELECT id, ends_at, password <> '' FROM member WHERE id = :id")?
        .query_row(named_params! { ":id": id.0 }, account_of)
        .optional()?
        .map(|(_, row)| row))
}

pub fn accounts(conn: &Connection) -> Result<HashMap<MemberId, AccountRow>, StoreError> {
    let mut query = conn.prepare_cached("SELECT id, ends_at, password <> '' FROM member")?;
    Ok(query.query_map([], account_of)?.collect::<Result<_, _>>()?)
}

pub fn ends_set(conn: &Connection, id: MemberId, at: Option<Timestamp>) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE member SET ends_at = :at WHERE id = :id")?
        .execute(named_params! { ":at": at.map(|t| t.0), ":id": id.0 })?;
    Ok(())
}

/// Accounts whose end has come and that are still open, at most `most` of them.
pub fn ended(conn: &Connection, now: Timestamp, most: i64) -> Result<Vec<MemberId>, StoreError> {
    let mut query = conn
        .prepare_cached("SELECT id FROM member WHERE ends_at <= :now AND paused_at IS NULL ORDER BY ends_at, id LIMIT :most")?;
    let rows = query.query_map(named_params! { ":now": now.0, ":most": most }, |row| row.get(0).map(MemberId))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// When the next open account ends.
pub fn ends_next(conn: &Connection) -> Result<Option<Timestamp>, StoreError> {
    Ok(conn
        .prepare_cached("SELECT min(ends_at) FROM member WHERE ends_at IS NOT NULL AND paused_at IS NULL")?
        .query_row([], |row| row.get::<_, Option<i64>>(0))?
        .map(Timestamp))
}

/// Names and addresses that somebody here has, in the form under which two are the same.
#[derive(Clone, Debug, Default)]
pub struct Taken {
    pub names: HashSet<String>,
    pub emails: HashSet<String>,
}

pub fn taken(conn: &Connection) -> Result<Taken, StoreError> {
    let mut query = conn.prepare_cached("SELECT name_key, email_key FROM member")?;
    let mut taken = Taken::default();
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        taken.names.insert(row.get(0)?);
        taken.emails.extend(row.get::<_, Option<String>>(1)?);
    }
    Ok(taken)
}

/// Notes which wording of the house rules a member accepted.
pub fn rules_accepted(conn: &Connection, id: MemberId, version: i64) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE member SET rules_version = :version WHERE id = :id")?
        .execute(named_params! { ":version": version, ":id": id.0 })?;
    Ok(())
}
