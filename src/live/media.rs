//! The media engine as living sessions and rooms know it: who joins with which offer, and what is told back.
//!
//! **The numbers of different grounds never meet**: rooms, sessions and test sessions each have every fourth number, for
//! places and for participants, so that a number alone says where an event belongs. No packet and no address is seen here.

pub mod events;
pub mod talk;

use crate::domain::id::{MemberId, RoomId, SessionId};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use talk::Ask;

/// The answer's SDP, or a sentence for the person.
pub type Answer = Pin<Box<dyn Future<Output = Result<String, String>> + Send>>;

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
    /// Name or address that the page came by, as browsers write it (the port with it unless it is 443): a way to this machine
    /// that is known to work.
    pub local_host: String,
}

/// What live code asks of the media engine.
pub trait MediaLine: Send + Sync {
    /// Takes a page in and answers its offer.
    fn join(&self, join: MediaJoin) -> Answer;
    /// How wide, in CSS pixels, somebody is shown on a slot; 0 is not at all.
    fn wish(&self, participant: u64, mid: &str, who: Option<u64>, width: u16);
    /// Passes somebody's voice on to nobody, or again to all.
    fn hush(&self, participant: u64, hushed: bool);
    fn leave(&self, participant: u64);
    fn end_room(&self, room: u64);
    /// Ends what the relay holds for a session (`"12"`) or a room (`"r3"`).
    fn end_relay(&self, place: &str);
    /// A session lasts until then, as far as is known, in milliseconds.
    fn lasts(&self, _session: SessionId, _until_ms: i64) {}
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
    /// Whose event it is: the room's or the session's participant, or the media room itself.
    pub fn about(&self) -> u64 {
        match self {
            Self::Connected { participant }
            | Self::Gone { participant }
            | Self::Slots { participant, .. }
            | Self::Quality { participant, .. } => *participant,
            Self::Speaking { room, .. } => *room,
        }
    }

    fn ground(&self) -> u64 {
        self.about() % GROUNDS
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

/// The participant of the nth test session.
pub fn tester(n: u64) -> u64 {
    n.wrapping_mul(GROUNDS).wrapping_add(TESTS)
}

/// The media room of somebody's test session.
pub fn of_test(who: MemberId) -> u64 {
    number(who.0, TESTS)
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

    /// Asks for something that has no answer.
    pub fn ask(&self, ask: Ask) {
        let Some(line) = &self.0 else { return };
        match ask {
            Ask::Wish { participant, mid, who, width } => line.wish(participant, &mid, who, width),
            Ask::Hush { participant, hushed } => line.hush(participant, hushed),
            Ask::Leave { participant } => line.leave(participant),
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

    /// A session lasts until then, as far as is known.
    pub fn lasts(&self, id: SessionId, until_ms: i64) {
        if let Some(line) = &self.0 {
            line.lasts(id, until_ms);
        }
    }

    pub fn end_room(&self, room: u64) {
        if let Some(line) = &self.0 {
            line.end_room(room);
        }
    }
}

const NO_ENGINE: &str = "This server carries no pictures for more than two. Goals, clock and chat work all the same.";

/// A page's own end of the media engine, as its place in a room or session keeps it.
#[derive(Debug)]
pub struct Leg {
    /// The first connection of the page: its number names the participants that the page makes.
    first: u64,
    anew: u64,
    joined: bool,
    /// The engine has let go of it, and the page has made no other.
    lost: bool,
    ground: u64,
    pub slots: Vec<Slot>,
}

/// Connections that one page may make anew.
const ANEW_MOST: u64 = 1 << 12;

impl Leg {
    /// Of a page in a room.
    pub fn of_guest(first: u64) -> Self {
        Self { first, anew: 0, joined: false, lost: false, ground: ROOMS, slots: Vec::new() }
    }

    /// Of a page in a session.
    pub fn of_sitter(first: u64) -> Self {
        Self { ground: SESSIONS, ..Self::of_guest(first) }
    }

    pub fn participant(&self) -> u64 {
        (self.first.wrapping_mul(ANEW_MOST) | self.anew).wrapping_mul(GROUNDS).wrapping_add(self.ground)
    }

    /// Whether that is the participant that this page is now.
    pub fn is(&self, participant: u64) -> bool {
        self.joined && self.participant() == participant
    }

    pub fn joined(&self) -> bool {
        self.joined
    }

    /// Whether a page that was away is to be told that its connection is gone.
    pub fn lost(&self) -> bool {
        self.lost
    }

    /// The engine has let go of the connection.
    pub fn lose(&mut self) {
        self.lost |= self.leave().is_some();
    }

    /// An offer comes: the participant that makes it.
    pub fn join(&mut self) -> u64 {
        (self.joined, self.lost) = (true, false);
        self.participant()
    }

    /// The connection is given up: who is to leave the engine, if anybody; the next offer is another participant's.
    pub fn leave(&mut self) -> Option<u64> {
        self.slots.clear();
        let gone = self.joined.then(|| self.participant());
        if std::mem::take(&mut self.joined) {
            self.anew = (self.anew + 1) % ANEW_MOST;
        }
        gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_joins_anew_is_somebody_else_and_no_two_pages_are_the_same() {
        let mut leg = Leg::of_guest(7);
        assert_eq!(leg.leave(), None);
        let first = leg.join();
        assert_eq!(leg.join(), first, "the same again is an ICE restart");
        assert_eq!(leg.leave(), Some(first));
        assert!(!leg.is(first));
        let second = leg.join();
        let others = [Leg::of_sitter(7).participant(), Leg::of_guest(8).participant(), of_room(RoomId(7)), first];
        assert!(!others.contains(&second));
    }
}
