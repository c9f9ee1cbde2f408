//! Controllers that change the number of replicas or nodes.
//!
//! * [`hpa`]: the horizontal pod autoscaler;
//! * [`cluster_autoscaler`]: the Cluster Autoscaler.

pub mod cluster_autoscaler;
pub mod hpa;
