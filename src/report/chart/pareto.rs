//! The chart of a search for a fleet: latency against cost, and which fleets no other beats in
//! both; against the number where nothing has a price.

use super::super::quantity::{Quantity, duration, money, round_duration};
use super::super::size::sentence::{place, spread, whole_percent};
use super::super::size::{Choice, Fleet, Sense, Sizing, Verdict};
use super::axis::{Axis, Scale};
use super::canvas::Stroke;
use super::data::{ChartData, PlotBox, Reading, Spot};
use super::figure::Figure;
use super::key::{KeyEntry, Swatch};
use super::palette::{self, Look};
use super::plot::Plot;
use super::ticks::{INTERVALS, Tick, nice_step};
use super::{Chart, Heading};

/// Fleets slower than so many times the slowest that meets the objectives are left out: they would
/// press all others together.
const FAR: f64 = 6.0;
/// Fleets that cost so many times the dearest on the front are left out too.
const DEAR: f64 = 1.25;
/// Choices that have a name in the key.
const NAMED: usize = 14;
/// Size of a fleet, and of the answer.
const DOT: f64 = 3.6;
const ANSWER: f64 = 6.5;

/// The chart, or `None` where no fleet meets the objectives.
pub fn chart(sizing: &Sizing) -> Option<Chart> {
    let by_cost = sizing.has_costs();
    let metric = &sizing.latency_metric;
    let title = match by_cost {
        true => format!("What does a lower {metric} cost?"),
        false => format!("How much does the {metric} need?"),
    };
    let points = Points::of(sizing, by_cost)?;
    let (svg, data) = points.draw(heading(sizing, &title));
    Some(Chart { name: "pareto".into(), title, svg, data: Some(data) })
}

fn heading(sizing: &Sizing, title: &str) -> Heading {
    Heading {
        title: title.into(),
        subtitle: format!(
            "{}  ·  {} confidence  ·  seed {}  ·  plimsoll {}",
            sizing.scenario,
            whole_percent(sizing.confidence),
            sizing.seed,
            crate::report::VERSION
        ),
    }
}

/// A fleet and where it is.
struct Point<'a> {
    choice: usize,
    of: &'a Choice,
    fleet: &'a Fleet,
    x: f64,
    y: f64,
    is_answer: bool,
}

struct Points<'a> {
    sizing: &'a Sizing,
    by_cost: bool,
    all: Vec<Point<'a>>,
}

impl<'a> Points<'a> {
    fn of(sizing: &'a Sizing, by_cost: bool) -> Option<Self> {
        let best = sizing.best().map(|(_, fleet)| std::ptr::from_ref(fleet));
        let mut all = Vec::new();
        for (index, choice) in sizing.choices.iter().enumerate() {
            for fleet in &choice.fleets {
                let Some(latency) = fleet.latency else { continue };
                let x = if by_cost { fleet.cost_per_hour } else { f64::from(fleet.number) };
                let is_answer = best == Some(std::ptr::from_ref(fleet));
                all.push(Point { choice: index, of: choice, fleet, x, y: latency.mean, is_answer });
            }
        }
        let met = all.iter().filter(|point| point.fleet.verdict == Verdict::Met);
        let slowest = met.map(|point| point.y).reduce(f64::max)?;
        all.retain(|point| point.y <= slowest * FAR);
        let on_front = all.iter().filter(|point| point.fleet.on_front);
        let dearest = on_front.map(|point| point.x).reduce(f64::max).unwrap_or(f64::INFINITY);
        all.retain(|point| point.x <= dearest * DEAR || point.is_answer);
        Some(Self { sizing, by_cost, all })
    }

    fn draw(&self, heading: Heading) -> (String, ChartData) {
        let (x, y) = (self.x_axis(), self.y_axis());
        let figure = Figure {
            heading,
            key: self.key(),
            x: x.clone(),
            y: y.clone(),
            x_caption: match self.by_cost {
                true => "cost of one hour".into(),
                false => self.sizing.vary.clone(),
            },
            y_caption: format!(
                "{}; filled: meets the objectives; on the line: no other is cheaper and faster",
                self.sizing.latency_metric
            ),
            ends: Vec::new(),
            reading: Reading::Nearest,
        };
        let mut place = PlotBox::default();
        let drawing = figure.draw(|plot| {
            self.content(plot);
            place = plot.place();
        });
        let spot = |point: &Point| self.spot(point, &place, &x, &y);
        (drawing.svg, ChartData::Spots { spots: self.all.iter().map(spot).collect() })
    }

    /// What is told where the pointer is on a fleet.
    fn spot(&self, point: &Point, place: &PlotBox, x: &Axis, y: &Axis) -> Spot {
        let share = |axis: &Axis, value| (axis.place(value) - axis.low) / (axis.high - axis.low);
        let across = place.left + share(x, point.x) * (place.right - place.left);
        let down = place.bottom - share(y, point.y) * (place.bottom - place.top);
        let row = |name: &str, value: String| (name.to_owned(), value);
        let mut rows = Vec::new();
        if self.by_cost {
            rows.push(row("cost", format!("{}/h", money(point.fleet.cost_per_hour))));
        }
        if let Some(latency) = &point.fleet.latency {
            rows.push(row(&self.sizing.latency_metric, spread(latency, duration)));
        }
        rows.push(row("runs", point.fleet.replications.to_string()));
        rows.push(row("objectives", point.fleet.verdict.word().to_owned()));
        Spot {
            left: across - ANSWER,
            top: down - ANSWER,
            width: 2.0 * ANSWER,
            height: 2.0 * ANSWER,
            title: self.sizing.settings(point.of, point.fleet.number),
            rows,
        }
    }

    fn content(&self, plot: &mut Plot) {
        for (target, name) in self.limits() {
            if plot.y.holds(target) {
                plot.limit_named_right(target, &name);
            }
        }
        self.front(plot);
        for point in &self.all {
            let look = Look::of(point.choice);
            let radius = if point.is_answer { ANSWER } else { DOT };
            let met = point.fleet.verdict == Verdict::Met;
            plot.point((point.x, point.y), radius, look.line, met);
        }
        for point in self.all.iter().filter(|point| self.is_named(point)) {
            plot.note((point.x, point.y), &self.name(point));
        }
    }

    /// The front as steps: a latency is to be had from its cost on.
    fn front(&self, plot: &mut Plot) {
        let mut on: Vec<(f64, f64)> = self
            .all
            .iter()
            .filter(|point| point.fleet.on_front)
            .map(|point| (point.x, point.y))
            .collect();
        on.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut before = None;
        let steps: Vec<_> = on
            .into_iter()
            .flat_map(|(x, y)| {
                let corner = before.replace(y).map(|y| (x, y));
                corner.into_iter().chain([(x, y)])
            })
            .collect();
        plot.line(steps.into_iter(), Stroke { width: 1.5, ..Stroke::thin(palette::MUTED) });
    }

    /// The objectives that are about the latency shown.
    fn limits(&self) -> Vec<(f64, String)> {
        let objectives = self.sizing.objectives.iter().filter(|objective| {
            objective.metric == self.sizing.latency_metric && objective.sense == Sense::AtMost
        });
        let mut limits: Vec<(f64, String)> = Vec::new();
        for objective in objectives {
            if limits.iter().all(|(target, _)| *target != objective.target) {
                let wanted = round_duration(objective.target);
                let several = self.sizing.objectives.iter().any(|o| o.app != objective.app);
                let of = if several { place(self.sizing, objective) } else { String::new() };
                let name = format!("SLO {} ≤ {wanted} {of}", objective.metric);
                limits.push((objective.target, name.trim_end().to_owned()));
            }
        }
        limits
    }

    fn is_named(&self, point: &Point) -> bool {
        point.is_answer || point.fleet.on_front || self.sizing.choices.len() == 1
    }

    fn name(&self, point: &Point) -> String {
        let number = point.fleet.number;
        match point.is_answer {
            true if point.of.values.is_empty() => format!("answer: {number}"),
            true => format!("answer: {number} × {}", point.of.name()),
            false => format!("{number}"),
        }
    }

    fn key(&self) -> Vec<KeyEntry> {
        if self.sizing.choices.len() == 1 {
            return Vec::new();
        }
        let named = self.sizing.choices.iter().enumerate().take(NAMED);
        let shown = named.filter(|(index, _)| self.all.iter().any(|p| p.choice == *index));
        shown
            .map(|(index, choice)| KeyEntry {
                text: choice.name(),
                swatch: Swatch::Area(Look::of(index).line),
            })
            .collect()
    }

    fn y_axis(&self) -> Axis {
        let values = || self.all.iter().map(|point| point.y);
        let targets = || self.limits().into_iter().map(|limit| limit.0);
        let low = values().chain(targets()).fold(f64::INFINITY, f64::min);
        let high = values().chain(targets()).fold(0.0, f64::max);
        Axis::log_durations(low, high)
    }

    fn x_axis(&self) -> Axis {
        let low = self.all.iter().map(|point| point.x).fold(f64::INFINITY, f64::min);
        let high = self.all.iter().map(|point| point.x).fold(0.0, f64::max);
        let label = |value: f64| match self.by_cost {
            true => money(value),
            false => format!("{value:.0}"),
        };
        let least = if self.by_cost { 1e-6 } else { 1.0 };
        let step = nice_step((high - low).max(high * 0.05), INTERVALS).max(least);
        let room = ((high - low) / 20.0).max(step / 4.0);
        let first = (low / step).floor() as u64;
        let last = (high / step).ceil() as u64;
        let (low, high) = ((low - room).max(0.0), high + room);
        let ticks = (first..=last).map(|index| index as f64 * step);
        Axis {
            scale: Scale::Linear,
            quantity: if self.by_cost { Quantity::Money } else { Quantity::Count },
            low,
            high,
            ticks: ticks
                .filter(|at| (low..=high).contains(at))
                .map(|at| Tick { at, label: label(at) })
                .collect(),
        }
    }
}
