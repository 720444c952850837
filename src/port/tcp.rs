//! The accept loop: each connection is let in, asked by its first bytes what it speaks, and taken to its door.
//!
//! Invariant: a connection that has not shown what it wants holds a place of [`Undecided`] and runs against a deadline. After
//! that nothing here counts by address. TURN (plain or inside TLS) and ICE over TCP go on to the switchboard, which keeps their
//! place among the undecided until they have proved themselves.

use super::Peer;
use super::proxy::{self, Spoken, Trusted};
use super::redirect::{self, Unencrypted};
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
use tokio::time::{Duration, Instant, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, info, warn};

/// Every connection of the house at once, so that memory has a bound whatever the limit of open files is.
const CONNECTIONS: usize = 16 * 1024;

/// Open files that connections never get: the database, certificates, backups and look-ups need some of their own.
const KEPT_FILES: u64 = 128;

/// What decides which door it is fits in here.
const FIRST: usize = sniff::HTTP2_PREFACE.len();

/// The pause after an accept that failed for want of files or memory: the listener stays ready, and would spin.
pub(super) const PAUSE: Duration = Duration::from_millis(100);
/// Files are enough again when none was missed for so long.
const CALM: Duration = Duration::from_secs(10);

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
    pub(super) plain: Unencrypted,
    pub(super) undecided: Undecided,
    pub(super) connections: Arc<Semaphore>,
    pub(super) tasks: TaskTracker,
    pub(super) deadlines: Deadlines,
    pub(super) stop: CancellationToken,
    pub(super) wire: switchboard::Handle,
    /// Proxies that say for whom they ask.
    pub(super) trusted: Arc<Trusted>,
}

impl House {
    pub(super) fn new(
        tls: Arc<rustls::ServerConfig>,
        service: Service,
        stop: CancellationToken,
        plain: Unencrypted,
        wire: switchboard::Handle,
    ) -> Self {
        Self {
            tls: tls.into(),
            service,
            speaker: Speaker::new(),
            plain,
            undecided: Undecided::default(),
            connections: Arc::new(Semaphore::new(places())),
            tasks: TaskTracker::new(),
            deadlines: Deadlines::default(),
            stop,
            wire,
            trusted: Arc::default(),
        }
    }

    /// The same house, which believes these proxies.
    pub(super) fn trusting(self, trusted: Trusted) -> Self {
        Self { trusted: Arc::new(trusted), ..self }
    }
}

/// Places for connections: less where the machine allows few open files.
fn places() -> usize {
    let limit = crate::sys::open_files_limit().unwrap_or(u64::MAX);
    let files = limit.saturating_sub(KEPT_FILES).max(limit / 2);
    CONNECTIONS.min(usize::try_from(files).unwrap_or(CONNECTIONS))
}

/// Accepts until told to stop, then waits for the connections, each of which ends within the grace period.
pub(super) async fn serve(listener: std::net::TcpListener, house: Arc<House>) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    // When files were last too few.
    let mut short: Option<Instant> = None;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = house.stop.cancelled() => break,
        };
        match accepted {
            Ok((tcp, from)) => {
                if short.is_some_and(|at| at.elapsed() > CALM) {
                    short = None;
                    info!("Connections are accepted again.");
                }
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
                // Once, not ten times a second: who waits in the backlog is served when files are free again.
                if short.replace(Instant::now()).is_none() {
                    warn!(%error, "No connection can be accepted just now; those that are open go on. It is tried again at once. If this \
                           comes back, allow more open files (LimitNOFILE, ulimit -n).");
                }
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
    let mut peer = Peer { addr: SocketAddr::new(from.ip().to_canonical(), from.port()), tls: true };
    let mut begun = BytesMut::with_capacity(FIRST);
    if house.trusted.contains(peer.addr.ip()) {
        let read = tokio::select! {
            read = timeout(house.deadlines.first_bytes, introduced(&mut tcp)) => read,
            () = house.stop.cancelled() => return,
        };
        match read {
            Ok(Ok((client, rest))) => (peer.addr, begun) = (client.unwrap_or(peer.addr), rest),
            _ => return debug!("a proxy's first words could not be read"),
        }
    }
    let Some(place) = house.undecided.enter(peer.addr.ip().into()) else {
        return debug!("too many undecided connections");
    };
    let _ = tcp.set_nodelay(true);
    // Nothing is in flight before the first request: at the end such a connection is simply closed.
    let decided = tokio::select! {
        decided = decide(&house, &mut tcp, begun) => decided,
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
            let redirect = redirect::serve(tcp, &first, local, &house.plain);
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
    // A proxy that decrypts and encrypts again says in each request for whom it asks.
    let proxy = house.trusted.contains(peer.addr.ip()).then(|| house.trusted.clone());
    let serving = house.speaker.serve(stream, (peer, proxy), house.service.clone(), house.stop.clone(), house.deadlines.grace);
    async move {
        let _permit = permit;
        serving.await;
    }
}

/// Reads what a proxy says in front of a connection: for whom, and what of the connection itself was read with it.
async fn introduced(tcp: &mut TcpStream) -> io::Result<(Option<SocketAddr>, BytesMut)> {
    let mut bytes = BytesMut::with_capacity(FIRST);
    loop {
        match proxy::spoken(&bytes) {
            Spoken::More(wanted) => {
                let missing = (wanted - bytes.len()) as u64;
                if (&mut *tcp).take(missing).read_buf(&mut bytes).await? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
            Spoken::Nothing => return Ok((None, bytes)),
            Spoken::For(length, client) => {
                let rest = bytes.split_off(length);
                // Room for the door's own first bytes: what is read there never grows.
                let mut begun = BytesMut::with_capacity(FIRST + rest.len());
                begun.extend_from_slice(&rest);
                return Ok((client, begun));
            }
            Spoken::Broken => return Err(io::ErrorKind::InvalidData.into()),
        }
    }
}

async fn decide(house: &House, tcp: &mut TcpStream, begun: BytesMut) -> io::Result<(Stream, Bytes)> {
    let first = first_bytes(tcp, begun, house.deadlines.first_bytes, |bytes| sniff::stream(bytes) != Stream::More).await?;
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
    let first = first_bytes(&mut tls, BytesMut::with_capacity(FIRST), house.deadlines.first_bytes, is_enough).await?;
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

/// Reads on until `is_enough` says so; the end of the stream before that is an error.
async fn first_bytes<S: AsyncRead + Unpin>(
    stream: &mut S,
    mut bytes: BytesMut,
    limit: Duration,
    is_enough: impl Fn(&[u8]) -> bool,
) -> io::Result<Bytes> {
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
