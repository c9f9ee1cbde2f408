//! Kubernetes: its objects as users write them, its scheduler and its autoscalers.
//!
//! Everything here follows Kubernetes v1.36; each module names the part of its source it follows.

pub mod api;
pub mod autoscale;
pub mod control;
pub mod controllers;
pub mod kubelet;
pub mod objects;
pub mod scheduler;
