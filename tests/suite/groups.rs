//! Groups and walls: a booking stays inside, a wall keeps its members inside, and who is new is welcomed.

use super::house::{House, at};
use super::visitor::Visitor;
use alongside::actions::Fault;

const NOON: &str = "2026-11-16T12:00";

/// Makes a group of these members; gives its number.
async fn group(house: &House, admin: &Visitor, name: &str, wall: bool, members: &[&Visitor]) -> String {
    let ids: Vec<String> = members.iter().map(|m| m.id.to_string()).collect();
    let mut fields = vec![("name", name)];
    fields.extend(ids.iter().map(|id| ("member", id.as_str())));
    if wall {
        fields.push(("wall", "on"));
    }
    admin.does("/admin/groups", &fields).await;
    house.count("SELECT max(id) FROM member_group").await.to_string()
}

async fn books(who: &Visitor, start: &str, more: &[(&str, &str)]) -> i64 {
    let start = at(start).0.to_string();
    let mut fields = vec![("start", start.as_str()), ("minutes", "50")];
    fields.extend(more.iter().copied());
    who.does("/book", &fields).await["booked"][0]["booking"].as_i64().unwrap()
}

async fn to(house: &House, text: &str) {
    house.advance_to(at(text));
    house.settle().await;
}

/// Changes what no page can: how many sessions somebody has done, or a start that has been decided about.
async fn alter(house: &House, sql: &str) {
    let sql = sql.to_owned();
    let done = house.write(move |tx| tx.conn.execute_batch(&sql).map_err(|e| Fault::Store(e.into()))).await;
    done.unwrap();
}

async fn alone(house: &House) -> i64 {
    house.count("SELECT count(*) FROM booking WHERE alone = 1 AND cancelled_at IS NULL").await
}

#[tokio::test]
async fn a_booking_inside_a_group_is_seen_by_its_members_and_matched_with_none_but_them() {
    let (house, ana) = House::new().await;
    let (ben, cleo) = (house.member("Ben").await, house.member("Cleo").await);
    let club = group(&house, &ana, "Reading club", false, &[&ana, &ben]).await;
    let mine = books(&ana, NOON, &[("inside", &club)]).await;
    ana.get("/").await.says("Only in Reading club.");
    let waits = format!("id=\"w-{mine}\"");
    ben.get("/").await.says(&waits);
    cleo.get("/").await.does_not_say(&waits);
    assert_eq!(cleo.refused("/book", &[("with", &mine.to_string())]).await, "taken");
    let noon = at(NOON).0.to_string();
    assert_eq!(cleo.refused("/book", &[("start", &noon), ("minutes", "50"), ("inside", &club)]).await, "group");
    cleo.books(at(NOON), 50).await;
    to(&house, "2026-11-16T11:50").await;
    assert_eq!(alone(&house).await, 2);
    ben.books(at(NOON), 50).await;
    to(&house, "2026-11-16T11:59").await;
    assert_eq!(house.count(&format!("SELECT alone FROM booking WHERE id = {mine}")).await, 0);
    assert_eq!(house.count(&format!("SELECT alone FROM booking WHERE member = {}", cleo.id)).await, 1);
}

#[tokio::test]
async fn a_wall_keeps_both_sides_apart_on_every_way() {
    let (house, ana) = House::new().await;
    let (ben, cleo, dai) = (house.member("Ben").await, house.member("Cleo").await, house.member("Dai").await);
    group(&house, &ana, "Class 7b", true, &[&ben, &cleo]).await;
    let b = ben.books(at(NOON), 50).await;
    let waits = format!("id=\"w-{b}\"");
    dai.get("/").await.does_not_say(&waits);
    cleo.get("/").await.says(&waits);
    assert_eq!(dai.refused("/book", &[("with", &b.to_string())]).await, "taken");
    dai.does("/me/company", &[("nudges", "on")]).await;
    let start = at("2026-11-16T12:15").0.to_string();
    dai.does("/plans/wait", &[("start", &at("2026-11-16T12:00").0.to_string())]).await;
    ben.does("/ask-around", &[("booking", &b.to_string())]).await;
    ben.does("/move", &[("booking", &b.to_string()), ("start", &start)]).await;
    dai.get("/").await.does_not_say("Ben waits for company");
    dai.books(at("2026-11-16T12:15"), 50).await;
    ana.books(at("2026-11-16T12:15"), 50).await;
    to(&house, "2026-11-16T12:14").await;
    assert_eq!(alone(&house).await, 1, "Ana and Dai have each other");
    assert_eq!(house.count(&format!("SELECT alone FROM booking WHERE id = {b}")).await, 1);
    cleo.does("/start-now", &[("minutes", "50")]).await;
    assert_eq!(alone(&house).await, 0);
}

#[tokio::test]
async fn who_is_behind_a_wall_is_an_unknown_number_unless_i_said_before_what_they_are_to_me() {
    let (house, ana) = House::new().await;
    let (ben, dai) = (house.member("Ben").await, house.member("Dai").await);
    dai.does(&format!("/people/{}/favorite", ben.id), &[]).await;
    group(&house, &ana, "Class 7b", true, &[&ben]).await;
    let unknown = ben.refused("/people/999/block", &[]).await;
    assert_eq!(ben.refused(&format!("/people/{}/block", dai.id), &[]).await, unknown);
    assert_eq!(house.count("SELECT count(*) FROM relation").await, 1, "nothing was written");
    dai.does(&format!("/people/{}/clear", ben.id), &[]).await;
    assert_eq!(house.count("SELECT count(*) FROM relation").await, 0, "what I said before I can take back");
    assert_eq!(dai.refused(&format!("/people/{}/favorite", ben.id), &[]).await, unknown);
}

#[tokio::test]
async fn a_new_wall_holds_at_once_for_company_that_was_announced() {
    let (house, ana) = House::new().await;
    let (ben, cleo) = (house.member("Ben").await, house.member("Cleo").await);
    let b = ben.books(at(NOON), 50).await;
    cleo.picks(b).await;
    group(&house, &ana, "Staff", true, &[&ben]).await;
    assert_eq!(alone(&house).await, 2);
    for who in [&ben, &cleo] {
        who.get("/").await.says("The groups here have changed, and so did your company.");
    }
    // Two who share a wall keep each other.
    let id = house.count("SELECT id FROM member_group").await;
    let (x, y) = (ben.id.to_string(), cleo.id.to_string());
    ana.does(&format!("/admin/groups/{id}"), &[("name", "Staff"), ("wall", "on"), ("member", &x), ("member", &y)]).await;
    to(&house, "2026-11-16T11:00").await;
    assert_eq!(alone(&house).await, 0);
    ana.does(&format!("/admin/groups/{id}"), &[("name", "All staff"), ("wall", "on"), ("member", &x), ("member", &y)]).await;
    assert_eq!(alone(&house).await, 0);
    assert_eq!(house.count("SELECT count(*) FROM audit WHERE what LIKE 'wall%'").await, 3);
}

#[tokio::test]
async fn an_invite_leads_into_a_group() {
    let (house, ana) = House::new().await;
    let club = group(&house, &ana, "Reading club", false, &[]).await;
    ana.get("/admin/invites").await.says("Reading club");
    ana.does("/admin/invites", &[("role", "member"), ("uses", "5"), ("days", "5"), ("group", &club)]).await;
    let token = house.word("SELECT token FROM invite").await;
    let eva = house.visitor();
    let fields = [
        ("name", "Eva"),
        ("password", super::house::PASSWORD),
        ("zone", "UTC"),
        ("rules", "on"),
        ("accepted", "on"),
        ("email", ""),
    ];
    eva.post(&format!("/join/{token}"), &fields).await.is(303);
    assert_eq!(house.word("SELECT group_concat(m.name) FROM group_member g JOIN member m ON m.id = g.member").await, "Eva");
    eva.get("/").await.says("Only in Reading club");
    // Friends may invite, but only an admin says into which group.
    assert_eq!(
        eva.refused("/admin/invites", &[("role", "member"), ("uses", "5"), ("days", "5"), ("group", &club)]).await,
        "not_allowed"
    );
    assert_eq!(house.count("SELECT count(*) FROM invite").await, 1);
}

#[tokio::test]
async fn only_admins_look_after_groups_and_an_ended_one_opens_its_bookings() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    let club = group(&house, &ana, "Reading club", false, &[&ana]).await;
    ana.get("/admin/groups").await.says("Reading club").says("Ana.");
    for path in ["/admin/groups".to_owned(), format!("/admin/groups/{club}"), format!("/admin/groups/{club}/end")] {
        assert_eq!(ben.refused(&path, &[("name", "Mine")]).await, "not_allowed", "{path}");
    }
    assert_eq!(ana.refused("/admin/groups", &[("name", "reading  CLUB")]).await, "group_taken");
    assert_eq!(ana.refused("/admin/groups", &[("name", "  ")]).await, "group_name");
    ana.post("/admin/groups", &[("name", "reading club")]).await.is(422).says("There is a group called reading club already.");
    let mine = books(&ana, NOON, &[("inside", &club)]).await;
    ben.get("/").await.does_not_say(&format!("id=\"w-{mine}\""));
    ana.does(&format!("/admin/groups/{club}/end"), &[]).await;
    ben.get("/").await.says(&format!("id=\"w-{mine}\""));
}

#[tokio::test]
async fn an_appointment_stays_inside_its_group() {
    let (house, ana) = House::new().await;
    let club = group(&house, &ana, "Reading club", false, &[&ana]).await;
    books(&ana, "2026-11-17T10:00", &[("inside", &club), ("every_week", "on")]).await;
    assert_eq!(house.count(&format!("SELECT count(*) FROM booking WHERE inside = {club}")).await, 4);
}

#[tokio::test]
async fn who_is_new_comes_to_somebody_who_likes_to_welcome_and_both_read_it() {
    let (house, ana) = House::new().await;
    let (ben, cleo) = (house.member("Ben").await, house.member("Cleo").await);
    alter(&house, "UPDATE member SET sessions = 20 WHERE name <> 'Cleo'").await;
    ben.does("/me/company", &[("welcomes", "on")]).await;
    let eva = house.member("Eva").await;
    alter(&house, "UPDATE member SET sessions = 20 WHERE name = 'Eva'").await;
    for who in [&ana, &eva, &ben, &cleo] {
        who.books(at(NOON), 50).await;
    }
    to(&house, "2026-11-16T10:00").await;
    cleo.get("/")
        .await
        .says("Ben likes to welcome newcomers.")
        .says("A newcomer, and somebody who offered to welcome newcomers.");
    ben.get("/").await.says("It’s Cleo’s first session. Show them around.");
    ana.get("/").await.does_not_say("likes to welcome newcomers");
}

#[tokio::test]
async fn start_now_brings_who_is_new_to_a_host_who_waits() {
    let (house, ana) = House::new().await;
    let (ben, cleo) = (house.member("Ben").await, house.member("Cleo").await);
    ben.does("/me/company", &[("welcomes", "on")]).await;
    alter(&house, "UPDATE member SET sessions = 20 WHERE name <> 'Cleo'").await;
    house.advance(8 * 60);
    ana.books(at("2026-11-16T09:15"), 50).await;
    let b = ben.books(at("2026-11-16T11:15"), 50).await;
    // Both wait at the same start, as after a cancel a moment ago.
    let start = at("2026-11-16T09:15").0;
    let sql = format!("UPDATE booking SET start = {start}, earliest = {start}, latest = {start}, looked = 3 WHERE id = {b}");
    alter(&house, &sql).await;
    let done = cleo.does("/start-now", &[("minutes", "50")]).await;
    assert_eq!(done["partners"][0], "Ben", "{done}");
}
