//! What opens over the calendar: the booking sheet, one of my bookings, the bars at the foot. They stay when the week changes.

use super::{company, plans};
use crate::domain::view::Calendar;
use crate::page::icon;
use crate::page::layout::asleep;
use maud::{Markup, html};

pub fn dialogs(view: &Calendar, known: u64) -> Markup {
    html! {
        // Outside of what is fetched anew: the stream is told where the page began.
        span #made hidden data-known=(known) {}
        (book(view))
        (mine())
        (plans::find(view))
        (bars(view))
        (asleep())
    }
}

/// The second click of two: who is there comes first, the length is the one I used last, the rest is folded.
fn book(view: &Calendar) -> Markup {
    html! {
        dialog.sheet #book aria-labelledby="book-title" {
            form method="post" action="/book" {
                div.sheet-head {
                    div { h2 #book-title { "Book" } p.soft #book-when {} }
                    (close())
                }
                div.sheet-body {
                    div.notice.trouble #book-trouble role="alert" hidden { (icon("flag")) ul {} }
                    ul.chosen #book-times hidden {}
                    section #book-people hidden aria-labelledby="book-people-title" {
                        h3 #book-people-title { "Waiting there" }
                        ul.list #book-list {}
                    }
                    fieldset.choices {
                        legend { "How long" }
                        @for length in view.lengths.iter() {
                            label {
                                input type="radio" name="minutes" value=(length.minutes()) checked[length == view.usual];
                                span { (length.minutes()) " min" small data-ends=(length.minutes()) {} }
                            }
                        }
                    }
                    @if view.trio.is_none() { (company::asked_once()) }
                    details.fold {
                        summary { "More about it" }
                        div.stack.tight { (extras()) (company::more(view)) }
                    }
                    button.button.small.quiet #book-wait type="button" hidden { (icon("bell")) "Tell me when somebody is there" }
                }
                div.sheet-foot {
                    button.button.quiet #book-more type="button" { (icon("plus")) "Add another time" }
                    button.button.primary #book-go type="submit" { "Book" }
                }
            }
        }
    }
}

fn extras() -> Markup {
    html! {
        fieldset.choices {
            legend { "What kind of work" }
            label { input type="radio" name="task" value="anything" checked; span { "Anything" } }
            label { input type="radio" name="task" value="desk"; span { "At the desk" } }
            label { input type="radio" name="task" value="moving"; span { "On the move" } }
        }
        label.check { input type="checkbox" name="quiet"; span { "Quiet: text instead of talk" } }
        label.check { input type="checkbox" name="camera_off_ok"; span { "Camera off is fine" } }
        label.check { input type="checkbox" name="mic_muted"; span { "My microphone will be muted" } }
        label.check { input type="checkbox" name="sharing"; span { "I’ll be sharing my screen" } }
        div.field {
            label for="book-words" { "A few words about it" }
            input #book-words name="title" maxlength="80" autocomplete="off" aria-describedby="book-words-hint" data-draft;
            p.hint #book-words-hint { "Others see this on the calendar." }
        }
    }
}

fn mine() -> Markup {
    html! {
        dialog.sheet #mine aria-labelledby="mine-title" {
            div.sheet-head {
                div { h2 #mine-title {} p.soft #mine-when {} }
                (close())
            }
            div.sheet-body #mine-body {}
        }
    }
}

/// Bars lie over the foot of the page, so that nothing moves when one comes.
fn bars(view: &Calendar) -> Markup {
    html! {
        div.bars {
            form.bar #zone method="post" action="/me/zone" data-mine=(view.me.zone.name()) hidden {
                input type="hidden" name="zone";
                p { "You seem to be in " b {} ". Show times there?" }
                div.row.tight {
                    button.button.small.primary type="submit" { "Yes, show them" }
                    button.button.small.quiet type="button" data-no { "Keep " (super::place(view.me.zone.name())) }
                }
            }
            div.bar #away role="status" hidden {
                p { "The line to the server is away, so what you see here may have changed. Nothing of yours is lost; it comes back by itself." }
            }
            div.bar #resting role="status" hidden {
                p { "So many pages of yours are open that this one rests: what you see here may have changed. Nothing of yours is lost." }
                div.row.tight { button.button.small.primary #wake type="button" { "Go on here" } }
            }
            div.bar #soon role="status" hidden {
                p {}
                div.row.tight {
                    a.button.small.primary href="/" { "Open the lobby" }
                    button.icon-button type="button" data-hide="#soon" aria-label="Put the reminder away" { (icon("close")) }
                }
            }
            div.bar #picking role="status" hidden {
                p {}
                div.row.tight {
                    button.button.small.primary #picking-go type="button" { "Book" }
                    button.button.small.quiet #picking-stop type="button" { "Stop" }
                }
            }
            div.bar #done role="status" hidden {
                p {}
                div.row.tight {
                    button.button.small #done-undo type="button" { "Undo" }
                    a.button.small.quiet #done-file href="/" download { "Calendar file" }
                    button.icon-button type="button" data-hide="#done" aria-label="Put this away" { (icon("close")) }
                }
            }
        }
    }
}

pub(super) fn close() -> Markup {
    html! { button.icon-button type="button" data-close aria-label="Close" { (icon("close")) } }
}
