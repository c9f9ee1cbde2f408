//! Virtual machines that are migrated while they run.

use crate::lab::{HOST, NESTED, VMS, app, close, latencies, of, run, simulation};

/// Host 0 is under maintenance from 20 s to 50 s.
const DRAIN: &str = "[[fault]]\nhosts = [0]\n\
                     kind = { drain = { at = '20s', duration = '30s' } }\n";

/// 0.1 GB/s against 10 MB/s written: of 1 GB three rounds of 10, 1 and 0.1 s leave 1 MB, which is
/// sent in 10 ms, and the VM runs 30 ms later. While memory is copied work takes 5/4 as long.
const MIGRATION: &str = "[cluster.migration]\nbandwidth = '100MB/s'\ndirty_rate = '10MB/s'\n\
                         max_downtime = '20ms'\nresume = '30ms'\nslowdown = '20%'\n";

/// All of 1 GB in use, which is then what is sent.
const GIGABYTE: &str = "memory = { request = '1GB', base = '1GB' }\n";

fn hosts(cluster: &str, count: u32) -> String {
    let many = format!("shape = \"host\", count = {count}");
    cluster.replace("shape = \"host\"", &many) + MIGRATION
}

fn host() -> String {
    HOST.replace("boot = \"0s\"", "boot = '10s'\nnetwork = '1GB/s'")
}

fn requests(at: &str, more: &str) -> String {
    app("web", &format!("{GIGABYTE}demand = '100ms'\ntraffic.arrivals.at = [{at}]\n{more}"))
}

#[test]
fn requests_in_a_vm_that_is_migrated_are_slow_while_it_is_copied_and_wait_while_it_is_paused() {
    // paused from 31.1 to 31.14 s: the request of 31.05 s has 75 of its 125 ms left then, that of
    // 31.12 s all of its 100 ms; they share the virtual CPU until 31.29, and the second has 25 ms
    let web = requests("'10s', '25s', '31.05s', '31.12s', '40s'", "");
    for cluster in [VMS, NESTED] {
        // of a node of 1 GB in all, with one virtual CPU
        let cluster = cluster.replace("vcpus = 2", "vcpus = 1");
        let recording = run(&[&simulation("100s"), &host(), &web, DRAIN, &hosts(&cluster, 2)]);
        let expected = [(100.0, 2), (125.0, 1), (195.0, 1), (240.0, 1)];
        assert_eq!(latencies(&recording, "web"), expected, "{cluster}");
        let it = of(&recording, "web");
        assert_eq!((it.requests.succeeded, it.availability), (5, 1.0));
        assert!(recording.summary.warnings.is_empty(), "{:?}", recording.summary.warnings);
        let migrations = recording.summary.migrations;
        assert_eq!(
            (migrations.started, migrations.completed, migrations.copied),
            (1, 1, 1_111_000_000)
        );
        close(migrations.downtime, 0.04);
        close(migrations.downtime_max, 0.04);
        assert_eq!(recording.summary.hosts.used, 2);
    }
}

#[test]
fn the_vms_of_a_drained_host_leave_one_after_another_and_new_ones_come_after_its_end() {
    // three of 1 GB, each under way for 11.14 s: the third is still copied when the drain ends
    let drain = DRAIN.replace("30s", "33s");
    let web = requests("'10s'", "replicas = 3");
    let host = host().replace("cores = 2", "cores = 4");
    for (drain, late) in [(&drain, true), (&drain.replace("33s", "34s"), false)] {
        let recording = run(&[&simulation("100s"), &host, &web, drain, &hosts(VMS, 2)]);
        let migrations = recording.summary.migrations;
        assert_eq!((migrations.completed, migrations.failed), (3, 0));
        close(migrations.downtime, 0.12);
        let expected = "host 0 was not drained in time: 1 VM had not left it yet";
        let warnings = &recording.summary.warnings;
        assert_eq!(warnings.iter().any(|warning| warning == expected), late, "{warnings:?}");
    }
}

#[test]
fn a_vm_that_fits_nowhere_stays_and_the_summary_says_so() {
    // two hosts of two cores, two VMs on one, one on the other: one of the two finds room
    let web = requests("'10s', '60s'", "replicas = 3");
    let recording = run(&[&simulation("100s"), &host(), &web, DRAIN, &hosts(VMS, 2)]);
    assert_eq!(recording.summary.migrations.completed, 1);
    let expected = "host 0 was not drained: no other host had room for 1 VM";
    assert_eq!(recording.summary.warnings, [expected]);
    assert_eq!(of(&recording, "web").availability, 1.0);
}

#[test]
fn replicas_that_are_spread_stay_apart() {
    let web = requests("'10s'", "replicas = 2\nspread = true");
    let two = run(&[&simulation("100s"), &host(), &web, DRAIN, &hosts(VMS, 2)]);
    assert_eq!(two.summary.migrations.started, 0);
    let three = run(&[&simulation("100s"), &host(), &web, DRAIN, &hosts(VMS, 3)]);
    assert_eq!((three.summary.migrations.completed, three.summary.hosts.used), (1, 3));
}

#[test]
fn the_death_of_the_source_takes_the_vm_along_and_that_of_the_target_does_not() {
    let web = requests("'25s', '40s'", "");
    for (host_lost, failed, completed) in [(0, 1, 0), (1, 0, 1)] {
        let fault = format!(
            "[[fault]]\nhosts = [{host_lost}]\n\
             kind = {{ scheduled = {{ at = '25.05s', duration = '1s' }} }}\n"
        );
        let cluster = hosts(VMS, 2);
        let recording = run(&[&simulation("100s"), &host(), &web, DRAIN, &fault, &cluster]);
        let summary = &recording.summary;
        assert_eq!(of(&recording, "web").requests.failed, failed);
        assert_eq!(summary.vms.failed, failed);
        let migrations = summary.migrations;
        assert_eq!((migrations.failed, migrations.completed), (1, completed));
    }
}

#[test]
fn vms_of_the_workload_and_jobs_in_nodes_move_too() {
    let fleet = "[[vm]]\nname = 'v'\narrivals.at = ['0s', '0s']\nlifetime = '40s'\nvcpus = 1\n\
                 memory = '1GB'\nusage = { constant = '50%' }\n";
    let cluster = "[[cluster]]\nname = 'fleet'\nkind = 'hypervisor'\n\
                   hosts = { shape = 'host', count = 2 }\n";
    let recording =
        run(&[&simulation("100s"), &host(), fleet, DRAIN, &(cluster.to_owned() + MIGRATION)]);
    // both leave, the second from 31.14 s on, and end at 40 s: the second while it is copied
    let migrations = recording.summary.migrations;
    assert_eq!((migrations.completed, migrations.failed), (1, 1));
    assert_eq!(recording.summary.vms.stopped, 2);
    // a job of 30 s, begun at 5 s in a node of 1 GB in use, is held up by the pause alone
    let job = "[[job]]\nname = 'j'\nimage = 'image'\narrivals.at = ['5s']\ndemand = '30s'\n\
               cpu = { request = '1' }\nmemory = { request = '1GB', base = '1GB' }\n";
    // the other host has a node of one virtual CPU of its own, and room for this one
    let nested = hosts(&NESTED.replace("vcpus = 2", "vcpus = 1"), 2);
    let recording = run(&[&simulation("100s"), &host(), job, DRAIN, &nested]);
    let job = &recording.summary.jobs[0];
    assert_eq!(job.completed, 1);
    close(job.turnaround.max.expect("one is done"), 30.04);
}
