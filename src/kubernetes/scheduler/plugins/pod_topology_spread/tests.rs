//! Small clusters whose skews and scores are worked out by hand.

use super::*;
use crate::kubernetes::scheduler::cluster::{PodSelection, Service};
use crate::kubernetes::scheduler::framework::{Candidate, Filter, Rejection};
use crate::kubernetes::scheduler::labels::{Labels, Selector};
use crate::kubernetes::scheduler::node::{NodeId, NodeSpec};
use crate::kubernetes::scheduler::plugins::consistency::{app, pod_of};
use crate::kubernetes::scheduler::shape::{
    Effect, Inclusion, Owner, PodShape, SpreadConstraint, Taint,
};
use crate::kubernetes::scheduler::topology::TopologyId;

/// Nodes named 0, 1, …, in these zones; an empty one is none.
fn cluster(zones: &[&str]) -> Cluster {
    let mut cluster = Cluster::new();
    for (number, &zone) in zones.iter().enumerate() {
        let host = [("kubernetes.io/hostname", number.to_string())];
        let zone = [("topology.kubernetes.io/zone", zone.to_owned())];
        let zone = zone.into_iter().filter(|(_, zone)| !zone.is_empty());
        let labels = host.into_iter().chain(zone).collect();
        cluster.add_node(NodeSpec { labels, ..NodeSpec::default() });
    }
    cluster
}

fn over(topology: TopologyId, unsatisfiable: Unsatisfiable) -> SpreadConstraint {
    SpreadConstraint {
        max_skew: 1,
        topology,
        unsatisfiable,
        selector: app("web"),
        min_domains: 1,
        node_affinity: Inclusion::Honor,
        node_taints: Inclusion::Ignore,
    }
}

fn hard() -> SpreadConstraint {
    over(TopologyId::ZONE, Unsatisfiable::DoNotSchedule)
}

fn web(spread: Vec<SpreadConstraint>) -> PodShape {
    let labels = [("app", "web")].into_iter().collect();
    PodShape { namespace: "a".into(), labels, spread, ..PodShape::default() }
}

/// Puts so many pods of a shape on nodes.
fn place(cluster: &mut Cluster, shape: ShapeId, pods: &[usize]) {
    for (node, &pods) in pods.iter().enumerate() {
        for _ in 0..pods {
            cluster.add_pod(pod_of(shape, Some(NodeId(node as u32))));
        }
    }
}

fn prepared(cluster: &Cluster, shape: ShapeId) -> Box<dyn Filter> {
    match filter(&SpreadDefaults::System, cluster, shape) {
        Prepared::Filter(filter) => filter,
        other => panic!("a filter was expected, not {other:?}"),
    }
}

fn feasible(cluster: &Cluster, shape: ShapeId) -> Vec<u32> {
    let filter = prepared(cluster, shape);
    let nodes = cluster.nodes().filter(|node| filter.filter(cluster, node).is_ok());
    nodes.map(|node| node.id.0).collect()
}

/// Raw and normalised scores of all nodes.
fn scored(defaults: &SpreadDefaults, cluster: &Cluster, shape: ShapeId) -> (Vec<i64>, Vec<i64>) {
    let mut score = score(defaults, cluster, shape).expect("there are soft constraints");
    let all: Vec<Candidate> =
        cluster.nodes().map(|node| Candidate { node: node.id, nodes: 1 }).collect();
    assert!(score.observe(cluster, &all));
    let raw: Vec<i64> = cluster.nodes().map(|node| score.score(cluster, node)).collect();
    let mut normalised = raw.clone();
    score.normalise(cluster, &all, &mut normalised);
    (raw, normalised)
}

#[test]
fn a_pod_goes_only_where_the_skew_stays_within_bounds() {
    let mut cluster = cluster(&["x", "x", "y", "z"]);
    let shape = cluster.intern(web(vec![hard()]));
    assert_eq!(feasible(&cluster, shape), [0, 1, 2, 3]);
    place(&mut cluster, shape, &[1, 1, 1, 1]);
    // x has 2, y and z have 1: x would get 3 - 1 > 1
    assert_eq!(feasible(&cluster, shape), [2, 3]);
    let refusal = prepared(&cluster, shape).filter(&cluster, cluster.node(NodeId(0)));
    assert_eq!(refusal, Err(Rejection::unschedulable(SKEW)));
}

#[test]
fn with_too_few_domains_the_emptiest_counts_as_empty() {
    let mut cluster = cluster(&["x", "y"]);
    let shape = cluster.intern(web(vec![SpreadConstraint { min_domains: 3, ..hard() }]));
    assert_eq!(feasible(&cluster, shape), [0, 1]);
    place(&mut cluster, shape, &[1, 1]);
    assert!(feasible(&cluster, shape).is_empty());
}

#[test]
fn a_node_without_the_label_is_out_for_good_and_its_pods_do_not_count() {
    let mut cluster = cluster(&["x", "y", ""]);
    let host = over(TopologyId::HOSTNAME, Unsatisfiable::DoNotSchedule);
    let shape = cluster.intern(web(vec![host, hard()]));
    place(&mut cluster, shape, &[1, 1, 0]);
    // node 2 has no pods, but it is not among the hosts that count: the emptiest have 1
    assert_eq!(feasible(&cluster, shape), [0, 1]);
    let refusal = prepared(&cluster, shape).filter(&cluster, cluster.node(NodeId(2)));
    assert_eq!(refusal, Err(Rejection::unresolvable(MISSING_LABEL)));
}

#[test]
fn nodes_that_a_pod_cannot_use_count_as_the_policies_say() {
    let mut cluster = cluster(&["x", "y"]);
    let mut spec = cluster.node(NodeId(1)).spec.clone();
    spec.taints.push(Taint { key: "t".into(), value: "".into(), effect: Effect::NoSchedule });
    cluster.update_node(NodeId(1), spec);
    let tainted = cluster.intern(web(vec![hard()]));
    let honest = SpreadConstraint { node_taints: Inclusion::Honor, ..hard() };
    let honest = cluster.intern(web(vec![honest]));
    let selector: Labels = [("kubernetes.io/hostname", "0")].into_iter().collect();
    let picky = PodShape { node_selector: selector, ..web(vec![hard()]) };
    let careless = SpreadConstraint { node_affinity: Inclusion::Ignore, ..hard() };
    let careless = PodShape { spread: vec![careless], ..picky.clone() };
    let (picky, careless) = (cluster.intern(picky), cluster.intern(careless));
    place(&mut cluster, tainted, &[1, 0]);
    // where y counts it is empty, so that x is full; where it does not, x is the emptiest
    assert_eq!(feasible(&cluster, tainted), [1]);
    assert_eq!(feasible(&cluster, honest), [0, 1]);
    assert_eq!(feasible(&cluster, picky), [0, 1]);
    assert_eq!(feasible(&cluster, careless), [1]);
}

#[test]
fn pods_of_other_namespaces_and_pods_being_deleted_are_not_counted() {
    let mut cluster = cluster(&["x", "y"]);
    let shape = cluster.intern(web(vec![hard()]));
    let far = cluster.intern(PodShape { namespace: "b".into(), ..web(Vec::new()) });
    place(&mut cluster, far, &[5, 0]);
    let pod = cluster.add_pod(pod_of(shape, Some(NodeId(0))));
    assert_eq!(feasible(&cluster, shape), [1]);
    cluster.terminate(pod);
    assert_eq!(feasible(&cluster, shape), [0, 1]);
}

#[test]
fn a_pod_that_is_not_counted_itself_may_join_the_fullest_domain() {
    let mut cluster = cluster(&["x", "y"]);
    let counted = cluster.intern(web(vec![hard()]));
    let labels = [("app", "db")].into_iter().collect();
    let other = cluster.intern(PodShape { labels, ..web(vec![hard()]) });
    place(&mut cluster, counted, &[1, 0]);
    assert_eq!(feasible(&cluster, counted), [1]);
    assert_eq!(feasible(&cluster, other), [0, 1]);
}

#[test]
fn soft_constraints_weigh_pods_by_the_number_of_domains() {
    let mut cluster = cluster(&["x", "x", "y", ""]);
    let soft = |topology| over(topology, Unsatisfiable::ScheduleAnyway);
    let zone = SpreadConstraint { max_skew: 3, ..soft(TopologyId::ZONE) };
    let shape = cluster.intern(web(vec![soft(TopologyId::HOSTNAME), zone]));
    place(&mut cluster, shape, &[2, 1, 4, 9]);
    // node 3 is ignored: 3 hosts weigh ln 5 = 1.609, 2 zones ln 4 = 1.386; x has 3 pods, y 4
    // 2 * 1.609 + 3 * 1.386 + 2 = 9.38; 1.609 + 4.159 + 2 = 7.77; 6.438 + 5.545 + 2 = 13.98
    let (raw, normalised) = scored(&SpreadDefaults::System, &cluster, shape);
    assert_eq!(raw, [9, 8, 14, 0]);
    // 100 * (14 + 8 - raw) / 14
    assert_eq!(normalised, [92, 100, 57, 0]);
}

#[test]
fn under_the_host_name_every_node_is_scored_by_its_own_pods() {
    let mut cluster = Cluster::new();
    let labels: Labels = [("kubernetes.io/hostname", "same")].into_iter().collect();
    for _ in 0..2 {
        cluster.add_node(NodeSpec { labels: labels.clone(), ..NodeSpec::default() });
    }
    let soft = over(TopologyId::HOSTNAME, Unsatisfiable::ScheduleAnyway);
    let shape = cluster.intern(web(vec![soft]));
    place(&mut cluster, shape, &[2, 1]);
    // 2 nodes weigh ln 4 = 1.386: 2.77 and 1.39
    let (raw, normalised) = scored(&SpreadDefaults::System, &cluster, shape);
    assert_eq!((raw, normalised), (vec![3, 1], vec![33, 100]));
}

#[test]
fn pods_of_a_service_are_spread_by_default_even_over_nodes_without_a_zone() {
    let mut cluster = cluster(&["x", "y", ""]);
    let shape = cluster.intern(web(Vec::new()));
    place(&mut cluster, shape, &[2, 0, 1]);
    assert!(score(&SpreadDefaults::System, &cluster, shape).is_none());
    let selector = Some([("app", "web")].into_iter().collect());
    let service = Service { namespace: "a".into(), name: "web".into(), selector };
    cluster.objects_mut().services.push(service);
    // 3 hosts weigh ln 5 = 1.609, and so do the zones x, y and none
    // node 0: 2 * 1.609 + 2 + 2 * 1.609 + 4 = 12.4; node 1: 6; node 2: 1.609 + 2 = 3.6
    let (raw, normalised) = scored(&SpreadDefaults::System, &cluster, shape);
    assert_eq!(raw, [12, 6, 4]);
    assert_eq!(normalised, [33, 83, 100]);
    // a list of constraints ignores nodes that lack a label
    let list = vec![over(TopologyId::ZONE, Unsatisfiable::ScheduleAnyway)];
    let (raw, normalised) = scored(&SpreadDefaults::List(list), &cluster, shape);
    // 2 * ln 4 = 2.77
    assert_eq!(raw, [3, 0, 0]);
    assert_eq!(normalised, [0, 100, 0]);
}

#[test]
fn the_controller_that_owns_a_pod_selects_it_for_default_spreading() {
    let mut cluster = cluster(&["x", "y"]);
    let owner = Some(Owner { kind: "ReplicaSet".into(), name: "web-1".into() });
    let shape = cluster.intern(PodShape { owner, ..web(Vec::new()) });
    let controller = |kind: &str, selector| PodSelection {
        kind: kind.into(),
        namespace: "a".into(),
        name: "web-1".into(),
        selector,
    };
    cluster.objects_mut().controllers.push(controller("StatefulSet", app("db")));
    assert!(score(&SpreadDefaults::System, &cluster, shape).is_none());
    cluster.objects_mut().controllers.push(controller("ReplicaSet", Selector::Nothing));
    assert!(score(&SpreadDefaults::System, &cluster, shape).is_none());
    cluster.objects_mut().controllers[1].selector = app("web");
    place(&mut cluster, shape, &[1, 0]);
    // 2 hosts and 2 zones weigh ln 4 = 1.386: 2 * 1.386 + 2 + 4 = 8.77
    assert_eq!(scored(&SpreadDefaults::System, &cluster, shape).0, [9, 6]);
}
