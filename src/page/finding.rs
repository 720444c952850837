//! Finding somebody in a list of people, and going on in a long one.

use super::icon;
use crate::domain::part::Part;
use form_urlencoded::Serializer;
use maud::{Markup, html};

/// From this many people on, a field to find one by name is worth its place.
const MANY: usize = 8;

/// The field: of a short list it works in the page as one types; a long one is asked of the server, with no script needed.
pub fn field<T>(part: &Part<T>, path: &str) -> Markup {
    html! {
        @if part.is_long() {
            form.people-find.row.tight method="get" action=(path) role="search" {
                label.visually-hidden for="find" { "Find by name" }
                input #find type="search" name="find" value=(part.find) placeholder="Find by name" autocomplete="off" spellcheck="false";
                button.button type="submit" { "Find" }
            }
            @if !part.find.is_empty() {
                p.soft role="status" { (said(part.found)) " by “" (part.find) "”. " a href=(path) { "Show everybody" } }
            }
        } @else if part.whole >= MANY {
            div.field.people-find hidden {
                label for="find" { "Find by name" }
                input #find data-here type="search" autocomplete="off" spellcheck="false";
            }
        }
    }
}

fn said(found: usize) -> String {
    match found {
        0 => "Nobody".to_owned(),
        1 => "One person".to_owned(),
        n => format!("{n} people"),
    }
}

/// The way to the pages before and after, where there are several.
pub fn ways<T>(part: &Part<T>, path: &str) -> Markup {
    html! {
        @if part.pages > 1 {
            nav.pages.row.between aria-label="Pages" {
                @if part.page > 1 {
                    a.button rel="prev" href=(address(part, path, part.page - 1)) { (icon("arrow-left")) "Previous" }
                } @else { span {} }
                span.soft { span.visually-hidden { "Page " } (part.page) " of " (part.pages) }
                @if part.page < part.pages {
                    a.button rel="next" href=(address(part, path, part.page + 1)) { "Next" (icon("arrow-right")) }
                } @else { span {} }
            }
        }
    }
}

fn address<T>(part: &Part<T>, path: &str, page: usize) -> String {
    let mut query = Serializer::new(String::new());
    if !part.find.is_empty() {
        query.append_pair("find", &part.find);
    }
    format!("{path}?{}", query.append_pair("page", &page.to_string()).finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::part::Wanted;

    fn shown(count: usize, find: &str, page: usize) -> String {
        let names: Vec<String> = (0..count).map(|n| format!("Ana & {n}")).collect();
        let part = Part::of(names, &Wanted { find: find.to_owned(), page }, |name| name);
        html! { (field(&part, "/people")) (ways(&part, "/people")) }.into_string()
    }

    #[test]
    fn a_long_list_is_searched_by_the_server_and_leads_on_with_what_was_looked_for() {
        let middle = shown(200, "ana & ", 2);
        assert!(middle.contains("200 people by “ana &amp;”") && middle.contains("</span>2 of 4"), "{middle}");
        assert!(
            middle.contains("/people?find=ana+%26&amp;page=1") && middle.contains("/people?find=ana+%26&amp;page=3"),
            "{middle}"
        );
        let last = shown(200, "", 9);
        assert!(last.contains("</span>4 of 4") && last.contains("rel=\"prev\"") && !last.contains("rel=\"next\""), "{last}");
        assert!(shown(200, "Cleo", 1).contains("Nobody by “Cleo”"));
    }

    #[test]
    fn a_short_list_has_one_page_and_a_field_from_eight_people_on() {
        assert_eq!(shown(7, "", 1), "");
        let eight = shown(8, "", 1);
        assert!(eight.contains("data-here") && !eight.contains("<form") && !eight.contains("Page"), "{eight}");
    }
}
