//! Amazon Web Services: what the simulated services decide, by the rules of their documentation.
//!
//! * [`auto_scaling`]: Auto Scaling groups: zones, termination, hooks, warm pools, mixed instances.
//! * [`iam`]: policy documents and what they allow.
//! * [`ecr`]: the container registry: repositories, lifecycle policies, quotas and prices.
//! * [`json`]: the documents of the services, with the place of each part.

pub mod auto_scaling;
pub mod ecr;
pub mod iam;
pub mod json;
