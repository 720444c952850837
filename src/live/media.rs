//! The media engine as living sessions and rooms know it: who joins with which offer, and what is told back.
//!
//! **The numbers of different grounds never meet**: rooms, sessions and test sessions each have every fourth number, for
//! places and for participants, so that a number alone says where an event belongs. No packet and no address is seen here.

use crate::domain::id::{MemberId, RoomId, SessionId};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use tokio::sync::mpsc;

/// The answer's SDP, or a sentence for the person.
pub type Answer = Pin<Box<dyn Future<Output = Result<String, String>> + Send>>;

/// Events that may wait for a driver; then the engine's own queue waits.
const EVENTS_MOST: usize = 256;

/// One offer of one page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaJoin {
    pub room: u64,
    /// A page's own number: the same again is an ICE restart.
    pub participant: u64,
    pub offer: String,
    /// How many of the last video lines that only receive are for screens.
    pub screens: usize,
    /// The page gets its own voice and picture back.
    pub echo: bool,
    /// Name or address that the page came by, without a port: a way to this machine that is known to work.
    pub local_host: String,
}

/// What live code asks of the media engine.
pub trait MediaLine: Send + Sync {
    /// Takes a page in and answers its offer.
    fn join(&self, join: MediaJoin) -> Answer;
    /// How wide, in CSS pixels, somebody is shown on a slot; 0 is not at all.
    fn wish(&self, participant: u64, mid: &str, who: Option<u64>, width: u16);
    fn leave(&self, participant: u64);
    fn end_room(&self, room: u64);
    /// Ends what the relay holds for a session (`"12"`) or a room (`"r3"`).
    fn end_relay(&self, place: &str);
}

/// What a slot of the answer carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Voice,
    Camera,
    Screen,
}

/// A slot of a page's connection and whom it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    pub mid: String,
    pub who: u64,
    pub kind: Kind,
}

/// What the media engine tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaEvent {
    Connected {
        participant: u64,
    },
    Gone {
        participant: u64,
    },
    /// All slots that show somebody; the others are empty.
    Slots {
        participant: u64,
        slots: Vec<Slot>,
    },
    /// Who speaks in a room at the moment.
    Speaking {
        room: u64,
        who: Vec<u64>,
    },
    Quality {
        participant: u64,
        reduced: bool,
    },
}

impl MediaEvent {
    fn ground(&self) -> u64 {
        let number = match self {
            Self::Connected { participant }
            | Self::Gone { participant }
            | Self::Slots { participant, .. }
            | Self::Quality { participant, .. } => *participant,
            Self::Speaking { room, .. } => *room,
        };
        number % GROUNDS
    }
}

const GROUNDS: u64 = 4;
const ROOMS: u64 = 1;
const SESSIONS: u64 = 2;
const TESTS: u64 = 3;

fn number(of: i64, ground: u64) -> u64 {
    of.unsigned_abs().wrapping_mul(GROUNDS).wrapping_add(ground)
}

/// The media room of a room.
pub fn of_room(id: RoomId) -> u64 {
    number(id.0, ROOMS)
}

/// The media room of a session.
pub fn of_session(id: SessionId) -> u64 {
    number(id.0, SESSIONS)
}

/// The media room, and the participant, of somebody's test session.
pub fn of_test(who: MemberId) -> u64 {
    number(who.0, TESTS)
}

/// The participant of the nth page that came into a room.
pub fn guest(n: u64) -> u64 {
    n.wrapping_mul(GROUNDS).wrapping_add(ROOMS)
}

/// The participant of the nth page that took a seat.
pub fn sitter(n: u64) -> u64 {
    n.wrapping_mul(GROUNDS).wrapping_add(SESSIONS)
}

/// The way to the media engine; without one, everything but pictures and sound works.
#[derive(Clone, Default)]
pub struct Media(Option<Arc<dyn MediaLine>>);

impl Media {
    pub fn over(line: Arc<dyn MediaLine>) -> Self {
        Self(Some(line))
    }

    /// Answers an offer.
    pub fn join(&self, join: MediaJoin) -> Answer {
        match &self.0 {
            Some(line) => line.join(join),
            None => Box::pin(std::future::ready(Err(NO_ENGINE.to_owned()))),
        }
    }

    pub fn wish(&self, participant: u64, mid: &str, who: Option<u64>, width: u16) {
        if let Some(line) = &self.0 {
            line.wish(participant, mid, who, width);
        }
    }

    pub fn leave(&self, participant: u64) {
        if let Some(line) = &self.0 {
            line.leave(participant);
        }
    }

    /// Ends what the relay holds for a session.
    pub fn end_session(&self, id: SessionId) {
        if let Some(line) = &self.0 {
            line.end_relay(&id.0.to_string());
        }
    }

    pub fn end_room(&self, room: u64) {
        if let Some(line) = &self.0 {
            line.end_room(room);
        }
    }
}

const NO_ENGINE: &str = "This server carries no pictures for more than two. Goals, clock and chat work all the same.";

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
    use super::*;

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
        engine.send(MediaEvent::Gone { participant: guest(3) }).await.expect("they listen");
        assert_eq!(events.rooms.recv().await, Some(MediaEvent::Gone { participant: guest(3) }));
    }

    #[tokio::test]
    async fn without_an_engine_the_person_reads_a_sentence() {
        let join =
            MediaJoin { room: 1, participant: 1, offer: String::new(), screens: 0, echo: false, local_host: String::new() };
        let said = Media::default().join(join).await.expect_err("nobody answers");
        assert!(said.contains("chat work"));
    }
}
