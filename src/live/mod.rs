//! Sessions and rooms while they live: pure machines, their wire protocols, and the drivers that feed them.

pub mod calendar;
pub mod chat;
mod door;
pub mod hub;
pub mod media;
pub mod protocol;
mod rate;
pub mod room;
pub mod rooms;
pub mod seat;
pub mod table;
pub mod ways;
pub mod wire;
