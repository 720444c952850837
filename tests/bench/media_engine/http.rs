//! WHIP and WHEP, and the page: requests become the desk's.

use alongside::media::Wish;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::collections::HashMap;
use std::convert::Infallible;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::desk::{Desk, Newcomer};

const LONGEST_OFFER: usize = 256 * 1024;
const PAGE: &str = include_str!("page.html");

pub async fn serve(listener: TcpListener, engine: Desk) {
    while let Ok((stream, _)) = listener.accept().await {
        let engine = engine.clone();
        let service = service_fn(move |request| {
            let engine = engine.clone();
            async move { Ok::<_, Infallible>(answer(request, engine).await) }
        });
        tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

/// Knocks once at the own door, with an offer that is none: "ready" is said by what answers, and the memory that its first answer
/// takes is not laid to the first who comes.
pub async fn knock(door: SocketAddr) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(door).await?;
    stream.write_all(b"POST /whip/knock HTTP/1.0\r\nHost: bench\r\nContent-Length: 0\r\n\r\n").await?;
    let mut said = Vec::new();
    stream.take(LONGEST_OFFER as u64).read_to_end(&mut said).await?;
    if said.get(9..12) == Some(b"400") { Ok(()) } else { Err(std::io::Error::other("its own door doesn't answer")) }
}

async fn answer(request: Request<Incoming>, engine: Desk) -> Response<Full<Bytes>> {
    let path = request.uri().path().trim_matches('/').to_owned();
    let query: HashMap<String, String> =
        form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes()).into_owned().collect();
    let (first, rest) = path.split_once('/').unwrap_or((&path, ""));
    let mut response = match (request.method(), first) {
        (&Method::OPTIONS, _) => plain(StatusCode::NO_CONTENT, String::new()),
        (&Method::GET, "") => {
            let mut page = plain(StatusCode::OK, PAGE.to_owned());
            page.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("text/html; charset=utf-8"));
            page
        }
        (&Method::POST, "whip" | "whep" | "join") => join(request, rest, &query, engine).await,
        (&Method::DELETE, "session") => {
            let participant = rest.parse().unwrap_or(0);
            let told = engine.leave(participant).await;
            plain(if told { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, String::new())
        }
        // Trickled candidates are of no use to an ICE-lite side.
        (&Method::PATCH, "session") => plain(StatusCode::NO_CONTENT, String::new()),
        (&Method::POST, "wish") => {
            let number = |name: &str| query.get(name).and_then(|value| value.parse::<u64>().ok());
            let wish = Wish { who: number("who"), width: number("width").unwrap_or(640).min(65_535) as u16 };
            let mid = query.get("mid").cloned().unwrap_or_default();
            let told = engine.wish(rest.parse().unwrap_or(0), mid, wish).await;
            plain(if told { StatusCode::NO_CONTENT } else { StatusCode::SERVICE_UNAVAILABLE }, String::new())
        }
        (&Method::GET, "slots") => {
            let shown = engine.slots(rest.parse().unwrap_or(0));
            let slots: HashMap<String, Option<u64>> = shown.into_iter().map(|slot| (slot.mid, slot.who)).collect();
            plain(StatusCode::OK, serde_json::to_string(&slots).unwrap_or_default())
        }
        _ => plain(StatusCode::NOT_FOUND, String::new()),
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PATCH, DELETE, OPTIONS"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "*"),
        (header::ACCESS_CONTROL_EXPOSE_HEADERS, "Location, ETag"),
    ] {
        headers.insert(name, header::HeaderValue::from_static(value));
    }
    response
}

async fn join(request: Request<Incoming>, room: &str, query: &HashMap<String, String>, engine: Desk) -> Response<Full<Bytes>> {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let Ok(body) = Limited::new(request.into_body(), LONGEST_OFFER).collect().await else {
        return plain(StatusCode::PAYLOAD_TOO_LARGE, String::new());
    };
    let Ok(offer) = String::from_utf8(body.to_bytes().to_vec()) else {
        return plain(StatusCode::BAD_REQUEST, "an offer is text\n".to_owned());
    };
    let mut hasher = DefaultHasher::new();
    room.hash(&mut hasher);
    let known = query.get("participant").and_then(|id| id.parse().ok());
    let participant = known.unwrap_or_else(|| NEXT.fetch_add(1, Ordering::Relaxed));
    let screens = query.get("screens").and_then(|count| count.parse().ok()).unwrap_or(0);
    let echo = query.contains_key("echo");
    match engine.join(Newcomer { room: hasher.finish(), participant, offer, screens, echo }).await {
        Ok(answer) => {
            let mut response = plain(StatusCode::CREATED, answer);
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/sdp"));
            let values = [(header::LOCATION, format!("/session/{participant}")), (header::ETAG, format!("\"{participant}\""))];
            for (name, value) in values {
                if let Ok(value) = header::HeaderValue::from_str(&value) {
                    headers.insert(name, value);
                }
            }
            response
        }
        Err(reason) => plain(StatusCode::BAD_REQUEST, reason + "\n"),
    }
}

fn plain(status: StatusCode, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}
