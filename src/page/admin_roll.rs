//! People from a list: the form, what would come of each line, and the slips to print.

use super::admin::{Tab, admin_page};
use super::{form, icon};
use crate::domain::refusal::Refusal;
use crate::domain::view::Me;
use jiff::civil::Date;
use maud::{Markup, PreEscaped, html};

/// What would come of a line.
#[derive(Clone, Debug)]
pub enum Row {
    Comes { name: String, email: Option<String>, until: Option<Date> },
    IsHere(String),
    Wrong { line: usize, typed: String, why: String },
}

/// What somebody takes along to sign in for the first time.
#[derive(Clone, Debug)]
pub struct Slip {
    pub name: String,
    pub code: String,
    /// The code's link as an SVG element.
    pub qr: String,
    /// Where the code is typed, without `https://`.
    pub address: String,
}

/// The form, empty or with what was typed.
pub fn form(me: &Me, text: &str, refusal: Option<&Refusal>) -> Markup {
    let inside = html! {
        header.stack.tight {
            h1 { "People from a list" }
            p.soft { "Each gets an account and a slip of paper with a code. Nothing happens before you have seen what would." }
        }
        div.split {
            form.card.stack method="post" action="/admin/members/list" data-once {
                (form::refusal(refusal))
                (list_field(text))
                div.field {
                    label for="file" { "Or a file (CSV)" }
                    input #file type="file" accept=".csv,.txt,.tsv,text/csv,text/plain" data-into="#list" aria-describedby="file-fault";
                    p.fault #file-fault role="alert" hidden {}
                }
                button.button.primary { "Look at it first" }
            }
            aside.stack {
                div.card.quiet.stack.tight {
                    h2 { "What it looks like" }
                    p.small { "One person in each line. A name is enough; an address and a last day may stand beside it." }
                    pre.sample { "Name,Email,Until\nAna,ana@a.example,2027-07-31\nBen,," }
                    p.small.soft { "First name and Last name may be two columns. Semicolons and tabs are read as well, so a table can be pasted from a spreadsheet." }
                }
                p.small { "Their devices are the school's or the company's? " a href="/guide/managers" { "What to hand out to them" } }
                form.card.quiet.stack.tight method="post" action="/admin/members/slips" data-once {
                    h2 { "A slip was lost?" }
                    p.small { "Print fresh ones for everybody who hasn't come yet. The old codes end." }
                    button.button { (icon("copy")) "Fresh slips" }
                }
            }
        }
    };
    admin_page(me, Tab::Members, "People from a list", None, inside)
}

fn list_field(text: &str) -> Markup {
    html! {
        div.field {
            label for="list" { "Names, one in each line" }
            textarea #list.roll name="list" rows="12" spellcheck="false" autocapitalize="none" required { "\n" (text) }
        }
    }
}

/// What would come of the list, and which of its columns are not read.
pub fn looked(me: &Me, text: &str, rows: &[Row], passed_over: &[String]) -> Markup {
    let count = |wanted: fn(&Row) -> bool| rows.iter().filter(|row| wanted(row)).count();
    let comes = count(|row| matches!(row, Row::Comes { .. }));
    let (here, wrong) = (count(|row| matches!(row, Row::IsHere(_))), count(|row| matches!(row, Row::Wrong { .. })));
    let inside = html! {
        header.stack.tight {
            h1 { "What would happen" }
            p.lede #verdict {
                @if comes == 0 { "Nobody new is on the list." } @else { (people(comes)) " would get an account." }
                @if here > 0 { " " (people(here)) @if here == 1 { " is" } @else { " are" } " here already and stay as they are." }
                @if wrong > 0 { " " (lines(wrong)) " to mend first." }
            }
            @if !passed_over.is_empty() {
                p { "Not read: " @for (n, heading) in passed_over.iter().enumerate() { @if n > 0 { ", " } b { (heading) } } ". An account has a name, an address and a last day." }
            }
            p.soft { "Nothing has been changed yet." }
        }
        @if wrong > 0 {
            section.card.stack.tight aria-labelledby="wrong" {
                h2 #wrong { "To mend" }
                ul.roll-rows { @for row in rows { @if let Row::Wrong { line, typed, why } = row {
                    li data-state="bad" { b { "Line " (line) } @if !typed.is_empty() { " · " (typed) } br; span.soft { (why) } }
                } } }
            }
        }
        @if comes > 0 {
            section.card.stack.tight aria-labelledby="comes" {
                h2 #comes { "New here" }
                ul.roll-rows { @for row in rows { @if let Row::Comes { name, email, until } = row {
                    li { b { (name) } span.soft { @if let Some(email) = email { " · " (email) } @if let Some(day) = until { " · until " (written(*day)) } } }
                } } }
            }
        }
        @if here > 0 {
            details.fold.card {
                summary { "Here already (" (here) ")" }
                ul.roll-rows { @for row in rows { @if let Row::IsHere(name) = row { li { (name) } } } }
            }
        }
        form.card.stack method="post" action="/admin/members/list" data-once {
            @if wrong > 0 || comes == 0 { (list_field(text)) } @else { input type="hidden" name="list" value=(text); }
            div.row {
                @if wrong == 0 && comes > 0 {
                    button.button.primary name="make" value="on" { "Make " (accounts(comes)) }
                } @else {
                    button.button.primary { "Look again" }
                }
                a.button href="/admin/members/list" { "Begin anew" }
            }
        }
    };
    admin_page(me, Tab::Members, "What would happen", None, inside)
}

fn people(number: usize) -> String {
    if number == 1 { "One person".to_owned() } else { format!("{number} people") }
}

fn lines(number: usize) -> String {
    if number == 1 { "One line is".to_owned() } else { format!("{number} lines are") }
}

fn accounts(number: usize) -> String {
    if number == 1 { "one account".to_owned() } else { format!("{number} accounts") }
}

pub(super) fn written(day: Date) -> String {
    day.strftime("%-d %B %Y").to_string()
}

/// Whether an address leads nowhere from another device.
fn only_here(address: &str) -> bool {
    ["localhost", "127.", "[::1]"].iter().any(|own| address.starts_with(own))
}

/// The slips, shown once: only hashes of their codes are kept.
pub fn slips(me: &Me, slips: &[Slip]) -> Markup {
    let inside = html! {
        header.stack.tight.no-print {
            h1 { "Slips for " (people(slips.len())) }
            @if slips.iter().any(|slip| only_here(&slip.address)) {
                p.fault role="alert" { "These lead to this very machine only: the page was opened as " b { (slips[0].address.trim_end_matches("/slip")) } ". Open it under the address that people use, and take fresh slips there." }
            }
            p.soft { "They are shown once. Print them now, cut them apart and hand each to its person; a code is good for sixty days and works once." }
            div.row {
                button.button.primary type="button" data-print { (icon("copy")) "Print" }
                a.button href="/admin/members" { "To the members" }
            }
        }
        ul.slips { @for slip in slips { li.slip {
            div.slip-qr aria-hidden="true" { (PreEscaped(&slip.qr)) }
            div.slip-text {
                p.slip-house { (me.instance) }
                h2 { (slip.name) }
                p { "Scan this, or open " b { (slip.address) } " and type" }
                p.slip-code { (slip.code) }
            }
        } } }
    };
    admin_page(me, Tab::Members, "Slips", None, inside)
}
