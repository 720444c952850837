//! How the instance fares: what needs the keeper first, then what nobody can see from inside, then all that is well.

use super::admin::{Tab, admin_page};
use super::{icon, words};
use crate::domain::health::{Finding, Level, Report};
use crate::domain::time::Timestamp;
use crate::domain::view::Me;
use maud::{Markup, html};

/// The page; `report` is the last examination of this server, if there was one since it started.
pub fn page(me: &Me, report: Option<&Report>, now: Timestamp) -> Markup {
    let inside = html! {
        div.row.between.top {
            div.stack.tight.health-head {
                h1 { "How the house fares" }
                @match report {
                    None => p.soft { "Calls are made, files looked at, and nothing is changed. It takes up to half a minute." },
                    Some(report) => {
                        p.lede #verdict { (verdict(report)) }
                        p.soft.small { "Looked at " (words::day_and_clock(&me.zone, report.at, now)) ". On the command line: " code { "alongside doctor" } }
                    }
                }
            }
            form method="post" action="/admin/doctor" data-once {
                button.button.primary { (icon("shield")) span { @if report.is_some() { "Look again" } @else { "Look now" } } }
            }
        }
        @if let Some(report) = report { (findings(report)) }
    };
    admin_page(me, Tab::Doctor, "Doctor", None, inside)
}

fn verdict(report: &Report) -> String {
    let (fails, warns, unseen) = (report.count(Level::Fail), report.count(Level::Warn), report.count(Level::Unseen));
    let rest = if unseen > 0 { format!(" {unseen} can't be seen from inside.") } else { String::new() };
    let needs = match (fails, warns) {
        (0, 0) => "Nothing needs you.".to_owned(),
        (0, 1) => "One thing to look after.".to_owned(),
        (0, n) => format!("{n} things to look after."),
        (1, 0) => "One thing is wrong.".to_owned(),
        (n, 0) => format!("{n} things are wrong."),
        (n, more) => format!("{n} wrong, {more} to look after."),
    };
    needs + &rest
}

fn findings(report: &Report) -> Markup {
    let of = |levels: &[Level]| -> Vec<&Finding> {
        let mut all: Vec<_> = report.findings.iter().filter(|f| levels.contains(&f.level)).collect();
        all.sort_by_key(|finding| std::cmp::Reverse(finding.level));
        all
    };
    let (needs, unseen, fine) = (of(&[Level::Fail, Level::Warn]), of(&[Level::Unseen]), of(&[Level::Fine]));
    html! {
        @if !needs.is_empty() { (group("needs", "What needs you", &needs)) }
        @if !unseen.is_empty() { (group("unseen", "What can't be seen from inside", &unseen)) }
        @if !fine.is_empty() {
            details.well {
                summary { h2 #fine { "What is well" span.soft.count { " " (fine.len()) } } }
                (rows(&fine, true))
            }
        }
    }
}

fn group(id: &str, title: &str, all: &[&Finding]) -> Markup {
    html! {
        section.stack.tight aria-labelledby=(id) {
            h2 #(id) { (title) span.soft.count { " " (all.len()) } }
            (rows(all, false))
        }
    }
}

fn rows(all: &[&Finding], well: bool) -> Markup {
    html! {
        ul.health.card data-well[well] { @for finding in all { (line(finding)) } }
    }
}

/// One thing that was looked at, with its sign and what to do.
pub fn line(finding: &Finding) -> Markup {
    let (state, word) = match finding.level {
        Level::Fine => ("good", "Well"),
        Level::Unseen => ("unseen", "Not to be seen from here"),
        Level::Warn => ("slow", "To look after"),
        Level::Fail => ("bad", "Wrong"),
    };
    html! {
        li id=(finding.id) data-state=(state) {
            (mark())
            div.health-text {
                h3 { (finding.title) span.visually-hidden { ": " (word) } }
                p.said { (finding.said) }
                @if let Some(fix) = &finding.fix { p.fix { (icon("arrow-right")) span { (fix) } } }
            }
            code.health-id aria-hidden="true" { (finding.id) }
        }
    }
}

/// A lamp that says how something is: its state draws one of the four signs, and words stand beside it.
pub fn mark() -> Markup {
    html! {
        svg.mark viewBox="0 0 24 24" aria-hidden="true" {
            circle.disc cx="12" cy="12" r="10" {}
            path.sign.yes d="M7.5 12.5l3 3 6-6.5" {}
            path.sign.no d="M8.5 8.5l7 7M15.5 8.5l-7 7" {}
            path.sign.care d="M12 7v6M12 16.6v.1" {}
            path.sign.ask d="M9.4 9.6a2.7 2.7 0 1 1 3.6 2.7c-.8.3-1 .8-1 1.6M12 16.9v.1" {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::health::Check;
    use crate::domain::id::MemberId;
    use crate::domain::member::Role;
    use crate::domain::time::Zone;

    const DISK: Check = Check::new("data.room", "Room on the disk");

    fn shown(findings: Vec<Finding>) -> String {
        let me = Me { id: MemberId(1), name: "Ana".into(), role: Role::Admin, zone: Zone::utc(), instance: "House".into() };
        page(&me, Some(&Report { at: Timestamp(0), version: "1", findings }), Timestamp(60)).into_string()
    }

    #[test]
    fn what_is_wrong_comes_first_with_its_word_and_what_to_do() {
        let shown = shown(vec![DISK.fine("Much."), DISK.warn("Little.", "Make <room>"), DISK.fail("None.", "Go")]);
        let at = |what: &str| shown.find(what).expect("it is there");
        assert!(at("None.") < at("Little.") && at("Little.") < at("Much."));
        assert!(shown.contains("1 wrong, 1 to look after.") && shown.contains("Make &lt;room&gt;") && shown.contains(": Wrong"));
    }

    #[test]
    fn what_is_well_is_folded_and_counted() {
        let shown = shown(vec![DISK.warn("Little.", "Go"), DISK.fine("Much."), DISK.fine("More.")]);
        let fold = shown.find("<details class=\"well\">").expect("a fold");
        assert!(shown.find("Little.").expect("there") < fold && fold < shown.find("Much.").expect("there"));
        assert!(shown.contains("<span class=\"soft count\"> 2</span>"));
    }

    #[test]
    fn a_house_that_is_well_needs_nobody() {
        assert!(shown(vec![DISK.fine("Much.")]).contains("Nothing needs you."));
        assert!(!shown(vec![DISK.fine("Much.")]).contains("What needs you"));
    }
}
