//! What is said to people and planned for them, and what must be true of it: every sentence once, nudges within their caps and
//! never at night, dates of appointments at their hour of the wall clock, found times inside what was ticked.

use super::model::{Known, Model};
use super::{DAY, HOUR, LATE, WEEK};
use alongside::domain::plan::{Part, Parts};
use alongside::domain::time::{Timestamp, Zone};
use alongside::store::Connection;
use jiff::ToSpan;
use jiff::civil::{Date, Time};
use std::collections::{BTreeMap, BTreeSet};

/// "Every Tuesday at nine", as it was agreed.
#[derive(Clone, Debug)]
pub struct Every {
    pub people: Vec<i64>,
    pub zone: Zone,
    pub first: Date,
    pub time: Time,
    pub minutes: i64,
    pub agreed: bool,
    pub ended: bool,
}

/// What was left to the house.
#[derive(Clone, Debug)]
pub struct Left {
    pub zone: Zone,
    pub parts: Parts,
    pub minutes: i64,
}

/// A booking that time itself made, with where it comes from.
#[derive(Debug)]
pub struct Made {
    pub id: i64,
    pub member: i64,
    pub start: i64,
    pub minutes: i64,
    pub date: Option<(i64, Date)>,
    /// The place of an order that it was found for.
    pub found: Option<i64>,
}

/// Whom it was said to, of what kind, in what words, about which booking or appointment, and until when.
type Said = (i64, String, String, Option<i64>, Option<i64>, i64);

/// The reference for all that is said.
#[derive(Default)]
pub struct Words {
    /// Who agreed to nudges, and their zone.
    pub nudgeable: BTreeMap<i64, Zone>,
    pub none_until: BTreeMap<i64, i64>,
    pub every: BTreeMap<i64, Every>,
    pub left: BTreeMap<i64, Left>,
    /// Dates of appointments that somebody cancelled by hand.
    pub by_hand: BTreeSet<(i64, Date, i64)>,
    pub holidays: BTreeMap<i64, (Date, Date)>,
    /// Where members live.
    pub zones: BTreeMap<i64, Zone>,
    /// Who is kept out, and who ever was.
    pub out: BTreeSet<i64>,
    pub were_out: BTreeSet<i64>,
    /// The booking that was found last for each place of an order.
    pub places: BTreeMap<i64, i64>,
    nudged: BTreeMap<i64, BTreeSet<i64>>,
    told: BTreeSet<Said>,
    seen: BTreeSet<(i64, i64)>,
    looked_at: i64,
    pub notices: u64,
    pub nudges: u64,
}

impl Words {
    /// Bookings after `last` that nobody asked for at that moment.
    pub fn made(conn: &Connection, last: i64) -> rusqlite::Result<Vec<Made>> {
        let mut query = conn.prepare_cached(
            "SELECT b.id, b.member, b.start, b.minutes, d.appointment, d.date, p.id
             FROM booking b LEFT JOIN appointment_date d ON d.booking = b.id LEFT JOIN order_place p ON p.booking = b.id
             WHERE b.id > ?1 ORDER BY b.id",
        )?;
        let rows = query.query_map([last], |r| {
            let (appointment, date): (Option<i64>, Option<String>) = (r.get(4)?, r.get(5)?);
            Ok(Made {
                id: r.get(0)?,
                member: r.get(1)?,
                start: r.get(2)?,
                minutes: r.get(3)?,
                date: appointment.zip(date.map(|date| date.parse().unwrap())),
                found: r.get(6)?,
            })
        })?;
        rows.collect()
    }

    /// Whether time itself was allowed to make this booking.
    pub fn judge_made(&self, made: &Made, now: i64) {
        let start = Timestamp(made.start);
        assert!(!self.out.contains(&made.member), "booked for who is kept out: {made:?}");
        match made.date {
            Some((id, date)) => {
                let every = &self.every[&id];
                assert!(every.agreed && !every.ended && every.people.contains(&made.member), "{every:?} {made:?}");
                let wall = every.zone.wall(start);
                assert_eq!((wall.date(), wall.time()), (date, every.time), "the hour of the wall clock: {every:?} {made:?}");
                assert_eq!(date.weekday(), every.first.weekday(), "{every:?} {made:?}");
                assert_eq!(made.minutes, every.minutes);
                assert!(!self.by_hand.contains(&(id, date, made.member)), "cancelled by hand and booked again: {made:?}");
                assert!(made.start > now - LATE && made.start <= now + 28 * DAY + HOUR, "{made:?}");
                assert!(every.people.iter().all(|who| !self.is_away(*who, start)), "on holiday: {made:?}");
            }
            None => {
                assert!(made.found.is_some(), "nobody booked {made:?}");
                let left = &self.left[&made.member];
                let (from, to) = (left.zone.wall(start), left.zone.wall(start.plus(made.minutes * 60)));
                let day = from.date().weekday().to_monday_zero_offset() as usize;
                let fits = |part: &Part| {
                    let (first, last) = part.hours();
                    left.parts.has(day, *part)
                        && from.hour() >= first
                        && (to.hour() < last || (to.hour() == last && to.minute() == 0))
                };
                assert!(Part::ALL.iter().any(fits), "outside what was ticked: {left:?} {made:?} {from}");
                assert_eq!(made.minutes, left.minutes);
                assert!(made.start >= now - LATE + 12 * HOUR, "found nearer than twelve hours: {made:?} at {now}");
                assert!(!self.is_away(made.member, start), "found in a holiday: {made:?}");
            }
        }
    }

    fn is_away(&self, who: i64, start: Timestamp) -> bool {
        let date = self.zones[&who].date(start);
        self.holidays.get(&who).is_some_and(|(first, last)| (*first..=*last).contains(&date))
    }

    /// What is true after every step.
    pub fn judge(&mut self, conn: &Connection, model: &Model, now: i64) -> rusqlite::Result<()> {
        let since = self.looked_at;
        let mut query = conn.prepare_cached(
            "SELECT id, member, kind, text, booking, appointment, until, made_at FROM notice WHERE made_at >= ?1 ORDER BY id",
        )?;
        let mut rows = query.query([since])?;
        while let Some(r) = rows.next()? {
            let (id, at): (i64, i64) = (r.get(0)?, r.get(7)?);
            if self.seen.insert((id, at)) {
                let said: Said = (r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?, r.get(5)?, r.get(6)?);
                self.notices += 1;
                assert!(self.told.insert(said.clone()), "told again: {said:?}");
            }
        }
        let mut query = conn.prepare_cached("SELECT member, at FROM nudge WHERE at >= ?1")?;
        let mut rows = query.query([since])?;
        while let Some(r) = rows.next()? {
            let (member, at): (i64, i64) = (r.get(0)?, r.get(1)?);
            self.judge_nudge(model, member, at);
        }
        self.looked_at = now;
        Ok(())
    }

    fn judge_nudge(&mut self, model: &Model, member: i64, at: i64) {
        let zone = self.nudgeable.get(&member).unwrap_or_else(|| panic!("{member} did not agree to nudges"));
        let before = self.nudged.entry(member).or_default();
        if !before.insert(at) {
            return;
        }
        self.nudges += 1;
        assert!(!self.out.contains(&member), "{member} was nudged and is kept out");
        let hour = zone.wall(Timestamp(at)).hour();
        assert!((8..21).contains(&hour), "{member} was nudged at night, at {hour}");
        assert_eq!(before.range(at - DAY + 1..at).count(), 0, "{member}: two nudges in a day");
        assert!(before.range(at - WEEK + 1..at).count() < 3, "{member}: more than three in a week");
        assert!(self.none_until.get(&member).is_none_or(|until| at >= *until), "{member} said not this week");
        let sits = |k: &Known| !k.cancelled && k.left_at.is_none() && k.member == member && k.start <= at && at < k.closes();
        assert!(!model.known.values().any(sits), "{member} was nudged in a session");
    }

    /// What is true at the end of a day: every date ahead was dealt with, and no place was left without a word.
    pub fn judge_day(&mut self, conn: &Connection, model: &Model, now: i64) -> rusqlite::Result<()> {
        let mut ended = conn.prepare_cached("SELECT ended_at IS NOT NULL FROM appointment WHERE id = ?1")?;
        let mut dealt = conn.prepare_cached("SELECT count(*) FROM appointment_date WHERE appointment = ?1 AND date = ?2")?;
        for (id, every) in &mut self.every {
            if every.ended || !every.agreed {
                continue;
            }
            let apart = every.people.len() == 2 && !model.may_meet(every.people[0], every.people[1]);
            let over = ended.query_row([id], |r| r.get(0)).unwrap_or(true);
            if over {
                // Only who must not meet has no appointment any more, unless somebody ended it.
                assert!(
                    apart || model.parted.contains(&(every.people[0], every.people[every.people.len() - 1])),
                    "{id} {every:?}"
                );
                every.ended = true;
                continue;
            }
            if apart || every.people.iter().any(|who| self.were_out.contains(who)) {
                continue;
            }
            // Dates that are over are dealt with no more.
            let over = (every.zone.date(Timestamp(now)) - every.first).get_days().max(0) / 7;
            let mut date = every.first.saturating_add((7 * i64::from(over)).days());
            loop {
                let start = every.zone.at(date.to_datetime(every.time)).0;
                if start > now + 28 * DAY {
                    break;
                }
                if start > now {
                    let rows: i64 = dealt.query_row((id, date.to_string()), |r| r.get(0))?;
                    assert!(rows > 0, "{date} of {id} was forgotten: {every:?}");
                }
                date = date.saturating_add(7.days());
            }
        }
        let mut silent: Vec<i64> = conn
            .prepare_cached(
                "SELECT o.member FROM order_place p JOIN weekly_order o ON o.id = p.weekly_order
                 WHERE p.placed_at IS NULL AND p.said_at IS NULL AND o.ended_at IS NULL AND p.last < ?1",
            )?
            .query_map([now], |r| r.get(0))?
            .collect::<Result<_, _>>()?;
        // Nothing is looked for while somebody is kept out.
        silent.retain(|who| !self.were_out.contains(who));
        assert_eq!(silent, [0i64; 0], "a time was not found and nothing was said");
        for at in self.nudged.values_mut() {
            *at = at.split_off(&(now - 8 * DAY));
        }
        self.told.retain(|said| said.5 >= now - DAY);
        self.seen = self.seen.iter().copied().filter(|(_, at)| *at >= now - DAY).collect();
        Ok(())
    }
}
