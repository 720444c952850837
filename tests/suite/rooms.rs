//! Rooms: there from the start, made and closed by admins, entered by everybody, kept friendly by moderators.

use super::house::{House, at};
use super::live::Stream;
use super::visitor::{Ask, Visitor};
use alongside::domain::id::{MemberId, RoomId};
use bytes::Bytes;
use serde_json::{Value, json};

/// The house's own room.
const LONG_TABLE: i64 = 1;

/// A page of a room, as the event stream serves it.
struct Page<'a> {
    visitor: &'a Visitor,
    room: i64,
    word: &'static str,
    stream: Stream,
}

impl<'a> Page<'a> {
    async fn at_door(visitor: &'a Visitor, room: i64, word: &'static str) -> Self {
        let stream = Stream::open(visitor, &format!("/room/{room}/events?page={word}&claim=1")).await;
        let mut page = Self { visitor, room, word, stream };
        page.until(|m| m["t"] == "welcome").await;
        page
    }

    async fn inside(visitor: &'a Visitor, room: i64) -> Self {
        let mut page = Self::at_door(visitor, room, "page").await;
        page.says(json!({ "t": "come" })).await;
        page.until_inside(&visitor.name).await;
        page
    }

    async fn says(&self, message: Value) {
        let body = Bytes::from(json!([message]).to_string());
        let path = format!("/room/{}/send?page={}", self.room, self.word);
        self.visitor.send(Ask::raw("POST", &path, body).header("content-type", "application/json")).await.is(204);
    }

    async fn until(&mut self, wished: impl Fn(&Value) -> bool) -> Value {
        loop {
            let (_, message) = self.stream.next().await.expect("the stream goes on");
            if wished(&message) {
                return message;
            }
        }
    }

    async fn until_inside(&mut self, name: &str) -> Value {
        let there = |m: &Value| m["state"]["people"].as_array().is_some_and(|all| all.iter().any(|p| p["name"] == name));
        self.until(there).await
    }
}

fn fields<'a>(name: &'a str, capacity: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![("name", name), ("purpose", "To read"), ("capacity", capacity), ("rhythm", "25/5")]
}

#[tokio::test]
async fn a_house_has_a_room_that_is_always_open_from_the_start() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    ben.get("/rooms").await.is(200).says("The long table").says("always open");
    ben.get("/room/1").await.is(200).says("The long table");
    assert_eq!(ana.refused("/admin/rooms/1/close", &[]).await, "always");
    ben.get("/room/99").await.is(404);
    house.visitor().get("/rooms").await.leads_to();
}

#[tokio::test]
async fn only_an_admin_makes_changes_and_closes_rooms_and_a_name_is_taken_once() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    for path in ["/admin/rooms", "/admin/rooms/1", "/admin/rooms/1/close"] {
        assert_eq!(ben.refused(path, &fields("Mine", "4")).await, "not_allowed", "{path}");
    }
    ben.get("/admin/rooms").await.is(403);
    ana.does("/admin/rooms", &fields("  Quiet   study ", "4")).await;
    ben.get("/rooms").await.says("Quiet study").says("25 minutes of work, 5 of rest.");
    assert_eq!(ana.refused("/admin/rooms", &fields("quiet STUDY", "4")).await, "room_taken");
    assert_eq!(ana.refused("/admin/rooms/1", &fields("Quiet study", "4")).await, "room_taken");
    for (name, capacity, code) in [("", "4", "room_name"), ("A", "17", "capacity"), ("A", "x", "capacity")] {
        assert_eq!(ana.refused("/admin/rooms", &fields(name, capacity)).await, code);
    }
    ana.post("/admin/rooms", &fields("", "4")).await.is(422).says("A room has a name").says("To read");
    ana.does("/admin/rooms/2", &fields("Library", "6")).await;
    ana.does("/admin/rooms/2/close", &[]).await;
    ben.get("/rooms").await.does_not_say("Library");
    ben.get("/room/2").await.is(404).says("open any more");
    ana.does("/admin/rooms", &fields("Library", "6")).await;
    assert_eq!(house.count("SELECT count(*) FROM audit WHERE what LIKE 'room %'").await, 4);
}

#[tokio::test]
async fn who_comes_in_is_on_the_list_and_at_the_table() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    let mut list = Stream::open(&ben, "/rooms/live").await;
    assert_eq!(list.next().await.expect("a hint").0, "rooms");
    let mut a = Page::inside(&ana, LONG_TABLE).await;
    assert_eq!(list.next().await.expect("a hint").0, "rooms");
    ben.get("/rooms/part").await.says("Ana is inside.");
    let b = Page::inside(&ben, LONG_TABLE).await;
    a.until_inside("Ben").await;
    b.says(json!({ "t": "goal", "text": "Read on" })).await;
    let shown = a.until(|m| m["state"]["people"][1]["goal"] == "Read on").await;
    assert_eq!(shown["state"]["people"][1]["media"]["mic"], false);
    b.says(json!({ "t": "chat", "id": "1", "text": "Tea?" })).await;
    assert_eq!(a.until(|m| m["t"] == "chat").await["line"]["name"], "Ben");
    b.says(json!({ "t": "leave" })).await;
    a.until(|m| m["state"]["people"].as_array().is_some_and(|all| all.len() == 1)).await;
    ben.get("/rooms/part").await.does_not_say("Ben");
}

#[tokio::test]
async fn a_full_room_keeps_its_door_open_for_looking() {
    let (house, ana) = House::new().await;
    let (ben, cleo) = (house.member("Ben").await, house.member("Cleo").await);
    ana.does("/admin/rooms", &fields("Two", "2")).await;
    let a = Page::inside(&ana, 2).await;
    let _b = Page::inside(&ben, 2).await;
    let mut c = Page::at_door(&cleo, 2, "c").await;
    c.says(json!({ "t": "come" })).await;
    let no = c.until(|m| m["t"] == "refused").await;
    assert_eq!(no["code"], "full");
    cleo.get("/rooms").await.says("All 2 chairs are taken.");
    a.says(json!({ "t": "leave" })).await;
    c.until(|m| m["state"]["people"].as_array().is_some_and(|all| all.len() == 1)).await;
    c.says(json!({ "t": "come" })).await;
    c.until_inside("Cleo").await;
}

#[tokio::test]
async fn without_a_media_engine_the_offer_is_answered_by_a_sentence() {
    let (_house, ana) = House::new().await;
    let mut a = Page::inside(&ana, LONG_TABLE).await;
    a.says(json!({ "t": "media_offer", "n": 3, "sdp": "v=0", "anew": false })).await;
    let no = a.until(|m| m["t"] == "media_refused").await;
    assert_eq!(no["n"], 3);
    assert!(no["sentence"].as_str().is_some_and(|s| s.contains("chat work")));
}

#[tokio::test]
async fn a_moderator_mutes_and_sends_out_for_a_day_and_it_outlasts_a_restart() {
    let (house, ana) = House::new().await;
    let (ben, mo) = (house.member("Ben").await, house.member("Mo").await);
    ana.post(&format!("/admin/members/{}/role", mo.id), &[("role", "moderator")]).await;
    let mut b = Page::inside(&ben, LONG_TABLE).await;
    let (who, mos, anas) = (ben.id.to_string(), mo.id.to_string(), ana.id.to_string());
    for act in ["mute", "remove"] {
        assert_eq!(ben.refused(&format!("/room/1/{act}"), &[("who", &mos)]).await, "not_allowed");
        assert_eq!(mo.refused(&format!("/room/1/{act}"), &[("who", &anas)]).await, "equal");
    }
    mo.does("/room/1/mute", &[("who", &who)]).await;
    b.until(|m| m["t"] == "muted").await;
    mo.does("/room/1/remove", &[("who", &who)]).await;
    b.until(|m| m["t"] == "over").await;
    assert!(b.stream.next().await.is_none());
    ben.get("/room/1").await.is(422).says("A moderator has asked you to leave");
    let again = house.killed();
    ben.before(&again).get("/room/1").await.is(422);
    house.advance(24 * 3600 + 1);
    ben.get("/room/1").await.is(200);
    assert_eq!(house.count("SELECT count(*) FROM audit WHERE what LIKE '%The long table'").await, 2);
}

#[tokio::test]
async fn who_met_in_a_room_can_report_and_who_did_not_cannot() {
    let (house, ana) = House::new().await;
    let (ben, cleo) = (house.member("Ben").await, house.member("Cleo").await);
    let b = Page::inside(&ben, LONG_TABLE).await;
    let _a = Page::inside(&ana, LONG_TABLE).await;
    let report = |who: MemberId| vec![("who", who.to_string()), ("text", "He sells courses.".to_owned())];
    let sent = |fields: Vec<(&'static str, String)>| fields;
    let (about_ben, about_cleo) = (sent(report(ben.id)), sent(report(cleo.id)));
    fn lent<'a>(fields: &'a [(&'static str, String)]) -> Vec<(&'static str, &'a str)> {
        fields.iter().map(|(k, v)| (*k, v.as_str())).collect()
    }
    assert_eq!(ana.refused("/room/1/report", &lent(&about_cleo)).await, "gone");
    assert_eq!(cleo.refused("/room/1/report", &lent(&about_ben)).await, "gone");
    b.says(json!({ "t": "leave" })).await;
    ana.does("/room/1/report", &lent(&about_ben)).await;
    ana.get("/admin/reports").await.says("About Ben").says("It was in the room “The long table”.");
    assert!(house.web.rooms.met(RoomId(1), ana.id, ben.id));
}

#[tokio::test]
async fn who_is_paused_is_out_of_every_room_at_once() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    let mut b = Page::inside(&ben, LONG_TABLE).await;
    ana.post(&format!("/admin/members/{}/pause", ben.id), &[]).await.is(303);
    b.until(|m| m["t"] == "over").await;
    ana.get("/rooms").await.does_not_say("Ben");
}

#[tokio::test]
async fn the_list_says_where_the_clock_of_each_room_stands() {
    let (house, ana) = House::new().await;
    house.advance_to(at("2026-11-16T09:20"));
    ana.get("/rooms").await.says("50 minutes of work, 10 of rest. Working until 9:50.");
    house.advance_to(at("2026-11-16T09:55"));
    ana.get("/rooms/part").await.says("On a break until 10:00.");
}

/// Sets a wall around these; gives its number.
async fn wall(house: &House, admin: &Visitor, members: &[&Visitor]) -> i64 {
    let ids: Vec<String> = members.iter().map(|m| m.id.to_string()).collect();
    let fields = [("name", "Class 7b"), ("wall", "on")].into_iter().chain(ids.iter().map(|id| ("member", id.as_str())));
    admin.does("/admin/groups", &fields.collect::<Vec<_>>()).await;
    house.count("SELECT max(id) FROM member_group").await
}

#[tokio::test]
async fn a_wall_keeps_people_and_rooms_apart_too_and_staff_come_in_visibly() {
    let (house, ana) = House::new().await;
    let (ben, cleo, dai) = (house.member("Ben").await, house.member("Cleo").await, house.member("Dai").await);
    cleo.get("/people").await.says("Ben").says("Dai");
    let id = wall(&house, &ana, &[&ben, &cleo]).await;
    cleo.get("/people").await.says("Ben").does_not_say("Dai").does_not_say("Ana");
    dai.get("/people").await.says("Ana").does_not_say("Ben").does_not_say("Cleo");
    let mut inside = Page::inside(&ben, 1).await;
    cleo.get("/rooms").await.says("Ben is inside.");
    let list = dai.get("/rooms").await;
    list.does_not_say("Ben").says("Another group is in here at the moment.");
    dai.get("/room/1").await.is(422).says("Another group is in this room at the moment.");
    dai.get("/room/1/events?page=page&claim=1").await.does_not_say("Ben");
    // The admin looks after rooms, and everybody sees that they are there.
    let _staff = Page::inside(&ana, 1).await;
    inside.until_inside("Ana").await;
    dai.get("/room/1").await.is(422).says("Another group is in this room at the moment.");
    // The group is no wall any more: whoever is inside comes back, and the door is open.
    ana.does(&format!("/admin/groups/{id}"), &[("name", "Class 7b"), ("member", &ben.id.to_string())]).await;
    dai.get("/rooms").await.does_not_say("Another group is in here");
}

#[tokio::test]
async fn a_wall_that_is_set_while_people_are_in_a_room_parts_them() {
    let (house, ana) = House::new().await;
    let (ben, dai) = (house.member("Ben").await, house.member("Dai").await);
    let mut inside = Page::inside(&ben, 1).await;
    let mut other = Page::inside(&dai, 1).await;
    inside.until_inside("Dai").await;
    wall(&house, &ana, &[&ben]).await;
    inside.until(|m| m["t"] == "restart").await;
    other.until(|m| m["t"] == "restart").await;
    // Whoever comes back first gives way to who still holds a chair; the other comes back to it.
    let mut back = Stream::open(&ben, "/room/1/events?page=page&claim=0").await;
    let (_, said) = back.next().await.unwrap();
    assert_eq!(said["t"], "over");
    let _back = Page::at_door(&dai, 1, "page").await;
    ana.get("/rooms").await.says("Dai is inside.");
    ben.get("/room/1").await.is(422).says("Another group is in this room at the moment.");
}
