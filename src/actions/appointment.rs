//! "Every Tuesday at 9:00": alone, or with somebody who agreed; booked some weeks ahead, with holidays left out.
//!
//! **Each date is dealt with once** (`appointment_date`): booked, or skipped and said. A date that was cancelled stays cancelled.
//! One with a fixed partner is born announced and locked in.

use super::book::{self, Ask, Booked};
use super::{Effects, Fault, cancel, hours, house_of, notices, pairing};
use crate::domain::company::CompanyAsk;
use crate::domain::grid;
use crate::domain::id::{BookingId, MemberId};
use crate::domain::matching::{Rule, Whom};
use crate::domain::plan::{Holiday, PLANS_MOST, Weekly, said_until};
use crate::domain::refusal::Refusal;
use crate::domain::time::{DAY, Timestamp};
use crate::domain::view::NoticeKind;
use crate::store::appointment::{self as rows, AppointmentRow};
use crate::store::booking::{self, SeatRow};
use crate::store::notice::{self, NewNotice};
use crate::store::{Tx, member, relation};
use jiff::ToSpan;
use jiff::civil::Date;
use rusqlite::Connection;

/// Appointments that one transaction serves, and dates of each.
const SERVED_MOST: usize = 100;
const DATES_MOST: usize = 60;

/// Books as [`book::book`] does, and the same weekday and time from then on. With somebody by name it is proposed to them.
///
/// # Errors
/// Those of booking, and `many`.
pub fn book_every_week(tx: &Tx<'_>, who: MemberId, ask: &Ask) -> Result<Booked, Fault> {
    let known = rows::appointments_of(tx.conn, who)?;
    if known.len() + ask.starts.len().max(1) > PLANS_MOST {
        let sentence = format!("You can have {PLANS_MOST} appointments of every week. End one under Plans to make room.");
        return Err(Refusal::new("many", sentence).into());
    }
    let partner = match (ask.with, ask.company.whom) {
        (Some(with), _) => booking::seat(tx.conn, with)?.map(|row| row.booking.member),
        (None, Whom::Member(other)) => Some(other),
        _ => None,
    };
    let mut done = book::book(tx, who, ask)?;
    let zone = member::member(tx.conn, who)?.ok_or_else(Refusal::gone)?.zone;
    let mut made: Vec<Weekly> = known.into_iter().filter(|a| a.partner == partner).map(|a| a.weekly).collect();
    for one in done.booked.clone() {
        let weekly = Weekly::of(&zone, one.start);
        let Some(row) = booking::seat(tx.conn, one.booking)?.filter(|_| !made.contains(&weekly)) else { continue };
        let date = zone.date(one.start);
        let next_date = date.saturating_add(7.days());
        let whom = if partner.is_some() { Whom::Anyone } else { ask.company.whom };
        let mut new = AppointmentRow {
            id: 0,
            member: who,
            partner,
            agreed: partner.is_none(),
            weekly: weekly.clone(),
            length: row.booking.length,
            wishes: row.booking.wishes.clone(),
            whom,
            inside: ask.company.inside.filter(|_| partner.is_none()),
            next_date,
        };
        new.id = rows::appointment_insert(tx.conn, &new, new.agreed.then(|| weekly.books_at(next_date)), tx.now)?;
        rows::date_put(tx.conn, new.id, date, who, Some(one.booking))?;
        made.push(weekly);
        match partner {
            Some(other) => propose(tx, &new, other, one.start, &mut done.effects)?,
            None => book_dates(tx, &new, &mut done.effects)?,
        }
    }
    super::push_new(&mut done.effects.members, who);
    Ok(done)
}

fn propose(tx: &Tx<'_>, new: &AppointmentRow, to: MemberId, first: Timestamp, effects: &mut Effects) -> Result<(), Fault> {
    let name = pairing::name_of(tx, new.member)?;
    let zone = member::member(tx.conn, to)?.ok_or_else(Refusal::gone)?.zone;
    let every = zone.wall(first).strftime("%A at %-H:%M");
    let text = format!("{name} would like to sit with you every {every}, for {} minutes.", new.length.minutes());
    let until = tx.now.plus(7 * DAY);
    let kind = NoticeKind::Proposed;
    notices::say(tx, &NewNotice { member: to, kind, text: &text, booking: None, appointment: Some(new.id), until }, effects)
}

/// Agrees to an appointment that somebody proposed to me, or not.
///
/// # Errors
/// `gone` when there is none.
pub fn answer(tx: &Tx<'_>, who: MemberId, id: i64, yes: bool) -> Result<Effects, Fault> {
    let row = rows::appointment(tx.conn, id)?.filter(|row| row.partner == Some(who) && !row.agreed).ok_or_else(Refusal::gone)?;
    let mut effects = Effects { members: vec![who, row.member], ..Effects::default() };
    notice::notices_of_appointment(tx.conn, id, who)?;
    let name = pairing::name_of(tx, who)?;
    if yes {
        rows::appointment_agree(tx.conn, id, tx.now)?;
        deal_anew(tx, &row)?;
        say(tx, row.member, &format!("{name} sits with you every {}.", every(&row)), tx.now.plus(7 * DAY), &mut effects)?;
        settle_one(tx, id, &mut effects)?;
    } else {
        rows::appointment_end(tx.conn, id, tx.now)?;
        let text = format!("{name} can’t sit with you every {}. What you have booked stays.", every(&row));
        say(tx, row.member, &text, tx.now.plus(7 * DAY), &mut effects)?;
    }
    Ok(effects)
}

/// Ends an appointment that I keep or proposed; the dates that it has booked ahead are cancelled, for both.
///
/// # Errors
/// `gone` when it is none of mine.
pub fn end(tx: &Tx<'_>, who: MemberId, id: i64) -> Result<Effects, Fault> {
    let row = rows::appointment(tx.conn, id)?.filter(|row| row.people().contains(&who)).ok_or_else(Refusal::gone)?;
    let mut effects = Effects { members: row.people(), ..Effects::default() };
    rows::appointment_end(tx.conn, id, tx.now)?;
    if !row.agreed {
        return Ok(effects);
    }
    let name = pairing::name_of(tx, who)?;
    let mut gone: Vec<SeatRow> = Vec::new();
    for ahead in rows::bookings_ahead(tx.conn, id, tx.now)? {
        gone.extend(booking::seat(tx.conn, ahead.booking)?);
        booking::booking_cancel(tx.conn, ahead.booking, tx.now)?;
    }
    for row in &gone {
        effects.touch(row.booking.start, row.booking.member, row.booking.session);
    }
    gone.dedup_by_key(|row| row.booking.session);
    for row in &gone {
        pairing::part(tx, row, &format!("{name} had to cancel."), pairing::Leaves::Cancelled, &mut effects)?;
    }
    for other in row.people().into_iter().filter(|other| *other != who) {
        let text = format!("{name} has ended your appointment, every {}.", every(&row));
        say(tx, other, &text, tx.now.plus(7 * DAY), &mut effects)?;
    }
    Ok(effects)
}

/// Sets my holiday, or takes it back: what my appointments have booked in it is cancelled, what lies outside is booked.
///
/// # Errors
/// Only those of the store; the two days were checked before.
pub fn go_on_holiday(tx: &Tx<'_>, who: MemberId, holiday: Option<Holiday>) -> Result<Effects, Fault> {
    rows::holiday_set(tx.conn, who, holiday)?;
    let zone = member::member(tx.conn, who)?.ok_or_else(Refusal::gone)?.zone;
    let mut effects = Effects { members: vec![who], ..Effects::default() };
    for row in rows::appointments_of(tx.conn, who)?.iter().filter(|row| row.agreed) {
        let ahead = rows::bookings_ahead(tx.conn, row.id, tx.now)?;
        for mine in ahead.iter().filter(|one| one.member == who) {
            if holiday.is_some_and(|holiday| holiday.holds(zone.date(mine.start))) {
                add(&mut effects, cancel::cancel(tx, who, mine.booking)?);
                rows::date_put(tx.conn, row.id, mine.date, who, None)?;
            }
        }
        deal_anew(tx, row)?;
        settle_one(tx, row.id, &mut effects)?;
    }
    Ok(effects)
}

fn add(to: &mut Effects, more: Effects) {
    more.slots.into_iter().for_each(|one| super::push_new(&mut to.slots, one));
    more.members.into_iter().for_each(|one| super::push_new(&mut to.members, one));
    more.sessions.into_iter().for_each(|one| super::push_new(&mut to.sessions, one));
}

/// From today on every date is looked at once more; what is booked or was cancelled by hand stays as it is.
fn deal_anew(tx: &Tx<'_>, row: &AppointmentRow) -> Result<(), Fault> {
    let today = row.weekly.zone.date(tx.now);
    rows::dates_anew(tx.conn, row.id, today)?;
    Ok(rows::appointment_next(tx.conn, row.id, row.weekly.next_date(today), tx.now)?)
}

/// When a date is to be booked next.
pub(super) fn next_due(conn: &Connection) -> Result<Option<Timestamp>, Fault> {
    Ok(rows::next_booking(conn)?)
}

/// Books the dates whose time has come.
pub(super) fn settle(tx: &Tx<'_>, effects: &mut Effects) -> Result<(), Fault> {
    for row in rows::appointments_due(tx.conn, tx.now, SERVED_MOST)? {
        book_dates(tx, &row, effects)?;
    }
    Ok(())
}

fn settle_one(tx: &Tx<'_>, id: i64, effects: &mut Effects) -> Result<(), Fault> {
    match rows::appointment(tx.conn, id)? {
        Some(row) => book_dates(tx, &row, effects),
        None => Ok(()),
    }
}

fn book_dates(tx: &Tx<'_>, row: &AppointmentRow, effects: &mut Effects) -> Result<(), Fault> {
    if let Some(partner) = row.partner
        && relation::standing(tx.conn, row.member, tx.now)?.never.contains(&partner)
    {
        return part_ways(tx, row, effects);
    }
    let mut date = row.next_date;
    for _ in 0..DATES_MOST {
        if row.weekly.books_at(date) > tx.now {
            break;
        }
        if row.weekly.start_on(date) > tx.now {
            book_date(tx, row, date, effects)?;
        }
        date = date.saturating_add(7.days());
    }
    Ok(rows::appointment_next(tx.conn, row.id, date, row.weekly.books_at(date))?)
}

/// Who does not want to meet has no appointment; whose wish it was is not said.
fn part_ways(tx: &Tx<'_>, row: &AppointmentRow, effects: &mut Effects) -> Result<(), Fault> {
    rows::appointment_end(tx.conn, row.id, tx.now)?;
    for who in row.people() {
        say(tx, who, &format!("Your appointment, every {}, has ended.", every(row)), tx.now.plus(7 * DAY), effects)?;
    }
    Ok(())
}

/// Books one date for all who keep the appointment, or skips it.
fn book_date(tx: &Tx<'_>, row: &AppointmentRow, date: Date, effects: &mut Effects) -> Result<(), Fault> {
    let start = row.weekly.start_on(date);
    let (mut missing, mut there) = (Vec::new(), Vec::new());
    for who in row.people() {
        match rows::date(tx.conn, row.id, date, who)? {
            None => missing.push(who),
            Some(None) => return skip(tx, row, date, &row.people()),
            Some(Some(booked)) => there.extend(booking::seat(tx.conn, booked)?),
        }
    }
    if missing.is_empty() || there.iter().any(|seat| seat.cancelled) {
        return Ok(());
    }
    for who in row.people() {
        if is_away(tx, who, start)? {
            return skip(tx, row, date, &missing);
        }
    }
    if let Some(seat) = there.iter().find(|seat| seat.booking.start != start || seat.booking.length != row.length) {
        tracing::debug!(booking = seat.booking.id.0, "A date of an appointment was moved and stays where it is.");
        return skip(tx, row, date, &missing);
    }
    if let Some(found) = already_together(tx, &there, &missing)? {
        rows::date_put(tx.conn, row.id, date, found.booking.member, Some(found.booking.id))?;
        return Ok(booking::session_lock(tx.conn, found.booking.session, tx.now)?);
    }
    if let Some((who, refusal)) = first_refusal(tx, row, start, &missing)? {
        return skip_and_say(tx, row, date, (who, &refusal), &missing, effects);
    }
    let mut seats: Vec<BookingId> = there.iter().map(|seat| seat.booking.id).collect();
    for who in missing {
        let booked = book::insert(tx, who, start, row.length, &row.wishes, effects)?;
        let ask = CompanyAsk { whom: row.whom, inside: row.inside, ..CompanyAsk::default() };
        book::say_company(tx, who, booked, (start, start), &ask)?;
        rows::date_put(tx.conn, row.id, date, who, Some(booked))?;
        seats.push(booked);
    }
    if row.partner.is_none() {
        return seats.into_iter().try_for_each(|booked| book::made(tx, booked, effects));
    }
    pairing::seat_together(tx, &seats, Rule::LockedIn, effects)?;
    if let Some(seat) = booking::seat(tx.conn, seats[0])? {
        booking::session_lock(tx.conn, seat.booking.session, tx.now)?;
    }
    Ok(())
}

/// The seat beside mine of one who has none by the appointment yet, where we sit together all the same.
fn already_together(tx: &Tx<'_>, there: &[SeatRow], missing: &[MemberId]) -> Result<Option<SeatRow>, Fault> {
    let Some(seat) = there.first() else { return Ok(None) };
    let beside = booking::seats_of_session(tx.conn, seat.booking.session)?;
    Ok(beside.into_iter().find(|other| missing.contains(&other.booking.member)))
}

/// Why one of those who are to be booked cannot be.
fn first_refusal(
    tx: &Tx<'_>,
    row: &AppointmentRow,
    start: Timestamp,
    missing: &[MemberId],
) -> Result<Option<(MemberId, Refusal)>, Fault> {
    let house = house_of(tx.conn)?;
    if let Err(refusal) = grid::start_checked(start, house.step, house.zone.offset_s(start), tx.now) {
        return Ok(Some((row.member, refusal)));
    }
    for who in missing {
        match book::free_at(tx, *who, start, row.length) {
            Err(Fault::Refusal(refusal)) => return Ok(Some((*who, refusal))),
            other => other?,
        }
    }
    Ok(None)
}

/// Whether somebody is on holiday, or kept out by the house.
fn is_away(tx: &Tx<'_>, who: MemberId, start: Timestamp) -> Result<bool, Fault> {
    let Some(row) = member::member(tx.conn, who)? else { return Ok(true) };
    Ok(row.paused || rows::holiday(tx.conn, who)?.is_some_and(|holiday| holiday.holds(row.zone.date(start))))
}

fn skip(tx: &Tx<'_>, row: &AppointmentRow, date: Date, people: &[MemberId]) -> Result<(), Fault> {
    for who in people {
        if rows::date(tx.conn, row.id, date, *who)?.is_none() {
            rows::date_put(tx.conn, row.id, date, *who, None)?;
        }
    }
    Ok(())
}

fn skip_and_say(
    tx: &Tx<'_>,
    row: &AppointmentRow,
    date: Date,
    (whose, refusal): (MemberId, &Refusal),
    missing: &[MemberId],
    effects: &mut Effects,
) -> Result<(), Fault> {
    let start = row.weekly.start_on(date);
    for who in row.people() {
        let zone = member::member(tx.conn, who)?.ok_or_else(Refusal::gone)?.zone;
        let when = zone.wall(start).strftime("%A %-d %B at %-H:%M").to_string();
        let text = if refusal.code == "closed" {
            format!("{when} is left out. {}", hours::why_closed(tx.conn, who, start, row.length)?)
        } else if who == whose {
            format!("{when} is left out. {}", refusal.sentence)
        } else {
            format!("{when} is left out: {} is busy then.", pairing::name_of(tx, whose)?)
        };
        say(tx, who, &text, said_until(start, tx.now), effects)?;
    }
    skip(tx, row, date, missing)
}

fn say(tx: &Tx<'_>, member: MemberId, text: &str, until: Timestamp, effects: &mut Effects) -> Result<(), Fault> {
    let kind = NoticeKind::Said;
    notices::say(tx, &NewNotice { member, kind, text, booking: None, appointment: None, until }, effects)
}

/// "Tuesday at 9:00", on the clock of who made it.
fn every(row: &AppointmentRow) -> String {
    let monday = Date::constant(2026, 11, 16);
    let day = monday.saturating_add(i64::from(row.weekly.weekday).days());
    day.to_datetime(row.weekly.time()).strftime("%A at %-H:%M").to_string()
}
