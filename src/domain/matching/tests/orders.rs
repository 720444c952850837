//! Found times: where somebody is rescued, where others gather, in time, and said in time when there is none.

use crate::domain::booking::Length;
use crate::domain::id::{BookingId, MemberId};
use crate::domain::matching::orders::{Order, Placed, place};
use crate::domain::matching::{Pool, Rule, Wish};
use crate::domain::time::{DAY, HOUR, Timestamp};
use std::collections::BTreeSet;

const NOW: Timestamp = Timestamp(100 * DAY);

fn wish(n: i64, member: i64, start: Timestamp) -> Wish {
    Wish { trio: true, ..Wish::exact(BookingId(n), MemberId(member), start, Length::Middle) }
}

fn order(n: i64, member: i64, hours: &[i64]) -> Order {
    let starts = hours.iter().map(|h| NOW.plus(h * HOUR)).collect();
    Order { wish: wish(n, member, NOW), starts, since: NOW }
}

fn placed(orders: &[Order], pool: &Pool) -> Vec<Placed> {
    place(orders, pool, &BTreeSet::new(), NOW)
}

#[test]
fn an_order_goes_where_somebody_would_be_alone() {
    let start = NOW.plus(14 * HOUR);
    let pool = Pool { wishes: vec![wish(1, 1, start)], ..Pool::default() };
    let found = placed(&[order(2, 2, &[13, 14, 60])], &pool);
    assert_eq!(found, [Placed::At { order: BookingId(2), start, rule: Rule::Rescued }]);
    let pair = Pool { wishes: vec![wish(1, 1, start), wish(3, 3, start)], ..Pool::default() };
    assert!(placed(&[order(2, 2, &[13, 14, 60, 90])], &pair).is_empty(), "they have each other");
}

#[test]
fn who_is_flexible_and_alone_is_rescued_at_any_start_of_theirs_and_once() {
    let lone = Wish { latest: NOW.plus(16 * HOUR), ..wish(1, 1, NOW.plus(14 * HOUR)) };
    let pool = Pool { wishes: vec![lone.clone()], ..Pool::default() };
    let found = placed(&[order(2, 2, &[13, 15, 60, 90]), order(3, 3, &[16, 61, 91])], &pool);
    assert_eq!(found, [Placed::At { order: BookingId(2), start: NOW.plus(15 * HOUR), rule: Rule::Rescued }]);
    let other = Wish { latest: NOW.plus(18 * HOUR), ..wish(4, 4, NOW.plus(16 * HOUR)) };
    let pair = Pool { wishes: vec![lone, other], ..Pool::default() };
    assert!(placed(&[order(2, 2, &[13, 15, 60, 90])], &pair).is_empty(), "they can have each other at four");
}

#[test]
fn nothing_is_placed_nearer_than_twelve_hours() {
    let pool = Pool { wishes: vec![wish(1, 1, NOW.plus(11 * HOUR))], ..Pool::default() };
    assert!(placed(&[order(2, 2, &[11, 90, 95])], &pool).is_empty());
}

#[test]
fn orders_gather_once_half_of_their_times_are_gone_three_together_where_all_agree() {
    let early = |n| order(n, n, &[-10, -5, 70, 80]);
    let found = placed(&[early(1), early(2), early(3)], &Pool::default());
    let start = NOW.plus(70 * HOUR);
    let at = |n| Placed::At { order: BookingId(n), start, rule: Rule::Gathered };
    assert_eq!(found.len(), 3);
    assert!((1..=3).all(|n| found.contains(&at(n))), "{found:?}");
}

#[test]
fn one_member_is_never_given_two_overlapping_times() {
    let both = [order(1, 1, &[-9, 70]), order(2, 1, &[-9, 70]), order(3, 3, &[-9, 70]), order(4, 4, &[-9, 70])];
    let found = placed(&both, &Pool::default());
    let own = found.iter().filter(|p| matches!(p, Placed::At { order, .. } if order.0 < 3));
    assert_eq!(own.count(), 1, "{found:?}");
}

#[test]
fn a_place_that_is_not_found_is_said_two_days_ahead() {
    assert!(placed(&[order(1, 1, &[20, 60])], &Pool::default()).is_empty());
    assert_eq!(placed(&[order(1, 1, &[20, 47])], &Pool::default()), [Placed::NotFound { order: BookingId(1) }]);
}
