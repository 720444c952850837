//! Credentials by the TURN REST scheme: the name says until when and for whom, the password proves that we said so.
//!
//! Name `expiry:session-member`, password base64 of HMAC-SHA1 over the name, keyed by the secret that minter and relay share;
//! a coturn with `use-auth-secret` takes the same. Pure: the time comes in as an argument. Nothing is stored per credential.

use super::message::Key;
use data_encoding::BASE64;
use md5::{Digest, Md5};
use ring::hmac;
use std::fmt;

/// How long a credential is good for allocating, in seconds; what was allocated lives on without it.
pub const GOOD_FOR_S: i64 = 120;

/// No name that we mint is longer, in bytes.
pub const LONGEST_NAME: usize = 128;

/// What a browser is given for `RTCIceServer`.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    pub username: String,
    pub password: String,
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").field("username", &self.username).finish_non_exhaustive()
    }
}

/// Mints a credential for a member of a session, good for allocating until `expiry_s` (Unix seconds).
///
/// `session` is the session's number, or `r` and the room's; it has no hyphen of its own that matters: the last one divides.
pub fn mint(secret: &[u8], expiry_s: i64, session: &str, member: i64) -> Credential {
    let username = format!("{expiry_s}:{session}-{member}");
    Credential { password: password(secret, &username), username }
}

/// The password that belongs to a name.
pub fn password(secret: &[u8], username: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    BASE64.encode(hmac::sign(&key, username.as_bytes()).as_ref())
}

/// Whether this password belongs to this name; compared in constant time.
pub fn is_ours(secret: &[u8], username: &str, password: &str) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    BASE64.decode(password.as_bytes()).is_ok_and(|tag| hmac::verify(&key, username.as_bytes(), &tag).is_ok())
}

/// What only who shares the secret can say about this word; never the password of a name.
pub fn seal(secret: &[u8], word: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    data_encoding::HEXLOWER.encode(hmac::sign(&key, format!("seal {word}").as_bytes()).as_ref())
}

/// The key of MESSAGE-INTEGRITY with long-term credentials (RFC 8489 section 9.2.2).
pub fn key(username: &str, realm: &str, password: &str) -> Key {
    let mut md5 = Md5::new();
    for part in [username, ":", realm, ":", password] {
        md5.update(part.as_bytes());
    }
    md5.finalize().into()
}

/// What a name says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Name<'a> {
    pub expiry_s: i64,
    pub session: &'a str,
    pub member: &'a str,
}

impl<'a> Name<'a> {
    /// Reads a name; one without a member is its session's only one.
    pub fn read(username: &'a str) -> Option<Self> {
        let (expiry, whom) = username.split_once(':')?;
        let digits = !expiry.is_empty() && expiry.bytes().all(|byte| byte.is_ascii_digit());
        let expiry_s = expiry.parse().ok().filter(|_| digits)?;
        let (session, member) = whom.rsplit_once('-').unwrap_or((whom, ""));
        (username.len() <= LONGEST_NAME && !session.is_empty()).then_some(Self { expiry_s, session, member })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_minted_is_read_again() {
        let credential = mint(b"secret", 1_800_000_120, "12", 7);
        assert_eq!(credential.username, "1800000120:12-7");
        assert_eq!(Name::read(&credential.username), Some(Name { expiry_s: 1_800_000_120, session: "12", member: "7" }));
        assert_eq!(Name::read("1800000120:r3-7").map(|name| name.session), Some("r3"));
        assert_eq!(Name::read("5:alone"), Some(Name { expiry_s: 5, session: "alone", member: "" }));
    }

    #[test]
    fn a_password_is_the_one_that_a_coturn_would_make() {
        // printf '1800000120:12-7' | openssl dgst -sha1 -hmac secret -binary | base64
        assert_eq!(mint(b"secret", 1_800_000_120, "12", 7).password, "tSYcJ+jqbrhbDcYiIGWghXz3QhM=");
        assert!(is_ours(b"secret", "1800000120:12-7", "tSYcJ+jqbrhbDcYiIGWghXz3QhM="));
        for (name, password) in
            [("1800000121:12-7", "tSYcJ+jqbrhbDcYiIGWghXz3QhM="), ("1800000120:12-7", "tSYc"), ("1800000120:12-7", "")]
        {
            assert!(!is_ours(b"secret", name, password));
        }
    }

    #[test]
    fn a_seal_is_the_secrets_and_the_words_own() {
        let seal = seal(b"secret", "word");
        assert!(seal.len() == 64 && seal == super::seal(b"secret", "word"));
        assert!(seal != super::seal(b"secret", "other") && seal != super::seal(b"another", "word"));
    }

    #[test]
    fn names_of_another_shape_are_none() {
        for name in ["", "x", "12-7", ":12-7", "-5:12-7", "+5:12-7", "5:", "5:-7", "99999999999999999999:1-1", &"9:a".repeat(60)]
        {
            assert_eq!(Name::read(name), None, "{name}");
        }
    }

    #[test]
    fn a_credential_shown_in_a_log_hides_its_password() {
        let credential = mint(b"secret", 5, "1", 2);
        assert!(!format!("{credential:?}").contains(&credential.password));
    }
}
