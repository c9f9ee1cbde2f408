//! What the images of Amazon EKS keep of a node for themselves.
//!
//! `nodeadm/internal/kubelet/config.go`, awslabs/amazon-eks-ami 81fec2e: CPU by the number of vCPUs
//! (6 % of the first, 1 % of the second, 0.5 % of the next two, 0.25 % of the others), memory by
//! the number of pods (255 MiB and 11 MiB each), 1 GiB of disk. Eviction begins at the defaults of
//! the kubelet. The number of pods is that with an address each, also where prefixes give more.

use super::InstanceType;
use crate::kubernetes::kubelet::allocatable::{NodeAmounts, Reserved};
use crate::units::{Bytes, Millicores};

/// Hundredths of a millicore of the first, the second, the third and fourth, the other vCPUs.
const OF_VCPU: [u64; 5] = [6000, 1000, 500, 500, 250];
const MIB: u64 = 1 << 20;

impl InstanceType {
    /// What a node of this type keeps for the kubelet and until eviction.
    pub fn eks_reserved(&self) -> Reserved {
        let vcpus = self.vcpus as usize;
        let few: u64 = OF_VCPU.iter().take(vcpus.min(4)).sum();
        let more = OF_VCPU[4] * vcpus.saturating_sub(4) as u64;
        let kube = NodeAmounts {
            cpu: Millicores((few + more) / 100),
            memory: Bytes((255 + 11 * u64::from(self.max_pods)) * MIB),
            storage: Bytes(1 << 30),
        };
        Reserved { kube, ..Reserved::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::ec2::catalogue::instance_type;

    #[test]
    fn a_node_keeps_cpu_by_its_cores_and_memory_by_its_pods() {
        // m5.xlarge: 60 + 10 + 5 + 5 millicores; 58 pods: 255 + 638 MiB
        let cases = [
            ("t3.medium", 70, 442, 1930, 3554),
            ("m5.xlarge", 80, 893, 3920, 15_391),
            ("p5.48xlarge", 550, 1355, 191_450, 2_095_697),
        ];
        for (name, cpu, memory, cpu_left, memory_left) in cases {
            let one = instance_type(name).unwrap();
            let reserved = one.eks_reserved();
            assert_eq!(reserved.kube.cpu, Millicores(cpu), "{name}");
            assert_eq!(reserved.kube.memory, Bytes(memory * MIB), "{name}");
            let left = reserved.allocatable(NodeAmounts {
                cpu: Millicores(u64::from(one.vcpus) * 1000),
                memory: one.memory,
                storage: Bytes(20 << 30),
            });
            assert_eq!(left.cpu, Millicores(cpu_left), "{name}");
            assert_eq!(left.memory, Bytes(memory_left * MIB), "{name}");
        }
    }
}
