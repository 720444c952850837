//! The promises of the house, kept through its real router, on real SQLite files, with a clock that is told.
//!
//! [`house`] is the test app; the other files are grouped by what people do. No test sleeps and none opens a port.
#![allow(clippy::unwrap_used)]

mod admin;
mod booking;
mod calendar;
mod coming_in;
mod hostile;
mod house;
mod live;
mod model;
mod restart;
mod session;
mod waiting;
