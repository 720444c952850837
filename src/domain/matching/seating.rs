//! Seats a pool in which everything is known, part by part: small parts exactly, large ones packed and then improved.
//!
//! The one difficulty that cuts across: a member with several wishes must never have to be in two places.

use super::company::{self, Group};
use super::components::{clash, components, of_one_member};
use super::exact;
use super::packing::{self, Packing};
use super::starts;
use super::table::Table;
use super::tiers::Tiers;
use std::collections::BTreeMap;

/// Seatings that are weighed when one member's wishes are in each other's way.
const WAYS: usize = 1 << 22;
/// Rounds of leaving out a wish whose member would have to be in two places.
const ROUNDS: usize = 64;

/// Groups with their starts.
pub(super) type Seated = Vec<(Vec<usize>, i64)>;

/// Seats everybody of the table who can be seated.
pub(super) fn seat(table: &Table<'_>) -> Seated {
    let mut seated = Seated::new();
    for part in components(table).into_iter().filter(|part| part.len() > 1) {
        seated.extend(seat_part(table, part));
    }
    seated
}

fn seat_part(table: &Table<'_>, mut part: Vec<usize>) -> Seated {
    for round in 0..ROUNDS {
        let groups = if part.len() <= exact::MOST { exact::seat(table, &part) } else { packed(table, &part) };
        if let Some(starts) = starts::choose(table, &groups) {
            return groups.into_iter().zip(starts).collect();
        }
        if round == 0
            && let Some(seated) = weigh_every_way(table, &part)
        {
            return seated;
        }
        match least_due(table, &groups) {
            Some(rival) => part.retain(|n| *n != rival),
            None => break,
        }
    }
    Seated::new()
}

/// Of the wishes whose member is seated twice, the one with the least need.
fn least_due(table: &Table<'_>, groups: &[Vec<usize>]) -> Option<usize> {
    let mut seated: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for n in groups.iter().flatten() {
        seated.entry(table.person[*n]).or_default().push(*n);
    }
    let rivals = seated.into_values().filter(|own| own.len() > 1).flatten();
    rivals.min_by_key(|n| (table.announced_of[*n].is_some(), table.wishes[*n].need(), std::cmp::Reverse(*n)))
}

/// Fixes the starts of rival wishes in every way that lets their members be in one place, and takes the best seating.
fn weigh_every_way(table: &Table<'_>, part: &[usize]) -> Option<Seated> {
    let inside = |own: Vec<usize>| own.into_iter().filter(|n| part.contains(n)).collect::<Vec<_>>();
    let rivals: Vec<usize> = of_one_member(table).into_iter().map(inside).filter(|own| own.len() > 1).flatten().collect();
    let ways = rivals.iter().map(|n| starts::best(table, &[*n]).len() + 1).try_fold(1usize, |a, b| a.checked_mul(b))?;
    if part.len() > exact::MOST || ways.saturating_mul(1 << part.len()) > WAYS {
        return None;
    }
    let mut search = Ways { table, part, rivals: &rivals, fixed: Vec::new(), best: None };
    search.go();
    search.best.map(|(_, seated)| seated)
}

struct Ways<'a, 'b> {
    table: &'a Table<'b>,
    part: &'a [usize],
    rivals: &'a [usize],
    /// The start of each rival so far; `None` leaves it out.
    fixed: Vec<Option<i64>>,
    best: Option<(Tiers, Seated)>,
}

impl Ways<'_, '_> {
    fn go(&mut self) {
        let Some(n) = self.rivals.get(self.fixed.len()).copied() else { return self.weigh() };
        let starts = starts::best(self.table, &[n]).into_iter().map(Some).chain([None]);
        for start in starts {
            let clashes = start.is_some_and(|at| {
                self.fixed.iter().zip(self.rivals).any(|(other, o)| {
                    self.table.person[*o] == self.table.person[n]
                        && other.is_some_and(|other| clash(self.table, (n, at), (*o, other)))
                })
            });
            if !clashes {
                self.fixed.push(start);
                self.go();
                self.fixed.pop();
            }
        }
    }

    fn weigh(&mut self) {
        let start = |n: usize| self.rivals.iter().position(|r| *r == n).map(|at| self.fixed[at]);
        let people: Vec<usize> = self.part.iter().copied().filter(|n| start(*n) != Some(None)).collect();
        let shared = |group: &[usize]| {
            let (first, last) = self.table.shared(group);
            let fixed = || group.iter().filter_map(|n| start(*n).flatten());
            let (from, to) = (fixed().max().unwrap_or(first).max(first), fixed().min().unwrap_or(last).min(last));
            (from <= to).then_some((from, fixed().next()))
        };
        let groups = exact::seat_by(&people, |group| {
            (self.table.may_sit(group) && exact::whole(self.table, group) && shared(group).is_some())
                .then(|| self.table.worth(group))
        });
        let mut sum = Tiers::default();
        let mut seated = Seated::new();
        for group in groups {
            sum += self.table.worth(&group);
            let fixed = shared(&group).and_then(|(_, fixed)| fixed);
            let start = fixed.or_else(|| starts::best(self.table, &group).first().copied());
            seated.extend(start.map(|start| (group, start)));
        }
        if self.best.as_ref().is_none_or(|(best, _)| sum > *best) {
            self.best = Some((sum, seated));
        }
    }
}

/// Many people: pack, then settle with whom, start by start.
fn packed(table: &Table<'_>, part: &[usize]) -> Vec<Vec<usize>> {
    let mut announced: Vec<usize> = part.iter().filter_map(|n| table.announced_of[*n]).collect();
    announced.sort_unstable();
    announced.dedup();
    let pair = |m: &usize| <[usize; 2]>::try_from(table.announced[*m].0.as_slice()).ok();
    let free = |pair: &[usize; 2]| table.consents(pair);
    let packing = Packing {
        table,
        people: part.iter().filter(|n| table.announced_of[**n].is_none()).map(|n| (*n, table.wishes[*n].need())).collect(),
        chairs: announced.iter().filter_map(pair).filter(free).collect(),
        opens: announced.iter().filter(|m| !table.announced[**m].1).filter_map(pair).collect(),
    };
    let packed = packing::pack(&packing);
    let mut groups: Vec<Group> = packed.groups.into_iter().map(|people| Group { people, pinned: 0 }).collect();
    let mut seen: Vec<bool> = vec![false; table.wishes.len()];
    for group in &mut groups {
        // Announced pairs that stayed together are not exchanged.
        group.pinned = group.people.len() * usize::from(group.people.iter().any(|n| table.announced_of[*n].is_some()));
        group.people.iter().for_each(|n| seen[*n] = true);
    }
    for m in announced {
        let people = table.announced[m].0.clone();
        if people.iter().any(|n| seen[*n]) {
            continue;
        }
        let chair = pair(&m).and_then(|pair| packing.chairs.iter().position(|c| *c == pair));
        let third = packed.joins.iter().find(|(_, at)| Some(*at) == chair).map(|(n, _)| *n);
        groups.push(Group { pinned: people.len(), people: people.into_iter().chain(third).collect() });
    }
    borrow(table, part, &mut groups);
    by_start(table, groups)
}

/// Somebody left over sits down with one of an announced trio, if the other two remain a pair.
pub(super) fn borrow(table: &Table<'_>, part: &[usize], groups: &mut Vec<Group>) {
    let mut seated = vec![false; table.wishes.len()];
    groups.iter().flat_map(|g| &g.people).for_each(|n| seated[*n] = true);
    let mut alone: Vec<usize> = part.iter().copied().filter(|n| !seated[*n]).collect();
    alone.sort_by_key(|n| (-table.wishes[*n].need(), *n));
    for x in alone {
        let lends = |g: &Group| {
            let open =
                g.people.len() == 3 && g.people.iter().all(|n| table.announced_of[*n].is_none_or(|m| !table.announced[m].1));
            if open { g.people.iter().rposition(|c| table.may_pair(x, *c)) } else { None }
        };
        let Some((at, place)) = groups.iter().enumerate().find_map(|(at, g)| Some((at, lends(g)?))) else { continue };
        let lent = groups[at].people.remove(place);
        groups[at].pinned = 2;
        groups.push(Group { people: vec![lent, x], pinned: 2 });
    }
}

/// Gives each group its start and improves the company of those who share one.
fn by_start(table: &Table<'_>, groups: Vec<Group>) -> Vec<Vec<usize>> {
    let mut starts: BTreeMap<i64, Vec<Group>> = BTreeMap::new();
    for group in groups {
        let start = starts::best(table, &group.people).first().copied().unwrap_or_default();
        starts.entry(start).or_default().push(group);
    }
    let mut all = Vec::new();
    for mut groups in starts.into_values() {
        company::improve(table, &mut groups);
        all.extend(groups.into_iter().map(|g| g.people));
    }
    all
}
