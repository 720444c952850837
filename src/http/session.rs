//! The session page and its three ways to be live: WebSocket, event stream, posted messages.

use super::answer::{self, Answer};
use super::call::{Call, Head};
use super::live::{self, Hello};
use super::{Web, guard, lines};
use crate::actions::{Fault, account, me, relate as relate_action, report as report_action, session_door};
use crate::domain::id::BookingId;
use crate::domain::refusal::Refusal;
use crate::domain::view::RelationKind;
use crate::live::hub::Connection;
use crate::page;
use http::StatusCode;
use std::sync::Arc;
use warp::reply::Response;
use warp::ws::Ws;

pub async fn page(web: &Arc<Web>, call: &Call, id: BookingId) -> Answer {
    let (who, now) = (guard::member(call)?, web.now());
    let door = web.read(move |conn| session_door::door(conn, who, id, now)).await?;
    Ok(answer::page(page::session::page(&door)))
}

pub async fn test_page(web: &Arc<Web>, call: &Call) -> Answer {
    let who = guard::member(call)?;
    let me = web.read(move |conn| me(conn, who)).await?;
    Ok(answer::page(page::test_session::page(&me, web.now())))
}

/// A test session's offer: the page gets its own picture and voice back.
pub async fn test_media(web: &Arc<Web>, call: &Call) -> Answer {
    let (who, offer) = (guard::member(call)?, call.form.text("sdp"));
    let join = web.echo(who, offer, call.head.host.clone());
    match web.media.join(join).await {
        Ok(sdp) => Ok(answer::json(StatusCode::OK, &serde_json::json!({ "ok": true, "sdp": sdp }))),
        Err(sentence) => Err(Refusal::new("media", sentence).into()),
    }
}

pub async fn tested(web: &Arc<Web>, call: &Call) -> Answer {
    let who = guard::member(call)?;
    web.write(move |tx| account::tested(tx, who)).await?;
    Ok(answer::done(call.head.wants_json(), "Your devices are ready.", "/"))
}

pub async fn relate(web: &Arc<Web>, call: &Call, mine: BookingId, kind: RelationKind) -> Answer {
    let (who, theirs) = (guard::member(call)?, call.form.booking("seat")?);
    let effects = web.write(move |tx| relate_action::relate_by_seat(tx, who, mine, theirs, kind)).await?;
    web.announce(&effects);
    let note = match kind {
        RelationKind::Favorite => "Noted. You'll see them first.",
        RelationKind::Snooze => "You won't be paired for two weeks. We don't tell them.",
        RelationKind::Block => "You won't be paired again. We don't tell them.",
    };
    Ok(answer::done(call.head.wants_json(), note, "/history?note=noted"))
}

pub async fn report(web: &Arc<Web>, call: &Call, mine: BookingId) -> Answer {
    let (who, theirs, text) = (guard::member(call)?, call.form.booking("seat")?, call.form.text("text"));
    web.write(move |tx| report_action::report(tx, who, mine, theirs, &text)).await?;
    Ok(answer::done(call.head.wants_json(), "Thank you. Somebody will read it.", "/history?note=reported"))
}

/// `/session/{booking}/live`.
pub async fn socket(id: i64, ws: Ws, head: Head, web: Arc<Web>) -> Response {
    let connect = move |web: Arc<Web>, head: Head, hello: Hello| async move { seat(&web, &head, BookingId(id), hello).await };
    live::socket(ws, head, web, connect).await
}

async fn seat(web: &Web, head: &Head, id: BookingId, hello: Hello) -> Result<Connection, Fault> {
    web.hub.connect(hello.who, id, hello.page, hello.claim, web.relays.ways(&head.host), head.host.clone()).await
}

/// The event stream for browsers that refuse a WebSocket.
pub async fn events(web: &Arc<Web>, call: &Call, id: BookingId) -> Answer {
    let line = web.lines.open(guard::member(call)?, lines::Kind::Listening);
    Ok(live::events(line, seat(web, &call.head, id, live::hello(call)?).await?))
}

/// Messages of a page that listens to the event stream.
pub async fn send(web: &Arc<Web>, call: &Call, id: BookingId) -> Answer {
    let Hello { who, page, .. } = live::hello(call)?;
    live::send(call, web.hub.speaker(who, id, &page)).await
}
