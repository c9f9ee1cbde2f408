//! How many nodes of a group it takes.
//!
//! Follows estimator/binpacking_estimator.go and decreasing_pod_orderer.go: the largest pods first;
//! the pods of each kind on nodes that were added already, then on new ones, of which only the
//! newest is tried.

use std::collections::BTreeSet;

use super::equivalence::PodGroup;
use super::group::Template;
use super::simulation::Simulation;
use super::view::View;
use crate::kubernetes::scheduler::filters::Refusal;
use crate::kubernetes::scheduler::node::NodeId;
use crate::kubernetes::scheduler::plugins::Plugin;
use crate::kubernetes::scheduler::plugins::pod_topology_spread::SKEW;
use crate::kubernetes::scheduler::pod::PodId;
use crate::kubernetes::scheduler::shape::ShapeId;
use crate::kubernetes::scheduler::topology::TopologyId;

/// What the nodes of a group could do for pods.
#[derive(Debug, Default)]
pub(super) struct Estimate {
    /// Nodes that got a pod.
    pub nodes: usize,
    /// Pods that found a place, in the order in which they did.
    pub pods: Vec<PodId>,
}

/// An estimation under way.
struct Packing<'s, 'a, 't> {
    simulation: &'s mut Simulation<'a>,
    template: &'t Template,
    /// How many nodes may still be added.
    allowed: usize,
    added: usize,
    newest: Option<NodeId>,
    /// Nodes that got a pod.
    used: BTreeSet<NodeId>,
    pods: Vec<PodId>,
}

/// Estimates how many nodes of a template, at most so many, hold as many of these pods as can be.
/// What was tried is taken back.
pub(super) fn estimate(
    simulation: &mut Simulation,
    view: &impl View,
    template: &Template,
    groups: &[&PodGroup],
    allowed: usize,
) -> Estimate {
    let mut order: Vec<(f64, &PodGroup)> =
        groups.iter().map(|group| (size(view, template, group), *group)).collect();
    order.sort_by(|left, right| right.0.total_cmp(&left.0));
    let mark = simulation.mark();
    let (pods, used) = (Vec::new(), BTreeSet::new());
    let mut packing = Packing { simulation, template, allowed, added: 0, newest: None, used, pods };
    let mut more = true;
    for (_, group) in order {
        let rest = packing.fill(group);
        if more {
            more = packing.extend(group.shape, rest);
        }
    }
    let Packing { used, pods, .. } = packing;
    simulation.revert(mark);
    Estimate { nodes: used.len(), pods }
}

/// What share of a node a pod of a group takes, CPU and memory added up.
fn size(view: &impl View, template: &Template, group: &PodGroup) -> f64 {
    let requests = view.pod(group.pods[0]).requests;
    let has = &template.node.allocatable;
    let share = |wanted: i64, has: i64| if has > 0 { wanted as f64 / has as f64 } else { 0.0 };
    share(requests.milli_cpu, has.milli_cpu) + share(requests.memory, has.memory)
}

impl Packing<'_, '_, '_> {
    fn put(&mut self, node: NodeId, pod: PodId, shape: ShapeId) {
        self.simulation.put(node, pod, shape);
        self.used.insert(node);
        self.pods.push(pod);
    }

    /// Puts pods on nodes that were added already, until one finds no place; returns the rest.
    fn fill<'p>(&mut self, group: &'p PodGroup) -> &'p [PodId] {
        let end = self.simulation.everywhere().end;
        let added = end - self.added..end;
        for (place, &pod) in group.pods.iter().enumerate() {
            match self.simulation.find(group.shape, added.clone(), |_| true) {
                Some(node) => self.put(node, pod, group.shape),
                None => return &group.pods[place..],
            }
        }
        &[]
    }

    /// Puts pods on new nodes; `false` if no more may be added.
    fn extend(&mut self, shape: ShapeId, pods: &[PodId]) -> bool {
        for &pod in pods {
            if let Some(node) = self.place(shape) {
                self.put(node, pod, shape);
                continue;
            }
            // a pod that does not fit an empty node does not fit another
            if self.newest.is_some_and(|newest| !self.used.contains(&newest)) {
                return true;
            }
            if self.added == self.allowed {
                return false;
            }
            let newest = self.add();
            if self.simulation.fits(shape, newest).is_err() {
                return true;
            }
            self.put(newest, pod, shape);
        }
        true
    }

    /// A place on the newest node, or, where pods have to be spread evenly over hosts, on any.
    fn place(&mut self, shape: ShapeId) -> Option<NodeId> {
        let newest = self.newest?;
        let Err(refusal) = self.simulation.fits(shape, newest) else { return Some(newest) };
        let spread = &self.simulation.cluster().shape(shape).spread;
        let over_hosts = spread.iter().any(|one| one.topology == TopologyId::HOSTNAME);
        if !over_hosts || !is_uneven(&refusal) {
            return None;
        }
        let everywhere = self.simulation.everywhere();
        self.simulation.find(shape, everywhere, |node| node != newest)
    }

    fn add(&mut self) -> NodeId {
        let spec = self.template.named(&format!("e-{}", self.added));
        let node = self.simulation.add_node(spec, &self.template.pods);
        self.added += 1;
        self.newest = Some(node);
        node
    }
}

fn is_uneven(refusal: &Refusal) -> bool {
    refusal.plugin == Some(Plugin::PodTopologySpread)
        && refusal.rejection.reasons.iter().any(|reason| reason == SKEW)
}
