//! A seat as it is saved: what the database knows of one member's place in a session.
//!
//! What lives only while pages are open (presence, devices, chat) is not here; it is `live::seat`.

use super::booking::{Length, Wishes};
use super::id::{BookingId, MemberId, SessionId};
use super::session::{Goal, Outcome, Phase, phase};
use super::time::Timestamp;

/// The saved truth of a seat, with what its member may be told about the others.
#[derive(Clone, Debug, PartialEq)]
pub struct SeatTruth {
    pub booking: BookingId,
    pub session: SessionId,
    pub member: MemberId,
    pub name: String,
    /// IANA zone of the member.
    pub zone: String,
    /// Sessions done before this one.
    pub sessions: i64,
    pub start: Timestamp,
    pub length: Length,
    pub wishes: Wishes,
    pub goals: Vec<Goal>,
    /// The session page was opened from the lobby on.
    pub opened: bool,
    /// The seat was taken at some time.
    pub sat: bool,
    /// They left early, with this note (which may be empty).
    pub left: Option<String>,
    pub no_show: bool,
    pub late_minutes: Option<u8>,
    /// Promised company that is named in the last minute.
    pub promised: bool,
    /// Why the partner changed, for this member.
    pub news: Option<String>,
    /// They chose to be seated with others by itself, if nobody is there.
    pub by_itself: bool,
    /// How the company here changed while the session ran.
    pub came: Option<Came>,
    /// Seats of this session whose members this member has met in the last 30 days.
    pub met: Vec<BookingId>,
}

/// A change of company in a session under way, as its member is told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Came {
    /// They were seated by itself.
    pub by_itself: bool,
    /// It tells of company that has gone on, so it is read by whoever sits alone; what tells of company that came is not.
    pub parted: bool,
    pub cause: String,
}

impl Came {
    /// Whether it is true and of use at this moment, to somebody who sits alone or doesn't.
    pub fn is_told(&self, alone: bool) -> bool {
        self.parted || !alone
    }
}

impl SeatTruth {
    /// Where the seat is in its life.
    pub fn phase(&self, now: Timestamp) -> Phase {
        phase(self.start, self.length, now)
    }

    /// When the length is over and the wrap-up begins.
    pub fn ends_at(&self) -> Timestamp {
        self.start.plus(self.length.seconds())
    }

    /// When the built-in break is over and the room is gone.
    pub fn closes_at(&self) -> Timestamp {
        self.start.plus(self.length.footprint_s())
    }
}

/// What a member does in a live session that must be saved before anybody is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// The session page was opened, from the lobby on: this one is no no-show.
    Opened,
    /// The seat was taken; an earlier leaving is forgotten.
    Sat,
    /// The whole list of goals.
    Goals(Vec<Goal>),
    /// How the goal at that place of the list ended.
    Mark {
        goal: usize,
        outcome: Option<Outcome>,
    },
    Late {
        minutes: u8,
    },
    /// Left, with a note for the partner.
    Left {
        note: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_sits_alone_reads_of_company_that_went_on_and_not_of_company_that_came() {
        let came = |parted| Came { by_itself: false, parted, cause: "So it is.".to_owned() };
        assert!(came(true).is_told(true) && came(true).is_told(false));
        assert!(came(false).is_told(false) && !came(false).is_told(true));
    }
}
