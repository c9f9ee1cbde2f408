//! Controllers that change the number of replicas or nodes.
//!
//! * [`hpa`]: the horizontal pod autoscaler.

pub mod hpa;
