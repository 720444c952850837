//! Somebody flexible with whom nobody begins: whether this start brings them beside somebody who is alone at that time, so that the
//! lounge can seat them together.
//!
//! A start is taken only when every later one of the window would share less time with whoever is alone; until then waiting
//! costs nothing. Whom they must not meet is nobody, and fewer shared minutes than count as company are none.

use super::pool::{Pool, Wish};
use super::table::Table;
use crate::domain::id::BookingId;
use crate::domain::time::Timestamp;
use std::collections::BTreeSet;

/// The flexible who had better take `start`. `planned` have company already, here or at a start to come.
pub(super) fn take(pool: &Pool, start: Timestamp, planned: &BTreeSet<BookingId>) -> Vec<BookingId> {
    let without = |w: &&Wish| !planned.contains(&w.booking);
    let table = Table::of(pool.wishes.iter().filter(without).collect(), pool);
    let (grid, least) = (table.rules.grid_s.max(1), table.rules.shared_s);
    let length = |n: usize| table.wishes[n].length_s;
    // Who has one start left, or none, is alone from then on.
    let alone = |n: &usize| table.first[*n] == table.last[*n] || table.last[*n] < start.0;
    let lone: Vec<usize> = (0..table.wishes.len()).filter(alone).collect();
    let shared = |n: usize, at: i64| {
        let others = lone.iter().filter(|o| table.may_meet(n, **o));
        let seconds = others.map(|o| (table.last[*o] + length(*o)).min(at + length(n)) - at.max(table.last[*o]));
        seconds.filter(|s| *s >= least).max().unwrap_or(0)
    };
    let is_best = |n: &usize| {
        let here = shared(*n, start.0);
        here > 0 && (1..=(table.last[*n] - start.0) / grid).all(|k| shared(*n, start.0 + k * grid) < here)
    };
    let waits = |n: &usize| table.first[*n] <= start.0 && start.0 < table.last[*n];
    (0..table.wishes.len()).filter(waits).filter(is_best).map(|n| table.wishes[n].booking).collect()
}
