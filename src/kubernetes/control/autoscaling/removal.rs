//! Nodes on their way out: tainted, emptied, given back.
//!
//! Follows core/scaledown/actuation of the Cluster Autoscaler 1.36 (`actuator.go`, `drain.go`): the
//! taint `ToBeDeletedByClusterAutoscaler`, 5 s in which schedulers come to know of it, evictions
//! that are tried again every 10 s for up to 2 min where a disruption budget forbids them, then a
//! look every 5 s at whether all pods are gone. A node that cannot be emptied stays. Pods of
//! DaemonSets go with their node.

use super::super::{Around, ContainerEvent, ControlEvent, ControlPlane, Notice};
use crate::engine::{Phase, Schedule, SimDuration, SimTime};
use crate::kubernetes::autoscale::cluster_autoscaler::Deletion;
use crate::kubernetes::objects::{NodeId, PodId, WorkloadKind};
use crate::kubernetes::scheduler::shape::Effect;

/// How long after its grace a pod is waited for (`PodLongTerminatingExtraThreshold`).
const LONG_TERMINATING: SimDuration = SimDuration::from_secs(30);

/// The taint of a node that is about to go.
const TAINT: &str = "ToBeDeletedByClusterAutoscaler";
/// `--node-delete-delay-after-taint`.
const AFTER_TAINT: SimDuration = SimDuration::from_secs(5);
/// Between two attempts to evict what could not be evicted (`DefaultEvictionRetryTime`).
const RETRY: SimDuration = SimDuration::from_secs(10);
/// `--max-pod-eviction-time`.
const MAX_EVICTION: SimDuration = SimDuration::from_secs(2 * 60);
/// Between two looks at whether all pods are gone.
const LOOK: SimDuration = SimDuration::from_secs(5);
/// What pods get beyond their grace (`DefaultPodEvictionHeadroom`).
const HEADROOM: SimDuration = SimDuration::from_secs(30);

/// Why the pods and the node go, in the log.
const REASON: &str = "its node is not needed (Cluster Autoscaler)";
const NODE_REASON: &str = "not needed (Cluster Autoscaler)";

/// What is being done to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Removal {
    /// It has been tainted; others come to know of it.
    Tainted,
    /// Its pods are being evicted, which is given up then.
    Evicting { until: SimTime },
    /// All have been evicted; they are waited for until then.
    Emptying { until: SimTime },
    /// Its machine is being switched off.
    Leaving,
}

impl ControlPlane {
    /// Begins to remove a node.
    pub(super) fn begin_removal<S>(&mut self, deletion: &Deletion, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let Some(scaling) = &mut self.scaling else { return };
        scaling.removals.insert(deletion.node, Removal::Tainted);
        self.taint(deletion.node, TAINT, Effect::NoSchedule, now);
        if self.gates.watched {
            // it is no target of load balancers any more
            around.notices.push(Notice::NodesChanged);
        }
        self.remove_later(deletion.node, AFTER_TAINT, around);
    }

    fn remove_later<S>(&self, node: NodeId, delay: SimDuration, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let time = around.now().saturating_add(delay);
        around.at(time, Phase::Decide, ControlEvent::Removal(node));
    }

    /// Goes on with the removal of a node.
    pub(in super::super) fn continue_removal<S>(&mut self, node: NodeId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let Some(removal) = self.scaling.as_ref().and_then(|it| it.removals.get(&node).copied())
        else {
            return;
        };
        if self.objects.node(node).is_none() {
            // somebody else has deleted it
            self.end_removal(node);
            return;
        }
        match removal {
            Removal::Tainted => self.evict_all(node, now.saturating_add(MAX_EVICTION), around),
            Removal::Evicting { until } => self.evict_all(node, until, around),
            Removal::Emptying { until } => self.wait_for_pods(node, until, around),
            Removal::Leaving => {}
        }
    }

    fn end_removal(&mut self, node: NodeId) {
        if let Some(scaling) = &mut self.scaling {
            scaling.removals.remove(&node);
        }
    }

    fn set_removal(&mut self, node: NodeId, removal: Removal) {
        if let Some(scaling) = &mut self.scaling {
            scaling.removals.insert(node, removal);
        }
    }

    /// The pods of a node that do not just go with it. Those that were to be gone long ago, as on a
    /// node that is lost, are not waited for (`drain/pod_utils.go`, `IsPodLongTerminating`).
    fn to_move(&self, node: NodeId, now: SimTime) -> Vec<PodId> {
        let pods = self.objects.node(node).map_or(&[][..], |node| &node.pods);
        let moves = |&pod: &PodId| {
            let pod = self.objects.pod(pod);
            let owner = pod.owner.map(|owner| &self.objects.workload(owner).kind);
            let grace = self.objects.template(pod.template).pod.grace;
            let overdue = pod.deleted.is_some_and(|deleted| {
                deleted.saturating_add(grace).saturating_add(LONG_TERMINATING) < now
            });
            !pod.is_over() && !overdue && !matches!(owner, Some(WorkloadKind::DaemonSet(_)))
        };
        pods.iter().copied().filter(moves).collect()
    }

    /// Evicts what may be evicted; tries again later where something may not.
    fn evict_all<S>(&mut self, node: NodeId, until: SimTime, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let mut refused = false;
        for pod in self.to_move(node, now) {
            refused |= !self.evict_within_budgets(pod, around);
        }
        if !refused {
            let grace = self.scaling.as_ref().map_or(SimDuration::ZERO, |it| it.max_grace);
            let until = now.saturating_add(grace).saturating_add(HEADROOM);
            self.wait_for_pods(node, until, around);
        } else if now.saturating_add(RETRY) > until {
            self.keep_node(node, around);
        } else {
            self.set_removal(node, Removal::Evicting { until });
            self.remove_later(node, RETRY, around);
        }
    }

    /// Evicts a pod if its disruption budgets allow for that; says whether it is on its way out.
    fn evict_within_budgets<S>(&mut self, pod: PodId, around: &mut Around<'_, S>) -> bool
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let known = self.objects.pod(pod);
        if known.deleted.is_some() {
            return true;
        }
        let (grace, uid) = (self.objects.template(known.template).pod.grace, known.uid);
        if self.ask_budgets(pod, around.now()).is_err() {
            return false;
        }
        let most = self.scaling.as_ref().map_or(grace, |scaling| scaling.max_grace);
        let reason = self.log.text(REASON);
        self.log.add(around.now(), super::Entry::Deleted { pod: uid, reason });
        self.delete_pod(pod, Some(grace.min(most)), around);
        true
    }

    /// Gives the machine back once nothing is left on it that matters.
    fn wait_for_pods<S>(&mut self, node: NodeId, until: SimTime, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        if self.to_move(node, around.now()).is_empty() {
            let Some(known) = self.objects.node(node) else { return };
            let machine = known.machine;
            self.set_removal(node, Removal::Leaving);
            around.notices.push(Notice::NodeUnneeded { node, machine });
        } else if around.now() >= until {
            self.keep_node(node, around);
        } else {
            self.set_removal(node, Removal::Emptying { until });
            self.remove_later(node, LOOK, around);
        }
    }

    /// A node could not be emptied, and stays.
    fn keep_node<S>(&mut self, node: NodeId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        self.end_removal(node);
        self.untaint(node, TAINT, None, now);
        if let Some(scaling) = &mut self.scaling {
            scaling.autoscaler.deletion_failed(node, now);
            scaling.counts.removals_failed += 1;
        }
        self.schedule_soon(around);
    }

    /// The machine of a node that was not needed is off: the node goes.
    pub fn node_removed<S>(&mut self, node: NodeId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let pool = self.objects.node(node).map(|node| node.pool as usize);
        if let (Some(scaling), Some(pool)) = (&mut self.scaling, pool) {
            scaling.removals.remove(&node);
            scaling.groups[pool].target = scaling.groups[pool].target.saturating_sub(1);
            scaling.counts.nodes_removed += 1;
        }
        self.delete_node(node, NODE_REASON, around);
    }
}
