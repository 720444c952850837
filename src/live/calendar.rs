//! Live updates of the calendar: hints to load again, never data.
//!
//! One short ring is shared by everybody, so that thousands of idle pages cost next to nothing; a page that falls behind
//! is told to load everything instead of being queued for.

use crate::actions::Effects;
use crate::domain::id::MemberId;
use crate::domain::time::Timestamp;
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
}

impl Default for Calendar {
    fn default() -> Self {
        Self { ring: broadcast::Sender::new(RING) }
    }
}

impl Calendar {
    /// Everything that happens from here on, for one member.
    pub fn subscribe(&self, member: MemberId) -> CalendarFeed {
        CalendarFeed { member, news: self.ring.subscribe() }
    }

    /// Tells everybody what an action has changed.
    pub fn publish(&self, effects: &Effects) {
        // With nobody listening there is nobody to tell.
        for member in &effects.members {
            let _ = self.ring.send(News::Of(*member));
        }
        for start in &effects.slots {
            let _ = self.ring.send(News::Slot(*start));
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
    news: broadcast::Receiver<News>,
}

impl CalendarFeed {
    /// Waits for the next hint; `None` when the server stops. Nothing is lost when the wait is given up and begun again.
    pub async fn next(&mut self) -> Option<CalendarEvent> {
        loop {
            match self.news.recv().await {
                Ok(News::Slot(start)) => return Some(CalendarEvent::Slot(start)),
                Ok(News::Of(member)) if member == self.member => return Some(CalendarEvent::Mine),
                Ok(News::Of(_)) => {}
                Err(RecvError::Lagged(_)) => return Some(CalendarEvent::Everything),
                Ok(News::End) | Err(RecvError::Closed) => return None,
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
        let (mut ana, mut ben) = (calendar.subscribe(ANA), calendar.subscribe(BEN));
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
        let mut ana = calendar.subscribe(ANA);
        for start in 0..(RING as i64 * 2) {
            calendar.publish(&effects(&[start], &[]));
        }
        assert_eq!(ana.next().await, Some(CalendarEvent::Everything));
        assert_eq!(ana.next().await, Some(CalendarEvent::Slot(Timestamp(RING as i64))));
    }

    #[test]
    fn an_idle_page_costs_less_than_a_hundred_bytes() {
        assert!(size_of::<CalendarFeed>() < 100);
        Calendar::default().publish(&effects(&[1], &[ANA]));
    }
}
