//! Pod templates: what all pods of one revision of a workload have in common.
//!
//! Fields and defaults as in the API of Kubernetes v1.36
//! (`staging/src/k8s.io/api/core/v1/types.go`,
//! `pkg/apis/core/v1/defaults.go`); quality of service by
//! `pkg/apis/core/v1/helper/qos/qos.go`.

use crate::engine::SimDuration;
use crate::units::{Bytes, Millicores};

/// A template of a cluster. Numbers are not used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TemplateId(pub u32);

impl TemplateId {
    /// As an index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// When containers that have ended are started again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RestartPolicy {
    /// However they ended.
    #[default]
    Always,
    /// When they failed.
    OnFailure,
    /// Never.
    Never,
}

/// When the registry is asked for the image of a container.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ImagePull {
    /// When the node does not have it.
    #[default]
    IfNotPresent,
    /// Before every start.
    Always,
    /// Never: the node has it or the container does not start.
    Never,
}

/// Which of the three questions a probe asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProbeKind {
    /// Whether it has started; the others wait for this.
    Startup,
    /// Whether it is to get requests.
    Readiness,
    /// Whether it is to go on running.
    Liveness,
}

/// A probe of a container. HTTP, TCP, gRPC and commands are one to a simulation: the app in the
/// container answers, or it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probe {
    /// From the start of the container to the first probe.
    pub initial_delay: SimDuration,
    /// Between probes; at least 1 s.
    pub period: SimDuration,
    /// An answer after this counts as none.
    pub timeout: SimDuration,
    /// So many answers in a row make it succeed; at least one.
    pub success_threshold: u32,
    /// So many failures in a row make it fail; at least one.
    pub failure_threshold: u32,
    /// Grace of a container killed by this probe, where it differs from the pod's.
    pub grace: Option<SimDuration>,
}

impl Default for Probe {
    fn default() -> Self {
        Self {
            initial_delay: SimDuration::ZERO,
            period: SimDuration::from_secs(10),
            timeout: SimDuration::from_secs(1),
            success_threshold: 1,
            failure_threshold: 3,
            grace: None,
        }
    }
}

/// A container of a template.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Container {
    /// Its name in the pod.
    pub name: Box<str>,
    /// Reference of its image.
    pub image: Box<str>,
    /// When the registry is asked.
    pub pull: ImagePull,
    /// CPU it is promised.
    pub cpu_request: Millicores,
    /// CPU it can use at most.
    pub cpu_limit: Option<Millicores>,
    /// Memory it is promised.
    pub memory_request: Bytes,
    /// Memory it is killed above.
    pub memory_limit: Option<Bytes>,
    /// Asked until it succeeds, before the other two.
    pub startup: Option<Probe>,
    /// Decides about endpoints.
    pub readiness: Option<Probe>,
    /// Decides about restarts.
    pub liveness: Option<Probe>,
    /// How long its hook before the stop signal takes, within the grace.
    pub pre_stop: Option<SimDuration>,
    /// An init container that goes on running beside the others (`restartPolicy: Always`).
    pub sidecar: bool,
}

/// Who is rather killed when a node runs out of memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum ServiceQuality {
    /// Promised nothing.
    #[default]
    BestEffort,
    /// Promised something.
    Burstable,
    /// Promised all it may use.
    Guaranteed,
}

/// What all pods of one revision of a workload have in common, beside what the scheduler knows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PodTemplate {
    /// Containers that run before the others, in this order, sidecars among them.
    pub init: Vec<Container>,
    /// Containers that run together; at least one.
    pub containers: Vec<Container>,
    /// When they are started again.
    pub restart: RestartPolicy,
    /// Between the stop signal and the kill.
    pub grace: SimDuration,
    /// Priority of its pods.
    pub priority: i32,
    /// How well it is served.
    pub quality: ServiceQuality,
    /// The pod fails so long after it began.
    pub active_deadline: Option<SimDuration>,
    /// Whether its pods have no network of their own (`hostNetwork`).
    pub on_host_network: bool,
}

impl Container {
    /// CPU and memory: whether there is a promise, and whether it is all there may be.
    fn promises(&self) -> [(bool, bool); 2] {
        let cpu = (self.cpu_request.0, self.cpu_limit.map(|limit| limit.0));
        let memory = (self.memory_request.0, self.memory_limit.map(|limit| limit.0));
        [cpu, memory].map(|(request, limit)| {
            let some = request > 0 || limit.is_some_and(|limit| limit > 0);
            (some, request > 0 && limit == Some(request))
        })
    }
}

impl PodTemplate {
    /// All containers: the init containers first.
    pub fn all(&self) -> impl Iterator<Item = &Container> {
        self.init.iter().chain(&self.containers)
    }

    /// The quality of service that its containers' requests and limits amount to.
    pub fn quality_of(&self) -> ServiceQuality {
        let promises = || self.all().flat_map(Container::promises);
        if promises().all(|(_, whole)| whole) {
            ServiceQuality::Guaranteed
        } else if promises().any(|(some, _)| some) {
            ServiceQuality::Burstable
        } else {
            ServiceQuality::BestEffort
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn container(cpu: (u64, Option<u64>), memory: (u64, Option<u64>)) -> Container {
        Container {
            cpu_request: Millicores(cpu.0),
            cpu_limit: cpu.1.map(Millicores),
            memory_request: Bytes(memory.0),
            memory_limit: memory.1.map(Bytes),
            ..Container::default()
        }
    }

    fn quality(containers: Vec<Container>) -> ServiceQuality {
        PodTemplate { containers, ..PodTemplate::default() }.quality_of()
    }

    #[test]
    fn quality_is_by_requests_and_limits_of_all_containers() {
        let whole = container((500, Some(500)), (1 << 30, Some(1 << 30)));
        let none = container((0, None), (0, None));
        let some = container((500, None), (0, None));
        let capped = container((0, Some(500)), (0, None));
        assert_eq!(quality(vec![whole.clone()]), ServiceQuality::Guaranteed);
        assert_eq!(quality(vec![none.clone()]), ServiceQuality::BestEffort);
        assert_eq!(quality(vec![some]), ServiceQuality::Burstable);
        assert_eq!(quality(vec![capped]), ServiceQuality::Burstable);
        assert_eq!(quality(vec![whole, none]), ServiceQuality::Burstable);
    }
}
