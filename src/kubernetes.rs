//! Kubernetes: its objects as users write them, its scheduler, controllers, kubelets and
//! autoscalers, and a cluster in which they all act.
//!
//! Everything here follows Kubernetes v1.36; each module names the part of its source it follows.

pub mod api;
pub mod autoscale;
pub mod control;
pub mod controllers;
pub mod kubelet;
pub mod objects;
pub mod scheduler;
