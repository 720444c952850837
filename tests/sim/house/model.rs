//! What must be true of a house, said without looking at how it is done: a few maps, fed by answers and by what is seen.
//!
//! With whom somebody sits is the house's choice; the model judges whether it was allowed to choose so, whether what was said
//! was kept, and whether what is counted is what happened.

use super::{HOUR, LATE};
use alongside::domain::id::MemberId;
use alongside::domain::matching::Whom;
use alongside::store::Connection;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

const MINUTE: i64 = 60;
const DAY: i64 = 86_400;

/// A booking as the database has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub id: i64,
    pub member: i64,
    pub session: i64,
    pub start: i64,
    pub closes: i64,
    pub minutes: i64,
    pub trio: bool,
    pub pending: Option<i64>,
    pub alone: bool,
    pub news: Option<String>,
    pub opened: bool,
    pub sat: bool,
    pub left: bool,
    pub no_show: bool,
    pub rule: Option<String>,
}

impl Row {
    /// Bookings between two starts that were not cancelled, counted already or not.
    pub fn between(conn: &Connection, from: i64, to: i64) -> rusqlite::Result<Vec<Self>> {
        let mut query = conn.prepare_cached(
            "SELECT b.id, b.member, b.session, b.start, b.closes, b.minutes, b.trio, b.pending, b.alone, b.news,
                    b.opened_at IS NOT NULL, b.sat_at IS NOT NULL, b.left_at IS NOT NULL, b.no_show, s.rule
             FROM booking b LEFT JOIN seated s ON s.booking = b.id AND s.session = b.session
             WHERE b.cancelled_at IS NULL AND b.closes > ?1 AND b.closes <= ?2 + 5400 AND b.start BETWEEN ?1 AND ?2 ORDER BY b.start, b.id",
        )?;
        let rows = query.query_map([from, to], |r| {
            Ok(Self {
                id: r.get(0)?,
                member: r.get(1)?,
                session: r.get(2)?,
                start: r.get(3)?,
                closes: r.get(4)?,
                minutes: r.get(5)?,
                trio: r.get(6)?,
                pending: r.get(7)?,
                alone: r.get(8)?,
                news: r.get(9)?,
                opened: r.get(10)?,
                sat: r.get(11)?,
                left: r.get(12)?,
                no_show: r.get(13)?,
                rule: r.get(14)?,
            })
        })?;
        rows.collect()
    }
}

/// A booking as the answers told of it.
#[derive(Clone, Debug)]
pub struct Known {
    pub member: i64,
    pub minutes: i64,
    /// The first and the last start that were asked for.
    pub window: (i64, i64),
    pub trio: bool,
    /// Where it was seen last, which the house may choose within the window.
    pub start: i64,
    pub cancelled: bool,
    pub sat_at: Option<i64>,
    pub left_at: Option<i64>,
    pub goals_met: i64,
    pub counted: bool,
    pub whom: Whom,
    /// Kept to the members of this group.
    pub inside: Option<i64>,
    /// The appointment that it is a date of, and the date.
    pub date: Option<(i64, Date)>,
    /// Company was promised, or named, before the start.
    pub promised: bool,
    pub named: BTreeSet<i64>,
    pub begun: bool,
}

impl Known {
    pub fn new(member: i64, minutes: i64, window: (i64, i64), trio: bool, start: i64) -> Self {
        Self {
            member,
            minutes,
            window,
            trio,
            start,
            cancelled: false,
            sat_at: None,
            left_at: None,
            goals_met: 0,
            counted: false,
            whom: Whom::Anyone,
            inside: None,
            date: None,
            promised: false,
            named: BTreeSet::new(),
            begun: false,
        }
    }

    pub fn closes(&self) -> i64 {
        self.start + self.minutes * 72
    }

    pub fn is_present(&self, now: i64) -> bool {
        self.sat_at.is_some() && self.left_at.is_none() && self.start <= now && now < self.start + self.minutes * MINUTE
    }
}

/// Counts over the whole life, for the line that is printed.
#[derive(Debug, Default)]
pub struct Tally {
    pub booked: u64,
    pub refused: u64,
    pub cancelled: u64,
    pub attended: u64,
    pub unmatched: u64,
    pub trios: u64,
    pub promises: u64,
    pub rematches: u64,
    pub restarts: u64,
    /// Looks of the scheduler that did something.
    pub looks: u64,
    pub judged: u64,
    pub started_now: u64,
    /// Dates of appointments that were booked, and times that were found.
    pub appointed: u64,
    pub found: u64,
    pub notices: u64,
    pub nudges: u64,
    pub moved: u64,
    pub snoozed: u64,
    pub kept_out: u64,
    /// Times that were found anew for somebody who would have been alone.
    pub exchanged: u64,
    pub visits: u64,
}

/// The reference.
#[derive(Default)]
pub struct Model {
    pub known: BTreeMap<i64, Known>,
    pub blocks: BTreeSet<(i64, i64)>,
    /// Until when the first does not meet the second.
    pub snoozes: BTreeMap<(i64, i64), i64>,
    /// This moment.
    pub now: i64,
    /// The first prefers the second.
    pub favorites: BTreeSet<(i64, i64)>,
    /// What a member said about sessions of three, the first time.
    pub said_trio: BTreeMap<i64, bool>,
    /// A group to keep a booking in, and one whose members meet nobody else.
    pub group: Option<(i64, BTreeSet<i64>)>,
    pub wall: Option<(i64, BTreeSet<i64>)>,
    /// Who was kept apart for some time.
    pub parted: BTreeSet<(i64, i64)>,
    /// Starts at which somebody cancelled or was blocked, so that what had been said there may change.
    pub shaken: BTreeSet<i64>,
    /// Sessions, minutes and goals of each member.
    pub counts: BTreeMap<i64, (i64, i64, i64)>,
    pub tally: Tally,
    /// Nothing is to be counted before.
    open_from: i64,
}

impl Model {
    pub fn may_meet(&self, a: i64, b: i64) -> bool {
        let snoozed = |a, b| self.snoozes.get(&(a, b)).is_some_and(|until| *until > self.now);
        let never = |a, b| self.blocks.contains(&(a, b)) || snoozed(a, b);
        a != b && !never(a, b) && !never(b, a) && !self.is_walled_off(a, b)
    }

    pub fn is_walled_off(&self, a: i64, b: i64) -> bool {
        let walled = |who: i64| self.wall.as_ref().is_some_and(|(_, inside)| inside.contains(&who));
        walled(a) != walled(b)
    }

    /// Whether a booking would have this member for company.
    pub fn is_open_to(&self, known: &Known, who: i64) -> bool {
        let asked_for = match known.whom {
            Whom::Anyone | Whom::FavoritesFirst => true,
            Whom::FavoritesOnly => self.favorites.contains(&(known.member, who)),
            Whom::Member(only) => only == MemberId(who),
        };
        let inside = |id: i64| self.group.as_ref().is_some_and(|(group, all)| *group == id && all.contains(&who));
        asked_for && known.inside.is_none_or(inside)
    }

    /// Something happened to these, so that what had been said at their starts may change.
    pub fn shake(&mut self, which: impl Fn(&Known) -> bool) {
        let starts: Vec<i64> = self.known.values().filter(|k| !k.cancelled && which(k)).map(|k| k.start).collect();
        self.shaken.extend(starts);
    }

    /// Whether some booking of the member may lie in the way of this window.
    pub fn clashes(&self, member: i64, window: (i64, i64), minutes: i64) -> bool {
        self.clashes_but(None, member, window, minutes)
    }

    /// The same, when one of them is about to move away.
    pub fn clashes_but(&self, but: Option<i64>, member: i64, (from, to): (i64, i64), minutes: i64) -> bool {
        self.known.iter().any(|(id, k)| {
            let (first, last) = (k.window.0.min(k.start), k.window.1.max(k.start));
            Some(*id) != but && k.member == member && !k.cancelled && from < last + k.minutes * 72 && first < to + minutes * 72
        })
    }

    /// What is true after every step of everything around this moment.
    pub fn judge(&mut self, rows: &[&Row], now: i64) {
        self.tally.judged += 1;
        let mut sessions: BTreeMap<i64, Vec<&Row>> = BTreeMap::new();
        for row in rows.iter().copied() {
            sessions.entry(row.session).or_default().push(row);
        }
        for row in rows {
            let known = self.known.get(&row.id).unwrap_or_else(|| panic!("nobody booked {row:?}"));
            assert!(!known.cancelled, "cancelled and still there: {row:?}");
            assert_eq!((known.member, known.minutes, known.trio), (row.member, row.minutes, row.trio), "{row:?}");
            assert!((known.window.0..=known.window.1).contains(&row.start), "out of its window {:?}: {row:?}", known.window);
            assert!(row.start % 900 == 0 && row.closes == row.start + row.minutes * 72, "{row:?}");
            assert_eq!(row.left, known.left_at.is_some(), "{row:?}");
            // Who stayed away while the other found new company keeps what they were.
            let seats = &sessions[&row.session];
            let known_alone = row.alone == (seats.len() == 1) || (seats.len() == 1 && row.start <= now);
            assert!(known_alone || row.closes <= now, "{row:?} {seats:?}");
            assert!(!row.no_show || !row.opened, "who opened the page was no no-show: {row:?}");
            let absent = !row.opened && !row.alone && row.start + 300 + LATE <= now && now < row.closes && row.start > now - 7200;
            assert!(!absent || row.no_show, "stayed away and nobody noted it: {row:?}");
        }
        for seats in sessions.values() {
            self.judge_session(seats, now);
        }
        let mut own: BTreeMap<i64, Vec<&Row>> = BTreeMap::new();
        for row in rows.iter().copied().filter(|r| !r.left) {
            own.entry(row.member).or_default().push(row);
        }
        for rows in own.values() {
            assert!(rows.windows(2).all(|w| w[0].closes <= w[1].start), "in two places: {rows:?}");
        }
        for row in rows {
            self.judge_words(row, &sessions, now);
        }
    }

    fn judge_session(&self, seats: &[&Row], now: i64) {
        let present: Vec<&&Row> = seats.iter().filter(|r| r.sat && !r.left && r.closes > now).collect();
        assert!(present.len() <= 3, "{seats:?}");
        assert!(present.len() < 3 || present.iter().all(|r| r.trio), "three who did not agree: {seats:?}");
        if seats.iter().any(|r| r.start <= now) {
            return;
        }
        assert!(seats.len() <= 3, "{seats:?}");
        assert!(seats.len() < 3 || seats.iter().all(|r| r.trio), "three who did not agree: {seats:?}");
        for (n, a) in seats.iter().enumerate() {
            for b in &seats[n + 1..] {
                // A snooze parts nobody who was announced before it.
                let announced = self.known[&a.id].named.contains(&b.id);
                let told = || {
                    let between = |a, b| (self.blocks.contains(&(a, b)), self.snoozes.get(&(a, b)).copied());
                    let walled = self.is_walled_off(a.member, b.member);
                    format!("{a:?} {b:?} {:?} {:?} {walled} {now}", between(a.member, b.member), between(b.member, a.member))
                };
                assert!(a.start == b.start && (announced || self.may_meet(a.member, b.member)), "{}", told());
                self.judge_open(a, b);
            }
        }
    }

    /// Whoever asked for favorites, for one person or for a group has nobody else.
    pub fn judge_open(&self, a: &Row, b: &Row) {
        for (own, other) in [(a, b), (b, a)] {
            let known = &self.known[&own.id];
            assert!(self.is_open_to(known, other.member), "{:?} {:?}: {own:?} {other:?}", known.whom, known.inside);
        }
    }

    /// What was promised or named before the start is kept, or its change has a cause and was told once.
    fn judge_words(&mut self, row: &Row, sessions: &BTreeMap<i64, Vec<&Row>>, now: i64) {
        let shaken = self.shaken.contains(&row.start);
        let Some(known) = self.known.get_mut(&row.id) else { return };
        let begun = row.start <= now;
        known.start = row.start;
        if let Some(session) = row.pending {
            let pair = sessions.get(&session).map_or(&[][..], Vec::as_slice);
            assert!(!begun, "promised and never named: {row:?}");
            assert!(pair.len() == 2 && row.trio && pair.iter().all(|r| r.trio && r.start == row.start), "{row:?} {pair:?}");
            self.tally.promises += u64::from(!known.promised);
            known.promised = true;
        }
        if begun {
            let first = !std::mem::replace(&mut known.begun, true);
            assert!(!(first && known.promised && row.alone && !shaken), "a promise was broken without a cause: {row:?}");
            self.tally.unmatched += u64::from(first && row.alone);
            return;
        }
        let others: BTreeSet<i64> = sessions[&row.session].iter().map(|r| r.id).filter(|id| *id != row.id).collect();
        if known.promised && row.alone && row.pending.is_none() {
            assert!(shaken, "a promise was taken back without a cause: {row:?}");
        }
        if !known.named.is_subset(&others) {
            let news = row.news.as_deref().unwrap_or_default();
            assert!(
                !news.is_empty(),
                "a partner changed and nothing was said: {row:?} had {:?}, now {others:?} {now}",
                known.named
            );
            assert!(shaken || news.contains("partners changed"), "a partner changed without a cause: {row:?}");
            assert!(news.matches("had to cancel").count() <= 1, "told more than once: {row:?}");
        }
        known.named = others;
        known.promised = known.promised || !row.alone;
    }

    /// Counts what is over, as every member would.
    pub fn count(&mut self, now: i64) {
        if self.open_from > now {
            return;
        }
        let mut next = i64::MAX;
        for known in self.known.values_mut().filter(|k| !k.counted && !k.cancelled) {
            if known.closes() > now {
                next = next.min(known.closes());
                continue;
            }
            known.counted = true;
            let end = known.start + known.minutes * MINUTE;
            let Some(sat_at) = known.sat_at.filter(|at| *at < end) else { continue };
            let (from, to) = (sat_at.max(known.start), known.left_at.unwrap_or(end).min(end));
            if to > from {
                self.tally.attended += 1;
                let sum = self.counts.entry(known.member).or_default();
                *sum = (sum.0 + 1, sum.1 + (to - from + 30) / MINUTE, sum.2 + known.goals_met);
            }
        }
        // What is booked from here on closes half an hour later at least.
        self.open_from = next.min(now + HOUR / 2 - 5 * MINUTE);
    }

    /// What is true at the end of a day: counts are what happened, and nothing is kept longer than was said.
    pub fn judge_day(&mut self, conn: &Connection, now: i64) -> rusqlite::Result<()> {
        self.count(now);
        let mut query = conn.prepare_cached("SELECT id, sessions, minutes, goals_met FROM member")?;
        let rows = query.query_map([], |r| Ok((r.get::<_, i64>(0)?, (r.get(1)?, r.get(2)?, r.get(3)?))))?;
        for row in rows {
            let (member, kept) = row?;
            assert_eq!(kept, self.counts.get(&member).copied().unwrap_or_default(), "counts of member {member}");
        }
        let one = |sql: &str| conn.prepare_cached(sql)?.query_row([], |r| r.get::<_, i64>(0));
        let of_days = one("SELECT coalesce(sum(sessions), 0) FROM day_count")?;
        assert_eq!(of_days, self.counts.values().map(|c| c.0).sum::<i64>(), "sessions by day");
        let purged = one("SELECT ran_at FROM job WHERE name = 'purge'")?;
        assert!(now - purged <= DAY, "the daily deletion ran");
        for (what, sql, days) in [
            ("bookings", "SELECT coalesce(min(closes), 1 << 60) FROM booking", 7),
            ("meetings", "SELECT coalesce(min(at), 1 << 60) FROM met", 30),
            ("picks", "SELECT coalesce(min(at), 1 << 60) FROM picked", 8),
        ] {
            assert!(one(sql)? >= purged - days * DAY, "{what} are kept too long");
        }
        for sql in [
            "SELECT count(*) FROM seated WHERE booking NOT IN (SELECT id FROM booking)",
            "SELECT count(*) FROM goal WHERE booking NOT IN (SELECT id FROM booking)",
            "SELECT count(*) FROM booking WHERE settled_at IS NULL AND cancelled_at IS NULL AND closes <= (SELECT ran_at FROM job WHERE name = 'purge')",
        ] {
            assert_eq!(one(sql)?, 0, "{sql}");
        }
        let kept: BTreeSet<i64> = conn
            .prepare_cached("SELECT id FROM booking WHERE cancelled_at IS NULL")?
            .query_map([], |r| r.get(0))?
            .collect::<Result<_, _>>()?;
        let horizon = purged - 7 * DAY;
        let due = self.known.iter().filter(|(_, k)| !k.cancelled && k.closes() >= horizon);
        let due: BTreeSet<i64> = due.map(|(id, _)| *id).collect();
        let differ: Vec<_> = kept.symmetric_difference(&due).map(|id| (id, self.known.get(id))).collect();
        assert!(differ.is_empty(), "what was answered is what is kept, but for {differ:?}");
        self.known.retain(|_, k| k.closes().max(k.window.1) >= horizon);
        self.shaken = self.shaken.split_off(&(now - DAY));
        self.snoozes.retain(|_, until| *until > now);
        Ok(())
    }
}
