//! Batch jobs, and virtual machines as the workload.

use crate::lab::{BARE, HOST, NESTED, VMS, app, close, of, run, same, series, simulation};

fn job(more: &str) -> String {
    format!(
        "[[job]]\nname = 'batch'\nimage = 'image'\ncpu = {{ request = '1' }}\n\
         memory = {{ request = '64MiB' }}\n{more}\n"
    )
}

#[test]
fn jobs_wait_for_room_first_come_first_served() {
    // five jobs of 10 s on two cores: done at 10, 10, 20, 20, 30
    let batch = job("arrivals = { at = ['0s', '0s', '0s', '0s', '0s'] }\ndemand = '10s'");
    let recording = run(&[&simulation("25s"), HOST, &batch, BARE]);
    let jobs = &recording.summary.jobs[0];
    assert_eq!((jobs.submitted, jobs.completed, jobs.running, jobs.waiting), (5, 4, 1, 0));
    same(jobs.turnaround.mean, 15.0);
    let recording = run(&[&simulation("5s"), HOST, &batch, BARE]);
    let jobs = &recording.summary.jobs[0];
    assert_eq!((jobs.submitted, jobs.running, jobs.waiting), (5, 2, 3));
}

#[test]
fn jobs_that_may_not_wait_are_rejected() {
    let arrivals = "arrivals = { at = ['0s', '0s', '0s'] }";
    let batch = job(&format!("{arrivals}\ndemand = '10s'\nqueue = false"));
    let recording = run(&[&simulation("25s"), HOST, &batch, BARE]);
    let jobs = &recording.summary.jobs[0];
    assert_eq!((jobs.submitted, jobs.completed, jobs.rejected), (3, 2, 1));
}

#[test]
fn a_job_is_done_when_the_last_of_its_threads_is() {
    // three threads of 10 s on two cores
    let batch = job("arrivals = { at = ['5s'] }\ndemand = '10s'\nthreads = 3");
    let recording = run(&[&simulation("1min"), HOST, &batch, BARE]);
    same(recording.summary.jobs[0].turnaround.mean, 15.0);
    close(recording.summary.hosts.cpu_utilisation, 30.0 / 120.0);
}

#[test]
fn jobs_submitted_before_the_first_node_is_up_start_when_it_is() {
    let nested = NESTED.replace("boot = \"0s\"", "boot = '30s'");
    let batch = job("arrivals = { at = ['0s'] }\ndemand = '10s'");
    let recording = run(&[&simulation("1min"), HOST, &batch, &nested]);
    same(recording.summary.jobs[0].turnaround.mean, 40.0);
}

#[test]
fn jobs_and_services_share_a_host_by_their_requests() {
    // one core, request of 1 core against 100m: the service gets 1/11, 11 s for a second of work
    let host = HOST.replace("cores = 2", "cores = 1");
    let cluster = BARE.replace("kind", "overcommit = { cpu = 2.0 }\nkind");
    let batch = job("arrivals = { at = ['0s'] }\ndemand = '100s'");
    let web = app("web", "demand = '1s'\ntraffic = { arrivals = { at = ['10s'] } }");
    let recording = run(&[&simulation("1min"), &host, &web, &batch, &cluster]);
    same(of(&recording, "web").latency.mean, 11.0);
}

#[test]
fn replicas_come_before_jobs_that_wait_for_the_same_node() {
    // the job comes at 0 s, the node at 30 s: the replica takes 1.5 of its 2 cores
    let nested = NESTED.replace("boot = \"0s\"", "boot = '30s'");
    let batch = job("arrivals = { at = ['0s'] }\ndemand = '10s'");
    let web = app("web", "cpu = { request = '1500m' }");
    let recording = run(&[&simulation("1min"), HOST, &web, &batch, &nested]);
    assert_eq!(recording.summary.jobs[0].waiting, 1);
    assert_eq!(of(&recording, "web").availability, 0.5);
}

#[test]
fn a_replica_that_waits_gets_the_room_that_a_job_leaves() {
    // host 0 with the replica fails at 5 s; on host 1 a job keeps one of two cores until 20 s
    let two = BARE.replace("\"host\"", "\"host\", count = 2");
    let batch = job("arrivals = { at = ['0s'] }\ndemand = '20s'");
    let fault = "[[fault]]\nhosts = [0]\nkind = { scheduled = { at = '5s', duration = '1h' } }\n";
    let web = app("web", "cpu = { request = '1500m' }");
    let recording = run(&[&simulation("1min"), HOST, &web, &batch, fault, &two]);
    close(of(&recording, "web").availability, 45.0 / 60.0);
    assert_eq!(recording.summary.jobs[0].completed, 1);
}

#[test]
fn a_replica_that_waits_gets_the_room_of_one_that_ended() {
    // killed for its memory at 15 s, and not restarted
    let first = app(
        "first",
        "cpu = { request = '1500m' }\nrestart = 'no'\n\
         memory = { request = '64MiB', limit = '64MiB', base = '60MiB', per_request = '10MiB' }\n\
         demand = '1s'\ntraffic = { arrivals = { at = ['15s'] } }",
    );
    let second = app("second", "cpu = { request = '1500m' }");
    let recording = run(&[&simulation("1min"), HOST, &first, &second, BARE]);
    close(of(&recording, "first").availability, 0.25);
    close(of(&recording, "second").availability, 0.75);
}

#[test]
fn jobs_of_a_host_that_fails_fail() {
    let batch = job("arrivals = { at = ['0s', '2s'] }\ndemand = '10s'\nqueue = false");
    let fault = "[[fault]]\nkind = { scheduled = { at = '1s', duration = '5s' } }\n";
    let recording = run(&[&simulation("1min"), HOST, &batch, fault, BARE]);
    let jobs = &recording.summary.jobs[0];
    assert_eq!((jobs.failed, jobs.rejected), (1, 1));
    assert_eq!(recording.summary.containers.dead, 1);
}

#[test]
fn jobs_without_a_container_engine_wait_and_the_reader_is_told() {
    let batch = job("arrivals = { at = ['0s'] }\ndemand = '10s'");
    let recording = run(&[&simulation("1min"), HOST, &batch, VMS]);
    assert_eq!(recording.summary.jobs[0].waiting, 1);
    let warnings = &recording.summary.warnings;
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("`batch`") && warnings[0].contains("container engine"));
}

const FLEET: &str =
    "[[cluster]]\nname = 'fleet'\nkind = 'hypervisor'\nhosts = { shape = 'host' }\n";

#[test]
fn vms_use_their_constant_share_while_they_live() {
    // a VM of two vCPUs at 25 % from 10 to 40 s of a minute
    let vm = "[[vm]]\nname = 'vm'\narrivals = { at = ['5s'] }\nlifetime = '30s'\nboot = '5s'\n\
              vcpus = 2\nmemory = '2GiB'\nusage = { constant = '25%' }\n";
    let recording = run(&[&simulation("1min"), HOST, vm, FLEET]);
    let hosts = &recording.summary.hosts;
    close(hosts.cpu_utilisation, 0.5 * 30.0 / 120.0);
    assert_eq!(hosts.cpu_ready, Some(0.0));
    assert_eq!(recording.summary.vms.stopped, 1);
    assert_eq!(recording.summary.platform, "VMs");
    // points every 6 s: from 10 s on, for 2 of the second interval's 6 s
    let running = series(&recording, None, "vms_running");
    close(running[0], 0.0);
    close(running[1], 2.0 / 6.0);
    close(running[2], 1.0);
}

#[test]
fn overcommitted_vms_are_ready_and_wait_for_a_core() {
    // three vCPUs that are always busy on two cores: one of three waits at any time
    let vm = "[[vm]]\nname = 'vm'\narrivals = { at = ['0s', '0s', '0s', '0s'] }\nvcpus = 1\n\
              memory = '1GiB'\nusage = { constant = '100%' }\n";
    let fleet = format!("{FLEET}overcommit = {{ cpu = 1.5 }}\n");
    let recording = run(&[&simulation("1min"), HOST, vm, &fleet]);
    let summary = &recording.summary;
    assert_eq!((summary.vms.running, summary.vms.rejected), (3, 1));
    close(summary.hosts.cpu_ready.unwrap(), 1.0 / 3.0);
    close(summary.hosts.cpu_utilisation, 1.0);
    for value in series(&recording, None, "cpu_ready") {
        close(*value, 1.0 / 3.0);
    }
}

#[test]
fn vms_that_may_wait_follow_those_that_end() {
    let vm = "[[vm]]\nname = 'vm'\narrivals = { at = ['0s', '0s'] }\nlifetime = '20s'\nvcpus = 2\n\
              memory = '1GiB'\nusage = { constant = '100%' }\nqueue = true\n";
    let recording = run(&[&simulation("1min"), HOST, vm, FLEET]);
    assert_eq!(recording.summary.vms.stopped, 2);
    close(recording.summary.hosts.cpu_utilisation, 40.0 / 60.0);
}

#[test]
fn recorded_vms_do_what_they_did() {
    let folder = tempfile::tempdir().unwrap();
    let (tasks, fragments) = (folder.path().join("t.csv"), folder.path().join("f.csv"));
    // a: 1 core for 10 s, then half of one for 10 s; b comes 5 s later, 2 cores for 5 s
    let rows = "id,submission_time,duration,cpu_count,cpu_capacity,mem_capacity\n\
                a,1000000,20000,1,1000,1048576\nb,1005000,5000,2,2000,1048576\n";
    std::fs::write(&tasks, rows).unwrap();
    let rows = "id,duration,cpu_usage\na,10000,1000\na,10000,500\nb,5000,2000\n";
    std::fs::write(&fragments, rows).unwrap();
    let vm = format!(
        "[[vm]]\nname = 'recorded'\n[vm.usage.trace]\ntasks = '{}'\nfragments = '{}'\n\
         core_mhz = 1000\n",
        tasks.display(),
        fragments.display()
    );
    let host = HOST.replace("cores = 2", "cores = 3");
    let recording = run(&[&simulation("50s"), &host, &vm, FLEET]);
    assert_eq!(recording.summary.vms.stopped, 2);
    close(recording.summary.hosts.cpu_utilisation, (10.0 + 5.0 + 10.0) / 150.0);
    // points every 5 s: 1, 1 + 2, half, half, none cores of three
    let used = &series(&recording, None, "cpu_utilisation")[..5];
    for (value, cores) in used.iter().zip([1.0, 3.0, 0.5, 0.5, 0.0]) {
        close(*value, cores / 3.0);
    }
}

#[test]
fn jobs_count_where_containers_are_throttled() {
    // 20 ms in each 100 ms: 100 ms of work take four periods and 20 ms, 320 ms of it throttled
    let limited = job("arrivals = { at = ['10s'] }\ndemand = '100ms'")
        .replace("request = '1'", "request = '100m', limit = '200m'");
    let recording = run(&[&simulation("1min"), HOST, &limited, BARE]);
    same(recording.summary.jobs[0].turnaround.mean, 0.420);
    close(recording.summary.hosts.throttled, 0.320 / 0.420);
    // measured from its 310th millisecond on: it runs till the 320th and waits till the 400th
    let late = simulation("1min") + "warm_up = '10.31s'\n";
    let recording = run(&[&late, HOST, &limited, BARE]);
    close(recording.summary.hosts.throttled, 0.080 / 0.110);
}
