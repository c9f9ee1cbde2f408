//! What a scenario says of an autoscaler, in the terms of the horizontal pod autoscaler.

use super::Pace;
use crate::kubernetes::autoscale::hpa::{
    Behavior, HpaConfig, HpaSpec, Metric, Milli, PolicyKind, ResourceTarget, ScalingPolicy,
    ScalingRules, SelectPolicy,
};
use crate::scenario::{Autoscale, AutoscaleMetric, ScalePolicy, ScaleRules, ScaleSelect};
use crate::units::Target;

/// The metric of pods that stands for the requests they receive.
pub(super) const REQUESTS: &str = "requests_per_second";

/// When it does what.
pub(super) fn pace(of: &Autoscale) -> Pace {
    Pace {
        sync: of.sync_period,
        resolution: of.metrics_resolution,
        delay: of.metrics_delay,
        grace: of.grace,
    }
}

/// The object that would say the same to Kubernetes, defaults filled in.
pub(super) fn spec(of: &Autoscale) -> HpaSpec {
    let down = rules(&of.scale_down, ScalingRules::default_down());
    let window = down.stabilization_window;
    let default = HpaConfig::default().downscale_stabilization;
    let down = ScalingRules { stabilization_window: window.or(Some(default)), ..down };
    HpaSpec {
        min_replicas: number(of.min),
        max_replicas: number(of.max),
        metrics: vec![metric(of)],
        behavior: Some(Behavior {
            scale_up: rules(&of.scale_up, ScalingRules::default_up()),
            scale_down: down,
        }),
    }
}

/// The options of the controller.
pub(super) fn config(of: &Autoscale) -> HpaConfig {
    HpaConfig {
        sync_period: of.sync_period,
        tolerance: of.tolerance.0,
        cpu_initialization_period: of.cpu_initialization_period,
        initial_readiness_delay: of.initial_readiness_delay,
        ..HpaConfig::default()
    }
}

fn metric(of: &Autoscale) -> Metric {
    let (percent, average) = match of.target {
        Target::Percent(percent) => (percent as i32, Milli(0)),
        Target::Rate(rate) => (0, Milli((rate.0 * 1e3).round() as i64)),
    };
    match of.metric {
        AutoscaleMetric::Cpu => Metric::Resource {
            resource: "cpu".to_owned(),
            container: None,
            target: ResourceTarget::Utilization { percent },
        },
        AutoscaleMetric::Requests => Metric::Pods { name: REQUESTS.to_owned(), average },
    }
}

/// What is given takes the place of the default, key by key.
fn rules(given: &ScaleRules, default: ScalingRules) -> ScalingRules {
    let policies = given.policies.as_ref();
    let policies = policies.map(|policies| policies.iter().map(policy).collect());
    ScalingRules {
        stabilization_window: given.stabilization.or(default.stabilization_window),
        select: match given.select {
            ScaleSelect::Max => SelectPolicy::Max,
            ScaleSelect::Min => SelectPolicy::Min,
            ScaleSelect::Disabled => SelectPolicy::Disabled,
        },
        policies: policies.unwrap_or(default.policies),
        tolerance: None,
    }
}

fn policy(of: &ScalePolicy) -> ScalingPolicy {
    let (kind, value) = match (of.replicas, of.percent) {
        (Some(replicas), _) => (PolicyKind::Pods, replicas),
        (None, percent) => (PolicyKind::Percent, percent.unwrap_or_default()),
    };
    ScalingPolicy { kind, value: number(value), period: of.period }
}

fn number(of: u32) -> i32 {
    i32::try_from(of).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::SimDuration;
    use crate::kubernetes::autoscale::hpa::spec_of;
    use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;

    fn scenario(text: &str) -> Autoscale {
        toml::from_str(text).expect("a table of autoscale")
    }

    fn kubernetes(spec: &str) -> HpaSpec {
        let text = format!(
            r#"{{ "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
                 "metadata": {{ "name": "web" }}, "spec": {spec} }}"#
        );
        let object: HorizontalPodAutoscaler = serde_json::from_str(&text).expect("an object");
        spec_of(&object).expect("the API server takes it")
    }

    #[test]
    fn the_defaults_are_those_of_kubernetes() {
        let ours = scenario("target = '60%'\nmax = 40");
        let mut theirs = kubernetes(
            r#"{ "maxReplicas": 40, "behavior": {}, "metrics": [{ "type": "Resource", "resource":
               { "name": "cpu", "target": { "type": "Utilization", "averageUtilization": 60 } } }],
               "scaleTargetRef": { "kind": "Deployment", "name": "web" } }"#,
        );
        let behavior = theirs.behavior.as_mut().expect("it is given");
        // the controller fills this in from its options
        behavior.scale_down.stabilization_window = Some(SimDuration::from_secs(300));
        assert_eq!(spec(&ours), theirs);
        assert_eq!(config(&ours), HpaConfig::default());
    }

    #[test]
    fn every_key_has_its_counterpart() {
        let ours = scenario(
            "metric = 'requests'\ntarget = '2.5/s'\nmin = 2\nmax = 9\ntolerance = '5%'
             sync_period = '30s'\ncpu_initialization_period = '1min'
             initial_readiness_delay = '5s'
             [scale_up]\nstabilization = '1min'\nselect = 'min'
             policies = [{ replicas = 2, period = '1min' }, { percent = 50 }]
             [scale_down]\nstabilization = '0s'\nselect = 'disabled'",
        );
        let theirs = kubernetes(
            r#"{ "minReplicas": 2, "maxReplicas": 9, "metrics": [{ "type": "Pods", "pods":
               { "metric": { "name": "requests_per_second" },
                 "target": { "type": "AverageValue", "averageValue": "2500m" } } }],
               "behavior": {
                 "scaleUp": { "stabilizationWindowSeconds": 60, "selectPolicy": "Min", "policies": [
                   { "type": "Pods", "value": 2, "periodSeconds": 60 },
                   { "type": "Percent", "value": 50, "periodSeconds": 15 }] },
                 "scaleDown": { "stabilizationWindowSeconds": 0, "selectPolicy": "Disabled" } },
               "scaleTargetRef": { "kind": "Deployment", "name": "web" } }"#,
        );
        assert_eq!(spec(&ours), theirs);
        let config = config(&ours);
        assert_eq!(config.sync_period, SimDuration::from_secs(30));
        assert_eq!(config.cpu_initialization_period, SimDuration::from_secs(60));
        assert_eq!(config.initial_readiness_delay, SimDuration::from_secs(5));
        assert_eq!(config.tolerance, 0.05);
    }
}
