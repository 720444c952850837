//! The engine without sockets: what one forwarded packet costs in user time, warm, and what a member takes of memory.

use alongside::media::{Candidate, Identity, Join, Sfu};
use alongside::path::{Outbox, Path};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::client::{Client, Shape, vp8};

fn path(n: usize) -> Path {
    Path::Udp { socket: 0, local: None, interface: 0, remote: SocketAddr::from(([127, 0, 0, 1], 5000 + n as u16)) }
}

/// Nanoseconds per forwarded packet for one publisher and so many players: the best of many batches.
pub fn run(players: usize, transport_cc: bool) {
    let mut random = 1u64;
    let dice = move |bytes: &mut [u8]| {
        for byte in bytes {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            *byte = (random >> 33) as u8;
        }
    };
    let mut now = Instant::now();
    let mut sfu = Sfu::new(Arc::new(Identity::generate().unwrap()), now, Box::new(dice));
    let none =
        Shape { mic: false, camera: false, screen: false, voices: 0, cameras: 1, screens: 0, transport_cc, ..Shape::default() };
    let mut clients: Vec<Client> =
        (0..=players).map(|n| Client::new(now, n as u64 + 1, Shape { camera: n == 0, ..none.clone() })).collect();
    let candidates = [Candidate { addr: SocketAddr::from(([127, 0, 0, 1], 9)), tcp: false }];
    for (n, client) in clients.iter_mut().enumerate() {
        client.keep = false;
        let offer = client.offer();
        let join = Join { room: 1, participant: n as u64 + 1, offer: &offer, candidates: &candidates, screens: 0, echo: false };
        client.answer(&sfu.join(now, join).unwrap());
    }
    let mut out = Outbox::new();
    let (mut spent_joining, mut best) = (Duration::ZERO, f64::MAX);
    for round in 0..400u64 {
        now += Duration::from_millis(20);
        let sender = &mut clients[0];
        if sender.connected() && round > 200 {
            for part in 0..10u8 {
                let key = part == 0 && round % 50 == 1;
                let mut payload = vp8(key, round as u16, 1280, &[0; 8], 1100);
                payload[0] &= if part > 0 { 0xef } else { 0xff };
                sender.send_media("cam", None, round as u32 * 1800, part == 9, None, &payload);
            }
        }
        out.clear();
        let mut packets: Vec<(usize, Vec<u8>)> = Vec::new();
        for (n, client) in clients.iter_mut().enumerate() {
            client.tick(now);
            packets.extend(std::iter::from_fn(|| client.out.pop_front()).map(|bytes| (n, bytes)));
        }
        let before = Instant::now();
        for (n, bytes) in &mut packets {
            sfu.handle(now, path(*n), bytes, &mut out);
        }
        sfu.handle_timeout(now, &mut out);
        let spent = before.elapsed();
        if round < 200 {
            spent_joining += spent;
        } else if out.len() >= 10 * players {
            best = best.min(spent.as_nanos() as f64 / out.len() as f64);
        }
        while sfu.poll_event().is_some() {}
        for (way, bytes) in out.iter() {
            clients[usize::from(way.remote().port() - 5000)].handle(now, bytes);
        }
    }
    println!(
        "in process, 1 → {players}: {best:.0} ns per forwarded packet, a join {:.2} ms",
        spent_joining.as_secs_f64() * 1e3 / (players + 1) as f64
    );
}
