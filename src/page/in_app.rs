//! Recognises the browser inside a chat program, where camera and microphone seldom work.
//!
//! A pure look at the user-agent line: a wrong guess costs a banner that can be ignored, never the way in.

/// A browser that lives inside another program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InApp {
    /// The program's name as its users know it.
    pub program: &'static str,
    /// On Android a link can open the real browser by itself.
    pub android: bool,
}

/// What such programs write into the line, the particular before the general.
const MARKS: [(&str, &str); 23] = [
    ("MessengerForiOS", "Messenger"),
    ("MessengerLiteForiOS", "Messenger"),
    ("Orca-Android", "Messenger"),
    ("Instagram", "Instagram"),
    ("Barcelona", "Threads"),
    ("FBAN/", "Facebook"),
    ("FBAV/", "Facebook"),
    ("FB_IAB/", "Facebook"),
    ("MicroMessenger/", "WeChat"),
    ("WhatsApp/", "WhatsApp"),
    ("Telegram", "Telegram"),
    ("Snapchat", "Snapchat"),
    ("BytedanceWebview", "TikTok"),
    ("musical_ly", "TikTok"),
    ("TikTok", "TikTok"),
    ("KAKAOTALK", "KakaoTalk"),
    ("LinkedInApp", "LinkedIn"),
    ("Twitter for", "X"),
    ("TwitterAndroid", "X"),
    ("Pinterest/", "Pinterest"),
    (" Line/", "Line"),
    (" GSA/", "the Google app"),
    ("; wv)", "another app"),
];

/// The chat program in whose own browser the page is open, or `None` for an ordinary browser.
pub fn in_app_browser(user_agent: &str) -> Option<InApp> {
    let (_, program) = MARKS.into_iter().find(|(mark, _)| user_agent.contains(mark))?;
    Some(InApp { program, android: user_agent.contains("Android") })
}

/// The link by which Android opens `link` in the real browser; `None` if it isn't an https link.
pub fn android_link(link: &str) -> Option<String> {
    let rest = link.strip_prefix("https://")?;
    Some(format!(
        "intent://{rest}#Intent;scheme=https;action=android.intent.action.VIEW;category=android.intent.category.BROWSABLE;end"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(user_agent: &str) -> Option<&'static str> {
        in_app_browser(user_agent).map(|found| found.program)
    }

    #[test]
    fn browsers_inside_chat_programs_are_recognised() {
        let ios = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";
        let android = "Mozilla/5.0 (Linux; Android 15; Pixel 8 Build/AP4A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/138.0 Mobile Safari/537.36";
        for (tail, name) in [
            ("Mobile/22F76 Instagram 390.0.0.28.85 (iPhone15,3; iOS 18_5)", "Instagram"),
            ("Mobile/22F76 [FBAN/FBIOS;FBAV/520.0.0.38;FBDV/iPhone15,3]", "Facebook"),
            ("Mobile/22F76 [FBAN/MessengerForiOS;FBAV/510.0]", "Messenger"),
            ("Mobile/15E148 Safari Line/15.9.0", "Line"),
            ("Mobile/15E148 MicroMessenger/8.0.58(0x1800) NetType/WIFI", "WeChat"),
            ("Mobile/15E148 Snapchat/13.40.0.40 (like Safari/8618.1)", "Snapchat"),
            ("Mobile/15E148 musical_ly_39.0 BytedanceWebview/d8a21c6", "TikTok"),
            ("GSA/371.0 Mobile/15E148 Safari/604.1", "the Google app"),
        ] {
            assert_eq!(in_app_browser(&format!("{ios} {tail}")), Some(InApp { program: name, android: false }), "{tail}");
        }
        assert_eq!(program(&format!("{android} Telegram-Android/11.13")), Some("Telegram"));
        assert_eq!(program(&format!("{android} WhatsApp/2.25")), Some("WhatsApp"));
        assert_eq!(in_app_browser(android), Some(InApp { program: "another app", android: true }));
    }

    #[test]
    fn ordinary_browsers_are_left_alone() {
        for user_agent in [
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0",
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
            "",
        ] {
            assert_eq!(in_app_browser(user_agent), None, "{user_agent}");
        }
    }

    #[test]
    fn the_android_link_keeps_the_invite() {
        let link = android_link("https://desk.example:8443/join/abc-123").expect("https");
        assert!(link.starts_with("intent://desk.example:8443/join/abc-123#Intent;scheme=https;"));
        assert_eq!(android_link("javascript:alert(1)"), None);
    }
}
