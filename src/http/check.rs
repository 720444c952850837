//! What `/check` and the doctor call to see whether each way is open: an echo by WebSocket, an event, relays, an echoing call.
//!
//! Members come by their login, the doctor by a pass that is minted from the relay's secret. Nothing is kept, and each line ends
//! by itself after a minute.

use super::answer::{self, Answer};
use super::call::{Call, Head};
use super::lines::{self, Kind, Line};
use super::{Web, guard};
use crate::actions::me;
use crate::domain::id::MemberId;
use crate::domain::refusal::Refusal;
use crate::page;
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use http::StatusCode;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use warp::Reply;
use warp::reply::Response;
use warp::sse::Event;
use warp::ws::{WebSocket, Ws};

/// The longest message that is said back, in bytes, how many there may be, and how long the line lives.
const ECHO_BYTES: usize = 1024;
const ECHOES: usize = 100;
const LIFE: Duration = Duration::from_secs(60);
/// Whose tests and lines the doctor's are.
const NOBODY: MemberId = MemberId(0);

pub async fn page(web: &Arc<Web>, call: &Call) -> Answer {
    let who = guard::member(call)?;
    let me = web.read(move |conn| me(conn, who)).await?;
    Ok(answer::page(page::check::page(&me, &call.head.host, web.now())))
}

/// The relays to try, as browsers take them.
pub async fn ways(web: &Arc<Web>, call: &Call) -> Answer {
    let who = guard::member(call)?;
    let servers = web.relays.ways(&call.head.host).of_check(who, web.now().0);
    Ok(answer::json(StatusCode::OK, &serde_json::json!({ "ok": true, "servers": servers })))
}

/// An offer; the caller gets its own voice back.
pub async fn media(web: &Arc<Web>, call: &Call) -> Answer {
    let doctor = admits(web, &call.form.text("name"), &call.form.text("pass"));
    let who = if doctor { NOBODY } else { guard::member(call)? };
    let join = web.echo(who, call.form.text("sdp"), call.head.host.clone());
    match web.media.join(join).await {
        Ok(sdp) => Ok(answer::json(StatusCode::OK, &serde_json::json!({ "ok": true, "sdp": sdp }))),
        Err(sentence) => Err(Refusal::new("media", sentence).into()),
    }
}

/// The caller's address, as this server sees it.
pub fn seen(call: &Call) -> Response {
    answer::bytes(StatusCode::OK, "text/plain; charset=utf-8", Bytes::from(format!("{}\n", call.head.address())))
}

/// One event.
pub async fn events(web: &Arc<Web>, call: &Call) -> Answer {
    let asked = |name| call.head.ask(name).unwrap_or_default();
    let doctor = admits(web, &asked("name"), &asked("pass"));
    let who = if doctor { NOBODY } else { guard::member(call)? };
    let line = web.lines.open(who, Kind::Checking);
    let hello = futures_util::stream::once(async { Ok::<_, Infallible>(Event::default().data("here")) });
    // The line stays open for a while: who closes it at once makes browsers call again.
    let silence = futures_util::stream::once(async {
        tokio::time::sleep(LIFE).await;
        Ok(Event::default().comment("goodbye"))
    });
    Ok(warp::sse::reply(lines::within(line, hello.chain(silence), lines::goodbye())).into_response())
}

/// `/check/live`: says back what it hears.
pub async fn socket(ws: Ws, head: Head, web: Arc<Web>) -> Response {
    let asked = |name| head.ask(name).unwrap_or_default();
    let own = head.header("origin").eq_ignore_ascii_case(&head.origin());
    let who = match own {
        true if admits(&web, &asked("name"), &asked("pass")) => Some(NOBODY),
        true => guard::login_of(&web, &head).await.ok().flatten().map(|row| row.member),
        false => None,
    };
    let Some(who) = who else {
        return answer::json(StatusCode::UNAUTHORIZED, &Refusal::new("login", "You are signed out here. Sign in again."));
    };
    let line = web.lines.open(who, Kind::Checking);
    let ws = ws.max_message_size(ECHO_BYTES).max_frame_size(ECHO_BYTES);
    ws.on_upgrade(|socket| async move {
        let _ = tokio::time::timeout(LIFE, say_back(socket, line)).await;
    })
    .into_response()
}

async fn say_back(mut socket: WebSocket, mut line: Line) {
    for _ in 0..ECHOES {
        let heard = tokio::select! {
            biased;
            () = line.crowded() => return,
            heard = socket.next() => heard,
        };
        let Some(Ok(message)) = heard else { return };
        if message.is_close() || (message.is_text() && socket.send(message).await.is_err()) {
            return;
        }
    }
}

fn admits(web: &Web, name: &str, pass: &str) -> bool {
    web.relays.admits_doctor(name, pass, web.now().0)
}
