//! Controllers that change the number of replicas or nodes.
//!
//! * [`hpa`]: the horizontal pod autoscaler;
//! * [`cluster_autoscaler`]: the Cluster Autoscaler;
//! * [`vpa`]: the recommender of the Vertical Pod Autoscaler.

pub mod cluster_autoscaler;
pub mod hpa;
pub mod vpa;
