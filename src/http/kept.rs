//! What was read from the database and is kept while the database stands still: the board of a week, who is behind a cookie.
//!
//! Invariant: a value is given out only under the very version of the database that it was read under (or an earlier one that
//! nothing was written after), so that keeping it can never be seen. Whatever is written forgets everything.

use crate::actions::Fault;
use crate::actions::calendar::{self, Board, Gathered};
use crate::domain::id::BookingId;
use crate::domain::time::{MINUTE, Timestamp};
use crate::domain::week::Week;
use crate::store::Connection;
use crate::store::login::{Hash, LoginRow};
use std::collections::{BTreeSet, HashMap};
use std::convert::Infallible;
use std::hash::Hash as Key;
use std::sync::{Arc, Mutex, PoisonError};

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

    /// What was kept, or is read now and kept.
    ///
    /// # Errors
    /// Those of the reading; nothing is kept then.
    pub fn or_read<E>(&self, version: u64, key: K, read: impl FnOnce() -> Result<V, E>) -> Result<V, E> {
        if let Some(kept) = self.get(version, &key) {
            return Ok(kept);
        }
        let fresh = read()?;
        self.put(version, key, fresh.clone());
        Ok(fresh)
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
type Boards = Kept<(Timestamp, Timestamp, String), Arc<Board>, 24>;

/// Whom a look would bring together, by the start and the minute of the look.
type Matched = Kept<(Timestamp, i64), Arc<BTreeSet<BookingId>>, 512>;

/// Those who wait at a start, one copy for the boards of all zones.
type AtStarts = Kept<Timestamp, Gathered, 4096>;

/// What calendars share, as it was read last.
#[derive(Default)]
pub struct Shelf {
    boards: Boards,
    matched: Matched,
    gathered: AtStarts,
}

/// What calendars share, under one version of the database: a hundred members who look at one week cost one query of it.
/// `version` was asked for before the reading began: asked for within, it could be newer than what is read.
pub struct Sharing<'a> {
    pub shelf: &'a Shelf,
    pub version: u64,
    pub now: Timestamp,
}

impl calendar::Shared for Sharing<'_> {
    fn board(&self, conn: &Connection, week: &Week) -> Result<Arc<Board>, Fault> {
        let key = (week.from(), week.to(), week.zone.name().to_owned());
        let one_copy = |start, fresh| {
            self.shelf.gathered.or_read(self.version, start, || Ok::<_, Infallible>(fresh)).unwrap_or_else(|never| match never {})
        };
        self.shelf.boards.or_read(self.version, key, || calendar::board(conn, week.from(), week.to(), one_copy))
    }

    fn matched(&self, conn: &Connection, start: Timestamp) -> Result<Arc<BTreeSet<BookingId>>, Fault> {
        let key = (start, self.now.0.div_euclid(MINUTE));
        self.shelf.matched.or_read(self.version, key, || Ok(Arc::new(calendar::would_be_matched(conn, start, self.now)?)))
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
