//! Rows of `member`.

use super::StoreError;
use crate::domain::booking::Length;
use crate::domain::id::MemberId;
use crate::domain::member::{Pick, Role, name_key};
use crate::domain::time::{Timestamp, Zone};
use rusqlite::{Connection, OptionalExtension, Row, named_params};

/// A member as the rules need them; the password is never in it.
#[derive(Clone, Debug)]
pub struct MemberRow {
    pub id: MemberId,
    pub name: String,
    pub email: Option<String>,
    pub role: Role,
    pub zone: Zone,
    pub pick: Pick,
    pub as_someone: bool,
    pub usual: Length,
    pub tested: bool,
    pub paused: bool,
    pub sessions: i64,
    pub made_at: Timestamp,
}

/// Members as one parameter of a query, which unfolds it by `json_each`.
pub struct Listed(pub(super) String);

impl Listed {
    pub fn of(members: impl IntoIterator<Item = MemberId>) -> Self {
        let numbers: Vec<String> = members.into_iter().map(|member| member.0.to_string()).collect();
        Self(format!("[{}]", numbers.join(",")))
    }
}

const COLUMNS: &str = "id, name, email, role, zone, pick, as_someone, usual_minutes, tested_at, paused_at, sessions, made_at";

fn member_of(row: &Row<'_>) -> rusqlite::Result<MemberRow> {
    Ok(MemberRow {
        id: MemberId(row.get(0)?),
        name: row.get(1)?,
        email: row.get(2)?,
        role: Role::from_word(row.get_ref(3)?.as_str()?).unwrap_or(Role::Member),
        zone: Zone::or_utc(row.get_ref(4)?.as_str()?),
        pick: Pick::from_word(row.get_ref(5)?.as_str()?).unwrap_or_default(),
        as_someone: row.get(6)?,
        usual: super::booking::length_of(row.get(7)?),
        tested: row.get::<_, Option<i64>>(8)?.is_some(),
        paused: row.get::<_, Option<i64>>(9)?.is_some(),
        sessions: row.get(10)?,
        made_at: Timestamp(row.get(11)?),
    })
}

/// What a new account is made of.
pub struct NewMember<'a> {
    pub name: &'a str,
    pub email: Option<&'a str>,
    pub password_hash: &'a str,
    pub role: Role,
    pub zone: &'a Zone,
    pub pick: Pick,
    pub rules_version: i64,
}

/// Inserts a member; `None` when the name is taken.
pub fn member_insert(conn: &Connection, new: &NewMember<'_>, now: Timestamp) -> Result<Option<MemberId>, StoreError> {
    let done = conn
        .prepare_cached(
            "INSERT INTO member (name, name_key, email, email_key, password, role, zone, pick, rules_version, made_at)
             VALUES (:name, :name_key, :email, :email_key, :password, :role, :zone, :pick, :rules, :now)
             ON CONFLICT (name_key) DO NOTHING",
        )?
        .execute(named_params! {
            ":name": new.name,
            ":name_key": name_key(new.name),
            ":email": new.email,
            ":email_key": new.email.map(str::to_lowercase),
            ":password": new.password_hash,
            ":role": new.role.word(),
            ":zone": new.zone.name(),
            ":pick": new.pick.word(),
            ":rules": new.rules_version,
            ":now": now.0,
        })?;
    Ok((done == 1).then(|| MemberId(conn.last_insert_rowid())))
}

pub fn member(conn: &Connection, id: MemberId) -> Result<Option<MemberRow>, StoreError> {
    Ok(conn
        .prepare_cached(&format!("SELECT {COLUMNS} FROM member WHERE id = :id"))?
        .query_row(named_params! { ":id": id.0 }, member_of)
        .optional()?)
}

pub fn members(conn: &Connection) -> Result<Vec<MemberRow>, StoreError> {
    let mut query = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM member ORDER BY name_key"))?;
    let rows = query.query_map([], member_of)?.collect::<Result<_, _>>()?;
    Ok(rows)
}

pub fn members_count(conn: &Connection) -> Result<i64, StoreError> {
    Ok(conn.prepare_cached("SELECT count(*) FROM member")?.query_row([], |row| row.get(0))?)
}

/// Accounts that a typed name or address could mean (at most three), with their password hashes; paused ones, too.
pub fn logins_for(conn: &Connection, who: &str) -> Result<Vec<(MemberId, String)>, StoreError> {
    let mut query = conn.prepare_cached(
        "SELECT id, password FROM member WHERE password <> '' AND (name_key = :key OR email_key = :key) ORDER BY id LIMIT 3",
    )?;
    let rows = query
        .query_map(named_params! { ":key": name_key(who.trim()) }, |row| Ok((MemberId(row.get(0)?), row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    Ok(rows)
}

pub fn member_named(conn: &Connection, name: &str) -> Result<Option<MemberId>, StoreError> {
    Ok(conn
        .prepare_cached("SELECT id FROM member WHERE name_key = :key")?
        .query_row(named_params! { ":key": name_key(name.trim()) }, |row| row.get(0).map(MemberId))
        .optional()?)
}

pub fn password_hash(conn: &Connection, id: MemberId) -> Result<Option<String>, StoreError> {
    Ok(conn
        .prepare_cached("SELECT password FROM member WHERE id = :id")?
        .query_row(named_params! { ":id": id.0 }, |row| row.get(0))
        .optional()?)
}

pub fn password_set(conn: &Connection, id: MemberId, hash: &str) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE member SET password = :hash WHERE id = :id")?
        .execute(named_params! { ":hash": hash, ":id": id.0 })?;
    Ok(())
}

/// Changes what a member may change themselves; `false` when the name is taken.
pub fn member_update(
    conn: &Connection,
    id: MemberId,
    name: &str,
    email: Option<&str>,
    zone: &Zone,
    pick: Pick,
    as_someone: bool,
) -> Result<bool, StoreError> {
    let done = conn
        .prepare_cached(
            "UPDATE OR IGNORE member
             SET name = :name, name_key = :name_key, email = :email, email_key = :email_key, zone = :zone, pick = :pick, as_someone = :someone
             WHERE id = :id",
        )?
        .execute(named_params! {
            ":name": name,
            ":name_key": name_key(name),
            ":email": email,
            ":email_key": email.map(str::to_lowercase),
            ":zone": zone.name(),
            ":pick": pick.word(),
            ":someone": as_someone,
            ":id": id.0,
        })?;
    Ok(done == 1)
}

pub fn zone_set(conn: &Connection, id: MemberId, zone: &Zone) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE member SET zone = :zone WHERE id = :id")?
        .execute(named_params! { ":zone": zone.name(), ":id": id.0 })?;
    Ok(())
}

pub fn usual_set(conn: &Connection, id: MemberId, length: Length) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE member SET usual_minutes = :minutes WHERE id = :id AND usual_minutes <> :minutes")?
        .execute(named_params! { ":minutes": length.minutes(), ":id": id.0 })?;
    Ok(())
}

pub fn tested_set(conn: &Connection, id: MemberId, now: Timestamp) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE member SET tested_at = coalesce(tested_at, :now) WHERE id = :id")?
        .execute(named_params! { ":now": now.0, ":id": id.0 })?;
    Ok(())
}

pub fn role_set(conn: &Connection, id: MemberId, role: Role) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE member SET role = :role WHERE id = :id")?
        .execute(named_params! { ":role": role.word(), ":id": id.0 })?;
    Ok(())
}

pub fn paused_set(conn: &Connection, id: MemberId, at: Option<Timestamp>) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE member SET paused_at = :at WHERE id = :id")?
        .execute(named_params! { ":at": at.map(|t| t.0), ":id": id.0 })?;
    Ok(())
}

/// Deletes a member and, by the foreign keys, all that is theirs.
pub fn member_delete(conn: &Connection, id: MemberId) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM member WHERE id = :id")?.execute(named_params! { ":id": id.0 })?;
    Ok(())
}

/// Admins beside one who can sign in.
pub fn admins_count_but(conn: &Connection, id: MemberId) -> Result<i64, StoreError> {
    Ok(conn
        .prepare_cached("SELECT count(*) FROM member WHERE role = 'admin' AND paused_at IS NULL AND id <> :id")?
        .query_row(named_params! { ":id": id.0 }, |row| row.get(0))?)
}
