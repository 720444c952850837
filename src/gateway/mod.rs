//! Asking the router to let people through to the one port: by PCP (RFC 6887), else NAT-PMP (RFC 6886), else UPnP.
//!
//! [`pcp`] and [`upnp`] are bytes and text without sockets; [`asker`] owns those; [`lease`] says when to ask again. Only the machine's
//! own default gateway is asked, nobody else in the network and nobody outside; every wait and every answer has a bound. What is let
//! through has a short life that is renewed, so that a machine that vanishes leaves no hole for long.

pub mod asker;
pub mod lease;
pub mod pcp;
pub mod upnp;

use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

/// What became of asking, on the disk: the doctor tells it, whoever runs it.
const FILE: &str = "router.json";

/// One half of the port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Half {
    Tcp,
    Udp,
}

/// A way through: what comes to the router at `outside` goes to this machine's `inside`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    pub half: Half,
    pub inside: u16,
    pub outside: u16,
}

/// How a router is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tongue {
    Pcp,
    NatPmp,
    Upnp,
}

impl fmt::Display for Tongue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pcp => "PCP",
            Self::NatPmp => "NAT-PMP",
            Self::Upnp => "UPnP",
        })
    }
}

/// What the router lets through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    pub by: Tongue,
    /// The router's own address on its other side.
    pub outside: IpAddr,
    /// The one port, TCP and UDP.
    pub port: u16,
    /// Whether 443 leads here, too.
    pub web: bool,
    /// For how long, in seconds.
    pub life_s: u32,
}

/// Why nothing is let through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// As a sentence.
    pub why: String,
    /// The router's own address on its other side, where it tells that all the same: many let nobody through for its sake.
    pub outside: Option<IpAddr>,
}

/// What became of asking.
pub type Outcome = Result<Held, Refused>;

/// The ways that a house with this port asks for: both halves of it, which it must have, and the web's own, which it would like.
pub fn wanted(port: u16) -> (Vec<Way>, Option<Way>) {
    let way = |half| Way { half, inside: port, outside: port };
    let web = (port != 443).then_some(Way { half: Half::Tcp, inside: port, outside: 443 });
    (vec![way(Half::Tcp), way(Half::Udp)], web)
}

/// The default gateway in the kernel's table of routes (`/proc/net/route`).
pub fn gateway_in(table: &str) -> Option<Ipv4Addr> {
    let routes = table.lines().skip(1).filter_map(|line| {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let gateway = u32::from_str_radix(words.get(2)?, 16).ok()?;
        let (flags, metric) = (u32::from_str_radix(words.get(3)?, 16).ok()?, words.get(6)?.parse::<u32>().ok()?);
        // Up, and by a gateway; the table has addresses as the machine has them in memory.
        let good = words[1] == "00000000" && words.get(7) == Some(&"00000000") && flags & 3 == 3;
        good.then(|| (metric, Ipv4Addr::from(gateway.to_ne_bytes())))
    });
    routes.min_by_key(|(metric, _)| *metric).map(|(_, gateway)| gateway)
}

/// The last outcome of this data directory, if a router is asked.
pub fn kept(data_dir: &Path) -> Option<Outcome> {
    serde_json::from_slice(&std::fs::read(data_dir.join(FILE)).ok()?).ok()
}

/// Keeps the outcome, or that nobody asks any more. Forgetting it costs a line of the doctor's.
pub fn keep(data_dir: &Path, outcome: Option<&Outcome>) {
    let path = data_dir.join(FILE);
    let _ = match outcome.and_then(|outcome| serde_json::to_vec(outcome).ok()) {
        Some(text) => std::fs::write(path, text),
        None => std::fs::remove_file(path),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gateway_is_the_nearest_default_route() {
        let table = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n\
                     eth0\t0032A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n\
                     wlan0\t00000000\t0102A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n\
                     eth0\t00000000\t0132A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n";
        let expected = if cfg!(target_endian = "little") { Some(Ipv4Addr::new(192, 168, 50, 1)) } else { None };
        assert_eq!(gateway_in(table).filter(|_| expected.is_some()), expected);
        assert_eq!(gateway_in("Iface\n"), None);
        assert_eq!(gateway_in("nonsense\nmore nonsense"), None);
    }

    #[test]
    fn the_webs_own_port_is_a_wish_and_both_halves_of_the_one_port_are_not() {
        let (must, web) = wanted(8443);
        assert!(must.iter().all(|way| way.outside == 8443) && must.len() == 2);
        assert_eq!(web.map(|way| (way.outside, way.inside)), Some((443, 8443)));
        assert_eq!(wanted(443).1, None);
    }
}
