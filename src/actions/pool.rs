//! Tells the matcher what it decides upon: wishes, what stands between their members, and what has been announced.
//!
//! Instants are told on the house's wall clock, so that the matcher's grid is the house's whatever its zone; [`Told::real`] leads back.

use super::Fault;
use crate::domain::booking::TaskType;
use crate::domain::id::{BookingId, MemberId, SessionId};
use crate::domain::matching::{Announced, Manner, Pool, Talk, Task, Wish};
use crate::domain::time::{MINUTE, Timestamp};
use crate::store::company::{self, OpenRow};
use crate::store::member::Listed;
use crate::store::{group, house, relation};
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};

/// Among more people than this nobody asks who met whom: there is variety enough.
const MET_MOST: usize = 500;

/// A pool, and by how much its clock is ahead of UTC.
pub(super) struct Told {
    pub pool: Pool,
    shift_s: i64,
}

impl Told {
    /// An instant as the pool says it.
    pub fn said(&self, at: Timestamp) -> Timestamp {
        at.plus(self.shift_s)
    }

    pub fn real(&self, said: Timestamp) -> Timestamp {
        said.plus(-self.shift_s)
    }
}

/// The pool of those who wait and those who have been matched at `start`.
pub(super) fn tell(
    conn: &Connection,
    start: Timestamp,
    now: Timestamp,
    waiting: &[OpenRow],
    matched: &[OpenRow],
) -> Result<Told, Fault> {
    let mut told = Told { pool: Pool::default(), shift_s: 0 };
    if let Some(house) = house::house(conn)? {
        told.shift_s = house.zone.offset_s(start).into();
        told.pool.rules.grid_s = house.step * MINUTE;
    }
    told.pool.wishes = waiting.iter().chain(matched).map(|row| wish(&told, row)).collect();
    between(conn, &mut told.pool, now)?;
    told.pool.announced = announced(&told, waiting, matched);
    stay_announced(&mut told.pool, matched);
    Ok(told)
}

/// A snooze is for matches to come: who was announced to each other before it stays so, and a block has parted them already.
fn stay_announced(pool: &mut Pool, matched: &[OpenRow]) {
    if pool.never.is_empty() {
        return;
    }
    for own in matched {
        for other in matched.iter().filter(|other| other.session == own.session) {
            pool.never.remove(&(own.member, other.member));
        }
    }
}

/// A booking as the matcher sees it.
pub(super) fn wish(told: &Told, row: &OpenRow) -> Wish {
    let mut wish = Wish::exact(row.booking, row.member, told.said(row.start), row.length);
    (wish.earliest, wish.latest) = (told.said(row.company.earliest), told.said(row.company.latest));
    (wish.any_length, wish.trio, wish.whom) = (row.company.any_length, row.company.trio, row.company.whom);
    wish.inside = row.company.inside;
    wish.manner = manner(row);
    wish.sessions_done = row.sessions.clamp(0, i64::from(u32::MAX)) as u32;
    (wish.welcomes, wish.left_out) = (row.welcomes, row.left_out);
    wish
}

fn manner(row: &OpenRow) -> Manner {
    let task = match row.wishes.task {
        TaskType::Anything => Task::Anything,
        TaskType::Desk => Task::Desk,
        TaskType::Moving => Task::Moving,
    };
    Manner { talk: if row.wishes.quiet { Talk::Quiet } else { Talk::Any }, task, ..Manner::default() }
}

/// What stands between the members of the pool.
fn between(conn: &Connection, pool: &mut Pool, now: Timestamp) -> Result<(), Fault> {
    let members: BTreeSet<MemberId> = pool.wishes.iter().map(|w| w.member).collect();
    let listed = Listed::of(members.iter().copied());
    for (member, group, wall) in group::groups_among(conn, &listed)? {
        pool.groups.insert((member, group));
        if wall {
            pool.walls.insert((member, group));
        }
    }
    for (member, other, favorite) in relation::among(conn, &listed, now)? {
        if favorite {
            pool.favorites.insert((member, other));
        } else {
            pool.never.extend([(member, other), (other, member)]);
        }
    }
    if members.len() <= MET_MOST {
        pool.met.extend(company::met_among(conn, &listed)?);
    }
    Ok(())
}

fn announced(told: &Told, waiting: &[OpenRow], matched: &[OpenRow]) -> Vec<Announced> {
    let mut known: BTreeMap<SessionId, Announced> = BTreeMap::new();
    for row in matched {
        let fresh = || Announced { start: told.said(row.start), bookings: Vec::new(), pending: Vec::new(), locked: row.locked };
        known.entry(row.session).or_insert_with(fresh).bookings.push(row.booking);
    }
    for (session, booking) in waiting.iter().filter_map(|row| Some((row.pending?, row.booking))) {
        if let Some(match_) = known.get_mut(&session) {
            match_.pending.push(booking);
        }
    }
    known.into_values().filter(|match_| match_.bookings.len() > 1).collect()
}

/// Rows by the number of their booking.
pub(super) fn by_number<'a>(rows: impl IntoIterator<Item = &'a OpenRow>) -> BTreeMap<BookingId, &'a OpenRow> {
    rows.into_iter().map(|row| (row.booking, row)).collect()
}
