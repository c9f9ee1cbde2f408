//! `[cluster.kubernetes.eviction]`: when the kubelets of a cluster evict pods for want of memory or
//! disk.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::engine::SimDuration;
use crate::units::{Bytes, Fraction};

/// When kubelets evict pods for want of memory or disk (`KubeletConfiguration`, Kubernetes v1.36).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Eviction {
    /// With less memory available on a node, a pod is evicted at once; nobody can request it.
    /// Default 100Mi (`evictionHard`, `memory.available`). 0: the kernel kills instead.
    pub memory: Bytes,
    /// As `memory`, on nodes of Windows, where what can still be committed counts, page file
    /// included. Default 500Mi (`evictionHard` there). 0: pods are never evicted for memory.
    pub windows_memory: Bytes,
    /// With less than this available for as long as `soft_grace`, a pod is evicted too. Default:
    /// none (`evictionSoft`).
    pub soft_memory: Option<Bytes>,
    /// How long memory is to be below `soft_memory` before a pod is evicted. Default 90s
    /// (`evictionSoftGracePeriod`, which has none).
    pub soft_grace: SimDuration,
    /// Most time that a pod has to end which is evicted for `soft_memory`. Default 0s
    /// (`evictionMaxPodGracePeriod`).
    pub max_pod_grace: SimDuration,
    /// With less than this share of its disk available, a node removes unused images, and if that
    /// is not enough a pod is evicted at once; nobody can request it. Default 10%
    /// (`evictionHard`, `nodefs.available`). 0, and `imagefs` too: pods write until the disk is
    /// full.
    pub nodefs: Fraction,
    /// As `nodefs`, of the disk with images and writable layers. Here that is the one disk of a
    /// node, so that the higher of both shares counts; this one can be requested. Default 15%
    /// (`evictionHard`, `imagefs.available`). 0: only `nodefs` counts.
    pub imagefs: Fraction,
    /// Once pods are evicted, so much more memory than the threshold is to be available. Default 0
    /// (`evictionMinimumReclaim`).
    pub minimum_reclaim: Bytes,
    /// The conditions `MemoryPressure` and `DiskPressure`, under which a node takes no more pods,
    /// last so long after memory or disk was last short. Default 5min
    /// (`evictionPressureTransitionPeriod`).
    pub transition: SimDuration,
}

impl Default for Eviction {
    fn default() -> Self {
        Self {
            memory: Bytes(100 << 20),
            windows_memory: Bytes(500 << 20),
            soft_memory: None,
            soft_grace: SimDuration::from_secs(90),
            max_pod_grace: SimDuration::ZERO,
            nodefs: Fraction(0.10),
            imagefs: Fraction(0.15),
            minimum_reclaim: Bytes(0),
            transition: SimDuration::from_secs(300),
        }
    }
}
