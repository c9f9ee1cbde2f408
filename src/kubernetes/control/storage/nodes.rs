//! Nodes, as far as their volumes go: the driver comes up on them, and they are lost.

use super::Place;
use crate::engine::{Schedule, SimTime};
use crate::kubernetes::control::{Around, ContainerEvent, ControlEvent, ControlPlane};
use crate::kubernetes::objects::NodeId;
use crate::kubernetes::scheduler::node::NodeSpec;
use crate::kubernetes::scheduler::queue::Event;
use crate::kubernetes::scheduler::volumes::{CsiNode, InTree};

impl ControlPlane {
    /// The driver has come up on a node: the node's CSINode says how many of its volumes can be
    /// attached there, and the taint goes that kept pods away meanwhile.
    pub fn driver_registered<S>(
        &mut self,
        node: NodeId,
        allocatable: u32,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let Some(driver) = self.storage.driver.clone() else { return };
        let Some(known) = self.objects.node(node) else { return };
        let (name, machine) = (known.name.clone(), known.machine);
        let count = i32::try_from(allocatable).unwrap_or(i32::MAX);
        let in_tree = InTree::AwsElasticBlockStore;
        let csi = CsiNode {
            name,
            drivers: vec![(driver.name.clone(), Some(count))],
            migrated: Vec::from_iter(
                (in_tree.driver() == &*driver.name).then(|| in_tree.name().into()),
            ),
        };
        self.cluster.volumes_mut().add_node(csi);
        let mut spec = self.cluster.node(node).spec.clone();
        spec.label_zone(&driver.zone_label);
        self.scheduler.update_node(&mut self.cluster, node, spec, now);
        self.scheduler.happened(&self.cluster, &Event::CsiNodeAdded, now);
        self.storage.registered.insert(node);
        if self.is_starting(&self.cluster.node(node).spec) {
            self.untaint(node, &driver.startup_taint, None, now);
            self.machine_came(machine);
        }
        self.orders_of_node(node, around);
        self.schedule_soon(around);
        self.settle(around);
    }

    /// Whether the driver has come up on a node.
    pub fn has_driver(&self, node: NodeId) -> bool {
        self.storage.registered.contains(&node)
    }

    /// Whether a node that joins takes no pods before the driver has come up on it. Until then the
    /// Cluster Autoscaler expects it as a node that is to come (its `--startup-taint`).
    pub(in crate::kubernetes::control) fn is_starting(&self, spec: &NodeSpec) -> bool {
        spec.taints.iter().any(|taint| self.is_taint_of_driver(&taint.key))
    }

    /// Whether the driver takes the taint of this key away by itself.
    pub(in crate::kubernetes::control) fn is_taint_of_driver(&self, key: &str) -> bool {
        self.storage.driver.as_ref().is_some_and(|driver| *driver.startup_taint == *key)
    }

    /// Volumes that are attached to a node, or on their way to or off it.
    pub fn volumes_on(&self, node: NodeId) -> usize {
        let there = |place: Place| match place {
            Place::Attaching(on) | Place::Attached(on, _) | Place::Detaching(on) => on == node,
            Place::Nowhere => false,
        };
        self.storage.volumes.iter().filter(|kept| there(kept.place)).count()
    }

    /// The machine of a node is lost: it will not say what is not in use on it.
    pub fn falls_silent_with_volumes(&mut self, node: NodeId, now: SimTime) {
        for kept in &mut self.storage.volumes {
            if matches!(kept.place, Place::Attached(on, _) if on == node) {
                kept.unmounted = kept.unmounted.filter(|at| *at <= now);
            }
        }
    }

    /// The machine of a node works again: nothing is mounted on it that no pod there uses.
    pub(in crate::kubernetes::control) fn speaks_of_volumes<S>(
        &mut self,
        node: NodeId,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        for kept in &mut self.storage.volumes {
            let is_there = matches!(kept.place, Place::Attached(on, _) if on == node);
            if is_there && kept.released.is_some() {
                kept.unmounted = Some(now);
            }
        }
        self.look_at_volumes_of(node, around);
    }

    /// Something else is known of a node: its volumes may have to be detached at another time.
    pub(in crate::kubernetes::control) fn look_at_volumes_of<S>(
        &mut self,
        node: NodeId,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let of_node = |place: Place| matches!(place, Place::Attached(on, _) if on == node);
        let all = (0..).map(super::VolumeId).zip(&self.storage.volumes);
        let there: Vec<_> = all.filter(|(_, it)| of_node(it.place)).map(|(id, _)| id).collect();
        for volume in there {
            self.reconcile(volume, around);
        }
    }

    /// A node is to be deleted: pods that would have got it look for another.
    pub(in crate::kubernetes::control) fn leaves_with_volumes<S>(
        &mut self,
        node: NodeId,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        self.begin_anew(node, around);
        self.storage.registered.remove(&node);
    }
}
