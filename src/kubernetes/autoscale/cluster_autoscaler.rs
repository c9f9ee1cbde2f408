//! The Cluster Autoscaler: how many nodes there should be.
//!
//! [`ClusterAutoscaler::scan`] is one turn of the loop of the Cluster Autoscaler 1.36
//! (core/static_autoscaler.go, `RunOnce`). It has no clock and changes nothing but what it
//! remembers: the caller shows the cluster, the pods that the scheduler found no node for and the
//! groups as the cloud has them, asks every [`scan_interval`](Settings::scan_interval), and does
//! what was decided.
//!
//! 1. Nodes that were asked for and are not there yet are taken to be there (`registry`).
//! 2. Pods that would find a place by themselves are left to the scheduler (`pending`).
//! 3. For the others it is found out by how many nodes each group would have to grow
//!    (`estimate`), one is chosen (`expander`), and it grows (`scale_up`).
//! 4. If nothing grew: nodes of which little is requested and whose pods would find places
//!    elsewhere (`planner`, `drain`) are deleted, once that has been so for long enough
//!    (`deletions`).
//!
//! Everything is tried on the cluster itself and taken back (`simulation`): a scan costs what is
//! looked at, and not a copy of the cluster.
//!
//! Where the Cluster Autoscaler goes by the order of a hash table of Go (which of several nodes
//! takes a pod in a simulation, which nodes go when not all may), here the order is that of nodes.
//!
//! Not modelled: groups that do not exist yet, groups that only have all or no nodes, dynamic
//! resources, quotas that bound a cluster from below, pods of other controllers that are made again
//! only some time after their eviction, `nodeTaintsPolicy: Honor` with regard to a node that is
//! about to go, limits of computing time.

mod deletions;
mod drain;
mod equivalence;
mod estimate;
mod expander;
#[cfg(test)]
mod fixture;
mod group;
mod kept;
mod pending;
mod planner;
mod registry;
mod scale_up;
mod settings;
mod similar;
mod simulation;
#[cfg(test)]
mod tests;
mod ties;
mod utilization;
mod view;

pub use deletions::Deletion;
pub use expander::{Expander, PodPrices};
pub use group::{GroupId, NodeGroup, Template};
pub use planner::{Planner, Unneeded, Unremovable};
pub use scale_up::{Expansion, Resize, ScaleUp};
pub use settings::{Actuation, DrainSettings, ScaleDownSettings, Settings};
pub use ties::Ties;
pub use utilization::Utilization;
pub use view::{Amounts, Controller, NodeFacts, PodFacts, SafeToEvict, View, is_kept};

use deletions::Deletions;
use drain::{Budgets, pods_to_move};
use pending::Hints;
use planner::Scan;
use registry::{Readiness, Registry};
use scale_up::{Situation, choose, scale_up};
use simulation::{Memory, Simulation};
use view::is_daemon;

use crate::engine::{SimDuration, SimTime};
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::node::NodeId;
use crate::kubernetes::scheduler::pod::PodId;
use crate::kubernetes::scheduler::profile::Profile;
use crate::kubernetes::scheduler::resources::ResourceKind;
use crate::kubernetes::scheduler::shape::ShapeId;

/// If no pod has waited for longer, more may come in a moment, and nothing is done about them yet
/// (`unschedulablePodTimeBuffer`, core/static_autoscaler.go).
const NEW: SimDuration = SimDuration::from_secs(2);
/// The same for pods that request GPUs, for which one waits longer before paying
/// (`unschedulablePodWithGpuTimeBuffer`).
const NEW_WITH_GPU: SimDuration = SimDuration::from_secs(30);

/// A pod for which the scheduler found no node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PendingPod {
    /// The pod.
    pub pod: PodId,
    /// The node on which others were evicted for it.
    pub nominated: Option<NodeId>,
}

/// What a scan is shown.
#[derive(Debug)]
pub struct Shown<'s, V> {
    /// How the scheduler is configured, of which only filters matter.
    pub profile: &'s Profile,
    /// All groups, in the same order at every scan.
    pub groups: &'s [NodeGroup],
    /// What is known of nodes and pods.
    pub view: &'s V,
    /// Pods for which the scheduler found no node, in the order of their creation.
    pub pending: &'s [PendingPod],
}

/// What a scan decided.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decisions {
    /// Whether too many nodes are not ready to do anything.
    pub unhealthy: bool,
    /// Machines of groups that never became nodes and are to be given up: targets go down by so
    /// many.
    pub give_up: Vec<(GroupId, u32)>,
    /// Pods for which there is, or will be, room.
    pub schedulable: Vec<PodId>,
    /// What is to grow: targets of [`plan`](ScaleUp::plan) are to be set.
    pub scale_up: ScaleUp,
    /// Nodes to taint, drain and delete. Their group's target goes down by one each when the
    /// machine is deleted.
    pub delete: Vec<Deletion>,
}

/// The Cluster Autoscaler and what it remembers.
#[derive(Debug)]
pub struct ClusterAutoscaler {
    settings: Settings,
    ties: Ties,
    memory: Memory,
    hints: Hints,
    registry: Registry,
    planner: Planner,
    deletions: Deletions,
    scaled_up: Option<SimTime>,
    deleted: Option<SimTime>,
    failed: Option<SimTime>,
}

impl ClusterAutoscaler {
    /// One that remembers nothing yet.
    #[must_use]
    pub fn new(settings: Settings, ties: Ties) -> Self {
        Self {
            settings,
            ties,
            memory: Memory::default(),
            hints: Hints::default(),
            registry: Registry::default(),
            planner: Planner::default(),
            deletions: Deletions::default(),
            scaled_up: None,
            deleted: None,
            failed: None,
        }
    }

    /// Its settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What it knows of nodes that are not needed: these carry the taint
    /// `DeletionCandidateOfClusterAutoscaler` (PreferNoSchedule).
    #[must_use]
    pub fn planner(&self) -> &Planner {
        &self.planner
    }

    /// Until when a group is left alone after a failure.
    #[must_use]
    pub fn backed_off(&self, group: GroupId, now: SimTime) -> Option<SimTime> {
        self.registry.backed_off(group, now)
    }

    /// The cloud could not give a group so many of the nodes that it was asked for. Its target has
    /// to be lowered by them.
    pub fn scale_up_failed(&mut self, group: GroupId, nodes: u32, now: SimTime) {
        self.registry.failed(&self.settings, group, nodes, now);
    }

    /// A node could not be drained or deleted, and stays.
    pub fn deletion_failed(&mut self, node: NodeId, now: SimTime) {
        self.deletions.end(node);
        self.failed = Some(now);
    }

    /// Looks at the cluster, which afterwards is as it was, and decides.
    pub fn scan<V: View>(
        &mut self,
        now: SimTime,
        cluster: &mut Cluster,
        shown: &Shown<V>,
    ) -> Decisions {
        self.deletions.settle(cluster);
        let census = self.count(now, cluster, shown);
        let mut decisions = Decisions::default();
        if !registry::is_healthy(&self.settings, census.unready, cluster.node_count()) {
            self.planner.clear();
            decisions.unhealthy = true;
            return decisions;
        }
        decisions.give_up = self.lost(shown.groups);
        let mut memory = std::mem::take(&mut self.memory);
        let mut simulation = Simulation::new(cluster, shown.profile, &mut memory);
        self.prepare(&mut simulation, now, shown);
        let waiting = self.waiting(&mut simulation, now, shown, &mut decisions);
        let all_new = are_new(simulation.cluster(), now, shown, &waiting);
        if !waiting.is_empty() && !all_new {
            decisions.scale_up = self.scale_up(&mut simulation, now, shown, &census, &waiting);
        }
        let mut may_delete = false;
        if decisions.scale_up.plan.is_empty() && self.settings.scale_down.enabled {
            self.plan_deletions(&mut simulation, now, shown);
            may_delete = !all_new && !self.is_cooling(now);
        }
        drop(simulation);
        self.memory = memory;
        if may_delete {
            decisions.delete = self.delete(now, cluster, shown);
        }
        decisions
    }

    /// Counts nodes and takes note of them.
    fn count<V: View>(&mut self, now: SimTime, cluster: &Cluster, shown: &Shown<V>) -> Census {
        let mut readiness = vec![Readiness::default(); shown.groups.len()];
        let mut all = Readiness::default();
        let mut has = Amounts::default();
        for node in cluster.nodes() {
            let facts = shown.view.node(node.id);
            all.count(&self.settings, &facts, now);
            let group = facts.group.map(GroupId::index);
            if let Some(group) = group {
                readiness[group].count(&self.settings, &facts, now);
            }
            if facts.ready {
                let capacity = group.map(|group| &shown.groups[group].template.capacity);
                let capacity = capacity.unwrap_or(&node.spec.allocatable);
                has.milli_cpu += capacity.milli_cpu;
                has.memory += capacity.memory;
            }
        }
        self.registry.update(&self.settings, shown.groups, readiness, now);
        Census { ready: all.ready as usize, unready: all.unready, has }
    }

    fn lost(&self, groups: &[NodeGroup]) -> Vec<(GroupId, u32)> {
        let lost = ids(groups).map(|id| (id, self.registry.lost(groups, id)));
        lost.filter(|&(_, lost)| lost > 0).collect()
    }

    /// Makes the cluster what it will be: without pods that do not count, with all nodes that are
    /// on their way.
    fn prepare<V: View>(&self, simulation: &mut Simulation, now: SimTime, shown: &Shown<V>) {
        self.lift_expendable(simulation);
        let nodes: Vec<NodeId> = simulation.cluster().nodes().map(|node| node.id).collect();
        for node in nodes {
            let facts = shown.view.node(node);
            if facts.group.is_some() && registry::is_starting(&self.settings, &facts, now) {
                simulation.remove_node(node);
            }
        }
        for id in ids(shown.groups) {
            let NodeGroup { name, template, .. } = &shown.groups[id.index()];
            for number in 0..self.registry.upcoming(shown.groups, id) {
                let spec = template.named(&format!("{name}-upcoming-{number}"));
                simulation.add_node(spec, &template.pods);
            }
        }
    }

    fn lift_expendable(&self, simulation: &mut Simulation) {
        let cutoff = self.settings.expendable_priority;
        let cluster = simulation.cluster();
        let mut shapes = (0..cluster.shape_count()).filter_map(|id| u32::try_from(id).ok());
        if shapes.all(|id| cluster.shape(ShapeId(id)).priority >= cutoff) {
            return;
        }
        let pods = cluster.nodes().flat_map(|node| node.pods.iter().map(|&pod| (node.id, pod)));
        let expendable = pods.filter(|(_, pod)| cluster.shape_of(*pod).priority < cutoff);
        for (node, pod) in expendable.collect::<Vec<_>>() {
            simulation.lift(node, pod);
        }
    }

    /// The pods that need nodes, after those that do not were put where they will be.
    fn waiting<V: View>(
        &mut self,
        simulation: &mut Simulation,
        now: SimTime,
        shown: &Shown<V>,
        decisions: &mut Decisions,
    ) -> Vec<PodId> {
        let mut pods = Vec::new();
        for &PendingPod { pod, nominated } in shown.pending {
            let shape = simulation.cluster().pod(pod).shape;
            let node = nominated.filter(|&node| simulation.cluster().get_node(node).is_some());
            if simulation.cluster().shape(shape).priority < self.settings.expendable_priority {
                continue;
            }
            match node {
                Some(node) => simulation.put(node, pod, shape),
                None => pods.push(pod),
            }
        }
        self.add_drained(simulation.cluster(), shown.view, &mut pods);
        let cluster = simulation.cluster();
        pods.sort_by_key(|&pod| std::cmp::Reverse(cluster.shape_of(pod).priority));
        let everywhere = simulation.everywhere();
        let staying = |node: NodeId| !self.deletions.contains(node);
        let placed =
            pending::place(simulation, &mut self.hints, &pods, &everywhere, false, staying);
        self.hints.drop_old();
        let mut placed: Vec<PodId> = placed.into_iter().map(|(pod, _)| pod).collect();
        decisions.schedulable.clone_from(&placed);
        placed.sort_unstable();
        let cluster = simulation.cluster();
        pods.retain(|pod| {
            let age = shown.view.pod(*pod).created.saturating_add(self.settings.new_pod_delay);
            placed.binary_search(pod).is_err() && !is_daemon(cluster.shape_of(*pod)) && age <= now
        });
        pods
    }

    /// Pods that will need another place because their node is being drained.
    fn add_drained(&self, cluster: &Cluster, view: &impl View, pods: &mut Vec<PodId>) {
        for node in self.deletions.drained() {
            let Some(node) = cluster.get_node(node) else { continue };
            pods.extend(node.pods.iter().filter(|&&pod| {
                let facts = view.pod(pod);
                let daemon = facts.controller == Controller::DaemonSet;
                facts.deleted.is_none() && !daemon && !facts.mirror
            }));
        }
    }

    fn scale_up<V: View>(
        &mut self,
        simulation: &mut Simulation,
        now: SimTime,
        shown: &Shown<V>,
        census: &Census,
        pods: &[PodId],
    ) -> ScaleUp {
        let (settings, groups) = (&self.settings, shown.groups);
        let safe = ids(groups).map(|id| self.registry.is_safe(settings, groups, id, now));
        let (nodes, has) = (census.ready, census.has);
        let situation = Situation { settings, groups, safe: safe.collect(), nodes, has };
        let ties = &mut self.ties;
        let decided = scale_up(simulation, shown.view, &situation, pods, |options| {
            choose(&situation, options, ties)
        });
        for resize in &decided.plan {
            let more = resize.to - resize.from;
            self.registry.requested(&self.settings, resize.group, more, now);
            self.scaled_up = Some(now);
        }
        decided
    }

    /// Finds out which nodes are not needed.
    fn plan_deletions<V: View>(
        &mut self,
        simulation: &mut Simulation,
        now: SimTime,
        shown: &Shown<V>,
    ) {
        let nodes = simulation.cluster().nodes().map(|node| node.id);
        let candidates = nodes.filter(|&node| {
            simulation.is_there(node)
                && shown.view.node(node).group.is_some()
                && !self.deletions.contains(node)
        });
        let candidates: Vec<NodeId> = candidates.collect();
        let scan = scan_of(&self.settings, &self.deletions, now, shown);
        self.planner.update(simulation, &scan, &candidates);
    }

    /// Nodes that could be deleted after a scan at this time, empty ones first, if any number might
    /// be deleted at once.
    #[must_use]
    pub fn removable<V: View>(&self, now: SimTime, shown: &Shown<V>) -> Vec<NodeId> {
        self.planner.removable(&scan_of(&self.settings, &self.deletions, now, shown))
    }

    /// Whether it is too soon after something else to delete nodes.
    fn is_cooling(&self, now: SimTime) -> bool {
        let settings = &self.settings.scale_down;
        let soon = |last: Option<SimTime>, delay| {
            last.is_some_and(|last| last.saturating_add(delay) > now)
        };
        soon(self.scaled_up, settings.delay_after_add)
            || soon(self.deleted, settings.delay_after_delete)
            || soon(self.failed, settings.delay_after_failure)
    }

    /// Begins to delete nodes. What was found out in the simulation is looked at once more in the
    /// cluster as it is: pods that only would have come to a node are not on it.
    fn delete<V: View>(
        &mut self,
        now: SimTime,
        cluster: &Cluster,
        shown: &Shown<V>,
    ) -> Vec<Deletion> {
        let removable = self.removable(now, shown);
        let (settings, unneeded) = (&self.settings.scale_down, self.planner.unneeded());
        let view = shown.view;
        let mut budgets = Budgets::new(cluster);
        let evict = |node: NodeId| {
            let node = cluster.node(node);
            pods_to_move(&settings.drain, cluster, view, &mut budgets, node, now).ok()
        };
        let group = |node| view.node(node).group;
        let started = self.deletions.start(settings, unneeded, &removable, group, evict);
        if !started.is_empty() {
            self.deleted = Some(now);
        }
        started
    }
}

fn scan_of<'s, V>(
    settings: &'s Settings,
    deletions: &'s Deletions,
    now: SimTime,
    shown: &Shown<'s, V>,
) -> Scan<'s, V> {
    let settings = &settings.scale_down;
    Scan { settings, deletions, groups: shown.groups, view: shown.view, now }
}

/// Whether pods are so new that more may come in a moment: all of them, or all with GPUs.
fn are_new<V: View>(cluster: &Cluster, now: SimTime, shown: &Shown<V>, pods: &[PodId]) -> bool {
    let gpus: Vec<ResourceKind> = shown.groups.iter().filter_map(|group| group.gpu).collect();
    let has_gpu = |pod: &PodId| {
        let requests = &cluster.shape_of(*pod).requests;
        gpus.iter().any(|&gpu| requests.get(gpu) > 0)
    };
    let created = |pod: &PodId| shown.view.pod(*pod).created;
    let is_new = |oldest: Option<SimTime>, wait| {
        oldest.is_some_and(|oldest| oldest.saturating_add(wait) > now)
    };
    is_new(pods.iter().map(created).min(), NEW)
        || is_new(pods.iter().filter(|pod| has_gpu(pod)).map(created).min(), NEW_WITH_GPU)
}

/// Nodes of a cluster, counted.
#[derive(Debug)]
struct Census {
    ready: usize,
    unready: u32,
    /// What those that are ready have.
    has: Amounts,
}

fn ids(groups: &[NodeGroup]) -> impl Iterator<Item = GroupId> + use<> {
    (0..groups.len()).map(|place| GroupId(u32::try_from(place).expect("groups are few")))
}
