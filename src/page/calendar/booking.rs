//! One of my bookings in full: when, with whom, what is new, and what I can do about it.

use super::plans;
use crate::domain::company::NEWCOMER_BELOW;
use crate::domain::matching::Rule;
use crate::domain::session::{LOBBY_S, Phase};
use crate::domain::time::{MINUTE, Timestamp};
use crate::domain::view::{Calendar, Company, Mine, Partner};
use crate::page::{Lamp, icon, lamp, words};
use maud::{Markup, html};

/// Who will be late knows it about then; earlier it would only stand in the way of what matters more.
const LATE_S: i64 = 15 * MINUTE;

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
        @if mine.partners.is_empty() && mine.phase == Phase::Ahead { (around(view, mine)) }
        @for partner in &mine.partners { (about(view, mine, partner)) }
        @if let Some(inside) = &mine.inside { p.soft.small { (icon("people")) " Only in " (inside) "." } }
        @if let Some(rule) = mine.rule { (why(mine, rule)) }
        @if mine.phase != Phase::Closed { (ways(view, mine)) }
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
                @if mine.phase >= Phase::Goals { "Nobody is there yet. Your seat is open." } @else { (promise(view, mine)) }
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

/// How sure company is, before anybody is named.
fn promise(view: &Calendar, mine: &Mine) -> String {
    let clock = |at: Timestamp| words::clock_at(&view.me.zone, at);
    match &mine.company {
        Company::Pending => format!("You will have company at {}. We’ll tell you with whom just before.", clock(mine.start)),
        Company::Promised { names_at } => {
            format!("You will have company at {}. Names at {}.", clock(mine.start), clock(*names_at))
        }
        Company::Looking { earliest, latest, .. } if earliest < latest => {
            let ends = latest.plus(mine.length.seconds());
            format!("Looking for company between {} and {}.", clock(*earliest), clock(ends))
        }
        Company::Looking { .. } => "Looking for company".to_owned(),
    }
}

/// Who else is around, or where the nearest other is.
fn around(view: &Calendar, mine: &Mine) -> Markup {
    let Company::Looking { earliest, latest, around, near, may_ask } = &mine.company else { return html! {} };
    let clock = |at: Timestamp| words::clock_at(&view.me.zone, at);
    let said = match (around, near) {
        (0, Some(near)) => {
            let (here, there) = (clock(mine.start), clock(near.start));
            Some(format!("Nobody at {here} yet. {} is at {there}. Move, or keep your seat?", near.name))
        }
        (1, _) if earliest < latest => Some("One other is around then.".to_owned()),
        (n, _) if earliest < latest && *n > 1 => Some(format!("{n} others are around then.")),
        _ => None,
    };
    html! {
        @if let Some(said) = said { p.soft.small { (said) } }
        @if near.is_some() || *may_ask {
            div.ways {
                @if let Some(near) = near { (plans::move_there(mine.id, near.start, &clock(near.start))) }
                @if *may_ask { (plans::ask_around(mine.id)) }
            }
        }
    }
}

/// "Why Ana?", answered.
fn why(mine: &Mine, rule: Rule) -> Markup {
    let names: Vec<&str> = mine.partners.iter().map(|p| p.name.as_str()).collect();
    html! {
        details.fold.why {
            summary.small { "Why " (names.join(" and ")) "?" }
            p.soft.small { (rule.sentence()) }
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
        @if let Some(said) = welcome(view, partner).filter(|_| mine.phase < Phase::Focus && !mine.left) { p.small { (said) } }
        @if let Some(minutes) = partner.late_minutes.filter(|_| mine.phase < Phase::Focus) {
            p.small { b { (partner.name) " comes " (minutes) @if minutes == 1 { " minute late." } @else { " minutes late." } } }
        }
    }
}

/// Who is new and who shows them around: both read it.
fn welcome(view: &Calendar, partner: &Partner) -> Option<String> {
    let name = &partner.name;
    match partner.sessions {
        ..NEWCOMER_BELOW if view.newcomer => Some("You’re both new here. The lobby says how it goes.".to_owned()),
        0 => Some(format!("It’s {name}’s first session. Show them around.")),
        1 => Some(format!("It’s {name}’s second session. Show them around.")),
        2 => Some(format!("It’s {name}’s third session. Show them around.")),
        _ if view.newcomer && partner.welcomes => {
            Some(format!("{name} likes to welcome newcomers. Ask whatever you want to know."))
        }
        _ => None,
    }
}

/// The buttons: the lobby from ten minutes before, "three minutes late" from a quarter of an hour before, the calendar file, cancel.
fn ways(view: &Calendar, mine: &Mine) -> Markup {
    let open = mine.phase >= Phase::Lobby;
    html! {
        div.ways {
            a.button.primary.wide href={ "/session/" (mine.id) } data-from=(mine.start.0 - LOBBY_S) hidden[!open] {
                (icon("door")) @if mine.left { "Back to your seat" } @else if mine.phase >= Phase::Goals { "Go to your seat" } @else { "Open the lobby" }
            }
            @if !mine.partners.is_empty() && mine.phase < Phase::Focus && !mine.sat {
                form method="post" action="/late" data-live data-from=(mine.start.0 - LATE_S) hidden[view.now.0 < mine.start.0 - LATE_S] {
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
        @if mine.phase < Phase::Goals { (plans::move_it(view, mine)) }
    }
}
