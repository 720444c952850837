//! Which names and addresses the house's own authority may vouch for, and which of the machine's are among them.
//!
//! Whoever trusts the authority trusts it for private places only (RFC 5280 section 4.2.1.10, enforced by browsers): if its key is
//! stolen, it cannot pose as a bank. The machine's own name and the configured names and addresses are added when the authority is
//! made and stay as they were. A name permits the names below it too, because X.509 has no "exactly". A public address is
//! permitted only where somebody configured it: the provider may give it to somebody else tomorrow.

use rcgen::{CidrSubnet, GeneralSubtree, NameConstraints};
use rustls::pki_types::ServerName;
use std::collections::BTreeSet;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// No certificate names more than this; beyond it browsers and old devices begin to refuse.
const MOST: usize = 100;

const PRIVATE_DOMAINS: [&str; 5] = ["localhost", "local", "lan", "home.arpa", "internal"];

const PRIVATE_V4: [([u8; 4], u8); 6] = [
    ([10, 0, 0, 0], 8),
    ([172, 16, 0, 0], 12),
    ([192, 168, 0, 0], 16),
    ([169, 254, 0, 0], 16),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
];

const PRIVATE_V6: [(Ipv6Addr, u8); 3] = [
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10),
    (Ipv6Addr::LOCALHOST, 128),
];

/// A name or an address as a certificate writes it, valid by construction.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    Name(String),
    Address(IpAddr),
}

impl Subject {
    /// The same as a client would look for it.
    pub fn server_name(&self) -> Option<ServerName<'static>> {
        match self {
            Self::Name(name) => ServerName::try_from(name.clone()).ok(),
            Self::Address(ip) => Some(ServerName::IpAddress((*ip).into())),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => name.fmt(f),
            Self::Address(ip) => ip.fmt(f),
        }
    }
}

/// Everything a certificate of this machine should name: what it is called, where it is, and itself. A name may be an address that
/// somebody configured. Invalid names are left out: they come from a configuration, and the rest must work all the same.
pub fn subjects(names: &[String], addresses: &[IpAddr]) -> BTreeSet<Subject> {
    let own_names = names.iter().filter_map(|name| valid(name)).chain(["localhost".to_owned()]).map(Subject::Name);
    let loopback = [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)];
    let configured: Vec<IpAddr> = names.iter().filter_map(|name| name.parse().ok()).collect();
    let own_addresses =
        configured.iter().chain(addresses).map(|ip| ip.to_canonical()).filter(|ip| !ip.is_unspecified() && !ip.is_multicast());
    let must: Vec<_> = loopback.into_iter().map(Subject::Address).chain(own_names).collect();
    must.into_iter().chain(own_addresses.map(Subject::Address)).take(MOST).collect()
}

/// The constraints of a new authority for a machine whose names and configured addresses are these.
pub fn constraints(configured: &BTreeSet<Subject>) -> NameConstraints {
    let mut permitted: Vec<_> = PRIVATE_DOMAINS.iter().map(|domain| GeneralSubtree::DnsName((*domain).to_owned())).collect();
    permitted.extend(PRIVATE_V4.map(|(net, bits)| GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix(net, bits))));
    permitted.extend(PRIVATE_V6.map(|(net, bits)| GeneralSubtree::IpAddress(CidrSubnet::from_v6_prefix(net.octets(), bits))));
    for subject in configured {
        match subject {
            Subject::Name(name) if !is_private_name(name) => permitted.push(GeneralSubtree::DnsName(name.clone())),
            Subject::Address(ip) if !is_private_address(*ip) => {
                let bits = if ip.is_ipv4() { 32 } else { 128 };
                permitted.push(GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(*ip, bits)));
            }
            _ => {}
        }
    }
    NameConstraints { permitted_subtrees: permitted, excluded_subtrees: Vec::new() }
}

/// Whether a subject is nobody's on the internet.
pub fn is_private(subject: &Subject) -> bool {
    match subject {
        Subject::Name(name) => is_private_name(name),
        Subject::Address(ip) => is_private_address(*ip),
    }
}

/// Whether a name lies in one of the domains that are nobody's on the internet.
pub fn is_private_name(name: &str) -> bool {
    PRIVATE_DOMAINS.iter().any(|domain| is_within(name, domain))
}

/// Whether an address lies in one of the networks that are nobody's on the internet.
pub fn is_private_address(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => PRIVATE_V4.iter().any(|(net, bits)| (ip.to_bits() ^ u32::from_be_bytes(*net)) >> (32 - bits) == 0),
        IpAddr::V6(ip) => PRIVATE_V6.iter().any(|(net, bits)| (ip.to_bits() ^ net.to_bits()) >> (128 - bits) == 0),
    }
}

/// Whether `name` is `domain` or below it.
pub fn is_within(name: &str, domain: &str) -> bool {
    name.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// A host name in lower case without a final dot; `None` for what is none, such as a wildcard or an address.
fn valid(name: &str) -> Option<String> {
    let name = name.trim().trim_end_matches('.').to_ascii_lowercase();
    let is_label = |label: &str| {
        let inside = label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        matches!(label.len(), 1..=63) && inside && !label.starts_with('-') && !label.ends_with('-')
    };
    let is_name = name.len() <= 253 && name.split('.').all(is_label) && name.parse::<Ipv4Addr>().is_err();
    (is_name && ServerName::try_from(name.as_str()).is_ok_and(|n| matches!(n, ServerName::DnsName(_)))).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_always_itself_and_nonsense_is_left_out() {
        let names = ["Box.Local.", "*.school.example", "", "a b", "10.0.0.1", "-x.lan", "box.local"].map(str::to_owned);
        let addresses = ["192.168.1.5", "::ffff:192.168.1.5", "0.0.0.0", "ff02::1"].map(|ip| ip.parse().expect("an address"));
        let subjects: Vec<_> = subjects(&names, &addresses).into_iter().collect();
        let name = |name: &str| Subject::Name(name.to_owned());
        let address = |ip: &str| Subject::Address(ip.parse().expect("an address"));
        assert_eq!(
            subjects,
            [
                name("box.local"),
                name("localhost"),
                address("10.0.0.1"),
                address("127.0.0.1"),
                address("192.168.1.5"),
                address("::1")
            ]
        );
    }

    #[test]
    fn private_means_private() {
        for (ip, private) in [
            ("10.1.2.3", true),
            ("172.31.255.255", true),
            ("172.32.0.0", false),
            ("100.127.0.1", true),
            ("100.128.0.1", false),
            ("8.8.8.8", false),
            ("::1", true),
            ("::2", false),
            ("fd12::1", true),
            ("fe80::1", true),
            ("2001:db8::1", false),
        ] {
            assert_eq!(is_private_address(ip.parse().expect("an address")), private, "{ip}");
        }
        assert!(is_private_name("box.local") && is_private_name("a.b.home.arpa") && is_private_name("localhost"));
        assert!(!is_private_name("notlocal") && !is_private_name("local.example") && !is_private_name("school.example"));
    }

    #[test]
    fn a_crowd_of_addresses_never_pushes_out_the_names() {
        let addresses: Vec<_> = (0..500).map(|n| Ipv4Addr::from_bits(0x0A00_0000 + n).into()).collect();
        let subjects = subjects(&["box.lan".to_owned()], &addresses);
        assert_eq!(subjects.len(), MOST);
        assert!(subjects.contains(&Subject::Name("box.lan".to_owned())));
    }
}
