//! Amazon Elastic Container Service: what it decides, without its clock and its store.
//!
//! * [`task_definition`], [`service`]: the documents of the AWS command line, read and checked.
//! * [`query`]: the cluster query language, by which tasks choose their instances.
//! * [`placement`]: on which container instance a task runs, and which task goes first.
//! * [`deployment`]: what a service starts and stops now, and when a deployment has failed.
//! * [`capacity_provider`]: how many instances a cluster asks for, and which provider a task gets.
//! * [`fargate`]: how fast tasks come on Fargate, in which zone, and what they cost.
//! * [`control`]: all of it in motion: services, tasks and instances over time.
//! * [`task`]: the states of a task, and why it stopped.
//! * [`units`]: CPU units and MiB; [`reader`]: documents with all that is wrong in them.
//!
//! But for `control`, each decision is a function of what the caller shows: the caller owns tasks
//! and instances, and does what comes back. Sources are the Amazon ECS Developer Guide (2023-05)
//! and the API reference.

pub mod capacity_provider;
pub mod control;
pub mod deployment;
pub mod fargate;
pub mod placement;
pub mod query;
pub mod reader;
pub mod service;
pub mod task;
pub mod task_definition;
pub mod units;
