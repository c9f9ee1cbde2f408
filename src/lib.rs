//! Plimsoll: a discrete-event simulator of container clusters and virtual machines.

pub mod engine;
pub mod metrics;
pub mod report;
pub mod scenario;
pub mod units;
