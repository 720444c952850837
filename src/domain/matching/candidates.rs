//! For each person a short list of good company, without looking at everybody: by kinds of settings, and by favorites.
//!
//! People of one kind and length are a cell; cells are ranked for each other by their points less what company of that cell
//! costs (`prices.rs`), and a few people of each good cell are listed. Who is on no list may still be somebody's company.

use super::company::value;
use super::table::{Table, mix};
use std::collections::BTreeMap;

/// From each good cell at most so many, and so many in all before the others have chosen too.
const FROM_A_CELL: usize = 3;
const MOST: usize = 18;
/// Cells that are looked at for one person.
const MOST_CELLS: usize = 24;

/// Good company of each person, as places in `people`, the best first.
pub(super) struct Candidates<'a, 'b> {
    table: &'a Table<'b>,
    pub people: Vec<usize>,
    pub near: Vec<Vec<(usize, i64)>>,
    cells: Vec<Vec<usize>>,
    cell_of: Vec<usize>,
    of_person: BTreeMap<u32, usize>,
}

impl<'a, 'b> Candidates<'a, 'b> {
    /// The people in order, without any list.
    pub fn new(table: &'a Table<'b>, people: impl Iterator<Item = usize>) -> Self {
        let mut people: Vec<usize> = people.collect();
        people.sort_unstable();
        let mut known = BTreeMap::new();
        let mut cells: Vec<Vec<usize>> = Vec::new();
        let mut cell_of = Vec::with_capacity(people.len());
        for (place, n) in people.iter().enumerate() {
            let cell = *known.entry((table.taste.kind[*n], table.wishes[*n].length_s)).or_insert_with(|| {
                cells.push(Vec::new());
                cells.len() - 1
            });
            cells[cell].push(place);
            cell_of.push(cell);
        }
        let of_person = people.iter().enumerate().map(|(place, n)| (table.person[*n], place)).collect();
        Self { table, near: vec![Vec::new(); people.len()], people, cells, cell_of, of_person }
    }

    /// Lists good company for everybody, given what each person costs.
    pub fn list(&mut self, prices: &[i64]) {
        let ranked = self.ranked(prices);
        let mut lists: Vec<Vec<usize>> = vec![Vec::new(); self.people.len()];
        for (place, n) in self.people.iter().enumerate() {
            let favorites = self.table.favorites.of(self.table.person[*n]).iter().filter_map(|p| self.of_person.get(p));
            for other in favorites.filter(|other| self.table.may_pair(*n, self.people[**other])) {
                lists[place].push(*other);
                lists[*other].push(place);
            }
            let mut found = 0;
            for (turn, cell) in ranked[self.cell_of[place]].iter().enumerate() {
                let cell = &self.cells[*cell];
                let from = mix(place as u64 ^ (turn as u64) << 32) as usize % cell.len();
                let here = cell[from..].iter().chain(&cell[..from]).take(3 * FROM_A_CELL);
                for other in here.filter(|other| self.table.may_pair(*n, self.people[**other])).take(FROM_A_CELL) {
                    lists[place].push(*other);
                    lists[*other].push(place);
                    found += 1;
                }
                if found >= MOST {
                    break;
                }
            }
        }
        for (place, mut list) in lists.into_iter().enumerate() {
            list.sort_unstable();
            list.dedup();
            let value = |other: usize| value(self.table, self.people[place], self.people[other]);
            self.near[place] = list.into_iter().map(|other| (other, value(other))).collect();
            self.near[place].sort_unstable_by_key(|(other, value)| (-*value, *other));
        }
    }

    /// For each cell the best cells, the best first.
    fn ranked(&self, prices: &[i64]) -> Vec<Vec<usize>> {
        let mean = |cell: &Vec<usize>| cell.iter().map(|place| prices[*place]).sum::<i64>() / cell.len() as i64;
        let costs: Vec<i64> = self.cells.iter().map(mean).collect();
        let example = |cell: usize| self.people[self.cells[cell][0]];
        let kind = |cell: usize| usize::from(self.table.taste.kind[example(cell)]);
        let rank = |own: usize| {
            let worth = |other: usize| {
                let minutes = self.table.minutes(&[example(own), example(other)]) << 20;
                2 * (minutes + self.table.taste.of_kinds(kind(own), kind(other))) - costs[other]
            };
            let mut keyed: Vec<(i64, usize)> = (0..self.cells.len()).map(|other| (-worth(other), other)).collect();
            if keyed.len() > MOST_CELLS {
                keyed.select_nth_unstable(MOST_CELLS);
                keyed.truncate(MOST_CELLS);
            }
            keyed.sort_unstable();
            keyed.into_iter().map(|(_, other)| other).collect()
        };
        (0..self.cells.len()).map(rank).collect()
    }
}
