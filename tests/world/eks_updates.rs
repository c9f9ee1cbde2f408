//! Updates of managed node groups on Amazon EKS, against timelines worked out by hand.
//!
//! An instance is up 26 s after it was asked for, and a node 10 s later.

use plimsoll::metrics::Recording;
use plimsoll::metrics::events::{Kind, Reason};
use tempfile::NamedTempFile;

use crate::eks::times;
use crate::lab::{HOST, app, of, run, simulation};

const LAWS: &str = "launch = '6s'\nboot = '20s'\njoin = '10s'\nshutdown = '30s'\n";

/// A group of so many nodes in so many zones, updated at 600 s; `update` are further keys of that,
/// `budget` is the spec of a disruption budget of the app.
fn play(nodes: u32, zones: u32, app: &str, update: &str, budget: &str, more: &str) -> Recording {
    let manifest = format!(
        "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{name: web}}\nspec:\n  \
         selector: {{matchLabels: {{app: web}}}}\n  {budget}\n"
    );
    let file = NamedTempFile::with_suffix(".yaml").expect("a file");
    std::fs::write(file.path(), manifest).expect("it can be written");
    let cluster = format!(
        "[[cluster]]\nname = 'eks'\nkind = 'eks'\nengine = {{ start = '0s', prepulled = true }}\n\
         zones = {{ count = {zones}, uplink = '10Gbit/s' }}\n\
         kubernetes = {{ manifests = ['{}'] }}\n\
         [[cluster.node_group]]\nname = 'general'\ninstance_types = ['m5.large']\n\
         min = {nodes}\nmax = {nodes}\n{LAWS}\
         [[cluster.node_group.update]]\nat = '600s'\n{update}\n{more}",
        file.path().display()
    );
    run(&[&simulation("2h"), HOST, app, &cluster])
}

#[test]
fn probe() {
    let show = |recording: &Recording| {
        for event in &recording.log.events {
            let text = event.text.map_or("", |it| recording.log.text(it));
            let object = recording.log.object(event.object);
            println!("{:9.3} {:?} {} {text}", event.time.as_secs_f64(), event.reason, object.key);
        }
        println!("{:?}", recording.summary.warnings);
    };
    println!("--- 2 in 1");
    show(&play(2, 1, &app("web", "replicas = 2"), "", "minAvailable: 1", ""));
    println!("--- 3 in 3");
    show(&play(3, 3, &app("web", "replicas = 3"), "", "minAvailable: 1", ""));
    println!("--- blocked");
    show(&play(2, 1, &app("web", "replicas = 2"), "", "minAvailable: 2", ""));
    println!("--- forced");
    show(&play(2, 1, &app("web", "replicas = 2"), "force = true", "minAvailable: 2", ""));
    println!("--- CA");
    show(&play(2, 1, &app("web", "replicas = 2"), "", "minAvailable: 1", "[cluster.cluster_autoscaler]"));
}
