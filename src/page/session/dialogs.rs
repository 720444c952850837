//! The sheets of the session: leaving, sound and devices, the safety code, report, leave and block.

use super::Room;
use crate::page::icon;
use maud::{Markup, html};

pub fn dialogs(room: &Room<'_>) -> Markup {
    let name = room.partner.map_or("your partner", |p| p.name.as_str());
    html! {
        (leave(room, name))
        (settings())
        @if !room.test {
            (safety(name))
            (report(name))
            (block(name))
            (third())
        }
    }
}

pub fn head(id: &str, title: Markup) -> Markup {
    html! {
        div.sheet-head {
            h2 id=(id) { (title) }
            button.icon-button type="button" data-close aria-label="Close" { (icon("close")) }
        }
    }
}

/// A name that follows the live state.
fn them(name: &str) -> Markup {
    html! { span data-partner-name { (name) } }
}

/// Of whom a sheet speaks, when there is more than one.
fn whom(question: &str) -> Markup {
    html! { fieldset.choices data-whom hidden { legend { (question) } } }
}

/// The name of who is meant.
fn meant(name: &str) -> Markup {
    html! { span data-whom-name { (name) } }
}

fn leave(room: &Room<'_>, name: &str) -> Markup {
    html! {
        dialog #leave-sheet.sheet aria-labelledby="leave-title" {
            (head("leave-title", html! { "Leave before the bell?" }))
            form #leave-form.sheet-body {
                @if room.test {
                    p { "The trial ends here. You can start another any time." }
                } @else {
                    p { "Things come up. A word to " (them(name)) " is kind; it counts as no offence." }
                    div.field {
                        label for="leave-note" { "A note (optional)" }
                        textarea #leave-note data-draft maxlength="300" rows="3" placeholder="The doorbell. Sorry, and good luck." {}
                    }
                }
            }
            div.sheet-foot {
                button.button type="button" data-close { "Stay" }
                button #leave-now.button.primary type="button" { "Leave now" }
            }
        }
    }
}

/// Bell and devices.
pub fn settings() -> Markup {
    html! {
        dialog #settings-sheet.sheet aria-labelledby="settings-title" {
            (head("settings-title", html! { "Sound and devices" }))
            div.sheet-body {
                fieldset #chime-sound.choices {
                    legend { "The bell" }
                    @for (value, label) in [("bowl", "Bowl"), ("wood", "Wood"), ("glass", "Glass")] {
                        label { input type="radio" name="chime-sound" value=(value); span { (label) } }
                    }
                }
                div.field {
                    label for="chime-volume" { "Loudness" }
                    input #chime-volume type="range" min="0" max="1" step="0.05";
                }
                label.check { input #chime-silent type="checkbox"; span { "Silent: show the bell, don't ring it" } }
                div.row.tight { button #chime-sample.button.small type="button" { (icon("bell")) "Ring it once" } }
                hr;
                div #settings-devices {}
            }
        }
    }
}

fn safety(name: &str) -> Markup {
    html! {
        dialog #safety-sheet.sheet aria-labelledby="safety-title" {
            (head("safety-title", html! { "Safety code" }))
            div.sheet-body {
                p #safety-code.safety-code.number { "–" }
                p #safety-pair { "Picture and sound go encrypted from your browser to that of " (them(name)) "; this server introduces the two and holds no key." }
                p.soft { "If you both read the same figures aloud, nobody sits between you." }
                p #safety-server hidden { "For three the server passes the pictures on, and could technically see them: there is nothing to compare. As soon as you are two again, there is a code again." }
            }
        }
    }
}

fn report(name: &str) -> Markup {
    html! {
        dialog #report-sheet.sheet aria-labelledby="report-title" {
            (head("report-title", html! { "Report" }))
            (report_form(
                whom("Whom is it about?"),
                html! { "A moderator reads it. " (meant(name)) " is not told who wrote it. You can also do it from your history, for seven days." },
            ))
        }
    }
}

/// What happened, for a moderator: the same in a session and in a room.
pub fn report_form(about: Markup, says: Markup) -> Markup {
    html! {
        form #report-form.sheet-body {
            (about)
            p { (says) }
            div.field {
                label for="report-text" { "What happened?" }
                textarea #report-text data-draft required maxlength="2000" rows="4" {}
                p.fault #report-fault role="alert" hidden {}
            }
        }
        div.sheet-foot {
            button.button type="button" data-close { "Not now" }
            button.button.primary type="submit" form="report-form" { "Send the report" }
        }
    }
}

/// Two who work are asked before a third sits with them.
fn third() -> Markup {
    html! {
        dialog #third-sheet.sheet aria-labelledby="third-title" {
            div.sheet-head {
                h2 #third-title tabindex="-1" { span #third-words { "Somebody has no partner. Room for a third?" } }
                button.icon-button type="button" data-close aria-label="Close" { (icon("close")) }
            }
            div.sheet-body {
                p { "For three the server passes the pictures on, and could technically see them; it keeps nothing. Between two they go from browser to browser." }
                p #third-itself hidden {}
                p.soft #third-keeps { "Goals and timer stay as they are. What you wrote so far stays between you two, and a shared screen stops until you share it again." }
            }
            div.sheet-foot {
                button #third-no.button type="button" { "Not now" }
                button #third-yes.button.primary type="button" { "Sit together" }
            }
        }
    }
}

fn block(name: &str) -> Markup {
    html! {
        dialog #block-sheet.sheet aria-labelledby="block-title" {
            (head("block-title", html! { "Leave and block?" }))
            div.sheet-body {
                (whom("Whom do you block?"))
                p { "You leave now, and won't be paired with " (meant(name)) " again. We don't tell them." }
                p.soft { "It doesn't count against you. You can undo it under People." }
                p.fault #block-fault role="alert" hidden {}
            }
            div.sheet-foot {
                button.button type="button" data-close { "Stay" }
                button #block-now.button.danger type="button" { "Block and leave" }
            }
        }
    }
}
