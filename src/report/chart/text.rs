//! Measuring text with the bundled font, so that labels get the room they need and no more.

use std::sync::LazyLock;

use plotters::style::{FontStyle, IntoFont, register_font};

use super::super::font::{self, Weight};

/// Ascent plus descent of Inter over its em, which is what plotters calls the size of a font.
const HEIGHT_PER_EM: f64 = 2478.0 / 2048.0;
/// Widths are measured at this size and scaled, as plotters rounds them to whole units.
const MEASURED_AT: f64 = 1000.0;

static REGISTERED: LazyLock<()> = LazyLock::new(|| {
    for (style, bytes) in [
        (FontStyle::Normal, font::REGULAR_TTF),
        (FontStyle::Bold, font::SEMIBOLD_TTF),
    ] {
        if register_font(font::FAMILY, style, bytes).is_err() {
            unreachable!("the bundled font is a valid one");
        }
    }
});

/// Width of a text in pixels at a font size in pixels.
pub fn width(text: &str, size: f64, weight: Weight) -> f64 {
    LazyLock::force(&REGISTERED);
    let style = match weight {
        Weight::Regular => FontStyle::Normal,
        Weight::SemiBold => FontStyle::Bold,
    };
    let font = (font::FAMILY, MEASURED_AT * HEIGHT_PER_EM)
        .into_font()
        .style(style);
    let ((left, _), (right, _)) = font
        .layout_box(text)
        .expect("the bundled font is registered");
    f64::from(right - left) * size / MEASURED_AT
}

/// The text, or as much of its two ends as fits with an ellipsis between: names that share their
/// beginning stay apart by their end.
pub fn fitted(text: &str, room: f64, size: f64, weight: Weight) -> String {
    if width(text, size, weight) <= room {
        return text.to_owned();
    }
    let characters: Vec<char> = text.chars().collect();
    (2..characters.len())
        .rev()
        .map(|kept| {
            let head: String = characters[..kept.div_ceil(2)].iter().collect();
            let tail: String = characters[characters.len() - kept / 2..].iter().collect();
            format!("{}…{}", head.trim_end(), tail.trim_start())
        })
        .find(|short| width(short, size, weight) <= room)
        .unwrap_or_else(|| "…".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_as_wide_as_the_rasteriser_draws_it() {
        for (text, weight, number) in [
            ("containers-in-vms 41", Weight::Regular, 400),
            ("One VM per replica?", Weight::SemiBold, 600),
        ] {
            let svg = format!(
                "<svg xmlns='http://www.w3.org/2000/svg' width='400' height='50'><text y='20' \
                 font-family='Inter' font-weight='{number}' font-size='20'>{text}</text></svg>"
            );
            let drawn = super::super::super::png::drawn_width(&svg);
            let measured = width(text, 20.0, weight);
            // kerning and the bearings of the outer letters, which the measure leaves out
            assert!(
                (drawn - measured).abs() < 4.0,
                "{text}: {drawn} drawn, {measured} measured"
            );
        }
    }

    #[test]
    fn a_name_that_is_too_long_keeps_both_ends() {
        let name = "one-vm-per-replica-on-small-hosts-with-local-disks-b";
        let short = fitted(name, 140.0, 12.0, Weight::Regular);
        assert!(width(&short, 12.0, Weight::Regular) <= 140.0);
        assert!(
            short.starts_with("one-vm") && short.ends_with("-b"),
            "{short}"
        );
        assert_eq!(fitted("short", 140.0, 12.0, Weight::Regular), "short");
    }
}
