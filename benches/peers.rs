//! The workloads that simulators of clusters have been compared on, each run by the whole program
//! as a user runs it: `plimsoll run scenarios/peers/… --no-report`, which reads the table,
//! simulates, and writes all figures.
//!
//! Budget, in seconds of processor time of the process: A and B with 100,000 items 0.2, V 0.4, K
//! 1.0; A and B with a million 3, and 300 MB. The least of three runs counts. What is known of the
//! results is checked, to the last digit.
//!
//! The tables are not part of this project (see the README); without them nothing is measured.

#[path = "support/child.rs"]
mod child;
#[path = "support/least.rs"]
mod least;

use std::path::Path;

use child::Used;
use serde_json::Value;

/// A scenario, what it may cost, and what is known of its result.
struct Workload {
    scenario: &'static str,
    seconds: f64,
    /// Of the cluster in `summary.json`: where, and what is there.
    answers: &'static [(&'static str, &'static str)],
}

const WORKLOADS: [Workload; 7] = [
    Workload {
        scenario: "a-1000x100k",
        seconds: 0.2,
        answers: &[
            ("/placement/arrived", "100000"),
            ("/placement/rejected", "0"),
            ("/placement/makespan", "55292.185613"),
            ("/placement/mean_finish", "13260.584240"),
            ("/placement/hosts_max", "703"),
            ("/placement/host_hours", "5597.3842"),
            ("/placement/placement_hash", "18c5587b5fdb4ec0"),
        ],
    },
    Workload {
        scenario: "b-1000x100k",
        seconds: 0.2,
        answers: &[
            ("/apps/0/trace/makespan", "14337.601366"),
            ("/apps/0/latency/mean", "703.011431"),
            ("/apps/0/trace/slowdown", "1.968130"),
        ],
    },
    Workload {
        scenario: "v-firstfit",
        seconds: 0.4,
        answers: &[("/placement/arrived", "100000"), ("/placement/departed", "100000")],
    },
    Workload {
        scenario: "v-bestfit",
        seconds: 0.4,
        answers: &[("/placement/arrived", "100000"), ("/placement/departed", "100000")],
    },
    Workload {
        scenario: "k-1000x100k",
        seconds: 1.0,
        answers: &[("/jobs/0/completed", "100000"), ("/jobs/0/rejected", "0")],
    },
    Workload {
        scenario: "a-10000x1m",
        seconds: 3.0,
        answers: &[
            ("/placement/arrived", "1000000"),
            ("/placement/rejected", "0"),
            ("/placement/makespan", "62151.025147"),
            ("/placement/mean_finish", "13252.184175"),
            ("/placement/hosts_max", "6971"),
            ("/placement/host_hours", "55885.2291"),
            ("/placement/placement_hash", "208ded1ed8d689b2"),
        ],
    },
    Workload {
        scenario: "b-10000x1m",
        seconds: 3.0,
        answers: &[
            ("/apps/0/trace/makespan", "15596.143639"),
            ("/apps/0/latency/mean", "696.956323"),
            ("/apps/0/trace/slowdown", "1.949674"),
        ],
    },
];

/// MB that a run may have.
const MEMORY: u64 = 300;

/// A value with as many decimals as the other has.
fn rounded(value: &Value, like: &str) -> String {
    let decimals = like.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    match value.as_f64() {
        Some(number) => format!("{number:.decimals$}"),
        None => value.as_str().unwrap_or_default().to_owned(),
    }
}

/// Runs a workload and checks its results.
fn run(workload: &Workload) -> Used {
    let out = tempfile::tempdir().expect("a folder");
    let scenario = format!("scenarios/peers/{}.toml", workload.scenario);
    let (_, used) =
        child::run(&[&"run", &scenario, &"--no-report", &"--quiet", &"--out", &out.path()]);
    let folders = std::fs::read_dir(out.path().join(workload.scenario)).expect("there are results");
    let folder = folders.flatten().next().expect("there is one folder");
    let summary = std::fs::read_to_string(folder.path().join("summary.json"));
    let summary: Value = serde_json::from_str(&summary.expect("a summary")).expect("it is JSON");
    for (place, answer) in workload.answers {
        let found = summary.pointer(&format!("/clusters/0{place}")).expect("it is there");
        assert_eq!(rounded(found, answer), *answer, "{}: {place}", workload.scenario);
    }
    used
}

#[expect(clippy::print_stdout, reason = "a benchmark prints what it found")]
fn main() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/peers");
    if !data.exists() {
        println!("skipped: {} does not exist", data.display());
        return;
    }
    for workload in &WORKLOADS {
        let (seconds, memory) = least::of_three(|| run(workload));
        println!(
            "{:12} {seconds:.2} s of {:.1} s; most memory so far {memory} MB of {MEMORY} MB",
            workload.scenario, workload.seconds,
        );
    }
}
