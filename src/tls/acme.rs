//! A certificate from a public authority, or from one of the company's own, by ACME (RFC 8555) for configured names and addresses.
//!
//! [`Acme::tend`] is told the time and does what is due: shows what is kept, asks when to renew (RFC 9773), orders, and after a refusal
//! waits longer each time ([`plan`]). **Until a certificate is there, and whenever it has run out, the house's own authority stands
//! in**; why is kept in a file beside it, for the doctor and the page.

mod asker;
mod order;
mod plan;
mod proof;
mod record;

pub use asker::{Answered, Asked, Line};
pub use proof::Proofs;
pub use record::{Record, kept};

use super::files::{self, Access};
use super::leaf::validity;
use super::{Tls, TlsError};
use asker::Asker;
use instant_acme::{Account, AccountCredentials, CertificateIdentifier, NewAccount};
use order::{Failed, Made, Way};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use x509_parser::prelude::{FromDer, X509Certificate};

/// Where all of it is, in the data directory.
const FOLDER: &str = "acme";
const ACCOUNT: &str = "account.json";
const CERTIFICATE: &str = "certificate.pem";
/// The certificate that is kept, seen from the data directory.
pub const CERTIFICATE_FILE: &str = "acme/certificate.pem";
const KEY: &str = "key.pem";

/// What is wished for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// Names, and public addresses.
    pub names: Vec<String>,
    /// Whom the authority writes to.
    pub contact: Option<String>,
    /// Where the authority's directory is.
    pub directory: String,
    /// Whom to believe that it is the authority; none means the public ones.
    pub roots: Option<PathBuf>,
}

/// Whether the root certificates in this file could be believed.
///
/// # Errors
/// One sentence: why not.
pub fn try_roots(file: &Path) -> Result<(), String> {
    Asker::trusting(Some(file)).map(drop).map_err(|Failed(why)| why)
}

/// What an authority calls a request whose one-time word it does not know any more. It says nothing about the order, which is made
/// anew at once (RFC 8555 section 6.5), after the library's own three tries, and so many times.
const BAD_NONCE: &str = "urn:ietf:params:acme:error:badNonce";
const NONCES: usize = 3;

/// The client, with what it has.
pub struct Acme {
    wish: Wish,
    folder: PathBuf,
    tls: Arc<Tls>,
    /// Whether plain HTTP's own port is held here.
    has_port_80: bool,
    record: Record,
    present: Option<Present>,
    /// When the authority was last asked for the time to renew, and what became of it.
    advice: Option<plan::Advice>,
    /// By which the authority is asked; none means by the network.
    line: Option<Line>,
}

/// The certificate that is kept.
struct Present {
    leaf: CertificateDer<'static>,
    life: plan::Life,
}

impl Acme {
    /// Takes up what is kept in this data directory, and shows it if it holds for everything that is wished for.
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub fn open(data_dir: &Path, wish: Wish, tls: Arc<Tls>, has_port_80: bool, now: i64) -> Result<Self, TlsError> {
        let folder = data_dir.join(FOLDER);
        std::fs::create_dir_all(&folder).map_err(|cause| TlsError::file(&folder, cause))?;
        let record = record::kept(data_dir).filter(|kept| kept.is_of(&wish)).unwrap_or_else(|| Record::of(&wish));
        let mut acme = Self { wish, folder, tls, has_port_80, record, present: None, advice: None, line: None };
        if let Some((chain, key)) = acme.read() {
            acme.show(&chain, &key, now);
        }
        Ok(acme)
    }

    /// Asks by this line from here on, and not by the network.
    #[must_use]
    pub fn by(mut self, line: Line) -> Self {
        self.line = Some(line);
        self
    }

    /// What this one is for.
    pub fn wish(&self) -> &Wish {
        &self.wish
    }

    /// Asks at the next look although it is not time yet, unless that would be too soon for the authority.
    pub fn ask_again(&mut self, now: i64) {
        if self.record.may_be_asked_again(now) {
            self.record.again_at = now;
        }
    }

    /// Nobody wishes for it any more: the house's own authority stands in. What came is kept on the disk.
    pub fn end(self) {
        self.tls.hide_public();
    }

    fn read(&self) -> Option<(Vec<u8>, Vec<u8>)> {
        let read = |name| files::read(&self.folder.join(name)).ok().flatten();
        Some((read(CERTIFICATE)?, read(KEY)?))
    }

    /// Shows a certificate from here on, if it holds for what is wished for; says whether it does.
    fn show(&mut self, chain: &[u8], key: &[u8], now: i64) -> bool {
        let Some((pair, life)) = usable(chain, key, &self.wish.names, &self.tls) else { return false };
        if now >= life.not_after {
            return false;
        }
        let Some(leaf) = pair.cert.first().cloned() else { return false };
        self.tls.show_public(pair, &self.wish.names, life.not_after);
        self.present = Some(Present { leaf, life });
        true
    }

    /// Does what is due, and says when to come again.
    pub async fn tend(&mut self, now: i64) -> i64 {
        if self.present.as_ref().is_some_and(|present| now >= present.life.not_after) {
            self.present = None;
            self.tls.hide_public();
            tracing::warn!("The certificate by ACME has run out; the house's own authority stands in, and browsers warn.");
        }
        let due = self.due(now).await;
        if now < due {
            return due.min(now + plan::LONGEST_LOOK_S);
        }
        if now < self.record.again_at {
            return self.record.again_at;
        }
        let mut ordered = self.ordered().await;
        for _ in 0..NONCES {
            let stale = matches!(&ordered, Err(Failed(why)) if why.contains(BAD_NONCE));
            if !stale {
                break;
            }
            ordered = self.ordered().await;
        }
        match ordered {
            Ok(made) if self.keep(&made, now) => {
                tracing::info!(names = self.wish.names.join(" "), "A certificate came by ACME.");
                self.record = Record { at: now, issuer: issuer(&made.chain), ..Record::of(&self.wish) };
                self.advice = None;
            }
            Ok(_) => self.failed("The certificate that came does not hold for what was asked for.".to_owned(), now),
            Err(Failed(why)) => self.failed(why, now),
        }
        self.record.save(&self.folder);
        // A new certificate is asked about by the next look; a refusal has its own time.
        self.record.again_at.max(now + plan::SHORTEST_LOOK_S)
    }

    /// When the next certificate is to be ordered; asks the authority when its advice is old.
    async fn due(&mut self, now: i64) -> i64 {
        let Some(present) = &self.present else { return now };
        if self.advice.as_ref().is_none_or(|advice| now >= advice.again_at) {
            let window = self.asked_window(&present.leaf).await;
            self.advice = Some(plan::Advice::of(window, self.advice.as_ref(), now, dice()));
        }
        plan::due(present.life, self.advice.as_ref())
    }

    async fn asked_window(&self, leaf: &CertificateDer<'static>) -> Option<plan::Window> {
        let id = CertificateIdentifier::try_from(leaf).ok()?;
        let account = self.account().await.ok()?;
        let (info, again) = account.renewal_info(&id).await.ok()?;
        let window = info.suggested_window;
        Some(plan::Window {
            start: window.start.unix_timestamp(),
            end: window.end.unix_timestamp(),
            look_again_s: again.as_secs().min(i64::MAX as u64) as i64,
        })
    }

    fn failed(&mut self, why: String, now: i64) {
        let failures = self.record.failures + 1;
        let again_at = now + plan::pause_s(failures, dice());
        let minutes = (again_at - now) / 60;
        let stands = if self.present.is_some() { "The present one goes on" } else { "The house's own authority stands in" };
        tracing::warn!(why, failures, minutes, "No certificate came by ACME. {stands}; it is tried again by itself.");
        self.record = Record { at: now, failures, again_at, why: Some(why), issuer: None, ..Record::of(&self.wish) };
    }

    /// One certificate, by whichever way the authority can reach this machine.
    async fn ordered(&self) -> Result<Made, Failed> {
        let account = self.account().await?;
        let replaces = self.present.as_ref().and_then(|present| CertificateIdentifier::try_from(&present.leaf).ok());
        let ways: &[Way] = if self.has_port_80 { &[Way::Tls, Way::Http] } else { &[Way::Tls] };
        let mut refused = Vec::new();
        for way in ways {
            match order::made(&account, &self.wish.names, *way, replaces.clone(), self.tls.proofs()).await {
                Ok(made) => return Ok(made),
                Err(Failed(why)) => refused.push(format!("By {}: {why}", way.word())),
            }
        }
        Err(Failed(refused.join(" ")))
    }

    /// The account of this machine there, made where there is none.
    async fn account(&self) -> Result<Account, Failed> {
        let path = self.folder.join(ACCOUNT);
        let asker = || {
            let asker = match &self.line {
                Some(line) => Ok(Asker::by(line.clone())),
                None => Asker::trusting(self.wish.roots.as_deref()),
            };
            asker.map(|asker| Account::builder_with_http(Box::new(asker)))
        };
        let kept: Option<Kept> = files::read(&path).ok().flatten().and_then(|text| serde_json::from_slice(&text).ok());
        if let Some(kept) = kept.filter(|kept| kept.directory == self.wish.directory) {
            return Ok(asker()?.from_credentials(kept.credentials).await?);
        }
        let contact = self.wish.contact.as_ref().map(|mail| format!("mailto:{mail}"));
        let contact: Vec<&str> = contact.iter().map(String::as_str).collect();
        let wanted = NewAccount { contact: &contact, terms_of_service_agreed: true, only_return_existing: false };
        let (account, credentials) = asker()?.create(&wanted, self.wish.directory.clone(), None).await?;
        let kept = Kept { directory: self.wish.directory.clone(), credentials };
        let text = serde_json::to_vec(&kept).map_err(|e| Failed(e.to_string()))?;
        files::write(&path, &text, Access::Private).map_err(|cause| Failed(TlsError::file(&path, cause).to_string()))?;
        Ok(account)
    }

    /// Shows and saves what came; the disk's refusal costs an order at the next start, no more.
    fn keep(&mut self, made: &Made, now: i64) -> bool {
        if !self.show(made.chain.as_bytes(), made.key.as_bytes(), now) {
            return false;
        }
        for (name, contents, access) in [(KEY, &made.key, Access::Private), (CERTIFICATE, &made.chain, Access::Public)] {
            let path = self.folder.join(name);
            if let Err(cause) = files::write(&path, contents.as_bytes(), access) {
                tracing::warn!(error = %TlsError::file(&path, cause), "The certificate by ACME could not be saved.");
            }
        }
        true
    }
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Kept {
    directory: String,
    credentials: AccountCredentials,
}

/// A pair that belongs together and holds for all of these, with when it holds.
fn usable(chain: &[u8], key: &[u8], names: &[String], tls: &Tls) -> Option<(CertifiedKey, plan::Life)> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(chain).collect::<Result<_, _>>().ok()?;
    let key = PrivateKeyDer::from_pem_slice(key).ok()?;
    let parsed = rustls::server::ParsedCertificate::try_from(chain.first()?).ok()?;
    let holds = |name: &String| {
        let name = rustls::pki_types::ServerName::try_from(name.clone());
        name.is_ok_and(|name| rustls::client::verify_server_name(&parsed, &name).is_ok())
    };
    if !names.iter().all(holds) {
        return None;
    }
    let (not_before, not_after) = validity(&X509Certificate::from_der(chain.first()?).ok()?.1);
    let pair = CertifiedKey::from_der(chain, key, &tls.provider).ok()?;
    Some((pair, plan::Life { not_before, not_after }))
}

/// Who signed the first certificate of a chain.
fn issuer(chain: &str) -> Option<String> {
    let leaf = CertificateDer::from_pem_slice(chain.as_bytes()).ok()?;
    let (_, parsed) = X509Certificate::from_der(&leaf).ok()?;
    let name = parsed.issuer().iter_common_name().next()?.as_str().ok()?;
    Some(name.to_owned())
}

/// What SNI a name is asked by: RFC 8738 section 6 has addresses asked by their name in the reverse zone.
fn asked_as(name: &str) -> String {
    match name.parse() {
        Ok(IpAddr::V4(ip)) => {
            let [a, b, c, d] = ip.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        Ok(IpAddr::V6(ip)) => {
            let nibbles: Vec<String> =
                ip.octets().iter().rev().flat_map(|byte| [byte & 15, byte >> 4]).map(|n| format!("{n:x}")).collect();
            format!("{}.ip6.arpa", nibbles.join("."))
        }
        Err(_) => name.to_ascii_lowercase(),
    }
}

fn dice() -> u32 {
    u32::from_le_bytes(crate::clock::Dice.bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_asked_by_their_reverse_names() {
        assert_eq!(asked_as("Meet.Example"), "meet.example");
        assert_eq!(asked_as("192.0.2.7"), "7.2.0.192.in-addr.arpa");
        let six = asked_as("2001:db8::1");
        assert!(six.starts_with("1.0.0.0.") && six.ends_with("8.b.d.0.1.0.0.2.ip6.arpa"), "{six}");
    }
}
