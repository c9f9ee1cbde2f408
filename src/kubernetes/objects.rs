//! What a cluster knows: the API server's objects as a simulation keeps them.
//!
//! Users' manifests are read by [`api`](super::api) with every field they have; here is what a
//! running cluster needs of them, small enough for 150,000 pods. What pods of one template
//! share is kept once, in its [`PodTemplate`].

mod names;
pub mod node;
pub mod pod;
pub mod read;
pub mod store;
pub mod tally;
pub mod template;
pub mod workload;

pub use node::{NO_POOL, Node, NodeId, NodeMemory, Readiness};
pub use pod::{Phase, Pod, PodId};
pub use store::Objects;
pub use tally::Tally;
pub use template::{
    Container, ImagePull, PodTemplate, Probe, ProbeKind, RestartPolicy, ServiceQuality, TemplateId,
};
pub use workload::{Workload, WorkloadId, WorkloadKind};
