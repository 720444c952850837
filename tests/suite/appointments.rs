//! "Every Tuesday at 9:00": on the wall clock across a change of clocks, with somebody who agreed, with holidays, and ended.

use super::house::{House, at};
use super::visitor::Visitor;

async fn books(who: &Visitor, start: &str, more: &[(&str, &str)]) -> i64 {
    let start = at(start).0.to_string();
    let mut fields = vec![("start", start.as_str()), ("minutes", "50"), ("every_week", "on")];
    fields.extend(more.iter().copied());
    let done = who.does("/book", &fields).await;
    done["booked"][0]["booking"].as_i64().unwrap()
}

async fn to(house: &House, text: &str) {
    house.advance_to(at(text));
    house.settle().await;
}

async fn starts(house: &House, who: &Visitor) -> String {
    let sql = format!(
        "SELECT group_concat(strftime('%m-%d %H:%M', start, 'unixepoch'), ', ' ORDER BY start) FROM booking
         WHERE member = {} AND cancelled_at IS NULL",
        who.id
    );
    house.word(&sql).await
}

#[tokio::test]
async fn nine_o_clock_stays_nine_o_clock_when_the_clocks_go_forward() {
    let house = House::at("2027-03-08T09:00");
    house.found(alongside::domain::policy::Kind::Friends, "UTC").await;
    let eva = house.member_in("Eva", "Europe/Berlin").await;
    // Nine in Berlin is eight UTC before 28 March, and seven after it.
    books(&eva, "2027-03-16T08:00", &[]).await;
    assert_eq!(starts(&house, &eva).await, "03-16 08:00, 03-23 08:00, 03-30 07:00");
    to(&house, "2027-03-10T09:00").await;
    assert_eq!(starts(&house, &eva).await, "03-16 08:00, 03-23 08:00, 03-30 07:00, 04-06 07:00");
    eva.get("/plans").await.says("Tuesdays at 9:00").says("16 Mar, 23 Mar, 30 Mar, 6 Apr");
}

#[tokio::test]
async fn a_fixed_partner_is_asked_first_and_every_date_is_locked_in_from_then_on() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    ana.does(&format!("/people/{}/favorite", ben.id), &[]).await;
    let whom = ben.id.to_string();
    books(&ana, "2026-11-17T10:00", &[("whom", &whom)]).await;
    assert_eq!(starts(&house, &ana).await, "11-17 10:00", "nothing more before Ben has agreed");
    ana.get("/plans").await.says("Waits for Ben to say yes.");
    ben.get("/").await.says("Ana would like to sit with you every Tuesday at 10:00, for 50 minutes.").says("Yes, every week");
    let id = house.count("SELECT id FROM appointment").await;
    assert_eq!(ana.refused(&format!("/plans/appointment/{id}/yes"), &[]).await, "gone");
    ben.does(&format!("/plans/appointment/{id}/yes"), &[]).await;
    let dates = "11-17 10:00, 11-24 10:00, 12-01 10:00, 12-08 10:00";
    assert_eq!((starts(&house, &ana).await, starts(&house, &ben).await), (dates.into(), dates.into()));
    assert_eq!(house.count("SELECT count(*) FROM booking WHERE alone = 1").await, 0);
    assert_eq!(
        house.count("SELECT count(*) FROM session WHERE locked_at IS NULL AND id IN (SELECT session FROM booking)").await,
        0
    );
    ana.get("/").await.says("Ben sits with you every Tuesday at 10:00.").says("You two had agreed to sit together.");
    ben.get("/").await.does_not_say("Ana would like to sit");
    assert_eq!(ben.refused(&format!("/plans/appointment/{id}/no"), &[]).await, "gone");
}

#[tokio::test]
async fn a_no_keeps_what_is_booked_and_asks_no_more() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    let b = ben.books(at("2026-11-17T10:00"), 25).await;
    let with = b.to_string();
    ana.does("/book", &[("with", &with), ("every_week", "on")]).await;
    let id = house.count("SELECT id FROM appointment").await;
    ben.does(&format!("/plans/appointment/{id}/no"), &[]).await;
    to(&house, "2026-11-16T12:00").await;
    assert_eq!(starts(&house, &ana).await, "11-17 10:00");
    ana.get("/").await.says("Ben can’t sit with you every Tuesday at 10:00. What you have booked stays.");
    ben.get("/plans").await.does_not_say("Tuesdays at 10:00");
}

#[tokio::test]
async fn who_sat_together_the_first_time_already_keeps_that_seat() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    let b = ben.books(at("2026-11-17T10:00"), 50).await;
    let with = b.to_string();
    ana.does("/book", &[("with", &with), ("every_week", "on")]).await;
    let id = house.count("SELECT id FROM appointment").await;
    ben.does(&format!("/plans/appointment/{id}/yes"), &[]).await;
    assert_eq!(starts(&house, &ben).await, "11-17 10:00, 11-24 10:00, 12-01 10:00, 12-08 10:00");
    assert_eq!(house.count("SELECT count(*) FROM appointment_date WHERE booking IS NULL").await, 0);
    // Either ends it, for both; the other is told once.
    ben.does(&format!("/plans/appointment/{id}/end"), &[]).await;
    assert_eq!((starts(&house, &ana).await, starts(&house, &ben).await), (String::new(), String::new()));
    ana.get("/").await.says("Ben has ended your appointment, every Tuesday at 10:00.");
    to(&house, "2026-12-20T10:00").await;
    assert_eq!(starts(&house, &ana).await, "");
}

#[tokio::test]
async fn a_date_that_is_taken_is_left_out_and_said() {
    let (house, ana) = House::new().await;
    ana.books(at("2026-11-24T10:30"), 25).await;
    books(&ana, "2026-11-17T10:00", &[]).await;
    assert_eq!(starts(&house, &ana).await, "11-17 10:00, 11-24 10:30, 12-01 10:00, 12-08 10:00");
    ana.get("/").await.says("Tuesday 24 November at 10:00 is left out. That overlaps your session at 10:30");
    // A date that was cancelled by hand is not booked again.
    ana.cancels(house.count("SELECT id FROM booking WHERE start = unixepoch('2026-12-01 10:00')").await).await;
    to(&house, "2026-11-23T09:00").await;
    assert_eq!(starts(&house, &ana).await, "11-17 10:00, 11-24 10:30, 12-08 10:00, 12-15 10:00");
}

#[tokio::test]
async fn a_partner_who_is_busy_is_named_and_the_date_left_out_for_both() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    ana.does(&format!("/people/{}/favorite", ben.id), &[]).await;
    let whom = ben.id.to_string();
    ben.books(at("2026-11-24T10:00"), 25).await;
    books(&ana, "2026-11-17T10:00", &[("whom", &whom)]).await;
    let id = house.count("SELECT id FROM appointment").await;
    ben.does(&format!("/plans/appointment/{id}/yes"), &[]).await;
    assert_eq!(starts(&house, &ana).await, "11-17 10:00, 12-01 10:00, 12-08 10:00");
    ana.get("/").await.says("Tuesday 24 November at 10:00 is left out: Ben is busy then.");
}

#[tokio::test]
async fn a_holiday_leaves_dates_out_and_gives_them_back() {
    let (house, ana) = House::new().await;
    books(&ana, "2026-11-17T10:00", &[]).await;
    assert_eq!(ana.refused("/plans/holiday", &[("first", "2026-12-05"), ("last", "2026-12-01")]).await, "holiday");
    ana.does("/plans/holiday", &[("first", "2026-11-23"), ("last", "2026-12-01")]).await;
    assert_eq!(starts(&house, &ana).await, "11-17 10:00, 12-08 10:00");
    to(&house, "2026-11-18T12:00").await;
    assert_eq!(starts(&house, &ana).await, "11-17 10:00, 12-08 10:00, 12-15 10:00");
    ana.does("/plans/holiday", &[("back", "on")]).await;
    assert_eq!(starts(&house, &ana).await, "11-17 10:00, 11-24 10:00, 12-01 10:00, 12-08 10:00, 12-15 10:00");
}

#[tokio::test]
async fn a_holiday_of_one_leaves_the_other_a_seat_and_both_meet_again_when_it_is_taken_back() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    let b = ben.books(at("2026-11-17T10:00"), 50).await;
    let with = b.to_string();
    ana.does("/book", &[("with", &with), ("every_week", "on")]).await;
    let id = house.count("SELECT id FROM appointment").await;
    ben.does(&format!("/plans/appointment/{id}/yes"), &[]).await;
    ana.does("/plans/holiday", &[("first", "2026-11-23"), ("last", "2026-11-29")]).await;
    assert_eq!(starts(&house, &ben).await, "11-17 10:00, 11-24 10:00, 12-01 10:00, 12-08 10:00");
    assert_eq!(starts(&house, &ana).await, "11-17 10:00, 12-01 10:00, 12-08 10:00");
    ana.does("/plans/holiday", &[("back", "on")]).await;
    assert_eq!(starts(&house, &ana).await, "11-17 10:00, 11-24 10:00, 12-01 10:00, 12-08 10:00");
    assert_eq!(house.count("SELECT count(*) FROM booking WHERE alone = 1 AND cancelled_at IS NULL").await, 0);
}

#[tokio::test]
async fn a_block_ends_an_appointment_without_saying_whose_it_was() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    let b = ben.books(at("2026-11-17T10:00"), 50).await;
    let with = b.to_string();
    ana.does("/book", &[("with", &with), ("every_week", "on")]).await;
    let id = house.count("SELECT id FROM appointment").await;
    ben.does(&format!("/plans/appointment/{id}/yes"), &[]).await;
    ben.does(&format!("/people/{}/block", ana.id), &[]).await;
    to(&house, "2026-11-18T12:00").await;
    ana.get("/").await.says("Your appointment, every Tuesday at 10:00, has ended.");
    to(&house, "2026-12-30T12:00").await;
    assert_eq!(house.count("SELECT count(*) FROM booking WHERE start > unixepoch('2026-12-10')").await, 0);
}

#[tokio::test]
async fn dates_are_booked_some_weeks_ahead_by_time_itself_also_after_a_long_sleep() {
    let (mut house, ana) = House::new().await;
    books(&ana, "2026-11-17T10:00", &[("quiet", "on"), ("trio", "yes")]).await;
    house = house.killed();
    house.advance_to(at("2027-02-01T09:00"));
    house.settle().await;
    let ahead = house.word(
        "SELECT group_concat(strftime('%m-%d', start, 'unixepoch'), ' ' ORDER BY start) FROM booking WHERE start > unixepoch('2027-02-01')",
    );
    assert_eq!(ahead.await, "02-02 02-09 02-16 02-23");
    assert_eq!(house.count("SELECT min(quiet) + min(trio) FROM booking").await, 2, "it is booked as it was said");
}
