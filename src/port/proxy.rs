//! Proxies in front: which ones are believed, and for whom they say that they ask.
//!
//! A proxy is believed only where the configuration names it. It may say for whom it asks in front of the connection (the PROXY
//! protocol, both versions) or in the request (`X-Forwarded-For`), of which the last address that is no trusted proxy counts: what
//! stands before it anybody could have written. What cannot be read changes nothing.

use http::HeaderMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// How the PROXY protocol, version 2, begins.
const SIGNATURE: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";
/// The first version's word, and its longest line.
const WORD: &[u8] = b"PROXY ";
const LINE_MOST: usize = 107;
/// Version 2: the part that is always there, and the most that is taken behind it.
const HEAD: usize = 16;
const BEHIND_MOST: usize = 536;
/// Addresses of a header that are looked at, from its end.
const HOPS_MOST: usize = 16;

/// Networks whose proxies are believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trusted(Vec<(IpAddr, u8)>);

impl Trusted {
    /// Reads addresses and networks: `10.0.0.5`, `10.0.0.0/24`, `fd00::/8`.
    ///
    /// # Errors
    /// One sentence that names what is neither.
    pub fn read(texts: &[String]) -> Result<Self, String> {
        let one = |text: &String| {
            let (address, length) = text.split_once('/').map_or((text.as_str(), None), |(a, l)| (a, Some(l)));
            let address: IpAddr = address.trim().parse().ok()?;
            let most = if address.is_ipv4() { 32 } else { 128 };
            let length = length.map_or(Some(most), |l| l.parse().ok().filter(|l| *l <= most))?;
            Some((address, length))
        };
        let all: Result<Vec<_>, _> = texts.iter().map(|text| one(text).ok_or(text)).collect();
        all.map(Self)
            .map_err(|text| format!("proxy.trusted has {text:?}, which is no address and no network such as 10.0.0.0/24."))
    }

    pub fn contains(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        self.0.iter().any(|(network, length)| match (network, ip) {
            (IpAddr::V4(network), IpAddr::V4(ip)) => same(u128::from(network.to_bits()), u128::from(ip.to_bits()), 32 - length),
            (IpAddr::V6(network), IpAddr::V6(ip)) => same(network.to_bits(), ip.to_bits(), 128 - length),
            _ => false,
        })
    }

    /// For whom a believed proxy asks, by the request's headers; `None` when it does not say.
    pub fn client(&self, headers: &HeaderMap) -> Option<IpAddr> {
        let lines = headers.get_all("x-forwarded-for").into_iter().filter_map(|line| line.to_str().ok());
        let all: Vec<&str> = lines.flat_map(|line| line.split(',')).collect();
        let mut found = None;
        for text in all.iter().rev().take(HOPS_MOST) {
            let Some(ip) = address(text.trim()) else { break };
            found = Some(ip);
            if !self.contains(ip) {
                break;
            }
        }
        found
    }
}

fn same(one: u128, other: u128, free_bits: u8) -> bool {
    let shift = u32::from(free_bits);
    one.checked_shr(shift).unwrap_or(0) == other.checked_shr(shift).unwrap_or(0)
}

/// An address as proxies write it: alone, in brackets, with a port.
fn address(text: &str) -> Option<IpAddr> {
    let alone = || text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text).parse().ok();
    alone().or_else(|| text.parse::<SocketAddr>().ok().map(|with_port| with_port.ip())).map(|ip: IpAddr| ip.to_canonical())
}

/// What the beginning of a connection from a believed proxy is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spoken {
    /// Not to be told yet: so many bytes are wanted in all, at least.
    More(usize),
    /// No such header: the connection speaks for itself.
    Nothing,
    /// A header of so many bytes, and for whom it asks if it says so.
    For(usize, Option<SocketAddr>),
    /// A header that cannot be read: nothing of the connection is believed.
    Broken,
}

/// Reads the header of the PROXY protocol, if there is one.
pub fn spoken(bytes: &[u8]) -> Spoken {
    if bytes.is_empty() || SIGNATURE.starts_with(&bytes[..bytes.len().min(SIGNATURE.len())]) {
        return version_2(bytes);
    }
    if WORD.starts_with(&bytes[..bytes.len().min(WORD.len())]) {
        return version_1(bytes);
    }
    Spoken::Nothing
}

fn version_1(bytes: &[u8]) -> Spoken {
    let Some(end) = bytes[..bytes.len().min(LINE_MOST)].windows(2).position(|two| two == b"\r\n") else {
        return if bytes.len() >= LINE_MOST { Spoken::Broken } else { Spoken::More(bytes.len() + 1) };
    };
    let words: Vec<&str> = str::from_utf8(&bytes[..end]).unwrap_or_default().split(' ').collect();
    match words.as_slice() {
        ["PROXY", "UNKNOWN", ..] => Spoken::For(end + 2, None),
        ["PROXY", "TCP4" | "TCP6", from, _, port, _] => match (from.parse::<IpAddr>(), port.parse()) {
            (Ok(from), Ok(port)) => Spoken::For(end + 2, Some(SocketAddr::new(from.to_canonical(), port))),
            _ => Spoken::Broken,
        },
        _ => Spoken::Broken,
    }
}

fn version_2(bytes: &[u8]) -> Spoken {
    if bytes.len() < HEAD {
        return Spoken::More(HEAD);
    }
    let behind = usize::from(u16::from_be_bytes([bytes[14], bytes[15]]));
    if bytes[12] >> 4 != 2 || behind > BEHIND_MOST {
        return Spoken::Broken;
    }
    let all = HEAD + behind;
    if bytes.len() < all {
        return Spoken::More(all);
    }
    let port = |at: usize| u16::from_be_bytes([bytes[at], bytes[at + 1]]);
    let from = match (bytes[12] & 15, bytes[13]) {
        // The proxy itself asks whether we are there.
        (0, _) => return Spoken::For(all, None),
        (1, 0x11) if behind >= 12 => {
            let mut ip = [0; 4];
            ip.copy_from_slice(&bytes[16..20]);
            SocketAddr::new(Ipv4Addr::from(ip).into(), port(24))
        }
        (1, 0x21) if behind >= 36 => {
            let mut ip = [0; 16];
            ip.copy_from_slice(&bytes[16..32]);
            SocketAddr::new(IpAddr::from(Ipv6Addr::from(ip)).to_canonical(), port(48))
        }
        (1, 0) => return Spoken::For(all, None),
        _ => return Spoken::Broken,
    };
    Spoken::For(all, Some(from))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use proptest::prelude::*;

    fn trusted() -> Trusted {
        Trusted::read(&["127.0.0.1".to_owned(), "10.0.0.0/8".to_owned(), "fd00::/8".to_owned()]).expect("networks")
    }

    fn asks_for(lines: &[&'static str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        lines.iter().for_each(|line| _ = headers.append("x-forwarded-for", HeaderValue::from_static(line)));
        trusted().client(&headers).map(|ip| ip.to_string())
    }

    #[test]
    fn networks_hold_what_lies_in_them_and_nothing_else() {
        let all = trusted();
        let held = |ip: &str| all.contains(ip.parse().expect("an address"));
        assert!(held("127.0.0.1") && held("10.200.1.1") && held("fd12::1") && held("::ffff:10.0.0.1"));
        assert!(
            !held("127.0.0.2") && !held("11.0.0.1") && !held("fe80::1") && !Trusted::default().contains([127, 0, 0, 1].into())
        );
        assert!(Trusted::read(&["0.0.0.0/0".to_owned()]).expect("all").contains([192, 0, 2, 1].into()));
        for odd in ["10.0.0.0/33", "ten", "", "::/129", "10.0.0.0/-1"] {
            assert!(Trusted::read(&[odd.to_owned()]).is_err(), "{odd}");
        }
    }

    #[test]
    fn the_last_address_that_is_no_proxy_of_ours_counts() {
        assert_eq!(asks_for(&["192.0.2.7"]).as_deref(), Some("192.0.2.7"));
        assert_eq!(asks_for(&["1.1.1.1, 192.0.2.7, 10.0.0.3"]).as_deref(), Some("192.0.2.7"));
        assert_eq!(asks_for(&["6.6.6.6", "192.0.2.7"]).as_deref(), Some("192.0.2.7"), "a guest's own line comes first");
        assert_eq!(asks_for(&["[2001:db8::1]:443"]).as_deref(), Some("2001:db8::1"));
        assert_eq!(asks_for(&["nonsense, 10.0.0.3"]).as_deref(), Some("10.0.0.3"));
        assert_eq!(asks_for(&["nonsense"]), None);
        assert_eq!(asks_for(&[]), None);
    }

    #[test]
    fn both_versions_of_the_header_are_read_whole_and_in_pieces() {
        let line = b"PROXY TCP4 192.0.2.7 10.0.0.1 4711 443\r\n\x16rest";
        let whole = line.len() - 5;
        assert_eq!(spoken(line), Spoken::For(whole, Some("192.0.2.7:4711".parse().expect("an address"))));
        let mut two = SIGNATURE.to_vec();
        two.extend([0x21, 0x11, 0, 12, 192, 0, 2, 7, 10, 0, 0, 1, 0x12, 0x67, 1, 187]);
        assert_eq!(spoken(&two), Spoken::For(28, Some("192.0.2.7:4711".parse().expect("an address"))));
        for length in 0..28 {
            assert!(matches!(spoken(&two[..length]), Spoken::More(wanted) if wanted > length), "{length}");
        }
        for length in 1..whole {
            assert!(matches!(spoken(&line[..length]), Spoken::More(wanted) if wanted > length), "{length}");
        }
        assert_eq!(spoken(b"PROXY UNKNOWN\r\n"), Spoken::For(15, None));
    }

    #[test]
    fn what_is_no_header_speaks_for_itself() {
        for bytes in [&b"\x16\x03\x01"[..], b"GET / HTTP/1.1", b"PUT /", b"\0\x03\0\x08"] {
            assert_eq!(spoken(bytes), Spoken::Nothing);
        }
        assert_eq!(spoken(b"PROXY TCP4 here there 1 2\r\n"), Spoken::Broken);
        let long = format!("PROXY UNKNOWN {}\r\n", "x".repeat(LINE_MOST));
        assert_eq!(spoken(long.as_bytes()), Spoken::Broken, "however much of it comes at once");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic_or_want_more_than_its_bound(tail in proptest::collection::vec(any::<u8>(), 0..700), two in any::<bool>()) {
            let mut bytes = if two { SIGNATURE.to_vec() } else { WORD.to_vec() };
            bytes.extend(tail);
            match spoken(&bytes) {
                Spoken::More(wanted) => prop_assert!(wanted > bytes.len() && wanted <= HEAD + BEHIND_MOST),
                Spoken::For(length, _) => prop_assert!(length <= bytes.len()),
                Spoken::Nothing | Spoken::Broken => {}
            }
        }
    }
}
