//! The last seven days, what they came to, and what stays when they are gone.
//!
//! Older rows are deleted, so nothing older can be shown: the counts that stay carry no partner's name.

use super::{Drawing, Frame, Here, Lamp, Notice, drawing, icon, lamp, layout, words};
use crate::domain::id::BookingId;
use crate::domain::session::{Goal, Outcome};
use crate::domain::view::{History, Past, Totals};
use jiff::civil::Date;
use maud::{Markup, html};

/// The history page.
pub fn page(history: &History, notice: Option<&Notice>) -> Markup {
    let me = &history.me;
    let frame = Frame {
        title: "History",
        me: Some(me),
        instance: &me.instance,
        here: Here::History,
        css: &["css/pages/history.css"],
        js: &[],
        notice,
        bare: false,
    };
    let main = html! {
        div.page.split.history {
            section.stack aria-labelledby="days-title" {
                header.stack.tight {
                    h1 #days-title { "The last " (days(history.days_kept)) }
                    p.soft { "Goals, partners and times are deleted after " (days(history.days_kept)) ". Only you see this page." }
                }
                @if history.past.is_empty() { (nothing(history)) } @else { (past_days(history)) }
            }
            aside.stack aria-label="What stays" {
                (totals(history.totals))
                (weeks(&history.days))
                (kept(history.days_kept))
            }
        }
    };
    layout(&frame, main)
}

fn days(count: i64) -> String {
    match count {
        1 => "day".to_owned(),
        7 => "seven days".to_owned(),
        n => format!("{n} days"),
    }
}

fn nothing(history: &History) -> Markup {
    html! {
        div.card.empty {
            (drawing(Drawing::LampLow))
            h2 { "A clear table" }
            p {
                @if history.totals.sessions == 0 { "No session yet. Try one alone, or pick a time." }
                @else { "Nothing in these days. Your lamp is where you left it." }
            }
            div.row {
                a.button.primary href="/" { "To the calendar" }
                @if history.totals.sessions == 0 { a.button href="/test-session" { "Try a session alone" } }
            }
        }
    }
}

/// The sessions, newest day first.
fn past_days(history: &History) -> Markup {
    let zone = &history.me.zone;
    let today = zone.date(history.now);
    let mut by_day: Vec<(Date, Vec<&Past>)> = Vec::new();
    let mut past: Vec<&Past> = history.past.iter().collect();
    past.sort_by_key(|p| std::cmp::Reverse(p.start));
    for session in past {
        let date = zone.date(session.start);
        match by_day.last_mut() {
            Some((day, sessions)) if *day == date => sessions.push(session),
            _ => by_day.push((date, vec![session])),
        }
    }
    html! {
        @for (date, sessions) in by_day {
            section.stack.tight {
                h2.past-day { (capital(&words::day_words(date, today))) }
                @for session in sessions { (past_session(history, session)) }
            }
        }
    }
}

fn past_session(history: &History, past: &Past) -> Markup {
    let clock = words::clock_at(&history.me.zone, past.start);
    let title = format!("past-{}", past.booking);
    html! {
        article.card.past aria-labelledby=(title) {
            h3 #(title) { span.clock { (clock) } ", " (past.length.minutes()) " minutes" (with(past)) }
            @if past.stood_up { p.soft { (partner_word(past)) " didn't come. It doesn't count against you." } }
            @else if !past.attended { p.soft { "You weren't there. Next time, cancel if you can: the last second is early enough." } }
            @if !past.goals.is_empty() { ul.goals { @for goal in &past.goals { (goal_line(goal)) } } }
            @for (seat, name) in &past.partners { (about_partner(past.booking, *seat, name)) }
        }
    }
}

fn partner_word(past: &Past) -> &str {
    match past.partners.as_slice() {
        [(_, name)] => name,
        _ => "Your partner",
    }
}

fn with(past: &Past) -> Markup {
    html! {
        @if past.partners.is_empty() { ", alone" } @else {
            " with "
            @for (n, (_, name)) in past.partners.iter().enumerate() {
                @if n > 0 && n + 1 == past.partners.len() { " and " } @else if n > 0 { ", " }
                (name)
            }
        }
    }
}

/// A goal and its lamp: lit, half lit, or a ring.
fn goal_line(goal: &Goal) -> Markup {
    let (state, word) = match goal.outcome {
        Some(Outcome::Done) => (Lamp::Done, "done"),
        Some(Outcome::Partly) => (Lamp::Partly, "partly"),
        Some(Outcome::NotDone) => (Lamp::NotDone, "not done"),
        None => (Lamp::Free, "not said"),
    };
    html! { li { (lamp(state)) span { (goal.text) } span.tag { (word) } } }
}

/// Favorite, block and report, for as long as the session is remembered.
fn about_partner(booking: BookingId, seat: BookingId, name: &str) -> Markup {
    let text = format!("report-{booking}-{seat}");
    let asks = format!("You won't be paired with {name} again, and nobody tells them.");
    html! {
        details.fold {
            summary { "About " (name) }
            div.stack.about-partner {
                div.row.tight {
                    form method="post" action={ "/session/" (booking) "/favorite" } {
                        input type="hidden" name="seat" value=(seat);
                        button.button.small { (icon("star")) "Favorite" }
                    }
                    form method="post" action={ "/session/" (booking) "/block" } data-confirm=(asks) {
                        input type="hidden" name="seat" value=(seat);
                        button.button.small { (icon("shield")) "Never pair us again" }
                    }
                }
                form.stack.tight method="post" action={ "/session/" (booking) "/report" } data-once {
                    input type="hidden" name="seat" value=(seat);
                    div.field {
                        label for=(text) { "Report something to the moderators" }
                        p.hint id={ (text) "-hint" } { "What happened? They see your name, " (name) "'s, and when it was." }
                        textarea id=(text) name="text" rows="3" maxlength="2000" required aria-describedby={ (text) "-hint" } {}
                    }
                    div { button.button.small.danger { (icon("flag")) "Send the report" } }
                }
            }
        }
    }
}

fn totals(totals: Totals) -> Markup {
    let figure = |number: String, word: &str| html! { div { dt { (word) } dd.number { (number) } } };
    html! {
        section.card.stack.tight aria-labelledby="totals-title" {
            h2 #totals-title { "Since you came" }
            dl.totals {
                (figure(totals.sessions.to_string(), if totals.sessions == 1 { "session" } else { "sessions" }))
                (figure(time_words(totals.minutes), "of work"))
                (figure(totals.goals_met.to_string(), if totals.goals_met == 1 { "goal met" } else { "goals met" }))
            }
        }
    }
}

/// "50 min", "12 h": short enough for a figure.
fn time_words(minutes: i64) -> String {
    if minutes < 120 { format!("{minutes} min") } else { format!("{} h", (minutes + 30) / 60) }
}

/// Four weeks as columns of lamps, one for each session; a day without is a small ring.
fn weeks(days: &[(Date, i64)]) -> Markup {
    const WIDE: i64 = 13;
    const HIGH: i64 = 84;
    let most = days.iter().map(|d| d.1).max().unwrap_or(0);
    let all: i64 = days.iter().map(|d| d.1).sum();
    let rise = if most > 1 { ((HIGH - 14) / (most - 1)).clamp(2, 12) } else { 12 };
    let told = match days.iter().max_by_key(|d| d.1).filter(|_| all > 0) {
        Some((date, count)) => format!("{all} in four weeks; {count} on {}.", words::long_day(*date)),
        None => "None in the last four weeks.".to_owned(),
    };
    html! {
        section.card.stack.tight aria-labelledby="weeks-title" {
            h2 #weeks-title { "Sessions in four weeks" }
            svg.weeks viewBox={ "0 0 " (WIDE * 28) " " (HIGH) } role="img" aria-label=(told) {
                @for (n, (_, count)) in (0i64..).zip(days) {
                    @let x = n * WIDE + WIDE / 2;
                    @if *count == 0 { circle.rest cx=(x) cy=(HIGH - 7) r="2" {} }
                    @for session in 0..(*count).min(40) { circle.lit cx=(x) cy=(HIGH - 7 - session * rise) r="5" {} }
                }
            }
            @if let (Some((first, _)), Some(_)) = (days.first(), days.last()) {
                p.weeks-ends.small.soft aria-hidden="true" {
                    span { (first.day()) " " (&words::month(*first)[..3]) }
                    span { "today" }
                }
            }
            p.small.soft { (told) " Rest days are part of it." }
        }
    }
}

fn kept(days_kept: i64) -> Markup {
    html! {
        section.card.quiet.stack.tight aria-labelledby="kept-title" {
            h2 #kept-title { "What is kept" }
            p.small { "For " (days(days_kept)) ": your sessions, goals and partners, so that you can look back or report something." }
            p.small { "Then they are deleted. What stays are counts: sessions, minutes and goals met, by day, with no partner's name." }
            p.small { "Calls and chat are never written down. " a href="/guide#kept" { "More about it" } }
        }
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::booking::Length;
    use crate::domain::id::MemberId;
    use crate::domain::member::Role;
    use crate::domain::time::{DAY, Timestamp, Zone};
    use crate::domain::view::Me;

    fn history(past: Vec<Past>) -> History {
        let me = Me {
            id: MemberId(1),
            name: "Ana".into(),
            role: Role::Member,
            zone: Zone::or_utc("Europe/Berlin"),
            instance: "Room".into(),
        };
        let first = jiff::civil::date(2026, 10, 25);
        let days = (0..28).map(|n: i64| (first.saturating_add(jiff::ToSpan::days(n)), n % 3)).collect();
        History { me, now: Timestamp(1_795_300_000), past, days_kept: 7, totals: Totals::default(), days }
    }

    fn past(stood_up: bool, attended: bool) -> Past {
        Past {
            booking: BookingId(7),
            start: Timestamp(1_795_300_000 - DAY),
            length: Length::Middle,
            partners: vec![(BookingId(8), "Ben<i>".into())],
            goals: vec![
                Goal { text: "Write <b>".into(), outcome: Some(Outcome::Partly) },
                Goal { text: "Read".into(), outcome: None },
            ],
            attended,
            stood_up,
        }
    }

    #[test]
    fn a_past_session_shows_its_goals_and_can_be_reported() {
        let shown = page(&history(vec![past(false, true)]), None).into_string();
        assert!(shown.contains("Write &lt;b&gt;") && shown.contains(">partly<") && shown.contains(">not said<"));
        assert!(shown.contains(r#"action="/session/7/report""#) && shown.contains(r#"name="seat" value="8""#));
        assert!(shown.contains("Yesterday") && !shown.contains("Ben<i>"));
    }

    #[test]
    fn who_was_stood_up_reads_that_it_does_not_count() {
        let shown = page(&history(vec![past(true, true)]), None).into_string();
        assert!(shown.contains("It doesn't count against you") && !shown.contains("You weren't there"));
    }

    #[test]
    fn every_session_of_four_weeks_is_a_lamp() {
        let shown = page(&history(vec![]), None).into_string();
        assert_eq!(shown.matches(r#"class="lit" cx"#).count(), 27);
        assert_eq!(shown.matches(r#"class="rest" cx"#).count(), 10);
        assert!(shown.contains("27 in four weeks"));
    }

    #[test]
    fn time_is_said_in_the_unit_that_fits() {
        assert_eq!(time_words(50), "50 min");
        assert_eq!(time_words(150), "3 h");
    }
}
