//! Whatever happens in whatever order, a room keeps its promises: checked with random histories.

use super::super::protocol::{FromPage, GivenLine, Media, ToPage};
use super::super::seat::{Arrival, Conn, Seat};
use super::super::ways::Ways;
use super::{Output, Room};
use crate::domain::booking::{Length, Wishes};
use crate::domain::id::{BookingId, MemberId, SessionId};
use crate::domain::lounge::With;
use crate::domain::refusal::Refusal;
use crate::domain::seat::SeatTruth;
use crate::domain::session::Goal;
use crate::domain::time::Timestamp;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

const START: Timestamp = Timestamp(1_800_000_000);

#[derive(Clone, Debug)]
enum Event {
    Connect {
        seat: i64,
        page: u8,
        claim: bool,
    },
    Say {
        conn: u64,
        what: u8,
    },
    Lose {
        conn: u64,
    },
    /// Time passes, with every deadline at its hour.
    Wait {
        ms: i64,
    },
    /// The clock jumps.
    Jump {
        ms: i64,
    },
    Answer {
        ok: bool,
    },
    Truth {
        seats: u8,
        left: bool,
    },
    Return,
    /// The lounge found something, or nothing.
    Offer {
        seat: i64,
        found: bool,
    },
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => (1i64..5, 0u8..3, any::<bool>()).prop_map(|(seat, page, claim)| Event::Connect { seat, page, claim }),
        8 => (1u64..30, 0u8..20).prop_map(|(conn, what)| Event::Say { conn, what }),
        2 => (1u64..30).prop_map(|conn| Event::Lose { conn }),
        3 => (0i64..200_000).prop_map(|ms| Event::Wait { ms }),
        1 => (-100_000i64..2_000_000).prop_map(|ms| Event::Jump { ms }),
        4 => any::<bool>().prop_map(|ok| Event::Answer { ok }),
        1 => (0u8..8, any::<bool>()).prop_map(|(seats, left)| Event::Truth { seats, left }),
        1 => Just(Event::Return),
        2 => (1i64..5, any::<bool>()).prop_map(|(seat, found)| Event::Offer { seat, found }),
    ]
}

fn message(what: u8) -> FromPage {
    match what {
        0 => FromPage::Hello { page: "0".into(), claim: true },
        1 => FromPage::Ping { at: 1.0 },
        2 | 3 => FromPage::Sit,
        4 => FromPage::Goals { goals: vec![Goal { text: "x".into(), outcome: None }], nonce: 1 },
        5 => FromPage::Mark { goal: 3, outcome: None, nonce: 2 },
        6 => FromPage::Signal { to: BookingId(1), data: serde_json::json!({ "candidate": "" }) },
        7 => FromPage::Chat { id: "1".into(), text: "hello".into() },
        8 => {
            FromPage::GiveBack { lines: vec![GivenLine { id: "2".into(), text: "old".into(), at_ms: 0, to: vec![BookingId(1)] }] }
        }
        9 => FromPage::Media { media: Media::default() },
        10 => FromPage::Away { minutes: Some(5) },
        11 => FromPage::HighFive,
        12 => FromPage::Agree { yes: Some(true) },
        13 => FromPage::StayAlone { yes: true },
        14 => FromPage::SitWith { offer: 1 },
        15 => FromPage::MediaOffer { n: 1, sdp: "v=0".into(), anew: true },
        16 => FromPage::Attention { visible: true, idle_ms: 0 },
        17 => FromPage::Attention { visible: false, idle_ms: 70_000 },
        18 => FromPage::Away { minutes: None },
        _ => FromPage::Leave { note: "bye".into() },
    }
}

fn truth(seats: u8, left: bool) -> Vec<SeatTruth> {
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
        promised: false,
        news: Some("news".into()),
        by_itself: true,
        came: None,
        met: vec![BookingId(1)],
    };
    (1..4).filter(|n| seats & (1 << (n - 1)) != 0).map(seat).collect()
}

/// What a driver would know, to hold the room to its word.
struct Driver {
    room: Room,
    now_ms: i64,
    conns: u64,
    closed: BTreeSet<Conn>,
    revs: BTreeMap<Conn, u64>,
    saves: VecDeque<u64>,
    travelling: Vec<Seat>,
}

impl Driver {
    fn act(&mut self) -> Result<(), TestCaseError> {
        let mut steps = 0;
        while let Some(output) = self.room.poll_output() {
            steps += 1;
            prop_assert!(steps < 1_000, "the room comes to rest");
            match output {
                Output::Join { .. } | Output::Media(_) => {}
                Output::Tell { conn, message } => {
                    prop_assert!(!self.closed.contains(&conn), "nothing is told after the end");
                    if let ToPage::State { state } | ToPage::Welcome { state, .. } = &message {
                        let before = self.revs.insert(conn, state.rev);
                        prop_assert!(before.is_none_or(|rev| rev < state.rev), "each state is newer");
                        let pages: BTreeSet<_> = state.seats.iter().map(|s| s.booking).collect();
                        prop_assert_eq!(pages.len(), state.seats.len());
                        prop_assert!(state.seats.iter().filter(|s| s.begins).count() <= 1);
                    }
                }
                Output::SitWith { .. } | Output::Decline { .. } => {}
                Output::Close { conn } => prop_assert!(self.closed.insert(conn), "closed once"),
                Output::Save { save, .. } => self.saves.push_back(save),
            }
        }
        if let Some(due) = self.room.poll_timeout() {
            prop_assert!(due > self.now_ms, "a deadline lies ahead: {} after {}", due, self.now_ms);
        }
        Ok(())
    }

    fn happen(&mut self, event: Event) -> Result<(), TestCaseError> {
        let now_ms = self.now_ms;
        match event {
            Event::Connect { seat, page, claim } => {
                self.conns += 1;
                let (conn, booking) = (Conn(self.conns), BookingId(seat));
                self.room.handle_connected(
                    Arrival {
                        conn,
                        who: booking,
                        page: page.to_string(),
                        claim,
                        ways: Ways::default(),
                        local_host: String::new(),
                    },
                    now_ms,
                );
            }
            Event::Say { conn, what } => self.room.handle_said(Conn(conn), message(what), now_ms),
            Event::Lose { conn } => self.room.handle_disconnected(Conn(conn), now_ms),
            Event::Wait { ms } => {
                let until = now_ms + ms;
                while let Some(due) = self.room.poll_timeout().filter(|due| *due <= until) {
                    self.now_ms = due;
                    self.room.handle_timeout(due);
                    self.act()?;
                }
                self.now_ms = until;
                self.room.handle_timeout(until);
            }
            Event::Jump { ms } => {
                self.now_ms += ms;
                self.room.handle_timeout(self.now_ms);
            }
            Event::Answer { ok } => {
                if let Some(save) = self.saves.pop_front() {
                    self.room.handle_saved(save, if ok { Ok(()) } else { Err(Refusal::gone()) }, now_ms);
                }
            }
            Event::Truth { seats, left } => {
                let gone = self.room.handle_truth(truth(seats, left), now_ms);
                self.travelling.extend(gone);
            }
            Event::Offer { seat, found } => {
                let found = found.then(|| (With::Joins(SessionId(2)), vec!["x".to_owned()]));
                self.room.handle_offer(BookingId(seat), found, now_ms);
            }
            Event::Return => {
                if let Some(Err(seat)) = self.travelling.pop().map(|seat| self.room.handle_moved(seat, now_ms)) {
                    self.travelling.push(*seat);
                }
            }
        }
        self.act()
    }
}

proptest! {
    #[test]
    fn in_any_order_of_events_a_room_keeps_its_promises(events in prop::collection::vec(event(), 0..120)) {
        let now_ms = START.plus(-700).0 * 1000;
        let room = Room::new(SessionId(1), "run".into(), truth(7, false), now_ms);
        let (closed, revs, saves, travelling) = Default::default();
        let mut driver = Driver { room, now_ms, conns: 0, closed, revs, saves, travelling };
        driver.act()?;
        for event in events {
            driver.happen(event)?;
        }
    }
}
