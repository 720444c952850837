//! The week of one member: who waits where, what is mine, what the house puts forward.

use super::{Fault, company, house_of, plans};
use crate::domain::company::NEWCOMER_BELOW;
use crate::domain::grid::{HORIZON_S, LATE_BOOKING_S};
use crate::domain::group::Group;
use crate::domain::id::{GroupId, MemberId};
use crate::domain::matching::Whom;
use crate::domain::member::{Pick, Role};
use crate::domain::refusal::Refusal;
use crate::domain::session::phase;
use crate::domain::time::{Timestamp, Zone};
use crate::domain::view::{Calendar, FirstSteps, FocusHour, House, Me, Mine, Partner, RelationKind, Waiter, Waiting};
use crate::domain::week::Week;
use crate::store::booking::{self, SeatRow, WaitingRow};
use crate::store::member::{self, MemberRow};
use crate::store::{company as company_rows, group, invite, relation};
use jiff::civil::Date;
use rusqlite::Connection;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

/// Everybody who waits in a stretch of time; the same for all viewers of one zone, so that it can be kept while nothing changes.
pub type Board = Arc<Vec<OnBoard>>;

/// Somebody who waits, and what decides who sees them how.
#[derive(Debug)]
pub struct OnBoard {
    member: MemberId,
    pick: Pick,
    as_someone: bool,
    inside: Option<GroupId>,
    whom: Whom,
    who: Arc<Waiter>,
}

/// Bookings ahead that are shown whatever week is open.
const NEXT_SHOWN: usize = 5;

/// Reads the board of [from, to).
///
/// # Errors
/// Only those of the store.
pub fn board(conn: &Connection, from: Timestamp, to: Timestamp) -> Result<Board, Fault> {
    let mut zones: HashMap<Arc<str>, Zone> = HashMap::new();
    let rows = booking::waiting_between(conn, from, to)?.into_iter();
    Ok(Arc::new(rows.map(|row| on_board(row, &mut zones)).collect()))
}

fn on_board(row: WaitingRow, zones: &mut HashMap<Arc<str>, Zone>) -> OnBoard {
    let who = Waiter {
        id: row.booking,
        start: row.start,
        length: row.length,
        name: if row.as_someone { "Someone".into() } else { row.name },
        zone: zones.entry(row.zone).or_insert_with_key(|name| Zone::or_utc(name)).clone(),
        sessions: row.sessions,
        wishes: row.wishes,
        said: OnceLock::new(),
    };
    let WaitingRow { member, pick, as_someone, inside, whom, .. } = row;
    OnBoard { member, pick, as_someone, inside, whom, who: Arc::new(who) }
}

/// The calendar page of a member: seven days from `first` (today if none) with `day` put forward, told by a board that
/// covers them. A week that begins today has no days that are over.
///
/// `board_of` gives the board of a week, from memory or by [`board`].
///
/// # Errors
/// `gone` when the account was removed; those of the store.
pub fn calendar(
    conn: &Connection,
    who: MemberId,
    first: Option<Date>,
    day: Option<Date>,
    now: Timestamp,
    board_of: impl FnOnce(&Connection, &Week) -> Result<Board, Fault>,
) -> Result<Calendar, Fault> {
    let house = house_of(conn)?;
    let row = member::member(conn, who)?.ok_or_else(Refusal::gone)?;
    let shown = day.unwrap_or_else(|| row.zone.date(now));
    let first = first.unwrap_or_else(|| row.zone.date(now));
    let week = Week::on_grid(&row.zone, first, house.step, &house.zone);
    let board = board_of(conn, &week)?;
    let groups = group::groups_of(conn, who)?;
    let mine = mine(conn, who, week.from(), week.to(), &groups, now)?;
    let first_steps = first_steps(conn, &house, &row, &mine)?;
    Ok(Calendar {
        now,
        day: week.days.iter().position(|d| d.date == shown).unwrap_or(0),
        waiting: waiting(conn, who, &board, &groups, now)?,
        focus_hours: focus_hours(&house, week.from(), week.to()),
        horizon: now.plus(HORIZON_S),
        usual: row.usual,
        trio: company_rows::trio(conn, who)?,
        favorites: favorites(conn, who, now)?,
        newcomer: row.sessions < NEWCOMER_BELOW,
        plans: plans::of(conn, who, &row.zone, now)?,
        me: me_of(row, house),
        mine,
        groups,
        first_steps,
        week,
    })
}

fn me_of(row: MemberRow, house: House) -> Me {
    Me { id: row.id, name: row.name, role: row.role, zone: row.zone, instance: house.name }
}

/// My bookings that touch [from, to), and in any case the next few, wherever they lie.
fn mine(
    conn: &Connection,
    who: MemberId,
    from: Timestamp,
    to: Timestamp,
    groups: &[Group],
    now: Timestamp,
) -> Result<Vec<Mine>, Fault> {
    let mut rows = booking::seats_of_member(conn, who, from, to)?;
    if rows.iter().filter(|row| row.booking.closes_at() > now).count() < NEXT_SHOWN || from > now {
        rows.extend(booking::seats_ahead(conn, who, now, NEXT_SHOWN)?);
        rows.sort_by_key(|row| (row.booking.start, row.booking.id));
        rows.dedup_by_key(|row| row.booking.id);
    }
    let mut asked = 0;
    let told = rows.into_iter().map(|row| {
        // What the matcher would say is asked for the next few only.
        let soon = row.booking.start > now && asked < NEXT_SHOWN;
        asked += usize::from(soon);
        mine_of(conn, row, soon, groups, now)
    });
    told.collect()
}

fn mine_of(conn: &Connection, row: SeatRow, soon: bool, groups: &[Group], now: Timestamp) -> Result<Mine, Fault> {
    let own = &row.booking;
    let partners = partners(conn, &row)?;
    let waits = partners.is_empty() && soon;
    Ok(Mine {
        company: if waits { company::of(conn, &row, now)? } else { Default::default() },
        rule: if partners.is_empty() { None } else { company_rows::rule_of(conn, own.id)? },
        inside: row.company.inside.and_then(|id| groups.iter().find(|one| one.id == id)).map(|one| one.name.clone()),
        id: own.id,
        start: own.start,
        length: own.length,
        phase: phase(own.start, own.length, now),
        partners,
        wishes: own.wishes.clone(),
        news: row.news.clone().filter(|_| own.start > now),
    })
}

/// Whom I may ask for by name, in the order of their names.
fn favorites(conn: &Connection, who: MemberId, now: Timestamp) -> Result<Vec<(MemberId, String)>, Fault> {
    let mut named = Vec::new();
    for relation in relation::relations(conn, who, now)?.into_iter().filter(|r| r.kind == RelationKind::Favorite) {
        // Who waits as "Someone" is not to be found out by asking for them.
        if member::member(conn, relation.member)?.is_some_and(|m| !m.as_someone) {
            named.push((relation.member, relation.name));
        }
    }
    Ok(named)
}

/// Who shares the session of this seat.
pub(super) fn partners(conn: &Connection, row: &SeatRow) -> Result<Vec<Partner>, Fault> {
    Ok(booking::partners(conn, row.booking.session, row.booking.id)?)
}

/// The board as this viewer may see it.
fn waiting(conn: &Connection, who: MemberId, board: &Board, groups: &[Group], now: Timestamp) -> Result<Vec<Waiting>, Fault> {
    let standing = relation::standing(conn, who, now)?;
    let is_open = |w: &&OnBoard| w.who.start.plus(LATE_BOOKING_S) >= now;
    let is_inside = |w: &&OnBoard| w.inside.is_none_or(|inside| groups.iter().any(|one| one.id == inside));
    let asks_for_me = |w: &&OnBoard| match w.whom {
        Whom::Anyone | Whom::FavoritesFirst => true,
        Whom::FavoritesOnly => standing.favored_by.contains(&w.member),
        Whom::Member(only) => only == who,
    };
    let others = |w: &&OnBoard| w.member != who && !standing.never.contains(&w.member);
    let seen = board.iter().filter(is_open).filter(is_inside).filter(asks_for_me).filter(others);
    Ok(seen
        .map(|w| Waiting {
            who: w.who.clone(),
            pickable: match w.pick {
                Pick::Everyone => true,
                Pick::Favorites => standing.favored_by.contains(&w.member),
                Pick::Matcher => false,
            },
            favorite: standing.favorites.contains(&w.member) && !w.as_someone,
        })
        .collect())
}

/// The focus hours as starts within [from, to).
pub fn focus_hours(house: &House, from: Timestamp, to: Timestamp) -> Vec<Timestamp> {
    let mut starts = Vec::new();
    if house.focus_hours.is_empty() {
        return starts;
    }
    let mut date = house.zone.date(from);
    while house.zone.midnight(date) < to {
        let weekday = date.weekday().to_monday_zero_offset();
        for FocusHour { minute, .. } in house.focus_hours.iter().filter(|f| i64::from(f.weekday) == i64::from(weekday)) {
            let start = house.zone.at(date.at((minute / 60) as i8, (minute % 60) as i8, 0, 0));
            if from <= start && start < to {
                starts.push(start);
            }
        }
        let Ok(next) = date.tomorrow() else { break };
        date = next;
    }
    starts
}

/// The three cards of the first empty week: nothing booked in it, no session done yet, and one of them still to do.
fn first_steps(conn: &Connection, house: &House, row: &MemberRow, mine: &[Mine]) -> Result<Option<FirstSteps>, Fault> {
    let admin = row.role == Role::Admin;
    let steps = FirstSteps {
        tested: row.tested,
        invited: !admin || member::members_count(conn)? > 1 || !invite::invites(conn, None)?.is_empty(),
        focus_hours: if admin { !house.focus_hours.is_empty() } else { !mine.is_empty() },
        admin,
    };
    let open = !(steps.tested && steps.invited && steps.focus_hours);
    Ok((open && mine.is_empty() && row.sessions == 0).then_some(steps))
}
