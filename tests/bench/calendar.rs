//! The calendar page: processor time of the server for each, and how long people wait at half of what it can do.
//!
//! A hundred members, each on a connection of their own, look at the seven days to come, which have the most in them.

use crate::client::{Ask, Door, Protocol};
use crate::pages::{browsers, closed, open};
use crate::seed::House;
use crate::server::Server;
use crate::table::{Table, quantile};
use flate2::read::GzDecoder;
use std::io::Read;
use std::path::Path;

const MEMBERS: usize = 100;
/// Pages under way at a time, for the cost of one and for what the server can do at most.
const HANDS: usize = 4;
const HANDS_FULL: usize = 32;

pub async fn run(house: &House, dir: &Path, table: &mut Table) {
    let server = Server::start(dir).await;
    for protocol in [Protocol::Http1, Protocol::Http2] {
        let door = Door::new(dir, server.port, protocol);
        let looking = browsers(&door, &house.cookies[..MEMBERS], "/").await;
        let before = server.cpu_s();
        let (load, looking) = closed(looking, HANDS, house.size.pages, "/").await;
        let each_ms = (server.cpu_s() - before) * 1e3 / load.pages as f64;
        let page = page(&door, &house.cookies[0]).await;
        let rest = page.split("class=more>+").skip(1).filter_map(|text| text.split('<').next()?.parse::<usize>().ok());
        let waiting = page.matches(" data-m=").count() + rest.sum::<usize>();
        let (full, packed) = (page.len() / 1024, load.bytes as f64 / 1024.0);
        let beside = format!("{waiting} people waiting in it, {full} KiB, {packed:.1} as gzip");
        table.most(&format!("calendar page, server CPU, {}", protocol.name()), "ms", 1.0, each_ms, &beside);

        let (full, looking) = closed(looking, HANDS_FULL, house.size.pages, "/").await;
        let rate = full.pages as f64 / full.seconds / 2.0;
        let mut half = open(looking, rate, house.size.seconds, "/").await;
        let median = quantile(&mut half.waits_ms, 0.5);
        let beside = format!("median {median:.2}, {rate:.0} pages/s, client on the same machine");
        let what = format!("calendar page, p95 at half load, {}", protocol.name());
        table.most(&what, "ms", 10.0, quantile(&mut half.waits_ms, 0.95), &beside);
    }
    table.told("memory after these pages", &format!("{:.1} MiB, {}", server.memory().rss / 1024.0, server.memory().said()));
    server.stop().await;
}

async fn page(door: &Door, cookie: &str) -> String {
    let answer = door.open().await.ask(Ask { path: "/", cookie, accept: "text/html", ..Ask::default() }).await;
    let mut text = String::new();
    GzDecoder::new(&answer.body[..]).read_to_string(&mut text).expect("a page as gzip");
    text
}
