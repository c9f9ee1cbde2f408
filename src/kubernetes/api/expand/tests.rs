//! What controllers create, and what they leave alone.

use serde_json::{Value, json};

use super::*;
use crate::kubernetes::api::manifest::from_value;
use crate::kubernetes::api::origin::Origin;

fn objects(values: &[Value]) -> Vec<Object> {
    let read = |value| from_value(value, &Origin::file("test")).unwrap_or_else(|e| panic!("{e}"));
    values.iter().map(read).collect()
}

fn expanded(values: &[Value]) -> Expansion {
    expand(&objects(values))
}

fn names(expansion: &Expansion) -> Vec<&str> {
    expansion.pods.iter().map(|pod| name(&pod.metadata)).collect()
}

fn workload(kind: &str, extra: &Value) -> Value {
    let mut spec = json!({
        "selector": { "matchLabels": { "app": "web" } },
        "template": { "metadata": { "labels": { "app": "web" } },
                      "spec": { "containers": [{ "name": "c", "image": "i" }] } },
    });
    for (key, value) in extra.as_object().expect("fields") {
        spec[key] = value.clone();
    }
    json!({ "apiVersion": "apps/v1", "kind": kind, "metadata": { "name": "web" }, "spec": spec })
}

fn node(name: &str, labels: &Value, taints: &Value) -> Value {
    json!({ "apiVersion": "v1", "kind": "Node", "metadata": { "name": name, "labels": labels },
            "spec": { "taints": taints } })
}

#[test]
fn a_deployment_creates_a_replica_set_and_its_pods() {
    let expansion = expanded(&[workload("Deployment", &json!({ "replicas": 2 }))]);
    let set = name(&expansion.replica_sets[0].metadata);
    let hash = set.strip_prefix("web-").expect("named after the deployment");
    assert_eq!(names(&expansion), [format!("{set}-x1"), format!("{set}-x2")]);
    let pod = &expansion.pods[0].metadata;
    assert_eq!(pod.labels.as_ref().expect("labels")[TEMPLATE_HASH], hash);
    assert_eq!(controller(pod), Some(("ReplicaSet", set)));
    assert_eq!(controller(&expansion.replica_sets[0].metadata), Some(("Deployment", "web")));
}

#[test]
fn pods_that_exist_are_counted_and_those_that_ended_are_not() {
    let pod = |name: &str, phase: &str| {
        json!({ "apiVersion": "v1", "kind": "Pod", "status": { "phase": phase },
            "metadata": { "name": name, "ownerReferences": [{ "apiVersion": "apps/v1",
                "kind": "ReplicaSet", "name": "web", "uid": "1", "controller": true }] },
            "spec": { "containers": [{ "name": "c" }] } })
    };
    let set = workload("ReplicaSet", &json!({ "replicas": 3 }));
    let expansion = expanded(&[set, pod("web-a", "Running"), pod("web-b", "Failed")]);
    assert_eq!(names(&expansion), ["web-x2", "web-x3"]);
}

#[test]
fn a_deployment_with_replica_sets_leaves_the_pods_to_them() {
    let deployment = workload("Deployment", &json!({ "replicas": 2 }));
    let mut set = workload("ReplicaSet", &json!({ "replicas": 1 }));
    set["metadata"] = json!({ "name": "web-1", "ownerReferences": [{ "apiVersion": "apps/v1",
        "kind": "Deployment", "name": "web", "uid": "1", "controller": true }] });
    assert_eq!(names(&expanded(&[deployment, set])), ["web-1-x1"]);
}

#[test]
fn a_stateful_set_numbers_its_pods_and_gives_each_a_claim() {
    let claim = json!({ "metadata": { "name": "data" }, "spec": { "accessModes": ["ReadWriteOnce"],
        "resources": { "requests": { "storage": "1Gi" } } } });
    let extra = json!({ "replicas": 2, "ordinals": { "start": 5 }, "serviceName": "web",
        "volumeClaimTemplates": [claim] });
    let expansion = expanded(&[workload("StatefulSet", &extra)]);
    assert_eq!(names(&expansion), ["web-5", "web-6"]);
    let claims: Vec<_> = expansion.claims.iter().map(|claim| name(&claim.metadata)).collect();
    assert_eq!(claims, ["data-web-5", "data-web-6"]);
    let spec = expansion.pods[0].spec.as_ref().expect("a spec");
    let volume = &spec.volumes.as_ref().expect("volumes")[0];
    assert_eq!(volume.persistent_volume_claim.as_ref().expect("a claim").claim_name, "data-web-5");
}

#[test]
fn a_daemon_set_has_a_pod_on_each_node_that_it_is_meant_for() {
    let extra = json!({ "template": { "metadata": { "labels": { "app": "web" } }, "spec": {
        "nodeSelector": { "disk": "ssd" }, "containers": [{ "name": "c" }] } } });
    let ssd = json!({ "disk": "ssd" });
    let taint = |key: &str| json!([{ "key": key, "effect": "NoSchedule" }]);
    let expansion = expanded(&[
        workload("DaemonSet", &extra),
        node("a", &ssd, &json!([])),
        node("b", &json!({}), &json!([])),
        node("c", &ssd, &taint("dedicated")),
        node("d", &ssd, &taint("node.kubernetes.io/unschedulable")),
    ]);
    let pinned: Vec<_> = expansion
        .pods
        .iter()
        .map(|pod| {
            let spec = serde_json::to_value(&pod.spec).expect("it is plain");
            let required = "/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution";
            let field = "/nodeSelectorTerms/0/matchFields/0/values/0";
            spec.pointer(&format!("{required}{field}")).expect("a name").clone()
        })
        .collect();
    assert_eq!(pinned, ["a", "d"]);
    assert_eq!(names(&expansion), ["web-x1", "web-x2"]);
}

#[test]
fn a_job_never_has_more_pods_than_completions_are_missing() {
    let job = |spec: &Value, status: &Value| {
        let mut spec = spec.clone();
        spec["template"] = json!({ "spec": { "restartPolicy": "Never",
            "containers": [{ "name": "c" }] } });
        json!({ "apiVersion": "batch/v1", "kind": "Job", "metadata": { "name": "sum" },
                "spec": spec, "status": status })
    };
    let count = |spec: Value, status: Value| names(&expanded(&[job(&spec, &status)])).len();
    assert_eq!(count(json!({}), json!({})), 1);
    assert_eq!(count(json!({ "parallelism": 4, "completions": 9 }), json!({})), 4);
    assert_eq!(count(json!({ "parallelism": 4, "completions": 9 }), json!({ "succeeded": 7 })), 2);
    assert_eq!(count(json!({ "parallelism": 3 }), json!({})), 3);
    assert_eq!(count(json!({ "suspend": true }), json!({})), 0);
    let indexed = json!({ "parallelism": 2, "completions": 2, "completionMode": "Indexed" });
    assert_eq!(names(&expanded(&[job(&indexed, &json!({}))])), ["sum-0-x1", "sum-1-x1"]);
}
