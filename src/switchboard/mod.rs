//! The wire thread: one thread that owns the port's datagrams and media streams, the relay and the SFU.
//!
//! [`start`] gives the thread and a [`Handle`] on it. Everything that reaches the machines comes through this thread, one thing
//! after the other, so that they need no lock; the rest of the house speaks to them by a bounded queue of commands. Each wake
//! drains what waits, lets the machines act, and sends what they put out in as few calls as it goes.
//! It knows no member and no rule: who may allocate or join was decided when a credential was minted or a join was asked.

mod doors;
mod post;
pub mod rfc4571;
mod stream;
mod streams;
mod wire;

pub use stream::{Kind, Newcomer};

use crate::clock::Clock;
use crate::media::{self, Sfu};
use crate::path::Outbox;
use crate::sys::poll::Waker;
use crate::turn;
use std::fmt;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;
use std::time::Instant;
use tokio::sync::{mpsc, oneshot};

/// Commands that wait for the thread, at most; it takes them all at each wake.
const COMMANDS: usize = 1024;
/// Events that wait for the house, at most; further ones wait in the SFU.
const EVENTS: usize = 1024;

/// What is asked of the kernel as a stream's send buffer, in bytes.
pub const STREAM_BUFFER: usize = 256 << 10;

/// What the thread is started with.
pub struct Settings {
    /// The port's non-blocking datagram sockets.
    pub udp: Vec<UdpSocket>,
    pub clock: Clock,
    pub turn: turn::Settings,
}

/// What happened on the wire so far.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Counts {
    pub turn: turn::Counts,
    pub streams: usize,
    /// Bytes that wait in the queues of streams, until their readers take them.
    pub waiting: usize,
    /// Packets that a full buffer of the kernel or a full queue of a stream has dropped.
    pub dropped: u64,
    /// Packets that were sent.
    pub sent: u64,
    /// The processor's time that the thread has taken.
    pub busy: Duration,
}

type SfuWork = Box<dyn FnOnce(&mut Sfu, Instant, &mut Outbox) + Send>;

enum Command {
    EndSession(String),
    SfuAddresses(Vec<SocketAddr>),
    Aliases(turn::Aliases),
    RelayFull(bool),
    Relaying(oneshot::Sender<Vec<String>>),
    Stream(Box<Newcomer>),
    Sfu(SfuWork),
    Counts(oneshot::Sender<Counts>),
}

/// The thread did not take a command: its queue is full, or it has ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Busy;

impl fmt::Display for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the wire is busy")
    }
}

impl std::error::Error for Busy {}

/// Speaks to the wire thread; cheap to clone.
#[derive(Clone)]
pub struct Handle {
    commands: SyncSender<Command>,
    waker: Waker,
}

impl Handle {
    /// Ends all allocations of a session (`"12"`, or `"r3"` for a room); credentials minted until this second open no other.
    pub fn turn_end_session(&self, session: &str) -> Result<(), Busy> {
        self.order(Command::EndSession(session.to_owned()))
    }

    /// Tells by which addresses browsers know the SFU, so that relayed packets find it.
    pub fn set_sfu_addresses(&self, addresses: Vec<SocketAddr>) -> Result<(), Busy> {
        self.order(Command::SfuAddresses(addresses))
    }

    /// Tells with which addresses relayed candidates are shown from here on.
    pub fn set_relay_aliases(&self, aliases: turn::Aliases) -> Result<(), Busy> {
        self.order(Command::Aliases(aliases))
    }

    /// Whether the relay takes no further session: those that it carries may go on, and allocate anew.
    pub fn set_relay_full(&self, full: bool) -> Result<(), Busy> {
        self.order(Command::RelayFull(full))
    }

    /// The sessions for which packets were relayed in the last half minute.
    pub async fn relaying(&self) -> Result<Vec<String>, Busy> {
        let (tell, told) = oneshot::channel();
        self.order(Command::Relaying(tell))?;
        told.await.map_err(|_| Busy)
    }

    /// Hands over a stream that speaks TURN or ICE.
    pub fn take_stream(&self, newcomer: Newcomer) -> Result<(), Busy> {
        self.order(Command::Stream(Box::new(newcomer)))
    }

    /// Does something with the SFU on its thread and brings back what came of it.
    pub async fn with_sfu<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Sfu, Instant, &mut Outbox) -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let (tell, told) = oneshot::channel();
        let work = move |sfu: &mut Sfu, now: Instant, out: &mut Outbox| drop(tell.send(work(sfu, now, out)));
        self.order(Command::Sfu(Box::new(work)))?;
        told.await.map_err(|_| Busy)
    }

    /// Does something with the SFU on its thread, some time soon.
    pub fn post_sfu(&self, work: impl FnOnce(&mut Sfu, Instant, &mut Outbox) + Send + 'static) -> Result<(), Busy> {
        self.order(Command::Sfu(Box::new(work)))
    }

    /// What happened so far.
    pub async fn counts(&self) -> Result<Counts, Busy> {
        let (tell, told) = oneshot::channel();
        self.order(Command::Counts(tell))?;
        told.await.map_err(|_| Busy)
    }

    fn order(&self, command: Command) -> Result<(), Busy> {
        self.commands.try_send(command).map_err(|_| Busy)?;
        self.waker.wake();
        Ok(())
    }
}

/// The running thread; dropping it ends the thread and closes its streams and sockets.
pub struct Switchboard {
    stop: Arc<AtomicBool>,
    waker: Waker,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Switchboard {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        self.waker.wake();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Starts the thread. The SFU is made on it.
///
/// # Errors
/// The kernel gives no thread, no `epoll` or no `eventfd`.
pub fn start(
    settings: Settings,
    sfu: impl FnOnce(Instant) -> Sfu + Send + 'static,
) -> io::Result<(Switchboard, Handle, mpsc::Receiver<media::Event>)> {
    let (commands, orders) = sync_channel(COMMANDS);
    let (events, told) = mpsc::channel(EVENTS);
    let (waker, stop) = (Waker::new()?, Arc::new(AtomicBool::new(false)));
    let handle = Handle { commands, waker: waker.clone() };
    let office = wire::Office { orders, events, waker: waker.clone(), stop: stop.clone() };
    let poll = wire::poll(&settings.udp, &waker)?;
    let thread = std::thread::Builder::new().name("wire".to_owned()).spawn(move || {
        if !media::calls_itself(Instant::now()) {
            tracing::error!(
                "The media engine could not call itself: rooms and sessions of three may not work. `alongside doctor` tries them."
            );
        }
        let now = Instant::now();
        wire::Wire::new(settings, poll, office, sfu(now), now).run();
    })?;
    Ok((Switchboard { stop, waker, thread: Some(thread) }, handle, told))
}

#[cfg(test)]
mod tests;
