//! What members do with a wish: look at the calendar, say how far they would move, book.

use super::{Booking, Errand, State, WIDEST, World};
use crate::demand::Want;
use std::collections::BTreeMap;

impl World {
    pub(super) fn wants(&mut self, n: usize) {
        let want = self.demand.wants[n].clone();
        if want.order.is_empty() {
            self.book(want);
        } else {
            self.open_orders.push(n);
        }
    }

    /// Whether the member is free for this length at a start.
    pub(super) fn free(&self, member: usize, start: i64, length: i64) -> bool {
        let clashes = |b: &Booking| start < b.latest + b.want.length / 5 * 6 && b.earliest < start + length / 5 * 6;
        !self.of_member[member].iter().any(|b| clashes(&self.bookings[*b]))
    }

    /// The part of a window around a start in which nothing else of the member lies.
    fn fitted(&self, want: &Want, start: i64, (mut from, mut to): (i64, i64)) -> (i64, i64) {
        for other in self.of_member[want.member].iter().map(|b| &self.bookings[*b]) {
            let ends = other.latest + other.want.length / 5 * 6;
            if ends <= start {
                from = from.max(ends);
            } else {
                to = to.min(other.earliest - want.length / 5 * 6);
            }
        }
        ((from + 14).div_euclid(15) * 15, self.grid(to))
    }

    fn book(&mut self, want: Want) {
        let soonest = (self.now + 14) / 15 * 15;
        let start = want.start.max(soonest);
        let window = (self.grid(want.start - want.tolerance).max(soonest), self.grid(want.start + want.tolerance).max(start));
        let declares = self.policy.features().windows && want.says_so && want.tolerance > 0;
        if want.looks
            && !declares
            && let Some(at) = self.somebody_is(&want, window)
        {
            return self.insert(want, at, at);
        }
        if self.free(want.member, start, want.length) {
            let (earliest, latest) = if declares { self.fitted(&want, start, window) } else { (start, start) };
            self.insert(want, earliest.min(start), latest.max(start));
        }
    }

    /// The start nearest to what is wanted at which the calendar shows somebody: who waits is seen at every start of their window. Of
    /// what length is not looked at.
    fn somebody_is(&self, want: &Want, window: (i64, i64)) -> Option<i64> {
        self.nearest(want, window, |b| (b.earliest, b.latest))
    }

    /// The same, where somebody stands: at the start they asked for, as long as nothing else is settled.
    pub(super) fn somebody_stands(&self, want: &Want, window: (i64, i64)) -> Option<i64> {
        let soonest = self.grid(self.now + 14);
        self.nearest(want, window, |b| {
            let at = b.want.start.max(soonest).clamp(b.earliest, b.latest);
            (at, at)
        })
    }

    fn nearest(&self, want: &Want, (from, to): (i64, i64), seen: impl Fn(&Booking) -> (i64, i64)) -> Option<i64> {
        let meets = |b: &&Booking| self.may_meet(want.member, b.want.member);
        let waits = self.waiting.range((from - WIDEST, 0)..=(to, usize::MAX)).map(|(_, b)| &self.bookings[*b]).filter(meets);
        let starts = waits.flat_map(|b| {
            let (first, last) = seen(b);
            (first..=last).step_by(15)
        });
        let fits = |at: &i64| from <= *at && *at <= to && self.free(want.member, *at, want.length);
        starts.filter(fits).min_by_key(|start| ((start - want.start).abs(), *start))
    }

    pub(super) fn insert(&mut self, want: Want, earliest: i64, latest: i64) {
        let b = self.bookings.len();
        if let Some(before) = want.cancels {
            self.errand((earliest - before).max(self.now), Errand::Cancels(b));
        }
        for mark in self.marks(latest) {
            self.errand(mark, Errand::Nudges(b));
        }
        self.of_member[want.member].insert(b);
        self.waiting.insert((earliest, b));
        let booking = Booking {
            want,
            earliest,
            latest,
            state: State::Waiting,
            announced: None,
            left: false,
            start: latest,
            company: 0,
            present: 0,
            met: BTreeMap::new(),
            stranded_at: None,
        };
        self.bookings.push(booking);
        for start in (earliest..=latest).step_by(15) {
            self.call(start);
        }
    }
}
