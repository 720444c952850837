//! Who is flexible is seen at every start of their window: by whom, how, and what comes of a booking there.

use super::house::{House, at};
use super::visitor::Visitor;

const TEN: &str = "2026-11-16T10:00";

async fn flexible(who: &Visitor, start: &str, more: &[(&str, &str)]) -> i64 {
    let start = at(start).0.to_string();
    let mut fields = vec![("start", start.as_str()), ("minutes", "50")];
    if !more.iter().any(|(name, _)| *name == "flexible") {
        fields.push(("flexible", "30"));
    }
    fields.extend(more.iter().copied());
    who.does("/book", &fields).await["booked"][0]["booking"].as_i64().unwrap()
}

/// What the sheet over a start says.
async fn sheet(who: &Visitor, clock: &str) -> String {
    let start = at(&format!("2026-11-16T{clock}"));
    who.get(&format!("/calendar/waiting?start={}", start.0)).await.is(200).text
}

/// At which of these starts the sheet says that somebody could come, too.
async fn could_come(who: &Visitor, name: &str) -> Vec<&'static str> {
    let mut found = Vec::new();
    for clock in ["09:15", "09:30", "09:45", "10:00", "10:15", "10:30", "10:45"] {
        let said = sheet(who, clock).await;
        if said.contains(name) && said.contains("could come, too") {
            found.push(clock);
        }
    }
    found
}

async fn sits_with(who: &Visitor, with: i64, clock: &str) -> (u16, serde_json::Value) {
    let start = at(&format!("2026-11-16T{clock}")).0.to_string();
    who.json("/book", &[("with", &with.to_string()), ("start", &start)]).await
}

#[tokio::test]
async fn who_is_flexible_is_seen_at_every_start_of_the_window_and_waits_at_one() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    let a = flexible(&ana, TEN, &[]).await;
    assert_eq!(could_come(&ben, "Ana").await, ["09:30", "09:45", "10:15", "10:30"]);
    assert!(sheet(&ben, "10:00").await.contains("Sit with Ana"));
    assert!(could_come(&ana, "Ana").await.is_empty(), "my own are mine");
    let week = ben.get("/").await;
    let (list, grid) = week.text.split_once("<tbody>").unwrap();
    assert_eq!(list.matches(&format!("id=\"w-{a}\"")).count() + grid.matches(&format!("id=\"w-{a}\"")).count(), 1);
    assert_eq!(grid.matches("chip could").count(), 4);
    ana.get("/").await.does_not_say("chip could");
    ana.cancels(a).await;
    assert!(could_come(&ben, "Ana").await.is_empty());
    ben.get("/calendar/part").await.does_not_say("could come");
}

#[tokio::test]
async fn a_click_where_they_could_come_makes_the_pair_there_and_both_are_told() {
    let (house, ana) = House::new().await;
    let (ben, cleo) = (house.member("Ben").await, house.member("Cleo").await);
    let a = flexible(&ana, TEN, &[]).await;
    let (status, done) = sits_with(&ben, a, "10:15").await;
    assert_eq!((status, &done["booked"][0]["partners"][0]), (200, &"Ana".into()), "{done}");
    assert_eq!(done["booked"][0]["start"], at("2026-11-16T10:15").0);
    let settled =
        format!("SELECT count(*) FROM booking WHERE start = {0} AND earliest = {0} AND latest = {0}", at("2026-11-16T10:15").0);
    assert_eq!(house.count(&settled).await, 2);
    ana.get("/").await.says("You will have company at 10:15. You are with Ben.");
    assert!(could_come(&cleo, "Ana").await.is_empty());
    assert!(!sheet(&cleo, "10:00").await.contains("Ana"));
}

#[tokio::test]
async fn nobody_is_brought_to_a_start_that_they_did_not_offer() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    let a = flexible(&ana, TEN, &[]).await;
    for clock in ["10:45", "09:15", "10:07"] {
        let (_, refused) = sits_with(&ben, a, clock).await;
        assert_eq!(refused["code"], "taken", "{clock}: {refused}");
    }
    let exact = ana.books(at("2026-11-16T14:00"), 50).await;
    assert_eq!(sits_with(&ben, exact, "14:15").await.1["code"], "taken");
    assert_eq!(house.count("SELECT count(*) FROM booking").await, 2);
    // A page that shows a start which is over is led to where they wait by then.
    house.advance_to(at("2026-11-16T09:46"));
    house.settle().await;
    assert_eq!(sits_with(&ben, a, "09:45").await.0, 200);
    assert_eq!(house.count("SELECT count(DISTINCT session) FROM booking WHERE alone = 0").await, 1);
}

#[tokio::test]
async fn a_booking_where_they_could_come_is_paired_by_the_matcher_in_its_time() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    flexible(&ana, TEN, &[]).await;
    ben.books(at("2026-11-16T10:15"), 50).await;
    house.advance_to(at("2026-11-16T10:00"));
    house.settle().await;
    ana.get("/").await.says("There is company for you at 10:15. You are with Ben.");
    assert_eq!(house.count("SELECT count(*) FROM booking WHERE alone = 0").await, 2);
}

#[tokio::test]
async fn whoever_may_not_see_them_where_they_wait_does_not_see_them_where_they_could_come() {
    let (house, ana) = House::new().await;
    let (ben, cleo, dai) = (house.member("Ben").await, house.member("Cleo").await, house.member("Dai").await);
    let (eve, fay) = (house.member("Eve").await, house.member("Fay").await);
    flexible(&ana, TEN, &[("whom", "favorites")]).await;
    ana.does(&format!("/people/{}/favorite", ben.id), &[]).await;
    assert_eq!(could_come(&ben, "Ana").await.len(), 4);
    assert!(could_come(&cleo, "Ana").await.is_empty(), "favorites only");
    flexible(&ben, TEN, &[]).await;
    ben.does(&format!("/people/{}/block", cleo.id), &[]).await;
    dai.does(&format!("/people/{}/snooze", ben.id), &[]).await;
    assert_eq!(could_come(&eve, "Ben").await.len(), 4);
    assert!(could_come(&cleo, "Ben").await.is_empty() && could_come(&dai, "Ben").await.is_empty(), "blocked, snoozed");
    let (d, e) = (dai.id.to_string(), eve.id.to_string());
    ana.does("/admin/groups", &[("name", "Class"), ("member", &d), ("member", &e), ("wall", "on")]).await;
    flexible(&dai, TEN, &[]).await;
    assert_eq!(could_come(&eve, "Dai").await.len(), 4);
    assert!(could_come(&fay, "Dai").await.is_empty(), "behind a wall");
    fay.get("/").await.does_not_say("Dai");
}

#[tokio::test]
async fn who_shows_as_someone_or_leaves_it_to_the_matcher_does_so_at_every_start() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    ana.does("/me", &[("name", "Ana"), ("zone", "UTC"), ("pick", "matcher"), ("as_someone", "on")]).await;
    let a = flexible(&ana, TEN, &[]).await;
    let said = sheet(&ben, "10:15").await;
    assert!(said.contains("Someone") && said.contains("Left to the matcher") && !said.contains("Ana"), "{said}");
    assert_eq!(sits_with(&ben, a, "10:15").await.1["code"], "matcher_only");
}

#[tokio::test]
async fn a_window_over_the_edge_of_a_week_is_seen_on_both_sides() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    flexible(&ana, "2026-11-17T23:45", &[]).await;
    let could = |page: String| page.matches("chip could").count();
    assert_eq!(could(ben.get("/?week=2026-11-18").await.is(200).text), 2, "0:00 and 0:15");
    assert_eq!(could(ben.get("/?week=2026-11-12").await.is(200).text), 4);
    assert_eq!(could(ben.get("/?week=2026-11-11").await.is(200).text), 2, "23:15 and 23:30");
    assert_eq!(could(ben.get("/?week=2026-11-10").await.is(200).text), 0);
}

#[tokio::test]
async fn a_start_that_is_over_is_nobodys_any_more() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    flexible(&ana, TEN, &[]).await;
    house.advance_to(at("2026-11-16T09:50"));
    house.settle().await;
    let week = ben.get("/").await.is(200).text;
    assert_eq!(week.matches("chip could").count(), 2, "of 10:00, 10:15 and 10:30 she waits at one");
}

#[tokio::test]
async fn where_a_dozen_wait_who_could_come_is_not_said_any_more() {
    let (house, ana) = House::new().await;
    // Later than names are said.
    let quarter_past = at("2026-11-16T14:15");
    flexible(&ana, "2026-11-16T14:00", &[]).await;
    for n in 0..11 {
        house.member(&format!("Member {n}")).await.books(quarter_past, 25).await;
    }
    let ben = house.member("Ben").await;
    assert!(sheet(&ben, "14:15").await.contains("Ana"));
    house.member("Member 11").await.books(quarter_past, 25).await;
    assert!(!sheet(&ben, "14:15").await.contains("Ana") && sheet(&ben, "13:45").await.contains("Ana"));
}
