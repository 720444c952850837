//! The guide on company: flexible starts, times that are found, appointments, moving, asking around.

use crate::domain::view::House;
use crate::page::admin_hours;
use maud::{Markup, html};

/// How to find company, and how much of it comes by itself.
pub fn company(house: &House) -> Markup {
    let ways: [(&str, &str); 7] = [
        (
            "Let the start move",
            "“More about it” in the booking sheet: half an hour earlier or later, or anywhere between two times. The wider, the surer: others see you at every start of it, and may sit down with you at any.",
        ),
        (
            "Let us find a time",
            "“Find me times” on the calendar: so many sessions, in the half-days you tick. We put you where somebody would be alone, or where others gather; at least twelve hours ahead, one a day where that is possible. If we find nothing, you read it two days before the last of them.",
        ),
        (
            "Every week",
            "Tick “Every week at this time” when you book. It keeps to your wall clock, also when the clocks change. Ask for a favorite by name, or sit down with somebody, and it is proposed to them; once they agree, every date is fixed. Under Plans you set a holiday, and end it.",
        ),
        (
            "Move",
            "Nobody at your time and somebody near it: one click moves you there. “Move it” takes a booking to any other time; who sat with you is told and looked after.",
        ),
        (
            "Ask around",
            "When you wait alone, “Ask around” tells those who like to be told, are free then and awake: one a day and three a week each at most. Would you like to be told? Settings, Company. “Not this week” is one tap.",
        ),
        (
            "Wait for an hour",
            "Nobody there yet, and you don’t want to book? “Tell me when somebody is there” in the booking sheet. You hear it once, on the calendar.",
        ),
        (
            "Groups",
            "A keeper can make groups, such as a team or a class. “Where” in the booking sheet keeps a booking inside one of yours. Some groups are walls: whoever is in one has company only inside, under People and in rooms too; moderators and admins come in visibly.",
        ),
    ];
    html! {
        section.stack #company {
            h2 { "How you find company" }
            p { "Click somebody who waits and you’re paired at once. Book any other time and we look for company until it begins; names are said two hours before. If you’d like to do less for it:" }
            @if !house.hours.is_always() {
                div.card.stack.tight #opening {
                    h3 { "Opening hours" }
                    p { "Sessions lie within these hours, on the clock of the house (" (house.zone.name()) "); the calendar shows them on yours. Rooms stay open." }
                    (admin_hours::said(&house.hours))
                }
            }
            dl.stack.tight {
                @for (name, what) in ways { div.card.stack.tight { dt { b { (name) } } dd { (what) } } }
            }
        }
    }
}
