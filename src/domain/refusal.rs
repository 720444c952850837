//! A refusal: the person asked for something that the rules do not allow, and can do something about it.
//!
//! It carries the sentence they read. A fault of the machine is not a refusal.

use serde::Serialize;

/// Why something was not done, in one or two sentences: what happened, what is safe, what to do next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// A short stable word for programs and tests: `overlap`, `gone`, `login`, ...
    pub code: &'static str,
    pub sentence: String,
}

impl Refusal {
    pub fn new(code: &'static str, sentence: impl Into<String>) -> Self {
        Self { code, sentence: sentence.into() }
    }

    /// Something that is not there, or not there for this person: the two are not told apart.
    pub fn gone() -> Self {
        Self::new("gone", "That isn't here any more. Your other things are safe.")
    }

    /// Something that this role may not do.
    pub fn not_allowed() -> Self {
        Self::new("not_allowed", "Only an admin can do that here.")
    }

    /// The HTTP status that fits.
    pub fn status(&self) -> u16 {
        match self.code {
            "not_allowed" => 403,
            "gone" => 404,
            "method" => 405,
            "too_large" => 413,
            "slow_down" => 429,
            _ => 422,
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for Refusal {}
