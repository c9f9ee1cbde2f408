//! Pods that are spread, near each other or apart. Types `l`, `m` and `s` have 8, 4 and 2 cores.

use super::super::*;
use crate::kubernetes::autoscale::karpenter::fixture::{
    Scene, one_of, pod_of, pool, spread_over, term,
};
use crate::kubernetes::autoscale::karpenter::requirement::Allowed;
use crate::kubernetes::autoscale::karpenter::requirements::ZONE;
use crate::kubernetes::scheduler::shape::{
    NodeSelector, PodAffinity, PodShape, SpreadConstraint, Unsatisfiable, Weighted,
};
use crate::kubernetes::scheduler::topology::TopologyId;

const HOSTS: TopologyId = TopologyId::HOSTNAME;
const ZONES: TopologyId = TopologyId::ZONE;
const HARD: Unsatisfiable = Unsatisfiable::DoNotSchedule;

fn scene() -> Scene {
    Scene::in_zones(&["a", "b", "c"], vec![pool("plain", "", "")])
}

fn spread(topology: TopologyId, milli_cpu: i64) -> PodShape {
    PodShape { spread: vec![spread_over(topology, HARD)], ..pod_of("web", milli_cpu) }
}

fn away(shape: PodShape, topology: TopologyId, app: &str) -> PodShape {
    let required = vec![term(topology, app)];
    PodShape { anti_affinity: PodAffinity { required, ..PodAffinity::default() }, ..shape }
}

fn near(shape: PodShape, topology: TopologyId, app: &str) -> PodShape {
    let required = vec![term(topology, app)];
    PodShape { affinity: PodAffinity { required, ..PodAffinity::default() }, ..shape }
}

fn in_zone(shape: PodShape, zone: &str) -> PodShape {
    PodShape { node_selector: [(ZONE, zone)].into_iter().collect(), ..shape }
}

/// The zones of claims and how many pods each has.
fn zones(plan: &Plan) -> Vec<(String, usize)> {
    let zone = |claim: &NodeClaim| {
        let allowed = claim.requirements.get(ZONE);
        allowed.and_then(Allowed::single).unwrap_or("any").to_owned()
    };
    plan.claims.iter().map(|claim| (zone(claim), claim.pods.len())).collect()
}

fn of(all: &[(&str, usize)]) -> Vec<(String, usize)> {
    all.iter().map(|&(zone, pods)| (zone.to_owned(), pods)).collect()
}

/// Of 7 pods with a skew of 1 three zones get 3, 2 and 2. Pods of 5 cores need a claim each; those
/// of 1 core go to the claims that are there as far as the skew lets them.
#[test]
fn seven_pods_are_spread_over_three_zones() {
    let mut large = scene();
    large.wait(&spread(ZONES, 5_000), 7);
    let each = ["a", "b", "c", "a", "b", "c", "a"].map(|zone| (zone, 1));
    assert_eq!(zones(&large.plan()), of(&each));
    let mut small = scene();
    small.wait(&spread(ZONES, 1_000), 7);
    assert_eq!(zones(&small.plan()), of(&[("a", 3), ("b", 2), ("c", 2)]));
}

/// Two run in `a` and one in `b`: the next are one for `c`, then `b` and `c`, then `a`, …
#[test]
fn pods_that_run_count_and_those_that_move_do_not() {
    let mut scene = scene();
    let (one, other) = (scene.node(2), scene.node_in("b", 2));
    let full = [scene.run(pod_of("web", 1_000), one), scene.run(pod_of("web", 1_000), one)];
    scene.run(pod_of("web", 2_000), other);
    scene.wait(&spread(ZONES, 5_000), 3);
    assert_eq!(zones(&scene.plan()), of(&[("c", 1), ("b", 1), ("c", 1)]));
    // without the two of `a`, which are planned for too and stand in nobody's way where they are
    let created = SimTime::ZERO;
    scene.pending.extend(full.map(|pod| PendingPod { pod, created }));
    scene.nodes.retain(|&node| node != one);
    assert_eq!(zones(&scene.plan())[0].0, "a");
}

#[test]
fn each_host_takes_as_many_as_the_skew() {
    let mut scene = scene();
    let node = scene.node(0);
    scene.run(pod_of("web", 100), node);
    scene.wait(&spread(HOSTS, 100), 3);
    let plan = scene.plan();
    assert_eq!((plan.placed.len(), zones(&plan)), (0, of(&[("any", 1); 3])));
}

/// Zone `b` is known, but nothing can be had there: what has to be spread over both waits after the
/// first pod; what only should be is together in `a`.
#[test]
fn soft_spread_is_hard_until_it_is_given_up() {
    let plan = |unsatisfiable| {
        let mut scene = Scene::new(vec![pool("plain", "", "")]);
        for offering in scene.pools[0].types.iter_mut().flat_map(|one| &mut one.offerings) {
            offering.available = *offering.zone == *"a";
        }
        let spread = vec![spread_over(ZONES, unsatisfiable)];
        scene.wait(&PodShape { spread, ..pod_of("web", 1_000) }, 3);
        scene.plan()
    };
    let hard = plan(HARD);
    assert_eq!((zones(&hard), hard.unplanned.len()), (of(&[("a", 1)]), 2));
    // the first was put in `a` by its wish, the others by having given it up
    let soft = plan(Unsatisfiable::ScheduleAnyway);
    assert_eq!((zones(&soft), soft.unplanned.len()), (of(&[("a", 3)]), 0));
}

/// Pods of zones `a` and `b` only: one more than in `b` may be in `a`, whatever `c` has.
#[test]
fn zones_where_a_pod_must_not_be_do_not_count() {
    let mut scene = scene();
    let zones_of_pod = NodeSelector(vec![one_of(ZONE, &["a", "b"])]);
    let shape = PodShape { required_nodes: Some(zones_of_pod), ..spread(ZONES, 5_000) };
    scene.wait(&shape, 4);
    assert_eq!(zones(&scene.plan()), of(&[("a", 1), ("b", 1), ("a", 1), ("b", 1)]));
}

/// With at least four domains the emptiest of three counts as empty, so that a second pod nowhere
/// has a place.
#[test]
fn too_few_zones_stop_spread() {
    let mut scene = scene();
    let constraint = SpreadConstraint { min_domains: 4, ..spread_over(ZONES, HARD) };
    scene.wait(&PodShape { spread: vec![constraint], ..pod_of("web", 5_000) }, 5);
    let plan = scene.plan();
    assert_eq!((plan.claims.len(), plan.unplanned.len()), (3, 2));
}

#[test]
fn pods_apart_by_host_have_a_claim_each() {
    let mut scene = scene();
    let (taken, free) = (scene.node(0), scene.node(0));
    scene.run(pod_of("web", 100), taken);
    let pods = scene.wait(&away(pod_of("web", 100), HOSTS, "web"), 4);
    let plan = scene.plan();
    assert_eq!(plan.placed, [(pods[0], free)]);
    assert_eq!(zones(&plan), of(&[("any", 1); 3]));
}

/// The node of the first may be in any zone, so that no zone is left for the second: it waits until
/// that node is there. One that says its zone leaves the others.
#[test]
fn pods_apart_by_zone_come_one_after_another() {
    let mut open = scene();
    open.wait(&away(pod_of("web", 100), ZONES, "web"), 3);
    let plan = open.plan();
    assert_eq!((zones(&plan), plan.unplanned.len()), (of(&[("any", 1)]), 2));
    let mut named = scene();
    named.wait(&in_zone(away(pod_of("web", 200), ZONES, "web"), "b"), 1);
    named.wait(&away(pod_of("web", 100), ZONES, "web"), 1);
    let claims = named.plan().claims;
    assert_eq!(claims.len(), 2);
    assert!(!claims[1].requirements.allow(ZONE, "b") && claims[1].requirements.allow(ZONE, "c"));
}

/// One that runs in `a` will have no `web` near it, though `web` itself does not mind.
#[test]
fn pods_that_run_keep_others_away() {
    let mut scene = scene();
    let node = scene.node(0);
    let hermit = scene.run(away(pod_of("db", 100), ZONES, "web"), node);
    let pods = scene.wait(&pod_of("web", 200), 1);
    let plan = scene.plan();
    assert!(!plan.claims[0].requirements.allow(ZONE, "a"));
    // if it moves, too, the node is free for `web`, which is the larger and comes first
    scene.pending.push(PendingPod { pod: hermit, created: SimTime::ZERO });
    let plan = scene.plan();
    assert_eq!(plan.placed.first(), Some(&(pods[0], node)));
}

#[test]
fn pods_go_where_those_are_that_they_want_to_be_near() {
    let mut scene = scene();
    let node = scene.node_in("b", 2);
    scene.run(pod_of("db", 2_000), node);
    scene.wait(&near(pod_of("web", 1_000), ZONES, "db"), 2);
    assert_eq!(zones(&scene.plan()), of(&[("b", 2)]));
    // nobody of this app is anywhere
    let mut scene = super::neighbours::scene();
    scene.wait(&near(pod_of("web", 1_000), ZONES, "db"), 1);
    assert_eq!(scene.plan().unplanned.len(), 1);
}

/// `web` is the larger and asked about first, in vain; when `db` has got its claim in `c`, it is
/// asked about again.
#[test]
fn pods_are_asked_about_again_when_others_found_places() {
    let mut scene = scene();
    scene.wait(&near(pod_of("web", 5_000), ZONES, "db"), 1);
    scene.wait(&in_zone(pod_of("db", 4_000), "c"), 1);
    assert_eq!(zones(&scene.plan()), of(&[("c", 1), ("c", 1)]));
}

/// Nine that want to be on one host: eight cores hold eight of them.
#[test]
fn pods_near_each_other_share_a_host() {
    let mut scene = scene();
    scene.wait(&near(pod_of("web", 1_000), HOSTS, "web"), 9);
    let plan = scene.plan();
    assert_eq!((zones(&plan), plan.unplanned.len()), (of(&[("any", 8)]), 1));
}

/// Both prefer to be alone on a host, and a pool of one node has to do: the second gives it up.
#[test]
fn preferred_distance_is_kept_while_it_can_be() {
    let preferred = vec![Weighted { weight: 1, term: term(HOSTS, "web") }];
    let anti_affinity = PodAffinity { preferred, ..PodAffinity::default() };
    let shape = PodShape { anti_affinity, ..pod_of("web", 1_000) };
    let claims = |of_spec| {
        let mut scene = Scene::new(vec![pool("plain", "", of_spec)]);
        scene.wait(&shape, 2);
        zones(&scene.plan())
    };
    assert_eq!(claims(""), of(&[("any", 1), ("any", 1)]));
    assert_eq!(claims("  limits: { nodes: 1 }\n"), of(&[("any", 2)]));
}
