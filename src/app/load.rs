//! How much of what the machine carries is taken: who is in which call through the server, what the wire thread's time says of it,
//! and whether one more may come.
//!
//! The rule is [`crate::domain::capacity`]; this file keeps what it is told, and hears it from the seams to the media engine and
//! the relay. **Nobody is counted twice and nobody is sent out**: a page that joins was let in at the door.

use crate::capacity::{self, Machine, Record};
use crate::clock::Clock;
use crate::domain::capacity::{Call, Capacity, Carries, Full, Outlook, Way, admit, more_at, promised};
use crate::domain::id::SessionId;
use crate::domain::time::Timestamp;
use crate::live::media::of_session;
use crate::live::ways::Load;
use crate::switchboard::Handle;
use std::collections::{HashMap, HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How often it is looked, and over how many looks the share is a mean.
const LOOK: Duration = Duration::from_secs(10);
const MINUTE: usize = 6;
const HOUR: usize = 60;
/// After so many looks without a call a machine with another processor is measured anew.
const QUIET: u32 = 30;
/// A table of three keeps its three places while anybody is at it.
const TABLE: usize = 3;

/// What is under way.
pub struct Ledger {
    handle: Handle,
    clock: Clock,
    dir: PathBuf,
    under_way: Mutex<UnderWay>,
    measuring: tokio::sync::Mutex<()>,
}

struct UnderWay {
    record: Option<Record>,
    machine: Machine,
    /// Participants by media room.
    people: HashMap<u64, HashSet<u64>>,
    /// When sessions are over at the latest, by media room.
    ends: HashMap<u64, Timestamp>,
    /// Calls of two by the relay, by media room.
    relayed: Vec<u64>,
    last: VecDeque<f64>,
    hour: VecDeque<f64>,
    relay_is_full: bool,
}

impl UnderWay {
    fn capacity(&self) -> Capacity {
        let own = self.record.as_ref().filter(|record| record.is_of(&self.machine));
        own.map_or_else(|| Capacity::careful(self.machine.processors), |record| record.capacity)
    }

    fn used(&self) -> f64 {
        self.last.iter().sum::<f64>() / self.last.len().max(1) as f64
    }

    fn way_of(&self, room: u64) -> Way {
        match (self.people.get(&room).map_or(0, HashSet::len), self.ends.contains_key(&room)) {
            (0, _) => Way::Direct,
            (here, true) => Way::Server(here.max(TABLE) as u32),
            (here, false) => Way::Server(here as u32),
        }
    }

    /// All calls but the one that is asked about.
    fn calls(&self, but: Option<u64>, now: Timestamp) -> Vec<Call> {
        let ends = |room: &u64| self.ends.get(room).copied().filter(|at| *at > now);
        let others = |room: &&u64| but != Some(**room);
        let served = self.people.keys().filter(others).map(|room| Call { way: self.way_of(*room), ends: ends(room) });
        let relayed = self.relayed.iter().filter(others).map(|room| Call { way: Way::Relayed, ends: ends(room) });
        served.chain(relayed).collect()
    }

    fn relay_full(&self, but: Option<u64>, now: Timestamp) -> Option<Full> {
        admit(self.capacity(), &self.calls(but, now), Way::Direct, Way::Relayed, self.used()).err()
    }
}

impl Ledger {
    pub fn new(handle: Handle, clock: Clock, dir: &Path) -> Arc<Self> {
        let (people, ends, relayed, last, hour) = Default::default();
        let (record, machine) = (Record::read(dir), Machine::this());
        let under_way = UnderWay { record, machine, people, ends, relayed, last, hour, relay_is_full: false };
        let measuring = tokio::sync::Mutex::default();
        Arc::new(Self { handle, clock, dir: dir.to_owned(), under_way: Mutex::new(under_way), measuring })
    }

    fn open(&self) -> MutexGuard<'_, UnderWay> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A page is in the media engine.
    pub fn came(&self, room: u64, participant: u64) {
        self.open().people.entry(room).or_default().insert(participant);
    }

    /// It is there no more.
    pub fn left(&self, participant: u64) {
        self.open().people.retain(|_, there| !there.remove(&participant) || !there.is_empty());
    }

    /// Nobody is there any more.
    pub fn room_ended(&self, room: u64) {
        self.open().people.remove(&room);
    }

    /// A session lasts until then, as far as is known.
    pub fn lasts(&self, session: SessionId, until: Timestamp) {
        self.open().ends.insert(of_session(session), until);
    }

    pub fn session_ended(&self, session: SessionId) {
        self.open().ends.remove(&of_session(session));
    }

    /// What the admin sees.
    pub fn outlook(&self) -> Outlook {
        let now = self.clock.now();
        let under_way = self.open();
        let capacity = under_way.capacity();
        let record = under_way.record.as_ref().filter(|record| record.is_of(&under_way.machine));
        Outlook {
            capacity: Some(capacity),
            measured: record.map(|r| (r.at, r.version.clone(), r.processor.clone())),
            used: under_way.used(),
            promised: promised(capacity, &under_way.calls(None, now)),
            hour: under_way.hour.iter().copied().collect(),
            people: under_way.people.values().map(HashSet::len).sum::<usize>() as u32,
            relayed: under_way.relayed.len() as u32,
        }
    }

    /// Whether nobody would be disturbed by a measuring.
    ///
    /// # Errors
    /// One sentence that says who would be.
    pub fn is_quiet(&self) -> Result<(), String> {
        let now = self.clock.now();
        let under_way = self.open();
        let people = under_way.people.values().map(HashSet::len).sum::<usize>();
        let sessions = under_way.ends.values().filter(|at| **at > now).count();
        let ends = under_way.ends.values().filter(|at| **at > now).max();
        let said = ends.map(|at| format!(" The last session that is known ends at {} UTC.", at.instant().strftime("%H:%M")));
        match (people, sessions) {
            (0, 0) => Ok(()),
            _ => Err(format!(
                "Calls are under way ({sessions} sessions, {people} people in calls through the server), and measuring would take \
                 processor time from them.{} Try again when it is quiet, or add --anyway.",
                said.unwrap_or_default()
            )),
        }
    }

    /// Measures the machine here and uses what came of it; one at a time, on a thread that may wait.
    ///
    /// # Errors
    /// One sentence.
    pub async fn measure(&self) -> Result<(), String> {
        self.is_quiet()?;
        let Ok(_turn) = self.measuring.try_lock() else { return Err("It is being measured already.".to_owned()) };
        let measured = tokio::task::spawn_blocking(|| capacity::measure(&|_| {})).await;
        self.take(measured.map_err(|e| format!("Nothing could be measured: {e}."))??)
    }

    /// Keeps a measurement and uses it from here on.
    ///
    /// # Errors
    /// It is of another machine, or the disk refuses it.
    pub fn take(&self, record: Record) -> Result<(), String> {
        if !record.is_of(&self.open().machine) {
            return Err("These figures are of another machine than the one that the server runs on.".to_owned());
        }
        record.write(&self.dir).map_err(|e| format!("The figures could not be kept: {e}."))?;
        tracing::info!(relayed = record.capacity.relayed, given = record.capacity.given, "This machine was measured.");
        self.open().record = Some(record);
        Ok(())
    }

    /// Looks at the wire thread's time every few seconds, until dropped.
    pub async fn follow(self: Arc<Self>) {
        let (mut before, mut looks, mut quiet) = (None::<(Instant, Duration)>, 0_usize, 0);
        loop {
            if let Ok(counts) = self.handle.counts().await {
                let at = Instant::now();
                if let Some((since, busy)) = before {
                    let share = self.open().capacity().share();
                    let taken = counts.busy.saturating_sub(busy).as_secs_f64() / (at - since).as_secs_f64().max(0.001);
                    self.note(taken / share, looks % MINUTE == 1);
                }
                before = Some((at, counts.busy));
            }
            self.look_at_relay().await;
            looks += 1;
            quiet = if self.is_quiet().is_ok() { quiet + 1 } else { 0 };
            if quiet == QUIET && self.was_moved() {
                tracing::info!("This processor is another than the one that was measured; it is measured anew.");
                let _ = self.measure().await.inspect_err(|error| tracing::warn!(%error, "It could not be measured."));
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Whether the figures are of another machine.
    fn was_moved(&self) -> bool {
        let under_way = self.open();
        under_way.record.as_ref().is_some_and(|record| !record.is_of(&under_way.machine))
    }

    fn note(&self, used: f64, minute: bool) {
        let mut under_way = self.open();
        under_way.last.push_back(used);
        if under_way.last.len() > MINUTE {
            under_way.last.pop_front();
        }
        if minute {
            let used = under_way.used();
            under_way.hour.push_back(used);
            if under_way.hour.len() > HOUR {
                under_way.hour.pop_front();
            }
        }
    }

    async fn look_at_relay(&self) {
        let Ok(carried) = self.handle.relaying().await else { return };
        let now = self.clock.now();
        let full = {
            let mut under_way = self.open();
            let sessions = carried.iter().filter_map(|name| name.parse().ok().map(SessionId));
            // A table of three that was a pair a moment ago is counted as a table.
            under_way.relayed = sessions.map(of_session).filter(|room| !under_way.people.contains_key(room)).collect();
            // What is long over and was not told is forgotten here.
            under_way.ends.retain(|_, at| now.since(*at) < 3600);
            let full = under_way.relay_full(None, now).is_some();
            (full != std::mem::replace(&mut under_way.relay_is_full, full)).then_some(full)
        };
        if let Some(full) = full {
            let _ = self.handle.set_relay_full(full);
            if full {
                tracing::warn!("The relay is full: calls that go by it go on, and further ones have to go directly.");
            } else {
                tracing::info!("The relay has room again.");
            }
        }
    }
}

impl Carries for Ledger {
    fn of_three(&self, at: Timestamp, now: Timestamp) -> Result<usize, Full> {
        let under_way = self.open();
        more_at(under_way.capacity(), &under_way.calls(None, now), Way::Server(TABLE as u32), at, under_way.used())
    }
}

impl Load for Ledger {
    fn of_room(&self, room: u64, people: u32, now: Timestamp) -> Option<Full> {
        let under_way = self.open();
        let calls = under_way.calls(Some(room), now);
        admit(under_way.capacity(), &calls, under_way.way_of(room), Way::Server(people), under_way.used()).err()
    }

    fn of_relay(&self, session: SessionId, now: Timestamp) -> Option<Full> {
        let under_way = self.open();
        let room = of_session(session);
        let carried = under_way.relayed.contains(&room);
        under_way.relay_full(Some(room), now).filter(|_| !carried)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::RoomId;
    use crate::live::media::of_room;
    use crate::media::Sfu;
    use crate::switchboard::{self, Settings, Switchboard};
    use crate::turn::{self, Aliases};

    const NOW: Timestamp = Timestamp(1_800_000_000);

    /// A machine that carries a little: two tables of three, and not three.
    fn ledger(name: &str) -> (Arc<Ledger>, Switchboard, PathBuf) {
        let dir = std::env::temp_dir().join(format!("alongside-load-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("a directory");
        let machine = Machine::this();
        let capacity = Capacity { relayed: 2_000, given: 5_500, processors: machine.processors };
        let record = Record { at: NOW, version: "1".into(), processor: machine.processor, capacity };
        record.write(&dir).expect("kept");
        let clock = Clock::fixed(NOW);
        let turn = turn::Settings::new(b"a secret of the house".to_vec(), Aliases::DUMMY, [1; 32], 1);
        let settings = Settings { udp: Vec::new(), clock: clock.clone(), turn };
        let (board, handle, _) = switchboard::start(settings, Sfu::of_tests).expect("a thread");
        (Ledger::new(handle, clock, &dir), board, dir)
    }

    #[test]
    fn a_table_keeps_its_places_while_a_page_is_loaded_anew_and_gives_them_back_when_all_have_left() {
        let (ledger, _board, dir) = ledger("table");
        // On one processor the same figures carry less.
        if ledger.outlook().capacity.expect("known").processors > 1 {
            let (one, two, three) = (SessionId(1), SessionId(2), SessionId(3));
            assert_eq!(ledger.of_three(NOW, NOW), Ok(2));
            for (session, minutes) in [(one, 50), (two, 20)] {
                ledger.lasts(session, NOW.plus(minutes * 60));
                assert_eq!(ledger.of_room(of_session(session), 3, NOW), None);
                (1..=3).for_each(|n| ledger.came(of_session(session), of_session(session) * 10 + n));
            }
            ledger.lasts(three, NOW.plus(3_000));
            let full = ledger.of_room(of_session(three), 3, NOW).expect("no room");
            assert_eq!(full.until, Some(NOW.plus(20 * 60)), "the first of them to end");
            let named = |minutes: i64| ledger.of_three(NOW.plus(minutes * 60), NOW);
            assert_eq!((named(1), named(20), named(50)), (Err(full), Ok(1), Ok(2)), "who begins later has what is over by then");
            assert!(ledger.of_room(of_room(RoomId(1)), 4, NOW).is_some());
            ledger.left(of_session(one) * 10 + 1);
            assert!(ledger.of_room(of_session(three), 3, NOW).is_some(), "two of three are there, and the third comes back");
            assert_eq!(ledger.of_room(of_session(one), 3, NOW), None, "and is let in");
            (2..=3).for_each(|n| ledger.left(of_session(one) * 10 + n));
            assert_eq!(ledger.of_room(of_session(three), 3, NOW), None);
            assert!(ledger.is_quiet().is_err_and(|said| said.contains("3 people")));
        }
        std::fs::remove_dir_all(dir).expect("gone");
    }

    #[test]
    fn figures_of_another_machine_are_refused_and_those_that_were_copied_are_not_used() {
        let (ledger, _board, dir) = ledger("moved");
        let own = Record::read(&dir).expect("kept");
        let other = Record { processor: "another".into(), ..own.clone() };
        assert!(ledger.take(other.clone()).is_err());
        assert_eq!(Record::read(&dir), Some(own), "nothing was kept of it");
        other.write(&dir).expect("copied");
        let moved = Ledger::new(ledger.handle.clone(), ledger.clock.clone(), &dir);
        assert!(moved.was_moved() && moved.outlook().measured.is_none());
        assert_eq!(moved.outlook().capacity, Some(Capacity::careful(Machine::this().processors)));
        std::fs::remove_dir_all(dir).expect("gone");
    }

    #[test]
    fn a_minute_is_a_mean_and_an_hour_is_all_that_is_kept() {
        let (ledger, _board, dir) = ledger("hour");
        (0..500).for_each(|n| ledger.note(f64::from(n % 2), n % 6 == 1));
        let outlook = ledger.outlook();
        assert_eq!((outlook.used, outlook.hour.len()), (0.5, HOUR));
        std::fs::remove_dir_all(dir).expect("gone");
    }
}
