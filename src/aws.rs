//! Amazon Web Services: what the simulated services decide, by the rules of their documentation.
//!
//! * [`iam`]: policy documents and what they allow.
//! * [`ecr`]: the container registry: repositories, lifecycle policies, quotas and prices.

pub mod ecr;
pub mod iam;
