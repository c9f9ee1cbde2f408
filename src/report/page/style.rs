//! The style sheet: the font, the layout, and the colours of charts on light and on dark ground.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use plotters::style::RGBColor;

use super::super::chart::palette::{SHADES, Shade, hex};
use super::super::font;

const STYLE: &str = include_str!("../templates/page.css");

/// All of it.
pub fn sheet() -> String {
    let mut style = String::new();
    for (weight, bytes) in [(400, font::REGULAR_WOFF2), (600, font::SEMIBOLD_WOFF2)] {
        style += &format!(
            "@font-face {{ font-family: {}; font-weight: {weight}; src: \
             url(data:font/woff2;base64,{}) format(\"woff2\"); }}\n",
            font::FAMILY,
            STANDARD.encode(bytes)
        );
    }
    style += STYLE;
    style += &colours("", |shade| shade.light);
    style += "@media screen and (prefers-color-scheme: dark) {\n";
    style += &colours("  ", |shade| shade.dark);
    style + "}\n"
}

/// A rule for what each colour fills and one for what it strokes.
fn colours(indent: &str, of: impl Fn(&Shade) -> RGBColor) -> String {
    let rules = SHADES.iter().map(|shade| {
        let colour = of(shade);
        let (class, hex) = (shade.class, hex((colour.0, colour.1, colour.2)));
        format!("{indent}.f-{class} {{ fill: {hex}; }} .s-{class} {{ stroke: {hex}; }}\n")
    });
    rules.collect()
}
