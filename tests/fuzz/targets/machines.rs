//! Machines behind the parsers: relay, SFU and a living room, told a fixed time, fed with what a stranger or a member could send.

use super::records;
use alongside::domain::id::{MemberId, RoomId};
use alongside::domain::room::{Guest, Rhythm, Room};
use alongside::live::seat::{Arrival, Conn};
use alongside::live::table::{self, Table};
use alongside::live::ways::Ways;
use alongside::media::{Candidate, Identity, Join, Sfu};
use alongside::path::{Outbox, Path};
use alongside::turn::client::Client;
use alongside::turn::codec::Attributes;
use alongside::turn::{Aliases, Moment, Server, Settings, credentials};
use rtc::stun::attributes::{ATTR_USE_CANDIDATE, ATTR_USERNAME, RawAttribute};
use rtc::stun::fingerprint::FINGERPRINT;
use rtc::stun::integrity::MessageIntegrity;
use rtc::stun::message::{BINDING_REQUEST, Message, Setter, TransactionId};
use rtc::stun::textattrs::Username;
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

/// What an unproven sender gets at most, in bytes.
const UNPROVEN: usize = 120;
const EXPIRY_S: i64 = 1_800_000_100;
const NOW_S: i64 = 1_800_000_000;

/// The whole program's moment: machines are told this one and what is counted from it.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);
static IDENTITY: LazyLock<Arc<Identity>> = LazyLock::new(|| Arc::new(Identity::generate().expect("a certificate")));
/// An offer that is answered: the first seed of that target.
const OFFER: &str = include_str!("../corpus/offer/component");

fn path(n: u8) -> Path {
    let remote: SocketAddr = ([192, 0, 2, n], 5000).into();
    Path::Udp { socket: 0, local: None, interface: 0, remote }
}

fn total(out: &Outbox) -> usize {
    out.iter().map(|(_, bytes)| bytes.len()).sum()
}

/// Records as datagrams of a stranger, and, the first byte of a record being odd, as attributes of a member's signed request.
pub fn turn_requests(bytes: &[u8]) {
    let secret = b"a secret of the fuzzers".to_vec();
    let mut server = Server::new(Settings::new(secret.clone(), Aliases::DUMMY, [3; 32], 5), *START);
    let mut member = Client::new(credentials::mint(&secret, EXPIRY_S, "1", 1), 9);
    let mut at = *START;
    for record in records(bytes) {
        at += Duration::from_millis(250);
        let now = Moment { at, unix_s: NOW_S };
        let mut out = Outbox::new();
        let Some((what, rest)) = record.split_first() else { continue };
        if what & 1 == 0 {
            let _ = server.handle(now, path(7), rest, &mut out);
            assert!(total(&out) <= UNPROVEN, "{} bytes for {} of a stranger", total(&out), rest.len());
            continue;
        }
        let request = member.ask(u16::from(what >> 4), true, |writer| {
            Attributes::new(rest).take(16).for_each(|(kind, value)| writer.attribute(kind, &[value]));
        });
        let _ = server.handle(now, path(8), &request, &mut out);
        assert!(total(&out) <= 1024 + request.len());
        out.iter().for_each(|(_, reply)| drop(member.read(reply)));
    }
    assert!(server.counts().allocations <= 32);
    while server.poll_event().is_some() {}
}

fn sfu() -> Sfu {
    let mut seed = 11u64;
    let dice = move |bytes: &mut [u8]| {
        for byte in bytes {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = (seed >> 33) as u8;
        }
    };
    Sfu::new(IDENTITY.clone(), *START, Box::new(dice))
}

/// What an SFU makes of an offer.
pub fn answer(offer: &str) -> Option<String> {
    join(&mut sfu(), offer)
}

fn join(sfu: &mut Sfu, offer: &str) -> Option<String> {
    let candidates = [Candidate { addr: ([192, 0, 2, 9], 9).into(), tcp: false }];
    sfu.join(*START, Join { room: 1, participant: 1, offer, candidates: &candidates, screens: 1, echo: true }).ok()
}

/// Records as datagrams: even ones of a stranger, odd ones on a path that has proved itself and so reaches the handshake.
pub fn sfu_datagrams(bytes: &[u8]) {
    let mut sfu = sfu();
    let Some(answer) = join(&mut sfu, OFFER) else { panic!("the offer of the corpus is answered") };
    let mut at = *START;
    let mut out = Outbox::new();
    sfu.handle(at, path(1), &mut check(&answer), &mut out);
    assert!(total(&out) > 0, "a check with the right password is answered");
    for record in records(bytes) {
        at += Duration::from_millis(40);
        let Some((what, rest)) = record.split_first() else { continue };
        let mut out = Outbox::new();
        let stranger = what & 1 == 0;
        sfu.handle(at, path(if stranger { 2 } else { 1 }), &mut rest.to_vec(), &mut out);
        assert!(total(&out) <= if stranger { 0 } else { 8192 }, "{} bytes for {}", total(&out), rest.len());
        if sfu.poll_timeout().is_some_and(|due| due <= at) {
            sfu.handle_timeout(at, &mut Outbox::new());
        }
    }
    while sfu.poll_event().is_some() {}
}

/// The check that the client of that offer would send.
fn check(answer: &str) -> Vec<u8> {
    let value = |name: &str| answer.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().to_owned();
    let provider = rtc::crypto::default_provider().expect("a provider");
    let parts: [Box<dyn Setter + '_>; 6] = [
        Box::new(BINDING_REQUEST),
        Box::new(TransactionId([5; 12])),
        Box::new(Username::new(ATTR_USERNAME, format!("{}:them", value("a=ice-ufrag:")))),
        Box::new(RawAttribute { typ: ATTR_USE_CANDIDATE, length: 0, value: vec![] }),
        Box::new(MessageIntegrity::new_short_term_integrity_with_provider(value("a=ice-pwd:"), provider.crypto())),
        Box::new(FINGERPRINT),
    ];
    let mut message = Message::new();
    message.build(&parts).expect("a check");
    message.raw
}

/// A guest says all of it in a room where somebody else sits; what is told of it is bounded.
pub fn at_a_table(said: Vec<table::protocol::FromPage>) {
    let room = Room {
        id: RoomId(1),
        name: "Library".to_owned(),
        purpose: String::new(),
        capacity: 4,
        rhythm: Rhythm::Free,
        always: true,
    };
    let mut table = Table::new(room, "run".to_owned(), 0);
    let mut now_ms = 0;
    for n in [1, 2] {
        let guest = Guest {
            id: MemberId(n),
            name: format!("member {n}"),
            zone: "UTC".to_owned(),
            moderator: n == 2,
            apart: Default::default(),
        };
        let arrival = Arrival {
            conn: Conn(n as u64),
            who: guest,
            page: format!("page{n}"),
            claim: true,
            ways: Ways::default(),
            local_host: String::new(),
        };
        table.handle_connected(arrival, now_ms);
        table.handle_said(Conn(n as u64), table::protocol::FromPage::Come, now_ms);
    }
    let mut told = 0;
    let many = said.len() + 2;
    for message in said {
        now_ms += 1500;
        table.handle_said(Conn(1), message, now_ms);
        if table.poll_timeout().is_some_and(|due| due <= now_ms) {
            table.handle_timeout(now_ms);
        }
        while table.poll_output().is_some() {
            told += 1;
        }
    }
    assert!(told <= 16 * many, "{told} outputs of {many} messages");
}
