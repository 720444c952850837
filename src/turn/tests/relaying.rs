//! The way of a packet: from one allocation to another of the same session, to the SFU and back, or nowhere.

use super::*;
use crate::turn::{codec, message};

#[test]
fn a_pair_exchanges_packets_by_channels() {
    let mut house = House::new();
    let ((mut a, _), (mut b, _)) = house.pair();
    assert_eq!(a.channel(&mut house, 0x4000, b"hello"), [(b.path, b"\x40\x00\x00\x05hello".to_vec())]);
    assert_eq!(b.channel(&mut house, 0x4000, b""), [(a.path, b"\x40\x00\x00\x00".to_vec())]);
    let counts = house.server.counts();
    assert_eq!((counts.relayed_packets, counts.relayed_bytes, counts.unreachable), (2, 5, 0));
}

#[test]
fn without_a_channel_a_packet_comes_as_an_indication() {
    let mut house = House::new();
    let (mut a, at_a) = house.allocated(1000, "1", 1);
    let (mut b, at_b) = house.allocated(2000, "1", 2);
    a.permit(&mut house, &[at_b]).expect("permitted");
    assert!(a.send(&mut house, at_b, b"hello").is_empty(), "the other side has not let us in");
    b.permit(&mut house, &[at_a]).expect("permitted");
    let out = a.send(&mut house, at_b, b"hello");
    assert_eq!(out[0].0, b.path);
    assert_eq!(b.client.read(&out[0].1), Some(Reply::Data { peer: at_a, payload: b"hello" }));
    b.bind(&mut house, 0x4123, at_a).expect("bound");
    let out = a.send(&mut house, at_b, b"hello");
    assert_eq!(b.client.read(&out[0].1), Some(Reply::Channel { number: 0x4123, payload: b"hello" }));
}

#[test]
fn on_a_stream_channel_data_is_padded() {
    let mut house = House::new();
    let mut a = Caller { client: Client::new(house.credential("1", 1), 1), path: stream(7) };
    assert_eq!(a.allocate(&mut house, None), Err(401));
    let at_a = a.allocate(&mut house, None).expect("granted")[0];
    let (mut b, at_b) = house.allocated(2000, "1", 2);
    a.bind(&mut house, 0x4000, at_b).expect("bound");
    b.bind(&mut house, 0x4000, at_a).expect("bound");
    assert_eq!(b.channel(&mut house, 0x4000, b"hello"), [(a.path, b"\x40\x00\x00\x05hello\0\0\0".to_vec())]);
    let padded = house.say(a.path, b"\x40\x00\x00\x05hello\0\0\0").0;
    assert_eq!(padded, [(b.path, b"\x40\x00\x00\x05hello".to_vec())]);
}

#[test]
fn a_channel_that_says_more_than_it_holds_is_dropped() {
    let mut house = House::new();
    let ((a, _), _) = house.pair();
    assert!(house.say(a.path, b"\x40\x00\x00\x06hello").0.is_empty());
    assert!(house.say(a.path, b"\x40\x00\x00").0.is_empty());
    assert!(house.say(a.path, b"\x40\x01\x00\x05hello").0.is_empty(), "a channel that is not bound");
}

#[test]
fn permissions_end_after_five_minutes_and_channels_after_ten() {
    let mut house = House::new();
    let ((mut a, at_a), (mut b, at_b)) = house.pair();
    let (mut c, at_c) = house.allocated(3000, "1", 3);
    c.permit(&mut house, &[at_a]).expect("permitted");
    assert_eq!(c.send(&mut house, at_a, b"x").len(), 1);
    house.later(Duration::from_secs(300));
    assert!(c.send(&mut house, at_a, b"x").is_empty());
    assert!(a.send(&mut house, at_c, b"x").is_empty());
    assert_eq!(a.channel(&mut house, 0x4000, b"x").len(), 1);
    [&mut a, &mut b].into_iter().for_each(|caller| drop(caller.refresh(&mut house, 3600)));
    house.later(Duration::from_secs(300));
    assert!(a.channel(&mut house, 0x4000, b"x").is_empty());
    a.bind(&mut house, 0x4000, at_b).expect("bound");
    b.bind(&mut house, 0x4000, at_a).expect("bound");
    assert_eq!(a.channel(&mut house, 0x4000, b"x").len(), 1);
}

#[test]
fn another_session_is_never_reached() {
    let mut house = House::new();
    let (mut a, at_a) = house.allocated(1000, "1", 1);
    let (mut b, at_b) = house.allocated(2000, "2", 2);
    assert_eq!(a.bind(&mut house, 0x4000, at_b), Ok(()), "success and silence");
    assert_eq!(b.bind(&mut house, 0x4000, at_a), Ok(()));
    assert!(a.channel(&mut house, 0x4000, b"hello").is_empty());
    assert!(b.send(&mut house, at_a, b"hello").is_empty());
}

#[test]
fn one_side_with_v4_and_one_with_v6_reach_each_other_by_aliases() {
    let mut house = House::new();
    let (mut a, mut b) = (house.client(1000, "1", 1), house.client(2000, "1", 2));
    let at_a = a.allocate(&mut house, Some(Family::V4)).expect("granted")[0];
    let at_b = b.allocate(&mut house, Some(Family::V6)).expect("granted")[0];
    a.bind(&mut house, 0x4000, SocketAddr::from((V4, at_b.port()))).expect("bound");
    b.permit(&mut house, &[SocketAddr::from((V6, at_a.port()))]).expect("permitted");
    let out = a.channel(&mut house, 0x4000, b"hello");
    let payload = &b"hello"[..];
    assert_eq!(b.client.read(&out[0].1), Some(Reply::Data { peer: SocketAddr::from((V6, at_a.port())), payload }));
    let out = b.send(&mut house, SocketAddr::from((V6, at_a.port())), b"back");
    assert_eq!(a.client.read(&out[0].1), Some(Reply::Channel { number: 0x4000, payload: b"back" }));
}

#[test]
fn who_has_both_families_is_known_by_the_one_that_was_used() {
    let mut house = House::new();
    let mut a = house.client(1000, "1", 1);
    let both = a.client.allocate_with(|w| w.attribute(codec::ADDITIONAL_ADDRESS_FAMILY, &[&[2, 0, 0, 0]]));
    let port = a.ask(&mut house, both).expect("granted")[0].port();
    let mut b = house.client(2000, "1", 2);
    let both = b.client.allocate_with(|w| w.attribute(codec::ADDITIONAL_ADDRESS_FAMILY, &[&[2, 0, 0, 0]]));
    let other = b.ask(&mut house, both).expect("granted")[0].port();
    for ip in [IpAddr::V4(V4), V6.into()] {
        a.permit(&mut house, &[SocketAddr::new(ip, other)]).expect("permitted");
        b.permit(&mut house, &[SocketAddr::new(ip, port)]).expect("permitted");
        let out = a.send(&mut house, SocketAddr::new(ip, other), b"x");
        assert_eq!(b.client.read(&out[0].1), Some(Reply::Data { peer: SocketAddr::new(ip, port), payload: b"x" }));
    }
}

#[test]
fn a_packet_for_the_sfu_goes_to_it_and_its_answer_comes_back() {
    let mut house = House::new();
    let (mut a, own) = house.allocated(1000, "r3", 1);
    let sent = a.client.send(SFU, b"hello");
    assert_eq!(house.say(a.path, &sent), (vec![], None), "not permitted yet");
    a.bind(&mut house, 0x4000, SFU).expect("bound");
    let (out, to_sfu) = house.say(a.path, &sent);
    let ToSfu { path, payload } = to_sfu.expect("for the SFU");
    assert!(out.is_empty());
    assert_eq!(&sent[payload], b"hello");
    let Path::Relay { allocation, peer: SFU, relayed } = path else { panic!("{path:?}") };
    assert_eq!(relayed, own, "the client's own relayed address");
    let mut out = Outbox::default();
    house.server.send_from_sfu(house.now, allocation, SFU, b"back", &mut out);
    let out: Vec<_> = out.iter().collect();
    assert_eq!(out, [(a.path, &b"\x40\x00\x00\x04back"[..])]);
    let mut out = Outbox::default();
    house.server.send_from_sfu(house.now, allocation, SocketAddr::from(([10, 0, 0, 1], 1)), b"x", &mut out);
    a.refresh(&mut house, 0).expect("ended");
    let (_, _) = house.allocated(1000, "r3", 1);
    house.server.send_from_sfu(house.now, allocation, SFU, b"back", &mut out);
    assert!(out.is_empty(), "a name is never given to another allocation");
}

#[test]
fn a_session_has_a_budget_that_grows_back() {
    let mut house = House::with(|settings| settings.session_bytes_per_s = 1000);
    let ((mut a, _), _) = house.pair();
    let sent = (0..30).filter(|_| !a.channel(&mut house, 0x4000, &[0; 100]).is_empty()).count();
    assert_eq!(sent, 20);
    house.later(Duration::from_secs(1));
    let sent = (0..30).filter(|_| !a.channel(&mut house, 0x4000, &[0; 100]).is_empty()).count();
    assert_eq!(sent, 10);
    house.later(Duration::from_secs(60));
    let sent = (0..30).filter(|_| !a.channel(&mut house, 0x4000, &[0; 100]).is_empty()).count();
    assert_eq!((sent, house.server.counts().over_budget), (20, 40));
}

#[test]
fn a_send_without_peer_or_data_and_an_answer_from_a_client_are_dropped() {
    let mut house = House::new();
    let ((a, _), (_, at_b)) = house.pair();
    let kind = message::kind(message::Class::Indication, message::SEND);
    let mut buffer = Vec::new();
    codec::Writer::new(&mut buffer, kind, &[1; 12]).attribute(codec::DATA, &[b"x"]);
    assert_eq!(house.say(a.path, &buffer), (vec![], None));
    let mut buffer = Vec::new();
    codec::Writer::new(&mut buffer, kind, &[1; 12]).address(codec::XOR_PEER_ADDRESS, at_b);
    assert_eq!(house.say(a.path, &buffer), (vec![], None));
    for class in [message::Class::Success, message::Class::Error] {
        let mut buffer = Vec::new();
        codec::Writer::new(&mut buffer, message::kind(class, message::ALLOCATE), &[1; 12]).claim(0);
        assert_eq!(house.say(a.path, &buffer), (vec![], None));
    }
}
