//! The Cluster Autoscaler in whole worlds, against timelines worked out by hand.
//!
//! Hosts have two cores, and pods ask for 900m: two to a node. The first scan is at 10 s.

use plimsoll::metrics::Recording;
use plimsoll::metrics::summary::NodesSummary;

use crate::lab::{HOST, app, close, run, series};

/// A point of every series each 5 s.
fn every_five(seconds: u32) -> String {
    let points = seconds / 5;
    format!("[simulation]\nname = 'test'\nduration = '{seconds}s'\npoints = {points}\n")
}

/// Two nodes of a dollar an hour, up to `max`, at least `min`; others take so long to boot.
fn cluster(min: u32, max: u32, more: &str) -> String {
    format!(
        "[[cluster]]\nname = 'k8s'\nkind = 'kubernetes'\n\
         engine = {{ start = '0s', prepulled = true, memory = '0' }}\n{more}\n\
         [[cluster.node_pool]]\nname = 'general'\nshape = 'host'\n\
         count = 2\nmin = {min}\nmax = {max}\n"
    )
}

fn hosts(boot: &str) -> String {
    HOST.replace("boot = \"0s\"", &format!("boot = '{boot}'\nprice = '$1/h'"))
}

const SCALED: &str = "cluster_autoscaler = {}";

fn web(replicas: u32, more: &str) -> String {
    app("web", &format!("cpu = {{ request = '900m' }}\nreplicas = {replicas}\n{more}"))
}

/// Each value of a series of a point every 5 s, with the second from which it holds.
fn steps(recording: &Recording, name: &str) -> Vec<(usize, f64)> {
    let mut steps: Vec<(usize, f64)> = Vec::new();
    for (point, &value) in series(recording, None, name).iter().enumerate() {
        if steps.last().is_none_or(|&(_, last)| (last - value).abs() > 1e-9) {
            steps.push((point * 5, value));
        }
    }
    steps
}

fn nodes(recording: &Recording) -> NodesSummary {
    recording.summary.nodes.expect("a cluster of Kubernetes has nodes")
}

/// Six pods on two nodes for four. At 10 s a node is asked for, which boots for 40 s; the two pods
/// that wait are bound and run as soon as it has joined.
#[test]
fn a_node_comes_a_scan_and_a_boot_after_pods_find_no_place() {
    let recording = run(&[&every_five(120), &hosts("40s"), &cluster(2, 4, SCALED), &web(6, "")]);
    assert_eq!(steps(&recording, "nodes_wanted"), [(0, 2.0), (10, 3.0)]);
    assert_eq!(steps(&recording, "nodes_ready"), [(0, 2.0), (50, 3.0)]);
    assert_eq!(steps(&recording, "pods_pending"), [(0, 2.0), (50, 0.0)]);
    assert_eq!(steps(&recording, "pods_running"), [(0, 4.0), (50, 6.0)]);
    let it = nodes(&recording);
    let scaling = it.autoscaler.expect("there is one");
    assert_eq!((scaling.scale_ups, scaling.added, scaling.removed), (1, 1, 0));
    close(it.node_hours, (2.0 * 120.0 + 110.0) / 3600.0);
    // paid for from the order on, and what was never switched on costs nothing
    close(it.cost, (2.0 * 120.0 + 110.0) / 3600.0);
    assert_eq!((it.ready_max, it.wanted_max, it.pods_pending_max), (3, 3, 6));
}

/// The same in VMs: 10 s of provisioning and 20 s of boot.
#[test]
fn a_node_in_a_vm_comes_when_it_is_provisioned_and_has_booted() {
    let vm = "cluster_autoscaler = {}\n[cluster.vm]\nvcpus = 2\nmemory = '4GiB'\n\
              [cluster.vm.guest]\nmemory = '0'\ncpu = '0'\nboot = '20s'\nprovision = '10s'\n\
              cpu_overhead = '0%'\nnetwork_latency = '0s'\nhypervisor_memory = '0'";
    let recording = run(&[&every_five(120), &hosts("1h"), &cluster(2, 4, vm), &web(6, "")]);
    // the first two are up at 30 s, when the pods come; the scan of 40 s sees two without a place
    assert_eq!(steps(&recording, "nodes_wanted"), [(0, 2.0), (40, 3.0)]);
    assert_eq!(steps(&recording, "nodes_ready"), [(0, 0.0), (30, 2.0), (70, 3.0)]);
    assert_eq!(steps(&recording, "pods_running"), [(0, 0.0), (30, 4.0), (70, 6.0)]);
    assert_eq!((recording.summary.vms.requested, recording.summary.vms.running), (3, 3));
}

/// Nine pods, and room for six on as many nodes as there may be.
#[test]
fn a_pool_does_not_grow_beyond_its_maximum() {
    let recording = run(&[&every_five(120), &hosts("40s"), &cluster(2, 3, SCALED), &web(9, "")]);
    assert_eq!(steps(&recording, "nodes_wanted"), [(0, 2.0), (10, 3.0)]);
    assert_eq!(steps(&recording, "pods_pending"), [(0, 5.0), (50, 3.0)]);
    assert_eq!(nodes(&recording).autoscaler.map(|it| it.added), Some(1));
}

/// Without a Cluster Autoscaler pods wait for ever.
#[test]
fn nodes_stay_as_they_are_where_nothing_scales_them() {
    let fixed = cluster(2, 2, "");
    let recording = run(&[&every_five(120), &hosts("40s"), &fixed, &web(6, "")]);
    assert_eq!(steps(&recording, "nodes_ready"), [(0, 2.0)]);
    assert_eq!(steps(&recording, "nodes_wanted"), [(0, 2.0)]);
    assert_eq!(steps(&recording, "pods_pending"), [(0, 2.0)]);
    assert_eq!(nodes(&recording).autoscaler, None);
}

/// Two pods on two nodes, each of which they fill to 45 %. At 10 s one of the nodes is found not to
/// be needed, at 620 s it has been for more than 10 min: it is tainted, 5 s later its pod is
/// evicted, and after another 5 s the autoscaler sees that it is gone. The node is paid for
/// until then.
#[test]
fn a_node_that_is_not_needed_is_emptied_and_removed_after_ten_minutes() {
    let recording = run(&[&every_five(900), &hosts("40s"), &cluster(1, 2, SCALED), &web(2, "")]);
    assert_eq!(steps(&recording, "nodes_wanted"), [(0, 2.0), (630, 1.0)]);
    assert_eq!(steps(&recording, "nodes_ready"), [(0, 2.0), (630, 1.0)]);
    assert_eq!(steps(&recording, "pods_running"), [(0, 2.0)]);
    let it = nodes(&recording);
    let scaling = it.autoscaler.expect("there is one");
    assert_eq!((scaling.removed, scaling.removals_failed), (1, 0));
    close(it.cost, (630.0 + 900.0) / 3600.0);
    close(it.node_hours, (630.0 + 900.0) / 3600.0);
    // idle machines draw 100 W each while they are on, and pods do nothing
    close(recording.summary.hosts.energy_kwh, 0.1 * (630.0 + 900.0) / 3600.0);
}

#[test]
fn nodes_are_kept_where_scale_down_is_disabled() {
    let options = "cluster_autoscaler = { scale_down = { enabled = false } }";
    let recording = run(&[&every_five(900), &hosts("40s"), &cluster(1, 2, options), &web(2, "")]);
    assert_eq!(steps(&recording, "nodes_ready"), [(0, 2.0)]);
}

/// The node that was asked for at 10 s boots for an hour. The scan of 920 s is the first more than
/// 15 min later: the node is given up, and its pool left alone for 5 min.
#[test]
fn a_node_that_does_not_come_is_given_up_and_asked_for_again_later() {
    let recording = run(&[&every_five(1300), &hosts("1h"), &cluster(2, 4, SCALED), &web(6, "")]);
    let expected = [(0, 2.0), (10, 3.0), (920, 2.0), (1220, 3.0)];
    assert_eq!(steps(&recording, "nodes_wanted"), expected);
    let scaling = nodes(&recording).autoscaler.expect("there is one");
    assert_eq!((scaling.given_up, scaling.scale_ups), (1, 2));
    let warnings = &recording.summary.warnings;
    assert!(
        warnings.iter().any(|it| it.contains("`general` did not come in time")),
        "{warnings:?}"
    );
}

/// Two pools that could take the pods: the expander decides.
#[test]
fn expanders_choose_the_pool() {
    for (options, other) in [
        ("cluster_autoscaler = { expanders = ['priority'] }", "priority = 1"),
        ("cluster_autoscaler = { expanders = ['price'] }", ""),
    ] {
        let cheap = hosts("40s").replace("name = \"host\"", "name = \"cheap\"");
        let cheap = cheap.split("[[image]]").next().expect("it begins").replace("$1/h", "$0.5/h");
        let pools = cluster(2, 4, options)
            + &format!(
                "priority = 0\n[[cluster.node_pool]]\nname = 'cheap'\nshape = 'cheap'\n\
                 count = 0\nmax = 4\nmin = 0\n{other}\n"
            );
        let pools = if other.is_empty() { pools.replace("priority = 0\n", "") } else { pools };
        let recording = run(&[&every_five(120), &hosts("40s"), &cheap, &pools, &web(6, "")]);
        // a node of the cheap pool costs half a dollar an hour, from 10 s on
        close(nodes(&recording).cost, (2.0 * 120.0 + 0.5 * 110.0) / 3600.0);
    }
}

/// Two bursts of requests an hour apart: a node comes for each, and goes between them. It is a new
/// machine every time, whose disk has no image: 125 MB over 1 Gbit/s take a second.
#[test]
fn a_machine_that_comes_again_comes_with_an_empty_disk() {
    let image = hosts("40s").replace("layers = []", "layers = ['125MB']");
    let image = image.replace("boot =", "network = '1Gbit/s'\nboot =");
    let quick = "cluster_autoscaler = { scale_down = { unneeded_time = '2min', delay_after_add = \
                 '2min' } }";
    let pulling = cluster(2, 3, quick).replace("prepulled = true", "extraction = '1TB/s'");
    let burst = |from: u32| (0..720).map(move |it| format!("'{}ms'", (from * 1000) + it * 500));
    let at: Vec<String> = burst(100).chain(burst(3700)).collect();
    let web = web(
        2,
        &format!(
            "demand = '1ms'\ntraffic = {{ arrivals = {{ at = [{}] }} }}\n\
             autoscale = {{ metric = 'requests', target = '0.4/s', min = 2, max = 5, \
             scale_down = {{ stabilization = '0s' }} }}",
            at.join(", ")
        ),
    );
    let recording = run(&[&every_five(7200), &image, &pulling, &web]);
    let wanted: Vec<f64> = steps(&recording, "nodes_wanted").iter().map(|step| step.1).collect();
    assert_eq!(wanted, [2.0, 3.0, 2.0, 3.0, 2.0]);
    let it = nodes(&recording);
    let scaling = it.autoscaler.expect("there is one");
    assert_eq!((scaling.added, scaling.removed, scaling.given_up), (2, 2, 0));
    assert_eq!(recording.summary.images.pulls.done, 4);
    // what the five pods answered, and nobody was cut off when nodes went
    let requests = crate::lab::of(&recording, "web").requests;
    assert_eq!((requests.arrived, requests.succeeded, requests.failed), (1440, 1440, 0));
}

/// A host that is switched off does not fail: faults that strike it meanwhile hold it down only as
/// long as they last.
#[test]
fn faults_of_machines_that_are_off_are_no_failures() {
    let fault = |at: &str| {
        format!(
            "[[fault]]\nhosts = [2]\nkind = {{ scheduled = {{ at = '{at}', duration = '30s' }} }}\n"
        )
    };
    let parts = [every_five(300), hosts("40s"), cluster(2, 3, SCALED), web(6, "")];
    let with = |fault: String| {
        let parts: Vec<&str> = parts.iter().map(String::as_str).chain([&*fault]).collect();
        run(&parts)
    };
    // ordered at 10 s, when the fault lasts until 35 s and a boot more: the node comes with that
    let early = with(fault("5s"));
    assert_eq!(steps(&early, "nodes_ready"), [(0, 2.0), (75, 3.0)]);
    // it fails as it boots, and boots once more when it is repaired
    let late = with(fault("20s"));
    assert_eq!(steps(&late, "nodes_ready"), [(0, 2.0), (90, 3.0)]);
}

/// A node is lost at 1000 s, for longer than the run; before 15 min it would count as one that is
/// still to start (`MaxNodeStartupTime`). Its two pods are told to go 300 s after its
/// taint and never end, for nobody is there to end them; others come on a third node. The lost one
/// is removed when it has been unneeded for 20 min, and nothing is waited for.
#[test]
fn a_lost_node_is_removed_with_the_pods_that_nobody_ends() {
    let fault =
        "[[fault]]\nhosts = [0]\nkind = { scheduled = { at = '1000s', duration = '2h' } }\n";
    let parts = [&*every_five(3600), &hosts("40s"), &cluster(1, 3, SCALED), &web(4, ""), fault];
    let recording = run(&parts);
    let scaling = nodes(&recording).autoscaler.expect("there is one");
    assert_eq!((scaling.added, scaling.removed, scaling.removals_failed), (1, 1, 0));
    let wanted = steps(&recording, "nodes_wanted");
    let [(0, _), (asked, _), (gone, _)] = wanted[..] else { panic!("{wanted:?}") };
    assert!((1350..=1375).contains(&asked), "{wanted:?}");
    assert!((2250..=2800).contains(&gone), "{wanted:?}");
    assert_eq!(steps(&recording, "pods_running").last().map(|&(_, pods)| pods), Some(4.0));
}

/// The same two nodes as above, but both pods are to be there at all times.
#[test]
fn a_disruption_budget_holds_the_nodes_of_its_pods() {
    let budget = "cluster_autoscaler = {}\n\
                  kubernetes = { manifests = ['tests/data/manifests/budget.yaml'] }";
    let recording = run(&[&every_five(1500), &hosts("40s"), &cluster(1, 2, budget), &web(2, "")]);
    assert_eq!(steps(&recording, "nodes_ready"), [(0, 2.0)]);
    let scaling = nodes(&recording).autoscaler.expect("there is one");
    assert_eq!((scaling.removed, scaling.removals_failed), (0, 0));
}
