//! By which addresses browsers are told of the media engine.
//!
//! Some browsers silently drop media addresses on port 443 or 80 at a private address, and on any other port below 1024 anywhere
//! (DESIGN section 4): there a second door stands beside the one port, and private addresses are told with its number. What the
//! page came by is a way too (a port forward, a container), with the port that it came by. Pure but for the look-up of a name.

use crate::media::Candidate;
use crate::port::addresses::{Address, Reach};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// The number of the second door.
pub const BESIDE: u16 = 8443;
/// A name that does not answer by then is no way for this call.
const LOOK_UP: Duration = Duration::from_millis(800);
/// Addresses that a name may add.
const NAMED_MOST: usize = 4;
/// Below this number browsers send media to the web's own ports only.
const FIRST_FREE: u16 = 1024;

/// Where the media engine is reached on this machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MediaDoors {
    /// The one port.
    pub port: u16,
    /// The door beside it, where one is needed and open.
    pub beside: Option<u16>,
}

impl MediaDoors {
    /// Whether this number alone would leave some browsers without a way.
    pub fn needs_another(port: u16) -> bool {
        port < FIRST_FREE
    }

    /// The number that goes with an address which is reached from so far.
    fn of(self, reach: Reach) -> u16 {
        let from_outside = matches!(reach, Reach::PublicV4 | Reach::PublicV6);
        if from_outside && is_webs_own(self.port) { self.port } else { self.beside.unwrap_or(self.port) }
    }
}

fn is_webs_own(port: u16) -> bool {
    port == 443 || port == 80
}

/// The machine's own addresses: those that last, loopback last of all.
pub fn own(found: &[Address], doors: MediaDoors) -> Vec<SocketAddr> {
    found.iter().filter(|address| address.lasts()).map(|address| SocketAddr::new(address.ip, doors.of(address.reach))).collect()
}

/// What a page's word for this machine (its port with it unless it is 443) leads to.
pub async fn of_host(host: &str, doors: MediaDoors) -> Vec<SocketAddr> {
    let (name, port) = parted(host);
    let ips: Vec<IpAddr> = match name.parse::<IpAddr>() {
        Ok(ip) => vec![ip],
        Err(_) if name.is_empty() => Vec::new(),
        Err(_) => match tokio::time::timeout(LOOK_UP, tokio::net::lookup_host((name, port))).await {
            Ok(Ok(found)) => found.take(NAMED_MOST).map(|address| address.ip()).collect(),
            _ => Vec::new(),
        },
    };
    let mut ports = vec![port, doors.port];
    ports.extend(doors.beside);
    ports.dedup();
    ips.into_iter().flat_map(|ip| ports.iter().map(move |port| SocketAddr::new(ip, *port)).collect::<Vec<_>>()).collect()
}

/// Name and port of a host as browsers write it.
fn parted(host: &str) -> (&str, u16) {
    let (name, rest) = match host.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        Some((name, rest)) => (name, rest),
        None => host.split_at(host.find(':').unwrap_or(host.len())),
    };
    (name, rest.strip_prefix(':').and_then(|port| port.parse().ok()).unwrap_or(443))
}

/// Datagrams and streams at each address, the ones of the machine first.
pub fn candidates(own: Vec<SocketAddr>, named: &[SocketAddr]) -> Vec<Candidate> {
    let mut all = own;
    for addr in named {
        if !all.contains(addr) {
            all.push(*addr);
        }
    }
    all.into_iter().flat_map(|addr| [false, true].map(|tcp| Candidate { addr, tcp })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().expect("an address")
    }

    fn of_machine() -> Vec<Address> {
        let found = [
            (Reach::LanV4, "192.168.1.5"),
            (Reach::PublicV4, "203.0.113.5"),
            (Reach::LanV6, "fd00::5"),
            (Reach::PublicV6, "2001:db8::5"),
            (Reach::Virtual, "172.17.0.1"),
            (Reach::Loopback, "127.0.0.1"),
        ];
        found.map(|(reach, ip)| Address { reach, ip: ip.parse().expect("an address") }).to_vec()
    }

    #[test]
    fn on_443_private_addresses_are_told_with_the_door_beside_it() {
        let told = own(&of_machine(), MediaDoors { port: 443, beside: Some(BESIDE) });
        let expected =
            ["192.168.1.5:8443", "203.0.113.5:443", "[fd00::5]:8443", "[2001:db8::5]:443", "127.0.0.1:8443"].map(address);
        assert_eq!(told, expected);
    }

    #[test]
    fn below_1024_no_address_is_told_with_the_one_port_where_another_is_open() {
        for (beside, port) in [(Some(BESIDE), BESIDE), (None, 700)] {
            assert!(own(&of_machine(), MediaDoors { port: 700, beside }).iter().all(|told| told.port() == port));
        }
        assert!(MediaDoors::needs_another(443) && !MediaDoors::needs_another(8443));
    }

    #[tokio::test]
    async fn what_a_page_came_by_is_a_way_with_its_port_and_with_ours() {
        let plain = MediaDoors { port: 8443, beside: None };
        assert_eq!(of_host("203.0.113.9", plain).await, ["203.0.113.9:443", "203.0.113.9:8443"].map(address));
        assert_eq!(of_host("[fd00::5]:8443", plain).await, [address("[fd00::5]:8443")]);
        assert!(of_host("", plain).await.is_empty());
    }

    #[test]
    fn a_host_is_told_from_its_port_in_every_family() {
        let hosts = ["house.test:8443", "house.test", "[fd00::1]:9", "[fd00::1]", "10.0.0.7:x", ":", "["];
        let parts = [("house.test", 8443), ("house.test", 443), ("fd00::1", 9), ("fd00::1", 443), ("10.0.0.7", 443), ("", 443)];
        assert_eq!(hosts.map(parted)[..6], parts);
    }

    #[test]
    fn each_address_is_a_way_for_datagrams_and_for_streams_and_is_named_once() {
        let (lan, public) = (address("192.168.1.5:8443"), address("203.0.113.5:8443"));
        let all = candidates(vec![lan], &[lan, public]);
        let said: Vec<(SocketAddr, bool)> = all.iter().map(|c| (c.addr, c.tcp)).collect();
        assert_eq!(said, [(lan, false), (lan, true), (public, false), (public, true)]);
    }
}
