//! The promises of a living room.

use super::super::media::{Kind, Slot};
use super::super::protocol::{GivenLine, Shown, Wish};
use super::super::ways::{Load, Relays, Ways};
use super::protocol::{FromPage, State};
use super::*;
use crate::domain::capacity::Full;
use crate::domain::id::{RoomId, SessionId};
use crate::domain::room::Rhythm;
use crate::domain::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const T: i64 = 1_800_000_000_000;

/// A room, and what its pages were told.
struct Scene {
    table: Table,
    now: i64,
    told: Vec<(u64, ToPage)>,
    closed: Vec<u64>,
    asked: Vec<Output>,
    /// Whom walls keep from whom.
    apart: BTreeMap<i64, BTreeSet<MemberId>>,
}

fn room(capacity: i64) -> Room {
    Room { id: RoomId(3), name: "Study".into(), purpose: String::new(), capacity, rhythm: Rhythm::FiftyTen, always: false }
}

impl Scene {
    fn new(capacity: i64) -> Self {
        let table = Table::new(room(capacity), "run".into(), T);
        Self { table, now: T, told: Vec::new(), closed: Vec::new(), asked: Vec::new(), apart: BTreeMap::new() }
    }

    fn does(&mut self, act: impl FnOnce(&mut Table, i64)) {
        act(&mut self.table, self.now);
        while let Some(output) = self.table.poll_output() {
            match output {
                Output::Tell { conn, message } => self.told.push((conn.0, message)),
                Output::Close { conn } => self.closed.push(conn.0),
                other => self.asked.push(other),
            }
        }
    }

    fn page(&mut self, conn: u64, who: i64, page: &str, claim: bool) {
        self.page_by(conn, who, page, claim, Ways::default());
    }

    fn page_by(&mut self, conn: u64, who: i64, page: &str, claim: bool, ways: Ways) {
        let guest = Guest {
            id: MemberId(who),
            name: format!("Member {who}"),
            zone: "UTC".into(),
            moderator: false,
            apart: self.apart.get(&who).cloned().unwrap_or_default(),
        };
        let (page, local_host) = (page.to_owned(), "house.test".to_owned());
        let arrival = Arrival { conn: Conn(conn), who: guest, page, claim, ways, local_host };
        self.does(|table, now| table.handle_connected(arrival, now));
    }

    fn says(&mut self, conn: u64, message: FromPage) {
        self.does(|table, now| table.handle_said(Conn(conn), message, now));
    }

    /// Comes to the door and goes in.
    fn comes(&mut self, conn: u64, who: i64) {
        self.page(conn, who, &format!("page{conn}"), true);
        self.says(conn, FromPage::Come);
    }

    fn passes(&mut self, ms: i64) {
        self.now += ms;
        self.does(Table::handle_timeout);
    }

    fn state(&self) -> &State {
        let state = |(_, message): &'_ (u64, ToPage)| matches!(message, ToPage::State { .. } | ToPage::Welcome { .. });
        match &self.told.iter().rev().find(|told| state(told)).expect("a state").1 {
            ToPage::State { state } | ToPage::Welcome { state, .. } => state,
            _ => unreachable!(),
        }
    }

    fn inside(&self) -> Vec<i64> {
        self.table.inside().iter().map(|(who, _)| who.0).collect()
    }

    fn told(&self, conn: u64, wished: impl Fn(&ToPage) -> bool) -> bool {
        self.told.iter().any(|(to, message)| *to == conn && wished(message))
    }
}

#[test]
fn who_stands_at_the_door_sees_who_is_inside_and_is_not_seen() {
    let mut scene = Scene::new(4);
    scene.comes(1, 1);
    scene.page(2, 2, "b", true);
    assert_eq!(scene.inside(), [1]);
    assert_eq!(scene.state().people.len(), 1);
    scene.says(2, FromPage::Chat { id: "x".into(), text: "hello?".into() });
    assert!(!scene.told(1, |m| matches!(m, ToPage::Chat { .. })), "the door is no place to talk");
    scene.says(1, FromPage::Chat { id: "y".into(), text: "among us".into() });
    assert!(!scene.told(2, |m| matches!(m, ToPage::Chat { .. })), "and none to listen at");
    scene.says(2, FromPage::Come);
    assert_eq!(scene.inside(), [1, 2]);
    assert!(scene.told(2, |m| matches!(m, ToPage::ChatAll { chat } if chat.len() == 1)));
}

/// A server that carries two in a room, until ten to eleven.
struct Two;

impl Load for Two {
    fn of_room(&self, room: u64, people: u32, _now: Timestamp) -> Option<Full> {
        assert_eq!(room, of_room(RoomId(3)));
        (people > 2).then_some(Full { until: Some(Timestamp(1_795_344_600)) })
    }

    fn of_relay(&self, _session: SessionId, _now: Timestamp) -> Option<Full> {
        None
    }
}

#[test]
fn a_server_that_is_full_says_until_when_at_the_door_and_sends_nobody_out() {
    let mut scene = Scene::new(16);
    let ways = Relays::default().weighing(Arc::new(Two)).ways("house.test");
    for n in 1..=3 {
        scene.page_by(n, n as i64, "page", true, ways.clone());
        scene.says(n, FromPage::Come);
    }
    assert_eq!(scene.inside(), [1, 2]);
    let until =
        |m: &ToPage| matches!(m, ToPage::Refused { code, sentence } if code == "full" && sentence.contains("until 10:50"));
    assert!(scene.told(3, until) && !scene.told(2, until));
    scene.page_by(12, 2, "page", true, ways);
    scene.says(12, FromPage::Come);
    assert_eq!(scene.inside(), [1, 2], "who was in stays in");
    assert!(!scene.told(12, until));
    scene.says(1, FromPage::Leave);
    scene.says(3, FromPage::Come);
    assert_eq!(scene.inside(), [2, 3]);
}

#[test]
fn a_full_room_says_so_and_opens_again_when_somebody_gets_up() {
    let mut scene = Scene::new(2);
    (1..=3).for_each(|n| scene.comes(n, n as i64));
    assert_eq!(scene.inside(), [1, 2]);
    assert!(
        scene.told(3, |m| matches!(m, ToPage::Refused { code, sentence } if code == "full" && sentence.contains("2 chairs")))
    );
    scene.says(1, FromPage::Leave);
    scene.says(3, FromPage::Come);
    assert_eq!(scene.inside(), [2, 3]);
}

#[test]
fn a_reload_keeps_the_chair_and_the_goal() {
    let mut scene = Scene::new(2);
    scene.comes(1, 1);
    scene.says(1, FromPage::Goal { text: " Sort\nthe letters ".into() });
    scene.does(|table, now| table.handle_disconnected(Conn(1), now));
    scene.passes(GRACE_MS + 1);
    assert_eq!(scene.inside(), [1], "the chair is kept");
    scene.page(2, 1, "another load", true);
    assert_eq!(scene.inside(), [1]);
    assert_eq!(scene.state().people[0].goal, "Sort the letters");
    assert!(scene.state().people[0].here);
}

#[test]
fn who_does_not_come_back_gives_the_chair_up() {
    let mut scene = Scene::new(2);
    scene.comes(1, 1);
    scene.comes(2, 2);
    scene.does(|table, now| table.handle_disconnected(Conn(1), now));
    scene.passes(GRACE_MS + 1);
    assert!(!scene.state().people[0].here);
    scene.passes(KEEP_MS);
    assert_eq!(scene.inside(), [2]);
}

#[test]
fn a_silent_page_is_first_away_and_then_gone() {
    let mut scene = Scene::new(2);
    scene.comes(1, 1);
    let due = scene.table.poll_timeout().expect("a time");
    assert_eq!(due, T + ASLEEP_MS);
    scene.passes(ASLEEP_MS);
    scene.passes(DEAD_MS);
    assert_eq!(scene.closed, [1]);
    scene.passes(KEEP_MS + 1);
    assert!(scene.table.is_finished());
}

#[test]
fn the_newer_tab_takes_over_and_the_older_does_not_take_back() {
    let mut scene = Scene::new(2);
    scene.comes(1, 1);
    scene.page(2, 1, "second", true);
    assert!(scene.told(1, |m| *m == ToPage::TakenOver));
    assert_eq!((scene.closed.clone(), scene.inside()), (vec![1], vec![1]));
    scene.page(3, 1, "page1", false);
    assert!(scene.told(3, |m| *m == ToPage::TakenOver));
}

#[test]
fn each_page_is_a_participant_of_its_own_and_leaves_when_it_is_replaced() {
    let mut scene = Scene::new(2);
    scene.comes(1, 1);
    let offer = |anew| FromPage::MediaOffer { n: 1, sdp: "v=0".into(), anew };
    let joined = |scene: &Scene| match scene.asked.last() {
        Some(Output::Join { join, .. }) => join.participant,
        other => panic!("{other:?}"),
    };
    scene.says(1, offer(false));
    let first = joined(&scene);
    scene.says(1, offer(false));
    assert_eq!(joined(&scene), first, "an ICE restart");
    scene.says(1, offer(true));
    let second = joined(&scene);
    assert_ne!(second, first);
    assert!(scene.asked.contains(&Output::Media(Ask::Leave { participant: first })));
    scene.page(2, 1, "second", true);
    assert_eq!(scene.asked.last(), Some(&Output::Media(Ask::Leave { participant: second })));
    let late = Ok("too late".to_owned());
    scene.does(|table, now| table.handle_answer(MemberId(1), second, 1, late, now));
    assert!(!scene.told(2, |m| matches!(m, ToPage::Call(Call::Answer { .. }))), "that was for the page before");
}

#[test]
fn slots_are_told_by_members_and_told_again_to_a_page_that_comes_back() {
    let mut scene = Scene::new(3);
    for n in [1, 2] {
        scene.comes(n, n as i64);
        scene.says(n, FromPage::MediaOffer { n: 1, sdp: "v=0".into(), anew: false });
    }
    let page = |conn| Leg::of_guest(conn).participant();
    let (ana, ben) = (page(1), page(2));
    let slot = |who| Slot { mid: "9".into(), who, kind: Kind::Camera };
    let event = MediaEvent::Slots { participant: ana, slots: vec![slot(ben), slot(page(99))] };
    scene.does(|table, now| table.handle_media(event, now));
    let shown = ToPage::Call(Call::Slots { slots: vec![Shown { mid: "9".into(), who: MemberId(2), kind: Kind::Camera }] });
    assert!(scene.told(1, |m| *m == shown), "{:?}", scene.told);
    scene.told.clear();
    scene.page(3, 1, "page1", false);
    assert!(scene.told(3, |m| *m == shown));
    scene.does(|table, now| table.handle_media(MediaEvent::Speaking { room: 0, who: vec![ben, 5] }, now));
    assert!(scene.told(2, |m| *m == ToPage::Call(Call::Speaking { who: vec![MemberId(2)] })));
    let wishes = vec![Wish { mid: "9".into(), who: Some(MemberId(2)), width: 640 }];
    scene.says(3, FromPage::MediaWish { wishes });
    let wish = Output::Media(Ask::Wish { participant: ana, mid: "9".into(), who: Some(ben), width: 640 });
    assert_eq!(scene.asked.last(), Some(&wish));
    scene.does(|table, now| table.handle_media(MediaEvent::Gone { participant: ana }, now));
    assert!(scene.told(3, |m| *m == ToPage::Call(Call::Gone)));
}

#[test]
fn a_moderator_mutes_sends_out_and_the_room_can_be_closed() {
    let mut scene = Scene::new(3);
    scene.comes(1, 1);
    scene.comes(2, 2);
    scene.says(1, FromPage::Media { media: Media { mic: true, ..Media::default() } });
    scene.does(|table, now| table.handle_muted(MemberId(1), now));
    assert!(scene.told(1, |m| *m == ToPage::Muted) && !scene.state().people[0].media.mic);
    let why = Refusal::new("out", "Not today.");
    scene.does(|table, now| table.handle_sent_out(MemberId(1), &why, now));
    assert!(scene.told(1, |m| matches!(m, ToPage::Over { sentence, .. } if sentence == "Not today.")));
    assert_eq!((scene.inside(), scene.closed.clone()), (vec![2], vec![1]));
    scene.does(Table::handle_closed);
    assert!(scene.told(2, |m| matches!(m, ToPage::Over { .. })) && scene.table.is_finished());
}

fn mic(on: bool) -> FromPage {
    FromPage::Media { media: Media { mic: on, ..Media::default() } }
}

#[test]
fn who_was_muted_is_heard_by_nobody_until_they_unmute_themselves() {
    let mut scene = Scene::new(3);
    scene.comes(1, 1);
    scene.says(1, FromPage::MediaOffer { n: 1, sdp: "v=0".into(), anew: false });
    let participant = Leg::of_guest(1).participant();
    let hush = |hushed| Output::Media(Ask::Hush { participant, hushed });
    scene.says(1, mic(true));
    scene.does(|table, now| table.handle_muted(MemberId(1), now));
    assert_eq!(scene.asked.last(), Some(&hush(true)));
    scene.says(1, mic(true));
    assert!(!scene.state().people[0].media.mic, "a word that was on its way, or a page that does not obey");
    assert_eq!(scene.asked.last(), Some(&hush(true)));
    scene.says(1, mic(false));
    scene.says(1, mic(true));
    assert!(scene.state().people[0].media.mic);
    assert_eq!(scene.asked.last(), Some(&hush(false)));
}

#[test]
fn a_page_loaded_anew_is_muted_as_the_one_before() {
    let mut scene = Scene::new(3);
    scene.comes(1, 1);
    scene.says(1, mic(true));
    scene.does(|table, now| table.handle_muted(MemberId(1), now));
    scene.says(1, mic(false));
    scene.page(2, 1, "again", true);
    scene.says(2, mic(true));
    scene.says(2, FromPage::MediaOffer { n: 1, sdp: "v=0".into(), anew: false });
    let participant = Leg::of_guest(2).participant();
    scene.does(|table, now| table.handle_answer(MemberId(1), participant, 1, Ok("v=0".into()), now));
    assert!(scene.asked.contains(&Output::Media(Ask::Hush { participant, hushed: true })));
    assert!(scene.told(2, |m| *m == ToPage::Muted) && !scene.state().people[0].media.mic);
}

#[test]
fn after_a_restart_the_pages_bring_the_talk_back() {
    let mut scene = Scene::new(3);
    scene.comes(1, 1);
    let lines = vec![GivenLine { id: "a".into(), text: "first".into(), at_ms: T - 5, to: Vec::new() }];
    scene.says(1, FromPage::GiveBack { lines });
    assert!(scene.told(1, |m| matches!(m, ToPage::ChatAll { chat } if chat[0].text == "first")));
}

#[test]
fn hands_and_waves_reach_everybody_inside() {
    let mut scene = Scene::new(3);
    scene.comes(1, 1);
    scene.comes(2, 2);
    scene.says(1, FromPage::Hand { up: true });
    assert!(scene.state().people[0].hand);
    scene.says(1, FromPage::Wave);
    assert!(scene.told(2, |m| *m == ToPage::Wave { from: MemberId(1) }));
}

#[test]
fn a_flood_of_anything_is_bounded_and_breaks_nothing() {
    let mut scene = Scene::new(16);
    scene.comes(1, 1);
    for n in 0..300 {
        scene.says(1, FromPage::Chat { id: format!("{n}"), text: "x".repeat(5_000) });
    }
    assert!(scene.told(1, |m| matches!(m, ToPage::Refused { code, .. } if code == "slow_down")));
    scene.passes(10_000);
    scene.says(1, FromPage::MediaOffer { n: 1, sdp: "x".repeat(190_000), anew: false });
    assert!(scene.told(1, |m| matches!(m, ToPage::Call(Call::Refused { .. }))));
    scene.says(1, FromPage::Goal { text: "y".repeat(9_000) });
    assert_eq!(scene.state().people[0].goal.chars().count(), crate::domain::room::GOAL_CHARS);
    for conn in 2..500 {
        scene.page(conn, conn as i64, "door", true);
    }
    assert!(scene.table.chairs.len() <= PAGES_MOST);
}

#[test]
fn who_is_kept_apart_by_a_wall_is_never_in_one_room_and_sees_nobody_in_it() {
    let mut scene = Scene::new(4);
    scene.apart.insert(1, [MemberId(2)].into());
    scene.page(20, 2, "b", true);
    scene.page(30, 3, "c", true);
    scene.comes(10, 1);
    assert_eq!(scene.closed, [20], "who stood at the door from the other side is sent to other rooms");
    scene.page(21, 2, "b", true);
    scene.says(21, FromPage::Come);
    assert_eq!((scene.inside(), &scene.closed[..]), (vec![1], &[20, 21][..]));
    scene.says(30, FromPage::Come);
    assert_eq!(scene.inside(), [1, 3], "no wall stands between these");
    scene.says(10, FromPage::Leave);
    scene.comes(22, 2);
    assert_eq!(scene.inside(), [3, 2], "the room is theirs again");
    // A wall is set while they are inside: the page that comes back is let in only as far as it may.
    scene.apart.insert(3, [MemberId(2)].into());
    scene.page(22, 2, "page22", false);
    scene.page(30, 3, "c", false);
    assert_eq!(scene.inside(), [2]);
    assert!(scene.told.iter().filter(|(_, m)| matches!(m, ToPage::Over { .. })).count() >= 3);
}
