//! Who sits at all: the most people in pairs and trios, those first who need it most.
//!
//! First a maximum matching without any trio, then the exposed are absorbed one by one (`absorb.rs`), then whoever is still
//! alone may take the place of somebody with less priority. With p pairs and t trios over a maximum matching of size m, any
//! seating has people <= 2m + t: each absorption adds one person and one trio, so there are never more trios than extra
//! people in company. With whom exactly is a later question (`company.rs`).

use super::absorb;
use super::blossom::{Graph, Matching, NONE};
use super::table::Table;

/// Edges that may be looked at for one pool.
const FUEL: u64 = 40_000_000;

/// Who sits: pairs, trios with the third last, and who takes the free chair of an announced pair.
#[derive(Debug, Default)]
pub(super) struct Packed {
    pub groups: Vec<Vec<usize>>,
    /// A wish and the place in `chairs` of the pair that it joins.
    pub joins: Vec<(usize, usize)>,
}

/// What is to be packed.
pub(super) struct Packing<'a> {
    pub table: &'a Table<'a>,
    /// The wishes to seat, with their priority: who has more is served first.
    pub people: Vec<(usize, i64)>,
    /// Announced pairs with a free chair.
    pub chairs: Vec<[usize; 2]>,
    /// Announced pairs that may be opened if that gives more people company.
    pub opens: Vec<[usize; 2]>,
}

/// The wishes as vertices: people first, then chairs.
pub(super) struct Seats<'a> {
    pub table: &'a Table<'a>,
    pub people: Vec<usize>,
    pub priority: Vec<i64>,
    pub chairs: Vec<[usize; 2]>,
    /// Chairs are walked on from the second phase on.
    pub with_chairs: bool,
    /// People with one start only stand before this place, flexible ones after it; both by their first start.
    flexible: usize,
    first: Vec<i64>,
    /// The longest window: how far back somebody may begin who still shares a start.
    widest: i64,
}

impl<'a> Seats<'a> {
    fn new(packing: &Packing<'a>) -> Self {
        let table = packing.table;
        let opened = packing.opens.iter().flatten().map(|n| (*n, i64::MAX));
        let mut people: Vec<(usize, i64)> = packing.people.iter().copied().chain(opened).collect();
        people.sort_unstable_by_key(|(n, _)| in_order(table, *n));
        people.dedup_by_key(|(n, _)| *n);
        let mut chairs = packing.chairs.clone();
        chairs.sort_unstable_by_key(|c| (table.first[c[0]], *c));
        let widest = people.iter().map(|(n, _)| table.last[*n] - table.first[*n]).max().unwrap_or(0);
        Self {
            table,
            flexible: people.partition_point(|(n, _)| table.first[*n] == table.last[*n]),
            first: people.iter().map(|(n, _)| table.first[*n]).collect(),
            priority: people.iter().map(|(_, priority)| *priority).collect(),
            people: people.into_iter().map(|(n, _)| n).collect(),
            chairs,
            with_chairs: false,
            widest,
        }
    }

    /// The vertex of somebody who is to be seated.
    fn place(&self, n: usize) -> usize {
        let before = self.people.partition_point(|p| in_order(self.table, *p) < in_order(self.table, n));
        before.min(self.people.len().saturating_sub(1))
    }

    pub fn chair(&self, v: usize) -> Option<[usize; 2]> {
        v.checked_sub(self.people.len()).map(|c| self.chairs[c])
    }

    /// People whose window may share a start with this one: those with one start, and the flexible.
    fn ranges(&self, n: usize) -> [std::ops::Range<usize>; 2] {
        let (first, last) = (self.table.first[n], self.table.last[n]);
        let (exact, flexible) = self.first.split_at(self.flexible);
        let until = |starts: &[i64]| starts.partition_point(|f| *f <= last);
        let from = exact.partition_point(|f| *f < first)..until(exact);
        let back = flexible.partition_point(|f| *f < first.saturating_sub(self.widest))..until(flexible);
        [from, back.start + self.flexible..back.end + self.flexible]
    }
}

/// Who has one start only comes first, then by time and length.
fn in_order(table: &Table<'_>, n: usize) -> (bool, i64, i64, i64, usize) {
    let (first, last) = (table.first[n], table.last[n]);
    (first != last, first, last, table.wishes[n].length_s, n)
}

impl Graph for Seats<'_> {
    fn len(&self) -> usize {
        self.people.len() + self.chairs.len()
    }

    fn joined(&self, a: usize, b: usize) -> bool {
        match (self.chair(a), self.chair(b)) {
            (None, None) => self.table.may_pair(self.people[a], self.people[b]),
            (Some([x, y]), None) => self.table.may_trio(x, y, self.people[b]),
            (None, Some([x, y])) => self.table.may_trio(x, y, self.people[a]),
            (Some(_), Some(_)) => false,
        }
    }

    fn near(&self, a: usize) -> impl Iterator<Item = usize> {
        let n = self.chair(a).map_or_else(|| self.people[a], |c| c[0]);
        let [exact, flexible] = self.ranges(n);
        let (mut from, mut to) = (self.people.len(), self.people.len());
        if self.with_chairs && a < self.people.len() {
            let (first, last) = (self.table.first[n], self.table.last[n]);
            from += self.chairs.partition_point(|c| self.table.first[c[0]] < first);
            to += self.chairs.partition_point(|c| self.table.first[c[0]] <= last);
        }
        exact.chain(flexible).chain(from..to)
    }
}

/// Seats as many as can be.
pub(super) fn pack(packing: &Packing<'_>) -> Packed {
    let mut seats = Seats::new(packing);
    let mut matching = Matching::new(seats.len(), FUEL);
    for n in packing.opens.iter().flatten() {
        matching.closed[seats.place(*n)] = true;
    }
    greedy(&seats, &mut matching);
    maximum(&seats, &mut matching);
    seats.with_chairs = true;
    let mut thirds = absorb::absorb(&seats, &mut matching);
    exchange(&seats, &mut matching, &mut thirds);
    open(packing, &seats, &mut matching);
    let mut packed = Packed::default();
    for v in 0..seats.people.len() {
        match matching.mate[v] {
            NONE => {}
            mate if mate >= seats.people.len() => {
                let pair = seats.chairs[mate - seats.people.len()];
                let chair = packing.chairs.iter().position(|c| *c == pair).unwrap_or_default();
                packed.joins.push((seats.people[v], chair));
            }
            mate if v < mate => {
                let mut group = vec![seats.people[v], seats.people[mate]];
                group.extend(thirds.iter().filter(|t| t.pair.contains(&v)).map(|t| seats.people[t.third]));
                packed.groups.push(group);
            }
            _ => {}
        }
    }
    packed
}

/// A first matching: whose last start comes first chooses first; like lengths before unlike ones.
fn greedy(seats: &Seats<'_>, matching: &mut Matching) {
    const LOOKED_AT: usize = 8;
    let table = seats.table;
    let mut order: Vec<usize> = (0..seats.people.len()).filter(|v| !matching.closed[*v]).collect();
    order.sort_unstable_by_key(|v| (table.last[seats.people[*v]], -seats.priority[*v], seats.people[*v]));
    for mixed in [false, true] {
        if mixed && !table.mixed {
            continue;
        }
        let mut free = Skip::new(seats.people.len());
        for v in 0..seats.people.len() {
            if matching.closed[v] || !matching.is_exposed(v) {
                free.take(v);
            }
        }
        for v in &order {
            if !matching.is_exposed(*v) {
                continue;
            }
            let n = seats.people[*v];
            let mut found = NONE;
            for range in seats.ranges(n) {
                let (mut w, mut looked) = (free.from(range.start), 0);
                while w < range.end && looked < LOOKED_AT {
                    let other = seats.people[w];
                    let like = table.wishes[n].length_s == table.wishes[other].length_s;
                    if w != *v && (mixed || like) {
                        if table.may_pair(n, other) {
                            looked += 1;
                            let key = |v: usize| (table.last[seats.people[v]], -seats.priority[v]);
                            if found == NONE || key(w) < key(found) {
                                found = w;
                            }
                        }
                        matching.fuel = matching.fuel.saturating_sub(1);
                        if matching.fuel == 0 {
                            return;
                        }
                    }
                    w = free.from(w + 1);
                }
            }
            if found != NONE {
                matching.join(*v, found);
                free.take(*v);
                free.take(found);
            }
        }
    }
}

/// Augments until no pair can be added.
fn maximum(seats: &Seats<'_>, matching: &mut Matching) {
    let closed = matching.closed.clone();
    let mut exposed = by_priority(seats, matching);
    while exposed.len() > 1 && matching.fuel > 0 {
        let root = exposed.remove(0);
        match matching.search(seats, root, &exposed) {
            Some(found) => {
                matching.augment(found);
                exposed.retain(|v| *v != found);
            }
            None => {
                matching.close_tree();
                exposed.retain(|v| !matching.closed[*v]);
            }
        }
    }
    matching.closed = closed;
}

/// Exposed people, most priority first.
pub(super) fn by_priority(seats: &Seats<'_>, matching: &Matching) -> Vec<usize> {
    let mut exposed: Vec<usize> = (0..seats.people.len()).filter(|v| matching.is_exposed(*v) && !matching.closed[*v]).collect();
    exposed.sort_unstable_by_key(|v| (-seats.priority[*v], seats.people[*v]));
    exposed
}

/// Whoever is left takes the place of the one with the least priority that a path or a third chair leads to.
fn exchange(seats: &Seats<'_>, matching: &mut Matching, thirds: &mut [absorb::Third]) {
    for u in by_priority(seats, matching) {
        if !matching.is_exposed(u) || matching.search(seats, u, &[]).is_some() {
            continue;
        }
        let outer = matching.outer.clone();
        let key = |v: usize| (seats.priority[v], std::cmp::Reverse(seats.people[v]));
        let weakest = outer.iter().copied().filter(|v| *v < seats.people.len()).min_by_key(|v| key(*v)).unwrap_or(u);
        let seat = |n: usize| seats.people[n];
        let third = thirds.iter().enumerate().filter(|(_, t)| seats.priority[t.third] < seats.priority[weakest]);
        let steal = third
            .filter_map(|(at, t)| {
                let trio = |v: usize| seats.table.may_trio(seat(v), seat(t.pair[0]), seat(t.pair[1]));
                let fits = outer.iter().copied().find(|v| *v < seats.people.len() && trio(*v))?;
                Some((key(t.third), at, fits))
            })
            .min()
            .map(|(_, at, v)| (at, v));
        if let Some((at, v)) = steal {
            matching.swap_in(v);
            let freed = std::mem::replace(&mut thirds[at].third, v);
            matching.closed[v] = true;
            matching.closed[freed] = false;
        } else if seats.priority[weakest] < seats.priority[u] {
            matching.swap_in(weakest);
        }
    }
}

/// The last step, where it is allowed: announced pairs join the graph, and a path through them gives two more company.
fn open(packing: &Packing<'_>, seats: &Seats<'_>, matching: &mut Matching) {
    if packing.opens.is_empty() {
        return;
    }
    let mut taken: Vec<usize> = Vec::new();
    for v in 0..seats.people.len() {
        if let Some(chair) = matching.mate[v].checked_sub(seats.people.len()).and_then(|c| seats.chairs.get(c)) {
            taken.extend(chair);
        }
    }
    let exposed = by_priority(seats, matching);
    if exposed.len() < 2 {
        return;
    }
    for pair in packing.opens.iter().filter(|pair| !taken.contains(&pair[0])) {
        let [a, b] = pair.map(|n| seats.place(n));
        (matching.closed[a], matching.closed[b]) = (false, false);
        matching.join(a, b);
    }
    // A chair of a pair that may be opened is not walked on: the pair itself is.
    for chair in seats.people.len()..seats.len() {
        matching.closed[chair] = true;
    }
    for v in 0..seats.people.len() {
        if matching.mate[v] != NONE && matching.mate[v] >= seats.people.len() {
            matching.closed[v] = true;
        }
    }
    for u in exposed {
        if matching.is_exposed(u)
            && matching.fuel > 0
            && let Some(found) = matching.search(seats, u, &[])
        {
            matching.augment(found);
        }
    }
}

/// The next free place at or after one, in almost no time.
struct Skip(Vec<usize>);

impl Skip {
    fn new(size: usize) -> Self {
        Self((0..=size).collect())
    }

    fn from(&mut self, at: usize) -> usize {
        let last = self.0.len() - 1;
        let mut root = at.min(last);
        while self.0[root] != root {
            root = self.0[root];
        }
        let mut v = at.min(last);
        while self.0[v] != root {
            (v, self.0[v]) = (self.0[v], root);
        }
        root
    }

    fn take(&mut self, at: usize) {
        self.0[at] = at + 1;
    }
}
