//! Amazon Web Services: what the simulated services decide, by the rules of their documentation.
//!
//! * [`iam`]: policy documents and what they allow.
//! * [`ecr`]: the container registry: repositories, lifecycle policies, quotas and prices.
//! * [`ebs`]: volumes: types and limits, speed, prices, attachments.
//! * [`ec2`]: instances: types, launches, prices, CPU credits, bandwidth, addresses.
//! * [`pricing`]: bills, Windows licences, Fargate.
//! * [`json`]: the documents of the services, with the place of each part.

pub mod ebs;
pub mod ec2;
pub mod ecr;
pub mod iam;
pub mod json;
pub mod pricing;
