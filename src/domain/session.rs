//! A session is an ordered set of seats; each seat has its own start, length, phase, goals and outcome.
//!
//! The phase is a pure function of the seat and the server's time (PRODUCT section 5), so a restart loses nothing.

use super::booking::Length;
use super::time::{MINUTE, Timestamp};
use serde::{Deserialize, Serialize};

/// The lobby opens this long before the start.
pub const LOBBY_S: i64 = 10 * MINUTE;
/// The hello: goals are said until this long after the start.
pub const GOALS_S: i64 = 3 * MINUTE;
/// Who is matched and has not opened the page by then is a no-show.
pub const NO_SHOW_S: i64 = 5 * MINUTE;
/// What changed about a partner is told until this long after the start: until then they may still cancel.
pub const NEWS_S: i64 = NO_SHOW_S;
/// A soft warning sounds this long before the end.
pub const WARNING_S: i64 = 5 * MINUTE;
/// A high-five counts when both press within this time.
pub const HIGH_FIVE_S: i64 = 5;

/// How many goals a seat may hold, and how long each may be (characters).
pub const GOALS_MOST: usize = 12;
pub const GOAL_CHARS: usize = 200;

/// Where a seat is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// More than ten minutes to go.
    Ahead,
    Lobby,
    Goals,
    Focus,
    WrapUp,
    Closed,
}

/// The phase of a seat at `now`.
pub fn phase(start: Timestamp, length: Length, now: Timestamp) -> Phase {
    let into = now.since(start);
    if into < -LOBBY_S {
        Phase::Ahead
    } else if into < 0 {
        Phase::Lobby
    } else if into < GOALS_S {
        Phase::Goals
    } else if into < length.seconds() {
        Phase::Focus
    } else if into < length.footprint_s() {
        Phase::WrapUp
    } else {
        Phase::Closed
    }
}

/// The next instant at which a seat's phase changes, if any is left.
pub fn next_change(start: Timestamp, length: Length, now: Timestamp) -> Option<Timestamp> {
    [-LOBBY_S, 0, GOALS_S, length.seconds(), length.footprint_s()].into_iter().map(|s| start.plus(s)).find(|at| *at > now)
}

/// How a goal ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Done,
    Partly,
    NotDone,
}

impl Outcome {
    pub const ALL: [Self; 3] = [Self::Done, Self::Partly, Self::NotDone];

    pub fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Partly => "partly",
            Self::NotDone => "not_done",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|o| o.word() == word)
    }
}

/// One line of what a member means to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Goal {
    pub text: String,
    #[serde(default)]
    pub outcome: Option<Outcome>,
}

/// Cleans what was typed: trims, drops empty lines, keeps at most [`GOALS_MOST`] of [`GOAL_CHARS`] characters.
pub fn goals_cleaned(goals: Vec<Goal>) -> Vec<Goal> {
    goals
        .into_iter()
        .map(|goal| Goal { text: goal.text.trim().chars().filter(|c| !c.is_control()).take(GOAL_CHARS).collect(), ..goal })
        .filter(|goal| !goal.text.is_empty())
        .take(GOALS_MOST)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_follow_the_seat_and_nothing_else() {
        let start = Timestamp(1_000_000_200);
        let at = |s| phase(start, Length::Middle, start.plus(s));
        assert_eq!(at(-601), Phase::Ahead);
        assert_eq!(at(-600), Phase::Lobby);
        assert_eq!(at(0), Phase::Goals);
        assert_eq!(at(179), Phase::Goals);
        assert_eq!(at(180), Phase::Focus);
        assert_eq!(at(50 * 60), Phase::WrapUp);
        assert_eq!(at(60 * 60), Phase::Closed);
    }

    #[test]
    fn every_phase_change_is_announced_once_and_in_order() {
        let start = Timestamp(5_000_000);
        let mut now = start.plus(-DAY_BEFORE);
        let mut seen = vec![phase(start, Length::Short, now)];
        while let Some(next) = next_change(start, Length::Short, now) {
            assert_ne!(phase(start, Length::Short, next), phase(start, Length::Short, next.plus(-1)));
            seen.push(phase(start, Length::Short, next));
            now = next;
        }
        assert_eq!(seen, [Phase::Ahead, Phase::Lobby, Phase::Goals, Phase::Focus, Phase::WrapUp, Phase::Closed]);
    }

    const DAY_BEFORE: i64 = 86_400;

    #[test]
    fn goals_are_bounded_whatever_is_sent() {
        let many = vec![Goal { text: " x".repeat(500), outcome: None }; 50];
        let kept = goals_cleaned(many);
        assert_eq!(kept.len(), GOALS_MOST);
        assert!(kept.iter().all(|g| g.text.chars().count() <= GOAL_CHARS));
        assert!(goals_cleaned(vec![Goal { text: " \n ".into(), outcome: None }]).is_empty());
    }
}
