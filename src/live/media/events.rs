//! What the media engine tells, handed to the driver it concerns.

use super::{MediaEvent, ROOMS, SESSIONS};
use tokio::sync::mpsc;

/// Events that may wait for a driver; then the engine's own queue waits.
const EVENTS_MOST: usize = 256;

/// Events by the ground they belong to.
pub struct MediaEvents {
    pub rooms: mpsc::Receiver<MediaEvent>,
    pub sessions: mpsc::Receiver<MediaEvent>,
}

impl MediaEvents {
    /// Nothing ever comes.
    pub fn none() -> Self {
        Self { rooms: mpsc::channel(1).1, sessions: mpsc::channel(1).1 }
    }

    /// Hands what the engine tells to whom it concerns, until either side ends.
    pub fn of(mut engine: mpsc::Receiver<MediaEvent>) -> Self {
        let (to_rooms, rooms) = mpsc::channel(EVENTS_MOST);
        let (to_sessions, sessions) = mpsc::channel(EVENTS_MOST);
        tokio::spawn(async move {
            while let Some(event) = engine.recv().await {
                let to = match event.ground() {
                    ROOMS => &to_rooms,
                    SESSIONS => &to_sessions,
                    _ => continue,
                };
                if to.send(event).await.is_err() && to_rooms.is_closed() && to_sessions.is_closed() {
                    return;
                }
            }
        });
        Self { rooms, sessions }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{of_room, of_session, of_test};
    use super::*;
    use crate::domain::id::{MemberId, RoomId, SessionId};

    #[tokio::test]
    async fn each_ground_hears_of_its_own_and_a_test_session_of_nothing() {
        let (engine, events) = mpsc::channel(8);
        let mut events = MediaEvents::of(events);
        let speaking = |room| MediaEvent::Speaking { room, who: Vec::new() };
        for event in [speaking(of_room(RoomId(7))), speaking(of_test(MemberId(7))), speaking(of_session(SessionId(7)))] {
            engine.send(event).await.expect("they listen");
        }
        assert_eq!(events.rooms.recv().await, Some(speaking(of_room(RoomId(7)))));
        assert_eq!(events.sessions.recv().await, Some(speaking(of_session(SessionId(7)))));
    }
}
