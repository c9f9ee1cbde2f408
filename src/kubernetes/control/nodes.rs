//! Nodes join, fail, come back and leave.
//!
//! A node that fails is not known to have failed until it has not renewed its lease for a while;
//! see `health`.

use super::log::Entry;
use super::{Around, ContainerEvent, ControlEvent, ControlPlane, Notice};
use crate::docker::EngineId;
use crate::engine::{Schedule, SimTime};
use crate::kubernetes::objects::{Node, NodeId, NodeMemory, Readiness, WorkloadKind};
use crate::kubernetes::scheduler::node::NodeSpec;
use crate::kubernetes::scheduler::resources::ResourceKind;
use crate::kubernetes::scheduler::shape::{Effect, Taint};

/// A machine that becomes a node.
#[derive(Clone, Debug)]
pub struct NewNode {
    /// What the scheduler is to know.
    pub spec: NodeSpec,
    /// Which machine it is.
    pub machine: u32,
    /// The container engine on it.
    pub engine: EngineId,
    /// Index of its pool, or [`NO_POOL`](crate::kubernetes::objects::NO_POOL).
    pub pool: u32,
    /// Its zone.
    pub zone: u32,
    /// Its memory.
    pub memory: NodeMemory,
}

impl ControlPlane {
    /// A machine becomes a node, whose kubelet works.
    pub fn join<S>(&mut self, new: NewNode, around: &mut Around<'_, S>) -> NodeId
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let name = new.spec.name.clone();
        let starting = self.is_starting(&new.spec);
        let id = self.scheduler.add_node(&mut self.cluster, new.spec, now);
        let node = Node {
            name: name.clone(),
            machine: new.machine,
            engine: new.engine,
            pool: new.pool,
            zone: new.zone,
            memory: new.memory,
            joined: now,
            readiness: Readiness::Ready,
            up: true,
            cordoned: false,
            pods: Vec::new(),
        };
        self.objects.add_node(id, node);
        if !starting {
            self.machine_came(new.machine);
        }
        self.log.name_node(id, &name);
        self.log.add(now, Entry::NodeJoined { node: id });
        self.watch_disk(id, around);
        self.zones_changed(around);
        self.touch_daemon_sets();
        self.named_node_came(id, around);
        self.schedule_soon(around);
        self.settle(around);
        id
    }

    /// A resource of this name, which nodes may offer.
    pub fn resource(&mut self, name: &str) -> ResourceKind {
        self.cluster.resource(name)
    }

    /// Nodes are others, or in another state: has all daemon sets looked at.
    pub(super) fn touch_daemon_sets(&mut self) {
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
        let Some(node) = self.objects.node_mut(id).filter(|node| node.up) else { return };
        node.up = false;
        let (pods, joined) = (node.pods.clone(), node.joined);
        if !self.is_given_back(id) {
            self.log.add(around.now(), Entry::MachineFailed { node: id });
        }
        self.node_falls_silent(id, joined, around);
        for pod in pods {
            self.kubelet_is_lost(pod);
        }
        self.falls_silent_with_volumes(id, around.now());
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
        self.forget_pressure(id, now);
        self.watch_disk(id, around);
        self.node_speaks(id, around);
        self.speaks_of_volumes(id, around);
        for pod in pods {
            self.kubelet_is_back(pod, around);
        }
        self.touch_daemon_sets();
        self.schedule_soon(around);
        self.settle(around);
    }

    /// Puts a taint on a node.
    pub(super) fn taint(&mut self, id: NodeId, key: &str, effect: Effect, now: SimTime) {
        let taint = self.log.text(&format!("{key}:{effect:?}"));
        self.log.add(now, Entry::Tainted { node: id, taint, tainted: true });
        let mut spec = self.cluster.node(id).spec.clone();
        spec.taints.push(Taint { key: key.into(), value: "".into(), effect });
        self.scheduler.update_node(&mut self.cluster, id, spec, now);
    }

    /// Takes a taint off a node, with this effect or with any.
    pub(super) fn untaint(&mut self, id: NodeId, key: &str, effect: Option<Effect>, now: SimTime) {
        let mut spec = self.cluster.node(id).spec.clone();
        let meant = |taint: &Taint| {
            *taint.key == *key && effect.is_none_or(|effect| effect == taint.effect)
        };
        for Taint { key, effect, .. } in spec.taints.extract_if(.., |taint| meant(taint)) {
            let taint = self.log.text(&format!("{key}:{effect:?}"));
            self.log.add(now, Entry::Tainted { node: id, taint, tainted: false });
        }
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
        around.notices.push(Notice::Cordoned { machine: node.machine, cordoned });
        let spec = NodeSpec { unschedulable: cordoned, ..self.cluster.node(id).spec.clone() };
        self.scheduler.update_node(&mut self.cluster, id, spec, now);
        self.log.add(now, Entry::Cordoned { node: id, cordoned });
        self.schedule_soon(around);
    }

    /// A node is deleted. What is left of its pods runs no more for all that is known, and is
    /// collected.
    pub fn delete_node<S>(&mut self, id: NodeId, reason: &str, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let Some(node) = self.objects.node(id) else { return };
        let pods = node.pods.clone();
        for &pod in &pods {
            self.kubelet_is_lost(pod);
            self.leave_scheduler(pod, around);
        }
        self.health.forget(id);
        self.pressures.forget(id);
        self.leaves_with_volumes(id, around);
        self.objects.remove_node(id);
        self.scheduler.remove_node(&mut self.cluster, id, around.now());
        self.look_at_volumes_of(id, around);
        let reason = self.log.text(reason);
        self.log.add(around.now(), Entry::NodeGone { node: id, reason });
        if !pods.is_empty() {
            self.miss_node(id, around);
        }
        self.zones_changed(around);
        self.touch_daemon_sets();
        self.schedule_soon(around);
        self.settle(around);
    }
}
