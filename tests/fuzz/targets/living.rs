//! A session and a room while they live, told line by line what pages, time, the database and the media engine do to them.
//!
//! A line that begins with `{` is a message, as the socket hands it on, of the page that spoke last; any other is a deed: its first
//! letter says which, the figures behind it how much. So the machine is driven through many states, and each answer is held against
//! what a driver relies on: it comes to rest, tells nobody after the end, and what it tells is bounded.

use alongside::domain::booking::{Length, Wishes};
use alongside::domain::id::{BookingId, MemberId, RoomId, SessionId};
use alongside::domain::lounge::With;
use alongside::domain::refusal::Refusal;
use alongside::domain::room::{Guest, Rhythm, Room as Place};
use alongside::domain::seat::SeatTruth;
use alongside::domain::time::Timestamp;
use alongside::live::media::{Kind, MediaEvent, Slot};
use alongside::live::room::{self, Room};
use alongside::live::seat::{Arrival, Conn, Seat};
use alongside::live::table::{self, Table};
use alongside::live::ways::Ways;
use std::collections::{BTreeSet, VecDeque};

const START: Timestamp = Timestamp(1_800_000_000);
/// Lines of one input, and bytes of one thing that a page is told.
const LINES_MOST: usize = 96;
const TOLD_MOST: usize = 1_600_000;

/// A line, as a deed: its letter, and the figures behind it.
struct Deed {
    letter: u8,
    figure: i64,
    second: i64,
}

fn deed(line: &[u8]) -> Option<Deed> {
    let (letter, rest) = line.split_first()?;
    let text = str::from_utf8(rest).ok()?;
    let mut figures = text.split_ascii_whitespace().map(|word| word.parse::<i64>().unwrap_or_default());
    Some(Deed { letter: *letter, figure: figures.next().unwrap_or_default(), second: figures.next().unwrap_or_default() })
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|byte| *byte == b'\n').take(LINES_MOST)
}

fn truth(seats: i64, left: bool) -> Vec<SeatTruth> {
    let seat = |n: i64| SeatTruth {
        booking: BookingId(n),
        session: SessionId(1),
        member: MemberId(n),
        name: format!("member {n}"),
        zone: "UTC".into(),
        sessions: n - 1,
        start: START.plus(300 * (n - 1)),
        length: Length::Short,
        wishes: Wishes::default(),
        goals: Vec::new(),
        opened: false,
        sat: left,
        left: left.then(String::new),
        no_show: false,
        late_minutes: None,
        promised: n == 3,
        news: Some("news".into()),
        by_itself: n != 2,
        came: None,
        met: vec![BookingId(1)],
    };
    (1..5).filter(|n| seats & (1 << (n - 1)) != 0).map(seat).collect()
}

struct Session {
    room: Room,
    now_ms: i64,
    conns: u64,
    speaks: Conn,
    closed: BTreeSet<Conn>,
    saves: VecDeque<u64>,
    joins: VecDeque<(BookingId, u64, u32)>,
    offers: VecDeque<(BookingId, With)>,
    travelling: Vec<Seat>,
}

impl Session {
    /// Does what the room asks for, and holds it to its word.
    fn act(&mut self) {
        let mut steps = 0;
        while let Some(output) = self.room.poll_output() {
            steps += 1;
            assert!(steps < 1_000, "the room comes to rest");
            match output {
                room::Output::Tell { conn, message } => {
                    assert!(!self.closed.contains(&conn), "nothing is told after the end");
                    let told = serde_json::to_vec(&message).expect("what is told can be written").len();
                    assert!(told <= TOLD_MOST, "{told} bytes at once");
                }
                room::Output::Close { conn } => assert!(self.closed.insert(conn), "closed once"),
                room::Output::Save { save, .. } => self.saves.push_back(save),
                room::Output::Join { booking, n, join } => self.joins.push_back((booking, join.participant, n)),
                room::Output::SitWith { booking, with, .. } => self.offers.push_back((booking, with)),
                room::Output::Media(_) | room::Output::Decline { .. } => {}
            }
        }
        assert!(self.room.poll_timeout().is_none_or(|due| due > self.now_ms), "a deadline lies ahead");
    }

    fn wait(&mut self, ms: i64) {
        let until = self.now_ms + ms;
        let mut steps = 0;
        while let Some(due) = self.room.poll_timeout().filter(|due| *due <= until) {
            steps += 1;
            assert!(steps < 2_000, "time is no treadmill");
            self.now_ms = due;
            self.room.handle_timeout(due);
            self.act();
        }
        self.now_ms = until;
        self.room.handle_timeout(until);
    }

    fn happen(&mut self, Deed { letter, figure, second }: Deed) {
        let now_ms = self.now_ms;
        match letter {
            b'c' => {
                self.conns += 1;
                self.speaks = Conn(self.conns);
                let (page, claim) = ((second & 3).to_string(), second & 4 == 0);
                let booking = BookingId(figure);
                let (ways, local_host) = (Ways::default(), String::new());
                let arrival = Arrival { conn: self.speaks, who: booking, page, claim, ways, local_host };
                self.room.handle_connected(arrival, now_ms);
            }
            b'u' => self.speaks = Conn(figure as u64),
            b'l' => self.room.handle_disconnected(Conn(figure as u64), now_ms),
            b'w' => self.wait(figure.clamp(0, 4_000_000)),
            b'j' => {
                self.now_ms += figure.clamp(-1_000_000, 4_000_000);
                self.room.handle_timeout(self.now_ms);
            }
            b'a' => {
                let result = if figure == 0 { Ok(()) } else { Err(Refusal::gone()) };
                self.saves.pop_front().into_iter().for_each(|save| self.room.handle_saved(save, result.clone(), now_ms));
            }
            b't' => {
                let gone = self.room.handle_truth(truth(figure, second != 0), now_ms);
                self.travelling.extend(gone);
                self.travelling.truncate(16);
            }
            b'r' => {
                if let Some(Err(seat)) = self.travelling.pop().map(|seat| self.room.handle_moved(seat, now_ms)) {
                    self.travelling.push(*seat);
                }
            }
            b'o' => {
                let with = if second == 0 { With::Joins(SessionId(2)) } else { With::Together(vec![BookingId(second)]) };
                self.room.handle_offer(BookingId(figure), (second >= 0).then(|| (with, vec!["x".to_owned()])), now_ms);
            }
            b'y' => {
                if let Some((booking, with)) = self.offers.pop_front() {
                    self.room.handle_asked(booking, &with, now_ms);
                    if figure != 0 {
                        self.room.handle_not_seated(booking, &Refusal::gone(), now_ms);
                    }
                }
            }
            b'm' => {
                if let Some((booking, participant, n)) = self.joins.pop_front() {
                    let result = if figure == 0 { Ok("v=0".to_owned()) } else { Err("No.".to_owned()) };
                    self.room.handle_answer(booking, participant, n, result, now_ms);
                }
            }
            b'e' => self.room.handle_media(event(figure, second), now_ms),
            _ => {
                let seeking = self.room.seeking(Timestamp(now_ms / 1000));
                assert!(seeking.alone.len() <= 4);
            }
        }
    }
}

/// Something that the media engine tells, of whichever number.
fn event(figure: i64, second: i64) -> MediaEvent {
    let participant = second as u64;
    match figure & 3 {
        0 => MediaEvent::Gone { participant },
        1 => MediaEvent::Speaking { room: participant, who: vec![participant, 0] },
        2 => MediaEvent::Quality { participant, reduced: figure & 4 != 0 },
        _ => MediaEvent::Slots { participant, slots: vec![Slot { mid: "c0".to_owned(), who: participant, kind: Kind::Camera }] },
    }
}

/// A session with three seats, ten minutes before it begins.
pub fn session(bytes: &[u8]) {
    let now_ms = START.plus(-700).0 * 1000;
    let mut session = Session {
        room: Room::new(SessionId(1), "run".into(), truth(7, false), now_ms),
        now_ms,
        conns: 0,
        speaks: Conn(0),
        closed: BTreeSet::new(),
        saves: VecDeque::new(),
        joins: VecDeque::new(),
        offers: VecDeque::new(),
        travelling: Vec::new(),
    };
    for line in lines(bytes) {
        if line.first() == Some(&b'{') {
            if let Ok(message) = serde_json::from_slice(line) {
                session.room.handle_said(session.speaks, message, session.now_ms);
            }
        } else if let Some(deed) = deed(line) {
            session.happen(deed);
        }
        session.act();
    }
}

struct Hall {
    table: Table,
    now_ms: i64,
    conns: u64,
    speaks: Conn,
    closed: BTreeSet<Conn>,
    joins: VecDeque<(MemberId, u64, u32)>,
}

impl Hall {
    fn act(&mut self) {
        let mut steps = 0;
        while let Some(output) = self.table.poll_output() {
            steps += 1;
            assert!(steps < 1_000, "the room comes to rest");
            match output {
                table::Output::Tell { conn, message } => {
                    assert!(!self.closed.contains(&conn), "nothing is told after the end");
                    let told = serde_json::to_vec(&message).expect("what is told can be written").len();
                    assert!(told <= TOLD_MOST, "{told} bytes at once");
                }
                table::Output::Close { conn } => assert!(self.closed.insert(conn), "closed once"),
                table::Output::Join { who, n, join } => self.joins.push_back((who, join.participant, n)),
                table::Output::Media(_) => {}
            }
        }
        assert!(self.table.poll_timeout().is_none_or(|due| due > self.now_ms), "a deadline lies ahead");
        assert!(self.table.inside().len() <= 4, "no more sit down than there are chairs");
    }

    fn wait(&mut self, ms: i64) {
        let until = self.now_ms + ms;
        let mut steps = 0;
        while let Some(due) = self.table.poll_timeout().filter(|due| *due <= until) {
            steps += 1;
            assert!(steps < 2_000, "time is no treadmill");
            self.now_ms = due;
            self.table.handle_timeout(due);
            self.act();
        }
        self.now_ms = until;
        self.table.handle_timeout(until);
    }

    fn happen(&mut self, Deed { letter, figure, second }: Deed) {
        let now_ms = self.now_ms;
        match letter {
            b'c' => {
                self.conns += 1;
                self.speaks = Conn(self.conns);
                let n = figure.clamp(0, 9);
                let guest = Guest {
                    id: MemberId(n),
                    name: format!("member {n}"),
                    zone: "UTC".to_owned(),
                    moderator: n == 2,
                    apart: if n == 3 { [MemberId(4)].into() } else { Default::default() },
                };
                let (page, claim) = ((second & 3).to_string(), second & 4 == 0);
                let (ways, local_host) = (Ways::default(), String::new());
                let arrival = Arrival { conn: self.speaks, who: guest, page, claim, ways, local_host };
                self.table.handle_connected(arrival, now_ms);
            }
            b'u' => self.speaks = Conn(figure as u64),
            b'l' => self.table.handle_disconnected(Conn(figure as u64), now_ms),
            b'w' => self.wait(figure.clamp(0, 4_000_000)),
            b'j' => {
                self.now_ms += figure.clamp(-1_000_000, 4_000_000);
                self.table.handle_timeout(self.now_ms);
            }
            b'q' => self.table.handle_muted(MemberId(figure), now_ms),
            b'x' => self.table.handle_sent_out(MemberId(figure), &Refusal::gone(), now_ms),
            b'z' => self.table.handle_closed(now_ms),
            b'p' => self.table.handle_room(place(Rhythm::ALL[(figure & 1) as usize]), now_ms),
            b'm' => {
                if let Some((who, participant, n)) = self.joins.pop_front() {
                    let result = if figure == 0 { Ok("v=0".to_owned()) } else { Err("No.".to_owned()) };
                    self.table.handle_answer(who, participant, n, result, now_ms);
                }
            }
            b'e' => self.table.handle_media(event(figure, second), now_ms),
            _ => {}
        }
    }
}

fn place(rhythm: Rhythm) -> Place {
    Place { id: RoomId(1), name: "Library".to_owned(), purpose: String::new(), capacity: 4, rhythm, always: true }
}

/// A room with four chairs.
pub fn signals(bytes: &[u8]) {
    let now_ms = START.0 * 1000;
    let mut hall = Hall {
        table: Table::new(place(Rhythm::Free), "run".to_owned(), now_ms),
        now_ms,
        conns: 0,
        speaks: Conn(0),
        closed: BTreeSet::new(),
        joins: VecDeque::new(),
    };
    for line in lines(bytes) {
        if line.first() == Some(&b'{') {
            if let Ok(message) = serde_json::from_slice(line) {
                hall.table.handle_said(hall.speaks, message, hall.now_ms);
            }
        } else if let Some(deed) = deed(line) {
            hall.happen(deed);
        }
        hall.act();
    }
}
