//! Amazon Web Services: what the simulated services decide, by the rules of their documentation.
//!
//! * [`iam`]: policy documents and what they allow.
//! * [`ecr`]: the container registry: repositories, lifecycle policies, quotas and prices.
//! * [`ecs`]: the container orchestrator: what it makes of task definitions and services.
//! * [`scaling`]: alarms and scaling policies of services and Auto Scaling groups.
//! * [`json`]: the documents of the services, with the place of each part.

pub mod ecr;
pub mod ecs;
pub mod iam;
pub mod json;
pub mod scaling;
