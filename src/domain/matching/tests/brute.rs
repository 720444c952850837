//! The rules once more, as plainly as they can be said, and every seating there is: what the matcher is held against.
//!
//! Shares nothing with the matcher but the pool's own types; slow on purpose.

use crate::domain::id::BookingId;
use crate::domain::matching::{Meeting, Pool, Whom, Wish};
use crate::domain::time::Timestamp;
use std::collections::BTreeMap;

/// Company, kept, need, minutes, trios counted downwards: the first five aims.
pub type Aims = [i64; 5];

/// The pool by booking.
pub struct Brute<'a> {
    pub pool: &'a Pool,
    wishes: BTreeMap<BookingId, Wish>,
}

impl<'a> Brute<'a> {
    pub fn new(pool: &'a Pool) -> Self {
        let mut wishes: BTreeMap<BookingId, Wish> = pool.wishes.iter().map(|w| (w.booking, w.clone())).collect();
        for announced in &pool.announced {
            for id in &announced.bookings {
                if let Some(wish) = wishes.get_mut(id) {
                    (wish.earliest, wish.latest) = (announced.start, announced.start);
                }
            }
        }
        Self { pool, wishes }
    }

    /// First and last common start, if these may sit together.
    pub fn may_sit(&self, ids: &[BookingId]) -> Option<(i64, i64)> {
        let all: Vec<&Wish> = ids.iter().filter_map(|id| self.wishes.get(id)).collect();
        let first = all.iter().map(|w| w.earliest.0).max()?;
        let last = all.iter().map(|w| w.latest.0).min()?;
        let trio = all.len() == 3 && self.pool.rules.trios && all.iter().all(|w| w.trio);
        let pairs = all.iter().all(|a| all.iter().all(|b| a.booking == b.booking || self.may_meet(a, b)));
        (first <= last && (all.len() == 2 || trio) && pairs).then_some((first, last))
    }

    fn may_meet(&self, a: &Wish, b: &Wish) -> bool {
        let pool = self.pool;
        let (p, q) = (a.member, b.member);
        let walls = |m| pool.walls.iter().filter(move |(who, _)| *who == m).map(|(_, g)| *g);
        let inside = |m, g| pool.groups.contains(&(m, g)) || pool.walls.contains(&(m, g));
        let walled = |m, other| walls(m).next().is_none() || walls(m).any(|g| inside(other, g));
        let group = |a: &Wish, b: &Wish| a.inside.is_none_or(|g| pool.groups.contains(&(b.member, g)) || b.inside == Some(g));
        let asked = |a: &Wish, b: &Wish| match a.whom {
            Whom::FavoritesOnly => pool.favorites.contains(&(a.member, b.member)),
            Whom::Member(m) => m == b.member,
            Whom::Anyone | Whom::FavoritesFirst => true,
        };
        p != q
            && !pool.never.contains(&(p, q))
            && !pool.never.contains(&(q, p))
            && (a.length_s == b.length_s || (a.any_length && b.any_length))
            && walled(p, q)
            && walled(q, p)
            && group(a, b)
            && group(b, a)
            && asked(a, b)
            && asked(b, a)
    }

    pub fn aims(&self, groups: &[Vec<BookingId>]) -> Aims {
        let mut aims = [0; 5];
        for group in groups {
            let minutes = |id: &BookingId| self.wishes[id].length_s / 60;
            aims[0] += group.len() as i64;
            aims[2] += group.iter().map(|id| self.wishes[id].need()).sum::<i64>();
            for id in group {
                let others = group.iter().filter(|o| *o != id).map(minutes).max().unwrap_or(0);
                aims[3] += minutes(id).min(others);
            }
            aims[4] -= i64::from(group.len() == 3);
        }
        let kept = |ids: &Vec<BookingId>| groups.iter().any(|g| ids.iter().all(|id| g.contains(id)));
        aims[1] = self.pool.announced.iter().filter(|a| kept(&a.bookings)).count() as i64;
        aims
    }

    /// The best that can be reached.
    pub fn best(&self) -> Aims {
        let ids: Vec<BookingId> = self.wishes.keys().copied().collect();
        let mut best = [i64::MIN; 5];
        self.every(&ids, &mut Vec::new(), &mut best);
        best
    }

    fn every(&self, rest: &[BookingId], groups: &mut Vec<Vec<BookingId>>, best: &mut Aims) {
        let Some((first, rest)) = rest.split_first() else {
            let aims = self.aims(groups);
            if aims > *best && self.locked_stay(groups) && self.in_one_place(groups) {
                *best = aims;
            }
            return;
        };
        self.every(rest, groups, best);
        let without = |ids: &[BookingId]| rest.iter().copied().filter(|id| !ids.contains(id)).collect::<Vec<_>>();
        for (at, b) in rest.iter().enumerate() {
            for ids in [vec![*first, *b]].into_iter().chain(rest[at + 1..].iter().map(|c| vec![*first, *b, *c])) {
                if self.may_sit(&ids).is_some() {
                    let left = without(&ids);
                    groups.push(ids);
                    self.every(&left, groups, best);
                    groups.pop();
                }
            }
        }
    }

    fn locked_stay(&self, groups: &[Vec<BookingId>]) -> bool {
        let touches = |ids: &[BookingId]| groups.iter().find(|g| g.iter().any(|id| ids.contains(id)));
        let whole = |ids: &[BookingId]| touches(ids).is_none_or(|g| ids.iter().all(|id| g.contains(id)));
        self.pool.announced.iter().filter(|a| a.locked).all(|a| whole(&a.bookings))
    }

    /// Whether there are starts at which nobody has to be in two places.
    fn in_one_place(&self, groups: &[Vec<BookingId>]) -> bool {
        fn place(brute: &Brute<'_>, groups: &[Vec<BookingId>], taken: &mut Vec<Meeting>) -> bool {
            let Some((group, rest)) = groups.split_first() else { return brute.nobody_twice(taken) };
            let Some((first, last)) = brute.may_sit(group) else { return false };
            (0..=(last - first) / 900).any(|n| {
                let start = Timestamp(first + n * 900);
                let rule = crate::domain::matching::Rule::SameSlot;
                taken.push(Meeting { start, bookings: group.clone(), third: None, rule, worth: Default::default() });
                let found = brute.nobody_twice(taken) && place(brute, rest, taken);
                taken.pop();
                found
            })
        }
        let several = |group: &&Vec<BookingId>| {
            let own = |id: &BookingId| self.wishes[id].member;
            group.iter().any(|id| self.wishes.values().filter(|w| w.member == own(id)).count() > 1)
        };
        place(self, &groups.iter().filter(several).cloned().collect::<Vec<_>>(), &mut Vec::new())
    }

    /// Whether no member has two footprints that overlap.
    pub fn nobody_twice(&self, meetings: &[Meeting]) -> bool {
        let seats: Vec<(i64, &Wish)> =
            meetings.iter().flat_map(|m| m.bookings.iter().map(|id| (m.start.0, &self.wishes[id]))).collect();
        let apart = |(s, a): &(i64, &Wish), (t, b): &(i64, &Wish)| {
            a.booking == b.booking || a.member != b.member || *s >= t + b.length_s / 5 * 6 || *t >= s + a.length_s / 5 * 6
        };
        seats.iter().all(|a| seats.iter().all(|b| apart(a, b)))
    }

    /// What is wrong with a seating, in a word.
    pub fn fault(&self, meetings: &[Meeting]) -> Option<String> {
        let mut seen = std::collections::BTreeSet::new();
        for meeting in meetings {
            let Some((first, last)) = self.may_sit(&meeting.bookings) else { return Some(format!("may not sit: {meeting:?}")) };
            if meeting.start.0 < first || meeting.start.0 > last || meeting.start.0 % self.pool.rules.grid_s != 0 {
                return Some(format!("not a common start on the grid: {meeting:?}"));
            }
            if !meeting.bookings.iter().all(|id| seen.insert(*id)) {
                return Some(format!("seated twice: {meeting:?}"));
            }
        }
        if self.nobody_twice(meetings) { None } else { Some("a member in two places".into()) }
    }
}

pub fn groups(meetings: &[Meeting]) -> Vec<Vec<BookingId>> {
    meetings.iter().map(|m| m.bookings.clone()).collect()
}
