//! API objects into what a running cluster keeps of them.
//!
//! The objects have been checked and have their defaults ([`api`](crate::kubernetes::api) does
//! both). What admission adds when a pod is created is added here once per template: its
//! priority, the tolerations of failed nodes, and the label keys merged into its selectors.

mod template;
mod workload;

pub use template::{Unadmitted, revision};
pub use workload::{cron_job, daemon_set, deployment, job, replica_set, stateful_set};
