//! What is new: the changelog as a page, what came since the version that ran here before on top.

use super::{about, layout};
use crate::domain::news::{Part, Release};
use crate::domain::view::Me;
use maud::{Markup, html};

/// So many changes of a part are read at once; more are folded under its title.
const FEW: usize = 6;

/// The page; `fresh` is what came with the last upgrade, `before` the version it came from.
pub fn page(me: Option<&Me>, instance: &str, fresh: &[&Release], older: &[&Release], before: Option<&str>) -> Markup {
    let frame = about::frame("What is new", me, instance);
    let main = html! {
        div.narrow.stack {
            h1 { "What is new" }
            p.lede {
                "Version " (env!("CARGO_PKG_VERSION")) " runs here"
                @match before {
                    Some(before) if !fresh.is_empty() => { ", and " (before) " ran before it." }
                    _ => "."
                }
            }
            @for release in fresh { (told(release)) }
            @if fresh.is_empty() {
                @for release in older { (told(release)) }
            } @else if !older.is_empty() {
                details.fold {
                    summary { "What came before" }
                    @for release in older { (told(release)) }
                }
            }
            p { a href="/about" { "About" } }
        }
    };
    layout(&frame, main)
}

fn told(release: &Release) -> Markup {
    html! {
        section.card.stack.tight {
            h2 {
                (release.version.as_deref().unwrap_or(env!("CARGO_PKG_VERSION")))
                @if let Some(day) = &release.day { span.soft { " · " (day) } }
            }
            @for part in &release.parts {
                @if part.title.is_empty() || part.changes.len() <= FEW {
                    @if !part.title.is_empty() { h3 { (part.title) } }
                    (changes(part))
                } @else {
                    details.fold {
                        summary { (part.title) ", " (part.changes.len()) " changes" }
                        (changes(part))
                    }
                }
            }
        }
    }
}

fn changes(part: &Part) -> Markup {
    html! { ul.changes { @for change in &part.changes { li { (spoken(change)) } } } }
}

/// Words between backquotes are what one types.
fn spoken(change: &str) -> Markup {
    html! {
        @for (n, piece) in change.split('`').enumerate() {
            @if n % 2 == 1 { code { (piece) } } @else { (piece) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::news::{releases, since};

    #[test]
    fn what_came_with_the_upgrade_is_on_top_and_the_rest_is_folded() {
        let all = releases("## 0.1.0\n\n- Say `alongside <x>` to it.\n\n## 0.0.9\n\n- Old.\n");
        let fresh = since(&all, Some("0.0.9"), "0.1.0");
        let shown = page(None, "Room", &fresh, &[&all[1]], Some("0.0.9")).into_string();
        assert!(shown.contains("0.0.9 ran before it") && shown.contains("<code>alongside &lt;x&gt;</code>"));
        assert!(shown.find("What came before") < shown.find("Old."));
    }
}
