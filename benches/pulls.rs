//! How long a storm of pulls takes to simulate: a thousand nodes that pull an image of 20 layers at
//! once, each layer a call to the registry, a transfer over a shared line and an unpacking.
//!
//! Budget: under 2 s for the whole storm. All nodes over one line; over three zones' lines; through
//! a cache that fetches each layer once.

#[path = "support/cpu_time.rs"]
mod cpu_time;

use std::path::Path;
use std::time::Duration;

use cpu_time::CpuTime;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use plimsoll::scenario;
use plimsoll::world::World;

const NODES: u64 = 1000;
const LAYERS: u64 = 20;

const SCENARIO: &str = r#"
simulation = { name = "storm", duration = "20min" }
host = [{ name = "node", cores = 4, memory = "16GiB", network = "1.5Gbit/s" }]

[[registry]]
name = "origin"

[[registry]]
name = "cache"
upstream = "origin"
bandwidth = "1Tbit/s"

[[image]]
name = "web"
layers = [
  "90MB", "80MB", "70MB", "60MB", "50MB", "40MB", "30MB", "20MB", "10MB", "9MB",
  "8MB", "7MB", "6MB", "5MB", "4MB", "3MB", "2MB", "1MB", "500kB", "500kB",
]

[[app]]
name = "web"
image = "web"
replicas = 1000
spread = true
cpu = { request = "2" }
memory = { request = "4GiB" }
traffic = { arrivals = { poisson = "1/s" } }
demand = "1ms"

[[cluster]]
name = "line"
kind = "docker"
hosts = { shape = "node", count = 1000 }

[[cluster]]
name = "zones"
kind = "docker"
hosts = { shape = "node", count = 1000 }
zones = { count = 3, uplink = "3Gbit/s" }

[[cluster]]
name = "cached"
kind = "docker"
registry = "cache"
hosts = { shape = "node", count = 1000 }
"#;

fn pulls(criterion: &mut Criterion<CpuTime>) {
    let scenario = scenario::parse(SCENARIO, "storm", Path::new(""));
    let scenario = scenario.unwrap_or_else(|problems| panic!("{problems}")).scenario;
    let mut group = criterion.benchmark_group("storm of pulls");
    group.throughput(Throughput::Elements(NODES * LAYERS));
    for cluster in &scenario.clusters {
        group.bench_function(&cluster.name, |bencher| {
            bencher.iter(|| {
                let world = World::new(&scenario, cluster, 42).expect("it names no file");
                let recording = world.run(&mut |_| {}).expect("it names no file");
                assert_eq!(recording.summary.apps[0].start_up.count, NODES);
                recording
            });
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = cpu_time::criterion(10, Duration::from_secs(5));
    targets = pulls
}
criterion_main!(benches);
