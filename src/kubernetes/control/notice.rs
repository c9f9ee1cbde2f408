//! What the cluster tells its caller.

use super::VolumeId;
use crate::kubernetes::kubelet::eviction::Resource;
use crate::kubernetes::objects::{NodeId, PodId};

/// What the cluster tells its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A pod was created.
    Created(PodId),
    /// There is a node for a pod, which gets it once its volumes are made.
    Reserved(PodId),
    /// A pod got a node.
    Bound(PodId),
    /// The volumes of a pod are mounted on its node.
    Mounted(PodId),
    /// A container runs: its process starts.
    Runs {
        /// The pod.
        pod: PodId,
        /// Which of its containers, init containers first.
        container: u32,
    },
    /// A container was asked to stop.
    Stops {
        /// The pod.
        pod: PodId,
        /// Which of its containers.
        container: u32,
    },
    /// The process of a container is gone.
    Ended {
        /// The pod.
        pod: PodId,
        /// Which of its containers.
        container: u32,
    },
    /// All containers of a pod have ended, and are not started again.
    Completed(PodId),
    /// From now on requests come to a pod.
    Routed {
        /// The pod.
        pod: PodId,
        /// Its `uid`.
        uid: u32,
    },
    /// From now on requests come to a pod only where no other is ready.
    Leaving {
        /// Its `uid`.
        uid: u32,
    },
    /// From now on no new requests come to a pod, which may be gone already.
    Unrouted {
        /// Its `uid`.
        uid: u32,
    },
    /// Nodes came or went, or are known to work or not.
    NodesChanged,
    /// The node on a machine takes no more pods, or takes them again.
    Cordoned {
        /// The machine.
        machine: u32,
        /// Whether it takes none.
        cordoned: bool,
    },
    /// A pod is to be connected to the network, where there is one: then
    /// `ControlPlane::connected` or `ControlPlane::not_connected`.
    Connect(PodId),
    /// Nothing of a pod is on its node any more: what it has of the network is free.
    Disconnected {
        /// Its `uid`.
        uid: u32,
    },
    /// A Service may have the endpoint of a pod, or not any more; told where that is asked for.
    EndpointsChanged(PodId),
    /// A pod is gone. Who hears of it says when its number may be another's:
    /// `ControlPlane::forgotten`.
    Gone(PodId),
    /// So many more nodes of a pool are asked for.
    NodesWanted {
        /// Index of the pool.
        pool: u32,
        /// How many.
        nodes: u32,
    },
    /// A machine is asked for by Karpenter: `ControlPlane::claim_offers` says which would do.
    ClaimMade {
        /// The claim that it is for.
        claim: u32,
    },
    /// The machine of a claim, or what was asked for, is not wanted any more.
    ClaimUnneeded {
        /// The claim.
        claim: u32,
        /// Index of its pool among those of Karpenter.
        pool: u32,
    },
    /// A machine that was asked for has not become a node in time, and is not wanted any more.
    MachineGivenUp {
        /// The machine.
        machine: u32,
    },
    /// The kubelet of its node evicts a pod, or does not take it on.
    Evicted {
        /// The pod.
        pod: PodId,
        /// What its node is short of.
        resource: Resource,
    },
    /// A machine is short of nothing any more: when memory is the next time is to be told.
    PressureRelieved {
        /// The machine.
        machine: u32,
    },
    /// A node is empty and not wanted any more: its machine is to be switched off, then
    /// `ControlPlane::node_removed` told.
    NodeUnneeded {
        /// The node.
        node: NodeId,
        /// Its machine.
        machine: u32,
    },
    /// A volume is to be made, or known of that is there; see `ControlPlane::volume_order`. Then
    /// `ControlPlane::volume_made` or `ControlPlane::volume_not_made`.
    VolumeWanted {
        /// The volume.
        volume: VolumeId,
    },
    /// A volume is to be attached. Then `ControlPlane::volume_attached` or
    /// `ControlPlane::volume_not_attached`.
    VolumeAttach {
        /// The volume.
        volume: VolumeId,
        /// The machine.
        machine: u32,
    },
    /// A volume is to be detached. Then `ControlPlane::volume_detached`.
    VolumeDetach {
        /// The volume.
        volume: VolumeId,
    },
    /// A volume is to be deleted.
    VolumeUnwanted {
        /// The volume.
        volume: VolumeId,
    },
}
