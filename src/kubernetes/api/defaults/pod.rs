//! Defaults of pods and of the pod templates of workloads.
//!
//! Source: Kubernetes v1.36, `pkg/apis/core/v1/defaults.go`. Requests follow limits only in pods: a
//! template is stored as it was written, and its pods get the requests when they are created.

use k8s_openapi::api::core::v1::{Container, Pod, PodSpec, ResourceRequirements};

use super::pod_resources::default_pod_level_requests;

/// Seconds that a pod has to end.
const GRACE_PERIOD: i64 = 30;

/// A pod: what its spec gets, then requests from limits and host ports from container ports.
pub fn default_pod(pod: &mut Pod) {
    let Some(spec) = &mut pod.spec else {
        return;
    };
    default_pod_spec(spec);
    for container in all_containers(spec) {
        if let Some(resources) = &mut container.resources {
            requests_from_limits(resources);
        }
    }
    default_pod_level_requests(spec);
    if spec.host_network == Some(true) {
        for port in all_containers(spec).flat_map(|container| container.ports.iter_mut().flatten())
        {
            if port.host_port.unwrap_or(0) == 0 {
                port.host_port = Some(port.container_port);
            }
        }
    }
}

/// The spec of a pod or of a template.
pub fn default_pod_spec(spec: &mut PodSpec) {
    let fill = |field: &mut Option<String>, value: &str| {
        if field.as_deref().is_none_or(str::is_empty) {
            *field = Some(value.to_owned());
        }
    };
    fill(&mut spec.restart_policy, "Always");
    fill(&mut spec.scheduler_name, "default-scheduler");
    fill(&mut spec.dns_policy, "ClusterFirst");
    spec.termination_grace_period_seconds.get_or_insert(GRACE_PERIOD);
    for container in all_containers(spec) {
        default_container(container);
    }
    // the server leaves these out and the scheduler assumes them: they say so here
    for constraint in spec.topology_spread_constraints.iter_mut().flatten() {
        fill(&mut constraint.node_affinity_policy, "Honor");
        fill(&mut constraint.node_taints_policy, "Ignore");
    }
}

fn default_container(container: &mut Container) {
    for port in container.ports.iter_mut().flatten() {
        if port.protocol.as_deref().is_none_or(str::is_empty) {
            port.protocol = Some("TCP".to_owned());
        }
    }
    let probes = [
        &mut container.liveness_probe,
        &mut container.readiness_probe,
        &mut container.startup_probe,
    ];
    for probe in probes.into_iter().flatten() {
        probe.timeout_seconds.get_or_insert(1);
        probe.period_seconds.get_or_insert(10);
        probe.success_threshold.get_or_insert(1);
        probe.failure_threshold.get_or_insert(3);
    }
}

fn requests_from_limits(resources: &mut ResourceRequirements) {
    let Some(limits) = &resources.limits else {
        return;
    };
    let requests = resources.requests.get_or_insert_default();
    for (name, limit) in limits {
        requests.entry(name.clone()).or_insert_with(|| limit.clone());
    }
}

/// The containers and init containers, which share all of these rules.
fn all_containers(spec: &mut PodSpec) -> impl Iterator<Item = &mut Container> {
    spec.containers.iter_mut().chain(spec.init_containers.iter_mut().flatten())
}
