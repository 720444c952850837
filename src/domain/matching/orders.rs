//! "Find me two times": places bookings whose time was left to the house, at least twelve hours ahead.
//!
//! First where somebody would be alone otherwise; once half of the possible times are gone, together with others who left
//! the choice too, three rather than two where all agree, so that one no-show leaves nobody alone. A place that cannot be
//! found is said two days before the last possible time.

use super::pool::{Pool, Wish};
use super::rule::Rule;
use super::seating;
use super::table::Table;
use crate::domain::id::BookingId;
use crate::domain::time::{DAY, HOUR, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// How good a start is: how many come, whether people gather then, and how early it is.
type Worth = (usize, bool, i64);

/// Nobody is booked nearer than this.
pub const AHEAD_S: i64 = 12 * HOUR;
/// A lone booking this near is worth rescuing at once; a later one may still find company by itself.
pub const RESCUE_WITHIN_S: i64 = 18 * HOUR;
/// This long before the last possible time it is said that nothing was found.
const SAID_S: i64 = 2 * DAY;
/// Starts that are looked at for one order.
const MOST_STARTS: usize = 1_000;

/// A wish for one session at one of several starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Who, how long, how; its start is not read.
    pub wish: Wish,
    /// The starts that would do and are free in the member's own calendar, in order.
    pub starts: Vec<Timestamp>,
    /// Since when it is looked for.
    pub since: Timestamp,
}

/// What became of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placed {
    At {
        order: BookingId,
        start: Timestamp,
        rule: Rule,
    },
    /// Time to say that no place was found so far.
    NotFound {
        order: BookingId,
    },
}

/// Places what can be placed at `now`. The pool's wishes are those that wait for company; `gatherings` are starts that the
/// calendar puts forward.
pub fn place(orders: &[Order], pool: &Pool, gatherings: &BTreeSet<Timestamp>, now: Timestamp) -> Vec<Placed> {
    let mut open: Vec<&Order> = orders.iter().collect();
    open.sort_by_key(|o| (o.starts.last().copied(), o.wish.booking));
    open.dedup_by_key(|o| o.wish.booking);
    let waiting: BTreeSet<BookingId> = orders.iter().map(|o| o.wish.booking).collect();
    let lone = pool.wishes.iter().filter(|w| !waiting.contains(&w.booking));
    let table = Table::of(lone.chain(open.iter().map(|o| &o.wish)).collect(), pool);
    let mut house = House { table, at: BTreeMap::new(), taken: BTreeMap::new(), gatherings, now };
    for wish in left_over(pool, &waiting) {
        if let Some(n) = house.table.number(wish.booking) {
            house.waits(n);
        }
    }
    let mut placed = Vec::new();
    let mut done = BTreeSet::new();
    for order in &open {
        if let Some(start) = house.rescue(order) {
            done.insert(order.wish.booking);
            placed.push(Placed::At { order: order.wish.booking, start, rule: Rule::Rescued });
        }
    }
    for order in &open {
        if !done.contains(&order.wish.booking) && is_late(&order.starts, now) {
            placed.extend(house.gather(order, &open, &mut done));
        }
    }
    for order in open.iter().filter(|o| !done.contains(&o.wish.booking) && is_to_be_said(&o.starts, now)) {
        placed.push(Placed::NotFound { order: order.wish.booking });
    }
    placed
}

/// Whether half of these starts are too near: from then on any company is sought.
pub fn is_late(starts: &[Timestamp], now: Timestamp) -> bool {
    let left = starts.len() - starts.partition_point(|start| start.since(now) < AHEAD_S);
    left * 2 <= starts.len()
}

/// Whether it is time to say that none of these starts was found so far.
pub fn is_to_be_said(starts: &[Timestamp], now: Timestamp) -> bool {
    starts.last().is_none_or(|last| last.since(now) <= SAID_S)
}

/// Who would be alone if nothing else were booked: only they are worth rescuing.
fn left_over<'a>(pool: &'a Pool, waiting: &BTreeSet<BookingId>) -> Vec<&'a Wish> {
    let table = Table::of(pool.wishes.iter().filter(|w| !waiting.contains(&w.booking)).collect(), pool);
    let seated: BTreeSet<usize> = seating::seat(&table).into_iter().flat_map(|(group, _)| group).collect();
    (0..table.wishes.len()).filter(|n| !seated.contains(n)).map(|n| table.wishes[n]).collect()
}

struct House<'a> {
    table: Table<'a>,
    /// Who could be alone at each start: a flexible booking stands at every start of its window.
    at: BTreeMap<Timestamp, Vec<usize>>,
    /// What each member was given here.
    taken: BTreeMap<u32, Vec<(Timestamp, i64)>>,
    gatherings: &'a BTreeSet<Timestamp>,
    now: Timestamp,
}

impl House<'_> {
    /// Somebody would be alone wherever they begin.
    fn waits(&mut self, n: usize) {
        let grid = self.table.rules.grid_s.max(1);
        let starts = (0..=(self.table.last[n] - self.table.first[n]) / grid).take(MOST_STARTS);
        for start in starts.map(|k| Timestamp(self.table.first[n] + k * grid)) {
            self.at.entry(start).or_default().push(n);
        }
    }

    /// Whether a start is far enough ahead, and nothing else given to the member is in its way.
    fn is_possible(&self, n: usize, order: &Order, start: Timestamp) -> bool {
        let foot = order.wish.length_s / 5 * 6;
        let own = self.taken.get(&self.table.person[n]);
        start.since(self.now) >= AHEAD_S
            && own.is_none_or(|own| own.iter().all(|(at, length)| start.since(*at) >= length / 5 * 6 || at.since(start) >= foot))
    }

    fn possible(&self, n: usize, order: &Order) -> Vec<Timestamp> {
        let first = order.starts.partition_point(|start| start.since(self.now) < AHEAD_S);
        let starts = order.starts[first..].iter().copied();
        starts.filter(|start| self.is_possible(n, order, *start)).take(MOST_STARTS).collect()
    }

    /// Whether the two could sit together if they had the same start.
    fn fits(&self, a: usize, b: usize) -> bool {
        let (p, q) = (self.table.wishes[a], self.table.wishes[b]);
        self.table.may_meet(a, b) && (p.length_s == q.length_s || (p.any_length && q.any_length))
    }

    fn take(&mut self, n: usize, start: Timestamp) {
        let length = self.table.wishes[n].length_s;
        self.taken.entry(self.table.person[n]).or_default().push((start, length));
    }

    /// The start where this order would seat somebody who is alone: soon for whoever is due, and always once time runs out.
    fn rescue(&mut self, order: &Order) -> Option<Timestamp> {
        let n = self.table.number(order.wish.booking)?;
        let late = is_late(&order.starts, self.now);
        // Few are alone: their starts are looked for among those that would do, and not the other way round.
        let best = self
            .at
            .iter()
            .filter(|(start, _)| late || start.since(self.now) <= RESCUE_WITHIN_S)
            .filter(|(start, _)| order.starts.binary_search(start).is_ok() && self.is_possible(n, order, **start))
            .filter_map(|(start, lone)| {
                let lone = lone.iter().copied().filter(|other| self.fits(n, *other));
                let other = lone.max_by_key(|other| self.liking(n, *other))?;
                Some((self.liking(n, other), std::cmp::Reverse(*start), other))
            })
            .max()?;
        let (start, other) = (best.1.0, best.2);
        self.at.values_mut().for_each(|lone| lone.retain(|o| *o != other));
        self.take(n, start);
        Some(start)
    }

    fn liking(&self, n: usize, other: usize) -> (i64, i64, i64) {
        (self.table.wishes[other].need(), self.table.points(n, other), self.table.tie(n, other))
    }

    /// Seats this order with others at the start where most come together.
    fn gather(&mut self, order: &Order, open: &[&Order], done: &mut BTreeSet<BookingId>) -> Vec<Placed> {
        let Some(n) = self.table.number(order.wish.booking) else { return Vec::new() };
        let starts = self.possible(n, order);
        let mut partners: Vec<Vec<usize>> = vec![Vec::new(); starts.len()];
        for other in open.iter().filter(|o| o.wish.booking != order.wish.booking && !done.contains(&o.wish.booking)) {
            let Some(o) = self.table.number(other.wish.booking).filter(|o| self.fits(n, *o)) else { continue };
            // Both are in order: one walk along the two finds what they share.
            let mut at = starts.iter().zip(&mut partners).peekable();
            for start in self.possible(o, other) {
                while at.next_if(|(own, _)| **own < start).is_some() {}
                if let Some((_, there)) = at.next_if(|(own, _)| **own == start) {
                    there.push(o);
                }
            }
        }
        let mut best: Option<(Worth, Timestamp, Vec<usize>)> = None;
        for (start, mut there) in starts.into_iter().zip(partners) {
            there.sort_by_key(|o| (std::cmp::Reverse(self.liking(n, *o)), *o));
            let Some(first) = there.first().copied() else { continue };
            let third = there[1..].iter().copied().find(|o| self.fits(first, *o) && self.table.consents(&[n, first, *o]));
            let company: Vec<usize> = [first].into_iter().chain(third).collect();
            let rank = (company.len(), self.gatherings.contains(&start), -start.0);
            if best.as_ref().is_none_or(|(known, _, _)| rank > *known) {
                best = Some((rank, start, company));
            }
        }
        let Some((_, start, company)) = best else { return Vec::new() };
        let mut placed = Vec::new();
        for o in [n].into_iter().chain(company) {
            self.take(o, start);
            let order = self.table.wishes[o].booking;
            done.insert(order);
            placed.push(Placed::At { order, start, rule: Rule::Gathered });
        }
        placed
    }
}
