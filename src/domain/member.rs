//! Members: names, roles and who may pick whom.

use super::refusal::Refusal;
use serde::{Deserialize, Serialize};

/// What a member may do in the instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Member,
    Moderator,
    Admin,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Member, Self::Moderator, Self::Admin];

    pub fn word(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Moderator => "moderator",
            Self::Admin => "admin",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.word() == word)
    }
}

/// Who may pick me by a click on the calendar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pick {
    #[default]
    Everyone,
    Favorites,
    /// Only the matcher pairs me.
    Matcher,
}

impl Pick {
    pub const ALL: [Self; 3] = [Self::Everyone, Self::Favorites, Self::Matcher];

    pub fn word(self) -> &'static str {
        match self {
            Self::Everyone => "everyone",
            Self::Favorites => "favorites",
            Self::Matcher => "matcher",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.word() == word)
    }
}

/// The most characters a display name may have.
pub const NAME_CHARS: usize = 40;
/// Password lengths, in characters.
pub const PASSWORD_LEAST: usize = 8;
pub const PASSWORD_MOST: usize = 200;

/// Cleans a display name: white space folded, 1 to [`NAME_CHARS`] characters, nothing invisible.
///
/// # Errors
/// A refusal that says what a name may be.
pub fn name_cleaned(typed: &str) -> Result<String, Refusal> {
    let name = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    let visible = name.chars().all(|c| !c.is_control() && !is_format(c));
    let has_letter = name.chars().any(char::is_alphanumeric);
    if !visible || !has_letter || name.chars().count() > NAME_CHARS || name.contains('@') {
        return Err(Refusal::new("name", "A name has 1 to 40 characters: letters, figures and spaces, and no @."));
    }
    Ok(name)
}

/// Characters that change how a text is shown without being seen: bidi controls, joiners, variation marks.
fn is_format(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}')
}

/// The form of a name under which two names are the same: lower case.
pub fn name_key(name: &str) -> String {
    name.to_lowercase()
}

/// Cleans an e-mail address; empty is none.
///
/// # Errors
/// A refusal when it cannot be an address.
pub fn email_cleaned(typed: &str) -> Result<Option<String>, Refusal> {
    let email = typed.trim();
    if email.is_empty() {
        return Ok(None);
    }
    let sound = email.len() <= 254
        && email.chars().all(|c| !c.is_whitespace() && !c.is_control())
        && email.split_once('@').is_some_and(|(who, place)| !who.is_empty() && place.len() >= 2 && !place.contains('@'));
    if sound {
        Ok(Some(email.to_owned()))
    } else {
        Err(Refusal::new("email", "That doesn't look like an e-mail address. You can leave it empty."))
    }
}

/// Checks that a password is long enough; nothing else is asked of it.
///
/// # Errors
/// A refusal that says the least length.
pub fn password_checked(typed: &str) -> Result<(), Refusal> {
    let length = typed.chars().count();
    if (PASSWORD_LEAST..=PASSWORD_MOST).contains(&length) {
        Ok(())
    } else {
        Err(Refusal::new("password", "A password has at least 8 characters. Three or four words make a good one."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_folded_and_kept() {
        assert_eq!(name_cleaned("  Ana   María "), Ok("Ana María".to_owned()));
        assert_eq!(name_cleaned("李雷"), Ok("李雷".to_owned()));
    }

    #[test]
    fn names_that_deceive_are_refused() {
        for name in ["", "   ", "a\u{202E}b", "\u{200B}", "---", &"x".repeat(41), "ana@example.org"] {
            assert!(name_cleaned(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn an_empty_address_is_no_address() {
        assert_eq!(email_cleaned("  "), Ok(None));
        assert_eq!(email_cleaned("ana@school.example"), Ok(Some("ana@school.example".into())));
        assert!(email_cleaned("ana").is_err());
        assert!(email_cleaned("a@b@c").is_err());
    }
}
