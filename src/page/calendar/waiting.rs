//! Who waits for company, soonest first, and on a phone the starts of the next hours.

use super::{is_taken, open_to_me, person};
use crate::domain::time::{HOUR, Timestamp};
use crate::domain::view::{Calendar, Waiting};
use crate::page::{icon, words};
use maud::{Markup, html};

/// How many are listed; the week beside it shows the rest.
const LISTED: usize = 6;

/// One press sits down with somebody.
pub fn list(view: &Calendar) -> Markup {
    let mut open: Vec<&Waiting> = open_to_me(view).collect();
    open.sort_by_key(|w| (w.start, !w.favorite, w.sessions));
    html! {
        section.card.waiting aria-labelledby="waiting-title" {
            h2 #waiting-title { "Waiting for company" }
            @if open.is_empty() {
                p.soft { "Nobody waits just now. Book a time and your lamp is lit for the others." }
            }
            ul.list {
                @for who in open.iter().take(LISTED) { (row(view, who)) }
            }
            @if open.len() > LISTED { p.soft.small { "And " (open.len() - LISTED) " more in the week." } }
        }
    }
}

fn row(view: &Calendar, who: &Waiting) -> Markup {
    html! {
        li #{ "w-" (who.id) } {
            div.who {
                p { span class={ "person " (words::sky(&who.zone, who.start)) } { i.dot.lit aria-hidden="true" {} (who.name) }
                    @if who.favorite { (star()) } " " b.clock.time { (words::day_and_clock(&view.me.zone, who.start, view.now)) } }
                p.soft.small { (person::line(view, who)) }
            }
            form method="post" action="/book" data-live data-once {
                input type="hidden" name="start" value=(who.start.0);
                input type="hidden" name="minutes" value=(who.length.minutes());
                @if who.pickable {
                    button.button.small #{ "sit-" (who.id) } type="submit" name="with" value=(who.id) { "Sit with " (who.name) }
                } @else {
                    button.button.small #{ "sit-" (who.id) } type="submit" { "Book " (words::clock_at(&view.me.zone, who.start)) " too" }
                }
            }
        }
    }
}

/// Whether I am booked at that moment.
fn is_mine(view: &Calendar, at: Timestamp) -> bool {
    view.mine.iter().any(|m| m.start <= at && at < m.start.plus(m.length.footprint_s()))
}

pub fn star() -> Markup {
    html! { span.favorite { (icon("star")) span.visually-hidden { "one of your favorites" } } }
}

/// How many wait at that start whom I could meet.
fn waiting_at(view: &Calendar, at: Timestamp) -> usize {
    let first = view.waiting.partition_point(|w| w.start < at);
    view.waiting[first..].iter().take_while(|w| w.start == at).filter(|w| !is_taken(&view.mine, w)).count()
}

/// The starts of the next three hours as buttons, lit where somebody waits.
pub fn next_hours(view: &Calendar) -> Markup {
    let soon: Vec<Timestamp> = {
        let mut all: Vec<Timestamp> = view.week.rows.iter().flat_map(|r| r.cells).flatten().collect();
        all.retain(|at| *at > view.now && at.since(view.now) <= 3 * HOUR && !is_mine(view, *at));
        all.sort_unstable();
        all.truncate(12);
        all
    };
    html! {
        @if !soon.is_empty() {
            section.card.hours.only-phone aria-labelledby="hours-title" {
                h2 #hours-title { "The next hours" }
                div.hours-grid {
                    @for at in soon {
                        @let there = waiting_at(view, at);
                        button.button.small #{ "h-" (at.0) } type="button" data-at=(at.0) {
                            i class=(if there > 0 { "dot lit" } else { "dot" }) aria-hidden="true" {}
                            span.clock { (words::clock_at(&view.me.zone, at)) }
                            @if there > 0 { span.visually-hidden { ", " (there) " waiting" } }
                        }
                    }
                }
            }
        }
    }
}
