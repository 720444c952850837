//! My own settings: name, clock, who may pick me, password, and the browsers that are signed in as me.

use super::form::{self, Field};
use super::{Frame, Here, Notice, icon, layout, words, zones};
use crate::domain::member::Pick;
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::domain::view::{Account, Login, Relation, RelationKind};
use maud::{Markup, html};

/// What was typed into the first form.
#[derive(Clone, Debug)]
pub struct AccountForm {
    pub name: String,
    pub email: String,
    pub zone: String,
    pub pick: Pick,
    pub as_someone: bool,
}

impl AccountForm {
    /// The form as it stands before anything is typed.
    pub fn of(account: &Account) -> Self {
        Self {
            name: account.me.name.clone(),
            email: account.email.clone().unwrap_or_default(),
            zone: account.me.zone.name().to_owned(),
            pick: account.pick,
            as_someone: account.as_someone,
        }
    }
}

/// Which form was refused, and why.
#[derive(Clone, Copy, Debug)]
pub enum Trouble<'a> {
    Settings(&'a Refusal),
    Password(&'a Refusal),
}

/// The settings page.
pub fn page(
    account: &Account,
    now: Timestamp,
    form: &AccountForm,
    trouble: Option<Trouble<'_>>,
    notice: Option<&Notice>,
) -> Markup {
    let me = &account.me;
    let (settings, password) = match trouble {
        Some(Trouble::Settings(refusal)) => (Some(refusal), None),
        Some(Trouble::Password(refusal)) => (None, Some(refusal)),
        None => (None, None),
    };
    let frame = Frame {
        title: "Settings",
        me: Some(me),
        instance: &me.instance,
        here: Here::Settings,
        css: &["css/pages/account.css"],
        js: &["js/pages/zone.js"],
        notice,
        bare: false,
    };
    let main = html! {
        div.page.split {
            div.stack.loose {
                h1 { "Settings" }
                (about_me(form, settings))
                (company(account))
                (new_password(&me.name, password))
            }
            div.stack.loose.account-aside {
                (logins(account, now))
                @if !account.relations.is_empty() { (relations(&account.relations)) }
                (devices())
                (kept())
            }
        }
    };
    layout(&frame, main)
}

fn about_me(form: &AccountForm, refusal: Option<&Refusal>) -> Markup {
    html! {
        form.card.stack method="post" action="/me" data-once aria-labelledby="me-title" {
            h2 #me-title { "You" }
            (form::refusal(refusal))
            (Field::name("name", "Your name", &form.name).hint("As the others see it.").refused(refusal, &["name", "name_taken"]))
            (Field::email(&form.email).hint("You can sign in with it. Other members never see it.").refused(refusal, &["email"]))
            div.field {
                label for="zone" { "Where your clock is" }
                p.hint id="zone-hint" { "Times are shown on your clock; others read what time it is for you." }
                (zones::select("zone", "zone", &form.zone, false))
            }
            fieldset.choices.cards {
                legend { "Who may pick you on the calendar?" }
                @for pick in Pick::ALL {
                    label {
                        input type="radio" name="pick" value=(pick.word()) checked[pick == form.pick];
                        span { b { (pick_name(pick)) } small { (pick_what(pick)) } }
                    }
                }
            }
            label.check {
                input type="checkbox" name="as_someone" value="on" checked[form.as_someone];
                span { "Show me as “Someone” on the calendar until I'm paired" }
            }
            div { button.button.primary { "Keep" } }
        }
    }
}

fn company(account: &Account) -> Markup {
    html! {
        form.card.stack method="post" action="/me/company" data-once aria-labelledby="company-title" {
            h2 #company-title { "Company" }
            label.check {
                input type="checkbox" name="trio" value="on" checked[account.trio == Some(true)];
                span { "If somebody is left over, they may sit with me and my partner" }
            }
            label.check {
                input type="checkbox" name="welcomes" value="on" checked[account.welcomes];
                span { "I like to welcome newcomers" }
            }
            label.check {
                input type="checkbox" name="nudges" value="on" checked[account.nudges];
                span {
                    "Tell me when somebody waits alone, or when moving would bring me company" br;
                    span.soft.small { "At most one a day and three a week, never at night or in a session." }
                }
            }
            p.hint { "It holds for bookings you make from here on, and each booking can say otherwise." }
            div { button.button { "Keep" } }
        }
    }
}

fn pick_name(pick: Pick) -> &'static str {
    match pick {
        Pick::Everyone => "Everyone",
        Pick::Favorites => "My favorites",
        Pick::Matcher => "Nobody by hand",
    }
}

fn pick_what(pick: Pick) -> &'static str {
    match pick {
        Pick::Everyone => "Whoever clicks your name sits down with you at once.",
        Pick::Favorites => "The others can still book the same time and be paired with you.",
        Pick::Matcher => "You're paired with whoever books the same time.",
    }
}

fn new_password(name: &str, refusal: Option<&Refusal>) -> Markup {
    html! {
        form.card.stack #password-form method="post" action="/me/password" data-once aria-labelledby="password-title" {
            h2 #password-title { "Password" }
            (form::refusal(refusal))
            div.visually-hidden aria-hidden="true" { input type="text" name="who" value=(name) autocomplete="username" readonly tabindex="-1"; }
            (Field::old_password("old", "The one you have").refused(refusal, &["old_password"]))
            (Field::new_password("new", "A new one").refused(refusal, &["password", "new"]))
            div { button.button { "Change it" } }
        }
    }
}

fn logins(account: &Account, now: Timestamp) -> Markup {
    html! {
        section.card.stack.tight aria-labelledby="logins-title" {
            h2 #logins-title { "Where you're signed in" }
            ul.list { @for login in &account.logins { (login_line(account, login, now)) } }
            form method="post" action="/logout-everywhere" data-confirm="You are signed out in every browser, this one too." {
                button.button.small { (icon("leave")) "Log out everywhere" }
            }
        }
    }
}

fn login_line(account: &Account, login: &Login, now: Timestamp) -> Markup {
    let zone = &account.me.zone;
    html! {
        li {
            div.row.tight { b { (login.browser) } @if login.this_one { span.tag.lit { "this one" } } }
            p.small.soft {
                "Since " (words::day_and_clock(zone, login.since, now))
                @if !login.this_one { ", last seen " (words::day_and_clock(zone, login.seen, now)) }
            }
        }
    }
}

fn relations(relations: &[Relation]) -> Markup {
    let groups =
        [(RelationKind::Favorite, "Favorites"), (RelationKind::Snooze, "Not for a while"), (RelationKind::Block, "Never paired")];
    html! {
        section.card.stack.tight aria-labelledby="relations-title" {
            h2 #relations-title { "Between you and others" }
            p.small.soft { "Only you see this." }
            @for (kind, title) in groups {
                @let of_kind: Vec<_> = relations.iter().filter(|r| r.kind == kind).collect();
                @if !of_kind.is_empty() {
                    h3 { (title) }
                    ul.list {
                        @for relation in of_kind {
                            li.row.between {
                                span { (relation.name) }
                                form method="post" action={ "/people/" (relation.member) "/clear" } {
                                    input type="hidden" name="back" value="/me";
                                    button.button.small.quiet { "Take back" span.visually-hidden { ": " (relation.name) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn devices() -> Markup {
    html! {
        section.card.stack.tight aria-labelledby="devices-title" {
            h2 #devices-title { "Camera, microphone, network" }
            p.small { "Your browser tries each of them, and every way that a call can go." }
            p { a.button.small href="/check" { (icon("shield")) "Does everything work from here?" } }
        }
    }
}

fn kept() -> Markup {
    html! {
        section.card.quiet.stack.tight aria-labelledby="kept-title" {
            h2 #kept-title { "What this place knows about you" }
            p.small { "Your name, your e-mail if you gave one, your clock, your bookings to come, and seven days of history." }
            p.small { a href="/guide#kept" { "What is kept, and for how long" } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::MemberId;
    use crate::domain::member::Role;
    use crate::domain::time::Zone;
    use crate::domain::view::Me;

    fn account() -> Account {
        Account {
            me: Me {
                id: MemberId(1),
                name: "Ana".into(),
                role: Role::Member,
                zone: Zone::or_utc("Europe/Lisbon"),
                instance: "Room".into(),
            },
            email: None,
            pick: Pick::Favorites,
            as_someone: true,
            trio: None,
            welcomes: false,
            nudges: false,
            logins: vec![],
            relations: vec![Relation { member: MemberId(4), name: "Sam".into(), kind: RelationKind::Block }],
        }
    }

    #[test]
    fn what_was_typed_survives_a_refusal_and_a_password_does_not() {
        let account = account();
        let form = AccountForm { name: "Ana \"M\"".into(), ..AccountForm::of(&account) };
        let no = Refusal::new("name", "Somebody here has that name.");
        let shown = page(&account, Timestamp(0), &form, Some(Trouble::Settings(&no)), None).into_string();
        assert!(shown.contains("Ana &quot;M&quot;") && shown.contains(r#"value="favorites" checked"#));
        assert_eq!(shown.matches(r#"id="refusal""#).count(), 1);
        let no = Refusal::new("old_password", "That isn't the password you have.");
        let shown = page(&account, Timestamp(0), &form, Some(Trouble::Password(&no)), None).into_string();
        assert_eq!(shown.matches(r#"aria-invalid="true""#).count(), 1);
    }

    #[test]
    fn a_block_can_be_taken_back() {
        let account = account();
        let shown = page(&account, Timestamp(0), &AccountForm::of(&account), None, None).into_string();
        assert!(shown.contains(r#"action="/people/4/clear""#) && shown.contains("Never paired"));
    }
}
