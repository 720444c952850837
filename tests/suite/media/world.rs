//! A room without a network: the SFU, its clients, and links that lose, delay, reorder and narrow, by a seed and a told clock.

use alongside::media::{Candidate, Event, Identity, Join, JoinError, Sfu};
use alongside::path::{Outbox, Path};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use super::client::{Client, Shape};

pub const ROOM: u64 = 5;

/// A small generator: the same seed, the same run.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5bd1_e995_1234_5678)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn chance(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// One direction of a cable.
#[derive(Clone)]
pub struct Link {
    pub loss: f64,
    pub delay: Duration,
    pub jitter: Duration,
    /// Bits a second, with a queue of so many bytes.
    pub rate: Option<f64>,
    pub queue: f64,
    free: Option<Instant>,
    waiting: VecDeque<(Instant, Vec<u8>)>,
    pub carried: usize,
}

impl Default for Link {
    fn default() -> Self {
        Self {
            loss: 0.0,
            delay: Duration::from_millis(10),
            jitter: Duration::ZERO,
            rate: None,
            queue: 60_000.0,
            free: None,
            waiting: VecDeque::new(),
            carried: 0,
        }
    }
}

impl Link {
    fn send(&mut self, now: Instant, dice: &mut Dice, bytes: Vec<u8>) {
        if dice.chance() < self.loss {
            return;
        }
        let mut at = now;
        if let Some(rate) = self.rate {
            let free = self.free.unwrap_or(now).max(now);
            let queued = (free - now).as_secs_f64() * rate / 8.0;
            if queued > self.queue {
                return;
            }
            at = free + Duration::from_secs_f64((bytes.len() + 42) as f64 * 8.0 / rate);
            self.free = Some(at);
        }
        self.carried += bytes.len() + 42;
        at += self.delay + self.jitter.mul_f64(dice.chance());
        self.waiting.push_back((at, bytes));
    }

    fn due(&mut self, now: Instant) -> Vec<Vec<u8>> {
        let mut due: Vec<(Instant, Vec<u8>)> = Vec::new();
        self.waiting.retain_mut(|(at, bytes)| {
            let here = *at <= now;
            if here {
                due.push((*at, std::mem::take(bytes)));
            }
            !here
        });
        due.sort_by_key(|(at, _)| *at);
        due.into_iter().map(|(_, bytes)| bytes).collect()
    }
}

pub struct Party {
    pub who: u64,
    pub client: Client,
    pub path: Path,
    pub up: Link,
    pub down: Link,
}

pub struct World {
    pub now: Instant,
    pub start: Instant,
    pub sfu: Sfu,
    pub parties: Vec<Party>,
    pub events: Vec<Event>,
    pub dice: Dice,
    /// Every packet that the clients sent, when it is wanted for replay.
    pub record: Option<Vec<(Path, Vec<u8>)>>,
}

pub fn identity() -> Arc<Identity> {
    static IDENTITY: OnceLock<Arc<Identity>> = OnceLock::new();
    IDENTITY.get_or_init(|| Arc::new(Identity::generate().unwrap())).clone()
}

pub fn new_sfu(now: Instant, seed: u64) -> Sfu {
    let mut dice = Dice::new(seed);
    Sfu::new(identity(), now, Box::new(move |bytes| bytes.iter_mut().for_each(|byte| *byte = dice.next() as u8)))
}

pub fn candidate() -> Candidate {
    Candidate { addr: "192.0.2.9:9".parse().unwrap(), tcp: false }
}

pub fn path(n: u64) -> Path {
    let remote: SocketAddr = ([192, 0, 2, 100 + n as u8], 5000).into();
    Path::Udp { socket: 0, local: None, interface: 0, remote }
}

impl World {
    pub fn new(seed: u64) -> Self {
        let now = Instant::now();
        Self {
            now,
            start: now,
            sfu: new_sfu(now, seed),
            parties: Vec::new(),
            events: Vec::new(),
            dice: Dice::new(seed + 1),
            record: None,
        }
    }

    /// A client joins the room; its place in the list.
    pub fn join(&mut self, shape: Shape) -> usize {
        let who = self.parties.len() as u64 + 1;
        let client = Client::new(self.now, who, shape);
        self.parties.push(Party { who, client, path: path(who), up: Link::default(), down: Link::default() });
        self.negotiate(self.parties.len() - 1).unwrap();
        self.parties.len() - 1
    }

    pub fn join_all(&mut self, count: usize, shape: &Shape) {
        for _ in 0..count {
            self.join(shape.clone());
        }
    }

    pub fn negotiate(&mut self, n: usize) -> Result<(), JoinError> {
        self.negotiate_with(n, false)
    }

    pub fn negotiate_with(&mut self, n: usize, echo: bool) -> Result<(), JoinError> {
        let party = &mut self.parties[n];
        let offer = party.client.offer();
        let screens = party.client.shape.screens;
        let join = Join { room: ROOM, participant: party.who, offer: &offer, candidates: &[candidate()], screens, echo };
        let answer = self.sfu.join(self.now, join)?;
        party.client.answer(&answer);
        Ok(())
    }

    /// Moves time on; `each` may make the clients say something, every 5 ms.
    pub fn run(&mut self, ms: u64, mut each: impl FnMut(&mut Self)) {
        let end = self.now + Duration::from_millis(ms);
        while self.now < end {
            self.now += Duration::from_millis(5);
            each(self);
            self.step();
        }
    }

    pub fn settle(&mut self) {
        self.run(1500, |_| {});
    }

    fn step(&mut self) {
        let mut out = Outbox::new();
        for party in &mut self.parties {
            party.client.tick(self.now);
            while let Some(bytes) = party.client.out.pop_front() {
                party.up.send(self.now, &mut self.dice, bytes);
            }
            for mut bytes in party.up.due(self.now) {
                if let Some(record) = &mut self.record {
                    record.push((party.path, bytes.clone()));
                }
                self.sfu.handle(self.now, party.path, &mut bytes, &mut out);
            }
        }
        if self.sfu.poll_timeout().is_some_and(|at| at <= self.now) {
            self.sfu.handle_timeout(self.now, &mut out);
        }
        while let Some(event) = self.sfu.poll_event() {
            self.events.push(event);
        }
        for (path, bytes) in out.iter() {
            if let Some(party) = self.parties.iter_mut().find(|party| party.path == path) {
                party.down.send(self.now, &mut self.dice, bytes.to_vec());
            }
        }
        for party in &mut self.parties {
            for bytes in party.down.due(self.now) {
                party.client.handle(self.now, &bytes);
            }
        }
    }

    pub fn client(&mut self, n: usize) -> &mut Client {
        &mut self.parties[n].client
    }

    /// Milliseconds since the beginning.
    pub fn ms(&self) -> u64 {
        (self.now - self.start).as_millis() as u64
    }
}
