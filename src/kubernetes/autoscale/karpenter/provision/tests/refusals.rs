//! What each pool says of a pod that no node is made for.

use super::*;
use crate::kubernetes::autoscale::karpenter::fixture::{one_of, pod_of, term};
use crate::kubernetes::scheduler::shape::NodeSelector;
use crate::kubernetes::scheduler::topology::TopologyId;

/// What the pools of a scene say of the only shape of pods that finds no place.
fn said(scene: &mut Scene) -> Vec<String> {
    let plan = scene.plan();
    assert!(!plan.unplanned.is_empty());
    let all = plan.refusals.into_values().flatten();
    all.map(|(pool, why)| format!("{}: {why}", scene.pools[pool].spec.name)).collect()
}

fn scene(pools: &[(&str, &str, &str)], shape: &PodShape, pods: usize) -> Scene {
    let pools = pools.iter().map(|(name, of_template, spec)| pool(name, of_template, spec));
    let mut scene = Scene::new(pools.collect());
    scene.wait(shape, pods);
    scene
}

#[test]
fn each_pool_says_what_is_in_the_way_in_the_order_in_which_they_are_tried() {
    let taint = "      taints: [{ key: team, value: shop, effect: NoSchedule }]\n";
    let team = "      requirements: [{ key: team, operator: In, values: [a, b] }]\n";
    let many = "      requirements: [{ key: node.kubernetes.io/instance-type, operator: In, \
                values: [s, m, l], minValues: 3 }]\n";
    let mut wants = requesting(3_000, 64);
    wants.node_selector = [("team", "c")].into_iter().collect();
    let pools = [("known", team, ""), ("other", "", ""), ("tainted", taint, "  weight: 9\n")];
    let mut labels = scene(&pools, &wants, 1);
    let mut sizes = scene(
        &[("few", many, ""), ("full", "", "  limits: { cpu: 3 }\n")],
        &requesting(3_000, 64),
        1,
    );
    let mut large = scene(&[("any", "", "  limits: { cpu: 3 }\n")], &requesting(9_000, 64), 1);
    let all = [said(&mut labels), said(&mut sizes), said(&mut large)].concat();
    assert_eq!(
        all,
        [
            "tainted: the pod does not tolerate the taint team=shop:NoSchedule",
            "known: the pod wants team In [c], and the pool has In [a, b]",
            "other: the pod wants team In [c], and its nodes have no such label",
            "few: too few values of node.kubernetes.io/instance-type are left for minValues",
            "full: its limits leave no room for another node",
            "any: no instance type is large enough for the pod",
        ]
    );
}

#[test]
fn what_is_not_to_be_had_and_what_neighbours_forbid_is_told_apart() {
    let mut zone = requesting(1_000, 64);
    let key = "topology.kubernetes.io/zone";
    zone.required_nodes = Some(NodeSelector(vec![one_of(key, &["b"])]));
    let mut gone = scene(&[("any", "", "")], &zone, 1);
    let types = gone.pools[0].types.iter_mut().flat_map(|one| &mut one.offerings);
    types.filter(|one| *one.zone == *"b").for_each(|one| one.available = false);
    assert_eq!(said(&mut gone), ["any: what would do cannot be had for now"]);
    let mut all = scene(&[("any", "", "")], &requesting(1_000, 64), 1);
    let types = all.pools[0].types.iter_mut().flat_map(|one| &mut one.offerings);
    types.for_each(|one| one.available = false);
    assert_eq!(said(&mut all), ["any: what would do cannot be had for now"]);
    zone.required_nodes = Some(NodeSelector(vec![one_of(key, &["c"])]));
    assert_eq!(
        said(&mut scene(&[("any", "", "")], &zone, 1)),
        ["any: the pod wants topology.kubernetes.io/zone In [c], as none of its instance types is"]
    );
    let mut apart = pod_of("web", 1_000);
    apart.anti_affinity.required = vec![term(TopologyId::ZONE, "web")];
    assert_eq!(
        said(&mut scene(&[("any", "", "")], &apart, 2)),
        ["any: other pods or volumes leave no place where its nodes could be"]
    );
}
