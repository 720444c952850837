//! "Find me two times": found where somebody would be alone, in time, spread over the days, and said when there is none.

use super::house::{House, at};
use super::visitor::Visitor;
use alongside::domain::plan::{Part, Parts};
use alongside::domain::time::Timestamp;

/// The week of the house's first day, Monday 16 November 2026.
const TUESDAY_NINE: &str = "2026-11-17T09:00";

fn part(day: usize, part: Part) -> String {
    Parts::number(day, part).to_string()
}

async fn asks(who: &Visitor, times: &str, parts: &[String], more: &[(&str, &str)]) {
    let mut fields = vec![("times", times), ("minutes", "50")];
    fields.extend(parts.iter().map(|part| ("part", part.as_str())));
    fields.extend(more.iter().copied());
    who.does("/plans/find", &fields).await;
}

async fn to(house: &House, text: &str) {
    house.advance_to(at(text));
    house.settle().await;
}

async fn starts_of(house: &House, who: &Visitor) -> Vec<Timestamp> {
    let sql =
        format!("SELECT group_concat(start, ' ' ORDER BY start) FROM booking WHERE member = {} AND cancelled_at IS NULL", who.id);
    house.word(&sql).await.split_whitespace().map(|n| Timestamp(n.parse().unwrap())).collect()
}

#[tokio::test]
async fn a_time_is_found_where_somebody_would_be_alone_and_both_have_company() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    ben.books(at(TUESDAY_NINE), 50).await;
    asks(&ana, "1", &[part(1, Part::Morning), part(3, Part::Morning)], &[]).await;
    ana.get("/").await.says("Looking for one more time this week.");
    to(&house, "2026-11-16T14:45").await;
    assert!(starts_of(&house, &ana).await.is_empty(), "others may still come");
    to(&house, "2026-11-16T15:00").await;
    assert_eq!(starts_of(&house, &ana).await, [at(TUESDAY_NINE)]);
    ana.get("/").await.says("Your week").says("Tue 9:00").says("We found this time for you.").does_not_say("Looking for one");
    to(&house, "2026-11-17T07:00").await;
    ana.get("/").await.says("We found this time for you. You are with Ben.").says("somebody would have been alone then");
    ben.get("/").await.says("You booked the same start and length.");
}

#[tokio::test]
async fn no_time_is_nearer_than_twelve_hours() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    ben.books(at("2026-11-16T20:00"), 50).await;
    asks(&ana, "1", &[part(0, Part::Evening), part(3, Part::Morning)], &[]).await;
    to(&house, "2026-11-16T19:00").await;
    assert!(starts_of(&house, &ana).await.is_empty());
    let tonight = part(0, Part::Evening);
    assert_eq!(ana.refused("/plans/find", &[("times", "1"), ("minutes", "50"), ("part", &tonight)]).await, "too_late");
    assert_eq!(ana.refused("/plans/find", &[("times", "1"), ("minutes", "50")]).await, "parts");
    assert_eq!(ana.refused("/plans/find", &[("times", "6"), ("minutes", "50"), ("part", "9")]).await, "times");
}

#[tokio::test]
async fn two_who_leave_the_choice_are_brought_together_at_a_focus_hour_once_half_of_their_times_are_gone() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    let parts = [part(1, Part::Afternoon), part(4, Part::Afternoon)];
    asks(&ana, "1", &parts, &[]).await;
    asks(&ben, "1", &parts, &[]).await;
    to(&house, "2026-11-17T01:00").await;
    assert!(starts_of(&house, &ana).await.is_empty(), "there is time");
    to(&house, "2026-11-17T06:00").await;
    let found = starts_of(&house, &ana).await;
    assert_eq!(found, starts_of(&house, &ben).await);
    assert_eq!(found.len(), 1);
    ana.get("/plans").await.says("Found: ");
    ana.get("/").await.says("You will have company at");
}

#[tokio::test]
async fn two_sessions_lie_on_two_days_and_clear_of_what_else_is_booked() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    for start in ["2026-11-17T09:00", "2026-11-17T10:00", "2026-11-18T09:00", "2026-11-18T10:30"] {
        ben.books(at(start), 50).await;
    }
    ana.books(at("2026-11-18T09:00"), 50).await;
    ana.books(at("2026-11-18T08:00"), 25).await;
    asks(&ana, "2", &[part(1, Part::Morning), part(2, Part::Morning)], &[]).await;
    for hour in ["2026-11-16T16:30", "2026-11-17T06:00", "2026-11-17T17:30", "2026-11-17T22:00"] {
        to(&house, hour).await;
    }
    let found = starts_of(&house, &ana).await;
    let days: Vec<i64> = found.iter().map(|start| start.0 / 86_400).collect();
    assert_eq!(found.len(), 4, "{found:?}");
    assert_eq!(days.iter().filter(|day| **day == at("2026-11-17T00:00").0 / 86_400).count(), 1);
    assert!(found.contains(&at("2026-11-18T10:30")), "{found:?}");
}

#[tokio::test]
async fn a_place_that_is_not_found_is_said_two_days_ahead_and_once() {
    let (house, ana) = House::new().await;
    asks(&ana, "1", &[part(3, Part::Morning)], &[]).await;
    to(&house, "2026-11-17T10:45").await;
    ana.get("/").await.does_not_say("found company for one of your sessions");
    to(&house, "2026-11-17T11:30").await;
    ana.get("/").await.says("We haven’t found company for one of your sessions this week so far.");
    for hour in ["2026-11-17T12:00", "2026-11-18T12:00", "2026-11-19T12:00"] {
        to(&house, hour).await;
    }
    assert_eq!(house.count("SELECT count(*) FROM notice").await, 1);
    let notice = house.count("SELECT id FROM notice").await;
    ana.does(&format!("/notice/{notice}/away"), &[]).await;
    ana.get("/").await.does_not_say("found company for one of your sessions");
    assert!(starts_of(&house, &ana).await.is_empty());
}

#[tokio::test]
async fn two_places_that_are_not_found_are_said_in_one_sentence() {
    let (house, ana) = House::new().await;
    asks(&ana, "2", &[part(3, Part::Morning)], &[]).await;
    for hour in ["2026-11-17T11:30", "2026-11-18T12:00", "2026-11-19T12:00"] {
        to(&house, hour).await;
    }
    ana.get("/").await.says("We haven’t found company for 2 of your sessions this week so far.");
    assert_eq!(house.count("SELECT count(*) FROM notice").await, 1);
}

#[tokio::test]
async fn a_place_whose_half_day_fills_with_other_bookings_is_said_too() {
    let (house, ana) = House::new().await;
    asks(&ana, "1", &[part(3, Part::Morning)], &[]).await;
    for start in ["2026-11-19T07:00", "2026-11-19T08:30", "2026-11-19T10:00", "2026-11-19T11:30"] {
        ana.books(at(start), 75).await;
    }
    to(&house, "2026-11-16T12:00").await;
    ana.get("/").await.says("We haven’t found company for one of your sessions this week so far.");
    assert_eq!(house.count("SELECT count(*) FROM notice").await, 1);
}

#[tokio::test]
async fn a_holiday_that_is_taken_back_gives_back_its_half_days_to_look_in() {
    let (house, ana) = House::new().await;
    ana.does("/plans/holiday", &[("first", "2026-11-19"), ("last", "2026-11-22")]).await;
    asks(&ana, "1", &[part(2, Part::Morning), part(4, Part::Morning)], &[]).await;
    ana.does("/plans/holiday", &[("back", "on")]).await;
    to(&house, "2026-11-17T12:00").await;
    ana.get("/").await.does_not_say("found company for one of your sessions");
    for hour in ["2026-11-18T00:00", "2026-11-18T09:00", "2026-11-18T11:30"] {
        to(&house, hour).await;
    }
    ana.get("/").await.says("We haven’t found company for one of your sessions this week so far.");
    let ben = house.member("Ben").await;
    ben.books(at("2026-11-20T09:00"), 50).await;
    for hour in ["2026-11-19T12:00", "2026-11-19T18:00"] {
        to(&house, hour).await;
    }
    assert_eq!(starts_of(&house, &ana).await, [at("2026-11-20T09:00")]);
}

#[tokio::test]
async fn every_week_is_looked_for_anew_until_it_is_ended() {
    let (mut house, ana) = House::new().await;
    asks(&ana, "2", &[part(1, Part::Morning), part(2, Part::Morning)], &[("every_week", "on")]).await;
    assert_eq!(house.count("SELECT count(*) FROM order_place").await, 2);
    house = house.killed();
    to(&house, "2026-11-19T12:00").await;
    assert_eq!(house.count("SELECT count(*) FROM order_place WHERE week = '2026-11-23'").await, 0);
    to(&house, "2026-11-20T00:00").await;
    assert_eq!(house.count("SELECT count(*) FROM order_place WHERE week = '2026-11-23'").await, 2);
    let ana = ana.before(&house);
    ana.get("/").await.says("Looking for 2 more times next week.");
    let order = house.count("SELECT id FROM weekly_order").await;
    let ben = house.member("Ben").await;
    assert_eq!(ben.refused(&format!("/plans/order/{order}/end"), &[]).await, "gone");
    ana.does(&format!("/plans/order/{order}/end"), &[]).await;
    ana.get("/").await.does_not_say("Looking for 2");
    for day in 21..=30 {
        to(&house, &format!("2026-11-{day}T12:00")).await;
    }
    assert_eq!(house.count("SELECT count(*) FROM booking").await, 0);
    assert_eq!(house.count("SELECT count(*) FROM order_place").await, 0, "what ended is forgotten");
    assert_eq!(house.count("SELECT count(*) FROM weekly_order").await, 0);
}

#[tokio::test]
async fn what_was_found_stays_the_same_whether_the_server_was_killed_in_between_or_not() {
    let mut ends = Vec::new();
    for kills in [false, true] {
        let (mut house, ana) = House::new().await;
        let ben = house.member("Ben").await;
        ben.books(at(TUESDAY_NINE), 50).await;
        ben.books(at("2026-11-18T15:00"), 50).await;
        asks(&ana, "3", &[part(1, Part::Morning), part(2, Part::Afternoon), part(3, Part::Morning)], &[]).await;
        for hour in ["2026-11-16T12:00", "2026-11-16T18:00", "2026-11-17T08:00", "2026-11-17T22:00", "2026-11-18T14:00"] {
            if kills {
                house = house.killed();
            }
            to(&house, hour).await;
        }
        ends.push(starts_of(&house, &ana).await);
    }
    assert_eq!(ends[0], ends[1]);
    assert_eq!(ends[0], [at(TUESDAY_NINE), at("2026-11-18T15:00")]);
}

#[tokio::test]
async fn a_booking_is_moved_and_who_sat_there_is_told_and_looked_after() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    let b = ben.books(at("2026-11-16T12:00"), 50).await;
    let a = ana.picks(b).await;
    ana.books(at("2026-11-16T15:00"), 50).await;
    let (mine, clash) = (a.to_string(), at("2026-11-16T14:30").0.to_string());
    assert_eq!(ana.refused("/move", &[("booking", &mine), ("start", &clash)]).await, "overlap");
    assert_eq!(ana.refused("/move", &[("booking", &mine), ("date", "2026-11-16"), ("time", "16:07")]).await, "off_grid");
    assert_eq!(ben.refused("/move", &[("booking", &mine), ("start", &clash)]).await, "gone");
    ana.does("/move", &[("booking", &mine), ("date", "2026-11-17"), ("time", "08:15")]).await;
    let sql = format!("SELECT start FROM booking WHERE id = {a} AND alone = 1");
    assert_eq!(house.count(&sql).await, at("2026-11-17T08:15").0);
    ben.get("/").await.says("Ana had to move to another time.").says("Looking for company");
    let cleo = house.member("Cleo").await;
    cleo.books(at("2026-11-16T12:00"), 50).await;
    to(&house, "2026-11-16T11:00").await;
    ben.get("/").await.says("Ana had to move to another time. You are with Cleo.");
}

#[tokio::test]
async fn a_time_that_was_found_and_lost_its_company_is_looked_for_again_and_kept_until_then() {
    let (house, ana) = House::new().await;
    let (ben, cleo) = (house.member("Ben").await, house.member("Cleo").await);
    let b = ben.books(at("2026-11-19T09:00"), 50).await;
    asks(&ana, "1", &[part(3, Part::Morning)], &[]).await;
    to(&house, "2026-11-18T16:00").await;
    assert_eq!(starts_of(&house, &ana).await, [at("2026-11-19T09:00")]);
    ben.cancels(b).await;
    let said = "Nobody else is left at this time. We look for another for you, and keep this one until there is one.";
    ana.get("/").await.says(said);
    to(&house, "2026-11-18T16:30").await;
    assert_eq!(starts_of(&house, &ana).await, [at("2026-11-19T09:00")], "there is none yet, and nothing is given up");
    cleo.books(at("2026-11-19T10:30"), 50).await;
    to(&house, "2026-11-18T19:00").await;
    assert_eq!(starts_of(&house, &ana).await, [at("2026-11-19T10:30")]);
    ana.get("/")
        .await
        .says("You would have been alone on Thursday at 9:00. We found this time for you instead.")
        .does_not_say(said);
    let found = house.count(&format!("SELECT max(id) FROM booking WHERE member = {}", ana.id)).await;
    ana.cancels(found).await;
    to(&house, "2026-11-18T20:00").await;
    assert!(starts_of(&house, &ana).await.is_empty(), "who cancels themselves is not booked again");
}

#[tokio::test]
async fn a_time_whose_company_comes_back_or_is_near_stays() {
    let (house, ana) = House::new().await;
    let (ben, cleo, dai) = (house.member("Ben").await, house.member("Cleo").await, house.member("Dai").await);
    let b = ben.books(at("2026-11-19T09:00"), 50).await;
    asks(&ana, "1", &[part(3, Part::Morning)], &[]).await;
    to(&house, "2026-11-18T16:00").await;
    ben.cancels(b).await;
    let c = cleo.books(at("2026-11-19T09:00"), 50).await;
    dai.books(at("2026-11-19T10:30"), 50).await;
    to(&house, "2026-11-18T20:30").await;
    assert_eq!(starts_of(&house, &ana).await, [at("2026-11-19T09:00")], "Cleo is there");
    to(&house, "2026-11-18T21:30").await;
    cleo.cancels(c).await;
    to(&house, "2026-11-18T22:00").await;
    assert_eq!(starts_of(&house, &ana).await, [at("2026-11-19T09:00")], "less than twelve hours ahead nobody is moved");
    assert_eq!(house.count("SELECT count(*) FROM order_place WHERE placed_at IS NULL").await, 0);
}
