//! What a cluster knows: the API server's objects as a simulation keeps them.
//!
//! Users' manifests are read by [`api`](super::api) with every field they have; here is what a
//! running cluster needs of them, small enough for 150,000 pods. What pods of one template
//! share is kept once, in its [`PodTemplate`].

pub mod template;

pub use template::{
    Container, ImagePull, PodTemplate, Probe, ProbeKind, RestartPolicy, ServiceQuality,
};
