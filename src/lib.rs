//! Plimsoll: a discrete-event simulator of container clusters and virtual machines.

pub mod docker;
pub mod engine;
pub mod scenario;
pub mod sharing;
pub mod units;
