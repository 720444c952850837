//! The people of the house, and what each is to me.

use super::answer::{self, Answer};
use super::call::Call;
use super::{Web, guard};
use crate::actions::{me, people, relate as relate_action};
use crate::domain::id::MemberId;
use crate::domain::part::Part;
use crate::domain::view::RelationKind;
use crate::page;
use crate::page::layout::Notice;
use std::sync::Arc;

pub async fn page(web: &Arc<Web>, call: &Call) -> Answer {
    let (who, now) = (guard::member(call)?, web.now());
    let (me, people, may_invite) = web
        .read(move |conn| {
            let may_invite = crate::actions::invite::list(conn, who).is_ok();
            Ok((me(conn, who)?, people::people(conn, who, now)?, may_invite))
        })
        .await?;
    let people = Part::of(people, &call.head.wanted(), |person| &person.name);
    let notice = call.head.ask("note").filter(|n| n == "noted").map(|_| Notice::good("Noted. We don't tell them."));
    Ok(answer::page(page::people::page(&me, now, &people, may_invite, notice.as_ref())))
}

pub async fn relate(web: &Arc<Web>, call: &Call, other: MemberId, kind: Option<RelationKind>) -> Answer {
    let who = guard::member(call)?;
    let effects = web.write(move |tx| relate_action::relate_by_number(tx, who, other, kind)).await?;
    web.announce(&effects);
    let back = match call.head.header("referer").ends_with("/me") {
        true => "/me".to_owned(),
        false => call.head.back_to("/people", "noted"),
    };
    Ok(answer::done(call.head.wants_json(), "Noted. We don't tell them.", &back))
}
