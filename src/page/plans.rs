//! My plans: appointments of every week, times that are found for me, holidays, and the hours I wait for.

use super::calendar::plans::{DAYS, find_fields, part_word};
use super::{Drawing, Frame, Here, Notice, drawing, icon, layout, words};
use crate::domain::booking::Length;
use crate::domain::plan::{Part, Parts};
use crate::domain::time::Timestamp;
use crate::domain::view::{Agreement, AppointmentView, FoundWeek, OrderView, PlansPage};
use maud::{Markup, html};

/// The page of my plans.
pub fn page(view: &PlansPage, notice: Option<&Notice>) -> Markup {
    let frame = Frame {
        title: "Plans",
        me: Some(&view.me),
        instance: &view.me.instance,
        here: Here::Calendar,
        css: &["css/plans.css"],
        js: &[],
        notice,
        bare: false,
    };
    let main = html! {
        div.page.split {
            div.stack.loose {
                header.stack.tight {
                    h1 { "Plans" }
                    p.soft { "What comes back every week, and what we look for. Single sessions are on the " a href="/" { "calendar" } "." }
                }
                (every_week(view))
                (found(view))
            }
            div.stack.loose {
                (holiday(view))
                (waits(view))
                (nudges(view))
            }
        }
    };
    layout(&frame, main)
}

fn every_week(view: &PlansPage) -> Markup {
    html! {
        section.card.stack aria-labelledby="every-title" {
            h2 #every-title { "Every week" }
            @if view.appointments.is_empty() {
                div.row.plans-empty {
                    (drawing(Drawing::TwoWindows))
                    p.soft { "Nothing yet. Book a time on the calendar and tick " b { "Every week at this time" } " under “More about it”. Ask for a favorite by name, and it is proposed to them." }
                }
            }
            ul.list { @for one in &view.appointments { (appointment(view, one)) } }
        }
    }
}

fn appointment(view: &PlansPage, one: &AppointmentView) -> Markup {
    let day = words::weekday(DAYS[usize::try_from(one.weekly.weekday).unwrap_or(0) % 7]);
    let elsewhere = one.weekly.zone != view.me.zone;
    html! {
        li.stack.tight {
            div.row.between {
                h3 {
                    (day) "s at " (words::clock_of(one.weekly.time()))
                    @if elsewhere { " in " (super::calendar::place(one.weekly.zone.name())) }
                }
                @if one.state != Agreement::WaitsForMe {
                    form method="post" action={ "/plans/appointment/" (one.id) "/end" } data-once data-confirm=[ending(one)] {
                        button.button.small.quiet type="submit" { "End it" span.visually-hidden { ": " (day) } }
                    }
                }
            }
            p.small { (one.length.minutes()) " min" @if let Some(name) = &one.partner { ", with " (name) } @else { ", with whoever comes" } }
            @match one.state {
                Agreement::Holds => (booked(view, &one.booked)),
                Agreement::WaitsForThem => p.soft.small { "Waits for " (one.partner.as_deref().unwrap_or("them")) " to say yes." },
                Agreement::WaitsForMe => div.row.tight {
                    form method="post" action={ "/plans/appointment/" (one.id) "/yes" } data-once { button.button.small.primary type="submit" { "Yes, every week" } }
                    form method="post" action={ "/plans/appointment/" (one.id) "/no" } data-once { button.button.small type="submit" { "I can’t" } }
                },
            }
        }
    }
}

fn ending(one: &AppointmentView) -> Option<&'static str> {
    match (one.state, &one.partner) {
        (Agreement::Holds, Some(_)) => Some("The sessions it has booked ahead are cancelled, for both of you."),
        (Agreement::Holds, None) => Some("The sessions it has booked ahead are cancelled."),
        _ => None,
    }
}

fn booked(view: &PlansPage, starts: &[Timestamp]) -> Markup {
    html! {
        @if starts.is_empty() { p.soft.small { "Nothing booked just now." } }
        @else { p.soft.small { "Booked: " (starts.iter().map(|start| day_words(view, *start)).collect::<Vec<_>>().join(", ")) "." } }
    }
}

/// "24 Nov", on my own clock.
fn day_words(view: &PlansPage, start: Timestamp) -> String {
    view.me.zone.wall(start).strftime("%-d %b").to_string()
}

fn found(view: &PlansPage) -> Markup {
    let ticked = view.orders.last().map_or(Parts::default(), |order| order.parts);
    html! {
        section.card.stack #find aria-labelledby="find-title" {
            h2 #find-title { "Find me times" }
            p.soft { "You say which half-days suit you, we say when: where somebody would be alone otherwise, or where others gather." }
            ul.list { @for order in &view.orders { (one_order(view, order)) } }
            details.fold open[view.orders.is_empty()] {
                summary { "Look for some" }
                form.stack method="post" action="/plans/find" data-once {
                    (find_fields((&view.lengths, view.lengths.nearest(Length::Middle)), ticked, view.me.zone.date(view.now).weekday()))
                    div { button.button.primary type="submit" { "Find them" } }
                }
            }
        }
    }
}

fn one_order(view: &PlansPage, order: &OrderView) -> Markup {
    html! {
        li.stack.tight {
            div.row.between {
                h3 { (sessions(order.times)) " of " (order.length.minutes()) " min" @if order.every_week { ", every week" } }
                form method="post" action={ "/plans/order/" (order.id) "/end" } data-once {
                    button.button.small.quiet type="submit" { "Stop looking" }
                }
            }
            p.small.soft { (parts_words(order.parts)) }
            @for week in &order.weeks { (one_week(view, week)) }
        }
    }
}

fn sessions(n: i64) -> String {
    if n == 1 { "One session".to_owned() } else { format!("{n} sessions") }
}

fn one_week(view: &PlansPage, week: &FoundWeek) -> Markup {
    let found: Vec<String> = week.found.iter().map(|(_, start)| words::day_and_clock(&view.me.zone, *start, view.now)).collect();
    html! {
        p.small {
            @if !found.is_empty() { "Found: " (found.join(", ")) ". " }
            @if week.looking > 0 { "Looking for " (week.looking) " in the week from " (words::long_day(week.week)) "." }
        }
    }
}

/// "Mon morning, Tue morning and afternoon".
fn parts_words(parts: Parts) -> String {
    let mut said = Vec::new();
    for (day, weekday) in DAYS.into_iter().enumerate() {
        let ticked: Vec<String> =
            Part::ALL.into_iter().filter(|part| parts.has(day, *part)).map(|part| part_word(part).to_lowercase()).collect();
        if !ticked.is_empty() {
            said.push(format!("{} {}", &words::weekday(weekday)[..3], ticked.join(" and ")));
        }
    }
    said.join(", ")
}

fn holiday(view: &PlansPage) -> Markup {
    let today = view.me.zone.date(view.now);
    html! {
        section.card.stack.tight aria-labelledby="holiday-title" {
            h2 #holiday-title { "Holiday" }
            p.soft.small { "In those days nothing is planned for you: appointments are left out, and no times are looked for." }
            form.stack.tight method="post" action="/plans/holiday" data-once {
                div.row.tight.days {
                    label.field { span { "From" } input type="date" name="first" required min=(today) value=[view.holiday.map(|h| h.first)]; }
                    label.field { span { "To, this day too" } input type="date" name="last" required min=(today) value=[view.holiday.map(|h| h.last)]; }
                }
                div.row.tight {
                    button.button.small type="submit" { "Keep" }
                    @if view.holiday.is_some() { button.button.small.quiet type="submit" name="back" value="on" formnovalidate { "No holiday" } }
                }
            }
        }
    }
}

fn waits(view: &PlansPage) -> Markup {
    html! {
        @if !view.waits.is_empty() {
            section.card.stack.tight aria-labelledby="waits-title" {
                h2 #waits-title { "Tell me when somebody is there" }
                ul.list {
                    @for (from, until) in &view.waits {
                        li.row.between {
                            span { (words::capital(&words::day_and_clock(&view.me.zone, *from, view.now))) " to " (words::clock_at(&view.me.zone, *until)) }
                            form method="post" action="/plans/wait/end" data-once {
                                button.button.small.quiet type="submit" name="start" value=(from.0) { "Take back" }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn nudges(view: &PlansPage) -> Markup {
    html! {
        section.card.quiet.stack.tight {
            p.small {
                (icon("bell")) " "
                @if view.nudges { "You’re told when somebody waits alone: one a day and three a week at most." }
                @else { "You’re never told unasked that somebody waits alone." }
            }
            p.small { a href="/me#company-title" { "Change that in Settings" } }
        }
    }
}
