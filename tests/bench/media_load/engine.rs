//! Ours: the media engine with its doors of plain HTTP.

use super::client::Client;
use super::http::request;
use super::people::{Load, Person};
use super::process::Process;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Command, Stdio};
use std::time::Instant;

/// Starts an engine on free ports of the loopback.
pub fn start() -> (Process, SocketAddr) {
    let exe = std::env::current_exe().expect("a path of this program");
    let engine = exe.parent().expect("target/release/examples").join("media_engine");
    let mut process = Command::new(engine)
        .args(std::env::var("ENGINE_ARGS").unwrap_or_default().split_whitespace())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("media_engine, built by `cargo build --release --example media_engine`");
    let said = BufReader::new(process.stdout.take().expect("its standard output"));
    let mut http = None;
    for line in said.lines().map_while(Result::ok) {
        http = line.strip_prefix("HTTP on port ").and_then(|port| port.parse::<u16>().ok()).or(http);
        if line.starts_with("Ready") {
            break;
        }
    }
    (Process(process), SocketAddr::from((Ipv4Addr::LOCALHOST, http.expect("a port of HTTP"))))
}

/// Everybody joins one room; the addresses end their stay.
pub fn join(http: SocketAddr, load: &Load) -> (Vec<Person>, Vec<String>) {
    let room = format!("load{}", std::process::id());
    let joined = (0..load.publishers + load.players).map(|n| {
        let publishes = n < load.publishers;
        let cameras = if load.all_to_all() { load.publishers - 1 } else { usize::from(!publishes) };
        let mut client = Client::new(Instant::now(), n as u64 + 1, load.shape(publishes, cameras));
        let (answer, session) = request(http, "POST", &format!("/join/{room}"), &client.offer());
        client.answer(&answer);
        (Person::new(client, &answer, publishes), session)
    });
    joined.unzip()
}

/// Everybody leaves.
pub fn leave(http: SocketAddr, sessions: &[String]) {
    for session in sessions {
        let _ = request(http, "DELETE", session, "");
    }
}
