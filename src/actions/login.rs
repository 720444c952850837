//! Logins: found by their cookie, made, rotated, ended; and the one-time links that lead to one.
//!
//! Passwords are checked outside, on a bounded number of threads; only hashes come here.

use super::Fault;
use crate::domain::id::MemberId;
use crate::domain::member::Role;
use crate::domain::refusal::Refusal;
use crate::domain::roll::last_of;
use crate::domain::time::{DAY, MINUTE, Timestamp};
use crate::store::login::{self, Hash, LoginRow};
use crate::store::{Tx, account, member, report};
use rusqlite::Connection;

/// A login that sleeps longer than this has ended.
pub const IDLE_S: i64 = 60 * DAY;
/// A cookie is replaced when it is older than this.
pub const ROTATE_S: i64 = DAY;
/// How exactly "last seen" is kept.
pub const SEEN_S: i64 = 10 * MINUTE;
/// A setup link is good for half an hour, a reset link for a day.
pub const SETUP_S: i64 = 30 * MINUTE;
pub const RESET_S: i64 = DAY;
/// So many people are named to who asks for a link for nobody in particular.
const NAMED_MOST: usize = 12;

/// The login that a cookie belongs to.
///
/// # Errors
/// Only those of the store.
pub fn by_cookie(conn: &Connection, hash: &Hash, now: Timestamp) -> Result<Option<LoginRow>, Fault> {
    Ok(login::login_by_hash(conn, hash, now, IDLE_S)?)
}

/// Accounts that a typed name or address could mean, with their password hashes.
///
/// # Errors
/// Only those of the store.
pub fn candidates(conn: &Connection, who: &str) -> Result<Vec<(MemberId, String)>, Fault> {
    Ok(member::logins_for(conn, who)?)
}

/// Refuses whoever is kept out, once the password is known to be theirs; nobody else learns it.
///
/// # Errors
/// `kept_out` with what has ended or that it was paused.
pub fn let_in(conn: &Connection, who: MemberId, now: Timestamp) -> Result<(), Fault> {
    let row = member::member(conn, who)?.ok_or_else(Refusal::gone)?;
    if !row.paused {
        return Ok(());
    }
    let ended = account::account(conn, who)?.and_then(|account| account.ends_at).filter(|ends| *ends <= now);
    let zone = super::house_of(conn)?.zone;
    let said = ended.map_or_else(
        || "Your account here is paused. Whoever looks after this place can tell you why, and let you in again.".to_owned(),
        |ends| {
            format!(
                "Your account here was good until {}. An admin can let you in again.",
                last_of(ends, &zone).strftime("%-d %B %Y")
            )
        },
    );
    Err(Refusal::new("kept_out", said).into())
}

/// The password hash of a member, to check the old one before a change.
///
/// # Errors
/// `gone` when the account was removed.
pub fn own_hash(conn: &Connection, who: MemberId) -> Result<String, Fault> {
    Ok(member::password_hash(conn, who)?.ok_or_else(Refusal::gone)?)
}

/// Signs a browser in under the hash of a new cookie.
///
/// # Errors
/// Only those of the store.
pub fn log_in(tx: &Tx<'_>, who: MemberId, hash: &Hash, browser: &str) -> Result<i64, Fault> {
    let browser: String = browser.chars().filter(|c| !c.is_control()).take(80).collect();
    Ok(login::login_insert(tx.conn, who, hash, &browser, tx.now)?)
}

/// Replaces a cookie that was last replaced at `seen`; the one before stays good for a minute. `false` when another
/// request of the same browser was first, or the login has ended.
///
/// # Errors
/// Only those of the store.
pub fn rotate(tx: &Tx<'_>, id: i64, seen: Timestamp, hash: &Hash) -> Result<bool, Fault> {
    Ok(login::login_rotate(tx.conn, id, seen, hash, tx.now)?)
}

/// Notes that a login is in use.
///
/// # Errors
/// Only those of the store.
pub fn seen(tx: &Tx<'_>, id: i64) -> Result<(), Fault> {
    Ok(login::login_seen(tx.conn, id, tx.now)?)
}

/// Ends one login.
///
/// # Errors
/// Only those of the store.
pub fn log_out(tx: &Tx<'_>, id: i64) -> Result<(), Fault> {
    Ok(login::login_delete(tx.conn, id)?)
}

/// Ends every login of a member.
///
/// # Errors
/// Only those of the store.
pub fn log_out_everywhere(tx: &Tx<'_>, who: MemberId) -> Result<(), Fault> {
    Ok(login::logins_delete(tx.conn, who, None)?)
}

/// Makes a reset link for a member, by an admin or from the command line (`by` is none).
///
/// # Errors
/// `not_allowed` for a plain member, `gone` for somebody who is not there.
pub fn reset_link(tx: &Tx<'_>, by: Option<MemberId>, about: MemberId, hash: &Hash) -> Result<(), Fault> {
    if let Some(by) = by {
        super::admin::admin(tx.conn, by)?;
    }
    let about_row = member::member(tx.conn, about)?.ok_or_else(Refusal::gone)?;
    login::pass_insert(tx.conn, "reset", hash, Some(about), tx.now.plus(RESET_S))?;
    Ok(report::audit_insert(tx.conn, by, "reset link made", &about_row.name, tx.now)?)
}

/// Lets an admin in again, for whoever has the machine: the link for a new password, the role, and an end to a pause.
///
/// # Errors
/// `gone` for a name that nobody has, or none where it must be said who is meant; the sentence names the admins there are.
pub fn recover(tx: &Tx<'_>, name: Option<&str>, hash: &Hash) -> Result<(), Fault> {
    let who = recovered(tx.conn, name)?;
    member::role_set(tx.conn, who, Role::Admin)?;
    member::paused_set(tx.conn, who, None)?;
    account::ends_set(tx.conn, who, None)?;
    let row = member::member(tx.conn, who)?.ok_or_else(Refusal::gone)?;
    report::audit_insert(tx.conn, None, "admin recovered", &row.name, tx.now)?;
    reset_link(tx, None, who, hash)
}

/// Whom `recover` means. Its sentences name people: whoever reads them has the database.
fn recovered(conn: &Connection, name: Option<&str>) -> Result<MemberId, Fault> {
    if let Some(who) = name.map(|name| member::member_named(conn, name)).transpose()?.flatten() {
        return Ok(who);
    }
    let all = member::members(conn)?;
    let admins: Vec<_> = all.iter().filter(|m| m.role == Role::Admin).collect();
    let begins = match (name, admins.as_slice()) {
        _ if all.is_empty() => {
            return Err(Refusal::new("gone", "Nobody is here yet. The first admin comes by: alongside setup-link").into());
        }
        (Some(name), _) => format!("Nobody here is called “{name}”."),
        (None, [one]) => return Ok(one.id),
        (None, []) => "There is no admin. Say whose name is to be one: alongside admin recover NAME.".to_owned(),
        (None, _) => "Say whom: alongside admin recover NAME.".to_owned(),
    };
    let (who, some) = if admins.is_empty() { ("members", all.iter().collect()) } else { ("admins", admins) };
    let more = if some.len() > NAMED_MOST { " and others" } else { "" };
    let names = some.iter().take(NAMED_MOST).map(|m| m.name.as_str()).collect::<Vec<_>>().join(", ");
    Err(Refusal::new("gone", format!("{begins} The {who} are {names}{more}.")).into())
}

/// The member whom a typed name means, for the command line.
///
/// # Errors
/// `gone` with a sentence that says so.
pub fn named(conn: &Connection, name: &str) -> Result<MemberId, Fault> {
    let found = member::member_named(conn, name)?;
    Ok(found
        .ok_or_else(|| Refusal::new("gone", format!("Nobody here is called “{name}”. Names are on the page Admin, Members.")))?)
}

/// The member whom a reset link is for.
///
/// # Errors
/// `link` when it is used, over or unknown: not told apart.
pub fn reset_look(conn: &Connection, hash: &Hash, now: Timestamp) -> Result<MemberId, Fault> {
    let found = login::pass_look(conn, "reset", hash, now)?.flatten();
    Ok(found.ok_or_else(|| {
        Refusal::new("link", "This link has been used or has run out. Ask an admin for another; your account is safe.")
    })?)
}

/// Uses a reset link: a new password, and every login ends.
///
/// # Errors
/// As [`reset_look`].
pub fn reset(tx: &Tx<'_>, link: &Hash, password_hash: &str) -> Result<MemberId, Fault> {
    let who = reset_look(tx.conn, link, tx.now)?;
    login::pass_use(tx.conn, link, tx.now)?;
    super::account::change_password(tx, who, password_hash, None)?;
    Ok(who)
}

/// Uses a one-time sign-in link of the demo.
///
/// # Errors
/// `link` when it is used, over or unknown.
pub fn enter(tx: &Tx<'_>, link: &Hash) -> Result<MemberId, Fault> {
    let found = login::pass_look(tx.conn, "enter", link, tx.now)?.flatten();
    Ok(found.ok_or_else(|| Refusal::new("link", "This sign-in link has run out. Start the demo again for fresh ones."))?)
}
