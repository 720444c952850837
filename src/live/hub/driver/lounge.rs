//! The lounge: every few seconds, while somebody sits alone, all sessions under way are looked at together.
//!
//! One look at a time; what is found is shown to those it is for, and what they say yes to is carried out by an action.

use super::Driver;
use super::jobs::Done;
use crate::actions::lounge;
use crate::domain::id::{BookingId, MemberId, SessionId};
use crate::domain::lounge::{By, Found, With};
use crate::domain::refusal::Refusal;
use std::collections::BTreeMap;

/// How often it is looked for company, in milliseconds.
const LOOK_MS: i64 = 3_000;

impl Driver {
    /// After something happened in a session: somebody may be alone there.
    pub(super) fn look_for_company(&mut self, session: SessionId) {
        let now = self.door.clock.now();
        let seeks = self.lodgings.get(&session).is_some_and(|l| !l.room.seeking(now).alone.is_empty());
        if seeks && self.lounge_at.is_none() && !self.looking {
            self.lounge_at = Some(self.door.clock.now_ms());
        }
    }

    /// Looks once, if it is time.
    pub(super) fn lounge(&mut self) {
        let now_ms = self.door.clock.now_ms();
        if self.looking || self.lounge_at.is_none_or(|at| at > now_ms) {
            return;
        }
        self.lounge_at = None;
        let now = self.door.clock.now();
        let mut alone: Vec<BookingId> = Vec::new();
        let mut pairs = Vec::new();
        for (session, lodging) in &self.lodgings {
            let seeking = lodging.room.seeking(now);
            alone.extend(seeking.alone);
            // Where the server carries no call of three more, a pair has no free chair.
            let chair = seeking.pair.filter(|_| !lodging.room.has_no_room_for_three(now));
            pairs.extend(chair.map(|pair| (*session, pair)));
        }
        if alone.is_empty() {
            return;
        }
        self.looking = true;
        alone.sort_unstable();
        pairs.sort_unstable();
        let store = self.door.store.clone();
        self.asked.spawn(async move {
            let result = store.read(move |conn| Ok((lounge::offers(conn, &alone, &pairs, now)?, alone))).await;
            Done::Looked { result: result.map(|(found, alone)| (alone, found)) }
        });
    }

    /// Shows what was found, and looks again in a few seconds.
    pub(super) fn offer(&mut self, alone: &[BookingId], found: Vec<Found>) {
        self.looking = false;
        self.lounge_at = Some(self.door.clock.now_ms() + LOOK_MS);
        let mut found: BTreeMap<BookingId, Found> = found.into_iter().map(|f| (f.booking, f)).collect();
        for booking in alone {
            let offer = found.remove(booking).map(|f| (f.with, f.names));
            if let Some(session) = self.session_with(*booking) {
                self.with_room(session, |room, now_ms| room.handle_offer(*booking, offer, now_ms));
            }
        }
    }

    /// Somebody said yes: a chair is taken at once; two who are alone sit down when both have said so.
    pub(super) fn sit_with(&mut self, session: SessionId, (who, booking): (MemberId, BookingId), with: With, by: By) {
        let (store, now) = (self.door.store.clone(), self.door.clock.now());
        match with {
            // Between the offer and the yes the server may have filled up.
            With::Joins(to) if self.lodgings.get(&to).is_some_and(|l| l.room.has_no_room_for_three(now)) => {
                let full = Refusal::new(
                    "found_company",
                    "That chair is taken away for the moment: the server carries no call of three more. We look on for you.",
                );
                self.with_room(session, |room, now_ms| room.handle_not_seated(booking, &full, now_ms));
            }
            With::Joins(to) => {
                self.asked.spawn(async move {
                    let result = store.write(now, move |tx| lounge::join(tx, who, booking, to, by)).await;
                    Done::Sat { session, booking, result }
                });
            }
            With::Together(ids) => {
                let with = With::Together(ids.clone());
                let mut all = vec![(booking, by)];
                let mut unsaid = Vec::new();
                for id in ids.into_iter().filter(|id| *id != booking) {
                    let at = self.session_with(id);
                    match at.and_then(|at| self.lodgings.get(&at)).and_then(|l| l.room.says_yes(id, &with)) {
                        Some(by) => all.push((id, by)),
                        None => unsaid.push((id, at)),
                    }
                }
                if unsaid.is_empty() {
                    self.asked.spawn(async move {
                        let result = store.write(now, move |tx| lounge::together(tx, &all)).await;
                        Done::Sat { session, booking, result }
                    });
                }
                for (id, at) in unsaid {
                    if let Some(at) = at {
                        self.with_room(at, |room, now_ms| room.handle_asked(id, &with, now_ms));
                    }
                }
            }
        }
    }

    /// "Not now": the third is sent on.
    pub(super) fn decline(&mut self, session: SessionId, who: MemberId, booking: BookingId) {
        let (store, now) = (self.door.store.clone(), self.door.clock.now());
        self.asked.spawn(async move {
            let result = store.write(now, move |tx| lounge::decline(tx, who, booking)).await;
            Done::Sat { session, booking, result }
        });
    }

    fn session_with(&self, booking: BookingId) -> Option<SessionId> {
        self.lodgings.iter().find(|(_, lodging)| lodging.room.has(booking)).map(|(session, _)| *session)
    }
}
