//! Looking after rooms: their names, purposes, chairs and clocks; one more; one less.

use super::admin::{Tab, admin_page};
use super::form::{self, Field};
use super::{Notice, icon, rooms};
use crate::domain::id::RoomId;
use crate::domain::refusal::Refusal;
use crate::domain::room::{CAPACITY_LEAST, CAPACITY_MOST, Rhythm, Room, RoomForm};
use crate::domain::view::Me;
use maud::{Markup, html};

/// The rooms page of the admins; `typed` is a refused form and the room it is about.
pub fn page(
    me: &Me,
    all: &[Room],
    typed: Option<&(Option<RoomId>, RoomForm)>,
    refusal: Option<&Refusal>,
    notice: Option<&Notice>,
) -> Markup {
    let typed_for = |id: Option<RoomId>| typed.filter(|(about, _)| *about == id).map(|(_, form)| form.clone());
    let fresh = RoomForm { capacity: 8, rhythm: Rhythm::FiftyTen.word().to_owned(), ..RoomForm::default() };
    let new = typed_for(None);
    let inside = html! {
        h1 { "Rooms" }
        p.soft { "Few rooms with people in them are better than many empty ones." }
        ul.reports {
            @for room in all {
                @let again = typed_for(Some(room.id));
                li.card.stack.tight {
                    div.row.between.top {
                        div {
                            h2 { (room.name) }
                            p.small.soft { (room.capacity) " chairs. " (rooms::rhythm(room.rhythm)) @if room.always { " Always open." } }
                        }
                        a.button.small href={ "/room/" (room.id) } { "Come in" span.visually-hidden { ": " (room.name) } }
                    }
                    details.fold open[again.is_some()] {
                        summary { "Change" span.visually-hidden { " " (room.name) } }
                        div.stack {
                            @let refused = refusal.filter(|_| again.is_some());
                            (fields(&format!("/admin/rooms/{}", room.id), &format!("r{}-", room.id), &again.unwrap_or_else(|| RoomForm::of(room)), refused, "Keep"))
                            @if !room.always {
                                form method="post" action={ "/admin/rooms/" (room.id) "/close" }
                                    data-confirm={ "“" (room.name) "” is closed for good. Who is inside is shown to the list of rooms." } {
                                    button.button.small.danger { "Close this room" }
                                }
                            }
                        }
                    }
                }
            }
        }
        section.card.stack aria-labelledby="new-room" {
            h2 #new-room { "One more room" }
            (fields("/admin/rooms", "", new.as_ref().unwrap_or(&fresh), refusal.filter(|_| new.is_some()), "Open the room"))
        }
    };
    admin_page(me, Tab::Rooms, "Rooms", notice, inside)
}

/// The form of one room; `mark` keeps the ids of several forms apart.
fn fields(action: &str, mark: &str, form: &RoomForm, refusal: Option<&Refusal>, word: &str) -> Markup {
    let is = |code: &str| refusal.is_some_and(|r| r.code == code);
    let id = |name: &str| format!("{mark}{name}");
    html! {
        form.stack method="post" action=(action) data-once {
            (form::refusal(refusal))
            @if mark.is_empty() {
                (Field::text("name", "Name", &form.name).refused(refusal, &["room_name", "room_taken"]))
            } @else {
                div.field {
                    label for=(id("name")) { "Name" }
                    input id=(id("name")) name="name" type="text" value=(form.name) maxlength="40" required autocomplete="off"
                        aria-invalid=[(is("room_name") || is("room_taken")).then_some("true")];
                }
            }
            div.field {
                label for=(id("purpose")) { "What it is for" }
                input id=(id("purpose")) name="purpose" type="text" value=(form.purpose) maxlength="160" autocomplete="off";
            }
            div.field.short-field {
                label for=(id("capacity")) { "Chairs" }
                input id=(id("capacity")) name="capacity" type="number" inputmode="numeric" min=(CAPACITY_LEAST) max=(CAPACITY_MOST)
                    value=(form.capacity) required aria-invalid=[is("capacity").then_some("true")];
            }
            fieldset.choices {
                legend { "The shared clock" }
                @for rhythm in Rhythm::ALL {
                    label {
                        input type="radio" name="rhythm" value=(rhythm.word()) checked[rhythm.word() == form.rhythm];
                        span { @if rhythm == Rhythm::Free { "None" } @else { (rhythm.word()) } }
                    }
                }
            }
            div.row.tight { button.button.primary[mark.is_empty()] { @if mark.is_empty() { (icon("plus")) } (word) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::MemberId;
    use crate::domain::member::Role;
    use crate::domain::time::Zone;

    fn room(id: i64, always: bool) -> Room {
        Room { id: RoomId(id), name: format!("Room {id}"), purpose: "<b>".into(), capacity: 8, rhythm: Rhythm::Free, always }
    }

    #[test]
    fn the_houses_own_room_has_no_button_that_closes_it() {
        let me = Me { id: MemberId(1), name: "Ana".into(), role: Role::Admin, zone: Zone::utc(), instance: "House".into() };
        let shown = page(&me, &[room(1, true), room(2, false)], None, None, None).into_string();
        assert!(!shown.contains("/admin/rooms/1/close") && shown.contains("/admin/rooms/2/close"));
        assert!(!shown.contains("<b>"));
        let no = Refusal::new("room_taken", "There is one.");
        let typed = (Some(RoomId(2)), RoomForm { name: "Typed".into(), ..RoomForm::of(&room(2, false)) });
        let again = page(&me, &[room(1, true), room(2, false)], Some(&typed), Some(&no), None).into_string();
        assert_eq!(again.matches("There is one.").count(), 1);
        assert!(again.contains("value=\"Typed\"") && again.contains("<details class=\"fold\" open>"));
    }
}
