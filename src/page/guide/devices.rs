//! Set-up help: camera and microphone in each browser and on each system, and what to do when something sticks.

use maud::{Markup, html};

/// Anchor, name, and what to press, one line a step.
type Help = (&'static str, &'static str, &'static [&'static str]);

const BROWSERS: [Help; 4] = [
    (
        "camera-chrome",
        "Chrome, Chromium, Brave",
        &[
            "Press the sign with two sliders, left of the address.",
            "Switch Camera and Microphone on.",
            "Come back to this page and press Try again, or reload it. Your goals are safe.",
        ],
    ),
    (
        "camera-edge",
        "Edge",
        &[
            "Press the lock, left of the address, then Permissions for this site.",
            "Set Camera and Microphone to Allow.",
            "Reload the page.",
        ],
    ),
    (
        "camera-firefox",
        "Firefox",
        &[
            "A crossed-out camera stands left of the address. Press it, then the cross beside Blocked.",
            "Press Try again here. Firefox asks; choose your camera and Allow.",
            "Tick Remember this decision, and it won't ask each time.",
        ],
    ),
    (
        "camera-safari",
        "Safari on a Mac",
        &["In the menu bar: Safari, then Settings for this website.", "Set Camera and Microphone to Allow.", "Reload the page."],
    ),
];

const SYSTEMS: [Help; 5] = [
    (
        "camera-windows",
        "Windows",
        &[
            "Open Settings, Privacy & security, Camera.",
            "Switch on Camera access, Let apps access your camera, and Let desktop apps access your camera.",
            "The same under Microphone. Some laptops have a key or a slider for the camera, too.",
        ],
    ),
    (
        "camera-macos",
        "macOS",
        &[
            "Open System Settings, Privacy & Security, Camera, and switch your browser on.",
            "The same under Microphone; for sharing your screen, under Screen & System Audio Recording.",
            "Quit the browser and open it again.",
        ],
    ),
    (
        "camera-linux",
        "Linux",
        &[
            "A browser from Flatpak or Snap needs leave for the camera: look in your software centre under its permissions.",
            "See whether another program shows a picture. If none does, unplug the camera and plug it in again.",
        ],
    ),
    (
        "camera-android",
        "Android",
        &[
            "Open Settings, Apps, your browser, Permissions.",
            "Set Camera and Microphone to Allow only while using the app.",
            "In the browser, press the sign left of the address, then Permissions, and allow both there.",
        ],
    ),
    (
        "camera-ios",
        "iPhone and iPad",
        &[
            "In Safari, press the sign left of the address, then the three dots, Website Settings, and allow Camera and Microphone.",
            "Still nothing? Open Settings, Apps, Safari, and look at Camera and Microphone there.",
            "Another browser? Settings, Apps, that browser: switch both on.",
        ],
    ),
];

/// Camera and microphone, browser by browser and system by system.
pub fn camera() -> Markup {
    html! {
        section.stack #devices {
            h2 { "Camera and microphone" }
            p {
                "The browser asks once; press " b { "Allow" } ". If it was refused, here is how to change that. "
                "You can always work without: goals, timer and chat need neither."
            }
            h3 { "In the browser" }
            div.columns { @for help in BROWSERS { (card(&help)) } }
            h3 { "On the computer or phone" }
            div.columns { @for help in SYSTEMS { (card(&help)) } }
            p.soft { "You look after many devices? " a href="/guide/managers" { "For device managers" } ": camera, microphone and certificate by policy." }
        }
    }
}

fn card((anchor, name, steps): &Help) -> Markup {
    html! {
        div.card.help #(anchor) {
            h4 { (name) }
            ol { @for step in *steps { li { (step) } } }
        }
    }
}

/// Trouble by what one notices.
pub fn trouble() -> Markup {
    let all: [(&str, &str, &str); 6] = [
        (
            "in-use",
            "Another program is using my camera",
            "Close it there: a call in another window, a recorder, another tab. Then press Try again. On Windows only one program can have the camera. If nothing helps, unplug it, wait a moment, plug it in.",
        ),
        (
            "no-device",
            "No camera or microphone is found",
            "Look for a slider over the lens or a key with a crossed-out camera. Unplug and plug in. A phone makes a fine camera: open the session there.",
        ),
        (
            "sound",
            "I hear nothing, or nobody hears me",
            "Press the speaker test in the lobby. If it is silent, look at the volume, at a muted tab, and at which speaker is chosen. A headset that has just been switched on is often chosen by itself. For the other direction, watch the bar beside your microphone while you speak.",
        ),
        (
            "echo",
            "There is an echo",
            "Somebody's speaker plays into their microphone. Headphones end it; so does muting while you work.",
        ),
        (
            "network",
            "The picture doesn't come, or stops",
            "The page connects again by itself; goals, timer and chat stay. If it never comes, a company or school network may be in the way: try a phone's hotspot, or work on with timer and chat.",
        ),
        (
            "insecure",
            "The browser says the camera isn't allowed on this page",
            "Look at the address: it begins with https. If it doesn't, put https:// before it. In a chat program's own window, open the page in your real browser.",
        ),
    ];
    html! {
        section.stack #trouble {
            h2 { "When something sticks" }
            p { a.button.small href="/check" { "Look what works from here" } }
            dl.troubles {
                @for (anchor, what, way) in all {
                    div #(anchor) { dt { (what) } dd { (way) } }
                }
            }
        }
    }
}
