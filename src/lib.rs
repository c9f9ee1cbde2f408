//! Plimsoll: a discrete-event simulator of container clusters and virtual machines.

pub mod engine;
pub mod scenario;
pub mod units;
pub mod workload;
