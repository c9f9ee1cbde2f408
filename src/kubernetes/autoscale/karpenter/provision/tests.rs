//! Small scenes, worked out by hand: types `s`, `m` and `l` have 2, 4 and 8 cores.

mod neighbours;
mod places;
mod refusals;
mod sound;
mod volumes;

use proptest::prelude::*;

use super::*;
use crate::kubernetes::autoscale::karpenter::fixture::{
    Scene, amounts, instance, names, pool, requesting,
};
use crate::kubernetes::autoscale::karpenter::instance::{CapacityType, Unavailable};
use crate::kubernetes::autoscale::karpenter::launch::{MOST_TYPES, launch};
use crate::kubernetes::scheduler::labels::{Operator, Requirement};
use crate::kubernetes::scheduler::shape::{NodeTerm, PodShape, Weighted};

const BOTH: &str = "      requirements: [{ key: karpenter.sh/capacity-type, operator: Exists }]\n";

fn plain() -> Scene {
    Scene::new(vec![pool("plain", BOTH, "")])
}

/// A pod of 1 core opens a claim of all types; with each that follows the smaller fall away: 1, 2
/// cores leave all, 3 leave `m` and `l`, 5 leave `l`; the ninth needs another claim.
#[test]
fn a_claim_holds_the_types_that_hold_all_its_pods() {
    for (pods, left) in [(1, "s m l"), (2, "s m l"), (3, "m l"), (5, "l"), (8, "l")] {
        let mut scene = plain();
        scene.wait(&requesting(1_000, 64), pods);
        let plan = scene.plan();
        let [claim] = plan.claims.as_slice() else { panic!("{pods}: one claim") };
        let mut left: Vec<_> = left.split(' ').collect();
        left.sort_unstable();
        assert_eq!(names(&claim.types, &scene.pools[0].types), left, "{pods}");
        assert_eq!(claim.requests, amounts(1_000 * pods as i64, 64 * pods as i64));
    }
    let mut scene = plain();
    scene.wait(&requesting(1_000, 64), 9);
    let sizes: Vec<_> = scene.plan().claims.iter().map(|claim| claim.pods.len()).collect();
    assert_eq!(sizes, [8, 1]);
}

/// Pods of 5, 4 and 3 cores in any order: 5 first, to which 3 comes; 4 alone, since 5 + 4 > 8.
/// 3 goes to the claim with the fewest pods, both have one: the older.
#[test]
fn the_largest_pods_come_first_and_the_emptiest_claim_takes_the_next() {
    let mut scene = plain();
    let three = scene.wait(&requesting(3_000, 64), 1)[0];
    let five = scene.wait(&requesting(5_000, 64), 1)[0];
    let four = scene.wait(&requesting(4_000, 64), 1)[0];
    let pods: Vec<_> = scene.plan().claims.into_iter().map(|claim| claim.pods).collect();
    assert_eq!(pods, [vec![five, three], vec![four]]);
}

#[test]
fn nodes_that_are_there_take_pods_first_and_the_cluster_stays_as_it_was() {
    let mut scene = plain();
    let node = scene.node(2);
    scene.run(requesting(500, 64), node);
    let pods = scene.wait(&requesting(1_000, 64), 2);
    let plan = scene.plan();
    assert_eq!(plan.placed, [(pods[0], node)]);
    assert_eq!(plan.claims[0].pods, [pods[1]]);
    assert_eq!(scene.cluster.node(node).pods.len(), 1);
    assert_eq!(scene.plan(), plan);
}

/// DaemonSets' pods take half a core of every new node: two pods of 1 core need `m`.
#[test]
fn pods_of_daemon_sets_are_counted_in() {
    let mut scene = plain();
    let daemon = scene.cluster.intern(requesting(500, 64));
    scene.daemons.push(daemon);
    scene.wait(&requesting(1_000, 64), 2);
    let plan = scene.plan();
    assert_eq!(plan.claims[0].requests, amounts(2_500, 192));
    assert_eq!(names(&plan.claims[0].types, &scene.pools[0].types), ["l", "m"]);
}

#[test]
fn pools_are_tried_by_weight_and_then_by_name() {
    let mut scene =
        Scene::new(vec![pool("c", "", ""), pool("b", "", ""), pool("z", "", "  weight: 5\n")]);
    scene.wait(&requesting(1_000, 64), 1);
    assert_eq!(scene.plan().claims[0].pool, 2);
    scene.pools[2].spec.weight = 0;
    assert_eq!(scene.plan().claims[0].pool, 1);
}

/// 12 cores at most, of which 4 are there: the first claim may be of any type, and 8 cores are
/// taken off since it may be `l`; for the second nothing is left, though it needs 5 cores as well.
#[test]
fn limits_are_kept_even_if_the_largest_type_comes() {
    let mut scene = Scene::new(vec![pool("plain", "", "  limits: { cpu: 12 }\n")]);
    scene.pools[0].used = amounts(4_000, 0);
    let pods = scene.wait(&requesting(5_000, 64), 2);
    let plan = scene.plan();
    assert_eq!(plan.claims.len(), 1);
    assert_eq!(plan.unplanned, [(pods[1], Unplanned::NoPool)]);
    scene.pools[0].used = amounts(4_001, 0);
    assert_eq!(scene.plan().claims.len(), 0);
}

/// Two nodes at most, of which one is there.
#[test]
fn a_pool_may_have_only_so_many_nodes() {
    let mut scene = Scene::new(vec![pool("plain", "", "  limits: { nodes: 2 }\n")]);
    scene.pools[0].nodes = 1;
    scene.wait(&requesting(5_000, 64), 2);
    let plan = scene.plan();
    assert_eq!((plan.claims.len(), plan.unplanned.len()), (1, 1));
}

fn prefers(zone: &str) -> PodShape {
    let operator = Operator::In(vec![zone.into()]);
    let requirement = Requirement { key: "topology.kubernetes.io/zone".into(), operator };
    let term = NodeTerm { labels: vec![requirement], name: Vec::new() };
    PodShape { preferred_nodes: vec![Weighted { weight: 1, term }], ..requesting(1_000, 64) }
}

#[test]
fn preferences_are_requirements_until_nothing_meets_them() {
    let mut scene = plain();
    scene.wait(&prefers("b"), 1);
    let claim = scene.plan().claims.remove(0);
    assert!(!claim.requirements.allow("topology.kubernetes.io/zone", "a"));
    let mut scene = plain();
    scene.wait(&prefers("c"), 1);
    let claim = scene.plan().claims.remove(0);
    assert!(claim.requirements.get("topology.kubernetes.io/zone").is_none());
}

#[test]
fn too_few_types_are_none_where_some_variety_has_to_stay() {
    let varied = "      requirements:\n        - { key: node.kubernetes.io/instance-type, \
                  operator: Exists, minValues: 2 }\n";
    let mut scene = Scene::new(vec![pool("varied", varied, "")]);
    scene.wait(&requesting(1_000, 64), 5);
    // a fifth pod would leave `l` alone
    let sizes: Vec<_> = scene.plan().claims.iter().map(|claim| claim.pods.len()).collect();
    assert_eq!(sizes, [4, 1]);
}

/// `s` as spot is the cheapest; with spot of `s` in both zones gone, spot of `m`; with all spot
/// gone, `s` on demand; three minutes later spot of `s` again.
#[test]
fn the_cheapest_is_launched_spot_before_on_demand() {
    let mut scene = plain();
    scene.wait(&requesting(1_000, 64), 1);
    let claim = scene.plan().claims.remove(0);
    let at = |seconds: u64| SimTime::from_nanos(seconds * 1_000_000_000);
    let mut unavailable = Unavailable::default();
    let fresh = scene.pools[0].types.clone();
    let mut chosen = |gone: &[&str], now: SimTime| {
        for name in gone {
            for zone in ["a", "b"] {
                unavailable.note(name, zone, CapacityType::Spot, now);
            }
        }
        let mut types = fresh.clone();
        unavailable.apply(&mut types, now);
        let launch = launch(&claim, &types).expect("something is left");
        (launch.instance.name.to_string(), launch.offering.capacity_type)
    };
    assert_eq!(chosen(&[], at(0)), ("s".into(), CapacityType::Spot));
    assert_eq!(chosen(&["s"], at(0)), ("m".into(), CapacityType::Spot));
    assert_eq!(chosen(&["m", "l"], at(1)), ("s".into(), CapacityType::OnDemand));
    assert_eq!(chosen(&[], at(179)), ("s".into(), CapacityType::OnDemand));
    assert_eq!(chosen(&[], at(180)), ("s".into(), CapacityType::Spot));
}

/// 70 types at 1, 2, …, 70 cents: an instance is asked for of the 60 cheapest.
#[test]
fn only_the_sixty_cheapest_types_are_asked_for() {
    let types =
        (1..=70).rev().map(|one| instance(&format!("t{one:02}"), 4, f64::from(one) / 100.0));
    let on_demand = "      requirements: [{ key: karpenter.sh/capacity-type, operator: In, \
                     values: [on-demand] }]\n";
    let mut scene = Scene::of_types(types.collect(), vec![pool("plain", on_demand, "")]);
    scene.wait(&requesting(1_000, 64), 1);
    let mut claim = scene.plan().claims.remove(0);
    assert_eq!(claim.types.len(), 70);
    let types = &scene.pools[0].types;
    assert!(claim.truncate(MOST_TYPES, types));
    let kept: Vec<_> = claim.types.iter().map(|&place| &*types[place].name).collect();
    assert_eq!(kept, (1..=60).map(|one| format!("t{one:02}")).collect::<Vec<_>>());
}

/// Of 700 types a claim keeps the 600 cheapest.
#[test]
fn a_claim_has_six_hundred_types_at_most() {
    let types = (1..=700).rev().map(|one| instance(&format!("t{one}"), 4, f64::from(one) / 100.0));
    let mut scene = Scene::of_types(types.collect(), vec![pool("plain", "", "")]);
    scene.wait(&requesting(3_000, 64), 3);
    let plan = scene.plan();
    assert_eq!(plan.claims.len(), 3);
    for claim in &plan.claims {
        let names: Vec<_> =
            claim.types.iter().map(|&place| &*scene.pools[0].types[place].name).collect();
        assert_eq!((names.len(), names[0], names[599]), (600, "t1", "t600"));
    }
}

/// First-fit decreasing by CPU alone, without anything kept: nodes in order, then the claim with
/// the fewest pods in which 8 cores suffice, then a new one.
fn plainly(nodes: &[i64], pods: &[i64]) -> (Vec<Option<usize>>, Vec<Vec<usize>>) {
    let mut free = nodes.to_vec();
    let mut order: Vec<usize> = (0..pods.len()).collect();
    order.sort_by_key(|&pod| -pods[pod]);
    let (mut places, mut claims) = (vec![None; pods.len()], Vec::<Vec<usize>>::new());
    for pod in order {
        let wanted = pods[pod];
        if let Some(node) = free.iter().position(|&left| wanted <= left) {
            free[node] -= wanted;
            places[pod] = Some(node);
            continue;
        }
        let sum = |claim: &Vec<usize>| claim.iter().map(|&pod| pods[pod]).sum::<i64>();
        let room = claims.iter_mut().filter(|claim| sum(claim) + wanted <= 8_000);
        match room.min_by_key(|claim| claim.len()) {
            Some(claim) => claim.push(pod),
            None => claims.push(vec![pod]),
        }
    }
    (places, claims)
}

proptest! {
    #[test]
    fn places_are_those_of_a_plain_search(
        nodes in prop::collection::vec(0..3usize, 0..6),
        pods in prop::collection::vec((1..20i64).prop_map(|n| n * 250), 0..40),
    ) {
        let mut scene = plain();
        let cores = nodes.iter().map(|&place| [8_000, 4_000, 2_000][place]).collect::<Vec<_>>();
        let ids: Vec<_> = nodes.iter().map(|&place| scene.node(place)).collect();
        let all: Vec<_> =
            pods.iter().map(|&cpu| scene.wait(&requesting(cpu, 1), 1)[0]).collect();
        let plan = scene.plan();
        let (places, claims) = plainly(&cores, &pods);
        for (pod, place) in places.iter().enumerate() {
            let placed = plan.placed.iter().find(|one| one.0 == all[pod]).map(|one| one.1);
            prop_assert_eq!(placed, place.map(|place| ids[place]));
        }
        let found: Vec<_> = plan.claims.iter().map(|claim| claim.pods.clone()).collect();
        let wanted: Vec<Vec<_>> = claims
            .iter()
            .map(|claim| claim.iter().map(|&pod| all[pod]).collect())
            .collect();
        prop_assert_eq!(found, wanted);
    }
}
