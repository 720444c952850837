//! The house: its name, clock, grid, focus hours, rules and welcome.

use super::admin::{Tab, admin_page};
use super::form::{self, Field};
use super::{Notice, words, zones};
use crate::domain::refusal::Refusal;
use crate::domain::view::{FocusHour, House, Me};
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

/// What was typed, as it was typed.
#[derive(Clone, Debug)]
pub struct HouseForm {
    pub name: String,
    pub zone: String,
    pub step: i64,
    pub focus_hours: Vec<FocusHour>,
    pub rules: String,
    pub welcome: String,
}

impl HouseForm {
    /// The form as it stands before anything is typed.
    pub fn of(house: &House) -> Self {
        Self {
            name: house.name.clone(),
            zone: house.zone.name().to_owned(),
            step: house.step,
            focus_hours: house.focus_hours.clone(),
            rules: house.rules.clone(),
            welcome: house.welcome.clone(),
        }
    }
}

/// The house page.
pub fn page(me: &Me, form: &HouseForm, refusal: Option<&Refusal>, notice: Option<&Notice>) -> Markup {
    let inside = html! {
        h1 { "House" }
        form.stack.loose method="post" action="/admin/house" data-once {
            (form::refusal(refusal))
            section.card.stack aria-labelledby="place-title" {
                h2 #place-title { "The place" }
                (Field::text("name", "Name", &form.name).refused(refusal, &["name", "instance"]))
                div.field {
                    label for="zone" { "Clock" }
                    p.hint id="zone-hint" { "Focus hours follow it. Each member sees times on their own clock." }
                    (zones::select("zone", "zone", &form.zone, false))
                }
                fieldset.choices {
                    legend { "Minutes between starts" }
                    @for step in [5, 15, 30, 60] {
                        label { input type="radio" name="step" value=(step) checked[step == form.step]; span { (step) } }
                    }
                }
                p.hint { "Fewer starts bring a small house together sooner." }
            }
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
    };
    admin_page(me, Tab::House, "House", notice, inside)
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
    use crate::domain::time::Zone;

    fn house() -> House {
        House {
            name: "Room".into(),
            zone: Zone::utc(),
            step: 15,
            focus_hours: vec![FocusHour { weekday: 0, minute: 540 }],
            rules: "- Be kind".into(),
            welcome: String::new(),
            rules_version: 1,
        }
    }

    fn shown(house: &House) -> String {
        let me = Me { id: MemberId(1), name: "Ana".into(), role: Role::Admin, zone: Zone::utc(), instance: "Room".into() };
        page(&me, &HouseForm::of(house), None, None).into_string()
    }

    #[test]
    fn every_hour_of_the_week_can_be_a_focus_hour_and_set_ones_are_ticked() {
        let shown = shown(&house());
        assert_eq!(shown.matches(r#"name="focus""#).count(), 7 * 17);
        assert!(shown.contains(r#"value="0-540" checked"#) && shown.contains(r#"value="6-540" aria-label"#));
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
