//! The page about trust: open to everybody, in every state of the house, with the steps of the visitor's own system.

use super::house::House;
use super::visitor::Ask;

const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1";

#[tokio::test]
async fn who_has_no_account_finds_the_steps_of_their_own_system_and_the_fingerprint() {
    let (house, _) = House::new().await;
    let stranger = house.visitor();
    let page = stranger.send(Ask::get("/trust").header("user-agent", PHONE)).await;
    assert_eq!(page.status, 200);
    let (first, rest) = page.text.split_once("Another device").unwrap();
    assert!(first.contains("Certificate Trust Settings") && rest.contains("Trusted Root Certification Authorities"));
    assert!(page.text.contains("Alongside CA 1a2b3c") && page.text.contains("CC:DD"));
    let login = stranger.get("/login").await;
    assert!(login.text.contains(r#"href="/trust""#), "the login leads there");
}

#[tokio::test]
async fn the_files_are_there_before_anybody_has_set_the_house_up() {
    let house = House::bare();
    let stranger = house.visitor();
    assert_eq!(stranger.get("/trust").await.status, 200);
    for (path, kind) in [
        ("/trust/alongside-ca.crt", "application/x-x509-ca-cert"),
        ("/ca.crt", "application/x-x509-ca-cert"),
        ("/trust/alongside-ca.pem", "application/x-pem-file"),
        ("/trust/alongside.mobileconfig", "application/x-apple-aspen-config"),
        ("/trust/qr.svg", "image/svg+xml"),
    ] {
        let answer = stranger.get(path).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, kind), "{path}");
    }
    assert_eq!(stranger.get("/trust/ca.key").await.status, 404);
}

#[tokio::test]
async fn by_an_address_that_the_certificate_does_not_hold_no_step_is_promised_to_help() {
    let (house, _) = House::new().await;
    let asked = Ask::get("/trust").header("host", "198.51.100.7:8443");
    let page = house.visitor().send(asked).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("Not by this address") && page.text.contains("For <b>198.51.100.7</b> its keeper can get"));
    assert!(!page.text.contains("turns green"));
}

#[tokio::test]
async fn behind_a_proxy_the_page_speaks_of_the_proxys_certificate() {
    let (house, _) = House::new().await;
    let page = house.visitor().send(Ask::get("/trust").by_proxy()).await;
    assert!(page.text.contains("What stands in front of this place vouches for it"));
}
