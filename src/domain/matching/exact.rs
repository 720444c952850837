//! The exact seating of a small pool: every way to seat pairs and trios is weighed, all aims in their order.
//!
//! Dynamic programming over sets: the best seating of a set is the best choice for its first wish and the best seating of
//! the rest. Bounded by `MOST`; larger pools are packed (`packing.rs`).

use super::table::Table;
use super::tiers::Tiers;

/// The largest pool that is weighed in full.
pub(super) const MOST: usize = 14;

/// Two or three of the pool who may sit together.
struct Choice {
    mask: u32,
    worth: i128,
}

/// The best seating of these wishes; who is in no group stays alone.
pub(super) fn seat(table: &Table<'_>, all: &[usize]) -> Vec<Vec<usize>> {
    seat_by(all, |group| (may_sit(table, group)).then(|| table.worth(group)))
}

/// The best seating by any worth of a group; `None` where a group must not be.
pub(super) fn seat_by(all: &[usize], worth: impl Fn(&[usize]) -> Option<Tiers>) -> Vec<Vec<usize>> {
    let sets = Sets::new(all, worth);
    sets.groups(sets.best.len() - 1)
}

/// The best seating of every set of a few people.
pub(super) struct Sets<'a> {
    all: &'a [usize],
    /// What the best seating of a set is worth, and the group in it that holds the set's first member.
    pub best: Vec<i128>,
    taken: Vec<u32>,
}

impl<'a> Sets<'a> {
    pub fn new(all: &'a [usize], worth: impl Fn(&[usize]) -> Option<Tiers>) -> Self {
        let all = &all[..all.len().min(MOST)];
        let choices = choices(all, worth);
        let full = 1usize << all.len();
        let (mut best, mut taken) = (vec![0i128; full], vec![0u32; full]);
        for set in 1..full {
            let rest = set & (set - 1);
            best[set] = best[rest];
            for choice in &choices[set.trailing_zeros() as usize] {
                let mask = choice.mask as usize;
                if mask & set == mask {
                    let sum = choice.worth + best[set & !mask];
                    if sum > best[set] {
                        (best[set], taken[set]) = (sum, choice.mask);
                    }
                }
            }
        }
        Self { all, best, taken }
    }

    /// The groups of the best seating of a set.
    pub fn groups(&self, mut set: usize) -> Vec<Vec<usize>> {
        let mut groups = Vec::new();
        while set != 0 {
            let mask = self.taken[set] as usize;
            if mask == 0 {
                set &= set - 1;
            } else {
                groups.push((0..self.all.len()).filter(|i| mask >> i & 1 == 1).map(|i| self.all[i]).collect());
                set &= !mask;
            }
        }
        groups
    }
}

/// A locked match stays whole.
fn may_sit(table: &Table<'_>, group: &[usize]) -> bool {
    table.may_sit(group) && whole(table, group)
}

/// Whether no locked match is torn by seating these together.
pub(super) fn whole(table: &Table<'_>, group: &[usize]) -> bool {
    group.iter().all(|n| {
        table.announced_of[*n].is_none_or(|m| !table.announced[m].1 || table.announced[m].0.iter().all(|o| group.contains(o)))
    })
}

/// For each place in the list, the groups of which it is the first.
fn choices(all: &[usize], worth: impl Fn(&[usize]) -> Option<Tiers>) -> Vec<Vec<Choice>> {
    let mut choices: Vec<Vec<Choice>> = all.iter().map(|_| Vec::new()).collect();
    let mut add = |mask: u32, group: &[usize]| {
        if let Some(worth) = worth(group) {
            choices[mask.trailing_zeros() as usize].push(Choice { mask, worth: worth.packed() });
        }
    };
    for i in 0..all.len() {
        for j in i + 1..all.len() {
            add(1 << i | 1 << j, &[all[i], all[j]]);
            for k in j + 1..all.len() {
                add(1 << i | 1 << j | 1 << k, &[all[i], all[j], all[k]]);
            }
        }
    }
    choices
}
