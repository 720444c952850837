//! The one task that owns every room: it feeds them, does what they ask, and wakes them when their hour has come.
//!
//! A room that breaks down is dropped alone; its pages connect again and find what was saved.

mod ends;
mod jobs;
mod lounge;

use super::super::calendar::Calendar;
use super::super::door::{Door, Place};
use super::super::media::{Media, MediaEvent};
use super::super::protocol::{FromPage, ToPage};
use super::super::room::{Output, Room};
use super::super::seat::{Arrival, Conn, Seat};
use super::super::wire::Said;
use crate::domain::id::{BookingId, MemberId, SessionId};
use crate::domain::seat::SeatTruth;
use ends::Ends;
use jobs::{Done, Job};
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

/// Messages that are kept for a page whose seat is on its way to another room.
const KEPT_MOST: usize = 64;

/// What the handle asks of the driver.
pub enum Order {
    Connect { who: MemberId, place: Place, arrival: Arrival<BookingId>, to: mpsc::Sender<ToPage> },
    Said(Said<FromPage>),
    Gone(Conn),
    HangUp(MemberId),
    Changed(Vec<SessionId>),
    Stop(oneshot::Sender<()>),
}

/// A page's connection as the driver holds it.
struct Wire {
    who: MemberId,
    to: mpsc::Sender<ToPage>,
    session: SessionId,
    /// While the seat is on its way to a room: what its page said meanwhile.
    kept: Option<Vec<FromPage>>,
}

/// A room with what is under way for it.
struct Lodging {
    room: Room,
    due: Option<i64>,
    /// What is still to be done with the store, in order; while `busy` the one before is being done.
    jobs: VecDeque<Job>,
    busy: bool,
    /// Who is to come in as soon as the truth is known.
    coming: Vec<Coming>,
}

enum Coming {
    Page(Arrival<BookingId>),
    Seat { seat: Box<Seat>, hops: u8 },
}

pub struct Driver {
    door: Door,
    calendar: Calendar,
    run: String,
    media: Media,
    lodgings: HashMap<SessionId, Lodging>,
    wires: HashMap<Conn, Wire>,
    /// Every room's next hour, in one table.
    due: BTreeSet<(i64, SessionId)>,
    ends: Ends,
    asked: JoinSet<Done>,
    /// When the lounge looks next; it sleeps while nobody is alone.
    lounge_at: Option<i64>,
    looking: bool,
    stopping: Option<oneshot::Sender<()>>,
}

impl Driver {
    pub fn new(door: Door, calendar: Calendar, run: String, media: Media) -> Self {
        let (lodgings, wires, due, ends) = Default::default();
        Self {
            door,
            calendar,
            run,
            media,
            lodgings,
            wires,
            due,
            ends,
            asked: JoinSet::new(),
            lounge_at: None,
            looking: false,
            stopping: None,
        }
    }

    /// Drives until the handle is dropped or stopped and everything asked of the store is answered.
    pub async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Order>, mut events: mpsc::Receiver<MediaEvent>) {
        let clock = self.door.clock.clone();
        loop {
            let lounge = self.lounge_at.filter(|_| !self.looking);
            let next = self.due.first().map(|(at, _)| *at).into_iter().chain(self.ends.next()).chain(lounge).min();
            let sleep = async {
                match next {
                    Some(at) => clock.sleep_until_ms(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                order = inbox.recv() => match order {
                    Some(order) => self.obey(order),
                    None => break,
                },
                Some(event) = events.recv() => self.hear_engine(event),
                Some(done) = self.asked.join_next() => match done {
                    Ok(done) => self.take(done),
                    Err(error) => tracing::error!(%error, "A task of a session broke down."),
                },
                () = sleep, if self.stopping.is_none() => self.wake(),
            }
            if self.stopping.is_some() && self.asked.is_empty() {
                break;
            }
        }
        if let Some(done) = self.stopping.take() {
            let _ = done.send(());
        }
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Connect { who, place, arrival, to } if self.stopping.is_none() => self.connect(who, place, arrival, to),
            Order::Connect { to, .. } => _ = to.try_send(ToPage::Restart),
            Order::Said(Said { conn, message, under_way }) => {
                self.hear(conn, message);
                drop(under_way);
            }
            Order::Gone(conn) => self.lose(conn),
            Order::HangUp(who) => {
                let theirs: Vec<Conn> = self.wires.iter().filter(|(_, wire)| wire.who == who).map(|(conn, _)| *conn).collect();
                theirs.into_iter().for_each(|conn| self.lose(conn));
            }
            Order::Changed(sessions) => {
                for session in sessions {
                    if self.lodgings.contains_key(&session) {
                        self.ask(session, Job::Load);
                    }
                }
            }
            Order::Stop(done) => {
                for (_, wire) in self.wires.drain() {
                    let _ = wire.to.try_send(ToPage::Restart);
                }
                self.stopping = Some(done);
            }
        }
    }

    fn connect(&mut self, who: MemberId, (session, truth): Place, arrival: Arrival<BookingId>, to: mpsc::Sender<ToPage>) {
        self.wires.insert(arrival.conn, Wire { who, to, session, kept: None });
        self.lodge(session, truth);
        if self.lodgings.get(&session).is_some_and(|l| l.room.has(arrival.who)) {
            self.with_room(session, |room, now_ms| room.handle_connected(arrival, now_ms));
        } else {
            self.expect(session, Coming::Page(arrival));
        }
    }

    /// Makes the room if there is none. What is known of it may be a moment old, so it is looked up once more.
    fn lodge(&mut self, session: SessionId, truth: Vec<SeatTruth>) {
        if self.lodgings.contains_key(&session) {
            return;
        }
        let room = Room::new(session, self.run.clone(), truth, self.door.clock.now_ms());
        self.lodgings.insert(session, Lodging { room, due: None, jobs: VecDeque::new(), busy: false, coming: Vec::new() });
        self.ask(session, Job::Load);
    }

    /// Somebody comes in after the next look at the truth; until then what their page says is kept.
    fn expect(&mut self, session: SessionId, coming: Coming) {
        let conn = match &coming {
            Coming::Page(arrival) => Some(arrival.conn),
            Coming::Seat { seat, .. } => seat.conn(),
        };
        if let Some(wire) = conn.and_then(|conn| self.wires.get_mut(&conn)) {
            wire.session = session;
            wire.kept.get_or_insert_default();
        }
        if let Some(lodging) = self.lodgings.get_mut(&session) {
            lodging.coming.push(coming);
            self.ask(session, Job::Load);
        }
    }

    fn lose(&mut self, conn: Conn) {
        if let Some(wire) = self.wires.remove(&conn) {
            self.with_room(wire.session, |room, now_ms| room.handle_disconnected(conn, now_ms));
        }
    }

    fn hear(&mut self, conn: Conn, message: FromPage) {
        let Some(wire) = self.wires.get_mut(&conn) else { return };
        match &mut wire.kept {
            Some(kept) if kept.len() < KEPT_MOST => kept.push(message),
            Some(_) => {}
            None => {
                let session = wire.session;
                self.with_room(session, |room, now_ms| room.handle_said(conn, message, now_ms));
            }
        }
    }

    fn hear_engine(&mut self, event: MediaEvent) {
        let about = event.about();
        let concerns = |l: &&Lodging| l.room.media_room() == about || l.room.has_participant(about);
        let session = self.lodgings.iter().find(|(_, lodging)| concerns(lodging)).map(|(session, _)| *session);
        if let Some(session) = session {
            self.with_room(session, |room, now_ms| room.handle_media(event, now_ms));
        }
    }

    /// Wakes every room whose hour has come.
    fn wake(&mut self) {
        let now_ms = self.door.clock.now_ms();
        while let Some((_, session)) = self.due.first().filter(|(at, _)| *at <= now_ms).copied() {
            self.with_room(session, |room, now_ms| room.handle_timeout(now_ms));
        }
        // What the relay holds is the session's for as long as the last seat lasts, also when everybody went early.
        while let Some(session) = self.ends.take(now_ms) {
            self.media.end_session(session);
        }
        self.lounge();
    }

    fn deliver_kept(&mut self, conn: Conn) {
        let kept = self.wires.get_mut(&conn).and_then(|wire| wire.kept.take());
        for message in kept.unwrap_or_default() {
            self.hear(conn, message);
        }
    }

    fn hang_up(&mut self, conn: Option<Conn>, message: ToPage) {
        if let Some(wire) = conn.and_then(|conn| self.wires.remove(&conn)) {
            let _ = wire.to.try_send(message);
        }
    }

    /// Does something with a room and then all that it asks for; a room that breaks down ends alone.
    fn with_room<T>(&mut self, session: SessionId, act: impl FnOnce(&mut Room, i64) -> T) -> Option<T> {
        let now_ms = self.door.clock.now_ms();
        let lodging = self.lodgings.get_mut(&session)?;
        let room = &mut lodging.room;
        let acted = catch_unwind(AssertUnwindSafe(|| {
            let answer = act(room, now_ms);
            let outputs: Vec<Output> = std::iter::from_fn(|| room.poll_output()).collect();
            (answer, outputs)
        }));
        let Ok((answer, outputs)) = acted else {
            tracing::error!(%session, "A session broke down; its pages connect anew and find what was saved.");
            self.forget(session);
            self.wires.retain(|_, wire| wire.session != session);
            return None;
        };
        let mut deaf = Vec::new();
        for output in outputs {
            self.carry_out(session, output, &mut deaf);
        }
        for conn in deaf {
            tracing::debug!(%session, "A page did not read what it was told and is disconnected.");
            self.lose(conn);
        }
        self.schedule(session);
        self.look_for_company(session);
        Some(answer)
    }

    fn carry_out(&mut self, session: SessionId, output: Output, deaf: &mut Vec<Conn>) {
        match output {
            Output::Tell { conn, message } => {
                let full =
                    self.wires.get(&conn).is_some_and(|wire| matches!(wire.to.try_send(message), Err(TrySendError::Full(_))));
                if full {
                    deaf.push(conn);
                }
            }
            Output::Close { conn } => _ = self.wires.remove(&conn),
            Output::Join { booking, n, join } => {
                let participant = join.participant;
                let answer = self.media.join(join);
                self.asked.spawn(async move { Done::Answered { session, booking, participant, n, result: answer.await } });
            }
            Output::Media(ask) => self.media.ask(ask),
            Output::SitWith { who, booking, with, by } => self.sit_with(session, (who, booking), with, by),
            Output::Decline { who, booking } => self.decline(session, who, booking),
            Output::Save { save, who, booking, deed } => self.ask(session, Job::Save { save, who, booking, deed }),
        }
    }

    /// Notes when the room is to be woken, or lets it go when nothing is lost by it.
    fn schedule(&mut self, session: SessionId) {
        let Some(lodging) = self.lodgings.get_mut(&session) else { return };
        if let Some(at) = lodging.room.closes_ms().filter(|at| *at > self.door.clock.now_ms()) {
            self.ends.note(session, at);
            self.media.lasts(session, at);
        }
        if lodging.room.is_finished() && !lodging.busy && lodging.jobs.is_empty() && lodging.coming.is_empty() {
            return self.forget(session);
        }
        let soonest = self.door.clock.now_ms() + 1;
        let due = lodging.room.poll_timeout().map(|at| at.max(soonest));
        let before = std::mem::replace(&mut lodging.due, due);
        if before != due {
            before.into_iter().for_each(|at| _ = self.due.remove(&(at, session)));
            due.into_iter().for_each(|at| _ = self.due.insert((at, session)));
        }
    }

    fn forget(&mut self, session: SessionId) {
        let Some(lodging) = self.lodgings.remove(&session) else { return };
        if let Some(due) = lodging.due {
            self.due.remove(&(due, session));
        }
        self.media.end_room(lodging.room.media_room());
    }
}
