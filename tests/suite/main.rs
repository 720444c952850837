//! The promises of the house, kept through its real router, on real SQLite files, with a clock that is told.
//!
//! [`house`] and [`visitor`] are the test app; the other files are grouped by what people do. No test sleeps and none opens a port.
#![allow(clippy::unwrap_used)]

mod admin;
mod appointments;
mod backups;
mod booking;
mod calendar;
mod coming_in;
mod company;
mod company_any_order;
mod could_come;
mod doctor;
mod fuzz;
mod groups;
mod hostile;
mod house;
mod keeper;
mod lines;
mod live;
mod logins;
mod lounge;
mod media;
mod model;
mod nudges;
mod opening;
mod people;
mod plans;
mod plans_any_order;
mod restart;
mod roll;
mod rooms;
mod session;
mod trust;
mod upgrade;
mod visitor;
mod waiting;
mod way_in;
