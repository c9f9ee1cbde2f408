//! Which pod is evicted first.
//!
//! `rankMemoryPressure` and `rankDiskPressureFunc` in `pkg/kubelet/eviction/helpers.go`,
//! Kubernetes v1.36: pods that use more than they asked for, then those of lower priority, then
//! those whose use exceeds their request by more. The kubelet's sort leaves equals in any order;
//! here they stay in the order given.

use std::cmp::Reverse;

use crate::units::Bytes;

/// Priority from which a pod is critical (`SystemCriticalPriority`).
const SYSTEM_CRITICAL: i32 = 2_000_000_000;

/// Whether pods of that priority are never evicted for want of memory or disk.
pub fn is_critical(priority: i32) -> bool {
    priority >= SYSTEM_CRITICAL
}

/// What a pod uses of what runs short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PodUsage {
    /// Whose it is: whatever the caller knows it by.
    pub pod: u32,
    /// What it uses: working set, or bytes on the disk.
    pub usage: Bytes,
    /// What it asked for.
    pub request: Bytes,
    /// Its priority.
    pub priority: i32,
}

impl PodUsage {
    fn excess(&self) -> i128 {
        i128::from(self.usage.0) - i128::from(self.request.0)
    }

    fn key(&self) -> (bool, i32, Reverse<i128>) {
        (self.excess() <= 0, self.priority, Reverse(self.excess()))
    }
}

/// Orders pods as they are to be evicted.
pub fn rank(pods: &mut [PodUsage]) {
    pods.sort_by_key(PodUsage::key);
}

/// The pod that is evicted: the first by [`rank`] that is not critical.
pub fn choose(pods: &[PodUsage]) -> Option<PodUsage> {
    pods.iter().filter(|pod| !is_critical(pod.priority)).min_by_key(|pod| pod.key()).copied()
}
