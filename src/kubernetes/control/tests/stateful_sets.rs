//! Stateful sets.

use super::rig::Rig;

const DATABASE: &str = "
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: { name: fast }
provisioner: ebs.csi.aws.com
volumeBindingMode: WaitForFirstConsumer
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: db }
spec:
  serviceName: db
  replicas: 3
  selector: { matchLabels: { app: db } }
  template:
    metadata: { labels: { app: db } }
    spec:
      containers: [{ name: app, image: 'app:1' }]
  volumeClaimTemplates:
  - metadata: { name: data }
    spec:
      accessModes: [ReadWriteOnce]
      storageClassName: fast
      resources: { requests: { storage: 10Gi } }
";

#[test]
fn each_waits_for_the_one_before_and_is_replaced_from_the_top() {
    let mut rig = Rig::new(2);
    rig.apply(DATABASE);
    let lives = |rig: &mut Rig, until| rig.told_until(until, |rig, entry| rig.life(entry));
    assert_eq!(
        lives(&mut rig, 9_999),
        [
            "0 db-0 created",
            "1 db-0 ready",
            "1 db-1 created",
            "2 db-1 ready",
            "2 db-2 created",
            "3 db-2 ready",
        ]
    );
    rig.run_to(10_000);
    rig.change("db", "app:2");
    assert_eq!(
        lives(&mut rig, 20_000),
        [
            "10 db-2 gone",
            "10 db-2 created",
            "11 db-2 ready",
            "11 db-1 gone",
            "11 db-1 created",
            "12 db-1 ready",
            "12 db-0 gone",
            "12 db-0 created",
            "13 db-0 ready",
        ]
    );
}

#[test]
fn a_pod_comes_back_to_its_volume() {
    let mut rig = Rig::new(2);
    rig.apply(DATABASE);
    rig.run_to(5_000);
    let volume = |rig: &Rig| {
        let claim = rig.control.cluster().volumes().claim("default", "data-db-2");
        claim.expect("it was made").volume.clone()
    };
    let before = volume(&rig);
    assert!(!before.is_empty());
    rig.change("db", "app:2");
    rig.run_to(10_000);
    assert_eq!(rig.ready(), 3);
    assert_eq!(volume(&rig), before);
    assert_eq!(rig.control.cluster().volumes().volumes().count(), 3);
}

#[test]
fn the_highest_goes_first_when_there_are_to_be_fewer() {
    let mut rig = Rig::new(2);
    rig.stops = 2_000;
    rig.apply(DATABASE);
    rig.run_to(10_000);
    let id = rig.workload("db");
    rig.with(|control, around| control.scale(id, 1, None, around));
    let told = rig.told_until(20_000, |rig, entry| rig.life(entry));
    assert_eq!(told[6..], ["12 db-2 gone", "14 db-1 gone"]);
}

#[test]
fn claims_that_do_not_wait_for_a_pod_get_their_volume_in_turn_of_zones() {
    let mut rig = Rig::new(1);
    rig.join_in(1);
    rig.join_in(2);
    // the claims name no class: the default one is meant
    let annotation = "storageclass.kubernetes.io/is-default-class: 'true'";
    let class = format!("name: fast, annotations: {{ {annotation} }}");
    let manifest = DATABASE
        .replace("WaitForFirstConsumer", "Immediate")
        .replace("      storageClassName: fast\n", "")
        .replacen("name: fast", &class, 1);
    rig.apply(&manifest);
    rig.run_to(10_000);
    assert_eq!(rig.ready(), 3);
    // each in the zone of its volume, one zone after the other
    let mut nodes: Vec<_> =
        rig.pods().iter().map(|pod| pod.split_once(' ').unwrap().1.to_owned()).collect();
    nodes.sort();
    assert_eq!(nodes, ["n0", "n1", "n2"]);
}

/// Tries at 0, 1, 3, 7 s; the node is there at 4 s.
#[test]
fn claims_from_before_there_were_nodes_get_their_volume_at_the_next_try() {
    let mut rig = Rig::new(0);
    let manifest = DATABASE.replace("WaitForFirstConsumer", "Immediate");
    rig.apply(&manifest);
    rig.run_to(4_000);
    rig.join();
    let told = rig.told_until(20_000, |rig, entry| rig.life(entry));
    let expected = [
        "0 db-0 created",
        "8 db-0 ready",
        "8 db-1 created",
        "9 db-1 ready",
        "9 db-2 created",
        "10 db-2 ready",
    ];
    assert_eq!(told, expected);
}
