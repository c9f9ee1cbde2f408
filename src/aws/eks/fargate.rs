//! Pods on AWS Fargate: each has a node of its own, of the smallest size that holds it.
//!
//! * [`profile`]: which pods run there.
//! * [`size`]: what a pod gets, and what that costs.
//! * [`refusal`]: pods that Fargate does not run.

pub mod profile;
pub mod refusal;
pub mod size;
