//! Colours and dashes. The eight-colour set of Okabe and Ito stays apart under every common kind of
//! colour blindness; dashes keep lines apart without any colour.
//!
//! An SVG carries the light colours itself. Each is also a class (`f-…` where it fills, `s-…`
//! where it strokes), which the page uses to show the same SVG on a dark ground.

use plotters::style::RGBColor;

/// One colour, on light and on dark ground.
pub struct Shade {
    pub class: &'static str,
    pub light: RGBColor,
    pub dark: RGBColor,
}

const fn shade(class: &'static str, light: u32, dark: u32) -> Shade {
    Shade { class, light: rgb(light), dark: rgb(dark) }
}

const fn rgb(hex: u32) -> RGBColor {
    RGBColor((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

/// The ground.
pub const PAPER: RGBColor = rgb(0xFFFFFF);
/// Titles and values.
pub const INK: RGBColor = rgb(0x1B1F24);
/// Captions and tick labels.
pub const MUTED: RGBColor = rgb(0x5B636E);
/// Rules across the plot.
pub const RULE: RGBColor = rgb(0xE3E6EA);
/// The axis itself.
pub const AXIS: RGBColor = rgb(0x9AA2AD);
/// Room that is not used.
pub const FREE: RGBColor = rgb(0xECEEF1);

/// Every colour that charts use.
pub const SHADES: [Shade; 29] = [
    shade("paper", 0xFFFFFF, 0x1A1D21),
    shade("ink", 0x1B1F24, 0xECEEF1),
    shade("muted", 0x5B636E, 0xA5ADB8),
    shade("rule", 0xE3E6EA, 0x2F343B),
    shade("axis", 0x9AA2AD, 0x6B737E),
    shade("free", 0xECEEF1, 0x2B3037),
    shade("c0", 0x0072B2, 0x4AA8E0),
    shade("c1", 0xD55E00, 0xF08A3C),
    shade("c2", 0x009E73, 0x2FC79B),
    shade("c3", 0xCC79A7, 0xE09BC3),
    shade("c4", 0xE69F00, 0xF0B840),
    shade("c5", 0x56B4E9, 0x8FD0F5),
    shade("c6", 0x4D4D4D, 0xC4C9D0),
    shade("t0", 0x005F95, 0x6FBDEB),
    shade("t1", 0xA84A00, 0xF5A264),
    shade("t2", 0x007556, 0x57D6B1),
    shade("t3", 0x9C4276, 0xE9B3D1),
    shade("t4", 0x8A5F00, 0xF3C662),
    shade("t5", 0x2272A3, 0xA9DBF8),
    shade("t6", 0x3D3D3D, 0xD3D7DC),
    shade("h0", 0xFCF5C8, 0x191D4E),
    shade("h1", 0xDAECB2, 0x003162),
    shade("h2", 0xAAE0A8, 0x004660),
    shade("h3", 0x74D0AB, 0x005964),
    shade("h4", 0x3BBBB1, 0x006B64),
    shade("h5", 0x149FB1, 0x267B5D),
    shade("h6", 0x207BA1, 0x6F996D),
    shade("h7", 0x305784, 0xB1BE93),
    shade("h8", 0x2E345B, 0xEEE9CB),
];

/// Where in [`SHADES`] the colours of lines and those of text in the same hue start.
const LINES: usize = 6;
const TEXTS: usize = 13;
const HUES: usize = TEXTS - LINES;
/// Where the steps of the scale for amounts start.
const HEATS: usize = TEXTS + HUES;
/// Steps of the scale for amounts.
pub const HEAT_STEPS: usize = SHADES.len() - HEATS;
/// The first step that bears the colour of the ground as text.
const DEEP: usize = 6;

/// A step of the scale for amounts, and the colour of text on it. From little to much each step
/// differs more from the ground, in lightness as well as in hue, so that the order is seen in
/// print without colours and by every eye.
pub fn heat(step: usize) -> (RGBColor, RGBColor) {
    let step = step.min(HEAT_STEPS - 1);
    (SHADES[HEATS + step].light, if step < DEEP { INK } else { PAPER })
}

/// On and off lengths in pixels; empty for a solid line.
const DASHES: [&str; 4] = ["", "7 3", "2.2 2.6", "9 3 2.2 3"];

/// How everything about one cluster looks, in every chart of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// Lines and areas.
    pub line: RGBColor,
    /// Text in the same hue, dark enough to read.
    pub text: RGBColor,
    pub dash: &'static str,
}

impl Look {
    /// Class of the colour of its lines.
    pub fn class(self) -> &'static str {
        class((self.line.0, self.line.1, self.line.2)).unwrap_or_default()
    }

    /// The look of the cluster at this place in the scenario. Colours repeat after seven, then with
    /// other dashes.
    pub fn of(index: usize) -> Self {
        Self {
            line: SHADES[LINES + index % HUES].light,
            text: SHADES[TEXTS + index % HUES].light,
            dash: DASHES[(index % HUES + index / HUES) % DASHES.len()],
        }
    }
}

/// The class of a colour, by which a page can restyle it.
pub fn class(colour: (u8, u8, u8)) -> Option<&'static str> {
    SHADES
        .iter()
        .find(|shade| (shade.light.0, shade.light.1, shade.light.2) == colour)
        .map(|shade| shade.class)
}

/// `#0072B2`
pub fn hex((r, g, b): (u8, u8, u8)) -> String {
    format!("#{r:02X}{g:02X}{b:02X}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_is_one_class_and_every_class_one_colour() {
        for (index, shade) in SHADES.iter().enumerate() {
            for other in &SHADES[index + 1..] {
                assert_ne!(shade.light, other.light, "{}", shade.class);
                assert_ne!(shade.class, other.class);
            }
        }
        for colour in [PAPER, INK, MUTED, RULE, AXIS, FREE] {
            assert!(class((colour.0, colour.1, colour.2)).is_some());
        }
    }

    #[test]
    fn the_first_twenty_eight_clusters_look_different() {
        let looks: Vec<_> = (0..28).map(Look::of).collect();
        for (index, look) in looks.iter().enumerate() {
            assert!(!looks[index + 1..].contains(look), "{index}");
        }
    }

    /// Relative luminance as WCAG 2.2 defines it.
    fn luminance(colour: RGBColor) -> f64 {
        let linear = |part: u8| {
            let share = f64::from(part) / 255.0;
            if share <= 0.04045 { share / 12.92 } else { libm::pow((share + 0.055) / 1.055, 2.4) }
        };
        0.2126 * linear(colour.0) + 0.7152 * linear(colour.1) + 0.0722 * linear(colour.2)
    }

    fn dark(colour: RGBColor) -> RGBColor {
        SHADES.iter().find(|shade| shade.light == colour).unwrap().dark
    }

    #[test]
    fn amounts_grow_away_from_the_ground_on_light_and_dark() {
        let steps: Vec<_> = (0..HEAT_STEPS).map(|step| heat(step).0).collect();
        for pair in steps.windows(2) {
            assert!(luminance(pair[0]) > luminance(pair[1]) * 1.15, "{pair:?}");
            assert!(luminance(dark(pair[0])) * 1.15 < luminance(dark(pair[1])), "{pair:?}");
        }
        assert_eq!(heat(usize::MAX), heat(HEAT_STEPS - 1));
    }

    #[test]
    fn text_can_be_read_on_every_amount() {
        for (ground, text) in (0..HEAT_STEPS).map(heat) {
            for (ground, text) in [(ground, text), (dark(ground), dark(text))] {
                let (one, other) = (luminance(ground) + 0.05, luminance(text) + 0.05);
                let contrast = (one / other).max(other / one);
                assert!(contrast > 4.4, "{ground:?} {text:?} {contrast}");
            }
        }
    }
}
