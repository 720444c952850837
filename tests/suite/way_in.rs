//! From where people come: asked at the setup, answered again by an admin, and the door by which a server is known again.

use super::house::{House, PASSWORD, hash};
use super::visitor::Visitor;
use alongside::actions::set_up;
use alongside::app::front::as_chosen;
use alongside::config::{Config, Written};
use alongside::domain::pins::{Pinned, Pins};
use alongside::domain::way_in::Opening;
use alongside::live::ways::Relays;
use std::sync::Arc;

/// Goes through the setup's form with this answer.
async fn set_up_with(house: &House, answer: &[(&str, &str)]) -> (Visitor, u16, String) {
    house.write(|tx| set_up::link(tx, &hash("link"))).await.unwrap();
    let ana = house.visitor();
    let mut form = vec![("t", "link"), ("instance", "Maple Street"), ("zone", "UTC"), ("name", "Ana"), ("password", PASSWORD)];
    form.extend([("kind", "friends")].iter().chain(answer));
    let answer = ana.post("/setup", &form).await;
    let (status, to) = (answer.status, if answer.status == 303 { answer.leads_to().to_owned() } else { answer.text.clone() });
    (ana, status, to)
}

#[tokio::test]
async fn in_this_house_leads_to_trust_with_what_the_others_type() {
    let house = House::bare();
    let (ana, _, to) = set_up_with(&house, &[("opening", "house"), ("host", ""), ("contact", "")]).await;
    assert_eq!(to, "/trust?note=first");
    ana.get(&to).await.is(200).says("https://192.168.1.5:8443").says("The table is set.").says("To the calendar");
    let stranger = house.visitor().get("/trust?note=first").await.is(200);
    stranger.does_not_say("192.168.1.5").does_not_say("The table is set.");
}

#[tokio::test]
async fn from_anywhere_is_kept_and_leads_to_how_it_stands() {
    let house = House::bare();
    let answer = [("opening", "anywhere"), ("host", "https://Desk.example.org/"), ("contact", "ana@example.org")];
    let (ana, _, to) = set_up_with(&house, &answer).await;
    assert_eq!(to, "/admin/way-in?note=first");
    ana.get(&to).await.is(200).says("From anywhere, by desk.example.org").says("data-state=\"looking\"");
    assert_eq!(house.word("SELECT value FROM setting WHERE key = 'way_in_name'").await, "desk.example.org");
    assert_eq!(house.word("SELECT value FROM setting WHERE key = 'way_in_contact'").await, "ana@example.org");
    let standing = (house.web.way_in.standing)();
    assert_eq!((standing.choice.opening, standing.name.as_deref()), (Opening::Anywhere, Some("desk.example.org")));
}

#[tokio::test]
async fn a_name_that_nobody_outside_can_come_by_is_refused_and_nothing_is_founded() {
    let house = House::bare();
    let (_, status, page) = set_up_with(&house, &[("opening", "anywhere"), ("host", "desk.local"), ("contact", "")]).await;
    assert_eq!(status, 422);
    assert!(page.contains("one network only") && page.contains(r#"value="desk.local""#), "{page}");
    assert!(page.contains(r#"value="anywhere" checked"#));
    assert_eq!(house.count("SELECT count(*) FROM member").await, 0);
}

#[tokio::test]
async fn the_answer_is_the_admins_to_change_and_it_is_noted() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    ana.get("/admin/way-in").await.is(200).says(r#"value="house" checked"#).says("https://192.168.1.5:8443");
    let wish = [("opening", "anywhere"), ("host", "desk.example.org"), ("contact", "")];
    assert_eq!(ana.post("/admin/way-in", &wish).await.leads_to(), "/admin/way-in?note=saved");
    ana.get("/admin/way-in/part").await.is(200).says("desk.example.org").does_not_say("<form class=\"card");
    assert_eq!(house.word("SELECT value FROM setting WHERE key = 'way_in'").await, "anywhere");
    assert_eq!(house.count("SELECT count(*) FROM audit WHERE what = 'way in'").await, 1);
    ana.post("/admin/way-in", &[("opening", "anywhere"), ("host", "10.0.0.7"), ("contact", "")])
        .await
        .is(422)
        .says("one network only");
    for path in ["/admin/way-in", "/admin/way-in/part"] {
        ben.get(path).await.is(403);
    }
    assert_eq!(ben.refused("/admin/way-in", &wish).await, "not_allowed");
    assert_eq!(ben.refused("/admin/way-in/look", &[]).await, "not_allowed");
    house.visitor().get("/admin/way-in").await.is(303);
}

#[tokio::test]
async fn what_is_fixed_where_the_server_runs_is_neither_asked_nor_changed() {
    let place = "/etc/alongside/alongside.toml".to_owned();
    let names = Some(Pinned { value: vec!["desk.example.org".to_owned()], place });
    let house = House::fixed(Pins { acme_names: names, ..Pins::default() });
    let answer = [("opening", "house"), ("host", ""), ("contact", "")];
    house.write(|tx| set_up::link(tx, &hash("seen"))).await.unwrap();
    house.visitor().get("/setup?t=seen").await.is(200).does_not_say("name=\"opening\"");
    let (ana, _, to) = set_up_with(&house, &answer).await;
    assert_eq!(to, "/");
    ana.get("/admin/way-in").await.is(200).says("Fixed by /etc/alongside/alongside.toml").does_not_say("name=\"opening\"");
    assert_eq!(ana.refused("/admin/way-in", &answer).await, "fixed");
    assert_eq!(house.count("SELECT count(*) FROM setting WHERE key LIKE 'way_in%'").await, 0);
}

#[tokio::test]
async fn only_who_shares_the_secret_knows_the_server_again() {
    let (mut house, _) = House::new().await;
    house.visitor().get("/here/word").await.is(404);
    if let Some(web) = Arc::get_mut(&mut house.web) {
        web.relays = Relays::new(b"three old spoons", &[]);
        let said = house.visitor().get("/here/word").await.is(200).text.clone();
        assert_eq!(said, alongside::turn::credentials::seal(b"three old spoons", "word"));
        for word in ["", "a%20b", &"x".repeat(65)] {
            house.visitor().get(&format!("/here/{word}")).await.is(404);
        }
    } else {
        panic!("somebody else holds the web");
    }
}

#[tokio::test]
async fn who_looks_from_beside_the_server_reads_what_a_page_chose() {
    let (house, ana) = House::new().await;
    let wish = [("opening", "anywhere"), ("host", "desk.example.org"), ("contact", ""), ("maps", "on")];
    ana.post("/admin/way-in", &wish).await.is(303);
    let data_dir = house.dir.file().parent().unwrap().to_owned();
    let beside = || {
        let written = Written { data_dir: Some(data_dir.clone()), ..Written::default() };
        as_chosen(Config::meant(written, &|_| None).unwrap())
    };
    let config = beside();
    assert_eq!((config.opening, config.maps), (Opening::Anywhere, true));
    assert_eq!((config.names, config.acme.names), (vec!["desk.example.org".to_owned()], vec!["desk.example.org".to_owned()]));
    ana.post("/admin/way-in", &[("opening", "house"), ("host", ""), ("contact", "")]).await.is(303);
    assert_eq!((beside().opening, beside().acme.names), (Opening::House, Vec::new()), "beside a server that runs");
}

#[tokio::test]
async fn the_name_in_the_house_is_the_admins_to_switch_and_it_is_noted() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    ana.get("/admin/way-in").await.is(200).says("Found as desk.local").says("Answer to no name");
    ben.post("/admin/way-in/name", &[]).await.is(403);
    ana.post("/admin/way-in/name", &[]).await.is(303);
    ana.get("/admin/way-in").await.is(200).says("It answers to no name").does_not_say("Found as");
    assert_eq!(house.word("SELECT value FROM setting WHERE key = 'lan_name'").await, "off");
    assert_eq!(house.word("SELECT what FROM audit WHERE subject = 'off'").await, "name here");
    ana.post("/admin/way-in/name", &[("answers", "on")]).await.is(303);
    ana.get("/admin/way-in").await.is(200).says("Found as desk.local");
}
