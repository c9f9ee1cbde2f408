//! The replications of a system, gathered into sections: estimates are made from these.
//!
//! Every round of replications adds one to each section, so all sections are equally long and
//! independent, and what is kept does not grow with their number.

use super::metric::{Metric, Pool};
use crate::metrics::LatencyHistogram;
use crate::statistics::control::controlled;
use crate::statistics::pooled::{Distribution, quantile};
use crate::statistics::{Estimate, estimate};

/// Confidence of intervals.
const CONFIDENCE: f64 = 0.99;
/// Confidence with which a control must be what it is known to be on average.
const TRUST: f64 = 0.9999;

/// What one replication gave.
#[derive(Debug)]
pub struct Run {
    /// By metric.
    pub values: Vec<f64>,
    /// By control.
    pub controls: Vec<f64>,
    /// Durations of the first app, where a metric is a quantile of theirs.
    pub waits: Option<LatencyHistogram>,
    pub responses: Option<LatencyHistogram>,
}

/// Sections of equal length.
#[derive(Debug)]
pub struct Sections {
    sections: Vec<Run>,
    rounds: usize,
}

impl Sections {
    /// One round: a replication for each section.
    pub fn new(round: Vec<Run>) -> Self {
        Self { sections: round, rounds: 1 }
    }

    /// Adds another round.
    pub fn add(&mut self, round: Vec<Run>) {
        assert_eq!(round.len(), self.sections.len(), "a round has a replication for each section");
        for (section, run) in self.sections.iter_mut().zip(round) {
            section.add(run);
        }
        self.rounds += 1;
    }

    /// An estimate for each metric. `memories` is how often the system forgot its state in all
    /// replications together.
    pub fn estimates(&self, metrics: &[Metric], memories: f64) -> Vec<Estimate> {
        let controls = self.controls();
        let metrics = metrics.iter().enumerate();
        let estimates = metrics.map(|(index, &metric)| {
            let values = self.values(index, metric);
            let found = controlled(&values, &controls, CONFIDENCE);
            let found = Estimate { count: self.sections.len() * self.rounds, ..found };
            let nothing = values.iter().all(|&value| metric.never_seen(value));
            if nothing { unseen(metric, found, memories) } else { found }
        });
        estimates.collect()
    }

    fn mean(&self, of: impl Fn(&Run) -> f64) -> Vec<f64> {
        self.sections.iter().map(|section| of(section) / self.rounds as f64).collect()
    }

    /// The controls that are on average what they must be.
    pub fn controls(&self) -> Vec<Vec<f64>> {
        let count = self.sections[0].controls.len();
        let all = (0..count).map(|index| self.mean(|section| section.controls[index]));
        let trusted = |control: &Vec<f64>| {
            let found = estimate(control, TRUST);
            found.mean.abs() <= found.half_width
        };
        all.filter(trusted).collect()
    }

    /// Values by section whose mean is the metric.
    fn values(&self, index: usize, metric: Metric) -> Vec<f64> {
        let Some((pool, share)) = metric.quantile() else {
            return self.mean(|section| section.values[index]);
        };
        let kept = self.sections.iter().map(|section| section.pool(pool));
        let parts: Vec<Distribution> = kept.clone().map(Distribution::of).collect();
        let mut whole = LatencyHistogram::default();
        kept.for_each(|part| whole.add(part));
        quantile(&Distribution::of(&whole), &parts, share)
    }
}

impl Run {
    fn add(&mut self, other: Self) {
        let add = |sums: &mut Vec<f64>, values: Vec<f64>| {
            sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
        };
        add(&mut self.values, other.values);
        add(&mut self.controls, other.controls);
        let pairs = [(&mut self.waits, other.waits), (&mut self.responses, other.responses)];
        for (sum, part) in pairs {
            if let (Some(sum), Some(part)) = (sum, part) {
                sum.add(&part);
            }
        }
    }

    fn pool(&self, pool: Pool) -> &LatencyHistogram {
        let kept = match pool {
            Pool::Waits => &self.waits,
            Pool::Responses => &self.responses,
        };
        kept.as_ref().expect("durations are kept where a quantile of theirs is asked for")
    }
}

/// What was never seen is not known to be impossible: with 99 % confidence its share is below
/// -ln(0.01) / n (the rule of three, Hanley and Lippman-Hand, JAMA 249, 1983, which has 95 % and
/// hence 3). Of n, only what is independent counts.
fn unseen(metric: Metric, found: Estimate, memories: f64) -> Estimate {
    let mean = if metric == Metric::Availability { 1.0 } else { 0.0 };
    let bound = -libm::log(1.0 - CONFIDENCE) / memories;
    Estimate { mean, half_width: bound.min(1.0), ..found }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(values: &[f64], control: f64) -> Run {
        Run { values: values.to_vec(), controls: vec![control], waits: None, responses: None }
    }

    #[test]
    fn what_was_never_seen_is_known_by_the_rule_of_three_only() {
        let round = || (0..40).map(|_| run(&[0.0, 1.0, 0.0], 0.0)).collect::<Vec<_>>();
        let mut sections = Sections::new(round());
        sections.add(round());
        let metrics = [Metric::Refused, Metric::Availability, Metric::InFlight];
        let found = sections.estimates(&metrics, 1000.0);
        for (found, mean) in found.iter().zip([0.0, 1.0]) {
            assert_eq!((found.mean, found.count), (mean, 80));
            assert!((found.half_width - 0.004_605_17).abs() < 1e-8, "{found:?}");
        }
        assert_eq!((found[2].mean, found[2].half_width), (0.0, 0.0));
        let once = Sections::new((0..40).map(|at| run(&[f64::from(at / 39)], 0.0)).collect());
        let found = once.estimates(&[Metric::Refused], 1000.0);
        assert!(found[0].half_width > 0.05, "one of forty is not nothing: {found:?}");
    }

    #[test]
    fn a_control_is_used_unless_it_is_off_itself() {
        // values 3 + 2 x: known in full if x is as it must be, and told as they are if it is not
        let x = |at: u32| f64::from(at % 5) - 2.0 + 0.3;
        let with = |shift: f64| {
            let round = (0..40).map(|at| run(&[3.0 + 2.0 * x(at)], x(at) + shift));
            Sections::new(round.collect()).estimates(&[Metric::InFlight], 1.0)[0]
        };
        let trusted = with(0.0);
        assert!((trusted.mean - 3.0).abs() < 1e-12 && trusted.half_width < 1e-9, "{trusted:?}");
        let off = with(2.0);
        assert!((off.mean - 3.6).abs() < 1e-12 && off.half_width > 0.5, "{off:?}");
    }
}
