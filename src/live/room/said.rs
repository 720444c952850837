//! What a page says, and what the room makes of it: one arm per message, everything bounded.

use super::super::chat::Heard;
use super::super::protocol::{ChatLine, FromPage, Media, ToPage};
use super::super::rate::Pace;
use super::super::seat::Conn;
use super::{Room, refused};
use crate::domain::id::BookingId;
use crate::domain::lounge::Attention;
use crate::domain::seat::Deed;
use crate::domain::session::{GOALS_MOST, HIGH_FIVE_S, LOBBY_S, Phase, goals_cleaned};
use crate::domain::time::Zone;
use serde_json::Value;

/// A session description with many candidates has about 10 KiB.
const SIGNAL_BYTES: usize = 32 * 1024;
const NOTE_CHARS: usize = 300;
const TROUBLE_CHARS: usize = 40;

impl Room {
    /// A page says something; only the page that holds its seat is listened to.
    pub fn handle_said(&mut self, conn: Conn, message: FromPage, now_ms: i64) {
        self.begin(now_ms);
        let Some(n) = self.place_of(conn) else { return };
        let Some(line) = &mut self.seats[n].line else { return };
        line.heard_ms = now_ms;
        let pace = line.bucket.take(now_ms);
        let nonce = nonce(&message);
        if pace == Pace::TellSlowDown || (pace == Pace::Dropped && nonce.is_some()) {
            self.tell(n, refused("slow_down", "That was a lot at once. Please try again in a moment.", nonce));
        }
        // A seat that is over is told so by `settle`.
        if pace == Pace::Fine && self.seats[n].truth.phase(self.now()) != Phase::Closed {
            self.listen(n, message);
        }
    }

    fn listen(&mut self, n: usize, message: FromPage) {
        match message {
            FromPage::Hello { .. } => {}
            FromPage::Ping { at } => self.tell(n, ToPage::Pong { at, now_ms: self.now_ms }),
            FromPage::Sit => self.sit(n),
            FromPage::Goals { goals, nonce } => self.save(n, Deed::Goals(goals_cleaned(goals)), Some(nonce)),
            FromPage::Mark { goal, outcome, nonce } if goal < GOALS_MOST => {
                self.save(n, Deed::Mark { goal, outcome }, Some(nonce))
            }
            FromPage::Mark { nonce, .. } => self.tell(n, refused("gone", "That goal isn't on your list any more.", Some(nonce))),
            FromPage::Signal { to, data } => self.pass_on(n, to, data),
            FromPage::Chat { id, text } => self.chat(n, &id, &text),
            FromPage::GiveBack { lines } => {
                let truth = &self.seats[n].truth;
                let earliest_ms = truth.start.plus(-LOBBY_S).0 * 1000;
                if self.chat.give_back(truth.booking, &truth.name, lines, earliest_ms, self.now_ms) {
                    for m in 0..self.seats.len() {
                        self.tell(m, ToPage::ChatAll { chat: self.chat_for(m) });
                    }
                }
            }
            FromPage::Media { media } => {
                let trouble = media.trouble.map(|word| cleaned(&word, TROUBLE_CHARS)).filter(|word| !word.is_empty());
                let media = Media { trouble, ..media };
                self.changed |= self.seats[n].media != media;
                self.seats[n].media = media;
            }
            FromPage::Away { minutes } => {
                let until = minutes.map(|m| self.now_ms + i64::from(m.clamp(1, 30)) * 60_000);
                self.changed |= self.seats[n].away_until_ms != until;
                let seat = &mut self.seats[n];
                seat.away_until_ms = until;
                seat.away_since_ms = until.and(seat.away_since_ms.or(Some(self.now_ms)));
            }
            FromPage::Late { minutes } => self.save(n, Deed::Late { minutes: minutes.clamp(1, 10) }, None),
            FromPage::Ice => self.tell_ways(n),
            FromPage::HighFive => self.high_five(n),
            FromPage::Agree { yes } => self.agree(n, yes),
            FromPage::SitWith { offer } => self.sit_with(n, offer),
            FromPage::StayAlone { yes } => self.stay_alone(n, yes),
            FromPage::Attention { visible, idle_ms } => {
                let active_ms = self.now_ms - i64::from(idle_ms);
                self.seats[n].attention = Some(Attention { visible, active_ms });
            }
            FromPage::MediaOffer { n: offer, sdp, anew } => self.offer(n, offer, sdp, anew),
            FromPage::MediaWish { wishes } => self.wish(n, wishes),
            FromPage::Leave { note } => {
                if self.seats[n].truth.phase(self.now()) != Phase::Ahead {
                    self.save(n, Deed::Left { note: cleaned(&note, NOTE_CHARS) }, None);
                }
            }
        }
    }

    /// The first sitting is saved before anybody sees it; a page that comes back to a seat once taken sits at once.
    fn sit(&mut self, n: usize) {
        let truth = &self.seats[n].truth;
        if truth.phase(self.now()) == Phase::Ahead {
            return self.tell(n, refused("early", "The lobby opens ten minutes before the start. Your seat is kept.", None));
        }
        if truth.sat && truth.left.is_none() {
            self.seat_down(n);
        } else {
            self.save(n, Deed::Sat, None);
        }
    }

    /// The lines that a seat may read: what was said to it. Who joins in the middle does not read what two said before.
    pub(super) fn chat_for(&self, n: usize) -> Vec<ChatLine> {
        let me = self.seats[n].booking();
        self.chat.all().into_iter().filter(|line| line.from == me || line.to.contains(&me)).collect()
    }

    /// Signalling passes only between two taken seats of this session; what is meant for a page that is away is dropped,
    /// because a call is made anew when it comes back.
    fn pass_on(&mut self, n: usize, to: BookingId, data: Value) {
        let from = self.seats[n].booking();
        let Some(m) = self.place(to).filter(|m| *m != n) else { return };
        if !self.seats[n].seated || !self.seats[m].seated {
            return;
        }
        if weight(&data) > SIGNAL_BYTES {
            return self.tell(n, refused("too_large", "The call could not be made: your browser sent too much at once.", None));
        }
        self.tell(m, ToPage::Signal { from, data });
    }

    fn chat(&mut self, n: usize, id: &str, text: &str) {
        let truth = &self.seats[n].truth;
        let heard = self.chat.say(truth.booking, &truth.name, id, text, self.readers(n), self.now_ms);
        match heard {
            Heard::Kept(line) => {
                for m in 0..self.seats.len() {
                    if line.to.contains(&self.seats[m].booking()) {
                        self.tell(m, ToPage::Chat { line: line.clone() });
                    }
                }
            }
            Heard::Known(line) => self.tell(n, ToPage::Chat { line }),
            Heard::Empty => {}
        }
    }

    fn tell_ways(&mut self, n: usize) {
        let (who, now_s) = (self.seats[n].truth.member, self.now_ms / 1000);
        let Some(line) = &self.seats[n].line else { return };
        let ice = line.ways.of_session(self.session, who, now_s);
        let full = line.ways.relay_full(self.session, now_s);
        let full = full.map(|full| full.for_a_pair(&Zone::or_utc(&self.seats[n].truth.zone)));
        self.tell(n, ToPage::Ice { ice, full });
    }

    fn high_five(&mut self, n: usize) {
        let now_ms = self.now_ms;
        let recent = |at: Option<i64>| at.is_some_and(|at| (0..=HIGH_FIVE_S * 1000).contains(&(now_ms - at)));
        let both = self.seats.iter().enumerate().any(|(m, seat)| m != n && recent(seat.high_five_ms));
        if both {
            self.seats.iter_mut().for_each(|seat| seat.high_five_ms = None);
        } else {
            self.seats[n].high_five_ms = Some(now_ms);
        }
        let from = self.seats[n].booking();
        self.tell_all(&ToPage::HighFive { from, both });
    }
}

/// The number by which the page waits for an answer.
fn nonce(message: &FromPage) -> Option<u32> {
    match message {
        FromPage::Goals { nonce, .. } | FromPage::Mark { nonce, .. } => Some(*nonce),
        _ => None,
    }
}

fn cleaned(text: &str, most_chars: usize) -> String {
    let text: String = text.chars().filter(|c| !c.is_control() || *c == '\n').take(most_chars).collect();
    text.trim().to_owned()
}

/// About as many bytes as the value has as text.
fn weight(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 8,
        Value::String(text) => text.len() + 2,
        Value::Array(values) => values.iter().map(|v| weight(v) + 1).sum::<usize>() + 2,
        Value::Object(fields) => fields.iter().map(|(k, v)| k.len() + weight(v) + 4).sum::<usize>() + 2,
    }
}
