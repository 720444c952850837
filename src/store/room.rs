//! Rows of `room`, and `room_out`: who was sent out of one.

use super::StoreError;
use crate::domain::id::{MemberId, RoomId};
use crate::domain::member::name_key;
use crate::domain::room::{Rhythm, Room, RoomForm};
use crate::domain::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, named_params};

const COLUMNS: &str = "id, name, purpose, capacity, rhythm, always";

fn room_of(row: &Row<'_>) -> rusqlite::Result<Room> {
    Ok(Room {
        id: RoomId(row.get(0)?),
        name: row.get(1)?,
        purpose: row.get(2)?,
        capacity: row.get(3)?,
        rhythm: Rhythm::from_word(row.get_ref(4)?.as_str()?).unwrap_or_default(),
        always: row.get(5)?,
    })
}

/// An open room.
pub fn room(conn: &Connection, id: RoomId) -> Result<Option<Room>, StoreError> {
    Ok(conn
        .prepare_cached(&format!("SELECT {COLUMNS} FROM room WHERE id = :id AND closed_at IS NULL"))?
        .query_row(named_params! { ":id": id.0 }, room_of)
        .optional()?)
}

/// All open rooms, the house's own first, then by name.
pub fn rooms(conn: &Connection) -> Result<Vec<Room>, StoreError> {
    let mut query =
        conn.prepare_cached(&format!("SELECT {COLUMNS} FROM room WHERE closed_at IS NULL ORDER BY always DESC, name_key"))?;
    let rows = query.query_map([], room_of)?.collect::<Result<_, _>>()?;
    Ok(rows)
}

/// Inserts a room; `None` when an open one has that name.
pub fn room_insert(conn: &Connection, form: &RoomForm, now: Timestamp) -> Result<Option<RoomId>, StoreError> {
    let done = conn
        .prepare_cached(
            "INSERT INTO room (name, name_key, purpose, capacity, rhythm, made_at)
             VALUES (:name, :key, :purpose, :capacity, :rhythm, :now)
             ON CONFLICT DO NOTHING",
        )?
        .execute(named_params! {
            ":name": form.name,
            ":key": name_key(&form.name),
            ":purpose": form.purpose,
            ":capacity": form.capacity,
            ":rhythm": form.rhythm,
            ":now": now.0,
        })?;
    Ok((done == 1).then(|| RoomId(conn.last_insert_rowid())))
}

/// Changes an open room; `false` when another open one has that name.
pub fn room_update(conn: &Connection, id: RoomId, form: &RoomForm) -> Result<bool, StoreError> {
    let done = conn
        .prepare_cached(
            "UPDATE OR IGNORE room SET name = :name, name_key = :key, purpose = :purpose, capacity = :capacity, rhythm = :rhythm
             WHERE id = :id AND closed_at IS NULL",
        )?
        .execute(named_params! {
            ":id": id.0,
            ":name": form.name,
            ":key": name_key(&form.name),
            ":purpose": form.purpose,
            ":capacity": form.capacity,
            ":rhythm": form.rhythm,
        })?;
    Ok(done == 1)
}

pub fn room_close(conn: &Connection, id: RoomId, now: Timestamp) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE room SET closed_at = :now WHERE id = :id")?
        .execute(named_params! { ":id": id.0, ":now": now.0 })?;
    Ok(())
}

/// Keeps a member out of a room until an instant; what has run out of any room is forgotten.
pub fn room_out_put(conn: &Connection, id: RoomId, who: MemberId, until: Timestamp, now: Timestamp) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM room_out WHERE until <= :now")?.execute(named_params! { ":now": now.0 })?;
    conn.prepare_cached(
        "INSERT INTO room_out (room, member, until) VALUES (:room, :member, :until) ON CONFLICT DO UPDATE SET until = excluded.until",
    )?
    .execute(named_params! { ":room": id.0, ":member": who.0, ":until": until.0 })?;
    Ok(())
}

/// Until when a member may not come into a room, if they were sent out.
pub fn room_out(conn: &Connection, id: RoomId, who: MemberId, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    Ok(conn
        .prepare_cached("SELECT until FROM room_out WHERE room = :room AND member = :member AND until > :now")?
        .query_row(named_params! { ":room": id.0, ":member": who.0, ":now": now.0 }, |row| row.get(0).map(Timestamp))
        .optional()?)
}
