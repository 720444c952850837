//! Groups: made, changed and ended by admins. A new wall holds at once, also for company that was announced.

use super::admin::admin;
use super::{Effects, Fault, pairing};
use crate::domain::group::{GROUPS_MOST, Group, name_cleaned};
use crate::domain::id::{GroupId, InviteId, MemberId, SessionId};
use crate::domain::refusal::Refusal;
use crate::domain::view::Person;
use crate::store::{Tx, booking, group, member, relation, report};
use rusqlite::Connection;
use std::collections::BTreeMap;

/// What the groups page shows: each group with who is in it, and everybody there is.
#[derive(Clone, Debug)]
pub struct Groups {
    pub groups: Vec<(Group, Vec<MemberId>)>,
    /// By name.
    pub members: Vec<Person>,
}

/// The groups page of the admins.
///
/// # Errors
/// `not_allowed`.
pub fn managed(conn: &Connection, who: MemberId) -> Result<Groups, Fault> {
    admin(conn, who)?;
    let mut groups = Vec::new();
    for one in group::groups(conn)? {
        let inside = group::members_of(conn, one.id)?;
        groups.push((one, inside));
    }
    let members = member::members(conn)?;
    let person = |m: member::MemberRow| Person {
        id: m.id,
        name: m.name,
        zone: m.zone,
        sessions: m.sessions,
        since: m.made_at,
        relation: None,
    };
    Ok(Groups { groups, members: members.into_iter().map(person).collect() })
}

/// What a form about a group holds.
#[derive(Clone, Debug, Default)]
pub struct Form {
    pub name: String,
    pub wall: bool,
    pub members: Vec<MemberId>,
}

/// Makes a group.
///
/// # Errors
/// `not_allowed`, `group_name`, `group_taken`, or `many`.
pub fn make(tx: &Tx<'_>, who: MemberId, form: &Form) -> Result<Effects, Fault> {
    admin(tx.conn, who)?;
    let name = name_cleaned(&form.name)?;
    if group::groups(tx.conn)?.len() >= GROUPS_MOST {
        return Err(Refusal::new("many", format!("A house has at most {GROUPS_MOST} groups. End one to make room.")).into());
    }
    let id = group::group_insert(tx.conn, &name, form.wall, tx.now)?.ok_or_else(|| taken(&name))?;
    group::members_replace(tx.conn, id, &form.members)?;
    report::audit_insert(tx.conn, Some(who), if form.wall { "wall made" } else { "group made" }, &name, tx.now)?;
    hold_walls(tx)
}

/// Changes a group's name, who is in it, and whether it is a wall.
///
/// # Errors
/// As [`make`], and `gone`.
pub fn change(tx: &Tx<'_>, who: MemberId, id: GroupId, form: &Form) -> Result<Effects, Fault> {
    admin(tx.conn, who)?;
    let name = name_cleaned(&form.name)?;
    if !group::groups(tx.conn)?.iter().any(|one| one.id == id) {
        return Err(Refusal::gone().into());
    }
    if !group::group_update(tx.conn, id, &name, form.wall)? {
        return Err(taken(&name).into());
    }
    group::members_replace(tx.conn, id, &form.members)?;
    report::audit_insert(tx.conn, Some(who), if form.wall { "wall changed" } else { "group changed" }, &name, tx.now)?;
    hold_walls(tx)
}

/// Ends a group; what was booked inside it is open to the whole house.
///
/// # Errors
/// `not_allowed` or `gone`.
pub fn end(tx: &Tx<'_>, who: MemberId, id: GroupId) -> Result<Effects, Fault> {
    admin(tx.conn, who)?;
    let one = group::groups(tx.conn)?.into_iter().find(|one| one.id == id).ok_or_else(Refusal::gone)?;
    group::group_delete(tx.conn, id)?;
    report::audit_insert(tx.conn, Some(who), "group ended", &one.name, tx.now)?;
    hold_walls(tx)
}

/// Lets an invite lead into a group.
///
/// # Errors
/// `not_allowed`, or `gone` when there is no such group.
pub fn invite_into(tx: &Tx<'_>, who: MemberId, invite: InviteId, id: GroupId) -> Result<(), Fault> {
    admin(tx.conn, who)?;
    if !group::groups(tx.conn)?.iter().any(|one| one.id == id) {
        return Err(Refusal::gone().into());
    }
    Ok(group::invite_group_set(tx.conn, invite, id)?)
}

/// The groups that an invite can lead into: all of them for an admin, none for others.
///
/// # Errors
/// Only those of the store.
pub fn for_invites(conn: &Connection, who: MemberId) -> Result<Vec<Group>, Fault> {
    if admin(conn, who).is_err() { Ok(Vec::new()) } else { Ok(group::groups(conn)?) }
}

fn taken(name: &str) -> Refusal {
    Refusal::new("group_taken", format!("There is a group called {name} already."))
}

/// What both sides of a new wall read.
const CHANGED: &str = "The groups here have changed, and so did your company.";

/// Parts company ahead that a wall stands between; each is looked after anew.
fn hold_walls(tx: &Tx<'_>) -> Result<Effects, Fault> {
    let mut effects = Effects::default();
    if !group::groups(tx.conn)?.iter().any(|one| one.wall) {
        return Ok(effects);
    }
    let mut sessions: BTreeMap<SessionId, Vec<_>> = BTreeMap::new();
    for (session, id, who) in group::matched_ahead(tx.conn, tx.now)? {
        sessions.entry(session).or_default().push((id, who));
    }
    for seats in sessions.into_values() {
        // Whoever stands on another side than the first leaves; they are brought together again where they may be.
        let never = match seats.first() {
            Some((_, first)) => relation::standing(tx.conn, *first, tx.now)?.never,
            None => continue,
        };
        for (id, who) in seats.iter().skip(1) {
            let parted = never.contains(who) || {
                let theirs = relation::standing(tx.conn, *who, tx.now)?.never;
                seats.iter().any(|(_, other)| other != who && theirs.contains(other))
            };
            if let Some(row) = booking::seat(tx.conn, *id)?.filter(|_| parted) {
                pairing::part(tx, &row, CHANGED, pairing::Leaves::Elsewhere, &mut effects)?;
                // Neither of them has done it: whoever is taken out reads why, too.
                booking::booking_news(tx.conn, *id, Some(CHANGED))?;
                super::deciding::look_at(tx, row.booking.start, &mut effects)?;
            }
        }
    }
    Ok(effects)
}
