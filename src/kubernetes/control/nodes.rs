//! Nodes join, fail, come back and leave.
//!
//! Source: Kubernetes v1.36, `pkg/controller/nodelifecycle/node_lifecycle_controller.go` and
//! `pkg/controller/tainteviction/taint_eviction.go`. A node that fails is not known to have failed
//! until it has not renewed its lease for a while; then its pods are not ready any more, and after
//! a taint that is put on a few nodes at a time each leaves when its patience is over. Nothing
//! confirms that they have ended, so that they stay until the node is back or is deleted.

use super::log::Entry;
use super::{Around, ContainerEvent, ControlEvent, ControlPlane};
use crate::docker::EngineId;
use crate::engine::{Phase, Schedule, SimDuration, SimTime};
use crate::kubernetes::objects::{Node, NodeId, PodId, Readiness, WorkloadKind};
use crate::kubernetes::scheduler::node::NodeSpec;
use crate::kubernetes::scheduler::shape::{Effect, Taint};

/// Between two renewals of a node's lease: a quarter of its duration of 40 s
/// (`pkg/kubelet/kubelet.go`, `nodeLeaseRenewIntervalFraction`).
const RENEWAL: SimDuration = SimDuration::from_secs(10);

/// Between two looks at all nodes (`--node-monitor-period`).
const MONITOR: SimDuration = SimDuration::from_secs(5);

/// The taint of a node that has not been heard of.
pub(super) const UNREACHABLE: &str = "node.kubernetes.io/unreachable";

/// A machine that becomes a node.
#[derive(Clone, Debug)]
pub struct NewNode {
    /// What the scheduler is to know.
    pub spec: NodeSpec,
    /// Which machine it is.
    pub machine: u32,
    /// The container engine on it.
    pub engine: EngineId,
    /// Index of its pool.
    pub pool: u32,
    /// Its zone.
    pub zone: u32,
}

impl ControlPlane {
    /// A machine becomes a node, whose kubelet works.
    pub fn join<S>(&mut self, new: NewNode, around: &mut Around<'_, S>) -> NodeId
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let name = new.spec.name.clone();
        let id = self.scheduler.add_node(&mut self.cluster, new.spec, now);
        let node = Node {
            name: name.clone(),
            machine: new.machine,
            engine: new.engine,
            pool: new.pool,
            zone: new.zone,
            joined: now,
            readiness: Readiness::Ready,
            up: true,
            cordoned: false,
            pods: Vec::new(),
            failures: 0,
        };
        self.objects.add_node(id, node);
        self.machine_came(new.machine);
        self.log.name_node(id, &name);
        self.log.add(now, Entry::NodeJoined { node: id });
        self.touch_daemon_sets();
        self.schedule_soon(around);
        self.settle(around);
        id
    }

    fn touch_daemon_sets(&mut self) {
        let sets = self.objects.workloads();
        let sets = sets.filter(|(_, one)| matches!(one.kind, WorkloadKind::DaemonSet(_)));
        let sets: Vec<_> = sets.map(|(id, _)| id).collect();
        for set in sets {
            self.touch(Some(set));
        }
    }

    /// Whether a node counts as working.
    pub(super) fn is_heard_of(&self, node: NodeId) -> bool {
        self.objects.node(node).is_some_and(|node| node.readiness == Readiness::Ready)
    }

    /// The machine of a node has failed: nothing is heard of it any more.
    pub fn node_failed<S>(&mut self, id: NodeId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let Some(node) = self.objects.node_mut(id).filter(|node| node.up) else { return };
        node.up = false;
        node.failures += 1;
        let (failure, joined) = (node.failures, node.joined);
        let pods = node.pods.clone();
        self.log.add(now, Entry::MachineFailed { node: id });
        if node.readiness == Readiness::Ready {
            let silent = silent_at(now, joined, self.limits.node_monitor_grace);
            around.at(silent, Phase::Decide, ControlEvent::Silent { node: id, failure });
        }
        for pod in pods {
            self.kubelet_is_lost(pod);
        }
    }

    /// The machine of a node works again: its kubelet starts what is to be on it.
    pub fn node_back<S>(&mut self, id: NodeId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let Some(node) = self.objects.node_mut(id).filter(|node| !node.up) else { return };
        node.up = true;
        // its lease is renewed at once, and in the same rhythm from now on
        node.joined = now;
        let pods = node.pods.clone();
        self.log.add(now, Entry::MachineBack { node: id });
        if self.objects.set_readiness(id, Readiness::Ready) == Readiness::Unknown {
            self.log.add(now, Entry::NodeReady { node: id });
            self.untaint(id, UNREACHABLE, now);
            self.taints.forget(id);
        }
        for pod in pods {
            self.kubelet_is_back(pod, around);
        }
        self.touch_daemon_sets();
        self.schedule_soon(around);
        self.settle(around);
    }

    /// A node has not been heard of for too long.
    pub(super) fn node_silent<S>(&mut self, id: NodeId, failure: u32, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let Some(node) = self.objects.node_mut(id) else { return };
        if node.up || node.failures != failure {
            return;
        }
        let now = around.now();
        let (pods, zone) = (node.pods.clone(), node.zone);
        self.objects.set_readiness(id, Readiness::Unknown);
        self.log.add(now, Entry::NodeNotReady { node: id });
        self.taint(id, UNREACHABLE, Effect::NoSchedule, now);
        for pod in pods {
            self.set_ready(pod, false, around);
        }
        self.taint_in_turn(id, zone, around);
    }

    /// Puts a taint on a node.
    pub(super) fn taint(&mut self, id: NodeId, key: &str, effect: Effect, now: SimTime) {
        let taint = self.log.text(&format!("{key}:{effect:?}"));
        self.log.add(now, Entry::Tainted { node: id, taint, tainted: true });
        let mut spec = self.cluster.node(id).spec.clone();
        spec.taints.push(Taint { key: key.into(), value: "".into(), effect });
        self.scheduler.update_node(&mut self.cluster, id, spec, now);
    }

    /// Takes taints off a node.
    pub(super) fn untaint(&mut self, id: NodeId, key: &str, now: SimTime) {
        let taint = self.log.text(key);
        self.log.add(now, Entry::Tainted { node: id, taint, tainted: false });
        let mut spec = self.cluster.node(id).spec.clone();
        spec.taints.retain(|taint| &*taint.key != key);
        self.scheduler.update_node(&mut self.cluster, id, spec, now);
    }

    /// Has a node take no more pods, or take them again.
    pub fn cordon<S>(&mut self, id: NodeId, cordoned: bool, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let Some(node) = self.objects.node_mut(id) else { return };
        if std::mem::replace(&mut node.cordoned, cordoned) == cordoned {
            return;
        }
        let spec = NodeSpec { unschedulable: cordoned, ..self.cluster.node(id).spec.clone() };
        self.scheduler.update_node(&mut self.cluster, id, spec, now);
        self.log.add(now, Entry::Cordoned { node: id, cordoned });
        self.schedule_soon(around);
    }

    /// A node is deleted, and with it what is left of its pods.
    pub fn delete_node<S>(&mut self, id: NodeId, reason: &str, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let Some(node) = self.objects.node(id) else { return };
        for pod in node.pods.clone() {
            self.remove_pod(pod, around);
        }
        self.taints.forget(id);
        self.objects.remove_node(id);
        self.scheduler.remove_node(&mut self.cluster, id, around.now());
        let reason = self.log.text(reason);
        self.log.add(around.now(), Entry::NodeGone { node: id, reason });
        self.schedule_soon(around);
        self.settle(around);
    }

    /// A pod's patience with its node is over.
    pub(super) fn evict<S>(&mut self, pod: PodId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let gone = self.objects.get_pod(pod).and_then(|pod| pod.node);
        if gone.is_some_and(|node| self.taints.is_tainted(node)) {
            self.delete_because(pod, "its node is unreachable (taint eviction)", around);
        }
    }
}

/// When a node that fails now counts as not ready: at the first look after its lease has not been
/// renewed for the grace. It was renewed every 10 s from when it joined.
fn silent_at(now: SimTime, joined: SimTime, grace: SimDuration) -> SimTime {
    let renewals = now.since(joined).as_nanos() / RENEWAL.as_nanos();
    let last = joined.as_nanos() + renewals * RENEWAL.as_nanos();
    // not before it is more than the grace ago (`now.After(probeTimestamp.Add(grace))`)
    let due = last + grace.as_nanos() + 1;
    let looks = due.div_ceil(MONITOR.as_nanos());
    SimTime::from_nanos(looks * MONITOR.as_nanos()).max(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: f64) -> SimTime {
        SimTime::ZERO + SimDuration::from_secs_f64(seconds)
    }

    #[test]
    fn a_failure_is_noticed_at_the_first_look_after_the_grace() {
        let grace = SimDuration::from_secs(50);
        // renewed at 3, 13, …, 93; 143 is over the grace, and the next look is at 145
        assert_eq!(silent_at(seconds(100.0), seconds(3.0), grace), seconds(145.0));
        // renewed at 100; at 150 it is just as long ago as it may be
        assert_eq!(silent_at(seconds(100.0), seconds(0.0), grace), seconds(155.0));
    }
}
