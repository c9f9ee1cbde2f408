//! Nodes that run short of memory: the kubelet evicts, and the node takes no more pods.
//!
//! What the kubelet decides is in [`eviction`]. It looks every 10 s, here only
//! from when less is available than a threshold says, which its caller foresees
//! ([`memory_is_short`](ControlPlane::memory_is_short)), until it is quiet again. After an eviction
//! it waits for the pod to be gone, with a look every second, and looks at once then. The condition
//! is written with the node's status, every 10 s, and its taint follows at once
//! (`pkg/controller/nodelifecycle`, `doNoScheduleTaintingPass`). Kubernetes v1.36.

use std::collections::BTreeMap;

use super::log::Entry;
use super::{Around, ContainerEvent, ControlEvent, ControlPlane, Notice};
use crate::docker::ContainerId;
use crate::engine::{Phase as Moment, Schedule, SimDuration, SimTime};
use crate::kubernetes::kubelet::eviction::{
    self, CLEANUP, EvictionManager, EvictionSettings, INTERVAL, Observation, PodUsage, Signal,
    Threshold,
};
use crate::kubernetes::kubelet::heartbeat::{Rhythm, STATUS};
use crate::kubernetes::kubelet::oom;
use crate::kubernetes::kubelet::probe::first_tick;
use crate::kubernetes::objects::{Node, NodeId, Phase, PodId};
use crate::kubernetes::scheduler::shape::{Effect, Taint};
use crate::units::Bytes;

/// The taint of a node under pressure.
const TAINT: &str = "node.kubernetes.io/memory-pressure";

/// Between looks whether an evicted pod is gone (`podCleanupPollFreq`).
const POLL: SimDuration = SimDuration::from_secs(1);

/// What the kubelets know of their nodes' memory.
#[derive(Debug, Default)]
pub(super) struct Pressures {
    settings: EvictionSettings,
    /// Of the nodes where there was ever something to know.
    of: BTreeMap<NodeId, NodePressure>,
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
    /// The condition as others know it.
    condition: bool,
    /// When that is written next.
    written: Option<SimTime>,
}

impl Pressures {
    /// With these settings of all kubelets.
    pub fn new(settings: EvictionSettings) -> Self {
        Self { settings, of: BTreeMap::new() }
    }

    /// A node is gone, or its machine: whether others know it to be under pressure.
    pub fn forget(&mut self, node: NodeId) -> bool {
        self.of.remove(&node).is_some_and(|pressure| pressure.condition)
    }
}

impl ControlPlane {
    /// With these thresholds of eviction.
    pub fn with_eviction(mut self, settings: EvictionSettings) -> Self {
        self.pressures = Pressures::new(settings);
        self
    }

    /// What the pods of a node may use together before its kubelet evicts.
    pub fn eviction_begins(&self, node: NodeId) -> Option<Bytes> {
        let node = self.objects.node(node)?;
        let observations = observations(node, Bytes(0));
        let above = |threshold: &Threshold| {
            let of = observations.iter().find(|one| one.signal == threshold.signal)?;
            Some(Bytes(of.available.0.saturating_sub(threshold.value.of(of.capacity).0)))
        };
        self.pressures.settings.thresholds.iter().filter_map(above).min()
    }

    /// Less memory is available on a node than a threshold says: its kubelet will see that.
    pub fn memory_is_short<S>(&mut self, node: NodeId, around: &mut Around<'_, S>)
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
            condition: false,
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

    /// A kubelet looks at its node's memory.
    pub(super) fn look_at_memory<S>(&mut self, id: NodeId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let evicted = self.pressures.of.get(&id).and_then(|pressure| pressure.evicted);
        let awaited = evicted.is_some_and(|(pod, uid, since)| {
            self.is_still_there(pod, uid) && now.since(since) < CLEANUP
        });
        let Some(node) = self.objects.node(id).filter(|node| node.up) else { return };
        let requests = node.pods.iter().map(|&pod| (around.requests_memory)(pod).0);
        let used = requests.fold(around.engines.memory(node.engine, now).0, u64::saturating_add);
        let observations = observations(node, Bytes(used));
        let machine = node.machine;
        let Pressures { settings, of } = &mut self.pressures;
        let Some(pressure) = of.get_mut(&id).filter(|it| it.next == Some(now)) else { return };
        if awaited {
            pressure.next = Some(now.saturating_add(POLL));
            around.at(now.saturating_add(POLL), Moment::Decide, ControlEvent::Pressure(id));
            return;
        }
        (pressure.looked, pressure.evicted) = (now, None);
        let met = pressure.manager.observe(settings, &observations, now);
        let quiet = pressure.manager.is_quiet(settings, &observations);
        let victim = met
            .and_then(|threshold| Some((threshold, eviction::choose(&self.usages(id, around))?)));
        let Some(pressure) = self.pressures.of.get_mut(&id) else { return };
        pressure.next = if victim.is_some() {
            Some(now.saturating_add(POLL))
        } else if quiet {
            around.notices.push(Notice::MemoryRelieved { machine });
            None
        } else {
            Some(now.saturating_add(INTERVAL))
        };
        if let Some(next) = pressure.next {
            around.at(next, Moment::Decide, ControlEvent::Pressure(id));
        }
        if let Some((threshold, usage)) = victim {
            self.evict_for_memory(id, threshold, usage, &observations, around);
        }
        self.condition_later(id, around);
    }

    /// Whether anything of an evicted pod still runs.
    fn is_still_there(&self, pod: PodId, uid: u32) -> bool {
        let known = self.objects.get_pod(pod).filter(|known| known.uid == uid);
        known.is_some_and(|known| !known.is_over())
    }

    /// What the pods of a node use and asked for.
    fn usages<S>(&self, node: NodeId, around: &Around<'_, S>) -> Vec<PodUsage>
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let pods = self.objects.node(node).map_or(&[][..], |node| &node.pods);
        let usage = |&id: &PodId| {
            let pod = self.objects.pod(id);
            let containers = self.containers_of(id);
            let own = containers.map(|it| around.engines.own_memory(it, around.now()).0);
            let used = own.fold((around.requests_memory)(id).0, u64::saturating_add);
            let shape = self.cluster.shape_of(pod.scheduled?);
            Some(PodUsage {
                pod: id.0,
                usage: Bytes(used),
                request: Bytes(u64::try_from(shape.requests.memory).unwrap_or(0)),
                priority: self.objects.template(pod.template).pod.priority,
            })
        };
        pods.iter().filter_map(usage).collect()
    }

    fn evict_for_memory<S>(
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
        let grace = eviction::grace(&self.pressures.settings, &threshold, template.grace);
        let available = observations.iter().find(|one| one.signal == threshold.signal);
        let available = available.map_or(Bytes(0), |one| one.available);
        let message = format!(
            "The node was low on resource: memory. Threshold quantity: {}, available: {}. The pod \
             was using {}, request is {}.",
            threshold.value.of(available),
            kibibytes(available),
            kibibytes(usage.usage),
            usage.request,
        );
        let message = self.log.text(&message);
        self.log.add(around.now(), Entry::Evicted { pod: uid, message });
        if let Some(pressure) = self.pressures.of.get_mut(&node) {
            pressure.evicted = Some((pod, uid, around.now()));
        }
        around.notices.push(Notice::Evicted(pod));
        self.evict_pod(pod, grace, around);
    }

    /// Has the condition of a node written with its next status, if it is another.
    fn condition_later<S>(&mut self, id: NodeId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let Some(first) = self.objects.node(id).map(|node| node.joined) else { return };
        let Some(pressure) = self.pressures.of.get_mut(&id) else { return };
        if pressure.manager.pressure().memory == pressure.condition || pressure.written.is_some() {
            return;
        }
        let status = Rhythm { first, period: STATUS }.next(now);
        pressure.written = Some(status);
        around.at(status, Moment::Decide, ControlEvent::Condition(id));
    }

    /// The status of a node is written: others learn of its condition.
    pub(super) fn write_condition<S>(&mut self, id: NodeId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let Some(pressure) = self.pressures.of.get_mut(&id) else { return };
        if pressure.written.take().is_none_or(|written| written > now) {
            return;
        }
        let is = pressure.manager.pressure().memory;
        if std::mem::replace(&mut pressure.condition, is) == is {
            return;
        }
        self.log.add(now, Entry::MemoryPressure { node: id, is });
        match is {
            true => self.taint(id, TAINT, Effect::NoSchedule, now),
            false => self.untaint(id, TAINT, None, now),
        }
        self.touch_daemon_sets();
        self.schedule_soon(around);
    }

    /// A node begins anew, without what its kubelet knew of its memory.
    pub(super) fn forget_pressure(&mut self, id: NodeId, now: SimTime) {
        if self.pressures.forget(id) {
            self.log.add(now, Entry::MemoryPressure { node: id, is: false });
            self.untaint(id, TAINT, None, now);
        }
    }

    /// Whether the kubelet of a node takes a new pod on.
    pub(super) fn node_admits(&self, node: NodeId, pod: PodId) -> bool {
        let Some(pressure) = self.pressures.of.get(&node) else { return true };
        let template = self.objects.template(self.objects.pod(pod).template);
        let (key, value) = (TAINT.into(), "".into());
        let taint = Taint { key, value, effect: Effect::NoSchedule };
        let tolerates = template.tolerations.iter().any(|(one, _)| one.tolerates(&taint));
        let critical = eviction::is_critical(template.pod.priority);
        pressure.manager.pressure().admits(template.pod.quality, critical, tolerates)
    }

    /// A kubelet does not take a pod on, which fails by that.
    pub(super) fn reject<S>(&mut self, pod: PodId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let uid = self.objects.pod(pod).uid;
        let message = self.log.text("The node had condition: [MemoryPressure].");
        self.log.add(around.now(), Entry::Evicted { pod: uid, message });
        around.notices.push(Notice::Evicted(pod));
        self.pod_completed(pod, Phase::Failed, around);
    }

    /// The `oom_score_adj` of a container, on a node of so much memory.
    pub fn oom_score_adj(&self, pod: PodId, container: u32, capacity: Bytes) -> i64 {
        let template = self.objects.get_pod(pod).map(|pod| self.objects.template(pod.template));
        let template = template.map(|template| &template.pod);
        let found = template.and_then(|it| Some((it, it.all().nth(container as usize)?)));
        found.map_or(0, |(pod, container)| oom::oom_score_adj(pod, container, capacity))
    }

    /// The kernel of a node kills a container of a pod because the node has no memory left.
    pub fn system_oom(&mut self, node: NodeId, pod: PodId, container: u32, now: SimTime) {
        if let Some(known) = self.objects.get_pod(pod) {
            let uid = known.uid;
            self.log.add(now, Entry::SystemOom { node, pod: uid, container });
        }
    }

    /// What engines call the containers of a pod.
    fn containers_of(&self, pod: PodId) -> impl Iterator<Item = ContainerId> {
        let template = self.objects.template(self.objects.pod(pod).template);
        let all = 0..template.pod.all().count() as u32;
        all.filter_map(move |container| self.container(pod, container))
    }
}

/// What is available on a node whose pods use so much. What is reserved for its system is what that
/// uses, so that both signals of memory say the same.
fn observations(node: &Node, used: Bytes) -> [Observation; 2] {
    let available = Bytes(node.memory.pods.0.saturating_sub(used.0));
    let of = |signal, capacity| Observation { signal, available, capacity };
    [
        of(Signal::MemoryAvailable, node.memory.all),
        of(Signal::AllocatableMemoryAvailable, node.memory.pods),
    ]
}

/// An amount as the kubelet writes it.
fn kibibytes(bytes: Bytes) -> String {
    format!("{}Ki", bytes.0 / 1024)
}
