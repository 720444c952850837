//! Invites: made, shown again, revoked.

use super::answer::{self, Answer, page_with};
use super::call::Call;
use super::qr::drawn;
use super::{Web, guard};
use crate::actions::{Fault, group, invite, me};
use crate::domain::id::{GroupId, InviteId};
use crate::domain::member::Role;
use crate::domain::refusal::Refusal;
use crate::domain::view::Invite;
use crate::page::Notice;
use crate::page::admin_invites::{InviteForm, Invites, page as invites_page};
use crate::store::house;
use crate::store::invite::InviteRow;
use http::StatusCode;
use std::sync::Arc;

pub async fn page(web: &Arc<Web>, call: &Call, form: Option<InviteForm>, refusal: Option<Refusal>) -> Answer {
    let who = guard::member(call)?;
    let (me, rows, defaults, groups) = web
        .read(move |conn| {
            let defaults = house::kind(conn)?.defaults();
            Ok::<_, Fault>((me(conn, who)?, invite::list(conn, who)?, defaults, group::for_invites(conn, who)?))
        })
        .await?;
    let invites: Vec<Invite> = rows.into_iter().map(|row| shown(row, &call.head.origin())).collect();
    let fingerprint = (web.fingerprint)();
    let made = call.head.ask("made").and_then(|id| id.parse().ok()).map(InviteId);
    let view = Invites { me: &me, now: web.now(), invites: &invites, groups: &groups, made, fingerprint: Some(&fingerprint) };
    let notice = call.head.ask("note").filter(|n| n == "revoked").map(|_| Notice::good("That invite leads nowhere any more."));
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let form = form.unwrap_or_else(|| InviteForm::of(defaults));
    Ok(page_with(status, invites_page(&view, &form, refusal.as_ref(), notice.as_ref())))
}

fn shown(row: InviteRow, origin: &str) -> Invite {
    Invite {
        link: format!("{origin}/join/{}", row.token),
        id: row.id,
        token: row.token,
        role: row.role,
        uses_left: row.uses_left,
        uses: row.uses,
        expires: row.expires_at,
        revoked: row.revoked,
        made_by: row.made_by_name,
    }
}

pub async fn make(web: &Arc<Web>, call: &Call) -> Answer {
    let who = guard::member(call)?;
    let role = Role::from_word(&call.form.text("role")).unwrap_or(Role::Member);
    let (uses, days) = (call.form.number("uses"), call.form.number("days"));
    let (Some(uses), Some(days)) = (uses.filter(|n| (1..=1000).contains(n)), days.filter(|n| (1..=365).contains(n))) else {
        let refusal = Refusal::new("uses", "An invite has 1 to 1000 uses and holds for 1 to 365 days.");
        let form = InviteForm { role, uses: call.form.text("uses"), days: call.form.text("days") };
        return page(web, call, Some(form), Some(refusal)).await;
    };
    let token = web.dice.word::<12>();
    let into = call.form.number("group").map(GroupId);
    let id = web
        .write(move |tx| {
            let id = invite::make(tx, who, role, uses, days, &token)?;
            into.map_or(Ok(()), |into| group::invite_into(tx, who, id, into))?;
            Ok(id)
        })
        .await?;
    Ok(answer::done(call.head.wants_json(), "The invite is ready.", &format!("/admin/invites?made={id}")))
}

pub async fn revoke(web: &Arc<Web>, call: &Call, id: InviteId) -> Answer {
    let who = guard::member(call)?;
    web.write(move |tx| invite::revoke(tx, who, id)).await?;
    Ok(answer::done(call.head.wants_json(), "That invite leads nowhere any more.", "/admin/invites?note=revoked"))
}

/// The link as a picture for a phone's camera.
pub async fn qr(web: &Arc<Web>, call: &Call, id: InviteId) -> Answer {
    let who = guard::member(call)?;
    let row = web.read(move |conn| invite::own(conn, who, id)).await?;
    let link = format!("{}/join/{}", call.head.origin(), row.token);
    let picture = drawn(&link, 240).ok_or_else(Refusal::gone)?;
    Ok(answer::bytes(StatusCode::OK, "image/svg+xml", picture.into()))
}
