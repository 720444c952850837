//! Signing in. It answers the same whether the name or the password is wrong, and whether or not the name exists.

use super::door::{Width, door};
use super::form::{self, Field};
use super::{Notice, words};
use crate::domain::refusal::Refusal;
use crate::domain::time::{Timestamp, Zone};
use maud::{Markup, html};

/// What was typed; the password is never given back.
#[derive(Clone, Debug, Default)]
pub struct LoginForm {
    /// Name or e-mail address.
    pub who: String,
    /// The path that asked for a login; it was checked to be one of this instance's own.
    pub next: String,
}

/// The login page.
pub fn page(instance: &str, form: &LoginForm, refusal: Option<&Refusal>, notice: Option<&Notice>) -> Markup {
    let inside = html! {
        form.card.stack method="post" action="/login" data-once {
            h1 { "Your lamp is where you left it" }
            (form::refusal(refusal))
            @if !form.next.is_empty() { input type="hidden" name="next" value=(form.next); }
            (Field::text("who", "Name or e-mail", &form.who).complete("username").refused(refusal, &["login"]))
            (Field::old_password("password", "Password").refused(refusal, &["password"]))
            button.button.primary.wide { "Sign in" }
        }
        details.fold {
            summary { "I can't get in" }
            div.stack.tight {
                p { "An admin here can make a link by which you choose a new password. Ask the person who invited you." }
                p { "No seat here yet? You need an invite: also from them." }
            }
        }
        p.soft { "You're here for the first time, with a " a href="/slip" { "code on a slip" } "?" }
        p.soft { a href="/guide" { "What is this place?" } " · " a href="/trust" { "A warning about this page?" } }
    };
    door(instance, "Sign in", Width::Narrow, &[], notice, inside)
}

/// What the clock of the machine says, where it cannot be believed, and what follows from it.
pub fn odd_clock(says: Timestamp) -> Notice {
    let date = Zone::utc().date(says);
    Notice::trouble(format!(
        "The clock of the machine here has jumped: it says {} {}. So you may be asked to sign in again, and your browser may warn about \
         the certificate. Bookings and sessions are safe, and nothing is deleted. Tell whoever looks after the machine to set its clock.",
        words::long_day(date),
        date.year()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_typed_name_and_the_way_on_are_kept() {
        let form = LoginForm { who: "ana\"".into(), next: "/session/7".into() };
        let no = Refusal::new("login", "That name and password don't go together.");
        let shown = page("The Room", &form, Some(&no), None).into_string();
        assert!(shown.contains(r#"value="ana&quot;""#) && shown.contains(r#"name="next" value="/session/7""#));
        assert!(shown.contains(r#"autocomplete="current-password""#) && shown.contains("go together"));
    }
}
