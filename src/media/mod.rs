//! The SFU: passes pictures and voices on between the members of a room, through the one port.
//!
//! A pure machine: [`Sfu`] is handed packets, the time and joins, and gives back packets and events. From the inside out:
//! `rtp`, `rtcp`, `picture`, `transport`: the words on the wire · `srtp`, `dtls`, `ice`: the armour · `offer`, `answer`: the one
//! negotiation of a join · `upstream` (what a client sends: `reception`, `history`), `slot` (what it is given: `rewrite`),
//! `bandwidth`, `layers` · `leg`: one client · `room`: who is given whom · `sfu`: all of it together · `rehearsal`: a call with itself.
//!
//! Invariants: nothing is kept for a sender before its MESSAGE-INTEGRITY was right; a packet is opened once and sealed once per
//! subscriber, into the arena it leaves from; no SRTP index is sealed twice; every list has a bound. Deliberately absent:
//! recording, transcoding, data channels, renegotiation, sockets, clocks and dice.

mod answer;
mod bandwidth;
mod dtls;
mod history;
mod ice;
mod layers;
mod leg;
pub mod offer;
mod picture;
mod reception;
mod rehearsal;
mod rewrite;
mod room;
pub mod rtcp;
pub mod rtp;
mod sfu;
mod slot;
mod srtp;
pub mod transport;
mod upstream;

pub use answer::Candidate;
pub use dtls::Identity;
pub use offer::{JoinError, Offer};
pub use rehearsal::calls_itself;
pub use sfu::{Dice, Join, Sfu};

/// A leg's place in the table, and which of the legs that had it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Key {
    index: u32,
    serial: u32,
}

/// What a stream is of.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Role {
    Voice,
    Camera,
    Screen,
}

/// What a subscriber wants in one of its slots.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wish {
    /// Whom; the SFU chooses when it is nobody in particular.
    pub who: Option<u64>,
    /// Width of the tile in device pixels; 0 for not shown at all.
    pub width: u16,
}

/// Who stands in a slot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shown {
    pub mid: String,
    pub role: Role,
    pub who: Option<u64>,
}

/// How well the way to a member carries what it wants to see.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Quality {
    Good,
    /// Pictures are smaller than their tiles would allow.
    Reduced,
    /// Some pictures stand still.
    Weak,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// Keys are agreed: media flows.
    Connected {
        participant: u64,
    },
    /// Said goodbye, or gave no sign of life for 15 seconds. A join with an ICE restart still brings it back for a while.
    Gone {
        participant: u64,
    },
    /// The slots of this participant have changed.
    Slots {
        participant: u64,
        slots: Vec<Shown>,
    },
    /// Who speaks, by loudness.
    Speaking {
        room: u64,
        who: Option<u64>,
    },
    Quality {
        participant: u64,
        quality: Quality,
    },
    ScreenOn {
        room: u64,
        participant: u64,
    },
    ScreenOff {
        room: u64,
        participant: u64,
    },
}
