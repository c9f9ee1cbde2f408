//! What clusters cost, by what was paid for and by app, against sums by hand.

use std::fmt::Write;

use plimsoll::metrics::summary::CostItem;
use proptest::prelude::*;

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

/// Two apps behind one load balancer, one of which gets three of four requests.
#[test]
fn a_shared_load_balancer_is_split_by_what_each_app_would_use_alone() {
    let edge = "
[[cluster.load_balancer]]
name = 'edge'
[[cluster.target_group]]
name = 'a'
load_balancer = 'edge'
app = 'a'
paths = ['/a/*']
[[cluster.target_group]]
name = 'b'
load_balancer = 'edge'
app = 'b'
[[cluster.target_group]]
name = 'nobody'
load_balancer = 'edge'
paths = ['/c/*']
";
    let of_rate = |name: &str, rate: u32| {
        let traffic = format!("traffic = {{ arrivals = {{ deterministic = '{rate}/s' }} }}");
        app(name, &format!("{traffic}\ndemand = '1ms'"))
    };
    // a second hour begins, and is paid for
    let time = HOUR.replace("1h", "61min");
    let recording = run(&[&time, HOST, &of_rate("a", 3), &of_rate("b", 1), ECS, edge]);
    let cost = &recording.summary.cost;
    for item in [CostItem::LoadBalancers, CostItem::LoadBalancerUnits] {
        let whole = cost.by_item.of(item);
        let part = |name: &str| of(&recording, name).cost.of(item) / whole;
        assert!(whole > 0.0, "{item:?}");
        // 9,180 connections and 3,060, give or take one at the ends
        assert!((part("a") - 0.75).abs() < 2e-4, "{} of {item:?}", part("a"));
        close(part("a") + part("b"), 1.0);
    }
}

/// A magnetic volume of 100 GiB, which ten operations a second go to.
#[test]
fn volumes_are_paid_for_on_any_cluster_and_the_first_generation_by_its_operations() {
    let stored = "traffic = { arrivals = { deterministic = '1/s' } }\ndemand = '1ms'\n\
        io = { operations = 10, depth = 10, volume = { kind = 'standard', size = '100GiB' }, \
        volume_on = 'all' }";
    let paid = |cluster: &str| {
        let recording = run(&[HOUR, HOST, &app("web", stored), cluster]);
        let cost = recording.summary.cost;
        close(cost.by_item.of(CostItem::VolumeStorage), 100.0 * 0.05 / 730.0 * MEASURED);
        // 30,000 operations at $0.05 a million, give or take those of a request
        let requests = cost.by_item.of(CostItem::VolumeRequests);
        assert!((requests - 0.0015).abs() < 6e-7, "{requests}");
        of(&recording, "web").cost.of(CostItem::VolumeRequests) / requests
    };
    // on ECS they are the app's
    assert_eq!((paid(crate::lab::BARE), paid(ECS)), (0.0, 1.0));
}

/// 20 GB and 60 GB in a registry at $0.10 a GB and month, and 10 GB that no app pulls.
#[test]
fn storage_of_a_registry_is_split_by_the_images_that_apps_pull() {
    let host = HOST.split("[[image]]").next().expect("the part before");
    let image = |name: &str, size: &str| {
        format!("[[image]]\nname = '{name}'\nlayers = [{{ size = '{size}', unpacked = '1' }}]\n")
    };
    let images = image("one", "20GB") + &image("two", "60GB") + &image("other", "10GB");
    let app = |name: &str, image: &str| app(name, "").replace("'image'", &format!("'{image}'"));
    let registry = "[[registry]]\nname = 'ecr'\nkind = 'ecr'\n";
    let (a, b) = (app("a", "one"), app("b", "two"));
    let recording = run(&[HOUR, host, &images, registry, &a, &b, ECS]);
    let whole = recording.summary.cost.by_item.of(CostItem::RegistryStorage);
    let part = |name: &str| of(&recording, name).cost.of(CostItem::RegistryStorage) / whole;
    assert!(whole > 0.0);
    close(part("a"), 0.25);
    close(part("b"), 0.75);
}

/// Apps with these requests a second, of which some have volumes, behind one load balancer of this
/// kind, on instances or on Fargate.
fn shared(kind: &str, apps: &[(u32, bool)], instances: bool) -> String {
    let mut text = "[simulation]\nname = 'test'\nduration = '61min'\nwarm_up = '4min'\n\
        points = 10\n[[registry]]\nname = 'ecr'\nkind = 'ecr'\n"
        .to_owned();
    text += &HOST.replace("layers = []", "layers = ['30MB']");
    let zones = "kind = \"ecs\"\nzones = { count = 2, uplink = '10Gbit/s' }";
    let mut cluster = ECS.replace("prepulled = true, ", "").replace("kind = \"ecs\"", zones);
    if instances {
        cluster += &M5_LARGE.replace("max = 1", "max = 3\ndesired = 2");
    }
    write!(cluster, "[[cluster.load_balancer]]\nname = 'edge'\nkind = '{kind}'\n").unwrap();
    for (place, (rate, volume)) in apps.iter().enumerate() {
        let mut keys = "payload = { request = '2KiB', response = '20KiB' }\n".to_owned();
        if *rate > 0 {
            writeln!(keys, "traffic = {{ arrivals = {{ poisson = '{rate}/s' }} }}").unwrap();
            writeln!(keys, "demand = '2ms'").unwrap();
        }
        if *volume && *rate > 0 {
            writeln!(keys, "io = {{ operations = 2, volume = {{ size = '10GiB' }} }}").unwrap();
        }
        text += &app(&format!("app-{place}"), &keys);
        write!(
            cluster,
            "[[cluster.target_group]]\nname = 'app-{place}'\napp = 'app-{place}'\n\
             load_balancer = 'edge'\n"
        )
        .unwrap();
        if kind == "application" && place > 0 {
            writeln!(cluster, "paths = ['/{place}/*']").unwrap();
        }
    }
    text + &cluster
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Whatever is shared by whomever: the parts of apps and what is nobody's are each item of the
    /// bill, and none is less than nothing (`lab::check`).
    #[test]
    fn parts_of_apps_and_the_rest_are_the_bill(
        kind in prop::sample::select(&["application", "network"][..]),
        apps in prop::collection::vec((0..5_u32, any::<bool>()), 1..4),
        instances: bool,
    ) {
        let recording = run(&[&shared(kind, &apps, instances)]);
        let balancers = |cost: &plimsoll::metrics::summary::Cost| cost.of(CostItem::LoadBalancers);
        let cost = &recording.summary.cost;
        prop_assert!(balancers(&cost.by_item) > 0.0);
        prop_assert!(balancers(&cost.not_allocated) == 0.0, "{:?}", cost.not_allocated);
    }
}
