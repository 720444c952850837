//! Invites: made, revoked, looked at, and used to join.

use super::account::{name_taken, zone_named};
use super::{Fault, house_of};
use crate::domain::id::{InviteId, MemberId};
use crate::domain::member::{Role, email_cleaned, name_cleaned};
use crate::domain::refusal::Refusal;
use crate::domain::time::{DAY, Timestamp};
use crate::domain::view::House;
use crate::store::invite::{self, InviteRow};
use crate::store::member::NewMember;
use crate::store::{Tx, group, house, member, report};
use rusqlite::Connection;

const USES_MOST: i64 = 1_000;
const DAYS_MOST: i64 = 365;

/// Makes an invite with the token that the dice gave.
///
/// # Errors
/// `not_allowed` for a role that may not invite, or may not give away that role.
pub fn make(tx: &Tx<'_>, who: MemberId, role: Role, uses: i64, days: i64, token: &str) -> Result<InviteId, Fault> {
    may_invite(tx.conn, who)?;
    let own = member::member(tx.conn, who)?.ok_or_else(Refusal::gone)?.role;
    if role > own || (role > Role::Member && own < Role::Admin) {
        return Err(Refusal::not_allowed().into());
    }
    let expires = tx.now.plus(days.clamp(1, DAYS_MOST) * DAY);
    Ok(invite::invite_insert(tx.conn, token, role, uses.clamp(1, USES_MOST), expires, who, tx.now)?)
}

/// Ends an invite; who has joined stays.
///
/// # Errors
/// `gone`, also for somebody else's invite unless I am an admin.
pub fn revoke(tx: &Tx<'_>, who: MemberId, id: InviteId) -> Result<(), Fault> {
    own(tx.conn, who, id)?;
    invite::invite_revoke(tx.conn, id, tx.now)?;
    Ok(report::audit_insert(tx.conn, Some(who), "invite revoked", &id.to_string(), tx.now)?)
}

/// The invites I may see: an admin all, others their own.
///
/// # Errors
/// `not_allowed` where members may not invite.
pub fn list(conn: &Connection, who: MemberId) -> Result<Vec<InviteRow>, Fault> {
    may_invite(conn, who)?;
    let admin = member::member(conn, who)?.is_some_and(|m| m.role == Role::Admin);
    Ok(invite::invites(conn, (!admin).then_some(who))?)
}

/// One of the invites I may see.
///
/// # Errors
/// `gone`.
pub fn own(conn: &Connection, who: MemberId, id: InviteId) -> Result<InviteRow, Fault> {
    let admin = member::member(conn, who)?.is_some_and(|m| m.role == Role::Admin);
    let row = invite::invite(conn, id)?.filter(|row| admin || row.made_by == who);
    Ok(row.ok_or_else(Refusal::gone)?)
}

fn may_invite(conn: &Connection, who: MemberId) -> Result<(), Fault> {
    let role = member::member(conn, who)?.map(|m| m.role);
    let open = house::kind(conn)?.defaults().members_invite;
    if role == Some(Role::Admin) || (open && role.is_some()) { Ok(()) } else { Err(Refusal::not_allowed().into()) }
}

/// Whom an invite is from and what house it leads to.
#[derive(Clone, Debug)]
pub struct Open {
    pub invite: InviteRow,
    pub house: House,
}

/// Looks at an invite without using it.
///
/// # Errors
/// `invite_gone`, `invite_revoked`, `invite_used` or `invite_expired`, each with its sentence.
pub fn look(conn: &Connection, token: &str, now: Timestamp) -> Result<Open, Fault> {
    let house = house_of(conn)?;
    let row = invite::invite_by_token(conn, token)?;
    let invite = row.ok_or_else(|| {
        Refusal::new("invite_gone", "This invite isn't known here. Ask for the link again; perhaps a part of it was lost.")
    })?;
    let who = &invite.made_by_name;
    if invite.revoked {
        return Err(Refusal::new("invite_revoked", format!("This invite was taken back. Ask {who} for another.")).into());
    }
    if invite.uses_left <= 0 {
        return Err(Refusal::new("invite_used", format!("This invite has been used up. Ask {who} for another.")).into());
    }
    if invite.expires_at <= now {
        return Err(Refusal::new("invite_expired", format!("This invite has run out. Ask {who} for another.")).into());
    }
    Ok(Open { invite, house })
}

/// What the join form holds; the password is hashed before it comes here.
#[derive(Clone, Debug)]
pub struct Join {
    pub name: String,
    pub email: String,
    pub zone: String,
    pub accepted: bool,
}

/// Checks a join form without changing anything, so that no password is hashed for a form that is refused.
///
/// # Errors
/// A refusal that names the field or the invite.
pub fn join_checked(conn: &Connection, token: &str, join: &Join, now: Timestamp) -> Result<(), Fault> {
    look(conn, token, now)?;
    let name = name_cleaned(&join.name)?;
    email_cleaned(&join.email)?;
    zone_named(&join.zone)?;
    if !join.accepted {
        return Err(Refusal::new("rules", "Please read the house rules and tick the box; everybody here has.").into());
    }
    if member::member_named(conn, &name)?.is_some() {
        return Err(name_taken(&name).into());
    }
    Ok(())
}

/// Uses the invite and makes the account.
///
/// # Errors
/// As [`join_checked`].
pub fn join(tx: &Tx<'_>, token: &str, join: &Join, password_hash: &str) -> Result<MemberId, Fault> {
    join_checked(tx.conn, token, join, tx.now)?;
    let Open { invite, house } = look(tx.conn, token, tx.now)?;
    let name = name_cleaned(&join.name)?;
    let email = email_cleaned(&join.email)?;
    let maker = member::member(tx.conn, invite.made_by)?.map_or(Role::Member, |m| m.role);
    let new = NewMember {
        name: &name,
        email: email.as_deref(),
        password_hash,
        // Nobody is given more than the inviter has at this moment.
        role: invite.role.min(maker),
        zone: &zone_named(&join.zone)?,
        pick: house::kind(tx.conn)?.defaults().pick,
        rules_version: house.rules_version,
    };
    let id = member::member_insert(tx.conn, &new, tx.now)?.ok_or_else(|| name_taken(&name))?;
    if !invite::invite_use(tx.conn, invite.id)? {
        return Err(Refusal::new("invite_used", "This invite has been used up a moment ago. Ask for another.").into());
    }
    if let Some(into) = group::invite_group(tx.conn, invite.id)? {
        group::member_insert(tx.conn, into, id)?;
    }
    Ok(id)
}
