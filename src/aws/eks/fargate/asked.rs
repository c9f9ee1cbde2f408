//! What a pod asks of Fargate, by its API object.

use k8s_openapi::api::core::v1::{Container, PodSpec};

use super::refusal::Wants;
use super::size::{Request, TooLarge, request, size};
use crate::aws::pricing::fargate::TaskSize;
use crate::kubernetes::api::quantity::{milli_value, value};
use crate::units::{Bytes, Millicores};

/// Extended resources that are graphics processors or the like.
const ACCELERATORS: [&str; 5] = [
    "nvidia.com/gpu",
    "amd.com/gpu",
    "aws.amazon.com/neuron",
    "aws.amazon.com/neuroncore",
    "aws.amazon.com/neurondevice",
];

/// What a container requests of a resource, in thousandths or whole.
fn requested(container: &Container, resource: &str, milli: bool) -> u64 {
    let requests = container.resources.as_ref().and_then(|it| it.requests.as_ref());
    let quantity = requests.and_then(|requests| requests.get(resource));
    let amount = quantity.map(|it| if milli { milli_value(it) } else { value(it) });
    amount.and_then(|it| u64::try_from(it).ok()).unwrap_or(0)
}

/// Containers that run together, and those that run before them one at a time. Sidecars that start
/// among the latter go on beside the others.
fn containers(spec: &PodSpec) -> (Vec<&Container>, Vec<&Container>) {
    let all = spec.init_containers.iter().flatten();
    let (sidecars, init): (Vec<_>, Vec<_>) =
        all.partition(|it| it.restart_policy.as_deref() == Some("Always"));
    (spec.containers.iter().chain(sidecars).collect(), init)
}

fn requests(containers: &[&Container]) -> Vec<Request> {
    let of = |it: &&Container| Request {
        cpu: Millicores(requested(it, "cpu", true)),
        memory: Bytes(requested(it, "memory", false)),
    };
    containers.iter().map(of).collect()
}

/// What a pod asks for, with what Kubernetes needs on its node.
pub fn request_of(spec: &PodSpec) -> Request {
    let (containers, init) = containers(spec);
    request(&requests(&containers), &requests(&init))
}

/// The size of a pod.
///
/// # Errors
/// No size holds it.
pub fn size_of(spec: &PodSpec) -> Result<TaskSize, TooLarge> {
    let (containers, init) = containers(spec);
    let storage = |it: &&Container| requested(it, "ephemeral-storage", false);
    let together: u64 = containers.iter().map(storage).sum();
    let storage = init.iter().map(storage).fold(together, u64::max);
    size(&requests(&containers), &requests(&init), Bytes(storage))
}

/// What a pod wants that Fargate may not have, as far as it says so itself: its owner and its
/// claims are known to others.
pub fn wants(spec: &PodSpec) -> Wants {
    let all = || spec.init_containers.iter().flatten().chain(&spec.containers);
    let privileged = |it: &Container| {
        it.security_context.as_ref().and_then(|context| context.privileged) == Some(true)
    };
    let host_port = |it: &Container| {
        it.ports.iter().flatten().any(|port| port.host_port.is_some_and(|port| port > 0))
    };
    let accelerated = |it: &Container| {
        let resources = it.resources.as_ref();
        let asked = resources.map(|it| it.requests.iter().chain(&it.limits).flatten());
        asked.into_iter().flatten().any(|(name, _)| ACCELERATORS.contains(&name.as_str()))
    };
    let selected = spec.node_selector.as_ref().and_then(|it| it.get("kubernetes.io/os"));
    let system = spec.os.as_ref().map(|os| &os.name).or(selected);
    Wants {
        is_of_daemon_set: false,
        is_privileged: all().any(privileged),
        has_host_network: spec.host_network == Some(true),
        has_host_port: all().any(host_port),
        has_gpu: all().any(accelerated),
        has_ebs: false,
        is_windows: system.is_some_and(|system| system == "windows"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::eks::fargate::refusal::Refusal;

    fn spec(text: &str) -> PodSpec {
        serde_json::from_str(text).expect("the spec of a pod")
    }

    #[test]
    fn sidecars_count_with_the_containers_that_they_run_beside() {
        let spec = spec(
            r#"{"containers": [{"name": "app", "resources": {"requests":
                    {"cpu": "1", "memory": "2Gi", "ephemeral-storage": "60Gi"}}}],
                "initContainers": [
                    {"name": "log", "restartPolicy": "Always", "resources": {"requests":
                        {"cpu": "250m", "memory": "512Mi", "ephemeral-storage": "40Gi"}}},
                    {"name": "first", "resources": {"requests": {"cpu": "2", "memory": "1Gi"}}}]}"#,
        );
        let request = request_of(&spec);
        assert_eq!((request.cpu.0, request.memory.0 >> 20), (2000, 2048 + 512 + 256));
        let size = size_of(&spec).unwrap();
        // 2 vCPUs have 4 GB at least
        assert_eq!((size.cpu.0, size.memory.0 >> 30, size.storage.0 >> 30), (2000, 4, 115));
    }

    #[test]
    fn what_fargate_does_not_have_is_found_in_any_container() {
        let plain = spec(r#"{"containers": [{"name": "app", "ports": [{"containerPort": 80}]}]}"#);
        assert_eq!(wants(&plain).refusals(), []);
        let all = spec(
            r#"{"hostNetwork": true, "os": {"name": "windows"},
                "initContainers": [{"name": "i", "securityContext": {"privileged": true}}],
                "containers": [{"name": "a", "ports": [{"containerPort": 80, "hostPort": 80}],
                    "resources": {"limits": {"nvidia.com/gpu": "1"}}}]}"#,
        );
        use Refusal::{Gpu, HostNetwork, HostPort, Privileged, Windows};
        assert_eq!(wants(&all).refusals(), [Privileged, HostNetwork, HostPort, Gpu, Windows]);
        let selected =
            spec(r#"{"nodeSelector": {"kubernetes.io/os": "windows"}, "containers": []}"#);
        assert!(wants(&selected).is_windows);
    }
}
