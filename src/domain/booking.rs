//! A booking: a member's wish to work at a slot for a length, with preferences.
//!
//! Two bookings of one member conflict when their footprints overlap (PRODUCT section 3), not when starts are equal.

use super::id::{BookingId, MemberId, SessionId};
use super::refusal::Refusal;
use super::time::{MINUTE, Timestamp};
use serde::{Deserialize, Serialize};

/// How long a session lasts: 25, 50 or 75 minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "i64", try_from = "i64")]
pub enum Length {
    Short,
    Middle,
    Long,
}

impl Length {
    pub const ALL: [Self; 3] = [Self::Short, Self::Middle, Self::Long];

    /// The length in minutes: 25, 50 or 75.
    pub fn minutes(self) -> i64 {
        match self {
            Self::Short => 25,
            Self::Middle => 50,
            Self::Long => 75,
        }
    }

    /// The length in seconds.
    pub fn seconds(self) -> i64 {
        self.minutes() * MINUTE
    }

    /// Length and built-in break together, in minutes: 30, 60 or 90.
    pub fn footprint_minutes(self) -> i64 {
        match self {
            Self::Short => 30,
            Self::Middle => 60,
            Self::Long => 90,
        }
    }

    /// Length and built-in break together, in seconds.
    pub fn footprint_s(self) -> i64 {
        self.footprint_minutes() * MINUTE
    }
}

impl From<Length> for i64 {
    fn from(length: Length) -> i64 {
        length.minutes()
    }
}

impl TryFrom<i64> for Length {
    type Error = String;
    fn try_from(minutes: i64) -> Result<Self, String> {
        Self::ALL.into_iter().find(|l| l.minutes() == minutes).ok_or_else(|| format!("{minutes} is no session length"))
    }
}

/// The lengths that a house offers, in order: at least one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Vec<i64>", try_from = "Vec<i64>")]
pub struct Lengths(Vec<Length>);

impl Default for Lengths {
    fn default() -> Self {
        Self(Length::ALL.into())
    }
}

impl Lengths {
    /// Those of these minutes that are lengths; `None` when there is none.
    pub fn of(minutes: &[i64]) -> Option<Self> {
        let offered: Vec<Length> = Length::ALL.into_iter().filter(|length| minutes.contains(&length.minutes())).collect();
        (!offered.is_empty()).then_some(Self(offered))
    }

    pub fn iter(&self) -> impl Iterator<Item = Length> {
        self.0.iter().copied()
    }

    pub fn has(&self, length: Length) -> bool {
        self.0.contains(&length)
    }

    pub fn shortest(&self) -> Length {
        self.0.first().copied().unwrap_or(Length::Short)
    }

    /// This length, or the one that comes nearest to it.
    pub fn nearest(&self, to: Length) -> Length {
        let away = |length: &Length| (length.minutes() - to.minutes()).abs();
        self.iter().min_by_key(away).unwrap_or(to)
    }

    /// Whether a session may be booked for so long.
    ///
    /// # Errors
    /// `minutes`, with the lengths that are offered.
    pub fn checked(&self, length: Length) -> Result<(), Refusal> {
        if self.has(length) {
            return Ok(());
        }
        let said: Vec<String> = self.iter().map(|length| length.minutes().to_string()).collect();
        Err(Refusal::new("minutes", format!("Sessions have {} minutes here. Pick one of these.", said.join(" or "))))
    }
}

impl From<Lengths> for Vec<i64> {
    fn from(lengths: Lengths) -> Self {
        lengths.iter().map(Length::minutes).collect()
    }
}

impl TryFrom<Vec<i64>> for Lengths {
    type Error = String;
    fn try_from(minutes: Vec<i64>) -> Result<Self, String> {
        Self::of(&minutes).ok_or_else(|| format!("no session length in {minutes:?}"))
    }
}

/// What kind of work it is; seen by others before they pick.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskType {
    Desk,
    Moving,
    #[default]
    Anything,
}

impl TaskType {
    pub fn word(self) -> &'static str {
        match self {
            Self::Desk => "desk",
            Self::Moving => "moving",
            Self::Anything => "anything",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Desk, Self::Moving, Self::Anything].into_iter().find(|t| t.word() == word)
    }
}

/// What a member says beforehand, so that nobody has to carry it in the display name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Wishes {
    pub task: TaskType,
    /// Text instead of talk.
    pub quiet: bool,
    /// "Camera off is fine".
    pub camera_off_ok: bool,
    /// "My microphone will be muted".
    pub mic_muted: bool,
    /// "I'll be sharing my screen".
    pub sharing: bool,
    /// Optional, at most 80 characters.
    pub title: String,
}

/// A booking as the rules see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booking {
    pub id: BookingId,
    pub member: MemberId,
    pub session: SessionId,
    pub start: Timestamp,
    pub length: Length,
    pub wishes: Wishes,
}

impl Booking {
    /// When the length is over and the wrap-up begins.
    pub fn ends_at(&self) -> Timestamp {
        self.start.plus(self.length.seconds())
    }

    /// When the built-in break is over and the room is gone.
    pub fn closes_at(&self) -> Timestamp {
        self.start.plus(self.length.footprint_s())
    }
}

/// Whether two footprints overlap; touching ends do not.
pub fn footprints_overlap(a: (Timestamp, Length), b: (Timestamp, Length)) -> bool {
    a.0 < b.0.plus(b.1.footprint_s()) && b.0 < a.0.plus(a.1.footprint_s())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_house_offers_some_of_the_lengths_in_their_order_and_never_none() {
        let lengths = Lengths::of(&[75, 30, 25]).expect("two of them");
        assert_eq!(lengths.iter().collect::<Vec<_>>(), [Length::Short, Length::Long]);
        assert_eq!((lengths.shortest(), lengths.nearest(Length::Long)), (Length::Short, Length::Long));
        assert!(lengths.checked(Length::Long).is_ok());
        assert!(lengths.checked(Length::Middle).expect_err("it is not offered").sentence.contains("25 or 75 minutes"));
        assert_eq!(Lengths::of(&[]), None);
        assert!(Length::ALL.into_iter().all(|length| Lengths::default().nearest(length) == length));
    }

    #[test]
    fn footprints_that_touch_do_not_conflict() {
        let nine = Timestamp(9 * 3600);
        assert!(!footprints_overlap((nine, Length::Short), (nine.plus(30 * MINUTE), Length::Long)));
        assert!(footprints_overlap((nine, Length::Middle), (nine.plus(45 * MINUTE), Length::Short)));
        assert!(!footprints_overlap((nine, Length::Long), (nine.plus(90 * MINUTE), Length::Short)));
    }

    #[test]
    fn a_seventy_five_at_five_frees_the_member_at_half_past_six() {
        let five = Timestamp(5 * 3600);
        assert!(footprints_overlap((five, Length::Long), (five.plus(75 * MINUTE), Length::Short)));
        assert!(!footprints_overlap((five, Length::Long), (five.plus(90 * MINUTE), Length::Short)));
    }
}
