//! NodeResourcesFit: a node has to have room for what a pod requests.
//!
//! Kubernetes v1.36, pkg/scheduler/framework/plugins/noderesources/fit.go. All resources that are
//! short are named. Where a request exceeds all that a node has, evicting pods cannot help. How
//! nodes with room are told apart is a matter of the [`Strategy`].

mod strategy;

use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::framework::{
    Code, Filter, Prepared, Reason, Rejection, Scope, Score, Verdict,
};
use crate::kubernetes::scheduler::node::{Node, NodeId};
use crate::kubernetes::scheduler::resources::ResourceKind;
use crate::kubernetes::scheduler::shape::PodShape;

pub use strategy::Strategy;
use strategy::least_allocated;

/// Why a node is out that has as many pods as it may have.
pub const TOO_MANY_PODS: &str = "Too many pods";

/// Arguments of NodeResourcesFit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Args {
    /// Extended resources that the filter ignores.
    pub ignored_resources: Vec<Box<str>>,
    /// What stands before the `/` of extended resources that the filter ignores.
    pub ignored_resource_groups: Vec<Box<str>>,
    /// How nodes are scored.
    pub strategy: Strategy,
    /// The resources that are scored, and how much each counts, from 1 to 100.
    pub resources: Vec<(ResourceKind, i64)>,
}

impl Default for Args {
    fn default() -> Self {
        Self {
            ignored_resources: Vec::new(),
            ignored_resource_groups: Vec::new(),
            strategy: Strategy::LeastAllocated,
            resources: vec![(ResourceKind::Cpu, 1), (ResourceKind::Memory, 1)],
        }
    }
}

impl Args {
    /// Whether the filter ignores a resource: only extended ones can be ignored
    /// (`IsExtendedResourceName`, pkg/apis/core/v1/helper).
    fn ignores(&self, name: &str) -> bool {
        let Some((group, _)) = name.split_once('/') else { return false };
        let extended = !name.contains("kubernetes.io/") && !name.starts_with("requests.");
        extended
            && (self.ignored_resources.iter().any(|known| **known == *name)
                || self.ignored_resource_groups.iter().any(|known| **known == *group))
    }
}

#[derive(Debug)]
struct Fit {
    /// What is requested of every resource that matters, none of it 0: the base resources, then
    /// the others by name.
    requests: Vec<(ResourceKind, i64)>,
}

pub(super) fn filter(args: &Args, cluster: &Cluster, shape: &PodShape) -> Prepared {
    let name = |kind| cluster.resource_name(kind);
    let matters = |kind| !matches!(kind, ResourceKind::Extended(_)) || !args.ignores(name(kind));
    let all = shape.requests.iter().filter(|&(kind, amount)| amount > 0 && matters(kind));
    let mut requests: Vec<(ResourceKind, i64)> = all.collect();
    let base = |kind| !matches!(kind, ResourceKind::Extended(_));
    let from = requests.iter().position(|&(kind, _)| !base(kind)).unwrap_or(requests.len());
    requests[from..].sort_by_key(|&(kind, _)| name(kind));
    Prepared::Filter(Box::new(Fit { requests }))
}

impl Fit {
    fn rejection(&self, cluster: &Cluster, node: &Node) -> Rejection {
        let mut code = Code::Unschedulable;
        let mut reasons: Vec<Reason> = Vec::new();
        if is_full(node) {
            reasons.push(TOO_MANY_PODS.into());
        }
        for &(kind, amount) in &self.requests {
            if is_short(node, kind, amount) {
                reasons.push(insufficient(cluster, kind));
                if amount > node.spec.allocatable.get(kind) {
                    code = Code::UnschedulableAndUnresolvable;
                }
            }
        }
        Rejection { code, reasons }
    }
}

#[inline]
fn is_full(node: &Node) -> bool {
    node.pods.len() as i64 >= node.spec.allowed_pods
}

#[inline]
fn is_short(node: &Node, kind: ResourceKind, amount: i64) -> bool {
    amount > node.spec.allocatable.get(kind) - node.requested.get(kind)
}

fn insufficient(cluster: &Cluster, kind: ResourceKind) -> Reason {
    match kind {
        ResourceKind::Cpu => "Insufficient cpu".into(),
        ResourceKind::Memory => "Insufficient memory".into(),
        ResourceKind::EphemeralStorage => "Insufficient ephemeral-storage".into(),
        ResourceKind::Extended(_) => format!("Insufficient {}", cluster.resource_name(kind)).into(),
    }
}

impl Filter for Fit {
    fn scope(&self) -> Scope {
        Scope::Pods
    }

    fn filter(&self, cluster: &Cluster, node: &Node) -> Verdict {
        let short = |&(kind, amount): &(ResourceKind, i64)| is_short(node, kind, amount);
        if is_full(node) || self.requests.iter().any(short) {
            return Err(self.rejection(cluster, node));
        }
        Ok(())
    }

    fn pass(&self, cluster: &Cluster, nodes: &[NodeId], passed: &mut [bool]) {
        let each = passed.iter_mut().zip(nodes.iter().map(|&node| cluster.node(node)));
        match self.requests[..] {
            // nearly always
            [(ResourceKind::Cpu, cpu), (ResourceKind::Memory, memory)] => {
                each.for_each(|(passed, node)| {
                    *passed &= !is_full(node)
                        && !is_short(node, ResourceKind::Cpu, cpu)
                        && !is_short(node, ResourceKind::Memory, memory);
                });
            }
            _ => each.for_each(|(passed, node)| {
                let short = |&(kind, amount): &(ResourceKind, i64)| is_short(node, kind, amount);
                *passed &= !is_full(node) && !self.requests.iter().any(short);
            }),
        }
    }
}

/// A resource that is scored.
#[derive(Clone, Copy, Debug)]
struct Scored {
    kind: ResourceKind,
    weight: i64,
    /// What the pod adds.
    request: i64,
}

#[derive(Debug)]
struct FitScore {
    strategy: Strategy,
    resources: Vec<Scored>,
}

/// An extended resource that the pod does not request is not scored.
pub(super) fn score(args: &Args, shape: &PodShape) -> Option<Box<dyn Score>> {
    let own = shape.scored_alone.as_ref().unwrap_or(&shape.scored_requests);
    let scored = args.resources.iter().map(|&(kind, weight)| Scored {
        kind,
        weight,
        request: own.get(kind),
    });
    let counts = |one: &Scored| one.request != 0 || !matches!(one.kind, ResourceKind::Extended(_));
    let resources = scored.filter(counts).collect();
    Some(Box::new(FitScore { strategy: args.strategy.clone(), resources }))
}

impl FitScore {
    /// The same as the score of CPU and memory by [`Strategy::LeastAllocated`].
    #[inline]
    fn free_of_two(node: &Node, cpu: &Scored, memory: &Scored) -> i64 {
        let weighted = |capacity, scored, one: &Scored| match capacity {
            0 => (0, 0),
            _ => (least_allocated(scored + one.request, capacity) * one.weight, one.weight),
        };
        let (all, scored) = (&node.spec.allocatable, &node.scored);
        let cpu = weighted(all.milli_cpu, scored.milli_cpu, cpu);
        let memory = weighted(all.memory, scored.memory, memory);
        match cpu.1 + memory.1 {
            0 => 0,
            weights => (cpu.0 + memory.0) / weights,
        }
    }
}

impl Score for FitScore {
    fn scope(&self) -> Scope {
        Scope::Pods
    }

    fn score(&self, _: &Cluster, node: &Node) -> i64 {
        let (mut sum, mut weights) = (0, 0);
        for one in &self.resources {
            let capacity = node.spec.allocatable.get(one.kind);
            // a resource that the node does not have
            if capacity == 0 {
                continue;
            }
            let score = self.strategy.score(node.scored.get(one.kind) + one.request, capacity);
            if score > 0 || self.strategy.counts_zeros() {
                sum += score * one.weight;
                weights += one.weight;
            }
        }
        self.strategy.mean(sum, weights)
    }

    fn add(&self, cluster: &Cluster, nodes: &[NodeId], weight: i64, sums: &mut [i64]) {
        let nodes = nodes.iter().map(|&node| cluster.node(node));
        let each = sums.iter_mut().zip(nodes);
        match (&self.strategy, &self.resources[..]) {
            (Strategy::LeastAllocated, [cpu, memory])
                if (cpu.kind, memory.kind) == (ResourceKind::Cpu, ResourceKind::Memory) =>
            {
                // nearly always
                each.for_each(|(sum, node)| *sum += weight * Self::free_of_two(node, cpu, memory));
            }
            _ => each.for_each(|(sum, node)| *sum += weight * self.score(cluster, node)),
        }
    }

    fn normalises(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests;
