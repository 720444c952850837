//! The loop of the wire thread: wait, take what has come, let the machines act, send what they put out.
//!
//! Invariant: nothing blocks here but the wait. Every queue is drained up to a bound per wake, so that no source holds up another.

use super::doors::Doors;
use super::post::{Door, Post};
use super::streams::{Streams, id_of};
use super::{Command, Counts, Settings};
use crate::clock::Clock;
use crate::media::{self, Sfu};
use crate::path::{Outbox, Path};
use crate::sys;
use crate::sys::datagram::{self, Datagram, Inbox, TAKEN};
use crate::sys::poll::{Poll, Ready, Waker};
use crate::turn::{Moment, Server};
use std::io;
use std::net::{IpAddr, UdpSocket};
use std::os::fd::AsFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tracing::{debug, error};

/// Batches that are read of one socket per wake.
const ROUNDS: usize = 16;
/// With so many bytes waiting to leave, they are sent before more is read: a burst of a whole room goes at once, and the boxes keep
/// what they have room for from the beginning (see [`Outbox`]), a packet to everybody in the largest room included.
const FULL: usize = 384 << 10;
/// What several are given leaves as soon as each has about so many: longer runs to one of them save next to nothing, and memory that
/// is never filled costs nothing.
const RUN: usize = 24;
/// How often streams are looked at whether they are of use.
const SWEEP: Duration = Duration::from_secs(1);
/// The token of the waker; sockets have their places, and streams their ids.
const WAKER: u64 = u64::MAX;

/// The thread's side of the queues between it and the house.
pub(super) struct Office {
    pub orders: Receiver<Command>,
    pub events: mpsc::Sender<media::Event>,
    pub waker: Waker,
    pub stop: Arc<AtomicBool>,
}

pub(super) struct Wire {
    doors: Doors,
    streams: Streams,
    sockets: Vec<Door>,
    post: Post,
    poll: Poll,
    office: Office,
    clock: Clock,
    sweep_at: Instant,
    sent: u64,
}

/// A poll that waits for these sockets and the waker.
pub(super) fn poll(sockets: &[UdpSocket], waker: &Waker) -> io::Result<Poll> {
    let poll = Poll::new()?;
    poll.add(waker.as_fd(), WAKER, false)?;
    for (n, socket) in sockets.iter().enumerate() {
        poll.add(socket.as_fd(), n as u64, false)?;
    }
    Ok(poll)
}

impl Wire {
    pub fn new(settings: Settings, poll: Poll, office: Office, sfu: Sfu, now: Instant) -> Self {
        let door = |socket: UdpSocket| {
            if let Err(error) = datagram::receive_together(socket.as_fd()) {
                debug!(%error, "this kernel hands datagrams over one by one");
            }
            let ipv6 = socket.local_addr().is_ok_and(|address| address.is_ipv6());
            Door { socket, ipv6, divides: true }
        };
        let turn = Server::new(settings.turn, now);
        Self {
            doors: Doors { turn, sfu, turn_out: Outbox::new(), sfu_out: Outbox::new() },
            streams: Streams::new(),
            sockets: settings.udp.into_iter().map(door).collect(),
            post: Post::default(),
            poll,
            office,
            clock: settings.clock,
            sweep_at: now + SWEEP,
            sent: 0,
        }
    }

    /// Works until told to stop. A fault in a machine ends what it was about, and not the calls of others.
    pub fn run(mut self) {
        let (mut ready, mut inbox) = (Vec::new(), Inbox::default());
        while !self.office.stop.load(Ordering::Acquire) {
            let turned = catch_unwind(AssertUnwindSafe(|| self.turn_around(&mut ready, &mut inbox)));
            match turned {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    error!(%error, "The wire cannot wait for its sockets; calls through this server have ended.");
                    return;
                }
                Err(_) => {
                    error!("A packet was handled wrongly; what it was about may have ended, and everything else goes on.");
                    self.doors.clear();
                    self.post = Post::default();
                }
            }
        }
    }

    fn moment(&self) -> Moment {
        Moment { at: Instant::now(), unix_s: self.clock.now().0 }
    }

    fn turn_around(&mut self, ready: &mut Vec<Ready>, inbox: &mut Inbox) -> io::Result<()> {
        let sweep_at = (self.streams.len() > 0).then_some(self.sweep_at);
        let deadline = self.doors.deadline().into_iter().chain(sweep_at).min();
        self.poll.wait(ready, deadline.map(|at| at.saturating_duration_since(Instant::now())))?;
        let now = self.moment();
        for event in ready.iter() {
            match event.token {
                WAKER => self.take_orders(now),
                socket if (socket as usize) < self.sockets.len() => self.read_socket(now, socket as usize, inbox),
                _ => self.streams.ready(now, *event, &mut self.doors),
            }
        }
        if now.at >= self.sweep_at {
            self.sweep_at = now.at + SWEEP;
            self.streams.sweep(now, &mut self.doors);
        }
        self.doors.settle(now);
        self.send(now);
        self.tell();
        Ok(())
    }

    fn take_orders(&mut self, now: Moment) {
        self.office.waker.quiet();
        while let Ok(command) = self.office.orders.try_recv() {
            match command {
                Command::EndSession(session) => self.doors.turn.end_session(now, &session),
                Command::SfuAddresses(addresses) => self.doors.turn.set_sfu_addresses(&addresses),
                Command::Aliases(aliases) => self.doors.turn.set_aliases(aliases),
                Command::RelayFull(full) => self.doors.turn.set_full(full),
                // Whoever asked may have gone away; so below.
                Command::Relaying(tell) => _ = tell.send(self.doors.turn.relaying(now.at)),
                Command::Stream(newcomer) => self.streams.add(now, *newcomer, &self.poll, &mut self.doors),
                Command::Sfu(work) => work(&mut self.doors.sfu, now.at, &mut self.doors.sfu_out),
                Command::Counts(tell) => {
                    let dropped = self.post.dropped + self.streams.dropped;
                    let (turn, streams, sent) = (self.doors.turn.counts(), self.streams.len(), self.sent);
                    let busy = sys::thread_time().unwrap_or_default();
                    let waiting = self.streams.waiting();
                    let _ = tell.send(Counts { turn, streams, waiting, dropped, sent, busy });
                }
            }
        }
    }

    /// Takes what waits on a socket, up to a few batches.
    fn read_socket(&mut self, now: Moment, place: usize, inbox: &mut Inbox) {
        for _ in 0..ROUNDS {
            let got = match inbox.receive(self.sockets[place].socket.as_fd()) {
                Ok(got) => got,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                // Such as an ICMP "unreachable" for something sent earlier: about one datagram, and read off with it.
                Err(error) => return debug!(%error, "a datagram was not received"),
            };
            for n in 0..got {
                let Some((told, bytes)) = inbox.message(n) else { continue };
                if told.cut || !may_answer(told) {
                    continue;
                }
                let (local, interface) = told.local.map_or((None, 0), |local| (Some(local.ip), local.interface));
                let path = Path::Udp { socket: place as u16, local, interface, remote: told.from };
                let size = if told.segment == 0 { bytes.len().max(1) } else { told.segment };
                for datagram in bytes.chunks_mut(size) {
                    let before = self.doors.outgoing_len();
                    self.doors.packet(now, path, datagram);
                    let waiting = self.doors.outgoing_len();
                    if self.doors.outgoing_bytes() > FULL || runs_are_long(waiting, waiting - before) {
                        self.doors.hand_over(now);
                        self.send(now);
                    }
                }
            }
            if got < TAKEN {
                return;
            }
        }
    }

    fn send(&mut self, now: Moment) {
        self.sent += self.doors.outgoing_len() as u64;
        for number in 0..self.doors.outgoing_len() {
            let Some((path, bytes)) = self.doors.outgoing(number) else { break };
            match path {
                Path::Udp { .. } => self.post.put(path, number),
                Path::Stream { .. } => id_of(path).into_iter().for_each(|id| self.streams.put(now, id, bytes)),
                Path::Relay { .. } => {}
            }
        }
        let doors = &self.doors;
        self.post.send(&mut self.sockets, |number| doors.outgoing(number).map_or(&[], |(_, bytes)| bytes));
        self.doors.clear();
        self.streams.flush(now, &self.poll, &mut self.doors);
    }

    /// Tells the house what the SFU has to tell, as far as there is room.
    fn tell(&mut self) {
        while let Ok(place) = self.office.events.try_reserve() {
            let Some(event) = self.doors.sfu.poll_event() else { break };
            place.send(event);
        }
    }
}

/// Whoever asked a group of machines gets no answer from each of them.
fn may_answer(told: Datagram) -> bool {
    match told.local.map(|local| local.ip) {
        Some(IpAddr::V4(ip)) => !ip.is_multicast() && !ip.is_broadcast(),
        Some(IpAddr::V6(ip)) => !ip.is_multicast(),
        None => true,
    }
}

/// Whether each of those whom the last packet was `given` to has enough to be sent for by itself.
fn runs_are_long(waiting: usize, given: usize) -> bool {
    given > 1 && waiting >= RUN * given
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_to_many_leaves_whole_and_many_bursts_to_few_do_not_pile_up() {
        assert!((0..10).all(|n| !runs_are_long(32 * (n + 1), 32)), "ten packets to each of thirty-two");
        assert!(!runs_are_long(23 * 7, 7) && runs_are_long(24 * 7, 7), "eight who all see each other");
        assert!(!runs_are_long(5000, 1), "what is relayed");
    }
}
