//! Six small drawings of desks from above, for the empty states. Colours come from the style sheet, so dark works.

use maud::{Markup, PreEscaped, html};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drawing {
    /// A desk that is ready: go on alone, begin.
    LitDesk,
    /// A chair with tea beside it: nobody here yet.
    TeaChair,
    /// A kitchen counter with two mugs: people, inviting.
    KitchenCounter,
    /// Two desks at two windows, two skies: working apart together.
    TwoWindows,
    /// A door ajar: come in, join.
    DoorAjar,
    /// The lamp turned low: done for the day, nothing kept.
    LampLow,
}

impl Drawing {
    pub const ALL: [Self; 6] =
        [Self::LitDesk, Self::TeaChair, Self::KitchenCounter, Self::TwoWindows, Self::DoorAjar, Self::LampLow];

    fn inside(self) -> &'static str {
        match self {
            Self::LitDesk => LIT_DESK,
            Self::TeaChair => TEA_CHAIR,
            Self::KitchenCounter => KITCHEN_COUNTER,
            Self::TwoWindows => TWO_WINDOWS,
            Self::DoorAjar => DOOR_AJAR,
            Self::LampLow => LAMP_LOW,
        }
    }
}

/// The drawing, silent for screen readers: the words beside it say it all.
pub fn drawing(which: Drawing) -> Markup {
    html! {
        svg.drawing viewBox="0 0 240 160" aria-hidden="true" { (PreEscaped(which.inside())) }
    }
}

const LIT_DESK: &str = r#"<rect class="wood" x="24" y="18" width="192" height="88" rx="14"/><circle class="halo" cx="66" cy="54" r="46"/><circle class="halo" cx="66" cy="54" r="30"/><circle class="light" cx="66" cy="54" r="15"/><path class="line" d="M66 54L44 26M38 22h12"/><g transform="rotate(-4 140 64)"><path class="sheet" d="M108 36h64v54h-64z"/><path class="line" d="M140 36v54M116 50h16M116 60h12M116 70h15M148 50h16M148 60h10"/></g><path class="line" d="M182 82l14-34"/><circle class="me" cx="196" cy="34" r="9"/><circle class="line" cx="196" cy="34" r="13"/><path class="wood2" d="M112 122h56a10 10 0 0 1 10 10v6a12 12 0 0 1-12 12h-52a12 12 0 0 1-12-12v-6a10 10 0 0 1 10-10z"/><path class="line" d="M102 152q38 10 76 0"/>"#;

const TEA_CHAIR: &str = r#"<ellipse class="wood" cx="120" cy="84" rx="106" ry="66"/><rect class="wood2" x="44" y="48" width="78" height="70" rx="20"/><rect class="sheet" x="54" y="58" width="58" height="52" rx="14"/><path class="line" d="M40 52q-8 32 0 62M60 74h0M106 74h0"/><circle class="sheet" cx="172" cy="80" r="36"/><circle class="halo" cx="172" cy="80" r="27"/><circle class="sheet" cx="172" cy="80" r="19"/><circle class="they" cx="172" cy="80" r="13"/><path class="line" d="M190 74q12-4 13 5t-12 8"/><path class="line" d="M166 50q-5-7 0-13t0-13M178 50q-5-7 0-13t0-13"/><path class="line" d="M146 100l-8 10"/>"#;

const KITCHEN_COUNTER: &str = r#"<rect class="wood" x="12" y="26" width="216" height="82" rx="12"/><rect class="wood2" x="26" y="40" width="66" height="54" rx="10"/><rect class="sheet" x="34" y="48" width="50" height="38" rx="8"/><circle class="dark" cx="59" cy="67" r="4"/><path class="line" d="M59 34v16"/><circle class="halo" cx="146" cy="64" r="36"/><circle class="sheet" cx="130" cy="66" r="17"/><circle class="me" cx="130" cy="66" r="11"/><path class="line" d="M115 60q-10-3-11 5t9 8"/><circle class="sheet" cx="164" cy="62" r="17"/><circle class="they" cx="164" cy="62" r="11"/><path class="line" d="M179 56q10-3 11 5t-9 8"/><path class="line" d="M200 88h16M200 96h16"/><circle class="light" cx="206" cy="46" r="9"/><circle class="wood2" cx="104" cy="134" r="14"/><circle class="wood2" cx="178" cy="134" r="14"/><circle class="line" cx="104" cy="134" r="18"/><circle class="line" cx="178" cy="134" r="18"/>"#;

const TWO_WINDOWS: &str = r#"<path class="halo" d="M30 20h64l18 116H12z"/><path class="line" d="M8 16h224"/><rect class="sheet" x="30" y="10" width="64" height="12" rx="3"/><rect class="sheet" x="146" y="10" width="64" height="12" rx="3"/><rect class="wood" x="18" y="46" width="92" height="56" rx="12"/><rect class="wood" x="130" y="46" width="92" height="56" rx="12"/><path class="sheet" d="M46 58h36v30H46z"/><path class="line" d="M64 58v30M52 68h6M70 68h6"/><circle class="halo" cx="196" cy="68" r="26"/><circle class="light" cx="196" cy="68" r="10"/><path class="sheet" d="M142 60h34v28h-34z"/><path class="line" d="M148 70h20M148 78h12"/><circle class="me" cx="64" cy="126" r="13"/><circle class="line" cx="64" cy="126" r="18"/><circle class="they" cx="176" cy="126" r="13"/><circle class="line" cx="176" cy="126" r="18"/><path class="line" d="M92 132q28 14 56 0" stroke-dasharray="2 7"/>"#;

const DOOR_AJAR: &str = r#"<rect class="wood" x="16" y="84" width="208" height="66" rx="12"/><path class="halo" d="M92 78L40 150h124l-16-72z"/><rect class="wood2" x="16" y="68" width="72" height="14" rx="4"/><rect class="wood2" x="152" y="68" width="72" height="14" rx="4"/><path class="sheet" d="M147 66l-40-42 7-7 42 40z"/><circle class="they" cx="117" cy="29" r="4"/><path class="line" d="M90 66q-2-32 20-44" stroke-dasharray="2 7"/><circle class="light" cx="104" cy="46" r="12"/><circle class="halo" cx="104" cy="46" r="24"/><path class="sheet" d="M96 96h44v12H96z"/><path class="line" d="M102 96v12M110 96v12M118 96v12M126 96v12M134 96v12"/><circle class="wood2" cx="196" cy="122" r="15"/><circle class="line" cx="196" cy="122" r="8"/><path class="line" d="M40 108h24v24H40z"/>"#;

const LAMP_LOW: &str = r#"<rect class="wood" x="24" y="24" width="192" height="86" rx="14"/><circle class="halo" cx="78" cy="66" r="26"/><circle class="light" cx="78" cy="66" r="9"/><circle class="line" cx="78" cy="66" r="16"/><path class="line" d="M78 82l-14 18"/><g transform="rotate(5 150 66)"><rect class="me" x="124" y="40" width="56" height="50" rx="5"/><path class="sheet" d="M128 90h52v5h-52z"/><path class="line" d="M134 40v50"/></g><path class="line" d="M196 92V60"/><path class="wood2" d="M92 122h56a10 10 0 0 1 10 10v4a12 12 0 0 1-12 12H94a12 12 0 0 1-12-12v-4a10 10 0 0 1 10-10z"/><path class="dark" d="M206 8a12 12 0 1 0 14 15a10 10 0 0 1-14-15z"/><path class="line" d="M184 12h.5M172 20h.5M232 34h.5"/>"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_drawing_is_small_and_brings_no_colour_of_its_own() {
        for which in Drawing::ALL {
            let text = drawing(which).into_string();
            assert!(text.len() <= 3 * 1024, "{which:?} has {} bytes", text.len());
            assert!(!text.contains("fill=") && !text.contains("stroke=") && !text.contains("style="), "{which:?}");
        }
    }
}
