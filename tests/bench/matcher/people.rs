//! People, bookings and relations of a question as a pool of the house.

use super::ask::{Booking, Id, Person, Question};
use super::ids::Ids;
use alongside::domain::id::{BookingId, GroupId, MemberId};
use alongside::domain::matching::{Camera, Manner, Pool, Repeats, Rules, Talk, Whom, Wish};
use alongside::domain::time::{MINUTE, Timestamp};
use std::collections::BTreeMap;

/// Further than this from the beginning of time nothing is booked.
const MOST_MINUTES: i64 = 1_000_000_000;
/// Met within 30 days.
const LATELY: i64 = 30 * 24 * 60;

/// A question with its names in order.
pub struct Asked<'a> {
    pub bookings: Ids<'a>,
    pub members: Ids<'a>,
    circles: Ids<'a>,
    people: BTreeMap<&'a Id, &'a Person>,
    pub question: &'a Question,
}

pub fn at(minutes: i64) -> Timestamp {
    Timestamp(minutes.clamp(-MOST_MINUTES, MOST_MINUTES) * MINUTE)
}

impl<'a> Asked<'a> {
    /// All bookings that a question may speak of are given, wherever they stand in it.
    pub fn new(question: &'a Question, bookings: &[&'a Booking]) -> Self {
        let people: BTreeMap<&Id, &Person> = question.people.iter().filter_map(|p| Some((p.id.as_ref()?, p))).collect();
        let named = question.people.iter().flat_map(|p| p.id.iter().chain(&p.favourites).chain(&p.blocks).chain(&p.not_again));
        let owners = bookings.iter().filter_map(|b| b.person.as_ref());
        Self {
            bookings: Ids::new(bookings.iter().map(|b| &b.id)),
            members: Ids::new(named.chain(owners)),
            circles: Ids::new(question.people.iter().flat_map(|p| &p.circles)),
            people,
            question,
        }
    }

    pub fn booking(&self, id: &Id) -> Option<BookingId> {
        self.bookings.number(id).map(BookingId)
    }

    pub fn name(&self, id: BookingId) -> Option<&'a Id> {
        self.bookings.name(id.0)
    }

    /// A pool with rules and relations, and without wishes.
    pub fn pool(&self) -> Pool {
        let asked = self.question;
        let features = asked.features.as_ref();
        let rules = Rules {
            grid_s: asked.rules.grid.clamp(1, 1440) * MINUTE,
            trios: asked.rules.trios && asked.rules.max_room > 2 && features.is_none_or(|f| f.trio),
            lone_trios: true,
            mixed_up_to: usize::MAX,
            shared_s: asked.rules.min_shared_minutes.clamp(0, 1440) * MINUTE,
            variety: 0,
            seed: asked.seed as u64,
        };
        let mut pool = Pool { rules, ..Pool::default() };
        let member = |id: &Id| self.members.number(id).map(MemberId);
        for person in self.people.values() {
            let Some(own) = person.id.as_ref().and_then(member) else { continue };
            pool.favorites.extend(person.favourites.iter().filter_map(member).map(|other| (own, other)));
            pool.never.extend(person.blocks.iter().filter_map(member).map(|other| (own, other)));
            pool.rather_not.extend(person.not_again.iter().filter_map(member).map(|other| (own, other)));
            for circle in person.circles.iter().filter_map(|c| self.circles.number(c)) {
                pool.groups.insert((own, GroupId(circle)));
                pool.walls.insert((own, GroupId(circle)));
            }
        }
        for met in &asked.met_recently {
            let long_ago = match (met.get(2), asked.now) {
                (Some(Id::Number(then)), Some(now)) => now.saturating_sub(*then) > LATELY,
                _ => false,
            };
            if let [a, b, ..] = &met[..]
                && let (Some(a), Some(b)) = (member(a), member(b))
                && !long_ago
            {
                pool.met.insert((a, b));
            }
        }
        pool
    }

    /// A booking as a wish between two starts.
    pub fn wish(&self, booking: &Booking, earliest: i64, latest: i64, any_length: bool) -> Option<Wish> {
        let nobody = Person::default();
        let id = booking.person.as_ref();
        let person = id.and_then(|id| self.people.get(id).copied()).unwrap_or(&nobody);
        // A booking of nobody in particular is its own person, whom nobody knows.
        let alone = || -1 - self.booking(&booking.id).map_or(0, |b| b.0);
        let member = id.and_then(|id| self.members.number(id)).unwrap_or_else(alone);
        Some(Wish {
            booking: self.booking(&booking.id)?,
            member: MemberId(member),
            start: at(earliest),
            earliest: at(earliest),
            latest: at(latest.max(earliest)),
            length_s: booking.minutes.clamp(0, 1440) * MINUTE,
            any_length,
            trio: person.trio_ok,
            whom: Whom::Anyone,
            inside: None,
            manner: manner(person),
            sessions_done: count(person.sessions_done as f64),
            welcomes: person.welcomes_newcomers,
            left_out: count(person.alone_recently),
        })
    }
}

fn count(number: f64) -> u32 {
    number.clamp(0.0, 1_000_000.0).round() as u32
}

fn manner(person: &Person) -> Manner {
    Manner {
        talk: match person.talk.as_str() {
            "quiet" => Talk::Quiet,
            "chat" => Talk::Chat,
            _ => Talk::Any,
        },
        camera: match person.camera.as_str() {
            "on" => Camera::On,
            "off" => Camera::Off,
            _ => Camera::Any,
        },
        repeats: match person.repeats.as_str() {
            "new" | "avoid" => Repeats::New,
            "repeat" | "like" | "familiar" | "again" => Repeats::Again,
            _ => Repeats::Any,
        },
        ..Manner::default()
    }
}
