//! Whatever happens, nobody waits for whom there is room.
//!
//! Hints that are too narrow would leave pods waiting: this tries random histories and asks the
//! plain way, whenever the scheduler says that it has nothing to do, whether any waiting pod would
//! find a node.

use proptest::prelude::*;

use super::*;
use crate::kubernetes::scheduler::cycle::attempt;
use crate::kubernetes::scheduler::labels::{Operator, Requirement, Selector};
use crate::kubernetes::scheduler::shape::{
    AffinityTerm, Effect, HostPort, Inclusion, PodAffinity, SpreadConstraint, Taint, Toleration,
    TolerationOperator, Unsatisfiable,
};
use crate::kubernetes::scheduler::topology::TopologyId;

#[derive(Clone, Copy, Debug)]
enum Want {
    Nothing,
    Toleration,
    Zone,
    Port,
    Alone,
    Spread,
    NearDatabase,
}

#[derive(Clone, Copy, Debug)]
struct NodeKind {
    size: i64,
    zone: Option<usize>,
    tainted: bool,
    cordoned: bool,
}

#[derive(Clone, Debug)]
enum Step {
    Pod { size: i64, priority: i32, want: Want, database: bool },
    RemovePod(usize),
    ShrinkPod(usize),
    Node(NodeKind),
    UpdateNode(usize, NodeKind),
    RemoveNode(usize),
}

fn node_kind() -> impl Strategy<Value = NodeKind> {
    (1..9_i64, proptest::option::of(0..3_usize), any::<bool>(), any::<bool>())
        .prop_map(|(size, zone, tainted, cordoned)| NodeKind { size, zone, tainted, cordoned })
}

fn steps(priorities: i32) -> impl Strategy<Value = Vec<Step>> {
    let want = prop_oneof![
        3 => Just(Want::Nothing),
        1 => Just(Want::Toleration),
        1 => Just(Want::Zone),
        1 => Just(Want::Port),
        1 => Just(Want::Alone),
        1 => Just(Want::Spread),
        1 => Just(Want::NearDatabase),
    ];
    let pod = (1..6_i64, 0..priorities, want, prop::bool::weighted(0.2));
    let step = prop_oneof![
        6 => pod.prop_map(|(size, priority, want, database)| {
            Step::Pod { size, priority, want, database }
        }),
        2 => any::<usize>().prop_map(Step::RemovePod),
        1 => any::<usize>().prop_map(Step::ShrinkPod),
        2 => node_kind().prop_map(Step::Node),
        2 => (any::<usize>(), node_kind()).prop_map(|(node, kind)| Step::UpdateNode(node, kind)),
        1 => any::<usize>().prop_map(Step::RemoveNode),
    ];
    prop::collection::vec(step, 1..60)
}

fn spec(name: &str, kind: NodeKind) -> NodeSpec {
    let taint = Taint { key: "gpu".into(), value: "".into(), effect: Effect::NoSchedule };
    let zone = kind.zone.map(|zone| ("topology.kubernetes.io/zone", ["a", "b", "c"][zone]));
    NodeSpec {
        labels: zone.into_iter().collect(),
        taints: if kind.tainted { vec![taint] } else { Vec::new() },
        unschedulable: kind.cordoned,
        ..node(name, kind.size)
    }
}

fn select(app: &str) -> Selector {
    let operator = Operator::In(vec![app.into()]);
    Selector::All(vec![Requirement { key: "app".into(), operator }])
}

fn near(app: &str) -> PodAffinity {
    let term = AffinityTerm {
        selector: select(app),
        namespaces: vec!["".into()],
        namespace_selector: Selector::Nothing,
        topology: TopologyId::ZONE,
    };
    PodAffinity { required: vec![term], preferred: Vec::new() }
}

fn shape(size: i64, priority: i32, want: Want, database: bool) -> PodShape {
    let app = if database { "db" } else { "web" };
    let mut shape =
        PodShape { labels: [("app", app)].into_iter().collect(), ..wants(size, priority) };
    match want {
        Want::Nothing => {}
        Want::Toleration => shape.tolerations.push(Toleration {
            key: "gpu".into(),
            operator: TolerationOperator::Exists,
            value: "".into(),
            effect: None,
        }),
        Want::Zone => {
            shape.node_selector = [("topology.kubernetes.io/zone", "a")].into_iter().collect();
        }
        Want::Port => {
            shape.host_ports.push(HostPort { ip: "".into(), protocol: "TCP".into(), port: 80 })
        }
        // that a node leaves the domain of a pod which shuns others may help those, but no hint
        // says so (v1.36), so that these pods shun their like only
        Want::Alone => {
            shape.labels = [("app", "alone")].into_iter().collect();
            shape.anti_affinity = near("alone");
        }
        Want::Spread => shape.spread.push(SpreadConstraint {
            max_skew: 1,
            topology: TopologyId::ZONE,
            unsatisfiable: Unsatisfiable::DoNotSchedule,
            selector: select(app),
            min_domains: 1,
            node_affinity: Inclusion::Honor,
            node_taints: Inclusion::Honor,
        }),
        // that a pod which is wanted by its like goes may help it, but no hint says so (v1.36)
        Want::NearDatabase if !database => shape.affinity = near("db"),
        Want::NearDatabase => {}
    }
    shape
}

/// A history being played.
struct History {
    bench: Bench,
    now: u64,
    pods: Vec<PodId>,
    nodes: Vec<NodeId>,
    names: usize,
}

impl History {
    fn new() -> Self {
        Self { bench: Bench::new(&[]), now: 0, pods: Vec::new(), nodes: Vec::new(), names: 0 }
    }

    fn step(&mut self, step: Step) {
        self.now += 700;
        let now = at(self.now);
        self.names += 1;
        let name = format!("n{}", self.names);
        let Bench { cluster, scheduler } = &mut self.bench;
        match step {
            Step::Pod { size, priority, want, database } => {
                let pod = self.bench.add(&name, &shape(size, priority, want, database), self.now);
                self.pods.push(pod);
            }
            Step::RemovePod(pick) if !self.pods.is_empty() => {
                let pod = self.pods.swap_remove(pick % self.pods.len());
                scheduler.remove_pod(cluster, pod, now);
            }
            Step::ShrinkPod(pick) if !self.pods.is_empty() => {
                let pod = self.pods[pick % self.pods.len()];
                let mut less = cluster.shape_of(pod).clone();
                less.requests.milli_cpu /= 2;
                let less = cluster.intern(less);
                scheduler.update_pod(cluster, pod, less, now);
            }
            Step::Node(kind) => {
                self.nodes.push(scheduler.add_node(cluster, spec(&name, kind), now))
            }
            Step::UpdateNode(pick, kind) if !self.nodes.is_empty() => {
                let node = self.nodes[pick % self.nodes.len()];
                let name = cluster.node(node).spec.name.clone();
                scheduler.update_node(cluster, node, spec(&name, kind), now);
            }
            Step::RemoveNode(pick) if !self.nodes.is_empty() => {
                let node = self.nodes.swap_remove(pick % self.nodes.len());
                let gone = cluster.node(node).pods.clone();
                self.pods.retain(|pod| !gone.contains(pod));
                scheduler.remove_node(cluster, node, now);
            }
            _ => {}
        }
    }

    /// Tries pods until there are none to try; those to be evicted go at once.
    fn settle(&mut self) -> Result<(), TestCaseError> {
        for _ in 0..10_000 {
            match self.bench.next(self.now) {
                Outcome::Idle => return Ok(()),
                Outcome::Bound { pod, node } => {
                    prop_assert_eq!(self.bench.cluster.pod(pod).node, Some(node));
                }
                Outcome::Unschedulable(failed) => {
                    for pod in failed.evicted {
                        self.pods.retain(|&known| known != pod);
                        self.bench.remove(pod, self.now);
                    }
                }
            }
        }
        Err(TestCaseError::fail("it never ends"))
    }

    /// Waiting pods for which there is a node.
    fn overlooked(&self) -> Vec<PodId> {
        let Bench { cluster, scheduler } = &self.bench;
        let waits = |pod: &&PodId| cluster.pod(**pod).node.is_none();
        let fits = |pod: &&PodId| {
            !attempt(&scheduler.profile, cluster, &scheduler.nominations, **pod).feasible.is_empty()
        };
        let after_error = |pod: &&PodId| scheduler.queue.place(**pod) == Some(Place::Backoff);
        let waiting = self.pods.iter().filter(waits).filter(|pod| !after_error(pod));
        waiting.filter(fits).copied().collect()
    }
}

proptest! {
    #[test]
    fn nobody_waits_for_whom_there_is_room(steps in steps(1)) {
        let mut history = History::new();
        for step in steps {
            history.step(step.clone());
            history.settle()?;
            prop_assert_eq!(history.overlooked(), Vec::new(), "after {:?}", step);
        }
    }

    #[test]
    fn nobody_waits_for_long_where_pods_evict_others(steps in steps(3)) {
        let mut history = History::new();
        for step in steps {
            history.step(step);
            history.settle()?;
        }
        // a nominee that found another place leaves a gap that nobody is told of
        for _ in 0..3 {
            history.now += 400_000;
            history.settle()?;
        }
        prop_assert_eq!(history.overlooked(), Vec::new());
    }
}
