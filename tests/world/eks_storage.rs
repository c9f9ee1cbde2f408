//! Volumes of claims on Amazon EKS by the EBS CSI driver, against timelines worked out by hand.
//!
//! An instance is up 26 s after it was asked for and a node 10 s later; the driver is up on it
//! after another 5 s. A volume is made in 2 s, attached in 3 s and detached in 4 s.

use plimsoll::metrics::Recording;
use plimsoll::metrics::events::{Event, Reason};
use plimsoll::metrics::summary::CostItem;
use tempfile::NamedTempFile;

use crate::lab::{HOST, close, of, run, simulation};

const LAWS: &str = "launch = '6s'\nboot = '20s'\njoin = '10s'\nshutdown = '30s'\n";

/// A stateful set `db`, each of whose pods has a claim `data` to 10 GiB of this class; `more` are
/// lines of its spec.
fn set(replicas: u32, class: &str, more: &str) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: db}}\nspec:\n  \
         replicas: {replicas}\n  serviceName: db\n  selector: {{matchLabels: {{app: db}}}}\n  \
         template:\n    metadata: {{labels: {{app: db}}}}\n    spec:\n      \
         terminationGracePeriodSeconds: 1\n      containers:\n      \
         - {{name: server, image: image, resources: {{requests: {{cpu: 10m, memory: 16Mi}}}}}}\n  \
         volumeClaimTemplates:\n  - metadata: {{name: data}}\n    spec:\n      \
         accessModes: [ReadWriteOnce]\n      storageClassName: {class}\n      \
         resources: {{requests: {{storage: 10Gi}}}}\n{more}"
    )
}

/// A class of the driver; `more` are further lines.
fn class(name: &str, mode: &str, more: &str) -> String {
    format!(
        "---\napiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {{name: {name}}}\n\
         provisioner: ebs.csi.aws.com\nvolumeBindingMode: {mode}\n{more}"
    )
}

const WAITS: &str = "WaitForFirstConsumer";

/// A cluster in three zones, with node groups of these keys, and this manifest.
fn play(duration: &str, groups: &[&str], manifest: &str, more: &str) -> Recording {
    let file = NamedTempFile::with_suffix(".yaml").expect("a file");
    std::fs::write(file.path(), manifest).expect("it can be written");
    let mut cluster = format!(
        "[[cluster]]\nname = 'eks'\nkind = 'eks'\nzones = {{ count = 3, uplink = '10Gbit/s' }}\n\
         engine = {{ start = '0s', prepulled = true }}\n\
         kubernetes = {{ manifests = ['{}'] }}\n\
         ebs = {{ create = '2s', attach = '3s', detach = '4s' }}\n\
         [cluster.eks.ebs_csi]\nregister = '5s'\n",
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

/// What is told of an object, but for what only counts.
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


fn show(title: &str, recording: &Recording, names: &[&str]) {
    println!("== {title}");
    for name in names {
        println!("-- {name}");
        for line in told(recording, name) { println!("{line}"); }
    }
    println!("{:?}\n{:?}", recording.summary.cost.by_item, recording.summary.warnings);
}

#[test]
fn explore() {
    let groups = [in_zone(0, 1), in_zone(1, 1)];
    let groups: Vec<&str> = groups.iter().map(|it| &**it).collect();
    let manifest = class("gp3", WAITS, "") + &set(1, "gp3", "");
    let fault = "[[fault]]\nhosts = [0]\nkind = { scheduled = { at = '100s', duration = '1h' } }\n";
    let r = play("20min", &groups, &manifest, fault);
    show("node lost", &r, &["db-0", "g0-0", "g1-0", "g0-1", "g1-1"]);
    let drain = "[[fault]]\nhosts = [0]\nkind = { drain = { at = '103s', duration = '1h' } }\n";
    let two = [in_zone(0, 2)];
    let groups: Vec<&str> = two.iter().map(|it| &**it).collect();
    let r = play("20min", &groups, &manifest, drain);
    show("drain", &r, &["db-0", "g0-0", "g0-1"]);
    // immediate
    let manifest = class("gp3", "Immediate", "") + &set(2, "gp3", "");
    let g = [in_zone(0, 1), in_zone(1, 1)];
    let groups: Vec<&str> = g.iter().map(|it| &**it).collect();
    let r = play("10min", &groups, &manifest, "");
    show("immediate", &r, &["db-0", "db-1", "g0-0", "g1-0"]);
    // limit
    let manifest = class("gp3", WAITS, "") + &set(28, "gp3", "  podManagementPolicy: Parallel\n");
    let g = [in_zone(0, 1)];
    let groups: Vec<&str> = g.iter().map(|it| &**it).collect();
    let r = play("10min", &groups, &manifest, "");
    show("limit", &r, &["db-0", "db-26", "db-27", "g0-0"]);
    let t = in_zone(0, 1) + "\nmax_pods = 110\ntaints = ['ebs.csi.aws.com/agent-not-ready:NoExecute']";
    let r = play("10min", &[&t], &manifest, "");
    show("limit, taint", &r, &["db-0", "db-25", "db-26", "db-27", "g0-0"]);
}
