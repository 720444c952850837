//! Who asks is proved first; then what is asked is done: Allocate, Refresh, CreatePermission, ChannelBind.
//!
//! Order of the checks: RFC 8489 section 9.2.4, then RFC 8656. A credential's expiry counts for a fresh Allocate only: what was
//! allocated can be refreshed, permitted and bound until its session ends. A peer that nobody here is gets success and silence:
//! an error would make some browsers give up the whole allocation.

use super::allocation::{Families, PERMISSION, Unbound};
use super::codec::{self, Family};
use super::credentials::{self, GOOD_FOR_S, LONGEST_NAME, Name};
use super::message::{self, Fault, Key, Message};
use super::server::{Moment, REALM, Server};
use crate::path::{Outbox, Path};
use crate::turn::allocation::CHANNELS;

/// Attributes that are understood in requests behind a proof.
const KNOWN: [u16; 16] = [
    codec::MAPPED_ADDRESS,
    codec::USERNAME,
    codec::MESSAGE_INTEGRITY,
    codec::MESSAGE_INTEGRITY_SHA256,
    codec::CHANNEL_NUMBER,
    codec::LIFETIME,
    codec::XOR_PEER_ADDRESS,
    codec::DATA,
    codec::REALM,
    codec::NONCE,
    codec::REQUESTED_ADDRESS_FAMILY,
    codec::EVEN_PORT,
    codec::REQUESTED_TRANSPORT,
    codec::DONT_FRAGMENT,
    codec::RESERVATION_TOKEN,
    codec::XOR_MAPPED_ADDRESS,
];

/// UDP's number as REQUESTED-TRANSPORT writes it.
const UDP: u8 = 17;

/// Sessions whose end is remembered, at most; the oldest are forgotten first.
const ENDED: usize = 4096;

/// Somebody who has proved who they are.
struct Proved<'a> {
    username: &'a str,
    name: Name<'a>,
    key: Key,
    /// The place of the allocation that this client has.
    place: Option<u32>,
}

impl Server {
    pub(super) fn handle_request(&mut self, now: Moment, path: Path, request: &Message<'_>, out: &mut Outbox) {
        let proved = match self.prove(now, path, request) {
            Ok(proved) => proved,
            Err(fault) => return self.refuse_stranger(now, path, request, fault, out),
        };
        let unknown = request.unknown(&KNOWN);
        let done = match request.method {
            _ if unknown.0 > 0 => Err(Fault::UnknownAttribute),
            message::ALLOCATE => return self.allocate(now, path, request, &proved, out),
            message::REFRESH => return self.refresh(now, path, request, &proved, out),
            message::CREATE_PERMISSION => self.create_permission(now, request, &proved),
            message::CHANNEL_BIND => self.bind_channel(now, request, &proved),
            _ => Err(Fault::BadRequest),
        };
        match done {
            Ok(()) => out.push_with(path, |buffer| request.succeed(buffer, Some(&proved.key), |_| {})),
            Err(fault) => self.refuse(path, request, fault, &proved.key, out),
        }
    }

    /// Remembers that a session has ended, for as long as a credential minted before could open an allocation.
    pub(super) fn note_end(&mut self, now: Moment, session: &str) {
        self.ended.retain(|(name, at)| &**name != session && *at + GOOD_FOR_S >= now.unix_s);
        if self.ended.len() >= ENDED {
            self.ended.pop_front();
        }
        self.ended.push_back((session.into(), now.unix_s));
    }

    fn prove<'a>(&self, now: Moment, path: Path, request: &Message<'a>) -> Result<Proved<'a>, Fault> {
        if !request.has_integrity() {
            return Err(Fault::Unauthorized);
        }
        let get = |kind| request.get(kind).ok_or(Fault::BadRequest);
        let (username, realm, nonce) = (get(codec::USERNAME)?, get(codec::REALM)?, get(codec::NONCE)?);
        if !self.nonces.is_good(now.unix_s, &path, nonce) {
            return Err(Fault::StaleNonce);
        }
        let readable = std::str::from_utf8(username).ok().filter(|name| name.len() <= LONGEST_NAME);
        let username = readable.filter(|_| realm == REALM.as_bytes()).ok_or(Fault::Unauthorized)?;
        let name = Name::read(username).ok_or(Fault::Unauthorized)?;
        let place = self.table.place(&path);
        let own = place.and_then(|place| self.table.get(place)).filter(|own| !own.is_over(now.at));
        let key = match own {
            Some(own) if &*own.username == username => own.key,
            _ => credentials::key(username, REALM, &credentials::password(&self.settings.secret, username)),
        };
        if !request.is_by(&key) {
            return Err(Fault::Unauthorized);
        }
        Ok(Proved { username, name, key, place: place.filter(|_| own.is_some()) })
    }

    /// Answers somebody who has proved nothing, in at most 120 bytes and at a bounded rate.
    fn refuse_stranger(&mut self, now: Moment, path: Path, request: &Message<'_>, fault: Fault, out: &mut Outbox) {
        if !self.may_answer_stranger(now, &path) {
            return;
        }
        let nonce = self.nonces.make(now.unix_s, &path);
        out.push_with(path, |buffer| {
            request.refuse(buffer, fault, None, |writer| {
                if fault != Fault::BadRequest {
                    writer.attribute(codec::REALM, &[REALM.as_bytes()]);
                    writer.attribute(codec::NONCE, &[&nonce]);
                }
            });
        });
    }

    fn refuse(&mut self, path: Path, request: &Message<'_>, fault: Fault, key: &Key, out: &mut Outbox) {
        self.counts.refused += 1;
        let unknown = request.unknown(&KNOWN);
        out.push_with(path, |buffer| {
            request.refuse(buffer, fault, Some(key), |writer| {
                if fault == Fault::UnknownAttribute {
                    message::name_unknown(writer, unknown);
                }
            });
        });
    }

    fn allocate(&mut self, now: Moment, path: Path, request: &Message<'_>, proved: &Proved<'_>, out: &mut Outbox) {
        if let Some(place) = proved.place {
            let again = self
                .table
                .get(place)
                .is_some_and(|own| own.transaction == request.transaction && &*own.username == proved.username);
            return match again {
                true => self.confirm(now, place, path, request, out),
                false => self.refuse(path, request, Fault::AllocationMismatch, &proved.key, out),
            };
        }
        if proved.name.expiry_s <= now.unix_s || self.is_from_before_the_end(&proved.name) {
            return self.refuse_stranger(now, path, request, Fault::Unauthorized, out);
        }
        match wanted(request).and_then(|wanted| self.make(now, path, request, proved, wanted)) {
            Ok(place) => self.confirm(now, place, path, request, out),
            Err(fault) => self.refuse(path, request, fault, &proved.key, out),
        }
    }

    /// A credential that was minted no later than the end of its session.
    fn is_from_before_the_end(&self, name: &Name<'_>) -> bool {
        self.ended.iter().any(|(session, at)| **session == *name.session && name.expiry_s < at + GOOD_FOR_S)
    }

    fn make(
        &mut self,
        now: Moment,
        path: Path,
        request: &Message<'_>,
        proved: &Proved<'_>,
        (families, even): (Families, bool),
    ) -> Result<u32, Fault> {
        // One that is over and was not swept away yet still holds this client's place.
        self.table.place(&path).into_iter().for_each(|place| self.end(place));
        let crowd = self.table.crowd(&proved.name);
        match crowd.oldest_of_member {
            Some(oldest) if crowd.of_member >= self.settings.most_of_member => self.end(oldest),
            _ if crowd.of_session >= self.settings.most_of_session => return Err(Fault::QuotaReached),
            _ if self.table.len() >= self.settings.most || !self.has_room_for(proved.name.session, now.at) => {
                return Err(Fault::InsufficientCapacity);
            }
            _ => {}
        }
        let sfu: Vec<u16> = self.sfu_addresses().iter().map(|address| address.port()).collect();
        let may_be = |port: u16| !sfu.contains(&port) && (!even || port.is_multiple_of(2));
        let burst = (now.at, self.settings.session_bytes_per_s * 2);
        let place = self.table.insert(path, (proved.username, proved.key), request.transaction, may_be, burst);
        let place = place.ok_or(Fault::InsufficientCapacity)?;
        let aliases = self.settings.aliases;
        if let Some(own) = self.table.get_mut(place) {
            (own.families, own.aliases) = (families, aliases);
            own.extend(asked_lifetime(request), now.at);
        }
        Ok(place)
    }

    fn confirm(&mut self, now: Moment, place: u32, path: Path, request: &Message<'_>, out: &mut Outbox) {
        let Some(own) = self.table.get(place) else { return };
        let left = own.until.saturating_duration_since(now.at).as_secs() as u32;
        out.push_with(path, |buffer| {
            request.succeed(buffer, Some(&own.key), |writer| {
                for family in [Family::V4, Family::V6].into_iter().filter(|family| own.families.has(*family)) {
                    writer.address(codec::XOR_RELAYED_ADDRESS, own.address(family));
                }
                let mapped = path.remote();
                let mapped = std::net::SocketAddr::new(mapped.ip().to_canonical(), mapped.port());
                writer.attribute(codec::LIFETIME, &[&left.to_be_bytes()]);
                writer.address(codec::XOR_MAPPED_ADDRESS, mapped);
            });
        });
    }

    fn refresh(&mut self, now: Moment, path: Path, request: &Message<'_>, proved: &Proved<'_>, out: &mut Outbox) {
        let refreshed = self.own(proved).and_then(|place| {
            let own = self.table.get_mut(place).ok_or(Fault::AllocationMismatch)?;
            if let Some(family) = request.get(codec::REQUESTED_ADDRESS_FAMILY) {
                let family = Family::read(family).ok_or(Fault::BadRequest)?;
                own.families.has(family).then_some(()).ok_or(Fault::PeerFamilyMismatch)?;
            }
            let asked = asked_lifetime(request);
            match asked {
                Some(0) => {
                    self.end(place);
                    Ok(0)
                }
                _ => Ok(own.extend(asked, now.at)),
            }
        });
        match refreshed {
            Ok(left) => out.push_with(path, |buffer| {
                request.succeed(buffer, Some(&proved.key), |w| w.attribute(codec::LIFETIME, &[&left.to_be_bytes()]));
            }),
            Err(fault) => self.refuse(path, request, fault, &proved.key, out),
        }
    }

    fn create_permission(&mut self, now: Moment, request: &Message<'_>, proved: &Proved<'_>) -> Result<(), Fault> {
        let place = self.own(proved)?;
        let peers = || request.attributes().filter(|(kind, _)| *kind == codec::XOR_PEER_ADDRESS);
        let read = |value| codec::xor_address(value, &request.transaction).ok_or(Fault::BadRequest);
        if peers().next().is_none() {
            return Err(Fault::BadRequest);
        }
        // All or nothing: every one is looked at before the first is let in.
        for (_, value) in peers() {
            self.check_family(place, Family::of(read(value)?.ip()))?;
        }
        for (_, value) in peers() {
            let peer = read(value)?;
            if self.is_reachable(peer)
                && let Some(own) = self.table.get_mut(place)
                && !own.permit(peer.ip(), now.at + PERMISSION, now.at)
            {
                return Err(Fault::InsufficientCapacity);
            }
        }
        Ok(())
    }

    fn bind_channel(&mut self, now: Moment, request: &Message<'_>, proved: &Proved<'_>) -> Result<(), Fault> {
        let place = self.own(proved)?;
        let number = request.get(codec::CHANNEL_NUMBER).and_then(codec::number).map(|value| (value >> 16) as u16);
        let number = number.filter(|number| CHANNELS.contains(number)).ok_or(Fault::BadRequest)?;
        let peer = request.get(codec::XOR_PEER_ADDRESS).and_then(|value| codec::xor_address(value, &request.transaction));
        let peer = peer.ok_or(Fault::BadRequest)?;
        self.check_family(place, Family::of(peer.ip()))?;
        let reachable = self.is_reachable(peer);
        let own = self.table.get_mut(place).ok_or(Fault::AllocationMismatch)?;
        own.bind(number, peer, now.at).map_err(|unbound| match unbound {
            Unbound::Taken => Fault::BadRequest,
            Unbound::Full => Fault::InsufficientCapacity,
        })?;
        // The permission holds as long as the channel: a client that renews the one relies on the other.
        let until = now.at + super::allocation::CHANNEL;
        let permitted = !reachable || own.permit(peer.ip(), until, now.at);
        permitted.then_some(()).ok_or(Fault::InsufficientCapacity)
    }

    /// The client's allocation, if it is this user's.
    fn own(&self, proved: &Proved<'_>) -> Result<u32, Fault> {
        let place = proved.place.ok_or(Fault::AllocationMismatch)?;
        let own = self.table.get(place).ok_or(Fault::AllocationMismatch)?;
        if &*own.username == proved.username { Ok(place) } else { Err(Fault::WrongCredentials) }
    }

    fn check_family(&self, place: u32, family: Family) -> Result<(), Fault> {
        let own = self.table.get(place).ok_or(Fault::AllocationMismatch)?;
        own.families.has(family).then_some(()).ok_or(Fault::PeerFamilyMismatch)
    }
}

fn asked_lifetime(request: &Message<'_>) -> Option<u32> {
    request.get(codec::LIFETIME).and_then(codec::number)
}

/// Which families an Allocate asks for, and whether its port must be even.
fn wanted(request: &Message<'_>) -> Result<(Families, bool), Fault> {
    let transport = request.get(codec::REQUESTED_TRANSPORT).filter(|value| value.len() == 4).ok_or(Fault::BadRequest)?;
    if transport[0] != UDP {
        return Err(Fault::UnsupportedTransport);
    }
    let (asked, more) = (request.get(codec::REQUESTED_ADDRESS_FAMILY), request.get(codec::ADDITIONAL_ADDRESS_FAMILY));
    let (even, token) = (request.get(codec::EVEN_PORT), request.get(codec::RESERVATION_TOKEN));
    let contradicts = token.is_some() && (even.is_some() || asked.is_some() || more.is_some());
    if contradicts || (more.is_some() && (asked.is_some() || even.is_some())) {
        return Err(Fault::BadRequest);
    }
    // No port is ever reserved for later: nobody who speaks WebRTC asks for one.
    if token.is_some() || even.is_some_and(|value| value.first().is_some_and(|first| first & 0x80 != 0)) {
        return Err(Fault::InsufficientCapacity);
    }
    let families = match (asked.map(Family::read), more.map(Family::read)) {
        (None, None) => Families::Only(Family::V4),
        (Some(family), _) => Families::Only(family.ok_or(Fault::FamilyNotSupported)?),
        (None, Some(Some(Family::V6))) => Families::Both,
        (None, Some(_)) => return Err(Fault::BadRequest),
    };
    Ok((families, even.is_some()))
}
