//! The lobby: my own picture, the devices, who comes, and what I mean to do, before anybody sees or hears me.

use super::{Room, their_time};
use crate::page::{brand, icon, words};
use maud::{Markup, html};

pub fn lobby(room: &Room<'_>) -> Markup {
    html! {
        section #lobby.lobby aria-labelledby="headline" {
            header.lobby-top {
                (brand(&room.me.instance))
                a.button.quiet href="/" { (icon("arrow-left")) "Calendar" }
            }
            div.lobby-head {
                h1 #headline { (headline(room)) }
                p #lobby-when.lede { (when(room)) }
                p #news.notice.good hidden { (icon("people")) span #news-words {} }
            }
            div.lobby-grid {
                div.lobby-mine {
                    div #lobby-picture.lobby-picture {
                        figure #me-tile.tile.me data-picture="none" {
                            video #my-video muted autoplay playsinline aria-label="My picture" {}
                            span.initial aria-hidden="true" { (initial(&room.me.name)) }
                            figcaption { span.tag.only-you { "Only you see this" } span.muted-sign { (icon("mic-off")) span.visually-hidden { "My microphone is muted" } } }
                        }
                    }
                    (troubles())
                    (devices(room.mic_muted))
                }
                div.lobby-side {
                    (partner_card(room))
                    div #lobby-goals { (goals_panel(room)) }
                }
            }
            @if !room.test { p #trio-words.notice.good hidden { (icon("people")) span { "You are three. The server then passes the pictures on and could technically see them; it keeps nothing." } } }
            div.lobby-foot {
                p #countdown.clock.soft aria-live="off" {}
                @if !room.test { button #late.button type="button" hidden { "I'm three minutes late" } }
                button #take-seat.button.primary type="button" { "Take my seat" }
            }
        }
    }
}

fn headline(room: &Room<'_>) -> String {
    match room.partner {
        Some(partner) if room.test => format!("A trial run with {}", partner.name),
        Some(partner) => format!("A desk beside {}", partner.name),
        None => "Your desk is ready".to_owned(),
    }
}

fn when(room: &Room<'_>) -> String {
    let minutes = room.ends.since(room.start) / 60;
    if room.test {
        return "Nobody else is here. It begins when you take your seat.".to_owned();
    }
    format!("{}, {minutes} minutes", words::day_and_clock(&room.me.zone, room.start, room.now))
}

/// The letter in a lamp where there is no picture.
pub fn initial(name: &str) -> String {
    name.chars().find(|c| c.is_alphanumeric()).map(|c| c.to_uppercase().collect()).unwrap_or_default()
}

fn partner_card(room: &Room<'_>) -> Markup {
    html! {
        section #who.card.who aria-labelledby="who-name" {
            div.who-head {
                span #who-lamp.who-lamp data-here="false" aria-hidden="true" { (room.partner.map(|p| initial(&p.name)).unwrap_or_default()) }
                div {
                    h2 #who-name { (room.partner.map_or("Nobody yet", |p| p.name.as_str())) }
                    p #who-here.soft { @if room.partner.is_none() { "The door stays open. Who books this time sits with you." } }
                }
            }
            p #who-time class={ "sky " (room.partner.map_or("", |p| words::sky(&p.zone, room.now))) } hidden[room.partner.is_none()] {
                @if let Some(partner) = room.partner { (their_time(&partner.name, &partner.zone, room.now)) }
            }
            ul #who-facts.facts {
                @if let Some(partner) = room.partner {
                    li { (words::sessions(partner.sessions)) }
                    @for wish in words::wishes(&partner.wishes) { li { (wish) } }
                }
            }
            ul #who-others.facts hidden {}
            p #who-manners hidden {}
            div #first-guide.first-guide hidden[room.sessions > 0] {
                p.strong #first-guide-title { "Your first session" }
                ol {
                    li { "Say hello, and your name." }
                    li { "Say what you'll do, in a sentence or two." }
                    li { "Then just work. At the bell you say how it went." }
                }
            }
        }
    }
}

/// My goals: typed in the lobby, kept in sight in the session, marked at the end. The one panel moves with the phase.
fn goals_panel(room: &Room<'_>) -> Markup {
    html! {
        section #goals.goals.mine aria-labelledby="goals-title" {
            div.goals-head {
                h2 #goals-title {
                    span.ask { "What will be different at " span #goals-end.clock { (words::clock_at(&room.me.zone, room.ends)) } "?" }
                    span.plain { "My goals" }
                }
                span #goals-saved.soft.small {}
            }
            @if !room.carried.is_empty() {
                div #carried.carried {
                    p.small.soft { "Left from last time" }
                    @for goal in room.carried {
                        button.button.small type="button" data-carry=(goal) { (icon("plus")) span { (goal) } }
                    }
                }
            }
            ol #goal-list.goal-list {}
            button #add-goal.button.quiet.small type="button" hidden { (icon("plus")) "Another goal" }
            p #partly-words.soft.small hidden { "Partly is fine. Bring the rest along next time?" }
        }
    }
}

pub fn troubles() -> Markup {
    html! {
        div #device-trouble.device-trouble role="status" hidden {
            p.strong #device-trouble-title {}
            p #device-trouble-way {}
            div.row.tight {
                button #device-again.button.small type="button" { "Try again" }
                a #device-guide.button.quiet.small href="/guide#camera-chrome" target="_blank" { "How to allow it" }
                a.button.quiet.small href="/check" target="_blank" { "Check everything" }
            }
        }
    }
}

/// The devices: in the lobby here, later in the settings sheet. The one panel moves.
pub fn devices(mic_muted: bool) -> Markup {
    html! {
        div #lobby-devices.lobby-devices {
            div.lobby-switches {
                button #lobby-mic.button type="button" aria-pressed="false" data-muted=(mic_muted) {
                    (icon("mic")) (icon("mic-off")) span { "Microphone on" }
                }
                fieldset #lobby-camera.choices.camera-choice {
                    legend.visually-hidden { "My camera" }
                    @for (value, label) in [("on", "On"), ("veiled", "Veiled"), ("off", "Off")] {
                        label { input type="radio" name="lobby-camera" value=(value) checked[value == "on"]; span { (label) } }
                    }
                }
            }
            div #device-panel.device-panel {
                div.level-line {
                    span.small { "Your microphone" }
                    meter #mic-level min="0" max="1" low="0.02" value="0" aria-label="Microphone level" {}
                    span #mic-words.small.soft {}
                }
                div.row.tight {
                    button #test-speaker.button.small type="button" { (icon("speaker")) "Test the speaker" }
                    span #speaker-words.small.soft role="status" {}
                }
                div #device-choice.device-choice hidden {
                    div.field { label for="choose-camera" { "Camera" } select #choose-camera {} }
                    div.field { label for="choose-mic" { "Microphone" } select #choose-mic {} }
                }
            }
        }
    }
}
