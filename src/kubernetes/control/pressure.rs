//! Nodes that run short of memory or disk: the kubelet evicts, and the node takes no more pods.
//!
//! What the kubelet decides is in [`eviction`]. It looks every 10 s, here only
//! from when less is available than a threshold says, which is foreseen: of memory by its caller
//! ([`node_is_short`](ControlPlane::node_is_short)), of the disk by the container engine; until it
//! is quiet again. If the disk is short it first removes what images nobody uses. After an eviction
//! it waits for the pod to be gone, with a look every second, and looks at once then. The
//! conditions are written with the node's status, every 10 s, and their taints follow at once
//! (`pkg/controller/nodelifecycle`, `doNoScheduleTaintingPass`). Kubernetes v1.36.

mod condition;
mod disk;
mod memory;

use std::collections::BTreeMap;

use super::log::Entry;
use super::{Around, ContainerEvent, ControlEvent, ControlPlane, Notice};
use crate::docker::ContainerId;
use crate::engine::{Phase as Moment, Schedule, SimDuration, SimTime};
use crate::kubernetes::kubelet::eviction::{
    self, CLEANUP, EvictionManager, EvictionSettings, INTERVAL, Observation, PodUsage, Pressure,
    Resource, Threshold,
};
use crate::kubernetes::kubelet::probe::first_tick;
use crate::kubernetes::objects::{Node, NodeId, PodId};
use crate::units::Bytes;

/// Between looks whether an evicted pod is gone (`podCleanupPollFreq`).
const POLL: SimDuration = SimDuration::from_secs(1);

/// What the kubelets know of their nodes' memory and disks.
#[derive(Debug, Default)]
pub(super) struct Pressures {
    settings: Settings,
    /// Of the nodes where there was ever something to know.
    of: BTreeMap<NodeId, NodePressure>,
}

/// How kubelets are configured.
#[derive(Debug, Default)]
struct Settings {
    linux: EvictionSettings,
    windows: EvictionSettings,
}

impl Settings {
    /// Those of the kubelet of a node.
    fn of(&self, node: Option<&Node>) -> &EvictionSettings {
        if node.is_some_and(|node| node.memory.is_paged) { &self.windows } else { &self.linux }
    }
}

#[derive(Debug)]
struct NodePressure {
    manager: EvictionManager,
    /// When its kubelet last looked, or began to.
    looked: SimTime,
    /// When it looks next.
    next: Option<SimTime>,
    /// The pod it waits for, by its `uid`, and since when.
    evicted: Option<(PodId, u32, SimTime)>,
    /// The conditions as others know them.
    conditions: Pressure,
    /// When those are written next.
    written: Option<SimTime>,
}

impl Pressures {
    /// With these settings of all kubelets.
    pub fn new(linux: EvictionSettings, windows: EvictionSettings) -> Self {
        Self { settings: Settings { linux, windows }, of: BTreeMap::new() }
    }

    /// A node is gone, or its machine: what others know it to be under.
    pub fn forget(&mut self, node: NodeId) -> Pressure {
        self.of.remove(&node).map_or(Pressure::default(), |pressure| pressure.conditions)
    }
}

impl ControlPlane {
    /// With these thresholds of eviction, on Linux and on Windows.
    pub fn with_eviction(mut self, linux: EvictionSettings, windows: EvictionSettings) -> Self {
        self.pressures = Pressures::new(linux, windows);
        self
    }

    /// Less is available on a node than a threshold says: its kubelet will see that.
    pub fn node_is_short<S>(&mut self, node: NodeId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let Some(known) = self.objects.node(node).filter(|node| node.up) else { return };
        let pressure = self.pressures.of.entry(node).or_insert_with(|| NodePressure {
            manager: EvictionManager::default(),
            looked: known.joined,
            next: None,
            evicted: None,
            conditions: Pressure::default(),
            written: None,
        });
        if pressure.next.is_none() {
            // never twice in one instant
            let earliest = now.max(pressure.looked.saturating_add(SimDuration::from_nanos(1)));
            let next = first_tick(pressure.looked, INTERVAL, earliest);
            pressure.next = Some(next);
            around.at(next, Moment::Decide, ControlEvent::Pressure(node));
        }
    }

    /// A kubelet looks at its node's memory and disk.
    pub(super) fn look_at_pressure<S>(&mut self, id: NodeId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let Some(machine) = self.objects.node(id).filter(|node| node.up).map(|it| it.machine)
        else {
            return;
        };
        let pressure = self.pressures.of.get(&id).filter(|it| it.next == Some(now));
        let Some(evicted) = pressure.map(|it| it.evicted) else { return };
        let awaited = evicted.is_some_and(|(pod, uid, since)| {
            self.is_still_there(pod, uid) && now.since(since) < CLEANUP
        });
        if awaited {
            return self.look_again(id, Some(POLL), around);
        }
        let (met, observations) = self.observe(id, around);
        let Pressures { settings, of } = &self.pressures;
        let settings = settings.of(self.objects.node(id));
        let quiet = of.get(&id).is_none_or(|it| it.manager.is_quiet(settings, &observations));
        let victim = met.and_then(|threshold| {
            let usages = self.usages(id, threshold.signal.resource(), around);
            Some((threshold, eviction::choose(&usages)?))
        });
        if let Some((threshold, usage)) = victim {
            self.look_again(id, Some(POLL), around);
            self.evict_for_want(id, threshold, usage, &observations, around);
        } else if quiet {
            self.look_again(id, None, around);
            self.watch_disk(id, around);
            around.notices.push(Notice::PressureRelieved { machine });
        } else {
            self.look_again(id, Some(INTERVAL), around);
        }
        self.condition_later(id, around);
    }

    /// When the kubelet of a node looks next, if it is to do that by itself.
    fn look_again<S>(&mut self, id: NodeId, wait: Option<SimDuration>, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let next = wait.map(|wait| around.now().saturating_add(wait));
        if let Some(pressure) = self.pressures.of.get_mut(&id) {
            pressure.next = next;
        }
        if let Some(next) = next {
            around.at(next, Moment::Decide, ControlEvent::Pressure(id));
        }
    }

    /// What a kubelet sees, and the threshold for which it is to evict a pod: none if what it can
    /// spare without that is enough (`reclaimNodeLevelResources`).
    fn observe<S>(
        &mut self,
        id: NodeId,
        around: &mut Around<'_, S>,
    ) -> (Option<Threshold>, Vec<Observation>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let seen = self.observations(id, around);
        let Pressures { settings, of } = &mut self.pressures;
        let settings = settings.of(self.objects.node(id));
        let Some(pressure) = of.get_mut(&id) else { return (None, seen) };
        (pressure.looked, pressure.evicted) = (now, None);
        let met = pressure.manager.observe(settings, &seen, now);
        if met.is_none_or(|it| it.signal.resource() == Resource::Memory) {
            return (met, seen);
        }
        self.remove_unused_images(id, around);
        let seen = self.observations(id, around);
        let Pressures { settings, of } = &self.pressures;
        let settings = settings.of(self.objects.node(id));
        let relieved = of.get(&id).is_none_or(|it| it.manager.is_relieved(settings, &seen));
        (met.filter(|_| !relieved), seen)
    }

    /// What is available on a node.
    fn observations<S>(&self, id: NodeId, around: &Around<'_, S>) -> Vec<Observation>
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let Some(node) = self.objects.node(id) else { return Vec::new() };
        let requests = node.pods.iter().map(|&pod| (around.requests_memory)(pod).0);
        let used = around.engines.memory(node.engine, around.now()).0;
        let used = requests.fold(used, u64::saturating_add);
        let disk = disk::observations(around.engines, node.engine, around.now());
        memory::observations(node, Bytes(used)).into_iter().chain(disk).collect()
    }

    /// Whether anything of an evicted pod still runs.
    fn is_still_there(&self, pod: PodId, uid: u32) -> bool {
        let known = self.objects.get_pod(pod).filter(|known| known.uid == uid);
        known.is_some_and(|known| !known.is_over())
    }

    /// What the pods of a node use of a resource and asked for.
    fn usages<S>(&self, node: NodeId, of: Resource, around: &Around<'_, S>) -> Vec<PodUsage>
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let pods = self.objects.node(node).map_or(&[][..], |node| &node.pods);
        let now = around.now();
        let usage = |&id: &PodId| {
            let pod = self.objects.pod(id);
            let requests = &self.cluster.shape_of(pod.scheduled?).requests;
            let containers = self.containers_of(id);
            let (used, request) = match of {
                Resource::Memory => {
                    let own = containers.map(|it| around.engines.own_memory(it, now).0);
                    let of_requests = (around.requests_memory)(id).0;
                    (own.fold(of_requests, u64::saturating_add), requests.memory)
                }
                Resource::EphemeralStorage => {
                    let written = containers.map(|it| around.engines.written_by(it, now).0);
                    (written.sum(), requests.ephemeral_storage)
                }
            };
            Some(PodUsage {
                pod: id.0,
                usage: Bytes(used),
                request: Bytes(u64::try_from(request).unwrap_or(0)),
                priority: self.objects.template(pod.template).pod.priority,
            })
        };
        pods.iter().filter_map(usage).collect()
    }

    fn evict_for_want<S>(
        &mut self,
        node: NodeId,
        threshold: Threshold,
        usage: PodUsage,
        observations: &[Observation],
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let pod = PodId(usage.pod);
        let known = self.objects.pod(pod);
        let (uid, template) = (known.uid, &self.objects.template(known.template).pod);
        let grace = eviction::grace(
            self.pressures.settings.of(self.objects.node(node)),
            &threshold,
            template.grace,
        );
        let seen = observations.iter().find(|one| one.signal == threshold.signal);
        let (available, capacity) =
            seen.map_or((Bytes(0), Bytes(0)), |one| (one.available, one.capacity));
        let resource = threshold.signal.resource();
        let message = format!(
            "The node was low on resource: {}. Threshold quantity: {}, available: {}. The pod \
             was using {}, request is {}.",
            resource.name(),
            quantity(threshold.value.of(capacity)),
            kibibytes(available),
            kibibytes(usage.usage),
            quantity(usage.request),
        );
        let message = self.log.text(&message);
        self.log.add(around.now(), Entry::Evicted { pod: uid, message });
        if let Some(pressure) = self.pressures.of.get_mut(&node) {
            pressure.evicted = Some((pod, uid, around.now()));
        }
        around.notices.push(Notice::Evicted { pod, resource });
        self.evict_pod(pod, grace, around);
    }

    /// What engines call the containers of a pod.
    fn containers_of(&self, pod: PodId) -> impl Iterator<Item = ContainerId> {
        let template = self.objects.template(self.objects.pod(pod).template);
        let all = 0..template.pod.all().count() as u32;
        all.filter_map(move |container| self.container(pod, container))
    }
}

/// An amount as the kubelet writes it where it was measured.
fn kibibytes(bytes: Bytes) -> String {
    format!("{}Ki", bytes.0 / 1024)
}

/// An amount as the kubelet writes it: with the largest binary suffix that leaves an integer
/// (`resource.Quantity`, `BinarySI`).
fn quantity(bytes: Bytes) -> String {
    let (mut number, mut suffix) = (bytes.0, "");
    for larger in ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"] {
        if number == 0 || !number.is_multiple_of(1024) {
            break;
        }
        (number, suffix) = (number / 1024, larger);
    }
    format!("{number}{suffix}")
}
