//! A client for tests: it trusts one house's authority and nothing else, and its clock stands still.

use super::Tls;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;
use std::time::Duration;

#[derive(Debug)]
struct Stopped(i64);

impl TimeProvider for Stopped {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(Duration::from_secs(self.0 as u64)))
    }
}

/// A client of this house at this moment, offering these protocols.
pub(crate) fn config(tls: &Tls, now: i64, alpn: &[&str]) -> Arc<ClientConfig> {
    let root = CertificateDer::from_pem_slice(tls.authority_pem().as_bytes()).expect("PEM");
    let mut roots = RootCertStore::empty();
    roots.add(root).expect("a root");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_details(provider, Arc::new(Stopped(now)))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    Arc::new(config)
}
