//! Which certificate a handshake gets, each exchangeable while connections go on.
//!
//! A connection keeps what it began with; the next handshake gets what is there then. There is the house's own certificate, or one
//! from elsewhere in its place, for everybody; and one by ACME for who asks for its names. Browsers that come by an address ask for no
//! name: they get the one by ACME where it holds for an address. Handshakes of `acme-tls/1` get their proof and nothing else.

use super::acme::Proofs;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};

/// The protocol of proofs (RFC 8737).
pub const ACME_TLS: &[u8] = b"acme-tls/1";

/// The certificates of the house.
#[derive(Debug)]
pub struct Resolver {
    own: RwLock<Arc<CertifiedKey>>,
    public: RwLock<Option<Public>>,
    pub proofs: Proofs,
}

/// One by ACME.
#[derive(Clone, Debug)]
struct Public {
    pair: Arc<CertifiedKey>,
    /// In lower case.
    names: Vec<String>,
    has_address: bool,
}

impl Resolver {
    /// Begins with this certificate.
    pub fn new(certificate: CertifiedKey) -> Self {
        Self { own: RwLock::new(Arc::new(certificate)), public: RwLock::default(), proofs: Proofs::default() }
    }

    /// Gives this certificate to every handshake from here on that asks for nothing else.
    pub fn swap(&self, certificate: CertifiedKey) {
        *self.own.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(certificate);
    }

    /// Gives this certificate to who asks for its names, or takes it away.
    pub fn swap_public(&self, public: Option<(CertifiedKey, &[String])>) {
        let public = public.map(|(pair, names)| Public {
            pair: Arc::new(pair),
            names: names.iter().map(|name| name.to_ascii_lowercase()).collect(),
            has_address: names.iter().any(|name| name.parse::<IpAddr>().is_ok()),
        });
        *self.public.write().unwrap_or_else(PoisonError::into_inner) = public;
    }

    /// The certificate for everybody.
    pub fn current(&self) -> Arc<CertifiedKey> {
        self.own.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The certificate that a client gets who asks for this name, or for none.
    pub fn asked_for(&self, name: Option<&str>) -> Arc<CertifiedKey> {
        let public = self.public.read().unwrap_or_else(PoisonError::into_inner);
        let fits = |public: &&Public| match name {
            Some(name) => public.names.iter().any(|held| held.eq_ignore_ascii_case(name)),
            None => public.has_address,
        };
        public.as_ref().filter(fits).map_or_else(|| self.current(), |public| public.pair.clone())
    }
}

impl ResolvesServerCert for Resolver {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let mut offered = hello.alpn().into_iter().flatten();
        if offered.next() == Some(ACME_TLS) && offered.next().is_none() {
            return self.proofs.handshake(hello.server_name());
        }
        Some(self.asked_for(hello.server_name()))
    }
}
