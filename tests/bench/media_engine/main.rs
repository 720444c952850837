//! The media engine alone: the SFU on one UDP socket, with WHIP (RFC 9725) to publish and WHEP to play over plain HTTP.
//!
//! `cargo run --release --example media_engine -- --port 9000 --http-port 9001`. For load generators and browsers on a bench: no
//! accounts, no TLS, no limits of a house. `POST /whip/ROOM` publishes, `POST /whep/ROOM` plays what the room has, `POST
//! /join/ROOM?screens=1` takes the whole offer of slots, `DELETE` of the Location ends it; `GET /` is a page that joins.

mod http;
mod loops;

use alongside::media::Candidate;
use std::net::{IpAddr, SocketAddr};

/// What the command line says.
pub struct Options {
    address: IpAddr,
    port: u16,
    http_port: u16,
}

fn options() -> Result<Options, String> {
    let mut options = Options { address: IpAddr::from([127, 0, 0, 1]), port: 9000, http_port: 9001 };
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
        let number = || value.parse::<u16>().map_err(|error| format!("{name}: {error}"));
        match name.as_str() {
            "--address" => options.address = value.parse().map_err(|error| format!("{name}: {error}"))?,
            "--port" => options.port = number()?,
            "--http-port" => options.http_port = number()?,
            _ => return Err(format!("{name} is not known: --address, --port, --http-port")),
        }
    }
    Ok(options)
}

/// Every address that a client can reach the socket at.
fn candidates(address: IpAddr, port: u16) -> Vec<Candidate> {
    let all = if address.is_unspecified() {
        if_addrs::get_if_addrs().unwrap_or_default().into_iter().map(|interface| interface.ip()).collect()
    } else {
        vec![address]
    };
    let link_local = |ip: &IpAddr| matches!(ip, IpAddr::V6(ip) if ip.is_unicast_link_local());
    all.into_iter().filter(|ip| !link_local(ip)).map(|ip| Candidate { addr: SocketAddr::new(ip, port), tcp: false }).collect()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = options()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let socket = tokio::net::UdpSocket::bind((options.address, options.port)).await?;
        let socket2 = socket2::SockRef::from(&socket);
        socket2.set_recv_buffer_size(4 << 20)?;
        socket2.set_send_buffer_size(4 << 20)?;
        let listener = tokio::net::TcpListener::bind((options.address, options.http_port)).await?;
        let candidates = candidates(options.address, socket.local_addr()?.port());
        let (engine, orders) = tokio::sync::mpsc::channel(256);
        tokio::spawn(http::serve(listener, engine));
        eprintln!("media on {}, http on {}:{}", socket.local_addr()?, options.address, options.http_port);
        loops::run(socket, candidates, orders).await?;
        Ok(())
    })
}
