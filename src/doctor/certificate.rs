//! The certificate that browsers are shown: how long it holds, for whom, whether its key fits, and who vouches for it.

use super::{Patient, client, listed};
use crate::domain::health::{Check, Finding};
use crate::domain::time::DAY;
use crate::port::addresses::{Address, Reach};
use crate::tls;
use crate::tls::acme::Record;
use rustls::client::verify_server_name;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use std::net::IpAddr;
use std::path::Path;
use x509_parser::prelude::{FromDer, X509Certificate};

const DAYS: Check = Check::new("certificate.days", "The certificate's time");
const COVERS: Check = Check::new("certificate.names", "The certificate's names");
const KEY: Check = Check::new("certificate.key", "The certificate's key");
const PUBLIC: Check = Check::new("certificate.acme", "The certificate by ACME");
const AUTHORITY: Check = Check::new("certificate.authority", "Who vouches for it");

const AUTHORITY_FILE: &str = "ca.pem";
const LEAF_FILES: (&str, &str) = ("leaf.pem", "leaf.key");
/// With less than this ahead somebody should know, in days.
const DAYS_FEW: i64 = 7;

pub fn look(patient: &Patient) -> Vec<Finding> {
    let dir = &patient.config.data_dir;
    let shown = patient.runs().then(|| shown_by(patient)).flatten();
    let own = read(&dir.join(LEAF_FILES.0));
    let Some(leaf) = shown.or(own) else {
        if !patient.has_begun() {
            return vec![DAYS.unseen("There is none yet: the first start makes one.", None)];
        }
        return vec![
            DAYS.fail(
                "No certificate is shown and none lies in the data directory.",
                "systemctl restart alongside: it makes one",
            ),
        ];
    };
    let parsed = X509Certificate::from_der(&leaf).ok().map(|(_, parsed)| parsed);
    let Some(parsed) = parsed else {
        return vec![DAYS.fail("What is shown can't be read as a certificate.", "systemctl restart alongside")];
    };
    let until = parsed.validity().not_after.timestamp();
    let authority = read(&dir.join(AUTHORITY_FILE));
    let mut findings = vec![
        judge_days((until - patient.machine_now.0).div_euclid(DAY), patient.config.tls.certificate.as_deref()),
        judge_names(&missing(patient, &leaf), patient.config.tls.certificate.as_deref()),
        judge_files(patient).unwrap_or_else(|| judge_key(dir)),
        judge_authority(&parsed, authority.as_ref(), patient.machine_now.0),
    ];
    findings.extend(public(patient));
    findings
}

/// What became of the certificate by ACME, where one is wished for.
pub fn public(patient: &Patient) -> Option<Finding> {
    let wished = !patient.config.acme.names.is_empty();
    wished.then(|| judge_public(patient, record(patient).as_ref()))
}

/// Whether an authority has come in by the names that are wished for, at its last look.
pub fn came_in(patient: &Patient) -> bool {
    record(patient).is_some_and(|record| record.issuer.is_some() && record.why.is_none())
}

fn record(patient: &Patient) -> Option<Record> {
    tls::acme::kept(&patient.config.data_dir).filter(|record| record.names == patient.config.acme.names)
}

/// What the port shows to a browser.
fn shown_by(patient: &Patient) -> Option<CertificateDer<'static>> {
    let door = patient.doors().into_iter().next()?;
    client::certificate(&client::secure(door, &door.ip().to_string(), true).ok()?)
}

fn read(path: &Path) -> Option<CertificateDer<'static>> {
    CertificateDer::from_pem_slice(&std::fs::read(path).ok()?).ok()
}

/// `file` is where a certificate from elsewhere lies, which whoever put it there renews.
fn judge_days(days: i64, file: Option<&Path>) -> Finding {
    let renew = |file: &Path| {
        format!("Put a renewed certificate and its key in place ({}): they are taken over by themselves", file.display())
    };
    match (days, file) {
        (..0, Some(file)) => DAYS.fail("It has run out: browsers refuse the page.", renew(file)),
        (0..DAYS_FEW, Some(file)) => DAYS.warn(format!("It holds for {days} more days, and comes from elsewhere."), renew(file)),
        (_, Some(_)) => DAYS.fine(format!("It holds for {days} more days; whoever made it renews it.")),
        (..0, None) => DAYS.fail(
            "It has run out: browsers refuse the page.",
            "systemctl restart alongside, and look at its log if that doesn't help",
        ),
        (0..DAYS_FEW, None) => DAYS.warn(
            format!("It holds for {days} more days and should have been renewed by itself."),
            "Look for “certificate” in the log: journalctl -u alongside",
        ),
        (_, None) => DAYS.fine(format!("It holds for {days} more days and is renewed by itself.")),
    }
}

/// What the certificate does not hold for.
#[derive(Debug, Default)]
struct Missing {
    /// What somebody configured, and addresses of the house's own network.
    wanted: Vec<String>,
    /// Those among them that the house's own authority was not made for.
    beyond: Vec<String>,
    /// Public addresses that nobody configured: the house's own authority vouches for none of them.
    public: Vec<String>,
}

fn missing(patient: &Patient, leaf: &CertificateDer<'_>) -> Missing {
    let Ok(parsed) = ParsedCertificate::try_from(leaf) else { return Missing::default() };
    let uncovered =
        |name: &String| ServerName::try_from(name.clone()).is_ok_and(|server| verify_server_name(&parsed, &server).is_err());
    // Those by ACME have a finding of their own.
    let all = &patient.config;
    let names: Vec<String> = all.names.iter().filter(|name| !all.acme.names.contains(name)).cloned().collect();
    let (public, own): (Vec<_>, Vec<_>) =
        patient.own_addresses().into_iter().partition(|address| matches!(address.reach, Reach::PublicV4 | Reach::PublicV6));
    let text = |address: &Address| address.ip.to_string();
    let wanted: Vec<String> = names.iter().cloned().chain(own.iter().map(text)).filter(uncovered).collect();
    let beyond = tls::left_out(&patient.config.data_dir, &names, &[]);
    Missing {
        beyond: wanted.iter().filter(|name| beyond.contains(name)).cloned().collect(),
        wanted,
        public: public.iter().map(text).filter(|ip| !all.names.contains(ip)).filter(uncovered).collect(),
    }
}

/// `file` is where a certificate from elsewhere lies: such seldom hold addresses, and nobody expects it.
fn judge_names(missing: &Missing, file: Option<&Path>) -> Finding {
    if let Some(file) = file {
        let names: Vec<String> = missing.wanted.iter().filter(|name| name.parse::<IpAddr>().is_err()).cloned().collect();
        return match names.as_slice() {
            [] => COVERS.fine("It holds for every name that is configured. By an address that it doesn't hold, browsers warn."),
            names => COVERS.warn(
                format!("It doesn't hold for {}: browsers warn who come that way.", listed(names)),
                format!("Put a certificate that holds every name, and its key, in place ({})", file.display()),
            ),
        };
    }
    match (missing.wanted.as_slice(), missing.beyond.as_slice(), missing.public.as_slice()) {
        ([], _, []) => COVERS.fine("It holds for every name and address of this machine."),
        ([], _, public) => COVERS.fine(format!(
            "It holds for every name and private address of this machine. Left out: {}. The house's own authority vouches for no public \
             address that isn't in `names`.",
            listed(public)
        )),
        (wanted, [], _) => COVERS.warn(
            format!("It doesn't hold for {}: browsers warn who come that way.", listed(wanted)),
            "If it has just changed, wait ten minutes; else restart, and look for “certificate” in the log",
        ),
        (wanted, beyond, _) => COVERS.warn(
            format!(
                "It doesn't hold for {}: browsers warn who come that way. The house's own authority was made before {} stood in `names`, \
                 and vouches for no more than it was made for.",
                listed(wanted),
                listed(beyond)
            ),
            "alongside new-authority, while the server is stopped; each device has to trust the new one. Or a certificate from elsewhere: \
             tls.certificate",
        ),
    }
}

/// What became of the last try by ACME.
fn judge_public(patient: &Patient, record: Option<&Record>) -> Finding {
    let (dir, names) = (patient.config.data_dir.display(), listed(&patient.config.acme.names));
    let until = read(&patient.config.data_dir.join(tls::acme::CERTIFICATE_FILE))
        .and_then(|leaf| Some(X509Certificate::from_der(&leaf).ok()?.1.validity().not_after.timestamp()));
    let days = until.map(|until| (until - patient.machine_now.0).div_euclid(DAY)).filter(|days| *days >= 0);
    match record.map(|record| (record.why.as_deref(), record.failures)) {
        Some((Some(why), failures)) => {
            let stands = match days {
                Some(days) => format!("the present one holds for {days} more days"),
                None => "the house's own authority stands in, and browsers warn".to_owned(),
            };
            let times = if failures == 1 { "once".to_owned() } else { format!("{failures} times") };
            PUBLIC.warn(
                format!("None came for {names}, tried {times}: {why} Until then {stands}. It is tried again by itself."),
                format!(
                    "Let port 443 of {names} lead to port {} of this machine (or 80 to 80). To try at once: rm {dir}/acme/state.json, restart",
                    patient.port
                ),
            )
        }
        Some((None, _)) if days.is_some() => {
            let issuer = record.and_then(|record| record.issuer.as_deref()).unwrap_or("the authority");
            PUBLIC.fine(format!("For {names}, from {issuer}, for {} more days; renewed by itself.", days.unwrap_or_default()))
        }
        _ => PUBLIC.unseen(format!("It has not been asked for yet, for {names}."), None),
    }
}

/// The files of a certificate from elsewhere, where it comes from such: what lies there may be another than what is shown.
fn judge_files(patient: &Patient) -> Option<Finding> {
    let (certificate, key) = patient.config.tls.certificate.as_deref().zip(patient.config.tls.key.as_deref())?;
    Some(match tls::try_own(certificate, key) {
        Ok(()) => KEY.fine("The key in its file fits the certificate."),
        Err(trouble) => KEY.warn(
            format!("{trouble} The one before is shown for as long as the server runs."),
            format!("sudo ls -lL {} {}", certificate.display(), key.display()),
        ),
    })
}

fn judge_key(dir: &Path) -> Finding {
    let paths = (dir.join(LEAF_FILES.0), dir.join(LEAF_FILES.1));
    let (Some(leaf), Ok(key)) = (read(&paths.0), std::fs::read(&paths.1)) else {
        return KEY
            .unseen("The certificate that is shown is not kept in the data directory, or you may not read it there.", None);
    };
    let provider = rustls::crypto::ring::default_provider();
    let fits = PrivateKeyDer::from_pem_slice(&key).is_ok_and(|key| CertifiedKey::from_der(vec![leaf], key, &provider).is_ok());
    if fits {
        return KEY.fine("It fits the certificate.");
    }
    KEY.fail(
        format!("{} is not the key of {}.", paths.1.display(), paths.0.display()),
        format!("rm {} {} and restart: another pair is made", paths.0.display(), paths.1.display()),
    )
}

fn judge_authority(leaf: &X509Certificate<'_>, authority: Option<&CertificateDer<'_>>, now_s: i64) -> Finding {
    let issuer = leaf.issuer().iter_common_name().next().and_then(|name| name.as_str().ok()).unwrap_or("somebody unnamed");
    let own = authority.and_then(|der| X509Certificate::from_der(der).ok()).map(|(_, parsed)| parsed);
    match own {
        Some(own) if own.subject().as_raw() == leaf.issuer().as_raw() => {
            let years = (own.validity().not_after.timestamp() - now_s).div_euclid(365 * DAY);
            if leaf.verify_signature(Some(own.public_key())).is_err() {
                return AUTHORITY.fail(
                    "The house's own authority did not sign what is shown, although it bears its name.",
                    "Restore ca.pem and ca.key from a backup, and restart",
                );
            }
            if !tls::is_constrained(authority.map(|der| &der[..]).unwrap_or_default()) {
                return AUTHORITY.warn(
                    "The house's own authority, which may vouch for any name there is: whoever stole its key could pose as any site to \
                     the devices that trust it. It stays, because they do.",
                    "alongside new-authority, while the server is stopped, makes one for private names only; each device has to trust it",
                );
            }
            AUTHORITY.fine(format!(
                "The house's own authority, for {years} more years. Devices that trust it call by TLS too; others are warned once."
            ))
        }
        None if issuer.starts_with("Alongside CA") => {
            AUTHORITY.fail("The house's own authority (ca.pem) is gone.", "Restore ca.pem and ca.key from a backup, and restart")
        }
        _ => AUTHORITY.fine(format!("{issuer}.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::health::Level;

    #[test]
    fn a_certificate_that_runs_out_is_told_in_time() {
        assert_eq!([-1, 3, 20].map(|days| judge_days(days, None).level), [Level::Fail, Level::Warn, Level::Fine]);
        let elsewhere = [-1, 3, 20].map(|days| judge_days(days, Some(Path::new("/etc/desk.pem"))));
        assert_eq!(elsewhere.each_ref().map(|finding| finding.level), [Level::Fail, Level::Warn, Level::Fine]);
        assert!(elsewhere[0].fix.as_deref().is_some_and(|fix| fix.contains("/etc/desk.pem")), "a restart would renew nothing");
    }

    #[test]
    fn what_became_of_acme_is_told_with_the_authoritys_words() {
        let (names, at) = (vec!["meet.example".to_owned()], crate::domain::time::Timestamp(0));
        let mut config = crate::config::Config::meant(crate::config::Written::default(), &|_| None).expect("a configuration");
        (config.acme.names, config.data_dir) = (names.clone(), "/nowhere".into());
        let patient = Patient { config, port: 8443, server: super::super::Server::Stopped, now: at, machine_now: at };
        assert_eq!(judge_public(&patient, None).level, Level::Unseen);
        let refused = Record { names, failures: 2, why: Some("No way.".to_owned()), ..Record::default() };
        let found = judge_public(&patient, Some(&refused));
        assert!(found.level == Level::Warn && found.fix.is_some_and(|fix| fix.contains("443")));
        assert!(found.said.contains("2 times: No way.") && found.said.contains("stands in"), "{}", found.said);
    }

    #[test]
    fn keys_names_and_authority_are_looked_at_as_a_browser_would() {
        let folder = std::env::temp_dir().join(format!("alongside-doctor-tls-{}", crate::clock::Dice.word::<6>()));
        let now = 1_900_000_000;
        crate::tls::open(&folder, &["house.lan".to_owned()], &[], now).expect("a certificate");
        assert_eq!(judge_key(&folder).level, Level::Fine);
        let (leaf, authority) = (read(&folder.join("leaf.pem")).expect("there"), read(&folder.join("ca.pem")).expect("there"));
        let parsed = X509Certificate::from_der(&leaf).expect("a certificate").1;
        assert_eq!(judge_authority(&parsed, Some(&authority), now).level, Level::Fine);
        assert_eq!(judge_authority(&parsed, None, now).level, Level::Fail);
        std::fs::copy(folder.join("ca.key"), folder.join("leaf.key")).expect("copied");
        assert_eq!(judge_key(&folder).level, Level::Fail);
        let name = vec!["house.test".to_owned()];
        let judged = |wanted: &[String], beyond: &[String], public: &[String]| {
            judge_names(&Missing { wanted: wanted.to_vec(), beyond: beyond.to_vec(), public: public.to_vec() }, None)
        };
        let from_file = |wanted: &str| {
            let missing = Missing { wanted: vec![wanted.to_owned()], ..Missing::default() };
            judge_names(&missing, Some(Path::new("/etc/desk.pem")))
        };
        assert_eq!(from_file("192.168.1.5").level, Level::Fine, "a company's certificate holds names");
        assert!(from_file("house.test").fix.expect("a fix").contains("/etc/desk.pem"));
        assert_eq!(judged(&name, &[], &[]).level, Level::Warn);
        assert!(judged(&name, &name, &[]).fix.expect("a fix").contains("new-authority"));
        let said = judged(&[], &[], &["198.51.100.1".to_owned()]);
        assert!(said.level == Level::Fine && said.said.contains("198.51.100.1"));
        std::fs::remove_dir_all(folder).expect("gone");
    }
}
