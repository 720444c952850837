//! Sessions while they live: a pure room, the wire protocol, and the hub that drives them.

pub mod calendar;
pub mod chat;
mod door;
pub mod hub;
pub mod protocol;
mod rate;
pub mod room;
pub mod seat;
pub mod wire;
