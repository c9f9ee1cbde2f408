//! What the autoscaler looks at beyond what the scheduler knows.

use k8s_openapi::api::core::v1 as core;

use super::group::GroupId;
use crate::engine::{SimDuration, SimTime};
use crate::kubernetes::api::quantity;
use crate::kubernetes::scheduler::node::NodeId;
use crate::kubernetes::scheduler::pod::PodId;
use crate::kubernetes::scheduler::shape::PodShape;

/// Answers questions about the nodes and pods of a cluster, as they are at a scan.
pub trait View {
    /// About a node.
    fn node(&self, node: NodeId) -> NodeFacts;
    /// About a pod, on a node or not.
    fn pod(&self, pod: PodId) -> PodFacts;
}

/// What matters of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeFacts {
    /// Its group; none if it is not scaled.
    pub group: Option<GroupId>,
    /// Whether it is ready.
    pub ready: bool,
    /// When it was registered.
    pub created: SimTime,
    /// Whether it is annotated `cluster-autoscaler.kubernetes.io/scale-down-disabled: "true"`.
    pub keep: bool,
    /// Whether it is tainted `ToBeDeletedByClusterAutoscaler`.
    pub deleting: bool,
}

/// What made a pod and would make it again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Controller {
    /// Nothing.
    #[default]
    None,
    /// A ReplicaSet, StatefulSet, Job or ReplicationController.
    Replicated,
    /// One of these that is not there any more.
    Gone,
    /// A DaemonSet.
    DaemonSet,
    /// Another kind of object.
    Custom,
}

/// The annotation `cluster-autoscaler.kubernetes.io/safe-to-evict` of a pod.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SafeToEvict {
    /// It has none.
    #[default]
    Unsaid,
    /// `true`.
    Yes,
    /// `false`.
    No,
}

/// What matters of a pod.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PodFacts {
    /// What made it.
    pub controller: Controller,
    /// Whether it may be evicted.
    pub safe_to_evict: SafeToEvict,
    /// Whether it has volumes on its host that its annotation
    /// `safe-to-evict-local-volumes` does not name.
    pub local_storage: bool,
    /// Whether it is the image of a static pod.
    pub mirror: bool,
    /// Whether it has ended for good.
    pub terminal: bool,
    /// When it was created.
    pub created: SimTime,
    /// Since when it is being deleted.
    pub deleted: Option<SimTime>,
    /// How long it may take to end.
    pub grace: SimDuration,
    /// The sum of its containers' requests.
    pub requests: Amounts,
}

/// CPU and memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amounts {
    /// CPU in thousandths of a core.
    pub milli_cpu: i64,
    /// Memory in bytes.
    pub memory: i64,
}

const SAFE: &str = "cluster-autoscaler.kubernetes.io/safe-to-evict";
const SAFE_VOLUMES: &str = "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes";
const DAEMON: &str = "cluster-autoscaler.kubernetes.io/daemonset-pod";
const MIRROR: &str = "kubernetes.io/config.mirror";
const KEEP: &str = "cluster-autoscaler.kubernetes.io/scale-down-disabled";
/// So long after its grace period a pod that is being deleted is as good as gone
/// (utils/drain/drain.go).
const EXTRA: SimDuration = SimDuration::from_secs(30);

/// Whether a node is annotated so that it is kept.
#[must_use]
pub fn is_kept(node: &core::Node) -> bool {
    let annotations = node.metadata.annotations.as_ref();
    annotations.and_then(|all| all.get(KEEP)).is_some_and(|value| value == "true")
}

/// Whether pods of a shape are those of a DaemonSet, by their controller.
pub(super) fn is_daemon(shape: &PodShape) -> bool {
    shape.owner.as_ref().is_some_and(|owner| owner.kind.ends_with("/DaemonSet"))
}

impl PodFacts {
    /// Reads a pod whose defaults were filled in. `exists` says of a controller, by kind and name,
    /// whether it is there. Times are left open, since objects name them by another clock.
    #[must_use]
    pub fn read(pod: &core::Pod, exists: impl Fn(&str, &str) -> bool) -> Self {
        let annotations = pod.metadata.annotations.as_ref();
        let annotation = |key| annotations.and_then(|all| all.get(key)).map(String::as_str);
        let empty = core::PodSpec::default();
        let spec = pod.spec.as_ref().unwrap_or(&empty);
        let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
        let restart = spec.restart_policy.as_deref();
        Self {
            controller: match annotation(DAEMON) {
                Some("true") => Controller::DaemonSet,
                _ => controller(pod, exists),
            },
            safe_to_evict: match annotation(SAFE) {
                Some("true") => SafeToEvict::Yes,
                Some("false") => SafeToEvict::No,
                _ => SafeToEvict::Unsaid,
            },
            local_storage: local_storage(spec, annotation(SAFE_VOLUMES).unwrap_or_default()),
            mirror: annotation(MIRROR).is_some(),
            terminal: phase == Some("Failed")
                || (phase == Some("Succeeded") && matches!(restart, Some("Never" | "OnFailure"))),
            created: SimTime::ZERO,
            deleted: None,
            grace: SimDuration::from_secs(
                spec.termination_grace_period_seconds.map_or(30, |all| all.max(0).unsigned_abs()),
            ),
            requests: requests(spec),
        }
    }

    /// Whether it has been being deleted for so long that it counts as gone.
    pub(super) fn is_lingering(&self, now: SimTime) -> bool {
        let end = |since: SimTime| since.saturating_add(self.grace).saturating_add(EXTRA);
        self.deleted.is_some_and(|since| end(since) < now)
    }
}

fn controller(pod: &core::Pod, exists: impl Fn(&str, &str) -> bool) -> Controller {
    let owners = pod.metadata.owner_references.iter().flatten();
    let Some(owner) = owners.into_iter().find(|owner| owner.controller == Some(true)) else {
        return Controller::None;
    };
    match owner.kind.as_str() {
        "DaemonSet" => Controller::DaemonSet,
        "ReplicaSet" | "StatefulSet" | "Job" | "ReplicationController" => {
            if exists(&owner.kind, &owner.name) { Controller::Replicated } else { Controller::Gone }
        }
        _ => Controller::Custom,
    }
}

fn local_storage(spec: &core::PodSpec, allowed: &str) -> bool {
    let is_local = |volume: &core::Volume| {
        let in_memory = |dir: &core::EmptyDirVolumeSource| dir.medium.as_deref() == Some("Memory");
        volume.host_path.is_some() || volume.empty_dir.as_ref().is_some_and(|dir| !in_memory(dir))
    };
    let volumes = spec.volumes.iter().flatten();
    volumes
        .into_iter()
        .any(|volume| is_local(volume) && !allowed.split(',').any(|name| name == volume.name))
}

fn requests(spec: &core::PodSpec) -> Amounts {
    let mut sum = Amounts::default();
    for container in &spec.containers {
        let requests = container.resources.as_ref().and_then(|one| one.requests.as_ref());
        let get = |name| requests.and_then(|all| all.get(name));
        sum.milli_cpu += get("cpu").map_or(0, quantity::milli_value);
        sum.memory += get("memory").map_or(0, quantity::value);
    }
    sum
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// What is read of a pod with this metadata and this of its spec, and this phase.
    fn read(metadata: Value, spec: Value, phase: &str) -> PodFacts {
        let mut pod = json!({"metadata": metadata, "spec": spec, "status": {"phase": phase}});
        if pod["spec"].get("containers").is_none() {
            pod["spec"]["containers"] = json!([]);
        }
        let pod: core::Pod = serde_json::from_value(pod).expect("it is a pod");
        PodFacts::read(&pod, |kind, name| (kind, name) != ("ReplicaSet", "gone"))
    }

    fn controlled(kind: &str, name: &str) -> Controller {
        let owner = json!({
            "apiVersion": "v1", "kind": kind, "name": name, "uid": "u", "controller": true,
        });
        read(json!({"ownerReferences": [owner]}), json!({}), "Running").controller
    }

    #[test]
    fn controllers_are_told_apart() {
        assert_eq!(
            read(json!({}), json!({}), "Running"),
            PodFacts { grace: SimDuration::from_secs(30), ..PodFacts::default() }
        );
        let kinds = ["ReplicaSet", "StatefulSet", "Job", "ReplicationController"];
        assert_eq!(kinds.map(|kind| controlled(kind, "web")), [Controller::Replicated; 4]);
        assert_eq!(controlled("ReplicaSet", "gone"), Controller::Gone);
        assert_eq!(controlled("DaemonSet", "agent"), Controller::DaemonSet);
        assert_eq!(controlled("Workflow", "build"), Controller::Custom);
        let annotated = json!({"annotations": {DAEMON: "true"}});
        assert_eq!(read(annotated, json!({}), "Running").controller, Controller::DaemonSet);
    }

    #[test]
    fn volumes_on_the_host_count_unless_they_are_in_memory_or_named() {
        let local = |volume: Value, allowed: &str| {
            let metadata = json!({"annotations": {SAFE_VOLUMES: allowed}});
            read(metadata, json!({"volumes": [volume]}), "Running").local_storage
        };
        let scratch = json!({"name": "scratch", "emptyDir": {}});
        assert!(local(scratch.clone(), "") && local(scratch.clone(), "other"));
        assert!(!local(scratch, "other,scratch"));
        assert!(local(json!({"name": "logs", "hostPath": {"path": "/var/log"}}), ""));
        assert!(!local(json!({"name": "shared", "emptyDir": {"medium": "Memory"}}), ""));
        assert!(!local(json!({"name": "settings", "configMap": {"name": "web"}}), ""));
    }

    #[test]
    fn annotations_ends_and_requests_are_read() {
        let safe = |value: &str| {
            read(json!({"annotations": {SAFE: value}}), json!({}), "Running").safe_to_evict
        };
        assert_eq!(
            ["true", "false", "maybe"].map(safe),
            [SafeToEvict::Yes, SafeToEvict::No, SafeToEvict::Unsaid]
        );
        assert!(read(json!({"annotations": {MIRROR: "x"}}), json!({}), "Running").mirror);
        let ended = |phase: &str, restart: &str| {
            read(json!({}), json!({"restartPolicy": restart}), phase).terminal
        };
        assert!(ended("Failed", "Always") && ended("Succeeded", "OnFailure"));
        assert!(!ended("Succeeded", "Always") && !ended("Running", "Never"));
        let requests = json!({"requests": {"cpu": "250m", "memory": "1Gi"}});
        let container = json!({"name": "c", "resources": requests});
        let spec = json!({
            "containers": [container, container], "initContainers": [container],
            "terminationGracePeriodSeconds": 5,
        });
        let facts = read(json!({}), spec, "Running");
        assert_eq!(facts.requests, Amounts { milli_cpu: 500, memory: 2 << 30 });
        assert_eq!(facts.grace, SimDuration::from_secs(5));
    }

    #[test]
    fn a_pod_lingers_from_half_a_minute_after_its_grace() {
        let at = |seconds: u64| SimTime::from_nanos(seconds * 1_000_000_000);
        let grace = SimDuration::from_secs(30);
        let facts = PodFacts { deleted: Some(at(100)), grace, ..PodFacts::default() };
        assert!(!facts.is_lingering(at(160)));
        assert!(facts.is_lingering(at(161)));
        assert!(!PodFacts::default().is_lingering(at(161)));
    }
}
