//! Nodes that are there, as places for pods.
//!
//! Follows pkg/controllers/provisioning/scheduling/existingnode.go of Karpenter 1.x and `Taints` in
//! pkg/controllers/state/statenode.go. How many volumes a node can attach is asked of the
//! scheduler's own filter.

use std::collections::BTreeMap;

use super::daemons::missing;
use super::kind::{Answer, Asked};
use crate::kubernetes::autoscale::cluster_autoscaler::simulation::Simulation;
use crate::kubernetes::autoscale::karpenter::claim::{collide, fits};
use crate::kubernetes::autoscale::karpenter::requirements::{NODE_POOL, Requirements};
use crate::kubernetes::autoscale::karpenter::topology::{Topology, labels_of};
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::node::{Node, NodeId, NodeSpec};
use crate::kubernetes::scheduler::pod::PodId;
use crate::kubernetes::scheduler::resources::Resources;
use crate::kubernetes::scheduler::shape::{Effect, PodShape, Taint};

use super::Pool;

/// Label that a node of a pool has once all was found on it that it should have.
pub const INITIALIZED: &str = "karpenter.sh/initialized";

/// Taints that come and go with a node's start (`KnownEphemeralTaints` in
/// pkg/scheduling/taints.go).
const EPHEMERAL: [(&str, Effect); 4] = [
    ("node.kubernetes.io/not-ready", Effect::NoSchedule),
    ("node.kubernetes.io/unreachable", Effect::NoSchedule),
    ("node.cloudprovider.kubernetes.io/uninitialized", Effect::NoSchedule),
    ("karpenter.sh/unregistered", Effect::NoExecute),
];

/// What is known of a node once it was asked about.
#[derive(Debug)]
struct Known {
    taints: Vec<Taint>,
    labels: Requirements,
    /// What DaemonSets will still take, and how many pods.
    missing: (Resources, i64),
}

/// The nodes, in the order in which they are tried.
#[derive(Debug)]
pub(super) struct Places<'a> {
    pub nodes: Vec<NodeId>,
    known: BTreeMap<usize, Known>,
    pools: &'a [Pool],
    daemons: Vec<&'a PodShape>,
}

impl<'a> Places<'a> {
    pub fn new(nodes: Vec<NodeId>, pools: &'a [Pool], daemons: Vec<&'a PodShape>) -> Self {
        Self { nodes, known: BTreeMap::new(), pools, daemons }
    }

    /// Whether a node takes a pod.
    pub fn ask(
        &mut self,
        place: usize,
        asked: Asked,
        simulation: &mut Simulation,
        topology: &Topology,
    ) -> Answer<()> {
        let (shape, rung) = (asked.kind.shape, asked.rung);
        let id = self.nodes[place];
        let cluster = simulation.cluster();
        let node = cluster.node(id);
        if node.spec.unschedulable || !has_room(node, shape, &self.known(place, cluster).missing) {
            return Answer::Never;
        }
        let known = &self.known[&place];
        let met = rung.requirements.are_met_by(&node.spec.labels, &node.spec.name);
        if !met || !rung.wish.tolerates(&known.taints) || has_conflict(cluster, node, shape) {
            return Answer::Never;
        }
        if !shape.volumes.is_empty() && simulation.fits(asked.kind.id, id).is_err() {
            return Answer::Never;
        }
        let volumes = asked.volumes().iter().find(|one| known.labels.meet(one));
        if volumes.is_none() {
            return Answer::Never;
        }
        if asked.is_free() {
            return Answer::Yes(());
        }
        let standing = &asked.kind.standing;
        let left = topology.narrow(&rung.owned, standing, &rung.strict, &known.labels);
        match left.is_some_and(|left| known.labels.meet(&left)) {
            true => Answer::Yes(()),
            false if rung.steady => Answer::Never,
            false => Answer::No,
        }
    }

    /// A pod goes to a node that takes it.
    pub fn put(
        &mut self,
        place: usize,
        pod: PodId,
        asked: Asked,
        simulation: &mut Simulation,
        topology: &mut Topology,
    ) {
        simulation.put(self.nodes[place], pod, asked.kind.id);
        let known = self.known(place, simulation.cluster());
        topology.record(&asked.kind.standing, &known.taints, &known.labels);
    }

    fn known(&mut self, place: usize, cluster: &Cluster) -> &Known {
        let (node, pools) = (self.nodes[place], self.pools);
        let daemons = &self.daemons;
        self.known.entry(place).or_insert_with(|| {
            let node = cluster.node(node);
            let taints = taints_of(&node.spec, pools);
            let missing = missing(cluster, daemons, node, &taints);
            Known { taints, labels: labels_of(&node.spec), missing }
        })
    }
}

/// The taints that pods have to put up with. While a node of a pool starts, those that will go do
/// not count.
fn taints_of(spec: &NodeSpec, pools: &[Pool]) -> Vec<Taint> {
    let pool = spec.labels.get(NODE_POOL);
    let pool = pool.and_then(|name| pools.iter().find(|one| *one.spec.name == *name));
    let starting = pool.filter(|_| spec.labels.get(INITIALIZED) != Some("true"));
    let Some(pool) = starting else { return spec.taints.clone() };
    let will_go = |taint: &&Taint| {
        let same = |other: &Taint| other.key == taint.key && other.effect == taint.effect;
        EPHEMERAL.contains(&(&*taint.key, taint.effect))
            || pool.spec.template.startup_taints.iter().any(same)
    };
    spec.taints.iter().filter(|taint| !will_go(taint)).cloned().collect()
}

fn has_room(node: &Node, shape: &PodShape, missing: &(Resources, i64)) -> bool {
    let mut requests = node.requested.clone();
    requests.add(&missing.0, 1);
    requests.add(&shape.requests, 1);
    let pods = node.pods.len() as i64 + missing.1 + 1;
    pods <= node.spec.allowed_pods && fits(&requests, &node.spec.allocatable)
}

/// Whether a port of the host that a pod wants is taken.
fn has_conflict(cluster: &Cluster, node: &Node, shape: &PodShape) -> bool {
    let taken = node.tallies.iter().flat_map(|tally| &cluster.shape(tally.shape).host_ports);
    !shape.host_ports.is_empty()
        && taken.into_iter().any(|taken| shape.host_ports.iter().any(|one| collide(one, taken)))
}
