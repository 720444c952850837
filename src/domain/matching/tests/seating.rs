//! Planning a whole pool: optimal on the first five aims, allowed, the same in any order, and bounded.

use super::brute::{Brute, groups};
use super::pools::{self, Dice};
use crate::domain::booking::Length;
use crate::domain::id::{BookingId, MemberId};
use crate::domain::matching::packing::{Packing, pack};
use crate::domain::matching::table::Table;
use crate::domain::matching::{Announced, Pool, Rule, Rules, Wish, plan, worth};
use crate::domain::time::Timestamp;

const EVER: Timestamp = Timestamp(i64::MIN);

/// A pool of `most` wishes or fewer with a few announced matches.
fn drawn(seed: u64, most: u64, rivals: bool) -> Pool {
    let mut dice = Dice::new(seed);
    let n = 2 + dice.below(most - 1);
    let mut pool = pools::pool(&mut dice, n, rivals);
    pools::announce(&mut dice, &mut pool, |pool, ids| if ids.len() < 2 { None } else { Brute::new(pool).may_sit(ids) });
    pool
}

#[test]
fn small_pools_reach_the_best_there_is_on_the_first_five_aims() {
    for seed in 0..1500 {
        let pool = drawn(seed, if seed % 50 == 0 { 9 } else { 6 }, seed % 3 == 0);
        let meetings = plan(&pool, EVER);
        let brute = Brute::new(&pool);
        assert_eq!(brute.fault(&meetings), None, "seed {seed}");
        assert_eq!(brute.aims(&groups(&meetings)), brute.best(), "seed {seed}: {meetings:?}");
        let sum = worth(&meetings);
        assert_eq!([sum.company, sum.kept, sum.need, sum.minutes, sum.calm], brute.best(), "seed {seed}");
    }
}

#[test]
fn packing_seats_as_many_as_can_be_the_neediest_first_and_with_the_fewest_trios() {
    for seed in 0..2500 {
        let mut pool = drawn(seed, if seed % 50 == 0 { 9 } else { 7 }, false);
        pool.announced.clear();
        let table = Table::of(pool.wishes.iter().collect(), &pool);
        let people = (0..table.wishes.len()).map(|n| (n, table.wishes[n].need())).collect();
        let packed = pack(&Packing { table: &table, people, chairs: Vec::new(), opens: Vec::new() });
        let ids = |g: &Vec<usize>| g.iter().map(|n| table.wishes[*n].booking).collect::<Vec<BookingId>>();
        let groups: Vec<Vec<BookingId>> = packed.groups.iter().map(ids).collect();
        let brute = Brute::new(&pool);
        assert!(groups.iter().all(|g| brute.may_sit(g).is_some()), "seed {seed}: {groups:?}");
        let (aims, best) = (brute.aims(&groups), brute.best());
        assert_eq!([aims[0], aims[2]], [best[0], best[2]], "seed {seed}: {groups:?}");
        assert!(aims[4] >= best[4], "seed {seed}: more trios than needed");
    }
}

#[test]
fn announced_pairs_take_in_or_open_only_for_more_people_in_company() {
    for seed in 0..1500 {
        let pool = drawn(seed, 7, false);
        let table = Table::of(pool.wishes.iter().collect(), &pool);
        let pair = |a: &(Vec<usize>, bool)| <[usize; 2]>::try_from(a.0.as_slice()).ok();
        if table.announced.iter().any(|a| a.0.len() != 2 || a.1) || table.announced.is_empty() {
            continue;
        }
        let free: Vec<usize> = (0..table.wishes.len()).filter(|n| table.announced_of[*n].is_none()).collect();
        let pairs: Vec<[usize; 2]> = table.announced.iter().filter_map(pair).collect();
        let chairs = pairs.iter().copied().filter(|p| table.consents(p)).collect();
        let packed = pack(&Packing { table: &table, people: free.iter().map(|n| (*n, 0)).collect(), chairs, opens: Vec::new() });
        let seated: usize = packed.groups.iter().map(Vec::len).sum::<usize>() + packed.joins.len();
        // The best when pairs may take a third and are never opened.
        let mut closed = pool.clone();
        closed.announced.iter_mut().for_each(|a| a.locked = true);
        assert_eq!(seated as i64 + 2 * pairs.len() as i64, Brute::new(&closed).best()[0], "seed {seed}");
    }
}

#[test]
fn a_pool_told_in_another_order_is_seated_the_same() {
    for seed in 0..400 {
        let mut dice = Dice::new(seed + 7_000);
        let n = 3 + dice.below(if seed % 4 == 0 { 60 } else { 12 });
        let mut pool = pools::pool(&mut dice, n, true);
        pools::announce(&mut dice, &mut pool, |pool, ids| if ids.len() < 2 { None } else { Brute::new(pool).may_sit(ids) });
        let meetings = plan(&pool, EVER);
        assert_eq!(Brute::new(&pool).fault(&meetings), None, "seed {seed}");
        assert_eq!(plan(&pools::shuffled(&mut dice, &pool), EVER), meetings, "seed {seed}");
    }
}

#[test]
fn nobody_who_could_sit_is_left_over_in_a_large_pool() {
    let mut dice = Dice::new(3);
    let mut pool = pools::pool(&mut dice, 101, false);
    pool.never.clear();
    pool.walls.clear();
    pool.rules = Rules::default();
    for wish in &mut pool.wishes {
        let plain = Wish::exact(wish.booking, wish.member, Timestamp(9 * 3600), Length::Middle);
        *wish = Wish { trio: true, manner: wish.manner, ..plain };
    }
    let meetings = plan(&pool, EVER);
    assert_eq!(meetings.iter().map(|m| m.bookings.len()).sum::<usize>(), 101);
    assert_eq!(worth(&meetings).calm, -1);
}

#[test]
fn a_match_tells_why() {
    let wish = |n: i64| Wish::exact(BookingId(n), MemberId(n), Timestamp(9 * 3600), Length::Middle);
    let rule = |pool: &Pool| plan(pool, EVER).first().map(|m| m.rule);
    let mut pool = Pool { wishes: vec![wish(1), wish(2)], ..Pool::default() };
    assert_eq!(rule(&pool), Some(Rule::SameSlot));
    pool.favorites.insert((MemberId(2), MemberId(1)));
    assert_eq!(rule(&pool), Some(Rule::Favorite));
    pool.wishes[0].sessions_done = 0;
    pool.wishes[1].welcomes = true;
    assert_eq!(rule(&pool), Some(Rule::Welcome));
    let start = Timestamp(9 * 3600);
    let ids = vec![BookingId(1), BookingId(2)];
    pool.announced.push(Announced { start, bookings: ids, pending: Vec::new(), locked: true });
    assert_eq!(rule(&pool), Some(Rule::LockedIn));
    for rule in Rule::ALL {
        assert_eq!(Rule::from_word(rule.word()), Some(rule));
        assert!(!rule.sentence().contains("block"));
    }
}

#[test]
fn what_nobody_sane_would_send_is_seated_without_a_panic() {
    for seed in 0..300 {
        let mut dice = Dice::new(seed + 90_000);
        let n = 2 + dice.below(40);
        let mut pool = pools::pool(&mut dice, n, true);
        let odd = [i64::MIN, i64::MAX, -1, 0, 1, 899, 1 << 40, 32_400, 33_300];
        for wish in &mut pool.wishes {
            if dice.percent(30) {
                wish.earliest = Timestamp(dice.of(&odd));
            }
            if dice.percent(30) {
                wish.latest = Timestamp(dice.of(&odd));
            }
            if dice.percent(20) {
                wish.length_s = dice.of(&odd);
            }
            if dice.percent(10) {
                wish.booking = BookingId(dice.of(&odd));
            }
            if dice.percent(10) {
                wish.left_out = u32::MAX;
            }
        }
        pool.rules.grid_s = dice.of(&odd);
        let ids = pool.wishes.iter().take(5).map(|w| w.booking).chain([BookingId(77)]).collect::<Vec<_>>();
        let start = Timestamp(dice.of(&odd));
        pool.announced.push(Announced { start, bookings: ids.clone(), pending: ids, locked: true });
        let first = plan(&pool, EVER);
        let mut seen = std::collections::BTreeSet::new();
        assert!(first.iter().flat_map(|m| &m.bookings).all(|id| seen.insert(*id)));
    }
}
