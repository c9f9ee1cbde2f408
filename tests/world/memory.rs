//! Memory: what is killed for it, and what is slow without it.

use crate::lab::{BARE, HOST, VMS, app, close, of, run, same, series, simulation};

/// 64 MiB when idle and 10 MiB for each request: four fit below the limit of 104 MiB, five do not.
const MEMORY: &str =
    "memory = { request = '64MiB', limit = '104MiB', base = '64MiB', per_request = '10MiB' }\n";

/// At 10 s, five requests of a second; afterwards one at these instants.
fn five_then(later: &str) -> String {
    let traffic = format!("at = ['10s', '10s', '10s', '10s', '10s'{later}]");
    format!("{MEMORY}traffic = {{ arrivals = {{ {traffic} }} }}\ndemand = '1s'\n")
}

#[test]
fn a_container_above_its_limit_is_killed_with_all_it_holds_and_restarted() {
    // killed at 10.0 s, restarted after 100 ms, ready 500 ms later
    let web = app("web", &(five_then(", '10.599s', '10.601s'") + "start = '500ms'"));
    let recording = run(&[&simulation("1min"), HOST, &web, BARE]);
    let web = of(&recording, "web");
    assert_eq!((web.requests.failed, web.requests.refused, web.requests.succeeded), (5, 1, 1));
    assert!((web.availability - (60.0 - 0.5 - 0.6) / 60.0).abs() < 1e-9, "{}", web.availability);
    assert_eq!(recording.summary.warnings, ["`web`: replicas ran out of memory once"]);
    let containers = recording.summary.containers;
    assert_eq!((containers.created, containers.running), (1, 1));
}

#[test]
fn restarts_wait_longer_each_time() {
    // five requests every second: killed each time one is served; down for 100, 200, 400, 800 ms
    let times = ["'10s'", "'11s'", "'12s'", "'13s'"].map(|time| [time; 5].join(", ")).join(", ");
    let web = app(
        "web",
        &format!("{MEMORY}demand = '1s'\ntraffic = {{ arrivals = {{ at = [{times}] }} }}"),
    );
    let recording = run(&[&simulation("20s"), HOST, &web, BARE]);
    let web = of(&recording, "web");
    assert_eq!(web.requests.failed, 20);
    assert!((web.availability - (20.0 - 1.5) / 20.0).abs() < 1e-9, "{}", web.availability);
}

#[test]
fn the_restart_policy_decides_whether_a_killed_container_comes_back() {
    for (policy, ready) in [("no", 10.0), ("on-failure", 59.9), ("always", 59.9)] {
        let web = app("web", &(five_then("") + &format!("restart = '{policy}'")));
        let recording = run(&[&simulation("1min"), HOST, &web, BARE]);
        let actual = of(&recording, "web").replicas_ready * 60.0;
        assert!((actual - ready).abs() < 1e-6, "{policy}: {actual}");
        let exited = u64::from(policy == "no");
        assert_eq!(recording.summary.containers.exited, exited);
    }
}

#[test]
fn two_calls_in_one_instant_kill_a_container_once() {
    let calls = "[['back', 'back', 'back', 'back', 'back', 'back', 'back']]";
    let front = format!("traffic = {{ arrivals = {{ at = ['1s'] }} }}\ncalls = {calls}");
    let back = app("back", &format!("{MEMORY}demand = '1s'"));
    let recording = run(&[&simulation("1min"), HOST, &app("front", &front), &back, BARE]);
    assert_eq!(of(&recording, "back").requests.failed, 7);
    assert_eq!(recording.summary.warnings, ["`back`: replicas ran out of memory once"]);
}

#[test]
fn a_guest_that_runs_out_of_memory_starts_its_app_again_without_a_boot() {
    // a VM of 104 MiB instead of a limit; back after the app's own 500 ms
    let vms = VMS.replace("1GiB", "104MiB").replace("boot = \"0s\"", "boot = '5s'");
    let web = five_then(", '10.499s', '10.501s'").replace("limit = '104MiB', ", "");
    let recording =
        run(&[&simulation("1min"), HOST, &app("web", &(web + "start = '500ms'")), &vms]);
    let web = of(&recording, "web");
    assert_eq!((web.requests.failed, web.requests.refused, web.requests.succeeded), (5, 1, 1));
    assert_eq!(recording.summary.warnings, ["`web`: replicas ran out of memory once"]);
    assert_eq!((recording.summary.vms.requested, recording.summary.vms.running), (1, 1));
}

/// `HOST` with Windows, and images for it.
fn windows() -> String {
    let host = HOST.replace("boot = \"0s\"", "boot = '0s'\nos = 'windows-2022'");
    host.replace("layers = []", "layers = []\nos = 'windows'")
}

#[test]
fn windows_gives_no_more_memory_where_linux_kills() {
    let recording = run(&[&simulation("1min"), &windows(), &app("web", &five_then("")), BARE]);
    assert_eq!(of(&recording, "web").requests.failed, 5);
    assert_eq!(recording.summary.warnings, ["`web`: replicas ran out of memory once"]);
}

#[test]
fn windows_pages_what_is_beyond_its_memory() {
    // 64 MiB beyond 1 GiB are 16,384 pages, 1000 of which are read in a second
    let host = windows().replace("boot = '0s'", "boot = '0s'\ndisk = { iops = '1000/s' }");
    let host = host.replace("8GiB", "1GiB");
    let memory = "memory = { request = '64MiB', base = '1088MiB' }";
    let traffic = "traffic = { arrivals = { at = ['10s'] } }\ndemand = '1s'";
    let web = app("web", &format!("{memory}\n{traffic}"));
    let recording = run(&[&simulation("1min"), &host, &web, BARE]);
    same(of(&recording, "web").latency.mean, 1.0 + 16_384.0 / 30_000.0);
    let warning =
        "a Windows node paged to disk for want of memory: work took up to 1.5 times as long";
    assert_eq!(recording.summary.warnings, [warning]);
    // Linux kills it again and again
    let host = HOST.replace("8GiB", "1GiB");
    let recording = run(&[&simulation("1min"), &host, &web, BARE]);
    assert_eq!(of(&recording, "web").requests.succeeded, 0);
}

#[test]
fn guests_that_are_swapped_work_more_slowly() {
    // two VMs of 1 GiB, all of it active, on a host of 1.5 GiB: 256 MiB of each swapped, 65,536
    // pages of 1 ms in 30 s: 1 + 65.536 / 30 times as long
    let host = HOST.replace("8GiB", "1536MiB");
    let vms = VMS.replace("[cluster.vm]\n", "overcommit = { memory = 2.0 }\n[cluster.vm]\n");
    let web = app(
        "web",
        "replicas = 2\nmemory = { request = '1GiB', base = '1GiB' }\ndemand = '1s'\n\
         traffic = { arrivals = { at = ['10s', '10s'] } }",
    );
    let recording = run(&[&simulation("1min"), &host, &web, &vms]);
    same(of(&recording, "web").latency.mean, 1.0 + 65.536 / 30.0);
    assert_eq!(recording.summary.warnings, ["hosts are short of memory: VMs were swapped"]);
    assert_eq!(series(&recording, None, "memory_utilisation")[5], 1.0);
}

/// What is in use is read every 10 s.
#[track_caller]
fn in_use(keys: &str, more: &str, gibibytes: [f64; 10]) {
    let web = app("web", keys);
    let recording = run(&[&simulation("100s"), HOST, &web, BARE, more]);
    for (&actual, expected) in series(&recording, None, "memory_utilisation").iter().zip(gibibytes)
    {
        close(actual, expected / 8.0);
    }
}

#[test]
fn memory_in_use_is_read_where_requests_come_and_go_and_hosts_fail_and_return() {
    // one of 8 s is there from 55 s on; the host is down from 25 to 35 s
    let keys = "memory = { request = '3GiB', base = '1GiB', per_request = '2GiB' }\ndemand = '8s'\n\
                traffic = { arrivals = { at = ['55s'] } }";
    let fault = "[[fault]]\nkind = { scheduled = { at = '25s', duration = '10s' } }\n";
    in_use(keys, fault, [1.0, 1.0, 0.0, 1.0, 1.0, 3.0, 1.0, 1.0, 1.0, 1.0]);
}

#[test]
fn memory_in_use_is_read_where_it_grows_and_where_that_begins_anew() {
    // it grows from the start, and again from 35 s on
    let keys = "memory = { request = '1GiB', base = '1GiB', leak = '16MiB/s' }";
    let fault = "[[fault]]\nkind = { scheduled = { at = '25s', duration = '10s' } }\n";
    let grown = |seconds: f64| 1.0 + seconds / 64.0;
    let after = [5.0, 15.0, 25.0, 35.0, 45.0, 55.0, 65.0].map(grown);
    let [a, b, c, d, e, f, g] = after;
    in_use(keys, fault, [grown(10.0), grown(20.0), 0.0, a, b, c, d, e, f, g]);
}
