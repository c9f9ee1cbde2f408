//! Thresholds of eviction, and what is compared with them.
//!
//! Defaults: `pkg/kubelet/eviction/defaults_linux.go`, Kubernetes v1.36; on Windows
//! (`defaults_windows.go`) 500 MiB of memory.

use crate::engine::SimDuration;
use crate::units::Bytes;

/// What of a node may run short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Signal {
    /// `memory.available`: the node's memory without the working sets of all on it; on Windows what
    /// can still be committed, its page file included (`CommitLimit` less `CommitTotal`).
    MemoryAvailable,
    /// `allocatableMemory.available`: the memory that all pods together may use
    /// ([`pods_limit`](super::super::allocatable::Reserved::pods_limit)) without their working
    /// sets.
    AllocatableMemoryAvailable,
    /// `nodefs.available`: the disk of volumes and logs.
    NodeFsAvailable,
    /// `imagefs.available`: the disk of images and writable layers; may be the same.
    ImageFsAvailable,
}

/// What a node runs short of, and its pods are evicted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// Memory.
    Memory,
    /// Disk.
    EphemeralStorage,
}

impl Resource {
    /// As Kubernetes calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::EphemeralStorage => "ephemeral-storage",
        }
    }
}

impl Signal {
    /// What it is of (`signalToResource`).
    pub fn resource(self) -> Resource {
        if self.is_memory() { Resource::Memory } else { Resource::EphemeralStorage }
    }

    /// Whether it is about memory; otherwise about a disk.
    pub fn is_memory(self) -> bool {
        matches!(self, Self::MemoryAvailable | Self::AllocatableMemoryAvailable)
    }
}

/// An amount, or a share of all there is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Amount {
    /// So much.
    Bytes(Bytes),
    /// This share of the capacity, 0 to 1.
    Share(f64),
}

impl Amount {
    /// How much of `capacity` that is, rounded down.
    pub fn of(self, capacity: Bytes) -> Bytes {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Share(share) => Bytes((capacity.0 as f64 * share) as u64),
        }
    }
}

/// When something is to be done about a signal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    /// What runs short.
    pub signal: Signal,
    /// When less than this is available.
    pub value: Amount,
    /// A soft threshold: when that has been so for this long. None: a hard one, at once.
    pub grace: Option<SimDuration>,
    /// Once it is met, so much more than `value` is to be available (`evictionMinimumReclaim`).
    pub min_reclaim: Option<Amount>,
}

/// How much of something there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observation {
    /// Of what.
    pub signal: Signal,
    /// What is available.
    pub available: Bytes,
    /// All there is.
    pub capacity: Bytes,
}

impl Threshold {
    /// A hard threshold with nothing more to be reclaimed.
    pub fn hard(signal: Signal, value: Amount) -> Self {
        Self { signal, value, grace: None, min_reclaim: None }
    }

    /// Whether less is available than it says, or, if it `was_met`, less than is to be reclaimed.
    /// What was not observed does not run short.
    pub fn is_crossed(&self, observations: &[Observation], was_met: bool) -> bool {
        let of = observations.iter().find(|observation| observation.signal == self.signal);
        of.is_some_and(|of| {
            let reclaim = self.min_reclaim.filter(|_| was_met);
            let more = reclaim.map_or(0, |amount| amount.of(of.capacity).0);
            of.available.0 < self.value.of(of.capacity).0.saturating_add(more)
        })
    }
}

/// The thresholds of a node that is not configured otherwise: memory 100 MiB, node disk 10 %, image
/// disk 15 %. That of memory holds for all pods together as well (`addAllocatableThresholds`).
pub fn hard_thresholds() -> Vec<Threshold> {
    let memory = Amount::Bytes(Bytes(100 << 20));
    vec![
        Threshold::hard(Signal::MemoryAvailable, memory),
        Threshold::hard(Signal::NodeFsAvailable, Amount::Share(0.10)),
        Threshold::hard(Signal::ImageFsAvailable, Amount::Share(0.15)),
        Threshold::hard(Signal::AllocatableMemoryAvailable, memory),
    ]
}
