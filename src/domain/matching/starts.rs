//! Which start a match takes when windows leave a choice: the one nearest to what was asked for, then the earliest, and
//! never one at which a member would have to be in two places.

use super::components::{clash, of_one_member};
use super::table::Table;

/// Starts that are looked at in one window, and steps of the search over all matches.
const MOST_STARTS: i64 = 400;
const STEPS: usize = 20_000;

/// The starts of these groups, in their order, or `None` if some member cannot be everywhere.
pub(super) fn choose(table: &Table<'_>, groups: &[Vec<usize>]) -> Option<Vec<i64>> {
    let mut rivals = vec![false; table.wishes.len()];
    for n in of_one_member(table).into_iter().flatten() {
        rivals[n] = true;
    }
    let mut starts: Vec<Option<i64>> =
        groups.iter().map(|g| if g.iter().any(|n| rivals[*n]) { None } else { best(table, g).first().copied() }).collect();
    let open: Vec<usize> = (0..groups.len()).filter(|g| starts[*g].is_none()).collect();
    let mut steps = STEPS;
    if !place(table, groups, &rivals, &open, &mut starts, &mut steps) {
        return None;
    }
    starts.into_iter().collect()
}

/// Tries the starts of the first open group, best first, and then the rest.
fn place(
    table: &Table<'_>,
    groups: &[Vec<usize>],
    rivals: &[bool],
    open: &[usize],
    starts: &mut [Option<i64>],
    steps: &mut usize,
) -> bool {
    let Some((g, rest)) = open.split_first() else { return true };
    for start in best(table, &groups[*g]) {
        if *steps == 0 {
            return false;
        }
        *steps -= 1;
        let clashes = groups
            .iter()
            .zip(starts.iter())
            .any(|(other, at)| at.is_some_and(|at| in_two_places(table, rivals, (&groups[*g], start), (other, at))));
        if !clashes {
            starts[*g] = Some(start);
            if place(table, groups, rivals, rest, starts, steps) {
                return true;
            }
            starts[*g] = None;
        }
    }
    false
}

fn in_two_places(table: &Table<'_>, rivals: &[bool], (a, at): (&[usize], i64), (b, other): (&[usize], i64)) -> bool {
    a.iter()
        .filter(|n| rivals[**n])
        .any(|n| b.iter().any(|o| table.person[*n] == table.person[*o] && clash(table, (*n, at), (*o, other))))
}

/// The starts that a group shares, the best first.
pub(super) fn best(table: &Table<'_>, group: &[usize]) -> Vec<i64> {
    let (first, last) = table.shared(group);
    let grid = table.rules.grid_s.max(1);
    let count = ((last - first).max(0) / grid).min(MOST_STARTS - 1);
    let mut starts: Vec<i64> = (0..=count).map(|n| first + n * grid).collect();
    let moved = |start: i64| group.iter().map(|n| table.wishes[*n].start.0.abs_diff(start)).fold(0u64, u64::saturating_add);
    starts.sort_by_key(|start| (moved(*start), *start));
    starts
}
