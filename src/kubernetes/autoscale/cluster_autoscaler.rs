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
mod refused;
mod registry;
mod scale_up;
mod settings;
mod shown;
mod similar;
pub(in crate::kubernetes::autoscale) mod simulation;
#[cfg(test)]
mod tests;
mod ties;
mod utilization;
mod view;
mod waiting;

pub use deletions::Deletion;
pub use expander::{Expander, PodPrices};
pub use group::{GroupId, NodeGroup, Template};
pub use planner::{Planner, Unneeded, Unremovable};
pub use refused::{NotGrown, Refused};
pub use scale_up::{Expansion, Resize, ScaleUp};
pub use settings::{Actuation, DrainSettings, ScaleDownSettings, Settings};
pub use shown::{Decisions, PendingPod, Shown};
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
use waiting::are_new;

use crate::engine::SimTime;
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::node::NodeId;
use crate::kubernetes::scheduler::pod::PodId;

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
