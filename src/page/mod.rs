//! Pages: maud functions from view values to markup. No I/O, no clock, no store.

pub mod about;
pub mod account;
pub mod admin;
pub mod admin_backups;
pub mod admin_company;
pub mod admin_doctor;
pub mod admin_groups;
pub mod admin_hours;
pub mod admin_house;
pub mod admin_invites;
pub mod admin_machine;
pub mod admin_members;
pub mod admin_reports;
pub mod admin_roll;
pub mod admin_rooms;
pub mod calendar;
pub mod check;
pub mod door;
pub mod drawing;
pub mod error;
pub mod files;
pub mod finding;
pub mod form;
pub mod guide;
pub mod history;
mod hole;
pub mod icon;
pub mod in_app;
pub mod join;
pub mod lamp;
pub mod layout;
pub mod login;
pub mod news;
pub mod parts;
pub mod people;
pub mod plans;
pub mod prose;
pub mod reset;
pub mod room;
pub mod rooms;
pub mod session;
pub mod setup;
pub mod slip;
pub mod test_session;
pub mod trust;
pub mod way_in;
pub mod words;
pub mod zones;

pub use drawing::{Drawing, drawing};
pub use hole::{fill, hole};
pub use icon::icon;
pub use lamp::{Lamp, lamp};
pub use layout::{Frame, Here, Notice, Tone, brand, layout, notice};

/// The version of the files under `web/`: `dev` in a debug build, their hash in a release.
pub const ASSETS: &str = env!("ALONGSIDE_ASSETS");

/// The address of a file under `web/`. It changes whenever a file does, so the answer may be kept for ever.
pub fn asset(path: &str) -> String {
    format!("/assets/{ASSETS}/{path}")
}
