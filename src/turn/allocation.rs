//! One allocation: a client's number inside this process, and with whom it may exchange packets.
//!
//! Invariant: permissions and channels are bounded, and one that has ended is as good as none whether or not it was swept away.

use super::codec::Family;
use super::message::Key;
use crate::path::Path;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

/// How long a permission holds (RFC 8656 section 9).
pub const PERMISSION: Duration = Duration::from_secs(300);
/// How long a channel is bound (RFC 8656 section 12).
pub const CHANNEL: Duration = Duration::from_secs(600);
/// How long an allocation lives where nobody asks for more, and at most between two refreshes (RFC 8656 section 7.2).
pub const LIFETIME: Duration = Duration::from_secs(600);
pub const LONGEST_LIFETIME: Duration = Duration::from_secs(3600);
/// Nothing lives longer, however often it is refreshed: no session does.
pub const HARD_END: Duration = Duration::from_secs(4 * 3600);

/// Permissions of one allocation, and likewise channels: the candidates of every partner are far fewer.
const MOST: usize = 64;

/// The numbers that a channel may have (RFC 8656 section 12).
pub const CHANNELS: std::ops::RangeInclusive<u16> = 0x4000..=0x4FFF;

/// Our two addresses as an allocation's partners know them. Both are aliases of the same allocations.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Aliases {
    pub v4: Ipv4Addr,
    pub v6: Ipv6Addr,
}

impl Aliases {
    /// For a machine that lacks a family: addresses that are reserved for standing in, and lead nowhere (RFC 7600, RFC 6666).
    pub const DUMMY: Self = Self { v4: Ipv4Addr::new(192, 0, 0, 8), v6: Ipv6Addr::new(0x100, 0, 0, 0, 0, 0, 0, 8) };

    pub fn ip(&self, family: Family) -> IpAddr {
        match family {
            Family::V4 => self.v4.into(),
            Family::V6 => self.v6.into(),
        }
    }

    pub fn contains(&self, ip: IpAddr) -> bool {
        ip == IpAddr::V4(self.v4) || ip == IpAddr::V6(self.v6)
    }
}

/// Which families a client asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Families {
    Only(Family),
    Both,
}

impl Families {
    pub fn has(self, family: Family) -> bool {
        self == Self::Both || self == Self::Only(family)
    }
}

/// Why a channel was not bound.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unbound {
    /// The number has another peer, or the peer another number.
    Taken,
    Full,
}

#[derive(Clone, Copy, Debug)]
struct Channel {
    number: u16,
    peer: SocketAddr,
    until: Instant,
}

pub struct Allocation {
    pub client: Path,
    pub username: Box<str>,
    pub key: Key,
    /// The session's place in the table.
    pub session: u32,
    /// The Allocate that made it: the same one again gets the same answer.
    pub transaction: [u8; 12],
    pub aliases: Aliases,
    pub port: u16,
    pub families: Families,
    pub until: Instant,
    /// What no refresh goes beyond.
    pub hard_end: Instant,
    permissions: Vec<(IpAddr, Instant)>,
    channels: Vec<Channel>,
}

impl Allocation {
    pub fn new(client: Path, username: &str, key: Key, session: u32, transaction: [u8; 12], now: Instant) -> Self {
        Self {
            client,
            username: username.into(),
            key,
            session,
            transaction,
            aliases: Aliases::DUMMY,
            port: 0,
            families: Families::Only(Family::V4),
            until: now,
            hard_end: now + HARD_END,
            permissions: Vec::new(),
            channels: Vec::new(),
        }
    }

    /// The member's part of the name.
    pub fn member(&self) -> &str {
        self.username.rsplit_once('-').map_or("", |(_, member)| member)
    }

    /// Extends the life by what was asked for, within bounds; returns how long it is, in whole seconds.
    pub fn extend(&mut self, asked: Option<u32>, now: Instant) -> u32 {
        let asked = asked.map_or(LIFETIME, |s| Duration::from_secs(s.into())).clamp(LIFETIME, LONGEST_LIFETIME);
        let given = asked.min(self.hard_end.saturating_duration_since(now));
        self.until = now + given;
        given.as_secs() as u32
    }

    pub fn is_over(&self, now: Instant) -> bool {
        self.until <= now
    }

    /// Its relayed address in that family, whether or not the client asked for it.
    pub fn address(&self, family: Family) -> SocketAddr {
        SocketAddr::new(self.aliases.ip(family), self.port)
    }

    /// By which of `other`'s two addresses our client knows it: its own family's where it has one, else the one that `other` used.
    pub fn known_as(&self, other: &Self, used: Family) -> SocketAddr {
        match self.families {
            Families::Only(family) => other.address(family),
            Families::Both => other.address(used),
        }
    }

    /// Lets packets of this address through for a while; false where there is no room.
    pub fn permit(&mut self, ip: IpAddr, until: Instant, now: Instant) -> bool {
        if let Some(permission) = self.permissions.iter_mut().find(|(known, _)| *known == ip) {
            permission.1 = permission.1.max(until);
            return true;
        }
        self.permissions.retain(|(_, until)| *until > now);
        let room = self.permissions.len() < MOST;
        if room {
            self.permissions.push((ip, until));
        }
        room
    }

    pub fn permits(&self, ip: IpAddr, now: Instant) -> bool {
        self.permissions.iter().any(|(known, until)| *known == ip && *until > now)
    }

    /// Binds a channel for a while, or binds it longer.
    pub fn bind(&mut self, number: u16, peer: SocketAddr, now: Instant) -> Result<(), Unbound> {
        self.channels.retain(|channel| channel.until > now);
        let (until, full) = (now + CHANNEL, self.channels.len() >= MOST);
        match self.channels.iter_mut().find(|channel| channel.number == number || channel.peer == peer) {
            Some(channel) if channel.number == number && channel.peer == peer => channel.until = until,
            Some(_) => return Err(Unbound::Taken),
            None if full => return Err(Unbound::Full),
            None => self.channels.push(Channel { number, peer, until }),
        }
        Ok(())
    }

    pub fn peer_of(&self, number: u16, now: Instant) -> Option<SocketAddr> {
        self.channels.iter().find(|channel| channel.number == number && channel.until > now).map(|channel| channel.peer)
    }

    pub fn channel_of(&self, peer: SocketAddr, now: Instant) -> Option<u16> {
        self.channels.iter().find(|channel| channel.peer == peer && channel.until > now).map(|channel| channel.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(port: u16) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, 1], port))
    }

    fn allocation(now: Instant) -> Allocation {
        let client = Path::Udp { socket: 0, local: None, interface: 0, remote: peer(1) };
        Allocation::new(client, "9:1-2", [0; 16], 0, [0; 12], now)
    }

    #[test]
    fn a_life_is_extended_within_bounds_and_never_beyond_the_hard_end() {
        let start = Instant::now();
        let mut one = allocation(start);
        assert_eq!((one.extend(None, start), one.extend(Some(1), start), one.extend(Some(u32::MAX), start)), (600, 600, 3600));
        let late = start + HARD_END - Duration::from_secs(100);
        assert_eq!(one.extend(Some(600), late), 100);
        assert!(!one.is_over(late) && one.is_over(start + HARD_END));
    }

    #[test]
    fn a_permission_ends_by_itself_and_there_are_never_too_many() {
        let start = Instant::now();
        let mut one = allocation(start);
        for n in 0..MOST as u32 {
            assert!(one.permit(IpAddr::V4(n.into()), start + PERMISSION, start));
        }
        assert!(!one.permit(peer(0).ip(), start + PERMISSION, start));
        assert!(one.permits(IpAddr::V4(3.into()), start) && !one.permits(IpAddr::V4(3.into()), start + PERMISSION));
        let later = start + PERMISSION;
        assert!(one.permit(peer(0).ip(), later + PERMISSION, later), "the ended ones make room");
        assert_eq!(one.permissions.len(), 1);
    }

    #[test]
    fn a_channel_keeps_its_peer_and_a_peer_its_channel() {
        let start = Instant::now();
        let mut one = allocation(start);
        assert_eq!(one.bind(0x4000, peer(1), start), Ok(()));
        assert_eq!(one.bind(0x4000, peer(2), start), Err(Unbound::Taken));
        assert_eq!(one.bind(0x4001, peer(1), start), Err(Unbound::Taken));
        assert_eq!(one.bind(0x4000, peer(1), start), Ok(()), "once more is a refresh");
        assert_eq!((one.peer_of(0x4000, start), one.channel_of(peer(1), start)), (Some(peer(1)), Some(0x4000)));
        let later = start + CHANNEL;
        assert_eq!((one.peer_of(0x4000, later), one.bind(0x4000, peer(2), later)), (None, Ok(())));
    }

    #[test]
    fn there_are_never_too_many_channels() {
        let start = Instant::now();
        let mut one = allocation(start);
        for n in 0..MOST as u16 {
            assert_eq!(one.bind(0x4000 + n, peer(n + 1), start), Ok(()));
        }
        assert_eq!(one.bind(0x4FFF, peer(9999), start), Err(Unbound::Full));
    }
}
