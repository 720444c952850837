//! The admins' page of backups: what there is, whether the newest could be brought back, one more at once, and how to go back.

use super::admin::{Tab, admin_page};
use super::{Drawing, Notice, drawing, icon, words};
use crate::domain::time::Timestamp;
use crate::domain::view::Me;
use maud::{Markup, html};

/// One backup of the list.
#[derive(Clone, Debug)]
pub struct Line {
    pub name: String,
    pub made: Timestamp,
    pub bytes: u64,
    pub locked: bool,
}

/// How something went.
#[derive(Clone, Debug)]
pub struct Went {
    pub at: Timestamp,
    pub good: bool,
    pub sentence: String,
}

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct Backups {
    pub all: Vec<Line>,
    pub checked: Option<Went>,
    pub failed: Option<Went>,
    pub folder: String,
    pub locked: bool,
}

/// The page.
pub fn page(me: &Me, now: Timestamp, shown: &Backups, notice: Option<&Notice>) -> Markup {
    let when = |at| words::day_and_clock(&me.zone, at, now);
    let inside = html! {
        h1 { "Backups" }
        p.soft { "One is made every night: seven days, four weeks and six months are kept. The newest is tried out once a week." }
        @if let Some(failed) = &shown.failed {
            section.card.stack.tight role="alert" {
                h2 { "The last one could not be made" }
                p { (failed.sentence) }
                p.small.soft { (when(failed.at)) }
            }
        }
        section.card.stack.tight {
            h2 { "Could it be brought back?" }
            @match &shown.checked {
                Some(went) if went.good => p { "Yes. " (went.sentence) " " span.small.soft { "Tried " (when(went.at)) "." } },
                Some(went) => p { strong { "No. " } (went.sentence) " Make one more; the others are not touched. " span.small.soft { "Tried " (when(went.at)) "." } },
                None => p { "Nobody has tried yet. The newest is tried by itself, within an hour of being made." },
            }
            div.row.tight {
                form method="post" action="/admin/backups" data-once { button.button.primary { (icon("plus")) "Make one at once" } }
                @if !shown.all.is_empty() {
                    form method="post" action="/admin/backups/check" data-once { button.button { "Try the newest out" } }
                }
            }
        }
        @if shown.all.is_empty() {
            div.card.empty { (drawing(Drawing::LampLow)) h2 { "None yet" } p { "The first is made tonight." } }
        } @else {
            ul.reports {
                @for line in &shown.all {
                    li.card.row.between {
                        div {
                            h2 { (when(line.made)) }
                            p.small.soft { (size(line.bytes)) @if line.locked { ", locked by the passphrase" } }
                        }
                        a.button.small href={ "/admin/backups/" (line.name) } download=(line.name) { "Download" span.visually-hidden { " the backup of " (when(line.made)) } }
                    }
                }
            }
        }
        section.card.stack.tight {
            h2 { "Going back" }
            p { "On the machine, with the server ended: " code { "alongside restore FILE" } ". It works on an empty machine too. What is there is kept." }
            p.small.soft {
                "They lie in " code { (shown.folder) } ". Carry some of them to another machine: a disk takes its backups along when it dies. "
                @if !shown.locked { "They are not locked: whoever has one can read everything in it. A passphrase is set with backup.passphrase_file. " }
                "What was deleted here stays in older backups until they go."
            }
        }
    };
    admin_page(me, Tab::Backups, "Backups", notice, inside)
}

fn size(bytes: u64) -> String {
    if bytes < 1 << 20 { format!("{} KB", bytes.div_ceil(1024)) } else { format!("{:.1} MB", bytes as f64 / 1_048_576.0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::MemberId;
    use crate::domain::member::Role;
    use crate::domain::time::Zone;

    #[test]
    fn it_says_whether_the_newest_could_be_brought_back_and_how() {
        let me = Me { id: MemberId(1), name: "Ana".into(), role: Role::Admin, zone: Zone::utc(), instance: "House".into() };
        let now = Timestamp(1_795_348_800);
        let line =
            Line { name: "alongside-20261122-030000.tar.gz".into(), made: now.plus(-9 * 3600), bytes: 70_000, locked: false };
        let went = Went { at: now.plus(-3600), good: false, sentence: "It is cut off.".into() };
        let mut shown = Backups { all: vec![line], checked: Some(went), ..Backups::default() };
        let bad = page(&me, now, &shown, None).into_string();
        assert!(bad.contains("No. ") && bad.contains("It is cut off.") && bad.contains("69 KB") && bad.contains("not locked"));
        shown.locked = true;
        shown.checked = None;
        let fresh = page(&me, now, &shown, None).into_string();
        assert!(
            fresh.contains("Nobody has tried yet") && !fresh.contains("not locked") && fresh.contains("alongside restore FILE")
        );
    }
}
