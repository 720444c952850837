//! A certificate and key that somebody else keeps: files of a company, of certbot, of whatever renews them.
//!
//! The files are looked at again and again. A pair that belongs together is taken over without dropping a connection; one that does
//! not (half copied, exchanged, unreadable) is refused and the one before goes on, with a sentence in the log, said once.

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

/// What stood in both files.
type Texts = (Vec<u8>, Vec<u8>);

/// The two files, and what was last seen in them.
#[derive(Debug)]
pub struct Own {
    certificate: PathBuf,
    key: PathBuf,
    seen: Option<Texts>,
    /// What was refused at the last look, and whether that was said: refused twice, it is no copying that is under way.
    refused: Option<(Texts, bool)>,
}

impl Own {
    pub fn of(certificate: &Path, key: &Path) -> Self {
        Self { certificate: certificate.to_owned(), key: key.to_owned(), seen: None, refused: None }
    }

    /// The pair, if it has changed since the last look, with the second from which it no longer holds.
    ///
    /// # Errors
    /// When it cannot be used; the same pair is complained of at the second look only, and once.
    pub fn look(&mut self, provider: &CryptoProvider) -> Result<Option<(CertifiedKey, i64)>, TlsError> {
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
            Ok(pair) => {
                (self.seen, self.refused) = (Some(found), None);
                Ok(Some(pair))
            }
            Err(why) => {
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

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    let length = std::fs::metadata(path).map_err(|cause| TlsError::file(path, cause))?.len();
    if length > MOST {
        return Err(TlsError::file(path, std::io::ErrorKind::FileTooLarge.into()));
    }
    std::fs::read(path).map_err(|cause| TlsError::file(path, cause))
}

fn pair(certificate: &[u8], key: &[u8], provider: &CryptoProvider) -> Result<(CertifiedKey, i64), &'static str> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificate).collect();
    let chain = chain.ok().filter(|chain| !chain.is_empty()).ok_or("there is no certificate in it")?;
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| "there is no key in it")?;
    let (_, first) = X509Certificate::from_der(&chain[0]).map_err(|_| "the certificate cannot be read")?;
    let not_after = validity(&first).1;
    let pair = CertifiedKey::from_der(chain, key, provider).map_err(|_| "certificate and key do not belong together")?;
    Ok((pair, not_after))
}

#[cfg(test)]
mod tests {
    use super::super::files::Scratch;
    use super::*;

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
        assert!(own.look(&provider).expect("good").is_some());
        assert!(own.look(&provider).expect("good").is_none());
        put(&folder, &two.0, &two.1);
        assert!(own.look(&provider).expect("good").is_some());
    }

    #[test]
    fn a_pair_that_does_not_belong_together_is_refused_and_complained_of_once() {
        let (folder, provider) = (Scratch::new(), provider());
        let (one, two) = (fresh("a.test"), fresh("b.test"));
        put(&folder, &one.0, &one.1);
        let mut own = Own::of(&folder.path().join("c.pem"), &folder.path().join("k.pem"));
        own.look(&provider).expect("good");
        put(&folder, &two.0, &one.1);
        assert!(own.look(&provider).expect("it may be half copied").is_none());
        let said = own.look(&provider).expect_err("it stays so").to_string();
        assert!(said.contains("do not belong together"), "{said}");
        assert!(own.look(&provider).expect("said already").is_none());
        put(&folder, &two.0, &two.1);
        assert!(own.look(&provider).expect("good").is_some());
    }

    #[test]
    fn a_start_with_files_that_cannot_be_used_is_refused_at_once() {
        let (folder, provider) = (Scratch::new(), provider());
        let (certificate, key) = (folder.path().join("c.pem"), folder.path().join("k.pem"));
        assert!(Own::of(&certificate, &key).look(&provider).is_err());
        put(&folder, "no certificate", "no key");
        assert!(Own::of(&certificate, &key).look(&provider).is_err());
    }
}
