//! For each person a short list of good company, without looking at everybody: by kinds of settings, and by favorites.
//!
//! A list is never the whole truth; who is on none may still be somebody's company.

use super::table::{Table, mix};
use std::collections::BTreeMap;

/// From the best cells, at most so many each, and so many in all.
const FROM_A_CELL: usize = 6;
const MOST: usize = 24;

/// Good company for each person.
pub(super) struct Candidates(BTreeMap<usize, Vec<usize>>);

/// People of one kind of settings and one length.
struct Cell {
    people: Vec<usize>,
    /// Cells, the best company first.
    best: Vec<usize>,
}

impl Candidates {
    pub fn new(table: &Table<'_>, people: &[usize]) -> Self {
        let mut sorted = people.to_vec();
        sorted.sort_unstable();
        let (cells, cell_of) = cells(table, &sorted);
        let mut of_person: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for n in &sorted {
            of_person.entry(table.person[*n]).or_default().push(*n);
        }
        let mut lists: BTreeMap<usize, Vec<usize>> = sorted.iter().map(|n| (*n, Vec::new())).collect();
        let mut add = |a: usize, b: usize| {
            if let Some(list) = lists.get_mut(&a) {
                list.push(b);
            }
        };
        for (at, n) in sorted.iter().enumerate() {
            for other in table.favorites.of(table.person[*n]).iter().flat_map(|p| of_person.get(p).into_iter().flatten()) {
                if table.may_pair(*n, *other) {
                    add(*n, *other);
                    add(*other, *n);
                }
            }
            let mut found = 0;
            for cell in &cells[cell_of[at]].best {
                let cell = &cells[*cell].people;
                let from = mix(*n as u64) as usize % cell.len();
                let here = cell[from..].iter().chain(&cell[..from]).take(4 * FROM_A_CELL);
                for other in here.filter(|other| table.may_pair(*n, **other)).take(FROM_A_CELL) {
                    add(*n, *other);
                    add(*other, *n);
                    found += 1;
                }
                if found >= MOST {
                    break;
                }
            }
        }
        for list in lists.values_mut() {
            list.sort_unstable();
            list.dedup();
        }
        Self(lists)
    }

    pub fn of(&self, n: usize) -> &[usize] {
        self.0.get(&n).map_or(&[], Vec::as_slice)
    }
}

/// The cells, and the cell of each person.
fn cells(table: &Table<'_>, people: &[usize]) -> (Vec<Cell>, Vec<usize>) {
    let mut known = BTreeMap::new();
    let mut cells: Vec<Cell> = Vec::new();
    let mut cell_of = Vec::with_capacity(people.len());
    for n in people {
        let cell = *known.entry((table.taste.kind[*n], table.wishes[*n].length_s)).or_insert_with(|| {
            cells.push(Cell { people: Vec::new(), best: Vec::new() });
            cells.len() - 1
        });
        cells[cell].people.push(*n);
        cell_of.push(cell);
    }
    let examples: Vec<usize> = cells.iter().map(|cell| cell.people[0]).collect();
    for (own, cell) in cells.iter_mut().enumerate() {
        let of_kinds = |other: usize| {
            let minutes = table.minutes(&[examples[own], examples[other]]);
            let kinds = table.taste.of_kinds(table.taste.kind[examples[own]].into(), table.taste.kind[examples[other]].into());
            (minutes << 20) + kinds
        };
        let mut keyed: Vec<(i64, usize)> = (0..examples.len()).map(|other| (-of_kinds(other), other)).collect();
        if keyed.len() > 3 * MOST {
            keyed.select_nth_unstable(3 * MOST);
            keyed.truncate(3 * MOST);
        }
        keyed.sort_unstable();
        cell.best = keyed.into_iter().map(|(_, other)| other).collect();
    }
    (cells, cell_of)
}
