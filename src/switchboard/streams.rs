//! All streams of the wire thread: taken over, read, written once per wake, and closed when they are of no use.
//!
//! Invariant: a stream is waited for by the poll exactly as long as it is in the table, because closing its socket ends both; and
//! whoever closes one tells the machines.

use super::doors::Doors;
use super::stream::{CHUNK, Kind, Newcomer, ROOM, Stream};
use crate::path::Path;
use crate::sys::poll::{Poll, Ready};
use crate::turn::Moment;
use std::collections::HashMap;
use std::io;
use std::os::fd::AsFd;
use tracing::debug;

/// Streams at once; the accept loop bounds them by source besides.
const MOST: usize = 4096;
/// Where the ids of streams begin: below are the sockets.
pub(super) const FIRST_ID: u64 = 1 << 16;

pub(super) struct Streams {
    table: HashMap<u64, Stream, foldhash::fast::RandomState>,
    next_id: u64,
    /// Which have something in their queue.
    dirty: Vec<u64>,
    chunk: Vec<u8>,
    room: Vec<u8>,
    pub dropped: u64,
}

impl Streams {
    pub fn new() -> Self {
        let (chunk, room) = (vec![0; CHUNK], vec![0; ROOM]);
        Self { table: HashMap::default(), next_id: FIRST_ID, dirty: Vec::new(), chunk, room, dropped: 0 }
    }

    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Bytes that wait in all of them.
    pub fn waiting(&self) -> usize {
        self.table.values().map(Stream::waiting).sum()
    }

    /// Takes a stream over, and reads what it has said already. One too many is closed.
    pub fn add(&mut self, now: Moment, newcomer: Newcomer, poll: &Poll, doors: &mut Doors) {
        if self.table.len() >= MOST {
            return debug!("too many media streams");
        }
        let id = self.next_id;
        self.next_id += 1;
        let mut stream = Stream::new(newcomer, id, now.at);
        if let Err(error) = poll.add(stream.socket.as_fd(), id, false) {
            return debug!(%error, "a stream cannot be waited for");
        }
        let first = stream.read_first(&mut self.room);
        self.table.insert(id, stream);
        // What TLS still has to say goes out with the next flush.
        self.dirty.push(id);
        self.handle(now, id, first, doors);
    }

    /// Something happened on a stream's socket.
    pub fn ready(&mut self, now: Moment, ready: Ready, doors: &mut Doors) {
        let Some(stream) = self.table.get_mut(&ready.token) else { return };
        if ready.writable {
            self.dirty.push(ready.token);
        }
        if ready.readable {
            let got = stream.read(&mut self.chunk, &mut self.room);
            self.handle(now, ready.token, got, doors);
        }
    }

    /// Takes apart what was read, frame by frame.
    fn handle(&mut self, now: Moment, id: u64, got: io::Result<(usize, bool)>, doors: &mut Doors) {
        let Some(stream) = self.table.get_mut(&id) else { return };
        let outcome = got.and_then(|(filled, goes_on)| {
            let mut rest = &mut self.room[..filled];
            if !rest.is_empty() {
                stream.hear(now.at);
            }
            while let Some((packet, step)) = stream.frame(rest)? {
                let (frame, further) = rest.split_at_mut(step);
                match stream.kind {
                    Kind::Turn => doors.turn_frame(now, stream.path, &mut frame[packet]),
                    Kind::Ice => doors.ice_frame(now, stream.path, &mut frame[packet]),
                }
                rest = further;
            }
            stream.keep(rest);
            // At once, and not at the next sweep: a school's browsers come at the same second, and the undecided have few places.
            if stream.kind == Kind::Turn && !stream.is_proven() && doors.turn.has_allocation(&stream.path, now.at) {
                stream.prove(now.at);
            }
            Ok(goes_on)
        });
        match outcome {
            Ok(true) => {}
            Ok(false) => self.close(now, id, doors),
            Err(error) => {
                debug!(%error, "a stream broke off");
                self.close(now, id, doors);
            }
        }
    }

    /// Puts a packet into a stream's queue.
    pub fn put(&mut self, now: Moment, id: u64, packet: &[u8]) {
        let Some(stream) = self.table.get_mut(&id) else { return };
        if self.dirty.last() != Some(&id) {
            self.dirty.push(id);
        }
        if stream.kind == Kind::Ice && !stream.is_proven() {
            // The SFU answers nobody whose integrity was not right.
            stream.prove(now.at);
        }
        self.dropped += u64::from(!stream.put(packet));
    }

    /// Writes every queue that has something, once.
    pub fn flush(&mut self, now: Moment, poll: &Poll, doors: &mut Doors) {
        let mut dirty = std::mem::take(&mut self.dirty);
        dirty.sort_unstable();
        dirty.dedup();
        for id in dirty.drain(..) {
            let Some(stream) = self.table.get_mut(&id) else { continue };
            let flushed = stream.flush(now.at).and_then(|left| {
                if left != stream.waits_for_room {
                    stream.waits_for_room = left;
                    poll.change(stream.socket.as_fd(), id, left)?;
                }
                Ok(())
            });
            if let Err(error) = flushed {
                debug!(%error, "a stream broke off");
                self.close(now, id, doors);
            }
        }
        self.dirty = dirty;
    }

    /// Closes streams that are of no use.
    pub fn sweep(&mut self, now: Moment, doors: &mut Doors) {
        let mut over = Vec::new();
        for (id, stream) in &mut self.table {
            if stream.kind == Kind::Turn && doors.turn.has_allocation(&stream.path, now.at) {
                stream.prove(now.at);
            }
            if stream.is_over(now.at) {
                over.push(*id);
            }
        }
        over.into_iter().for_each(|id| self.close(now, id, doors));
    }

    fn close(&mut self, now: Moment, id: u64, doors: &mut Doors) {
        if let Some(stream) = self.table.remove(&id) {
            doors.path_closed(now, stream.path);
        }
    }
}

/// The id of a stream's path.
pub(super) fn id_of(path: Path) -> Option<u64> {
    match path {
        Path::Stream { id, .. } => Some(id),
        Path::Udp { .. } | Path::Relay { .. } => None,
    }
}
