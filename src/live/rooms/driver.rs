//! The one task that owns every living room: it feeds them, does what they ask, and wakes them when their time has come.
//!
//! A room that breaks down is dropped alone; its pages connect again. Offers are answered beside the task, so that a slow
//! media engine holds nobody's chat up.

use super::super::media::{Media, MediaEvent, of_room};
use super::super::seat::{Arrival, Conn};
use super::super::table::protocol::ToPage;
use super::super::table::{Output, Table};
use super::super::wire::Said;
use super::{FromPage, Seen};
use crate::clock::Clock;
use crate::domain::id::{MemberId, RoomId};
use crate::domain::refusal::Refusal;
use crate::domain::room::{Guest, Room};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

/// What the handle asks of the driver.
pub enum Order {
    Connect { room: Room, arrival: Box<Arrival<Guest>>, to: mpsc::Sender<ToPage> },
    Said(Said<FromPage>),
    Gone(Conn),
    Changed(Room),
    Closed(RoomId),
    Mute(RoomId, MemberId),
    SendOut(RoomId, MemberId, Refusal),
    HangUp(MemberId),
    AskAgain,
    Stop(oneshot::Sender<()>),
}

/// An offer that the media engine has answered.
struct Answered {
    room: RoomId,
    who: MemberId,
    participant: u64,
    n: u32,
    result: Result<String, String>,
}

struct Wire {
    to: mpsc::Sender<ToPage>,
    room: RoomId,
}

pub struct Driver {
    clock: Clock,
    media: Media,
    run: String,
    seen: Arc<Seen>,
    tables: HashMap<RoomId, Table>,
    wires: HashMap<Conn, Wire>,
    answers: JoinSet<Answered>,
}

impl Driver {
    pub fn new(clock: Clock, media: Media, run: String, seen: Arc<Seen>) -> Self {
        let (tables, wires) = Default::default();
        Self { clock, media, run, seen, tables, wires, answers: JoinSet::new() }
    }

    /// Drives until the handle is dropped or stopped.
    pub async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Order>, mut events: mpsc::Receiver<MediaEvent>) {
        let clock = self.clock.clone();
        loop {
            // There are few rooms: their hours are looked through, not kept in order.
            let next = self.tables.values().filter_map(Table::poll_timeout).min();
            let sleep = async {
                match next {
                    Some(at) => clock.sleep_until_ms(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                order = inbox.recv() => match order {
                    Some(Order::Stop(done)) => {
                        self.stop();
                        let _ = done.send(());
                        return;
                    }
                    Some(order) => self.obey(order),
                    None => return,
                },
                Some(event) = events.recv() => self.hear_engine(event),
                Some(done) = self.answers.join_next() => match done {
                    Ok(answer) => {
                        let Answered { room, who, participant, n, result } = answer;
                        self.with(room, |table, now_ms| table.handle_answer(who, participant, n, result, now_ms));
                    }
                    Err(error) => tracing::error!(%error, "An answer of the media engine broke down."),
                },
                () = sleep => self.wake(),
            }
        }
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Connect { room, arrival, to } => {
                let id = room.id;
                self.wires.insert(arrival.conn, Wire { to, room: id });
                let (run, now_ms) = (self.run.clone(), self.clock.now_ms());
                self.tables.entry(id).or_insert_with(|| Table::new(room, run, now_ms));
                self.with(id, |table, now_ms| table.handle_connected(*arrival, now_ms));
            }
            Order::Said(Said { conn, message, under_way }) => {
                if let Some(room) = self.wires.get(&conn).map(|wire| wire.room) {
                    self.with(room, |table, now_ms| table.handle_said(conn, message, now_ms));
                }
                drop(under_way);
            }
            Order::Gone(conn) => self.lose(conn),
            Order::Changed(room) => self.with(room.id, |table, now_ms| table.handle_room(room, now_ms)),
            Order::Closed(id) => {
                self.with(id, |table, now_ms| table.handle_closed(now_ms));
                self.media.end_room(of_room(id));
            }
            Order::Mute(id, about) => self.with(id, |table, now_ms| table.handle_muted(about, now_ms)),
            Order::SendOut(id, about, why) => self.with(id, |table, now_ms| table.handle_sent_out(about, &why, now_ms)),
            Order::HangUp(who) => {
                let gone = Refusal::gone();
                for id in self.tables.keys().copied().collect::<Vec<_>>() {
                    self.with(id, |table, now_ms| table.handle_sent_out(who, &gone, now_ms));
                }
            }
            Order::AskAgain => {
                // The call goes on meanwhile: a page that comes back in time has never gone.
                for (conn, wire) in std::mem::take(&mut self.wires) {
                    let _ = wire.to.try_send(ToPage::Restart);
                    self.with(wire.room, |table, now_ms| table.handle_disconnected(conn, now_ms));
                }
            }
            Order::Stop(_) => {}
        }
    }

    fn stop(&mut self) {
        for (_, wire) in self.wires.drain() {
            let _ = wire.to.try_send(ToPage::Restart);
        }
    }

    fn hear_engine(&mut self, event: MediaEvent) {
        let about = event.about();
        let room = self.tables.iter().find(|(_, table)| table.media_room() == about || table.has_participant(about));
        if let Some(id) = room.map(|(id, _)| *id) {
            self.with(id, |table, now_ms| table.handle_media(event, now_ms));
        }
    }

    fn wake(&mut self) {
        let now_ms = self.clock.now_ms();
        let due = |table: &Table| table.poll_timeout().is_some_and(|at| at <= now_ms);
        let late: Vec<RoomId> = self.tables.iter().filter(|(_, table)| due(table)).map(|(id, _)| *id).collect();
        for id in late {
            self.with(id, |table, now_ms| table.handle_timeout(now_ms));
        }
    }

    fn lose(&mut self, conn: Conn) {
        if let Some(wire) = self.wires.remove(&conn) {
            self.with(wire.room, |table, now_ms| table.handle_disconnected(conn, now_ms));
        }
    }

    /// Does something with a room and then all that it asks for; a room that breaks down ends alone.
    fn with(&mut self, id: RoomId, act: impl FnOnce(&mut Table, i64)) {
        let now_ms = self.clock.now_ms();
        let Some(table) = self.tables.get_mut(&id) else { return };
        let acted = catch_unwind(AssertUnwindSafe(|| {
            act(table, now_ms);
            let outputs: Vec<Output> = std::iter::from_fn(|| table.poll_output()).collect();
            (outputs, table.inside(), table.is_finished())
        }));
        let Ok((outputs, inside, finished)) = acted else {
            tracing::error!(room = %id, "A room broke down; its pages connect anew.");
            self.tables.remove(&id);
            self.wires.retain(|_, wire| wire.room != id);
            self.media.end_room(of_room(id));
            return self.seen.renew(id, Vec::new(), now_ms);
        };
        self.seen.renew(id, inside, now_ms);
        if finished {
            self.tables.remove(&id);
        }
        let mut deaf = Vec::new();
        for output in outputs {
            self.carry_out(id, output, &mut deaf);
        }
        for conn in deaf {
            tracing::debug!(room = %id, "A page did not read what it was told and is disconnected.");
            self.lose(conn);
        }
    }

    fn carry_out(&mut self, room: RoomId, output: Output, deaf: &mut Vec<Conn>) {
        match output {
            Output::Tell { conn, message } => {
                let full =
                    self.wires.get(&conn).is_some_and(|wire| matches!(wire.to.try_send(message), Err(TrySendError::Full(_))));
                if full {
                    deaf.push(conn);
                }
            }
            Output::Close { conn } => _ = self.wires.remove(&conn),
            Output::Join { who, n, join } => {
                let participant = join.participant;
                let answer = self.media.join(join);
                self.answers.spawn(async move { Answered { room, who, participant, n, result: answer.await } });
            }
            Output::Media(ask) => self.media.ask(ask),
        }
    }
}
