//! What TLS promises, checked with real handshakes by a client that trusts the authority and nothing else.

use super::files::Scratch;
use super::*;
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, ServerConnection};
use std::fs;
use std::os::unix::fs::PermissionsExt;

const NOW: i64 = 1_800_000_000;
const DAY: i64 = 86_400;

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn addresses(addresses: &[&str]) -> Vec<IpAddr> {
    addresses.iter().map(|ip| ip.parse().expect("an address")).collect()
}

fn at_home(folder: &Path, now: i64) -> Tls {
    open(folder, &names(&["box.local", "box"]), &addresses(&["192.168.1.5", "fd00::5"]), now).expect("TLS")
}

/// Does a whole handshake in memory; says what the client thinks of it, and which protocol was agreed.
fn handshake(tls: &Tls, name: &str, now: i64, alpn: &[&str]) -> Result<Option<Vec<u8>>, rustls::Error> {
    let server_name = ServerName::try_from(name.to_owned()).expect("a name");
    let mut client = ClientConnection::new(client::config(tls, now, alpn), server_name)?;
    let mut server = ServerConnection::new(tls.config.clone())?;
    while client.is_handshaking() || server.is_handshaking() {
        let mut wire = Vec::new();
        client.write_tls(&mut wire).expect("memory");
        server.read_tls(&mut &wire[..]).expect("memory");
        server.process_new_packets()?;
        let mut wire = Vec::new();
        server.write_tls(&mut wire).expect("memory");
        client.read_tls(&mut &wire[..]).expect("memory");
        client.process_new_packets()?;
    }
    Ok(client.alpn_protocol().map(<[u8]>::to_vec))
}

#[test]
fn whoever_trusts_the_authority_accepts_every_name_and_address() {
    let folder = Scratch::new();
    let tls = at_home(folder.path(), NOW);
    for name in ["box.local", "box", "localhost", "127.0.0.1", "::1", "192.168.1.5", "fd00::5"] {
        assert_eq!(handshake(&tls, name, NOW, &["h2", "http/1.1"]), Ok(Some(b"h2".to_vec())), "{name}");
    }
    assert_eq!(handshake(&tls, "box.local", NOW, &[]), Ok(None), "browsers' TURN over TLS has no ALPN");
    assert!(handshake(&tls, "other.local", NOW, &[]).is_err());
    assert!(handshake(&tls, "box.local", NOW - 12 * 3600, &[]).is_ok(), "clocks differ");
    assert!(handshake(&tls, "box.local", NOW + 31 * DAY, &[]).is_err());
}

#[test]
fn a_restart_keeps_the_certificate_that_somebody_clicked_through() {
    let folder = Scratch::new();
    let first = at_home(folder.path(), NOW);
    let second = at_home(folder.path(), NOW + 19 * DAY);
    assert_eq!(first.leaf_fingerprint(), second.leaf_fingerprint());
    let fewer = open(folder.path(), &names(&["box.local"]), &[], NOW + DAY).expect("TLS");
    assert_eq!(first.leaf_fingerprint(), fewer.leaf_fingerprint(), "an address that is gone is no reason");
}

#[test]
fn a_new_leaf_comes_after_two_thirds_of_life_or_with_a_new_address_and_the_authority_stays() {
    let folder = Scratch::new();
    let first = at_home(folder.path(), NOW);
    let old = at_home(folder.path(), NOW + 21 * DAY);
    assert_ne!(first.leaf_fingerprint(), old.leaf_fingerprint());
    assert_eq!(old.not_after(), NOW + 51 * DAY);
    let moved = open(folder.path(), &names(&["box.local"]), &addresses(&["10.9.8.7"]), NOW + 21 * DAY).expect("TLS");
    assert_ne!(old.leaf_fingerprint(), moved.leaf_fingerprint());
    assert_eq!(first.authority_fingerprint(), moved.authority_fingerprint());
    assert!(handshake(&moved, "10.9.8.7", NOW + 21 * DAY, &[]).is_ok());
}

#[test]
fn a_running_house_exchanges_its_leaf() {
    let folder = Scratch::new();
    let tls = at_home(folder.path(), NOW);
    let before = tls.leaf_fingerprint();
    let (names, addresses) = (names(&["box.local"]), addresses(&["192.168.1.5"]));
    assert!(!tls.renew(&names, &addresses, NOW + 19 * DAY).expect("nothing to do"));
    assert!(tls.renew(&names, &addresses, NOW + 21 * DAY).expect("a new leaf"));
    assert_ne!(before, tls.leaf_fingerprint());
    assert!(handshake(&tls, "192.168.1.5", NOW + 40 * DAY, &[]).is_ok());
}

#[test]
fn the_authority_vouches_for_private_places_and_what_it_was_made_for_only() {
    let folder = Scratch::new();
    let here = names(&["meet.school.example", "203.0.113.5"]);
    let by_chance = addresses(&["192.0.2.7"]);
    assert_eq!(left_out(folder.path(), &here, &by_chance), ["192.0.2.7"], "also before there is an authority");
    let tls = open(folder.path(), &here, &by_chance, NOW).expect("TLS");
    for name in ["meet.school.example", "203.0.113.5"] {
        assert!(handshake(&tls, name, NOW, &[]).is_ok(), "{name}");
    }
    assert!(handshake(&tls, "192.0.2.7", NOW, &[]).is_err(), "a public address that nobody configured");
    let later = names(&["bank.example", "box.lan"]);
    let elsewhere = addresses(&["198.51.100.1", "fd00::1"]);
    assert_eq!(left_out(folder.path(), &later, &elsewhere), ["bank.example", "198.51.100.1"]);
    let tls = open(folder.path(), &later, &elsewhere, NOW).expect("TLS with what is left");
    assert!(handshake(&tls, "box.lan", NOW, &[]).is_ok() && handshake(&tls, "fd00::1", NOW, &[]).is_ok());
    assert!(handshake(&tls, "bank.example", NOW, &[]).is_err());
}

#[test]
fn clients_refuse_what_a_stolen_authority_signs_for_a_bank() {
    let folder = Scratch::new();
    let provider = rustls::crypto::ring::default_provider();
    let authority = Authority::open(folder.path(), &names::subjects(&[], &[]), NOW).expect("an authority");
    let bank = BTreeSet::from([Subject::Name("bank.example".to_owned())]);
    let issued = Leaf::issue(folder.path(), &authority, &bank, NOW, &provider);
    assert!(matches!(issued, Err(TlsError::Unusable)));
}

#[test]
fn an_authority_without_constraints_stays_and_vouches_no_further_than_one_with_them() {
    let folder = Scratch::new();
    let key = rcgen::KeyPair::generate().expect("a key");
    let mut params = rcgen::CertificateParams::default();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    params.key_usages = vec![rcgen::KeyUsagePurpose::KeyCertSign];
    leaf::set_validity(&mut params, NOW - DAY, NOW + 3650 * DAY);
    let pem = params.self_signed(&key).expect("a certificate").pem();
    fs::write(folder.path().join("ca.pem"), &pem).expect("written");
    fs::write(folder.path().join("ca.key"), key.serialize_pem()).expect("written");
    let (here, by_chance) = (names(&["meet.school.example"]), addresses(&["198.51.100.1", "10.0.0.7"]));
    let tls = open(folder.path(), &here, &by_chance, NOW).expect("TLS");
    assert_eq!(tls.authority_pem(), pem);
    assert!(!is_constrained(tls.authority_der()));
    assert!(handshake(&tls, "10.0.0.7", NOW, &[]).is_ok() && handshake(&tls, "meet.school.example", NOW, &[]).is_ok());
    assert!(handshake(&tls, "198.51.100.1", NOW, &[]).is_err());
    assert_eq!(left_out(folder.path(), &here, &by_chance), ["198.51.100.1"]);
    assert!(retire(folder.path()).expect("set aside"));
    let tls = open(folder.path(), &here, &by_chance, NOW).expect("TLS");
    assert!(is_constrained(tls.authority_der()));
    assert!(folder.path().join("ca.pem.old").exists());
}

#[test]
fn keys_are_private_and_a_broken_authority_is_told_and_never_replaced() {
    let folder = Scratch::new();
    let before = at_home(folder.path(), NOW).authority_fingerprint();
    for key in ["ca.key", "leaf.key"] {
        let mode = fs::metadata(folder.path().join(key)).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{key}");
    }
    fs::write(folder.path().join("leaf.pem"), "torn").expect("written");
    assert_eq!(at_home(folder.path(), NOW).authority_fingerprint(), before, "a torn leaf is simply issued again");
    let pem = fs::read(folder.path().join("ca.pem")).expect("there");
    fs::rename(folder.path().join("ca.key"), folder.path().join("away")).expect("moved");
    let error = open(folder.path(), &[], &[], NOW).map(|_| ()).expect_err("no key");
    assert!(matches!(error, TlsError::Authority { .. }) && error.to_string().contains("ca.key"));
    fs::copy(folder.path().join("leaf.key"), folder.path().join("ca.key")).expect("copied");
    assert!(open(folder.path(), &[], &[], NOW).is_err(), "the key of another certificate");
    assert_eq!(fs::read(folder.path().join("ca.pem")).expect("there"), pem);
}

#[test]
fn an_authority_at_its_end_makes_room_and_is_set_aside() {
    let folder = Scratch::new();
    let first = at_home(folder.path(), NOW);
    let later = NOW + 10 * 365 * DAY - DAY;
    let second = at_home(folder.path(), later);
    assert_ne!(first.authority_fingerprint(), second.authority_fingerprint());
    assert!(handshake(&second, "box.local", later, &[]).is_ok());
    assert!(folder.path().join("ca.pem.old").exists() && folder.path().join("ca.key.old").exists());
}

#[test]
fn a_clock_that_is_behind_gives_a_certificate_for_the_likely_time() {
    let folder = Scratch::new();
    let first = at_home(folder.path(), NOW);
    fs::remove_file(folder.path().join("leaf.pem")).expect("removed");
    let tls = at_home(folder.path(), 1000);
    assert_eq!(first.authority_fingerprint(), tls.authority_fingerprint());
    assert!(handshake(&tls, "box.local", NOW, &[]).is_ok());
}

#[test]
fn two_houses_can_be_told_apart() {
    let (one, other) = (Scratch::new(), Scratch::new());
    let name = |tls: &Tls| {
        let (_, parsed) = x509_parser::parse_x509_certificate(tls.authority_der()).map_err(|_| ()).expect("X.509");
        parsed.subject().to_string()
    };
    let (one, other) = (name(&at_home(one.path(), NOW)), name(&at_home(other.path(), NOW)));
    assert!(one.contains("CN=Alongside CA ") && one != other);
}

#[test]
fn fingerprints_are_written_as_browsers_write_them() {
    let folder = Scratch::new();
    let tls = at_home(folder.path(), NOW);
    for fingerprint in [tls.leaf_fingerprint(), tls.authority_fingerprint()] {
        assert_eq!(fingerprint.split(':').count(), 32);
        assert!(fingerprint.chars().all(|c| c == ':' || c.is_ascii_digit() || c.is_ascii_uppercase()));
    }
}
