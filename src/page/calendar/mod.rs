//! The home page: one week in my zone, what I have next, who waits for company.
//!
//! Everything that others may change lies inside `#calendar`, which a live page fetches again ([`part`]); dialogs and
//! confirmations lie outside, so that a change elsewhere never takes away what somebody is about to do.

mod booking;
mod company;
mod dialogs;
mod first;
mod grid;
mod next;
mod person;
pub(super) mod plans;
pub mod waiting;

use super::layout::{Frame, Here, Notice, layout};
use super::{fill, hole, icon, words};
use crate::domain::booking::footprints_overlap;
use crate::domain::view::{Calendar, Mine, Waiter};
use jiff::ToSpan;
use maud::{Markup, PreEscaped, html};

/// About how much text the page is without the people, and what each start of theirs adds: room for it is asked for once.
const SHELL_BYTES: usize = 48 * 1024;
const START_BYTES: usize = 224;

/// The whole page; `known` is how many hints it knows (see `live::calendar`).
pub fn page(view: &Calendar, known: u64, notice: Option<&Notice>) -> Markup {
    let frame = Frame {
        title: "Calendar",
        me: Some(&view.me),
        instance: &view.me.instance,
        here: Here::Calendar,
        css: &["css/calendar.css", "css/grid.css", "css/plans.css"],
        js: &["js/pages/calendar.js"],
        notice,
        bare: false,
    };
    let mut out = String::with_capacity(SHELL_BYTES + START_BYTES * view.waiting.len());
    fill(&mut out, &layout(&frame, hole()), |out| {
        put_part(out, view);
        out.push_str(&dialogs::dialogs(view, known).0);
    });
    PreEscaped(out)
}

/// The element `#calendar`: all of the page that changes while it is open.
pub fn part(view: &Calendar) -> Markup {
    let mut out = String::with_capacity(SHELL_BYTES + START_BYTES * view.waiting.len());
    put_part(&mut out, view);
    PreEscaped(out)
}

fn put_part(out: &mut String, view: &Calendar) {
    let first = view.week.days[0].date;
    let shell = html! {
        div #calendar data-now=(view.now.0) data-zone=(view.me.zone.name()) data-week=(first)
            data-from=(view.week.from().0) data-to=(view.week.to().0) data-horizon=(view.horizon.0) {
            @if let Some(steps) = &view.first_steps { (first::cards(steps)) }
            div #home.home {
                div.beside {
                    (plans::notices(view))
                    // The one button comes first, unless the door to what is booked is open.
                    @if next::is_open(view) { (next::panel(view)) (next::start_now(view)) }
                    @else { (next::start_now(view)) (next::panel(view)) }
                    (waiting::list(view))
                    (waiting::next_hours(view))
                    (plans::panel(view))
                }
                section.week aria-labelledby="week-title" {
                    (head(view))
                    (day_tabs(view))
                    (hole())
                }
            }
            @for mine in &view.mine { (booking::template(view, mine)) }
        }
    };
    fill(out, &shell, |out| grid::put_grid(out, view));
}

/// The week's name and the ways to the weeks beside it.
fn head(view: &Calendar) -> Markup {
    let (first, last) = (view.week.days[0].date, view.week.days[6].date);
    let (before, after) = (first.saturating_sub(7.days()), first.saturating_add(7.days()));
    let here = view.week.day_of(view.now) == Some(0);
    html! {
        div.week-head {
            h1 #week-title { (words::week_words(first, last)) }
            div.only-wide {
                p.soft.small {
                    @if !view.focus_hours.is_empty() { span { i.mark aria-hidden="true" {} "Focus hours" } }
                    span { "Your time, " (place(view.me.zone.name())) }
                }
            }
            nav.row.tight aria-label="Weeks" {
                a.icon-button.bordered #week-before href={ "/?week=" (before) } data-week=(before) aria-label="The week before" { (icon("arrow-left")) }
                @if !here { a.button.small #week-now href="/" data-week="" { "Today" } }
                a.icon-button.bordered #week-after href={ "/?week=" (after) } data-week=(after) aria-label="The week after" { (icon("arrow-right")) }
            }
        }
    }
}

/// The seven days of a phone's week.
fn day_tabs(view: &Calendar) -> Markup {
    let first = view.week.days[0].date;
    let today = view.me.zone.date(view.now);
    html! {
        nav.day-tabs.only-phone aria-label="Days" {
            @for (n, day) in view.week.days.iter().enumerate() {
                @let lit = view.mine.iter().any(|m| view.week.day_of(m.start) == Some(n));
                a href={ "/?week=" (first) "&day=" (day.date) } data-day=(n) aria-current=[(n == view.day).then_some("date")]
                    aria-label={ (words::long_day(day.date)) @if day.date == today { ", today" } @if lit { ", you have a session" } } {
                    span { (&words::weekday(day.date.weekday())[..2]) }
                    b { (day.date.day()) }
                    i.dot.lit[lit] aria-hidden="true" {}
                }
            }
        }
    }
}

/// "Europe/Berlin" as people say it: "Berlin".
pub(crate) fn place(zone: &str) -> String {
    zone.rsplit('/').next().unwrap_or(zone).replace('_', " ")
}

/// Whether I am booked while that other would sit there.
fn is_taken(mine: &[Mine], other: &Waiter) -> bool {
    mine.iter().any(|m| footprints_overlap((m.start, m.length), (other.start, other.length)))
}

#[cfg(test)]
mod tests;
