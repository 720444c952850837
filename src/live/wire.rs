//! A page's connection to whichever driver is behind it: bounded both ways, found again by posts beside an event stream.
//!
//! It knows neither sessions nor rooms: a driver hands in what to do with a message and with a connection that is gone.

use super::seat::Conn;
use crate::domain::id::MemberId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

/// Messages that may wait for a page to read them.
pub const TOLD_MOST: usize = 64;
/// Messages of one page that may wait for the driver.
const SAID_MOST: usize = 32;

/// A message on its way to a driver; the permit is given back when it was heard.
pub struct Said<M> {
    pub conn: Conn,
    pub message: M,
    pub under_way: OwnedSemaphorePermit,
}

/// What a driver does with what comes over the wires; answers whether it still listens.
pub trait Ear<M>: Send + Sync {
    fn said(&self, said: Said<M>) -> bool;
    fn gone(&self, conn: Conn);
}

/// A driver that takes orders: what a page says is one of them, and that it is gone is another.
struct Orders<M, O> {
    to: mpsc::UnboundedSender<O>,
    said: fn(Said<M>) -> O,
    gone: fn(Conn) -> O,
}

impl<M, O: Send> Ear<M> for Orders<M, O> {
    fn said(&self, said: Said<M>) -> bool {
        self.to.send((self.said)(said)).is_ok()
    }

    fn gone(&self, conn: Conn) {
        // A driver that has ended knows of no connection.
        let _ = self.to.send((self.gone)(conn));
    }
}

/// The ear of a driver that takes orders.
pub fn ear<M: 'static, O: Send + 'static>(
    to: &mpsc::UnboundedSender<O>,
    said: fn(Said<M>) -> O,
    gone: fn(Conn) -> O,
) -> Arc<dyn Ear<M>> {
    Arc::new(Orders { to: to.clone(), said, gone })
}

/// Which page: who, the number of the place, and the page's own word.
pub type Key = (MemberId, i64, String);

/// How much is under way between pages and the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    pub pages: usize,
    /// Messages of theirs that wait.
    pub waiting: usize,
}

impl std::ops::Add for Load {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { pages: self.pages + other.pages, waiting: self.waiting + other.waiting }
    }
}

/// Who speaks for which page, so that what is posted beside an event stream finds its connection.
pub struct Speakers<M>(Mutex<HashMap<Key, Speaker<M>>>);

impl<M> Default for Speakers<M> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<M> Speakers<M> {
    fn open(&self) -> MutexGuard<'_, HashMap<Key, Speaker<M>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The pages that are connected, and what they have said that nobody has worked off yet.
    pub fn load(&self) -> Load {
        let speakers = self.open();
        let waiting = speakers.values().map(|speaker| SAID_MOST.saturating_sub(speaker.room_left.available_permits())).sum();
        Load { pages: speakers.len(), waiting }
    }

    /// The voice of a page that is connected.
    pub fn of(&self, key: &Key) -> Option<Speaker<M>> {
        self.open().get(key).cloned()
    }
}

/// A page's connection. Dropping it is hanging up.
pub struct Connection<M, T> {
    /// What the page is to be told; it ends when the connection is to be closed.
    pub rx: mpsc::Receiver<T>,
    /// The way for what the page says.
    pub tx: Speaker<M>,
    key: Key,
    speakers: Arc<Speakers<M>>,
}

impl<M, T> Connection<M, T> {
    /// A connection, and the end by which the driver tells it.
    pub fn open(key: Key, conn: Conn, ear: Arc<dyn Ear<M>>, speakers: Arc<Speakers<M>>) -> (Self, mpsc::Sender<T>) {
        let (to, rx) = mpsc::channel(TOLD_MOST);
        let tx = Speaker { conn, ear, room_left: Arc::new(Semaphore::new(SAID_MOST)) };
        speakers.open().insert(key.clone(), tx.clone());
        (Self { rx, tx, key, speakers }, to)
    }
}

impl<M, T> Drop for Connection<M, T> {
    fn drop(&mut self) {
        let mut speakers = self.speakers.open();
        if speakers.get(&self.key).is_some_and(|speaker| speaker.conn == self.tx.conn) {
            speakers.remove(&self.key);
        }
        drop(speakers);
        self.tx.ear.gone(self.tx.conn);
    }
}

/// Says for a page what it has to say; cheap to clone.
pub struct Speaker<M> {
    conn: Conn,
    ear: Arc<dyn Ear<M>>,
    /// One permit for each message that may still be under way.
    room_left: Arc<Semaphore>,
}

impl<M> Clone for Speaker<M> {
    fn clone(&self) -> Self {
        Self { conn: self.conn, ear: self.ear.clone(), room_left: self.room_left.clone() }
    }
}

impl<M> Speaker<M> {
    /// Passes a message on, in order; waits while many are under way. `false` when the server stops.
    pub async fn say(&self, message: M) -> bool {
        let Ok(under_way) = self.room_left.clone().acquire_owned().await else { return false };
        self.ear.said(Said { conn: self.conn, message, under_way })
    }
}
