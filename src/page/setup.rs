//! The setup: the first page anybody sees of an instance. It names the place, says what kind it is, and makes the
//! first admin.
//!
//! It opens only by the one-time link; without it the page explains how to get a fresh one, and gives nothing away.

use super::form::{self, Field};
use super::way_in::{self, Typed};
use super::{Drawing, Frame, Here, drawing, layout, zones};
use crate::domain::member::Pick;
use crate::domain::pins::Pins;
use crate::domain::policy::Kind;
use crate::domain::refusal::Refusal;
use maud::{Markup, html};

/// Whether the setup may be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door<'a> {
    /// The link's token is good.
    Open { token: &'a str },
    /// No link, a used one or an expired one: these are not told apart.
    Shut,
    /// Somebody has set the instance up already.
    Done,
}

/// What was typed; the password is never given back.
#[derive(Clone, Debug, Default)]
pub struct SetupForm {
    pub instance: String,
    /// IANA name; before anything is typed, the machine's own zone.
    pub zone: String,
    pub name: String,
    pub kind: Kind,
    /// From where people come; none where that is fixed outside the pages.
    pub way_in: Option<Typed>,
}

/// The setup page in one of its three states.
pub fn page(door: Door<'_>, form: &SetupForm, refusal: Option<&Refusal>) -> Markup {
    let frame = Frame {
        title: "Set the table",
        me: None,
        instance: "Alongside",
        here: Here::Elsewhere,
        css: &[way_in::CSS, "css/pages/setup.css"],
        js: &["js/pages/zone.js", "js/pages/setup.js"],
        notice: None,
        bare: true,
    };
    layout(
        &frame,
        match door {
            Door::Open { token } => open(token, form, refusal),
            Door::Shut => shut(),
            Door::Done => done(),
        },
    )
}

fn open(token: &str, form: &SetupForm, refusal: Option<&Refusal>) -> Markup {
    html! {
        div.setup {
            header.setup-hello {
                (table())
                h1.setup-title { "Set the table" }
                p.lede { "Two people, two lamps, one table: that is all this place does. Name it and take the first seat." }
                p.soft { "Everything stays on this machine, and all of it can be changed later." }
            }
            details.fold {
                summary { "Bring a backup back instead" }
                form #bring-back.stack method="post" action={ "/setup/restore?t=" (token) } {
                    p { "A house that was elsewhere, or before, comes with its members, bookings and keys. Choose its newest backup." }
                    div.field {
                        label for="backup" { "The backup" }
                        input id="backup" type="file" accept=".gz,.sealed" required;
                    }
                    div.field {
                        label for="unlock" { "Its passphrase, if it is locked" }
                        input id="unlock" type="password" autocomplete="off";
                    }
                    div.row.tight { button.button.primary { "Bring it back" } }
                    output role="status" {}
                    noscript { p.hint { "Without scripts it goes by the terminal: alongside restore FILE." } }
                }
            }
            form.setup-form.stack method="post" action="/setup" data-once {
                (form::refusal(refusal))
                input type="hidden" name="t" value=(token);
                fieldset.part.stack {
                    legend { "Who will sit here?" }
                    p.hint { "It chooses safe first settings and house rules. Whatever you choose, people come in by invite only, and history goes after seven days." }
                    div.kinds { @for kind in Kind::ALL { (kind_card(kind, form.kind)) } }
                }
                fieldset.part.stack {
                    legend { "The place" }
                    (Field::text("instance", "What is it called?", &form.instance)
                        .hint("On every page and in every invite: “The Reading Room”, “Class 10b”.")
                        .refused(refusal, &["instance"]))
                    div.field {
                        label for="zone" { "Which clock does it go by?" }
                        p.hint id="zone-hint" { "Focus hours follow it. Each member sees times on their own clock." }
                        (zones::select("zone", "zone", &form.zone, form.name.is_empty()))
                    }
                }
                @if let Some(typed) = &form.way_in {
                    fieldset.part.stack {
                        legend { "From where do people come?" }
                        (way_in::question(typed, &Pins::default(), refusal))
                    }
                }
                fieldset.part.stack {
                    legend { "You" }
                    p.hint { "The first member, and the one who can change things." }
                    (Field::name("name", "Your name, as others see it", &form.name).refused(refusal, &["name", "name_taken"]))
                    (Field::new_password("password", "Choose a password").refused(refusal, &["password"]))
                }
                button.button.primary.wide { "Open the house" }
            }
        }
    }
}

/// One of the three kinds, as a card that can be chosen; it says which defaults it sets.
fn kind_card(kind: Kind, chosen: Kind) -> Markup {
    let set = kind.defaults();
    let (name, rules) = match kind {
        Kind::Friends => ("Friends", "House rules: short and warm"),
        Kind::Company => ("A company", "House rules: nothing confidential on a screen"),
        Kind::School => ("A school", "House rules: first names only, a teacher to turn to"),
    };
    let invites = if set.members_invite { "Everybody may invite" } else { "Only admins invite" };
    let picks = match set.pick {
        Pick::Everyone => "Anyone may sit down with anyone who waits",
        Pick::Favorites => "Favorites may pick each other",
        Pick::Matcher => "Nobody picks whom to meet; pairs are made",
    };
    let defaults = [invites, picks, rules];
    let (title, hint) = (format!("kind-{}", kind.word()), format!("kind-{}-what", kind.word()));
    html! {
        label.kind {
            input.kind-radio type="radio" name="kind" value=(kind.word()) checked[kind == chosen] aria-labelledby=(title) aria-describedby=(hint);
            (people(kind))
            span.kind-name id=(title) { (name) }
            span.kind-what id=(hint) { @for line in defaults { span { (line) "." } " " } }
        }
    }
}

/// Who sits together, as lamps: two that overlap, a row of desks, one before a class.
fn people(kind: Kind) -> Markup {
    let lamps: &[(u8, u8, u8)] = match kind {
        Kind::Friends => &[(20, 28, 18), (42, 28, 18)],
        Kind::Company => &[(11, 28, 9), (32, 28, 9), (53, 28, 9), (74, 28, 9)],
        Kind::School => &[(37, 12, 8), (9, 42, 7), (28, 42, 7), (47, 42, 7), (66, 42, 7)],
    };
    html! {
        svg.kind-lamps viewBox="0 0 96 56" width="96" height="56" aria-hidden="true" {
            @for (x, y, r) in lamps { circle cx=(x) cy=(y) r=(r) {} }
        }
    }
}

/// The table from above with its two lamps: the house's one picture.
fn table() -> Markup {
    html! {
        svg.setup-table viewBox="38 4 284 232" aria-hidden="true" {
            rect.t-desk x="40" y="52" width="280" height="136" rx="28" {}
            circle.t-glow.t-mine cx="146" cy="120" r="58" {}
            circle.t-glow.t-theirs cx="214" cy="120" r="58" {}
            path.t-both d="M180 73a58 58 0 0 1 0 94a58 58 0 0 1 0-94z" {}
            rect.t-paper x="84" y="100" width="30" height="40" rx="4" transform="rotate(-8 99 120)" {}
            path.t-line d="M92 111l14-2M93 119l14-2M94 127l9-1" {}
            rect.t-paper x="244" y="98" width="40" height="28" rx="4" transform="rotate(6 264 112)" {}
            circle.t-cup cx="264" cy="152" r="10" {}
            circle.t-tea cx="264" cy="152" r="6" {}
            circle.t-person.t-me cx="100" cy="214" r="18" {}
            circle.t-person.t-you cx="260" cy="26" r="18" {}
        }
    }
}

fn shut() -> Markup {
    html! {
        div.setup-card.card.stack {
            (drawing(Drawing::DoorAjar))
            h1 { "This place isn't set up yet" }
            p { "The link that opens the setup works once, for thirty minutes. This one is missing, used or too old." }
            p { "On the machine that runs Alongside, ask for a fresh one and open what it prints:" }
            pre.code tabindex="0" { code { "alongside setup-link" } }
            p.soft { "If the machine isn't yours, its keeper can do that." }
        }
    }
}

fn done() -> Markup {
    html! {
        div.setup-card.card.stack {
            (drawing(Drawing::LitDesk))
            h1 { "The table is set" }
            p { "This place is set up already. If you have a seat here, sign in; if not, ask for an invite." }
            p { a.button.primary href="/login" { "Sign in" } }
            p.soft { "The admin's password is lost? On the machine: " code { "alongside admin recover" } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_open_door_keeps_what_was_typed_but_never_a_password() {
        let form = SetupForm {
            instance: "The \"Room\"".into(),
            zone: "Asia/Kathmandu".into(),
            name: "Ana".into(),
            kind: Kind::School,
            way_in: None,
        };
        let no = Refusal::new("password", "A password has at least 8 characters.");
        let shown = page(Door::Open { token: "tok" }, &form, Some(&no)).into_string();
        assert!(shown.contains("The &quot;Room&quot;") && shown.contains(r#"value="Asia/Kathmandu" selected"#));
        assert!(shown.contains(r#"value="school" checked"#) && shown.contains(r#"name="t" value="tok""#));
        assert!(shown.contains(r#"role="alert""#) && shown.contains("at least 8 characters"));
    }

    #[test]
    fn without_a_link_there_is_no_form_but_a_way_on() {
        let shown = page(Door::Shut, &SetupForm::default(), None).into_string();
        assert!(!shown.contains("<form") && shown.contains("alongside setup-link"));
        let shown = page(Door::Done, &SetupForm::default(), None).into_string();
        assert!(!shown.contains("<form") && shown.contains(r#"href="/login""#));
    }
}
