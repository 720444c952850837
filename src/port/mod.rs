//! The one port: one number for TCP and UDP, behind which everything lives.
//!
//! [`bind()`] takes it, or [`adopt`] has it from a service manager; [`serve`] looks at the first bytes of every connection and takes it to its door: TLS and in it the web,
//! plain HTTP (a redirect), TURN and ICE over TCP. Those two, and all datagrams, belong to the [`crate::switchboard`].
//!
//! Invariant: nothing that a stranger sends costs more than a bounded number of bytes and seconds, and nothing makes this panic.
//! This module knows no route, no member and no session.

pub mod addresses;
mod adopt;
mod bind;
mod plain;
mod proxy;
mod redirect;
mod replay;
pub mod sniff;
mod tcp;
mod undecided;
mod web;

pub use crate::source::Source;
pub use adopt::adopt;
pub use bind::{BindError, Bound, Half, UDP_BUFFER, Want, bind};
pub use plain::{Place, Plain, open as open_plain};
pub use proxy::{Spoken, Trusted, spoken};
pub use redirect::{Shown, Unencrypted, answer as answer_plain};

use crate::switchboard;
use bytes::Bytes;
use http::{Request, Response};
use hyper::body::{Body, Incoming};
use std::convert::Infallible;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Listeners that may wait to be served.
const LATER_MOST: usize = 16;

/// Who sent a request: an extension of every request that the service gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The other end's address; IPv4 is IPv4 even where the socket is a dual-stack one.
    pub addr: SocketAddr,
    /// Whether the request came over our own TLS; otherwise a proxy brought it.
    pub tls: bool,
}

/// What is listened on: from the start, and what is opened while it is served.
pub struct Listeners {
    first: Vec<TcpListener>,
    later: mpsc::Receiver<TcpListener>,
}

impl Listeners {
    /// These, and what the other end hands over.
    pub fn and_later(first: Vec<TcpListener>) -> (Self, mpsc::Sender<TcpListener>) {
        let (hand, later) = mpsc::channel(LATER_MOST);
        (Self { first, later }, hand)
    }

    /// What is listened on from the start.
    pub fn first(&self) -> &[TcpListener] {
        &self.first
    }
}

impl From<Vec<TcpListener>> for Listeners {
    fn from(first: Vec<TcpListener>) -> Self {
        Self::and_later(first).0
    }
}

/// Serves the port's connections until `stop`, then lets requests in flight finish for up to 10 s and returns.
///
/// `service` gets every request that came over TLS, with [`Peer`] among its extensions; `warp::service(filter)` is one. Event
/// streams and WebSockets are the service's to end: it should watch `stop` too. `unencrypted` is what plain HTTP gets. Connections that
/// speak TURN or ICE are handed to `wire`. Trusted proxies say for whom they ask, and may bring plain HTTP.
pub async fn serve<S, B>(
    listeners: impl Into<Listeners>,
    tls: Arc<rustls::ServerConfig>,
    service: S,
    stop: CancellationToken,
    unencrypted: Unencrypted,
    wire: switchboard::Handle,
    (trusted, plain): (Trusted, Option<Plain>),
) -> io::Result<()>
where
    S: tower_service::Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + Sync + 'static,
    S::Future: Send + 'static,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let house = tcp::House::new(tls, web::Service::new(service), stop, unencrypted, wire);
    serve_house(listeners.into(), plain, Arc::new(house.trusting(trusted))).await
}

async fn serve_house(mut listeners: Listeners, plain: Option<Plain>, house: Arc<tcp::House>) -> io::Result<()> {
    let mut drivers = JoinSet::new();
    plain.into_iter().for_each(|plain| _ = drivers.spawn(plain::serve(plain, house.clone())));
    for listener in listeners.first {
        drivers.spawn(tcp::serve(listener, house.clone()));
    }
    // A driver ends early only if the runtime refuses its socket; then the others must not go on as if all were well.
    let mut outcome = Ok(());
    loop {
        let ended = tokio::select! {
            Some(listener) = listeners.later.recv() => {
                drivers.spawn(tcp::serve(listener, house.clone()));
                continue;
            }
            ended = drivers.join_next() => ended,
        };
        let Some(ended) = ended else { break };
        let ended = ended.unwrap_or_else(|panic| Err(io::Error::other(panic)));
        if ended.is_err() {
            house.stop.cancel();
            outcome = outcome.and(ended);
        }
    }
    outcome
}

#[cfg(test)]
mod tests;
