//! The machines, and which of them a packet is for.
//!
//! Pure but for what the machines themselves are told: bytes and the time go in, and what is to be sent waits in two boxes.

use crate::media::Sfu;
use crate::path::{Outbox, Path};
use crate::port::sniff::{self, Packet};
use crate::turn::{Event, Moment, Server, ToSfu};
use std::time::Instant;

/// No packet that matters is larger: an Ethernet frame's payload, and some.
const LARGEST: usize = 2048;

pub(super) struct Doors {
    pub turn: Server,
    pub sfu: Sfu,
    /// What the relay wants sent, and what the SFU does.
    pub turn_out: Outbox,
    pub sfu_out: Outbox,
}

impl Doors {
    /// A datagram, or a frame of an ICE stream.
    pub fn packet(&mut self, now: Moment, path: Path, bytes: &mut [u8]) {
        if bytes.len() > LARGEST {
            return;
        }
        match sniff::packet(bytes) {
            Packet::Binding | Packet::Turn | Packet::Channel => self.turn_frame(now, path, bytes),
            Packet::Ice | Packet::Dtls | Packet::Srtp => self.sfu.handle(now.at, path, bytes, &mut self.sfu_out),
            Packet::Unknown => {}
        }
    }

    /// A packet for the relay, or a frame of a TURN stream.
    pub fn turn_frame(&mut self, now: Moment, path: Path, bytes: &mut [u8]) {
        let Some(ToSfu { path, payload }) = self.turn.handle(now, path, bytes, &mut self.turn_out) else { return };
        let packet = &mut bytes[payload];
        if matches!(sniff::packet(packet), Packet::Ice | Packet::Dtls | Packet::Srtp) {
            self.sfu.handle(now.at, path, packet, &mut self.sfu_out);
        }
    }

    /// A frame of an ICE stream: only ICE, DTLS and SRTP live on one.
    pub fn ice_frame(&mut self, now: Moment, path: Path, bytes: &mut [u8]) {
        if matches!(sniff::packet(bytes), Packet::Ice | Packet::Dtls | Packet::Srtp) {
            self.sfu.handle(now.at, path, bytes, &mut self.sfu_out);
        }
    }

    /// A stream is closed.
    pub fn path_closed(&mut self, now: Moment, path: Path) {
        self.turn.stream_closed(path);
        self.sfu.path_closed(now.at, path);
    }

    pub fn deadline(&self) -> Option<Instant> {
        self.turn.poll_timeout().into_iter().chain(self.sfu.poll_timeout()).min()
    }

    /// Lets the machines do what is due, and tell each other what has ended.
    pub fn settle(&mut self, now: Moment) {
        if self.turn.poll_timeout().is_some_and(|at| at <= now.at) {
            self.turn.handle_timeout(now.at);
        }
        while let Some(Event::Ended { allocation, .. }) = self.turn.poll_event() {
            self.sfu.allocation_closed(now.at, allocation);
        }
        if self.sfu.poll_timeout().is_some_and(|at| at <= now.at) {
            self.sfu.handle_timeout(now.at, &mut self.sfu_out);
        }
        self.hand_over(now);
    }

    /// What the SFU sends through an allocation leaves by the relay.
    pub fn hand_over(&mut self, now: Moment) {
        for (path, bytes) in self.sfu_out.iter() {
            if let Path::Relay { allocation, peer, .. } = path {
                self.turn.send_from_sfu(now, allocation, peer, bytes, &mut self.turn_out);
            }
        }
    }

    /// A packet of both boxes, by its number: the relay's first.
    pub fn outgoing(&self, number: usize) -> Option<(Path, &[u8])> {
        match number.checked_sub(self.turn_out.len()) {
            None => self.turn_out.get(number),
            Some(number) => self.sfu_out.get(number),
        }
    }

    pub fn outgoing_len(&self) -> usize {
        self.turn_out.len() + self.sfu_out.len()
    }

    pub fn outgoing_bytes(&self) -> usize {
        self.turn_out.bytes() + self.sfu_out.bytes()
    }

    pub fn clear(&mut self) {
        self.turn_out.clear();
        self.sfu_out.clear();
    }
}
