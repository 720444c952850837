//! The list of the rooms: what each is for, who is inside at this moment, and where its clock stands.

use super::{Drawing, Frame, Here, drawing, icon, layout, words};
use crate::domain::member::Role;
use crate::domain::room::{Rhythm, Room};
use crate::domain::view::{Inside, RoomsView};
use maud::{Markup, html};

/// Names that a card shows before it says "and 3 more".
const NAMED: usize = 5;

/// The rooms page; `inside` stands beside the rooms in their order.
pub fn page(view: &RoomsView, inside: &[Inside]) -> Markup {
    let frame = Frame {
        title: "Rooms",
        me: Some(&view.me),
        instance: &view.me.instance,
        here: Here::Rooms,
        css: &["css/pages/rooms.css"],
        js: &["js/pages/rooms.js"],
        notice: None,
        bare: false,
    };
    let main = html! {
        div.page.stack {
            header.row.between {
                div.stack.tight {
                    h1 { "Rooms" }
                    p.soft { "No booking, no partner to wait for. Come in, work beside whoever is there, leave when you like." }
                }
                @if view.me.role == Role::Admin { a.button href="/admin/rooms" { (icon("settings")) "Look after rooms" } }
            }
            (list(view, inside))
        }
    };
    layout(&frame, main)
}

/// The cards alone, as the open page asks for them again.
pub fn list(view: &RoomsView, inside: &[Inside]) -> Markup {
    let nobody = inside.iter().all(|i| i.people.is_empty() && !i.walled);
    html! {
        div #rooms.rooms {
            @for (room, inside) in view.rooms.iter().zip(inside) { (card(view, room, inside)) }
            @if nobody && view.rooms.len() == 1 {
                div.rooms-empty {
                    (drawing(Drawing::DoorAjar))
                    p.soft { "The lamp is on and the chairs are free. Somebody has to be first." }
                }
            }
        }
    }
}

fn card(view: &RoomsView, room: &Room, inside: &Inside) -> Markup {
    let taken = inside.people.len() as i64;
    let mine = inside.people.iter().any(|(who, _)| *who == view.me.id);
    let full = taken >= room.capacity && !mine;
    if inside.walled {
        return html! {
            section.card.room-card id={ "room-" (room.id) } aria-labelledby={ "room-name-" (room.id) } {
                div.room-head { h2 id={ "room-name-" (room.id) } { (room.name) } }
                @if !room.purpose.is_empty() { p { (room.purpose) } }
                p.soft { "Another group is in here at the moment. It opens for you when they have gone." }
            }
        };
    }
    html! {
        section.card.room-card.glow[taken > 0] id={ "room-" (room.id) } aria-labelledby={ "room-name-" (room.id) } {
            div.room-head {
                h2 id={ "room-name-" (room.id) } { (room.name) }
                @if room.always { span.tag { "always open" } }
            }
            @if !room.purpose.is_empty() { p { (room.purpose) } }
            p.chairs aria-hidden="true" { @for n in 0..room.capacity { span.dot.lit[n < taken] {} } }
            p.room-who { (who(view, inside)) }
            p.soft.small { (clock_line(view, room)) }
            div.row.tight {
                a.button.primary[!full] href={ "/room/" (room.id) } {
                    @if mine { "Back to your chair" } @else if full { "To the door" } @else { "Come in" }
                    span.visually-hidden { ": " (room.name) }
                }
                @if full { span.small.soft { "All " (room.capacity) " chairs are taken." } }
            }
        }
    }
}

/// "Ana, Ben and 3 more are inside."
fn who(view: &RoomsView, inside: &Inside) -> String {
    let mut names: Vec<&str> =
        inside.people.iter().map(|(id, name)| if *id == view.me.id { "you" } else { name.as_str() }).collect();
    if names.is_empty() {
        return "Nobody is inside just now.".to_owned();
    }
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    let more_words = format!("{more} more");
    if more > 0 {
        names.push(&more_words);
    }
    let last = names.pop().unwrap_or_default();
    let is = if names.is_empty() && last != "you" { "is" } else { "are" };
    let said =
        if names.is_empty() { format!("{last} {is} inside.") } else { format!("{} and {last} {is} inside.", names.join(", ")) };
    let mut letters = said.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// "50 minutes of work, 10 of rest. Working until 10:50."
fn clock_line(view: &RoomsView, room: &Room) -> String {
    let Some(beat) = room.rhythm.beat(view.now, view.align_s) else {
        return "No clock; everybody keeps their own time.".to_owned();
    };
    let until = words::clock_at(&view.me.zone, beat.ends);
    let rhythm = rhythm(room.rhythm);
    if beat.work { format!("{rhythm} Working until {until}.") } else { format!("{rhythm} On a break until {until}.") }
}

/// A rhythm as people say it.
pub fn rhythm(rhythm: Rhythm) -> &'static str {
    match rhythm {
        Rhythm::FiftyTen => "50 minutes of work, 10 of rest.",
        Rhythm::TwentyFiveFive => "25 minutes of work, 5 of rest.",
        Rhythm::Free => "No clock.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::{MemberId, RoomId};
    use crate::domain::time::{Timestamp, Zone};
    use crate::domain::view::Me;

    fn view(capacity: i64) -> RoomsView {
        let me = Me { id: MemberId(1), name: "Ana".into(), role: Role::Member, zone: Zone::utc(), instance: "House".into() };
        let room = Room {
            id: RoomId(4),
            name: "<Study>".into(),
            purpose: String::new(),
            capacity,
            rhythm: Rhythm::FiftyTen,
            always: true,
        };
        RoomsView { me, now: Timestamp(1_800_000_000), align_s: 0, rooms: vec![room], apart: Default::default() }
    }

    fn people(names: &[(i64, &str)]) -> Inside {
        Inside { people: names.iter().map(|(id, name)| (MemberId(*id), (*name).to_owned())).collect(), walled: false }
    }

    #[test]
    fn who_is_inside_is_said_as_people_say_it() {
        let said = |names: &[(i64, &str)]| who(&view(16), &people(names));
        assert_eq!(said(&[]), "Nobody is inside just now.");
        assert_eq!(said(&[(2, "Ben")]), "Ben is inside.");
        assert_eq!(said(&[(1, "Ana")]), "You are inside.");
        assert_eq!(said(&[(1, "Ana"), (2, "Ben")]), "You and Ben are inside.");
        let many: Vec<(i64, &str)> = (2..10).map(|n| (n, "Eva")).collect();
        assert_eq!(said(&many), "Eva, Eva, Eva, Eva, Eva and 3 more are inside.");
    }

    #[test]
    fn a_full_room_is_no_dead_end_and_a_name_is_no_markup() {
        let shown = list(&view(2), &[people(&[(2, "Ben"), (3, "Cem")])]).into_string();
        assert!(shown.contains("To the door") && shown.contains("All 2 chairs are taken."));
        assert!(shown.contains("&lt;Study&gt;") && !shown.contains("<Study>"));
    }
}
