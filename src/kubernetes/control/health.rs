//! Nodes that are not heard of: when that is noticed, and when their pods leave.
//!
//! The node lifecycle controller looks at all nodes every five seconds; here it looks only when
//! there is something to see. What it and the taint eviction controller decide is in
//! [`node_lifecycle`](crate::kubernetes::controllers::node_lifecycle) and
//! [`taint_eviction`](crate::kubernetes::controllers::taint_eviction). Nothing confirms that the
//! pods of a lost node have ended, so that they stay, told to go, until it is back or deleted.

use std::collections::{BTreeMap, BTreeSet};

use super::log::Entry;
use super::{Around, ContainerEvent, ControlEvent, ControlPlane, Notice};
use crate::engine::{Phase, Schedule, SimDuration, SimTime};
use crate::kubernetes::controllers::node_lifecycle::{
    Limits, Monitor, ZoneQueue, Zones, ZonesChange,
};
use crate::kubernetes::controllers::taint_eviction::{Eviction, Tolerated, arrange};
use crate::kubernetes::kubelet::heartbeat::Rhythm;
use crate::kubernetes::objects::{NodeId, PodId, Readiness};
use crate::kubernetes::scheduler::shape::{Effect, Taint};

/// The taint of a node that has not been heard of.
const UNREACHABLE: &str = "node.kubernetes.io/unreachable";

/// Why pods of such a node go.
const REASON: &str = "its node is unreachable (taint eviction)";

/// What the controllers know of nodes that are not well.
#[derive(Debug)]
pub(super) struct Health {
    monitor: Monitor,
    zones: Zones,
    queues: BTreeMap<u32, ZoneQueue>,
    ailing: BTreeMap<NodeId, Ailing>,
    /// Pods that are to go, by `uid`.
    evictions: BTreeMap<u32, Eviction>,
    /// When the controller looks.
    looks: BTreeSet<SimTime>,
}

/// A node that fell silent, or is lost for all that the controller knows.
#[derive(Clone, Copy, Debug, Default)]
struct Ailing {
    /// When it counts as lost, if it is silent.
    silent_until: Option<SimTime>,
    /// Since when it has been.
    lost: Option<SimTime>,
    /// Whether it was heard of again since.
    heard: bool,
    /// Whether its pods are to leave.
    tainted: bool,
}

impl Health {
    /// A controller that lets nodes be silent for so long.
    pub fn new(grace: SimDuration) -> Self {
        Self {
            monitor: Monitor { grace, ..Monitor::default() },
            zones: Zones::default(),
            queues: BTreeMap::new(),
            ailing: BTreeMap::new(),
            evictions: BTreeMap::new(),
            looks: BTreeSet::new(),
        }
    }

    /// A node is gone.
    pub fn forget(&mut self, node: NodeId) {
        self.ailing.remove(&node);
        for queue in self.queues.values_mut() {
            queue.remove(node.0);
        }
    }

    fn queue(&mut self, zone: u32) -> &mut ZoneQueue {
        let new = || ZoneQueue::new(Limits::default().interval);
        self.queues.entry(zone).or_insert_with(new)
    }
}

impl ControlPlane {
    /// A node renews its lease no more. It last did in the rhythm it has had since it joined.
    pub(super) fn node_falls_silent<S>(
        &mut self,
        node: NodeId,
        joined: SimTime,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let renewed = Rhythm::lease(joined).last(around.now()).unwrap_or(joined);
        let lost = self.health.monitor.unknown(renewed);
        self.health.ailing.entry(node).or_default().silent_until = Some(lost);
        self.look_at(lost, around);
    }

    /// A node renews its lease again.
    pub(super) fn node_speaks<S>(&mut self, node: NodeId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let Some(ailing) = self.health.ailing.get_mut(&node) else { return };
        if ailing.lost.is_none() {
            // nobody has missed it
            self.health.ailing.remove(&node);
        } else {
            (ailing.heard, ailing.silent_until) = (true, None);
            self.look_soon(around);
        }
    }

    /// The nodes of a zone are not as many as they were: what is done with those that are lost may
    /// be something else.
    pub(super) fn zones_changed<S>(&mut self, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        around.notices.push(Notice::NodesChanged);
        if !self.health.ailing.is_empty() {
            self.look_soon(around);
        }
    }

    fn look_soon<S>(&mut self, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        self.look_at(self.health.monitor.look(around.now()), around);
    }

    fn look_at<S>(&mut self, time: SimTime, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        if self.health.looks.insert(time) {
            around.at(time, Phase::Decide, ControlEvent::Look);
        }
    }

    /// One look at all nodes.
    pub(super) fn look<S>(&mut self, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        self.health.looks.retain(|&look| look > now);
        let ailing: Vec<NodeId> = self.health.ailing.keys().copied().collect();
        for node in ailing {
            self.look_at_node(node, around);
        }
        let counts = self.zone_counts();
        // zones are known from their first node on, at the usual pace
        counts.iter().for_each(|&(zone, ..)| _ = self.health.queue(zone));
        let change = self.health.zones.look(&counts);
        self.zones_go(change, around);
        let zones: Vec<u32> = self.health.queues.keys().copied().collect();
        for zone in zones {
            self.taint_next(zone, around);
        }
    }

    fn look_at_node<S>(&mut self, id: NodeId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let Some(&ailing) = self.health.ailing.get(&id) else { return };
        match ailing.lost {
            None if ailing.silent_until.is_some_and(|until| until <= now) => {
                self.node_lost(id, around);
            }
            None => {}
            Some(_) if ailing.heard => self.node_found(id, around),
            Some(since) if since < now && !ailing.tainted => {
                let zone = self.objects.node(id).map_or(0, |node| node.zone);
                self.health.queue(zone).add(id.0);
            }
            Some(_) => {}
        }
    }

    /// A node counts as lost: it gets no more pods, and those on it are not ready.
    fn node_lost<S>(&mut self, id: NodeId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        self.objects.set_readiness(id, Readiness::Unknown);
        around.notices.push(Notice::NodesChanged);
        let Some(pods) = self.objects.node(id).map(|node| node.pods.clone()) else { return };
        let lost = Ailing { lost: Some(now), ..Ailing::default() };
        self.health.ailing.insert(id, lost);
        self.log.add(now, Entry::NodeNotReady { node: id });
        self.taint(id, UNREACHABLE, Effect::NoSchedule, now);
        for pod in pods {
            self.set_ready(pod, false, around);
        }
        self.look_at_volumes_of(id, around);
        self.look_at(self.health.monitor.queued(now, false), around);
    }

    /// A lost node counts as working again.
    fn node_found<S>(&mut self, id: NodeId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        self.objects.set_readiness(id, Readiness::Ready);
        around.notices.push(Notice::NodesChanged);
        let Some(pods) = self.objects.node(id).map(|node| node.pods.clone()) else { return };
        self.log.add(now, Entry::NodeReady { node: id });
        self.keep_pods(id, now);
        self.untaint(id, UNREACHABLE, None, now);
        let silent_until = self.health.ailing.remove(&id).and_then(|ailing| ailing.silent_until);
        if silent_until.is_some() {
            // it has fallen silent once more
            self.health.ailing.insert(id, Ailing { silent_until, ..Ailing::default() });
        }
        for pod in pods {
            self.route_changed(pod, around);
        }
        self.touch_daemon_sets();
        self.schedule_soon(around);
    }

    /// The pods of a node do not have to leave it any more.
    fn keep_pods(&mut self, id: NodeId, now: SimTime) {
        let Some(node) = self.objects.node(id) else { return };
        for &pod in &node.pods {
            self.health.evictions.remove(&self.objects.pod(pod).uid);
        }
        self.health.queues.values_mut().for_each(|queue| {
            queue.remove(id.0);
        });
        if let Some(ailing) = self.health.ailing.get_mut(&id)
            && std::mem::take(&mut ailing.tainted)
        {
            self.untaint(id, UNREACHABLE, Some(Effect::NoExecute), now);
        }
    }

    /// Of each zone, how many nodes are well and how many are lost.
    fn zone_counts(&self) -> Vec<(u32, usize, usize)> {
        let mut counts = BTreeMap::<u32, (usize, usize)>::new();
        for (_, node) in self.objects.nodes() {
            let (ready, lost) = counts.entry(node.zone).or_default();
            match node.readiness {
                Readiness::Ready => *ready += 1,
                Readiness::Unknown => *lost += 1,
            }
        }
        counts.into_iter().map(|(zone, (ready, lost))| (zone, ready, lost)).collect()
    }

    /// Zones evict at another pace, or not at all.
    fn zones_go<S>(&mut self, change: ZonesChange, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let health = &mut self.health;
        let paces = match change {
            ZonesChange::Paces(paces) => paces,
            ZonesChange::AllLost => {
                health.queues.values_mut().for_each(|queue| queue.set_interval(None, now));
                let nodes: Vec<NodeId> = self.objects.nodes().map(|(id, _)| id).collect();
                for node in nodes {
                    self.keep_pods(node, now);
                }
                self.look_at(now.saturating_add(self.health.monitor.period), around);
                return;
            }
            ZonesChange::SomeBack(paces) => {
                let silent = health.monitor.unknown(now);
                for ailing in health.ailing.values_mut().filter(|one| one.lost.is_none()) {
                    ailing.silent_until = Some(silent);
                }
                self.look_at(silent, around);
                paces
            }
        };
        for (zone, pace) in paces {
            self.health.queue(zone).set_interval(pace, now);
        }
    }

    /// Taints the nodes of a zone whose turn it is.
    pub(super) fn taint_next<S>(&mut self, zone: u32, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        while let Some(node) = self.health.queue(zone).pop(now) {
            let node = NodeId(node);
            if let Some(ailing) = self.health.ailing.get_mut(&node) {
                ailing.tainted = true;
                self.taint(node, UNREACHABLE, Effect::NoExecute, now);
                self.evict_from(node, around);
            }
        }
        if let Some(next) = self.health.queue(zone).next_time(now) {
            around.at(next, Phase::Decide, ControlEvent::Taint(zone));
        }
    }

    fn evict_from<S>(&mut self, node: NodeId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let pods = self.objects.node(node).map_or(Vec::new(), |node| node.pods.clone());
        for pod in pods {
            let uid = self.objects.pod(pod).uid;
            let before = self.health.evictions.get(&uid).copied();
            let eviction = arrange(before, &[self.tolerated(pod)], around.now());
            let Some(eviction) = eviction.filter(|_| eviction != before) else { continue };
            self.health.evictions.insert(uid, eviction);
            let tag = self.objects.tag(pod);
            around.at(eviction.at, Phase::Decide, ControlEvent::Evict(tag));
        }
    }

    /// What a pod says to a node that is not heard of.
    fn tolerated(&self, pod: PodId) -> Tolerated {
        let (key, value) = (UNREACHABLE.into(), "".into());
        let taint = Taint { key, value, effect: Effect::NoExecute };
        let template = self.objects.template(self.objects.pod(pod).template);
        let mut tolerations = template.tolerations.iter();
        match tolerations.find(|(one, _)| one.tolerates(&taint)) {
            None => Tolerated::Not,
            Some((_, Some(span))) => Tolerated::For(*span),
            Some((_, None)) => Tolerated::Forever,
        }
    }

    /// A pod's patience with its node is over, unless that is well again.
    pub(super) fn evict<S>(&mut self, pod: PodId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let uid = self.objects.pod(pod).uid;
        let due = |eviction: &Eviction| eviction.at <= around.now();
        if self.health.evictions.get(&uid).is_some_and(due) {
            self.health.evictions.remove(&uid);
            self.delete_because(pod, REASON, around);
        }
    }
}
