//! The sheet that a chart is drawn on: its sizes, and text at a place in pixels.

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::element::{Circle, Rectangle};
use plotters::style::{Color, RGBColor};

use super::super::font::Weight;
use super::canvas::{Stroke, SvgCanvas, UNITS, Words};
use super::elements::{Curve, Label, Tag};
use super::{Heading, palette, text};

/// Width of every chart in pixels.
pub const WIDTH: f64 = 760.0;
/// Space around everything.
pub const MARGIN: f64 = 18.0;
/// Size of captions, tick labels, keys.
pub const SMALL: f64 = 12.0;
/// Least distance between lines of small text.
pub const LINE: f64 = 16.0;
/// Size of the title.
const TITLE: f64 = 16.5;

/// Why drawing is trusted to succeed.
pub const NEVER: &str = "drawing into memory cannot fail";

/// A whole chart while it is drawn.
pub type Sheet<'a> = DrawingArea<SvgCanvas<'a>, Shift>;

/// Fills the ground and writes title and subtitle.
pub fn title(sheet: &Sheet, heading: &Heading) {
    sheet.fill(&palette::PAPER).expect(NEVER);
    let room = WIDTH - 2.0 * MARGIN;
    let title = text::fitted(&heading.title, room, TITLE, Weight::SemiBold);
    write(sheet, (MARGIN, 25.0), Words::new(title, TITLE, palette::INK).bold());
    let subtitle = text::fitted(&heading.subtitle, room, SMALL, Weight::Regular);
    write(sheet, (MARGIN, 46.0), Words::new(subtitle, SMALL, palette::MUTED));
}

/// Text whose capitals are centred on a point.
pub fn write(sheet: &Sheet, place: (f64, f64), words: Words) {
    let label = Label { at: at(place), shift: (0.0, 0.0), words };
    sheet.draw(&label).expect(NEVER);
}

/// A group of what `content` draws; its attributes name it for the script of the page.
pub fn group(sheet: &Sheet, attributes: &str, content: impl FnOnce()) {
    let tag = |tag: String| sheet.draw(&Tag { at: (0, 0), tag }).expect(NEVER);
    tag(format!("g {attributes}"));
    content();
    tag("/g".into());
}

/// A straight line between two points.
pub fn rule(sheet: &Sheet, from: (f64, f64), to: (f64, f64), stroke: Stroke) {
    let points = vec![at(from), at(to)];
    sheet.draw(&Curve { points, stroke }).expect(NEVER);
}

/// A filled rectangle.
pub fn area(sheet: &Sheet, from: (f64, f64), to: (f64, f64), colour: RGBColor) {
    let rectangle = Rectangle::new([at(from), at(to)], colour.filled());
    sheet.draw(&rectangle).expect(NEVER);
}

/// A dot, filled or hollow.
pub fn dot(sheet: &Sheet, centre: (f64, f64), radius: f64, colour: RGBColor, filled: bool) {
    let style = if filled { colour.filled() } else { colour.stroke_width(15) };
    sheet.draw(&Circle::new(at(centre), units(radius), style)).expect(NEVER);
}

/// A point in pixels, in units.
fn at((x, y): (f64, f64)) -> (i32, i32) {
    (units(x), units(y))
}

/// A length in pixels, in units.
pub fn units(pixels: f64) -> i32 {
    (pixels * UNITS).round() as i32
}
