//! Line icons of one weight, drawn on a grid of 24; each takes the colour of its text.
//!
//! An icon never speaks alone: a word stands beside it or its button has a label, so it is hidden from screen readers.

use maud::{Markup, PreEscaped, html};

/// The icon of that name; an unknown name draws a small ring.
pub fn icon(name: &str) -> Markup {
    let drawn = ICONS.iter().find(|(n, _)| *n == name).map_or(RING, |(_, d)| d);
    html! {
        svg.icon viewBox="0 0 24 24" aria-hidden="true" { (PreEscaped(drawn)) }
    }
}

const RING: &str = r#"<circle cx="12" cy="12" r="7"/>"#;

const MIC: &str = r#"<rect x="9" y="3" width="6" height="11" rx="3"/><path d="M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3"/>"#;

/// Name and inside of each icon, in the order of the alphabet.
pub const ICONS: &[(&str, &str)] = &[
    ("arrow-left", r#"<path d="M19 12H5M11 6l-6 6 6 6"/>"#),
    ("arrow-right", r#"<path d="M5 12h14M13 6l6 6-6 6"/>"#),
    ("away", r#"<path d="M4 9h12v5a5 5 0 0 1-5 5H9a5 5 0 0 1-5-5zM16 10.5h1.5a2.5 2.5 0 0 1 0 5H16M8 3v2.5M12 3v2.5"/>"#),
    ("bell", r#"<path d="M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15zM10 20.5a2.2 2.2 0 0 0 4 0"/>"#),
    ("calendar", r#"<rect x="3.5" y="5" width="17" height="15.5" rx="3"/><path d="M3.5 10h17M8 3v4M16 3v4"/>"#),
    ("camera", r#"<rect x="2.5" y="6.5" width="13" height="11" rx="3"/><path d="M15.5 11l6-3.5v9l-6-3.5"/>"#),
    (
        "camera-off",
        r#"<path d="M8.5 6.5h4a3 3 0 0 1 3 3v5.8M12.5 17.5h-7a3 3 0 0 1-3-3v-5c0-1.1.6-2.1 1.5-2.6M15.5 11l6-3.5v9l-3-1.8M3 3l18 18"/>"#,
    ),
    ("chat", r#"<path d="M4 7a3 3 0 0 1 3-3h10a3 3 0 0 1 3 3v6.5a3 3 0 0 1-3 3h-5.5L7 20.5v-4a3 3 0 0 1-3-3z"/>"#),
    ("check", r#"<path d="M4.5 12.5l5 5L19.5 7"/>"#),
    ("clock", r#"<circle cx="12" cy="12" r="8.5"/><path d="M12 7v5l3.5 2"/>"#),
    ("close", r#"<path d="M6 6l12 12M18 6L6 18"/>"#),
    (
        "copy",
        r#"<rect x="8.5" y="8.5" width="12" height="12" rx="2.5"/><path d="M15.5 5.5A2 2 0 0 0 13.5 3.5h-8a2 2 0 0 0-2 2v8a2 2 0 0 0 2 2"/>"#,
    ),
    ("door", r#"<path d="M5.5 20.5V5a1.5 1.5 0 0 1 1.5-1.5h10A1.5 1.5 0 0 1 18.5 5v15.5M3 20.5h18M14.5 12h.01"/>"#),
    ("download", r#"<path d="M12 3.5v11M7.5 10.5l4.5 4.5 4.5-4.5M4.5 20h15"/>"#),
    ("flag", r#"<path d="M5.5 21V4M5.5 4.5c4-2 8 2 13 0v9c-5 2-9-2-13 0"/>"#),
    ("half", r#"<circle cx="12" cy="12" r="7"/><path d="M12 5a7 7 0 0 0 0 14z" fill="currentColor"/>"#),
    (
        "hand",
        r#"<path d="M8 13V6.5a1.5 1.5 0 0 1 3 0V11M11 6V4.5a1.5 1.5 0 0 1 3 0V11M14 6.5a1.5 1.5 0 0 1 3 0v7.5c0 4-2.2 7-5.8 7-3 0-4.4-1.5-5.9-4.2L4 13.6a1.5 1.5 0 0 1 2.6-1.5L8 14"/>"#,
    ),
    ("help", r#"<circle cx="12" cy="12" r="8.5"/><path d="M9.5 9.5a2.5 2.5 0 1 1 3.6 2.3c-.8.4-1.1.9-1.1 1.7M12 16.5h.01"/>"#),
    (
        "high-five",
        r#"<path d="M8.5 20.5L4 13.5a1.5 1.5 0 0 1 2.5-1.6L8.5 14V6a1.5 1.5 0 0 1 3 0v5M12.5 11V6a1.5 1.5 0 0 1 3 0v8l2-2.1a1.5 1.5 0 0 1 2.5 1.6l-4.5 7M12 1.5V3M6.5 3l.8 1M17.5 3l-.8 1"/>"#,
    ),
    ("history", r#"<path d="M4 12a8 8 0 1 0 2.5-5.8L4 8.5M4 4v4.5h4.5M12 8v4.5l3 1.7"/>"#),
    ("home", r#"<path d="M4 11l8-7 8 7v8a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 19zM10 20.5v-6h4v6"/>"#),
    ("leave", r#"<path d="M10 4H6.5A2.5 2.5 0 0 0 4 6.5v11A2.5 2.5 0 0 0 6.5 20H10M9.5 12H20M16 8l4 4-4 4"/>"#),
    ("link", r#"<path d="M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3A4 4 0 0 0 11 18.7l1-1"/>"#),
    ("menu", r#"<path d="M4.5 7h15M4.5 12h15M4.5 17h15"/>"#),
    ("mic", MIC),
    (
        "mic-off",
        r#"<path d="M9 6a3 3 0 0 1 6 0v5.5M13 13.8A3 3 0 0 1 9 11V9M5.5 11.5a6.5 6.5 0 0 0 10.4 5.2M18.5 11.5c0 .8-.1 1.5-.4 2.2M12 18v3M3 3l18 18"/>"#,
    ),
    ("minus", r#"<path d="M5 12h14"/>"#),
    ("moon", r#"<path d="M19.5 14.5A8 8 0 1 1 9.5 4.5a6.5 6.5 0 0 0 10 10z"/>"#),
    ("more", r#"<path d="M5.5 12h.01M12 12h.01M18.5 12h.01" stroke-width="3"/>"#),
    (
        "people",
        r#"<circle cx="9" cy="8" r="3.5"/><path d="M2.5 19.5a6.5 6.5 0 0 1 13 0M15.5 4.8a3.5 3.5 0 0 1 0 6.4M18 14.2a6.5 6.5 0 0 1 3.5 5.3"/>"#,
    ),
    ("phone", r#"<rect x="6.5" y="2.5" width="11" height="19" rx="2.5"/><path d="M11 18.5h2"/>"#),
    ("pip", r#"<rect x="3" y="5" width="18" height="14" rx="2.5"/><rect x="11.5" y="11.5" width="6.5" height="4.5" rx="1"/>"#),
    ("plus", r#"<path d="M12 5v14M5 12h14"/>"#),
    (
        "qr",
        r#"<rect x="3.5" y="3.5" width="6.5" height="6.5" rx="1"/><rect x="14" y="3.5" width="6.5" height="6.5" rx="1"/><rect x="3.5" y="14" width="6.5" height="6.5" rx="1"/><path d="M14 14h2.5v2.5H14zM20.5 14v2.5M20.5 20.5H14M18 18.5h.01"/>"#,
    ),
    ("ring", RING),
    ("screen", r#"<rect x="3" y="4.5" width="18" height="12" rx="2.5"/><path d="M8.5 20.5h7M12 16.5v4"/>"#),
    ("settings", r#"<path d="M4 7h8M18 7h2M4 17h2M12 17h8"/><circle cx="15" cy="7" r="2.7"/><circle cx="9" cy="17" r="2.7"/>"#),
    ("shield", r#"<path d="M12 3.5l7.5 2.5v5.5c0 4.5-3 7.6-7.5 9.5-4.5-1.9-7.5-5-7.5-9.5V6z"/>"#),
    ("snooze", r#"<circle cx="12" cy="12" r="8.5"/><path d="M9.5 9h5l-5 6h5"/>"#),
    ("speaker", r#"<path d="M4 9.5v5h3.5l5 4v-13l-5 4zM16 9a4.5 4.5 0 0 1 0 6M18.5 6.5a8 8 0 0 1 0 11"/>"#),
    ("star", r#"<path d="M12 3.8l2.5 5.2 5.7.8-4.1 4 1 5.7-5.1-2.7-5.1 2.7 1-5.7-4.1-4 5.7-.8z"/>"#),
    (
        "sun",
        r#"<circle cx="12" cy="12" r="4"/><path d="M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M18.7 5.3l-1.4 1.4M6.7 17.3l-1.4 1.4"/>"#,
    ),
    (
        "table",
        r#"<rect x="6" y="8" width="12" height="8" rx="2.5"/><path d="M9 4.5h.01M15 4.5h.01M9 19.5h.01M15 19.5h.01M2.8 12h.01M21.2 12h.01" stroke-width="3"/>"#,
    ),
    ("tea", r#"<path d="M4 9h12v5a5 5 0 0 1-5 5H9a5 5 0 0 1-5-5zM16 10.5h1.5a2.5 2.5 0 0 1 0 5H16M8 3v2.5M12 3v2.5"/>"#),
    ("timer", r#"<circle cx="12" cy="13.5" r="7.5"/><path d="M12 9.5v4M9.5 2.5h5M12 2.5V6"/>"#),
    (
        "wave",
        r#"<path d="M9 20.5c-2.5-1-4-3-4.7-5.5L3 10.6a1.4 1.4 0 0 1 2.6-.9l1.2 2.6M6.8 12.3L5.3 7.6a1.4 1.4 0 0 1 2.7-.8l1.6 4.6M9.6 11.4L8.3 5.8a1.4 1.4 0 0 1 2.7-.7l1.5 5.7M12.5 10.8l-.4-4a1.4 1.4 0 0 1 2.8-.2l.6 6.4M17.5 3.5c1.6.6 2.6 1.7 3 3.2M16.5 20c1.8-1 3-3 3.3-5.3"/>"#,
    ),
    (
        "veil",
        r#"<path d="M3 12s3.5-6 9-6 9 6 9 6-3.5 6-9 6-9-6-9-6z" stroke-dasharray="2.5 3"/><circle cx="12" cy="12" r="2.5"/>"#,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_drawn_once() {
        for (n, (name, drawn)) in ICONS.iter().enumerate() {
            assert!(ICONS.iter().skip(n + 1).all(|(other, _)| other != name), "{name} twice");
            assert!(drawn.starts_with('<'));
        }
    }

    #[test]
    fn an_icon_is_silent_for_screen_readers() {
        assert!(icon("mic").into_string().contains("aria-hidden=\"true\""));
        assert!(icon("unheard-of").into_string().contains("<circle"));
    }
}
