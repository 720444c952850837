//! When each session is over for good: the end of its last seat's break, whether or not anybody is in the room by then.
//!
//! Bounded by the sessions that a page came to and that are not over; each ends once.

use crate::domain::id::SessionId;
use std::collections::{BTreeSet, HashMap};

#[derive(Debug, Default)]
pub struct Ends {
    at: HashMap<SessionId, i64>,
    order: BTreeSet<(i64, SessionId)>,
}

impl Ends {
    /// A session lasts until then, as far as is known at the moment.
    pub fn note(&mut self, session: SessionId, at_ms: i64) {
        match self.at.insert(session, at_ms) {
            Some(before) if before == at_ms => return,
            Some(before) => _ = self.order.remove(&(before, session)),
            None => {}
        }
        self.order.insert((at_ms, session));
    }

    /// When the next one is over.
    pub fn next(&self) -> Option<i64> {
        self.order.first().map(|(at, _)| *at)
    }

    /// The next session that is over by now.
    pub fn take(&mut self, now_ms: i64) -> Option<SessionId> {
        let (at, session) = self.order.first().copied().filter(|(at, _)| *at <= now_ms)?;
        self.order.remove(&(at, session));
        self.at.remove(&session);
        Some(session)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_once_at_the_hour_that_was_last_known() {
        let mut ends = Ends::default();
        ends.note(SessionId(1), 500);
        ends.note(SessionId(2), 300);
        ends.note(SessionId(1), 900);
        assert_eq!((ends.next(), ends.take(299)), (Some(300), None));
        assert_eq!((ends.take(600), ends.take(600)), (Some(SessionId(2)), None), "a longer seat came to the first");
        assert_eq!((ends.take(900), ends.take(i64::MAX)), (Some(SessionId(1)), None));
        assert!(ends.at.is_empty() && ends.next().is_none());
    }
}
