//! "Somebody is at 9:30, move?" with the house's own marks and limits, and the starts that the calendar puts forward.
//!
//! Assumed: everybody agreed to nudges, and says yes one time in two when the other start is within what they could do anyway,
//! whether they said so with the booking or not.

use super::{DAY, HOUR, State, WEEK, World};
use alongside::domain::nudge::MARKS_S;
use alongside::domain::time::{MINUTE, Timestamp};
use std::collections::BTreeSet;

/// Nudges in a day and in a week.
const A_DAY: usize = 1;
const A_WEEK: usize = 3;
/// So many of a hundred say yes.
const YES: i64 = 50;
/// Starts of a week that are put forward.
const PUT_FORWARD: usize = 10;

impl World {
    /// When the booking's member may hear of somebody else nearby.
    pub(super) fn marks(&self, start: i64) -> Vec<i64> {
        MARKS_S.iter().map(|ahead| start - ahead / MINUTE).filter(|at| self.policy.features().nudges && *at > self.now).collect()
    }

    /// Asks the member of a booking that is alone whether they would move to where somebody waits.
    pub(super) fn nudges(&mut self, b: usize) {
        let booking = &self.bookings[b];
        let (start, want) = (booking.start, booking.want.clone());
        if booking.state != State::Waiting || booking.earliest != booking.latest || !self.may_be_nudged(want.member, start) {
            return;
        }
        let there: Vec<usize> = self.waiting.range((start, 0)..=(start, usize::MAX)).map(|(_, o)| *o).collect();
        if there.iter().any(|o| self.may_meet(want.member, self.bookings[*o].want.member)) {
            return;
        }
        self.of_member[want.member].remove(&b);
        let (from, to) = ((start - want.tolerance).max(self.now), start + want.tolerance);
        let Some(at) = self.somebody_stands(&want, (from, to)).filter(|at| *at != start) else {
            self.of_member[want.member].insert(b);
            return;
        };
        self.of_member[want.member].insert(b);
        self.nudged[want.member].push(self.now);
        // The same answer in every run: it hangs on the booking, not on what else was rolled.
        if (b as i64 * 7919 + at) % 100 < YES {
            self.waiting.remove(&(start, b));
            self.bookings[b].want.start = at;
            self.wait_at(b, at);
            self.call(at);
        }
    }

    fn may_be_nudged(&self, member: usize, start: i64) -> bool {
        let within = |span: i64| self.nudged[member].iter().filter(|at| self.now - **at < span).count();
        let hour = (self.now + self.demand.members[member].zone).rem_euclid(DAY) / HOUR;
        (8..21).contains(&hour) && start > self.now && within(DAY) < A_DAY && within(WEEK) < A_WEEK
    }

    /// The starts of the next week at which most began in the weeks before.
    pub(super) fn put_forward(&self) -> BTreeSet<Timestamp> {
        if !self.policy.features().nudges {
            return BTreeSet::new();
        }
        let mut begun: Vec<(u32, i64)> = self.begun.iter().map(|(of_week, count)| (*count, -of_week)).collect();
        begun.sort_unstable_by(|a, b| b.cmp(a));
        let next = |of_week: i64| self.now + (of_week - self.now).rem_euclid(WEEK);
        begun.into_iter().take(PUT_FORWARD).map(|(_, of_week)| Timestamp(next(-of_week) * MINUTE)).collect()
    }
}
