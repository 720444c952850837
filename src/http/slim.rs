//! What browsers need of a module or style sheet: everything but the comments that stand on lines of their own and the indentation.
//!
//! Every line keeps its number, so that what a browser complains of is found in the tree. That no text runs over several lines, in
//! which this would lose something, is tested.

/// The text without what only its readers need.
pub fn slim(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut inside = false;
    for line in text.lines() {
        let line = line.trim();
        if inside {
            inside = !line.ends_with("*/");
        } else if line.starts_with("/*") && !line.contains("*/") {
            inside = true;
        } else if !is_comment(line) {
            out.push_str(line);
        }
        out.push('\n');
    }
    out
}

/// A comment that is the whole line.
fn is_comment(line: &str) -> bool {
    line.starts_with("//") || (line.starts_with("/*") && line.find("*/").is_some_and(|at| at + 2 == line.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::files::Files;

    #[test]
    fn comments_go_and_what_is_said_stays_in_its_line() {
        let text =
            "/**\n * Says it.\n */\nexport function say() { // aloud\n  // Why.\n  /* Both */ return `/* no */ // no`;\n}\n";
        assert_eq!(slim(text), "\n\n\nexport function say() { // aloud\n\n/* Both */ return `/* no */ // no`;\n}\n");
    }

    #[test]
    fn no_file_has_a_text_or_a_comment_that_slimming_would_break() {
        for path in Files::iter().filter(|path| path.ends_with(".js") || path.ends_with(".css")) {
            let data = Files::get(&path).expect("it is there").data;
            let text = String::from_utf8(data.into_owned()).expect("it is text");
            let mut comment = false;
            for (n, line) in text.lines().map(str::trim).enumerate() {
                if comment {
                    comment = !line.contains("*/");
                    assert!(comment || line.ends_with("*/"), "{path}:{}: something follows a comment", n + 1);
                } else if line.starts_with("/*") && !line.contains("*/") {
                    comment = true;
                } else if !is_comment(line) {
                    assert!(line.matches('`').count() % 2 == 0, "{path}:{}: a text over several lines", n + 1);
                    assert!(!line.ends_with('\\'), "{path}:{}: a text over several lines", n + 1);
                    let opens = line.rfind("/*").is_some_and(|at| !line[at..].contains("*/"));
                    assert!(!opens, "{path}:{}: a comment that begins behind code runs over several lines", n + 1);
                }
            }
        }
    }
}
