//! Which group grows by how many nodes, so that pods that wait find a place.
//!
//! Follows core/scaleup/orchestrator/orchestrator.go.

use std::collections::BTreeMap;

use super::equivalence::{self, PodGroup};
use super::estimate::estimate;
use super::group::{GroupId, NodeGroup};
use super::refused::{NotGrown, Refused};
use super::settings::Settings;
use super::similar::{are_similar, share_out};
use super::simulation::Simulation;
use super::ties::Ties;
use super::view::{Amounts, View};
use crate::kubernetes::scheduler::framework::Rejection;
use crate::kubernetes::scheduler::pod::PodId;

/// What the growth of one group would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expansion {
    /// The group.
    pub group: GroupId,
    /// By how many nodes it would grow.
    pub nodes: u32,
    /// Pods that would find a place.
    pub pods: Vec<PodId>,
    /// What those request.
    pub requested: Amounts,
    /// Groups that could grow in its stead.
    pub similar: Vec<GroupId>,
}

/// A new size of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resize {
    /// The group.
    pub group: GroupId,
    /// Its target before.
    pub from: u32,
    /// Its target from now on.
    pub to: u32,
}

/// What became of pods that wait for nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScaleUp {
    /// What could be done, by group.
    pub options: Vec<Expansion>,
    /// Which of them was chosen, by its place.
    pub chosen: Option<usize>,
    /// What is to be done.
    pub plan: Vec<Resize>,
    /// Pods that no group could help.
    pub remaining: Vec<PodId>,
    /// Why not.
    pub refused: Vec<Refused>,
}

/// What scale-ups have to go by.
#[derive(Debug)]
pub(super) struct Situation<'s> {
    pub settings: &'s Settings,
    pub groups: &'s [NodeGroup],
    /// By group: whether it may grow, as far as its health and its failures go.
    pub safe: Vec<bool>,
    /// Nodes that are ready.
    pub nodes: usize,
    /// What these have.
    pub has: Amounts,
}

/// Finds all that could be done for pods, chooses and plans.
pub(super) fn scale_up(
    simulation: &mut Simulation,
    view: &impl View,
    situation: &Situation,
    pods: &[PodId],
    choose: impl FnOnce(&[Expansion]) -> Option<usize>,
) -> ScaleUp {
    let kinds = equivalence::group(simulation.cluster(), pods);
    let mut rejected = BTreeMap::new();
    let schedulable = schedulable(simulation, situation, &kinds, &mut rejected);
    let mut options = Vec::new();
    for (id, kinds_there) in schedulable.iter().enumerate() {
        let Some(places) = kinds_there.as_deref().filter(|places| !places.is_empty()) else {
            continue;
        };
        let id = GroupId(u32::try_from(id).expect("groups are few"));
        let similar = situation.similar(simulation, id, &schedulable);
        let kinds: Vec<&PodGroup> = places.iter().map(|&place| &kinds[place]).collect();
        let template = &situation.groups[id.index()].template;
        let allowed = situation.allowed(id, &similar);
        let found = estimate(simulation, view, template, &kinds, allowed);
        if found.nodes > 0 {
            let nodes = u32::try_from(found.nodes).expect("nodes are numbered in u32");
            let requested = sum(view, &found.pods);
            options.push(Expansion { group: id, nodes, pods: found.pods, requested, similar });
        }
    }
    let is_lost = |place: &usize| !schedulable.iter().flatten().any(|them| them.contains(place));
    let lost = (0..kinds.len()).filter(is_lost);
    let refused = lost.map(|place| {
        let groups = 0..situation.groups.len();
        let why = groups.map(|id| situation.why_not(id, rejected.remove(&(id, place))));
        Refused { pods: kinds[place].pods.clone(), why: why.collect() }
    });
    let refused: Vec<Refused> = refused.collect();
    let remaining = refused.iter().flat_map(|kind| &kind.pods).copied().collect();
    let chosen = if options.is_empty() { None } else { choose(&options) };
    let plan = chosen.map(|place| situation.plan(&options[place])).unwrap_or_default();
    ScaleUp { options, chosen, plan, remaining, refused }
}

/// One of the options by a chain of expanders.
pub(super) fn choose(
    situation: &Situation,
    options: &[Expansion],
    ties: &mut Ties,
) -> Option<usize> {
    let mut left: Vec<usize> = (0..options.len()).collect();
    for (place, expander) in situation.settings.expanders.iter().enumerate() {
        if place > 0 && left.len() == 1 {
            break;
        }
        let shown: Vec<Expansion> = left.iter().map(|&place| options[place].clone()).collect();
        let best = expander.best(&shown, situation.groups, situation.nodes);
        left = best.into_iter().map(|place| left[place]).collect();
    }
    ties.choose(situation.groups, options, &left)
}

/// By group: the places of the kinds of pods whose first fits an empty node of it; none where the
/// group may not grow. Notes why others do not, by group and kind.
fn schedulable(
    simulation: &mut Simulation,
    situation: &Situation,
    kinds: &[PodGroup],
    rejected: &mut BTreeMap<(usize, usize), Rejection>,
) -> Vec<Option<Vec<usize>>> {
    let groups = situation.groups.iter().enumerate();
    let found = groups.map(|(id, group)| {
        if !situation.may_grow(id) {
            return None;
        }
        let mark = simulation.mark();
        let spec = group.template.named("e-0");
        let node = simulation.add_node(spec, &group.template.pods);
        let mut fits = |&place: &usize| match simulation.fits(kinds[place].shape, node) {
            Ok(()) => true,
            Err(refusal) => {
                rejected.insert((id, place), refusal.rejection);
                false
            }
        };
        let there = (0..kinds.len()).filter(&mut fits).collect();
        simulation.revert(mark);
        Some(there)
    });
    found.collect()
}

fn sum(view: &impl View, pods: &[PodId]) -> Amounts {
    let mut sum = Amounts::default();
    for &pod in pods {
        let requests = view.pod(pod).requests;
        sum.milli_cpu += requests.milli_cpu;
        sum.memory += requests.memory;
    }
    sum
}

impl Situation<'_> {
    fn may_grow(&self, id: usize) -> bool {
        let group = &self.groups[id];
        self.safe[id] && group.target < group.max && self.quota(group) > 0
    }

    /// Why a group does not grow for a pod.
    fn why_not(&self, id: usize, rejection: Option<Rejection>) -> NotGrown {
        let group = &self.groups[id];
        match rejection {
            Some(rejection) => NotGrown::Rejected(rejection),
            None if group.target >= group.max => NotGrown::Largest,
            None if !self.safe[id] => NotGrown::Unsafe,
            None => NotGrown::Quota,
        }
    }

    /// How many nodes of a group cores and memory allow.
    fn quota(&self, group: &NodeGroup) -> u32 {
        let capacity = &group.template.capacity;
        let room = |limit: i64, has: i64, one: i64| match one {
            1.. => u32::try_from((limit - has).max(0) / one).unwrap_or(u32::MAX),
            _ => u32::MAX,
        };
        let cores = room(self.settings.max_milli_cpu, self.has.milli_cpu, capacity.milli_cpu);
        cores.min(room(self.settings.max_memory, self.has.memory, capacity.memory))
    }

    /// Nodes that may be added in an estimation.
    fn allowed(&self, id: GroupId, similar: &[GroupId]) -> usize {
        let groups = std::iter::once(&id).chain(similar).map(|id| &self.groups[id.index()]);
        let room: u32 = groups.map(|group| group.max.saturating_sub(group.target)).sum();
        let room = room.min(self.settings.max_nodes_per_scale_up) as usize;
        room.min(self.left())
    }

    /// Nodes that may be added to the cluster.
    fn left(&self) -> usize {
        let max = self.settings.max_nodes;
        max.map_or(usize::MAX, |max| (max as usize).saturating_sub(self.nodes))
    }

    /// Groups like one that could grow in its stead, for all pods that it could help.
    fn similar(
        &self,
        simulation: &Simulation,
        id: GroupId,
        schedulable: &[Option<Vec<usize>>],
    ) -> Vec<GroupId> {
        let own = schedulable[id.index()].as_deref().unwrap_or_default();
        if !self.settings.balance_similar || own.is_empty() {
            return Vec::new();
        }
        let template = |id: usize| &self.groups[id].template;
        let is_similar = |&other: &usize| {
            let helps = schedulable[other].as_deref();
            let helps = helps.is_some_and(|all| own.iter().all(|place| all.contains(place)));
            let cluster = simulation.cluster();
            other != id.index()
                && self.safe[other]
                && helps
                && are_similar(cluster, self.settings, template(id.index()), template(other))
        };
        let all = (0..self.groups.len()).filter(is_similar);
        all.map(|other| GroupId(u32::try_from(other).expect("groups are few"))).collect()
    }

    /// What is to be done for an option.
    fn plan(&self, option: &Expansion) -> Vec<Resize> {
        let quota = self.quota(&self.groups[option.group.index()]);
        let left = u32::try_from(self.left()).unwrap_or(u32::MAX);
        let nodes = option.nodes.min(left).min(quota);
        let similar = option.similar.iter().copied();
        let among: Vec<GroupId> = std::iter::once(option.group).chain(similar).collect();
        share_out(self.groups, &among, nodes)
    }
}
