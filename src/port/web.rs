//! Speaks HTTP/1.1 and HTTP/2 on a decrypted stream, by hyper, for a service that somebody else wrote.
//!
//! The service is boxed once per request, so that the accept loop is compiled once and not for each type of filter. Every
//! buffer and every wait has a bound; what a request may take is the service's decision.

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::{Body, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use std::convert::Infallible;
use std::error::Error;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Duration, timeout};
use tokio_util::sync::CancellationToken;
use tracing::debug;

use super::Peer;
use super::proxy::Trusted;

/// The time for a request's head, and for the next request on a connection kept open.
const HEAD: Duration = Duration::from_secs(10);

/// HTTP/2 connections are asked this often whether they are alive, and have as long again to answer.
const ALIVE: Duration = Duration::from_secs(30);

/// What one HTTP/1 connection may buffer, which bounds a request's head too; thousands of live streams stay open at once.
const BUFFER: usize = 16 * 1024;

/// HTTP/2 requests of one connection at a time.
const STREAMS: u32 = 128;

/// HTTP/2 flow control: what may be under way in one request's body, and in one connection.
const STREAM_WINDOW: u32 = 128 * 1024;
const CONNECTION_WINDOW: u32 = 256 * 1024;

type BoxError = Box<dyn Error + Send + Sync>;
type Answer = Pin<Box<dyn Future<Output = Response<UnsyncBoxBody<Bytes, BoxError>>> + Send>>;

/// A service behind one type, whatever it was made of. Cloning shares it.
#[derive(Clone)]
pub(super) struct Service(Arc<dyn Fn(Request<Incoming>) -> Answer + Send + Sync>);

impl Service {
    /// Boxes a service such as `warp::service(filter)`.
    pub(super) fn new<S, B>(service: S) -> Self
    where
        S: tower_service::Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + Sync + 'static,
        S::Future: Send + 'static,
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Self(Arc::new(move |request| {
            // A clone for each request: `poll_ready` of warp's service is always ready, and of any other it is the clone's own.
            let mut service = service.clone();
            Box::pin(async move {
                let _: Result<(), Infallible> = std::future::poll_fn(|cx| service.poll_ready(cx)).await;
                match service.call(request).await {
                    Ok(response) => response.map(|body| body.map_err(Into::into).boxed_unsync()),
                    Err(never) => match never {},
                }
            })
        }))
    }
}

/// The settings of both protocols, made once and shared by all connections.
#[derive(Clone)]
pub(super) struct Speaker(auto::Builder<TokioExecutor>);

impl Speaker {
    pub(super) fn new() -> Self {
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(BUFFER);
        builder
            .http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(ALIVE)
            .keep_alive_timeout(ALIVE)
            .max_concurrent_streams(STREAMS)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_send_buf_size(STREAM_WINDOW as usize)
            .max_header_list_size(BUFFER as u32);
        Self(builder)
    }

    /// Serves a connection to its end; with a proxy's networks the requests say themselves who sent them. After `stop` requests in flight may finish for `grace`; then it is closed whatever it does.
    ///
    /// Not an `async fn`: that would hold the stream and the connection made of it side by side, for each of thousands.
    pub(super) fn serve<S>(
        &self,
        stream: S,
        (peer, proxy): (Peer, Option<Arc<Trusted>>),
        service: Service,
        stop: CancellationToken,
        grace: Duration,
    ) -> impl Future<Output = ()> + Send + use<S>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let answer = service_fn(move |mut request: Request<Incoming>| {
            let client = proxy.as_ref().and_then(|trusted| trusted.client(request.headers()));
            let addr = client.map_or(peer.addr, |ip| SocketAddr::new(ip, peer.addr.port()));
            request.extensions_mut().insert(Peer { addr, ..peer });
            let answer = (service.0)(request);
            async move { Ok::<_, Infallible>(answer.await) }
        });
        let connection = self.0.serve_connection_with_upgrades(TokioIo::new(stream), answer);
        let mut connection = Box::pin(connection.into_owned());
        async move {
            let ended = tokio::select! {
                ended = connection.as_mut() => ended,
                () = stop.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    match timeout(grace, connection).await {
                        Ok(ended) => ended,
                        Err(_) => return debug!("a connection outlasted the end and was closed"),
                    }
                }
            };
            if let Err(error) = ended {
                debug!(%error, "a connection broke off");
            }
        }
    }
}
