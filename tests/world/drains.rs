//! Hosts of a Kubernetes cluster under maintenance.

use crate::lab::{HOST, app, close, of, run, simulation};

const CLUSTER: &str = "
[[cluster]]
name = 'k8s'
kind = 'kubernetes'
engine = { start = '1s', prepulled = true, memory = '0' }

[[cluster.node_pool]]
name = 'general'
shape = 'host'
count = 2
";

/// Host 0 is drained at 30 s for 30 s.
const DRAIN: &str = "[[fault]]\nhosts = [0]\n\
                     kind = { drain = { at = '30s', duration = '30s' } }\n";

/// Two pods of 900m each, one on each node of two cores. The one on host 0 is evicted at 30 s, and
/// the one made for it starts on the other host.
#[test]
fn pods_leave_a_host_that_is_drained() {
    let web = app("web", "cpu = { request = '900m' }\nreplicas = 2\nspread = false");
    let recording = run(&[&simulation("100s"), HOST, &web, CLUSTER, DRAIN]);
    let containers = recording.summary.containers;
    // three were made, of which one was told to stop
    assert_eq!((containers.created, containers.running, containers.exited), (3, 2, 1));
    assert_eq!(recording.summary.warnings, Vec::<String>::new());
    // it was never without a replica but for the first start
    close(of(&recording, "web").availability, (100.0 - 2.0) / 100.0);
}
