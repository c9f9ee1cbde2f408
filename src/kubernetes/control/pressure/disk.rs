//! The disk of a node as its kubelet sees it: one, for images and writable layers (no `imagefs` of
//! its own).
//!
//! The container engine is asked to tell when less is free than the highest threshold; see
//! `docker/writable.rs`. A container that has ended is removed at once here, so that of what a node
//! can spare only images are left.

use crate::docker::{ContainerEvent, EngineId, Engines};
use crate::engine::{Schedule, SimTime};
use crate::kubernetes::control::{Around, ControlEvent, ControlPlane};
use crate::kubernetes::kubelet::eviction::{Observation, Resource};
use crate::kubernetes::kubelet::eviction::{Signal, Threshold};
use crate::kubernetes::objects::NodeId;
use crate::units::Bytes;

impl ControlPlane {
    /// Has the engine of a node tell when its disk is short.
    pub(in crate::kubernetes::control) fn watch_disk<S>(
        &mut self,
        node: NodeId,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let Some(node) = self.objects.node(node) else { return };
        let engine = node.engine;
        let thresholds = self.pressures.settings.of(Some(node)).thresholds.iter();
        let of_disk = thresholds.filter(|it| it.signal.resource() == Resource::EphemeralStorage);
        let size = around.engines.disk_size(engine);
        let highest = of_disk.map(|threshold: &Threshold| threshold.value.of(size)).max();
        if let Some(below) = highest {
            around.engines.watch_disk(engine, below, &mut around.docker);
        }
    }

    /// Less is free on the disk of an engine than a threshold says.
    pub fn disk_is_short<S>(&mut self, engine: EngineId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let node = self.objects.nodes().find(|(_, node)| node.engine == engine);
        if let Some((node, _)) = node {
            self.node_is_short(node, around);
        }
    }

    /// A kubelet removes all images that no container uses.
    pub(super) fn remove_unused_images<S>(&mut self, node: NodeId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        if let Some(node) = self.objects.node(node) {
            around.engines.delete_unused_images(node.engine, &mut around.docker);
        }
    }
}

/// What is available on the disk of an engine.
pub(super) fn observations(engines: &Engines, engine: EngineId, now: SimTime) -> [Observation; 2] {
    let (available, capacity): (Bytes, Bytes) =
        (engines.disk_free(engine, now), engines.disk_size(engine));
    [Signal::NodeFsAvailable, Signal::ImageFsAvailable].map(|signal| Observation {
        signal,
        available,
        capacity,
    })
}
