//! Hosts that fail and come back.

use crate::lab::{BARE, HOST, NESTED, VMS, app, close, of, run, simulation};

/// Host 0 fails at 20 s and is powered on again at 50 s; it boots in 10 s.
const FAULT: &str = "[[fault]]\nhosts = [0]\n\
                     kind = { scheduled = { at = '20s', duration = '30s' } }\n";

fn host() -> String {
    HOST.replace("boot = \"0s\"", "boot = '10s'")
}

fn hosts(cluster: &str, count: u32) -> String {
    cluster.replace("shape = \"host\"", &format!("shape = \"host\", count = {count}"))
}

#[test]
fn what_is_in_flight_on_a_host_that_fails_is_lost_and_the_replica_comes_up_elsewhere() {
    // requests at 19.9 and 20.05 s of 200 ms; on the other host the app starts in 100 ms
    let web = app(
        "web",
        "start = '100ms'\ndemand = '200ms'\n\
         traffic = { arrivals = { at = ['19.9s', '20.05s', '20.15s'] } }",
    );
    for cluster in [BARE, VMS, NESTED] {
        let recording = run(&[&simulation("100s"), &host(), &web, FAULT, &hosts(cluster, 2)]);
        let web = of(&recording, "web");
        let account = web.requests;
        assert_eq!((account.failed, account.refused, account.succeeded), (1, 1, 1));
        close(web.availability, (100.0 - 0.1 - 0.1) / 100.0);
        assert_eq!(recording.summary.warnings, ["hosts failed once"]);
        assert_eq!(recording.summary.hosts.used, 2);
    }
}

#[test]
fn without_another_host_the_replica_waits_for_repair_and_boot() {
    for cluster in [BARE, VMS, NESTED] {
        let web = app("web", "start = '1s'");
        let recording = run(&[&simulation("100s"), &host(), &web, FAULT, cluster]);
        // down from 20 to 60 + 1 s, and for the first second
        close(of(&recording, "web").availability, (100.0 - 41.0 - 1.0) / 100.0);
        let summary = &recording.summary;
        match summary.platform.as_str() {
            "containers on bare metal" => {
                assert_eq!((summary.containers.dead, summary.containers.running), (1, 1));
            }
            "one VM per replica" => {
                assert_eq!((summary.vms.failed, summary.vms.running), (1, 1));
            }
            _ => {
                assert_eq!((summary.containers.dead, summary.containers.running), (1, 1));
                assert_eq!((summary.vms.failed, summary.vms.running), (1, 1));
            }
        }
    }
}

#[test]
fn nothing_is_placed_on_a_host_that_is_going_down() {
    // two engines in VMs on each host: a container of the first must not go to the second
    let nested = hosts(&NESTED.replace("vcpus = 2", "vcpus = 1\nper_host = 2"), 2);
    let web = app("web", "replicas = 2\ncpu = { request = '500m' }");
    let recording = run(&[&simulation("100s"), &host(), &web, FAULT, &nested]);
    let containers = recording.summary.containers;
    assert_eq!((containers.created, containers.dead, containers.running), (4, 2, 2));
    assert_eq!(of(&recording, "web").availability, 1.0);
}

#[test]
fn a_host_that_is_down_uses_no_power() {
    let power = "boot = '10s'\npower = { linear = { idle = '100W', max = '300W' } }";
    let host = HOST.replace("boot = \"0s\"", power);
    let recording = run(&[&simulation("100s"), &host, &app("web", ""), FAULT, BARE]);
    close(recording.summary.hosts.energy_kwh, 100.0 * 60.0 / 3.6e6);
}

#[test]
fn faults_of_larger_clusters_leave_smaller_ones_alone() {
    let fault = FAULT.replace("[0]", "[1]");
    let parts = [&simulation("100s"), &host(), &app("web", ""), &fault, BARE, &hosts(VMS, 2)];
    let recordings = crate::lab::run_all(&parts.join("\n"));
    assert_eq!(of(&recordings[0], "web").availability, 1.0);
    assert!(recordings[0].summary.warnings.is_empty());
    assert_eq!(recordings[1].summary.warnings, ["hosts failed once"]);
}

#[test]
fn overlapping_faults_keep_a_host_down_until_the_last_is_over() {
    let second = FAULT.replace("20s", "40s");
    let recording = run(&[&simulation("100s"), &host(), &app("web", ""), FAULT, &second, BARE]);
    // down from 20 s to 40 + 30 + 10 s
    close(of(&recording, "web").availability, 0.4);
    assert_eq!(recording.summary.warnings.last().unwrap(), "hosts failed once");
}

#[test]
fn a_host_that_fails_at_random_is_up_for_its_share_of_the_time() {
    // means of 40 h and 9 h, and 1 h of boot; starts of no time: up for 40 / 50 of the time
    let host = HOST.replace("boot = \"0s\"", "boot = '1h'");
    let fault = "[[fault]]\nkind.random.time_to_failure.exponential.mean = '40h'\n\
                 kind.random.time_to_repair.exponential.mean = '9h'\n";
    let recording = run(&[&simulation("80000h"), &host, &app("web", ""), fault, BARE]);
    // n = 1600 cycles: the share of up-time has the deviation
    // sqrt(d^2 var(u) + u^2 var(d)) / (u + d)^2 / sqrt(n) = sqrt(10^2 40^2 + 40^2 9^2) / 50^2 / 40
    let deviation = (100.0 * 1600.0 + 1600.0 * 81.0_f64).sqrt() / 2500.0 / 1600f64.sqrt();
    let availability = of(&recording, "web").availability;
    assert!((availability - 0.8).abs() < 3.0 * deviation, "{availability} +- {deviation}");
}

#[test]
fn nodes_that_fail_while_they_boot_are_booted_again() {
    let nested = hosts(&NESTED.replace("boot = \"0s\"", "boot = '30s'"), 2);
    let recording = run(&[&simulation("200s"), &host(), &app("web", ""), FAULT, &nested]);
    // both settled at 30 s, host 0 by having failed; its VM is there at 60 + 30 s
    assert_eq!(of(&recording, "web").start_up.mean, Some(30.0));
    let vms = recording.summary.vms;
    assert_eq!((vms.requested, vms.failed, vms.running), (3, 1, 2));
}

#[test]
fn a_vm_that_has_run_is_booted_again_and_not_provisioned_again() {
    // 5 s of provisioning and 2 s of boot at first; 2 s of boot after host 0 is back at 60 s
    for cluster in [VMS, NESTED] {
        let cluster = cluster.replace("provision = \"0s\"", "provision = '5s'");
        let cluster = cluster.replace("boot = \"0s\"", "boot = '2s'");
        let recording = run(&[&simulation("100s"), &host(), &app("web", ""), FAULT, &cluster]);
        let web = of(&recording, "web");
        close(web.start_up.mean.unwrap(), 7.0);
        close(web.availability, (100.0 - 7.0 - 42.0) / 100.0);
    }
}
