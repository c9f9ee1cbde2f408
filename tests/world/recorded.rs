//! Requests and jobs of a table, each followed by hand.

use std::path::PathBuf;

use plimsoll::metrics::Recording;
use plimsoll::scenario::{self, Override};
use plimsoll::world::World;

use super::lab::{self, close, of, same};

/// Eight cores for two virtual machines of four.
const HOST: &str = r#"
[[host]]
name = "host"
cores = 8
memory = "8GiB"
system_memory = "0"
boot = "0s"

[[image]]
name = "image"
layers = []
"#;

fn simulation(duration: &str) -> String {
    format!("{}ends_when_done = true\n", lab::simulation(duration))
}

/// A folder with a table of this text, and its path as a scenario has it.
fn table(text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("table.csv");
    std::fs::write(&file, text).expect("a writable temporary folder");
    let path = file.display().to_string();
    (folder, path)
}

/// Tasks with times in milliseconds on so many virtual machines of so many vCPUs.
fn tasks(rows: &str, vms: u32, vcpus: u32, guest: &str) -> Recording {
    let (_folder, file) = table(&format!("at,vm,work\n{rows}"));
    let trace = format!(
        "file = '{file}'\narrival = {{ column = 'at', unit = '1ms' }}\n\
         demand = {{ column = 'work', unit = '1ms' }}\nreplica = 'vm'\n"
    );
    let app =
        lab::app("tasks", &format!("replicas = {vms}\n[app.traffic.arrivals.trace]\n{trace}"));
    let vms = lab::VMS.replace("vcpus = 1", &format!("vcpus = {vcpus}"));
    let vms = vms.replace("boot = \"0s\"", guest);
    lab::run(&[&simulation("1h"), HOST, &app, &vms])
}

#[test]
fn two_tasks_share_the_one_core_of_their_virtual_machine() {
    // the first alone for 1 s; both at half speed until the second is done at 2 s; the first has
    // 0.5 s left. On the other machine nothing of that is felt.
    let recording = tasks("0,0,2000\n1000,0,500\n1000,1,250\n", 2, 1, "boot = '0s'");
    let tasks = of(&recording, "tasks");
    assert_eq!(tasks.requests.succeeded, 3);
    same(tasks.latency.mean, (2.5 + 1.0 + 0.25) / 3.0);
    same(tasks.latency.max, 2.5);
    let trace = tasks.trace.expect("its traffic is a table");
    same(trace.makespan, 2.5);
    close(trace.slowdown.unwrap(), (1.25 + 2.0 + 1.0) / 3.0);
    close(recording.summary.simulated_seconds, 2.5);
}

#[test]
fn five_tasks_share_four_cores_and_none_gets_more_than_one() {
    // four fifths of a core each until four are done, 1.25 s later; then one core for the last
    let rows = "1000,1,1000\n1000,1,1000\n1000,1,1000\n1000,1,1000\n1000,1,2000\n";
    let recording = tasks(rows, 2, 4, "boot = '0s'");
    let tasks = of(&recording, "tasks");
    same(tasks.latency.mean, (4.0 * 1.25 + 2.25) / 5.0);
    let trace = tasks.trace.expect("its traffic is a table");
    same(trace.makespan, 3.25);
    close(trace.slowdown.unwrap(), (4.0 * 1.25 + 1.125) / 5.0);
    // the last point is where the run ended: five cores' worth of work but for one second
    close(recording.summary.hosts.cpu_utilisation, 6.0 / (8.0 * 3.25));
    assert_eq!(recording.series.times.last().map(|time| time.as_nanos()), Some(3_250_000_000));
}

#[test]
fn a_task_for_a_machine_that_is_not_up_is_refused() {
    let recording = tasks("5000,1,10\n15000,1,10\n", 2, 1, "boot = '10s'");
    let requests = of(&recording, "tasks").requests;
    assert_eq!((requests.refused, requests.succeeded), (1, 1));
    same(of(&recording, "tasks").trace.unwrap().makespan, 15.010);
}

#[test]
fn a_row_that_is_wrong_ends_the_run_and_is_told() {
    let (_folder, file) = table("at,work\n0,1\n2,1\n1,1\n");
    let trace = format!("file = '{file}'\narrival = 'at'\ndemand = 'work'\n");
    let app = lab::app("tasks", &format!("[app.traffic.arrivals.trace]\n{trace}"));
    let scenario = lab::read(&[&simulation("1h"), HOST, &app, lab::VMS].join("\n"));
    let world = World::new(&scenario, &scenario.clusters[0], 1).expect("its first row is right");
    let error = world.run(&mut |_| {}).expect_err("the third is not").to_string();
    assert!(
        error.ends_with(
            "line 4, column `at`: expected no earlier time than in the row before, found `1`"
        ),
        "{error}"
    );
}

/// One node of two CPUs and 8 GiB for pods of a table.
const NODE: &str = r#"
[[cluster]]
name = "pods"
kind = "kubernetes"
engine = { start = "0s", prepulled = true, memory = "0" }

[[cluster.node_pool]]
name = "general"
shape = "host"
count = 1
"#;

fn pods(rows: &str) -> Recording {
    let (_folder, file) = table(&format!("at,cpu,gib,runs\n{rows}"));
    let job = format!(
        "[[job]]\nname = 'pod'\nimage = 'image'\n[job.arrivals.trace]\nfile = '{file}'\n\
         arrival = 'at'\nduration = 'runs'\ncpu = {{ column = 'cpu', unit = '1m' }}\n\
         memory = {{ column = 'gib', unit = '1GiB' }}\n"
    );
    lab::run(&[&simulation("1h"), lab::HOST, NODE, &job])
}

#[test]
fn pods_of_a_table_run_for_their_time_and_wait_for_room() {
    // 1.5 CPUs until 10 s; 1 CPU has no room before that; half a CPU has
    let recording = pods("0,1500,4,10\n1,1000,1,5\n2,500,3,1\n");
    let jobs = &recording.summary.jobs[0];
    assert_eq!((jobs.submitted, jobs.completed, jobs.failed), (3, 3, 0));
    assert_eq!((jobs.waiting, jobs.running), (0, 0));
    same(jobs.turnaround.mean, (10.0 + 14.0 + 1.0) / 3.0);
    close(recording.summary.simulated_seconds, 15.0);
    let nodes = recording.summary.nodes.as_ref().expect("it is a cluster of Kubernetes");
    // one waits for nine of the fifteen seconds; all together run for sixteen
    close(nodes.pods_pending, 9.0 / 15.0);
    close(nodes.pods_running, 16.0 / 15.0);
}

#[test]
fn a_pod_that_fits_on_no_node_waits_to_the_end() {
    let recording = pods("0,1000,1,10\n1,3000,1,5\n");
    let jobs = &recording.summary.jobs[0];
    assert_eq!((jobs.completed, jobs.waiting, jobs.running), (1, 1, 0));
    close(recording.summary.simulated_seconds, 3600.0);
}

/// A scenario on recorded data; none where that is not here.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn recorded(file: &str) -> Option<Recording> {
    let file = format!("{}/scenarios/peers/{file}", env!("CARGO_MANIFEST_DIR"));
    if !std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/peers").exists() {
        eprintln!("skipped {file}: its data is not here");
        return None;
    }
    let loaded = scenario::load_with(&PathBuf::from(&file), &[] as &[Override]);
    let scenario = loaded.unwrap_or_else(|problems| panic!("{problems}")).scenario;
    let world = World::new(&scenario, &scenario.clusters[0], 42).expect("its files are right");
    Some(world.run(&mut |_| {}).expect("no file breaks"))
}

#[test]
fn a_hundred_thousand_tasks_on_a_thousand_machines_take_what_others_found() {
    let Some(recording) = recorded("b-1000x100k.toml") else { return };
    let tasks = of(&recording, "tasks");
    assert_eq!(tasks.requests.succeeded, 100_000);
    let shown = |value: Option<f64>| format!("{:.6}", value.expect("there are answers"));
    let trace = tasks.trace.expect("its traffic is a table");
    let found = [shown(trace.makespan), shown(tasks.latency.mean), shown(trace.slowdown)];
    assert_eq!(found, ["14337.601366", "703.011431", "1.968130"]);
}

#[test]
fn a_hundred_thousand_pods_on_a_thousand_nodes_all_complete() {
    let Some(recording) = recorded("k-1000x100k.toml") else { return };
    let jobs = &recording.summary.jobs[0];
    assert_eq!((jobs.submitted, jobs.completed, jobs.failed), (100_000, 100_000, 0));
}
