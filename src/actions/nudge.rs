//! Company by asking: "Mia waits at 10:00" when Mia asks around, "somebody is at 9:30, move?", "somebody is there now".
//!
//! **Nobody is nudged who did not agree**, none oftener than [`Nudged::may_be`] lets them, and nobody hears of whom they never
//! meet. Who put themselves on the wait-list of an hour asked for it, and is told once.

use super::{Effects, Fault, company, deciding, hours, notices, pairing, seat};
use crate::domain::booking::Length;
use crate::domain::grid;
use crate::domain::id::{BookingId, MemberId};
use crate::domain::nudge::{MARKS_S, Nudged, may_be_marked};
use crate::domain::plan::PLANS_MOST;
use crate::domain::refusal::Refusal;
use crate::domain::time::{DAY, HOUR, MINUTE, Timestamp};
use crate::domain::view::NoticeKind;
use crate::store::company::OpenRow;
use crate::store::member::MemberRow;
use crate::store::notice::{self, NewNotice};
use crate::store::{Tx, company as rows, house, member, past, relation};
use rusqlite::Connection;

/// People that one asking reaches at most.
const REACHED_MOST: usize = 50;
/// People who are looked at for it.
const LOOKED_AT_MOST: usize = 500;
/// Lone bookings within this time are nudged about: the first mark, and the rest of a look.
const NUDGE_AHEAD_S: i64 = MARKS_S[0];
/// How often lone bookings are looked through where sessions start every five minutes, and elsewhere: marks lie on the grid of starts,
/// and mornings at whole quarters of an hour on every clock.
const LOOK_S: [i64; 2] = [5 * MINUTE, 15 * MINUTE];
const JOB: &str = "nudges";

/// Asks around for company for a booking of mine that waits, once; gives how many were asked.
///
/// # Errors
/// `gone`, `has_company`, or `asked` when it was done before.
pub fn ask_around(tx: &Tx<'_>, who: MemberId, id: BookingId) -> Result<(usize, Effects), Fault> {
    let row = seat::mine(tx.conn, who, id)?;
    if row.booking.start.plus(grid::LATE_BOOKING_S) < tx.now {
        return Err(Refusal::new("begun", "That session has begun. The lounge looks for company there.").into());
    }
    let own = rows::open(tx.conn, id)?.ok_or_else(Refusal::gone)?;
    if pairing::waits(tx, own.start, id)?.is_none() || own.pending.is_some() {
        return Err(Refusal::new("has_company", "You have company there already.").into());
    }
    // It was booked before the house had these hours: nobody else could book it.
    hours::open_at(tx.conn, who, own.start, own.length)?;
    if !notice::asked_insert(tx.conn, id, "around", tx.now)? {
        return Err(Refusal::new("asked", "You have asked around for this one. Whoever comes finds you on the calendar.").into());
    }
    let me = member::member(tx.conn, who)?.ok_or_else(Refusal::gone)?;
    let mut effects = Effects { members: vec![who], ..Effects::default() };
    let mut reached = 0;
    let never = relation::standing(tx.conn, who, tx.now)?;
    for other in notice::nudgeable(tx.conn, tx.now, LOOKED_AT_MOST)? {
        let reachable = other != who && !never.never.contains(&other) && reached < REACHED_MOST;
        // Only who could sit down there is asked.
        if !reachable || !is_free(tx.conn, other, &own)? || !may_be_nudged(tx, other, own.start)? {
            continue;
        }
        notice::nudge_insert(tx.conn, other, tx.now)?;
        tell(tx, other, NoticeKind::AskedAround, &me, &own, &mut effects)?;
        reached += 1;
    }
    Ok((reached, effects))
}

/// Whether somebody could sit down there: nothing of theirs is in the way, and no group is between.
fn is_free(conn: &Connection, who: MemberId, at: &OpenRow) -> Result<bool, Fault> {
    Ok(deciding::is_open_to(conn, at, who)? && super::book::in_the_way(conn, who, (at.start, at.start), at.length)?.is_empty())
}

fn may_be_nudged(tx: &Tx<'_>, who: MemberId, start: Timestamp) -> Result<bool, Fault> {
    let nudged: Option<Nudged> = notice::nudged(tx.conn, who, tx.now)?;
    Ok(nudged.is_some_and(|nudged| nudged.may_be(start, tx.now)))
}

/// Whether a mark before the start has come, and one more may be sent.
fn is_due(tx: &Tx<'_>, who: MemberId, start: Timestamp, since: Timestamp) -> Result<bool, Fault> {
    let nudged = notice::nudged(tx.conn, who, tx.now)?;
    Ok(nudged.is_some_and(|nudged| nudged.is_marked(start, since, tx.now) && nudged.may_be(start, tx.now)))
}

/// "Mia waits at 10:00": on the reader's own clock, and by name unless Mia shows as "Someone".
fn tell(tx: &Tx<'_>, to: MemberId, kind: NoticeKind, who: &MemberRow, own: &OpenRow, effects: &mut Effects) -> Result<(), Fault> {
    let name = if who.as_someone { "Somebody" } else { &who.name };
    let at = pairing::day_and_clock_of(tx, to, own.start)?;
    let text = format!("{name} waits for company {at}, for {} minutes.", own.length.minutes());
    let new = NewNotice { member: to, kind, text: &text, booking: Some(own.booking), appointment: None, until: own.start };
    notices::say(tx, &new, effects)
}

/// Whether the others may still be asked for this booking.
pub(super) fn may_ask(conn: &Connection, id: BookingId) -> Result<bool, Fault> {
    Ok(!notice::was_asked(conn, id, "around")?)
}

/// "Tell me when somebody is there": for the hour from `start`.
///
/// # Errors
/// What makes a start impossible, or `many`.
pub fn wait_for(tx: &Tx<'_>, who: MemberId, start: Timestamp) -> Result<Effects, Fault> {
    let house = super::house_of(tx.conn)?;
    grid::start_checked(start, house.step, house.zone.offset_s(start), tx.now)?;
    hours::open_at(tx.conn, who, start, Length::Short)?;
    if notice::waits_of(tx.conn, who, tx.now)?.len() >= PLANS_MOST {
        return Err(Refusal::new("many", "You wait for many hours already. Take one back under Plans.").into());
    }
    notice::wait_put(tx.conn, who, start, start.plus(HOUR))?;
    Ok(Effects { members: vec![who], ..Effects::default() })
}

/// Takes back "tell me when somebody is there".
///
/// # Errors
/// Only those of the store.
pub fn wait_no_more(tx: &Tx<'_>, who: MemberId, start: Timestamp) -> Result<Effects, Fault> {
    notice::wait_delete(tx.conn, who, start)?;
    Ok(Effects { members: vec![who], ..Effects::default() })
}

/// Tells those who wait for somebody at the hour of a booking that was just made and found no company by itself.
pub(super) fn tell_who_waits(tx: &Tx<'_>, id: BookingId, effects: &mut Effects) -> Result<(), Fault> {
    let Some(own) = rows::open(tx.conn, id)? else { return Ok(()) };
    let waiting = notice::waits_for(tx.conn, own.start)?;
    if waiting.is_empty() || pairing::waits(tx, own.start, id)?.is_none() {
        return Ok(());
    }
    let Some(me) = member::member(tx.conn, own.member)? else { return Ok(()) };
    let never = relation::standing(tx.conn, own.member, tx.now)?.never;
    for (other, since) in waiting {
        if other != own.member && !never.contains(&other) && is_free(tx.conn, other, &own)? {
            tell(tx, other, NoticeKind::Waits, &me, &own, effects)?;
            notice::wait_delete(tx.conn, other, since)?;
        }
    }
    Ok(())
}

/// "Not this week": none for seven days, and those that are there are put away.
///
/// # Errors
/// Only those of the store.
pub fn not_this_week(tx: &Tx<'_>, who: MemberId) -> Result<Effects, Fault> {
    notice::no_nudges_until(tx.conn, who, tx.now.plus(7 * DAY))?;
    notice::nudges_delete(tx.conn, who)?;
    Ok(Effects { members: vec![who], ..Effects::default() })
}

/// When lone bookings are to be looked through next.
pub(super) fn next_due(conn: &Connection, now: Timestamp) -> Result<Option<Timestamp>, Fault> {
    if !notice::anybody_nudgeable(conn)? {
        return Ok(None);
    }
    let ran = past::job_ran_at(conn, JOB)?.filter(|ran| *ran <= now);
    let Some(ran) = ran else { return Ok(Some(now)) };
    let step = house::step(conn)?.unwrap_or(15);
    Ok(Some(ran.next_whole(LOOK_S[usize::from(step % 15 == 0)])))
}

/// "Ben is at 9:30, and nobody at 9:15 yet": to those who agreed and whose booking is alone.
pub(super) fn settle(tx: &Tx<'_>, effects: &mut Effects) -> Result<(), Fault> {
    if next_due(tx.conn, tx.now)?.is_none_or(|due| due > tx.now) {
        return Ok(());
    }
    // Since when marks may have passed; a clock that was wrong then counts for nothing.
    let since = past::job_ran_at(tx.conn, JOB)?.filter(|ran| *ran <= tx.now).unwrap_or(tx.now.plus(-LOOK_S[0]));
    past::job_ran(tx.conn, JOB, tx.now)?;
    let mut lone = notice::lone_to_nudge(tx.conn, tx.now, tx.now.plus(NUDGE_AHEAD_S))?;
    lone.retain(|(_, _, start)| may_be_marked(*start, since, tx.now));
    let mut nudgeable: Option<Vec<MemberId>> = None;
    for (who, id, start) in lone {
        if !is_due(tx, who, start, since)? {
            continue;
        }
        let free = match &mut nudgeable {
            Some(free) => free,
            None => nudgeable.insert(notice::nudgeable(tx.conn, tx.now, usize::MAX >> 1)?),
        };
        let Some(own) = rows::open(tx.conn, id)?.filter(|own| own.company.is_exact()) else { continue };
        if !free.contains(&who) || deciding::would_be_matched(tx.conn, own.start, tx.now)?.contains(&own.booking) {
            continue;
        }
        let Some(near) = company::near(tx.conn, &own, tx.now)? else { continue };
        let (there, here) = (pairing::day_and_clock_of(tx, who, near.start)?, pairing::clock_of(tx, who, own.start)?);
        let text = format!("{} waits {there}; nobody is at {here} yet. Move there?", near.name);
        notice::asked_insert(tx.conn, id, "nudge", tx.now)?;
        notice::nudge_insert(tx.conn, who, tx.now)?;
        let until = own.start.min(near.start);
        let kind = NoticeKind::Shift;
        let new = NewNotice { member: who, kind, text: &text, booking: Some(id), appointment: None, until };
        notices::say(tx, &new, effects)?;
    }
    Ok(())
}
