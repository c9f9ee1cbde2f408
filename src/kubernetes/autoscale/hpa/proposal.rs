//! From all metrics to one number of replicas.
//!
//! The largest number wins. A metric that fails is left out as long as the others do not ask for
//! fewer replicas than there are: nobody scales down half blind. Source: Kubernetes v1.36,
//! `pkg/controller/podautoscaler/horizontal.go`, `computeReplicasForMetrics`.

use super::calculator::{Calculator, MetricError};
use super::condition::{Condition, Reason};
use super::observation::{Observation, Selector};
use super::spec::Metric;

/// What the metrics ask for, before any limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The number of replicas; none if the metrics allow no conclusion.
    pub replicas: Option<i32>,
    /// The metric that asked for it, by its place in the spec.
    pub metric: Option<usize>,
    /// The metrics that failed.
    pub failures: Vec<(usize, MetricError)>,
    /// What it means for the condition `ScalingActive`.
    pub scaling_active: Condition,
}

impl Proposal {
    fn none(reason: Reason, failures: Vec<(usize, MetricError)>) -> Self {
        let scaling_active = Condition::no(reason);
        Self { replicas: None, metric: None, failures, scaling_active }
    }
}

/// Asks every metric.
pub(super) fn propose(
    metrics: &[Metric],
    observation: &Observation,
    calculator: &Calculator<'_>,
) -> Proposal {
    match observation.selector {
        Selector::Valid => {}
        Selector::Invalid => return Proposal::none(Reason::InvalidSelector, Vec::new()),
        Selector::Ambiguous => return Proposal::none(Reason::AmbiguousSelector, Vec::new()),
    }
    let (mut replicas, mut winner, mut failures) = (0, None, Vec::new());
    for (index, (metric, reading)) in metrics.iter().zip(&observation.readings).enumerate() {
        match calculator.replicas(metric, reading) {
            Err(error) => failures.push((index, error)),
            // zero is what the controller starts from, so that it gives way to anything
            Ok(wanted) if replicas == 0 || wanted > replicas => {
                (replicas, winner) = (wanted, Some(index));
            }
            Ok(_) => {}
        }
    }
    let blind = failures.len() >= metrics.len() || replicas < calculator.current;
    match failures.first() {
        Some(&(first, _)) if blind => Proposal::none(failure(&metrics[first]), failures),
        _ => Proposal {
            replicas: Some(replicas),
            metric: winner,
            failures,
            scaling_active: Condition::yes(Reason::ValidMetricFound),
        },
    }
}

fn failure(metric: &Metric) -> Reason {
    match metric {
        Metric::Resource { container: None, .. } => Reason::FailedGetResourceMetric,
        Metric::Resource { container: Some(_), .. } => Reason::FailedGetContainerResourceMetric,
        Metric::Pods { .. } => Reason::FailedGetPodsMetric,
        Metric::Object { .. } => Reason::FailedGetObjectMetric,
        Metric::External { .. } => Reason::FailedGetExternalMetric,
    }
}
