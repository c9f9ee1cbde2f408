//! From one metric to a number of replicas.
//!
//! The rule is `ceil(pods * usage / target)`, with a tolerance around the target. Pods that say
//! nothing yet are counted so that they hold the change back: as idle when there should be more
//! replicas, as fully used when there should be fewer; and if that turns the direction round,
//! nothing is changed. Source: Kubernetes v1.36,
//! `pkg/controller/podautoscaler/replica_calculator.go` and `metrics/utilization.go`; integers
//! are divided and cut off where they are there.

use thiserror::Error;

use super::integer::{ceiling, guarded_ceiling};
use super::observation::{Phase, Pod, PodReading, Reading, ReadyStatus, Sample};
use super::spec::{HpaConfig, Metric, Milli, ResourceTarget, ValueTarget};
use crate::engine::SimTime;

/// Why a metric gives no number of replicas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum MetricError {
    /// The API did not answer.
    #[error("the metrics API failed")]
    ApiFailed,
    /// The API answered with nothing.
    #[error("the metrics API returned no metrics")]
    NoMetrics,
    /// The target has no pods.
    #[error("the selector of the target matches no pods")]
    NoPods,
    /// There are samples, but none of a pod that counts.
    #[error("there are no metrics of pods that count (they may be unready)")]
    NothingCounts,
    /// A target in percent needs requests.
    #[error("pod {pod} (in the order observed) has a container without a request for the resource")]
    MissingRequest {
        /// Its place in the observation.
        pod: usize,
    },
    /// A target in percent of nothing.
    #[error("the requests of the pods add up to zero")]
    NothingRequested,
}

/// How far the usage may be from the target, as shares of it; the bounds are within.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Tolerances {
    pub up: f64,
    pub down: f64,
}

impl Tolerances {
    fn within(self, ratio: f64) -> bool {
        (1.0 - self.down..=1.0 + self.up).contains(&ratio)
    }
}

/// All that the metrics of one sync have in common.
pub(super) struct Calculator<'a> {
    pub now: SimTime,
    pub config: &'a HpaConfig,
    pub tolerances: Tolerances,
    /// `scale.spec.replicas`.
    pub current: i32,
    /// `scale.status.replicas`.
    pub status: i32,
    pub pods: &'a [Pod],
}

/// How a pod counts.
enum Group {
    /// Deleted or failed: not at all.
    Ignored,
    /// Pending, or its CPU says nothing yet: as idle, when scaling up.
    Unready,
    /// Without a sample.
    Missing,
    Counted(Sample),
}

/// What an average per pod is compared with.
#[derive(Clone, Copy)]
enum Goal {
    Percent(i32),
    Average(i64),
}

/// Pods added up; in thousandths.
#[derive(Clone, Copy, Default)]
struct Sum {
    pods: i64,
    used: i64,
    requested: i64,
}

impl Sum {
    fn add(&mut self, used: i64, request: i64) {
        self.plus(Self { pods: 1, used, requested: request });
    }

    fn plus(&mut self, other: Self) {
        self.pods += other.pods;
        self.used = self.used.wrapping_add(other.used);
        self.requested = self.requested.wrapping_add(other.requested);
    }

    /// The same pods, idle.
    fn idle(self) -> Self {
        Self { used: 0, ..self }
    }
}

impl Goal {
    /// Usage divided by the target. There must be pods.
    fn ratio(self, sum: Sum) -> Result<f64, MetricError> {
        match self {
            Self::Percent(_) if sum.requested == 0 => Err(MetricError::NothingRequested),
            Self::Percent(percent) => {
                let percent_used = sum.used.wrapping_mul(100).wrapping_div(sum.requested);
                // the controller keeps 32 bits
                Ok(f64::from(percent_used as i32) / f64::from(percent))
            }
            Self::Average(target) => Ok((sum.used / sum.pods) as f64 / target as f64),
        }
    }

    /// What a pod without a sample is taken to use when there should be fewer replicas.
    fn assumed(self, request: i64) -> i64 {
        match self {
            Self::Percent(percent) => request.wrapping_mul(i64::from(percent.max(100))) / 100,
            Self::Average(target) => target,
        }
    }
}

impl Calculator<'_> {
    /// The number of replicas a metric asks for.
    pub fn replicas(&self, metric: &Metric, reading: &Reading) -> Result<i32, MetricError> {
        match (metric, reading) {
            (_, Reading::Failed) => Err(MetricError::ApiFailed),
            (Metric::Resource { resource, target, .. }, Reading::Pods(pods)) => {
                let goal = match *target {
                    ResourceTarget::Utilization { percent } => Goal::Percent(percent),
                    ResourceTarget::AverageValue(Milli(average)) => Goal::Average(average),
                };
                self.per_pod(pods, goal, resource == "cpu")
            }
            (Metric::Pods { average: Milli(average), .. }, Reading::Pods(pods)) => {
                self.per_pod(pods, Goal::Average(*average), false)
            }
            (_, Reading::Values(values)) if values.is_empty() => Err(MetricError::NoMetrics),
            (Metric::Object { target, .. }, Reading::Values(values)) => match *target {
                ValueTarget::Value(target) => self.by_value(values[0].0, target),
                ValueTarget::AverageValue(target) => {
                    Ok(self.by_average(values[0].0, target, ceiling))
                }
            },
            (Metric::External { target, .. }, Reading::Values(values)) => match *target {
                ValueTarget::Value(target) => self.by_value(capped_sum(values), target),
                ValueTarget::AverageValue(target) => {
                    Ok(self.by_average(guarded_sum(values), target, guarded_ceiling))
                }
            },
            (Metric::Resource { .. } | Metric::Pods { .. }, Reading::Values(_)) => {
                panic!("the metric is one of pods, its reading is not")
            }
            (Metric::Object { .. } | Metric::External { .. }, Reading::Pods(_)) => {
                panic!("the reading is one of pods, its metric is not")
            }
        }
    }

    /// By the average over pods.
    fn per_pod(&self, of: &[PodReading], goal: Goal, is_cpu: bool) -> Result<i32, MetricError> {
        assert_eq!(of.len(), self.pods.len(), "a reading has an entry for each pod");
        if of.iter().all(|reading| reading.sample.is_none()) {
            return Err(MetricError::NoMetrics);
        }
        let (mut counted, mut missing, mut unready) = <(Sum, Sum, Sum)>::default();
        for (pod, reading) in self.pods.iter().zip(of) {
            let request = reading.request.unwrap_or_default().0;
            match self.group(pod, reading.sample, is_cpu) {
                Group::Ignored => {}
                Group::Unready => unready.add(0, request),
                Group::Missing => missing.add(goal.assumed(request), request),
                Group::Counted(sample) => counted.add(sample.value.0, request),
            }
        }
        if counted.pods == 0 {
            return Err(MetricError::NothingCounts);
        }
        if let Goal::Percent(_) = goal
            && let Some(pod) = of.iter().position(|reading| reading.request.is_none())
        {
            return Err(MetricError::MissingRequest { pod });
        }
        self.held_back(goal, counted, missing, unready)
    }

    fn group(&self, pod: &Pod, sample: Option<Sample>, is_cpu: bool) -> Group {
        match (pod.phase, sample) {
            _ if pod.deleting => Group::Ignored,
            (Phase::Failed, _) => Group::Ignored,
            (Phase::Pending, _) => Group::Unready,
            (_, None) => Group::Missing,
            (_, Some(sample)) if is_cpu && self.says_nothing_yet(pod, sample) => Group::Unready,
            (_, Some(sample)) => Group::Counted(sample),
        }
    }

    /// Whether the CPU of a pod is that of its start rather than of its work.
    fn says_nothing_yet(&self, pod: &Pod, sample: Sample) -> bool {
        let (Some(start), Some(ready)) = (pod.start, pod.ready) else {
            return true;
        };
        let unready = ready.status == ReadyStatus::False;
        if start.saturating_add(self.config.cpu_initialization_period) > self.now {
            // a sample counts once its whole window lies after the change of readiness
            unready || sample.at < ready.since.saturating_add(sample.window)
        } else {
            // once it has been ready, a pod that is unready counts
            unready && start.saturating_add(self.config.initial_readiness_delay) > ready.since
        }
    }

    /// The rule, with those pods that say nothing holding it back.
    fn held_back(
        &self,
        goal: Goal,
        counted: Sum,
        missing: Sum,
        unready: Sum,
    ) -> Result<i32, MetricError> {
        let ratio = goal.ratio(counted)?;
        let up_with_unready = unready.pods > 0 && ratio > 1.0;
        if !up_with_unready && missing.pods == 0 {
            let within = self.tolerances.within(ratio);
            return Ok(if within { self.current } else { ceiling(ratio * counted.pods as f64) });
        }
        let mut all = counted;
        if ratio < 1.0 {
            all.plus(missing);
        } else if ratio > 1.0 {
            all.plus(missing.idle());
        }
        if up_with_unready {
            all.plus(unready.idle());
        }
        let held = goal.ratio(all)?;
        let turned = (ratio < 1.0 && held > 1.0) || (ratio > 1.0 && held < 1.0);
        if self.tolerances.within(held) || turned {
            return Ok(self.current);
        }
        let replicas = ceiling(held * all.pods as f64);
        let against =
            (held < 1.0 && replicas > self.current) || (held > 1.0 && replicas < self.current);
        Ok(if against { self.current } else { replicas })
    }

    /// By a value that belongs to no pod, times the pods that are ready. From zero replicas the
    /// ratio itself is the answer.
    fn by_value(&self, value: i64, target: Milli) -> Result<i32, MetricError> {
        let ratio = value as f64 / target.0 as f64;
        if self.current == 0 {
            return Ok(ceiling(ratio));
        }
        if self.tolerances.within(ratio) {
            return Ok(self.current);
        }
        if self.pods.is_empty() {
            return Err(MetricError::NoPods);
        }
        let ready = self.pods.iter().filter(|pod| is_ready(pod)).count();
        Ok(guarded_ceiling(ratio * ready as f64))
    }

    /// By a value shared among the replicas there are.
    fn by_average(&self, value: i64, target: Milli, round: fn(f64) -> i32) -> i32 {
        let (value, target) = (value as f64, target.0 as f64);
        let ratio = value / (target * f64::from(self.status));
        if self.tolerances.within(ratio) { self.status } else { round(value / target) }
    }
}

/// Running and ready, even if it is being deleted.
fn is_ready(pod: &Pod) -> bool {
    let ready = pod.ready.is_some_and(|ready| ready.status == ReadyStatus::True);
    pod.phase == Phase::Running && ready
}

/// The sum of an external metric's series for a target value: stays at the largest number.
fn capped_sum(values: &[Milli]) -> i64 {
    let mut sum: i64 = 0;
    for &Milli(value) in values {
        if value > 0 && sum > i64::MAX - value {
            return i64::MAX;
        }
        sum = sum.wrapping_add(value);
    }
    sum
}

/// The same for a target per pod: the controller takes any negative sum for an overflow.
fn guarded_sum(values: &[Milli]) -> i64 {
    let mut sum: i64 = 0;
    for &Milli(value) in values {
        sum = sum.wrapping_add(value);
        if sum < 0 {
            return i64::MAX;
        }
    }
    sum
}

#[cfg(test)]
mod tests;
