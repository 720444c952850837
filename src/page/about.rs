//! What runs here: the version, the licence, and what the program never does.

use super::{Frame, Here, layout};
use crate::domain::view::Me;
use maud::{Markup, html};

/// The about page; `me` is `None` for readers who are not signed in.
pub fn page(me: Option<&Me>, instance: &str, parts: usize) -> Markup {
    let frame = Frame { title: "About", me, instance, here: Here::Elsewhere, css: &[], js: &[], notice: None, bare: false };
    let main = html! {
        div.narrow.stack {
            h1 { "About" }
            p.lede { (instance) " runs on Alongside: two people, two lamps, one table." }
            section.card.stack.tight {
                h2 { "Version " (env!("CARGO_PKG_VERSION")) }
                p { a href="/about/news" { "What is new" } }
                p { "Free software, yours under the Apache License 2.0 or the MIT License, whichever suits you." }
                p { "It speaks to no other server. It counts nobody, shows no advertisement, and keeps no recording." }
            }
            section.card.stack.tight {
                h2 { "Made with" }
                p {
                    "Rust; SQLite for what is kept; webrtc-rs for the calls; warp, hyper and rustls for the pages; maud, jiff and "
                    "many smaller crates."
                }
                p { a href="/about/parts" { (parts) " parts, with version and licence" } }
            }
            p { a href="/guide" { "How a session goes" } }
        }
    };
    layout(&frame, main)
}

/// The frame of the pages that this one leads to.
pub(super) fn frame<'a>(title: &'a str, me: Option<&'a Me>, instance: &'a str) -> Frame<'a> {
    Frame { title, me, instance, here: Here::Elsewhere, css: &["css/pages/about.css"], js: &[], notice: None, bare: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_names_version_and_licences() {
        let shown = page(None, "Room", 250).into_string();
        assert!(shown.contains(env!("CARGO_PKG_VERSION")) && shown.contains("MIT") && shown.contains("Apache"));
    }
}
