//! What a load balancer adds to a request: requests that wait 20 ms at one of 48 replicas, straight
//! to a replica and through load balancers of Elastic Load Balancing in three zones.
//!
//! Budget: through a load balancer at most twice the time of a request without one, and three times
//! where connections are pinned, of which each request has to find its own. Nothing is computed on
//! CPUs here, so that in a whole run the difference is less.

#[path = "support/cpu_time.rs"]
mod cpu_time;

use std::path::Path;
use std::time::Duration;

use cpu_time::CpuTime;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use plimsoll::aws::elb::Settings;
use plimsoll::aws::elb::flow::FlowSettings;
use plimsoll::aws::elb::settings::Algorithm;
use plimsoll::engine::{Calendar, SimDuration, SimTime, Streams};
use plimsoll::machine::{Host, HostEvent, HostId, Hosts};
use plimsoll::scenario::{self, Scenario};
use plimsoll::sharing::LeafId;
use plimsoll::workload::load_balancer::{GroupSpec, Kind, Spec, Targets};
use plimsoll::workload::{AppId, ServiceEvent, Services, Site, Surroundings, Work};

const SCENARIO: &str = r#"
[simulation]
name = "load-balancers"
duration = "5min"

[[host]]
name = "server"
cores = 32
memory = "128GiB"

[[image]]
name = "web:1"
layers = []

[[app]]
name = "web"
image = "web:1"
replicas = 48
cpu = { request = "500m" }
memory = { request = "512Mi" }
traffic = { arrivals = { poisson = "1200/s" } }
wait = "20ms"
timeout = "2s"

[[cluster]]
name = "containers"
kind = "docker"
hosts = { shape = "server", count = 3 }
zones = { count = 3, uplink = "10Gbps" }
"#;

#[derive(Clone, Copy)]
enum Event {
    Service(ServiceEvent),
    Host,
}

impl From<ServiceEvent> for Event {
    fn from(event: ServiceEvent) -> Self {
        Self::Service(event)
    }
}

impl From<HostEvent> for Event {
    fn from(_: HostEvent) -> Self {
        Self::Host
    }
}

/// Five minutes; how many requests were answered.
fn simulate(scenario: &Scenario, front: Option<&Spec>) -> u64 {
    let services = Services::new(scenario, &scenario.clusters[0], Streams::new(42));
    let mut services = services.expect("the scenario names no file");
    if let Some(spec) = front {
        services.add_balancer(spec, SimTime::ZERO).expect("it can be");
    }
    let mut calendar: Calendar<Event> = Calendar::new();
    let mut hosts: Hosts<Work> =
        (0..3).map(|id| Host::new(HostId(id), &scenario.hosts[0])).collect();
    let mut notices = Vec::new();
    for replica in 0..48 {
        let latency = SimDuration::ZERO;
        let (host, leaf) = (HostId(replica % 3), LeafId(0));
        let site = Site { host, leaf, effort: 1.0, latency, device: None };
        let id = services.replica_up(AppId(0), site, SimTime::ZERO);
        if front.is_some() {
            let mut around =
                Surroundings { hosts: &mut hosts, schedule: &mut calendar, notices: &mut notices };
            services.register_target(id, replica % 3, &mut around);
        }
    }
    services.start(&mut calendar);
    let end = SimTime::ZERO + scenario.simulation.duration;
    while let Some((_, event)) = calendar.pop_until(end) {
        if let Event::Service(event) = event {
            let mut around =
                Surroundings { hosts: &mut hosts, schedule: &mut calendar, notices: &mut notices };
            services.on(event, &mut around);
        }
        notices.clear();
    }
    services.meters(AppId(0)).account.succeeded
}

fn front(kind: Kind, settings: Settings, clients: Option<u32>) -> Spec {
    let settings = Settings { registration: SimDuration::ZERO, cross_zone: true, ..settings };
    let group = GroupSpec {
        name: "web".to_owned(),
        app: Some(AppId(0)),
        settings,
        targets: Targets::default(),
        rule: None,
        clients,
    };
    Spec { name: "front".to_owned(), kind, zones: vec![0, 1, 2], groups: vec![group] }
}

fn load_balancers(criterion: &mut Criterion<CpuTime>) {
    let loaded = scenario::parse(SCENARIO, "load-balancers", Path::new(""));
    let scenario = loaded.expect("the scenario is valid").scenario;
    let application = Settings::application;
    let least = Algorithm::LeastOutstandingRequests;
    let network = || Kind::Network(FlowSettings::default());
    let cases = [
        ("none", None),
        ("application", Some(front(Kind::application(), application(), None))),
        (
            "application-least-outstanding",
            Some(front(Kind::application(), Settings { algorithm: least, ..application() }, None)),
        ),
        ("network", Some(front(network(), Settings::network(), None))),
        ("network-pinned", Some(front(network(), Settings::network(), Some(1000)))),
    ];
    let mut group = criterion.benchmark_group("load_balancers");
    for (name, spec) in cases {
        let answered = simulate(&scenario, spec.as_ref());
        assert!(answered > 350_000, "five minutes of 1,200 per second, not {answered}");
        group.throughput(Throughput::Elements(answered));
        group.bench_function(name, |bencher| {
            bencher.iter(|| simulate(&scenario, spec.as_ref()));
        });
    }
    group.finish();
}

criterion_group!(
    name = benches;
    config = cpu_time::criterion(10, Duration::from_secs(4));
    targets = load_balancers
);
criterion_main!(benches);
