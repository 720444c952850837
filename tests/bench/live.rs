//! Members who are only connected: what each costs in resident memory while the event stream is quiet.

use crate::client::{Ask, Door, Followed, Protocol};
use crate::seed::House;
use crate::server::Server;
use crate::table::Table;
use std::path::Path;
use std::time::{Duration, Instant};

/// Handshakes at a time: fewer than one address may have undecided.
const AT_ONCE: usize = 32;
/// By then every member has had a heartbeat, and the server has given back what the handshakes left.
const REST: Duration = Duration::from_secs(35);

pub async fn run(house: &House, dir: &Path, table: &mut Table) {
    for protocol in [Protocol::Http1, Protocol::Http2] {
        let server = Server::start(dir).await;
        let before = server.memory().rss;
        let count = house.size.followers;
        let began = Instant::now();
        let held = follow(&Door::new(dir, server.port, protocol), house, count).await;
        let rate = count as f64 / began.elapsed().as_secs_f64();
        tokio::time::sleep(Duration::from_secs(3)).await;
        let early = (server.memory().rss - before) / count as f64;
        if house.size.rests {
            tokio::time::sleep(REST).await;
        }
        let rss = server.memory().rss;
        let beside =
            format!("{early:.1} right after they joined, at {rate:.0} a second; the whole server {:.1} MiB", rss / 1024.0);
        let what = format!("RSS for each of {count} idle members on the event stream, TLS, {}", protocol.name());
        table.most(&what, "KiB", 32.0, (rss - before) / count as f64, &beside);
        drop(held);
        if house.size.rests {
            tokio::time::sleep(REST).await;
            let after = server.memory().rss / 1024.0;
            table.told(&format!("RSS when they have gone, {}", protocol.name()), &format!("{after:.1} MiB"));
        }
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
