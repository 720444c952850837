//! Deciding about one start: patience, promises, thirds named last, and nothing announced changed without need.

use super::brute::Brute;
use super::pools::{self, Dice};
use crate::domain::booking::Length;
use crate::domain::id::{BookingId, MemberId};
use crate::domain::matching::planner::{Call, Decision, decide, decide_within};
use crate::domain::matching::{Announced, Meeting, Pool, Rule, Wish};
use crate::domain::time::{MINUTE, Timestamp};
use std::collections::BTreeSet;

const NINE: Timestamp = Timestamp(540 * MINUTE);

fn wish(n: i64, from: i64, to: i64) -> Wish {
    let at = |minutes: i64| Timestamp(minutes * MINUTE);
    let plain = Wish::exact(BookingId(n), MemberId(n), at(from), Length::Middle);
    Wish { trio: true, latest: at(to), ..plain }
}

fn announced(ids: &[i64], pending: &[i64]) -> Announced {
    let all = |ids: &[i64]| ids.iter().map(|n| BookingId(*n)).collect();
    Announced { start: NINE, bookings: all(ids), pending: all(pending), locked: false }
}

fn pool(wishes: Vec<Wish>) -> Pool {
    Pool { wishes, ..Pool::default() }
}

fn seats(decision: &Decision) -> Vec<Vec<i64>> {
    decision.meetings.iter().map(|m| m.bookings.iter().map(|id| id.0).collect()).collect()
}

#[test]
fn a_window_waits_until_its_last_start() {
    let pool = pool(vec![wish(1, 540, 600), wish(2, 525, 570)]);
    assert!(decide(&pool, NINE, Call::Due).meetings.is_empty());
    let last = decide(&pool, Timestamp(570 * MINUTE), Call::Due);
    assert_eq!(seats(&last), [[1, 2]]);
    assert_eq!(last.settled, [BookingId(1), BookingId(2)]);
    assert_eq!(last.meetings[0].rule, Rule::Moved);
}

#[test]
fn a_flexible_booking_is_kept_for_whom_it_alone_can_join() {
    // 1 and 2 have each other at nine; 4 is alone at half past, and only 3 can come.
    let pool = pool(vec![wish(1, 540, 540), wish(2, 540, 540), wish(3, 540, 570), wish(4, 570, 570)]);
    assert_eq!(seats(&decide(&pool, NINE, Call::Due)), [[1, 2]]);
    assert_eq!(seats(&decide(&pool, Timestamp(570 * MINUTE), Call::Due)), [[3, 4]]);
}

#[test]
fn with_nobody_to_begin_with_a_window_takes_the_start_beside_who_is_alone() {
    // 1 works alone from half past eight to twenty past nine.
    let beside = |pool: &Pool, at: i64| decide(pool, Timestamp(at * MINUTE), Call::Due).beside;
    let with = |other: Wish| pool(vec![wish(1, 510, 510), other]);
    assert_eq!(beside(&with(wish(2, 540, 600)), 540), [BookingId(2)]);
    // The one who begins at a quarter past ten will be there for longer: the last start waits for them.
    let longer = pool(vec![wish(1, 510, 510), wish(2, 540, 600), wish(3, 615, 615)]);
    assert!(beside(&longer, 540).is_empty());
    // Who has company waits for it, and who must not meet them is not brought there.
    let found = pool(vec![wish(1, 510, 510), wish(2, 540, 600), wish(3, 570, 570)]);
    assert!(beside(&found, 540).is_empty());
    let mut blocked = with(wish(2, 540, 600));
    blocked.never.insert((MemberId(1), MemberId(2)));
    assert!(beside(&blocked, 540).is_empty());
    assert!(decide(&with(wish(2, 540, 600)), NINE, Call::Last).beside.is_empty());
}

#[test]
fn who_must_begin_now_may_choose_among_the_flexible() {
    use crate::domain::matching::{Manner, Talk};
    let likes = |talk, wish: Wish| Wish { manner: Manner { talk, ..Manner::default() }, ..wish };
    let wishes = vec![
        likes(Talk::Quiet, wish(1, 540, 540)),
        likes(Talk::Chat, wish(2, 540, 570)),
        likes(Talk::Quiet, wish(3, 540, 600)),
        likes(Talk::Chat, wish(4, 570, 570)),
    ];
    let pool = pool(wishes);
    assert_eq!(seats(&decide(&pool, NINE, Call::Due)), [[1, 3]]);
}

#[test]
fn early_only_exact_bookings_of_one_length_become_pairs() {
    let mut long = wish(4, 540, 540);
    long.length_s = 75 * MINUTE;
    long.any_length = true;
    let pool = pool(vec![wish(1, 540, 540), wish(2, 540, 540), wish(3, 540, 540), long, wish(5, 540, 600)]);
    let decision = decide(&pool, NINE, Call::Early);
    assert_eq!(decision.meetings.len(), 1);
    assert_eq!(decision.meetings[0].bookings.len(), 2);
    assert!(decision.settled.is_empty());
}

#[test]
fn the_odd_one_out_is_the_third_of_an_announced_pair_and_stands_last() {
    let mut pool = pool(vec![wish(1, 540, 540), wish(2, 540, 540), wish(3, 540, 540)]);
    pool.announced = vec![announced(&[2, 3], &[])];
    let decision = decide(&pool, NINE, Call::Due);
    assert_eq!(seats(&decision), [[2, 3, 1]]);
    assert_eq!((decision.meetings[0].third, decision.meetings[0].rule), (Some(BookingId(1)), Rule::Third));
    // Somebody comes: the pending third has a partner of its own, and the pair is left in peace.
    pool.announced = vec![announced(&[2, 3], &[1])];
    pool.wishes.push(wish(4, 540, 540));
    assert_eq!(seats(&decide(&pool, NINE, Call::Due)), [[1, 4], [2, 3]]);
}

#[test]
fn a_promise_of_company_is_kept_whoever_comes() {
    let mut pool = pool(vec![wish(1, 540, 540), wish(2, 540, 540), wish(3, 540, 540)]);
    pool.announced = vec![announced(&[2, 3], &[1])];
    let mut newcomer = wish(4, 540, 540);
    newcomer.sessions_done = 0;
    newcomer.left_out = 9;
    pool.wishes.push(newcomer);
    pool.never.insert((MemberId(4), MemberId(1)));
    assert_eq!(seats(&decide(&pool, NINE, Call::Due)), [[2, 3, 1]]);
}

#[test]
fn an_announced_pair_is_opened_only_in_the_last_minute_and_only_for_two_more() {
    let mut pool = pool((1..=4).map(|n| Wish { trio: false, ..wish(n, 540, 540) }).collect());
    pool.announced = vec![announced(&[2, 3], &[])];
    pool.never.extend([(MemberId(1), MemberId(4)), (MemberId(1), MemberId(3)), (MemberId(4), MemberId(2))]);
    assert_eq!(seats(&decide(&pool, NINE, Call::Due)), [[2, 3]]);
    let last = decide(&pool, NINE, Call::Last);
    assert_eq!(seats(&last), [[1, 2], [3, 4]]);
    assert!(last.meetings.iter().all(|m| m.rule == Rule::Opened || m.rule == Rule::SameSlot));
    pool.announced[0].locked = true;
    assert_eq!(seats(&decide(&pool, NINE, Call::Last)), [[2, 3]], "a locked pair changes only if one cancels");
    pool.announced[0].locked = false;
    pool.wishes.pop();
    assert_eq!(seats(&decide(&pool, NINE, Call::Last)), [[2, 3]], "one more is no reason");
}

#[test]
fn an_announced_trio_lends_one_to_who_would_be_alone() {
    let mut pool = pool((1..=4).map(|n| wish(n, 540, 540)).collect());
    pool.announced = vec![announced(&[1, 2, 3], &[])];
    assert_eq!(seats(&decide(&pool, NINE, Call::Due)), [[1, 2, 3]]);
    let last = decide(&pool, NINE, Call::Last);
    assert_eq!(last.meetings.iter().map(|m| m.bookings.len()).collect::<Vec<_>>(), [2, 2]);
}

/// Decides about every start in turn, as an instance would, and holds every decision against the plain rules.
#[test]
fn what_was_announced_of_two_lengths_holds_when_the_pool_has_grown_and_is_not_opened_for_another() {
    let of = |n: i64, minutes: i64| Wish { length_s: minutes * MINUTE, any_length: true, ..wish(n, 540, 540) };
    let mut pool = pool(vec![of(1, 25), of(2, 50), of(3, 75)]);
    pool.announced = vec![announced(&[1, 2], &[])];
    pool.rules.mixed_up_to = 0;
    assert_eq!(seats(&decide(&pool, NINE, Call::Last)), [[1, 2]]);
    // While lengths are mixed, the third is taken in.
    pool.rules.mixed_up_to = 300;
    assert_eq!(seats(&decide(&pool, NINE, Call::Last)), [[1, 2, 3]]);
}

fn live_through(pool: &mut Pool, dice: &mut Dice, seed: u64) {
    let mut told: Vec<Meeting> = Vec::new();
    let first = 540 * MINUTE;
    for start in (0..20).map(|n| Timestamp(first + n * 900)) {
        let mut known: Vec<Announced> = Vec::new();
        for call in [Call::Early, Call::Due, Call::Due, Call::Last] {
            pool.announced.clone_from(&known);
            let decision = decide(pool, start, call);
            assert_eq!(decide(&pools::shuffled(dice, pool), start, call), decision, "seed {seed}: another order");
            let promised: BTreeSet<BookingId> = known.iter().flat_map(|a| a.bookings.iter().chain(&a.pending)).copied().collect();
            let seated: BTreeSet<BookingId> = decision.meetings.iter().flat_map(|m| m.bookings.iter()).copied().collect();
            assert!(promised.is_subset(&seated), "seed {seed}: a promise is broken at {start:?}");
            if call != Call::Last {
                let together =
                    |a: &Announced| decision.meetings.iter().any(|m| a.bookings.iter().all(|id| m.bookings.contains(id)));
                assert!(known.iter().all(together), "seed {seed}: announced, and parted before the last minute");
            }
            pool.announced.clear();
            let brute = Brute::new(pool);
            let all: Vec<Meeting> = told.iter().chain(&decision.meetings).cloned().collect();
            assert_eq!(brute.fault(&all), None, "seed {seed}");
            let pending = |m: &Meeting| m.third.filter(|_| call != Call::Last);
            known = decision
                .meetings
                .iter()
                .map(|m| Announced {
                    start,
                    bookings: m.bookings.iter().copied().filter(|id| Some(*id) != pending(m)).collect(),
                    pending: pending(m).into_iter().collect(),
                    locked: false,
                })
                .collect();
            if call == Call::Last {
                told.extend(decision.meetings);
            }
        }
        // Who sits is gone from the waiting; who has no later start is alone.
        let members: BTreeSet<MemberId> = told
            .iter()
            .flat_map(|m| &m.bookings)
            .filter_map(|id| pool.wishes.iter().find(|w| w.booking == *id))
            .map(|w| w.member)
            .collect();
        let sits = |w: &Wish| told.iter().any(|m| m.bookings.contains(&w.booking));
        let gone: Vec<BookingId> =
            pool.wishes.iter().filter(|w| !sits(w) && members.contains(&w.member)).map(|w| w.booking).collect();
        let mut rest = pool.clone();
        rest.wishes.retain(|w| !sits(w) && !gone.contains(&w.booking) && w.latest > start);
        let seated: Vec<Wish> = pool.wishes.iter().filter(|w| sits(w)).cloned().collect();
        drop(std::mem::take(&mut pool.wishes));
        if rest.wishes.is_empty() {
            return;
        }
        pool.wishes = rest.wishes;
        told.retain(|m| m.bookings.iter().all(|id| pool.wishes.iter().any(|w| w.booking == *id)));
        drop(seated);
    }
}

#[test]
fn no_decision_ever_breaks_a_rule_or_a_promise() {
    for seed in 0..600 {
        let mut dice = Dice::new(seed + 40_000);
        let n = 3 + dice.below(if seed % 10 == 0 { 40 } else { 9 });
        let mut pool = pools::pool(&mut dice, n, seed % 2 == 0);
        live_through(&mut pool, &mut dice, seed);
    }
}

#[test]
fn where_the_machine_carries_fewer_threes_the_pairs_stay_and_who_was_promised_company_comes_first() {
    let mut pool = pool((1..=6).map(|n| wish(n, 540, 540)).collect());
    pool.never = BTreeSet::from([(MemberId(5), MemberId(6))]);
    pool.announced = vec![announced(&[1, 2], &[]), announced(&[3, 4], &[6])];
    pool.announced.iter_mut().for_each(|pair| pair.locked = true);
    for call in [Call::Due, Call::Last] {
        let wished = decide(&pool, NINE, call);
        assert_eq!((wished.new_threes(&pool), seats(&wished).concat().len()), (2, 6));
        assert_eq!(decide_within(&pool, NINE, call, 2), wished);
        let one = decide_within(&pool, NINE, call, 1);
        assert_eq!((one.new_threes(&pool), seats(&one).concat().contains(&6)), (1, true));
        assert_eq!(seats(&decide_within(&pool, NINE, call, 0)), [[1, 2], [3, 4]]);
    }
    // Pairs that may be opened give both company without any three.
    pool.announced.iter_mut().for_each(|pair| pair.locked = false);
    let opened = decide_within(&pool, NINE, Call::Last, 1);
    assert_eq!(seats(&opened).concat().len(), 6);
    assert!(opened.new_threes(&pool) <= 1);
}

#[test]
fn with_room_for_fewer_threes_no_rule_breaks_and_who_was_announced_keeps_company() {
    let mut fewer = 0;
    for seed in 0..500 {
        let mut dice = Dice::new(seed + 70_000);
        let n = 5 + dice.below(20);
        let mut pool = pools::pool(&mut dice, n, seed % 2 == 0);
        let early = decide(&pool, NINE, Call::Early).meetings;
        pool.announced = early.iter().map(|m| Announced { bookings: m.bookings.clone(), ..announced(&[], &[]) }).collect();
        let known: BTreeSet<BookingId> = early.iter().flat_map(|m| m.bookings.iter().copied()).collect();
        for call in [Call::Due, Call::Last] {
            let wished = decide(&pool, NINE, call).new_threes(&pool);
            for threes in 0..3 {
                fewer += usize::from(wished > threes);
                let decision = decide_within(&pool, NINE, call, threes);
                assert!(decision.new_threes(&pool) <= threes, "seed {seed}: too many at {call:?}");
                let seated: BTreeSet<BookingId> = decision.meetings.iter().flat_map(|m| m.bookings.iter().copied()).collect();
                assert!(known.is_subset(&seated), "seed {seed}: who was announced is alone");
                let open = Pool { announced: Vec::new(), ..pool.clone() };
                assert_eq!(Brute::new(&open).fault(&decision.meetings), None, "seed {seed}");
            }
        }
    }
    assert!(fewer > 50, "the pools are for it: {fewer}");
}
