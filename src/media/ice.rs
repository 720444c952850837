//! ICE-lite (RFC 8445, 7675): the answer to a connectivity check, and nothing before its MESSAGE-INTEGRITY is right.
//!
//! Pure. A check names our user fragment first; [`check`] reads it without keeping anything, [`Check::answer`] verifies and
//! answers. The client is always the controlling side, so there are no checks of our own, no candidates of its to keep, and no
//! role conflict to settle. Forged checks get silence.

use rtc::crypto::RTCCrypto;
use rtc::stun::attributes::{ATTR_USE_CANDIDATE, ATTR_USERNAME};
use rtc::stun::fingerprint::FINGERPRINT;
use rtc::stun::integrity::MessageIntegrity;
use rtc::stun::message::{BINDING_REQUEST, BINDING_SUCCESS, Message};
use rtc::stun::xoraddr::XorMappedAddress;
use std::net::SocketAddr;

/// No honest check is longer, in bytes.
const LONGEST: usize = 548;
/// How long our own user fragment is.
pub const UFRAG: usize = 8;

/// A Binding request that names a user, unverified.
pub struct Check {
    message: Message,
    /// Our user fragment, as the sender wrote it.
    pub ufrag: [u8; UFRAG],
    /// The client wants this path from here on.
    pub nominates: bool,
}

/// Reads a connectivity check.
pub fn check(bytes: &[u8]) -> Option<Check> {
    if bytes.len() > LONGEST || bytes.len() < 20 {
        return None;
    }
    let mut message = Message::new();
    message.unmarshal_binary(bytes).ok()?;
    if message.typ != BINDING_REQUEST {
        return None;
    }
    let name = message.get(ATTR_USERNAME).ok()?;
    let colon = name.iter().position(|byte| *byte == b':')?;
    let ufrag = name[..colon].try_into().ok()?;
    let nominates = message.contains(ATTR_USE_CANDIDATE);
    Some(Check { message, ufrag, nominates })
}

impl Check {
    /// The answer, if the check was made with our password.
    pub fn answer(mut self, pwd: &str, from: SocketAddr, crypto: &dyn RTCCrypto) -> Option<Vec<u8>> {
        MessageIntegrity::check(&mut self.message, pwd.as_bytes(), crypto).ok()?;
        let mut reply = Message::new();
        let integrity = MessageIntegrity::new_short_term_integrity_with_provider(pwd.to_owned(), crypto);
        reply
            .build(&[
                Box::new(BINDING_SUCCESS),
                Box::new(self.message.transaction_id),
                Box::new(XorMappedAddress { ip: from.ip().to_canonical(), port: from.port() }),
                Box::new(integrity),
                Box::new(FINGERPRINT),
            ])
            .ok()?;
        Some(reply.raw)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rtc::stun::message::{Setter, TransactionId};
    use rtc::stun::textattrs::Username;

    fn request(name: &str, pwd: &str) -> Vec<u8> {
        let provider = rtc::crypto::default_provider().expect("as built");
        let parts: [Box<dyn Setter + '_>; 5] = [
            Box::new(BINDING_REQUEST),
            Box::new(TransactionId([7; 12])),
            Box::new(Username::new(ATTR_USERNAME, name.to_owned())),
            Box::new(MessageIntegrity::new_short_term_integrity_with_provider(pwd.to_owned(), provider.crypto())),
            Box::new(FINGERPRINT),
        ];
        let mut message = Message::new();
        message.build(&parts).expect("as built");
        message.raw
    }

    #[test]
    fn a_check_with_our_password_is_answered_and_another_is_not() {
        let provider = rtc::crypto::default_provider().expect("as built");
        let from = "192.0.2.1:5".parse().expect("as built");
        let found = check(&request("abcdefgh:them", "a password of ours")).expect("as built");
        assert_eq!((&found.ufrag, found.nominates), (b"abcdefgh", false));
        assert!(found.answer("a password of ours", from, provider.crypto()).is_some());
        let forged = check(&request("abcdefgh:them", "another")).expect("as built");
        assert!(forged.answer("a password of ours", from, provider.crypto()).is_none());
        assert!(check(&request("short:them", "x")).is_none());
    }

    proptest! {
        #[test]
        fn no_datagram_makes_it_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..200), cut in 0usize..120, at in 0usize..100, with: u8) {
            let provider = rtc::crypto::default_provider().expect("as built");
            let mut honest = request("abcdefgh:them", "a password of ours");
            honest[at % 72] ^= with;
            honest.truncate(cut.max(20));
            if bytes.len() >= 20 {
                bytes.truncate(bytes.len() / 4 * 4);
                let length = (bytes.len() as u16 - 20).to_be_bytes();
                bytes[..8].copy_from_slice(&[0, 1, length[0], length[1], 0x21, 0x12, 0xA4, 0x42]);
            }
            for datagram in [honest, bytes] {
                if let Some(found) = check(&datagram) {
                    let _ = found.answer("a password of ours", "192.0.2.1:5".parse().expect("as built"), provider.crypto());
                }
            }
        }
    }
}
