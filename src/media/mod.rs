//! The SFU's place: whoever forwards sound and pictures of more than two people lives behind this surface.
//!
//! A machine without sockets, told the time; `switchboard` drives it.

use crate::path::{Outbox, Path};
use std::time::Instant;

/// What the house asks of the SFU.
#[derive(Debug)]
pub enum Command {}

/// What the SFU tells the house.
#[derive(Debug)]
pub enum Event {}

/// Forwards media between the members of a room.
#[derive(Default)]
pub struct Sfu {}

impl Sfu {
    pub fn handle(&mut self, _now: Instant, _path: Path, _bytes: &mut [u8], _out: &mut Outbox) {}

    pub fn handle_timeout(&mut self, _now: Instant, _out: &mut Outbox) {}

    pub fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    pub fn path_closed(&mut self, _now: Instant, _path: Path) {}

    pub fn command(&mut self, _now: Instant, command: Command, _out: &mut Outbox) {
        match command {}
    }

    pub fn poll_event(&mut self) -> Option<Event> {
        None
    }
}
