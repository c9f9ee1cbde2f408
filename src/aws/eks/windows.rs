//! Windows nodes: their versions, and what they keep for themselves.
//!
//! How many pods have room on them is [`PodNetwork::windows_pods`], how their addresses are kept
//! [`windows_pool`](super::vpc_cni::windows_pool); which images run on them says
//! [`docker::refusal`](crate::docker::Refusal), and what becomes of memory beyond what they have
//! [`paging`](crate::machine::paging).
//!
//! The images of EKS reserve nothing on Windows: their kubelet is told neither `kubeReserved` nor
//! `systemReserved` nor thresholds (eksctl-io/eksctl#5649 asks for a way to do so; the nodes of
//! aws/karpenter-provider-aws#8473 have the kubelet's own 500 MiB). The Best Practices Guide,
//! "Avoiding OOM errors", advises 0.5 GiB for Kubernetes, 1.5 GiB for the system, and 200 MiB until
//! eviction.
//!
//! [`PodNetwork::windows_pods`]: super::node::pods::PodNetwork::windows_pods

use super::node::memory::NodeSize;
use crate::aws::ec2::catalogue::InstanceType;
use crate::kubernetes::kubelet::allocatable::{NodeAmounts, Reserved};
use crate::kubernetes::kubelet::eviction::Amount;
use crate::scenario::{WINDOWS_2019, WINDOWS_2022};
use crate::units::{Bytes, Millicores};

/// A version of Windows Server that EKS has images of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WindowsServer {
    /// Long-term servicing channel 2019.
    V2019,
    /// Long-term servicing channel 2022.
    V2022,
}

impl WindowsServer {
    /// The one of this version, such as `10.0.20348.2762`, if EKS has it; 2022 where none is said.
    pub fn of(version: Option<&str>) -> Option<Self> {
        let Some(version) = version else { return Some(Self::V2022) };
        let is = |one: &Self| {
            let rest = version.strip_prefix(one.build());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        [Self::V2019, Self::V2022].into_iter().find(is)
    }

    /// Its build, as the label `node.kubernetes.io/windows-build` has it.
    pub fn build(self) -> &'static str {
        match self {
            Self::V2019 => WINDOWS_2019,
            Self::V2022 => WINDOWS_2022,
        }
    }
}

/// The size of a Windows node with this root volume, which keeps so much memory for itself and
/// evicts below so much. Windows shows all memory of a type (8191 of 8192 MiB of an m4.large:
/// Amazon ECS Developer Guide, "Amazon ECS container instance memory management").
pub fn node_size(one: &InstanceType, volume: Bytes, reserved: Bytes, eviction: Bytes) -> NodeSize {
    let capacity = NodeAmounts {
        cpu: Millicores(u64::from(one.vcpus) * 1000),
        memory: one.memory,
        storage: volume,
    };
    let kept = Reserved {
        kube: NodeAmounts { memory: reserved, ..NodeAmounts::default() },
        eviction_memory: Amount::Bytes(eviction),
        ..Reserved::default()
    };
    NodeSize { capacity, allocatable: kept.allocatable(capacity) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::ec2::catalogue::instance_type;

    const MIB: u64 = 1 << 20;

    #[test]
    fn a_version_is_told_by_its_build() {
        let of = |version| WindowsServer::of(Some(version));
        assert_eq!(of("10.0.20348.2762"), Some(WindowsServer::V2022));
        assert_eq!(of("10.0.17763"), Some(WindowsServer::V2019));
        assert_eq!((of("10.0.203480"), of("10.0.26100")), (None, None));
        assert_eq!(WindowsServer::of(None), Some(WindowsServer::V2022));
    }

    /// 8 GiB without 500 MiB; as advised, without 2 GiB and 200 MiB.
    #[test]
    fn a_node_keeps_what_it_is_told_and_what_eviction_needs() {
        let m5 = instance_type("m5.large").unwrap();
        let left = |reserved, eviction| {
            node_size(m5, Bytes(50 << 30), Bytes(reserved * MIB), Bytes(eviction * MIB)).allocatable
        };
        let plain = left(0, 500);
        assert_eq!((plain.cpu, plain.memory), (Millicores(2000), Bytes((8192 - 500) * MIB)));
        assert_eq!(plain.storage, Bytes(45 << 30));
        assert_eq!(left(2048, 200).memory, Bytes((8192 - 2048 - 200) * MIB));
    }
}
