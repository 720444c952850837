//! The relay's bench: ours against coturn, in one run, interleaved, and a row with the ratio for each figure.
//!
//!   bench_turn [udp] [tcp] [tls] [ramp] [memory] [strangers] [--rounds N] [--seconds N] [--rate N] [--only ours|coturn]
//!
//! Needs the release build of `media_engine`, and coturn from the distribution. Everything stays on loopback. The load is sent by
//! `sendmmsg` without segmentation offload, so that neither relay is handed packets together. Processor time is the relay's own.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod line;
mod load;
mod subject;

use line::{By, Tools};
use load::{Load, Outcome, PAIRS};
use std::path::{Path, PathBuf};
use std::time::Duration;
use subject::{Subject, Whose};

const PARTS: [&str; 6] = ["udp", "tcp", "tls", "ramp", "memory", "strangers"];
/// A ramp goes on while no more than this share is lost.
const LOSS_FREE: f64 = 0.001;

struct Asked {
    parts: Vec<String>,
    rounds: usize,
    seconds: u64,
    rate: u64,
    whose: Vec<Whose>,
}

fn asked() -> Asked {
    let mut asked = Asked { parts: Vec::new(), rounds: 5, seconds: 5, rate: 20_000, whose: vec![Whose::Ours, Whose::Coturn] };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().unwrap_or_default();
        match word.as_str() {
            "--rounds" => asked.rounds = value().parse().expect("--rounds N"),
            "--seconds" => asked.seconds = value().parse().expect("--seconds N"),
            "--rate" => asked.rate = value().parse().expect("--rate N"),
            "--only" => asked.whose = vec![if value() == "ours" { Whose::Ours } else { Whose::Coturn }],
            part if PARTS.contains(&part) => asked.parts.push(part.to_owned()),
            _ => panic!("parts are {PARTS:?}"),
        }
    }
    if asked.parts.is_empty() {
        asked.parts = PARTS.map(str::to_owned).to_vec();
    }
    asked
}

fn main() {
    alongside::sys::raise_open_files();
    let asked = asked();
    let scratch = std::env::temp_dir().join(format!("alongside-bench-turn-{}", std::process::id()));
    std::fs::create_dir_all(&scratch).expect("a directory");
    let scratch = Scratch(scratch);
    println!("| what | bar | ours | coturn | ratio |\n| --- | --- | --- | --- | --- |");
    for part in &asked.parts {
        match part.as_str() {
            "udp" => steady(&asked, By::Udp, 0.5, &scratch.0),
            "tcp" => steady(&asked, By::Tcp, 0.7, &scratch.0),
            "tls" => steady(&asked, By::Tls, 0.7, &scratch.0),
            "ramp" => ramp(&asked, &scratch.0),
            "memory" => memory(&asked, &scratch.0),
            _ => strangers(&asked, &scratch.0),
        }
    }
}

/// Processor seconds per million packets at one rate.
fn steady(asked: &Asked, by: By, bar: f64, scratch: &Path) {
    let found = interleaved(asked, |whose| {
        let subject = Subject::start(whose, scratch);
        let mut load = Load::new(&subject, by);
        load.run(&subject, asked.rate, Duration::from_millis(500));
        let outcome = load.run(&subject, asked.rate, Duration::from_secs(asked.seconds));
        say(whose, by, &outcome);
        outcome.cpu_per_million()
    });
    let what = format!("relay to relay by {by:?}, {} packets/s, {PAIRS} pairs, CPU s per million", asked.rate);
    row(&what, &format!("≤ {bar} of coturn"), &found, |ours, theirs| ours / theirs);
}

/// The highest rate at which next to nothing is lost.
fn ramp(asked: &Asked, scratch: &Path) {
    let found = interleaved(asked, |whose| {
        let (mut rate, mut best) = (asked.rate as f64, 0.0);
        loop {
            let subject = Subject::start(whose, scratch);
            let mut load = Load::new(&subject, By::Udp);
            let outcome = load.run(&subject, rate as u64, Duration::from_secs(3));
            say(whose, By::Udp, &outcome);
            // A load that could not be offered says nothing about the relay.
            if outcome.loss() > LOSS_FREE || outcome.rate() < rate * 0.9 {
                return best;
            }
            best = outcome.rate();
            rate *= 1.25;
        }
    });
    row("loss-free rate by UDP, packets/s", "≥ coturn", &found, |ours, theirs| ours / theirs);
}

/// Memory per allocation, in KiB.
fn memory(asked: &Asked, scratch: &Path) {
    const MANY: usize = 1000;
    let found = interleaved(asked, |whose| {
        let subject = Subject::start(whose, scratch);
        let tools = Tools::default();
        let warm = load::allocate(&subject, By::Udp, MANY, 1, &tools);
        let before = subject.rss_kib();
        let allies: Vec<_> = (0..MANY).map(|n| load::allocate(&subject, By::Udp, n / 2, n as i64, &tools)).collect();
        let each = (subject.rss_kib() - before) / MANY as f64;
        drop((warm, allies));
        each
    });
    row("memory per UDP allocation at 1,000, KiB", "≤ 4", &found, |ours, theirs| ours / theirs);
}

/// Growth by Allocates without a proof, in KiB.
fn strangers(asked: &Asked, scratch: &Path) {
    let found = interleaved(asked, |whose| {
        let subject = Subject::start(whose, scratch);
        let tools = Tools::default();
        let allocate = [&[0, 3, 0, 8, 0x21, 0x12, 0xA4, 0x42][..], &[5; 12], &[0, 0x19, 0, 4, 17, 0, 0, 0]].concat();
        let ask = |count: usize, step: usize| {
            let socket = std::net::UdpSocket::bind("127.0.0.1:0").expect("a socket");
            for n in 0..count {
                let _ = socket.send_to(&allocate, subject.plain);
                // In step with the relay, as far as it answers: what its buffer drops proves nothing.
                if n % step == step - 1 {
                    socket.set_read_timeout(Some(Duration::from_millis(1))).expect("a time-out");
                    while socket.recv(&mut [0; 200]).is_ok() {}
                }
            }
        };
        // All at once, so that every place of the box that packets come into was used: each becomes memory by its first packet.
        ask(2000, 2000);
        ask(2000, 64);
        let before = subject.rss_kib();
        ask(100_000, 64);
        drop(tools);
        subject.rss_kib() - before
    });
    row("growth by 100,000 unauthenticated Allocates, KiB", "none", &found, |ours, _| ours);
}

/// Measures each relay in turn, so that what else the machine does falls on both.
fn interleaved(asked: &Asked, mut measure: impl FnMut(Whose) -> f64) -> Vec<(Whose, Vec<f64>)> {
    let mut found: Vec<_> = asked.whose.iter().map(|whose| (*whose, Vec::new())).collect();
    for _ in 0..asked.rounds {
        found.iter_mut().for_each(|(whose, values)| values.push(measure(*whose)));
    }
    found
}

fn say(whose: Whose, by: By, outcome: &Outcome) {
    eprintln!(
        "    {whose:?} {by:?}: {:.0}/s, {:.2} CPU s per million (kernel {:.2}), lost {:.3} %",
        outcome.rate(),
        outcome.cpu_per_million(),
        outcome.cpu_s.1 / outcome.delivered.max(1) as f64 * 1e6,
        outcome.loss() * 100.0
    );
}

fn row(what: &str, bar: &str, found: &[(Whose, Vec<f64>)], ratio: impl Fn(f64, f64) -> f64) {
    let of = |whose| {
        let mut values = found.iter().find(|(w, _)| *w == whose)?.1.clone();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied()
    };
    let (ours, theirs) = (of(Whose::Ours), of(Whose::Coturn));
    let said = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.2}"));
    println!("| {what} | {bar} | {} | {} | {} |", said(ours), said(theirs), said(ours.zip(theirs).map(|(a, b)| ratio(a, b))));
}

/// A directory that is gone in the end.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
