//! The three ways of any page to be live: WebSocket, event stream, posted messages. What is said is the place's own.

use super::answer::{self, Answer, Trouble};
use super::calendar::HEARTBEAT;
use super::call::{Call, Head};
use super::lines::{self, CROWDED, Kind, Line};
use super::{Web, guard};
use crate::actions::Fault;
use crate::domain::id::MemberId;
use crate::domain::refusal::Refusal;
use crate::live::protocol::{MESSAGE_BYTES, Says, Tells};
use crate::live::wire::{Connection, Speaker};
use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
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
/// A hidden tab's timers run once a minute; the driver judges presence, this only ends what is truly gone.
const SILENCE: Duration = Duration::from_secs(200);
/// How long the last words may take.
const GOODBYE: Duration = Duration::from_secs(5);

/// A page that asks to be connected.
pub struct Hello {
    pub who: MemberId,
    /// The page's own word.
    pub page: String,
    /// The person asked for the place in this tab.
    pub claim: bool,
}

/// Opens a WebSocket for who is signed in and comes from our own page; `connect` seats the page.
pub async fn socket<M, T, F, Fut>(ws: Ws, head: Head, web: Arc<Web>, connect: F) -> Response
where
    M: Says + 'static,
    T: Tells + 'static,
    F: FnOnce(Arc<Web>, Head, Hello) -> Fut + Send + 'static,
    Fut: Future<Output = Result<Connection<M, T>, Fault>> + Send,
{
    let own = head.header("origin").eq_ignore_ascii_case(&head.origin());
    let row = if own { guard::login_of(&web, &head).await } else { Ok(None) };
    let row = match row {
        Ok(row) => row,
        // The page tries again: nobody was signed out.
        Err(fault) => return answer::json(StatusCode::SERVICE_UNAVAILABLE, &Refusal::new("fault", sentence_of(&fault))),
    };
    let Some(row) = row else {
        return answer::json(
            StatusCode::UNAUTHORIZED,
            &Refusal::new("login", "You are signed out here. Sign in again; your session is safe."),
        );
    };
    let ws = ws.max_message_size(MESSAGE_BYTES).max_frame_size(MESSAGE_BYTES);
    ws.on_upgrade(move |mut socket| async move {
        let line = web.lines.open(row.member, Kind::Speaking);
        let hello = tokio::time::timeout(HELLO, socket.next()).await;
        let Ok(Some(Ok(first))) = hello else { return };
        let Some((page, claim)) = read::<M>(&first).and_then(Says::hello) else { return };
        match connect(web, head, Hello { who: row.member, page, claim }).await {
            Ok(connection) => exchange(socket, connection, line).await,
            Err(fault) => {
                tracing::debug!(%fault, "A live page could not be seated.");
                let _ = socket.send(Message::text(text(&T::over(sentence_of(&fault))))).await;
            }
        }
    })
    .into_response()
}

fn sentence_of(fault: &Fault) -> String {
    match fault {
        Fault::Refusal(refusal) => refusal.sentence.clone(),
        Fault::Store(error) => error.told().to_owned(),
    }
}

/// Carries messages both ways until either end has had enough, or the line has to make room.
async fn exchange<M: Says, T: Tells>(socket: WebSocket, mut connection: Connection<M, T>, mut line: Line) {
    let (mut sink, mut stream) = socket.split();
    let crowded = tokio::select! {
        biased;
        () = line.crowded() => true,
        () = carry(&mut sink, &mut stream, &mut connection) => false,
    };
    let goodbye = async {
        if crowded {
            sink.send(Message::text(text(&T::over(CROWDED.to_owned())))).await?;
        }
        sink.close().await
    };
    // Who does not read goes without a word.
    let _ = tokio::time::timeout(GOODBYE, goodbye).await;
}

async fn carry<M: Says, T: Tells>(
    sink: &mut SplitSink<WebSocket, Message>,
    stream: &mut SplitStream<WebSocket>,
    connection: &mut Connection<M, T>,
) {
    loop {
        tokio::select! {
            out = connection.rx.recv() => {
                let Some(message) = out else { return };
                if sink.send(Message::text(text(&message))).await.is_err() { return }
            }
            heard = tokio::time::timeout(SILENCE, stream.next()) => {
                let Ok(Some(Ok(message))) = heard else { return };
                if message.is_close() { return }
                let Some(said) = read(&message) else { continue };
                if !connection.tx.say(said).await { return }
            }
        }
    }
}

fn read<M: Says>(message: &Message) -> Option<M> {
    serde_json::from_str(message.to_str().ok()?).ok()
}

fn text(message: &impl Tells) -> String {
    serde_json::to_string(message).unwrap_or_default()
}

/// What a page says in the address of its event stream.
pub fn hello(call: &Call) -> Result<Hello, Trouble> {
    let who = guard::member(call)?;
    let page = call.head.ask("page").unwrap_or_default();
    Ok(Hello { who, page, claim: call.head.ask("claim").as_deref() == Some("1") })
}

/// The event stream for browsers that refuse a WebSocket.
pub fn events<M: Says + 'static, T: Tells + 'static>(line: Line, connection: Connection<M, T>) -> Response {
    let goodbye = Event::default().data(text(&T::over(CROWDED.to_owned())));
    let stream = warp::sse::keep_alive().interval(HEARTBEAT).stream(lines::within(line, told(connection), goodbye));
    warp::sse::reply(stream).into_response()
}

fn told<M: Says + 'static, T: Tells + 'static>(
    connection: Connection<M, T>,
) -> impl Stream<Item = Result<Event, Infallible>> + Send + Sync + 'static {
    futures_util::stream::unfold(connection, |mut connection| async move {
        let message = connection.rx.recv().await?;
        Some((Ok(Event::default().data(text(&message))), connection))
    })
}

/// Messages of a page that listens to the event stream.
pub async fn send<M: Says>(call: &Call, speaker: Option<Speaker<M>>) -> Answer {
    let speaker = speaker.ok_or_else(not_listening)?;
    let said: Vec<M> =
        serde_json::from_slice(&call.body).map_err(|_| Refusal::new("message", "That message could not be read."))?;
    for message in said {
        if !speaker.say(message).await {
            return Err(not_listening().into());
        }
    }
    Ok(answer::bytes(StatusCode::NO_CONTENT, "text/plain", Bytes::new()))
}

fn not_listening() -> Refusal {
    Refusal::new("not_connected", "This page lost its connection. It connects again by itself; your goals are safe.")
}
