//! What follows from time and from what happened, and how the pages are shown it.

use super::super::media::talk::Call;
use super::super::protocol::{State, ToPage};
use super::super::seat::DEAD_MS;
use super::{Output, Room, over};
use crate::domain::id::BookingId;
use crate::domain::seat::{Deed, SeatTruth};
use crate::domain::session::{NEWS_S, Phase};

impl Room {
    /// What follows from the time and from what happened: presence, openings, news that is old, rooms that close.
    pub(super) fn settle(&mut self) {
        let (now, now_ms) = (self.now(), self.now_ms);
        self.take_in();
        for n in 0..self.seats.len() {
            let in_call = self.in_call(n);
            let seat = &mut self.seats[n];
            let closed = seat.truth.phase(now) == Phase::Closed;
            let dead = seat.line.as_ref().is_some_and(|line| now_ms >= line.heard_ms + DEAD_MS);
            if let Some(line) = seat.line.take_if(|_| closed || dead) {
                if closed {
                    let message = over("The break is over and the room is closed. See you soon.");
                    self.out.push_back(Output::Tell { conn: line.conn, message });
                }
                self.out.push_back(Output::Close { conn: line.conn });
            }
            let here = seat.here_until_ms(in_call).is_some_and(|until| now_ms < until);
            if !here {
                seat.grace_until_ms = None;
            }
            if seat.here && !here {
                seat.absent_since_ms = Some(now_ms);
            }
            self.changed |= std::mem::replace(&mut seat.here, here) != here;
            let empty = here && !seat.seated && seat.truth.left.is_none();
            seat.empty_since_ms = empty.then(|| seat.empty_since_ms.unwrap_or(now_ms));
            if now >= seat.truth.start.plus(NEWS_S) {
                self.changed |= seat.truth.news.take().is_some();
            }
            if seat.opening_due(now) {
                seat.opening = true;
                self.save(n, Deed::Opened, None);
            }
        }
        self.look_who_is_gone();
        self.look_who_is_alone();
        self.look_who_moves();
    }

    /// Shows the state to every page if anything changed, and welcomes those that are new.
    pub(super) fn show(&mut self) {
        if !std::mem::take(&mut self.changed) {
            return;
        }
        // Tied to the time, so that it goes on growing over restarts and in other rooms.
        self.rev = (self.rev + 1).max(self.now_ms.max(0) as u64);
        for n in 0..self.seats.len() {
            let state = self.state_for(n);
            let (you, who, slots) = (self.seats[n].booking(), self.seats[n].truth.member, self.slots_of(n));
            let welcome = self.seats[n].line.as_ref().is_some_and(|line| line.welcome_due);
            let chat = if welcome { self.chat_for(n) } else { Vec::new() };
            let (joined, lost) = (welcome && self.seats[n].leg.joined(), welcome && self.seats[n].leg.lost());
            let Some(line) = &mut self.seats[n].line else { continue };
            let message = if std::mem::take(&mut line.welcome_due) {
                let run = self.run.clone();
                let ice = line.ways.of_session(self.session, who, self.now_ms / 1000);
                ToPage::Welcome { now_ms: self.now_ms, run, you, state, chat, ice }
            } else {
                ToPage::State { state }
            };
            let conn = line.conn;
            self.out.push_back(Output::Tell { conn, message });
            if joined {
                self.out.push_back(Output::Tell { conn, message: slots });
            }
            if lost {
                self.out.push_back(Output::Tell { conn, message: ToPage::Call(Call::Gone) });
            }
        }
    }

    fn state_for(&self, viewer: usize) -> State {
        let begins = self.beginner();
        let viewer = &self.seats[viewer];
        let seats = self.seats.iter().map(|seat| seat.seen_by(viewer, begins == Some(seat.booking()))).collect();
        let lounge = self.lounge_of(viewer);
        let promised = viewer.truth.promised;
        let news = viewer.truth.news.clone();
        let came = viewer.truth.came.as_ref().filter(|came| came.is_told(lounge.is_some()));
        let came = came.map(|came| came.cause.clone());
        State { session: self.session, rev: self.rev, seats, call: self.way(), news, promised, came, lounge }
    }

    /// Who speaks first: who booked first; but if it is somebody's first session, the most experienced.
    fn beginner(&self) -> Option<BookingId> {
        let present = || self.seats.iter().map(|s| &s.truth).filter(|t| t.left.is_none() && !t.no_show);
        if present().count() < 2 {
            return None;
        }
        let first_session = present().any(|t| t.sessions == 0);
        let experience = |t: &&SeatTruth| (if first_session { t.sessions } else { 0 }, std::cmp::Reverse(t.booking));
        present().max_by_key(experience).map(|t| t.booking)
    }

    /// Whether that seat is in a call with another: its browser is awake then.
    pub(super) fn in_call(&self, n: usize) -> bool {
        self.seats[n].seated && self.seats.iter().enumerate().any(|(m, s)| m != n && s.seated && s.line.is_some())
    }
}
