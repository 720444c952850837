//! The promises of a session of three: who is asked, when the call goes through the server, and what stays between two.

use super::super::super::media::MediaEvent;
use super::super::super::media::talk::{Ask, Call};
use super::super::super::protocol::{CallWay, FromPage, GivenLine, ToPage};
use super::super::super::seat::Conn;
use super::super::super::seat::{GRACE_MS, QUIET_MS, RETURN_MS};
use super::super::super::ways::{Load, Relays};
use super::super::Output;
use super::{ANA, BEN, House, pair, seat};
use crate::domain::capacity::Full;
use crate::domain::id::{BookingId, SessionId};
use crate::domain::seat::SeatTruth;
use crate::domain::time::Timestamp;
use std::sync::Arc;

const DAI: BookingId = BookingId(3);

fn trio() -> Vec<SeatTruth> {
    vec![seat(ANA, "Ana", 12), seat(BEN, "Ben", 3), seat(DAI, "Dai", 1)]
}

fn way(house: &House, booking: BookingId) -> CallWay {
    house.room.seats.iter().find(|s| s.booking() == booking).expect("a seat");
    house.room.way()
}

#[test]
fn two_who_work_stay_a_pair_until_both_agree_to_the_server_and_the_third_waits() {
    let mut house = House::at(600, pair());
    let (ana, ben) = (house.open(ANA, "a", true), house.open(BEN, "b", true));
    house.say(ana, FromPage::Sit);
    house.say(ben, FromPage::Sit);
    house.say(ana, FromPage::Chat { id: "1".into(), text: "between us".into() });
    let mut truth = trio();
    truth.iter_mut().take(2).for_each(|t| (t.opened, t.sat) = (true, true));
    house.now_ms += 1_000;
    house.room.handle_truth(truth, house.now_ms);
    house.act();
    let dai = house.open(DAI, "d", true);
    assert!(matches!(&house.told(dai)[0], ToPage::Welcome { chat, .. } if chat.is_empty()), "the pair's talk is theirs");
    house.say(dai, FromPage::Agree { yes: Some(true) });
    house.say(dai, FromPage::Sit);
    assert_eq!(way(&house, DAI), CallWay::Asked);
    house.say(ana, FromPage::Chat { id: "1b".into(), text: "shall we?".into() });
    house.say(dai, FromPage::Chat { id: "d".into(), text: "may I?".into() });
    let heard_by = |house: &House, conn, text: &str| {
        house.told(conn).iter().any(|m| matches!(m, ToPage::Chat { line } if line.text == text))
    };
    assert!(heard_by(&house, ben, "shall we?") && !heard_by(&house, dai, "shall we?"), "they are not taken in yet");
    assert!(heard_by(&house, ana, "may I?"));
    let offer = || FromPage::MediaOffer { n: 1, sdp: "v=0".into(), anew: false };
    house.say(ben, offer());
    assert!(house.asked.is_empty(), "nobody who has not agreed goes through the server");
    house.say(ana, FromPage::Agree { yes: Some(true) });
    assert_eq!(way(&house, DAI), CallWay::Asked);
    house.say(ben, FromPage::Agree { yes: Some(true) });
    assert_eq!(way(&house, DAI), CallWay::Server);
    house.say(dai, offer());
    assert!(matches!(&house.asked[..], [Output::Join { booking, n: 1, .. }] if *booking == DAI));
    house.say(ana, FromPage::Chat { id: "2".into(), text: "welcome".into() });
    let heard = |m: &ToPage| matches!(m, ToPage::Chat { line } if line.text == "welcome");
    assert!(house.told(dai).iter().any(heard));
    house.say(dai, FromPage::Leave { note: String::new() });
    assert_eq!(way(&house, ANA), CallWay::Pair);
    assert!(matches!(house.asked.last(), Some(Output::Media(Ask::Leave { .. }))));
}

/// A server that carries nothing more.
struct Nothing;

impl Load for Nothing {
    fn of_room(&self, _room: u64, people: u32, _now: Timestamp) -> Option<Full> {
        assert_eq!(people, 3);
        Some(Full { until: None })
    }

    fn of_relay(&self, _session: SessionId, _now: Timestamp) -> Option<Full> {
        Some(Full { until: Some(Timestamp(1_795_344_600)) })
    }
}

#[test]
fn where_the_server_is_full_two_go_on_as_a_pair_and_the_relay_says_until_when() {
    let mut house = House::at(600, trio());
    let full = Relays::default().weighing(Arc::new(Nothing)).ways("house.test");
    let pages: Vec<_> = [ANA, BEN, DAI].into_iter().map(|who| house.open_by(who, "p", true, full.clone())).collect();
    for page in &pages {
        house.say(*page, FromPage::Sit);
        house.say(*page, FromPage::Agree { yes: Some(true) });
        let no =
            |m: &ToPage| matches!(m, ToPage::Refused { code, sentence, .. } if code == "full" && sentence.contains("Two go on"));
        assert!(house.told(*page).iter().any(no));
    }
    assert_eq!(way(&house, ANA), CallWay::Asked);
    house.say(pages[0], FromPage::MediaOffer { n: 1, sdp: "v=0".into(), anew: false });
    assert!(house.asked.is_empty(), "nobody opens a place that is not there");
    house.say(pages[1], FromPage::Agree { yes: Some(false) });
    assert_eq!(house.room.seats[1].agreed, Some(false), "no is heard as ever");
    house.say(pages[0], FromPage::Ice);
    let told = |m: &ToPage| matches!(m, ToPage::Ice { full: Some(sentence), .. } if sentence.contains("until 10:50"));
    assert!(house.told(pages[0]).iter().any(told));
}

#[test]
fn a_pair_knows_where_the_server_carries_no_third() {
    for full in [false, true] {
        let relays = if full { Relays::default().weighing(Arc::new(Nothing)) } else { Relays::default() };
        let mut house = House::at(600, pair());
        for who in [ANA, BEN] {
            let page = house.open_by(who, "p", true, relays.ways("house.test"));
            house.say(page, FromPage::Sit);
        }
        let now = Timestamp(house.now_ms / 1000);
        assert_eq!(house.room.has_no_room_for_three(now), full);
        assert_eq!(house.room.seeking(now).pair, Some([ANA, BEN]), "they would take one");
    }
}

#[test]
fn a_reload_of_one_of_three_asks_that_page_again_and_makes_it_another_participant() {
    let mut house = House::at(600, trio());
    let pages: Vec<_> = [ANA, BEN, DAI].into_iter().map(|who| house.open(who, "first", true)).collect();
    for page in &pages {
        house.say(*page, FromPage::Sit);
        house.say(*page, FromPage::Agree { yes: Some(true) });
    }
    assert_eq!(way(&house, ANA), CallWay::Server);
    house.say(pages[0], FromPage::MediaOffer { n: 1, sdp: "v=0".into(), anew: false });
    let again = house.open(ANA, "second", true);
    assert_eq!(way(&house, ANA), CallWay::Asked);
    house.say(again, FromPage::Sit);
    house.say(again, FromPage::Agree { yes: Some(true) });
    house.say(again, FromPage::MediaOffer { n: 1, sdp: "v=0".into(), anew: false });
    let joined: Vec<u64> = house
        .asked
        .iter()
        .filter_map(|o| if let Output::Join { join, .. } = o { Some(join.participant) } else { None })
        .collect();
    assert_ne!(joined[0], joined[1]);
    assert!(house.asked.contains(&Output::Media(Ask::Leave { participant: joined[0] })));
}

#[test]
fn after_a_restart_the_third_is_not_told_what_two_said_before() {
    let seated = || trio().into_iter().map(|t| SeatTruth { opened: true, sat: true, ..t }).collect();
    let mut house = House::at(600, seated());
    let (ana, dai) = (house.sit(ANA, "a"), house.sit(DAI, "d"));
    let line = |id: &str, to: Vec<BookingId>| GivenLine { id: id.into(), text: id.into(), at_ms: house.now_ms - 1_000, to };
    let lines = vec![line("between us", vec![ANA, BEN]), line("to all", vec![ANA, BEN, DAI]), line("to nobody", Vec::new())];
    house.say(ana, FromPage::GiveBack { lines });
    let texts = |conn| {
        let all = house.told(conn).iter().rev().find_map(|m| if let ToPage::ChatAll { chat } = m { Some(chat) } else { None });
        all.expect("the talk").iter().map(|l| l.text.clone()).collect::<Vec<_>>()
    };
    assert_eq!(texts(dai), ["to all"]);
    assert_eq!(texts(ana), ["between us", "to all", "to nobody"]);
}

#[test]
fn who_has_agreed_may_connect_anew_while_another_of_three_is_loading_the_page() {
    let seated = || trio().into_iter().map(|t| SeatTruth { opened: true, sat: true, ..t }).collect();
    let mut house = House::at(600, seated());
    let pages: Vec<_> = [ANA, BEN].into_iter().map(|who| house.sit(who, "page")).collect();
    house.say(pages[0], FromPage::Agree { yes: Some(true) });
    assert_eq!(way(&house, ANA), CallWay::Asked);
    house.say(pages[0], FromPage::MediaOffer { n: 1, sdp: "v=0".into(), anew: false });
    house.say(pages[1], FromPage::MediaOffer { n: 1, sdp: "v=0".into(), anew: false });
    assert!(matches!(&house.asked[..], [Output::Join { booking: ANA, .. }]));
    assert!(matches!(house.told(pages[1]).last(), Some(ToPage::Call(Call::Refused { n: 1, .. }))));
}

#[test]
fn a_no_is_told_to_the_pages_and_can_be_taken_back() {
    let mut house = House::at(600, trio());
    let ana = house.sit(ANA, "a");
    let said = |house: &House, yes| house.state(ana).seats.iter().any(|s| s.booking == ANA && s.agreed == yes);
    house.say(ana, FromPage::Agree { yes: Some(false) });
    assert!(said(&house, Some(false)));
    house.say(ana, FromPage::Agree { yes: None });
    assert!(said(&house, None));
}

/// Three whose call goes through the server.
fn three_at_it() -> (House, [Conn; 3]) {
    let mut house = House::at(600, trio());
    let pages = [house.sit(ANA, "a"), house.sit(BEN, "b"), house.sit(DAI, "d")];
    for page in pages {
        house.say(page, FromPage::Agree { yes: Some(true) });
    }
    assert_eq!(way(&house, ANA), CallWay::Server);
    (house, pages)
}

/// Time passes, and those pages go on saying that they are there.
fn wait_with(house: &mut House, pages: &[Conn], ms: i64) {
    let until = house.now_ms + ms;
    while house.now_ms < until {
        house.wait_ms(2_500.min(until - house.now_ms));
        for page in pages {
            house.say(*page, FromPage::Ping { at: 1.0 });
        }
    }
}

#[test]
fn when_one_of_three_vanishes_without_a_word_the_two_are_a_pair_again_after_a_while_and_three_when_they_come_back() {
    let (mut house, [ana, ben, dai]) = three_at_it();
    house.lose(dai);
    wait_with(&mut house, &[ana, ben], GRACE_MS + RETURN_MS - 1);
    assert_eq!(house.state(ana).call, CallWay::Server, "a seat is kept for who was just here");
    assert!(house.sees(ana, DAI).seated && !house.sees(ana, DAI).here);
    wait_with(&mut house, &[ana, ben], 1);
    for page in [ana, ben] {
        assert_eq!(house.state(page).call, CallWay::Pair);
        assert!(!house.sees(page, DAI).seated, "nobody calls them");
        assert!(house.sees(page, DAI).sat && house.sees(page, DAI).left.is_none(), "the seat is still theirs");
    }
    let dai = house.open(DAI, "d", false);
    for page in [ana, ben, dai] {
        assert_eq!(house.state(page).call, CallWay::Server, "all have agreed, nobody is asked again");
        assert!(house.sees(page, DAI).seated);
    }
}

#[test]
fn a_page_that_was_away_hears_that_its_connection_to_the_engine_is_gone() {
    let (mut house, [ana, ben, dai]) = three_at_it();
    house.say(dai, FromPage::MediaOffer { n: 1, sdp: "v=0".into(), anew: false });
    let Some(Output::Join { join, .. }) = house.asked.last() else { panic!("the engine is asked") };
    let participant = join.participant;
    house.lose(dai);
    wait_with(&mut house, &[ana, ben], 15_000);
    house.room.handle_media(MediaEvent::Gone { participant }, house.now_ms);
    let dai = house.open(DAI, "d", false);
    assert_eq!(house.told(dai).last(), Some(&ToPage::Call(Call::Gone)));
    house.say(dai, FromPage::MediaOffer { n: 2, sdp: "v=0".into(), anew: true });
    assert!(matches!(house.asked.last(), Some(Output::Join { join, .. }) if join.participant != participant));
    house.lose(dai);
    let dai = house.open(DAI, "d", false);
    assert!(!house.told(dai).contains(&ToPage::Call(Call::Gone)));
}

#[test]
fn a_network_that_is_gone_for_good_is_noticed_by_the_silence_alone() {
    let (mut house, [ana, ben, _]) = three_at_it();
    wait_with(&mut house, &[ana, ben], QUIET_MS + RETURN_MS - 1);
    assert_eq!(house.state(ana).call, CallWay::Server);
    wait_with(&mut house, &[ana, ben], 1);
    assert_eq!(house.state(ana).call, CallWay::Pair);
}

#[test]
fn a_page_of_one_of_three_that_is_closed_and_opened_again_later_is_asked_and_the_two_are_not() {
    let (mut house, [ana, ben, dai]) = three_at_it();
    house.lose(dai);
    wait_with(&mut house, &[ana, ben], GRACE_MS + RETURN_MS);
    let dai = house.sit(DAI, "later");
    assert_eq!(house.state(ana).call, CallWay::Asked);
    assert!(house.sees(dai, ANA).agreed == Some(true) && house.sees(dai, BEN).agreed == Some(true));
    house.say(dai, FromPage::Agree { yes: Some(true) });
    assert_eq!(house.state(ana).call, CallWay::Server);
}

#[test]
fn after_a_restart_the_third_is_waited_for_only_a_while() {
    let seated = trio().into_iter().map(|t| SeatTruth { opened: true, sat: true, ..t }).collect();
    let mut house = House::at(600, seated);
    let pages = [house.sit(ANA, "a"), house.sit(BEN, "b")];
    wait_with(&mut house, &pages, RETURN_MS - 1);
    assert_eq!(house.state(pages[0]).call, CallWay::Asked);
    wait_with(&mut house, &pages, 1);
    assert_eq!(house.state(pages[0]).call, CallWay::Pair);
}

#[test]
fn between_two_a_lost_line_ends_no_call() {
    let mut house = House::at(600, pair());
    let (ana, ben) = (house.sit(ANA, "a"), house.sit(BEN, "b"));
    house.lose(ben);
    wait_with(&mut house, &[ana], 2 * (GRACE_MS + RETURN_MS));
    assert!(house.sees(ana, BEN).seated && !house.sees(ana, BEN).here);
}
