//! Who may look at how the machine fares, and who is let through the doors that are there to be tried.

use super::house::House;
use super::visitor::Ask;
use http_body_util::BodyExt;

#[tokio::test]
async fn only_admins_see_how_the_machine_fares() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    let before = ana.get("/admin/doctor").await.is(200);
    assert!(before.text.contains("Look now") && !before.text.contains("It wobbles."));
    ana.post("/admin/doctor", &[]).await.is(303);
    let after = ana.get("/admin/doctor").await;
    assert!(
        after.text.contains("It wobbles.")
            && after.text.contains("Fold a beer mat")
            && after.text.contains("One thing to look after.")
    );
    ben.get("/admin/doctor").await.is(403);
    assert_eq!(ben.refused("/admin/doctor", &[]).await, "not_allowed");
    house.visitor().get("/admin/doctor").await.is(303);
}

#[tokio::test]
async fn the_doors_to_be_tried_are_for_members_and_tell_a_stranger_only_who_they_are() {
    let (house, _) = House::new().await;
    let (ben, stranger) = (house.member("Ben").await, house.visitor());
    ben.get("/check").await.is(200);
    stranger.get("/check").await.is(303);
    let ways = ben.send(Ask::get("/check/ways").header("accept", "application/json")).await;
    assert!(
        ways.text.contains("stun:house.test:8443") && ways.text.contains(&format!(":c{}-{}", ben.id.0, ben.id.0)),
        "{}",
        ways.text
    );
    for path in ["/check/ways", "/check/events?name=9999999999:doctor-0&pass=AAAA"] {
        stranger.send(Ask::get(path).header("accept", "application/json")).await.is(401);
    }
    assert_eq!(
        stranger.refused("/check/media", &[("sdp", "v=0"), ("name", "9999999999:doctor-0"), ("pass", "AAAA")]).await,
        "login"
    );
    assert_eq!(ben.refused("/check/media", &[("sdp", "v=0")]).await, "media", "this house has no engine");
    assert_eq!(stranger.get("/check/me").await.text, "192.168.1.20\n");
}

#[tokio::test]
async fn an_event_comes_at_once_for_who_looks_whether_events_come() {
    let (house, _) = House::new().await;
    let ben = house.member("Ben").await;
    let mut stream = ben.open(Ask::get("/check/events")).await.into_body();
    let first = stream.frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(&first[..], b"data:here\n\n");
}
