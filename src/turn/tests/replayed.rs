//! Thousands of bent messages: a small corpus of honest ones, mutated by seeded dice, at the relay, the framing and the port.

use super::*;
use crate::port::sniff;
use crate::turn::{framing, message};

/// SplitMix64: the same bytes on every machine.
struct Bending(u64);

impl Bending {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let stirred = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        stirred ^ (stirred >> 27)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    /// Changes a few things: bits, bytes that matter, lengths, ends.
    fn bend(&mut self, mut bytes: Vec<u8>) -> Vec<u8> {
        for _ in 0..self.below(4) {
            let at = self.below(bytes.len());
            match self.below(7) {
                0 => bytes.truncate(at),
                1 => bytes.splice(at..at, [self.next() as u8; 4]).for_each(drop),
                2 if bytes.len() >= 4 => {
                    let honest = (bytes.len().saturating_sub(20) as u16).to_be_bytes();
                    bytes[2..4].copy_from_slice(&honest);
                }
                3 => bytes.extend(self.next().to_be_bytes()),
                4 if at < bytes.len() => bytes[at] = [0, 1, 0x7F, 0x80, 0xFF][self.below(5)],
                _ if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
                _ => {}
            }
        }
        bytes
    }
}

/// One of each kind, signed where it must be.
fn corpus(house: &mut House) -> (Caller, Vec<Vec<u8>>) {
    let ((mut a, at_a), (_, at_b)) = house.pair();
    let client = &mut a.client;
    let channel = [&[0x40, 0, 0, 9][..], &[7; 9]].concat();
    let all = vec![
        client.binding(),
        client.allocate(None),
        client.allocate(Some(Family::V6)),
        client.refresh(600),
        client.create_permission(&[at_a, at_b, SFU]),
        client.bind_channel(0x4001, SFU),
        client.send(at_b, &[1; 50]),
        client.ask(message::BINDING, true, |_| {}),
        channel,
        [&[0, 28][..], &client.binding()].concat(),
        vec![0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0],
        vec![0x80, 96, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1],
        b"GET / HTTP/1.1\r\n\r\n".to_vec(),
    ];
    (a, all)
}

#[test]
fn no_bent_message_makes_the_relay_panic_or_reach_a_stranger() {
    for seed in 0..8 {
        let mut house = House::new();
        let (caller, corpus) = corpus(&mut house);
        let mut bending = Bending(seed);
        for _ in 0..2500 {
            let pick = bending.below(corpus.len());
            let bytes = bending.bend(corpus[pick].clone());
            let path = [caller.path, datagrams(2000), datagrams(9), stream(3)][bending.below(4)];
            let (out, _) = house.say(path, &bytes);
            assert!(out.iter().all(|(to, _)| *to == path || *to == datagrams(2000) || *to == caller.path));
            house.later(Duration::from_millis(bending.below(50) as u64));
        }
        assert!(house.server.counts().allocations <= 5);
    }
}

#[test]
fn no_bent_bytes_make_the_doors_or_the_framing_panic() {
    let mut house = House::new();
    let (_, corpus) = corpus(&mut house);
    let mut bending = Bending(99);
    for _ in 0..20_000 {
        let pick = bending.below(corpus.len());
        let bytes = bending.bend(corpus[pick].clone());
        let _ = (sniff::packet(&bytes), sniff::stream(&bytes));
        if let framing::Frame::Whole { length, step } = framing::first(&bytes) {
            assert!(length <= step && step <= bytes.len());
        }
        let mut client = Client::new(house.credential("1", 1), 1);
        let _ = client.read(&bytes);
    }
}
