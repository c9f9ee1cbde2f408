//! The scheduler: which node a pod goes to.
//!
//! Agrees with kube-scheduler v1.36 to the last digit of every score. A
//! [`Cluster`](cluster::Cluster) holds what it knows; [`plugins`] say where a pod may run and where
//! it should; [`cycle`] asks them about every node.

pub mod cluster;
pub mod cycle;
pub mod driver;
pub mod filters;
pub mod framework;
pub mod index;
pub mod labels;
pub mod message;
pub mod node;
pub mod nominations;
pub mod plugins;
pub mod pod;
pub mod preemption;
pub mod profile;
pub mod queue;
pub mod read;
pub mod resources;
pub mod sampling;
pub mod scores;
pub mod shape;
pub mod ties;
pub mod topology;
pub mod volumes;
