//! What was read from the database and is kept while the database stands still: the board of a week, who is behind a cookie.
//!
//! Invariant: a value is given out only under the very version of the database that it was read under (or an earlier one that
//! nothing was written after), so that keeping it can never be seen. Whatever is written forgets everything.

use crate::actions::Fault;
use crate::actions::calendar::{Board, board};
use crate::domain::time::Timestamp;
use crate::domain::week::Week;
use crate::store::Connection;
use crate::store::login::{Hash, LoginRow};
use std::collections::HashMap;
use std::hash::Hash as Key;
use std::sync::{Mutex, PoisonError};

/// Values by key, all read under one version of the database, at most `MOST` of them.
pub struct Kept<K, V, const MOST: usize>(Mutex<(u64, HashMap<K, V>)>);

impl<K, V, const MOST: usize> Default for Kept<K, V, MOST> {
    fn default() -> Self {
        Self(Mutex::new((0, HashMap::new())))
    }
}

impl<K: Key + Eq, V: Clone, const MOST: usize> Kept<K, V, MOST> {
    /// What was kept under this version.
    pub fn get(&self, version: u64, key: &K) -> Option<V> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (all.0 == version).then(|| all.1.get(key).cloned()).flatten()
    }

    /// Keeps what was read when, or after, the database had this version.
    pub fn put(&self, version: u64, key: K, value: V) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.0 > version {
            return;
        }
        if all.0 < version || all.1.len() >= MOST {
            *all = (version, HashMap::new());
        }
        all.1.insert(key, value);
    }
}

/// Signed-in browsers by the hash of their cookie.
pub type Logins = Kept<Hash, LoginRow, 4096>;

/// Boards of weeks: the one to come in a few zones, and some that people leaf to. What is kept says times as its zone's clocks do.
pub type Boards = Kept<(Timestamp, Timestamp, String), Board, 24>;

impl Boards {
    /// The board of a week: a hundred members who look at one week cost one query. `version` was asked for before the reading
    /// began: asked for within, it could be newer than what is read.
    ///
    /// # Errors
    /// Only those of the store.
    pub fn of(&self, version: u64, conn: &Connection, week: &Week) -> Result<Board, Fault> {
        let key = (week.from(), week.to(), week.zone.name().to_owned());
        if let Some(kept) = self.get(version, &key) {
            return Ok(kept);
        }
        let fresh = board(conn, week.from(), week.to())?;
        self.put(version, key, fresh.clone());
        Ok(fresh)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_written_forgets_what_was_kept() {
        let kept = Kept::<u8, &str, 4>::default();
        kept.put(3, 1, "one");
        assert_eq!((kept.get(3, &1), kept.get(4, &1)), (Some("one"), None));
        kept.put(4, 2, "two");
        assert_eq!((kept.get(4, &1), kept.get(4, &2)), (None, Some("two")));
    }

    #[test]
    fn what_was_read_before_a_write_is_not_kept_after_it() {
        let kept = Kept::<u8, &str, 4>::default();
        kept.put(4, 1, "after");
        kept.put(3, 1, "before");
        assert_eq!(kept.get(4, &1), Some("after"));
    }

    #[test]
    fn what_is_kept_has_a_bound() {
        let kept = Kept::<u8, u8, 4>::default();
        (0..200).for_each(|n| kept.put(1, n, n));
        assert!((0..200).filter(|n| kept.get(1, n).is_some()).count() <= 4);
    }
}
