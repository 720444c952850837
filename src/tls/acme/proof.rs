//! What shows an authority that this machine is the one it asks for, while it asks: certificates for handshakes of `acme-tls/1`
//! (RFC 8737) and texts for plain HTTP. Bounded by the names of one order, and gone with it.

use rcgen::{CertificateParams, CustomExtension, KeyPair, SanType};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use rustls::sign::CertifiedKey;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Where texts are asked for.
const PLACE: &str = "/.well-known/acme-challenge/";

/// The proofs of the order that is under way.
#[derive(Debug, Default)]
pub struct Proofs {
    handshakes: RwLock<HashMap<String, Arc<CertifiedKey>>>,
    texts: RwLock<HashMap<String, String>>,
}

impl Proofs {
    /// The certificate for a handshake that asks by this name.
    pub fn handshake(&self, asked: Option<&str>) -> Option<Arc<CertifiedKey>> {
        let asked = asked?.to_ascii_lowercase();
        self.handshakes.read().unwrap_or_else(PoisonError::into_inner).get(&asked).cloned()
    }

    /// The text for a path of plain HTTP.
    pub fn text(&self, path: &str) -> Option<String> {
        self.texts.read().unwrap_or_else(PoisonError::into_inner).get(path.strip_prefix(PLACE)?).cloned()
    }

    pub(super) fn prove_by_tls(&self, name: &str, digest: &[u8], provider: &CryptoProvider) -> Result<(), String> {
        let fail = |e: &dyn std::fmt::Display| format!("The proof could not be made: {e}.");
        let san = match name.parse() {
            Ok(ip) => SanType::IpAddress(ip),
            Err(_) => SanType::DnsName(name.try_into().map_err(|e: rcgen::Error| fail(&e))?),
        };
        let key = KeyPair::generate().map_err(|e| fail(&e))?;
        let mut params = CertificateParams::default();
        params.subject_alt_names = vec![san];
        params.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
        let certificate = params.self_signed(&key).map_err(|e| fail(&e))?;
        let der = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).map_err(|e| fail(&e))?;
        let key = provider.key_provider.load_private_key(der).map_err(|e| fail(&e))?;
        // Unchecked: no client but the authority would accept what the critical extension says.
        let pair = CertifiedKey::new(vec![certificate.der().clone()], key);
        let asked = super::asked_as(name);
        self.handshakes.write().unwrap_or_else(PoisonError::into_inner).insert(asked, Arc::new(pair));
        Ok(())
    }

    pub(super) fn prove_by_http(&self, token: &str, text: &str) {
        self.texts.write().unwrap_or_else(PoisonError::into_inner).insert(token.to_owned(), text.to_owned());
    }

    pub(super) fn clear(&self) {
        self.handshakes.write().unwrap_or_else(PoisonError::into_inner).clear();
        self.texts.write().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
