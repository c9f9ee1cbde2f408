//! The mean of a figure over the values of one parameter, with its confidence interval: lines in
//! bands over numbers, points with bars over words.

use super::axis::{Axis, Scale};
use super::canvas::Stroke;
use super::data::{ChartData, Reading, SeriesData, Spot};
use super::elements::{Curve, Ribbon};
use super::figure::{Figure, ends_fit};
use super::finding::Finding;
use super::key::{KeyEntry, Swatch};
use super::levels::Levels;
use super::palette::Look;
use super::plot::{EndLabel, Plot};
use super::sheet::NEVER;
use super::{Drawing, Heading, scales};
use crate::metrics::figures::Unit;
use plotters::element::BackendCoordOnly;

/// An interval that reaches further than this many times the largest mean is cut off.
const FAR: f64 = 2.0;
/// A limit this many times above all values is not worth flattening them for.
const FAR_LIMIT: f64 = 4.0;
/// Share of the room of a word that its points are spread over.
const SPREAD: f64 = 0.5;
/// Half of the size of a place that can be pointed at, in pixels.
const REACH: f64 = 7.0;

/// What to draw.
pub struct Question<'a> {
    pub heading: Heading,
    /// What the vertical axis measures.
    pub caption: &'a str,
    pub unit: Unit,
    pub parameter: &'a Levels,
    pub lines: Vec<Line>,
    /// A value not to be exceeded, and its name.
    pub limit: Option<(f64, String)>,
}

/// One line.
pub struct Line {
    /// Empty where it is the only one.
    pub name: String,
    /// For each value of the parameter; `None` where there is nothing.
    pub findings: Vec<Option<Finding>>,
}

/// The chart, or `None` without any value.
pub fn draw(mut question: Question) -> Option<Drawing> {
    question.lines.retain(|line| line.findings.iter().any(Option::is_some));
    let y = value_axis(&question)?;
    let caption = match y.scale {
        Scale::Log => format!("{}, logarithmic", question.caption),
        _ => question.caption.into(),
    };
    let parameter = question.parameter;
    let (key, ends) = names(&question);
    let figure = Figure {
        heading: question.heading.clone(),
        key,
        x: parameter.axis(),
        y,
        x_caption: parameter.name.clone(),
        y_caption: caption,
        ends,
        reading: Reading::Nearest,
    };
    let axes = (figure.x.clone(), figure.y.clone());
    let limit = question.limit.clone().filter(|(value, _)| figure.y.holds(*value));
    let mut drawing = figure.draw(|plot| {
        for (index, line) in question.lines.iter().enumerate() {
            match &parameter.numbers {
                Some(numbers) => plot.banded(line, Look::of(index), numbers),
                None => plot.barred(line, Look::of(index), &question.offset(index)),
            }
        }
        if let Some((value, name)) = limit {
            plot.limit(value, &name);
        }
    });
    if let ChartData::Lines(lines) = &mut drawing.data {
        (lines.x.before, lines.x.after) = parameter.affixes.clone();
        if parameter.numbers.is_none() {
            let pixel = |at| scales::pixel(&lines.plot, (&axes.0, &axes.1), at);
            drawing.data = ChartData::Spots { spots: question.spots(pixel) };
        }
    }
    Some(drawing)
}

impl Question<'_> {
    /// Where the points of a line are over a word.
    fn offset(&self, index: usize) -> impl Fn(usize) -> f64 {
        let middle = (self.lines.len() - 1) as f64 / 2.0;
        let aside = (index as f64 - middle) * SPREAD / self.lines.len() as f64;
        move |level| level as f64 + aside
    }

    fn spots(&self, pixel: impl Fn((f64, f64)) -> (f64, f64)) -> Vec<Spot> {
        let spot = |line: &Line, place: f64, level: usize, finding: &Finding| {
            let (x, y) = pixel((place, finding.mean));
            let mut rows = finding.rows(self.caption, self.unit.into());
            if !line.name.is_empty() {
                rows.insert(0, (String::new(), line.name.clone()));
            }
            let (left, top) = (x - REACH, y - REACH);
            let title = format!("{} {}", self.parameter.name, self.parameter.texts[level]);
            Spot { left, top, width: 2.0 * REACH, height: 2.0 * REACH, title, rows }
        };
        let of_line = |(index, line): (usize, &Line)| {
            let offset = self.offset(index);
            let found = line.findings.iter().enumerate();
            let found = found.filter_map(|(level, finding)| Some((level, finding.as_ref()?)));
            let spots = found.map(|(level, finding)| spot(line, offset(level), level, finding));
            spots.collect::<Vec<_>>()
        };
        self.lines.iter().enumerate().flat_map(of_line).collect()
    }
}

/// From the least to the most that is worth showing.
fn value_axis(question: &Question) -> Option<Axis> {
    let findings = || question.lines.iter().flat_map(|line| line.findings.iter().flatten());
    let means = || findings().map(|finding| finding.mean);
    let (least, most) = (means().reduce(f64::min)?, means().reduce(f64::max)?);
    let ends = || findings().filter_map(Finding::interval);
    let highest = ends().map(|(_, high)| high).fold(most, f64::max).min(most * FAR);
    let lowest = ends().map(|(low, _)| low).fold(least, f64::min);
    let lowest = lowest.max(if least > 0.0 { least / FAR } else { least });
    // a share is no more than the whole, whatever its interval
    let highest = match question.unit {
        Unit::Fraction if most <= 1.0 => highest.min(1.0),
        _ => highest,
    };
    let limit = question.limit.as_ref().map(|(value, _)| *value);
    let limit = limit.filter(|value| *value <= FAR_LIMIT * highest && value * FAR_LIMIT >= lowest);
    // a rule at the very top would have no room for its name
    let top = limit.map_or(highest, |limit| highest.max(limit * 1.08));
    let bottom = limit.map_or(lowest, |limit| lowest.min(limit));
    Some(scales::axis(question.unit, bottom, top))
}

/// Names at line ends, or in a key where those would touch or words have no lines.
fn names(question: &Question) -> (Vec<KeyEntry>, Vec<EndLabel>) {
    let named = question.lines.iter().enumerate().filter(|(_, line)| !line.name.is_empty());
    if question.parameter.numbers.is_some() {
        let end = |(index, line): (usize, &Line)| {
            let last = line.findings.iter().rev().flatten().next()?;
            Some(EndLabel { text: line.name.clone(), value: last.mean, look: Look::of(index) })
        };
        let ends: Vec<_> = named.clone().filter_map(end).collect();
        if ends_fit(&ends) {
            return (Vec::new(), ends);
        }
    }
    let entry = |(index, line): (usize, &Line)| KeyEntry {
        text: line.name.clone(),
        swatch: Swatch::Line(Look::of(index)),
    };
    (named.map(entry).collect(), Vec::new())
}

impl Plot<'_, '_> {
    /// A line through means, in the band of their intervals.
    fn banded(&mut self, line: &Line, look: Look, numbers: &[f64]) {
        let found = numbers.iter().zip(&line.findings);
        let found: Vec<_> = found.map(|(number, finding)| (*number, *finding)).collect();
        let end = |of: fn((f64, f64)) -> f64| {
            let ends = found.iter().map(|(_, finding)| finding.and_then(|f| f.interval()));
            ends.map(|ends| ends.map_or(f64::NAN, of)).collect::<Vec<f64>>()
        };
        let (low, high) = (end(|(low, _)| low), end(|(_, high)| high));
        let means: Vec<_> = found
            .iter()
            .map(|(number, finding)| (*number, finding.map_or(f64::NAN, |f| f.mean)))
            .collect();
        let attributes = format!("class=\"series\" data-series=\"{}\"", self.shown.len());
        self.group(&attributes, |plot| {
            plot.ribbons(numbers, &low, &high, look);
            let stroke = Stroke::of_line(look);
            plot.line(means.iter().copied(), stroke);
            for (x, y) in means.iter().filter(|(_, mean)| mean.is_finite()) {
                let place = (plot.x.place(*x), plot.y.place(*y));
                plot.dot(place, 2.5, look.line, true);
            }
        });
        let (x, y) = means.into_iter().unzip();
        let name = line.name.clone();
        self.shown.push(SeriesData { name, class: look.class(), x, y, low, high });
    }

    /// Bands, broken where there is no interval.
    fn ribbons(&mut self, numbers: &[f64], low: &[f64], high: &[f64], look: Look) {
        let places: Vec<_> = numbers
            .iter()
            .zip(low.iter().zip(high))
            .map(|(x, (low, high))| {
                low.is_finite().then(|| {
                    let x = self.x.place(*x);
                    ((x, self.y.place(*low)), (x, self.y.place(*high)))
                })
            })
            .collect();
        for piece in places.split(Option::is_none).filter(|piece| piece.len() > 1) {
            let piece = piece.iter().flatten();
            let above = piece.clone().map(|(_, high)| *high);
            let below = piece.rev().map(|(low, _)| *low);
            let ribbon = Ribbon { corners: above.chain(below).collect(), colour: look.line };
            let drawn = self.chart.draw_series::<BackendCoordOnly, Ribbon<_>, _, _>([ribbon]);
            drawn.expect(NEVER);
        }
    }

    /// Points with a bar for each interval.
    fn barred(&mut self, line: &Line, look: Look, offset: &dyn Fn(usize) -> f64) {
        for (level, finding) in line.findings.iter().enumerate() {
            let Some(finding) = finding else { continue };
            let x = offset(level);
            if let Some((low, high)) = finding.interval() {
                let points = vec![(x, self.y.place(low)), (x, self.y.place(high))];
                let stroke = Stroke { colour: look.line, width: 2.0, dash: "" };
                self.curve(Curve { points, stroke });
            }
            self.dot((x, self.y.place(finding.mean)), 4.0, look.line, true);
        }
    }
}
