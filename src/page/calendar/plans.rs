//! Plans on the calendar: what there is to tell me, my week as it was found, "find me times", and moving a booking.

use super::dialogs::close;
use crate::domain::booking::{Length, Lengths};
use crate::domain::id::BookingId;
use crate::domain::plan::{Part, Parts, TIMES_MOST};
use crate::domain::time::{MINUTE, Timestamp};
use crate::domain::view::{Calendar, Company, FoundWeek, Mine, Notice, NoticeKind};
use crate::domain::week::Week;
use crate::page::{icon, words};
use jiff::civil::Weekday;
use maud::{Markup, html};

/// Weekdays in the order of a week.
pub const DAYS: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

/// Sentences for me, each with what can be done about it.
pub fn notices(view: &Calendar) -> Markup {
    // Who was near may have gone meanwhile.
    let shown: Vec<&Notice> =
        view.plans.notices.iter().filter(|n| n.kind != NoticeKind::Shift || there(view, n).is_some()).collect();
    html! {
        @if !shown.is_empty() {
            section.card.notices #notices aria-label="For you" {
                ul.list { @for notice in shown { (one(view, notice)) } }
            }
        }
    }
}

fn one(view: &Calendar, notice: &Notice) -> Markup {
    html! {
        li #{ "n-" (notice.id) } {
            p { (notice.text) }
            div.ways {
                (answers(view, notice))
                form method="post" action={ "/notice/" (notice.id) "/away" } data-live {
                    button.button.small.quiet type="submit" { "Put away" }
                }
            }
        }
    }
}

fn answers(view: &Calendar, notice: &Notice) -> Markup {
    match (notice.kind, notice.appointment, notice.booking, notice.start) {
        (NoticeKind::Proposed, Some(id), ..) => html! {
            form method="post" action={ "/plans/appointment/" (id) "/yes" } data-live {
                button.button.small.primary type="submit" { "Yes, every week" }
            }
            form method="post" action={ "/plans/appointment/" (id) "/no" } data-live {
                button.button.small type="submit" { "I can’t" }
            }
        },
        (NoticeKind::Waits | NoticeKind::AskedAround, _, Some(id), Some(start)) => html! {
            form method="post" action="/book" data-live data-once {
                input type="hidden" name="start" value=(start.0);
                input type="hidden" name="minutes" value=(notice.length.minutes());
                @if notice.pickable {
                    button.button.small.primary type="submit" name="with" value=(id) { "Sit with them" }
                } @else {
                    button.button.small.primary type="submit" { "Book " (words::clock_at(&view.me.zone, start)) " too" }
                }
            }
            @if notice.kind == NoticeKind::AskedAround { (not_this_week()) }
        },
        (NoticeKind::Shift, _, Some(id), _) => html! {
            @if let Some(near) = there(view, notice) {
                (move_there(id, near, &words::clock_at(&view.me.zone, near)))
            }
            (not_this_week())
        },
        (NoticeKind::Upgraded, ..) => html! {
            a.button.small.primary href="/about/news" { "What is new" }
        },
        _ => html! {},
    }
}

/// Where somebody waits near the booking of mine that a notice is about.
fn there(view: &Calendar, notice: &Notice) -> Option<Timestamp> {
    let mine = view.mine.iter().find(|mine| Some(mine.id) == notice.booking)?;
    match &mine.company {
        Company::Looking { near: Some(near), .. } => Some(near.start),
        _ => None,
    }
}

fn not_this_week() -> Markup {
    html! {
        form method="post" action="/not-this-week" data-live {
            button.button.small type="submit" { "Not this week" }
        }
    }
}

/// One click moves a lone booking to where somebody is.
pub fn move_there(id: BookingId, to: Timestamp, clock: &str) -> Markup {
    html! {
        form method="post" action="/move" data-live data-once {
            input type="hidden" name="booking" value=(id);
            button.button.small.primary type="submit" name="start" value=(to.0) { "Move to " (clock) }
        }
    }
}

/// Tells those who like to be told that I wait.
pub fn ask_around(id: BookingId) -> Markup {
    html! {
        form method="post" action="/ask-around" data-live data-once {
            input type="hidden" name="booking" value=(id);
            button.button.small type="submit" { "Ask around" }
        }
    }
}

/// A booking to any other day and time.
pub fn move_it(view: &Calendar, mine: &Mine) -> Markup {
    let wall = view.me.zone.wall(mine.start);
    html! {
        details.fold.moves {
            summary.small { "Move it" }
            form.row.tight method="post" action="/move" data-live {
                input type="hidden" name="booking" value=(mine.id);
                label.field { span.small { "Day" } input type="date" name="date" required value=(wall.date()) min=(view.me.zone.date(view.now)) max=(view.me.zone.date(view.horizon)); }
                label.field { span.small { "Time" } input type="time" name="time" required step=(view.week.step_minutes * MINUTE) value=(wall.strftime("%H:%M")); }
                button.button.small type="submit" { "Move" }
            }
        }
    }
}

/// "Your week: Tue 9:00, Thu 14:00. Move one?" and the way to more of it.
pub fn panel(view: &Calendar) -> Markup {
    let this = Week::monday(view.me.zone.date(view.now));
    html! {
        section.card.plans aria-labelledby="plans-title" {
            h2 #plans-title { "Let us find a time" }
            @for week in &view.plans.weeks { (found(view, week, week.week <= this)) }
            @if view.plans.weeks.is_empty() {
                p.soft.small { "Say which half-days suit you. We pick the hours at which others are there." }
            }
            div.ways {
                button.button.small #find-open type="button" data-open="#find" { (icon("clock")) "Find me times" }
                a.button.small.quiet href="/plans" { "Plans" }
            }
        }
    }
}

fn found(view: &Calendar, week: &FoundWeek, this: bool) -> Markup {
    html! {
        @if !week.found.is_empty() {
            p { b { @if this { "Your week" } @else { "Next week" } } }
            ul.found {
                @for (id, start) in &week.found {
                    @let wall = view.me.zone.wall(*start);
                    @let said = format!("{} {}", &words::weekday(wall.date().weekday())[..3], words::clock(wall));
                    li {
                        @match view.mine.iter().find(|mine| mine.id == *id) {
                            Some(mine) => button.button.small #{ "found-" (id) } type="button" data-show=(id) data-mine=(id) data-start=(start.0) data-minutes=(mine.length.minutes()) { (said) },
                            None => a.button.small href={ "/?week=" (Week::monday(wall.date())) "&day=" (wall.date()) } { (said) },
                        }
                    }
                }
            }
            p.soft.small { "Move one? Open it." }
        }
        @if week.looking > 0 {
            p.soft.small { "Looking for " (times(week.looking)) @if this { " this week." } @else { " next week." } }
        }
    }
}

fn times(n: usize) -> String {
    match n {
        1 => "one more time".to_owned(),
        n => format!("{n} more times"),
    }
}

/// The sheet in which half-days are ticked.
pub fn find(view: &Calendar) -> Markup {
    html! {
        dialog.sheet #find aria-labelledby="find-title" {
            form method="post" action="/plans/find" data-live {
                div.sheet-head {
                    div { h2 #find-title { "Find me times" } p.soft { "We choose them where company is likeliest, at least twelve hours ahead." } }
                    (close())
                }
                div.sheet-body { (find_fields((&view.lengths, view.usual), view.plans.parts, view.me.zone.date(view.now).weekday())) }
                div.sheet-foot { button.button.primary type="submit" { "Find them" } }
            }
        }
    }
}

/// What is asked to find times: the same in the sheet and on the page of plans.
pub fn find_fields((lengths, usual): (&Lengths, Length), ticked: Parts, today: Weekday) -> Markup {
    // From Friday on there is little left of a week to choose from.
    let next = matches!(today, Weekday::Friday | Weekday::Saturday | Weekday::Sunday);
    html! {
        fieldset.choices {
            legend { "How many sessions" }
            @for n in 1..=TIMES_MOST { label { input type="radio" name="times" value=(n) checked[n == 2]; span { (n) } } }
        }
        fieldset.choices {
            legend { "How long" }
            @for length in lengths.iter() {
                label { input type="radio" name="minutes" value=(length.minutes()) checked[length == usual]; span { (length.minutes()) " min" } }
            }
        }
        fieldset.choices {
            legend { "In which week" }
            label { input type="radio" name="week" value="this" checked[!next]; span { "This week" } }
            label { input type="radio" name="week" value="next" checked[next]; span { "Next week" } }
        }
        table.parts {
            caption { "When it suits you" }
            thead { tr { td {} @for part in Part::ALL { th scope="col" { (part_word(part)) small.soft { (hours(part)) } } } } }
            tbody {
                @for (day, weekday) in DAYS.into_iter().enumerate() {
                    tr {
                        th scope="row" { (&words::weekday(weekday)[..3]) }
                        @for part in Part::ALL {
                            td {
                                label {
                                    input type="checkbox" name="part" value=(Parts::number(day, part)) checked[ticked.has(day, part)]
                                        aria-label={ (words::weekday(weekday)) " " (part_word(part).to_lowercase()) };
                                    i.dot aria-hidden="true" {}
                                }
                            }
                        }
                    }
                }
            }
        }
        label.check { input type="checkbox" name="every_week"; span { "Every week from then on" } }
    }
}

/// "Morning".
pub fn part_word(part: Part) -> &'static str {
    match part {
        Part::Morning => "Morning",
        Part::Afternoon => "Afternoon",
        Part::Evening => "Evening",
    }
}

fn hours(part: Part) -> String {
    let (from, to) = part.hours();
    format!("{from} – {to}")
}
