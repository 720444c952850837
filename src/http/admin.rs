//! The admin's pages: overview, members, reports, the house.

use super::answer::{self, Answer, Trouble, page_with};
use super::call::Call;
use super::{Web, guard};
use crate::actions::{Fault, admin, invite, keeper, login, me, report, roll};
use crate::domain::id::{MemberId, ReportId};
use crate::domain::member::Role;
use crate::domain::part::Part;
use crate::domain::refusal::Refusal;
use crate::domain::view::{AdminCounts, FocusHour, HouseForm};
use crate::page;
use crate::page::admin_members::ResetLink;
use crate::page::layout::Notice;
use http::StatusCode;
use std::sync::Arc;

pub async fn overview(web: &Arc<Web>, call: &Call) -> Answer {
    let (who, now) = (guard::member(call)?, web.now());
    let (me, counts) = web
        .read(move |conn| {
            let (members, open_reports) = admin::overview(conn, who)?;
            let open = |i: &&crate::store::invite::InviteRow| !i.revoked && i.uses_left > 0 && i.expires_at > now;
            let open_invites = invite::list(conn, who).map_or(0, |all| all.iter().filter(open).count() as i64);
            Ok::<_, Fault>((me(conn, who)?, AdminCounts { members, open_invites, open_reports }))
        })
        .await?;
    let mut troubles = web.watch.sentences();
    troubles.extend(super::backups::standing(web).await.sentences());
    Ok(answer::page(page::admin::page(&me, &counts, &troubles, None)))
}

/// The keeper's figures of company.
pub async fn company(web: &Arc<Web>, call: &Call) -> Answer {
    let (who, now) = (guard::member(call)?, web.now());
    let read = web.read(move |conn| Ok::<_, Fault>((me(conn, who)?, keeper::company_of_the_house(conn, who, now)?)));
    let (me, house) = read.await?;
    let company = page::admin_company::Company {
        weeks: &house.weeks,
        advice: &house.advice,
        gatherings: &house.gatherings,
        days: house.days,
    };
    Ok(answer::page(page::admin_company::page(&me, &company)))
}

/// Lets the calendar put forward the starts where people gather.
pub async fn gather(web: &Arc<Web>, call: &Call) -> Answer {
    let who = guard::member(call)?;
    web.write(move |tx| keeper::put_forward(tx, who)).await?;
    Ok(answer::done(call.head.wants_json(), "Saved.", "/admin/house?note=saved"))
}

/// The members; with a reset link shown once, if one was just made.
pub async fn members(web: &Arc<Web>, call: &Call, reset: Option<(MemberId, String)>) -> Answer {
    let who = guard::member(call)?;
    let (me, members) = web.read(move |conn| Ok::<_, Fault>((me(conn, who)?, admin::members(conn, who)?))).await?;
    let name = |about: MemberId| members.iter().find(|m| m.id == about).map_or("them", |m| &m.name).to_owned();
    let reset = reset.map(|(about, link)| (name(about), link));
    let reset = reset.as_ref().map(|(name, link)| ResetLink { name, link });
    let members = Part::of(members, &call.head.wanted(), |member| &member.name);
    let notice = call.head.ask("note").filter(|n| n == "done").map(|_| Notice::good("Done."));
    Ok(answer::page(page::admin_members::page(&me, &members, reset, notice.as_ref())))
}

pub async fn member_act(web: &Arc<Web>, call: &Call, about: MemberId, act: &str) -> Answer {
    let who = guard::member(call)?;
    match act {
        "role" => {
            let role = Role::from_word(&call.form.text("role")).ok_or_else(Refusal::gone)?;
            web.write(move |tx| admin::set_role(tx, who, about, role)).await?;
        }
        "pause" | "resume" => {
            let paused = act == "pause";
            let effects = web.write(move |tx| admin::set_paused(tx, who, about, paused)).await?;
            web.announce(&effects);
            web.hang_up(about);
        }
        "ends" => {
            let last = call.form.text("ends");
            web.write(move |tx| roll::end_on(tx, who, about, &last)).await?;
        }
        "remove" => {
            let effects = web.write(move |tx| admin::remove(tx, who, about)).await?;
            web.announce(&effects);
            web.hang_up(about);
        }
        "reset-link" => {
            let secret = web.dice.word::<16>();
            let link = guard::hash(&secret);
            web.write(move |tx| login::reset_link(tx, Some(who), about, &link)).await?;
            return members(web, call, Some((about, format!("{}/reset/{secret}", call.head.origin())))).await;
        }
        _ => return Err(Refusal::gone().into()),
    }
    Ok(answer::done(call.head.wants_json(), "Done.", &call.head.back_to(page::admin_members::PATH, "done")))
}

pub async fn reports(web: &Arc<Web>, call: &Call) -> Answer {
    let (who, now) = (guard::member(call)?, web.now());
    let (me, reports) = web.read(move |conn| Ok::<_, Fault>((me(conn, who)?, report::queue(conn, who)?))).await?;
    let notice = call.head.ask("note").filter(|n| n == "settled").map(|_| Notice::good("Settled."));
    Ok(answer::page(page::admin_reports::page(&me, now, &reports, notice.as_ref())))
}

pub async fn settle(web: &Arc<Web>, call: &Call, id: ReportId) -> Answer {
    let who = guard::member(call)?;
    web.write(move |tx| report::settle(tx, who, id)).await?;
    Ok(answer::done(call.head.wants_json(), "Settled.", "/admin/reports?note=settled"))
}

pub async fn house(web: &Arc<Web>, call: &Call) -> Answer {
    let who = guard::member(call)?;
    let (me, house) = web.read(move |conn| Ok::<_, Fault>((me(conn, who)?, admin::house_form(conn, who)?))).await?;
    let notice = call.head.ask("note").filter(|n| n == "saved").map(|_| Notice::good("Saved. It holds from here on."));
    Ok(answer::page(page::admin_house::page(&me, (&HouseForm::of(&house), &house.hours), &web.pins, None, notice.as_ref())))
}

pub async fn change_house(web: &Arc<Web>, call: &Call) -> Answer {
    let who = guard::member(call)?;
    // What is fixed elsewhere holds, whatever the form says.
    let pins = &web.pins;
    let form = HouseForm {
        name: pins.name.as_ref().map_or_else(|| call.form.text("name"), |pin| pin.value.clone()),
        zone: pins.zone.as_ref().map_or_else(|| call.form.text("zone"), |pin| pin.value.name().to_owned()),
        step: pins.step.as_ref().map_or_else(|| call.form.number("step").unwrap_or(0), |pin| pin.value),
        lengths: lengths(web, call).await?,
        focus_hours: call.form.all("focus").filter_map(focus_hour).collect(),
        rules: call.form.text("rules"),
        welcome: call.form.text("welcome"),
    };
    let wish = form.clone();
    match web.write(move |tx| admin::change_house(tx, who, &wish)).await {
        Ok(()) => Ok(answer::done(call.head.wants_json(), "Saved.", "/admin/house?note=saved")),
        Err(Fault::Refusal(refusal)) if refusal.code != "not_allowed" && !call.head.wants_json() => {
            let read = web.read(move |conn| Ok::<_, Fault>((me(conn, who)?, admin::house_form(conn, who)?)));
            let (me, house) = read.await?;
            let page = page::admin_house::page(&me, (&form, &house.hours), &web.pins, Some(&refusal), None);
            Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, page))
        }
        Err(fault) => Err(fault.into()),
    }
}

/// The lengths that are ticked; a form that doesn't speak of them leaves them as they are.
async fn lengths(web: &Web, call: &Call) -> Result<Vec<i64>, Trouble> {
    let said: Vec<i64> = call.form.all("lengths").filter_map(|text| text.parse().ok()).collect();
    if !said.is_empty() {
        return Ok(said);
    }
    let house = web.read(admin::house).await?;
    Ok(house.map_or_else(Vec::new, |house| house.lengths.into()))
}

/// "0-540": Monday, nine o'clock.
fn focus_hour(text: &str) -> Option<FocusHour> {
    let (weekday, minute) = text.split_once('-')?;
    Some(FocusHour { weekday: weekday.parse().ok()?, minute: minute.parse().ok()? })
}
