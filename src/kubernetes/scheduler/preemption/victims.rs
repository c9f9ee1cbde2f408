//! Who would have to leave a node.

use std::cmp::Reverse;

use super::choice::Victims;
use super::order;
use crate::kubernetes::scheduler::cluster::{Budget, Cluster};
use crate::kubernetes::scheduler::filters::Filters;
use crate::kubernetes::scheduler::framework::Rejection;
use crate::kubernetes::scheduler::node::{Node, NodeId};
use crate::kubernetes::scheduler::nominations::Nominations;
use crate::kubernetes::scheduler::pod::PodId;

/// Why nobody can be evicted from a node.
const NO_VICTIMS: &str = "No preemption victims found for incoming pod";
/// What kube-scheduler says where a pod that did not fit does so although all are given back.
const NOBODY: &str = "expected at least one victim pod on the node";

/// One node in thought: pods are taken from a copy of it, and the filters are told.
struct Trial<'a> {
    filters: &'a mut Filters,
    cluster: &'a Cluster,
    nominations: &'a Nominations,
    pod: PodId,
    node: Node,
}

impl Trial<'_> {
    fn fits(&mut self) -> Result<(), Rejection> {
        let node = &self.node;
        self.filters
            .verdict_beside_nominees(self.cluster, self.nominations, self.pod, node)
            .map_err(|refusal| refusal.rejection)
    }

    fn take(&mut self, pod: PodId) {
        self.filters.trial_remove(self.cluster, &mut self.node, pod);
    }

    fn give_back(&mut self, pod: PodId) {
        self.filters.trial_add(self.cluster, &mut self.node, pod);
    }

    /// Gives pods back as long as the pod still fits; returns those that have to go.
    fn reprieve(&mut self, pods: &[PodId]) -> Vec<PodId> {
        let mut victims = Vec::new();
        for &pod in pods {
            self.give_back(pod);
            if self.fits().is_err() {
                self.take(pod);
                victims.push(pod);
            }
        }
        victims
    }
}

/// Who has to leave a node so that a pod fits, the most important first. The filters are left as
/// they were.
///
/// # Errors
/// Why it would not fit even without all less important pods, or that nobody has to leave.
pub(super) fn on_node(
    filters: &mut Filters,
    cluster: &Cluster,
    nominations: &Nominations,
    pod: PodId,
    node: NodeId,
) -> Result<Victims, Rejection> {
    let priority = cluster.shape_of(pod).priority;
    let node = cluster.node(node).clone();
    let lower = |other: &PodId| cluster.shape_of(*other).priority < priority;
    let mut potential: Vec<PodId> = node.pods.iter().copied().filter(lower).collect();
    if potential.is_empty() {
        return Err(Rejection::unresolvable(NO_VICTIMS));
    }
    let mut trial = Trial { filters, cluster, nominations, pod, node };
    for &other in &potential {
        trial.take(other);
    }
    let found = trial.fits().map(|()| {
        order::sort_by_key(&mut potential, |&pod| importance(cluster, pod));
        least(&mut trial, &potential)
    });
    let gone = match &found {
        Ok(victims) => &victims.pods,
        Err(_) => &potential,
    };
    for &other in gone {
        trial.give_back(other);
    }
    match found {
        Ok(victims) if victims.pods.is_empty() => Err(Rejection::unresolvable(NOBODY)),
        found => found,
    }
}

/// Of pods that are gone, those that have to stay so. First those whose eviction violates a budget
/// are given back, then the others.
fn least(trial: &mut Trial<'_>, potential: &[PodId]) -> Victims {
    let (violating, others) = by_budget(trial.cluster, potential);
    let mut victims = trial.reprieve(&violating);
    let violations = victims.len();
    victims.extend(trial.reprieve(&others));
    if !violating.is_empty() && !others.is_empty() {
        order::sort_by_key(&mut victims, |&pod| importance(trial.cluster, pod));
    }
    Victims { node: trial.node.id, pods: victims, violations }
}

/// Sorts the most important pods to the front: those of higher priority, then those that started
/// earlier (pkg/scheduler/util/utils.go, `MoreImportantPod`). Equals are where the sort leaves
/// them.
fn importance(cluster: &Cluster, pod: PodId) -> (Reverse<i32>, i64) {
    (Reverse(cluster.shape_of(pod).priority), cluster.pod(pod).start)
}

/// Divides pods, in order, into those whose eviction violates a disruption budget and the others.
fn by_budget(cluster: &Cluster, pods: &[PodId]) -> (Vec<PodId>, Vec<PodId>) {
    let budgets = &cluster.objects().budgets;
    let mut allowed: Vec<i32> = budgets.iter().map(|budget| budget.allowed).collect();
    pods.iter().partition(|&&pod| {
        let mut violated = false;
        for (budget, allowed) in budgets.iter().zip(&mut allowed) {
            if protects(budget, cluster, pod) {
                *allowed -= 1;
                violated |= *allowed < 0;
            }
        }
        violated
    })
}

/// Whether a budget counts the eviction of a pod. One whose eviction is under way is counted
/// already; an empty selector protects nothing here.
fn protects(budget: &Budget, cluster: &Cluster, pod: PodId) -> bool {
    let shape = cluster.shape_of(pod);
    let name = cluster.pod(pod).name();
    budget.namespace == shape.namespace
        && shape.labels.iter().next().is_some()
        && !budget.selector.is_everything()
        && budget.selector.matches(&shape.labels)
        && budget.disrupted.iter().all(|disrupted| **disrupted != *name)
}
