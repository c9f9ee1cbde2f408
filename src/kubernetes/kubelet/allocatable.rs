//! What of a node pods may ask for.
//!
//! `pkg/kubelet/cm/node_container_manager_linux.go`, Kubernetes v1.36: the capacity, without what
//! is reserved for the kubelet and the system, without the memory and disk at which eviction
//! begins. What is enforced is less strict: the cgroup of all pods is limited to the capacity
//! without what is reserved ([`Reserved::pods_limit`]); the rest up to there is for eviction to
//! be in time.

use super::eviction::{Amount, Signal, Threshold};
use crate::units::{Bytes, Millicores};

/// Amounts of what a node has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NodeAmounts {
    /// CPU.
    pub cpu: Millicores,
    /// Memory.
    pub memory: Bytes,
    /// Disk for volumes, logs and writable layers (`ephemeral-storage`).
    pub storage: Bytes,
}

/// What is kept from pods.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reserved {
    /// For the kubelet and the container engine (`kubeReserved`).
    pub kube: NodeAmounts,
    /// For the operating system (`systemReserved`).
    pub system: NodeAmounts,
    /// Memory at which eviction begins at once (`evictionHard`, `memory.available`).
    pub eviction_memory: Amount,
    /// Disk at which it does (`evictionHard`, `nodefs.available`).
    pub eviction_storage: Amount,
}

impl Default for Reserved {
    /// Nothing but the default thresholds: 100 MiB of memory, 10 % of the disk.
    fn default() -> Self {
        Self {
            kube: NodeAmounts::default(),
            system: NodeAmounts::default(),
            eviction_memory: Amount::Bytes(Bytes(100 << 20)),
            eviction_storage: Amount::Share(0.10),
        }
    }
}

impl Reserved {
    /// The same with the hard thresholds of that configuration; nothing where it has none.
    pub fn with_thresholds(self, thresholds: &[Threshold]) -> Self {
        let none = Amount::Bytes(Bytes(0));
        let of = |signal| {
            let hard = |it: &&Threshold| it.signal == signal && it.grace.is_none();
            thresholds.iter().find(hard).map_or(none, |it| it.value)
        };
        Self {
            eviction_memory: of(Signal::MemoryAvailable),
            eviction_storage: of(Signal::NodeFsAvailable),
            ..self
        }
    }

    /// What pods may ask for, all together: what the scheduler goes by. Never below zero.
    pub fn allocatable(&self, capacity: NodeAmounts) -> NodeAmounts {
        let left = self.pods_limit(capacity);
        let memory = self.eviction_memory.of(capacity.memory).0;
        let storage = self.eviction_storage.of(capacity.storage).0;
        NodeAmounts {
            cpu: left.cpu,
            memory: Bytes(left.memory.0.saturating_sub(memory)),
            storage: Bytes(left.storage.0.saturating_sub(storage)),
        }
    }

    /// What pods can use, all together: above this memory the kernel kills among them, and by this
    /// CPU they are weighed against the system.
    pub fn pods_limit(&self, capacity: NodeAmounts) -> NodeAmounts {
        let (kube, system) = (&self.kube, &self.system);
        let less =
            |all: u64, kube: u64, system: u64| all.saturating_sub(kube.saturating_add(system));
        NodeAmounts {
            cpu: Millicores(less(capacity.cpu.0, kube.cpu.0, system.cpu.0)),
            memory: Bytes(less(capacity.memory.0, kube.memory.0, system.memory.0)),
            storage: Bytes(less(capacity.storage.0, kube.storage.0, system.storage.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::eviction::hard_thresholds;
    use super::*;

    const MIB: u64 = 1 << 20;

    fn amounts(cpu: u64, memory: u64, storage: u64) -> NodeAmounts {
        NodeAmounts {
            cpu: Millicores(cpu),
            memory: Bytes(memory * MIB),
            storage: Bytes(storage * MIB),
        }
    }

    #[test]
    fn what_is_reserved_and_the_thresholds_of_eviction_are_kept_from_pods() {
        let reserved = Reserved {
            kube: amounts(80, 893, 1000),
            system: amounts(100, 200, 500),
            ..Reserved::default()
        };
        let capacity = amounts(4000, 16_000, 20_000);
        assert_eq!(reserved.allocatable(capacity), amounts(3820, 14_807, 16_500));
        assert_eq!(reserved.pods_limit(capacity), amounts(3820, 14_907, 18_500));
        assert_eq!(reserved.with_thresholds(&hard_thresholds()), reserved);
        let none = reserved.with_thresholds(&[]);
        assert_eq!(none.allocatable(capacity), none.pods_limit(capacity));
    }

    #[test]
    fn a_node_too_small_for_what_is_reserved_has_nothing_to_give() {
        let reserved = Reserved { kube: amounts(2000, 500, 0), ..Reserved::default() };
        assert_eq!(reserved.allocatable(amounts(1000, 550, 0)), amounts(0, 0, 0));
    }
}
