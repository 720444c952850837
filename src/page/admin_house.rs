//! The house: its name, clock, grid, focus hours, rules and welcome.

use super::admin::{Tab, admin_page};
use super::form::{self, Field};
use super::{Notice, admin_hours, words, zones};
use crate::domain::booking::Length;
use crate::domain::hours::Hours;
use crate::domain::pins::{Pins, Said};
use crate::domain::refusal::Refusal;
use crate::domain::view::{FocusHour, HouseForm, Me};
use maud::{Markup, html};

/// The hours that the table offers; others that are set are added as rows.
const HOURS: std::ops::RangeInclusive<u16> = 6..=22;
const DAYS: [(&str, &str); 7] = [
    ("Mon", "Monday"),
    ("Tue", "Tuesday"),
    ("Wed", "Wednesday"),
    ("Thu", "Thursday"),
    ("Fri", "Friday"),
    ("Sat", "Saturday"),
    ("Sun", "Sunday"),
];

/// The house page.
pub fn page(
    me: &Me,
    (form, hours): (&HouseForm, &Hours),
    pins: &Pins,
    refusal: Option<&Refusal>,
    notice: Option<&Notice>,
) -> Markup {
    let inside = html! {
        h1 { "House" }
        form.stack.loose method="post" action="/admin/house" data-once {
            (form::refusal(refusal))
            section.card.stack aria-labelledby="place-title" {
                h2 #place-title { "The place" }
                @if let Some(pin) = &pins.name {
                    (fixed("Name", &pin.value, &pin.place))
                } @else {
                    (Field::text("name", "Name", &form.name).refused(refusal, &["name", "instance"]))
                }
                @if let Some(pin) = &pins.zone {
                    (fixed("Clock", pin.value.name(), &pin.place))
                } @else {
                    div.field {
                        label for="zone" { "Clock" }
                        p.hint id="zone-hint" { "Focus hours follow it. Each member sees times on their own clock." }
                        (zones::select("zone", "zone", &form.zone, false))
                    }
                }
                @if let Some(pin) = &pins.step {
                    (fixed("Minutes between starts", &pin.value.to_string(), &pin.place))
                } @else {
                    fieldset.choices {
                        legend { "Minutes between starts" }
                        @for step in [5, 15, 30, 60] {
                            label { input type="radio" name="step" value=(step) checked[step == form.step]; span { (step) } }
                        }
                    }
                    p.hint { "Fewer starts bring a small house together sooner." }
                }
            }
            section.card.stack aria-labelledby="lengths-title" #lengths {
                h2 #lengths-title { "Lengths" }
                // Says that there is a choice, also where nothing is ticked.
                input type="hidden" name="lengths" value="0";
                fieldset.choices {
                    legend.visually-hidden { "How long sessions may be" }
                    @for length in Length::ALL {
                        label { input type="checkbox" name="lengths" value=(length.minutes()) checked[form.lengths.contains(&length.minutes())]; span { (length.minutes()) " min" } }
                    }
                }
                p.hint { "One length brings a small house together sooner. What is booked or planned stays as it is." }
            }
            (admin_hours::card(hours))
            section.card.stack aria-labelledby="focus-title" #focus {
                h2 #focus-title { "Focus hours" }
                p { "The starts that the calendar puts forward, so that people meet. Two or three a day are plenty." }
                (focus_table(&form.focus_hours))
            }
            section.card.stack aria-labelledby="words-title" {
                h2 #words-title { "Rules and welcome" }
                (form::area("rules", "House rules", &form.rules, 12, "Everybody accepts them on joining. A blank line starts a paragraph, a line with “- ” a point."))
                (form::area("welcome", "Welcome", &form.welcome, 6, "The first words on the invite and in Help."))
            }
            div.keep { button.button.primary { "Keep" } }
        }
        @if !pins.said.is_empty() { (elsewhere(&pins.said)) }
    };
    admin_page(me, Tab::House, "House", notice, inside)
}

/// What this page only shows: it is fixed where the server runs.
fn fixed(label: &str, value: &str, place: &str) -> Markup {
    html! {
        div.field {
            span.label { (label) }
            p.hint { "Fixed by " (place) ". Change it there, then start the server again." }
            p { strong { (value) } }
        }
    }
}

/// Everything that was said where the server runs, so that nobody looks for it here.
fn elsewhere(said: &[Said]) -> Markup {
    html! {
        section.card.stack aria-labelledby="elsewhere-title" {
            h2 #elsewhere-title { "Set where the server runs" }
            p.hint { "These hold whatever a page says. Each tells where it can be changed." }
            dl.said.stack.tight {
                @for said in said {
                    div { dt { code { (said.key) } } dd { strong { (said.value) } " " span.soft.small { "from " (said.place) } } }
                }
            }
        }
    }
}

fn focus_table(set: &[FocusHour]) -> Markup {
    let mut minutes: Vec<u16> = HOURS.map(|h| h * 60).chain(set.iter().map(|f| f.minute)).collect();
    minutes.sort_unstable();
    minutes.dedup();
    html! {
        div.focus-wrap {
            table.focus-table {
                caption.visually-hidden { "Focus hours by day and time" }
                thead {
                    tr {
                        td {}
                        @for (short, long) in DAYS { th scope="col" { abbr title=(long) { (short) } } }
                    }
                }
                tbody {
                    @for minute in minutes {
                        @let time = words::clock_of(jiff::civil::time((minute / 60 % 24) as i8, (minute % 60) as i8, 0, 0));
                        tr {
                            th.clock scope="row" { (time) }
                            @for (weekday, (_, day)) in (0u8..).zip(DAYS) {
                                td {
                                    label.focus-cell {
                                        input type="checkbox" name="focus" value={ (weekday) "-" (minute) }
                                            checked[set.contains(&FocusHour { weekday, minute })] aria-label={ (day) " " (time) };
                                        span aria-hidden="true" {}
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::MemberId;
    use crate::domain::member::Role;
    use crate::domain::pins::Pinned;
    use crate::domain::time::Zone;
    use crate::domain::view::House;

    fn house() -> House {
        House {
            name: "Room".into(),
            zone: Zone::utc(),
            step: 15,
            focus_hours: vec![FocusHour { weekday: 0, minute: 540 }],
            lengths: Default::default(),
            hours: Default::default(),
            rules: "- Be kind".into(),
            welcome: String::new(),
            rules_version: 1,
        }
    }

    fn shown(house: &House) -> String {
        shown_with(house, &Pins::default())
    }

    fn shown_with(house: &House, pins: &Pins) -> String {
        let me = Me { id: MemberId(1), name: "Ana".into(), role: Role::Admin, zone: Zone::utc(), instance: "Room".into() };
        page(&me, (&HouseForm::of(house), &house.hours), pins, None, None).into_string()
    }

    #[test]
    fn every_hour_of_the_week_can_be_a_focus_hour_and_set_ones_are_ticked() {
        let shown = shown(&house());
        assert_eq!(shown.matches(r#"name="focus""#).count(), 7 * 17);
        assert!(shown.contains(r#"value="0-540" checked"#) && shown.contains(r#"value="6-540" aria-label"#));
    }

    #[test]
    fn what_is_fixed_elsewhere_is_shown_with_its_place_and_cannot_be_typed() {
        let name = Some(Pinned { value: "The Reading Room".to_owned(), place: "/etc/alongside/alongside.toml".to_owned() });
        let said = vec![Said { key: "port", value: "443".to_owned(), place: "the command line".to_owned() }];
        let shown = shown_with(&house(), &Pins { name, said, ..Pins::default() });
        assert!(!shown.contains(r#"name="name""#) && shown.contains(r#"name="zone""#) && shown.contains(r#"name="step""#));
        assert!(shown.contains("The Reading Room") && shown.contains("Fixed by /etc/alongside/alongside.toml"));
        assert!(shown.contains("<code>port</code>") && shown.contains("from the command line"));
    }

    #[test]
    fn a_focus_hour_off_the_full_hour_gets_a_row() {
        let mut house = house();
        house.focus_hours.push(FocusHour { weekday: 2, minute: 9 * 60 + 15 });
        house.rules = "</textarea><script>".into();
        let shown = shown(&house);
        assert!(shown.contains(r#"value="2-555" checked"#) && shown.contains(">9:15<") && !shown.contains("</textarea><script>"));
    }
}
