//! A session from the lobby to what is left of it: phases by the clock, goals, no-shows, notes, counting, forgetting,
//! and what one may do about a partner for a week.

use super::house::{House, at};
use super::live::Page;
use super::visitor::{Ask, Visitor};
use alongside::actions::Fault;
use alongside::domain::time::Timestamp;
use alongside::scheduler;
use alongside::store::Tx;
use serde_json::json;

const TEN: &str = "2026-11-16T10:00";

/// Ana and Ben, paired at ten, and their bookings.
async fn pair(house: &House, ana: &Visitor, minutes: i64) -> (Visitor, i64, i64) {
    let ben = house.member_in("Ben", "Asia/Kathmandu").await;
    let (a, b) = (ana.books(at(TEN), minutes).await, ben.books(at(TEN), minutes).await);
    (ben, a, b)
}

/// Both take their seats in the lobby.
async fn both_sit(house: &House, ana: &Visitor, ben: &Visitor, (a, b): (i64, i64)) {
    house.advance_to(at(TEN).plus(-300));
    for (who, booking) in [(ana, a), (ben, b)] {
        Page::open(who, booking).await.sits().await;
    }
}

async fn seat(house: &House, column: &str, booking: i64) -> i64 {
    house.count(&format!("SELECT coalesce({column}, 0) FROM booking WHERE id = {booking}")).await
}

/// sessions, minutes, goals met.
async fn counts(house: &House, who: &Visitor) -> (i64, i64, i64) {
    let of = |column: &str| format!("SELECT {column} FROM member WHERE id = {}", who.id);
    (house.count(&of("sessions")).await, house.count(&of("minutes")).await, house.count(&of("goals_met")).await)
}

#[tokio::test]
async fn the_page_says_the_phase_by_the_clock_of_the_house() {
    let (house, ana) = House::new().await;
    let (_, a, _) = pair(&house, &ana, 50).await;
    let path = format!("/session/{a}");
    for (from_start, phase) in [
        (-601, "ahead"),
        (-600, "lobby"),
        (-1, "lobby"),
        (0, "goals"),
        (179, "goals"),
        (180, "focus"),
        (2999, "focus"),
        (3000, "wrap_up"),
        (3599, "wrap_up"),
        (3600, "closed"),
    ] {
        house.advance_to(at(TEN).plus(from_start));
        let page = ana.get(&path).await.is(200);
        let said = page.text.split("data-phase=\"").nth(1).unwrap().split('"').next().unwrap().replace('-', "_");
        assert_eq!(said, phase, "{from_start} s");
    }
}

#[tokio::test]
async fn a_seat_is_its_members_alone() {
    let (house, ana) = House::new().await;
    let (ben, a, b) = pair(&house, &ana, 50).await;
    let eve = house.member("Eve").await;
    house.advance_to(at(TEN));
    for who in [&ben, &eve] {
        who.get(&format!("/session/{a}")).await.is(404);
        who.get(&format!("/session/{a}/events?page=x&claim=1")).await.is(404);
        who.send(Ask::raw("POST", &format!("/session/{a}/send?page=page"), "[]".into())).await.is(422);
        assert_eq!(who.refused(&format!("/session/{a}/block"), &[("seat", &b.to_string())]).await, "gone");
    }
    let page = Page::open(&ana, a).await;
    // Knowing the word of somebody's page is not enough to speak for it.
    eve.send(Ask::raw("POST", &format!("/session/{a}/send?page=page"), json!([{ "t": "sit" }]).to_string().into())).await.is(422);
    ben.send(Ask::raw("POST", &format!("/session/{a}/send?page=page"), json!([{ "t": "sit" }]).to_string().into())).await.is(422);
    drop(page);
    assert_eq!(seat(&house, "sat_at", a).await, 0);
    assert_eq!(eve.refused(&format!("/session/{a}/favorite"), &[("seat", &b.to_string())]).await, "gone");
}

#[tokio::test]
async fn goals_are_seen_by_the_partner_as_they_are_set_and_kept() {
    let (house, ana) = House::new().await;
    let (ben, a, b) = pair(&house, &ana, 50).await;
    house.advance_to(at(TEN).plus(-300));
    let (mut mine, mut theirs) = (Page::open(&ana, a).await, Page::open(&ben, b).await);
    mine.sits().await;
    mine.means_to(&["  Write the letter ", "", "Post it"]).await;
    let seen = theirs.until_seat(a, |seat| seat["goals"].as_array().is_some_and(|g| g.len() == 2)).await;
    assert_eq!(seen["goals"][0]["text"], "Write the letter");
    mine.marks(1, "partly").await;
    theirs.until_seat(a, |seat| seat["goals"][1]["outcome"] == "partly").await;
    assert_eq!(
        house.word("SELECT group_concat(text || coalesce(':' || outcome, ''), '; ' ORDER BY line) FROM goal").await,
        "Write the letter; Post it:partly"
    );
    ana.get(&format!("/session/{a}")).await.says("Write the letter");
}

#[tokio::test]
async fn unfinished_goals_are_offered_again_next_time() {
    let (house, ana) = House::new().await;
    let (_, a, _) = pair(&house, &ana, 25).await;
    let next = ana.books(at(TEN).plus(3600), 25).await;
    house.advance_to(at(TEN));
    let mut page = Page::open(&ana, a).await;
    page.sits().await;
    page.means_to(&["Finished one", "Half of it", "Not begun"]).await;
    page.marks(0, "done").await;
    page.marks(1, "partly").await;
    let lobby = ana.get(&format!("/session/{next}")).await;
    lobby.says("data-carry=\"Half of it\"").says("data-carry=\"Not begun\"").does_not_say("Finished one");
    ana.get(&format!("/session/{a}")).await.says(&format!("href=\"/session/{next}\""));
}

#[tokio::test]
async fn after_five_minutes_the_absent_one_of_a_pair_is_a_no_show_and_nobody_else() {
    let (house, ana) = House::new().await;
    let (ben, a, b) = pair(&house, &ana, 50).await;
    let cleo = house.member("Cleo").await;
    let c = cleo.books(at(TEN), 75).await;
    house.advance_to(at(TEN).plus(-60));
    Page::open(&ana, a).await.sits().await;
    house.advance_to(at(TEN).plus(299));
    house.settle().await;
    assert_eq!(house.count("SELECT sum(no_show) FROM booking").await, 0);
    house.advance(1);
    house.settle().await;
    assert_eq!((seat(&house, "no_show", a).await, seat(&house, "no_show", b).await), (0, 1));
    assert_eq!(seat(&house, "no_show", c).await, 0, "who was never matched stood nobody up");
    assert_eq!(ben.refused("/cancel", &[("booking", &b.to_string())]).await, "begun");
    house.advance_to(at(TEN).plus(3600));
    house.settle().await;
    ana.get("/history").await.says("Ben didn't come").says("count against you");
    assert_eq!(counts(&house, &ana).await, (1, 50, 0), "the time alone counts like any other");
    assert_eq!(counts(&house, &ben).await, (0, 0, 0));
}

#[tokio::test]
async fn who_only_opened_the_page_is_no_no_show() {
    let (house, ana) = House::new().await;
    let (ben, a, b) = pair(&house, &ana, 50).await;
    house.advance_to(at(TEN).plus(-60));
    drop((Page::open(&ana, a).await, Page::open(&ben, b).await));
    while house.count("SELECT count(opened_at) FROM booking").await < 2 {
        tokio::task::yield_now().await;
    }
    house.advance_to(at(TEN).plus(600));
    house.settle().await;
    assert_eq!(house.count("SELECT sum(no_show) FROM booking").await, 0);
}

#[tokio::test]
async fn a_no_show_is_found_after_the_server_slept_through_its_minute() {
    let (house, ana) = House::new().await;
    let (_, a, b) = pair(&house, &ana, 50).await;
    house.settle().await;
    house.advance_to(at(TEN).plus(-60));
    Page::open(&ana, a).await.sits().await;
    house.advance_to(at(TEN).plus(420));
    let again = house.killed();
    again.settle().await;
    assert_eq!((seat(&again, "no_show", a).await, seat(&again, "no_show", b).await), (0, 1));
}

#[tokio::test]
async fn the_scheduler_does_what_is_due_when_its_time_comes() {
    let (house, ana) = House::new().await;
    let (_, a, _) = pair(&house, &ana, 25).await;
    house.advance_to(at(TEN).plus(-60));
    Page::open(&ana, a).await.sits().await;
    let errands = tokio::spawn(scheduler::run(
        house.web.store.clone(),
        house.clock.clone(),
        house.web.hub.clone(),
        house.web.watch.clone(),
    ));
    house.advance_to(at(TEN).plus(1799));
    let before = counts(&house, &ana).await;
    // Time goes on, second by second, until it has been seen that the break is over.
    while counts(&house, &ana).await == before {
        house.advance(1);
        tokio::task::yield_now().await;
    }
    assert_eq!(counts(&house, &ana).await, (1, 25, 0));
    assert_eq!(house.count("SELECT count(*) FROM job").await, 1);
    errands.abort();
}

#[tokio::test]
async fn minutes_count_from_sitting_down_to_leaving_within_the_session() {
    let (house, ana) = House::new().await;
    let (ben, a, b) = pair(&house, &ana, 50).await;
    house.advance_to(at(TEN).plus(-300));
    Page::open(&ana, a).await.sits().await;
    house.advance_to(at(TEN).plus(600));
    let mut page = Page::open(&ben, b).await;
    page.sits().await;
    page.means_to(&["One", "Two"]).await;
    page.marks(0, "done").await;
    page.marks(1, "not_done").await;
    house.advance_to(at(TEN).plus(1800));
    let mut page = Page::named(&ben, b, "again").await;
    page.leaves("The doctor calls.").await;
    house.advance_to(at(TEN).plus(3600));
    house.settle().await;
    assert_eq!(counts(&house, &ana).await, (1, 50, 0));
    assert_eq!(counts(&house, &ben).await, (1, 20, 1));
    assert_eq!(house.word(&format!("SELECT outcomes FROM member WHERE id = {}", ben.id)).await, "dn");
    assert_eq!(house.count("SELECT count(*) FROM met").await, 1);
    house.settle().await;
    assert_eq!(counts(&house, &ana).await, (1, 50, 0), "counted once");
    ben.get("/history").await.says("One").says("not done").says("with ").says("Ana");
}

#[tokio::test]
async fn who_left_the_lobby_again_was_in_no_session() {
    let (house, ana) = House::new().await;
    let (_, a, _) = pair(&house, &ana, 50).await;
    house.advance_to(at(TEN).plus(-300));
    let mut page = Page::open(&ana, a).await;
    page.sits().await;
    page.leaves("").await;
    house.advance_to(at(TEN).plus(3600));
    house.settle().await;
    assert_eq!(counts(&house, &ana).await, (0, 0, 0));
}

#[tokio::test]
async fn the_note_on_leaving_is_read_by_the_partner_and_one_may_come_back() {
    let (house, ana) = House::new().await;
    let (ben, a, b) = pair(&house, &ana, 50).await;
    both_sit(&house, &ana, &ben, (a, b)).await;
    let (mut mine, mut theirs) = (Page::open(&ana, a).await, Page::open(&ben, b).await);
    mine.leaves("The soup boils over.").await;
    theirs.until_seat(a, |seat| seat["left"] == "The soup boils over.").await;
    mine.sits().await;
    theirs.until_seat(a, |seat| seat["left"].is_null()).await;
    assert_eq!(seat(&house, "left_at", a).await, 0);
}

#[tokio::test]
async fn who_left_may_book_anew_and_then_not_sit_in_both() {
    let (house, ana) = House::new().await;
    let (ben, a, b) = pair(&house, &ana, 50).await;
    both_sit(&house, &ana, &ben, (a, b)).await;
    let mut page = Page::open(&ana, a).await;
    page.leaves("").await;
    ana.books(at(TEN).plus(900), 25).await;
    page.says(json!({ "t": "sit" })).await;
    let refused = page.until(|m| m["t"] == "refused").await;
    assert_eq!(refused["code"], "overlap");
    assert_ne!(seat(&house, "left_at", a).await, 0);
}

#[tokio::test]
async fn once_both_sit_the_pair_is_fixed() {
    let (house, ana) = House::new().await;
    let (ben, a, b) = pair(&house, &ana, 50).await;
    assert_eq!(house.count("SELECT count(locked_at) FROM session").await, 0);
    both_sit(&house, &ana, &ben, (a, b)).await;
    assert_eq!(house.count("SELECT count(locked_at) FROM session").await, 1);
}

#[tokio::test]
async fn the_newer_of_two_tabs_takes_over_and_the_older_is_told() {
    let (house, ana) = House::new().await;
    let (_, a, _) = pair(&house, &ana, 50).await;
    house.advance_to(at(TEN));
    let mut old = Page::named(&ana, a, "old").await;
    let mut new = Page::named(&ana, a, "new").await;
    old.until(|m| m["t"] == "taken_over").await;
    new.sits().await;
}

#[tokio::test]
async fn chat_reaches_the_partner_and_is_never_on_the_disk() {
    let (house, ana) = House::new().await;
    let (ben, a, b) = pair(&house, &ana, 50).await;
    both_sit(&house, &ana, &ben, (a, b)).await;
    let (mine, mut theirs) = (Page::open(&ana, a).await, Page::open(&ben, b).await);
    mine.says(json!({ "t": "chat", "id": "1", "text": "a-very-special-word" })).await;
    let heard = theirs.until(|m| m["t"] == "chat").await;
    assert_eq!(heard["line"]["text"], "a-very-special-word");
    house.write(|_| Ok(())).await.unwrap();
    for ending in ["", "-wal"] {
        let file = format!("{}{ending}", house.dir.file().display());
        let bytes = std::fs::read(file).unwrap_or_default();
        assert!(!bytes.windows(19).any(|w| w == b"a-very-special-word"));
    }
}

#[tokio::test]
async fn a_partner_can_be_reported_and_blocked_for_seven_days_after() {
    let (house, ana) = House::new().await;
    let (ben, a, b) = pair(&house, &ana, 50).await;
    both_sit(&house, &ana, &ben, (a, b)).await;
    let (path, seat) = (format!("/session/{a}"), b.to_string());
    assert_eq!(ana.refused(&format!("{path}/report"), &[("seat", &seat), ("text", "  ")]).await, "text");
    ana.does(&format!("{path}/report"), &[("seat", &seat), ("text", "He sold me a lamp.")]).await;
    house.advance_to(at(TEN).plus(3600 + 7 * 86_400));
    ana.does(&format!("{path}/report"), &[("seat", &seat), ("text", "Again.")]).await;
    let block = ana.post(&format!("{path}/block"), &[("seat", &seat)]).await;
    assert_eq!(block.leads_to(), "/history?note=noted");
    house.advance(1);
    assert_eq!(ana.refused(&format!("{path}/report"), &[("seat", &seat), ("text", "Late.")]).await, "gone");
    for kind in ["favorite", "snooze", "block"] {
        ana.post(&format!("{path}/{kind}"), &[("seat", &seat)]).await.is(404);
    }
    assert_eq!(house.count("SELECT count(*) FROM report").await, 2);
    assert_eq!(ben.get("/").await.status, 200);
}

#[tokio::test]
async fn leave_and_block_in_the_middle_ends_my_seat_and_parts_the_next_sessions() {
    let (house, ana) = House::new().await;
    let (ben, a, b) = pair(&house, &ana, 50).await;
    let later = at(TEN).plus(86_400);
    let theirs = ben.books(later, 25).await;
    let next = (ana.picks(theirs).await, theirs);
    both_sit(&house, &ana, &ben, (a, b)).await;
    house.advance_to(at(TEN).plus(600));
    ana.does(&format!("/session/{a}/block"), &[("seat", &b.to_string())]).await;
    assert_ne!(seat(&house, "left_at", a).await, 0);
    assert_eq!(seat(&house, "alone", next.0).await + seat(&house, "alone", next.1).await, 2);
    ben.get("/?week=2026-11-17").await.says("Ana had to cancel.").does_not_say("lock you");
    house.advance_to(at(TEN).plus(3600));
    house.settle().await;
    assert_eq!(counts(&house, &ana).await.1, 10);
    assert_eq!(counts(&house, &ben).await.1, 50);
}

#[tokio::test]
async fn nothing_leads_back_to_who_was_left_and_blocked() {
    let (house, ana) = House::new().await;
    let (ben, a, b) = pair(&house, &ana, 50).await;
    both_sit(&house, &ana, &ben, (a, b)).await;
    house.advance_to(at(TEN).plus(600));
    let mut page = Page::open(&ana, a).await;
    ana.does(&format!("/session/{a}/block"), &[("seat", &b.to_string())]).await;
    ana.get("/").await.does_not_say("Ben").does_not_say(&format!("/session/{a}"));
    ana.get(&format!("/session/{a}")).await.is(422).says("stays closed for you");
    page.says(json!({ "t": "sit" })).await;
    assert_eq!(page.until(|m| m["t"] == "refused").await["code"], "closed");
    assert_ne!(seat(&house, "left_at", a).await, 0);
    // Ben is where he was, and learns nothing.
    ben.get(&format!("/session/{b}")).await.is(200);
}

#[tokio::test]
async fn who_left_reads_so_on_the_calendar_and_what_comes_next_stands_before_it() {
    let (house, ana) = House::new().await;
    let (ben, a, b) = pair(&house, &ana, 50).await;
    both_sit(&house, &ana, &ben, (a, b)).await;
    house.advance_to(at(TEN).plus(60));
    ana.get("/").await.says("going on").says("Go to your seat").does_not_say("three minutes late");
    Page::open(&ana, a).await.leaves("").await;
    ana.get("/").await.says("you left").says("Back to your seat").does_not_say("going on");
    ana.books(at(TEN).plus(7200), 25).await;
    let home = ana.get("/").await;
    let next = home.text.split("id=\"next-title\"").nth(1).expect("the next session");
    assert!(next.split("id=\"later\"").next().unwrap().contains("12:00"));
}

#[tokio::test]
async fn two_newcomers_are_told_that_both_are_new() {
    let (house, ana) = House::new().await;
    let (ben, ..) = pair(&house, &ana, 50).await;
    ben.get("/").await.says("You’re both new here.").does_not_say("Show them around");
    let many = format!("UPDATE member SET sessions = 12 WHERE id = {}", ana.id);
    let many = move |tx: &Tx<'_>| tx.conn.execute_batch(&many).map_err(|e| Fault::Store(e.into()));
    house.write(many).await.unwrap();
    ana.get("/").await.says("It’s Ben’s first session. Show them around.");
}

#[tokio::test]
async fn after_seven_days_a_session_is_gone_from_every_table_and_only_counts_stay() {
    let (house, ana) = House::new().await;
    let (ben, a, b) = pair(&house, &ana, 50).await;
    both_sit(&house, &ana, &ben, (a, b)).await;
    let mut page = Page::open(&ana, a).await;
    page.means_to(&["A private matter"]).await;
    page.marks(0, "done").await;
    let lonely = ana.books(at(TEN).plus(7200), 25).await;
    ana.cancels(lonely).await;
    house.advance_to(at(TEN).plus(3600));
    house.settle().await;
    ana.get("/history").await.says("A private matter").says("Ben");
    house.advance_to(at(TEN).plus(3600 + 7 * 86_400 + 1));
    ana.get("/history").await.does_not_say("A private matter").does_not_say("Ben").says("1");
    house.advance(86_400);
    house.settle().await;
    for table in ["booking", "goal", "session", "picked"] {
        assert_eq!(house.count(&format!("SELECT count(*) FROM {table}")).await, 0, "{table}");
    }
    assert_eq!(house.count("SELECT count(*) FROM met").await, 1);
    assert_eq!(counts(&house, &ana).await, (1, 50, 1));
    assert_eq!(house.count("SELECT sum(sessions) FROM day_count").await, 2);
    house.advance(30 * 86_400);
    house.settle().await;
    assert_eq!(house.count("SELECT count(*) FROM met").await, 0);
    ana.get("/history").await.is(200).does_not_say("Ben");
    ana.get(&format!("/session/{a}")).await.is(404);
}

#[tokio::test]
async fn a_long_sleep_is_caught_up_with_in_parts() {
    let (house, ana) = House::new().await;
    for n in 0..7 {
        let starts: Vec<String> = (0..36).map(|m| at(TEN).plus((n * 36 + m) * 1800).0.to_string()).collect();
        let mut fields: Vec<(&str, &str)> = starts.iter().map(|s| ("start", s.as_str())).collect();
        fields.push(("minutes", "25"));
        ana.does("/book", &fields).await;
    }
    house.advance(20 * 86_400);
    house.settle().await;
    assert_eq!(house.count("SELECT count(*) FROM booking").await, 0);
    assert_eq!(counts(&house, &ana).await, (0, 0, 0), "booked is not done");
}

#[tokio::test]
async fn a_page_that_keeps_talking_nonsense_harms_nobody() {
    let (house, ana) = House::new().await;
    let (ben, a, b) = pair(&house, &ana, 50).await;
    both_sit(&house, &ana, &ben, (a, b)).await;
    let mut page = Page::open(&ana, a).await;
    let path = format!("/session/{a}/send?page=page");
    for body in [
        "",
        "[",
        "{}",
        "[1]",
        "[{\"t\":\"fly\"}]",
        "[{\"t\":\"mark\",\"goal\":-1,\"outcome\":null,\"nonce\":1}]",
        "null",
        "\u{0}",
    ] {
        ana.send(Ask::raw("POST", &path, body.to_owned().into())).await.is(422);
    }
    page.says(json!({ "t": "mark", "goal": 99_999, "outcome": "done", "nonce": 7 })).await;
    let refused = page.until(|m| m["nonce"] == 7).await;
    assert_eq!(refused["t"], "refused");
    page.says(json!({ "t": "signal", "to": 999_999, "data": {} })).await;
    page.says(json!({ "t": "away", "minutes": 255 })).await;
    page.says(json!({ "t": "goals", "goals": vec![json!({ "text": "g".repeat(5_000) }); 40], "nonce": 8 })).await;
    page.until(|m| m["nonce"] == 8).await;
    assert!(house.count("SELECT count(*) FROM goal").await <= 12);
    assert!(house.count("SELECT coalesce(max(length(text)), 0) FROM goal").await <= 200);
    let mut theirs = Page::open(&ben, b).await;
    theirs.means_to(&["Work on"]).await;
}

#[tokio::test]
async fn a_high_five_needs_both_hands() {
    let (house, ana) = House::new().await;
    let (ben, a, b) = pair(&house, &ana, 25).await;
    both_sit(&house, &ana, &ben, (a, b)).await;
    house.advance_to(Timestamp(at(TEN).0 + 1500));
    let (mut mine, mut theirs) = (Page::named(&ana, a, "w").await, Page::named(&ben, b, "w").await);
    mine.sits().await;
    theirs.sits().await;
    mine.says(json!({ "t": "high_five" })).await;
    assert_eq!(theirs.until(|m| m["t"] == "high_five").await["both"], false);
    theirs.says(json!({ "t": "high_five" })).await;
    mine.until(|m| m["t"] == "high_five" && m["both"] == true).await;
}

#[tokio::test]
async fn what_waits_between_pages_and_the_server_is_counted_without_a_name() {
    let (house, ana) = House::new().await;
    let booking = ana.books(at(TEN), 25).await;
    house.advance_to(at(TEN).plus(-300));
    let page = Page::open(&ana, booking).await;
    let mut watcher = house.visitor();
    watcher.address = std::net::Ipv4Addr::LOCALHOST.into();
    watcher.get("/metrics").await.is(404);
    let text = watcher.send(Ask::get("/metrics").header("host", "localhost:8443")).await.is(200).text.clone();
    assert!(text.contains("\nalongside_match_rate NaN\n") && text.contains("\nalongside_no_shows_recent NaN\n"), "{text}");
    assert!(!text.contains(" -0\n"), "{text}");
    assert!(text.contains("\nalongside_live_pages 1\n") && text.contains("\nalongside_live_messages_waiting 0\n"), "{text}");
    assert!(text.contains("\nalongside_writes_waiting "), "{text}");
    drop(page);
    assert_eq!(house.web.hub.load().pages, 0);
}
