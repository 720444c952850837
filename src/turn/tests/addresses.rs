//! No open relay: whatever address a member names, nothing but an allocation of the same session, or the SFU, is reached.

use super::*;

/// IANA's registries of special-purpose addresses, and forms that hide an IPv4 address in an IPv6 one.
const SPECIAL: &[&str] = &[
    // IPv4 (RFC 6890 and its updates), multicast, and what clouds keep at a link-local address.
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.0.0/29",
    "192.0.0.8/32",
    "192.0.0.9/32",
    "192.0.0.10/32",
    "192.0.0.170/32",
    "192.0.0.171/32",
    "192.0.2.0/24",
    "192.31.196.0/24",
    "192.52.193.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "192.175.48.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "255.255.255.255/32",
    "169.254.169.254/32",
    "8.8.8.8/32",
    "1.1.1.1/32",
    // IPv6, multicast, translation and tunnels (NAT64, 6to4, Teredo, ISATAP), and our own network.
    "::1/128",
    "::/128",
    "::ffff:0:0/96",
    "64:ff9b::/96",
    "64:ff9b:1::/48",
    "100::/64",
    "100:0:0:1::/64",
    "2001::/23",
    "2001::/32",
    "2001:1::1/128",
    "2001:1::2/128",
    "2001:1::3/128",
    "2001:2::/48",
    "2001:3::/32",
    "2001:4:112::/48",
    "2001:10::/28",
    "2001:20::/28",
    "2001:30::/28",
    "2001:db8::/32",
    "2002::/16",
    "2620:4f:8000::/48",
    "3fff::/20",
    "5f00::/16",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
    "::203.0.113.5/128",
    "::ffff:203.0.113.5/128",
    "64:ff9b::203.0.113.5/128",
    "2002:cb00:7105::/128",
    "fe80::5efe:203.0.113.5/128",
    "::ffff:192.168.1.5/128",
    "64:ff9b::192.168.1.5/128",
];

/// The first, the last and some addresses between.
fn within(network: &str) -> Vec<IpAddr> {
    let (ip, length) = network.split_once('/').expect("a network");
    let length: u32 = length.parse().expect("a length");
    let (ip, width) = match ip.parse().expect("an address") {
        IpAddr::V4(ip) => (u128::from(ip.to_bits()), 32),
        IpAddr::V6(ip) => (ip.to_bits(), 128),
    };
    let host = if length == width { 0 } else { u128::MAX >> (128 - (width - length)) };
    let picks = [0, 1, 2, host / 3, host / 2, host.saturating_sub(1), host];
    picks
        .into_iter()
        .map(|pick| ip | (pick & host))
        .map(|bits| if width == 32 { IpAddr::V4((bits as u32).into()) } else { IpAddr::V6(bits.into()) })
        .collect()
}

/// Ports that somebody might want to reach, and those that allocations here have.
fn ports(own: &[u16]) -> Vec<u16> {
    [&[0, 22, 25, 53, 80, 443, 3306, 5432, 6379, 8080, 8443, 11211, 16_384, 65_535][..], own].concat()
}

/// Tries everything that a member can do with an address; what comes out of the relay.
fn reached(house: &mut House, caller: &mut Caller, peer: SocketAddr) -> (Vec<(Path, Vec<u8>)>, Option<ToSfu>) {
    let permitted = caller.permit(house, &[peer]);
    assert!(matches!(permitted, Ok(()) | Err(443)), "success and silence, for {peer}: {permitted:?}");
    let bytes = caller.client.send(peer, b"hello");
    let (mut out, to_sfu) = house.say(caller.path, &bytes);
    if caller.bind(house, 0x4FFF, peer).is_ok() {
        out.extend(caller.channel(house, 0x4FFF, b"hello"));
    }
    (out, to_sfu)
}

#[test]
fn nothing_but_an_allocation_of_the_same_session_is_ever_reached() {
    let mut house = House::new();
    let (_, foreign) = house.allocated(1, "2", 9);
    let mut counted = 0;
    for (n, network) in SPECIAL.iter().enumerate() {
        for ip in within(network) {
            // A fresh member of the same session for each address, because a channel keeps its peer.
            let mut caller = house.client(10 + counted % 60_000, "1", 1);
            let family = if ip.is_ipv4() { Family::V4 } else { Family::V6 };
            caller.allocate(&mut house, Some(family)).expect("granted");
            for port in ports(&[foreign.port()]) {
                let peer = SocketAddr::new(ip, port);
                let (out, to_sfu) = reached(&mut house, &mut caller, peer);
                assert!(out.is_empty(), "{peer} of {network} was reached");
                assert!(to_sfu.is_none() || peer == SFU, "the SFU was reached by {peer}");
            }
            caller.refresh(&mut house, 0).expect("ended");
            house.later(Duration::from_millis(20 * (n as u64 % 2 + 1)));
            counted += 1;
        }
    }
    assert!(counted > 400);
}

#[test]
fn an_own_port_at_a_foreign_address_is_not_reached() {
    let mut house = House::new();
    let (mut other, at_other) = house.allocated(2, "1", 2);
    for (n, network) in SPECIAL.iter().enumerate() {
        for (m, ip) in within(network).into_iter().filter(|ip| *ip != IpAddr::V4(V4) && *ip != IpAddr::V6(V6)).enumerate() {
            let mut caller = house.client(10 + (n * 10 + m) as u16, "1", 1);
            let family = if ip.is_ipv4() { Family::V4 } else { Family::V6 };
            let own = caller.allocate(&mut house, Some(family)).expect("granted")[0];
            other.permit(&mut house, &[SocketAddr::from((V4, own.port()))]).expect("permitted");
            let peer = SocketAddr::new(ip, at_other.port());
            assert!(reached(&mut house, &mut caller, peer).0.is_empty(), "{peer}");
            caller.refresh(&mut house, 0).expect("ended");
            house.later(Duration::from_millis(30));
        }
    }
}

#[test]
fn no_allocation_has_the_sfus_port_and_none_is_below_1024() {
    let mut house = House::with(|settings| (settings.most_of_member, settings.most_of_session) = (10_000, 10_000));
    let taken = SocketAddr::new(SFU.ip(), 20_000);
    house.server.set_sfu_addresses(&[SFU, taken]);
    let mut seen = std::collections::HashSet::new();
    for n in 0..3000 {
        let (_, address) = house.allocated(1 + n, "1", 1);
        assert!(address.port() >= 1024 && address.port() != taken.port());
        assert!(seen.insert(address.port()), "no port twice");
        house.later(Duration::from_millis(5));
    }
}

#[test]
fn after_the_machine_has_moved_old_and_new_allocations_reach_each_other() {
    let mut house = House::new();
    let (mut a, at_a) = house.allocated(1000, "1", 1);
    let (mut b, at_b) = house.allocated(2000, "1", 2);
    a.bind(&mut house, 0x4000, at_b).expect("bound");
    b.permit(&mut house, &[at_a]).expect("permitted");
    let moved = Aliases { v4: Ipv4Addr::new(203, 0, 113, 99), v6: V6 };
    house.server.set_aliases(moved);
    assert_eq!(a.channel(&mut house, 0x4000, b"x").len(), 1, "what goes on goes on");
    let (mut c, at_c) = house.allocated(3000, "1", 3);
    assert_eq!(at_c.ip(), IpAddr::V4(moved.v4), "shown with the address that the machine has");
    // Permitted only after the move, also the old address.
    c.permit(&mut house, &[at_a]).expect("permitted");
    a.permit(&mut house, &[at_c]).expect("permitted");
    assert_eq!(a.send(&mut house, at_c, b"x").len(), 1);
    let out = c.send(&mut house, at_a, b"back");
    assert_eq!(a.client.read(&out[0].1), Some(Reply::Data { peer: at_c, payload: b"back" }));
    // Each only by the address that it was told with.
    assert!(c.send(&mut house, SocketAddr::new(moved.v4.into(), at_a.port()), b"x").is_empty());
    assert!(a.send(&mut house, SocketAddr::new(V4.into(), at_c.port()), b"x").is_empty());
}

#[test]
fn addresses_of_long_ago_are_forgotten() {
    let mut house = House::new();
    let (mut a, at_a) = house.allocated(1000, "1", 1);
    for n in 1..=9 {
        house.server.set_aliases(Aliases { v4: Ipv4Addr::new(198, 51, 100, n), v6: Ipv6Addr::from(u128::from(n)) });
    }
    let (mut b, at_b) = house.allocated(2000, "1", 2);
    a.permit(&mut house, &[at_b]).expect("permitted");
    b.permit(&mut house, &[at_a]).expect("success and silence");
    assert!(a.send(&mut house, at_b, b"x").is_empty(), "no permission came of it");
}
