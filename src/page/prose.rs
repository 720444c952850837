//! Plain text that an admin wrote, as paragraphs and lists.
//!
//! A blank line ends a paragraph, lines that begin with `- ` are items of a list. Everything is escaped: no markup, no
//! links come out of it.

use maud::{Markup, html};

/// A piece of the text.
#[derive(Debug, PartialEq)]
enum Block<'a> {
    Words(Vec<&'a str>),
    Items(Vec<String>),
}

/// The text as markup, in one `div.prose`.
pub fn prose(text: &str) -> Markup {
    html! {
        div class="prose" {
            @for block in blocks(text) {
                @match block {
                    Block::Words(lines) => p {
                        @for (n, line) in lines.iter().enumerate() { @if n > 0 { br; } (line) }
                    },
                    Block::Items(items) => ul { @for item in items { li { (item) } } },
                }
            }
        }
    }
}

/// Cuts the text at blank lines and where a list begins or ends; an indented line goes on with the item above it.
fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut fresh = true;
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.is_empty() {
            fresh = true;
            continue;
        }
        let item = trimmed.strip_prefix("- ").or_else(|| trimmed.strip_prefix("* "));
        match (item, blocks.last_mut()) {
            (Some(item), Some(Block::Items(items))) => items.push(item.trim().to_owned()),
            (Some(item), _) => blocks.push(Block::Items(vec![item.trim().to_owned()])),
            (None, Some(Block::Items(items))) if !fresh && line.starts_with(' ') => {
                if let Some(last) = items.last_mut() {
                    last.push(' ');
                    last.push_str(trimmed);
                }
            }
            (None, Some(Block::Words(lines))) if !fresh => lines.push(trimmed),
            (None, _) => blocks.push(Block::Words(vec![trimmed])),
        }
        fresh = false;
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_lines_make_paragraphs_and_dashes_make_lists() {
        let shown = prose("Be kind.\n\n- one\n- two\n  and a half\n\nThe end,\nreally.").into_string();
        assert_eq!(
            shown,
            "<div class=\"prose\"><p>Be kind.</p><ul><li>one</li><li>two and a half</li></ul><p>The end,<br>really.</p></div>"
        );
    }

    #[test]
    fn nothing_that_was_typed_becomes_markup() {
        let shown = prose("<script>alert(1)</script>\n- <img src=x onerror=alert(1)>\n\n\"quoted\" & 'so'").into_string();
        assert!(!shown.contains("<script") && !shown.contains("<img"));
        assert!(shown.contains("&lt;script&gt;") && shown.contains("&amp;"));
    }

    #[test]
    fn an_empty_text_is_empty_and_windows_line_ends_are_line_ends() {
        assert_eq!(prose(" \r\n\r\n").into_string(), "<div class=\"prose\"></div>");
        assert_eq!(prose("a\r\n\r\nb").into_string(), "<div class=\"prose\"><p>a</p><p>b</p></div>");
    }
}
