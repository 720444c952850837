//! The certificate that the house shows: issued by its own authority for thirty days, for every name and address it may vouch for.
//!
//! A leaf that holds, has more than a third of its life left and covers everything is kept, so that an exception somebody
//! clicked through survives restarts. What decides is what a browser would decide: webpki checks chain, constraints and names.

use super::TlsError;
use super::authority::Authority;
use super::files::{self, Access};
use super::names::Subject;
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, SanType};
use rustls::RootCertStore;
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;
use x509_parser::prelude::{FromDer, X509Certificate};

const CERTIFICATE: &str = "leaf.pem";
const KEY: &str = "leaf.key";

/// How long a leaf holds, in seconds.
pub const LIFE_S: i64 = 30 * 86_400;

/// A leaf with less than this ahead of it is replaced.
const LEAST_AHEAD_S: i64 = LIFE_S / 3;

/// Certificates begin this long before now: phones and boards without a battery have clocks that are behind.
pub const CLOCKS_DIFFER_S: i64 = 86_400;

/// A certificate with its key, ready for rustls.
pub struct Leaf {
    /// Certificate and key.
    pub key: CertifiedKey,
    /// From this second on it no longer holds.
    pub not_after: i64,
}

impl Leaf {
    /// Loads the leaf of this folder where it is still good for all subjects.
    pub fn load(
        folder: &Path,
        authority: &Authority,
        subjects: &BTreeSet<Subject>,
        now: i64,
        provider: &CryptoProvider,
    ) -> Option<Self> {
        let pem = files::read(&folder.join(CERTIFICATE)).ok()??;
        let key = files::read(&folder.join(KEY)).ok()??;
        Self::from_pem(&pem, &key, provider).filter(|leaf| leaf.is_good(authority, subjects, now, provider))
    }

    /// Issues a leaf and saves it. The old one stays whole until the new one is.
    pub fn issue(
        folder: &Path,
        authority: &Authority,
        subjects: &BTreeSet<Subject>,
        now: i64,
        provider: &CryptoProvider,
    ) -> Result<Self, TlsError> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "Alongside");
        for subject in subjects {
            params.subject_alt_names.push(match subject {
                Subject::Name(name) => SanType::DnsName(name.as_str().try_into()?),
                Subject::Address(ip) => SanType::IpAddress(*ip),
            });
        }
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        set_validity(&mut params, now - CLOCKS_DIFFER_S, now + LIFE_S);
        let pem = params.signed_by(&key, authority.issuer())?.pem();
        let key = key.serialize_pem();
        // A crash between the two files leaves a pair that does not match: the next start issues another.
        for (name, contents, access) in [(KEY, &key, Access::Private), (CERTIFICATE, &pem, Access::Public)] {
            let path = folder.join(name);
            files::write(&path, contents.as_bytes(), access).map_err(|cause| TlsError::file(&path, cause))?;
        }
        let leaf = Self::from_pem(pem.as_bytes(), key.as_bytes(), provider).ok_or(TlsError::Unusable)?;
        if leaf.is_good(authority, subjects, now, provider) { Ok(leaf) } else { Err(TlsError::Unusable) }
    }

    /// Whether every client that trusts the authority accepts this leaf for all subjects, and will for a while.
    pub fn is_good(&self, authority: &Authority, subjects: &BTreeSet<Subject>, now: i64, provider: &CryptoProvider) -> bool {
        let Some(certificate) = self.key.cert.first() else {
            return false;
        };
        let Ok(parsed) = ParsedCertificate::try_from(certificate) else {
            return false;
        };
        let mut roots = RootCertStore::empty();
        let holds = roots.add(authority.certificate.clone()).is_ok()
            && [now, now + LEAST_AHEAD_S].into_iter().all(|at| {
                let at = UnixTime::since_unix_epoch(Duration::from_secs(at.max(0) as u64));
                verify_server_cert_signed_by_trust_anchor(
                    &parsed,
                    &roots,
                    &[],
                    at,
                    provider.signature_verification_algorithms.all,
                )
                .is_ok()
            });
        let covers = |subject: &Subject| subject.server_name().is_some_and(|name| verify_server_name(&parsed, &name).is_ok());
        holds && subjects.iter().all(covers)
    }

    fn from_pem(pem: &[u8], key: &[u8], provider: &CryptoProvider) -> Option<Self> {
        let certificate = CertificateDer::from_pem_slice(pem).ok()?;
        let key = PrivateKeyDer::from_pem_slice(key).ok()?;
        let not_after = validity(&X509Certificate::from_der(&certificate).ok()?.1).1;
        let key = CertifiedKey::from_der(vec![certificate], key, provider).ok()?;
        Some(Self { key, not_after })
    }
}

/// From when to when a certificate holds, in Unix seconds.
pub fn validity(certificate: &X509Certificate<'_>) -> (i64, i64) {
    (certificate.validity().not_before.timestamp(), certificate.validity().not_after.timestamp())
}

/// Sets from when to when a certificate will hold. Times that no certificate can hold become the nearest that it can.
pub fn set_validity(params: &mut CertificateParams, from: i64, until: i64) {
    let moment = |unix_s: i64| {
        let seconds = unix_s.clamp(0, 200 * 365 * 86_400) as u64;
        rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(seconds)
    };
    params.not_before = moment(from);
    params.not_after = moment(until);
}
