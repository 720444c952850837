//! Rows of `login` (signed-in browsers) and `pass` (one-time links); only hashes of secrets are kept.

use super::StoreError;
use crate::domain::id::MemberId;
use crate::domain::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, named_params};

/// SHA-256 of a secret.
pub type Hash = [u8; 32];

/// A signed-in browser.
#[derive(Clone, Debug)]
pub struct LoginRow {
    pub id: i64,
    pub member: MemberId,
    pub browser: String,
    pub made_at: Timestamp,
    pub rotated_at: Timestamp,
    pub seen_at: Timestamp,
    /// The cookie shown is the one before the last: it is not rotated again.
    pub by_old: bool,
}

pub fn login_insert(conn: &Connection, member: MemberId, hash: &Hash, browser: &str, now: Timestamp) -> Result<i64, StoreError> {
    conn.prepare_cached(
        "INSERT INTO login (member, hash, browser, made_at, rotated_at, seen_at) VALUES (:member, :hash, :browser, :now, :now, :now)",
    )?
    .execute(named_params! { ":member": member.0, ":hash": hash, ":browser": browser, ":now": now.0 })?;
    Ok(conn.last_insert_rowid())
}

/// The login that a cookie's hash belongs to, unless it slept longer than `idle_s` or its member is paused.
pub fn login_by_hash(conn: &Connection, hash: &Hash, now: Timestamp, idle_s: i64) -> Result<Option<LoginRow>, StoreError> {
    Ok(conn
        .prepare_cached(
            "SELECT l.id, l.member, l.browser, l.made_at, l.rotated_at, l.seen_at, l.hash <> :hash
             FROM login l JOIN member m ON m.id = l.member
             WHERE (l.hash = :hash OR (l.old_hash = :hash AND l.old_until > :now)) AND l.seen_at > :now - :idle AND m.paused_at IS NULL",
        )?
        .query_row(named_params! { ":hash": hash, ":now": now.0, ":idle": idle_s }, login_of)
        .optional()?)
}

fn login_of(row: &rusqlite::Row<'_>) -> rusqlite::Result<LoginRow> {
    Ok(LoginRow {
        id: row.get(0)?,
        member: MemberId(row.get(1)?),
        browser: row.get(2)?,
        made_at: Timestamp(row.get(3)?),
        rotated_at: Timestamp(row.get(4)?),
        seen_at: Timestamp(row.get(5)?),
        by_old: row.get(6)?,
    })
}

/// Gives a login a new cookie; the old one stays good for a minute, for requests that are under way. `false` when it was
/// replaced after `seen`: of two requests at one time only the first gives a new cookie, so that none is lost.
pub fn login_rotate(conn: &Connection, id: i64, seen: Timestamp, hash: &Hash, now: Timestamp) -> Result<bool, StoreError> {
    let done = conn
        .prepare_cached(
            "UPDATE login SET old_hash = hash, old_until = :now + 60, hash = :hash, rotated_at = :now, seen_at = :now
             WHERE id = :id AND rotated_at = :seen",
        )?
        .execute(named_params! { ":hash": hash, ":now": now.0, ":id": id, ":seen": seen.0 })?;
    Ok(done == 1)
}

pub fn login_seen(conn: &Connection, id: i64, now: Timestamp) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE login SET seen_at = :now WHERE id = :id")?.execute(named_params! { ":now": now.0, ":id": id })?;
    Ok(())
}

pub fn login_delete(conn: &Connection, id: i64) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM login WHERE id = :id")?.execute(named_params! { ":id": id })?;
    Ok(())
}

/// Ends every login of a member but, if given, one.
pub fn logins_delete(conn: &Connection, member: MemberId, but: Option<i64>) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM login WHERE member = :member AND id IS NOT :but")?
        .execute(named_params! { ":member": member.0, ":but": but })?;
    Ok(())
}

pub fn logins(conn: &Connection, member: MemberId) -> Result<Vec<LoginRow>, StoreError> {
    let mut query = conn.prepare_cached(
        "SELECT id, member, browser, made_at, rotated_at, seen_at, 0 FROM login WHERE member = :member ORDER BY seen_at DESC LIMIT 50",
    )?;
    let rows = query.query_map(named_params! { ":member": member.0 }, login_of)?.collect::<Result<_, _>>()?;
    Ok(rows)
}

/// Deletes logins that slept too long.
pub fn logins_purge(conn: &Connection, before: Timestamp) -> Result<(), StoreError> {
    conn.execute("DELETE FROM login WHERE seen_at < ?1", [before.0])?;
    Ok(())
}

/// Makes a one-time link; others of the same kind and member end.
pub fn pass_insert(
    conn: &Connection,
    kind: &str,
    hash: &Hash,
    member: Option<MemberId>,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM pass WHERE kind = :kind AND member IS :member")?
        .execute(named_params! { ":kind": kind, ":member": member.map(|m| m.0) })?;
    conn.prepare_cached("INSERT INTO pass (hash, kind, member, expires_at) VALUES (:hash, :kind, :member, :expires)")?
        .execute(named_params! { ":hash": hash, ":kind": kind, ":member": member.map(|m| m.0), ":expires": expires_at.0 })?;
    Ok(())
}

/// Whether a one-time link is good: `Some(member)` (`Some(None)` for setup) or `None`.
pub fn pass_look(conn: &Connection, kind: &str, hash: &Hash, now: Timestamp) -> Result<Option<Option<MemberId>>, StoreError> {
    Ok(conn
        .prepare_cached("SELECT member FROM pass WHERE hash = :hash AND kind = :kind AND used_at IS NULL AND expires_at > :now")?
        .query_row(named_params! { ":hash": hash, ":kind": kind, ":now": now.0 }, |row| {
            Ok(row.get::<_, Option<i64>>(0)?.map(MemberId))
        })
        .optional()?)
}

/// Uses a one-time link up.
pub fn pass_use(conn: &Connection, hash: &Hash, now: Timestamp) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE pass SET used_at = :now WHERE hash = :hash")?
        .execute(named_params! { ":now": now.0, ":hash": hash })?;
    Ok(())
}
