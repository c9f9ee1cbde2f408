//! Pods with volumes. Zones are `a`, `b` and `c`.

use super::super::*;
use crate::kubernetes::autoscale::karpenter::fixture::{Scene, one_of, pool, requesting};
use crate::kubernetes::autoscale::karpenter::requirements::ZONE;
use crate::kubernetes::scheduler::shape::{Claim, NodeSelector, PodShape, PodVolumes};
use crate::kubernetes::scheduler::volumes::{
    BindingMode, CsiNode, PersistentVolume, PersistentVolumeClaim, Source, StorageClass,
};

/// The label by which the driver of Amazon EBS knows zones.
const EBS_ZONE: &str = "topology.ebs.csi.aws.com/zone";

fn scene() -> Scene {
    Scene::in_zones(&["a", "b", "c"], vec![pool("plain", "", "")])
}

fn using(claims: &[&str]) -> PodShape {
    let claim = |name: &&str| Claim { name: (*name).into(), pod: None };
    let volumes = PodVolumes { claims: claims.iter().map(claim).collect(), disks: Vec::new() };
    PodShape { volumes, ..requesting(1_000, 64) }
}

/// A claim of this name, and its volume, which is reached from the zones of one of these terms.
fn volume(scene: &mut Scene, name: &str, key: &str, terms: &[&[&str]]) {
    let volumes = scene.cluster.volumes_mut();
    let affinity = NodeSelector(terms.iter().map(|zones| one_of(key, zones)).collect());
    let source = Source::Csi { driver: "ebs".into(), handle: name.into() };
    volumes.add_volume(PersistentVolume {
        name: name.into(),
        affinity: Some(affinity),
        source,
        ..PersistentVolume::default()
    });
    let bound = PersistentVolumeClaim { volume: name.into(), complete: true, ..claim(name) };
    volumes.add_claim(bound);
}

fn claim(name: &str) -> PersistentVolumeClaim {
    let (namespace, name) = ("default".into(), name.into());
    PersistentVolumeClaim { namespace, name, ..PersistentVolumeClaim::default() }
}

fn zone(plan: &Plan) -> Option<String> {
    let allowed = plan.claims.first()?.requirements.get(ZONE)?;
    allowed.named().map(|all| all.iter().cloned().collect::<Vec<_>>().join(" "))
}

#[test]
fn a_volume_in_a_zone_has_its_claim_there() {
    for key in [ZONE, EBS_ZONE] {
        let mut scene = scene();
        volume(&mut scene, "data", key, &[&["b"]]);
        scene.wait(&using(&["data"]), 1);
        let plan = scene.plan();
        assert_eq!((zone(&plan).as_deref(), plan.claims.len()), (Some("b"), 1), "{key}");
    }
}

/// A node of zone `a` is not asked for a pod with its volume in `b`; one in `b` is.
#[test]
fn nodes_that_are_there_have_to_reach_the_volume() {
    let mut scene = scene();
    volume(&mut scene, "data", EBS_ZONE, &[&["b"]]);
    scene.node(0);
    let there = scene.node_in("b", 0);
    let pods = scene.wait(&using(&["data"]), 1);
    assert_eq!(scene.plan().placed, [(pods[0], there)]);
}

#[test]
fn a_class_says_where_volumes_can_be_made() {
    let mut scene = scene();
    let term = vec![(EBS_ZONE.into(), vec!["b".into(), "c".into()])];
    let mode = BindingMode::WaitForFirstConsumer;
    let class = StorageClass {
        name: "gp3".into(),
        mode,
        topologies: vec![term],
        ..StorageClass::default()
    };
    scene.cluster.volumes_mut().add_class(class);
    let waiting = PersistentVolumeClaim { class: "gp3".into(), ..claim("data") };
    scene.cluster.volumes_mut().add_claim(waiting);
    scene.wait(&using(&["data"]), 1);
    assert_eq!(zone(&scene.plan()).as_deref(), Some("b c"));
}

/// The first volume is in `a` or in `b`, the second in `b` or `c`: both are in `b`. With the second
/// in `c` there is no place.
#[test]
fn all_volumes_have_to_be_reached() {
    let plan = |second: &[&[&str]]| {
        let mut scene = scene();
        volume(&mut scene, "one", ZONE, &[&["a"], &["b"]]);
        volume(&mut scene, "two", ZONE, second);
        scene.wait(&using(&["one", "two"]), 1);
        scene.plan()
    };
    assert_eq!(zone(&plan(&[&["b"], &["c"]])).as_deref(), Some("b"));
    let apart = plan(&[&["c"]]);
    assert_eq!((apart.claims.len(), apart.unplanned[0].1), (0, Unplanned::NoPool));
}

/// The volume is in `b`, but what counts for the spread of a pod is what itself wants: all zones.
#[test]
fn volumes_do_not_decide_which_zones_count() {
    use crate::kubernetes::autoscale::karpenter::fixture::{pod_of, spread_over};
    use crate::kubernetes::scheduler::shape::Unsatisfiable;
    use crate::kubernetes::scheduler::topology::TopologyId;
    let mut scene = scene();
    volume(&mut scene, "data", ZONE, &[&["b"]]);
    let node = scene.node_in("b", 2);
    scene.run(pod_of("web", 2_000), node);
    let spread = vec![spread_over(TopologyId::ZONE, Unsatisfiable::DoNotSchedule)];
    let web = pod_of("web", 1_000);
    scene.wait(&PodShape { spread, labels: web.labels, ..using(&["data"]) }, 1);
    // a second one in `b` would be two above `a` and `c`
    assert_eq!(scene.plan().unplanned.len(), 1);
}

#[test]
fn claims_that_wait_for_something_else_are_told_apart() {
    let change: [fn(&mut PersistentVolumeClaim); 4] = [
        |claim| claim.deleting = true,
        |claim| claim.lost = true,
        |claim| claim.volume = "gone".into(),
        |claim| claim.class = "unknown".into(),
    ];
    for change in change {
        let mut scene = scene();
        let mut claim = claim("data");
        change(&mut claim);
        scene.cluster.volumes_mut().add_claim(claim);
        let pods = scene.wait(&using(&["data"]), 1);
        assert_eq!(scene.plan().unplanned, [(pods[0], Unplanned::Dependent)]);
    }
    let mut scene = scene();
    let pods = scene.wait(&using(&["missing"]), 1);
    assert_eq!(scene.plan().unplanned, [(pods[0], Unplanned::Dependent)]);
}

/// The node can attach two volumes and has one: of two pods with a volume each it takes one.
#[test]
fn a_node_attaches_only_so_many_volumes() {
    let mut scene = scene();
    for name in ["one", "two", "three"] {
        volume(&mut scene, name, ZONE, &[&["a"]]);
    }
    let node = scene.node(0);
    let name = scene.cluster.node(node).spec.name.clone();
    let drivers = vec![("ebs".into(), Some(2))];
    scene.cluster.volumes_mut().add_node(CsiNode { name, drivers, migrated: Vec::new() });
    scene.run(using(&["one"]), node);
    let pods = [scene.wait(&using(&["two"]), 1)[0], scene.wait(&using(&["three"]), 1)[0]];
    let plan = scene.plan();
    assert_eq!(plan.placed, [(pods[0], node)]);
    assert_eq!(plan.claims[0].pods, [pods[1]]);
}
