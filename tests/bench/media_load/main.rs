//! Load on a running media engine: publishers and players over real sockets, and what it cost the server.
//!
//! `media_load --http 127.0.0.1:9001 --pid PID --publishers 1 --players 16 --seconds 10`. Prints CPU seconds of the server per
//! million forwarded packets, the median latency, and its memory. Publishers send 250 packets a second of 1,100 bytes.
//! `--inside 16` measures the machine without sockets instead. Publishers play each other when there are no players (`--publishers 8 --players 0`: all to all).
#![allow(clippy::unwrap_used, clippy::print_stdout, dead_code)]

#[path = "../../suite/media/client.rs"]
mod client;
mod inside;

use client::{Client, MARK, Shape, vp8};
use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

struct Options {
    http: SocketAddr,
    pid: u32,
    publishers: usize,
    players: usize,
    seconds: u64,
    rate: u64,
    size: usize,
    transport_cc: bool,
}

struct Person {
    client: Client,
    socket: UdpSocket,
    server: SocketAddr,
    publishes: bool,
    sent: u64,
    received: u64,
    session: String,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let values: HashMap<&str, &str> = arguments.chunks_exact(2).map(|pair| (pair[0].as_str(), pair[1].as_str())).collect();
    let number = |name: &str, otherwise: u64| values.get(name).map_or(otherwise, |value| value.parse().unwrap());
    let options = Options {
        http: values.get("--http").unwrap_or(&"127.0.0.1:9001").parse().unwrap(),
        pid: number("--pid", 0) as u32,
        publishers: number("--publishers", 1) as usize,
        players: number("--players", 4) as usize,
        seconds: number("--seconds", 10),
        rate: number("--rate", 250),
        size: number("--size", 1100) as usize,
        transport_cc: number("--transport-cc", 0) > 0,
    };
    if values.contains_key("--inside") {
        inside::run(number("--inside", 16) as usize, options.transport_cc);
        return;
    }
    let memory_before = memory(options.pid);
    let cpu_start = cpu(options.pid);
    let mut people = join_all(&options);
    let start = Instant::now();
    let mut buffer = vec![0; 2048];
    let mut latencies: Vec<u32> = Vec::new();
    while !people.iter().all(|person| person.client.connected()) {
        assert!(start.elapsed() < Duration::from_secs(20), "not everybody connected");
        people.iter_mut().for_each(|person| turn(person, start, &mut buffer, &mut latencies));
        std::thread::park_timeout(Duration::from_millis(1));
    }
    let joined = cpu(options.pid) - cpu_start;
    let begin = Instant::now();
    let (warm, end) = (Duration::from_secs(2), Duration::from_secs(2 + options.seconds));
    let (mut counted, mut cpu_before, mut sent_before) = (None, 0.0, 0);
    while begin.elapsed() < end {
        if counted.is_none() && begin.elapsed() > warm {
            counted = Some(people.iter().map(|person| person.received).sum::<u64>());
            sent_before = people.iter().map(|person| person.sent).sum::<u64>();
            cpu_before = cpu(options.pid);
            latencies.clear();
        }
        for person in &mut people {
            publish(person, &options, start, begin.elapsed());
            turn(person, start, &mut buffer, &mut latencies);
        }
        std::thread::park_timeout(Duration::from_micros(300));
    }
    let spent = cpu(options.pid) - cpu_before;
    let received = people.iter().map(|person| person.received).sum::<u64>() - counted.unwrap_or(0);
    let sent = people.iter().map(|person| person.sent).sum::<u64>() - sent_before;
    latencies.sort_unstable();
    let at = |part: usize| latencies.get(latencies.len() * part / 100).copied().unwrap_or(0);
    println!(
        "{} publishers, {} players: sent {sent}, received {received}, {spent:.2} s CPU, {:.2} s per million forwarded",
        options.publishers,
        options.players,
        spent * 1e6 / received.max(1) as f64
    );
    println!(
        "latency µs: median {}, 95 % {}; a join {:.2} ms CPU; memory {} → {} KiB, {} per participant",
        at(50),
        at(95),
        joined * 1e3 / people.len() as f64,
        memory_before,
        memory(options.pid),
        (memory(options.pid).saturating_sub(memory_before)) / people.len() as u64
    );
    for person in &people {
        let _ = request(options.http, "DELETE", &person.session, "");
    }
}

fn join_all(options: &Options) -> Vec<Person> {
    let none = Shape {
        mic: false,
        camera: false,
        screen: false,
        voices: 0,
        cameras: 0,
        screens: 0,
        transport_cc: options.transport_cc,
        ..Shape::default()
    };
    let everybody = options.publishers + options.players;
    let room = format!("load{}", std::process::id());
    (0..everybody)
        .map(|n| {
            let publishes = n < options.publishers;
            let cameras = if options.players == 0 { options.publishers - 1 } else { usize::from(!publishes) };
            let client = Client::new(Instant::now(), n as u64 + 1, Shape { camera: publishes, cameras, ..none.clone() });
            let (answer, session) = request(options.http, "POST", &format!("/join/{room}"), &client.offer());
            let line = answer.lines().find(|line| line.starts_with("a=candidate:")).unwrap();
            let parts: Vec<&str> = line.split(' ').collect();
            let server = SocketAddr::new(parts[4].parse().unwrap(), parts[5].parse().unwrap());
            let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
            socket.set_nonblocking(true).unwrap();
            let mut person = Person { client, socket, server, publishes, sent: 0, received: 0, session };
            person.client.answer(&answer);
            person
        })
        .collect()
}

fn publish(person: &mut Person, options: &Options, start: Instant, elapsed: Duration) {
    if !person.publishes {
        return;
    }
    // Ten packets a picture, as a camera of that rate has; pictures of all are spread over time.
    let due = elapsed.as_micros() as u64 * options.rate / 1_000_000;
    while person.sent + 10 <= due {
        let picture = (person.sent / 10) as u16;
        for part in 0..10 {
            let key = part == 0 && picture.is_multiple_of(50);
            let mark = (start.elapsed().as_micros() as u64).to_be_bytes();
            let mut payload = vp8(key, picture, 1280, &mark, options.size);
            if part > 0 {
                payload[0] &= !0x10;
            }
            person.client.send_media("cam", None, u32::from(picture) * 3600, part == 9, None, &payload);
            person.sent += 1;
        }
    }
}

fn turn(person: &mut Person, start: Instant, buffer: &mut [u8], latencies: &mut Vec<u32>) {
    let now = Instant::now();
    person.client.tick(now);
    loop {
        match person.socket.recv_from(buffer) {
            Ok((length, _)) => person.client.handle(Instant::now(), &buffer[..length]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(_) => break,
        }
    }
    let arrived = start.elapsed().as_micros() as u64;
    for heard in person.client.heard.drain(..).filter(|heard| heard.payload.len() >= MARK + 8) {
        person.received += 1;
        let mark = u64::from_be_bytes(heard.payload[MARK..MARK + 8].try_into().unwrap());
        latencies.push(arrived.saturating_sub(mark) as u32);
    }
    while let Some(bytes) = person.client.out.pop_front() {
        let _ = person.socket.send_to(&bytes, person.server);
    }
}

/// Body and Location of a plain HTTP exchange.
fn request(http: SocketAddr, method: &str, path: &str, body: &str) -> (String, String) {
    let mut stream = TcpStream::connect(http).unwrap();
    let length = body.len();
    write!(stream, "{method} {path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}")
        .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 2"), "{text}");
    let location = head.lines().find_map(|line| line.strip_prefix("location: ")).unwrap_or_default();
    (body.to_owned(), location.to_owned())
}

/// CPU seconds of all threads, from the scheduler's own nanoseconds.
fn cpu(pid: u32) -> f64 {
    let Ok(tasks) = std::fs::read_dir(format!("/proc/{pid}/task")) else { return 0.0 };
    let spent = |task: std::fs::DirEntry| {
        let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<f64>().ok()
    };
    tasks.flatten().filter_map(spent).sum::<f64>() / 1e9
}

fn memory(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).unwrap_or(0)
}
