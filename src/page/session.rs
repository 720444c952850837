//! The session page: one page for all phases, from the lobby to the closed room.
//!
//! The markup holds every part once; the page's modules follow the live state and show what the phase asks for. Without
//! scripts there is no call, so the page says that and leads to the guide. No part of it is chosen by the server's clock
//! alone: a page that stays open must be right without being loaded again.

mod dialogs;
mod lobby;
mod stage;
mod wrap_up;

use super::{Frame, Here, icon, layout, words};
use crate::domain::session::{Goal, Phase, phase};
use crate::domain::time::{Timestamp, Zone};
use crate::domain::view::{Me, NextSession, Partner, SessionDoor};
use maud::{Markup, html};

/// Parts that rooms have too.
pub(super) use dialogs::{head, report_form, settings};
pub(super) use lobby::{devices, initial, troubles};
pub(super) use stage::{chat, chat_button, own_devices, way_line};
pub(super) use wrap_up::elsewhere;

/// The style sheets of the session, in the order of the cascade.
pub(super) const CSS: &[&str] =
    &["css/session.css", "css/session_lobby.css", "css/session_stage.css", "css/session_goals.css", "css/session_wrap_up.css"];

/// What the room needs to be drawn: of a booked session or of the test session.
pub(super) struct Room<'a> {
    pub me: &'a Me,
    pub now: Timestamp,
    /// The booking's number; 0 in the test session.
    pub booking: i64,
    pub start: Timestamp,
    pub ends: Timestamp,
    pub closes: Timestamp,
    pub phase: Phase,
    pub mic_muted: bool,
    /// Sessions that I have done before this one.
    pub sessions: i64,
    pub goals: &'a [Goal],
    pub carried: &'a [String],
    pub partner: Option<&'a Partner>,
    pub next: Option<&'a NextSession>,
    pub test: bool,
}

/// The session page of one member's booking.
pub fn page(door: &SessionDoor) -> Markup {
    let room = Room {
        me: &door.me,
        now: door.now,
        booking: door.booking.0,
        start: door.start,
        ends: door.start.plus(door.length.seconds()),
        closes: door.start.plus(door.length.footprint_s()),
        phase: phase(door.start, door.length, door.now),
        mic_muted: door.wishes.mic_muted,
        sessions: door.sessions,
        goals: &door.goals,
        carried: &door.carried,
        partner: door.partners.first(),
        next: door.next.as_ref(),
        test: false,
    };
    let title = match room.partner {
        Some(partner) => format!("Session with {}", partner.name),
        None => "Session".to_owned(),
    };
    document(&room, &title, "js/pages/session.js")
}

/// The room inside its frame.
pub(super) fn document(room: &Room<'_>, title: &str, module: &str) -> Markup {
    let frame = Frame {
        title,
        me: Some(room.me),
        instance: &room.me.instance,
        here: Here::Elsewhere,
        css: CSS,
        js: &[module],
        notice: None,
        bare: true,
    };
    layout(&frame, body(room))
}

fn body(room: &Room<'_>) -> Markup {
    let goals = serde_json::to_string(room.goals).unwrap_or_else(|_| "[]".to_owned());
    html! {
        noscript {
            p.notice.trouble { "The session needs JavaScript for the picture, the bell and the goals. " a href="/guide" { "The guide says how to allow it." } }
        }
        (layout::asleep())
        div #session.room
            data-booking=(room.booking)
            data-phase=(word(room.phase))
            data-link="connecting"
            data-call="idle"
            data-seated="false"
            data-view="near"
            data-now=(room.now.0 * 1000)
            data-starts=(room.start.0)
            data-ends=(room.ends.0)
            data-closes=(room.closes.0)
            data-name=(room.me.name)
            data-zone=(room.me.zone.name())
            data-sessions=(room.sessions)
            data-mic-muted=(room.mic_muted)
            data-test[room.test]
            data-goals=(goals)
        {
            p #line-status.line-status role="status" hidden {}
            div #trouble.trouble-line role="alert" hidden {
                p #trouble-words {}
                button.icon-button type="button" #trouble-close aria-label="Close this note" { (icon("close")) }
            }
            (lobby::lobby(room))
            (stage::stage(room))
            (wrap_up::closed(room))
            (elsewhere("This session is open in another tab", ("/", "To the calendar")))
            (dialogs::dialogs(room))
            (stage::shelf())
        }
    }
}

/// The word that the page's modules know a phase by.
fn word(phase: Phase) -> &'static str {
    match phase {
        Phase::Ahead => "ahead",
        Phase::Lobby => "lobby",
        Phase::Goals => "goals",
        Phase::Focus => "focus",
        Phase::WrapUp => "wrap_up",
        Phase::Closed => "closed",
    }
}

/// "It's ten past seven in the morning for Ana."
fn their_time(name: &str, zone: &Zone, now: Timestamp) -> String {
    format!("It's {} for {name}.", words::said_time(zone.wall(now)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::booking::{Length, Wishes};
    use crate::domain::id::{BookingId, MemberId};
    use crate::domain::member::Role;

    fn door(partners: Vec<Partner>) -> SessionDoor {
        SessionDoor {
            me: Me { id: MemberId(1), name: "Ana".into(), role: Role::Member, zone: Zone::utc(), instance: "Desk".into() },
            now: Timestamp(1_790_000_000 - 300),
            booking: BookingId(7),
            start: Timestamp(1_790_000_000),
            length: Length::Short,
            wishes: Wishes::default(),
            goals: vec![Goal { text: "<i>\"write\"".into(), outcome: None }],
            carried: vec!["Tidy up".into()],
            sessions: 0,
            partners,
            rules: String::new(),
            next: None,
        }
    }

    fn ben() -> Partner {
        Partner {
            name: "Ben".into(),
            zone: Zone::or_utc("Asia/Tokyo"),
            sessions: 12,
            wishes: Wishes::default(),
            late_minutes: None,
            welcomes: false,
        }
    }

    #[test]
    fn what_was_typed_is_shown_as_it_was_typed_and_never_as_markup() {
        let html = page(&door(vec![ben()])).into_string();
        assert!(!html.contains("<i>"));
        assert!(html.contains("data-phase=\"lobby\""));
    }

    #[test]
    fn every_id_is_there_once() {
        for partners in [vec![ben()], Vec::new()] {
            let html = page(&door(partners)).into_string();
            let mut ids: Vec<&str> = html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
            let all = ids.len();
            ids.sort_unstable();
            ids.dedup();
            assert_eq!(all, ids.len());
        }
    }

    #[test]
    fn nothing_on_the_page_needs_an_exception_from_the_content_policy() {
        let html = page(&door(vec![ben()])).into_string();
        assert!(!html.contains(" style=") && !html.contains(" onclick"));
    }
}
