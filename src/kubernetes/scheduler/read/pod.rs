//! Pods.

use k8s_openapi::api::core::v1 as core;

use super::affinity::{pod_affinity, pod_anti_affinity, preferred_nodes, spread, toleration};
use super::requests::{Requested, requests};
use super::selector::node_selector;
use super::volumes::volumes;
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::labels::Labels;
use crate::kubernetes::scheduler::pod::Pod;
use crate::kubernetes::scheduler::shape::{HostPort, Owner, PodShape, PreemptionPolicy, ShapeId};

/// A pod, on no node yet. It is told apart by `namespace/name`.
pub fn pod(cluster: &mut Cluster, pod: &core::Pod) -> Pod {
    let shape = shape(cluster, pod);
    let status = pod.status.as_ref();
    let start = status.and_then(|status| status.start_time.as_ref());
    Pod {
        key: format!("{}/{}", namespace(pod), pod.metadata.name.as_deref().unwrap_or_default())
            .into(),
        shape,
        node: None,
        // one that has not started counts as starting now (pkg/scheduler/util, `GetPodStartTime`)
        start: start.map_or(i64::MAX, |start| nanoseconds(start.0)),
        terminating: pod.metadata.deletion_timestamp.is_some(),
        preempted: preempted(pod),
    }
}

fn nanoseconds(time: k8s_openapi::jiff::Timestamp) -> i64 {
    i64::try_from(time.as_nanosecond()).unwrap_or(i64::MAX)
}

/// Whether the scheduler evicted it (`podTerminatingByPreemption`).
fn preempted(pod: &core::Pod) -> bool {
    let conditions = pod.status.iter().flat_map(|status| status.conditions.iter().flatten());
    let target = conditions.into_iter().find(|condition| condition.type_ == "DisruptionTarget");
    let by_scheduler = target.is_some_and(|condition| {
        condition.status == "True" && condition.reason.as_deref() == Some("PreemptionByScheduler")
    });
    by_scheduler && pod.metadata.deletion_timestamp.is_some()
}

/// What the scheduler looks at in a pod.
pub fn shape(cluster: &mut Cluster, pod: &core::Pod) -> ShapeId {
    let shape = read(cluster, pod);
    cluster.intern(shape)
}

fn namespace(pod: &core::Pod) -> &str {
    pod.metadata.namespace.as_deref().unwrap_or("default")
}

fn read(cluster: &mut Cluster, pod: &core::Pod) -> PodShape {
    let empty = core::PodSpec::default();
    let spec = pod.spec.as_ref().unwrap_or(&empty);
    let labels: Labels = pod
        .metadata
        .labels
        .iter()
        .flatten()
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    let affinity = spec.affinity.as_ref();
    let nodes = affinity.and_then(|affinity| affinity.node_affinity.as_ref());
    let required =
        nodes.and_then(|nodes| nodes.required_during_scheduling_ignored_during_execution.as_ref());
    let near = affinity.and_then(|affinity| affinity.pod_affinity.as_ref());
    let far = affinity.and_then(|affinity| affinity.pod_anti_affinity.as_ref());
    let Requested { exact, scored, alone } = requests(cluster, pod);
    let never = spec.preemption_policy.as_deref() == Some("Never");
    let constraints = spec.topology_spread_constraints.iter().flatten();
    PodShape {
        namespace: namespace(pod).into(),
        priority: spec.priority.unwrap_or(0),
        preemption: if never {
            PreemptionPolicy::Never
        } else {
            PreemptionPolicy::PreemptLowerPriority
        },
        owner: owner(pod),
        gates: spec
            .scheduling_gates
            .iter()
            .flatten()
            .map(|gate| gate.name.as_str().into())
            .collect(),
        requests: exact,
        scored_requests: scored,
        scored_alone: alone,
        node_selector: spec
            .node_selector
            .iter()
            .flatten()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect(),
        required_nodes: required.map(node_selector),
        preferred_nodes: nodes.map(preferred_nodes).unwrap_or_default(),
        node_name: spec.node_name.as_deref().filter(|name| !name.is_empty()).map(Into::into),
        tolerations: spec.tolerations.iter().flatten().map(toleration).collect(),
        host_ports: host_ports(spec),
        images: images(spec),
        containers: u32::try_from(containers(spec).count()).unwrap_or(u32::MAX),
        spread: constraints.map(|one| spread(cluster, &labels, one)).collect(),
        affinity: pod_affinity(cluster, namespace(pod), near),
        anti_affinity: pod_anti_affinity(cluster, namespace(pod), far),
        volumes: volumes(pod, spec),
        labels,
    }
}

/// The controller among its owners. One of another group is no ReplicaSet, whatever its kind is
/// called.
fn owner(pod: &core::Pod) -> Option<Owner> {
    let owners = pod.metadata.owner_references.iter().flatten();
    let controller = owners.into_iter().find(|owner| owner.controller == Some(true))?;
    let (version, kind) = (controller.api_version.as_str(), controller.kind.as_str());
    let kind = match (version, kind) {
        ("apps/v1", "ReplicaSet" | "StatefulSet") | ("v1", "ReplicationController") => kind.into(),
        _ => format!("{version}/{kind}").into(),
    };
    Some(Owner { kind, name: controller.name.as_str().into() })
}

/// Init containers, then containers.
fn containers(spec: &core::PodSpec) -> impl Iterator<Item = &core::Container> {
    spec.init_containers.iter().flatten().chain(&spec.containers)
}

/// Ports of the host that the containers take, and of init containers only the sidecars'
/// (pkg/scheduler/util/utils.go, `GetHostPorts`).
fn host_ports(spec: &core::PodSpec) -> Vec<HostPort> {
    let sidecars = spec.init_containers.iter().flatten();
    let sidecars = sidecars.filter(|one| one.restart_policy.as_deref() == Some("Always"));
    let ports = spec.containers.iter().chain(sidecars).flat_map(|one| one.ports.iter().flatten());
    let taken = ports.filter(|port| port.host_port.unwrap_or(0) > 0);
    let read = taken.map(|port| HostPort {
        ip: port.host_ip.as_deref().unwrap_or_default().into(),
        protocol: port.protocol.as_deref().unwrap_or("TCP").into(),
        port: port.host_port.unwrap_or(0),
    });
    read.collect()
}

/// Images of containers and of image volumes, with their tags.
fn images(spec: &core::PodSpec) -> Vec<Box<str>> {
    let of_containers = containers(spec).filter_map(|one| one.image.as_deref());
    let volumes = spec.volumes.iter().flatten().filter_map(|one| one.image.as_ref());
    let of_volumes = volumes.filter_map(|image| image.reference.as_deref());
    of_containers.chain(of_volumes).map(tagged).collect()
}

/// An image's name with `:latest` where it has no tag
/// (pkg/scheduler/framework/plugins/imagelocality, `normalizedImageName`).
fn tagged(name: &str) -> Box<str> {
    if name.rfind(':') <= name.rfind('/') { format!("{name}:latest").into() } else { name.into() }
}
