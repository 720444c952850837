//! Alongside: a private virtual-coworking server.

pub mod actions;
pub mod clock;
pub mod domain;
pub mod live;
pub mod page;
pub mod port;
pub mod store;
pub mod sys;
pub mod tls;
