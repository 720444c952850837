//! Six members plan, move, ask, agree and go on holiday in random order while days go by and the server is killed: nobody is in
//! two places, nobody sits with whom they never meet, and nobody is nudged too often.

use super::house::House;
use super::visitor::Visitor;
use alongside::actions::Fault;
use std::collections::{BTreeMap, BTreeSet};

/// Small dice with a seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn one_of<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len() as u64) as usize]
    }
}

/// Rows of numbers.
async fn numbers(house: &House, sql: &'static str) -> Vec<Vec<i64>> {
    let read = move |conn: &alongside::store::Connection| {
        let mut query = conn.prepare_cached(sql)?;
        let columns = query.column_count();
        let rows = query.query_map([], |row| (0..columns).map(|n| row.get(n)).collect())?;
        rows.collect::<Result<Vec<Vec<i64>>, _>>()
    };
    house.read(move |conn| read(conn).map_err(|e| Fault::Store(e.into()))).await
}

struct World {
    house: House,
    members: Vec<Visitor>,
    blocks: Vec<(i64, i64)>,
    /// Whom the wall holds.
    walled: Vec<i64>,
    /// Appointments that were agreed to, and times that were found, since the walk began.
    agreed: BTreeSet<i64>,
    found: BTreeSet<i64>,
    dice: Dice,
}

impl World {
    async fn new(seed: u64) -> Self {
        let (house, ana) = House::new().await;
        let mut members = vec![ana];
        for (name, zone) in [("Ben", "Europe/Berlin"), ("Cleo", "UTC"), ("Dai", "Asia/Tokyo"), ("Eva", "UTC"), ("Femi", "UTC")] {
            members.push(house.member_in(name, zone).await);
        }
        for who in &members[1..] {
            who.does("/me/company", &[("nudges", "on"), ("trio", "on"), ("welcomes", "on")]).await;
        }
        members[0].does("/admin/groups", &[("name", "Class"), ("wall", "on")]).await;
        Self {
            house,
            members,
            blocks: Vec::new(),
            walled: Vec::new(),
            agreed: BTreeSet::new(),
            found: BTreeSet::new(),
            dice: Dice(seed),
        }
    }

    /// Posts as one of them; a refusal is an answer too.
    async fn posts(&self, who: usize, path: &str, fields: &[(&str, &str)]) {
        let (status, value) = self.members[who].json(path, fields).await;
        assert!(status < 500, "{path} {fields:?}: {value}");
    }

    /// A start in the next days.
    fn start(&mut self) -> String {
        let now = self.house.now().0;
        ((now / 1800 + 1 + self.dice.below(96) as i64) * 1800).to_string()
    }

    /// One of somebody's bookings that have not begun.
    async fn ahead(&mut self, who: usize) -> Option<String> {
        let (me, now) = (self.members[who].id.0, self.house.now().0);
        let all = numbers(&self.house, "SELECT id, member, start FROM booking WHERE cancelled_at IS NULL ORDER BY start").await;
        let mine: Vec<i64> = all.into_iter().filter(|r| r[1] == me && r[2] > now).map(|r| r[0]).collect();
        (!mine.is_empty()).then(|| mine[self.dice.below(mine.len().min(3) as u64) as usize].to_string())
    }

    async fn step(&mut self) {
        let who = self.dice.below(6) as usize;
        match self.dice.below(18) {
            0..3 => self.books(who).await,
            3 | 15 => self.asks(who).await,
            4 => {
                let first = self.dice.one_of(&["2026-11-18", "2026-11-24", "2026-12-01"]);
                let back = self.dice.one_of(&["on", ""]);
                self.posts(who, "/plans/holiday", &[("first", first), ("last", "2026-12-03"), ("back", back)]).await;
            }
            5 | 6 => {
                for row in
                    numbers(&self.house, "SELECT id, partner FROM appointment WHERE agreed_at IS NULL AND partner > 0").await
                {
                    let Some(n) = self.members.iter().position(|m| m.id.0 == row[1]) else { continue };
                    let act = self.dice.one_of(&["yes", "yes", "no"]);
                    self.posts(n, &format!("/plans/appointment/{}/{act}", row[0]), &[]).await;
                }
            }
            7 if self.dice.below(3) == 0 => {
                let all = numbers(&self.house, "SELECT id FROM appointment WHERE ended_at IS NULL").await;
                if let Some(row) = all.first() {
                    self.posts(who, &format!("/plans/appointment/{}/end", row[0]), &[]).await;
                }
            }
            8..=10 => {
                let (Some(id), start) = (self.ahead(who).await, self.start()) else { return };
                let way = self.dice.one_of(&["/move", "/ask-around", "/cancel", "/ask-around"]);
                self.posts(who, way, &[("booking", &id), ("start", &start)]).await;
            }
            14 => {
                let start = self.start();
                self.posts(who, "/plans/wait", &[("start", &start)]).await;
            }
            11 if self.blocks.len() < 2 => {
                let other = (who + 1) % 6;
                self.posts(who, &format!("/people/{}/block", self.members[other].id), &[]).await;
                self.blocks.push((self.members[who].id.0, self.members[other].id.0));
            }
            11 => self.posts(who, "/not-this-week", &[]).await,
            12 => {
                let inside: Vec<String> =
                    (1..6).filter(|_| self.dice.below(3) == 0).map(|n| self.members[n].id.to_string()).collect();
                let mut fields = vec![("name", "Class"), ("wall", "on")];
                fields.extend(inside.iter().map(|id| ("member", id.as_str())));
                self.posts(0, "/admin/groups/1", &fields).await;
                self.walled = inside.iter().map(|id| id.parse().unwrap()).collect();
            }
            _ => self.time_goes_by().await,
        }
    }

    async fn books(&mut self, who: usize) {
        let mut start = self.start();
        let every = self.dice.one_of(&["on", ""]);
        let waits =
            numbers(&self.house, "SELECT id, start FROM booking WHERE alone = 1 AND cancelled_at IS NULL ORDER BY id DESC").await;
        let with = waits.first().filter(|_| self.dice.below(2) == 0).map(|row| {
            start = row[1].to_string();
            row[0].to_string()
        });
        let with = with.unwrap_or_default();
        let fields = [("start", &*start), ("minutes", self.dice.one_of(&["25", "50"])), ("every_week", every), ("with", &*with)];
        self.posts(who, "/book", &fields).await;
    }

    async fn asks(&mut self, who: usize) {
        let parts: Vec<String> = (0..9).map(|_| self.dice.below(21).to_string()).collect();
        let (times, week) = (self.dice.one_of(&["1", "2", "4"]), self.dice.one_of(&["this", "next"]));
        let mut fields = vec![("times", times), ("minutes", "50"), ("week", week), ("every_week", self.dice.one_of(&["on", ""]))];
        fields.extend(parts.iter().map(|part| ("part", part.as_str())));
        self.posts(who, "/plans/find", &fields).await;
    }

    async fn time_goes_by(&mut self) {
        if self.dice.below(6) == 0 {
            let killed = self.house.killed();
            self.members = self.members.iter().map(|m| m.before(&killed)).collect();
            self.house = killed;
        }
        for _ in 0..self.dice.below(6) {
            self.house.advance(900 * (1 + self.dice.below(20) as i64));
            self.house.settle().await;
        }
    }

    fn may_meet(&self, a: i64, b: i64) -> bool {
        let blocked = self.blocks.iter().any(|pair| *pair == (a, b) || *pair == (b, a));
        !blocked && self.walled.contains(&a) == self.walled.contains(&b)
    }

    async fn judge(&mut self) {
        let agreed = numbers(&self.house, "SELECT id FROM appointment WHERE agreed_at IS NOT NULL").await;
        self.agreed.extend(agreed.iter().map(|row| row[0]));
        let found = numbers(&self.house, "SELECT id FROM order_place WHERE placed_at IS NOT NULL").await;
        self.found.extend(found.iter().map(|row| row[0]));
        let now = self.house.now().0;
        let sql = "SELECT id, member, session, start, closes, alone FROM booking WHERE cancelled_at IS NULL";
        let all = numbers(&self.house, sql).await;
        let mut sessions: BTreeMap<i64, Vec<&Vec<i64>>> = BTreeMap::new();
        for (n, a) in all.iter().enumerate() {
            sessions.entry(a[2]).or_default().push(a);
            for b in all[n + 1..].iter().filter(|b| b[1] == a[1]) {
                assert!(a[4] <= b[3] || b[4] <= a[3], "in two places: {a:?} {b:?}");
            }
        }
        for seats in sessions.values() {
            assert!(seats.len() <= 3 && seats.iter().all(|r| (r[5] == 1) == (seats.len() == 1)), "{seats:?}");
            for (a, b) in seats.iter().flat_map(|a| seats.iter().map(move |b| (a, b))).filter(|(a, b)| a[0] < b[0]) {
                assert!(a[3] == b[3] && a[1] != b[1], "{a:?} {b:?}");
                assert!(a[3] <= now || self.may_meet(a[1], b[1]), "they never meet: {a:?} {b:?}");
            }
        }
        let nudges = numbers(&self.house, "SELECT member, at FROM nudge ORDER BY member, at").await;
        for pair in nudges.windows(2).filter(|pair| pair[0][0] == pair[1][0]) {
            assert!(pair[1][1] - pair[0][1] >= 86_400, "twice in a day: {pair:?}");
        }
        for four in nudges.windows(4).filter(|four| four[0][0] == four[3][0]) {
            assert!(four[3][1] - four[0][1] >= 7 * 86_400, "four in a week: {four:?}");
        }
    }
}

#[tokio::test]
async fn plans_keep_every_promise_of_the_house_whatever_happens_in_whatever_order() {
    let mut met = [0_usize; 4];
    for seed in 1..=10 {
        let mut world = World::new(seed).await;
        for _ in 0..70 {
            world.step().await;
            world.judge().await;
        }
        for who in &world.members {
            assert!([200, 303].contains(&who.get("/").await.status) && [200, 303].contains(&who.get("/plans").await.status));
        }
        let (nudges, said) = ("SELECT count(*) FROM nudge", "SELECT count(*) FROM notice WHERE kind = 'said'");
        let counts = [
            world.found.len(),
            world.agreed.len(),
            world.house.count(nudges).await as usize,
            world.house.count(said).await as usize,
        ];
        met.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
    }
    assert!(met.iter().all(|n| *n > 1), "the walk reached what it is for: {met:?}");
}
