//! Joining by an invite: the welcome, the house rules, and a form with as few questions as can be.

use super::door::{Width, door};
use super::form::{self, Field};
use super::in_app::{InApp, android_link};
use super::prose::prose;
use super::{Drawing, drawing, icon, zones};
use crate::domain::refusal::Refusal;
use maud::{Markup, html};

/// What the invite's link leads to.
#[derive(Clone, Copy, Debug)]
pub enum Door<'a> {
    Open(Invitation<'a>),
    /// The reader is signed in already, under this name.
    Seated {
        name: &'a str,
    },
    Expired,
    UsedUp,
    /// Taken back by whoever made it, or never made: these are not told apart.
    Gone,
}

/// An invite that is still good.
#[derive(Clone, Copy, Debug)]
pub struct Invitation<'a> {
    pub token: &'a str,
    /// The whole link, to be opened in another browser.
    pub link: &'a str,
    pub inviter: &'a str,
    pub rules: &'a str,
    pub welcome: &'a str,
    /// The page is open inside a chat program.
    pub in_app: Option<InApp>,
}

/// What was typed; the password is never given back.
#[derive(Clone, Debug, Default)]
pub struct JoinForm {
    pub name: String,
    pub email: String,
    /// IANA name; before anything is typed, the instance's own zone.
    pub zone: String,
    pub rules: bool,
}

/// The page behind an invite.
pub fn page(instance: &str, behind: &Door<'_>, form: &JoinForm, refusal: Option<&Refusal>) -> Markup {
    let title = format!("Join {instance}");
    let title = if matches!(behind, Door::Open(_)) { title.as_str() } else { "Invite" };
    let inside = match behind {
        Door::Open(invitation) => open(instance, invitation, form, refusal),
        Door::Seated { name } => seated(name),
        Door::Expired => shut("This invite has run out", "Invites last some days, so that an old link lets nobody in."),
        Door::UsedUp => {
            shut("Every seat of this invite is taken", "Each invite lets a certain number of people in, and that many have come.")
        }
        Door::Gone => shut("This invite isn't good any more", "It was taken back, or a piece of the link got lost on the way."),
    };
    door(instance, title, Width::Wide, &["js/pages/zone.js"], None, inside)
}

fn open(instance: &str, invitation: &Invitation<'_>, form: &JoinForm, refusal: Option<&Refusal>) -> Markup {
    html! {
        @if let Some(in_app) = invitation.in_app { (way_out(in_app, invitation.link)) }
        div.door-split {
            section.door-hello.stack {
                h1.big { (invitation.inviter) " keeps a seat for you" }
                (welcome_and_rules(invitation.welcome, invitation.rules))
            }
            form.card.stack method="post" action={ "/join/" (invitation.token) } data-once aria-labelledby="seat-title" {
                h2 id="seat-title" { "Your seat at " (instance) }
                (form::refusal(refusal))
                (Field::name("name", "Your name", &form.name)
                    .hint("As the others see it. A first name is enough.")
                    .refused(refusal, &["name", "name_taken"]))
                (Field::new_password("password", "Choose a password").refused(refusal, &["password"]))
                (Field::email(&form.email)
                    .hint("You can sign in with it. Other members never see it.")
                    .refused(refusal, &["email"]))
                (seat_foot(&form.zone, form.name.is_empty(), form.rules, refusal))
            }
        }
        p.soft { "You have a seat here already? " a href="/login" { "Sign in" } }
    }
}

/// What the house says to whoever comes, by an invite or with a slip.
pub(super) fn welcome_and_rules(welcome: &str, rules: &str) -> Markup {
    html! {
        @if !welcome.trim().is_empty() { (prose(welcome)) }
        div.card.quiet.stack.tight {
            h2 id="rules-title" { "How we treat each other" }
            (prose(rules))
        }
    }
}

/// The last questions of a form that leads to a seat, and its button; `guess` lets the browser propose its own zone.
pub(super) fn seat_foot(zone: &str, guess: bool, accepted: bool, refusal: Option<&Refusal>) -> Markup {
    html! {
        div.field {
            label for="zone" { "Where your clock is" }
            p.hint id="zone-hint" { "Times are shown on your clock. You can change it later." }
            (zones::select("zone", "zone", zone, guess))
        }
        label.check {
            input type="checkbox" name="rules" value="on" required checked[accepted]
                aria-invalid=[refusal.is_some_and(|r| r.code == "rules").then_some("true")];
            span { "I've read how we treat each other, and I'll keep to it." }
        }
        button.button.primary.wide { "Take my seat" }
        p.small.soft {
            "History goes after seven days, calls are never recorded. "
            a href="/guide#kept" { "What is kept" }
        }
    }
}

/// Out of the chat program's own browser, the invite in the hand.
fn way_out(in_app: InApp, link: &str) -> Markup {
    html! {
        aside.card.glow.stack.tight aria-label="Open in your browser" {
            h2 { "One step first: your own browser" }
            p {
                "This page is open inside " (in_app.program) ". Camera and microphone seldom work there. "
                "Your invite comes along."
            }
            @match android_link(link).filter(|_| in_app.android) {
                Some(intent) => p { a.button.primary href=(intent) { (icon("link")) "Open in my browser" } },
                None => p { "Look for the three dots or the compass, and choose " b { "Open in browser" } ". Or copy the link and paste it there:" },
            }
            div.copy-line {
                input #invite-link readonly aria-label="Your invite link" value=(link);
                button.button type="button" data-copy="#invite-link" { (icon("copy")) span data-word { "Copy" } }
            }
        }
    }
}

fn seated(name: &str) -> Markup {
    html! {
        div.card.empty {
            (drawing(Drawing::LitDesk))
            h1 { "You have a seat here, " (name) }
            p { "An invite is for people who don't. Yours is waiting on the calendar." }
            a.button.primary href="/" { "To the calendar" }
        }
    }
}

fn shut(title: &str, why: &str) -> Markup {
    html! {
        div.card.empty {
            (drawing(Drawing::DoorAjar))
            h1 { (title) }
            p { (why) " Ask whoever sent it for a new one; that takes them a moment." }
            p.soft { "You have a seat here already? " a href="/login" { "Sign in" } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invitation(in_app: Option<InApp>) -> Door<'static> {
        Door::Open(Invitation {
            token: "abc",
            link: "https://desk.example:8443/join/abc",
            inviter: "Mia & Co",
            rules: "- Be <kind>",
            welcome: "",
            in_app,
        })
    }

    fn shown(door: &Door<'_>) -> String {
        page("The Room", door, &JoinForm { zone: "Europe/Lisbon".into(), ..JoinForm::default() }, None).into_string()
    }

    #[test]
    fn the_invite_names_who_sent_it_and_shows_the_rules_escaped() {
        let shown = shown(&invitation(None));
        assert!(shown.contains("Mia &amp; Co keeps a seat for you"));
        assert!(shown.contains("<li>Be &lt;kind&gt;</li>"));
        assert!(shown.contains(r#"action="/join/abc""#) && shown.contains(r#"value="Europe/Lisbon" selected"#));
        assert!(!shown.contains("Open in"));
    }

    #[test]
    fn a_chat_program_s_browser_is_shown_the_way_out_and_the_invite_is_kept() {
        let android = shown(&invitation(Some(InApp { program: "Instagram", android: true })));
        assert!(android.contains("intent://desk.example:8443/join/abc#Intent") && android.contains("inside Instagram"));
        let ios = shown(&invitation(Some(InApp { program: "Line", android: false })));
        assert!(!ios.contains("intent://") && ios.contains(r#"value="https://desk.example:8443/join/abc""#));
    }

    #[test]
    fn an_invite_that_is_over_says_so_and_has_no_form() {
        for door in [Door::Expired, Door::UsedUp, Door::Gone, Door::Seated { name: "Ana" }] {
            let shown = shown(&door);
            assert!(!shown.contains("<form"), "{door:?}");
            assert!(shown.contains(r#"href="/login""#) || shown.contains("To the calendar"));
        }
    }
}
