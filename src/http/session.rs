//! The session page and its three ways to be live: WebSocket, event stream, posted messages.

use super::answer::{self, Answer, Trouble};
use super::calendar::HEARTBEAT;
use super::call::{Call, Head};
use super::{Web, guard};
use crate::actions::{Fault, account, me, relate as relate_action, report as report_action, session_door};
use crate::domain::id::BookingId;
use crate::domain::refusal::Refusal;
use crate::domain::view::RelationKind;
use crate::live::hub::{Connection, Speaker};
use crate::live::protocol::{FromPage, IceServer, MESSAGE_BYTES, ToPage};
use crate::page;
use bytes::Bytes;
use futures_util::{SinkExt, Stream, StreamExt};
use http::StatusCode;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use warp::Reply;
use warp::reply::Response;
use warp::sse::Event;
use warp::ws::{Message, WebSocket, Ws};

/// How long a new socket may stay silent before it says hello.
const HELLO: Duration = Duration::from_secs(10);
/// A hidden tab's timers run once a minute; the hub judges presence, this only ends what is truly gone.
const SILENCE: Duration = Duration::from_secs(200);

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

/// The STUN server is this very port, by the name the browser came by.
fn ice(head: &Head) -> Vec<IceServer> {
    vec![IceServer { urls: vec![format!("stun:{}", head.host)], username: None, credential: None }]
}

/// `/session/{booking}/live`.
pub async fn socket(id: i64, ws: Ws, head: Head, web: Arc<Web>) -> Response {
    let own = head.header("origin").eq_ignore_ascii_case(&head.origin());
    let row = if own { guard::login_of(&web, &head).await } else { None };
    let Some(row) = row else {
        return answer::json(
            StatusCode::UNAUTHORIZED,
            &Refusal::new("login", "You are signed out here. Sign in again; your session is safe."),
        );
    };
    let ice = ice(&head);
    let ws = ws.max_message_size(MESSAGE_BYTES).max_frame_size(MESSAGE_BYTES);
    ws.on_upgrade(move |socket| async move {
        if let Err(fault) = talk(socket, &web, row.member, BookingId(id), ice).await {
            tracing::debug!(%fault, "A live page could not be seated.");
        }
    })
    .into_response()
}

async fn talk(
    mut socket: WebSocket,
    web: &Web,
    who: crate::domain::id::MemberId,
    id: BookingId,
    ice: Vec<IceServer>,
) -> Result<(), Fault> {
    let hello = tokio::time::timeout(HELLO, socket.next()).await;
    let Ok(Some(Ok(first))) = hello else { return Ok(()) };
    let Some(FromPage::Hello { page, claim }) = read(&first) else { return Ok(()) };
    let connection = match web.hub.connect(who, id, page, claim, ice).await {
        Ok(connection) => connection,
        Err(fault) => {
            let sentence = match &fault {
                Fault::Refusal(refusal) => refusal.sentence.clone(),
                Fault::Store(_) => "The machine could not do that just now. Your goals are safe; please try again.".to_owned(),
            };
            let over = ToPage::Over { sentence, go: "/".to_owned() };
            let _ = socket.send(Message::text(text(&over))).await;
            return Err(fault);
        }
    };
    exchange(socket, connection).await;
    Ok(())
}

/// Carries messages both ways until either end has had enough.
async fn exchange(socket: WebSocket, mut connection: Connection) {
    let (mut sink, mut stream) = socket.split();
    loop {
        tokio::select! {
            out = connection.rx.recv() => {
                let Some(message) = out else { break };
                if sink.send(Message::text(text(&message))).await.is_err() { break }
            }
            heard = tokio::time::timeout(SILENCE, stream.next()) => {
                let Ok(Some(Ok(message))) = heard else { break };
                if message.is_close() { break }
                let Some(said) = read(&message) else { continue };
                if !connection.tx.say(said).await { break }
            }
        }
    }
    let _ = sink.close().await;
}

fn read(message: &Message) -> Option<FromPage> {
    serde_json::from_str(message.to_str().ok()?).ok()
}

fn text(message: &ToPage) -> String {
    serde_json::to_string(message).unwrap_or_default()
}

/// The event stream for browsers that refuse a WebSocket.
pub async fn events(web: &Arc<Web>, call: &Call, id: BookingId) -> Answer {
    let who = guard::member(call)?;
    let page = call.head.ask("page").unwrap_or_default();
    let claim = call.head.ask("claim").as_deref() == Some("1");
    let connection = web.hub.connect(who, id, page, claim, ice(&call.head)).await?;
    let stream = warp::sse::keep_alive().interval(HEARTBEAT).stream(told(connection));
    Ok(warp::sse::reply(stream).into_response())
}

fn told(connection: Connection) -> impl Stream<Item = Result<Event, Infallible>> + Send + Sync + 'static {
    futures_util::stream::unfold(connection, |mut connection| async move {
        let message = connection.rx.recv().await?;
        Some((Ok(Event::default().data(text(&message))), connection))
    })
}

/// Messages of a page that listens to the event stream.
pub async fn send(web: &Arc<Web>, call: &Call, id: BookingId) -> Answer {
    let who = guard::member(call)?;
    let page = call.head.ask("page").unwrap_or_default();
    let speaker = web.hub.speaker(who, id, &page).ok_or_else(not_listening)?;
    let said: Vec<FromPage> =
        serde_json::from_slice(&call.body).map_err(|_| Refusal::new("message", "That message could not be read."))?;
    for message in said {
        say(&speaker, message).await?;
    }
    Ok(answer::bytes(StatusCode::NO_CONTENT, "text/plain", Bytes::new()))
}

async fn say(speaker: &Speaker, message: FromPage) -> Result<(), Trouble> {
    if speaker.say(message).await { Ok(()) } else { Err(not_listening().into()) }
}

fn not_listening() -> Refusal {
    Refusal::new("not_connected", "This page lost its connection. It connects again by itself; your goals are safe.")
}
