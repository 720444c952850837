//! My plans: times that are found for me, appointments, holidays, the wait-list, and the notices about them.

use super::answer::{self, Answer};
use super::call::{Call, Form};
use super::{Web, guard};
use crate::actions::{appointment, notices, nudge, orders, plans};
use crate::domain::plan::{Holiday, Parts};
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::page;
use crate::page::layout::Notice;
use std::sync::Arc;

pub async fn page(web: &Arc<Web>, call: &Call) -> Answer {
    let (who, now) = (guard::member(call)?, web.now());
    let view = web.read(move |conn| plans::page(conn, who, now)).await?;
    let said = call.head.ask("note").and_then(|note| match note.as_str() {
        "looking" => Some(LOOKING),
        "ended" => Some(ENDED),
        "agreed" => Some(AGREED),
        "declined" => Some(DECLINED),
        "holiday" => Some(HOLIDAY),
        "back" => Some(BACK),
        "waiting" => Some(WAITING),
        "not-waiting" => Some(NOT_WAITING),
        _ => None,
    });
    Ok(answer::page(page::plans::page(&view, said.map(Notice::good).as_ref())))
}

const LOOKING: &str = "We look for times. What we find is on your calendar.";
const ENDED: &str = "Ended.";
const AGREED: &str = "Agreed. The next weeks are on your calendar.";
const DECLINED: &str = "All right. We’ve told them that you can’t.";
const HOLIDAY: &str = "Have a good holiday. Your appointments are left out in those days.";
const BACK: &str = "Good to have you back. Your appointments go on.";
const WAITING: &str = "We tell you on the calendar when somebody is there.";
const NOT_WAITING: &str = "Taken back.";

pub async fn find(web: &Arc<Web>, call: &Call) -> Answer {
    let (who, ask) = (guard::member(call)?, asked(&call.form)?);
    let effects = web.write(move |tx| orders::ask(tx, who, &ask)).await?;
    web.announce(&effects);
    Ok(answer::done(call.head.wants_json(), LOOKING, "/plans?note=looking"))
}

fn asked(form: &Form) -> Result<orders::Ask, Refusal> {
    Ok(orders::Ask {
        times: form.number("times").unwrap_or(1),
        length: form.length()?,
        parts: Parts::of(form.all("part").filter_map(|text| text.parse().ok())),
        next_week: form.text("week") == "next",
        every_week: form.on("every_week"),
    })
}

pub async fn end_order(web: &Arc<Web>, call: &Call, id: i64) -> Answer {
    let who = guard::member(call)?;
    let effects = web.write(move |tx| orders::end(tx, who, id)).await?;
    web.announce(&effects);
    Ok(answer::done(call.head.wants_json(), ENDED, "/plans?note=ended"))
}

pub async fn appointment_act(web: &Arc<Web>, call: &Call, id: i64, act: &str) -> Answer {
    let who = guard::member(call)?;
    let (effects, said, path) = match act {
        "end" => (web.write(move |tx| appointment::end(tx, who, id)).await?, ENDED, "/plans?note=ended"),
        "yes" => (web.write(move |tx| appointment::answer(tx, who, id, true)).await?, AGREED, "/plans?note=agreed"),
        "no" => (web.write(move |tx| appointment::answer(tx, who, id, false)).await?, DECLINED, "/plans?note=declined"),
        _ => return Err(Refusal::gone().into()),
    };
    web.announce(&effects);
    Ok(answer::done(call.head.wants_json(), said, path))
}

/// From one day to another; "I'm back" takes it back.
pub async fn holiday(web: &Arc<Web>, call: &Call) -> Answer {
    let who = guard::member(call)?;
    let back = call.form.on("back");
    let day = |name: &str| call.form.text(name).trim().parse();
    let days = match (day("first"), day("last")) {
        (Ok(first), Ok(last)) => Some((first, last)),
        _ if back => None,
        _ => return Err(Refusal::new("holiday", "Say the first and the last day of your holiday.").into()),
    };
    let effects = web
        .write(move |tx| {
            let today = crate::actions::me(tx.conn, who)?.zone.date(tx.now);
            let holiday = match days {
                Some((first, last)) if !back => Some(Holiday::checked(first, last, today)?),
                _ => None,
            };
            appointment::go_on_holiday(tx, who, holiday)
        })
        .await?;
    web.announce(&effects);
    let (said, path) = if back { (BACK, "/plans?note=back") } else { (HOLIDAY, "/plans?note=holiday") };
    Ok(answer::done(call.head.wants_json(), said, path))
}

fn start(call: &Call) -> Result<Timestamp, Refusal> {
    call.form.number("start").map(Timestamp).ok_or_else(Refusal::gone)
}

pub async fn wait(web: &Arc<Web>, call: &Call) -> Answer {
    let (who, start) = (guard::member(call)?, start(call)?);
    let effects = web.write(move |tx| nudge::wait_for(tx, who, start)).await?;
    web.announce(&effects);
    Ok(answer::done(call.head.wants_json(), WAITING, "/plans?note=waiting"))
}

pub async fn wait_no_more(web: &Arc<Web>, call: &Call) -> Answer {
    let (who, start) = (guard::member(call)?, start(call)?);
    let effects = web.write(move |tx| nudge::wait_no_more(tx, who, start)).await?;
    web.announce(&effects);
    Ok(answer::done(call.head.wants_json(), NOT_WAITING, "/plans?note=not-waiting"))
}

pub async fn put_away(web: &Arc<Web>, call: &Call, id: i64) -> Answer {
    let who = guard::member(call)?;
    let effects = web.write(move |tx| notices::put_away(tx, who, id)).await?;
    web.announce(&effects);
    Ok(answer::done(call.head.wants_json(), "", "/"))
}

pub async fn not_this_week(web: &Arc<Web>, call: &Call) -> Answer {
    let who = guard::member(call)?;
    let effects = web.write(move |tx| nudge::not_this_week(tx, who)).await?;
    web.announce(&effects);
    Ok(answer::done(call.head.wants_json(), "None this week. Ask for them again in Settings, or wait seven days.", "/"))
}
