//! The two questions of a running instance: `decide` about one start, and `live` about who is alone.

use super::ask::{Booking, Features, Id, Question, Room, Seat};
use super::people::{Asked, at};
use super::whole::{named, names};
use alongside::domain::id::SessionId;
use alongside::domain::matching::lounge::{self, Offer};
use alongside::domain::matching::planner::{self, Call};
use alongside::domain::matching::{Announced, Live, Lone};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What becomes of one start.
pub fn decide(question: &Question) -> Value {
    let default = Features::default();
    let features = question.features.as_ref().unwrap_or(&default);
    let asked = Asked::new(question, &question.bookings.iter().collect::<Vec<_>>());
    let mut pool = asked.pool();
    // Who is in a room has its start; whose start is fixed some other way has the one in question, if that may be.
    let starts: BTreeMap<&Id, i64> = question
        .rooms
        .iter()
        .flat_map(|room| room.bookings.iter().chain(&room.pending).map(|seat| (seat.id(), room.start)))
        .collect();
    let wish = |b: &Booking| {
        let earliest = b.earliest.or(b.latest).unwrap_or(question.start);
        let latest = b.latest.unwrap_or(earliest).max(earliest);
        let (earliest, latest) = match (starts.get(&b.id), b.firm == Some(true)) {
            (Some(start), _) => (*start, *start),
            (None, true) => (question.start.clamp(earliest, latest), question.start.clamp(earliest, latest)),
            (None, false) if !features.flex => (earliest, earliest),
            (None, false) => (earliest, latest),
        };
        asked.wish(b, earliest, latest, features.mixed)
    };
    pool.wishes = question.bookings.iter().filter_map(wish).collect();
    let announced = |room: &Room| Announced {
        start: at(room.start),
        bookings: named(&asked, &room.bookings),
        pending: named(&asked, &room.pending),
        locked: false,
    };
    pool.announced = question.rooms.iter().map(announced).collect();
    let call = match (question.pairs_only, question.last) {
        (true, _) => Call::Early,
        (false, true) => Call::Last,
        (false, false) => Call::Due,
    };
    let decision = planner::decide(&pool, at(question.start), call);
    let mut rooms: Vec<Value> = decision.meetings.iter().map(|m| json!(names(&asked, &m.bookings))).collect();
    let seated: BTreeSet<_> = decision.meetings.iter().flat_map(|m| m.bookings.iter().copied()).collect();
    // A room whose people are not described stays as it is.
    let unknown = |room: &&Room| room.bookings.len() > 1 && room.bookings.iter().any(|seat| asked.booking(seat.id()).is_none());
    for room in question.rooms.iter().filter(|room| room.start == question.start).filter(unknown) {
        if !room.bookings.iter().any(|seat| asked.booking(seat.id()).is_some_and(|id| seated.contains(&id))) {
            rooms.push(json!(room.bookings.iter().map(Seat::id).collect::<Vec<_>>()));
        }
    }
    let firm: BTreeSet<_> = question.bookings.iter().filter(|b| b.firm == Some(false)).map(|b| &b.id).collect();
    let mut used = names(&asked, &decision.settled);
    used.extend(names(&asked, &seated.iter().copied().collect::<Vec<_>>()).into_iter().filter(|id| firm.contains(id)));
    used.sort();
    used.dedup();
    json!({ "rooms": rooms, "used": used })
}

/// Company for who is alone.
pub fn live(question: &Question) -> Value {
    let described = question.rooms.iter().flat_map(|r| &r.bookings).filter_map(|seat| match seat {
        Seat::Described(booking) => Some(booking),
        Seat::Named(_) => None,
    });
    let asked = Asked::new(question, &question.alone.iter().chain(described).collect::<Vec<_>>());
    let mut pool = asked.pool();
    // The answer speaks of pairs and joins only; a third finds the new pair at the next look.
    pool.rules.lone_trios = false;
    let now = question.now.unwrap_or(question.start);
    let lone =
        |b: &Booking| Some(Lone { wish: asked.wish(b, now, now, true)?, ends_at: at(b.ends.unwrap_or(now)), stays_alone: false });
    if question.features.as_ref().is_some_and(|f| !f.live) {
        return json!({ "merges": [] });
    }
    let alone: Vec<Lone> = question.alone.iter().filter_map(lone).collect();
    let mut rooms: Vec<&Room> = question.rooms.iter().collect();
    rooms.sort_by(|a, b| a.id.cmp(&b.id));
    let seats = |room: &Room| {
        let seats = room.bookings.iter().filter_map(|seat| match seat {
            Seat::Described(booking) => lone(booking),
            Seat::Named(_) => None,
        });
        seats.collect()
    };
    let live: Vec<Live> = rooms
        .iter()
        .enumerate()
        .map(|(n, room)| Live { session: SessionId(n as i64), start: at(room.start), joins: room.joins, seats: seats(room) })
        .collect();
    let merges: Vec<Value> = lounge::rematch(&pool, &alone, &live, at(now))
        .iter()
        .filter_map(|offer| match offer {
            Offer::Together { bookings, .. } => {
                let [a, b] = names(&asked, bookings)[..] else { return None };
                Some(json!(["pair", a, b]))
            }
            Offer::Joins { booking, session, .. } => {
                let room = rooms.get(usize::try_from(session.0).ok()?)?;
                Some(json!(["join", asked.name(*booking)?, room.id]))
            }
        })
        .collect();
    json!({ "merges": merges })
}
