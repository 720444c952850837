//! The lounge: whoever sits alone in a session under way is offered company, one tap takes it, and nobody is moved without one.

use super::house::{House, at};
use super::live::Page;
use super::visitor::Visitor;
use alongside::actions::{lounge, seat};
use alongside::domain::id::{BookingId, SessionId};
use alongside::domain::lounge::By;
use alongside::domain::time::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;

const TEN: &str = "2026-11-16T10:00";

async fn books(who: &Visitor, start: Timestamp, minutes: i64, trio: &str) -> i64 {
    let fields = [("start", &*start.0.to_string()), ("minutes", &*minutes.to_string()), ("trio", trio)];
    who.does("/book", &fields).await["booked"][0]["booking"].as_i64().unwrap()
}

async fn picks(who: &Visitor, with: i64, trio: &str) -> i64 {
    who.does("/book", &[("with", &*with.to_string()), ("trio", trio)]).await["booked"][0]["booking"].as_i64().unwrap()
}

/// The next message of this kind; time goes on a little while none comes, as it does for people.
async fn in_time(house: &House, page: &mut Page<'_>, wished: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..100 {
        match tokio::time::timeout(Duration::from_millis(200), page.until(&wished)).await {
            Ok(message) => return message,
            Err(_) => house.advance(1),
        }
    }
    panic!("nothing of the kind comes");
}

/// The next offer.
async fn offer(house: &House, page: &mut Page<'_>) -> Value {
    let message = in_time(house, page, |m| m["state"]["lounge"]["offer"].is_object()).await;
    message["state"]["lounge"]["offer"].clone()
}

async fn takes(house: &House, page: &mut Page<'_>) -> Value {
    let offer = offer(house, page).await;
    page.says(json!({ "t": "sit_with", "offer": offer["n"] })).await;
    offer
}

async fn pings(pages: &mut [&mut Page<'_>]) {
    for page in pages {
        page.says(json!({ "t": "ping", "at": 1.0 })).await;
    }
}

fn seats(message: &Value) -> Vec<String> {
    let seats = message["state"]["seats"].as_array().unwrap();
    seats.iter().map(|s| s["name"].as_str().unwrap().to_owned()).collect()
}

/// Ana waits for Ben, who never comes; Dai and Eva work beside them with a free chair, if they agreed to one.
async fn a_no_show_beside_a_pair(trio: &str) -> (House, [Visitor; 4], [i64; 4]) {
    let (house, ana) = House::new().await;
    let (ben, dai, eva) = (house.member("Ben").await, house.member("Dai").await, house.member("Eva").await);
    let b = books(&ben, at(TEN), 50, "yes").await;
    let a = picks(&ana, b, "yes").await;
    let d = books(&dai, at(TEN).plus(900), 50, trio).await;
    let e = picks(&eva, d, "yes").await;
    house.advance_to(at(TEN).plus(-30));
    (house, [ana, ben, dai, eva], [a, b, d, e])
}

#[tokio::test]
async fn two_who_are_alone_at_other_starts_and_lengths_sit_down_when_both_say_so() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    let (a, b) = (books(&ana, at(TEN), 50, "no").await, books(&ben, at(TEN).plus(-900), 75, "no").await);
    house.advance_to(at(TEN).plus(-30));
    let (mut ana, mut ben) = (Page::open(&ana, a).await, Page::open(&ben, b).await);
    ben.sits().await;
    ana.sits().await;
    house.advance(35);
    pings(&mut [&mut ana, &mut ben]).await;
    let first = takes(&house, &mut ana).await;
    assert_eq!((first["kind"].as_str(), first["names"][0].as_str()), (Some("together"), Some("Ben")));
    let asked = ben.until(|m| m["state"]["lounge"]["offer"]["asked"] == true).await;
    assert_eq!(asked["state"]["lounge"]["offer"]["names"][0], "Ana");
    assert_eq!(house.count("SELECT count(DISTINCT session) FROM booking").await, 2, "one yes moves nobody");
    ben.says(json!({ "t": "sit_with", "offer": asked["state"]["lounge"]["offer"]["n"] })).await;
    for page in [&mut ana, &mut ben] {
        let message = page.until(|m| m["state"]["seats"].as_array().is_some_and(|s| s.len() == 2)).await;
        assert_eq!(seats(&message), ["Ana", "Ben"]);
    }
    assert_eq!(house.word("SELECT group_concat(rule) FROM seated").await, "both_alone,both_alone");
}

#[tokio::test]
async fn a_no_show_leads_to_the_free_chair_of_a_pair_after_two_minutes_and_not_before() {
    let (house, [ana, _, dai, eva], [a, b, d, e]) = a_no_show_beside_a_pair("yes").await;
    let mut ana = Page::open(&ana, a).await;
    ana.sits().await;
    house.advance_to(at(TEN).plus(890));
    pings(&mut [&mut ana]).await;
    let (mut dai, mut eva) = (Page::open(&dai, d).await, Page::open(&eva, e).await);
    dai.sits().await;
    eva.sits().await;
    let lonely = ana.until(|m| m["state"]["lounge"].is_object()).await;
    assert_eq!(lonely["state"]["lounge"]["alone"], false);
    house.advance(15);
    pings(&mut [&mut dai, &mut eva, &mut ana]).await;
    let taken = takes(&house, &mut ana).await;
    assert_eq!((taken["kind"].as_str(), taken["names"].to_string()), (Some("joins"), "[\"Dai\",\"Eva\"]".to_owned()));
    let three = dai.until(|m| m["state"]["seats"].as_array().is_some_and(|s| s.len() == 3)).await;
    assert_eq!(seats(&three), ["Ana", "Dai", "Eva"]);
    house.settle().await;
    assert_eq!(
        house.count(&format!("SELECT no_show FROM booking WHERE id = {b}")).await,
        1,
        "who did not come is marked all the same"
    );
    // "Not now": the third is alone again, and this chair is not offered to them a second time.
    eva.until(|m| m["state"]["call"] == "asked").await;
    eva.says(json!({ "t": "agree", "yes": false })).await;
    dai.until(|m| m["state"]["seats"].as_array().is_some_and(|s| s.len() == 2)).await;
    let again = ana.until(|m| m["state"]["seats"].as_array().is_some_and(|s| s.len() == 1)).await;
    assert_eq!(again["state"]["lounge"]["offer"], Value::Null);
    assert_eq!(house.count(&format!("SELECT count(*) FROM seated WHERE booking = {a} AND rule = 'free_chair'")).await, 0);
}

#[tokio::test]
async fn no_chair_is_offered_of_a_pair_that_did_not_agree_to_three() {
    let (house, [ana, _, dai, eva], [a, _, d, e]) = a_no_show_beside_a_pair("no").await;
    house.advance_to(at(TEN).plus(890));
    let (mut ana, mut dai, mut eva) = (Page::open(&ana, a).await, Page::open(&dai, d).await, Page::open(&eva, e).await);
    for page in [&mut ana, &mut dai, &mut eva] {
        page.sits().await;
    }
    for _ in 0..5 {
        house.advance(5);
        pings(&mut [&mut dai, &mut eva, &mut ana]).await;
    }
    assert_eq!(house.count("SELECT count(*) FROM booking GROUP BY session ORDER BY 1 DESC").await, 2);
}

#[tokio::test]
async fn who_wants_to_stay_alone_is_left_alone_until_they_say_otherwise() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    let (a, b) = (books(&ana, at(TEN), 50, "no").await, books(&ben, at(TEN), 75, "no").await);
    house.advance_to(at(TEN).plus(-30));
    let (mut ana, mut ben) = (Page::open(&ana, a).await, Page::open(&ben, b).await);
    ana.sits().await;
    ben.sits().await;
    house.advance(40);
    pings(&mut [&mut ana, &mut ben]).await;
    ana.until(|m| m["state"]["lounge"].is_object()).await;
    ana.says(json!({ "t": "stay_alone", "yes": true })).await;
    let alone = ana.until(|m| m["state"]["lounge"]["alone"] == true).await;
    assert_eq!(alone["state"]["lounge"], json!({ "alone": true, "by_itself": false, "offer": null }));
    ana.says(json!({ "t": "stay_alone", "yes": false })).await;
    assert_eq!(offer(&house, &mut ana).await["names"][0], "Ben");
}

#[tokio::test]
async fn who_must_not_meet_is_never_offered_and_a_partner_who_left_makes_room_at_once() {
    let (house, ana) = House::new().await;
    let (ben, cleo, dai) = (house.member("Ben").await, house.member("Cleo").await, house.member("Dai").await);
    cleo.does(&format!("/people/{}/block", ana.id), &[]).await;
    let b = books(&ben, at(TEN), 50, "no").await;
    let a = picks(&ana, b, "no").await;
    let (c, d) = (books(&cleo, at(TEN), 25, "no").await, books(&dai, at(TEN), 75, "no").await);
    house.advance_to(at(TEN).plus(-30));
    let (mut pa, mut pb) = (Page::open(&ana, a).await, Page::open(&ben, b).await);
    let mut pc = Page::open(&cleo, c).await;
    for page in [&mut pa, &mut pb, &mut pc] {
        page.sits().await;
    }
    house.advance(60);
    pings(&mut [&mut pa, &mut pb, &mut pc]).await;
    pb.leaves("The soup boils over.").await;
    house.advance(4);
    pings(&mut [&mut pa, &mut pc]).await;
    let lonely = pa.until(|m| m["state"]["lounge"].is_object()).await;
    assert_eq!(lonely["state"]["lounge"]["offer"], Value::Null, "Cleo is alone and not for Ana");
    let mut pd = Page::open(&dai, d).await;
    pd.sits().await;
    house.advance(4);
    let names = [takes(&house, &mut pd).await, offer(&house, &mut pa).await]
        .map(|o| o["names"][0].as_str().unwrap_or_default().to_owned());
    assert!(names[0] != "Ben" && names[1] != "Cleo", "{names:?}");
}

#[tokio::test]
async fn not_now_sends_on_who_came_last_and_not_who_was_there_before_and_left() {
    let (house, [ana, _, dai, eva], [a, _, d, e]) = a_no_show_beside_a_pair("yes").await;
    let femi = house.member("Femi").await;
    let f = books(&femi, at(TEN).plus(900), 25, "yes").await;
    house.advance_to(at(TEN).plus(930));
    for (who, id) in [(&ana, a), (&dai, d), (&eva, e), (&femi, f)] {
        let (who, id) = (who.id, BookingId(id));
        house.write(move |tx| seat::sat(tx, who, id)).await.unwrap();
    }
    let session = |id: i64| format!("SELECT session FROM booking WHERE id = {id}");
    let pair = SessionId(house.count(&session(d)).await);
    let (ana, eva, femi) = (ana.id, eva.id, femi.id);
    house.write(move |tx| lounge::join(tx, femi, BookingId(f), pair, By::Tap)).await.unwrap();
    house.advance(60);
    house.write(move |tx| seat::left(tx, femi, BookingId(f), "The bus leaves.")).await.unwrap();
    house.write(move |tx| lounge::join(tx, ana, BookingId(a), pair, By::Tap)).await.unwrap();
    house.write(move |tx| lounge::decline(tx, eva, BookingId(e))).await.unwrap();
    assert_ne!(house.count(&session(a)).await, pair.0, "Ana sits alone again");
    assert_eq!(house.count(&session(f)).await, pair.0, "Femi had left and stays where they were");
}

/// Somebody is at the page: it is seen, and there is a hand on it.
async fn is_there(page: &Page<'_>) {
    page.says(json!({ "t": "attention", "visible": true, "idle_ms": 0 })).await;
}

async fn books_by_itself(who: &Visitor, with: i64) -> i64 {
    let fields = [("with", &*with.to_string()), ("trio", "yes"), ("by_itself", "on")];
    who.does("/book", &fields).await["booked"][0]["booking"].as_i64().unwrap()
}

#[tokio::test]
async fn who_chose_it_is_seated_by_itself_and_both_sides_read_why() {
    let (house, ana) = House::new().await;
    let (ben, dai, eva) = (house.member("Ben").await, house.member("Dai").await, house.member("Eva").await);
    let b = books(&ben, at(TEN), 50, "yes").await;
    let a = books_by_itself(&ana, b).await;
    let d = books(&dai, at(TEN), 50, "yes").await;
    let e = picks(&eva, d, "yes").await;
    house.advance_to(at(TEN).plus(-30));
    let (mut ana_page, mut dai) = (Page::open(&ana, a).await, Page::open(&dai, d).await);
    let mut eva = Page::open(&eva, e).await;
    for page in [&mut ana_page, &mut dai, &mut eva] {
        page.sits().await;
    }
    house.advance_to(at(TEN).plus(115));
    pings(&mut [&mut ana_page, &mut dai, &mut eva]).await;
    house.advance(10);
    pings(&mut [&mut ana_page, &mut dai, &mut eva]).await;
    is_there(&ana_page).await;
    let said = in_time(&house, &mut ana_page, |m| m["state"]["lounge"]["offer"]["moves_at_ms"].is_i64()).await;
    assert_eq!(said["state"]["lounge"]["offer"]["names"], json!(["Dai", "Eva"]));
    assert_eq!(house.count("SELECT count(*) FROM seated WHERE rule LIKE '%itself'").await, 0, "it is said first");
    house.advance(10);
    let three = |m: &Value| m["state"]["seats"].as_array().is_some_and(|s| s.len() == 3);
    let moved = in_time(&house, &mut ana_page, three).await;
    assert_eq!(moved["state"]["came"], "Ben isn’t here, so you sit with Dai and Eva from here on, as you chose when you booked.");
    let theirs = dai.until(three).await;
    let newcomer = theirs["state"]["seats"].as_array().unwrap().iter().find(|s| s["booking"] == a).unwrap().clone();
    assert_eq!((newcomer["by_itself"].as_bool(), newcomer["joins"].as_bool()), (Some(true), Some(true)));
    assert_eq!(theirs["state"]["came"], Value::Null);
    assert_eq!(house.word(&format!("SELECT rule FROM seated WHERE booking = {a} AND cause <> ''")).await, "free_chair_itself");
    // Ben comes at last: his seat is his, and he reads where Ana went.
    let mut ben_page = Page::open(&ben, b).await;
    ben_page.says(json!({ "t": "sit" })).await;
    let alone = ben_page.until(|m| m["state"]["lounge"].is_object()).await;
    assert!(alone["state"]["came"].as_str().unwrap().starts_with("Ana found company while you were away."), "{alone}");
    // "Not now": who was seated by itself sits alone again, reads why, and is looked after anew: Ben is there by now.
    eva.until(|m| m["state"]["call"] == "asked").await;
    eva.says(json!({ "t": "agree", "yes": false })).await;
    let again = ana_page.until(|m| m["state"]["seats"].as_array().is_some_and(|s| s.len() == 1)).await;
    assert_eq!(again["state"]["came"], SENT_ON);
    assert_eq!(again["state"]["seats"][0]["by_itself"], false, "nobody was brought here");
    let next = in_time(&house, &mut ana_page, |m| m["state"]["lounge"]["offer"].is_object()).await;
    assert_eq!((&next["state"]["lounge"]["offer"]["names"], &next["state"]["came"]), (&json!(["Ben"]), &json!(SENT_ON)));
}

/// What Ana reads when Dai and Eva go on as two.
const SENT_ON: &str = "Dai and Eva go on as two this time. Your seat, your goals and your timer are as they were.";

/// Ana takes the free chair with one tap, and Eva says "not now".
async fn taken_by_tap_and_sent_on() -> (House, [Visitor; 4], [i64; 4], SessionId) {
    let (house, people, ids) = a_no_show_beside_a_pair("yes").await;
    let ([ana, _, dai, eva], [a, _, d, e]) = (&people, ids);
    house.advance_to(at(TEN).plus(930));
    for (who, id) in [(ana, a), (dai, d), (eva, e)] {
        let (who, id) = (who.id, BookingId(id));
        house.write(move |tx| seat::sat(tx, who, id)).await.unwrap();
    }
    let pair = SessionId(house.count(&format!("SELECT session FROM booking WHERE id = {d}")).await);
    let (ana, eva) = (ana.id, eva.id);
    house.write(move |tx| lounge::join(tx, ana, BookingId(a), pair, By::Tap)).await.unwrap();
    house.advance(20);
    house.write(move |tx| lounge::decline(tx, eva, BookingId(e))).await.unwrap();
    (house, people, ids, pair)
}

#[tokio::test]
async fn who_is_sent_on_reads_it_after_a_reload_and_a_restart_until_the_next_company_comes() {
    let (house, [ana, ..], [a, ..], _) = taken_by_tap_and_sent_on().await;
    let femi = house.member("Femi").await;
    let f = books(&femi, at(TEN).plus(1800), 50, "yes").await;
    house.advance_to(at(TEN).plus(1750));
    for again in [house.killed(), house] {
        let (ana, femi) = (ana.before(&again), femi.before(&again));
        let mut page = Page::named(&ana, a, "reloaded").await;
        page.sits().await;
        page.means_to(&["Write the end"]).await;
        let alone = page.until(|m| m["state"]["lounge"].is_object()).await;
        assert_eq!((alone["state"]["came"].as_str(), seats(&alone)), (Some(SENT_ON), vec!["Ana".to_owned()]));
        let mut femi = Page::open(&femi, f).await;
        femi.sits().await;
        again.advance_to(at(TEN).plus(1802));
        pings(&mut [&mut page, &mut femi]).await;
        assert_eq!(takes(&again, &mut page).await["names"], json!(["Femi"]), "they are looked after anew");
        takes(&again, &mut femi).await;
        let two = page.until(|m| m["state"]["seats"].as_array().is_some_and(|s| s.len() == 2)).await;
        assert_eq!(two["state"]["came"], "You were looking for company, so you sit with Femi from here on.");
        let own = two["state"]["seats"].as_array().unwrap().iter().find(|s| s["booking"] == a).unwrap();
        assert_eq!(own["goals"][0]["text"], "Write the end");
    }
}

#[tokio::test]
async fn who_said_not_now_is_offered_nobody_again_also_after_a_restart_and_another_pair_is() {
    let (house, [ana, ..], [a, _, d, e], pair) = taken_by_tap_and_sent_on().await;
    let (femi, gus) = (house.member("Femi").await, house.member("Gus").await);
    let f = books(&femi, at(TEN).plus(1800), 50, "yes").await;
    let g = picks(&gus, f, "yes").await;
    house.advance_to(at(TEN).plus(1810));
    for (who, id) in [(&femi, f), (&gus, g)] {
        let (who, id) = (who.id, BookingId(id));
        house.write(move |tx| seat::sat(tx, who, id)).await.unwrap();
    }
    let other = SessionId(house.count(&format!("SELECT session FROM booking WHERE id = {f}")).await);
    let again = house.killed();
    let (alone, now) = ([BookingId(a)], again.now());
    let (theirs, another) = ((pair, [BookingId(d), BookingId(e)]), (other, [BookingId(f), BookingId(g)]));
    let found = |pairs: Vec<(SessionId, [BookingId; 2])>| {
        again.read(move |conn| Ok(lounge::offers(conn, &alone, &pairs, now)?.into_iter().map(|f| f.names).collect::<Vec<_>>()))
    };
    assert_eq!(found(vec![theirs]).await, Vec::<Vec<String>>::new());
    assert_eq!(found(vec![theirs, another]).await, [["Femi", "Gus"]]);
    let ana = ana.id;
    assert!(again.write(move |tx| lounge::join(tx, ana, BookingId(a), pair, By::Tap)).await.is_err(), "an old offer is none");
}

#[tokio::test]
async fn being_sent_on_is_no_company_in_anybodys_figures() {
    let mut figures = Vec::new();
    for comes in [false, true] {
        let (house, ana) = House::new().await;
        let (dai, eva) = (house.member("Dai").await, house.member("Eva").await);
        let a = books(&ana, at(TEN).plus(-900), 75, "yes").await;
        let d = books(&dai, at(TEN), 50, "yes").await;
        let e = picks(&eva, d, "yes").await;
        house.advance_to(at(TEN).plus(30));
        for (who, id) in [(&ana, a), (&dai, d), (&eva, e)] {
            let (who, id) = (who.id, BookingId(id));
            house.write(move |tx| seat::sat(tx, who, id)).await.unwrap();
        }
        if comes {
            let pair = SessionId(house.count(&format!("SELECT session FROM booking WHERE id = {d}")).await);
            let (ana, eva) = (ana.id, eva.id);
            house.write(move |tx| lounge::join(tx, ana, BookingId(a), pair, By::Tap)).await.unwrap();
            house.write(move |tx| lounge::decline(tx, eva, BookingId(e))).await.unwrap();
        }
        house.advance_to(at(TEN).plus(7200));
        house.settle().await;
        figures.push(house.word("SELECT group_concat(figure || ' ' || amount, ', ' ORDER BY figure) FROM company_week").await);
        ana.get("/history").await.does_not_say("Dai");
    }
    assert_eq!(figures[0], figures[1]);
    assert!(figures[0].contains("unmatched 1") && !figures[0].contains("rescued"), "{}", figures[0]);
}

#[tokio::test]
async fn a_third_who_was_named_and_sent_on_before_the_start_is_not_named_there_again() {
    let (house, ana) = House::new().await;
    let (dai, eva) = (house.member("Dai").await, house.member("Eva").await);
    let d = books(&dai, at(TEN), 50, "yes").await;
    let e = picks(&eva, d, "yes").await;
    let a = books(&ana, at(TEN), 50, "yes").await;
    house.advance_to(at(TEN).plus(-45));
    house.settle().await;
    let together = format!("SELECT count(*) FROM booking WHERE session = (SELECT session FROM booking WHERE id = {d})");
    assert_eq!(house.count(&together).await, 3);
    for (who, id) in [(&ana, a), (&dai, d), (&eva, e)] {
        let (who, id) = (who.id, BookingId(id));
        house.write(move |tx| seat::sat(tx, who, id)).await.unwrap();
    }
    let eva = eva.id;
    house.write(move |tx| lounge::decline(tx, eva, BookingId(e))).await.unwrap();
    for _ in 0..4 {
        house.settle().await;
        house.advance(20);
    }
    assert_eq!(house.count(&together).await, 2);
    assert_eq!(house.count(&format!("SELECT alone FROM booking WHERE id = {a}")).await, 1);
}

#[tokio::test]
async fn two_who_are_alone_sit_down_when_one_tapped_and_the_other_chose_it_beforehand() {
    let (house, ana) = House::new().await;
    let (ben, cleo, dai) = (house.member("Ben").await, house.member("Cleo").await, house.member("Dai").await);
    let b = books(&ben, at(TEN), 50, "no").await;
    let a = books_by_itself(&ana, b).await;
    let d = books(&dai, at(TEN), 50, "no").await;
    let c = picks(&cleo, d, "no").await;
    house.advance_to(at(TEN).plus(-30));
    let (mut ana, mut cleo) = (Page::open(&ana, a).await, Page::open(&cleo, c).await);
    ana.sits().await;
    cleo.sits().await;
    house.advance_to(at(TEN).plus(122));
    pings(&mut [&mut ana, &mut cleo]).await;
    is_there(&ana).await;
    in_time(&house, &mut ana, |m| m["state"]["lounge"]["offer"]["moves_at_ms"].is_i64()).await;
    house.advance(10);
    let asked = in_time(&house, &mut cleo, |m| m["state"]["lounge"]["offer"]["asked"] == true).await;
    assert_eq!(asked["state"]["lounge"]["offer"]["moves_at_ms"], Value::Null, "Cleo did not choose it and is asked");
    assert_eq!(house.count("SELECT count(DISTINCT session) FROM booking").await, 2);
    cleo.says(json!({ "t": "sit_with", "offer": asked["state"]["lounge"]["offer"]["n"] })).await;
    let (ana, cleo) = (ana.until(|m| m["state"]["came"].is_string()).await, cleo.until(|m| m["state"]["came"].is_string()).await);
    assert_eq!(cleo["state"]["came"], "Dai isn’t here, so you sit with Ana from here on.");
    assert_eq!(ana["state"]["came"], "Ben isn’t here, so you sit with Cleo from here on, as you chose when you booked.");
    let rules = format!(
        "SELECT group_concat(rule) FROM (SELECT rule FROM seated WHERE booking IN ({a}, {c}) AND cause <> '' ORDER BY 1)"
    );
    assert_eq!(house.word(&rules).await, "both_alone,both_alone_itself");
}

#[tokio::test]
async fn the_action_moves_nobody_by_itself_who_did_not_choose_it() {
    let (house, [ana, _, dai, eva], [a, _, d, e]) = a_no_show_beside_a_pair("yes").await;
    house.advance_to(at(TEN).plus(930));
    for (who, id) in [(&ana, a), (&dai, d), (&eva, e)] {
        let (who, id) = (who.id, BookingId(id));
        house.write(move |tx| seat::sat(tx, who, id)).await.unwrap();
    }
    let pair = SessionId(house.count(&format!("SELECT session FROM booking WHERE id = {d}")).await);
    let ana = ana.id;
    assert!(house.write(move |tx| lounge::join(tx, ana, BookingId(a), pair, By::Itself)).await.is_err());
    assert_eq!(house.count(&format!("SELECT count(*) FROM booking WHERE session = {pair}")).await, 2);
}

#[tokio::test]
async fn who_comes_back_from_back_in_five_finds_their_seat_and_is_offered_the_chair_beside_the_other() {
    let (house, ana) = House::new().await;
    let (ben, cleo) = (house.member("Ben").await, house.member("Cleo").await);
    let b = books(&ben, at(TEN), 50, "yes").await;
    let a = picks(&ana, b, "yes").await;
    let c = books(&cleo, at(TEN), 75, "yes").await;
    house.advance_to(at(TEN).plus(-30));
    let (mut ana, mut ben, mut cleo) = (Page::open(&ana, a).await, Page::open(&ben, b).await, Page::open(&cleo, c).await);
    for page in [&mut ana, &mut ben] {
        page.sits().await;
    }
    house.advance(60);
    pings(&mut [&mut ana, &mut ben, &mut cleo]).await;
    ben.means_to(&["Write the end"]).await;
    ben.says(json!({ "t": "away", "minutes": 5 })).await;
    cleo.sits().await;
    for _ in 0..15 {
        house.advance(8);
        pings(&mut [&mut ana, &mut ben, &mut cleo]).await;
    }
    let first = takes(&house, &mut ana).await;
    assert_eq!((first["kind"].as_str(), first["names"][0].as_str()), (Some("together"), Some("Cleo")));
    let asked = cleo.until(|m| m["state"]["lounge"]["offer"]["asked"] == true).await;
    cleo.says(json!({ "t": "sit_with", "offer": asked["state"]["lounge"]["offer"]["n"] })).await;
    let moved = ana.until(|m| m["state"]["came"].is_string()).await;
    assert_eq!(seats(&moved), ["Ana", "Cleo"]);
    let left = ben.until(|m| m["state"]["seats"].as_array().is_some_and(|s| s.len() == 1)).await;
    assert!(left["state"]["came"].as_str().unwrap().starts_with("Ana found company"));
    assert_eq!(left["state"]["seats"][0]["goals"][0]["text"], "Write the end");
    assert_eq!(left["state"]["lounge"], Value::Null, "who is away is asked nothing");
    ben.says(json!({ "t": "away", "minutes": null })).await;
    pings(&mut [&mut ana, &mut cleo]).await;
    let back = offer(&house, &mut ben).await;
    assert_eq!((back["kind"].as_str(), back["names"].to_string()), (Some("joins"), "[\"Ana\",\"Cleo\"]".to_owned()));
}
