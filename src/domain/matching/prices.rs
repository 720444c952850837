//! What company costs: a price for each person, so that for a good pair the two prices come to what it is worth.
//!
//! Everybody bids for a partner; whoever is wanted by many becomes dear, and others look elsewhere (Bertsekas' auction on
//! the graph taken twice). Prices are the duals of the matching without its odd cycles: nearly the truth, and quick.

use super::blossom::NONE;
use std::collections::VecDeque;

/// The least that a bid rises.
const STEP: i64 = 1;
/// Bids per person: a bound on time.
const BIDS: usize = 60;
/// Who would have to pay more than this beyond the worth of it stops bidding.
const FLOOR: i64 = -400;

/// Twice the price of each person; a pair is worth at most the sum of the two prices, halved.
pub(super) fn prices(near: &[Vec<(usize, i64)>]) -> Vec<i64> {
    let n = near.len();
    let mut price = vec![0i64; n];
    let mut owner = vec![NONE; n];
    let mut bidders: VecDeque<usize> = (0..n).collect();
    let mut bids = n * BIDS;
    while let Some(a) = bidders.pop_front() {
        if bids == 0 {
            break;
        }
        bids -= 1;
        let (mut best, mut second, mut at) = (i64::MIN, FLOOR, NONE);
        for (b, value) in &near[a] {
            let profit = value - price[*b];
            if profit > best {
                (second, best, at) = (best.max(second), profit, *b);
            } else {
                second = second.max(profit);
            }
        }
        if best <= FLOOR {
            continue;
        }
        price[at] += best - second + STEP;
        let before = std::mem::replace(&mut owner[at], a);
        if before != NONE {
            bidders.push_back(before);
        }
    }
    let profit = |a: usize| near[a].iter().map(|(b, value)| value - price[*b]).max().unwrap_or(0);
    (0..n).map(|a| profit(a) + price[a]).collect()
}
