//! Defaults, one rule of the API server each.

use k8s_openapi::api::core::v1::Pod;
use serde_json::{Value, json};

use super::*;
use crate::kubernetes::api::decode::decode;
use admission::{merge_label_keys, set_priority, tolerate_failures};

fn read<T: serde::de::DeserializeOwned>(value: &Value) -> T {
    decode(value).object.expect("it fits")
}

fn pod(spec: &Value) -> Pod {
    let mut pod = read(&json!({ "metadata": { "name": "a", "labels": { "app": "web" } },
                                "spec": spec }));
    default_pod(&mut pod);
    pod
}

fn spec(pod: &Pod) -> Value {
    serde_json::to_value(pod.spec.as_ref().expect("a spec")).expect("it is plain")
}

#[test]
fn limits_fill_missing_requests_of_containers_and_init_containers() {
    let container = json!({ "name": "a", "resources": {
        "limits": { "cpu": "2", "memory": "1Gi" }, "requests": { "cpu": "500m" } } });
    let pod = pod(&json!({ "containers": [container], "initContainers": [container] }));
    let requests = json!({ "cpu": "500m", "memory": "1Gi" });
    assert_eq!(spec(&pod)["containers"][0]["resources"]["requests"], requests);
    assert_eq!(spec(&pod)["initContainers"][0]["resources"]["requests"], requests);
}

#[test]
fn a_template_keeps_its_limits_to_itself() {
    let container = json!({ "name": "a", "resources": { "limits": { "cpu": "2" } } });
    let template = json!({ "spec": { "containers": [container] } });
    let mut set = read(&json!({
        "metadata": { "name": "a" },
        "spec": { "selector": {}, "template": template },
    }));
    default_daemon_set(&mut set);
    let spec = set.spec.and_then(|spec| spec.template.spec).expect("a spec");
    assert!(spec.containers[0].resources.as_ref().is_some_and(|r| r.requests.is_none()));
}

#[test]
fn host_network_makes_container_ports_host_ports() {
    let container = json!({ "name": "a", "ports": [{ "containerPort": 80 }] });
    let plain = pod(&json!({ "containers": [container] }));
    assert_eq!(
        spec(&plain)["containers"][0]["ports"][0],
        json!({ "containerPort": 80, "protocol": "TCP" })
    );
    let host = pod(&json!({ "containers": [container], "hostNetwork": true }));
    assert_eq!(spec(&host)["containers"][0]["ports"][0]["hostPort"], 80);
}

/// Sidecar 100m and init 300m: 400m are needed while starting, 100m + 200m afterwards.
#[test]
fn pod_level_limits_bring_requests_of_the_containers_or_else_of_the_limits() {
    let requests = |cpu: &str| json!({ "requests": { "cpu": cpu } });
    let pod = pod(&json!({
        "containers": [{ "name": "a", "resources": requests("200m") }],
        "initContainers": [
            { "name": "s", "restartPolicy": "Always", "resources": requests("100m") },
            { "name": "i", "resources": requests("300m") },
        ],
        "resources": { "limits": { "cpu": "2", "memory": "1Gi" } },
    }));
    assert_eq!(spec(&pod)["resources"]["requests"], json!({ "cpu": "400m", "memory": "1Gi" }));
}

#[test]
fn huge_pages_of_containers_become_a_limit_and_a_request_of_the_pod() {
    let limits = json!({ "limits": { "hugepages-2Mi": "4Mi" } });
    let pod = pod(&json!({
        "containers": [{ "name": "a", "resources": limits }],
        "resources": { "requests": { "cpu": "1" } },
    }));
    let pages = json!("4194304");
    assert_eq!(spec(&pod)["resources"]["limits"]["hugepages-2Mi"], pages);
    assert_eq!(spec(&pod)["resources"]["requests"]["hugepages-2Mi"], pages);
}

#[test]
fn priority_comes_from_the_named_class_or_the_global_default() {
    let classes: [PriorityClass; 2] = [
        read(
            &json!({ "metadata": { "name": "high" }, "value": 1000, "preemptionPolicy": "Never" }),
        ),
        read(&json!({ "metadata": { "name": "usual" }, "value": 7, "globalDefault": true })),
    ];
    for (named, priority, policy) in [
        (json!("high"), 1000, "Never"),
        (json!(null), 7, "PreemptLowerPriority"),
        (json!("system-node-critical"), 2_000_001_000, "PreemptLowerPriority"),
    ] {
        let mut pod = pod(&json!({ "containers": [], "priorityClassName": named }));
        set_priority(&mut pod, &classes).expect("the class is there");
        assert_eq!(spec(&pod)["priority"], priority);
        assert_eq!(spec(&pod)["preemptionPolicy"], policy);
    }
    let mut pod = pod(&json!({ "containers": [], "priorityClassName": "hihg" }));
    let error = set_priority(&mut pod, &classes).unwrap_err();
    assert_eq!(error.to_string(), "pod `a`: there is no PriorityClass `hihg`");
}

#[test]
fn label_keys_are_merged_once_and_only_into_selectors_that_exist() {
    let mut pod = pod(&json!({ "containers": [], "topologySpreadConstraints": [
        { "maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule",
          "labelSelector": {}, "matchLabelKeys": ["app", "absent"] },
        { "maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule",
          "matchLabelKeys": ["app"] }],
        "affinity": { "podAntiAffinity": { "requiredDuringSchedulingIgnoredDuringExecution": [
            { "topologyKey": "zone", "labelSelector": {}, "mismatchLabelKeys": ["app"] }] } } }));
    merge_label_keys(&mut pod);
    merge_label_keys(&mut pod);
    let constraints = &spec(&pod)["topologySpreadConstraints"];
    let is_in = json!([{ "key": "app", "operator": "In", "values": ["web"] }]);
    assert_eq!(constraints[0]["labelSelector"]["matchExpressions"], is_in);
    assert_eq!(constraints[1].get("labelSelector"), None);
    let anti_affinity = &spec(&pod)["affinity"]["podAntiAffinity"];
    let required = "requiredDuringSchedulingIgnoredDuringExecution";
    let term = &anti_affinity[required][0];
    assert_eq!(term["labelSelector"]["matchExpressions"][0]["operator"], "NotIn");
}

#[test]
fn pods_stay_on_a_failed_node_for_five_minutes_unless_they_say_otherwise() {
    let own = json!([{ "key": "node.kubernetes.io/not-ready", "operator": "Exists" }]);
    let mut pod = pod(&json!({ "containers": [], "tolerations": own }));
    tolerate_failures(&mut pod);
    let tolerations = pod.spec.and_then(|spec| spec.tolerations).expect("some");
    assert_eq!(tolerations.len(), 2);
    assert_eq!(tolerations[1].key.as_deref(), Some("node.kubernetes.io/unreachable"));
    assert_eq!(tolerations[1].toleration_seconds, Some(300));
}

#[test]
fn an_absent_behavior_stays_absent_and_an_empty_one_is_filled() {
    let scaler = |behavior: &Value| {
        let mut scaler = read(&json!({ "metadata": { "name": "a" }, "spec": {
            "maxReplicas": 9, "scaleTargetRef": { "kind": "Deployment", "name": "a" },
            "behavior": behavior } }));
        default_autoscaler(&mut scaler);
        scaler.spec
    };
    let plain = scaler(&json!(null));
    assert_eq!((plain.min_replicas, plain.behavior), (Some(1), None));
    let metrics = plain.metrics.expect("one metric");
    let target = metrics[0].resource.as_ref().map(|resource| resource.target.average_utilization);
    assert_eq!(target, Some(Some(80)));
    let filled = scaler(&json!({})).behavior.expect("it was there");
    let (up, down) = (filled.scale_up.expect("up"), filled.scale_down.expect("down"));
    assert_eq!(up.stabilization_window_seconds, Some(0));
    assert_eq!(down.stabilization_window_seconds, None);
    assert_eq!((up.policies.map(|p| p.len()), down.policies.map(|p| p.len())), (Some(2), Some(1)));
}

#[test]
fn namespaces_carry_their_name_and_objects_their_namespace() {
    let mut namespace = read(&json!({ "metadata": { "name": "shop" } }));
    default_namespace(&mut namespace);
    assert_eq!(namespace.metadata.labels.expect("labels")[NAMESPACE_LABEL], "shop");
    let mut object = Object::from(pod(&json!({ "containers": [] })));
    apply(&mut object);
    assert_eq!(object.metadata().namespace.as_deref(), Some("default"));
}
