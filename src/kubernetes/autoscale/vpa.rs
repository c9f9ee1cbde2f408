//! The recommender of the Vertical Pod Autoscaler: what the containers of a workload should
//! request, by what they have used.
//!
//! CPU: every sample counts, with the weight of what its container requested then. Memory: only the
//! highest use of a container within a day counts. Both lose half of their weight in a day. The
//! target is the 90th percentile plus 15 %; the bounds, beyond which the VPA's updater would evict a
//! pod, are the 50th and the 95th percentile, further apart the shorter the history is. An OOM
//! kill counts as a use of memory above what was there.
//!
//! Source: kubernetes/autoscaler, vertical-pod-autoscaler 1.4, `pkg/recommender`: `util/`
//! (`histogram.go`, `decaying_histogram.go`, `histogram_options.go`), `model/`
//! (`container.go`, `aggregate_container_state.go`, `aggregations_config.go`) and `logic/`
//! (`estimator.go`, `recommender.go`).
//!
//! Not modelled: the updater and the admission plugin, which would evict pods and change their
//! requests; checkpoints; limits of a `resourcePolicy`.

mod histogram;
mod recommendation;
#[cfg(test)]
mod tests;
mod usage;

pub use self::recommendation::Recommendation;
pub use self::usage::{MemoryWindow, Usage};

use crate::units::{Bytes, Millicores};

/// An amount of each resource that a container could request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amounts {
    /// CPU.
    pub cpu: Millicores,
    /// Memory.
    pub memory: Bytes,
}
