//! Which way a packet came, and so the way its answer goes; and the box that packets on their way out are put in.
//!
//! Pure: the machines ([`crate::turn`], [`crate::media`]) speak of paths, the driver turns them into sockets. Nothing here is
//! allocated per packet: an [`Outbox`] is one arena that is emptied and filled again.

use std::hash::{BuildHasherDefault, Hasher};
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
    /// Through one of our own TURN allocations, inside the process; `peer` is the address by which its client calls us, and
    /// `relayed` the one that the client has there: what it is told when it asks how we see it.
    Relay { allocation: u64, peer: SocketAddr, relayed: SocketAddr },
}

impl Path {
    /// The other end, as far as this machine knows it.
    pub fn remote(&self) -> SocketAddr {
        match *self {
            Self::Udp { remote, .. } | Self::Stream { remote, .. } => remote,
            Self::Relay { relayed, .. } => relayed,
        }
    }

    /// Whether the sender's address could be forged: nothing on the way has proved it.
    pub fn is_datagram(&self) -> bool {
        matches!(self, Self::Udp { .. })
    }
}

/// A table by path for the way of every packet: keys get in only after their sender has proven itself, so that a quick hash
/// without a secret is enough.
pub type ByPath<T> = std::collections::HashMap<Path, T, BuildHasherDefault<PathHasher>>;

/// Multiplies and folds eight bytes at a time.
#[derive(Default)]
pub struct PathHasher(u64);

impl Hasher for PathHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_ne_bytes(word));
        }
    }

    fn write_u8(&mut self, number: u8) {
        self.write_u64(u64::from(number));
    }

    fn write_u16(&mut self, number: u16) {
        self.write_u64(u64::from(number));
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        let product = u128::from(self.0 ^ number ^ 0x9e37_79b9_7f4a_7c15) * 0xd6e8_feb8_6659_fd93_u128;
        self.0 = product as u64 ^ (product >> 64) as u64;
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }
}

/// Room for the bytes of a usual burst. Taken at once, so that it never grows by doubling; what is never filled costs nothing.
const USUAL: usize = 448 << 10;

/// Packets to be sent, in order; one arena, so nothing is allocated per packet.
#[derive(Debug)]
pub struct Outbox {
    bytes: Vec<u8>,
    packets: Vec<(Path, Range<usize>)>,
}

impl Default for Outbox {
    fn default() -> Self {
        Self { bytes: Vec::with_capacity(USUAL), packets: Vec::new() }
    }
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

    /// How much waits in it.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Empties the box and keeps its memory, up to what a usual burst needs.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.packets.clear();
        self.bytes.shrink_to(USUAL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(port: u16) -> Path {
        Path::Udp { socket: 0, local: None, interface: 0, remote: SocketAddr::from(([192, 0, 2, 1], port)) }
    }

    #[test]
    fn every_path_has_a_place_of_its_own() {
        let mut table = ByPath::default();
        let udp =
            |n: u16| Path::Udp { socket: n % 3, local: None, interface: 0, remote: ([192, 0, 2, (n % 200) as u8], n).into() };
        for n in 0..5000 {
            table.insert(udp(n), n);
        }
        assert!((0..5000).all(|n| table.get(&udp(n)) == Some(&n)));
        let finished: std::collections::HashSet<u64> =
            (0..5000).map(|n| std::hash::BuildHasher::hash_one(table.hasher(), udp(n))).collect();
        assert_eq!(finished.len(), 5000);
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
