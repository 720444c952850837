//! Asks the matcher about a start and carries out what it decides: hours before, a quarter of an hour before and on every
//! change from then on, in the last minute.
//!
//! **What is due is found in the rows** (`looked`), so a restart between two steps changes nothing: the same rows lead to the
//! same decision. Once a session is under way nobody is moved here; company for who is alone then is the lounge's.

use super::pool::{self, Told, by_number};
use super::{Effects, Fault, house_of, keeper, pairing};
use crate::domain::booking::Length;
use crate::domain::capacity::Full;
use crate::domain::company::{DUE_S, LAST_S, NAMES_S, WINDOW_MOST_S};
use crate::domain::grid::{self, LATE_BOOKING_S};
use crate::domain::id::{BookingId, MemberId, SessionId};
use crate::domain::keeper::Figure;
use crate::domain::matching::planner::{self, Call, Decision};
use crate::domain::matching::{Meeting, Rule, Whom};
use crate::domain::time::{HOUR, MINUTE, Timestamp, Zone};
use crate::store::company::{self, OpenRow};
use crate::store::{Tx, booking, group, member, past, relation};
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};

/// How far around a start wishes are told to the matcher.
const AROUND_S: i64 = 3 * HOUR;
/// Starts that one transaction looks at.
const STARTS_MOST: usize = 20;
/// The row that keeps up to which start windows were looked at.
const WINDOWS: &str = "windows";
/// Flexible bookings that one transaction takes on to their next start after a long sleep.
const LEFT_BEHIND_MOST: usize = 200;

/// How late it is for a start; `None` when names are not said yet or the session is under way.
pub(super) fn call_at(start: Timestamp, now: Timestamp) -> Option<Call> {
    match start.since(now) {
        left if left > NAMES_S => None,
        left if left > DUE_S => Some(Call::Early),
        left if left > LAST_S => Some(Call::Due),
        left if left >= -LATE_BOOKING_S => Some(Call::Last),
        _ => None,
    }
}

/// When a start is to be looked at next.
///
/// # Errors
/// Only those of the store.
pub(super) fn next_look(conn: &Connection, now: Timestamp) -> Result<Option<Timestamp>, Fault> {
    let window = window_start(conn, now)?.map(|start| start.plus(-DUE_S));
    Ok([company::next_look(conn, now)?, window].into_iter().flatten().min())
}

/// The next start of a window that comes before the one that was asked for. **Each start is looked at once for all windows**, so
/// one row (`job`) keeps how far that went.
fn window_start(conn: &Connection, now: Timestamp) -> Result<Option<Timestamp>, Fault> {
    // What lies further ahead than a look can was kept by a clock that ran wrong.
    let looked = past::job_ran_at(conn, WINDOWS)?.filter(|looked| looked.since(now) <= DUE_S);
    let after = looked.map_or(now, |looked| looked.max(now)).plus(1);
    let Some(from) = company::window_next(conn, after)? else { return Ok(None) };
    let house = house_of(conn)?;
    Ok(Some(grid::next_start(from, house.step, house.zone.offset_s(from))))
}

/// Looks at every start whose time has come.
///
/// # Errors
/// Only those of the store.
pub(super) fn look_at_what_is_due(tx: &Tx<'_>, effects: &mut Effects) -> Result<(), Fault> {
    for (id, length, latest) in company::left_behind(tx.conn, tx.now, LEFT_BEHIND_MOST)? {
        let house = house_of(tx.conn)?;
        let next = grid::next_start(tx.now.plus(1), house.step, house.zone.offset_s(tx.now)).min(latest);
        company::start_move_on(tx.conn, id, next, next.plus(length.footprint_s()))?;
    }
    for start in company::starts_to_look_at(tx.conn, tx.now, STARTS_MOST)? {
        look_at(tx, start, effects)?;
    }
    while let Some(start) = window_start(tx.conn, tx.now)?.filter(|start| start.since(tx.now) <= DUE_S) {
        look_at(tx, start, effects)?;
        past::job_ran(tx.conn, WINDOWS, start)?;
    }
    Ok(())
}

/// After a booking was made: every start that it could have, as far as its time has come.
pub(super) fn look_for(tx: &Tx<'_>, id: BookingId, effects: &mut Effects) -> Result<(), Fault> {
    let Some(own) = company::open(tx.conn, id)? else { return Ok(()) };
    if own.company.is_exact() {
        if own.start.since(tx.now) > NAMES_S {
            return at_once(tx, &own, effects);
        }
        return look_at(tx, own.start, effects);
    }
    let step = house_of(tx.conn)?.step * MINUTE;
    let mut start = own.company.earliest;
    while start <= own.company.latest && start.since(tx.now) <= DUE_S {
        look_at(tx, start, effects)?;
        start = start.plus(step);
    }
    Ok(())
}

/// Long before: only two who both prefer each other, or one who asked for the other, need not wait for the names.
fn at_once(tx: &Tx<'_>, own: &OpenRow, effects: &mut Effects) -> Result<(), Fault> {
    let mut waiting = company::open_between(tx.conn, own.start, own.start)?;
    waiting.retain(|row| row.company.is_exact() && row.pending.is_none());
    let mut told = pool::tell(tx.conn, own.start, tx.now, &waiting, &[])?;
    let fond = |other: &OpenRow| {
        let favors = |a, b| told.pool.favorites.contains(&(a, b));
        let asked = |a: &OpenRow, b: &OpenRow| a.company.whom == Whom::Member(b.member);
        (favors(own.member, other.member) && favors(other.member, own.member)) || asked(own, other) || asked(other, own)
    };
    let near: BTreeSet<BookingId> =
        waiting.iter().filter(|row| row.booking == own.booking || fond(row)).map(|row| row.booking).collect();
    if near.len() < 2 {
        return Ok(());
    }
    told.pool.wishes.retain(|wish| near.contains(&wish.booking));
    let decision = planner::decide(&told.pool, told.said(own.start), Call::Early);
    let meeting = decision.meetings.iter().find(|meeting| meeting.bookings.contains(&own.booking));
    if let Some(meeting) = meeting {
        pairing::seat_together(tx, &meeting.bookings, meeting.rule, effects)?;
    }
    Ok(())
}

/// Lets the matcher look at one start, and carries out what it says.
pub(super) fn look_at(tx: &Tx<'_>, start: Timestamp, effects: &mut Effects) -> Result<(), Fault> {
    let Some(call) = call_at(start, tx.now) else { return Ok(()) };
    let begun = start <= tx.now;
    let around = if call == Call::Early || begun { 0 } else { AROUND_S };
    let waiting = company::open_between(tx.conn, start.plus(-around), start.plus(around))?;
    if waiting.is_empty() {
        return Ok(());
    }
    // Hours before, and in the minute after, only those who wait are brought together.
    let matched = if around == 0 { Vec::new() } else { matches_at(tx.conn, start)? };
    let told = pool::tell(tx.conn, start, tx.now, &waiting, &matched)?;
    let wished = planner::decide(&told.pool, told.said(start), call);
    let house = Seen { start, call, waiting: &waiting, matched: &matched };
    let full = house.is_too_much(tx, &told, &wished)?;
    let decision = match full {
        Some((threes, _)) => planner::decide_within(&told.pool, told.said(start), call, threes),
        None => wished.clone(),
    };
    house.carry_out(tx, &told, &decision, effects)?;
    if let Some((_, full)) = full {
        house.tell_left_out(tx, (&wished, &decision), full, effects)?;
    }
    if !begun {
        house.move_on(tx, &decision, effects)?;
        company::looked_set(tx.conn, start, number(call))?;
    }
    Ok(())
}

/// Whom a look at this very moment would bring together at a start, of those who can sit nowhere else.
///
/// # Errors
/// Only those of the store.
pub fn would_be_matched(conn: &Connection, start: Timestamp, now: Timestamp) -> Result<BTreeSet<BookingId>, Fault> {
    let mut waiting = company::open_between(conn, start, start)?;
    waiting.retain(|row| row.company.is_exact());
    would_sit(conn, start, &waiting, now)
}

/// Whether this booking would find company if it moved to that start.
pub(super) fn would_meet(conn: &Connection, own: &OpenRow, start: Timestamp, now: Timestamp) -> Result<bool, Fault> {
    let mut moved = own.clone();
    (moved.start, moved.company.earliest, moved.company.latest) = (start, start, start);
    let mut waiting = company::open_between(conn, start, start)?;
    waiting.retain(|row| row.company.is_exact() && row.booking != own.booking);
    waiting.push(moved.clone());
    Ok(would_sit(conn, start, &waiting, now)?.contains(&own.booking))
}

fn would_sit(conn: &Connection, start: Timestamp, waiting: &[OpenRow], now: Timestamp) -> Result<BTreeSet<BookingId>, Fault> {
    if waiting.len() < 2 {
        return Ok(BTreeSet::new());
    }
    let told = pool::tell(conn, start, now, waiting, &[])?;
    let decision = planner::decide(&told.pool, told.said(start), Call::Early);
    Ok(decision.meetings.into_iter().flat_map(|meeting| meeting.bookings).collect())
}

/// Those who have company at this start; who is left over from a match is none of them.
fn matches_at(conn: &Connection, start: Timestamp) -> Result<Vec<OpenRow>, Fault> {
    let rows = company::matched_at(conn, start)?;
    let mut sizes: BTreeMap<SessionId, usize> = BTreeMap::new();
    for row in &rows {
        *sizes.entry(row.session).or_default() += 1;
    }
    let mut rows: Vec<OpenRow> = rows.into_iter().filter(|row| sizes.get(&row.session).is_some_and(|n| *n > 1)).collect();
    // Two who said "not now" to a third have said it for this session.
    for row in rows.iter_mut().filter(|row| row.company.trio && sizes.get(&row.session) == Some(&2)) {
        row.company.trio = !company::has_sent_on(conn, row.session)?;
    }
    Ok(rows)
}

fn number(call: Call) -> i64 {
    match call {
        Call::Early => 1,
        Call::Due => 2,
        Call::Last => 3,
    }
}

/// What was known when a start was decided about.
struct Seen<'a> {
    start: Timestamp,
    call: Call,
    waiting: &'a [OpenRow],
    matched: &'a [OpenRow],
}

impl Seen<'_> {
    /// For how many more sessions of three there is room, if that is less than what is wished for.
    fn is_too_much(&self, tx: &Tx<'_>, told: &Told, wished: &Decision) -> Result<Option<(usize, Full)>, Fault> {
        let threes = wished.new_threes(&told.pool);
        if self.call == Call::Early || threes == 0 {
            return Ok(None);
        }
        let room = tx.more_of_three(self.start.max(tx.now));
        // Who was named at this start is in no call yet.
        let named = if room.is_ok_and(|room| room < usize::MAX) { company::threes_at(tx.conn, self.start)? } else { 0 };
        Ok(match room {
            Err(full) => Some((0, full)),
            Ok(room) if room.saturating_sub(named) < threes => Some((room.saturating_sub(named), Full { until: None })),
            Ok(_) => None,
        })
    }

    /// Who would have been a third, and for whom the machine has no room: told when it counts, in the last minute or when a promise ends.
    fn tell_left_out(
        &self,
        tx: &Tx<'_>,
        (wished, decision): (&Decision, &Decision),
        full: Full,
        effects: &mut Effects,
    ) -> Result<(), Fault> {
        let seated = |decision: &Decision, id| decision.meetings.iter().any(|meeting| meeting.bookings.contains(&id));
        for row in self.waiting.iter().filter(|row| seated(wished, row.booking) && !seated(decision, row.booking)) {
            let last = self.call == Call::Last && row.company.is_exact() && row.news.is_none();
            if last || row.pending.is_some() {
                let zone = member::member(tx.conn, row.member)?.map_or_else(Zone::utc, |m| m.zone);
                booking::booking_news(tx.conn, row.booking, Some(&full.for_a_third(&zone)))?;
                effects.touch(row.start, row.member, row.session);
            }
        }
        Ok(())
    }

    fn carry_out(&self, tx: &Tx<'_>, told: &Told, decision: &Decision, effects: &mut Effects) -> Result<(), Fault> {
        let rows = by_number(self.waiting.iter().chain(self.matched));
        let was_named = |id: &BookingId| self.matched.iter().any(|row| row.booking == *id);
        let mut taken: BTreeSet<SessionId> = BTreeSet::new();
        let mut left: BTreeSet<SessionId> = BTreeSet::new();
        let mut promised: BTreeMap<BookingId, SessionId> = BTreeMap::new();
        for meeting in &decision.meetings {
            let pending = meeting.third.filter(|third| self.call != Call::Last && !was_named(third));
            let named: Vec<&OpenRow> =
                meeting.bookings.iter().filter(|id| Some(**id) != pending).filter_map(|id| rows.get(id).copied()).collect();
            let mut target = self.target(&named, &mut taken);
            if !self.stands(&named) {
                if target.is_none() {
                    // All of theirs took in others: who is left over from two pairs that were opened sits in one of their own.
                    let own = booking::session_insert(tx.conn, tx.now)?;
                    taken.insert(own);
                    target = Some(own);
                }
                left.extend(named.iter().map(|row| row.session).filter(|session| Some(*session) != target));
                self.settle(tx, meeting, &named, told)?;
                let ids: Vec<BookingId> = named.iter().map(|row| row.booking).collect();
                pairing::seat_in(tx, &ids, target, meeting.rule, effects)?;
                self.tell_why(tx, meeting, &named)?;
            }
            if let (Some(third), Some(session)) = (pending, target) {
                promised.insert(third, session);
            }
        }
        // Pairs that were opened leave empty sessions behind.
        for session in left.difference(&taken) {
            booking::session_recount(tx.conn, *session)?;
            super::push_new(&mut effects.sessions, *session);
        }
        for id in &decision.beside {
            if let Some(row) = rows.get(id) {
                self.bring_beside(tx, row, effects)?;
            }
        }
        for row in self.waiting.iter().filter(|row| row.pending.is_some() || promised.contains_key(&row.booking)) {
            let promise = promised.get(&row.booking).copied();
            if promise.is_some() && !row.company.is_exact() {
                let at = self.start;
                company::start_settle(tx.conn, row.booking, at, at.plus(row.length.footprint_s()))?;
            }
            if self.start == row.start || promise.is_some() {
                company::pending_set(tx.conn, row.booking, promise)?;
                effects.touch(row.start, row.member, row.session);
                effects.touch(self.start, row.member, row.session);
            }
        }
        Ok(())
    }

    /// Whether exactly these sit together already.
    fn stands(&self, named: &[&OpenRow]) -> bool {
        let Some(first) = named.first() else { return true };
        let there = self.matched.iter().filter(|row| row.session == first.session).count();
        there == named.len() && named.iter().all(|row| row.session == first.session)
    }

    /// The session that takes them in: that of who was matched before, and one session for one match only.
    fn target(&self, named: &[&OpenRow], taken: &mut BTreeSet<SessionId>) -> Option<SessionId> {
        let mut sessions: Vec<SessionId> = named.iter().map(|row| row.session).collect();
        let known = |session: &SessionId| self.matched.iter().any(|row| row.session == *session);
        sessions.sort_by_key(|session| !known(session));
        sessions.into_iter().find(|session| taken.insert(*session))
    }

    /// Flexible bookings take the start of their match.
    fn settle(&self, tx: &Tx<'_>, meeting: &Meeting, named: &[&OpenRow], told: &Told) -> Result<(), Fault> {
        let start = told.real(meeting.start);
        for row in named {
            if row.start != start || !row.company.is_exact() || row.pending.is_some() {
                company::start_settle(tx.conn, row.booking, start, start.plus(row.length.footprint_s()))?;
            }
        }
        Ok(())
    }

    /// Nobody begins with them, but somebody works alone at that time: the lounge offers them each other.
    fn bring_beside(&self, tx: &Tx<'_>, row: &OpenRow, effects: &mut Effects) -> Result<(), Fault> {
        company::start_settle(tx.conn, row.booking, self.start, self.start.plus(row.length.footprint_s()))?;
        let at = pairing::clock_of(tx, row.member, self.start)?;
        let news = format!(
            "Your session begins at {at}. Nobody else begins then, but somebody works alone: your session page offers you to sit together."
        );
        booking::booking_news(tx.conn, row.booking, Some(&news))?;
        effects.touch(row.start, row.member, row.session);
        effects.touch(self.start, row.member, row.session);
        Ok(())
    }

    /// A partner change always names its cause; so does a start that moved.
    fn tell_why(&self, tx: &Tx<'_>, meeting: &Meeting, named: &[&OpenRow]) -> Result<(), Fault> {
        let start = self.start;
        for row in named {
            let was_named = self.matched.iter().any(|m| m.booking == row.booking);
            let others = pairing::names_of(tx, named, row.member)?;
            let news = if was_named && meeting.rule == Rule::Opened {
                keeper::note_change(tx, start, Figure::ForMoreCompany)?;
                Some(format!("Somebody would have been alone, so partners changed. You are with {others}."))
            } else if was_named && named.len() > 2 {
                let third = named.iter().find(|r| !self.matched.iter().any(|m| m.booking == r.booking));
                let name = third.map(|r| pairing::name_of(tx, r.member)).transpose()?;
                name.map(|name| format!("{name} would have been alone, and sits with you two."))
            } else if let Some(cause) = &row.news {
                Some(format!("{cause} You are with {others}."))
            } else if !row.company.is_exact() {
                let at = pairing::clock_of(tx, row.member, start)?;
                Some(format!("There is company for you at {at}. You are with {others}."))
            } else {
                None
            };
            if let Some(news) = news {
                booking::booking_news(tx.conn, row.booking, Some(&news))?;
            }
        }
        Ok(())
    }

    /// Who is flexible and found nobody at this start goes on to the next one.
    fn move_on(&self, tx: &Tx<'_>, decision: &Decision, effects: &mut Effects) -> Result<(), Fault> {
        if self.call == Call::Early {
            return Ok(());
        }
        let seated: BTreeSet<BookingId> = decision.meetings.iter().flat_map(|m| m.bookings.iter().copied()).collect();
        let lone = |row: &&OpenRow| {
            let stays = seated.contains(&row.booking) || decision.beside.contains(&row.booking);
            row.start == self.start && !row.company.is_exact() && !stays
        };
        let lone: Vec<&OpenRow> = self.waiting.iter().filter(lone).collect();
        if lone.is_empty() {
            return Ok(());
        }
        let step = house_of(tx.conn)?.step * MINUTE;
        for row in lone {
            let next = row.start.plus(step);
            if next <= row.company.latest {
                company::start_move_on(tx.conn, row.booking, next, next.plus(row.length.footprint_s()))?;
                effects.touch(row.start, row.member, row.session);
                effects.touch(next, row.member, row.session);
            }
        }
        Ok(())
    }
}

/// Others who could be company at some start of this window, whatever their length.
pub(super) fn others_around(conn: &Connection, own: &OpenRow, now: Timestamp) -> Result<Vec<OpenRow>, Fault> {
    let (from, to) = (own.company.earliest.max(now), own.company.latest);
    let never = crate::store::relation::standing(conn, own.member, now)?.never;
    let mut rows = company::open_between(conn, from, to)?;
    rows.retain(|row| row.member != own.member && !never.contains(&row.member));
    let mut open = Vec::with_capacity(rows.len());
    for row in rows {
        if is_open_to(conn, &row, own.member)? && is_open_to(conn, own, row.member)? {
            open.push(row);
        }
    }
    Ok(open)
}

/// Whether a booking would have this member for company: not when it is kept inside a group that they are not in, or asks for others only.
pub(super) fn is_open_to(conn: &Connection, row: &OpenRow, who: MemberId) -> Result<bool, Fault> {
    let favorite = row.company.whom.is_narrow() && relation::is_favorite(conn, row.member, who)?;
    Ok(row.company.whom.asks_for(who, || favorite)
        && match row.company.inside {
            Some(inside) => group::is_in(conn, who, inside)?,
            None => true,
        })
}

/// The longest that a window may reach past a start, for looking up what is in its way.
pub(super) fn reach_s(length: Length) -> i64 {
    WINDOW_MOST_S + length.footprint_s()
}
