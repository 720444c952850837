//! What is fuzzed: one function for each parser and machine that bytes from outside reach.
//!
//! Each takes any bytes, never panics, and holds what comes out against a bound. `fuzz_targets/` hands them to libFuzzer, the
//! suite replays the corpus and mutations of it. Deliberately absent: TLS, HTTP and SQLite, which have fuzzers of their own.
#![allow(dead_code)]

mod authority;
#[allow(clippy::duplicate_mod, clippy::unwrap_used)]
#[path = "../../suite/media/client.rs"]
mod client;
mod living;
mod machines;
mod matcher;
mod outside;
mod sealed;
mod words;

pub use authority::authority;
pub use living::{session, signals};
pub use machines::{sfu_datagrams, turn_requests};
pub use matcher::matcher_lines;
pub use outside::{archive, people_list, plain_http, proxy, router, typed};
pub use sealed::media_leg;
pub use words::{ice_stream, offer, rtcp, rtp, sniff, turn_message, turn_stream};

/// A target: its name, which is that of its corpus, and its function.
pub type Target = (&'static str, fn(&[u8]));

pub const ALL: [Target; 20] = [
    ("sniff", sniff),
    ("turn_message", turn_message),
    ("turn_requests", turn_requests),
    ("turn_stream", turn_stream),
    ("ice_stream", ice_stream),
    ("offer", offer),
    ("rtp", rtp),
    ("rtcp", rtcp),
    ("sfu_datagrams", sfu_datagrams),
    ("signals", signals),
    ("session", session),
    ("media_leg", media_leg),
    ("proxy", proxy),
    ("plain_http", plain_http),
    ("router", router),
    ("people_list", people_list),
    ("typed", typed),
    ("archive", archive),
    ("authority", authority),
    ("matcher_lines", matcher_lines),
];

/// Cuts input into records: a length of one byte (255 is the rest), then so many bytes.
fn records(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (length, rest) = bytes.split_first()?;
        let at = if *length == 255 { rest.len() } else { usize::from(*length).min(rest.len()) };
        let (record, after) = rest.split_at(at);
        bytes = after;
        Some(record)
    })
    .take(64)
}
