//! Answers the matcher's question-and-answer protocol: one JSON object per line in, one line out, with the very engine of
//! the house. `--bench` prints a table of figures instead.
//!
//! The protocol speaks of rooms, people and favourites, in minutes; it is translated here, at the edge, and nowhere else.
//! `tests/sim/protocol.rs` is a client that tries it.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod ask;
mod bench;
mod ids;
mod lines;
mod people;
mod running;
mod whole;

/// A line longer than this is refused.
const MOST_BYTES: u64 = 64 << 20;

fn main() {
    if std::env::args().any(|a| a == "--bench") {
        bench::run();
        return;
    }
    let output = std::io::BufWriter::new(std::io::stdout().lock());
    // Who asked has gone: there is nobody to tell.
    let _ = lines::serve(std::io::stdin().lock(), output, MOST_BYTES);
}
