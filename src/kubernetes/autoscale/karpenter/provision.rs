//! For which pods which nodes are made.
//!
//! Follows pkg/controllers/provisioning/scheduling/{scheduler,queue}.go of Karpenter 1.x: first-fit
//! decreasing over nodes that are there, claims made in this pass and pools. A pod that finds no
//! place gives up its preferences one by one, and if that does not help, waits in the queue for
//! what others of the batch change: their neighbours may have to come first. The pass ends when all
//! pods were asked about without any finding a place.
//!
//! Nodes that are on their way are places too: who shows them here adds them to the cluster for the
//! time of the pass.

mod catalogue;
pub(super) mod daemons;
mod draft;
mod kind;
mod limits;
mod pass;
mod places;
mod refusal;
mod template;
#[cfg(test)]
mod tests;

pub(super) use catalogue::Catalogue;
pub use places::INITIALIZED;
pub use refusal::Refusal;

use std::collections::BTreeMap;

use super::api::NodePool;
use super::claim::NodeClaim;
use super::instance::InstanceType;
use super::requirements::WellKnown;
use crate::engine::SimTime;
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::node::NodeId;
use crate::kubernetes::scheduler::pod::PodId;
use crate::kubernetes::scheduler::profile::Profile;
use crate::kubernetes::scheduler::resources::Resources;
use crate::kubernetes::scheduler::shape::ShapeId;

/// A pool, the types its class has, and what its nodes have now.
#[derive(Clone, Debug)]
pub struct Pool {
    /// As it was written.
    pub spec: NodePool,
    /// The types of instances that its class allows, as they are on offer now; always in one order.
    pub types: Vec<InstanceType>,
    /// What all its nodes have (`status.capacity`), those that are on their way included.
    pub used: Resources,
    /// How many they are.
    pub nodes: i64,
}

/// A pod that waits, or is on a node that is going.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PendingPod {
    /// Which.
    pub pod: PodId,
    /// When it was created.
    pub created: SimTime,
}

/// What is shown.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// The scheduler's profile: whether how many volumes a node can attach is limited.
    pub profile: &'a Profile,
    /// The pools.
    pub pools: &'a [Pool],
    /// The pods of DaemonSets, one of each.
    pub daemons: &'a [ShapeId],
    /// Labels that nodes will have though no pool names them.
    pub well_known: &'a WellKnown,
    /// The nodes that may take pods in the order in which they are tried: those that are
    /// initialized first, then by name; those that are going are not among them.
    pub nodes: &'a [NodeId],
}

/// Why nothing was planned for a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unplanned {
    /// No pool could make a node for it within its limits.
    NoPool,
    /// It waits for something else: a claim of it to a volume is missing, going, or should have its
    /// volume already.
    Dependent,
}

/// What was planned.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// Nodes to make.
    pub claims: Vec<NodeClaim>,
    /// Pods that nodes take that are there.
    pub placed: Vec<(PodId, NodeId)>,
    /// Pods for which there is nothing.
    pub unplanned: Vec<(PodId, Unplanned)>,
    /// Why pools make no nodes for them, by shape: each pool by its place, in the order in which
    /// they are tried. Only where a plan was asked for by itself.
    pub refusals: BTreeMap<ShapeId, Vec<(usize, Refusal)>>,
}

/// Plans for pods that wait. The cluster is tried on and left as it was; `without` are nodes that
/// are taken to be gone, with their pods.
pub fn plan(
    cluster: &mut Cluster,
    shown: &Shown,
    pending: &[PendingPod],
    without: &[NodeId],
) -> Plan {
    let mut catalogue = Catalogue::new(cluster, shown);
    catalogue.tells = true;
    catalogue.plan(cluster, pending, without)
}
