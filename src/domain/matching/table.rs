//! The pool put in order: dense numbers instead of ids, relations as sorted lists, and the hard constraints.
//!
//! Every other file of the matcher asks here whether two or three may sit together; nothing else knows of blocks, groups,
//! consent or windows. The same pool in any order makes the same table.

use super::pool::{Pool, Rules, Wish};
use super::taste::Taste;
use super::tiers::Tiers;
use crate::domain::id::{BookingId, GroupId, MemberId};
use crate::domain::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// More wishes than this are not looked at: no instance of one machine has them around one start.
pub const MOST_WISHES: usize = 60_000;
/// No start lies further from 1970 than this, in seconds, so that no sum can overflow.
const FAR: i64 = 1 << 48;
/// The most minutes that count for one person.
const MOST_MINUTES: i64 = 1440;

/// For each person, the others: sorted, and short.
#[derive(Default)]
pub(super) struct Relation(Vec<Vec<u32>>);

impl Relation {
    fn new(pairs: &BTreeSet<(MemberId, MemberId)>, people: &BTreeMap<MemberId, u32>, both_ways: bool) -> Self {
        if pairs.is_empty() {
            return Self::default();
        }
        let mut lists = vec![Vec::new(); people.len()];
        for (member, a) in people {
            for (_, other) in pairs.range((*member, MemberId(i64::MIN))..=(*member, MemberId(i64::MAX))) {
                let Some(b) = people.get(other) else { continue };
                lists[*a as usize].push(*b);
                if both_ways {
                    lists[*b as usize].push(*a);
                }
            }
        }
        for list in &mut lists {
            list.sort_unstable();
            list.dedup();
        }
        Self(lists)
    }

    pub fn has(&self, a: u32, b: u32) -> bool {
        let Some(list) = self.0.get(a as usize) else { return false };
        if list.len() <= 8 { list.contains(&b) } else { list.binary_search(&b).is_ok() }
    }

    pub fn of(&self, a: u32) -> &[u32] {
        self.0.get(a as usize).map_or(&[], Vec::as_slice)
    }
}

/// The pool in order. Wishes are numbered by their booking's id.
pub(super) struct Table<'a> {
    pub wishes: Vec<&'a Wish>,
    /// First and last start on the grid, of each wish.
    pub first: Vec<i64>,
    pub last: Vec<i64>,
    pub person: Vec<u32>,
    pub rules: Rules,
    pub favorites: Relation,
    pub met: Relation,
    pub rather_not: Relation,
    /// Matches that are known to their members, as numbers of wishes; those whose members are not all here are left out.
    pub announced: Vec<(Vec<usize>, bool)>,
    /// Which of them a wish belongs to.
    pub announced_of: Vec<Option<usize>>,
    pub taste: Taste,
    pub mixed: bool,
    /// Wishes that were announced or promised company.
    known: Vec<bool>,
    never: Relation,
    /// Wishes that a group or a demand for certain people holds back.
    gated: Vec<bool>,
    groups: Vec<Vec<GroupId>>,
    walls: Vec<Vec<GroupId>>,
}

impl<'a> Table<'a> {
    /// A table of these wishes with the pool's relations.
    pub fn of(mut wishes: Vec<&'a Wish>, pool: &Pool) -> Self {
        wishes.sort_by_key(|w| (w.booking, w.member, w.start, w.length_s));
        wishes.dedup_by_key(|w| w.booking);
        wishes.truncate(MOST_WISHES);
        let members: BTreeSet<MemberId> = wishes.iter().map(|w| w.member).collect();
        let people: BTreeMap<MemberId, u32> = members.iter().zip(0u32..).map(|(m, n)| (*m, n)).collect();
        let lists = |pairs: &BTreeSet<(MemberId, GroupId)>| {
            let mut lists: Vec<Vec<GroupId>> = vec![Vec::new(); people.len()];
            for (member, n) in &people {
                let own = pairs.range((*member, GroupId(i64::MIN))..=(*member, GroupId(i64::MAX)));
                lists[*n as usize] = own.map(|(_, group)| *group).collect();
            }
            lists
        };
        let (groups, walls) = (lists(&pool.groups), lists(&pool.walls));
        let person: Vec<u32> = wishes.iter().map(|w| people.get(&w.member).copied().unwrap_or_default()).collect();
        let gated =
            wishes.iter().zip(&person).map(|(w, p)| !walls[*p as usize].is_empty() || w.inside.is_some() || w.whom.is_narrow());
        let mut table = Self {
            first: wishes.iter().map(|w| on_grid(w, &pool.rules).0).collect(),
            last: wishes.iter().map(|w| on_grid(w, &pool.rules).1).collect(),
            rules: pool.rules,
            never: Relation::new(&pool.never, &people, true),
            favorites: Relation::new(&pool.favorites, &people, false),
            met: Relation::new(&pool.met, &people, true),
            rather_not: Relation::new(&pool.rather_not, &people, false),
            announced: Vec::new(),
            announced_of: vec![None; wishes.len()],
            known: vec![false; wishes.len()],
            taste: Taste::new(&wishes),
            mixed: wishes.len() <= pool.rules.mixed_up_to,
            gated: gated.collect(),
            groups,
            walls,
            person,
            wishes,
        };
        table.announce(pool);
        table
    }

    /// The number of a booking.
    pub fn number(&self, id: BookingId) -> Option<usize> {
        self.wishes.binary_search_by_key(&id, |w| w.booking).ok()
    }

    fn announce(&mut self, pool: &Pool) {
        let mut known: Vec<_> = pool.announced.iter().collect();
        known.sort_by(|a, b| (a.start, &a.bookings).cmp(&(b.start, &b.bookings)));
        for match_ in known {
            let mut numbers: Vec<usize> = match_.bookings.iter().filter_map(|id| self.number(*id)).collect();
            numbers.sort_unstable();
            numbers.dedup();
            if numbers.iter().any(|n| self.announced_of[*n].is_some()) {
                continue;
            }
            let promised: Vec<usize> = match_.pending.iter().filter_map(|id| self.number(*id)).collect();
            for n in numbers.iter().copied().chain(promised) {
                self.known[n] = true;
                // What was announced or promised never moves.
                if self.wishes[n].earliest.0 <= match_.start.0 && match_.start.0 <= self.wishes[n].latest.0 {
                    (self.first[n], self.last[n]) = (match_.start.0, match_.start.0);
                }
            }
            if numbers.len() == match_.bookings.len() && self.may_sit(&numbers) {
                for n in &numbers {
                    self.announced_of[*n] = Some(self.announced.len());
                }
                self.announced.push((numbers, match_.locked));
            }
        }
    }

    /// Whether these two people may ever meet: blocks, walls, groups and demands for certain people.
    pub fn may_meet(&self, a: usize, b: usize) -> bool {
        let (p, q) = (self.person[a], self.person[b]);
        p != q && !self.never.has(p, q) && (!self.gated[a] || self.lets(a, b)) && (!self.gated[b] || self.lets(b, a))
    }

    fn lets(&self, a: usize, b: usize) -> bool {
        let (p, q) = (self.person[a], self.person[b]);
        let (own, walls) = (&self.groups[q as usize], &self.walls[p as usize]);
        let walled = walls.is_empty() || walls.iter().any(|g| own.contains(g) || self.walls[q as usize].contains(g));
        let inside = self.wishes[a].inside.is_none_or(|g| own.contains(&g) || self.wishes[b].inside == Some(g));
        let asked = self.wishes[a].whom.asks_for(self.wishes[b].member, || self.favorites.has(p, q));
        walled && inside && asked
    }

    /// Whether two lengths may start together.
    fn lengths_fit(&self, a: usize, b: usize) -> bool {
        // What was announced or promised while the pool was small holds when it has grown.
        let known = self.known[a] && self.known[b];
        let (a, b) = (self.wishes[a], self.wishes[b]);
        a.length_s == b.length_s
            || ((self.mixed || known) && a.any_length && b.any_length && a.length_s.min(b.length_s) >= self.rules.shared_s)
    }

    /// Whether two wishes may become a match.
    pub fn may_pair(&self, a: usize, b: usize) -> bool {
        self.first[a].max(self.first[b]) <= self.last[a].min(self.last[b]) && self.lengths_fit(a, b) && self.may_meet(a, b)
    }

    /// Whether three wishes may become a match. Windows are intervals: what fits by twos has a start for all three.
    pub fn may_trio(&self, a: usize, b: usize, c: usize) -> bool {
        self.consents(&[a, b, c]) && self.may_pair(a, b) && self.may_pair(a, c) && self.may_pair(b, c)
    }

    /// Whether all of them agreed to a session of three, and the house did.
    pub fn consents(&self, all: &[usize]) -> bool {
        self.rules.trios && all.iter().all(|n| self.wishes[*n].trio)
    }

    /// Whether these may sit together: two, or three who consent.
    pub fn may_sit(&self, all: &[usize]) -> bool {
        match *all {
            [a, b] => self.may_pair(a, b),
            [a, b, c] => self.may_trio(a, b, c),
            _ => false,
        }
    }

    /// The starts that all of them share, first and last.
    pub fn shared(&self, all: &[usize]) -> (i64, i64) {
        let first = all.iter().map(|n| self.first[*n]).max().unwrap_or(0);
        (first, all.iter().map(|n| self.last[*n]).min().unwrap_or(0))
    }

    /// What it is worth that these sit together; one alone is worth nothing.
    pub fn worth(&self, all: &[usize]) -> Tiers {
        if all.len() < 2 {
            return Tiers::default();
        }
        let kept = self.announced_of[all[0]].is_some_and(|m| self.announced[m].0.iter().all(|n| all.contains(n)))
            || (all.len() == 3 && self.announced_of[all[1]].is_some_and(|m| self.announced[m].0.iter().all(|n| all.contains(n))));
        let mut worth = Tiers {
            company: all.len() as i64,
            kept: i64::from(kept),
            need: all.iter().map(|n| self.wishes[*n].need()).sum(),
            minutes: self.minutes(all),
            calm: -i64::from(all.len() == 3),
            ..Tiers::default()
        };
        for (n, a) in all.iter().enumerate() {
            for b in &all[n + 1..] {
                worth.taste += self.points(*a, *b);
                worth.tie += self.tie(*a, *b);
            }
        }
        worth
    }

    /// Minutes in company, over all of them, when they start together.
    pub fn minutes(&self, all: &[usize]) -> i64 {
        let length = |n: usize| (self.wishes[n].length_s / 60).clamp(0, MOST_MINUTES);
        let others = |n: usize| all.iter().filter(|o| **o != n).map(|o| length(*o)).max().unwrap_or(0);
        all.iter().map(|n| length(*n).min(others(*n))).sum()
    }

    /// Points of taste of a pair, both sides together.
    pub fn points(&self, a: usize, b: usize) -> i64 {
        self.taste.points(self, a, b)
    }

    /// The seeded tie of a pair: below 2^20, the same whichever is named first.
    pub fn tie(&self, a: usize, b: usize) -> i64 {
        let (a, b) = (self.wishes[a.min(b)].booking.0, self.wishes[a.max(b)].booking.0);
        (mix(self.rules.seed ^ mix(a as u64 ^ mix(b as u64))) >> 44) as i64
    }
}

/// First and last start of a wish on the grid; a window without any point of it keeps its own first start.
fn on_grid(wish: &Wish, rules: &Rules) -> (i64, i64) {
    let far = |at: Timestamp| at.0.clamp(-FAR, FAR);
    let (first, last) = (far(wish.earliest), far(wish.latest).max(far(wish.earliest)));
    let grid = rules.grid_s.max(1);
    let up = first.saturating_add(grid - 1).div_euclid(grid).saturating_mul(grid);
    let down = last.div_euclid(grid).saturating_mul(grid);
    if first == last || up > down || up < first { (first, first) } else { (up, down) }
}

/// Stirs 64 bits (the finalizer of SplitMix64).
pub(super) fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
