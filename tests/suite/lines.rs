//! How many lines one member may hold open, and what the one hears that has to make room.

use super::house::{House, at};
use super::live::{Page, Stream};
use super::visitor::Ask;
use alongside::http::LineKind;
use futures_util::FutureExt;
use http_body_util::BodyExt;

#[tokio::test]
async fn whoever_opens_a_page_too_many_loses_the_oldest_which_hears_so_and_nobody_else_does() {
    let (house, ana) = House::new().await;
    let ben = house.member("Ben").await;
    let (mut oldest, mut of_ben) = (Stream::open(&ana, "/live").await, Stream::open(&ben, "/live").await);
    assert_eq!(oldest.next().await.unwrap().0, "hello");
    let mut others = Vec::new();
    for _ in 1..LineKind::Listening.most() {
        others.push(Stream::open(&ana, "/rooms/live").await);
    }
    assert_eq!(others[0].next().await.unwrap().0, "rooms");
    let mut one_more = Stream::open(&ana, "/live").await;
    assert_eq!(oldest.next().await.unwrap().0, "crowded");
    assert!(oldest.next().await.is_none(), "it has ended");
    assert_eq!((one_more.next().await.unwrap().0, of_ben.next().await.unwrap().0), ("hello".to_owned(), "hello".to_owned()));
    // Who has closed some has room again: the next one sends nobody away.
    others.truncate(10);
    let _again = Stream::open(&ana, "/live").await;
    ana.books(at("2026-11-16T10:00"), 50).await;
    let heard = one_more.next().await.unwrap().0;
    assert!(heard == "slot" || heard == "mine", "{heard}");
}

#[tokio::test]
async fn a_session_page_too_many_is_told_that_it_is_over_and_does_not_come_back() {
    let (_house, ana) = House::new().await;
    let booking = ana.books(at("2026-11-16T10:00"), 50).await;
    let mut oldest = Page::open(&ana, booking).await;
    let mut others = Vec::new();
    for n in 0..LineKind::Listening.most() {
        others.push(Stream::open(&ana, &format!("/session/{booking}/events?page=other{n}&claim=0")).await);
    }
    let told = oldest.until(|message| message["t"] == "over").await;
    assert!(told["sentence"].as_str().unwrap().contains("tabs"), "{told}");
    assert!(!oldest.stream_goes_on().await);
}

#[tokio::test]
async fn checks_have_a_bound_of_their_own_and_take_no_place_from_pages() {
    let (_house, ana) = House::new().await;
    let mut calendar = Stream::open(&ana, "/live").await;
    assert_eq!(calendar.next().await.unwrap().0, "hello");
    let mut checks = Vec::new();
    for _ in 0..=LineKind::Checking.most() {
        let mut body = ana.open(Ask::get("/check/events")).await.into_body();
        assert!(words(&mut body).await.contains("data:here"));
        checks.push(body);
    }
    assert!(words(&mut checks[0]).await.contains("event:crowded"));
    assert!(checks[0].frame().await.is_none(), "it has ended");
    assert!(checks[1].frame().now_or_never().is_none(), "the others go on");
    assert!(calendar.next().now_or_never().is_none(), "and so does the calendar");
}

async fn words<B: http_body::Body<Data = bytes::Bytes, Error: std::fmt::Debug> + Unpin>(body: &mut B) -> String {
    let bytes = body.frame().await.unwrap().unwrap().into_data().unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}
