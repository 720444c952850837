//! What the relay promises, scripted: a server, clients that speak to it, and a clock that is told.

use super::client::{Client, Reply};
use super::codec::Family;
use super::credentials::{self, Credential};
use super::*;
use crate::path::{Outbox, Path};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

#[cfg(test)]
mod addresses;
#[cfg(test)]
mod any_order;
#[cfg(test)]
mod asking;
#[cfg(test)]
mod relaying;
#[cfg(test)]
mod replayed;
#[cfg(test)]
mod strangers;

const SECRET: &[u8] = b"a secret that only the house knows";
const START_S: i64 = 1_800_000_000;
const V4: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 5);
const V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 5);
const SFU: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 168, 1, 5)), 8443);

/// A server and its time.
struct House {
    server: Server,
    start: Instant,
    now: Moment,
}

impl House {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings::new(SECRET.to_vec(), Aliases { v4: V4, v6: V6 }, [3; 32], 5);
        change(&mut settings);
        let start = Instant::now();
        let mut server = Server::new(settings, start);
        server.set_sfu_addresses(&[SFU]);
        Self { server, start, now: Moment { at: start, unix_s: START_S } }
    }

    fn later(&mut self, by: Duration) {
        self.now.at += by;
        self.now.unix_s = START_S + (self.now.at - self.start).as_secs() as i64;
        if self.server.poll_timeout().is_some_and(|at| at <= self.now.at) {
            self.server.handle_timeout(self.now.at);
        }
    }

    /// Hands bytes to the server; what comes out, and what the SFU gets.
    fn say(&mut self, path: Path, bytes: &[u8]) -> (Vec<(Path, Vec<u8>)>, Option<ToSfu>) {
        let mut out = Outbox::default();
        let sfu = self.server.handle(self.now, path, bytes, &mut out);
        (out.iter().map(|(path, bytes)| (path, bytes.to_vec())).collect(), sfu)
    }

    /// The one reply to a request, as bytes.
    fn reply(&mut self, path: Path, bytes: &[u8]) -> Vec<u8> {
        let (out, _) = self.say(path, bytes);
        assert_eq!(out.len(), 1, "one reply to {bytes:?}");
        assert_eq!(out[0].0, path);
        out[0].1.clone()
    }

    fn credential(&self, session: &str, member: i64) -> Credential {
        credentials::mint(SECRET, self.now.unix_s + 120, session, member)
    }

    /// A client at this port that has been told what to sign with.
    fn client(&mut self, port: u16, session: &str, member: i64) -> Caller {
        let mut caller = Caller { client: Client::new(self.credential(session, member), port.into()), path: datagrams(port) };
        let asked = caller.client.allocate(None);
        assert_eq!(caller.ask(self, asked), Err(401));
        caller
    }

    /// A client with an allocation, and its relayed address.
    fn allocated(&mut self, port: u16, session: &str, member: i64) -> (Caller, SocketAddr) {
        let mut caller = self.client(port, session, member);
        let asked = caller.client.allocate(None);
        let address = caller.ask(self, asked).expect("an allocation")[0];
        (caller, address)
    }

    /// Two clients of one session that have let each other in, on channel 0x4000 each.
    fn pair(&mut self) -> ((Caller, SocketAddr), (Caller, SocketAddr)) {
        let (mut a, mut b) = (self.allocated(1000, "1", 1), self.allocated(2000, "1", 2));
        a.0.bind(self, 0x4000, b.1).expect("bound");
        b.0.bind(self, 0x4000, a.1).expect("bound");
        (a, b)
    }
}

/// A client and the way it comes.
struct Caller {
    client: Client,
    path: Path,
}

impl Caller {
    /// Asks, and returns the relayed addresses, or the number of the error.
    fn ask(&mut self, house: &mut House, request: Vec<u8>) -> Result<Vec<SocketAddr>, u16> {
        let reply = house.reply(self.path, &request);
        match self.client.read(&reply) {
            Some(Reply::Granted { addresses, .. }) => Ok(addresses),
            Some(Reply::Refused { code, .. }) => Err(code),
            other => panic!("{other:?}"),
        }
    }

    fn allocate(&mut self, house: &mut House, family: Option<Family>) -> Result<Vec<SocketAddr>, u16> {
        let asked = self.client.allocate(family);
        self.ask(house, asked)
    }

    fn refresh(&mut self, house: &mut House, lifetime_s: u32) -> Result<Vec<SocketAddr>, u16> {
        let asked = self.client.refresh(lifetime_s);
        self.ask(house, asked)
    }

    fn permit(&mut self, house: &mut House, peers: &[SocketAddr]) -> Result<(), u16> {
        let asked = self.client.create_permission(peers);
        self.ask(house, asked).map(drop)
    }

    fn bind(&mut self, house: &mut House, number: u16, peer: SocketAddr) -> Result<(), u16> {
        let asked = self.client.bind_channel(number, peer);
        self.ask(house, asked).map(drop)
    }

    /// A packet by a channel: what comes out.
    fn channel(&mut self, house: &mut House, number: u16, payload: &[u8]) -> Vec<(Path, Vec<u8>)> {
        let bytes = [&number.to_be_bytes()[..], &(payload.len() as u16).to_be_bytes(), payload].concat();
        house.say(self.path, &bytes).0
    }

    /// A packet by a Send indication: what comes out.
    fn send(&mut self, house: &mut House, peer: SocketAddr, payload: &[u8]) -> Vec<(Path, Vec<u8>)> {
        let bytes = self.client.send(peer, payload);
        house.say(self.path, &bytes).0
    }
}

/// The datagrams of a browser at this port.
fn datagrams(port: u16) -> Path {
    let local = Some(IpAddr::V4(V4));
    Path::Udp { socket: 0, local, interface: 2, remote: SocketAddr::from(([198, 51, 100, 7], port)) }
}

fn stream(id: u64) -> Path {
    Path::Stream { id, remote: SocketAddr::from(([198, 51, 100, 7], id as u16)) }
}
