//! Whom somebody sits down with who wants to start at this very moment: one who waits for a session that begins now.
//!
//! The start and the length are those of the one who waits, and no longer than was asked for. The aims are those of every
//! decision: need, minutes, taste, a seeded tie; walls, groups, blocks and demands for certain people hold as everywhere.

use super::pool::Pool;
use super::rule::{self, Rule};
use super::table::Table;
use super::tiers::Tiers;
use crate::domain::id::BookingId;
use crate::domain::time::Timestamp;
use std::cmp::Reverse;

/// Those who would do for `own`, best first, each with the rule that would bring them together. All other wishes of the pool
/// are of people who wait at this moment.
pub fn choices(pool: &Pool, own: BookingId, now: Timestamp) -> Vec<(BookingId, Rule)> {
    let table = Table::of(pool.wishes.iter().collect(), pool);
    let Some(own) = table.number(own) else { return Vec::new() };
    let mut found: Vec<(Tiers, BookingId, Rule)> = Vec::new();
    for other in (0..table.wishes.len()).filter(|n| *n != own) {
        let wish = table.wishes[other];
        let left = wish.start.plus(wish.length_s).since(now.max(wish.start));
        if wish.length_s > table.wishes[own].length_s || left < table.rules.shared_s || !table.may_meet(own, other) {
            continue;
        }
        let worth = Tiers {
            company: 2,
            need: wish.need(),
            minutes: left / 60,
            taste: table.points(own, other),
            tie: table.tie(own, other),
            ..Tiers::default()
        };
        found.push((worth, wish.booking, rule::of_starter(&table, own, other)));
    }
    found.sort_by_key(|(worth, booking, _)| (Reverse(*worth), *booking));
    found.into_iter().map(|(_, booking, rule)| (booking, rule)).collect()
}
