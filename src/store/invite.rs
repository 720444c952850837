//! Rows of `invite`. Their tokens are kept as they are: an admin may show a link again, and revokes it when it strays.

use super::StoreError;
use crate::domain::id::{InviteId, MemberId};
use crate::domain::member::Role;
use crate::domain::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, named_params};

#[derive(Clone, Debug)]
pub struct InviteRow {
    pub id: InviteId,
    pub token: String,
    pub role: Role,
    pub uses: i64,
    pub uses_left: i64,
    pub expires_at: Timestamp,
    /// Taken back, or its maker is paused.
    pub revoked: bool,
    pub made_by: MemberId,
    pub made_by_name: String,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT i.id, i.token, i.role, i.uses, i.uses_left, i.expires_at, coalesce(i.revoked_at, m.paused_at), i.made_by, m.name
             FROM invite i JOIN member m ON m.id = i.made_by ",
            $rest
        )
    };
}

fn invite_of(row: &Row<'_>) -> rusqlite::Result<InviteRow> {
    Ok(InviteRow {
        id: InviteId(row.get(0)?),
        token: row.get(1)?,
        role: Role::from_word(row.get_ref(2)?.as_str()?).unwrap_or(Role::Member),
        uses: row.get(3)?,
        uses_left: row.get(4)?,
        expires_at: Timestamp(row.get(5)?),
        revoked: row.get::<_, Option<i64>>(6)?.is_some(),
        made_by: MemberId(row.get(7)?),
        made_by_name: row.get(8)?,
    })
}

pub fn invite_insert(
    conn: &Connection,
    token: &str,
    role: Role,
    uses: i64,
    expires_at: Timestamp,
    made_by: MemberId,
    now: Timestamp,
) -> Result<InviteId, StoreError> {
    conn.prepare_cached(
        "INSERT INTO invite (token, role, uses, uses_left, expires_at, made_by, made_at) VALUES (:token, :role, :uses, :uses, :expires, :by, :now)",
    )?
    .execute(named_params! { ":token": token, ":role": role.word(), ":uses": uses, ":expires": expires_at.0, ":by": made_by.0, ":now": now.0 })?;
    Ok(InviteId(conn.last_insert_rowid()))
}

pub fn invite_by_token(conn: &Connection, token: &str) -> Result<Option<InviteRow>, StoreError> {
    Ok(conn
        .prepare_cached(select!("WHERE i.token = :token"))?
        .query_row(named_params! { ":token": token }, invite_of)
        .optional()?)
}

pub fn invite(conn: &Connection, id: InviteId) -> Result<Option<InviteRow>, StoreError> {
    Ok(conn.prepare_cached(select!("WHERE i.id = :id"))?.query_row(named_params! { ":id": id.0 }, invite_of).optional()?)
}

/// The latest invites, newest first; of one member if given.
pub fn invites(conn: &Connection, made_by: Option<MemberId>) -> Result<Vec<InviteRow>, StoreError> {
    let mut query = conn.prepare_cached(select!("WHERE (:by IS NULL OR i.made_by = :by) ORDER BY i.id DESC LIMIT 100"))?;
    let rows = query.query_map(named_params! { ":by": made_by.map(|m| m.0) }, invite_of)?.collect::<Result<_, _>>()?;
    Ok(rows)
}

/// Takes one use; `false` when none is left.
pub fn invite_use(conn: &Connection, id: InviteId) -> Result<bool, StoreError> {
    let done = conn
        .prepare_cached("UPDATE invite SET uses_left = uses_left - 1 WHERE id = :id AND uses_left > 0")?
        .execute(named_params! { ":id": id.0 })?;
    Ok(done == 1)
}

pub fn invite_revoke(conn: &Connection, id: InviteId, now: Timestamp) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE invite SET revoked_at = coalesce(revoked_at, :now) WHERE id = :id")?
        .execute(named_params! { ":now": now.0, ":id": id.0 })?;
    Ok(())
}
