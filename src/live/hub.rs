//! The handle on all living sessions: pages connect through it, actions tell it what they changed.
//!
//! One driver task owns every room, so nothing is locked and nothing races. Every queue is bounded: a page has a few
//! messages under way to the room, and one that does not read what it is told is disconnected.

mod driver;
#[cfg(test)]
mod tests;

use super::calendar::Calendar;
use super::door::Door;
use super::media::{Media, MediaEvent};
use super::protocol::{FromPage, ToPage};
use super::seat::{Arrival, Conn};
use super::ways::Ways;
use super::wire::{self, Ear, Speakers};
use crate::actions::{Effects, Fault};
use crate::clock::{Clock, Dice};
use crate::domain::id::{BookingId, MemberId, SessionId};
use crate::domain::refusal::Refusal;
use crate::store::Store;
use driver::{Driver, Order};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{mpsc, oneshot};

/// The handle; cheap to clone.
#[derive(Clone)]
pub struct Hub {
    inner: Arc<Inner>,
}

struct Inner {
    orders: mpsc::UnboundedSender<Order>,
    door: Door,
    calendar: Calendar,
    conns: AtomicU64,
    ear: Arc<dyn Ear<FromPage>>,
    speakers: Arc<Speakers<FromPage>>,
}

/// A session page's connection.
pub type Connection = wire::Connection<FromPage, ToPage>;
/// The voice of a session page.
pub type Speaker = wire::Speaker<FromPage>;

impl Hub {
    /// Starts the driver; `dice` name this run of the server.
    pub fn start(
        store: Store,
        clock: Clock,
        dice: &Dice,
        calendar: Calendar,
        media: Media,
        events: mpsc::Receiver<MediaEvent>,
    ) -> Self {
        let (orders, inbox) = mpsc::unbounded_channel();
        let door = Door { store, clock };
        tokio::spawn(Driver::new(door.clone(), calendar.clone(), dice.word::<9>(), media).run(inbox, events));
        let ear = wire::ear(&orders, Order::Said, Order::Gone);
        let inner = Inner { orders, door, calendar, conns: AtomicU64::new(1), ear, speakers: Arc::default() };
        Self { inner: Arc::new(inner) }
    }

    /// A page says hello to its seat, over a WebSocket or an event stream.
    ///
    /// # Errors
    /// `gone` when the booking is not theirs, `restart` when the server stops.
    pub async fn connect(
        &self,
        who: MemberId,
        booking: BookingId,
        page: String,
        claim: bool,
        ways: Ways,
        local_host: String,
    ) -> Result<Connection, Fault> {
        let place = self.inner.door.place_of(who, booking).await?;
        let conn = Conn(self.inner.conns.fetch_add(1, Ordering::Relaxed));
        let key = (who, booking.0, page.clone());
        let (connection, to) = Connection::open(key, conn, self.inner.ear.clone(), self.inner.speakers.clone());
        let arrival = Arrival { conn, who: booking, page, claim, ways, local_host };
        if self.inner.orders.send(Order::Connect { who, place, arrival, to }).is_err() {
            return Err(Refusal::new(
                "restart",
                "The server is starting anew. Your seat is kept; this page comes back by itself.",
            )
            .into());
        }
        Ok(connection)
    }

    /// The voice of a page that listens on an event stream, if it is connected and theirs.
    pub fn speaker(&self, who: MemberId, booking: BookingId, page: &str) -> Option<Speaker> {
        self.inner.speakers.of(&(who, booking.0, page.to_owned()))
    }

    /// Seats of these sessions were changed by an action: rooms look again, and seats that moved take their pages along.
    pub fn changed(&self, sessions: &[SessionId]) {
        if !sessions.is_empty() {
            let _ = self.inner.orders.send(Order::Changed(sessions.to_vec()));
        }
    }

    /// Tells calendars and rooms what an action has changed: to be called after every commit that has effects.
    pub fn announce(&self, effects: &Effects) {
        self.inner.calendar.publish(effects);
        self.changed(&effects.sessions);
    }

    /// Ends every connection of a member who may not be here any more; a page that may comes back by itself.
    pub fn hang_up(&self, who: MemberId) {
        let _ = self.inner.orders.send(Order::HangUp(who));
    }

    /// The session pages that are connected, and what waits of theirs.
    pub fn load(&self) -> wire::Load {
        self.inner.speakers.load()
    }

    /// The calendar's bell.
    pub fn calendar(&self) -> &Calendar {
        &self.inner.calendar
    }

    /// Ends gracefully: pages are told to come back at once, feeds end, and what is being saved is saved.
    pub async fn stop(&self) {
        self.inner.calendar.stop();
        let (done, stopped) = oneshot::channel();
        if self.inner.orders.send(Order::Stop(done)).is_ok() {
            let _ = stopped.await;
        }
    }
}
