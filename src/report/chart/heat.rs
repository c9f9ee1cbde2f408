//! A heat map: the mean of a figure for each pair of values of two parameters.
//!
//! Steps of colour say how much, from little to much; the mean is written into each cell where
//! there is room for all. A line goes round the cells whose objectives were met in all runs, and a
//! cell without any value is crossed out, so that nothing is said by colour alone.

use plotters::drawing::IntoDrawingArea;

use super::super::font::Weight;
use super::super::quantity::Quantity;
use super::axis::Scale;
use super::canvas::{Anchor, Stroke, SvgCanvas, Words};
use super::data::{ChartData, Spot};
use super::finding::Finding;
use super::levels::Levels;
use super::palette::{self, HEAT_STEPS, heat};
use super::sheet::{LINE, MARGIN, SMALL, Sheet, WIDTH, area, rule, title, write};
use super::{Drawing, Heading, scales, text};
use crate::metrics::figures::Unit;

/// Most rows and columns that can be told apart.
pub const MOST_ROWS: usize = 60;
pub const MOST_COLUMNS: usize = 120;

/// Height that rows share, and of one row at least and at most.
const ROWS: f64 = 330.0;
const ROW: std::ops::RangeInclusive<f64> = 7.0..=44.0;
/// Most of the width that names of rows may take.
const NAMES: f64 = 180.0;
/// Widest column.
const COLUMN: f64 = 110.0;
/// Size of means in cells, and least room around them.
const CELL: f64 = 11.0;
const AROUND: f64 = 5.0;
/// Where the middle of the key is, and how large a step in it.
const KEY: f64 = 72.0;
const STEP: (f64, f64) = (24.0, 12.0);
/// How far sides of the outline reach beyond their cell, to close its corners.
const CORNER: f64 = 1.0;
/// Top of the cells.
const TOP: f64 = 136.0;

/// What to draw.
pub struct Question<'a> {
    pub heading: Heading,
    /// What the colours measure.
    pub caption: &'a str,
    pub unit: Unit,
    pub columns: &'a Levels,
    pub rows: &'a Levels,
    /// By place among the rows, then among the columns; `None` where there is nothing.
    pub findings: Vec<Vec<Option<Finding>>>,
}

/// Where everything is.
struct Map<'a> {
    question: &'a Question<'a>,
    ramp: Ramp,
    left: f64,
    /// Width and height of a cell.
    cell: (f64, f64),
    /// Rows of words go down from the first, rows of numbers up from the least.
    upwards: bool,
}

/// The scale of colours.
#[derive(Clone, Copy, Debug)]
struct Ramp {
    scale: Scale,
    /// As the scale places them.
    low: f64,
    high: f64,
}

impl Ramp {
    /// The scale from the least to the most of these values; `None` of no value.
    fn of(unit: Unit, values: impl Iterator<Item = f64> + Clone) -> Option<Self> {
        let least = values.clone().reduce(f64::min)?;
        let most = values.reduce(f64::max)?;
        let scale = scales::scale(unit, least, most);
        Some(Self { scale, low: scale.place(least), high: scale.place(most) })
    }

    /// The step of a value, from 0.
    fn step(&self, value: f64) -> usize {
        if self.high <= self.low {
            return 0;
        }
        let share = (self.scale.place(value) - self.low) / (self.high - self.low);
        ((share * HEAT_STEPS as f64) as usize).min(HEAT_STEPS - 1)
    }

    /// The value at which a step begins.
    fn start(&self, step: usize) -> f64 {
        let at = self.low + (self.high - self.low) * step as f64 / HEAT_STEPS as f64;
        match self.scale {
            Scale::Log => libm::pow(10.0, at),
            _ => at,
        }
    }
}

/// The chart, or `None` without any value.
pub fn draw(question: &Question) -> Option<Drawing> {
    let means = question.findings.iter().flatten().flatten().map(|finding| finding.mean);
    let ramp = Ramp::of(question.unit, means)?;
    let map = Map::of(question, ramp);
    let height = map.bottom() + 2.0 * LINE + MARGIN;
    let mut svg = String::new();
    {
        let label = &question.heading.title;
        let canvas = SvgCanvas::new(&mut svg, WIDTH as u32, height.ceil() as u32, label);
        let sheet = canvas.into_drawing_area();
        title(&sheet, &question.heading);
        map.key(&sheet);
        map.names(&sheet);
        map.cells(&sheet);
        map.outline(&sheet);
    }
    SvgCanvas::finish(&mut svg);
    Some(Drawing { svg, data: ChartData::Spots { spots: map.spots() } })
}

impl<'a> Map<'a> {
    fn of(question: &'a Question<'a>, ramp: Ramp) -> Self {
        let names = question.rows.texts.iter().map(|name| width(name)).fold(0.0, f64::max);
        let left = MARGIN + names.min(NAMES) + 8.0;
        let across = (WIDTH - MARGIN - left) / question.columns.len() as f64;
        let down = (ROWS / question.rows.len() as f64).clamp(*ROW.start(), *ROW.end());
        let upwards = question.rows.numbers.is_some();
        Self { question, ramp, left, cell: (across.min(COLUMN), down), upwards }
    }

    fn quantity(&self) -> Quantity {
        self.question.unit.into()
    }

    fn bottom(&self) -> f64 {
        TOP + self.cell.1 * self.question.rows.len() as f64
    }

    fn x(&self, column: usize) -> f64 {
        self.left + column as f64 * self.cell.0
    }

    fn y(&self, row: usize) -> f64 {
        let below = if self.upwards { self.question.rows.len() - 1 - row } else { row };
        TOP + below as f64 * self.cell.1
    }

    /// All places: row, column, and what is there.
    fn places(&self) -> impl Iterator<Item = (usize, usize, Option<Finding>)> {
        let rows = self.question.findings.iter().enumerate();
        rows.flat_map(|(row, findings)| {
            let cells = findings.iter().enumerate();
            cells.map(move |(column, finding)| (row, column, *finding))
        })
    }

    /// What the colours stand for, and the other signs as far as there are any.
    fn key(&self, sheet: &Sheet) {
        let caption = match self.ramp.scale {
            Scale::Log => format!("{}, logarithmic", self.question.caption),
            _ => self.question.caption.into(),
        };
        write(sheet, (MARGIN, KEY), Words::new(&caption, SMALL, palette::MUTED));
        let start = MARGIN + width(&caption) + 14.0;
        let (step, high) = STEP;
        let (top, bottom) = (KEY - high / 2.0, KEY + high / 2.0);
        for index in 0..HEAT_STEPS {
            let x = start + index as f64 * step;
            area(sheet, (x, top), (x + step, bottom), heat(index).0);
        }
        for index in (0..=HEAT_STEPS).step_by(HEAT_STEPS / 3) {
            let label = self.quantity().show(self.ramp.start(index));
            let words = Words::new(label, CELL, palette::MUTED).anchored(Anchor::Middle);
            write(sheet, (start + index as f64 * step, bottom + 10.0), words);
        }
        let mut x = start + HEAT_STEPS as f64 * step + 26.0;
        let mut entry = |name: &str, draw: &dyn Fn((f64, f64), (f64, f64))| {
            draw((x, KEY - 6.0), (x + 16.0, KEY + 6.0));
            write(sheet, (x + 23.0, KEY), Words::new(name, SMALL, palette::INK));
            x += 23.0 + width(name) + 18.0;
        };
        if self.places().any(|(.., finding)| finding.is_some_and(|f| f.always_met())) {
            entry("SLO met in all runs", &|from, to| frame(sheet, from, to));
        }
        if self.places().any(|(.., finding)| finding.is_none()) {
            entry("no value", &|from, to| crossed(sheet, from, to));
        }
    }

    /// Names of rows and columns, as many as find room.
    fn names(&self, sheet: &Sheet) {
        let Question { rows, columns, .. } = self.question;
        let muted = |text: &str| Words::new(text, SMALL, palette::MUTED);
        write(sheet, (MARGIN, TOP - 16.0), muted(&rows.name));
        let below = (WIDTH - MARGIN, self.bottom() + LINE + 18.0);
        write(sheet, below, muted(&columns.name).anchored(Anchor::End));
        let every = (LINE / self.cell.1).ceil().max(1.0) as usize;
        for (row, name) in rows.texts.iter().enumerate().step_by(every) {
            let name = text::fitted(name, NAMES, SMALL, Weight::Regular);
            let place = (self.left - 8.0, self.y(row) + self.cell.1 / 2.0);
            write(sheet, place, muted(&name).anchored(Anchor::End));
        }
        let widest = columns.texts.iter().map(|name| width(name)).fold(0.0, f64::max);
        let every = ((widest + 10.0) / self.cell.0).ceil().max(1.0) as usize;
        for (column, name) in columns.texts.iter().enumerate().step_by(every) {
            let place = (self.x(column) + self.cell.0 / 2.0, self.bottom() + 13.0);
            write(sheet, place, muted(name).anchored(Anchor::Middle));
        }
    }

    fn cells(&self, sheet: &Sheet) {
        let gap = if self.cell.0.min(self.cell.1) > 12.0 { 1.0 } else { 0.0 };
        let written = self.has_room();
        for (row, column, finding) in self.places() {
            let from = (self.x(column), self.y(row));
            let to = (from.0 + self.cell.0 - gap, from.1 + self.cell.1 - gap);
            let Some(finding) = finding else {
                crossed(sheet, from, to);
                continue;
            };
            let (ground, ink) = heat(self.ramp.step(finding.mean));
            area(sheet, from, to, ground);
            if written {
                let words = Words::new(self.quantity().show(finding.mean), CELL, ink);
                let middle = ((from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0);
                write(sheet, middle, words.anchored(Anchor::Middle));
            }
        }
    }

    /// Whether all means can be written into their cells.
    fn has_room(&self) -> bool {
        let fits = |finding: Finding| {
            let text = self.quantity().show(finding.mean);
            text::width(&text, CELL, Weight::Regular) + 2.0 * AROUND <= self.cell.0
        };
        let tall = self.cell.1 >= CELL + AROUND;
        tall && self.places().filter_map(|(.., finding)| finding).all(fits)
    }

    /// A line round the cells that met their objectives.
    fn outline(&self, sheet: &Sheet) {
        let edges = self.edges();
        for (colour, width) in [(palette::PAPER, 4.5), (palette::INK, 2.0)] {
            for (from, to) in &edges {
                rule(sheet, *from, *to, Stroke { colour, width, dash: "" });
            }
        }
    }

    /// Sides of cells that met their objectives towards those that did not.
    fn edges(&self) -> Vec<((f64, f64), (f64, f64))> {
        let met = |row: usize, column: usize| {
            let findings = self.question.findings.get(row);
            let finding = findings.and_then(|row| row.get(column).copied().flatten());
            finding.is_some_and(|finding| finding.always_met())
        };
        let mut edges = Vec::new();
        for (row, column, _) in self.places().filter(|&(row, column, _)| met(row, column)) {
            let ((left, top), (wide, high)) = ((self.x(column), self.y(row)), self.cell);
            let (right, bottom) = (left + wide, top + high);
            let (above, below) = match self.upwards {
                true => (row.checked_add(1), row.checked_sub(1)),
                false => (row.checked_sub(1), row.checked_add(1)),
            };
            let is_met = |row: Option<usize>, column: Option<usize>| {
                row.zip(column).is_some_and(|(row, column)| met(row, column))
            };
            for (neighbour, from, to) in [
                ((Some(row), column.checked_sub(1)), (left, top - CORNER), (left, bottom + CORNER)),
                ((Some(row), Some(column + 1)), (right, top - CORNER), (right, bottom + CORNER)),
                ((above, Some(column)), (left - CORNER, top), (right + CORNER, top)),
                ((below, Some(column)), (left - CORNER, bottom), (right + CORNER, bottom)),
            ] {
                if !is_met(neighbour.0, neighbour.1) {
                    edges.push((from, to));
                }
            }
        }
        edges
    }

    fn spots(&self) -> Vec<Spot> {
        let Question { rows, columns, caption, .. } = self.question;
        let spot = |(row, column, finding): (usize, usize, Option<Finding>)| {
            let mut told = vec![(rows.name.clone(), rows.texts[row].clone())];
            let title = format!("{} {}", columns.name, columns.texts[column]);
            match finding {
                Some(finding) => told.extend(finding.rows(caption, self.quantity())),
                None => told.push(((*caption).to_owned(), "no value".into())),
            }
            let (left, top) = (self.x(column), self.y(row));
            Spot { left, top, width: self.cell.0, height: self.cell.1, title, rows: told }
        };
        self.places().map(spot).collect()
    }
}

fn width(name: &str) -> f64 {
    text::width(name, SMALL, Weight::Regular)
}

/// A place without a value.
fn crossed(sheet: &Sheet, from: (f64, f64), to: (f64, f64)) {
    area(sheet, from, to, palette::FREE);
    rule(sheet, from, to, Stroke::thin(palette::AXIS));
}

/// A sample of the outline.
fn frame(sheet: &Sheet, (left, top): (f64, f64), (right, bottom): (f64, f64)) {
    let stroke = Stroke { colour: palette::INK, width: 2.0, dash: "" };
    for y in [top, bottom] {
        rule(sheet, (left - CORNER, y), (right + CORNER, y), stroke);
    }
    for x in [left, right] {
        rule(sheet, (x, top), (x, bottom), stroke);
    }
}

#[cfg(test)]
mod tests;
