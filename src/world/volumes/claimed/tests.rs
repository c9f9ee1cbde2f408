//! Volumes of claims where slots are taken by others.

use std::path::Path;

use tempfile::NamedTempFile;

use crate::aws::ebs::volume::VolumeState;
use crate::scenario;
use crate::world::World;
use crate::world::ec2::tests::rig::{LAWS, world};

/// A class of the driver, and a stateful set of 26 pods with a claim each.
const PODS: &str = "
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: fast}
provisioner: ebs.csi.aws.com
volumeBindingMode: WaitForFirstConsumer
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  replicas: 26
  podManagementPolicy: Parallel
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers: [{name: server, image: i}]
  volumeClaimTemplates:
  - metadata: {name: data}
    spec:
      accessModes: [ReadWriteOnce]
      storageClassName: fast
      resources: {requests: {storage: 10Gi}}
";

impl World<'_> {
    /// How many volumes are in use, with the root.
    fn volumes_in_use(&self) -> usize {
        let all = self.volumes.held.values();
        all.filter(|held| matches!(held.volume.state(), VolumeState::InUse(_))).count()
    }
}

#[test]
fn network_interfaces_that_come_later_take_slots_that_the_scheduler_counts_with() {
    let file = NamedTempFile::with_suffix(".yaml").expect("a file");
    std::fs::write(file.path(), PODS).expect("it can be written");
    let text = format!(
        "[simulation]\nname = 'test'\nduration = '10h'\n[[image]]\nname = 'i'\nlayers = ['1MB']\n\
         [[app]]\nname = 'a'\nimage = 'i'\ncpu = {{ request = '1m' }}\n\
         memory = {{ request = '1MiB' }}\n[[cluster]]\nname = 'c'\nkind = 'eks'\n\
         engine = {{ start = '0s', prepulled = true }}\n\
         kubernetes = {{ manifests = ['{}'] }}\n\
         ebs = {{ create = '2s', attach = '3s', detach = '4s' }}\n\
         [cluster.eks]\nebs_csi = {{ register = '2s' }}\n\
         vpc_cni = {{ prefix_delegation = true, minimum_ip_target = 32 }}\n\
         [[cluster.node_group]]\nname = 'g'\ninstance_types = ['m5.large']\nmin = 1\nmax = 1\n\
         max_pods = 40\njoin = '10s'\n{LAWS}",
        file.path().display()
    );
    let scenario = match scenario::parse(&text, "test.toml", Path::new("")) {
        Ok(loaded) => loaded.scenario,
        Err(problems) => panic!("{}\n{text}", problems.render(false)),
    };
    let mut world = world(&scenario);
    // the driver is up at 38 s and counts one interface: there is room for 26 volumes of pods
    world.play(42.0);
    let host = world.nodes.all[0].host;
    assert_eq!(world.csi_allocatable(host, 1), 26);
    assert_eq!(world.volumes.held.len(), 27);
    // all have been asked for at 41 s; two more interfaces come before they are attached at 43 s
    world.volumes.instances.get_mut(&host).expect("it is there").interfaces = 3;
    world.play(60.0);
    assert_eq!(world.volumes_in_use(), 25);
    let warnings = &world.recorder.warnings;
    assert!(warnings.iter().any(|it| it.contains("AttachmentLimitExceeded")), "{warnings:?}");
    // they have been tried at 43, 44, 46, 50, 58 s; the next time is at 74 s, when there is one
    // interface less
    world.volumes.instances.get_mut(&host).expect("it is there").interfaces = 2;
    world.play(76.9);
    assert_eq!(world.volumes_in_use(), 25);
    world.play(77.0);
    assert_eq!(world.volumes_in_use(), 26);
}
