//! The promises of a session of three: who is asked, when the call goes through the server, and what stays between two.

use super::super::super::protocol::{CallWay, FromPage, GivenLine, ToPage};
use super::super::Output;
use super::{ANA, BEN, House, pair, seat};
use crate::domain::id::BookingId;
use crate::domain::seat::SeatTruth;

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
    assert!(matches!(house.asked.last(), Some(Output::LeaveMedia { .. })));
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
    assert!(house.asked.contains(&Output::LeaveMedia { participant: joined[0] }));
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
    assert!(matches!(house.told(pages[1]).last(), Some(ToPage::MediaRefused { n: 1, .. })));
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
