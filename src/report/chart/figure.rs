//! The frame that all charts with two axes share: title, subtitle, key, axes, and the plot within.
//!
//! The title is the question that the chart answers. Horizontal rules only; the name of the vertical
//! axis stands above it, where it reads without turning the head.

use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::Shift;
use plotters::coord::cartesian::Cartesian2d;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{BackendCoordOnly, Circle, Rectangle};
use plotters::style::{Color, RGBColor};

use super::super::font::Weight;
use super::axis::{Axis, Tick};
use super::canvas::{Anchor, Stroke, SvgCanvas, UNITS, Words};
use super::elements::{Curve, Label};
use super::labels::spread;
use super::palette::{self, Look};
use super::text;

/// Width of every chart in pixels.
pub const WIDTH: f64 = 760.0;
/// Space around everything.
pub const MARGIN: f64 = 18.0;
/// Size of captions, tick labels, keys.
pub const SMALL: f64 = 12.0;
/// Least distance between lines of small text.
pub const LINE: f64 = 16.0;
const TITLE: f64 = 16.5;
const HEIGHT: f64 = 400.0;
/// Most of the width that labels at line ends may take.
const LABELS_ROOM: f64 = 210.0;
/// From line ends to their labels.
const LEADER: f64 = 14.0;
/// Length of a line in the key.
const SWATCH: f64 = 22.0;

/// Drawing on a string cannot fail.
pub const NEVER: &str = "drawing into memory cannot fail";

type Coordinates = Cartesian2d<Axis, Axis>;
pub type Sheet<'a> = DrawingArea<SvgCanvas<'a>, Shift>;

/// What stands above a chart.
#[derive(Clone, Debug)]
pub struct Heading {
    pub title: String,
    pub subtitle: String,
}

/// An entry of the key above a plot.
#[derive(Clone, Debug)]
pub struct KeyEntry {
    pub text: String,
    pub swatch: Swatch,
}

/// What an entry of the key shows.
#[derive(Clone, Copy, Debug)]
pub enum Swatch {
    Line(Look),
    Area(RGBColor),
}

/// A chart with two axes.
pub struct Figure {
    pub heading: Heading,
    pub key: Vec<KeyEntry>,
    pub x: Axis,
    pub y: Axis,
    pub x_caption: String,
    pub y_caption: String,
    /// Labels at the right end of the plot: what, at which value.
    pub ends: Vec<EndLabel>,
}

/// A label at the right end of a line.
#[derive(Clone, Debug)]
pub struct EndLabel {
    pub text: String,
    /// Value at which the line ends.
    pub value: f64,
    pub look: Look,
}

/// The plot of a figure while its content is drawn.
pub struct Plot<'a, 'b> {
    chart: ChartContext<'b, SvgCanvas<'a>, Coordinates>,
    x: &'b Axis,
    y: &'b Axis,
}

impl Figure {
    /// The figure as SVG, with what `content` draws in its plot.
    pub fn draw(self, content: impl FnOnce(&mut Plot)) -> String {
        let mut svg = String::new();
        {
            let canvas = SvgCanvas::new(&mut svg, WIDTH as u32, HEIGHT as u32, &self.heading.title);
            let sheet = canvas.into_drawing_area();
            let top = header(&sheet, &self.heading, &self.key);
            self.frame(&sheet, top, content);
        }
        SvgCanvas::finish(&mut svg);
        svg
    }

    fn frame(&self, sheet: &Sheet, top: f64, content: impl FnOnce(&mut Plot)) {
        let left = MARGIN + widest(&self.y.ticks) + 8.0;
        let right = MARGIN + end_room(&self.ends);
        let bottom = MARGIN + 2.0 * LINE + 4.0;
        let top = top + 26.0;
        let caption = (left, top - 14.0);
        write(sheet, caption, &self.y_caption, SMALL, palette::MUTED, Anchor::Start);
        let caption = (WIDTH - right, HEIGHT - MARGIN - 2.0);
        write(sheet, caption, &self.x_caption, SMALL, palette::MUTED, Anchor::End);

        let x_ticks = roomy(&self.x, WIDTH - left - right);
        let chart = ChartBuilder::on(sheet)
            .margin_top(units(top))
            .margin_right(units(right))
            .margin_bottom(units(bottom))
            .margin_left(units(left))
            .build_cartesian_2d(self.x.clone(), self.y.clone())
            .expect(NEVER);
        let mut plot = Plot { chart, x: &self.x, y: &self.y };
        plot.mesh();
        plot.name_ticks(&x_ticks);
        content(&mut plot);
        plot.name_ends(sheet, &self.ends);
    }
}

impl Plot<'_, '_> {
    /// A line through values; breaks where a value is not finite.
    pub fn line(&mut self, values: impl Iterator<Item = (f64, f64)>, stroke: Stroke) {
        let mut piece = Vec::new();
        for (x, y) in values {
            if x.is_finite() && y.is_finite() {
                piece.push((self.x.place(x), self.y.place(y)));
            } else {
                self.piece(std::mem::take(&mut piece), stroke);
            }
        }
        self.piece(piece, stroke);
    }

    fn piece(&mut self, points: Vec<(f64, f64)>, stroke: Stroke) {
        match points[..] {
            [] => {}
            // a line of one point would not be seen
            [point] => self.dot(point, 2.0, stroke.colour, true),
            _ => self.curve(Curve { points, stroke }),
        }
    }

    fn curve(&mut self, curve: Curve<(f64, f64)>) {
        self.chart.draw_series::<BackendCoordOnly, Curve<_>, _, _>([curve]).expect(NEVER);
    }

    fn dot(&mut self, point: (f64, f64), radius: f64, colour: RGBColor, filled: bool) {
        let style = if filled { colour.filled() } else { colour.stroke_width(15) };
        let circle = Circle::new(point, units(radius), style);
        self.chart.draw_series([circle]).expect(NEVER);
    }

    /// A rule from edge to edge at a value of the vertical axis, named at its left end.
    pub fn limit(&mut self, value: f64, name: &str) {
        let y = self.y.place(value);
        let points = vec![(self.x.low, y), (self.x.high, y)];
        self.curve(Curve { points, stroke: limit_stroke() });
        self.name((self.x.low, y), (4.0, -9.0), name, Anchor::Start);
    }

    /// A mark at the values that an objective names, with rules to both axes.
    pub fn target(&mut self, (x, y): (f64, f64), name: &str) {
        let (x, y) = (self.x.place(x), self.y.place(y));
        let points = vec![(self.x.low, y), (x, y), (x, self.y.low)];
        self.curve(Curve { points, stroke: limit_stroke() });
        self.dot((x, y), 3.5, palette::PAPER, true);
        self.dot((x, y), 3.5, palette::INK, false);
        self.name_beside(x, y, name);
    }

    /// A rule from bottom to top at a value of the horizontal axis.
    pub fn upright(&mut self, value: f64, name: &str) {
        let x = self.x.place(value);
        let points = vec![(x, self.y.low), (x, self.y.high)];
        self.curve(Curve { points, stroke: limit_stroke() });
        self.name_beside(x, self.y.low + (self.y.high - self.y.low) * 0.06, name);
    }

    /// A name right of a point, or left of it where the plot ends too soon.
    fn name_beside(&mut self, x: f64, y: f64, name: &str) {
        let pixels = self.chart.plotting_area().dim_in_pixel().0;
        let room = (self.x.high - x) / (self.x.high - self.x.low) * f64::from(pixels) / UNITS;
        if room > text::width(name, SMALL, Weight::SemiBold) + 12.0 {
            self.name((x, y), (9.0, 10.0), name, Anchor::Start);
        } else {
            self.name((x, y), (-9.0, 10.0), name, Anchor::End);
        }
    }

    fn name(&mut self, at: (f64, f64), shift: (f64, f64), name: &str, anchor: Anchor) {
        let words = Words {
            text: name.into(),
            size: SMALL,
            weight: Weight::SemiBold,
            colour: palette::INK,
            anchor,
            halo: true,
        };
        self.chart
            .draw_series::<BackendCoordOnly, Label<_>, _, _>([Label { at, shift, words }])
            .expect(NEVER);
    }

    /// The rules and the horizontal axis.
    fn mesh(&mut self) {
        self.chart
            .configure_mesh()
            .disable_x_mesh()
            .disable_y_axis()
            .x_labels(0)
            .bold_line_style(palette::RULE.stroke_width(10))
            .light_line_style(plotters::style::TRANSPARENT)
            .axis_style(palette::AXIS.stroke_width(10))
            .set_all_tick_mark_size(0)
            .draw()
            .expect(NEVER);
    }

    fn name_ticks(&mut self, x_ticks: &[Tick]) {
        let words = |tick: &Tick, anchor| Words {
            text: tick.label.clone(),
            size: SMALL,
            weight: Weight::Regular,
            colour: palette::MUTED,
            anchor,
            halo: false,
        };
        let below = x_ticks.iter().map(|tick| Label {
            at: (tick.at, self.y.low),
            shift: (0.0, 14.0),
            words: words(tick, Anchor::Middle),
        });
        let beside = self.y.ticks.iter().map(|tick| Label {
            at: (self.x.low, tick.at),
            shift: (-8.0, 0.0),
            words: words(tick, Anchor::End),
        });
        let labels: Vec<_> = below.chain(beside).collect();
        self.chart.draw_series::<BackendCoordOnly, Label<_>, _, _>(labels).expect(NEVER);
    }

    /// Labels right of the plot, each tied to the end of its line.
    fn name_ends(&mut self, sheet: &Sheet, ends: &[EndLabel]) {
        let area = self.chart.plotting_area();
        let (columns, rows) = area.get_pixel_range();
        let pixels = |unit: i32| f64::from(unit) / UNITS;
        let height = |end: &EndLabel| {
            let place = (self.x.high, self.y.place(end.value));
            pixels(area.map_coordinate(&place).1)
        };
        let wanted: Vec<_> = ends.iter().map(height).collect();
        let centres = spread(&wanted, LINE, pixels(rows.start), pixels(rows.end));
        let right = pixels(columns.end);
        for ((end, from), to) in ends.iter().zip(wanted).zip(centres) {
            let points = vec![at((right + 1.0, from)), at((right + LEADER - 4.0, to))];
            let stroke = Stroke { colour: end.look.line, width: 1.0, dash: "" };
            sheet.draw(&Curve { points, stroke }).expect(NEVER);
            let room = LABELS_ROOM - LEADER;
            let label = text::fitted(&end.text, room, SMALL, Weight::SemiBold);
            let words = Words {
                text: label,
                size: SMALL,
                weight: Weight::SemiBold,
                colour: end.look.text,
                anchor: Anchor::Start,
                halo: false,
            };
            let label = Label { at: at((right + LEADER, to)), shift: (0.0, 0.0), words };
            sheet.draw(&label).expect(NEVER);
        }
    }
}

/// The stroke of a data line.
pub fn line_stroke(look: Look) -> Stroke {
    Stroke { colour: look.line, width: 2.0, dash: look.dash }
}

fn limit_stroke() -> Stroke {
    Stroke { colour: palette::INK, width: 1.0, dash: "4 3" }
}

/// Whether labels at line ends would find room; a key above the plot is the way out.
pub fn ends_fit(ends: &[EndLabel]) -> bool {
    ends.len() as f64 * LINE <= HEIGHT - 160.0
}

/// Draws title, subtitle and key; returns where they end.
pub fn header(sheet: &Sheet, heading: &Heading, key: &[KeyEntry]) -> f64 {
    sheet.fill(&palette::PAPER).expect(NEVER);
    let room = WIDTH - 2.0 * MARGIN;
    let title = text::fitted(&heading.title, room, TITLE, Weight::SemiBold);
    write_as(sheet, (MARGIN, 25.0), &title, TITLE, Weight::SemiBold, palette::INK, Anchor::Start);
    let subtitle = text::fitted(&heading.subtitle, room, SMALL, Weight::Regular);
    write(sheet, (MARGIN, 46.0), &subtitle, SMALL, palette::MUTED, Anchor::Start);
    draw_key(sheet, key, 70.0)
}

/// Draws the key in as many rows as it needs; returns where it ends.
fn draw_key(sheet: &Sheet, key: &[KeyEntry], top: f64) -> f64 {
    let (mut x, mut y) = (MARGIN, top);
    for entry in key {
        let room = WIDTH - 2.0 * MARGIN - SWATCH - 8.0;
        let text = text::fitted(&entry.text, room, SMALL, Weight::Regular);
        let width = SWATCH + 8.0 + text::width(&text, SMALL, Weight::Regular);
        if x > MARGIN && x + width > WIDTH - MARGIN {
            (x, y) = (MARGIN, y + LINE + 2.0);
        }
        let colour = match entry.swatch {
            Swatch::Line(look) => {
                let points = vec![at((x, y)), at((x + SWATCH, y))];
                let stroke = line_stroke(look);
                sheet.draw(&Curve { points, stroke }).expect(NEVER);
                look.text
            }
            Swatch::Area(colour) => {
                let corners = [at((x + 8.0, y - 6.0)), at((x + SWATCH, y + 6.0))];
                let area = Rectangle::new(corners, colour.filled());
                sheet.draw(&area).expect(NEVER);
                palette::INK
            }
        };
        write(sheet, (x + SWATCH + 8.0, y), &text, SMALL, colour, Anchor::Start);
        x += width + 20.0;
    }
    if key.is_empty() { y - LINE } else { y }
}

/// Small text whose capitals are centred on a point.
pub fn write(
    sheet: &Sheet,
    place: (f64, f64),
    text: &str,
    size: f64,
    colour: RGBColor,
    anchor: Anchor,
) {
    write_as(sheet, place, text, size, Weight::Regular, colour, anchor);
}

/// Text of a weight whose capitals are centred on a point.
pub fn write_as(
    sheet: &Sheet,
    place: (f64, f64),
    text: &str,
    size: f64,
    weight: Weight,
    colour: RGBColor,
    anchor: Anchor,
) {
    let words = Words { text: text.into(), size, weight, colour, anchor, halo: false };
    let label = Label { at: at(place), shift: (0.0, 0.0), words };
    sheet.draw(&label).expect(NEVER);
}

/// A point in pixels, in units.
pub fn at((x, y): (f64, f64)) -> (i32, i32) {
    ((x * UNITS).round() as i32, (y * UNITS).round() as i32)
}

fn units(pixels: f64) -> i32 {
    (pixels * UNITS).round() as i32
}

fn widest(ticks: &[Tick]) -> f64 {
    let widths = ticks.iter().map(|tick| text::width(&tick.label, SMALL, Weight::Regular));
    widths.fold(0.0, f64::max)
}

fn end_room(ends: &[EndLabel]) -> f64 {
    let widths = ends.iter().map(|end| text::width(&end.text, SMALL, Weight::SemiBold));
    match widths.fold(0.0, f64::max) {
        0.0 => 12.0,
        widest => (widest + LEADER).min(LABELS_ROOM),
    }
}

/// The ticks whose labels find room along `length` pixels: all, or every second, third, …
fn roomy(axis: &Axis, length: f64) -> Vec<Tick> {
    let per_value = length / (axis.high - axis.low);
    let fits = |ticks: &[&Tick]| {
        ticks.windows(2).all(|pair| {
            let half = |tick: &Tick| text::width(&tick.label, SMALL, Weight::Regular) / 2.0;
            (pair[1].at - pair[0].at) * per_value > half(pair[0]) + half(pair[1]) + 10.0
        })
    };
    (1..=axis.ticks.len().max(1))
        .map(|step| axis.ticks.iter().step_by(step).collect::<Vec<_>>())
        .find(|ticks| fits(ticks))
        .unwrap_or_default()
        .into_iter()
        .cloned()
        .collect()
}
