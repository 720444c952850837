//! The wire protocol of the session page, as types: JSON objects with a tag `t`.
//!
//! The same messages travel over the WebSocket `/session/{booking}/live` and, where a browser refuses one, over
//! `GET /session/{booking}/events` (server to page, an event stream) and `POST /session/{booking}/send` (page to server,
//! a JSON array). A state is always sent whole: it is small, and a page that missed one is right again with the next.
//! Everything that comes from a page is bounded before it is looked at; nothing here touches a disk.

use super::media::Kind;
use super::media::talk::Call;
use crate::domain::id::{BookingId, SessionId};
use crate::domain::session::{Goal, Outcome};
use serde::{Deserialize, Serialize};

/// The most bytes that one message from a page may have: an offer with two dozen lines is the largest.
pub const MESSAGE_BYTES: usize = 192 * 1024;
/// Chat lines that the server keeps in memory for a session, and characters in each.
pub const CHAT_LINES: usize = 500;
pub const CHAT_CHARS: usize = 2_000;

/// A message that a page says to the place it is in.
pub trait Says: serde::de::DeserializeOwned + Send + Sync {
    /// The page's word and its claim, if this is the first message of a connection.
    fn hello(self) -> Option<(String, bool)>;
}

/// A message that a page is told.
pub trait Tells: Serialize + Send + Sync {
    /// The end of what the page is for.
    fn over(sentence: String) -> Self;
}

impl Says for FromPage {
    fn hello(self) -> Option<(String, bool)> {
        if let Self::Hello { page, claim } = self { Some((page, claim)) } else { None }
    }
}

impl Tells for ToPage {
    fn over(sentence: String) -> Self {
        Self::Over { sentence, go: "/".to_owned() }
    }
}

/// What a page says.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum FromPage {
    /// First on every connection. `page` is drawn at random once per page load (at most 40 characters) and stays the
    /// same over reconnects, so that a call goes on while only the signalling was away. `claim` is true when the person
    /// asked for the seat in this tab (page load or "use here"); false on a reconnect, so that an old tab does not take it back.
    Hello { page: String, claim: bool },
    /// Every 2.5 s. `at` is the page's own milliseconds and comes back untouched.
    Ping { at: f64 },
    /// "Take my seat": from here on the partner sees and hears me.
    Sit,
    /// The whole list of my goals; saved before it is acknowledged by `saved`.
    Goals { goals: Vec<Goal>, nonce: u32 },
    /// How one of my goals ended (index into my list), or `null` to take it back.
    Mark { goal: usize, outcome: Option<Outcome>, nonce: u32 },
    /// WebRTC signalling for the seat `to`, passed on unread: `{description}` or `{candidate}`, and `page` of the sender.
    Signal { to: BookingId, data: serde_json::Value },
    /// A chat line; `id` is drawn by the page (at most 40 characters), so that a line sent twice is kept once.
    Chat { id: String, text: String },
    /// After a restart of the server each page gives back the lines that its own member wrote.
    GiveBack { lines: Vec<GivenLine> },
    /// What my devices do, for the partner's page to say.
    Media { media: Media },
    /// "Back in 5" (minutes, 1 to 30), or `null`: I am back.
    Away { minutes: Option<u8> },
    /// "I'm three minutes late" (1 to 10), from the lobby or before.
    Late { minutes: u8 },
    /// Fresh credentials for the relay, please: those of the welcome are good for two minutes.
    Ice,
    /// My half of a high-five.
    HighFive,
    /// I leave early (or at the end); the partner reads the note (at most 300 characters).
    Leave { note: String },
    /// A call of three goes through the server, which could technically see it: I have read that, and may it? `null` takes
    /// the answer back: the call is between two again.
    Agree { yes: Option<bool> },
    /// Yes to the company I was offered: `offer` is its number.
    SitWith { offer: u64 },
    /// No company, please; or look again.
    StayAlone { yes: bool },
    /// While I sit alone and chose to be seated by itself: whether this page is seen, and since when nobody touched it.
    Attention { visible: bool, idle_ms: u32 },
    /// An offer for the media engine. `n` comes back with its answer; `anew` says that the connection before is given up.
    MediaOffer { n: u32, sdp: String, anew: bool },
    /// How wide somebody's picture is here, in CSS pixels.
    MediaWish { wishes: Vec<Wish> },
}

/// A chat line as a page gives it back: my own words, with the time the server gave them.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct GivenLine<Id = BookingId> {
    pub id: String,
    pub text: String,
    pub at_ms: i64,
    /// Whom I said it to, as the server told it then.
    #[serde(default = "Vec::new")]
    pub to: Vec<Id>,
}

/// A slot of the media engine and how wide it is shown.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Wish<Id = BookingId> {
    pub mid: String,
    pub who: Option<Id>,
    pub width: u16,
}

/// Whom a slot of the media engine shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shown<Id = BookingId> {
    pub mid: String,
    pub who: Id,
    pub kind: Kind,
}

/// Which way the call of a session goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CallWay {
    /// From browser to browser.
    Pair,
    /// There are three, and not all have agreed yet: the two go on as a pair, the third waits.
    Asked,
    /// Through the server.
    Server,
}

/// What a member's devices do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Media {
    pub mic: bool,
    pub camera: Camera,
    pub screen: bool,
    /// A word for what is wrong, if anything: `no_camera`, `camera_refused`, `camera_busy`, `no_mic`, `mic_refused`,
    /// `insecure`, `unsupported`, `network`. Unknown words are shown as "trouble with the devices".
    pub trouble: Option<String>,
}

impl Default for Media {
    fn default() -> Self {
        Self { mic: false, camera: Camera::Off, screen: false, trouble: None }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Camera {
    On,
    Veiled,
    #[default]
    Off,
}

/// What the server says.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum ToPage {
    /// The answer to `hello`, and sent again when the seat moved to another session; it is right whatever came before. `run`
    /// changes when the server was started anew: then pages give their chat back, and one that sat sits again.
    Welcome {
        now_ms: i64,
        run: String,
        you: BookingId,
        state: State,
        chat: Vec<ChatLine>,
        ice: Vec<IceServer>,
    },
    /// The whole state after any change.
    State {
        state: State,
    },
    Pong {
        at: f64,
        now_ms: i64,
    },
    /// The servers that calls may go through, fresh; `full` is a sentence while the relay among them has no room for this session.
    Ice {
        ice: Vec<IceServer>,
        #[serde(skip_serializing_if = "Option::is_none")]
        full: Option<String>,
    },
    /// Goals or an outcome are safe on disk.
    Saved {
        nonce: u32,
    },
    Signal {
        from: BookingId,
        data: serde_json::Value,
    },
    Chat {
        line: ChatLine,
    },
    /// The whole chat, oldest first, after lines were given back: it replaces what the page shows.
    ChatAll {
        chat: Vec<ChatLine>,
    },
    /// Somebody's half of a high-five; `both` when the hands met within 5 s.
    HighFive {
        from: BookingId,
        both: bool,
    },
    /// Another tab of mine has taken this seat: this one says so and goes still.
    TakenOver,
    /// Something was not done; `sentence` is for the person.
    Refused {
        code: String,
        sentence: String,
        nonce: Option<u32>,
    },
    /// The session is over or not mine any more; `go` is the page to show.
    Over {
        sentence: String,
        go: String,
    },
    /// The server is about to start anew: the connection ends, and the page connects again at once.
    Restart,
    /// The call through the server.
    #[serde(untagged)]
    Call(Call<BookingId>),
}

/// A chat line. Never written to disk.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChatLine<Id = BookingId> {
    pub id: String,
    pub from: Id,
    pub name: String,
    pub text: String,
    pub at_ms: i64,
    /// Who may read it: the seats of its moment. In a room nobody is named, and everybody inside reads.
    pub to: Vec<Id>,
}

/// An entry for `RTCConfiguration.iceServers`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IceServer {
    pub urls: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
}

/// A session as one member's page sees it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct State {
    pub session: SessionId,
    /// Grows with each change, over restarts too; a page ignores an older one.
    pub rev: u64,
    /// In order of sitting down or booking; my own is the one whose `booking` is `you`.
    pub seats: Vec<SeatState>,
    pub call: CallWay,
    /// A sentence when the partner changed, with its cause ("Ben had to cancel."), until five minutes after the start.
    pub news: Option<String>,
    /// I was promised company; with whom is said in the last minute.
    pub promised: bool,
    /// How my company changed while the session ran, with the cause; while I sit alone only that it went on.
    pub came: Option<String>,
    /// I sit alone: what there is for me.
    pub lounge: Option<Lounge>,
}

/// What somebody who sits alone is shown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Lounge {
    /// They asked to be left alone.
    pub alone: bool,
    /// They chose to be seated by itself: the page is asked to say whether somebody is at it.
    pub by_itself: bool,
    pub offer: Option<OfferShown>,
}

/// Company that is offered.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OfferShown {
    /// Its number, for `sit_with`.
    pub n: u64,
    pub kind: OfferKind,
    pub names: Vec<String>,
    /// I said yes, and the other one is asked.
    pub yes: bool,
    /// The other one said yes.
    pub asked: bool,
    /// When it is taken by itself, by the server's clock.
    pub moves_at_ms: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferKind {
    /// Another who is alone too.
    Together,
    /// The free chair of a pair; the pictures of three go through the server.
    Joins,
}

/// A seat as another page sees it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SeatState {
    pub booking: BookingId,
    pub name: String,
    /// IANA zone, for their local time and the tint of their sky.
    pub zone: String,
    /// Sessions done before this one; 0 is a first session.
    pub sessions: i64,
    pub starts_at: i64,
    pub ends_at: i64,
    pub closes_at: i64,
    pub minutes: i64,
    pub task: String,
    pub quiet: bool,
    pub camera_off_ok: bool,
    pub mic_muted: bool,
    pub sharing: bool,
    pub title: String,
    /// A page of theirs is connected.
    pub here: bool,
    /// They have taken their seat with the page they have open: they can be called.
    pub seated: bool,
    /// They took their seat at some time, with this page or one before: a reloaded page takes its own again by itself.
    pub sat: bool,
    /// The random word of the page that holds the seat; changes on a reload: then the call is made anew.
    pub page: String,
    /// Grows with each page that sits down; of two seats the one with the larger number is the newcomer and offers first.
    pub order: u64,
    pub goals: Vec<Goal>,
    pub media: Media,
    pub away_until_ms: Option<i64>,
    pub late_minutes: Option<u8>,
    /// They left before the end; the note may be empty.
    pub left: Option<String>,
    pub no_show: bool,
    /// This one speaks first at the hello.
    pub begins: bool,
    /// We have met in the last 30 days (never true of my own seat).
    pub met_before: bool,
    /// What they said to a call through the server; `null` while they have not been asked or have not answered.
    pub agreed: Option<bool>,
    /// They came to two who were at it, and have yet to be taken in.
    pub joins: bool,
    /// They were seated here by itself, as they had chosen: they come muted, their picture veiled.
    pub by_itself: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(text: &str) -> Option<FromPage> {
        serde_json::from_str(text).ok()
    }

    #[test]
    fn every_message_of_a_page_is_understood_as_it_is_written() {
        assert_eq!(heard(r#"{"t":"hello","page":"a","claim":true}"#), Some(FromPage::Hello { page: "a".into(), claim: true }));
        assert_eq!(heard(r#"{"t":"ping","at":12.5}"#), Some(FromPage::Ping { at: 12.5 }));
        assert_eq!(heard(r#"{"t":"sit"}"#), Some(FromPage::Sit));
        let goals = vec![Goal { text: "x".into(), outcome: None }];
        assert_eq!(heard(r#"{"t":"goals","goals":[{"text":"x"}],"nonce":1}"#), Some(FromPage::Goals { goals, nonce: 1 }));
        let mark = FromPage::Mark { goal: 0, outcome: Some(Outcome::NotDone), nonce: 2 };
        assert_eq!(heard(r#"{"t":"mark","goal":0,"outcome":"not_done","nonce":2}"#), Some(mark));
        assert_eq!(heard(r#"{"t":"away","minutes":null}"#), Some(FromPage::Away { minutes: None }));
        assert_eq!(heard(r#"{"t":"high_five"}"#), Some(FromPage::HighFive));
        let media = Media { mic: true, ..Media::default() };
        assert_eq!(heard(r#"{"t":"media","media":{"mic":true}}"#), Some(FromPage::Media { media }));
        let lines = vec![GivenLine { id: "1".into(), text: "hi".into(), at_ms: 5, to: vec![BookingId(7)] }];
        assert_eq!(
            heard(r#"{"t":"give_back","lines":[{"id":"1","text":"hi","at_ms":5,"to":[7]}]}"#),
            Some(FromPage::GiveBack { lines })
        );
    }

    #[test]
    fn what_is_no_message_is_none() {
        for text in [
            "",
            "{}",
            "[]",
            r#"{"t":"dance"}"#,
            r#"{"t":"late","minutes":900}"#,
            r#"{"t":"mark","goal":-1,"outcome":null,"nonce":0}"#,
        ] {
            assert_eq!(heard(text), None, "{text}");
        }
        let deep = format!(r#"{{"t":"signal","to":1,"data":{}1{}}}"#, "[".repeat(5_000), "]".repeat(5_000));
        assert_eq!(heard(&deep), None, "depth is bounded");
    }

    #[test]
    fn what_the_server_says_has_its_tag() {
        assert_eq!(serde_json::to_string(&ToPage::TakenOver).ok().as_deref(), Some(r#"{"t":"taken_over"}"#));
        assert_eq!(serde_json::to_string(&ToPage::Restart).ok().as_deref(), Some(r#"{"t":"restart"}"#));
        let saved = serde_json::to_string(&ToPage::Saved { nonce: 4 });
        assert_eq!(saved.ok().as_deref(), Some(r#"{"t":"saved","nonce":4}"#));
    }
}
