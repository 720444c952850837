//! The stage: the people, the clock, the goals and the controls, from the seat that is taken to the end of the wrap-up.

use super::{Room, wrap_up};
use crate::page::icon;
use maud::{Markup, html};

pub fn stage(room: &Room<'_>) -> Markup {
    let name = room.partner.map_or("your partner", |p| p.name.as_str());
    html! {
        section #stage.stage aria-labelledby="stage-title" hidden {
            h1 #stage-title.visually-hidden tabindex="-1" { "Session with " span data-partner-name { (name) } }
            div #scene.scene {
                svg.ring viewBox="0 0 200 200" aria-hidden="true" {
                    circle.ring-bed cx="100" cy="100" r="96" {}
                    circle #ring.ring-left cx="100" cy="100" r="96" pathLength="100" {}
                }
                div.pictures {
                    div #tiles.tiles {}
                    div #nobody.nobody { span.nobody-lamp aria-hidden="true" {} }
                    div #me-slot.me-slot {}
                }
                div.clock-face {
                    p #phase-line.phase-line { "Hello" }
                    p #timer.timer role="timer" aria-live="off" { "–" }
                    p #hint.hint-line {}
                }
                button #hear.button.primary type="button" hidden { (icon("speaker")) "Turn the sound on" }
                button #view-size.icon-button.bordered type="button" aria-pressed="false" { (icon("plus")) (icon("minus")) span.visually-hidden { "Larger picture" } }
            }
            div #company.company {
                @if !room.test { (came()) }
                section #alone.card.quiet.alone hidden aria-labelledby="alone-title" {
                    h2 #alone-title {}
                    p #alone-words {}
                }
                @if !room.test { (lounge()) }
                @if !room.test { (third_line()) }
            }
            div #stage-mine.side.side-mine {}
            div.side.side-theirs {
                section #their-goals.goals.theirs aria-labelledby="their-title" {
                    div.goals-head { h2 #their-title.their-title { (name) } }
                    p #their-state.their-state hidden {}
                    ul #partner-goals.goal-list aria-label={ "Goals of " (name) } {}
                    p.soft.their-none {}
                }
                figure #screen-tile.screen-tile hidden {
                    video #screen-video autoplay playsinline muted {}
                    figcaption {
                        span #screen-words {}
                        button #screen-large.button.small type="button" aria-pressed="false" { "Look closer" }
                    }
                }
                @if !room.test { p #through-server.small.soft hidden { "For three the pictures pass through this server." } }
                (way_line())
                p #my-screen.sharing-line hidden { (icon("screen")) span { "You share your screen." } }
            }
            (wrap_up::wrap_up(room))
            (chat(&format!("Message to {name}"), "Kept in memory only; gone when the room closes."))
            (controls(room))
            @if room.test { (trial_controls()) }
            p #pulse.pulse hidden {}
            template #tile-template {
                figure.tile.partner data-picture="none" {
                    video autoplay playsinline {}
                    span.initial aria-hidden="true" {}
                    p.tile-words hidden {}
                    figcaption { span.tile-name {} span.muted-sign hidden { (icon("mic-off")) span.visually-hidden { "muted" } } }
                }
            }
        }
    }
}

/// How the company changed while the session ran, with the cause.
fn came() -> Markup {
    html! {
        section #came.card.quiet.came aria-label="What changed" hidden {
            p #came-words {}
            p #came-how.small.soft hidden { "You are muted and your picture is veiled. Tap the microphone or the camera when you like." }
            button #came-close.button.small type="button" { "All right" }
        }
    }
}

/// Company for who sits alone: one tap, or none.
fn lounge() -> Markup {
    html! {
        section #lounge.card.lounge aria-label="Company" hidden {
            div.lounge-head {
                p #lounge-words.strong {}
                p #lounge-soon.lounge-soon aria-hidden="true" hidden {}
            }
            p #lounge-how.small.soft hidden { "For three the server passes the pictures on, and could technically see them; it keeps nothing." }
            div.row.tight {
                button #lounge-yes.button.primary type="button" { "Sit with them" }
                button #lounge-alone.button.quiet type="button" { "Stay alone" }
                a #lounge-rooms.button.quiet href="/rooms" hidden { "Open rooms" }
                button #lounge-look.button.small type="button" hidden { "Look for company after all" }
            }
        }
    }
}

/// While not all three have agreed: how it stands, and a way to say yes after all.
fn third_line() -> Markup {
    html! {
        div #third-line.card.quiet.third-line hidden {
            p #third-state role="status" {}
            button #third-again.button.small type="button" hidden { "Sit together" }
        }
    }
}

/// The chat panel; `to` is the label of its field.
pub fn chat(to: &str, kept: &str) -> Markup {
    html! {
        aside #chat.chat aria-label="Chat" hidden {
            div.chat-head {
                h2 { "Chat" }
                button #chat-close.icon-button type="button" aria-label="Close this panel" { (icon("close")) }
            }
            p.small.soft { (kept) }
            div #chat-log.chat-log role="log" aria-label="Messages" tabindex="0" { ol #chat-lines.chat-lines {} }
            form #chat-form.chat-form {
                label.visually-hidden for="chat-text" { (to) }
                textarea #chat-text data-draft rows="1" maxlength="2000" placeholder=(to) enterkeyhint="send" {}
                button.icon-button.bordered type="submit" aria-label="Send" { (icon("arrow-right")) }
            }
        }
    }
}

fn controls(room: &Room<'_>) -> Markup {
    html! {
        div #controls.controls role="group" aria-label="Controls" {
            p #mute-offer.mute-offer hidden { span { "Quiet time. Mute yourself?" } button #mute-yes.button.small type="button" { "Yes, please" } button #mute-no.button.quiet.small type="button" { "Keep it open" } }
            (own_devices(room.mic_muted))
            div #wide-controls.control-group {
                button #share.control type="button" { (icon("screen")) span { "Share screen" } }
                button #pip.control type="button" { (icon("pip")) span { "Picture in picture" } }
                button #shelf-open.control type="button" { (icon("phone")) span { "Shelf view" } }
                button #away.control type="button" { (icon("away")) span { "Back in 5" } }
            }
            (chat_button())
            div.control-menu {
                button #more.control type="button" aria-haspopup="true" aria-expanded="false" aria-controls="more-panel" { (icon("more")) span { "More" } }
                div #more-panel.popup hidden {
                    div #narrow-controls.narrow-controls {}
                    button type="button" data-sheet="#settings-sheet" { (icon("settings")) "Sound and devices" }
                    @if !room.test {
                        button type="button" data-sheet="#safety-sheet" { (icon("shield")) "Safety code" }
                        button type="button" data-sheet="#report-sheet" data-needs-partner { (icon("flag")) "Report" }
                        button type="button" data-sheet="#block-sheet" data-needs-partner { (icon("door")) "Leave and block" }
                    }
                    a href="/guide" target="_blank" { (icon("help")) "Guide" }
                }
            }
            button #leave.control.leave type="button" { (icon("leave")) span { "Leave" } }
        }
    }
}

/// Which way the call goes, and how good it is: written by the page itself.
pub fn way_line() -> Markup {
    html! { p #way-line.small.soft hidden { span #way-words {} strong #way-weak hidden { " Weak connection: video is reduced." } } }
}

/// The button that opens the chat.
pub fn chat_button() -> Markup {
    html! {
        button #chat-open.control type="button" aria-expanded="false" aria-controls="chat" { (icon("chat")) span { "Chat" } span #chat-unread.unread hidden {} }
    }
}

/// Microphone and camera, as every call has them.
pub fn own_devices(mic_muted: bool) -> Markup {
    html! {
        button #mic.control type="button" data-muted=(mic_muted) { (icon("mic")) (icon("mic-off")) span { "Mute" } }
        div.control-menu {
            button #camera.control type="button" aria-haspopup="menu" aria-expanded="false" aria-controls="camera-menu" data-camera="on" {
                (icon("camera")) (icon("camera-off")) span { "Camera" }
            }
            div #camera-menu.popup role="menu" aria-label="Camera" hidden {
                @for (value, label, hint) in [("on", "On", "As you are"), ("veiled", "Veiled", "Only that you're there"), ("off", "Off", "The camera is closed")] {
                    button type="button" role="menuitemradio" aria-checked="false" aria-label=(label) data-camera=(value) { b { (label) } small { (hint) } }
                }
            }
        }
    }
}

/// What only the test session has: nobody waits 25 minutes to hear a bell.
fn trial_controls() -> Markup {
    html! {
        div #trial.trial {
            button #skip.button.small type="button" { (icon("timer")) span { "Skip to the work" } }
        }
    }
}

/// The shelf view: a clock to be read from across the room.
pub fn shelf() -> Markup {
    html! {
        div #shelf.shelf role="dialog" aria-modal="true" aria-label="Shelf view" tabindex="-1" hidden {
            p #shelf-line.shelf-line {}
            p #shelf-timer.shelf-timer role="timer" aria-live="off" {}
            p #shelf-goal.shelf-goal {}
            button #shelf-close.button type="button" { "Back to the desk" }
        }
    }
}
