//! A certificate by ACME: had at the start, renewed while connections go on, and where it is refused the house's own stands in.

mod authority;
mod page;

use alongside::app::media_ways::MediaDoors;
use alongside::app::wire;
use alongside::clock::{Clock, Dice};
use alongside::config::{Config, Written};
use alongside::port::{self, Unencrypted, Want};
use alongside::tls::acme::{Acme, Wish, kept};
use alongside::tls::{self, Tls};
use authority::Authority;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::sync::CancellationToken;
use warp::Filter;

const DAY: i64 = 86_400;

/// A machine with the real port, and an authority that looks at it.
struct Place {
    folder: PathBuf,
    tls: Arc<Tls>,
    port: u16,
    stop: CancellationToken,
    authority: Authority,
    now: i64,
    _wire: alongside::switchboard::Switchboard,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.stop.cancel();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Place {
    async fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("alongside-acme-{}", Dice.word::<8>()));
        let now = Clock::system().now().0;
        let tls = Arc::new(tls::open(&folder, &[], &[], now).unwrap());
        let bound = port::bind(Want { port: 0, addresses: vec![Ipv4Addr::LOCALHOST.into()] }).unwrap();
        let (port, stop) = (bound.port, CancellationToken::new());
        let written = Written { data_dir: Some(folder.clone()), ..Written::default() };
        let config = Config::meant(written, &|_| None).unwrap();
        let doors = MediaDoors { port, beside: None };
        let wire::Started { switchboard, handle, .. } = wire::start(&config, bound.udp, doors, &Clock::system()).unwrap();
        let hello = warp::any().map(|| "hello");
        let proofs = tls.clone();
        let shown = move |path: &str| proofs.proofs().text(path).map(|text| ("application/octet-stream", text.into_bytes()));
        let plain = Unencrypted::nowhere().showing(shown);
        tokio::spawn(port::serve(
            bound.tcp,
            tls.config.clone(),
            warp::service(hello),
            stop.clone(),
            plain,
            handle,
            Default::default(),
        ));
        let authority = Authority::open((port, port)).await;
        std::fs::write(folder.join("roots.pem"), &authority.root_pem).unwrap();
        Self { folder, tls, port, stop, authority, now, _wire: switchboard }
    }

    fn acme(&self, names: &[&str], has_port_80: bool) -> Acme {
        let wish = Wish {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            contact: Some("keeper@house.example".to_owned()),
            directory: self.authority.directory.clone(),
            roots: Some(self.folder.join("roots.pem")),
        };
        Acme::open(&self.folder, wish, self.tls.clone(), has_port_80, self.now).unwrap()
    }

    /// Comes by a name, trusting this root alone.
    async fn come(&self, name: &str, root: &str) -> Result<TlsStream<TcpStream>, std::io::Error> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(root.as_bytes()).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let tcp = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).await?;
        TlsConnector::from(Arc::new(config)).connect(ServerName::try_from(name.to_owned()).unwrap(), tcp).await
    }

    async fn by_authority(&self, name: &str) -> Result<TlsStream<TcpStream>, std::io::Error> {
        self.come(name, &self.authority.root_pem).await
    }

    async fn by_own(&self, name: &str) -> Result<TlsStream<TcpStream>, std::io::Error> {
        self.come(name, self.tls.authority_pem()).await
    }
}

/// Asks once more on a connection that stays open.
async fn asks(tls: &mut TlsStream<TcpStream>) -> String {
    tls.write_all(b"GET / HTTP/1.1\r\nHost: meet.example\r\n\r\n").await.unwrap();
    let mut answer = vec![0; 2048];
    let mut text = String::new();
    while !text.ends_with("hello") {
        let read = tls.read(&mut answer).await.unwrap();
        assert!(read > 0, "the connection was dropped: {text}");
        text += str::from_utf8(&answer[..read]).unwrap();
    }
    text
}

fn serial(tls: &TlsStream<TcpStream>) -> Vec<u8> {
    let chain = tls.get_ref().1.peer_certificates().unwrap();
    x509_parser::parse_x509_certificate(&chain[0]).unwrap().1.raw_serial().to_vec()
}

#[tokio::test]
async fn a_certificate_comes_at_the_start_for_its_names_and_the_houses_own_stays_for_all_others() {
    let place = Place::new().await;
    assert!(place.by_authority("meet.example").await.is_err(), "not yet");
    let mut acme = place.acme(&["meet.example", "www.meet.example"], false);
    acme.tend(place.now).await;
    for name in ["meet.example", "www.meet.example"] {
        place.by_authority(name).await.unwrap_or_else(|e| panic!("{name}: {e}: {:?}", kept(&place.folder)));
    }
    place.by_own("localhost").await.expect("the house's own, for its own names");
    place.by_own("127.0.0.1").await.expect("and addresses");
    assert!(place.tls.is_known("meet.example") && !place.tls.is_known("localhost") && !place.tls.is_known("127.0.0.1"));
    assert_eq!(place.authority.asked("look tls-alpn-01"), 2);
    let record = kept(&place.folder).unwrap();
    assert_eq!((record.failures, record.issuer.as_deref()), (0, Some("Test authority")));
    let mode =
        std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(place.folder.join("acme/key.pem")).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn a_restart_shows_what_is_kept_and_orders_nothing() {
    let place = Place::new().await;
    place.acme(&["meet.example"], false).tend(place.now).await;
    let anew = Arc::new(tls::open(&place.folder, &[], &[], place.now).unwrap());
    let wish = Wish {
        names: vec!["meet.example".to_owned()],
        directory: place.authority.directory.clone(),
        roots: Some(place.folder.join("roots.pem")),
        contact: None,
    };
    let mut acme = Acme::open(&place.folder, wish, anew.clone(), false, place.now).unwrap();
    assert!(anew.is_known("meet.example"), "before anybody was asked");
    acme.tend(place.now + 60).await;
    assert_eq!((place.authority.asked("order"), place.authority.asked("account")), (1, 1));
}

#[tokio::test]
async fn it_is_renewed_at_two_thirds_of_its_life_without_dropping_a_connection() {
    let place = Place::new().await;
    let mut acme = place.acme(&["meet.example"], false);
    acme.tend(place.now).await;
    let mut open = place.by_authority("meet.example").await.unwrap();
    assert!(asks(&mut open).await.contains("200 OK"));
    acme.tend(place.now + 59 * DAY).await;
    assert_eq!(place.authority.asked("order"), 1, "it is not time yet");
    acme.tend(place.now + 61 * DAY).await;
    assert_eq!(place.authority.asked("order"), 2);
    assert!(asks(&mut open).await.contains("200 OK"), "the old connection goes on");
    let fresh = place.by_authority("meet.example").await.unwrap();
    assert_ne!(serial(&open), serial(&fresh));
    assert!(place.authority.last_order().0.is_some(), "it says which one it replaces");
}

#[tokio::test]
async fn when_the_authority_wants_it_renewed_it_is() {
    let place = Place::new().await;
    let mut acme = place.acme(&["meet.example"], false);
    acme.tend(place.now).await;
    place.authority.behaves(|manner| manner.window = Some((place.now + 80 * DAY, place.now + 80 * DAY)));
    acme.tend(place.now + 61 * DAY).await;
    assert_eq!(place.authority.asked("order"), 1, "later than the usual two thirds");
    place.authority.behaves(|manner| manner.window = Some((place.now - 2 * DAY, place.now - DAY)));
    acme.tend(place.now + 62 * DAY + 1).await;
    assert_eq!(place.authority.asked("order"), 2, "a window that is past means at once: it may be revoked");
}

#[tokio::test]
async fn an_address_gets_a_short_lived_one_and_is_shown_to_who_asks_for_no_name() {
    let place = Place::new().await;
    place.authority.behaves(|manner| manner.life_s = 160 * 3600);
    let mut acme = place.acme(&["127.0.0.1"], false);
    acme.tend(place.now).await;
    place.by_authority("127.0.0.1").await.expect("by the address");
    assert_eq!(place.authority.last_order().1.as_deref(), Some("shortlived"));
    place.by_own("localhost").await.expect("a name gets the house's own");
    acme.tend(place.now + 81 * 3600).await;
    assert_eq!(place.authority.asked("order"), 2, "at half its life");
}

#[tokio::test]
async fn where_it_is_refused_the_houses_own_stands_in_and_the_pauses_grow_also_over_a_restart() {
    let place = Place::new().await;
    place.authority.behaves(|manner| manner.refuses = Some("too many certificates already"));
    let mut acme = place.acme(&["meet.example"], false);
    let again = acme.tend(place.now).await;
    assert!(place.by_authority("meet.example").await.is_err());
    place.by_own("localhost").await.expect("the house's own");
    let record = kept(&place.folder).unwrap();
    assert!(record.why.as_deref().unwrap().contains("too many certificates already"), "{record:?}");
    assert!(again >= place.now + 600);
    acme.tend(place.now + 300).await;
    assert_eq!(place.authority.asked("order"), 1, "not before the pause is over");
    let mut acme = place.acme(&["meet.example"], false);
    acme.tend(place.now + 300).await;
    assert_eq!(place.authority.asked("order"), 1, "nor after a restart");
    let then = acme.tend(again).await;
    assert_eq!(place.authority.asked("order"), 2);
    assert!(then - again > again - place.now, "the second pause is longer");
    place.authority.behaves(|manner| manner.refuses = None);
    acme.tend(then).await;
    place.by_authority("meet.example").await.expect("at last");
    assert_eq!(kept(&place.folder).unwrap().why, None);
}

#[tokio::test]
async fn an_authority_that_forgets_one_time_words_is_asked_anew_at_once() {
    let place = Place::new().await;
    // The library tries three times.
    place.authority.behaves(|manner| manner.forgets = 4);
    let mut acme = place.acme(&["meet.example"], false);
    acme.tend(place.now).await;
    place.by_authority("meet.example").await.expect("at the first look");
    place.authority.behaves(|manner| manner.forgets = usize::MAX);
    acme.tend(place.now + 80 * DAY).await;
    assert!(
        kept(&place.folder).unwrap().why.unwrap().contains("badNonce"),
        "one that forgets for ever is left alone for a while"
    );
}

#[tokio::test]
async fn where_handshakes_are_not_looked_at_the_proof_goes_by_plain_http() {
    let place = Place::new().await;
    place.authority.behaves(|manner| manner.offers_tls = false);
    let mut without = place.acme(&["meet.example"], false);
    without.tend(place.now).await;
    assert!(kept(&place.folder).unwrap().why.unwrap().contains("does not offer TLS-ALPN-01"));
    let mut with = place.acme(&["meet.example", "second.example"], true);
    with.tend(place.now).await;
    place.by_authority("second.example").await.expect("by HTTP-01");
    assert_eq!(place.authority.asked("look http-01"), 2);
    assert_eq!(place.tls.proofs().text("/.well-known/acme-challenge/anything"), None, "proofs go with their order");
}

#[tokio::test]
async fn an_authority_that_cannot_be_asked_is_told_by_name_and_a_certificate_that_ran_out_is_hidden() {
    let place = Place::new().await;
    let mut acme = place.acme(&["meet.example"], false);
    acme.tend(place.now).await;
    place.authority.behaves(|manner| manner.refuses = Some("closed"));
    acme.tend(place.now + 91 * DAY).await;
    assert!(!place.tls.is_known("meet.example"), "the house's own stands in");
    let wish = Wish { names: vec!["a.example".to_owned()], directory: "https://localhost:1/dir".to_owned(), ..Wish::default() };
    let mut nobody = Acme::open(&place.folder, wish, place.tls.clone(), false, place.now).unwrap();
    nobody.tend(place.now).await;
    let why = kept(&place.folder).unwrap().why.unwrap();
    assert!(why.contains("localhost could not be asked"), "{why}");
}
