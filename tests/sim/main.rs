//! A simulated instance: members with habits, zones and windows, who cancel, stay away, come late and leave early, against
//! the very matcher of the house with a virtual clock. Every step is checked; the figures are printed as a table.
//!
//! `cargo run --release --example sim` prints the table; a number after it is how many weeks each instance lives. All
//! behaviour is assumed, and written down in `demand.rs`.
#![allow(clippy::print_stdout)]

mod demand;
mod figures;
mod world;

use demand::{Demand, Dice};
use figures::Figures;
use world::World;

/// An instance: how many members, weeks, seeds.
struct Run {
    members: usize,
    weeks: i64,
    seeds: u64,
    office: bool,
    /// The share of wishes that are left to the house, in percent.
    orders: u64,
}

impl Run {
    fn figures(&self) -> Figures {
        let mut sum = Figures::default();
        for seed in 0..self.seeds {
            let mut dice = Dice::new(seed * 1000 + self.members as u64);
            let demand = Demand::drawn(&mut dice, self.members, self.weeks, self.office, self.orders);
            sum.add(&World::new(demand, seed).live());
        }
        sum
    }
}

fn main() {
    let weeks: Option<i64> = std::env::args().nth(1).and_then(|n| n.parse().ok());
    println!("{}", Figures::HEAD);
    let runs = [(5, 52, 30, false), (15, 52, 12, false), (30, 52, 6, false), (100, 26, 3, false), (500, 10, 2, false)];
    let runs = runs.into_iter().chain([(5000, 1, 1, false), (15, 52, 6, true), (30, 52, 3, true), (100, 20, 2, true)]);
    for (members, most, seeds, office) in runs {
        for orders in [0, 20] {
            let run = Run { members, weeks: weeks.unwrap_or(most), seeds, office, orders };
            let name =
                format!("{}{members}{}", if office { "office " } else { "" }, if orders > 0 { ", times found" } else { "" });
            println!("{}", run.figures().row(&name));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_of_a_small_instance_keeps_every_promise() {
        let run = Run { members: 30, weeks: 52, seeds: 1, office: false, orders: 0 };
        let figures = run.figures();
        assert!(figures.attended > 3000.0);
        assert!(figures.minutes_alone() < 3000.0, "{}", figures.row("30"));
        assert!(figures.alone_all() < 36.0, "{}", figures.row("30"));
        assert!(figures.changed_by_engine() < 0.2, "{}", figures.row("30"));
    }

    #[test]
    fn found_times_bring_company_to_a_tiny_instance() {
        let of = |orders| Run { members: 8, weeks: 26, seeds: 2, office: false, orders }.figures().minutes_alone();
        assert!(of(40) < of(0) - 300.0);
    }

    #[test]
    fn the_same_seed_lives_the_same_life() {
        let row = || Run { members: 12, weeks: 6, seeds: 1, office: true, orders: 20 }.figures().row("12");
        assert_eq!(row(), row());
    }
}
