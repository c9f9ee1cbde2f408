//! Small cases, with results computed by hand, or as they never would have been recorded.

use serde_json::{Value, json};

use super::*;

fn half(file: &str, value: &Value) -> Half {
    Half { file: file.into(), text: value.to_string() }
}

fn node(name: &str, group: &str) -> Value {
    let has = json!({"cpu": "4", "memory": "8Gi", "pods": "10"});
    json!({
        "metadata": {"name": name, "labels": {"golden/nodegroup": group}},
        "status": {
            "allocatable": has, "capacity": has,
            "conditions": [{"type": "Ready", "status": "True"}],
        },
    })
}

fn pod(name: &str, cpu: &str, node: Option<&str>) -> Value {
    let owner = json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": "u",
        "controller": true,
    });
    let resources = json!({"requests": {"cpu": cpu, "memory": "1Gi"}});
    let mut pod = json!({
        "metadata": {"name": name, "namespace": "default", "ownerReferences": [owner]},
        "spec": {"containers": [{"name": "c", "resources": resources}]},
    });
    if let Some(node) = node {
        pod["spec"]["nodeName"] = node.into();
    }
    pod
}

/// One node of four cores, one of which is free, and three pods that wait.
fn growing() -> (Value, Value) {
    let pending: Vec<Value> = ["a", "b", "c"].map(|name| pod(name, "1", None)).into();
    let case = json!({
        "nodeGroups": [{"name": "g", "min": 0, "max": 9, "template": node("t", "g")}],
        "nodes": [node("n", "g")],
        "pods": [pod("old", "3", Some("n"))],
        "pending": pending,
    });
    let result = json!({
        "schedulableOnExisting": ["a"],
        "options": [{"group": "g", "nodeCount": 1, "pods": ["b", "c"]}],
        "expanders": {"least-nodes": ["g"], "least-waste": ["g"], "most-pods": ["g"]},
        "plan": ["g:1->2"],
        "podsRemainUnschedulable": [],
    });
    (case, result)
}

/// Two nodes, the second of which has a pod of a core, and goes after more than ten minutes.
fn shrinking() -> (Value, Value) {
    let case = json!({
        "nodeGroups": [{"name": "g", "min": 0, "max": 9, "template": node("t", "g")}],
        "nodes": [node("n", "g"), node("m", "g")],
        "pods": [pod("busy", "3", Some("n")), pod("idle", "1", Some("m"))],
        "loops": [{"t": 0}, {"t": 600}, {"t": 601}, {"t": 602, "removePods": ["idle"]}],
    });
    let step = |t: u64, idle: &str, empty: &[&str], drain: &[&str]| {
        json!({
            "t": t,
            "utilization": {"n": "cpu 0.750000", "m": idle},
            "unneeded": ["m"],
            "unremovable": {"n": "NotUnderutilized"},
            "removableEmpty": empty,
            "removableDrain": drain,
        })
    };
    let idle = "cpu 0.250000";
    let steps = json!([
        step(0, idle, &[], &[]),
        step(600, idle, &[], &[]),
        step(601, idle, &[], &["m"]),
        step(602, "memory 0.000000", &["m"], &[]),
    ]);
    (case, json!({"steps": steps}))
}

fn outcome((case, result): &(Value, Value)) -> Result<Outcome, GoldenError> {
    run("small", &half("case.json", case), &half("result.json", result))
}

#[test]
fn cases_computed_by_hand_agree() {
    for (pair, attempts) in [(growing(), 1), (shrinking(), 4)] {
        let found = outcome(&pair).expect("it can be run");
        assert_eq!((found.first, found.attempts, found.agree), (None, attempts, attempts));
    }
}

#[test]
fn pods_keep_their_order_when_one_of_them_goes() {
    let (mut case, _) = shrinking();
    let names = ["a", "b", "c", "d", "e"];
    let pods = names.map(|name| pod(name, "100m", Some("n")));
    case["pods"] = json!(pods);
    let case = half("case.json", &case);
    let mut world = World::new(&case.parse().expect("it is one"), &case).expect("it is sound");
    let before = world.cluster.node(NodeId(0)).pods.clone();
    let shown = |world: &World| {
        let pods = &world.cluster.node(NodeId(0)).pods;
        pods.iter().map(|&pod| world.cluster.pod(pod).name().to_owned()).collect::<Vec<_>>()
    };
    for (gone, left) in [("b", "acde"), ("e", "acd"), ("x", "acd"), ("a", "cd")] {
        world.remove_pod(gone);
        assert_eq!(shown(&world).concat(), left);
    }
    assert_eq!(world.cluster.node(NodeId(0)).pods, before[2..4]);
}

#[test]
fn every_part_of_an_answer_is_compared() {
    let told = |pair: (Value, Value)| {
        outcome(&pair).expect("it can be run").first.expect("something differs")
    };
    let parts = [
        ("/schedulableOnExisting", json!([]), "small: schedulable on existing nodes: expected []"),
        ("/options/0/nodeCount", json!(2), "small: option: expected Choice"),
        ("/options", json!([]), "small: groups with an option: expected [], got [\"g\"]"),
        ("/expanders/most-pods", json!(["h"]), "small: most-pods: expected Some([\"h\"])"),
        ("/plan", json!([]), "small: plan: expected [], got [\"g:1->2\"]"),
        ("/podsRemainUnschedulable", json!(["c"]), "small: beyond help: expected [\"c\"]"),
    ];
    for (part, other, expected) in parts {
        let (case, mut result) = growing();
        *result.pointer_mut(part).expect("it is there") = other;
        let text = told((case, result));
        assert!(text.starts_with(expected), "{text}");
    }
    let parts = [
        ("t", json!(9), "time"),
        ("utilization", json!({}), "utilization"),
        ("unneeded", json!([]), "unneeded"),
        ("unremovable", json!({}), "unremovable"),
        ("removableEmpty", json!(["n"]), "removable, empty"),
        ("removableDrain", json!([]), "removable, drained"),
    ];
    for (part, other, expected) in parts {
        let (case, mut result) = shrinking();
        result["steps"][2][part] = other;
        let text = told((case, result));
        assert!(text.contains("small, step 2 (t = "), "{text}");
        assert!(text.contains(&format!("): {expected}: expected")), "{text}");
    }
}

#[test]
fn what_does_not_fit_together_is_an_error_with_its_place() {
    let told = |pair: (Value, Value)| outcome(&pair).expect_err("it is malformed").to_string();
    let text = told((growing().0, shrinking().1));
    assert!(text.contains("`result.json`, .: missing field `schedulableOnExisting`"), "{text}");
    let (mut case, result) = growing();
    case["pods"][0]["spec"]["nodeName"] = "z".into();
    let text = told((case, result));
    assert_eq!(text, "`case.json`, pods[0].spec.nodeName: `z` is none of the nodes");
    let (mut case, result) = growing();
    case["options"] = json!({"expander": "random"});
    let text = told((case, result));
    assert!(text.starts_with("`case.json`, options.expander: unknown field"), "{text}");
    let (mut case, result) = shrinking();
    case["loops"][1]["addPods"] = json!([pod("new", "1", None)]);
    let text = told((case, result.clone()));
    assert_eq!(text, "`case.json`, loops[1].addPods[0].spec.nodeName: `` is none of the nodes");
    let (mut case, result) = shrinking();
    case["loops"] = json!([{"t": 0}]);
    let text = told((case, result));
    assert_eq!(text, "`result.json`, steps: there are 4 steps, and 1 loops in the case");
}
