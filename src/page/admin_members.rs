//! Members as an admin sees them: role, reset link, pause, removal. No goals, no outcomes, no hours.

use super::admin::{Tab, admin_page_with};
use super::admin_roll::written;
use super::layout::initial;
use super::{Notice, finding, icon, words};
use crate::domain::member::Role;
use crate::domain::part::Part;
use crate::domain::view::{Managed, Me};
use maud::{Markup, html};

/// A link by which a member chooses a new password; shown once, kept nowhere in the clear.
#[derive(Clone, Copy, Debug)]
pub struct ResetLink<'a> {
    pub name: &'a str,
    pub link: &'a str,
}

/// Where the list is.
pub const PATH: &str = "/admin/members";

/// The members page.
pub fn page(me: &Me, members: &Part<Managed>, reset: Option<ResetLink<'_>>, notice: Option<&Notice>) -> Markup {
    let inside = html! {
        header.row.between {
            h1 { "Members" }
            div.row.tight {
                a.button href="/admin/members/list" { "People from a list" }
                a.button href="/admin/invites" { (icon("plus")) "Invite somebody" }
            }
        }
        @if let Some(reset) = reset { (reset_link(reset)) }
        (finding::field(members, PATH))
        ul.members #people { @for member in &members.shown { (card(me, member)) } }
        p.soft #nobody hidden { "Nobody by that name." }
        (finding::ways(members, PATH))
    };
    admin_page_with(me, Tab::Members, "Members", notice, (&["css/finding.css"], &[]), inside)
}

fn reset_link(reset: ResetLink<'_>) -> Markup {
    html! {
        section.card.glow.stack aria-labelledby="reset-title" {
            h2 #reset-title { "A link for " (reset.name) }
            p { "By it they choose a new password. It works once and not for long, and is shown only here: hand it on by a way you trust." }
            div.copy-line {
                input #reset-link readonly aria-label="Reset link" value=(reset.link);
                button.button.primary type="button" data-copy="#reset-link" { (icon("copy")) span data-word { "Copy" } }
            }
        }
    }
}

fn card(me: &Me, member: &Managed) -> Markup {
    let mine = member.id == me.id;
    let date = me.zone.date(member.since);
    html! {
        li.card.member.mine[mine] data-name=(member.name.to_lowercase()) {
            div.row.member-who {
                span.face aria-hidden="true" { (initial(&member.name)) }
                div {
                    h2 { (member.name) @if mine { span.soft { " (you)" } } }
                    p.small.soft {
                        @if let Some(email) = &member.email { (email) " · " }
                        "since " (date.day()) " " (words::month(date)) " " (date.year())
                    }
                }
                div.row.tight {
                    @if member.role != Role::Member { span.tag { (member.role.word()) } }
                    @if !member.came { span.tag { "hasn't come yet" } }
                    @if member.paused { span.tag { "paused" } }
                    @if let Some(day) = member.last_day { span.tag { "until " (written(day)) } }
                }
            }
            @if !mine { (acts(member)) }
        }
    }
}

/// What can be done, behind one fold, so that the list reads as a list.
fn acts(member: &Managed) -> Markup {
    let id = member.id;
    let role_id = format!("role-{id}");
    let name = &member.name;
    let pause = format!("{name} can't sign in or be paired until you let them in again. Their bookings are cancelled.");
    let remove = format!("{name}'s account and everything in it is deleted. This can't be taken back.");
    html! {
        details.fold {
            summary { "Change" span.visually-hidden { " " (name) } }
            div.member-acts {
                form.row.tight method="post" action={ "/admin/members/" (id) "/role" } {
                    label.small for=(role_id) { "Role" }
                    select id=(role_id) name="role" {
                        @for role in Role::ALL { option value=(role.word()) selected[role == member.role] { (role.word()) } }
                    }
                    button.button.small { "Keep" }
                }
                @if member.role != Role::Admin { (last_day(member)) }
                div.row.tight {
                    form method="post" action={ "/admin/members/" (id) "/reset-link" } {
                        button.button.small { (icon("link")) "Link for a new password" }
                    }
                    @if member.paused {
                        form method="post" action={ "/admin/members/" (id) "/resume" } { button.button.small { "Let in again" } }
                    } @else {
                        form method="post" action={ "/admin/members/" (id) "/pause" } data-confirm=(pause) { button.button.small { "Pause" } }
                    }
                    form method="post" action={ "/admin/members/" (id) "/remove" } data-confirm=(remove) {
                        label.check.small.confirm { input type="checkbox" name="sure" value="on" required; span { "I'm sure" } }
                        button.button.small.danger { "Remove" }
                    }
                }
            }
        }
    }
}

/// The account's last day; empty is none.
fn last_day(member: &Managed) -> Markup {
    let field_id = format!("ends-{}", member.id);
    html! {
        form.row.tight method="post" action={ "/admin/members/" (member.id) "/ends" } {
            label.small for=(field_id) { "Account's last day" }
            input.day id=(field_id) name="ends" type="date" value=[member.last_day.map(|day| day.to_string())];
            button.button.small { "Keep" }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::MemberId;
    use crate::domain::part::Wanted;
    use crate::domain::time::{Timestamp, Zone};

    fn shown(reset: Option<ResetLink<'_>>) -> String {
        let me = Me { id: MemberId(1), name: "Ana".into(), role: Role::Admin, zone: Zone::utc(), instance: "Room".into() };
        let member = |id, name: &str, paused| Managed {
            id: MemberId(id),
            name: name.into(),
            email: None,
            role: Role::Member,
            since: Timestamp(1_790_000_000),
            paused,
            last_day: None,
            came: true,
        };
        page(&me, &Part::of(vec![member(1, "Ana", false), member(2, "Ben", true)], &Wanted::default(), |m| &m.name), reset, None)
            .into_string()
    }

    #[test]
    fn nobody_can_remove_or_pause_themselves() {
        let shown = shown(None);
        assert!(!shown.contains("/admin/members/1/") && shown.contains("/admin/members/2/remove"));
        assert!(shown.contains("/admin/members/2/resume") && !shown.contains("/admin/members/2/pause"));
    }

    #[test]
    fn a_reset_link_names_whom_it_is_for() {
        let link = ResetLink { name: "Ben", link: "https://x/reset/abc" };
        let shown = shown(Some(link));
        assert!(shown.contains("A link for Ben") && shown.contains(r#"value="https://x/reset/abc""#));
    }
}
