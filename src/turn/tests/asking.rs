//! Allocate, Refresh, CreatePermission and ChannelBind: who gets what, for how long, and with which number it is refused.

use super::*;
use crate::turn::allocation::HARD_END;
use crate::turn::{codec, message};

#[test]
fn an_allocation_takes_two_round_trips_and_says_what_the_client_needs() {
    let mut house = House::new();
    let mut caller = house.client(1000, "1", 1);
    let asked = caller.client.allocate(None);
    let reply = house.reply(caller.path, &asked);
    let Some(Reply::Granted { method: message::ALLOCATE, addresses, mapped, lifetime_s }) = caller.client.read(&reply) else {
        panic!("not granted")
    };
    assert_eq!((addresses.len(), addresses[0].ip(), lifetime_s), (1, V4.into(), Some(600)));
    assert!(addresses[0].port() >= 1024 && mapped == Some(caller.path.remote()));
    assert_eq!(house.server.counts().allocations, 1);
}

#[test]
fn the_same_allocate_again_gets_the_same_answer_and_another_one_437() {
    let mut house = House::new();
    let mut caller = house.client(1000, "1", 1);
    let asked = caller.client.allocate(None);
    let first = caller.ask(&mut house, asked.clone()).expect("granted");
    assert_eq!(caller.ask(&mut house, asked).expect("granted again"), first);
    assert_eq!(caller.allocate(&mut house, None), Err(437));
    assert_eq!(house.server.counts().allocations, 1);
}

#[test]
fn a_family_may_be_asked_for_and_only_a_known_one() {
    let mut house = House::new();
    for (port, family, ip) in [(1, Family::V4, IpAddr::V4(V4)), (2, Family::V6, V6.into())] {
        let granted = house.client(port, "1", 1).allocate(&mut house, Some(family)).expect("granted");
        assert_eq!((granted.len(), granted[0].ip()), (1, ip));
    }
    let mut caller = house.client(3, "1", 1);
    let both = caller.client.allocate_with(|w| w.attribute(codec::ADDITIONAL_ADDRESS_FAMILY, &[&[2, 0, 0, 0]]));
    let granted = caller.ask(&mut house, both).expect("granted");
    assert_eq!(granted.iter().map(SocketAddr::ip).collect::<Vec<_>>(), [IpAddr::V4(V4), V6.into()]);
    assert_eq!(granted[0].port(), granted[1].port());
    let mut caller = house.client(4, "1", 1);
    let strange = caller.client.allocate_with(|w| w.attribute(codec::REQUESTED_ADDRESS_FAMILY, &[&[9, 0, 0, 0]]));
    assert_eq!(caller.ask(&mut house, strange), Err(440));
}

#[test]
fn what_contradicts_itself_is_a_bad_request() {
    let mut house = House::new();
    let mut caller = house.client(1, "1", 1);
    let families = [(codec::REQUESTED_ADDRESS_FAMILY, 1), (codec::ADDITIONAL_ADDRESS_FAMILY, 2)];
    let both = caller.client.allocate_with(|w| families.iter().for_each(|(kind, n)| w.attribute(*kind, &[&[*n, 0, 0, 0]])));
    assert_eq!(caller.ask(&mut house, both), Err(400));
    let wrong = caller.client.allocate_with(|w| w.attribute(codec::ADDITIONAL_ADDRESS_FAMILY, &[&[1, 0, 0, 0]]));
    assert_eq!(caller.ask(&mut house, wrong), Err(400));
    let nothing = caller.client.ask(message::ALLOCATE, true, |_| {});
    assert_eq!(caller.ask(&mut house, nothing), Err(400), "no transport");
    let token = [0; 8];
    let twice = caller.client.allocate_with(|w| {
        w.attribute(codec::RESERVATION_TOKEN, &[&token]);
        w.attribute(codec::EVEN_PORT, &[&[0]]);
    });
    assert_eq!(caller.ask(&mut house, twice), Err(400));
    assert_eq!(house.server.counts().allocations, 0);
}

#[test]
fn only_udp_is_relayed_and_no_port_is_reserved() {
    let mut house = House::new();
    let mut caller = house.client(1, "1", 1);
    let tcp = caller.client.ask(message::ALLOCATE, true, |w| w.attribute(codec::REQUESTED_TRANSPORT, &[&[6, 0, 0, 0]]));
    assert_eq!(caller.ask(&mut house, tcp), Err(442));
    let token = caller.client.allocate_with(|w| w.attribute(codec::RESERVATION_TOKEN, &[&[0; 8]]));
    assert_eq!(caller.ask(&mut house, token), Err(508));
    let reserve = caller.client.allocate_with(|w| w.attribute(codec::EVEN_PORT, &[&[0x80]]));
    assert_eq!(caller.ask(&mut house, reserve), Err(508));
    let even = caller.client.allocate_with(|w| w.attribute(codec::EVEN_PORT, &[&[0]]));
    assert_eq!(caller.ask(&mut house, even).expect("granted")[0].port() % 2, 0);
}

#[test]
fn an_attribute_that_must_be_understood_and_is_not_gets_420() {
    let mut house = House::new();
    let mut caller = house.client(1, "1", 1);
    let strange = caller.client.allocate_with(|w| w.attribute(0x7FFF, &[&[1]]));
    let reply = house.reply(caller.path, &strange);
    let read = message::Message::read(&reply).expect("a message");
    assert_eq!(read.get(codec::UNKNOWN_ATTRIBUTES), Some(&[0x7F, 0xFF][..]));
    let harmless = caller.client.allocate_with(|w| {
        w.attribute(0x8022, &[b"a browser"]);
        w.attribute(codec::DONT_FRAGMENT, &[]);
    });
    assert!(caller.ask(&mut house, harmless).is_ok());
}

#[test]
fn a_refresh_keeps_an_allocation_and_one_of_nothing_ends_it() {
    let mut house = House::new();
    let (mut caller, _) = house.allocated(1, "1", 1);
    for _ in 0..5 {
        house.later(Duration::from_secs(540));
        assert!(caller.refresh(&mut house, 600).is_ok());
    }
    assert!(caller.refresh(&mut house, 0).is_ok());
    assert_eq!((house.server.counts().allocations, house.server.counts().sessions), (0, 0));
    assert!(matches!(house.server.poll_event(), Some(Event::Ended { client, .. }) if client == caller.path));
    assert_eq!(caller.refresh(&mut house, 600), Err(437));
    assert_eq!(caller.bind(&mut house, 0x4000, SFU), Err(437));
    assert_eq!(caller.permit(&mut house, &[SFU]), Err(437));
}

#[test]
fn whoever_does_not_refresh_is_gone_after_ten_minutes() {
    let mut house = House::new();
    let (mut caller, _) = house.allocated(1, "1", 1);
    house.later(Duration::from_secs(599));
    assert!(house.server.has_allocation(&caller.path, house.now.at));
    house.now.at += Duration::from_secs(1);
    assert!(!house.server.has_allocation(&caller.path, house.now.at), "over, though not yet swept away");
    caller.client.use_credential(house.credential("1", 1));
    assert!(caller.allocate(&mut house, None).is_ok(), "the same client may come again");
    house.later(Duration::from_secs(2000));
    assert_eq!(house.server.counts().allocations, 0);
    assert_eq!(house.server.poll_timeout(), None);
}

#[test]
fn no_refresh_goes_beyond_four_hours() {
    let mut house = House::new();
    let (mut caller, _) = house.allocated(1, "1", 1);
    let step = Duration::from_secs(3500);
    for _ in 0..4 {
        // A nonce grows old on the way, and the error tells a fresh one.
        let refreshed = caller.refresh(&mut house, 3600).or_else(|_| caller.refresh(&mut house, 3600));
        assert!(refreshed.is_ok());
        house.later(step);
    }
    let refreshed = caller.refresh(&mut house, 3600).or_else(|_| caller.refresh(&mut house, 3600));
    assert!(refreshed.is_ok());
    house.later(HARD_END - step * 4 - Duration::from_secs(1));
    assert!(house.server.has_allocation(&caller.path, house.now.at));
    house.later(Duration::from_secs(1));
    assert!(!house.server.has_allocation(&caller.path, house.now.at));
}

#[test]
fn an_expired_credential_opens_nothing_and_keeps_what_it_opened() {
    let mut house = House::new();
    let (mut caller, _) = house.allocated(1, "1", 1);
    let mut other = house.client(2, "1", 2);
    house.later(Duration::from_secs(120));
    assert_eq!(other.allocate(&mut house, None), Err(401));
    assert!(caller.refresh(&mut house, 600).is_ok());
    assert!(caller.permit(&mut house, &[SFU]).is_ok());
    assert!(caller.bind(&mut house, 0x4000, SFU).is_ok());
}

#[test]
fn another_user_may_not_touch_an_allocation() {
    let mut house = House::new();
    let (mut caller, _) = house.allocated(1, "1", 1);
    caller.client.use_credential(house.credential("1", 2));
    assert_eq!(caller.refresh(&mut house, 0), Err(441));
    assert_eq!(caller.permit(&mut house, &[SFU]), Err(441));
    assert_eq!(caller.bind(&mut house, 0x4000, SFU), Err(441));
    assert_eq!(caller.allocate(&mut house, None), Err(437));
    assert_eq!(house.server.counts().allocations, 1);
}

#[test]
fn the_thirty_third_allocation_of_a_member_ends_the_first() {
    let mut house = House::new();
    let (first, _) = house.allocated(1, "1", 1);
    let (other, _) = house.allocated(2, "1", 2);
    for port in 10..41 {
        house.allocated(port, "1", 1);
    }
    assert!(house.server.has_allocation(&first.path, house.now.at));
    house.allocated(41, "1", 1);
    assert!(!house.server.has_allocation(&first.path, house.now.at));
    assert!(house.server.has_allocation(&other.path, house.now.at));
    assert_eq!(house.server.counts().allocations, 33);
}

#[test]
fn a_session_and_the_house_have_bounds() {
    let mut house = House::with(|settings| (settings.most_of_session, settings.most) = (3, 5));
    (1..=3).for_each(|n| drop(house.allocated(n, "1", n.into())));
    assert_eq!(house.client(4, "1", 4).allocate(&mut house, None), Err(486));
    (5..=6).for_each(|n| drop(house.allocated(n, "2", n.into())));
    assert_eq!(house.client(7, "3", 7).allocate(&mut house, None), Err(508));
}

#[test]
fn with_its_session_an_allocation_ends_and_old_credentials_open_no_other() {
    let mut house = House::new();
    let (caller, _) = house.allocated(1, "1", 1);
    let (other, _) = house.allocated(2, "2", 2);
    let mut waiting = house.client(3, "1", 3);
    house.later(Duration::from_secs(5));
    house.server.end_session(house.now, "1");
    assert!(!house.server.has_allocation(&caller.path, house.now.at));
    assert!(house.server.has_allocation(&other.path, house.now.at));
    assert_eq!(waiting.allocate(&mut house, None), Err(401));
    house.later(Duration::from_secs(1));
    waiting.client.use_credential(house.credential("1", 3));
    assert!(waiting.allocate(&mut house, None).is_ok(), "a credential minted afterwards is for what begins anew");
}

#[test]
fn an_allocation_ends_with_its_stream() {
    let mut house = House::new();
    let mut caller = Caller { client: Client::new(house.credential("1", 1), 1), path: stream(7) };
    assert_eq!(caller.allocate(&mut house, None), Err(401));
    assert!(caller.allocate(&mut house, None).is_ok());
    house.server.stream_closed(stream(7));
    assert!(!house.server.has_allocation(&stream(7), house.now.at));
    assert!(matches!(house.server.poll_event(), Some(Event::Ended { .. })));
}

#[test]
fn the_address_that_was_hit_is_part_of_who_asks() {
    let mut house = House::new();
    let (caller, _) = house.allocated(1, "1", 1);
    let Path::Udp { socket, remote, .. } = caller.path else { panic!("datagrams") };
    let path = Path::Udp { socket, remote, local: Some(V6.into()), interface: 2 };
    let mut second = Caller { client: Client::new(house.credential("1", 1), 9), path };
    assert_eq!(second.allocate(&mut house, None), Err(401));
    assert!(second.allocate(&mut house, None).is_ok(), "a browser asks two addresses of ours from one port");
    let elsewhere = Path::Udp { socket, remote, local: Some(V6.into()), interface: 3 };
    assert!(house.server.has_allocation(&elsewhere, house.now.at), "the interface is not");
}

#[test]
fn a_channel_has_a_number_from_the_range_and_one_peer() {
    let mut house = House::new();
    let ((mut a, address), (_, peer)) = house.pair();
    for number in [0, 0x3FFF, 0x5000, 0x7FFF, 0xFFFF] {
        assert_eq!(a.bind(&mut house, number, peer), Err(400));
    }
    assert_eq!(a.bind(&mut house, 0x4000, address), Err(400));
    assert_eq!(a.bind(&mut house, 0x4001, peer), Err(400));
    assert_eq!(a.bind(&mut house, 0x4000, peer), Ok(()));
    let no_peer = a.client.ask(message::CHANNEL_BIND, true, |w| w.attribute(codec::CHANNEL_NUMBER, &[&[0x40, 1, 0, 0]]));
    assert_eq!(a.ask(&mut house, no_peer), Err(400));
    let no_peer = a.client.create_permission(&[]);
    assert_eq!(a.ask(&mut house, no_peer), Err(400));
}

#[test]
fn a_peer_of_the_other_family_gets_443() {
    let mut house = House::new();
    let (mut caller, _) = house.allocated(1, "1", 1);
    let peer = SocketAddr::from((V6, 20_000));
    assert_eq!(caller.bind(&mut house, 0x4000, peer), Err(443));
    assert_eq!(caller.permit(&mut house, &[SocketAddr::from((V4, 20_000)), peer]), Err(443));
    let asked = caller.client.ask(message::REFRESH, true, |w| w.attribute(codec::REQUESTED_ADDRESS_FAMILY, &[&[2, 0, 0, 0]]));
    assert_eq!(caller.ask(&mut house, asked), Err(443));
}

#[test]
fn there_is_room_for_sixty_four_channels() {
    let mut house = House::new();
    let (mut caller, _) = house.allocated(1, "1", 1);
    for n in 0..64 {
        assert_eq!(caller.bind(&mut house, 0x4000 + n, SocketAddr::from((V4, 20_000 + n))), Ok(()));
    }
    assert_eq!(caller.bind(&mut house, 0x4FFF, SocketAddr::from((V4, 30_000))), Err(508));
}

#[test]
fn a_full_relay_takes_no_session_on_top_and_lets_those_it_carries_allocate_anew() {
    let mut house = House::new();
    let (mut a, at_a) = house.allocated(1000, "1", 1);
    let (mut b, at_b) = house.allocated(1001, "1", 2);
    let _idle = house.allocated(1002, "2", 3);
    a.bind(&mut house, 0x4000, at_b).expect("bound");
    b.permit(&mut house, &[at_a]).expect("permitted");
    assert_eq!(house.server.relaying(house.now.at), Vec::<String>::new());
    a.channel(&mut house, 0x4000, b"hello");
    assert_eq!(house.server.relaying(house.now.at), ["1"]);
    house.server.set_full(true);
    assert_eq!(house.client(1003, "3", 5).allocate(&mut house, None), Err(508));
    assert_eq!(house.client(1004, "2", 3).allocate(&mut house, None), Err(508), "it holds an address and has sent nothing");
    assert!(house.client(1005, "1", 1).allocate(&mut house, None).is_ok(), "a call under way is mended");
    assert!(house.client(1006, "r3", 1).allocate(&mut house, None).is_ok(), "rooms are counted at their door");
    assert_eq!(a.channel(&mut house, 0x4000, b"on").len(), 1);
    house.later(Duration::from_secs(31));
    assert_eq!(house.server.relaying(house.now.at), Vec::<String>::new());
    house.server.set_full(false);
    assert!(house.client(1007, "3", 5).allocate(&mut house, None).is_ok());
}
