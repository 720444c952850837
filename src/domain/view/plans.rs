//! What is shown of plans: notices, times that were found, appointments, and what somebody waits for.

use crate::domain::booking::{Length, Lengths};
use crate::domain::id::BookingId;
use crate::domain::plan::{Holiday, Parts, Weekly};
use crate::domain::time::Timestamp;
use crate::domain::view::Me;
use jiff::civil::Date;

/// What can be done about a notice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NoticeKind {
    /// Nothing but to read it.
    #[default]
    Said,
    /// Somebody proposes an appointment: yes or no.
    Proposed,
    /// Somebody waits at an hour that I asked about: sit with them.
    Waits,
    /// Somebody asked around: sit with them, or "not this week".
    AskedAround,
    /// My booking is alone and somebody is near: move, or "not this week".
    Shift,
    /// Another version runs: what is new.
    Upgraded,
}

impl NoticeKind {
    pub const ALL: [Self; 6] = [Self::Said, Self::Proposed, Self::Waits, Self::AskedAround, Self::Shift, Self::Upgraded];

    pub fn word(self) -> &'static str {
        match self {
            Self::Said => "said",
            Self::Proposed => "proposed",
            Self::Waits => "waits",
            Self::AskedAround => "asked",
            Self::Shift => "shift",
            Self::Upgraded => "upgraded",
        }
    }

    /// What is not known is only read.
    pub fn from_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|kind| kind.word() == word).unwrap_or_default()
    }
}

/// A sentence for me, until it is put away or over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub id: i64,
    pub kind: NoticeKind,
    pub text: String,
    /// The booking it is about, mine or that of who waits.
    pub booking: Option<BookingId>,
    pub appointment: Option<i64>,
    /// When that booking starts.
    pub start: Option<Timestamp>,
    pub length: Length,
    /// Whether a click sits down with who waits there; else the same start is booked, and the matcher decides.
    pub pickable: bool,
}

/// What the calendar shows of my plans.
#[derive(Clone, Debug, Default)]
pub struct Plans {
    pub notices: Vec<Notice>,
    /// This week and the next, if times were to be found in them.
    pub weeks: Vec<FoundWeek>,
    /// The parts of days that I ticked last.
    pub parts: Parts,
}

/// What came of "find me two times" in one week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundWeek {
    /// Its Monday.
    pub week: Date,
    pub found: Vec<(BookingId, Timestamp)>,
    /// Sessions that are still looked for.
    pub looking: usize,
}

/// An order, as its member sees it.
#[derive(Clone, Debug)]
pub struct OrderView {
    pub id: i64,
    pub length: Length,
    pub times: i64,
    pub parts: Parts,
    pub every_week: bool,
    pub weeks: Vec<FoundWeek>,
}

/// An appointment, as one who keeps it sees it.
#[derive(Clone, Debug)]
pub struct AppointmentView {
    pub id: i64,
    pub weekly: Weekly,
    pub length: Length,
    /// With whom, if it is always the same person.
    pub partner: Option<String>,
    pub state: Agreement,
    /// Those of mine that are booked, soonest first.
    pub booked: Vec<Timestamp>,
}

/// How far two have agreed on an appointment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    Holds,
    /// I proposed it, and wait for their yes.
    WaitsForThem,
    /// They proposed it, and wait for mine.
    WaitsForMe,
}

/// The page of my plans.
#[derive(Clone, Debug)]
pub struct PlansPage {
    pub me: Me,
    pub now: Timestamp,
    /// The lengths that the house offers.
    pub lengths: Lengths,
    pub appointments: Vec<AppointmentView>,
    pub orders: Vec<OrderView>,
    pub holiday: Option<Holiday>,
    /// Hours about which I am told when somebody is there: from and until.
    pub waits: Vec<(Timestamp, Timestamp)>,
    /// Whether I agreed to nudges.
    pub nudges: bool,
}
