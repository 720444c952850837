//! Alongside: a private virtual-coworking server.

pub mod actions;
pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod domain;
pub mod http;
pub mod live;
pub mod notify;
pub mod page;
pub mod password;
pub mod port;
pub mod scheduler;
pub mod store;
pub mod sys;
pub mod tls;
