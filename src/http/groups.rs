//! Groups: made, changed and ended by admins.

use super::answer::{self, Answer, Trouble, page_with};
use super::call::{Call, Form};
use super::{Web, guard};
use crate::actions::{Effects, Fault, group, me};
use crate::domain::id::{GroupId, MemberId};
use crate::domain::refusal::Refusal;
use crate::page;
use crate::page::Notice;
use http::StatusCode;
use std::sync::Arc;

pub async fn page(web: &Arc<Web>, call: &Call) -> Answer {
    let notice = call.head.ask("note").and_then(|note| match note.as_str() {
        "made" => Some(Notice::good("The group is made. Say who is in it.")),
        "changed" => Some(Notice::good("Changed. Walls hold at once, also for company that was announced.")),
        "ended" => Some(Notice::good("Ended. Its bookings are open to the whole house.")),
        _ => None,
    });
    shown(web, call, StatusCode::OK, None, notice.as_ref()).await
}

async fn shown(web: &Arc<Web>, call: &Call, status: StatusCode, refusal: Option<&Refusal>, notice: Option<&Notice>) -> Answer {
    let who = guard::member(call)?;
    let (me, all) = web.read(move |conn| Ok::<_, Fault>((me(conn, who)?, group::managed(conn, who)?))).await?;
    Ok(page_with(status, page::admin_groups::page(&me, &all.groups, &all.members, refusal, notice)))
}

fn form(form: &Form) -> group::Form {
    let members = form.all("member").filter_map(|text| text.parse().ok().map(MemberId)).collect();
    group::Form { name: form.text("name"), wall: form.on("wall"), members }
}

/// What was done, or the page again with what was refused.
async fn done(web: &Arc<Web>, call: &Call, done: Result<Effects, Fault>, said: &str, path: &str) -> Answer {
    match done {
        Ok(effects) => {
            web.announce(&effects);
            web.rooms.ask_again();
            Ok(answer::done(call.head.wants_json(), said, path))
        }
        Err(Fault::Refusal(refusal)) if !matches!(refusal.code, "not_allowed" | "gone") && !call.head.wants_json() => {
            shown(web, call, StatusCode::UNPROCESSABLE_ENTITY, Some(&refusal), None).await
        }
        Err(fault) => Err(Trouble::from(fault)),
    }
}

pub async fn make(web: &Arc<Web>, call: &Call) -> Answer {
    let (who, form) = (guard::member(call)?, form(&call.form));
    let made = web.write(move |tx| group::make(tx, who, &form)).await;
    done(web, call, made, "Made.", "/admin/groups?note=made").await
}

pub async fn change(web: &Arc<Web>, call: &Call, id: GroupId) -> Answer {
    let (who, form) = (guard::member(call)?, form(&call.form));
    let changed = web.write(move |tx| group::change(tx, who, id, &form)).await;
    done(web, call, changed, "Changed.", "/admin/groups?note=changed").await
}

pub async fn end(web: &Arc<Web>, call: &Call, id: GroupId) -> Answer {
    let who = guard::member(call)?;
    let ended = web.write(move |tx| group::end(tx, who, id)).await;
    done(web, call, ended, "Ended.", "/admin/groups?note=ended").await
}
