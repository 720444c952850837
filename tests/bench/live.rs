//! Members who are only connected: what each costs in resident memory while the event stream is quiet, and after heartbeats.

use crate::client::{Ask, Door, Followed, Protocol};
use crate::seed::House;
use crate::server::Server;
use crate::table::Table;
use std::path::Path;
use std::time::{Duration, Instant};

/// Handshakes at a time: fewer than one address may have undecided.
const AT_ONCE: usize = 32;
/// The server sends a heartbeat every 25 seconds.
const HEARTBEAT: Duration = Duration::from_secs(27);

pub async fn run(house: &House, dir: &Path, table: &mut Table) {
    for protocol in [Protocol::Http1, Protocol::Http2] {
        let server = Server::start(dir).await;
        let before = server.memory().rss;
        let began = Instant::now();
        let count = house.size.followers;
        let held = follow(&Door::new(dir, server.port, protocol), house, count).await;
        let took = began.elapsed().as_secs_f64();
        tokio::time::sleep(Duration::from_secs(3)).await;
        let quiet = (server.memory().rss - before) / count as f64;
        if house.size.heartbeats {
            tokio::time::sleep(HEARTBEAT).await;
        }
        let cpu = server.cpu_s();
        let each = ((server.memory().rss - before) / count as f64).max(quiet);
        let beside = format!(
            "{quiet:.1} before the first heartbeat, all in {:.1} MiB, {:.0} joined a second",
            server.memory().rss / 1024.0,
            count as f64 / took
        );
        let what = format!("RSS for each of {count} idle members on the event stream, TLS, {}", protocol.name());
        table.most(&what, "KiB", 32.0, each, &beside);
        drop(held);
        tokio::time::sleep(Duration::from_secs(3)).await;
        let after = server.memory().rss / 1024.0;
        let cpu = server.cpu_s() - cpu;
        table.told(
            &format!("memory when they have gone, {}", protocol.name()),
            &format!("{after:.1} MiB ({cpu:.2} s CPU to part)"),
        );
        server.stop().await;
    }
}

async fn follow(door: &Door, house: &House, count: usize) -> Vec<Followed> {
    let hands = (0..AT_ONCE).map(|hand| {
        let (door, cookies) = (door.clone(), house.cookies.clone());
        tokio::spawn(async move {
            let mut held = Vec::new();
            for n in (hand..count).step_by(AT_ONCE) {
                let cookie = &cookies[n % cookies.len()];
                let ask = Ask { path: "/live", cookie, accept: "text/event-stream", form: None };
                held.push(door.open().await.follow(ask, "now_ms").await);
            }
            held
        })
    });
    let mut all = Vec::new();
    for hand in hands.collect::<Vec<_>>() {
        all.extend(hand.await.expect("a hand"));
    }
    all
}
