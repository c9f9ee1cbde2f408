//! Volumes of claims on Amazon EKS by the EBS CSI driver, against timelines worked out by hand.
//!
//! An instance is up 26 s after it was asked for and a node 10 s later; the driver is up on it
//! after another 8 s, at 44 s. The scheduler's last try before that, which finds a node, is at 41
//! s. A volume is made in 2 s, attached in 3 s and detached in 4 s, and kubelets write the status
//! of their nodes every 10 s from 36 s on. Interfaces have blocks of addresses, so that one will
//! do.

use plimsoll::metrics::Recording;
use plimsoll::metrics::events::{Event, Reason};
use plimsoll::metrics::summary::{CostItem, VolumesSummary};
use tempfile::NamedTempFile;

use crate::lab::{HOST, close, of, run, same, simulation};

const LAWS: &str = "launch = '6s'\nboot = '20s'\njoin = '10s'\nshutdown = '30s'\n";

/// $0.08 for a GB and a month of 730 hours.
const GB_SECOND: f64 = 0.08 / (730.0 * 3600.0);

/// A stateful set `db`, each of whose pods has a claim `data` to 10 GiB of this class; `more` are
/// lines of its spec.
fn set(replicas: u32, class: &str, more: &str) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: db}}\nspec:\n  \
         replicas: {replicas}\n  serviceName: db\n  selector: {{matchLabels: {{app: db}}}}\n  \
         template:\n    metadata: {{labels: {{app: db}}}}\n    spec:\n      \
         terminationGracePeriodSeconds: 1\n      containers:\n      \
         - {{name: server, image: image, resources: {{requests: {{cpu: 40m, memory: 16Mi}}}}}}\n  \
         volumeClaimTemplates:\n  - metadata: {{name: data}}\n    spec:\n      \
         accessModes: [ReadWriteOnce]\n      storageClassName: {class}\n      \
         resources: {{requests: {{storage: 10Gi}}}}\n{more}"
    )
}

/// A class of the driver; `more` are further lines.
fn class(mode: &str, more: &str) -> String {
    format!(
        "---\napiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {{name: fast}}\n\
         provisioner: ebs.csi.aws.com\nvolumeBindingMode: {mode}\n{more}"
    )
}

const WAITS: &str = "WaitForFirstConsumer";

/// A cluster in three zones, with node groups of these keys, and this manifest. `driver` are keys
/// of `[cluster.eks.ebs_csi]`.
fn play(duration: &str, groups: &[&str], manifest: &str, driver: &str, more: &str) -> Recording {
    let file = NamedTempFile::with_suffix(".yaml").expect("a file");
    std::fs::write(file.path(), manifest).expect("it can be written");
    let mut cluster = format!(
        "[[cluster]]\nname = 'eks'\nkind = 'eks'\nzones = {{ count = 3, uplink = '10Gbit/s' }}\n\
         engine = {{ start = '0s', prepulled = true }}\n\
         kubernetes = {{ manifests = ['{}'] }}\n\
         ebs = {{ create = '2s', attach = '3s', detach = '4s' }}\n\
         [cluster.eks.vpc_cni]\nprefix_delegation = true\nwarm_prefix_target = 2\n\
         [cluster.eks.ebs_csi]\nregister = '8s'\n{driver}\n",
        file.path().display()
    );
    for zone in 0..3 {
        cluster += &format!(
            "[[cluster.subnet]]\nname = 'zone-{zone}'\nzone = {zone}\ncidr = '10.0.{zone}.0/24'\n"
        );
    }
    for (number, group) in groups.iter().enumerate() {
        cluster += &format!("[[cluster.node_group]]\nname = 'g{number}'\n{LAWS}{group}\n");
    }
    run(&[&simulation(duration), HOST, &cluster, more])
}

/// A group of one zone.
fn in_zone(zone: u32, nodes: u32) -> String {
    format!(
        "instance_types = ['m5.large']\nmin = {nodes}\nmax = {nodes}\nsubnets = ['zone-{zone}']"
    )
}

/// What is told of an object.
fn told(recording: &Recording, name: &str) -> Vec<String> {
    let log = &recording.log;
    let quiet = [Reason::Pulling, Reason::Pulled];
    let is_of = |event: &&Event| log.object(event.object).name() == name;
    let all = log.events.iter().filter(is_of).filter(|event| !quiet.contains(&event.reason));
    all.map(|event| {
        let text = event.text.map_or("", |text| log.text(text));
        let related = event.related.map_or("", |id| log.object(id).name());
        let time = event.time.as_secs_f64();
        format!("{time} {} {related}{text}", event.reason.name()).trim().to_owned()
    })
    .collect()
}

/// When events of this kind happened, and their texts.
fn texts(recording: &Recording, name: &str, reason: Reason) -> Vec<String> {
    let all = told(recording, name).into_iter();
    all.filter(|line| line.split(' ').nth(1) == Some(reason.name())).collect()
}

fn count(recording: &Recording, reason: Reason) -> usize {
    recording.log.events.iter().filter(|event| event.reason == reason).count()
}

fn volumes(recording: &Recording) -> VolumesSummary {
    recording.summary.volumes.expect("a driver makes some")
}

fn cost(recording: &Recording, item: CostItem) -> f64 {
    recording.summary.cost.by_item.of(item)
}

#[test]
fn a_pod_waits_until_its_volume_is_made_attached_and_mounted() {
    let manifest = class(WAITS, "") + &set(2, "fast", "");
    let recording = play("10min", &[&in_zone(1, 1)], &manifest, "", "");
    // the provisioner tries at 41, 42 and 44 s; the kubelet finds the volume attached at 49 s and
    // would mount it, but has not written yet that it is in use: that is at 56 s, after its tries
    // at 49, 49.5, 50.5 and 52.5 s
    assert_eq!(
        told(&recording, "db-0"),
        [
            "0 PodCreated db",
            "0 FailedScheduling no nodes available to schedule pods",
            "41 Provisioning External provisioner is provisioning volume for claim \
             \"default/data-db-0\"",
            "46 ProvisioningSucceeded Successfully provisioned volume pv-default-data-db-0",
            "46 Scheduled g0-0",
            "49 SuccessfulAttachVolume AttachVolume.Attach succeeded for volume \
             \"pv-default-data-db-0\"",
            "56.5 Started",
            "56.5 PodReady",
        ]
    );
    // tries at 61.5, 62, 63, 65 and 69 s; in use at 66 s
    assert_eq!(
        told(&recording, "db-1")[2..],
        [
            "58.5 ProvisioningSucceeded Successfully provisioned volume pv-default-data-db-1",
            "58.5 Scheduled g0-0",
            "61.5 SuccessfulAttachVolume AttachVolume.Attach succeeded for volume \
             \"pv-default-data-db-1\"",
            "69 Started",
            "69 PodReady",
        ]
    );
    assert_eq!(volumes(&recording), VolumesSummary { made: 2, attached: 2, ..Default::default() });
    // a root of 20 GiB from 6 s on, volumes from 44 and from 56.5 s on: whole seconds
    let seconds = 20.0 * 594.0 + 10.0 * 556.0 + 10.0 * 544.0;
    close(cost(&recording, CostItem::VolumeStorage), GB_SECOND * seconds);
}

#[test]
fn a_class_says_what_its_volumes_can_do_and_an_app_reads_and_writes_on_them() {
    let parameters = "parameters: {type: gp3, iops: '5000', throughput: '500'}\n";
    let manifest = class(WAITS, parameters) + &set(1, "fast", "");
    // 300 operations: 60 ms of the volume, 100 ms of the root, which is gp3 as it comes
    let requests = "start = '0s'\nio = { operations = 300, depth = 300 }\n\
                    traffic = { arrivals = { at = ['200s', '201s'] } }\n";
    let apps = format!(
        "[[app]]\nname = 'db'\nworkload = 'db'\n{requests}[[app]]\nname = 'web'\nimage = 'image'\n\
         cpu = {{ request = '100m' }}\nmemory = {{ request = '64MiB' }}\n{requests}"
    );
    let recording = play("10min", &[&in_zone(0, 1)], &manifest, "", &apps);
    let took = |app| {
        let io = of(&recording, app).io.as_ref().expect("it reads and writes");
        same(io.took.mean, if app == "db" { 0.06 } else { 0.1 });
        (io.on.clone(), io.operations)
    };
    assert_eq!(took("db"), ("gp3".to_owned(), 600));
    assert_eq!(took("web"), ("host disk".to_owned(), 600));
    // 2,000 IOPS at $0.005 and 375 MiB/s at $0.04 a month, for 556 s
    let months = 556.0 / (730.0 * 3600.0);
    close(cost(&recording, CostItem::VolumeIops), 10.0 * months);
    close(cost(&recording, CostItem::VolumeThroughput), 15.0 * months);
}

#[test]
fn a_volume_of_a_node_that_is_lost_comes_six_minutes_after_its_pod_was_gone() {
    let manifest = class(WAITS, "") + &set(1, "fast", "");
    let fault = "[[fault]]\nhosts = [0]\nkind = { scheduled = { at = '100s', duration = '1h' } }\n";
    let groups = [in_zone(0, 1), in_zone(1, 1)];
    let recording = play("20min", &[&groups[0], &groups[1]], &manifest, "", fault);
    // its instance is replaced, the node is deleted, and 40 s later its pod; another zone has a
    // node, which does not reach the volume
    assert_eq!(texts(&recording, "g0-0", Reason::RemovingNode).len(), 1);
    assert_eq!(
        told(&recording, "db-0")[8..],
        [
            "150 PodNotReady",
            "360 PodGone",
            "360 PodCreated db",
            "360 Scheduled g0-2",
            "360 FailedAttachVolume Multi-Attach error for volume \"pv-default-data-db-0\" Volume \
             is already exclusively attached to one node and can't be attached to another",
            "723 SuccessfulAttachVolume AttachVolume.Attach succeeded for volume \
             \"pv-default-data-db-0\"",
            "723 Started",
            "723 PodReady",
        ]
    );
    let expected = VolumesSummary {
        made: 1,
        attached: 2,
        multi_attach_errors: 1,
        forced_detaches: 1,
        ..Default::default()
    };
    assert_eq!(volumes(&recording), expected);
}

#[test]
fn a_pod_whose_volume_is_in_a_zone_without_nodes_stays_pending() {
    let manifest = class(WAITS, "") + &set(1, "fast", "");
    let fault = "[[fault]]\nhosts = [0]\nkind = { scheduled = { at = '100s', duration = '1h' } }\n";
    let none = in_zone(0, 1) + "\n[[cluster.node_group.shortage]]\nfrom = '90s'\nzone = 0\n";
    let recording = play("20min", &[&none, &in_zone(1, 1)], &manifest, "", fault);
    let failed = texts(&recording, "db-0", Reason::FailedScheduling);
    let expected = "360 FailedScheduling 0/1 nodes are available: 1 node(s) didn't match \
                    PersistentVolume's node affinity.";
    assert!(failed.last().is_some_and(|line| line.starts_with(expected)), "{failed:?}");
}

#[test]
fn a_volume_goes_along_with_a_pod_that_is_drained_from_its_node() {
    let manifest = class(WAITS, "") + &set(1, "fast", "");
    let drain = "[[fault]]\nhosts = [0]\nkind = { drain = { at = '103s', duration = '1h' } }\n";
    let recording = play("20min", &[&in_zone(0, 2)], &manifest, "", drain);
    // its node says at 106 s that the volume is not in use, it is detached at 110 s
    assert_eq!(
        told(&recording, "db-0")[11..],
        [
            "103 PodGone",
            "103 PodCreated db",
            "103 Scheduled g0-1",
            "103 FailedAttachVolume Multi-Attach error for volume \"pv-default-data-db-0\" Volume \
             is already exclusively attached to one node and can't be attached to another",
            "113 SuccessfulAttachVolume AttachVolume.Attach succeeded for volume \
             \"pv-default-data-db-0\"",
            "113 Started",
            "113 PodReady",
        ]
    );
    assert_eq!(volumes(&recording).forced_detaches, 0);
}

#[test]
fn two_pods_on_two_nodes_cannot_have_one_volume() {
    let manifest = class(WAITS, "")
        + "---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: shared}\nspec:\n  \
           accessModes: [ReadWriteOnce]\n  storageClassName: fast\n  \
           resources: {requests: {storage: 10Gi}}\n---\napiVersion: apps/v1\nkind: Deployment\n\
           metadata: {name: web}\nspec:\n  replicas: 2\n  selector: {matchLabels: {app: web}}\n  \
           template:\n    metadata: {labels: {app: web}}\n    spec:\n      affinity:\n        \
           podAntiAffinity:\n          requiredDuringSchedulingIgnoredDuringExecution:\n          \
           - {topologyKey: kubernetes.io/hostname, \
           labelSelector: {matchLabels: {app: web}}}\n      \
           containers: [{name: server, image: image}]\n      \
           volumes: [{name: data, persistentVolumeClaim: {claimName: shared}}]\n";
    let recording = play("20min", &[&in_zone(0, 2)], &manifest, "", "");
    let log = &recording.log;
    let of_pods = log.events.iter().filter(|event| event.reason == Reason::FailedAttachVolume);
    let conflicts: Vec<&Event> = of_pods.collect();
    assert_eq!(conflicts.len(), 1);
    let ready = log.events.iter().find(|event| event.reason == Reason::PodReady);
    let has_it = log.object(ready.expect("one runs").object).name();
    let expected = format!(
        "Multi-Attach error for volume \"pv-default-shared\" Volume is already used by pod(s) \
         {has_it}"
    );
    assert_eq!(log.text(conflicts[0].text.expect("it says why")), expected);
    assert_eq!((count(&recording, Reason::PodReady), volumes(&recording).pods_waiting), (1, 1));
}

/// A node of zone b is full when the volume is made, which goes by the name of the claim alone.
#[test]
fn an_immediate_volume_may_be_where_its_pod_finds_no_room() {
    let full = "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: full}\nspec:\n  \
                selector: {matchLabels: {app: full}}\n  template:\n    \
                metadata: {labels: {app: full}}\n    spec:\n      \
                nodeSelector: {topology.kubernetes.io/zone: us-east-1b}\n      containers:\n      \
                - {name: server, image: image, resources: {requests: {cpu: 1750m}}}\n";
    let groups = [in_zone(0, 1), in_zone(1, 1)];
    let pods = |mode: &str| {
        let manifest = class(mode, "") + &set(1, "fast", "") + full;
        play("10min", &[&groups[0], &groups[1]], &manifest, "", "")
    };
    let recording = pods("Immediate");
    // the provisioner tries at 0, 1, 3, …, 31 and 63 s
    let failed = texts(&recording, "db-0", Reason::FailedScheduling);
    let unbound = "41 FailedScheduling 0/2 nodes are available: pod has unbound immediate \
                   PersistentVolumeClaims.";
    let stranded = "65 FailedScheduling 0/2 nodes are available: 1 Insufficient cpu, 1 node(s) \
                    didn't match PersistentVolume's node affinity.";
    assert!(failed[1].starts_with(unbound) && failed[2].starts_with(stranded), "{failed:?}");
    assert_eq!(failed.len(), 3);
    // it costs all the same, for 537 s; and two roots
    let seconds = 40.0 * 594.0 + 10.0 * 537.0;
    close(cost(&recording, CostItem::VolumeStorage), GB_SECOND * seconds);
    // made for a pod, it is where there is room
    assert_eq!(texts(&pods(WAITS), "db-0", Reason::Scheduled), ["46 Scheduled g0-0"]);
}

const PARALLEL: &str = "  podManagementPolicy: Parallel\n";

/// m5.large: 27 volumes beside an interface, one of which is the root.
#[test]
fn before_the_driver_is_up_nobody_knows_how_many_volumes_fit() {
    let manifest = class(WAITS, "") + &set(28, "fast", PARALLEL);
    let recording = play("10min", &[&in_zone(0, 1)], &manifest, "", "");
    assert_eq!(count(&recording, Reason::Scheduled), 28);
    assert_eq!(count(&recording, Reason::Started), 26);
    assert_eq!(
        told(&recording, "db-27")[4..],
        [
            "46 Scheduled g0-0",
            "46 FailedAttachVolume AttachVolume.Attach failed for volume \
             \"pv-default-data-db-27\" : rpc error: code = Internal desc = Could not attach volume \
             pv-default-data-db-27: AttachmentLimitExceeded: m5.large has room for 27 volumes \
             beside 1 network interface, and 27 are attached",
        ]
    );
    // two that are tried at 46, 47, 49, 53, 61, 77, 109, 173, 301 and 557 s
    let found = volumes(&recording);
    assert_eq!((found.attached, found.attach_failures, found.pods_waiting), (26, 20, 2));
    assert_eq!(recording.summary.findings.len(), 2);
}

#[test]
fn the_taint_keeps_pods_away_until_the_driver_has_said_how_many_volumes_fit() {
    let manifest = class(WAITS, "") + &set(28, "fast", PARALLEL);
    let group = in_zone(0, 1) + "\ntaints = ['ebs.csi.aws.com/agent-not-ready:NoExecute']";
    let fit = |driver: &str| {
        let recording = play("10min", &[&group], &manifest, driver, "");
        assert_eq!(volumes(&recording).attach_failures, 0);
        assert_eq!(
            told(&recording, "g0-0")[1..],
            ["44 NodeUntainted ebs.csi.aws.com/agent-not-ready:NoExecute"]
        );
        let last = texts(&recording, "db-27", Reason::FailedScheduling).pop();
        let expected = "44 FailedScheduling 0/1 nodes are available: 1 node(s) exceed max volume \
                        count.";
        assert!(last.as_ref().is_some_and(|last| last.starts_with(expected)), "{last:?}");
        count(&recording, Reason::Started)
    };
    assert_eq!(fit(""), 26);
    assert_eq!(fit("reserved_attachments = 3"), 24);
    assert_eq!(fit("attach_limit = 5"), 5);
}

#[test]
fn the_cluster_autoscaler_adds_a_node_in_the_zone_of_the_volume() {
    // a volume of zone b that was there before, from which a pod cannot be parted
    let manifest = "apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: old}\nspec:\n  \
         capacity: {storage: 10Gi}\n  accessModes: [ReadWriteOnce]\n  \
         csi: {driver: ebs.csi.aws.com, volumeHandle: vol-1}\n  \
         nodeAffinity:\n    required:\n      \
         nodeSelectorTerms:\n      - matchExpressions:\n        \
         - {key: topology.kubernetes.io/zone, operator: In, values: [us-east-1b]}\n---\n\
         apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\nspec:\n  \
         accessModes: [ReadWriteOnce]\n  storageClassName: ''\n  volumeName: old\n  \
         resources: {requests: {storage: 10Gi}}\n---\napiVersion: v1\nkind: Pod\n\
         metadata: {name: db}\nspec:\n  containers: [{name: server, image: image}]\n  \
         volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]\n";
    let some = |zone: u32, min: u32, max: u32| {
        format!(
            "instance_types = ['m5.large']\nmin = {min}\nmax = {max}\nsubnets = ['zone-{zone}']"
        )
    };
    let more = "[cluster.cluster_autoscaler]\n";
    let recording = play("10min", &[&some(0, 1, 2), &some(1, 0, 2)], manifest, "", more);
    let scaled = texts(&recording, "db", Reason::TriggeredScaleUp);
    assert_eq!(scaled, ["10 TriggeredScaleUp g1"]);
    assert_eq!(texts(&recording, "db", Reason::Scheduled).len(), 1);
    // in zone b: it would not be attached elsewhere
    assert_eq!((count(&recording, Reason::RegisteredNode), volumes(&recording).attached), (2, 1));
    // the volume costs from the beginning; roots from 6 and from 16 s on
    let seconds = 10.0 * 600.0 + 20.0 * (594.0 + 584.0);
    close(cost(&recording, CostItem::VolumeStorage), GB_SECOND * seconds);
}

#[test]
fn claims_without_a_class_wait_for_ever_unless_one_is_the_default() {
    let manifest = set(1, "fast", "").replace("storageClassName: fast", "volumeMode: Filesystem");
    let play = |driver: &str| play("10min", &[&in_zone(0, 1)], &manifest, driver, "");
    let none = play("");
    assert_eq!((count(&none, Reason::Scheduled), none.summary.volumes), (0, None));
    let months = 556.0 / (730.0 * 3600.0);
    let root = GB_SECOND * 20.0 * 594.0;
    let of_claim = |recording: &Recording| cost(recording, CostItem::VolumeStorage) - root;
    close(of_claim(&play("default_class = 'gp3'")), 0.08 * 10.0 * months);
    // the class that EKS makes is of the plugin of old, whose volumes the driver makes
    close(of_claim(&play("default_class = 'gp2'")), 0.10 * 10.0 * months);
}

#[test]
fn what_a_class_asks_for_that_ebs_does_not_make_is_told() {
    let manifest = class(WAITS, "parameters: {type: io1}\n") + &set(1, "fast", "");
    let recording = play("10min", &[&in_zone(0, 1)], &manifest, "", "");
    assert_eq!(
        texts(&recording, "db-0", Reason::ProvisioningFailed),
        ["44 ProvisioningFailed failed to provision volume with StorageClass \"fast\": rpc \
             error: code = InvalidArgument desc = Could not create volume: an io1 volume needs to \
             be told its IOPS, from 100 to 64000"]
    );
    assert_eq!((recording.summary.warnings.len(), volumes(&recording).pods_waiting), (1, 1));
}

/// Two pods, of which the autoscaler takes one away 5 min after it began.
#[test]
fn a_claim_that_goes_with_its_pod_has_its_volume_deleted() {
    let scaler = "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\n\
                  metadata: {name: db}\nspec:\n  minReplicas: 1\n  maxReplicas: 2\n  \
                  scaleTargetRef: {apiVersion: apps/v1, kind: StatefulSet, name: db}\n  \
                  metrics:\n  - {type: Resource, resource: {name: cpu, target: {type: Utilization, \
                  averageUtilization: 50}}}\n";
    let app = "[[app]]\nname = 'db'\nworkload = 'db'\nstart = '0s'\n\
               traffic = { arrivals = { at = ['200s'] } }\n";
    let play = |policy: &str, reclaim: &str| {
        let manifest = class(WAITS, reclaim) + &set(2, "fast", policy) + scaler;
        play("15min", &[&in_zone(0, 1)], &manifest, "", app)
    };
    let seconds = |recording: &Recording| cost(recording, CostItem::VolumeStorage) / GB_SECOND;
    let policy = "  persistentVolumeClaimRetentionPolicy: {whenScaled: Delete}\n";
    let recording = play(policy, "");
    assert_eq!(texts(&recording, "db-1", Reason::PodGone), ["390 PodGone"]);
    assert_eq!((volumes(&recording).made, volumes(&recording).deleted), (2, 1));
    // not in use at 396 s, detached and deleted at 400 s: there from 56.5 s on
    close(seconds(&recording), 20.0 * 894.0 + 10.0 * 856.0 + 10.0 * 344.0);
    // kept with its claim, or without it
    for (policy, reclaim) in [("", ""), (policy, "reclaimPolicy: Retain\n")] {
        let recording = play(policy, reclaim);
        assert_eq!((volumes(&recording).made, volumes(&recording).deleted), (2, 0));
        close(seconds(&recording), 20.0 * 894.0 + 10.0 * 856.0 + 10.0 * 844.0);
    }
}

/// Nodes have the driver's label of their zone from 44 s on, when it is up there.
#[test]
fn a_class_keeps_its_volumes_in_the_zones_that_it_allows() {
    let zone = "{ key: topology.ebs.csi.aws.com/zone, values: [us-east-1b] }";
    let allowed = format!("allowedTopologies: [{{ matchLabelExpressions: [{zone}] }}]\n");
    let manifest = class(WAITS, &allowed) + &set(3, "fast", "");
    let recording = play("10min", &[&in_zone(0, 1), &in_zone(1, 1)], &manifest, "", "");
    for name in ["db-0", "db-1", "db-2"] {
        let placed = texts(&recording, name, Reason::Scheduled);
        assert!(placed.len() == 1 && placed[0].contains("g1-"), "{placed:?}");
    }
}
