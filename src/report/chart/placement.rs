//! The charts of clusters that only place: hosts in use and shares over time, and what becomes of
//! GPUs by how many had been asked for.

use super::axis::Axis;
use super::data::Reading;
use super::figure::{Figure, ends_fit};
use super::key::{KeyEntry, Swatch};
use super::levels::Levels;
use super::palette::Look;
use super::plot::EndLabel;
use super::time::{self, Detail, Question};
use super::{Album, Chart, Drawing, Heading, scales};
use crate::metrics::Recording;
use crate::metrics::figures::Unit;
use crate::metrics::series::names;
use crate::metrics::summary::{CurvePoint, GpuSummary};
use crate::scenario::SweepValue;

/// What the horizontal axis of ways measures.
pub const ASKED: &str = "GPUs asked for so far, % of all";
/// What the vertical axis measures where it is about those that items have.
pub const ALLOCATED: &str = "GPUs allocated, share of all";
/// As long as no more than this share of what was asked for is missing, all lines are one.
const NOTICEABLE: f64 = 0.02;
/// Charts begin at multiples of so many percent.
const ROUND: u32 = 10;

/// What a cluster's GPUs came to on the way.
struct Way<'a> {
    name: &'a str,
    look: Look,
    points: Vec<(f64, f64)>,
}

impl Album<'_> {
    /// All of them.
    pub(super) fn placement(&self) -> Vec<Option<Chart>> {
        vec![
            self.allocated_on_the_way(),
            self.fragments_on_the_way(),
            self.hosts_in_use(),
            self.shares(),
            self.stranded("cpu", "How much of the CPU is stranded?"),
            self.stranded("memory", "How much of the memory is stranded?"),
            self.items_waiting(),
            self.hosts_closed(),
        ]
    }

    fn allocated_on_the_way(&self) -> Option<Chart> {
        let title = "How many GPUs are allocated, by how many were asked for?";
        self.chart("gpus-allocated", title, |heading| {
            self.way(heading, ALLOCATED, |point| point.allocated_percent)
        })
    }

    fn fragments_on_the_way(&self) -> Option<Chart> {
        let title = "How many GPUs are free and of no use, by how many were asked for?";
        self.chart("gpu-fragments", title, |heading| {
            let caption = "free GPUs that the typical workload cannot use, share of all";
            self.way(heading, caption, |point| point.fragments_percent)
        })
    }

    fn way(
        &self,
        heading: Heading,
        caption: &str,
        value: fn(&CurvePoint) -> f64,
    ) -> Option<Drawing> {
        let gpus = |it: &Recording| it.summary.placement.as_ref()?.gpus.clone();
        let all: Vec<(usize, &Recording, GpuSummary)> = self
            .recordings()
            .iter()
            .enumerate()
            .filter_map(|(index, it)| Some((index, it, gpus(it)?)))
            .collect();
        let points = || all.iter().flat_map(|(_, _, gpus)| gpus.known());
        let start = start(points().map(|it| (it.arrived_percent, it.allocated_percent / 100.0)));
        let end = points().map(|point| point.arrived_percent).max()?;
        let ways: Vec<Way> = all
            .iter()
            .map(|(index, it, gpus)| {
                let shown = gpus.known().filter(|point| point.arrived_percent >= start);
                let at = |it: &CurvePoint| (f64::from(it.arrived_percent), value(it) / 100.0);
                let (name, look) = (it.summary.cluster.as_str(), Look::of(*index));
                Way { name, look, points: shown.map(at).collect() }
            })
            .collect();
        draw(heading, caption, &ways, asked(start..=end).axis())
    }

    /// With the fewest that could do, where there is one cluster: those of several differ.
    fn hosts_in_use(&self) -> Option<Chart> {
        let both =
            [(names::HOSTS_IN_USE, "in use"), (names::HOSTS_IN_USE_BOUND, "fewest possible")];
        let title = "How many hosts are in use?";
        self.replayed("hosts-in-use", title, "hosts that have items", names::HOSTS_IN_USE, &both)
    }

    /// Of all kinds, where there is one cluster; of several, of CPU.
    fn shares(&self) -> Option<Chart> {
        let [cpu, memory, gpus] = ["cpu", "memory", "gpus"].map(names::allocated);
        let kinds = [(cpu.as_str(), "CPU"), (memory.as_str(), "memory"), (gpus.as_str(), "GPUs")];
        let (title, caption) = match self.recordings().len() {
            1 => ("How much of the hosts is allocated?", "share of all that hosts have"),
            _ => ("How much of the CPU is allocated?", "share of the CPU of all hosts"),
        };
        self.replayed("allocated", title, caption, &cpu, &kinds)
    }

    /// Of a kind that is ever.
    fn stranded(&self, kind: &str, title: &str) -> Option<Chart> {
        let caption = "free where another kind is used up, share of all";
        let name = names::stranded(kind);
        self.over_time(format!("{kind}-stranded"), title, caption, None, &name)
    }

    /// Where any failed, or was drained.
    fn hosts_closed(&self) -> Option<Chart> {
        let title = "How many hosts have failed or are in maintenance?";
        self.over_time("hosts-closed", title, "hosts that take no items", None, names::HOSTS_CLOSED)
    }

    /// Where any waits.
    fn items_waiting(&self) -> Option<Chart> {
        let mut placed = self.recordings().iter().filter_map(|it| it.summary.placement.as_ref());
        placed.find(|it| it.waiting_max > 0)?;
        let title = "How many items wait for a host?";
        self.over_time("items-waiting", title, "items waiting", None, names::ITEMS_WAITING)
    }

    fn replayed(
        &self,
        name: &str,
        title: &str,
        caption: &str,
        series: &str,
        alone: &[(&str, &str)],
    ) -> Option<Chart> {
        self.chart(name, title, |heading| {
            let detail = Detail::Instead(alone);
            let (app, rare, limit) = (None, false, None);
            let question = Question { heading, caption, app, series, detail, rare, limit };
            time::draw(self.recordings(), question)
        })
    }
}

/// Percents that had been asked for, as places on an axis.
pub fn asked(percents: impl IntoIterator<Item = u32>) -> Levels {
    let values: Vec<SweepValue> =
        percents.into_iter().map(|percent| SweepValue(toml::Value::from(percent))).collect();
    Levels::of(ASKED, values.iter())
}

/// Where a chart of ways begins, in percent: a little before the first point at which less is
/// allocated than was asked for. Points are percents asked for, and shares allocated.
pub fn start(points: impl Iterator<Item = (u32, f64)>) -> u32 {
    let falls_short = |(asked, share): &(u32, f64)| share + NOTICEABLE < f64::from(*asked) / 100.0;
    let first = points.filter(falls_short).map(|(asked, _)| asked).min().unwrap_or(0);
    (first / ROUND).saturating_sub(1) * ROUND
}

fn draw(heading: Heading, caption: &str, ways: &[Way], x: Axis) -> Option<Drawing> {
    let values = || ways.iter().flat_map(|way| &way.points).map(|point| point.1);
    let (least, most) = (values().reduce(f64::min)?, values().reduce(f64::max)?);
    let ends: Vec<EndLabel> = ways
        .iter()
        .filter_map(|way| {
            let value = way.points.last()?.1;
            Some(EndLabel { text: way.name.into(), value, look: way.look })
        })
        .collect();
    let key = ways.iter().map(|way| {
        let swatch = Swatch::Line(way.look);
        KeyEntry { text: way.name.into(), swatch }
    });
    let (key, ends) =
        if ends_fit(&ends) { (Vec::new(), ends) } else { (key.collect(), Vec::new()) };
    let figure = Figure {
        heading,
        key,
        x,
        y: scales::axis(Unit::Fraction, least, most),
        x_caption: ASKED.into(),
        y_caption: caption.into(),
        ends,
        reading: Reading::Nearest,
    };
    Some(figure.draw(|plot| {
        for way in ways {
            plot.series(way.name, way.look, &way.points);
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_begin_a_little_before_the_first_that_falls_short() {
        // at 96 % only 93 % are allocated: the chart begins at 80 %
        let way = (0..=130).map(|asked: u32| (asked, (f64::from(asked) / 100.0).min(0.93)));
        assert_eq!(start(way), 80);
        assert_eq!(start((0..=50).map(|asked: u32| (asked, f64::from(asked) / 100.0))), 0);
    }
}
