//! Of what the program is made: every part with its version and its licence.

use super::{about, layout};
use crate::domain::view::Me;
use maud::{Markup, html};
use std::collections::BTreeMap;

/// One component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub name: String,
    /// None for what comes with the compiler.
    pub version: Option<String>,
    /// An SPDX expression.
    pub licence: String,
    /// False for what only the build needed.
    pub inside: bool,
}

/// The page; `me` is `None` for readers who are not signed in.
pub fn page(me: Option<&Me>, instance: &str, parts: &[Part]) -> Markup {
    let frame = about::frame("Parts", me, instance);
    let (inside, build): (Vec<&Part>, Vec<&Part>) = parts.iter().partition(|part| part.inside);
    let main = html! {
        div.narrow.stack {
            h1 { "What it is made of" }
            p.lede { (inside.len()) " parts, each free software, each under its own licence." }
            section.card.stack.tight {
                h2 { "Licences" }
                ul.list.licences { @for (licence, count) in licences(&inside) { li { span { (licence) } span.soft { (count) } } } }
                p.small.soft { "Where a licence says OR, it is yours to choose. " code { "blessing" } " is SQLite’s: the public domain." }
            }
            section.card.stack.tight {
                h2 { "In the program" }
                (table(&inside))
            }
            details.card.fold {
                summary { (build.len()) " more were needed to build it" }
                p { "They write or prepare code while it is compiled, and are not in the program." }
                (table(&build))
            }
            p { a href="/about/sbom.json" { "The same for machines" } " (CycloneDX, with the hash of each part)" }
            p { a href="/about" { "About" } }
        }
    };
    layout(&frame, main)
}

fn table(parts: &[&Part]) -> Markup {
    html! {
        table.table.made-of {
            thead { tr { th scope="col" { "Part" } th scope="col" { "Version" } th scope="col" { "Licence" } } }
            tbody {
                @for part in parts {
                    tr { td { (part.name) } td { (part.version.as_deref().unwrap_or("the compiler’s")) } td { (part.licence) } }
                }
            }
        }
    }
}

/// How many parts are under which licence, the most frequent first. The order of what can be chosen means nothing.
fn licences<'a>(parts: &[&'a Part]) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for part in parts {
        let mut choices: Vec<&'a str> = part.licence.split(" OR ").collect();
        choices.sort_unstable();
        *counts.entry(choices.join(" OR ")).or_default() += 1;
    }
    let mut all: Vec<(String, usize)> = counts.into_iter().collect();
    all.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(name: &str, licence: &str, inside: bool) -> Part {
        Part { name: name.into(), version: Some("1.2.3".into()), licence: licence.into(), inside }
    }

    #[test]
    fn every_part_is_shown_with_version_and_licence_and_those_of_the_build_apart() {
        let parts = [part("ring", "ISC", true), part("syn", "MIT", false)];
        let shown = page(None, "Room", &parts).into_string();
        assert!(shown.contains("<td>ring</td><td>1.2.3</td><td>ISC</td>"));
        assert!(shown.contains("1 parts") && shown.contains("1 more were needed"));
    }

    #[test]
    fn a_choice_of_licences_is_the_same_in_either_order() {
        let (one, other) = (part("a", "MIT OR Apache-2.0", true), part("b", "Apache-2.0 OR MIT", true));
        assert_eq!(licences(&[&one, &other]), [("Apache-2.0 OR MIT".to_owned(), 2)]);
    }
}
