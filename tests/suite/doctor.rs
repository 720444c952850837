//! Who may look at how the machine fares, and who is let through the doors that are there to be tried.

use super::house::{House, at};
use super::visitor::Ask;
use alongside::domain::capacity::{Capacity, Outlook};
use alongside::domain::policy::Kind;
use alongside::domain::time::Timestamp;
use alongside::http::{Machine, Measuring};
use http_body_util::BodyExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

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

/// A machine with somebody in a call, and a log that remembers what it was told.
#[derive(Default)]
struct Taken {
    loud: AtomicBool,
}

impl Machine for Taken {
    fn outlook(&self) -> Outlook {
        Outlook { capacity: Some(Capacity::careful(2)), promised: 0.25, people: 4, hour: vec![0.5], ..Outlook::default() }
    }

    fn measure(&self) -> Measuring<'_> {
        Box::pin(async { Err("Calls are under way. Try again when it is quiet, or add --anyway.".to_owned()) })
    }

    fn log_until(&self) -> Option<Timestamp> {
        self.loud.load(Ordering::SeqCst).then(|| at("2026-11-16T10:00"))
    }

    fn log(&self, more: bool) {
        self.loud.store(more, Ordering::SeqCst);
    }
}

#[tokio::test]
async fn only_admins_see_what_the_machine_carries_and_change_what_its_log_says() {
    let mut house = House::bare();
    Arc::get_mut(&mut house.web).unwrap().gauges.machine = Some(Arc::new(Taken::default()));
    let ana = house.found(Kind::Friends, "UTC").await;
    let ben = house.member("Ben").await;
    ana.get("/admin/machine").await.is(200).says("25 % of it is taken now.").says("4 people");
    assert_eq!(ana.refused("/admin/machine/measure", &[]).await, "measure");
    ana.post("/admin/machine/log", &[("say", "more")]).await.is(303);
    ana.get("/admin/machine").await.says("It says more than usual until 10:00");
    assert_eq!(house.count("SELECT count(*) FROM audit WHERE what = 'log says more'").await, 1);
    ben.get("/admin/machine").await.is(403);
    for path in ["/admin/machine/measure", "/admin/machine/log"] {
        assert_eq!(ben.refused(path, &[("say", "usual")]).await, "not_allowed", "{path}");
    }
    ana.get("/admin/machine").await.says("It says more than usual until 10:00");
    house.visitor().get("/admin/machine").await.is(303);
}
