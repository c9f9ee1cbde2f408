//! Charts of distribution functions of durations, one line for each cluster.
//!
//! Where a tail is to be seen, and where the slowest is far from the fastest, time is on a
//! logarithm.

use super::super::quantity::{NOTHING, count, duration, round_duration};
use super::axis::Axis;
use super::data::Reading;
use super::figure::Figure;
use super::key::{KeyEntry, Swatch};
use super::palette::Look;
use super::plot::Plot;
use super::{Drawing, Heading};
use crate::metrics::summary::Objective;
use crate::metrics::{LatencyHistogram, Unit};

/// A distribution of fewer values is drawn as the steps it has.
const FEW: usize = 60;
/// Nines shown at least and at most: the 99th percentile must be seen, one in 50,000 need not.
const NINES: std::ops::RangeInclusive<f64> = 2.3..=4.7;
/// The share of values left of the plot.
const CUT: f64 = 0.001;
/// Up to this many times the fastest, the slowest is on the same plain axis.
const NEAR: f64 = 20.0;

/// A distribution and who it belongs to.
pub struct Distribution<'a> {
    pub cluster: &'a str,
    /// Place of the cluster in the scenario.
    pub index: usize,
    pub histogram: &'a LatencyHistogram,
    /// So many there are, those without a value included.
    pub of: u64,
}

impl Distribution<'_> {
    /// The share of those that have a value.
    fn part(&self) -> f64 {
        match self.histogram.count() {
            count if count >= self.of => 1.0,
            count => count as f64 / self.of as f64,
        }
    }
}

/// What to draw.
pub struct Question<'a> {
    pub heading: Heading,
    /// What the vertical axis measures, and what the horizontal one.
    pub caption: &'a str,
    pub time: &'a str,
    /// Quantile named in the key.
    pub quantile: (f64, &'a str),
    /// Whether the tail is drawn out.
    pub tail: bool,
    pub objectives: &'a [Objective],
}

/// The chart, or `None` where no cluster has any value.
pub fn draw(distributions: &[Distribution], question: Question) -> Option<Drawing> {
    let present: Vec<_> = distributions.iter().filter(|d| d.histogram.count() > 0).collect();
    let key = present.iter().map(|d| entry(d, question.quantile)).collect();
    let targets: Vec<_> = question.objectives.iter().filter_map(target).collect();
    let nines = nines(&present);
    let (y, last) = match question.tail {
        true => (Axis::nines(nines), 1.0 - libm::pow(10.0, -nines)),
        false => (Axis::shares(), 1.0),
    };
    let (low, high) = range(&present, &targets, last)?;
    let plain = !question.tail && high < NEAR * low;
    let (x, spread) = match plain {
        // a little room for the share that all come to
        true => (Axis::values(Unit::Seconds, 1.05 * high), ""),
        false => (Axis::log_durations(low, high), ", logarithmic"),
    };
    let end = (!question.tail).then(|| if plain { x.high } else { libm::pow(10.0, x.high) });
    let figure = Figure {
        heading: question.heading,
        key,
        x,
        y,
        x_caption: format!("{}{spread}", question.time),
        y_caption: question.caption.into(),
        ends: Vec::new(),
        reading: Reading::AtOrBefore,
    };
    Some(figure.draw(|plot| {
        for distribution in present {
            draw_one(plot, distribution, last, end);
        }
        for (seconds, quantile, name) in targets {
            match quantile {
                Some(quantile) => plot.target((seconds, quantile), &name),
                None => plot.upright(seconds, &name),
            }
        }
    }))
}

/// Draws a distribution up to the first value at or above the `last` share, and on to the `end` of
/// the axis if that is given.
fn draw_one(plot: &mut Plot, distribution: &Distribution, last: f64, end: Option<f64>) {
    let look = Look::of(distribution.index);
    let part = distribution.part();
    let cells: Vec<_> = distribution
        .histogram
        .distribution()
        .map(|(value, share)| (value.as_secs_f64(), share * part))
        .scan(false, |over, cell| {
            let before = std::mem::replace(over, cell.1 >= last);
            (!before).then_some(cell)
        })
        .collect();
    let start = cells.first().map(|(value, _)| (*value, 0.0));
    let end = end.zip(cells.last()).map(|(end, (_, share))| (end, *share));
    if cells.len() > FEW {
        let points: Vec<_> = start.into_iter().chain(cells).chain(end).collect();
        plot.series(distribution.cluster, look, &points);
        return;
    }
    // the share stays until the next value
    let mut before = 0.0;
    let steps: Vec<_> = cells
        .into_iter()
        .flat_map(|(value, share)| {
            let from = std::mem::replace(&mut before, share);
            [(value, from), (value, share)]
        })
        .chain(end)
        .collect();
    plot.series(distribution.cluster, look, &steps);
}

fn entry(distribution: &Distribution, (quantile, name): (f64, &str)) -> KeyEntry {
    // of all there are; those without a value are slower than any
    let quantile = quantile / distribution.part();
    let value = distribution.histogram.quantile(quantile).filter(|_| quantile <= 1.0);
    let value = value.map_or(NOTHING.into(), |value| duration(value.as_secs_f64()));
    let never = match distribution.of - distribution.histogram.count().min(distribution.of) {
        0 => String::new(),
        never => format!(", {} of {} never", count(never), count(distribution.of)),
    };
    KeyEntry {
        text: format!("{}, {name} {value}{never}", distribution.cluster),
        swatch: Swatch::Line(Look::of(distribution.index)),
    }
}

/// Where an objective is on the chart: seconds, quantile if it names one, and its name.
fn target(objective: &Objective) -> Option<(f64, Option<f64>, String)> {
    let quantile = match objective.metric.as_str() {
        "p50" => Some(0.5),
        "p90" => Some(0.9),
        "p95" => Some(0.95),
        "p99" => Some(0.99),
        "mean" => None,
        _ => return None,
    };
    let name = format!("SLO {} ≤ {}", objective.metric, round_duration(objective.target));
    Some((objective.target, quantile, name))
}

/// As many nines as the values can tell.
fn nines(present: &[&Distribution]) -> f64 {
    let most = present.iter().map(|d| d.histogram.count()).max().unwrap_or(1);
    libm::log10(most as f64).clamp(*NINES.start(), *NINES.end())
}

/// From the first thousandth of the fastest to the `last` share of the slowest, targets included.
fn range(
    present: &[&Distribution],
    targets: &[(f64, Option<f64>, String)],
    last: f64,
) -> Option<(f64, f64)> {
    let seconds =
        |d: &&Distribution, share| d.histogram.quantile(share).map(|value| value.as_secs_f64());
    let targets = || targets.iter().map(|target| target.0);
    let low = present.iter().filter_map(|d| seconds(d, CUT)).chain(targets());
    let high = present.iter().filter_map(|d| seconds(d, last)).chain(targets());
    (!present.is_empty()).then(|| (low.fold(f64::INFINITY, f64::min), high.fold(0.0, f64::max)))
}
