//! `/trust`: the page and the files by which a device comes to trust the house's own authority. Open to everybody: who has no
//! account yet needs it most, and a certificate is no secret.

use super::answer::{self, Answer};
use super::call::Call;
use super::qr::drawn;
use super::{Web, routes};
use crate::domain::refusal::Refusal;
use crate::domain::way_in::{Choice, Opening};
use crate::page;
use crate::page::trust::{DER, PEM, PROFILE, Shown, System};
use http::StatusCode;
use std::sync::Arc;
use warp::reply::Response;

/// The house's own authority, as it is handed out.
#[derive(Clone)]
pub struct Authority {
    pub der: Vec<u8>,
    pub pem: String,
    /// What it is called in a device's list.
    pub name: String,
    /// SHA-256, as browsers write it.
    pub fingerprint: String,
    /// Whether it may vouch for private places and configured names only.
    pub constrained: bool,
    /// Whether what the port shows by a host (without a port) comes from somebody else.
    pub stands_back: Arc<dyn Fn(&str) -> bool + Send + Sync>,
    /// Whether it holds for that host.
    pub holds: Arc<dyn Fn(&str) -> bool + Send + Sync>,
}

pub async fn page(web: &Arc<Web>, call: &Call) -> Answer {
    let me = routes::signed_in(web, call).await;
    let instance = routes::instance(web).await;
    let agent = call.head.header("user-agent");
    let authority = &web.authority;
    // Addresses of the house's own network are for its members.
    let addresses = if me.is_some() { (web.way_in.standing)().addresses } else { Vec::new() };
    let trust = page::trust::Trust {
        instance: &instance,
        authority: &authority.name,
        fingerprint: &authority.fingerprint,
        constrained: authority.constrained,
        shown: shown_to(web, call),
        host: host_of(&call.head.host),
        outside: Choice::typed(Opening::Anywhere, host_of(&call.head.host), "", false).is_ok(),
        idle: (authority.stands_back)("localhost"),
        link: &link(web, call),
        addresses: &addresses,
        first: me.is_some() && call.head.ask("note").as_deref() == Some("first"),
        system: System::of(agent),
        firefox: agent.contains("Firefox/"),
    };
    Ok(answer::page(page::trust::page(me.as_ref(), &trust)))
}

/// Whether the certificate that this visitor was shown comes from somebody else than the house's own authority.
pub fn is_known(web: &Web, call: &Call) -> bool {
    (web.authority.stands_back)(host_of(&call.head.host))
}

/// Which certificate this visitor was shown. Who came by plain HTTP came through a proxy, which shows its own.
fn shown_to(web: &Web, call: &Call) -> Shown {
    let host = host_of(&call.head.host);
    if call.head.peer.is_some_and(|peer| !peer.tls) {
        Shown::Proxys
    } else if !(web.authority.holds)(host) {
        Shown::Beyond
    } else if is_known(web, call) {
        Shown::Known
    } else {
        Shown::Own
    }
}

/// One of the files beside the page.
pub fn file(web: &Web, call: &Call) -> Answer {
    match call.head.path.as_str() {
        page::trust::QR => qr(web, call),
        path => held(&web.authority, path).map(|(kind, body)| shown(kind, body)).ok_or_else(|| Refusal::gone().into()),
    }
}

/// What plain HTTP shows of this: files, and a page that asks for nothing else.
pub fn plain(authority: &Authority, path: &str) -> Option<(&'static str, Vec<u8>)> {
    if path == "/trust" || path == "/trust/" {
        let page = page::trust::plain(&authority.name, &authority.fingerprint).into_string();
        return Some(("text/html; charset=utf-8", page.into_bytes()));
    }
    held(authority, path)
}

fn held(authority: &Authority, path: &str) -> Option<(&'static str, Vec<u8>)> {
    Some(match path {
        DER | "/ca.crt" => ("application/x-x509-ca-cert", authority.der.clone()),
        PEM => ("application/x-pem-file", authority.pem.clone().into_bytes()),
        PROFILE => ("application/x-apple-aspen-config", profile(authority).into_bytes()),
        _ => return None,
    })
}

fn shown(kind: &'static str, body: Vec<u8>) -> Response {
    answer::bytes(StatusCode::OK, kind, body.into())
}

fn qr(web: &Web, call: &Call) -> Answer {
    let picture = drawn(&link(web, call), 180).ok_or_else(Refusal::gone)?;
    Ok(shown("image/svg+xml", picture.into_bytes()))
}

/// Who sits at the machine itself came by a word that leads no other device here: it is given what others type.
fn link(web: &Web, call: &Call) -> String {
    let host = host_of(&call.head.host).trim_matches(['[', ']']);
    let named = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    let at_the_machine = named && call.head.address().is_loopback();
    let addresses = if at_the_machine { (web.way_in.standing)().addresses } else { Vec::new() };
    // Best one by which the steps help.
    let helped = |origin: &&String| (web.authority.holds)(host_of(origin.trim_start_matches("https://")));
    let others = addresses.iter().find(helped).or(addresses.first()).cloned();
    format!("{}/trust", others.unwrap_or_else(|| call.head.origin()))
}

/// The host without its port; an IPv6 address keeps its brackets.
fn host_of(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// A configuration profile with the authority in it, for Apple's devices. Its identifiers come from the certificate, so that the same
/// one, installed again, takes its own place.
fn profile(authority: &Authority) -> String {
    let body = data_encoding::BASE64.encode(&authority.der);
    let id = |salt: &[u8]| uuid(&[salt, &authority.der].concat());
    let (outer, inner) = (id(b"profile"), id(b"payload"));
    let name = maud::html! { (authority.name) }.into_string();
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>PayloadContent</key>
	<array>
		<dict>
			<key>PayloadCertificateFileName</key><string>alongside-ca.crt</string>
			<key>PayloadContent</key><data>{body}</data>
			<key>PayloadDisplayName</key><string>{name}</string>
			<key>PayloadIdentifier</key><string>alongside.{inner}</string>
			<key>PayloadType</key><string>com.apple.security.root</string>
			<key>PayloadUUID</key><string>{inner}</string>
			<key>PayloadVersion</key><integer>1</integer>
		</dict>
	</array>
	<key>PayloadDescription</key><string>Lets this device trust the place that gave it to you. Afterwards switch it on under Settings, General, About, Certificate Trust Settings.</string>
	<key>PayloadDisplayName</key><string>{name}</string>
	<key>PayloadIdentifier</key><string>alongside.{outer}</string>
	<key>PayloadRemovalDisallowed</key><false/>
	<key>PayloadType</key><string>Configuration</string>
	<key>PayloadUUID</key><string>{outer}</string>
	<key>PayloadVersion</key><integer>1</integer>
</dict>
</plist>
"#
    )
}

/// A name-based UUID (RFC 9562 version 8) of these bytes.
fn uuid(of: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, of);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest.as_ref()[..16]);
    bytes[6] = bytes[6] & 0x0F | 0x80;
    bytes[8] = bytes[8] & 0x3F | 0x80;
    let hex = data_encoding::HEXUPPER.encode(&bytes);
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn authority() -> Authority {
        Authority {
            der: vec![7; 40],
            pem: "text".to_owned(),
            name: "A & B".to_owned(),
            fingerprint: "AA:BB".to_owned(),
            constrained: true,
            stands_back: Arc::new(|_| false),
            holds: Arc::new(|_| true),
        }
    }

    #[test]
    fn a_profile_holds_the_certificate_and_takes_its_own_place() {
        let made = profile(&authority());
        assert!(made.contains(&data_encoding::BASE64.encode(&[7; 40])) && made.contains("<string>A &amp; B</string>"));
        assert_eq!(made, profile(&authority()));
        assert_ne!(uuid(b"a"), uuid(b"b"));
        assert_eq!(uuid(b"a").split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
    }

    #[test]
    fn plain_http_shows_the_way_to_trust_and_nothing_else() {
        let authority = authority();
        for path in ["/trust", DER, PEM, PROFILE] {
            assert!(plain(&authority, path).is_some(), "{path}");
        }
        for path in ["/", "/login", "/trust/x", "/trust/qr.svg", "/setup"] {
            assert!(plain(&authority, path).is_none(), "{path}");
        }
    }
}
