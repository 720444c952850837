//! The accept loop: each connection is let in, asked by its first bytes what it speaks, and taken to its door.
//!
//! Invariant: a connection that has not shown what it wants holds a place of [`Undecided`] and runs against a deadline. After
//! that nothing here counts by address. TURN (plain or inside TLS) and ICE over TCP go on to the switchboard, which keeps their
//! place among the undecided until they have proved themselves.

use super::Peer;
use super::redirect;
use super::replay::Replay;
use super::sniff::{self, Stream};
use super::undecided::{Place, Undecided};
use super::web::{Service, Speaker};
use crate::switchboard::{self, Kind, Newcomer};
use bytes::{Bytes, BytesMut};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Duration, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, warn};

/// Every connection of the house at once, so that memory has a bound whatever the limit of open files is.
const CONNECTIONS: usize = 16 * 1024;

/// The pause after an accept that failed for want of files or memory: the listener stays ready, and would spin.
const PAUSE: Duration = Duration::from_millis(100);

/// How long a connection may take for what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadlines {
    /// From the connection to the bytes that tell the door, and again after TLS.
    pub(super) first_bytes: Duration,
    pub(super) handshake: Duration,
    /// A plain request and its redirect, in all.
    pub(super) plain: Duration,
    /// Requests in flight when the end has come.
    pub(super) grace: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { first_bytes: seconds(5), handshake: seconds(10), plain: seconds(5), grace: seconds(10) }
    }
}

/// What every connection needs; shared.
pub(super) struct House {
    pub(super) tls: TlsAcceptor,
    pub(super) service: Service,
    pub(super) speaker: Speaker,
    pub(super) known_host: Box<dyn Fn(&str) -> bool + Send + Sync>,
    pub(super) undecided: Undecided,
    pub(super) connections: Arc<Semaphore>,
    pub(super) tasks: TaskTracker,
    pub(super) deadlines: Deadlines,
    pub(super) stop: CancellationToken,
    pub(super) wire: switchboard::Handle,
}

impl House {
    pub(super) fn new(
        tls: Arc<rustls::ServerConfig>,
        service: Service,
        stop: CancellationToken,
        known_host: Box<dyn Fn(&str) -> bool + Send + Sync>,
        wire: switchboard::Handle,
    ) -> Self {
        Self {
            tls: tls.into(),
            service,
            speaker: Speaker::new(),
            known_host,
            undecided: Undecided::default(),
            connections: Arc::new(Semaphore::new(CONNECTIONS)),
            tasks: TaskTracker::new(),
            deadlines: Deadlines::default(),
            stop,
            wire,
        }
    }
}

/// Accepts until told to stop, then waits for the connections, each of which ends within the grace period.
pub(super) async fn serve(listener: std::net::TcpListener, house: Arc<House>) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = house.stop.cancelled() => break,
        };
        match accepted {
            Ok((tcp, from)) => {
                let Ok(permit) = house.connections.clone().try_acquire_owned() else {
                    debug!("all connections are taken");
                    continue;
                };
                house.tasks.spawn(receive(house.clone(), tcp, from, permit));
            }
            Err(error) if is_about_one_connection(&error) => {
                debug!(%error, "a connection was gone before it was accepted")
            }
            Err(error) => {
                warn!(%error, "cannot accept connections, trying again");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    drop(listener);
    house.tasks.close();
    house.tasks.wait().await;
    Ok(())
}

fn is_about_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

/// Takes one connection from its first byte to its end.
async fn receive(house: Arc<House>, mut tcp: TcpStream, from: SocketAddr, permit: OwnedSemaphorePermit) {
    let peer = Peer { addr: SocketAddr::new(from.ip().to_canonical(), from.port()), tls: true };
    let Some(place) = house.undecided.enter(peer.addr.ip().into()) else {
        return debug!("too many undecided connections");
    };
    let _ = tcp.set_nodelay(true);
    // Nothing is in flight before the first request: at the end such a connection is simply closed.
    let decided = tokio::select! {
        decided = decide(&house, &mut tcp) => decided,
        () = house.stop.cancelled() => return,
    };
    let (door, first) = match decided {
        Ok(decided) => decided,
        Err(error) => return debug!(%error, "a connection did not say what it wants"),
    };
    match door {
        Stream::Tls => {
            let stream = tokio::select! {
                stream = decrypt(&house, Replay::new(first, tcp)) => stream,
                () = house.stop.cancelled() => return,
            };
            match stream {
                Ok((Stream::Http, stream)) => {
                    drop(place);
                    // A task of its own: this one's memory, sized for a handshake, goes back.
                    house.tasks.spawn(speak(&house, stream, peer, permit));
                }
                Ok((door, stream)) => hand_over_tls(&house, door, stream, peer, (place, permit)),
                Err(error) => debug!(%error, "a TLS connection came to nothing"),
            }
        }
        Stream::Http => {
            let Ok(local) = tcp.local_addr() else { return };
            let redirect = redirect::serve(tcp, &first, local, &*house.known_host);
            tokio::select! {
                _ = timeout(house.deadlines.plain, redirect) => {}
                () = house.stop.cancelled() => {}
            }
        }
        Stream::Turn | Stream::Ice => match tcp.into_std() {
            Ok(socket) => hand_over(&house, door, (socket, None), first, peer, (place, permit)),
            Err(error) => debug!(%error, "a connection could not be handed over"),
        },
        Stream::More => {}
    }
}

/// Serves the web on a decrypted connection; the permit is the connection's place in the house.
fn speak(house: &House, stream: Decrypted, peer: Peer, permit: OwnedSemaphorePermit) -> impl Future<Output = ()> + Send + use<> {
    let serving = house.speaker.serve(stream, peer, house.service.clone(), house.stop.clone(), house.deadlines.grace);
    async move {
        let _permit = permit;
        serving.await;
    }
}

async fn decide(house: &House, tcp: &mut TcpStream) -> io::Result<(Stream, Bytes)> {
    let first = first_bytes(tcp, house.deadlines.first_bytes, |bytes| sniff::stream(bytes) != Stream::More).await?;
    Ok((sniff::stream(&first), first))
}

type Decrypted = Replay<tokio_rustls::server::TlsStream<Replay<TcpStream>>>;

/// Does the handshake and looks for which door the bytes inside are.
///
/// The first decrypted bytes decide, not ALPN: browsers' TURN over TLS sends none. HTTP/2's preface is waited for as a whole,
/// because hyper's own clocks start only behind it.
async fn decrypt(house: &House, tcp: Replay<TcpStream>) -> io::Result<(Stream, Decrypted)> {
    let mut tls = timeout(house.deadlines.handshake, house.tls.accept(tcp)).await??;
    let is_enough = |bytes: &[u8]| sniff::stream(bytes) != Stream::More && !sniff::is_partial_preface(bytes);
    let first = first_bytes(&mut tls, house.deadlines.first_bytes, is_enough).await?;
    match sniff::stream(&first) {
        Stream::Tls => Err(io::Error::other("TLS inside TLS")),
        door => Ok((door, Replay::new(first, tls))),
    }
}

/// Hands a decrypted connection, with its session, to the wire thread.
fn hand_over_tls(house: &House, door: Stream, stream: Decrypted, peer: Peer, places: (Place, OwnedSemaphorePermit)) {
    let (first, tls) = stream.into_parts();
    let (tcp, session) = tls.into_inner();
    let (unread, tcp) = tcp.into_parts();
    match tcp.into_std() {
        Ok(socket) if unread.is_empty() => hand_over(house, door, (socket, Some(Box::new(session))), first, peer, places),
        Ok(_) => debug!("a connection was inside TLS before its handshake"),
        Err(error) => debug!(%error, "a connection could not be handed over"),
    }
}

/// Hands a connection that speaks TURN or ICE to the wire thread; one that it has no room for is closed.
fn hand_over(
    house: &House,
    door: Stream,
    (socket, tls): (std::net::TcpStream, Option<Box<rustls::ServerConnection>>),
    first: Bytes,
    peer: Peer,
    (place, permit): (Place, OwnedSemaphorePermit),
) {
    let kind = if door == Stream::Turn { Kind::Turn } else { Kind::Ice };
    // What the kernel holds back for a slow reader is heard and seen too late: a quarter of a second of it is enough.
    let _ = socket2::SockRef::from(&socket).set_send_buffer_size(switchboard::STREAM_BUFFER);
    let (until_proven, until_closed) = (Box::new(place), Box::new(permit));
    let newcomer = Newcomer { socket, tls, kind, first, remote: peer.addr, until_proven, until_closed };
    if house.wire.take_stream(newcomer).is_err() {
        debug!("the wire has no room for a connection");
    }
}

/// Reads until `is_enough` says so; the end of the stream before that is an error.
async fn first_bytes<S: AsyncRead + Unpin>(
    stream: &mut S,
    limit: Duration,
    is_enough: impl Fn(&[u8]) -> bool,
) -> io::Result<Bytes> {
    let mut bytes = BytesMut::with_capacity(sniff::HTTP2_PREFACE.len());
    let reading = async {
        while !is_enough(&bytes) {
            // `is_enough` decides within the capacity: a longer read has nowhere to go.
            let room = bytes.capacity() - bytes.len();
            if (&mut *stream).take(room as u64).read_buf(&mut bytes).await? == 0 {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
            }
        }
        Ok(())
    };
    timeout(limit, reading).await??;
    Ok(bytes.freeze())
}
