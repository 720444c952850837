//! The page of one room: its door, where I look at myself and at who is inside, and the table itself.
//!
//! As in a session, the markup holds every part once and the page's modules follow the live state. The devices, the
//! chat and the bell are the session's own parts.

use super::session::{self, head};
use super::{Drawing, Frame, Here, brand, drawing, icon, layout, rooms};
use crate::domain::room::GOAL_CHARS;
use crate::domain::view::{Inside, RoomDoor};
use maud::{Markup, html};

const CSS: &[&str] = &["css/session.css", "css/session_lobby.css", "css/session_stage.css", "css/room.css"];

/// The room's page.
pub fn page(door: &RoomDoor, inside: &Inside) -> Markup {
    let frame = Frame {
        title: &door.room.name,
        me: Some(&door.me),
        instance: &door.me.instance,
        here: Here::Rooms,
        css: CSS,
        js: &["js/pages/room.js"],
        notice: None,
        bare: true,
    };
    layout(&frame, body(door, inside))
}

fn body(door: &RoomDoor, inside: &Inside) -> Markup {
    let room = &door.room;
    html! {
        noscript {
            p.notice.trouble { "A room needs JavaScript for the pictures and the clock. " a href="/guide" { "The guide says how to allow it." } }
        }
        (layout::asleep())
        div #room.room.at-table
            data-room=(room.id)
            data-link="connecting"
            data-call="idle"
            data-part="door"
            data-now=(door.now.0 * 1000)
            data-align=(door.align_s)
            data-rhythm=(room.rhythm.word())
            data-me=(door.me.id)
            data-name=(door.me.name)
            data-zone=(door.me.zone.name())
            data-moderator[door.moderator]
        {
            p #line-status.line-status role="status" hidden {}
            div #trouble.trouble-line role="alert" hidden {
                p #trouble-words {}
                button.icon-button type="button" #trouble-close aria-label="Close this note" { (icon("close")) }
            }
            (door_part(door, inside))
            (table(door))
            (closed())
            (session::elsewhere("You are in this room in another tab", ("/rooms", "To the rooms")))
            (dialogs())
        }
    }
}

fn door_part(door: &RoomDoor, inside: &Inside) -> Markup {
    let room = &door.room;
    html! {
        section #door.lobby aria-labelledby="room-title" {
            header.lobby-top {
                (brand(&door.me.instance))
                a.button.quiet href="/rooms" { (icon("arrow-left")) "Rooms" }
            }
            div.lobby-head {
                h1 #room-title { (room.name) }
                @if !room.purpose.is_empty() { p.lede #room-purpose { (room.purpose) } }
            }
            div.lobby-grid {
                div.lobby-mine {
                    div #door-picture.lobby-picture {
                        figure #me-tile.tile.me data-picture="none" {
                            video #my-video muted autoplay playsinline aria-label="My picture" {}
                            span.initial aria-hidden="true" { (session::initial(&door.me.name)) }
                            figcaption {
                                span.tag.only-you { "Only you see this" }
                                span.muted-sign { (icon("mic-off")) span.visually-hidden { "My microphone is muted" } }
                            }
                        }
                    }
                    (session::troubles())
                    (session::devices(true))
                }
                div.lobby-side {
                    section.card.stack.tight aria-labelledby="inside-title" {
                        h2 #inside-title { "Who is inside" }
                        p #inside-none.soft hidden[!inside.people.is_empty()] { "Nobody just now. Sit down; somebody may join you." }
                        ul #inside-list.inside-list {
                            @for (_, name) in &inside.people { li { span.face aria-hidden="true" { (session::initial(name)) } span { (name) } } }
                        }
                        p.small.soft { (rooms::rhythm(room.rhythm)) " " span #door-beat {} }
                    }
                    div #door-goal { (goal_line()) }
                    p.small.soft { "You come in muted. Pictures of a room pass through this server, which could technically see them; it keeps nothing. Chat is gone when the last one leaves." }
                }
            }
            div.lobby-foot {
                p #door-words.soft role="status" {}
                button #come-in.button.primary type="button" { "Come in" }
            }
        }
    }
}

/// What I am on; the one line moves from the door to the table.
fn goal_line() -> Markup {
    html! {
        form #goal-form.goal-form {
            label for="goal-line" { "What are you on?" }
            input #goal-line type="text" maxlength=(GOAL_CHARS) autocomplete="off" placeholder="Sort the letters";
        }
    }
}

fn table(door: &RoomDoor) -> Markup {
    html! {
        section #table.table-part aria-labelledby="table-title" hidden {
            header.table-top {
                div.table-name {
                    h1 #table-title tabindex="-1" { (door.room.name) }
                    p #table-count.soft.small {}
                }
                div #beat.beat hidden {
                    span.beat-lamp aria-hidden="true" {}
                    p #beat-words {}
                    p #beat-left.timer role="timer" aria-live="off" {}
                }
            }
            div #table-goal {}
            p #quality.quality-line.soft.small hidden {}
            div #screens.screens {}
            ul #people.table-people aria-label="People in this room" {}
            (session::way_line())
            div #voices hidden {}
            button #hear.button.primary type="button" hidden { (icon("speaker")) "Turn the sound on" }
            (session::chat("Message to everybody here", "Kept in memory only; gone when the last one leaves."))
            (controls())
            p #pulse.pulse hidden {}
            (templates(door))
        }
    }
}

fn templates(door: &RoomDoor) -> Markup {
    html! {
        template #person-template {
            li.at-chair {
                div.chair-picture {
                    figure.tile.partner data-picture="none" {
                        video autoplay playsinline muted {}
                        span.initial aria-hidden="true" {}
                        p.tile-words hidden {}
                        figcaption { span.muted-sign hidden { (icon("mic-off")) span.visually-hidden { "muted" } } }
                    }
                    span.hand-sign hidden { (icon("hand")) span.visually-hidden { "has a hand up" } }
                }
                div.chair-words {
                    p.chair-name { b {} span.speaking-word.visually-hidden {} }
                    p.chair-goal.soft {}
                }
                details.menu.chair-menu {
                    summary { (icon("more")) span.visually-hidden {} }
                    div.menu-list {
                        @if door.moderator {
                            button type="button" data-act="mute" { (icon("mic-off")) span { "Mute" } }
                            button type="button" data-act="remove" { (icon("door")) span { "Send out for a day" } }
                        }
                        button type="button" data-act="report" { (icon("flag")) span { "Report" } }
                    }
                }
            }
        }
        template #screen-template {
            figure.screen-tile {
                video autoplay playsinline muted {}
                figcaption {
                    span.screen-words {}
                    button.button.small type="button" aria-pressed="false" { "Look closer" }
                }
            }
        }
    }
}

fn controls() -> Markup {
    html! {
        div #controls.controls role="group" aria-label="Controls" {
            (session::own_devices(true))
            button #hand.control type="button" aria-pressed="false" { (icon("hand")) span { "Hand" } }
            div #wide-controls.control-group {
                button #wave.control type="button" { (icon("wave")) span { "Wave" } }
                button #share.control type="button" { (icon("screen")) span { "Share screen" } }
            }
            (session::chat_button())
            div.control-menu {
                button #more.control type="button" aria-haspopup="true" aria-expanded="false" aria-controls="more-panel" { (icon("more")) span { "More" } }
                div #more-panel.popup hidden {
                    div #narrow-controls.narrow-controls {}
                    button type="button" data-sheet="#settings-sheet" { (icon("settings")) "Sound and devices" }
                    a href="/guide" target="_blank" { (icon("help")) "Guide" }
                }
            }
            button #leave.control.leave type="button" { (icon("leave")) span { "Leave" } }
        }
    }
}

fn closed() -> Markup {
    html! {
        section #closed.still aria-labelledby="closed-title" hidden {
            (drawing(Drawing::LampLow))
            h1 #closed-title tabindex="-1" { "The door is shut" }
            p #closed-words.lede {}
            div.row {
                a #closed-go.button.primary href="/rooms" { "To the rooms" }
                a.button href="/" { "To the calendar" }
            }
        }
    }
}

fn dialogs() -> Markup {
    html! {
        (session::settings())
        dialog #report-sheet.sheet aria-labelledby="report-title" {
            (head("report-title", html! { "Report " span #report-name {} }))
            (session::report_form(html! {}, html! { "A moderator reads it. They are not told who wrote it." }))
        }
        dialog #remove-sheet.sheet aria-labelledby="remove-title" {
            (head("remove-title", html! { "Send " span #remove-name {} " out?" }))
            div.sheet-body {
                p { "They leave this room now and can come back tomorrow. They read that a moderator asked them to. It is noted for the other moderators." }
                p.fault #remove-fault role="alert" hidden {}
            }
            div.sheet-foot {
                button.button type="button" data-close { "Not now" }
                button #remove-now.button.danger type="button" { "Send out" }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::{MemberId, RoomId};
    use crate::domain::member::Role;
    use crate::domain::room::{Rhythm, Room};
    use crate::domain::time::{Timestamp, Zone};
    use crate::domain::view::Me;

    fn shown(moderator: bool) -> String {
        let me = Me { id: MemberId(1), name: "Ana".into(), role: Role::Member, zone: Zone::utc(), instance: "House".into() };
        let (name, purpose) = ("<i>Study".to_owned(), "To read".to_owned());
        let room = Room { id: RoomId(2), name, purpose, capacity: 4, rhythm: Rhythm::FiftyTen, always: false };
        let door = RoomDoor { me, now: Timestamp(1_800_000_000), align_s: 0, room, moderator, apart: Default::default() };
        page(&door, &Inside { people: vec![(MemberId(3), "Ben".into())], walled: false }).into_string()
    }

    #[test]
    fn every_id_is_there_once_and_nothing_needs_an_exception_from_the_policy() {
        let html = shown(true);
        let mut ids: Vec<&str> = html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(all, ids.len());
        assert!(!html.contains(" style=") && !html.contains(" onclick") && !html.contains("<i>"));
    }

    #[test]
    fn only_moderators_find_the_ways_to_mute_and_to_send_out() {
        assert!(shown(true).contains("data-act=\"mute\"") && shown(true).contains("data-act=\"remove\""));
        assert!(!shown(false).contains("data-act=\"mute\"") && !shown(false).contains("data-act=\"remove\""));
        assert!(shown(false).contains("data-act=\"report\""));
    }
}
