//! The talk between a page and the media engine, the same in a session and in a room.
//!
//! Everything that comes from a page is bounded here, and pages know others by their place's own ids, never by the engine's numbers.

use super::super::protocol::{Shown, Wish};
use super::{Leg, MediaJoin};
use serde::Serialize;

/// An offer with two dozen lines has about 60 KiB.
const OFFER_BYTES: usize = 160 * 1024;
const WISHES_MOST: usize = 64;
const MID_CHARS: usize = 16;

/// What a page is told of its call through the server.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum Call<Id> {
    /// The media engine's answer to the offer `n`.
    #[serde(rename = "media_answer")]
    Answer {
        n: u32,
        sdp: String,
    },
    #[serde(rename = "media_refused")]
    Refused {
        n: u32,
        sentence: String,
    },
    /// The media engine has let go of my connection: it is to be made anew.
    #[serde(rename = "media_gone")]
    Gone,
    /// Whom each slot shows; slots that are not named show nobody.
    #[serde(rename = "media_slots")]
    Slots {
        slots: Vec<Shown<Id>>,
    },
    Speaking {
        who: Vec<Id>,
    },
    Quality {
        reduced: bool,
    },
}

impl<Id> Call<Id> {
    /// How the media engine has answered the offer `n`.
    pub fn answered(n: u32, result: Result<String, String>) -> Self {
        match result {
            Ok(sdp) => Self::Answer { n, sdp },
            Err(sentence) => Self::Refused { n, sentence },
        }
    }

    /// The offer `n` does not come so far.
    pub fn refused(n: u32, sentence: &str) -> Self {
        Self::Refused { n, sentence: sentence.to_owned() }
    }
}

/// What is asked of the media engine without waiting for an answer.
#[derive(Debug, PartialEq)]
pub enum Ask {
    Wish {
        participant: u64,
        mid: String,
        who: Option<u64>,
        width: u16,
    },
    /// Their voice goes to nobody, or again to all.
    Hush {
        participant: u64,
        hushed: bool,
    },
    Leave {
        participant: u64,
    },
}

/// What is wrong with an offer before anybody looks into it.
pub fn fault_of(offer: &str) -> Option<&'static str> {
    (offer.len() > OFFER_BYTES).then_some("The call could not be made: your browser sent too much at once.")
}

impl Leg {
    /// An offer of the page, on its way to the media engine.
    pub fn offer(&mut self, room: u64, screens: usize, offer: String, local_host: String) -> MediaJoin {
        MediaJoin { room, participant: self.join(), offer, screens, echo: false, local_host }
    }

    /// How wide the page shows whom; `number` is a person's participant.
    pub fn wishes<Id>(&self, wishes: Vec<Wish<Id>>, number: impl Fn(Id) -> Option<u64>) -> Vec<Ask> {
        let participant = self.participant();
        let fits = |wish: &Wish<Id>| wish.mid.chars().count() <= MID_CHARS;
        let ask = |Wish { mid, who, width }| Ask::Wish { participant, mid, who: who.and_then(&number), width };
        wishes.into_iter().take(WISHES_MOST).filter(fits).filter(|_| self.joined()).map(ask).collect()
    }

    /// Whom the slots show; who has left is not named. `person` is whose participant that is.
    pub fn shown<Id>(&self, person: impl Fn(u64) -> Option<Id>) -> Call<Id> {
        let shown = |slot: &super::Slot| Some(Shown { mid: slot.mid.clone(), who: person(slot.who)?, kind: slot.kind });
        Call::Slots { slots: self.slots.iter().filter_map(shown).collect() }
    }

    /// The page gives its connection up, if it has one.
    pub fn give_up(&mut self) -> Option<Ask> {
        self.leave().map(|participant| Ask::Leave { participant })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_are_bounded_and_those_of_a_page_without_a_call_are_none() {
        let mut leg = Leg::of_guest(3);
        let wish = |mid: &str| Wish { mid: mid.to_owned(), who: Some(5), width: 320 };
        let asked = |leg: &Leg, wishes| leg.wishes(wishes, |who| Some(who * 10)).len();
        assert_eq!(asked(&leg, vec![wish("7")]), 0);
        leg.join();
        assert_eq!(asked(&leg, vec![wish("7"), wish("a name that is longer than any line's")]), 1);
        assert_eq!(asked(&leg, (0..100).map(|n: u64| wish(&n.to_string())).collect()), WISHES_MOST);
        let participant = leg.participant();
        let ask = Ask::Wish { participant, mid: "7".to_owned(), who: Some(50), width: 320 };
        assert_eq!(leg.wishes(vec![wish("7")], |who| Some(who * 10)), [ask]);
    }

    #[test]
    fn what_a_page_is_told_has_the_words_of_the_protocol() {
        let text = |call: &Call<u8>| serde_json::to_string(call).expect("JSON");
        assert_eq!(text(&Call::answered(2, Ok("v=0".to_owned()))), r#"{"t":"media_answer","n":2,"sdp":"v=0"}"#);
        assert_eq!(text(&Call::refused(2, "No.")), r#"{"t":"media_refused","n":2,"sentence":"No."}"#);
        assert_eq!(text(&Call::Gone), r#"{"t":"media_gone"}"#);
        assert_eq!(text(&Leg::of_guest(1).shown(|_| Some(1))), r#"{"t":"media_slots","slots":[]}"#);
        assert_eq!(text(&Call::Speaking { who: vec![4] }), r#"{"t":"speaking","who":[4]}"#);
        assert_eq!(text(&Call::Quality { reduced: true }), r#"{"t":"quality","reduced":true}"#);
    }
}
