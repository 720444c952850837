//! Starting at once: the best of those who wait, and nobody who must not be met.

use super::pools::{self, Dice};
use crate::domain::booking::Length;
use crate::domain::id::{BookingId, GroupId, MemberId};
use crate::domain::matching::{Manner, Pool, Rule, Talk, Whom, Wish, starting};
use crate::domain::time::{MINUTE, Timestamp};

const NOW: Timestamp = Timestamp(541 * MINUTE);

fn waits(n: i64, start: i64, length: Length) -> Wish {
    Wish::exact(BookingId(n), MemberId(n), Timestamp(start * MINUTE), length)
}

/// Member 1 starts now, for 50 minutes.
fn choices(pool: Pool, others: &[Wish]) -> Vec<(i64, Rule)> {
    let own = Wish::exact(BookingId(-1), MemberId(1), NOW, Length::Middle);
    let pool = Pool { wishes: others.iter().cloned().chain([own]).collect(), ..pool };
    starting::choices(&pool, BookingId(-1), NOW).into_iter().map(|(id, rule)| (id.0, rule)).collect()
}

fn ids(pool: Pool, others: &[Wish]) -> Vec<i64> {
    choices(pool, others).into_iter().map(|(id, _)| id).collect()
}

#[test]
fn most_minutes_come_first_and_nobody_who_asked_for_longer_or_is_nearly_done() {
    let others = [
        waits(2, 540, Length::Short),
        waits(3, 540, Length::Middle),
        waits(4, 545, Length::Middle),
        waits(5, 540, Length::Long),
        waits(6, 520, Length::Short),
    ];
    assert_eq!(ids(Pool::default(), &others), [4, 3, 2]);
}

#[test]
fn who_was_left_out_lately_comes_before_taste_and_taste_before_chance() {
    let quiet = Manner { talk: Talk::Quiet, ..Manner::default() };
    let plain = [waits(2, 540, Length::Middle), waits(3, 540, Length::Middle), waits(4, 540, Length::Middle)];
    let mut others = plain.clone();
    others[2].left_out = 3;
    let favors = Pool { favorites: [(MemberId(1), MemberId(3))].into(), ..Pool::default() };
    assert_eq!(ids(favors, &others), [4, 3, 2]);
    let mut others = plain;
    others[1].manner = quiet;
    let own = Wish { manner: quiet, ..Wish::exact(BookingId(-1), MemberId(1), NOW, Length::Middle) };
    let pool = Pool { wishes: others.into_iter().chain([own]).collect(), ..Pool::default() };
    assert_eq!(starting::choices(&pool, BookingId(-1), NOW)[0].0, BookingId(3), "both like it quiet");
}

#[test]
fn blocks_walls_groups_and_demands_for_others_hold() {
    let others = [waits(2, 540, Length::Middle), waits(3, 540, Length::Middle)];
    let blocked = Pool { never: [(MemberId(3), MemberId(1))].into(), ..Pool::default() };
    assert_eq!(ids(blocked, &others), [2]);
    let walled =
        Pool { walls: [(MemberId(2), GroupId(1))].into(), groups: [(MemberId(2), GroupId(1))].into(), ..Pool::default() };
    assert_eq!(ids(walled, &others), [3]);
    let inside = Wish { inside: Some(GroupId(4)), ..others[0].clone() };
    assert_eq!(ids(Pool::default(), &[inside.clone(), others[1].clone()]), [3]);
    let member = Pool { groups: [(MemberId(1), GroupId(4))].into(), ..Pool::default() };
    assert_eq!(ids(member, &[inside]), [2]);
    let demanding = Wish { whom: Whom::FavoritesOnly, ..others[0].clone() };
    assert_eq!(ids(Pool::default(), std::slice::from_ref(&demanding)), [] as [i64; 0]);
    let liked = Pool { favorites: [(MemberId(2), MemberId(1))].into(), ..Pool::default() };
    assert_eq!(choices(liked, &[demanding]), [(2, Rule::Favorite)]);
    let asked = Wish { whom: Whom::Member(MemberId(1)), ..others[0].clone() };
    assert_eq!(choices(Pool::default(), &[asked]), [(2, Rule::Asked)]);
    assert_eq!(choices(Pool::default(), &others[..1]), [(2, Rule::StartedNow)]);
}

#[test]
fn over_random_pools_nobody_is_met_against_a_rule_and_the_order_of_asking_changes_nothing() {
    for seed in 0..3_000 {
        let mut dice = Dice::new(seed);
        let n = 1 + dice.below(9);
        let mut pool = pools::pool(&mut dice, n, false);
        let own = pool.wishes[0].booking;
        let found = starting::choices(&pool, own, NOW);
        let of = |id: BookingId| pool.wishes.iter().find(|w| w.booking == id).expect("of the pool");
        let mine = of(own);
        for (id, _) in &found {
            let other = of(*id);
            let never = |a, b| pool.never.contains(&(a, b)) || pool.never.contains(&(b, a));
            assert!(!never(mine.member, other.member) && mine.member != other.member && other.length_s <= mine.length_s);
            for (one, two) in [(mine, other), (other, mine)] {
                let of_wall = |m, g: &GroupId| pool.groups.contains(&(m, *g)) || pool.walls.contains(&(m, *g));
                let walls: Vec<GroupId> = pool.walls.iter().filter(|(m, _)| *m == one.member).map(|(_, g)| *g).collect();
                assert!(walls.is_empty() || walls.iter().any(|g| of_wall(two.member, g)));
                assert!(one.inside.is_none_or(|g| pool.groups.contains(&(two.member, g)) || two.inside == Some(g)));
            }
        }
        dice.shuffle(&mut pool.wishes);
        assert_eq!(starting::choices(&pool, own, NOW), found);
    }
}
