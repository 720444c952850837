//! The calendar page: processor time of the server for each, and how long people wait at half of what it can do.
//!
//! A hundred members, each on a connection of their own, look at the week that has the most in it: the one to come.

use crate::client::{Door, Protocol};
use crate::pages::{browsers, closed, open};
use crate::seed::House;
use crate::server::Server;
use crate::table::{Table, quantile};
use std::path::Path;

const MEMBERS: usize = 100;
/// Pages under way at a time, for the cost of one and for what the server can do at most.
const HANDS: usize = 4;
const HANDS_FULL: usize = 32;

pub async fn run(house: &House, dir: &Path, table: &mut Table) {
    let server = Server::start(dir).await;
    let path = format!("/?week={}", house.next_week);
    for protocol in [Protocol::Http1, Protocol::Http2] {
        let door = Door::new(dir, server.port, protocol);
        let looking = browsers(&door, &house.cookies[..MEMBERS], &path).await;
        let before = server.cpu_s();
        let (load, looking) = closed(looking, HANDS, house.size.pages, &path).await;
        let each_ms = (server.cpu_s() - before) * 1e3 / load.pages as f64;
        let beside = format!("{:.1} KiB each", load.bytes as f64 / 1024.0);
        table.most(&format!("calendar page, server CPU, {}", protocol.name()), "ms", 1.0, each_ms, &beside);

        let (full, looking) = closed(looking, HANDS_FULL, house.size.pages, &path).await;
        let rate = full.pages as f64 / full.seconds / 2.0;
        let mut half = open(looking, rate, house.size.seconds, &path).await;
        let median = quantile(&mut half.waits_ms, 0.5);
        let beside = format!("median {median:.2}, {rate:.0} pages/s, client on the same machine");
        let what = format!("calendar page, p95 at half load, {}", protocol.name());
        table.most(&what, "ms", 10.0, quantile(&mut half.waits_ms, 0.95), &beside);
    }
    let door = Door::new(dir, server.port, Protocol::Http2);
    let looking = browsers(&door, &house.cookies[..MEMBERS], "/").await;
    let before = server.cpu_s();
    let (load, _) = closed(looking, HANDS, house.size.pages / 2, "/").await;
    let each_ms = (server.cpu_s() - before) * 1e3 / load.pages as f64;
    table.told("calendar page of the week that runs, HTTP/2", &format!("{each_ms:.2} ms, {:.1} KiB", load.bytes as f64 / 1024.0));
    table.told("memory after these pages", &format!("{:.1} MiB, {}", server.memory().rss / 1024.0, server.memory().said()));
    server.stop().await;
}
