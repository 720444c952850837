//! A choice on a page: the certificate comes at once and without a restart, and goes when the answer changes back.

use super::Place;
use alongside::app::front::Front;
use alongside::config::{Config, Written};
use alongside::domain::way_in::{Choice, Opening, Proof};
use std::sync::Arc;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

fn front(place: &Place) -> Arc<Front> {
    let roots = place.folder.join("roots.pem").to_string_lossy().into_owned();
    let said = [("acme.directory", place.authority.directory.clone()), ("acme.ca_file", roots)];
    let said = said.map(|(key, value)| (key.to_owned(), value)).to_vec();
    let written = Written { data_dir: Some(place.folder.clone()), said, ..Written::default() };
    let config = Config::meant(written, &|_| None).unwrap();
    Front::new(Config { port: place.port, ..config }, Choice::default(), false)
}

/// Waits until it stands so.
async fn until(front: &Front, place: &Place, wanted: impl Fn(Option<&Proof>) -> bool) -> Option<Proof> {
    let stands = async {
        let mut again = tokio::time::interval(Duration::from_millis(50));
        loop {
            again.tick().await;
            let proof = front.standing(&place.tls).proof;
            if wanted(proof.as_ref()) {
                return proof;
            }
        }
    };
    tokio::time::timeout(PATIENCE, stands).await.expect("it comes to stand so")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_chosen_on_a_page_is_vouched_for_at_once_and_no_more_when_it_is_taken_back() {
    let place = Place::new().await;
    let front = front(&place);
    let tended = tokio::spawn(front.clone().tend(place.tls.clone(), || false, None));
    assert_eq!(front.standing(&place.tls).proof, None, "nobody has chosen");

    front.take(Choice::typed(Opening::Anywhere, "meet.example", "", false).unwrap());
    let held = Proof::Held { issuer: "Test authority".to_owned() };
    until(&front, &place, |proof| proof == Some(&held)).await;
    place.by_authority("meet.example").await.expect("without a restart");
    assert!(front.config().names.contains(&"meet.example".to_owned()), "plain HTTP is led there, too");

    front.take(Choice::typed(Opening::Anywhere, "other.example", "", false).unwrap());
    until(&front, &place, |proof| proof == Some(&held)).await;
    assert!(place.by_authority("meet.example").await.is_err() && place.by_authority("other.example").await.is_ok());

    front.take(Choice::default());
    until(&front, &place, |proof| proof.is_none() && !place.tls.is_known("other.example")).await;
    place.by_own("localhost").await.expect("the house's own authority stands in");
    tended.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_said_in_the_authoritys_words_and_the_own_authority_stands_in() {
    let place = Place::new().await;
    let front = front(&place);
    place.authority.behaves(|manner| manner.refuses = Some("no names of that kind"));
    let tended = tokio::spawn(front.clone().tend(place.tls.clone(), || false, None));
    front.take(Choice::typed(Opening::Anywhere, "meet.example", "", false).unwrap());
    let refused = until(&front, &place, |proof| matches!(proof, Some(Proof::Refused { .. }))).await;
    let Some(Proof::Refused { why, may_ask, .. }) = refused else { panic!("{refused:?}") };
    assert!(why.contains("no names of that kind") && !may_ask, "not so soon: authorities count failures");
    place.by_own("127.0.0.1").await.expect("the house's own authority stands in");
    tended.abort();
}
