//! Amazon Web Services: what the simulated services decide, by the rules of their documentation.
//!
//! * [`auto_scaling`]: Auto Scaling groups: zones, termination, hooks, warm pools, mixed instances.
//! * [`iam`]: policy documents and what they allow.
//! * [`ecr`]: the container registry: repositories, lifecycle policies, quotas and prices.
//! * [`ebs`]: volumes: types and limits, speed, prices, attachments.
//! * [`ec2`]: instances: types, launches, prices, CPU credits, bandwidth, addresses.
//! * [`pricing`]: bills, Windows licences, Fargate.
//! * [`eks`]: what Amazon EKS adds to Kubernetes: nodes, addresses of pods, Fargate, node groups.
//! * [`elb`]: load balancers: target groups, health checks, routing, prices.
//! * [`ecs`]: the container orchestrator: what it makes of task definitions and services.
//! * [`scaling`]: alarms and scaling policies of services and Auto Scaling groups.
//! * [`json`]: the documents of the services, with the place of each part.
//! * [`vpc`]: networks: who may connect to whom.

pub mod auto_scaling;
pub mod ebs;
pub mod ec2;
pub mod ecr;
pub mod ecs;
pub mod eks;
pub mod elb;
pub mod iam;
pub mod json;
pub mod pricing;
pub mod scaling;
pub mod vpc;
