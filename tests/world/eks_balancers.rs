//! Load balancers in front of the pods of a cluster of EKS.
//!
//! Everything takes no time but what a test is about: instances are nodes at once, apps answer at
//! once. A call of the controller takes 1 s, so that a look at a target group takes 2 s: one call
//! to list its targets, one to register or deregister some.

use std::fmt::Write;

use plimsoll::metrics::Recording;
use plimsoll::metrics::events::Reason;
use plimsoll::metrics::summary::CostItem;

use crate::lab::{HOST, app, close, of, run, same, simulation};

const NODES: &str = "
[[cluster.node_group]]
name = 'nodes'
instance_types = ['m5.large']
launch = '0s'
boot = '0s'
join = '0s'
";

/// A cluster with so many nodes in so many zones, this controller, and further lines.
fn cluster(nodes: u32, zones: u32, controller: &str, more: &str) -> String {
    format!(
        "[[cluster]]\nname = 'eks'\nkind = 'eks'\n\
         zones = {{ count = {zones}, uplink = '10Gbps', latency = '1ms' }}\n\
         engine = {{ start = '0s', prepulled = true }}\n\
         kubernetes = {{ readiness_period = '1s' }}\n\
         [cluster.eks.load_balancer_controller]\ncall = '1s'\n{controller}\n\
         {NODES}min = {nodes}\nmax = {nodes}\n{more}\n"
    )
}

/// A load balancer of this kind in front of `web`, with these keys of its target group.
fn front(kind: &str, keys: &str) -> String {
    format!(
        "[[cluster.load_balancer]]\nname = 'front'\nkind = '{kind}'\n\
         [[cluster.target_group]]\nname = 'web'\nload_balancer = 'front'\napp = 'web'\n{keys}\n"
    )
}

/// Instants, a tenth of a second apart, between two seconds.
fn tenths(from: u32, to: u32) -> String {
    let mut at = String::new();
    for tenth in from * 10..to * 10 {
        write!(at, "'{}ms', ", tenth * 100 + 50).unwrap();
    }
    format!("traffic = {{ arrivals = {{ at = [{at}] }} }}\ndemand = '0s'\ntimeout = '30s'")
}

fn play(duration: &str, apps: &str, cluster: &str) -> Recording {
    run(&[&simulation(duration), HOST, apps, cluster])
}

#[test]
fn a_pod_gets_its_first_request_when_it_is_ready_registered_and_checked() {
    // the pod is ready at its first probe, at 1 s at the latest; look: listed at 1 s later,
    // registered another second later, healthy with the first check at once
    let web = app("web", &tenths(0, 10));
    let recording = play("1min", &web, &cluster(1, 1, "target_type = 'ip'", &front("application", "")));
    let web = of(&recording, "web");
    println!("{:?} {:?}", web.requests, web.undelivered);
    println!("{:?}", recording.log.events.iter().map(|e| (e.time.as_secs_f64(), e.reason)).collect::<Vec<_>>());
    println!("{:?}", recording.summary.warnings);
}
