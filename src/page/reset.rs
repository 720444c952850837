//! Choosing a new password by a link from an admin. A used, expired or invented link all read the same.

use super::door::{Width, door};
use super::form::{self, Field};
use super::{Drawing, drawing};
use crate::domain::refusal::Refusal;
use maud::{Markup, html};

/// What the link leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door<'a> {
    /// The token is good for the member of that name.
    Open {
        token: &'a str,
        name: &'a str,
    },
    Shut,
}

/// The page behind a reset link.
pub fn page(instance: &str, behind: Door<'_>, refusal: Option<&Refusal>) -> Markup {
    let inside = match behind {
        Door::Open { token, name } => html! {
            form.card.stack method="post" action={ "/reset/" (token) } data-once {
                h1 { "A new password for " (name) }
                p.soft { "Other browsers that are signed in as you are signed out." }
                (form::refusal(refusal))
                div.visually-hidden aria-hidden="true" { input type="text" name="who" value=(name) autocomplete="username" readonly tabindex="-1"; }
                (Field::new_password("password", "New password").refused(refusal, &["password"]))
                button.button.primary.wide { "Keep it and sign in" }
            }
        },
        Door::Shut => html! {
            div.card.empty {
                (drawing(Drawing::DoorAjar))
                h1 { "This link isn't good any more" }
                p { "A link for a new password works once, and not for long. Your seat is safe. Ask an admin here for a new link." }
                a.button href="/login" { "Sign in" }
            }
        },
    };
    door(instance, "New password", Width::Narrow, &[], None, inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_link_gives_no_name_away() {
        let shown = page("The Room", Door::Shut, None).into_string();
        assert!(!shown.contains("<form") && shown.contains("Ask an admin"));
        let shown = page("The Room", Door::Open { token: "t", name: "Ana" }, None).into_string();
        assert!(shown.contains(r#"action="/reset/t""#) && shown.contains(r#"autocomplete="new-password""#));
    }
}
