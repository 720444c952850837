//! What is kept and for how long, what leaves the machine, the safety code, and why a browser warns.

use maud::{Markup, html};

/// Why the browser warns once, and what to compare.
pub fn certificate(fingerprint: Option<&str>) -> Markup {
    html! {
        section.stack #certificate {
            h2 { "The warning about this page" }
            p {
                "On the first visit the browser may say that it doesn't know this place. That is right: it runs on somebody's own machine "
                "and made its own certificate, instead of buying a name. Everything is encrypted all the same."
            }
            @if let Some(fingerprint) = fingerprint {
                p { "To be sure it is the right machine, open the certificate in the warning and compare its SHA-256 fingerprint with this one, best with a copy from whoever invited you:" }
                p { code.fingerprint { (fingerprint) } }
            }
            p { "Then choose " b { "Advanced" } " and go on. The browser remembers it. If the warning comes again after that, ask the keeper before you go on." }
            p { a.button.small href="/trust" { "End the warning for good" } }
        }
    }
}

/// What is kept, what leaves, and the safety code.
pub fn kept(days: i64) -> Markup {
    let rows: [(&str, String); 10] = [
        ("Your name, clock, e-mail if you gave one", "while you are a member".into()),
        ("Your password", "kept so that nobody can read it, the keeper neither".into()),
        ("Whether anybody came, your last ten sessions", "so that who was left out comes first; no page shows it".into()),
        ("Bookings, goals, partners, why them", format!("{days} days after the session, then deleted")),
        ("Your plans: appointments, half-days, holidays", "until you end them or they are over".into()),
        ("When you were nudged, and notices", "seven days, or until what they speak of begins".into()),
        ("Counts: sessions, minutes, goals met, by day", "while you are a member; no partner's name is in them".into()),
        (
            "How much company there was, in sums by week",
            "half a year; without names, and shown to the keeper from five people on".into(),
        ),
        ("Chat", "never written down; gone with the room".into()),
        ("Sound, picture, screen", "never recorded".into()),
    ];
    html! {
        section.stack #kept {
            h2 { "What is kept, what leaves" }
            table.table {
                thead { tr { th scope="col" { "What" } th scope="col" { "How long" } } }
                tbody { @for (what, long) in rows { tr { th scope="row" { (what) } td { (long) } } } }
            }
            p.soft { "A backup is made every night. The oldest is kept for six months, and holds deleted things until it goes; so does what an upgrade or the way back to a backup put aside. A report stays with the moderators." }
            h3 #leaves { "What leaves this machine" }
            p {
                "Nothing goes to any other company. Pages come from this machine alone. In a call, sound and picture go straight from your browser "
                "to your partner's, encrypted between the two; for that, your browsers learn each other's network address."
            }
            p #rooms {
                "In a room, and in a session of three, this machine passes sound and picture on: one copy to it instead of one to each. It could technically see "
                "them, and keeps nothing. A pair is asked before a third makes it so."
            }
            h3 #code { "The safety code" }
            p {
                "This machine introduces the two browsers, so its keeper must be trusted, unless you both compare the safety code that the session can show. "
                "Read it to each other: if both read the same, nobody sits between you."
            }
            p.soft { "The machine cannot record. A partner could photograph a screen; the rules forbid it." }
        }
    }
}
