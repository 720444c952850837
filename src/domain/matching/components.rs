//! Parts of the pool that have nothing to do with each other: each can be seated by itself.
//!
//! Two wishes belong to one part if they could be a match, or if they are one member's and could be in each other's way.

use super::table::Table;
use std::collections::BTreeMap;

/// Up to so many wishes around one time are compared with each other.
const COMPARED: usize = 400;

/// The parts, each in order.
pub(super) fn components(table: &Table<'_>) -> Vec<Vec<usize>> {
    let n = table.wishes.len();
    let mut of = Roots((0..n).collect());
    for near in by_time(table) {
        if near.len() > COMPARED {
            for v in &near[1..] {
                of.unite(near[0], *v);
            }
            continue;
        }
        for (at, a) in near.iter().enumerate() {
            for b in &near[at + 1..] {
                if of.root(*a) != of.root(*b) && table.may_pair(*a, *b) {
                    of.unite(*a, *b);
                }
            }
        }
    }
    for own in of_one_member(table) {
        for (at, a) in own.iter().enumerate() {
            for b in own[at + 1..].iter().filter(|b| may_clash(table, *a, **b)) {
                of.unite(*a, *b);
            }
        }
    }
    let mut parts: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for v in 0..n {
        parts.entry(of.root(v)).or_default().push(v);
    }
    parts.into_values().collect()
}

/// Several wishes of one member, for each member who has several.
pub(super) fn of_one_member(table: &Table<'_>) -> Vec<Vec<usize>> {
    let mut own: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (n, person) in table.person.iter().enumerate() {
        own.entry(*person).or_default().push(n);
    }
    own.into_values().filter(|own| own.len() > 1).collect()
}

/// Whether there are starts at which the footprints of two wishes overlap.
fn may_clash(table: &Table<'_>, a: usize, b: usize) -> bool {
    table.first[a] < table.last[b] + footprint(table, b) && table.first[b] < table.last[a] + footprint(table, a)
}

/// Whether the footprints of two wishes overlap at these starts.
pub(super) fn clash(table: &Table<'_>, (a, at): (usize, i64), (b, other): (usize, i64)) -> bool {
    at < other + footprint(table, b) && other < at + footprint(table, a)
}

/// Length and break together: 30, 60 and 90 minutes for 25, 50 and 75.
fn footprint(table: &Table<'_>, n: usize) -> i64 {
    table.wishes[n].length_s.clamp(0, 86_400) / 5 * 6
}

/// Runs of wishes whose windows hang together.
fn by_time(table: &Table<'_>) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..table.wishes.len()).collect();
    order.sort_unstable_by_key(|n| (table.first[*n], *n));
    let mut runs: Vec<Vec<usize>> = Vec::new();
    let mut until = i64::MIN;
    for n in order {
        match runs.last_mut() {
            Some(run) if table.first[n] <= until => run.push(n),
            _ => runs.push(vec![n]),
        }
        until = until.max(table.last[n]);
    }
    runs
}

struct Roots(Vec<usize>);

impl Roots {
    fn root(&mut self, mut v: usize) -> usize {
        while self.0[v] != v {
            self.0[v] = self.0[self.0[v]];
            v = self.0[v];
        }
        v
    }

    fn unite(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
    }
}
