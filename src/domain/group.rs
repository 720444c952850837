//! Groups: members who share a purpose (a team, a class). A booking may be kept inside one; a wall keeps its members inside.

use super::id::GroupId;
use super::refusal::Refusal;

pub const NAME_CHARS: usize = 40;
/// Groups that a house may have.
pub const GROUPS_MOST: usize = 100;

/// A group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub id: GroupId,
    pub name: String,
    /// Its members have company only inside it, or inside another wall of theirs.
    pub wall: bool,
}

/// Cleans a group's name.
///
/// # Errors
/// A refusal that says what a name may be.
pub fn name_cleaned(typed: &str) -> Result<String, Refusal> {
    let name = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    let sound = name.chars().any(char::is_alphanumeric) && !name.chars().any(char::is_control);
    if sound && name.chars().count() <= NAME_CHARS {
        Ok(name)
    } else {
        Err(Refusal::new("group_name", "A group's name has 1 to 40 characters, and at least a letter or a figure."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_groups_name_is_folded_and_is_a_name() {
        assert_eq!(name_cleaned("  Class   7b "), Ok("Class 7b".to_owned()));
        for name in ["", " ", "---", "a\u{7}", &"x".repeat(41)] {
            assert!(name_cleaned(name).is_err(), "{name:?}");
        }
    }
}
