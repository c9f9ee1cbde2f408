//! Which pods have to find another place before their node can go, and which hold it.
//!
//! Follows simulator/drainability/rules of the Cluster Autoscaler 1.36, rule by rule.

use std::collections::BTreeMap;

use super::settings::DrainSettings;
use super::view::{Controller, PodFacts, SafeToEvict, View};
use crate::engine::SimTime;
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::node::Node;
use crate::kubernetes::scheduler::pod::PodId;
use crate::kubernetes::scheduler::shape::ShapeId;

/// How many pods may still be evicted under each disruption budget.
#[derive(Debug)]
pub(super) struct Budgets {
    left: Vec<i64>,
    /// By shape: the budgets that protect it.
    of: BTreeMap<ShapeId, Vec<usize>>,
}

impl Budgets {
    /// As the budgets stand.
    pub fn new(cluster: &Cluster) -> Self {
        let left = cluster.objects().budgets.iter().map(|budget| i64::from(budget.allowed));
        Self { left: left.collect(), of: BTreeMap::new() }
    }

    /// The budgets that protect pods of a shape.
    fn of(&mut self, cluster: &Cluster, shape: ShapeId) -> &[usize] {
        self.of.entry(shape).or_insert_with(|| {
            let pod = cluster.shape(shape);
            let budgets = cluster.objects().budgets.iter().enumerate();
            let protect = budgets.filter(|(_, budget)| {
                budget.namespace == pod.namespace && budget.selector.matches(&pod.labels)
            });
            protect.map(|(place, _)| place).collect()
        })
    }

    fn is_used_up(&mut self, cluster: &Cluster, shape: ShapeId) -> bool {
        self.of(cluster, shape);
        self.of[&shape].iter().any(|&budget| self.left[budget] < 1)
    }

    /// Takes evictions off; says whether all could be made at once.
    pub fn take(&mut self, cluster: &Cluster, pods: &[PodId]) -> bool {
        let mut at_once = true;
        for &pod in pods {
            let shape = cluster.pod(pod).shape;
            self.of(cluster, shape);
            for &budget in &self.of[&shape] {
                at_once &= self.left[budget] >= 1;
                self.left[budget] -= 1;
            }
        }
        at_once
    }
}

/// What a rule makes of a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// It goes with the node.
    Leave,
    /// It has to find another place.
    Move,
    /// It holds the node.
    Hold,
}

/// The pods of a node that have to find another place, in their order, DaemonSets' left out.
///
/// # Errors
/// The first pod that holds the node.
pub(super) fn pods_to_move(
    settings: &DrainSettings,
    cluster: &Cluster,
    view: &impl View,
    budgets: &mut Budgets,
    node: &Node,
    now: SimTime,
) -> Result<Vec<PodId>, PodId> {
    let mut pods = Vec::new();
    for &pod in &node.pods {
        let facts = view.pod(pod);
        match judge(settings, cluster, budgets, pod, &facts, now) {
            Verdict::Leave => {}
            Verdict::Move => pods.push(pod),
            Verdict::Hold => return Err(pod),
        }
    }
    Ok(pods)
}

/// The same in short: whether a node is empty, for the order in which nodes are tried
/// (processors/scaledowncandidates/emptycandidates). Budgets do not matter to that.
pub(super) fn is_empty(
    settings: &DrainSettings,
    cluster: &Cluster,
    view: &impl View,
    node: &Node,
    now: SimTime,
) -> bool {
    let mut none = Budgets { left: Vec::new(), of: BTreeMap::new() };
    node.pods.iter().all(|&pod| {
        none.of.entry(cluster.pod(pod).shape).or_default();
        let facts = view.pod(pod);
        judge(settings, cluster, &mut none, pod, &facts, now) == Verdict::Leave
    })
}

fn judge(
    settings: &DrainSettings,
    cluster: &Cluster,
    budgets: &mut Budgets,
    pod: PodId,
    facts: &PodFacts,
    now: SimTime,
) -> Verdict {
    if facts.mirror || facts.is_lingering(now) {
        return Verdict::Leave;
    }
    if settings.custom_controllers && facts.controller == Controller::Gone {
        return Verdict::Hold;
    }
    if facts.controller == Controller::DaemonSet {
        return Verdict::Leave;
    }
    if facts.safe_to_evict == SafeToEvict::Yes || facts.terminal {
        return Verdict::Move;
    }
    let replicated = match facts.controller {
        Controller::Replicated | Controller::Gone => true,
        Controller::Custom => !settings.custom_controllers,
        Controller::None | Controller::DaemonSet => false,
    };
    let shape = cluster.pod(pod).shape;
    let system = || {
        let young = facts.created.saturating_add(settings.system_pod_timeout) > now;
        settings.system_pods && young && *cluster.shape(shape).namespace == *"kube-system"
    };
    let held = !replicated
        || (system() && budgets.of(cluster, shape).is_empty())
        || facts.safe_to_evict == SafeToEvict::No
        || (settings.local_storage && facts.local_storage)
        || budgets.is_used_up(cluster, shape);
    if held { Verdict::Hold } else { Verdict::Move }
}
