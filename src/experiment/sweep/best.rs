//! Which point of a sweep is the best so far: of those that met all objectives in all their runs,
//! that with the best mean of one figure.

use std::collections::BTreeMap;

use super::{Outline, Record, Run};
use crate::metrics::figures::{Figure, Heading};
use crate::scenario::Goal;

/// The race of all points.
#[derive(Clone, Debug)]
pub struct Contest {
    /// Named by the scenario, or found in the first record.
    goal: Option<Goal>,
    /// By point and name of the figure.
    entrants: BTreeMap<(usize, String), Entrant>,
}

/// A figure of a point.
#[derive(Clone, Debug)]
struct Entrant {
    heading: Heading,
    runs: u32,
    sum: f64,
    objectives_met: bool,
}

/// The best of a contest.
#[derive(Clone, Debug, PartialEq)]
pub struct Leader {
    /// Its point, counted from 0.
    pub point: usize,
    /// The figure it leads by.
    pub heading: Heading,
    /// Its mean over the runs there are.
    pub mean: f64,
}

impl Contest {
    /// A contest without any result.
    pub fn new(outline: &Outline) -> Self {
        Self { goal: outline.best.clone(), entrants: BTreeMap::new() }
    }

    /// What decides it, once that is known.
    pub const fn goal(&self) -> Option<&Goal> {
        self.goal.as_ref()
    }

    /// Takes in a result.
    pub fn enter(&mut self, run: &Run, record: &Record) {
        if self.goal.is_none() {
            self.goal = usual_goal(&record.figures);
        }
        let Some(Goal::Least(name) | Goal::Most(name)) = &self.goal else { return };
        for figure in record.figures.iter().filter(|figure| figure.heading.is_called(name)) {
            let key = (run.point, figure.heading.name());
            let entrant = self.entrants.entry(key).or_insert_with(|| Entrant {
                heading: figure.heading.clone(),
                runs: 0,
                sum: 0.0,
                objectives_met: true,
            });
            entrant.runs += 1;
            entrant.sum += figure.value;
            entrant.objectives_met &= objectives_met(&record.figures, &figure.heading.cluster);
        }
    }

    /// The best so far; `None` where no point met its objectives.
    pub fn leader(&self) -> Option<Leader> {
        let sign = match self.goal.as_ref()? {
            Goal::Least(_) => 1.0,
            Goal::Most(_) => -1.0,
        };
        let mean = |entrant: &Entrant| entrant.sum / f64::from(entrant.runs);
        let met = self.entrants.iter().filter(|(_, entrant)| entrant.objectives_met);
        let least =
            met.min_by(|(_, one), (_, other)| (sign * mean(one)).total_cmp(&(sign * mean(other))));
        least.map(|((point, _), entrant)| Leader {
            point: *point,
            heading: entrant.heading.clone(),
            mean: mean(entrant),
        })
    }
}

/// Cost where anything costs, else latency.
fn usual_goal(figures: &[Figure]) -> Option<Goal> {
    let has = |metric: &str| figures.iter().any(|f| f.heading.metric == metric && f.value > 0.0);
    ["cost_per_hour", "latency_p99", "turnaround_mean"]
        .into_iter()
        .find(|metric| has(metric))
        .map(|metric| Goal::Least(metric.to_owned()))
}

/// Whether a cluster met its objectives, where it has any.
fn objectives_met(figures: &[Figure], cluster: &str) -> bool {
    let of = |heading: &Heading| heading.metric == "slo_met" && heading.cluster == cluster;
    figures.iter().find(|figure| of(&figure.heading)).is_none_or(|figure| figure.value > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::sweep::RunId;
    use crate::metrics::figures::{Better, Unit};

    fn contest(best: Option<Goal>) -> Contest {
        Contest { goal: best, entrants: BTreeMap::new() }
    }

    fn enter(contest: &mut Contest, point: usize, figures: &[(&str, f64)]) {
        let run = Run { point, replication: 0, seed: 1, id: RunId::of("", &[], 1) };
        let figure = |&(metric, value): &(&str, f64)| Figure {
            heading: Heading {
                cluster: "c".into(),
                app: String::new(),
                metric: metric.into(),
                unit: Unit::Count,
                better: Better::Less,
            },
            value,
        };
        contest.enter(&run, &Record::new(&run, figures.iter().map(figure).collect()));
    }

    #[test]
    fn the_cheapest_that_always_met_its_objectives_leads() {
        let mut contest = contest(None);
        enter(&mut contest, 0, &[("cost_per_hour", 1.0), ("slo_met", 1.0)]);
        enter(&mut contest, 1, &[("cost_per_hour", 2.0), ("slo_met", 1.0)]);
        assert_eq!(contest.goal(), Some(&Goal::Least("cost_per_hour".into())));
        assert_eq!(contest.leader().map(|leader| (leader.point, leader.mean)), Some((0, 1.0)));
        enter(&mut contest, 0, &[("cost_per_hour", 1.0), ("slo_met", 0.0)]);
        assert_eq!(contest.leader().map(|leader| leader.point), Some(1));
        enter(&mut contest, 1, &[("cost_per_hour", 4.0), ("slo_met", 1.0)]);
        assert_eq!(contest.leader().map(|leader| leader.mean), Some(3.0));
    }

    #[test]
    fn what_is_free_is_compared_by_latency_unless_the_scenario_says_otherwise() {
        let figures = [("cost_per_hour", 0.0), ("latency_p99", 0.5), ("throughput", 9.0)];
        let mut usual = contest(None);
        enter(&mut usual, 0, &figures);
        assert_eq!(usual.goal(), Some(&Goal::Least("latency_p99".into())));
        let mut most = contest(Some(Goal::Most("throughput".into())));
        enter(&mut most, 0, &figures);
        enter(&mut most, 1, &[("throughput", 10.0)]);
        assert_eq!(most.leader().map(|leader| leader.point), Some(1));
    }
}
