//! The guide: how a session goes, how to get camera and microphone to work, the house rules, what is kept.
//!
//! Everybody may read it, signed in or not; other pages link to its anchors.

mod devices;
pub mod managers;
mod plans;
mod privacy;

use super::prose::prose;
use super::{Frame, Here, Lamp, icon, lamp, layout};
use crate::domain::view::{House, Me};
use maud::{Markup, html};

/// The sections, in order: anchor and title.
const SECTIONS: [(&str, &str); 9] = [
    ("session", "How a session goes"),
    ("company", "How you find company"),
    ("words", "What to say"),
    ("rules", "How we treat each other"),
    ("devices", "Camera and microphone"),
    ("trouble", "When something sticks"),
    ("certificate", "The warning about this page"),
    ("kept", "What is kept, what leaves"),
    ("keys", "By keyboard"),
];

/// The guide. `fingerprint` is that of the certificate this instance made for itself, if it did.
pub fn page(me: Option<&Me>, house: &House, days_kept: i64, fingerprint: Option<&str>) -> Markup {
    let frame = Frame {
        title: "Help",
        me,
        instance: &house.name,
        here: Here::Guide,
        css: &["css/pages/guide.css"],
        js: &[],
        notice: None,
        bare: false,
    };
    let main = html! {
        div.page.guide {
            nav.guide-toc aria-label="On this page" {
                ul.list { @for (anchor, title) in SECTIONS { li { a href={ "#" (anchor) } { (title) } } } }
            }
            div.guide-body.stack.loose {
                header.stack.tight {
                    h1.big { "Good to have you" }
                    @if house.welcome.trim().is_empty() { p.lede { "Two people, two lamps, one table." } }
                    @else { (prose(&house.welcome)) }
                }
                (how_it_goes())
                (plans::company(house))
                (what_to_say())
                section.stack #rules {
                    h2 { "How we treat each other" }
                    div.card { (prose(&house.rules)) }
                    p {
                        "If somebody doesn't keep to it: leave, and press " b { "Report" } ", in the session or for seven days after in "
                        (history_link(me)) ". Moderators here read every report. "
                        "You can also choose never to be paired again; the other isn't told."
                    }
                }
                (devices::camera())
                (devices::trouble())
                (privacy::certificate(fingerprint))
                (privacy::kept(days_kept))
                (keys())
            }
        }
    };
    layout(&frame, main)
}

fn history_link(me: Option<&Me>) -> Markup {
    html! { @if me.is_some() { a href="/history" { "History" } } @else { "History" } }
}

fn how_it_goes() -> Markup {
    let steps: [(Lamp, &str, &str, &str); 6] = [
        (
            Lamp::Waiting,
            "Book",
            "any time",
            "Pick a start and 25, 50 or 75 minutes. Click somebody who waits and you're paired at once; on an empty time, whoever books it too becomes your partner.",
        ),
        (
            Lamp::Free,
            "Lobby",
            "ten minutes before",
            "Check camera and microphone. Nobody sees or hears you until you take your seat.",
        ),
        (
            Lamp::Pair,
            "Hello",
            "the first three minutes",
            "Say hello, say what you'll do. Write it down as goals, so that both can see them.",
        ),
        (
            Lamp::Pair,
            "Focus",
            "until the bell",
            "Work. Muted or not, camera on or veiled, as you like. A line in the chat if you step away.",
        ),
        (
            Lamp::Done,
            "Wrap-up",
            "5, 10 or 15 minutes",
            "The bell rings. Say how it went: done, partly, not done. All three are fine. Then a break before the next.",
        ),
        (Lamp::Free, "Closed", "at the end of the break", "The room is gone, the chat with it."),
    ];
    html! {
        section.stack #session {
            h2 { "How a session goes" }
            ol.steps {
                @for (state, name, when, what) in steps {
                    li.step {
                        span.step-lamp { (lamp(state)) }
                        div { h3 { (name) } p.small.soft { (when) } p { (what) } }
                    }
                }
            }
            div.card.quiet.stack.tight {
                h3 { "If your partner doesn't come" }
                p { "Wait a little; then work on. Timer, goals and an open door stay with you. It doesn't count against you." }
                p { "After two minutes we offer you somebody who is alone too, or the free chair of a pair. With “If nobody comes, seat me with others by itself”, ticked when you booked, it happens by itself while you are at the page: ten seconds ahead we say so, and you come muted, your picture veiled." }
                h3 { "If your partner is away for a while" }
                p { "“Back in 5” is waited for. After two minutes there may be an offer; “Wait for …” keeps your seat as it is, and who comes back always finds theirs." }
                h3 { "If you can't come" }
                p { "Cancel; the last second is early enough. A few minutes late? One tap tells your partner. Leaving early is fine too: a note is kind." }
            }
            p { a.button href="/test-session" { (icon("camera")) "Try a session alone" } }
        }
    }
}

fn what_to_say() -> Markup {
    html! {
        section.stack #words {
            h2 { "What to say" }
            p { "Your first session: say hello, say what you'll do, then just work. Half a minute each is plenty." }
            div.columns {
                figure.card.say.mine {
                    blockquote { "Hello, I'm Ana. I'll sort this month's receipts. At the bell the pile is gone, or smaller." }
                    figcaption.small.soft { "at the start" }
                }
                figure.card.say {
                    blockquote { "Morning. I'm writing the first page of a report. I'll mute now; see you at ten to." }
                    figcaption.small.soft { "your partner" }
                }
                figure.card.say.mine {
                    blockquote { "Half of it. The rest comes along next time. How about you?" }
                    figcaption.small.soft { "after the bell" }
                }
            }
            p.soft { "You'd rather not talk? Book with “quiet”: everything is written, nobody minds. It is fine to be nervous; most were." }
        }
    }
}

fn keys() -> Markup {
    let keys: [(&[&str], &str); 7] = [
        (&["Tab"], "To the next thing. The calendar's grid is one stop."),
        (&["←", "→", "↑", "↓"], "From time to time in the grid."),
        (&["Home", "End"], "To the first and last day of the week."),
        (&["Page Up", "Page Down"], "Some hours up and down."),
        (&["Shift", "Page Up", "Page Down"], "To the week before and after."),
        (&["Enter"], "Open the time you're on, and book."),
        (&["Esc"], "Close what is open. Nothing is lost."),
    ];
    html! {
        section.stack #keys {
            h2 { "By keyboard" }
            p { "Everything here works without a mouse, and with a screen reader." }
            dl.keys {
                @for (names, what) in keys {
                    div { dt { @for name in names { kbd { (name) } " " } } dd { (what) } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Zone;

    fn shown(fingerprint: Option<&str>) -> String {
        let house = House {
            name: "Room".into(),
            zone: Zone::utc(),
            step: 15,
            focus_hours: vec![],
            lengths: Default::default(),
            hours: Default::default(),
            rules: "- Be <kind>".into(),
            welcome: String::new(),
            rules_version: 1,
        };
        page(None, &house, 7, fingerprint).into_string()
    }

    #[test]
    fn every_anchor_that_other_pages_use_is_there_once() {
        let shown = shown(Some("AB:CD"));
        let devices = [
            "camera-chrome",
            "camera-edge",
            "camera-firefox",
            "camera-safari",
            "camera-windows",
            "camera-macos",
            "camera-linux",
            "camera-android",
            "camera-ios",
            "in-use",
            "no-device",
            "sound",
            "network",
            "insecure",
            "leaves",
            "code",
        ];
        for anchor in SECTIONS.iter().map(|s| s.0).chain(devices) {
            assert_eq!(shown.matches(&format!("id=\"{anchor}\"")).count(), 1, "{anchor}");
        }
    }

    #[test]
    fn the_rules_are_escaped_and_the_fingerprint_is_shown_where_there_is_one() {
        assert!(shown(None).contains("<li>Be &lt;kind&gt;</li>"));
        assert!(shown(Some("AB:CD")).contains("AB:CD"));
    }
}
