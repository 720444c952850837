//! What kind of house it is, and the safe defaults that follow.

use super::member::Pick;
use serde::{Deserialize, Serialize};

/// Chosen once, on the setup page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    #[default]
    Friends,
    Company,
    School,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::Friends, Self::Company, Self::School];

    pub fn word(self) -> &'static str {
        match self {
            Self::Friends => "friends",
            Self::Company => "company",
            Self::School => "school",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.word() == word)
    }

    /// What is safe for such a house.
    pub fn defaults(self) -> Defaults {
        match self {
            Self::Friends => {
                Defaults { members_invite: true, pick: Pick::Everyone, invite_days: 30, invite_uses: 10, history_days: 7 }
            }
            Self::Company => {
                Defaults { members_invite: false, pick: Pick::Everyone, invite_days: 14, invite_uses: 50, history_days: 7 }
            }
            Self::School => {
                Defaults { members_invite: false, pick: Pick::Matcher, invite_days: 7, invite_uses: 200, history_days: 7 }
            }
        }
    }
}

/// The defaults of a kind of house.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Defaults {
    /// Members, not only admins, may make invites.
    pub members_invite: bool,
    /// Who may pick a new member by a click.
    pub pick: Pick,
    pub invite_days: i64,
    pub invite_uses: i64,
    /// Days that past sessions stay visible before they are deleted.
    pub history_days: i64,
}
