//! Groups: who is in which, and which of them are walls.

use super::admin::{Tab, admin_page};
use super::form;
use super::{Notice, icon};
use crate::domain::group::{Group, NAME_CHARS};
use crate::domain::id::MemberId;
use crate::domain::refusal::Refusal;
use crate::domain::view::{Me, Person};
use maud::{Markup, html};

/// The groups page of the admins.
pub fn page(
    me: &Me,
    groups: &[(Group, Vec<MemberId>)],
    members: &[Person],
    refusal: Option<&Refusal>,
    notice: Option<&Notice>,
) -> Markup {
    let inside = html! {
        h1 { "Groups" }
        p.soft { "A team, a class, a circle of friends. Who is in a group can keep a booking inside it; an invite can lead into one." }
        (form::refusal(refusal))
        @if !groups.is_empty() {
            ul.reports { @for (group, who) in groups { (one(group, who, members)) } }
        }
        section.card.stack aria-labelledby="new-group" {
            h2 #new-group { "One more group" }
            form.stack method="post" action="/admin/groups" data-once {
                (name_and_wall("", "", false))
                div { button.button.primary { (icon("plus")) "Make the group" } }
            }
        }
    };
    admin_page(me, Tab::Groups, "Groups", notice, inside)
}

fn one(group: &Group, who: &[MemberId], members: &[Person]) -> Markup {
    let is_in = |person: &Person| who.contains(&person.id);
    let names: Vec<&str> = members.iter().filter(|m| is_in(m)).map(|m| m.name.as_str()).collect();
    html! {
        li.card.stack.tight {
            h2 { (group.name) }
            p.small.soft {
                @match names.len() {
                    0 => "Nobody yet.",
                    1..=8 => { (names.join(", ")) "." }
                    n => { (n) " members." }
                }
                @if group.wall { " A wall: they have company only inside." }
            }
            details.fold {
                summary { "Change" span.visually-hidden { " " (group.name) } }
                div.stack {
                    form.stack method="post" action={ "/admin/groups/" (group.id) } data-once {
                        (name_and_wall(&format!("g{}-", group.id), &group.name, group.wall))
                        fieldset.in-group {
                            legend { "Who is in it" }
                            @for person in members {
                                label.check { input type="checkbox" name="member" value=(person.id) checked[is_in(person)]; span { (person.name) } }
                            }
                        }
                        div { button.button { "Keep" } }
                    }
                    form method="post" action={ "/admin/groups/" (group.id) "/end" }
                        data-confirm={ "“" (group.name) "” is ended. What was booked inside it is open to the whole house." } {
                        button.button.small.danger { "End this group" }
                    }
                }
            }
        }
    }
}

/// `mark` keeps the ids of several forms apart.
fn name_and_wall(mark: &str, name: &str, wall: bool) -> Markup {
    let id = format!("{mark}name");
    html! {
        div.field {
            label for=(id) { "Name" }
            input id=(id) name="name" type="text" value=(name) maxlength=(NAME_CHARS) required autocomplete="off";
        }
        label.check {
            input type="checkbox" name="wall" value="on" checked[wall];
            span { "A wall: its members have company only inside" br; span.soft.small { "They don’t see others wait, and aren’t seen by them." } }
        }
    }
}
