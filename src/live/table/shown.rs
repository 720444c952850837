//! What follows from time in a room, and how its pages are shown it.

use super::super::media::talk::Call;
use super::super::seat::DEAD_MS;
use super::protocol::{Person, State, ToPage};
use super::{Chair, KEEP_MS, Output, Table};

impl Table {
    /// What follows from the time: who is here, and whose chair is given up.
    pub(super) fn settle(&mut self) {
        let now_ms = self.now_ms;
        for n in (0..self.chairs.len()).rev() {
            let chair = &mut self.chairs[n];
            let dead = chair.line.as_ref().is_some_and(|line| now_ms >= line.heard_ms + DEAD_MS);
            if let Some(line) = chair.line.take_if(|_| dead) {
                chair.lost_ms = Some(now_ms);
                self.out.push_back(Output::Close { conn: line.conn });
            }
            let keep_ms = if self.chairs[n].inside() { KEEP_MS } else { 0 };
            if self.chairs[n].lost_ms.is_some_and(|at| now_ms >= at + keep_ms) {
                self.get_up(n);
                continue;
            }
            let chair = &mut self.chairs[n];
            let here = chair.here_until_ms().is_some_and(|until| now_ms < until);
            self.changed |= std::mem::replace(&mut chair.here, here) != here;
        }
    }

    /// Shows the state to every page if anything changed, and welcomes those that are new.
    pub(super) fn show(&mut self) {
        if !std::mem::take(&mut self.changed) {
            return;
        }
        // Tied to the time, so that it goes on growing over restarts.
        self.rev = (self.rev + 1).max(self.now_ms.max(0) as u64);
        let state = self.state();
        for n in 0..self.chairs.len() {
            let inside = self.chairs[n].inside();
            let you = self.chairs[n].guest.id;
            let Some(line) = &mut self.chairs[n].line else { continue };
            if !std::mem::take(&mut line.welcome_due) {
                let conn = line.conn;
                self.out.push_back(Output::Tell { conn, message: ToPage::State { state: state.clone() } });
                continue;
            }
            let (conn, ice) = (line.conn, line.ways.of_room(self.room.id, you, self.now_ms / 1000));
            let chat = if inside { self.chat.all() } else { Vec::new() };
            let (now_ms, run) = (self.now_ms, self.run.clone());
            let message = ToPage::Welcome { now_ms, run, you, state: state.clone(), chat, ice };
            self.out.push_back(Output::Tell { conn, message });
            if !self.chairs[n].leg.slots.is_empty() {
                self.tell(n, self.slots_of(n));
            }
            if self.chairs[n].leg.lost() {
                self.tell(n, ToPage::Call(Call::Gone));
            }
        }
    }

    /// Whom the slots of a page show; those who have left are not named.
    pub(super) fn slots_of(&self, n: usize) -> ToPage {
        ToPage::Call(self.chairs[n].leg.shown(|participant| Some(self.chairs[self.place_by(participant)?].guest.id)))
    }

    fn state(&self) -> State {
        let mut inside: Vec<&Chair> = self.chairs.iter().filter(|c| c.inside()).collect();
        inside.sort_by_key(|c| c.order);
        let person = |chair: &&Chair| Person {
            who: chair.guest.id,
            name: chair.guest.name.clone(),
            zone: chair.guest.zone.clone(),
            moderator: chair.guest.moderator,
            here: chair.here,
            page: chair.page.clone(),
            goal: chair.goal.clone(),
            media: chair.media.clone(),
            hand: chair.hand,
        };
        let room = &self.room;
        State {
            room: room.id,
            rev: self.rev,
            name: room.name.clone(),
            purpose: room.purpose.clone(),
            capacity: room.capacity,
            rhythm: room.rhythm,
            people: inside.iter().map(person).collect(),
        }
    }
}
