//! The handle on all living sessions: pages connect through it, actions tell it what they changed.
//!
//! One driver task owns every room, so nothing is locked and nothing races. Every queue is bounded: a page has a few
//! messages under way to the room, and one that does not read what it is told is disconnected.

mod driver;
#[cfg(test)]
mod tests;

use super::calendar::Calendar;
use super::door::Door;
use super::protocol::{FromPage, IceServer, ToPage};
use super::room::Arrival;
use super::seat::Conn;
use crate::actions::{Effects, Fault};
use crate::clock::{Clock, Dice};
use crate::domain::id::{BookingId, MemberId, SessionId};
use crate::domain::refusal::Refusal;
use crate::store::Store;
use driver::{Driver, Order};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Semaphore, mpsc, oneshot};

/// Messages that may wait for a page to read them.
const TOLD_MOST: usize = 64;
/// Messages of one page that may wait for the driver.
const SAID_MOST: usize = 32;

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
    speakers: Arc<Speakers>,
}

/// Who speaks for which page, so that what is posted beside an event stream finds its connection.
#[derive(Default)]
struct Speakers(Mutex<HashMap<(BookingId, String), Speaker>>);

impl Speakers {
    fn open(&self) -> MutexGuard<'_, HashMap<(BookingId, String), Speaker>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hub {
    /// Starts the driver; `dice` name this run of the server.
    pub fn start(store: Store, clock: Clock, dice: &Dice, calendar: Calendar) -> Self {
        let (orders, inbox) = mpsc::unbounded_channel();
        let door = Door { store, clock };
        tokio::spawn(Driver::new(door.clone(), calendar.clone(), dice.word::<9>(), inbox).run());
        let inner = Inner { orders, door, calendar, conns: AtomicU64::new(1), speakers: Arc::default() };
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
        ice: Vec<IceServer>,
    ) -> Result<Connection, Fault> {
        let place = self.inner.door.place_of(who, booking).await?;
        let conn = Conn(self.inner.conns.fetch_add(1, Ordering::Relaxed));
        let (to, rx) = mpsc::channel(TOLD_MOST);
        let tx = Speaker { who, conn, orders: self.inner.orders.clone(), room_left: Arc::new(Semaphore::new(SAID_MOST)) };
        let arrival = Arrival { conn, booking, page: page.clone(), claim, ice };
        if self.inner.orders.send(Order::Connect { who, place, arrival, to }).is_err() {
            return Err(Refusal::new(
                "restart",
                "The server is starting anew. Your seat is kept; this page comes back by itself.",
            )
            .into());
        }
        self.inner.speakers.open().insert((booking, page.clone()), tx.clone());
        Ok(Connection { rx, tx, key: (booking, page), speakers: self.inner.speakers.clone() })
    }

    /// The voice of a page that listens on an event stream, if it is connected and theirs.
    pub fn speaker(&self, who: MemberId, booking: BookingId, page: &str) -> Option<Speaker> {
        let speakers = self.inner.speakers.open();
        speakers.get(&(booking, page.to_owned())).filter(|speaker| speaker.who == who).cloned()
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

/// A page's connection. Dropping it is hanging up.
pub struct Connection {
    /// What the page is to be told; it ends when the connection is to be closed.
    pub rx: mpsc::Receiver<ToPage>,
    /// The way for what the page says.
    pub tx: Speaker,
    key: (BookingId, String),
    speakers: Arc<Speakers>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        let mut speakers = self.speakers.open();
        if speakers.get(&self.key).is_some_and(|speaker| speaker.conn == self.tx.conn) {
            speakers.remove(&self.key);
        }
        drop(speakers);
        let _ = self.tx.orders.send(Order::Gone(self.tx.conn));
    }
}

/// Says for a page what it has to say; cheap to clone.
#[derive(Clone)]
pub struct Speaker {
    who: MemberId,
    conn: Conn,
    orders: mpsc::UnboundedSender<Order>,
    /// One permit for each message that may still be under way.
    room_left: Arc<Semaphore>,
}

impl Speaker {
    /// Passes a message on, in order; waits while many are under way. `false` when the server stops.
    pub async fn say(&self, message: FromPage) -> bool {
        let Ok(under_way) = self.room_left.clone().acquire_owned().await else { return false };
        self.orders.send(Order::Said { conn: self.conn, message, under_way }).is_ok()
    }
}
