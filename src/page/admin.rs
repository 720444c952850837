//! The admin's overview, and the row of tabs that the admin pages share.

use super::{Frame, Here, Notice, icon, layout};
use crate::domain::member::Role;
use crate::domain::view::{AdminCounts, Me};
use maud::{Markup, html};

/// The admin pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    Overview,
    Company,
    Invites,
    Members,
    Reports,
    Rooms,
    Groups,
    House,
    WayIn,
    Backups,
    Doctor,
    Machine,
}

impl Tab {
    const ALL: [Self; 12] = [
        Self::Overview,
        Self::Company,
        Self::Invites,
        Self::Members,
        Self::Reports,
        Self::Rooms,
        Self::Groups,
        Self::House,
        Self::WayIn,
        Self::Backups,
        Self::Doctor,
        Self::Machine,
    ];

    fn place(self) -> (&'static str, &'static str) {
        match self {
            Self::Overview => ("/admin", "Overview"),
            Self::Company => ("/admin/company", "Company"),
            Self::Invites => ("/admin/invites", "Invites"),
            Self::Members => ("/admin/members", "Members"),
            Self::Reports => ("/admin/reports", "Reports"),
            Self::Rooms => ("/admin/rooms", "Rooms"),
            Self::Groups => ("/admin/groups", "Groups"),
            Self::House => ("/admin/house", "House"),
            Self::WayIn => ("/admin/way-in", "Way in"),
            Self::Backups => ("/admin/backups", "Backups"),
            Self::Doctor => ("/admin/doctor", "Doctor"),
            Self::Machine => ("/admin/machine", "Machine"),
        }
    }

    /// Moderators look after reports; everything else is the admins'.
    fn open_to(self, role: Role) -> bool {
        match self {
            Self::Overview | Self::Reports => role >= Role::Moderator,
            Self::Company
            | Self::Invites
            | Self::Members
            | Self::Rooms
            | Self::Groups
            | Self::House
            | Self::WayIn
            | Self::Backups
            | Self::Doctor
            | Self::Machine => role == Role::Admin,
        }
    }
}

/// An admin page: frame, tabs, content.
pub fn admin_page(me: &Me, tab: Tab, title: &str, notice: Option<&Notice>, inside: Markup) -> Markup {
    admin_page_with(me, tab, title, notice, (&[], &[]), inside)
}

/// An admin page with style sheets and modules of its own.
pub fn admin_page_with(
    me: &Me,
    tab: Tab,
    title: &str,
    notice: Option<&Notice>,
    (css, js): (&[&str], &[&str]),
    inside: Markup,
) -> Markup {
    let css = [&["css/pages/admin.css", "css/pages/health.css"], css].concat();
    let js = [&["js/pages/admin.js"], js].concat();
    let frame = Frame { title, me: Some(me), instance: &me.instance, here: Here::Admin, css: &css, js: &js, notice, bare: false };
    let main = html! {
        div.page.stack.loose {
            @if me.role >= Role::Moderator { (tabs(me, tab)) }
            (inside)
        }
    };
    layout(&frame, main)
}

fn tabs(me: &Me, here: Tab) -> Markup {
    html! {
        nav.tabs aria-label="Admin" {
            @for tab in Tab::ALL.into_iter().filter(|t| t.open_to(me.role)) {
                @let (href, name) = tab.place();
                a href=(href) aria-current=[(tab == here).then_some("page")] { (name) }
            }
        }
    }
}

/// The overview.
pub fn page(me: &Me, counts: &AdminCounts, troubles: &[String], notice: Option<&Notice>) -> Markup {
    let admin = me.role == Role::Admin;
    let inside = html! {
        h1 { "The house, from the kitchen" }
        @if admin && !troubles.is_empty() {
            section.card.stack.tight role="alert" {
                h2 { "This needs you" }
                @for sentence in troubles { p { (sentence) } }
            }
        }
        div.columns {
            (card("/admin/reports", "flag", "Reports", &reports_line(counts.open_reports), counts.open_reports > 0))
            @if admin {
                (card("/admin/invites", "link", "Invites", &count_line(counts.open_invites, "open invite", "open invites"), false))
                (card("/admin/members", "people", "Members", &count_line(counts.members, "member", "members"), false))
                (card("/admin/house", "home", "House", "Name, clock, focus hours, rules", false))
                (card("/admin/doctor", "check", "Doctor", "Is everything open, kept and well?", false))
                (card("/admin/machine", "timer", "Machine", "How much it carries, and its log", false))
            }
        }
        p.soft.small { "You see no goals, no outcomes and no hours of anybody: they belong to those who work." }
    };
    admin_page(me, Tab::Overview, "Admin", notice, inside)
}

fn card(href: &str, sign: &str, title: &str, line: &str, lit: bool) -> Markup {
    html! {
        a.card.admin-card.glow[lit] href=(href) {
            (icon(sign))
            h2 { (title) }
            p.soft { (line) }
        }
    }
}

fn reports_line(open: i64) -> String {
    match open {
        0 => "Nothing waits".to_owned(),
        1 => "One waits for you".to_owned(),
        n => format!("{n} wait for you"),
    }
}

fn count_line(count: i64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::MemberId;
    use crate::domain::time::Zone;

    fn shown(role: Role) -> String {
        let me = Me { id: MemberId(1), name: "Ana".into(), role, zone: Zone::utc(), instance: "Room".into() };
        page(&me, &AdminCounts { members: 1, open_invites: 2, open_reports: 1 }, &["The disk is full.".to_owned()], None)
            .into_string()
    }

    #[test]
    fn a_moderator_sees_reports_and_nothing_else() {
        let shown = shown(Role::Moderator);
        assert!(shown.contains("One waits for you"));
        assert!(!shown.contains("The disk is full."), "it is the admins' to mend");
        assert!(!shown.contains("/admin/members") && !shown.contains("/admin/house"));
    }

    #[test]
    fn an_admin_sees_every_door() {
        let shown = shown(Role::Admin);
        assert!(shown.contains("This needs you") && shown.contains("The disk is full."));
        assert!(shown.contains("1 member<") && shown.contains("2 open invites") && shown.contains("/admin/house"));
    }
}
