//! Small clusters and a cloud of few types.

use super::api::{NodePool, read_text};
use super::instance::{CapacityType, InstanceType, Offering, Price};
use super::provision::{PendingPod, Plan, Pool, Shown, plan};
use super::requirement::Allowed;
use super::requirements::{
    CAPACITY_TYPE, HOSTNAME, INSTANCE_TYPE, NODE_POOL, Requirements, WellKnown, ZONE,
};
use crate::engine::SimTime;
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::labels::{Operator, Requirement, Selector};
use crate::kubernetes::scheduler::node::{NodeId, NodeSpec};
use crate::kubernetes::scheduler::pod::{Pod, PodId};
use crate::kubernetes::scheduler::profile::Profile;
use crate::kubernetes::scheduler::resources::Resources;
use crate::kubernetes::scheduler::shape::{
    AffinityTerm, Inclusion, NodeTerm, PodShape, ShapeId, SpreadConstraint, Unsatisfiable,
};
use crate::kubernetes::scheduler::topology::TopologyId;
use crate::units::HourlyPrice;

/// CPU in thousandths and memory in MiB.
pub fn amounts(milli_cpu: i64, mib: i64) -> Resources {
    let mut amounts = Resources::default();
    (amounts.milli_cpu, amounts.memory) = (milli_cpu, mib << 20);
    amounts
}

/// A pod that requests this.
pub fn requesting(milli_cpu: i64, mib: i64) -> PodShape {
    let requests = amounts(milli_cpu, mib);
    PodShape { scored_requests: requests.clone(), requests, ..PodShape::default() }
}

/// A type with so many cores and twice as many GiB, in zones `a` and `b`, on demand for this price
/// and as spot for a third.
pub fn instance(name: &str, cores: i64, dollars: f64) -> InstanceType {
    instance_in(&["a", "b"], name, cores, dollars)
}

/// The same in other zones.
pub fn instance_in(zones: &[&str], name: &str, cores: i64, dollars: f64) -> InstanceType {
    let mut requirements = Requirements::default();
    requirements.add(INSTANCE_TYPE, &Allowed::only([name]));
    requirements.add(ZONE, &Allowed::only(zones.iter().copied()));
    requirements.add(CAPACITY_TYPE, &Allowed::only(["spot", "on-demand"]));
    let mut offerings = Vec::new();
    for &zone in zones {
        for (capacity_type, price) in
            [(CapacityType::Spot, dollars / 3.0), (CapacityType::OnDemand, dollars)]
        {
            let price = Price::of(HourlyPrice(price));
            offerings.push(Offering { zone: zone.into(), capacity_type, price, available: true });
        }
    }
    InstanceType {
        name: name.into(),
        requirements,
        capacity: amounts(cores * 1_000, cores * 2_048),
        allocatable: amounts(cores * 1_000, cores * 2_048),
        allowed_pods: 110,
        offerings,
    }
}

/// A pool with this after its class, indented as `spec` and as `template.spec` are.
pub fn pool(name: &str, of_template: &str, of_spec: &str) -> NodePool {
    let text = format!(
        "apiVersion: karpenter.sh/v1\nkind: NodePool\nmetadata: {{ name: {name} }}\nspec:\n  \
         template:\n    spec:\n      nodeClassRef: {{ kind: EC2NodeClass, name: default }}\n\
         {of_template}{of_spec}"
    );
    read_text("pool.yaml", &text).unwrap_or_else(|wrong| panic!("{wrong}")).remove(0)
}

/// A cluster and what Karpenter is shown.
pub struct Scene {
    pub cluster: Cluster,
    pub profile: Profile,
    pub pools: Vec<Pool>,
    pub daemons: Vec<ShapeId>,
    pub well_known: WellKnown,
    pub nodes: Vec<NodeId>,
    pub pending: Vec<PendingPod>,
}

impl Scene {
    /// With these pools, each of types of 2, 4 and 8 cores at 0.1, 0.2 and 0.4 dollars.
    pub fn new(pools: Vec<NodePool>) -> Self {
        Self::in_zones(&["a", "b"], pools)
    }

    /// The same in other zones.
    pub fn in_zones(zones: &[&str], pools: Vec<NodePool>) -> Self {
        let sizes = [("l", 8, 0.4), ("m", 4, 0.2), ("s", 2, 0.1)];
        let types = sizes.map(|(name, cores, price)| instance_in(zones, name, cores, price));
        Self::of_types(types.to_vec(), pools)
    }

    /// The same with other types.
    pub fn of_types(types: Vec<InstanceType>, pools: Vec<NodePool>) -> Self {
        let with = |spec| Pool { spec, types: types.clone(), used: Resources::default(), nodes: 0 };
        Self {
            cluster: Cluster::new(),
            profile: Profile::default(),
            pools: pools.into_iter().map(with).collect(),
            daemons: Vec::new(),
            well_known: WellKnown::default(),
            nodes: Vec::new(),
            pending: Vec::new(),
        }
    }

    pub fn shown(&self) -> Shown<'_> {
        let Self { profile, pools, daemons, well_known, nodes, .. } = self;
        Shown { profile, pools, daemons, well_known, nodes }
    }

    /// A node of the first pool, of a type, on demand in zone `a`.
    pub fn node(&mut self, place: usize) -> NodeId {
        self.node_in("a", place)
    }

    /// The same in another zone.
    pub fn node_in(&mut self, zone: &str, place: usize) -> NodeId {
        let kind = &self.pools[0].types[place];
        let name = format!("n{}", self.cluster.node_places());
        let labels = [
            (HOSTNAME, &*name),
            (ZONE, zone),
            (CAPACITY_TYPE, "on-demand"),
            (INSTANCE_TYPE, &*kind.name),
            (NODE_POOL, &*self.pools[0].spec.name),
        ];
        let spec = NodeSpec {
            name: name.as_str().into(),
            labels: labels.into_iter().collect(),
            allocatable: kind.allocatable.clone(),
            allowed_pods: kind.allowed_pods,
            ..NodeSpec::default()
        };
        let node = self.cluster.add_node(spec);
        self.nodes.push(node);
        node
    }

    /// A pod on a node.
    pub fn run(&mut self, shape: PodShape, node: NodeId) -> PodId {
        self.add(shape, Some(node))
    }

    /// Pods that wait.
    pub fn wait(&mut self, shape: &PodShape, pods: usize) -> Vec<PodId> {
        let pods: Vec<_> = (0..pods).map(|_| self.add(shape.clone(), None)).collect();
        let created = SimTime::ZERO;
        self.pending.extend(pods.iter().map(|&pod| PendingPod { pod, created }));
        pods
    }

    fn add(&mut self, shape: PodShape, node: Option<NodeId>) -> PodId {
        let shape = self.cluster.intern(PodShape { namespace: "default".into(), ..shape });
        let key = format!("default/p{}", self.cluster.pods().count());
        self.cluster.add_pod(Pod { node, ..Pod::pending(&key, shape) })
    }

    pub fn plan(&mut self) -> Plan {
        let Self { cluster, profile, pools, daemons, well_known, nodes, pending } = self;
        let shown = Shown { profile, pools, daemons, well_known, nodes };
        plan(cluster, &shown, pending, &[])
    }
}

/// The names of the types of a claim.
pub fn names(types: &[usize], all: &[InstanceType]) -> Vec<String> {
    let mut names: Vec<_> = types.iter().map(|&place| all[place].name.to_string()).collect();
    names.sort();
    names
}

/// A requirement on one label of nodes.
pub fn one_of(key: &str, values: &[&str]) -> NodeTerm {
    let operator = Operator::In(values.iter().map(|&value| value.into()).collect());
    let requirement = Requirement { key: key.into(), operator };
    NodeTerm { labels: vec![requirement], name: Vec::new() }
}

/// Pods of this `app`, in the namespace `default`.
pub fn of_app(app: &str) -> Selector {
    let operator = Operator::In(vec![app.into()]);
    Selector::All(vec![Requirement { key: "app".into(), operator }])
}

/// A term about pods of an `app`.
pub fn term(topology: TopologyId, app: &str) -> AffinityTerm {
    AffinityTerm {
        selector: of_app(app),
        namespaces: vec!["default".into()],
        namespace_selector: Selector::Nothing,
        topology,
    }
}

/// Pods of the app `web`, spread with a skew of 1.
pub fn spread_over(topology: TopologyId, unsatisfiable: Unsatisfiable) -> SpreadConstraint {
    SpreadConstraint {
        max_skew: 1,
        topology,
        unsatisfiable,
        selector: of_app("web"),
        min_domains: 1,
        node_affinity: Inclusion::Honor,
        node_taints: Inclusion::Ignore,
    }
}

/// A pod of an `app` that requests so many thousandths of a core.
pub fn pod_of(app: &str, milli_cpu: i64) -> PodShape {
    PodShape { labels: [("app", app)].into_iter().collect(), ..requesting(milli_cpu, 16) }
}
