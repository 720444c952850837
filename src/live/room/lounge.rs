//! Who sits alone in this session, what they are offered, and what they say to it.
//!
//! **Nobody is moved without their own tap**: an offer is shown, a yes is handed on. Who is expected is waited for two minutes;
//! who has left is not. "Stay alone" holds until it is taken back.

use super::super::protocol::{Lounge, OfferKind, OfferShown};
use super::super::seat::{Offered, Seat};
use super::{Output, Room, refused};
use crate::domain::id::{BookingId, SessionId};
use crate::domain::lounge::With;
use crate::domain::refusal::Refusal;
use crate::domain::session::Phase;
use crate::domain::time::Timestamp;

/// So long is waited for somebody who is expected.
const EXPECTED_MS: i64 = 120_000;

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
    /// From when on a seat counts as alone, if nothing changes; `None` while somebody is there.
    pub(super) fn lone_from_ms(&self, n: usize) -> Option<i64> {
        let own = &self.seats[n];
        let mut from = own.truth.start.0 * 1000;
        if !own.is_at_work(self.now()) && self.now() >= own.truth.start {
            return None;
        }
        for other in self.seats.iter().enumerate().filter(|(m, _)| *m != n).map(|(_, seat)| seat) {
            if other.truth.left.is_some() {
                continue;
            }
            if other.here {
                return None;
            }
            let expected = other.truth.start.0 * 1000 + EXPECTED_MS;
            from = from.max(other.absent_since_ms.map_or(expected, |since| expected.max(since + EXPECTED_MS)));
        }
        (own.seated && own.here).then_some(from)
    }

    /// Looks who is alone by now.
    pub(super) fn look_who_is_alone(&mut self) {
        for n in 0..self.seats.len() {
            let lone = self.lone_from_ms(n).is_some_and(|from| from <= self.now_ms) && self.seats[n].is_at_work(self.now());
            let seat = &mut self.seats[n];
            if std::mem::replace(&mut seat.lone, lone) != lone {
                seat.offer = None;
                self.changed = true;
            }
        }
    }

    /// Who here looks for company, and whether there is a free chair.
    pub fn seeking(&self, now: Timestamp) -> Seeking {
        let open = |seat: &&Seat| seat.lone && !seat.stays_alone;
        let present: Vec<&Seat> = self.seats.iter().filter(|seat| seat.here && seat.truth.left.is_none()).collect();
        let pair = match present[..] {
            [a, b] if !self.chair_closed && [a, b].iter().all(|s| s.seated && s.is_at_work(now)) => {
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
        let Some(n) = self.place(booking).filter(|n| self.seats[*n].lone) else { return };
        let before = self.seats[n].offer.as_ref().map(|offer| &offer.with);
        if before == found.as_ref().map(|(with, _)| with) {
            return;
        }
        self.offers += 1;
        let (number, seat) = (self.offers, &mut self.seats[n]);
        seat.offer = found.map(|(with, names)| Offered { number, with, names, yes: false, asked: false });
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

    /// Whether somebody here has said yes to this.
    pub fn says_yes(&self, booking: BookingId, with: &With) -> bool {
        let offer = self.place(booking).and_then(|n| self.seats[n].offer.as_ref());
        offer.is_some_and(|offer| offer.yes && offer.with == *with)
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
        let booking = self.seats[n].booking();
        let Some(offer) = self.seats[n].offer.as_mut().filter(|offer| offer.number == number) else {
            return self.tell(n, refused("found_company", "They have found company meanwhile. We look on for you.", None));
        };
        offer.yes = true;
        let with = offer.with.clone();
        self.changed = true;
        self.out.push_back(Output::SitWith { who: self.seats[n].truth.member, booking, with });
    }

    pub(super) fn stay_alone(&mut self, n: usize, yes: bool) {
        let seat = &mut self.seats[n];
        self.changed |= seat.stays_alone != yes;
        seat.stays_alone = yes;
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
            yes: offer.yes,
            asked: offer.asked,
        };
        seat.lone.then(|| Lounge { alone: seat.stays_alone, offer: seat.offer.as_ref().map(shown) })
    }
}

impl Seat {
    /// Whether the length of this seat is running and its member has not gone.
    fn is_at_work(&self, now: Timestamp) -> bool {
        self.truth.left.is_none() && matches!(self.truth.phase(now), Phase::Goals | Phase::Focus)
    }
}
