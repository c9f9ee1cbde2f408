//! What clusters cost, by what was paid for and by app, against sums by hand.

use plimsoll::metrics::summary::CostItem;

use crate::lab::{HOST, app, close, of, run};

/// An hour, of which the last fifty minutes are measured.
const HOUR: &str = "[simulation]\nname = 'test'\nduration = '1h'\nwarm_up = '10min'\npoints = 10\n";

/// A cluster of ECS in which nothing takes time.
const ECS: &str = r#"
[[cluster]]
name = "ecs"
kind = "ecs"
engine = { start = "0s", prepulled = true, memory = "0" }
[cluster.ecs]
agent = "0s"
interface = "0s"
registration = "0s"
fargate = "0s"
"#;

/// One m5.large: two vCPUs and 8 GB for $0.096 an hour.
const M5_LARGE: &str = r#"
[[cluster.auto_scaling_group]]
name = "nodes"
instance_types = ["m5.large"]
min = 1
max = 1
launch = "0s"
boot = "0s"
"#;

fn reserving(name: &str, cpu: &str, memory: &str) -> String {
    let keys = format!("cpu = {{ request = '{cpu}' }}\nmemory = {{ request = '{memory}' }}");
    app(name, &keys)
}

const MEASURED: f64 = 50.0 / 60.0;

/// Both apps reserve as much CPU, one three times the memory of the other. Of the instance 18/26
/// are for CPU, 8/26 for memory; what neither reserves they share in proportion.
#[test]
fn an_instance_is_split_by_what_its_tasks_reserve() {
    let (a, b) = (reserving("a", "500m", "1GiB"), reserving("b", "500m", "3GiB"));
    let recording = run(&[HOUR, HOST, &a, &b, ECS, M5_LARGE]);
    let cost = recording.summary.cost;
    let paid = 0.096 * MEASURED;
    close(cost.by_item.of(CostItem::Machines), paid);
    close(of(&recording, "a").cost.total(), paid * (18.0 * 0.5 + 8.0 * 0.25) / 26.0);
    close(of(&recording, "b").cost.total(), paid * (18.0 * 0.5 + 8.0 * 0.75) / 26.0);
    // it boots from 30 GiB at $0.08 a month of 730 hours, which are nobody's
    let root = 30.0 * 0.08 / 730.0;
    close(cost.not_allocated.of(CostItem::VolumeStorage), root * MEASURED);
    close(cost.not_allocated.total(), root * MEASURED);
    close(recording.summary.hosts.cost_per_hour, 0.096 + root);
}

/// One request a second that takes 600 ms of CPU: 0.6 cores, of which 0.1 are reserved. The other
/// app reserves 0.3 and does nothing.
#[test]
fn an_app_pays_for_what_it_uses_beyond_its_reservation() {
    let traffic = "cpu = { request = '100m' }\nmemory = { request = '1GiB' }\n\
        traffic = { arrivals = { deterministic = '1/s' } }\ndemand = '600ms'\n";
    let (busy, idle) = (app("busy", traffic), reserving("idle", "300m", "1GiB"));
    let recording = run(&[HOUR, HOST, &busy, &idle, ECS, M5_LARGE]);
    let paid = 0.096 * MEASURED;
    let part = |name: &str| of(&recording, name).cost.of(CostItem::Machines) / paid;
    close(part("busy") + part("idle"), 1.0);
    // the second thread of a core adds a quarter to it, and a lone request has the whole core
    let expected = (18.0 * 0.6 / 0.9 + 8.0 * 0.5) / 26.0;
    assert!((part("busy") - expected).abs() < 0.001, "{} is not {expected}", part("busy"));
    // and its load balancer: 3,000 connections are a thirtieth of an LCU-hour, give or take one
    let units = |name: &str| of(&recording, name).cost.of(CostItem::LoadBalancerUnits);
    assert!((units("busy") - 0.008 / 30.0).abs() < 2e-7, "{}", units("busy"));
    assert_eq!(units("idle"), 0.0);
}

/// Half a vCPU at $0.04048 and a GB at $0.004445 an hour, for each of two tasks.
#[test]
fn tasks_on_fargate_are_their_apps_exactly() {
    let twice = "replicas = 2\ncpu = { request = '500m' }\nmemory = { request = '1GiB' }";
    let recording = run(&[HOUR, HOST, &app("web", twice), ECS]);
    let cost = of(&recording, "web").cost;
    close(cost.of(CostItem::FargateCpu), 0.04048 * MEASURED);
    close(cost.of(CostItem::FargateMemory), 2.0 * 0.004_445 * MEASURED);
    assert!(recording.summary.cost.not_allocated.is_zero());
    let tasks = recording.summary.tasks.expect("a cluster of ECS has tasks");
    assert_eq!((tasks.desired, tasks.running, tasks.instances), (2.0, 2.0, 0.0));
    assert_eq!((tasks.account.created, tasks.account.running), (2, 2));
}

/// Hosts at a price, and what they draw: 100 W idle.
#[test]
fn hosts_and_their_electricity_are_kept_apart() {
    let host = "[[host]]\nname = 'host'\ncores = 2\nmemory = '8GiB'\nprice = '$0.50/h'\n\
        [[image]]\nname = 'image'\nlayers = []\n[prices]\nelectricity = '$0.20/kWh'\n";
    let recording = run(&[HOUR, host, &app("web", ""), crate::lab::BARE]);
    let cost = recording.summary.cost;
    close(cost.by_item.of(CostItem::Machines), 0.5 * MEASURED);
    close(cost.by_item.of(CostItem::Electricity), 0.1 * 0.2 * MEASURED);
    assert_eq!(cost.not_allocated, cost.by_item);
    close(recording.summary.hosts.cost_per_hour, 0.52);
}
