//! What the wire thread promises, over real sockets on loopback.

use super::*;
use crate::domain::time::Timestamp;
use crate::turn::client::{Client, Reply};
use crate::turn::framing::{self, Frame};
use crate::turn::{Aliases, credentials};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};

const NOW: i64 = 1_800_000_000;
const SECRET: &[u8] = b"a secret that only the house knows";

struct House {
    port: u16,
    handle: Handle,
    _switchboard: Switchboard,
}

impl House {
    fn new() -> Self {
        let bound = crate::port::bind(crate::port::Want::default()).expect("a free port");
        let turn = turn::Settings::new(SECRET.to_vec(), Aliases::DUMMY, [1; 32], 1);
        let settings = Settings { udp: bound.udp, clock: Clock::fixed(Timestamp(NOW)), turn };
        let (switchboard, handle, _) = start(settings, Sfu::of_tests).expect("a thread");
        Self { port: bound.port, handle, _switchboard: switchboard }
    }

    fn datagrams(&self) -> UdpSocket {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("bind");
        socket.connect((Ipv4Addr::LOCALHOST, self.port)).expect("connect");
        socket
    }

    /// A connection as the accept loop would hand it over.
    fn stream(&self, kind: Kind, first: &[u8]) -> TcpStream {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("bind");
        let near = TcpStream::connect(listener.local_addr().expect("addr")).expect("connect");
        let (socket, remote) = listener.accept().expect("accept");
        socket.set_nonblocking(true).expect("non-blocking");
        let first = bytes::Bytes::copy_from_slice(first);
        let newcomer =
            Newcomer { socket, tls: None, kind, first, remote, until_proven: Box::new(()), until_closed: Box::new(()) };
        self.handle.take_stream(newcomer).expect("room");
        near
    }

    /// Asks until the thread says so; each question is a round through its queue.
    async fn until(&self, is_so: impl Fn(Counts) -> bool) {
        while !is_so(self.handle.counts().await.expect("counts")) {}
    }
}

/// A wire on which a client speaks.
trait Wire {
    fn say(&mut self, bytes: &[u8]);
    fn hear(&mut self) -> Vec<u8>;
}

impl Wire for UdpSocket {
    fn say(&mut self, bytes: &[u8]) {
        self.send(bytes).expect("sent");
    }

    fn hear(&mut self) -> Vec<u8> {
        let mut buffer = vec![0; 2048];
        let length = self.recv(&mut buffer).expect("an answer");
        buffer[..length].to_vec()
    }
}

impl Wire for TcpStream {
    fn say(&mut self, bytes: &[u8]) {
        let padding = bytes.len().next_multiple_of(4) - bytes.len();
        self.write_all(&[bytes, &[0; 3][..padding]].concat()).expect("sent");
    }

    fn hear(&mut self) -> Vec<u8> {
        let mut buffer = Vec::new();
        loop {
            if let Frame::Whole { length, .. } = framing::first(&buffer) {
                return buffer[..length].to_vec();
            }
            let mut byte = [0];
            self.read_exact(&mut byte).expect("a byte");
            buffer.push(byte[0]);
        }
    }
}

fn client(session: &str, member: i64) -> Client {
    Client::new(credentials::mint(SECRET, NOW + 60, session, member), member as u64)
}

fn ask(client: &mut Client, wire: &mut impl Wire, request: &[u8]) -> Result<Vec<SocketAddr>, u16> {
    wire.say(request);
    match client.read(&wire.hear()) {
        Some(Reply::Granted { addresses, .. }) => Ok(addresses),
        Some(Reply::Refused { code, .. }) => Err(code),
        other => panic!("{other:?}"),
    }
}

/// An allocation's relayed address.
fn allocate(client: &mut Client, wire: &mut impl Wire) -> SocketAddr {
    let request = client.allocate(None);
    assert_eq!(ask(client, wire, &request), Err(401));
    let request = client.allocate(None);
    ask(client, wire, &request).expect("granted")[0]
}

fn bind(client: &mut Client, wire: &mut impl Wire, peer: SocketAddr) {
    let request = client.bind_channel(0x4000, peer);
    ask(client, wire, &request).expect("bound");
}

fn channel_data(payload: &[u8]) -> Vec<u8> {
    [&[0x40, 0][..], &(payload.len() as u16).to_be_bytes(), payload].concat()
}

/// Sends a burst one way and expects it at the other end, in order.
fn carries(from: &mut impl Wire, to: &mut impl Wire) {
    let payloads: Vec<Vec<u8>> = (0..20u8).map(|n| vec![n; if n % 7 == 6 { 333 } else { 1100 }]).collect();
    payloads.iter().for_each(|payload| from.say(&channel_data(payload)));
    for payload in payloads {
        assert_eq!(to.hear(), channel_data(&payload));
    }
}

#[test]
fn a_binding_request_is_answered_from_the_address_that_was_hit() {
    let house = House::new();
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("bind");
    let server = SocketAddr::from((Ipv4Addr::new(127, 0, 0, 9), house.port));
    socket.send_to(&client("1", 1).binding(), server).expect("sent");
    let mut buffer = [0; 200];
    assert_eq!(socket.recv_from(&mut buffer).expect("an answer"), (32, server));
}

#[test]
fn noise_is_met_with_silence_and_the_next_request_is_still_answered() {
    let house = House::new();
    let (mut wire, mut client) = (house.datagrams(), client("1", 1));
    for noise in [&[][..], &[0], &[22; 100], &[64; 12], &[128; 400], &[255; 3], &[1; 4000]] {
        wire.say(noise);
    }
    wire.say(&client.binding());
    assert!(matches!(client.read(&wire.hear()), Some(Reply::Granted { .. })));
}

#[test]
fn a_pair_speaks_over_datagrams() {
    let house = House::new();
    let (mut a, mut b) = ((client("1", 1), house.datagrams()), (client("1", 2), house.datagrams()));
    let (at_a, at_b) = (allocate(&mut a.0, &mut a.1), allocate(&mut b.0, &mut b.1));
    bind(&mut a.0, &mut a.1, at_b);
    bind(&mut b.0, &mut b.1, at_a);
    carries(&mut a.1, &mut b.1);
    carries(&mut b.1, &mut a.1);
}

#[tokio::test]
async fn a_stream_and_datagrams_speak_and_the_allocation_ends_with_the_stream() {
    let house = House::new();
    let mut a = client("1", 1);
    let request = a.allocate(None);
    // A part of the first request was read when the door was looked for.
    let mut stream = house.stream(Kind::Turn, &request[..10]);
    stream.write_all(&request[10..]).expect("written");
    a.read(&stream.hear());
    let request = a.allocate(None);
    let at_a = ask(&mut a, &mut stream, &request).expect("granted")[0];
    let (mut b, mut socket) = (client("1", 2), house.datagrams());
    let at_b = allocate(&mut b, &mut socket);
    bind(&mut a, &mut stream, at_b);
    bind(&mut b, &mut socket, at_a);
    carries(&mut stream, &mut socket);
    carries(&mut socket, &mut stream);
    house.until(|counts| counts.turn.allocations == 2 && counts.streams == 1).await;
    drop(stream);
    house.until(|counts| counts.turn.allocations == 1 && counts.streams == 0).await;
}

#[tokio::test]
async fn a_session_that_ends_takes_its_allocations_along() {
    let house = House::new();
    let (mut a, mut wire) = (client("1", 1), house.datagrams());
    allocate(&mut a, &mut wire);
    house.handle.turn_end_session("2").expect("room");
    house.until(|counts| counts.turn.allocations == 1).await;
    house.handle.turn_end_session("1").expect("room");
    house.until(|counts| counts.turn.allocations == 0).await;
    let request = a.refresh(600);
    assert_eq!(ask(&mut a, &mut wire, &request), Err(437));
}

#[tokio::test]
async fn a_stream_that_breaks_its_framing_is_closed() {
    let house = House::new();
    for (kind, bytes) in [(Kind::Turn, &b"GET / HTTP/1.1"[..]), (Kind::Ice, &[0xFF, 0xFF, 0])] {
        let mut stream = house.stream(kind, &[]);
        stream.write_all(bytes).expect("written");
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
        assert!(rest.is_empty());
    }
    house.until(|counts| counts.streams == 0).await;
}

#[tokio::test]
async fn work_for_the_sfu_is_done_on_its_thread_and_answered() {
    let house = House::new();
    let name = house.handle.with_sfu(|_, _, _| std::thread::current().name().map(str::to_owned)).await;
    assert_eq!(name, Ok(Some("wire".to_owned())));
}

#[tokio::test]
async fn after_the_end_whoever_asks_is_told_so() {
    let House { handle, _switchboard, .. } = House::new();
    drop(_switchboard);
    assert_eq!(handle.counts().await, Err(Busy));
    assert_eq!(handle.turn_end_session("1"), Err(Busy));
}
