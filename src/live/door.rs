//! The hub's way to what is saved: loads the truth of seats and carries out deeds, both by actions.

use super::protocol::ToPage;
use super::room::refused;
use crate::actions::seat::{self, SeatFacts};
use crate::actions::{Effects, Fault};
use crate::clock::Clock;
use crate::domain::id::{BookingId, MemberId, SessionId};
use crate::domain::refusal::Refusal;
use crate::domain::seat::{Deed, SeatTruth};
use crate::store::Store;

/// A session with the saved truth of its seats.
pub type Place = (SessionId, Vec<SeatTruth>);

/// Handles on the store and the time; cheap to clone.
#[derive(Clone)]
pub struct Door {
    pub store: Store,
    pub clock: Clock,
}

impl Door {
    /// The session that a member's booking sits in.
    ///
    /// # Errors
    /// `gone` when the booking is not there, was cancelled or is not theirs; `closed` when they blocked somebody there and left.
    pub async fn place_of(&self, who: MemberId, booking: BookingId) -> Result<Place, Fault> {
        let now = self.clock.now();
        let find = move |conn: &_| {
            let session = seat::to_enter(conn, who, booking, now)?.booking.session;
            Ok((session, seat::of_session(conn, session)?))
        };
        let (session, facts) = self.store.read::<_, Fault, _>(find).await?;
        Ok((session, truth_of(facts)))
    }

    /// The saved truth of all seats of a session.
    pub async fn truth(&self, session: SessionId) -> Result<Vec<SeatTruth>, Fault> {
        self.store.read(move |conn| seat::of_session(conn, session)).await.map(truth_of)
    }

    /// Saves what a member did; answers when it is durable.
    pub async fn carry_out(&self, who: MemberId, booking: BookingId, deed: Deed) -> Result<Effects, Fault> {
        self.store
            .write(self.clock.now(), move |tx| match deed {
                Deed::Opened => seat::opened(tx, who, booking),
                Deed::Sat => seat::sat(tx, who, booking),
                Deed::Goals(goals) => seat::set_goals(tx, who, booking, goals),
                Deed::Mark { goal, outcome } => seat::mark(tx, who, booking, goal, outcome),
                Deed::Late { minutes } => seat::late(tx, who, booking, minutes),
                Deed::Left { note } => seat::left(tx, who, booking, &note),
            })
            .await
    }
}

/// What the person reads when it is the machine's fault.
pub fn refusal_of(fault: Fault) -> Refusal {
    match fault {
        Fault::Refusal(refusal) => refusal,
        Fault::Store(error) => {
            let Some(ailment) = error.ailment() else {
                tracing::error!(%error, "A seat could not be read or saved.");
                return Refusal::new("not_saved", "That couldn't be saved just now. It is still in this page; please try again.");
            };
            Refusal::new("not_saved", format!("It is still in this page. {}", ailment.told()))
        }
    }
}

/// The same as a message.
pub fn refused_by(fault: Fault) -> ToPage {
    let refusal = refusal_of(fault);
    refused(refusal.code, &refusal.sentence, None)
}

/// Seats by the rows of the store become what a room knows; whom somebody met is said by seats.
fn truth_of(facts: Vec<SeatFacts>) -> Vec<SeatTruth> {
    let seats: Vec<(MemberId, BookingId)> = facts.iter().map(|f| (f.row.booking.member, f.row.booking.id)).collect();
    let seat_of = |met: &MemberId| seats.iter().find(|(member, _)| member == met).map(|(_, booking)| *booking);
    let truth = |f: SeatFacts| SeatTruth {
        booking: f.row.booking.id,
        session: f.row.booking.session,
        member: f.row.booking.member,
        name: f.member.name,
        zone: f.member.zone.name().to_owned(),
        sessions: f.member.sessions,
        start: f.row.booking.start,
        length: f.row.booking.length,
        wishes: f.row.booking.wishes,
        goals: f.goals,
        opened: f.row.opened_at.is_some(),
        sat: f.row.sat_at.is_some(),
        left: f.row.left_at.map(|_| f.row.left_note.unwrap_or_default()),
        no_show: f.row.no_show,
        late_minutes: f.row.late_minutes,
        promised: f.row.pending.is_some(),
        news: f.row.news,
        by_itself: f.row.company.by_itself,
        came: f.came,
        met: f.met.iter().filter_map(seat_of).collect(),
    };
    facts.into_iter().map(truth).collect()
}
