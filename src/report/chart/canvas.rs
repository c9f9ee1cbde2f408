//! A plotters backend that writes SVG.
//!
//! plotters draws at whole units, at which gentle curves show steps; here a unit is a tenth of a
//! pixel. Text carries the length it was laid out with, so that a viewer without the font keeps it
//! within its place. Beyond what plotters knows, lines can be dashed and text can have a halo.

use std::convert::Infallible;

use plotters::style::RGBColor;
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
    FontStyle,
};

use super::super::font::{self, Weight};
use super::markup::{Pixels, add_point, escaped, paint, push, rgb};
use super::palette::{self, Look};
use super::text;

/// Units of plotters per pixel.
pub const UNITS: f64 = 10.0;

/// Height of capitals and digits of Inter over the font size.
const CAPITALS: f64 = 0.727;

/// Points nearer to the last one drawn than this (in units) add nothing to see.
const RESOLUTION: i32 = 4;

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

/// The SVG document while it is drawn.
pub struct SvgCanvas<'a> {
    out: &'a mut String,
    size: (u32, u32),
}

/// A stroke: width in pixels, dashes as SVG has them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stroke {
    pub colour: RGBColor,
    pub width: f64,
    pub dash: &'static str,
}

/// Which point of a text is at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// A line of text; sizes in pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct Words {
    pub text: String,
    pub size: f64,
    pub weight: Weight,
    pub colour: RGBColor,
    pub anchor: Anchor,
    /// Whether the ground shows around the letters, where text lies over lines.
    pub halo: bool,
}

impl Stroke {
    /// The stroke of a data line.
    pub fn of_line(look: Look) -> Self {
        Self { colour: look.line, width: 2.0, dash: look.dash }
    }

    /// The stroke of a limit that lines are measured against.
    pub fn of_limit() -> Self {
        Self { dash: "4 3", ..Self::thin(palette::INK) }
    }

    /// A hairline.
    pub fn thin(colour: RGBColor) -> Self {
        Self { colour, width: 1.0, dash: "" }
    }
}

impl Words {
    /// Plain text that starts at its place.
    pub fn new(text: impl Into<String>, size: f64, colour: RGBColor) -> Self {
        Self {
            text: text.into(),
            size,
            weight: Weight::Regular,
            colour,
            anchor: Anchor::Start,
            halo: false,
        }
    }

    pub fn bold(self) -> Self {
        Self { weight: Weight::SemiBold, ..self }
    }

    pub fn anchored(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }

    pub fn haloed(self) -> Self {
        Self { halo: true, ..self }
    }
}

impl<'a> SvgCanvas<'a> {
    /// An empty document of `width` times `height` pixels. `label` says what it shows to those who
    /// cannot see it.
    pub fn new(out: &'a mut String, width: u32, height: u32, label: &str) -> Self {
        push(
            out,
            format_args!(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
                 viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{}\" \
                 font-family=\"{}, 'Helvetica Neue', Arial, sans-serif\">\n",
                escaped(label),
                font::FAMILY
            ),
        );
        Self { out, size: (width * UNITS as u32, height * UNITS as u32) }
    }

    /// Closes the document.
    pub fn finish(out: &mut String) {
        out.push_str("</svg>\n");
    }

    /// A tag on a line of its own.
    pub fn tag(&mut self, tag: &str) {
        push(self.out, format_args!("<{tag}>\n"));
    }

    /// A line through points.
    pub fn polyline(&mut self, points: impl IntoIterator<Item = BackendCoord>, stroke: &Stroke) {
        let mut path = String::new();
        let mut drawn: Option<BackendCoord> = None;
        let mut skipped = None;
        for point in points {
            let near = |last: BackendCoord| {
                (last.0 - point.0).abs() < RESOLUTION && (last.1 - point.1).abs() < RESOLUTION
            };
            if drawn.is_some_and(near) {
                skipped = Some(point);
                continue;
            }
            add_point(&mut path, point);
            (drawn, skipped) = (Some(point), None);
        }
        if let Some(last) = skipped {
            add_point(&mut path, last);
        }
        let dash = match stroke.dash {
            "" => String::new(),
            dash => format!(" stroke-dasharray=\"{dash}\""),
        };
        push(
            self.out,
            format_args!(
                "<polyline {} fill=\"none\" stroke-width=\"{}\" stroke-linejoin=\"round\"{dash} \
                 points=\"{path}\"/>\n",
                paint("stroke", rgb(stroke.colour)),
                stroke.width,
            ),
        );
    }

    /// A pale area through which what lies below is seen.
    pub fn ribbon(&mut self, corners: impl IntoIterator<Item = BackendCoord>, colour: RGBColor) {
        let mut path = String::new();
        corners.into_iter().for_each(|corner| add_point(&mut path, corner));
        let paint = paint("fill", rgb(colour));
        push(
            self.out,
            format_args!("<polygon {paint} fill-opacity=\"0.18\" points=\"{path}\"/>\n"),
        );
    }

    /// A text whose capitals are centred on `at`.
    pub fn text(&mut self, at: BackendCoord, words: &Words) {
        let baseline = f64::from(at.1) / UNITS + words.size * CAPITALS / 2.0;
        let anchor = match words.anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let weight = match words.weight {
            Weight::Regular => "",
            Weight::SemiBold => " font-weight=\"600\"",
        };
        if words.halo {
            let halo = format!(
                " {} stroke-width=\"4\" stroke-linejoin=\"round\"",
                paint("stroke", rgb(palette::PAPER))
            );
            self.letters(at.0, baseline, words, &format!("{anchor}{weight}{halo}"), palette::PAPER);
        }
        self.letters(at.0, baseline, words, &format!("{anchor}{weight}"), words.colour);
    }

    fn letters(&mut self, x: i32, y: f64, words: &Words, attributes: &str, colour: RGBColor) {
        let length = text::width(&words.text, words.size, words.weight);
        let class = match attributes.contains("stroke=") {
            // the halo's own paint names its class
            true => format!("fill=\"{}\"", palette::hex(rgb(colour))),
            false => paint("fill", rgb(colour)),
        };
        push(
            self.out,
            format_args!(
                "<text x=\"{}\" y=\"{y:.1}\" font-size=\"{}\" textLength=\"{length:.1}\" \
                 lengthAdjust=\"spacingAndGlyphs\"{attributes} {class}>{}</text>\n",
                Pixels(x),
                words.size,
                escaped(&words.text)
            ),
        );
    }
}

impl DrawingBackend for SvgCanvas<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, point: BackendCoord, colour: BackendColor) -> Drawn {
        self.draw_rect(point, (point.0 + 1, point.1 + 1), &colour, true)
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        if style.color().alpha > 0.0 {
            let (r, g, b) = style.color().rgb;
            let stroke = Stroke {
                colour: RGBColor(r, g, b),
                width: f64::from(style.stroke_width()) / UNITS,
                dash: "",
            };
            self.polyline(path, &stroke);
        }
        Ok(())
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        if style.color().alpha == 0.0 {
            return Ok(());
        }
        let paint = outline_or_fill(style, fill);
        push(
            self.out,
            format_args!(
                "<rect {paint} x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>\n",
                Pixels(from.0.min(to.0)),
                Pixels(from.1.min(to.1)),
                Pixels((to.0 - from.0).abs()),
                Pixels((to.1 - from.1).abs())
            ),
        );
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        centre: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn {
        if style.color().alpha > 0.0 {
            let paint = outline_or_fill(style, fill);
            let (x, y, r) = (Pixels(centre.0), Pixels(centre.1), Pixels(radius as i32));
            push(self.out, format_args!("<circle {paint} cx=\"{x}\" cy=\"{y}\" r=\"{r}\"/>\n"));
        }
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        corners: I,
        style: &S,
    ) -> Drawn {
        if style.color().alpha > 0.0 {
            let mut path = String::new();
            corners.into_iter().for_each(|corner| add_point(&mut path, corner));
            let paint = paint("fill", style.color().rgb);
            push(self.out, format_args!("<polygon {paint} points=\"{path}\"/>\n"));
        }
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, at: BackendCoord) -> Drawn {
        let (r, g, b) = style.color().rgb;
        let size = style.size() / UNITS;
        let words = Words {
            text: text.into(),
            size,
            weight: weight(style),
            colour: RGBColor(r, g, b),
            anchor: match style.anchor().h_pos {
                HPos::Left => Anchor::Start,
                HPos::Center => Anchor::Middle,
                HPos::Right => Anchor::End,
            },
            halo: false,
        };
        let half = (size * UNITS * CAPITALS / 2.0) as i32;
        let centre = match style.anchor().v_pos {
            VPos::Top => at.1 + half,
            VPos::Center => at.1,
            VPos::Bottom => at.1 - half,
        };
        self.text((at.0, centre), &words);
        Ok(())
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let width = text::width(text, style.size(), weight(style));
        Ok((width as u32, (style.size() * CAPITALS) as u32))
    }
}

fn outline_or_fill<S: BackendStyle>(style: &S, fill: bool) -> String {
    if fill {
        return paint("fill", style.color().rgb);
    }
    let width = f64::from(style.stroke_width()) / UNITS;
    let stroke = paint("stroke", style.color().rgb);
    format!("{stroke} fill=\"none\" stroke-width=\"{width}\"")
}

fn weight<S: BackendTextStyle>(style: &S) -> Weight {
    match style.style() {
        FontStyle::Bold => Weight::SemiBold,
        FontStyle::Normal | FontStyle::Italic | FontStyle::Oblique => Weight::Regular,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_too_near_to_be_seen_are_dropped_but_never_the_last() {
        let mut out = String::new();
        let stroke = Stroke { colour: palette::INK, width: 1.0, dash: "" };
        let mut canvas = SvgCanvas::new(&mut out, 10, 10, "");
        canvas.polyline([(0, 0), (1, 1), (9, 9), (10, 10)], &stroke);
        assert!(out.contains("points=\"0,0 0.9,0.9 1,1\""), "{out}");
    }
}
