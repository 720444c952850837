//! What a decision rests on: wishes, what stands between members, what has been announced, the rules of the house.
//!
//! Plain data in any order; the table (`table.rs`) puts it in order and bounds it. Nothing here decides.

use crate::domain::booking::Length;
use crate::domain::id::{BookingId, GroupId, MemberId, SessionId};
use crate::domain::time::{MINUTE, Timestamp};
use std::collections::BTreeSet;

/// Whom a booking asks for. `FavoritesOnly` and `Member` act like a block of everybody else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Whom {
    #[default]
    Anyone,
    FavoritesFirst,
    FavoritesOnly,
    Member(MemberId),
}

/// Talk or text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Talk {
    #[default]
    Any,
    Quiet,
    Chat,
}

/// Whether cameras are on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Camera {
    #[default]
    Any,
    On,
    Off,
}

/// New faces or familiar ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Repeats {
    #[default]
    Any,
    New,
    Again,
}

/// What kind of work it is, as far as it matters for sitting together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Task {
    #[default]
    Anything,
    Desk,
    Moving,
}

/// How somebody likes to work; soft, the sixth aim.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Manner {
    pub talk: Talk,
    pub camera: Camera,
    pub repeats: Repeats,
    pub task: Task,
}

/// An open booking as the matcher sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    pub booking: BookingId,
    pub member: MemberId,
    /// The start that was asked for.
    pub start: Timestamp,
    /// The first and the last start that would do; equal when the booking is exact.
    pub earliest: Timestamp,
    pub latest: Timestamp,
    pub length_s: i64,
    /// Another length at the same start will do.
    pub any_length: bool,
    /// Consent to a session of three.
    pub trio: bool,
    pub whom: Whom,
    /// Only with members of this group.
    pub inside: Option<GroupId>,
    pub manner: Manner,
    /// Sessions the member has done: fewer than three is a newcomer, none is a first session.
    pub sessions_done: u32,
    /// Offers to welcome newcomers.
    pub welcomes: bool,
    /// How often the member was left without company among the last ten bookings.
    pub left_out: u32,
}

impl Wish {
    /// An exact booking without any preference and without consent to a trio.
    pub fn exact(booking: BookingId, member: MemberId, start: Timestamp, length: Length) -> Self {
        Self {
            booking,
            member,
            start,
            earliest: start,
            latest: start,
            length_s: length.seconds(),
            any_length: false,
            trio: false,
            whom: Whom::Anyone,
            inside: None,
            manner: Manner::default(),
            sessions_done: 20,
            welcomes: false,
            left_out: 0,
        }
    }

    /// Whether only one start will do.
    pub fn is_exact(&self) -> bool {
        self.earliest == self.latest
    }

    /// How badly company is due: who was left out lately, and first of all who comes for the first time.
    pub fn need(&self) -> i64 {
        i64::from(self.left_out.min(1000)) + if self.sessions_done == 0 { 10 } else { 0 }
    }
}

/// A match whose members know of it: its start never moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announced {
    pub start: Timestamp,
    pub bookings: Vec<BookingId>,
    /// Promised company in this match, but not named yet: they may be seated elsewhere at the same start.
    pub pending: Vec<BookingId>,
    /// Both said so, one picked the other, or an appointment: only a cancel parts it.
    pub locked: bool,
}

/// What the house allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Starts lie on multiples of this.
    pub grid_s: i64,
    pub trios: bool,
    /// Above this many wishes different lengths are kept apart: everybody finds their own.
    pub mixed_up_to: usize,
    /// Below this many shared seconds it is no company.
    pub shared_s: i64,
    /// Three who are alone may sit down together at once; otherwise they find each other one after the other.
    pub lone_trios: bool,
    /// Points lost per pair for having met lately, when neither side said what they like.
    pub variety: i64,
    /// The instance's seed, for ties.
    pub seed: u64,
}

impl Default for Rules {
    fn default() -> Self {
        Self { grid_s: 15 * MINUTE, trios: true, lone_trios: true, mixed_up_to: 300, shared_s: 5 * MINUTE, variety: 5, seed: 0 }
    }
}

/// Everything a decision rests on.
#[derive(Clone, Debug, Default)]
pub struct Pool {
    pub wishes: Vec<Wish>,
    /// Two members who must not meet, whoever of them said so: a block or a snooze.
    pub never: BTreeSet<(MemberId, MemberId)>,
    /// The first prefers the second.
    pub favorites: BTreeSet<(MemberId, MemberId)>,
    /// Two members who met in the last 30 days.
    pub met: BTreeSet<(MemberId, MemberId)>,
    /// The first would rather not meet the second again.
    pub rather_not: BTreeSet<(MemberId, MemberId)>,
    /// Who belongs to which group.
    pub groups: BTreeSet<(MemberId, GroupId)>,
    /// Groups that are walls for this member: company only with others inside one of them.
    pub walls: BTreeSet<(MemberId, GroupId)>,
    pub announced: Vec<Announced>,
    pub rules: Rules,
}

/// Somebody who is present and alone in a session under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lone {
    /// Start is the seat's start; how flexible it was no longer matters.
    pub wish: Wish,
    pub ends_at: Timestamp,
    /// Has asked to be left alone.
    pub stays_alone: bool,
}

/// A session under way with company in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Live {
    pub session: SessionId,
    pub start: Timestamp,
    /// How often somebody has joined it since it began.
    pub joins: u32,
    /// Who is present, and until when.
    pub seats: Vec<Lone>,
}
