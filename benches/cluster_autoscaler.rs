//! What a scan of the Cluster Autoscaler costs, on 500 and 5,000 nodes of ten groups with 20 pods
//! each.
//!
//! Budget, on 5,000 nodes: 2 ms where nothing is to be done, 3 ms where 500 pods of 20 kinds wait
//! for nodes that are on their way or where 100 nodes are not needed, 20 ms where a group has to be
//! chosen for those pods, 50 ms where they are to be spread over hosts; and no more than twelve
//! times what it costs on 500 nodes, but for the first, which no longer fits the caches. (The real
//! one is to be done within its 10 s.)

#[path = "support/cpu_time.rs"]
mod cpu_time;

use std::hint::black_box;
use std::time::Duration;

use criterion::BatchSize;
use plimsoll::engine::{SimDuration, SimTime};
use plimsoll::kubernetes::autoscale::cluster_autoscaler::{
    Amounts, ClusterAutoscaler, Controller, GroupId, NodeFacts, NodeGroup, PendingPod, PodFacts,
    Settings, Shown, Template, Ties, View,
};
use plimsoll::kubernetes::scheduler::cluster::Cluster;
use plimsoll::kubernetes::scheduler::labels::{Operator, Requirement, Selector};
use plimsoll::kubernetes::scheduler::node::{NodeId, NodeSpec};
use plimsoll::kubernetes::scheduler::pod::{Pod, PodId};
use plimsoll::kubernetes::scheduler::profile::Profile;
use plimsoll::kubernetes::scheduler::resources::Resources;
use plimsoll::kubernetes::scheduler::shape::{
    Inclusion, Owner, PodShape, ShapeId, SpreadConstraint, Unsatisfiable,
};
use plimsoll::kubernetes::scheduler::topology::TopologyId;

const GROUPS: u32 = 10;
const PODS: u32 = 20;
/// Kinds of pods.
const KINDS: u32 = 20;
const WAITING: u32 = 500;
const IDLE: u32 = 100;

/// All nodes are ready and all pods may move.
struct Known;

impl View for Known {
    fn node(&self, node: NodeId) -> NodeFacts {
        let group = Some(GroupId(node.0 % GROUPS));
        NodeFacts { group, ready: true, created: SimTime::ZERO, keep: false, deleting: false }
    }

    fn pod(&self, _: PodId) -> PodFacts {
        let requests = Amounts { milli_cpu: 500, memory: 1 << 30 };
        PodFacts { controller: Controller::Replicated, requests, ..PodFacts::default() }
    }
}

fn amounts(milli_cpu: i64, gib: i64) -> Resources {
    let mut amounts = Resources::default();
    (amounts.milli_cpu, amounts.memory) = (milli_cpu, gib << 30);
    amounts
}

/// A cluster, its groups, and pods that wait.
struct World {
    cluster: Cluster,
    groups: Vec<NodeGroup>,
    pending: Vec<PendingPod>,
}

impl World {
    /// Nodes of 16 to 25 cores, all of which are requested but of the first few, if these idle.
    fn new(nodes: u32, waiting: u32, idle: u32, spread: bool) -> Self {
        let mut cluster = Cluster::new();
        let groups: Vec<NodeGroup> = (0..GROUPS).map(group).collect();
        let shapes: Vec<ShapeId> = (0..KINDS).map(|kind| cluster.intern(shape(kind))).collect();
        for number in 0..nodes {
            let template = &groups[(number % GROUPS) as usize].template.node;
            let name = format!("node-{number}");
            let labels = template.labels.iter().chain([("kubernetes.io/hostname", &*name)]);
            let labels = labels.collect();
            let spec = NodeSpec { name: name.as_str().into(), labels, ..template.clone() };
            let node = cluster.add_node(spec);
            let pods = if number < idle { 2 } else { PODS };
            for pod in 0..pods {
                let shape = shapes[((number + pod) % KINDS) as usize];
                let pod = Pod::pending("default/running", shape);
                cluster.add_pod(Pod { node: Some(node), ..pod });
            }
        }
        let spread_over_hosts = |kind: u32| PodShape { spread: vec![even(kind)], ..shape(kind) };
        let shapes: Vec<ShapeId> = match spread {
            true => (0..KINDS).map(|kind| cluster.intern(spread_over_hosts(kind))).collect(),
            false => shapes,
        };
        let pending = (0..waiting).map(|number| {
            let pod = Pod::pending("default/waiting", shapes[(number % KINDS) as usize]);
            PendingPod { pod: cluster.add_pod(pod), nominated: None }
        });
        let pending = pending.collect();
        let mut world = Self { cluster, groups, pending };
        for group in &mut world.groups {
            group.target = nodes / GROUPS;
        }
        world
    }

    fn scan(&mut self, autoscaler: &mut ClusterAutoscaler, now: SimTime) -> usize {
        let (profile, view) = (Profile::default(), Known);
        let (groups, pending) = (&self.groups[..], &self.pending[..]);
        let shown = Shown { profile: &profile, groups, view: &view, pending };
        let decided = autoscaler.scan(now, &mut self.cluster, &shown);
        decided.schedulable.len() + decided.scale_up.plan.len()
    }
}

fn group(number: u32) -> NodeGroup {
    let name = format!("group-{number}");
    let labels = [("pool", name.as_str()), ("topology.kubernetes.io/zone", "a")];
    let node = NodeSpec {
        labels: labels.into_iter().collect(),
        allocatable: amounts(16_000 + 1_000 * i64::from(number), 64),
        allowed_pods: 110,
        ..NodeSpec::default()
    };
    let capacity = node.allocatable.clone();
    NodeGroup {
        name: name.into(),
        min: 0,
        max: 10_000,
        target: 0,
        template: Template { node, capacity, pods: Vec::new() },
        unregistered: Vec::new(),
        price: None,
        priority: None,
        gpu: None,
    }
}

fn shape(kind: u32) -> PodShape {
    let name = format!("app-{kind}");
    let requests = amounts(700 + 10 * i64::from(kind), 2);
    PodShape {
        namespace: "default".into(),
        labels: [("app", name.as_str())].into_iter().collect(),
        owner: Some(Owner { kind: "ReplicaSet".into(), name: name.into() }),
        scored_requests: requests.clone(),
        requests,
        ..PodShape::default()
    }
}

/// No more pods of a kind on one host than on another, but for one.
fn even(kind: u32) -> SpreadConstraint {
    let operator = Operator::In(vec![format!("app-{kind}").into()]);
    SpreadConstraint {
        max_skew: 1,
        topology: TopologyId::HOSTNAME,
        unsatisfiable: Unsatisfiable::DoNotSchedule,
        selector: Selector::All(vec![Requirement { key: "app".into(), operator }]),
        min_domains: 1,
        node_affinity: Inclusion::Honor,
        node_taints: Inclusion::Ignore,
    }
}

fn autoscaler() -> ClusterAutoscaler {
    ClusterAutoscaler::new(Settings::default(), Ties::Name)
}

fn main() {
    let mut criterion = cpu_time::criterion(20, Duration::from_secs(3)).configure_from_args();
    for nodes in [500, 5_000] {
        let mut bench = criterion.benchmark_group(format!("{nodes} nodes"));
        let kinds = [("quiet", 0, 0), ("nodes on their way", WAITING, 0), ("idle nodes", 0, IDLE)];
        for (name, waiting, idle) in kinds {
            let mut world = World::new(nodes, waiting, idle, false);
            world.groups[0].target += 100 * u32::from(waiting > 0);
            let (mut autoscaler, mut now) = (autoscaler(), SimTime::from_nanos(1 << 50));
            bench.bench_function(name, |bench| {
                bench.iter(|| {
                    // too soon for any node to go
                    now = now.saturating_add(SimDuration::from_millis(1));
                    black_box(world.scan(&mut autoscaler, now))
                });
            });
        }
        for (name, spread) in [("growth", false), ("growth, pods spread over hosts", true)] {
            let mut world = World::new(nodes, WAITING, 0, spread);
            bench.bench_function(name, |bench| {
                let now = SimTime::from_nanos(1 << 50);
                bench.iter_batched(
                    autoscaler,
                    |mut autoscaler| black_box(world.scan(&mut autoscaler, now)),
                    BatchSize::SmallInput,
                );
            });
        }
        bench.finish();
    }
    criterion.final_summary();
}
