//! The media engine alone: the one port with the relay and the SFU behind it, and no house.
//!
//! `media_engine --port 9000 --http-port 9001 --turn-secret SECRET`, for load generators and browsers on a bench: no accounts and
//! no limits of a house. TURN (UDP, TCP, TLS with a throw-away authority) takes credentials of the TURN REST scheme for whatever
//! session they name. Plain HTTP has WHIP (RFC 9725) to publish (`POST /whip/ROOM`), WHEP to play what the room has
//! (`POST /whep/ROOM`), the whole offer of slots (`POST /join/ROOM?screens=1`), `DELETE` of the Location to end it, and a page that
//! joins (`GET /`). Port 0 takes a free one and says which. It ends with its standard input.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod desk;
mod http;

use alongside::clock::{Clock, Dice};
use alongside::media::{Candidate, Identity, Sfu};
use alongside::turn::Aliases;
use alongside::{port, switchboard, tls, turn};
use std::io::Read;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use warp::Filter;

struct Asked {
    port: u16,
    http_port: u16,
    address: IpAddr,
    secret: String,
    /// What one session may have forwarded, in bytes a second: a load is one session, and not a room of sixteen.
    session_bytes_per_s: u64,
}

const USAGE: &str = "usage: media_engine [--port N] [--http-port N] [--address IP] [--turn-secret SECRET] [--session-bytes N]";

fn asked() -> Result<Asked, String> {
    let address = Ipv4Addr::LOCALHOST.into();
    let mut asked = Asked { port: 0, http_port: 0, address, secret: String::new(), session_bytes_per_s: 1 << 30 };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().ok_or(USAGE)?;
        let number = || value.parse::<u16>().map_err(|error| format!("{word} {value}: {error}"));
        match word.as_str() {
            "--port" => asked.port = number()?,
            "--http-port" => asked.http_port = number()?,
            "--address" => asked.address = value.parse().map_err(|error| format!("{word} {value}: {error}"))?,
            "--turn-secret" => asked.secret = value,
            "--session-bytes" => asked.session_bytes_per_s = value.parse().map_err(|_| USAGE)?,
            _ => return Err(USAGE.to_owned()),
        }
    }
    if asked.secret.is_empty() {
        asked.secret = Dice.word::<24>();
        println!("TURN secret {}", asked.secret);
    }
    Ok(asked)
}

/// Every address that a client can reach the port at, by datagrams and by streams.
fn candidates(address: IpAddr, port: u16) -> Vec<Candidate> {
    let all = if address.is_unspecified() {
        port::addresses::of_machine().unwrap_or_default().into_iter().map(|found| found.ip).collect()
    } else {
        vec![address]
    };
    let link_local = |ip: &IpAddr| matches!(ip, IpAddr::V6(ip) if ip.is_unicast_link_local());
    let ways = |ip: IpAddr| [false, true].map(|tcp| Candidate { addr: SocketAddr::new(ip, port), tcp });
    all.into_iter().filter(|ip| !link_local(ip)).flat_map(ways).collect()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    alongside::sys::tune_allocator();
    alongside::sys::raise_open_files();
    let asked = asked()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let folder = std::env::temp_dir().join(format!("alongside-engine-{}", std::process::id()));
    let done = runtime.block_on(run(asked, &folder));
    let _ = std::fs::remove_dir_all(folder);
    done
}

async fn run(asked: Asked, folder: &std::path::Path) -> Result<(), Box<dyn std::error::Error>> {
    let clock = Clock::system();
    let tls = tls::open(folder, &[], &[asked.address], clock.now().0)?;
    let bound = port::bind(port::Want { port: asked.port, addresses: vec![asked.address] })?;
    let mut relay =
        turn::Settings::new(asked.secret.into_bytes(), Aliases::DUMMY, Dice.bytes(), u64::from_ne_bytes(Dice.bytes()));
    relay.session_bytes_per_s = asked.session_bytes_per_s;
    (relay.most_of_session, relay.most_of_member) = (relay.most, relay.most);
    let settings = switchboard::Settings { udp: bound.udp, clock, turn: relay };
    let identity = Arc::new(Identity::generate()?);
    let dice = Box::new(|bytes: &mut [u8]| Dice.fill(bytes));
    let (wire, handle, events) = switchboard::start(settings, move |now| Sfu::new(identity, now, dice))?;
    let candidates = candidates(asked.address, bound.port);
    handle.set_sfu_addresses(candidates.iter().map(|candidate| candidate.addr).collect())?;
    let stop = CancellationToken::new();
    let nothing = warp::service(warp::any().map(|| "the media engine"));
    let (config, nobody) = (tls.config.clone(), Default::default());
    let serving =
        tokio::spawn(port::serve(bound.tcp, config, nothing, stop.clone(), port::Unencrypted::nowhere(), handle.clone(), nobody));
    let listener = TcpListener::bind((asked.address, asked.http_port)).await?;
    let mut door = listener.local_addr()?;
    println!("HTTP on port {}", door.port());
    tokio::spawn(http::serve(listener, desk::Desk::open(handle.clone(), candidates, events)));
    if door.ip().is_unspecified() {
        door.set_ip(if door.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() });
    }
    http::knock(door).await?;
    println!("Ready on port {}", bound.port);
    let _ = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await;
    eprintln!("{:?}", handle.counts().await);
    stop.cancel();
    let _ = serving.await;
    drop(wire);
    Ok(())
}
