//! One living room as a pure machine: `handle_*(.., now)`, then `poll_output` until empty, then `poll_timeout`.
//!
//! It knows no socket, no clock, no dice and no database. **Nothing in it is worth saving**: who is inside, what they are
//! on and what they say is gone when the last has left, and after a restart the open pages bring it back. A member is in
//! a room by one page at a time; a chair outlasts a lost connection for a while, so that nobody loses it by a reload.

pub mod protocol;
mod said;
mod shown;
#[cfg(test)]
mod tests;

use super::chat::Chat;
use super::media::talk::{Ask, Call};
use super::media::{Leg, MediaEvent, MediaJoin, of_room};
use super::protocol::Media;
use super::seat::{ASLEEP_MS, Arrival, Conn, DEAD_MS, GRACE_MS, Line};
use crate::domain::id::MemberId;
use crate::domain::refusal::Refusal;
use crate::domain::room::{Guest, Room, walled};
use protocol::ToPage;
use std::collections::VecDeque;

/// How long a chair is kept for somebody whose connection was lost.
pub const KEEP_MS: i64 = 60_000;
/// Pages that a room looks at, those at the door included.
const PAGES_MOST: usize = 200;

/// What the driver is to do.
#[derive(Debug, PartialEq)]
pub enum Output {
    Tell {
        conn: Conn,
        message: ToPage,
    },
    /// The connection ends after what it was told.
    Close {
        conn: Conn,
    },
    /// An offer to be answered, by `handle_answer`.
    Join {
        who: MemberId,
        n: u32,
        join: MediaJoin,
    },
    Media(Ask),
}

/// How far a moderator's mute has come. It ends with the member's own word, given after their page has obeyed: a word that was
/// on its way when the mute came is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Muted {
    No,
    /// The page has yet to say that its microphone is off.
    Told,
    Obeyed,
}

/// A member with a page open: at the door, or inside.
#[derive(Debug)]
struct Chair {
    guest: Guest,
    page: String,
    line: Option<Line>,
    local_host: String,
    /// Since when no connection is up.
    lost_ms: Option<i64>,
    /// What the pages were last told.
    here: bool,
    /// Grows with each coming in; 0 is at the door.
    order: u64,
    goal: String,
    media: Media,
    hand: bool,
    muted: Muted,
    leg: Leg,
}

impl Chair {
    fn inside(&self) -> bool {
        self.order > 0
    }

    fn conn(&self) -> Option<Conn> {
        self.line.as_ref().map(|line| line.conn)
    }

    /// Until when they count as here without a word.
    fn here_until_ms(&self) -> Option<i64> {
        match (&self.line, self.lost_ms) {
            (Some(line), _) => Some(line.heard_ms + ASLEEP_MS),
            (None, lost) => lost.map(|at| at + GRACE_MS),
        }
    }
}

/// A room while it lives.
#[derive(Debug)]
pub struct Table {
    room: Room,
    run: String,
    now_ms: i64,
    rev: u64,
    chairs: Vec<Chair>,
    chat: Chat<MemberId>,
    orders: u64,
    out: VecDeque<Output>,
    changed: bool,
}

impl Table {
    /// A room with nobody in it; `run` is the word of this start of the server.
    pub fn new(room: Room, run: String, now_ms: i64) -> Self {
        let (chairs, chat, out) = (Vec::new(), Chat::default(), VecDeque::new());
        Self { room, run, now_ms, rev: 0, chairs, chat, orders: 0, out, changed: false }
    }

    /// A page says hello.
    pub fn handle_connected(&mut self, arrival: Arrival<Guest>, now_ms: i64) {
        self.now_ms = now_ms;
        let known = arrival.has_word();
        let Arrival { conn, who: guest, page, claim, ways, local_host } = arrival;
        if !known {
            return self.turn_away(conn, refused("page", "This page is out of date. Please load it again."));
        }
        let line = Line::open(conn, ways, now_ms);
        if self.chairs.iter().any(|c| c.inside() && !c.guest.may_meet(&guest)) {
            self.turn_away(conn, over(&walled().sentence));
            return self.place(guest.id).into_iter().for_each(|n| self.get_up(n));
        }
        let Some(n) = self.chairs.iter().position(|c| c.guest.id == guest.id) else {
            if self.chairs.len() >= PAGES_MOST {
                return self
                    .turn_away(conn, over("A great many people are at this door just now. Please try again in a minute."));
            }
            self.chairs.push(Chair::new(guest, page, line, local_host));
            self.changed = true;
            return;
        };
        let same_page = self.chairs[n].page == page;
        if !same_page && !claim {
            return self.turn_away(conn, ToPage::TakenOver);
        }
        let before = self.chairs[n].line.take();
        if !same_page {
            self.leave_media(n);
            self.chairs[n].hand_to(page, conn);
        }
        let chair = &mut self.chairs[n];
        (chair.guest, chair.line, chair.lost_ms, chair.local_host) = (guest, Some(line), None, local_host);
        self.changed = true;
        match before {
            Some(old) if same_page => self.out.push_back(Output::Close { conn: old.conn }),
            Some(old) => self.turn_away(old.conn, ToPage::TakenOver),
            None => {}
        }
    }

    /// A connection is gone; unknown ones are ignored.
    pub fn handle_disconnected(&mut self, conn: Conn, now_ms: i64) {
        self.now_ms = now_ms;
        if let Some(n) = self.place_of(conn) {
            self.lose_line(n);
        }
    }

    /// The room was given another name, clock or number of chairs. Nobody is sent out by it.
    pub fn handle_room(&mut self, room: Room, now_ms: i64) {
        self.now_ms = now_ms;
        self.changed |= self.room != room;
        self.room = room;
    }

    /// A moderator mutes somebody: nobody is given their sound until they unmute themselves.
    pub fn handle_muted(&mut self, who: MemberId, now_ms: i64) {
        self.now_ms = now_ms;
        let Some(n) = self.place(who) else { return };
        let chair = &mut self.chairs[n];
        chair.muted = if chair.media.mic { Muted::Told } else { Muted::Obeyed };
        self.changed |= chair.media.mic;
        chair.media.mic = false;
        self.hush(n, true);
        self.tell(n, ToPage::Muted);
    }

    fn hush(&mut self, n: usize, hushed: bool) {
        let leg = &self.chairs[n].leg;
        if leg.joined() {
            self.out.push_back(Output::Media(Ask::Hush { participant: leg.participant(), hushed }));
        }
    }

    /// Somebody may not be here any more, whether inside or at the door.
    pub fn handle_sent_out(&mut self, who: MemberId, why: &Refusal, now_ms: i64) {
        self.now_ms = now_ms;
        if let Some(n) = self.place(who) {
            if let Some(conn) = self.chairs[n].conn() {
                self.turn_away(conn, over(&why.sentence));
            }
            self.get_up(n);
        }
    }

    /// The room is closed for good.
    pub fn handle_closed(&mut self, now_ms: i64) {
        self.now_ms = now_ms;
        while !self.chairs.is_empty() {
            if let Some(conn) = self.chairs[0].conn() {
                self.turn_away(conn, over("This room has been closed. Other rooms are under Rooms."));
            }
            self.get_up(0);
        }
    }

    /// The media engine has answered an offer.
    pub fn handle_answer(&mut self, who: MemberId, participant: u64, n: u32, result: Result<String, String>, now_ms: i64) {
        self.now_ms = now_ms;
        let Some(at) = self.place(who).filter(|at| self.chairs[*at].leg.is(participant)) else { return };
        if result.is_ok() && self.chairs[at].muted != Muted::No {
            self.hush(at, true);
        }
        self.tell(at, ToPage::Call(Call::answered(n, result)));
    }

    /// The media engine tells something.
    pub fn handle_media(&mut self, event: MediaEvent, now_ms: i64) {
        self.now_ms = now_ms;
        match event {
            MediaEvent::Connected { .. } => {}
            MediaEvent::Gone { participant } => {
                if let Some(n) = self.place_by(participant) {
                    self.chairs[n].leg.lose();
                    self.tell(n, ToPage::Call(Call::Gone));
                }
            }
            MediaEvent::Slots { participant, slots } => {
                if let Some(n) = self.place_by(participant) {
                    self.chairs[n].leg.slots = slots;
                    self.tell(n, self.slots_of(n));
                }
            }
            MediaEvent::Speaking { who, .. } => {
                let who = who.iter().filter_map(|p| self.place_by(*p)).map(|n| self.chairs[n].guest.id).collect();
                let message = ToPage::Call(Call::Speaking { who });
                self.tell_inside(&message);
            }
            MediaEvent::Quality { participant, reduced } => {
                if let Some(n) = self.place_by(participant) {
                    self.tell(n, ToPage::Call(Call::Quality { reduced }));
                }
            }
        }
    }

    /// Whether that participant is, or was just now, of this room.
    pub fn has_participant(&self, participant: u64) -> bool {
        self.place_by(participant).is_some()
    }

    /// Nothing but time has passed.
    pub fn handle_timeout(&mut self, now_ms: i64) {
        self.now_ms = now_ms;
    }

    /// The next thing to do; to be asked until there is none.
    pub fn poll_output(&mut self) -> Option<Output> {
        if self.out.is_empty() {
            self.settle();
            self.show();
        }
        self.out.pop_front()
    }

    /// When `handle_timeout` is due, in milliseconds, if nothing comes before.
    pub fn poll_timeout(&self) -> Option<i64> {
        let of = |chair: &Chair| {
            let silent = chair.line.as_ref().map(|line| line.heard_ms + DEAD_MS);
            let kept = chair.lost_ms.map(|at| at + if chair.inside() { KEEP_MS } else { 0 });
            [chair.here_until_ms().filter(|_| chair.here), silent, kept].into_iter().flatten().min()
        };
        self.chairs.iter().filter_map(of).min()
    }

    /// Who is inside, in order of coming.
    pub fn inside(&self) -> Vec<(MemberId, String)> {
        let mut inside: Vec<&Chair> = self.chairs.iter().filter(|c| c.inside()).collect();
        inside.sort_by_key(|c| c.order);
        inside.into_iter().map(|c| (c.guest.id, c.guest.name.clone())).collect()
    }

    /// Whether nobody is inside or at the door.
    pub fn is_finished(&self) -> bool {
        self.chairs.is_empty() && self.out.is_empty()
    }

    /// The media room of this room.
    pub fn media_room(&self) -> u64 {
        of_room(self.room.id)
    }

    fn lose_line(&mut self, n: usize) {
        let chair = &mut self.chairs[n];
        chair.line = None;
        chair.lost_ms = Some(self.now_ms);
    }

    /// Somebody is not here any more.
    fn get_up(&mut self, n: usize) {
        self.leave_media(n);
        self.chairs.remove(n);
        self.changed = true;
    }

    fn leave_media(&mut self, n: usize) {
        self.out.extend(self.chairs[n].leg.give_up().map(Output::Media));
    }

    fn tell(&mut self, n: usize, message: ToPage) {
        if let Some(conn) = self.chairs[n].conn() {
            self.out.push_back(Output::Tell { conn, message });
        }
    }

    fn tell_inside(&mut self, message: &ToPage) {
        for n in 0..self.chairs.len() {
            if self.chairs[n].inside() {
                self.tell(n, message.clone());
            }
        }
    }

    fn turn_away(&mut self, conn: Conn, message: ToPage) {
        self.out.push_back(Output::Tell { conn, message });
        self.out.push_back(Output::Close { conn });
    }

    fn place(&self, who: MemberId) -> Option<usize> {
        self.chairs.iter().position(|c| c.guest.id == who)
    }

    fn place_of(&self, conn: Conn) -> Option<usize> {
        self.chairs.iter().position(|c| c.conn() == Some(conn))
    }

    fn place_by(&self, participant: u64) -> Option<usize> {
        self.chairs.iter().position(|c| c.leg.is(participant))
    }
}

impl Chair {
    fn new(guest: Guest, page: String, line: Line, local_host: String) -> Self {
        let (goal, media, leg) = (String::new(), Media::default(), Leg::of_guest(line.conn.0));
        let line = Some(line);
        Self {
            guest,
            page,
            line,
            local_host,
            lost_ms: None,
            here: false,
            order: 0,
            goal,
            media,
            hand: false,
            muted: Muted::No,
            leg,
        }
    }

    /// Another page of theirs: it keeps the chair and what they are on, and says by itself what its devices do.
    fn hand_to(&mut self, page: String, conn: Conn) {
        (self.page, self.leg, self.media) = (page, Leg::of_guest(conn.0), Media::default());
        if self.muted == Muted::Obeyed {
            self.muted = Muted::Told;
        }
    }
}

/// A refusal as the page reads it.
pub fn refused(code: &str, sentence: &str) -> ToPage {
    ToPage::Refused { code: code.to_owned(), sentence: sentence.to_owned() }
}

/// The end of a visit; the list of rooms is what follows.
pub fn over(sentence: &str) -> ToPage {
    ToPage::Over { sentence: sentence.to_owned(), go: "/rooms".to_owned() }
}
