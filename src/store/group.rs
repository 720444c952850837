//! Rows of `member_group` and `group_member`: who belongs where, and whom walls keep apart.

use super::StoreError;
use super::member::Listed;
use crate::domain::group::Group;
use crate::domain::id::{BookingId, GroupId, InviteId, MemberId, SessionId};
use crate::domain::member::name_key;
use crate::domain::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, named_params};
use std::collections::BTreeSet;

fn group_of(row: &Row<'_>) -> rusqlite::Result<Group> {
    Ok(Group { id: GroupId(row.get(0)?), name: row.get(1)?, wall: row.get(2)? })
}

/// All groups, by name.
pub fn groups(conn: &Connection) -> Result<Vec<Group>, StoreError> {
    let mut query = conn.prepare_cached("SELECT id, name, wall FROM member_group ORDER BY name_key")?;
    let rows = query.query_map([], group_of)?.collect::<Result<_, _>>()?;
    Ok(rows)
}

/// The groups of a member, by name.
pub fn groups_of(conn: &Connection, member: MemberId) -> Result<Vec<Group>, StoreError> {
    let mut query = conn.prepare_cached(
        "SELECT g.id, g.name, g.wall FROM group_member m JOIN member_group g ON g.id = m.in_group
         WHERE m.member = :member ORDER BY g.name_key",
    )?;
    let rows = query.query_map(named_params! { ":member": member.0 }, group_of)?.collect::<Result<_, _>>()?;
    Ok(rows)
}

/// Who of a list is in which group, and whether that is a wall.
pub fn groups_among(conn: &Connection, members: &Listed) -> Result<Vec<(MemberId, GroupId, bool)>, StoreError> {
    let mut query = conn.prepare_cached(
        "SELECT m.member, g.id, g.wall FROM group_member m JOIN member_group g ON g.id = m.in_group
         WHERE m.member IN (SELECT value FROM json_each(:members))",
    )?;
    let rows = query
        .query_map(named_params! { ":members": members.0 }, |row| Ok((MemberId(row.get(0)?), GroupId(row.get(1)?), row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    Ok(rows)
}

pub fn is_in(conn: &Connection, member: MemberId, group: GroupId) -> Result<bool, StoreError> {
    Ok(conn
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM group_member WHERE member = :member AND in_group = :group)")?
        .query_row(named_params! { ":member": member.0, ":group": group.0 }, |row| row.get(0))?)
}

/// Whom walls keep a member from: those outside all of the member's walls, and those whose walls the member is not in.
pub fn walled_off(conn: &Connection, member: MemberId) -> Result<Vec<MemberId>, StoreError> {
    let walls: bool =
        conn.prepare_cached("SELECT EXISTS (SELECT 1 FROM member_group WHERE wall = 1)")?.query_row([], |row| row.get(0))?;
    if !walls {
        return Ok(Vec::new());
    }
    let mut query = conn.prepare_cached(
        "WITH wall_of AS MATERIALIZED
                (SELECT m.member, m.in_group FROM member_group g JOIN group_member m ON m.in_group = g.id WHERE g.wall = 1),
              mine AS MATERIALIZED (SELECT in_group FROM wall_of WHERE member = :member),
              beside AS MATERIALIZED (SELECT DISTINCT member FROM wall_of WHERE in_group IN mine)
         SELECT id FROM member
         WHERE id <> :member AND id NOT IN beside AND (EXISTS (SELECT 1 FROM mine) OR id IN (SELECT member FROM wall_of))",
    )?;
    let rows =
        query.query_map(named_params! { ":member": member.0 }, |row| row.get(0).map(MemberId))?.collect::<Result<_, _>>()?;
    Ok(rows)
}

/// The same, without the staff: moderators and admins come into every room, visibly.
pub fn walled_off_in_rooms(conn: &Connection, member: MemberId) -> Result<BTreeSet<MemberId>, StoreError> {
    let mut apart: BTreeSet<MemberId> = walled_off(conn, member)?.into_iter().collect();
    if !apart.is_empty() {
        let mut query = conn.prepare_cached("SELECT id FROM member WHERE role <> 'member'")?;
        let staff = query.query_map([], |row| row.get(0).map(MemberId))?.collect::<Result<Vec<_>, _>>()?;
        staff.iter().for_each(|one| _ = apart.remove(one));
    }
    Ok(apart)
}

/// The members of a group.
pub fn members_of(conn: &Connection, group: GroupId) -> Result<Vec<MemberId>, StoreError> {
    let mut query = conn.prepare_cached("SELECT member FROM group_member WHERE in_group = :group ORDER BY member")?;
    let rows = query.query_map(named_params! { ":group": group.0 }, |row| row.get(0).map(MemberId))?.collect::<Result<_, _>>()?;
    Ok(rows)
}

/// Inserts a group; `None` when the name is taken.
pub fn group_insert(conn: &Connection, name: &str, wall: bool, now: Timestamp) -> Result<Option<GroupId>, StoreError> {
    let done = conn
        .prepare_cached(
            "INSERT INTO member_group (name, name_key, wall, made_at) VALUES (:name, :key, :wall, :now) ON CONFLICT DO NOTHING",
        )?
        .execute(named_params! { ":name": name, ":key": name_key(name), ":wall": wall, ":now": now.0 })?;
    Ok((done == 1).then(|| GroupId(conn.last_insert_rowid())))
}

/// Changes a group; `false` when another has that name.
pub fn group_update(conn: &Connection, id: GroupId, name: &str, wall: bool) -> Result<bool, StoreError> {
    let done = conn
        .prepare_cached("UPDATE OR IGNORE member_group SET name = :name, name_key = :key, wall = :wall WHERE id = :id")?
        .execute(named_params! { ":name": name, ":key": name_key(name), ":wall": wall, ":id": id.0 })?;
    Ok(done == 1)
}

pub fn group_delete(conn: &Connection, id: GroupId) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM member_group WHERE id = :id")?.execute(named_params! { ":id": id.0 })?;
    Ok(())
}

/// Puts these members in the place of those who were in it.
pub fn members_replace(conn: &Connection, group: GroupId, members: &[MemberId]) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM group_member WHERE in_group = :group")?.execute(named_params! { ":group": group.0 })?;
    members.iter().try_for_each(|member| member_insert(conn, group, *member))
}

pub fn member_insert(conn: &Connection, group: GroupId, member: MemberId) -> Result<(), StoreError> {
    conn.prepare_cached(
        "INSERT OR IGNORE INTO group_member (member, in_group) SELECT id, :group FROM member WHERE id = :member",
    )?
    .execute(named_params! { ":group": group.0, ":member": member.0 })?;
    Ok(())
}

/// The group that an invite leads into.
pub fn invite_group(conn: &Connection, invite: InviteId) -> Result<Option<GroupId>, StoreError> {
    Ok(conn
        .prepare_cached("SELECT into_group FROM invite WHERE id = :id")?
        .query_row(named_params! { ":id": invite.0 }, |row| row.get::<_, Option<i64>>(0))
        .optional()?
        .flatten()
        .map(GroupId))
}

pub fn invite_group_set(conn: &Connection, invite: InviteId, group: GroupId) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE invite SET into_group = :group WHERE id = :id")?
        .execute(named_params! { ":group": group.0, ":id": invite.0 })?;
    Ok(())
}

/// Everybody who has company ahead: session, booking, member; by session.
pub fn matched_ahead(conn: &Connection, now: Timestamp) -> Result<Vec<(SessionId, BookingId, MemberId)>, StoreError> {
    let mut query = conn.prepare_cached(
        "SELECT session, id, member FROM booking WHERE alone = 0 AND cancelled_at IS NULL AND start > :now ORDER BY session, id",
    )?;
    let rows = query
        .query_map(named_params! { ":now": now.0 }, |row| {
            Ok((SessionId(row.get(0)?), BookingId(row.get(1)?), MemberId(row.get(2)?)))
        })?
        .collect::<Result<_, _>>()?;
    Ok(rows)
}
