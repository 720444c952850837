//! "Find me two times": so many sessions in these parts of the week, and the house chooses when.
//!
//! **What is looked for is a row** (`order_place`), so a restart between asking and finding changes nothing. Times are chosen by
//! the matcher's own rule ([`place`]), at least twelve hours ahead; what is found is an ordinary booking from then on.

use super::{Effects, Fault, book, calendar, deciding, house_of, notices, pairing, pool};
use crate::domain::booking::{Length, Wishes};
use crate::domain::company::Company;
use crate::domain::hours::Open;
use crate::domain::id::{BookingId, MemberId, SessionId};
use crate::domain::matching::orders::{AHEAD_S, Order, Placed, RESCUE_WITHIN_S, is_late, is_to_be_said, place};
use crate::domain::matching::{Rule, Whom};
use crate::domain::plan::{self, Holiday, PLANS_MOST, Parts, TIMES_MOST, monday_of, opens_at};
use crate::domain::refusal::Refusal;
use crate::domain::time::{MINUTE, Timestamp, Zone};
use crate::domain::view::{House, NoticeKind};
use crate::store::company::OpenRow;
use crate::store::notice::NewNotice;
use crate::store::orders::{self, OpenPlace, OrderRow};
use crate::store::{Tx, appointment, booking, company, member, past};
use jiff::ToSpan;
use rusqlite::Connection;

/// Times are looked for at every whole quarter of an hour while any are wanted: what comes due by itself is done in one go, and the
/// disk is written to once.
const LOOK_S: i64 = 15 * MINUTE;
/// Orders that one look serves, and weeks that one opens.
const SERVED_MOST: usize = 500;
const OPENED_MOST: usize = 200;
const JOB: &str = "orders";
/// What is read at a time that was found.
const FOUND: &str = "We found this time for you.";

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Ask {
    pub times: i64,
    pub length: Length,
    pub parts: Parts,
    /// The week after this one.
    pub next_week: bool,
    pub every_week: bool,
}

/// Looks for so many sessions in those parts of a week, and at once for the first time.
///
/// # Errors
/// A refusal when nothing was ticked, when the week has no room left, or when there are too many orders.
pub fn ask(tx: &Tx<'_>, who: MemberId, ask: &Ask) -> Result<Effects, Fault> {
    if !(1..=TIMES_MOST).contains(&ask.times) {
        return Err(Refusal::new("times", format!("Between one and {TIMES_MOST} sessions a week.")).into());
    }
    let house = house_of(tx.conn)?;
    house.lengths.checked(ask.length)?;
    if ask.parts.is_empty() {
        return Err(Refusal::new("parts", "Tick at least one half-day that suits you.").into());
    }
    if orders::orders_of(tx.conn, who)?.len() >= PLANS_MOST {
        return Err(Refusal::new("many", "You have many of these already. End one under Plans to make room.").into());
    }
    let row = member::member(tx.conn, who)?.ok_or_else(Refusal::gone)?;
    let week = monday_of(&row.zone, tx.now).saturating_add((if ask.next_week { 7 } else { 0 }).days());
    let mut order =
        OrderRow { id: 0, member: who, length: ask.length, times: ask.times, parts: ask.parts, every_week: ask.every_week, week };
    let holiday = appointment::holiday(tx.conn, who)?;
    let possible = possible(&order, &row.zone, &house, holiday, tx.now);
    if possible.last().is_none_or(|last| last.since(tx.now) < AHEAD_S) {
        let sentence = "Those half-days are over, nearer than twelve hours, in your holiday, or the house is closed then. Tick others, or take next week.";
        return Err(Refusal::new("too_late", sentence).into());
    }
    order.id = orders::order_insert(tx.conn, &order, tx.now)?;
    let mut effects = Effects::default();
    super::push_new(&mut effects.members, who);
    open_week(tx, &order, &row.zone, &house)?;
    look(tx, &mut effects)?;
    Ok(effects)
}

/// Ends an order; what was found stays booked.
///
/// # Errors
/// `gone` when it is none of mine.
pub fn end(tx: &Tx<'_>, who: MemberId, id: i64) -> Result<Effects, Fault> {
    if !orders::orders_of(tx.conn, who)?.iter().any(|order| order.id == id) {
        return Err(Refusal::gone().into());
    }
    orders::order_end(tx.conn, id, tx.now)?;
    Ok(Effects { members: vec![who], ..Effects::default() })
}

/// When times are to be looked for, or a week to be opened, next.
pub(super) fn next_due(conn: &Connection, now: Timestamp) -> Result<Option<Timestamp>, Fault> {
    let look = if orders::is_looking(conn, now.plus(AHEAD_S))? {
        // A clock that was wrong then does not keep anybody waiting.
        Some(past::job_ran_at(conn, JOB)?.filter(|ran| *ran <= now).map_or(now, |ran| ran.next_whole(LOOK_S)))
    } else {
        None
    };
    Ok(look.into_iter().chain(orders::next_opening(conn)?).min())
}

/// Opens the weeks whose time has come, and looks for times if that is due.
pub(super) fn settle(tx: &Tx<'_>, effects: &mut Effects) -> Result<(), Fault> {
    for order in orders::orders_to_open(tx.conn, tx.now, OPENED_MOST)? {
        let Some(row) = member::member(tx.conn, order.member)? else { continue };
        open_week(tx, &order, &row.zone, &house_of(tx.conn)?)?;
        super::push_new(&mut effects.members, order.member);
    }
    let due = orders::is_looking(tx.conn, tx.now.plus(AHEAD_S))?
        && past::job_ran_at(tx.conn, JOB)?.is_none_or(|ran| ran > tx.now || ran.next_whole(LOOK_S) <= tx.now);
    if due { look(tx, effects) } else { Ok(()) }
}

/// Every start of the order's week that would do, also those that are over.
fn possible(order: &OrderRow, zone: &Zone, house: &House, holiday: Option<Holiday>, since: Timestamp) -> Vec<Timestamp> {
    let mut starts = order.parts.starts(order.week, order.length, zone, (house.step, &house.zone));
    let open = open_time(house, &starts);
    starts.retain(|start| *start > since && holiday.is_none_or(|holiday| !holiday.holds(zone.date(*start))));
    starts.retain(|start| open.holds(*start, order.length.seconds()));
    starts
}

/// Open time around starts that are in order.
fn open_time(house: &House, starts: &[Timestamp]) -> Open {
    let (Some(first), Some(last)) = (starts.first(), starts.last()) else { return Open::default() };
    house.hours.open(&house.zone, *first, *last)
}

/// Writes down what is looked for in the order's week, and which week comes after it.
fn open_week(tx: &Tx<'_>, order: &OrderRow, zone: &Zone, house: &House) -> Result<(), Fault> {
    let holiday = appointment::holiday(tx.conn, order.member)?;
    if let Some(last) = possible(order, zone, house, holiday, tx.now).last() {
        for _ in 0..order.times {
            orders::place_insert(tx.conn, order.id, order.week, *last, tx.now)?;
        }
    }
    // After a long sleep the weeks that are over are left out.
    let next = order.week.saturating_add(7.days()).max(monday_of(zone, tx.now));
    Ok(orders::order_next(tx.conn, order.id, next, order.every_week.then(|| opens_at(zone, next)))?)
}

/// Looks for times for everybody who wants some: one for each order at a time, so that the next finds the others placed.
fn look(tx: &Tx<'_>, effects: &mut Effects) -> Result<(), Fault> {
    past::job_ran(tx.conn, JOB, tx.now)?;
    let house = house_of(tx.conn)?;
    for _ in 0..TIMES_MOST {
        let open = orders::places_open(tx.conn, tx.now.plus(AHEAD_S), SERVED_MOST)?;
        if open.is_empty() || !look_once(tx, &house, &open, effects)? {
            break;
        }
    }
    Ok(())
}

/// One round; answers whether anything was found.
fn look_once(tx: &Tx<'_>, house: &House, open: &[OpenPlace], effects: &mut Effects) -> Result<bool, Fault> {
    let (mut wanted, mut missing) = (Vec::with_capacity(open.len()), Vec::new());
    for one in open {
        if held_is_fine(tx, one)? {
            orders::place_keep(tx.conn, one.id, tx.now)?;
            continue;
        }
        let starts = free_starts(tx, house, one)?;
        if starts.last().is_some_and(|last| last.since(tx.now) >= AHEAD_S) {
            wanted.push((one, starts));
        } else {
            // Other bookings of theirs lie wherever it could be.
            missing.push(one);
        }
    }
    // While nobody's time runs out, only somebody who is alone soon is a reason to choose, so only starts near enough count.
    let late = wanted.iter().any(|(_, starts)| is_late(starts, tx.now));
    let (from, to) = (tx.now.plus(AHEAD_S), if late { Timestamp(i64::MAX) } else { tx.now.plus(RESCUE_WITHIN_S) });
    let count = |starts: &[Timestamp]| {
        let (first, end) = (starts.partition_point(|start| *start < from), starts.partition_point(|start| *start <= to));
        first..end
    };
    let mut ahead: Vec<Timestamp> = wanted.iter().flat_map(|(_, starts)| &starts[count(starts)]).copied().collect();
    ahead.sort_unstable();
    ahead.dedup();
    let mut rows = match (ahead.first(), ahead.last()) {
        (Some(first), Some(last)) => company::open_between(tx.conn, *first, *last)?,
        _ => Vec::new(),
    };
    rows.retain(|row| row.pending.is_none() && (!row.company.is_exact() || ahead.binary_search(&row.start).is_ok()));
    if !late {
        let somebody_waits = !rows.is_empty();
        wanted.retain(|(one, starts)| {
            let counts = somebody_waits && !count(starts).is_empty();
            if !counts && is_to_be_said(starts, tx.now) {
                missing.push(*one);
            }
            counts
        });
    }
    let (Some(first), Some(last), false) = (ahead.first().copied(), ahead.last().copied(), wanted.is_empty()) else {
        say_not_found(tx, &missing, effects)?;
        return Ok(false);
    };
    rows.extend(wanted.iter().map(|(one, _)| as_open(one, tx.now)));
    let told = pool::tell(tx.conn, first, tx.now, &rows, &[])?;
    let asked: Vec<Order> = wanted
        .iter()
        .zip(&told.pool.wishes[rows.len() - wanted.len()..])
        .map(|((one, starts), wish)| {
            let starts = starts.iter().map(|s| told.said(*s)).collect();
            Order { wish: wish.clone(), starts, since: told.said(one.since) }
        })
        .collect();
    let gatherings = calendar::focus_hours(house, first, last.plus(1)).into_iter().map(|start| told.said(start)).collect();
    let mut found = false;
    for placed in place(&asked, &told.pool, &gatherings, told.said(tx.now)) {
        let one = |id: BookingId| open.iter().find(|one| number(one) == id);
        match placed {
            Placed::At { order, start, rule } => {
                // What is held is given up only for a start at which somebody would be alone.
                if let Some(one) = one(order).filter(|one| one.held.is_none() || rule == Rule::Rescued) {
                    found |= book_found(tx, one, told.real(start), rule, effects)?;
                }
            }
            Placed::NotFound { order } => missing.extend(one(order)),
        }
    }
    say_not_found(tx, &missing, effects)?;
    Ok(found)
}

/// The number under which the matcher knows a session that has no booking yet: no booking has it.
fn number(one: &OpenPlace) -> BookingId {
    BookingId(-one.id)
}

fn as_open(one: &OpenPlace, now: Timestamp) -> OpenRow {
    OpenRow {
        booking: number(one),
        member: one.member,
        session: SessionId(0),
        start: now,
        length: one.length,
        wishes: Wishes::default(),
        company: Company { trio: one.trio, ..Company::exact(now) },
        pending: None,
        sessions: one.sessions,
        welcomes: one.welcomes,
        left_out: one.left_out,
        locked: false,
        news: None,
    }
}

/// The starts that would do: in the parts that were ticked, clear of what else is booked, and not twice on one day while there
/// is another day.
fn free_starts(tx: &Tx<'_>, house: &House, one: &OpenPlace) -> Result<Vec<Timestamp>, Fault> {
    let holiday = appointment::holiday(tx.conn, one.member)?;
    let mut starts = one.parts.starts(one.week, one.length, &one.zone, (house.step, &house.zone));
    starts.retain(|start| *start >= one.since && holiday.is_none_or(|holiday| !holiday.holds(one.zone.date(*start))));
    let open = open_time(house, &starts);
    starts.retain(|start| open.holds(*start, one.length.seconds()));
    let (Some(first), Some(last)) = (starts.first().copied(), starts.last().copied()) else { return Ok(starts) };
    if last > one.last {
        // A holiday has become shorter, or the grid or their zone is another: it is looked for as long as it can be found.
        orders::places_last(tx.conn, one.order, one.week, last)?;
    }
    let foot = one.length.footprint_s();
    let reach = deciding::reach_s(Length::Long);
    for row in booking::seats_of_member(tx.conn, one.member, first.plus(-reach), last.plus(reach))? {
        let (from, to) = (row.company.earliest, row.company.latest.plus(row.booking.length.footprint_s()));
        starts.retain(|start| row.left_at.is_some() || start.plus(foot) <= from || to <= *start);
    }
    let found = orders::starts_found(tx.conn, one.order, one.week)?;
    let days: Vec<(Timestamp, Timestamp)> = found.into_iter().map(|start| day_of(&one.zone, start)).collect();
    let elsewhere: Vec<Timestamp> =
        starts.iter().copied().filter(|start| days.iter().all(|(from, to)| start < from || to <= start)).collect();
    let is_possible = |starts: &[Timestamp]| starts.last().is_some_and(|last| last.since(tx.now) >= AHEAD_S);
    Ok(if is_possible(&elsewhere) { elsewhere } else { starts })
}

/// The day that an instant falls into on somebody's own clock: from and until.
fn day_of(zone: &Zone, at: Timestamp) -> (Timestamp, Timestamp) {
    let date = zone.date(at);
    (zone.midnight(date), zone.midnight(date.saturating_add(1.days())))
}

/// Books what was found; `false` when something came in between.
fn book_found(tx: &Tx<'_>, one: &OpenPlace, start: Timestamp, rule: Rule, effects: &mut Effects) -> Result<bool, Fault> {
    let id = match book::insert(tx, one.member, start, one.length, &Wishes::default(), effects) {
        Ok(id) => id,
        Err(Fault::Refusal(_)) => return Ok(false),
        Err(fault) => return Err(fault),
    };
    let company = Company { trio: one.trio, whom: Whom::Anyone, ..Company::exact(start) };
    company::company_set(tx.conn, id, &company)?;
    orders::place_found(tx.conn, one.id, id, rule, tx.now)?;
    let said = match one.held {
        Some(held) => give_up(tx, held, effects)?,
        None => FOUND.to_owned(),
    };
    booking::booking_news(tx.conn, id, Some(&said))?;
    book::made(tx, id, effects)?;
    Ok(true)
}

/// The time before is cancelled; answers with what its member reads at the one that was found instead.
fn give_up(tx: &Tx<'_>, held: BookingId, effects: &mut Effects) -> Result<String, Fault> {
    let row = booking::seat(tx.conn, held)?.ok_or_else(Refusal::gone)?;
    let when = pairing::day_and_clock_of(tx, row.booking.member, row.booking.start)?;
    booking::booking_cancel(tx.conn, held, tx.now)?;
    effects.touch(row.booking.start, row.booking.member, row.booking.session);
    Ok(format!("You would have been alone {when}. We found this time for you instead."))
}

/// Whether a time that is held need not be given up: somebody is there again, it is near, or its member took it off themselves.
fn held_is_fine(tx: &Tx<'_>, one: &OpenPlace) -> Result<bool, Fault> {
    let Some(held) = one.held else { return Ok(false) };
    let Some(row) = company::open(tx.conn, held)? else { return Ok(true) };
    Ok(row.start.since(tx.now) < AHEAD_S || has_company(tx, &row)?)
}

/// Whether somebody is there, or will be as things stand.
fn has_company(tx: &Tx<'_>, row: &OpenRow) -> Result<bool, Fault> {
    let seats = booking::seats_of_session(tx.conn, row.session)?.len();
    Ok(seats > 1 || row.pending.is_some() || deciding::would_be_matched(tx.conn, row.start, tx.now)?.contains(&row.booking))
}

/// Somebody has gone from this start: whose time was found here, and who would be alone now, has another looked for. This one is
/// kept until then.
pub(super) fn look_again(tx: &Tx<'_>, start: Timestamp, effects: &mut Effects) -> Result<(), Fault> {
    if start.since(tx.now) < AHEAD_S {
        return Ok(());
    }
    for row in company::open_between(tx.conn, start, start)? {
        let found = row.start == start && orders::found_by(tx.conn, row.booking)?.is_some();
        if !found || has_company(tx, &row)? || !orders::place_reopen(tx.conn, row.booking, tx.now.plus(AHEAD_S), tx.now)? {
            continue;
        }
        let cause = row.news.as_deref().filter(|news| *news != FOUND).unwrap_or("Nobody else is left at this time.");
        let said = format!("{cause} We look for another for you, and keep this one until there is one.");
        booking::booking_news(tx.conn, row.booking, Some(&said))?;
        effects.touch(row.start, row.member, row.session);
    }
    Ok(())
}

/// Says what was not found so far, once for each week of an order.
fn say_not_found(tx: &Tx<'_>, missing: &[&OpenPlace], effects: &mut Effects) -> Result<(), Fault> {
    for one in missing.iter().filter(|one| !one.said) {
        let places = orders::places_said(tx.conn, one.order, one.week, tx.now)?;
        let this = monday_of(&one.zone, tx.now) >= one.week;
        let week = if this { "this week".to_owned() } else { one.week.strftime("in the week from %-d %B").to_string() };
        let count = if places == 1 { "one".to_owned() } else { places.to_string() };
        let text = format!(
            "We haven’t found company for {count} of your sessions {week} so far. We go on looking; if you want to be sure, pick a time in the calendar."
        );
        let until = one.zone.midnight(one.week.saturating_add(7.days()));
        let new = NewNotice { member: one.member, kind: NoticeKind::Said, text: &text, booking: None, appointment: None, until };
        notices::say(tx, &new, effects)?;
    }
    Ok(())
}

/// Forgets what ended.
pub(super) fn purge(tx: &Tx<'_>) -> Result<(), Fault> {
    Ok(orders::orders_purge(tx.conn, tx.now.plus(-plan::OPENS_S))?)
}
