//! Seven members book, cancel and block in random order while the minutes go by: no window, wall or consent is ever broken.

use super::house::{House, at};
use super::visitor::Visitor;
use alongside::actions::Fault;
use std::collections::BTreeMap;

/// Small dice with a seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

#[derive(Clone, Debug)]
struct Row {
    id: i64,
    member: i64,
    session: i64,
    start: i64,
    closes: i64,
    minutes: i64,
    any_length: bool,
    trio: bool,
    pending: Option<i64>,
    alone: bool,
}

async fn rows(house: &House) -> Vec<Row> {
    let read = |conn: &alongside::store::Connection| {
        let sql = "SELECT id, member, session, start, closes, minutes, any_length, trio, pending, alone FROM booking WHERE cancelled_at IS NULL";
        let mut query = conn.prepare_cached(sql)?;
        let rows = query.query_map([], |r| {
            Ok(Row {
                id: r.get(0)?,
                member: r.get(1)?,
                session: r.get(2)?,
                start: r.get(3)?,
                closes: r.get(4)?,
                minutes: r.get(5)?,
                any_length: r.get(6)?,
                trio: r.get(7)?,
                pending: r.get(8)?,
                alone: r.get(9)?,
            })
        })?;
        rows.collect::<Result<Vec<_>, _>>()
    };
    house.read(move |conn| read(conn).map_err(|e| Fault::Store(e.into()))).await
}

struct World {
    house: House,
    members: Vec<Visitor>,
    /// The window of each booking, as it was asked for.
    windows: BTreeMap<i64, (i64, i64)>,
    blocks: Vec<(i64, i64)>,
    dice: Dice,
}

impl World {
    async fn new(seed: u64) -> Self {
        let (house, ana) = House::new().await;
        let mut members = vec![ana];
        for name in ["Ben", "Cleo", "Dai", "Eva", "Femi", "Gus"] {
            members.push(house.member(name).await);
        }
        Self { house, members, windows: BTreeMap::new(), blocks: Vec::new(), dice: Dice(seed) }
    }

    async fn step(&mut self) {
        let who = self.dice.below(7) as usize;
        match self.dice.below(10) {
            0..6 => self.book(who).await,
            6 => {
                let own: Vec<Row> = rows(&self.house)
                    .await
                    .into_iter()
                    .filter(|r| r.member == self.members[who].id.0 && r.start > self.house.now().0)
                    .collect();
                if let Some(row) = own.first() {
                    self.members[who].cancels(row.id).await;
                }
            }
            7 if self.blocks.len() < 2 => {
                let other = &self.members[(who + 1) % 7];
                self.members[who].does(&format!("/people/{}/block", other.id), &[]).await;
                self.blocks.push((self.members[who].id.0, other.id.0));
            }
            _ => {
                for _ in 0..self.dice.below(30) {
                    self.house.advance(60);
                    self.house.settle().await;
                }
            }
        }
    }

    async fn book(&mut self, who: usize) {
        let now = self.house.now().0;
        let start = (now / 900 + 1 + self.dice.below(4) as i64) * 900;
        let pick = |dice: &mut Dice, of: &[&'static str]| of[dice.below(of.len() as u64) as usize];
        let minutes = pick(&mut self.dice, &["25", "50", "50"]);
        let flexible = pick(&mut self.dice, &["exact", "exact", "15", "30", "60"]);
        let (trio, any) = (pick(&mut self.dice, &["yes", "yes", "no"]), pick(&mut self.dice, &["on", ""]));
        let fields =
            [("start", &*start.to_string()), ("minutes", minutes), ("flexible", flexible), ("trio", trio), ("any_length", any)];
        let (status, value) = self.members[who].json("/book", &fields).await;
        if status != 200 {
            assert_eq!(value["code"], "overlap", "{value}");
            return;
        }
        let reach = flexible.parse::<i64>().unwrap_or(0) * 60;
        self.windows.insert(value["booked"][0]["booking"].as_i64().unwrap(), (start - reach, start + reach));
    }

    async fn judge(&self) {
        let (now, all) = (self.house.now().0, rows(&self.house).await);
        let mut sessions: BTreeMap<i64, Vec<&Row>> = BTreeMap::new();
        for row in &all {
            let (from, to) = self.windows[&row.id];
            assert!((from..=to).contains(&row.start), "out of its window: {row:?}");
            sessions.entry(row.session).or_default().push(row);
            if let Some(session) = row.pending {
                let pair: Vec<&Row> = all.iter().filter(|r| r.session == session).collect();
                assert!(pair.len() == 2 && row.trio && pair.iter().all(|r| r.trio && r.start == row.start), "{row:?} {pair:?}");
                assert!(row.start > now, "promised and never named: {row:?}");
            }
        }
        for seats in sessions.values() {
            assert!(seats.len() <= 3 && seats.iter().all(|r| r.alone == (seats.len() == 1)), "{seats:?}");
            assert!(seats.len() < 3 || seats.iter().all(|r| r.trio), "three who did not agree: {seats:?}");
            for a in seats {
                for b in seats.iter().filter(|b| b.id != a.id) {
                    assert!(a.start == b.start && a.member != b.member, "{a:?} {b:?}");
                    assert!(a.minutes == b.minutes || (a.any_length && b.any_length), "{a:?} {b:?}");
                    assert!(a.start <= now || !self.blocks.contains(&(a.member, b.member)), "{a:?} {b:?}");
                }
            }
        }
        for (n, a) in all.iter().enumerate() {
            for b in all[n + 1..].iter().filter(|b| b.member == a.member) {
                assert!(a.closes <= b.start || b.closes <= a.start, "in two places: {a:?} {b:?}");
            }
        }
    }
}

#[tokio::test]
async fn windows_walls_and_consent_hold_whatever_is_booked_in_whatever_order() {
    let mut trios = 0;
    let mut moved = 0;
    for seed in 1..=12 {
        let mut world = World::new(seed).await;
        for _ in 0..60 {
            world.step().await;
            world.judge().await;
        }
        trios += world
            .house
            .count("SELECT count(*) FROM (SELECT 1 FROM booking WHERE cancelled_at IS NULL GROUP BY session HAVING count(*) = 3)")
            .await;
        moved += world.house.count("SELECT count(*) FROM seated WHERE rule = 'moved'").await;
        assert!(world.house.now() > at("2026-11-16T09:00"));
    }
    assert!(trios > 3 && moved > 3, "the walk reached what it is for: {trios} trios, {moved} moved");
}
