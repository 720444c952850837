//! The board of a week, kept while the database stands still: a hundred members who look at one week cost one query.

use crate::actions::Fault;
use crate::actions::calendar::{Board, board};
use crate::domain::time::Timestamp;
use crate::domain::week::Week;
use crate::store::{Connection, Store};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Weeks that are kept: the one to come in a few zones, and some that people leaf to.
const MOST: usize = 24;

/// A stretch of time in a zone. What is kept says times as that zone's clocks do.
type Key = (Timestamp, Timestamp, String);
type Kept = (u64, HashMap<Key, Board>);

/// Boards by week, all read under one version of the database.
#[derive(Default)]
pub struct Boards(Mutex<Kept>);

impl Boards {
    /// The board of a week, from memory if nothing was written since it was read.
    pub fn of(&self, store: &Store, conn: &Connection, week: &Week) -> Result<Board, Fault> {
        let version = store.version();
        let key = (week.from(), week.to(), week.zone.name().to_owned());
        if let Some(kept) = self.kept(version, &key) {
            return Ok(kept);
        }
        let fresh = board(conn, week.from(), week.to())?;
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.0 != version || all.1.len() >= MOST {
            *all = (version, HashMap::new());
        }
        all.1.insert(key, fresh.clone());
        Ok(fresh)
    }

    fn kept(&self, version: u64, key: &Key) -> Option<Board> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (all.0 == version).then(|| all.1.get(key).cloned()).flatten()
    }
}
