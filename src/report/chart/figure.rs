//! The frame that all charts with two axes share: title, key, axes, and the plot within.
//!
//! The title is the question that the chart answers. Horizontal rules only; the name of the
//! vertical axis stands above it, where it reads without turning the head.

use plotters::chart::ChartBuilder;
use plotters::drawing::IntoDrawingArea;

use super::super::font::Weight;
use super::axis::Axis;
use super::canvas::{Anchor, SvgCanvas, Words};
use super::data::{AxisData, ChartData, Lines, Reading};
use super::key::{self, KeyEntry};
use super::plot::{EndLabel, Plot, end_room};
use super::sheet::{LINE, MARGIN, NEVER, SMALL, Sheet, WIDTH, title, units, write};
use super::ticks::Tick;
use super::{Drawing, Heading, palette, text};

/// Height of a chart whose key, if it has one, takes a single row.
const HEIGHT: f64 = 400.0;
/// Height of everything around a plot.
const AROUND: f64 = 170.0;

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
    /// How its lines are read.
    pub reading: Reading,
}

impl Figure {
    /// The figure with what `content` draws in its plot.
    pub fn draw(self, content: impl FnOnce(&mut Plot)) -> Drawing {
        let height = HEIGHT + (key::bottom(&self.key) - key::TOP).max(0.0);
        let mut svg = String::new();
        let lines = {
            let label = &self.heading.title;
            let canvas = SvgCanvas::new(&mut svg, WIDTH as u32, height as u32, label);
            let sheet = canvas.into_drawing_area();
            title(&sheet, &self.heading);
            key::draw(&sheet, &self.key);
            self.frame(&sheet, height, content)
        };
        SvgCanvas::finish(&mut svg);
        Drawing { svg, data: ChartData::Lines(Box::new(lines)) }
    }

    fn frame(&self, sheet: &Sheet, height: f64, content: impl FnOnce(&mut Plot)) -> Lines {
        let left = MARGIN + widest(&self.y.ticks) + 8.0;
        let right = MARGIN + end_room(&self.ends);
        let bottom = MARGIN + 2.0 * LINE + 4.0;
        let top = key::bottom(&self.key) + 8.0 + 2.0 * LINE;
        let caption = |text| Words::new(text, SMALL, palette::MUTED);
        write(sheet, (MARGIN, top - 20.0), caption(&self.y_caption));
        let place = (WIDTH - right, height - MARGIN - 2.0);
        write(sheet, place, caption(&self.x_caption).anchored(Anchor::End));

        let x_ticks = roomy(&self.x, WIDTH - left - right);
        let chart = ChartBuilder::on(sheet)
            .margin_top(units(top))
            .margin_right(units(right))
            .margin_bottom(units(bottom))
            .margin_left(units(left))
            .build_cartesian_2d(self.x.clone(), self.y.clone())
            .expect(NEVER);
        let (shown, marks) = (Vec::new(), Vec::new());
        let mut plot = Plot { chart, x: &self.x, y: &self.y, shown, marks };
        plot.mesh();
        plot.name_ticks(&x_ticks);
        content(&mut plot);
        plot.name_ends(sheet, &self.ends);
        Lines {
            reading: self.reading,
            plot: plot.place(),
            x: AxisData::of(&self.x, &self.x_caption),
            y: AxisData::of(&self.y, &self.y_caption),
            series: plot.shown,
            marks: plot.marks,
        }
    }
}

/// Whether labels at line ends would find room; a key above the plot is the way out.
pub fn ends_fit(ends: &[EndLabel]) -> bool {
    ends.len() as f64 * LINE <= HEIGHT - AROUND
}

fn widest(ticks: &[Tick]) -> f64 {
    let widths = ticks.iter().map(|tick| text::width(&tick.label, SMALL, Weight::Regular));
    widths.fold(0.0, f64::max)
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
