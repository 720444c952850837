//! The load: pairs of allocations that send to each other, in bursts as pictures come, at a steady rate.

use crate::line::{By, Line, Tools};
use crate::subject::{SECRET, Subject};
use alongside::sys::poll::Poll;
use alongside::turn::client::{Client, Reply};
use alongside::turn::credentials;
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

pub const PAIRS: usize = 8;
pub const PAYLOAD: usize = 1100;
/// Packets of one flow that leave at once: a picture at 1.5 Mbit/s.
const BURST: usize = 5;
const TICK: Duration = Duration::from_millis(1);

/// What a load came to.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    pub sent: u64,
    pub delivered: u64,
    /// Processor time of the relay, in seconds: all of it, and the kernel's part.
    pub cpu_s: (f64, f64),
    pub took_s: f64,
}

impl Outcome {
    pub fn cpu_per_million(&self) -> f64 {
        self.cpu_s.0 / self.delivered.max(1) as f64 * 1e6
    }

    pub fn loss(&self) -> f64 {
        1.0 - self.delivered as f64 / self.sent.max(1) as f64
    }

    pub fn rate(&self) -> f64 {
        self.delivered as f64 / self.took_s
    }
}

/// A client with an allocation.
pub struct Ally {
    pub client: Client,
    pub line: Line,
    pub address: SocketAddr,
}

/// Opens a line and allocates on it.
pub fn allocate(subject: &Subject, by: By, session: usize, member: i64, tools: &Tools) -> Ally {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs() as i64;
    let credential = credentials::mint(SECRET.as_bytes(), now + 3600, &session.to_string(), member);
    let mut client = Client::new(credential, (session as u64) << 8 | member as u64);
    let mut line = Line::open(by, subject.plain, subject.tls, tools);
    // The first request is told what to prove.
    let request = client.allocate(None);
    client.read(&line.ask(&request));
    let request = client.allocate(None);
    let reply = line.ask(&request);
    let Some(Reply::Granted { addresses, .. }) = client.read(&reply) else { panic!("no allocation: {:?}", client.read(&reply)) };
    Ally { client, line, address: addresses[0] }
}

/// Binds a channel towards the other.
fn bind(ally: &mut Ally, peer: SocketAddr) {
    let request = ally.client.bind_channel(0x4000, peer);
    let reply = ally.line.ask(&request);
    let granted = matches!(ally.client.read(&reply), Some(Reply::Granted { .. }));
    assert!(granted, "the channel is bound");
}

/// Pairs that relay to each other.
pub struct Load {
    allies: Vec<Ally>,
    poll: Poll,
    tools: Tools,
    frame: Vec<u8>,
}

impl Load {
    pub fn new(subject: &Subject, by: By) -> Self {
        let tools = Tools::default();
        let mut allies = Vec::new();
        for session in 0..PAIRS {
            let (mut a, mut b) = (allocate(subject, by, session, 1, &tools), allocate(subject, by, session, 2, &tools));
            let (at_a, at_b) = (a.address, b.address);
            bind(&mut a, at_b);
            bind(&mut b, at_a);
            allies.extend([a, b]);
        }
        let poll = Poll::new().expect("a poll");
        for (n, ally) in allies.iter().enumerate() {
            ally.line.stop_blocking();
            poll.add(ally.line.as_fd(), n as u64, false).expect("added");
        }
        let frame = [&[0x40, 0][..], &(PAYLOAD as u16).to_be_bytes(), &[7; PAYLOAD]].concat();
        Self { allies, poll, tools, frame }
    }

    /// Sends so many packets a second for that long, and waits a little for the last ones.
    pub fn run(&mut self, subject: &Subject, per_second: u64, length: Duration) -> Outcome {
        let (mut sent, mut delivered, mut turn) = (0u64, 0u64, 0);
        let mut ready = Vec::new();
        let cpu_before = subject.cpu_s();
        let began = Instant::now();
        let mut next = began;
        loop {
            let now = Instant::now();
            if now.duration_since(began) >= length {
                break;
            }
            if now >= next {
                // What should have been sent by now, but no more than a few ticks' worth at once.
                let due = (now.duration_since(began).as_secs_f64() * per_second as f64) as u64;
                let behind = due.saturating_sub(sent).min(per_second / 200);
                for _ in 0..behind / BURST as u64 {
                    let taken = self.allies[turn].line.burst(&self.frame, BURST, &mut self.tools);
                    sent += taken as u64;
                    turn = (turn + 1) % self.allies.len();
                }
                next = now + TICK;
            }
            delivered += self.receive(&mut ready, next.saturating_duration_since(Instant::now()));
        }
        let took_s = began.elapsed().as_secs_f64();
        let mut quiet_since = Instant::now();
        while quiet_since.elapsed() < Duration::from_millis(200) {
            let got = self.receive(&mut ready, TICK);
            delivered += got;
            if got > 0 {
                quiet_since = Instant::now();
            }
        }
        let after = subject.cpu_s();
        Outcome { sent, delivered, cpu_s: (after.0 - cpu_before.0, after.1 - cpu_before.1), took_s }
    }

    fn receive(&mut self, ready: &mut Vec<alongside::sys::poll::Ready>, limit: Duration) -> u64 {
        self.poll.wait(ready, Some(limit)).expect("waited");
        let mut got = 0;
        for event in ready.iter() {
            got += self.allies[event.token as usize].line.take(self.frame.len(), &mut self.tools) as u64;
        }
        got
    }
}
