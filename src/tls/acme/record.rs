//! What became of the last try, on the disk: the doctor and the page tell it, and a restart waits as long as the one before would have.

use super::super::files::{self, Access};
use super::{FOLDER, Wish};
use serde::{Deserialize, Serialize};
use std::path::Path;

const FILE: &str = "state.json";

/// The last try.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// For what.
    pub names: Vec<String>,
    /// From whom.
    pub directory: String,
    /// When it was, in Unix seconds; 0 before the first.
    pub at: i64,
    /// Failures in a row.
    pub failures: u32,
    /// Not before this is it tried again.
    pub again_at: i64,
    /// Why it failed, as the authority says it.
    pub why: Option<String>,
    /// Who issued the certificate.
    pub issuer: Option<String>,
}

impl Record {
    /// Nothing was tried for this wish.
    pub fn of(wish: &Wish) -> Self {
        Self { names: wish.names.clone(), directory: wish.directory.clone(), ..Self::default() }
    }

    /// Whether it speaks of this wish: another one is tried at once.
    pub fn is_of(&self, wish: &Wish) -> bool {
        self.names == wish.names && self.directory == wish.directory
    }

    /// Whether asking before its time would be fair to an authority that allows few failures an hour.
    pub fn may_be_asked_again(&self, now: i64) -> bool {
        self.why.is_some() && now < self.again_at && now >= self.at + super::plan::SOONEST_AGAIN_S
    }

    pub(super) fn save(&self, folder: &Path) {
        // Forgetting it costs a try too early.
        if let Ok(text) = serde_json::to_vec(self) {
            let _ = files::write(&folder.join(FILE), &text, Access::Public);
        }
    }
}

/// The last try of this data directory.
pub fn kept(data_dir: &Path) -> Option<Record> {
    serde_json::from_slice(&files::read(&data_dir.join(FOLDER).join(FILE)).ok()??).ok()
}
