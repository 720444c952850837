//! TLS with the house's own certificate authority, which lives in the data directory.
//!
//! [`open`] makes or loads the authority and its leaf and gives the configuration for the port; [`Tls::renew`], called now and
//! then, exchanges the leaf without dropping a connection. The time comes in as an argument. One crypto provider, ring, is named
//! wherever one is needed, so nothing depends on a process-wide default.
//!
//! No HSTS follows from this certificate, ever: a browser that does not trust it would lock its user out.

pub mod acme;
mod authority;
mod files;
mod leaf;
mod names;
mod own;
mod resolver;

pub use authority::{is_constrained, retire};
pub use resolver::Resolver;

use authority::Authority;
use leaf::Leaf;
use names::Subject;
use own::Own;
use ring::digest;
use rustls::ServerConfig;
use rustls::client::verify_server_name;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::ServerName;
use rustls::server::{NoServerSessionStorage, ParsedCertificate};
use rustls::sign::CertifiedKey;
use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use x509_parser::prelude::{FromDer, X509Certificate};

/// Why there is no TLS, as a sentence for the operator.
#[derive(Debug)]
pub enum TlsError {
    /// A file could not be read or written.
    File { path: PathBuf, cause: io::Error },
    /// The authority on the disk cannot be used, and is not replaced: people may trust it.
    Authority { path: PathBuf, why: &'static str },
    /// A certificate and key from elsewhere cannot be used.
    Own { certificate: PathBuf, key: PathBuf, why: &'static str },
    /// A certificate or key from elsewhere cannot be read.
    Unread { path: PathBuf, cause: io::Error },
    /// A certificate could not be made.
    Issue(rcgen::Error),
    /// rustls refuses the configuration.
    Config(rustls::Error),
    /// A certificate was made, and clients would refuse it.
    Unusable,
}

impl TlsError {
    fn file(path: &Path, cause: io::Error) -> Self {
        Self::File { path: path.to_owned(), cause }
    }
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, cause } => {
                write!(f, "{} cannot be used ({cause}): check who owns it and the free space.", path.display())
            }
            Self::Authority { path, why } => write!(
                f,
                "{} cannot be used ({why}): restore it and ca.key from a backup, or move both away to make a new authority that every \
                 device must trust again.",
                path.display()
            ),
            Self::Own { certificate, key, why } => write!(
                f,
                "The certificate {} with the key {} cannot be used ({why}): put both in place again.",
                certificate.display(),
                key.display()
            ),
            Self::Unread { path, cause } => write!(
                f,
                "{} cannot be used ({cause}): it must be there, and the user whom Alongside runs as must be let in to it.",
                path.display()
            ),
            Self::Issue(cause) => write!(f, "A certificate could not be made ({cause})."),
            Self::Config(cause) => write!(f, "TLS could not be set up ({cause})."),
            Self::Unusable => {
                write!(f, "The certificate that was made would be refused by browsers: check the clock and ca.pem.")
            }
        }
    }
}

impl std::error::Error for TlsError {}

impl From<rcgen::Error> for TlsError {
    fn from(cause: rcgen::Error) -> Self {
        Self::Issue(cause)
    }
}

impl From<rustls::Error> for TlsError {
    fn from(cause: rustls::Error) -> Self {
        Self::Config(cause)
    }
}

/// TLS as the port uses it, and what people are told about it.
pub struct Tls {
    /// The configuration for every connection; its certificate is exchanged behind it.
    pub config: Arc<ServerConfig>,
    folder: PathBuf,
    authority: Authority,
    resolver: Arc<Resolver>,
    provider: Arc<CryptoProvider>,
    /// Held while a leaf is exchanged, so that two renewals do not write over each other. Until when the leaf holds.
    not_after: Mutex<i64>,
    /// Until when the certificate by ACME holds, where there is one.
    public_not_after: Mutex<Option<i64>>,
    /// A certificate from elsewhere takes the leaf's place.
    own: Mutex<Option<Own>>,
}

/// Opens the TLS of this data directory, which is made where it is missing.
///
/// `names` are the machine's and the configured ones (which may be addresses), `addresses` the machine's; `now` is in Unix seconds.
/// What the authority may not vouch for is left out of the leaf: [`left_out`] tells.
pub fn open(folder: &Path, names: &[String], addresses: &[IpAddr], now: i64) -> Result<Tls, TlsError> {
    std::fs::create_dir_all(folder).map_err(|cause| TlsError::file(folder, cause))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let authority = Authority::open(folder, &names::subjects(names, &[]), now)?;
    let permitted = permitted(&authority, names, addresses);
    let now = authority.plausible(now);
    let leaf = match Leaf::load(folder, &authority, &permitted, now, &provider) {
        Some(leaf) => leaf,
        None => Leaf::issue(folder, &authority, &permitted, now, &provider)?,
    };
    let resolver = Arc::new(Resolver::new(leaf.key));
    let mut config = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
        .with_no_client_auth()
        .with_cert_resolver(resolver.clone());
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec(), resolver::ACME_TLS.to_vec()];
    // Tickets keep the state of a resumed session at the client; nothing grows here.
    config.ticketer = rustls::crypto::ring::Ticketer::new()?;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    Ok(Tls {
        config: Arc::new(config),
        folder: folder.to_owned(),
        authority,
        resolver,
        provider,
        not_after: Mutex::new(leaf.not_after),
        public_not_after: Mutex::new(None),
        own: Mutex::new(None),
    })
}

impl Tls {
    /// Shows a certificate from elsewhere from here on, and whatever takes its place in these files.
    ///
    /// # Errors
    /// When the two files cannot be used.
    pub fn take_own(&self, certificate: &Path, key: &Path, now: i64) -> Result<(), TlsError> {
        let mut own = Own::of(certificate, key);
        let found = own.look(&self.provider, now)?;
        if found.as_ref().is_some_and(|(_, not_after)| now >= *not_after) {
            tracing::warn!(
                "The certificate {} has run out, and browsers refuse it: put a renewed one there.",
                certificate.display()
            );
        }
        *self.own.lock().unwrap_or_else(PoisonError::into_inner) = Some(own);
        found.into_iter().for_each(|pair| self.show(pair));
        Ok(())
    }

    fn show(&self, (key, not_after): (CertifiedKey, i64)) {
        *self.not_after.lock().unwrap_or_else(PoisonError::into_inner) = not_after;
        self.resolver.swap(key);
    }

    /// Takes over what is in the files of a certificate from elsewhere, if it has changed. Open connections go on.
    fn renew_own(&self, now: i64) -> Option<Result<bool, TlsError>> {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        let found = own.as_mut()?.look(&self.provider, now);
        Some(found.map(|pair| {
            let taken = pair.is_some();
            pair.into_iter().for_each(|pair| self.show(pair));
            if taken {
                tracing::info!("The certificate from the files was taken over.");
            }
            taken
        }))
    }

    /// Issues a leaf if the present one is too old or misses a name or an address; says whether it did. Open connections go on.
    pub fn renew(&self, names: &[String], addresses: &[IpAddr], now: i64) -> Result<bool, TlsError> {
        if let Some(looked) = self.renew_own(now) {
            return looked;
        }
        let subjects = permitted(&self.authority, names, addresses);
        let now = self.authority.plausible(now);
        let mut not_after = self.not_after.lock().unwrap_or_else(PoisonError::into_inner);
        let present = Leaf { key: (*self.resolver.current()).clone(), not_after: *not_after };
        if present.is_good(&self.authority, &subjects, now, &self.provider) {
            return Ok(false);
        }
        let leaf = Leaf::issue(&self.folder, &self.authority, &subjects, now, &self.provider)?;
        *not_after = leaf.not_after;
        self.resolver.swap(leaf.key);
        tracing::info!("the certificate was renewed");
        Ok(true)
    }

    /// The SHA-256 fingerprint of the certificate that browsers show, as they write it: `AB:CD:…`.
    pub fn leaf_fingerprint(&self) -> String {
        self.resolver.current().cert.first().map(|leaf| fingerprint(leaf)).unwrap_or_default()
    }

    /// The SHA-256 fingerprint of the authority, for whoever installs it on a device.
    pub fn authority_fingerprint(&self) -> String {
        fingerprint(&self.authority.certificate)
    }

    /// What the authority is called in a device's list.
    pub fn authority_name(&self) -> String {
        let parsed = X509Certificate::from_der(&self.authority.certificate).ok();
        let name = parsed.as_ref().and_then(|(_, parsed)| parsed.subject().iter_common_name().next()?.as_str().ok());
        name.unwrap_or("Alongside CA").to_owned()
    }

    /// Shows a certificate by ACME to who asks for these names; the house's own stays for everybody else.
    fn show_public(&self, pair: CertifiedKey, names: &[String], not_after: i64) {
        self.resolver.swap_public(Some((pair, names)));
        *self.public_not_after.lock().unwrap_or_else(PoisonError::into_inner) = Some(not_after);
    }

    fn hide_public(&self) {
        self.resolver.swap_public(None);
        *self.public_not_after.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// What an authority is shown while it looks.
    pub fn proofs(&self) -> &acme::Proofs {
        &self.resolver.proofs
    }

    /// What a browser gets that came by this host, without a port.
    fn shown_by(&self, host: &str) -> Arc<CertifiedKey> {
        let named = bare(host).parse::<IpAddr>().is_err();
        self.resolver.asked_for(named.then_some(host))
    }

    /// Whether what a browser gets that came by this host holds for it. Where it does not, browsers warn, whomever they trust.
    pub fn holds(&self, host: &str) -> bool {
        let (shown, name) = (self.shown_by(host), ServerName::try_from(bare(host)));
        let leaf = shown.cert.first().and_then(|leaf| ParsedCertificate::try_from(leaf).ok());
        leaf.zip(name.ok()).is_some_and(|(leaf, name)| verify_server_name(&leaf, &name).is_ok())
    }

    /// Whether what a browser gets that came by this host (without a port) was issued by somebody else than the house's own authority.
    pub fn is_known(&self, host: &str) -> bool {
        let shown = self.shown_by(host);
        let issuer = |der: &[u8]| X509Certificate::from_der(der).ok().map(|(_, parsed)| parsed.issuer().as_raw().to_vec());
        let own =
            X509Certificate::from_der(&self.authority.certificate).ok().map(|(_, parsed)| parsed.subject().as_raw().to_vec());
        shown.cert.first().and_then(|leaf| issuer(leaf)) != own
    }

    /// The authority's certificate as text, to be handed out and trusted.
    pub fn authority_pem(&self) -> &str {
        &self.authority.pem
    }

    /// The authority's certificate as bytes: what phones want to be handed.
    pub fn authority_der(&self) -> &[u8] {
        &self.authority.certificate
    }

    /// Until when what is shown holds, in Unix seconds: the earliest of the certificates.
    pub fn not_after(&self) -> i64 {
        let leaf = *self.not_after.lock().unwrap_or_else(PoisonError::into_inner);
        let public = *self.public_not_after.lock().unwrap_or_else(PoisonError::into_inner);
        public.map_or(leaf, |public| public.min(leaf))
    }
}

/// The names and addresses, as text, that this data directory's authority, or the one it would get, does not vouch for: they need a
/// certificate from elsewhere.
pub fn left_out(folder: &Path, names: &[String], addresses: &[IpAddr]) -> Vec<String> {
    let kept = authority::kept(folder);
    let configured = names::subjects(names, &[]);
    let held = |subject: &Subject| match &kept {
        Some(authority) if is_constrained(authority) => authority::permits(authority, subject),
        _ => names::is_private(subject) || configured.contains(subject),
    };
    names::subjects(names, addresses).iter().filter(|subject| !held(subject)).map(Subject::to_string).collect()
}

/// Whether a certificate and a key from elsewhere could be shown.
///
/// # Errors
/// Why not.
pub fn try_own(certificate: &Path, key: &Path) -> Result<(), TlsError> {
    Own::of(certificate, key).look(&rustls::crypto::ring::default_provider(), i64::MIN).map(drop)
}

fn permitted(authority: &Authority, names: &[String], addresses: &[IpAddr]) -> BTreeSet<Subject> {
    authority.vouches_for(names::subjects(names, addresses), &names::subjects(names, &[]))
}

/// A host without the brackets of an IPv6 address.
fn bare(host: &str) -> &str {
    host.trim_matches(['[', ']'])
}

fn fingerprint(der: &[u8]) -> String {
    let digest = digest::digest(&digest::SHA256, der);
    let pairs: Vec<_> = digest.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}

#[cfg(test)]
pub(crate) mod client;
#[cfg(test)]
mod tests;
