//! What the pods of DaemonSets take of a node.
//!
//! Follows `buildDaemonOverheadGroups`, `isDaemonPodCompatible` and `getCompatibleDaemonPods` in
//! pkg/controllers/provisioning/scheduling/scheduler.go of Karpenter 1.x, and existingnode.go:
//! which of them run on a node that is to be made depends on its type; on a node that is there,
//! those that are missing yet are counted.

use std::collections::BTreeMap;

use super::Pool;
use crate::kubernetes::autoscale::karpenter::claim::collide;
use crate::kubernetes::autoscale::karpenter::requirements::{Requirements, WellKnown};
use crate::kubernetes::autoscale::karpenter::wish::Wish;
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::node::Node;
use crate::kubernetes::scheduler::resources::Resources;
use crate::kubernetes::scheduler::shape::{HostPort, PodShape, Taint};

/// The kind of owner of a pod of a DaemonSet.
const DAEMON_SET: &str = "apps/v1/DaemonSet";

/// Whether a pod belongs to a DaemonSet.
pub(in crate::kubernetes::autoscale::karpenter) fn is_daemon(shape: &PodShape) -> bool {
    shape.owner.as_ref().is_some_and(|owner| *owner.kind == *DAEMON_SET)
}

/// What some DaemonSets take.
#[derive(Clone, Debug, Default)]
pub(super) struct Overhead {
    pub requests: Resources,
    pub pods: i64,
    ports: Vec<HostPort>,
}

impl Overhead {
    fn add(&mut self, daemon: &PodShape) {
        self.requests.add(&daemon.requests, 1);
        self.pods += 1;
        self.ports.extend(daemon.host_ports.iter().cloned());
    }

    /// Whether ports of the host are not taken.
    pub fn leaves(&self, ports: &[HostPort]) -> bool {
        !ports.iter().any(|port| self.ports.iter().any(|taken| collide(port, taken)))
    }
}

/// For each type of a pool the place of its overhead, and all that there are.
pub(super) fn overheads(
    pool: &Pool,
    requirements: &Requirements,
    daemons: &[&PodShape],
    well_known: &WellKnown,
) -> (Vec<usize>, Vec<Overhead>) {
    if daemons.is_empty() {
        return (vec![0; pool.types.len()], vec![Overhead::default()]);
    }
    let taints = &pool.spec.template.taints;
    // by DaemonSet: what nodes of the pool have to meet, of which one will do
    let wanted: Vec<Vec<Requirements>> = daemons
        .iter()
        .map(|daemon| {
            let wish = Wish::without_preferences(daemon);
            let possible = |one: &Requirements| requirements.can_meet(one, well_known);
            let all = if wish.tolerates(taints) { wish.alternatives() } else { Vec::new() };
            all.into_iter().filter(possible).collect()
        })
        .collect();
    let (mut places, mut all) = (BTreeMap::<Vec<usize>, usize>::new(), Vec::new());
    let of_type = pool.types.iter().map(|one| {
        let runs = |daemon: &usize| wanted[*daemon].iter().any(|it| one.requirements.intersect(it));
        let set: Vec<usize> = (0..daemons.len()).filter(runs).collect();
        *places.entry(set).or_insert_with_key(|set| {
            let mut overhead = Overhead::default();
            set.iter().for_each(|&daemon| overhead.add(daemons[daemon]));
            all.push(overhead);
            all.len() - 1
        })
    });
    let of_type = of_type.collect();
    (of_type, all)
}

/// What DaemonSets will still take of a node that is there: what all request that would run on it,
/// less what those that are there do.
pub(super) fn missing(
    cluster: &Cluster,
    daemons: &[&PodShape],
    node: &Node,
    taints: &[Taint],
) -> (Resources, i64) {
    let (mut requests, mut pods) = (Resources::default(), 0);
    let labels = |wanted: &Requirements| wanted.are_met_by(&node.spec.labels, &node.spec.name);
    for daemon in daemons {
        let wish = Wish::new(daemon);
        if wish.tolerates(taints) && labels(&wish.strict_requirements()) {
            requests.add(&daemon.requests, 1);
            pods += 1;
        }
    }
    for tally in &node.tallies {
        let shape = cluster.shape(tally.shape);
        if is_daemon(shape) {
            requests.add(&shape.requests, -i64::from(tally.present));
            pods -= i64::from(tally.present);
        }
    }
    // one that nobody expected there makes no room for others
    let negative: Vec<_> = requests.iter().filter(|(_, amount)| *amount < 0).collect();
    negative.into_iter().for_each(|(kind, _)| requests.set(kind, 0));
    (requests, pods.max(0))
}
