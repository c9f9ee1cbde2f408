//! How many replicas one node carries, where nodes are those of pools or groups.

use plimsoll::experiment::density::search;
use plimsoll::metrics::summary::DensitySummary;
use plimsoll::scenario::DensitySearch;

use crate::lab::{HOST, read, simulation};

const IMAGE: &str = "[[image]]\nname = 'web'\nplatforms = [\
                     { os = 'windows', os_version = '10.0.20348', layers = [] }, \
                     { os = 'linux', layers = [] }]\n";
const SLO: &str = "traffic = { arrivals = { poisson = '1/s' } }\ndemand = '1ms'\n\
                   slo = { p99 = '1s' }\n";
const LAWS: &str = "labels = { tier = 'web' }\nlaunch = '6s'\nboot = '20s'\njoin = '10s'\n";

/// The density of a small app that selects `tier: web` on a cluster.
fn density(cluster: &str) -> DensitySummary {
    let app = format!(
        "[[app]]\nname = 'web'\nimage = 'web'\nstart = '0s'\nreplicas = 4\n\
         cpu = {{ request = '10m' }}\nmemory = {{ request = '16MiB', base = '1MiB' }}\n\
         node_selector = {{ tier = 'web' }}\n{SLO}"
    );
    let simulation = simulation("3min").replace("duration", "warm_up = '2min'\nduration");
    let cluster = format!(
        "[[cluster]]\nname = 'one'\nengine = {{ start = '0s', prepulled = true }}\n{cluster}"
    );
    let scenario = read(&[&*simulation, HOST, IMAGE, &app, &cluster].join("\n"));
    let settings = DensitySearch::default();
    let found = search(&scenario, &scenario.clusters[0], &settings, 1, &|_, _| {});
    found.expect("no file is missing").summary
}

fn group(name: &str, keys: &str) -> String {
    format!("[[cluster.node_group]]\nname = '{name}'\nmin = 3\nmax = 5\n{keys}\n{LAWS}")
}

/// One node of the first group that the app selects, whatever there is besides.
#[test]
fn one_node_carries_what_it_has_addresses_for() {
    let windows = group("web", "os = 'windows-2022'\ninstance_types = ['m5.large']");
    let linux = group("web", "instance_types = ['m5.large']");
    let other = group("other", "instance_types = ['m5.large']").replace("'web'", "'other'");
    let small = group("small", "instance_types = ['t3.small']");
    let found = |groups: &str| {
        let found = density(&format!("kind = 'eks'\n{groups}"));
        (found.replicas_per_host, found.hosts_needed, found.limited_by)
    };
    let why = "0/1 nodes are available: 1 Insufficient vpc.amazonaws.com/PrivateIPv4Address";
    assert_eq!(found(&windows), (9, Some(1), why.to_owned()));
    assert_eq!(found(&linux).0, 27);
    // three interfaces of four addresses
    assert_eq!(found(&format!("{other}{small}{linux}")).0, 3 * 3);
}

#[test]
fn a_pool_has_one_node_too() {
    let pools = "kind = 'kubernetes'\n\
                 [[cluster.node_pool]]\nname = 'a'\nshape = 'host'\ncount = 3\nmax_pods = 7\n\
                 labels = { tier = 'web' }\n\
                 [[cluster.node_pool]]\nname = 'b'\nshape = 'host'\ncount = 3\n\
                 labels = { tier = 'web' }\n";
    let found = density(pools);
    assert_eq!(
        (found.replicas_per_host, &*found.limited_by),
        (7, "0/1 nodes are available: 1 Too many pods")
    );
}

#[test]
fn on_fargate_a_replica_is_alone() {
    let profile = "kind = 'eks'\n[[cluster.fargate_profile]]\nname = 'all'\nstart = '30s'\n\
                   selectors = [{ namespace = 'default' }]\n";
    let found = density(profile);
    assert_eq!((found.replicas_per_host, found.hosts_needed), (1, Some(4)));
    assert_eq!(found.limited_by, "a pod on Fargate has a machine of its own");
}
