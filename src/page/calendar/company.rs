//! What the booking sheet asks about company: how far the start may move, whom, and whether a third may sit down.
//!
//! All of it is folded away but one question, which is asked once; who leaves everything as it is books in two clicks.

use crate::domain::view::Calendar;
use maud::{Markup, html};

/// The one question that everybody is asked, before the first booking. No answer is no, and it is asked again.
pub fn asked_once() -> Markup {
    html! {
        fieldset.choices.three {
            legend { "If somebody is left over, may they join you two?" }
            label { input type="radio" name="trio" value="yes"; span { "Yes, gladly" } }
            label { input type="radio" name="trio" value="no"; span { "Only two" } }
            p.hint { "Asked once. You can change it with every booking, and say “not now” at the desk." }
        }
    }
}

/// The rest, for those who want it.
pub fn more(view: &Calendar) -> Markup {
    html! {
        fieldset.choices.wrap {
            legend { "May the start move, if that brings company?" }
            @for (value, label) in [("exact", "No"), ("15", "± 15 min"), ("30", "± 30 min"), ("60", "± 1 hour"), ("between", "Between …")] {
                label { input type="radio" name="flexible" value=(value) checked[value == "exact"]; span { (label) } }
            }
        }
        div.row.between-times {
            div.field { label for="book-from" { "Not before" } input #book-from type="time" name="from" step="300"; }
            div.field { label for="book-to" { "Over by" } input #book-to type="time" name="to" step="300"; }
        }
        label.check { input type="checkbox" name="any_length"; span { "Another length is fine, if nobody has mine" } }
        label.check {
            input #book-every-week type="checkbox" name="every_week";
            span { "Every week at this time" br; span.soft.small { "Asked for by name, it is proposed to them. Pause or end it under Plans." } }
        }
        div.field {
            label for="book-whom" { "With whom" }
            select #book-whom name="whom" {
                option value="anyone" selected { "Anyone" }
                option value="first" { "Favorites first" }
                option value="favorites" { "Only favorites" }
                @for (id, name) in &view.favorites { option value=(id) { "Only " (name) } }
            }
        }
        @if !view.groups.is_empty() {
            div.field {
                label for="book-inside" { "Where" }
                select #book-inside name="inside" {
                    option value="" selected { "The whole house" }
                    @for group in &view.groups { option value=(group.id) { "Only in " (group.name) } }
                }
            }
        }
        label.check {
            input type="checkbox" name="by_itself";
            span {
                "If nobody comes, seat me with others by itself" br;
                span.soft.small {
                    "After two minutes, only while you are at the page, and said ten seconds ahead. You come muted, your picture veiled. "
                    "Among three the server passes the pictures on, and could technically see them."
                }
            }
        }
        @if let Some(yes) = view.trio {
            div.field {
                label for="book-trio" { "If somebody is left over" }
                select #book-trio name="trio" {
                    option value="yes" selected[yes] { "They may join us" }
                    option value="no" selected[!yes] { "Only two this time" }
                }
            }
        }
    }
}
