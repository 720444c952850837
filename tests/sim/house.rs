//! A house that is lived in: the real actions, the real scheduler, the real store and the matcher, under a virtual clock, with
//! members who do what `demand.rs` drew for them (`house/people.rs`) and what only a house knows (`house/plans.rs`): appointments
//! of every week on wall clocks of three continents, times that the house finds, holidays, nudges, favorites, groups and walls; and
//! what they change in the middle (`house/changes.rs`): a session's time, whom they would rather not meet, zones, the grid, accounts.
//! After every step that changed something `house/model.rs` and `house/words.rs` say what must be true.
//!
//! The process is ended at random moments: the database is opened anew, or what lies on the disk is copied and opened as after
//! `kill -9`. Nothing else is in memory here, so whatever must survive is in the rows. `SIM_MEMBERS` and `SIM_WEEKS` say how
//! large and how long; `SIM_SEED` which life.

mod changes;
mod model;
mod people;
mod plans;
mod words;

use crate::demand::{Demand, Dice};
use alongside::actions::{Fault, set_up, settle};
use alongside::clock;
use alongside::clock::Clock;
use alongside::domain::id::RoomId;
use alongside::domain::member::{Pick, Role};
use alongside::domain::policy::Kind;
use alongside::domain::time::{Timestamp, Zone};
use alongside::live::calendar::Calendar;
use alongside::live::hub::Hub;
use alongside::live::media::Media;
use alongside::live::media::events::MediaEvents;
use alongside::scheduler;
use alongside::store::member::{NewMember, member_insert};
use alongside::store::{Connection, Store, Tx};
use model::{Model, Row};
use people::{Comes, InVain};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;
use words::Words;

/// Monday, 23 March 2026, midnight UTC: clocks change in Lisbon six days later, in Auckland thirteen.
const BEGINNING: i64 = 1_774_224_000;
const MINUTE: i64 = 60;
const HOUR: i64 = 3600;
const QUARTER: i64 = 900;
const DAY: i64 = 86_400;
const WEEK: i64 = 7 * DAY;
/// Who started longer ago than this sits with nobody who is still there.
const REACH: i64 = 4 * HOUR;
/// The scheduler looks this often, so what is due is done so late at the most.
const LATE: i64 = 21;
/// Where people live.
const ZONES: [&str; 4] = ["UTC", "Europe/Lisbon", "America/New_York", "Pacific/Auckland"];

#[derive(Clone, Copy, Debug)]
enum Errand {
    Wants(usize),
    Cancels(i64),
    /// Who is expected at this start comes, as far as they come.
    Bell(i64),
    Leaves(i64),
    /// Company for who is alone.
    Lounge,
    /// Somebody blocks somebody, or thinks better of it.
    Quarrel,
    /// An admin puts other people behind the wall.
    Wall,
    Agrees(usize),
    Answers(i64),
    EndsAppointment(i64),
    Holiday(usize),
    Orders(usize),
    AsksAround(i64),
    WaitsFor(usize),
    NotThisWeek(usize),
    EndsAndBegins,
    Moves(usize),
    Snoozes(usize),
    Travels(usize),
    SaysOfTrios(usize),
    VisitsARoom(usize),
    /// An admin sets another step, in minutes.
    Grid(i64),
    KeepsOut(usize),
    LetsIn(usize),
    EndsOn(usize),
    ComesBack(usize),
}

impl Errand {
    /// The member whose errand it is; who is kept out has none.
    fn member(self) -> Option<usize> {
        match self {
            Self::Agrees(n) | Self::Holiday(n) | Self::Orders(n) | Self::WaitsFor(n) | Self::NotThisWeek(n) => Some(n),
            Self::Moves(n) | Self::Snoozes(n) | Self::Travels(n) | Self::SaysOfTrios(n) | Self::ComesBack(n) => Some(n),
            _ => None,
        }
    }
}

/// A house, its members and their future.
struct Life {
    dir: PathBuf,
    file: PathBuf,
    store: Store,
    hub: Hub,
    clock: Clock,
    runtime: tokio::runtime::Runtime,
    now: i64,
    dice: Dice,
    demand: Demand,
    members: Vec<i64>,
    /// Where each of them lives, as a number of `ZONES`.
    zones: Vec<usize>,
    /// The grid in minutes, a room, and the accounts that end.
    step: i64,
    room: RoomId,
    ends: BTreeMap<i64, i64>,
    comes: BTreeMap<i64, Comes>,
    errands: BTreeMap<i64, Vec<Errand>>,
    lounge_at: i64,
    /// When the scheduler looks again.
    looks_at: i64,
    /// What is due next, as long as the store says that nothing was written.
    due: Option<(u64, i64)>,
    judged: Option<(u64, i64)>,
    /// Bookings around this moment, the same while nothing is written.
    seen: Option<Seen>,
    /// Who was alone and which pairs had a free chair when the lounge had nothing to offer.
    in_vain: Option<InVain>,
    /// When the scheduler did something, and how often without a pause.
    ticked_at: i64,
    in_a_row: u32,
    /// The last booking that was seen.
    adopted: i64,
    model: Model,
    words: Words,
}

/// Bookings with a start between two, as they were under a version of the database.
struct Seen {
    version: u64,
    from: i64,
    to: i64,
    rows: Rc<Vec<Row>>,
}

/// Those with a start between two.
fn between(rows: &[Row], from: i64, to: i64) -> Vec<&Row> {
    rows.iter().filter(|row| (from..=to).contains(&row.start)).collect()
}

impl Drop for Life {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

fn hub_over(store: &Store, clock: &Clock) -> Hub {
    Hub::start(store.clone(), clock.clone(), &clock::Dice, Calendar::default(), Media::default(), MediaEvents::none().sessions)
}

impl Life {
    fn begin(members: usize, weeks: i64, seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let demand = Demand::drawn(&mut dice, members, weeks, false, 0);
        let memory = PathBuf::from("/dev/shm");
        let parent = if memory.is_dir() { memory } else { std::env::temp_dir() };
        let dir = parent.join(format!("alongside-sim-{}-{members}-{weeks}-{seed}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let file = dir.join("alongside.db");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let store = Store::open(&file).unwrap();
        let clock = Clock::fixed(Timestamp(BEGINNING));
        let hub = runtime.block_on(async { hub_over(&store, &clock) });
        let mut life = Self {
            dir,
            file,
            store,
            hub,
            clock,
            runtime,
            now: BEGINNING,
            dice,
            demand,
            members: Vec::new(),
            zones: (0..members).map(|n| n % ZONES.len()).collect(),
            step: 15,
            room: RoomId(0),
            ends: BTreeMap::new(),
            comes: BTreeMap::new(),
            errands: BTreeMap::new(),
            lounge_at: 0,
            looks_at: BEGINNING,
            due: None,
            judged: None,
            seen: None,
            in_vain: None,
            ticked_at: 0,
            in_a_row: 0,
            adopted: 0,
            model: Model::default(),
            words: Words::default(),
        };
        life.founded();
        life.foreseen(weeks);
        life
    }

    /// What will be done, as far as it is known from the beginning.
    fn foreseen(&mut self, weeks: i64) {
        for n in 0..self.demand.wants.len() {
            let at = BEGINNING + self.demand.wants[n].made_at.max(0) * MINUTE + self.dice.below(60);
            self.errand(at, Errand::Wants(n));
        }
        let end = BEGINNING + self.demand.end * MINUTE;
        for start in (BEGINNING..end + 2 * QUARTER).step_by(QUARTER as usize) {
            for at in [start - 2 * MINUTE, start + 1, start + MINUTE] {
                self.errand(at, Errand::Bell(start));
            }
        }
        for _ in 0..2 * weeks {
            for errand in [Errand::EndsAndBegins, Errand::Quarrel] {
                let at = self.dice.between(BEGINNING, end);
                self.errand(at, errand);
            }
        }
        for _ in 0..(weeks + 3) / 4 {
            let at = self.dice.between(BEGINNING, end);
            self.errand(at, Errand::Wall);
        }
        self.planned(weeks, end);
        self.changing(weeks, end);
    }

    fn write<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&Tx<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, &'static str> {
        match self.runtime.block_on(self.store.write(Timestamp(self.now), work)) {
            Ok(done) => Ok(done),
            Err(Fault::Refusal(refusal)) => Err(refusal.code),
            Err(fault) => panic!("{fault}"),
        }
    }

    fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Fault>) -> T {
        self.store.read_here(work).unwrap()
    }

    fn founded(&mut self) {
        let form = set_up::SetUp {
            instance: "Maple Street".into(),
            zone: "UTC".into(),
            name: "Keeper".into(),
            kind: Kind::Friends,
            way_in: None,
        };
        let founded = self.write(move |tx| {
            set_up::link(tx, &[9; 32])?;
            set_up::set_up(tx, &[9; 32], &form, "no password")
        });
        founded.unwrap();
        for n in 0..self.demand.members.len() {
            let name = format!("Member {n}");
            let made = self.write(move |tx| {
                let new = NewMember {
                    name: &name,
                    email: None,
                    password_hash: "no password",
                    role: Role::Member,
                    zone: &Zone::or_utc(ZONES[n % ZONES.len()]),
                    pick: Pick::Everyone,
                    rules_version: 1,
                };
                Ok(member_insert(tx.conn, &new, tx.now)?.expect("a free name"))
            });
            self.members.push(made.unwrap().0);
        }
        for (a, b) in self.demand.blocks.clone() {
            self.block(a.0 as usize, b.0 as usize);
        }
        for n in 0..self.members.len() {
            self.words.zones.insert(self.members[n], self.zone(n));
        }
        self.open_a_room();
        self.gathered();
    }

    /// The zone of a member.
    fn zone(&self, n: usize) -> Zone {
        Zone::or_utc(ZONES[self.zones[n]])
    }

    /// Lives to the end.
    fn live(mut self) -> model::Tally {
        let mut day = BEGINNING;
        let end = BEGINNING + (self.demand.end + 3 * 60) * MINUTE;
        while let Some((at, errands)) = self.errands.pop_first().filter(|(at, _)| *at <= end) {
            // What time itself brought about on the way may have come first.
            self.wait_until(at.max(self.now));
            for errand in errands {
                self.run(errand);
                self.judge();
            }
            if self.now >= day + DAY {
                day = self.now / DAY * DAY;
                self.judge_day();
            }
        }
        self.wait_until(self.now + DAY);
        self.judge_day();
        let mut tally = std::mem::take(&mut self.model.tally);
        (tally.notices, tally.nudges) = (self.words.notices, self.words.nudges);
        tally
    }

    /// Time goes by, and the scheduler looks when it said that it would.
    fn wait_until(&mut self, at: i64) {
        while self.looks_at <= at {
            self.set_clock(self.looks_at.max(self.now));
            let due = self.due();
            if due <= self.now {
                self.tick();
                self.judge();
            } else if due <= at {
                self.looks_at = due;
            } else {
                // Nothing is written before `at`: the looks until then, every twenty seconds, find nothing.
                self.looks_at = due.min(self.now + 20 * ((at - self.now) / 20 + 1));
            }
        }
        self.set_clock(at);
    }

    fn set_clock(&mut self, at: i64) {
        assert!(at >= self.now, "time runs forward");
        self.clock.advance(Duration::from_secs((at - self.now) as u64));
        self.now = at;
    }

    /// When something is due next; the same while nothing is written.
    fn due(&mut self) -> i64 {
        let version = self.store.version();
        if let Some((known, due)) = self.due
            && known == version
        {
            return due;
        }
        let now = Timestamp(self.now);
        let due = self.read(|conn| settle::next_due(conn, now)).0;
        self.due = Some((version, due));
        due
    }

    fn tick(&mut self) {
        let before = (self.store.version(), self.now);
        let next_ms = self.runtime.block_on(scheduler::tick(&self.store, &self.clock, &self.hub));
        self.due = None;
        self.in_a_row = if self.ticked_at + 1 >= self.now { self.in_a_row + 1 } else { 0 };
        self.ticked_at = self.now;
        assert!(self.in_a_row < 50, "something is due for ever");
        self.looks_at = (next_ms + 999).div_euclid(1000);
        assert!(self.looks_at > before.1 && self.looks_at <= before.1 + 20, "it looks every twenty seconds");
        self.model.tally.looks += 1;
    }

    /// Judges what changed since it was judged last.
    fn judge(&mut self) {
        let (now, version) = (self.now, self.store.version());
        if self.judged.is_some_and(|(known, at)| known == version && at / MINUTE == now / MINUTE) {
            return;
        }
        let changed = self.judged.is_none_or(|(known, _)| known != version);
        let begins = self.judged.is_none_or(|(_, at)| at.div_euclid(QUARTER) != now.div_euclid(QUARTER));
        // No-shows are noted five minutes after a start.
        let noted = (now - LATE) % QUARTER / MINUTE == 5;
        if !(changed || begins || noted) {
            return;
        }
        self.judged = Some((version, now));
        self.model.now = now;
        self.accounts_that_ended();
        self.model.count(now);
        self.adopt();
        let rows = self.around();
        self.model.judge(&between(&rows, now - REACH, now + 3 * HOUR), now);
        if changed {
            let (words, model) = (&mut self.words, &self.model);
            self.store.read_here(|conn| words.judge(conn, model, now).map_err(|e| Fault::Store(e.into()))).unwrap();
        }
    }

    /// At the end of a day everything that was due is done, and the books are compared.
    fn judge_day(&mut self) {
        while self.due() <= self.now {
            self.tick();
        }
        self.judge();
        let (model, words, now) = (&mut self.model, &mut self.words, self.now);
        let judged = self.store.read_here(|conn| {
            model.judge_day(conn, now).and_then(|()| words.judge_day(conn, model, now)).map_err(|e| Fault::Store(e.into()))
        });
        judged.unwrap();
    }

    /// Bookings from `REACH` before this moment to three hours after it, and some more.
    fn around(&mut self) -> Rc<Vec<Row>> {
        let (version, from, to) = (self.store.version(), self.now - REACH, self.now + 3 * HOUR);
        if let Some(seen) = &self.seen
            && seen.version == version
            && seen.from <= from
            && to <= seen.to
        {
            return seen.rows.clone();
        }
        let rows = Rc::new(self.rows(from, to + HOUR));
        self.seen = Some(Seen { version, from, to: to + HOUR, rows: rows.clone() });
        rows
    }

    fn rows(&self, from: i64, to: i64) -> Vec<Row> {
        self.read(|conn| Row::between(conn, from, to).map_err(|e| Fault::Store(e.into())))
    }

    fn errand(&mut self, at: i64, errand: Errand) {
        self.errands.entry(at.max(self.now)).or_default().push(errand);
    }

    fn run(&mut self, errand: Errand) {
        self.model.now = self.now;
        if errand.member().is_some_and(|n| !self.is_in(n)) {
            return;
        }
        match errand {
            Errand::Wants(n) => self.wants(n),
            Errand::Cancels(id) => self.cancels(id),
            Errand::Bell(start) => self.bell(start),
            Errand::Leaves(id) => self.leaves(id),
            Errand::Lounge => self.lounge(),
            Errand::Quarrel => {
                let n = self.members.len() as i64;
                let (a, b) = (self.dice.below(n) as usize, self.dice.below(n) as usize);
                if a != b {
                    self.block(a, b);
                }
            }
            Errand::Wall => self.move_the_wall(),
            Errand::Agrees(n) => self.agrees(n),
            Errand::Answers(id) => self.answers(id),
            Errand::EndsAppointment(id) => self.ends_appointment(id),
            Errand::Holiday(n) => self.holiday(n),
            Errand::Orders(n) => self.orders(n),
            Errand::AsksAround(id) => self.asks_around(id),
            Errand::WaitsFor(n) => self.waits_for(n),
            Errand::NotThisWeek(n) => self.not_this_week(n),
            Errand::EndsAndBegins => self.ends_and_begins(),
            Errand::Moves(n) => self.moves(n),
            Errand::Snoozes(n) => self.snoozes(n),
            Errand::Travels(n) => self.travels(n),
            Errand::SaysOfTrios(n) => self.says_of_trios(n),
            Errand::VisitsARoom(n) => self.visits_a_room(n),
            Errand::Grid(step) => self.sets_the_grid(step),
            Errand::KeepsOut(n) => self.keeps_out(n),
            Errand::LetsIn(n) => self.lets_in(n),
            Errand::EndsOn(n) => self.ends_on(n),
            Errand::ComesBack(n) => self.comes_back(n),
        }
    }

    /// The process ends and begins anew: with everything closed, or as after `kill -9` over what lies on the disk.
    fn ends_and_begins(&mut self) {
        let all = |life: &Self| (life.rows(0, i64::MAX / 2), life.read(|conn| settle::next_due(conn, Timestamp(life.now))));
        let before = all(self);
        self.model.tally.restarts += 1;
        let file = self.dir.join(format!("after-{}.db", self.model.tally.restarts));
        let killed = self.dice.percent(50);
        if killed {
            for end in ["", "-wal"] {
                let from = PathBuf::from(format!("{}{end}", self.file.display()));
                if from.exists() {
                    std::fs::copy(&from, format!("{}{end}", file.display())).unwrap();
                }
            }
        }
        self.runtime.block_on(self.hub.stop());
        let opened = if killed { &file } else { &self.file };
        self.store = Store::open(opened).unwrap();
        self.hub = self.runtime.block_on(async { hub_over(&self.store, &self.clock) });
        if killed {
            for end in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(format!("{}{end}", self.file.display()));
            }
            self.file = file;
        }
        // A scheduler that begins looks at once; versions of another run say nothing.
        (self.due, self.judged, self.seen, self.in_vain, self.looks_at) = (None, None, None, None, self.now);
        assert_eq!(before, all(self), "what was there before the end is there after it");
    }
}

fn asked(name: &str, usual: i64) -> i64 {
    std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(usual)
}

#[test]
fn a_house_that_is_lived_in_keeps_its_word_counts_right_and_survives_every_end() {
    lived(asked("SIM_MEMBERS", 40), asked("SIM_WEEKS", 2), asked("SIM_SEED", 7));
}

#[test]
fn a_year_of_a_hundred_members_breaks_no_promise() {
    lived(100, 52, 21);
}

fn lived(members: i64, weeks: i64, seed: i64) {
    let tally = Life::begin(members as usize, weeks, seed as u64).live();
    println!("{members} members, {weeks} weeks, seed {seed}: {tally:?}");
    assert!(tally.booked > 2 * (members * weeks) as u64 && tally.attended > (members * weeks) as u64, "{tally:?}");
    assert!(tally.rematches > 0 && tally.promises > 0 && tally.restarts > 0, "the life reached what it is for: {tally:?}");
    let plans = [tally.started_now, tally.appointed, tally.found, tally.notices, tally.nudges];
    assert!(plans.iter().all(|n| *n > 0), "and what it plans: {tally:?}");
    assert!(tally.moved > 0 && tally.snoozed > 0 && tally.kept_out > 0 && tally.visits > 0, "and what it changes: {tally:?}");
}
