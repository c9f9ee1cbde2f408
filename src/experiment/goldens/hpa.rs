//! Cases of the horizontal pod autoscaler: what it saw at every sync, and what it did.
//!
//! Compared at each step are the proposal of the metrics, the replicas wanted, whether that was a
//! change, and the three conditions. The recorded scale is the one given to every step, so that a
//! step which differs taints later ones only by what the controller remembers.

use std::collections::BTreeMap;

use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::core::v1::PodSpec;
use serde::Deserialize;

use super::{GoldenError, Half, Outcome};
use crate::engine::{SimDuration, SimTime};
use crate::kubernetes::autoscale::hpa::requests::{RequestError, request};
use crate::kubernetes::autoscale::hpa::{
    Condition, Hpa, HpaConfig, Metric, Milli, Observation, Phase, Pod, PodReading, Reading, Ready,
    ReadyStatus, Sample, Selector, spec_of,
};

/// Cases tell of times before their start; simulated time does not. In seconds.
const START: i64 = 1_000_000_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    controller: Controller,
    hpa: HorizontalPodAutoscaler,
    pod_spec: PodSpec,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Controller {
    sync_period_seconds: u32,
    downscale_stabilization_seconds: u32,
    tolerance: f64,
    cpu_initialization_period_seconds: u32,
    initial_readiness_delay_seconds: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Step {
    t: i64,
    spec_replicas: i32,
    status_replicas: i32,
    pods: Option<Vec<CasePod>>,
    external_milli: Option<Vec<i64>>,
    object_milli: Option<i64>,
    metric_errors: Option<Vec<Api>>,
}

#[derive(Clone, Copy, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Api {
    Resource,
    Pods,
    External,
    Object,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CasePod {
    phase: CasePhase,
    start: Option<i64>,
    ready: Option<CaseReady>,
    #[serde(default)]
    ready_since: i64,
    #[serde(default)]
    deleting: bool,
    metrics: Option<Usage>,
}

#[derive(Clone, Copy, Deserialize)]
enum CasePhase {
    Pending,
    Running,
    Succeeded,
    Failed,
    Unknown,
}

#[derive(Clone, Copy, Deserialize)]
enum CaseReady {
    True,
    False,
    Unknown,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Usage {
    at: i64,
    window: u32,
    cpu_milli: Option<i64>,
    memory_bytes: Option<i64>,
    qps_milli: Option<i64>,
    containers: Option<BTreeMap<String, (i64, i64)>>,
}

#[derive(Deserialize)]
struct Expected {
    steps: Vec<ExpectedStep>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExpectedStep {
    t: i64,
    #[serde(flatten)]
    decided: Decided,
}

/// What is compared.
#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
struct Decided {
    proposal: i32,
    desired: i32,
    rescaled: bool,
    #[serde(default)]
    able_to_scale: String,
    #[serde(default)]
    scaling_active: String,
    #[serde(default)]
    scaling_limited: String,
}

/// Replays a case.
pub(super) fn run(name: &str, case: &Half, result: &Half) -> Result<Outcome, GoldenError> {
    let replay = Replay { half: case, case: case.parse()? };
    let expected: Expected = result.parse()?;
    if expected.steps.len() != replay.case.steps.len() {
        let (own, other) = (expected.steps.len(), replay.case.steps.len());
        let problem = format!("there are {own} steps, and {other} in the case");
        return Err(result.malformed("steps", problem));
    }
    let mut hpa = replay.autoscaler()?;
    let requests = replay.requests(&hpa)?;
    let mut outcome = Outcome::default();
    for (index, (step, expected)) in replay.case.steps.iter().zip(expected.steps).enumerate() {
        if step.t != expected.t {
            let problem = format!("{} is not the time of the case's step, {}", expected.t, step.t);
            return Err(result.malformed(&format!("steps[{index}].t"), problem));
        }
        let (now, observation) = replay.observe(index, &hpa, &requests)?;
        let decided = decide(&mut hpa, now, &observation);
        let differences = expected.decided.differences(&decided);
        let whole = format!("{name}, step {index} (t = {}): {differences}", step.t);
        outcome.count(Some(whole).filter(|_| !differences.is_empty()));
    }
    Ok(outcome)
}

fn decide(hpa: &mut Hpa, now: SimTime, observation: &Observation) -> Decided {
    let decision = hpa.sync(now, observation);
    let text = |condition: Option<Condition>| condition.map(|it| it.to_string());
    let conditions = decision.conditions;
    // recorded for every number of replicas but zero, also where the controller does not ask
    let proposed = match observation.spec_replicas {
        0 => decision.proposal.map_or(Some(0), |proposal| proposal.replicas),
        _ => decision.proposal.unwrap_or_else(|| hpa.propose(now, observation)).replicas,
    };
    Decided {
        proposal: proposed.unwrap_or(-1),
        desired: decision.desired,
        rescaled: decision.rescaled,
        able_to_scale: text(conditions.able_to_scale).unwrap_or_default(),
        scaling_active: text(conditions.scaling_active).unwrap_or_default(),
        scaling_limited: text(conditions.scaling_limited).unwrap_or_default(),
    }
}

impl Decided {
    /// Every field that differs, as `desired: expected 3, got 4`.
    fn differences(&self, got: &Self) -> String {
        let fields = [
            ("proposal", self.proposal.to_string(), got.proposal.to_string()),
            ("desired", self.desired.to_string(), got.desired.to_string()),
            ("rescaled", self.rescaled.to_string(), got.rescaled.to_string()),
            ("AbleToScale", written(&self.able_to_scale), written(&got.able_to_scale)),
            ("ScalingActive", written(&self.scaling_active), written(&got.scaling_active)),
            ("ScalingLimited", written(&self.scaling_limited), written(&got.scaling_limited)),
        ];
        let differing = fields.iter().filter(|(_, expected, got)| expected != got);
        let texts: Vec<String> = differing
            .map(|(field, expected, got)| format!("{field}: expected {expected}, got {got}"))
            .collect();
        texts.join("; ")
    }
}

/// A condition that was never written has neither status nor reason.
fn written(condition: &str) -> String {
    match condition {
        "" | "/" => "none".to_owned(),
        text => text.to_owned(),
    }
}

/// A case on its way through the model.
struct Replay<'a> {
    half: &'a Half,
    case: Case,
}

impl Replay<'_> {
    fn autoscaler(&self) -> Result<Hpa, GoldenError> {
        let spec = spec_of(&self.case.hpa)
            .map_err(|error| self.half.malformed(&format!("hpa.{}", error.path), error.problem))?;
        let controller = &self.case.controller;
        let seconds = |count: u32| SimDuration::from_secs(u64::from(count));
        let config = HpaConfig {
            sync_period: seconds(controller.sync_period_seconds),
            downscale_stabilization: seconds(controller.downscale_stabilization_seconds),
            tolerance: controller.tolerance,
            cpu_initialization_period: seconds(controller.cpu_initialization_period_seconds),
            initial_readiness_delay: seconds(controller.initial_readiness_delay_seconds),
            ..HpaConfig::default()
        };
        Ok(Hpa::new(spec, config))
    }

    /// What each pod requests of the resource of each metric.
    fn requests(&self, hpa: &Hpa) -> Result<Vec<Option<Milli>>, GoldenError> {
        let requested = |metric: &Metric| match metric {
            Metric::Resource { resource, container, .. } => {
                match request(&self.case.pod_spec, resource, container.as_deref()) {
                    Ok(request) => Ok(Some(request)),
                    Err(error @ RequestError::Unreadable { .. }) => {
                        Err(self.half.malformed("podSpec", error.to_string()))
                    }
                    Err(_) => Ok(None),
                }
            }
            _ => Ok(None),
        };
        hpa.spec().metrics.iter().map(requested).collect()
    }

    /// What the controller saw at a step, and when.
    fn observe(
        &self,
        index: usize,
        hpa: &Hpa,
        requests: &[Option<Milli>],
    ) -> Result<(SimTime, Observation), GoldenError> {
        let step = &self.case.steps[index];
        let place = format!("steps[{index}]");
        let now = self.instant(step.t, &format!("{place}.t"))?;
        let pods = step.pods.iter().flatten().enumerate();
        let pods: Vec<(Pod, Option<Measured<'_>>)> = pods
            .map(|(at, pod)| self.pod(pod, &format!("{place}.pods[{at}]")))
            .collect::<Result<_, _>>()?;
        let metrics = hpa.spec().metrics.iter().zip(requests);
        let readings = metrics.map(|(metric, request)| self.reading(step, metric, &pods, *request));
        let observation = Observation {
            spec_replicas: step.spec_replicas,
            status_replicas: step.status_replicas,
            selector: Selector::Valid,
            readings: readings.collect(),
            pods: pods.iter().map(|(pod, _)| *pod).collect(),
        };
        Ok((now, observation))
    }

    fn pod<'p>(
        &self,
        pod: &'p CasePod,
        place: &str,
    ) -> Result<(Pod, Option<Measured<'p>>), GoldenError> {
        let instant = |seconds, field| self.instant(seconds, &format!("{place}.{field}"));
        let phase = match pod.phase {
            CasePhase::Pending => Phase::Pending,
            CasePhase::Running => Phase::Running,
            CasePhase::Succeeded => Phase::Succeeded,
            CasePhase::Failed => Phase::Failed,
            CasePhase::Unknown => Phase::Unknown,
        };
        let since = instant(pod.ready_since, "readySince")?;
        let ready = pod.ready.map(|status| Ready { status: status.into(), since });
        let start = pod.start.map(|start| instant(start, "start")).transpose()?;
        let measured = match &pod.metrics {
            None => None,
            Some(usage) => Some(Measured { usage, at: instant(usage.at, "metrics.at")? }),
        };
        Ok((Pod { phase, start, ready, deleting: pod.deleting }, measured))
    }

    fn instant(&self, seconds: i64, place: &str) -> Result<SimTime, GoldenError> {
        let range = format!("{seconds} is not within {START} seconds of the case's start");
        let shifted = seconds.checked_add(START).and_then(|shifted| u64::try_from(shifted).ok());
        match shifted {
            Some(shifted) if seconds <= START => {
                Ok(SimTime::ZERO + SimDuration::from_secs(shifted))
            }
            _ => Err(self.half.malformed(place, range)),
        }
    }

    fn reading(
        &self,
        step: &Step,
        metric: &Metric,
        pods: &[(Pod, Option<Measured<'_>>)],
        request: Option<Milli>,
    ) -> Reading {
        let fails = |api: Api| step.metric_errors.iter().flatten().any(|&failing| failing == api);
        let of_pods = |value: &dyn Fn(&Usage) -> Option<i64>| {
            let sample = |measured: &Measured<'_>| measured.sample(value(measured.usage)?);
            let reading = |measured: &Option<Measured<'_>>| PodReading {
                sample: measured.as_ref().and_then(sample),
                request,
            };
            Reading::Pods(pods.iter().map(|(_, measured)| reading(measured)).collect())
        };
        match metric {
            Metric::Resource { .. } if fails(Api::Resource) => Reading::Failed,
            Metric::Pods { .. } if fails(Api::Pods) => Reading::Failed,
            Metric::Object { .. } if fails(Api::Object) => Reading::Failed,
            Metric::External { .. } if fails(Api::External) => Reading::Failed,
            Metric::Resource { resource, container, .. } => {
                of_pods(&|usage| self.usage(usage, resource, container.as_deref()))
            }
            Metric::Pods { .. } => of_pods(&|usage| usage.qps_milli),
            Metric::Object { .. } => match step.object_milli {
                Some(value) => Reading::Values(vec![Milli(value)]),
                None => Reading::Failed,
            },
            Metric::External { .. } => {
                let series = step.external_milli.iter().flatten();
                Reading::Values(series.map(|&value| Milli(value)).collect())
            }
        }
    }

    /// Thousandths of a resource used by a pod or by a container of it. A pod whose containers are
    /// not told apart has one, the first of its spec.
    fn usage(&self, usage: &Usage, resource: &str, container: Option<&str>) -> Option<i64> {
        let pick = |cpu: Option<i64>, memory: Option<i64>| match resource {
            "cpu" => cpu,
            "memory" => memory.map(|bytes| bytes.saturating_mul(1_000)),
            _ => None,
        };
        match (&usage.containers, container) {
            (None, Some(name)) if self.case.pod_spec.containers.first()?.name != name => None,
            (None, _) => pick(usage.cpu_milli, usage.memory_bytes),
            (Some(containers), Some(name)) => {
                let (cpu, memory) = *containers.get(name)?;
                pick(Some(cpu), Some(memory))
            }
            (Some(containers), None) if containers.is_empty() => None,
            (Some(containers), None) => {
                containers.values().try_fold(0_i64, |sum, &(cpu, memory)| {
                    Some(sum.wrapping_add(pick(Some(cpu), Some(memory))?))
                })
            }
        }
    }
}

/// What was measured of a pod, and when.
struct Measured<'a> {
    usage: &'a Usage,
    at: SimTime,
}

impl Measured<'_> {
    fn sample(&self, value: i64) -> Option<Sample> {
        let window = SimDuration::from_secs(u64::from(self.usage.window));
        Some(Sample { value: Milli(value), at: self.at, window })
    }
}

impl From<CaseReady> for ReadyStatus {
    fn from(ready: CaseReady) -> Self {
        match ready {
            CaseReady::True => Self::True,
            CaseReady::False => Self::False,
            CaseReady::Unknown => Self::Unknown,
        }
    }
}
