//! The frame of the pages before the house: the login, the invite, the slip. The instance's name stands above, and nothing else to go to.

use super::{Frame, Here, Notice, brand, layout};
use maud::{Markup, html};

/// Where nothing but one question is asked, the door is narrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    Narrow,
    Wide,
}

/// A whole document; `js` are its own modules.
pub fn door(instance: &str, title: &str, width: Width, js: &[&str], notice: Option<&Notice>, inside: Markup) -> Markup {
    let frame = Frame { title, me: None, instance, here: Here::Elsewhere, css: &["css/pages/door.css"], js, notice, bare: true };
    let narrow = width == Width::Narrow;
    layout(&frame, html! { div.door.door-small[narrow] { (brand(instance)) (inside) } })
}
