//! The few attributes of STUN and TURN, read and written in place: nothing is allocated, and no input makes it panic.
//!
//! Reading is total: what does not fit is `None`. Numbers are those of RFC 8489 section 18.3 and RFC 8656 section 18.

use std::net::{IpAddr, SocketAddr};

/// The number in every STUN header since RFC 5389.
pub const COOKIE: [u8; 4] = [0x21, 0x12, 0xA4, 0x42];
/// Type, length, cookie, transaction.
pub const HEADER: usize = 20;

pub const MAPPED_ADDRESS: u16 = 0x0001;
pub const USERNAME: u16 = 0x0006;
pub const MESSAGE_INTEGRITY: u16 = 0x0008;
pub const ERROR_CODE: u16 = 0x0009;
pub const UNKNOWN_ATTRIBUTES: u16 = 0x000A;
pub const CHANNEL_NUMBER: u16 = 0x000C;
pub const LIFETIME: u16 = 0x000D;
pub const XOR_PEER_ADDRESS: u16 = 0x0012;
pub const DATA: u16 = 0x0013;
pub const REALM: u16 = 0x0014;
pub const NONCE: u16 = 0x0015;
pub const XOR_RELAYED_ADDRESS: u16 = 0x0016;
pub const REQUESTED_ADDRESS_FAMILY: u16 = 0x0017;
pub const EVEN_PORT: u16 = 0x0018;
pub const REQUESTED_TRANSPORT: u16 = 0x0019;
pub const DONT_FRAGMENT: u16 = 0x001A;
pub const MESSAGE_INTEGRITY_SHA256: u16 = 0x001C;
pub const PASSWORD_ALGORITHM: u16 = 0x001D;
pub const USERHASH: u16 = 0x001E;
pub const XOR_MAPPED_ADDRESS: u16 = 0x0020;
pub const RESERVATION_TOKEN: u16 = 0x0022;
pub const PRIORITY: u16 = 0x0024;
pub const USE_CANDIDATE: u16 = 0x0025;
pub const ADDITIONAL_ADDRESS_FAMILY: u16 = 0x8000;
pub const FINGERPRINT: u16 = 0x8028;

/// An address family as attributes number it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Family {
    V4 = 1,
    V6 = 2,
}

impl Family {
    pub fn of(ip: IpAddr) -> Self {
        if ip.is_ipv4() { Self::V4 } else { Self::V6 }
    }

    /// The family that REQUESTED-ADDRESS-FAMILY or ADDITIONAL-ADDRESS-FAMILY names.
    pub fn read(value: &[u8]) -> Option<Self> {
        match value {
            [1, _, _, _] => Some(Self::V4),
            [2, _, _, _] => Some(Self::V6),
            _ => None,
        }
    }
}

/// The attributes of a message, one after the other. A length that leads beyond the end is the end.
#[derive(Clone)]
pub struct Attributes<'a>(&'a [u8]);

impl<'a> Attributes<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// What was not read: empty where every attribute was whole.
    pub fn rest(&self) -> &'a [u8] {
        self.0
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let [k0, k1, l0, l1, rest @ ..] = self.0 else { return None };
        let length = usize::from(u16::from_be_bytes([*l0, *l1]));
        let value = rest.get(..length)?;
        self.0 = rest.get(length.next_multiple_of(4)..)?;
        Some((u16::from_be_bytes([*k0, *k1]), value))
    }
}

/// Reads an XOR-…-ADDRESS (RFC 8489 section 14.2); an IPv4-mapped IPv6 address is left as it is: nobody is reached by it.
pub fn xor_address(value: &[u8], transaction: &[u8; 12]) -> Option<SocketAddr> {
    let (head, ip) = value.split_at_checked(4)?;
    let port = u16::from_be_bytes([head[2] ^ COOKIE[0], head[3] ^ COOKIE[1]]);
    let mask = mask(transaction);
    let ip = match (head[1], ip.len()) {
        (1, 4) => IpAddr::from(std::array::from_fn::<u8, 4, _>(|n| ip[n] ^ mask[n])),
        (2, 16) => IpAddr::from(std::array::from_fn::<u8, 16, _>(|n| ip[n] ^ mask[n])),
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

/// A number of four bytes.
pub fn number(value: &[u8]) -> Option<u32> {
    Some(u32::from_be_bytes(value.try_into().ok()?))
}

fn mask(transaction: &[u8; 12]) -> [u8; 16] {
    let mut mask = [0; 16];
    mask[..4].copy_from_slice(&COOKIE);
    mask[4..].copy_from_slice(transaction);
    mask
}

/// Writes one message at the end of a buffer; its length is put right with each attribute.
pub struct Writer<'a> {
    buffer: &'a mut Vec<u8>,
    start: usize,
    transaction: [u8; 12],
}

impl<'a> Writer<'a> {
    /// Begins a message of this type.
    pub fn new(buffer: &'a mut Vec<u8>, kind: u16, transaction: &[u8; 12]) -> Self {
        let start = buffer.len();
        buffer.extend_from_slice(&kind.to_be_bytes());
        buffer.extend_from_slice(&[0, 0]);
        buffer.extend_from_slice(&COOKIE);
        buffer.extend_from_slice(transaction);
        Self { buffer, start, transaction: *transaction }
    }

    /// Adds an attribute whose value is these parts, padded with zeroes.
    pub fn attribute(&mut self, kind: u16, parts: &[&[u8]]) {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        self.buffer.extend_from_slice(&kind.to_be_bytes());
        self.buffer.extend_from_slice(&(length as u16).to_be_bytes());
        parts.iter().for_each(|part| self.buffer.extend_from_slice(part));
        self.buffer.extend_from_slice(&[0; 3][..length.next_multiple_of(4) - length]);
        self.claim(0);
    }

    /// Adds an XOR-…-ADDRESS.
    pub fn address(&mut self, kind: u16, address: SocketAddr) {
        let port = address.port().to_be_bytes();
        let head = |family| [0, family as u8, port[0] ^ COOKIE[0], port[1] ^ COOKIE[1]];
        let mask = mask(&self.transaction);
        match address.ip() {
            IpAddr::V4(ip) => {
                let ip = ip.octets();
                self.attribute(kind, &[&head(Family::V4), &std::array::from_fn::<u8, 4, _>(|n| ip[n] ^ mask[n])]);
            }
            IpAddr::V6(ip) => {
                let ip = ip.octets();
                self.attribute(kind, &[&head(Family::V6), &std::array::from_fn::<u8, 16, _>(|n| ip[n] ^ mask[n])]);
            }
        }
    }

    /// Makes the header speak of `more` bytes than there are: what integrity and fingerprint are computed over.
    pub fn claim(&mut self, more: usize) {
        let length = (self.buffer.len() - self.start - HEADER + more) as u16;
        self.buffer[self.start + 2..self.start + 4].copy_from_slice(&length.to_be_bytes());
    }

    /// The message so far.
    pub fn message(&self) -> &[u8] {
        &self.buffer[self.start..]
    }
}

/// CRC-32 of ISO 3309, as FINGERPRINT wants it before it is masked.
pub fn crc32(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut n = 0;
        while n < 256 {
            let mut value = n as u32;
            let mut bit = 0;
            while bit < 8 {
                value = if value & 1 == 1 { 0xEDB8_8320 ^ (value >> 1) } else { value >> 1 };
                bit += 1;
            }
            table[n] = value;
            n += 1;
        }
        table
    };
    !bytes.iter().fold(!0, |crc, byte| TABLE[usize::from(crc as u8 ^ byte)] ^ (crc >> 8))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_attribute_that_leads_beyond_the_end_is_the_end() {
        let bytes = [0, 6, 0, 1, b'a', 0, 0, 0, 0, 8, 0, 20, 1, 2];
        let mut attributes = Attributes::new(&bytes);
        assert_eq!(attributes.next(), Some((USERNAME, &b"a"[..])));
        assert_eq!(attributes.next(), None);
        assert!(!attributes.rest().is_empty());
    }

    #[test]
    fn a_crc_is_the_one_of_the_standard() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    proptest! {
        #[test]
        fn an_address_written_is_the_address_read(v6 in any::<bool>(), bits in any::<u128>(), port in any::<u16>(), transaction in any::<[u8; 12]>()) {
            let ip = if v6 { IpAddr::V6(bits.into()) } else { IpAddr::V4((bits as u32).into()) };
            let address = SocketAddr::new(ip, port);
            let mut buffer = vec![1, 2, 3];
            Writer::new(&mut buffer, 0x0103, &transaction).address(XOR_MAPPED_ADDRESS, address);
            let length = usize::from(u16::from_be_bytes([buffer[5], buffer[6]]));
            prop_assert_eq!(length, buffer.len() - 3 - HEADER);
            let (kind, value) = Attributes::new(&buffer[3 + HEADER..]).next().expect("an attribute");
            prop_assert_eq!((kind, xor_address(value, &transaction)), (XOR_MAPPED_ADDRESS, Some(address)));
        }

        #[test]
        fn no_bytes_make_reading_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            for (_, value) in Attributes::new(&bytes) {
                let _ = (xor_address(value, &[0; 12]), number(value), Family::read(value));
            }
        }
    }
}
