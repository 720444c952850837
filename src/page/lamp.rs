//! A person is a circle of light: the one picture that says who is there and how a goal ended.
//!
//! A lamp never stands alone for a meaning: the words are beside it, so it is hidden from screen readers.

use maud::{Markup, html};

/// What a lamp shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lamp {
    /// Nobody: an unlit ring.
    Free,
    /// Somebody waits: one lamp lit.
    Waiting,
    /// Two that overlap.
    Pair,
    Trio,
    /// How a goal ended.
    Done,
    Partly,
    NotDone,
    /// My lamp and my partner's with the light they share.
    Logo,
}

/// The lamp as a small drawing in the height of its text.
pub fn lamp(state: Lamp) -> Markup {
    let (class, width) = match state {
        Lamp::Free => ("free", 24),
        Lamp::Waiting => ("waiting", 24),
        Lamp::Pair => ("pair", 38),
        Lamp::Trio => ("trio", 38),
        Lamp::Done => ("done", 24),
        Lamp::Partly => ("partly", 24),
        Lamp::NotDone => ("not-done", 24),
        Lamp::Logo => ("logo", 38),
    };
    html! {
        svg class={ "lamp " (class) } viewBox={ "0 0 " (width) " 24" } aria-hidden="true" {
            @match state {
                Lamp::Free | Lamp::NotDone => { circle.ring cx="12" cy="12" r="9" {} }
                Lamp::Waiting | Lamp::Done => { circle.lit cx="12" cy="12" r="9" {} }
                Lamp::Partly => {
                    path.half d="M12 3a9 9 0 0 0 0 18z" {}
                    circle.ring cx="12" cy="12" r="9" {}
                }
                Lamp::Pair => {
                    circle.lit cx="13" cy="12" r="9" {}
                    circle.lit cx="25" cy="12" r="9" {}
                    path.shared d="M19 5.3a9 9 0 0 1 0 13.4a9 9 0 0 1 0-13.4z" {}
                }
                Lamp::Trio => {
                    circle.lit cx="13" cy="15" r="7" {}
                    circle.lit cx="25" cy="15" r="7" {}
                    circle.lit cx="19" cy="9" r="7" {}
                }
                Lamp::Logo => {
                    path.shared d="M19 5.3a9 9 0 0 1 0 13.4a9 9 0 0 1 0-13.4z" {}
                    circle.mine cx="13" cy="12" r="9" {}
                    circle.theirs cx="25" cy="12" r="9" {}
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_that_was_not_done_is_an_unlit_ring_and_never_red() {
        let text = lamp(Lamp::NotDone).into_string();
        assert!(text.contains("class=\"ring\"") && !text.contains("lit"));
        assert!(text.contains("aria-hidden=\"true\""));
    }

    #[test]
    fn a_pair_is_two_lamps_that_share_light() {
        let text = lamp(Lamp::Pair).into_string();
        assert_eq!(text.matches("<circle").count(), 2);
        assert!(text.contains("shared"));
    }
}
