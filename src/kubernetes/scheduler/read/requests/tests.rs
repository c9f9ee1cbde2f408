//! Requests of pods, added up by hand.

use serde_json::{Value, json};

use super::*;

const MIB: i64 = 1 << 20;

fn requested(pod: Value) -> Requested {
    let pod = serde_json::from_value(pod).expect("it is a pod");
    requests(&mut Cluster::new(), &pod)
}

fn of(amounts: &Resources) -> (i64, i64) {
    (amounts.milli_cpu, amounts.memory / MIB)
}

/// A pod of one container with these requests, and of one without any.
fn two_containers(requests: Value, whole: Value) -> Value {
    let containers = json!([{"name": "a", "resources": {"requests": requests}}, {"name": "b"}]);
    json!({"spec": {"containers": containers, "resources": {"requests": whole}}})
}

#[test]
fn a_container_that_names_nothing_counts_in_scores() {
    let one = requested(two_containers(json!({"cpu": "300m", "memory": "0"}), json!({})));
    assert_eq!(of(&one.exact), (300, 0));
    // an explicit 0 stays
    assert_eq!(of(&one.scored), (400, 200));
    assert_eq!(one.alone, None);
}

#[test]
fn scores_of_a_pod_to_be_placed_do_not_know_what_is_requested_as_a_whole() {
    let whole = json!({"cpu": "2", "memory": "1Gi"});
    let one = requested(two_containers(json!({"cpu": "300m"}), whole));
    assert_eq!(of(&one.exact), (2000, 1024));
    assert_eq!(of(&one.scored), (2000, 1024));
    // 300m and 100m, twice 200 MiB
    assert_eq!(of(&one.alone.expect("it differs")), (400, 400));
}

#[test]
fn what_the_whole_leaves_out_is_assumed_only_where_no_container_names_it() {
    // on a node, b is not given any memory, since a names some
    let one = requested(two_containers(json!({"memory": "50Mi"}), json!({"cpu": "1"})));
    assert_eq!(of(&one.exact), (1000, 50));
    assert_eq!(of(&one.scored), (1000, 50));
    assert_eq!(of(&one.alone.expect("it differs")), (200, 250));
    // both are given some where none names any
    let one = requested(two_containers(json!({}), json!({"cpu": "1"})));
    assert_eq!(of(&one.exact), (1000, 0));
    assert_eq!(of(&one.scored), (1000, 400));
    assert_eq!(of(&one.alone.expect("it differs")), (200, 400));
}

#[test]
fn overhead_is_added_to_what_is_requested_as_a_whole() {
    let mut pod = two_containers(json!({"cpu": "300m"}), json!({"cpu": "1"}));
    pod["spec"]["overhead"] = json!({"cpu": "50m", "memory": "10Mi"});
    let one = requested(pod);
    assert_eq!(of(&one.exact), (1050, 10));
    // the overhead names memory, so no container is given any
    assert_eq!(of(&one.scored), (1050, 10));
    assert_eq!(of(&one.alone.expect("it differs")), (450, 410));
}

#[test]
fn sidecars_run_beside_what_starts_after_them() {
    let container = |name: &str, cpu: &str, policy: Value| {
        let resources = json!({"requests": {"cpu": cpu}});
        json!({"name": name, "restartPolicy": policy, "resources": resources})
    };
    let init = json!([
        container("first", "900m", Value::Null),
        container("side", "200m", json!("Always")),
        container("last", "800m", Value::Null),
    ]);
    let main = json!([container("main", "500m", Value::Null)]);
    let one = requested(json!({"spec": {"initContainers": init, "containers": main}}));
    // 900, 200 + 800 = 1000, 200 + 500
    assert_eq!(of(&one.exact), (1000, 0));
    // 200, 2 * 200, 2 * 200
    assert_eq!(of(&one.scored), (1000, 400));
}

/// A pod whose container wants 500m, was promised 300m and has 400m.
fn resized(reason: &str) -> Value {
    let requests = |cpu: &str| json!({"requests": {"cpu": cpu}});
    let status = json!({"name": "a", "allocatedResources": {"cpu": "300m"},
        "resources": requests("400m"), "image": "", "imageID": "", "ready": true,
        "restartCount": 0});
    let condition = json!({"type": "PodResizePending", "status": "True", "reason": reason});
    json!({
        "spec": {"containers": [{"name": "a", "resources": requests("500m")}]},
        "status": {"containerStatuses": [status], "conditions": [condition]},
    })
}

#[test]
fn a_resize_that_cannot_be_had_is_not_counted() {
    assert_eq!(of(&requested(resized("Deferred")).exact), (500, 0));
    assert_eq!(of(&requested(resized("Infeasible")).exact), (400, 0));
}

#[test]
fn what_a_container_was_promised_counts_once_it_runs() {
    let mut pod = resized("Deferred");
    pod["status"]["containerStatuses"][0]["allocatedResources"]["cpu"] = json!("700m");
    assert_eq!(of(&requested(pod.clone()).exact), (700, 0));
    pod["status"]["containerStatuses"][0]["resources"] = Value::Null;
    assert_eq!(of(&requested(pod).exact), (500, 0));
}

#[test]
fn a_pod_resized_as_a_whole_counts_the_most_it_has_or_wants() {
    let mut pod = two_containers(json!({}), json!({"cpu": "1", "memory": "10Mi"}));
    pod["status"] = json!({"resources": {"requests": {"cpu": "2"}},
        "allocatedResources": {"memory": "20Mi"}});
    assert_eq!(of(&requested(pod).exact), (2000, 20));
}
