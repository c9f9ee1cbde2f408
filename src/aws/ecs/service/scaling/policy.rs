//! The JSON of `put-scaling-policy`.

use super::watched::{Watched, watched};
use super::{ServiceName, service};
use crate::aws::ecs::reader::{self, Choices, Described, Ignored, Keys, Reader};
use crate::aws::json::{Object, Part};
use crate::aws::scaling::target_tracking::COOLDOWN;
use crate::aws::scaling::{Adjustment, Metric, Rule, Step, StepScaling, TargetTracking};
use crate::engine::SimDuration;
use crate::scenario::Diagnostics;

/// A scaling policy of a service.
#[derive(Clone, Debug, PartialEq)]
pub struct ScalingPolicy {
    /// Which service.
    pub service: ServiceName,
    /// Its name.
    pub name: String,
    /// What it does.
    pub kind: Kind,
    /// Keys that have no effect here.
    pub ignored: Vec<Ignored>,
}

/// What a policy does.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// It keeps a metric at a target: one of this service, or, without a name, of its own.
    Target(TargetTracking, Option<String>),
    /// It takes steps, when an alarm that names the policy is raised.
    Steps(Steps),
}

/// A step policy without its alarm.
#[derive(Clone, Debug, PartialEq)]
pub struct Steps {
    /// What the numbers of the steps are.
    pub adjustment: Adjustment,
    /// By how far the metric is beyond the threshold.
    pub steps: Vec<Step>,
    /// For how long a step is in progress.
    pub cooldown: SimDuration,
    /// A change in per cent is at least one of so many.
    pub min_magnitude: u32,
}

impl Steps {
    /// The policy that acts on this alarm.
    pub fn on(self, alarm: Rule) -> StepScaling {
        let Self { adjustment, steps, cooldown, min_magnitude } = self;
        StepScaling { alarm, adjustment, steps, cooldown, min_magnitude }
    }
}

const POLICY: Keys = Keys {
    kind: "a scaling policy",
    read: &[
        "ServiceNamespace",
        "ResourceId",
        "ScalableDimension",
        "PolicyName",
        "PolicyType",
        "TargetTrackingScalingPolicyConfiguration",
        "StepScalingPolicyConfiguration",
    ],
    ignored: &[],
};
const POLICIES: Described = Described {
    list: "ScalingPolicies",
    one: "ScalingPolicy",
    keys: &["PolicyARN", "Alarms", "CreationTime"],
};
const TRACKING: Keys = Keys {
    kind: "a target tracking configuration",
    read: &[
        "TargetValue",
        "PredefinedMetricSpecification",
        "CustomizedMetricSpecification",
        "ScaleOutCooldown",
        "ScaleInCooldown",
        "DisableScaleIn",
    ],
    ignored: &[],
};
const PREDEFINED: Keys = Keys {
    kind: "a predefined metric",
    read: &["PredefinedMetricType"],
    ignored: &["ResourceLabel"],
};
const CUSTOM: Keys = Keys {
    kind: "a customized metric",
    read: &["MetricName", "Namespace", "Dimensions", "Statistic"],
    ignored: &["Unit", "Metrics"],
};
const STEPS: Keys = Keys {
    kind: "a step scaling configuration",
    read: &["AdjustmentType", "StepAdjustments", "MinAdjustmentMagnitude", "Cooldown"],
    ignored: &["MetricAggregationType"],
};
const STEP: Keys = Keys {
    kind: "a step",
    read: &["MetricIntervalLowerBound", "MetricIntervalUpperBound", "ScalingAdjustment"],
    ignored: &[],
};
const TARGET_KEY: &str = "TargetTrackingScalingPolicyConfiguration";
const STEPS_KEY: &str = "StepScalingPolicyConfiguration";

const METRICS: Choices<Metric> = &[
    ("ECSServiceAverageCPUUtilization", Metric::Cpu),
    ("ECSServiceAverageMemoryUtilization", Metric::Memory),
    ("ALBRequestCountPerTarget", Metric::RequestsPerTarget),
];
const ADJUSTMENTS: Choices<Adjustment> = &[
    ("ChangeInCapacity", Adjustment::Change),
    ("PercentChangeInCapacity", Adjustment::PercentChange),
    ("ExactCapacity", Adjustment::Exact),
];
/// By the key of their configuration.
const TYPES: Choices<&str> = &[("TargetTrackingScaling", TARGET_KEY), ("StepScaling", STEPS_KEY)];

impl ScalingPolicy {
    /// Reads the input of `put-scaling-policy`, or the output of `describe-scaling-policies`, from
    /// `text`, which messages call `name`.
    ///
    /// # Errors
    /// All that the API would refuse.
    pub fn all_from_json(text: &str, name: &str) -> Result<Vec<Self>, Diagnostics> {
        let all = reader::each_described(text, name, "the scaling policy", POLICIES, policy)?;
        Ok(all.into_iter().map(|(it, ignored)| Self { ignored, ..it }).collect())
    }
}

fn policy(reader: &mut Reader, part: Part<'_>) -> Option<ScalingPolicy> {
    let object = reader.object(part, POLICY)?;
    let service = service(reader, &object);
    let name = reader.required(&object, "PolicyName", Reader::text);
    let kind = match object.get("PolicyType") {
        Some(part) if part.written() == "\"PredictiveScaling\"" => {
            let help = "write `TargetTrackingScaling` or `StepScaling`";
            reader.wrong(part.span(), "predictive scaling is not simulated", help);
            return None;
        }
        // the API takes a policy without a type for one of steps
        None => STEPS_KEY,
        Some(_) => reader.required(&object, "PolicyType", |r, part| r.choice(part, TYPES))?,
    };
    for (name, key) in TYPES {
        if let Some(part) = object.get(key).filter(|_| *key != kind) {
            let title = format!("`{key}` is for policies of the type `{name}`");
            reader.wrong(part.span(), title, "leave it out, or change `PolicyType`");
        }
    }
    let kind = match kind {
        TARGET_KEY => reader.required(&object, kind, tracking),
        _ => reader.required(&object, kind, steps).map(Kind::Steps),
    };
    Some(ScalingPolicy { service: service?, name: name?, kind: kind?, ignored: Vec::new() })
}

fn cooldown(reader: &mut Reader, object: &Object<'_>, key: &str) -> SimDuration {
    let seconds = reader.optional(object, key, |r, part| r.whole(part, 0..=u32::MAX));
    seconds.map_or(COOLDOWN, |seconds| SimDuration::from_secs(u64::from(seconds)))
}

fn tracking(reader: &mut Reader, part: Part<'_>) -> Option<Kind> {
    let object = reader.object(part, TRACKING)?;
    let target = reader.required(&object, "TargetValue", |reader, part| {
        let target = reader.number(part)?;
        if target <= 0.0 {
            let title = format!("`TargetValue` is {target}");
            reader.wrong(part.span(), title, "it must be more than 0");
            return None;
        }
        Some(target)
    });
    let predefined = reader.optional(&object, "PredefinedMetricSpecification", |reader, part| {
        let object = reader.object(part, PREDEFINED)?;
        let metric =
            reader.required(&object, "PredefinedMetricType", |r, part| r.choice(part, METRICS))?;
        if metric == Metric::RequestsPerTarget && object.get("ResourceLabel").is_none() {
            let title = "requests per target need a `ResourceLabel`, which is missing";
            let help = "name load balancer and target group: \
                        `app/my-alb/778d41231b141a0f/targetgroup/my-group/943f017f100becff`";
            reader.wrong(part.span(), title, help);
        }
        Some(metric)
    });
    let custom = reader.optional(&object, "CustomizedMetricSpecification", |reader, part| {
        let object = reader.object(part, CUSTOM)?;
        watched(reader, &object)
    });
    let keys = ["PredefinedMetricSpecification", "CustomizedMetricSpecification"];
    match keys.map(|key| object.get(key)) {
        [None, None] => {
            let title = "the policy tracks no metric";
            let help = "add `\"PredefinedMetricSpecification\": { \"PredefinedMetricType\": \
                        \"ECSServiceAverageCPUUtilization\" }`";
            reader.wrong(part.span(), title, help);
        }
        [Some(_), Some(part)] => {
            reader.wrong(part.span(), "the policy tracks two metrics", "make two policies of it");
        }
        _ => {}
    }
    let out = cooldown(reader, &object, "ScaleOutCooldown");
    let scale_in = cooldown(reader, &object, "ScaleInCooldown");
    let disable = reader.optional(&object, "DisableScaleIn", Reader::flag);
    let own = |metric| Watched { metric, service: None };
    let Watched { metric, service } = predefined.map(own).or(custom)?;
    let target = TargetTracking {
        scale_out_cooldown: out,
        scale_in_cooldown: scale_in,
        disable_scale_in: disable.unwrap_or(false),
        ..TargetTracking::of_service(metric, target?)
    };
    Some(Kind::Target(target, service))
}

fn steps(reader: &mut Reader, part: Part<'_>) -> Option<Steps> {
    let object = reader.object(part, STEPS)?;
    let adjustment =
        reader.required(&object, "AdjustmentType", |r, part| r.choice(part, ADJUSTMENTS));
    reader.noted(object.required("StepAdjustments"));
    let steps = reader.each(&object, "StepAdjustments", step);
    if let Some(part) = object.get("StepAdjustments") {
        check(reader, part, &steps);
    }
    let magnitude =
        reader.optional(&object, "MinAdjustmentMagnitude", |r, part| r.whole(part, 1..=u32::MAX));
    if let (Some(kind), Some(part)) = (adjustment, object.get("MinAdjustmentMagnitude"))
        && kind != Adjustment::PercentChange
    {
        let title = "`MinAdjustmentMagnitude` is for changes in per cent";
        reader.wrong(part.span(), title, "leave it out, or write `PercentChangeInCapacity`");
    }
    Some(Steps {
        adjustment: adjustment?,
        steps,
        cooldown: cooldown(reader, &object, "Cooldown"),
        min_magnitude: magnitude.unwrap_or(0),
    })
}

fn step(reader: &mut Reader, part: Part<'_>) -> Option<Step> {
    let object = reader.object(part, STEP)?;
    let lower = reader.optional(&object, "MetricIntervalLowerBound", Reader::number);
    let upper = reader.optional(&object, "MetricIntervalUpperBound", Reader::number);
    let adjustment =
        reader.required(&object, "ScalingAdjustment", |r, part| r.noted(part.whole_number()));
    if lower.zip(upper).is_some_and(|(lower, upper)| lower >= upper) {
        let title = "the lower bound of this step is not below its upper one";
        reader.wrong(part.span(), title, "change them round");
    }
    Some(Step { lower, upper, adjustment: adjustment? })
}

/// Steps leave no gap and do not overlap. (Application Auto Scaling User Guide, "Step
/// adjustments".)
fn check(reader: &mut Reader, part: Part<'_>, steps: &[Step]) {
    if part.list().is_ok_and(|parts| parts.is_empty()) {
        reader.wrong(part.span(), "there are no steps", "add one with a `ScalingAdjustment`");
    }
    let mut sorted: Vec<&Step> = steps.iter().collect();
    let low = |step: &Step| step.lower.unwrap_or(f64::NEG_INFINITY);
    sorted.sort_by(|one, other| low(one).total_cmp(&low(other)));
    for pair in sorted.windows(2) {
        if pair[0].upper != pair[1].lower || pair[0].upper.is_none() {
            let title = "the steps overlap, or leave a gap";
            let help = "begin each where the one before ends";
            reader.wrong(part.span(), title, help);
            return;
        }
    }
}
