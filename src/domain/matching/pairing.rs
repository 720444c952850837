//! Pairs under improvement: begun where prices say that nothing better can be had, then exchanged in short chains.
//!
//! Everybody stays in a pair throughout. Numbers are places in the list of people.

use super::blossom::{Graph, Matching, NONE};
use super::candidates::Candidates;
use super::company::value;
use super::prices::prices;
use super::table::Table;
use std::collections::VecDeque;

/// How many ways are tried at each step of a chain, and so how long it may become.
const BREADTH: [usize; 4] = [8, 4, 2, 1];
/// Visits of a person: a bound on time.
const VISITS: usize = 12;
/// Edges that may be looked at while pairs are begun.
const FUEL: u64 = 12_000_000;
/// How far from the best a pair may be to be begun with, in points twice counted; each step takes in who is left.
const TOLERANCES: [i64; 5] = [2, 12, 24, 60, 200];

/// Better pairs of the same people.
pub(super) fn improved(table: &Table<'_>, pairs: &[[usize; 2]]) -> Vec<[usize; 2]> {
    if pairs.len() < 2 {
        return pairs.to_vec();
    }
    let mut candidates = Candidates::new(table, pairs.iter().flatten().copied());
    candidates.list(&vec![0; 2 * pairs.len()]);
    let alike = pairs.iter().flatten().all(|n| table.wishes[*n].length_s == table.wishes[pairs[0][0]].length_s);
    let mut cost = vec![0; 2 * pairs.len()];
    if alike {
        cost = prices(&candidates.near);
        candidates.list(&cost);
        cost = prices(&candidates.near);
    }
    let mut pairing = Pairing::new(table, pairs, &candidates);
    if alike {
        pairing.begin(&cost);
    }
    pairing.exchange();
    pairing.pairs()
}

struct Pairing<'a, 'b> {
    table: &'a Table<'b>,
    people: &'a [usize],
    near: &'a [Vec<(usize, i64)>],
    mate: Vec<usize>,
    /// What each person's pair is worth.
    worth: Vec<i64>,
    used: Vec<bool>,
}

impl<'a, 'b> Pairing<'a, 'b> {
    fn new(table: &'a Table<'b>, pairs: &[[usize; 2]], candidates: &'a Candidates<'_, '_>) -> Self {
        let people = &candidates.people;
        let mut pairing = Self {
            table,
            people,
            near: &candidates.near,
            mate: vec![NONE; people.len()],
            worth: vec![0; people.len()],
            used: vec![false; people.len()],
        };
        for pair in pairs {
            if let [Ok(a), Ok(b)] = pair.map(|n| people.binary_search(&n)) {
                pairing.join(a, b);
            }
        }
        pairing
    }

    fn pairs(&self) -> Vec<[usize; 2]> {
        let pairs = (0..self.people.len()).filter(|a| *a < self.mate[*a] && self.mate[*a] != NONE);
        pairs.map(|a| [self.people[a], self.people[self.mate[a]]]).collect()
    }

    fn join(&mut self, a: usize, b: usize) {
        let value = self.value(a, b);
        (self.mate[a], self.mate[b]) = (b, a);
        (self.worth[a], self.worth[b]) = (value, value);
    }

    fn value(&self, a: usize, b: usize) -> i64 {
        value(self.table, self.people[a], self.people[b])
    }

    /// Begins with pairs that are worth what the two cost, and takes in the others by and by; keeps what was there if
    /// somebody would be left over, or if it is worth more.
    fn begin(&mut self, cost: &[i64]) {
        let mut matching = Matching::new(self.people.len(), FUEL);
        for tolerance in TOLERANCES {
            let tight = Tight { near: self.near, cost, tolerance };
            tight.greedy(&mut matching);
            augment(&tight, &mut matching);
        }
        let all = All { table: self.table, people: self.people };
        augment(&all, &mut matching);
        let sum = |mate: &[usize]| (0..mate.len()).map(|v| self.value(v, mate[v])).sum::<i64>();
        let complete = |mate: &[usize]| mate.iter().all(|m| *m != NONE);
        if complete(&matching.mate) && (!complete(&self.mate) || sum(&matching.mate) > sum(&self.mate)) {
            for a in 0..self.people.len() {
                if a < matching.mate[a] {
                    self.join(a, matching.mate[a]);
                }
            }
        }
    }

    /// Chains of exchanges, as long as one is worth something.
    fn exchange(&mut self) {
        let mut queue: VecDeque<usize> = (0..self.people.len()).collect();
        let mut waiting = vec![true; self.people.len()];
        let mut visits = self.people.len() * VISITS;
        while let Some(a) = queue.pop_front() {
            waiting[a] = false;
            if visits == 0 || self.mate[a] == NONE {
                continue;
            }
            visits -= 1;
            let mut chain = vec![a, self.mate[a]];
            for v in &chain {
                self.used[*v] = true;
            }
            let found = self.step(&mut chain, -self.worth[a], 0);
            for v in &chain {
                self.used[*v] = false;
            }
            if found {
                let n = chain.len();
                for at in (1..n - 1).step_by(2) {
                    self.join(chain[at], chain[at + 1]);
                }
                self.join(chain[n - 1], chain[0]);
                for v in chain.into_iter().filter(|v| !std::mem::replace(&mut waiting[*v], true)) {
                    queue.push_back(v);
                }
            }
        }
    }

    /// Looks for a partner for the end of the chain: `chain` is a, b, c, d, ... where a-b, c-d are pairs to be parted and
    /// b-c, d-e pairs to be made; closed by joining its last with its first.
    fn step(&mut self, chain: &mut Vec<usize>, gain: i64, depth: usize) -> bool {
        let (first, last) = (chain[0], chain[chain.len() - 1]);
        let near = &self.near[last];
        let mut tried = 0;
        for (c, value) in near {
            let open = gain + value;
            if open <= 0 || tried >= BREADTH[depth] {
                return false;
            }
            if self.used[*c] {
                continue;
            }
            tried += 1;
            let d = self.mate[*c];
            let gain = open - self.worth[*c];
            chain.extend([*c, d]);
            if gain + self.value(d, first) > 0 && self.table.may_pair(self.people[d], self.people[first]) {
                return true;
            }
            (self.used[*c], self.used[d]) = (true, true);
            if depth + 1 < BREADTH.len() && self.step(chain, gain, depth + 1) {
                return true;
            }
            (self.used[*c], self.used[d]) = (false, false);
            chain.truncate(chain.len() - 2);
        }
        false
    }
}

/// Augments from everybody exposed; a tree that finds nothing is not walked on again.
fn augment(graph: &impl Graph, matching: &mut Matching) {
    let mut exposed: Vec<usize> = (0..graph.len()).filter(|v| matching.is_exposed(*v)).collect();
    while exposed.len() > 1 && matching.fuel > 0 {
        let root = exposed.remove(0);
        match matching.search(graph, root, &[]) {
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
    matching.closed.fill(false);
}

/// Pairs that are nearly worth what the two cost.
struct Tight<'a> {
    near: &'a [Vec<(usize, i64)>],
    cost: &'a [i64],
    tolerance: i64,
}

impl Tight<'_> {
    fn is_tight(&self, a: usize, b: usize, value: i64) -> bool {
        self.cost[a] + self.cost[b] - 2 * value <= self.tolerance
    }

    /// Joins the exposed who have the fewest tight pairs first.
    fn greedy(&self, matching: &mut Matching) {
        let free = |matching: &Matching, a: usize| {
            let tight = self.near[a].iter().filter(|(b, value)| matching.is_exposed(*b) && self.is_tight(a, *b, *value));
            tight.count()
        };
        let mut order: Vec<(usize, usize)> =
            (0..self.near.len()).filter(|a| matching.is_exposed(*a)).map(|a| (free(matching, a), a)).collect();
        order.sort_unstable();
        for (_, a) in order {
            if matching.is_exposed(a) {
                let fits = |(b, value): &&(usize, i64)| matching.is_exposed(*b) && self.is_tight(a, *b, *value);
                if let Some((b, _)) = self.near[a].iter().find(fits) {
                    matching.join(a, *b);
                }
            }
        }
    }
}

impl Graph for Tight<'_> {
    fn len(&self) -> usize {
        self.near.len()
    }

    fn joined(&self, _: usize, _: usize) -> bool {
        true
    }

    fn near(&self, a: usize) -> impl Iterator<Item = usize> {
        self.near[a].iter().filter(move |(b, value)| self.is_tight(a, *b, *value)).map(|(b, _)| *b)
    }
}

/// Everybody who may sit with somebody.
struct All<'a, 'b> {
    table: &'a Table<'b>,
    people: &'a [usize],
}

impl Graph for All<'_, '_> {
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
