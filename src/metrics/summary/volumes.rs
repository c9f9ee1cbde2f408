//! The volumes of claims of a cluster of Kubernetes.

use serde::{Deserialize, Serialize};

/// Volumes that a CSI driver makes for claims, over the measured time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VolumesSummary {
    /// Volumes that were made.
    pub made: u64,
    /// Volumes that were deleted.
    pub deleted: u64,
    /// Attachments to nodes.
    pub attached: u64,
    /// Tries to attach one that failed.
    pub attach_failures: u64,
    /// How often a pod was told that another node has its volume.
    pub multi_attach_errors: u64,
    /// Volumes that were detached by force from nodes without signs of life.
    pub forced_detaches: u64,
    /// Pods that wait for their volumes at the end.
    pub pods_waiting: u64,
}
