//! What a page in a room says, and what the room makes of it: one arm per message, everything bounded.

use super::super::chat::Heard;
use super::super::media::talk::{Call, fault_of};
use super::super::protocol::{GivenLine, Media, Wish};
use super::super::rate::Pace;
use super::super::seat::Conn;
use super::protocol::{FromPage, ToPage};
use super::{Muted, Output, Table, over, refused};
use crate::domain::capacity::Full;
use crate::domain::id::MemberId;
use crate::domain::refusal::Refusal;
use crate::domain::room::{GOAL_CHARS, full, walled};
use crate::domain::time::Zone;

const TROUBLE_CHARS: usize = 40;
/// Lines given back cannot be older than this.
const CHAT_BACK_MS: i64 = 12 * 3_600_000;

/// Screens that a page shows at once: the last of the video lines that it offers to receive.
const SCREENS: usize = 2;

impl Table {
    /// A page says something; only the page that holds its chair is listened to.
    pub fn handle_said(&mut self, conn: Conn, message: FromPage, now_ms: i64) {
        self.now_ms = now_ms;
        let Some(n) = self.place_of(conn) else { return };
        let Some(line) = &mut self.chairs[n].line else { return };
        line.heard_ms = now_ms;
        match line.bucket.take(now_ms) {
            Pace::Fine => self.listen(n, message),
            Pace::TellSlowDown => self.tell(n, refused("slow_down", "That was a lot at once. Please try again in a moment.")),
            Pace::Dropped => {}
        }
    }

    fn listen(&mut self, n: usize, message: FromPage) {
        let inside = self.chairs[n].inside();
        match message {
            FromPage::Hello { .. } => {}
            FromPage::Ping { at } => self.tell(n, ToPage::Pong { at, now_ms: self.now_ms }),
            FromPage::Come if !inside => self.come(n),
            FromPage::Goal { text } => {
                let goal = cleaned(&text, GOAL_CHARS);
                self.changed |= self.chairs[n].goal != goal;
                self.chairs[n].goal = goal;
            }
            FromPage::Media { media } => {
                let trouble = media.trouble.map(|word| cleaned(&word, TROUBLE_CHARS)).filter(|word| !word.is_empty());
                let media = Media { mic: self.may_speak(n, media.mic), trouble, ..media };
                self.changed |= self.chairs[n].media != media;
                self.chairs[n].media = media;
            }
            FromPage::Leave => {
                if let Some(conn) = self.chairs[n].conn() {
                    self.out.push_back(Output::Close { conn });
                }
                self.get_up(n);
            }
            _ if !inside => {}
            FromPage::Come => {}
            FromPage::Hand { up } => {
                self.changed |= self.chairs[n].hand != up;
                self.chairs[n].hand = up;
            }
            FromPage::Wave => {
                let message = ToPage::Wave { from: self.chairs[n].guest.id };
                self.tell_inside(&message);
            }
            FromPage::Chat { id, text } => self.chat(n, &id, &text),
            FromPage::GiveBack { lines } => self.give_back(n, lines),
            FromPage::MediaOffer { n: offer, sdp, anew } => self.offer(n, offer, sdp, anew),
            FromPage::MediaWish { wishes } => self.wish(n, wishes),
            FromPage::Ice => self.tell_ways(n),
        }
    }

    /// Whether their voice is passed on, after what their page says of its microphone.
    fn may_speak(&mut self, n: usize, mic: bool) -> bool {
        match (self.chairs[n].muted, mic) {
            (Muted::No, mic) => return mic,
            (Muted::Told, true) => self.tell(n, ToPage::Muted),
            (Muted::Told | Muted::Obeyed, false) => self.chairs[n].muted = Muted::Obeyed,
            (Muted::Obeyed, true) => {
                self.chairs[n].muted = Muted::No;
                self.hush(n, false);
                return true;
            }
        }
        false
    }

    fn come(&mut self, n: usize) {
        let taken = self.chairs.iter().filter(|c| c.inside()).count() as i64;
        if taken >= self.room.capacity {
            return self.tell(n, refused("full", &full(self.room.capacity).sentence));
        }
        let guest = self.chairs[n].guest.clone();
        if self.chairs.iter().any(|c| c.inside() && !c.guest.may_meet(&guest)) {
            if let Some(conn) = self.chairs[n].conn() {
                self.turn_away(conn, over(&walled().sentence));
            }
            return self.get_up(n);
        }
        if let Some(full) = self.over_full(n, taken as usize + 1) {
            let Refusal { code, sentence } = full.at_the_door(&Zone::or_utc(&guest.zone));
            return self.tell(n, refused(code, &sentence));
        }
        self.orders += 1;
        self.chairs[n].order = self.orders;
        // Who stood at the door from the other side of a wall sees nobody in here.
        while let Some(m) = self.chairs.iter().position(|c| !c.guest.may_meet(&guest)) {
            if let Some(conn) = self.chairs[m].conn() {
                self.turn_away(conn, over(&walled().sentence));
            }
            self.get_up(m);
        }
        let Some(n) = self.place(guest.id) else { return };
        self.changed = true;
        if !self.chat.is_empty() {
            self.tell(n, ToPage::ChatAll { chat: self.chat.all() });
        }
    }

    /// Whether the server could not carry one more here.
    fn over_full(&self, n: usize, people: usize) -> Option<Full> {
        self.chairs[n].line.as_ref()?.ways.room_full(self.media_room(), people, self.now_ms / 1000)
    }

    fn chat(&mut self, n: usize, id: &str, text: &str) {
        let (who, name) = (self.chairs[n].guest.id, self.chairs[n].guest.name.clone());
        match self.chat.say(who, &name, id, text, Vec::new(), self.now_ms) {
            Heard::Kept(line) => self.tell_inside(&ToPage::Chat { line }),
            Heard::Known(line) => self.tell(n, ToPage::Chat { line }),
            Heard::Empty => {}
        }
    }

    fn give_back(&mut self, n: usize, lines: Vec<GivenLine<MemberId>>) {
        let (who, name) = (self.chairs[n].guest.id, self.chairs[n].guest.name.clone());
        if self.chat.give_back(who, &name, lines, self.now_ms - CHAT_BACK_MS, self.now_ms) {
            let message = ToPage::ChatAll { chat: self.chat.all() };
            self.tell_inside(&message);
        }
    }

    fn tell_ways(&mut self, n: usize) {
        let (who, now_s) = (self.chairs[n].guest.id, self.now_ms / 1000);
        let ice = self.chairs[n].line.as_ref().map(|line| line.ways.of_room(self.room.id, who, now_s));
        if let Some(ice) = ice {
            self.tell(n, ToPage::Ice { ice });
        }
    }

    fn offer(&mut self, n: usize, offer: u32, sdp: String, anew: bool) {
        if let Some(sentence) = fault_of(&sdp) {
            return self.tell(n, ToPage::Call(Call::refused(offer, sentence)));
        }
        if anew {
            self.leave_media(n);
        }
        let room = self.media_room();
        let chair = &mut self.chairs[n];
        let join = chair.leg.offer(room, SCREENS, sdp, chair.local_host.clone());
        let who = chair.guest.id;
        self.out.push_back(Output::Join { who, n: offer, join });
    }

    fn wish(&mut self, n: usize, wishes: Vec<Wish<MemberId>>) {
        let number = |who| self.place(who).map(|m| self.chairs[m].leg.participant());
        self.out.extend(self.chairs[n].leg.wishes(wishes, number).into_iter().map(Output::Media));
    }
}

fn cleaned(text: &str, most_chars: usize) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(most_chars).collect();
    text.trim().to_owned()
}
