//! How many pods a second the Kubernetes scheduler places, every node scored, on clusters of 100
//! to 50,000 nodes.
//!
//! Budget, on 5,000 nodes: 30,000 pods a second for identical pods, 10,000 for 50 shapes mixed,
//! 5,000 with zone spread and hostname anti-affinity; on 50,000 nodes within twice the time of
//! those. (kube-scheduler v1.36 itself, in process on two cores and scoring all nodes, places 1,027
//! to 1,578 pods a second on 100 nodes, 173 on 1,000 and 32 to 36 on 5,000.)
//!
//! Each line is one run from an empty cluster, its processor time included from the first pod on:
//! what is kept about a shape is found anew in it. `plain` asks every node about every pod.

#[path = "support/cpu_time.rs"]
#[expect(dead_code, reason = "the clock only: a run changes the cluster and is not repeated")]
mod cpu_time;

use std::hint::black_box;

use plimsoll::kubernetes::scheduler::cluster::{Cluster, Service};
use plimsoll::kubernetes::scheduler::cycle::attempt;
use plimsoll::kubernetes::scheduler::index::{Answer, Index};
use plimsoll::kubernetes::scheduler::labels::{Labels, Operator, Requirement, Selector};
use plimsoll::kubernetes::scheduler::node::{NodeId, NodeSpec};
use plimsoll::kubernetes::scheduler::nominations::Nominations;
use plimsoll::kubernetes::scheduler::pod::{Pod, PodId};
use plimsoll::kubernetes::scheduler::profile::Profile;
use plimsoll::kubernetes::scheduler::resources::Resources;
use plimsoll::kubernetes::scheduler::shape::{
    AffinityTerm, Inclusion, PodShape, ShapeId, SpreadConstraint, Unsatisfiable,
};
use plimsoll::kubernetes::scheduler::ties::TieBreak;
use plimsoll::kubernetes::scheduler::topology::TopologyId;

/// The pods of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Pods {
    /// Of one shape.
    Identical,
    /// Of one shape that a service selects: spread over zones and hosts by default.
    OfService,
    /// Of 50 shapes that differ in what they request.
    Mixed,
    /// Of ten apps, each spread over zones, no two of one app on a host.
    Spread,
}

fn amounts(milli_cpu: i64, memory: i64) -> Resources {
    let mut amounts = Resources::default();
    (amounts.milli_cpu, amounts.memory) = (milli_cpu, memory);
    amounts
}

/// Nodes of 32 cores and 128 GiB in three zones.
fn cluster(nodes: usize) -> Cluster {
    let mut cluster = Cluster::new();
    for number in 0..nodes {
        let name = format!("node-{number}");
        let labels: Labels = [
            ("kubernetes.io/hostname", name.as_str()),
            ("topology.kubernetes.io/zone", ["a", "b", "c"][number % 3]),
        ]
        .into_iter()
        .collect();
        cluster.add_node(NodeSpec {
            name: name.as_str().into(),
            labels,
            allocatable: amounts(32_000, 128 << 30),
            allowed_pods: 110,
            ..NodeSpec::default()
        });
    }
    cluster
}

fn shape(app: &str, milli_cpu: i64) -> PodShape {
    let requests = amounts(milli_cpu, 512 << 20);
    PodShape {
        namespace: "default".into(),
        labels: [("app", app)].into_iter().collect(),
        scored_requests: requests.clone(),
        requests,
        images: vec!["registry.example.com/web:1".into()],
        containers: 1,
        ..PodShape::default()
    }
}

fn selects(app: &str) -> Selector {
    let operator = Operator::In(vec![app.into()]);
    Selector::All(vec![Requirement { key: "app".into(), operator }])
}

fn spread(app: &str) -> PodShape {
    let mut shape = shape(app, 250);
    shape.spread.push(SpreadConstraint {
        max_skew: 1,
        topology: TopologyId::ZONE,
        unsatisfiable: Unsatisfiable::DoNotSchedule,
        selector: selects(app),
        min_domains: 1,
        node_affinity: Inclusion::Honor,
        node_taints: Inclusion::Ignore,
    });
    shape.anti_affinity.required.push(AffinityTerm {
        selector: selects(app),
        namespaces: vec!["default".into()],
        namespace_selector: Selector::Nothing,
        topology: TopologyId::HOSTNAME,
    });
    shape
}

fn shapes(cluster: &mut Cluster, pods: Pods) -> Vec<ShapeId> {
    let shapes: Vec<PodShape> = match pods {
        Pods::Identical => vec![shape("web", 250)],
        Pods::OfService => {
            let selector = Some([("app", "web")].into_iter().collect());
            let (namespace, name) = ("default".into(), "web".into());
            cluster.objects_mut().services.push(Service { namespace, name, selector });
            vec![shape("web", 250)]
        }
        Pods::Mixed => (0..50).map(|size| shape("web", 50 + 10 * size)).collect(),
        Pods::Spread => (0..10).map(|app| spread(&format!("app-{app}"))).collect(),
    };
    shapes.into_iter().map(|shape| cluster.intern(shape)).collect()
}

/// Places pods one after another; returns how many a second.
fn run(
    nodes: usize,
    pods: Pods,
    count: usize,
    mut choose: impl FnMut(&Cluster, PodId) -> Option<NodeId>,
) -> f64 {
    let mut cluster = cluster(nodes);
    let shapes = shapes(&mut cluster, pods);
    let start = cpu_time::now();
    for number in 0..count {
        let shape = shapes[number % shapes.len()];
        let pod = cluster.add_pod(Pod::pending("default/pod", shape));
        let node = choose(&cluster, pod).expect("there is room for all of them");
        cluster.bind(pod, node, number as i64);
    }
    let rate = count as f64 / (cpu_time::now() - start).as_secs_f64();
    black_box(&cluster);
    rate
}

fn by_index(nodes: usize, pods: Pods, count: usize) -> f64 {
    let (profile, nominations) = (Profile::default(), Nominations::default());
    let mut index = Index::default();
    run(nodes, pods, count, |cluster, pod| {
        match index.ask(&profile, cluster, &nominations, pod, &mut TieBreak::Name) {
            Answer::Node(node) => Some(node),
            Answer::Nowhere | Answer::Unknown => None,
        }
    })
}

fn plain(nodes: usize, pods: Pods, count: usize) -> f64 {
    let (profile, nominations) = (Profile::default(), Nominations::default());
    run(nodes, pods, count, |cluster, pod| {
        let found = attempt(&profile, cluster, &nominations, pod);
        found.best().into_iter().min_by_key(|&node| &cluster.node(node).spec.name)
    })
}

#[expect(clippy::print_stdout, reason = "a bench reports on standard output")]
fn main() {
    println!("{:>8}  {:<10} {:>8} {:>14} {:>14}", "nodes", "pods", "count", "pods/s", "plain");
    for pods in [Pods::Identical, Pods::OfService, Pods::Mixed, Pods::Spread] {
        for nodes in [100, 1_000, 5_000, 50_000] {
            let count = if pods == Pods::Spread { (10 * nodes).min(30_000) } else { 30 * nodes };
            let count = count.min(60_000);
            let rate = by_index(nodes, pods, count);
            let slow = plain(nodes, pods, count.min(200_000 / nodes));
            let name = format!("{pods:?}");
            println!("{nodes:>8}  {name:<10} {count:>8} {rate:>14.0} {slow:>14.0}");
        }
    }
}
