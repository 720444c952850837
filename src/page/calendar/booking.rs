//! One of my bookings in full: when, with whom, what is new, and what I can do about it.

use crate::domain::session::{LOBBY_S, Phase};
use crate::domain::view::{Calendar, Mine, Partner};
use crate::page::{Lamp, icon, lamp, words};
use maud::{Markup, html};

/// The booking as it is shown when its cell is opened.
pub fn template(view: &Calendar, mine: &Mine) -> Markup {
    html! {
        template id={ "mine-" (mine.id) } { (details(view, mine)) }
    }
}

/// What there is to know, then what there is to do.
pub fn details(view: &Calendar, mine: &Mine) -> Markup {
    html! {
        @if let Some(news) = &mine.news { p.news role="status" { (icon("bell")) span { (news) } } }
        p.company { (company(view, mine)) }
        @for partner in &mine.partners { (about(view, mine, partner)) }
        @if mine.phase != Phase::Closed { (ways(mine)) }
    }
}

/// "You sit with Ben." or what we do while nobody is there.
pub fn company(view: &Calendar, mine: &Mine) -> Markup {
    let state = match mine.partners.len() {
        0 => Lamp::Waiting,
        1 => Lamp::Pair,
        _ => Lamp::Trio,
    };
    html! {
        (lamp(state))
        span {
            @if mine.partners.is_empty() {
                @if mine.phase >= Phase::Goals { "Nobody is there yet. Your seat is open." } @else { "Waiting for company" }
            } @else {
                "With "
                @for (n, partner) in mine.partners.iter().enumerate() {
                    @if n > 0 { " and " }
                    span class={ "person " (words::sky(&partner.zone, mine.start.max(view.now))) } { (partner.name) }
                }
            }
        }
    }
}

fn about(view: &Calendar, mine: &Mine, partner: &Partner) -> Markup {
    let mut said = vec![words::sessions(partner.sessions)];
    said.extend(words::wishes(&partner.wishes).into_iter().map(str::to_owned));
    let there = partner.zone.wall(mine.start);
    let elsewhere = partner.zone.offset_s(mine.start) != view.me.zone.offset_s(mine.start);
    html! {
        p.soft.small {
            (words::capital(&said.join(", "))) "."
            @if elsewhere { " It’s " (words::said_time(there)) " for " (partner.name) "." }
        }
        @if let Some(minutes) = partner.late_minutes {
            p.small { b { (partner.name) " comes " (minutes) @if minutes == 1 { " minute late." } @else { " minutes late." } } }
        }
    }
}

/// The buttons: the lobby from ten minutes before, "three minutes late", the calendar file, cancel.
fn ways(mine: &Mine) -> Markup {
    let open = mine.phase >= Phase::Lobby;
    html! {
        div.ways {
            a.button.primary.wide href={ "/session/" (mine.id) } data-from=(mine.start.0 - LOBBY_S) hidden[!open] {
                (icon("door")) @if mine.phase >= Phase::Goals { "Go to your seat" } @else { "Open the lobby" }
            }
            @if !mine.partners.is_empty() && mine.phase < Phase::Focus {
                form method="post" action="/late" data-live data-from=(mine.start.0 - 3600) hidden[mine.phase == Phase::Ahead] {
                    input type="hidden" name="booking" value=(mine.id);
                    button.button.small type="submit" name="minutes" value="3" { (icon("clock")) "I’m three minutes late" }
                }
            }
            a.button.small.quiet href={ "/booking/" (mine.id) ".ics" } download { (icon("calendar")) "Calendar file" }
            @if mine.phase < Phase::Goals {
                form method="post" action="/cancel" data-live {
                    input type="hidden" name="booking" value=(mine.id);
                    button.button.small.quiet type="submit" { (icon("close")) "Cancel" }
                }
            }
        }
    }
}
