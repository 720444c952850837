//! How a device comes to trust this place: the house's own authority as files, its fingerprint, and what to press on each system.
//!
//! The visitor's own system comes first; the others stand behind "Another device". Whether it is done already is found out by the
//! page's script, which asks the browser and nobody else.

mod steps;

pub use steps::System;

use super::admin_doctor::mark;
use super::{Frame, Here, Notice, brand, icon, layout, way_in};
use crate::domain::view::Me;
use maud::{Markup, html};

/// Where the files are.
pub const DER: &str = "/trust/alongside-ca.crt";
pub const PEM: &str = "/trust/alongside-ca.pem";
pub const PROFILE: &str = "/trust/alongside.mobileconfig";
/// The page's own address as a picture.
pub const QR: &str = "/trust/qr.svg";

/// Which certificate the visitor's browser was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// One of the house's own authority, which holds for this address.
    Own,
    /// One that does not hold for this address, whoever vouches for it: no step ends the warning here.
    Beyond,
    /// One of somebody whom browsers know.
    Known,
    /// That of a proxy in front.
    Proxys,
}

impl Shown {
    /// What the sign says where nothing is to be found out; else the script asks the browser.
    fn settled(self) -> Option<(&'static str, &'static str, &'static str)> {
        match self {
            Self::Own => None,
            Self::Known => Some(("good", "Nothing to do", "The certificate here comes from somebody whom browsers know.")),
            Self::Proxys => Some(("good", "Nothing to do", "What stands in front of this place vouches for it by this address.")),
            Self::Beyond => Some((
                "slow",
                "Not by this address",
                "The certificate isn't made for it, so browsers warn here, whomever they trust.",
            )),
        }
    }
}

/// What the page tells.
#[derive(Clone, Debug)]
pub struct Trust<'a> {
    pub instance: &'a str,
    /// What the authority is called in a device's list.
    pub authority: &'a str,
    /// SHA-256, as devices write it.
    pub fingerprint: &'a str,
    /// Whether the authority may vouch for private places and configured names only.
    pub constrained: bool,
    /// What this address shows.
    pub shown: Shown,
    /// The address, without its port.
    pub host: &'a str,
    /// Somebody outside the house could come by it, and an authority that every browser knows could vouch for it.
    pub outside: bool,
    /// A certificate from elsewhere takes the place of the house's own authority everywhere: nobody needs to trust that.
    pub idle: bool,
    /// The address of this page.
    pub link: &'a str,
    /// What others in the house's own network type, for members.
    pub addresses: &'a [String],
    /// The house was set up a moment ago.
    pub first: bool,
    pub system: System,
    pub firefox: bool,
}

/// The page, for everybody.
pub fn page(me: Option<&Me>, trust: &Trust<'_>) -> Markup {
    let set = trust.first.then(|| Notice::good("The table is set. One thing is left: let each device trust it."));
    let frame = Frame {
        title: "Trust this place",
        me,
        instance: trust.instance,
        here: Here::Elsewhere,
        css: &["css/pages/health.css", "css/pages/trust.css", way_in::CSS],
        js: &["js/pages/trust.js"],
        notice: set.as_ref(),
        bare: me.is_none(),
    };
    let main = html! {
        div #trust.page.stack.loose {
            @if me.is_none() { (brand(trust.instance)) }
            header.trust-head {
                div.stack.tight {
                    h1 { "Let this device trust this place" }
                    p.lede { (lede(trust)) }
                }
                (state(trust))
            }
            div.trust-body {
                div.stack {
                    (word_before(trust))
                    @if !trust.idle { (own_steps(trust)) (other_devices(trust)) }
                    @if !trust.addresses.is_empty() { (others(trust)) }
                    @if !trust.idle { (what_for(trust)) }
                }
                div.stack {
                    @if !trust.idle { (compare(trust)) }
                    (elsewhere(trust))
                }
            }
        }
    };
    layout(&frame, main)
}

fn lede(trust: &Trust<'_>) -> &'static str {
    match trust.shown {
        _ if trust.idle => "It runs on somebody's own machine, with a certificate that comes from elsewhere.",
        Shown::Known | Shown::Proxys => "It runs on somebody's own machine. By this address browsers know who vouches for it.",
        Shown::Own | Shown::Beyond => {
            "It runs on somebody's own machine, which made its certificate itself. Browsers don't know it until you introduce it, once for each \
             device."
        }
    }
}

/// The sign that turns green; the script writes into it.
fn state(trust: &Trust<'_>) -> Markup {
    // Who vouches for a certificate from elsewhere may be a company's own authority: the browser is asked.
    let settled = trust.shown.settled().filter(|_| !(trust.idle && trust.shown == Shown::Known));
    let open = (
        "waiting",
        "Is it trusted already?",
        "This page looks by itself when scripts are on. Without them: reload; no warning means yes.",
    );
    let (state, title, said) = settled.unwrap_or(open);
    html! {
        ul.health.card.trust-state {
            li #trust-state data-state=(state) data-settled[settled.is_some()] {
                (mark())
                div.health-text role="status" {
                    h2 #trust-title { (title) }
                    p.said #trust-said { (said) }
                }
            }
        }
    }
}

/// What is to be known before the steps.
fn word_before(trust: &Trust<'_>) -> Markup {
    html! {
        @match trust.shown {
            Shown::Own => {}
            _ if trust.idle => p.notice {
                (icon("shield"))
                span {
                    @if trust.shown == Shown::Beyond {
                        "Open this place by a name that its certificate is made for; its keeper knows it."
                    } @else {
                        "A device that warns doesn't know who vouches for it. Whoever keeps this place can say how it comes to."
                    }
                }
            }
            Shown::Known | Shown::Proxys => p.notice.good {
                (icon("check"))
                span { "By this address no step is needed. The house's own authority, below, is for its other addresses, inside its own network." }
            }
            Shown::Beyond => p.notice {
                (icon("shield"))
                span {
                    "The steps below help at this place's other addresses: those of its own network, and the names it was given. "
                    @if trust.outside {
                        "For " b { (trust.host) } " its keeper can get a certificate that every browser knows: Admin, Way in, “From anywhere”."
                    } @else {
                        "Its keeper can have " b { (trust.host) } " among them: " code { "names" } " in the configuration."
                    }
                }
            }
        }
    }
}

fn own_steps(trust: &Trust<'_>) -> Markup {
    let both = trust.firefox && trust.system.firefox_keeps_its_own();
    html! {
        section #here.card.stack aria-labelledby="here-title" {
            h2 #here-title { "On this " (trust.system.device()) }
            @if both {
                p.soft { "Firefox keeps its own list here, so these steps are Firefox's." }
                (steps::firefox(trust.authority))
            } @else {
                (steps::of(trust.system, trust.authority))
            }
            @if trust.system == System::Mac { p.small.soft { "On an iPad? Its steps are behind “Another device”." } }
            (turns_green(trust.shown))
        }
        @if trust.system == System::Mac {
            // An iPad says that it is a Mac; the script tells them apart, since no Mac is touched.
            section #here-touch.card.stack aria-labelledby="touch-title" hidden {
                h2 #touch-title { "On this iPad" }
                (steps::of(System::Apple, trust.authority))
                (turns_green(trust.shown))
            }
        }
    }
}

fn turns_green(shown: Shown) -> Markup {
    html! { @if shown == Shown::Own { p.small.soft { "Then come back to this page: the sign above turns green." } } }
}

fn other_devices(trust: &Trust<'_>) -> Markup {
    let firefox_first = trust.firefox && trust.system.firefox_keeps_its_own();
    html! {
        details.fold {
            summary { "Another device" }
            div.stack {
                p { "Open this page there: type the address, or hold its camera before the picture on this page." }
                @for system in System::ALL.into_iter().filter(|system| firefox_first || *system != trust.system) {
                    section.card.stack.tight { h3 { (system.name()) } (steps::of(system, trust.authority)) }
                }
                @if !firefox_first {
                    section.card.stack.tight { h3 { "Firefox with its own list" } (steps::firefox(trust.authority)) }
                }
            }
        }
    }
}

/// What a member tells those who sit around.
fn others(trust: &Trust<'_>) -> Markup {
    html! {
        section.card.stack.tight aria-labelledby="others-title" {
            h2 #others-title { "On the others' devices" }
            (way_in::addresses(trust.addresses))
            p.small.soft { "With " code { "/trust" } " behind it they find these steps." }
            @if trust.first { p.row.tight { a.button.primary href="/" { "To the calendar" } a.button href="/admin/invites" { "Invite people" } } }
        }
    }
}

fn compare(trust: &Trust<'_>) -> Markup {
    html! {
        section.card.stack.tight aria-labelledby="compare-title" {
            h2 #compare-title { "Compare first" }
            p { "The device shows who it is about to trust. It must be " b { (trust.authority) } ", with this SHA-256 fingerprint:" }
            p { code.fingerprint { (groups(trust.fingerprint)) } }
            p.small.soft { "The machine's own screen printed the same one when it started. If they differ, somebody sits in between: don't go on." }
            div.row.tight {
                a.button.small href=(DER) download { (icon("download")) span { "Certificate (.crt)" } }
                a.button.small.quiet href=(PEM) download { "As text (.pem)" }
                a.button.small.quiet href=(PROFILE) { "For Apple (.mobileconfig)" }
            }
        }
    }
}

/// The fingerprint in lines that eyes can hold: eight pairs each.
fn groups(fingerprint: &str) -> Markup {
    let pairs: Vec<&str> = fingerprint.split(':').collect();
    html! { @for line in pairs.chunks(8) { span { (line.join(":")) } " " } }
}

fn what_for(trust: &Trust<'_>) -> Markup {
    html! {
        section.card.stack.tight aria-labelledby="why-title" {
            h2 #why-title { "What it is for" }
            ul {
                li { "No more warnings, also when the certificate is renewed each month." }
                li { "Calls by TURN over TLS, for networks that let only web pages through. A warning clicked away doesn't cover them." }
                li { "On iPhone, iPad and Safari: the live line of sessions." }
            }
            @if trust.constrained {
                p.small.soft {
                    "It can vouch for addresses inside private networks and for this place's own names, for nothing else. Even with its key stolen nobody could pose as your bank."
                }
            } @else {
                p.small.soft {
                    "This authority comes from before such things were limited: whoever had its key could pose as any site to devices that trust it. The keeper can make a narrower one."
                }
            }
        }
    }
}

fn elsewhere(trust: &Trust<'_>) -> Markup {
    html! {
        section.card.stack.tight.trust-qr aria-labelledby="qr-title" {
            h2 #qr-title { "This page, on a phone" }
            img src=(QR) width="180" height="180" alt="The address of this page, for a phone's camera";
            p.small { code { (trust.link) } }
        }
    }
}

/// The same in few words for plain HTTP, where no browser warns and nothing of the house is shown: only the way to its certificate.
pub fn plain(authority: &str, fingerprint: &str) -> Markup {
    html! {
        (maud::DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Trust this place" }
            }
            body {
                h1 { "Let this device trust this place" }
                p { "This line isn't encrypted, so somebody in between could hand you another certificate. Compare before you trust it." }
                ol {
                    li { a href=(DER) { "The certificate" } " (Windows, macOS, Linux, Android), " a href=(PEM) { "as text" } ", or " a href=(PROFILE) { "for iPhone and iPad" } "." }
                    li { "It must be " b { (authority) } " with the SHA-256 fingerprint " code { (fingerprint) } ", as the machine's own screen printed it." }
                    li { "Then open this page again with https:// before the address. There are the steps for each device." }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(agent: &str, shown: Shown) -> String {
        page_of(agent, shown, false)
    }

    fn page_of(agent: &str, shown: Shown, idle: bool) -> String {
        let trust = Trust {
            instance: "The <Room>",
            authority: "Alongside CA 1a2b3c",
            fingerprint: "AA:BB",
            constrained: true,
            shown,
            host: "box.local",
            outside: false,
            idle,
            link: "https://box.local:8443/trust",
            addresses: &[],
            first: false,
            system: System::of(agent),
            firefox: agent.contains("Firefox/"),
        };
        page(None, &trust).into_string()
    }

    #[test]
    fn the_visitors_own_system_comes_first_and_every_other_is_there() {
        let shown =
            shown("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1", Shown::Own);
        let (first, rest) = shown.split_once("Another device").expect("both");
        assert!(first.contains("On this iPhone or iPad") && first.contains("Certificate Trust Settings"));
        for system in ["Windows", "Mac", "Linux", "Chromebook", "Android"] {
            assert!(rest.contains(&format!("<h3>{system}")), "{system}");
        }
        assert!(shown.contains("The &lt;Room&gt;") && shown.contains("Alongside CA 1a2b3c") && shown.contains("AA:BB"));
    }

    #[test]
    fn firefox_is_told_of_its_own_list_only_where_it_has_one() {
        let agent = |system: &str| format!("Mozilla/5.0 ({system}; rv:140.0) Gecko/20100101 Firefox/140.0");
        let first = |agent: &str| shown(agent, Shown::Own).split_once("Another device").expect("both").0.to_owned();
        assert!(first(&agent("X11; Linux x86_64")).contains("View Certificates"));
        assert!(!first(&agent("Windows NT 10.0; Win64; x64")).contains("View Certificates"));
    }

    #[test]
    fn who_comes_by_a_known_certificate_has_nothing_to_do() {
        for settled in [Shown::Known, Shown::Proxys] {
            let page = shown("", settled);
            assert!(page.contains("Nothing to do") && page.contains(r#"data-state="good" data-settled"#), "{settled:?}");
            assert!(!page.contains("turns green"), "{settled:?}");
        }
    }

    #[test]
    fn where_no_step_ends_the_warning_nobody_is_promised_that_it_does() {
        let page = shown("", Shown::Beyond);
        assert!(page.contains("Not by this address") && page.contains(r#"data-state="slow" data-settled"#));
        assert!(page.contains("<b>box.local</b> among them") && !page.contains("turns green"));
    }

    #[test]
    fn with_a_certificate_from_elsewhere_nobody_is_led_to_trust_the_houses_own() {
        for state in [Shown::Known, Shown::Beyond, Shown::Proxys] {
            let page = page_of("", state, true);
            assert!(!page.contains("alongside-ca.crt") && !page.contains("Alongside CA 1a2b3c"), "{state:?}");
            assert_eq!(page.contains("data-settled"), state != Shown::Known, "a company's own authority: the browser is asked");
        }
        assert!(page_of("", Shown::Beyond, true).contains("by a name that its certificate is made for"));
    }

    #[test]
    fn an_ipad_that_says_it_is_a_mac_finds_its_steps() {
        let page = shown("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.0 Safari/605.1.15", Shown::Own);
        let (_, touched) = page.split_once(r#"id="here-touch""#).expect("both");
        let (touched, _) = touched.split_once("Another device").expect("the others");
        assert!(touched.contains("hidden") && touched.contains("Certificate Trust Settings"));
        assert!(!shown("Mozilla/5.0 (Windows NT 10.0; Win64; x64)", Shown::Own).contains("here-touch"));
    }

    #[test]
    fn the_plain_page_asks_for_nothing_else() {
        let shown = plain("Alongside CA 1a2b3c", "AA:BB").into_string();
        assert!(shown.contains(DER) && !shown.contains("<link") && !shown.contains("<script") && !shown.contains("style="));
    }
}
