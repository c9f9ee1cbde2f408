//! Plimsoll: a discrete-event simulator of container clusters and virtual machines.

pub mod cli;
pub mod docker;
pub mod engine;
pub mod experiment;
pub mod hypervisor;
pub mod machine;
pub mod metrics;
pub mod placement;
pub mod report;
pub mod scenario;
pub mod sharing;
pub mod units;
pub mod workload;
pub mod world;
