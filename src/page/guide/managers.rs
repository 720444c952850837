//! For whoever looks after the devices of a school or a company: camera, microphone and certificate by policy, and kiosks.
//!
//! Names of policies are those of Chromium's and Firefox's own documents; the values are this instance's, ready to be copied.

use super::super::{Frame, Here, icon, layout};
use crate::domain::view::Me;
use maud::{Markup, html};
use serde_json::{Value, json};

/// What the policies are made of.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    pub instance: &'a str,
    /// "https://host:port", as the page was asked for.
    pub origin: &'a str,
    /// The own authority's certificate, DER in base64; none where another's is used.
    pub authority: Option<&'a str>,
}

/// Chrome, Edge and Chromium.
fn chromium(place: &Place<'_>) -> Value {
    let here = json!([place.origin]);
    let mut policy = json!({
        "VideoCaptureAllowedUrls": here,
        "AudioCaptureAllowedUrls": here,
        "ScreenCaptureAllowedByOrigins": here,
        "AutoplayAllowlist": here,
        "WebRtcLocalIpsAllowedUrls": here,
        "LocalNetworkAccessAllowedForUrls": here,
    });
    if let Some(der) = place.authority {
        policy["CACertificates"] = json!([der]);
    }
    policy
}

/// Firefox.
fn firefox(place: &Place<'_>) -> Value {
    let allow = json!({ "Allow": [place.origin] });
    let mut policies = json!({ "Permissions": { "Camera": allow, "Microphone": allow, "Autoplay": allow } });
    if place.authority.is_some() {
        policies["Certificates"] = json!({ "Install": ["alongside-ca.crt"], "ImportEnterpriseRoots": true });
    }
    json!({ "policies": policies })
}

fn written(policy: &Value) -> String {
    serde_json::to_string_pretty(policy).unwrap_or_default()
}

/// The page.
pub fn page(me: Option<&Me>, place: &Place<'_>) -> Markup {
    let frame = Frame {
        title: "For device managers",
        me,
        instance: place.instance,
        here: Here::Guide,
        css: &["css/pages/guide.css"],
        js: &["js/pages/admin.js"],
        notice: None,
        bare: false,
    };
    let main = html! {
        div.page.stack.loose.managers {
            header.stack.tight {
                h1 { "For device managers" }
                p.lede { "Nobody has to press Allow, and no browser warns: what to hand out to the devices of a school or a company." }
                p.soft { "Everything below names this place, " code { (place.origin) } ". Open the page under the address that people use, and it names that one." }
            }
            section.stack.tight aria-labelledby="chromium" {
                h2 #chromium { "Chrome, Edge, Chromium" }
                (copied("chromium-policy", &written(&chromium(place))))
                ul {
                    li { b { "Linux: " } "save it as " code { "/etc/opt/chrome/policies/managed/alongside.json" } " (Chromium: " code { "/etc/chromium/policies/managed" } ", Edge: " code { "/etc/opt/edge/policies/managed" } ")." }
                    li { b { "Windows: " } "the same names are in the group policy templates, or under " code { r"HKLM\Software\Policies\Google\Chrome" } " (Edge: " code { r"Microsoft\Edge" } "), each as a key with the values 1, 2, 3." }
                    li { b { "macOS, ChromeOS, Android: " } "the same names in your device management." }
                }
                p.small.soft {
                    "What has been taken over stands at " code { "chrome://policy" } "."
                    @if place.authority.is_some() { " Older versions don't know CACertificates: there, put the authority among the machine's own." }
                }
            }
            section.stack.tight aria-labelledby="firefox" {
                h2 #firefox { "Firefox" }
                (copied("firefox-policy", &written(&firefox(place))))
                p {
                    "Save it as " code { "policies.json" } " in " code { "distribution" } " beside the program, or in " code { "/etc/firefox/policies" } " on Linux."
                    @if place.authority.is_some() {
                        " The certificate is looked for in " code { "/usr/lib/mozilla/certificates" } ", in " code { r"%USERPROFILE%\AppData\Local\Mozilla\Certificates" } " and in "
                        code { "/Library/Application Support/Mozilla/Certificates" } "."
                    }
                }
            }
            @if place.authority.is_some() {
                section.stack.tight aria-labelledby="authority" {
                    h2 #authority { "The certificate authority" }
                    p { "This machine made one of its own. Handed out once, it holds for ten years; the certificates below it change by themselves." }
                    p { a.button href="/trust/alongside-ca.crt" download="alongside-ca.crt" { (icon("link")) "alongside-ca.crt" } " " a href="/trust" { "In other forms, and for a single device" } }
                    ul {
                        li { b { "Windows: " } "group policy, Public Key Policies, Trusted Root Certification Authorities. Or " code { "certutil -addstore Root alongside-ca.crt" } "." }
                        li { b { "macOS, iPhone, iPad: " } "a profile with the certificate, by your device management: trust is switched on with it." }
                        li { b { "Debian, Ubuntu: " } "into " code { "/usr/local/share/ca-certificates" } ", in PEM, then " code { "update-ca-certificates" } "." }
                        li { b { "Android: " } "by your device management; a certificate that people install themselves is not used by every app." }
                    }
                }
            }
            section.stack.tight aria-labelledby="kiosk" {
                h2 #kiosk { "A desk in the library" }
                p { "A full screen without tabs, where somebody sits down, signs in and works:" }
                (copied("kiosk-chrome", &format!("chrome --kiosk {}", place.origin)))
                (copied("kiosk-edge", &format!("msedge --kiosk {} --edge-kiosk-type=fullscreen", place.origin)))
                (copied("kiosk-firefox", &format!("firefox --kiosk {}", place.origin)))
                p { "On a shared machine let the browser forget at its end (guest or private mode): a login lasts sixty days otherwise. On an iPad, Guided Access holds the page." }
            }
            section.stack.tight aria-labelledby="network" {
                h2 #network { "The network" }
                p { "One port, TCP and UDP, from the devices to this machine; nothing else, and nothing to the internet. Where UDP is closed, calls go over TCP. A proxy that looks into TLS has to leave this place out." }
                p { a href="/check" { "Does everything work from here?" } " tries each way from a device." }
            }
        }
    };
    layout(&frame, main)
}

/// A text to copy.
fn copied(id: &str, text: &str) -> Markup {
    let rows = text.lines().count().max(1);
    html! {
        div.copy-block {
            textarea #(id) readonly rows=(rows) spellcheck="false" aria-label="To copy" { "\n" (text) }
            button.button.small type="button" data-copy={ "#" (id) } { (icon("copy")) span data-word { "Copy" } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policies_name_this_place_and_the_authority_only_where_it_is_our_own() {
        let mut place = Place { instance: "Room", origin: "https://desk.lan:8443", authority: Some("MIIB") };
        assert_eq!(chromium(&place)["VideoCaptureAllowedUrls"], json!(["https://desk.lan:8443"]));
        assert_eq!(chromium(&place)["CACertificates"], json!(["MIIB"]));
        assert_eq!(firefox(&place)["policies"]["Permissions"]["Camera"]["Allow"], json!(["https://desk.lan:8443"]));
        let with = page(None, &place).into_string();
        place.authority = None;
        let without = page(None, &place).into_string();
        assert!(with.contains("/trust/alongside-ca.crt") && !without.contains("/trust") && !without.contains("CACertificates"));
        assert!(without.contains("chrome --kiosk https://desk.lan:8443"));
    }
}
