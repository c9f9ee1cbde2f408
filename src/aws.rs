//! Amazon Web Services: what the simulated services decide, by the rules of their documentation.
//!
//! * [`iam`]: policy documents and what they allow.
//! * [`ecr`]: the container registry: repositories, lifecycle policies, quotas and prices.
//! * [`elb`]: load balancers: target groups, health checks, routing, prices.
//! * [`json`]: the documents of the services, with the place of each part.
//! * [`vpc`]: networks: who may connect to whom.

pub mod ecr;
pub mod elb;
pub mod iam;
pub mod json;
pub mod vpc;
