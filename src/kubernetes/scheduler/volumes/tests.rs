//! The volume plugins and the binding of claims, on clusters of two nodes.

use super::*;
use crate::kubernetes::api::quantity::Amount;
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::framework::{Code, Prepared, Rejection, Verdict};
use crate::kubernetes::scheduler::labels::{Operator, Requirement};
use crate::kubernetes::scheduler::node::{NodeId, NodeSpec};
use crate::kubernetes::scheduler::plugins::Plugin;
use crate::kubernetes::scheduler::pod::Pod;
use crate::kubernetes::scheduler::profile::Profile;
use crate::kubernetes::scheduler::shape::{
    Claim, Disk, DiskKind, NodeSelector, NodeTerm, PodShape, PodVolumes,
};

const DRIVER: &str = "ebs.csi.aws.com";

/// Nodes `a` and `b` in zones of the same names, and three classes.
fn cluster() -> Cluster {
    let mut cluster = Cluster::new();
    for name in ["a", "b"] {
        let labels = [(ZONE, name), ("kubernetes.io/hostname", name)].into_iter().collect();
        cluster.add_node(NodeSpec { name: name.into(), labels, ..NodeSpec::default() });
    }
    let volumes = cluster.volumes_mut();
    for (name, provisioner, mode) in [
        ("local", NO_PROVISIONER, BindingMode::WaitForFirstConsumer),
        ("gp3", "kubernetes.io/aws-ebs", BindingMode::WaitForFirstConsumer),
        ("now", DRIVER, BindingMode::Immediate),
    ] {
        let (name, provisioner) = (name.into(), provisioner.into());
        volumes.add_class(StorageClass { name, provisioner, mode, topologies: Vec::new() });
    }
    cluster
}

fn zone(name: &str) -> NodeSelector {
    let operator = Operator::In(vec![name.into()]);
    let labels = vec![Requirement { key: ZONE.into(), operator }];
    NodeSelector(vec![NodeTerm { labels, name: Vec::new() }])
}

fn local(name: &str, gigabytes: i64, of: &str) -> PersistentVolume {
    PersistentVolume {
        name: name.into(),
        capacity: Amount::whole(gigabytes << 30),
        class: "local".into(),
        access_modes: vec![AccessMode::ReadWriteOnce],
        affinity: Some(zone(of)),
        available: true,
        ..PersistentVolume::default()
    }
}

fn claim(name: &str, class: &str, gigabytes: i64) -> PersistentVolumeClaim {
    PersistentVolumeClaim {
        namespace: "shop".into(),
        name: name.into(),
        class: class.into(),
        access_modes: vec![AccessMode::ReadWriteOnce],
        request: Some(Amount::whole(gigabytes << 30)),
        ..PersistentVolumeClaim::default()
    }
}

fn shape(claims: &[&str]) -> PodShape {
    let claim = |name: &&str| Claim { name: (*name).into(), pod: None };
    let claims = claims.iter().map(claim).collect();
    let volumes = PodVolumes { claims, disks: Vec::new() };
    PodShape { namespace: "shop".into(), volumes, ..PodShape::default() }
}

fn prepare(cluster: &mut Cluster, plugin: Plugin, shape: PodShape) -> Prepared {
    let shape = cluster.intern(shape);
    plugin.filter(&Profile::default(), cluster, shape)
}

/// What a plugin says of nodes `a` and `b`.
fn verdicts(cluster: &mut Cluster, plugin: Plugin, shape: PodShape) -> [Verdict; 2] {
    let prepared = prepare(cluster, plugin, shape);
    [0, 1].map(|node| match &prepared {
        Prepared::Filter(filter) => filter.filter(cluster, cluster.node(NodeId(node))),
        Prepared::Reject(rejection) => Err(rejection.clone()),
        _ => Ok(()),
    })
}

fn reason(verdict: &Verdict) -> &str {
    verdict.as_ref().err().map_or("", |rejection| &rejection.reasons[0])
}

fn bound(cluster: &mut Cluster, shape: &PodShape, node: u32) -> Vec<String> {
    let bindings = decide(cluster.volumes(), shape, cluster.node(NodeId(node)));
    let text = bindings.iter().map(ToString::to_string).collect();
    cluster.volumes_mut().bind(bindings);
    text
}

fn place(cluster: &mut Cluster, shape: PodShape, node: u32) {
    let shape = cluster.intern(shape);
    let node = Some(NodeId(node));
    cluster.add_pod(Pod { node, ..Pod::pending("shop/pod", shape) });
}

#[test]
fn the_smallest_volume_that_fits_goes_to_the_smallest_claim() {
    let mut cluster = cluster();
    let volumes = cluster.volumes_mut();
    for (name, size, of) in [("l20", 20, "a"), ("l10", 10, "a"), ("l5", 5, "a"), ("l8", 8, "b")] {
        volumes.add_volume(local(name, size, of));
    }
    volumes.add_claim(claim("large", "local", 9));
    volumes.add_claim(claim("small", "local", 6));
    let shape = shape(&["large", "small"]);
    let [on_a, on_b] = verdicts(&mut cluster, Plugin::VolumeBinding, shape.clone());
    assert_eq!(on_a, Ok(()));
    assert_eq!(reason(&on_b), "node(s) didn't find available persistent volumes to bind");
    assert_eq!(bound(&mut cluster, &shape, 0), ["shop/large=l20", "shop/small=l10"]);
    assert!(cluster.volumes().claim("shop", "small").is_some_and(PersistentVolumeClaim::is_bound));
    assert!(bound(&mut cluster, &shape, 0).is_empty());
}

#[test]
fn a_volume_kept_for_a_claim_is_the_only_one_for_it() {
    let mut cluster = cluster();
    let volumes = cluster.volumes_mut();
    let (namespace, name) = ("shop".into(), "data".into());
    let kept = Some(ClaimRef { namespace, name, uid: "".into() });
    volumes.add_volume(PersistentVolume { claim: kept, ..local("kept", 50, "b") });
    volumes.add_volume(local("free", 5, "a"));
    volumes.add_claim(claim("data", "local", 5));
    volumes.add_claim(claim("other", "local", 6));
    let [on_a, on_b] = verdicts(&mut cluster, Plugin::VolumeBinding, shape(&["data"]));
    assert!(on_a.is_err() && on_b.is_ok());
    let others = verdicts(&mut cluster, Plugin::VolumeBinding, shape(&["other"]));
    assert!(others.iter().all(Result::is_err));
}

#[test]
fn a_volume_that_is_made_stays_in_the_zone_of_its_node() {
    let mut cluster = cluster();
    cluster.volumes_mut().add_claim(claim("data", "gp3", 20));
    let shape = shape(&["data"]);
    assert_eq!(bound(&mut cluster, &shape, 1), ["shop/data=pv-shop-data"]);
    let made = cluster.volumes().volume("pv-shop-data").expect("it was made");
    assert!(matches!(&made.source, Source::Csi { driver, .. } if **driver == *DRIVER));
    let [on_a, on_b] = verdicts(&mut cluster, Plugin::VolumeBinding, shape);
    assert_eq!(reason(&on_a), "node(s) didn't match PersistentVolume's node affinity");
    assert_eq!(on_b, Ok(()));
}

#[test]
fn claims_that_cannot_be_used_reject_the_pod_at_once() {
    let mut cluster = cluster();
    let volumes = cluster.volumes_mut();
    volumes.add_claim(claim("unbound", "now", 1));
    volumes.add_claim(PersistentVolumeClaim { deleting: true, ..claim("going", "now", 1) });
    let lost = PersistentVolumeClaim { lost: true, volume: "v".into(), ..claim("lost", "now", 1) };
    volumes.add_claim(lost);
    let mut said = |name: &str, pod: Option<&str>| {
        let mut shape = shape(&[name]);
        shape.volumes.claims[0].pod = pod.map(Into::into);
        match prepare(&mut cluster, Plugin::VolumeBinding, shape) {
            Prepared::Reject(Rejection { code: Code::UnschedulableAndUnresolvable, reasons }) => {
                reasons.join(", ")
            }
            other => panic!("{name}: {other:?}"),
        }
    };
    assert_eq!(said("none", None), "persistentvolumeclaim \"none\" not found");
    let waiting = "waiting for ephemeral volume controller to create the persistentvolumeclaim";
    assert_eq!(said("p-tmp", Some("p")), format!("{waiting} \"p-tmp\""));
    assert_eq!(said("going", None), "persistentvolumeclaim \"going\" is being deleted");
    let gone = "persistentvolumeclaim \"lost\" bound to non-existent persistentvolume \"v\"";
    assert_eq!(said("lost", None), gone);
    assert_eq!(said("unbound", None), "pod has unbound immediate PersistentVolumeClaims");
    let foreign = "PVC shop/unbound was not created for pod shop/p (pod is not owner)";
    assert_eq!(said("unbound", Some("p")), foreign);
}

#[test]
fn a_volume_counts_once_and_old_disks_count_for_the_driver() {
    let mut cluster = cluster();
    let limit = vec![(DRIVER.into(), Some(2))];
    cluster.volumes_mut().add_node(CsiNode {
        name: "a".into(),
        drivers: limit,
        ..CsiNode::default()
    });
    for name in ["one", "two", "three"] {
        cluster.volumes_mut().add_claim(claim(name, "gp3", 1));
    }
    place(&mut cluster, shape(&["one"]), 0);
    place(&mut cluster, shape(&["one"]), 0);
    let again = verdicts(&mut cluster, Plugin::NodeVolumeLimits, shape(&["one", "two"]));
    assert_eq!(again, [Ok(()), Ok(())]);
    let [on_a, on_b] = verdicts(&mut cluster, Plugin::NodeVolumeLimits, shape(&["two", "three"]));
    assert_eq!(on_a, Err(Rejection::unschedulable("node(s) exceed max volume count")));
    assert_eq!(on_b, Ok(()), "a node without a CSINode has no limit");
    let mut inline = shape(&["two"]);
    inline.volumes.disks.push(disk(DiskKind::AwsElasticBlockStore, "aws://a/vol-1", false));
    let [on_a, _] = verdicts(&mut cluster, Plugin::NodeVolumeLimits, inline);
    assert!(on_a.is_err());
}

fn disk(kind: DiskKind, id: &str, read_only: bool) -> Disk {
    let addresses = if kind == DiskKind::Rbd { vec!["m1".into(), "m2".into()] } else { Vec::new() };
    Disk { kind, id: id.into(), addresses, read_only }
}

#[test]
fn disks_conflict_unless_all_only_read_and_elastic_ones_always() {
    for (kind, shared) in [
        (DiskKind::GcePersistentDisk, true),
        (DiskKind::Iscsi, true),
        (DiskKind::Rbd, true),
        (DiskKind::AwsElasticBlockStore, false),
    ] {
        let mut cluster = cluster();
        let of = |read_only| {
            let mut shape = shape(&[]);
            shape.volumes.disks.push(disk(kind, "x", read_only));
            shape
        };
        place(&mut cluster, of(true), 0);
        let [reads, _] = verdicts(&mut cluster, Plugin::VolumeRestrictions, of(true));
        assert_eq!(reads.is_ok(), shared, "{kind:?}");
        let [writes, elsewhere] = verdicts(&mut cluster, Plugin::VolumeRestrictions, of(false));
        assert_eq!(writes, Err(Rejection::unschedulable("node(s) had no available disk")));
        assert_eq!(elsewhere, Ok(()));
    }
}

#[test]
fn a_claim_for_one_pod_is_out_of_reach_until_its_pod_is_evicted() {
    use crate::kubernetes::scheduler::cluster::Change;
    use crate::kubernetes::scheduler::node::Delta;
    let mut cluster = cluster();
    let mut exclusive = claim("data", "gp3", 1);
    exclusive.access_modes = vec![AccessMode::ReadWriteOncePod];
    cluster.volumes_mut().add_claim(exclusive);
    place(&mut cluster, shape(&["data"]), 1);
    let Prepared::Filter(mut filter) =
        prepare(&mut cluster, Plugin::VolumeRestrictions, shape(&["data"]))
    else {
        panic!("the claim is in use")
    };
    let rejected = filter.filter(&cluster, cluster.node(NodeId(0)));
    assert!(reason(&rejected).contains("ReadWriteOncePod"), "{rejected:?}");
    let id = cluster.intern(shape(&["data"]));
    let change = Change { node: NodeId(1), shape: id, delta: Delta::ADDED.reversed() };
    filter.changed(&cluster, change);
    assert_eq!(filter.filter(&cluster, cluster.node(NodeId(0))), Ok(()));
}

#[test]
fn zones_of_a_volume_are_separated_by_two_underscores_under_old_names_too() {
    let beta = "failure-domain.beta.kubernetes.io/zone";
    for (key, value, passed) in [
        (ZONE, "a", [true, false]),
        (beta, "b__c", [false, true]),
        (ZONE, "a__b", [true, true]),
        (ZONE, "a____b", [true, true]),
    ] {
        let mut cluster = cluster();
        let mut volume = local("v", 1, "a");
        volume.labels = [(key, value)].into_iter().collect();
        cluster.volumes_mut().add_volume(volume);
        let volume = "v".into();
        let owned = PersistentVolumeClaim { volume, complete: true, ..claim("data", "now", 1) };
        cluster.volumes_mut().add_claim(owned);
        let verdicts = verdicts(&mut cluster, Plugin::VolumeZone, shape(&["data"]));
        assert_eq!(verdicts.each_ref().map(Result::is_ok), passed, "{key}={value}");
    }
}

#[test]
fn an_old_disk_is_reached_by_the_label_of_the_driver_where_there_is_one() {
    let mut cluster = cluster();
    let plugin = InTree::AwsElasticBlockStore;
    let source = Source::InTree { plugin, handle: "vol-1".into() };
    cluster.volumes_mut().add_volume(PersistentVolume { source, ..local("v", 1, "a") });
    let volume = "v".into();
    let owned = PersistentVolumeClaim { volume, complete: true, ..claim("data", "now", 1) };
    cluster.volumes_mut().add_claim(owned);
    let passed = |cluster: &mut Cluster| {
        verdicts(cluster, Plugin::VolumeBinding, shape(&["data"])).map(|verdict| verdict.is_ok())
    };
    assert_eq!(passed(&mut cluster), [true, false]);
    let migrated = |plugins: &[&str]| {
        let migrated = plugins.iter().map(|&plugin| plugin.into()).collect();
        CsiNode { name: "a".into(), migrated, ..CsiNode::default() }
    };
    cluster.volumes_mut().add_node(migrated(&["kubernetes.io/gce-pd"]));
    assert_eq!(passed(&mut cluster), [true, false], "it does not say that the driver took over");
    cluster.volumes_mut().add_node(migrated(&["kubernetes.io/gce-pd", "kubernetes.io/aws-ebs"]));
    assert_eq!(passed(&mut cluster), [false, false], "node a has no label of the driver");
}

#[test]
fn a_volume_of_other_attributes_is_none_for_a_claim() {
    let mut cluster = cluster();
    cluster.volumes_mut().add_volume(local("v", 1, "a"));
    let fast = PersistentVolumeClaim { attributes: "fast".into(), ..claim("data", "local", 1) };
    cluster.volumes_mut().add_claim(fast);
    let unmatched = "node(s) didn't find available persistent volumes to bind";
    let [on_a, _] = verdicts(&mut cluster, Plugin::VolumeBinding, shape(&["data"]));
    assert_eq!(reason(&on_a), unmatched);
    let attributes = "fast".into();
    cluster.volumes_mut().add_volume(PersistentVolume { attributes, ..local("w", 1, "a") });
    let [on_a, _] = verdicts(&mut cluster, Plugin::VolumeBinding, shape(&["data"]));
    assert_eq!(on_a, Ok(()));
}

#[test]
fn only_labels_of_nodes_say_what_reaches_a_volume() {
    let mut cluster = cluster();
    let mut volume = local("v", 1, "a");
    let operator = Operator::In(vec!["elsewhere".into()]);
    let name = vec![Requirement { key: "metadata.name".into(), operator }];
    volume.affinity = Some(NodeSelector(vec![NodeTerm { name, ..zone("b").0.remove(0) }]));
    cluster.volumes_mut().add_volume(volume);
    cluster.volumes_mut().add_claim(claim("data", "local", 1));
    let verdicts = verdicts(&mut cluster, Plugin::VolumeBinding, shape(&["data"]));
    assert_eq!(verdicts.map(|verdict| verdict.is_ok()), [false, true]);
}

/// Storage of 10 GiB that nodes of zone `a` reach, as the API writes it.
fn storage_left(largest: Option<&str>) -> StorageCapacity {
    let object = serde_json::json!({
        "metadata": {"name": "pool"},
        "storageClassName": "gp3",
        "capacity": "10Gi",
        "maximumVolumeSize": largest,
        "nodeTopology": {"matchLabels": {ZONE: "a"}},
    });
    read::capacity(&serde_json::from_value(object).expect("it is a CSIStorageCapacity"))
}

#[test]
fn a_new_volume_has_to_fit_into_what_is_left_where_the_driver_says_so() {
    let fits = |driver: Option<bool>, largest: Option<&str>, gigabytes: i64| {
        let mut cluster = cluster();
        let volumes = cluster.volumes_mut();
        let (name, provisioner) = ("gp3".into(), DRIVER.into());
        let mode = BindingMode::WaitForFirstConsumer;
        volumes.add_class(StorageClass { name, provisioner, mode, topologies: Vec::new() });
        if let Some(storage_capacity) = driver {
            volumes.add_driver(CsiDriver { name: DRIVER.into(), storage_capacity });
        }
        volumes.add_capacity(storage_left(largest));
        volumes.add_claim(claim("data", "gp3", gigabytes));
        let verdicts = verdicts(&mut cluster, Plugin::VolumeBinding, shape(&["data"]));
        verdicts.map(|verdict| reason(&verdict).to_owned())
    };
    let (ok, full) = ("", "node(s) did not have enough free storage");
    assert_eq!(fits(Some(true), None, 10), [ok, full]);
    assert_eq!(fits(Some(true), None, 11), [full, full]);
    assert_eq!(fits(Some(true), Some("4Gi"), 5), [full, full]);
    assert_eq!(fits(Some(false), None, 11), [ok, ok]);
    assert_eq!(fits(None, None, 11), [ok, ok]);
}

#[test]
fn disks_of_one_name_are_told_apart_by_their_zones_under_old_names_too() {
    let handle = |zone: serde_json::Value| {
        let object = serde_json::json!({
            "metadata": {"name": "v", "labels": zone},
            "spec": {"gcePersistentDisk": {"pdName": "disk"}},
        });
        let volume = read::volume(&serde_json::from_value(object).expect("it is a volume"));
        let Source::InTree { handle, .. } = volume.source else { panic!("it is an old disk") };
        handle.to_string()
    };
    let beta = "failure-domain.beta.kubernetes.io/zone";
    assert_eq!(handle(serde_json::json!({ZONE: "a", beta: "b"})), "a/disk");
    assert_eq!(handle(serde_json::json!({beta: "b"})), "b/disk");
    assert_eq!(handle(serde_json::json!({})), "UNSPECIFIED/disk");
}
