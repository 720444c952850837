//! Booking, cancelling, starting now, being late, and the calendar file.

use super::answer::{self, Answer};
use super::call::Call;
use super::{Web, guard};
use crate::actions::appointment::book_every_week;
use crate::actions::book::{Ask, Booked, BookedOne, book as book_action};
use crate::actions::{cancel as cancel_action, moving, nudge, seat, session_door, start_now as start_now_action};
use crate::domain::id::BookingId;
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::notify::ics;
use http::StatusCode;
use http::header::{self, HeaderValue};
use serde_json::json;
use std::sync::Arc;

pub async fn book(web: &Arc<Web>, call: &Call) -> Answer {
    let who = guard::member(call)?;
    let with = call.form.number("with").map(BookingId);
    // With somebody who waits, the length is theirs, and the start one that they could have.
    let length =
        if with.is_some() { call.form.length().unwrap_or(crate::domain::booking::Length::Middle) } else { call.form.length()? };
    let starts = call.form.all("start").filter_map(|text| text.parse().ok().map(Timestamp)).collect();
    let ask = Ask { starts, length, wishes: call.form.wishes(), with, company: call.form.company()? };
    let every_week = call.form.on("every_week");
    let work = if every_week { book_every_week } else { book_action };
    let done = web.write(move |tx| work(tx, who, &ask)).await?;
    web.announce(&done.effects);
    if let (true, Some((_, refusal))) = (done.booked.is_empty(), done.refused.first()) {
        return Err(refusal.clone().into());
    }
    if call.head.wants_json() {
        Ok(answer::json(StatusCode::OK, &booked_json(&done, every_week)))
    } else {
        Ok(answer::go("/?note=booked"))
    }
}

fn booked_json(done: &Booked, every_week: bool) -> serde_json::Value {
    let one = |b: &BookedOne| json!({ "start": b.start, "booking": b.booking, "paired": !b.partners.is_empty(), "partners": b.partners });
    let refused =
        |(start, refusal): &(Timestamp, Refusal)| json!({ "start": start, "code": refusal.code, "sentence": refusal.sentence });
    json!({
        "ok": true,
        "every_week": every_week,
        "booked": done.booked.iter().map(one).collect::<Vec<_>>(),
        "refused": done.refused.iter().map(refused).collect::<Vec<_>>(),
    })
}

pub async fn start_now(web: &Arc<Web>, call: &Call) -> Answer {
    let who = guard::member(call)?;
    let (length, wishes) = (call.form.length()?, call.form.wishes());
    let started = web.write(move |tx| start_now_action::start_now(tx, who, length, &wishes)).await?;
    web.announce(&started.effects);
    let path = format!("/session/{}", started.booking);
    if !call.head.wants_json() {
        return Ok(answer::go(&path));
    }
    let body =
        json!({ "ok": true, "go": path, "booking": started.booking, "start": started.start, "partners": started.partners });
    Ok(answer::json(StatusCode::OK, &body))
}

pub async fn cancel(web: &Arc<Web>, call: &Call) -> Answer {
    let (who, id) = (guard::member(call)?, call.form.booking("booking")?);
    let effects = web.write(move |tx| cancel_action::cancel(tx, who, id)).await?;
    web.announce(&effects);
    Ok(answer::done(call.head.wants_json(), "Cancelled. Your time is your own again.", "/?note=cancelled"))
}

/// To a start, or to a day and a time on my own clock.
pub async fn move_to(web: &Arc<Web>, call: &Call) -> Answer {
    let (who, id) = (guard::member(call)?, call.form.booking("booking")?);
    let wall = format!("{}T{}", call.form.text("date"), call.form.text("time"));
    let to = match (call.form.number("start"), wall.parse()) {
        (Some(start), _) => moving::To::Start(Timestamp(start)),
        (None, Ok(wall)) => moving::To::Wall(wall),
        (None, Err(_)) => return Err(Refusal::new("start", "Say the day and the time it is to move to.").into()),
    };
    let (_, effects) = web.write(move |tx| moving::move_to(tx, who, id, to)).await?;
    web.announce(&effects);
    Ok(answer::done(call.head.wants_json(), "Moved. It is on your calendar.", "/?note=moved"))
}

pub async fn ask_around(web: &Arc<Web>, call: &Call) -> Answer {
    let (who, id) = (guard::member(call)?, call.form.booking("booking")?);
    // How many were asked is not said: it would tell who has agreed to be.
    let (_, effects) = web.write(move |tx| nudge::ask_around(tx, who, id)).await?;
    web.announce(&effects);
    let said = "Asked. Those who like to be asked, and are free then, read it on their calendar.";
    Ok(answer::done(call.head.wants_json(), said, "/?note=asked"))
}

pub async fn late(web: &Arc<Web>, call: &Call) -> Answer {
    let (who, id) = (guard::member(call)?, call.form.booking("booking")?);
    let minutes = call.form.number("minutes").unwrap_or(3).clamp(1, 10) as u8;
    let effects = web.write(move |tx| seat::late(tx, who, id, minutes)).await?;
    web.announce(&effects);
    Ok(answer::done(call.head.wants_json(), "Your partner knows you'll be a little late.", "/?note=late"))
}

pub async fn calendar_file(web: &Arc<Web>, call: &Call, file: &str) -> Answer {
    let who = guard::member(call)?;
    let id = file.strip_suffix(".ics").and_then(|text| text.parse().ok()).map(BookingId).ok_or_else(Refusal::gone)?;
    let (door, with) = web.read(move |conn| session_door::for_calendar_file(conn, who, id)).await?;
    let link = format!("{}/session/{id}", call.head.origin());
    let event = ics::Event {
        id,
        start: door.start,
        length: door.length,
        with: &with,
        title: &door.wishes.title,
        instance: &door.me.instance,
        link: &link,
    };
    let mut response =
        answer::bytes(StatusCode::OK, "text/calendar; charset=utf-8", ics::calendar_file(&event, web.now()).into());
    response.headers_mut().insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"session.ics\""));
    Ok(response)
}
