//! Decides about one start when it becomes due, and leaves open whatever can wait.
//!
//! Everything around the start is packed together, so that nobody is used up here who is needed next door; then only what
//! cannot wait is settled: matches whose last common start this is. A third is promised company and named last. What was
//! announced stays, until the last minute, and then changes only for more people in company. Whom nobody begins with in a small
//! house is brought beside somebody who is alone (`beside.rs`).

use super::beside;
use super::company::{self, Group};
use super::components::{clash, of_one_member};
use super::packing::{self, Packing};
use super::pool::{Pool, Wish};
use super::rule::{self, Meeting};
use super::seating::borrow;
use super::table::Table;
use crate::domain::id::BookingId;
use crate::domain::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// How far the neighborhood reaches: windows that overlap, and windows that overlap those.
const HOPS: usize = 3;

/// With so many wishes at hand nobody needs help from further away.
const CROWD: usize = 200;

/// With so few wishes at hand somebody alone now is worth more than who may come yet.
const FEW: usize = 40;

/// How late it is for a start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// Hours before: exact bookings of one length become pairs, nothing else.
    Early,
    /// A quarter of an hour before, and on every change from then on.
    Due,
    /// The last minute: thirds are named, announced pairs may be opened.
    Last,
}

/// What is settled at one start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// All matches of this start, those that were announced included.
    pub meetings: Vec<Meeting>,
    /// Flexible bookings whose start is settled by this.
    pub settled: Vec<BookingId>,
    /// Flexible bookings that had better take this start alone: no later one brings them as long beside somebody who is alone.
    pub beside: Vec<BookingId>,
}

impl Decision {
    /// Sessions of three that this makes: those that were announced as such are none.
    pub fn new_threes(&self, pool: &Pool) -> usize {
        let announced = |bookings: &[BookingId]| pool.announced.iter().any(|a| bookings.iter().all(|id| a.bookings.contains(id)));
        self.meetings.iter().filter(|meeting| meeting.bookings.len() > 2 && !announced(&meeting.bookings)).count()
    }
}

/// Decides about `start`. The pool holds the wishes around it and what has been announced.
pub fn decide(pool: &Pool, start: Timestamp, call: Call) -> Decision {
    decided(pool, start, call, usize::MAX).unwrap_or_default()
}

/// The same where the machine carries only so many more sessions of three: whoever would have been one more third waits on, and
/// those who were promised company come first. Where fewer threes give more people company, by pairs that are opened, it is these.
pub fn decide_within(pool: &Pool, start: Timestamp, call: Call, threes: usize) -> Decision {
    let seated = |decision: &Decision| decision.meetings.iter().map(|meeting| meeting.bookings.len()).sum::<usize>();
    let all = [decided(pool, start, call, 0), decided(pool, start, call, threes)];
    all.into_iter().flatten().max_by_key(seated).unwrap_or_default()
}

/// `None` when nobody could be left out without opening what was announced.
fn decided(pool: &Pool, start: Timestamp, call: Call, threes: usize) -> Option<Decision> {
    let near = neighborhood(pool, start, call);
    let mut table = Table::of(near, pool);
    table.rules.trios &= call != Call::Early && threes > 0;
    table.mixed &= call != Call::Early;
    let at = start.0;
    let known: Vec<usize> = (0..table.announced.len()).collect();
    let here = |m: &usize| table.first[table.announced[*m].0[0]] == at;
    let pair = |m: &usize| <[usize; 2]>::try_from(table.announced[*m].0.as_slice()).ok();
    let chairs: Vec<[usize; 2]> =
        if call == Call::Early { Vec::new() } else { known.iter().filter_map(pair).filter(|p| table.consents(p)).collect() };
    let opens = known.iter().filter(|m| call == Call::Last && here(m) && !table.announced[**m].1).filter_map(pair);
    let pending = pending(pool, &table);
    let busy = make_way(&table, at, &pending);
    let stays = |n: &usize| call == Call::Early && pending.contains_key(n);
    let open = |n: &usize| table.announced_of[*n].is_none() && !busy.contains(n) && !stays(n);
    let people = (0..table.wishes.len()).filter(open);
    let packing = Packing {
        table: &table,
        people: people.map(|n| (n, priority(&table, n, at, pending.contains_key(&n)))).collect(),
        opens: opens.collect(),
        chairs,
    };
    let packed = packing::pack(&packing);
    let joined = packed.joins.iter().map(|(n, _)| *n);
    let found = (0..table.wishes.len()).filter(|n| table.announced_of[*n].is_some() || pending.contains_key(n));
    let planned: BTreeSet<usize> = packed.groups.iter().flatten().copied().chain(joined).chain(found).collect();
    let known_of = |n: &usize| table.announced_of[*n].is_some();
    let group = |people: Vec<usize>| Group { pinned: people.len() * usize::from(people.iter().any(known_of)), people };
    let mut groups: Vec<Group> = packed.groups.into_iter().map(group).collect();
    // Whoever is flexible has more people to choose from than those of one start.
    company::choose(&table, &mut groups, at);
    // What has a later start in common can wait for whoever comes yet.
    groups.retain(|g| table.shared(&g.people).1 == at && table.shared(&g.people).0 <= at);
    let opened: BTreeSet<usize> = groups.iter().flat_map(|g| g.people.iter().copied()).collect();
    for m in known.iter().filter(|m| here(m) && !table.announced[**m].0.iter().any(|n| opened.contains(n))) {
        let mut people = table.announced[*m].0.clone();
        let pinned = people.len();
        let chair = pair(m).and_then(|pair| packing.chairs.iter().position(|c| *c == pair));
        people.extend(packed.joins.iter().find(|(_, c)| Some(*c) == chair).map(|(n, _)| *n));
        let promised = pending.iter().find(|(n, with)| stays(n) && **with == people[0]).map(|(n, _)| *n);
        people.extend(promised.filter(|_| pinned == 2 && pool.rules.trios));
        groups.push(Group { people, pinned });
    }
    if call == Call::Last {
        let due: Vec<usize> =
            (0..table.wishes.len()).filter(|n| table.last[*n] == at && table.first[*n] <= at && !busy.contains(n)).collect();
        borrow(&table, &due, &mut groups);
    }
    company::improve(&table, &mut groups);
    if !leave_out(&table, &mut groups, &pending, threes) {
        return None;
    }
    let mut decision = said(&table, &groups, at);
    if call == Call::Due && pool.wishes.len() <= FEW {
        decision.beside = beside::take(pool, start, &planned.into_iter().map(|n| table.wishes[n].booking).collect());
    }
    Some(decision)
}

/// Takes thirds out again where more sessions of three would begin than there is room for; whether that could be done.
fn leave_out(table: &Table<'_>, groups: &mut [Group], pending: &BTreeMap<usize, usize>, threes: usize) -> bool {
    let is_new = |g: &Group| {
        let known = |n: &usize| table.announced_of[*n];
        g.people.len() > 2 && !g.people.iter().all(|n| known(n).is_some() && known(n) == known(&g.people[0]))
    };
    let due = |g: &Group| g.people.iter().map(|n| (pending.contains_key(n), table.wishes[*n].need())).max();
    let mut more: Vec<usize> = (0..groups.len()).filter(|g| is_new(&groups[*g])).collect();
    more.sort_by_key(|g| (std::cmp::Reverse(due(&groups[*g])), *g));
    for g in more.into_iter().skip(threes) {
        let free = groups[g].people.iter().copied().filter(|n| table.announced_of[*n].is_none());
        let Some(out) = free.min_by_key(|n| (pending.contains_key(n), table.wishes[*n].need(), std::cmp::Reverse(*n))) else {
            return false;
        };
        groups[g].people.retain(|n| *n != out);
    }
    true
}

/// The groups as others see them, in order.
fn said(table: &Table<'_>, groups: &[Group], at: i64) -> Decision {
    let mut meetings: Vec<Meeting> = groups.iter().map(|g| rule::meeting(table, &g.people, at)).collect();
    meetings.sort_by(|a, b| a.bookings.iter().min().cmp(&b.bookings.iter().min()));
    let seated = groups.iter().flat_map(|g| g.people.iter()).map(|n| table.wishes[*n]);
    let mut settled: Vec<BookingId> = seated.filter(|w| !w.is_exact()).map(|w| w.booking).collect();
    settled.sort_unstable();
    Decision { meetings, settled, beside: Vec::new() }
}

/// The wishes whose windows hang together with this start within a few steps.
fn neighborhood(pool: &Pool, start: Timestamp, call: Call) -> Vec<&Wish> {
    let (mut from, mut to) = (start, start);
    if call == Call::Early {
        let announced: BTreeSet<BookingId> = pool
            .announced
            .iter()
            .filter(|a| a.start == start)
            .flat_map(|a| a.bookings.iter().chain(&a.pending).copied())
            .collect();
        let exact = |w: &&Wish| (w.is_exact() && w.earliest == start) || announced.contains(&w.booking);
        return pool.wishes.iter().filter(exact).collect();
    }
    for _ in 0..HOPS {
        let (mut low, mut high, mut reached) = (from, to, 0);
        for wish in pool.wishes.iter().filter(|w| w.earliest <= to && from <= w.latest && w.latest >= start) {
            (low, high, reached) = (low.min(wish.earliest), high.max(wish.latest), reached + 1);
        }
        if (low, high) == (from, to) || reached > CROWD {
            break;
        }
        (from, to) = (low, high);
    }
    // What lies before this start has been decided.
    from = from.min(start);
    pool.wishes.iter().filter(|w| w.earliest <= to && from <= w.latest && w.latest >= start).collect()
}

/// Who was promised company but not told with whom, and one of the pair that has a chair for them.
fn pending(pool: &Pool, table: &Table<'_>) -> BTreeMap<usize, usize> {
    let number = |ids: &[BookingId]| ids.iter().filter_map(|id| table.number(*id)).min();
    let known = pool.announced.iter().filter_map(|a| Some((number(&a.bookings)?, &a.pending)));
    known.flat_map(|(with, ids)| ids.iter().filter_map(move |id| Some((table.number(*id)?, with)))).collect()
}

/// Wishes that cannot be seated here, because their member sits elsewhere at that time or has another wish that is served first.
fn make_way(table: &Table<'_>, at: i64, pending: &BTreeMap<usize, usize>) -> BTreeSet<usize> {
    let mut busy = BTreeSet::new();
    for own in of_one_member(table) {
        let mut order = own;
        // Announced, promised and exact first, then whose last start comes first.
        order.sort_by_key(|n| {
            let open = table.announced_of[*n].is_none();
            (open, open && !pending.contains_key(n), table.first[*n] != table.last[*n], table.last[*n], *n)
        });
        for (place, n) in order.iter().enumerate() {
            let start = at.clamp(table.first[*n], table.last[*n]);
            let earlier = order[..place].iter().filter(|o| !busy.contains(*o));
            let clashes = earlier.into_iter().any(|o| {
                let other = at.clamp(table.first[*o], table.last[*o]);
                clash(table, (*n, start), (*o, other))
            });
            if clashes && table.announced_of[*n].is_none() {
                busy.insert(*n);
            }
        }
    }
    busy
}

/// Who was promised company comes first, then who cannot wait, then need.
fn priority(table: &Table<'_>, n: usize, at: i64, promised: bool) -> i64 {
    const MOST_WAIT: i64 = 1 << 20;
    let wait = ((table.last[n] - at) / 60).clamp(0, MOST_WAIT);
    (i64::from(promised) << 40) + ((MOST_WAIT - wait) << 12) + table.wishes[n].need().min(4000)
}
