//! How near the company of one start comes to the best there is, where more sit than can be weighed in full.

use super::pools::{Dice, manner};
use crate::domain::booking::Length;
use crate::domain::id::{BookingId, MemberId};
use crate::domain::matching::table::Table;
use crate::domain::matching::{Meeting, Pool, Rules, Wish, plan};
use crate::domain::time::{HOUR, MINUTE, Timestamp};

/// Nobody may sit there.
const NEVER: i64 = -1_000_000;

/// People at one start, of one length, with all kinds of settings and relations.
fn one_start(dice: &mut Dice, n: u64) -> Pool {
    let mut pool = Pool { rules: Rules { seed: n, ..Rules::default() }, ..Pool::default() };
    for k in 0..n as i64 {
        let exact = Wish::exact(BookingId(k + 1), MemberId(k), Timestamp(9 * HOUR), Length::Middle);
        let sessions_done = dice.of(&[0, 2, 5, 20, 20, 20]);
        pool.wishes.push(Wish {
            manner: manner(dice),
            sessions_done,
            welcomes: dice.percent(30),
            trio: dice.percent(80),
            ..exact
        });
        for _ in 0..2 {
            let mut other = || MemberId(dice.below(n) as i64);
            let pairs = [(MemberId(k), other()), (MemberId(k), other()), (MemberId(k), other()), (MemberId(k), other())];
            let [favorite, met, rather_not, never] = pairs;
            pool.favorites.insert(favorite);
            pool.met.insert(met);
            if dice.percent(20) {
                pool.rather_not.insert(rather_not);
            }
            if dice.percent(25) {
                pool.never.insert(never);
            }
        }
    }
    pool.favorites.retain(|(a, b)| a != b);
    pool
}

/// What everybody together is worth to each other, the mean over all who may sit together, and what nobody can pass.
fn measured(pool: &Pool, meetings: &[Meeting]) -> (i64, f64, i64) {
    let table = Table::of(pool.wishes.iter().collect(), pool);
    let n = table.wishes.len();
    let worth = |a: usize, b: usize| if table.may_pair(a, b) { table.points(a, b) } else { NEVER };
    let square: Vec<Vec<i64>> = (0..n).map(|a| (0..n).map(|b| if a == b { NEVER } else { worth(a, b) }).collect()).collect();
    let all = || square.iter().flatten().filter(|points| **points > NEVER);
    let mean = all().sum::<i64>() as f64 / all().count() as f64 * n as f64 / 2.0;
    let number = |id: &BookingId| table.number(*id).unwrap_or(usize::MAX);
    let sum = meetings.iter().map(|m| square[number(&m.bookings[0])][number(&m.bookings[1])]).sum();
    (sum, mean, assigned(&square) / 2)
}

/// The most that a choice of one other for each can be worth, when every other is chosen once: each pairing is such a choice
/// twice over. (The Hungarian method, with prices on both sides.)
fn assigned(square: &[Vec<i64>]) -> i64 {
    let n = square.len();
    let (mut rows, mut columns) = (vec![0; n + 1], vec![0; n + 1]);
    let mut row_of = vec![0; n + 1];
    for row in 1..=n {
        row_of[0] = row;
        let (mut at, mut least, mut before) = (0, vec![i64::MAX; n + 1], vec![0; n + 1]);
        let mut seen = vec![false; n + 1];
        while row_of[at] != 0 {
            seen[at] = true;
            let from = row_of[at];
            let (mut by, mut next) = (i64::MAX, 0);
            for column in (1..=n).filter(|column| !seen[*column]) {
                let slack = -square[from - 1][column - 1] - rows[from] - columns[column];
                if slack < least[column] {
                    (least[column], before[column]) = (slack, at);
                }
                if least[column] < by {
                    (by, next) = (least[column], column);
                }
            }
            for column in 0..=n {
                if seen[column] {
                    rows[row_of[column]] += by;
                    columns[column] -= by;
                } else if least[column] < i64::MAX {
                    least[column] -= by;
                }
            }
            at = next;
        }
        while at != 0 {
            row_of[at] = row_of[before[at]];
            at = before[at];
        }
    }
    (1..=n).map(|column| square[row_of[column] - 1][column - 1]).sum()
}

#[test]
fn the_bound_is_never_below_the_best_pairing_and_meets_it_where_there_is_one() {
    assert_eq!(assigned(&[vec![NEVER, 7, 1, 2], vec![7, NEVER, 3, 1], vec![1, 3, NEVER, 9], vec![2, 1, 9, NEVER]]) / 2, 16);
    let mut dice = Dice::new(5);
    for _ in 0..200 {
        let mut square = vec![vec![NEVER; 6]; 6];
        for (a, b) in (0..6).flat_map(|a| (0..a).map(move |b| (a, b))) {
            let points = dice.below(60) as i64 - 20;
            (square[a][b], square[b][a]) = (points, points);
        }
        assert!(assigned(&square) >= 2 * best(&square, &[0, 1, 2, 3, 4, 5]));
    }
}

/// The best pairing of a few, by trying all.
fn best(square: &[Vec<i64>], people: &[usize]) -> i64 {
    let Some((first, rest)) = people.split_first() else { return 0 };
    let with = |other: &usize| {
        let left: Vec<usize> = rest.iter().copied().filter(|o| o != other).collect();
        square[*first][*other] + best(square, &left)
    };
    rest.iter().map(with).max().unwrap_or(NEVER)
}

#[test]
fn company_of_a_full_start_is_worth_nearly_the_most_there_is() {
    let mut dice = Dice::new(94);
    for n in [16, 20, 30, 50, 80, 120, 200] {
        let (mut reached, mut most) = (0.0, 0.0);
        for _ in 0..(if n < 100 { 12 } else { 3 }) {
            let pool = one_start(&mut dice, n);
            let meetings = plan(&pool, Timestamp(8 * HOUR + 50 * MINUTE));
            assert!(meetings.len() as u64 == n / 2 && meetings.iter().all(|m| m.bookings.len() == 2), "{n} in pairs");
            let (sum, mean, bound) = measured(&pool, &meetings);
            assert!(sum <= bound, "{sum} is more than {bound}");
            (reached, most) = (reached + sum as f64 - mean, most + bound as f64 - mean);
        }
        assert!(reached >= 0.98 * most, "{n}: {:.1} %", 100.0 * reached / most);
    }
}

#[test]
fn of_five_thousand_with_all_kinds_of_wishes_nobody_is_alone_who_could_sit() {
    let mut dice = Dice::new(5000);
    let pool = one_start(&mut dice, 5_001);
    let meetings = plan(&pool, Timestamp(8 * HOUR + 50 * MINUTE));
    let mut seated: Vec<BookingId> = meetings.iter().flat_map(|m| m.bookings.iter().copied()).collect();
    seated.sort_unstable();
    seated.dedup();
    assert_eq!(seated.len(), 5_001, "everybody sits, each once");
    assert_eq!(meetings.iter().filter(|m| m.bookings.len() == 3).count(), 1, "three only where two are not enough");
    let table = Table::of(pool.wishes.iter().collect(), &pool);
    let numbers = |m: &Meeting| m.bookings.iter().filter_map(|id| table.number(*id)).collect::<Vec<_>>();
    assert!(meetings.iter().all(|m| table.may_sit(&numbers(m))));
}
