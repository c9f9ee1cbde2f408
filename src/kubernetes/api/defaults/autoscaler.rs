//! Defaults of horizontal pod autoscalers.
//!
//! Source: Kubernetes v1.36, `pkg/apis/autoscaling/v2/defaults.go`. A `behavior` that is absent
//! stays absent, which the controller treats differently from `behavior: {}`; one that is there is
//! filled on both sides, except for the window of scaling down, which is an option of the
//! controller.

use k8s_openapi::api::autoscaling::v2::{
    HPAScalingPolicy, HPAScalingRules, HorizontalPodAutoscaler,
};

use crate::kubernetes::api::convert::cpu;

/// Percent of the CPU request that is aimed at without any metric.
const UTILIZATION: i32 = 80;
/// Seconds in which a default policy allows its change.
const PERIOD: i32 = 15;

/// At least one replica, 80 % of the CPU request, and all of a `behavior` that is there.
pub fn default_autoscaler(autoscaler: &mut HorizontalPodAutoscaler) {
    let spec = &mut autoscaler.spec;
    spec.min_replicas.get_or_insert(1);
    if spec.metrics.as_ref().is_none_or(|metrics| metrics.is_empty()) {
        spec.metrics = Some(vec![cpu(UTILIZATION)]);
    }
    if let Some(behavior) = &mut spec.behavior {
        let up = behavior.scale_up.get_or_insert_default();
        up.stabilization_window_seconds.get_or_insert(0);
        fill(up, || vec![policy("Pods", 4), policy("Percent", 100)]);
        let down = behavior.scale_down.get_or_insert_default();
        fill(down, || vec![policy("Percent", 100)]);
    }
}

fn fill(rules: &mut HPAScalingRules, policies: impl FnOnce() -> Vec<HPAScalingPolicy>) {
    rules.select_policy.get_or_insert_with(|| "Max".to_owned());
    rules.policies.get_or_insert_with(policies);
}

fn policy(kind: &str, value: i32) -> HPAScalingPolicy {
    HPAScalingPolicy { period_seconds: PERIOD, type_: kind.to_owned(), value }
}
