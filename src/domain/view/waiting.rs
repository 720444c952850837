//! Who waits at a start. Hundreds do in a large house, and nearly all of them look the same to everybody: what is the same is
//! shared by all viewers of a zone, and a viewer's own view is kept only of the starts where it differs.

use crate::domain::booking::{Length, Wishes};
use crate::domain::id::BookingId;
use crate::domain::time::{Timestamp, Zone};
use std::sync::{Arc, OnceLock};

/// Somebody who waits, as all viewers see them at one start.
#[derive(Clone, Debug)]
pub struct Waiter {
    pub id: BookingId,
    /// The start at which they are seen.
    pub start: Timestamp,
    /// Where their booking stands: another start than that, when they could come to it, too.
    pub stands_at: Timestamp,
    pub length: Length,
    /// "Someone" if they asked for it.
    pub name: Arc<str>,
    pub zone: Zone,
    pub sessions: i64,
    pub wishes: Wishes,
    /// Everybody may pick them.
    pub open: bool,
}

/// A start at which people wait, as whoever has nothing to do with any of them sees it from one zone.
#[derive(Clone, Debug)]
pub struct Start {
    pub at: Timestamp,
    /// Who stands here in the order of their lengths, then of their bookings; then who could come, nearest first. At least one of
    /// either; the same in all zones.
    pub people: Arc<[Waiter]>,
    /// How many of them stand here.
    pub standing: usize,
    /// Their markup in a cell, once a page has made it: it is most of a calendar.
    pub said: OnceLock<String>,
}

/// What is particular about somebody who waits, for one viewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Which of [`Start::people`].
    pub index: usize,
    /// False when their own rules let only the matcher pair them: book the same slot to meet them.
    pub pickable: bool,
    pub favorite: bool,
}

/// A start at which people wait, as one viewer may see it.
#[derive(Clone, Debug)]
pub struct Slot {
    pub shared: Arc<Start>,
    /// Whom this viewer sees there: who stands there, favorites first, then who could come in the same way; `None`: everybody, as
    /// all others see them.
    pub own: Option<Vec<Seen>>,
}

/// Somebody who waits, for one viewer.
#[derive(Clone, Copy, Debug)]
pub struct Waiting<'a> {
    pub who: &'a Waiter,
    pub pickable: bool,
    pub favorite: bool,
}

impl Waiter {
    /// Whether they only could come to this start: their booking is flexible, and stands at another one.
    pub fn could_come(&self) -> bool {
        self.stands_at != self.start
    }
}

impl Slot {
    /// The start, which all of its people have.
    pub fn at(&self) -> Timestamp {
        self.shared.at
    }

    /// How many this viewer sees there.
    pub fn count(&self) -> usize {
        self.own.as_ref().map_or(self.shared.people.len(), Vec::len)
    }

    /// How many of them stand there.
    pub fn standing(&self) -> usize {
        let here = self.shared.standing;
        self.own.as_ref().map_or(here, |own| own.partition_point(|seen| seen.index < here))
    }

    /// Whom this viewer sees standing there.
    pub fn who_stands(&self) -> impl Iterator<Item = Waiting<'_>> {
        self.people().take(self.standing())
    }

    /// Whom this viewer sees who could come there, too.
    pub fn who_could_come(&self) -> impl Iterator<Item = Waiting<'_>> {
        self.people().skip(self.standing())
    }

    /// Whom this viewer sees there, those who stand there before those who could come.
    pub fn people(&self) -> impl Iterator<Item = Waiting<'_>> {
        (0..self.count()).map(|n| match &self.own {
            None => {
                let who = &self.shared.people[n];
                Waiting { who, pickable: who.open, favorite: false }
            }
            Some(own) => {
                let Seen { index, pickable, favorite } = own[n];
                Waiting { who: &self.shared.people[index], pickable, favorite }
            }
        })
    }
}
