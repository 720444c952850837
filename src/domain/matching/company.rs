//! With whom: who sits is settled; what is left is minutes and taste. Whoever may sit together shares a start.
//!
//! Few people are weighed in full (`exact.rs`); more are improved by exchanges until none is worth anything, or a bounded
//! number was made. Nobody loses company here, no trio is added, and pairs that were announced stay together.

use super::exact;
use super::pairing;
use super::table::Table;
use std::collections::BTreeMap;

/// A match in the making; the first `pinned` of its people stay where they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    pub people: Vec<usize>,
    pub pinned: usize,
}

/// Seats the people of these groups with better company.
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
        let mut pairs = loose_pairs(groups);
        groups.retain(|g| g.pinned > 0 || g.people.len() == 3);
        let length = |n: usize| table.wishes[n].length_s;
        let alike = |pair: &[usize; 2]| length(pair[0]) == length(pair[1]);
        if !pairs.iter().all(alike) {
            // Minutes first: unlike lengths change partners, then each length is looked at by itself.
            pairs = pairing::improved(table, &pairs);
        }
        let mut lengths: BTreeMap<i64, Vec<[usize; 2]>> = BTreeMap::new();
        for pair in &pairs {
            lengths.entry(if alike(pair) { length(pair[0]) } else { -1 }).or_default().push(*pair);
        }
        let better = lengths.values().flat_map(|pairs| pairing::improved(table, pairs));
        groups.extend(better.map(|people| Group { people: people.to_vec(), pinned: 0 }));
    }
    exchange_singles(table, groups);
}

/// Pairs that must begin at this start change partners with pairs that could wait, where that is better for both together.
pub(super) fn choose(table: &Table<'_>, groups: &mut [Group], at: i64) {
    const LOOKS: usize = 3_000;
    const ROUNDS: usize = 3;
    let here = |n: &usize| table.first[*n] <= at && at <= table.last[*n];
    let due = |g: &Group| g.people.iter().any(|n| table.last[*n] == at) && g.people.iter().all(here);
    let loose = |g: &Group| g.pinned == 0 && g.people.len() == 2;
    let near: Vec<usize> = (0..groups.len()).filter(|g| loose(&groups[*g]) && groups[*g].people.iter().any(here)).collect();
    let mut looks = LOOKS;
    for _ in 0..ROUNDS {
        let mut changed = false;
        for g in near.iter().copied() {
            for h in near.iter().copied().filter(|h| *h != g) {
                if !due(&groups[g]) || looks == 0 {
                    break;
                }
                looks -= 1;
                changed |= exchange(table, groups, (g, 0), (h, 0)) || exchange(table, groups, (g, 0), (h, 1));
            }
        }
        if !changed {
            return;
        }
    }
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
