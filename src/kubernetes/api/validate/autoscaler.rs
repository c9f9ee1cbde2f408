//! Horizontal pod autoscalers.
//!
//! Source: Kubernetes v1.36, `pkg/apis/autoscaling/validation/validation.go`.

use k8s_openapi::api::autoscaling::v2::{
    HPAScalingRules, HorizontalPodAutoscalerSpec, MetricSpec, MetricTarget,
};

use super::at::{At, Report};
use super::resources::check_quantity;

/// The spec of an autoscaler.
pub fn check(spec: &HorizontalPodAutoscalerSpec, at: &At<'_>, report: &mut Report) {
    let target = &at.key("scaleTargetRef");
    for (key, text) in
        [("kind", &spec.scale_target_ref.kind), ("name", &spec.scale_target_ref.name)]
    {
        if text.is_empty() {
            report.wrong(&target.key(key), "is missing");
        }
    }
    report.within(Some(spec.max_replicas), 1..=i64::MAX, &at.key("maxReplicas"));
    report.within(spec.min_replicas, 0..=i64::MAX, &at.key("minReplicas"));
    if spec.min_replicas.is_some_and(|min| min > spec.max_replicas) {
        let message = format!("must not be less than minReplicas, but is {}", spec.max_replicas);
        report.wrong(&at.key("maxReplicas"), message);
    }
    for (index, metric) in spec.metrics.iter().flatten().enumerate() {
        check_metric(metric, &at.key("metrics").index(index), report);
    }
    if let Some(behavior) = &spec.behavior {
        let at = &at.key("behavior");
        for (key, rules) in [("scaleUp", &behavior.scale_up), ("scaleDown", &behavior.scale_down)] {
            if let Some(rules) = rules {
                check_rules(rules, &at.key(key), report);
            }
        }
    }
}

fn check_metric(metric: &MetricSpec, at: &At<'_>, report: &mut Report) {
    let target = |key, target| Some((key, target));
    let source = match metric.type_.as_str() {
        "Resource" => metric.resource.as_ref().and_then(|m| target("resource", &m.target)),
        "ContainerResource" => {
            metric.container_resource.as_ref().and_then(|m| target("containerResource", &m.target))
        }
        "Pods" => metric.pods.as_ref().and_then(|m| target("pods", &m.target)),
        "Object" => metric.object.as_ref().and_then(|m| target("object", &m.target)),
        "External" => metric.external.as_ref().and_then(|m| target("external", &m.target)),
        _ => {
            let types = ["Resource", "ContainerResource", "Pods", "Object", "External"];
            return report.one_of(Some(&metric.type_), &types, &at.key("type"));
        }
    };
    match source {
        Some((key, target)) => check_target(target, &at.key(key).key("target"), report),
        None => {
            let message = format!("the fields of a metric of type {} are missing", metric.type_);
            report.wrong(at, message);
        }
    }
}

fn check_target(target: &MetricTarget, at: &At<'_>, report: &mut Report) {
    let types = ["Utilization", "Value", "AverageValue"];
    report.one_of(Some(&target.type_), &types, &at.key("type"));
    report.within(target.average_utilization, 1..=i64::MAX, &at.key("averageUtilization"));
    for (key, quantity) in [("value", &target.value), ("averageValue", &target.average_value)] {
        if let Some(quantity) = quantity {
            check_quantity(quantity, &at.key(key), report);
        }
    }
    let needed = match target.type_.as_str() {
        "Utilization" if target.average_utilization.is_none() => "averageUtilization",
        "Value" if target.value.is_none() => "value",
        "AverageValue" if target.average_value.is_none() => "averageValue",
        _ => return,
    };
    report.wrong(&at.key(needed), format!("is missing for the type {}", target.type_));
}

fn check_rules(rules: &HPAScalingRules, at: &At<'_>, report: &mut Report) {
    let window = rules.stabilization_window_seconds;
    report.within(window, 0..=3600, &at.key("stabilizationWindowSeconds"));
    let select = ["Max", "Min", "Disabled"];
    report.one_of(rules.select_policy.as_deref(), &select, &at.key("selectPolicy"));
    if let Some(tolerance) = &rules.tolerance {
        check_quantity(tolerance, &at.key("tolerance"), report);
    }
    if rules.policies.as_ref().is_some_and(|policies| policies.is_empty()) {
        report.wrong(&at.key("policies"), "needs at least one policy, or must be left out");
    }
    for (index, policy) in rules.policies.iter().flatten().enumerate() {
        let list = &at.key("policies");
        let at = &list.index(index);
        report.one_of(Some(&policy.type_), &["Pods", "Percent"], &at.key("type"));
        report.within(Some(policy.value), 1..=i64::MAX, &at.key("value"));
        report.within(Some(policy.period_seconds), 1..=1800, &at.key("periodSeconds"));
    }
}
