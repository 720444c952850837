//! The two questions in which everything is known: `plan` and `rematch`.

use super::ask::{Booking, Id, Question, Room, Seat};
use super::people::{Asked, at};
use alongside::domain::id::{BookingId, SessionId};
use alongside::domain::matching::lounge::{self, Offer};
use alongside::domain::matching::{self, Announced, Live, Lone};
use alongside::domain::time::Timestamp;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Seats one pool.
pub fn plan(question: &Question) -> Value {
    let asked = Asked::new(question, &question.bookings.iter().collect::<Vec<_>>());
    let mut pool = asked.pool();
    let wish = |b: &Booking| {
        let earliest = b.earliest.or(b.latest)?;
        asked.wish(b, earliest, b.latest.unwrap_or(earliest), question.rules.mixed_lengths)
    };
    pool.wishes = question.bookings.iter().filter_map(wish).collect();
    let announced = |room: &Room| Announced {
        start: at(room.start),
        bookings: named(&asked, &room.bookings),
        pending: named(&asked, &room.pending),
        locked: false,
    };
    pool.announced = question.announced.iter().map(announced).collect();
    let meetings = matching::plan(&pool, Timestamp(i64::MIN));
    let rooms: Vec<Value> =
        meetings.iter().map(|m| json!({ "start": m.start.0 / 60, "bookings": names(&asked, &m.bookings) })).collect();
    json!({ "rooms": rooms })
}

/// The bookings of a room that are known.
pub fn named(asked: &Asked<'_>, seats: &[Seat]) -> Vec<BookingId> {
    seats.iter().filter_map(|seat| asked.booking(seat.id())).collect()
}

pub fn names<'a>(asked: &Asked<'a>, ids: &[BookingId]) -> Vec<&'a Id> {
    ids.iter().filter_map(|id| asked.name(*id)).collect()
}

/// Seats whoever is alone.
pub fn rematch(question: &Question) -> Value {
    let asked = Asked::new(question, &question.bookings.iter().collect::<Vec<_>>());
    let pool = asked.pool();
    let now = question.now.unwrap_or(question.start);
    let all: BTreeMap<&Id, &Booking> = question.bookings.iter().map(|b| (&b.id, b)).collect();
    let lone = |b: &Booking| {
        let ends = b.ends.or(b.earliest.map(|start| start.saturating_add(b.minutes)))?;
        Some(Lone { wish: asked.wish(b, now, now, true)?, ends_at: at(ends), stays_alone: false })
    };
    let mut rooms: Vec<(&Room, Vec<&Id>)> =
        question.rooms.iter().map(|room| (room, room.bookings.iter().map(Seat::id).collect())).collect();
    rooms.sort_by(|a, b| (&a.0.id, &a.1).cmp(&(&b.0.id, &b.1)));
    let with_company: BTreeSet<&Id> = rooms.iter().filter(|(_, ids)| ids.len() > 1).flat_map(|(_, ids)| ids.clone()).collect();
    let alone: Vec<Lone> = all.values().filter(|b| !with_company.contains(&b.id)).filter_map(|b| lone(b)).collect();
    let live = rooms.iter().enumerate().filter(|(_, (_, ids))| ids.len() > 1).map(|(at_, (room, ids))| Live {
        session: SessionId(at_ as i64),
        start: at(room.start),
        joins: room.joins,
        seats: ids.iter().filter_map(|id| lone(all.get(id)?)).collect(),
    });
    let live: Vec<Live> = live.collect();
    let offers = lounge::rematch(&pool, &alone, &live, at(now));
    let mut after: Vec<(Option<Id>, Vec<&Id>)> = Vec::new();
    let mut joined: BTreeMap<i64, Vec<&Id>> = BTreeMap::new();
    for offer in &offers {
        match offer {
            Offer::Joins { booking, session, .. } => joined.entry(session.0).or_default().extend(asked.name(*booking)),
            Offer::Together { bookings, .. } => {
                let together = names(&asked, bookings);
                let own = rooms.iter().find(|(_, ids)| ids.len() == 1 && together.contains(&ids[0]));
                let id = own.and_then(|(room, _)| room.id.clone()).or_else(|| together.first().map(|id| (*id).clone()));
                after.push((id, together));
            }
        }
    }
    for (n, (room, ids)) in rooms.iter().enumerate().filter(|(_, (_, ids))| ids.len() > 1) {
        let third = joined.remove(&(n as i64)).unwrap_or_default();
        after.push((room.id.clone(), ids.iter().copied().chain(third).collect()));
    }
    after.sort();
    json!({ "rooms": after.iter().map(|(id, ids)| json!({ "id": id, "bookings": ids })).collect::<Vec<_>>() })
}
