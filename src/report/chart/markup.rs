//! Pieces of SVG text: numbers, names, paints.

use std::fmt::{self, Write};

use plotters::style::RGBColor;
use plotters_backend::BackendCoord;

use super::palette;

/// A coordinate in units, written in pixels.
pub struct Pixels(pub i32);

impl fmt::Display for Pixels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        match (self.0.unsigned_abs() / 10, self.0.unsigned_abs() % 10) {
            (whole, 0) => write!(f, "{sign}{whole}"),
            (whole, tenth) => write!(f, "{sign}{whole}.{tenth}"),
        }
    }
}

pub fn push(out: &mut String, text: fmt::Arguments) {
    out.write_fmt(text).expect("memory takes all text");
}

pub fn add_point(path: &mut String, (x, y): BackendCoord) {
    let space = if path.is_empty() { "" } else { " " };
    push(path, format_args!("{space}{},{}", Pixels(x), Pixels(y)));
}

pub fn rgb(colour: RGBColor) -> (u8, u8, u8) {
    (colour.0, colour.1, colour.2)
}

/// `class="f-ink" fill="#1B1F24"`, with the class first letter of what is painted.
pub fn paint(what: &str, colour: (u8, u8, u8)) -> String {
    let hex = palette::hex(colour);
    match palette::class(colour) {
        Some(class) => format!("class=\"{}-{class}\" {what}=\"{hex}\"", &what[..1]),
        None => format!("{what}=\"{hex}\""),
    }
}

/// Text for XML, without the control characters it forbids.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            control if control.is_control() || "\u{FFFE}\u{FFFF}".contains(control) => {}
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_written_in_pixels() {
        let written = [(0, "0"), (10, "1"), (-15, "-1.5"), (-5, "-0.5"), (1234, "123.4")];
        for (units, text) in written {
            assert_eq!(Pixels(units).to_string(), text);
        }
    }

    #[test]
    fn names_cannot_break_out_of_the_document() {
        let hostile = "</text><script>\u{1b}\"&";
        assert_eq!(escaped(hostile), "&lt;/text&gt;&lt;script&gt;&quot;&amp;");
    }
}
