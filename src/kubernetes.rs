//! Kubernetes: its objects as users write them, its scheduler, its autoscalers and its
//! workload controllers.
//!
//! Everything here follows Kubernetes v1.36; each module names the part of its source it follows.

pub mod api;
pub mod autoscale;
pub mod controllers;
pub mod scheduler;
