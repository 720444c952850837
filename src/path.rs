//! Which way a packet came, and so the way its answer goes; and the box that packets on their way out are put in.
//!
//! Pure: the machines ([`crate::turn`], [`crate::media`]) speak of paths, the driver turns them into sockets. Nothing here is
//! allocated per packet: an [`Outbox`] is one arena that is emptied and filled again.

use std::net::{IpAddr, SocketAddr};
use std::ops::Range;

/// Which way a packet came.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Path {
    /// A datagram on one of the port's sockets. `local` is the address of ours that was hit, where the kernel told it, and
    /// `interface` the index of the interface; link-local addresses mean nothing without it.
    Udp { socket: u16, local: Option<IpAddr>, interface: u32, remote: SocketAddr },
    /// A frame of a stream: ICE-TCP (RFC 4571, framing done by the driver) or TURN over TCP or TLS. Ids are never used twice.
    Stream { id: u64, remote: SocketAddr },
    /// Through one of our own TURN allocations, inside the process; `peer` is the address by which its client calls us.
    Relay { allocation: u64, peer: SocketAddr },
}

impl Path {
    /// The other end, as far as this machine knows it.
    pub fn remote(&self) -> SocketAddr {
        match *self {
            Self::Udp { remote, .. } | Self::Stream { remote, .. } => remote,
            Self::Relay { peer, .. } => peer,
        }
    }

    /// Whether the sender's address could be forged: nothing on the way has proved it.
    pub fn is_datagram(&self) -> bool {
        matches!(self, Self::Udp { .. })
    }
}

/// Packets to be sent, in order; one arena, so nothing is allocated per packet.
#[derive(Debug, Default)]
pub struct Outbox {
    bytes: Vec<u8>,
    packets: Vec<(Path, Range<usize>)>,
}

impl Outbox {
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a packet in.
    pub fn push(&mut self, path: Path, packet: &[u8]) {
        self.push_with(path, |buffer| buffer.extend_from_slice(packet));
    }

    /// Puts in what `write` appends to the buffer. It must only append; a packet of no bytes is not sent.
    pub fn push_with(&mut self, path: Path, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.bytes.len();
        write(&mut self.bytes);
        if self.bytes.len() > start {
            self.packets.push((path, start..self.bytes.len()));
        }
    }

    /// The packets, in the order in which they were put in.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (Path, &[u8])> + '_ {
        self.packets.iter().map(|(path, range)| (*path, &self.bytes[range.clone()]))
    }

    /// One packet by its place in that order.
    pub fn get(&self, index: usize) -> Option<(Path, &[u8])> {
        self.packets.get(index).map(|(path, range)| (*path, &self.bytes[range.clone()]))
    }

    pub fn len(&self) -> usize {
        self.packets.len()
    }

    pub fn is_empty(&self) -> bool {
        self.packets.is_empty()
    }

    /// Empties the box and keeps its memory, up to what a usual burst needs.
    pub fn clear(&mut self) {
        const KEPT: usize = 4 << 20;
        self.bytes.clear();
        self.packets.clear();
        self.bytes.shrink_to(KEPT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(port: u16) -> Path {
        Path::Udp { socket: 0, local: None, interface: 0, remote: SocketAddr::from(([192, 0, 2, 1], port)) }
    }

    #[test]
    fn packets_come_out_in_the_order_in_which_they_were_put_in() {
        let mut out = Outbox::default();
        out.push(to(1), b"one");
        out.push_with(to(2), |buffer| buffer.extend_from_slice(b"two"));
        out.push(to(3), b"");
        assert_eq!(out.iter().collect::<Vec<_>>(), [(to(1), &b"one"[..]), (to(2), &b"two"[..])]);
        assert_eq!((out.len(), out.get(1)), (2, Some((to(2), &b"two"[..]))));
        out.clear();
        assert!(out.is_empty() && out.iter().next().is_none());
    }
}
