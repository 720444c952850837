//! Booking and cancelling: footprints, the grid, batches, late ones, and what the partner hears.

use super::house::{House, at};
use super::visitor::Visitor;
use alongside::domain::policy::Kind;
use alongside::domain::time::Timestamp;
use serde_json::Value;

fn start(text: &str) -> String {
    at(text).0.to_string()
}

async fn book(who: &Visitor, starts: &[Timestamp], minutes: &str) -> Value {
    let texts: Vec<String> = starts.iter().map(|s| s.0.to_string()).collect();
    let mut fields: Vec<(&str, &str)> = texts.iter().map(|s| ("start", s.as_str())).collect();
    fields.push(("minutes", minutes));
    who.does("/book", &fields).await
}

#[tokio::test]
async fn two_clicks_book_a_session() {
    let (_house, ana) = House::new().await;
    ana.get("/").await.is(200);
    let to = ana.post("/book", &[("start", &start("2026-11-16T10:00")), ("minutes", "50"), ("task", "desk")]).await;
    ana.get(to.leads_to()).await.is(200).says("Booked.").says("Waiting for company");
}

#[tokio::test]
async fn bookings_conflict_when_their_footprints_overlap_and_not_when_they_touch() {
    let (_house, ana) = House::new().await;
    ana.books(at("2026-11-16T10:00"), 50).await;
    for (text, minutes) in [
        ("2026-11-16T10:00", "25"),
        ("2026-11-16T10:45", "25"),
        ("2026-11-16T09:45", "25"),
        ("2026-11-16T09:15", "50"),
        ("2026-11-16T08:59", "25"),
        ("2026-11-16T09:00", "75"),
    ] {
        let code = ana.refused("/book", &[("start", &start(text)), ("minutes", minutes)]).await;
        assert_eq!(code, if text.ends_with(":59") { "off_grid" } else { "overlap" }, "{text} {minutes}");
    }
    ana.books(at("2026-11-16T11:00"), 25).await;
    ana.books(at("2026-11-16T09:30"), 25).await;
    ana.books(at("2026-11-16T11:30"), 75).await;
    assert_eq!(ana.refused("/book", &[("start", &start("2026-11-16T12:45")), ("minutes", "25")]).await, "overlap");
    ana.books(at("2026-11-16T13:00"), 25).await;
}

#[tokio::test]
async fn in_a_batch_what_conflicts_is_refused_one_by_one_and_the_rest_is_booked() {
    let (house, ana) = House::new().await;
    ana.books(at("2026-11-17T10:00"), 50).await;
    let starts = ["2026-11-16T10:00", "2026-11-16T10:30", "2026-11-17T10:30", "2026-11-18T10:00", "2026-11-18T10:07"].map(at);
    let done = book(&ana, &starts, "50").await;
    let refused: Vec<_> =
        done["refused"].as_array().unwrap().iter().map(|r| (r["start"].as_i64().unwrap(), r["code"].as_str().unwrap())).collect();
    assert_eq!(refused, [(starts[1].0, "overlap"), (starts[2].0, "overlap"), (starts[4].0, "off_grid")]);
    assert!(done["refused"][1]["sentence"].as_str().unwrap().contains("10:00"), "the one that is kept is named: {done}");
    assert_eq!(done["booked"].as_array().unwrap().len(), 2);
    assert_eq!(house.count("SELECT count(*) FROM booking").await, 3);
}

#[tokio::test]
async fn a_batch_has_an_end_and_a_form_without_starts_books_nothing() {
    let (house, ana) = House::new().await;
    let many: Vec<String> = (0..41).map(|n| at("2026-11-16T10:00").plus(n * 3600).0.to_string()).collect();
    let mut fields: Vec<(&str, &str)> = many.iter().map(|s| ("start", s.as_str())).collect();
    fields.push(("minutes", "50"));
    assert_eq!(ana.refused("/book", &fields).await, "starts");
    assert_eq!(ana.refused("/book", &[("minutes", "50")]).await, "starts");
    assert_eq!(ana.refused("/book", &[("start", "soon"), ("minutes", "50")]).await, "starts");
    for minutes in ["", "0", "30", "-25", "1e3"] {
        assert_eq!(ana.refused("/book", &[("start", &many[0]), ("minutes", minutes)]).await, "minutes");
    }
    assert_eq!(house.count("SELECT count(*) FROM booking").await, 0);
}

#[tokio::test]
async fn starts_lie_on_the_grid_ahead_and_within_thirteen_weeks() {
    let (house, ana) = House::new().await;
    let now = house.now();
    let horizon = now.plus(13 * 7 * 86_400);
    for (at, code) in [
        (now.plus(-900), "past"),
        (now.plus(-61), "past"),
        (now.plus(300), "off_grid"),
        (now.plus(901), "off_grid"),
        (horizon.plus(900), "too_far"),
        (Timestamp(i64::MAX), "too_far"),
        (Timestamp(i64::MIN), "past"),
        (Timestamp(0), "past"),
    ] {
        assert_eq!(ana.refused("/book", &[("start", &at.0.to_string()), ("minutes", "25")]).await, code, "{at:?}");
    }
    ana.books(now, 25).await;
    ana.books(horizon, 25).await;
}

#[tokio::test]
async fn a_click_at_the_last_second_still_counts() {
    let (house, ana) = House::new().await;
    house.advance(60);
    ana.books(at("2026-11-16T09:00"), 25).await;
    house.advance(1);
    let ben = house.member("Ben").await;
    assert_eq!(ben.refused("/book", &[("start", &start("2026-11-16T09:00")), ("minutes", "25")]).await, "past");
}

#[tokio::test]
async fn the_step_that_the_admin_chose_holds_on_the_clock_of_the_house() {
    let house = House::bare();
    let ana = house.found(Kind::Friends, "Asia/Kolkata").await;
    ana.post("/admin/house", &[("name", "Maple Street"), ("zone", "Asia/Kolkata"), ("step", "60")]).await.is(303);
    // Half past by UTC is the full hour there.
    ana.books(at("2026-11-16T10:30"), 50).await;
    assert_eq!(ana.refused("/book", &[("start", &start("2026-11-16T12:00")), ("minutes", "50")]).await, "off_grid");
}

#[tokio::test]
async fn what_was_said_beforehand_is_seen_by_others_and_bounded() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    let title = format!("  Write\u{7} {}", "é".repeat(200));
    let fields =
        [("start", &*start("2026-11-16T10:00")), ("minutes", "50"), ("task", "moving"), ("quiet", "on"), ("title", &title)];
    ben.does("/book", &fields).await;
    assert_eq!(house.count("SELECT length(title) FROM booking").await, 80);
    assert_eq!(house.count("SELECT quiet AND NOT camera_off_ok AND task = 'moving' FROM booking").await, 1);
    ana.get("/").await.is(200).says("Ben").says("Write éé");
}

#[tokio::test]
async fn cancelling_tells_the_partner_who_waits_again() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    let (a, b) = (ana.books(at("2026-11-16T10:00"), 50).await, ben.books(at("2026-11-16T10:00"), 50).await);
    ana.get("/").await.says("With ").says("Ben");
    let to = ben.post("/cancel", &[("booking", &b.to_string())]).await;
    assert_eq!(to.leads_to(), "/?note=cancelled");
    ana.get("/").await.is(200).says("Ben had to cancel.").says("Waiting for company");
    ben.get("/").await.does_not_say(&format!("mine-{b}"));
    assert_eq!(house.count(&format!("SELECT alone FROM booking WHERE id = {a}")).await, 1);
    assert_eq!(ben.refused("/cancel", &[("booking", &b.to_string())]).await, "gone");
}

#[tokio::test]
async fn who_was_left_is_paired_again_at_once_and_reads_with_whom() {
    let (house, ana) = House::new().await;
    let (ben, cleo) = (house.member("Ben").await, house.member("Cleo").await);
    let ten = at("2026-11-16T10:00");
    let (a, b) = (ana.books(ten, 50).await, ben.books(ten, 50).await);
    cleo.books(ten, 50).await;
    assert_eq!(house.count("SELECT sum(alone) FROM booking").await, 1);
    ben.cancels(b).await;
    ana.get("/").await.says("Ben had to cancel. You are with Cleo.");
    cleo.get("/").await.does_not_say("had to cancel").says("Ana");
    assert_eq!(house.count("SELECT count(DISTINCT session) FROM booking WHERE cancelled_at IS NULL").await, 1);
    ana.get(&format!("/session/{a}")).await.is(200).says("Session with Cleo");
    house.advance_to(ten.plus(299));
    ana.get("/").await.says("had to cancel");
    house.advance_to(ten.plus(300));
    ana.get("/").await.does_not_say("had to cancel");
}

#[tokio::test]
async fn a_booking_is_cancelled_up_to_the_last_second_and_by_nobody_else() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    let a = ana.books(at("2026-11-16T10:00"), 50).await;
    assert_eq!(ben.refused("/cancel", &[("booking", &a.to_string())]).await, "gone");
    assert_eq!(ben.refused("/cancel", &[("booking", "999")]).await, "gone");
    assert_eq!(ben.refused("/cancel", &[("booking", "x")]).await, "gone");
    house.advance_to(at("2026-11-16T10:00").plus(-1));
    ana.cancels(a).await;
    assert_eq!(house.count("SELECT count(*) FROM booking WHERE cancelled_at IS NULL").await, 0);
}

#[tokio::test]
async fn what_was_cancelled_leaves_room_for_another() {
    let (_house, ana) = House::new().await;
    let ten = at("2026-11-16T10:00");
    let a = ana.books(ten, 50).await;
    ana.cancels(a).await;
    ana.books(ten, 75).await;
    assert_eq!(ana.get(&format!("/booking/{a}.ics")).await.status, 404);
    assert_eq!(ana.get(&format!("/session/{a}")).await.status, 404);
}

#[tokio::test]
async fn three_minutes_late_is_told_to_the_partner() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    let ten = at("2026-11-16T10:00");
    let (a, _) = (ana.books(ten, 50).await, ben.books(ten, 50).await);
    house.advance_to(ten.plus(-120));
    ana.does("/late", &[("booking", &a.to_string()), ("minutes", "3")]).await;
    ben.get("/").await.says("comes 3 minutes late");
    ana.does("/late", &[("booking", &a.to_string()), ("minutes", "9000")]).await;
    assert_eq!(house.count(&format!("SELECT late_minutes FROM booking WHERE id = {a}")).await, 10);
    assert_eq!(ben.refused("/late", &[("booking", &a.to_string())]).await, "gone");
    house.advance_to(ten.plus(3600));
    assert_eq!(ana.refused("/late", &[("booking", &a.to_string())]).await, "over");
}

#[tokio::test]
async fn nobody_books_more_than_the_house_can_hold() {
    let (house, ana) = House::new().await;
    let starts: Vec<Timestamp> = (0..320).map(|n| at("2026-11-16T10:00").plus(n * 3600)).collect();
    for part in starts[..280].chunks(40) {
        book(&ana, part, "50").await;
    }
    let done = book(&ana, &starts[280..], "50").await;
    assert_eq!(done["booked"].as_array().unwrap().len(), 20);
    assert!(done["refused"].as_array().unwrap().iter().all(|r| r["code"] == "many"), "{done}");
    assert_eq!(house.count("SELECT count(*) FROM booking").await, 300);
}
