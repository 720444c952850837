//! Who sits with whom: pure functions from a pool to a seating, the same whatever order the pool comes in.
//!
//! The order of aims (PRODUCT section 4) is strict: most people in company, announced matches stay, need, minutes, fewest
//! trios, taste, a seeded tie. Blocks, walls, groups, windows and consent are never broken. Integers only; told the time and
//! the seed; every search is bounded. Deliberately absent: weights to tune, and anything that reads a clock or a store.
//!
//! Three questions are answered: `plan` seats a pool in which everything is known; `planner::decide` is asked when one start
//! becomes due, and leaves open what can wait; `lounge::rematch` finds company for who is alone in a session under way.
//! `starting::choices` says whom somebody sits down with who starts at this moment, and `orders::place` finds times for those who left the choice to the house.

mod absorb;
mod beside;
mod blossom;
mod candidates;
mod company;
mod components;
mod exact;
pub mod lounge;
pub mod orders;
mod packing;
mod pairing;
pub mod planner;
mod pool;
mod prices;
mod rule;
mod seating;
pub mod starting;
mod starts;
mod table;
mod taste;
#[cfg(test)]
mod tests;
mod tiers;

pub use pool::{Announced, Camera, Live, Lone, Manner, Pool, Repeats, Rules, Talk, Task, Whom, Wish};
pub use rule::{Meeting, Rule};
pub use table::MOST_WISHES;
pub use tiers::Tiers;

use super::time::Timestamp;
use table::Table;

/// Seats the pool at `now`: every wish that is not over is in at most one meeting.
pub fn plan(pool: &Pool, now: Timestamp) -> Vec<Meeting> {
    let open = pool.wishes.iter().filter(|w| w.latest.plus(w.length_s) > now).collect();
    let table = Table::of(open, pool);
    let mut meetings: Vec<Meeting> =
        seating::seat(&table).into_iter().map(|(group, start)| rule::meeting(&table, &group, start)).collect();
    meetings.sort_by(|a, b| (a.start, &a.bookings).cmp(&(b.start, &b.bookings)));
    meetings
}

/// What a seating of this pool is worth in all, aim by aim.
pub fn worth(meetings: &[Meeting]) -> Tiers {
    let mut sum = Tiers::default();
    for meeting in meetings {
        sum += meeting.worth;
    }
    sum
}
