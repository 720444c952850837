//! Keeping the house: roles, pausing, removing, reports, the house form, and doors that stay shut to members.

use super::house::{House, at};
use super::live::Page;
use super::visitor::Visitor;
use alongside::actions::set_up;
use alongside::domain::pins::{Pinned, Pins};
use alongside::domain::policy::Kind;

const TEN: &str = "2026-11-16T10:00";

async fn act(by: &Visitor, about: &Visitor, act: &str, fields: &[(&str, &str)]) -> u16 {
    by.post(&format!("/admin/members/{}/{act}", about.id), fields).await.status
}

async fn give_role(by: &Visitor, about: &Visitor, role: &str) -> u16 {
    act(by, about, "role", &[("role", role)]).await
}

#[tokio::test]
async fn members_see_no_page_of_the_admin_and_moderators_only_the_reports() {
    let (house, ana) = House::founded(Kind::Company).await;
    let (ben, mo) = (house.member("Ben").await, house.member("Mo").await);
    give_role(&ana, &mo, "moderator").await;
    for path in ["/admin", "/admin/invites", "/admin/members", "/admin/reports", "/admin/house"] {
        ana.get(path).await.is(200);
        ben.get(path).await.is(403);
        let open = path == "/admin" || path == "/admin/reports";
        mo.get(path).await.is(if open { 200 } else { 403 });
    }
    ana.get("/admin/invites/1/qr.svg").await.is(404);
    for (path, fields) in [
        ("/admin/house", vec![("name", "Mine"), ("zone", "UTC"), ("step", "15")]),
        ("/admin/members/1/role", vec![("role", "member")]),
        ("/admin/members/1/pause", vec![]),
        ("/admin/members/1/resume", vec![]),
        ("/admin/members/1/remove", vec![]),
        ("/admin/members/1/reset-link", vec![]),
        ("/admin/invites", vec![("role", "member"), ("uses", "1"), ("days", "1")]),
    ] {
        assert_eq!(ben.refused(path, &fields).await, "not_allowed", "{path}");
        assert_eq!(mo.refused(path, &fields).await, "not_allowed", "{path}");
    }
    assert_eq!(ben.refused("/admin/reports/1/settle", &[]).await, "not_allowed");
    assert_eq!(house.count("SELECT count(*) FROM member WHERE role = 'admin' AND paused_at IS NULL").await, 1);
    ben.get("/").await.does_not_say("href=\"/admin\"");
}

#[tokio::test]
async fn a_role_that_is_taken_away_is_gone_at_once() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    assert_eq!(give_role(&ana, &ben, "admin").await, 303);
    ben.get("/admin/members").await.is(200);
    assert_eq!(give_role(&ana, &ben, "member").await, 303);
    ben.get("/admin/members").await.is(403);
    assert_eq!(give_role(&ana, &ben, "emperor").await, 404);
    assert_eq!(house.count("SELECT count(*) FROM audit WHERE what LIKE 'role %'").await, 2);
}

#[tokio::test]
async fn the_last_admin_keeps_the_keys() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    let path = format!("/admin/members/{}", ana.id);
    for (what, fields) in [("role", vec![("role", "member")]), ("pause", vec![]), ("remove", vec![])] {
        assert_eq!(ana.refused(&format!("{path}/{what}"), &fields).await, "last_admin", "{what}");
    }
    give_role(&ana, &ben, "admin").await;
    assert_eq!(act(&ana, &ben, "pause", &[]).await, 303);
    assert_eq!(ana.refused(&format!("{path}/pause"), &[]).await, "last_admin", "a paused admin keeps no keys");
    assert_eq!(act(&ana, &ben, "remove", &[]).await, 303, "but can be removed: one who can sign in is left");
    assert_eq!(house.count("SELECT count(*) FROM member").await, 1);
}

#[tokio::test]
async fn an_admin_may_go_when_another_stays() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    give_role(&ana, &ben, "admin").await;
    assert_eq!(act(&ana, &ana, "remove", &[]).await, 303);
    assert_eq!(ana.get("/").await.leads_to(), "/login");
    ben.get("/admin/members").await.is(200).does_not_say("Ana");
}

#[tokio::test]
async fn who_is_paused_is_signed_out_hung_up_and_cancelled_until_let_in_again() {
    let (house, ana) = House::new().await;
    let (ben, cleo) = (house.member("Ben").await, house.member("Cleo").await);
    let (b, _) = (ben.books(at(TEN), 50).await, cleo.books(at(TEN), 50).await);
    ben.books(at("2026-11-18T10:00"), 50).await;
    house.advance_to(at(TEN).plus(-60));
    let page = Page::open(&ben, b).await;
    assert_eq!(act(&ana, &ben, "pause", &[]).await, 303);
    let mut page = page;
    // Told that it is over, or simply hung up: in any case the stream ends.
    while page.stream_goes_on().await {}
    assert_eq!(ben.get("/").await.leads_to(), "/login");
    cleo.get("/").await.says("Ben had to cancel.");
    ana.get("/?week=2026-11-18").await.does_not_say("sit-");
    ana.get("/people").await.does_not_say("Ben");
    let fields = [("who", "Ben"), ("password", super::house::PASSWORD)];
    house.visitor().post("/login", &fields).await.is(422);
    assert_eq!(act(&ana, &ben, "resume", &[]).await, 303);
    ben.post("/login", &fields).await.is(303);
    ben.get("/").await.is(200);
    assert_eq!(house.count("SELECT count(*) FROM booking WHERE member = 2 AND cancelled_at IS NULL").await, 0);
}

#[tokio::test]
async fn a_session_that_was_worked_to_the_end_counts_though_its_member_is_paused_in_the_break() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    let (a, b) = (ana.books(at(TEN), 50).await, ben.books(at(TEN), 50).await);
    house.advance_to(at(TEN));
    Page::open(&ana, a).await.sits().await;
    Page::open(&ben, b).await.sits().await;
    house.advance_to(at(TEN).plus(3100));
    act(&ana, &ben, "pause", &[]).await;
    house.advance_to(at(TEN).plus(3600));
    house.settle().await;
    assert_eq!(house.count("SELECT sum(sessions) FROM member").await, 2);
    ana.get("/history").await.says("Ben");
}

#[tokio::test]
async fn who_is_removed_is_gone_from_every_table() {
    let (house, ana) = House::new().await;
    let (ben, cleo) = (house.member("Ben").await, house.member("Cleo").await);
    let b = ben.books(at(TEN), 50).await;
    ana.picks(b).await;
    let d = cleo.books(at("2026-11-16T15:00"), 50).await;
    ben.picks(d).await;
    ben.does(&format!("/people/{}/favorite", ana.id), &[]).await;
    cleo.does(&format!("/people/{}/block", ben.id), &[]).await;
    ben.post("/admin/invites", &[("role", "member"), ("uses", "1"), ("days", "1")]).await.is(303);
    act(&ana, &ben, "reset-link", &[]).await;
    house.advance_to(at(TEN).plus(-60));
    let mut page = Page::open(&ben, b).await;
    page.sits().await;
    page.means_to(&["Ben's private matter"]).await;
    let a = 2;
    ana.does(&format!("/session/{a}/report"), &[("seat", &b.to_string()), ("text", "He sold me a lamp.")]).await;
    house.advance_to(at(TEN).plus(3600));
    house.settle().await;
    assert_eq!(act(&ana, &ben, "remove", &[]).await, 303);
    let gone = [
        "booking WHERE member",
        "relation WHERE member",
        "relation WHERE other",
        "picked WHERE member",
        "picked WHERE other",
        "met WHERE low",
        "met WHERE high",
        "day_count WHERE member",
        "login WHERE member",
        "pass WHERE member",
        "invite WHERE made_by",
        "member WHERE id",
    ];
    for place in gone {
        assert_eq!(house.count(&format!("SELECT count(*) FROM {place} = {}", ben.id)).await, 0, "{place}");
    }
    assert_eq!(house.count("SELECT count(*) FROM goal WHERE text LIKE 'Ben%'").await, 0);
    for (who, path) in [(&ana, "/"), (&ana, "/history"), (&cleo, "/people"), (&ana, "/admin/members"), (&cleo, "/me")] {
        who.get(path).await.is(200).does_not_say("Ben");
    }
    ana.get("/admin/reports").await.is(200).says("a former member");
    assert_eq!(house.count("SELECT count(*) FROM pragma_foreign_key_check").await, 0);
}

#[tokio::test]
async fn a_report_comes_to_the_moderators_with_its_context_and_is_settled_once() {
    let (house, ana) = House::new().await;
    let (ben, mo) = (house.member("Ben").await, house.member("Mo").await);
    give_role(&ana, &mo, "moderator").await;
    let (a, b) = (ana.books(at(TEN), 50).await, ben.books(at(TEN), 50).await);
    let text = format!("<script>alert(1)</script> {}", "x".repeat(3_000));
    ben.does(&format!("/session/{b}/report"), &[("seat", &a.to_string()), ("text", &text)]).await;
    mo.get("/admin").await.is(200);
    let shown = mo.get("/admin/reports").await.is(200);
    shown.says("Ben").says("Ana").says("&lt;script&gt;").says("Why they sat together: They booked the same start and length.");
    assert_eq!(house.count("SELECT length(text) FROM report").await, 2_000);
    mo.does("/admin/reports/1/settle", &[]).await;
    assert_eq!(mo.refused("/admin/reports/1/settle", &[]).await, "gone");
    assert_eq!(mo.refused("/admin/reports/77/settle", &[]).await, "gone");
    assert_eq!(house.count("SELECT count(*) FROM audit WHERE what = 'report settled'").await, 1);
}

#[tokio::test]
async fn the_house_is_changed_all_or_nothing() {
    let (house, ana) = House::new().await;
    let good = [
        ("name", "Oak  Street"),
        ("zone", "Europe/Lisbon"),
        ("step", "30"),
        ("focus", "1-600"),
        ("focus", "1-600"),
        ("focus", "nonsense"),
        ("rules", "Be kind.\r\n\r\n- <b>No</b> lamps for sale."),
        ("welcome", "Come in."),
    ];
    assert_eq!(ana.post("/admin/house", &good).await.leads_to(), "/admin/house?note=saved");
    ana.get("/guide").await.says("Oak Street").says("&lt;b&gt;No&lt;/b&gt;").does_not_say("<b>No</b>");
    assert_eq!(house.word("SELECT value FROM setting WHERE key = 'focus_hours'").await, "[{\"weekday\":1,\"minute\":600}]");
    assert_eq!(house.word("SELECT value FROM setting WHERE key = 'rules_version'").await, "2");
    for (n, bad) in [(0, ""), (1, "Mars/Olympus"), (2, "7"), (2, ""), (2, "-15")] {
        let mut form = good;
        form[n].1 = bad;
        form[7].1 = "Changed.";
        ana.post("/admin/house", &form).await.is(422).says("role=\"alert\"").says("Changed.");
        ana.get("/guide").await.says("Come in.").does_not_say("Changed.");
    }
    ana.post("/admin/house", &good).await.is(303);
    assert_eq!(house.word("SELECT value FROM setting WHERE key = 'rules_version'").await, "2", "the same rules are no new ones");
    assert_eq!(house.visitor().get("/manifest.webmanifest").await.is(200).text.matches("Oak Street").count(), 2);
}

#[tokio::test]
async fn the_rules_of_the_house_are_read_and_accepted_on_joining() {
    let (house, ana) = House::new().await;
    ana.post("/admin/house", &[("name", "Maple Street"), ("zone", "UTC"), ("step", "15"), ("rules", "Shoes off, please.")])
        .await
        .is(303);
    ana.post("/admin/invites", &[("role", "member"), ("uses", "1"), ("days", "1")]).await.is(303);
    let token = house.word("SELECT token FROM invite").await;
    house.visitor().get(&format!("/join/{token}")).await.says("Shoes off, please.");
    ana.get("/admin/invites/1/qr.svg").await.is(200).says("<svg");
}

#[tokio::test]
async fn an_invite_has_a_size_and_an_end() {
    let (house, ana) = House::new().await;
    for (uses, days) in [("0", "1"), ("1", "0"), ("1001", "1"), ("1", "366"), ("", "1"), ("many", "1"), ("-1", "1")] {
        ana.post("/admin/invites", &[("role", "member"), ("uses", uses), ("days", days)]).await.is(422).says("role=\"alert\"");
    }
    assert_eq!(house.count("SELECT count(*) FROM invite").await, 0);
}

#[tokio::test]
async fn members_among_friends_invite_and_see_only_their_own_invites() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    for who in [&ana, &ben] {
        who.post("/admin/invites", &[("role", "member"), ("uses", "1"), ("days", "1")]).await.is(303);
    }
    let (of_ana, of_ben) =
        (house.word("SELECT token FROM invite WHERE id = 1").await, house.word("SELECT token FROM invite WHERE id = 2").await);
    ben.get("/admin/invites").await.is(200).says(&of_ben).does_not_say(&of_ana);
    ana.get("/admin/invites").await.says(&of_ben).says(&of_ana);
    assert_eq!(ben.refused("/admin/invites/1/revoke", &[]).await, "gone");
    ben.get("/admin/invites/1/qr.svg").await.is(404);
    ana.does("/admin/invites/2/revoke", &[]).await;
}

#[tokio::test]
async fn what_the_keeper_has_fixed_holds_whatever_the_form_says() {
    let place = "/etc/alongside/alongside.toml".to_owned();
    let step = Some(Pinned { value: 30, place: place.clone() });
    let name = Some(Pinned { value: "The Reading Room".to_owned(), place });
    let pins = Pins { step, name, ..Pins::default() };
    let house = House::fixed(pins.clone());
    let ana = house.found(Kind::Friends, "UTC").await;
    house.write(move |tx| set_up::fix(tx, &pins)).await.unwrap();
    let form = ana.get("/admin/house").await.is(200);
    form.says("The Reading Room").says("Fixed by /etc/alongside/alongside.toml").does_not_say("name=\"step\"");
    let wish = [("name", "Elsewhere"), ("zone", "Europe/Lisbon"), ("step", "5"), ("rules", "Be kind"), ("welcome", "")];
    ana.post("/admin/house", &wish).await.is(303);
    assert_eq!(house.word("SELECT value FROM setting WHERE key = 'name'").await, "The Reading Room");
    assert_eq!(house.word("SELECT value FROM setting WHERE key = 'step'").await, "30");
    assert_eq!(house.word("SELECT value FROM setting WHERE key = 'zone'").await, "Europe/Lisbon");
}

#[tokio::test]
async fn only_the_lengths_that_the_house_offers_can_be_booked_and_what_is_booked_stays() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    let long = ben.books(at("2026-11-17T10:00"), 75).await;
    let form = [("name", "Maple"), ("zone", "UTC"), ("step", "15"), ("lengths", "0")];
    ana.post("/admin/house", &form).await.is(422).says("Offer at least one length");
    ana.post("/admin/house", &[&form[..], &[("lengths", "25"), ("lengths", "50")]].concat()).await.is(303);
    ana.get("/admin/house").await.says(r#"name="lengths" value="50" checked"#).says(r#"name="lengths" value="75">"#);
    let offered = |page: &str| page.matches(r#"name="minutes" value="75""#).count();
    assert_eq!(offered(&ana.get("/plans").await.text), 0);
    assert!(!ana.get("/").await.text.contains(r#"type="radio" name="minutes" value="75""#));
    let start = at(TEN).0.to_string();
    assert_eq!(ana.refused("/book", &[("start", &start), ("minutes", "75")]).await, "minutes");
    assert_eq!(ana.refused("/start-now", &[("minutes", "75")]).await, "minutes");
    assert_eq!(ana.refused("/plans/find", &[("times", "1"), ("minutes", "75"), ("part", "3")]).await, "minutes");
    assert_eq!(house.count("SELECT count(*) FROM booking WHERE cancelled_at IS NULL").await, 1);
    // Whose booking is longer is still sat down with.
    ana.picks(long).await;
    // A form that doesn't speak of lengths leaves them.
    ana.post("/admin/house", &[("name", "Maple"), ("zone", "UTC"), ("step", "15")]).await.is(303);
    assert_eq!(ana.refused("/book", &[("start", &start), ("minutes", "75")]).await, "minutes");
}
