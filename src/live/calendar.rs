//! Live updates of the calendar: hints to load again, never data.
//!
//! One short ring is shared by everybody, so that thousands of idle pages cost next to nothing; a page that falls behind
//! is told to load everything instead of being queued for. A page says up to where it knows, so that what happens between its
//! making and its first listening reaches it, too.

use crate::actions::Effects;
use crate::domain::id::MemberId;
use crate::domain::time::Timestamp;
use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

/// Hints that a slow page may be behind before it is told to load everything.
const RING: usize = 256;

/// What one member's calendar is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CalendarEvent {
    /// Who waits at that start has changed.
    Slot(Timestamp),
    /// One of my own bookings has changed.
    Mine,
    /// Too much was missed: load everything anew.
    Everything,
}

#[derive(Clone, Copy, Debug)]
enum News {
    Slot(Timestamp),
    Of(MemberId),
    End,
}

/// The bell that actions ring; cheap to clone.
#[derive(Clone, Debug)]
pub struct Calendar {
    ring: broadcast::Sender<News>,
    past: Arc<Mutex<Past>>,
}

/// The last hints, for who comes a moment late.
#[derive(Debug)]
struct Past {
    /// One more with each hint. It begins anywhere: a page of another run of the server knows nothing of this one's.
    count: u64,
    last: VecDeque<News>,
}

impl Default for Past {
    fn default() -> Self {
        // Small enough for the numbers of browsers.
        Self { count: RandomState::new().hash_one(()) >> 12, last: VecDeque::new() }
    }
}

impl Past {
    /// What a page has missed that knew the first `known` hints; a number that this run never gave out missed everything.
    fn since(&self, known: u64, member: MemberId) -> VecDeque<CalendarEvent> {
        let behind = self.count.checked_sub(known).and_then(|behind| usize::try_from(behind).ok());
        match behind {
            Some(behind) if behind <= self.last.len() => {
                self.last.iter().skip(self.last.len() - behind).filter_map(|news| news.to(member)).collect()
            }
            _ => [CalendarEvent::Everything].into(),
        }
    }
}

impl News {
    /// As that member is told it, if it is for them.
    fn to(self, member: MemberId) -> Option<CalendarEvent> {
        match self {
            Self::Slot(start) => Some(CalendarEvent::Slot(start)),
            Self::Of(who) if who == member => Some(CalendarEvent::Mine),
            Self::Of(_) | Self::End => None,
        }
    }
}

impl Default for Calendar {
    fn default() -> Self {
        Self { ring: broadcast::Sender::new(RING), past: Arc::default() }
    }
}

impl Calendar {
    /// Where the hints are now: what a page knows that is made from here on. Asked before its reading begins.
    pub fn known(&self) -> u64 {
        self.past().count
    }

    /// Everything that happens from here on, for one member; with `known`, what was missed since then comes first.
    pub fn subscribe(&self, member: MemberId, known: Option<u64>) -> CalendarFeed {
        let past = self.past();
        let missed = known.map(|known| past.since(known, member)).unwrap_or_default();
        CalendarFeed { member, missed, news: self.ring.subscribe() }
    }

    fn past(&self) -> MutexGuard<'_, Past> {
        self.past.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells everybody what an action has changed.
    pub fn publish(&self, effects: &Effects) {
        let mut past = self.past();
        let news = effects.members.iter().map(|member| News::Of(*member));
        for news in news.chain(effects.slots.iter().map(|start| News::Slot(*start))) {
            past.count += 1;
            if past.last.len() == RING {
                past.last.pop_front();
            }
            past.last.push_back(news);
            // With nobody listening there is nobody to tell.
            let _ = self.ring.send(news);
        }
    }

    /// Ends every feed.
    pub fn stop(&self) {
        let _ = self.ring.send(News::End);
    }
}

/// One member's hints.
#[derive(Debug)]
pub struct CalendarFeed {
    member: MemberId,
    missed: VecDeque<CalendarEvent>,
    news: broadcast::Receiver<News>,
}

impl CalendarFeed {
    /// Waits for the next hint; `None` when the server stops. Nothing is lost when the wait is given up and begun again.
    pub async fn next(&mut self) -> Option<CalendarEvent> {
        if let Some(missed) = self.missed.pop_front() {
            return Some(missed);
        }
        loop {
            match self.news.recv().await {
                Ok(News::End) | Err(RecvError::Closed) => return None,
                Ok(news) => {
                    if let Some(event) = news.to(self.member) {
                        return Some(event);
                    }
                }
                Err(RecvError::Lagged(_)) => return Some(CalendarEvent::Everything),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANA: MemberId = MemberId(1);
    const BEN: MemberId = MemberId(2);

    fn effects(slots: &[i64], members: &[MemberId]) -> Effects {
        Effects { slots: slots.iter().copied().map(Timestamp).collect(), members: members.to_vec(), sessions: Vec::new() }
    }

    #[tokio::test]
    async fn everybody_hears_of_a_slot_and_only_the_member_of_their_own() {
        let calendar = Calendar::default();
        let (mut ana, mut ben) = (calendar.subscribe(ANA, None), calendar.subscribe(BEN, None));
        calendar.publish(&effects(&[900], &[ANA]));
        calendar.stop();
        assert_eq!(ana.next().await, Some(CalendarEvent::Mine));
        assert_eq!(ana.next().await, Some(CalendarEvent::Slot(Timestamp(900))));
        assert_eq!(ana.next().await, None);
        assert_eq!(ben.next().await, Some(CalendarEvent::Slot(Timestamp(900))));
        assert_eq!(ben.next().await, None);
    }

    #[tokio::test]
    async fn a_page_that_falls_behind_is_told_to_load_everything_and_goes_on() {
        let calendar = Calendar::default();
        let mut ana = calendar.subscribe(ANA, None);
        for start in 0..(RING as i64 * 2) {
            calendar.publish(&effects(&[start], &[]));
        }
        assert_eq!(ana.next().await, Some(CalendarEvent::Everything));
        assert_eq!(ana.next().await, Some(CalendarEvent::Slot(Timestamp(RING as i64))));
    }

    #[tokio::test]
    async fn what_happens_between_the_making_of_a_page_and_its_listening_reaches_it_once() {
        let calendar = Calendar::default();
        calendar.publish(&effects(&[900], &[]));
        let known = calendar.known();
        calendar.publish(&effects(&[1800], &[BEN, ANA]));
        let mut ana = calendar.subscribe(ANA, Some(known));
        calendar.publish(&effects(&[2700], &[]));
        calendar.stop();
        let mut heard = Vec::new();
        while let Some(event) = ana.next().await {
            heard.push(event);
        }
        assert_eq!(heard, [CalendarEvent::Mine, CalendarEvent::Slot(Timestamp(1800)), CalendarEvent::Slot(Timestamp(2700))]);
    }

    #[tokio::test]
    async fn a_page_from_long_ago_or_from_another_run_is_told_to_load_everything() {
        let calendar = Calendar::default();
        let known = calendar.known();
        for start in 0..=RING as i64 {
            calendar.publish(&effects(&[start], &[]));
        }
        for known in [known, calendar.known() + 1, u64::MAX] {
            assert_eq!(calendar.subscribe(ANA, Some(known)).next().await, Some(CalendarEvent::Everything));
        }
    }

    #[test]
    fn an_idle_page_costs_less_than_a_hundred_bytes() {
        assert!(size_of::<CalendarFeed>() < 100);
        Calendar::default().publish(&effects(&[1], &[ANA]));
    }
}
