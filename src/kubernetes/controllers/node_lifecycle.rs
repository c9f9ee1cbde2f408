//! The node lifecycle controller: when a node that fell silent counts as lost, and when it gets the
//! taint that evicts its pods.
//!
//! Source: Kubernetes v1.36, `pkg/controller/nodelifecycle/node_lifecycle_controller.go`
//! (`monitorNodeHealth`, `tryUpdateNodeHealth`, `handleDisruption`, `ComputeZoneState`) and
//! `scheduler/rate_limited_queue.go`.
//!
//! [`Monitor`] is the closed form for one node, [`Zones`] the limits that hold evictions back when
//! many are lost, [`ZoneQueue`] the queue of one zone. All looks are at the ticks of one clock; a
//! look takes no time, except that the tenth after a renewal is later than the fifty seconds of
//! grace, as it is in every real cluster.

mod monitor;
mod queue;
mod zones;

pub use monitor::Monitor;
pub use queue::ZoneQueue;
pub use zones::{Limits, ZoneState, Zones, ZonesChange};
