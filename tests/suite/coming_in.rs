//! Coming in: the setup link, invites, what a name may be, and the demo's links.

use super::house::{House, ORIGIN, PASSWORD, at, hash};
use super::logins::is_in;
use super::visitor::Visitor;
use alongside::actions::{demo, set_up};
use alongside::domain::policy::Kind;
use std::collections::BTreeSet;

async fn setup_link(house: &House, secret: &'static str) {
    house.write(move |tx| set_up::link(tx, &hash(secret))).await.unwrap();
}

fn setup_form<'a>(token: &'a str, password: &'a str) -> [(&'a str, &'a str); 6] {
    [
        ("t", token),
        ("instance", "Maple Street"),
        ("zone", "Europe/Lisbon"),
        ("name", "Ana"),
        ("password", password),
        ("kind", "friends"),
    ]
}

pub fn join_form<'a>(name: &'a str, email: &'a str, password: &'a str) -> [(&'a str, &'a str); 5] {
    [("name", name), ("email", email), ("password", password), ("zone", "Asia/Kathmandu"), ("rules", "on")]
}

/// Makes an invite and gives its path.
pub async fn invite(by: &Visitor, role: &str, uses: i64, days: i64) -> String {
    let (uses, days) = (uses.to_string(), days.to_string());
    let to = by.post("/admin/invites", &[("role", role), ("uses", &uses), ("days", &days)]).await;
    assert!(to.leads_to().starts_with("/admin/invites?made="));
    let page = by.get(to.leads_to()).await.is(200);
    let from = page.text.find(&format!("{ORIGIN}/join/")).unwrap() + ORIGIN.len();
    page.text[from..].split(['"', '<', ' ', '&']).next().unwrap().to_owned()
}

#[tokio::test]
async fn nothing_but_the_setup_is_there_before_the_house_is_set_up() {
    let house = House::bare();
    let visitor = house.visitor();
    for path in ["/", "/login", "/people", "/history"] {
        visitor.get(path).await.is(503).says("setup-link");
    }
    visitor.get("/setup").await.is(200).says("setup-link");
    visitor.get("/setup?t=guessed").await.is(200).does_not_say("name=\"password\"");
    visitor.get("/healthz").await.is(200);
    visitor.get("/readyz").await.is(200);
}

#[tokio::test]
async fn the_setup_link_founds_the_house_once() {
    let house = House::bare();
    setup_link(&house, "first-link").await;
    let (ana, eve) = (house.visitor(), house.visitor());
    ana.get("/setup?t=first-link").await.is(200).says("name=\"password\"");
    assert_eq!(ana.post("/setup", &setup_form("first-link", PASSWORD)).await.leads_to(), "/");
    ana.get("/").await.is(200).says("Maple Street");
    ana.get("/admin").await.is(200);
    assert_eq!(house.word("SELECT zone FROM member").await, "Europe/Lisbon");
    assert_eq!(eve.post("/setup", &setup_form("first-link", PASSWORD)).await.status, 422);
    assert_eq!(house.count("SELECT count(*) FROM member").await, 1);
    assert!(house.write(|tx| set_up::link(tx, &hash("another"))).await.is_err(), "no link for a house that stands");
}

#[tokio::test]
async fn of_two_who_open_the_setup_link_at_one_time_one_founds_the_house() {
    let house = House::bare();
    setup_link(&house, "link").await;
    let (one, two) = (house.visitor(), house.visitor());
    let form = setup_form("link", PASSWORD);
    let (a, b) = tokio::join!(one.post("/setup", &form), two.post("/setup", &form));
    let both: BTreeSet<u16> = [a.status, b.status].into();
    assert_eq!(both, [303, 422].into());
    assert_eq!(house.count("SELECT count(*) FROM member").await, 1);
}

#[tokio::test]
async fn the_setup_link_runs_out_after_half_an_hour_and_a_new_one_ends_the_old() {
    let house = House::bare();
    setup_link(&house, "old").await;
    setup_link(&house, "new").await;
    let ana = house.visitor();
    ana.post("/setup", &setup_form("old", PASSWORD)).await.is(422);
    house.advance(30 * 60);
    ana.post("/setup", &setup_form("new", PASSWORD)).await.is(422);
    setup_link(&house, "third").await;
    house.advance(30 * 60 - 1);
    ana.post("/setup", &setup_form("third", PASSWORD)).await.is(303);
}

#[tokio::test]
async fn a_refused_setup_keeps_what_was_typed_but_never_the_password() {
    let house = House::bare();
    setup_link(&house, "link").await;
    let again = house.visitor().post("/setup", &setup_form("link", "seven77")).await.is(422);
    again.says("role=\"alert\"").says("Maple Street").says("At least 8").does_not_say("seven77");
    assert_eq!(house.count("SELECT count(*) FROM member").await, 0);
}

#[tokio::test]
async fn an_invite_lets_in_as_many_as_it_says() {
    let (house, ana) = House::new().await;
    let path = invite(&ana, "member", 1, 7).await;
    let (ben, cleo) = (house.visitor(), house.visitor());
    ben.get(&path).await.is(200).says("Ana").says("Maple Street");
    assert_eq!(ben.post(&path, &join_form("Ben", "", PASSWORD)).await.leads_to(), "/?note=welcome");
    ben.get("/?note=welcome").await.is(200).says("Welcome");
    assert_eq!(house.word("SELECT zone FROM member WHERE name = 'Ben'").await, "Asia/Kathmandu");
    cleo.get(&path).await.is(410);
    cleo.post(&path, &join_form("Cleo", "", PASSWORD)).await.is(410);
    assert!(!is_in(&cleo).await);
    assert_eq!(house.count("SELECT count(*) FROM member").await, 2);
}

#[tokio::test]
async fn of_two_who_use_the_last_use_at_one_time_one_comes_in() {
    let (house, ana) = House::new().await;
    let path = invite(&ana, "member", 1, 7).await;
    let (ben, cleo) = (house.visitor(), house.visitor());
    let (form, other) = (join_form("Ben", "", PASSWORD), join_form("Cleo", "", PASSWORD));
    let (a, b) = tokio::join!(ben.post(&path, &form), cleo.post(&path, &other));
    let both: BTreeSet<u16> = [a.status, b.status].into();
    assert_eq!(both, [303, 410].into());
    assert_eq!(house.count("SELECT count(*) FROM member").await, 2, "who came too late has left nothing behind");
}

#[tokio::test]
async fn an_invite_ends_when_it_runs_out_and_when_it_is_taken_back() {
    let (house, ana) = House::new().await;
    let (short, taken) = (invite(&ana, "member", 5, 1).await, invite(&ana, "member", 5, 30).await);
    let ben = house.visitor();
    ana.post("/admin/invites/2/revoke", &[]).await.is(303);
    ben.get(&taken).await.is(410);
    ben.post(&taken, &join_form("Ben", "", PASSWORD)).await.is(410);
    house.advance(86_399);
    ben.get(&short).await.is(200);
    house.advance(1);
    ben.post(&short, &join_form("Ben", "", PASSWORD)).await.is(410);
    ben.get("/join/never-made").await.is(410);
    ben.get("/join/").await.is(404);
}

#[tokio::test]
async fn an_invite_gives_the_role_that_its_maker_may_give_at_that_moment() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    let of_ben = ben.refused("/admin/invites", &[("role", "admin"), ("uses", "1"), ("days", "1")]).await;
    assert_eq!(of_ben, "not_allowed");
    let (moderator, admin) = (invite(&ana, "moderator", 1, 7).await, invite(&ana, "admin", 1, 7).await);
    let (mo, ada) = (house.visitor(), house.visitor());
    mo.post(&moderator, &join_form("Mo", "", PASSWORD)).await.is(303);
    mo.get("/admin/reports").await.is(200);
    mo.get("/admin/members").await.is(403);
    ana.post(&format!("/admin/members/{}/role", ben.id), &[("role", "admin")]).await.is(303);
    ben.post(&format!("/admin/members/{}/role", ana.id), &[("role", "member")]).await.is(303);
    ada.post(&admin, &join_form("Ada", "", PASSWORD)).await.is(303);
    ada.get("/admin").await.is(403);
}

#[tokio::test]
async fn the_invites_of_somebody_who_is_paused_lead_nowhere() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    let path = invite(&ben, "member", 5, 7).await;
    ana.post(&format!("/admin/members/{}/pause", ben.id), &[]).await.is(303);
    house.visitor().post(&path, &join_form("Ben again", "", PASSWORD)).await.is(410);
}

#[tokio::test]
async fn only_admins_invite_in_a_company_and_a_school() {
    for kind in [Kind::Company, Kind::School] {
        let (house, ana) = House::founded(kind).await;
        let ben = house.member("Ben").await;
        invite(&ana, "member", 1, 1).await;
        ben.get("/admin/invites").await.is(403);
        assert_eq!(ben.refused("/admin/invites", &[("role", "member"), ("uses", "1"), ("days", "1")]).await, "not_allowed");
    }
}

#[tokio::test]
async fn a_name_is_visible_short_and_nobody_elses() {
    let (house, ana) = House::new().await;
    let path = invite(&ana, "member", 9, 7).await;
    let long = "n".repeat(41);
    for name in ["", "   ", "a@b", &long, "Be\u{202e}n", "Be\u{200b}n", "…", "ANA", " ana "] {
        house.visitor().post(&path, &join_form(name, "", PASSWORD)).await.is(422).says("role=\"alert\"");
    }
    for email in ["ben", "a@", "@b", "a b@c", "a@b@c"] {
        house.visitor().post(&path, &join_form("Ben", email, PASSWORD)).await.is(422);
    }
    for password in ["", "seven77", &"p".repeat(201)] {
        house.visitor().post(&path, &join_form("Ben", "", password)).await.is(422);
    }
    let mut form = join_form("Ben", "", PASSWORD);
    form[3].1 = "Europe/Nowhere";
    house.visitor().post(&path, &form).await.is(422);
    house.visitor().post(&path, &join_form("Ben", "", PASSWORD)[..4]).await.is(422).says("rules");
    house.visitor().post(&path, &join_form("  José   María  ", "", "a long password of 五 words")).await.is(303);
    assert_eq!(house.count("SELECT count(*) FROM member WHERE name = 'José María'").await, 1);
    assert_eq!(house.count("SELECT uses_left FROM invite").await, 8, "a refused form uses nothing up");
}

#[tokio::test]
async fn a_name_is_shown_as_text_and_never_as_markup() {
    let (house, ana) = House::new().await;
    let path = invite(&ana, "member", 9, 7).await;
    let ben = house.visitor();
    ben.post(&path, &join_form("<b>Ben</b> & \"co\"", "", PASSWORD)).await.is(303);
    ben.books(at("2026-11-16T10:00"), 50).await;
    for page in ["/", "/people", "/admin/members"] {
        ana.get(page).await.is(200).says("&lt;b&gt;Ben&lt;/b&gt;").does_not_say("<b>Ben");
    }
}

#[tokio::test]
async fn the_demo_has_two_who_sit_down_in_two_minutes_and_others_who_wait() {
    let house = House::bare();
    let links = (hash("ana"), hash("ben"));
    let made = house.write(move |tx| demo::found(tx, "Europe/Lisbon", "nobody knows it", (&links.0, &links.1))).await.unwrap();
    assert_eq!(made.start.since(house.now()), 120);
    let (ana, ben) = (house.visitor(), house.visitor());
    for (who, link, seat, partner) in [(&ana, "ana", made.first.1, "Ben"), (&ben, "ben", made.second.1, "Ana")] {
        let to = who.get(&format!("/enter/{link}?next=/session/{seat}")).await;
        who.get(to.leads_to()).await.is(200).says(&format!("Session with {partner}"));
    }
    ana.get("/").await.is(200).says("Cleo");
    ana.get("/admin").await.is(200);
    assert!(house.count("SELECT count(*) FROM booking WHERE alone = 1").await >= 12);
}

#[tokio::test]
async fn a_demo_link_signs_in_and_leads_to_a_seat() {
    let (house, ana) = House::new().await;
    let who = ana.id;
    house
        .write(move |tx| Ok(alongside::store::login::pass_insert(tx.conn, "enter", &hash("demo"), Some(who), tx.now.plus(60))?))
        .await
        .unwrap();
    let guest = house.visitor();
    assert_eq!(guest.get("/enter/demo?next=/session/7%3Fmuted%3D1").await.leads_to(), "/session/7?muted=1");
    assert!(is_in(&guest).await);
    let late = house.visitor();
    assert_eq!(late.get("/enter/demo?next=//evil.example").await.leads_to(), "/");
    late.get("/enter/other").await.is(422);
}
