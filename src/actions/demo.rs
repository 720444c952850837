//! A throw-away instance: a few members who wait at several hours, and two seats of a session that starts in two minutes.

use super::book::{self, Ask};
use super::set_up::{self, SetUp};
use super::{Effects, Fault, pairing};
use crate::domain::booking::{Length, TaskType, Wishes};
use crate::domain::company::CompanyAsk;
use crate::domain::grid;
use crate::domain::id::{BookingId, MemberId};
use crate::domain::matching::Rule;
use crate::domain::member::{Pick, Role};
use crate::domain::policy::Kind;
use crate::domain::time::{DAY, HOUR, MINUTE, Timestamp, Zone};
use crate::domain::view::FocusHour;
use crate::store::login::{self, Hash};
use crate::store::member::NewMember;
use crate::store::{Tx, booking, house, member};

/// The two who can be played, and where their session is.
#[derive(Clone, Copy, Debug)]
pub struct Demo {
    pub first: (MemberId, BookingId),
    pub second: (MemberId, BookingId),
    pub start: Timestamp,
}

/// Founds the demo. `links` are the hashes of the two sign-in links; nobody knows the password.
///
/// # Errors
/// Only those of the store.
pub fn found(tx: &Tx<'_>, zone: &str, password_hash: &str, links: (&Hash, &Hash)) -> Result<Demo, Fault> {
    let form = SetUp { instance: "Demo house".into(), zone: zone.into(), name: "Ana".into(), kind: Kind::Friends, way_in: None };
    let ana = set_up::found(tx, &form, password_hash)?;
    let ben = insert(tx, "Ben", "Asia/Kathmandu", password_hash)?;
    let mut effects = Effects::default();
    // Two minutes ahead and on a whole minute: off the grid, as only a demo may.
    let start = Timestamp((tx.now.0 + 2 * MINUTE + 59) / MINUTE * MINUTE);
    let wishes = Wishes::default();
    let first = book::insert(tx, ana, start, Length::Short, &wishes, &mut effects)?;
    let second = book::insert(tx, ben, start, Length::Short, &Wishes { task: TaskType::Desk, ..wishes }, &mut effects)?;
    pairing::seat_together(tx, &[first, second], Rule::Asked, &mut effects)?;
    let session = booking::seat(tx.conn, first)?.map(|row| row.booking.session);
    if let Some(session) = session {
        booking::session_lock(tx.conn, session, tx.now)?;
    }
    company(tx, password_hash)?;
    for (link, who) in [(links.0, ana), (links.1, ben)] {
        login::pass_insert(tx.conn, "enter", link, Some(who), tx.now.plus(DAY))?;
    }
    Ok(Demo { first: (ana, first), second: (ben, second), start })
}

/// Others who wait over the next days, and focus hours, so that the calendar is no empty page.
fn company(tx: &Tx<'_>, password_hash: &str) -> Result<(), Fault> {
    let people = [("Cleo", "Europe/Lisbon"), ("Dai", "Asia/Tokyo"), ("Eva", "America/New_York"), ("Femi", "Africa/Lagos")];
    let next = grid::next_start(tx.now.plus(30 * MINUTE), 60, 0);
    for (n, (name, zone)) in (0i64..).zip(people) {
        let who = insert(tx, name, zone, password_hash)?;
        let lengths = [Length::Middle, Length::Short, Length::Long];
        for day in 0..4 {
            let start = next.plus(day * DAY + (n * 2 + day % 3) * HOUR);
            let wishes =
                Wishes { quiet: n == 1, task: if n == 2 { TaskType::Moving } else { TaskType::Desk }, ..Wishes::default() };
            let length = lengths[((n + day) % 3) as usize];
            book::book(tx, who, &Ask { starts: vec![start], length, wishes, with: None, company: CompanyAsk::default() })?;
        }
    }
    if let Some(mut house) = house::house(tx.conn)? {
        house.focus_hours = (0..5).flat_map(|weekday| [9, 14].map(|hour| FocusHour { weekday, minute: hour * 60 })).collect();
        house::house_put(tx.conn, &house)?;
    }
    Ok(())
}

fn insert(tx: &Tx<'_>, name: &str, zone: &str, password_hash: &str) -> Result<MemberId, Fault> {
    let zone = Zone::or_utc(zone);
    let new =
        NewMember { name, email: None, password_hash, role: Role::Member, zone: &zone, pick: Pick::Everyone, rules_version: 1 };
    Ok(member::member_insert(tx.conn, &new, tx.now)?.ok_or_else(|| super::account::name_taken(name))?)
}
