//! The machine as the admin's page and the verbs know it: what it carries, and how much its log says.

use super::load::Ledger;
use super::log::Volume;
use crate::domain::capacity::Outlook;
use crate::domain::time::Timestamp;
use crate::http::{self, Measuring};
use std::sync::Arc;

/// Handles on both; cheap to clone.
#[derive(Clone)]
pub struct Machine {
    pub ledger: Arc<Ledger>,
    pub volume: Arc<Volume>,
}

impl http::Machine for Machine {
    fn outlook(&self) -> Outlook {
        self.ledger.outlook()
    }

    fn measure(&self) -> Measuring<'_> {
        Box::pin(self.ledger.measure())
    }

    fn log_until(&self) -> Option<Timestamp> {
        self.volume.until()
    }

    fn log(&self, more: bool) {
        self.volume.say(more);
    }
}
