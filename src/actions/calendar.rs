//! The week of one member: who waits where, what is mine, what the house puts forward.

pub use super::deciding::would_be_matched;
use super::{Fault, company, house_of, plans, seat};
use crate::domain::company::{NEWCOMER_BELOW, starts_beside};
use crate::domain::grid::{HORIZON_S, LATE_BOOKING_S, next_start};
use crate::domain::group::Group;
use crate::domain::id::{BookingId, GroupId, MemberId};
use crate::domain::matching::Whom;
use crate::domain::member::{Pick, Role};
use crate::domain::refusal::Refusal;
use crate::domain::session::{NEWS_S, phase};
use crate::domain::time::{MINUTE, Timestamp, Zone};
use crate::domain::view::{Calendar, FirstSteps, FocusHour, House, Me, Mine, Partner, RelationKind, Seen, Slot, Start, Waiter};
use crate::domain::week::Week;
use crate::store::booking::{self, SeatRow, WaitingRow};
use crate::store::member::{self, MemberRow};
use crate::store::relation::Standing;
use crate::store::{company as company_rows, group, invite, relation};
use jiff::civil::Date;
use rusqlite::Connection;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

/// Everybody who waits in a stretch of time; the same for all viewers of one zone, so that it can be kept while nothing changes.
#[derive(Debug, Default)]
pub struct Board {
    /// In their order.
    starts: Vec<Arc<Start>>,
    /// What decides who sees whom how, beside [`Start::people`].
    rules: Vec<Arc<[Rules]>>,
    /// At which of the starts a member waits or could, by member.
    of_member: Box<[(MemberId, u32)]>,
    /// The starts at which somebody waits for their group only, or for certain people.
    narrow: Vec<usize>,
}

/// Those who wait at one start, or could: what is the same in all zones, of which one copy is enough.
#[derive(Clone, Debug)]
pub struct Gathered {
    people: Arc<[Waiter]>,
    standing: usize,
    rules: Arc<[Rules]>,
}

#[derive(Clone, Copy, Debug)]
struct Rules {
    member: MemberId,
    pick: Pick,
    as_someone: bool,
    inside: Option<GroupId>,
    whom: Whom,
}

/// Bookings ahead that are shown whatever week is open.
const NEXT_SHOWN: usize = 5;
/// Where so many wait, who could come, too, is not said any more: there is company.
const CROWD: usize = 12;

/// What is the same for many viewers, and may be kept while the database stands still.
pub trait Shared {
    /// The board of a week, as [`board`] reads it.
    ///
    /// # Errors
    /// Only those of the store.
    fn board(&self, conn: &Connection, week: &Week) -> Result<Arc<Board>, Fault>;

    /// Whom a look at this moment would bring together at a start, as [`would_be_matched`] finds them.
    ///
    /// # Errors
    /// Only those of the store.
    fn matched(&self, conn: &Connection, start: Timestamp) -> Result<Arc<BTreeSet<BookingId>>, Fault>;
}

/// Reads the board of [from, to). `one_copy` may give what it was given before for the same start.
///
/// # Errors
/// Only those of the store.
pub fn board(
    conn: &Connection,
    from: Timestamp,
    to: Timestamp,
    one_copy: impl Fn(Timestamp, Gathered) -> Gathered,
) -> Result<Arc<Board>, Fault> {
    let mut zones: HashMap<Arc<str>, Zone> = HashMap::new();
    let (mut board, mut of_member) = (Board::default(), Vec::new());
    let rows = booking::waiting_around(conn, from, to)?;
    for same in there(&rows, (from, to), &house_of(conn)?).chunk_by(|a, b| a.at == b.at) {
        let (n, at) = (board.starts.len(), same[0].at);
        let standing = same.partition_point(|there| there.away_s == 0);
        let same = &same[..same.len().min(standing.max(CROWD))];
        let who = || same.iter().map(|there| &rows[there.row]);
        of_member.extend(who().map(|row| (row.member, n as u32)));
        if who().any(|row| row.inside.is_some() || row.whom.is_narrow()) {
            board.narrow.push(n);
        }
        let people = who().map(|row| waiter(row, at, &mut zones)).collect();
        let fresh = Gathered { people, standing, rules: who().map(rules).collect() };
        let Gathered { people, standing, rules } = one_copy(at, fresh);
        board.starts.push(Arc::new(Start { at, people, standing, said: OnceLock::new() }));
        board.rules.push(rules);
    }
    of_member.sort_unstable();
    board.of_member = of_member.into();
    Ok(Arc::new(board))
}

/// Somebody at a start: how far away their booking stands, and which row it is. In the order in which a start shows its people.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct There {
    at: Timestamp,
    away_s: i64,
    row: usize,
}

/// Who stands at which start of [from, to), or could come to it, in order. Where the house is closed nobody can sit down with them.
fn there(rows: &[WaitingRow], (from, to): (Timestamp, Timestamp), house: &House) -> Vec<There> {
    let open = house.hours.open(&house.zone, from, to);
    let mut all = Vec::with_capacity(rows.len());
    for (n, row) in rows.iter().enumerate() {
        let beside = starts_beside((row.earliest, row.latest), row.start, (house.step, &house.zone));
        let starts = std::iter::once(row.start).chain(beside).filter(|at| from <= *at && *at < to);
        let starts = starts.filter(|at| open.holds(*at, row.length.seconds()));
        all.extend(starts.map(|at| There { at, away_s: at.since(row.start).abs(), row: n }));
    }
    all.sort_unstable();
    all
}

impl Board {
    /// The starts at which a member waits, or could.
    fn starts_of(&self, member: MemberId) -> impl Iterator<Item = usize> {
        let first = self.of_member.partition_point(|(one, _)| *one < member);
        self.of_member[first..].iter().take_while(move |(one, _)| *one == member).map(|(_, n)| *n as usize)
    }
}

fn rules(row: &WaitingRow) -> Rules {
    Rules { member: row.member, pick: row.pick, as_someone: row.as_someone, inside: row.inside, whom: row.whom }
}

fn waiter(row: &WaitingRow, at: Timestamp, zones: &mut HashMap<Arc<str>, Zone>) -> Waiter {
    Waiter {
        id: row.booking,
        start: at,
        stands_at: row.start,
        length: row.length,
        name: if row.as_someone { "Someone".into() } else { row.name.clone() },
        zone: zones.entry(row.zone.clone()).or_insert_with_key(|name| Zone::or_utc(name)).clone(),
        sessions: row.sessions,
        wishes: row.wishes.clone(),
        open: row.pick == Pick::Everyone,
    }
}

/// The calendar page of a member: seven days from `first` (today if none) with `day` put forward. A week that begins today
/// has no days that are over.
///
/// # Errors
/// `gone` when the account was removed; those of the store.
pub fn calendar(
    conn: &Connection,
    who: MemberId,
    first: Option<Date>,
    day: Option<Date>,
    now: Timestamp,
    shared: &impl Shared,
) -> Result<Calendar, Fault> {
    let house = house_of(conn)?;
    let row = member::member(conn, who)?.ok_or_else(Refusal::gone)?;
    let shown = day.unwrap_or_else(|| row.zone.date(now));
    let first = first.unwrap_or_else(|| row.zone.date(now));
    let week = Week::on_grid(&row.zone, first, house.step, &house.zone);
    let board = shared.board(conn, &week)?;
    let groups = group::groups_of(conn, who)?;
    let mine = mine(conn, who, (week.from(), week.to()), &groups, now, shared)?;
    let first_steps = first_steps(conn, &house, &row, &mine)?;
    Ok(Calendar {
        now,
        day: week.days.iter().position(|d| d.date == shown).unwrap_or(0),
        waiting: waiting(conn, who, &board, &groups, now)?,
        focus_hours: focus_hours(&house, week.from(), week.to()),
        horizon: now.plus(HORIZON_S),
        opens: opens(&house, now),
        open: house.hours.open(&house.zone, week.from(), week.to()),
        usual: house.lengths.nearest(row.usual),
        lengths: house.lengths.clone(),
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
    (from, to): (Timestamp, Timestamp),
    groups: &[Group],
    now: Timestamp,
    shared: &impl Shared,
) -> Result<Vec<Mine>, Fault> {
    let mut rows = booking::seats_of_member(conn, who, from, to)?;
    if rows.iter().filter(|row| row.booking.closes_at() > now).count() < NEXT_SHOWN || from > now {
        rows.extend(booking::seats_ahead(conn, who, now, NEXT_SHOWN)?);
        rows.sort_by_key(|row| (row.booking.start, row.booking.id));
        rows.dedup_by_key(|row| row.booking.id);
    }
    // Where I left somebody whom I blocked, nothing leads back.
    let mut kept = Vec::with_capacity(rows.len());
    for row in rows {
        if !seat::is_closed_to(conn, &row, now)? {
            kept.push(row);
        }
    }
    let mut asked = 0;
    let told = kept.into_iter().map(|row| {
        // What the matcher would say is asked for the next few only.
        let soon = row.booking.start > now && asked < NEXT_SHOWN;
        asked += usize::from(soon);
        mine_of(conn, row, soon, groups, now, shared)
    });
    told.collect()
}

fn mine_of(
    conn: &Connection,
    row: SeatRow,
    soon: bool,
    groups: &[Group],
    now: Timestamp,
    shared: &impl Shared,
) -> Result<Mine, Fault> {
    let own = &row.booking;
    let partners = partners(conn, &row)?;
    let waits = partners.is_empty() && soon;
    Ok(Mine {
        company: if waits { company::of(conn, &row, now, |start| shared.matched(conn, start))? } else { Default::default() },
        rule: if partners.is_empty() { None } else { company_rows::rule_of(conn, own.id)? },
        inside: row.company.inside.and_then(|id| groups.iter().find(|one| one.id == id)).map(|one| one.name.clone()),
        id: own.id,
        start: own.start,
        length: own.length,
        phase: phase(own.start, own.length, now),
        sat: row.sat_at.is_some(),
        left: row.left_at.is_some(),
        partners,
        wishes: own.wishes.clone(),
        news: row.news.clone().filter(|_| own.start.plus(NEWS_S) > now),
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

/// Who waits in the cell that begins at `start`, for the sheet that opens over it, with what a line of theirs needs.
///
/// # Errors
/// `gone` when the account was removed; those of the store.
pub fn waiting_in(conn: &Connection, who: MemberId, start: Timestamp, now: Timestamp) -> Result<(Zone, Vec<Slot>), Fault> {
    let row = member::member(conn, who)?.ok_or_else(Refusal::gone)?;
    // A start that the grid had before it became coarser lies in the cell that it falls into.
    let board = board(conn, start, start.plus(house_of(conn)?.step * MINUTE), |_, fresh| fresh)?;
    Ok((row.zone, waiting(conn, who, &board, &group::groups_of(conn, who)?, now)?))
}

/// The board as this viewer may see it.
fn waiting(conn: &Connection, who: MemberId, board: &Board, groups: &[Group], now: Timestamp) -> Result<Vec<Slot>, Fault> {
    let standing = relation::standing(conn, who, now)?;
    // Only where somebody waits whom this viewer has to do with, the view is not that of all.
    let mut particular: Vec<usize> = board.narrow.clone();
    let known = [&standing.never, &standing.favorites, &standing.favored_by].into_iter().flatten().chain([&who]);
    particular.extend(known.flat_map(|member| board.starts_of(*member)));
    particular.sort_unstable();
    let open = board.starts.partition_point(|start| start.at.plus(LATE_BOOKING_S) < now);
    let slots = board.starts.iter().enumerate().skip(open).map(|(n, shared)| {
        let own = particular.binary_search(&n).is_ok().then(|| seen(shared, &board.rules[n], who, &standing, groups));
        Slot { shared: shared.clone(), own }
    });
    Ok(slots.filter(|slot| slot.count() > 0).collect())
}

/// Whom a viewer sees at a start, and how.
fn seen(start: &Start, rules: &[Rules], who: MemberId, standing: &Standing, groups: &[Group]) -> Vec<Seen> {
    let is_inside = |w: &Rules| w.inside.is_none_or(|inside| groups.iter().any(|one| one.id == inside));
    let asks_for_me = |w: &Rules| w.whom.asks_for(who, || standing.favored_by.contains(&w.member));
    let all = rules.iter().enumerate();
    let mut own: Vec<Seen> = all
        .filter(|(_, w)| is_inside(w) && asks_for_me(w) && w.member != who && !standing.never.contains(&w.member))
        .map(|(index, w)| Seen {
            index,
            pickable: match w.pick {
                Pick::Everyone => true,
                Pick::Favorites => standing.favored_by.contains(&w.member),
                Pick::Matcher => false,
            },
            favorite: standing.favorites.contains(&w.member) && !w.as_someone,
        })
        .collect();
    own.sort_by_key(|one| (one.index >= start.standing, !one.favorite));
    own
}

/// When the house opens, if the next start is closed.
fn opens(house: &House, now: Timestamp) -> Option<Timestamp> {
    if house.hours.is_always() {
        return None;
    }
    let next = next_start(now, house.step, house.zone.offset_s(now));
    house.hours.opens_after(&house.zone, next, house.lengths.shortest().seconds()).filter(|opens| *opens > next)
}

/// The focus hours as starts within [from, to), as far as the house is open.
pub fn focus_hours(house: &House, from: Timestamp, to: Timestamp) -> Vec<Timestamp> {
    let mut starts = Vec::new();
    if house.focus_hours.is_empty() {
        return starts;
    }
    let open = house.hours.open(&house.zone, from, to);
    let mut date = house.zone.date(from);
    while house.zone.midnight(date) < to {
        let weekday = date.weekday().to_monday_zero_offset();
        for FocusHour { minute, .. } in house.focus_hours.iter().filter(|f| i64::from(f.weekday) == i64::from(weekday)) {
            let start = house.zone.at(date.at((minute / 60) as i8, (minute % 60) as i8, 0, 0));
            if from <= start && start < to && open.holds(start, house.lengths.shortest().seconds()) {
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
