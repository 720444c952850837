//! The promises of the house, kept through its real router, on real SQLite files, with a clock that is told.
//!
//! [`house`] and [`visitor`] are the test app; the other files are grouped by what people do. No test sleeps and none opens a port.
#![allow(clippy::unwrap_used)]

mod admin;
mod booking;
mod calendar;
mod coming_in;
mod hostile;
mod house;
mod live;
mod logins;
mod media;
mod model;
mod restart;
mod rooms;
mod session;
mod visitor;
mod waiting;
