//! Plimsoll: a discrete-event simulator of container clusters and virtual machines.

pub mod engine;
pub mod hypervisor;
pub mod placement;
pub mod scenario;
pub mod units;
