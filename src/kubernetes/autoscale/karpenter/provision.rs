//! For which pods which nodes are made.
//!
//! Follows pkg/controllers/provisioning/scheduling/scheduler.go of Karpenter 1.x: first-fit
//! decreasing over nodes that are there, claims made in this pass and pools.
//!
//! Not planned for are pods whose place depends on other pods (spread, affinity) or on volumes and
//! that no node that is there would take: the domains of a node that is not there yet are not
//! modelled. They are returned as such, and never as if a node had been planned.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::api::NodePool;
use super::claim::{Around, NodeClaim};
use super::instance::InstanceType;
use super::requirement::Allowed;
use super::requirements::{NODE_POOL, Requirements, WellKnown};
use super::wish::Wish;
use crate::engine::SimTime;
use crate::kubernetes::autoscale::cluster_autoscaler::simulation::{Memory, Simulation};
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::node::NodeId;
use crate::kubernetes::scheduler::pod::PodId;
use crate::kubernetes::scheduler::profile::Profile;
use crate::kubernetes::scheduler::resources::{ResourceKind, Resources};
use crate::kubernetes::scheduler::shape::{Effect, PodShape, ShapeId};

/// A pool, the types its class has, and what its nodes have now.
#[derive(Clone, Debug)]
pub struct Pool {
    /// As it was written.
    pub spec: NodePool,
    /// The types of instances that its class allows, as they are on offer now; always in one order.
    pub types: Vec<InstanceType>,
    /// What all its nodes have (`status.capacity`), those that are on their way included.
    pub used: Resources,
    /// How many they are.
    pub nodes: i64,
}

/// A pod that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PendingPod {
    /// Which.
    pub pod: PodId,
    /// When it was created.
    pub created: SimTime,
}

/// What is shown.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// The filters by which nodes that are there take pods.
    pub profile: &'a Profile,
    /// The pools.
    pub pools: &'a [Pool],
    /// The pods of DaemonSets, one of each.
    pub daemons: &'a [ShapeId],
    /// Labels that nodes will have though no pool names them.
    pub well_known: &'a WellKnown,
    /// The nodes that may take pods in the order in which they are tried: those that are
    /// initialized first, then by name; those that are going are not among them.
    pub nodes: &'a [NodeId],
}

/// Why nothing was planned for a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unplanned {
    /// No pool could make a node for it within its limits.
    NoPool,
    /// Its place depends on other pods or on volumes, which is not modelled for new nodes.
    Dependent,
}

/// What was planned.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// Nodes to make.
    pub claims: Vec<NodeClaim>,
    /// Pods that nodes take that are there.
    pub placed: Vec<(PodId, NodeId)>,
    /// Pods for which there is nothing.
    pub unplanned: Vec<(PodId, Unplanned)>,
}

/// What is left of a pool in a pass.
#[derive(Debug)]
struct Template {
    pool: usize,
    requirements: Requirements,
    /// What limits leave, by resource; the number of nodes.
    left: Vec<(ResourceKind, i64)>,
    nodes_left: Option<i64>,
    overhead: Resources,
    daemons: i64,
}

/// Plans for pods that wait. The cluster is tried on and left as it was; `without` are nodes that
/// are taken to be gone, with their pods.
pub fn plan(
    cluster: &mut Cluster,
    shown: &Shown,
    pending: &[PendingPod],
    without: &[NodeId],
) -> Plan {
    let templates = templates(cluster, shown);
    let mut order = pending.to_vec();
    order.sort_by_key(|one| {
        let requests = &cluster.shape_of(one.pod).requests;
        (-requests.milli_cpu, -requests.memory, one.created, one.pod)
    });
    let shapes: BTreeMap<ShapeId, PodShape> = order
        .iter()
        .map(|one| cluster.pod(one.pod).shape)
        .map(|shape| (shape, cluster.shape(shape).clone()))
        .collect();
    let placed: Vec<_> = order.iter().map(|one| (one.pod, cluster.pod(one.pod).shape)).collect();
    let mut memory = Memory::default();
    let mut simulation = Simulation::new(cluster, shown.profile, &mut memory);
    without.iter().for_each(|&node| simulation.remove_node(node));
    let tried = shown.nodes.iter().copied().filter(|node| !without.contains(node)).collect();
    let discouraging = |pool: &Pool| {
        let mut taints = pool.spec.template.taints.iter();
        taints.any(|taint| taint.effect == Effect::PreferNoSchedule)
    };
    let discouraging = shown.pools.iter().any(discouraging);
    let plan = Plan::default();
    let mut pass =
        Pass { shown, simulation, templates, tried, full: BTreeMap::new(), plan, discouraging };
    for (pod, shape) in placed {
        pass.plan_pod(pod, shape, &shapes[&shape]);
    }
    pass.plan
}

struct Pass<'a, 'c> {
    shown: &'a Shown<'a>,
    simulation: Simulation<'c>,
    templates: Vec<Template>,
    tried: Vec<NodeId>,
    /// By shape: so many nodes, from the first on, have no room for another of it and will have
    /// none, since pods only come.
    full: BTreeMap<ShapeId, usize>,
    plan: Plan,
    discouraging: bool,
}

impl Pass<'_, '_> {
    fn plan_pod(&mut self, pod: PodId, id: ShapeId, shape: &PodShape) {
        let mut wish = Wish::new(shape);
        let dependent = is_dependent(shape);
        loop {
            if let Some(node) = self.on_a_node(id, &wish, dependent) {
                self.simulation.put(node, pod, id);
                self.plan.placed.push((pod, node));
                return;
            }
            if !dependent && self.in_a_claim(pod, shape, &wish) {
                return;
            }
            if !wish.relax(self.discouraging) {
                break;
            }
            // what kept it from nodes may have been given up
            self.full.remove(&id);
        }
        let why = if dependent { Unplanned::Dependent } else { Unplanned::NoPool };
        self.full.remove(&id);
        self.plan.unplanned.push((pod, why));
    }

    /// The first node that takes a pod of a shape.
    fn on_a_node(&mut self, id: ShapeId, wish: &Wish, dependent: bool) -> Option<NodeId> {
        let wanted = wish.requirements();
        let relaxed = wish.is_relaxed();
        let from = match dependent || relaxed {
            true => 0,
            false => self.full.get(&id).copied().unwrap_or(0),
        };
        for (place, &node) in self.tried.iter().enumerate().skip(from) {
            let spec = &self.simulation.cluster().node(node).spec;
            let will_do = !spec.unschedulable
                && wish.tolerates(&spec.taints)
                && (wanted.is_empty() || labels_of(spec).meet(&wanted));
            if will_do && self.simulation.fits(id, node).is_ok() {
                if !relaxed {
                    self.full.insert(id, place);
                }
                return Some(node);
            }
        }
        if !relaxed {
            self.full.insert(id, self.tried.len());
        }
        None
    }

    /// The claim with the fewest pods that takes it, or a new one of the first pool that can.
    fn in_a_claim(&mut self, pod: PodId, shape: &PodShape, wish: &Wish) -> bool {
        let (shown, claims) = (self.shown, &mut self.plan.claims);
        let around = |pool: usize| {
            let pool = &shown.pools[pool];
            let taints = &pool.spec.template.taints;
            Around { taints, types: &pool.types, well_known: shown.well_known }
        };
        let mut order: Vec<usize> = (0..claims.len()).collect();
        order.sort_by_key(|&place| claims[place].pods.len());
        for place in order {
            let pool = claims[place].pool;
            if claims[place].add(pod, shape, wish, around(pool)) {
                return true;
            }
        }
        for template in &mut self.templates {
            let types = &shown.pools[template.pool].types;
            let mut claim = template.claim(types);
            if claim.add(pod, shape, wish, around(template.pool)) {
                template.take(&claim, types);
                claims.push(claim);
                return true;
            }
        }
        false
    }
}

impl Template {
    /// A claim of the types that limits leave.
    fn claim(&self, types: &[InstanceType]) -> NodeClaim {
        let within = |&place: &usize| {
            let capacity = &types[place].capacity;
            self.nodes_left.is_none_or(|left| left > 0)
                && self.left.iter().all(|&(kind, left)| capacity.get(kind) <= left)
        };
        NodeClaim {
            pool: self.pool,
            requirements: self.requirements.clone(),
            types: (0..types.len()).filter(within).collect(),
            pods: Vec::new(),
            requests: self.overhead.clone(),
            daemons: self.daemons,
            ports: Vec::new(),
        }
    }

    /// Takes off what the largest of a claim's types has: it may be the one that comes.
    fn take(&mut self, claim: &NodeClaim, types: &[InstanceType]) {
        for (kind, left) in &mut self.left {
            let each = claim.types.iter().map(|&place| types[place].capacity.get(*kind));
            *left -= each.max().unwrap_or(0);
        }
        if let Some(left) = &mut self.nodes_left {
            *left -= 1;
        }
    }
}

/// The pools in the order in which they are tried: by weight, then by name.
fn templates(cluster: &mut Cluster, shown: &Shown) -> Vec<Template> {
    let mut order: Vec<usize> = (0..shown.pools.len()).collect();
    order.sort_by_key(|&place| {
        let spec = &shown.pools[place].spec;
        (std::cmp::Reverse(spec.weight), spec.name.clone())
    });
    order.into_iter().map(|place| template(cluster, shown, place)).collect()
}

fn template(cluster: &mut Cluster, shown: &Shown, place: usize) -> Template {
    let pool = &shown.pools[place];
    let mut requirements = pool.spec.template.requirements.clone();
    requirements.add_all(&Requirements::of_labels(&pool.spec.template.labels));
    requirements.add(NODE_POOL, &Allowed::only([pool.spec.name.clone()]));
    let (mut left, mut nodes_left) = (Vec::new(), None);
    for (name, limit) in &pool.spec.limits {
        if **name == *"nodes" {
            nodes_left = Some(limit.value() - pool.nodes);
            continue;
        }
        let kind = cluster.resource(name);
        let limit = match kind {
            ResourceKind::Cpu => limit.milli_value(),
            _ => limit.value(),
        };
        left.push((kind, limit - pool.used.get(kind)));
    }
    let (mut overhead, mut daemons) = (Resources::default(), 0);
    for &daemon in shown.daemons {
        let shape = cluster.shape(daemon);
        let wish = Wish::new(shape);
        let wanted = wish.requirements();
        if wish.tolerates(&pool.spec.template.taints)
            && requirements.can_meet(&wanted, shown.well_known)
        {
            overhead.add(&shape.requests, 1);
            daemons += 1;
        }
    }
    Template { pool: place, requirements, left, nodes_left, overhead, daemons }
}

/// What is known of a node that is there.
fn labels_of(spec: &crate::kubernetes::scheduler::node::NodeSpec) -> Requirements {
    let mut known = Requirements::of_labels(&spec.labels);
    known.add(super::requirements::HOSTNAME, &Allowed::only([spec.name.clone()]));
    known
}

/// Whether the place of a pod depends on other pods, or on volumes.
fn is_dependent(shape: &PodShape) -> bool {
    !shape.spread.is_empty() || shape.has_pod_affinity() || !shape.volumes.is_empty()
}
