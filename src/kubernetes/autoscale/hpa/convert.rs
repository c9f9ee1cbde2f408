//! The API object into the model: defaults filled in, and what the API server would refuse.
//!
//! Source: Kubernetes v1.36, `pkg/apis/autoscaling/v2/defaults.go` and
//! `pkg/apis/autoscaling/validation/validation.go`.

use k8s_openapi::api::autoscaling::v2 as api;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use thiserror::Error;

use super::amount::{fraction, milli};
use super::spec::{
    Behavior, HpaSpec, Metric, Milli, PolicyKind, ResourceTarget, ScalingPolicy, ScalingRules,
    SelectPolicy, ValueTarget,
};
use crate::engine::SimDuration;

/// The metric of an autoscaler that names none.
const DEFAULT_CPU_PERCENT: i32 = 80;
/// The longest stabilisation window, in seconds.
const LONGEST_WINDOW: i32 = 3_600;
/// The longest period of a policy, in seconds.
const LONGEST_PERIOD: i32 = 1_800;

/// What the API server would refuse in an autoscaler.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{path}: {problem}")]
pub struct SpecError {
    /// Where in the object, such as `spec.metrics[0].resource.target`.
    pub path: String,
    /// What is wrong, and what would be right.
    pub problem: String,
}

fn refuse<T>(path: &str, problem: impl Into<String>) -> Result<T, SpecError> {
    Err(SpecError { path: path.to_owned(), problem: problem.into() })
}

/// The model of an autoscaler.
///
/// `minReplicas: 0` is taken as it is: only the feature gate
/// [`HpaConfig::scale_to_zero`](super::HpaConfig::scale_to_zero) makes it useful.
///
/// # Errors
/// The first thing that the API server would refuse.
pub fn spec_of(hpa: &api::HorizontalPodAutoscaler) -> Result<HpaSpec, SpecError> {
    let spec = &hpa.spec;
    let (min_replicas, max_replicas) = (spec.min_replicas.unwrap_or(1), spec.max_replicas);
    if min_replicas < 0 {
        return refuse("spec.minReplicas", format!("{min_replicas} is below zero"));
    }
    if max_replicas < 1 || max_replicas < min_replicas {
        let problem = format!("{max_replicas} must be at least 1 and at least `minReplicas`");
        return refuse("spec.maxReplicas", problem);
    }
    let named = spec.metrics.iter().flatten().enumerate();
    let mut metrics: Vec<Metric> = named
        .map(|(at, one)| metric(one, &format!("spec.metrics[{at}]")))
        .collect::<Result<_, _>>()?;
    if metrics.is_empty() {
        let target = ResourceTarget::Utilization { percent: DEFAULT_CPU_PERCENT };
        metrics.push(Metric::Resource { resource: "cpu".to_owned(), container: None, target });
    }
    let behavior = spec.behavior.as_ref().map(behavior).transpose()?;
    Ok(HpaSpec { min_replicas, max_replicas, metrics, behavior })
}

fn metric(from: &api::MetricSpec, path: &str) -> Result<Metric, SpecError> {
    let missing = |field: &str| SpecError {
        path: format!("{path}.{field}"),
        problem: format!("a metric of type `{}` needs it", from.type_),
    };
    match from.type_.as_str() {
        "Resource" => {
            let source = from.resource.as_ref().ok_or_else(|| missing("resource"))?;
            let target = resource_target(&source.target, &format!("{path}.resource.target"))?;
            Ok(Metric::Resource { resource: source.name.clone(), container: None, target })
        }
        "ContainerResource" => {
            let field = "containerResource";
            let source = from.container_resource.as_ref().ok_or_else(|| missing(field))?;
            let target = resource_target(&source.target, &format!("{path}.{field}.target"))?;
            let container = Some(source.container.clone());
            Ok(Metric::Resource { resource: source.name.clone(), container, target })
        }
        "Pods" => {
            let source = from.pods.as_ref().ok_or_else(|| missing("pods"))?;
            let path = format!("{path}.pods.target.averageValue");
            match &source.target.average_value {
                Some(average) => {
                    let average = positive(average, &path)?;
                    Ok(Metric::Pods { name: source.metric.name.clone(), average })
                }
                None => refuse(&path, "a metric of pods needs it"),
            }
        }
        "Object" => {
            let source = from.object.as_ref().ok_or_else(|| missing("object"))?;
            let target = object_target(&source.target, &format!("{path}.object.target"))?;
            let kind = source.described_object.kind.clone();
            Ok(Metric::Object { kind, name: source.metric.name.clone(), target })
        }
        "External" => {
            let source = from.external.as_ref().ok_or_else(|| missing("external"))?;
            let target = external_target(&source.target, &format!("{path}.external.target"))?;
            Ok(Metric::External { name: source.metric.name.clone(), target })
        }
        other => {
            let known = "`Resource`, `ContainerResource`, `Pods`, `Object` or `External`";
            refuse(&format!("{path}.type"), format!("`{other}` must be {known}"))
        }
    }
}

/// The controller goes by what is given rather than by the type; only one may be.
fn resource_target(target: &api::MetricTarget, path: &str) -> Result<ResourceTarget, SpecError> {
    known_type(target, path)?;
    match (&target.average_value, target.average_utilization) {
        (Some(_), Some(_)) => {
            refuse(path, "`averageUtilization` and `averageValue` exclude each other")
        }
        (Some(average), None) => {
            let average = positive(average, &format!("{path}.averageValue"))?;
            Ok(ResourceTarget::AverageValue(average))
        }
        (None, Some(percent)) if percent < 1 => {
            let problem = format!("{percent} must be at least 1");
            refuse(&format!("{path}.averageUtilization"), problem)
        }
        (None, Some(percent)) => Ok(ResourceTarget::Utilization { percent }),
        (None, None) => refuse(path, "`averageUtilization` or `averageValue` is needed"),
    }
}

/// For an external metric the average comes first.
fn external_target(target: &api::MetricTarget, path: &str) -> Result<ValueTarget, SpecError> {
    known_type(target, path)?;
    match (&target.average_value, &target.value) {
        (Some(_), Some(_)) => refuse(path, "`value` and `averageValue` exclude each other"),
        (Some(average), None) => {
            positive(average, &format!("{path}.averageValue")).map(ValueTarget::AverageValue)
        }
        (None, Some(value)) => positive(value, &format!("{path}.value")).map(ValueTarget::Value),
        (None, None) => refuse(path, "`value` or `averageValue` is needed"),
    }
}

/// For an object the type decides.
fn object_target(target: &api::MetricTarget, path: &str) -> Result<ValueTarget, SpecError> {
    known_type(target, path)?;
    match (target.type_.as_str(), &target.value, &target.average_value) {
        ("Value", Some(value), _) => {
            positive(value, &format!("{path}.value")).map(ValueTarget::Value)
        }
        ("AverageValue", _, Some(average)) => {
            positive(average, &format!("{path}.averageValue")).map(ValueTarget::AverageValue)
        }
        _ => refuse(path, "`value` with type `Value`, or `averageValue` with its type, is needed"),
    }
}

fn known_type(target: &api::MetricTarget, path: &str) -> Result<(), SpecError> {
    match target.type_.as_str() {
        "Utilization" | "Value" | "AverageValue" => Ok(()),
        other => {
            let problem = format!("`{other}` must be `Utilization`, `Value` or `AverageValue`");
            refuse(&format!("{path}.type"), problem)
        }
    }
}

fn positive(quantity: &Quantity, path: &str) -> Result<Milli, SpecError> {
    match milli(quantity) {
        Some(amount) if amount > Milli(0) => Ok(amount),
        Some(_) => refuse(path, format!("`{}` must be above zero", quantity.0)),
        None => not_a_quantity(quantity, path),
    }
}

fn not_a_quantity<T>(quantity: &Quantity, path: &str) -> Result<T, SpecError> {
    refuse(path, format!("`{}` is not a quantity such as `500m` or `64Mi`", quantity.0))
}

fn behavior(from: &api::HorizontalPodAutoscalerBehavior) -> Result<Behavior, SpecError> {
    let (up, down) = (ScalingRules::default_up(), ScalingRules::default_down());
    Ok(Behavior {
        scale_up: rules(from.scale_up.as_ref(), up, "spec.behavior.scaleUp")?,
        scale_down: rules(from.scale_down.as_ref(), down, "spec.behavior.scaleDown")?,
    })
}

/// What is given replaces the default, field by field.
fn rules(
    from: Option<&api::HPAScalingRules>,
    defaults: ScalingRules,
    path: &str,
) -> Result<ScalingRules, SpecError> {
    let Some(from) = from else {
        return Ok(defaults);
    };
    let mut rules = defaults;
    if let Some(window) = from.stabilization_window_seconds {
        let path = format!("{path}.stabilizationWindowSeconds");
        rules.stabilization_window = Some(seconds(window, 0, LONGEST_WINDOW, &path)?);
    }
    match from.select_policy.as_deref() {
        None => {}
        Some("Max") => rules.select = SelectPolicy::Max,
        Some("Min") => rules.select = SelectPolicy::Min,
        Some("Disabled") => rules.select = SelectPolicy::Disabled,
        Some(other) => {
            let problem = format!("`{other}` must be `Max`, `Min` or `Disabled`");
            return refuse(&format!("{path}.selectPolicy"), problem);
        }
    }
    if let Some(policies) = &from.policies {
        let path = format!("{path}.policies");
        if policies.is_empty() {
            return refuse(&path, "at least one policy is needed; leave it out for the defaults");
        }
        let numbered = policies.iter().enumerate();
        let read = numbered.map(|(at, one)| policy(one, &format!("{path}[{at}]")));
        rules.policies = read.collect::<Result<_, _>>()?;
    }
    if let Some(quantity) = &from.tolerance {
        rules.tolerance = Some(tolerance(quantity, &format!("{path}.tolerance"))?);
    }
    Ok(rules)
}

fn policy(from: &api::HPAScalingPolicy, path: &str) -> Result<ScalingPolicy, SpecError> {
    let kind = match from.type_.as_str() {
        "Pods" => PolicyKind::Pods,
        "Percent" => PolicyKind::Percent,
        other => {
            let problem = format!("`{other}` must be `Pods` or `Percent`");
            return refuse(&format!("{path}.type"), problem);
        }
    };
    if from.value < 1 {
        return refuse(&format!("{path}.value"), format!("{} must be at least 1", from.value));
    }
    let period = seconds(from.period_seconds, 1, LONGEST_PERIOD, &format!("{path}.periodSeconds"))?;
    Ok(ScalingPolicy { kind, value: from.value, period })
}

fn seconds(given: i32, least: i32, most: i32, path: &str) -> Result<SimDuration, SpecError> {
    match u64::try_from(given) {
        Ok(seconds) if (least..=most).contains(&given) => Ok(SimDuration::from_secs(seconds)),
        _ => refuse(path, format!("{given} must be from {least} to {most} seconds")),
    }
}

fn tolerance(quantity: &Quantity, path: &str) -> Result<f64, SpecError> {
    match fraction(quantity) {
        Some(share) if share >= 0.0 => Ok(share),
        Some(_) => refuse(path, format!("`{}` is below zero", quantity.0)),
        None => not_a_quantity(quantity, path),
    }
}

#[cfg(test)]
mod tests;
