//! One TCP connection that speaks TURN or ICE, plain or inside TLS.
//!
//! Invariant: what waits to be sent has a bound; a frame that does not fit is dropped whole, as a datagram would be. Reading and
//! writing never block, and cost one call into the kernel each per wake.

use super::rfc4571;
use crate::path::Path;
use crate::turn::framing;
use bytes::Bytes;
use rustls::ServerConnection;
use std::any::Any;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::ops::Range;
use std::time::{Duration, Instant};

/// What may wait to be sent: half a second of a call.
const QUEUE: usize = 256 << 10;
/// What is read at once, decrypted or not.
pub(super) const CHUNK: usize = 64 << 10;
/// Room for that and what waited before it: frames that were not whole, and what TLS held back.
pub(super) const ROOM: usize = CHUNK + (32 << 10);

/// How long a stream may live that has shown no allocation and no ICE of ours.
const UNPROVEN: Duration = Duration::from_secs(15);
/// How long a proven ICE stream may be silent; checks come every few seconds.
const SILENT: Duration = Duration::from_secs(30);
/// How long a reader may take nothing of what waits for it.
const STUCK: Duration = Duration::from_secs(15);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Turn,
    Ice,
}

/// A connection as the accept loop hands it over.
pub struct Newcomer {
    /// Non-blocking.
    pub socket: TcpStream,
    /// The session that has been agreed on, where it is inside TLS.
    pub tls: Option<Box<ServerConnection>>,
    pub kind: Kind,
    /// The bytes that told the kind, decrypted.
    pub first: Bytes,
    pub remote: SocketAddr,
    /// Given back when the stream has proved itself: its place among the undecided.
    pub until_proven: Box<dyn Any + Send>,
    /// Given back when the stream is closed: its place among all connections.
    pub until_closed: Box<dyn Any + Send>,
}

pub(super) struct Stream {
    pub path: Path,
    pub kind: Kind,
    pub socket: TcpStream,
    /// Whether room to write is waited for.
    pub waits_for_room: bool,
    tls: Option<Box<ServerConnection>>,
    /// The beginning of a frame.
    waiting: Vec<u8>,
    queue: Vec<u8>,
    sent: usize,
    until_proven: Option<Box<dyn Any + Send>>,
    _until_closed: Box<dyn Any + Send>,
    /// The last moment at which it was proven to be of use, and the last at which its reader took something.
    useful_at: Instant,
    taken_at: Instant,
}

impl Stream {
    pub fn new(newcomer: Newcomer, id: u64, now: Instant) -> Self {
        Self {
            path: Path::Stream { id, remote: newcomer.remote },
            kind: newcomer.kind,
            socket: newcomer.socket,
            waits_for_room: false,
            tls: newcomer.tls,
            waiting: newcomer.first.to_vec(),
            queue: Vec::new(),
            sent: 0,
            until_proven: Some(newcomer.until_proven),
            _until_closed: newcomer.until_closed,
            useful_at: now,
            taken_at: now,
        }
    }

    /// Fills `room` with what waited and what has come, decrypted; says how much it is, and whether the stream goes on.
    pub fn read(&mut self, chunk: &mut [u8], room: &mut [u8]) -> io::Result<(usize, bool)> {
        let start = self.waiting.len();
        room[..start].copy_from_slice(&self.waiting);
        self.waiting.clear();
        let Some(tls) = &mut self.tls else {
            return match self.socket.read(&mut room[start..start + CHUNK]) {
                Ok(0) => Ok((start, false)),
                Ok(got) => Ok((start + got, true)),
                Err(error) if is_nothing(&error) => Ok((start, true)),
                Err(error) => Err(error),
            };
        };
        let got = match self.socket.read(&mut chunk[..CHUNK]) {
            Ok(0) => return Ok((start, false)),
            Ok(got) => got,
            Err(error) if is_nothing(&error) => 0,
            Err(error) => return Err(error),
        };
        decrypt(tls, &chunk[..got], room, start)
    }

    /// What was decrypted before the connection was handed over.
    pub fn read_first(&mut self, room: &mut [u8]) -> io::Result<(usize, bool)> {
        let start = self.waiting.len();
        room[..start].copy_from_slice(&self.waiting);
        self.waiting.clear();
        match &mut self.tls {
            Some(tls) => decrypt(tls, &[], room, start),
            None => Ok((start, true)),
        }
    }

    /// The first frame of these bytes: its packet, and how far it is to the next; nothing where it is not whole.
    pub fn frame(&self, bytes: &[u8]) -> io::Result<Option<(Range<usize>, usize)>> {
        let broken = || io::Error::from(io::ErrorKind::InvalidData);
        match self.kind {
            Kind::Turn => match framing::first(bytes) {
                framing::Frame::Whole { length, step } => Ok(Some((0..length, step))),
                framing::Frame::More => Ok(None),
                framing::Frame::Broken => Err(broken()),
            },
            Kind::Ice => match rfc4571::first(bytes) {
                rfc4571::Frame::Whole { step } => Ok(Some((2..step, step))),
                rfc4571::Frame::More => Ok(None),
                rfc4571::Frame::Broken => Err(broken()),
            },
        }
    }

    /// Keeps the beginning of a frame until the rest has come.
    pub fn keep(&mut self, rest: &[u8]) {
        self.waiting.extend_from_slice(rest);
    }

    /// Bytes that wait until the reader takes them.
    pub fn waiting(&self) -> usize {
        self.queue.len() - self.sent
    }

    /// Puts a packet into the queue, framed; false where there is no room.
    pub fn put(&mut self, packet: &[u8]) -> bool {
        if self.queue.len() - self.sent + packet.len() + 2 > QUEUE {
            return false;
        }
        if self.kind == Kind::Ice {
            let Some(head) = rfc4571::head(packet) else { return false };
            self.queue.extend_from_slice(&head);
        }
        self.queue.extend_from_slice(packet);
        true
    }

    /// Writes what the kernel takes; whether something is left.
    pub fn flush(&mut self, now: Instant) -> io::Result<bool> {
        let before = self.sent;
        let left = match &mut self.tls {
            None => write_plain(&mut self.socket, &self.queue, &mut self.sent)?,
            Some(tls) => write_tls(tls, &mut self.socket, &self.queue, &mut self.sent)?,
        };
        if self.sent > before || !left {
            self.taken_at = now;
        }
        if self.sent == self.queue.len() {
            self.queue.clear();
            self.sent = 0;
        } else if self.sent > QUEUE / 2 {
            self.queue.drain(..self.sent);
            self.sent = 0;
        }
        Ok(left)
    }

    /// It was useful just now: it has an allocation, or the SFU speaks with it.
    pub fn prove(&mut self, now: Instant) {
        self.useful_at = now;
        self.until_proven = None;
    }

    pub fn is_proven(&self) -> bool {
        self.until_proven.is_none()
    }

    /// A proven ICE stream has said something.
    pub fn hear(&mut self, now: Instant) {
        if self.kind == Kind::Ice && self.is_proven() {
            self.useful_at = now;
        }
    }

    /// Whether it has been of no use, or its reader stuck, for too long; gives back memory that nobody needs at the moment.
    pub fn is_over(&mut self, now: Instant) -> bool {
        let limit = if self.is_proven() && self.kind == Kind::Ice { SILENT } else { UNPROVEN };
        let stuck = !self.queue.is_empty() && now.saturating_duration_since(self.taken_at) > STUCK;
        if self.queue.is_empty() {
            self.queue = Vec::new();
            self.waiting.shrink_to_fit();
        }
        stuck || now.saturating_duration_since(self.useful_at) > limit
    }
}

/// Decrypts what has come into `room` behind `filled`; says how much is filled, and whether the stream goes on.
fn decrypt(tls: &mut ServerConnection, mut bytes: &[u8], room: &mut [u8], mut filled: usize) -> io::Result<(usize, bool)> {
    loop {
        let state = tls.process_new_packets().map_err(io::Error::other)?;
        while state.plaintext_bytes_to_read() > 0 {
            match tls.reader().read(&mut room[filled..]) {
                Ok(0) if filled < room.len() => return Ok((filled, false)),
                Ok(0) => return Err(io::Error::from(io::ErrorKind::InvalidData)),
                Ok(got) => filled += got,
                Err(error) if is_nothing(&error) => break,
                Err(error) => return Err(error),
            }
        }
        if state.peer_has_closed() {
            return Ok((filled, false));
        }
        if bytes.is_empty() || tls.read_tls(&mut bytes)? == 0 {
            return Ok((filled, true));
        }
    }
}

fn write_plain(socket: &mut TcpStream, queue: &[u8], sent: &mut usize) -> io::Result<bool> {
    while *sent < queue.len() {
        match socket.write(&queue[*sent..]) {
            Ok(0) => return Err(io::Error::from(io::ErrorKind::WriteZero)),
            Ok(written) => *sent += written,
            Err(error) if is_nothing(&error) => return Ok(true),
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}

fn write_tls(tls: &mut ServerConnection, socket: &mut TcpStream, queue: &[u8], sent: &mut usize) -> io::Result<bool> {
    loop {
        while tls.wants_write() {
            match tls.write_tls(socket) {
                Ok(0) => return Err(io::Error::from(io::ErrorKind::WriteZero)),
                Ok(_) => {}
                Err(error) if is_nothing(&error) => return Ok(true),
                Err(error) => return Err(error),
            }
        }
        if *sent == queue.len() {
            return Ok(false);
        }
        // rustls takes as much as its own bound lets it, and encrypts it at once.
        *sent += tls.writer().write(&queue[*sent..])?;
    }
}

fn is_nothing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}
