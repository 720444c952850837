//! The house's own certificate authority: made once, kept for ten years, trusted by whoever installs `ca.pem`.
//!
//! Invariant: an authority that is on the disk is used or its trouble is told; it is never silently replaced, because every device
//! that trusts it would have to be visited again. Only one whose ten years are nearly over makes room, and is set aside, not deleted.

use super::TlsError;
use super::files::{self, Access};
use super::leaf::{self, LIFE_S as LEAF_LIFE_S};
use super::names::{self, Subject};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, PublicKeyData};
use ring::digest;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::Path;
use x509_parser::prelude::{FromDer, GeneralName, ParsedExtension, X509Certificate};

const CERTIFICATE: &str = "ca.pem";
const KEY: &str = "ca.key";

const LIFE_S: i64 = 10 * 365 * 86_400;

/// The authority: its certificate, and its key ready to sign.
pub struct Authority {
    /// The certificate.
    pub certificate: CertificateDer<'static>,
    /// The same as text, as it is handed out to be trusted.
    pub pem: String,
    not_before: i64,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// Loads the authority of this folder, or makes one for the machine's names and what is configured.
    pub fn open(folder: &Path, configured: &BTreeSet<Subject>, now: i64) -> Result<Self, TlsError> {
        let (certificate_path, key_path) = (folder.join(CERTIFICATE), folder.join(KEY));
        let pem = files::read(&certificate_path).map_err(|cause| TlsError::file(&certificate_path, cause))?;
        let key = files::read(&key_path).map_err(|cause| TlsError::file(&key_path, cause))?;
        if let Some(pem) = pem {
            let (authority, not_after) = Self::load(&pem, &key.unwrap_or_default())
                .map_err(|why| TlsError::Authority { path: certificate_path.clone(), why })?;
            if now < not_after - LEAF_LIFE_S {
                return Ok(authority);
            }
        }
        // A key without its certificate is left from a crash between the two files: nobody has trusted it yet.
        for path in [&certificate_path, &key_path] {
            files::set_aside(path).map_err(|cause| TlsError::file(path, cause))?;
        }
        let (pem, key) = make(configured, now)?;
        files::write(&key_path, key.as_bytes(), Access::Private).map_err(|cause| TlsError::file(&key_path, cause))?;
        files::write(&certificate_path, pem.as_bytes(), Access::Public)
            .map_err(|cause| TlsError::file(&certificate_path, cause))?;
        let (authority, _) =
            Self::load(pem.as_bytes(), key.as_bytes()).map_err(|why| TlsError::Authority { path: certificate_path, why })?;
        Ok(authority)
    }

    /// Also says until when the certificate holds.
    fn load(pem: &[u8], key: &[u8]) -> Result<(Self, i64), &'static str> {
        let pem = str::from_utf8(pem).map_err(|_| "it is not a certificate in PEM form")?;
        let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|_| "it is not a certificate in PEM form")?;
        let key = str::from_utf8(key)
            .ok()
            .and_then(|key| KeyPair::from_pem(key).ok())
            .ok_or("its key ca.key is missing or cannot be read")?;
        let (_, parsed) = X509Certificate::from_der(&certificate).map_err(|_| "it is not an X.509 certificate")?;
        if parsed.public_key().raw != key.subject_public_key_info() {
            return Err("ca.key is the key of another certificate");
        }
        let (not_before, not_after) = leaf::validity(&parsed);
        let issuer = Issuer::from_ca_cert_der(&certificate, key).map_err(|_| "it is not a certificate of an authority")?;
        Ok((Self { pem: pem.to_owned(), not_before, issuer, certificate }, not_after))
    }

    /// Who signs.
    pub fn issuer(&self) -> &Issuer<'static, KeyPair> {
        &self.issuer
    }

    /// Not earlier than the authority's own birth: a clock that is behind it is wrong.
    pub fn plausible(&self, now: i64) -> i64 {
        now.max(self.not_before + leaf::CLOCKS_DIFFER_S)
    }

    /// Those of these names and addresses that the authority vouches for. One without constraints, from elsewhere or from an old
    /// hand, is bound here to what its constraints would be.
    pub fn vouches_for(&self, subjects: BTreeSet<Subject>, configured: &BTreeSet<Subject>) -> BTreeSet<Subject> {
        let bound = is_constrained(&self.certificate);
        let free = |subject: &Subject| bound || names::is_private(subject) || configured.contains(subject);
        subjects.into_iter().filter(|subject| permits(&self.certificate, subject) && free(subject)).collect()
    }
}

/// Whether a certificate of an authority says for whom it may vouch.
pub fn is_constrained(certificate: &[u8]) -> bool {
    X509Certificate::from_der(certificate).is_ok_and(|(_, parsed)| matches!(parsed.name_constraints(), Ok(Some(_))))
}

/// Sets the authority of this folder aside, so that the next start makes another; says whether there was one.
pub fn retire(folder: &Path) -> Result<bool, TlsError> {
    let there = folder.join(CERTIFICATE).exists();
    for path in [folder.join(CERTIFICATE), folder.join(KEY)] {
        files::set_aside(&path).map_err(|cause| TlsError::file(&path, cause))?;
    }
    Ok(there)
}

/// The certificate of this folder's authority, if it can be read.
pub fn kept(folder: &Path) -> Option<CertificateDer<'static>> {
    CertificateDer::from_pem_slice(&files::read(&folder.join(CERTIFICATE)).ok()??).ok()
}

/// Whether an authority's constraints let it vouch for this: a kind that it has none for is free.
pub fn permits(certificate: &[u8], subject: &Subject) -> bool {
    let Ok((_, parsed)) = X509Certificate::from_der(certificate) else {
        return false;
    };
    let constraints = parsed.extensions().iter().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::NameConstraints(constraints) => constraints.permitted_subtrees.as_ref(),
        _ => None,
    });
    let verdicts = constraints.into_iter().flatten().filter_map(|subtree| match (subject, &subtree.base) {
        (Subject::Name(name), GeneralName::DNSName(domain)) => Some(names::is_within(name, domain)),
        (Subject::Address(ip), GeneralName::IPAddress(net)) => Some(is_in_net(*ip, net)),
        _ => None,
    });
    verdicts.reduce(|one, other| one || other).unwrap_or(true)
}

/// A new authority as PEM: the certificate and its key.
fn make(configured: &BTreeSet<Subject>, now: i64) -> Result<(String, String), TlsError> {
    let key = KeyPair::generate()?;
    // The key is random, so its digest tells two houses' authorities apart in a browser's list.
    let digest = digest::digest(&digest::SHA256, &key.subject_public_key_info());
    let id = data_encoding::HEXLOWER.encode(&digest.as_ref()[..3]);
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, format!("Alongside CA {id}"));
    params.distinguished_name.push(DnType::OrganizationName, "Alongside");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.name_constraints = Some(names::constraints(configured));
    leaf::set_validity(&mut params, now - leaf::CLOCKS_DIFFER_S, now + LIFE_S);
    Ok((params.self_signed(&key)?.pem(), key.serialize_pem()))
}

/// `net` is an address followed by a mask of the same length.
fn is_in_net(ip: IpAddr, net: &[u8]) -> bool {
    let octets = match ip {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    };
    let (address, mask) = net.split_at(net.len() / 2);
    address.len() == octets.len() && octets.iter().zip(address).zip(mask).all(|((a, b), m)| a & m == b & m)
}
