//! Pages for when something is not there, not allowed, too much, or broken: calm, with a way out.

use super::{Drawing, Frame, Here, brand, drawing, layout};
use crate::domain::view::Me;
use maud::{Markup, html};

/// An error page. `sentence` is the refusal's own where there is one; empty takes the status's usual words.
pub fn page(status: u16, me: Option<&Me>, instance: &str, sentence: &str) -> Markup {
    let (title, usual, picture) = words(status);
    let frame = Frame {
        title,
        me,
        instance,
        here: Here::Elsewhere,
        css: &["css/pages/door.css"],
        js: &[],
        notice: None,
        bare: me.is_none(),
    };
    let main = html! {
        div.door.door-small {
            @if me.is_none() { (brand(instance)) }
            div.card.empty {
                (drawing(picture))
                h1 { (title) }
                p { (if sentence.is_empty() { usual } else { sentence }) }
                div.row {
                    @if me.is_some() { a.button.primary href="/" { "To the calendar" } }
                    @else if status == 503 { a.button.primary href="/" { "Try again" } }
                    @else { a.button.primary href="/login" { "Sign in" } }
                    a.button.quiet href="/guide" { "Help" }
                }
            }
        }
    };
    layout(&frame, main)
}

/// The page of an instance that nobody has set up.
pub fn not_set_up() -> Markup {
    super::setup::page(super::setup::Door::Shut, &super::setup::SetupForm::default(), None)
}

fn words(status: u16) -> (&'static str, &'static str, Drawing) {
    match status {
        401 => ("Sign in first", "This page is for people who have a seat here.", Drawing::DoorAjar),
        403 => (
            "This door is closed",
            "It opens for others. If you think it should open for you, ask an admin here.",
            Drawing::DoorAjar,
        ),
        404 => {
            ("Nobody sits here", "There is nothing at this address. It may have been a session that is over.", Drawing::TeaChair)
        }
        413 => ("That's too much at once", "Nothing was kept. Send a little less.", Drawing::KitchenCounter),
        405 | 415 | 422 | 400 => {
            ("That didn't get through", "Nothing was changed. Go back, and try once more.", Drawing::TwoWindows)
        }
        429 => (
            "A short pause",
            "There were many tries from here. Wait a minute, then try again; nothing is lost.",
            Drawing::KitchenCounter,
        ),
        503 => (
            "Back in a moment",
            "This place is busy or just starting. Your bookings are safe; try again shortly.",
            Drawing::LampLow,
        ),
        _ => (
            "The lamp flickered",
            "Something broke on our side. Your bookings and goals are safe. Try again in a moment.",
            Drawing::LampLow,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_has_a_title_a_sentence_and_a_way_out() {
        for status in [400, 401, 403, 404, 405, 413, 415, 422, 429, 500, 503] {
            let shown = page(status, None, "Room", "").into_string();
            // Where the machine is at fault, nobody was signed out.
            let way = if status == 503 { r#"href="/""# } else { r#"href="/login""# };
            assert!(shown.contains("<h1>") && shown.contains(way) && shown.contains(r#"href="/guide""#), "{status}");
        }
    }

    #[test]
    fn a_refusal_s_own_sentence_is_shown_escaped() {
        let shown = page(404, None, "Room", "That <i>isn't</i> here any more.").into_string();
        assert!(shown.contains("That &lt;i&gt;isn't&lt;/i&gt; here any more."));
    }
}
