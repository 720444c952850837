//! What people change in the middle of it all: a member the time of a session, whom they would rather not meet for a while, the zone
//! they live in, what they say about a third; an admin the grid, who may come in, and until when an account lasts.

use super::model::Known;
use super::{DAY, Errand, HOUR, LATE, Life, MINUTE, QUARTER, WEEK, ZONES};
use alongside::actions::admin;
use alongside::actions::{Fault, account, appointment, moving, relate, roll, room};
use alongside::domain::id::{BookingId, MemberId};
use alongside::domain::room::RoomForm;
use alongside::domain::time::{Timestamp, Zone};
use alongside::domain::view::{HouseForm, RelationKind};
use jiff::ToSpan;
use std::collections::BTreeSet;

/// Who looks after the house.
const KEEPER: MemberId = MemberId(1);
/// A snooze lasts so long.
const SNOOZE: i64 = 14 * DAY;

impl Life {
    /// Who changes what, and when they think of it.
    pub(super) fn changing(&mut self, weeks: i64, end: i64) {
        let (begin, count) = (self.now, self.members.len() as i64);
        for (times, which) in [(weeks * count / 8, 0), (weeks * count / 20, 1), (weeks * count / 40, 2), (weeks, 3), (weeks, 4)] {
            for _ in 0..times {
                let (n, at) = (self.dice.below(count) as usize, self.dice.between(begin + HOUR, end));
                let errand =
                    [Errand::Moves(n), Errand::Snoozes(n), Errand::Travels(n), Errand::SaysOfTrios(n), Errand::VisitsARoom(n)]
                        [which];
                self.errand(at, errand);
            }
        }
        for _ in 0..(weeks + 3) / 4 {
            let at = self.dice.between(begin, end);
            self.errand(at, Errand::Grid(30));
            let fine = at + self.dice.between(DAY, 4 * DAY);
            self.errand(fine, Errand::Grid(15));
            let (at, n) = (self.dice.between(begin + DAY, end), self.dice.below(count) as usize);
            self.errand(at, Errand::KeepsOut(n));
            let back = at + self.dice.between(DAY, WEEK);
            self.errand(back, Errand::LetsIn(n));
            let (at, n) = (self.dice.between(begin + DAY, end), self.dice.below(count) as usize);
            self.errand(at, Errand::EndsOn(n));
        }
    }

    /// Whether a member has an account that is open.
    pub(super) fn is_in(&self, n: usize) -> bool {
        !self.words.out.contains(&self.members[n])
    }

    /// One of their sessions at another time: the same booking, and company only of who is there.
    pub(super) fn moves(&mut self, n: usize) {
        let (now, own) = (self.now, self.members[n]);
        let open = |k: &Known| k.member == own && !k.cancelled && k.start > now && k.left_at.is_none();
        let ahead: Vec<i64> = self.model.known.iter().filter(|(_, k)| open(k)).map(|(id, _)| *id).collect();
        if ahead.is_empty() {
            return;
        }
        let id = ahead[self.dice.below(ahead.len() as i64) as usize];
        let (old, minutes) = (self.model.known[&id].start, self.model.known[&id].minutes);
        let to = (old + self.dice.between(-100, 100) * QUARTER).max((now / QUARTER + 1) * QUARTER);
        let answer = self
            .write(move |tx| moving::move_to(tx, MemberId(own), BookingId(id), moving::To::Start(Timestamp(to))).map(|m| m.0));
        match answer {
            Ok(at) if to == old => assert_eq!(at.0, to),
            Ok(at) => {
                assert_eq!(at.0, to);
                self.model.shaken.insert(old);
                self.model.tally.moved += 1;
                if let Some(known) = self.model.known.get_mut(&id) {
                    (known.window, known.start) = ((to, to), to);
                    (known.promised, known.begun, known.sat_at, known.goals_met) = (false, false, None, 0);
                    known.named.clear();
                }
                self.errand(now + 1, Errand::Bell(to));
            }
            Err("overlap") => assert!(self.model.clashes_but(Some(id), own, (to, to), minutes), "refused without a reason"),
            Err(code) => self.refused_rightly(code, own, to, minutes),
        }
    }

    /// Whether a booking was refused because of the grid or the end of an account.
    pub(super) fn refused_rightly(&self, code: &str, who: i64, start: i64, minutes: i64) {
        match code {
            "off_grid" => assert_ne!(start % (self.step * MINUTE), 0, "{start} is on the grid"),
            "ends" => assert!(self.ends.get(&who).is_some_and(|ends| *ends < start + minutes * 72), "the account lasts longer"),
            _ => panic!("refused with {code}: {who} at {start}"),
        }
    }

    /// Not for a while: what has been announced stays.
    pub(super) fn snoozes(&mut self, n: usize) {
        let (own, other) = (self.members[n], self.members[self.dice.below(self.members.len() as i64) as usize]);
        let likes = |a, b| self.model.favorites.contains(&(a, b));
        if own == other || likes(own, other) || likes(other, own) || self.model.blocks.contains(&(own, other)) {
            return;
        }
        // Who has sat down together for a day to come, by a click or an agreement, stays together.
        let sql = "SELECT a.id, b.id FROM booking a JOIN booking b ON b.session = a.session
                   WHERE a.member = ?1 AND b.member = ?2 AND a.start > ?3 AND a.cancelled_at IS NULL AND b.cancelled_at IS NULL";
        let now = self.now;
        let together: Vec<(i64, i64)> = self.read(|conn| {
            let mut query = conn.prepare(sql).unwrap();
            let rows = query.query_map((own, other, now), |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
            Ok(rows.map(Result::unwrap).collect())
        });
        for (a, b) in together.iter().flat_map(|(a, b)| [(a, b), (b, a)]) {
            if let Some(known) = self.model.known.get_mut(a) {
                known.named.insert(*b);
            }
        }
        self.write(move |tx| relate::relate(tx, MemberId(own), MemberId(other), Some(RelationKind::Snooze))).unwrap();
        self.model.snoozes.insert((own, other), self.now + SNOOZE);
        self.model.tally.snoozed += 1;
    }

    /// They live elsewhere from here on: what was agreed upon stays where it was, everything else goes by the other clock.
    pub(super) fn travels(&mut self, n: usize) {
        let (own, zone) = (self.members[n], self.dice.below(ZONES.len() as i64) as usize);
        self.zones[n] = zone;
        self.write(move |tx| account::change_zone(tx, MemberId(own), ZONES[zone])).unwrap();
        let zone = Zone::or_utc(ZONES[zone]);
        if let Some(left) = self.words.left.get_mut(&own) {
            left.zone = zone.clone();
        }
        if let Some(before) = self.words.nudgeable.get_mut(&own) {
            *before = zone.clone();
        }
        self.words.zones.insert(own, zone);
    }

    /// What they say about a third is for bookings to come.
    pub(super) fn says_of_trios(&mut self, n: usize) {
        let (own, yes) = (self.members[n], self.dice.percent(60));
        let nudges = self.words.nudgeable.contains_key(&own);
        // What the house booked for them before went by what they had said till then.
        self.adopt();
        self.write(move |tx| account::change_company(tx, MemberId(own), yes, false, nudges)).unwrap();
        self.model.said_trio.insert(own, yes);
    }

    /// A room between sessions: who may come in does, and is kept from whom the wall keeps them.
    pub(super) fn visits_a_room(&mut self, n: usize) {
        let (own, now, id) = (MemberId(self.members[n]), Timestamp(self.now), self.room);
        let entered = self.store.read_here(|conn| room::enter(conn, own, id, now));
        if !self.is_in(n) {
            return assert!(matches!(entered, Err(Fault::Refusal(_))), "who is kept out comes into no room");
        }
        let (_, guest) = entered.unwrap();
        let others = self.members.iter().copied().filter(|other| *other != own.0 && self.model.is_walled_off(own.0, *other));
        assert_eq!(guest.apart, others.map(MemberId).collect::<BTreeSet<_>>(), "whom walls keep from {own:?}");
        self.model.tally.visits += 1;
    }

    pub(super) fn open_a_room(&mut self) {
        let form = RoomForm { name: "Kitchen".into(), purpose: "Tea".into(), capacity: 6, rhythm: "none".into() };
        self.room = self.write(move |tx| room::make(tx, KEEPER, &form)).unwrap();
    }

    /// An admin makes the grid coarser, or finer again; what was booked stays.
    pub(super) fn sets_the_grid(&mut self, step: i64) {
        let old = self.read(|conn| admin::house_form(conn, KEEPER));
        let form = HouseForm {
            name: old.name,
            zone: old.zone.name().to_owned(),
            step,
            lengths: old.lengths.into(),
            focus_hours: old.focus_hours,
            rules: old.rules,
            welcome: old.welcome,
        };
        self.write(move |tx| admin::change_house(tx, KEEPER, &form)).unwrap();
        self.step = step;
    }

    /// Kept out at once, also from the session that runs; all that they booked is cancelled.
    pub(super) fn keeps_out(&mut self, n: usize) {
        let (own, now) = (self.members[n], self.now);
        if !self.is_in(n) || self.ends.contains_key(&own) {
            return;
        }
        self.write(move |tx| admin::set_paused(tx, KEEPER, MemberId(own), true)).unwrap();
        self.is_out(own, |known| known.start + known.minutes * MINUTE > now);
    }

    fn is_out(&mut self, who: i64, which: impl Fn(&Known) -> bool) {
        self.words.out.insert(who);
        self.words.were_out.insert(who);
        self.called_off(|known| known.member == who && which(known));
        self.model.tally.kept_out += 1;
    }

    pub(super) fn lets_in(&mut self, n: usize) {
        let own = self.members[n];
        if self.words.out.remove(&own) {
            self.write(move |tx| admin::set_paused(tx, KEEPER, MemberId(own), false)).unwrap();
        }
    }

    /// An account gets a last day.
    pub(super) fn ends_on(&mut self, n: usize) {
        let own = self.members[n];
        if !self.is_in(n) || self.ends.contains_key(&own) {
            return;
        }
        let day = Zone::utc().date(Timestamp(self.now)).saturating_add(self.dice.between(0, 10).days());
        self.write(move |tx| roll::end_on(tx, KEEPER, MemberId(own), &day.to_string())).unwrap();
        let ends = Zone::utc().midnight(day.saturating_add(1.days())).0;
        self.ends.insert(own, ends);
        let back = ends + self.dice.between(DAY, 5 * DAY);
        self.errand(back, Errand::LetsIn(n));
    }

    /// Accounts end on their day by themselves, and whoever sits in a session then stays to its end.
    pub(super) fn accounts_that_ended(&mut self) {
        let now = self.now;
        let over: Vec<(i64, i64)> = self.ends.iter().filter(|(_, at)| **at <= now).map(|(who, at)| (*who, *at)).collect();
        for (who, ends) in over {
            let sql = "SELECT paused_at FROM member WHERE id = ?1";
            let paused: Option<i64> = self.read(|conn| Ok(conn.query_row(sql, [who], |row| row.get(0)).unwrap()));
            match paused {
                Some(at) => {
                    assert!(at >= ends, "the account of {who} ended before its day was over");
                    self.ends.remove(&who);
                    self.is_out(who, |known| known.start > at);
                }
                None => assert!(now <= ends + LATE, "the account of {who} did not end"),
            }
        }
    }

    /// Back sooner than was said: the dates are booked again.
    pub(super) fn comes_back(&mut self, n: usize) {
        let own = self.members[n];
        self.words.holidays.remove(&own);
        self.write(move |tx| appointment::go_on_holiday(tx, MemberId(own), None)).unwrap();
    }
}
