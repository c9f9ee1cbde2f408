//! Pods on AWS Fargate: each has a node of its own, of the smallest size that holds it.
//!
//! * [`profile`]: which pods run there.
//! * [`admission`]: what becomes of those when they are created.
//! * [`asked`]: what a pod asks for, by its API object.
//! * [`size`]: what a pod gets, and what that costs.
//! * [`refusal`]: pods that Fargate does not run.
//! * [`node`]: the node of a pod.

pub mod admission;
pub mod asked;
pub mod node;
pub mod profile;
pub mod refusal;
pub mod size;
