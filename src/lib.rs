//! Alongside: a private virtual-coworking server. People book a session, are paired, and work side by side.
//!
//! The floor plan, from the inside out:
//!
//! - [`domain`]: the rules; pure, told the time, given the dice.
//! - [`store`]: SQLite and nothing else; a `write` that was answered is on the disk.
//! - [`actions`]: what people do, one file per verb; every entrance comes through here, permission is decided here.
//! - [`live`]: sessions while they live; a pure room, the wire protocol, the hub that drives them.
//! - [`media`]: the SFU, a pure machine; [`path`]: which way its packets came and go.
//! - [`port`], [`tls`]: the one port and its certificate; [`sys`]: the only unsafe code.
//! - [`page`]: markup from view values; [`http`]: every route on one page, and its handlers.
//! - [`notify`]: calendar files; [`password`]: Argon2id on few threads; [`scheduler`]: what time itself does.
//! - [`doctor`]: looks at a whole instance, from outside its own door, and says what to do.
//! - [`lan`]: answers to the name of the machine in its own network.
//! - [`keep`]: the watch over the disk and the clock, backups and the way back.
//! - [`clock`]: the only doors to real time and randomness; [`config`], [`app`], [`cli`]: putting it together.
//!
//! Three invariants hold everywhere: what is acknowledged is durable; a phase is a function of the seat and the server's
//! time, so that a restart loses nothing; whatever comes from outside is bounded before it is looked at. `ARCHITECTURE.md`
//! has the rest, and `tests/tidy.rs` enforces who may use whom.

pub mod actions;
pub mod app;
pub mod capacity;
pub mod cli;
pub mod clock;
pub mod config;
pub mod doctor;
pub mod domain;
pub mod gateway;
pub mod http;
pub mod keep;
pub mod lan;
pub mod live;
pub mod media;
pub mod notify;
pub mod page;
pub mod password;
pub mod path;
pub mod port;
pub mod rate;
pub mod scheduler;
pub mod source;
pub mod store;
pub mod switchboard;
pub mod sys;
pub mod tls;
pub mod turn;
