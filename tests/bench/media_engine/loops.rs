//! The loop that drives the machine: up to 64 datagrams a wake, then everything that is to leave, then the timer.

use alongside::media::{Candidate, Event, Identity, Join, Sfu, Shown, Wish};
use alongside::path::{Outbox, Path};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, oneshot};

/// What an HTTP request wants of the engine.
pub enum Order {
    Join {
        room: u64,
        participant: u64,
        offer: String,
        screens: usize,
        echo: bool,
        reply: oneshot::Sender<Result<String, String>>,
    },
    Leave {
        participant: u64,
    },
    Wish {
        participant: u64,
        mid: String,
        wish: Wish,
    },
    Slots {
        participant: u64,
        reply: oneshot::Sender<Vec<Shown>>,
    },
}

const MOST_AT_ONCE: usize = 64;

pub async fn run(socket: UdpSocket, candidates: Vec<Candidate>, mut orders: mpsc::Receiver<Order>) -> std::io::Result<()> {
    let identity = Arc::new(Identity::generate().map_err(std::io::Error::other)?);
    let random = ring::rand::SystemRandom::new();
    let dice = move |bytes: &mut [u8]| {
        // The system's generator does not fail on any system that this runs on.
        let _ = ring::rand::SecureRandom::fill(&random, bytes);
    };
    let mut sfu = Sfu::new(identity, Instant::now(), Box::new(dice));
    let mut out = Outbox::new();
    let mut slots: HashMap<u64, Vec<Shown>> = HashMap::new();
    let mut buffer = vec![0u8; 2048];
    loop {
        let due = sfu.poll_timeout();
        let timer = async {
            match due {
                Some(due) => tokio::time::sleep_until(due.into()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            ready = socket.readable() => {
                ready?;
                for _ in 0..MOST_AT_ONCE {
                    let Ok((length, remote)) = socket.try_recv_from(&mut buffer) else { break };
                    sfu.handle(Instant::now(), way(remote), &mut buffer[..length], &mut out);
                }
            }
            () = timer => {}
            order = orders.recv() => match order {
                Some(order) => carry_out(&mut sfu, &mut out, &mut slots, &candidates, order),
                None => return Ok(()),
            },
        }
        let now = Instant::now();
        if sfu.poll_timeout().is_some_and(|at| at <= now) {
            sfu.handle_timeout(now, &mut out);
        }
        while let Some(event) = sfu.poll_event() {
            match event {
                Event::Slots { participant, slots: shown } => drop(slots.insert(participant, shown)),
                Event::Gone { participant } => drop(slots.remove(&participant)),
                _ => {}
            }
        }
        for (path, bytes) in out.iter() {
            if socket.try_send_to(bytes, path.remote()).is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock) {
                socket.writable().await?;
                let _ = socket.try_send_to(bytes, path.remote());
            }
        }
        out.clear();
    }
}

fn way(remote: SocketAddr) -> Path {
    Path::Udp { socket: 0, local: None, interface: 0, remote }
}

fn carry_out(sfu: &mut Sfu, out: &mut Outbox, slots: &mut HashMap<u64, Vec<Shown>>, candidates: &[Candidate], order: Order) {
    let now = Instant::now();
    match order {
        Order::Join { room, participant, offer, screens, echo, reply } => {
            let join = Join { room, participant, offer: &offer, candidates, screens, echo };
            // Whoever asked may be gone.
            let _ = reply.send(sfu.join(now, join).map_err(|error| error.to_string()));
        }
        Order::Leave { participant } => sfu.leave(now, participant, out),
        Order::Wish { participant, mid, wish } => sfu.wish(now, participant, &mid, wish),
        Order::Slots { participant, reply } => {
            let _ = reply.send(slots.get(&participant).cloned().unwrap_or_default());
        }
    }
}
