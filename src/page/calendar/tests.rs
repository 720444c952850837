//! What the calendar's markup promises.

use super::*;
use crate::domain::booking::{Length, Wishes};
use crate::domain::hours::{Closed, Hours, Span};
use crate::domain::id::{BookingId, MemberId};
use crate::domain::member::Role;
use crate::domain::session::{Phase, phase};
use crate::domain::time::{HOUR, MINUTE, Timestamp, Zone};
use crate::domain::view::{Company, Me, Partner, Seen, Slot, Start, Waiter};
use crate::domain::week::Week;
use jiff::civil::{date, datetime};
use std::sync::{Arc, OnceLock};

fn empty(zone: &str, now: jiff::civil::DateTime) -> Calendar {
    let zone = Zone::or_utc(zone);
    let now = zone.at(now);
    let today = zone.date(now);
    let week = Week::new(&zone, Week::monday(today), 15);
    let day = week.day_of(now).unwrap_or(0);
    Calendar {
        me: Me { id: MemberId(1), name: "Ana".into(), role: Role::Member, zone, instance: "House".into() },
        now,
        week,
        day,
        mine: vec![],
        waiting: vec![],
        focus_hours: vec![],
        horizon: now.plus(91 * 24 * HOUR),
        open: Default::default(),
        opens: None,
        first_steps: None,
        lengths: Default::default(),
        usual: Length::Middle,
        trio: Some(false),
        favorites: Vec::new(),
        groups: Vec::new(),
        newcomer: false,
        plans: Default::default(),
    }
}

fn monday() -> Calendar {
    empty("Europe/Berlin", datetime(2026, 11, 23, 8, 5, 0, 0))
}

fn at(view: &Calendar, day: i8, hour: i8, minute: i8) -> Timestamp {
    view.me.zone.at(datetime(2026, 11, day, hour, minute, 0, 0))
}

fn waits(id: i64, start: Timestamp, name: &str) -> Waiter {
    Waiter {
        id: BookingId(id),
        start,
        stands_at: start,
        length: Length::Middle,
        name: name.into(),
        zone: Zone::or_utc("Asia/Tokyo"),
        sessions: 12,
        wishes: Wishes::default(),
        open: true,
    }
}

/// A start at which these wait, as everybody sees it.
fn slot(people: Vec<Waiter>) -> Slot {
    let standing = people.iter().filter(|who| !who.could_come()).count();
    Slot { shared: Arc::new(Start { at: people[0].start, people: people.into(), standing, said: OnceLock::new() }), own: None }
}

fn mine(view: &Calendar, id: i64, start: Timestamp, partner: Option<&str>) -> Mine {
    Mine {
        company: Company::default(),
        rule: None,
        inside: None,
        id: BookingId(id),
        start,
        length: Length::Middle,
        wishes: Wishes::default(),
        phase: phase(start, Length::Middle, view.now),
        sat: false,
        left: false,
        partners: partner
            .map(|name| Partner {
                name: name.into(),
                zone: Zone::or_utc("Asia/Tokyo"),
                sessions: 3,
                wishes: Wishes::default(),
                late_minutes: None,
                welcomes: false,
            })
            .into_iter()
            .collect(),
        news: None,
    }
}

fn text(view: &Calendar) -> String {
    part(view).into_string()
}

fn grid_of(text: &str) -> &str {
    let from = text.find("<tbody>").expect("a grid");
    &text[from..text[from..].find("</tbody>").expect("its end") + from]
}

#[test]
fn closed_time_is_said_by_the_row_where_every_day_is_closed_and_by_the_cell_elsewhere() {
    let mut view = monday();
    let before = page(&view, 0, None).into_string();
    assert!(!before.contains("data-hours") && !before.contains("Closed now"));
    let week = (0..5).map(|weekday| Span { weekday, from: 540, to: 1020 }).collect();
    let hours = Hours { week, closed: vec![Closed { first: date(2026, 11, 25), last: date(2026, 11, 25) }] };
    view.open = hours.open(&view.me.zone, view.week.from(), view.week.to());
    view.opens = hours.opens_after(&view.me.zone, view.now, 1500);
    let shown = page(&view, 0, None).into_string();
    let row = |time: &str| {
        let said = format!("scope=row>{time}<");
        grid_of(&shown).split("<tr").find(|row| row.contains(&said)).expect("a row of that time").to_owned()
    };
    assert!(row("8:45").starts_with(" class=\"c") && !row("8:45").contains("<td class"), "{}", row("8:45"));
    assert_eq!(row("9:00").matches("class=\"c\"").count(), 3, "Wednesday and the weekend: {}", row("9:00"));
    assert_eq!(row("16:30").matches("class=\"c\"").count(), 3);
    assert!(row("16:45").starts_with(" class=\"c"), "no session of 25 minutes fits");
    assert!(shown.contains("The house is closed on Wednesday 25 November.") && shown.matches("class=\"shut ").count() == 3);
    assert!(shown.contains("Closed now. It opens at 9:00.") && shown.contains("Show closed hours"));
}

#[test]
fn an_ordinary_week_says_no_instant_in_its_cells() {
    let text = text(&monday());
    let grid = grid_of(&text);
    assert_eq!(grid.matches("<td").count(), 672);
    assert!(!grid.contains("data-t"));
    assert!(grid.len() < 8 * 1024, "{} bytes", grid.len());
}

#[test]
fn a_week_with_an_hour_twice_shows_it_twice_and_says_every_instant() {
    let view = empty("Europe/Berlin", datetime(2026, 10, 22, 12, 0, 0, 0));
    let text = text(&view);
    let grid = grid_of(&text);
    assert!(grid.contains("2:00 again"));
    assert_eq!(grid.matches("data-t=").count(), 7 * 96 + 4);
    assert_eq!(grid.matches("class=x").count(), 6 * 4);
}

#[test]
fn a_skipped_hour_is_shown_as_not_there() {
    let view = empty("America/New_York", datetime(2026, 3, 4, 12, 0, 0, 0));
    let text = text(&view);
    assert_eq!(grid_of(&text).matches("class=x").count(), 4);
    assert_eq!(grid_of(&text).matches("data-t=").count(), 7 * 96 - 4);
}

#[test]
fn a_booking_in_the_second_of_two_equal_hours_lies_in_its_own_row() {
    let mut view = empty("Europe/Berlin", datetime(2026, 10, 22, 12, 0, 0, 0));
    let first = view.me.zone.at(date(2026, 10, 25).at(2, 0, 0, 0));
    view.mine.push(mine(&view, 7, first.plus(HOUR), None));
    let text = text(&view);
    let row = grid_of(&text).split("<tr").find(|r| r.contains("data-mine")).expect("the row");
    assert!(row.contains("2:00 again"));
}

#[test]
fn who_waits_is_shown_with_all_that_matters_before_a_pick() {
    let mut view = monday();
    let mut ben = waits(9, at(&view, 24, 9, 15), "Ben");
    ben.wishes.quiet = true;
    let own = Some(vec![Seen { index: 0, pickable: true, favorite: true }]);
    view.waiting.push(Slot { own, ..slot(vec![ben]) });
    let text = text(&view);
    let grid = grid_of(&text);
    for said in ["Ben", "12 sessions", "50 min", "quiet", "17:15 for Ben", "sky-dusk", "favorite"] {
        assert!(grid.contains(said), "{said}");
    }
    assert!(text.contains("Sit with Ben"));
}

#[test]
fn a_name_cannot_bring_markup_along() {
    let mut view = monday();
    view.waiting.push(slot(vec![waits(9, at(&view, 24, 9, 15), "<b onmouseover=x>")]));
    assert!(!text(&view).contains("<b onmouseover"));
}

#[test]
fn of_many_at_one_start_two_are_named_and_the_rest_is_a_number() {
    let mut view = monday();
    let start = at(&view, 24, 9, 0);
    view.waiting = vec![slot((0..9).map(|n| waits(n, start, &format!("P{n}"))).collect())];
    let text = text(&view);
    let grid = grid_of(&text);
    assert!(grid.contains("+7"));
    assert_eq!(grid.matches("data-m=").count(), 2);
    assert!(!grid.contains("12 sessions"), "the sheet over the cell says more");
    assert!(text.contains("And 3 more in the week."));
}

#[test]
fn favorites_are_named_first() {
    let mut view = monday();
    let start = at(&view, 24, 9, 0);
    let own = [7, 0, 1].map(|index| Seen { index, pickable: true, favorite: index == 7 });
    let all = slot((0..9).map(|n| waits(n, start, &format!("P{n}"))).collect());
    view.waiting = vec![Slot { own: Some(own.to_vec()), ..all }];
    let text = text(&view);
    let grid = grid_of(&text);
    assert!(grid.contains("P7") && grid.contains("P0") && grid.contains("+1") && !grid.contains("P1"));
}

#[test]
fn the_sheet_over_a_cell_tells_everybody_who_waits_there_up_to_a_bound() {
    let view = monday();
    let start = at(&view, 24, 9, 0);
    let all = slot((0..50).map(|n| waits(n, start, &format!("P{n}"))).collect());
    let text = waiting::in_cell(&view.me.zone, &[all]).into_string();
    assert_eq!(text.matches("Sit with P").count(), 40);
    assert!(text.contains("And 10 more.") && text.contains("12 sessions, 50 min"));
}

#[test]
fn whoever_overlaps_my_own_booking_is_not_offered() {
    let mut view = monday();
    view.mine.push(mine(&view, 1, at(&view, 24, 9, 0), Some("Eva")));
    view.waiting.push(slot(vec![waits(9, at(&view, 24, 9, 45), "Ben")]));
    view.waiting.push(slot(vec![waits(10, at(&view, 24, 10, 0), "Dai")]));
    let text = text(&view);
    assert!(!text.contains("Sit with Ben"));
    assert!(text.contains("Sit with Dai"));
}

#[test]
fn someone_who_leaves_it_to_the_matcher_cannot_be_picked() {
    let mut view = monday();
    let mut quiet = waits(9, at(&view, 24, 9, 15), "Someone");
    quiet.open = false;
    view.waiting.push(slot(vec![quiet]));
    let text = text(&view);
    assert!(text.contains("Book 9:15 too"));
    assert!(!text.contains("name=\"with\""));
    assert!(waiting::in_cell(&view.me.zone, &view.waiting).into_string().contains("Left to the matcher"));
}

#[test]
fn who_could_come_is_named_with_an_unlit_lamp_and_listed_only_where_they_stand() {
    let mut view = monday();
    let (stands, could) = (at(&view, 24, 9, 15), at(&view, 24, 9, 30));
    let there = |at| Waiter { stands_at: stands, ..waits(9, at, "Ben") };
    view.waiting = vec![slot(vec![there(stands)]), slot(vec![there(could)])];
    let said = text(&view);
    assert_eq!(said.matches("id=\"w-9\"").count(), 1);
    let grid = grid_of(&said);
    assert_eq!((grid.matches("chip could").count(), grid.matches("could come").count()), (1, 1));
    let sheet = |n: usize| waiting::in_cell(&view.me.zone, &view.waiting[n..=n]).into_string();
    assert!(!sheet(0).contains("could come"));
    assert!(sheet(1).contains("could come, too; waits at ") && sheet(1).contains(&format!("data-start=\"{}\"", could.0)));
}

#[test]
fn where_somebody_stands_only_they_are_named_and_the_sheet_tells_who_could_come_after_them() {
    let mut view = monday();
    let start = at(&view, 24, 9, 15);
    let dai = Waiter { stands_at: start.plus(HOUR), ..waits(10, start, "Dai") };
    let both = slot(vec![waits(9, start, "Ben"), dai]);
    let favorite = |index| Seen { index, pickable: true, favorite: index == 1 };
    view.waiting = vec![Slot { own: Some(vec![favorite(0), favorite(1)]), ..both.clone() }];
    for seen in [view.waiting.clone(), vec![both]] {
        view.waiting = seen;
        let said = text(&view);
        let grid = grid_of(&said);
        assert!(grid.contains("Ben") && grid.contains("12 sessions") && !grid.contains("Dai"), "{grid}");
        let sheet = waiting::in_cell(&view.me.zone, &view.waiting).into_string();
        assert!(sheet.find("Ben") < sheet.find("Dai"));
    }
}

#[test]
fn under_my_own_session_nobody_could_come() {
    let mut view = monday();
    let start = at(&view, 24, 9, 15);
    view.waiting = vec![slot(vec![Waiter { stands_at: start.plus(HOUR), ..waits(9, start, "Ben") }])];
    view.mine = vec![mine(&view, 5, start.plus(-15 * MINUTE), None)];
    assert!(!grid_of(&text(&view)).contains("Ben"));
}

#[test]
fn the_lobby_opens_ten_minutes_before_and_not_earlier() {
    let mut view = monday();
    view.mine = vec![mine(&view, 5, view.now.plus(11 * MINUTE), Some("Ben"))];
    let lobby = |text: &str| {
        let from = text.find("href=\"/session/5\"").expect("a way to the lobby");
        text[from..from + 60].contains(" hidden")
    };
    assert!(lobby(&text(&view)));
    view.mine = vec![mine(&view, 5, view.now.plus(10 * MINUTE), Some("Ben"))];
    assert!(!lobby(&text(&view)));
    assert_eq!(view.mine[0].phase, Phase::Lobby);
}

#[test]
fn a_change_of_partner_is_told_where_the_session_is() {
    let mut view = monday();
    let mut next = mine(&view, 5, at(&view, 23, 10, 0), Some("Eva"));
    next.news = Some("Ben had to cancel. You sit with Eva.".into());
    view.mine.push(next);
    let text = text(&view);
    let panel = &text[text.find("id=\"next\"").expect("the panel")..];
    assert!(panel.contains("Ben had to cancel. You sit with Eva."));
}

#[test]
fn the_first_empty_week_leads_somewhere_and_members_are_not_sent_to_admin() {
    let mut view = monday();
    view.first_steps = Some(crate::domain::view::FirstSteps { tested: true, invited: false, focus_hours: false, admin: true });
    assert!(text(&view).contains("/admin/invites"));
    view.first_steps = Some(crate::domain::view::FirstSteps { tested: false, invited: false, focus_hours: false, admin: false });
    let text = text(&view);
    assert!(text.contains("/test-session") && !text.contains("/admin"));
}

#[test]
fn the_page_carries_nothing_that_the_policy_forbids() {
    let mut view = monday();
    view.waiting.push(slot(vec![waits(9, at(&view, 24, 9, 15), "Ben")]));
    let text = page(&view, 0, Some(&Notice::good("Booked for 9:15."))).into_string();
    assert!(!text.contains(" style=") && !text.contains("javascript:") && !text.contains(" onclick"));
    assert!(text.contains("Booked for 9:15."));
}

#[test]
fn a_session_that_starts_between_two_rows_is_still_on_the_grid() {
    let mut view = monday();
    view.mine.push(mine(&view, 7, at(&view, 24, 9, 7), None));
    let text = text(&view);
    assert!(grid_of(&text).contains("data-mine=\"7\""));
}

#[test]
fn a_chip_says_how_long_first_and_each_of_its_words_can_be_left_out_whole() {
    let mut view = monday();
    let start = at(&view, 24, 10, 0);
    view.waiting = vec![slot(vec![waits(1, start, "Ben")])];
    let shown = part(&view).into_string();
    assert!(shown.contains("<b>Ben</b> <small><span>50 min,</span> <span>12 sessions"));
}
