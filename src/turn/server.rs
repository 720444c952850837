//! The relay as a machine: bytes and the time go in, bytes come out, and nothing else happens.
//!
//! Invariant: **a packet reaches only another allocation of its own session, or the SFU.** A relayed address is a number inside
//! this process; there is no socket towards a peer, and so no open relay. Who has proved nothing gets at most 120 bytes, at a
//! bounded rate, and leaves no trace in memory.

use super::allocation::{Aliases, Allocation};
use super::codec::{self, Family};
use super::message::{self, Class, Fault, Message};
use super::nonce::Nonces;
use super::table::Table;
use crate::path::{Outbox, Path};
use crate::rate::Rate;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::ops::Range;
use std::time::{Duration, Instant};

/// What names, passwords and the hash of the key are made with besides; shown to clients.
pub const REALM: &str = "alongside";

/// What strangers' datagrams make us send to one source: a school behind one NAT opens all its calls at the stroke of the hour,
/// and each page asks several times before it has shown a credential.
const BURST: u32 = 2000;
const PER_SECOND: u32 = 500;

/// Binding requests of one source: they keep calls alive every few seconds. Replies are hardly larger than requests.
const BINDING_BURST: u32 = 500;
const BINDING_PER_SECOND: u32 = 200;

/// How often what is over is swept away. Nobody waits for it: what is over is as good as gone.
const SWEEP: Duration = Duration::from_secs(10);

/// A session is carried for so long after its last packet: a call that is mended sends none for a while.
const CARRIED: Duration = Duration::from_secs(30);

/// Moves of the machine that permissions outlive.
const FORMER: usize = 8;
/// Addresses of the SFU, at most.
const SFU_ADDRESSES: usize = 64;

/// The time as the relay needs it: one that only goes forward, and the one that credentials speak of.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    pub at: Instant,
    pub unix_s: i64,
}

/// What the relay is made with.
#[derive(Clone)]
pub struct Settings {
    /// What the minter of credentials shares with us.
    pub secret: Vec<u8>,
    pub aliases: Aliases,
    /// Random, made at each start.
    pub nonce_key: [u8; 32],
    pub seed: u64,
    /// What one session may have forwarded, for ever; twice that at once.
    pub session_bytes_per_s: u64,
    /// Allocations in all, in one session, and of one member in it.
    pub most: usize,
    pub most_of_session: usize,
    pub most_of_member: usize,
}

impl Settings {
    /// The limits that are right for an instance: 64 Mbit/s is a room of sixteen with video, all relayed.
    pub fn new(secret: Vec<u8>, aliases: Aliases, nonce_key: [u8; 32], seed: u64) -> Self {
        let session_bytes_per_s = 8 << 20;
        Self { secret, aliases, nonce_key, seed, session_bytes_per_s, most: 16_384, most_of_session: 512, most_of_member: 32 }
    }
}

/// A packet for the SFU: where it stands in the bytes that came in, and the path to answer by.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ToSfu {
    pub path: Path,
    pub payload: Range<usize>,
}

/// What the driver should know.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    /// An allocation has ended: paths through it lead nowhere.
    Ended { allocation: u64, client: Path },
}

/// What happened so far, for whoever watches the house.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Counts {
    pub allocations: usize,
    pub sessions: usize,
    pub relayed_packets: u64,
    pub relayed_bytes: u64,
    /// Packets for which there was no allocation, no permission, no channel or nobody at the other end.
    pub unreachable: u64,
    /// Packets beyond their session's budget.
    pub over_budget: u64,
    /// Requests that were answered with an error, or not at all.
    pub refused: u64,
}

pub struct Server {
    pub(super) settings: Settings,
    pub(super) nonces: Nonces,
    pub(super) table: Table,
    /// Sessions that have ended, and when (Unix seconds): credentials minted before are worth nothing.
    pub(super) ended: VecDeque<(Box<str>, i64)>,
    pub(super) counts: Counts,
    pub(super) events: VecDeque<Event>,
    sfu: Vec<SocketAddr>,
    /// What [`Settings::aliases`] were before, the newest last: whoever was told of them goes on by them.
    former: VecDeque<Aliases>,
    /// No session comes on top of those that are carried.
    full: bool,
    strangers: Rate,
    bindings: Rate,
    sweep_at: Instant,
}

impl Server {
    pub fn new(settings: Settings, now: Instant) -> Self {
        Self {
            nonces: Nonces::new(&settings.nonce_key),
            table: Table::new(settings.seed),
            ended: VecDeque::new(),
            counts: Counts::default(),
            events: VecDeque::new(),
            sfu: Vec::new(),
            former: VecDeque::new(),
            full: false,
            strangers: Rate::new(BURST, PER_SECOND, now),
            bindings: Rate::new(BINDING_BURST, BINDING_PER_SECOND, now),
            sweep_at: now + SWEEP,
            settings,
        }
    }

    /// The addresses by which members' browsers know the SFU. Relayed packets for one of them go to it, inside the process.
    pub fn set_sfu_addresses(&mut self, addresses: &[SocketAddr]) {
        self.sfu = addresses.iter().copied().take(SFU_ADDRESSES).collect();
    }

    /// By which addresses allocations are known from here on. Those that are made keep what their partners were told.
    pub fn set_aliases(&mut self, aliases: Aliases) {
        if aliases == self.settings.aliases {
            return;
        }
        self.former.retain(|former| *former != aliases);
        self.former.push_back(std::mem::replace(&mut self.settings.aliases, aliases));
        if self.former.len() > FORMER {
            self.former.pop_front();
        }
    }

    pub fn sfu_addresses(&self) -> &[SocketAddr] {
        &self.sfu
    }

    /// Takes no session on top of those that are carried, or again all. Browsers ask for a relay also where they need none, and
    /// are well without it.
    pub fn set_full(&mut self, full: bool) {
        self.full = full;
    }

    /// The sessions that are carried.
    pub fn relaying(&self, now: Instant) -> Vec<String> {
        let since = now.checked_sub(CARRIED).unwrap_or(now);
        self.table.relaying_since(since).map(|session| session.name.to_string()).collect()
    }

    /// Whether this session may allocate at the moment.
    pub(super) fn has_room_for(&self, session: &str, now: Instant) -> bool {
        let since = now.checked_sub(CARRIED).unwrap_or(now);
        // A room's own relay leads to the media engine, where its people were counted at the door.
        !self.full || session.parse::<i64>().is_err() || self.table.relaying_since(since).any(|carried| *carried.name == *session)
    }

    /// Takes one datagram, or one frame of a stream. What is for the SFU is returned; replies and relayed packets are in `out`.
    pub fn handle(&mut self, now: Moment, path: Path, bytes: &[u8], out: &mut Outbox) -> Option<ToSfu> {
        match bytes.first() {
            Some(0..=3) => self.handle_message(now, path, bytes, out),
            Some(64..=79) => self.handle_channel_data(now, path, bytes, out),
            _ => None,
        }
    }

    /// Sends what the SFU has for the client of an allocation, as if it came from `peer`.
    pub fn send_from_sfu(&mut self, now: Moment, allocation: u64, peer: SocketAddr, bytes: &[u8], out: &mut Outbox) {
        let Some(target) = self.table.by_id(allocation).filter(|target| !target.is_over(now.at)) else {
            self.counts.unreachable += 1;
            return;
        };
        let session = target.session;
        if !target.permits(peer.ip(), now.at) {
            self.counts.unreachable += 1;
        } else if self.spend(session, bytes.len(), now.at)
            && let Some(target) = self.table.by_id(allocation)
        {
            deliver(target, peer, bytes, now.at, out);
        }
    }

    /// A stream is closed: its allocation is gone.
    pub fn stream_closed(&mut self, path: Path) {
        if let Some(place) = self.table.place(&path) {
            self.end(place);
        }
    }

    /// Ends a session: its allocations are gone, and no credential minted until this second opens another.
    pub fn end_session(&mut self, now: Moment, session: &str) {
        self.table.of_session(session).into_iter().for_each(|place| self.end(place));
        self.note_end(now, session);
    }

    /// Whether this client has an allocation that lives.
    pub fn has_allocation(&self, path: &Path, now: Instant) -> bool {
        self.table.place(path).and_then(|place| self.table.get(place)).is_some_and(|one| !one.is_over(now))
    }

    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// When [`Self::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Option<Instant> {
        (self.table.len() > 0).then_some(self.sweep_at)
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        if now >= self.sweep_at {
            self.sweep_at = now + SWEEP;
            self.table.over(now).into_iter().for_each(|place| self.end(place));
        }
    }

    pub fn counts(&self) -> Counts {
        Counts { allocations: self.table.len(), sessions: self.table.sessions(), ..self.counts }
    }

    pub(super) fn end(&mut self, place: u32) {
        let allocation = self.table.id(place);
        if let Some(ended) = self.table.remove(place) {
            self.events.push_back(Event::Ended { allocation, client: ended.client });
        }
    }

    /// Whether a relayed packet to this address could arrive at all.
    pub(super) fn is_reachable(&self, peer: SocketAddr) -> bool {
        let mut known = self.former.iter().chain([&self.settings.aliases]);
        known.any(|aliases| aliases.contains(peer.ip())) || self.sfu.iter().any(|sfu| sfu.ip() == peer.ip())
    }

    fn handle_message(&mut self, now: Moment, path: Path, bytes: &[u8], out: &mut Outbox) -> Option<ToSfu> {
        let message = Message::read(bytes)?;
        match (message.class, message.method) {
            (Class::Request, message::BINDING) => self.handle_binding(now, path, &message, out),
            (Class::Request, _) => self.handle_request(now, path, &message, out),
            (Class::Indication, message::SEND) => return self.handle_send(now, path, bytes, &message, out),
            _ => {}
        }
        None
    }

    /// "Which address do you see?" An attribute that must be understood and is not gets 420 (RFC 8489 section 6.3.1).
    fn handle_binding(&mut self, now: Moment, path: Path, request: &Message<'_>, out: &mut Outbox) {
        // These need no understanding here: they belong to checks that this service does not make.
        const IGNORED: [u16; 8] = [
            codec::MESSAGE_INTEGRITY,
            codec::MESSAGE_INTEGRITY_SHA256,
            codec::REALM,
            codec::NONCE,
            codec::USERHASH,
            codec::PASSWORD_ALGORITHM,
            codec::PRIORITY,
            codec::USE_CANDIDATE,
        ];
        let remote = path.remote();
        if path.is_datagram() && (remote.port() == 0 || !self.bindings.allow(remote.ip().into(), now.at)) {
            return;
        }
        let unknown = request.unknown(&IGNORED);
        out.push_with(path, |buffer| match unknown.0 {
            0 => request.succeed(buffer, None, |w| w.address(codec::XOR_MAPPED_ADDRESS, canonical(remote))),
            _ => request.refuse(buffer, Fault::UnknownAttribute, None, |w| message::name_unknown(w, unknown)),
        });
    }

    /// Whether a sender who has proved nothing may be answered.
    pub(super) fn may_answer_stranger(&mut self, now: Moment, path: &Path) -> bool {
        let remote = path.remote();
        self.counts.refused += 1;
        !path.is_datagram() || (remote.port() != 0 && self.strangers.allow(remote.ip().into(), now.at))
    }

    fn handle_channel_data(&mut self, now: Moment, path: Path, bytes: &[u8], out: &mut Outbox) -> Option<ToSfu> {
        let (header, rest) = bytes.split_at_checked(4)?;
        let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
        let number = u16::from_be_bytes([header[0], header[1]]);
        let found = self.source(now, path).and_then(|(place, source)| Some((place, source.peer_of(number, now.at)?)));
        let (Some((place, peer)), true) = (found, length <= rest.len()) else {
            self.counts.unreachable += 1;
            return None;
        };
        self.forward(now, place, peer, bytes, 4..4 + length, out)
    }

    fn handle_send(&mut self, now: Moment, path: Path, bytes: &[u8], message: &Message<'_>, out: &mut Outbox) -> Option<ToSfu> {
        let peer = message.get(codec::XOR_PEER_ADDRESS).and_then(|value| codec::xor_address(value, &message.transaction))?;
        let data = message.get(codec::DATA)?;
        let (place, _) = self.source(now, path)?;
        self.forward(now, place, peer, bytes, message.range_of(data), out)
    }

    fn source(&self, now: Moment, path: Path) -> Option<(u32, &Allocation)> {
        let place = self.table.place(&path)?;
        let source = self.table.get(place).filter(|source| !source.is_over(now.at))?;
        Some((place, source))
    }

    /// Passes a packet on: to the SFU, to another allocation of the same session, or to nobody.
    fn forward(
        &mut self,
        now: Moment,
        place: u32,
        peer: SocketAddr,
        bytes: &[u8],
        payload: Range<usize>,
        out: &mut Outbox,
    ) -> Option<ToSfu> {
        let source = self.table.get(place)?;
        let (session, allowed) = (source.session, source.permits(peer.ip(), now.at));
        if allowed && self.sfu.contains(&peer) {
            let relayed = source.known_as(source, Family::of(peer.ip()));
            let path = Path::Relay { allocation: self.table.id(place), peer, relayed };
            return self.spend(session, payload.len(), now.at).then_some(ToSfu { path, payload });
        }
        let target = self
            .table
            .by_port(peer.port())
            .filter(|target| target.session == session && target.aliases.contains(peer.ip()) && !target.is_over(now.at));
        let known_as = target.map(|target| target.known_as(source, Family::of(peer.ip())));
        let open = target.zip(known_as).is_some_and(|(target, known_as)| target.permits(known_as.ip(), now.at));
        if !allowed || !open {
            self.counts.unreachable += 1;
        } else if self.spend(session, payload.len(), now.at)
            && let (Some(target), Some(known_as)) = (self.table.by_port(peer.port()), known_as)
        {
            deliver(target, known_as, &bytes[payload], now.at, out);
        }
        None
    }

    /// Takes what a packet costs from its session's budget.
    fn spend(&mut self, session: u32, bytes: usize, now: Instant) -> bool {
        let rate = self.settings.session_bytes_per_s;
        let Some(session) = self.table.session_mut(session) else { return false };
        let cost = bytes as u64;
        if session.budget < cost {
            let grown = now.saturating_duration_since(session.budget_at).as_micros().min(2_000_000) as u64 * rate / 1_000_000;
            session.budget = (session.budget + grown).min(rate * 2);
            session.budget_at = now;
        }
        if session.budget < cost {
            self.counts.over_budget += 1;
            return false;
        }
        session.budget -= cost;
        session.relayed_at = Some(now);
        self.counts.relayed_packets += 1;
        self.counts.relayed_bytes += cost;
        true
    }
}

/// Gives a packet to the client of an allocation: by a channel where one is bound, else as a Data indication.
fn deliver(target: &Allocation, from: SocketAddr, payload: &[u8], now: Instant, out: &mut Outbox) {
    let channel = target.channel_of(from, now);
    out.push_with(target.client, |buffer| match channel {
        Some(number) => {
            let length = payload.len() as u16;
            buffer.reserve(payload.len() + 8);
            buffer.extend_from_slice(&number.to_be_bytes());
            buffer.extend_from_slice(&length.to_be_bytes());
            buffer.extend_from_slice(payload);
            if !target.client.is_datagram() {
                buffer.extend_from_slice(&[0; 3][..payload.len().next_multiple_of(4) - payload.len()]);
            }
        }
        None => {
            let transaction = data_transaction(from, payload);
            let mut writer = codec::Writer::new(buffer, message::kind(Class::Indication, message::DATA), &transaction);
            writer.address(codec::XOR_PEER_ADDRESS, from);
            writer.attribute(codec::DATA, &[payload]);
        }
    });
}

/// An indication is never answered, so that its transaction needs no secret: it only should differ from its neighbours'.
fn data_transaction(from: SocketAddr, payload: &[u8]) -> [u8; 12] {
    let mut transaction = [0; 12];
    transaction[..2].copy_from_slice(&from.port().to_be_bytes());
    transaction[2..4].copy_from_slice(&(payload.len() as u16).to_be_bytes());
    let tail = &payload[payload.len().saturating_sub(8)..];
    transaction[4..4 + tail.len()].copy_from_slice(tail);
    transaction
}

fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}
