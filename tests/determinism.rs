//! The same scenario and seed give the same bytes, whatever the number of threads.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use assert_cmd::Command;

const SCENARIO: &str = r#"
[simulation]
name = "same"
duration = "2min"
warm_up = "10s"
points = 24

[[host]]
name = "host"
cores = 4
memory = "8GiB"
boot = { exponential = { mean = "2s" } }

[[image]]
name = "image"
layers = ["20MiB", { size = "30MiB", digest = "base" }]

[[app]]
name = "front"
image = "image"
replicas = 3
cpu = { request = "300m", limit = "1" }
memory = { request = "256MiB", limit = "512MiB", per_request = "2MiB" }
traffic = { arrivals = { mmpp = { rates = ["20/s", "80/s"], sojourns = ["10s", "3s"] } } }
demand = { lognormal = { mean = "12ms", cv = 1.5 } }
calls = [["back", "back"]]
balance = "power-of-two"
timeout = "400ms"
retries = 2
autoscale = { target = "60%", max = 6, sync_period = "5s", scale_down.stabilization = "20s" }

[[app]]
name = "back"
image = "image"
replicas = 2
cpu = { request = "200m" }
memory = { request = "128MiB" }
demand = { exponential = { mean = "6ms" } }
concurrency = 4
backlog = 20
balance = "random"

[[fault]]
kind.random.time_to_failure.exponential.mean = "50s"
kind.random.time_to_repair.exponential.mean = "5s"

[[fault]]
hosts = [0]
kind.drain = { at = "20s", duration = "60s" }

[[cluster]]
name = "containers"
kind = "docker"
hosts = { shape = "host", count = 2 }

[[cluster]]
name = "vms"
kind = "hypervisor"
hosts = { shape = "host", count = 2 }
vm = { vcpus = 1, memory = "1GiB" }

[[cluster]]
name = "nested"
kind = "docker"
hosts = { shape = "host", count = 2 }
vm = { vcpus = 2, memory = "3GiB", per_host = 2 }
"#;

/// All files below a folder but `timing.json`, by their place in it.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fn collect(root: &Path, folder: &Path, all: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(root, &path, all);
            } else if !path.ends_with("timing.json") {
                let name = path.strip_prefix(root).unwrap().display().to_string();
                all.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    let mut all = BTreeMap::new();
    collect(folder, folder, &mut all);
    all
}

/// What the program writes when it runs the scenario with a seed on so many threads.
fn results(seed: u64, threads: &str) -> BTreeMap<String, Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let scenario = folder.path().join("same.toml");
    fs::write(&scenario, SCENARIO.replace("[simulation]", &format!("[simulation]\nseed = {seed}")))
        .unwrap();
    let out = folder.path().join("out");
    Command::cargo_bin("plimsoll")
        .unwrap()
        .env("RAYON_NUM_THREADS", threads)
        .args(["run", "--quiet", "--out"])
        .args([&out, &scenario])
        .assert()
        .success();
    files(&out)
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
    let first = results(7, "1");
    assert!(first.keys().any(|name| name.ends_with("summary.json")), "{:?}", first.keys());
    assert!(first.keys().any(|name| name.ends_with("report.html")));
    for threads in ["1", "2", "8"] {
        let again = results(7, threads);
        assert_eq!(first.keys().collect::<Vec<_>>(), again.keys().collect::<Vec<_>>());
        for (name, bytes) in &first {
            assert!(*bytes == again[name], "{name} differs on {threads} threads");
        }
    }
}

#[test]
fn another_seed_gives_other_figures_and_all_platforms_see_the_same_arrivals() {
    let summary = |seed| -> serde_json::Value {
        let files = results(seed, "2");
        let (_, bytes) = files.iter().find(|(name, _)| name.ends_with("summary.json")).unwrap();
        serde_json::from_slice(bytes).unwrap()
    };
    let arrived = |summary: &serde_json::Value| -> Vec<u64> {
        let clusters = summary["clusters"].as_array().unwrap().iter();
        clusters.map(|it| it["apps"][0]["requests"]["arrived"].as_u64().unwrap()).collect()
    };
    let (one, other) = (summary(7), summary(8));
    let counts = arrived(&one);
    assert_eq!(counts.len(), 3);
    assert!(counts[0] > 1000 && counts.iter().all(|&count| count == counts[0]), "{counts:?}");
    assert_ne!(counts, arrived(&other));
    let latency = |summary: &serde_json::Value, cluster: usize| {
        summary["clusters"][cluster]["apps"][0]["latency"]["mean"].as_f64().unwrap()
    };
    assert_ne!(latency(&one, 0), latency(&other, 0));
    assert_ne!(latency(&one, 0), latency(&one, 1));
}
