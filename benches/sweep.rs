//! How well a sweep uses the cores: a thousand runs on one core and on all of them, in turn, with
//! every result kept on disk.
//!
//! Budget: at least 0.95 of perfect scaling, and memory that does not grow with the number of runs.
//! Wall-clock times in one measurement; on a busy machine the ratio says nothing, so look at the
//! spread of the rounds.

#[path = "support/process.rs"]
#[expect(dead_code, reason = "memory only: it is wall-clock time that threads save")]
mod process;

use std::path::Path;
use std::time::{Duration, Instant};

use plimsoll::experiment::sweep::{Plan, Selection, Store, execute, gather};
use plimsoll::report::folder::Folder;
use process::peak_memory;

const ROUNDS: usize = 5;

const SCENARIO: &str = r#"
simulation = { name = "sweep", duration = "2min", warm_up = "30s" }
host = [{ name = "server", cores = 4, memory = "16GiB", price = "$0.19/h" }]
image = [{ name = "web:1", layers = ["29MiB", "80MiB"] }]

[[app]]
name = "web"
image = "web:1"
cpu = { request = "500m", limit = "1" }
memory = { request = "512Mi", limit = "1Gi" }
traffic = { arrivals = { poisson = "100/s" } }
demand = { lognormal = { mean = "18ms", cv = 1.2 } }
balance = "least-outstanding"
start = "2s"
slo = { p99 = "250ms" }

[[cluster]]
name = "containers"
kind = "docker"
hosts = { shape = "server", count = 6 }

[sweep]
replications = 10
[sweep.parameters]
"app.web.replicas" = { from = 2, to = 20, step = 2 }
"app.web.traffic.arrivals.poisson" = { from = "40/s", to = "400/s", steps = 10 }
"#;

/// Plans, makes and gathers all runs on so many threads, from nothing.
#[expect(clippy::disallowed_methods, reason = "a benchmark reads a clock")]
fn sweep(threads: usize, replications: u32) -> Duration {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
    let place = tempfile::tempdir().expect("a folder");
    let setting = format!("sweep.replications={replications}").parse().expect("a setting");
    let started = Instant::now();
    pool.install(|| {
        let plan = Plan::new(SCENARIO, "sweep", Path::new(""), &[setting]).expect("a plan");
        let folder = Folder::create(place.path().to_owned()).expect("a folder");
        let store = Store::open(&folder).expect("a folder");
        let failed = execute(&plan, &store, None, &()).expect("results are kept");
        assert!(failed.is_empty());
        let selection = Selection::of(&plan.outline, &store);
        assert_eq!(selection.len(), 100 * replications as usize);
        gather(&plan.outline, &selection, &store, &folder).expect("tables are written");
    });
    started.elapsed()
}

#[expect(clippy::print_stdout, reason = "a benchmark prints what it found")]
fn main() {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let memory = |runs: &str| {
        if let Some(peak) = peak_memory() {
            println!("peak memory after {runs} runs: {peak} MiB");
        }
    };
    sweep(cores, 1);
    memory("100");
    let mut ratios = Vec::new();
    for _ in 0..ROUNDS {
        let (one, all) = (sweep(1, 10).as_secs_f64(), sweep(cores, 10).as_secs_f64());
        let ratio = one / all / cores as f64;
        println!(
            "1,000 runs: {one:.2} s on one core, {all:.2} s on {cores}: {ratio:.3} of perfect"
        );
        ratios.push(ratio);
    }
    memory("1,000");
    ratios.sort_by(f64::total_cmp);
    println!("median: {:.3} of perfect scaling (budget 0.95)", ratios[ROUNDS / 2]);
}
