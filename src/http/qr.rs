//! Links as pictures for a phone's camera.

use qrcode::QrCode;
use qrcode::render::svg;

/// A link as an SVG file of at least so many pixels; `None` for one that is too long for any code.
pub fn drawn(link: &str, pixels: u32) -> Option<String> {
    let code = QrCode::new(link.as_bytes()).ok()?;
    Some(code.render::<svg::Color<'_>>().min_dimensions(pixels, pixels).build())
}
