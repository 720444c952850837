//! The admin's page of opening hours.

use super::answer::{self, Answer, page_with};
use super::call::{Call, Form};
use super::{Web, guard};
use crate::actions::hours::{self, Changed};
use crate::actions::{Fault, me};
use crate::domain::hours::HoursForm;
use crate::domain::refusal::Refusal;
use crate::page::admin_hours as page;
use crate::page::layout::Notice;
use http::StatusCode;
use std::sync::Arc;

/// Pairs of one kind that are read at all.
const TYPED_MOST: usize = 100;

pub async fn show(web: &Arc<Web>, call: &Call) -> Answer {
    let who = guard::member(call)?;
    let read = web.read(move |conn| Ok::<_, Fault>((me(conn, who)?, hours::form(conn, who)?)));
    let (me, (house, form)) = read.await?;
    let notice = call.head.ask("note").filter(|n| n == "saved").map(|_| Notice::good("Saved. It holds from here on."));
    Ok(answer::page(page::page(&me, &house.zone, &form, None, None, notice.as_ref())))
}

/// Saves; or asks first, when bookings would be left in closed time.
pub async fn change(web: &Arc<Web>, call: &Call) -> Answer {
    let who = guard::member(call)?;
    let typed = read(&call.form);
    let agreed = call.form.number("agreed").and_then(|n| usize::try_from(n).ok());
    let form = typed.clone();
    let (leaves, refusal) = match web.write(move |tx| hours::change(tx, who, &form, agreed)).await {
        Ok(Changed::Saved(effects)) => {
            web.announce(&effects);
            return Ok(answer::done(call.head.wants_json(), "Saved.", "/admin/hours?note=saved"));
        }
        Ok(Changed::Leaves(leaves)) => (Some(leaves), None),
        Err(Fault::Refusal(refusal)) if refusal.code != "not_allowed" && !call.head.wants_json() => (None, Some(refusal)),
        Err(fault) => return Err(fault.into()),
    };
    if let (Some(leaves), true) = (leaves, call.head.wants_json()) {
        return Err(
            Refusal::new("leaves", format!("{leaves} bookings ahead lie outside these hours. Nothing is saved yet.")).into()
        );
    }
    let (me, (house, _)) = web.read(move |conn| Ok::<_, Fault>((me(conn, who)?, hours::form(conn, who)?))).await?;
    let page = page::page(&me, &house.zone, &typed, leaves, refusal.as_ref(), None);
    Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, page))
}

/// The fields as they were typed: pairs in the order in which the page has them.
fn read(form: &Form) -> HoursForm {
    let pairs = |first: &str, second: &str| -> Vec<(String, String)> {
        let pairs = form.all(first).zip(form.all(second)).map(|(a, b)| (a.trim().to_owned(), b.trim().to_owned()));
        pairs.filter(|(a, b)| !(a.is_empty() && b.is_empty())).take(TYPED_MOST).collect()
    };
    HoursForm {
        always: form.text("when") != "week",
        days: std::array::from_fn(|day| pairs(&format!("from-{day}"), &format!("to-{day}"))),
        closed: pairs("first", "last"),
    }
}
