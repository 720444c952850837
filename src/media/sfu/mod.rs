//! The SFU as one machine: packets, joins and the time in; packets and events out.
//!
//! Call `handle` for each packet, then `poll_event` until it is empty, then `handle_timeout` when `poll_timeout` says so. A packet
//! finds its leg by the way it came, a first check by our user fragment. `join` and `leave` are in `join`, what comes in from
//! clients in `incoming`, what time does in `tick`, who is given whom in `seating`.

mod incoming;
mod join;
mod seating;
mod tick;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

pub use join::Join;

use super::dtls::{Identity, Progress};
use super::ice::{self, UFRAG};
use super::leg::Leg;
use super::room::Room;
use super::{Event, Key};
use crate::path::{ByPath, Outbox, Path};

/// Where randomness comes from: fills the slice.
pub type Dice = Box<dyn FnMut(&mut [u8]) + Send>;

/// Events that nobody fetched; the oldest is dropped.
const MOST_EVENTS: usize = 4096;

pub struct Sfu {
    identity: Arc<Identity>,
    dice: Dice,
    born_at: Instant,
    legs: Vec<Option<Box<Leg>>>,
    serial: u32,
    by_participant: HashMap<u64, u32>,
    by_ufrag: HashMap<[u8; UFRAG], u32>,
    by_path: ByPath<u32>,
    rooms: HashMap<u64, Room>,
    events: VecDeque<Event>,
    /// Nothing is due earlier.
    soonest: Option<Instant>,
    /// Lists that are used again.
    lists: Lists,
}

#[derive(Default)]
struct Lists {
    subscribers: Vec<(u32, u8)>,
    sequences: Vec<u16>,
    bytes: Vec<u8>,
}

impl Sfu {
    pub fn new(identity: Arc<Identity>, now: Instant, dice: Dice) -> Self {
        Self {
            identity,
            dice,
            born_at: now,
            legs: Vec::new(),
            serial: 0,
            by_participant: HashMap::new(),
            by_ufrag: HashMap::new(),
            by_path: ByPath::default(),
            rooms: HashMap::new(),
            events: VecDeque::new(),
            soonest: None,
            lists: Lists::default(),
        }
    }

    /// One that rolls the same dice every time, for tests of what is around it.
    #[cfg(test)]
    pub fn of_tests(now: Instant) -> Self {
        let identity = Arc::new(Identity::generate().expect("a certificate"));
        Self::new(identity, now, Box::new(|bytes| bytes.fill(7)))
    }

    /// Takes a packet: a check with a USERNAME, DTLS, SRTP or SRTCP. It is opened in place.
    pub fn handle(&mut self, now: Instant, path: Path, bytes: &mut [u8], out: &mut Outbox) {
        match (bytes.first(), bytes.get(1)) {
            (Some(0..=3), _) => self.check(now, path, bytes, out),
            (Some(20..=63), _) => self.dtls(now, path, bytes, out),
            (Some(128..=191), Some(192..=223)) => self.rtcp(now, path, bytes, out),
            (Some(128..=191), Some(_)) => self.rtp(now, path, bytes, out),
            _ => {}
        }
    }

    /// A way has closed; a client may have others.
    pub fn path_closed(&mut self, _now: Instant, path: Path) {
        if let Some(leg) = self.by_path.remove(&path).and_then(|index| leg_mut(&mut self.legs, index)) {
            leg.paths.retain(|known| *known != path);
            if leg.selected == Some(path) {
                leg.selected = leg.paths.back().copied();
            }
        }
    }

    /// An allocation of the relay has ended, and with it every way through it.
    pub fn allocation_closed(&mut self, now: Instant, ended: u64) {
        let through = |path: &&Path| matches!(path, Path::Relay { allocation, .. } if *allocation == ended);
        let closed: Vec<Path> = self.by_path.keys().filter(through).copied().collect();
        closed.into_iter().for_each(|path| self.path_closed(now, path));
    }

    /// When [`Self::handle_timeout`] has something to do.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.soonest
    }

    /// Something is due at this moment.
    fn wake(&mut self, at: Instant) {
        self.soonest = Some(self.soonest.map_or(at, |soonest| soonest.min(at)));
    }

    /// Asks everybody when they are due.
    fn wake_anew(&mut self) {
        let legs = self.legs.iter().flatten().map(|leg| leg.due);
        self.soonest = legs.chain(self.rooms.values().filter_map(|room| room.due)).min();
    }

    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    fn tell(&mut self, event: Event) {
        tell(&mut self.events, event);
    }

    /// Microseconds since the machine was made: the clock of everything that leaves.
    fn micros(&self, now: Instant) -> i64 {
        now.saturating_duration_since(self.born_at).as_micros() as i64
    }

    fn key(&self, index: u32) -> Option<Key> {
        self.legs.get(index as usize)?.as_ref().map(|leg| Key { index, serial: leg.serial })
    }

    fn check(&mut self, now: Instant, path: Path, bytes: &[u8], out: &mut Outbox) {
        let Some(check) = ice::check(bytes) else { return };
        let Some(&index) = self.by_ufrag.get(&check.ufrag) else { return };
        let Some(leg) = leg_mut(&mut self.legs, index) else { return };
        let Some((pwd, former)) = leg.password(&check.ufrag) else { return };
        let nominates = check.nominates;
        let Some(answer) = check.answer(pwd, path.remote(), self.identity.provider.crypto()) else { return };
        leg.heard_at = now;
        let mut forgotten = leg.learn(path, nominates && !former);
        if !former && let Some(old) = leg.former.take() {
            self.by_ufrag.remove(&old.ufrag);
            // The client speaks with its new credentials: this is its way, whatever was chosen before.
            leg.selected = Some(path);
        }
        let back = std::mem::take(&mut leg.gone);
        leg.wake(now + Duration::from_millis(20));
        let due = leg.due;
        self.wake(due);
        out.push(path, &answer);
        if let Some(other) = self.by_path.insert(path, index).filter(|other| *other != index) {
            // Another client stood at this address; it is not there any more.
            if let Some(other) = leg_mut(&mut self.legs, other) {
                other.paths.retain(|known| *known != path);
                if other.selected == Some(path) {
                    other.selected = other.paths.back().copied();
                }
            }
        }
        if let Some(forgotten) = forgotten.take() {
            self.by_path.remove(&forgotten);
        }
        if back {
            self.returned(now, index);
        }
    }

    fn dtls(&mut self, now: Instant, path: Path, bytes: &[u8], out: &mut Outbox) {
        let Some(&index) = self.by_path.get(&path) else { return };
        let Some(leg) = leg_mut(&mut self.legs, index) else { return };
        let progress = leg.dtls.handle(now, bytes, &self.identity, |datagram| out.push(path, datagram));
        leg.due = now;
        self.soonest = Some(now);
        match progress {
            Progress::None => {}
            Progress::Keys(keys) => {
                let Some(leg) = leg_mut(&mut self.legs, index) else { return };
                leg.selected = Some(path);
                leg.protect = Some(keys.0);
                leg.unprotect = Some(keys.1);
                let participant = leg.participant;
                self.tell(Event::Connected { participant });
                self.connected(now, index);
            }
            Progress::Closed => {
                let Some(participant) = leg_mut(&mut self.legs, index).map(|leg| leg.participant) else { return };
                self.remove(now, index);
                self.tell(Event::Gone { participant });
            }
        }
    }
}

fn leg_mut(legs: &mut [Option<Box<Leg>>], index: u32) -> Option<&mut Leg> {
    legs.get_mut(index as usize)?.as_deref_mut()
}

fn leg_ref(legs: &[Option<Box<Leg>>], key: Key) -> Option<&Leg> {
    legs.get(key.index as usize)?.as_deref().filter(|leg| leg.serial == key.serial)
}

fn tell(events: &mut VecDeque<Event>, event: Event) {
    if events.len() == MOST_EVENTS {
        events.pop_front();
    }
    events.push_back(event);
}
