//! Rooms: the list with who is inside, the page of one, its three ways to be live, and what moderators and admins do.

use super::answer::{self, Answer, Trouble, page_with};
use super::calendar::HEARTBEAT;
use super::call::{Call, Head};
use super::live::{self, Hello};
use super::{Web, guard, lines};
use crate::actions::{Fault, me, room as rooms};
use crate::domain::id::{MemberId, RoomId};
use crate::domain::refusal::Refusal;
use crate::domain::room::{RoomForm, walled};
use crate::domain::view::{Inside, RoomsView};
use crate::live::rooms::Connection;
use crate::page;
use crate::page::layout::Notice;
use futures_util::Stream;
use http::StatusCode;
use std::convert::Infallible;
use std::sync::Arc;
use tokio::sync::watch;
use warp::Reply;
use warp::reply::Response;
use warp::sse::Event;
use warp::ws::Ws;

async fn view(web: &Arc<Web>, call: &Call) -> Result<(RoomsView, Vec<Inside>), Trouble> {
    let (who, now) = (guard::member(call)?, web.now());
    let view = web.read(move |conn| rooms::rooms(conn, who, now)).await?;
    let inside = view.rooms.iter().map(|room| web.rooms.inside(room.id).seen_apart_from(&view.apart)).collect();
    Ok((view, inside))
}

pub async fn list(web: &Arc<Web>, call: &Call) -> Answer {
    let (view, inside) = view(web, call).await?;
    Ok(answer::page(page::rooms::page(&view, &inside)))
}

/// What changes of the list as people come and go.
pub async fn part(web: &Arc<Web>, call: &Call) -> Answer {
    let (view, inside) = view(web, call).await?;
    Ok(answer::page(page::rooms::list(&view, &inside)))
}

/// A hint whenever the list has changed.
pub async fn live_list(web: &Arc<Web>, call: &Call) -> Answer {
    let line = web.lines.open(guard::member(call)?, lines::Kind::Listening);
    let stream = lines::within(line, hints(web.rooms.changes()), lines::goodbye());
    let stream = warp::sse::keep_alive().interval(HEARTBEAT).stream(stream);
    Ok(warp::sse::reply(stream).into_response())
}

fn hints(changes: watch::Receiver<u64>) -> impl Stream<Item = Result<Event, Infallible>> + Send + Sync + 'static {
    futures_util::stream::unfold((changes, true), |(mut changes, first)| async move {
        if !first {
            changes.changed().await.ok()?;
        }
        let n = *changes.borrow_and_update();
        Some((Ok(Event::default().event("rooms").data(n.to_string())), (changes, false)))
    })
}

pub async fn page(web: &Arc<Web>, call: &Call, id: RoomId) -> Answer {
    let (who, now) = (guard::member(call)?, web.now());
    let door = web.read(move |conn| rooms::door(conn, who, id, now)).await?;
    let inside = web.rooms.inside(id).seen_apart_from(&door.apart);
    if inside.walled {
        return Err(walled().into());
    }
    Ok(answer::page(page::room::page(&door, &inside)))
}

/// `/room/{id}/live`.
pub async fn socket(id: i64, ws: Ws, head: Head, web: Arc<Web>) -> Response {
    let connect = move |web: Arc<Web>, head: Head, hello: Hello| async move { come(&web, &head, RoomId(id), hello).await };
    live::socket(ws, head, web, connect).await
}

async fn come(web: &Web, head: &Head, id: RoomId, hello: Hello) -> Result<Connection, Fault> {
    let Hello { who, page, claim } = hello;
    web.rooms.connect(who, id, page, claim, web.relays.ways(&head.host), head.host.clone()).await
}

/// The event stream for browsers that refuse a WebSocket.
pub async fn events(web: &Arc<Web>, call: &Call, id: RoomId) -> Answer {
    let line = web.lines.open(guard::member(call)?, lines::Kind::Listening);
    Ok(live::events(line, come(web, &call.head, id, live::hello(call)?).await?))
}

/// Messages of a page that listens to the event stream.
pub async fn send(web: &Arc<Web>, call: &Call, id: RoomId) -> Answer {
    let Hello { who, page, .. } = live::hello(call)?;
    live::send(call, web.rooms.speaker(who, id, &page)).await
}

fn about(call: &Call) -> Result<MemberId, Refusal> {
    call.form.number("who").map(MemberId).ok_or_else(Refusal::gone)
}

pub async fn mute(web: &Arc<Web>, call: &Call, id: RoomId) -> Answer {
    let (who, about) = (guard::member(call)?, about(call)?);
    web.write(move |tx| rooms::mute(tx, who, id, about)).await?;
    web.rooms.mute(id, about);
    Ok(answer::done(call.head.wants_json(), "Muted. They can unmute themselves.", "/rooms"))
}

pub async fn remove(web: &Arc<Web>, call: &Call, id: RoomId) -> Answer {
    let (who, about) = (guard::member(call)?, about(call)?);
    let why = web.write(move |tx| rooms::remove(tx, who, id, about)).await?;
    web.rooms.send_out(id, about, why);
    Ok(answer::done(call.head.wants_json(), "They are out of this room for a day.", "/rooms"))
}

pub async fn report(web: &Arc<Web>, call: &Call, id: RoomId) -> Answer {
    let (who, about, text) = (guard::member(call)?, about(call)?, call.form.text("text"));
    if !web.rooms.met(id, who, about) {
        return Err(Refusal::gone().into());
    }
    web.write(move |tx| rooms::report_in(tx, who, id, about, &text)).await?;
    Ok(answer::done(call.head.wants_json(), "Thank you. Somebody will read it.", "/rooms"))
}

fn form(call: &Call) -> RoomForm {
    let capacity = call.form.number("capacity").unwrap_or(0);
    RoomForm { name: call.form.text("name"), purpose: call.form.text("purpose"), capacity, rhythm: call.form.text("rhythm") }
}

pub async fn admin_page(web: &Arc<Web>, call: &Call) -> Answer {
    let notice = call.head.ask("note").and_then(|note| match note.as_str() {
        "made" => Some(Notice::good("The room is open. It is under Rooms for everybody.")),
        "changed" => Some(Notice::good("Changed.")),
        "closed" => Some(Notice::good("The room is closed.")),
        _ => None,
    });
    admin_with(web, call, StatusCode::OK, None, None, notice).await
}

async fn admin_with(
    web: &Arc<Web>,
    call: &Call,
    status: StatusCode,
    typed: Option<(Option<RoomId>, RoomForm)>,
    refusal: Option<Refusal>,
    notice: Option<Notice>,
) -> Answer {
    let who = guard::member(call)?;
    let (me, all) = web.read(move |conn| Ok::<_, Fault>((me(conn, who)?, rooms::managed(conn, who)?))).await?;
    Ok(page_with(status, page::admin_rooms::page(&me, &all, typed.as_ref(), refusal.as_ref(), notice.as_ref())))
}

/// A refused form comes back as it was typed.
async fn refused(web: &Arc<Web>, call: &Call, id: Option<RoomId>, fault: Fault) -> Answer {
    match fault {
        Fault::Refusal(refusal) if !matches!(refusal.code, "not_allowed" | "gone") && !call.head.wants_json() => {
            let typed = Some((id, form(call)));
            admin_with(web, call, StatusCode::UNPROCESSABLE_ENTITY, typed, Some(refusal), None).await
        }
        fault => Err(fault.into()),
    }
}

pub async fn make(web: &Arc<Web>, call: &Call) -> Answer {
    let (who, form) = (guard::member(call)?, form(call));
    let made = web
        .write(move |tx| {
            let id = rooms::make(tx, who, &form)?;
            Ok(rooms::enter(tx.conn, who, id, tx.now)?.0)
        })
        .await;
    match made {
        Ok(room) => {
            web.rooms.changed(room);
            Ok(answer::done(call.head.wants_json(), "Made.", "/admin/rooms?note=made"))
        }
        Err(fault) => refused(web, call, None, fault).await,
    }
}

pub async fn change(web: &Arc<Web>, call: &Call, id: RoomId) -> Answer {
    let (who, form) = (guard::member(call)?, form(call));
    match web.write(move |tx| rooms::change(tx, who, id, &form)).await {
        Ok(room) => {
            web.rooms.changed(room);
            Ok(answer::done(call.head.wants_json(), "Changed.", "/admin/rooms?note=changed"))
        }
        Err(fault) => refused(web, call, Some(id), fault).await,
    }
}

pub async fn close(web: &Arc<Web>, call: &Call, id: RoomId) -> Answer {
    let who = guard::member(call)?;
    web.write(move |tx| rooms::close(tx, who, id)).await?;
    web.rooms.closed(id);
    Ok(answer::done(call.head.wants_json(), "Closed.", "/admin/rooms?note=closed"))
}
