//! Pools whose nodes are replaced by whoever manages them, as a managed node group of Amazon EKS is
//! when it is updated.
//!
//! Which nodes go and when others decide; here these are marked, and pods that do not leave are
//! deleted. The Cluster Autoscaler takes no node of such a pool meanwhile.

use super::log::{Entry, UpdateStatus};
use super::{Around, ContainerEvent, ControlEvent, ControlPlane, Notice};
use crate::engine::{Schedule, SimTime};
use crate::kubernetes::objects::{NodeId, PodId};
use crate::kubernetes::scheduler::node::NodeSpec;

/// The label of nodes to which load balancers are to send nothing.
pub const EXCLUDED: &str = "node.kubernetes.io/exclude-from-external-load-balancers";

/// Why pods are deleted that did not leave.
const REASON: &str = "its node is updated by force";

impl ControlPlane {
    /// The update of a pool has come so far; the message says more.
    pub fn pool_updates(&mut self, pool: u32, status: UpdateStatus, message: &str, now: SimTime) {
        let message = self.log.text(message);
        self.log.add(now, Entry::PoolUpdate { pool, status, message });
        if let Some(scaling) = &mut self.scaling {
            let held = scaling.held_mut();
            match status {
                UpdateStatus::InProgress => held.insert(pool),
                UpdateStatus::Over => held.remove(&pool),
                UpdateStatus::Failed => false,
            };
        }
    }

    /// Somebody else than the Cluster Autoscaler has changed the size of a pool by so many nodes,
    /// and its most with it.
    pub fn pool_resized(&mut self, pool: u32, by: i32) {
        if let Some(scaling) = &mut self.scaling {
            let group = scaling.group_mut(pool);
            group.target = group.target.saturating_add_signed(by);
            group.max = group.max.saturating_add_signed(by);
        }
    }

    /// A machine that was asked for is no more; whoever has machines sees to another.
    pub fn machine_ended(&mut self, machine: u32) {
        self.machine_came(machine);
    }

    /// A node is to be replaced: it takes no more pods, and load balancers let go of it. Or it is
    /// to stay after all, and whatever was to leave it stays, too.
    pub fn replace_node<S>(&mut self, id: NodeId, replaced: bool, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        if self.objects.node(id).is_none() {
            return;
        }
        self.exclude(id, replaced, around);
        match replaced {
            true => self.cordon(id, true, around),
            false => self.end_drain(id, around),
        }
        self.settle(around);
    }

    /// Has load balancers send nothing to a node any more, or has them send to it again.
    pub(super) fn exclude<S>(&mut self, id: NodeId, excluded: bool, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let mut spec: NodeSpec = self.cluster.node(id).spec.clone();
        let others = spec.labels.iter().filter(|(key, _)| *key != EXCLUDED);
        let label = excluded.then_some((EXCLUDED, "true"));
        spec.labels = others.chain(label).collect();
        self.scheduler.update_node(&mut self.cluster, id, spec, around.now());
        if self.gates.watched {
            around.notices.push(Notice::NodesChanged);
        }
    }

    /// Deletes the pods that are still to leave a node, whatever their disruption budgets say.
    pub fn delete_pods<S>(&mut self, id: NodeId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let pods: Vec<PodId> = self.objects.node(id).map_or(Vec::new(), |node| node.pods.clone());
        for pod in pods {
            if !self.is_of_daemon_set(pod) {
                self.delete_because(pod, REASON, around);
            }
        }
        self.settle(around);
    }
}
