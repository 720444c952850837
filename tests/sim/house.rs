//! A house that is lived in: the real actions, the scheduler's errands, the real store and the matcher, under a virtual clock,
//! with members who do what `demand.rs` drew for them. After every step `house/model.rs` says what must be true.
//!
//! The process is ended at random moments: the database is opened anew, or what lies on the disk is copied and opened as after
//! `kill -9`. Nothing else is in memory here, so whatever must survive is in the rows. `SIM_MEMBERS` and `SIM_WEEKS` say how
//! large and how long; `SIM_SEED` which life.

mod model;

use crate::demand::{Demand, Dice, Want};
use alongside::actions::book::{self, Ask};
use alongside::actions::{self, Fault, lounge, relate, seat, set_up, settle};
use alongside::domain::booking::{Length, Wishes};
use alongside::domain::company::{CompanyAsk, Flexibility};
use alongside::domain::id::{BookingId, MemberId, SessionId};
use alongside::domain::lounge::{By, With};
use alongside::domain::member::{Pick, Role};
use alongside::domain::policy::Kind;
use alongside::domain::session::{Goal, Outcome};
use alongside::domain::time::{Timestamp, Zone};
use alongside::domain::view::RelationKind;
use alongside::store::member::{NewMember, member_insert};
use alongside::store::{Connection, Store, Tx, booking};
use model::{Known, Model, Row};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Monday, 5 January 2026, midnight UTC.
const BEGINNING: i64 = 1_767_571_200;
const MINUTE: i64 = 60;
const QUARTER: i64 = 900;
const DAY: i64 = 86_400;
/// Who started longer ago than this sits with nobody who is still there.
const REACH: i64 = 4 * 3600;

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
    EndsAndBegins,
}

/// A house, its members and their future.
struct Life {
    dir: PathBuf,
    file: PathBuf,
    store: Store,
    runtime: tokio::runtime::Runtime,
    now: i64,
    dice: Dice,
    demand: Demand,
    members: Vec<i64>,
    wants: BTreeMap<i64, usize>,
    errands: BTreeMap<i64, Vec<Errand>>,
    lounge_at: i64,
    model: Model,
}

impl Drop for Life {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
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
        let mut errands: BTreeMap<i64, Vec<Errand>> = BTreeMap::new();
        for (n, want) in demand.wants.iter().enumerate() {
            let at = BEGINNING + want.made_at.max(0) * MINUTE + dice.below(60);
            errands.entry(at).or_default().push(Errand::Wants(n));
        }
        let end = BEGINNING + demand.end * MINUTE;
        for start in (BEGINNING..end + 2 * QUARTER).step_by(QUARTER as usize) {
            for at in [start - 2 * MINUTE, start + 1, start + MINUTE] {
                errands.entry(at).or_default().push(Errand::Bell(start));
            }
        }
        for _ in 0..2 * weeks {
            errands.entry(dice.between(BEGINNING, end)).or_default().push(Errand::EndsAndBegins);
            errands.entry(dice.between(BEGINNING, end)).or_default().push(Errand::Quarrel);
        }
        let mut life = Self {
            dir,
            file,
            store,
            runtime,
            now: BEGINNING,
            dice,
            demand,
            members: Vec::new(),
            wants: BTreeMap::new(),
            errands,
            lounge_at: 0,
            model: Model::default(),
        };
        life.founded();
        life
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
                    zone: &Zone::utc(),
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
    }

    /// Lives to the end.
    fn live(mut self) -> model::Tally {
        let mut day = BEGINNING;
        while let Some((at, errands)) = self.errands.pop_first() {
            self.wait_until(at);
            for errand in errands {
                self.run(errand);
                self.settle();
            }
            if self.now >= day + DAY {
                day = self.now / DAY * DAY;
                let (model, now) = (&mut self.model, self.now);
                self.store.read_here(|conn| model.judge_day(conn, now).map_err(|e| Fault::Store(e.into()))).unwrap();
            }
        }
        self.wait_until(self.now + DAY);
        let (model, now) = (&mut self.model, self.now);
        self.store.read_here(|conn| model.judge_day(conn, now).map_err(|e| Fault::Store(e.into()))).unwrap();
        std::mem::take(&mut self.model.tally)
    }

    /// Time goes by: what is due on the way is done when it is due, as the scheduler would.
    fn wait_until(&mut self, at: i64) {
        loop {
            let now = Timestamp(self.now);
            let due = self.read(|conn| settle::next_due(conn, now)).0;
            if due > at {
                break;
            }
            assert!(due >= self.now - 60, "something had been due for {} seconds", self.now - due);
            self.now = due.max(self.now);
            self.settle();
        }
        self.now = at;
    }

    /// Does what is due at this moment, and judges.
    fn settle(&mut self) {
        for round in 0.. {
            assert!(round < 50, "something is due for ever");
            let now = Timestamp(self.now);
            if round > 0 && self.read(|conn| settle::next_due(conn, now)) > now {
                break;
            }
            self.write(settle::settle).unwrap();
        }
        let now = self.now;
        self.model.count(now);
        let rows = self.rows(now - REACH, now + 3 * 3600);
        self.model.judge(&rows, now);
    }

    fn rows(&self, from: i64, to: i64) -> Vec<Row> {
        self.read(|conn| Row::between(conn, from, to).map_err(|e| Fault::Store(e.into())))
    }

    fn errand(&mut self, at: i64, errand: Errand) {
        self.errands.entry(at.max(self.now)).or_default().push(errand);
    }

    fn run(&mut self, errand: Errand) {
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
            Errand::EndsAndBegins => self.ends_and_begins(),
        }
    }

    fn wants(&mut self, n: usize) {
        let want = self.demand.wants[n].clone();
        let (now, start) = (self.now, BEGINNING + want.start * MINUTE);
        if start < now {
            return;
        }
        let member = self.members[want.member];
        let length = Length::try_from(want.length).unwrap();
        let picked = if want.looks { self.somebody(&want, member) } else { None };
        let flexible = want.says_so && want.tolerance > 0 && picked.is_none();
        let reach = if flexible { want.tolerance.min(60) } else { 0 };
        let trio = self.demand.members[want.member].trio;
        let ask = Ask {
            starts: vec![Timestamp(start)],
            length,
            wishes: Wishes { quiet: n.is_multiple_of(4), ..Wishes::default() },
            with: picked.map(BookingId),
            company: CompanyAsk {
                flexibility: if flexible { Flexibility::Within(reach) } else { Flexibility::Exact },
                any_length: true,
                trio: Some(trio),
                ..CompanyAsk::default()
            },
        };
        let answer = self.write(move |tx| book::book(tx, MemberId(member), &ask));
        let done = match answer {
            Ok(done) => done,
            Err(code) => {
                assert!(picked.is_some() && ["taken", "picked_often", "overlap"].contains(&code), "{code} {want:?}");
                self.model.tally.refused += 1;
                return;
            }
        };
        if let Some((_, refusal)) = done.refused.first() {
            assert_eq!(refusal.code, "overlap", "{want:?}");
            assert!(self.model.clashes(member, (start - reach * MINUTE, start + reach * MINUTE), want.length), "{want:?}");
            self.model.tally.refused += 1;
            return;
        }
        let id = done.booked[0].booking;
        let row = self.read(|conn| Ok(booking::seat(conn, id)?)).unwrap();
        let at = row.booking.start.0;
        let window = if picked.is_some() { (at, at) } else { (start - reach * MINUTE, start + reach * MINUTE) };
        let minutes = row.booking.length.minutes();
        assert!(picked.is_some() || minutes == want.length);
        self.model.known.insert(id.0, Known::new(member, minutes, window, trio, at));
        self.model.tally.booked += 1;
        self.wants.insert(id.0, n);
        if let Some(before) = want.cancels {
            self.errand((at - before * MINUTE).max(now + 1), Errand::Cancels(id.0));
        }
        // Who books in the very minute comes at once.
        self.errand(now + 1, Errand::Bell(at));
    }

    /// Somebody who waits near what is wanted.
    fn somebody(&self, want: &Want, own: i64) -> Option<i64> {
        let start = BEGINNING + want.start * MINUTE;
        let (from, to) = ((start - want.tolerance * MINUTE).max(self.now), start + want.tolerance * MINUTE);
        let waiting = self.read(|conn| Ok(booking::waiting_between(conn, Timestamp(from), Timestamp(to + 1))?));
        let fits = |w: &&booking::WaitingRow| self.model.may_meet(own, w.member.0) && w.start.0 > self.now;
        waiting.iter().filter(fits).min_by_key(|w| ((w.start.0 - start).abs(), w.booking)).map(|w| w.booking.0)
    }

    fn cancels(&mut self, id: i64) {
        let Some(known) = self.model.known.get(&id).filter(|k| !k.cancelled) else { return };
        let (member, start, sat) = (known.member, known.start, known.sat_at.is_some());
        let answer = self.write(move |tx| actions::cancel::cancel(tx, MemberId(member), BookingId(id)));
        match answer {
            Ok(_) => {
                self.model.shaken.insert(start);
                if let Some(known) = self.model.known.get_mut(&id) {
                    known.cancelled = true;
                }
                self.model.tally.cancelled += 1;
            }
            Err(code) => assert!(code == "begun" && start <= self.now, "{code} {sat}"),
        }
    }

    fn block(&mut self, a: usize, b: usize) {
        let (a, b) = (self.members[a], self.members[b]);
        let had = self.model.blocks.remove(&(a, b));
        if !had {
            self.model.blocks.insert((a, b));
            let starts: Vec<i64> =
                self.model.known.values().filter(|k| [a, b].contains(&k.member) && !k.cancelled).map(|k| k.start).collect();
            self.model.shaken.extend(starts);
        }
        let kind = (!had).then_some(RelationKind::Block);
        self.write(move |tx| relate::relate(tx, MemberId(a), MemberId(b), kind)).unwrap();
    }

    /// Who is expected at this start and comes, comes.
    fn bell(&mut self, start: i64) {
        let now = self.now;
        for row in self.rows(start, start).into_iter().filter(|r| !r.sat && !r.left) {
            let Some(want) = self.wants.get(&row.id).map(|n| self.demand.wants[*n].clone()) else { continue };
            let late = want.late * MINUTE;
            if want.stays_away || start - now > 10 * MINUTE || now < start - 2 * MINUTE {
                continue;
            }
            if now < start + late {
                self.errand(start + late, Errand::Bell(start));
                continue;
            }
            let (who, id) = (MemberId(row.member), BookingId(row.id));
            let done = id.0 % 3;
            let sat = self.write(move |tx| {
                seat::opened(tx, who, id)?;
                seat::sat(tx, who, id)?;
                let goal = |text: &str| Goal { text: text.into(), outcome: None };
                seat::set_goals(tx, who, id, vec![goal("Write"), goal("Read")])?;
                for line in 0..done as usize {
                    seat::mark(tx, who, id, line, Some(Outcome::Done))?;
                }
                Ok(())
            });
            sat.unwrap();
            if let Some(known) = self.model.known.get_mut(&row.id) {
                (known.sat_at, known.goals_met) = (Some(now), done);
            }
            let until = want.leaves.unwrap_or(row.minutes).min(row.minutes);
            if until < row.minutes || row.id % 2 == 0 {
                self.errand(start + until * MINUTE, Errand::Leaves(row.id));
            }
            if self.lounge_at <= now {
                self.lounge_at = start.max(now) + 2 * MINUTE;
                self.errand(self.lounge_at, Errand::Lounge);
            }
        }
    }

    fn leaves(&mut self, id: i64) {
        let now = self.now;
        let Some(known) = self.model.known.get_mut(&id).filter(|k| k.sat_at.is_some() && k.left_at.is_none()) else { return };
        known.left_at = Some(now);
        let member = known.member;
        self.write(move |tx| seat::left(tx, MemberId(member), BookingId(id), "Thanks!")).unwrap();
    }

    /// Offers company to who is alone; four in five say yes, and one pair in ten would rather not.
    fn lounge(&mut self) {
        let now = self.now;
        let rows = self.rows(now - REACH, now);
        let mut sessions: BTreeMap<i64, Vec<&Row>> = BTreeMap::new();
        for row in &rows {
            sessions.entry(row.session).or_default().push(row);
        }
        let (mut alone, mut pairs) = (Vec::new(), Vec::new());
        for (session, seats) in &sessions {
            let is_here = |r: &&&Row| self.model.known[&r.id].is_present(now);
            let here: Vec<BookingId> = seats.iter().filter(is_here).map(|r| BookingId(r.id)).collect();
            let waits = seats.iter().any(|r| !r.sat && now < r.start + 2 * MINUTE);
            match here[..] {
                [own] if !waits => alone.push(own),
                [a, b] if !waits => pairs.push((SessionId(*session), [a, b])),
                _ => {}
            }
        }
        if self.model.known.values().any(|k| k.is_present(now)) {
            self.lounge_at = now + MINUTE;
            self.errand(self.lounge_at, Errand::Lounge);
        }
        if alone.is_empty() {
            return;
        }
        let offers = self.read(|conn| lounge::offers(conn, &alone, &pairs, Timestamp(now)));
        let mut done: BTreeSet<BookingId> = BTreeSet::new();
        for offer in offers {
            assert!(alone.contains(&offer.booking), "nobody with company is asked");
            if !done.insert(offer.booking) || self.dice.percent(20) {
                continue;
            }
            let own = self.model.known[&offer.booking.0].member;
            let (id, with) = (offer.booking, offer.with.clone());
            let sat = match offer.with {
                With::Together(ids) => {
                    assert!(ids.iter().all(|id| alone.contains(id)));
                    done.extend(ids.iter().copied());
                    let all: Vec<_> = ids.iter().map(|id| (*id, By::Tap)).collect();
                    self.write(move |tx| lounge::together(tx, &all))
                }
                With::Joins(session) => self.write(move |tx| lounge::join(tx, MemberId(own), id, session, By::Tap)),
            };
            match sat {
                Ok(_) => {
                    self.model.tally.rematches += 1;
                    self.company_stands(&pairs);
                    self.judge_rematch(id, &with);
                }
                // Another took the chair in this same minute.
                Err(code) => assert_eq!(code, "found_company"),
            }
        }
    }

    /// Nobody who has company is moved.
    fn company_stands(&self, pairs: &[(SessionId, [BookingId; 2])]) {
        for (session, pair) in pairs {
            for id in pair {
                let row = self.read(|conn| Ok(booking::seat(conn, *id)?)).unwrap();
                assert_eq!(row.booking.session, *session, "{id:?} had company and was moved");
            }
        }
    }

    /// No rule was broken by a rematch; and a pair may send the third on.
    fn judge_rematch(&mut self, id: BookingId, with: &With) {
        let session = self.read(|conn| Ok(booking::seat(conn, id)?)).unwrap().booking.session;
        let rows = self.rows(self.now - REACH, self.now);
        let here: Vec<&Row> =
            rows.iter().filter(|r| r.session == session.0 && self.model.known[&r.id].is_present(self.now)).collect();
        assert!((2..=3).contains(&here.len()), "{here:?}");
        for (n, a) in here.iter().enumerate() {
            assert!(here[n + 1..].iter().all(|b| self.model.may_meet(a.member, b.member)), "{here:?}");
        }
        self.model.tally.trios += u64::from(here.len() == 3);
        if matches!(with, With::Joins(_)) && self.dice.percent(10) {
            let pair = here.iter().find(|r| r.id != id.0).map(|r| (MemberId(r.member), BookingId(r.id)));
            let (who, own) = pair.expect("a pair");
            self.write(move |tx| lounge::decline(tx, who, own)).unwrap();
            let after = self.read(|conn| Ok(booking::seat(conn, id)?)).unwrap();
            assert_ne!(after.booking.session, session, "the third was sent on");
        }
    }

    /// The process ends and begins anew: with everything closed, or as after `kill -9` over what lies on the disk.
    fn ends_and_begins(&mut self) {
        let all = |life: &Self| (life.rows(0, i64::MAX / 2), life.read(|conn| settle::next_due(conn, Timestamp(life.now))));
        let before = all(self);
        self.model.tally.restarts += 1;
        let file = self.dir.join(format!("after-{}.db", self.model.tally.restarts));
        if self.dice.percent(50) {
            for end in ["", "-wal"] {
                let from = PathBuf::from(format!("{}{end}", self.file.display()));
                if from.exists() {
                    std::fs::copy(&from, format!("{}{end}", file.display())).unwrap();
                }
            }
            self.store = Store::open(&file).unwrap();
            for end in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(format!("{}{end}", self.file.display()));
            }
            self.file = file;
        } else {
            self.store = Store::open(&self.file).unwrap();
        }
        assert_eq!(before, all(self), "what was there before the end is there after it");
    }
}

fn asked(name: &str, usual: i64) -> i64 {
    std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(usual)
}

#[test]
fn a_house_that_is_lived_in_keeps_its_word_counts_right_and_survives_every_end() {
    let (members, weeks, seed) = (asked("SIM_MEMBERS", 40), asked("SIM_WEEKS", 2), asked("SIM_SEED", 7));
    let tally = Life::begin(members as usize, weeks, seed as u64).live();
    println!("{members} members, {weeks} weeks, seed {seed}: {tally:?}");
    assert!(tally.booked > 2 * (members * weeks) as u64 && tally.attended > (members * weeks) as u64, "{tally:?}");
    assert!(tally.rematches > 0 && tally.promises > 0 && tally.restarts > 0, "the life reached what it is for: {tally:?}");
}
