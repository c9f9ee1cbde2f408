//! What a plan of Karpenter costs: 10,000 pods of 20 kinds that wait, on claims of 1,300 types in
//! three zones, and a pass that looks for nodes to take away, of 500.
//!
//! Budget: 100 ms where pods want nothing of each other or are spread over zones, 300 ms where
//! 2,000 of them want a node each, 100 ms where 5,000 nodes are there that are full, 1 s for the
//! pass. (The real one is to be done within a minute.)

#[path = "support/cpu_time.rs"]
mod cpu_time;

use std::hint::black_box;
use std::time::Duration;

use plimsoll::engine::SimTime;
use plimsoll::kubernetes::autoscale::karpenter::api::read_text;
use plimsoll::kubernetes::autoscale::karpenter::disruption::{
    Disruptor, Moment, NodeFacts, PodFacts, Settings, View,
};
use plimsoll::kubernetes::autoscale::karpenter::instance::{
    CapacityType, InstanceType, Offering, Price,
};
use plimsoll::kubernetes::autoscale::karpenter::provision::{PendingPod, Pool, Shown, plan};
use plimsoll::kubernetes::autoscale::karpenter::requirement::Allowed;
use plimsoll::kubernetes::autoscale::karpenter::requirements::{
    CAPACITY_TYPE, INSTANCE_TYPE, NODE_POOL, Requirements, WellKnown, ZONE,
};
use plimsoll::kubernetes::scheduler::cluster::Cluster;
use plimsoll::kubernetes::scheduler::labels::{Operator, Requirement, Selector};
use plimsoll::kubernetes::scheduler::node::{NodeId, NodeSpec};
use plimsoll::kubernetes::scheduler::pod::{Pod, PodId};
use plimsoll::kubernetes::scheduler::profile::Profile;
use plimsoll::kubernetes::scheduler::resources::Resources;
use plimsoll::kubernetes::scheduler::shape::{
    AffinityTerm, Inclusion, PodAffinity, PodShape, SpreadConstraint, Unsatisfiable,
};
use plimsoll::kubernetes::scheduler::topology::TopologyId;
use plimsoll::units::HourlyPrice;

const KINDS: u32 = 20;
const FAMILIES: i64 = 130;
/// Cores of the sizes of a family.
const SIZES: [i64; 10] = [2, 4, 8, 16, 32, 48, 64, 96, 128, 192];
const ZONES: [&str; 3] = ["a", "b", "c"];

const POOL: &str = "
apiVersion: karpenter.sh/v1
kind: NodePool
metadata: { name: all }
spec:
  disruption: { budgets: [{ nodes: '100%' }] }
  template:
    spec:
      nodeClassRef: { kind: EC2NodeClass, name: default }
      requirements:
        - { key: kubernetes.io/arch, operator: In, values: [amd64] }
        - { key: cloud/generation, operator: Gt, values: ['1'] }
";

fn amounts(milli_cpu: i64, gib: i64) -> Resources {
    let mut amounts = Resources::default();
    (amounts.milli_cpu, amounts.memory) = (milli_cpu, gib << 30);
    amounts
}

/// A size of a family; every other family has twice the memory.
fn instance(family: i64, cores: i64) -> InstanceType {
    let name = format!("f{family}.{cores}");
    let mut requirements = Requirements::default();
    let mut add = |key: &str, value: &str| requirements.add(key, &Allowed::only([value]));
    add(INSTANCE_TYPE, &name);
    add("kubernetes.io/arch", "amd64");
    add("kubernetes.io/os", "linux");
    for (key, value) in [
        ("cloud/family", family),
        ("cloud/generation", 2 + family % 7),
        ("cloud/size", cores),
        ("cloud/cpu", cores),
        ("cloud/memory", cores * 4096),
        ("cloud/network", cores * 500),
        ("cloud/ebs", cores * 300),
        ("cloud/category", family % 5),
    ] {
        add(key, &value.to_string());
    }
    requirements.add(ZONE, &Allowed::only(ZONES));
    requirements.add(CAPACITY_TYPE, &Allowed::only(["spot", "on-demand"]));
    let price = cores as f64 * (0.04 + family as f64 / 10_000.0);
    let offering = |zone: &str, capacity_type, price| Offering {
        zone: zone.into(),
        capacity_type,
        price: Price::of(HourlyPrice(price)),
        available: true,
    };
    let offerings = ZONES.iter().flat_map(|zone| {
        let spot = offering(zone, CapacityType::Spot, price / 3.0);
        [spot, offering(zone, CapacityType::OnDemand, price)]
    });
    let capacity = amounts(cores * 1_000, cores * (4 + 4 * (family % 2)));
    InstanceType {
        name: name.into(),
        requirements,
        allocatable: capacity.clone(),
        capacity,
        allowed_pods: (cores * 15).min(737),
        offerings: offerings.collect(),
    }
}

/// What pods want of those of their kind.
#[derive(Clone, Copy)]
enum Wants {
    Nothing,
    ZonesEven,
    HostsApart,
}

fn shape(kind: u32, wants: Wants) -> PodShape {
    let name = format!("app-{kind}");
    let requests = amounts(250 + 100 * i64::from(kind), 1 + i64::from(kind) % 4);
    let operator = Operator::In(vec![name.as_str().into()]);
    let selector = Selector::All(vec![Requirement { key: "app".into(), operator }]);
    let mut shape = PodShape {
        namespace: "default".into(),
        labels: [("app", name.as_str())].into_iter().collect(),
        scored_requests: requests.clone(),
        requests,
        ..PodShape::default()
    };
    match wants {
        Wants::Nothing => {}
        Wants::ZonesEven => shape.spread.push(SpreadConstraint {
            max_skew: 1,
            topology: TopologyId::ZONE,
            unsatisfiable: Unsatisfiable::DoNotSchedule,
            selector,
            min_domains: 1,
            node_affinity: Inclusion::Honor,
            node_taints: Inclusion::Ignore,
        }),
        Wants::HostsApart => {
            let namespaces = vec!["default".into()];
            let topology = TopologyId::HOSTNAME;
            let term = AffinityTerm {
                selector,
                namespaces,
                namespace_selector: Selector::Nothing,
                topology,
            };
            shape.anti_affinity = PodAffinity { required: vec![term], preferred: Vec::new() };
        }
    }
    shape
}

struct World {
    cluster: Cluster,
    profile: Profile,
    pools: Vec<Pool>,
    well_known: WellKnown,
    nodes: Vec<NodeId>,
    pending: Vec<PendingPod>,
}

impl World {
    /// So many nodes of 16 cores with a pod for each of so many cores, and pods that wait.
    fn new(nodes: u32, taken: i64, waiting: u32, wants: Wants) -> Self {
        let spec = read_text("pool.yaml", POOL).expect("the pool is right").remove(0);
        let types = (0..FAMILIES).flat_map(|family| SIZES.map(|cores| instance(family, cores)));
        let pool = Pool { spec, types: types.collect(), used: Resources::default(), nodes: 0 };
        let mut world = Self {
            cluster: Cluster::new(),
            profile: Profile::default(),
            pools: vec![pool],
            well_known: WellKnown::with(["cloud/family", "cloud/generation", "cloud/cpu"]),
            nodes: Vec::new(),
            pending: Vec::new(),
        };
        (0..nodes).for_each(|number| world.node(number, taken));
        for number in 0..waiting {
            let shape = world.cluster.intern(shape(number % KINDS, wants));
            let pod = world.cluster.add_pod(Pod::pending("default/waiting", shape));
            world.pending.push(PendingPod { pod, created: SimTime::ZERO });
        }
        world
    }

    fn node(&mut self, number: u32, taken: i64) {
        let instance = &self.pools[0].types[3];
        let name = format!("node-{number}");
        let labels = [
            ("kubernetes.io/hostname", name.as_str()),
            (ZONE, ZONES[number as usize % 3]),
            (INSTANCE_TYPE, &*instance.name),
            (NODE_POOL, "all"),
        ];
        let node = self.cluster.add_node(NodeSpec {
            name: name.as_str().into(),
            labels: labels.into_iter().collect(),
            allocatable: instance.allocatable.clone(),
            allowed_pods: instance.allowed_pods,
            ..NodeSpec::default()
        });
        self.nodes.push(node);
        for _ in 0..taken {
            let requests = amounts(1_000, 3);
            let shape = PodShape { namespace: "default".into(), requests, ..PodShape::default() };
            let shape = self.cluster.intern(shape);
            let pod = Pod::pending("default/running", shape);
            self.cluster.add_pod(Pod { node: Some(node), ..pod });
        }
    }

    fn plan(&mut self) -> usize {
        let Self { cluster, profile, pools, well_known, nodes, pending } = self;
        let shown = Shown { profile, pools, daemons: &[], well_known, nodes };
        let plan = plan(cluster, &shown, pending, &[]);
        assert!(plan.unplanned.is_empty());
        plan.claims.len()
    }

    fn pass(&mut self) -> bool {
        let Self { cluster, profile, pools, well_known, nodes, pending } = self;
        let shown = Shown { profile, pools, daemons: &[], well_known, nodes };
        let mut disruptor = Disruptor::new(Settings::default());
        let at = Moment { shown: &shown, view: &Known, pending, now: SimTime::ZERO, calendar: 0 };
        disruptor.pass(cluster, at).is_some()
    }
}

/// All nodes may be taken away, and all pods may move.
struct Known;

impl View for Known {
    fn node(&self, node: NodeId) -> Option<NodeFacts> {
        Some(NodeFacts {
            pool: 0,
            instance: Some(3),
            zone: ZONES[node.index() % 3].into(),
            capacity_type: CapacityType::Spot,
            created: SimTime::ZERO,
            initialized: true,
            ready: true,
            deleting: false,
            nominated: false,
            do_not_disrupt: false,
            last_pod: SimTime::ZERO,
        })
    }

    fn pod(&self, _: PodId) -> PodFacts {
        PodFacts { reschedulable: true, ..PodFacts::default() }
    }
}

fn main() {
    let mut criterion = cpu_time::criterion(10, Duration::from_secs(5)).configure_from_args();
    let mut bench = criterion.benchmark_group("plan");
    for (name, nodes, taken, waiting, wants) in [
        ("10,000 pods", 0, 0, 10_000, Wants::Nothing),
        ("10,000 pods, spread over zones", 0, 0, 10_000, Wants::ZonesEven),
        ("2,000 pods, apart from their like", 0, 0, 2_000, Wants::HostsApart),
        ("10,000 pods, 5,000 full nodes", 5_000, 16, 10_000, Wants::Nothing),
    ] {
        let mut world = World::new(nodes, taken, waiting, wants);
        bench.bench_function(name, |bench| bench.iter(|| black_box(world.plan())));
    }
    bench.finish();
    let mut bench = criterion.benchmark_group("disruption");
    let mut world = World::new(500, 13, 0, Wants::Nothing);
    bench.bench_function("500 nodes, none to spare", |bench| {
        bench.iter(|| black_box(world.pass()));
    });
    bench.finish();
    criterion.final_summary();
}
