//! A simulated day at scale, and what is left of what has ended: 10,000 nodes of Kubernetes on
//! which a million pods of a table come, run for half an hour each, and go; then tasks of Amazon
//! ECS and virtual machines on smaller fleets.
//!
//! Budget: the day in minutes and 4 GB; 200 bytes for each pod, task or machine that has ended,
//! which is how much more memory a day needs than a quarter of one at the same pace.

#[path = "support/child.rs"]
mod child;

use std::io::{BufWriter, Write};
use std::path::Path;

use child::Used;

/// Seconds of a day.
const DAY: u64 = 86_400;

/// What comes and goes, and where.
struct Load {
    name: &'static str,
    /// In a day.
    count: u64,
    /// The scenario beside its `[simulation]`; a table of pods is `pods.csv` beside it.
    text: &'static str,
}

const LOADS: [Load; 3] = [
    Load { name: "pods", count: 1_000_000, text: PODS },
    Load { name: "tasks", count: 200_000, text: TASKS },
    Load { name: "machines", count: 200_000, text: MACHINES },
];

const PODS: &str = r#"
[[host]]
name = "server"
cores = 32
memory = "128GiB"

[[image]]
name = "work"
layers = ["50MiB"]

[[job]]
name = "pod"
image = "work"

[job.arrivals.trace]
file = "pods.csv"
arrival = "arrival_s"
duration = "duration_s"
cpu = { column = "cpu_m", unit = "1m" }
memory = { column = "memory_mib", unit = "1MiB" }

[[cluster]]
name = "kubernetes"
kind = "kubernetes"
kubernetes = { events = false }

[[cluster.node_pool]]
name = "general"
shape = "server"
count = 10000
"#;

const TASKS: &str = r#"
[[image]]
name = "work"
layers = ["50MiB"]

[[job]]
name = "task"
image = "work"
arrivals = { poisson = "2.315/s" }
demand = { exponential = { mean = "5min" } }
cpu = { request = "1" }
memory = { request = "2GiB" }

[[cluster]]
name = "ecs"
kind = "ecs"
ecs = { network = "bridge", events = false }

[[cluster.auto_scaling_group]]
name = "batch"
instance_types = ["m5.4xlarge"]
min = 100
max = 100
"#;

const MACHINES: &str = r#"
[[host]]
name = "server"
cores = 64
memory = "256GiB"

[[vm]]
name = "machine"
arrivals = { poisson = "2.315/s" }
lifetime = { exponential = { mean = "30min" } }
vcpus = 2
memory = "4GiB"
usage = { constant = "20%" }

[[cluster]]
name = "vms"
kind = "hypervisor"
hosts = { shape = "server", count = 300 }
"#;

/// Pods that come evenly for so long, of eight sizes.
fn write_pods(file: &Path, pods: u64, seconds: u64) -> std::io::Result<()> {
    let mut table = BufWriter::new(std::fs::File::create(file)?);
    writeln!(table, "name,arrival_s,duration_s,cpu_m,memory_mib")?;
    for pod in 0..pods {
        let arrival = pod as f64 * seconds as f64 / pods as f64;
        let size = 1 << (pod % 4);
        let memory = 512 * size * (1 + pod / 4 % 2);
        writeln!(table, "p{pod},{arrival:.6},1800,{},{memory}", 250 * size)?;
    }
    table.flush()
}

/// Simulates a share of a day.
fn simulate(load: &Load, quarters: u64) -> Used {
    let place = tempfile::tempdir().expect("a folder");
    let seconds = DAY * quarters / 4;
    if load.name == "pods" {
        let pods = load.count * quarters / 4;
        write_pods(&place.path().join("pods.csv"), pods, seconds).expect("room for a table");
    }
    let scenario = place.path().join("scenario.toml");
    let simulation = format!("[simulation]\nname = \"scale\"\nduration = \"{seconds}s\"\n");
    std::fs::write(&scenario, simulation + load.text).expect("room for a scenario");
    child::run(&[&"run", &scenario, &"--no-report", &"--quiet", &"--out", &place.path()]).1
}

#[expect(clippy::print_stdout, reason = "a benchmark prints what it found")]
fn main() {
    // the lesser ones first: what is known of memory is the most so far
    for load in LOADS.iter().rev() {
        let (quarter, day) = (simulate(load, 1), simulate(load, 4));
        let more = day.memory.saturating_sub(quarter.memory);
        println!(
            "{} {}: {:.1} s, {} MB; {:.0} bytes of 200 for each that has ended",
            load.count,
            load.name,
            day.time.as_secs_f64(),
            day.memory / 1_000_000,
            more as f64 / (load.count as f64 * 0.75),
        );
    }
}
