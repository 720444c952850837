//! The hub's promises, on a real database.

use super::super::calendar::Calendar;
use super::super::media::events::MediaEvents;
use super::super::media::{Answer, Media, MediaJoin, MediaLine};
use super::super::protocol::{FromPage, SeatState, State, ToPage};
use super::super::ways::Ways;
use super::{Connection, Hub};
use crate::actions::{Fault, cancel};
use crate::clock::{Clock, Dice};
use crate::domain::booking::{Length, Wishes};
use crate::domain::id::{BookingId, MemberId, SessionId};
use crate::domain::member::{Pick, Role};
use crate::domain::session::Goal;
use crate::domain::time::{Timestamp, Zone};
use crate::store::member::{NewMember, member_insert};
use crate::store::{Store, booking};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

const START: Timestamp = Timestamp(1_800_000_000);

/// A database with members, and a hub on it; the clock stands a minute after the start.
struct House {
    path: PathBuf,
    store: Store,
    clock: Clock,
    hub: Hub,
}

impl House {
    fn open() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("alongside-hub-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a directory");
        let store = Store::open(&path.join("test.db")).expect("a database");
        let clock = Clock::fixed(START.plus(60));
        let hub =
            Hub::start(store.clone(), clock.clone(), &Dice, Calendar::default(), Media::default(), MediaEvents::none().sessions);
        Self { path, store, clock, hub }
    }

    /// The server is stopped and started anew on the same database.
    async fn restart(&mut self) {
        self.hub.stop().await;
        self.hub = Hub::start(
            self.store.clone(),
            self.clock.clone(),
            &Dice,
            Calendar::default(),
            Media::default(),
            MediaEvents::none().sessions,
        );
    }

    /// A member with a booking alone in its session.
    async fn member(&self, name: &'static str) -> (MemberId, BookingId) {
        let insert = move |tx: &crate::store::Tx<'_>| {
            let zone = Zone::or_utc("Asia/Kathmandu");
            let new = NewMember {
                name,
                email: None,
                password_hash: "",
                role: Role::Member,
                zone: &zone,
                pick: Pick::Everyone,
                rules_version: 0,
            };
            let member = member_insert(tx.conn, &new, tx.now)?.expect("a free name");
            let session = booking::session_insert(tx.conn, tx.now)?;
            let id = booking::booking_insert(tx.conn, member, session, START, Length::Short, &Wishes::default(), tx.now)?;
            Ok::<_, Fault>((member, id))
        };
        self.store.write(self.clock.now(), insert).await.expect("a member")
    }

    /// Moves the second booking into the session of the first, and says so to the hub.
    async fn pair(&self, a: BookingId, b: BookingId) {
        let merge = move |tx: &crate::store::Tx<'_>| {
            let [a, b] = [a, b].map(|id| booking::seat(tx.conn, id).ok().flatten().expect("a seat").booking);
            booking::booking_move(tx.conn, b.id, a.session)?;
            booking::session_recount(tx.conn, a.session)?;
            Ok::<[SessionId; 2], Fault>([a.session, b.session])
        };
        let sessions = self.store.write(self.clock.now(), merge).await.expect("a pair");
        self.hub.changed(&sessions);
    }

    async fn goals(&self, id: BookingId) -> Vec<String> {
        let goals = self.store.read(move |conn| booking::goals(conn, id).map_err(Fault::from)).await.expect("goals");
        goals.into_iter().map(|goal| goal.text).collect()
    }

    async fn page(&self, (who, booking): (MemberId, BookingId), page: &str, claim: bool) -> Page {
        let line =
            self.hub.connect(who, booking, page.to_owned(), claim, Ways::default(), String::new()).await.expect("a connection");
        Page { booking, line }
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

struct Page {
    booking: BookingId,
    line: Connection,
}

impl Page {
    async fn say(&self, message: FromPage) {
        assert!(self.line.tx.say(message).await);
    }

    async fn hear(&mut self) -> Option<ToPage> {
        tokio::time::timeout(Duration::from_secs(10), self.line.rx.recv()).await.expect("an answer")
    }

    /// Listens until a message is what is waited for.
    async fn until<T>(&mut self, wanted: impl Fn(&ToPage) -> Option<T>) -> T {
        loop {
            let message = self.hear().await.expect("the connection stands");
            if let Some(found) = wanted(&message) {
                return found;
            }
        }
    }

    async fn until_state(&mut self, wanted: impl Fn(&State) -> bool) -> State {
        self.until(|message| match message {
            ToPage::State { state } | ToPage::Welcome { state, .. } if wanted(state) => Some(state.clone()),
            _ => None,
        })
        .await
    }

    async fn run_word(&mut self) -> String {
        self.until(|message| if let ToPage::Welcome { run, .. } = message { Some(run.clone()) } else { None }).await
    }

    async fn sit(&mut self) {
        self.say(FromPage::Sit).await;
        let me = self.booking;
        self.until_state(|state| of(state, me).seated).await;
    }
}

fn of(state: &State, booking: BookingId) -> &SeatState {
    state.seats.iter().find(|seat| seat.booking == booking).expect("a seat")
}

fn goals(text: &str, nonce: u32) -> FromPage {
    FromPage::Goals { goals: vec![Goal { text: text.to_owned(), outcome: None }], nonce }
}

#[tokio::test]
async fn what_was_acknowledged_is_in_the_database_and_the_partner_sees_it() {
    let house = House::open();
    let (ana, ben) = (house.member("Ana").await, house.member("Ben").await);
    house.pair(ana.1, ben.1).await;
    let (mut a, mut b) = (house.page(ana, "a", true).await, house.page(ben, "b", true).await);
    a.sit().await;
    b.sit().await;
    a.say(goals("write", 3)).await;
    a.until(|m| (*m == ToPage::Saved { nonce: 3 }).then_some(())).await;
    assert_eq!(house.goals(ana.1).await, ["write"]);
    let state = b.until_state(|s| !of(s, ana.1).goals.is_empty()).await;
    assert_eq!(of(&state, ana.1).goals[0].text, "write");
    assert_eq!(of(&state, ana.1).zone, "Asia/Kathmandu");
}

#[tokio::test]
async fn deeds_are_saved_in_the_order_they_were_done() {
    let house = House::open();
    let ana = house.member("Ana").await;
    let mut a = house.page(ana, "a", true).await;
    for n in 0..30 {
        house.hub.changed(&[SessionId(1)]);
        a.say(goals(&format!("goal {n}"), n)).await;
        a.until(|m| (*m == ToPage::Saved { nonce: n }).then_some(())).await;
    }
    assert_eq!(house.goals(ana.1).await, ["goal 29"]);
    let fresh = house.page(ana, "a", false).await.until_state(|_| true).await;
    assert_eq!(of(&fresh, ana.1).goals[0].text, "goal 29");
}

#[tokio::test]
async fn after_a_restart_everybody_is_back_with_their_goals_and_pages_know_of_it() {
    let mut house = House::open();
    let (ana, ben) = (house.member("Ana").await, house.member("Ben").await);
    house.pair(ana.1, ben.1).await;
    let mut a = house.page(ana, "a", true).await;
    let run = a.run_word().await;
    a.sit().await;
    a.say(goals("write", 1)).await;
    a.until(|m| (*m == ToPage::Saved { nonce: 1 }).then_some(())).await;
    house.restart().await;
    a.until(|m| (*m == ToPage::Restart).then_some(())).await;
    assert!(a.hear().await.is_none(), "the connection ends");
    let mut a = house.page(ana, "a", false).await;
    assert_ne!(a.run_word().await, run);
    let mut b = house.page(ben, "b", true).await;
    let state = b.until_state(|s| of(s, ana.1).here).await;
    assert!(of(&state, ana.1).sat && !of(&state, ana.1).seated);
    assert_eq!(of(&state, ana.1).goals[0].text, "write");
}

#[tokio::test]
async fn a_seat_that_is_paired_while_its_page_is_open_moves_to_the_other_room() {
    let house = House::open();
    let (ana, ben) = (house.member("Ana").await, house.member("Ben").await);
    let (mut a, mut b) = (house.page(ana, "a", true).await, house.page(ben, "b", true).await);
    a.until_state(|s| s.seats.len() == 1).await;
    b.sit().await;
    house.pair(ana.1, ben.1).await;
    let state = a.until_state(|s| s.seats.len() == 2 && of(s, ben.1).here).await;
    assert!(of(&state, ben.1).seated, "who sat goes on sitting");
    let state = b.until_state(|s| s.seats.len() == 2).await;
    assert_eq!(of(&state, ben.1).page, "b");
    a.sit().await;
    b.say(FromPage::Chat { id: "1".to_owned(), text: "hello".to_owned() }).await;
    a.until(|m| matches!(m, ToPage::Chat { line } if line.text == "hello").then_some(())).await;
}

#[tokio::test]
async fn a_cancelled_booking_ends_its_page_and_tells_the_partner_why() {
    let house = House::open();
    let (ana, ben) = (house.member("Ana").await, house.member("Ben").await);
    house.pair(ana.1, ben.1).await;
    let (mut a, mut b) = (house.page(ana, "a", true).await, house.page(ben, "b", true).await);
    a.until_state(|s| of(s, ben.1).here).await;
    let done = house.store.write(house.clock.now(), move |tx| cancel::cancel(tx, ben.0, ben.1)).await;
    house.hub.announce(&done.expect("not begun for Ben, who never sat"));
    b.until(|m| matches!(m, ToPage::Over { .. }).then_some(())).await;
    assert!(b.hear().await.is_none());
    let state = a.until_state(|s| s.seats.len() == 1).await;
    assert_eq!(of(&state, ana.1).name, "Ana");
}

#[tokio::test]
async fn nobody_connects_to_a_seat_that_is_not_theirs() {
    let house = House::open();
    let (ana, ben) = (house.member("Ana").await, house.member("Ben").await);
    house.pair(ana.1, ben.1).await;
    let refused = house.hub.connect(ben.0, ana.1, "b".to_owned(), true, Ways::default(), String::new()).await;
    assert!(matches!(refused, Err(Fault::Refusal(refusal)) if refusal.code == "gone"));
    let _a = house.page(ana, "a", true).await;
    assert!(house.hub.speaker(ben.0, ana.1, "a").is_none());
    assert!(house.hub.speaker(ana.0, ana.1, "a").is_some());
}

#[tokio::test]
async fn what_is_posted_finds_the_event_stream_and_nothing_after_it_is_closed() {
    let house = House::open();
    let ana = house.member("Ana").await;
    let mut a = house.page(ana, "a", true).await;
    let voice = house.hub.speaker(ana.0, ana.1, "a").expect("connected");
    assert!(voice.say(FromPage::Ping { at: 5.0 }).await);
    a.until(|m| matches!(m, ToPage::Pong { at, .. } if *at == 5.0).then_some(())).await;
    drop(a);
    assert!(house.hub.speaker(ana.0, ana.1, "a").is_none());
}

#[tokio::test]
async fn a_page_that_does_not_listen_is_disconnected_and_holds_nobody_up() {
    let house = House::open();
    let (ana, ben) = (house.member("Ana").await, house.member("Ben").await);
    house.pair(ana.1, ben.1).await;
    let (mut deaf, mut b) = (house.page(ana, "a", true).await, house.page(ben, "b", true).await);
    for n in 0..100 {
        b.say(FromPage::Chat { id: n.to_string(), text: "hello".to_owned() }).await;
        let id = n.to_string();
        b.until(|m| matches!(m, ToPage::Chat { line } if line.id == id).then_some(())).await;
    }
    let mut heard = 0;
    while deaf.hear().await.is_some() {
        heard += 1;
    }
    assert!(heard <= super::wire::TOLD_MOST);
}

#[tokio::test]
async fn time_is_noticed_by_rooms_without_a_word_from_a_page() {
    let house = House::open();
    let ana = house.member("Ana").await;
    let mut a = house.page(ana, "a", true).await;
    a.sit().await;
    house.clock.advance(Duration::from_secs(30 * 60));
    a.until(|m| matches!(m, ToPage::Over { .. }).then_some(())).await;
    assert!(a.hear().await.is_none());
}

#[tokio::test]
async fn a_member_who_is_sent_out_loses_every_connection_and_the_partner_sees_it() {
    let house = House::open();
    let (ana, ben) = (house.member("Ana").await, house.member("Ben").await);
    house.pair(ana.1, ben.1).await;
    let (mut a, mut b) = (house.page(ana, "a", true).await, house.page(ben, "b", true).await);
    b.until_state(|s| of(s, ana.1).here).await;
    a.until_state(|_| true).await;
    house.hub.hang_up(ana.0);
    while a.hear().await.is_some() {}
    house.clock.advance(Duration::from_secs(7));
    b.until_state(|s| !of(s, ana.1).here).await;
}

/// A media engine that only notes whose relays it is to end.
struct Ended(tokio::sync::mpsc::UnboundedSender<String>);

impl MediaLine for Ended {
    fn join(&self, _: MediaJoin) -> Answer {
        Box::pin(std::future::ready(Err(String::new())))
    }

    fn wish(&self, _: u64, _: &str, _: Option<u64>, _: u16) {}

    fn hush(&self, _: u64, _: bool) {}

    fn leave(&self, _: u64) {}

    fn end_room(&self, _: u64) {}

    fn end_relay(&self, place: &str) {
        self.0.send(place.to_owned()).expect("somebody listens");
    }
}

#[tokio::test]
async fn the_relays_of_a_session_end_with_its_last_break_and_not_when_the_room_empties() {
    let mut house = House::open();
    let (end, mut ended) = tokio::sync::mpsc::unbounded_channel();
    let media = Media::over(std::sync::Arc::new(Ended(end)));
    house.hub =
        Hub::start(house.store.clone(), house.clock.clone(), &Dice, Calendar::default(), media, MediaEvents::none().sessions);
    let ana = house.member("Ana").await;
    let session = house.store.read(move |conn| booking::seat(conn, ana.1).map_err(Fault::from)).await;
    let session = session.expect("a read").expect("a seat").booking.session;
    let mut page = house.page(ana, "p", true).await;
    page.run_word().await;
    drop(page);
    house.clock.advance(Duration::from_secs(Length::Short.footprint_s() as u64 - 61));
    house.member("Ben").await;
    assert!(ended.try_recv().is_err(), "nobody is in the room, and the session is not over");
    house.clock.advance(Duration::from_secs(2));
    let place = tokio::time::timeout(Duration::from_secs(10), ended.recv()).await.expect("the end comes");
    assert_eq!(place, Some(session.0.to_string()));
}
