//! The end of a session: what came of it, a high-five, the next desk; and the two still pages, closed and elsewhere.

use super::Room;
use crate::domain::view::NextSession;
use crate::page::{Drawing, drawing, icon, words};
use maud::{Markup, html};

/// The panel of the wrap-up; the goals panel is moved into it.
pub fn wrap_up(room: &Room<'_>) -> Markup {
    let name = room.partner.map_or("your partner", |p| p.name.as_str());
    html! {
        section #wrap-up.wrap-up aria-labelledby="wrap-title" hidden {
            h2 #wrap-title tabindex="-1" { "That's the bell. How did it go?" }
            div #wrap-goals {}
            div #high-five-box.high-five {
                div.hands aria-hidden="true" { span #hand-mine.hand.hand-mine {} span #hand-theirs.hand.hand-theirs {} }
                button #high-five.button.primary type="button" { (icon("high-five")) "High five" }
                p #high-five-words.soft role="status" {}
            }
            @if !room.test { (again(name)) }
            div #next-session { (next(room)) }
            @if room.test {
                form method="post" action="/test-session/done" {
                    button #trial-done.button.primary type="submit" { "Done, to the calendar" }
                }
            }
        }
    }
}

/// Favorite, and the same hour with the same person.
fn again(name: &str) -> Markup {
    html! {
        div #again.again {
            div #favorites.row.tight { button #favorite.button.favorite type="button" aria-pressed="false" { (icon("star")) span { "Favorite" } } }
            details.fold #book-again {
                summary { "Book again with " span data-partner-name { (name) } }
                div #book-choices.book-choices {}
                p #book-words role="status" {}
            }
            p #invited.notice.good hidden { span #invited-words {} button #invited-yes.button.small type="button" { "Sit there too" } }
        }
    }
}

/// The way from this room into the next one, in the same tab.
fn next(room: &Room<'_>) -> Markup {
    html! { @if let Some(next) = room.next { (next_link(room, next)) } }
}

fn next_link(room: &Room<'_>, next: &NextSession) -> Markup {
    html! {
        a #next-link.next-link href={ "/session/" (next.booking) } data-start=(next.start.0) {
            (icon("arrow-right"))
            span {
                b { "Your next desk" }
                small {
                    (words::day_and_clock(&room.me.zone, next.start, room.now))
                    @if let Some(name) = next.partners.first() { ", with " (name) }
                }
            }
        }
    }
}

/// The room is gone.
pub fn closed(room: &Room<'_>) -> Markup {
    html! {
        section #closed.still aria-labelledby="closed-title" hidden {
            (drawing(Drawing::LampLow))
            h1 #closed-title tabindex="-1" { "The lamp is turned low" }
            p #closed-words.lede { "This room is gone. What you wrote in the chat is gone with it." }
            div #closed-next {}
            div.row {
                a #closed-go.button.primary href="/" { "To the calendar" }
                @if !room.test { a.button href="/history" { "Last 7 days" } }
            }
        }
    }
}

/// Another tab of mine is where I am: this one says so, and the way to the others.
pub fn elsewhere(title: &str, (href, word): (&str, &str)) -> Markup {
    html! {
        section #elsewhere.still aria-labelledby="elsewhere-title" hidden {
            (drawing(Drawing::TwoWindows))
            h1 #elsewhere-title tabindex="-1" { (title) }
            p.lede { "Camera and microphone of this tab are off." }
            div.row {
                button #use-here.button.primary type="button" { "Use it here" }
                a.button href=(href) { (word) }
            }
        }
    }
}
