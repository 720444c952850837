//! A part of a long list of people: what one page shows, and what was looked for.

/// How many one page shows. A list that is no longer than that is searched in the page itself.
pub const AT_ONCE: usize = 60;

/// What somebody wants to see of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// A piece of the name, in any case; empty for everybody.
    pub find: String,
    /// The page, from 1 on; what lies outside is the nearest one.
    pub page: usize,
}

/// What a page shows of a list.
#[derive(Clone, Debug)]
pub struct Part<T> {
    pub shown: Vec<T>,
    /// How many there are, whatever was looked for.
    pub whole: usize,
    /// How many were found.
    pub found: usize,
    pub find: String,
    /// From 1 to `pages`.
    pub page: usize,
    pub pages: usize,
}

impl<T> Part<T> {
    /// Cuts that part out of everything there is, in its order.
    pub fn of(everything: Vec<T>, wanted: &Wanted, name: impl Fn(&T) -> &str) -> Self {
        let find = wanted.find.trim().to_lowercase();
        let whole = everything.len();
        let mut found: Vec<T> = everything.into_iter().filter(|one| name(one).to_lowercase().contains(&find)).collect();
        let pages = found.len().div_ceil(AT_ONCE).max(1);
        let page = wanted.page.clamp(1, pages);
        let count = found.len();
        let shown = found.drain((page - 1) * AT_ONCE..count.min(page * AT_ONCE)).collect();
        Self { shown, whole, found: count, find: wanted.find.trim().to_owned(), page, pages }
    }

    /// Whether the server has to be asked to find somebody.
    pub const fn is_long(&self) -> bool {
        self.whole > AT_ONCE
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn part(names: &[String], find: &str, page: usize) -> Part<String> {
        Part::of(names.to_vec(), &Wanted { find: find.to_owned(), page }, |name| name)
    }

    #[test]
    fn a_short_list_is_shown_whole_and_a_name_is_found_in_any_case() {
        let names = ["Ana", "Ben", "Mariana"].map(String::from);
        let all = part(&names, "", 1);
        assert_eq!((all.shown.len(), all.pages, all.is_long()), (3, 1, false));
        assert_eq!(part(&names, " ANA ", 1).shown, ["Ana", "Mariana"]);
        let none = part(&names, "Cleo", 3);
        assert_eq!((none.shown.len(), none.found, none.page, none.pages), (0, 0, 1, 1));
    }

    proptest! {
        #[test]
        fn the_pages_together_hold_everybody_once_and_in_order(count in 0..400_usize, beyond in 0..9_usize) {
            let names: Vec<String> = (0..count).map(|n| format!("{n:03}")).collect();
            let pages = part(&names, "", 1).pages;
            let together: Vec<String> = (1..=pages).flat_map(|page| part(&names, "", page).shown).collect();
            prop_assert_eq!(together, names.clone());
            prop_assert_eq!(part(&names, "", pages + beyond).shown, part(&names, "", pages).shown);
        }
    }
}
