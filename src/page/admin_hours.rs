//! The opening hours: the week drawn, two times for each span of a day, and the days on which the house is closed.
//!
//! It works without a script: a day has one empty pair more than it needs. With one, the week is drawn while it is typed.

use super::admin::{Tab, admin_page_with};
use super::{Notice, form, icon, words};
use crate::domain::hours::{Hours, HoursForm, Span, time};
use crate::domain::refusal::Refusal;
use crate::domain::time::Zone;
use crate::domain::view::Me;
use maud::{Markup, html};

/// Empty pairs of dates below those that are said.
const MORE_CLOSED: usize = 2;
/// Weekdays that take over Monday's hours by one press.
const WORKDAYS: [&str; 4] = ["1", "2", "3", "4"];

/// The page; `leaves` is how many bookings these hours would leave in closed time, which the admin is asked about.
pub fn page(
    me: &Me,
    zone: &Zone,
    typed: &HoursForm,
    leaves: Option<usize>,
    refusal: Option<&Refusal>,
    notice: Option<&Notice>,
) -> Markup {
    let inside = html! {
        h1 { "Opening hours" }
        p { "When sessions may be booked, on the house’s own clock (" (zone.name()) "). Each member sees them on theirs. Rooms are not sessions: they stay open." }
        form.stack.loose #hours method="post" action="/admin/hours" data-once {
            (form::refusal(refusal))
            @if let Some(leaves) = leaves { (asks(leaves)) }
            section.card.stack aria-labelledby="week-title" {
                h2 #week-title { "The week" }
                fieldset.choices {
                    legend.visually-hidden { "Whether there are hours" }
                    label { input type="radio" name="when" value="always" checked[typed.always]; span { "Always open" } }
                    label { input type="radio" name="when" value="week" checked[!typed.always]; span { "At these hours" } }
                }
                div.hours-week {
                    div.hours-scale aria-hidden="true" { span { "0" } span { "6" } span { "12" } span { "18" } span { "24" } }
                    @for (weekday, spans) in (0u8..).zip(&typed.days) { (day(typed, weekday, spans)) }
                }
                p.hint { "An end that is not later than its beginning is on the next day: 20:00 to 2:00. Midnight to midnight is a whole day." }
            }
            section.card.stack aria-labelledby="closed-title" {
                h2 #closed-title { "Closed days" }
                p { "Holidays: closed from midnight to midnight, whatever the week says. One day needs no second date." }
                div.closed-days {
                    @for (first, last) in typed.closed.iter().map(|(a, b)| (a.as_str(), b.as_str())).chain([("", ""); MORE_CLOSED]) { (closed(first, last)) }
                }
                p.hint { "For more, keep these first. To take one back, empty it. Days that are over go by themselves." }
            }
            div.keep { button.button.primary { "Keep" } }
        }
    };
    admin_page_with(me, Tab::House, "Opening hours", notice, (&["css/pages/hours.css"], &["js/pages/hours.js"]), inside)
}

/// What the hours would leave outside is said before anything is saved.
fn asks(leaves: usize) -> Markup {
    html! {
        div.notice.trouble role="alert" {
            (icon("flag"))
            div.stack.tight {
                p {
                    @if leaves == 1 { "One booking ahead lies outside these hours. It stays as it is; " }
                    @else { (leaves) " bookings ahead lie outside these hours. They stay as they are; " }
                    "nobody else can book there from then on. Nothing is saved yet."
                }
                div { button.button.small.primary name="agreed" value=(leaves) { "Save all the same" } }
            }
        }
    }
}

fn day(typed: &HoursForm, weekday: u8, spans: &[(String, String)]) -> Markup {
    let name = words::weekday_of(weekday);
    html! {
        fieldset.hours-day data-day=(weekday) {
            legend { (name) }
            (bar(typed, weekday))
            div.hours-spans {
                @for (n, (from, to)) in spans.iter().map(|(a, b)| (a.as_str(), b.as_str())).chain(spans.is_empty().then_some(("", ""))).enumerate() {
                    (span(weekday, n, from, to))
                }
                details.hours-more {
                    summary { "One more" span.visually-hidden { " span on " (name) } }
                    (span(weekday, spans.len().max(1), "", ""))
                }
                @if weekday == 0 {
                    button.button.small.quiet type="button" data-same=(WORKDAYS.join(" ")) hidden { "Same from Tuesday to Friday" }
                }
            }
        }
    }
}

/// Two times; both empty is none.
fn span(weekday: u8, n: usize, from: &str, to: &str) -> Markup {
    let name = words::weekday_of(weekday);
    let which = if n == 0 { String::new() } else { format!(", span {}", n + 1) };
    html! {
        span.hours-span {
            input type="time" name={ "from-" (weekday) } value=(from) aria-label={ (name) ", open from" (which) };
            " to "
            input type="time" name={ "to-" (weekday) } value=(to) aria-label={ (name) ", open to" (which) };
        }
    }
}

fn closed(first: &str, last: &str) -> Markup {
    html! {
        div.row.tight.closed-row {
            label.field { span.small { "From" } input type="date" name="first" value=(first); }
            label.field { span.small { "To, this day too" } input type="date" name="last" value=(last); }
        }
    }
}

/// A day of 24 hours with its open time lit, and what the night before left of its own.
fn bar(typed: &HoursForm, weekday: u8) -> Markup {
    html! {
        svg.hours-bar viewBox="0 0 1440 16" preserveAspectRatio="none" aria-hidden="true" {
            @for hour in [6, 12, 18] { line x1=(hour * 60) x2=(hour * 60) y1="0" y2="16" {} }
            g {
                @for (from, to) in lit(typed, weekday) { rect x=(from) width=(to - from) y="0" height="16" {} }
            }
        }
    }
}

/// From which minute to which a day is open, as it is drawn. What cannot be read is not drawn.
fn lit(typed: &HoursForm, weekday: u8) -> Vec<(u16, u16)> {
    if typed.always {
        return vec![(0, 1440)];
    }
    let spans = |weekday: u8| {
        let only = HoursForm {
            days: std::array::from_fn(|n| if n == usize::from(weekday) { typed.days[n].clone() } else { Vec::new() }),
            ..HoursForm::default()
        };
        only.read(jiff::civil::Date::MIN).map(|hours| hours.week).unwrap_or_default()
    };
    let own = spans(weekday).into_iter().map(|span| (span.from, if span.passes_midnight() { 1440 } else { span.to }));
    let night =
        spans((weekday + 6) % 7).into_iter().filter(|span| span.passes_midnight() && span.to > 0).map(|span| (0, span.to));
    night.chain(own).collect()
}

/// "Monday to Friday 9:00–17:00", a line for days of the same hours; nothing where the week has none.
pub fn lines(hours: &Hours) -> Vec<String> {
    let said = |day: u8| hours.of_day(day).map(span_words).collect::<Vec<_>>().join(" and ");
    let days: Vec<(u8, String)> = (0..7).map(|day| (day, said(day))).collect();
    days.chunk_by(|a, b| a.1 == b.1)
        .filter(|same| !same[0].1.is_empty())
        .map(|same| {
            let (first, last) = (words::weekday_of(same[0].0), words::weekday_of(same[same.len() - 1].0));
            let between = if same.len() > 2 { " to " } else { " and " };
            if same.len() == 1 { format!("{first} {}", same[0].1) } else { format!("{first}{between}{last} {}", same[0].1) }
        })
        .collect()
}

fn span_words(span: Span) -> String {
    if span.minutes() == 1440 && span.from == 0 {
        return "all day".to_owned();
    }
    let to = if span.to == 0 { "midnight".to_owned() } else { words::clock_of(time(span.to)) };
    format!("{}–{to}", words::clock_of(time(span.from)))
}

/// The hours in a few words, and the way to change them.
pub fn card(hours: &Hours) -> Markup {
    html! {
        section.card.stack.tight #opening aria-labelledby="opening-title" {
            h2 #opening-title { "Opening hours" }
            (said(hours))
            div { a.button.small href="/admin/hours" { (icon("clock")) "Change them" } }
        }
    }
}

/// The hours as a list, and the closed days.
pub fn said(hours: &Hours) -> Markup {
    let dates = hours.closed.iter().map(|closed| {
        let last = if closed.last == closed.first { String::new() } else { format!(" to {}", words::long_day(closed.last)) };
        format!("{}{last}", words::long_day(closed.first))
    });
    html! {
        @if hours.week.is_empty() { p { "Always open: sessions may be booked at any hour." } }
        @else { ul.hours-said { @for line in lines(hours) { li { (line) } } } }
        @if !hours.closed.is_empty() { p { "Closed on " (dates.collect::<Vec<_>>().join(", ")) "." } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::hours::Closed;
    use crate::domain::id::MemberId;
    use crate::domain::member::Role;
    use jiff::civil::date;

    fn hours() -> Hours {
        let mut week: Vec<Span> = (0..4).map(|weekday| Span { weekday, from: 540, to: 1020 }).collect();
        week.push(Span { weekday: 4, from: 540, to: 720 });
        week.push(Span { weekday: 4, from: 20 * 60, to: 120 });
        week.push(Span { weekday: 6, from: 0, to: 0 });
        Hours { week, closed: vec![Closed { first: date(2026, 12, 24), last: date(2026, 12, 26) }] }
    }

    fn shown(typed: &HoursForm, leaves: Option<usize>) -> String {
        let me = Me { id: MemberId(1), name: "Ana".into(), role: Role::Admin, zone: Zone::utc(), instance: "Room".into() };
        page(&me, &Zone::utc(), typed, leaves, None, None).into_string()
    }

    #[test]
    fn days_of_the_same_hours_share_a_line() {
        let said = lines(&hours());
        assert_eq!(said, ["Monday to Thursday 9:00–17:00", "Friday 9:00–12:00 and 20:00–2:00", "Sunday all day"]);
        assert_eq!(lines(&Hours::default()), [""; 0]);
        let shown = super::said(&hours()).into_string();
        assert!(shown.contains("Closed on Thursday 24 December to Saturday 26 December."), "{shown}");
    }

    #[test]
    fn a_night_is_drawn_on_both_of_its_days() {
        let typed = HoursForm::of(&hours());
        assert_eq!(lit(&typed, 4), [(540, 720), (1200, 1440)]);
        assert_eq!(lit(&typed, 5), [(0, 120)]);
        assert_eq!(lit(&typed, 6), [(0, 1440)]);
        assert_eq!(lit(&HoursForm { always: true, ..typed }, 5), [(0, 1440)]);
    }

    #[test]
    fn every_day_has_an_empty_pair_to_type_into_and_what_was_typed_stays() {
        let mut typed = HoursForm::of(&hours());
        typed.days[2] = vec![("half".to_owned(), "\"><script>".to_owned())];
        let shown = shown(&typed, Some(3));
        assert_eq!(shown.matches(r#"name="from-4""#).count(), 3);
        assert_eq!(shown.matches(r#"name="from-5""#).count(), 2);
        assert!(!shown.contains("<script>") && shown.contains(r#"value="half""#));
        assert!(shown.contains("3 bookings ahead lie outside") && shown.contains(r#"name="agreed" value="3""#));
        assert_eq!(shown.matches(r#"name="first""#).count(), 3);
    }
}
