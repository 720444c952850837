//! The members, what time it is for each, and what I am to them: favorite, resting, blocked. Nobody is told.

use super::layout::initial;
use super::{Drawing, Frame, Here, Notice, drawing, finding, icon, layout, words};
use crate::domain::part::Part;
use crate::domain::time::Timestamp;
use crate::domain::view::{Me, Person, RelationKind};
use maud::{Markup, html};

/// Where the list is.
const PATH: &str = "/people";

/// The people page; `may_invite` shows the way to invites.
pub fn page(me: &Me, now: Timestamp, people: &Part<Person>, may_invite: bool, notice: Option<&Notice>) -> Markup {
    let frame = Frame {
        title: "People",
        me: Some(me),
        instance: &me.instance,
        here: Here::People,
        css: &["css/finding.css", "css/pages/people.css"],
        js: &["js/pages/people.js"],
        notice,
        bare: false,
    };
    let main = html! {
        div.page.stack {
            header.row.between {
                div.stack.tight {
                    h1 { "People" }
                    p.soft { "Favorites are paired with you first. Resting and blocking stay between you and this page." }
                }
                @if may_invite && people.whole > 0 { a.button href="/admin/invites" { (icon("plus")) "Invite somebody" } }
            }
            @if people.whole == 0 {
                div.card.empty {
                    (drawing(Drawing::TeaChair))
                    h2 { "The other chairs are empty" }
                    p { "Nobody else is here yet. People come in by an invite." }
                    @if may_invite {
                        a.button.primary href="/admin/invites" { "Invite somebody" }
                    }
                }
            } @else {
                (finding::field(people, PATH))
                ul.people #people { @for person in &people.shown { (card(me, now, person)) } }
                p.soft #nobody hidden { "Nobody by that name." }
                (finding::ways(people, PATH))
            }
        }
    };
    layout(&frame, main)
}

/// One person: their lamp, their sky, and three things I may do.
fn card(me: &Me, now: Timestamp, person: &Person) -> Markup {
    let there = person.zone.wall(now);
    let same = person.zone.offset_s(now) == me.zone.offset_s(now);
    html! {
        li.card.person-card data-id=(person.id) data-name=(person.name.to_lowercase()) data-relation=[person.relation.map(RelationKind::word)] {
            div.row.person-who {
                span.face aria-hidden="true" { (initial(&person.name)) }
                div.person-name {
                    h2 { (person.name) }
                    p.small.soft { (words::sessions(person.sessions)) " · " (since(me, person)) }
                }
            }
            // My own clock tells me the time of those who share it.
            @if !same {
                p class={ "person-sky small " (words::sky(&person.zone, now)) } { "It's " (words::said_time(there)) " there" }
            }
            p.person-state.small data-state { (state(person)) }
            div.row.tight.person-acts {
                (act(person, RelationKind::Favorite))
                details.menu {
                    summary { (icon("more")) span { "More" } span.visually-hidden { " for " (person.name) } }
                    div.menu-list {
                        (act(person, RelationKind::Snooze))
                        (act(person, RelationKind::Block))
                    }
                }
            }
        }
    }
}

fn since(me: &Me, person: &Person) -> Markup {
    let date = me.zone.date(person.since);
    html! { "since " (words::month(date)) " " (date.year()) }
}

/// What I chose for this person, in words.
fn state(person: &Person) -> Markup {
    html! {
        @match person.relation {
            Some(RelationKind::Favorite) => { (icon("star")) "A favorite of yours" },
            Some(RelationKind::Snooze) => { (icon("snooze")) "You're having a rest from each other" },
            Some(RelationKind::Block) => { (icon("shield")) "You won't be paired" },
            None => {},
        }
    }
}

/// A button that sets a relation, or takes back the one that is set.
fn act(person: &Person, kind: RelationKind) -> Markup {
    let set = person.relation == Some(kind);
    let (sign, word) = match (kind, set) {
        (RelationKind::Favorite, _) => ("star", "Favorite"),
        (RelationKind::Snooze, false) => ("snooze", "Not for a while"),
        (RelationKind::Snooze, true) => ("snooze", "Meet again"),
        (RelationKind::Block, false) => ("shield", "Never pair us"),
        (RelationKind::Block, true) => ("shield", "Allow pairing again"),
    };
    let asks = format!("You won't be paired with {} again, and nobody tells them. You can take it back here.", person.name);
    html! {
        form method="post" action={ "/people/" (person.id) "/" (if set { "clear" } else { kind.word() }) }
            data-confirm=[(kind == RelationKind::Block && !set).then_some(asks)] {
            button.button[kind == RelationKind::Favorite].small[kind == RelationKind::Favorite]
                aria-pressed=[(kind == RelationKind::Favorite).then_some(if set { "true" } else { "false" })] {
                (icon(sign)) (word) span.visually-hidden { ": " (person.name) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::MemberId;
    use crate::domain::member::Role;
    use crate::domain::part::Wanted;
    use crate::domain::time::Zone;

    fn shown(relation: Option<RelationKind>) -> String {
        let me = Me { id: MemberId(1), name: "Ana".into(), role: Role::Member, zone: Zone::utc(), instance: "Room".into() };
        let ben = Person {
            id: MemberId(2),
            name: "<b>Ben".into(),
            zone: Zone::or_utc("Asia/Kathmandu"),
            sessions: 0,
            since: Timestamp(1_790_000_000),
            relation,
        };
        let people = Part::of(vec![ben], &Wanted::default(), |person| &person.name);
        page(&me, Timestamp(1_795_000_000), &people, true, None).into_string()
    }

    #[test]
    fn a_relation_that_is_set_can_be_taken_back() {
        let before = shown(None);
        assert!(before.contains(r#"action="/people/2/favorite""#) && before.contains(r#"action="/people/2/block""#));
        assert!(before.contains("data-confirm="));
        let after = shown(Some(RelationKind::Block));
        assert!(
            after.contains("Allow pairing again")
                && after.contains(r#"action="/people/2/clear""#)
                && !after.contains("data-confirm=")
        );
    }

    #[test]
    fn names_are_escaped_and_times_are_said() {
        let shown = shown(Some(RelationKind::Favorite));
        assert!(!shown.contains("<b>Ben") && shown.contains("&lt;b&gt;Ben"));
        assert!(shown.contains("first session") && shown.contains(r#"aria-pressed="true""#));
    }
}
