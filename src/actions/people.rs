//! The people of the instance, and what each is to me.

use super::Fault;
use crate::domain::id::MemberId;
use crate::domain::time::Timestamp;
use crate::domain::view::Person;
use crate::store::{group, member, relation};
use rusqlite::Connection;
use std::collections::BTreeSet;

/// Everybody but me whom no wall keeps from me, by name.
///
/// # Errors
/// Only those of the store.
pub fn people(conn: &Connection, who: MemberId, now: Timestamp) -> Result<Vec<Person>, Fault> {
    let relations = relation::relations(conn, who, now)?;
    // Whom a wall keeps from me is not here for me, as on the calendar.
    let walled: BTreeSet<MemberId> = group::walled_off(conn, who)?.into_iter().collect();
    let people = member::members(conn)?
        .into_iter()
        .filter(|m| m.id != who && !m.paused && !walled.contains(&m.id))
        .map(|m| Person {
            relation: relations.iter().find(|r| r.member == m.id).map(|r| r.kind),
            id: m.id,
            name: m.name,
            zone: m.zone,
            sessions: m.sessions,
            since: m.made_at,
        })
        .collect();
    Ok(people)
}
