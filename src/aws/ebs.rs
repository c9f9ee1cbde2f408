//! Amazon Elastic Block Store: volumes, how fast they are, what they cost, where they are attached.
//!
//! * [`kind`]: types of volumes and what they may have; [`spec`]: a volume that is asked for, and
//!   what is wrong with it.
//! * [`speed`]: operations and bytes a second, with bursts; [`price`]: what it costs.
//! * [`csi`]: what the EBS CSI driver makes for claims of Kubernetes.
//! * [`volume`]: creating, available, attaching, in use, detaching.

pub mod csi;
pub mod kind;
pub mod price;
pub mod spec;
pub mod speed;
pub mod volume;
