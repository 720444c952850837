//! The promises to who sits alone: who is offered company and when, and under which conditions it is taken by itself.

use super::super::super::protocol::{FromPage, Lounge};
use super::super::super::seat::Conn;
use super::super::Output;
use super::{ANA, BEN, House, pair, seat};
use crate::domain::id::BookingId;
use crate::domain::lounge::{ACTIVE_MS, By, EMPTY_MS, EXPECTED_MS, NOTICE_MS, With};
use crate::domain::seat::SeatTruth;

const CLEO: BookingId = BookingId(7);

fn there() -> FromPage {
    FromPage::Attention { visible: true, idle_ms: 0 }
}

/// Ana sits since the start, as she chose or not; nobody else has come.
fn stranded(chosen: bool) -> (House, Conn) {
    let ana = SeatTruth { by_itself: chosen, ..seat(ANA, "Ana", 12) };
    let mut house = House::at(1, vec![ana, seat(BEN, "Ben", 3)]);
    let ana = house.sit(ANA, "a");
    on(&mut house, &[ana], EXPECTED_MS);
    assert!(lounge(&house, ana).is_some_and(|lounge| lounge.by_itself == chosen));
    (house, ana)
}

/// Time goes on, and the pages say that they are there.
fn on(house: &mut House, pages: &[Conn], by_ms: i64) {
    let until = house.now_ms + by_ms;
    while house.now_ms < until {
        house.wait_ms(2_500.min(until - house.now_ms));
        for conn in pages {
            house.say(*conn, FromPage::Ping { at: 0.0 });
        }
    }
}

fn lounge(house: &House, conn: Conn) -> Option<Lounge> {
    house.state(conn).lounge.clone()
}

fn found(house: &mut House) {
    let with = With::Together(vec![ANA, CLEO]);
    house.room.handle_offer(ANA, Some((with, vec!["Cleo".to_owned()])), house.now_ms);
    house.act();
}

fn moves_at(house: &House, conn: Conn) -> Option<i64> {
    lounge(house, conn).and_then(|lounge| lounge.offer).and_then(|offer| offer.moves_at_ms)
}

fn taken(house: &House) -> Vec<By> {
    let by = |o: &Output| if let Output::SitWith { by, .. } = o { Some(*by) } else { None };
    house.asked.iter().filter_map(by).collect()
}

#[test]
fn company_is_taken_by_itself_ten_seconds_after_it_was_said() {
    let (mut house, ana) = stranded(true);
    house.say(ana, there());
    found(&mut house);
    assert_eq!(moves_at(&house, ana), Some(house.now_ms + NOTICE_MS), "it is said first");
    on(&mut house, &[ana], NOTICE_MS - 1);
    assert_eq!(taken(&house), []);
    house.wait_ms(1);
    assert_eq!(taken(&house), [By::Itself]);
    assert!(lounge(&house, ana).and_then(|l| l.offer).is_some_and(|offer| offer.yes));
}

#[test]
fn nothing_is_taken_by_itself_when_one_condition_is_missing() {
    let untold: &dyn Fn(&mut House, Conn) = &|_, _| {};
    let unseen: &dyn Fn(&mut House, Conn) = &|house, ana| house.say(ana, FromPage::Attention { visible: false, idle_ms: 0 });
    let idle: &dyn Fn(&mut House, Conn) = &|house, ana| {
        house.say(ana, FromPage::Attention { visible: true, idle_ms: ACTIVE_MS as u32 });
    };
    let alone: &dyn Fn(&mut House, Conn) = &|house, ana| {
        house.say(ana, there());
        house.say(ana, FromPage::StayAlone { yes: true });
    };
    let away: &dyn Fn(&mut House, Conn) = &|house, ana| {
        house.say(ana, there());
        house.say(ana, FromPage::Away { minutes: Some(5) });
    };
    let here: &dyn Fn(&mut House, Conn) = &|house, ana| house.say(ana, there());
    for (name, chosen, does) in [
        ("the page has said nothing", true, untold),
        ("the page is not seen", true, unseen),
        ("no hand on it for a minute", true, idle),
        ("stay alone", true, alone),
        ("they are away themselves", true, away),
        ("not chosen with the booking", false, here),
    ] {
        let (mut house, ana) = stranded(chosen);
        does(&mut house, ana);
        found(&mut house);
        on(&mut house, &[ana], 3 * NOTICE_MS);
        assert_eq!(taken(&house), [], "{name}");
    }
}

#[test]
fn who_turns_away_while_it_is_said_stays_and_a_hand_starts_the_ten_seconds_anew() {
    let (mut house, ana) = stranded(true);
    house.say(ana, there());
    found(&mut house);
    on(&mut house, &[ana], NOTICE_MS / 2);
    house.say(ana, FromPage::Attention { visible: false, idle_ms: 0 });
    assert_eq!(moves_at(&house, ana), None);
    on(&mut house, &[ana], 2 * NOTICE_MS);
    assert_eq!(taken(&house), []);
    house.say(ana, there());
    assert_eq!(moves_at(&house, ana), Some(house.now_ms + NOTICE_MS));
    // Nobody has touched the page for a minute when the seconds are over.
    house.say(ana, FromPage::Attention { visible: true, idle_ms: (ACTIVE_MS - NOTICE_MS / 2) as u32 });
    on(&mut house, &[ana], NOTICE_MS);
    assert_eq!((taken(&house), moves_at(&house, ana)), (Vec::new(), None));
    house.say(ana, there());
    house.lose(ana);
    house.wait_ms(NOTICE_MS);
    assert_eq!(taken(&house), [], "a page whose line is lost says nothing for anybody");
}

#[test]
fn stay_alone_holds_in_the_last_second_and_a_tap_is_quicker() {
    let (mut house, ana) = stranded(true);
    house.say(ana, there());
    found(&mut house);
    on(&mut house, &[ana], NOTICE_MS - 1);
    house.say(ana, FromPage::StayAlone { yes: true });
    on(&mut house, &[ana], NOTICE_MS);
    assert_eq!(taken(&house), []);
    house.say(ana, FromPage::StayAlone { yes: false });
    house.say(ana, there());
    found(&mut house);
    let number = lounge(&house, ana).and_then(|l| l.offer).map_or(0, |offer| offer.n);
    house.say(ana, FromPage::SitWith { offer: number });
    on(&mut house, &[ana], 2 * NOTICE_MS);
    assert_eq!(taken(&house), [By::Tap], "once");
}

/// Both sit; Ana chose to be seated by itself.
fn two() -> (House, Conn, Conn) {
    let mut truth = pair();
    truth[0].by_itself = true;
    let mut house = House::at(300, truth);
    let (ana, ben) = (house.sit(ANA, "a"), house.sit(BEN, "b"));
    (house, ana, ben)
}

#[test]
fn back_in_five_is_waited_for_two_minutes_and_then_there_is_an_offer_and_no_more() {
    let (mut house, ana, ben) = two();
    house.say(ben, FromPage::Away { minutes: Some(5) });
    on(&mut house, &[ana, ben], EXPECTED_MS - 1);
    assert_eq!(lounge(&house, ana), None);
    house.wait_ms(1);
    assert!(lounge(&house, ana).is_some() && lounge(&house, ben).is_none(), "who is away is asked nothing");
    let seeking = house.room.seeking(crate::domain::time::Timestamp(house.now_ms / 1000));
    assert_eq!((seeking.alone, seeking.pair), (vec![ANA], None), "no third is sent to an empty chair");
    house.say(ana, there());
    found(&mut house);
    on(&mut house, &[ana, ben], 2 * NOTICE_MS);
    assert_eq!((taken(&house), moves_at(&house, ana)), (Vec::new(), None), "nobody is moved away from who comes back");
    house.say(ben, FromPage::Away { minutes: None });
    assert_eq!(lounge(&house, ana), None, "they are back, and it is over");
}

#[test]
fn to_wait_holds_until_they_are_back_and_to_stay_alone_until_it_is_taken_back() {
    let (mut house, ana, ben) = two();
    house.say(ben, FromPage::Away { minutes: Some(5) });
    on(&mut house, &[ana, ben], EXPECTED_MS);
    house.say(ana, FromPage::StayAlone { yes: true });
    assert!(lounge(&house, ana).is_some_and(|lounge| lounge.alone));
    let now = crate::domain::time::Timestamp(house.now_ms / 1000);
    assert_eq!(house.room.seeking(now).alone, [], "who waits is left in peace");
    house.say(ben, FromPage::Away { minutes: None });
    house.say(ben, FromPage::Away { minutes: Some(5) });
    on(&mut house, &[ana, ben], EXPECTED_MS);
    assert!(lounge(&house, ana).is_some_and(|lounge| !lounge.alone), "another time, another question");
    house.say(ana, FromPage::StayAlone { yes: true });
    house.say(ben, FromPage::Leave { note: String::new() });
    assert!(lounge(&house, ana).is_some_and(|lounge| !lounge.alone), "nobody is left to wait for");
    house.say(ana, FromPage::StayAlone { yes: true });
    on(&mut house, &[ana], EXPECTED_MS);
    assert!(lounge(&house, ana).is_some_and(|lounge| lounge.alone));
}

#[test]
fn an_empty_chair_beside_an_open_page_is_waited_for_five_minutes() {
    let mut house = House::at(-60, pair());
    let (ana, ben) = (house.sit(ANA, "a"), house.open(BEN, "b", true));
    on(&mut house, &[ana, ben], 60_000 + EMPTY_MS - 1);
    assert_eq!(lounge(&house, ana), None);
    house.wait_ms(1);
    assert!(lounge(&house, ana).is_some());
    house.say(ben, FromPage::Sit);
    assert_eq!(lounge(&house, ana), None, "they found their seat");
    let ben = house.open(BEN, "b2", true);
    assert_eq!(lounge(&house, ana), None, "a page loaded anew is no empty chair");
    house.say(ben, FromPage::Sit);
    on(&mut house, &[ana, ben], 10_000);
    assert_eq!(lounge(&house, ana), None);
}
