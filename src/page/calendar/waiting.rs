//! Who waits for company, soonest first, and on a phone the starts of the next hours.

use super::{is_taken, person};
use crate::domain::booking::Length;
use crate::domain::grid::LATE_BOOKING_S;
use crate::domain::time::{HOUR, Timestamp, Zone};
use crate::domain::view::{Calendar, Slot, Waiting};
use crate::page::{icon, words};
use maud::{Markup, html};

/// How many are listed; the week beside it shows the rest.
const LISTED: usize = 6;
/// How many the sheet over a cell lists.
const IN_SHEET: usize = 40;

/// One press sits down with somebody.
pub fn list(view: &Calendar) -> Markup {
    let (open, all) = open_to_me(view);
    html! {
        section.card.waiting aria-labelledby="waiting-title" {
            h2 #waiting-title { "Waiting for company" }
            @if open.is_empty() {
                p.soft { "Nobody waits just now. Book a time and your lamp is lit for the others." }
            }
            ul.list {
                @for who in &open { (row(view, who)) }
            }
            @if all > open.len() { p.soft.small { "And " (all - open.len()) " more in the week." } }
        }
    }
}

/// The first of those who wait and whom I could meet, to the last minute and not while I am booked; and how many there are.
fn open_to_me(view: &Calendar) -> (Vec<Waiting<'_>>, usize) {
    let (mut listed, mut all) = (Vec::new(), 0);
    for slot in view.waiting.iter().filter(|slot| slot.at().plus(LATE_BOOKING_S) > view.now) {
        if listed.len() >= LISTED && !is_near_mine(view, slot.at()) {
            all += slot.standing();
            continue;
        }
        let mut there: Vec<Waiting<'_>> = slot.who_stands().filter(|w| !is_taken(&view.mine, w.who)).collect();
        all += there.len();
        there.sort_by_key(|w| (!w.favorite, w.who.sessions));
        listed.extend(there.into_iter().take(LISTED - listed.len().min(LISTED)));
    }
    (listed, all)
}

/// Whether something of mine could overlap a session that starts then.
fn is_near_mine(view: &Calendar, at: Timestamp) -> bool {
    let longest = Length::Long.footprint_s();
    view.mine.iter().any(|m| m.start < at.plus(longest) && at < m.start.plus(longest))
}

fn row(view: &Calendar, waiting: &Waiting<'_>) -> Markup {
    let who = waiting.who;
    html! {
        li #{ "w-" (who.id) } {
            div.who {
                p { span class={ "person " (words::sky(&who.zone, who.start)) } { i.dot.lit aria-hidden="true" {} (who.name) }
                    @if waiting.favorite { (star()) } " " b.clock.time { (words::day_and_clock(&view.me.zone, who.start, view.now)) } }
                p.soft.small { (person::line(&view.me.zone, who)) }
            }
            form method="post" action="/book" data-live data-once {
                input type="hidden" name="start" value=(who.start.0);
                input type="hidden" name="minutes" value=(who.length.minutes());
                @if waiting.pickable {
                    button.button.small #{ "sit-" (who.id) } type="submit" name="with" value=(who.id) { "Sit with " (who.name) }
                } @else {
                    button.button.small #{ "sit-" (who.id) } type="submit" { "Book " (words::clock_at(&view.me.zone, who.start)) " too" }
                }
            }
        }
    }
}

/// So many are seen before the rest is unfolded: the sheet's own questions stay in sight.
const AT_ONCE: usize = 5;

/// Who waits in a cell, for the sheet over it: favorites first, then whom I may pick; after them who could come, in the same way.
pub fn in_cell(zone: &Zone, slots: &[Slot]) -> Markup {
    let mut all: Vec<Waiting<'_>> = slots.iter().flat_map(Slot::people).collect();
    all.sort_by_key(|w| (w.who.could_come(), !w.favorite, !w.pickable));
    let rest = all.len().saturating_sub(IN_SHEET);
    html! {
        ul.list #book-list {
            @for waiting in all.iter().take(AT_ONCE) { (choice(zone, waiting)) }
            @if all.len() > AT_ONCE {
                li {
                    details.fold {
                        summary { (all.len() - AT_ONCE) " more wait there" }
                        ul.list { @for waiting in all.iter().take(IN_SHEET).skip(AT_ONCE) { (choice(zone, waiting)) } }
                    }
                }
            }
            @if rest > 0 { li.soft.small { "And " (rest) " more. Book the time, and we find you somebody." } }
        }
    }
}

fn choice(zone: &Zone, waiting: &Waiting<'_>) -> Markup {
    let who = waiting.who;
    html! {
        li {
            div.who {
                p { span class={ "person " (words::sky(&who.zone, who.start)) } { (who.name) } @if waiting.favorite { (star()) }
                    @if who.could_come() { " could come, too; waits at " b.clock.time { (words::clock_at(zone, who.stands_at)) } } }
                p.soft.small { (person::line(zone, who)) }
            }
            button.button.small type="submit" name="with" value=(who.id) disabled[!waiting.pickable]
                data-start=(who.start.0) data-minutes=(who.length.minutes()) data-who=(who.name) {
                @if waiting.pickable { "Sit with " (who.name) } @else { "Left to the matcher" }
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

/// How many wait at that start whom I could meet, and how many could come to it.
fn waiting_at(view: &Calendar, at: Timestamp) -> (usize, usize) {
    let Ok(n) = view.waiting.binary_search_by_key(&at, Slot::at) else { return (0, 0) };
    let (here, slot) = (|w: &Waiting<'_>| !is_taken(&view.mine, w.who), &view.waiting[n]);
    (slot.who_stands().filter(here).count(), slot.who_could_come().filter(here).count())
}

/// The starts of the next three hours as buttons, lit where somebody waits, half lit where somebody could come.
pub fn next_hours(view: &Calendar) -> Markup {
    let soon: Vec<Timestamp> = {
        let mut all: Vec<Timestamp> = view.week.rows.iter().flat_map(|r| r.cells).flatten().collect();
        all.retain(|at| *at > view.now && at.since(view.now) <= 3 * HOUR && !is_mine(view, *at));
        all.retain(|at| view.open.holds(*at, view.lengths.shortest().seconds()));
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
                        @let (there, could) = waiting_at(view, at);
                        button.button.small #{ "h-" (at.0) } type="button" data-at=(at.0) {
                            i class=(if there > 0 { "dot lit" } else if could > 0 { "dot half" } else { "dot" }) aria-hidden="true" {}
                            span.clock { (words::clock_at(&view.me.zone, at)) }
                            @if there > 0 { span.visually-hidden { ", " (there) " waiting" } }
                            @else if could > 0 { span.visually-hidden { ", " (could) " could come" } }
                        }
                    }
                }
            }
        }
    }
}
