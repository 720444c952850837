//! What the driver has to do with the store, and what it makes of the answers.
//!
//! What a room asks to be saved is saved one after the other, in its order, and **a room takes over new truth only when
//! nothing of it waits to be saved**: so a look at the truth can never undo what somebody was just told is safe.

use super::super::super::door::{Place, refusal_of, refused_by};
use super::super::super::room::over;
use super::super::super::seat::Seat;
use super::{Coming, Driver};
use crate::actions::{Effects, Fault};
use crate::domain::id::{BookingId, MemberId, SessionId};
use crate::domain::lounge::Found;
use crate::domain::seat::{Deed, SeatTruth};

/// How often a seat is sent on before its page is told that it is over.
const HOPS_MOST: u8 = 3;

/// Something that a room wants of the store.
pub enum Job {
    Save { save: u64, who: MemberId, booking: BookingId, deed: Deed },
    Load,
}

/// What the store has answered.
pub enum Done {
    Saved {
        session: SessionId,
        save: u64,
        result: Result<Effects, Fault>,
    },
    Loaded {
        session: SessionId,
        result: Result<Vec<SeatTruth>, Fault>,
    },
    /// The media engine has answered an offer.
    Answered {
        session: SessionId,
        booking: BookingId,
        participant: u64,
        n: u32,
        result: Result<String, String>,
    },
    /// The lounge has looked for company.
    Looked {
        result: Result<(Vec<BookingId>, Vec<Found>), Fault>,
    },
    /// Somebody alone sat down with others, or was sent on.
    Sat {
        session: SessionId,
        booking: BookingId,
        result: Result<Effects, Fault>,
    },
    Found {
        seat: Box<Seat>,
        hops: u8,
        result: Result<Place, Fault>,
    },
}

impl Driver {
    /// Takes an answer of the store to the room it is for.
    pub(super) fn take(&mut self, done: Done) {
        match done {
            Done::Saved { session, save, result } => {
                if let Ok(effects) = &result {
                    self.calendar.publish(effects);
                }
                let result = result.map(|_| ()).map_err(refusal_of);
                self.with_room(session, |room, now_ms| room.handle_saved(save, result, now_ms));
                self.next_job(session);
            }
            Done::Loaded { session, result } => {
                self.take_truth(session, result);
                self.next_job(session);
            }
            Done::Answered { session, booking, participant, n, result } => {
                self.with_room(session, |room, now_ms| room.handle_answer(booking, participant, n, result, now_ms));
            }
            Done::Looked { result } => {
                if let Err(fault) = &result {
                    tracing::error!(%fault, "It could not be looked for company; it is tried again in a moment.");
                }
                let (alone, found) = result.unwrap_or_default();
                self.offer(&alone, found);
            }
            Done::Sat { result: Ok(effects), .. } => {
                self.calendar.publish(&effects);
                for session in effects.sessions {
                    self.ask(session, Job::Load);
                }
            }
            Done::Sat { session, booking, result: Err(fault) } => {
                let refusal = refusal_of(fault);
                self.with_room(session, |room, now_ms| room.handle_not_seated(booking, &refusal, now_ms));
            }
            Done::Found { seat, hops, result: Ok((session, truth)) } if hops < HOPS_MOST => {
                self.lodge(session, truth);
                self.expect(session, Coming::Seat { seat, hops });
            }
            Done::Found { seat, result, .. } => {
                let message = match result {
                    Err(Fault::Store(error)) => refused_by(error.into()),
                    _ => over("This session was cancelled. Your other bookings are safe."),
                };
                self.hang_up(seat.conn(), message);
            }
        }
    }

    /// Puts something at the end of what a room has to do with the store.
    pub(super) fn ask(&mut self, session: SessionId, job: Job) {
        let Some(lodging) = self.lodgings.get_mut(&session) else { return };
        // One look that has not begun is enough: it will see everything that was done before it.
        if !(matches!(job, Job::Load) && matches!(lodging.jobs.back(), Some(Job::Load))) {
            lodging.jobs.push_back(job);
        }
        self.begin_job(session);
    }

    fn next_job(&mut self, session: SessionId) {
        if let Some(lodging) = self.lodgings.get_mut(&session) {
            lodging.busy = false;
        }
        self.begin_job(session);
        self.schedule(session);
    }

    fn begin_job(&mut self, session: SessionId) {
        let Some(lodging) = self.lodgings.get_mut(&session).filter(|l| !l.busy) else { return };
        let Some(job) = lodging.jobs.pop_front() else { return };
        lodging.busy = true;
        let door = self.door.clone();
        self.asked.spawn(async move {
            match job {
                Job::Save { save, who, booking, deed } => {
                    Done::Saved { session, save, result: door.carry_out(who, booking, deed).await }
                }
                Job::Load => Done::Loaded { session, result: door.truth(session).await },
            }
        });
    }

    /// New truth for a room: seats that are not in it any more are followed to where they sit, and who waits comes in.
    fn take_truth(&mut self, session: SessionId, result: Result<Vec<SeatTruth>, Fault>) {
        let Some(lodging) = self.lodgings.get_mut(&session) else { return };
        let truth = match result {
            Ok(truth) => truth,
            Err(fault) => {
                let message = refused_by(fault);
                for coming in std::mem::take(&mut lodging.coming) {
                    let conn = match coming {
                        Coming::Page(arrival) => Some(arrival.conn),
                        Coming::Seat { seat, .. } => seat.conn(),
                    };
                    self.hang_up(conn, message.clone());
                }
                return;
            }
        };
        if lodging.jobs.iter().any(|job| matches!(job, Job::Save { .. })) {
            return self.ask(session, Job::Load);
        }
        let coming = std::mem::take(&mut lodging.coming);
        let gone = self.with_room(session, |room, now_ms| room.handle_truth(truth, now_ms)).unwrap_or_default();
        for seat in gone {
            self.follow(seat, 0);
        }
        for guest in coming {
            match guest {
                // Who hung up meanwhile does not come in.
                Coming::Page(arrival) if !self.wires.contains_key(&arrival.conn) => {}
                Coming::Page(arrival) => {
                    let conn = arrival.conn;
                    self.with_room(session, |room, now_ms| room.handle_connected(arrival, now_ms));
                    self.deliver_kept(conn);
                }
                Coming::Seat { mut seat, hops } => {
                    let conn = seat.conn();
                    if conn.is_some_and(|conn| !self.wires.contains_key(&conn)) {
                        seat.lose_line(self.door.clock.now_ms());
                    }
                    match self.with_room(session, |room, now_ms| room.handle_moved(*seat, now_ms)) {
                        Some(Err(seat)) => self.follow(*seat, hops + 1),
                        _ => conn.into_iter().for_each(|conn| self.deliver_kept(conn)),
                    }
                }
            }
        }
    }

    /// Looks up where a seat belongs that is not in its room any more.
    fn follow(&mut self, seat: Seat, hops: u8) {
        if let Some(wire) = seat.conn().and_then(|conn| self.wires.get_mut(&conn)) {
            wire.kept.get_or_insert_default();
        }
        let door = self.door.clone();
        self.asked.spawn(async move {
            let result = door.place_of(seat.truth.member, seat.booking()).await;
            Done::Found { seat: Box::new(seat), hops, result }
        });
    }
}
