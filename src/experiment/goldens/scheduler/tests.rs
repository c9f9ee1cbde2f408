//! Small cases, with results as the real scheduler would have recorded them, or as it never would.

use serde_json::json;

use super::*;

fn half(value: &Value) -> Half {
    Half { file: "case.json".into(), text: value.to_string() }
}

fn node(name: &str) -> Value {
    json!({"metadata": {"name": name}, "status": {"allocatable": {"cpu": "1", "pods": "10"}}})
}

fn pod(name: &str, priority: i32) -> Value {
    let resources = json!({"requests": {"cpu": "1", "memory": "0"}});
    json!({
        "metadata": {"name": name, "namespace": "a"},
        "spec": {"priority": priority, "containers": [{"name": "c", "resources": resources}]},
    })
}

fn bound(name: &str, node: &str) -> Value {
    let mut pod = pod(name, 0);
    pod["spec"]["nodeName"] = node.into();
    pod["status"] = json!({"startTime": "2025-01-01T00:00:00Z"});
    pod
}

fn outcome(case: &Value, result: &Value) -> Result<Outcome, GoldenError> {
    run("small", &half(case), &half(result))
}

/// What is told of the first difference.
fn told(case: &Value, result: &Value) -> String {
    outcome(case, result).expect("it can be run").first.unwrap_or_default()
}

#[test]
fn results_of_nodes_that_are_not_there_differ_and_do_no_harm() {
    let case = json!({"nodes": [node("n")], "queue": [pod("p", 0)]});
    let attempt = json!({"pod": "a/p", "attempt": 1, "feasible": [7], "chosen": "m"});
    let result = json!({"attempts": [attempt], "finalPlacements": {}});
    let text = told(&case, &result);
    assert!(text.contains("node number 7, which is not there: expected feasible"), "{text}");
    let why = json!([{"plugin": "NodeName", "code": "Unschedulable", "reasons": [], "nodes": [9]}]);
    let attempt = json!({"pod": "a/p", "attempt": 1, "feasible": [0], "infeasible": why});
    let text = told(&case, &json!({"attempts": [attempt], "finalPlacements": {}}));
    assert!(text.contains("node number 9, which is not there"), "{text}");
}

#[test]
fn a_pod_that_is_bound_to_no_node_of_the_case_is_an_error() {
    let case = json!({"nodes": [node("n")], "boundPods": [bound("b", "m")], "queue": []});
    let error = outcome(&case, &json!({"attempts": [], "finalPlacements": {}}));
    let error = error.expect_err("there is no node m").to_string();
    assert_eq!(error, "`case.json`, boundPods[0].spec.nodeName: `m` is none of the nodes");
}

#[test]
fn objects_of_kinds_that_are_not_read_are_passed_over_and_flawed_ones_are_errors() {
    let case = |objects: Value| json!({"nodes": [node("n")], "objects": objects, "queue": []});
    let nothing = json!({"attempts": [], "finalPlacements": {}});
    let lease = json!([{"apiVersion": "coordination.k8s.io/v1", "kind": "Lease"}]);
    assert!(outcome(&case(lease), &nothing).is_ok());
    for flawed in [json!([{"apiVersion": "v1", "kind": "Service", "spec": 3}]), json!([{}])] {
        let error = outcome(&case(flawed), &nothing).expect_err("it is flawed").to_string();
        assert!(error.starts_with("`case.json`, objects[0]: it is not what"), "{error}");
    }
}

/// A preemptor of priority 5 waits for its victim; one of priority 9 takes its node and is told of
/// the nomination that it clears. The first is never tried again, the second gets the node.
#[test]
fn a_nomination_that_is_cleared_is_not_tried_again() {
    let case = json!({
        "options": {"preemptionRetryAfter": 3},
        "nodes": [node("n")],
        "boundPods": [bound("b", "n")],
        "queue": [pod("p", 5), pod("q", 9)],
    });
    let reason = json!({
        "plugin": "NodeResourcesFit",
        "code": "Unschedulable",
        "reasons": ["Insufficient cpu"],
        "nodes": "all",
    });
    let preempted = |pod: &str, queue: usize, cleared: &[&str]| {
        json!({"pod": pod, "attempt": 1, "infeasible": [reason], "preemption": {
            "eligible": true,
            "candidates": [{"node": "n", "victims": ["a/b"], "pdbViolations": 0}],
            "ties": ["n"],
            "nominatedNode": "n",
            "victims": ["a/b"],
            "retryBeforeQueueIndex": queue,
            "clearedNominations": cleared,
        }})
    };
    let last = json!({
        "pod": "a/q", "attempt": 2, "nominatedBefore": "n", "feasible": [0], "chosen": "n",
    });
    let attempts = [preempted("a/p", 3, &[]), preempted("a/q", 4, &["a/p"]), last];
    let result = json!({"attempts": attempts, "finalPlacements": {"a/q": "n"}});
    let outcome = outcome(&case, &result).expect("it can be run");
    assert_eq!((outcome.first, outcome.attempts, outcome.agree), (None, 3, 3));
}
