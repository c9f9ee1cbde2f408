//! Pods of one or more containers, and what they request.

use serde_json::{Value, json};

use super::*;

fn pod(spec: Value) -> PodSpec {
    serde_json::from_value(spec).expect("it has the right types")
}

fn container(name: &str, requests: Value) -> Value {
    json!({"name": name, "resources": {"requests": requests}})
}

fn cpu(spec: Value) -> Result<i64, String> {
    of(spec, "cpu", None)
}

fn of(spec: Value, resource: &str, container: Option<&str>) -> Result<i64, String> {
    let found = request(&pod(spec), resource, container);
    found.map(|Milli(milli)| milli).map_err(|error| error.to_string())
}

#[test]
fn containers_and_sidecars_are_added_up() {
    let mut sidecar = container("proxy", json!({"cpu": "0.1"}));
    sidecar["restartPolicy"] = json!("Always");
    let spec = json!({
        "containers": [
            container("app", json!({"cpu": "250m", "memory": "1Ki"})),
            container("side", json!({"cpu": "50m", "memory": "1"})),
        ],
        "initContainers": [container("init", json!({"cpu": "4"})), sidecar],
    });
    assert_eq!(cpu(spec.clone()), Ok(400));
    assert_eq!(of(spec.clone(), "cpu", Some("app")), Ok(250));
    assert_eq!(of(spec.clone(), "cpu", Some("proxy")), Ok(100));
    let missing = "container `proxy` has no request for memory";
    assert_eq!(of(spec.clone(), "memory", None), Err(missing.to_owned()));
    assert_eq!(of(spec.clone(), "memory", Some("app")), Ok(1_024_000));
    let unknown = "the pod has no container `init`";
    assert_eq!(of(spec, "cpu", Some("init")), Err(unknown.to_owned()));
}

#[test]
fn a_container_without_the_request_is_named() {
    let spec = json!({"containers": [container("app", json!({"cpu": "1"})), {"name": "side"}]});
    assert_eq!(cpu(spec.clone()), Err("container `side` has no request for cpu".to_owned()));
    assert_eq!(of(spec, "cpu", Some("app")), Ok(1_000));
}

#[test]
fn what_is_no_quantity_is_shown() {
    let spec = json!({"containers": [container("app", json!({"cpu": "much"}))]});
    let unreadable = "`much`, requested of cpu, is not a quantity such as `500m` or `64Mi`";
    assert_eq!(cpu(spec), Err(unreadable.to_owned()));
}

#[test]
fn a_request_of_the_pod_replaces_the_sum_but_not_that_of_one_container() {
    let spec = json!({
        "resources": {"requests": {"cpu": "1"}},
        "overhead": {"cpu": "10m"},
        "containers": [container("app", json!({"cpu": "250m"})), {"name": "side"}],
    });
    assert_eq!(cpu(spec.clone()), Ok(1_010));
    assert_eq!(of(spec, "cpu", Some("app")), Ok(250));
}

#[test]
fn beside_requests_of_the_pod_other_resources_are_what_the_scheduler_sees() {
    let mut sidecar = container("proxy", json!({"memory": "10"}));
    sidecar["restartPolicy"] = json!("Always");
    let spec = json!({
        "resources": {"requests": {"cpu": "1"}},
        "containers": [container("app", json!({"memory": "20"})), {"name": "side"}],
        "initContainers": [sidecar, container("init", json!({"memory": "30"}))],
    });
    // the init container beside its sidecar needs more than the two of the running pod
    assert_eq!(of(spec.clone(), "memory", None), Ok(40_000));
    let none = "the pod has no request for ephemeral-storage";
    assert_eq!(of(spec, "ephemeral-storage", None), Err(none.to_owned()));
}
