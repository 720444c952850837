//! The media engine alone: the one port with the relay and the SFU behind it, and no house.
//!
//! For load generators of any kind: `media_engine --port N --turn-secret SECRET`. Clients mint their own credentials by the TURN
//! REST scheme, whatever session they name. TLS has a throw-away authority in a temporary directory. Ends with its standard input.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use alongside::clock::{Clock, Dice};
use alongside::media::Sfu;
use alongside::turn::Aliases;
use alongside::{port, switchboard, tls, turn};
use std::io::Read;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use warp::Filter;

struct Asked {
    port: u16,
    address: IpAddr,
    secret: String,
    /// What one session may have forwarded, in bytes a second: a load is one session, and not a room of sixteen.
    session_bytes_per_s: u64,
    /// How long packets may gather under load, in microseconds.
    gather_us: u64,
}

fn asked() -> Asked {
    let (address, gather_us) = (Ipv4Addr::LOCALHOST.into(), switchboard::GATHER.as_micros() as u64);
    let mut asked = Asked { port: 0, address, secret: String::new(), session_bytes_per_s: 1 << 30, gather_us };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().unwrap_or_default();
        match word.as_str() {
            "--port" => asked.port = value.parse().expect("--port N"),
            "--address" => asked.address = value.parse().expect("--address IP"),
            "--turn-secret" => asked.secret = value,
            "--session-bytes" => asked.session_bytes_per_s = value.parse().expect("--session-bytes N"),
            "--gather-us" => asked.gather_us = value.parse().expect("--gather-us N"),
            _ => {
                panic!("usage: media_engine [--port N] [--address IP] [--turn-secret SECRET] [--session-bytes N] [--gather-us N]")
            }
        }
    }
    if asked.secret.is_empty() {
        asked.secret = Dice.word::<24>();
        println!("TURN secret {}", asked.secret);
    }
    asked
}

fn main() {
    alongside::sys::tune_allocator();
    alongside::sys::raise_open_files();
    let asked = asked();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads");
    let folder = std::env::temp_dir().join(format!("alongside-engine-{}", std::process::id()));
    runtime.block_on(async {
        let clock = Clock::system();
        let tls = tls::open(&folder, &[], &[asked.address], clock.now().0).expect("TLS");
        let bound = port::bind(port::Want { port: asked.port, addresses: vec![asked.address] }).expect("a free port");
        let aliases = Aliases::DUMMY;
        let mut relay = turn::Settings::new(asked.secret.into_bytes(), aliases, Dice.bytes(), u64::from_ne_bytes(Dice.bytes()));
        relay.session_bytes_per_s = asked.session_bytes_per_s;
        (relay.most_of_session, relay.most_of_member) = (relay.most, relay.most);
        let gather = Duration::from_micros(asked.gather_us);
        let settings = switchboard::Settings { udp: bound.udp, clock, turn: relay, gather };
        let (wire, handle, _events) = switchboard::start(settings, |_| Sfu::default()).expect("a thread");
        let stop = CancellationToken::new();
        let nothing = warp::service(warp::any().map(|| "the media engine"));
        let serving = tokio::spawn(port::serve(bound.tcp, tls.config.clone(), nothing, stop.clone(), |_| false, handle.clone()));
        println!("Ready on port {}", bound.port);
        let ended = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
        let _ = ended.await;
        eprintln!("{:?}", handle.counts().await);
        stop.cancel();
        let _ = serving.await;
        drop(wire);
    });
    let _ = std::fs::remove_dir_all(folder);
}
