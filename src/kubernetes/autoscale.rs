//! Controllers that change the number of replicas or nodes.
//!
//! * [`hpa`]: the horizontal pod autoscaler;
//! * [`cluster_autoscaler`]: the Cluster Autoscaler;
//! * [`karpenter`] (Karpenter): which nodes there should be, of which types;
//! * [`vpa`]: the recommender of the Vertical Pod Autoscaler.

pub mod cluster_autoscaler;
pub mod hpa;
pub mod karpenter;
pub mod vpa;
