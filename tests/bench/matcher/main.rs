//! Answers the matcher's question-and-answer protocol: one JSON object per line in, one line out, with the very engine of
//! the house. `--bench` prints a table of figures instead.
//!
//! The protocol speaks of rooms, people and favourites, in minutes; it is translated here, at the edge, and nowhere else.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod ask;
mod bench;
mod ids;
mod people;
mod running;
mod whole;

use serde_json::{Value, json};
use std::io::{BufRead, Write};

/// A line longer than this is refused.
const MOST_BYTES: u64 = 64 << 20;

fn main() {
    if std::env::args().any(|a| a == "--bench") {
        bench::run();
        return;
    }
    let mut input = std::io::stdin().lock();
    let mut output = std::io::BufWriter::new(std::io::stdout().lock());
    let mut line = Vec::new();
    loop {
        line.clear();
        match std::io::Read::take(&mut input, MOST_BYTES).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) if line.iter().all(u8::is_ascii_whitespace) => continue,
            Ok(_) => {}
        }
        if writeln!(output, "{}", answer(&line)).and_then(|()| output.flush()).is_err() {
            return;
        }
    }
}

/// The answer to one line.
fn answer(line: &[u8]) -> Value {
    let question: ask::Question = match serde_json::from_slice(line) {
        Ok(question) => question,
        Err(fault) => return json!({ "error": fault.to_string() }),
    };
    match question.op.as_str() {
        "plan" => whole::plan(&question),
        "rematch" => whole::rematch(&question),
        "decide" => running::decide(&question),
        "live" => running::live(&question),
        other => json!({ "error": format!("no such op: {other}") }),
    }
}
