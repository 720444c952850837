//! How many lines one member may hold open, and what the one hears that has to make room.

use super::house::{House, at};
use super::live::{Page, Stream};
use alongside::http::LineKind;

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
