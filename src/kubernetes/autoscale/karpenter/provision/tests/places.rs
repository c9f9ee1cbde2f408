//! What DaemonSets, ports and taints leave of nodes. Types `l`, `m` and `s` have 8, 4 and 2 cores.

use super::super::*;
use crate::kubernetes::autoscale::karpenter::fixture::{Scene, amounts, names, pool, requesting};
use crate::kubernetes::autoscale::karpenter::requirements::INSTANCE_TYPE;
use crate::kubernetes::scheduler::node::NodeSpec;
use crate::kubernetes::scheduler::shape::{Effect, HostPort, Owner, PodShape, Taint};

fn scene() -> Scene {
    Scene::new(vec![pool("plain", "", "")])
}

/// The pod of a DaemonSet of this name.
fn daemon(name: &str, milli_cpu: i64) -> PodShape {
    let owner = Owner { kind: "apps/v1/DaemonSet".into(), name: name.into() };
    PodShape { owner: Some(owner), namespace: "default".into(), ..requesting(milli_cpu, 16) }
}

fn runs_everywhere(scene: &mut Scene, shape: PodShape) {
    let shape = scene.cluster.intern(shape);
    scene.daemons.push(shape);
}

fn taint(key: &str, effect: Effect) -> Taint {
    Taint { key: key.into(), value: "".into(), effect }
}

fn port(number: i32) -> HostPort {
    HostPort { ip: "".into(), protocol: "TCP".into(), port: number }
}

/// A DaemonSet for `l` alone takes half of it: a pod of 3 cores goes on `l` and `m`, and a second
/// one on neither with it. What both types have to give up is the least of the two: nothing.
#[test]
fn daemon_sets_take_of_the_types_they_run_on() {
    let mut scene = scene();
    let for_large = [(INSTANCE_TYPE, "l")].into_iter().collect();
    runs_everywhere(&mut scene, PodShape { node_selector: for_large, ..daemon("big", 4_000) });
    scene.wait(&requesting(3_000, 64), 2);
    let plan = scene.plan();
    assert_eq!(plan.claims.len(), 2);
    assert_eq!(names(&plan.claims[0].types, &scene.pools[0].types), ["l", "m"]);
    assert_eq!(plan.claims[0].requests, amounts(3_000, 64));
}

/// A DaemonSet prefers other zones and is wanted in each of two terms: neither keeps it from a
/// node.
#[test]
fn daemon_sets_do_not_go_by_what_they_prefer() {
    use crate::kubernetes::autoscale::karpenter::fixture::one_of;
    use crate::kubernetes::autoscale::karpenter::requirements::ZONE;
    use crate::kubernetes::scheduler::shape::{NodeSelector, Weighted};
    let mut scene = scene();
    let terms = vec![one_of("team", &["shop"]), one_of(ZONE, &["a", "b"])];
    let preferred = vec![Weighted { weight: 1, term: one_of(ZONE, &["nowhere"]) }];
    runs_everywhere(
        &mut scene,
        PodShape {
            required_nodes: Some(NodeSelector(terms)),
            preferred_nodes: preferred,
            ..daemon("agent", 500)
        },
    );
    scene.wait(&requesting(1_600, 64), 1);
    assert_eq!(names(&scene.plan().claims[0].types, &scene.pools[0].types), ["l", "m"]);
}

/// 2 cores, of which a DaemonSet will take 0.5: 1.5 are left, before its pod is there and after.
#[test]
fn daemon_sets_that_are_missing_on_a_node_are_counted() {
    for is_there in [false, true] {
        let mut scene = scene();
        runs_everywhere(&mut scene, daemon("agent", 500));
        let node = scene.node(2);
        if is_there {
            scene.run(daemon("agent", 500), node);
        }
        let large = scene.wait(&requesting(1_600, 64), 1);
        let fitting = scene.wait(&requesting(1_500, 64), 1);
        let plan = scene.plan();
        assert_eq!(plan.placed, [(fitting[0], node)], "{is_there}");
        assert_eq!(plan.claims[0].pods, large);
    }
}

#[test]
fn ports_of_hosts_are_taken_once() {
    let mut scene = scene();
    let node = scene.node(0);
    let web = PodShape { host_ports: vec![port(80)], ..requesting(100, 16) };
    scene.run(web.clone(), node);
    scene.wait(&web, 2);
    let other = PodShape { host_ports: vec![port(81)], ..requesting(100, 16) };
    let other = scene.wait(&other, 1);
    let plan = scene.plan();
    assert_eq!(plan.placed, [(other[0], node)]);
    assert_eq!(plan.claims.len(), 2);
    // a DaemonSet has it on every node that there may be
    runs_everywhere(&mut scene, PodShape { host_ports: vec![port(80)], ..daemon("proxy", 10) });
    let plan = scene.plan();
    assert_eq!((plan.claims.len(), plan.unplanned.len()), (0, 2));
}

/// While a node starts, pods are planned for it whatever it is not yet; afterwards the same taints
/// keep them away.
#[test]
fn taints_that_will_go_do_not_count_while_a_node_starts() {
    let startup = "      startupTaints: [{ key: cni, effect: NoSchedule }]\n";
    for initialized in [false, true] {
        let mut scene = Scene::new(vec![pool("plain", startup, "")]);
        let node = scene.node(0);
        let spec = scene.cluster.node(node).spec.clone();
        let not_ready = taint("node.kubernetes.io/not-ready", Effect::NoSchedule);
        let labels = spec.labels.iter().map(|(key, value)| (key.to_owned(), value.to_owned()));
        let done = initialized.then(|| (INITIALIZED.to_owned(), "true".to_owned()));
        let spec = NodeSpec {
            labels: labels.chain(done).collect(),
            taints: vec![not_ready, taint("cni", Effect::NoSchedule)],
            ..spec
        };
        scene.cluster.update_node(node, spec);
        scene.wait(&requesting(100, 16), 1);
        assert_eq!(scene.plan().placed.is_empty(), initialized);
    }
}

/// The pool's taint only discourages: a pod that says nothing goes there when no other pool will
/// do.
#[test]
fn taints_that_discourage_are_put_up_with_last() {
    let taints = "      taints: [{ key: old, effect: PreferNoSchedule }]\n";
    let mut both = Scene::new(vec![pool("old", taints, "  weight: 9\n"), pool("new", "", "")]);
    both.wait(&requesting(100, 16), 1);
    assert_eq!(both.plan().claims[0].pool, 1);
    let mut alone = Scene::new(vec![pool("old", taints, "")]);
    alone.wait(&requesting(100, 16), 1);
    assert_eq!(alone.plan().claims[0].pool, 0);
}

/// What a node that is taken to be gone had is there to be used again.
#[test]
fn limits_do_not_count_what_is_taken_to_be_gone() {
    let mut scene = Scene::new(vec![pool("plain", "", "  limits: { cpu: 8 }\n")]);
    let node = scene.node(0);
    (scene.pools[0].used, scene.pools[0].nodes) = (amounts(8_000, 0), 1);
    let pod = scene.run(requesting(1_000, 64), node);
    let Scene { cluster, profile, pools, daemons, well_known, nodes, .. } = &mut scene;
    let shown = Shown { profile, pools, daemons, well_known, nodes };
    let pending = [PendingPod { pod, created: SimTime::ZERO }];
    assert_eq!(plan(cluster, &shown, &pending, &[node]).claims.len(), 1);
    let shown = Shown { nodes: &[], ..shown };
    assert_eq!(plan(cluster, &shown, &pending, &[]).claims.len(), 0);
}
