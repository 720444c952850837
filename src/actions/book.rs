//! Books one slot or many, or sits down with somebody who waits.

use super::{Effects, Fault, deciding, house_of, nudge, pairing};
use crate::domain::booking::{Length, Wishes};
use crate::domain::company::{Company, CompanyAsk, starts_beside};
use crate::domain::grid::{self, BATCH_MOST};
use crate::domain::id::{BookingId, MemberId};
use crate::domain::matching::{Rule, Whom};
use crate::domain::member::Pick;
use crate::domain::refusal::Refusal;
use crate::domain::time::{DAY, Timestamp};
use crate::domain::view::House;
use crate::store::booking::{self, WaitingRow};
use crate::store::{Tx, company, group, member, relation};
use rusqlite::Connection;

/// Nobody picks the same person more often than this in a week, unless both are favorites.
const PICKS_A_WEEK: i64 = 2;
/// Open bookings that a member may have at one time.
const OPEN_MOST: usize = 300;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Ask {
    pub starts: Vec<Timestamp>,
    pub length: Length,
    pub wishes: Wishes,
    /// Sit with the person who waits under this booking.
    pub with: Option<BookingId>,
    pub company: CompanyAsk,
}

/// What came of it, start by start.
#[derive(Clone, Debug, Default)]
pub struct Booked {
    pub booked: Vec<BookedOne>,
    pub refused: Vec<(Timestamp, Refusal)>,
    pub effects: Effects,
}

/// A booking that was made.
#[derive(Clone, Debug)]
pub struct BookedOne {
    pub start: Timestamp,
    pub booking: BookingId,
    /// With whom, if the pair was made at once.
    pub partners: Vec<String>,
}

/// Books what can be booked; what cannot is refused one by one with the reason.
///
/// # Errors
/// A refusal for the whole request only when nothing was asked for, too much, or when it names a person.
pub fn book(tx: &Tx<'_>, who: MemberId, ask: &Ask) -> Result<Booked, Fault> {
    let house = house_of(tx.conn)?;
    let mut done = Booked::default();
    if let Some(with) = ask.with {
        done.booked.push(book_with(tx, who, with, ask, &mut done.effects)?);
        return Ok(done);
    }
    house.lengths.checked(ask.length)?;
    if let Whom::Member(other) = ask.company.whom
        && !relation::standing(tx.conn, who, tx.now)?.favorites.contains(&other)
    {
        return Err(Refusal::new("whom", "Only a favorite can be asked for by name. Make them one under People.").into());
    }
    if let Some(inside) = ask.company.inside
        && !group::is_in(tx.conn, who, inside)?
    {
        return Err(Refusal::new("group", "You aren't in that group. Book for the whole house, or ask an admin.").into());
    }
    if ask.starts.is_empty() || ask.starts.len() > BATCH_MOST {
        return Err(Refusal::new("starts", format!("Pick between one and {BATCH_MOST} starts.")).into());
    }
    for start in &ask.starts {
        match book_one(tx, who, &house, *start, ask, &mut done.effects) {
            Ok(booking) => done.booked.push(BookedOne { start: *start, booking, partners: Vec::new() }),
            Err(Fault::Refusal(refusal)) => done.refused.push((*start, refusal)),
            Err(fault) => return Err(fault),
        }
    }
    for one in &mut done.booked {
        one.partners = partner_names(tx, one.booking)?;
    }
    if !done.booked.is_empty() {
        member::usual_set(tx.conn, who, ask.length)?;
    }
    Ok(done)
}

fn book_one(
    tx: &Tx<'_>,
    who: MemberId,
    house: &House,
    start: Timestamp,
    ask: &Ask,
    effects: &mut Effects,
) -> Result<BookingId, Fault> {
    grid::start_checked(start, house.step, house.zone.offset_s(start), tx.now)?;
    let zone = member::member(tx.conn, who)?.ok_or_else(Refusal::gone)?.zone;
    let window = ask.company.flexibility.window((start, ask.length), &zone, (house.step, &house.zone), tx.now)?;
    let start = start.clamp(window.0, window.1);
    // Where nothing of the window is open, the insertion says why.
    let open = house.hours.open(&house.zone, window.0, window.1);
    let (start, window) = open.window((start, ask.length), window, (house.step, &house.zone)).unwrap_or((start, (start, start)));
    let window = fitted(tx, who, start, ask.length, window)?;
    let booking = insert(tx, who, start, ask.length, &ask.wishes, effects)?;
    say_company(tx, who, booking, window, &ask.company)?;
    made(tx, booking, effects)?;
    Ok(booking)
}

/// A booking is there: the matcher looks at it, and who waits for somebody at that hour is told.
pub(super) fn made(tx: &Tx<'_>, id: BookingId, effects: &mut Effects) -> Result<(), Fault> {
    deciding::look_for(tx, id, effects)?;
    nudge::tell_who_waits(tx, id, effects)
}

/// Keeps what was said about company. What was said about sessions of three the first time holds until it is said anew.
pub(super) fn say_company(
    tx: &Tx<'_>,
    who: MemberId,
    id: BookingId,
    (earliest, latest): (Timestamp, Timestamp),
    ask: &CompanyAsk,
) -> Result<(), Fault> {
    let said = company::trio(tx.conn, who)?;
    if let (None, Some(yes)) = (said, ask.trio) {
        company::trio_set(tx.conn, who, yes)?;
    }
    let trio = ask.trio.or(said).unwrap_or(false);
    let company = Company {
        earliest,
        latest,
        any_length: ask.any_length,
        trio,
        whom: ask.whom,
        inside: ask.inside,
        by_itself: ask.by_itself,
    };
    Ok(company::company_set(tx.conn, id, &company)?)
}

/// The part of a window in which nothing else of the member lies.
fn fitted(
    tx: &Tx<'_>,
    who: MemberId,
    start: Timestamp,
    length: Length,
    (mut earliest, mut latest): (Timestamp, Timestamp),
) -> Result<(Timestamp, Timestamp), Fault> {
    if earliest == latest {
        return Ok((earliest, latest));
    }
    for row in in_the_way(tx.conn, who, (earliest, latest), length)? {
        let (from, to) = (row.company.earliest, row.company.latest.plus(row.booking.length.footprint_s()));
        if to <= start {
            earliest = earliest.max(to);
        } else if start.plus(length.footprint_s()) <= from {
            latest = latest.min(from.plus(-length.footprint_s()));
        }
    }
    Ok((earliest.min(start), latest.max(start)))
}

/// My open bookings whose time could touch that of one that starts in this window.
pub(super) fn in_the_way(
    conn: &Connection,
    who: MemberId,
    (earliest, latest): (Timestamp, Timestamp),
    length: Length,
) -> Result<Vec<booking::SeatRow>, Fault> {
    let reach = deciding::reach_s(Length::Long);
    let mut rows = booking::seats_of_member(conn, who, earliest.plus(-reach), latest.plus(reach))?;
    rows.retain(|row| {
        let (from, to) = (row.company.earliest, row.company.latest.plus(row.booking.length.footprint_s()));
        row.left_at.is_none() && earliest < to && from < latest.plus(length.footprint_s())
    });
    Ok(rows)
}

/// A flexible booking takes the start at which somebody sat down with it.
pub(super) fn take_start(tx: &Tx<'_>, id: BookingId, start: Timestamp, length: Length) -> Result<(), Fault> {
    Ok(company::start_settle(tx.conn, id, start, start.plus(length.footprint_s()))?)
}

/// Inserts a booking after looking for one that it would overlap.
pub(super) fn insert(
    tx: &Tx<'_>,
    who: MemberId,
    start: Timestamp,
    length: Length,
    wishes: &Wishes,
    effects: &mut Effects,
) -> Result<BookingId, Fault> {
    free_at(tx, who, start, length)?;
    let session = booking::session_insert(tx.conn, tx.now)?;
    let id = booking::booking_insert(tx.conn, who, session, start, length, &wishes_cleaned(wishes), tx.now)?;
    effects.touch(start, who, session);
    Ok(id)
}

/// Refuses when a footprint of the member's open bookings overlaps, while the house is closed, and beyond the last day of their
/// account.
pub(super) fn free_at(tx: &Tx<'_>, who: MemberId, start: Timestamp, length: Length) -> Result<(), Fault> {
    free_but(tx, who, start, length, None)
}

/// The same, when one of them is about to move away.
pub(super) fn free_but(
    tx: &Tx<'_>,
    who: MemberId,
    start: Timestamp,
    length: Length,
    but: Option<BookingId>,
) -> Result<(), Fault> {
    super::roll::lasts_until(tx.conn, who, start.plus(length.footprint_s()))?;
    super::hours::open_at(tx.conn, who, start, length)?;
    if let Some(clash) = in_the_way(tx.conn, who, (start, start), length)?.iter().find(|row| Some(row.booking.id) != but) {
        let zone = member::member(tx.conn, who)?.ok_or_else(Refusal::gone)?.zone;
        let (wall, minutes) = (zone.wall(clash.booking.start), clash.booking.length.minutes());
        let sentence = format!(
            "That overlaps your session at {}:{:02} ({minutes} minutes and its break). That one is kept.",
            wall.hour(),
            wall.minute()
        );
        return Err(Refusal::new("overlap", sentence).into());
    }
    if booking::seats_of_member(tx.conn, who, tx.now, Timestamp(i64::MAX / 2))?.len() >= OPEN_MOST {
        return Err(Refusal::new("many", format!("You have {OPEN_MOST} bookings ahead. Cancel one to make room.")).into());
    }
    Ok(())
}

/// A click on a waiting person: the pair is made at once, if neither side's rules forbid it.
fn book_with(tx: &Tx<'_>, who: MemberId, with: BookingId, ask: &Ask, effects: &mut Effects) -> Result<BookedOne, Fault> {
    let row = booking::seat(tx.conn, with)?.filter(|row| !row.cancelled && row.booking.member != who).ok_or_else(taken)?;
    let target = pairing::waits(tx, row.booking.start, with)?.ok_or_else(taken)?;
    if target.start.plus(grid::LATE_BOOKING_S) < tx.now {
        return Err(taken().into());
    }
    pick_checked(tx, who, &target)?;
    let start = start_with(tx, &target, ask)?;
    let booking = insert(tx, who, start, target.length, &ask.wishes, effects)?;
    let company = CompanyAsk { whom: Whom::Anyone, inside: None, ..ask.company.clone() };
    say_company(tx, who, booking, (start, start), &company)?;
    take_start(tx, with, start, target.length)?;
    if start != target.start {
        effects.touch(target.start, target.member, target.session);
        let at = pairing::day_and_clock_of(tx, target.member, start)?;
        booking::booking_news(tx.conn, with, Some(&format!("You will have company {at}.")))?;
    }
    pairing::seat_together(tx, &[with, booking], Rule::Asked, effects)?;
    booking::session_lock(tx.conn, target.session, tx.now)?;
    relation::picked_insert(tx.conn, who, target.member, booking, tx.now)?;
    Ok(BookedOne { start, booking, partners: partner_names(tx, booking)? })
}

/// Where the two meet: at the start that was asked for, if who waits could come to it; without one, where their booking stands.
fn start_with(tx: &Tx<'_>, target: &WaitingRow, ask: &Ask) -> Result<Timestamp, Fault> {
    // A page that has not heard yet how a window went on says a start that is over.
    let Some(asked) = ask.starts.first().copied().filter(|at| *at != target.start && *at > tx.now) else {
        return Ok(target.start);
    };
    let house = house_of(tx.conn)?;
    let mut others = starts_beside((target.earliest, target.latest), target.start, (house.step, &house.zone));
    others.find(|at| *at == asked).ok_or_else(|| taken().into())
}

/// Whether I may pick this person, by their rules and mine.
fn pick_checked(tx: &Tx<'_>, who: MemberId, target: &WaitingRow) -> Result<(), Fault> {
    let standing = relation::standing(tx.conn, who, tx.now)?;
    let open = company::open(tx.conn, target.booking)?.ok_or_else(taken)?;
    if standing.never.contains(&target.member) || !deciding::is_open_to(tx.conn, &open, who)? {
        return Err(taken().into());
    }
    let both = standing.favorites.contains(&target.member) && standing.favored_by.contains(&target.member);
    let allowed = match target.pick {
        Pick::Everyone => true,
        Pick::Favorites => standing.favored_by.contains(&target.member),
        Pick::Matcher => false,
    };
    if !allowed {
        return Err(Refusal::new(
            "matcher_only",
            "They let the matcher choose. Book the same start and length, and you may meet.",
        )
        .into());
    }
    if !both && relation::picked_count(tx.conn, who, target.member, tx.now.plus(-7 * DAY))? >= PICKS_A_WEEK {
        return Err(Refusal::new(
            "picked_often",
            "You've picked this person twice this week. Book the slot, and the matcher may still bring you together.",
        )
        .into());
    }
    Ok(())
}

/// They were picked, cancelled or may not meet me: the three are not told apart.
fn taken() -> Refusal {
    Refusal::new("taken", "They aren't waiting there any more. Pick another start; nothing was booked.")
}

/// Names of those who share the session of this booking.
pub(super) fn partner_names(tx: &Tx<'_>, id: BookingId) -> Result<Vec<String>, Fault> {
    let Some(row) = booking::seat(tx.conn, id)? else { return Ok(Vec::new()) };
    let mut names = Vec::new();
    for other in booking::seats_of_session(tx.conn, row.booking.session)? {
        if other.booking.id != id {
            names.extend(member::member(tx.conn, other.booking.member)?.map(|m| m.name));
        }
    }
    Ok(names)
}

fn wishes_cleaned(wishes: &Wishes) -> Wishes {
    let title = wishes.title.trim().chars().filter(|c| !c.is_control()).take(80).collect();
    Wishes { title, ..wishes.clone() }
}
