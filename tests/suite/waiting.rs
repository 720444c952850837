//! Finding company: the matcher, a click on somebody who waits, who may pick whom, blocks, and "start now".

use super::house::{House, at};
use super::live::Page;
use super::visitor::Visitor;
use alongside::domain::policy::Kind;

const TEN: &str = "2026-11-16T10:00";

async fn relate(who: &Visitor, other: &Visitor, kind: &str) {
    who.does(&format!("/people/{}/{kind}", other.id), &[]).await;
}

async fn pick(who: &Visitor, may: &str) {
    let fields = [("name", who.name.as_str()), ("zone", "UTC"), ("pick", may)];
    who.does("/me", &fields).await;
}

async fn pairs(house: &House) -> i64 {
    house
        .count("SELECT count(*) FROM (SELECT 1 FROM booking WHERE cancelled_at IS NULL GROUP BY session HAVING count(*) = 2)")
        .await
}

#[tokio::test]
async fn the_same_start_and_length_make_a_pair_in_either_order() {
    for swapped in [false, true] {
        let (house, ana) = House::new().await;
        let ben = house.member("Ben").await;
        let (first, second) = if swapped { (&ben, &ana) } else { (&ana, &ben) };
        first.books(at(TEN), 50).await;
        let (start, minutes) = (at(TEN).0.to_string(), "50");
        let done = second.does("/book", &[("start", &start), ("minutes", minutes)]).await;
        assert_eq!(done["booked"][0]["paired"], true);
        assert_eq!(done["booked"][0]["partners"][0], first.name.as_str());
        assert_eq!(pairs(&house).await, 1);
    }
}

#[tokio::test]
async fn another_start_or_another_length_makes_no_pair() {
    let (house, ana) = House::new().await;
    let (ben, cleo) = (house.member("Ben").await, house.member("Cleo").await);
    ana.books(at(TEN), 50).await;
    ben.books(at(TEN), 25).await;
    cleo.books(at(TEN).plus(900), 50).await;
    assert_eq!(pairs(&house).await, 0);
    assert_eq!(house.count("SELECT sum(alone) FROM booking").await, 3);
}

#[tokio::test]
async fn a_click_on_somebody_who_waits_makes_the_pair_at_once() {
    let (house, ana) = House::new().await;
    let (ben, cleo) = (house.member("Ben").await, house.member("Cleo").await);
    let b = ben.books(at(TEN), 75).await;
    ana.get("/").await.says(&format!("id=\"sit-{b}\""));
    let a = ana.picks(b).await;
    ana.get(&format!("/session/{a}")).await.says("Session with Ben");
    assert_eq!(house.count("SELECT minutes FROM booking WHERE member = 1").await, 75, "start and length are theirs");
    assert_eq!(cleo.refused("/book", &[("with", &b.to_string())]).await, "taken");
    cleo.get("/").await.does_not_say(&format!("sit-{b}"));
}

#[tokio::test]
async fn who_is_mine_gone_or_over_cannot_be_picked() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    let (a, b) = (ana.books(at("2026-11-16T12:00"), 50).await, ben.books(at(TEN), 50).await);
    assert_eq!(ana.refused("/book", &[("with", &a.to_string())]).await, "taken");
    assert_eq!(ana.refused("/book", &[("with", "999")]).await, "taken");
    house.advance_to(at(TEN).plus(61));
    assert_eq!(ana.refused("/book", &[("with", &b.to_string())]).await, "taken");
    let late = ben.books(at("2026-11-16T12:00").plus(-900), 50).await;
    assert_eq!(ana.refused("/book", &[("with", &late.to_string())]).await, "overlap");
    ben.cancels(late).await;
    assert_eq!(ana.refused("/book", &[("with", &late.to_string())]).await, "taken");
    assert_eq!(pairs(&house).await, 0);
}

#[tokio::test]
async fn of_two_who_click_on_one_person_exactly_one_sits_down() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    let mut others = Vec::new();
    for n in 0..6 {
        others.push(house.member(&format!("Guest {n}")).await);
    }
    let b = ben.books(at(TEN), 50).await.to_string();
    let fields = [("with", b.as_str())];
    let answers = futures_util::future::join_all(others.iter().map(|who| who.json("/book", &fields))).await;
    assert_eq!(answers.iter().filter(|(status, _)| *status == 200).count(), 1);
    assert!(answers.iter().filter(|(status, _)| *status != 200).all(|(_, value)| value["code"] == "taken"));
    assert_eq!(house.count("SELECT count(*) FROM booking").await, 2);
    ana.get("/").await.does_not_say("sit-");
}

#[tokio::test]
async fn who_is_blocked_is_never_met_and_never_told() {
    let (house, ana) = House::new().await;
    let (ben, cleo) = (house.member("Ben").await, house.member("Cleo").await);
    relate(&ana, &ben, "block").await;
    let b = ben.books(at(TEN), 50).await;
    let a = ana.books(at(TEN), 50).await;
    assert_eq!(pairs(&house).await, 0);
    assert_eq!(ana.refused("/book", &[("with", &b.to_string())]).await, "taken");
    let code = ben.refused("/book", &[("with", &a.to_string())]).await;
    assert_eq!(code, "taken", "the same words as for anybody who is not there any more");
    for page in ["/", "/me", "/people", "/history"] {
        ben.get(page).await.is(200).does_not_say("block by").does_not_say("blocked you");
    }
    cleo.books(at(TEN), 50).await;
    assert_eq!(pairs(&house).await, 1);
    relate(&ana, &ben, "clear").await;
    let later = ben.books(at("2026-11-16T15:00"), 50).await;
    ana.picks(later).await;
}

#[tokio::test]
async fn a_block_parts_what_was_announced_and_both_find_other_company() {
    let (house, ana) = House::new().await;
    let (ben, cleo, dai) = (house.member("Ben").await, house.member("Cleo").await, house.member("Dai").await);
    let (a, _) = (ana.books(at(TEN), 50).await, ben.books(at(TEN), 50).await);
    cleo.books(at(TEN), 50).await;
    relate(&ana, &ben, "block").await;
    ben.get("/").await.says("Ana had to cancel. You are with Cleo.");
    ana.get("/").await.is(200).does_not_say("Ana had to cancel");
    dai.books(at(TEN), 50).await;
    ana.get(&format!("/session/{a}")).await.says("Session with Dai");
    assert_eq!(pairs(&house).await, 2);
}

#[tokio::test]
async fn a_snooze_lasts_two_weeks() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    relate(&ben, &ana, "snooze").await;
    let b = ben.books(at("2026-12-07T10:00"), 50).await.to_string();
    assert_eq!(ana.refused("/book", &[("with", &b)]).await, "taken");
    house.advance(14 * 86_400);
    ana.does("/book", &[("with", &b)]).await;
}

#[tokio::test]
async fn a_snooze_parts_nobody_who_was_announced_before_it() {
    let (house, ana) = House::new().await;
    let (ben, cleo) = (house.member("Ben").await, house.member("Cleo").await);
    let start = at(TEN);
    ana.books(start, 50).await;
    ben.books(start, 50).await;
    ana.get("/").await.says("Ben");
    relate(&ana, &ben, "snooze").await;
    cleo.books(start, 50).await;
    house.advance_to(start.plus(-600));
    house.settle().await;
    let sessions = "SELECT count(DISTINCT session) FROM booking WHERE member IN (SELECT id FROM member WHERE name <> 'Cleo')";
    assert_eq!(house.count(sessions).await, 1, "they were told of each other, and Cleo takes nobody away");
}

#[tokio::test]
async fn everyone_favorites_or_nobody_may_pick_me_as_i_say() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    for (n, (may, favored, goes)) in
        [("everyone", false, true), ("favorites", false, false), ("favorites", true, true), ("matcher", true, false)]
            .into_iter()
            .enumerate()
    {
        pick(&ben, may).await;
        relate(&ben, &ana, if favored { "favorite" } else { "clear" }).await;
        let b = ben.books(at(TEN).plus(n as i64 * 7200), 50).await;
        let page = ana.get("/").await;
        assert_eq!(page.text.contains(&format!("name=\"with\" value=\"{b}\"")), goes, "{may} {favored}");
        let (status, value) = ana.json("/book", &[("with", &b.to_string())]).await;
        assert_eq!(status == 200, goes, "{may} {favored}: {value}");
        if !goes {
            assert_eq!(value["code"], "matcher_only");
        }
    }
    // The matcher itself asks nobody.
    house.advance_to(at(TEN).plus(2 * 7200));
    let done = ana.does("/book", &[("start", &at(TEN).plus(3 * 7200).0.to_string()), ("minutes", "50")]).await;
    assert_eq!(done["booked"][0]["paired"], true);
}

#[tokio::test]
async fn members_of_a_school_are_picked_by_the_matcher_only() {
    let (house, _) = House::founded(Kind::School).await;
    assert_eq!(house.word("SELECT pick FROM member").await, "matcher");
}

#[tokio::test]
async fn the_same_person_is_picked_twice_a_week_unless_both_are_favorites() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    for n in 0..2 {
        let b = ben.books(at(TEN).plus(n * 7200), 50).await;
        ana.picks(b).await;
    }
    let b = ben.books(at(TEN).plus(3 * 7200), 50).await;
    let with = [("with", &*b.to_string())].map(|(k, v)| (k, v.to_owned()));
    let with: Vec<(&str, &str)> = with.iter().map(|(k, v)| (*k, v.as_str())).collect();
    assert_eq!(ana.refused("/book", &with).await, "picked_often");
    relate(&ana, &ben, "favorite").await;
    assert_eq!(ana.refused("/book", &with).await, "picked_often");
    relate(&ben, &ana, "favorite").await;
    ana.does("/book", &with).await;
    relate(&ben, &ana, "clear").await;
    house.advance(7 * 86_400);
    let b = ben.books(at("2026-11-23T12:00"), 50).await;
    ana.picks(b).await;
}

#[tokio::test]
async fn start_now_takes_who_waits_at_this_moment() {
    let (house, ana) = House::new().await;
    let (ben, cleo) = (house.member("Ben").await, house.member("Cleo").await);
    let soon = at("2026-11-16T09:15");
    ben.books(soon, 25).await;
    house.advance(5 * 60);
    let done = ana.does("/start-now", &[("minutes", "50")]).await;
    assert_eq!(
        (done["start"].as_i64(), done["partners"][0].as_str()),
        (Some(soon.0), Some("Ben")),
        "a shorter one is company too"
    );
    assert_eq!(done["go"], format!("/session/{}", done["booking"]));
    let next = cleo.does("/start-now", &[("minutes", "25")]).await;
    assert_eq!(
        (next["start"].as_i64(), &next["partners"]),
        (Some(soon.0), &serde_json::json!([])),
        "nobody waits: the next start"
    );
}

#[tokio::test]
async fn start_now_passes_over_who_would_overlap_for_who_would_not() {
    let (house, ana) = House::new().await;
    let (ben, cleo) = (house.member("Ben").await, house.member("Cleo").await);
    ana.books(at("2026-11-16T09:45"), 50).await;
    ben.books(at("2026-11-16T09:00"), 50).await;
    cleo.books(at("2026-11-16T09:15"), 25).await;
    let b = Page::open(&ben, 2).await;
    house.advance(6 * 60);
    let done = ana.does("/start-now", &[("minutes", "50")]).await;
    assert_eq!(done["partners"][0], "Cleo");
    drop(b);
}

#[tokio::test]
async fn start_now_sits_down_with_who_is_there_and_not_with_who_never_came() {
    let (house, ana) = House::new().await;
    let (ben, cleo) = (house.member("Ben").await, house.member("Cleo").await);
    let (b, _) = (ben.books(at("2026-11-16T09:15"), 25).await, cleo.books(at("2026-11-16T09:15"), 50).await);
    house.advance_to(at("2026-11-16T09:14"));
    let mut page = Page::open(&ben, b).await;
    page.sits().await;
    house.advance_to(at("2026-11-16T09:18"));
    let done = ana.does("/start-now", &[("minutes", "50")]).await;
    assert_eq!(done["partners"][0], "Ben", "Cleo asked for the same length and is not there");
    assert_eq!(done["start"].as_i64(), Some(at("2026-11-16T09:15").0));
}

#[tokio::test]
async fn start_now_leads_into_the_session_that_is_open_and_around_those_that_are_booked() {
    let (house, ana) = House::new().await;
    let a = ana.books(at("2026-11-16T09:15"), 25).await;
    let next = ana.does("/start-now", &[("minutes", "25")]).await;
    let first = next["booking"].as_i64().unwrap();
    assert_ne!(first, a);
    assert_eq!(next["start"].as_i64(), Some(at("2026-11-16T09:45").0), "09:15 and its break are taken");
    house.advance_to(at("2026-11-16T09:05"));
    let open = ana.does("/start-now", &[("minutes", "75")]).await;
    assert_eq!(open["booking"].as_i64(), Some(a));
    assert_eq!(house.count("SELECT count(*) FROM booking").await, 2);
}

#[tokio::test]
async fn start_now_says_so_when_the_next_two_hours_are_booked() {
    let (_house, ana) = House::new().await;
    ana.books(at("2026-11-16T09:30"), 75).await;
    ana.books(at("2026-11-16T11:00"), 75).await;
    assert_eq!(ana.refused("/start-now", &[("minutes", "50")]).await, "busy");
}

#[tokio::test]
async fn start_now_never_seats_those_who_must_not_meet() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    relate(&ben, &ana, "block").await;
    ben.books(at("2026-11-16T09:00"), 50).await;
    let done = ana.does("/start-now", &[("minutes", "50")]).await;
    assert_eq!(done["partners"], serde_json::json!([]));
    assert_eq!(pairs(&house).await, 0);
}

/// Ben waits for favorites only, and Ana is one of them; Cleo is none.
async fn ben_waits_for_favorites(start: &str) -> (House, [Visitor; 3], i64) {
    let (house, ana) = House::new().await;
    let (ben, cleo) = (house.member("Ben").await, house.member("Cleo").await);
    relate(&ben, &ana, "favorite").await;
    let at = at(start).0.to_string();
    let done = ben.does("/book", &[("start", &at), ("minutes", "50"), ("whom", "favorites")]).await;
    (house, [ana, ben, cleo], done["booked"][0]["booking"].as_i64().unwrap())
}

#[tokio::test]
async fn who_waits_for_favorites_only_is_shown_to_and_picked_by_them_alone() {
    let (_house, [ana, _ben, cleo], b) = ben_waits_for_favorites(TEN).await;
    cleo.get("/").await.does_not_say(&format!("sit-{b}"));
    assert_eq!(cleo.refused("/book", &[("with", &b.to_string())]).await, "taken");
    ana.get("/").await.says(&format!("sit-{b}"));
    ana.picks(b).await;
}

#[tokio::test]
async fn start_now_leaves_who_waits_for_favorites_only_to_them() {
    let (_house, [ana, _ben, cleo], _) = ben_waits_for_favorites("2026-11-16T09:00").await;
    let done = cleo.does("/start-now", &[("minutes", "50")]).await;
    assert_eq!(done["partners"], serde_json::json!([]));
    let done = ana.does("/start-now", &[("minutes", "50")]).await;
    assert_eq!(done["partners"][0], "Ben");
}

#[tokio::test]
async fn start_now_keeps_what_was_said_about_sessions_of_three() {
    let (house, ana) = House::new().await;
    let start = at("2026-11-17T10:00").0.to_string();
    ana.does("/book", &[("start", &start), ("minutes", "50"), ("trio", "yes")]).await;
    let now = ana.does("/start-now", &[("minutes", "50")]).await;
    assert_eq!(house.count(&format!("SELECT trio FROM booking WHERE id = {}", now["booking"])).await, 1);
}

#[tokio::test]
async fn who_never_came_is_not_paired_later_and_called_a_no_show_for_it() {
    let (house, ana) = House::new().await;
    let (ben, cleo) = (house.member("Ben").await, house.member("Cleo").await);
    let (a, b) = (ana.books(at(TEN), 50).await, ben.books(at(TEN), 50).await);
    let c = cleo.books(at(TEN), 50).await;
    house.advance_to(at(TEN).plus(-60));
    let mut page = Page::open(&ana, a).await;
    page.sits().await;
    let other = Page::open(&ben, b).await;
    house.advance_to(at(TEN).plus(600));
    house.settle().await;
    ben.cancels(b).await;
    house.settle().await;
    assert_eq!(house.count(&format!("SELECT no_show FROM booking WHERE id = {c}")).await, 0);
    assert_eq!(house.count(&format!("SELECT alone FROM booking WHERE id = {a}")).await, 1);
    drop(other);
}

#[tokio::test]
async fn somebody_is_someone_until_we_are_paired() {
    let (house, ana) = House::new().await;
    let ben = house.member("Benedikt").await;
    ben.does("/me", &[("name", "Benedikt"), ("zone", "UTC"), ("pick", "everyone"), ("as_someone", "on")]).await;
    relate(&ana, &ben, "favorite").await;
    let b = ben.books(at(TEN), 50).await;
    ana.get("/").await.says("Someone").does_not_say("Benedikt").does_not_say("one of your favorites");
    ana.get("/calendar/part").await.says("Someone").does_not_say("Benedikt");
    ana.picks(b).await;
    ana.get("/").await.says("Benedikt").does_not_say("Someone");
}

#[tokio::test]
async fn start_now_goes_by_the_same_rules_as_every_match_and_says_by_which() {
    let (house, ana) = House::new().await;
    let (ben, cleo, dai) = (house.member("Ben").await, house.member("Cleo").await, house.member("Dai").await);
    house.advance(8 * 60);
    let soon = at("2026-11-16T09:15").0.to_string();
    // Ben sits with favorites only, and Ana is none of his.
    ben.does("/book", &[("start", &*soon), ("minutes", "50"), ("whom", "favorites")]).await;
    let first = ana.does("/start-now", &[("minutes", "50")]).await;
    assert_eq!(first["partners"], serde_json::json!([]), "whom a booking asks for holds");
    ana.cancels(first["booking"].as_i64().unwrap()).await;
    // Who likes it quiet comes to who likes it quiet.
    let quiet = [("start", &*soon), ("minutes", "25"), ("quiet", "on")];
    cleo.does("/book", &quiet).await;
    dai.does("/book", &[("start", &*soon), ("minutes", "50"), ("whom", "favorites")]).await;
    let done = ana.does("/start-now", &[("minutes", "50"), ("quiet", "on")]).await;
    assert_eq!(done["partners"][0], "Cleo");
    assert_eq!(house.word("SELECT group_concat(rule) FROM seated").await, "started_now,started_now");
    ana.get("/").await.says("One of you waited, and the other wanted to start at that moment.");
    // A favorite is named as the reason.
    relate(&ben, &dai, "favorite").await;
    let eva = house.member("Eva").await;
    relate(&ben, &eva, "favorite").await;
    let done = eva.does("/start-now", &[("minutes", "50")]).await;
    assert_eq!(done["partners"][0], "Ben");
    assert_eq!(house.count("SELECT count(*) FROM seated WHERE rule = 'favorite'").await, 2);
}
