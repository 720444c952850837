//! Nonces that nobody has to remember: each says when it was made, and a keyed hash says for whom.
//!
//! Invariant: asking for a nonce stores nothing. One client's nonce is worthless to another, because its address is in the hash.

use crate::path::Path;
use data_encoding::BASE64URL_NOPAD;
use ring::hmac;
use std::net::IpAddr;

/// For how long a nonce is taken, in seconds; afterwards the client is told a fresh one with the error.
pub const GOOD_FOR_S: i64 = 3600;

/// Of the keyed hash this much is shown: enough against guessing, and replies to strangers stay short.
const SHOWN: usize = 12;
const BYTES: usize = 4 + SHOWN;

/// The length of a nonce as text.
pub const LENGTH: usize = 22;

/// Makes nonces and recognises its own.
pub struct Nonces(hmac::Key);

impl Nonces {
    /// The key should be random and made at each start: clients of an earlier one are told a fresh nonce.
    pub fn new(key: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// A nonce for this client at this moment, in Unix seconds.
    pub fn make(&self, now_s: i64, client: &Path) -> [u8; LENGTH] {
        let made = (now_s as u32).to_be_bytes();
        let mut bytes = [0; BYTES];
        bytes[..4].copy_from_slice(&made);
        bytes[4..].copy_from_slice(&self.hash(made, client));
        let mut text = [0; LENGTH];
        BASE64URL_NOPAD.encode_mut(&bytes, &mut text);
        text
    }

    /// Whether this nonce was made for this client, and not too long ago.
    pub fn is_good(&self, now_s: i64, client: &Path, nonce: &[u8]) -> bool {
        let mut bytes = [0; BYTES];
        if nonce.len() != LENGTH || BASE64URL_NOPAD.decode_mut(nonce, &mut bytes).is_err() {
            return false;
        }
        let made = [bytes[0], bytes[1], bytes[2], bytes[3]];
        let age = (now_s as u32).wrapping_sub(u32::from_be_bytes(made));
        let differs = self.hash(made, client).iter().zip(&bytes[4..]).fold(0, |differs, (a, b)| differs | (a ^ b));
        differs == 0 && i64::from(age) < GOOD_FOR_S
    }

    fn hash(&self, made: [u8; 4], client: &Path) -> [u8; SHOWN] {
        let remote = client.remote();
        let mut context = hmac::Context::with_key(&self.0);
        context.update(&made);
        context.update(&[u8::from(client.is_datagram())]);
        context.update(&remote.port().to_be_bytes());
        match remote.ip().to_canonical() {
            IpAddr::V4(ip) => context.update(&ip.octets()),
            IpAddr::V6(ip) => context.update(&ip.octets()),
        }
        let tag = context.sign();
        std::array::from_fn(|n| tag.as_ref()[n])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::SocketAddr;

    fn client(address: &str) -> Path {
        Path::Udp { socket: 0, local: None, interface: 0, remote: address.parse().expect("an address") }
    }

    #[test]
    fn a_nonce_is_good_for_its_client_and_its_hour_only() {
        let nonces = Nonces::new(&[1; 32]);
        let (me, now) = (client("192.0.2.1:4000"), 1_800_000_000);
        let nonce = nonces.make(now, &me);
        assert!(nonces.is_good(now, &me, &nonce) && nonces.is_good(now + GOOD_FOR_S - 1, &me, &nonce));
        assert!(!nonces.is_good(now + GOOD_FOR_S, &me, &nonce) && !nonces.is_good(now - 1, &me, &nonce));
        for other in ["192.0.2.1:4001", "192.0.2.2:4000", "[2001:db8::1]:4000"] {
            assert!(!nonces.is_good(now, &client(other), &nonce), "{other}");
        }
        let remote = SocketAddr::from(([192, 0, 2, 1], 4000));
        assert!(!nonces.is_good(now, &Path::Stream { id: 1, remote }, &nonce));
        assert!(!Nonces::new(&[2; 32]).is_good(now, &me, &nonce));
    }

    #[test]
    fn no_bit_of_a_nonce_can_be_changed() {
        let nonces = Nonces::new(&[1; 32]);
        let (me, now) = (client("192.0.2.1:4000"), 1_800_000_000);
        let nonce = nonces.make(now, &me);
        for bit in 0..LENGTH * 8 {
            let mut other = nonce;
            other[bit / 8] ^= 1 << (bit % 8);
            assert!(!nonces.is_good(now, &me, &other), "bit {bit}");
        }
        assert!(!nonces.is_good(now, &me, b"") && !nonces.is_good(now, &me, &[b'A'; 500]));
    }
}
