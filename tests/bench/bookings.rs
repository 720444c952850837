//! Bookings that were acknowledged, and so are on the disk: thirty-two clients, each request one booking of one member.

use crate::client::{Ask, Door, Protocol};
use crate::seed::House;
use crate::server::Server;
use crate::table::{Table, quantile};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const CLIENTS: usize = 32;

pub async fn run(house: &House, dir: &Path, table: &mut Table) {
    let server = Server::start(dir).await;
    let door = Door::new(dir, server.port, Protocol::Http1);
    let cookies = Arc::new(house.cookies.clone());
    let mut lines = Vec::new();
    for _ in 0..CLIENTS {
        lines.push(door.open().await);
    }
    let (cpu, began) = (server.cpu_s(), Instant::now());
    let until = began + Duration::from_secs_f64(house.size.seconds);
    let monday = house.monday.0;
    let tasks = lines.into_iter().enumerate().map(|(client, mut line)| {
        let cookies = cookies.clone();
        tokio::spawn(async move {
            let (mut waits_ms, mut refused) = (Vec::new(), 0);
            let mut turn = 0;
            while Instant::now() < until {
                let member = (client + CLIENTS * turn) % cookies.len();
                let start = start_of(monday, member, turn * CLIENTS / cookies.len());
                let form = format!("start={start}&minutes=50&task=desk");
                let from = Instant::now();
                let ask = Ask { path: "/book", cookie: &cookies[member], accept: "application/json", form: Some(&form) };
                let answer = line.ask(ask).await;
                match answer.status {
                    200 => waits_ms.push(from.elapsed().as_secs_f64() * 1e3),
                    409 | 422 | 400 => refused += 1,
                    other => panic!("a booking was answered with {other}: {:?}", answer.body),
                }
                turn += 1;
            }
            (waits_ms, refused)
        })
    });
    let tasks: Vec<_> = tasks.collect();
    let (mut waits_ms, mut refused) = (Vec::new(), 0);
    for task in tasks {
        let (waits, not) = task.await.expect("a client");
        waits_ms.extend(waits);
        refused += not;
    }
    let (seconds, count) = (began.elapsed().as_secs_f64(), waits_ms.len());
    assert!(count > 0, "no booking was acknowledged");
    let cpu_ms = (server.cpu_s() - cpu) * 1e3 / (count + refused) as f64;
    let beside = format!(
        "median {:.1} ms, p95 {:.1} ms, {cpu_ms:.2} ms CPU each, {refused} refused as overlapping",
        quantile(&mut waits_ms, 0.5),
        quantile(&mut waits_ms, 0.95)
    );
    table.least("bookings acknowledged, durable, 32 clients", "/s", 500.0, count as f64 / seconds, &beside);
    server.stop().await;
}

/// A start of that member's own in the weeks to come, spread over days and hours, never two that touch.
fn start_of(monday: i64, member: usize, round: usize) -> i64 {
    let day = (member * 7 + round * 5) % 80;
    let hour = 6 + (member / 3 + round) % 14;
    monday + day as i64 * 86_400 + hour as i64 * 3_600
}
