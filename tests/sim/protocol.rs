//! A client of the matcher program that speaks its protocol line by line: random instances whose starts become due and whose
//! people are left alone, every answer held against the rules; and lines that are no questions.

use crate::demand::Dice;
use crate::lines::serve;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The start that everything is about, in minutes.
const START: i64 = 600;
/// A line may be so long here.
const MOST_BYTES: u64 = 1 << 20;

/// What the program says to these lines.
fn said(lines: &str) -> Vec<String> {
    let mut output = Vec::new();
    serve(lines.as_bytes(), &mut output, MOST_BYTES).unwrap();
    String::from_utf8(output).unwrap().lines().map(str::to_owned).collect()
}

fn ask(question: &Value) -> Value {
    let answers = said(&format!("{question}\n"));
    assert_eq!(answers.len(), 1, "one line, one answer: {question}");
    let answer: Value = serde_json::from_str(&answers[0]).unwrap();
    assert!(answer.get("error").is_none(), "{answer}: {question}");
    answer
}

/// An instance as the client knows it.
struct Instance {
    dice: Dice,
    people: Vec<Value>,
    bookings: Vec<Value>,
    met: Vec<Value>,
    rooms: Vec<Vec<i64>>,
}

impl Instance {
    fn drawn(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let count = dice.between(2, 10);
        let any = |dice: &mut Dice, words: &[&str]| words[dice.below(words.len() as i64) as usize].to_owned();
        let people = (0..count).map(|member| {
            let blocks: Vec<i64> = (0..count).filter(|_| dice.percent(8)).collect();
            let favourites: Vec<i64> = (0..count).filter(|_| dice.percent(15)).collect();
            json!({
                "member": member, "trio_ok": dice.percent(70), "talk": any(&mut dice, &["any", "quiet", "chat"]),
                "camera": any(&mut dice, &["any", "on", "off"]), "novelty": any(&mut dice, &["any", "new", "repeat"]),
                "host": dice.percent(30), "sessions_done": dice.below(20), "favourites": favourites, "blocks": blocks,
                "debt": dice.below(5), "shoe_size": 42,
            })
        });
        let people: Vec<Value> = people.collect();
        let bookings = (0..count).map(|member| {
            let earliest = START + 15 * dice.between(-3, 3);
            let latest = earliest + 15 * dice.below(5);
            let (earliest, latest) = if dice.percent(60) { (START, START) } else { (earliest, latest) };
            let minutes = [25, 50, 75][dice.below(3) as usize];
            json!({ "id": 100 + member, "member": member, "minutes": minutes, "earliest": earliest, "latest": latest, "firm": false })
        });
        let bookings = bookings.collect();
        let met = (0..dice.below(4)).map(|_| json!([dice.below(count), dice.below(count), 400])).collect();
        Self { dice, people, bookings, met, rooms: Vec::new() }
    }

    fn may_meet(&self, a: i64, b: i64) -> bool {
        let blocks = |own: i64, other: i64| self.people[own as usize]["blocks"].as_array().unwrap().contains(&json!(other));
        a != b && !blocks(a, b) && !blocks(b, a)
    }

    fn consents(&self, member: i64) -> bool {
        self.people[member as usize]["trio_ok"].as_bool().unwrap()
    }

    /// A question whose lists are in any order, and so the answer must be the same.
    fn question(&mut self, pairs_only: bool, last: bool) -> Value {
        let rooms: Vec<Value> = self.rooms.iter().map(|ids| json!({ "start": START, "bookings": ids })).collect();
        let mut of = |mut list: Vec<Value>| {
            for n in (1..list.len()).rev() {
                list.swap(n, self.dice.below(n as i64 + 1) as usize);
            }
            list
        };
        json!({
            "op": "decide", "start": START, "now": START - 15, "pairs_only": pairs_only, "final": last, "seed": 1,
            "features": { "trio": true, "flex": true, "live": true, "mixed": true }, "rules": { "grid": 15, "min_overlap": 5 },
            "people": of(self.people.clone()), "met": of(self.met.clone()), "bookings": of(self.bookings.clone()),
            "rooms": of(rooms),
        })
    }

    /// Asks about the start and takes over the answer, if it may be one.
    fn decide(&mut self, pairs_only: bool, last: bool) {
        let question = self.question(pairs_only, last);
        let answer = ask(&question);
        assert_eq!(answer, ask(&self.question(pairs_only, last)), "the same in any order: {question}");
        let rooms: Vec<Vec<i64>> = serde_json::from_value(answer["rooms"].clone()).unwrap();
        let used: BTreeSet<i64> = serde_json::from_value(answer["used"].clone()).unwrap();
        let mut seen = BTreeSet::new();
        for room in &rooms {
            assert!((2..=3).contains(&room.len()), "{answer}: {question}");
            for id in room {
                assert!(seen.insert(*id), "in two rooms: {answer}: {question}");
                let own = self.bookings.iter().find(|b| b["id"] == *id).unwrap_or_else(|| panic!("{id}: {answer}: {question}"));
                let (earliest, latest) = (own["earliest"].as_i64().unwrap(), own["latest"].as_i64().unwrap());
                assert!(earliest <= START && START <= latest, "outside the window: {answer}: {question}");
                assert!(room.len() < 3 || self.consents(id - 100), "no consent: {answer}: {question}");
                assert!(room.iter().all(|other| other == id || self.may_meet(id - 100, other - 100)), "{answer}: {question}");
            }
            assert!(!pairs_only || room.len() == 2 || self.rooms.contains(room), "{answer}: {question}");
        }
        assert!(used.is_subset(&seen), "{answer}: {question}");
        let before: BTreeSet<i64> = self.rooms.iter().flatten().copied().collect();
        assert!(before.is_subset(&seen), "who had company has it: {answer}: {question}");
        for room in self.rooms.iter().filter(|_| !last) {
            assert!(rooms.iter().any(|now| room.iter().all(|id| now.contains(id))), "announced: {answer}: {question}");
        }
        for booking in self.bookings.iter_mut().filter(|b| seen.contains(&b["id"].as_i64().unwrap())) {
            (booking["earliest"], booking["latest"]) = (json!(START), json!(START));
        }
        self.rooms = rooms;
    }

    /// Somebody cancels, and whoever is alone in a room then is in none.
    fn cancels(&mut self) {
        let gone = self.bookings.remove(self.dice.below(self.bookings.len() as i64) as usize);
        for room in &mut self.rooms {
            room.retain(|id| gone["id"] != *id);
        }
        self.rooms.retain(|room| room.len() > 1);
    }

    /// The session begins, some stay away, and whoever is alone looks for company.
    fn lives(&mut self) {
        let now = START + self.dice.below(20);
        let ends: BTreeMap<i64, i64> =
            self.bookings.iter().map(|b| (b["id"].as_i64().unwrap(), START + b["minutes"].as_i64().unwrap())).collect();
        let here: BTreeSet<i64> = ends.keys().copied().filter(|_| !self.dice.percent(20)).collect();
        let seat = |id: &i64, since: i64| json!({ "id": id, "member": id - 100, "ends": ends[id], "since": since });
        let mut rooms: Vec<Vec<i64>> =
            self.rooms.iter().map(|room| room.iter().copied().filter(|id| here.contains(id)).collect()).collect();
        rooms.retain(|room: &Vec<i64>| room.len() > 1);
        let alone: Vec<i64> = here.iter().copied().filter(|id| !rooms.iter().any(|room| room.contains(id))).collect();
        let told: Vec<Value> = rooms
            .iter()
            .enumerate()
            .map(|(n, room)| {
                let seats: Vec<Value> = room.iter().map(|id| seat(id, START)).collect();
                json!({ "id": n, "start": START, "joins": 0, "bookings": seats })
            })
            .collect();
        let lone: Vec<Value> = alone.iter().map(|id| seat(id, now)).collect();
        let question = json!({ "op": "live", "now": now, "seed": 1, "people": self.people, "alone": lone, "rooms": told });
        let answer = ask(&question);
        let (mut seen, mut joined) = (BTreeSet::new(), BTreeSet::new());
        for merge in answer["merges"].as_array().unwrap() {
            let (kind, own, with) = (merge[0].as_str().unwrap(), merge[1].as_i64().unwrap(), merge[2].as_i64().unwrap());
            assert!(alone.contains(&own) && seen.insert(own), "{answer}: {question}");
            let others = match kind {
                "pair" => {
                    assert!(alone.contains(&with) && seen.insert(with), "{answer}: {question}");
                    vec![with]
                }
                "join" => {
                    let room = &rooms[with as usize];
                    assert!(room.len() == 2 && joined.insert(with), "{answer}: {question}");
                    assert!(room.iter().chain([&own]).all(|id| self.consents(id - 100)), "{answer}: {question}");
                    room.clone()
                }
                other => panic!("{other}: {answer}: {question}"),
            };
            for other in others {
                assert!(self.may_meet(own - 100, other - 100), "{answer}: {question}");
                assert!(ends[&own].min(ends[&other]) - now >= 5, "no company: {answer}: {question}");
            }
        }
    }
}

#[test]
fn an_instance_that_asks_line_by_line_is_told_nothing_that_breaks_a_rule() {
    for seed in 0..1500 {
        let mut instance = Instance::drawn(seed);
        instance.decide(true, false);
        instance.decide(false, false);
        if seed.is_multiple_of(2) && instance.bookings.len() > 2 {
            instance.cancels();
            instance.decide(false, false);
        }
        instance.decide(false, true);
        instance.lives();
    }
}

#[test]
fn every_line_that_is_no_question_has_one_error_for_an_answer_and_the_next_is_answered() {
    let deep = "[".repeat(100_000);
    let long = format!("{{\"op\":\"plan\",\"x\":\"{}\"}}", "y".repeat(3 << 20));
    let op = format!("{{\"op\":\"{}\"}}", "plan".repeat(1000));
    let lines = [
        "{",
        "nonsense",
        "[]",
        "3",
        "null",
        "{}",
        "{\"op\":7}",
        "{\"op\":\"seat\"}",
        "{\"op\":\"decide\",\"start\":\"noon\"}",
        "{\"op\":\"decide\",\"bookings\":[{\"person\":1}]}",
        "{\"op\":\"live\",\"alone\":{}}",
        "\u{0}",
        "{\"op\":\"plan\"} x",
        "{\"op\":\"decide\",\"start\":1e400}",
        deep.as_str(),
        long.as_str(),
        op.as_str(),
    ];
    for line in lines {
        let answers = said(&format!("{line}\n\n  \n{{\"op\":\"plan\"}}\n"));
        assert_eq!(answers.len(), 2, "{:.80}: {answers:?}", line);
        let error: Value = serde_json::from_str(&answers[0]).unwrap();
        assert!(error["error"].as_str().is_some_and(|said| !said.is_empty() && said.len() < 300), "{:.80}: {error}", line);
        assert_eq!(answers[1], "{\"rooms\":[]}");
    }
}

#[test]
fn a_line_that_is_cut_off_or_no_text_or_out_of_all_bounds_is_answered_without_a_panic() {
    let mut output = Vec::new();
    serve(&b"\xff\xfe{\n{\"op\":\"plan\"}"[..], &mut output, MOST_BYTES).unwrap();
    assert_eq!(output.split(|b| *b == b'\n').filter(|l| !l.is_empty()).count(), 2);
    let edges = [i64::MIN, i64::MIN + 1, -1, 0, 1, 600, i64::MAX - 1, i64::MAX];
    let mut dice = Dice::new(5);
    for op in ["plan", "rematch", "decide", "live"] {
        for _ in 0..300 {
            let mut edge = || edges[dice.below(edges.len() as i64) as usize];
            let booking = |id: i64, edge: &mut dyn FnMut() -> i64| json!({ "id": id, "person": id % 3, "minutes": edge(), "earliest": edge(), "latest": edge(), "ends": edge() });
            let bookings: Vec<Value> = (0..5).map(|id| booking(id % 4, &mut edge)).collect();
            let question = json!({
                "op": op, "start": edge(), "now": edge(), "seed": edge(),
                "rules": { "grid": edge(), "max_room": edge(), "min_shared_minutes": edge() },
                "people": [{ "id": 0, "sessions_done": edge(), "alone_recently": edge() }, { "id": 1, "blocks": [1, 2, "two"] }],
                "bookings": bookings, "alone": bookings, "met": [[0, 1, edge()], [], [2]],
                "rooms": [{ "id": 1, "start": edge(), "bookings": bookings }, { "bookings": [0, 1, 1, 9] }],
                "announced": [{ "start": edge(), "bookings": [0, 1] }],
            });
            ask(&question);
        }
    }
}

#[test]
fn an_endless_line_costs_no_more_memory_than_a_line_may_have() {
    /// Says the same letter for ever, or nearly.
    struct Endless(u64);
    impl std::io::Read for Endless {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            let n = (into.len() as u64).min(self.0) as usize;
            into[..n].fill(b'a');
            self.0 -= n as u64;
            Ok(n)
        }
    }
    let mut output = Vec::new();
    let input = std::io::Read::chain(Endless(200 << 20), &b"\n{\"op\":\"plan\"}\n"[..]);
    serve(std::io::BufReader::new(input), &mut output, 1000).unwrap();
    let said = String::from_utf8(output).unwrap();
    assert_eq!(said, "{\"error\":\"a line has at most 1000 bytes\"}\n{\"rooms\":[]}\n");
}
