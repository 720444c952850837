//! A session page as the event stream serves it: what it is told, and what it says by posting.

use super::visitor::{Ask, Visitor};
use bytes::Bytes;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use std::time::Duration;
use warp::reply::Response;

/// Long beyond what any answer takes: a promise that is broken fails instead of hanging.
const PATIENCE: Duration = Duration::from_secs(20);

/// An event stream that is read one event after the other.
pub struct Stream {
    response: Response,
    text: String,
}

impl Stream {
    pub async fn open(visitor: &Visitor, path: &str) -> Self {
        let response = visitor.open(Ask::get(path).header("accept", "text/event-stream")).await;
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        Self { response, text: String::new() }
    }

    /// The next event: its name (empty for a plain message) and its data. `None` when the stream has ended.
    pub async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name).and_then(|l| l.strip_prefix(':')));
                let found = field("data").map(|data| {
                    let name = field("event").unwrap_or_default().trim().to_owned();
                    (name, serde_json::from_str(data).unwrap())
                });
                self.text = rest.to_owned();
                match found {
                    Some(found) => return Some(found),
                    None => continue,
                }
            }
            let frame = tokio::time::timeout(PATIENCE, self.response.body_mut().frame()).await.expect("an event in time")?;
            let bytes = frame.unwrap().into_data().unwrap();
            self.text.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    }
}

/// A page in its seat.
pub struct Page<'a> {
    visitor: &'a Visitor,
    booking: i64,
    word: String,
    stream: Stream,
    nonce: u32,
}

impl<'a> Page<'a> {
    pub async fn open(visitor: &'a Visitor, booking: i64) -> Self {
        Self::named(visitor, booking, "page").await
    }

    pub async fn named(visitor: &'a Visitor, booking: i64, word: &str) -> Self {
        let stream = Stream::open(visitor, &format!("/session/{booking}/events?page={word}&claim=1")).await;
        let mut page = Self { visitor, booking, word: word.to_owned(), stream, nonce: 0 };
        page.until(|m| m["t"] == "welcome").await;
        page
    }

    pub async fn says(&self, message: Value) {
        let body = Bytes::from(json!([message]).to_string());
        let path = format!("/session/{}/send?page={}", self.booking, self.word);
        self.visitor.send(Ask::raw("POST", &path, body).header("content-type", "application/json")).await.is(204);
    }

    /// Reads on until a message is as wished.
    pub async fn until(&mut self, wished: impl Fn(&Value) -> bool) -> Value {
        loop {
            let (_, message) = self.stream.next().await.expect("the stream goes on");
            if wished(&message) {
                return message;
            }
        }
    }

    /// Reads one message; `false` when there is none because the connection has ended.
    pub async fn stream_goes_on(&mut self) -> bool {
        self.stream.next().await.is_some()
    }

    /// The next message that carries the whole state with a wished property of a seat.
    pub async fn until_seat(&mut self, booking: i64, wished: impl Fn(&Value) -> bool) -> Value {
        let seat = |m: &Value| m["state"]["seats"].as_array().and_then(|s| s.iter().find(|s| s["booking"] == booking).cloned());
        let message = self.until(|m| seat(m).is_some_and(|seat| wished(&seat))).await;
        seat(&message).unwrap()
    }

    /// Takes the seat; comes back when that is saved.
    pub async fn sits(&mut self) {
        self.says(json!({ "t": "sit" })).await;
        self.until_seat(self.booking, |seat| seat["sat"] == true).await;
    }

    /// Puts goals down; comes back when they are on the disk.
    pub async fn means_to(&mut self, goals: &[&str]) {
        let goals: Vec<Value> = goals.iter().map(|text| json!({ "text": text })).collect();
        self.nonce += 1;
        self.says(json!({ "t": "goals", "goals": goals, "nonce": self.nonce })).await;
        self.saved().await;
    }

    pub async fn marks(&mut self, goal: usize, outcome: &str) {
        self.nonce += 1;
        self.says(json!({ "t": "mark", "goal": goal, "outcome": outcome, "nonce": self.nonce })).await;
        self.saved().await;
    }

    async fn saved(&mut self) {
        let nonce = self.nonce;
        let answer = self.until(|m| m["nonce"] == nonce).await;
        assert_eq!(answer["t"], "saved", "{answer}");
    }

    pub async fn leaves(&mut self, note: &str) {
        self.says(json!({ "t": "leave", "note": note })).await;
        self.until_seat(self.booking, |seat| seat["left"] == note).await;
    }
}
