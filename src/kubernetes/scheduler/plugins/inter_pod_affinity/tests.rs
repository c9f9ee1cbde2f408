//! Small clusters whose verdicts and scores are worked out by hand.

use super::*;
use crate::kubernetes::scheduler::filters::Filters;
use crate::kubernetes::scheduler::framework::{Candidate, Rejection};
use crate::kubernetes::scheduler::labels::{Operator, Requirement, Selector};
use crate::kubernetes::scheduler::node::{NodeId, NodeSpec};
use crate::kubernetes::scheduler::plugins::consistency::{app, pod_of, profile};
use crate::kubernetes::scheduler::shape::{AffinityTerm, PodAffinity, PodShape, Weighted};
use crate::kubernetes::scheduler::topology::TopologyId;

/// Nodes in these zones; an empty one is none.
fn cluster(zones: &[&str]) -> Cluster {
    let mut cluster = Cluster::new();
    for &zone in zones {
        let zone = [("topology.kubernetes.io/zone", zone)];
        let labels = zone.into_iter().filter(|(_, zone)| !zone.is_empty()).collect();
        cluster.add_node(NodeSpec { labels, ..NodeSpec::default() });
    }
    cluster
}

/// Pods of an application in the namespace, in the same zone.
fn near(value: &str, namespace: &str) -> AffinityTerm {
    AffinityTerm {
        selector: app(value),
        namespaces: vec![namespace.into()],
        namespace_selector: Selector::Nothing,
        topology: TopologyId::ZONE,
    }
}

fn required(terms: Vec<AffinityTerm>) -> PodAffinity {
    PodAffinity { required: terms, preferred: Vec::new() }
}

fn preferred(weight: i32, term: AffinityTerm) -> PodAffinity {
    PodAffinity { required: Vec::new(), preferred: vec![Weighted { weight, term }] }
}

fn plain(value: &str) -> PodShape {
    let labels = [("app", value)].into_iter().collect();
    PodShape { namespace: "a".into(), labels, ..PodShape::default() }
}

fn add(cluster: &mut Cluster, shape: ShapeId, node: u32) {
    cluster.add_pod(pod_of(shape, Some(NodeId(node))));
}

/// What is said of every node.
fn verdicts(cluster: &Cluster, shape: ShapeId) -> Vec<Result<(), Rejection>> {
    let Prepared::Filter(filter) = filter(cluster, shape) else { panic!("there is a filter") };
    cluster.nodes().map(|node| filter.filter(cluster, node)).collect()
}

fn scores(args: InterPodAffinityArgs, cluster: &Cluster, shape: ShapeId) -> Option<[Vec<i64>; 2]> {
    let mut score = score(args, cluster, shape)?;
    let all: Vec<Candidate> =
        cluster.nodes().map(|node| Candidate { node: node.id, nodes: 1 }).collect();
    if !score.observe(cluster, &all) {
        return None;
    }
    let raw: Vec<i64> = cluster.nodes().map(|node| score.score(cluster, node)).collect();
    let mut normalised = raw.clone();
    score.normalise(cluster, &all, &mut normalised);
    Some([raw, normalised])
}

#[test]
fn a_pod_goes_where_all_pods_it_needs_are_and_nowhere_else() {
    let mut cluster = cluster(&["x", "x", "y", ""]);
    let needs = PodShape { affinity: required(vec![near("db", "a")]), ..plain("web") };
    let (web, db) = (cluster.intern(needs), cluster.intern(plain("db")));
    let out = || Err(Rejection::unresolvable(AFFINITY));
    assert_eq!(verdicts(&cluster, web), [out(), out(), out(), out()]);
    add(&mut cluster, db, 1);
    assert_eq!(verdicts(&cluster, web), [Ok(()), Ok(()), out(), out()]);
}

#[test]
fn a_pod_that_meets_two_terms_apart_does_not_meet_them_together() {
    let mut cluster = cluster(&["x", "y"]);
    let terms = vec![near("db", "a"), near("cache", "a")];
    let web = cluster.intern(PodShape { affinity: required(terms), ..plain("web") });
    let (db, cache) = (cluster.intern(plain("db")), cluster.intern(plain("cache")));
    add(&mut cluster, db, 0);
    add(&mut cluster, cache, 0);
    let out = || Err(Rejection::unresolvable(AFFINITY));
    assert_eq!(verdicts(&cluster, web), [out(), out()]);
}

#[test]
fn the_first_of_pods_that_want_to_be_together_goes_anywhere_with_the_label() {
    let mut cluster = cluster(&["x", "y", ""]);
    let alike = PodShape { affinity: required(vec![near("web", "a")]), ..plain("web") };
    let web = cluster.intern(alike);
    let out = || Err(Rejection::unresolvable(AFFINITY));
    assert_eq!(verdicts(&cluster, web), [Ok(()), Ok(()), out()]);
    add(&mut cluster, web, 1);
    assert_eq!(verdicts(&cluster, web), [out(), Ok(()), out()]);
}

#[test]
fn anti_affinity_holds_both_ways_and_own_terms_are_named_first() {
    let mut cluster = cluster(&["x", "y", ""]);
    let alone = PodShape { anti_affinity: required(vec![near("web", "a")]), ..plain("web") };
    let (alone, web) = (cluster.intern(alone), cluster.intern(plain("web")));
    add(&mut cluster, web, 1);
    add(&mut cluster, alone, 0);
    add(&mut cluster, alone, 2);
    let (own, theirs) = (ANTI_AFFINITY, EXISTING_ANTI_AFFINITY);
    let out = |reason| Err(Rejection::unschedulable(reason));
    assert_eq!(verdicts(&cluster, alone), [out(own), out(own), Ok(())]);
    assert_eq!(verdicts(&cluster, web), [out(theirs), Ok(()), Ok(())]);
}

#[test]
fn a_namespace_that_is_not_known_is_selected_only_by_terms_of_pods_that_are_there() {
    let mut cluster = cluster(&["x"]);
    let absent = Requirement { key: "team".into(), operator: Operator::DoesNotExist };
    let selecting = |selector| AffinityTerm {
        namespaces: Vec::new(),
        namespace_selector: Selector::All(selector),
        ..near("web", "a")
    };
    let anti = |term| PodShape { anti_affinity: required(vec![term]), ..plain("other") };
    let teamless = cluster.intern(anti(selecting(vec![absent])));
    let all = cluster.intern(anti(selecting(Vec::new())));
    let web = cluster.intern(plain("web"));
    add(&mut cluster, web, 0);
    let own = [Err(Rejection::unschedulable(ANTI_AFFINITY))];
    assert_eq!(verdicts(&cluster, all), own);
    assert_eq!(verdicts(&cluster, teamless), [Ok(())]);
    add(&mut cluster, teamless, 0);
    assert_eq!(verdicts(&cluster, web), [Err(Rejection::unschedulable(EXISTING_ANTI_AFFINITY))]);
    cluster
        .objects_mut()
        .namespaces
        .push(("a".into(), std::iter::empty::<(&str, &str)>().collect()));
    assert_eq!(verdicts(&cluster, teamless), own);
    cluster.objects_mut().namespaces[0].1 = [("team", "t")].into_iter().collect();
    assert_eq!(verdicts(&cluster, teamless), [Ok(())]);
    assert_eq!(verdicts(&cluster, web), [Ok(())]);
}

#[test]
fn preferences_count_both_ways_and_required_affinity_draws_new_pods() {
    let mut cluster = cluster(&["x", "y", "z", ""]);
    let fond = PodShape { affinity: preferred(10, near("web", "a")), ..plain("db") };
    let shy = PodShape { anti_affinity: preferred(4, near("web", "a")), ..plain("batch") };
    let bound = PodShape { affinity: required(vec![near("web", "a")]), ..plain("proxy") };
    let own = PodShape { affinity: preferred(7, near("db", "a")), ..plain("web") };
    let [fond, shy, bound, web] = [fond, shy, bound, own].map(|shape| cluster.intern(shape));
    add(&mut cluster, fond, 0);
    add(&mut cluster, shy, 1);
    add(&mut cluster, bound, 2);
    add(&mut cluster, fond, 3);
    let args = InterPodAffinityArgs::default();
    // x: 10 + its own 7; y: -4; z: 1; no zone: nothing
    let [raw, normalised] = scores(args, &cluster, web).expect("it has preferences");
    assert_eq!(raw, [17, -4, 1, 0]);
    // 100 * (raw + 4) / 21
    assert_eq!(normalised, [100, 0, 23, 19]);
    let hard = InterPodAffinityArgs { hard_pod_affinity_weight: 5, ..args };
    assert_eq!(scores(hard, &cluster, web).map(|[raw, _]| raw), Some(vec![17, -4, 5, 0]));
    let none = InterPodAffinityArgs { hard_pod_affinity_weight: 0, ..args };
    assert_eq!(scores(none, &cluster, web).map(|[raw, _]| raw), Some(vec![17, -4, 0, 0]));
}

#[test]
fn it_takes_no_part_where_no_term_matches_but_does_where_weights_cancel_out() {
    let mut cluster = cluster(&["x", "y"]);
    let fond = PodShape { affinity: preferred(10, near("web", "a")), ..plain("db") };
    let shy = PodShape { anti_affinity: preferred(10, near("web", "a")), ..plain("db") };
    let [web, fond, shy] = [plain("web"), fond, shy].map(|shape| cluster.intern(shape));
    let args = InterPodAffinityArgs::default();
    assert_eq!(scores(args, &cluster, web), None);
    add(&mut cluster, fond, 0);
    add(&mut cluster, shy, 0);
    assert_eq!(scores(args, &cluster, web), Some([vec![0, 0], vec![0, 0]]));
    let ignorant = InterPodAffinityArgs { ignore_preferred_terms_of_existing_pods: true, ..args };
    assert_eq!(scores(ignorant, &cluster, web), None);
}

#[test]
fn a_pod_tried_beside_counts_only_if_there_was_anything_to_ask_about() {
    let mut cluster = cluster(&["x"]);
    let shy = PodShape { anti_affinity: required(vec![near("web", "a")]), ..plain("db") };
    let (web, shy) = (cluster.intern(plain("web")), cluster.intern(shy));
    let nominee = cluster.add_pod(pod_of(shy, None));
    let profile = profile();
    let prepare = |cluster: &Cluster| {
        Filters::prepare(&profile, cluster, web).expect("no pod is rejected on all nodes at once")
    };
    let mut node = cluster.node(NodeId(0)).clone();
    // skipped: not asked again
    let mut filters = prepare(&cluster);
    filters.trial_add(&cluster, &mut node, nominee);
    assert!(filters.verdict(&cluster, &node).is_ok());
    // with another that has something against it elsewhere, the nominee counts too
    let far = NodeSpec {
        labels: [("topology.kubernetes.io/zone", "y")].into_iter().collect(),
        ..NodeSpec::default()
    };
    let far = cluster.add_node(far);
    add(&mut cluster, shy, far.0);
    let mut node = cluster.node(NodeId(0)).clone();
    let mut filters = prepare(&cluster);
    assert!(filters.verdict(&cluster, &node).is_ok());
    filters.trial_add(&cluster, &mut node, nominee);
    assert!(filters.verdict(&cluster, &node).is_err());
}
