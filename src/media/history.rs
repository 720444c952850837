//! The last packets of one upstream layer, in plain, so that any subscriber can have one repeated (RFC 4588).
//!
//! Kept once per source and not per subscriber, in blocks that are used again: no allocation per packet. Bounded by age and by
//! bytes; empty for a layer that nobody watches.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::offer::Codec;
use super::rtp::Notes;

/// Older packets are of no use to a call.
const AGE: Duration = Duration::from_millis(600);
const BLOCK: usize = 8 * 1024;
/// Half a second of a camera at 1 Mbit/s, and a third of one at 1.5: a gap is noticed and asked for twice within it.
const MOST_BLOCKS: usize = 8;

/// A packet's own words, apart from its payload.
#[derive(Clone, Copy, Debug)]
pub struct Packet {
    pub index: u64,
    pub timestamp: u32,
    pub marker: bool,
    pub codec: Codec,
    pub notes: Notes,
}

struct Block {
    bytes: Vec<u8>,
    /// Each packet with the end of its payload.
    packets: Vec<(Packet, usize)>,
    newest: Instant,
}

#[derive(Default)]
pub struct History {
    blocks: VecDeque<Block>,
}

impl History {
    pub fn push(&mut self, now: Instant, packet: &Packet, payload: &[u8]) {
        if payload.len() > BLOCK {
            return;
        }
        let full = self.blocks.back().is_none_or(|block| block.bytes.len() + payload.len() > BLOCK);
        if full {
            self.next_block(now);
        }
        if let Some(block) = self.blocks.back_mut() {
            block.bytes.extend_from_slice(payload);
            block.packets.push((*packet, block.bytes.len()));
            block.newest = now;
        }
    }

    pub fn find(&self, index: u64) -> Option<(&Packet, &[u8])> {
        for block in self.blocks.iter().rev() {
            if let Some(n) = block.packets.iter().position(|(packet, _)| packet.index == index) {
                let start = if n == 0 { 0 } else { block.packets[n - 1].1 };
                let (packet, end) = &block.packets[n];
                return Some((packet, &block.bytes[start..*end]));
            }
        }
        None
    }

    pub fn clear(&mut self) {
        self.blocks = VecDeque::new();
    }

    /// Gives back what nobody will ask for any more, also of a layer that nobody watches any more.
    pub fn expire(&mut self, now: Instant) {
        while self.is_oldest_expired(now) {
            self.blocks.pop_front();
        }
    }

    fn is_oldest_expired(&self, now: Instant) -> bool {
        self.blocks.front().is_some_and(|block| now.saturating_duration_since(block.newest) > AGE)
    }

    fn next_block(&mut self, now: Instant) {
        let mut spare = None;
        while self.is_oldest_expired(now) || self.blocks.len() >= MOST_BLOCKS {
            spare = self.blocks.pop_front();
        }
        let mut block = spare.unwrap_or_else(|| Block { bytes: Vec::with_capacity(BLOCK), packets: Vec::new(), newest: now });
        block.bytes.clear();
        block.packets.clear();
        self.blocks.push_back(block);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recent_packet_is_found_and_an_old_one_forgotten() {
        let start = Instant::now();
        let mut history = History::default();
        let packet = |index| Packet { index, timestamp: 0, marker: false, codec: Codec::Vp8, notes: Notes::default() };
        for n in 0..400u64 {
            history.push(start + Duration::from_millis(4 * n), &packet(n), &[n as u8; 1100]);
        }
        let (found, payload) = history.find(350).expect("a packet");
        assert_eq!((found.index, payload), (350, &[350u64 as u8; 1100][..]));
        assert!(history.find(200).is_none());
        assert!(history.blocks.len() <= MOST_BLOCKS, "bounded");
    }

    #[test]
    fn a_layer_that_stops_gives_its_memory_back() {
        let start = Instant::now();
        let mut history = History::default();
        let packet = Packet { index: 1, timestamp: 0, marker: false, codec: Codec::Vp8, notes: Notes::default() };
        history.push(start, &packet, &[1; 1100]);
        history.expire(start + AGE);
        assert!(history.find(1).is_some());
        history.expire(start + AGE + Duration::from_millis(1));
        assert!(history.find(1).is_none() && history.blocks.is_empty());
    }
}
