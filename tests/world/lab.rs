//! The laboratory: scenarios from a few lines of text, run as a user's file would be.
//!
//! The defaults take everything out that a test does not ask for: hosts of two cores of speed 1.0,
//! images that are there already, starts that take no time, guests that cost nothing. A test
//! then adds what it is about, and each figure can be worked out by hand.

use std::path::Path;

use plimsoll::engine::SimDuration;
use plimsoll::metrics::Recording;
use plimsoll::metrics::summary::{Account, AppSummary, ClusterSummary, CostItem};
use plimsoll::scenario::{self, Scenario};
use plimsoll::world::World;

/// The part of a scenario that most tests share.
pub const HOST: &str = r#"
[[host]]
name = "host"
cores = 2
memory = "8GiB"
system_memory = "0"
boot = "0s"

[[image]]
name = "image"
layers = []
"#;

/// Containers on bare metal that are up at once.
pub const BARE: &str = r#"
[[cluster]]
name = "bare"
kind = "docker"
hosts = { shape = "host" }
engine = { start = "0s", prepulled = true, memory = "0" }
"#;

/// One VM for each replica, up at once, without any overhead.
pub const VMS: &str = r#"
[[cluster]]
name = "vms"
kind = "hypervisor"
hosts = { shape = "host" }
[cluster.vm]
vcpus = 1
memory = "1GiB"
[cluster.vm.guest]
memory = "0"
cpu = "0"
boot = "0s"
provision = "0s"
cpu_overhead = "0%"
network_latency = "0s"
hypervisor_memory = "0"
"#;

/// One engine in a VM on each host, up at once, without any overhead.
pub const NESTED: &str = r#"
[[cluster]]
name = "nested"
kind = "docker"
hosts = { shape = "host" }
engine = { start = "0s", prepulled = true, memory = "0" }
[cluster.vm]
vcpus = 2
memory = "4GiB"
[cluster.vm.guest]
memory = "0"
cpu = "0"
boot = "0s"
provision = "0s"
cpu_overhead = "0%"
network_latency = "0s"
hypervisor_memory = "0"
"#;

/// `[simulation]` of this length, measured from its start.
pub fn simulation(duration: &str) -> String {
    format!("[simulation]\nname = 'test'\nduration = '{duration}'\npoints = 10\n")
}

/// An app that is ready at once; `more` are further keys of it.
pub fn app(name: &str, more: &str) -> String {
    let keys = [
        ("start", "start = '0s'"),
        ("cpu", "cpu = { request = '100m' }"),
        ("memory", "memory = { request = '64MiB' }"),
    ];
    let given = |key: &str| {
        more.lines().any(|line| line.split('=').next().is_some_and(|it| it.trim() == key))
    };
    let defaults: Vec<&str> =
        keys.iter().filter(|(key, _)| !given(key)).map(|&(_, line)| line).collect();
    format!("[[app]]\nname = '{name}'\nimage = 'image'\n{}\n{more}\n", defaults.join("\n"))
}

/// Reads a scenario, whose problems are the test's.
pub fn read(text: &str) -> Scenario {
    match scenario::parse(text, "test.toml", Path::new("")) {
        Ok(loaded) => loaded.scenario,
        Err(problems) => panic!("{}\n{text}", problems.render(false)),
    }
}

/// Runs every cluster of a scenario under its seed. Every account must balance.
pub fn run_all(text: &str) -> Vec<Recording> {
    let scenario = read(text);
    let seed = scenario.simulation.seed;
    let record = |cluster| {
        let world = World::new(&scenario, cluster, seed).expect("the files can be read");
        let recording = world.run(&mut |_| {}).expect("no file breaks");
        check(&scenario, &recording);
        recording
    };
    scenario.clusters.iter().map(record).collect()
}

/// Runs a scenario of one cluster.
pub fn run(parts: &[&str]) -> Recording {
    let mut all = run_all(&parts.join("\n"));
    assert_eq!(all.len(), 1, "one cluster");
    all.remove(0)
}

/// What holds of every run, whatever the scenario.
pub fn check(scenario: &Scenario, recording: &Recording) {
    let summary = &recording.summary;
    for app in &summary.apps {
        assert!(app.requests.balances(), "{:?}", app.requests);
        assert!(app.starts.account.balances(), "{:?}", app.starts.account);
        assert_eq!(app.latency.count, app.requests.succeeded);
        assert!((0.0..=1.0 + 1e-9).contains(&app.availability), "{}", app.availability);
        let most = app.autoscale.map_or(app.replicas, |it| it.replicas_wanted_max);
        // rolling updates and drains have new replicas beside the old ones
        let alone = scenario.rollouts.is_empty() && scenario.faults.is_empty();
        let most = most * if alone { 1 } else { 2 };
        assert!(app.replicas_ready <= f64::from(most) + 1e-9, "{app:?}");
    }
    assert!(summary.containers.balances(), "{:?}", summary.containers);
    assert!(summary.vms.balances(), "{:?}", summary.vms);
    for registry in &summary.registries {
        assert!(registry.pushes.balances(), "{registry:?}");
    }
    assert!(summary.migrations.balances(), "{:?}", summary.migrations);
    if let Some(tasks) = &summary.tasks {
        assert!(tasks.account.balances(), "{:?}", tasks.account);
        assert!(tasks.deployments.balances(), "{:?}", tasks.deployments);
    }
    check_cost(summary);
    for job in &summary.jobs {
        let ended = job.rejected + job.completed + job.failed;
        assert_eq!(job.submitted, ended + job.waiting + job.running, "{job:?}");
    }
    assert!(summary.hosts.cpu_utilisation_max <= 1.0 + 1e-9, "{:?}", summary.hosts);
    assert!(summary.hosts.memory_utilisation >= 0.0);
    if scenario.simulation.ends_when_done {
        return;
    }
    let points = scenario.simulation.points as usize;
    assert_eq!(recording.series.times.len(), points);
    for series in &recording.series.series {
        assert_eq!(series.values.len(), points, "{}", series.name);
    }
    let end = scenario.simulation.duration;
    assert_eq!(recording.series.times.last().map(|time| time.as_nanos()), Some(end.as_nanos()));
}

/// Items, apps with what is no app's, and hours all come to the same.
fn check_cost(summary: &ClusterSummary) {
    let cost = &summary.cost;
    close(cost.by_item.total(), cost.total);
    let mut parts = cost.not_allocated;
    summary.apps.iter().for_each(|app| parts.merge(&app.cost));
    for item in CostItem::ALL {
        close(parts.of(item), cost.by_item.of(item));
        // nobody pays for more than there is
        assert!(cost.not_allocated.of(item) >= 0.0, "{item:?}: {cost:?}");
    }
    close(summary.hosts.cost_per_hour * summary.measured_seconds / 3600.0, cost.total);
}

/// The app of this name.
pub fn of<'a>(recording: &'a Recording, name: &str) -> &'a AppSummary {
    recording.summary.apps.iter().find(|app| app.name == name).expect("the app is there")
}

/// The values of a series, of an app or the cluster.
pub fn series<'a>(recording: &'a Recording, app: Option<&str>, name: &str) -> &'a [f64] {
    &recording.series.find(app, name).unwrap_or_else(|| panic!("no series {name}")).values
}

/// Asserts that two durations in seconds are the same to the nanosecond.
#[track_caller]
pub fn same(actual: Option<f64>, expected: f64) {
    let actual = actual.expect("there is something to measure");
    assert!((actual - expected).abs() < 1.5e-9, "{actual} s instead of {expected} s");
}

/// Asserts that two figures are the same but for rounding.
#[track_caller]
pub fn close(actual: f64, expected: f64) {
    let slack = 1e-9 * expected.abs().max(1.0);
    assert!((actual - expected).abs() <= slack, "{actual} instead of {expected}");
}

/// Latencies of all answers in milliseconds by their count, to three digits: a histogram's cells
/// are no finer.
pub fn latencies(recording: &Recording, app: &str) -> Vec<(f64, u64)> {
    let (_, histogram) = recording.latency.iter().find(|(name, _)| name == app).expect("the app");
    let total = histogram.count() as f64;
    let mut before = 0.0;
    let cells = histogram.distribution().map(|(value, share): (SimDuration, f64)| {
        let count = ((share - before) * total).round() as u64;
        before = share;
        let digits = format!("{:.2e}", value.as_secs_f64() * 1e3);
        (digits.parse().expect("a number was written"), count)
    });
    cells.collect()
}
