//! What the machine carries, how much of it is taken, and how much its log says.

use super::admin::{Tab, admin_page};
use super::{icon, words};
use crate::domain::capacity::{Capacity, Outlook};
use crate::domain::time::{Timestamp, Zone};
use crate::domain::view::Me;
use maud::{Markup, html};

/// Minutes that are drawn.
const HOUR: usize = 60;
/// Height and width of the drawing, in its own units.
const HIGH: f64 = 100.0;
const STEP: f64 = 10.0;

/// The page; `log_until` is while the log says more than usual.
pub fn page(me: &Me, outlook: &Outlook, log_until: Option<Timestamp>, now: Timestamp) -> Markup {
    let inside = html! {
        div.stack.tight {
            h1 { "What the machine carries" }
            p.lede { (lede(outlook)) }
            p.soft { "A call of two goes from browser to browser and costs this machine nothing; it is never refused. Rooms, tables of three and pairs by the relay share what it carries. When that is taken, who would come on top reads until when; nobody who is in a call is sent out." }
        }
        section.card.stack.tight aria-labelledby="hour" {
            h2 #hour { "The last hour" }
            (drawn(outlook))
            dl.facts {
                div { dt { "Now" } dd { (percent(outlook.used)) } }
                div { dt { "Promised to calls" } dd { (percent(outlook.promised)) } }
                div { dt { "In rooms and at tables of three" } dd { (people(outlook.people)) } }
                div { dt { "Pairs by the relay" } dd { (outlook.relayed) } }
            }
        }
        section.card.stack.tight aria-labelledby="measured" {
            h2 #measured { "How much that is" }
            @if let Some(capacity) = outlook.capacity { (carries(capacity)) }
            p.small.soft { (measured(outlook, &me.zone, now)) }
            form.row.tight method="post" action="/admin/machine/measure" data-once {
                button.button { (icon("timer")) span { @if outlook.measured.is_some() { "Measure again" } @else { "Measure now" } } }
                span.small.soft { "About ten seconds, while nobody is in a call. On the command line: " code { "alongside bench media" } }
            }
        }
        section.card.stack.tight aria-labelledby="log" {
            h2 #log { "The log" }
            @match log_until {
                Some(at) => {
                    p { "It says more than usual until " (words::clock_at(&me.zone, at)) ", then by itself as much as before. Names and addresses may be in it meanwhile." }
                    (volume("usual", "As much as usual"))
                }
                None => {
                    p { "It says as much as usual: what happened to the house, and no name." }
                    (volume("more", "Say more for an hour"))
                }
            }
            p.small.soft { "Read it with " code { "journalctl -u alongside" } ". On the command line: " code { "alongside log more" } "." }
        }
    };
    admin_page(me, Tab::Machine, "Machine", None, inside)
}

fn volume(say: &str, words: &str) -> Markup {
    html! {
        form method="post" action="/admin/machine/log" data-once {
            input type="hidden" name="say" value=(say);
            button.button { (words) }
        }
    }
}

fn lede(outlook: &Outlook) -> String {
    match outlook.used.max(outlook.promised) {
        taken if taken < 0.005 => "No call goes through it now.".to_owned(),
        taken if taken < 0.7 => format!("{} of it is taken now.", percent(taken)),
        taken if taken < 1.0 => format!("{} of it is taken now: soon it is full.", percent(taken)),
        _ => "It is full now. Pairs still find each other directly.".to_owned(),
    }
}

/// "35 %"; a little is never nothing.
fn percent(share: f64) -> String {
    match (share * 100.0).round() {
        whole if whole >= 1.0 => format!("{whole} %"),
        _ if share > 0.001 => "less than 1 %".to_owned(),
        _ => "0 %".to_owned(),
    }
}

fn people(count: u32) -> String {
    match count {
        0 => "nobody".to_owned(),
        1 => "1 person".to_owned(),
        n => format!("{n} people"),
    }
}

/// A column for each minute, full at the line.
fn drawn(outlook: &Outlook) -> Markup {
    let minutes = &outlook.hour[outlook.hour.len().saturating_sub(HOUR)..];
    let first = HOUR - minutes.len();
    let most = minutes.iter().copied().fold(0.0, f64::max);
    let told = match minutes {
        [] => "Nothing is known of the last hour yet.".to_owned(),
        [only] => format!("{} of what it carries, in the last minute.", percent(*only)),
        _ => format!("At most {} of what it carries, in the last {} minutes.", percent(most), minutes.len()),
    };
    html! {
        svg.load viewBox={ "0 0 " (HOUR as f64 * STEP) " " (HIGH + 10.0) } preserveAspectRatio="none" role="img" aria-label=(told) {
            line.full x1="0" x2=(HOUR as f64 * STEP) y1="8" y2="8" {}
            @for (n, share) in minutes.iter().enumerate() {
                @let high = (share.clamp(0.0, 1.05) * HIGH).max(1.5);
                rect.taken data-full[*share >= 1.0] x=((first + n) as f64 * STEP + 1.0) y=(HIGH + 8.0 - high) width=(STEP - 2.0) height=(high) {}
            }
        }
        p.small.soft.load-foot aria-hidden="true" { span { "an hour ago" } span { "now" } }
        p.small.soft { (told) }
    }
}

fn carries(capacity: Capacity) -> Markup {
    html! {
        p { "About " b { (capacity.relayed_calls()) } " pairs by the relay, or " b { (capacity.people_in_rooms(4)) } " people in rooms of four, or " b { (capacity.people_in_rooms(16)) } " in rooms of sixteen, each with camera and voice." }
    }
}

fn measured(outlook: &Outlook, zone: &Zone, now: Timestamp) -> String {
    let packets =
        outlook.capacity.map(|c| format!("{} relayed and {} given packets in a second of one processor.", c.relayed, c.given));
    let packets = packets.unwrap_or_default();
    match &outlook.measured {
        Some((at, version, processor)) => {
            format!("Measured {}, with version {version}, on {processor}. {packets}", words::day_and_clock(zone, *at, now))
        }
        None => {
            let processors = outlook.capacity.map_or(1, |capacity| capacity.processors);
            let count = if processors == 1 { "1 processor".to_owned() } else { format!("{processors} processors") };
            format!("Not measured yet: a careful guess from {count}. {packets}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::MemberId;
    use crate::domain::member::Role;

    fn shown(outlook: &Outlook, log_until: Option<Timestamp>) -> String {
        let me = Me { id: MemberId(1), name: "Ana".into(), role: Role::Admin, zone: Zone::utc(), instance: "House".into() };
        page(&me, outlook, log_until, Timestamp(1_795_344_600)).into_string()
    }

    #[test]
    fn a_machine_that_was_not_measured_says_so_and_how_much_it_surely_carries() {
        let outlook = Outlook { capacity: Some(Capacity::careful(2)), ..Outlook::default() };
        let shown = shown(&outlook, None);
        assert!(shown.contains("a careful guess from 2 processors") && shown.contains("Measure now"));
        assert!(shown.contains("No call goes through it now.") && shown.contains("Nothing is known of the last hour yet."));
        assert!(shown.contains("Say more for an hour"));
    }

    #[test]
    fn what_is_taken_is_said_and_drawn_and_a_full_minute_is_marked() {
        let measured = Some((Timestamp(1_795_341_000), "0.1.0".to_owned(), "A <processor>".to_owned()));
        let capacity = Some(Capacity::careful(4));
        let outlook =
            Outlook { capacity, measured, used: 0.31, promised: 0.8, hour: vec![0.2, 1.2, 0.31], people: 3, relayed: 2 };
        let shown = shown(&outlook, Some(Timestamp(1_795_346_400)));
        assert!(shown.contains("80 % of it is taken now: soon it is full.") && shown.contains("3 people"));
        assert_eq!((shown.matches("class=\"taken\"").count(), shown.matches("data-full").count()), (3, 1));
        assert!(shown.contains("Measured today at 9:50") && shown.contains("A &lt;processor&gt;"));
        assert!(shown.contains("until 11:20"), "the log's hour");
    }
}
