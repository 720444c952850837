//! What every file of a kind keeps to: openings, sizes, words, where SQL and clocks may stand, what a page may not carry.
//!
//! Each rule takes a file's name and text and answers sentences that say what is wrong and why.

use crate::lex::Source;

/// A file is one idea; a longer one is two.
pub const MOST_LINES: usize = 600;

/// The first characters of a file say what it is for.
pub fn opening(file: &str, text: &str) -> Vec<String> {
    let opens = match extension(file) {
        "rs" => "//! ",
        "js" | "mjs" => "/**",
        "css" => "/*",
        _ => return Vec::new(),
    };
    let text = text.strip_prefix("#!").map_or(text, |rest| rest.split_once('\n').map_or("", |(_, rest)| rest));
    if text.starts_with(opens) {
        Vec::new()
    } else {
        vec![format!("{file}:1: does not open with `{opens}`: say in a sentence what the file is for")]
    }
}

/// A file's length, Rust tests at the foot not counted.
pub fn size(file: &str, text: &str) -> Vec<String> {
    let lines = match extension(file) {
        "rs" => Source::new(text).lines,
        "js" | "mjs" | "css" => text.lines().count(),
        _ => return Vec::new(),
    };
    if lines <= MOST_LINES {
        Vec::new()
    } else {
        vec![format!("{file}: {lines} lines without its tests, {MOST_LINES} at most: it holds more than one idea")]
    }
}

/// Notes to oneself are done or written down as an issue, never left in a file.
pub fn left_over(file: &str, text: &str) -> Vec<String> {
    let notes = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:"), concat!("HA", "CK:")];
    let lines = text.lines().enumerate();
    let found = lines.filter_map(|(n, line)| notes.iter().find(|note| line.contains(**note)).map(|note| (n + 1, note)));
    found.map(|(n, note)| format!("{file}:{n}: `{note}`: do it, or write it down as an issue")).collect()
}

/// Names say what a thing is; these say nothing.
pub fn names(file: &str, code: &str) -> Vec<String> {
    let empty = |name: &str| {
        let crates = ["hyper_util", "tokio_util", "futures_util", "http_body_util"];
        let parts = || name.split('_').map(str::to_ascii_lowercase);
        !crates.contains(&name)
            && (name.contains("Manager")
                || name.contains("Helper")
                || parts().any(|p| matches!(&*p, "util" | "utils" | "manager" | "helper" | "helpers")))
    };
    let mut faults = Vec::new();
    let stem = file.rsplit('/').next().and_then(|name| name.split('.').next()).unwrap_or("");
    if empty(&stem.replace('-', "_")) {
        faults.push(format!("{file}: `{stem}` does not say what is inside"));
    }
    for (n, line) in code.lines().enumerate() {
        for name in line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|name| empty(name)) {
            faults.push(format!("{file}:{}: the name `{name}` does not say what the thing is", n + 1));
        }
    }
    faults
}

/// SQL stands in the store and nowhere else.
pub fn sql(file: &str, source: &Source) -> Vec<String> {
    if file.starts_with("src/store/") {
        return Vec::new();
    }
    let is_sql = |text: &str| {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let both = |a: &str, b: &str| text.find(a).is_some_and(|at| text[at..].contains(b));
        both("SELECT ", " FROM ")
            || both("INSERT ", "INTO ")
            || both("UPDATE ", " SET ")
            || text.contains("DELETE FROM ")
            || text.contains("CREATE TABLE ")
            || text.starts_with("PRAGMA ")
    };
    let found = source.strings.iter().filter(|(_, text)| is_sql(text));
    found.map(|(n, _)| format!("{file}:{n}: SQL outside src/store: make it a query function there, noun first")).collect()
}

/// Real time and real randomness come in by one door; drivers may ask how long something took.
pub fn clocks(file: &str, source: &Source, drivers: &[&str]) -> Vec<String> {
    if file == "src/clock.rs" {
        return Vec::new();
    }
    let always = ["SystemTime::now", "Timestamp::now", "Zoned::now", "Utc::now", "SystemRandom::new", "thread_rng", "getrandom"];
    let in_drivers = ["Instant::now"];
    let driver = drivers.iter().any(|place| file.starts_with(place));
    let words = always.iter().chain(in_drivers.iter().filter(|_| !driver));
    let found = words.flat_map(|word| source.word(word).into_iter().map(move |n| (n, word)));
    found
        .map(|(n, word)| format!("{file}:{n}: `{word}` outside src/clock.rs: take the time or the dice as an argument"))
        .collect()
}

/// A test that sleeps is slow and lies; a test that is ignored is not there.
pub fn waiting_tests(file: &str, text: &str) -> Vec<String> {
    let words = [concat!("thread::", "sleep"), concat!("#[ign", "ore")];
    let lines = text.lines().enumerate();
    let found = lines.filter_map(|(n, line)| words.iter().find(|word| line.contains(**word)).map(|word| (n + 1, word)));
    found.map(|(n, word)| format!("{file}:{n}: `{word}`: wait for the condition itself, and let every test run")).collect()
}

/// The content security policy has no exception, so no page may carry a script, a style or a handler of its own.
pub fn markup(file: &str, source: &Source) -> Vec<String> {
    if !file.starts_with("src/page/") {
        return Vec::new();
    }
    let mut faults = Vec::new();
    for (n, line) in source.code.lines().enumerate() {
        let words: Vec<&str> =
            line.split(|c: char| c.is_whitespace() || "{}();,".contains(c)).filter(|word| !word.is_empty()).collect();
        for word in &words {
            let name = word.split('=').next().unwrap_or("");
            let attribute = word.contains('=') && !word.contains("==");
            let handler = attribute && name.len() > 4 && name.starts_with("on") && name.chars().all(|c| c.is_ascii_lowercase());
            if (attribute && name == "style") || handler {
                faults.push(format!("{file}:{}: `{name}=` in the markup: the content security policy refuses it", n + 1));
            }
        }
        let opens = |tag: &str| line.trim_start().strip_prefix(tag).is_some_and(|rest| rest.starts_with([' ', '{']));
        if opens("style") && !line.contains("style=") && line.contains('{') {
            faults.push(format!("{file}:{}: a `style` element: the content security policy refuses it", n + 1));
        }
        if opens("script") && !line.contains("src=") {
            faults.push(format!("{file}:{}: a `script` with a body: the content security policy refuses it", n + 1));
        }
    }
    let raw = ["<script", "<style", " style=", "javascript:"];
    let found = source.strings.iter().filter(|(_, text)| raw.iter().any(|word| text.contains(word)));
    faults.extend(
        found.map(|(n, _)| format!("{file}:{n}: raw markup with a script or a style: the content security policy refuses it")),
    );
    faults
}

/// Nothing that a browser is given names another host, or asks for what the content security policy refuses.
pub fn web(file: &str, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for (n, line) in text.lines().enumerate() {
        for scheme in ["http://", "https://", "wss://", "ws://"] {
            for (at, _) in line.match_indices(scheme) {
                let host: String =
                    line[at + scheme.len()..].chars().take_while(|c| c.is_ascii_alphanumeric() || ".-".contains(*c)).collect();
                if host.contains('.') && host != "www.w3.org" {
                    faults.push(format!("{file}:{}: names the host `{host}`: nothing leaves this machine", n + 1));
                }
            }
        }
        for word in ["setAttribute(\"style\"", "setAttribute('style'", "eval(", "new Function("] {
            if line.contains(word) {
                faults.push(format!("{file}:{}: `{word}`: the content security policy refuses it", n + 1));
            }
        }
    }
    faults
}

/// The extension, without the dot.
pub fn extension(file: &str) -> &str {
    file.rsplit_once('.').map_or("", |(_, end)| end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_an_opening_is_named() {
        assert_eq!(opening("src/a.rs", "use std::fmt;\n").len(), 1);
        assert_eq!(opening("web/a.js", "// short\n").len(), 1);
        assert_eq!(opening("web/a.css", ":root {}").len(), 1);
        assert!(
            opening("src/a.rs", "//! What it is.\n").is_empty()
                && opening("a.mjs", "#!/usr/bin/env node\n/** What. */").is_empty()
        );
    }

    #[test]
    fn a_long_file_is_named_but_its_tests_are_free() {
        let long = "fn a() {}\n".repeat(MOST_LINES);
        assert!(size("src/a.rs", &long).is_empty());
        assert!(size("src/a.rs", &format!("{long}#[cfg(test)]\nmod tests {{\n{long}}}\n")).is_empty());
        assert_eq!(size("src/a.rs", &format!("{long}fn b() {{}}\n")).len(), 1);
        assert_eq!(size("web/a.css", &format!("{long}\n")).len(), 1);
    }

    #[test]
    fn notes_to_oneself_are_named() {
        assert_eq!(
            left_over("a.js", concat!("// TO", "DO: later\n/* fine */")),
            [format!("a.js:1: `{}`: do it, or write it down as an issue", concat!("TO", "DO"))]
        );
    }

    #[test]
    fn empty_names_are_named_and_the_crates_are_let_be() {
        assert_eq!(
            names("src/a.rs", "struct SessionManager;\nfn time_util() {}\nuse hyper_util::rt;\nlet utility = 1;").len(),
            2
        );
        assert_eq!(names("web/js/lib/utils.js", "").len(), 1);
    }

    #[test]
    fn sql_outside_the_store_is_named() {
        let text = "fn f() { q(\"SELECT id\n FROM member\"); g(\"Please SELECT one\"); }";
        assert_eq!(sql("src/actions/a.rs", &Source::new(text)).len(), 1);
        assert!(sql("src/store/a.rs", &Source::new(text)).is_empty());
    }

    #[test]
    fn a_clock_outside_its_door_is_named() {
        let source = Source::new("fn f() { let a = SystemTime::now(); let b = Instant::now(); }");
        assert_eq!(clocks("src/actions/a.rs", &source, &["src/live/hub"]).len(), 2);
        assert_eq!(clocks("src/live/hub.rs", &source, &["src/live/hub"]).len(), 1);
        assert!(clocks("src/clock.rs", &source, &[]).is_empty());
    }

    #[test]
    fn sleeping_and_ignored_tests_are_named() {
        assert_eq!(waiting_tests("a.rs", concat!("std::thread::", "sleep(d);\n#[ign", "ore]\nfn f() {}")).len(), 2);
    }

    #[test]
    fn inline_style_script_and_handlers_are_named() {
        let page = |text: &str| markup("src/page/a.rs", &Source::new(text)).len();
        assert_eq!(page("html! { p style=\"color: red\" { \"x\" } }"), 1);
        assert_eq!(page("html! { button type=\"button\" onclick=\"go()\" { \"x\" } }"), 1);
        assert_eq!(page("html! {\n    script { (PreEscaped(code)) }\n}"), 1);
        assert_eq!(page("html! {\n    style { (css) }\n}"), 1);
        assert_eq!(page("let raw = PreEscaped(\"<script>go()</script>\");"), 1);
        assert_eq!(page("html! {\n    script type=\"module\" src=(asset(js)) {}\n    link rel=\"stylesheet\" href=(x);\n}"), 0);
        assert_eq!(page("let only = tone == Tone::Good; let one = 1;"), 0);
    }

    #[test]
    fn another_host_in_the_web_folder_is_named() {
        assert_eq!(web("web/a.css", "@import \"https://fonts.example.com/a.css\";").len(), 1);
        assert_eq!(web("web/a.js", "el.setAttribute(\"style\", \"top: 0\")").len(), 1);
        assert!(web("web/a.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\">").is_empty());
        assert!(web("web/a.js", "new WebSocket(`wss://${location.host}/live`)").is_empty());
    }
}
