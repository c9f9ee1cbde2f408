//! Conditions of nodes under pressure: when others learn of them, and what pods come to them.

use crate::docker::ContainerEvent;
use crate::engine::{Phase as Moment, Schedule, SimTime};
use crate::kubernetes::control::log::Entry;
use crate::kubernetes::control::{Around, ControlEvent, ControlPlane, Notice};
use crate::kubernetes::kubelet::eviction::{self, Pressure, Resource};
use crate::kubernetes::kubelet::heartbeat::{Rhythm, STATUS};
use crate::kubernetes::objects::{NodeId, Phase, PodId};
use crate::kubernetes::scheduler::shape::{Effect, Taint};

/// The taint of a node that is short of memory.
const MEMORY: &str = "node.kubernetes.io/memory-pressure";

/// The taint of a node that is short of disk.
const DISK: &str = "node.kubernetes.io/disk-pressure";

impl ControlPlane {
    /// Has the conditions of a node written with its next status, if they are others.
    pub(super) fn condition_later<S>(&mut self, id: NodeId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let Some(first) = self.objects.node(id).map(|node| node.joined) else { return };
        let Some(pressure) = self.pressures.of.get_mut(&id) else { return };
        if pressure.manager.pressure() == pressure.conditions || pressure.written.is_some() {
            return;
        }
        let status = Rhythm { first, period: STATUS }.next(now);
        pressure.written = Some(status);
        around.at(status, Moment::Decide, ControlEvent::Condition(id));
    }

    /// The status of a node is written: others learn of its conditions.
    pub(in crate::kubernetes::control) fn write_condition<S>(
        &mut self,
        id: NodeId,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let Some(pressure) = self.pressures.of.get_mut(&id) else { return };
        if pressure.written.take().is_none_or(|written| written > now) {
            return;
        }
        let is = pressure.manager.pressure();
        let was = std::mem::replace(&mut pressure.conditions, is);
        if was != is {
            self.conditions_are(id, was, is, now);
            self.touch_daemon_sets();
            self.schedule_soon(around);
        }
    }

    /// Tells what others know of a node from now on, and sets its taints by it.
    fn conditions_are(&mut self, node: NodeId, was: Pressure, is: Pressure, now: SimTime) {
        let memory = (was.memory, is.memory, MEMORY);
        let disk = (was.disk, is.disk, DISK);
        for (was, is, taint) in [memory, disk] {
            if was == is {
                continue;
            }
            self.log.add(
                now,
                match taint {
                    MEMORY => Entry::MemoryPressure { node, is },
                    _ => Entry::DiskPressure { node, is },
                },
            );
            match is {
                true => self.taint(node, taint, Effect::NoSchedule, now),
                false => self.untaint(node, taint, None, now),
            }
        }
    }

    /// A node begins anew, without what its kubelet knew of its memory and disk.
    pub(in crate::kubernetes::control) fn forget_pressure(&mut self, id: NodeId, now: SimTime) {
        let was = self.pressures.forget(id);
        self.conditions_are(id, was, Pressure::default(), now);
    }

    /// Whether the kubelet of a node takes a new pod on.
    pub(in crate::kubernetes::control) fn node_admits(&self, node: NodeId, pod: PodId) -> bool {
        let Some(pressure) = self.pressures.of.get(&node) else { return true };
        let template = self.objects.template(self.objects.pod(pod).template);
        let (key, value) = (MEMORY.into(), "".into());
        let taint = Taint { key, value, effect: Effect::NoSchedule };
        let tolerates = template.tolerations.iter().any(|(one, _)| one.tolerates(&taint));
        let critical = eviction::is_critical(template.pod.priority);
        pressure.manager.pressure().admits(template.pod.quality, critical, tolerates)
    }

    /// The kubelet of a node does not take a pod on, which fails by that.
    pub(in crate::kubernetes::control) fn reject<S>(
        &mut self,
        pod: PodId,
        node: NodeId,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let uid = self.objects.pod(pod).uid;
        let pressure = self.pressures.of.get(&node).map(|it| it.manager.pressure());
        let (conditions, resource) = match pressure {
            Some(Pressure { memory: true, disk: true }) => {
                ("MemoryPressure DiskPressure", Resource::EphemeralStorage)
            }
            Some(Pressure { disk: true, .. }) => ("DiskPressure", Resource::EphemeralStorage),
            _ => ("MemoryPressure", Resource::Memory),
        };
        let message = self.log.text(&format!("The node had condition: [{conditions}]."));
        self.log.add(around.now(), Entry::Evicted { pod: uid, message });
        around.notices.push(Notice::Evicted { pod, resource });
        self.pod_completed(pod, Phase::Failed, around);
    }
}
