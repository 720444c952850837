//! The call of three, which goes through the server: when it does, who has agreed to it, and the talk with the media engine.
//!
//! **Nobody's picture passes through the server before they agreed to it in the page they have open.** Two who work go on as a
//! pair until both have; the third waits. Who has agreed already may connect: a page is not turned away because another's
//! was loaded anew and has yet to say its word. When one of three leaves, or is not seen for a while, the two are a pair again; who
//! comes back is let in by what all have agreed to. The pages move by themselves as the state says, each keeping the call before
//! until the next one shows its pictures.

use super::super::media::talk::{Call, fault_of};
use super::super::media::{MediaEvent, of_session};
use super::super::protocol::{CallWay, ToPage, Wish};
use super::super::seat::{RETURN_MS, Seat};
use super::{Output, Room, refused};
use crate::domain::capacity::Full;
use crate::domain::id::BookingId;
use crate::domain::refusal::Refusal;
use crate::domain::time::{Timestamp, Zone};

/// Screens that a page shows at once.
const SCREENS: usize = 1;
/// So many in one session take the way through the server.
const MANY: usize = 3;

impl Room {
    /// Which way the call goes, by who sits and who has agreed.
    pub(super) fn way(&self) -> CallWay {
        let sitting: Vec<&Seat> = self.of_the_call().filter(|seat| !seat.gone).collect();
        if sitting.len() < MANY {
            CallWay::Pair
        } else if sitting.iter().all(|seat| seat.agreed == Some(true)) {
            CallWay::Server
        } else {
            CallWay::Asked
        }
    }

    /// Who has sat down and not left.
    fn of_the_call(&self) -> impl Iterator<Item = &Seat> {
        self.seats.iter().filter(|seat| seat.truth.sat && seat.truth.left.is_none())
    }

    /// From when on the call of three goes on without that one, if they don't come back.
    pub(super) fn gone_from_ms(&self, n: usize) -> Option<i64> {
        let seat = &self.seats[n];
        let of_three = seat.truth.sat && seat.truth.left.is_none() && self.of_the_call().count() >= MANY;
        seat.absent_since_ms.filter(|_| of_three && !seat.here).map(|since| since + RETURN_MS)
    }

    /// Looks whom the call goes on without.
    pub(super) fn look_who_is_gone(&mut self) {
        for n in 0..self.seats.len() {
            let gone = self.gone_from_ms(n).is_some_and(|from| from <= self.now_ms);
            self.changed |= std::mem::replace(&mut self.seats[n].gone, gone) != gone;
        }
    }

    /// Who is taken in has nobody's talk kept from them any more; nor has who sits with one other.
    pub(super) fn take_in(&mut self) {
        let present = self.seats.iter().filter(|s| s.truth.left.is_none() && !s.truth.no_show).count();
        if present < MANY || self.way() == CallWay::Server {
            for seat in &mut self.seats {
                self.changed |= std::mem::take(&mut seat.joins);
            }
        }
    }

    /// Who may read what this seat says: all, but two who work do not yet speak to somebody who would join them.
    pub(super) fn readers(&self, n: usize) -> Vec<BookingId> {
        let joins = self.seats[n].joins;
        self.seats.iter().filter(|seat| joins || !seat.joins).map(Seat::booking).collect()
    }

    /// What somebody answered. A "not now" to one whom the house brought lets them look for another place.
    pub(super) fn agree(&mut self, n: usize, yes: Option<bool>) {
        if yes == Some(false) && self.way() == CallWay::Asked {
            self.chair_closed = true;
            let (who, booking) = (self.seats[n].truth.member, self.seats[n].booking());
            self.out.push_back(Output::Decline { who, booking });
        }
        if let Some(full) = self.over_full(n).filter(|_| yes == Some(true) && self.way() != CallWay::Server) {
            // Two go on as they are; whoever said yes says it again when there is room.
            let Refusal { code, sentence } = full.for_three(&Zone::or_utc(&self.seats[n].truth.zone));
            self.changed |= self.seats[n].agreed.take().is_some();
            return self.tell(n, refused(code, &sentence, None));
        }
        self.changed |= self.seats[n].agreed != yes;
        self.seats[n].agreed = yes;
    }

    /// Whether the server could not carry these three.
    fn over_full(&self, n: usize) -> Option<Full> {
        self.seats[n].line.as_ref()?.ways.room_full(self.media_room(), MANY, self.now_ms / 1000)
    }

    /// Whether the server could not carry a third here: a chair that nobody could take is not offered.
    pub fn has_no_room_for_three(&self, now: Timestamp) -> bool {
        let ways = self.seats.iter().find_map(|seat| seat.line.as_ref()).map(|line| &line.ways);
        ways.is_some_and(|ways| ways.room_full(self.media_room(), MANY, now.0).is_some())
    }

    pub(super) fn offer(&mut self, n: usize, offer: u32, sdp: String, anew: bool) {
        let elsewhere = self.way() == CallWay::Pair || !self.seats[n].seated || self.seats[n].agreed != Some(true);
        let elsewhere = elsewhere.then_some("The call goes from browser to browser at the moment.");
        if let Some(sentence) = elsewhere.or_else(|| fault_of(&sdp)) {
            return self.tell(n, ToPage::Call(Call::refused(offer, sentence)));
        }
        if anew {
            self.leave_media(n);
        }
        let room = self.media_room();
        let seat = &mut self.seats[n];
        let join = seat.leg.offer(room, SCREENS, sdp, seat.local_host.clone());
        let booking = seat.booking();
        self.out.push_back(Output::Join { booking, n: offer, join });
    }

    pub(super) fn wish(&mut self, n: usize, wishes: Vec<Wish<BookingId>>) {
        let number = |who| self.place(who).map(|m| self.seats[m].leg.participant());
        self.out.extend(self.seats[n].leg.wishes(wishes, number).into_iter().map(Output::Media));
    }

    /// The media engine has answered an offer.
    pub fn handle_answer(&mut self, booking: BookingId, participant: u64, n: u32, result: Result<String, String>, now_ms: i64) {
        self.begin(now_ms);
        let Some(at) = self.place(booking).filter(|at| self.seats[*at].leg.is(participant)) else { return };
        self.tell(at, ToPage::Call(Call::answered(n, result)));
    }

    /// The media engine tells something.
    pub fn handle_media(&mut self, event: MediaEvent, now_ms: i64) {
        self.begin(now_ms);
        if let MediaEvent::Speaking { who, .. } = event {
            let who = who.iter().filter_map(|p| self.place_by(*p)).map(|n| self.seats[n].booking()).collect();
            return self.tell_all(&ToPage::Call(Call::Speaking { who }));
        }
        let Some(n) = self.place_by(event.about()) else { return };
        match event {
            MediaEvent::Connected { .. } | MediaEvent::Speaking { .. } => {}
            MediaEvent::Gone { .. } => {
                self.seats[n].leg.lose();
                self.tell(n, ToPage::Call(Call::Gone));
            }
            MediaEvent::Slots { slots, .. } => {
                self.seats[n].leg.slots = slots;
                self.tell(n, self.slots_of(n));
            }
            MediaEvent::Quality { reduced, .. } => self.tell(n, ToPage::Call(Call::Quality { reduced })),
        }
    }

    /// The media room of this session.
    pub fn media_room(&self) -> u64 {
        of_session(self.session)
    }

    /// Whether that participant is of this session.
    pub fn has_participant(&self, participant: u64) -> bool {
        self.place_by(participant).is_some()
    }

    /// Whom the slots of a page show; who has left is not named.
    pub(super) fn slots_of(&self, n: usize) -> ToPage {
        ToPage::Call(self.seats[n].leg.shown(|participant| Some(self.seats[self.place_by(participant)?].booking())))
    }

    pub(super) fn leave_media(&mut self, n: usize) {
        self.out.extend(self.seats[n].leg.give_up().map(Output::Media));
    }

    fn place_by(&self, participant: u64) -> Option<usize> {
        self.seats.iter().position(|s| s.leg.is(participant))
    }
}
