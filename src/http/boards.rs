//! The board of a week, kept while the database stands still: a hundred members who look at one week cost one query.

use crate::actions::Fault;
use crate::actions::calendar::{Board, board};
use crate::domain::time::Timestamp;
use crate::store::{Connection, Store};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Weeks that are kept: the weeks of the horizon in a few zones.
const MOST: usize = 32;

type Kept = (u64, HashMap<(Timestamp, Timestamp), Board>);

/// Boards by stretch of time, all read under one version of the database.
#[derive(Default)]
pub struct Boards(Mutex<Kept>);

impl Boards {
    /// The board of [from, to), from memory if nothing was written since it was read.
    pub fn of(&self, store: &Store, conn: &Connection, from: Timestamp, to: Timestamp) -> Result<Board, Fault> {
        let version = store.version();
        if let Some(kept) = self.kept(version, from, to) {
            return Ok(kept);
        }
        let fresh = board(conn, from, to)?;
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.0 != version || all.1.len() >= MOST {
            *all = (version, HashMap::new());
        }
        all.1.insert((from, to), fresh.clone());
        Ok(fresh)
    }

    fn kept(&self, version: u64, from: Timestamp, to: Timestamp) -> Option<Board> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (all.0 == version).then(|| all.1.get(&(from, to)).cloned()).flatten()
    }
}
