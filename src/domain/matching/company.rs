//! With whom: who sits is settled, and all of them share one start; what is left is minutes and taste.
//!
//! Few people are weighed in full (`exact.rs`); more are improved by exchanges until none is worth anything, or a bounded
//! number was made. Nobody loses company here, no trio is added, and pairs that were announced stay together.

use super::blossom::{Graph, Matching, NONE};
use super::candidates::Candidates;
use super::exact;
use super::table::Table;

/// How far a chain of exchanges may go, and how many ways are tried at each step.
const BREADTH: [usize; 6] = [24, 8, 5, 3, 2, 1];
/// Visits of a person, over all: a bound on time.
const VISITS: usize = 24;
/// Edges that may be looked at while the first pairs are mended.
const FUEL: u64 = 4_000_000;

/// A match in the making; the first `pinned` of its people stay where they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    pub people: Vec<usize>,
    pub pinned: usize,
}

/// Seats the people of these groups, who all share a start, with better company.
pub(super) fn improve(table: &Table<'_>, groups: &mut Vec<Group>) {
    let loose: Vec<usize> = groups.iter().filter(|g| g.pinned == 0).flat_map(|g| g.people.iter().copied()).collect();
    if loose.len() <= exact::MOST {
        let trios = groups.iter().filter(|g| g.pinned == 0 && g.people.len() == 3).count();
        let best = exact::seat_by(&loose, |group| (table.may_sit(group)).then(|| table.worth(group)));
        let seated: usize = best.iter().map(Vec::len).sum();
        if seated == loose.len() && best.iter().filter(|g| g.len() == 3).count() <= trios {
            groups.retain(|g| g.pinned > 0);
            groups.extend(best.into_iter().map(|people| Group { people, pinned: 0 }));
        }
    } else {
        let pairs = loose_pairs(groups);
        let candidates = Candidates::new(table, &loose);
        let mut pairing = Pairing::new(table, &pairs, &candidates);
        pairing.begin_well(&pairs);
        pairing.improve();
        groups.retain(|g| g.pinned > 0 || g.people.len() == 3);
        groups.extend(pairing.pairs().into_iter().map(|people| Group { people: people.to_vec(), pinned: 0 }));
    }
    exchange_singles(table, groups);
}

fn loose_pairs(groups: &[Group]) -> Vec<[usize; 2]> {
    let pairs = groups.iter().filter(|g| g.pinned == 0);
    pairs.filter_map(|g| <[usize; 2]>::try_from(g.people.as_slice()).ok()).collect()
}

/// What two people are worth to each other: minutes before points.
pub(super) fn value(table: &Table<'_>, a: usize, b: usize) -> i64 {
    (table.minutes(&[a, b]) << 20) + table.points(a, b)
}

fn value_of(table: &Table<'_>, group: &[usize]) -> i64 {
    let mut sum = table.minutes(group) << 20;
    for (n, a) in group.iter().enumerate() {
        sum += group[n + 1..].iter().map(|b| table.points(*a, *b)).sum::<i64>();
    }
    sum
}

/// Pairs under improvement. Numbers are places in `people`.
struct Pairing<'a, 'b> {
    table: &'a Table<'b>,
    people: Vec<usize>,
    mate: Vec<usize>,
    near: Vec<Vec<(usize, i64)>>,
    used: Vec<bool>,
}

impl<'a, 'b> Pairing<'a, 'b> {
    fn new(table: &'a Table<'b>, pairs: &[[usize; 2]], candidates: &Candidates) -> Self {
        let mut people: Vec<usize> = pairs.iter().flatten().copied().collect();
        people.sort_unstable();
        let place = |n: usize| people.binary_search(&n).ok();
        let near = |n: &usize| {
            let mut near: Vec<(usize, i64)> =
                candidates.of(*n).iter().filter_map(|other| Some((place(*other)?, value(table, *n, *other)))).collect();
            near.sort_unstable_by_key(|(other, value)| (-*value, *other));
            near
        };
        let near = people.iter().map(near).collect();
        let mut mate = vec![NONE; people.len()];
        for pair in pairs {
            if let (Some(a), Some(b)) = (place(pair[0]), place(pair[1])) {
                (mate[a], mate[b]) = (b, a);
            }
        }
        Self { table, used: vec![false; people.len()], people, mate, near }
    }

    fn pairs(&self) -> Vec<[usize; 2]> {
        let pairs = (0..self.people.len()).filter(|a| *a < self.mate[*a] && self.mate[*a] != NONE);
        pairs.map(|a| [self.people[a], self.people[self.mate[a]]]).collect()
    }

    fn value(&self, a: usize, b: usize) -> i64 {
        value(self.table, self.people[a], self.people[b])
    }

    /// Begins with the best edges there are, mended so that everybody has a partner; keeps the old pairs if that fails.
    fn begin_well(&mut self, pairs: &[[usize; 2]]) {
        let mut edges: Vec<(i64, usize, usize)> = Vec::new();
        for (a, near) in self.near.iter().enumerate() {
            edges.extend(near.iter().filter(|(b, _)| a < *b).map(|(b, value)| (-*value, a, *b)));
        }
        edges.sort_unstable();
        let mut matching = Matching::new(self.people.len(), FUEL);
        for (_, a, b) in edges {
            if matching.is_exposed(a) && matching.is_exposed(b) {
                matching.join(a, b);
            }
        }
        let mut exposed: Vec<usize> = (0..self.people.len()).filter(|v| matching.is_exposed(*v)).collect();
        while exposed.len() > 1 {
            let root = exposed.remove(0);
            let Some(found) = matching.search(self, root, &exposed) else { break };
            matching.augment(found);
            exposed.retain(|v| *v != found);
        }
        let sum = |mate: &[usize]| (0..mate.len()).map(|v| self.value(v, mate[v])).sum::<i64>();
        if pairs.len() * 2 == self.people.len() && exposed.is_empty() && sum(&matching.mate) >= sum(&self.mate) {
            self.mate = matching.mate;
        }
    }

    /// Chains of exchanges, as long as one is worth something.
    fn improve(&mut self) {
        let mut queue: std::collections::VecDeque<usize> = (0..self.people.len()).collect();
        let mut waiting = vec![true; self.people.len()];
        let mut visits = self.people.len() * VISITS;
        while let Some(a) = queue.pop_front() {
            waiting[a] = false;
            visits -= 1;
            if visits == 0 {
                return;
            }
            let mut chain = vec![a, self.mate[a]];
            let start = -self.value(a, self.mate[a]);
            self.used[chain[0]] = true;
            self.used[chain[1]] = true;
            let found = self.step(&mut chain, start, 0);
            for v in &chain {
                self.used[*v] = false;
            }
            if found {
                self.apply(&chain);
                for v in chain {
                    if !waiting[v] {
                        waiting[v] = true;
                        queue.push_back(v);
                    }
                }
            }
        }
    }

    /// Looks for a partner for the end of the chain: `chain` is a, b, c, d, ... where a-b, c-d are pairs to be parted and
    /// b-c, d-e pairs to be made; closed by joining its last with its first.
    fn step(&mut self, chain: &mut Vec<usize>, gain: i64, depth: usize) -> bool {
        let (first, last) = (chain[0], chain[chain.len() - 1]);
        let mut tried = 0;
        for at in 0..self.near[last].len() {
            let (c, value) = self.near[last][at];
            let open = gain + value;
            if open <= 0 || tried >= BREADTH[depth] {
                return false;
            }
            if self.used[c] {
                continue;
            }
            let d = self.mate[c];
            tried += 1;
            let gain = open - self.value(c, d);
            chain.extend([c, d]);
            (self.used[c], self.used[d]) = (true, true);
            let (p, q) = (self.people[d], self.people[first]);
            if gain + self.value(d, first) > 0 && self.table.may_pair(p, q) {
                return true;
            }
            if depth + 1 < BREADTH.len() && self.step(chain, gain, depth + 1) {
                return true;
            }
            (self.used[c], self.used[d]) = (false, false);
            chain.truncate(chain.len() - 2);
        }
        false
    }

    fn apply(&mut self, chain: &[usize]) {
        let n = chain.len();
        for pair in chain[1..n - 1].chunks(2).chain([&[chain[n - 1], chain[0]][..]]) {
            (self.mate[pair[0]], self.mate[pair[1]]) = (pair[1], pair[0]);
        }
    }
}

impl Graph for Pairing<'_, '_> {
    fn len(&self) -> usize {
        self.people.len()
    }

    fn joined(&self, a: usize, b: usize) -> bool {
        self.table.may_pair(self.people[a], self.people[b])
    }

    fn near(&self, _: usize) -> impl Iterator<Item = usize> {
        0..self.people.len()
    }
}

/// Thirds and members of trios change places with somebody else, where that is better for both groups together.
fn exchange_singles(table: &Table<'_>, groups: &mut [Group]) {
    const LOOKS: usize = 200_000;
    let mut looks = LOOKS;
    for _ in 0..4 {
        let mut changed = false;
        for g in 0..groups.len() {
            if groups[g].people.len() < 3 {
                continue;
            }
            for h in (0..groups.len()).filter(|h| *h != g) {
                if looks < 9 {
                    return;
                }
                for i in groups[g].pinned..3 {
                    for j in groups[h].pinned..groups[h].people.len() {
                        looks = looks.saturating_sub(1);
                        changed |= exchange(table, groups, (g, i), (h, j));
                    }
                }
            }
        }
        if !changed {
            return;
        }
    }
}

fn exchange(table: &Table<'_>, groups: &mut [Group], (g, i): (usize, usize), (h, j): (usize, usize)) -> bool {
    let before = value_of(table, &groups[g].people) + value_of(table, &groups[h].people);
    let swap = |groups: &mut [Group]| {
        let (a, b) = (groups[g].people[i], groups[h].people[j]);
        (groups[g].people[i], groups[h].people[j]) = (b, a);
    };
    swap(groups);
    let after = value_of(table, &groups[g].people) + value_of(table, &groups[h].people);
    let better = after > before && table.may_sit(&groups[g].people) && table.may_sit(&groups[h].people);
    if !better {
        swap(groups);
    }
    better
}
