//! What to press on each system until it trusts the house's authority. The words are those that the systems show.

use super::{DER, PEM, PROFILE};
use maud::{Markup, html};

/// What a device runs, as far as its browser says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    Windows,
    Mac,
    Linux,
    Chromebook,
    /// iPhone and iPad.
    Apple,
    Android,
}

impl System {
    pub const ALL: [Self; 6] = [Self::Windows, Self::Mac, Self::Linux, Self::Chromebook, Self::Apple, Self::Android];

    /// Reads a user-agent line. A wrong guess costs a look behind "Another device".
    pub fn of(user_agent: &str) -> Self {
        let has = |word: &str| user_agent.contains(word);
        if has("iPhone") || has("iPad") || has("iPod") {
            Self::Apple
        } else if has("Android") {
            Self::Android
        } else if has("Macintosh") || has("Mac OS X") {
            Self::Mac
        } else if has("CrOS") {
            Self::Chromebook
        } else if has("Linux") || has("X11") {
            Self::Linux
        } else {
            Self::Windows
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Windows => "Windows",
            Self::Mac => "Mac",
            Self::Linux => "Linux",
            Self::Chromebook => "Chromebook",
            Self::Apple => "iPhone and iPad",
            Self::Android => "Android",
        }
    }

    /// "On this …"
    pub fn device(self) -> &'static str {
        match self {
            Self::Windows => "Windows computer",
            Self::Mac => "Mac",
            Self::Linux => "Linux computer",
            Self::Chromebook => "Chromebook",
            Self::Apple => "iPhone or iPad",
            Self::Android => "Android device",
        }
    }

    /// On the others Firefox goes by what the system trusts.
    pub fn firefox_keeps_its_own(self) -> bool {
        self == Self::Linux
    }
}

/// The steps of a system.
pub fn of(system: System, authority: &str) -> Markup {
    match system {
        System::Windows => windows(),
        System::Mac => mac(authority),
        System::Linux => linux(authority),
        System::Chromebook => chromebook(),
        System::Apple => apple(authority),
        System::Android => android(),
    }
}

fn windows() -> Markup {
    html! {
        ol.trust-steps {
            li { a href=(DER) download { "Download the certificate" } " and open it." }
            li { "Press " b { "Install Certificate" } ", choose " b { "Current User" } ", Next." }
            li { "Choose " b { "Place all certificates in the following store" } ", Browse, " b { "Trusted Root Certification Authorities" } ", OK." }
            li { "Next, Finish. Windows asks once more: Yes." }
            li { "Close the browser and open it again. Firefox takes it over from Windows." }
        }
    }
}

fn mac(authority: &str) -> Markup {
    html! {
        ol.trust-steps {
            li { a href=(DER) download { "Download the certificate" } " and open it. Keychain Access adds it to the " b { "login" } " keychain." }
            li { "In Keychain Access look for " b { (authority) } " under Certificates, and open it by a double click." }
            li { "Unfold " b { "Trust" } ", set " b { "When using this certificate" } " to " b { "Always Trust" } "." }
            li { "Close the window; the Mac asks for your password." }
            li { "Close the browser and open it again. Firefox takes it over from the Mac." }
        }
    }
}

fn linux(authority: &str) -> Markup {
    let command = format!("certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n '{authority}' -i alongside-ca.crt");
    html! {
        ol.trust-steps {
            li { a href=(DER) download { "Download the certificate" } "." }
            li { "In Chrome, Chromium, Brave or Edge open " code { "chrome://certificate-manager" } ", then " b { "Custom" } ", " b { "Installed by you" } "." }
            li { "Beside " b { "Trusted certificates" } " press " b { "Import" } " and choose the file." }
            li { "An older browser? In a terminal, where the file is (package libnss3-tools):" pre { code { (command) } } }
            li { "Reload this page." }
        }
    }
}

fn chromebook() -> Markup {
    html! {
        ol.trust-steps {
            li { a href=(DER) download { "Download the certificate" } "." }
            li { "Open " code { "chrome://certificate-manager" } ", then " b { "Custom" } ", " b { "Installed by you" } "." }
            li { "Beside " b { "Trusted certificates" } " press " b { "Import" } ", choose the file, and let it identify websites." }
            li { "Reload this page." }
            li { "A Chromebook of a school or company may not allow that: whoever looks after it hands the certificate to all of them at once, by " a href="/guide/managers" { "these words for them" } "." }
        }
    }
}

fn apple(authority: &str) -> Markup {
    html! {
        ol.trust-steps {
            li { "In Safari " a href=(PROFILE) { "download the profile" } " and press " b { "Allow" } "." }
            li { "Open Settings. At the top: " b { "Profile Downloaded" } ". Press it, then " b { "Install" } ", and give your code." }
            li {
                "One switch more, or it isn't trusted: Settings, " b { "General" } ", " b { "About" } ", at the very end "
                b { "Certificate Trust Settings" } ". Switch on " b { (authority) } "."
            }
            li { "Come back to Safari and reload this page." }
        }
    }
}

fn android() -> Markup {
    html! {
        ol.trust-steps {
            li { a href=(DER) download { "Download the certificate" } "." }
            li { "Open Settings and search for " b { "CA certificate" } ". Often it is under Security & privacy, More security, " b { "Install from device storage" } "." }
            li { "Press " b { "CA certificate" } ", " b { "Install anyway" } ", and choose the file alongside-ca.crt. The device wants a screen lock for this." }
            li { "Chrome goes by it after a restart. In Firefox: Settings, About Firefox, press the logo five times; then Settings, Secret Settings, " b { "Use third party CA certificates" } "." }
        }
    }
}

/// Firefox where it keeps a list of its own.
pub fn firefox(authority: &str) -> Markup {
    html! {
        ol.trust-steps {
            li { a href=(PEM) download { "Download the certificate" } "." }
            li { "Open Firefox's Settings, " b { "Privacy & Security" } ", and at the end " b { "View Certificates" } "." }
            li { "Under " b { "Authorities" } " press " b { "Import" } " and choose the file." }
            li { "Tick " b { "Trust this CA to identify websites" } " for " b { (authority) } ", OK." }
            li { "Reload this page." }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_system_is_known_by_its_line() {
        for (line, system) in [
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0", System::Windows),
            ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.0 Safari/605.1.15", System::Mac),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", System::Linux),
            ("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) Chrome/140.0 Safari/537.36", System::Chromebook),
            ("Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) Mobile/15E148", System::Apple),
            ("Mozilla/5.0 (Linux; Android 15; Pixel 8) Chrome/140.0 Mobile", System::Android),
            ("", System::Windows),
        ] {
            assert_eq!(System::of(line), system, "{line}");
        }
    }
}
