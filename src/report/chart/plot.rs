//! The plot of a figure: lines through values, objectives, ticks, and names at line ends.

use plotters::chart::ChartContext;
use plotters::coord::cartesian::Cartesian2d;
use plotters::element::{BackendCoordOnly, Circle};
use plotters::style::{Color, RGBColor};

use super::super::font::Weight;
use super::axis::Axis;
use super::canvas::{Anchor, Stroke, SvgCanvas, UNITS, Words};
use super::data::{MarkData, PlotBox, SeriesData};
use super::elements::{Curve, Label, Tag};
use super::labels::spread;
use super::palette::{self, Look};
use super::sheet::{LINE, NEVER, SMALL, Sheet, group, rule, units, write};
use super::text;
use super::ticks::Tick;

/// Most of the width that labels at line ends may take.
const LABELS_ROOM: f64 = 210.0;
/// From line ends to their labels.
const LEADER: f64 = 14.0;

/// The plot while its content is drawn.
pub struct Plot<'a, 'b> {
    pub chart: ChartContext<'b, SvgCanvas<'a>, Cartesian2d<Axis, Axis>>,
    pub x: &'b Axis,
    pub y: &'b Axis,
    /// The lines drawn so far, as numbers.
    pub shown: Vec<SeriesData>,
    pub marks: Vec<MarkData>,
}

/// A label at the right end of a line.
#[derive(Clone, Debug)]
pub struct EndLabel {
    pub text: String,
    /// Value at which the line ends.
    pub value: f64,
    pub look: Look,
}

impl Plot<'_, '_> {
    /// The line of a series, which can be pointed at and hidden.
    pub fn series(&mut self, name: &str, look: Look, points: &[(f64, f64)]) {
        let attributes = format!("class=\"series\" data-series=\"{}\"", self.shown.len());
        self.group(&attributes, |plot| {
            plot.line(points.iter().copied(), Stroke::of_line(look));
        });
        let (x, y) = points.iter().copied().unzip();
        let (low, high) = (Vec::new(), Vec::new());
        self.shown.push(SeriesData { name: name.into(), class: look.class(), x, y, low, high });
    }

    /// A group of what `content` draws; its attributes name it for the script of the page.
    pub fn group(&mut self, attributes: &str, content: impl FnOnce(&mut Self)) {
        self.tag(format!("g {attributes}"));
        content(self);
        self.tag("/g".into());
    }

    fn tag(&mut self, tag: String) {
        let at = (self.x.low, self.y.low);
        self.chart.draw_series::<BackendCoordOnly, Tag<_>, _, _>([Tag { at, tag }]).expect(NEVER);
    }

    /// A mark: its rule, which a zoom stretches, and what stands at its point, which a zoom moves.
    fn mark(&mut self, data: MarkData, rule: Vec<(f64, f64)>, at_point: impl FnOnce(&mut Self)) {
        let attributes = format!("class=\"mark\" data-mark=\"{}\"", self.marks.len());
        self.group(&attributes, |plot| {
            plot.curve(Curve { points: rule, stroke: Stroke::of_limit() });
            plot.group("class=\"at-point\"", at_point);
        });
        self.marks.push(data);
    }

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

    pub fn curve(&mut self, curve: Curve<(f64, f64)>) {
        self.chart.draw_series::<BackendCoordOnly, Curve<_>, _, _>([curve]).expect(NEVER);
    }

    /// A point, filled or as a ring.
    pub fn point(&mut self, (x, y): (f64, f64), radius: f64, colour: RGBColor, filled: bool) {
        let point = (self.x.place(x), self.y.place(y));
        if !filled {
            self.dot(point, radius, palette::PAPER, true);
        }
        self.dot(point, radius, colour, filled);
    }

    /// A name beside and above a point, or before it where the plot ends too soon.
    pub fn note(&mut self, (x, y): (f64, f64), name: &str) {
        let (x, y) = (self.x.place(x), self.y.place(y));
        let pixels = self.chart.plotting_area().dim_in_pixel().0;
        let room = (self.x.high - x) / (self.x.high - self.x.low) * f64::from(pixels) / UNITS;
        if room > text::width(name, SMALL, Weight::SemiBold) + 12.0 {
            self.name((x, y), (8.0, -11.0), name, Anchor::Start);
        } else {
            self.name((x, y), (-8.0, -11.0), name, Anchor::End);
        }
    }

    pub fn dot(&mut self, point: (f64, f64), radius: f64, colour: RGBColor, filled: bool) {
        let style = if filled { colour.filled() } else { colour.stroke_width(15) };
        let circle = Circle::new(point, units(radius), style);
        self.chart.draw_series([circle]).expect(NEVER);
    }

    /// A rule from edge to edge at a value of the vertical axis, named at its left end.
    pub fn limit(&mut self, value: f64, name: &str) {
        self.limit_named(value, name, Anchor::Start);
    }

    /// The same, named at its right end.
    pub fn limit_named_right(&mut self, value: f64, name: &str) {
        self.limit_named(value, name, Anchor::End);
    }

    fn limit_named(&mut self, value: f64, name: &str, end: Anchor) {
        let y = self.y.place(value);
        let points = vec![(self.x.low, y), (self.x.high, y)];
        let data = MarkData { name: name.into(), x: None, y: Some(value) };
        let (x, shift) = match end {
            Anchor::End => (self.x.high, -4.0),
            _ => (self.x.low, 4.0),
        };
        self.mark(data, points, |plot| plot.name((x, y), (shift, -9.0), name, end));
    }

    /// A mark at the values that an objective names, with rules to both axes.
    pub fn target(&mut self, (x, y): (f64, f64), name: &str) {
        let data = MarkData { name: name.into(), x: Some(x), y: Some(y) };
        let (x, y) = (self.x.place(x), self.y.place(y));
        let points = vec![(self.x.low, y), (x, y), (x, self.y.low)];
        self.mark(data, points, |plot| {
            plot.dot((x, y), 3.5, palette::PAPER, true);
            plot.dot((x, y), 3.5, palette::INK, false);
            plot.name_beside(x, y, name);
        });
    }

    /// A rule from bottom to top at a value of the horizontal axis.
    pub fn upright(&mut self, value: f64, name: &str) {
        let x = self.x.place(value);
        let points = vec![(x, self.y.low), (x, self.y.high)];
        let data = MarkData { name: name.into(), x: Some(value), y: None };
        self.mark(data, points, |plot| {
            plot.name_beside(x, plot.y.low + (plot.y.high - plot.y.low) * 0.06, name);
        });
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
        let words = Words::new(name, SMALL, palette::INK).bold().anchored(anchor).haloed();
        self.labels(vec![Label { at, shift, words }]);
    }

    /// The rules, and the line that the plot stands on.
    pub fn mesh(&mut self) {
        self.group("class=\"rules\"", |plot| {
            plot.chart
                .configure_mesh()
                .disable_x_mesh()
                .disable_axes()
                .bold_line_style(palette::RULE.stroke_width(10))
                .light_line_style(plotters::style::TRANSPARENT)
                .draw()
                .expect(NEVER);
        });
        self.curve(Curve {
            points: vec![(self.x.low, self.y.low), (self.x.high, self.y.low)],
            stroke: Stroke::thin(palette::AXIS),
        });
    }

    /// Labels of the ticks of both axes.
    pub fn name_ticks(&mut self, x_ticks: &[Tick]) {
        let words =
            |tick: &Tick, anchor| Words::new(&tick.label, SMALL, palette::MUTED).anchored(anchor);
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
        let (below, beside): (Vec<_>, Vec<_>) = (below.collect(), beside.collect());
        self.group("class=\"x-ticks\"", |plot| plot.labels(below));
        self.group("class=\"y-ticks\"", |plot| plot.labels(beside));
    }

    fn labels(&mut self, labels: Vec<Label<(f64, f64)>>) {
        self.chart.draw_series::<BackendCoordOnly, Label<_>, _, _>(labels).expect(NEVER);
    }

    /// Labels right of the plot, each tied to the end of its line.
    pub fn name_ends(&mut self, sheet: &Sheet, ends: &[EndLabel]) {
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
        for (index, ((end, from), to)) in ends.iter().zip(wanted).zip(centres).enumerate() {
            group(sheet, &format!("class=\"entry\" data-series=\"{index}\""), || {
                name_end(sheet, end, (right, from), to);
            });
        }
    }

    /// Where the plot is, in pixels.
    pub fn place(&self) -> PlotBox {
        let (columns, rows) = self.chart.plotting_area().get_pixel_range();
        let pixels = |unit: i32| f64::from(unit) / UNITS;
        PlotBox {
            left: pixels(columns.start),
            top: pixels(rows.start),
            right: pixels(columns.end),
            bottom: pixels(rows.end),
        }
    }
}

fn name_end(sheet: &Sheet, end: &EndLabel, (right, from): (f64, f64), to: f64) {
    let stroke = Stroke::thin(end.look.line);
    group(sheet, "class=\"leader\"", || {
        rule(sheet, (right + 1.0, from), (right + LEADER - 4.0, to), stroke);
    });
    let room = LABELS_ROOM - LEADER;
    let name = text::fitted(&end.text, room, SMALL, Weight::SemiBold);
    let words = Words::new(name, SMALL, end.look.text).bold();
    write(sheet, (right + LEADER, to), words);
}

/// Room right of the plot for labels at line ends.
pub fn end_room(ends: &[EndLabel]) -> f64 {
    let width = |end: &EndLabel| text::width(&end.text, SMALL, Weight::SemiBold);
    match ends.iter().map(width).fold(0.0, f64::max) {
        0.0 => 12.0,
        widest => (widest + LEADER).min(LABELS_ROOM),
    }
}
