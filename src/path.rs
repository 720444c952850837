//! Which way a packet came, and so the way its answer goes; and the arena in which a machine puts what it wants sent.
//!
//! Every machine behind the port (relay, SFU) is handed a [`Path`] with each packet and writes into an [`Outbox`]; drivers
//! turn paths back into sockets. One arena holds the packets of a whole wake in order, so that forwarding allocates nothing.
//! No sockets and no batching here: both are the driver's.

use std::net::{IpAddr, SocketAddr};

/// Which way a packet came.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Path {
    /// A datagram, with the local address it was sent to, so that the answer leaves from there.
    Udp { socket: u16, local: Option<IpAddr>, interface: u32, remote: SocketAddr },
    /// A stream (ICE over TCP, RFC 6544); the framing of RFC 4571 is the driver's.
    Stream { id: u64, remote: SocketAddr },
    /// Through one of our own TURN allocations.
    Relay { allocation: u64, peer: SocketAddr },
}

impl Path {
    /// The address that the other end is seen at.
    pub fn remote(&self) -> SocketAddr {
        match *self {
            Self::Udp { remote, .. } | Self::Stream { remote, .. } => remote,
            Self::Relay { peer, .. } => peer,
        }
    }
}

/// Packets in the order in which they are to leave, in one arena.
#[derive(Default)]
pub struct Outbox {
    bytes: Vec<u8>,
    /// Path and end of each packet; it begins where the one before ends.
    packets: Vec<(Path, usize)>,
}

impl Outbox {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn push(&mut self, path: Path, bytes: &[u8]) {
        self.push_with(path, |arena| arena.extend_from_slice(bytes));
    }

    /// Lets `write` append one packet to the arena. What was in the arena is not to be touched; a `write` that appends
    /// nothing sends nothing.
    pub fn push_with(&mut self, path: Path, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.bytes.len();
        write(&mut self.bytes);
        debug_assert!(self.bytes.len() >= start, "a writer only appends");
        if self.bytes.len() > start {
            self.packets.push((path, self.bytes.len()));
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = (Path, &[u8])> {
        let mut start = 0;
        self.packets.iter().map(move |&(path, end)| {
            let packet = &self.bytes[start..end];
            start = end;
            (path, packet)
        })
    }

    pub fn len(&self) -> usize {
        self.packets.len()
    }

    pub fn is_empty(&self) -> bool {
        self.packets.is_empty()
    }

    /// Forgets the packets and keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.packets.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_leave_in_order_and_an_empty_one_not_at_all() {
        let path = Path::Stream { id: 1, remote: ([192, 0, 2, 1], 5).into() };
        let other = Path::Relay { allocation: 2, peer: ([192, 0, 2, 2], 6).into() };
        let mut out = Outbox::new();
        out.push(path, b"one");
        out.push_with(other, |_| {});
        out.push_with(other, |arena| arena.extend_from_slice(b"two"));
        let seen: Vec<(Path, Vec<u8>)> = out.iter().map(|(path, bytes)| (path, bytes.to_vec())).collect();
        assert_eq!(seen, [(path, b"one".to_vec()), (other, b"two".to_vec())]);
        out.clear();
        assert!(out.is_empty() && out.iter().next().is_none());
    }
}
