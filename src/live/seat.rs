//! A seat while it lives: its saved truth, and what is only known while a page of its member is open.
//!
//! One page holds a seat at a time. Presence outlasts a lost connection by a short grace, so that a reload does not flicker.

use super::chat::WORD_CHARS;
use super::media::Leg;
use super::protocol::{Media, SeatState};
use super::rate::Bucket;
use super::ways::Ways;
use crate::domain::id::BookingId;
use crate::domain::lounge::{Alone, Attention, By, With};
use crate::domain::seat::SeatTruth;
use crate::domain::session::{LOBBY_S, NEWS_S, Phase};
use crate::domain::time::Timestamp;

/// A connection of a page, numbered by the hub and never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Conn(pub u64);

/// How long somebody still counts as here after the connection was lost.
pub const GRACE_MS: i64 = 6_000;
/// A page says something every 2.5 s; one in a call that is silent this long is not here.
pub const QUIET_MS: i64 = 10_000;
/// So long after they were last seen here the call of three goes on without them, until they come back.
pub const RETURN_MS: i64 = 20_000;
/// A page without a call may be slowed down by its browser to one timer a minute.
pub const ASLEEP_MS: i64 = 75_000;
/// A connection that is silent this long is given up.
pub const DEAD_MS: i64 = 180_000;

/// A page that connects, to a session as a booking or to a room as a guest.
#[derive(Debug)]
pub struct Arrival<Who> {
    pub conn: Conn,
    pub who: Who,
    /// The page's own word, drawn once per load.
    pub page: String,
    /// The person asked to be here by this page.
    pub claim: bool,
    pub ways: Ways,
    /// Name or address that the page came by.
    pub local_host: String,
}

impl<Who> Arrival<Who> {
    /// Whether the page says a word of its own, as every page of this version does.
    pub fn has_word(&self) -> bool {
        !self.page.is_empty() && self.page.chars().count() <= WORD_CHARS
    }
}

/// The connection of the page that holds a seat.
#[derive(Debug)]
pub struct Line {
    pub conn: Conn,
    pub ways: Ways,
    pub bucket: Bucket,
    pub heard_ms: i64,
    /// The page has yet to be welcomed: it is new, or its seat moved to this session.
    pub welcome_due: bool,
}

impl Line {
    /// One that has just been made.
    pub fn open(conn: Conn, ways: Ways, now_ms: i64) -> Self {
        Self { conn, ways, bucket: Bucket::full(now_ms), heard_ms: now_ms, welcome_due: true }
    }
}

/// Company that somebody alone is offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    pub number: u64,
    pub with: With,
    pub names: Vec<String>,
    /// Yes was said, so or so.
    pub yes: Option<By>,
    /// The other one said yes.
    pub asked: bool,
    /// When it is taken by itself, if nothing is said.
    pub moves_at_ms: Option<i64>,
}

/// A member's place in a living session.
#[derive(Debug)]
pub struct Seat {
    pub truth: SeatTruth,
    /// The word of the holding page; empty until one came.
    pub page: String,
    pub line: Option<Line>,
    /// While no connection is up: until when they still count as here.
    pub grace_until_ms: Option<i64>,
    /// What the pages were last told.
    pub here: bool,
    pub seated: bool,
    pub order: u64,
    pub media: Media,
    pub away_until_ms: Option<i64>,
    /// When they said "back in 5".
    pub away_since_ms: Option<i64>,
    /// Since when a page of theirs is here and nobody sits.
    pub empty_since_ms: Option<i64>,
    pub high_five_ms: Option<i64>,
    /// The opening is being saved.
    pub opening: bool,
    /// What they said to a call through the server, in the page they have open.
    pub agreed: Option<bool>,
    /// Their page's end of such a call.
    pub leg: Leg,
    /// Name or address that their page came by.
    pub local_host: String,
    /// They came to others who were at it, and have yet to be taken in: what those say is theirs.
    pub joins: bool,
    /// When they were last seen here, if they were.
    pub absent_since_ms: Option<i64>,
    /// One of three who has not been seen for so long that the others' call goes on without them.
    pub gone: bool,
    /// Present and without company, by the time.
    pub lone: Option<Alone>,
    /// They asked to be left alone.
    pub stays_alone: bool,
    /// They asked for it only to wait for whoever is to come back.
    pub waits: bool,
    /// What their page told of them, while it matters.
    pub attention: Option<Attention>,
    pub offer: Option<Offered>,
}

impl Seat {
    /// A seat that no page has come to yet.
    pub fn empty(truth: SeatTruth) -> Self {
        Self {
            truth,
            page: String::new(),
            line: None,
            grace_until_ms: None,
            here: false,
            seated: false,
            order: 0,
            media: Media::default(),
            away_until_ms: None,
            away_since_ms: None,
            empty_since_ms: None,
            high_five_ms: None,
            opening: false,
            agreed: None,
            leg: Leg::of_sitter(0),
            local_host: String::new(),
            joins: false,
            absent_since_ms: None,
            gone: false,
            lone: None,
            stays_alone: false,
            waits: false,
            attention: None,
            offer: None,
        }
    }

    pub fn booking(&self) -> BookingId {
        self.truth.booking
    }

    /// The connection that holds the seat, if one is up.
    pub fn conn(&self) -> Option<Conn> {
        self.line.as_ref().map(|line| line.conn)
    }

    /// Takes the saved truth in place of what was known.
    pub fn learn(&mut self, truth: SeatTruth) {
        if truth.left.is_some() && self.truth.left.is_none() {
            self.seated = false;
        }
        self.truth = truth;
    }

    /// Another page holds the seat from here on: what belonged to the page before is forgotten.
    pub fn hand_to(&mut self, page: String, conn: Conn) {
        self.page = page;
        self.leg = Leg::of_sitter(conn.0);
        self.agreed = None;
        self.seated = false;
        self.media = Media::default();
        (self.stays_alone, self.waits, self.offer, self.attention) = (false, false, None, None);
        (self.away_until_ms, self.away_since_ms, self.empty_since_ms) = (None, None, None);
        self.high_five_ms = None;
    }

    /// The connection is lost; presence goes on for the grace.
    pub fn lose_line(&mut self, now_ms: i64) {
        self.attention = None;
        if self.line.take().is_some() {
            self.grace_until_ms = self.here.then_some(now_ms + GRACE_MS);
        }
    }

    /// When presence ends if nothing more is heard; `in_call` when the browser cannot be asleep.
    pub fn here_until_ms(&self, in_call: bool) -> Option<i64> {
        match &self.line {
            Some(line) => Some(line.heard_ms + if in_call { QUIET_MS } else { ASLEEP_MS }),
            None => self.grace_until_ms,
        }
    }

    /// Whether the opening of the page is to be saved: a page is there, the lobby is open, and it was not saved yet.
    pub fn opening_due(&self, now: Timestamp) -> bool {
        self.line.is_some()
            && !self.truth.opened
            && !self.opening
            && !matches!(self.truth.phase(now), Phase::Ahead | Phase::Closed)
    }

    /// The next instant at which time alone changes something here, in milliseconds.
    pub fn timeout_ms(&self, in_call: bool, now: Timestamp) -> Option<i64> {
        let at = |second: Timestamp| Some(second.0 * 1000);
        let connected = self.line.is_some();
        let (lobby, old) = (self.truth.start.plus(-LOBBY_S), self.truth.start.plus(NEWS_S));
        [
            self.here_until_ms(in_call).filter(|_| self.here),
            self.line.as_ref().map(|line| line.heard_ms + DEAD_MS),
            at(self.truth.closes_at()).filter(|_| connected),
            at(lobby).filter(|_| connected && !self.truth.opened && !self.opening && now < lobby),
            at(old).filter(|_| connected && self.truth.news.is_some() && now < old),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// The seat as the page of `viewer` sees it.
    pub fn seen_by(&self, viewer: &Self, begins: bool) -> SeatState {
        let truth = &self.truth;
        SeatState {
            booking: truth.booking,
            name: truth.name.clone(),
            zone: truth.zone.clone(),
            sessions: truth.sessions,
            starts_at: truth.start.0,
            ends_at: truth.ends_at().0,
            closes_at: truth.closes_at().0,
            minutes: truth.length.minutes(),
            task: truth.wishes.task.word().to_owned(),
            quiet: truth.wishes.quiet,
            camera_off_ok: truth.wishes.camera_off_ok,
            mic_muted: truth.wishes.mic_muted,
            sharing: truth.wishes.sharing,
            title: truth.wishes.title.clone(),
            here: self.here,
            seated: self.seated && !self.gone,
            sat: truth.sat,
            page: self.page.clone(),
            order: self.order,
            goals: truth.goals.clone(),
            media: self.media.clone(),
            away_until_ms: self.away_until_ms,
            late_minutes: truth.late_minutes.filter(|_| !self.seated),
            left: truth.left.clone(),
            no_show: truth.no_show && !self.seated,
            begins,
            agreed: self.agreed,
            joins: self.joins,
            by_itself: truth.came.as_ref().is_some_and(|came| came.by_itself),
            met_before: truth.booking != viewer.truth.booking && viewer.truth.met.contains(&truth.booking),
        }
    }
}
