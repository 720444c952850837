//! Which way a packet came, and so the way its answer goes; and the arena in which a machine puts what it wants sent.
//!
//! Every machine behind the port (relay, SFU) is handed a [`Path`] with each packet and writes into an [`Outbox`]; drivers
//! turn paths back into sockets. One arena holds the packets of a whole wake in order, so that forwarding allocates nothing.
//! No sockets and no batching here: both are the driver's.

use std::hash::{BuildHasherDefault, Hasher};
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
