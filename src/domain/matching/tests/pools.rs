//! Random pools: small, varied and a little cruel, from a seed.

use crate::domain::id::{BookingId, GroupId, MemberId};
use crate::domain::matching::table::mix;
use crate::domain::matching::{Announced, Camera, Manner, Pool, Repeats, Rules, Talk, Task, Whom, Wish};
use crate::domain::time::{MINUTE, Timestamp};

/// Dice from a seed.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(mix(seed))
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.0 = mix(self.0);
        (self.0 >> 11) % n.max(1)
    }

    pub fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    pub fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize]
    }

    pub fn shuffle<T>(&mut self, all: &mut [T]) {
        for at in (1..all.len()).rev() {
            all.swap(at, self.below(at as u64 + 1) as usize);
        }
    }
}

/// A pool of `n` wishes around one morning. `rivals`: some members wish for several sessions.
pub fn pool(dice: &mut Dice, n: u64, rivals: bool) -> Pool {
    let style = dice.below(5) as usize;
    let people = if rivals && n > 3 { n - 1 - dice.below(2) } else { n };
    let mixed = dice.percent(40);
    let mut pool =
        Pool { rules: Rules { trios: dice.percent(85), variety: 0, seed: dice.below(9), ..Rules::default() }, ..Pool::default() };
    for a in 0..people as i64 {
        for b in (0..people as i64).filter(|b| *b != a) {
            let pair = (MemberId(a), MemberId(b));
            if dice.percent([2, 10, 20, 40, 5][style]) {
                pool.never.insert(pair);
            }
            if dice.percent(15) {
                pool.favorites.insert(pair);
            }
            if dice.percent(10) {
                pool.met.insert(pair);
            }
            if dice.percent(5) {
                pool.rather_not.insert(pair);
            }
        }
        for group in 0..2 {
            if dice.percent(50) {
                pool.groups.insert((MemberId(a), GroupId(group)));
            }
        }
        if dice.percent(4) {
            pool.walls.insert((MemberId(a), GroupId(0)));
            pool.groups.insert((MemberId(a), GroupId(0)));
        }
    }
    for k in 0..n {
        let member = if k < people { k } else { dice.below(people) } as i64;
        let earliest = 540 + 15 * dice.below([1, 3, 5, 8, 2][style]) as i64;
        let latest = earliest + dice.of(&[0, 0, 15, 30, 60]);
        let lengths: &[i64] = if dice.percent(60) { &[25, 50, 50, 75] } else { &[50] };
        pool.wishes.push(Wish {
            booking: BookingId(k as i64 + 1),
            member: MemberId(member),
            start: Timestamp(earliest * MINUTE),
            earliest: Timestamp(earliest * MINUTE),
            latest: Timestamp(latest * MINUTE),
            length_s: dice.of(lengths) * MINUTE,
            any_length: mixed && dice.percent(90),
            trio: dice.percent(75),
            whom: match dice.below(40) {
                0 => Whom::FavoritesOnly,
                1 => Whom::Member(MemberId(dice.below(people) as i64)),
                2 | 3 => Whom::FavoritesFirst,
                _ => Whom::Anyone,
            },
            inside: if dice.percent(5) { Some(GroupId(dice.below(2) as i64)) } else { None },
            manner: manner(dice),
            sessions_done: dice.of(&[0, 1, 2, 5, 20]),
            welcomes: dice.percent(30),
            left_out: dice.below(4) as u32,
        });
    }
    pool
}

pub fn manner(dice: &mut Dice) -> Manner {
    Manner {
        talk: dice.of(&[Talk::Any, Talk::Quiet, Talk::Chat]),
        camera: dice.of(&[Camera::Any, Camera::On, Camera::Off]),
        repeats: dice.of(&[Repeats::Any, Repeats::New, Repeats::Again]),
        task: dice.of(&[Task::Anything, Task::Desk, Task::Moving]),
    }
}

/// Announces a few matches that may be: drawn by whoever knows what may be.
pub fn announce(dice: &mut Dice, pool: &mut Pool, may_sit: impl Fn(&Pool, &[BookingId]) -> Option<(i64, i64)>) {
    for _ in 0..dice.below(3) {
        let mut ids: Vec<BookingId> = pool.wishes.iter().map(|w| w.booking).collect();
        ids.retain(|id| !pool.announced.iter().any(|a| a.bookings.contains(id)));
        dice.shuffle(&mut ids);
        ids.truncate(dice.of(&[2, 2, 3]));
        if let Some((first, last)) = may_sit(pool, &ids) {
            let start = first + 900 * dice.below(((last - first) / 900 + 1) as u64) as i64;
            let locked = dice.percent(20);
            pool.announced.push(Announced { start: Timestamp(start), bookings: ids, pending: Vec::new(), locked });
        }
    }
}

/// The same pool, told in another order.
pub fn shuffled(dice: &mut Dice, pool: &Pool) -> Pool {
    let mut other = pool.clone();
    dice.shuffle(&mut other.wishes);
    dice.shuffle(&mut other.announced);
    for announced in &mut other.announced {
        dice.shuffle(&mut announced.bookings);
    }
    other
}
