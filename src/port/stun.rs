//! The answer to a STUN Binding request (RFC 8489): the address that the sender's datagrams come from.
//!
//! Pure. Encoding and decoding are `rtc::stun`'s, behind `sniff`'s check of the header. A reply is at most [`LONGEST_REPLY`]
//! bytes, so that forged requests gain nothing worth having. No SOFTWARE, no authentication, no RFC 3489 without a cookie.

use rtc::stun::attributes::{
    ATTR_FINGERPRINT, ATTR_MESSAGE_INTEGRITY, ATTR_MESSAGE_INTEGRITY_SHA256, ATTR_NONCE, ATTR_PASSWORD_ALGORITHM, ATTR_PRIORITY,
    ATTR_REALM, ATTR_USE_CANDIDATE, ATTR_USER_HASH, AttrType,
};
use rtc::stun::error_code::{CODE_UNKNOWN_ATTRIBUTE, ErrorCodeAttribute};
use rtc::stun::fingerprint::FINGERPRINT;
use rtc::stun::message::{BINDING_ERROR, BINDING_REQUEST, BINDING_SUCCESS, Message, Setter};
use rtc::stun::uattrs::UnknownAttributes;
use rtc::stun::xoraddr::XorMappedAddress;
use std::net::SocketAddr;

use super::sniff::{self, Packet};

/// No reply is longer, in bytes.
pub const LONGEST_REPLY: usize = 120;

/// No honest request is longer, in bytes (RFC 8489 section 6.1: the limit where the path is unknown).
const LONGEST_REQUEST: usize = 548;

/// How many attributes an error names; more would be the sender's play.
const NAMED: usize = 8;

/// Attributes below 0x8000 that need no understanding here: they belong to checks that this service does not make.
const IGNORED: [AttrType; 8] = [
    ATTR_MESSAGE_INTEGRITY,
    ATTR_MESSAGE_INTEGRITY_SHA256,
    ATTR_REALM,
    ATTR_NONCE,
    ATTR_USER_HASH,
    ATTR_PASSWORD_ALGORITHM,
    ATTR_PRIORITY,
    ATTR_USE_CANDIDATE,
];

/// Answers a Binding request that came from `from`; anything else, and anything malformed, gets silence.
///
/// An attribute that the sender requires us to understand gets error 420 (RFC 8489 section 6.3.1). FINGERPRINT is checked
/// where the request has it, and then the reply has it too.
pub fn answer(datagram: &[u8], from: SocketAddr) -> Option<Vec<u8>> {
    if datagram.len() > LONGEST_REQUEST || sniff::packet(datagram) != Packet::Binding {
        return None;
    }
    let mut request = Message::new();
    request.unmarshal_binary(datagram).ok()?;
    if request.typ != BINDING_REQUEST {
        return None;
    }
    let wants_fingerprint = request.contains(ATTR_FINGERPRINT);
    if wants_fingerprint && FINGERPRINT.check(&request).is_err() {
        return None;
    }
    let mut parts: Vec<Box<dyn Setter>> = vec![Box::new(request.clone())];
    let unknown = unknown_attributes(&request);
    if unknown.is_empty() {
        let ip = from.ip().to_canonical();
        parts.extend([Box::new(BINDING_SUCCESS) as _, Box::new(XorMappedAddress { ip, port: from.port() }) as _]);
    } else {
        let error = ErrorCodeAttribute { code: CODE_UNKNOWN_ATTRIBUTE, reason: b"Unknown Attribute".to_vec() };
        parts.extend([Box::new(BINDING_ERROR) as _, Box::new(error) as _, Box::new(UnknownAttributes(unknown)) as _]);
    }
    if wants_fingerprint {
        parts.push(Box::new(FINGERPRINT));
    }
    let mut reply = Message::new();
    reply.build(&parts).ok()?;
    (reply.raw.len() <= LONGEST_REPLY).then_some(reply.raw)
}

fn unknown_attributes(request: &Message) -> Vec<AttrType> {
    let kinds = request.attributes.0.iter().map(|attribute| attribute.typ);
    kinds.filter(|kind| kind.required() && !IGNORED.contains(kind)).take(NAMED).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rtc::stun::message::{Getter, TransactionId};

    fn request(parts: Vec<Box<dyn Setter>>) -> Vec<u8> {
        let mut setters: Vec<Box<dyn Setter>> = vec![Box::new(BINDING_REQUEST), Box::new(TransactionId([9; 12]))];
        setters.extend(parts);
        let mut message = Message::new();
        message.build(&setters).expect("a message");
        message.raw
    }

    fn attribute(kind: u16, value: &[u8]) -> Box<dyn Setter> {
        let value = value.to_vec();
        Box::new(rtc::stun::attributes::RawAttribute { typ: AttrType(kind), length: value.len() as u16, value })
    }

    fn decoded(raw: &[u8]) -> Message {
        let mut message = Message::new();
        message.unmarshal_binary(raw).expect("well-formed");
        message
    }

    #[test]
    fn the_sender_is_told_its_own_address_in_its_own_family() {
        for (from, told) in [
            ("192.0.2.7:4000", "192.0.2.7:4000"),
            ("[2001:db8::7]:4000", "[2001:db8::7]:4000"),
            ("[::ffff:192.0.2.7]:4000", "192.0.2.7:4000"),
        ] {
            let raw = answer(&request(vec![]), from.parse().expect("an address")).expect("an answer");
            let reply = decoded(&raw);
            let mut address = XorMappedAddress::default();
            address.get_from(&reply).expect("the address");
            assert_eq!(SocketAddr::new(address.ip, address.port), told.parse::<SocketAddr>().expect("an address"));
            assert_eq!((reply.typ, reply.transaction_id), (BINDING_SUCCESS, TransactionId([9; 12])));
            assert_eq!(reply.attributes.0.len(), 1, "no SOFTWARE, no FINGERPRINT unasked");
        }
    }

    #[test]
    fn a_fingerprint_is_checked_and_given_back() {
        let from = "192.0.2.7:4000".parse().expect("an address");
        let good = request(vec![Box::new(FINGERPRINT)]);
        FINGERPRINT.check(&decoded(&answer(&good, from).expect("an answer"))).expect("a right fingerprint");
        let mut bad = good.clone();
        bad[10] ^= 1;
        assert_eq!(answer(&bad, from), None);
    }

    #[test]
    fn an_attribute_that_must_be_understood_and_is_not_gets_420() {
        let from = "[2001:db8::7]:4000".parse().expect("an address");
        let change =
            request((0..30).map(|n| attribute(0x0003 + n * 0x100, &[0; 4])).chain([Box::new(FINGERPRINT) as _]).collect());
        let raw = answer(&change, from).expect("an answer");
        assert!(raw.len() <= LONGEST_REPLY);
        let mut error = ErrorCodeAttribute::default();
        error.get_from(&decoded(&raw)).expect("an error code");
        assert!(error.code == CODE_UNKNOWN_ATTRIBUTE);
        let harmless = request(vec![attribute(0x8022, b"a browser"), attribute(0x0024, &[0; 4])]);
        assert_eq!(decoded(&answer(&harmless, from).expect("an answer")).typ, BINDING_SUCCESS);
    }

    #[test]
    fn what_is_no_binding_request_gets_silence() {
        let from = "192.0.2.7:4000".parse().expect("an address");
        let honest = request(vec![attribute(0x8022, b"x")]);
        assert!((0..honest.len()).all(|n| answer(&honest[..n], from).is_none()));
        let own_reply = answer(&honest, from).expect("an answer");
        assert_eq!(answer(&own_reply, from), None, "two servers must not talk to each other for ever");
        assert_eq!(answer(&request(vec![attribute(0x8022, &[0; 540])]), from), None);
        assert_eq!(answer(&request(vec![attribute(0x0006, b"a:b")]), from), None);
    }

    proptest! {
        #[test]
        fn no_datagram_makes_it_panic_or_amplify(mut bytes in proptest::collection::vec(any::<u8>(), 0..600), honest in any::<bool>()) {
            if honest && bytes.len() >= 20 {
                bytes.truncate(bytes.len() / 4 * 4);
                let length = (bytes.len() as u16 - 20).to_be_bytes();
                bytes[..8].copy_from_slice(&[0, 1, length[0], length[1], 0x21, 0x12, 0xA4, 0x42]);
            }
            let reply = answer(&bytes, "[2001:db8::7]:4000".parse().expect("an address"));
            prop_assert!(reply.is_none_or(|raw| raw.len() <= LONGEST_REPLY));
        }
    }
}
