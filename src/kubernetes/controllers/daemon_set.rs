//! The DaemonSet controller: one pod on every node that should have one.
//!
//! Source: Kubernetes v1.36, `pkg/controller/daemon/daemon_controller.go`
//! (`podsShouldBeOnNode`, `NodeShouldRunDaemonPod`, `syncNodes`) and `update.go`
//! (`rollingUpdate`). The source visits nodes in the random order of a Go map; here it is the order
//! in which the caller gives them. Pods meant for nodes that are gone are left to
//! [`pod_gc`](super::pod_gc).

mod manage;
mod update;

use super::pod::PodView;
use super::share::Share;
use crate::engine::{SimDuration, SimTime};

pub use manage::FailedPods;

/// At most so many pods are created, and so many deleted, in one sync.
pub const BURST: usize = 250;

/// What a DaemonSet asks for, defaults filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DaemonSetSpec {
    /// How old pods give way to new ones.
    pub update: UpdateStrategy,
    /// For how long a pod must be ready to be available.
    pub min_ready: SimDuration,
    /// The revision of its template.
    pub template: u32,
}

/// How old pods give way to new ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateStrategy {
    /// When somebody deletes them.
    OnDelete,
    /// A few nodes at a time. The API's default is one unavailable and no surge.
    RollingUpdate {
        /// On how many nodes it may be unavailable.
        max_unavailable: Share,
        /// On how many nodes there may be a new one beside an old one.
        max_surge: Share,
    },
}

/// A node, and the pods of the DaemonSet that are there or meant for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeView<'a> {
    /// Its number.
    pub id: u32,
    /// Whether the template's node name, node selector and required node affinity admit it.
    pub fits: bool,
    /// Whether the pods tolerate all its taints `NoSchedule` and `NoExecute`, with the tolerations
    /// that the controller adds.
    pub tolerates: bool,
    /// Whether they tolerate its taints `NoExecute`.
    pub tolerates_no_execute: bool,
    /// The pods, in any phase.
    pub pods: &'a [PodView],
}

/// What a sync does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Nodes that get a pod, by [`slow_start`](super::replica_set::slow_start).
    pub create: Vec<u32>,
    /// Pods to delete, by `id`.
    pub delete: Vec<u32>,
    /// When to sync again, because a pod that failed is to be deleted only then.
    pub retry: Option<SimTime>,
}

impl NodeView<'_> {
    /// Whether it should get a pod.
    pub fn should_run(&self) -> bool {
        self.fits && self.tolerates
    }

    /// Whether a pod that is there may stay.
    pub fn should_continue(&self) -> bool {
        self.fits && (self.tolerates || self.tolerates_no_execute)
    }

    /// Pods that count: one that has ended and is being deleted does not.
    fn counted(&self) -> impl Iterator<Item = &PodView> {
        self.pods.iter().filter(|pod| !(pod.is_terminal() && pod.terminating))
    }
}

impl DaemonSetSpec {
    /// How many may be unavailable and how many surge where it should run on `desired` nodes.
    fn limits(&self, desired: i32) -> (i32, i32) {
        let UpdateStrategy::RollingUpdate { max_unavailable, max_surge } = self.update else {
            return (0, 0);
        };
        let (unavailable, surge) = (max_unavailable.round_up(desired), max_surge.round_up(desired));
        if desired > 0 && unavailable == 0 && surge == 0 { (1, 0) } else { (unavailable, surge) }
    }

    /// Whether there may be two pods on a node.
    fn surges(&self) -> bool {
        matches!(self.update, UpdateStrategy::RollingUpdate { max_surge, .. }
            if max_surge.round_up(1) > 0)
    }
}

/// One sync: first each node gets and keeps what it should; only if that takes nothing, the update
/// goes on.
pub fn sync(
    spec: &DaemonSetSpec,
    nodes: &[NodeView<'_>],
    failed: &mut FailedPods,
    now: SimTime,
) -> Change {
    let mut change = manage::manage(spec, nodes, failed, now);
    let settled = change.create.is_empty() && change.delete.is_empty();
    if settled && matches!(spec.update, UpdateStrategy::RollingUpdate { .. }) {
        let retry = change.retry;
        change = Change { retry, ..update::update(spec, nodes, now) };
    }
    change.create.truncate(BURST);
    change.delete.truncate(BURST);
    change
}

#[cfg(test)]
mod tests;
