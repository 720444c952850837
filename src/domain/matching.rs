//! Who sits with whom: a pure function from the pool to the seating, the same whatever order the pool comes in.
//!
//! This version seats pairs of exactly the same start and length, one after the other in the order of booking, favorites
//! and matching ways of working first; pairs that exist are never reshuffled. Blocks are never broken.

use super::booking::Length;
use super::id::{BookingId, MemberId};
use super::time::Timestamp;
use std::collections::BTreeSet;

/// An open booking as the matcher sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    pub booking: BookingId,
    pub member: MemberId,
    pub start: Timestamp,
    pub length: Length,
    pub quiet: bool,
}

/// Everything a decision rests on.
#[derive(Clone, Debug, Default)]
pub struct Pool {
    pub wishes: Vec<Wish>,
    /// Two members who must not meet: a block or a snooze of either side.
    pub never: BTreeSet<(MemberId, MemberId)>,
    /// The first prefers the second.
    pub favorites: BTreeSet<(MemberId, MemberId)>,
    /// Two members who met in the last 30 days: preferred a little less, never forbidden.
    pub met: BTreeSet<(MemberId, MemberId)>,
}

/// Which rule made a meeting; kept with the decision so that "why was I with this person?" has an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Same start, same length.
    SameSlot,
}

/// Bookings that are to sit together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meeting {
    pub bookings: Vec<BookingId>,
    pub rule: Rule,
}

impl Pool {
    /// Whether these two may ever sit together.
    pub fn may_meet(&self, a: MemberId, b: MemberId) -> bool {
        a != b && !self.never.contains(&(a, b)) && !self.never.contains(&(b, a))
    }

    fn taste(&self, a: &Wish, b: &Wish) -> i64 {
        let favorite = |x: MemberId, y: MemberId| i64::from(self.favorites.contains(&(x, y)));
        let met = self.met.contains(&(a.member, b.member)) || self.met.contains(&(b.member, a.member));
        20 * (favorite(a.member, b.member) + favorite(b.member, a.member)) + 10 * i64::from(a.quiet == b.quiet)
            - 5 * i64::from(met)
    }
}

/// Seats the pool at `now`: every wish that has not ended is in at most one meeting.
pub fn plan(pool: &Pool, now: Timestamp) -> Vec<Meeting> {
    let mut open: Vec<&Wish> = pool.wishes.iter().filter(|w| w.start.plus(w.length.seconds()) > now).collect();
    open.sort_by_key(|w| (w.start, w.length, w.booking));
    open.dedup_by_key(|w| w.booking);
    let mut seated = BTreeSet::new();
    let mut meetings = Vec::new();
    for (n, wish) in open.iter().enumerate() {
        if seated.contains(&wish.booking) {
            continue;
        }
        let partner = open[n + 1..]
            .iter()
            .take_while(|w| (w.start, w.length) == (wish.start, wish.length))
            .filter(|w| !seated.contains(&w.booking) && pool.may_meet(wish.member, w.member))
            .max_by_key(|w| (pool.taste(wish, w), std::cmp::Reverse(w.booking)));
        if let Some(partner) = partner {
            seated.insert(wish.booking);
            seated.insert(partner.booking);
            meetings.push(Meeting { bookings: vec![wish.booking, partner.booking], rule: Rule::SameSlot });
        }
    }
    meetings
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn wish(booking: i64, member: i64) -> Wish {
        Wish {
            booking: BookingId(booking),
            member: MemberId(member),
            start: Timestamp(900),
            length: Length::Middle,
            quiet: false,
        }
    }

    fn ids(meetings: &[Meeting]) -> Vec<Vec<i64>> {
        meetings.iter().map(|m| m.bookings.iter().map(|b| b.0).collect()).collect()
    }

    #[test]
    fn two_of_one_slot_sit_together_and_the_third_waits() {
        let pool = Pool { wishes: vec![wish(3, 30), wish(1, 10), wish(2, 20)], ..Pool::default() };
        assert_eq!(ids(&plan(&pool, Timestamp(0))), [[1, 2]]);
    }

    #[test]
    fn a_favorite_comes_before_who_booked_first() {
        let favorites = BTreeSet::from([(MemberId(30), MemberId(10))]);
        let pool = Pool { wishes: vec![wish(1, 10), wish(2, 20), wish(3, 30)], favorites, ..Pool::default() };
        assert_eq!(ids(&plan(&pool, Timestamp(0))), [[1, 3]]);
    }

    #[test]
    fn another_length_is_another_slot() {
        let long = Wish { length: Length::Long, ..wish(2, 20) };
        let pool = Pool { wishes: vec![wish(1, 10), long], ..Pool::default() };
        assert!(plan(&pool, Timestamp(0)).is_empty());
    }

    proptest! {
        #[test]
        fn nobody_blocked_meets_nobody_sits_twice_and_the_order_does_not_matter(
            members in prop::collection::vec((1i64..8, 0i64..3, prop::bool::ANY), 0..24),
            blocks in prop::collection::btree_set((1i64..8, 1i64..8), 0..12),
            seed in any::<u64>(),
        ) {
            let wishes: Vec<Wish> = members.iter().enumerate().map(|(n, (member, slot, quiet))| Wish {
                booking: BookingId(n as i64 + 1), member: MemberId(*member), start: Timestamp(900 * slot), length: Length::Short, quiet: *quiet,
            }).collect();
            let never = blocks.iter().map(|(a, b)| (MemberId(*a), MemberId(*b))).collect();
            let pool = Pool { wishes, never, ..Pool::default() };
            let meetings = plan(&pool, Timestamp(0));
            let of = |id: &BookingId| pool.wishes.iter().find(|w| w.booking == *id).expect("a wish of the pool");
            let mut seen = BTreeSet::new();
            for meeting in &meetings {
                let [a, b] = meeting.bookings[..] else { panic!("a pair") };
                prop_assert!(pool.may_meet(of(&a).member, of(&b).member));
                prop_assert_eq!(of(&a).start, of(&b).start);
                prop_assert!(seen.insert(a) && seen.insert(b));
            }
            let mut shuffled = pool.clone();
            let len = shuffled.wishes.len().max(1);
            shuffled.wishes.rotate_left((seed as usize) % len);
            shuffled.wishes.reverse();
            prop_assert_eq!(plan(&shuffled, Timestamp(0)), meetings);
        }
    }
}
