//! The week as each sees it: who is shown, clocks that change, odd zones, coarse grids, the fragment, live hints, files.

use super::house::{House, at};
use super::live::Stream;
use super::visitor::{Ask, Visitor};
use alongside::domain::policy::Kind;
use alongside::domain::time::{Timestamp, Zone};
use std::collections::BTreeSet;

/// The starts that the grid of a page offers, read as the page's own script reads them: a cell says its instant, or it is
/// midnight of its column plus its row.
fn starts(page: &str) -> Vec<i64> {
    let table = page.split("id=\"grid\"").nth(1).unwrap().split("</table>").next().unwrap();
    let number = |text: &str, name: &str| -> Option<i64> {
        let rest = text.split(name).nth(1)?.trim_start_matches('"');
        rest.split(|c: char| !c.is_ascii_digit() && c != '-').next()?.parse().ok()
    };
    let step = number(table, "data-step=").unwrap() * 60;
    let (head, body) = table.split_once("<tbody>").unwrap();
    let days: Vec<i64> = head.split("<th").filter_map(|th| number(th.split('>').next()?, "data-t=")).collect();
    assert_eq!(days.len(), 7);
    let mut all = Vec::new();
    for (r, row) in body.split("<tr").skip(1).enumerate() {
        for (d, cell) in row.split("<td").skip(1).enumerate() {
            let tag = cell.split('>').next().unwrap();
            if tag.contains("class=x") || tag.contains("class=\"x") {
                continue;
            }
            all.push(number(tag, "data-t=").unwrap_or(days[d] + r as i64 * step));
        }
    }
    all
}

async fn week(who: &Visitor, day: &str) -> Vec<i64> {
    starts(&who.get(&format!("/?week={day}")).await.is(200).text)
}

#[tokio::test]
async fn each_sees_the_others_who_wait_and_only_their_own_bookings() {
    let (house, ana) = House::new().await;
    let (ben, cleo) = (house.member_in("Ben", "Asia/Kathmandu").await, house.member("Cleo").await);
    let (b, c) = (ben.books(at("2026-11-16T10:00"), 50).await, cleo.books(at("2026-11-16T12:00"), 25).await);
    ana.get("/")
        .await
        .says(&format!("sit-{b}"))
        .says(&format!("sit-{c}"))
        .does_not_say(&format!("mine-{b}\""))
        .does_not_say(&format!("mine-{c}\""));
    ben.get("/").await.says(&format!("mine-{b}")).does_not_say(&format!("sit-{b}")).says(&format!("sit-{c}"));
    ana.picks(b).await;
    cleo.get("/").await.does_not_say(&format!("sit-{b}")).does_not_say("Ana had");
}

#[tokio::test]
async fn who_is_blocked_is_shown_to_neither() {
    let (house, ana) = House::new().await;
    let ben = house.member("Benedikt").await;
    ana.books(at("2026-11-16T10:00"), 50).await;
    ben.books(at("2026-11-16T10:00"), 25).await;
    ana.get("/").await.says("Benedikt");
    ana.does(&format!("/people/{}/block", ben.id), &[]).await;
    ana.get("/").await.does_not_say("Benedikt");
    ben.get("/").await.does_not_say("sit-");
    ben.get("/calendar/part").await.does_not_say("sit-");
}

#[tokio::test]
async fn the_sheet_over_a_cell_tells_all_who_wait_there_but_neither_me_nor_whom_i_must_not_meet() {
    let (house, ana) = House::new().await;
    let start = at("2026-11-18T10:00");
    let path = format!("/calendar/waiting?start={}", start.0);
    ana.get(&path).await.is(200).does_not_say("Sit with");
    ana.books(start, 50).await;
    let mut picks = Vec::new();
    for (name, minutes) in [("Ben", 25), ("Cleo", 50), ("Dai", 75), ("Eve", 25)] {
        let member = house.member(name).await;
        picks.push((member.id, member.books(start, minutes).await));
    }
    ana.does(&format!("/people/{}/block", picks[0].0), &[]).await;
    ana.does(&format!("/people/{}/favorite", picks[3].0), &[]).await;
    let sheet = ana.get(&path).await.is(200);
    sheet.does_not_say("Ben").does_not_say("Ana").says("Sit with Cleo").says("Sit with Dai").says("75 min");
    assert!(sheet.text.find("Eve") < sheet.text.find("Cleo"), "favorites come first: {}", sheet.text);
    let week = ana.get("/").await;
    let grid = week.text.split("<tbody>").nth(1).unwrap();
    assert!(grid.contains("Eve") && grid.contains("Cleo") && grid.contains("+1") && !grid.contains("Dai"), "two are named");
}

#[tokio::test]
async fn the_page_is_right_at_once_after_each_change() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    for n in 0..5 {
        let b = ben.books(at("2026-11-16T10:00").plus(n * 3600), 50).await;
        ana.get("/calendar/part").await.says(&format!("sit-{b}"));
        ben.cancels(b).await;
        ana.get("/calendar/part").await.does_not_say(&format!("sit-{b}"));
    }
}

#[tokio::test]
async fn the_fragment_is_the_part_of_the_page_that_changes() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    ben.books(at("2026-11-16T10:00"), 50).await;
    for query in ["", "?week=2026-11-20", "?day=2026-11-24"] {
        let (page, part) = (ana.get(&format!("/{query}")).await, ana.get(&format!("/calendar/part{query}")).await.is(200));
        assert!(part.text.starts_with("<div id=\"calendar\""), "{}", &part.text[..80]);
        assert!(page.text.contains(&part.text));
        assert!(!part.text.contains("<html"));
    }
}

#[tokio::test]
async fn a_week_in_which_the_clocks_change_has_each_start_exactly_once() {
    for (zone, day, hours) in [
        ("Europe/Berlin", "2027-03-28", 167),
        ("Europe/Berlin", "2026-10-25", 169),
        ("America/New_York", "2026-11-01", 169),
        ("Australia/Lord_Howe", "2026-10-04", 168),
        ("America/Santiago", "2026-09-06", 167),
        ("Asia/Kathmandu", "2026-11-16", 168),
        ("Australia/Adelaide", "2026-11-16", 168),
    ] {
        let house = House::bare();
        let ana = house.found(Kind::Friends, zone).await;
        let all = week(&ana, day).await;
        let mut sorted = all.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), all.len(), "{zone}: a start is there twice");
        assert!(sorted.windows(2).all(|w| w[1] - w[0] == 900), "{zone}: a start is missing");
        let odd = if zone.ends_with("Howe") { 2 } else { 0 };
        assert_eq!(all.len(), hours * 4 - odd, "{zone}");
    }
}

#[tokio::test]
async fn every_start_of_a_week_with_a_clock_change_can_be_booked() {
    let house = House::at("2026-10-23T09:00");
    let ana = house.found(Kind::Friends, "Europe/Berlin").await;
    let mut night: Vec<i64> = week(&ana, "2026-10-25").await;
    let (from, to) = (at("2026-10-24T23:00").0, at("2026-10-25T03:00").0);
    night.retain(|s| (from..to).contains(s) && s % 3600 == 0);
    night.sort_unstable();
    assert_eq!(night.len(), 4, "one o'clock, two o'clock, two o'clock again, three o'clock");
    for start in night {
        let b = ana.books(Timestamp(start), 50).await;
        ana.get("/?week=2026-10-25").await.says(&format!("mine-{b}"));
    }
}

#[tokio::test]
async fn every_start_that_is_shown_can_be_booked_whatever_the_zones_and_the_step() {
    for (house_zone, member_zone) in [
        ("Europe/Berlin", "Asia/Kathmandu"),
        ("Asia/Kathmandu", "Europe/Berlin"),
        ("Asia/Kolkata", "Australia/Eucla"),
        ("UTC", "America/St_Johns"),
    ] {
        for step in ["5", "15", "30", "60"] {
            let house = House::bare();
            let ana = house.found(Kind::Friends, house_zone).await;
            ana.post("/admin/house", &[("name", "Maple Street"), ("zone", house_zone), ("step", step)]).await.is(303);
            let ben = house.member_in("Ben", member_zone).await;
            let shown = week(&ben, "2026-11-18").await;
            let minutes: i64 = step.parse().unwrap();
            assert_eq!(shown.len() as i64, 7 * 24 * 60 / minutes, "{house_zone} {member_zone} {step}");
            let zone = Zone::named(house_zone).unwrap();
            assert!(shown.iter().all(|s| (s + i64::from(zone.offset_s(Timestamp(*s)))) % (minutes * 60) == 0));
            let b = ben.books(Timestamp(shown[shown.len() / 2]), 25).await;
            ben.get("/?week=2026-11-18").await.says(&format!("mine-{b}"));
        }
    }
}

#[tokio::test]
async fn the_same_instant_is_shown_on_each_ones_own_clock() {
    let (house, ana) = House::new().await;
    let ben = house.member_in("Ben", "Asia/Kathmandu").await;
    ana.books(at("2026-11-16T10:00"), 50).await;
    ben.books(at("2026-11-16T10:00"), 50).await;
    ben.get("/").await.says("15:45");
    ana.get("/").await.says("10:00").says("for Ben");
    ben.does("/me/zone", &[("zone", "America/New_York")]).await;
    ben.get("/").await.says("5:00");
    assert_eq!(ben.refused("/me/zone", &[("zone", "Mars/Olympus")]).await, "zone");
}

#[tokio::test]
async fn focus_hours_lie_on_the_clock_of_the_house() {
    let house = House::at("2026-10-23T09:00");
    let ana = house.found(Kind::Friends, "Europe/Berlin").await;
    let form = [
        ("name", "Maple Street"),
        ("zone", "Europe/Berlin"),
        ("step", "15"),
        ("focus", "0-540"),
        ("focus", "4-540"),
        ("focus", "9-99"),
    ];
    ana.post("/admin/house", &form).await.is(303);
    let house_now = house.read(|conn| Ok(alongside::actions::admin::house(conn)?.unwrap())).await;
    assert_eq!(house_now.focus_hours.len(), 2);
    let found = alongside::actions::calendar::focus_hours(&house_now, at("2026-10-19T00:00"), at("2026-11-02T00:00"));
    let expected = ["2026-10-19T07:00", "2026-10-23T07:00", "2026-10-26T08:00", "2026-10-30T08:00"].map(at);
    assert_eq!(found, expected);
}

#[tokio::test]
async fn any_week_can_be_asked_for_and_nonsense_shows_this_one() {
    let (_house, ana) = House::new().await;
    for week in ["9999-12-31", "-9999-01-01", "0000-02-30", "1970-01-01", "2026-W47", "", "%00", "2026-11-16T09:00", "🕯"] {
        let path: String = form_urlencoded::byte_serialize(week.as_bytes()).collect();
        ana.get(&format!("/?week={path}&day={path}")).await.is(200);
        ana.get(&format!("/calendar/part?week={path}")).await.is(200);
    }
    ana.get("/?week=garbage").await.says("data-week=\"2026-11-16\"");
}

#[tokio::test]
async fn pages_are_kept_by_nobody_and_files_for_as_long_as_they_are_the_same() {
    let (house, ana) = House::new().await;
    let page = ana.get("/").await;
    assert_eq!(page.header("cache-control"), "no-store");
    let links: BTreeSet<&str> = page.text.split('"').filter(|part| part.starts_with("/assets/")).collect();
    assert!(links.len() > 5, "{links:?}");
    let guest = house.visitor();
    for link in links {
        let file = guest.get(link).await.is(200);
        assert!(["no-cache", "public, max-age=31536000, immutable"].contains(&file.header("cache-control")), "{link}");
        assert_eq!(file.header("vary"), "accept-encoding");
        let kind = file.header("content-type").to_owned();
        assert!(!kind.contains("octet-stream"), "{link}: {kind}");
    }
    guest.get("/assets/another-version/css/base.css").await.is(200);
    assert_eq!(guest.get("/assets/another-version/css/base.css").await.header("cache-control"), "no-cache");
}

#[tokio::test]
async fn what_is_large_comes_packed_to_who_can_unpack_it() {
    let (_house, ana) = House::new().await;
    let plain = ana.get("/").await;
    let response = ana.open(Ask::get("/").header("accept-encoding", "gzip, br")).await;
    assert_eq!(response.headers()["content-encoding"], "gzip");
    assert_eq!(response.headers()["vary"], "accept-encoding");
    let packed = http_body_util::BodyExt::collect(response.into_body()).await.unwrap().to_bytes();
    assert!(packed.len() * 3 < plain.text.len());
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&packed[..]), &mut text).unwrap();
    assert_eq!(text, plain.text);
}

#[tokio::test]
async fn a_change_of_others_reaches_an_open_calendar_without_being_asked() {
    let (house, ana) = House::new().await;
    let (ben, ten) = (house.member("Ben").await, at("2026-11-16T10:00"));
    let mut live = Stream::open(&ana, "/live").await;
    let (name, hello) = live.next().await.unwrap();
    assert_eq!((name.as_str(), hello["now_ms"].as_i64()), ("hello", Some(house.now().0 * 1000)));
    let b = ben.books(ten, 50).await;
    let (name, slot) = live.next().await.unwrap();
    assert_eq!((name.as_str(), slot["start"].as_i64()), ("slot", Some(ten.0)));
    ana.picks(b).await;
    assert_eq!(live.next().await.unwrap().0, "mine");
    assert_eq!(live.next().await.unwrap().0, "slot");
    ben.cancels(b).await;
    assert_eq!(live.next().await.unwrap().0, "mine");
    house.web.hub.stop().await;
    while let Some((name, _)) = live.next().await {
        assert_eq!(name, "slot");
    }
}

#[tokio::test]
async fn a_change_between_the_page_and_its_stream_is_not_missed() {
    let (house, ana) = House::new().await;
    let (ben, ten) = (house.member("Ben").await, at("2026-11-16T10:00"));
    let page = ana.get("/").await.is(200).text;
    let known = page.split("data-known=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    ben.books(ten, 50).await;
    let mut live = Stream::open(&ana, &format!("/live?known={known}")).await;
    assert_eq!(live.next().await.unwrap().0, "hello");
    let (name, slot) = live.next().await.unwrap();
    assert_eq!((name.as_str(), slot["start"].as_i64()), ("slot", Some(ten.0)));
}

#[tokio::test]
async fn a_booking_comes_as_a_calendar_file_to_its_member_only() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben, the; \\ painter").await;
    let ten = at("2026-11-16T10:00");
    let a = ana.books(ten, 75).await;
    ben.books(ten, 75).await;
    let file = ana.get(&format!("/booking/{a}.ics")).await.is(200);
    assert_eq!(file.header("content-type"), "text/calendar; charset=utf-8");
    assert!(file.header("content-disposition").contains("session.ics"));
    file.says("DTSTART:20261116T100000Z\r\n").says("DTEND:20261116T111500Z\r\n").says("Ben\\, the\\; \\\\ painter");
    file.says(&format!("https://house.test:8443/session/{a}"));
    assert!(file.text.split("\r\n").all(|line| line.len() <= 75));
    ben.get(&format!("/booking/{a}.ics")).await.is(404);
    for path in ["/booking/x.ics", "/booking/1", "/booking/.ics", "/booking/99999999999999999999.ics"] {
        ana.get(path).await.is(404);
    }
}

#[tokio::test]
async fn the_three_cards_go_as_they_are_done() {
    let (_house, ana) = House::new().await;
    ana.get("/").await.says("/test-session");
    ana.get("/test-session").await.is(200);
    ana.does("/test-session/done", &[]).await;
    ana.post("/admin/invites", &[("role", "member"), ("uses", "1"), ("days", "1")]).await.is(303);
    ana.post("/admin/house", &[("name", "Maple Street"), ("zone", "UTC"), ("step", "15"), ("focus", "0-540")]).await.is(303);
    let calendar = ana.get("/calendar/part").await;
    calendar.does_not_say("/test-session").does_not_say("/admin/invites");
}
