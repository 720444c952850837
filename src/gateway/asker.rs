//! The sockets towards the router: asks in whichever tongue it understands, and gives back at the end. It blocks for some seconds where
//! a router keeps silent, so it belongs on a thread that may.

use super::pcp::{self, Granted, No};
use super::upnp::{self, Service};
use super::{Half, Held, Outcome, Refused, Tongue, Way, gateway_in, lease, wanted};
use crate::clock::Dice;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4, TcpStream, UdpSocket};
use std::time::Duration;

/// How long an answer is waited for, each time longer (RFC 6886 section 3.1).
const WAITS: [Duration; 4] =
    [Duration::from_millis(250), Duration::from_millis(500), Duration::from_millis(1000), Duration::from_millis(1500)];
/// How long a search waits for the next answer, and how many of others it passes over.
const SEARCH: Duration = Duration::from_millis(900);
const SEARCH_MOST: usize = 32;
const PATIENCE: Duration = Duration::from_secs(3);
/// No page of a router is longer, in bytes.
const PAGE_MOST: u64 = 128 << 10;

/// The machine's default gateway, and how it is spoken to.
#[derive(Debug)]
pub struct Router {
    gateway: Ipv4Addr,
    own: Ipv4Addr,
    /// Says that it is the same one who asks again (RFC 6887 section 11.2).
    nonce: [u8; 12],
    tongue: Option<Tongue>,
    service: Option<Service>,
    held: Vec<(Tongue, Way)>,
}

/// Why there is no way.
#[derive(Debug)]
enum Trouble {
    Silent,
    Elder,
    Refused(&'static str),
}

impl From<io::Error> for Trouble {
    fn from(_: io::Error) -> Self {
        Self::Silent
    }
}

impl Router {
    /// The router that this machine goes out by; none where it goes out by none.
    pub fn found() -> Option<Self> {
        let gateway = gateway_in(&std::fs::read_to_string("/proc/self/net/route").ok()?)?;
        let probe = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
        probe.connect((gateway, pcp::PORT)).ok()?;
        let IpAddr::V4(own) = probe.local_addr().ok()?.ip() else { return None };
        Some(Self { gateway, own, nonce: Dice.bytes(), tongue: None, service: None, held: Vec::new() })
    }

    /// Whether the machine still goes out by this router, with the same address.
    pub fn is_current(&self) -> bool {
        Self::found().is_some_and(|found| found.gateway == self.gateway && found.own == self.own)
    }

    /// Asks for the one port, again and again the same.
    pub fn hold(&mut self, port: u16) -> Outcome {
        let order = match self.tongue {
            Some(known) => vec![known],
            None => vec![Tongue::Pcp, Tongue::NatPmp, Tongue::Upnp],
        };
        let mut why = None;
        let mut silent = false;
        for tongue in order {
            // The elder is worth a question only where PCP was answered by it.
            if tongue == Tongue::NatPmp && silent {
                continue;
            }
            match self.hold_by(tongue, port) {
                Ok(held) => {
                    self.tongue = Some(tongue);
                    return Ok(held);
                }
                Err(Trouble::Refused(refused)) => {
                    why = Some(format!("By {tongue} the router at {} refuses: {refused}.", self.gateway))
                }
                Err(Trouble::Silent) => silent = true,
                Err(Trouble::Elder) => {}
            }
        }
        self.tongue = None;
        let gateway = self.gateway;
        let mute = || format!("The router at {gateway} answers neither PCP, NAT-PMP nor UPnP.");
        Err(Refused { outside: self.address(), why: why.unwrap_or_else(mute) })
    }

    /// What the router says of its other side where it grants nothing.
    fn address(&mut self) -> Option<IpAddr> {
        let asked = self.posted(upnp::address).ok().and_then(|answer| upnp::addressed(&answer));
        asked.or_else(|| self.exchanged(&pcp::elder_address(), pcp::elder_addressed).ok().map(IpAddr::V4))
    }

    fn hold_by(&mut self, tongue: Tongue, port: u16) -> Result<Held, Trouble> {
        let (must, web) = wanted(port);
        let (mut life_s, mut address) = (u32::MAX, None);
        for way in must {
            let granted = self.granted(tongue, way, lease::ASKED_S)?;
            if granted.outside != way.outside {
                let _ = self.granted(tongue, way, 0);
                return Err(Trouble::Refused("another device has that number"));
            }
            self.note(tongue, way);
            (life_s, address) = (life_s.min(granted.life_s), granted.address.or(address));
        }
        let outside = match (address, tongue) {
            (Some(address), _) => address,
            (None, Tongue::Upnp) => upnp::addressed(&self.posted(upnp::address)?).ok_or(Trouble::Silent)?,
            (None, _) => {
                self.exchanged(&pcp::elder_address(), pcp::elder_addressed).map(IpAddr::V4).map_err(|no| no.in_words(true))?
            }
        };
        // Only UPnP lets two numbers lead to one.
        let web_held = web.is_some_and(|way| {
            let held = self.granted(Tongue::Upnp, way, lease::ASKED_S).is_ok();
            if held {
                self.note(Tongue::Upnp, way);
            }
            held
        });
        Ok(Held { by: tongue, outside, port, web: web_held || web.is_none(), life_s })
    }

    fn note(&mut self, tongue: Tongue, way: Way) {
        if !self.held.contains(&(tongue, way)) {
            self.held.push((tongue, way));
        }
    }

    /// Gives everything back.
    pub fn end(mut self) {
        for (tongue, way) in std::mem::take(&mut self.held) {
            if let Err(trouble) = self.granted(tongue, way, 0) {
                tracing::debug!(?trouble, ?way, "The router took no goodbye; what it lets through ends by itself.");
            }
        }
    }

    /// Asks for one way in one tongue; a life of 0 gives it back.
    fn granted(&mut self, tongue: Tongue, way: Way, life_s: u32) -> Result<Granted, Trouble> {
        let (own, nonce) = (self.own, self.nonce_of(way.half));
        match tongue {
            Tongue::Pcp => self
                .exchanged(&pcp::map(way, life_s, own, &nonce), |bytes| pcp::mapped(bytes, way, &nonce))
                .map_err(|no| no.in_words(false)),
            Tongue::NatPmp => self
                .exchanged(&pcp::elder_map(way, life_s), |bytes| pcp::elder_mapped(bytes, way))
                .map_err(|no| no.in_words(true)),
            Tongue::Upnp if life_s == 0 => {
                self.done(|service| upnp::remove(service, way))?.map_err(|code| Trouble::Refused(upnp::said(code)))?;
                Ok(Granted { outside: way.outside, life_s, address: None })
            }
            Tongue::Upnp => {
                let mut life_s = life_s;
                let mut done = self.done(|service| upnp::add(service, way, own, life_s))?;
                if done == Err(upnp::FOR_EVER_ONLY) {
                    life_s = 0;
                    done = self.done(|service| upnp::add(service, way, own, 0))?;
                }
                done.map_err(|code| Trouble::Refused(upnp::said(code)))?;
                Ok(Granted { outside: way.outside, life_s, address: None })
            }
        }
    }

    fn nonce_of(&self, half: Half) -> [u8; 12] {
        let mut nonce = self.nonce;
        nonce[11] ^= u8::from(half == Half::Udp);
        nonce
    }

    /// A question to PCP's port, said again until something is answered.
    fn exchanged<T>(&self, question: &[u8], read: impl Fn(&[u8]) -> Result<T, No>) -> Result<T, Answered> {
        let socket = UdpSocket::bind((self.own, 0))?;
        socket.connect((self.gateway, pcp::PORT))?;
        let mut bytes = [0; pcp::LONGEST];
        for wait in WAITS {
            socket.send(question)?;
            socket.set_read_timeout(Some(wait))?;
            while let Ok(length) = socket.recv(&mut bytes) {
                match read(&bytes[..length]) {
                    Err(No::Foreign) => {}
                    other => return other.map_err(Answered::No),
                }
            }
        }
        Err(Answered::Nothing)
    }

    fn done(&mut self, say: impl Fn(&Service) -> String) -> Result<Result<(), u16>, Trouble> {
        Ok(upnp::done(&self.posted(say)?))
    }

    /// Says something to the router's service, which is looked for where it is not known.
    fn posted(&mut self, say: impl Fn(&Service) -> String) -> Result<String, Trouble> {
        let service = match self.service.take() {
            Some(known) => known,
            None => self.searched()?,
        };
        let answer = said_to(service.place.at, &say(&service));
        // A service that is gone is looked for anew the next time.
        self.service = answer.is_ok().then_some(service);
        Ok(answer?)
    }

    fn searched(&self) -> Result<Service, Trouble> {
        let socket = UdpSocket::bind((self.own, 0))?;
        socket.set_read_timeout(Some(SEARCH))?;
        for search in upnp::searches() {
            let _ = socket.send_to(search.as_bytes(), upnp::SEARCHED);
            let _ = socket.send_to(search.as_bytes(), SocketAddrV4::new(self.gateway, upnp::SEARCHED.port()));
        }
        let mut bytes = [0; 2048];
        for _ in 0..SEARCH_MOST {
            let (length, from) = socket.recv_from(&mut bytes)?;
            if from.ip() != IpAddr::V4(self.gateway) {
                continue;
            }
            let Some(place) = upnp::found(&String::from_utf8_lossy(&bytes[..length]), self.gateway) else { continue };
            let page = said_to(place.at, &upnp::get(&place))?;
            if let Some(service) = upnp::described(&page, &place) {
                return Ok(service);
            }
        }
        Err(Trouble::Silent)
    }
}

/// What came of a question to PCP's port.
enum Answered {
    Nothing,
    No(No),
}

impl From<io::Error> for Answered {
    fn from(_: io::Error) -> Self {
        Self::Nothing
    }
}

impl Answered {
    fn in_words(self, elder: bool) -> Trouble {
        match self {
            Self::No(No::Elder) => Trouble::Elder,
            Self::No(No::Refused(code)) => Trouble::Refused(pcp::said(code, elder)),
            Self::Nothing | Self::No(No::Foreign) => Trouble::Silent,
        }
    }
}

/// One question over HTTP/1.0, and all of its answer.
fn said_to(to: SocketAddrV4, question: &str) -> io::Result<String> {
    let mut socket = TcpStream::connect_timeout(&SocketAddr::V4(to), PATIENCE)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.set_write_timeout(Some(PATIENCE))?;
    socket.write_all(question.as_bytes())?;
    let mut answer = Vec::new();
    socket.take(PAGE_MOST).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
