//! Rooms: made, changed and closed by admins, entered by everybody, kept friendly by moderators.
//!
//! Who is inside is known to the living rooms only; these actions say who may come in and who may act on whom.

use super::admin::admin;
use super::{Fault, house_of, me, report};
use crate::domain::id::{MemberId, RoomId};
use crate::domain::member::Role;
use crate::domain::refusal::Refusal;
use crate::domain::room::{Guest, OUT_S, ROOMS_MOST, Room, RoomForm, align_s};
use crate::domain::time::Timestamp;
use crate::domain::view::{RoomDoor, RoomsView};
use crate::store::{Tx, group, member, report as queue, room};
use rusqlite::Connection;
use std::collections::BTreeSet;

/// The list of the open rooms.
///
/// # Errors
/// Only those of the store.
pub fn rooms(conn: &Connection, who: MemberId, now: Timestamp) -> Result<RoomsView, Fault> {
    let align_s = align_s(&house_of(conn)?.zone, now);
    Ok(RoomsView { me: me(conn, who)?, now, align_s, rooms: room::rooms(conn)?, apart: apart(conn, who)? })
}

/// The page of one room.
///
/// # Errors
/// `gone` when it was closed, `out` when they were sent out of it.
pub fn door(conn: &Connection, who: MemberId, id: RoomId, now: Timestamp) -> Result<RoomDoor, Fault> {
    let (room, guest) = enter(conn, who, id, now)?;
    let align_s = align_s(&house_of(conn)?.zone, now);
    Ok(RoomDoor { me: me(conn, who)?, now, align_s, room, moderator: guest.moderator, apart: guest.apart })
}

/// Whether they may come in; the room, and who they are.
///
/// # Errors
/// `gone` when it was closed, `out` when they were sent out of it.
pub fn enter(conn: &Connection, who: MemberId, id: RoomId, now: Timestamp) -> Result<(Room, Guest), Fault> {
    let room = room::room(conn, id)?.ok_or_else(closed)?;
    let row = member::member(conn, who)?.filter(|row| !row.paused).ok_or_else(Refusal::gone)?;
    if room::room_out(conn, id, who, now)?.is_some() {
        return Err(sent_out(&room.name).into());
    }
    let moderator = row.role >= Role::Moderator;
    let apart = apart(conn, who)?;
    Ok((room, Guest { id: who, name: row.name, zone: row.zone.name().to_owned(), moderator, apart }))
}

/// Whom walls keep somebody from in rooms; from staff, nobody.
fn apart(conn: &Connection, who: MemberId) -> Result<BTreeSet<MemberId>, Fault> {
    let staff = member::member(conn, who)?.is_some_and(|row| row.role >= Role::Moderator);
    Ok(if staff { BTreeSet::new() } else { group::walled_off_in_rooms(conn, who)? })
}

/// What somebody reads who is sent out.
pub fn sent_out(name: &str) -> Refusal {
    let sentence = format!(
        "A moderator has asked you to leave “{name}” for a day. Other rooms and your sessions are open to you as before; speak with a moderator if you think it was a mistake."
    );
    Refusal::new("out", sentence)
}

fn closed() -> Refusal {
    Refusal::new("gone", "That room isn't open any more. Other rooms are under Rooms; your bookings are safe.")
}

/// The rooms as an admin looks after them.
///
/// # Errors
/// `not_allowed`.
pub fn managed(conn: &Connection, who: MemberId) -> Result<Vec<Room>, Fault> {
    admin(conn, who)?;
    Ok(room::rooms(conn)?)
}

/// Makes a room.
///
/// # Errors
/// `not_allowed`, `room_taken`, `rooms_most`, or a refusal that names the field.
pub fn make(tx: &Tx<'_>, who: MemberId, form: &RoomForm) -> Result<RoomId, Fault> {
    admin(tx.conn, who)?;
    let (form, _) = form.checked()?;
    if room::rooms(tx.conn)?.len() >= ROOMS_MOST {
        return Err(
            Refusal::new("rooms_most", "There are fifty rooms already. Close one that nobody uses, then make this one.").into()
        );
    }
    let id = room::room_insert(tx.conn, &form, tx.now)?.ok_or_else(|| taken(&form.name))?;
    queue::audit_insert(tx.conn, Some(who), "room made", &form.name, tx.now)?;
    Ok(id)
}

/// Changes a room; answers with what it is from here on.
///
/// # Errors
/// `not_allowed`, `gone`, `room_taken`, or a refusal that names the field.
pub fn change(tx: &Tx<'_>, who: MemberId, id: RoomId, form: &RoomForm) -> Result<Room, Fault> {
    admin(tx.conn, who)?;
    room::room(tx.conn, id)?.ok_or_else(closed)?;
    let (form, _) = form.checked()?;
    if !room::room_update(tx.conn, id, &form)? {
        return Err(taken(&form.name).into());
    }
    queue::audit_insert(tx.conn, Some(who), "room changed", &form.name, tx.now)?;
    Ok(room::room(tx.conn, id)?.ok_or_else(closed)?)
}

/// Closes a room for good.
///
/// # Errors
/// `not_allowed`, `gone`, or `always` for the house's own.
pub fn close(tx: &Tx<'_>, who: MemberId, id: RoomId) -> Result<(), Fault> {
    admin(tx.conn, who)?;
    let row = room::room(tx.conn, id)?.ok_or_else(closed)?;
    if row.always {
        let sentence = "This room stays open, so that nobody ever finds every door shut. You can give it another name.";
        return Err(Refusal::new("always", sentence).into());
    }
    room::room_close(tx.conn, id, tx.now)?;
    Ok(queue::audit_insert(tx.conn, Some(who), "room closed", &row.name, tx.now)?)
}

/// Notes that a moderator mutes somebody in a room.
///
/// # Errors
/// `not_allowed` for a plain member, `gone`, or `equal` when it is about an admin or oneself.
pub fn mute(tx: &Tx<'_>, who: MemberId, id: RoomId, about: MemberId) -> Result<(), Fault> {
    let (room, name) = moderate(tx, who, id, about)?;
    Ok(queue::audit_insert(tx.conn, Some(who), &format!("muted in {}", room.name), &name, tx.now)?)
}

/// Sends somebody out of a room for a day; answers with the words they read.
///
/// # Errors
/// `not_allowed` for a plain member, `gone`, or `equal` when it is about an admin or oneself.
pub fn remove(tx: &Tx<'_>, who: MemberId, id: RoomId, about: MemberId) -> Result<Refusal, Fault> {
    let (row, name) = moderate(tx, who, id, about)?;
    room::room_out_put(tx.conn, id, about, tx.now.plus(OUT_S), tx.now)?;
    queue::audit_insert(tx.conn, Some(who), &format!("sent out of {}", row.name), &name, tx.now)?;
    Ok(sent_out(&row.name))
}

fn moderate(tx: &Tx<'_>, who: MemberId, id: RoomId, about: MemberId) -> Result<(Room, String), Fault> {
    report::moderator(tx.conn, who)?;
    let room = room::room(tx.conn, id)?.ok_or_else(closed)?;
    let row = member::member(tx.conn, about)?.ok_or_else(Refusal::gone)?;
    if about == who || row.role == Role::Admin {
        return Err(Refusal::new("equal", "That works on members and moderators, not on admins or on yourself.").into());
    }
    Ok((room, row.name))
}

/// Reports somebody who is or was in a room with me: the caller vouches that they were.
///
/// # Errors
/// `gone` when there is no such room or member, or it is me; `text` when nothing was written.
pub fn report_in(tx: &Tx<'_>, who: MemberId, id: RoomId, about: MemberId, text: &str) -> Result<(), Fault> {
    let room = room::room(tx.conn, id)?.ok_or_else(closed)?;
    if about == who || member::member(tx.conn, about)?.is_none() {
        return Err(Refusal::gone().into());
    }
    let text = report::cleaned(text)?;
    Ok(queue::report_insert(tx.conn, who, about, tx.now, Some(&room.name), &text, tx.now)?)
}

fn taken(name: &str) -> Refusal {
    Refusal::new("room_taken", format!("There is a room called “{name}” already. Give this one another name."))
}
