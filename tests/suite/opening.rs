//! Opening hours on every way to a booking, across a change of clocks, and what becomes of what is booked when they change.

use super::house::{House, at};
use super::visitor::Visitor;
use alongside::domain::plan::{Part, Parts};
use alongside::domain::policy::Kind;
use serde_json::Value;

/// Monday to Friday from nine to five.
async fn opens_nine_to_five(keeper: &Visitor, more: &[(&str, &str)]) {
    let days: Vec<(String, String)> = (0..5).map(|day| (format!("from-{day}"), format!("to-{day}"))).collect();
    let mut fields = vec![("when", "week")];
    for (from, to) in &days {
        fields.extend([(from.as_str(), "09:00"), (to.as_str(), "17:00")]);
    }
    fields.extend(more.iter().copied());
    keeper.does("/admin/hours", &fields).await;
}

async fn books(who: &Visitor, starts: &[&str], more: &[(&str, &str)]) -> Value {
    let starts: Vec<String> = starts.iter().map(|start| at(start).0.to_string()).collect();
    let mut fields: Vec<(&str, &str)> = starts.iter().map(|start| ("start", start.as_str())).collect();
    if !more.iter().any(|(name, _)| *name == "minutes") {
        fields.push(("minutes", "50"));
    }
    fields.extend(more.iter().copied());
    who.does("/book", &fields).await
}

async fn refused(who: &Visitor, start: &str, more: &[(&str, &str)]) -> String {
    let start = at(start).0.to_string();
    let mut fields = vec![("start", start.as_str()), ("minutes", "50")];
    fields.extend(more.iter().copied());
    let (_, answer) = who.json("/book", &fields).await;
    assert_eq!(answer["code"], "closed", "{answer}");
    answer["sentence"].as_str().unwrap().to_owned()
}

async fn starts_of(house: &House, who: &Visitor) -> String {
    let sql = format!(
        "SELECT coalesce(group_concat(strftime('%m-%d %H:%M', start, 'unixepoch'), ', ' ORDER BY start), '') FROM booking
         WHERE member = {} AND cancelled_at IS NULL",
        who.id
    );
    house.word(&sql).await
}

async fn to(house: &House, text: &str) {
    house.advance_to(at(text));
    house.settle().await;
}

#[tokio::test]
async fn closed_starts_of_many_are_refused_one_by_one_and_the_rest_is_booked() {
    let (house, ana) = House::new().await;
    opens_nine_to_five(&ana, &[("first", "2026-11-18"), ("last", "")]).await;
    let ben = house.member_in("Ben", "Asia/Kathmandu").await;
    let starts =
        ["2026-11-17T08:45", "2026-11-17T09:00", "2026-11-17T16:00", "2026-11-17T16:15", "2026-11-18T10:00", "2026-11-21T10:00"];
    let done = books(&ben, &starts, &[]).await;
    assert_eq!(starts_of(&house, &ben).await, "11-17 09:00, 11-17 16:00");
    let said: Vec<&str> = done["refused"].as_array().unwrap().iter().map(|one| one["sentence"].as_str().unwrap()).collect();
    assert_eq!(
        said,
        [
            "The house is closed then. It opens at 14:45.",
            "The house closes at 22:45, before 50 minutes from then are over. Pick an earlier start or a shorter session.",
            "The house is closed then. It opens Thursday at 14:45.",
            "The house is closed then. It opens Monday at 14:45.",
        ]
    );
    assert!(books(&ben, &["2026-11-19T16:15"], &[("minutes", "25")]).await["refused"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn start_now_says_when_the_house_opens() {
    let (house, ana) = House::new().await;
    opens_nine_to_five(&ana, &[]).await;
    assert_eq!(house.now(), at("2026-11-16T09:00"));
    let start = |who| async move { Visitor::json(who, "/start-now", &[("minutes", "50")]).await.1 };
    assert_eq!(start(&ana).await["start"], at("2026-11-16T09:00").0);
    let ben = house.member("Ben").await;
    ben.get("/").await.does_not_say("Closed now");
    for (now, said) in [
        ("2026-11-16T16:10", "The house closes at 17:00, before 50 minutes from then are over."),
        ("2026-11-16T17:30", "The house is closed then. It opens Tuesday at 9:00."),
        ("2026-11-17T08:40", "The house is closed then. It opens at 9:00."),
    ] {
        to(&house, now).await;
        let answer = start(&ben).await;
        assert_eq!(answer["code"], "closed", "{now} {answer}");
        assert!(answer["sentence"].as_str().unwrap().starts_with(said), "{now} {answer}");
    }
    ben.get("/").await.says("Closed now. It opens at 9:00.");
    to(&house, "2026-11-17T08:50").await;
    assert_eq!(start(&ben).await["start"], at("2026-11-17T09:00").0, "the next start is open");
}

#[tokio::test]
async fn no_window_and_no_time_that_is_found_lies_in_closed_time() {
    let (house, ana) = House::new().await;
    opens_nine_to_five(&ana, &[]).await;
    let (ben, cleo) = (house.member("Ben").await, house.member("Cleo").await);
    books(&ben, &["2026-11-17T09:15"], &[("flexible", "60")]).await;
    books(&cleo, &["2026-11-17T07:00"], &[("flexible", "between"), ("from", "07:00"), ("to", "11:00")]).await;
    let windows = "SELECT group_concat(strftime('%H:%M', start, 'unixepoch') || ' ' || strftime('%H:%M', earliest, 'unixepoch')
                   || '-' || strftime('%H:%M', latest, 'unixepoch'), ', ' ORDER BY member) FROM booking WHERE cancelled_at IS NULL";
    assert_eq!(house.word(windows).await, "09:15 09:00-10:15, 09:00 09:00-10:00");
    refused(&ben, "2026-11-17T20:00", &[("flexible", "60")]).await;

    // Half-days that the house is closed in are none.
    let evening = Parts::number(2, Part::Evening).to_string();
    assert_eq!(ana.refused("/plans/find", &[("times", "1"), ("minutes", "50"), ("part", &evening)]).await, "too_late");
    let dai = house.member("Dai").await;
    let afternoon = Parts::number(2, Part::Afternoon).to_string();
    for who in [&ana, &dai] {
        who.does("/plans/find", &[("times", "1"), ("minutes", "75"), ("part", &afternoon), ("part", &evening)]).await;
    }
    for hour in ["2026-11-17T10:00", "2026-11-17T20:00", "2026-11-18T00:00", "2026-11-18T02:00"] {
        to(&house, hour).await;
    }
    let found = house
        .word("SELECT group_concat(DISTINCT strftime('%m-%d %H:%M', start, 'unixepoch')) FROM booking WHERE minutes = 75")
        .await;
    assert!(found.starts_with("11-18 1") && found.as_str() <= "11-18 15:45" && !found.contains(','), "{found}");
}

#[tokio::test]
async fn nine_o_clock_opens_at_nine_on_both_sides_of_a_change_of_clocks_and_a_closed_date_is_left_out_and_said() {
    let house = House::at("2027-03-15T09:00");
    let ana = house.found(Kind::Friends, "Europe/Berlin").await;
    opens_nine_to_five(&ana, &[("first", "2027-04-05"), ("last", "2027-04-06")]).await;
    let ben = house.member_in("Ben", "Europe/Berlin").await;
    // Nine in Berlin is eight UTC before 28 March, and seven after it.
    books(&ben, &["2027-03-16T08:00"], &[("every_week", "on")]).await;
    refused(&ben, "2027-03-26T07:45", &[]).await;
    refused(&ben, "2027-03-29T06:45", &[]).await;
    books(&ben, &["2027-03-26T08:00", "2027-03-29T07:00"], &[]).await;
    to(&house, "2027-03-18T09:00").await;
    assert_eq!(starts_of(&house, &ben).await, "03-16 08:00, 03-23 08:00, 03-26 08:00, 03-29 07:00, 03-30 07:00, 04-13 07:00");
    ben.get("/").await.says("Tuesday 6 April at 9:00 is left out. The house is closed then. It opens Wednesday at 9:00.");
}

#[tokio::test]
async fn nobody_sits_down_moves_or_waits_in_closed_time_and_what_is_booked_there_stays() {
    let (house, ana) = House::new().await;
    let (ben, cleo) = (house.member("Ben").await, house.member("Cleo").await);
    let evening = ben.books(at("2026-11-17T19:00"), 50).await;
    let noon = cleo.books(at("2026-11-17T12:00"), 50).await;
    opens_nine_to_five(&ana, &[("agreed", "1")]).await;
    assert_eq!(ana.refused("/book", &[("with", &evening.to_string())]).await, "closed");
    assert_eq!(ben.refused("/ask-around", &[("booking", &evening.to_string())]).await, "closed");
    let late = at("2026-11-17T19:00").0.to_string();
    assert_eq!(cleo.refused("/move", &[("booking", &noon.to_string()), ("start", &late)]).await, "closed");
    assert_eq!(cleo.refused("/plans/wait", &[("start", &late)]).await, "closed");
    assert_eq!(starts_of(&house, &ben).await, "11-17 19:00");
    // Who waits in closed time is offered to nobody, and sees their own booking.
    ana.get("/?week=2026-11-16").await.says(&format!("sit-{noon}")).does_not_say("Ben");
    ben.get("/?week=2026-11-16").await.says(&format!("mine-{evening}"));
    let back = at("2026-11-17T10:00").0.to_string();
    ben.does("/move", &[("booking", &evening.to_string()), ("start", &back)]).await;
}

#[tokio::test]
async fn the_keeper_is_told_how_many_lie_outside_before_anything_is_saved() {
    let (house, ana) = House::new().await;
    let (ben, cleo) = (house.member("Ben").await, house.member("Cleo").await);
    books(&ben, &["2026-11-17T07:00", "2026-11-17T12:00", "2026-11-21T12:00"], &[]).await;
    // Who is flexible goes along: their window keeps what is open of it.
    books(&cleo, &["2026-11-18T08:30"], &[("flexible", "60")]).await;
    books(&cleo, &["2026-11-19T17:00"], &[("flexible", "15")]).await;
    let week = [("when", "week"), ("from-1", "09:00"), ("to-1", "17:00"), ("from-2", "9:00"), ("to-2", "17:00")];
    let asked = ana.post("/admin/hours", &week).await.is(422);
    asked.says("3 bookings ahead lie outside these hours.").says("name=\"agreed\" value=\"3\"").says("value=\"9:00\"");
    assert_eq!(house.count("SELECT count(*) FROM setting WHERE key = 'opening'").await, 0);
    let wrong = [&week[..], &[("agreed", "2")]].concat();
    assert_eq!(ana.refused("/admin/hours", &wrong).await, "leaves", "one more came meanwhile");
    let agreed = [&week[..], &[("agreed", "3")]].concat();
    ana.post("/admin/hours", &agreed).await.is(303);
    assert_eq!(starts_of(&house, &ben).await, "11-17 07:00, 11-17 12:00, 11-21 12:00");
    assert_eq!(starts_of(&house, &cleo).await, "11-18 09:00, 11-19 17:00");
    assert_eq!(house.count("SELECT count(*) FROM booking WHERE earliest < latest AND earliest = start").await, 1);
    cleo.get("/").await.says("The opening hours have changed. Your session begins on Wednesday at 9:00.");
    assert_eq!(house.count("SELECT count(*) FROM audit WHERE what = 'opening hours changed'").await, 1);
    // What lies outside already is not asked about again.
    ana.post("/admin/hours", &week).await.is(303);
    ana.get("/admin/house").await.says("Tuesday and Wednesday 9:00–17:00");
    ana.get("/guide").await.says("Opening hours").says("Tuesday and Wednesday 9:00–17:00");
    ana.post("/admin/house", &[("name", "Maple"), ("zone", "UTC"), ("step", "15")]).await.is(303);
    ana.get("/admin/house").await.says("Tuesday and Wednesday 9:00–17:00");
    ana.post("/admin/hours", &[("when", "always")]).await.is(303);
    ana.get("/admin/house").await.says("Always open");
}

#[tokio::test]
async fn hours_that_cannot_be_meant_are_refused_and_what_was_typed_stays_and_only_admins_change_them() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    ben.get("/admin/hours").await.is(403);
    assert_eq!(ben.refused("/admin/hours", &[("when", "always")]).await, "not_allowed");
    ana.post("/admin/hours", &[("when", "week")]).await.is(422).says("The house would never be open.");
    let half = [("when", "week"), ("from-3", "08:15"), ("to-3", "")];
    ana.post("/admin/hours", &half).await.is(422).says("Each span has two times").says("value=\"08:15\"");
    assert_eq!(
        ana.refused("/admin/hours", &[("when", "always"), ("first", "2026-12-26"), ("last", "2026-12-24")]).await,
        "closed_days"
    );
    ana.get("/admin/house").await.says("Always open");
}

#[tokio::test]
async fn a_closed_week_is_drawn_and_focus_hours_in_closed_time_are_not_put_forward() {
    let (house, ana) = House::new().await;
    ana.post("/admin/house", &[("name", "Maple"), ("zone", "UTC"), ("step", "15"), ("focus", "1-600"), ("focus", "1-1200")])
        .await
        .is(303);
    let focus = |page: &str| page.matches("f a").count();
    assert_eq!(focus(&ana.get("/?week=2026-11-16").await.text), 2);
    opens_nine_to_five(&ana, &[]).await;
    let page = ana.get("/?week=2026-11-16").await;
    assert_eq!(focus(&page.text), 1);
    page.says("The house is closed on Saturday 21 November.").says("data-hours");
    let ben = house.member_in("Ben", "America/New_York").await;
    // On the clock of New York, the house opens at four in the morning.
    ben.get("/?week=2026-11-23").await.says("<tr class=\"n c\"><th scope=row>3:45").says("<tr class=\"h n\"><th scope=row>4:00");
}
