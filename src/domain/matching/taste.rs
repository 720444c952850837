//! The sixth aim: how well two ways of working go together, in points, both sides added up.
//!
//! Settings come in few kinds, so their points stand in a square table; favorites, meetings and dislikes are looked up.
//! Points never decide whether somebody has company.

use super::pool::{Camera, Repeats, Talk, Task, Whom, Wish};
use super::table::Table;
use std::collections::BTreeMap;

const SAME_TALK: i64 = 10;
const OTHER_TALK: i64 = -10;
const CAMERA_MISSED: i64 = -10;
const REPEATS: i64 = 5;
const SAME_TASK: i64 = 4;
const FAVORITE: i64 = 20;
const FAVORITE_ASKED_FOR: i64 = 40;
const WELCOME: i64 = 30;
const RATHER_NOT: i64 = -60;
/// Fewer sessions than this make a newcomer; as many as the second make somebody who can welcome one.
const NEWCOMER_BELOW: u32 = crate::domain::company::NEWCOMER_BELOW as u32;
const VETERAN_FROM: u32 = 10;

/// Points by kinds of settings.
pub(super) struct Taste {
    /// The kind of each wish.
    pub kind: Vec<u16>,
    /// How many kinds there are.
    pub kinds: usize,
    /// Points of kind by kind, for people who have not met.
    square: Vec<i16>,
}

impl Taste {
    pub fn new(wishes: &[&Wish]) -> Self {
        let mut known = BTreeMap::new();
        let mut examples: Vec<&Wish> = Vec::new();
        let kind = wishes.iter().map(|wish| {
            *known.entry(key(wish)).or_insert_with(|| {
                examples.push(wish);
                (examples.len() - 1) as u16
            })
        });
        let kind = kind.collect();
        let square = examples.iter().flat_map(|a| examples.iter().map(|b| of_settings(a, b) as i16)).collect();
        Self { kind, kinds: examples.len(), square }
    }

    /// Points of two kinds for people who have not met.
    pub fn of_kinds(&self, a: usize, b: usize) -> i64 {
        i64::from(self.square[a * self.kinds + b])
    }

    pub fn points(&self, table: &Table<'_>, a: usize, b: usize) -> i64 {
        let mut sum = self.of_kinds(self.kind[a].into(), self.kind[b].into());
        let (p, q) = (table.person[a], table.person[b]);
        if table.met.has(p, q) {
            let after = |n: usize| match table.wishes[n].manner.repeats {
                Repeats::Any => 0,
                Repeats::New => -2 * REPEATS,
                Repeats::Again => 2 * REPEATS,
            };
            sum += after(a) + after(b) - table.rules.variety;
        }
        for (n, p, q) in [(a, p, q), (b, q, p)] {
            if table.favorites.has(p, q) {
                sum += if table.wishes[n].whom == Whom::FavoritesFirst { FAVORITE_ASKED_FOR } else { FAVORITE };
            }
            if table.rather_not.has(p, q) {
                sum += RATHER_NOT;
            }
        }
        sum
    }
}

/// What two wishes have in common when they lead to the same points with everybody.
fn key(wish: &Wish) -> (u8, u8, u8, u8, bool, bool) {
    let m = &wish.manner;
    (m.talk as u8, m.camera as u8, m.repeats as u8, m.task as u8, is_new(wish), can_welcome(wish))
}

pub(super) fn is_new(wish: &Wish) -> bool {
    wish.sessions_done < NEWCOMER_BELOW
}

pub(super) fn can_welcome(wish: &Wish) -> bool {
    wish.welcomes && wish.sessions_done >= VETERAN_FROM
}

/// Points of the settings of two people who have not met.
fn of_settings(a: &Wish, b: &Wish) -> i64 {
    let mut sum = match (a.manner.talk, b.manner.talk) {
        (Talk::Quiet, Talk::Quiet) | (Talk::Chat, Talk::Chat) => 2 * SAME_TALK,
        (Talk::Quiet, Talk::Chat) | (Talk::Chat, Talk::Quiet) => 2 * OTHER_TALK,
        _ => 0,
    };
    if matches!((a.manner.task, b.manner.task), (Task::Desk, Task::Desk) | (Task::Moving, Task::Moving)) {
        sum += SAME_TASK;
    }
    for (own, other) in [(a, b), (b, a)] {
        if own.manner.camera == Camera::On && other.manner.camera == Camera::Off {
            sum += CAMERA_MISSED;
        }
        sum += match own.manner.repeats {
            Repeats::Any => 0,
            Repeats::New => REPEATS,
            Repeats::Again => -REPEATS,
        };
        if is_new(own) && can_welcome(other) {
            sum += WELCOME;
        }
    }
    sum
}
