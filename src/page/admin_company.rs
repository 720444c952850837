//! How much company people find, by week, drawn; and what a change of the house would have brought. Nobody's name is in it.

use super::admin::{Tab, admin_page};
use super::{Drawing, drawing, words};
use crate::domain::keeper::{Advice, Change, Figure, Week};
use crate::domain::view::{FocusHour, Me};
use jiff::civil::Date;
use maud::{Markup, html};

/// What the page shows.
#[derive(Clone, Copy, Debug)]
pub struct Company<'a> {
    /// The oldest first.
    pub weeks: &'a [Week],
    /// The best first.
    pub advice: &'a [Advice],
    /// Starts where people gather already and that the calendar doesn't put forward yet.
    pub gatherings: &'a [FocusHour],
    /// Days that the advice rests on.
    pub days: i64,
}

/// The keeper's page.
pub fn page(me: &Me, company: &Company<'_>) -> Markup {
    let shown: Vec<&Week> = company.weeks.iter().filter(|week| week.is_shown()).collect();
    let inside = html! {
        header.stack.tight {
            h1 { "Company" }
            @match shown.last() {
                None => p.soft { "Nothing can be shown yet: a week counts from five different people on, so that nobody can be read out of a figure." },
                Some(week) => {
                    p.lede #verdict { (verdict(week)) }
                    p.soft.small { "Sums by week, from sessions that were attended. Weeks of fewer than five people are left out, and nobody's name is in it." }
                }
            }
        }
        @if shown.is_empty() {
            div.card.empty { (drawing(Drawing::LampLow)) p { "Come back after a week in which five people have worked here." } }
        } @else {
            section.card.stack.tight {
                h2 #drawn { "Sessions with company" }
                (columns(&shown))
            }
        }
        @if !company.gatherings.is_empty() { (gatherings(company)) }
        (advice(company))
        @if !shown.is_empty() { (table(&shown)) }
    };
    admin_page(me, Tab::Company, "Company", None, inside)
}

fn verdict(week: &Week) -> String {
    let (all, with) = (week.of(Figure::Attended), week.of(Figure::InCompany));
    format!("In the week from {}, {with} of {all} sessions had company.", day(week.monday))
}

fn day(date: Date) -> String {
    format!("{} {}", date.day(), words::month(date))
}

/// A column for each week, the newest always in view: what is lit had company.
fn columns(weeks: &[&Week]) -> Markup {
    const HIGH: i64 = 140;
    const WIDE: i64 = 36;
    let told: Vec<String> =
        weeks.iter().map(|week| format!("{}: {} per cent", day(week.monday), week.share(Figure::InCompany))).collect();
    let (wide, high) = (WIDE * weeks.len() as i64, HIGH + 22);
    html! {
        div.weeks-wrap tabindex="0" role="region" aria-labelledby="drawn" {
            svg.company-weeks width=(wide) height=(high) viewBox={ "0 0 " (wide) " " (high) } role="img" aria-label=(told.join("; ")) {
                @for (n, week) in (0i64..).zip(weeks) {
                    @let (x, lit) = (n * WIDE + 5, week.share(Figure::InCompany) * HIGH / 100);
                    rect.all x=(x) y="0.5" width=(WIDE - 10) height=(HIGH - 1) rx="5" {}
                    rect.lit x=(x) y=(HIGH - lit) width=(WIDE - 10) height=(lit) rx="5" {}
                    text x=(x + WIDE / 2 - 5) y=(HIGH + 17) { (week.share(Figure::InCompany)) }
                }
            }
        }
        @if let (Some(first), Some(last)) = (weeks.first(), weeks.last()) {
            p.small.soft { "Per cent of the sessions, from the week of " (day(first.monday)) " to that of " (day(last.monday)) "." }
        }
    }
}

fn gatherings(company: &Company<'_>) -> Markup {
    html! {
        section.card.glow.stack.tight aria-labelledby="gather" {
            h2 #gather { "Where people gather" }
            p { "In the last " (company.days) " days most began around these times. The calendar can put them forward, so that more of them meet:" }
            ul.row.tight.gatherings { @for day in company.gatherings.chunk_by(|a, b| a.weekday == b.weekday) {
                li.tag { (words::weekday_of(day[0].weekday)) " " (times(day)) }
            } }
            form.row.tight method="post" action="/admin/company/gather" data-once {
                button.button { "Put these forward" }
                a.button href="/admin/house" { "Choose by hand" }
            }
        }
    }
}

/// The starts of one day: "9:00, 14:00".
fn times(day: &[FocusHour]) -> String {
    day.iter().map(|hour| format!("{}:{:02}", hour.minute / 60, hour.minute % 60)).collect::<Vec<_>>().join(", ")
}

fn advice(company: &Company<'_>) -> Markup {
    html! {
        section.stack.tight aria-labelledby="advice" {
            h2 #advice { "What would bring more" }
            @if company.advice.is_empty() {
                p.soft { "Tried on the bookings of the last " (company.days) " days: nothing in the house's rules would have given more people company. More people at fewer times would: focus hours, and telling each other." }
            } @else {
                p.soft { "Each was tried by the matcher on the bookings of the last " (company.days) " days, all of them known beforehand." }
                ul.advice { @for one in company.advice { li.card.stack.tight {
                    h3 { (title(one.change)) }
                    p { b { (one.alone_now - one.alone_then) } " more of " (one.bookings) " bookings would have had company: " (one.alone_then) " alone instead of " (one.alone_now) "." }
                    p.small.soft { (how(one.change)) }
                } } }
            }
        }
    }
}

fn title(change: Change) -> String {
    match change {
        Change::Grid(60) => "Starts on the hour".to_owned(),
        Change::Grid(minutes) => format!("Starts every {minutes} minutes"),
        Change::FocusHours => "Going by the focus hours".to_owned(),
        Change::Trios => "Sessions of three for everybody".to_owned(),
        Change::OpenGroups => "Groups that are open to each other".to_owned(),
    }
}

fn how(change: Change) -> Markup {
    html! {
        @match change {
            Change::Grid(_) => { a href="/admin/house" { "House" } ", how often sessions start." },
            Change::FocusHours => { "If everybody within an hour of one had taken it. The calendar puts them forward already; " a href="/admin/house" { "House" } " has fewer or others." },
            Change::Trios => { "Each member decides that for themselves, under Settings, Company. A word in the welcome text helps." },
            Change::OpenGroups => { a href="/admin/groups" { "Groups" } ": a wall less, where nothing speaks against it." },
        }
    }
}

fn table(weeks: &[&Week]) -> Markup {
    html! {
        section.stack.tight {
            h2 #figures { "The figures" }
            div.table-wrap tabindex="0" role="region" aria-labelledby="figures" {
                table.table.figures {
                    thead { tr {
                        th scope="col" { "Week from" } th scope="col" { "People" } th scope="col" { "Sessions" } th scope="col" { "With company" }
                        th scope="col" { "Unmatched at the start" } th scope="col" { "Stranded" } th scope="col" { "Found company again" } th scope="col" { "Within a minute" }
                        th scope="col" { "Minutes alone in 100 hours" } th scope="col" { "Partner cancelled" } th scope="col" { "Partner moved" } th scope="col" { "Changed for more company" }
                    } }
                    tbody { @for week in weeks.iter().rev() { tr {
                        th scope="row" { (day(week.monday)) }
                        td { (week.of(Figure::People)) } td { (week.of(Figure::Attended)) } td { (week.share(Figure::InCompany)) " %" }
                        td { (week.share(Figure::Unmatched)) " %" } td { (week.share(Figure::Stranded)) " %" }
                        td { (week.of(Figure::Rescued)) } td { (week.of(Figure::RescuedSoon)) } td { (week.alone_per_100_hours()) }
                        td { (week.of(Figure::PartnerCancelled)) } td { (week.of(Figure::PartnerMoved)) } td { (week.of(Figure::ForMoreCompany)) }
                    } } }
                }
            }
            p.small.soft { "Stranded: two minutes and more without the partner in a session under way. Kept for half a year, in sums." }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::MemberId;
    use crate::domain::member::Role;
    use crate::domain::time::Zone;
    use jiff::civil::date;

    fn week(monday: Date, people: i64) -> Week {
        let mut week = Week::new(monday);
        week.set(Figure::People, people);
        week.set(Figure::Attended, 40);
        week.set(Figure::InCompany, 34);
        week
    }

    #[test]
    fn a_week_of_a_few_people_is_nowhere_on_the_page() {
        let me = Me { id: MemberId(1), name: "Ana".into(), role: Role::Admin, zone: Zone::utc(), instance: "Room".into() };
        let weeks = [week(date(2026, 11, 9), 4), week(date(2026, 11, 16), 6)];
        let advice = [Advice { change: Change::Grid(30), bookings: 60, alone_now: 27, alone_then: 18 }];
        let shown =
            page(&me, &Company { weeks: &weeks, advice: &advice, gatherings: &[FocusHour { weekday: 1, minute: 570 }], days: 7 })
                .into_string();
        assert!(shown.contains("In the week from 16 November, 34 of 40 sessions had company."));
        assert!(!shown.contains("9 November") && shown.contains("Starts every 30 minutes"));
        assert!(shown.contains("18 alone instead of 27") && shown.contains("Tuesday 9:30"));
        let bare = page(&me, &Company { weeks: &weeks[..1], advice: &[], gatherings: &[], days: 7 }).into_string();
        assert!(bare.contains("five different people") && !bare.contains("34 of 40"));
    }
}
