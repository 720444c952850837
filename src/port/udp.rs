//! Reads the port's datagrams and takes each to its door.
//!
//! One task and one buffer per socket; a datagram is answered or dropped before the next one is read, so nothing queues here.
//! Replies leave from the address that was hit. Behind the doors of ICE, TURN, DTLS and SRTP nobody lives yet: those datagrams
//! are dropped without an answer.

use super::sniff::{self, Packet};
use super::stun;
use crate::rate::Rate;
use crate::sys::{self, Datagram};
use std::io;
use std::net::IpAddr;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};
use tokio::io::Interest;
use tokio::net::UdpSocket;
use tokio_util::sync::CancellationToken;
use tracing::{debug, trace};

/// How many datagrams are read at one waking before other tasks get their turn.
const BATCH: usize = 64;

/// No datagram that matters is larger than an Ethernet frame's payload; the end of a larger one is cut, and the whole dropped.
const LARGEST: usize = 2048;

/// Binding requests of one source: a school behind one NAT opens all its calls at the stroke of the hour and keeps them alive
/// every few seconds. Replies are hardly larger than requests, so what is left to a forger is not worth the packets.
const BURST: u32 = 500;
const PER_SECOND: u32 = 200;

/// The pause after an error that is not about one datagram.
const PAUSE: Duration = Duration::from_millis(100);

/// Reads until told to stop.
pub async fn serve(socket: std::net::UdpSocket, stop: CancellationToken) -> io::Result<()> {
    let socket = UdpSocket::from_std(socket)?;
    let ipv6 = socket.local_addr()?.is_ipv6();
    let mut rate = Rate::new(BURST, PER_SECOND, Instant::now());
    let mut buffer = vec![0; LARGEST];
    loop {
        let ready = tokio::select! {
            ready = socket.readable() => ready,
            () = stop.cancelled() => return Ok(()),
        };
        let drained = ready.and_then(|()| drain(&socket, ipv6, &mut buffer, &mut rate));
        if let Err(error) = drained {
            debug!(%error, "reading datagrams failed, trying again");
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Takes what waits, up to a batch. Errors about a single datagram, such as an ICMP "unreachable" for an earlier reply, are
/// passed over.
fn drain(socket: &UdpSocket, ipv6: bool, buffer: &mut [u8], rate: &mut Rate) -> io::Result<()> {
    let now = Instant::now();
    for _ in 0..BATCH {
        match socket.try_io(Interest::READABLE, || sys::receive(socket.as_fd(), buffer)) {
            Ok(got) if got.cut => trace!("a datagram was too long"),
            Ok(got) => handle(socket, ipv6, &buffer[..got.len], got, rate, now),
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock => return Ok(()),
                io::ErrorKind::ConnectionRefused | io::ErrorKind::InvalidData | io::ErrorKind::Interrupted => {}
                io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {}
                _ => return Err(error),
            },
        }
    }
    Ok(())
}

fn handle(socket: &UdpSocket, ipv6: bool, bytes: &[u8], got: Datagram, rate: &mut Rate, now: Instant) {
    match sniff::packet(bytes) {
        Packet::Binding => {
            if got.from.port() == 0 || !may_answer(got) || !rate.allow(got.from.ip().into(), now) {
                return;
            }
            let Some(reply) = stun::answer(bytes, got.from) else {
                return;
            };
            // A full send buffer drops the reply: STUN repeats its requests.
            let sent = socket.try_io(Interest::WRITABLE, || sys::send(socket.as_fd(), ipv6, &reply, got.from, got.local));
            if let Err(error) = sent {
                trace!(%error, "a STUN reply was not sent");
            }
        }
        Packet::Ice | Packet::Turn | Packet::Channel | Packet::Dtls | Packet::Srtp | Packet::Unknown => {
            trace!(door = ?sniff::packet(bytes), "nobody is behind this door");
        }
    }
}

/// Whoever asked a group of machines gets no answer from each of them.
fn may_answer(got: Datagram) -> bool {
    match got.local.map(|local| local.ip) {
        Some(IpAddr::V4(ip)) => !ip.is_multicast() && !ip.is_broadcast(),
        Some(IpAddr::V6(ip)) => !ip.is_multicast(),
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::bind::{Want, bind};
    use std::net::Ipv4Addr;

    const REQUEST: [u8; 20] = [0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

    async fn start(addresses: Vec<IpAddr>) -> (u16, CancellationToken) {
        let bound = bind(Want { port: 0, addresses }).expect("a free port");
        let stop = CancellationToken::new();
        for socket in bound.udp {
            tokio::spawn(serve(socket, stop.clone()));
        }
        (bound.port, stop)
    }

    #[tokio::test]
    async fn a_binding_request_is_answered_from_the_address_that_was_hit() {
        let (port, stop) = start(vec![]).await;
        let client = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("bind");
        let server = (Ipv4Addr::new(127, 0, 0, 9), port);
        client.send_to(&REQUEST, server).await.expect("send");
        let mut buffer = [0; 200];
        let (len, from) = client.recv_from(&mut buffer).await.expect("an answer");
        assert_eq!(from, std::net::SocketAddr::from(server));
        assert_eq!((&buffer[..2], &buffer[8..20], len), (&[1, 1][..], &REQUEST[8..], 32));
        stop.cancel();
    }

    #[tokio::test]
    async fn noise_is_met_with_silence_and_the_next_request_is_still_answered() {
        let (port, stop) = start(vec![Ipv4Addr::LOCALHOST.into()]).await;
        let client = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("bind");
        client.connect((Ipv4Addr::LOCALHOST, port)).await.expect("connect");
        for noise in [&[][..], &[0], &REQUEST[..19], &[22; 100], &[64; 12], &[128; 400], &[255; 3], &[1; 4000]] {
            client.send(noise).await.expect("send");
        }
        client.send(&REQUEST).await.expect("send");
        let mut buffer = [0; 200];
        let len = client.recv(&mut buffer).await.expect("an answer");
        assert_eq!((&buffer[..2], len), (&[1, 1][..], 32));
        stop.cancel();
    }
}
