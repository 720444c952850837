//! The frame around every page: head, header with the places to go, notice, main.
//!
//! No inline script and no style attribute anywhere: the content security policy allows none.

use super::{Lamp, asset, files, icon, lamp};
use crate::domain::member::Role;
use crate::domain::view::Me;
use maud::{DOCTYPE, Markup, html};

/// The style sheets of every page, in the order of the cascade.
const BASE_CSS: [&str; 8] = [
    "css/tokens.css",
    "css/base.css",
    "css/button.css",
    "css/field.css",
    "css/card.css",
    "css/lamp.css",
    "css/nav.css",
    "css/dialog.css",
];

/// The module of every page.
const FRAME_JS: &str = "js/pages/frame.js";

/// What a page tells its frame.
pub struct Frame<'a> {
    pub title: &'a str,
    pub me: Option<&'a Me>,
    pub instance: &'a str,
    pub here: Here,
    /// Style sheets of this page only, under `web/`.
    pub css: &'a [&'a str],
    /// Modules of this page only, under `web/`.
    pub js: &'a [&'a str],
    pub notice: Option<&'a Notice>,
    /// No header and no places to go: the session, the setup, the login.
    pub bare: bool,
}

/// Where the member is, for the mark in the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Here {
    Calendar,
    Rooms,
    People,
    History,
    Guide,
    Settings,
    Admin,
    Elsewhere,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Good,
    Trouble,
}

/// A sentence at the top of a page or form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub tone: Tone,
    pub text: String,
}

impl Notice {
    pub fn good(text: impl Into<String>) -> Self {
        Self { tone: Tone::Good, text: text.into() }
    }

    pub fn trouble(text: impl Into<String>) -> Self {
        Self { tone: Tone::Trouble, text: text.into() }
    }
}

/// A whole document.
pub fn layout(frame: &Frame<'_>, main: impl maud::Render) -> Markup {
    let modules: Vec<&str> = [FRAME_JS].into_iter().chain(frame.js.iter().copied()).collect();
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                title { (frame.title) " · " (frame.instance) }
                meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover";
                meta name="color-scheme" content="light dark";
                meta name="theme-color" media="(prefers-color-scheme: light)" content="#EEF2EF";
                meta name="theme-color" media="(prefers-color-scheme: dark)" content="#10191F";
                link rel="icon" href=(asset("icons/logo.svg")) type="image/svg+xml";
                link rel="apple-touch-icon" href=(asset("icons/touch.png"));
                link rel="manifest" href="/manifest.webmanifest" crossorigin="use-credentials";
                @for path in BASE_CSS.iter().chain(frame.css) {
                    link rel="stylesheet" href=(asset(path));
                }
                @for path in &modules {
                    script type="module" src=(asset(path)) {}
                }
                @for path in files::led_to(&modules) {
                    link rel="modulepreload" href=(asset(&path)) fetchpriority="low";
                }
            }
            body.bare[frame.bare] {
                a.skip href="#main" { "Skip to the page" }
                @if !frame.bare { (header(frame)) }
                main #main tabindex="-1" {
                    @if let Some(said) = frame.notice { (notice(said)) }
                    (main)
                }
                div #say.visually-hidden role="status" aria-live="polite" {}
            }
        }
    }
}

/// A sentence that is read out as soon as it is there.
pub fn notice(said: &Notice) -> Markup {
    let good = said.tone == Tone::Good;
    html! {
        div.notice.good[good].trouble[!good] role=(if good { "status" } else { "alert" }) {
            (icon(if good { "check" } else { "flag" }))
            p { (said.text) }
        }
    }
}

/// What a page of many buttons says when its scripts don't come, or come late: it is shown some seconds after the page, unless these
/// have said by then that they are there (`answers` in `web/js/lib/dom.js`).
pub fn asleep() -> Markup {
    html! {
        div.asleep role="status" {
            p { "Not all of this page has come yet, so some of its buttons may not answer. Nothing of yours is lost." }
            a.button.small href="" { "Load it again" }
        }
    }
}

/// The two lamps and the instance's name, as a way home.
pub fn brand(instance: &str) -> Markup {
    html! {
        a.brand href="/" {
            (lamp(Lamp::Logo))
            span { (instance) }
        }
    }
}

fn header(frame: &Frame<'_>) -> Markup {
    html! {
        header.top {
            (brand(frame.instance))
            nav.places.signed-out[frame.me.is_none()] aria-label="Places" {
                @if frame.me.is_some() {
                    (place(frame, Here::Calendar, "/", "calendar", "Calendar"))
                    (place(frame, Here::Rooms, "/rooms", "table", "Rooms"))
                    (place(frame, Here::People, "/people", "people", "People"))
                    (place(frame, Here::History, "/history", "history", "History"))
                }
                (place(frame, Here::Guide, "/guide", "help", "Help"))
            }
            @match frame.me {
                Some(me) => (my_menu(frame, me)),
                None => a.button.small href="/login" { "Sign in" },
            }
        }
    }
}

fn place(frame: &Frame<'_>, to: Here, href: &str, sign: &str, word: &str) -> Markup {
    html! {
        a href=(href) aria-current=[(frame.here == to).then_some("page")] { (icon(sign)) span { (word) } }
    }
}

fn my_menu(frame: &Frame<'_>, me: &Me) -> Markup {
    let here = |place| (frame.here == place).then_some("page");
    html! {
        details.menu {
            summary {
                span.face aria-hidden="true" { (initial(&me.name)) }
                span.menu-name { (me.name) }
                span.visually-hidden { "My menu" }
            }
            div.menu-list {
                a href="/me" aria-current=[here(Here::Settings)] { (icon("settings")) "Settings" }
                a href="/test-session" { (icon("camera")) "Try a session alone" }
                @if me.role >= Role::Moderator {
                    a href="/admin" aria-current=[here(Here::Admin)] { (icon("shield")) "Admin" }
                }
                form method="post" action="/logout" {
                    button type="submit" { (icon("leave")) "Log out" }
                }
            }
        }
    }
}

/// The letter in a person's circle.
pub fn initial(name: &str) -> String {
    name.chars().find(|c| c.is_alphanumeric()).map(|c| c.to_uppercase().collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::MemberId;
    use crate::domain::time::Zone;

    fn me(role: Role) -> Me {
        Me { id: MemberId(1), name: "Ana".into(), role, zone: Zone::utc(), instance: "Quiet house".into() }
    }

    fn page(role: Role, bare: bool) -> String {
        let me = me(role);
        let frame = Frame {
            title: "Calendar",
            me: Some(&me),
            instance: &me.instance,
            here: Here::Calendar,
            css: &[],
            js: &[],
            notice: None,
            bare,
        };
        layout(&frame, html! { h1 { "Week" } }).into_string()
    }

    #[test]
    fn only_moderators_and_admins_see_the_way_to_admin() {
        assert!(!page(Role::Member, false).contains("/admin"));
        assert!(page(Role::Moderator, false).contains("/admin"));
    }

    #[test]
    fn a_page_says_where_it_is_and_carries_nothing_inline() {
        let text = page(Role::Admin, false);
        assert!(text.contains(r#"<a href="/" aria-current="page">"#));
        assert!(!text.contains("style="));
        assert!(!text.contains("onclick"));
    }

    #[test]
    fn a_page_that_waits_for_its_scripts_leads_to_itself() {
        assert!(asleep().into_string().contains(r#"<a class="button small" href="">"#));
    }

    #[test]
    fn a_bare_page_has_no_places_but_can_be_skipped_into() {
        let text = page(Role::Admin, true);
        assert!(!text.contains("<nav"));
        assert!(text.contains("href=\"#main\""));
    }
}
