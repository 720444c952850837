//! Who has proved nothing: short answers, at a bounded rate, and no trace in memory.

use super::*;
use crate::turn::{codec, message};

/// No reply to a stranger is longer, in bytes.
const LONGEST: usize = 120;

fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let length = (bytes.len() - codec::HEADER + 8) as u16;
    bytes[2..4].copy_from_slice(&length.to_be_bytes());
    let crc = codec::crc32(&bytes) ^ 0x5354_554E;
    bytes.extend([0x80, 0x28, 0, 4]);
    bytes.extend(crc.to_be_bytes());
    bytes
}

#[test]
fn replies_to_strangers_are_short() {
    let mut house = House::new();
    let v6 = Path::Udp { socket: 0, local: None, interface: 0, remote: SocketAddr::from((V6, 4000)) };
    for path in [datagrams(1), v6] {
        let mut client = Client::new(house.credential("1", 1), 1);
        for method in
            [message::BINDING, message::ALLOCATE, message::REFRESH, message::CREATE_PERMISSION, message::CHANNEL_BIND, 10]
        {
            let asked = sealed(client.ask(method, false, |w| (0..20).for_each(|n| w.attribute(0x7000 + n, &[&[0; 4]]))));
            assert!(house.reply(path, &asked).len() <= LONGEST, "{method}");
        }
    }
}

#[test]
fn a_source_is_answered_at_a_bounded_rate_and_others_are_not_held_up() {
    let mut house = House::new();
    let asked = Client::new(house.credential("1", 1), 1).allocate(None);
    let answered = (0..100_000).filter(|n| !house.say(datagrams(1 + (n % 60_000) as u16), &asked).0.is_empty()).count();
    assert_eq!(answered, 2000, "one address is one source, whatever its port");
    let other = Path::Udp { socket: 0, local: None, interface: 0, remote: SocketAddr::from(([198, 51, 100, 8], 1)) };
    assert_eq!(house.say(other, &asked).0.len(), 1);
    assert_eq!(house.say(stream(1), &asked).0.len(), 1, "a stream's address is proved");
    house.later(Duration::from_secs(1));
    let answered = (0..10_000).filter(|_| !house.say(datagrams(1), &asked).0.is_empty()).count();
    assert_eq!(answered, 500);
}

#[test]
fn a_stranger_leaves_no_trace() {
    let mut house = House::new();
    for n in 0..1000 {
        let mut client = Client::new(house.credential("1", 1), n);
        let path = datagrams(1 + n as u16);
        let asked = client.allocate(None);
        house.say(path, &asked);
    }
    let counts = house.server.counts();
    assert_eq!((counts.allocations, counts.sessions), (0, 0));
    assert_eq!(house.server.poll_event(), None);
}

#[test]
fn a_wrong_secret_gets_401_and_a_stale_nonce_438() {
    let mut house = House::new();
    let mut caller = house.client(1, "1", 1);
    caller.client.use_credential(credentials::mint(b"another secret", START_S + 120, "1", 1));
    assert_eq!(caller.allocate(&mut house, None), Err(401));
    house.later(Duration::from_secs(3600));
    caller.client.use_credential(house.credential("1", 1));
    assert_eq!(caller.allocate(&mut house, None), Err(438));
    assert!(caller.allocate(&mut house, None).is_ok(), "the error told a fresh one");
}

#[test]
fn a_nonce_is_worth_nothing_at_another_address() {
    let mut house = House::new();
    let mut caller = house.client(1, "1", 1);
    let asked = caller.client.allocate(None);
    caller.path = datagrams(2);
    assert_eq!(caller.ask(&mut house, asked), Err(438));
}

#[test]
fn a_proof_without_a_name_or_a_nonce_is_a_bad_request() {
    let mut house = House::new();
    let mut bytes = Vec::new();
    let kind = message::kind(message::Class::Request, message::ALLOCATE);
    let mut writer = codec::Writer::new(&mut bytes, kind, &[1; 12]);
    message::sign(&mut writer, &[0; 16]);
    let mut caller = house.client(1, "1", 1);
    assert_eq!(caller.ask(&mut house, bytes), Err(400));
}

#[test]
fn the_sender_is_told_its_own_address_in_its_own_family() {
    let mut house = House::new();
    for (from, told) in [
        ("192.0.2.7:4000", "192.0.2.7:4000"),
        ("[2001:db8::7]:4000", "[2001:db8::7]:4000"),
        ("[::ffff:192.0.2.7]:4000", "192.0.2.7:4000"),
    ] {
        let path = Path::Udp { socket: 0, local: None, interface: 0, remote: from.parse().expect("an address") };
        let mut client = Client::new(house.credential("1", 1), 1);
        let asked = client.binding();
        let reply = house.reply(path, &asked);
        let Some(Reply::Granted { mapped, .. }) = client.read(&reply) else { panic!("an address") };
        assert_eq!(mapped, told.parse().ok());
        assert_eq!(reply[8..20], asked[8..20], "the same transaction");
        assert!(reply.len() == 32 || reply.len() == 44, "no SOFTWARE, no FINGERPRINT unasked");
        let sealed = sealed(asked);
        assert!(message::Message::read(&house.reply(path, &sealed)).expect("a reply").has_fingerprint);
    }
}

#[test]
fn a_binding_that_must_be_understood_and_is_not_gets_420() {
    let mut house = House::new();
    let mut client = Client::new(house.credential("1", 1), 1);
    let asked = client.ask(message::BINDING, false, |w| w.attribute(0x0003, &[&[0; 4]]));
    let reply = house.reply(datagrams(1), &asked);
    assert_eq!(client.read(&reply), Some(Reply::Refused { method: message::BINDING, code: 420 }));
    let harmless = client.ask(message::BINDING, false, |w| {
        w.attribute(0x8022, &[b"a browser"]);
        w.attribute(codec::PRIORITY, &[&[0; 4]]);
    });
    let reply = house.reply(datagrams(1), &harmless);
    assert!(matches!(client.read(&reply), Some(Reply::Granted { .. })));
}

#[test]
fn what_is_no_request_gets_silence() {
    let mut house = House::new();
    let mut client = Client::new(house.credential("1", 1), 1);
    let asked = client.allocate(None);
    assert!((0..asked.len()).all(|n| house.say(datagrams(1), &asked[..n]).0.is_empty()));
    let binding = client.binding();
    let reply = house.reply(datagrams(1), &binding);
    assert!(house.say(datagrams(1), &reply).0.is_empty(), "two servers must not talk to each other for ever");
    let from_nowhere = Path::Udp { socket: 0, local: None, interface: 0, remote: SocketAddr::from(([198, 51, 100, 7], 0)) };
    assert!(house.say(from_nowhere, &asked).0.is_empty() && house.say(from_nowhere, &binding).0.is_empty());
}
