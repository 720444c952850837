//! Company by asking: a move to where somebody is, asking around, the wait-list, and the caps that keep all of it quiet.

use super::house::{House, at};
use super::visitor::Visitor;

const TEN: &str = "2026-11-16T10:00";
const HALF_PAST_TEN: &str = "2026-11-16T10:30";

async fn likes_nudges(who: &Visitor) {
    who.does("/me/company", &[("nudges", "on")]).await;
}

async fn asks_around(who: &Visitor, booking: i64) {
    who.does("/ask-around", &[("booking", &booking.to_string())]).await;
}

#[tokio::test]
async fn one_click_moves_a_lone_booking_to_where_somebody_is() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    let a = ana.books(at(TEN), 50).await;
    ana.get("/").await.does_not_say("Move to");
    ben.books(at(HALF_PAST_TEN), 50).await;
    let page = ana.get("/").await;
    page.says("Nobody at 10:00 yet. Ben is at 10:30. Move, or keep your seat?").says("Move to 10:30");
    let (booking, start) = (a.to_string(), at(HALF_PAST_TEN).0.to_string());
    ana.does("/move", &[("booking", &booking), ("start", &start)]).await;
    assert_eq!(house.count("SELECT count(DISTINCT session) FROM booking").await, 1);
    ana.get("/").await.says("Ben");
}

#[tokio::test]
async fn nobody_is_sent_to_whom_they_would_not_meet_there() {
    for reason in ["block", "favorites", "busy"] {
        let (house, ana) = House::new().await;
        let ben = house.member("Ben").await;
        ana.books(at(TEN), 50).await;
        if reason == "busy" {
            ana.books(at("2026-11-16T11:00"), 25).await;
        }
        let whom = if reason == "favorites" { "favorites" } else { "anyone" };
        let start = at(HALF_PAST_TEN).0.to_string();
        ben.does("/book", &[("start", &start), ("minutes", "50"), ("whom", whom)]).await;
        if reason == "block" {
            ben.does(&format!("/people/{}/block", ana.id), &[]).await;
        }
        ana.get("/").await.does_not_say("Move to 10:30");
    }
}

#[tokio::test]
async fn asking_around_reaches_only_those_who_agreed_and_could_come() {
    let (house, ana) = House::new().await;
    let (ben, cleo, dai, eva) =
        (house.member("Ben").await, house.member("Cleo").await, house.member("Dai").await, house.member("Eva").await);
    let tokyo = house.member_in("Ken", "Asia/Tokyo").await;
    for who in [&ben, &dai, &eva, &tokyo] {
        likes_nudges(who).await;
    }
    dai.books(at("2026-11-16T14:30"), 50).await;
    ana.does(&format!("/people/{}/block", eva.id), &[]).await;
    let a = ana.books(at("2026-11-16T15:00"), 50).await;
    ana.get("/").await.says("Ask around");
    asks_around(&ana, a).await;
    ben.get("/").await.says("Ana waits for company at 15:00, for 50 minutes.").says("Sit with them").says("Not this week");
    for (who, why) in [(&cleo, "did not agree"), (&dai, "is busy"), (&eva, "is blocked"), (&tokyo, "sleeps at midnight")] {
        assert!(!who.get("/").await.text.contains("Ana waits"), "{} {why}", who.name);
    }
    ana.get("/").await.does_not_say("Ask around");
    assert_eq!(ana.refused("/ask-around", &[("booking", &a.to_string())]).await, "asked");
    ben.picks(a).await;
    ben.get("/").await.does_not_say("Ana waits for company");
    assert_eq!(ana.refused("/ask-around", &[("booking", &a.to_string())]).await, "has_company");
}

#[tokio::test]
async fn nobody_is_nudged_oftener_than_once_a_day_and_three_times_a_week() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    likes_nudges(&ben).await;
    let mut heard = Vec::new();
    for day in 16..=25 {
        for hour in [11, 13] {
            let start = at(&format!("2026-11-{day}T{hour}:00"));
            let a = ana.books(start, 50).await;
            let before = house.count("SELECT count(*) FROM nudge").await;
            asks_around(&ana, a).await;
            if house.count("SELECT count(*) FROM nudge").await > before {
                heard.push(day);
            }
        }
        house.advance(86_400);
    }
    assert_eq!(heard, [16, 17, 18, 23, 24, 25]);
}

#[tokio::test]
async fn not_this_week_is_one_tap_and_is_kept() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    likes_nudges(&ben).await;
    let a = ana.books(at("2026-11-16T12:00"), 50).await;
    asks_around(&ana, a).await;
    ben.get("/").await.says("Ana waits for company");
    ben.does("/not-this-week", &[]).await;
    ben.get("/").await.does_not_say("Ana waits for company");
    for (day, heard) in [(18, 1), (22, 1), (24, 2)] {
        house.advance_to(at(&format!("2026-11-{day}T09:00")));
        let next = ana.books(at(&format!("2026-11-{day}T12:00")), 50).await;
        asks_around(&ana, next).await;
        assert_eq!(house.count("SELECT count(*) FROM nudge").await, heard, "{day}");
    }
}

#[tokio::test]
async fn none_at_night_and_none_in_a_session() {
    let (house, ana) = House::new().await;
    let (ben, cleo) = (house.member("Ben").await, house.member("Cleo").await);
    likes_nudges(&ben).await;
    likes_nudges(&cleo).await;
    ben.books(at("2026-11-16T09:00"), 50).await;
    house.advance(600);
    let a = ana.books(at("2026-11-16T12:00"), 50).await;
    asks_around(&ana, a).await;
    ben.get("/").await.does_not_say("Ana waits");
    cleo.get("/").await.says("Ana waits");
    house.advance_to(at("2026-11-17T22:00"));
    let late = ana.books(at("2026-11-18T09:00"), 50).await;
    asks_around(&ana, late).await;
    ben.get("/").await.does_not_say("Ana waits");
}

#[tokio::test]
async fn who_shows_as_someone_asks_around_as_somebody() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    likes_nudges(&ben).await;
    ana.does("/me", &[("name", "Ana"), ("zone", "UTC"), ("pick", "matcher"), ("as_someone", "on")]).await;
    let a = ana.books(at("2026-11-16T12:00"), 50).await;
    asks_around(&ana, a).await;
    ben.get("/").await.says("Somebody waits for company at 12:00").says("Book 12:00 too").does_not_say("Ana");
}

#[tokio::test]
async fn the_wait_list_tells_once_when_somebody_is_there() {
    let (house, ana) = House::new().await;
    let (ben, cleo) = (house.member("Ben").await, house.member("Cleo").await);
    let start = at("2026-11-17T14:00").0.to_string();
    ana.does("/plans/wait", &[("start", &start)]).await;
    ana.get("/plans").await.says("Tell me when somebody is there").says("Tomorrow at 14:00");
    ben.books(at("2026-11-17T15:00"), 50).await;
    ana.get("/").await.does_not_say("Ben waits for company");
    ben.books(at("2026-11-17T14:00"), 50).await;
    ana.get("/").await.says("Ben waits for company on Tuesday at 14:00, for 50 minutes.");
    cleo.books(at("2026-11-17T14:30"), 25).await;
    ana.get("/").await.does_not_say("Cleo waits for company");
    ana.get("/plans").await.does_not_say("Tell me when somebody is there");
    ana.does("/plans/wait", &[("start", &start)]).await;
    ana.does("/plans/wait/end", &[("start", &start)]).await;
    ana.get("/plans").await.does_not_say("Tell me when somebody is there");
}

#[tokio::test]
async fn who_agreed_is_told_where_moving_would_bring_company() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    likes_nudges(&ana).await;
    ana.books(at("2026-11-17T12:00"), 50).await;
    ben.books(at("2026-11-17T12:30"), 50).await;
    house.settle().await;
    ana.get("/").await.does_not_say("Move there?");
    house.advance_to(at("2026-11-16T12:15"));
    house.settle().await;
    ana.get("/").await.says("Ben waits on Tuesday at 12:30; nobody is at 12:00 yet. Move there?");
    ben.get("/").await.does_not_say("Move there?");
    house.advance(3600);
    house.settle().await;
    assert_eq!(house.count("SELECT count(*) FROM notice").await, 1);
}

#[tokio::test]
async fn notices_are_gone_when_they_are_over() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    likes_nudges(&ben).await;
    let a = ana.books(at("2026-11-16T12:00"), 50).await;
    asks_around(&ana, a).await;
    assert_eq!(house.count("SELECT count(*) FROM notice").await, 1);
    for _ in 0..10 {
        house.advance(86_400);
        house.settle().await;
    }
    assert_eq!(
        house.count("SELECT (SELECT count(*) FROM notice) + (SELECT count(*) FROM nudge) + (SELECT count(*) FROM asked)").await,
        0
    );
}

#[tokio::test]
async fn what_was_said_about_a_booking_is_gone_when_it_moves_and_others_may_be_asked_anew() {
    let (house, ana) = House::new().await;
    let (ben, cleo) = (house.member("Ben").await, house.member("Cleo").await);
    likes_nudges(&ben).await;
    let a = ana.books(at("2026-11-16T12:00"), 50).await;
    asks_around(&ana, a).await;
    ben.get("/").await.says("Ana waits for company at 12:00");
    let (booking, start) = (a.to_string(), at("2026-11-16T14:00").0.to_string());
    ana.does("/move", &[("booking", &booking), ("start", &start)]).await;
    ben.get("/").await.does_not_say("Ana waits for company");
    likes_nudges(&cleo).await;
    asks_around(&ana, a).await;
    cleo.get("/").await.says("Ana waits for company at 14:00");
    ben.get("/").await.does_not_say("Ana waits for company");
}
