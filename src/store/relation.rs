//! Rows of `relation` (favorite, snooze, block) and `picked`.

use super::StoreError;
use super::member::Listed;
use crate::domain::id::{BookingId, MemberId};
use crate::domain::time::Timestamp;
use crate::domain::view::{Relation, RelationKind};
use rusqlite::{Connection, OptionalExtension, named_params};
use std::collections::BTreeSet;

pub fn relation_put(
    conn: &Connection,
    member: MemberId,
    other: MemberId,
    kind: RelationKind,
    until: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), StoreError> {
    conn.prepare_cached(
        "INSERT INTO relation (member, other, kind, until, made_at) VALUES (:member, :other, :kind, :until, :now)
         ON CONFLICT DO UPDATE SET kind = excluded.kind, until = excluded.until, made_at = excluded.made_at",
    )?
    .execute(named_params! { ":member": member.0, ":other": other.0, ":kind": kind.word(), ":until": until.map(|t| t.0), ":now": now.0 })?;
    Ok(())
}

pub fn relation_clear(conn: &Connection, member: MemberId, other: MemberId) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM relation WHERE member = :member AND other = :other")?
        .execute(named_params! { ":member": member.0, ":other": other.0 })?;
    Ok(())
}

/// My own relations, by name.
pub fn relations(conn: &Connection, member: MemberId, now: Timestamp) -> Result<Vec<Relation>, StoreError> {
    let mut query = conn.prepare_cached(
        "SELECT r.other, m.name, r.kind FROM relation r JOIN member m ON m.id = r.other
         WHERE r.member = :member AND (r.until IS NULL OR r.until > :now) ORDER BY m.name_key",
    )?;
    let rows = query
        .query_map(named_params! { ":member": member.0, ":now": now.0 }, |row| {
            let kind = RelationKind::from_word(row.get_ref(2)?.as_str()?).unwrap_or(RelationKind::Favorite);
            Ok(Relation { member: MemberId(row.get(0)?), name: row.get(1)?, kind })
        })?
        .collect::<Result<_, _>>()?;
    Ok(rows)
}

/// What stands between a member and others, in both directions.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// Whom the member must not meet: a block or a snooze of either side, or a wall between them.
    pub never: BTreeSet<MemberId>,
    /// Whom the member prefers.
    pub favorites: BTreeSet<MemberId>,
    /// Who prefers the member.
    pub favored_by: BTreeSet<MemberId>,
}

pub fn standing(conn: &Connection, member: MemberId, now: Timestamp) -> Result<Standing, StoreError> {
    let mut query = conn.prepare_cached(
        "SELECT other, kind, 1 FROM relation WHERE member = :member AND (until IS NULL OR until > :now)
         UNION ALL
         SELECT member, kind, 0 FROM relation WHERE other = :member AND (until IS NULL OR until > :now)",
    )?;
    let mut rows = query.query(named_params! { ":member": member.0, ":now": now.0 })?;
    let mut standing = Standing::default();
    while let Some(row) = rows.next()? {
        let other = MemberId(row.get(0)?);
        let own: bool = row.get(2)?;
        match (row.get_ref(1)?.as_str().unwrap_or_default(), own) {
            ("favorite", true) => standing.favorites.insert(other),
            ("favorite", false) => standing.favored_by.insert(other),
            _ => standing.never.insert(other),
        };
    }
    standing.never.extend(super::group::walled_off(conn, member)?);
    Ok(standing)
}

/// What members of a list say of each other: who, of whom, and whether it is that they prefer them; else they must not meet.
pub fn among(conn: &Connection, members: &Listed, now: Timestamp) -> Result<Vec<(MemberId, MemberId, bool)>, StoreError> {
    let mut query = conn.prepare_cached(
        "SELECT member, other, kind = 'favorite' FROM relation
         WHERE member IN (SELECT value FROM json_each(:members)) AND other IN (SELECT value FROM json_each(:members))
               AND (until IS NULL OR until > :now)",
    )?;
    let rows = query
        .query_map(named_params! { ":members": members.0, ":now": now.0 }, |row| {
            Ok((MemberId(row.get(0)?), MemberId(row.get(1)?), row.get(2)?))
        })?
        .collect::<Result<_, _>>()?;
    Ok(rows)
}

/// Whether the first prefers the second.
pub fn is_favorite(conn: &Connection, member: MemberId, other: MemberId) -> Result<bool, StoreError> {
    Ok(conn
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM relation WHERE member = :member AND other = :other AND kind = 'favorite')")?
        .query_row(named_params! { ":member": member.0, ":other": other.0 }, |row| row.get(0))?)
}

pub fn picked_insert(
    conn: &Connection,
    member: MemberId,
    other: MemberId,
    booking: BookingId,
    now: Timestamp,
) -> Result<(), StoreError> {
    conn.prepare_cached("INSERT OR REPLACE INTO picked (member, other, booking, at) VALUES (:member, :other, :booking, :now)")?
        .execute(named_params! { ":member": member.0, ":other": other.0, ":booking": booking.0, ":now": now.0 })?;
    Ok(())
}

/// How often a member picked another since an instant.
pub fn picked_count(conn: &Connection, member: MemberId, other: MemberId, since: Timestamp) -> Result<i64, StoreError> {
    let count = conn
        .prepare_cached("SELECT count(*) FROM picked WHERE member = :member AND other = :other AND at > :since")?
        .query_row(named_params! { ":member": member.0, ":other": other.0, ":since": since.0 }, |row| row.get(0))
        .optional()?;
    Ok(count.unwrap_or(0))
}
