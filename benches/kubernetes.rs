//! A day of the largest cluster that Kubernetes supports, every pod of which is replaced:
//! `scenarios/kubernetes-limits.toml`, 5,000 nodes and 150,000 pods, in 150 Deployments of 1,000
//! pods and in 30 of 5,000.
//!
//! Budget for each, with its results written: 3 minutes on two cores, and 4 GB of memory. Processor
//! time of all threads, which a busy machine does not change; the clock on the wall shows less, for
//! results are written on several cores.

#[path = "support/process.rs"]
mod process;

use std::path::Path;
use std::time::Duration;

use plimsoll::experiment::{RunOptions, run};
use plimsoll::report;
use plimsoll::scenario::load_with;
use process::{cpu_time, peak_memory};

const SCENARIO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/kubernetes-limits.toml");

const BUDGET: Duration = Duration::from_secs(180);

#[expect(clippy::print_stdout, reason = "a benchmark prints what it found")]
fn day(name: &str, settings: &[&str]) {
    let settings: Vec<_> =
        settings.iter().map(|text| text.parse().expect("a path and a value")).collect();
    let loaded =
        load_with(Path::new(SCENARIO), &settings).unwrap_or_else(|error| panic!("{error}"));
    let options = RunOptions { seed: loaded.scenario.simulation.seed, density: false };
    let begin = cpu_time();
    let result = run(&loaded.scenario, options, Path::new(""), &()).expect("it can be run");
    let simulated = cpu_time();
    let place = tempfile::tempdir().expect("a folder");
    report::write(place.path(), &result, &report::WriteOptions::default()).expect("it is written");
    let end = cpu_time();
    let nodes = result.recordings[0].summary.nodes.as_ref().expect("it has nodes");
    assert_eq!(nodes.ready_max, 5_000, "{name}");
    let (run, written, all) = (simulated - begin, end - simulated, end - begin);
    let share = 100.0 * all.as_secs_f64() / BUDGET.as_secs_f64();
    println!(
        "{name}: {:.1} s, and {:.1} s for its results: {share:.0} % of the budget",
        run.as_secs_f64(),
        written.as_secs_f64(),
    );
    if let Some(peak) = peak_memory() {
        println!("peak memory so far: {peak} MiB of 4,096 MiB");
    }
}

fn main() {
    day("150 Deployments of 1,000 pods", &[]);
    let large = "cluster.limits.kubernetes.manifests=[\"kubernetes/limits-large.yaml\"]";
    day("30 Deployments of 5,000 pods", &[large]);
}
