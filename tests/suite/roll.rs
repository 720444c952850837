//! People from a list, their slips, accounts that end on a day, and an admin who comes in again.

use super::house::{House, PASSWORD, at};
use super::visitor::{Ask, Visitor};
use alongside::actions::{Fault, login};
use alongside::domain::policy::Kind;

const LIST: &str = "Name;Email;Until\nBen;ben@school.example;2026-12-18\nCleo;;\n";

async fn brings(by: &Visitor, list: &str) -> Vec<(String, String)> {
    let page = by.post("/admin/members/list", &[("list", list), ("make", "on")]).await.is(200);
    slips(&page.text)
}

/// Names and codes of a page with slips.
fn slips(page: &str) -> Vec<(String, String)> {
    let after = |text: &str, mark: &str| text.split_once(mark).map(|(_, rest)| rest.split('<').next().unwrap().to_owned());
    page.split("class=\"slip\"")
        .skip(1)
        .map(|slip| (after(slip, "<h2>").unwrap(), after(slip, "slip-code\">").unwrap()))
        .collect()
}

/// Time goes by, and what is due is done.
async fn moves_to(house: &House, when: &str) {
    house.advance_to(at(when));
    house.settle().await;
}

const SEAT: [(&str, &str); 3] = [("password", PASSWORD), ("zone", "Europe/Lisbon"), ("rules", "on")];

#[tokio::test]
async fn a_list_is_shown_before_anything_happens_and_then_everybody_has_a_slip() {
    let (house, ana) = House::founded(Kind::School).await;
    let shown = ana.post("/admin/members/list", &[("list", LIST)]).await.is(200);
    shown.says("2 people would get an account").says("until 18 December 2026").says("Make 2 accounts");
    assert_eq!(house.count("SELECT count(*) FROM member").await, 1);

    let made = brings(&ana, LIST).await;
    assert_eq!(made.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["Ben", "Cleo"]);
    assert_eq!(house.count("SELECT count(*) FROM member").await, 3);
    ana.get("/admin/members").await.says("hasn't come yet").says("until 18 December 2026");
    ana.post("/admin/members/list", &[("list", LIST)]).await.says("Nobody new is on the list").says("2 people are here already");
    ana.post("/admin/members/list", &[("list", LIST), ("make", "on")])
        .await
        .is(422)
        .says("Everybody on the list is here already");
}

#[tokio::test]
async fn a_line_that_is_wrong_is_named_and_nobody_is_added_before_it_is_mended() {
    let (house, ana) = House::founded(Kind::School).await;
    let list = "name,email,until\nBen,,\nCleo,no address,\nDai,,2020-01-01\nAna,another@school.example,";
    let shown = ana.post("/admin/members/list", &[("list", list)]).await.is(200);
    shown.says("Line 3").says("Line 4").says("Line 5").says("3 lines are to mend first").does_not_say("Make ");
    ana.post("/admin/members/list", &[("list", list), ("make", "on")]).await.is(422).says("Nobody was added");
    assert_eq!(house.count("SELECT count(*) FROM member").await, 1);
    ana.post("/admin/members/list", &[("list", "")]).await.is(422).says("nobody on the list");
}

#[tokio::test]
async fn a_slip_leads_to_a_seat_once_whatever_the_way_its_code_is_typed() {
    let (house, ana) = House::founded(Kind::School).await;
    let (_, code) = brings(&ana, "Ben").await.remove(0);
    let ben = house.visitor();
    ben.get("/slip").await.is(200);
    let typed = code.to_lowercase().replace('-', " ");
    let page = ben.post("/slip", &[("code", &typed)]).await;
    assert_eq!(page.leads_to(), format!("/slip/{code}"));
    ben.get(&format!("/slip/{code}")).await.is(200).says("A seat is kept for you, Ben");

    ben.post(&format!("/slip/{code}"), &[("password", PASSWORD), ("zone", "UTC")]).await.is(422).says("tick the box");
    ben.post(&format!("/slip/{code}"), &[("password", "short"), ("zone", "UTC"), ("rules", "on")]).await.is(422);
    ben.post(&format!("/slip/{code}"), &SEAT).await.is(303);
    ben.get("/").await.is(200);
    assert_eq!(house.word("SELECT zone FROM member WHERE name = 'Ben'").await, "Europe/Lisbon");
    ben.post("/logout", &[]).await;
    let signed = ben.post("/login", &[("who", "Ben"), ("password", PASSWORD)]).await;
    assert_eq!(signed.leads_to(), "/");
    house.visitor().get(&format!("/slip/{code}")).await.is(404).says("isn't good any more");
    house.visitor().post(&format!("/slip/{code}"), &SEAT).await.is(404);
    ana.get("/admin/members").await.does_not_say("come yet");
}

#[tokio::test]
async fn nobody_signs_in_to_an_account_that_was_not_come_to_and_guessing_is_slowed_down() {
    let (house, ana) = House::founded(Kind::School).await;
    brings(&ana, "Ben").await;
    for password in ["", " ", PASSWORD] {
        house.visitor().post("/login", &[("who", "Ben"), ("password", password)]).await.is(422);
    }
    let guesser = house.visitor();
    let mut last = 404;
    for n in 0..60 {
        last = guesser.get(&format!("/slip/0000-0000-{n:04}")).await.status;
        if last != 404 {
            break;
        }
    }
    assert_eq!(last, 429);
    house.visitor().post("/slip", &[("code", "<b>no</b>")]).await.is(422).does_not_say("<b>no");
}

#[tokio::test]
async fn fresh_slips_are_for_those_who_have_not_come_and_end_the_ones_before() {
    let (house, ana) = House::founded(Kind::School).await;
    let made = brings(&ana, "Ben\nCleo").await;
    house.visitor().post(&format!("/slip/{}", made[0].1), &SEAT).await.is(303);
    let again = slips(&ana.post("/admin/members/slips", &[]).await.is(200).text);
    assert_eq!(again.len(), 1);
    assert_eq!(again[0].0, "Cleo");
    house.visitor().get(&format!("/slip/{}", made[1].1)).await.is(404);
    house.visitor().post(&format!("/slip/{}", again[0].1), &SEAT).await.is(303);
    ana.post("/admin/members/slips", &[]).await.is(422).says("nobody needs a slip");
}

#[tokio::test]
async fn lists_and_slips_are_the_admins_alone() {
    let (house, _ana) = House::founded(Kind::School).await;
    let ben = house.member("Ben").await;
    ben.get("/admin/members/list").await.is(403);
    ben.post("/admin/members/list", &[("list", "Cleo"), ("make", "on")]).await.is(403);
    ben.post("/admin/members/slips", &[]).await.is(403);
    ben.post(&format!("/admin/members/{}/ends", ben.id), &[("ends", "2027-01-01")]).await.is(403);
    assert_eq!(house.count("SELECT count(*) FROM member").await, 2);
}

#[tokio::test]
async fn an_account_is_good_to_the_end_of_its_last_day_and_no_booking_goes_beyond_it() {
    let (house, ana) = House::founded(Kind::School).await;
    let ben = house.member("Ben").await;
    ana.post(&format!("/admin/members/{}/ends", ben.id), &[("ends", "2026-11-17")]).await.is(303);
    let refused = ben.refused("/book", &[("start", &at("2026-11-18T10:00").0.to_string()), ("minutes", "25")]).await;
    assert_eq!(refused, "ends");
    let last = ben.books(at("2026-11-17T23:00"), 50).await;
    moves_to(&house, "2026-11-17T23:59").await;
    ben.get("/history").await.is(200);
    moves_to(&house, "2026-11-18T00:01").await;
    assert_eq!(ben.get("/history").await.leads_to(), "/login?next=%2Fhistory");
    ben.post("/login", &[("who", "Ben"), ("password", PASSWORD)]).await.is(422).says("was good until 17 November 2026");
    ben.post("/login", &[("who", "Ben"), ("password", "a guess at it")]).await.is(422).does_not_say("was good");
    assert_eq!(house.count(&format!("SELECT count(*) FROM booking WHERE id = {last} AND cancelled_at IS NOT NULL")).await, 0);

    // Let in again, it has no end.
    ana.post(&format!("/admin/members/{}/resume", ben.id), &[]).await.is(303);
    moves_to(&house, "2026-11-18T00:02").await;
    assert_eq!(ben.post("/login", &[("who", "Ben"), ("password", PASSWORD)]).await.leads_to(), "/");
    ana.post(&format!("/admin/members/{}/ends", ben.id), &[("ends", "yesterday")]).await.is(422).says("is no day");
    ana.post(&format!("/admin/members/{}/ends", ana.id), &[("ends", "2027-01-01")]).await.is(422);
}

#[tokio::test]
async fn whoever_has_the_machine_lets_an_admin_in_again() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    house.write(|tx| login::recover(tx, None, &[1; 32])).await.unwrap();
    ana.post(&format!("/admin/members/{}/role", ben.id), &[("role", "admin")]).await.is(303);
    let asked = house.write(|tx| login::recover(tx, None, &[2; 32])).await;
    let Err(Fault::Refusal(refusal)) = asked else { panic!("it must be said who is meant") };
    assert!(refusal.sentence.contains("Ana, Ben"), "{}", refusal.sentence);
    ben.post(&format!("/admin/members/{}/role", ana.id), &[("role", "member")]).await.is(303);
    ben.post(&format!("/admin/members/{}/pause", ana.id), &[]).await.is(303);
    house.write(|tx| login::recover(tx, Some("ana"), &[3; 32])).await.unwrap();
    assert_eq!(house.word("SELECT role FROM member WHERE name = 'Ana'").await, "admin");
    assert_eq!(ana.post("/login", &[("who", "Ana"), ("password", PASSWORD)]).await.leads_to(), "/");
}

#[tokio::test]
async fn recovering_says_who_can_be_meant() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    let said = async |name: Option<&'static str>| match house.write(move |tx| login::recover(tx, name, &[9; 32])).await {
        Err(Fault::Refusal(refusal)) => refusal.sentence,
        other => panic!("{other:?}"),
    };
    assert_eq!(said(Some("Zed")).await, "Nobody here is called “Zed”. The admins are Ana.");
    // The last admin is gone, as after a hand in the database.
    let demoted = house.write(|tx| Ok(tx.conn.execute("UPDATE member SET role = 'member'", []).unwrap())).await;
    assert_eq!(demoted.unwrap(), 2);
    let sentence = said(None).await;
    assert!(sentence.starts_with("There is no admin.") && sentence.ends_with("The members are Ana, Ben."), "{sentence}");
    drop((ana, ben));
}

#[tokio::test]
async fn columns_that_are_not_read_and_slips_that_lead_nowhere_are_said() {
    let (_house, ana) = House::founded(Kind::School).await;
    let shown = ana.post("/admin/members/list", &[("list", "Name,Class,Email\nBen,7b,ben@school.example")]).await.is(200);
    shown.says("Not read: ").says("<b>Class</b>").says("One person would get an account");
    ana.post("/admin/members/list", &[("list", "PK\u{3}\u{4}xl/workbook.xml")]).await.is(422).says("Save it as CSV");
    let made = ana.post("/admin/members/list", &[("list", "Ben"), ("make", "on")]).await.is(200);
    made.does_not_say("this very machine only");
    let here = Ask::post("/admin/members/slips", &[]).header("host", "localhost:8443").header("origin", "https://localhost:8443");
    ana.send(here).await.is(200).says("this very machine only");
}
