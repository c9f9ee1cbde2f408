//! The experiment of FGD (Weng et al., USENIX ATC 2023), run by run as a user has it with
//! `plimsoll placement … --format csv`: 10,866 pods that ask for GPUs, on 1,213 nodes.
//!
//! Budget: 0.5 s of processor time for a run. The policy is FGD, which weighs a node by what each
//! kind of pod could make of it: so it is slow where there are many kinds, as with `gpuspec33`. The
//! least of three runs counts. What is allocated in the end is checked against the published run.
//!
//! The tables are not part of this project (see the README); without them nothing is measured.

#[path = "support/child.rs"]
mod child;
#[path = "support/least.rs"]
mod least;

use std::path::Path;

use child::Used;

/// What a run may take, in seconds.
const BUDGET: f64 = 0.5;

/// The workloads with published runs, and what those have of the GPUs allocated in the end, in
/// percent: the last column of their rows `06-FGD`, seed 42, of `analysis_allo_discrete.csv`.
const WORKLOADS: [(&str, f64); 5] = [
    ("cpu100", 95.21),
    ("default", 95.29),
    ("gpushare60", 91.36),
    ("gpuspec33", 94.39),
    ("multigpu50", 97.16),
];

/// Runs a workload and checks its result.
fn run(data: &Path, workload: &str, allocated: f64) -> Used {
    let nodes = data.join("csv/openb_node_list_gpu_node.csv");
    let pods = data.join(format!("csv/openb_pod_list_{workload}.csv"));
    let order = data.join(format!("orders/openb_pod_list_{workload}.jsonl.gz"));
    let (printed, used) = child::run(&[
        &"placement",
        &"--nodes",
        &nodes,
        &"--pods",
        &pods,
        &"--order",
        &order,
        &"--seed",
        &"42",
        &"--policy",
        &"FGD",
        &"--format",
        &"csv",
    ]);
    let last = printed.lines().last().and_then(|line| line.split(',').nth(1));
    let last: f64 = last.and_then(|cell| cell.parse().ok()).expect("a number");
    // two decimals are published
    assert!((last - allocated).abs() < 0.011, "{workload}: {last} % and not {allocated} %");
    used
}

#[expect(clippy::print_stdout, reason = "a benchmark prints what it found")]
fn main() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/openb-gpu-2023");
    if !data.exists() {
        println!("skipped: {} does not exist", data.display());
        return;
    }
    for (workload, allocated) in WORKLOADS {
        let (seconds, memory) = least::of_three(|| run(&data, workload, allocated));
        println!("{workload:12} {seconds:.2} s of {BUDGET} s; most memory so far {memory} MB");
    }
}
