//! Windows nodes: which images run on them, and what they keep for themselves.
//!
//! How many pods they take is [`PodNetwork::windows_pods`], how their addresses are kept spare
//! [`windows_pool`](super::vpc_cni::windows_pool); that layers are extracted one after the other is
//! a policy of the container engine (`Unpack::Sequential`).
//!
//! [`PodNetwork::windows_pods`]: super::node::pods::PodNetwork::windows_pods

use crate::kubernetes::kubelet::allocatable::{NodeAmounts, Reserved};
use crate::kubernetes::kubelet::eviction::Amount;
use crate::units::{Bytes, Millicores};

const MIB: u64 = 1 << 20;

/// A version of Windows Server that EKS has images of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WindowsServer {
    /// Long-term servicing channel 2019.
    V2019,
    /// Long-term servicing channel 2022.
    V2022,
}

impl WindowsServer {
    /// Its build, as the label `node.kubernetes.io/windows-build` has it.
    pub fn build(self) -> &'static str {
        match self {
            Self::V2019 => "10.0.17763",
            Self::V2022 => "10.0.20348",
        }
    }
}

/// An image that does not run on a host.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the image is for Windows {image} and the node has {host}: with process isolation the builds \
     have to be the same; choose nodes by the label `node.kubernetes.io/windows-build`"
)]
pub struct BuildMismatch {
    /// Build of the image (`os.version` of its manifest).
    pub image: String,
    /// Build of the node.
    pub host: &'static str,
}

/// Whether an image of this `os.version` (such as `10.0.20348.2762`) runs on a host. EKS has
/// process isolation only; the fourth number, of the update, does not count (Amazon EKS Best
/// Practices, "Windows images").
///
/// # Errors
/// The builds differ.
pub fn runs(image: &str, host: WindowsServer) -> Result<(), BuildMismatch> {
    let same = image.strip_prefix(host.build());
    match same {
        Some(rest) if rest.is_empty() || rest.starts_with('.') => Ok(()),
        _ => Err(BuildMismatch { image: image.to_owned(), host: host.build() }),
    }
}

/// What the Best Practices Guide has Windows nodes reserve: 0.5 GiB for Kubernetes, 1.5 GiB for the
/// system, 200 MiB until eviction. None of it is enforced, and nothing is killed for memory: what
/// is beyond goes to the disk. CPU as given by the caller.
pub fn reserved(kube_cpu: Millicores) -> Reserved {
    let memory = |mib: u64| Bytes(mib * MIB);
    Reserved {
        kube: NodeAmounts { cpu: kube_cpu, memory: memory(512), ..NodeAmounts::default() },
        system: NodeAmounts { memory: memory(1536), ..NodeAmounts::default() },
        eviction_memory: Amount::Bytes(memory(200)),
        ..Reserved::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_run_on_hosts_of_their_build_only() {
        assert_eq!(runs("10.0.20348.2762", WindowsServer::V2022), Ok(()));
        assert_eq!(runs("10.0.17763", WindowsServer::V2019), Ok(()));
        assert!(runs("10.0.203480", WindowsServer::V2022).is_err());
        insta::assert_snapshot!(
            runs("10.0.17763.6054", WindowsServer::V2022).unwrap_err(),
            @"the image is for Windows 10.0.17763.6054 and the node has 10.0.20348: with process \
            isolation the builds have to be the same; choose nodes by the label \
            `node.kubernetes.io/windows-build`"
        );
    }

    /// 8 GiB without 0.5, 1.5 GiB and 200 MiB.
    #[test]
    fn a_node_keeps_two_gib_and_what_eviction_needs() {
        let capacity =
            NodeAmounts { cpu: Millicores(2000), memory: Bytes(8 << 30), storage: Bytes(50 << 30) };
        let left = reserved(Millicores(70)).allocatable(capacity);
        assert_eq!((left.cpu, left.memory), (Millicores(1930), Bytes((8192 - 2048 - 200) * MIB)));
    }
}
