//! The room's promises, told time only.

mod alone;
mod three;

use super::super::protocol::{Camera, FromPage, GivenLine, Media, SeatState, State, ToPage};
use super::super::seat::{Arrival, Conn, GRACE_MS, QUIET_MS};
use super::super::ways::Ways;
use super::{Output, Room};
use crate::domain::booking::{Length, Wishes};
use crate::domain::id::{BookingId, MemberId, SessionId};
use crate::domain::refusal::Refusal;
use crate::domain::seat::{Deed, SeatTruth};
use crate::domain::session::Goal;
use crate::domain::time::Timestamp;
use serde_json::json;
use std::collections::BTreeMap;

const START: Timestamp = Timestamp(1_800_000_000);
const ANA: BookingId = BookingId(1);
const BEN: BookingId = BookingId(2);

fn seat(booking: BookingId, name: &str, sessions: i64) -> SeatTruth {
    SeatTruth {
        booking,
        session: SessionId(9),
        member: MemberId(booking.0 * 10),
        name: name.to_owned(),
        zone: "Europe/Lisbon".to_owned(),
        sessions,
        start: START,
        length: Length::Short,
        wishes: Wishes::default(),
        goals: Vec::new(),
        opened: false,
        sat: false,
        left: None,
        no_show: false,
        late_minutes: None,
        promised: false,
        news: None,
        by_itself: false,
        came: None,
        met: Vec::new(),
    }
}

fn pair() -> Vec<SeatTruth> {
    vec![seat(ANA, "Ana", 12), seat(BEN, "Ben", 3)]
}

/// A room with a store that always answers at once, and pages that remember what they were told.
struct House {
    room: Room,
    now_ms: i64,
    told: BTreeMap<Conn, Vec<ToPage>>,
    closed: Vec<Conn>,
    saved: Vec<(BookingId, Deed)>,
    /// What the media engine was asked.
    asked: Vec<Output>,
    /// While set, deeds are refused.
    broken: bool,
    conns: u64,
}

impl House {
    fn at(seconds: i64, truth: Vec<SeatTruth>) -> Self {
        let now_ms = START.plus(seconds).0 * 1000;
        let room = Room::new(SessionId(9), "run".to_owned(), truth, now_ms);
        Self {
            room,
            now_ms,
            told: BTreeMap::new(),
            closed: Vec::new(),
            saved: Vec::new(),
            asked: Vec::new(),
            broken: false,
            conns: 0,
        }
    }

    fn act(&mut self) {
        while let Some(output) = self.room.poll_output() {
            match output {
                Output::Tell { conn, message } => self.told.entry(conn).or_default().push(message),
                Output::Close { conn } => self.closed.push(conn),
                Output::Decline { .. } => {}
                other @ (Output::Join { .. } | Output::Media(_) | Output::SitWith { .. }) => self.asked.push(other),
                Output::Save { save, who, booking, deed } => {
                    let result = if self.broken { Err(Refusal::new("trouble", "Not saved.")) } else { Ok(()) };
                    assert_eq!(who, MemberId(booking.0 * 10));
                    self.saved.push((booking, deed));
                    self.room.handle_saved(save, result, self.now_ms);
                }
            }
        }
    }

    fn open(&mut self, booking: BookingId, page: &str, claim: bool) -> Conn {
        self.open_by(booking, page, claim, Ways::default())
    }

    fn open_by(&mut self, booking: BookingId, page: &str, claim: bool, ways: Ways) -> Conn {
        self.conns += 1;
        let conn = Conn(self.conns);
        let arrival = Arrival { conn, who: booking, page: page.to_owned(), claim, ways, local_host: String::new() };
        self.room.handle_connected(arrival, self.now_ms);
        self.act();
        conn
    }

    fn say(&mut self, conn: Conn, message: FromPage) {
        self.room.handle_said(conn, message, self.now_ms);
        self.act();
    }

    fn lose(&mut self, conn: Conn) {
        self.room.handle_disconnected(conn, self.now_ms);
        self.act();
    }

    /// Lets time pass as a driver does: every deadline at its hour.
    fn wait_ms(&mut self, by: i64) {
        let until = self.now_ms + by;
        while let Some(due) = self.room.poll_timeout().filter(|due| *due <= until) {
            assert!(due > self.now_ms, "a deadline lies ahead");
            self.now_ms = due;
            self.room.handle_timeout(due);
            self.act();
        }
        self.now_ms = until;
        self.room.handle_timeout(until);
        self.act();
    }

    fn sit(&mut self, booking: BookingId, page: &str) -> Conn {
        let conn = self.open(booking, page, true);
        self.say(conn, FromPage::Sit);
        conn
    }

    fn told(&self, conn: Conn) -> &[ToPage] {
        self.told.get(&conn).map_or(&[], Vec::as_slice)
    }

    fn state(&self, conn: Conn) -> &State {
        let state = self.told(conn).iter().rev().find_map(|m| match m {
            ToPage::State { state } | ToPage::Welcome { state, .. } => Some(state),
            _ => None,
        });
        state.expect("a state was sent")
    }

    fn sees(&self, conn: Conn, booking: BookingId) -> &SeatState {
        self.state(conn).seats.iter().find(|s| s.booking == booking).expect("a seat")
    }

    fn signals(&self, conn: Conn) -> usize {
        self.told(conn).iter().filter(|m| matches!(m, ToPage::Signal { .. })).count()
    }

    fn refusals(&self, conn: Conn) -> Vec<&str> {
        let code = |m: &&ToPage| matches!(m, ToPage::Refused { .. });
        let refused = self.told(conn).iter().filter(code);
        refused.map(|m| if let ToPage::Refused { code, .. } = m { code.as_str() } else { "" }).collect()
    }
}

fn goals(text: &str, nonce: u32) -> FromPage {
    FromPage::Goals { goals: vec![Goal { text: text.to_owned(), outcome: None }], nonce }
}

fn chat(id: &str, text: &str) -> FromPage {
    FromPage::Chat { id: id.to_owned(), text: text.to_owned() }
}

fn signal(to: BookingId) -> FromPage {
    FromPage::Signal { to, data: json!({ "candidate": "x" }) }
}

#[test]
fn a_page_is_welcomed_with_the_whole_state_and_the_partner_sees_it_come() {
    let mut house = House::at(-300, pair());
    let ana = house.open(ANA, "a", true);
    assert!(matches!(&house.told(ana)[0], ToPage::Welcome { you, run, .. } if *you == ANA && run == "run"));
    assert!(!house.sees(ana, BEN).here);
    let ben = house.open(BEN, "b", true);
    assert!(house.sees(ana, BEN).here && house.sees(ben, ANA).here);
    assert!(!house.sees(ana, BEN).seated, "nobody is called before they sit");
    assert_eq!(house.told(ben).len(), 1, "the welcome is the state");
}

#[test]
fn goals_are_shown_only_after_they_were_saved_and_never_when_they_were_not() {
    let mut house = House::at(60, pair());
    let (ana, ben) = (house.sit(ANA, "a"), house.sit(BEN, "b"));
    house.say(ana, goals("  write  ", 7));
    assert!(house.told(ana).contains(&ToPage::Saved { nonce: 7 }));
    assert_eq!(house.sees(ben, ANA).goals[0].text, "write");
    house.broken = true;
    house.say(ana, goals("lost", 8));
    assert_eq!(house.sees(ben, ANA).goals[0].text, "write");
    assert!(house.told(ana).iter().any(|m| matches!(m, ToPage::Refused { nonce: Some(8), .. })));
    assert!(!house.told(ana).contains(&ToPage::Saved { nonce: 8 }));
}

#[test]
fn opening_the_page_is_saved_once_and_only_from_the_lobby_on() {
    let mut house = House::at(-900, pair());
    let ana = house.open(ANA, "a", true);
    assert!(house.saved.is_empty(), "a look days before is no arrival");
    for _ in 0..160 {
        house.wait_ms(2_500);
        house.say(ana, FromPage::Ping { at: 0.0 });
    }
    assert_eq!(house.saved, [(ANA, Deed::Opened)]);
    house.lose(ana);
    house.open(ANA, "a", false);
    assert_eq!(house.saved.len(), 1);
}

#[test]
fn a_reload_does_not_flicker_and_a_lost_partner_is_gone_after_the_grace() {
    let mut house = House::at(-300, pair());
    let (ana, ben) = (house.open(ANA, "a", true), house.open(BEN, "b", true));
    house.lose(ben);
    house.wait_ms(GRACE_MS - 1);
    assert!(house.sees(ana, BEN).here);
    let ben = house.open(BEN, "b2", true);
    house.wait_ms(GRACE_MS);
    assert!(house.sees(ana, BEN).here);
    house.lose(ben);
    house.wait_ms(GRACE_MS);
    assert!(!house.sees(ana, BEN).here);
}

#[test]
fn a_seat_in_a_call_that_falls_silent_is_not_here_until_it_speaks_again() {
    let mut house = House::at(60, pair());
    let (ana, ben) = (house.sit(ANA, "a"), house.sit(BEN, "b"));
    for _ in 0..4 {
        house.wait_ms(QUIET_MS / 3);
        house.say(ana, FromPage::Ping { at: 0.0 });
    }
    assert!(!house.sees(ana, BEN).here && house.sees(ana, BEN).seated, "the call may be running still");
    house.say(ben, FromPage::Ping { at: 1.0 });
    assert!(house.sees(ana, BEN).here);
}

#[test]
fn a_stretch_that_the_server_slept_through_makes_nobody_absent() {
    let mut house = House::at(60, pair());
    let (ana, ben) = (house.sit(ANA, "a"), house.sit(BEN, "b"));
    house.now_ms += 900_000;
    house.room.handle_timeout(house.now_ms);
    house.act();
    assert!(house.closed.is_empty());
    assert!(house.sees(ana, BEN).here && house.sees(ben, ANA).here);
}

#[test]
fn a_page_that_reconnects_keeps_its_seat_and_its_place_in_the_order() {
    let mut house = House::at(60, pair());
    let (ana, ben) = (house.sit(ANA, "a"), house.sit(BEN, "b"));
    let order = house.sees(ana, BEN).order;
    house.lose(ben);
    house.wait_ms(20_000);
    house.open(BEN, "b", false);
    assert!(house.sees(ana, BEN).here && house.sees(ana, BEN).seated);
    assert_eq!(house.sees(ana, BEN).order, order);
}

#[test]
fn a_reloaded_page_takes_the_seat_again_as_the_newcomer_without_another_save() {
    let mut house = House::at(60, pair());
    let (_, ben) = (house.sit(ANA, "a"), house.sit(BEN, "b"));
    assert!(house.sees(ben, BEN).order > house.sees(ben, ANA).order);
    let saves = house.saved.len();
    let ana = house.open(ANA, "a2", true);
    assert!(house.sees(ana, ANA).sat && !house.sees(ana, ANA).seated);
    house.say(ana, FromPage::Sit);
    assert!(house.sees(ben, ANA).seated && house.sees(ben, ANA).page == "a2");
    assert!(house.sees(ben, ANA).order > house.sees(ben, BEN).order, "the newcomer offers first");
    assert_eq!(house.saved.len(), saves);
}

#[test]
fn of_two_tabs_the_newer_takes_over_and_the_older_is_not_heard_any_more() {
    let mut house = House::at(60, pair());
    let old = house.sit(ANA, "old");
    let new = house.open(ANA, "new", true);
    assert_eq!(house.told(old).last(), Some(&ToPage::TakenOver));
    assert!(house.closed.contains(&old));
    house.say(old, chat("1", "from the old tab"));
    assert!(!house.told(new).iter().any(|m| matches!(m, ToPage::Chat { .. })));
    let again = house.open(ANA, "old", false);
    assert_eq!(house.told(again), [ToPage::TakenOver]);
    let asked = house.open(ANA, "old", true);
    assert!(matches!(house.told(asked)[0], ToPage::Welcome { .. }), "\"use here\" takes it back");
    assert_eq!(house.told(new).last(), Some(&ToPage::TakenOver));
}

#[test]
fn the_same_page_on_a_fresh_connection_replaces_its_dead_one_silently() {
    let mut house = House::at(60, pair());
    let dead = house.sit(ANA, "a");
    let fresh = house.open(ANA, "a", false);
    assert!(house.closed.contains(&dead) && !house.told(dead).contains(&ToPage::TakenOver));
    house.lose(dead);
    house.wait_ms(GRACE_MS + 1);
    assert!(house.sees(fresh, ANA).here && house.sees(fresh, ANA).seated);
}

#[test]
fn signals_pass_only_between_taken_seats() {
    let mut house = House::at(60, pair());
    let ana = house.sit(ANA, "a");
    let ben = house.open(BEN, "b", true);
    house.say(ana, signal(BEN));
    house.say(ben, signal(ANA));
    assert_eq!((house.signals(ana), house.signals(ben)), (0, 0));
    house.say(ben, FromPage::Sit);
    house.say(ben, signal(ANA));
    assert_eq!(house.signals(ana), 1);
    house.say(ben, signal(BEN));
    house.say(ben, signal(BookingId(77)));
    assert_eq!((house.signals(ana), house.signals(ben)), (1, 0));
    let huge = FromPage::Signal { to: ANA, data: json!({ "description": "x".repeat(40_000) }) };
    house.say(ben, huge);
    assert_eq!(house.signals(ana), 1);
    assert_eq!(house.refusals(ben), ["too_large"]);
}

#[test]
fn nobody_sits_before_the_lobby_opens() {
    let mut house = House::at(-601, pair());
    let ana = house.sit(ANA, "a");
    assert_eq!(house.refusals(ana), ["early"]);
    house.wait_ms(1_000);
    house.say(ana, FromPage::Sit);
    assert!(house.sees(ana, ANA).seated);
}

#[test]
fn who_leaves_is_gone_with_their_note_and_may_come_back() {
    let mut house = House::at(300, pair());
    let (ana, ben) = (house.sit(ANA, "a"), house.sit(BEN, "b"));
    house.say(ben, FromPage::Leave { note: "  the \u{7}doctor called ".to_owned() });
    assert_eq!(house.sees(ana, BEN).left.as_deref(), Some("the doctor called"));
    assert!(!house.sees(ana, BEN).seated);
    house.say(ben, FromPage::Sit);
    assert!(house.sees(ana, BEN).seated && house.sees(ana, BEN).left.is_none());
    assert_eq!(house.saved.last(), Some(&(BEN, Deed::Sat)));
}

#[test]
fn hands_meet_within_five_seconds_or_not_at_all() {
    let mut house = House::at(25 * 60, pair());
    let (ana, ben) = (house.sit(ANA, "a"), house.sit(BEN, "b"));
    let both = |house: &House| house.told(ana).iter().filter(|m| matches!(m, ToPage::HighFive { both: true, .. })).count();
    house.say(ana, FromPage::HighFive);
    house.wait_ms(5_001);
    house.say(ben, FromPage::HighFive);
    assert_eq!(both(&house), 0);
    house.wait_ms(5_000);
    house.say(ana, FromPage::HighFive);
    assert_eq!(both(&house), 1);
    house.say(ana, FromPage::HighFive);
    assert_eq!(both(&house), 1, "one hand alone is no high-five");
}

#[test]
fn chat_reaches_everybody_once_and_survives_a_reload() {
    let mut house = House::at(60, pair());
    let (ana, ben) = (house.sit(ANA, "a"), house.sit(BEN, "b"));
    house.say(ana, chat("1", "hello"));
    house.say(ana, chat("1", "hello"));
    let heard = |house: &House, conn| house.told(conn).iter().filter(|m| matches!(m, ToPage::Chat { .. })).count();
    assert_eq!(heard(&house, ben), 1);
    assert_eq!(heard(&house, ana), 2, "the sender hears that it arrived, each time");
    let ben = house.open(BEN, "b2", true);
    assert!(matches!(&house.told(ben)[0], ToPage::Welcome { chat, .. } if chat.len() == 1 && chat[0].text == "hello"));
}

#[test]
fn pages_give_back_their_own_lines_after_a_restart() {
    let mut house = House::at(60, pair());
    let (ana, ben) = (house.sit(ANA, "a"), house.sit(BEN, "b"));
    let line = |id: &str, text: &str, s: i64| GivenLine {
        id: id.into(),
        text: text.into(),
        at_ms: START.plus(s).0 * 1000,
        to: vec![ANA, BEN],
    };
    house.say(ben, FromPage::GiveBack { lines: vec![line("b", "two", 20)] });
    house.say(ana, FromPage::GiveBack { lines: vec![line("a", "one", 10)] });
    let Some(ToPage::ChatAll { chat }) = house.told(ben).last() else { panic!("the whole chat") };
    let lines: Vec<_> = chat.iter().map(|l| (l.from, l.text.as_str())).collect();
    assert_eq!(lines, [(ANA, "one"), (BEN, "two")]);
    let told = house.told(ana).len();
    house.say(ana, FromPage::GiveBack { lines: vec![line("a", "one", 10)] });
    assert_eq!(house.told(ana).len(), told, "nothing new is nothing told");
}

#[test]
fn a_flood_is_told_to_slow_down_once_and_harms_nobody_else() {
    let mut house = House::at(60, pair());
    let (ana, ben) = (house.sit(ANA, "a"), house.sit(BEN, "b"));
    for n in 0..1_000 {
        house.say(ana, chat(&n.to_string(), "spam"));
    }
    assert_eq!(house.refusals(ana), ["slow_down"]);
    assert!(house.told(ben).len() < 200);
    house.say(ben, chat("b", "still here"));
    assert!(matches!(house.told(ben).last(), Some(ToPage::Chat { .. })));
    house.say(ana, goals("x", 5));
    assert!(
        house.told(ana).iter().any(|m| matches!(m, ToPage::Refused { nonce: Some(5), .. })),
        "who waits for an answer gets one"
    );
}

#[test]
fn what_the_devices_do_and_being_away_are_told_and_end_with_the_page() {
    let mut house = House::at(60, pair());
    let (ana, ben) = (house.sit(ANA, "a"), house.sit(BEN, "b"));
    let media = Media { mic: true, camera: Camera::Veiled, screen: false, trouble: Some("x".repeat(500)) };
    house.say(ana, FromPage::Media { media });
    house.say(ana, FromPage::Away { minutes: Some(200) });
    let seen = house.sees(ben, ANA);
    assert_eq!((seen.media.camera, seen.media.trouble.as_ref().map(String::len)), (Camera::Veiled, Some(40)));
    assert_eq!(seen.away_until_ms, Some(house.now_ms + 30 * 60_000));
    house.open(ANA, "a2", true);
    assert_eq!(house.sees(ben, ANA).media, Media::default());
    assert_eq!(house.sees(ben, ANA).away_until_ms, None);
}

#[test]
fn lateness_is_told_until_the_seat_is_taken() {
    let mut house = House::at(-60, pair());
    let (ana, ben) = (house.sit(ANA, "a"), house.open(BEN, "b", true));
    house.say(ben, FromPage::Late { minutes: 99 });
    assert_eq!(house.sees(ana, BEN).late_minutes, Some(10));
    house.say(ben, FromPage::Sit);
    assert_eq!(house.sees(ana, BEN).late_minutes, None);
}

#[test]
fn who_booked_first_begins_but_with_a_newcomer_the_experienced_one_does() {
    let begins = |truth: Vec<SeatTruth>| {
        let mut house = House::at(-60, truth);
        let ana = house.open(ANA, "a", true);
        house.state(ana).seats.iter().filter(|s| s.begins).map(|s| s.booking).collect::<Vec<_>>()
    };
    assert_eq!(begins(pair()), [ANA]);
    assert_eq!(begins(vec![seat(ANA, "Ana", 0), seat(BEN, "Ben", 3)]), [BEN]);
    assert_eq!(begins(vec![seat(ANA, "Ana", 0), seat(BEN, "Ben", 0)]), [ANA]);
    assert!(begins(vec![seat(ANA, "Ana", 5)]).is_empty());
}

#[test]
fn each_is_told_whom_they_met_and_never_that_they_met_themselves() {
    let mut truth = pair();
    truth[0].met = vec![ANA, BEN];
    let mut house = House::at(-60, truth);
    let (ana, ben) = (house.open(ANA, "a", true), house.open(BEN, "b", true));
    assert!(house.sees(ana, BEN).met_before && !house.sees(ana, ANA).met_before);
    assert!(!house.sees(ben, ANA).met_before);
}

#[test]
fn news_of_the_partner_is_told_until_five_minutes_after_the_start() {
    let mut truth = pair();
    truth[0].news = Some("Cleo had to cancel.".to_owned());
    let mut house = House::at(298, truth);
    let (ana, ben) = (house.open(ANA, "a", true), house.open(BEN, "b", true));
    assert_eq!(house.state(ana).news.as_deref(), Some("Cleo had to cancel."));
    assert_eq!(house.state(ben).news, None);
    house.wait_ms(2_000);
    assert_eq!(house.state(ana).news, None);
}

#[test]
fn when_the_break_is_over_the_room_is_gone() {
    let mut house = House::at(1_799, pair());
    let ana = house.sit(ANA, "a");
    house.say(ana, chat("1", "bye"));
    house.lose(ana);
    house.wait_ms(500);
    assert!(!house.room.is_finished(), "who only reloads finds the chat again");
    let ana = house.open(ANA, "a", false);
    house.wait_ms(500);
    assert!(matches!(house.told(ana).last(), Some(ToPage::Over { .. })));
    assert!(house.closed.contains(&ana) && house.room.is_finished());
    let late = house.open(ANA, "a", false);
    assert!(matches!(house.told(late), [ToPage::Over { .. }]));
}

#[test]
fn a_room_that_saw_nothing_is_finished_when_the_last_page_goes() {
    let mut house = House::at(-300, pair());
    let ana = house.open(ANA, "a", true);
    house.lose(ana);
    house.wait_ms(GRACE_MS);
    assert!(house.room.is_finished());
}

#[test]
fn a_seat_takes_its_page_along_to_another_session() {
    let mut old = House::at(-60, vec![seat(ANA, "Ana", 12)]);
    let ana = old.sit(ANA, "a");
    let rev = old.state(ana).rev;
    let mut gone = old.room.handle_truth(Vec::new(), old.now_ms);
    old.act();
    let traveller = gone.pop().expect("Ana moves");
    let mut new = House::at(-60, vec![SeatTruth { sat: true, ..seat(ANA, "Ana", 12) }, seat(BEN, "Ben", 3)]);
    new.conns = 10;
    let ben = new.sit(BEN, "b");
    new.room.handle_moved(traveller, new.now_ms).expect("her seat is here");
    new.act();
    assert!(matches!(&new.told(ana)[0], ToPage::Welcome { you, state, .. } if *you == ANA && state.rev > rev));
    assert!(new.sees(ben, ANA).seated && new.sees(ben, ANA).page == "a");
    new.say(ana, signal(BEN));
    assert_eq!(new.signals(ben), 1);
}

#[test]
fn a_seat_that_belongs_nowhere_here_is_given_back() {
    let mut house = House::at(-60, pair());
    let ana = house.open(ANA, "a", true);
    let gone = house.room.handle_truth(vec![seat(BEN, "Ben", 3)], house.now_ms);
    let seat = gone.into_iter().next().expect("Ana has a page");
    assert_eq!(seat.conn(), Some(ana));
    assert!(house.room.handle_moved(seat, house.now_ms).is_err());
}

#[test]
fn a_partner_who_cancels_disappears_from_the_state() {
    let mut house = House::at(-60, pair());
    let ana = house.open(ANA, "a", true);
    let alone = SeatTruth { news: Some("Ben had to cancel.".to_owned()), ..seat(ANA, "Ana", 12) };
    assert!(house.room.handle_truth(vec![alone], house.now_ms).is_empty());
    house.act();
    assert_eq!(house.state(ana).seats.len(), 1);
    assert_eq!(house.state(ana).news.as_deref(), Some("Ben had to cancel."));
}

#[test]
fn a_state_is_newer_than_every_one_before_it_even_after_a_restart() {
    let mut house = House::at(60, pair());
    let ana = house.sit(ANA, "a");
    for n in 0..50 {
        house.say(ana, FromPage::Away { minutes: Some(1 + n % 2) });
    }
    let rev = house.state(ana).rev;
    let mut after = House::at(61, pair());
    let ana = after.open(ANA, "a", false);
    assert!(after.state(ana).rev > rev);
}

#[test]
fn strange_input_is_refused_or_ignored_and_breaks_nothing() {
    let mut house = House::at(60, pair());
    let nameless = house.open(ANA, "", true);
    let long = house.open(ANA, &"x".repeat(41), true);
    let stranger = house.open(BookingId(99), "x", true);
    assert!(house.closed.ends_with(&[nameless, long, stranger]));
    let ana = house.sit(ANA, "a");
    let before = house.saved.len();
    house.say(ana, FromPage::Mark { goal: usize::MAX, outcome: None, nonce: 1 });
    house.say(ana, FromPage::Hello { page: "other".to_owned(), claim: true });
    house.say(ana, FromPage::Ping { at: f64::NAN });
    house.say(Conn(4_000), FromPage::Sit);
    house.lose(Conn(4_000));
    house.room.handle_saved(u64::MAX, Ok(()), house.now_ms);
    house.room.handle_timeout(i64::MAX / 2);
    house.room.handle_timeout(i64::MIN / 2);
    house.act();
    assert_eq!(house.saved.len(), before);
    assert_eq!(house.refusals(ana), ["gone"]);
}
