//! What somebody who sits alone may be offered, as actions say it and living sessions show it, and when it is taken by itself.
//!
//! **Nobody is moved without their own tap, unless they chose it when they booked**; and then only while somebody is really
//! at the page: it is looked at, and there was a hand on it in the last minute.

use super::id::{BookingId, SessionId};
use super::matching::Rule;

/// So long is waited for somebody who is expected.
pub const EXPECTED_MS: i64 = 120_000;
/// A page of theirs is open, and the chair stays empty: a device may need this long.
pub const EMPTY_MS: i64 = 300_000;
/// A hand was on the page within this time.
pub const ACTIVE_MS: i64 = 60_000;
/// So long ahead it is said that somebody is moved, with the way to stay.
pub const NOTICE_MS: i64 = 10_000;

/// With whom.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum With {
    /// With others who are alone too, all of them named: each says yes.
    Together(Vec<BookingId>),
    /// On the free chair of this pair, which may say "not now".
    Joins(SessionId),
}

/// Company for one booking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub booking: BookingId,
    pub with: With,
    /// The others' names.
    pub names: Vec<String>,
}

/// How somebody sits alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alone {
    /// Nobody is there.
    Stranded,
    /// Somebody is to come back: they said "back in 5", or their page is open and the chair empty.
    Waiting,
}

/// Who says yes to an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The member, with one tap.
    Tap,
    /// The house, as the member chose when they booked.
    Itself,
}

/// How much somebody is at their page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attention {
    /// The page can be seen.
    pub visible: bool,
    /// When there was last a hand on it.
    pub active_ms: i64,
}

impl Attention {
    /// Whether somebody is there who can say "stay alone".
    pub fn is_there(self, now_ms: i64) -> bool {
        self.visible && now_ms < self.active_ms + ACTIVE_MS
    }
}

/// Whether company that is found may be taken by itself.
pub fn moves_by_itself(chosen: bool, alone: Option<Alone>, attention: Option<Attention>, now_ms: i64) -> bool {
    chosen && alone == Some(Alone::Stranded) && attention.is_some_and(|attention| attention.is_there(now_ms))
}

impl With {
    /// The rule under which somebody sits down there.
    pub fn rule(&self, by: By) -> Rule {
        match (self, by) {
            (Self::Together(_), By::Tap) => Rule::BothAlone,
            (Self::Together(_), By::Itself) => Rule::BothAloneItself,
            (Self::Joins(_), By::Tap) => Rule::FreeChair,
            (Self::Joins(_), By::Itself) => Rule::FreeChairItself,
        }
    }
}

/// What became of who sat there before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Before {
    /// They had been with two who went on as two, and were looking for company since.
    pub sent_on: bool,
    /// Names of those who left.
    pub left: Vec<String>,
    /// Names of those who are not there.
    pub missing: Vec<String>,
}

/// What somebody is told who sits with others from here on: the cause first.
pub fn moved(before: &Before, with: &[String], by: By) -> String {
    let cause = match (&before.missing[..], &before.left[..]) {
        ([], []) if before.sent_on => "You were looking for company".to_owned(),
        ([], []) => "Nobody was there".to_owned(),
        ([], left) => format!("{} had to go", left.join(" and ")),
        ([one], _) => format!("{one} isn’t here"),
        (missing, _) => format!("{} aren’t here", missing.join(" and ")),
    };
    let chosen = if by == By::Itself { ", as you chose when you booked" } else { "" };
    format!("{cause}, so you sit with {} from here on{chosen}.", with.join(" and "))
}

/// What somebody reads who had come to two, and these said "not now": no blame, and nothing is lost.
pub fn sent_on(names: &[String]) -> String {
    let who = if names.is_empty() { "They".to_owned() } else { names.join(" and ") };
    format!("{who} go on as two this time. Your seat, your goals and your timer are as they were.")
}

/// What somebody reads who comes back and finds the other gone on.
pub fn gone_on(name: &str) -> String {
    format!("{name} found company while you were away. Your seat, your goals and your timer are as they were.")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: i64 = 1_000_000_000;

    fn attention(visible: bool, idle_ms: i64) -> Option<Attention> {
        Some(Attention { visible, active_ms: NOW_MS - idle_ms })
    }

    #[test]
    fn company_is_taken_by_itself_only_when_all_of_it_holds() {
        let moves = |chosen, alone, attention| moves_by_itself(chosen, alone, attention, NOW_MS);
        let there = attention(true, ACTIVE_MS - 1);
        assert!(moves(true, Some(Alone::Stranded), there));
        assert!(!moves(false, Some(Alone::Stranded), there), "it was not chosen");
        assert!(!moves(true, Some(Alone::Waiting), there), "somebody is to come back");
        assert!(!moves(true, None, there), "nobody is alone");
        assert!(!moves(true, Some(Alone::Stranded), attention(false, 0)), "the page is not looked at");
        assert!(!moves(true, Some(Alone::Stranded), attention(true, ACTIVE_MS)), "no hand in the last minute");
        assert!(!moves(true, Some(Alone::Stranded), None), "the page has said nothing");
    }

    #[test]
    fn a_change_of_company_names_its_cause_first() {
        let names = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        let before = |missing: &[&str], left: &[&str]| Before { missing: names(missing), left: names(left), ..Before::default() };
        let said = moved(&before(&["Ben"], &[]), &names(&["Dai", "Eva"]), By::Itself);
        assert_eq!(said, "Ben isn’t here, so you sit with Dai and Eva from here on, as you chose when you booked.");
        assert_eq!(
            moved(&before(&[], &["Ben"]), &names(&["Cleo"]), By::Tap),
            "Ben had to go, so you sit with Cleo from here on."
        );
        assert_eq!(moved(&Before::default(), &names(&["Cleo"]), By::Tap), "Nobody was there, so you sit with Cleo from here on.");
        let looking = Before { sent_on: true, ..Before::default() };
        assert_eq!(
            moved(&looking, &names(&["Cleo"]), By::Tap),
            "You were looking for company, so you sit with Cleo from here on."
        );
    }

    #[test]
    fn who_is_sent_on_reads_that_two_go_on_as_two_and_that_nothing_is_lost() {
        let said = sent_on(&["Dai".to_owned(), "Eva".to_owned()]);
        assert_eq!(said, "Dai and Eva go on as two this time. Your seat, your goals and your timer are as they were.");
        assert!(sent_on(&[]).starts_with("They go on as two this time."));
    }
}
