//! The moderators' queue: what was reported, about whom, and when it happened.

use super::admin::{Tab, admin_page};
use super::prose::prose;
use super::{Drawing, Notice, drawing, words};
use crate::domain::member::Role;
use crate::domain::time::Timestamp;
use crate::domain::view::{Me, Report};
use maud::{Markup, html};

/// The reports page: what waits first, then what is settled.
pub fn page(me: &Me, now: Timestamp, reports: &[Report], notice: Option<&Notice>) -> Markup {
    let (open, settled): (Vec<_>, Vec<_>) = reports.iter().partition(|r| r.settled.is_none());
    let inside = html! {
        h1 { "Reports" }
        @if open.is_empty() {
            div.card.empty {
                (drawing(Drawing::LampLow))
                h2 { "Nothing waits" }
                p { "When somebody reports something, it is here, and on the overview." }
            }
        } @else {
            ul.reports { @for report in open { (card(me, now, report)) } }
        }
        @if !settled.is_empty() {
            details.fold {
                summary { "Settled (" (settled.len()) ")" }
                ul.reports { @for report in settled { (card(me, now, report)) } }
            }
        }
    };
    admin_page(me, Tab::Reports, "Reports", notice, inside)
}

fn card(me: &Me, now: Timestamp, report: &Report) -> Markup {
    let when = |at| words::day_and_clock(&me.zone, at, now);
    html! {
        li.card.quiet[report.settled.is_some()].stack.tight {
            h2 { "About " (report.about) }
            p.small.soft { "By " (report.by) ", " (when(report.made)) ". "
                @match &report.room {
                    Some(room) => { "It was in the room “" (room) "”." }
                    None => { "Their session: " (when(report.session_start)) "." }
                }
                @if let Some(rule) = report.rule { " Why they sat together: " (rule.told_of_others()) }
            }
            blockquote { (prose(&report.text)) }
            @if let Some(settled) = report.settled {
                p.small.soft { "Settled " (when(settled)) "." }
            } @else {
                div.row.tight {
                    form method="post" action={ "/admin/reports/" (report.id) "/settle" } {
                        button.button.small.primary { "It's settled" span.visually-hidden { ": about " (report.about) } }
                    }
                    @if me.role == Role::Admin && report.about_id != me.id {
                        form method="post" action={ "/admin/members/" (report.about_id) "/pause" }
                            data-confirm={ (report.about) " can't sign in or be paired until an admin lets them in again." } {
                            button.button.small.danger { "Pause " (report.about) }
                        }
                    }
                }
                p.small.soft { "Speak with both before you decide. The one it is about isn't told who wrote." }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::{MemberId, ReportId};
    use crate::domain::matching::Rule;
    use crate::domain::time::Zone;

    fn shown(role: Role, settled: Option<Timestamp>) -> String {
        let now = Timestamp(1_795_300_000);
        let me = Me { id: MemberId(1), name: "Ana".into(), role, zone: Zone::utc(), instance: "Room".into() };
        let report = Report {
            id: ReportId(5),
            by: "Ben".into(),
            about: "Sam".into(),
            about_id: MemberId(9),
            text: "<script>x</script>".into(),
            session_start: now.plus(-7200),
            made: now.plus(-3600),
            settled,
            room: None,
            rule: Some(Rule::Favorite),
        };
        page(&me, now, &[report], None).into_string()
    }

    #[test]
    fn a_report_is_escaped_and_can_be_settled() {
        let shown = shown(Role::Admin, None);
        assert!(shown.contains("&lt;script&gt;x") && shown.contains(r#"action="/admin/reports/5/settle""#));
        assert!(shown.contains("/admin/members/9/pause"));
        assert!(shown.contains("Why they sat together: One of them wanted to sit with the other."), "and not who likes whom");
    }

    #[test]
    fn a_moderator_settles_but_does_not_pause_and_settled_things_stay_readable() {
        assert!(!self::shown(Role::Moderator, None).contains("/pause"));
        let settled = shown(Role::Admin, Some(Timestamp(1_795_300_000)));
        assert!(settled.contains("Nothing waits") && settled.contains("Settled (1)"));
    }
}
