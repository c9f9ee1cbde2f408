//! How many requests one core simulates per second: a whole world of each platform, from the
//! arrival of a request to its answer, start-up of the cluster included.
//!
//! Budget: at least 3 million requests per second of one core. One app on 32-core hosts at 1,200
//! requests per second: on bare-metal containers, in one VM per replica, and in containers in VMs,
//! the case of `scenarios/density.toml`.

#[path = "support/cpu_time.rs"]
mod cpu_time;

use std::path::Path;
use std::time::Duration;

use cpu_time::CpuTime;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use plimsoll::metrics::Recording;
use plimsoll::scenario::{self, Scenario};
use plimsoll::world::World;

const SCENARIO: &str = r#"
[simulation]
name = "requests"
duration = "5min"
warm_up = "1min"

[[host]]
name = "server"
cores = 32
memory = "128GiB"

[[image]]
name = "web:1"
layers = ["29MiB", "80MiB", "12MiB"]

[[app]]
name = "web"
image = "web:1"
replicas = 48
cpu = { request = "500m", limit = "1" }
memory = { request = "512Mi", limit = "1Gi" }
traffic = { arrivals = { poisson = "1200/s" } }
demand = { lognormal = { mean = "18ms", cv = 1.2 } }
balance = "least-outstanding"
timeout = "2s"
slo = { p99 = "250ms" }

[[cluster]]
name = "containers"
kind = "docker"
hosts = { shape = "server", count = 2 }

[[cluster]]
name = "vms"
kind = "hypervisor"
hosts = { shape = "server", count = 2 }
vm = { vcpus = 1, memory = "1536Mi" }

[[cluster]]
name = "containers-in-vms"
kind = "docker"
hosts = { shape = "server", count = 2 }
vm = { vcpus = 8, memory = "30GiB", per_host = 4 }
"#;

fn simulate(scenario: &Scenario, cluster: usize) -> Recording {
    let world = World::new(scenario, &scenario.clusters[cluster], 42);
    let world = world.expect("the scenario names no file");
    world.run(&mut |_| {}).expect("the scenario names no file")
}

fn requests(criterion: &mut Criterion<CpuTime>) {
    let loaded = scenario::parse(SCENARIO, "requests", Path::new(""));
    let scenario = loaded.expect("the scenario is valid").scenario;
    let mut group = criterion.benchmark_group("requests");
    for (index, cluster) in scenario.clusters.iter().enumerate() {
        let simulated = simulate(&scenario, index).requests;
        assert!(simulated > 300_000, "five minutes of 1,200 per second, not {simulated}");
        group.throughput(Throughput::Elements(simulated));
        group.bench_function(&cluster.name, |bencher| {
            bencher.iter(|| simulate(&scenario, index));
        });
    }
    group.finish();
}

criterion_group!(
    name = benches;
    config = cpu_time::criterion(10, Duration::from_secs(4));
    targets = requests
);
criterion_main!(benches);
