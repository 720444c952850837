//! Logins: by name or address, cookies and their replacement, passwords, reset links, and doors that stay shut to guessers
//! and to other sites.

use super::coming_in::{invite, join_form};
use super::house::{House, ORIGIN, PASSWORD, at, hash};
use super::visitor::{Answer, Ask, Visitor};
use alongside::actions::login;
use std::net::{IpAddr, Ipv4Addr};

async fn log_in(visitor: &Visitor, who: &str, password: &str) -> Answer {
    visitor.post("/login", &[("who", who), ("password", password)]).await
}

pub async fn is_in(visitor: &Visitor) -> bool {
    visitor.get("/me").await.status == 200
}

#[tokio::test]
async fn one_signs_in_by_name_or_by_address_whatever_the_case() {
    let (house, ana) = House::new().await;
    let path = invite(&ana, "member", 9, 7).await;
    house.visitor().post(&path, &join_form("Ben", "Ben@House.example", PASSWORD)).await.is(303);
    for who in ["Ben", " bEN ", "ben@house.EXAMPLE"] {
        let ben = house.visitor();
        assert_eq!(log_in(&ben, who, PASSWORD).await.leads_to(), "/");
        ben.get("/me").await.is(200).says("Ben");
    }
    log_in(&house.visitor(), "Ben", &PASSWORD.to_uppercase()).await.is(422);
}

#[tokio::test]
async fn who_is_there_cannot_be_told_from_a_failed_login() {
    let (house, _) = House::new().await;
    let (known, unknown) =
        (log_in(&house.visitor(), "Ana", "wrong words").await, log_in(&house.visitor(), "Eva", "wrong words").await);
    assert_eq!((known.status, unknown.status), (422, 422));
    assert_eq!(known.text.replace("Ana", "Eva"), unknown.text);
    for _ in 0..8 {
        log_in(&house.visitor(), "Ana", "wrong words").await;
        log_in(&house.visitor(), "Eva", "wrong words").await;
    }
    let (known, unknown) =
        (log_in(&house.visitor(), "Ana", "wrong words").await, log_in(&house.visitor(), "Eva", "wrong words").await);
    assert_eq!((known.status, unknown.status), (429, 429));
    assert_eq!(known.text.replace("Ana", "Eva"), unknown.text);
}

#[tokio::test]
async fn a_login_leads_where_one_wanted_to_go_and_never_to_another_site() {
    let (house, ana) = House::new().await;
    let booking = ana.books(at("2026-11-16T10:00"), 50).await;
    let ben = house.visitor();
    assert_eq!(ben.get(&format!("/session/{booking}")).await.leads_to(), format!("/login?next=%2Fsession%2F{booking}"));
    assert_eq!(ben.get("/").await.leads_to(), "/login");
    ben.get("/login?next=/people").await.is(200).says("value=\"/people\"");
    for (next, to) in [
        ("/people", "/people"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/é", "/"),
    ] {
        let who = house.visitor();
        let answer = who.post("/login", &[("who", "Ana"), ("password", PASSWORD), ("next", next)]).await;
        assert_eq!(answer.leads_to(), to, "{next:?}");
    }
    assert_eq!(ana.get("/login").await.leads_to(), "/");
}

#[tokio::test]
async fn a_cookie_is_for_this_host_for_tls_and_for_no_script() {
    let (house, _) = House::new().await;
    let ana = house.visitor();
    let set = log_in(&ana, "Ana", PASSWORD).await;
    let cookie = set.header("set-cookie");
    assert!(cookie.starts_with("__Host-alongside="), "{cookie}");
    for part in ["; Path=/;", "; Secure;", "; HttpOnly;", "; SameSite=Lax", "; Max-Age=5184000;"] {
        assert!(cookie.contains(part), "{part} is not in {cookie}");
    }
    assert!(!cookie.contains("Domain"));
    let secret = ana.cookie().unwrap();
    assert_eq!(secret.len(), 43, "256 bits");
    let found = house.read(move |conn| Ok(login::by_cookie(conn, &hash(&secret), at("2026-11-16T09:00"))?.is_some())).await;
    assert!(found, "only its hash is kept");
}

#[tokio::test]
async fn a_cookie_is_replaced_each_day_and_the_old_one_is_good_for_a_minute() {
    let (house, ana) = House::new().await;
    let old = ana.cookie().unwrap();
    house.advance(86_399);
    ana.get("/me").await;
    assert_eq!(ana.cookie().unwrap(), old);
    house.advance(1);
    ana.get("/me").await.is(200);
    let new = ana.cookie().unwrap();
    assert_ne!(new, old);
    let late = house.visitor();
    late.take_cookie(old.clone());
    house.advance(59);
    late.get("/me").await.is(200);
    assert_eq!(late.cookie().unwrap(), old, "an old cookie is not replaced again");
    house.advance(1);
    late.get("/me").await.is(303);
    assert!(is_in(&ana).await);
}

#[tokio::test]
async fn requests_at_one_time_do_not_lose_the_login_that_is_being_replaced() {
    let (house, ana) = House::new().await;
    house.advance(86_400);
    let twins: Vec<Visitor> = (0..6).map(|_| ana.before(&house)).collect();
    let answers = futures_util::future::join_all(twins.iter().map(|v| v.get("/me"))).await;
    let fresh: Vec<&Answer> = answers.iter().filter(|a| a.headers.contains_key("set-cookie")).collect();
    assert_eq!(fresh.len(), 1, "one new cookie for one browser");
    let winner = twins.iter().find(|v| v.cookie() != ana.cookie()).unwrap();
    house.advance(3600);
    assert!(is_in(winner).await);
}

#[tokio::test]
async fn signing_in_as_somebody_else_is_not_undone_by_an_older_login_of_the_browser() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    house.advance(90_000);
    log_in(&ana, "Ben", PASSWORD).await.is(303);
    ana.get("/me").await.is(200).says("Ben");
    let answer = ana.post(&format!("/people/{}/favorite", ben.id), &[]).await;
    assert_eq!(answer.status, 404, "this browser is Ben's by now, and one is no favorite of oneself");
}

#[tokio::test]
async fn a_login_that_sleeps_for_sixty_days_has_ended() {
    let (house, ana) = House::new().await;
    house.advance(60 * 86_400);
    assert!(!is_in(&ana).await);
}

#[tokio::test]
async fn logging_out_ends_this_login_and_logging_out_everywhere_ends_all() {
    let (house, ana) = House::new().await;
    let (laptop, phone) = (ana.before(&house), house.visitor());
    log_in(&phone, "Ana", PASSWORD).await.is(303);
    let kept = laptop.cookie().unwrap();
    assert_eq!(laptop.post("/logout", &[]).await.leads_to(), "/login");
    assert_eq!(laptop.cookie(), None, "the browser is told to forget it");
    laptop.take_cookie(kept);
    assert!(!is_in(&laptop).await && is_in(&phone).await);
    let other = house.visitor();
    log_in(&other, "Ana", PASSWORD).await.is(303);
    phone.post("/logout-everywhere", &[]).await.is(303);
    assert!(!is_in(&phone).await && !is_in(&other).await);
}

#[tokio::test]
async fn a_new_password_needs_the_old_one_and_ends_the_other_logins() {
    let (house, ana) = House::new().await;
    let phone = house.visitor();
    log_in(&phone, "Ana", PASSWORD).await.is(303);
    ana.post("/me/password", &[("old", "wrong"), ("new", "another password")]).await.is(422).says("present password");
    ana.post("/me/password", &[("old", PASSWORD), ("new", "short")]).await.is(422);
    ana.post("/me/password", &[("old", PASSWORD), ("new", "another password")]).await.is(303);
    assert!(is_in(&ana).await && !is_in(&phone).await);
    log_in(&phone, "Ana", PASSWORD).await.is(422);
    log_in(&phone, "Ana", "another password").await.is(303);
}

#[tokio::test]
async fn a_reset_link_works_once_for_a_day_and_signs_out_everywhere() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    let made = ana.post(&format!("/admin/members/{}/reset-link", ben.id), &[]).await.is(200);
    let from = made.text.find(&format!("{ORIGIN}/reset/")).unwrap() + ORIGIN.len();
    let path = made.text[from..].split(['"', '<', ' ']).next().unwrap().to_owned();
    let guest = house.visitor();
    guest.get(&path).await.is(200).says("Ben");
    guest.post(&path, &[("password", "short")]).await.is(422);
    house.advance(86_399);
    // In a browser where an older login lives: the fresh one holds.
    ben.post(&path, &[("password", "a fresh password")]).await.is(303);
    assert!(is_in(&ben).await);
    guest.post(&path, &[("password", "another password")]).await.is(200).does_not_say("name=\"password\"");
    log_in(&guest, "Ben", PASSWORD).await.is(422);
    log_in(&guest, "Ben", "a fresh password").await.is(303);
    let (id, late) = (ben.id, house.visitor());
    house.write(move |tx| login::reset_link(tx, None, id, &hash("late"))).await.unwrap();
    house.advance(86_400);
    late.post("/reset/late", &[("password", "a third password")]).await;
    assert!(!is_in(&late).await);
}

#[tokio::test]
async fn guessing_one_password_is_slowed_down_and_nothing_is_locked_for_good() {
    let (house, ana) = House::new().await;
    let eve = house.visitor();
    for _ in 0..8 {
        log_in(&eve, "Ana", "wrong words").await.is(422);
    }
    log_in(&eve, "ana ", PASSWORD).await.is(429).says("Wait");
    assert!(is_in(&ana).await, "who is in stays in");
    log_in(&house.visitor(), "Ben", "wrong words").await.is(422);
    house.advance(60);
    log_in(&eve, "Ana", PASSWORD).await.is(303);
}

#[tokio::test]
async fn many_guesses_at_one_time_are_no_more_than_many_one_after_the_other() {
    let (house, _) = House::new().await;
    let eve = house.visitor();
    let guesses = futures_util::future::join_all((0..20).map(|_| log_in(&eve, "Ana", "wrong words"))).await;
    let told = guesses.iter().filter(|a| a.status == 422).count();
    assert!(told <= 9, "{told} guesses were answered");
    assert!(guesses.iter().all(|a| matches!(a.status, 422 | 429)));
}

#[tokio::test]
async fn guessing_many_names_from_one_address_is_slowed_down_for_that_address_only() {
    let (house, _) = House::new().await;
    let eve = house.visitor();
    for n in 0..40 {
        log_in(&eve, &format!("name {n}"), &"p".repeat(300)).await.is(422);
    }
    log_in(&eve, "name 41", PASSWORD).await.is(429);
    eve.get("/join/guess").await.is(429);
    let mut elsewhere = house.visitor();
    elsewhere.address = IpAddr::V4(Ipv4Addr::new(192, 168, 1, 21));
    log_in(&elsewhere, "Ana", PASSWORD).await.is(303);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_school_signs_in_from_one_address() {
    let (house, _) = House::new().await;
    let pupils: Vec<Visitor> = (0..200).map(|_| house.visitor()).collect();
    for class in pupils.chunks(25) {
        // One in each class mistypes.
        log_in(&house.visitor(), "Ana", "mistyped words").await.is(422);
        let all = futures_util::future::join_all(class.iter().map(|who| log_in(who, "Ana", PASSWORD))).await;
        assert!(all.iter().all(|a| a.status == 303));
    }
    assert_eq!(house.count("SELECT count(*) FROM login").await, 201);
}

#[tokio::test]
async fn a_post_from_another_site_does_nothing() {
    let (house, ana) = House::new().await;
    let start = at("2026-11-16T10:00").0.to_string();
    let book = || Ask::post("/book", &[("start", start.as_str()), ("minutes", "50")]);
    let refused = [
        book().header("origin", "https://evil.example"),
        book().header("origin", "https://house.test"),
        book().header("origin", "http://house.test:8443"),
        book().header("origin", "null"),
        book().without("origin"),
        book().header("sec-fetch-site", "cross-site"),
        book().header("sec-fetch-site", "same-site"),
        book().without("origin").header("sec-fetch-site", "none"),
        book().header("host", "evil.example"),
        book().without("host"),
    ];
    for ask in refused {
        ana.send(ask).await.is(403).says("another site");
    }
    assert_eq!(house.count("SELECT count(*) FROM booking").await, 0);
    ana.send(book().without("origin").header("sec-fetch-site", "same-origin")).await.is(303);
    assert_eq!(house.count("SELECT count(*) FROM booking").await, 1);
}

#[tokio::test]
async fn every_post_needs_its_own_origin_before_anything_else() {
    let (_house, ana) = House::new().await;
    let paths = [
        "/book",
        "/start-now",
        "/cancel",
        "/late",
        "/session/1/send",
        "/session/1/report",
        "/session/1/block",
        "/login",
        "/logout",
        "/logout-everywhere",
        "/setup",
        "/join/x",
        "/reset/x",
        "/me",
        "/me/password",
        "/me/zone",
        "/people/1/block",
        "/test-session/done",
        "/admin/invites",
        "/admin/invites/1/revoke",
        "/admin/members/1/remove",
        "/admin/reports/1/settle",
        "/admin/house",
        "/nowhere",
    ];
    for path in paths {
        ana.send(Ask::post(path, &[]).header("origin", "https://evil.example")).await.is(403);
    }
}

#[tokio::test]
async fn pages_of_members_are_for_members() {
    let (house, _) = House::new().await;
    let guest = house.visitor();
    for path in [
        "/calendar/part",
        "/calendar/waiting?start=1",
        "/session/1",
        "/test-session",
        "/history",
        "/people",
        "/me",
        "/admin",
        "/admin/members",
        "/booking/1.ics",
    ] {
        assert!(guest.get(path).await.leads_to().starts_with("/login?next="), "{path}");
        let ask = Ask::get(path).header("accept", "application/json");
        guest.send(ask).await.is(401);
    }
    for path in ["/book", "/start-now", "/cancel", "/people/1/block", "/me", "/admin/house", "/logout-everywhere"] {
        assert_eq!(guest.post(path, &[("minutes", "50"), ("booking", "1")]).await.leads_to(), "/login", "{path}");
        assert_eq!(guest.refused(path, &[("minutes", "50"), ("booking", "1")]).await, "login", "{path}");
    }
    guest.get("/live").await.is(303);
    guest.get("/guide").await.is(200);
    guest.get("/about").await.is(200);
}

#[tokio::test]
async fn no_address_of_anybody_who_came_is_kept_anywhere_in_the_database() {
    let (house, ana) = House::new().await;
    let path = invite(&ana, "member", 9, 7).await;
    let ben = house.visitor();
    assert_eq!(ben.get("/check/me").await.status, 200);
    for _ in 0..12 {
        log_in(&house.visitor(), "Ana", "wrong words").await;
    }
    ben.post(&path, &join_form("Ben", "", PASSWORD)).await.is(303);
    log_in(&ben, "Ben", PASSWORD).await;
    ben.books(at("2026-11-16T10:00"), 50).await;
    ben.post("/logout", &[]).await;
    let file = house.dir.file();
    let log = file.with_extension("db-wal");
    for kept in [&file, &log] {
        let bytes = std::fs::read(kept).unwrap_or_default();
        let holds = |text: &[u8]| bytes.windows(text.len()).any(|part| part == text);
        assert!(!holds(b"192.168.1.20"), "{}", kept.display());
    }
    let bytes = [std::fs::read(&file).unwrap(), std::fs::read(&log).unwrap_or_default()].concat();
    assert!(bytes.windows(3).any(|part| part == b"Ben"), "this looks where things are kept");
}

#[tokio::test]
async fn while_the_clock_of_the_machine_is_not_believed_the_sign_in_page_says_why_one_is_asked() {
    let (house, _) = House::new().await;
    assert!(!house.visitor().get("/login").await.text.contains("has jumped"));
    house.web.watch.doubt_clock(true);
    let page = house.visitor().get("/login").await.is(200);
    page.says("The clock of the machine here has jumped");
    page.says("Bookings and sessions are safe");
    house.web.watch.doubt_clock(false);
    assert!(!house.visitor().get("/login").await.text.contains("has jumped"));
}
