//! What of a node's CPU and memory pods may ask for.
//!
//! The kernel shows less memory than a type is sold with. How much less is known only of a node
//! that has been seen: 3 to 7 % of small types, 1.5 to 2 % of large ones. Until then Karpenter
//! takes off 7.5 %, rounded up to whole MiB, and 64 MiB before that on ARM
//! (`pkg/providers/instancetype/types.go`, aws/karpenter-provider-aws); the share is a parameter
//! here. Of the rest goes what the images reserve for the kubelet, by the pods with an address each
//! whatever the node is told later, and the 100 MiB at which eviction begins
//! ([`InstanceType::eks_reserved`]).

use crate::aws::ec2::catalogue::{Architecture, InstanceType};
use crate::kubernetes::kubelet::allocatable::NodeAmounts;
use crate::units::{Bytes, Fraction, Millicores};

const MIB: u64 = 1 << 20;
/// What Karpenter believes until it has seen a node (`VM_MEMORY_OVERHEAD_PERCENT`).
pub const HIDDEN: Fraction = Fraction(0.075);
/// Contiguous memory that the kernel keeps on ARM.
const HIDDEN_ON_ARM: u64 = 64 * MIB;
/// The root volume of a managed node group, by default.
pub const ROOT_VOLUME: Bytes = Bytes(20 << 30);

/// What a node has, and what of it pods may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeSize {
    /// What the kubelet reports as capacity.
    pub capacity: NodeAmounts,
    /// What the scheduler goes by.
    pub allocatable: NodeAmounts,
}

/// Memory that the kernel shows of a type, when this share of it is hidden.
pub fn shown(one: &InstanceType, hidden: Fraction) -> Bytes {
    let kept = match one.architecture {
        Architecture::Arm => HIDDEN_ON_ARM,
        Architecture::X86 => 0,
    };
    let memory = one.memory.0.saturating_sub(kept);
    let hidden = (memory as f64 * hidden.0 / MIB as f64).ceil() as u64 * MIB;
    Bytes(memory.saturating_sub(hidden))
}

/// The size of a Linux node with this root volume, of whose memory the kernel hides a share.
pub fn linux(one: &InstanceType, hidden: Fraction, volume: Bytes) -> NodeSize {
    let capacity = NodeAmounts {
        cpu: Millicores(u64::from(one.vcpus) * 1000),
        memory: shown(one, hidden),
        storage: volume,
    };
    NodeSize { capacity, allocatable: one.eks_reserved().allocatable(capacity) }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde::Deserialize;

    use super::*;
    use crate::aws::ec2::catalogue::instance_type;

    fn of(name: &str, hidden: Fraction) -> NodeSize {
        linux(instance_type(name).expect("it is in the catalogue"), hidden, ROOT_VOLUME)
    }

    /// m5.large: 8192 MiB, of which 615 are hidden, 255 + 11 x 29 reserved, 100 for eviction.
    #[test]
    fn pods_get_what_kernel_kubelet_and_eviction_leave() {
        let m5 = of("m5.large", HIDDEN);
        assert_eq!(m5.capacity.memory, Bytes(7577 * MIB));
        assert_eq!(m5.allocatable.memory, Bytes((7577 - 574 - 100) * MIB));
        assert_eq!((m5.capacity.cpu, m5.allocatable.cpu), (Millicores(2000), Millicores(1930)));
        // 1 GiB is reserved, and eviction begins at a tenth
        assert_eq!(m5.allocatable.storage, Bytes((20 << 30) - (1 << 30) - (2 << 30)));
        // ARM: 64 MiB go first, then 609.6
        assert_eq!(of("m7g.large", HIDDEN).capacity.memory, Bytes((8128 - 610) * MIB));
        assert_eq!(of("m5.large", Fraction(0.0)).capacity.memory, Bytes(8 << 30));
    }

    #[test]
    fn a_type_smaller_than_what_is_reserved_has_nothing_for_pods() {
        assert_eq!(of("t3.nano", Fraction(0.5)).allocatable.memory, Bytes(0));
    }

    #[derive(Deserialize)]
    struct Line {
        name: String,
        karpenter_allocatable_mem: String,
        karpenter_allocatable_cpu: String,
        eks_allocatable_mem_mib_upper: Option<u64>,
    }

    /// What Karpenter computes of every type, and the bound that nothing hidden would give.
    #[test]
    fn allocatable_is_within_a_hundredth_of_the_table() {
        let table =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/aws/ec2_instances.csv");
        let Ok(mut reader) = csv::Reader::from_path(table) else {
            return println!("skipped: the table of types is not beside the project");
        };
        let mut compared = 0;
        for line in reader.deserialize::<Line>() {
            let line = line.unwrap();
            let Ok(one) = instance_type(&line.name) else { continue };
            let size = linux(one, HIDDEN, ROOT_VOLUME);
            let upper = linux(one, Fraction(0.0), ROOT_VOLUME).allocatable.memory.0 / MIB;
            if let (Some(expected), Architecture::X86) =
                (line.eks_allocatable_mem_mib_upper, one.architecture)
            {
                assert_eq!(upper, expected, "{}", line.name);
            }
            let Some(memory) = line.karpenter_allocatable_mem.strip_suffix("Mi") else { continue };
            let expected: f64 = memory.parse().unwrap();
            let found = (size.allocatable.memory.0 / MIB) as f64;
            assert!((found - expected).abs() <= expected * 0.01, "{} {found} {memory}", line.name);
            if let Some(cpu) = line.karpenter_allocatable_cpu.strip_suffix('m') {
                assert_eq!(size.allocatable.cpu.0.to_string(), cpu, "{}", line.name);
            }
            compared += 1;
        }
        assert!(compared >= 10, "{compared}");
    }
}
