//! The door behind a slip's code: the code is typed, and then there is a welcome with a password to choose.

use super::door::{Width, door};
use super::form::{self, Field};
use super::join::{seat_foot, welcome_and_rules};
use crate::domain::refusal::Refusal;
use crate::domain::view::House;
use maud::{Markup, html};

/// A slip that is good.
#[derive(Clone, Copy, Debug)]
pub struct Welcome<'a> {
    pub code: &'a str,
    pub name: &'a str,
    pub house: &'a House,
    pub zone: &'a str,
    pub accepted: bool,
}

/// Asks a browser for its zone, so that a seat has it.
const JS: &[&str] = &["js/pages/zone.js"];

/// Where the code is typed.
pub fn asked(instance: &str, typed: Option<&str>, refusal: Option<&Refusal>) -> Markup {
    let inside = html! {
        form.card.stack method="post" action="/slip" data-once {
            h1 { "You have a slip" }
            (form::refusal(refusal))
            (Field::text("code", "The code on it", typed.unwrap_or_default())
                .hint("Twelve letters and figures. Capitals, blanks and hyphens don't matter.")
                .complete("one-time-code")
                .refused(refusal, &["slip"]))
            button.button.primary.wide { "Go on" }
        }
        p.soft { "You have been here before? " a href="/login" { "Sign in" } }
    };
    door(instance, "Your slip", Width::Narrow, JS, None, inside)
}

/// The welcome: a password, the rules, and a seat.
pub fn welcome(instance: &str, slip: &Welcome<'_>, refusal: Option<&Refusal>) -> Markup {
    let inside = html! {
        div.door-split {
            section.door-hello.stack {
                h1.big { "A seat is kept for you, " (slip.name) }
                (welcome_and_rules(&slip.house.welcome, &slip.house.rules))
            }
            form.card.stack method="post" action={ "/slip/" (slip.code) } data-once aria-labelledby="seat-title" {
                h2 id="seat-title" { "Your seat at " (instance) }
                (form::refusal(refusal))
                p.small.soft { "You sign in as " b { (slip.name) } " from now on." }
                div.visually-hidden aria-hidden="true" { input type="text" name="who" value=(slip.name) autocomplete="username" readonly tabindex="-1"; }
                (Field::new_password("password", "Choose a password").refused(refusal, &["password"]))
                (seat_foot(slip.zone, refusal.is_none(), slip.accepted, refusal))
            }
        }
    };
    door(instance, "Welcome", Width::Wide, JS, None, inside)
}
