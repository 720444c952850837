//! Lines in, lines out: every question has one answer, also one that is no question. What is read is bounded.

use super::{ask, running, whole};
use serde_json::{Value, json};
use std::io::{self, BufRead, Read, Write};

/// Answers until the input ends. A line of more than `most` bytes is read past and refused.
///
/// # Errors
/// When nobody reads the answers any more.
pub fn serve(mut input: impl BufRead, mut output: impl Write, most: u64) -> io::Result<()> {
    let mut line = Vec::new();
    loop {
        line.clear();
        if (&mut input).take(most + 1).read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let whole = line.ends_with(b"\n") || line.len() as u64 <= most;
        let answer = if !whole {
            input.skip_until(b'\n')?;
            json!({ "error": format!("a line has at most {most} bytes") })
        } else if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        } else {
            answer(&line)
        };
        writeln!(output, "{answer}")?;
        output.flush()?;
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
        other => json!({ "error": format!("no such op: {}", other.chars().take(40).collect::<String>()) }),
    }
}
