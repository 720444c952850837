//! The people of a load: each is a client with a socket of its own, who publishes pictures at a steady rate or plays those of others.

use super::client::{Client, MARK, Shape, vp8};
use rtc::stun::fingerprint::FINGERPRINT;
use rtc::stun::integrity::MessageIntegrity;
use rtc::stun::message::{BINDING_REQUEST, BINDING_SUCCESS, Message, Setter, TransactionId};
use rtc::stun::xoraddr::XorMappedAddress;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// Nothing that works takes longer to connect.
const PATIENCE: Duration = Duration::from_secs(20);
/// Packets of one picture: they come together, as from a camera.
const BURST: u64 = 10;

/// What is sent, and to how many.
#[derive(Clone, Copy)]
pub struct Load {
    pub publishers: usize,
    /// None: the publishers play each other.
    pub players: usize,
    /// Packets a second of one publisher.
    pub rate: u64,
    /// Bytes of a packet's payload.
    pub size: usize,
    pub transport_cc: bool,
    pub seconds: u64,
}

impl Load {
    pub fn all_to_all(&self) -> bool {
        self.players == 0
    }

    /// What somebody offers who publishes, plays so many pictures, or both.
    pub fn shape(&self, publishes: bool, cameras: usize) -> Shape {
        Shape {
            mic: false,
            camera: publishes,
            screen: false,
            voices: 0,
            cameras,
            screens: 0,
            transport_cc: self.transport_cc,
            ..Shape::default()
        }
    }
}

pub struct Person {
    pub client: Client,
    socket: UdpSocket,
    server: SocketAddr,
    password: String,
    publishes: bool,
    sent: u64,
    received: u64,
}

/// A socket on a free port that does not wait.
pub fn socket() -> UdpSocket {
    let socket = UdpSocket::bind("0.0.0.0:0").expect("a socket");
    socket.set_nonblocking(true).expect("a socket that does not wait");
    socket
}

impl Person {
    /// Somebody whose client has the server's description: the first way of it is taken.
    pub fn new(client: Client, description: &str, publishes: bool) -> Self {
        Self::on(socket(), client, description, publishes)
    }

    /// The same with a socket whose address was told before.
    pub fn on(socket: UdpSocket, client: Client, description: &str, publishes: bool) -> Self {
        let udp = |line: &&str| line.starts_with("a=candidate:") && line.to_ascii_lowercase().contains(" udp ");
        let line = description.lines().find(udp).expect("a candidate by UDP");
        let parts: Vec<&str> = line.split(' ').collect();
        let server = SocketAddr::new(parts[4].parse().expect("an address"), parts[5].parse().expect("a port"));
        let offer = client.offer();
        let password = offer.lines().find_map(|line| line.strip_prefix("a=ice-pwd:")).expect("a password").to_owned();
        Self { client, socket, server, password, publishes, sent: 0, received: 0 }
    }

    fn publish(&mut self, load: &Load, start: Instant, elapsed: Duration) {
        if !self.publishes {
            return;
        }
        let due = elapsed.as_micros() as u64 * load.rate / 1_000_000;
        while self.sent + BURST <= due {
            let picture = (self.sent / BURST) as u16;
            for part in 0..BURST {
                let key = part == 0 && picture.is_multiple_of(50);
                let mark = (start.elapsed().as_micros() as u64).to_be_bytes();
                let mut payload = vp8(key, picture, 1280, &mark, load.size);
                if part > 0 {
                    payload[0] &= !0x10;
                }
                self.client.send_media("cam", None, u32::from(picture) * 3600, part + 1 == BURST, None, &payload);
                self.sent += 1;
            }
        }
    }

    fn turn(&mut self, start: Instant, buffer: &mut [u8], latencies: &mut Vec<u32>) {
        self.client.tick(Instant::now());
        while let Ok((length, _)) = self.socket.recv_from(buffer) {
            match self.reply(&buffer[..length]) {
                Some(reply) => self.client.out.push_back(reply),
                None => self.client.handle(Instant::now(), &buffer[..length]),
            }
        }
        let arrived = start.elapsed().as_micros() as u64;
        for heard in self.client.heard.drain(..).filter(|heard| heard.payload.len() >= MARK + 8) {
            self.received += 1;
            let mark = u64::from_be_bytes(heard.payload[MARK..MARK + 8].try_into().expect("eight bytes"));
            latencies.push(arrived.saturating_sub(mark) as u32);
        }
        while let Some(bytes) = self.client.out.pop_front() {
            let _ = self.socket.send_to(&bytes, self.server);
        }
    }
}

impl Person {
    /// The answer to a check of a server that makes its own, as Janus does even when it says that it is lite.
    fn reply(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        if bytes.first() != Some(&0) {
            return None;
        }
        let mut request = Message::new();
        request.unmarshal_binary(bytes).ok().filter(|()| request.typ == BINDING_REQUEST)?;
        let provider = rtc::crypto::default_provider().expect("a provider");
        let parts: [Box<dyn Setter + '_>; 5] = [
            Box::new(BINDING_SUCCESS),
            Box::new(TransactionId(request.transaction_id.0)),
            Box::new(XorMappedAddress { ip: self.server.ip(), port: self.server.port() }),
            Box::new(MessageIntegrity::new_short_term_integrity_with_provider(self.password.clone(), provider.crypto())),
            Box::new(FINGERPRINT),
        ];
        let mut reply = Message::new();
        reply.build(&parts).expect("a reply");
        Some(reply.raw)
    }
}

/// What came of a load.
pub struct Outcome {
    pub sent: u64,
    pub received: u64,
    /// Microseconds from publisher to player: the median, and what 95 of 100 stay below.
    pub latency: (u32, u32),
    /// The server's CPU while the load ran, and until all were connected, in seconds.
    pub cpu: f64,
    pub joining: f64,
}

impl Outcome {
    pub fn cpu_per_million(&self) -> f64 {
        self.cpu * 1e6 / self.received.max(1) as f64
    }
}

/// Turns everybody's wheel until all are connected.
pub fn connect(people: &mut [Person]) {
    let start = Instant::now();
    let mut buffer = vec![0; 2048];
    while !people.iter().all(|person| person.client.connected()) {
        assert!(start.elapsed() < PATIENCE, "not everybody connected");
        people.iter_mut().for_each(|person| person.turn(start, &mut buffer, &mut Vec::new()));
        std::thread::park_timeout(Duration::from_millis(1));
    }
}

/// Connects everybody, lets the load run warm for two seconds, and measures it. `cpu` tells the server's seconds so far.
pub fn run(people: &mut [Person], load: &Load, cpu: impl Fn() -> f64, before: f64) -> Outcome {
    let start = Instant::now();
    let mut buffer = vec![0; 2048];
    let mut latencies = Vec::new();
    connect(people);
    let joining = cpu() - before;
    let begin = Instant::now();
    let warm = Duration::from_secs(2);
    let received = |people: &[Person]| people.iter().map(|person| person.received).sum::<u64>();
    let sent = |people: &[Person]| people.iter().map(|person| person.sent).sum::<u64>();
    let mut counted = None;
    while begin.elapsed() < warm + Duration::from_secs(load.seconds) {
        if counted.is_none() && begin.elapsed() > warm {
            counted = Some((received(people), sent(people), cpu()));
            latencies.clear();
        }
        for person in &mut *people {
            person.publish(load, start, begin.elapsed());
            person.turn(start, &mut buffer, &mut latencies);
        }
        std::thread::park_timeout(Duration::from_micros(300));
    }
    let (received_before, sent_before, cpu_before) = counted.expect("longer than the warm-up");
    latencies.sort_unstable();
    let at = |part: usize| latencies.get(latencies.len() * part / 100).copied().unwrap_or(0);
    Outcome {
        sent: sent(people) - sent_before,
        received: received(people) - received_before,
        latency: (at(50), at(95)),
        cpu: cpu() - cpu_before,
        joining,
    }
}
