//! Every address at which this machine can be reached, in the order in which people should be told.
//!
//! Never `0.0.0.0`, never an address that needs a zone (`fe80::…%eth0`), which no browser accepts. Container and virtual
//! machine networks come behind the real ones, loopback comes last. Sorting is pure; only [`of_machine`] asks the kernel.

use crate::sys;
use std::collections::HashSet;
use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How far away an address can be reached from, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// The local network over IPv4: what people type.
    LanV4,
    /// The internet over IPv4.
    PublicV4,
    /// Unique local IPv6.
    LanV6,
    /// The internet over IPv6.
    PublicV6,
    /// A carrier's or an overlay network's 100.64.0.0/10.
    Carrier,
    /// 169.254.0.0/16, where no router gave an address.
    LinkLocal,
    /// Only containers and virtual machines of this machine.
    Virtual,
    Loopback,
}

/// One address of this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address {
    pub reach: Reach,
    pub ip: IpAddr,
}

impl Address {
    /// The host part of a URL: IPv6 in brackets.
    pub fn url_host(&self) -> String {
        match self.ip {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("[{ip}]"),
        }
    }

    /// Whether the address lasts, so that a certificate naming it need not be made anew with every container.
    pub fn lasts(&self) -> bool {
        self.reach != Reach::Virtual
    }
}

/// All addresses of this machine's interfaces that are up, best first.
///
/// IPv6 addresses that the kernel makes for a day of privacy, or no longer prefers, are left out: nobody could rely on them.
pub fn of_machine() -> io::Result<Vec<Address>> {
    let passing = fs::read_to_string("/proc/self/net/if_inet6").map(|table| passing_v6(&table)).unwrap_or_default();
    let interfaces = if_addrs::get_if_addrs()?;
    let up = interfaces.iter().filter(|interface| interface.is_oper_up() || interface.is_loopback());
    Ok(sorted(up.map(|i| (i.name.as_str(), i.ip())).filter(|(_, ip)| !passing.contains(ip))))
}

/// The machine's own name, where it has one that could be part of an address.
pub fn machine_name() -> Option<String> {
    let name = sys::host_name()?.trim().to_ascii_lowercase();
    let is_label = |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    (name.split('.').all(is_label) && name != "localhost" && name.parse::<Ipv4Addr>().is_err()).then_some(name)
}

/// Sorts what interfaces have, and leaves out what cannot be reached by a URL.
fn sorted<'a>(found: impl Iterator<Item = (&'a str, IpAddr)>) -> Vec<Address> {
    let mut addresses: Vec<_> = found.filter_map(|(interface, ip)| Some(Address { reach: reach(interface, ip)?, ip })).collect();
    addresses.sort();
    addresses.dedup();
    addresses
}

fn reach(interface: &str, ip: IpAddr) -> Option<Reach> {
    match ip.to_canonical() {
        ip if ip.is_unspecified() || ip.is_multicast() => None,
        ip if ip.is_loopback() => Some(Reach::Loopback),
        IpAddr::V6(ip) if ip.is_unicast_link_local() => None,
        _ if is_virtual(interface) => Some(Reach::Virtual),
        IpAddr::V4(ip) if ip.is_private() => Some(Reach::LanV4),
        IpAddr::V4(ip) if ip.is_link_local() => Some(Reach::LinkLocal),
        IpAddr::V4(ip) if ip.octets()[0] == 100 && ip.octets()[1] & 0xc0 == 64 => Some(Reach::Carrier),
        IpAddr::V4(_) => Some(Reach::PublicV4),
        IpAddr::V6(ip) if ip.is_unique_local() => Some(Reach::LanV6),
        IpAddr::V6(_) => Some(Reach::PublicV6),
    }
}

/// The names that container and virtual machine programs give. A server's own bridge, `br0` or `vmbr0`, is a real network.
fn is_virtual(interface: &str) -> bool {
    const PREFIXES: [&str; 14] = [
        "docker", "br-", "veth", "virbr", "vnet", "lxc", "lxdbr", "incusbr", "cni", "podman", "flannel", "cali", "vmnet",
        "vboxnet",
    ];
    PREFIXES.iter().any(|prefix| interface.starts_with(prefix))
}

/// The temporary, deprecated, tentative and duplicate addresses in the kernel's table: address, index, prefix, scope, flags, name.
fn passing_v6(table: &str) -> HashSet<IpAddr> {
    const TEMPORARY_DUPLICATE_DEPRECATED_TENTATIVE: u32 = 0x01 | 0x08 | 0x20 | 0x40;
    let passing = |line: &str| {
        let mut words = line.split_ascii_whitespace();
        let address = u128::from_str_radix(words.next()?, 16).ok()?;
        let flags = u32::from_str_radix(words.nth(3)?, 16).ok()?;
        (flags & TEMPORARY_DUPLICATE_DEPRECATED_TENTATIVE != 0).then(|| IpAddr::V6(Ipv6Addr::from_bits(address)))
    };
    table.lines().filter_map(passing).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(found: &[(&str, &str)]) -> Vec<String> {
        let found = found.iter().map(|(interface, ip)| (*interface, ip.parse().expect("an address")));
        sorted(found).iter().map(Address::url_host).collect()
    }

    #[test]
    fn people_are_told_the_lan_first_and_loopback_last() {
        let found = [
            ("lo", "::1"),
            ("lo", "127.0.0.1"),
            ("docker0", "172.17.0.1"),
            ("tailscale0", "100.100.1.2"),
            ("eth0", "2001:db8::5"),
            ("eth0", "fd00::5"),
            ("eth0", "203.0.113.5"),
            ("br-1a2b3c", "172.18.0.1"),
            ("br0", "192.168.1.5"),
        ];
        let order = [
            "192.168.1.5",
            "203.0.113.5",
            "[fd00::5]",
            "[2001:db8::5]",
            "100.100.1.2",
            "172.17.0.1",
            "172.18.0.1",
            "127.0.0.1",
            "[::1]",
        ];
        assert_eq!(hosts(&found), order);
    }

    #[test]
    fn what_no_browser_can_open_is_left_out() {
        assert!(hosts(&[("eth0", "0.0.0.0"), ("eth0", "fe80::1"), ("eth0", "::"), ("eth0", "ff02::1")]).is_empty());
        assert_eq!(hosts(&[("eth0", "10.0.0.1"), ("eth1", "10.0.0.1")]), ["10.0.0.1"]);
    }

    #[test]
    fn addresses_made_for_a_day_are_left_out() {
        let table = "20010db8000000000000000000000005 02 40 00 80     eth0\n\
                     20010db8000000000000000000000006 02 40 00 01     eth0\n\
                     fd000000000000000000000000000007 02 40 00 20     eth0\n\
                     nonsense\n";
        let passing = passing_v6(table);
        assert_eq!(passing.len(), 2);
        assert!(passing.contains(&"2001:db8::6".parse::<IpAddr>().expect("an address")));
    }

    #[test]
    fn this_machine_has_at_least_itself() {
        let addresses = of_machine().expect("the kernel knows");
        assert!(addresses.iter().any(|address| address.reach == Reach::Loopback));
    }
}
