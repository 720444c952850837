//! All allocations, found by client, by relayed port and by session.
//!
//! Invariant: an allocation is in every index or in none; a session is there exactly as long as it has an allocation. Only what
//! was authenticated gets in, and there are bounds for the whole, for a session and for a member of one.

use super::allocation::Allocation;
use super::credentials::Name;
use super::message::Key;
use crate::path::Path;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

/// Relayed ports: below are the numbers that browsers refuse and that services use.
const FIRST_PORT: u16 = 16_384;
const PORTS: usize = 1 << 16;

/// One session's allocations, and what they may still carry.
pub struct Session {
    pub name: Box<str>,
    /// Oldest first.
    pub allocations: Vec<u32>,
    /// Bytes that may be forwarded at once.
    pub budget: u64,
    pub budget_at: Instant,
    /// When a packet was last passed on, if ever.
    pub relayed_at: Option<Instant>,
}

/// The 5-tuple of a client; the interface is no part of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Client {
    Udp { socket: u16, local: Option<IpAddr>, remote: SocketAddr },
    Stream(u64),
}

impl Client {
    fn of(path: &Path) -> Option<Self> {
        match *path {
            Path::Udp { socket, local, remote, .. } => Some(Self::Udp { socket, local, remote }),
            Path::Stream { id, .. } => Some(Self::Stream(id)),
            Path::Relay { .. } => None,
        }
    }
}

#[derive(Default)]
struct Slot {
    generation: u32,
    allocation: Option<Box<Allocation>>,
}

/// What a member of a session already has.
pub struct Crowd {
    pub of_session: usize,
    pub of_member: usize,
    pub oldest_of_member: Option<u32>,
}

pub struct Table {
    slots: Vec<Slot>,
    free: Vec<u32>,
    clients: HashMap<Client, u32, foldhash::fast::RandomState>,
    /// The place of the allocation with that port, and one; untouched pages of it cost nothing.
    ports: Vec<u32>,
    sessions: Vec<Option<Session>>,
    free_sessions: Vec<u32>,
    names: HashMap<Box<str>, u32>,
    /// Where the search for a free port begins; stirred with each.
    dice: u64,
}

impl Table {
    pub fn new(seed: u64) -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
            clients: HashMap::default(),
            ports: vec![0; PORTS],
            sessions: Vec::new(),
            free_sessions: Vec::new(),
            names: HashMap::new(),
            dice: seed,
        }
    }

    pub fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    pub fn sessions(&self) -> usize {
        self.names.len()
    }

    /// The place of a client's allocation.
    pub fn place(&self, client: &Path) -> Option<u32> {
        self.clients.get(&Client::of(client)?).copied()
    }

    pub fn get(&self, place: u32) -> Option<&Allocation> {
        self.slots.get(place as usize)?.allocation.as_deref()
    }

    pub fn get_mut(&mut self, place: u32) -> Option<&mut Allocation> {
        self.slots.get_mut(place as usize)?.allocation.as_deref_mut()
    }

    pub fn by_port(&self, port: u16) -> Option<&Allocation> {
        self.get(self.ports[usize::from(port)].checked_sub(1)?)
    }

    /// A name for the allocation at this place that is never given to another one.
    pub fn id(&self, place: u32) -> u64 {
        let generation = self.slots.get(place as usize).map_or(0, |slot| slot.generation);
        u64::from(generation) << 32 | u64::from(place)
    }

    /// The allocation of that name, if it still lives.
    pub fn by_id(&self, id: u64) -> Option<&Allocation> {
        let place = id as u32;
        self.get(place).filter(|_| self.id(place) == id)
    }

    pub fn session_mut(&mut self, place: u32) -> Option<&mut Session> {
        self.sessions.get_mut(place as usize)?.as_mut()
    }

    /// What is there of this name's session and member.
    pub fn crowd(&self, name: &Name<'_>) -> Crowd {
        let session = self.names.get(name.session).and_then(|place| self.sessions[*place as usize].as_ref());
        let all = session.map_or(&[][..], |session| &session.allocations);
        let mut own = all.iter().filter(|place| self.get(**place).is_some_and(|one| one.member() == name.member));
        let oldest_of_member = own.next().copied();
        let of_member = usize::from(oldest_of_member.is_some()) + own.count();
        Crowd { of_session: all.len(), of_member, oldest_of_member }
    }

    /// The allocations of a session.
    pub fn of_session(&self, name: &str) -> Vec<u32> {
        let session = self.names.get(name).and_then(|place| self.sessions[*place as usize].as_ref());
        session.map(|session| session.allocations.clone()).unwrap_or_default()
    }

    /// The sessions with a packet since then.
    pub fn relaying_since(&self, then: Instant) -> impl Iterator<Item = &Session> {
        self.sessions.iter().flatten().filter(move |session| session.relayed_at.is_some_and(|at| at >= then))
    }

    /// The places of all allocations whose life is over.
    pub fn over(&self, now: Instant) -> Vec<u32> {
        (0..self.slots.len() as u32).filter(|place| self.get(*place).is_some_and(|one| one.is_over(now))).collect()
    }

    /// Puts an allocation in and gives it a port that is free and not forbidden; nothing where there is none left.
    pub fn insert(
        &mut self,
        client: Path,
        (username, key): (&str, Key),
        transaction: [u8; 12],
        port_may_be: impl Fn(u16) -> bool,
        (now, burst): (Instant, u64),
    ) -> Option<u32> {
        let tuple = Client::of(&client)?;
        let name = Name::read(username)?;
        let port = self.free_port(port_may_be)?;
        let session = self.enter_session(name.session, now, burst);
        let place = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot::default());
            self.slots.len() as u32 - 1
        });
        let mut allocation = Allocation::new(client, username, key, session, transaction, now);
        allocation.port = port;
        self.slots[place as usize].allocation = Some(Box::new(allocation));
        self.ports[usize::from(port)] = place + 1;
        self.clients.insert(tuple, place);
        if let Some(session) = self.session_mut(session) {
            session.allocations.push(place);
        }
        Some(place)
    }

    /// Takes an allocation out of every index.
    pub fn remove(&mut self, place: u32) -> Option<Box<Allocation>> {
        let slot = self.slots.get_mut(place as usize)?;
        let allocation = slot.allocation.take()?;
        slot.generation = slot.generation.wrapping_add(1);
        self.free.push(place);
        self.ports[usize::from(allocation.port)] = 0;
        if let Some(tuple) = Client::of(&allocation.client) {
            self.clients.remove(&tuple);
        }
        let entry = &mut self.sessions[allocation.session as usize];
        if let Some(session) = entry {
            session.allocations.retain(|other| *other != place);
            if session.allocations.is_empty() {
                self.names.remove(&session.name);
                *entry = None;
                self.free_sessions.push(allocation.session);
            }
        }
        Some(allocation)
    }

    fn enter_session(&mut self, name: &str, now: Instant, burst: u64) -> u32 {
        if let Some(place) = self.names.get(name) {
            return *place;
        }
        let session = Session { name: name.into(), allocations: Vec::new(), budget: burst, budget_at: now, relayed_at: None };
        let place = self.free_sessions.pop().unwrap_or_else(|| {
            self.sessions.push(None);
            self.sessions.len() as u32 - 1
        });
        self.sessions[place as usize] = Some(session);
        self.names.insert(name.into(), place);
        place
    }

    fn free_port(&mut self, may_be: impl Fn(u16) -> bool) -> Option<u16> {
        // The steps of SplitMix64: ports need to be spread, not secret, because only their own session reaches them.
        self.dice = self.dice.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let stirred = (self.dice ^ (self.dice >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let from = (stirred >> 32) as usize;
        let range = PORTS - usize::from(FIRST_PORT);
        let ports = (0..range).map(|n| FIRST_PORT + ((from + n) % range) as u16);
        ports.into_iter().find(|port| self.ports[usize::from(*port)] == 0 && may_be(*port))
    }
}
