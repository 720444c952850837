//! People from a list: looked through without changing anything, given accounts and slips, and let in by them. And accounts that end.

use super::account::zone_named;
use super::{Effects, Fault, admin, house_of, push_new};
use crate::domain::id::MemberId;
use crate::domain::member::{Role, name_key};
use crate::domain::refusal::Refusal;
use crate::domain::roll::{self, Line, Newcomer};
use crate::domain::time::{DAY, Timestamp};
use crate::domain::view::House;
use crate::store::login::{self, Hash};
use crate::store::member::{self, NewMember};
use crate::store::{Tx, account, house, report};
use jiff::civil::Date;
use rusqlite::Connection;

/// A slip is good for a term's first weeks; a fresh one can be printed at any time.
const SLIP_S: i64 = 60 * DAY;
/// Accounts that one transaction ends.
const BATCH: i64 = 100;

/// What would come of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Comes(Newcomer),
    /// Somebody here has that name or address already: nothing happens to them.
    IsHere(String),
    /// What is wrong with the line.
    Wrong(String),
}

/// A line of the list and what would come of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looked {
    pub number: usize,
    pub typed: String,
    pub verdict: Verdict,
}

/// Looks a list through and changes nothing.
///
/// # Errors
/// `not_allowed`, or `list` where it can't be read as one.
pub fn look(conn: &Connection, who: MemberId, rows: &[(usize, Vec<String>)], now: Timestamp) -> Result<Vec<Looked>, Fault> {
    admin::admin(conn, who)?;
    let today = house_of(conn)?.zone.date(now);
    let taken = account::taken(conn)?;
    let verdict_of = |person: Newcomer| {
        let address = person.email.as_ref().is_some_and(|email| taken.emails.contains(&email.to_lowercase()));
        let name = taken.names.contains(&name_key(&person.name));
        match (address, name, &person.email) {
            (true, ..) | (_, true, None) => Verdict::IsHere(person.name),
            // The same name with an address that nobody here has: somebody else, as far as can be told.
            (_, true, Some(_)) => Verdict::Wrong(format!(
                "Somebody here is called {} already. Add an initial, so that the two can be told apart.",
                person.name
            )),
            (_, false, _) => Verdict::Comes(person),
        }
    };
    let verdict = |line: Line| {
        let verdict = line.read.map_or_else(Verdict::Wrong, verdict_of);
        Looked { number: line.number, typed: line.typed, verdict }
    };
    Ok(roll::read(rows, today)?.into_iter().map(verdict).collect())
}

/// Makes the accounts of a list, all of them or none; each comes back with the slip it was given from `slips`.
///
/// # Errors
/// As [`look`]; `list` when a line is wrong or nobody is new, so that nothing happens that was not shown.
pub fn make(
    tx: &Tx<'_>,
    who: MemberId,
    rows: &[(usize, Vec<String>)],
    slips: &[(String, Hash)],
) -> Result<Vec<(String, String)>, Fault> {
    let looked = look(tx.conn, who, rows, tx.now)?;
    if looked.iter().any(|line| matches!(line.verdict, Verdict::Wrong(_))) {
        return Err(Refusal::new("list", "Some lines are wrong. Nobody was added; mend them first, or take them out.").into());
    }
    let (house, pick) = (house_of(tx.conn)?, house::kind(tx.conn)?.defaults().pick);
    let comes = looked.into_iter().filter_map(|line| if let Verdict::Comes(person) = line.verdict { Some(person) } else { None });
    let mut made = Vec::new();
    for (person, (code, hash)) in comes.zip(slips) {
        let new = NewMember {
            name: &person.name,
            email: person.email.as_deref(),
            password_hash: "",
            role: Role::Member,
            zone: &house.zone,
            pick,
            rules_version: 0,
        };
        let id = member::member_insert(tx.conn, &new, tx.now)?.ok_or_else(|| super::account::name_taken(&person.name))?;
        account::ends_set(tx.conn, id, person.until.map(|last| roll::ends_at(last, &house.zone)))?;
        login::pass_insert(tx.conn, "slip", hash, Some(id), tx.now.plus(SLIP_S))?;
        made.push((person.name, code.clone()));
    }
    if made.is_empty() {
        return Err(Refusal::new("list", "Everybody on the list is here already. Nothing was changed.").into());
    }
    report::audit_insert(tx.conn, Some(who), "people added from a list", &made.len().to_string(), tx.now)?;
    Ok(made)
}

/// Fresh slips for everybody who has not come yet; the ones before end.
///
/// # Errors
/// `not_allowed`; `list` when everybody has come.
pub fn slips_again(tx: &Tx<'_>, who: MemberId, slips: &[(String, Hash)]) -> Result<Vec<(String, String)>, Fault> {
    admin::admin(tx.conn, who)?;
    let accounts = account::accounts(tx.conn)?;
    let waiting = member::members(tx.conn)?.into_iter().filter(|m| !m.paused && accounts.get(&m.id).is_some_and(|a| !a.came));
    let mut made = Vec::new();
    for (person, (code, hash)) in waiting.zip(slips) {
        login::pass_insert(tx.conn, "slip", hash, Some(person.id), tx.now.plus(SLIP_S))?;
        made.push((person.name, code.clone()));
    }
    if made.is_empty() {
        return Err(Refusal::new(
            "list",
            "Everybody has come: nobody needs a slip. For a lost password, make a link on this page.",
        )
        .into());
    }
    report::audit_insert(tx.conn, Some(who), "slips printed again", &made.len().to_string(), tx.now)?;
    Ok(made)
}

/// Whom a slip is for, and the house it leads to.
///
/// # Errors
/// `slip` when it is used, over or unknown: not told apart.
pub fn slip_look(conn: &Connection, hash: &Hash, now: Timestamp) -> Result<(MemberId, String, House), Fault> {
    let found = login::pass_look(conn, "slip", hash, now)?.flatten();
    let row = found.map(|id| member::member(conn, id)).transpose()?.flatten().filter(|row| !row.paused);
    let row = row.ok_or_else(|| {
        Refusal::new(
            "slip",
            "This code isn't good any more, or a letter is wrong. Compare it with your slip, or ask for a fresh one.",
        )
    })?;
    Ok((row.id, row.name, house_of(conn)?))
}

/// Uses a slip: the password is chosen and the house rules are accepted.
///
/// # Errors
/// As [`slip_look`]; `rules` when they are not accepted; `zone`.
pub fn slip_use(tx: &Tx<'_>, hash: &Hash, zone: &str, accepted: bool, password_hash: &str) -> Result<MemberId, Fault> {
    let (who, _, house) = slip_look(tx.conn, hash, tx.now)?;
    slip_checked(zone, accepted)?;
    login::pass_use(tx.conn, hash, tx.now)?;
    member::zone_set(tx.conn, who, &zone_named(zone)?)?;
    account::rules_accepted(tx.conn, who, house.rules_version)?;
    super::account::change_password(tx, who, password_hash, None)?;
    Ok(who)
}

/// Checks what a slip's form says, before a password is hashed for it.
///
/// # Errors
/// `rules` or `zone`.
pub fn slip_checked(zone: &str, accepted: bool) -> Result<(), Refusal> {
    zone_named(zone)?;
    if accepted {
        return Ok(());
    }
    Err(Refusal::new("rules", "Please read the house rules and tick the box; everybody here has."))
}

/// Lets an account end on a day, the last one it is good for, or never.
///
/// # Errors
/// `not_allowed`, `gone`, `ends` for what is no day, `last_admin` for an admin.
pub fn end_on(tx: &Tx<'_>, who: MemberId, about: MemberId, last: &str) -> Result<(), Fault> {
    admin::admin(tx.conn, who)?;
    let row = member::member(tx.conn, about)?.ok_or_else(Refusal::gone)?;
    let zone = house_of(tx.conn)?.zone;
    let last: Option<Date> = roll::last_day(last.trim(), zone.date(tx.now)).map_err(|why| Refusal::new("ends", why))?;
    if last.is_some() && row.role == Role::Admin {
        return Err(
            Refusal::new("last_admin", "An admin's account has no end: a house without one could not be opened again.").into()
        );
    }
    account::ends_set(tx.conn, about, last.map(|day| roll::ends_at(day, &zone)))?;
    let act = last.map_or_else(|| "no end of the account".to_owned(), |day| format!("account ends on {day}"));
    Ok(report::audit_insert(tx.conn, Some(who), &act, &row.name, tx.now)?)
}

/// Refuses what would go beyond the end of an account.
pub(super) fn lasts_until(conn: &Connection, who: MemberId, until: Timestamp) -> Result<(), Fault> {
    let Some(ends) = account::account(conn, who)?.and_then(|row| row.ends_at).filter(|ends| *ends < until) else { return Ok(()) };
    let last = roll::last_of(ends, &house_of(conn)?.zone).strftime("%-d %B %Y");
    Err(Refusal::new(
        "ends",
        format!("Your account here is good until {last}, so nothing later can be booked. An admin can change that."),
    )
    .into())
}

/// Ends the accounts whose day is over: their logins end and their bookings ahead are cancelled. What they have done stays until it is
/// deleted with everybody else's.
///
/// # Errors
/// Only those of the store.
pub(super) fn end_what_is_due(tx: &Tx<'_>, effects: &mut Effects) -> Result<(), Fault> {
    for about in account::ended(tx.conn, tx.now, BATCH)? {
        let Some(row) = member::member(tx.conn, about)? else { continue };
        if row.role == Role::Admin {
            account::ends_set(tx.conn, about, None)?;
            continue;
        }
        admin::keep_out(tx, &row, admin::Running::GoesOn, effects)?;
        push_new(&mut effects.members, about);
        report::audit_insert(tx.conn, None, "account ended", &row.name, tx.now)?;
    }
    Ok(())
}
