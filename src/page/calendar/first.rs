//! The first empty week: three cards that lead somewhere.

use crate::domain::view::FirstSteps;
use crate::page::{Drawing, Lamp, drawing, lamp};
use maud::{Markup, html};

/// What is still to do stands open; what is done has its lamp lit.
pub fn cards(steps: &FirstSteps) -> Markup {
    html! {
        section.first aria-labelledby="first-title" {
            h2 #first-title { "Your first week is still empty" }
            p.soft { "Three small things, in any order." }
            div.columns {
                (card(Drawing::LitDesk, steps.tested, "/test-session", "Try a session alone",
                    "Camera, microphone, goals and the bell, with a stand-in partner. It takes three minutes.", "Try it"))
                @if steps.admin {
                    (card(Drawing::KitchenCounter, steps.invited, "/admin/invites", "Invite people",
                        "A link is enough. They need no e-mail address, only a browser.", "Make a link"))
                    (card(Drawing::TwoWindows, steps.focus_hours, "/admin/house", "Choose focus hours",
                        "A few fixed starts in the week, so that everybody comes at the same time.", "Choose hours"))
                } @else {
                    (card(Drawing::TeaChair, false, "#week-title", "Book your first session",
                        "Pick a time below. If nobody is there yet, we look for company.", "The week"))
                    (card(Drawing::DoorAjar, false, "/guide", "Read how it goes",
                        "Hello, goals, quiet work, the bell, how did it go. One page.", "Read"))
                }
            }
        }
    }
}

fn card(picture: Drawing, done: bool, href: &str, title: &str, text: &str, word: &str) -> Markup {
    html! {
        article.card.first-card.quiet[done] {
            (drawing(picture))
            h3 { (lamp(if done { Lamp::Done } else { Lamp::NotDone })) (title) }
            p.soft { (text) }
            @if done { p.small { b { "Done" } } } @else { a.button href=(href) { (word) } }
        }
    }
}
