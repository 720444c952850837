//! The admin's overview, and the row of tabs that the admin pages share.

use super::{Frame, Here, Notice, icon, layout};
use crate::domain::member::Role;
use crate::domain::view::{AdminCounts, Me};
use maud::{Markup, html};

/// The admin pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    Overview,
    Members,
    Invites,
    Groups,
    Reports,
    House,
    Rooms,
    Company,
    WayIn,
    Backups,
    Doctor,
    Machine,
}

/// The doors behind the overview, by what they are about.
const PARTS: [(&str, &[Tab]); 3] = [
    ("The people", &[Tab::Members, Tab::Invites, Tab::Groups, Tab::Reports]),
    ("The place", &[Tab::House, Tab::Rooms, Tab::Company]),
    ("The machine", &[Tab::WayIn, Tab::Backups, Tab::Doctor, Tab::Machine]),
];

impl Tab {
    fn place(self) -> (&'static str, &'static str) {
        match self {
            Self::Overview => ("/admin", "Overview"),
            Self::Members => ("/admin/members", "Members"),
            Self::Invites => ("/admin/invites", "Invites"),
            Self::Groups => ("/admin/groups", "Groups"),
            Self::Reports => ("/admin/reports", "Reports"),
            Self::House => ("/admin/house", "House"),
            Self::Rooms => ("/admin/rooms", "Rooms"),
            Self::Company => ("/admin/company", "Company"),
            Self::WayIn => ("/admin/way-in", "Way in"),
            Self::Backups => ("/admin/backups", "Backups"),
            Self::Doctor => ("/admin/doctor", "Doctor"),
            Self::Machine => ("/admin/machine", "Machine"),
        }
    }

    /// Moderators look after reports; everything else is the admins'.
    fn open_to(self, role: Role) -> bool {
        let least = if matches!(self, Self::Overview | Self::Reports) { Role::Moderator } else { Role::Admin };
        role >= least
    }

    /// What lies behind the door, in a line, under its sign.
    fn says(self, counts: &AdminCounts) -> (&'static str, String) {
        let (sign, line) = match self {
            Self::Overview => ("home", ""),
            Self::Members => return ("people", count_line(counts.members, "member", "members")),
            Self::Invites => return ("link", count_line(counts.open_invites, "open invite", "open invites")),
            Self::Reports => return ("flag", reports_line(counts.open_reports)),
            Self::Groups => ("shield", "Teams, classes, and walls between them"),
            Self::House => ("home", "Name, clock, opening hours, rules"),
            Self::Rooms => ("table", "Tables that are always open"),
            Self::Company => ("wave", "Who found company, in sums"),
            Self::WayIn => ("door", "From where people come"),
            Self::Backups => ("copy", "What is kept, and the way back"),
            Self::Doctor => ("check", "Is everything open, kept and well?"),
            Self::Machine => ("timer", "How much it carries, and its log"),
        };
        (sign, line.to_owned())
    }
}

/// The doors that are open to somebody, part by part.
fn parts(role: Role) -> impl Iterator<Item = (&'static str, Vec<Tab>)> {
    PARTS
        .into_iter()
        .map(move |(title, doors)| (title, doors.iter().copied().filter(|tab| tab.open_to(role)).collect::<Vec<_>>()))
        .filter(|(_, doors)| !doors.is_empty())
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

/// A row where there is room for one; on a phone a menu under the name of the page, part by part.
fn tabs(me: &Me, here: Tab) -> Markup {
    html! {
        nav aria-label="Admin" {
            div.tabs {
                (tab(Tab::Overview, here))
                @for (_, doors) in parts(me.role) { span.tab-part { @for door in doors { (tab(door, here)) } } }
            }
            details.menu.tabs-fold {
                summary { (icon("menu")) "Admin: " (here.place().1) }
                div.menu-list {
                    (tab(Tab::Overview, here))
                    @for (title, doors) in parts(me.role) {
                        p.small.soft { (title) }
                        @for door in doors { (tab(door, here)) }
                    }
                }
            }
        }
    }
}

fn tab(tab: Tab, here: Tab) -> Markup {
    let (href, name) = tab.place();
    html! { a href=(href) aria-current=[(tab == here).then_some("page")] { (name) } }
}

/// The overview.
pub fn page(me: &Me, counts: &AdminCounts, troubles: &[String], notice: Option<&Notice>) -> Markup {
    let inside = html! {
        h1 { "The house, from the kitchen" }
        @if me.role == Role::Admin && !troubles.is_empty() {
            section.card.stack.tight role="alert" {
                h2 { "This needs you" }
                @for sentence in troubles { p { (sentence) } }
            }
        }
        @for (title, doors) in parts(me.role) {
            section.stack {
                h2 { (title) }
                div.columns.doors { @for door in doors { (card(door, counts)) } }
            }
        }
        p.soft.small { "You see no goals, no outcomes and no hours of anybody: they belong to those who work." }
    };
    admin_page(me, Tab::Overview, "Admin", notice, inside)
}

fn card(tab: Tab, counts: &AdminCounts) -> Markup {
    let ((href, title), (sign, line)) = (tab.place(), tab.says(counts));
    let lit = tab == Tab::Reports && counts.open_reports > 0;
    html! {
        a.card.admin-card.glow[lit] href=(href) {
            (icon(sign))
            h3 { (title) }
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
        assert!(shown.contains("1 member<") && shown.contains("2 open invites"));
        for tab in PARTS.iter().flat_map(|(_, doors)| *doors) {
            let (href, name) = tab.place();
            assert!(shown.contains(&format!("href=\"{href}\"><svg")), "no door to {name}");
        }
    }

    #[test]
    fn a_phone_reads_on_the_folded_tabs_where_it_is() {
        let shown = shown(Role::Admin);
        assert!(shown.contains("</svg>Admin: Overview</summary>"));
    }
}
