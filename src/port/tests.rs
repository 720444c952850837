//! What the port promises, checked over real sockets on loopback with real TLS and the real web stack.

use super::tcp::{Deadlines, House};
use super::web::Service;
use super::*;
use crate::clock::Clock;
use crate::domain::time::Timestamp;
use crate::media::Sfu;
use crate::tls::{self, Tls};
use crate::turn;
use rustls::pki_types::ServerName;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use warp::Filter;

const NOW: i64 = 1_800_000_000;

/// A house on a free port, with a few routes.
struct Open {
    port: u16,
    stop: CancellationToken,
    serving: JoinHandle<io::Result<()>>,
    tls: Tls,
    folder: PathBuf,
    _wire: switchboard::Switchboard,
    /// `/slow` says here that it has begun, and waits there.
    begun: Arc<Notify>,
    go_on: Arc<Notify>,
    /// Takes listeners that are opened later.
    later: mpsc::Sender<TcpListener>,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.stop.cancel();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Open {
    fn new(deadlines: Deadlines) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("alongside-port-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        let tls = tls::open(&folder, &[], &[], NOW).expect("TLS");
        let bound = bind(Want { port: 0, addresses: vec![Ipv4Addr::LOCALHOST.into()] }).expect("a free port");
        let (port, stop) = (bound.port, CancellationToken::new());
        let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let service = Service::new(warp::service(routes(begun.clone(), go_on.clone())));
        let known_host = Unencrypted::redirecting(|host: &str| host == "box.local", 0);
        let (wire, handle) = wire(bound.udp);
        let mut house = House::new(tls.config.clone(), service, stop.clone(), known_host, handle);
        house.deadlines = deadlines;
        let (listeners, later) = Listeners::and_later(bound.tcp);
        let serving = tokio::spawn(serve_house(listeners, None, Arc::new(house)));
        Self { port, stop, serving, tls, folder, _wire: wire, begun, go_on, later }
    }

    async fn tcp(&self) -> TcpStream {
        TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).await.expect("a connection")
    }

    async fn tls(&self, alpn: &str) -> TlsStream<TcpStream> {
        self.handshake(alpn, self.tcp().await).await
    }

    async fn handshake<S: AsyncRead + AsyncWrite + Unpin>(&self, alpn: &str, wire: S) -> TlsStream<S> {
        let config = tls::client::config(&self.tls, NOW, &[alpn]);
        let name = ServerName::try_from("localhost").expect("a name");
        TlsConnector::from(config).connect(name, wire).await.expect("a handshake")
    }
}

/// A wire thread on these sockets.
fn wire(udp: Vec<std::net::UdpSocket>) -> (switchboard::Switchboard, switchboard::Handle) {
    let turn = turn::Settings::new(b"secret".to_vec(), turn::Aliases::DUMMY, [1; 32], 1);
    let settings = switchboard::Settings { udp, clock: Clock::fixed(Timestamp(NOW)), turn };
    let (wire, handle, _) = switchboard::start(settings, Sfu::of_tests).expect("a thread");
    (wire, handle)
}

fn routes(begun: Arc<Notify>, go_on: Arc<Notify>) -> impl Filter<Extract = (impl warp::Reply,), Error = warp::Rejection> + Clone {
    let peer = warp::path("peer").and(warp::ext::get::<Peer>()).map(|peer: Peer| format!("{} {}", peer.addr, peer.tls));
    let slow = warp::path("slow").then(move || {
        let (begun, go_on) = (begun.clone(), go_on.clone());
        async move {
            begun.notify_one();
            go_on.notified().await;
            "slow but whole"
        }
    });
    let echo = warp::path("echo").and(warp::ws()).map(|ws: warp::ws::Ws| {
        ws.on_upgrade(|socket| async move {
            use futures_util::{FutureExt, StreamExt};
            let (tx, rx) = socket.split();
            rx.forward(tx).map(|_| ()).await;
        })
    });
    peer.or(slow).or(echo)
}

/// One request over HTTP/1.1 that closes; returns all that comes back.
async fn get(stream: &mut (impl AsyncReadExt + AsyncWriteExt + Unpin), path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("written");
    read_all(stream).await
}

/// What comes until the other end closes, however rudely.
async fn read_all(stream: &mut (impl AsyncReadExt + Unpin)) -> String {
    let mut reply = Vec::new();
    let _ = stream.read_to_end(&mut reply).await;
    String::from_utf8_lossy(&reply).into_owned()
}

#[tokio::test]
async fn the_service_knows_who_asks_over_http1() {
    let house = Open::new(Deadlines::default());
    let mut stream = house.tls("http/1.1").await;
    let me = stream.get_ref().0.local_addr().expect("addr");
    let reply = get(&mut stream, "/peer").await;
    assert!(reply.starts_with("HTTP/1.1 200 OK") && reply.ends_with(&format!("{me} true")), "{reply}");
}

/// An HTTP/2 frame (RFC 9113 section 4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u32).to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

#[tokio::test]
async fn one_connection_serves_many_requests_over_http2() {
    const DATA: u8 = 0;
    let house = Open::new(Deadlines::default());
    let mut stream = house.tls("h2").await;
    let me = stream.get_ref().0.local_addr().expect("addr");
    stream.write_all(&[&sniff::HTTP2_PREFACE[..], &frame(4, 0, 0, &[])].concat()).await.expect("written");
    for id in [1, 3, 5] {
        // HPACK: GET, https, and literal path and authority.
        let head = [&[0x82, 0x87, 0x04, 5][..], b"/peer", &[0x01, 9], b"localhost"].concat();
        stream.write_all(&frame(1, 0x4 | 0x1, id, &head)).await.expect("written");
        let body = loop {
            let mut header = [0; 9];
            stream.read_exact(&mut header).await.expect("a frame");
            let mut payload = vec![0; u32::from_be_bytes([0, header[0], header[1], header[2]]) as usize];
            stream.read_exact(&mut payload).await.expect("its payload");
            if header[3] == DATA && !payload.is_empty() {
                break payload;
            }
        };
        assert_eq!(String::from_utf8_lossy(&body), format!("{me} true"));
    }
}

#[tokio::test]
async fn a_websocket_passes_through_the_port() {
    let house = Open::new(Deadlines::default());
    let mut stream = house.tls("http/1.1").await;
    let request = "GET /echo HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                   Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    stream.write_all(request.as_bytes()).await.expect("written");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.expect("a byte"));
    }
    assert!(head.starts_with(b"HTTP/1.1 101"));
    stream.write_all(&[0x82, 0x82, 0, 0, 0, 0, b'h', b'i']).await.expect("written");
    let mut frame = [0; 4];
    stream.read_exact(&mut frame).await.expect("a frame");
    assert_eq!(frame, [0x82, 2, b'h', b'i']);
}

#[tokio::test]
async fn plain_http_is_sent_to_the_same_place_over_tls() {
    let house = Open::new(Deadlines::default());
    let port = house.port;
    for (host, there) in [("box.local", "box.local:80".to_owned()), ("evil.example", format!("127.0.0.1:{port}"))] {
        let mut stream = house.tcp().await;
        stream.write_all(format!("GET /week?a=b HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).await.expect("written");
        let reply = read_all(&mut stream).await;
        assert!(
            reply.starts_with("HTTP/1.1 308 ") && reply.contains(&format!("Location: https://{there}/week?a=b\r\n")),
            "{reply}"
        );
    }
    let mut stream = house.tcp().await;
    stream.write_all(b"POST / HTTP/1.1\r\nHost: box.local\r\nContent-Length: 3\r\n\r\nabc").await.expect("written");
    assert!(read_all(&mut stream).await.starts_with("HTTP/1.1 400 "));
}

#[tokio::test]
async fn a_handshake_in_single_bytes_is_still_a_handshake() {
    let house = Open::new(Deadlines::default());
    let (near, far) = tokio::io::duplex(64 * 1024);
    let (mut read, mut write) = house.tcp().await.into_split();
    let (mut far_read, mut far_write) = tokio::io::split(far);
    let forth = async {
        while let Ok(byte) = far_read.read_u8().await {
            write.write_u8(byte).await.expect("written");
        }
    };
    let back = tokio::io::copy(&mut read, &mut far_write);
    let asking = async {
        let mut stream = house.handshake("http/1.1", near).await;
        get(&mut stream, "/peer").await
    };
    let (reply, (), _) = tokio::join!(asking, forth, back);
    assert!(reply.starts_with("HTTP/1.1 200 OK"));
}

#[tokio::test]
async fn the_relay_answers_over_tcp_and_inside_tls() {
    let house = Open::new(Deadlines::default());
    let allocate = [0, 3, 0, 8, 0x21, 0x12, 0xA4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0, 0x19, 0, 4, 17, 0, 0, 0];
    let mut plain = house.tcp().await;
    let mut inside = house.tls("http/1.1").await;
    plain.write_all(&allocate).await.expect("written");
    inside.write_all(&allocate).await.expect("written");
    for stream in [&mut plain as &mut (dyn AsyncRead + Unpin), &mut inside] {
        let mut head = [0; 20];
        stream.read_exact(&mut head).await.expect("an answer");
        assert_eq!((&head[..2], &head[8..]), (&[1, 0x13][..], &allocate[8..20]), "an error that says what to prove");
        let mut rest = vec![0; usize::from(u16::from_be_bytes([head[2], head[3]]))];
        stream.read_exact(&mut rest).await.expect("the whole of it");
        assert_eq!(rest[4..8], [0, 0, 4, 1]);
    }
}

/// Sends one message of the relay's and waits for one.
async fn exchange(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), message: &[u8]) -> Vec<u8> {
    stream.write_all(message).await.expect("written");
    stream.flush().await.expect("flushed");
    relayed(stream).await
}

/// The next frame of a TURN stream, without its padding.
async fn relayed(stream: &mut (impl AsyncRead + Unpin)) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        match turn::framing::first(&bytes) {
            turn::framing::Frame::Whole { length, .. } => return bytes[..length].to_vec(),
            turn::framing::Frame::Broken => panic!("{bytes:?}"),
            turn::framing::Frame::More => bytes.push(stream.read_u8().await.expect("a byte")),
        }
    }
}

/// Allocates, and returns the client and its relayed address.
async fn allocate(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), member: i64) -> (turn::client::Client, SocketAddr) {
    let credential = turn::credentials::mint(b"secret", NOW + 60, "1", member);
    let mut client = turn::client::Client::new(credential, member as u64);
    let request = client.allocate(None);
    client.read(&exchange(stream, &request).await);
    let request = client.allocate(None);
    match client.read(&exchange(stream, &request).await) {
        Some(turn::client::Reply::Granted { addresses, .. }) => (client, addresses[0]),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_pair_speaks_through_the_relay_with_one_side_inside_tls() {
    let house = Open::new(Deadlines::default());
    let (mut plain, mut inside) = (house.tcp().await, house.tls("http/1.1").await);
    let (mut a, at_a) = allocate(&mut plain, 1).await;
    let (mut b, at_b) = allocate(&mut inside, 2).await;
    let request = a.bind_channel(0x4000, at_b);
    exchange(&mut plain, &request).await;
    let request = b.bind_channel(0x4001, at_a);
    exchange(&mut inside, &request).await;
    for size in [1u16, 5, 1100, 4000] {
        let payload = vec![9; size.into()];
        let padding = vec![0; payload.len().next_multiple_of(4) - payload.len()];
        for _ in 0..30 {
            plain.write_all(&[&[0x40, 0][..], &size.to_be_bytes(), &payload, &padding].concat()).await.expect("written");
            inside.write_all(&[&[0x40, 1][..], &size.to_be_bytes(), &payload, &padding].concat()).await.expect("written");
        }
        inside.flush().await.expect("flushed");
        for _ in 0..30 {
            assert_eq!(relayed_padded(&mut inside).await, [&[0x40, 1][..], &size.to_be_bytes(), &payload].concat());
            assert_eq!(relayed_padded(&mut plain).await, [&[0x40, 0][..], &size.to_be_bytes(), &payload].concat());
        }
    }
}

/// The next frame of ChannelData, with its padding read off.
async fn relayed_padded(stream: &mut (impl AsyncRead + Unpin)) -> Vec<u8> {
    let mut head = [0; 4];
    stream.read_exact(&mut head).await.expect("a head");
    let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
    let mut rest = vec![0; length.next_multiple_of(4)];
    stream.read_exact(&mut rest).await.expect("the rest");
    [&head[..], &rest[..length]].concat()
}

#[tokio::test]
async fn whoever_says_nothing_or_half_is_shown_out() {
    let soon = Duration::from_millis(20);
    let house = Open::new(Deadlines { first_bytes: soon, plain: soon, ..Deadlines::default() });
    for half in [&b""[..], &[0, 3], b"GET / HT"] {
        let mut stream = house.tcp().await;
        stream.write_all(half).await.expect("written");
        assert_eq!(read_all(&mut stream).await, "");
    }
    for half in [&b""[..], b"PRI * HTTP/2.0\r\n"] {
        let mut stream = house.tls("h2").await;
        stream.write_all(half).await.expect("written");
        stream.flush().await.expect("flushed");
        assert_eq!(read_all(&mut stream).await, "");
    }
}

#[tokio::test]
async fn a_crowd_of_silent_connections_does_not_lock_out_those_who_have_decided() {
    let house = Open::new(Deadlines::default());
    let mut decided = house.tls("http/1.1").await;
    decided.write_all(b"GET /slow HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.expect("written");
    house.begun.notified().await;
    let mut silent = Vec::new();
    for _ in 0..undecided::PER_SOURCE {
        silent.push(house.tcp().await);
    }
    // One too many from this address: closed at once, without a byte. Which one is refused is the scheduler's choice.
    silent.push(house.tcp().await);
    let closing = silent.iter_mut().map(|stream| Box::pin(read_all(stream)));
    let (refused, _, rest) = futures_util::future::select_all(closing).await;
    assert_eq!(refused, "");
    drop(rest);
    house.go_on.notify_one();
    assert!(read_all(&mut decided).await.ends_with("slow but whole"));
}

#[tokio::test]
async fn the_end_lets_a_request_in_flight_finish_and_accepts_no_other() {
    let mut house = Open::new(Deadlines::default());
    let mut stream = house.tls("http/1.1").await;
    stream.write_all(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n").await.expect("written");
    house.begun.notified().await;
    let mut undecided = house.tcp().await;
    house.stop.cancel();
    assert_eq!(read_all(&mut undecided).await, "");
    house.go_on.notify_one();
    assert!(read_all(&mut stream).await.ends_with("slow but whole"));
    (&mut house.serving).await.expect("no panic").expect("no error");
    TcpStream::connect((Ipv4Addr::LOCALHOST, house.port)).await.expect_err("the port is free again");
}

#[tokio::test]
async fn the_end_does_not_wait_for_ever() {
    let mut house = Open::new(Deadlines { grace: Duration::from_millis(20), ..Deadlines::default() });
    let mut stream = house.tls("http/1.1").await;
    stream.write_all(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n").await.expect("written");
    house.begun.notified().await;
    house.stop.cancel();
    (&mut house.serving).await.expect("no panic").expect("no error");
    assert_eq!(read_all(&mut stream).await, "");
}

#[tokio::test]
async fn the_public_face_takes_a_warp_service_and_answers_stun_beside_it() {
    let house = Open::new(Deadlines::default()); // for its certificate
    let bound = bind(Want { port: 0, addresses: vec![Ipv4Addr::LOCALHOST.into()] }).expect("a free port");
    let (port, stop) = (bound.port, CancellationToken::new());
    let service = warp::service(warp::path("hello").map(|| "hello"));
    let (_wire, handle) = wire(bound.udp);
    let serving = tokio::spawn(serve(
        bound.tcp,
        house.tls.config.clone(),
        service,
        stop.clone(),
        Unencrypted::nowhere(),
        handle,
        Default::default(),
    ));
    let socket = tokio::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("bind");
    let request = [&[0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42][..], &[5; 12]].concat();
    socket.send_to(&request, (Ipv4Addr::LOCALHOST, port)).await.expect("sent");
    assert_eq!(socket.recv(&mut [0; 200]).await.expect("an answer"), 32);
    stop.cancel();
    serving.await.expect("no panic").expect("no error");
}

#[tokio::test]
async fn a_listener_that_is_opened_later_is_served_like_the_first_and_ends_with_it() {
    let mut house = Open::new(Deadlines::default());
    let more = bind(Want { port: 0, addresses: vec![Ipv4Addr::LOCALHOST.into()] }).expect("a free port");
    for listener in more.tcp {
        house.later.send(listener).await.expect("taken");
    }
    let first = std::mem::replace(&mut house.port, more.port);
    let answer = get(&mut house.tls("http/1.1").await, "/peer").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    house.port = first;
    assert!(get(&mut house.tls("http/1.1").await, "/peer").await.starts_with("HTTP/1.1 200"));
    house.stop.cancel();
    let served = std::mem::replace(&mut house.serving, tokio::spawn(async { Ok(()) }));
    served.await.expect("no panic").expect("a good end");
}
