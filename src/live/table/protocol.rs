//! The wire protocol of a room's page, as types: JSON objects with a tag `t`, carried as those of a session are.
//!
//! `/room/{id}/live` is the WebSocket, `/room/{id}/events` and `/room/{id}/send` stand in for it. A state is always sent
//! whole. Everything that comes from a page is bounded before it is looked at; nothing here touches a disk.

use super::super::media::talk::Call;
use super::super::protocol::{ChatLine, GivenLine, IceServer, Media, Says, Tells, Wish};
use crate::domain::id::{MemberId, RoomId};
use crate::domain::room::Rhythm;
use serde::{Deserialize, Serialize};

/// What a page says.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum FromPage {
    /// First on every connection, as in a session.
    Hello {
        page: String,
        claim: bool,
    },
    /// Every 2.5 s. `at` is the page's own milliseconds and comes back untouched.
    Ping {
        at: f64,
    },
    /// "Come in": from here on the others see me.
    Come,
    /// What I am on; the line beside my picture.
    Goal {
        text: String,
    },
    /// What my devices do.
    Media {
        media: Media,
    },
    /// My hand is up, or down again.
    Hand {
        up: bool,
    },
    Wave,
    /// A chat line; `id` is drawn by the page, so that a line sent twice is kept once.
    Chat {
        id: String,
        text: String,
    },
    /// After a restart of the server each page gives back the lines that its own member wrote.
    GiveBack {
        lines: Vec<GivenLine<MemberId>>,
    },
    /// An offer for the media engine. `n` comes back with its answer; `anew` says that the connection before is given up.
    MediaOffer {
        n: u32,
        sdp: String,
        anew: bool,
    },
    /// How wide somebody's tile is here, in CSS pixels.
    MediaWish {
        wishes: Vec<Wish<MemberId>>,
    },
    /// Fresh credentials for the relay, please.
    Ice,
    /// I get up.
    Leave,
}

/// What the server says.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum ToPage {
    Welcome {
        now_ms: i64,
        run: String,
        you: MemberId,
        state: State,
        chat: Vec<ChatLine<MemberId>>,
        ice: Vec<IceServer>,
    },
    State {
        state: State,
    },
    Ice {
        ice: Vec<IceServer>,
    },
    Pong {
        at: f64,
        now_ms: i64,
    },
    Chat {
        line: ChatLine<MemberId>,
    },
    ChatAll {
        chat: Vec<ChatLine<MemberId>>,
    },
    Wave {
        from: MemberId,
    },
    /// A moderator has muted me; I may unmute myself.
    Muted,
    /// Another tab of mine is in the room: this one says so and goes still.
    TakenOver,
    /// Something was not done; `sentence` is for the person.
    Refused {
        code: String,
        sentence: String,
    },
    /// The room is closed to me; `go` is the page to show.
    Over {
        sentence: String,
        go: String,
    },
    /// The server is about to start anew: the page connects again at once.
    Restart,
    /// The call through the server.
    #[serde(untagged)]
    Call(Call<MemberId>),
}

/// A room as every page in it sees it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct State {
    pub room: RoomId,
    pub rev: u64,
    pub name: String,
    pub purpose: String,
    pub capacity: i64,
    pub rhythm: Rhythm,
    /// In order of coming in.
    pub people: Vec<Person>,
}

/// Somebody in a room.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Person {
    pub who: MemberId,
    pub name: String,
    pub zone: String,
    pub moderator: bool,
    /// A page of theirs is connected.
    pub here: bool,
    /// The word of the page they are in by.
    pub page: String,
    pub goal: String,
    pub media: Media,
    pub hand: bool,
}

impl Says for FromPage {
    fn hello(self) -> Option<(String, bool)> {
        if let Self::Hello { page, claim } = self { Some((page, claim)) } else { None }
    }
}

impl Tells for ToPage {
    fn over(sentence: String) -> Self {
        Self::Over { sentence, go: "/rooms".to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(text: &str) -> Option<FromPage> {
        serde_json::from_str(text).ok()
    }

    #[test]
    fn every_message_of_a_page_is_understood_as_it_is_written() {
        assert_eq!(heard(r#"{"t":"come"}"#), Some(FromPage::Come));
        assert_eq!(heard(r#"{"t":"hand","up":true}"#), Some(FromPage::Hand { up: true }));
        let offer = FromPage::MediaOffer { n: 2, sdp: "v=0".into(), anew: false };
        assert_eq!(heard(r#"{"t":"media_offer","n":2,"sdp":"v=0","anew":false}"#), Some(offer));
        let wishes = vec![Wish { mid: "7".into(), who: Some(MemberId(3)), width: 320 }];
        assert_eq!(
            heard(r#"{"t":"media_wish","wishes":[{"mid":"7","who":3,"width":320}]}"#),
            Some(FromPage::MediaWish { wishes })
        );
    }

    #[test]
    fn what_is_no_message_is_none() {
        let wide = r#"{"t":"media_wish","wishes":[{"mid":"7","who":3,"width":70000}]}"#;
        for text in ["", "{}", r#"{"t":"dance"}"#, r#"{"t":"goal"}"#, r#"{"t":"media_offer","n":-1,"sdp":"","anew":false}"#, wide]
        {
            assert_eq!(heard(text), None, "{text}");
        }
    }
}
