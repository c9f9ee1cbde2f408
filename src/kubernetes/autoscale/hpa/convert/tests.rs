//! Objects as users write them, into the model or into an error with its place.

use serde_json::{Value, json};

use super::*;

fn object(spec: Value) -> api::HorizontalPodAutoscaler {
    let whole = json!({
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web"},
        "spec": spec,
    });
    serde_json::from_value(whole).expect("it has the right types")
}

/// A spec with these parts besides what it must have.
fn with(parts: Value) -> Result<HpaSpec, SpecError> {
    let mut spec =
        json!({"scaleTargetRef": {"kind": "Deployment", "name": "web"}, "maxReplicas": 9});
    let fields = spec.as_object_mut().expect("it is one");
    for (name, part) in parts.as_object().expect("it is one") {
        fields.insert(name.clone(), part.clone());
    }
    spec_of(&object(spec))
}

fn refused(error: String, expected: &str) {
    assert_eq!(error, expected);
}

fn error(parts: Value) -> String {
    with(parts).expect_err("it is refused").to_string()
}

#[test]
fn what_is_left_out_is_filled_in() {
    let target = ResourceTarget::Utilization { percent: 80 };
    let cpu = Metric::Resource { resource: "cpu".to_owned(), container: None, target };
    let expected = HpaSpec { min_replicas: 1, max_replicas: 9, metrics: vec![cpu], behavior: None };
    assert_eq!(with(json!({})).as_ref(), Ok(&expected));
    assert_eq!(with(json!({"metrics": []})), Ok(expected));
}

#[test]
fn an_empty_behaviour_has_all_default_rules() {
    let defaults =
        Behavior { scale_up: ScalingRules::default_up(), scale_down: ScalingRules::default_down() };
    let found = with(json!({"behavior": {}})).expect("it is in order").behavior;
    assert_eq!(found, Some(defaults));
}

#[test]
fn rules_are_filled_in_field_by_field() {
    let policy = json!({"type": "Pods", "value": 2, "periodSeconds": 90});
    let up = json!({"policies": [policy], "tolerance": "50m"});
    let down = json!({"selectPolicy": "Min", "stabilizationWindowSeconds": 60});
    let behavior = json!({"scaleUp": up, "scaleDown": down});
    let found = with(json!({"behavior": behavior})).expect("it is in order").behavior;
    let policy =
        ScalingPolicy { kind: PolicyKind::Pods, value: 2, period: SimDuration::from_secs(90) };
    let scale_up = ScalingRules {
        policies: vec![policy],
        tolerance: Some(0.05),
        ..ScalingRules::default_up()
    };
    let scale_down = ScalingRules {
        select: SelectPolicy::Min,
        stabilization_window: Some(SimDuration::from_secs(60)),
        ..ScalingRules::default_down()
    };
    assert_eq!(found, Some(Behavior { scale_up, scale_down }));
}

#[test]
fn every_kind_of_metric_is_read() {
    let metric = json!({"name": "rps"});
    let value = json!({"type": "Value", "value": "2k"});
    let average = json!({"type": "AverageValue", "averageValue": "1500m"});
    let percent = json!({"type": "Utilization", "averageUtilization": 70});
    let ingress = json!({"kind": "Ingress", "name": "web"});
    let found = with(json!({"metrics": [
        {"type": "Resource", "resource": {"name": "memory", "target": average}},
        {"type": "ContainerResource",
            "containerResource": {"name": "cpu", "container": "app", "target": percent}},
        {"type": "Pods", "pods": {"metric": metric, "target": average}},
        {"type": "Object",
            "object": {"describedObject": ingress, "metric": metric, "target": value}},
        {"type": "External", "external": {"metric": metric, "target": average}},
    ]}));
    let name = || "rps".to_owned();
    let average = Milli(1_500);
    assert_eq!(
        found.expect("it is in order").metrics,
        [
            Metric::Resource {
                resource: "memory".to_owned(),
                container: None,
                target: ResourceTarget::AverageValue(average),
            },
            Metric::Resource {
                resource: "cpu".to_owned(),
                container: Some("app".to_owned()),
                target: ResourceTarget::Utilization { percent: 70 },
            },
            Metric::Pods { name: name(), average },
            Metric::Object {
                kind: "Ingress".to_owned(),
                name: name(),
                target: ValueTarget::Value(Milli(2_000_000)),
            },
            Metric::External { name: name(), target: ValueTarget::AverageValue(average) },
        ]
    );
}

#[test]
fn a_tolerance_is_what_the_controller_makes_of_it() {
    let tolerance = |text: &str| {
        let found = with(json!({"behavior": {"scaleUp": {"tolerance": text}}}));
        let behavior = found.expect("it is in order").behavior.expect("it has one");
        behavior.scale_up.tolerance.expect("it has one")
    };
    // 70 thousandths are 70 times the number nearest to a thousandth, whatever was written
    assert_eq!(tolerance("0.07").to_bits(), (70.0_f64 * 1e-3).to_bits());
    assert_eq!(tolerance("70m").to_bits(), (70.0_f64 * 1e-3).to_bits());
    assert_eq!(tolerance("70000u").to_bits(), (70.0_f64 * 1e-3).to_bits());
    assert_eq!([tolerance("0"), tolerance("1"), tolerance("0.5")], [0.0, 1.0, 0.5]);
    assert_eq!(tolerance("0.0005"), 500.0 * 1e-6);
}

#[test]
fn bounds_that_contradict_each_other_are_refused() {
    assert_eq!(error(json!({"minReplicas": -1})), "spec.minReplicas: -1 is below zero");
    refused(
        error(json!({"minReplicas": 10})),
        "spec.maxReplicas: 9 must be at least 1 and at least `minReplicas`",
    );
    refused(
        error(json!({"maxReplicas": 0})),
        "spec.maxReplicas: 0 must be at least 1 and at least `minReplicas`",
    );
    assert!(with(json!({"minReplicas": 0})).is_ok());
}

#[test]
fn metrics_that_say_too_little_are_refused() {
    let one = |metric: Value| error(json!({"metrics": [metric]}));
    let target = |target: Value| {
        one(json!({"type": "Resource", "resource": {"name": "cpu", "target": target}}))
    };
    refused(
        one(json!({"type": "Cpu"})),
        "spec.metrics[0].type: `Cpu` must be `Resource`, `ContainerResource`, `Pods`, \
         `Object` or `External`",
    );
    refused(
        one(json!({"type": "External"})),
        "spec.metrics[0].external: a metric of type `External` needs it",
    );
    refused(
        target(json!({"type": "Percent", "averageUtilization": 3})),
        "spec.metrics[0].resource.target.type: `Percent` must be `Utilization`, `Value` or \
         `AverageValue`",
    );
    refused(
        target(json!({"type": "Value", "value": "3"})),
        "spec.metrics[0].resource.target: `averageUtilization` or `averageValue` is needed",
    );
    refused(
        target(json!({"type": "Utilization", "averageUtilization": 0})),
        "spec.metrics[0].resource.target.averageUtilization: 0 must be at least 1",
    );
    refused(
        target(json!({"type": "Utilization", "averageUtilization": 9, "averageValue": "1"})),
        "spec.metrics[0].resource.target: `averageUtilization` and `averageValue` exclude \
         each other",
    );
    refused(
        target(json!({"type": "AverageValue", "averageValue": "0"})),
        "spec.metrics[0].resource.target.averageValue: `0` must be above zero",
    );
    refused(
        target(json!({"type": "AverageValue", "averageValue": "lots"})),
        "spec.metrics[0].resource.target.averageValue: `lots` is not a quantity such as \
         `500m` or `64Mi`",
    );
}

#[test]
fn targets_that_contradict_their_type_are_refused() {
    let ingress = json!({"kind": "Ingress", "name": "web"});
    let external = json!({"type": "Value", "value": "1", "averageValue": "1"});
    let object = json!({"type": "Value", "averageValue": "1"});
    let metric = json!({"name": "rps"});
    let external = json!({"type": "External", "external": {"metric": metric, "target": external}});
    let object = json!({"type": "Object",
        "object": {"describedObject": ingress, "metric": metric, "target": object}});
    let pods = json!({"type": "Pods", "pods": {"metric": metric, "target": {"type": "Value"}}});
    let one = |metric: Value| error(json!({"metrics": [metric]}));
    refused(
        one(external),
        "spec.metrics[0].external.target: `value` and `averageValue` exclude each other",
    );
    refused(
        one(object),
        "spec.metrics[0].object.target: `value` with type `Value`, or `averageValue` with its \
         type, is needed",
    );
    refused(one(pods), "spec.metrics[0].pods.target.averageValue: a metric of pods needs it");
}

#[test]
fn rules_that_cannot_be_kept_are_refused() {
    let up = |rules: Value| error(json!({"behavior": {"scaleUp": rules}}));
    let policy = |kind: &str, value: i32, period: i32| {
        up(json!({"policies": [{"type": kind, "value": value, "periodSeconds": period}]}))
    };
    refused(
        up(json!({"stabilizationWindowSeconds": 3601})),
        "spec.behavior.scaleUp.stabilizationWindowSeconds: 3601 must be from 0 to 3600 seconds",
    );
    refused(
        up(json!({"selectPolicy": "Most"})),
        "spec.behavior.scaleUp.selectPolicy: `Most` must be `Max`, `Min` or `Disabled`",
    );
    refused(
        up(json!({"policies": []})),
        "spec.behavior.scaleUp.policies: at least one policy is needed; leave it out for the \
         defaults",
    );
    refused(
        up(json!({"tolerance": "-0.1"})),
        "spec.behavior.scaleUp.tolerance: `-0.1` is below zero",
    );
    refused(
        up(json!({"tolerance": "10%"})),
        "spec.behavior.scaleUp.tolerance: `10%` is not a quantity such as `500m` or `64Mi`",
    );
    refused(
        policy("Replicas", 1, 15),
        "spec.behavior.scaleUp.policies[0].type: `Replicas` must be `Pods` or `Percent`",
    );
    refused(policy("Pods", 0, 15), "spec.behavior.scaleUp.policies[0].value: 0 must be at least 1");
    refused(
        policy("Pods", 1, 0),
        "spec.behavior.scaleUp.policies[0].periodSeconds: 0 must be from 1 to 1800 seconds",
    );
    refused(
        policy("Pods", 1, 1801),
        "spec.behavior.scaleUp.policies[0].periodSeconds: 1801 must be from 1 to 1800 seconds",
    );
}
