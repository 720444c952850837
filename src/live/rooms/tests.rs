//! The driver's promises, with a media engine that is written down here.

use super::super::media::talk::Call;
use super::super::media::{Answer, Leg, MediaJoin, MediaLine};
use super::*;
use crate::domain::time::Timestamp;
use crate::live::ways::Ways;
use std::path::PathBuf;

/// Answers every offer with its own words, and notes who leaves.
#[derive(Default)]
struct Engine {
    said: Mutex<Vec<String>>,
}

impl Engine {
    fn note(&self, text: String) {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).push(text);
    }
}

impl MediaLine for Engine {
    fn join(&self, join: MediaJoin) -> Answer {
        self.note(format!("join {} by {}", join.participant, join.local_host));
        Box::pin(async move { if join.offer.is_empty() { Err("No.".to_owned()) } else { Ok(format!("to {}", join.offer)) } })
    }

    fn wish(&self, participant: u64, mid: &str, who: Option<u64>, width: u16) {
        self.note(format!("wish {participant} {mid} {who:?} {width}"));
    }

    fn hush(&self, participant: u64, hushed: bool) {
        self.note(format!("hush {participant} {hushed}"));
    }

    fn leave(&self, participant: u64) {
        self.note(format!("leave {participant}"));
    }

    fn end_relay(&self, place: &str) {
        self.note(format!("end relay {place}"));
    }

    fn end_room(&self, room: u64) {
        self.note(format!("end {room}"));
    }
}

fn place() -> PathBuf {
    let dir = std::env::temp_dir().join(format!("alongside-rooms-{}", Dice.word::<6>()));
    std::fs::create_dir(&dir).expect("a directory");
    dir
}

async fn until(connection: &mut Connection, wished: impl Fn(&ToPage) -> bool) -> ToPage {
    loop {
        let message = connection.rx.recv().await.expect("the connection goes on");
        if wished(&message) {
            return message;
        }
    }
}

#[tokio::test]
async fn an_offer_is_answered_and_who_gets_up_leaves_the_media_engine_too() {
    let dir = place();
    let store = Store::open(&dir.join("house.db")).expect("a database");
    let clock = Clock::fixed(Timestamp(1_800_000_000));
    let engine = Arc::new(Engine::default());
    let (tell, events) = mpsc::channel(8);
    let rooms = Rooms::start(store.clone(), clock.clone(), &Dice, Media::over(engine.clone()), events);
    let who = store
        .write(clock.now(), |tx| {
            let zone = crate::domain::time::Zone::utc();
            let new = crate::store::member::NewMember {
                name: "Ana",
                email: None,
                password_hash: "",
                role: crate::domain::member::Role::Member,
                zone: &zone,
                pick: crate::domain::member::Pick::Everyone,
                rules_version: 0,
            };
            Ok::<_, Fault>(crate::store::member::member_insert(tx.conn, &new, tx.now)?.expect("a free name"))
        })
        .await
        .expect("a member");
    let mut page = rooms.connect(who, RoomId(1), "p".into(), true, Ways::default(), "house.test".into()).await.expect("a room");
    until(&mut page, |m| matches!(m, ToPage::Welcome { .. })).await;
    page.tx.say(FromPage::Come).await;
    page.tx.say(FromPage::MediaOffer { n: 7, sdp: "an offer".into(), anew: false }).await;
    let answer = until(&mut page, |m| matches!(m, ToPage::Call(Call::Answer { .. }))).await;
    assert_eq!(answer, ToPage::Call(Call::Answer { n: 7, sdp: "to an offer".into() }));
    let participant = Leg::of_guest(1).participant();
    tell.send(MediaEvent::Quality { participant, reduced: true }).await.expect("the driver listens");
    until(&mut page, |m| *m == ToPage::Call(Call::Quality { reduced: true })).await;
    page.tx.say(FromPage::MediaOffer { n: 8, sdp: String::new(), anew: false }).await;
    until(&mut page, |m| matches!(m, ToPage::Call(Call::Refused { n: 8, sentence }) if sentence == "No.")).await;
    assert_eq!(rooms.inside(RoomId(1)).people, [(who, "Ana".to_owned())]);
    page.tx.say(FromPage::Leave).await;
    while page.rx.recv().await.is_some() {}
    assert!(rooms.inside(RoomId(1)).people.is_empty());
    let said = engine.said.lock().unwrap_or_else(PoisonError::into_inner).clone();
    assert_eq!(said[0], format!("join {participant} by house.test"));
    assert_eq!(said.last(), Some(&format!("leave {participant}")));
    let _ = std::fs::remove_dir_all(dir);
}
