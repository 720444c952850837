//! What was decided and by which rule, so that "why was I with this person?" has an answer.
//!
//! A rule tells what brought people together, never what kept others apart: no block, snooze or wall can be read from it.

use super::table::Table;
use super::taste;
use super::tiers::Tiers;
use super::{Whom, Wish};
use crate::domain::id::BookingId;
use crate::domain::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Which rule made a match. The first that fits is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// It had been announced, and stayed.
    Announced,
    /// An appointment, or both said that they want to keep it.
    LockedIn,
    /// An announced pair was opened, because that gave more people company.
    Opened,
    /// One was left over and joined a pair that agreed to be three.
    Third,
    /// One had asked for the other.
    Asked,
    /// A newcomer and somebody who offered to welcome one.
    Welcome,
    /// One is a favorite of the other.
    Favorite,
    /// A flexible booking moved to where somebody was.
    Moved,
    /// Different lengths, because nobody else was there.
    OtherLength,
    /// Same start, same length.
    SameSlot,
    /// One waited, and the other wanted to start at that moment.
    StartedNow,
    /// Both were alone in sessions under way.
    BothAlone,
    /// Somebody alone took the free chair of a pair under way.
    FreeChair,
    /// Both were alone, and this one had chosen to be seated by itself.
    BothAloneItself,
    /// A free chair, taken by itself as they had chosen.
    FreeChairItself,
    /// "Find me two times": placed where somebody would have been alone.
    Rescued,
    /// "Find me two times": placed where others gather.
    Gathered,
}

impl Rule {
    /// Every rule, in the order of asking.
    pub const ALL: [Self; 17] = [
        Self::Announced,
        Self::LockedIn,
        Self::Opened,
        Self::Third,
        Self::Asked,
        Self::Welcome,
        Self::Favorite,
        Self::Moved,
        Self::OtherLength,
        Self::SameSlot,
        Self::StartedNow,
        Self::BothAlone,
        Self::FreeChair,
        Self::BothAloneItself,
        Self::FreeChairItself,
        Self::Rescued,
        Self::Gathered,
    ];

    /// The word that is stored with a decision.
    pub fn word(self) -> &'static str {
        match self {
            Self::Announced => "announced",
            Self::LockedIn => "locked_in",
            Self::Opened => "opened",
            Self::Third => "third",
            Self::Asked => "asked",
            Self::Welcome => "welcome",
            Self::Favorite => "favorite",
            Self::Moved => "moved",
            Self::OtherLength => "other_length",
            Self::SameSlot => "same_slot",
            Self::StartedNow => "started_now",
            Self::BothAlone => "both_alone",
            Self::FreeChair => "free_chair",
            Self::BothAloneItself => "both_alone_itself",
            Self::FreeChairItself => "free_chair_itself",
            Self::Rescued => "rescued",
            Self::Gathered => "gathered",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.word() == word)
    }

    /// Whether nobody tapped for it: it had been chosen with the booking.
    pub fn is_by_itself(self) -> bool {
        matches!(self, Self::BothAloneItself | Self::FreeChairItself)
    }

    /// Whether company was found while the session ran.
    pub fn is_of_lounge(self) -> bool {
        matches!(self, Self::BothAlone | Self::FreeChair) || self.is_by_itself()
    }

    /// The same answer for whoever looks after the house, when one of them asks; who likes whom stays theirs.
    pub fn told_of_others(self) -> &'static str {
        match self {
            Self::Announced => "They had been matched earlier, and the match stayed.",
            Self::LockedIn => "They had agreed to sit together.",
            Self::Opened | Self::Third | Self::Welcome | Self::FreeChair => self.sentence(),
            Self::Asked | Self::Favorite => "One of them wanted to sit with the other.",
            Self::Moved => "A flexible booking moved to where somebody was.",
            Self::OtherLength => "Their lengths differ, and nobody of the same length was there.",
            Self::SameSlot => "They booked the same start and length.",
            Self::StartedNow => "One of them waited, and the other wanted to start at that moment.",
            Self::BothAlone => "They were both alone at that moment.",
            Self::BothAloneItself => "They were both alone at that moment, and had chosen to be seated by itself.",
            Self::FreeChairItself => {
                "One was alone and had chosen to be seated by itself; a pair that agreed to be three had a free chair."
            }
            Self::Rescued => "One let the house choose the time, and somebody would have been alone then.",
            Self::Gathered => "One let the house choose the time, and this is when others gather.",
        }
    }

    /// The answer to "why was I with this person?".
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Announced => "You had been matched earlier, and the match stayed.",
            Self::LockedIn => "You two had agreed to sit together.",
            Self::Opened => "Somebody would have been alone, so partners changed at the last minute.",
            Self::Third => "Somebody was left over, and a pair that agreed to be three took them in.",
            Self::Asked => "One of you had asked for the other.",
            Self::Welcome => "A newcomer, and somebody who offered to welcome newcomers.",
            Self::Favorite => "One of you is a favorite of the other.",
            Self::Moved => "A flexible booking moved to where somebody was.",
            Self::OtherLength => "Your lengths differ, and nobody of the same length was there.",
            Self::SameSlot => "You booked the same start and length.",
            Self::StartedNow => "One of you waited, and the other wanted to start at that moment.",
            Self::BothAlone => "You were both alone at that moment.",
            Self::FreeChair => "Somebody was alone, and a pair that agreed to be three had a free chair.",
            Self::BothAloneItself => "You were both alone at that moment, and you had chosen to be seated by itself.",
            Self::FreeChairItself => {
                "You were alone, a pair that agreed to be three had a free chair, and you had chosen to be seated by itself."
            }
            Self::Rescued => "You let us choose the time, and somebody would have been alone then.",
            Self::Gathered => "You let us choose the time, and this is when others gather.",
        }
    }
}

/// Bookings that are to sit together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meeting {
    pub start: Timestamp,
    /// Two or three; who joined as the third stands last.
    pub bookings: Vec<BookingId>,
    /// Who is promised company but told with whom only at the last minute.
    pub third: Option<BookingId>,
    pub rule: Rule,
    /// What the match is worth, aim by aim.
    pub worth: Tiers,
}

/// Which rule brought these together at that start.
pub(super) fn of(table: &Table<'_>, group: &[usize], start: i64) -> Rule {
    let known = |n: &usize| table.announced_of[*n];
    let whole = |m: usize| table.announced[m].0.iter().all(|n| group.contains(n));
    if let Some(m) = group.iter().find_map(known) {
        return match (whole(m), table.announced[m].1) {
            (false, _) => Rule::Opened,
            // Also beside two who keep each other: it is why the third is there, and how they are known as the one who came.
            (true, _) if table.announced[m].0.len() < group.len() => Rule::Third,
            (true, true) => Rule::LockedIn,
            (true, false) => Rule::Announced,
        };
    }
    if group.len() > 2 {
        return Rule::Third;
    }
    let (a, b): (&Wish, &Wish) = (table.wishes[group[0]], table.wishes[group[1]]);
    if let Some(rule) = of_people(table, group[0], group[1]) {
        rule
    } else if a.start.0 != start || b.start.0 != start {
        Rule::Moved
    } else if a.length_s != b.length_s {
        Rule::OtherLength
    } else {
        Rule::SameSlot
    }
}

/// What it is about these two people, if anything.
fn of_people(table: &Table<'_>, a: usize, b: usize) -> Option<Rule> {
    let (p, q) = (table.person[a], table.person[b]);
    let (a, b): (&Wish, &Wish) = (table.wishes[a], table.wishes[b]);
    let asked = |own: &Wish, other: &Wish| own.whom == Whom::Member(other.member);
    let welcomes = |own: &Wish, other: &Wish| taste::is_new(own) && taste::can_welcome(other);
    if asked(a, b) || asked(b, a) {
        Some(Rule::Asked)
    } else if welcomes(a, b) || welcomes(b, a) {
        Some(Rule::Welcome)
    } else {
        (table.favorites.has(p, q) || table.favorites.has(q, p)).then_some(Rule::Favorite)
    }
}

/// Which rule brings somebody who starts at once to one who waits.
pub(super) fn of_starter(table: &Table<'_>, own: usize, other: usize) -> Rule {
    of_people(table, own, other).unwrap_or(Rule::StartedNow)
}

/// The match as others see it.
pub(super) fn meeting(table: &Table<'_>, group: &[usize], start: i64) -> Meeting {
    let id = |n: usize| table.wishes[n].booking;
    // Those who know each other's names stand first.
    let mut order = group.to_vec();
    order.sort_by_key(|n| table.announced_of[*n].is_none());
    if let [a, b, ..] = &mut order[..]
        && *a > *b
    {
        std::mem::swap(a, b);
    }
    Meeting {
        start: Timestamp(start),
        bookings: order.iter().map(|n| id(*n)).collect(),
        third: order.get(2).map(|n| id(*n)),
        rule: of(table, group, start),
        worth: table.worth(group),
    }
}
