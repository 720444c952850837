//! Questions that are put to the matcher from outside, a line each: every one is answered, alike each time, and nobody sits twice.

#[path = "../../bench/matcher/ask.rs"]
mod ask;
#[path = "../../bench/matcher/ids.rs"]
mod ids;
#[path = "../../bench/matcher/lines.rs"]
mod lines;
#[path = "../../bench/matcher/people.rs"]
mod people;
#[path = "../../bench/matcher/running.rs"]
mod running;
#[path = "../../bench/matcher/whole.rs"]
mod whole;

use serde_json::Value;
use std::collections::BTreeSet;

/// The longest line, in bytes: short enough that input reaches beyond it.
const MOST: u64 = 2_000;
/// Who is in one room.
const ROOM: usize = 3;

/// Lines in, lines out.
pub fn matcher_lines(bytes: &[u8]) {
    let answers = answered(bytes);
    assert_eq!(answered(bytes), answers, "the same question has the same answer");
    let blank = |line: &&[u8]| line.len() as u64 <= MOST && line.iter().all(u8::is_ascii_whitespace);
    let questions: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').filter(|line| !blank(line)).collect();
    let answers: Vec<Value> = answers.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(answers.len(), questions.len());
    for (question, answer) in questions.iter().zip(&answers) {
        assert!(answer["error"].is_string() || answer["rooms"].is_array() || answer["merges"].is_array(), "{answer}");
        let asked: Option<Value> = serde_json::from_slice(question).ok().filter(|asked: &Value| asked["op"] == "plan");
        if let (Some(rooms), true) = (answer["rooms"].as_array(), asked.is_some()) {
            let all: Vec<String> =
                rooms.iter().flat_map(|room| room["bookings"].as_array()).flatten().map(Value::to_string).collect();
            assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "somebody sits twice: {answer}");
            assert!(rooms.iter().all(|room| room["bookings"].as_array().is_some_and(|seats| seats.len() <= ROOM)), "{answer}");
        }
    }
}

fn answered(bytes: &[u8]) -> String {
    let mut output = Vec::new();
    lines::serve(bytes, &mut output, MOST).expect("memory takes it");
    String::from_utf8(output).expect("text")
}
