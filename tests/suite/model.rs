//! Six members do whatever they like in random order, and a small model says what must be true after each step.
//!
//! The model knows only who has an open booking where and who must not meet; with whom somebody sits is the house's
//! choice, and the model judges whether it was allowed to choose so.

use super::house::{House, at};
use super::visitor::Visitor;
use alongside::actions::Fault;
use alongside::store::StoreError;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug)]
enum Step {
    Book { who: usize, slot: i64, length: usize },
    Pick { who: usize, whom: usize },
    Cancel { who: usize, which: usize },
    StartNow { who: usize, length: usize },
    Block { who: usize, whom: usize },
    Clear { who: usize, whom: usize },
    Advance { minutes: i64 },
}

const MINUTES: [i64; 3] = [25, 50, 75];

fn step() -> impl Strategy<Value = Step> {
    let who = 0usize..6;
    prop_oneof![
        6 => (who.clone(), 0i64..8, 0usize..3).prop_map(|(who, slot, length)| Step::Book { who, slot, length }),
        3 => (who.clone(), 0usize..8).prop_map(|(who, whom)| Step::Pick { who, whom }),
        3 => (who.clone(), 0usize..4).prop_map(|(who, which)| Step::Cancel { who, which }),
        2 => (who.clone(), 0usize..3).prop_map(|(who, length)| Step::StartNow { who, length }),
        1 => (who.clone(), 0usize..6).prop_map(|(who, whom)| Step::Block { who, whom }),
        1 => (who, 0usize..6).prop_map(|(who, whom)| Step::Clear { who, whom }),
        1 => (1i64..25).prop_map(|minutes| Step::Advance { minutes }),
    ]
}

/// A row as the database has it.
#[derive(Clone, Debug)]
struct Seat {
    booking: i64,
    member: i64,
    session: i64,
    start: i64,
    minutes: i64,
    alone: bool,
    cancelled: bool,
    left: bool,
}

impl Seat {
    fn closes(&self) -> i64 {
        self.start + self.minutes * 72
    }

    fn is_open(&self, now: i64) -> bool {
        !self.cancelled && !self.left && self.start > now
    }
}

async fn seats(house: &House) -> Vec<Seat> {
    house
        .read(|conn| {
            let read = || -> Result<Vec<Seat>, StoreError> {
                let sql = "SELECT id, member, session, start, minutes, alone, cancelled_at IS NOT NULL, left_at IS NOT NULL FROM booking ORDER BY id";
                let mut query = conn.prepare_cached(sql)?;
                let rows = query.query_map([], |r| {
                    Ok(Seat {
                        booking: r.get(0)?,
                        member: r.get(1)?,
                        session: r.get(2)?,
                        start: r.get(3)?,
                        minutes: r.get(4)?,
                        alone: r.get(5)?,
                        cancelled: r.get(6)?,
                        left: r.get(7)?,
                    })
                })?;
                Ok(rows.collect::<Result<_, _>>()?)
            };
            read().map_err(Fault::from)
        })
        .await
}

struct Model {
    house: House,
    members: Vec<Visitor>,
    /// Open bookings: number to (member, start, minutes), told by the answers alone.
    booked: BTreeMap<i64, (i64, i64, i64)>,
    blocks: BTreeSet<(i64, i64)>,
}

impl Model {
    async fn new() -> Self {
        let (house, ana) = House::new().await;
        let mut members = vec![ana];
        for name in ["Ben", "Cleo", "Dai", "Eva", "Femi"] {
            members.push(house.member(name).await);
        }
        Self { house, members, booked: BTreeMap::new(), blocks: BTreeSet::new() }
    }

    fn clashes(&self, member: i64, start: i64, minutes: i64) -> bool {
        self.booked.values().any(|(m, s, l)| *m == member && start < s + l * 72 && *s < start + minutes * 72)
    }

    fn may_meet(&self, a: i64, b: i64) -> bool {
        a != b && !self.blocks.contains(&(a, b)) && !self.blocks.contains(&(b, a))
    }

    async fn take(&mut self, step: &Step) {
        let now = self.house.now().0;
        match *step {
            Step::Advance { minutes } => self.house.advance(minutes * 60),
            Step::Book { who, slot, length } => {
                let (member, start, minutes) = (self.members[who].id.0, (now / 900 + 1 + slot) * 900, MINUTES[length]);
                let fields = [("start", start.to_string()), ("minutes", minutes.to_string())];
                let (status, value) = self.post(who, "/book", &fields).await;
                if self.clashes(member, start, minutes) {
                    assert_eq!(value["code"], "overlap", "{step:?}");
                } else {
                    assert_eq!(status, 200, "{step:?} {value}");
                    self.booked.insert(value["booked"][0]["booking"].as_i64().unwrap(), (member, start, minutes));
                }
            }
            Step::Pick { who, whom } => {
                let waiting: Vec<Seat> = seats(&self.house).await.into_iter().filter(|s| s.alone && s.is_open(now)).collect();
                let Some(target) = waiting.get(whom % waiting.len().max(1)) else { return };
                let member = self.members[who].id.0;
                let (status, value) = self.post(who, "/book", &[("with", target.booking.to_string())]).await;
                let allowed = self.may_meet(member, target.member) && !self.clashes(member, target.start, target.minutes);
                if status == 200 {
                    assert!(allowed, "{step:?} {value}");
                    self.booked.insert(value["booked"][0]["booking"].as_i64().unwrap(), (member, target.start, target.minutes));
                } else {
                    let code = value["code"].as_str().unwrap();
                    assert!(!allowed || code == "picked_often", "{step:?} {value}");
                }
            }
            Step::Cancel { who, which } => {
                let member = self.members[who].id.0;
                let own: Vec<i64> = self.booked.iter().filter(|(_, b)| b.0 == member && b.1 > now).map(|(id, _)| *id).collect();
                let Some(id) = own.get(which) else { return };
                let (status, value) = self.post(who, "/cancel", &[("booking", id.to_string())]).await;
                assert_eq!(status, 200, "{step:?} {value}");
                self.booked.remove(id);
            }
            Step::StartNow { who, length } => {
                let member = self.members[who].id.0;
                let (status, value) = self.post(who, "/start-now", &[("minutes", MINUTES[length].to_string())]).await;
                if status != 200 {
                    assert_eq!(value["code"], "busy");
                    return;
                }
                let id = value["booking"].as_i64().unwrap();
                if !self.booked.contains_key(&id) {
                    let row = seats(&self.house).await.into_iter().find(|s| s.booking == id).unwrap();
                    assert!(!self.clashes(member, row.start, row.minutes), "{step:?}");
                    self.booked.insert(id, (member, row.start, row.minutes));
                }
            }
            Step::Block { who, whom } | Step::Clear { who, whom } => {
                let block = matches!(step, Step::Block { .. });
                let (me, them) = (self.members[who].id.0, self.members[whom].id.0);
                let path = format!("/people/{them}/{}", if block { "block" } else { "clear" });
                let (status, _) = self.post(who, &path, &[]).await;
                assert_eq!(status == 200, me != them);
                if block && me != them {
                    self.blocks.insert((me, them));
                } else {
                    self.blocks.remove(&(me, them));
                }
            }
        }
    }

    async fn post(&self, who: usize, path: &str, fields: &[(&str, String)]) -> (u16, Value) {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (*k, v.as_str())).collect();
        self.members[who].json(path, &fields).await
    }

    /// What is true after every step.
    async fn judge(&self, step: &Step) {
        let (now, all) = (self.house.now().0, seats(&self.house).await);
        let open: Vec<&Seat> = all.iter().filter(|s| !s.cancelled).collect();
        let there: BTreeMap<i64, (i64, i64, i64)> = open.iter().map(|s| (s.booking, (s.member, s.start, s.minutes))).collect();
        assert_eq!(there, self.booked, "{step:?}: what was answered is what is kept");
        let mut sessions: BTreeMap<i64, Vec<&Seat>> = BTreeMap::new();
        for seat in &open {
            sessions.entry(seat.session).or_default().push(seat);
        }
        for (session, seats) in &sessions {
            assert!(seats.len() <= 2, "{step:?}: session {session} has {} seats", seats.len());
            assert!(seats.iter().all(|s| s.alone == (seats.len() == 1)), "{step:?}: {seats:?}");
            if let [a, b] = seats[..] {
                assert_eq!((a.start, a.minutes), (b.start, b.minutes), "{step:?}");
                assert!(a.start <= now || self.may_meet(a.member, b.member), "{step:?}: {a:?} {b:?}");
            }
        }
        for (n, a) in open.iter().enumerate() {
            for b in open[n + 1..].iter().filter(|b| b.member == a.member && !a.left && !b.left) {
                assert!(a.closes() <= b.start || b.closes() <= a.start, "{step:?}: {a:?} {b:?}");
            }
        }
        let waiting: Vec<&&Seat> = open.iter().filter(|s| s.alone && s.is_open(now)).collect();
        for (n, a) in waiting.iter().enumerate() {
            let same = |b: &&&&Seat| (a.start, a.minutes) == (b.start, b.minutes) && self.may_meet(a.member, b.member);
            // Who was let off a block is looked at again when somebody books or cancels there.
            let untouched = self.blocks.is_empty() && !matches!(step, Step::Clear { .. });
            assert!(!untouched || waiting[n + 1..].iter().filter(same).count() == 0, "{step:?}: {a:?} waits beside company");
        }
    }
}

fn runs(cases: u32, steps: usize, strategy: impl Fn(usize) -> BoxedStrategy<Vec<Step>>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 60, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let ran = runner.run(&strategy(steps), |steps| {
        runtime.block_on(async {
            let mut model = Model::new().await;
            for step in &steps {
                model.take(step).await;
                model.judge(step).await;
            }
            let all = seats(&model.house).await;
            model.house.advance(86_400);
            model.house.settle().await;
            assert_eq!(
                model.house.count("SELECT count(*) FROM booking WHERE settled_at IS NULL AND cancelled_at IS NULL").await,
                0
            );
            assert_eq!(
                all.len() as i64,
                model.house.count("SELECT count(*) FROM booking").await,
                "nothing is deleted within a day"
            );
            assert_eq!(model.house.count("SELECT sum(sessions) FROM member").await, 0, "nobody sat, so nobody's count has grown");
        });
        Ok(())
    });
    ran.unwrap();
}

#[test]
fn six_members_never_sit_in_two_places_nor_beside_whom_they_must_not_meet() {
    runs(16, 50, |steps| proptest::collection::vec(step(), steps).boxed());
}

#[test]
fn without_blocks_nobody_waits_beside_somebody_who_waits_too() {
    runs(8, 50, |steps| {
        let calm = step().prop_filter("no blocks", |s| !matches!(s, Step::Block { .. } | Step::Clear { .. }));
        proptest::collection::vec(calm, steps).boxed()
    });
}

#[tokio::test]
async fn twenty_members_who_click_at_one_time_are_all_seated_in_pairs() {
    let (house, ana) = House::new().await;
    let mut members = vec![ana];
    for n in 1..20 {
        members.push(house.member(&format!("Guest {n}")).await);
    }
    let ten = at("2026-11-16T10:00");
    futures_util::future::join_all(members.iter().map(|who| who.books(ten, 50))).await;
    let all = seats(&house).await;
    let sessions: BTreeSet<i64> = all.iter().map(|s| s.session).collect();
    assert_eq!((all.len(), sessions.len()), (20, 10));
    assert!(all.iter().all(|s| !s.alone));
}
