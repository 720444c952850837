//! The people of the instance, and what each is to me.

use super::Fault;
use crate::domain::id::MemberId;
use crate::domain::time::Timestamp;
use crate::domain::view::Person;
use crate::store::{member, relation};
use rusqlite::Connection;

/// Everybody but me, by name.
///
/// # Errors
/// Only those of the store.
pub fn people(conn: &Connection, who: MemberId, now: Timestamp) -> Result<Vec<Person>, Fault> {
    let relations = relation::relations(conn, who, now)?;
    let people = member::members(conn)?
        .into_iter()
        .filter(|m| m.id != who && !m.paused)
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
