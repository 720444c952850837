//! Company for who is alone: the best there is, allowed, and only where it is wanted.

use super::pools::{self, Dice};
use crate::domain::booking::Length;
use crate::domain::id::{BookingId, MemberId, SessionId};
use crate::domain::matching::lounge::{Offer, rematch};
use crate::domain::matching::{Live, Lone, Pool, Rules, Wish};
use crate::domain::time::{MINUTE, Timestamp};

const NOW: Timestamp = Timestamp(545 * MINUTE);

fn lone(n: i64, left: i64) -> Lone {
    let plain = Wish::exact(BookingId(n), MemberId(n), NOW, Length::Middle);
    Lone { wish: Wish { trio: true, ..plain }, ends_at: NOW.plus(left * MINUTE), stays_alone: false }
}

fn live(n: i64, seats: [Lone; 2]) -> Live {
    Live { session: SessionId(n), start: NOW.plus(-5 * MINUTE), joins: 0, seats: seats.to_vec() }
}

fn ids(offer: &Offer) -> (Vec<i64>, Option<i64>) {
    match offer {
        Offer::Together { bookings, .. } => (bookings.iter().map(|b| b.0).collect(), None),
        Offer::Joins { booking, session, .. } => (vec![booking.0], Some(session.0)),
    }
}

fn offers(pool: &Pool, alone: &[Lone], live: &[Live]) -> Vec<(Vec<i64>, Option<i64>)> {
    rematch(pool, alone, live, NOW).iter().map(ids).collect()
}

#[test]
fn two_who_are_alone_sit_down_together_before_any_pair_is_disturbed() {
    let pair = live(7, [lone(8, 45), lone(9, 45)]);
    assert_eq!(offers(&Pool::default(), &[lone(1, 40), lone(2, 20)], &[pair]), [(vec![1, 2], None)]);
}

#[test]
fn the_odd_one_out_takes_the_free_chair_where_most_minutes_are_shared() {
    let pairs = [live(7, [lone(8, 20), lone(9, 20)]), live(5, [lone(3, 45), lone(4, 45)])];
    assert_eq!(offers(&Pool::default(), &[lone(1, 40)], &pairs), [(vec![1], Some(5))]);
    let mut shy = pairs.clone();
    shy[1].seats[0].wish.trio = false;
    assert_eq!(offers(&Pool::default(), &[lone(1, 40)], &shy), [(vec![1], Some(7))], "consent is asked of everybody");
}

#[test]
fn who_stays_alone_is_left_alone_and_four_minutes_are_no_company() {
    let quiet = Lone { stays_alone: true, ..lone(1, 40) };
    assert!(offers(&Pool::default(), &[quiet, lone(2, 40)], &[]).is_empty());
    assert!(offers(&Pool::default(), &[lone(1, 4), lone(2, 40)], &[]).is_empty());
}

#[test]
fn a_block_holds_in_the_lounge_too() {
    let mut pool = Pool::default();
    pool.never.insert((MemberId(2), MemberId(1)));
    assert!(offers(&pool, &[lone(1, 40), lone(2, 40)], &[]).is_empty());
    assert!(offers(&pool, &[lone(1, 40)], &[live(7, [lone(2, 40), lone(3, 40)])]).is_empty());
}

/// A lounge as plainly as it can be said.
struct Plain<'a> {
    pool: &'a Pool,
    alone: &'a [Lone],
    live: &'a [Live],
}

impl Plain<'_> {
    fn meet(&self, a: &Lone, b: &Lone) -> bool {
        let (p, q) = (a.wish.member, b.wish.member);
        !self.pool.never.contains(&(p, q)) && !self.pool.never.contains(&(q, p))
    }

    /// People, sessions joined counted downwards, minutes; or nothing if it must not be.
    fn worth(&self, group: &[usize], chair: Option<usize>) -> Option<[i64; 3]> {
        let seats = chair.map_or(&[][..], |c| &self.live[c].seats);
        let all: Vec<&Lone> = group.iter().map(|n| &self.alone[*n]).chain(seats).collect();
        let left: Vec<i64> = all.iter().map(|l| l.ends_at.since(NOW)).collect();
        let consent = all.len() < 3 || (self.pool.rules.trios && all.iter().all(|l| l.wish.trio));
        let fits = all.iter().enumerate().all(|(n, a)| all[n + 1..].iter().all(|b| self.meet(a, b)));
        let seconds: i64 =
            (0..group.len()).map(|n| left[n].min((0..all.len()).filter(|o| *o != n).map(|o| left[o]).max().unwrap_or(0))).sum();
        let enough = left.iter().all(|l| *l >= self.pool.rules.shared_s);
        (consent && fits && enough && (2..=3).contains(&all.len()))
            .then(|| [group.len() as i64, -i64::from(chair.is_some()), seconds / 60])
    }

    fn best(&self, rest: &[usize], taken: &mut Vec<usize>) -> [i64; 3] {
        let Some((first, rest)) = rest.split_first() else { return [0; 3] };
        let plus = |a: [i64; 3], b: [i64; 3]| [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
        let mut best = self.best(rest, taken);
        for c in (0..self.live.len()).filter(|c| !taken.contains(c)).collect::<Vec<_>>() {
            if let Some(worth) = self.worth(&[*first], Some(c)) {
                taken.push(c);
                best = best.max(plus(worth, self.best(rest, taken)));
                taken.pop();
            }
        }
        for (at, b) in rest.iter().enumerate() {
            for group in [vec![*first, *b]].into_iter().chain(rest[at + 1..].iter().map(|c| vec![*first, *b, *c])) {
                if let Some(worth) = self.worth(&group, None) {
                    let left: Vec<usize> = rest.iter().copied().filter(|n| !group.contains(n)).collect();
                    best = best.max(plus(worth, self.best(&left, taken)));
                }
            }
        }
        best
    }
}

#[test]
fn small_lounges_reach_the_best_there_is_and_break_no_rule() {
    for seed in 0..1500 {
        let mut dice = Dice::new(seed + 20_000);
        let (n, rooms) = (1 + dice.below(5) as i64, dice.below(4) as i64);
        let mut pool = Pool { rules: Rules { trios: dice.percent(90), ..Rules::default() }, ..Pool::default() };
        let people = n + 2 * rooms;
        for a in 0..people {
            for b in (0..people).filter(|b| *b != a) {
                if dice.percent(12) {
                    pool.never.insert((MemberId(a), MemberId(b)));
                }
            }
        }
        let mut person = |n: i64| {
            let mut lone = lone(n, 2 + dice.below(60) as i64);
            lone.wish.trio = dice.percent(75);
            lone.wish.manner = pools::manner(&mut dice);
            lone
        };
        let alone: Vec<Lone> = (0..n).map(&mut person).collect();
        let sessions: Vec<Live> = (0..rooms).map(|r| live(r, [person(n + 2 * r), person(n + 2 * r + 1)])).collect();
        let plain = Plain { pool: &pool, alone: &alone, live: &sessions };
        let mut sum = [0; 3];
        for offer in rematch(&pool, &alone, &sessions, NOW) {
            let (ids, chair) = ids(&offer);
            let group: Vec<usize> = ids.iter().map(|n| *n as usize).collect();
            let worth = plain.worth(&group, chair.map(|c| c as usize)).unwrap_or_else(|| panic!("seed {seed}: {offer:?}"));
            sum = [sum[0] + worth[0], sum[1] + worth[1], sum[2] + worth[2]];
        }
        let able: Vec<usize> = (0..alone.len()).collect();
        assert_eq!(sum, plain.best(&able, &mut Vec::new()), "seed {seed}");
    }
}

#[test]
fn a_crowd_of_lone_people_leaves_nobody_over_who_could_sit() {
    for n in [25, 60, 301] {
        let alone: Vec<Lone> = (0..n).map(|n| lone(n, 6 + n % 50)).collect();
        let seated: usize = rematch(&Pool::default(), &alone, &[], NOW).iter().map(|o| ids(o).0.len()).sum();
        assert_eq!(seated as i64, n);
    }
}
