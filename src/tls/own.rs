//! A certificate and key that somebody else keeps: files of a company, of certbot, of whatever renews them.
//!
//! The files are looked at again and again. A pair that belongs together is taken over without dropping a connection; one that does
//! not (half copied, exchanged, unreadable), or has run out while the one before has not, is refused and the one before goes on, with a
//! sentence in the log, said once.

use super::TlsError;
use super::leaf::validity;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use std::path::{Path, PathBuf};
use x509_parser::prelude::{FromDer, X509Certificate};

/// Longer files are no certificates, in bytes.
const MOST: u64 = 1 << 20;

/// What stands in every key that a passphrase locks.
const LOCKED: &[u8] = b"ENCRYPTED";

/// What stood in both files.
type Texts = (Vec<u8>, Vec<u8>);

/// The two files, and what was last seen in them.
#[derive(Debug)]
pub struct Own {
    certificate: PathBuf,
    key: PathBuf,
    seen: Option<Texts>,
    /// Until when that holds, in Unix seconds.
    holds_until: i64,
    /// What was refused at the last look, and whether that was said: refused twice, it is no copying that is under way.
    refused: Option<(Texts, bool)>,
}

impl Own {
    pub fn of(certificate: &Path, key: &Path) -> Self {
        Self { certificate: certificate.to_owned(), key: key.to_owned(), seen: None, holds_until: i64::MIN, refused: None }
    }

    /// The pair, if it has changed since the last look, with the second from which it no longer holds.
    ///
    /// # Errors
    /// When it cannot be used; the same pair is complained of at the second look only, and once.
    pub fn look(&mut self, provider: &CryptoProvider, now: i64) -> Result<Option<(CertifiedKey, i64)>, TlsError> {
        let read = (read(&self.certificate), read(&self.key));
        let found = match read {
            (Ok(certificate), Ok(key)) => (certificate, key),
            (Err(error), _) | (_, Err(error)) => return self.complain((Vec::new(), Vec::new()), error),
        };
        if self.seen.as_ref() == Some(&found) {
            self.refused = None;
            return Ok(None);
        }
        match pair(&found.0, &found.1, provider) {
            Ok(pair) if pair.1 > now || self.holds_until <= now => {
                (self.seen, self.holds_until, self.refused) = (Some(found), pair.1, None);
                Ok(Some(pair))
            }
            refused => {
                let why = refused.err().unwrap_or("it has run out, and the one before has not");
                let error = TlsError::Own { certificate: self.certificate.clone(), key: self.key.clone(), why };
                self.complain(found, error)
            }
        }
    }

    fn complain<T>(&mut self, found: (Vec<u8>, Vec<u8>), error: TlsError) -> Result<Option<T>, TlsError> {
        // At the start there is nothing to go on with.
        if self.seen.is_none() {
            return Err(error);
        }
        match &mut self.refused {
            Some((what, said)) if *what == found => {
                let before = std::mem::replace(said, true);
                if before { Ok(None) } else { Err(error) }
            }
            _ => {
                self.refused = Some((found, false));
                Ok(None)
            }
        }
    }
}

/// A file without the mark that some editors put before its text.
fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    let unread = |cause| TlsError::Unread { path: path.to_owned(), cause };
    if std::fs::metadata(path).map_err(unread)?.len() > MOST {
        return Err(unread(std::io::ErrorKind::FileTooLarge.into()));
    }
    let text = std::fs::read(path).map_err(unread)?;
    Ok(text.strip_prefix(b"\xEF\xBB\xBF").map(<[u8]>::to_vec).unwrap_or(text))
}

fn pair(certificate: &[u8], key: &[u8], provider: &CryptoProvider) -> Result<(CertifiedKey, i64), &'static str> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificate).collect();
    let chain = chain.ok().filter(|chain| !chain.is_empty()).ok_or("there is no certificate in it, as text (PEM)")?;
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| {
        let locked = key.windows(LOCKED.len()).any(|word| word == LOCKED);
        if locked {
            "the key is locked by a passphrase, which `openssl pkey` takes off"
        } else {
            "there is no key in it, as text (PEM)"
        }
    })?;
    provider
        .key_provider
        .load_private_key(key.clone_key())
        .map_err(|_| "the key is of a kind that is not known here; RSA of 2048 bits or more is, P-256, P-384 and Ed25519")?;
    let (_, first) = X509Certificate::from_der(&chain[0]).map_err(|_| "the certificate cannot be read")?;
    let not_after = validity(&first).1;
    let fits = |one: &CertificateDer<'static>| CertifiedKey::from_der(vec![one.clone()], key.clone_key(), provider).is_ok();
    if !fits(&chain[0]) {
        let later = chain.iter().skip(1).any(fits);
        return Err(if later {
            "the key is that of a later certificate in it; its own comes first, and behind it who vouches for it"
        } else {
            "certificate and key do not belong together"
        });
    }
    let pair = CertifiedKey::from_der(chain, key, provider).map_err(|_| "certificate and key do not belong together")?;
    Ok((pair, not_after))
}

#[cfg(test)]
mod tests {
    use super::super::files::Scratch;
    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn provider() -> CryptoProvider {
        rustls::crypto::ring::default_provider()
    }

    fn fresh(name: &str) -> (String, String) {
        let made = rcgen::generate_simple_self_signed(vec![name.to_owned()]).expect("a certificate");
        (made.cert.pem(), made.signing_key.serialize_pem())
    }

    fn put(folder: &Scratch, certificate: &str, key: &str) {
        std::fs::write(folder.path().join("c.pem"), certificate).expect("a file");
        std::fs::write(folder.path().join("k.pem"), key).expect("a file");
    }

    #[test]
    fn a_renewed_pair_is_taken_over_and_an_unchanged_one_is_left() {
        let (folder, provider) = (Scratch::new(), provider());
        let (one, two) = (fresh("a.test"), fresh("b.test"));
        put(&folder, &one.0, &one.1);
        let mut own = Own::of(&folder.path().join("c.pem"), &folder.path().join("k.pem"));
        assert!(own.look(&provider, NOW).expect("good").is_some());
        assert!(own.look(&provider, NOW).expect("good").is_none());
        put(&folder, &two.0, &two.1);
        assert!(own.look(&provider, NOW).expect("good").is_some());
    }

    #[test]
    fn a_pair_that_does_not_belong_together_is_refused_and_complained_of_once() {
        let (folder, provider) = (Scratch::new(), provider());
        let (one, two) = (fresh("a.test"), fresh("b.test"));
        put(&folder, &one.0, &one.1);
        let mut own = Own::of(&folder.path().join("c.pem"), &folder.path().join("k.pem"));
        own.look(&provider, NOW).expect("good");
        put(&folder, &two.0, &one.1);
        assert!(own.look(&provider, NOW).expect("it may be half copied").is_none());
        let said = own.look(&provider, NOW).expect_err("it stays so").to_string();
        assert!(said.contains("do not belong together"), "{said}");
        assert!(own.look(&provider, NOW).expect("said already").is_none());
        put(&folder, &two.0, &two.1);
        assert!(own.look(&provider, NOW).expect("good").is_some());
    }

    #[test]
    fn a_start_with_files_that_cannot_be_used_is_refused_at_once() {
        let (folder, provider) = (Scratch::new(), provider());
        let (certificate, key) = (folder.path().join("c.pem"), folder.path().join("k.pem"));
        assert!(Own::of(&certificate, &key).look(&provider, NOW).is_err());
        put(&folder, "no certificate", "no key");
        assert!(Own::of(&certificate, &key).look(&provider, NOW).is_err());
    }

    /// A pair whose certificate holds until then.
    fn until(not_after: i64) -> (String, String) {
        let key = rcgen::KeyPair::generate().expect("a key");
        let mut params = rcgen::CertificateParams::new(vec!["a.test".to_owned()]).expect("a name");
        super::super::leaf::set_validity(&mut params, NOW - 1000, not_after);
        (params.self_signed(&key).expect("a certificate").pem(), key.serialize_pem())
    }

    #[test]
    fn what_has_run_out_takes_no_place_of_what_holds_but_is_better_than_nothing() {
        let (folder, provider) = (Scratch::new(), provider());
        let (good, old) = (until(NOW + 1000), until(NOW - 10));
        put(&folder, &good.0, &good.1);
        let mut own = Own::of(&folder.path().join("c.pem"), &folder.path().join("k.pem"));
        assert!(own.look(&provider, NOW).expect("good").is_some());
        put(&folder, &old.0, &old.1);
        assert!(own.look(&provider, NOW).expect("it may be on its way").is_none());
        assert!(own.look(&provider, NOW).expect_err("it stays so").to_string().contains("has run out"));
        assert!(
            Own::of(&folder.path().join("c.pem"), &folder.path().join("k.pem"))
                .look(&provider, NOW)
                .expect("all there is")
                .is_some()
        );
    }

    #[test]
    fn it_is_told_what_is_wrong_with_a_pair() {
        let (folder, provider) = (Scratch::new(), provider());
        let (one, two) = (fresh("a.test"), fresh("b.test"));
        let said = |certificate: &str, key: &str| {
            put(&folder, certificate, key);
            let looked = Own::of(&folder.path().join("c.pem"), &folder.path().join("k.pem")).look(&provider, NOW);
            looked.err().map(|error| error.to_string()).unwrap_or_default()
        };
        assert!(
            said(&one.0, "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIH=\n-----END ENCRYPTED PRIVATE KEY-----\n")
                .contains("passphrase")
        );
        assert!(said(&format!("{}{}", two.0, one.0), &one.1).contains("its own comes first"));
        assert!(said(&one.1, &one.0).contains("no certificate in it"));
        let strange = "-----BEGIN PRIVATE KEY-----\nMAUGAyoDBA==\n-----END PRIVATE KEY-----\n";
        assert!(said(&one.0, strange).contains("of a kind that is not known"));
        assert_eq!(said(&format!("\u{feff}{}{}", one.0, two.0), &one.1), "", "an editor's mark, and who vouches behind it");
        std::fs::remove_file(folder.path().join("k.pem")).expect("gone");
        let gone = Own::of(&folder.path().join("c.pem"), &folder.path().join("k.pem")).look(&provider, NOW);
        assert!(gone.err().is_some_and(|error| error.to_string().contains("k.pem cannot be used")));
    }
}
