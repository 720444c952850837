//! "Does everything work from here?": each device and each way, looked at by the member's own browser, and a text to pass on.
//!
//! The rows are all here from the start; the script only says what became of each. Nothing is sent to anybody.

use super::admin_doctor::mark;
use super::{Frame, Here, icon, layout};
use crate::domain::time::Timestamp;
use crate::domain::view::Me;
use maud::{Markup, html};

/// The rows: id, what it is, what it is for.
type Row = (&'static str, &'static str, &'static str);

const BROWSER: [Row; 3] = [
    ("secure", "This page is safe", "Camera and microphone are allowed on safe pages only."),
    ("browser", "This browser can call", "Firefox, Chrome, Edge and Safari can."),
    ("clock", "This device's clock", "Sessions go by the server's clock; yours is put right in the page."),
];

const DEVICES: [Row; 2] =
    [("camera", "Camera", "Your picture stays in this page."), ("mic", "Microphone", "Say something: the bar moves.")];

const LINES: [Row; 2] = [
    ("socket", "Live line", "Goals, chat and the timer come this way."),
    ("events", "Live line, the other way", "Where the first is closed."),
];

const CALLS: [Row; 6] = [
    ("stun", "Finding your address", "So that two browsers can meet directly."),
    ("turn-udp", "Relay, UDP", "Where they can't meet; the quickest way round."),
    ("turn-tcp", "Relay, TCP", "Where a network lets no UDP through."),
    ("turn-tls", "Relay, TLS", "Where a network lets only web pages through."),
    ("sfu-udp", "Rooms, UDP", "Three at a table, and rooms."),
    ("sfu-tcp", "Rooms, TCP", "The same, where no UDP gets through."),
];

/// The page. `host` is what the browser came by.
pub fn page(me: &Me, host: &str, now: Timestamp) -> Markup {
    let frame = Frame {
        title: "Check",
        me: Some(me),
        instance: &me.instance,
        here: Here::Elsewhere,
        css: &["css/pages/health.css"],
        js: &["js/pages/check.js"],
        notice: None,
        bare: false,
    };
    let main = html! {
        div #check.page.stack.loose data-host=(host) data-now=(now.0 * 1000) data-version=(env!("CARGO_PKG_VERSION")) {
            header.check-head {
                div.stack.tight {
                    h1 { "Does everything work from here?" }
                    p.lede #verdict role="status" { "This browser looks at its devices and at every way a call can go. It takes about half a minute." }
                }
                div.check-begin {
                    button #begin.button.primary type="button" { (icon("shield")) span { "Look now" } }
                    label.check { input #with-devices type="checkbox" checked; span { "Camera and microphone too" } }
                }
            }
            noscript { p.notice.trouble { "This page needs JavaScript, as calls do." } }
            (layout::asleep())
            div.check-rows {
                div.stack {
                    (group("g-browser", "This browser", &BROWSER))
                    (group("g-devices", "Devices", &DEVICES))
                    (devices())
                }
                div.stack {
                    (group("g-lines", "To the server", &LINES))
                    (group("g-calls", "Calls", &CALLS))
                }
            }
            section #result.card.stack.tight hidden aria-labelledby="result-title" {
                h2 #result-title { "To pass on" }
                p.soft { "If something sticks, send this text to who keeps the place. It has no password and no address of other people in it." }
                pre #result-text role="region" tabindex="0" aria-label="The result as text" {}
                div.row.tight {
                    button #copy.button type="button" { (icon("link")) span { "Copy it" } }
                    a.button.quiet href="/guide#trouble" { "When something sticks" }
                }
            }
        }
    };
    layout(&frame, main)
}

fn group(id: &str, title: &str, rows: &[Row]) -> Markup {
    html! {
        section.stack.tight aria-labelledby=(id) {
            h2 #(id) { (title) }
            ul.health.card {
                @for (row, what, why) in rows {
                    li id={ "row-" (row) } data-state="waiting" {
                        (mark())
                        div.health-text {
                            h3 { (what) span.visually-hidden.state-word { ": not looked at yet" } }
                            p.said { (why) }
                            @if ["turn-tls", "socket"].contains(row) { p.row-trust hidden { a href="/trust" { "Let this device trust this place" } } }
                        }
                        span.figure.clock {}
                    }
                }
            }
        }
    }
}

fn devices() -> Markup {
    html! {
        div #preview.card.check-preview hidden {
            video #own-picture autoplay muted playsinline aria-label="Your picture, seen by nobody else" {}
            div.stack.tight {
                div.level-line { span.small { "Your microphone" } meter #level min="0" max="1" low="0.12" value="0" aria-label="Microphone level" {} }
                p.small.soft #device-names {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::MemberId;
    use crate::domain::member::Role;
    use crate::domain::time::Zone;

    #[test]
    fn every_row_is_there_before_any_script_and_says_that_it_waits() {
        let me = Me { id: MemberId(1), name: "Ana".into(), role: Role::Member, zone: Zone::utc(), instance: "House".into() };
        let shown = page(&me, "house.test", Timestamp(0)).into_string();
        let rows = BROWSER.len() + DEVICES.len() + LINES.len() + CALLS.len();
        assert_eq!(shown.matches("data-state=\"waiting\"").count(), rows);
        assert_eq!(shown.matches("not looked at yet").count(), rows);
    }
}
