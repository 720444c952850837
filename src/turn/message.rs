//! One STUN message as it came: its kind, what it asks, and whether it is whole; and the replies to it.
//!
//! Invariant: what stands behind MESSAGE-INTEGRITY is never looked at, except FINGERPRINT (RFC 8489 section 14.5). A message
//! whose fingerprint is wrong, or whose lengths lie, is no message.

use super::codec::{self, Attributes, COOKIE, HEADER, Writer};
use ring::hmac;
use std::ops::Range;

pub const BINDING: u16 = 0x001;
pub const ALLOCATE: u16 = 0x003;
pub const REFRESH: u16 = 0x004;
pub const SEND: u16 = 0x006;
pub const DATA: u16 = 0x007;
pub const CREATE_PERMISSION: u16 = 0x008;
pub const CHANNEL_BIND: u16 = 0x009;

/// The key of MESSAGE-INTEGRITY: MD5 of name, realm and password.
pub type Key = [u8; 16];

/// How many attributes an error names; more would be the sender's play.
pub const NAMED: usize = 8;
const FINGERPRINT_MASK: u32 = 0x5354_554E;
const HMAC_SHA1: usize = 20;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Class {
    Request = 0x000,
    Indication = 0x010,
    Success = 0x100,
    Error = 0x110,
}

/// An error that a request is answered with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    BadRequest,
    Unauthorized,
    UnknownAttribute,
    AllocationMismatch,
    StaleNonce,
    FamilyNotSupported,
    WrongCredentials,
    UnsupportedTransport,
    PeerFamilyMismatch,
    QuotaReached,
    InsufficientCapacity,
}

impl Fault {
    /// The number and the words of RFC 8489 section 14.8 and RFC 8656 section 19.
    pub fn code(self) -> (u16, &'static str) {
        match self {
            Self::BadRequest => (400, "Bad Request"),
            Self::Unauthorized => (401, "Unauthorized"),
            Self::UnknownAttribute => (420, "Unknown Attribute"),
            Self::AllocationMismatch => (437, "Allocation Mismatch"),
            Self::StaleNonce => (438, "Stale Nonce"),
            Self::FamilyNotSupported => (440, "Family not Supported"),
            Self::WrongCredentials => (441, "Wrong Credentials"),
            Self::UnsupportedTransport => (442, "Unsupported Transport"),
            Self::PeerFamilyMismatch => (443, "Peer Family Mismatch"),
            Self::QuotaReached => (486, "Quota Reached"),
            Self::InsufficientCapacity => (508, "Insufficient Capacity"),
        }
    }
}

/// The type field: the two class bits sit between the bits of the method (RFC 8489 section 5).
pub fn kind(class: Class, method: u16) -> u16 {
    class as u16 | (method & 0x000F) | (method & 0x0070) << 1 | (method & 0x0F80) << 2
}

/// A whole message; it borrows the bytes that it came in.
pub struct Message<'a> {
    pub class: Class,
    pub method: u16,
    pub transaction: [u8; 12],
    pub has_fingerprint: bool,
    bytes: &'a [u8],
    /// Where MESSAGE-INTEGRITY begins, and else where the attributes end.
    covered: usize,
    integrity: Option<&'a [u8]>,
}

impl<'a> Message<'a> {
    /// Reads a message that fills these bytes exactly.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let (header, rest) = bytes.split_at_checked(HEADER)?;
        let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
        if header[0] > 3 || header[4..8] != COOKIE || length != rest.len() || !length.is_multiple_of(4) {
            return None;
        }
        let kind = u16::from_be_bytes([header[0], header[1]]);
        let class = match kind & 0x0110 {
            0x000 => Class::Request,
            0x010 => Class::Indication,
            0x100 => Class::Success,
            _ => Class::Error,
        };
        let mut message = Self {
            class,
            method: (kind & 0x000F) | (kind & 0x00E0) >> 1 | (kind & 0x3E00) >> 2,
            transaction: header[8..HEADER].try_into().ok()?,
            has_fingerprint: false,
            bytes,
            covered: bytes.len(),
            integrity: None,
        };
        message.read_ends(rest)?;
        Some(message)
    }

    /// Finds integrity and fingerprint, and checks the latter.
    fn read_ends(&mut self, rest: &'a [u8]) -> Option<()> {
        let mut attributes = Attributes::new(rest);
        loop {
            let at = self.bytes.len() - attributes.rest().len();
            let Some((kind, value)) = attributes.next() else { break };
            match kind {
                codec::MESSAGE_INTEGRITY if self.integrity.is_none() => (self.covered, self.integrity) = (at, Some(value)),
                codec::FINGERPRINT => {
                    let right = codec::crc32(&self.bytes[..at]) ^ FINGERPRINT_MASK;
                    if !attributes.rest().is_empty() || codec::number(value) != Some(right) {
                        return None;
                    }
                    self.has_fingerprint = true;
                    self.covered = self.covered.min(at);
                }
                _ => {}
            }
        }
        attributes.rest().is_empty().then_some(())
    }

    /// The attributes that count: those in front of MESSAGE-INTEGRITY.
    pub fn attributes(&self) -> Attributes<'a> {
        Attributes::new(&self.bytes[HEADER..self.covered])
    }

    /// The first attribute of this kind.
    pub fn get(&self, kind: u16) -> Option<&'a [u8]> {
        self.attributes().find(|(k, _)| *k == kind).map(|(_, value)| value)
    }

    /// Where one of the attributes' values stands in the message.
    pub fn range_of(&self, value: &'a [u8]) -> Range<usize> {
        let start = value.as_ptr().addr() - self.bytes.as_ptr().addr();
        start..start + value.len()
    }

    pub fn has_integrity(&self) -> bool {
        self.integrity.is_some()
    }

    /// Whether MESSAGE-INTEGRITY was made with this key.
    pub fn is_by(&self, key: &Key) -> bool {
        let Some(tag) = self.integrity else { return false };
        // The length that was signed ends with MESSAGE-INTEGRITY, whatever comes behind it.
        let length = (self.covered - HEADER + 4 + HMAC_SHA1) as u16;
        let mut head: [u8; 4] = [self.bytes[0], self.bytes[1], 0, 0];
        head[2..].copy_from_slice(&length.to_be_bytes());
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key));
        context.update(&head);
        context.update(&self.bytes[4..self.covered]);
        // One byte more or less of a hash says nothing about the key, but the comparison takes no shortcut all the same.
        let made = context.sign();
        tag.len() == HMAC_SHA1 && made.as_ref().iter().zip(tag).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
    }

    /// The attributes that must be understood and are none of these, up to eight of them; how many there are comes first.
    pub fn unknown(&self, known: &[u16]) -> (usize, [u16; NAMED]) {
        let mut named = ([0; NAMED], 0);
        for (kind, _) in self.attributes().filter(|(kind, _)| *kind < 0x8000 && !known.contains(kind)) {
            if named.1 < NAMED {
                named.0[named.1] = kind;
                named.1 += 1;
            }
        }
        (named.1, named.0)
    }

    /// Writes a success, with what `fill` adds; signed where there is a key.
    pub fn succeed(&self, buffer: &mut Vec<u8>, key: Option<&Key>, fill: impl FnOnce(&mut Writer<'_>)) {
        let mut writer = Writer::new(buffer, kind(Class::Success, self.method), &self.transaction);
        fill(&mut writer);
        self.finish(writer, key);
    }

    /// Writes an error, with what `fill` adds; signed where there is a key.
    pub fn refuse(&self, buffer: &mut Vec<u8>, fault: Fault, key: Option<&Key>, fill: impl FnOnce(&mut Writer<'_>)) {
        let mut writer = Writer::new(buffer, kind(Class::Error, self.method), &self.transaction);
        let (code, words) = fault.code();
        writer.attribute(codec::ERROR_CODE, &[&[0, 0, (code / 100) as u8, (code % 100) as u8], words.as_bytes()]);
        fill(&mut writer);
        self.finish(writer, key);
    }

    fn finish(&self, mut writer: Writer<'_>, key: Option<&Key>) {
        if let Some(key) = key {
            sign(&mut writer, key);
        }
        if self.has_fingerprint {
            writer.claim(8);
            let crc = codec::crc32(writer.message()) ^ FINGERPRINT_MASK;
            writer.attribute(codec::FINGERPRINT, &[&crc.to_be_bytes()]);
        }
    }
}

/// Adds MESSAGE-INTEGRITY.
pub fn sign(writer: &mut Writer<'_>, key: &Key) {
    writer.claim(4 + HMAC_SHA1);
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key), writer.message());
    writer.attribute(codec::MESSAGE_INTEGRITY, &[tag.as_ref()]);
}

/// Writes the number and names of attributes that were not understood.
pub fn name_unknown(writer: &mut Writer<'_>, (count, kinds): (usize, [u16; NAMED])) {
    let mut bytes = [0; NAMED * 2];
    for (place, kind) in bytes.chunks_exact_mut(2).zip(kinds) {
        place.copy_from_slice(&kind.to_be_bytes());
    }
    writer.attribute(codec::UNKNOWN_ATTRIBUTES, &[&bytes[..count * 2]]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// RFC 5769 section 2.4: a request with long-term authentication.
    const SAMPLE: &str = "00010060 2112a442 78ad3433c6ad72c029da412e 00060012 e3839ee38388e383aae38383e382af e382b9 0000\
        0015001c 662f2f3439396b39353464364f4c33346f4c39465354767936347341 0014000b 6578616d706c652e6f726700\
        00080014 f67024656dd64a3e02b8e0712e85c9a28ca89666";

    fn sample() -> Vec<u8> {
        let hex: String = SAMPLE.chars().filter(|c| !c.is_whitespace()).collect();
        data_encoding::HEXLOWER.decode(hex.as_bytes()).expect("hex")
    }

    #[test]
    fn the_sample_of_the_standard_is_by_its_key() {
        let bytes = sample();
        let message = Message::read(&bytes).expect("a message");
        let key = super::super::credentials::key("\u{30DE}\u{30C8}\u{30EA}\u{30C3}\u{30AF}\u{30B9}", "example.org", "TheMatrIX");
        assert!(message.is_by(&key));
        assert_eq!((message.class, message.method), (Class::Request, BINDING));
        assert_eq!(message.get(codec::REALM), Some(&b"example.org"[..]));
    }

    #[test]
    fn a_changed_bit_breaks_the_integrity() {
        let key = super::super::credentials::key("\u{30DE}\u{30C8}\u{30EA}\u{30C3}\u{30AF}\u{30B9}", "example.org", "TheMatrIX");
        for bit in 0..sample().len() * 8 {
            let mut bytes = sample();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(Message::read(&bytes).is_none_or(|message| !message.is_by(&key)), "bit {bit}");
        }
    }

    #[test]
    fn what_stands_behind_the_integrity_does_not_count() {
        let mut bytes = sample();
        bytes.extend([0x00, 0x0D, 0, 4, 0, 0, 0, 9]);
        let length = (bytes.len() - HEADER) as u16;
        bytes[2..4].copy_from_slice(&length.to_be_bytes());
        let message = Message::read(&bytes).expect("a message");
        assert_eq!(message.get(codec::LIFETIME), None);
    }

    #[test]
    fn a_type_is_made_of_method_and_class() {
        assert_eq!(kind(Class::Success, ALLOCATE), 0x0103);
        assert_eq!(kind(Class::Error, CHANNEL_BIND), 0x0119);
        assert_eq!(kind(Class::Indication, DATA), 0x0017);
    }

    #[test]
    fn a_reply_is_read_again_and_carries_a_fingerprint_where_the_request_did() {
        let mut buffer = Vec::new();
        let mut writer = Writer::new(&mut buffer, kind(Class::Request, ALLOCATE), &[7; 12]);
        writer.claim(8);
        let crc = codec::crc32(writer.message()) ^ FINGERPRINT_MASK;
        writer.attribute(codec::FINGERPRINT, &[&crc.to_be_bytes()]);
        let request = Message::read(&buffer).expect("a request");
        let mut reply = Vec::new();
        request.refuse(&mut reply, Fault::QuotaReached, Some(&[9; 16]), |_| {});
        let read = Message::read(&reply).expect("a reply");
        assert!(read.has_fingerprint && read.is_by(&[9; 16]) && !read.is_by(&[8; 16]));
        assert_eq!(read.get(codec::ERROR_CODE).map(|value| &value[..4]), Some(&[0, 0, 4, 86][..]));
        let at = buffer.len() - 1;
        buffer[at] ^= 1;
        assert!(Message::read(&buffer).is_none());
    }

    proptest! {
        #[test]
        fn no_bytes_make_reading_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..300), honest in any::<bool>()) {
            if honest && bytes.len() >= HEADER {
                bytes.truncate(bytes.len() / 4 * 4);
                let length = (bytes.len() - HEADER) as u16;
                bytes[0] &= 3;
                bytes[2..4].copy_from_slice(&length.to_be_bytes());
                bytes[4..8].copy_from_slice(&COOKIE);
            }
            if let Some(message) = Message::read(&bytes) {
                let _ = (message.is_by(&[0; 16]), message.unknown(&[]), message.get(codec::USERNAME));
            }
        }
    }
}
