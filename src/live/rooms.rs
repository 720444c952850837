//! The handle on all living rooms: pages connect through it, actions tell it what they changed, lists ask who is inside.
//!
//! One driver task owns every room, as the hub owns the sessions. What lists see is a copy that the driver renews.

mod driver;
#[cfg(test)]
mod tests;

use super::media::{Media, MediaEvent};
use super::seat::{Arrival, Conn};
use super::table::protocol::{FromPage, ToPage};
use super::ways::Ways;
use super::wire::{self, Ear, Speakers};
use crate::actions::{Fault, room as rooms};
use crate::clock::{Clock, Dice};
use crate::domain::id::{MemberId, RoomId};
use crate::domain::refusal::Refusal;
use crate::domain::room::Room;
use crate::domain::view::Inside;
use crate::store::Store;
use driver::{Driver, Order};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{mpsc, oneshot, watch};

/// For how long after they met in a room one may report the other from it.
const MET_MS: i64 = 3_600_000;
/// People that are remembered for it, of one room.
const MET_MOST: usize = 200;

/// A room page's connection.
pub type Connection = wire::Connection<FromPage, ToPage>;
/// The voice of a room page.
pub type Speaker = wire::Speaker<FromPage>;

/// The handle; cheap to clone.
#[derive(Clone)]
pub struct Rooms {
    inner: Arc<Inner>,
}

struct Inner {
    orders: mpsc::UnboundedSender<Order>,
    store: Store,
    clock: Clock,
    conns: AtomicU64,
    ear: Arc<dyn Ear<FromPage>>,
    speakers: Arc<Speakers<FromPage>>,
    seen: Arc<Seen>,
}

/// What lists see of the rooms.
struct Seen {
    rooms: Mutex<HashMap<RoomId, SeenRoom>>,
    changes: watch::Sender<u64>,
}

#[derive(Default)]
struct SeenRoom {
    inside: Inside,
    /// Who was inside, and when last.
    met: HashMap<MemberId, i64>,
}

impl Seen {
    fn open(&self) -> MutexGuard<'_, HashMap<RoomId, SeenRoom>> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in who is inside; lists hear of it only when it changed.
    fn renew(&self, room: RoomId, people: Vec<(MemberId, String)>, now_ms: i64) {
        let mut all = self.open();
        let seen = all.entry(room).or_default();
        if seen.inside.people == people {
            return;
        }
        for (who, _) in seen.inside.people.iter().chain(&people) {
            seen.met.insert(*who, now_ms);
        }
        seen.met.retain(|_, at| now_ms - *at < MET_MS);
        while seen.met.len() > MET_MOST {
            let Some(oldest) = seen.met.iter().min_by_key(|(_, at)| **at).map(|(who, _)| *who) else { break };
            seen.met.remove(&oldest);
        }
        seen.inside = Inside { people, walled: false };
        drop(all);
        self.changes.send_modify(|n| *n += 1);
    }
}

impl Rooms {
    /// Starts the driver; `dice` name this run of the server.
    pub fn start(store: Store, clock: Clock, dice: &Dice, media: Media, events: mpsc::Receiver<MediaEvent>) -> Self {
        let (orders, inbox) = mpsc::unbounded_channel();
        let seen = Arc::new(Seen { rooms: Mutex::default(), changes: watch::Sender::new(0) });
        tokio::spawn(Driver::new(clock.clone(), media, dice.word::<9>(), seen.clone()).run(inbox, events));
        let ear = wire::ear(&orders, Order::Said, Order::Gone);
        let inner = Inner { orders, store, clock, conns: AtomicU64::new(1), ear, speakers: Arc::default(), seen };
        Self { inner: Arc::new(inner) }
    }

    /// A page comes to a room's door, over a WebSocket or an event stream.
    ///
    /// # Errors
    /// `gone` when the room was closed, `out` when they were sent out of it, `restart` when the server stops.
    pub async fn connect(
        &self,
        who: MemberId,
        id: RoomId,
        page: String,
        claim: bool,
        ways: Ways,
        local_host: String,
    ) -> Result<Connection, Fault> {
        let now = self.inner.clock.now();
        let (room, guest) = self.inner.store.read(move |conn| rooms::enter(conn, who, id, now)).await?;
        let conn = Conn(self.inner.conns.fetch_add(1, Ordering::Relaxed));
        let key = (who, id.0, page.clone());
        let (connection, to) = Connection::open(key, conn, self.inner.ear.clone(), self.inner.speakers.clone());
        let arrival = Box::new(Arrival { conn, who: guest, page, claim, ways, local_host });
        if self.inner.orders.send(Order::Connect { room, arrival, to }).is_err() {
            let sentence = "The server is starting anew. This page comes back by itself.";
            return Err(Refusal::new("restart", sentence).into());
        }
        Ok(connection)
    }

    /// The voice of a page that listens on an event stream, if it is connected and theirs.
    pub fn speaker(&self, who: MemberId, id: RoomId, page: &str) -> Option<Speaker> {
        self.inner.speakers.of(&(who, id.0, page.to_owned()))
    }

    /// Who is inside at this moment.
    pub fn inside(&self, id: RoomId) -> Inside {
        self.inner.seen.open().get(&id).map(|seen| seen.inside.clone()).unwrap_or_default()
    }

    /// Whether the two were in that room within the last hour.
    pub fn met(&self, id: RoomId, one: MemberId, other: MemberId) -> bool {
        let now_ms = self.inner.clock.now_ms();
        let rooms = self.inner.seen.open();
        let Some(seen) = rooms.get(&id) else { return false };
        let was = |who: MemberId| {
            seen.inside.people.iter().any(|(id, _)| *id == who) || seen.met.get(&who).is_some_and(|at| now_ms - at < MET_MS)
        };
        was(one) && was(other)
    }

    /// Grows whenever somebody comes or goes anywhere, or a room was changed; ends with the server.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.inner.seen.changes.subscribe()
    }

    /// The room pages that are connected, and what waits of theirs.
    pub fn load(&self) -> wire::Load {
        self.inner.speakers.load()
    }

    /// A room was made or changed.
    pub fn changed(&self, room: Room) {
        let _ = self.inner.orders.send(Order::Changed(room));
        self.inner.seen.changes.send_modify(|n| *n += 1);
    }

    /// A room was closed.
    pub fn closed(&self, id: RoomId) {
        let _ = self.inner.orders.send(Order::Closed(id));
        self.inner.seen.changes.send_modify(|n| *n += 1);
    }

    /// Walls have changed: everybody comes in anew, as far as they may.
    pub fn ask_again(&self) {
        let _ = self.inner.orders.send(Order::AskAgain);
        self.inner.seen.changes.send_modify(|n| *n += 1);
    }

    /// A moderator mutes somebody.
    pub fn mute(&self, id: RoomId, about: MemberId) {
        let _ = self.inner.orders.send(Order::Mute(id, about));
    }

    /// Somebody was sent out of a room.
    pub fn send_out(&self, id: RoomId, about: MemberId, why: Refusal) {
        let _ = self.inner.orders.send(Order::SendOut(id, about, why));
    }

    /// Somebody may not be in the house any more.
    pub fn hang_up(&self, who: MemberId) {
        let _ = self.inner.orders.send(Order::HangUp(who));
    }

    /// Ends gracefully: pages are told to come back at once.
    pub async fn stop(&self) {
        let (done, stopped) = oneshot::channel();
        if self.inner.orders.send(Order::Stop(done)).is_ok() {
            let _ = stopped.await;
        }
    }
}
