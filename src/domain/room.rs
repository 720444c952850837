//! Rooms: what one is, and the clock that everybody in it shares.
//!
//! The clock is a pure function of the time and the house's zone: nobody starts it, no restart stops it, and two people
//! who come at different moments see the same hand. Who is inside is not known here.

use super::id::{MemberId, RoomId};
use super::refusal::Refusal;
use super::time::{HOUR, MINUTE, Timestamp, Zone};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The most people that a room can hold with pictures.
pub const CAPACITY_MOST: i64 = 16;
pub const CAPACITY_LEAST: i64 = 2;
pub const NAME_CHARS: usize = 40;
/// Characters of the line that says what somebody is on.
pub const GOAL_CHARS: usize = 120;
pub const PURPOSE_CHARS: usize = 160;
/// Rooms that a house may have open at one time.
pub const ROOMS_MOST: usize = 50;
/// Who is sent out may come back the next day.
pub const OUT_S: i64 = 24 * HOUR;

/// How work and rest take turns in a room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rhythm {
    #[default]
    #[serde(rename = "50/10")]
    FiftyTen,
    #[serde(rename = "25/5")]
    TwentyFiveFive,
    /// No clock at all.
    #[serde(rename = "none")]
    Free,
}

/// A stretch of the shared clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beat {
    pub work: bool,
    pub began: Timestamp,
    pub ends: Timestamp,
}

impl Rhythm {
    pub const ALL: [Self; 3] = [Self::FiftyTen, Self::TwentyFiveFive, Self::Free];

    pub fn word(self) -> &'static str {
        match self {
            Self::FiftyTen => "50/10",
            Self::TwentyFiveFive => "25/5",
            Self::Free => "none",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.word() == word)
    }

    /// Seconds of work and of rest; `None` without a clock.
    pub fn seconds(self) -> Option<(i64, i64)> {
        match self {
            Self::FiftyTen => Some((50 * MINUTE, 10 * MINUTE)),
            Self::TwentyFiveFive => Some((25 * MINUTE, 5 * MINUTE)),
            Self::Free => None,
        }
    }

    /// Where the clock stands: rounds begin at the full hour of the house (`align_s` is that zone's offset).
    pub fn beat(self, now: Timestamp, align_s: i64) -> Option<Beat> {
        let (work, rest) = self.seconds()?;
        let into = now.plus(align_s).0.rem_euclid(work + rest);
        let round = now.plus(-into);
        Some(if into < work {
            Beat { work: true, began: round, ends: round.plus(work) }
        } else {
            Beat { work: false, began: round.plus(work), ends: round.plus(work + rest) }
        })
    }
}

/// A room as it is set up.
#[derive(Clone, Debug, PartialEq)]
pub struct Room {
    pub id: RoomId,
    pub name: String,
    pub purpose: String,
    pub capacity: i64,
    pub rhythm: Rhythm,
    /// The house's own room: it is never closed.
    pub always: bool,
}

/// A member as the people in a room see them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guest {
    pub id: MemberId,
    pub name: String,
    /// IANA name of their zone.
    pub zone: String,
    pub moderator: bool,
    /// Whom a wall keeps them from: they are never in a room together. Staff are apart from nobody.
    pub apart: BTreeSet<MemberId>,
}

impl Guest {
    /// Whether the two may be in one room.
    pub fn may_meet(&self, other: &Self) -> bool {
        !self.apart.contains(&other.id) && !other.apart.contains(&self.id)
    }
}

/// What somebody reads at the door of a room in which people are whom a wall keeps from them. No name, no number, no group.
pub fn walled() -> Refusal {
    let sentence = "Another group is in this room at the moment. It is yours again when they have gone; other rooms and your sessions are open.";
    Refusal::new("walled", sentence)
}

/// What is typed about a room.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RoomForm {
    pub name: String,
    pub purpose: String,
    pub capacity: i64,
    pub rhythm: String,
}

impl RoomForm {
    /// The form of a room that is there.
    pub fn of(room: &Room) -> Self {
        let (name, purpose) = (room.name.clone(), room.purpose.clone());
        Self { name, purpose, capacity: room.capacity, rhythm: room.rhythm.word().to_owned() }
    }

    /// Cleans and checks what was typed.
    ///
    /// # Errors
    /// A refusal that names the field.
    pub fn checked(&self) -> Result<(Self, Rhythm), Refusal> {
        let name = folded(&self.name);
        if !name.chars().any(char::is_alphanumeric) || name.chars().count() > NAME_CHARS {
            return Err(Refusal::new("room_name", "A room has a name of 1 to 40 characters, such as Quiet study."));
        }
        let purpose = folded(&self.purpose);
        if purpose.chars().count() > PURPOSE_CHARS {
            return Err(Refusal::new("purpose", "Say in up to 160 characters what the room is for."));
        }
        if !(CAPACITY_LEAST..=CAPACITY_MOST).contains(&self.capacity) {
            return Err(Refusal::new(
                "capacity",
                "A room has from 2 to 16 chairs: more pictures than that no line carries well.",
            ));
        }
        let rhythm = Rhythm::from_word(&self.rhythm)
            .ok_or_else(|| Refusal::new("rhythm", "The clock is 50 and 10 minutes, 25 and 5, or none."))?;
        Ok((Self { name, purpose, capacity: self.capacity, rhythm: rhythm.word().to_owned() }, rhythm))
    }
}

fn folded(text: &str) -> String {
    let visible: String = text.chars().filter(|c| c.is_whitespace() || !c.is_control()).collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// By how much the house's full hours miss those of UTC, in seconds.
pub fn align_s(zone: &Zone, now: Timestamp) -> i64 {
    i64::from(zone.offset_s(now)).rem_euclid(HOUR)
}

/// The sentence of a room in which every chair is taken.
pub fn full(capacity: i64) -> Refusal {
    Refusal::new(
        "full",
        format!(
            "All {capacity} chairs are taken. As soon as somebody gets up, you can come in; nothing is lost by waiting here."
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(name: &str, capacity: i64) -> RoomForm {
        RoomForm { name: name.into(), purpose: " For \n two ".into(), capacity, rhythm: "25/5".into() }
    }

    #[test]
    fn the_clock_is_the_same_for_everybody_and_starts_at_the_full_hour() {
        let noon = Timestamp(1_800_000_000 - 1_800_000_000 % HOUR);
        let at = |minutes| Rhythm::FiftyTen.beat(noon.plus(minutes * MINUTE), 0).expect("a clock");
        assert_eq!(at(0), Beat { work: true, began: noon, ends: noon.plus(50 * MINUTE) });
        assert_eq!(at(49), at(0));
        assert_eq!(at(50), Beat { work: false, began: noon.plus(50 * MINUTE), ends: noon.plus(HOUR) });
        assert_eq!(at(60).began, noon.plus(HOUR));
        let half = Rhythm::TwentyFiveFive.beat(noon.plus(31 * MINUTE), 0).expect("a clock");
        assert_eq!((half.work, half.began), (true, noon.plus(30 * MINUTE)));
        assert_eq!(Rhythm::Free.beat(noon, 0), None);
    }

    #[test]
    fn in_a_zone_off_the_full_hour_the_round_begins_at_the_hour_of_the_house() {
        let zone = Zone::or_utc("Asia/Kathmandu");
        let now = Timestamp(1_800_000_000);
        let beat = Rhythm::FiftyTen.beat(now, align_s(&zone, now)).expect("a clock");
        let round = if beat.work { beat.began } else { beat.began.plus(-50 * MINUTE) };
        assert_eq!(zone.wall(round).minute(), 0);
    }

    #[test]
    fn every_moment_lies_in_exactly_one_beat_even_before_1970() {
        for now in (-7_300..7_300).step_by(97) {
            for rhythm in [Rhythm::FiftyTen, Rhythm::TwentyFiveFive] {
                let beat = rhythm.beat(Timestamp(now), 2_700).expect("a clock");
                assert!(beat.began.0 <= now && now < beat.ends.0);
            }
        }
    }

    #[test]
    fn what_was_typed_is_folded_and_bounded() {
        let (clean, rhythm) = form("  Quiet\tstudy ", 8).checked().expect("a sound form");
        assert_eq!((clean.name.as_str(), clean.purpose.as_str(), rhythm), ("Quiet study", "For two", Rhythm::TwentyFiveFive));
        for (name, capacity, code) in [("", 8, "room_name"), ("---", 8, "room_name"), ("A", 1, "capacity"), ("A", 17, "capacity")]
        {
            assert_eq!(form(name, capacity).checked().expect_err("refused").code, code);
        }
        let odd = RoomForm { rhythm: "90/1".into(), ..form("A", 4) };
        assert_eq!(odd.checked().expect_err("refused").code, "rhythm");
    }
}
