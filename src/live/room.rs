//! One living session as a pure machine: `handle_*(.., now)`, then `poll_output` until empty, then `poll_timeout`.
//!
//! It knows no socket, no clock, no dice and no database. **What must outlast a crash is asked to be saved, and nobody is
//! told of it before `handle_saved` says that it is**; everything else (presence, devices, chat) lives here and is bounded.

#[cfg(test)]
mod any_order;
pub mod lounge;
mod said;
mod shown;
#[cfg(test)]
mod tests;
mod through;

use super::chat::Chat;
use super::media::MediaJoin;
use super::media::talk::Ask;
use super::protocol::ToPage;
use super::seat::{Arrival, Conn, GRACE_MS, Line, Seat};
use crate::domain::id::{BookingId, MemberId, SessionId};
use crate::domain::lounge::{By, With};
use crate::domain::refusal::Refusal;
use crate::domain::seat::{Deed, SeatTruth};
use crate::domain::session::Phase;
use crate::domain::time::Timestamp;
use std::collections::VecDeque;

/// The most seats that a room looks at.
const SEATS_MOST: usize = 16;
/// Deeds of one seat that may wait to be saved.
const PENDING_MOST: usize = 8;
/// Woken later than this, the room was not watching (a machine asleep, a moved clock): such time is nobody's silence.
const UNWATCHED_MS: i64 = 2_000;

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
    /// To be saved in the order of asking, and answered by `handle_saved`.
    Save {
        save: u64,
        who: MemberId,
        booking: BookingId,
        deed: Deed,
    },
    /// An offer for the media engine, to be answered by `handle_answer`.
    Join {
        booking: BookingId,
        n: u32,
        join: MediaJoin,
    },
    Media(Ask),
    /// Somebody alone said yes to company.
    SitWith {
        who: MemberId,
        booking: BookingId,
        with: With,
        by: By,
    },
    /// One of two said "not now" to a third.
    Decline {
        who: MemberId,
        booking: BookingId,
    },
}

/// A deed that is being saved.
#[derive(Debug)]
struct Pending {
    save: u64,
    booking: BookingId,
    /// The page that did it: only that one is answered.
    page: String,
    nonce: Option<u32>,
    deed: Deed,
}

/// A session while it lives.
#[derive(Debug)]
pub struct Room {
    session: SessionId,
    run: String,
    now_ms: i64,
    rev: u64,
    seats: Vec<Seat>,
    chat: Chat,
    orders: u64,
    offers: u64,
    /// They said "not now" to a third: the chair is not offered again.
    chair_closed: bool,
    saves: u64,
    pending: Vec<Pending>,
    out: VecDeque<Output>,
    changed: bool,
}

impl Room {
    /// A room with its seats and nobody in it; `run` is the word of this start of the server.
    pub fn new(session: SessionId, run: String, truth: Vec<SeatTruth>, now_ms: i64) -> Self {
        let mut room = Self {
            session,
            run,
            now_ms,
            rev: 0,
            seats: Vec::new(),
            chat: Chat::default(),
            orders: 0,
            offers: 0,
            chair_closed: false,
            saves: 0,
            pending: Vec::new(),
            out: VecDeque::new(),
            changed: false,
        };
        room.handle_truth(truth, now_ms);
        room
    }

    /// Whether that seat belongs to this session, as far as the room knows.
    pub fn has(&self, booking: BookingId) -> bool {
        self.place(booking).is_some()
    }

    /// A page says hello.
    pub fn handle_connected(&mut self, arrival: Arrival<BookingId>, now_ms: i64) {
        self.begin(now_ms);
        let now = self.now();
        let known = arrival.has_word();
        let Arrival { conn, who: booking, page, claim, ways, local_host } = arrival;
        if !known {
            return self.turn_away(conn, refused("page", "This page is out of date. Please load it again.", None));
        }
        let Some(n) = self.place(booking) else { return self.turn_away(conn, over("That session isn't yours any more.")) };
        let seat = &mut self.seats[n];
        if seat.truth.phase(now) == Phase::Closed {
            return self.turn_away(conn, over("This session is over and the room is closed."));
        }
        let same_page = seat.page == page;
        if !same_page && !seat.page.is_empty() && !claim {
            return self.turn_away(conn, ToPage::TakenOver);
        }
        let before = seat.line.take();
        if !same_page {
            self.leave_media(n);
            self.seats[n].hand_to(page, conn);
        }
        let seat = &mut self.seats[n];
        seat.local_host = local_host;
        seat.line = Some(Line::open(conn, ways, now_ms));
        seat.grace_until_ms = None;
        seat.opening = false;
        self.changed = true;
        match before {
            Some(old) if same_page => self.out.push_back(Output::Close { conn: old.conn }),
            Some(old) => self.turn_away(old.conn, ToPage::TakenOver),
            None => {}
        }
    }

    /// A connection is gone; unknown ones are ignored.
    pub fn handle_disconnected(&mut self, conn: Conn, now_ms: i64) {
        self.begin(now_ms);
        if let Some(n) = self.place_of(conn) {
            self.seats[n].lose_line(now_ms);
        }
    }

    /// The saved truth of all seats, after an action changed it. Answers with the seats that are not in it any more and
    /// that a page belonged to: the driver takes them where they sit from here on.
    pub fn handle_truth(&mut self, mut truth: Vec<SeatTruth>, now_ms: i64) -> Vec<Seat> {
        self.begin(now_ms);
        truth.sort_by_key(|t| t.booking);
        truth.dedup_by_key(|t| t.booking);
        truth.truncate(SEATS_MOST);
        let mut before = std::mem::take(&mut self.seats);
        for truth in truth {
            let known = before.iter().position(|s| s.booking() == truth.booking);
            let was_there = truth.opened;
            let joins_in = known.is_none() && (before.iter().chain(&self.seats)).any(|s| s.seated);
            let mut seat = known.map_or_else(|| Seat::empty(truth.clone()), |n| before.swap_remove(n));
            if known.is_none() && was_there {
                seat.absent_since_ms = Some(now_ms);
            }
            if joins_in {
                seat.joins = true;
                // The newcomer from the first moment on, not only when the page has come along.
                seat.order = self.next_order();
            }
            self.changed |= known.is_none() || seat.truth != truth;
            seat.learn(truth);
            self.seats.push(seat);
        }
        self.changed |= !before.is_empty();
        self.pending.retain(|p| self.seats.iter().any(|s| s.booking() == p.booking));
        for seat in &mut before {
            self.out.extend(seat.leg.give_up().map(Output::Media));
        }
        before.retain(|seat| !seat.page.is_empty());
        before
    }

    /// A seat comes over from another session with its page. Gives it back when it does not belong here.
    ///
    /// # Errors
    /// The seat itself, when this session has no such seat.
    pub fn handle_moved(&mut self, seat: Seat, now_ms: i64) -> Result<(), Box<Seat>> {
        self.begin(now_ms);
        let Some(n) = self.place(seat.booking()) else { return Err(Box::new(seat)) };
        if self.seats[n].line.is_some() {
            // A page came here by itself in the meantime and is the newer one.
            if let Some(conn) = seat.conn() {
                self.turn_away(conn, ToPage::TakenOver);
            }
            return Ok(());
        }
        let truth = self.seats[n].truth.clone();
        let seated = seat.seated && truth.left.is_none();
        let order = if seated { self.next_order() } else { 0 };
        let joins = self.seats[n].joins;
        // Who took a free chair has read with the offer where the pictures go.
        let took = seat.offer.as_ref().is_some_and(|offer| offer.yes.is_some() && matches!(offer.with, With::Joins(_)));
        let mut seat = Seat {
            truth,
            order,
            seated,
            high_five_ms: None,
            opening: false,
            agreed: took.then_some(true),
            joins,
            offer: None,
            gone: false,
            lone: None,
            empty_since_ms: None,
            ..seat
        };
        if let Some(line) = &mut seat.line {
            line.welcome_due = true;
        }
        self.seats[n] = seat;
        self.changed = true;
        Ok(())
    }

    /// A deed was saved, or was refused.
    pub fn handle_saved(&mut self, save: u64, result: Result<(), Refusal>, now_ms: i64) {
        self.begin(now_ms);
        let Some(k) = self.pending.iter().position(|p| p.save == save) else { return };
        let pending = self.pending.remove(k);
        let Some(n) = self.place(pending.booking) else { return };
        let same_page = self.seats[n].page == pending.page;
        match result {
            Ok(()) => {
                // That a page was opened is seen by its connection already, unless it was marked as absent.
                self.changed |= pending.deed != Deed::Opened || self.seats[n].truth.no_show;
                self.carry_out(n, pending.deed, same_page);
                if let Some(nonce) = pending.nonce.filter(|_| same_page) {
                    self.tell(n, ToPage::Saved { nonce });
                }
            }
            // The page did not ask for it; it is tried again with the next connection.
            Err(_) if pending.deed == Deed::Opened => {}
            Err(refusal) if same_page => self.tell(n, refused(refusal.code, &refusal.sentence, pending.nonce)),
            Err(_) => {}
        }
    }

    /// Nothing but time has passed.
    pub fn handle_timeout(&mut self, now_ms: i64) {
        self.begin(now_ms);
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
        let now = self.now();
        let alone = (0..self.seats.len()).filter_map(|n| self.alone_changes_ms(n)).filter(|at| *at > self.now_ms);
        let gone = (0..self.seats.len()).filter_map(|n| self.gone_from_ms(n)).filter(|at| *at > self.now_ms);
        let of_seats = (0..self.seats.len()).filter_map(|n| self.seats[n].timeout_ms(self.in_call(n), now));
        let of_seats = of_seats.chain(alone).chain(gone).min();
        of_seats.or_else(|| self.closes_ms().filter(|at| *at > self.now_ms))
    }

    /// When the last seat's break ends.
    pub fn closes_ms(&self) -> Option<i64> {
        self.seats.iter().map(|s| s.truth.closes_at().0 * 1000).max()
    }

    /// Whether nothing is lost when the room is dropped: no page, no grace, nothing to save, and either all seats are
    /// closed or nobody has sat or spoken yet.
    pub fn is_finished(&self) -> bool {
        let now = self.now();
        let still = self.seats.iter().all(|s| s.line.is_none() && s.grace_until_ms.is_none());
        let closed = self.seats.iter().all(|s| s.truth.phase(now) == Phase::Closed);
        let fresh = self.chat.is_empty() && self.seats.iter().all(|s| !s.seated);
        still && self.pending.is_empty() && self.out.is_empty() && (closed || fresh)
    }

    /// The time is told; a stretch that nobody watched is not held against anybody.
    fn begin(&mut self, now_ms: i64) {
        if self.poll_timeout().is_some_and(|due| now_ms.saturating_sub(due) > UNWATCHED_MS) {
            for seat in &mut self.seats {
                if let Some(line) = &mut seat.line {
                    line.heard_ms = now_ms;
                }
                seat.grace_until_ms = seat.grace_until_ms.map(|_| now_ms + GRACE_MS);
            }
        }
        self.now_ms = now_ms;
    }

    /// Asks for a deed to be saved.
    fn save(&mut self, n: usize, deed: Deed, nonce: Option<u32>) {
        let (who, booking) = (self.seats[n].truth.member, self.seats[n].booking());
        if self.pending.iter().filter(|p| p.booking == booking).count() >= PENDING_MOST {
            return self.tell(n, refused("slow_down", "That was a lot at once. Please try again in a moment.", nonce));
        }
        self.saves += 1;
        let (save, page) = (self.saves, self.seats[n].page.clone());
        self.pending.push(Pending { save, booking, page, nonce, deed: deed.clone() });
        self.out.push_back(Output::Save { save, who, booking, deed });
    }

    /// What a saved deed means here.
    fn carry_out(&mut self, n: usize, deed: Deed, same_page: bool) {
        let seat = &mut self.seats[n];
        match deed {
            Deed::Opened => (seat.truth.opened, seat.truth.no_show) = (true, false),
            Deed::Sat => {
                seat.truth.sat = true;
                seat.truth.left = None;
                if same_page {
                    self.seat_down(n);
                }
            }
            Deed::Goals(goals) => seat.truth.goals = goals,
            Deed::Mark { goal, outcome } => {
                if let Some(goal) = seat.truth.goals.get_mut(goal) {
                    goal.outcome = outcome;
                }
            }
            Deed::Late { minutes } => seat.truth.late_minutes = Some(minutes),
            Deed::Left { note } => {
                seat.truth.left = Some(note);
                seat.seated = false;
                seat.away_until_ms = None;
                self.leave_media(n);
            }
        }
    }

    fn seat_down(&mut self, n: usize) {
        if !self.seats[n].seated {
            self.seats[n].order = self.next_order();
            self.seats[n].seated = true;
            self.changed = true;
        }
    }

    fn next_order(&mut self) -> u64 {
        self.orders += 1;
        self.orders
    }

    fn tell(&mut self, n: usize, message: ToPage) {
        if let Some(conn) = self.seats[n].conn() {
            self.out.push_back(Output::Tell { conn, message });
        }
    }

    fn tell_all(&mut self, message: &ToPage) {
        for n in 0..self.seats.len() {
            self.tell(n, message.clone());
        }
    }

    fn turn_away(&mut self, conn: Conn, message: ToPage) {
        self.out.push_back(Output::Tell { conn, message });
        self.out.push_back(Output::Close { conn });
    }

    fn place(&self, booking: BookingId) -> Option<usize> {
        self.seats.iter().position(|s| s.booking() == booking)
    }

    fn place_of(&self, conn: Conn) -> Option<usize> {
        self.seats.iter().position(|s| s.conn() == Some(conn))
    }

    fn now(&self) -> Timestamp {
        Timestamp(self.now_ms.div_euclid(1000))
    }
}

/// A refusal as the page reads it.
pub fn refused(code: &str, sentence: &str, nonce: Option<u32>) -> ToPage {
    ToPage::Refused { code: code.to_owned(), sentence: sentence.to_owned(), nonce }
}

/// The end of a session for a page; the calendar is what follows.
pub fn over(sentence: &str) -> ToPage {
    ToPage::Over { sentence: sentence.to_owned(), go: "/".to_owned() }
}
