//! View values: what an action hands to a page. Plain data, no markup, no queries.

mod plans;
mod waiting;

use super::booking::{Length, Lengths, Wishes};
use super::group::Group;
use super::hours::{Hours, Open};
use super::id::{BookingId, InviteId, MemberId, ReportId};
use super::matching::Rule;
use super::member::{Pick, Role};
use super::room::Room;
use super::session::{Goal, Phase};
use super::time::{Timestamp, Zone};
use super::week::Week;
pub use plans::{Agreement, AppointmentView, FoundWeek, Notice, NoticeKind, OrderView, Plans, PlansPage};
use std::collections::BTreeSet;
pub use waiting::{Seen, Slot, Start, Waiter, Waiting};

/// The signed-in member, as every page's frame needs them.
#[derive(Clone, Debug)]
pub struct Me {
    pub id: MemberId,
    pub name: String,
    pub role: Role,
    pub zone: Zone,
    pub instance: String,
}

/// One of my bookings on the calendar.
#[derive(Clone, Debug)]
pub struct Mine {
    pub id: BookingId,
    pub start: Timestamp,
    pub length: Length,
    pub wishes: Wishes,
    pub phase: Phase,
    /// I have taken my seat, or had.
    pub sat: bool,
    /// I left it, and may come back.
    pub left: bool,
    /// The partners; empty while I wait.
    pub partners: Vec<Partner>,
    /// "Ben had to cancel." until the next look.
    pub news: Option<String>,
    /// What is known about company while nobody is named.
    pub company: Company,
    /// Why these partners.
    pub rule: Option<Rule>,
    /// The group that it is kept inside.
    pub inside: Option<String>,
}

/// What is known about company for a booking that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Company {
    Looking {
        earliest: Timestamp,
        latest: Timestamp,
        /// Others who are around in that time.
        around: usize,
        /// Somebody at another start nearby, when nobody is at this one.
        near: Option<Near>,
        /// Nobody is around, and the others were not asked yet.
        may_ask: bool,
    },
    /// There will be company; with whom is said then.
    Promised { names_at: Timestamp },
    /// There will be company; with whom is said in the last minute.
    Pending,
}

impl Default for Company {
    fn default() -> Self {
        Self::Looking { earliest: Timestamp(0), latest: Timestamp(0), around: 0, near: None, may_ask: false }
    }
}

/// Somebody who waits at another start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Near {
    pub name: String,
    pub start: Timestamp,
}

/// Who I am paired with.
#[derive(Clone, Debug)]
pub struct Partner {
    pub name: String,
    pub zone: Zone,
    pub sessions: i64,
    pub wishes: Wishes,
    pub late_minutes: Option<u8>,
    /// Likes to welcome newcomers.
    pub welcomes: bool,
}

/// The home page: one week in my zone.
#[derive(Clone, Debug)]
pub struct Calendar {
    pub me: Me,
    pub now: Timestamp,
    pub week: Week,
    /// Which day of the week the phone shows (0 to 6).
    pub day: usize,
    pub mine: Vec<Mine>,
    /// The starts at which somebody waits, in their order.
    pub waiting: Vec<Slot>,
    /// Focus hours that fall into this week, as starts.
    pub focus_hours: Vec<Timestamp>,
    /// The starts that may be booked end here (13 weeks ahead).
    pub horizon: Timestamp,
    /// Open time of the week that is shown.
    pub open: Open,
    /// When the house opens, if it is closed at this moment.
    pub opens: Option<Timestamp>,
    /// The three first-week cards are shown.
    pub first_steps: Option<FirstSteps>,
    /// The lengths that the house offers.
    pub lengths: Lengths,
    /// The length I used last, or the nearest that is offered.
    pub usual: Length,
    /// What I said about sessions of three; `None` until I was asked.
    pub trio: Option<bool>,
    /// Whom I may ask for by name.
    pub favorites: Vec<(MemberId, String)>,
    /// My groups, by name.
    pub groups: Vec<Group>,
    /// I have done few sessions.
    pub newcomer: bool,
    pub plans: Plans,
}

/// Which of the three cards of the first empty week are still to do.
#[derive(Clone, Copy, Debug)]
pub struct FirstSteps {
    pub tested: bool,
    pub invited: bool,
    pub focus_hours: bool,
    pub admin: bool,
}

/// What the session page needs before its live connection is up.
#[derive(Clone, Debug)]
pub struct SessionDoor {
    pub me: Me,
    pub now: Timestamp,
    pub booking: BookingId,
    pub start: Timestamp,
    pub length: Length,
    pub wishes: Wishes,
    /// Goals already on this seat.
    pub goals: Vec<Goal>,
    /// Unfinished goals of my last session, offered once.
    pub carried: Vec<String>,
    pub sessions: i64,
    /// First names of who I may still report or block, by the seat's number, is known to the live state.
    pub partners: Vec<Partner>,
    /// The house rules, short, for the guide.
    pub rules: String,
    /// My next booking after this one, for the way from this room into the next.
    pub next: Option<NextSession>,
}

/// A booking of mine that follows.
#[derive(Clone, Debug)]
pub struct NextSession {
    pub booking: BookingId,
    pub start: Timestamp,
    /// The partners' names; empty while I wait.
    pub partners: Vec<String>,
}

/// A line of the last seven days.
#[derive(Clone, Debug)]
pub struct Past {
    pub booking: BookingId,
    pub start: Timestamp,
    pub length: Length,
    /// Partner's booking and name, still reportable and blockable.
    pub partners: Vec<(BookingId, String)>,
    pub goals: Vec<Goal>,
    pub attended: bool,
    /// The partner never came: it does not count against me.
    pub stood_up: bool,
}

/// The history page.
#[derive(Clone, Debug)]
pub struct History {
    pub me: Me,
    pub now: Timestamp,
    pub past: Vec<Past>,
    pub days_kept: i64,
    pub totals: Totals,
    /// Sessions per day, oldest first, for the last 28 days, in my zone.
    pub days: Vec<(jiff::civil::Date, i64)>,
}

/// Lifetime counts; no partner's name is in them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Totals {
    pub sessions: i64,
    pub minutes: i64,
    pub goals_met: i64,
}

/// My own settings.
#[derive(Clone, Debug)]
pub struct Account {
    pub me: Me,
    pub email: Option<String>,
    pub pick: Pick,
    /// Shown as "Someone" on the calendar until paired.
    pub as_someone: bool,
    /// Whether a third may sit down with me and a partner; `None` until I was asked.
    pub trio: Option<bool>,
    /// I offer to welcome newcomers.
    pub welcomes: bool,
    /// I may be told when somebody waits alone.
    pub nudges: bool,
    pub logins: Vec<Login>,
    pub relations: Vec<Relation>,
}

/// A browser that is signed in as me.
#[derive(Clone, Debug)]
pub struct Login {
    /// "Firefox on Linux".
    pub browser: String,
    pub since: Timestamp,
    pub seen: Timestamp,
    pub this_one: bool,
}

/// Somebody I prefer, rest from, or never meet.
#[derive(Clone, Debug)]
pub struct Relation {
    pub member: MemberId,
    pub name: String,
    pub kind: RelationKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelationKind {
    Favorite,
    Snooze,
    Block,
}

impl RelationKind {
    pub const ALL: [Self; 3] = [Self::Favorite, Self::Snooze, Self::Block];

    pub fn word(self) -> &'static str {
        match self {
            Self::Favorite => "favorite",
            Self::Snooze => "snooze",
            Self::Block => "block",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.word() == word)
    }
}

/// A person on the people page.
#[derive(Clone, Debug)]
pub struct Person {
    pub id: MemberId,
    pub name: String,
    pub zone: Zone,
    pub sessions: i64,
    pub since: Timestamp,
    pub relation: Option<RelationKind>,
}

/// What the admin's overview counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AdminCounts {
    pub members: i64,
    pub open_invites: i64,
    pub open_reports: i64,
}

/// An invite as the admin sees it.
#[derive(Clone, Debug)]
pub struct Invite {
    pub id: InviteId,
    pub token: String,
    pub role: Role,
    pub uses_left: i64,
    pub uses: i64,
    pub expires: Timestamp,
    pub revoked: bool,
    pub made_by: String,
    /// Full link, on the address the admin came by.
    pub link: String,
}

/// A member as the admin sees them: no goals, no outcomes, no counts per day.
#[derive(Clone, Debug)]
pub struct Managed {
    pub id: MemberId,
    pub name: String,
    pub email: Option<String>,
    pub role: Role,
    pub since: Timestamp,
    pub paused: bool,
    /// The last day of the account, in the house's zone.
    pub last_day: Option<jiff::civil::Date>,
    /// Whether they have chosen a password: who was brought by a list has none before.
    pub came: bool,
}

/// A report in the moderators' queue.
#[derive(Clone, Debug)]
pub struct Report {
    pub id: ReportId,
    pub by: String,
    pub about: String,
    pub about_id: MemberId,
    pub text: String,
    /// When their session began; for a room, when it was written.
    pub session_start: Timestamp,
    /// The name of the room it happened in, if it was no session.
    pub room: Option<String>,
    /// Why the two had been brought together, as long as their session is kept.
    pub rule: Option<Rule>,
    pub made: Timestamp,
    pub settled: Option<Timestamp>,
}

/// What an admin may change about the instance.
#[derive(Clone, Debug, PartialEq)]
pub struct House {
    pub name: String,
    pub zone: Zone,
    /// Minutes between starts: 5, 15, 30 or 60.
    pub step: i64,
    /// How long sessions may be.
    pub lengths: Lengths,
    /// Wall-clock focus hours in the instance's zone.
    pub focus_hours: Vec<FocusHour>,
    /// When sessions may be booked.
    pub hours: Hours,
    pub rules: String,
    pub welcome: String,
    /// Grows with each change of the rules; members accept on joining.
    pub rules_version: i64,
}

/// The admin's form about the house, as it was typed.
#[derive(Clone, Debug)]
pub struct HouseForm {
    pub name: String,
    pub zone: String,
    pub step: i64,
    /// Minutes of each that is ticked.
    pub lengths: Vec<i64>,
    pub focus_hours: Vec<FocusHour>,
    pub rules: String,
    pub welcome: String,
}

impl HouseForm {
    /// The form as it stands before anything is typed.
    pub fn of(house: &House) -> Self {
        Self {
            name: house.name.clone(),
            zone: house.zone.name().to_owned(),
            step: house.step,
            lengths: house.lengths.clone().into(),
            focus_hours: house.focus_hours.clone(),
            rules: house.rules.clone(),
            welcome: house.welcome.clone(),
        }
    }
}

/// An anchor start: a weekday (0 = Monday) and minutes after midnight, in the instance's zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct FocusHour {
    pub weekday: u8,
    pub minute: u16,
}

/// The list of the open rooms; who is inside is known to the living rooms.
#[derive(Clone, Debug)]
pub struct RoomsView {
    pub me: Me,
    pub now: Timestamp,
    /// By how much the full hours of the house miss those of UTC, in seconds.
    pub align_s: i64,
    pub rooms: Vec<Room>,
    /// Whom a wall keeps me from.
    pub apart: BTreeSet<MemberId>,
}

/// What the page of a room needs before its live connection is up.
#[derive(Clone, Debug)]
pub struct RoomDoor {
    pub me: Me,
    pub now: Timestamp,
    pub align_s: i64,
    pub room: Room,
    /// Whether I may mute people and send them out.
    pub moderator: bool,
    /// Whom a wall keeps me from.
    pub apart: BTreeSet<MemberId>,
}

/// Who is in a room, in order of coming.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inside {
    pub people: Vec<(MemberId, String)>,
    /// Somebody is inside whom a wall keeps from the viewer: nobody is named, and the door is shut.
    pub walled: bool,
}

impl Inside {
    /// The same, as somebody may see it whom walls keep from these.
    pub fn seen_apart_from(self, apart: &BTreeSet<MemberId>) -> Self {
        let walled = self.people.iter().any(|(who, _)| apart.contains(who));
        if walled { Self { people: Vec::new(), walled } } else { self }
    }
}
