//! Who sits alone in this session, what they are offered, and what they say to it.
//!
//! **Nobody is moved without their own tap, or their word with the booking**: an offer is shown, a yes is handed on. Who is
//! expected is waited for two minutes, an empty chair beside an open page for five; who has left is not waited for. While somebody
//! is to come back there is only an offer. "Stay alone" holds until it is taken back, "wait" until they are back.

use super::super::protocol::{Lounge, OfferKind, OfferShown};
use super::super::seat::{Offered, Seat};
use super::{Output, Room, refused};
use crate::domain::id::{BookingId, SessionId};
use crate::domain::lounge::{self, ACTIVE_MS, Alone, By, EMPTY_MS, EXPECTED_MS, NOTICE_MS, With};
use crate::domain::refusal::Refusal;
use crate::domain::session::Phase;
use crate::domain::time::Timestamp;

/// What a session tells the lounge.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Seeking {
    pub session: Option<SessionId>,
    /// Present, alone, and open to company.
    pub alone: Vec<BookingId>,
    /// Two who sit here with a chair between them.
    pub pair: Option<[BookingId; 2]>,
}

impl Room {
    /// From when on a seat counts as alone, and how, if nothing changes; `None` while somebody is there.
    fn lone_from(&self, n: usize) -> Option<(i64, Alone)> {
        let own = &self.seats[n];
        let mut from = own.truth.start.0 * 1000;
        let mut how = Alone::Stranded;
        let away = own.away_until_ms.is_some() || !own.seated || !own.here;
        if away || !own.is_at_work(self.now()) && self.now() >= own.truth.start {
            return None;
        }
        for other in self.seats.iter().enumerate().filter(|(m, _)| *m != n).map(|(_, seat)| seat) {
            if other.truth.left.is_some() {
                continue;
            }
            let start = other.truth.start.0 * 1000;
            let until = if !other.here {
                other.absent_since_ms.map_or(start, |since| start.max(since)) + EXPECTED_MS
            } else {
                how = Alone::Waiting;
                match (other.seated, other.away_since_ms) {
                    (true, None) => return None,
                    (true, Some(since)) => start.max(since) + EXPECTED_MS,
                    (false, _) => start.max(other.empty_since_ms.unwrap_or(self.now_ms)) + EMPTY_MS,
                }
            };
            from = from.max(until);
        }
        Some((from, how))
    }

    /// When time alone changes something about who is alone, or takes an offer.
    pub(super) fn alone_changes_ms(&self, n: usize) -> Option<i64> {
        let from = self.lone_from(n).map(|(from, _)| from).filter(|from| *from > self.now_ms);
        let seat = &self.seats[n];
        let moves = seat.offer.as_ref().filter(|offer| offer.yes.is_none()).and_then(|offer| offer.moves_at_ms);
        let still = seat.attention.filter(|_| moves.is_some()).map(|attention| attention.active_ms + ACTIVE_MS);
        [from, moves, still].into_iter().flatten().filter(|at| *at > self.now_ms).min()
    }

    /// Looks who is alone by now.
    pub(super) fn look_who_is_alone(&mut self) {
        for n in 0..self.seats.len() {
            let lone = self.lone_from(n).filter(|(from, _)| *from <= self.now_ms).map(|(_, how)| how);
            let lone = lone.filter(|_| self.seats[n].is_at_work(self.now()));
            let seat = &mut self.seats[n];
            if std::mem::replace(&mut seat.lone, lone) != lone {
                seat.offer = None;
                self.changed = true;
            }
            if lone != Some(Alone::Waiting) && std::mem::take(&mut seat.waits) {
                seat.stays_alone = false;
                self.changed = true;
            }
        }
    }

    /// Takes what was found for those who chose so with their booking and are at their page: it is said first, and then done.
    pub(super) fn look_who_moves(&mut self) {
        for n in 0..self.seats.len() {
            let (seat, now_ms) = (&mut self.seats[n], self.now_ms);
            let here = seat.line.is_some() && !seat.stays_alone;
            let moves = here && lounge::moves_by_itself(seat.truth.by_itself, seat.lone, seat.attention, now_ms);
            let Some(offer) = seat.offer.as_mut().filter(|offer| offer.yes.is_none()) else { continue };
            match (moves, offer.moves_at_ms) {
                (true, Some(at)) if at <= now_ms => self.say_yes(n, By::Itself),
                (true, Some(_)) | (false, None) => {}
                (true, None) => (offer.moves_at_ms, self.changed) = (Some(now_ms + NOTICE_MS), true),
                (false, Some(_)) => (offer.moves_at_ms, self.changed) = (None, true),
            }
        }
    }

    /// Who here looks for company, and whether there is a free chair.
    pub fn seeking(&self, now: Timestamp) -> Seeking {
        let open = |seat: &&Seat| seat.lone.is_some() && !seat.stays_alone;
        let present: Vec<&Seat> = self.seats.iter().filter(|seat| seat.here && seat.truth.left.is_none()).collect();
        let pair = match present[..] {
            [a, b] if !self.chair_closed && [a, b].iter().all(|s| s.seated && s.away_until_ms.is_none() && s.is_at_work(now)) => {
                Some([a.booking(), b.booking()])
            }
            _ => None,
        };
        Seeking {
            session: Some(self.session),
            alone: self.seats.iter().filter(open).map(Seat::booking).collect(),
            pair: pair.filter(|_| self.seats.iter().all(|s| s.here || s.truth.left.is_some() || s.truth.no_show)),
        }
    }

    /// What was found for somebody here, or nothing.
    pub fn handle_offer(&mut self, booking: BookingId, found: Option<(With, Vec<String>)>, now_ms: i64) {
        self.begin(now_ms);
        let Some(n) = self.place(booking).filter(|n| self.seats[*n].lone.is_some()) else { return };
        let before = self.seats[n].offer.as_ref().map(|offer| &offer.with);
        if before == found.as_ref().map(|(with, _)| with) {
            return;
        }
        self.offers += 1;
        let (number, seat) = (self.offers, &mut self.seats[n]);
        seat.offer = found.map(|(with, names)| Offered { number, with, names, yes: None, asked: false, moves_at_ms: None });
        self.changed = true;
    }

    /// The other one has said yes.
    pub fn handle_asked(&mut self, booking: BookingId, with: &With, now_ms: i64) {
        self.begin(now_ms);
        if let Some(n) = self.place(booking)
            && let Some(offer) = self.seats[n].offer.as_mut().filter(|offer| offer.with == *with)
        {
            self.changed |= !offer.asked;
            offer.asked = true;
        }
    }

    /// How somebody here has said yes to this, if they have.
    pub fn says_yes(&self, booking: BookingId, with: &With) -> Option<By> {
        let offer = self.place(booking).and_then(|n| self.seats[n].offer.as_ref());
        offer.filter(|offer| offer.with == *with).and_then(|offer| offer.yes)
    }

    /// A yes came to nothing.
    pub fn handle_not_seated(&mut self, booking: BookingId, refusal: &Refusal, now_ms: i64) {
        self.begin(now_ms);
        let Some(n) = self.place(booking) else { return };
        self.seats[n].offer = None;
        self.changed = true;
        self.tell(n, refused(refusal.code, &refusal.sentence, None));
    }

    /// One tap.
    pub(super) fn sit_with(&mut self, n: usize, number: u64) {
        if self.seats[n].offer.as_ref().is_none_or(|offer| offer.number != number) {
            return self.tell(n, refused("found_company", "They have found company meanwhile. We look on for you.", None));
        }
        self.say_yes(n, By::Tap);
    }

    fn say_yes(&mut self, n: usize, by: By) {
        let (booking, who) = (self.seats[n].booking(), self.seats[n].truth.member);
        let Some(offer) = self.seats[n].offer.as_mut() else { return };
        (offer.yes, offer.moves_at_ms) = (Some(by), None);
        let with = offer.with.clone();
        self.changed = true;
        self.out.push_back(Output::SitWith { who, booking, with, by });
    }

    pub(super) fn stay_alone(&mut self, n: usize, yes: bool) {
        let seat = &mut self.seats[n];
        self.changed |= seat.stays_alone != yes;
        seat.stays_alone = yes;
        seat.waits = yes && seat.lone == Some(Alone::Waiting);
        if yes {
            seat.offer = None;
        }
    }

    /// What somebody alone is shown.
    pub(super) fn lounge_of(&self, seat: &Seat) -> Option<Lounge> {
        let shown = |offer: &Offered| OfferShown {
            n: offer.number,
            kind: if matches!(offer.with, With::Joins(_)) { OfferKind::Joins } else { OfferKind::Together },
            names: offer.names.clone(),
            yes: offer.yes.is_some(),
            asked: offer.asked,
            moves_at_ms: offer.moves_at_ms,
        };
        let (alone, by_itself) = (seat.stays_alone, seat.truth.by_itself);
        seat.lone.map(|_| Lounge { alone, by_itself, offer: seat.offer.as_ref().map(shown) })
    }
}

impl Seat {
    /// Whether the length of this seat is running and its member has not gone.
    fn is_at_work(&self, now: Timestamp) -> bool {
        self.truth.left.is_none() && matches!(self.truth.phase(now), Phase::Goals | Phase::Focus)
    }
}
