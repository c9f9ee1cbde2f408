//! What the scheduler looks at in a pod: its shape.
//!
//! Pods of one shape differ only in name, age and place, so whatever is found out about one holds
//! for all of them: they are an equivalence class. A [`Cluster`](super::cluster::Cluster) keeps
//! each shape once and knows it by its [`ShapeId`].

mod affinity;
mod spread;
mod taints;
mod volumes;

pub use affinity::{AffinityTerm, NodeSelector, NodeTerm, PodAffinity, Weighted};
pub use spread::{Inclusion, SpreadConstraint, Unsatisfiable};
pub use taints::{Effect, Taint, Toleration, TolerationOperator};
pub use volumes::{Claim, Disk, DiskKind, PodVolumes};

use super::labels::Labels;
use super::resources::Resources;

/// A shape of pods, by the order in which a [`Cluster`](super::cluster::Cluster) met them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShapeId(pub u32);

/// A port of the host that a container takes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HostPort {
    /// Address it listens on; `0.0.0.0` is all of them, as is an empty one.
    pub ip: Box<str>,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: Box<str>,
    /// Its number.
    pub port: i32,
}

/// Whether a pod may evict others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PreemptionPolicy {
    /// It may evict pods of lower priority.
    #[default]
    PreemptLowerPriority,
    /// It waits.
    Never,
}

/// The object that made a pod and replaces it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Owner {
    /// `ReplicaSet`, `StatefulSet`, `ReplicationController`; of others with their group and
    /// version, `batch/v1/Job`.
    pub kind: Box<str>,
    /// Its name, in the pod's namespace.
    pub name: Box<str>,
}

/// Everything of a pod that decides where it may run and where it should.
///
/// Made from an API object after its defaults were filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PodShape {
    /// Namespace.
    pub namespace: Box<str>,
    /// Labels.
    pub labels: Labels,
    /// Priority; higher ones are scheduled first and may evict lower ones.
    pub priority: i32,
    /// Whether it may evict others.
    pub preemption: PreemptionPolicy,
    /// The controller it belongs to.
    pub owner: Option<Owner>,
    /// Names of the gates that keep it from being scheduled.
    pub gates: Vec<Box<str>>,
    /// Resources it requests (containers, sidecars, init containers, pod level, overhead).
    pub requests: Resources,
    /// The same, with 100m CPU and 200 MiB memory for each container that names no request: only
    /// for scores (pkg/scheduler/util/pod_resources.go).
    pub scored_requests: Resources,
    /// What NodeResourcesFit takes the pod itself to request when it scores nodes for it, where
    /// that differs: it does where something is requested for the pod as a whole.
    pub scored_alone: Option<Resources>,
    /// Labels that its node must have (`nodeSelector`).
    pub node_selector: Labels,
    /// Node affinity that must hold.
    pub required_nodes: Option<NodeSelector>,
    /// Node affinity that should hold.
    pub preferred_nodes: Vec<Weighted<NodeTerm>>,
    /// Name of the one node it may run on (`spec.nodeName` of a pod not yet bound).
    pub node_name: Option<Box<str>>,
    /// Taints that it tolerates.
    pub tolerations: Vec<Toleration>,
    /// Ports of the host that it takes.
    pub host_ports: Vec<HostPort>,
    /// Images of its init containers, containers and image volumes, with tag, with repetitions.
    pub images: Vec<Box<str>>,
    /// Its containers and init containers.
    pub containers: u32,
    /// Spread constraints of its own.
    pub spread: Vec<SpreadConstraint>,
    /// Affinity to other pods.
    pub affinity: PodAffinity,
    /// Anti-affinity to other pods.
    pub anti_affinity: PodAffinity,
    /// Volumes that bear on its place.
    pub volumes: PodVolumes,
}

impl PodShape {
    /// Whether any term of it is about other pods' labels.
    #[must_use]
    pub fn has_pod_affinity(&self) -> bool {
        !self.affinity.is_empty() || !self.anti_affinity.is_empty()
    }
}
