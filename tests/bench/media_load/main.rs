//! Load on the media engine, alone or beside Janus in the same run: what a forwarded packet costs the server, and how late it is.
//!
//!   media_load compare [--rounds N] [--seconds N]     every shape of load, ours and Janus interleaved, a row with the ratio for each
//!   media_load --http 127.0.0.1:9001 --pid PID --publishers 1 --players 16 --seconds 10     one load on an engine that runs
//!   media_load --inside 16                            the machine without sockets
//!
//! Publishers send 250 packets a second of 1,100 bytes; with no players they play each other. CPU is the whole process, per million
//! packets that arrived. Needs the release build of `media_engine`, and Janus from the distribution. Everything stays on loopback.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, dead_code)]

#[path = "../../suite/media/client.rs"]
mod client;
mod engine;
mod http;
mod inside;
mod janus;
mod people;
mod process;

use people::{Load, Outcome};
use process::{cpu, memory};
use std::collections::HashMap;
use std::path::Path;

/// Publishers and players of each row, and the bar for our share of Janus's CPU.
const SHAPES: [(usize, usize, f64); 4] = [(1, 4, 0.35), (1, 16, 0.25), (1, 32, 0.25), (8, 0, 0.35)];

fn main() {
    alongside::sys::raise_open_files();
    let arguments: Vec<String> = std::env::args().skip(1).filter(|word| word != "compare").collect();
    let values: HashMap<&str, &str> = arguments.chunks_exact(2).map(|pair| (pair[0].as_str(), pair[1].as_str())).collect();
    let number = |name: &str, otherwise: u64| values.get(name).map_or(otherwise, |value| value.parse().unwrap());
    let load = Load {
        publishers: number("--publishers", 1) as usize,
        players: number("--players", 4) as usize,
        seconds: number("--seconds", 10),
        rate: number("--rate", 250),
        size: number("--size", 1100) as usize,
        transport_cc: number("--transport-cc", 0) > 0,
    };
    if values.contains_key("--inside") {
        inside::run(number("--inside", 16) as usize, load.transport_cc);
    } else if std::env::args().any(|word| word == "compare") {
        compare(load, number("--rounds", 5) as usize);
    } else {
        let http = values.get("--http").unwrap_or(&"127.0.0.1:9001").parse().unwrap();
        let pid = number("--pid", 0) as u32;
        let before = cpu(pid);
        let memory_before = memory(pid);
        let (mut people, sessions) = engine::join(http, &load);
        let outcome = people::run(&mut people, &load, || cpu(pid), before);
        say("engine", &load, &outcome, people.len(), (memory_before, memory(pid)));
        engine::leave(http, &sessions);
    }
}

/// Each shape of load on fresh processes of both, in turn, so that what else the machine does falls on both.
fn compare(load: Load, rounds: usize) {
    let scratch = std::env::temp_dir().join(format!("alongside-bench-sfu-{}", std::process::id()));
    println!("| load | bar | ours, CPU s per million | Janus | ratio | our latency, median µs | Janus |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    for (publishers, players, bar) in SHAPES {
        let load = Load { publishers, players, ..load };
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for round in 0..rounds {
            ours.push(of_engine(&load));
            theirs.push(of_janus(&load, &scratch.join(format!("{publishers}-{players}-{round}"))));
        }
        let median = |outcomes: &[Outcome], value: fn(&Outcome) -> f64| {
            let mut values: Vec<f64> = outcomes.iter().map(value).collect();
            values.sort_by(f64::total_cmp);
            values[values.len() / 2]
        };
        let cost = [&ours, &theirs].map(|outcomes| median(outcomes, Outcome::cpu_per_million));
        let late = [&ours, &theirs].map(|outcomes| median(outcomes, |outcome| f64::from(outcome.latency.0)));
        let what = if load.all_to_all() { format!("{publishers} all to all") } else { format!("{publishers} → {players}") };
        let ratio = cost[0] / cost[1];
        println!("| {what} | ≤ {bar} | {:.2} | {:.2} | {ratio:.2} | {:.0} | {:.0} |", cost[0], cost[1], late[0], late[1]);
    }
    let _ = std::fs::remove_dir_all(scratch);
}

fn of_engine(load: &Load) -> Outcome {
    let (process, http) = engine::start();
    let (pid, before, memory_before) = (process.id(), cpu(process.id()), memory(process.id()));
    let (mut people, _) = engine::join(http, load);
    let outcome = people::run(&mut people, load, || cpu(pid), before);
    say("ours", load, &outcome, people.len(), (memory_before, memory(pid)));
    outcome
}

fn of_janus(load: &Load, scratch: &Path) -> Outcome {
    std::fs::create_dir_all(scratch).expect("a directory");
    let (process, http) = janus::start(scratch);
    let (pid, before, memory_before) = (process.id(), cpu(process.id()), memory(process.id()));
    let mut people = janus::join(http, load);
    let outcome = people::run(&mut people, load, || cpu(pid), before);
    say("Janus", load, &outcome, people.len(), (memory_before, memory(pid)));
    outcome
}

fn say(whose: &str, load: &Load, outcome: &Outcome, people: usize, memory: (u64, u64)) {
    eprintln!(
        "{whose}, {} publishers, {} players: sent {}, received {}, {:.2} s CPU, {:.2} s per million forwarded; latency µs median {}, \
         95 % {}; a connection {:.2} ms CPU; memory {} → {} KiB, {} per connection",
        load.publishers,
        load.players,
        outcome.sent,
        outcome.received,
        outcome.cpu,
        outcome.cpu_per_million(),
        outcome.latency.0,
        outcome.latency.1,
        outcome.joining * 1e3 / people as f64,
        memory.0,
        memory.1,
        memory.1.saturating_sub(memory.0) / people as u64,
    );
}
