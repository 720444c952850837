//! The relay's share: packets of one client that come out at another's.

use super::{Board, pace};
use crate::turn::client::{Client, Reply};
use crate::turn::credentials::{self, GOOD_FOR_S};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::time::{self, Instant};

/// Packets of one picture: they come together, as from a camera.
const BURST: usize = 10;
/// A packet of a picture, in bytes.
const SIZE: usize = 1_100;
const CHANNEL: u16 = 0x4000;
const PATIENCE: Duration = Duration::from_secs(2);

/// Packets in a second of one processor.
pub(super) async fn measured(board: &Board, long: Duration) -> Result<u32, String> {
    let told = |e: std::io::Error| format!("Nothing could be measured: {e}.");
    let (mut one, mut other) = (End::allocated(board, 1).await?, End::allocated(board, 2).await?);
    let to_one = other.client.create_permission(&[one.relayed]);
    other.ask(&to_one).await?;
    let channel = one.client.bind_channel(CHANNEL, other.relayed);
    one.ask(&channel).await?;
    let mut packet = CHANNEL.to_be_bytes().to_vec();
    packet.extend_from_slice(&(SIZE as u16).to_be_bytes());
    packet.resize(4 + SIZE, 7);
    let before = board.counts().await?;
    let (until, mut tick, mut buffer) = (Instant::now() + long, time::interval(Duration::from_millis(3)), [0; 2048]);
    while Instant::now() < until {
        tick.tick().await;
        for _ in 0..BURST {
            one.socket.send(&packet).await.map_err(told)?;
        }
        while other.socket.try_recv(&mut buffer).is_ok() {}
    }
    pace(before, board.counts().await?)
}

/// One of two browsers.
struct End {
    socket: UdpSocket,
    client: Client,
    relayed: SocketAddr,
}

impl End {
    async fn allocated(board: &Board, member: i64) -> Result<Self, String> {
        let told = |e: std::io::Error| format!("Nothing could be measured: {e}.");
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(told)?;
        socket.connect(board.door).await.map_err(told)?;
        let now_s = crate::clock::Clock::system().now().0;
        let client = Client::new(credentials::mint(&board.secret, now_s + GOOD_FOR_S, "1", member), member.unsigned_abs());
        let mut end = Self { socket, client, relayed: board.door };
        // The first answer says what is to be signed.
        let asked = end.client.allocate(None);
        let _ = end.ask(&asked).await;
        let asked = end.client.allocate(None);
        end.relayed = end.ask(&asked).await?.ok_or("Nothing could be measured: the relay gives no address.")?;
        Ok(end)
    }

    async fn ask(&mut self, request: &[u8]) -> Result<Option<SocketAddr>, String> {
        let mut buffer = [0; 2048];
        let told = |e: std::io::Error| format!("Nothing could be measured: {e}.");
        self.socket.send(request).await.map_err(told)?;
        let got = time::timeout(PATIENCE, self.socket.recv(&mut buffer)).await;
        let got = got.map_err(|_| "Nothing could be measured: the relay does not answer.")?.map_err(told)?;
        match self.client.read(&buffer[..got]) {
            Some(Reply::Granted { addresses, .. }) => Ok(addresses.first().copied()),
            _ => Err("Nothing could be measured: the relay refuses.".to_owned()),
        }
    }
}
