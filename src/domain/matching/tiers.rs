//! The order of aims as a value: compared from the first field on, so that nothing later can outweigh anything earlier.
//!
//! Adds up over matches. `packed` folds a small sum into one number of the same order, for the exact search.

use serde::Serialize;
use std::ops::AddAssign;

/// What a seating is worth, aim by aim (PRODUCT section 4); derived order is the order of the aims.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Tiers {
    /// People with company.
    pub company: i64,
    /// Announced matches still together.
    pub kept: i64,
    /// Need of those with company.
    pub need: i64,
    /// Minutes in company, over people.
    pub minutes: i64,
    /// Trios, counted downwards.
    pub calm: i64,
    /// Points of taste.
    pub taste: i64,
    /// The seeded tie.
    pub tie: i64,
}

impl Tiers {
    /// One number of the same order, for sums over at most `exact::MOST` people.
    pub(super) fn packed(&self) -> i128 {
        let mut sum = i128::from(self.company);
        for (value, bits) in
            [(self.kept, 6), (self.need, 16), (self.minutes, 18), (self.calm, 6), (self.taste, 16), (self.tie, 30)]
        {
            sum = (sum << bits) + i128::from(value);
        }
        sum
    }
}

impl AddAssign for Tiers {
    fn add_assign(&mut self, other: Self) {
        self.company += other.company;
        self.kept += other.kept;
        self.need += other.need;
        self.minutes += other.minutes;
        self.calm += other.calm;
        self.taste += other.taste;
        self.tie += other.tie;
    }
}
