//! The relay (STUN and TURN: RFC 8489, 8656, 6156) for browsers that cannot reach each other.
//!
//! A machine without sockets: [`Server`] takes bytes and the time and gives bytes back; `switchboard` owns the sockets. Relayed
//! addresses are virtual: a packet is passed on only between allocations of one session, or to that member's leg of the SFU.
//! Deliberately absent: peers outside, reserved ports, TCP allocations, mobility, an own list of users.

pub mod allocation;
pub mod client;
pub mod codec;
pub mod credentials;
pub mod framing;
pub mod message;
mod nonce;
mod requests;
mod server;
mod table;

pub use allocation::Aliases;
pub use server::{Counts, Event, Moment, REALM, Server, Settings, ToSfu};

#[cfg(test)]
mod tests;
