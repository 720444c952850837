//! Nobody works alone: promises and names in their time, thirds, windows, changes with their cause, and what is never broken.

use super::house::{House, at};
use super::visitor::Visitor;
use alongside::actions::Fault;
use alongside::domain::capacity::{Carries, Full};
use alongside::domain::time::Timestamp;
use std::sync::{Arc, Mutex};

const NOON: &str = "2026-11-16T12:00";

async fn books(who: &Visitor, start: Timestamp, minutes: i64, more: &[(&str, &str)]) -> i64 {
    let (start, minutes) = (start.0.to_string(), minutes.to_string());
    let fields: Vec<(&str, &str)> =
        [("start", &*start), ("minutes", &*minutes)].into_iter().chain(more.iter().copied()).collect();
    let done = who.does("/book", &fields).await;
    assert!(done["refused"].as_array().unwrap().is_empty(), "{done}");
    done["booked"][0]["booking"].as_i64().unwrap()
}

async fn relate(who: &Visitor, other: &Visitor, kind: &str) {
    who.does(&format!("/people/{}/{kind}", other.id), &[]).await;
}

/// Three who may sit as three book noon; how they sit two hours before, when a quarter of an hour is left.
async fn a_pair_and_one_left_over(house: &House, three: [&Visitor; 3]) -> String {
    for who in three {
        books(who, at(NOON), 50, &[("trio", "yes")]).await;
    }
    house.to(at(NOON), 120).await;
    let early = house.seating().await;
    assert_eq!(early.matches(';').count(), 1, "a pair and one alone: {early}");
    house.to(at(NOON), 15).await;
    early
}

impl House {
    /// Who sits together, by bookings: "1 2; 3".
    async fn seating(&self) -> String {
        self.word(
            "SELECT group_concat(together, '; ') FROM (SELECT group_concat(id, ' ' ORDER BY id) AS together FROM booking
             WHERE cancelled_at IS NULL GROUP BY session ORDER BY min(id))",
        )
        .await
    }

    async fn to(&self, start: Timestamp, minutes_before: i64) {
        self.advance_to(start.plus(-60 * minutes_before));
        self.settle().await;
    }
}

#[tokio::test]
async fn company_is_promised_early_and_named_two_hours_before() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    ana.books(at(NOON), 50).await;
    ana.get("/").await.says("Looking for company");
    ben.books(at(NOON), 50).await;
    assert_eq!(house.seating().await, "1; 2");
    ana.get("/").await.says("You will have company at 12:00. Names at 10:00.");
    house.to(at(NOON), 120).await;
    assert_eq!(house.seating().await, "1 2");
    ana.get("/").await.says("With").says("Ben").says("You booked the same start and length.");
}

#[tokio::test]
async fn two_who_prefer_each_other_are_named_at_once() {
    let (house, ana) = House::new().await;
    let (ben, cleo) = (house.member("Ben").await, house.member("Cleo").await);
    relate(&ana, &ben, "favorite").await;
    relate(&ben, &ana, "favorite").await;
    for who in [&cleo, &ben, &ana] {
        who.books(at(NOON), 50).await;
    }
    assert_eq!(house.seating().await, "1; 2 3");
    ana.get("/").await.says("One of you is a favorite of the other.");
}

#[tokio::test]
async fn the_odd_one_out_is_promised_company_and_becomes_the_third_in_the_last_minute() {
    let (house, ana) = House::new().await;
    let (ben, cleo) = (house.member("Ben").await, house.member("Cleo").await);
    let early = a_pair_and_one_left_over(&house, [&ana, &ben, &cleo]).await;
    assert_eq!(house.seating().await, early, "the third is not named yet");
    let third = house.count("SELECT member FROM booking WHERE pending IS NOT NULL").await;
    let third = [&ana, &ben, &cleo].into_iter().find(|who| who.id.0 == third).expect("one is promised company");
    third.get("/").await.says("You will have company at 12:00. We’ll tell you with whom just before.");
    house.to(at(NOON), 1).await;
    assert_eq!(house.seating().await, "1 2 3");
    third.get("/").await.says("Somebody was left over, and a pair that agreed to be three took them in.");
    let pair = [&ana, &ben, &cleo].into_iter().find(|who| who.id != third.id).unwrap();
    pair.get("/").await.says(&format!("{} would have been alone, and sits with you two.", third.name));
}

/// A machine that has room for so many more sessions of three.
struct Room(Mutex<Result<usize, Full>>);

impl Carries for Room {
    fn of_three(&self, _at: Timestamp, _now: Timestamp) -> Result<usize, Full> {
        *self.0.lock().unwrap()
    }
}

impl House {
    fn with_room(&self, room: Result<usize, Full>) -> Arc<Room> {
        let room = Arc::new(Room(Mutex::new(room)));
        self.web.store.ask(room.clone());
        room
    }
}

#[tokio::test]
async fn nobody_is_named_into_a_three_that_the_machine_cannot_carry_and_the_pair_stays() {
    let (house, ana) = House::new().await;
    house.with_room(Err(Full { until: Some(at("2026-11-16T12:40")) }));
    let (ben, cleo) = (house.member("Ben").await, house.member("Cleo").await);
    let early = a_pair_and_one_left_over(&house, [&ana, &ben, &cleo]).await;
    assert_eq!(
        house.count("SELECT count(*) FROM booking WHERE pending IS NOT NULL").await,
        0,
        "what cannot be kept is not promised"
    );
    for seconds in [60, 40, 20, 0] {
        house.advance_to(at(NOON).plus(-seconds));
        house.settle().await;
    }
    assert_eq!(house.seating().await, early);
    let alone = house.count("SELECT member FROM booking WHERE alone = 1").await;
    let alone = [&ana, &ben, &cleo].into_iter().find(|who| who.id.0 == alone).expect("one waits on");
    let said = "No third chair for you: the server is full until 12:40. Your seat is kept, and we look on for you.";
    alone.get("/").await.says(said);
    assert_eq!(house.count("SELECT count(*) FROM booking WHERE news IS NOT NULL").await, 1, "the pair has nothing to read");
}

#[tokio::test]
async fn a_promise_that_the_machine_can_keep_no_more_ends_with_a_true_word() {
    let (house, ana) = House::new().await;
    let room = house.with_room(Ok(1));
    let (ben, cleo) = (house.member("Ben").await, house.member("Cleo").await);
    a_pair_and_one_left_over(&house, [&ana, &ben, &cleo]).await;
    let third = house.count("SELECT member FROM booking WHERE pending IS NOT NULL").await;
    *room.0.lock().unwrap() = Err(Full { until: None });
    house.to(at(NOON), 1).await;
    assert_eq!(house.count("SELECT count(*) FROM booking WHERE pending IS NOT NULL").await, 0);
    let third = [&ana, &ben, &cleo].into_iter().find(|who| who.id.0 == third).expect("one was promised company");
    third
        .get("/")
        .await
        .says("No third chair for you: the server carries no more calls of three just now.")
        .does_not_say("just before");
}

#[tokio::test]
async fn with_room_for_one_more_three_one_third_is_named_however_often_it_is_looked() {
    let (house, ana) = House::new().await;
    house.with_room(Ok(1));
    let (ben, cleo, dai) = (house.member("Ben").await, house.member("Cleo").await, house.member("Dai").await);
    let (eva, femi, gus) = (house.member("Eva").await, house.member("Femi").await, house.member("Gus").await);
    relate(&eva, &femi, "block").await;
    for (one, other) in [(&ana, &ben), (&cleo, &dai)] {
        let waits = books(one, at(NOON), 50, &[("trio", "yes")]).await;
        other.does("/book", &[("with", &*waits.to_string()), ("trio", "yes")]).await;
        one.get("/").await.says("With").says(other.name.as_str());
    }
    for who in [&eva, &femi] {
        books(who, at(NOON), 50, &[("trio", "yes")]).await;
    }
    for before in [120, 15, 1] {
        house.to(at(NOON), before).await;
    }
    let threes = "SELECT count(*) FROM (SELECT 1 FROM booking GROUP BY session HAVING count(*) = 3)";
    assert_eq!(house.count(threes).await, 1);
    house.advance(20);
    relate(&gus, &eva, "block").await;
    relate(&gus, &femi, "block").await;
    books(&gus, at(NOON), 50, &[("trio", "no")]).await;
    house.settle().await;
    assert_eq!(house.count(threes).await, 1, "who was named is in no call yet, and counts");
}

#[tokio::test]
async fn nobody_becomes_three_who_did_not_agree() {
    for unwilling in 0..3 {
        let (house, ana) = House::new().await;
        let (ben, cleo) = (house.member("Ben").await, house.member("Cleo").await);
        for (n, who) in [&ana, &ben, &cleo].into_iter().enumerate() {
            books(who, at(NOON), 50, &[("trio", if n == unwilling { "no" } else { "yes" })]).await;
        }
        house.to(at(NOON), 15).await;
        house.to(at(NOON), 1).await;
        house.to(at(NOON), 0).await;
        assert_eq!(house.count("SELECT count(*) FROM booking WHERE alone = 1").await, 1);
        assert_eq!(house.count("SELECT count(*) FROM booking WHERE pending IS NOT NULL").await, 0);
    }
}

#[tokio::test]
async fn consent_is_asked_once_and_may_be_changed_per_booking() {
    let (house, ana) = House::new().await;
    ana.get("/").await.says("If somebody is left over");
    ana.books(at(NOON), 50).await;
    assert_eq!(house.count("SELECT trio FROM booking WHERE id = 1").await, 0, "silence is no consent");
    books(&ana, at("2026-11-16T14:00"), 50, &[("trio", "yes")]).await;
    ana.books(at("2026-11-16T16:00"), 50).await;
    books(&ana, at("2026-11-16T18:00"), 50, &[("trio", "no")]).await;
    ana.books(at("2026-11-16T20:00"), 50).await;
    assert_eq!(house.word("SELECT group_concat(trio, '') FROM booking").await, "01101");
}

#[tokio::test]
async fn a_window_finds_the_start_where_somebody_is() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    let a = books(&ana, at("2026-11-16T11:00"), 50, &[("flexible", "between"), ("from", "11:00"), ("to", "13:00")]).await;
    ana.get("/").await.says("Looking for company between 11:00 and 12:50.");
    ben.books(at("2026-11-16T11:30"), 50).await;
    ana.get("/").await.says("One other is around then.");
    house.to(at("2026-11-16T11:00"), 15).await;
    assert_eq!(house.count(&format!("SELECT start FROM booking WHERE id = {a}")).await, at("2026-11-16T11:15").0);
    house.to(at("2026-11-16T11:30"), 15).await;
    assert_eq!(house.seating().await, "1 2");
    assert_eq!(house.count(&format!("SELECT start FROM booking WHERE id = {a}")).await, at("2026-11-16T11:30").0);
    ana.get("/").await.says("There is company for you at 11:30. You are with Ben.").says("11:30");
}

#[tokio::test]
async fn a_window_takes_the_start_beside_somebody_who_works_alone() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    ben.books(at("2026-11-16T11:30"), 50).await;
    let a = books(&ana, at(NOON), 50, &[("flexible", "between"), ("from", "12:00"), ("to", "13:50")]).await;
    house.to(at(NOON), 15).await;
    let start = house.word(&format!("SELECT start || ' ' || latest FROM booking WHERE id = {a}")).await;
    assert_eq!(start, format!("{0} {0}", at(NOON).0));
    ana.get("/").await.says("Your session begins at 12:00.").says("somebody works alone");
}

#[tokio::test]
async fn a_window_takes_a_start_before_the_one_asked_for_beside_somebody_who_works_alone() {
    let (house, ana) = House::new().await;
    let (ben, cleo) = (house.member("Ben").await, house.member("Cleo").await);
    ben.books(at("2026-11-16T11:15"), 50).await;
    let a = books(&ana, at("2026-11-16T12:30"), 50, &[("flexible", "60")]).await;
    let c = books(&cleo, at("2026-11-16T17:00"), 50, &[("flexible", "30")]).await;
    let start = |id| format!("SELECT start || ' ' || earliest FROM booking WHERE id = {id}");
    house.to(at("2026-11-16T11:30"), 16).await;
    assert_eq!(house.word(&start(a)).await, format!("{} {}", at("2026-11-16T12:30").0, at("2026-11-16T11:30").0));
    house.to(at("2026-11-16T11:30"), 15).await;
    assert_eq!(house.word(&start(a)).await, format!("{0} {0}", at("2026-11-16T11:30").0), "thirty-five minutes with Ben");
    ana.get("/").await.says("Your session begins at 11:30.");
    house.to(at("2026-11-16T17:00"), 15).await;
    assert_eq!(
        house.word(&start(c)).await,
        format!("{} {}", at("2026-11-16T17:15").0, at("2026-11-16T16:30").0),
        "nobody is near"
    );
}

#[tokio::test]
async fn a_window_that_finds_nobody_ends_at_its_last_start() {
    let (house, ana) = House::new().await;
    books(&ana, at("2026-11-16T11:00"), 50, &[("flexible", "30")]).await;
    house.to(at("2026-11-16T11:30"), 1).await;
    assert_eq!(house.count("SELECT start FROM booking").await, at("2026-11-16T11:30").0);
    assert_eq!(house.count("SELECT closes FROM booking").await, at("2026-11-16T12:30").0);
    ana.get("/").await.is(200);
    house.to(at("2026-11-16T12:30"), 0).await;
    assert_eq!(house.count("SELECT count(*) FROM booking WHERE settled_at IS NOT NULL").await, 1);
}

#[tokio::test]
async fn a_window_keeps_clear_of_what_else_is_booked() {
    let (house, ana) = House::new().await;
    ana.books(at("2026-11-16T11:00"), 25).await;
    books(&ana, at(NOON), 50, &[("flexible", "60")]).await;
    let (from, to) = (
        house.count("SELECT earliest FROM booking WHERE id = 2").await,
        house.count("SELECT latest FROM booking WHERE id = 2").await,
    );
    assert_eq!((from, to), (at("2026-11-16T11:30").0, at("2026-11-16T13:00").0));
    let start = at("2026-11-16T13:30").0.to_string();
    let done = ana.json("/book", &[("start", &start), ("minutes", "25")]).await.1;
    assert_eq!(done["code"], "overlap", "the whole window is kept free: {done}");
    assert_eq!(
        ana.refused("/book", &[("start", &start), ("minutes", "50"), ("flexible", "between"), ("from", "9:0x"), ("to", "")])
            .await,
        "between"
    );
}

#[tokio::test]
async fn who_is_left_by_a_cancel_finds_somebody_else_and_reads_why() {
    let (house, ana) = House::new().await;
    let (ben, cleo) = (house.member("Ben").await, house.member("Cleo").await);
    for who in [&ana, &ben, &cleo] {
        who.books(at(NOON), 50).await;
    }
    house.to(at(NOON), 15).await;
    let alone = house.count("SELECT member FROM booking WHERE alone = 1").await;
    let (gone, stays) =
        [&ana, &ben, &cleo].into_iter().filter(|who| who.id.0 != alone).fold((None, None), |(_, a), b| (Some(b), a.or(Some(b))));
    let (gone, stays) = (gone.unwrap(), stays.unwrap());
    house.to(at(NOON), 5).await;
    gone.cancels(gone.id.0).await;
    let other = [&ana, &ben, &cleo].into_iter().find(|who| who.id.0 == alone).unwrap();
    stays.get("/").await.says(&format!("{} had to cancel. You are with {}.", gone.name, other.name));
    assert_eq!(house.count("SELECT count(*) FROM booking WHERE alone = 1 AND cancelled_at IS NULL").await, 0);
}

#[tokio::test]
async fn a_promised_third_keeps_the_promise_when_one_of_the_pair_cancels() {
    let (house, ana) = House::new().await;
    let (ben, cleo) = (house.member("Ben").await, house.member("Cleo").await);
    for who in [&ana, &ben, &cleo] {
        books(who, at(NOON), 50, &[("trio", "yes")]).await;
    }
    house.to(at(NOON), 15).await;
    let first = house.count("SELECT min(member) FROM booking WHERE alone = 0").await;
    let first = [&ana, &ben, &cleo].into_iter().find(|who| who.id.0 == first).unwrap();
    first.cancels(first.id.0).await;
    assert_eq!(house.count("SELECT count(*) FROM booking WHERE alone = 1 AND cancelled_at IS NULL").await, 0);
}

#[tokio::test]
async fn an_announced_pair_is_opened_only_in_the_last_minute_and_never_when_it_is_locked_in() {
    for locked in [false, true] {
        let (house, ana) = House::new().await;
        let (ben, cleo, dai) = (house.member("Ben").await, house.member("Cleo").await, house.member("Dai").await);
        // Cleo may meet only Ben, and Dai only Ana, who sit together.
        for (a, b) in [(&cleo, &ana), (&dai, &ben), (&cleo, &dai)] {
            relate(a, b, "block").await;
        }
        let b = ben.books(at(NOON), 50).await;
        if locked {
            ana.picks(b).await;
        } else {
            ana.books(at(NOON), 50).await;
        }
        house.to(at(NOON), 119).await;
        cleo.books(at(NOON), 50).await;
        dai.books(at(NOON), 50).await;
        house.to(at(NOON), 14).await;
        assert_eq!(house.seating().await, "1 2; 3; 4", "announced pairs stay");
        house.to(at(NOON), 1).await;
        if locked {
            assert_eq!(house.seating().await, "1 2; 3; 4");
        } else {
            assert_eq!(house.seating().await, "1 3; 2 4");
            ana.get("/").await.says("Somebody would have been alone, so partners changed. You are with Dai.");
        }
    }
}

#[tokio::test]
async fn who_is_left_over_from_two_pairs_that_were_opened_sits_in_a_session_of_its_own() {
    let (house, ana) = House::new().await;
    let (ben, cleo, dai) = (house.member("Ben").await, house.member("Cleo").await, house.member("Dai").await);
    let (eve, finn) = (house.member("Eve").await, house.member("Finn").await);
    // Eve may meet only Ana, and Finn only Ben, who sit with others; those can sit together.
    let apart: [(_, &[_]); 3] = [(&eve, &[&ben, &cleo, &dai, &finn]), (&finn, &[&ana, &cleo, &dai, &eve]), (&ana, &[&ben, &dai])];
    for (who, others) in apart {
        for other in others {
            relate(who, other, "block").await;
        }
    }
    for who in [&ana, &ben, &cleo, &dai] {
        who.books(at(NOON), 50).await;
    }
    house.to(at(NOON), 119).await;
    eve.books(at(NOON), 50).await;
    finn.books(at(NOON), 50).await;
    house.to(at(NOON), 14).await;
    assert_eq!(house.seating().await, "1 3; 2 4; 5; 6");
    house.to(at(NOON), 1).await;
    assert_eq!(house.seating().await, "1 5; 2 6; 3 4");
}

#[tokio::test]
async fn lengths_are_mixed_only_for_those_who_said_so() {
    for said in [false, true] {
        let (house, ana) = House::new().await;
        let ben = house.member("Ben").await;
        let more: &[(&str, &str)] = if said { &[("any_length", "on")] } else { &[] };
        books(&ana, at(NOON), 50, more).await;
        books(&ben, at(NOON), 25, more).await;
        house.to(at(NOON), 15).await;
        assert_eq!(house.seating().await, if said { "1 2" } else { "1; 2" });
    }
}

#[tokio::test]
async fn only_favorites_can_be_asked_for_by_name_and_nobody_else_will_do() {
    let (house, ana) = House::new().await;
    let (ben, cleo) = (house.member("Ben").await, house.member("Cleo").await);
    let named = ben.id.to_string();
    let start = at(NOON).0.to_string();
    assert_eq!(ana.refused("/book", &[("start", &start), ("minutes", "50"), ("whom", &named)]).await, "whom");
    relate(&ana, &ben, "favorite").await;
    let a = books(&ana, at(NOON), 50, &[("whom", &named)]).await;
    cleo.books(at(NOON), 50).await;
    house.to(at(NOON), 30).await;
    assert_eq!(house.count(&format!("SELECT alone FROM booking WHERE id = {a}")).await, 1);
    ben.books(at(NOON), 50).await;
    assert_eq!(house.count(&format!("SELECT alone FROM booking WHERE id = {a}")).await, 0);
    ana.get("/").await.says("One of you had asked for the other.");
}

#[tokio::test]
async fn a_restart_between_two_steps_changes_nothing() {
    let mut ends = Vec::new();
    for restarts in [false, true] {
        let (mut house, ana) = House::new().await;
        let (ben, cleo, dai) = (house.member("Ben").await, house.member("Cleo").await, house.member("Dai").await);
        for who in [&ana, &ben, &cleo] {
            books(who, at(NOON), 50, &[("trio", "yes")]).await;
        }
        books(&dai, at("2026-11-16T11:30"), 50, &[("flexible", "60"), ("trio", "yes")]).await;
        for before in [121, 120, 60, 30, 15, 14, 1, 0] {
            if restarts {
                house = house.killed();
            }
            house.to(at(NOON), before).await;
        }
        let starts = house.word("SELECT group_concat(start || ' ' || looked, '; ' ORDER BY id) FROM booking").await;
        ends.push((house.seating().await, starts));
    }
    assert_eq!(ends[0], ends[1]);
    assert_eq!(ends[0].0.matches(';').count(), 1, "nobody is alone: {:?}", ends[0]);
}

#[tokio::test]
async fn the_reasons_are_gone_with_the_history() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    ana.books(at("2026-11-16T10:00"), 25).await;
    ben.books(at("2026-11-16T10:00"), 25).await;
    assert_eq!(house.count("SELECT count(*) FROM seated").await, 2);
    house.settle().await;
    house.advance(3600 * 2);
    house.settle().await;
    for _ in 0..9 {
        house.advance(86_400);
        house.settle().await;
    }
    assert_eq!(house.count("SELECT count(*) FROM booking").await, 0);
    assert_eq!(house.count("SELECT count(*) FROM seated").await, 0);
}

#[tokio::test]
async fn lengths_are_mixed_in_a_large_house_too_where_both_agreed() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    let more = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 400)
         INSERT INTO member (name, name_key, password, role, zone, pick, made_at)
         SELECT 'Person ' || n, 'person ' || n, '', 'member', 'UTC', 'everyone', 0 FROM n";
    house.write(move |tx| tx.conn.execute(more, []).map(|_| ()).map_err(|e| Fault::Store(e.into()))).await.unwrap();
    books(&ana, at(NOON), 25, &[("any_length", "on")]).await;
    books(&ben, at(NOON), 75, &[("any_length", "on")]).await;
    house.to(at(NOON), 10).await;
    assert_eq!(house.seating().await, "1 2");
    ana.get("/").await.says("Your lengths differ, and nobody of the same length was there.");
}
