//! What people do: one file per verb. An action loads, decides, saves and returns a view or a refusal, and effects as data.
//!
//! Every entrance (page, socket, command line, timer) comes through here; permission is decided here. Actions know no
//! sockets, no pages and no time other than the transaction's.

pub mod account;
pub mod admin;
pub mod appointment;
pub mod book;
pub mod calendar;
pub mod cancel;
pub mod company;
mod deciding;
pub mod demo;
pub mod figures;
pub mod group;
pub mod history;
pub mod hours;
pub mod invite;
pub mod keeper;
pub mod login;
pub mod lounge;
pub mod moving;
pub mod notices;
pub mod nudge;
pub mod orders;
mod pairing;
pub mod people;
pub mod plans;
mod pool;
pub mod relate;
pub mod report;
pub mod roll;
pub mod room;
pub mod seat;
pub mod session_door;
pub mod set_up;
pub mod settle;
pub mod start_now;
pub mod upgrade;
pub mod way_in;

use crate::domain::id::{MemberId, SessionId};
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::domain::view::{House, Me};
use crate::store::{StoreError, house, member};
use rusqlite::Connection;

/// Why an action did not do it.
#[derive(Debug)]
pub enum Fault {
    /// The person can act; the sentence is for them.
    Refusal(Refusal),
    /// The operator acts.
    Store(StoreError),
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Refusal(refusal)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refusal(refusal) => refusal.fmt(f),
            Self::Store(error) => error.fmt(f),
        }
    }
}

/// What others must hear of after the commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// Starts whose waiting people changed.
    pub slots: Vec<Timestamp>,
    /// Members whose own bookings changed.
    pub members: Vec<MemberId>,
    /// Sessions whose seats changed.
    pub sessions: Vec<SessionId>,
}

impl Effects {
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }

    fn touch(&mut self, start: Timestamp, member: MemberId, session: SessionId) {
        push_new(&mut self.slots, start);
        push_new(&mut self.members, member);
        push_new(&mut self.sessions, session);
    }
}

fn push_new<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}

/// The house, which must have been set up.
pub(crate) fn house_of(conn: &Connection) -> Result<House, Fault> {
    house::house(conn)?.ok_or_else(|| {
        Refusal::new("not_set_up", "This instance isn't set up yet. Open the setup link that the server printed.").into()
    })
}

/// The signed-in member with what every page's frame needs.
///
/// # Errors
/// `gone` when the account was removed meanwhile.
pub fn me(conn: &Connection, id: MemberId) -> Result<Me, Fault> {
    let house = house_of(conn)?;
    let row = member::member(conn, id)?.ok_or_else(Refusal::gone)?;
    Ok(Me { id, name: row.name, role: row.role, zone: row.zone, instance: house.name })
}
