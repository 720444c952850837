//! What I have next, the sessions after it, and the one button: start now.

use super::booking;
use crate::domain::hours::opens_words;
use crate::domain::session::Phase;
use crate::domain::view::{Calendar, Mine};
use crate::page::{icon, words};
use maud::{Markup, html};

/// How many later sessions are listed under the next one.
const LATER: usize = 4;

/// Whether a session of mine is under way, or its lobby is open.
pub fn is_open(view: &Calendar) -> bool {
    view.mine.iter().any(|mine| mine.phase >= Phase::Lobby && mine.phase != Phase::Closed && !mine.left)
}

/// My next session, open and large, and those after it in a line each.
pub fn panel(view: &Calendar) -> Markup {
    let mut ahead: Vec<&Mine> = view.mine.iter().filter(|m| m.phase != Phase::Closed).collect();
    // What I left stands behind what I am still to do.
    ahead.sort_by_key(|m| (m.left, m.start));
    html! {
        section #next class={ "card next" @if ahead.first().is_some_and(|m| m.phase >= Phase::Lobby && !m.left) { " glow" } } aria-labelledby="next-title" {
            @match ahead.split_first() {
                Some((next, later)) => {
                    (first_of_all(view, next))
                    @if !later.is_empty() { (afterwards(view, later)) }
                }
                None => {
                    h2 #next-title { "Nothing booked" }
                    p.soft { "Pick a time in the week, or sit down with somebody who waits." }
                }
            }
            @if !ahead.is_empty() {
                button.button.small.quiet #remind type="button" hidden { (icon("bell")) "Remind me in this browser" }
            }
        }
    }
}

fn first_of_all(view: &Calendar, next: &Mine) -> Markup {
    let wall = view.me.zone.wall(next.start);
    let day = words::day_words(wall.date(), view.me.zone.date(view.now));
    let ends = words::clock_at(&view.me.zone, next.start.plus(next.length.seconds()));
    html! {
        div.row.between.tight {
            h2 #next-title { "Next" }
            @if next.left {
                span.tag { "you left" }
            } @else if next.phase < Phase::Goals {
                span.tag.countdown data-until=(next.start.0) { (words::until(next.start.since(view.now))) }
            } @else {
                span.tag.lit { "going on" }
            }
        }
        p.when data-mine=(next.id) data-start=(next.start.0) data-minutes=(next.length.minutes()) {
            b.number.clock { (words::clock(wall)) }
            span { (words::capital(&day)) br; span.soft.small { (next.length.minutes()) " min, until " (ends) } }
        }
        (booking::details(view, next))
    }
}

fn afterwards(view: &Calendar, later: &[&Mine]) -> Markup {
    let today = view.me.zone.date(view.now);
    html! {
        details.fold #later {
            summary { "After that: " (later.len()) " more" }
        ul.later {
            @for mine in later.iter().take(LATER) {
                @let wall = view.me.zone.wall(mine.start);
                li {
                    button #{ "later-" (mine.id) } type="button" data-show=(mine.id) data-mine=(mine.id) data-start=(mine.start.0) data-minutes=(mine.length.minutes()) {
                        span.clock { (words::capital(&words::day_words(wall.date(), today))) " " b { (words::clock(wall)) } }
                        span.soft { @match mine.partners.first() {
                            Some(partner) => { "with " (partner.name) }
                            None => { "waiting" }
                        } }
                        @if mine.news.is_some() { span.tag.lit { "news" } }
                    }
                }
            }
        }
        @if later.len() > LATER { p.soft.small { "The rest is in the week." } }
        }
    }
}

/// Anyone who waits at this moment, else the next start.
pub fn start_now(view: &Calendar) -> Markup {
    html! {
        form.card.start-now method="post" action="/start-now" data-go data-once {
            fieldset.choices {
                legend.visually-hidden { "How long" }
                @for length in view.lengths.iter() {
                    label {
                        input type="radio" name="minutes" value=(length.minutes()) checked[length == view.usual];
                        span { (length.minutes()) }
                    }
                }
            }
            button.button.primary type="submit" { "Start now" }
            @if let Some(opens) = view.opens {
                p.soft.small data-gone=(opens.0) { "Closed now. " (opens_words(Some(opens), view.now, &view.me.zone)) }
            }
        }
    }
}
