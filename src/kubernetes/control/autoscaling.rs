//! The Cluster Autoscaler acts: nodes that pods wait for are asked for, and those that are not
//! needed are emptied and given back.
//!
//! The [`ClusterAutoscaler`] decides at every scan; here it is shown the cluster, and what it
//! decided is done or told to whoever has machines ([`Notice::NodesWanted`],
//! [`Notice::MachineGivenUp`], [`Notice::NodeUnneeded`]). `removal` empties nodes, `view` is what
//! is shown.
//!
//! A scan of which nothing can come is left out: nothing has changed since the last one, no pod
//! waits, no node is on its way in or out, and no node has been unneeded for long enough.

mod removal;
mod view;

use std::collections::{BTreeMap, BTreeSet};

use super::log::{Entry, TextId};
use super::workloads::comes_with;
use super::{Around, ContainerEvent, ControlEvent, ControlPlane, Notice};
use crate::engine::{Phase, Schedule, SimDuration, SimTime};
use crate::kubernetes::autoscale::cluster_autoscaler::{
    ClusterAutoscaler, Decisions, GroupId, NodeGroup, PendingPod, PodFacts, Refused, ScaleUp, Shown,
};
use crate::kubernetes::objects::{NodeId, Objects, Readiness, TemplateId, WorkloadKind};
use crate::kubernetes::scheduler::cluster::Moment;
use crate::kubernetes::scheduler::node::NodeSpec;
use crate::kubernetes::scheduler::shape::ShapeId;
use removal::Removal;

/// The Cluster Autoscaler of a cluster, and what it has set in motion.
#[derive(Debug)]
pub(super) struct NodeScaling {
    autoscaler: ClusterAutoscaler,
    /// By pool.
    groups: Vec<NodeGroup>,
    /// Machines that were asked for and are not nodes yet.
    coming: BTreeMap<u32, Coming>,
    /// Nodes on their way out.
    removals: BTreeMap<NodeId, Removal>,
    /// Pools of which no node is taken away.
    held: BTreeSet<u32>,
    /// Most time that a pod gets to end.
    max_grace: SimDuration,
    /// By template: what of its pods is always so.
    facts: Vec<PodFacts>,
    /// When it last looked, and at what.
    last: Option<(SimTime, Moment)>,
    /// What was last said of pods that no group can help, by `uid`.
    told: BTreeMap<u32, TextId>,
    counts: ScalingCounts,
}

#[derive(Clone, Copy, Debug)]
struct Coming {
    pool: u32,
    since: SimTime,
}

/// What the Cluster Autoscaler has decided so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScalingCounts {
    /// Decisions for more nodes.
    pub scale_ups: u64,
    /// Nodes that were asked for.
    pub nodes_added: u64,
    /// Nodes that were removed.
    pub nodes_removed: u64,
    /// Nodes that were asked for and did not come in time.
    pub nodes_given_up: u64,
    /// Nodes that could not be emptied.
    pub removals_failed: u64,
}

impl NodeScaling {
    /// The pools of which it takes no node away.
    pub fn held_mut(&mut self) -> &mut BTreeSet<u32> {
        &mut self.held
    }

    /// A pool as it sees it.
    pub fn group_mut(&mut self, pool: u32) -> &mut NodeGroup {
        &mut self.groups[pool as usize]
    }

    /// Whether a scan could bring about anything, or find out that it will.
    fn is_due(&self, plane: &ControlPlane, now: SimTime) -> bool {
        let Some((last, moment)) = self.last else { return true };
        let settings = &self.autoscaler.settings().scale_down;
        let planner = self.autoscaler.planner();
        let quiet = plane.cluster.changes().now() == moment
            && plane.unplaced.is_empty()
            && self.coming.is_empty()
            && self.removals.is_empty()
            && plane.objects.nodes().all(|(_, node)| node.readiness == Readiness::Ready);
        // what held a node may have changed by time alone, which is looked at as often as the
        // autoscaler itself does
        let recheck = last.saturating_add(settings.recheck_timeout) <= now;
        let ripe = planner.unneeded().values().map(|node| node.since).min();
        let ripe = ripe.is_some_and(|since| since.saturating_add(settings.unneeded_time) < now);
        !quiet || recheck || ripe
    }

    /// Tells groups which machines are on their way.
    fn count_coming(&mut self) {
        for group in &mut self.groups {
            group.unregistered.clear();
        }
        for coming in self.coming.values() {
            self.groups[coming.pool as usize].unregistered.push(coming.since);
        }
    }

    /// Learns of templates that came since the last scan.
    fn learn(&mut self, objects: &Objects) {
        for number in self.facts.len() as u32..objects.template_count() {
            let source = &objects.template(TemplateId(number)).source;
            self.facts.push(PodFacts::read(source, |_, _| true));
        }
    }
}

impl ControlPlane {
    /// Has a Cluster Autoscaler look after the nodes, whose pools these are, from now on. A pod
    /// gets at most so long to end when its node is removed.
    pub fn autoscale<S>(
        &mut self,
        autoscaler: ClusterAutoscaler,
        pools: Vec<NodeGroup>,
        max_grace: SimDuration,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let next = around.now().saturating_add(autoscaler.settings().scan_interval);
        around.at(next, Phase::Decide, ControlEvent::Scan);
        self.scaling = Some(Box::new(NodeScaling {
            autoscaler,
            groups: pools,
            coming: BTreeMap::new(),
            removals: BTreeMap::new(),
            held: BTreeSet::new(),
            max_grace,
            facts: Vec::new(),
            last: None,
            told: BTreeMap::new(),
            counts: ScalingCounts::default(),
        }));
    }

    /// How many nodes there are to be, where something decides that: beside those that were there
    /// at the start, where Karpenter does.
    pub fn nodes_wanted(&self, at_start: u32) -> Option<u32> {
        if let Some(claims) = self.claims_wanted() {
            return Some(at_start + claims);
        }
        let scaling = self.scaling.as_ref()?;
        Some(scaling.groups.iter().map(|group| group.target).sum())
    }

    /// What the Cluster Autoscaler has decided so far, if there is one.
    pub fn scaling_counts(&self) -> Option<ScalingCounts> {
        self.scaling.as_ref().map(|scaling| scaling.counts)
    }

    /// A machine of a pool was asked for, and will become a node.
    pub fn machine_asked(&mut self, machine: u32, pool: u32, now: SimTime) {
        if let Some(scaling) = &mut self.scaling {
            scaling.coming.insert(machine, Coming { pool, since: now });
        }
    }

    /// A machine has become a node.
    pub(super) fn machine_came(&mut self, machine: u32) {
        if let Some(scaling) = &mut self.scaling {
            scaling.coming.remove(&machine);
        }
    }

    /// So many nodes of a pool cannot be had.
    pub fn machines_refused(&mut self, pool: u32, nodes: u32, now: SimTime) {
        if let Some(scaling) = &mut self.scaling {
            let group = &mut scaling.groups[pool as usize];
            group.target = group.target.saturating_sub(nodes);
            scaling.autoscaler.scale_up_failed(GroupId(pool), nodes, now);
        }
    }

    /// The Cluster Autoscaler looks at the cluster.
    pub(super) fn scan<S>(&mut self, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let Some(mut scaling) = self.scaling.take() else { return };
        let next = now.saturating_add(scaling.autoscaler.settings().scan_interval);
        around.at(next, Phase::Decide, ControlEvent::Scan);
        if !scaling.is_due(self, now) {
            self.scaling = Some(scaling);
            return;
        }
        let decisions = self.decide(&mut scaling, now);
        self.scaling = Some(scaling);
        self.give_up(&decisions.give_up, around);
        self.add_nodes(&decisions.scale_up, around);
        self.tell_refused(&decisions.scale_up.refused, now);
        for deletion in &decisions.delete {
            self.begin_removal(deletion, around);
        }
        if let Some(scaling) = &mut self.scaling {
            scaling.last = Some((now, self.cluster.changes().now()));
        }
    }

    fn decide(&mut self, scaling: &mut NodeScaling, now: SimTime) -> Decisions {
        self.refresh_budgets(now);
        scaling.count_coming();
        scaling.learn(&self.objects);
        for place in 0..scaling.groups.len() {
            let pods = self.daemons_of(&scaling.groups[place].template.node);
            scaling.groups[place].template.pods = pods;
        }
        let pending = self.pending();
        let NodeScaling { autoscaler, groups, removals, held, facts, .. } = scaling;
        let view = view::Known {
            objects: &self.objects,
            of_scheduled: &self.of_scheduled,
            facts,
            removals,
            held,
        };
        let shown =
            Shown { profile: self.scheduler.profile(), groups, view: &view, pending: &pending };
        autoscaler.scan(now, &mut self.cluster, &shown)
    }

    /// The pods that the scheduler found no node for, in the order in which they came.
    fn pending(&self) -> Vec<PendingPod> {
        let waiting = self.unplaced.keys().map(|&pod| self.objects.pod(pod));
        let mut waiting: Vec<_> = waiting.filter(|pod| pod.deleted.is_none()).collect();
        waiting.sort_by_key(|pod| pod.uid);
        let scheduled = waiting.iter().filter_map(|pod| pod.scheduled);
        let nominations = self.scheduler.nominations();
        scheduled.map(|pod| PendingPod { pod, nominated: nominations.node(pod) }).collect()
    }

    /// What comes with a new node: pods of all daemon sets that are meant for it.
    fn daemons_of(&self, spec: &NodeSpec) -> Vec<ShapeId> {
        let mut shapes = self.all_daemons();
        shapes.retain(|&shape| comes_with(self.cluster.shape(shape), spec));
        shapes
    }

    /// The pods of all daemon sets, one of each.
    pub(super) fn all_daemons(&self) -> Vec<ShapeId> {
        let sets = self.objects.workloads().filter_map(|(_, one)| match &one.kind {
            WorkloadKind::DaemonSet(set) => Some(TemplateId(set.spec.template)),
            _ => None,
        });
        sets.map(|template| self.objects.template(template).shape).collect()
    }

    fn give_up<S>(&mut self, lost: &[(GroupId, u32)], around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let Some(scaling) = &mut self.scaling else { return };
        for &(group, nodes) in lost {
            let here = scaling.coming.iter().filter(|(_, coming)| coming.pool == group.0);
            let mut oldest: Vec<(SimTime, u32)> =
                here.map(|(&machine, coming)| (coming.since, machine)).collect();
            oldest.sort_unstable();
            for (_, machine) in oldest.into_iter().take(nodes as usize) {
                scaling.coming.remove(&machine);
                scaling.groups[group.index()].target -= 1;
                scaling.counts.nodes_given_up += 1;
                around.notices.push(Notice::MachineGivenUp { machine });
            }
        }
    }

    /// Says of pods that no group can help why not, once.
    fn tell_refused(&mut self, refused: &[Refused], now: SimTime) {
        let Some(scaling) = &mut self.scaling else { return };
        let before = std::mem::take(&mut scaling.told);
        for Refused { pods, why } in refused {
            let mut counts = BTreeMap::<String, usize>::new();
            why.iter().for_each(|one| *counts.entry(one.to_string()).or_default() += 1);
            let each: Vec<_> =
                counts.iter().map(|(why, groups)| format!("{groups} {why}")).collect();
            let text = format!("Cluster Autoscaler: no group can grow for it: {}", each.join(", "));
            let message = self.log.text(&text);
            for &pod in pods {
                let pod = self.objects.pod(self.of_scheduled[pod.0 as usize]).uid;
                scaling.told.insert(pod, message);
                if before.get(&pod) != Some(&message) {
                    self.log.add(now, Entry::Unschedulable { pod, message });
                }
            }
        }
    }

    fn add_nodes<S>(&mut self, decided: &ScaleUp, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let Some(scaling) = &mut self.scaling else { return };
        scaling.counts.scale_ups += u64::from(!decided.plan.is_empty());
        for resize in &decided.plan {
            scaling.groups[resize.group.index()].target = resize.to;
            let nodes = resize.to.saturating_sub(resize.from);
            scaling.counts.nodes_added += u64::from(nodes);
            around.notices.push(Notice::NodesWanted { pool: resize.group.0, nodes });
        }
        let Some(chosen) = decided.chosen.filter(|_| !decided.plan.is_empty()) else { return };
        let option = &decided.options[chosen];
        for &pod in &option.pods {
            let pod = self.objects.pod(self.of_scheduled[pod.0 as usize]).uid;
            self.log.add(around.now(), Entry::TriggeredScaleUp { pod, pool: option.group.0 });
        }
    }
}
