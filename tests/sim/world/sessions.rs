//! Sessions under way: who is present, who is alone, whom the lounge brings together, and what is counted in the end.

use super::{Room, State, World};
use alongside::domain::id::SessionId;
use alongside::domain::matching::lounge::{self, Offer};
use alongside::domain::matching::{Camera, Live, Lone, Repeats, Talk};
use alongside::domain::time::{MINUTE, Timestamp};
use std::collections::BTreeMap;

/// Somebody who is expected is waited for so long.
const GRACE: i64 = 2;

impl World {
    pub(super) fn open_room(&mut self, start: i64, seats: Vec<usize>) {
        for b in &seats {
            let booking = &mut self.bookings[*b];
            booking.state = State::Live;
            let member = booking.want.member;
            self.figures.attended += f64::from(u8::from(!booking.want.stays_away));
            self.left_out[member] = self.left_out[member].saturating_sub(u32::from(seats.len() > 1));
        }
        self.rooms.push(Room { start, seats, joins: 0 });
    }

    fn ends(&self, b: usize) -> i64 {
        let want = &self.bookings[b].want;
        self.bookings[b].start + want.leaves.unwrap_or(want.length)
    }

    fn is_here(&self, b: usize) -> bool {
        let booking = &self.bookings[b];
        !booking.want.stays_away && booking.start + booking.want.late <= self.now && self.now < self.ends(b)
    }

    /// Company for who is alone: at once when nobody else was to come, after two minutes when somebody was.
    pub(super) fn lounge(&mut self) {
        let lone = |world: &Self, b: usize| Lone {
            wish: world.wish(b),
            // Nobody says beforehand that they will leave early.
            ends_at: Timestamp((world.bookings[b].start + world.bookings[b].want.length) * MINUTE),
            stays_alone: false,
        };
        let mut alone = Vec::new();
        let mut live = Vec::new();
        for (n, room) in self.rooms.iter().enumerate() {
            let here: Vec<usize> = room.seats.iter().copied().filter(|b| self.is_here(*b)).collect();
            let coming = room.seats.iter().any(|o| !here.contains(o) && self.now < self.bookings[*o].start + GRACE);
            match here[..] {
                _ if coming => {}
                [b] => alone.push((b, n)),
                [_, _] => live.push(Live {
                    session: SessionId(n as i64),
                    start: Timestamp(room.start * MINUTE),
                    joins: room.joins,
                    seats: here.iter().map(|b| lone(self, *b)).collect(),
                }),
                _ => {}
            }
        }
        if alone.is_empty() {
            return;
        }
        for (b, _) in &alone {
            let had = self.bookings[*b].company > 0 || self.bookings[*b].announced.is_some();
            if had && self.bookings[*b].stranded_at.is_none() {
                self.bookings[*b].stranded_at = Some(self.now);
                self.figures.stranded += 1.0;
            }
        }
        let people: Vec<Lone> = alone.iter().map(|(b, _)| lone(self, *b)).collect();
        let room_of: BTreeMap<usize, usize> = alone.into_iter().collect();
        for offer in lounge::rematch(&self.pool, &people, &live, Timestamp(self.now * MINUTE)) {
            let (movers, to) = match offer {
                Offer::Together { bookings, .. } => {
                    let ids: Vec<usize> = bookings.iter().map(|id| id.0 as usize).collect();
                    (ids.clone(), room_of[&ids[0]])
                }
                Offer::Joins { booking, session, .. } => (vec![booking.0 as usize], session.0 as usize),
            };
            for b in movers {
                if self.bookings[b].stranded_at.is_some_and(|since| self.now - since <= 1) {
                    self.figures.rescued += 1.0;
                    self.bookings[b].stranded_at = Some(i64::MIN / 2);
                }
                if room_of[&b] != to {
                    self.rooms[room_of[&b]].seats.retain(|o| *o != b);
                    self.rooms[to].seats.push(b);
                }
            }
            self.rooms[to].joins += 1;
            let here: Vec<usize> = self.rooms[to].seats.iter().copied().filter(|b| self.is_here(*b)).collect();
            assert!(
                here.len() < 4
                    && (here.len() < 3 || here.iter().all(|b| self.demand.members[self.bookings[*b].want.member].trio))
            );
            let member = |b: &usize| self.bookings[*b].want.member;
            assert!(here.iter().all(|a| here.iter().all(|b| a == b || self.may_meet(member(a), member(b)))), "blocked");
        }
    }

    pub(super) fn minute_goes_by(&mut self) {
        let present = self.rooms.iter().flat_map(|room| &room.seats).filter(|b| self.is_here(**b)).count() as f64;
        self.figures.others += present * (present - 1.0);
        for n in 0..self.rooms.len() {
            let here: Vec<usize> = self.rooms[n].seats.iter().copied().filter(|b| self.is_here(*b)).collect();
            for b in &here {
                let own = self.bookings[*b].want.member;
                let others = here.iter().filter(|o| *o != b).map(|o| self.bookings[*o].want.member);
                let met: Vec<(usize, bool)> = others.map(|other| (other, self.met_lately(own, other))).collect();
                let booking = &mut self.bookings[*b];
                booking.present += 1;
                booking.company += i64::from(!met.is_empty());
                for (other, again) in met {
                    booking.met.entry(other).or_insert(again);
                }
            }
        }
        let now = self.now;
        let over = |world: &Self, b: usize| {
            world.ends(b) <= now + 1 || world.bookings[b].want.stays_away && now > world.bookings[b].start + 5
        };
        for n in 0..self.rooms.len() {
            for b in self.rooms[n].seats.clone() {
                if over(self, b) {
                    self.rooms[n].seats.retain(|o| *o != b);
                    self.is_over(b);
                }
            }
        }
        self.rooms.retain(|room| !room.seats.is_empty());
    }

    fn is_over(&mut self, b: usize) {
        self.bookings[b].state = State::Gone;
        let member = self.bookings[b].want.member;
        self.of_member[member].remove(&b);
        let booking = &self.bookings[b];
        if booking.want.stays_away {
            return;
        }
        self.figures.alone_all += f64::from(u8::from(booking.company < 5));
        self.figures.present += booking.present as f64;
        self.figures.alone += (booking.present - booking.company) as f64;
        self.done[member] += 1;
        if !booking.met.is_empty() {
            let liked = booking.met.iter().all(|(other, again)| self.likes(member, *other, *again));
            self.figures.met += 1.0;
            self.figures.liked += f64::from(u8::from(liked));
        }
        for other in booking.met.keys().copied().collect::<Vec<_>>() {
            self.last_met.insert((member.min(other), member.max(other)), self.now);
        }
    }

    /// Whether nothing that this member asked for was missing in the other.
    fn likes(&self, own: usize, other: usize, again: bool) -> bool {
        let (a, b) = (&self.demand.members[own].manner, &self.demand.members[other].manner);
        let talk = !matches!((a.talk, b.talk), (Talk::Quiet, Talk::Chat) | (Talk::Chat, Talk::Quiet));
        let camera = a.camera != Camera::On || b.camera != Camera::Off;
        let repeats = match a.repeats {
            Repeats::New => !again,
            Repeats::Again => again,
            Repeats::Any => true,
        };
        talk && camera && repeats
    }
}
