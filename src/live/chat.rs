//! The chat of one session, in memory only: bounded, each line kept once, in the order of its time.
//!
//! It never touches a disk. After a restart each page gives back the lines of its own member, and only those.

use super::protocol::{CHAT_CHARS, CHAT_LINES, ChatLine, GivenLine};
use crate::domain::id::BookingId;
use std::collections::VecDeque;

/// The most who are named as readers of a line.
const READERS_MOST: usize = 16;
/// The most characters that a line's id or a page's word may have.
pub const WORD_CHARS: usize = 40;
/// The most bytes of text that the server keeps for a session.
const CHAT_BYTES: usize = 384 * 1024;

/// What came of a line.
#[derive(Debug, PartialEq)]
pub enum Heard<Id = BookingId> {
    Kept(ChatLine<Id>),
    /// The same line was sent before; here it is.
    Known(ChatLine<Id>),
    /// Nothing was said.
    Empty,
}

/// The lines of one session or room, oldest first; a line is its seat's or its member's.
#[derive(Debug)]
pub struct Chat<Id = BookingId> {
    lines: VecDeque<ChatLine<Id>>,
    bytes: usize,
}

impl<Id> Default for Chat<Id> {
    fn default() -> Self {
        Self { lines: VecDeque::new(), bytes: 0 }
    }
}

impl<Id: Copy + PartialEq> Chat<Id> {
    /// Takes a line in, for those readers; the oldest give way when there are too many.
    pub fn say(&mut self, from: Id, name: &str, id: &str, text: &str, to: Vec<Id>, now_ms: i64) -> Heard<Id> {
        let Some(line) = line(from, name, id, text, to, now_ms) else { return Heard::Empty };
        if let Some(known) = self.known(from, &line.id) {
            return Heard::Known(known.clone());
        }
        let at_ms = self.lines.back().map_or(now_ms, |last| last.at_ms.max(now_ms));
        let line = ChatLine { at_ms, ..line };
        self.insert(line.clone());
        Heard::Kept(line)
    }

    /// Takes back what a page kept of its own member's lines; true when any of them was missing here.
    pub fn give_back(&mut self, from: Id, name: &str, given: Vec<GivenLine<Id>>, earliest_ms: i64, now_ms: i64) -> bool {
        let before = self.lines.len();
        for old in given.into_iter().take(CHAT_LINES) {
            let at_ms = old.at_ms.clamp(earliest_ms.min(now_ms), now_ms);
            match line(from, name, &old.id, &old.text, old.to, at_ms) {
                Some(line) if self.known(from, &line.id).is_none() => self.insert(line),
                _ => {}
            }
        }
        self.lines.len() != before
    }

    /// All lines, oldest first.
    pub fn all(&self) -> Vec<ChatLine<Id>> {
        self.lines.iter().cloned().collect()
    }

    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    fn known(&self, from: Id, id: &str) -> Option<&ChatLine<Id>> {
        self.lines.iter().find(|l| l.from == from && l.id == id)
    }

    fn insert(&mut self, line: ChatLine<Id>) {
        let place = self.lines.partition_point(|l| l.at_ms <= line.at_ms);
        self.bytes += weight(&line);
        self.lines.insert(place, line);
        while self.lines.len() > CHAT_LINES || self.bytes > CHAT_BYTES {
            let Some(oldest) = self.lines.pop_front() else { return };
            self.bytes -= weight(&oldest);
        }
    }
}

/// A line with its bounds kept; `None` when nothing is left of it.
fn line<Id>(from: Id, name: &str, id: &str, text: &str, mut to: Vec<Id>, at_ms: i64) -> Option<ChatLine<Id>> {
    to.truncate(READERS_MOST);
    let id: String = id.chars().filter(|c| !c.is_control()).take(WORD_CHARS).collect();
    let text: String = text.chars().filter(|c| !c.is_control() || *c == '\n').take(CHAT_CHARS).collect();
    let text = text.trim().to_owned();
    (!id.is_empty() && !text.is_empty()).then(|| ChatLine { id, from, name: name.to_owned(), text, at_ms, to })
}

fn weight<Id>(line: &ChatLine<Id>) -> usize {
    line.text.len() + line.id.len() + line.name.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANA: BookingId = BookingId(1);
    const BEN: BookingId = BookingId(2);

    fn texts(chat: &Chat) -> Vec<String> {
        chat.all().into_iter().map(|l| l.text).collect()
    }

    fn given(id: &str, text: &str, at_ms: i64) -> GivenLine {
        GivenLine { id: id.to_owned(), text: text.to_owned(), at_ms, to: vec![ANA, BEN] }
    }

    #[test]
    fn a_line_sent_twice_is_kept_once() {
        let mut chat: Chat = Chat::default();
        assert!(matches!(chat.say(ANA, "Ana", "a", "hello", vec![ANA, BEN], 10), Heard::Kept(_)));
        assert!(matches!(chat.say(ANA, "Ana", "a", "hello", vec![ANA, BEN], 20), Heard::Known(l) if l.at_ms == 10));
        assert!(matches!(chat.say(BEN, "Ben", "a", "hello", vec![ANA, BEN], 20), Heard::Kept(_)), "an id is the sender's own");
        assert_eq!(chat.all().len(), 2);
    }

    #[test]
    fn lines_are_bounded_in_number_and_size() {
        let mut chat: Chat = Chat::default();
        for n in 0..(CHAT_LINES + 50) {
            chat.say(ANA, "Ana", &format!("{n}"), "é", Vec::new(), n as i64);
        }
        assert_eq!(chat.all().len(), CHAT_LINES);
        assert_eq!(chat.all()[0].id, "50");
        let long = "x".repeat(CHAT_CHARS * 2);
        for n in 0..CHAT_LINES {
            chat.say(BEN, "Ben", &format!("{n}"), &long, Vec::new(), 10_000);
        }
        assert!(chat.all().iter().all(|l| l.text.chars().count() <= CHAT_CHARS));
        assert!(chat.all().iter().map(weight).sum::<usize>() <= CHAT_BYTES);
    }

    #[test]
    fn nothing_said_is_nothing_kept() {
        let mut chat: Chat = Chat::default();
        assert_eq!(chat.say(ANA, "Ana", "a", " \n\u{7} ", Vec::new(), 0), Heard::Empty);
        assert_eq!(chat.say(ANA, "Ana", "", "hello", Vec::new(), 0), Heard::Empty);
        assert!(chat.is_empty());
    }

    #[test]
    fn after_a_restart_both_pages_give_the_talk_back_in_its_order() {
        let mut chat: Chat = Chat::default();
        chat.say(ANA, "Ana", "new", "are you back", vec![ANA, BEN], 500);
        assert!(chat.give_back(BEN, "Ben", vec![given("b1", "second", 200), given("b2", "fourth", 400)], 0, 600));
        assert!(chat.give_back(
            ANA,
            "Ana",
            vec![given("a1", "first", 100), given("a2", "third", 300), given("new", "are you back", 500)],
            0,
            600
        ));
        assert_eq!(texts(&chat), ["first", "second", "third", "fourth", "are you back"]);
        assert!(!chat.give_back(BEN, "Ben", vec![given("b1", "second", 200)], 0, 600), "nothing was missing");
    }

    #[test]
    fn a_given_line_cannot_lie_before_the_lobby_or_in_the_future() {
        let mut chat: Chat = Chat::default();
        chat.give_back(ANA, "Ana", vec![given("a", "x", i64::MIN), given("b", "y", i64::MAX)], 1_000, 2_000);
        assert_eq!(chat.all().iter().map(|l| l.at_ms).collect::<Vec<_>>(), [1_000, 2_000]);
    }
}
