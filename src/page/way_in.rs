//! From where people come: the one question of the setup, and the admin's page that asks it again and says how it stands.

use super::admin::{Tab, admin_page_with};
use super::admin_doctor;
use super::form::{self, Field};
use super::{Notice, icon, words};
use crate::domain::health::Report;
use crate::domain::lan_name::LanName;
use crate::domain::pins::Pins;
use crate::domain::refusal::Refusal;
use crate::domain::view::Me;
use crate::domain::way_in::{Choice, Mapping, NO_WAY_FIX, Opening, Proof, Standing, is_public, no_way_by};
use maud::{Markup, html};

/// The style of the question, wherever it is asked.
pub const CSS: &str = "css/pages/way_in.css";

/// What was typed, as it was typed.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    pub opening: Option<Opening>,
    pub name: String,
    pub contact: String,
    pub maps: bool,
}

impl Typed {
    /// The form as it stands before anything is typed.
    pub fn of(choice: &Choice) -> Self {
        Self {
            opening: Some(choice.opening),
            name: choice.name.clone().unwrap_or_default(),
            contact: choice.contact.clone().unwrap_or_default(),
            maps: choice.maps,
        }
    }
}

/// What was found when the way was looked at.
#[derive(Clone, Copy, Debug, Default)]
pub struct Look<'a> {
    pub report: Option<&'a Report>,
    /// Somebody looks at this moment.
    pub busy: bool,
    /// Something is under way: the page asks again by itself.
    pub pending: bool,
}

/// The question: two answers, and what the second one needs.
pub fn question(typed: &Typed, pins: &Pins, refusal: Option<&Refusal>) -> Markup {
    let chosen = typed.opening.unwrap_or_default();
    html! {
        div.ways {
            @for opening in Opening::ALL { (answer(opening, opening == chosen)) }
            div.way-more.stack {
                (Field::text("host", "By which name?", &typed.name)
                    .optional()
                    .hint("A name of the internet that leads to this house, such as desk.example.org. Left empty, it is the public address, if the machine has one.")
                    .refused(refusal, &["way_in_name"]))
                @if pins.acme_contact.is_none() {
                    (Field::email_named("contact", "Your e-mail, if you like", &typed.contact)
                        .hint("Let's Encrypt, who vouches for the name, writes to it when something about the certificate changes.")
                        .refused(refusal, &["way_in_contact"]))
                }
                @if pins.map_port.is_none() {
                    label.check {
                        input type="checkbox" name="maps" value="on" checked[typed.maps];
                        span { "Ask the router to let them through, for as long as this server runs (PCP, NAT-PMP or UPnP)." }
                    }
                }
                p.hint { "A certificate for it is got and renewed by itself; with it you agree to that authority's terms. Until it comes, this machine's own stands in." }
            }
        }
    }
}

fn answer(opening: Opening, chosen: bool) -> Markup {
    let (name, says) = match opening {
        Opening::House => (
            "In this house",
            "Everybody is in this network: at home, at school, in the office. Nothing in the router changes. Each device is shown once whom to trust.",
        ),
        Opening::Anywhere => (
            "From anywhere",
            "People come in over the internet. It takes a name or a public address, and a router that lets them through. No device needs a step.",
        ),
    };
    let (title, hint) = (format!("way-{}", opening.word()), format!("way-{}-what", opening.word()));
    html! {
        label.way {
            input.way-radio type="radio" name="opening" value=(opening.word()) checked[chosen] aria-labelledby=(title) aria-describedby=(hint);
            (picture(opening))
            span.way-name id=(title) { (name) }
            span.way-what id=(hint) { (says) }
        }
    }
}

/// Two lamps under one roof; or one there, and the other far off, round the bend of the world.
fn picture(opening: Opening) -> Markup {
    html! {
        svg.way-picture viewBox="0 0 120 64" width="120" height="64" aria-hidden="true" {
            @match opening {
                Opening::House => {
                    path.roof d="M22 60V30L60 8l38 22v30z" {}
                    circle.lamp cx="48" cy="42" r="10" {}
                    circle.lamp cx="72" cy="42" r="10" {}
                }
                Opening::Anywhere => {
                    path.far d="M8 60c26-20 78-20 104 0" {}
                    path.far d="M34 40C46 14 80 12 96 30" stroke-dasharray="3 6" {}
                    path.roof d="M10 56V36l18-12 18 12v20z" {}
                    circle.lamp cx="28" cy="44" r="7" {}
                    circle.lamp cx="100" cy="38" r="7" {}
                }
            }
        }
    }
}

/// The admin's page.
pub fn page(
    me: &Me,
    standing: &Standing,
    typed: &Typed,
    pins: &Pins,
    look: &Look<'_>,
    refusal: Option<&Refusal>,
    notice: Option<&Notice>,
) -> Markup {
    let inside = html! {
        div.stack.tight {
            h1 { "Way in" }
            p.lede { "From where people come to this house, and how that stands." }
        }
        (state(me, standing, pins, look))
        (by_name(&standing.lan_name, pins))
        @if let Some(pin) = &pins.acme_names {
            (fixed("From anywhere, by the name", &pin.value.join(", "), &pin.place))
        } @else if let Some(pin) = &pins.vouched_elsewhere {
            (fixed("Who vouches for it", pin.value, &pin.place))
        } @else {
            form.card.stack method="post" action="/admin/way-in" data-once aria-labelledby="way-title" {
                h2 #way-title { "From where do people come?" }
                (form::refusal(refusal))
                (question(typed, pins, refusal))
                @if let Some(pin) = &pins.acme_contact { p.hint { "The authority writes to " (pin.value) ", fixed by " (pin.place) "." } }
                div.keep { button.button.primary { "Keep" } }
            }
        }
    };
    admin_page_with(me, Tab::WayIn, "Way in", notice, (&[CSS], &["js/pages/way_in.js"]), inside)
}

/// How it stands; the script fetches it anew while something is under way.
pub fn state(me: &Me, standing: &Standing, pins: &Pins, look: &Look<'_>) -> Markup {
    html! {
        div #way-state.stack.loose data-pending[look.pending] {
            @match standing.choice.opening {
                Opening::House => (house(standing)),
                Opening::Anywhere => (anywhere(me, standing, pins, look)),
            }
        }
    }
}

fn house(standing: &Standing) -> Markup {
    html! {
        section.card.stack.tight aria-labelledby="stands-title" {
            h2 #stands-title { "In this house" }
            (addresses(&standing.addresses))
            p.row.tight { a.button href="/trust" { (icon("shield")) span { "Let a device trust this place" } } }
        }
    }
}

/// The machine's name in its own network, and the switch for it.
fn by_name(name: &LanName, pins: &Pins) -> Markup {
    let (state, title, said) = match name {
        LanName::Answers { name } => (
            "good",
            format!("Found as {name}"),
            "This server answers to the machine's name (mDNS), in private networks only. Most devices find it by that."
                .to_owned(),
        ),
        LanName::Instead { wanted, name } => (
            "slow",
            format!("Found as {name}"),
            format!(
                "Another machine in this network is called {wanted}. Give this one a name of its own, and it is found by that."
            ),
        ),
        LanName::System { name } => (
            "good",
            format!("Found as {name}"),
            "This machine's own name service answers to it, so this server keeps quiet.".to_owned(),
        ),
        LanName::Asking { name } => ("looking", format!("Asking who is called {name}"), "That takes some seconds.".to_owned()),
        LanName::Unable { name, why } => {
            ("slow", format!("Nobody finds it as {name}"), format!("The system says: {why}. Addresses work as ever."))
        }
        LanName::None => (
            "unseen",
            "No name to be found by".to_owned(),
            "The machine has no name that people could say, or is in no private network. People come by address.".to_owned(),
        ),
        LanName::Off => (
            "unseen",
            "It answers to no name".to_owned(),
            "In this network people come by address. Where the machine's name is answered to, it is easier to say.".to_owned(),
        ),
    };
    let answers = *name != LanName::Off;
    html! {
        section.card.stack.tight aria-labelledby="name-title" {
            h2 #name-title { "By name, in this network" }
            ul.health.bare {
                li #lan-name data-state=(state) {
                    (admin_doctor::mark())
                    div.health-text { h3 { (title) } p.said { (said) } }
                }
            }
            @if let Some(pin) = &pins.lan_name {
                p.hint { "Fixed by " (pin.place) ". Change it there, then start the server again." }
            } @else {
                form method="post" action="/admin/way-in/name" data-once {
                    @if answers { button.button.small.quiet { "Answer to no name" } }
                    @else { button.button.small name="answers" value="on" { "Answer to the machine's name" } }
                }
            }
        }
    }
}

/// What others type, to be read out across a room.
pub fn addresses(all: &[String]) -> Markup {
    html! {
        @if all.is_empty() {
            p { "This machine is in no network at the moment, so nobody else can come." }
        } @else {
            p { "Others in this network type" }
            ul.typed { @for address in all { li { code { (address) } } } }
        }
    }
}

fn anywhere(me: &Me, standing: &Standing, pins: &Pins, look: &Look<'_>) -> Markup {
    html! {
        section.card.stack.tight aria-labelledby="stands-title" {
            h2 #stands-title {
                @match &standing.name {
                    Some(name) => { "From anywhere, by " (name) }
                    None => "From anywhere",
                }
            }
            ul.health.bare {
                (proof(me, standing, pins))
                @if let Some(mapping) = &standing.mapping { (router(mapping)) }
            }
            details.fold { summary { "From inside the house" } (addresses(&standing.addresses)) }
        }
        section.stack.tight aria-labelledby="seen-title" {
            div.row.between {
                h2 #seen-title { "What can be seen from inside" }
                form method="post" action="/admin/way-in/look" data-once {
                    @if matches!(standing.proof, Some(Proof::Refused { may_ask: true, .. })) {
                        button.button.small name="ask" value="on" { "Ask the authority again" } " "
                    }
                    button.button.small.quiet { @if look.report.is_some() { "Look again" } @else { "Look" } }
                }
            }
            @match look.report {
                _ if look.busy => p.soft { "It is looked at. That takes some seconds." },
                Some(report) => ul.health.card { @for finding in &report.findings { (admin_doctor::line(finding)) } },
                None => p.soft { "Where the name leads, whether it leads back here, and what stands in between. Nobody outside is asked but the authority." },
            }
        }
    }
}

fn proof(me: &Me, standing: &Standing, pins: &Pins) -> Markup {
    let own = "Until then this machine's own certificate stands in, and browsers warn once.";
    let (state, title, said) = match (&standing.proof, &standing.name) {
        (Some(Proof::Held { issuer }), Some(name)) => (
            "good",
            "It is open".to_owned(),
            format!("{issuer} came in by {name} and vouches for it: browsers everywhere open it without a warning."),
        ),
        (Some(Proof::Asking), _) => (
            "looking",
            "The authority is being asked".to_owned(),
            format!("It comes to look by itself, which takes up to two minutes. {own}"),
        ),
        (Some(Proof::Refused { why, again_at, .. }), _) => (
            "slow",
            "No certificate came yet".to_owned(),
            format!("What came of it: {why} It is asked again at {}. {own}", words::clock(me.zone.wall(*again_at))),
        ),
        (None, Some(_)) if pins.vouched_elsewhere.is_some() => (
            "unseen",
            "Somebody else vouches for it".to_owned(),
            "A certificate from files or a proxy in front; this house asks no authority.".to_owned(),
        ),
        _ => (
            "slow",
            "There is no name yet".to_owned(),
            "This machine has no public address of its own that could stand in for one. Type a name below.".to_owned(),
        ),
    };
    html! {
        li #proof data-state=(state) {
            (admin_doctor::mark())
            div.health-text role="status" { h3 { (title) } p.said { (said) } }
        }
    }
}

/// What the router does.
fn router(mapping: &Mapping) -> Markup {
    let (state, title, said) = match mapping {
        Mapping::Asking => ("looking", "The router is being asked", "That takes some seconds.".to_owned()),
        Mapping::Refused { why } => ("slow", "The router lets nobody through", why.clone()),
        Mapping::Held { by, outside, port, web } if is_public(*outside) => {
            let also = if *web && *port != 443 { ", and TCP 443," } else { "" };
            (
                "good",
                "The router lets people through",
                format!(
                    "By {by}: TCP and UDP {port}{also} of {outside} lead to this machine. It is asked again by itself, and left alone when the server ends."
                ),
            )
        }
        Mapping::Held { outside, .. } => (
            "slow",
            "The router lets people through, and the internet doesn't lead to it",
            format!("{} {NO_WAY_FIX}.", no_way_by(*outside).unwrap_or_default()),
        ),
    };
    html! {
        li #router data-state=(state) {
            (admin_doctor::mark())
            div.health-text role="status" { h3 { (title) } p.said { (said) } }
        }
    }
}

/// What this page only shows: it is fixed where the server runs.
fn fixed(label: &str, value: &str, place: &str) -> Markup {
    html! {
        section.card.stack.tight {
            h2 { (label) }
            p { strong { (value) } }
            p.hint { "Fixed by " (place) ". Change it there, then start the server again." }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::health::Check;
    use crate::domain::id::MemberId;
    use crate::domain::member::Role;
    use crate::domain::pins::Pinned;
    use crate::domain::time::{Timestamp, Zone};

    fn shown(standing: &Standing, pins: &Pins, look: &Look<'_>) -> String {
        let me = Me { id: MemberId(1), name: "Ana".into(), role: Role::Admin, zone: Zone::utc(), instance: "Room".into() };
        page(&me, standing, &Typed::of(&standing.choice), pins, look, None, None).into_string()
    }

    fn anywhere(proof: Option<Proof>) -> Standing {
        let choice = Choice { opening: Opening::Anywhere, name: Some("desk.example.org".to_owned()), ..Choice::default() };
        Standing {
            name: choice.name.clone(),
            choice,
            proof,
            mapping: None,
            addresses: vec!["https://192.168.1.5:8443".to_owned()],
            lan_name: LanName::default(),
        }
    }

    #[test]
    fn the_name_in_the_house_is_told_with_who_answers_to_it_and_its_switch() {
        let (desk, next) = ("desk.local".to_owned(), "desk-2.local".to_owned());
        for (lan_name, sign, words, switch) in [
            (LanName::Answers { name: desk.clone() }, "good", "Found as desk.local", "Answer to no name"),
            (LanName::System { name: desk.clone() }, "good", "keeps quiet", "Answer to no name"),
            (LanName::Instead { wanted: desk.clone(), name: next }, "slow", "Found as desk-2.local", "Answer to no name"),
            (LanName::Unable { name: desk, why: "no".into() }, "slow", "Nobody finds it as desk.local", "Answer to no name"),
            (LanName::Off, "unseen", "come by address", "Answer to the machine&#39;s name"),
        ] {
            let standing = Standing { lan_name, ..Standing::default() };
            let shown = shown(&standing, &Pins::default(), &Look::default());
            assert!(shown.contains(&format!(r#"id="lan-name" data-state="{sign}""#)) && shown.contains(words), "{shown}");
            assert!(shown.contains(switch) || shown.contains(&switch.replace("&#39;", "'")), "{shown}");
        }
        let place = "/etc/alongside/alongside.toml".to_owned();
        let pins = Pins { lan_name: Some(Pinned { value: false, place }), ..Pins::default() };
        let fixed = shown(&Standing::default(), &pins, &Look::default());
        assert!(!fixed.contains("/admin/way-in/name") && fixed.contains("Fixed by /etc/alongside/alongside.toml"));
    }

    #[test]
    fn each_state_of_the_proof_is_said_with_its_sign() {
        let refused = Proof::Refused { why: "Nobody answered.".to_owned(), again_at: Timestamp(43_200), may_ask: true };
        for (proof, sign, words) in [
            (Some(Proof::Held { issuer: "An authority".to_owned() }), "good", "An authority came in by desk.example.org"),
            (Some(Proof::Asking), "looking", "own certificate stands in"),
            (Some(refused), "slow", "Nobody answered. It is asked again at 12:00"),
        ] {
            let shown = shown(&anywhere(proof), &Pins::default(), &Look::default());
            assert!(shown.contains(&format!(r#"id="proof" data-state="{sign}""#)) && shown.contains(words), "{sign}: {shown}");
        }
        let nameless = Standing { name: None, ..anywhere(None) };
        assert!(shown(&nameless, &Pins::default(), &Look::default()).contains("There is no name yet"));
    }

    #[test]
    fn what_was_found_is_told_as_the_doctor_tells_it_and_the_page_waits_while_something_is_under_way() {
        const BACK: Check = Check::new("way_in.back", "Round and back");
        let report = Report { at: Timestamp(0), version: "1", findings: vec![BACK.warn("Nothing came.", "Forward <it>")] };
        let found =
            shown(&anywhere(Some(Proof::Asking)), &Pins::default(), &Look { report: Some(&report), busy: false, pending: true });
        assert!(found.contains("Nothing came.") && found.contains("Forward &lt;it&gt;") && found.contains("data-pending"));
        let house = shown(
            &Standing { addresses: vec!["https://10.0.0.7".into()], ..Standing::default() },
            &Pins::default(),
            &Look::default(),
        );
        assert!(house.contains("https://10.0.0.7") && house.contains(r#"href="/trust""#) && !house.contains("data-pending"));
    }

    #[test]
    fn what_the_router_does_is_told_and_a_carriers_address_is_no_success() {
        let held = |outside: &str| Mapping::Held {
            by: "PCP".to_owned(),
            outside: outside.parse().expect("an address"),
            port: 8443,
            web: true,
        };
        let refused = Mapping::Refused { why: "It says no.".to_owned() };
        for (mapping, sign, words) in [
            (held("203.0.114.2"), "good", "TCP and UDP 8443, and TCP 443, of 203.0.114.2"),
            (held("100.70.0.1"), "slow", "provider"),
            (refused, "slow", "It says no."),
        ] {
            let shown = shown(&Standing { mapping: Some(mapping), ..anywhere(None) }, &Pins::default(), &Look::default());
            assert!(shown.contains(&format!(r#"id="router" data-state="{sign}""#)) && shown.contains(words), "{sign}: {shown}");
        }
    }

    #[test]
    fn what_is_fixed_elsewhere_is_not_asked() {
        let place = "/etc/alongside/alongside.toml".to_owned();
        let pins =
            Pins { acme_names: Some(Pinned { value: vec!["desk.example.org".into()], place: place.clone() }), ..Pins::default() };
        let fixed = shown(&anywhere(None), &pins, &Look::default());
        assert!(!fixed.contains(r#"name="opening""#) && fixed.contains("Fixed by /etc/alongside/alongside.toml"));
        let behind = Pins { vouched_elsewhere: Some(Pinned { value: "a proxy in front", place }), ..Pins::default() };
        assert!(shown(&anywhere(None), &behind, &Look::default()).contains("a proxy in front"));
    }
}
