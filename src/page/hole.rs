//! A page in one piece of memory: a shell is written around its large inside, instead of copying the inside into each shell.
//!
//! Invariant: the mark of the hole cannot come from people's text, because `<` is escaped there.

use maud::{Markup, PreEscaped};

const MARK: &str = "<!---->";

/// Where the inside of a shell belongs; at most one in a shell.
pub fn hole() -> PreEscaped<&'static str> {
    PreEscaped(MARK)
}

/// Writes a shell, and its inside where the hole is.
pub fn fill(out: &mut String, shell: &Markup, inside: impl FnOnce(&mut String)) {
    let (head, tail) = shell.0.split_once(MARK).unwrap_or((&shell.0, ""));
    out.push_str(head);
    inside(out);
    out.push_str(tail);
}

#[cfg(test)]
mod tests {
    use super::*;
    use maud::html;

    #[test]
    fn the_inside_stands_where_the_hole_was_and_typed_marks_make_none() {
        let mut out = String::new();
        fill(&mut out, &html! { p { "<!---->" b { (hole()) } i {} } }, |out| out.push_str("inside"));
        assert_eq!(out, "<p>&lt;!----&gt;<b>inside</b><i></i></p>");
    }
}
